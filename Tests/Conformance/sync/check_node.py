"""Runs tiebeam_client.py, and the vectors that a node must refuse, against a real node. Exit 1 when anything differs.

TIEBEAM_BINARY names the program. Needs zstandard.
"""
import base64
import hashlib
import json
import pathlib
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tools"))

import tiebeam_client as c  # noqa: E402
import tiebeam_node  # noqa: E402
import tiebeam_sync as t  # noqa: E402

CLIENT = pathlib.Path(__file__).with_name("tiebeam_client.py")
CREATE = "mutation($i: ProjectCreateInput!) { projectMutations { create(input: $i) { id } } }"
RENAME = "mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"
# Kinds that a node is sent; the others never come its way.
FIRST, CONNECTION, OPENING = {0x00}, {0x01, 0x02, 0x03, 0x05}, {0x10, 0x18, 0x26, 0x2C, 0x2E, 0x31, 0x33, 0x35, 0x37, 0x39}


def id_of(number):
    return hashlib.md5(b"%d" % number).hexdigest()


def reference(number):
    return '{"referencedId":"%s","speckle_type":"reference"}' % id_of(number)


def model(first, count):
    """Texts of leaves and of a root that refers to all of them."""
    letters, numbers = random.Random(first), range(first, first + count)
    data = ["".join(letters.choices("abcdefgh", k=letters.randrange(20, 3000))) for _ in numbers]
    texts = ['{"id":"%s","speckle_type":"Base","data":"%s"}' % (id_of(n), d) for n, d in zip(numbers, data)]
    elements = ",".join(reference(n) for n in numbers)
    return texts + ['{"speckle_type":"Base","elements":[%s],"id":"%s"}' % (elements, id_of(-first - 1))]


