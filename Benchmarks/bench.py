"""Interleaved runs of the same job by Tiebeam and its peers; medians, ratios and the floor.

usage: bench.py --floor PROGRAM [--objects N] [--models DIRECTORY] [--lines FILE]... [--runs N] [--json FILE]

A project of at least N objects (100,000 unless told; 0 for none) is made up. The IFC files of DIRECTORY, when there are
any, become a second project by Speckle's own importer. A FILE of `id TAB text` lines, root last, is a project too.
"""
import argparse
import contextlib
import io
import json
import os
import pathlib
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE)]

import zstandard  # noqa: E402

import object_upload  # noqa: E402
import project as made_up  # noqa: E402
import tiebeam_node  # noqa: E402

BLOCK = 1 << 20


def log(text):
    print(text, file=sys.stderr, flush=True)


def timed(action):
    start = time.monotonic()
    result = action()
    return time.monotonic() - start, result


def shell(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Floor:
    """What no implementation can do without."""

    def __init__(self, program, objects, directory):
        self.program, self.blocks, self.output = program, directory / "floor.blocks", directory / "floor.out"
        compressor = zstandard.ZstdCompressor(level=3)
        with open(self.blocks, "wb") as file:
            batch, size = [], 0
            for _, text in objects + [(None, None)]:
                if batch and (text is None or size + len(text) > BLOCK):
                    frame = compressor.compress(b"".join(batch))
                    file.write(struct.pack("<II", len(frame), size) + frame)
                    batch, size = [], 0
                if text is not None:
                    batch.append(text)
                    size += len(text)
        self.wire = self.blocks.stat().st_size

    def clear(self):
        self.output.unlink(missing_ok=True)

    def run(self):
        return timed(lambda: shell(self.program, self.blocks, self.output))[0], self.wire


class Git:
    """The same objects as files of a repository, repacked, served by git's own daemon."""

    def __init__(self, objects, directory):
        work = directory / "git-work"
        for identity, text in objects:
            folder = work / identity[:2]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / identity[2:]).write_bytes(text)
        environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
                       "GIT_COMMITTER_EMAIL": "a@b"}
        shell("git", "init", "-q", work)
        shell("git", "-C", work, "add", "-A")
        shell("git", "-C", work, "commit", "-q", "-m", "objects", env=environment)
        shell("git", "clone", "-q", "--bare", work, directory / "served.git")
        shell("git", "-C", directory / "served.git", "repack", "-a", "-d", "-f", "-q")
        shutil.rmtree(work)
        self.port, self.copy = free_port(), directory / "git-copy"
        self.daemon = subprocess.Popen(
            ["git", "daemon", "--export-all", f"--base-path={directory}", "--listen=127.0.0.1", f"--port={self.port}",
             "--reuseaddr"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def clear(self):
        shutil.rmtree(self.copy, ignore_errors=True)

    def run(self):
        # Objects stay packed, as they do with us: no work tree.
        seconds, _ = timed(lambda: shell(
            "git", "clone", "-q", "--bare", f"git://127.0.0.1:{self.port}/served.git", self.copy))
        return seconds, sum(pack.stat().st_size for pack in (self.copy / "objects" / "pack").glob("*.pack"))

    def stop(self):
        # git's daemon is a child of the git that was started.
        subprocess.run(["pkill", "-P", str(self.daemon.pid)], check=False)
        self.daemon.terminate()
        self.daemon.wait()


class Tiebeam:
    def __init__(self, node, token, project, directory):
        self.node, self.token, self.project, self.copy = node, token, project, directory / "copy"

    def clear(self):
        shutil.rmtree(self.copy, ignore_errors=True)

    def run(self):
        seconds, done = timed(lambda: tiebeam_node.run(
            "clone", f"{self.node.sync}/{self.project}", self.copy, "--token", self.token, "--node-id",
            self.node.node_id, "--json"))
        figures = json.loads(done.stdout)
        return seconds, figures["wireBytesReceived"] + figures["wireBytesSent"]

    def pull(self):
        seconds, done = timed(lambda: tiebeam_node.run("pull", self.copy, "--json"))
        return seconds, json.loads(done.stdout)


class Stream:
    """The same node's HTTP object stream, all ids known, gzip as kept by the node, written to a file."""

    def __init__(self, node, token, project, objects, directory):
        self.body = directory / "ids.json"
        self.body.write_text(json.dumps({"objectIds": [identity for identity, _ in objects]}))
        self.output = directory / "stream.out"
        self.command = [
            "curl", "-sS", "--compressed", "-o", self.output, "-w", "%{size_download} %{size_upload}",
            "-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json",
            "--data-binary", f"@{self.body}", f"{node.api}/api/v2/projects/{project}/object-stream/"]
        self.count = len(objects)

    def clear(self):
        self.output.unlink(missing_ok=True)

    def run(self):
        seconds, done = timed(lambda: shell(*self.command))
        with open(self.output, "rb") as file:
            if sum(1 for _ in file) != self.count:
                raise SystemExit("the object stream is not complete")
        return seconds, sum(int(part) for part in done.stdout.split())


def specklepy_times(node, token, objects):
    """Sends and receives with specklepy's own transport, once: it takes minutes where others take seconds."""
    from specklepy.api.client import SpeckleClient
    from specklepy.logging import metrics
    from specklepy.transports.memory import MemoryTransport
    from specklepy.transports.server import ServerTransport
    metrics.disable()
    client = SpeckleClient(node.api, use_ssl=False)
    client.authenticate_with_token(token)
    project = object_upload.create_project(node, token, "specklepy")

    def send():
        transport = ServerTransport(project, client=client)
        transport.begin_write()
        for identity, text in objects:
            transport.save_object(identity, text.decode())
        transport.end_write()

    sending, _ = timed(send)
    receiving, _ = timed(lambda: ServerTransport(project, client=client).copy_object_and_children(
        objects[-1][0], MemoryTransport()))
    return sending, receiving


def read_lines(path):
    with open(path, "rb") as file:
        return [(identity.decode(), text) for identity, text in (line.rstrip(b"\n").split(b"\t", 1) for line in file)]


class Progress:
    """What the importer reports to."""

    def report(self, *_):
        pass

    def should_report_progress(self):
        return False


def convert(models):
    """The objects of IFC files in the order in which specklepy sends them, each once."""
    from speckleifc.ifc_geometry_processing import open_ifc
    from speckleifc.importer import ImportJob
    from specklepy.objects.models.collections.collection import Collection
    from specklepy.serialization.base_object_serializer import BaseObjectSerializer
    from specklepy.transports.memory import MemoryTransport
    with contextlib.redirect_stdout(io.StringIO()):
        parts = [ImportJob(open_ifc(str(model)), Progress()).convert() for model in models]
    kept = MemoryTransport()
    BaseObjectSerializer(write_transports=[kept]).traverse_base(Collection(name="Models", elements=parts))
    return [(identity, text.encode()) for identity, text in kept.objects.items()]


def measure(name, objects, runs, floor_program):
    raw = sum(len(text) for _, text in objects)
    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        directory = pathlib.Path(path)
        idle = node.memory()
        token = node.register("bench@example.com")
        project = object_upload.create_project(node, token)
        log(f"{name}: loading {len(objects):,} objects, {raw / 1e6:.1f} MB")
        upload, _ = timed(lambda: object_upload.upload_all(node, project, token, (text for _, text in objects)))
        object_upload.create_version(
            node, token, project, object_upload.create_model(node, token, project), objects[-1][0])
        git = Git(objects, directory)
        try:
            ours = Tiebeam(node, token, project, directory)
            jobs = {"floor": Floor(floor_program, objects, directory), "tiebeam clone": ours, "git clone": git,
                    "HTTP object stream": Stream(node, token, project, objects, directory)}
            results = {job: [] for job in jobs}
            for turn in range(runs + 1):
                log(f"{name}: turn {turn} of {runs}")
                for job, runner in jobs.items():
                    runner.clear()
                    os.sync()  # nobody waits for what another one wrote
                    outcome = runner.run()
                    if turn > 0:  # the first one warms the caches of all
                        results[job].append(outcome)
            pulls = [ours.pull() for _ in range(runs)]
        finally:
            git.stop()
        served = node.memory("VmHWM")
        sending, receiving = specklepy_times(node, token, objects) if len(objects) <= 120_000 else (None, None)
        return {
            "name": name, "objects": len(objects), "rawBytes": raw, "uploadSeconds": upload,
            "seconds": {job: statistics.median(s for s, _ in outcomes) for job, outcomes in results.items()},
            "wireBytes": {job: outcomes[-1][1] for job, outcomes in results.items()},
            "pullSeconds": statistics.median(seconds for seconds, _ in pulls),
            "pullFrameBytes": pulls[-1][1]["frameBytesReceived"] + pulls[-1][1]["frameBytesSent"],
            "pullRoundTrips": pulls[-1][1]["roundTrips"], "idleBytes": idle, "servingBytes": served,
            "specklepySendSeconds": sending, "specklepyReceiveSeconds": receiving}


def show(result):
    seconds, wire = result["seconds"], result["wireBytes"]
    ours, bytes_ours = seconds["tiebeam clone"], wire["tiebeam clone"]
    print(f"\n{result['name']}: {result['objects']:,} objects, {result['rawBytes'] / 1e6:.1f} MB raw; "
          f"loaded over HTTP in {result['uploadSeconds']:.1f} s\n")
    print(f"  {'cold, verified where it can be':<32}{'seconds':>9}{'x ours':>8}{'wire MB':>10}{'x ours':>8}")
    for job, value in seconds.items():
        print(f"  {job:<32}{value:>9.3f}{value / ours:>8.2f}{wire[job] / 1e6:>10.2f}{wire[job] / bytes_ours:>8.2f}")
    print(f"\n  ours is {ours / seconds['floor']:.2f} x the floor; {seconds['git clone'] / ours:.1f} x as fast as git with "
          f"{bytes_ours / wire['git clone']:.2f} x its bytes; {seconds['HTTP object stream'] / ours:.1f} x as fast as HTTP")
    print(f"  pull with nothing new: {result['pullFrameBytes']} bytes, {result['pullRoundTrips']} round trip, "
          f"{result['pullSeconds'] * 1000:.0f} ms for the whole command")
    if result["specklepySendSeconds"]:
        print(f"  specklepy: send {result['specklepySendSeconds']:.1f} s, receive {result['specklepyReceiveSeconds']:.1f} s")
    print(f"  memory of the node: {result['idleBytes'] / 2**20:.0f} MiB idle, at most {result['servingBytes'] / 2**20:.0f} MiB "
          f"while loading and serving")


def projects(options):
    if options.objects:
        yield "made-up building", made_up.objects(options.objects)
    models = sorted(options.models.glob("*.ifc")) if options.models else []
    if models:
        yield f"{len(models)} real models", convert(models)
    for path in options.lines:
        yield pathlib.Path(path).name, read_lines(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floor", required=True)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--models", type=pathlib.Path)
    parser.add_argument("--lines", action="append", default=[])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    results = []
    for name, objects in projects(options):
        results.append(measure(name, objects, options.runs, options.floor))
        show(results[-1])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
