"""Revisions of projects as files: `id TAB text` lines, children first, and a file `.roots` with one root per model."""
import contextlib
import io
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"


class Revision:
    """One state of a project. Its lines stay on disk: a large one would not fit into memory three times."""

    def __init__(self, path, roots=None, base=None):
        self.path = pathlib.Path(path)
        self.roots = roots or pathlib.Path(f"{path}.roots").read_text().split()
        self.ids = [line[:32].decode() for line in self.lines()]
        known = set(base.ids) if base else set()
        self.new = [identity for identity in self.ids if identity not in known]

    def lines(self):
        with open(self.path, "rb") as file:
            yield from file

    def objects(self, new=False):
        """(id, text) of all objects, or of those that the base has not."""
        wanted = set(self.new) if new else None
        for line in self.lines():
            identity = line[:32].decode()
            if wanted is None or identity in wanted:
                yield identity, line[33:].rstrip(b"\n")


def generated(directory, count, *options, base=None):
    """A made-up project of `count` objects, kept in `directory` for the next time."""
    name = "-".join(part.lstrip("-") for part in (str(count), *options))
    path = directory / f"project-{name}.ndjson"
    if not pathlib.Path(f"{path}.roots").exists():
        shared = SHARED / "tools" / "generate_project.py"
        program = shared if shared.exists() else HERE / "project.py"
        subprocess.run([sys.executable, program, "--count", str(count), *options, "--out", path], check=True,
                       stdout=subprocess.DEVNULL)
    return Revision(path, base=base)


def imported(directory, model, base=None):
    """One IFC file by Speckle's own importer, kept in `directory` for the next time."""
    path = directory / f"{model.stem}.ndjson"
    if not pathlib.Path(f"{path}.roots").exists():
        objects = convert([model])
        path.write_bytes(b"".join(b"%s\t%s\n" % (identity.encode(), text) for identity, text in objects))
        pathlib.Path(f"{path}.roots").write_text(objects[-1][0] + "\n")
    return Revision(path, base=base)


class Progress:
    """What the importer reports to."""

    def report(self, *_):
        pass

    def should_report_progress(self):
        return False


def convert(models):
    """The objects of IFC files in the order in which specklepy sends them, each once. Several become one project."""
    from speckleifc.ifc_geometry_processing import open_ifc
    from speckleifc.importer import ImportJob
    from specklepy.objects.models.collections.collection import Collection
    from specklepy.serialization.base_object_serializer import BaseObjectSerializer
    from specklepy.transports.memory import MemoryTransport
    with contextlib.redirect_stdout(io.StringIO()):
        parts = [ImportJob(open_ifc(str(model)), Progress()).convert() for model in models]
    kept = MemoryTransport()
    BaseObjectSerializer(write_transports=[kept]).traverse_base(
        parts[0] if len(parts) == 1 else Collection(name="Models", elements=parts))
    return [(identity, text.encode()) for identity, text in kept.objects.items()]
