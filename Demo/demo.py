"""Two regions, one building: sent to A with specklepy, mirrored to B by Tiebeam Sync, received from B and compared.

usage: demo.py [MODEL.ifc]. Without a model, an office building is designed first. Exit 1 on any difference.
"""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

# Local accounts and caches of whoever runs this must not get in the way.
os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tools"))

from specklepy.api import operations  # noqa: E402
from specklepy.api.client import SpeckleClient  # noqa: E402
from specklepy.core.api.inputs.model_inputs import CreateModelInput  # noqa: E402
from specklepy.core.api.inputs.project_inputs import ProjectCreateInput  # noqa: E402
from specklepy.core.api.inputs.version_inputs import CreateVersionInput  # noqa: E402
from specklepy.logging import metrics  # noqa: E402
from specklepy.transports.memory import MemoryTransport  # noqa: E402
from specklepy.transports.server import ServerTransport  # noqa: E402

import tiebeam_node  # noqa: E402

metrics.disable()
STOREYS, BAYS = 6, 6
MIRROR_SECONDS_MAX = 60


class Progress:
    """What speckleifc's importer reports to."""

    def report(self, *_):
        pass

    def should_report_progress(self):
        return False


def step(text):
    if sys.stderr.isatty():
        print(f"\r\033[K  {text} …", end="", file=sys.stderr, flush=True)


def done():
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def timed(action):
    start = time.monotonic()
    result = action()
    return result, time.monotonic() - start


def megabytes(count):
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def convert(path):
    from speckleifc.ifc_geometry_processing import open_ifc
    from speckleifc.importer import ImportJob
    with contextlib.redirect_stdout(io.StringIO()):
        return ImportJob(open_ifc(str(path)), Progress()).convert()


def connect(node, token):
    client = SpeckleClient(node.api, use_ssl=False)
    client.authenticate_with_token(token)
    return client


def wait_for_version(node, token, project, version):
    query = "query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { referencedObject } } }"
    deadline = time.monotonic() + MIRROR_SECONDS_MAX
    while time.monotonic() < deadline:
        answer = node.graphql(query, {"p": project, "v": version}, token)
        if not answer.get("errors"):
            return answer["data"]["project"]["version"]["referencedObject"]
        time.sleep(0.005)
    listed = tiebeam_node.run("mirror", "list", "--api", node.api, "--token", token).stdout
    raise SystemExit(f"the version did not reach region B: {listed}")


def texts(node, token, project, ids):
    """The exact text of each object, by id."""
    status, _, body = tiebeam_node.request(
        "POST", f"{node.api}/api/v2/projects/{project}/object-stream/", json.dumps({"objectIds": ids}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, timeout=300)
    if status != 200:
        raise SystemExit(f"region {node.api} answers {status}")
    return dict(line.split(b"\t", 1) for line in body.split(b"\n") if line)


def run(model, a, b):
    step("converting the model with Speckle's importer")
    building, convert_seconds = timed(lambda: convert(model))
    token_a, token_b = a.register("ann@region-a.example"), b.register("bob@region-b.example")
    client = connect(a, token_a)
    project = client.project.create(ProjectCreateInput(name="Harbour", description=None, visibility="PRIVATE"))
    line = client.model.create(CreateModelInput(name="building", description=None, project_id=project.id))

    step("sending it to region A with specklepy")
    sent = MemoryTransport()
    root, send_seconds = timed(lambda: operations.send(
        building, [ServerTransport(project.id, client=client), sent], use_default_cache=False))
    version = client.version.create(CreateVersionInput(object_id=root, model_id=line.id, project_id=project.id))

    step("mirroring it to region B")
    tiebeam_node.run(
        "mirror", "add", f"{a.sync}/{project.id}", "--source-token", token_a, "--node-id", a.node_id,
        "--api", b.api, "--token", token_b)
    referenced, mirror_seconds = timed(lambda: wait_for_version(b, token_b, project.id, version.id))

    step("publishing a second version and watching it arrive")
    building.name = "Harbour office, revised"
    second_root = operations.send(
        building, [ServerTransport(project.id, client=client), sent], use_default_cache=False)
    second = client.version.create(
        CreateVersionInput(object_id=second_root, model_id=line.id, project_id=project.id))
    _, update_seconds = timed(lambda: wait_for_version(b, token_b, project.id, second.id))

    step("receiving it from region B with specklepy")
    received_into = MemoryTransport()
    received, receive_seconds = timed(lambda: operations.receive(
        referenced, ServerTransport(project.id, client=connect(b, token_b)), received_into))

    step("comparing every byte")
    ids = sorted(sent.objects)
    at_a, at_b = texts(a, token_a, project.id, ids), texts(b, token_b, project.id, ids)
    problems = [key for key, text in sent.objects.items()
                if at_a.get(key.encode()) != text.encode() or at_b.get(key.encode()) != text.encode()]
    problems += [key for key, text in received_into.objects.items() if sent.objects.get(key) != text]
    if referenced != root or received.id != root:
        problems.append(root)

    step("measuring a clone")
    with tempfile.TemporaryDirectory() as directory:
        figures = json.loads(tiebeam_node.run(
            "clone", f"{a.sync}/{project.id}", f"{directory}/copy", "--token", token_a, "--node-id", a.node_id,
            "--json").stdout)
        again = json.loads(tiebeam_node.run("pull", f"{directory}/copy", "--json").stdout)
    done()
    raw = sum(len(text.encode()) for text in sent.objects.values())
    wire = figures["wireBytesReceived"] + figures["wireBytesSent"]
    print(f"""
  {pathlib.Path(model).name}: {len(sent.objects):,} objects, {megabytes(raw)}

  convert with Speckle's importer     {convert_seconds:8.2f} s
  send to region A with specklepy     {send_seconds:8.2f} s
  mirror to region B                  {mirror_seconds:8.2f} s
  a second version, until B shows it  {update_seconds:8.2f} s
  receive from region B               {receive_seconds:8.2f} s

  the whole project over the sync protocol: {megabytes(wire)} on the wire, {raw / wire:.1f} times less than raw,
  {figures["seconds"]:.2f} s with every object verified; asking again: {again["frameBytesReceived"] + again["frameBytesSent"]} bytes, one round trip
""")
    if problems:
        print(f"  {len(problems)} objects differ: {problems[:5]}")
        return 1
    print(f"  Every byte is the same in region A, in region B and at the receiver.\n")
    return 0


def main():
    with tempfile.TemporaryDirectory() as directory, tiebeam_node.Node() as a, tiebeam_node.Node() as b:
        model = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(directory) / "harbour-office.ifc"
        if len(sys.argv) == 1:
            step("designing an office building")
            subprocess.run(
                [sys.executable, "-W", "ignore", HERE / "office.py", model, str(STOREYS), str(BAYS)], check=True,
                stdout=subprocess.DEVNULL)
        return run(model, a, b)


if __name__ == "__main__":
    sys.exit(main())