class Check:
    def __init__(self, node, folder):
        self.node, self.folder, self.failed = node, folder, 0
        self.look()
        self.token = node.register("sync@example.com")
        answer = node.graphql(CREATE, {"i": {"name": "sync"}}, self.token)
        self.project = answer["data"]["projectMutations"]["create"]["id"]

    def look(self):
        """Where the node listens; another port with each start."""
        self.host, self.port = self.node.sync.removeprefix("tiebeam://").rsplit(":", 1)

    def expect(self, condition, what):
        if not condition:
            self.failed += 1
            print("FAILED", what)

    def start(self, command, *rest, token=None, project=None):
        return subprocess.Popen(
            [sys.executable, CLIENT, command, self.host, self.port, project or self.project, token or self.token,
             self.node.node_id, *map(str, rest)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, **options):
        """(exit status, the answer, what went wrong)"""
        process = self.start(*arguments, **options)
        out, error = process.communicate(timeout=120)
        return process.returncode, json.loads(out) if out else {}, error

    def push(self, texts, intent, *rest, project=None):
        path = self.folder / "push.txt"
        path.write_text("\n".join(texts) + "\n")
        return self.run("push", path, json.dumps(intent), *rest, project=project)

    def conversation(self):
        texts, copy = model(0, 4000), self.folder / "copy"
        intent = {"id": "00c0ffee42", "modelName": "main", "rootObject": id_of(-1)}
        status, result, error = self.push(texts, intent)
        self.expect(status == 0 and result.get("sent") == 4001, "a push: %s %s" % (result, error))
        status, result, _ = self.push(texts, intent, "ab" * 16)
        self.expect(result.get("outcome") == 1 and result.get("sent") == 0, "the same push again: %s" % result)
        status, result, error = self.run("clone", copy)
        self.expect(status == 0 and result["objects"] == 4001, "a clone: %s %s" % (result, error))
        sent = {c.object_id(text.encode()): text.encode() for text in texts}
        self.expect(self.held(copy) == sent, "bytes of a clone")
        self.expect(self.run("pull", copy)[1].get("blocks") == 0, "a pull of nothing")
        watch = self.start("watch", copy)
        more = model(10_000, 3)
        self.push(more, {"modelName": "main", "rootObject": id_of(-10_001)})
        out, error = watch.communicate(timeout=60)
        self.expect(watch.returncode == 0 and json.loads(out)["cursor"]["nextOrdinal"] == 4005, "a watch: " + error)
        self.expect(self.run("pull", copy)[1].get("objects") == 4, "a pull")
        kinds = [json.loads(json.loads(line)["body"])["kind"] for line in open(copy / "operations.jsonl")]
        self.expect(kinds.count("version.created") == 2, "operations: %s" % kinds)

    def updates(self):
        """Deltas (12.8), roots (FETCH-12) and held objects (FETCH-13), read by the second implementation."""
        parts = {n: '{"id":"%s","speckle_type":"Part","applicationId":"p%d","note":"%s"}' % (id_of(n), n, "x" * n)
                 for n in range(20_000, 20_300)}

        def root(name, ids):
            closure = ",".join('"%s":1' % id for id in ids)
            return '{"id":"%s","speckle_type":"Building","parts":[%s],"__closure":{%s}}' % (
                name, ",".join('{"referencedId":"%s","speckle_type":"reference"}' % id for id in ids), closure)

        first, second = id_of(-20_001), id_of(-20_002)
        ids = [id_of(n) for n in parts]
        self.push([*parts.values(), root(first, ids)], {"modelName": "delta", "rootObject": first})
        copy, elsewhere = self.folder / "delta", self.folder / "elsewhere"
        self.expect(self.run("clone", copy)[0] == 0, "a clone before the update")
        shutil.copytree(copy, elsewhere)
        changed = {n: parts[n].replace("x" * 50, "y").replace(id_of(n), id_of(n + 5_000)) for n in (20_100, 20_200)}
        ids = [id_of(n + 5_000) if n in changed else id_of(n) for n in parts]
        self.push([*changed.values(), root(second, ids)], {"modelName": "delta", "rootObject": second})
        status, result, error = self.run("pull", copy)
        self.expect(status == 0 and result.get("deltas") == 1 and result["objects"] == 3, "deltas: %s %s" % (result, error))
        expected = self.held(copy)
        self.expect(expected[second] == root(second, ids).encode(), "bytes of a rebuilt root")
        # Another reader has the first version from another node: its cursor means nothing here.
        position = json.loads((elsewhere / "position.json").read_text()) | {"cursor": None, "marks": {}}
        (elsewhere / "position.json").write_text(json.dumps(position))
        below = sum(id in (first, *map(id_of, parts)) for id in expected)
        for accepted in (0, 1):
            folder = self.folder / ("elsewhere %d" % accepted)
            shutil.copytree(elsewhere, folder)
            result = self.fetch(folder, roots=[first], accepted=accepted)
            self.expect(result["objects"] == len(expected) - below, "a root is held: %s" % result)
            self.expect(result.get("deltas", 0) == accepted, "deltas only where they are accepted: %s" % result)
            self.expect(self.held(folder) == expected, "bytes of a copy from two nodes")

    def fetch(self, folder, **hints):
        connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
        try:
            return c.Fetch(connection, c.Replica(folder).open(), self.project, **hints).run()
        finally:
            connection.close()

    def through_http(self):
        """HTTP-1 to HTTP-4: the API changes the protocol when it is asked rightly."""
        host, port = self.node.api.removeprefix("http://").rsplit(":", 1)
        connection = c.Connection(host, port, self.token, self.node.node_id, through_http=True)
        try:
            result = c.Fetch(connection, c.Replica(self.folder / "http").open(), self.project).run()
        finally:
            connection.close()
        self.expect(self.held(self.folder / "http") == self.held(self.folder / "delta"), "a clone through HTTP: %s" % result)
        for path, headers in (("/liveness", {"Upgrade": "tiebeam/1"}), ("/liveness", {"Upgrade": "h2c"})):
            status, _, _ = tiebeam_node.request("GET", self.node.api + path, None, headers | {"Connection": "Upgrade"})
            self.expect(status == 200, "%s with %s gives %d" % (path, headers, status))
        status, _, _ = tiebeam_node.request("POST", self.node.api + "/sync", b"", {"Upgrade": "tiebeam/1"})
        self.expect(status in (404, 405), "POST /sync gives %d" % status)

    def waiting(self):
        """FETCH-15: one FETCH waits, and the update comes with its answer."""
        folder = self.folder / "waiting"
        self.fetch(folder)
        results = []
        thread = threading.Thread(target=lambda: results.append(self.fetch(folder, options=4)))
        thread.start()
        thread.join(1)
        self.expect(thread.is_alive() and not results, "nothing is new, and an answer came: %s" % results)
        more = model(40_000, 3)
        self.push(more, {"modelName": "later", "rootObject": id_of(-40_001)})
        thread.join(30)
        self.expect([result["objects"] for result in results] == [4], "the update: %s" % results)

    def partial(self):
        """A cache that holds every third object of the journal asks for the rest by bits."""
        whole, some = self.folder / "whole", self.folder / "some"
        self.fetch(whole)
        position = json.loads((whole / "position.json").read_text())["cursor"]
        count = position["nextOrdinal"]
        chunks = []
        for number in range(count // 65_536 + 1):
            ordinals = [n for n in range(min(65_536, count - 65_536 * number)) if n % 3 == 0]
            bits = bytearray(ordinals[-1] // 8 + 1)
            for n in ordinals:
                bits[n // 8] |= 1 << n % 8
            chunks.append({"number": number, "bits": bits.hex()})
        result = self.fetch(some, held={"epoch": position["epoch"], "chunks": chunks}, accepted=0)
        self.expect(result["objects"] == count - (count + 2) // 3, "held objects stay out: %s of %d" % (result, count))
        other = self.fetch(self.folder / "other", held={"epoch": "00" * 8, "chunks": chunks})
        self.expect(other["objects"] == count, "ordinals of another journal mean nothing")

    def several(self):
        """FETCH-16 to FETCH-19: ranges part a journal, and each block comes with one of them."""
        whole, parts = self.folder / "one source", self.folder / "several sources"
        self.fetch(whole)
        end = json.loads((whole / "position.json").read_text())["cursor"]
        epoch, count = end["epoch"], end["nextOrdinal"]
        distance = self.fetch(self.folder / "distance", options=3)
        self.expect(distance["cursor"] == end and distance["objects"] == 0, "the distance: %s" % distance)
        self.expect(distance["plan"].get("objects") == count, "the distance in PLAN: %s" % distance["plan"])
        behind = {"cursor": {"epoch": epoch, "nextOrdinal": 4001}, "options": 3}
        distance = self.fetch(self.folder / "distance", **behind)
        self.expect(distance["cursor"] == end and distance["plan"].get("objects") == count - 4001,
                    "the distance from within: %s" % distance)
        letters, cuts = random.Random(5), [0, count]
        cuts = sorted({*cuts, *(letters.randrange(count) for _ in range(40)), 1, count - 1})
        ranges = list(zip(cuts, cuts[1:]))
        letters.shuffle(ranges)
        objects = blocks = 0
        for first, last in ranges:
            result = self.fetch(parts, range={"epoch": epoch, "first": first, "end": last})
            objects, blocks = objects + result["objects"], blocks + result["blocks"]
            self.expect(result["cursor"] == end and not result["operations"], "a range: %s" % result)
        self.expect(objects == count, "%d objects of %d come in ranges" % (objects, count))
        self.expect(blocks > 3, "too few blocks to part")
        self.expect(self.held(parts) == self.held(whole), "bytes of a copy in ranges")
        position = json.loads((parts / "position.json").read_text())
        self.expect(position["cursor"] is None, "a range moves the cursor")
        for what, first, last in (("behind the end", count, count + 5), ("far behind", 1 << 60, (1 << 60) + (1 << 24))):
            result = self.fetch(self.folder / "none", range={"epoch": epoch, "first": first, "end": last})
            self.expect(result["objects"] == 0 and result["cursor"] == end, "%s: %s" % (what, result))
        result = self.fetch(self.folder / "none", range={"epoch": "00" * 8, "first": 0, "end": count})
        self.expect(result["rebuilt"] and result["blocks"] == 0 and result["cursor"] == end, "another journal: %s" % result)
        result = self.fetch(self.folder / "none", range={"epoch": epoch, "first": 0, "end": count}, options=2)
        self.expect(result["blocks"] == 0, "a range without objects: %s" % result)

    @staticmethod
    def held(copy):
        with open(copy / "objects.tsv", "rb") as lines:
            return dict(c.parse_line(line) for line in lines)

    def refusals(self):
        status, result, _ = self.push(['{"id":"%s","x":%s}' % (id_of(-77), reference(-78))],
                                      {"modelName": "main", "rootObject": id_of(-77)})
        self.expect(status == 1 and result.get("outcome") == 2 and result.get("missing") == [id_of(-77)],
                    "a version without its objects: %s" % result)
        wrong = '%s\t{"id":"%s"}' % (id_of(-80), id_of(-81))
        for what, code, (status, _, error) in (
            ("an intent that is none", "0x010b", self.push(["{}"], {"x": 1})),
            ("a text under another id", "0x0501", self.push([wrong], {})),
            ("another token", "0x0201", self.run("clone", self.folder / "a", token="wrong")),
            ("another project", "0x0601", self.run("clone", self.folder / "b", project="0000000000")),
        ):
            self.expect(status == 1 and code in error, "%s: %d %s" % (what, status, error))

    def unasked(self):
        """OFFER-6, PUSH-4: what comes unasked is kept as what was asked for, and no more of it than was offered."""
        pairs = [(id_of(n), ('{"id":"%s","n":%d}' % (id_of(n), n)).encode()) for n in range(50_000, 50_040)]

        class Greedy(c.Push):
            def give_blocks(self, objects):
                super().give_blocks(objects + objects[:1])

        def push(objects, unasked, kind=c.Push):
            connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
            try:
                return kind(connection, self.project, objects, [], "ef" * 16, window=16, unasked=unasked).run()
            finally:
                connection.close()

        self.expect(push(pairs[:30], True)["sent"] == 30, "a push that is not asked for anything")
        self.expect(push(pairs, False)["sent"] == 10, "what the node lacks after it")
        self.expect(push(pairs, True).get("outcome", 0) == 0, "objects that are there come again")
        try:
            push(pairs, True, Greedy)
            self.expect(False, "PUSH-4: more than was offered")
        except c.PeerError as error:
            self.expect("0x0112" in str(error), "PUSH-4: %s" % error)

    def files(self):
        """PART-1 to PART-8: a file is given, published and brought again, whole and in parts."""
        data = self.made(9) + b"rest"
        way = (self.host, self.port, self.project, self.token, self.node.node_id)
        for content, count in ((data, 3), (b"", 0), (b"x", 1)):
            digest, sent = c.put(*way, content)
            self.expect(sent == list(range(count)), "parts of a new file: %s" % sent)
            self.expect(c.put(*way, content) == (digest, []), "parts of a file that is there")
            self.expect(self.brought(digest)[1] == content, "bytes of a file that was only given")
        digest = c.put(*way, data)[0]
        intent = {"blob": {"id": "00c0ffee77", "fileName": "tower.ifc", "digest": digest}}
        status, result, error = self.push([], intent)
        self.expect(result.get("replies") == [b"created".hex()], "a file is published: %s %s" % (result, error))
        self.expect(self.push([], intent)[1].get("outcome") == 1, "it is published again")
        copy = self.folder / "files"
        self.run("clone", copy)
        operations = [json.loads(line)["body"] for line in open(copy / "operations.jsonl")]
        made = [json.loads(body)["value"] for body in operations if "blob.created" in body]
        self.expect([(m["digest"], m["byteCount"], m["contentHash"]) for m in made] == [
            (digest, len(data), hashlib.sha256(data).hexdigest())], "the operation: %s" % made)
        self.expect(self.brought(digest)[1] == data, "bytes of a published file")
        with tempfile.TemporaryFile() as file:
            self.expect(c.blob(*way, digest, file, 1, 1) == (3, [1]), "a range")
            file.seek(t.LIMITS["blob-part"])
            self.expect(file.read() == t.cut(data)[1], "bytes of a range")
        foreign = self.node.graphql(CREATE, {"i": {"name": "other"}}, self.token)["data"]["projectMutations"]
        other = foreign["create"]["id"]
        unknown = {"blob": {"id": "00c0ffee78", "fileName": "a", "digest": digest}}
        status, result, _ = self.push([], unknown, project=other)
        self.expect(result.get("outcome") == 3, "INTENT-4: a digest alone gives no file: %s" % result)
        for what, code, attempt in (
            ("BLOB-2: a file of another project", "0x0602", lambda: self.brought(digest, other)),
            ("BLOB-2: an unknown file", "0x0602", lambda: self.brought("00" * 32)),
            ("BLOB-2: parts that a file does not have", "0x0112", lambda: self.brought(digest, None, 2, 2)),
            ("AUTH-6: a project that is none", "0x0601", lambda: self.brought(digest, "0000000000")),
            ("PART-4: a damaged part", "0x0501", lambda: self.given(self.made(20), lambda d: d[:-1] + b"?")),
            ("PART-3: too little", "0x0108", lambda: self.given(self.made(21), lambda d: d[:-1])),
            ("PART-3: too much", "0x0112", lambda: self.given(self.made(22), lambda d: d + b"?")),
        ):
            try:
                attempt()
                self.expect(False, what)
            except c.PeerError as error:
                self.expect(code in str(error), "%s: %s" % (what, error))
        # PUT-3: what another project has shows nowhere; what came whole before a cut need not come again (PART-8).
        fresh = self.made(10)
        try:
            self.given(fresh, lambda d: d[:-1] + b"?")
        except c.PeerError:
            pass
        self.expect(c.put(*way, fresh)[1] == [1], "the part that was damaged")
        self.expect(c.put(self.host, self.port, other, *way[3:], fresh)[1] == [0, 1], "the same file elsewhere")

    @staticmethod
    def made(seed):
        """A file of two parts."""
        return random.Random(seed).randbytes(2 * t.LIMITS["blob-part"])

    def brought(self, digest, project=None, first=0, count=0):
        with tempfile.TemporaryFile() as file:
            parts, _ = c.blob(self.host, self.port, project or self.project, self.token, self.node.node_id, digest, file,
                              first, count)
            file.seek(0)
            return parts, file.read()

    def given(self, data, spoil):
        """A PUT of a file, with other bytes than announced."""
        hashes = [hashlib.sha256(part).hexdigest() for part in t.cut(data)]
        connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
        try:
            connection.send("PUT", {"project": self.project, "bytes": len(data), "hashes": hashes})
            c.next_frame(connection, "NEED", False)
            connection.spend("DATA", spoil(data))
            connection.send("DATA", {"bytes": ""}, end=True)
            connection.receive()
        finally:
            connection.close()

    def large_blocks(self):
        """CREDIT-6: blocks just below a quarter of the window, which are not granted in advance, and above it."""
        for size, count in ((7_050_000, 14), (15_000_000, 5)):
            pairs = []
            for number in range(count):
                data = base64.b64encode(random.Random(number).randbytes(size)).decode()
                id = id_of(-1000 - number - size)
                pairs.append((id, ('{"id":"%s","data":"%s"}' % (id, data)).encode()))
            connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
            stuck = threading.Timer(60, connection.socket.shutdown, [socket.SHUT_RDWR])
            stuck.start()
            try:
                c.Push(connection, self.project, pairs, [], "cd" * 16).run()
            except c.Cut:
                self.expect(False, "%d blocks of %d bytes: both sides wait" % (count, size))
            stuck.cancel()
            connection.close()

    def cut_blocks(self):
        """RESUME-6: after a cut the rest of a large block is enough, both ways."""
        id = id_of(-90_000)
        pair = (id, ('{"id":"%s","data":"%s"}' % (id, random.Random(9).randbytes(3 << 20).hex())).encode())

        def push():
            connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
            try:
                run = c.Push(connection, self.project, [pair], [], "ab" * 16)
                return run, run.run()
            finally:
                connection.close()

        class Cut(c.Connection):
            """Goes away within the first block that it gives or takes."""
            left = 2 << 20

            def spend(self, type, payload):
                if type == "DATA":
                    payload, self.left = payload[:self.left], self.left - len(payload)
                super().spend(type, payload)
                if self.left <= 0:
                    self.socket.close()
                    raise c.Cut

        connection = Cut(self.host, self.port, self.token, self.node.node_id)
        try:
            c.Push(connection, self.project, [pair], [], "ab" * 16).run()
            self.expect(False, "the push was not cut")
        except c.Cut:
            pass
        kept, deadline = self.node.data / "data" / "unfinished", time.monotonic() + 20
        while not list(kept.glob("[0-9a-f]" * 64)) and time.monotonic() < deadline:
            time.sleep(0.02)
        run, result = push()
        self.expect(run.skipped > 1 << 20 and result["sent"] == 1, "the rest of a pushed block: %d" % run.skipped)
        # The journal ends with that block. A reader that has some of it asks for no more than the rest.
        end = self.fetch(self.folder / "end", options=3)["cursor"]
        before = end | {"nextOrdinal": end["nextOrdinal"] - 1}
        blocks = []

        class Kept(c.Fetch):
            def take_block(self, ordinal, block, count):
                blocks.append((block, count))
                super().take_block(ordinal, block, count)

        def last(name, beginning=b""):
            connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
            try:
                result = Kept(connection, c.Replica(self.folder / name).open(), self.project, beginning, cursor=before).run()
            finally:
                connection.close()
            self.expect(self.held(self.folder / name) == {id: pair[1]}, "bytes: " + name)
            return result["continued"], *blocks[-1]

        continued, block, count = last("whole block")
        self.expect(not continued, "a block that nobody has a beginning of")
        continued, same, rest = last("rest of a block", block[:2 << 20])
        self.expect(continued == 1 and same == block and rest == count + 4 - (2 << 20), "the rest of a block: %d" % rest)
        continued, same, _ = last("another block", block[:24] + bytes(32) + block[56:2000])
        self.expect(not continued and same == block, "another block has begun")

    def compacted(self):
        """SNAP-1 to SNAP-6: a log with gaps, taken by the second implementation."""
        self.run("clone", self.folder / "behind")
        self.node.stop()
        self.node.options += ["--keep-operations", "0"]
        self.node.start()
        self.look()
        for number in range(300):
            self.node.graphql(RENAME, {"i": {"id": self.project, "name": "name %d" % number}}, self.token)
        deadline = time.monotonic() + 30
        while not (result := self.fetch(self.folder / ("new%f" % time.monotonic()), options=2)).get("snapshot"):
            if time.monotonic() > deadline:
                break
            time.sleep(0.3)
        self.expect(result.get("snapshot"), "no snapshot: %s" % result)
        result = self.fetch(self.folder / "behind")
        self.expect(result.get("snapshot"), "a snapshot for an old copy: %s" % result)
        lines = (self.folder / "behind/operations.jsonl").read_text().splitlines()
        bodies = [json.loads(json.loads(line)["body"]) for line in lines]
        names = [body["value"].get("name") for body in bodies if body["kind"] == "project.changed"]
        self.expect(names[-1] == "name 299" and len(names) < 100, "the last name: %s" % names[-3:])
        traces = [body for body in bodies if body["kind"] == "trace"]  # COMPACT-6
        told = [body["value"]["info"].get("name") for body in traces if body["value"]["action"] == "stream_update"]
        self.expect(len(told) + len(names) >= 300 and not any("seen" in body or "previous" in body for body in traces),
                    "traces: %d" % len(traces))
        self.node.graphql(RENAME, {"i": {"id": self.project, "name": "last"}}, self.token)
        result = self.fetch(self.folder / "behind")
        self.expect(not result["snapshot"] and result["operations"] == 1, "after a snapshot: %s" % result)
        try:
            self.fetch(self.folder / "never", accepted=1)
            self.expect(False, "a log with gaps for who takes none")
        except c.PeerError as error:
            self.expect("0x0603" in str(error), "who takes no snapshot: %s" % error)

    def vectors(self):
        """Sends each refused frame of a kind that comes to nodes, and compares the code of the answer."""
        count = 0
        for path in sorted((ROOT / "Spec/vectors/reject").glob("*.json")):
            vector = json.loads(path.read_text())
            raw = bytes.fromhex(vector["hex"])
            is_sent = raw[3] in FIRST | CONNECTION | OPENING or vector["id"].startswith("frame-")
            if vector["id"].startswith(("block-", "data-", "delta-", "document-", "lease-document-")) or not is_sent:
                continue
            code = self.answer(raw)
            count += 1
            self.expect(code == int(vector["error"], 16), "%s: %s" % (vector["id"], code and hex(code)))
        self.expect(count > 40, "only %d vectors" % count)

    def answer(self, raw):
        """The code of the ERROR that answers a frame; None when there is none."""
        kind, stream = raw[3], int.from_bytes(raw[5:8], "big")
        connection = c.Connection(self.host, self.port, self.token, self.node.node_id)
        hello = connection.opening[:8 + int.from_bytes(connection.opening[:3], "big")]
        before = b"" if kind == 0x00 else hello if kind == 0x01 else connection.opening
        if kind == 0x03 and stream:  # CREDIT stands on a stream that is open
            before += connection.encode("WATCH", {"project": self.project, "cursor": {
                "epoch": "00" * 8, "nextOrdinal": 0}}, stream, 1)
        connection.socket.sendall(before + raw)
        connection.socket.settimeout(10)
        data = b""
        try:
            while True:
                while len(data) >= 8 and len(data) >= 8 + int.from_bytes(data[:3], "big"):
                    frame = t.decode_frame(data)
                    if frame["type"] == "ERROR":
                        return frame["fields"]["code"]
                    data = data[8 + int.from_bytes(data[:3], "big"):]
                more = connection.socket.recv(1 << 16)
                if not more:
                    return None
                data += more
        except (OSError, ssl.SSLError, socket.timeout):
            return None
        finally:
            connection.close()


def main():
    with tempfile.TemporaryDirectory() as folder, tiebeam_node.Node() as node:
        check = Check(node, pathlib.Path(folder))
        for part in (check.conversation, check.updates, check.through_http, check.waiting, check.partial, check.refusals,
                     check.several, check.unasked, check.files, check.large_blocks, check.cut_blocks,
                     check.compacted, check.vectors):
            part()
            print(part.__name__)
    print("%d problems" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
