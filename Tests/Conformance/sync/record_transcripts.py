"""Records conversations with a real node into Spec/transcripts: one frame a line, `>` from the dialler, `<` from the node.

The files are kept: both implementations decode them in every test run, so a change that breaks what an older peer sent is
seen. Record anew only when the protocol changed on purpose. TIEBEAM_BINARY names the program.
"""
import json
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tools"))

import tiebeam_client as c  # noqa: E402
import tiebeam_node  # noqa: E402

CREATE = "mutation($i: ProjectCreateInput!) { projectMutations { create(input: $i) { id } } }"


class Recorded(c.Connection):
    """A connection that keeps the frames of both directions."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.frames = []

    def write(self, data):
        rest = self.opening + data
        super().write(data)
        while rest:
            count = 8 + int.from_bytes(rest[:3], "big")
            self.frames.append("> " + rest[:count].hex())
            rest = rest[count:]

    def next_frame(self):
        raw = super().next_frame()
        self.frames.append("< " + raw.hex())
        return raw


def building(version, count=40):
    def own(number):
        return "%032x" % (0x5EED << 64 | number)

    parts = [(own(n if n != 7 else 7_000 + version), json.dumps(
        {"id": own(n if n != 7 else 7_000 + version), "speckle_type": "Part", "applicationId": f"part {n}",
         "note": f"version {version}" if n == 7 else "as designed"}).encode()) for n in range(count)]
    root = json.dumps({"id": own(9_000 + version), "speckle_type": "Building", "parts": [
        {"referencedId": id, "speckle_type": "reference"} for id, _ in parts], "__closure": {id: 1 for id, _ in parts}})
    return parts + [(own(9_000 + version), root.encode())]


def main():
    folder = ROOT / "Spec" / "transcripts"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, tiebeam_node.Node() as node:
        host, port = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
        token = node.register("transcript@example.com")
        project = node.graphql(CREATE, {"i": {"name": "transcript"}}, token)["data"]["projectMutations"]["create"]["id"]
        copy = c.Replica(pathlib.Path(scratch) / "copy")

        def record(name, run):
            connection = Recorded(host, port, token, node.node_id)
            run(connection)
            connection.close()
            (folder / f"{name}.txt").write_text("\n".join(connection.frames) + "\n")

        def push(version):
            objects = building(version)
            intent = json.dumps({"id": "%010x" % version, "modelName": "main", "rootObject": objects[-1][0],
                                 "createdAt": 1_700_000_000_000}).encode()
            return lambda connection: c.Push(connection, project, objects, [intent], "%032x" % version).run()

        record("push", push(1))
        record("clone", lambda connection: c.Fetch(connection, copy.open(), project).run())
        record("push-update", push(2))
        record("update", lambda connection: c.Fetch(connection, copy.open(), project).run())
        record("nothing-new", lambda connection: c.Fetch(connection, copy.open(), project).run())


if __name__ == "__main__":
    main()
