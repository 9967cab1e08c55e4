"""What people do with the program's sync commands, between real nodes, also over links that are cut.

Standard library only. What a copy holds is checked by `tiebeam verify` and compared with its source.
"""
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402

WAIT_MAX = 30


def identity(number):
    return "%032x" % (0x9E3779B97F4A7C15F39CC0605CEDC835 * (number + 1) % (1 << 128))


def building(version, edited=(), count=400):
    """Parts, and a root with a closure, as (id, text). Edited parts differ between versions."""
    parts = []
    for number in range(count):
        own = identity(number + 1000 * version if number in edited else number)
        note = f"version {version}" if number in edited else "as designed"
        parts.append((own, json.dumps(
            {"id": own, "speckle_type": "Part", "applicationId": f"part {number}", "note": note,
             "data": [number * 0.37 + k for k in range(60)]}).encode()))
    root = identity(900_000 + version)
    references = [{"referencedId": own, "speckle_type": "reference"} for own, _ in parts]
    closure = {own: 1 for own, _ in parts}
    return parts + [(root, json.dumps(
        {"id": root, "speckle_type": "Building", "parts": references, "__closure": closure}).encode())]


def noise(count):
    """Objects that do not compress, so that there is something to cut, and a root that refers to them."""
    objects = [(identity(n), json.dumps(
        {"id": identity(n), "data": os.urandom(60_000).hex()}).encode()) for n in range(7_000, 7_000 + count - 1)]
    root = identity(8_000)
    references = [{"referencedId": own, "speckle_type": "reference"} for own, _ in objects]
    return objects + [(root, json.dumps({"id": root, "parts": references}).encode())]


def wait_for(condition, what):
    deadline = time.monotonic() + WAIT_MAX
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def listed(node, token, project):
    """How a node describes its copy of a project."""
    mirrors = json.loads(tiebeam_node.run("mirror", "list", "--api", node.api, "--token", token, "--json").stdout)
    return next((mirror for mirror in mirrors if mirror["project"] == project), {})


class Cutter:
    """A relay to a node that cuts each connection after a number of bytes, as often as it is told to."""

    def __init__(self, port, cuts):
        self.target, self.cuts, self.byte_count, self.ends = int(port), list(cuts), 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                left = [self.cuts.pop(0) if self.cuts else None]
                self.ends += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self.relay, args=(one, other, left), daemon=True).start()

    def relay(self, one, other, left):
        with contextlib.suppress(OSError):
            while data := one.recv(16_384):
                self.byte_count += len(data)
                if left[0] is not None:
                    left[0] -= len(data)
                    if left[0] < 0:
                        break
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()

    def cut(self):
        """Cuts what is open, and whatever comes until `cuts` is cleared."""
        self.cuts = [0] * 1_000
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


class SyncTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.token = cls.node.register("ann@example.com")

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.token)
        self.model = object_upload.create_model(self.node, self.token, self.project)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.copy = self.folder / "copy"

    def publish(self, objects):
        object_upload.upload_all(self.node, self.project, self.token, (text for _, text in objects))
        object_upload.create_version(self.node, self.token, self.project, self.model, objects[-1][0])

    def run_json(self, *arguments):
        return json.loads(tiebeam_node.run(*arguments, "--json").stdout)

    def clone(self, address=None):
        return self.run_json("clone", address or f"{self.node.sync}/{self.project}", self.copy, "--token", self.token,
                             "--node-id", self.node.node_id)

    def assert_same(self, objects):
        tiebeam_node.run("verify", self.copy)
        found = self.run_json("compare", self.copy)
        self.assertEqual((found["objects"], found["missing"], found["surplus"]), (objects, 0, 0))

    def test_an_update_costs_what_was_edited(self):
        self.publish(building(1))
        whole = self.clone()
        self.publish(building(2, edited={7, 200}))
        update = self.run_json("pull", self.copy)
        self.assertEqual(update["objects"], 3)
        self.assertLess(update["frameBytesReceived"] * 20, whole["frameBytesReceived"])
        again = self.run_json("pull", self.copy)
        self.assertTrue(again["upToDate"])
        self.assertLessEqual(again["frameBytesReceived"] + again["frameBytesSent"], 200)
        self.assert_same(404)

    def test_a_watched_copy_brings_what_is_new_and_ends_when_it_is_told(self):
        self.publish(building(1))
        self.clone()
        watching = subprocess.Popen(
            [tiebeam_node.binary(), "pull", str(self.copy), "--watch", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watching.kill)
        self.assertTrue(json.loads(watching.stdout.readline())["upToDate"])
        for number, edited in ((2, {7, 200}), (3, {8})):
            self.publish(building(number, edited=edited))
            moves = []
            while sum(move["operations"] for move in moves) == 0:  # objects may come before the version
                moves.append(json.loads(watching.stdout.readline()))
            self.assertEqual({move["project"] for move in moves}, {self.project})
            self.assertEqual(sum(move["objects"] for move in moves), len(edited) + 1)
        watching.terminate()
        self.assertEqual(watching.wait(timeout=20), 0)
        watching.stdout.close()
        self.assert_same(406)

    def attach(self, name, content):
        body = (f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n').encode() + content + b"\r\n--b--\r\n"
        status, _, answer = tiebeam_node.request(
            "POST", f"{self.node.api}/api/stream/{self.project}/blob", body,
            {"Authorization": f"Bearer {self.token}", "Content-Type": "multipart/form-data; boundary=b"}, timeout=60)
        self.assertEqual(status, 201)
        return json.loads(answer)["uploadResults"][0]["blobId"]

    def test_files_come_with_their_project(self):
        self.publish(building(1))
        photo, plan = os.urandom(70_000), os.urandom(9_500_000)
        ids = [self.attach("photo.jpg", photo), self.attach("plan.ifc", plan), self.attach("empty", b"")]
        whole = self.clone()
        self.assertEqual((whole["files"], whole["fileBytes"]), (3, len(photo) + len(plan)))
        self.assertEqual(self.run_json("verify", self.copy)["files"], 3)
        self.assertTrue(self.run_json("pull", self.copy)["upToDate"])

        target = object_upload.create_project(self.node, self.token, "target")
        push = ["push", self.copy, f"{self.node.sync}/{target}", "--token", self.token, "--node-id", self.node.node_id]
        pushed = self.run_json(*push)
        self.assertEqual((pushed["files"], pushed["fileBytes"]), (3, len(photo) + len(plan)))
        again = self.run_json(*push)
        self.assertTrue(again["upToDate"])
        self.assertLess(again["frameBytesSent"], 60_000, "nothing goes twice")
        for own, content in zip(ids, (photo, plan, b"")):
            status, _, body = tiebeam_node.request(
                "GET", f"{self.node.api}/api/stream/{target}/blob/{own}", None, {"Authorization": f"Bearer {self.token}"})
            self.assertEqual((status, body), (200, content))

    def test_a_second_push_gives_what_is_new_without_asking(self):
        self.publish(building(1))
        self.clone()
        target = object_upload.create_project(self.node, self.token, "target")
        push = ["push", self.copy, f"{self.node.sync}/{target}", "--token", self.token, "--node-id", self.node.node_id]
        first = self.run_json(*push)
        self.assertEqual((first["objects"], first["versions"]), (401, 1))
        self.publish(building(2, edited={7, 200}))
        self.run_json("pull", self.copy)
        second = self.run_json(*push)
        self.assertEqual((second["objects"], second["versions"]), (3, 1))
        self.assertLess(second["frameBytesSent"], first["frameBytesSent"] / 5, "ids of the rest are not offered")
        self.assertEqual((first["roundTrips"], second["roundTrips"]), (2, 1))
        self.assertEqual(self.run_json(*push)["objects"], 0)
        # A node that has lost what it was given is given it again.
        with tiebeam_node.Node() as other:
            token = other.register("eve@example.com")
            replaced = object_upload.create_project(other, token, "target")
            marks = sqlite3.connect(self.copy / "tiebeam.sqlite")
            marks.execute("UPDATE push_marks SET node = ?, target = ?", (other.node_id, replaced))
            marks.commit()
            marks.close()
            third = self.run_json(
                "push", self.copy, f"{other.sync}/{replaced}", "--token", token, "--node-id", other.node_id)
            self.assertEqual((third["objects"], third["versions"]), (404, 2))

    def test_a_file_goes_on_after_each_cut(self):
        self.publish(building(1))
        plan = os.urandom(30_000_000)
        self.attach("plan.ifc", plan)
        cuts = [6_500_000, 6_500_000, 9_000_000]
        with contextlib.closing(Cutter(self.node.sync.rsplit(":", 1)[1], cuts)) as cutter:
            whole = self.clone(f"tiebeam://127.0.0.1:{cutter.port}/{self.project}")
        # Of 22 MB before the last attempt, each cut loses a part at most.
        self.assertLess(whole["fileBytes"], len(plan) - 8_000_000)
        self.assertEqual(self.run_json("verify", self.copy)["files"], 1)

    def test_damaged_files_are_found(self):
        self.publish(building(1))
        self.attach("plan.ifc", os.urandom(5_000_000))
        self.clone()
        [file] = [f for f in (self.copy / "blobs").glob("??/*") if f.suffix != ".parts"]
        data = bytearray(file.read_bytes())
        data[4_999_999] ^= 1
        file.write_bytes(data)
        found = tiebeam_node.run("verify", self.copy, check=False)
        self.assertEqual(found.returncode, 4)
        self.assertIn("is damaged", found.stdout)

    def test_what_a_copy_lacks_is_found_and_brought(self):
        self.publish(building(1))
        self.clone()
        more = [(identity(n), json.dumps({"id": identity(n), "n": n}).encode()) for n in range(5_000, 5_020)]
        object_upload.upload_all(self.node, self.project, self.token, (text for _, text in more))
        found = tiebeam_node.run("compare", self.copy, check=False)
        self.assertEqual(found.returncode, 1)
        self.assertIn("20 objects are missing here", found.stdout)
        self.assertEqual(self.run_json("compare", self.copy, "--repair")["repaired"], 20)
        self.assert_same(421)

    def test_the_way_through_http(self):
        self.publish(building(1))
        address = self.node.api.replace("http://", "tiebeam+http://") + f"/{self.project}"
        self.assertEqual(self.clone(address)["objects"], 401)
        self.assert_same(401)

    def test_what_does_not_speak_the_protocol_is_told(self):
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
            port = silent.getsockname()[1]
            for address in (f"tiebeam+http://127.0.0.1:{port}/{self.project}",
                            self.node.api.replace("http://", "tiebeam+https://") + f"/{self.project}"):
                result = tiebeam_node.run("clone", address, self.folder / str(time.monotonic_ns()), "--token", self.token,
                                          "--node-id", self.node.node_id, check=False, timeout=90)
                self.assertEqual(result.returncode, 1, result.stderr)

    def test_a_clone_goes_on_after_each_cut(self):
        self.publish([*building(1, count=300), *noise(60)])
        cutter = Cutter(self.node.sync.rsplit(":", 1)[1], [30_000, 700_000, 1_500_000, 2_500_000])
        self.addCleanup(cutter.close)
        figures = self.clone(f"tiebeam://127.0.0.1:{cutter.port}/{self.project}")
        self.assertEqual(cutter.cuts, [])
        # The last connection had only to bring what did not come whole before.
        self.assertLess(figures["objects"], 330)
        self.assert_same(361)

    def test_a_cut_within_a_large_object_costs_a_window(self):
        own = identity(9_000)
        self.publish([(own, json.dumps({"id": own, "data": os.urandom(8 << 20).hex()}).encode())])
        cuts = [2_500_000] * 3
        with contextlib.closing(Cutter(self.node.sync.rsplit(":", 1)[1], cuts)) as cutter:
            self.assertEqual(self.clone(f"tiebeam://127.0.0.1:{cutter.port}/{self.project}")["objects"], 1)
            self.assertEqual(cutter.cuts, [])
            whole = cutter.byte_count
        # It takes 9 MB, and would take 18 if each cut began it anew.
        self.assertLess(whole, 12_000_000)
        self.assert_same(1)

        target = object_upload.create_project(self.node, self.token, "target")
        kept = self.node.data / "data" / "unfinished"
        with contextlib.closing(Cutter(self.node.sync.rsplit(":", 1)[1], cuts)) as cutter:
            push = ["push", self.copy, f"tiebeam://127.0.0.1:{cutter.port}/{target}", "--token", self.token, "--node-id",
                    self.node.node_id]
            for _ in cuts:
                self.assertNotEqual(tiebeam_node.run(*push, check=False).returncode, 0)
                wait_for(lambda: kept.exists() and list(kept.glob("[0-9a-f]" * 64)), "the node keeps nothing of the block")
            self.assertEqual(self.run_json(*push)["objects"], 1)
            self.assertLess(cutter.byte_count, 12_000_000)
        self.assertEqual(list(kept.iterdir()), [])

    def mirrored(self, other):
        """Lets `other` copy the project; returns its token there."""
        token = other.register("bob@example.com")
        tiebeam_node.run("mirror", "add", f"{self.node.sync}/{self.project}", "--source-token", self.token, "--node-id",
                         self.node.node_id, "--api", other.api, "--token", token)
        return token

    def versions(self, node, token):
        answer = node.graphql(
            "query($p: String!) { project(id: $p) { models { items { versions { totalCount } } } } }",
            {"p": self.project}, token)
        models = [] if answer.get("errors") else answer["data"]["project"]["models"]["items"]
        return sum(model["versions"]["totalCount"] for model in models)

    def test_a_copy_takes_another_node_as_its_source(self):
        self.publish(building(1))
        self.clone()
        with tiebeam_node.Node() as other:
            token = self.mirrored(other)
            wait_for(lambda: self.versions(other, token) == 1, "the mirror is not complete")
            self.publish(building(2, edited={3}))
            wait_for(lambda: self.versions(other, token) == 2, "the mirror does not follow")
            moved = self.run_json("pull", self.copy, "--from", f"{other.sync}/{self.project}", "--node-id",
                                  other.node_id, "--token", token)
            self.assertEqual(moved["objects"], 2)
            self.assertLess(moved["frameBytesReceived"], 3_000)
            self.assert_same(403)

    def test_a_peer_is_sent_no_faster_than_the_limit(self):
        with tiebeam_node.Node(options=["--sync-limit", "8Mbit"]) as node:
            token = node.register("eve@example.com")
            project = object_upload.create_project(node, token)
            object_upload.upload_all(node, project, token, (text for _, text in noise(40)))
            start = time.monotonic()
            tiebeam_node.run("clone", f"{node.sync}/{project}", self.copy, "--token", token, "--node-id", node.node_id)
            # Over 2 MB at 1 MB a second, less what a tenth of a second may save up and the last frame.
            self.assertGreater(time.monotonic() - start, 1.2)
        refused = tiebeam_node.run("serve", "--sync-limit", "fast", check=False)
        self.assertEqual(refused.returncode, 2)

    def test_connections_are_limited_in_number(self):
        with tiebeam_node.Node(options=["--sync-connections", "3"]) as node:
            token = node.register("fay@example.com")
            project = object_upload.create_project(node, token)
            host, port = node.sync.removeprefix("tiebeam://").rsplit(":", 1)

            def connect():
                return self.enterContext(socket.create_connection((host, int(port)), timeout=10))

            def is_refused(connection, wait):
                connection.settimeout(wait)
                try:
                    return connection.recv(1) == b""
                except TimeoutError:
                    return False
                except ConnectionError:
                    return True

            held = [connect() for _ in range(3)]
            self.assertEqual([is_refused(connection, 0.3) for connection in held], [False] * 3)
            self.assertTrue(is_refused(connect(), WAIT_MAX))
            for connection in held:
                connection.close()
            tiebeam_node.run("clone", f"{node.sync}/{project}", self.copy, "--token", token, "--node-id", node.node_id)

    def test_a_node_that_stops_tells_its_peers(self):
        with tiebeam_node.Node() as source, tiebeam_node.Node() as other:
            token = source.register("cyd@example.com")
            project = object_upload.create_project(source, token)
            there = other.register("dan@example.com")
            tiebeam_node.run("mirror", "add", f"{source.sync}/{project}", "--source-token", token, "--node-id",
                             source.node_id, "--api", other.api, "--token", there)

            def listed():
                return tiebeam_node.run("mirror", "list", "--api", other.api, "--token", there).stdout

            wait_for(lambda: "complete at" in listed(), "the mirror is not complete")
            source.process.send_signal(signal.SIGTERM)
            self.assertEqual(source.process.wait(timeout=5), 0)
            log = other.data / "log.txt"
            wait_for(lambda: "is shutting down" in log.read_text(), "the peer was cut, not told")


class SeveralSourcesTests(unittest.TestCase):
    """One project, held by two nodes: `first` and its mirror `second`."""

    NOISE = 240  # objects of 60 kB, so that there is something to share out
    LIMIT = ["--sync-limit", "80Mbit"]  # so that no node is through before the other one is asked

    @classmethod
    def setUpClass(cls):
        cls.first = cls.enterClassContext(tiebeam_node.Node(options=cls.LIMIT))
        cls.second = cls.enterClassContext(tiebeam_node.Node(options=cls.LIMIT))
        cls.token = cls.first.register("ann@example.com")
        cls.there = cls.second.register("bob@example.com")
        cls.objects = noise(cls.NOISE)
        cls.project = cls.published(cls.objects)
        cls.mirror(cls.project)

    @classmethod
    def published(cls, objects):
        project = object_upload.create_project(cls.first, cls.token)
        model = object_upload.create_model(cls.first, cls.token, project)
        object_upload.upload_all(cls.first, project, cls.token, (text for _, text in objects))
        object_upload.create_version(cls.first, cls.token, project, model, objects[-1][0])
        return project

    @classmethod
    def mirror(cls, project):
        """Lets the second node copy the project, and waits until it has."""
        tiebeam_node.run("mirror", "add", f"{cls.first.sync}/{project}", "--source-token", cls.token, "--node-id",
                         cls.first.node_id, "--api", cls.second.api, "--token", cls.there)
        wait_for(lambda: listed(cls.second, cls.there, project).get("lastCompleted"), "the mirror is not complete")

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.copy = self.folder / "copy"

    def clone(self, first=None, second=None, project=None, check=True):
        """Clones from both nodes, perhaps through relays."""
        project = project or self.project
        return tiebeam_node.run(
            "clone", f"{first or self.first.sync}/{project}", self.copy, "--token", self.token, "--node-id",
            self.first.node_id, "--also", f"{second or self.second.sync}/{project}", "--also-node-id",
            self.second.node_id, "--also-token", self.there, "--json", check=check, timeout=120)

    def relay(self, node, cuts):
        cutter = Cutter(node.sync.rsplit(":", 1)[1], cuts)
        self.addCleanup(cutter.close)
        return cutter, f"tiebeam://127.0.0.1:{cutter.port}"

    def assert_same(self, objects):
        tiebeam_node.run("verify", self.copy)
        found = json.loads(tiebeam_node.run("compare", self.copy, "--json").stdout)
        self.assertEqual((found["objects"], found["missing"], found["surplus"]), (objects, 0, 0))

    def shares(self, figures):
        by_node = {source["nodeID"]: source["objects"] for source in figures["sources"]}
        return by_node[self.first.node_id], by_node[self.second.node_id]

    def test_both_nodes_serve_a_clone(self):
        result = self.clone()
        figures = json.loads(result.stdout)
        self.assertEqual(result.stderr, "")
        first, second = self.shares(figures)
        self.assertGreater(first, self.NOISE // 8)
        self.assertGreater(second, self.NOISE // 8)
        # Little comes twice: a part that both were asked for at the end.
        self.assertLess(first + second, self.NOISE * 1.2)
        self.assert_same(self.NOISE)
        again = json.loads(tiebeam_node.run("pull", self.copy, "--json").stdout)
        self.assertTrue(again["upToDate"])
        self.assertNotIn("sources", again)

    def test_a_copy_of_several_has_the_order_of_its_source(self):
        """SOURCES-5"""
        self.clone()
        extents = []
        for data in (self.copy, self.first.data / "data"):
            with contextlib.closing(sqlite3.connect(f"file:{data / 'tiebeam.sqlite'}?mode=ro", uri=True)) as rows:
                extents.append(rows.execute(
                    "SELECT first_ordinal, extents.object_count, raw_byte_count, byte_count FROM extents"
                    " JOIN blocks ON blocks.id = block WHERE project = ? ORDER BY first_ordinal",
                    [self.project]).fetchall())
        self.assertGreater(len(extents[0]), 10)
        self.assertEqual(*extents)

    def test_a_source_that_is_cut_is_not_missed(self):
        """SOURCES-4"""
        cutter, second = self.relay(self.second, [1_500_000])
        result = self.clone(second=second)
        self.assertIn("is not asked any more: the connection was cut.", result.stderr)
        self.assertEqual(cutter.cuts, [])
        self.assert_same(self.NOISE)

    def test_the_first_source_is_cut_and_the_other_one_ends_it(self):
        """SOURCES-2, SOURCES-3: the final word is that of the node that is left."""
        for cut in (2_000_000, 7_000_000):
            self.copy = self.folder / str(cut)
            _, first = self.relay(self.first, [cut] + [0] * 20)
            figures = json.loads(self.clone(first=first).stdout)
            self.assertGreater(figures["objects"], self.NOISE - 1)
            tiebeam_node.run("verify", self.copy)
            # The other node becomes the first source, and nothing is missing in comparison with it.
            moved = tiebeam_node.run("pull", self.copy, "--from", f"{self.second.sync}/{self.project}", "--node-id",
                                     self.second.node_id, "--token", self.there, "--json")
            self.assertTrue(json.loads(moved.stdout)["upToDate"])
            self.assert_same(self.NOISE)

    def gathered_end(self):
        """How far a gathering came; 0 before it began."""
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(
                sqlite3.connect(f"file:{self.copy / 'tiebeam.sqlite'}?mode=ro", uri=True)) as rows:
            return sum(end for end, in rows.execute("SELECT gathered_end FROM mirrors"))
        return 0

    def test_an_interrupted_clone_is_resumed_from_one_source(self):
        """RESUME-5"""
        (first, first_address), (second, second_address) = (self.relay(node, []) for node in (self.first, self.second))
        clone = threading.Thread(target=lambda: self.clone(first=first_address, second=second_address, check=False))
        clone.start()
        wait_for(lambda: self.gathered_end() > self.NOISE // 4, "nothing is gathered")
        for relay in (first, second):
            relay.cut()
        clone.join()
        self.assertGreater(self.gathered_end(), self.NOISE // 4, "the clone came to its end")
        first.cuts.clear()
        pulled = tiebeam_node.run("pull", self.copy, "--forget-source", self.second.node_id, "--json", timeout=120)
        figures = json.loads(pulled.stdout)
        self.assertLess(figures["objects"], self.NOISE - 20, "what was durable came again")
        self.assertNotIn("sources", figures)
        self.assert_same(self.NOISE)

    def test_a_clone_that_is_killed_goes_on(self):
        """RESUME-5, without any last word of the process."""
        killed = subprocess.Popen(
            [tiebeam_node.binary(), "clone", f"{self.first.sync}/{self.project}", self.copy, "--token", self.token,
             "--node-id", self.first.node_id, "--also", f"{self.second.sync}/{self.project}", "--also-node-id",
             self.second.node_id, "--also-token", self.there], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        wait_for(lambda: self.gathered_end() > self.NOISE // 4, "nothing is gathered")
        killed.kill()
        killed.wait()
        figures = json.loads(tiebeam_node.run("pull", self.copy, "--json", timeout=120).stdout)
        self.assertLess(figures["objects"], self.NOISE * 3 // 4 + 1, "what was durable came again")
        self.assertEqual(len(figures["sources"]), 2)
        self.assert_same(self.NOISE)

    @contextlib.contextmanager
    def frozen(self, project, change=lambda data: None):
        """A node that copied the project once, after `change` was made to its data. Gives it and a token of it."""
        with tiebeam_node.Node(options=self.LIMIT) as node:
            token = node.register("eve@example.com")
            tiebeam_node.run("mirror", "add", f"{self.first.sync}/{project}", "--source-token", self.token, "--node-id",
                             self.first.node_id, "--api", node.api, "--token", token)
            wait_for(lambda: listed(node, token, project).get("lastCompleted"), "the mirror is not complete")
            node.stop()
            with contextlib.closing(sqlite3.connect(node.data / "data" / "tiebeam.sqlite")) as rows:
                rows.execute("DELETE FROM mirrors")
                rows.commit()
            change(node.data / "data")
            node.start()
            yield node, token

    def clone_beside(self, node, token, project):
        return tiebeam_node.run(
            "clone", f"{self.first.sync}/{project}", self.copy, "--token", self.token, "--node-id", self.first.node_id,
            "--also", f"{node.sync}/{project}", "--also-node-id", node.node_id, "--also-token", token, "--json",
            timeout=120)

    def test_what_the_second_source_lacks_comes_from_the_first(self):
        """SOURCES-1, SOURCES-2: the second node's ordinals end where its journal does."""
        project = object_upload.create_project(self.first, self.token)
        object_upload.upload_all(self.first, project, self.token, (text for _, text in self.objects[:80]))
        with self.frozen(project) as (node, token):
            more = [json.dumps({"id": identity(n), "data": os.urandom(30_000).hex()}).encode()
                    for n in range(20_000, 20_100)]
            object_upload.upload_all(self.first, project, self.token, more)
            figures = json.loads(self.clone_beside(node, token, project).stdout)
            self.assert_same(180)
            self.assertEqual(len(figures["sources"]), 2)

    def test_a_block_that_is_too_large_to_gather_comes_by_itself(self):
        large = (identity(30_000), json.dumps({"id": identity(30_000), "data": os.urandom(18_000_000).hex()}).encode())
        project = object_upload.create_project(self.first, self.token)
        for objects in (self.objects[:40], [large], self.objects[40:60]):
            object_upload.upload_all(self.first, project, self.token, (text for _, text in objects))
        self.mirror(project)
        result = self.clone(project=project)
        self.assertEqual(result.stderr, "")
        self.assertEqual(json.loads(result.stdout)["objects"], 61)
        self.assert_same(61)

    def test_a_source_with_another_order_is_found_out(self):
        def reverse(data):
            with contextlib.closing(sqlite3.connect(data / "tiebeam.sqlite")) as rows:
                extents = rows.execute("SELECT * FROM extents WHERE project = ? ORDER BY first_ordinal DESC",
                                       [self.project]).fetchall()
                rows.execute("DELETE FROM extents WHERE project = ?", [self.project])
                ordinal = 0
                for project, _, block, count, slots in extents:
                    rows.execute("INSERT INTO extents VALUES (?, ?, ?, ?, ?)", [project, ordinal, block, count, slots])
                    ordinal += count
                rows.commit()

        with self.frozen(self.project, reverse) as (node, token):
            # Where one node is so slow that it brings next to nothing, nobody notices, and nothing is wrong.
            for attempt in range(5):
                self.copy = self.folder / str(attempt)
                result = self.clone_beside(node, token, self.project)
                self.assert_same(self.NOISE)
                if "it holds the objects in another order" in result.stderr:
                    return
            self.fail("the other order is not noticed")

    def test_a_source_that_is_damaged_is_dropped(self):
        def damage(data):
            for segment in (data / "segments").glob("*.segment"):
                raw = bytearray(segment.read_bytes())
                for place in range(200_000, len(raw), 250_000):
                    raw[place] ^= 0x55
                segment.write_bytes(raw)

        with self.frozen(self.project, damage) as (node, token):
            result = self.clone_beside(node, token, self.project)
            self.assertIn("A block is damaged", result.stderr)
            self.assert_same(self.NOISE)

    def test_sources_are_kept_and_forgotten(self):
        self.clone()
        refused = tiebeam_node.run("pull", self.copy, "--forget-source", self.first.node_id, check=False)
        self.assertEqual((refused.returncode, refused.stdout), (2, ""))
        tiebeam_node.run("pull", self.copy, "--forget-source", self.second.node_id)
        self.assertEqual(
            tiebeam_node.run("pull", self.copy, "--forget-source", self.second.node_id, check=False).returncode, 2)
        for wrong in (["--also", f"{self.second.sync}/{self.project}"],
                      ["--also", f"{self.second.sync}/0000000000", "--also-node-id", self.second.node_id,
                       "--also-token", self.there],
                      ["--also", f"{self.first.sync}/{self.project}", "--also-node-id", self.first.node_id,
                       "--also-token", self.token],
                      ["--also-token", self.there]):
            refused = tiebeam_node.run("pull", self.copy, *wrong, check=False)
            self.assertEqual(refused.returncode, 2, refused.stderr)
        tiebeam_node.run("pull", self.copy, "--also", f"{self.second.sync}/{self.project}", "--also-node-id",
                         self.second.node_id, "--also-token", self.there)
        tiebeam_node.run("pull", self.copy, "--forget-source", self.second.node_id)

    def test_a_mirror_goes_on_with_another_source(self):
        with tiebeam_node.Node() as source, tiebeam_node.Node() as third:
            token = source.register("cyd@example.com")
            project = object_upload.create_project(source, token)
            model = object_upload.create_model(source, token, project)

            def publish(objects):
                object_upload.upload_all(source, project, token, (text for _, text in objects))
                object_upload.create_version(source, token, project, model, objects[-1][0])

            publish(building(1))
            here = third.register("fay@example.com")
            tiebeam_node.run("mirror", "add", f"{source.sync}/{project}", "--source-token", token, "--node-id",
                             source.node_id, "--api", self.second.api, "--token", self.there)
            wait_for(lambda: listed(self.second, self.there, project).get("lastCompleted"), "no first mirror")
            tiebeam_node.run("mirror", "add", f"{source.sync}/{project}", "--source-token", token, "--node-id",
                             source.node_id, "--also", f"{self.second.sync}/{project}", "--also-node-id",
                             self.second.node_id, "--also-token", self.there, "--api", third.api, "--token", here)
            served_by = lambda: listed(third, here, project).get("servedBy", "")  # noqa: E731
            wait_for(lambda: served_by().startswith(source.sync), "the source does not serve the mirror")
            source.stop()
            wait_for(lambda: served_by().startswith(self.second.sync), "the other node does not stand in")
            self.assertIn("by " + self.second.sync, tiebeam_node.run(
                "mirror", "list", "--api", third.api, "--token", here).stdout)


class RosterTests(unittest.TestCase):
    """Two regions of one organisation, and what its roster lets them do."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.key_file = self.folder / "organisation.pem"
        self.key = tiebeam_node.run("roster", "key", self.key_file).stdout.strip()
        self.ids = {name: tiebeam_node.identity(self.folder / name)[0] for name in ("paris", "tokyo", "oslo")}
        self.ports = {name: self.free_port() for name in self.ids}
        self.signed = self.folder / "roster"
        self.sign(1)

    @staticmethod
    def free_port():
        """A port below those that the system hands out, so that it is still free when a node takes it."""
        while True:
            port = random.randrange(20_000, 32_000)
            with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
                return port

    def entry(self, name, **fields):
        # Nobody listens at the first address.
        return {"id": self.ids[name], "name": name, "role": "region", "region": name.title(), "addresses": [
            "tiebeam://127.0.0.1:1", f"tiebeam://127.0.0.1:{self.ports[name]}"]} | fields

    def sign(self, version, nodes=None, check=True):
        description = self.folder / "description.json"
        nodes = [self.entry(name) for name in self.ids] if nodes is None else nodes
        description.write_text(json.dumps({"version": version, "nodes": nodes}))
        return tiebeam_node.run("roster", "sign", description, "--key", self.key_file, "--output", self.signed, check=check)

    def node(self, name, roster=True):
        options = ["--roster-key", self.key, *(["--roster", str(self.signed)] if roster else [])]
        # The last option of a kind counts.
        node = tiebeam_node.Node(self.folder / name, [*options, "--sync-port", str(self.ports[name])])
        return self.enterContext(node)

    def publish(self, objects):
        object_upload.upload_all(self.paris, self.project, self.token, (text for _, text in objects))
        object_upload.create_version(self.paris, self.token, self.project, self.model, objects[-1][0])

    def start_both(self, roster_of_tokyo=True):
        self.paris, self.tokyo = self.node("paris"), self.node("tokyo", roster_of_tokyo)
        self.token, self.there = self.paris.register("ann@example.com"), self.tokyo.register("bob@example.com")
        self.project = object_upload.create_project(self.paris, self.token)
        self.model = object_upload.create_model(self.paris, self.token, self.project)
        self.publish(building(1))

    def mirror(self, *arguments, check=True):
        return tiebeam_node.run("mirror", "add", *arguments, "--api", self.tokyo.api, "--token", self.there, check=check)

    def versions(self):
        return SyncTests.versions(self, self.tokyo, self.there)

    def listed(self):
        return tiebeam_node.run("mirror", "list", "--api", self.tokyo.api, "--token", self.there).stdout

    def version_held(self, name):
        shown = tiebeam_node.run("roster", "show", "--data", self.folder / name / "data", check=False).stdout
        return int(shown.split()[1]) if shown else 0

    def test_regions_mirror_without_any_token(self):
        self.start_both()
        self.mirror(self.project, "--node", "paris")
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.publish(building(2, edited={3}))
        wait_for(lambda: self.versions() == 2, "the mirror does not follow")
        self.assertIn("from paris: complete at", self.listed())
        self.assertEqual(self.tokyo.stop(), 0)
        # The stopped node's directory compares and pulls in the name of the node.
        tiebeam_node.run("verify", self.folder / "tokyo" / "data")
        found = json.loads(tiebeam_node.run("compare", self.folder / "tokyo" / "data", "--json").stdout)
        self.assertEqual((found["missing"], found["surplus"]), (0, 0))
        self.publish(building(3, edited={4}))
        pulled = json.loads(tiebeam_node.run("pull", self.folder / "tokyo" / "data", "--json").stdout)
        self.assertEqual(pulled["objects"], 2)

    def test_a_node_of_the_roster_stands_in_for_one_that_is_away(self):
        self.start_both()
        content = os.urandom(4_500_000)
        body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.ifc"\r\n\r\n' + content + b"\r\n--b--\r\n"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "multipart/form-data; boundary=b"}
        status, _, answer = tiebeam_node.request(
            "POST", f"{self.paris.api}/api/stream/{self.project}/blob", body, headers)
        self.assertEqual(status, 201)
        own = json.loads(answer)["uploadResults"][0]["blobId"]

        def add(**sources):
            wanted = json.dumps({"project": self.project} | sources).encode()
            return tiebeam_node.request("POST", f"{self.tokyo.api}/api/mirrors", wanted, {
                "Authorization": f"Bearer {self.there}", "Content-Type": "application/json"})[0]

        for wrong in ({"node": "rome"}, {"node": "oslo"}, {"nodeID": "12"}, {"node": "paris", "token": ""}):
            self.assertEqual(add(node="oslo", also=[wrong]), 400, wrong)
        self.assertEqual(add(node="oslo", also=[{"node": "paris"}]), 201)
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.assertIn("by paris", self.listed())

        def arrived():
            status, _, found = tiebeam_node.request(
                "GET", f"{self.tokyo.api}/api/stream/{self.project}/blob/{own}", None,
                {"Authorization": f"Bearer {self.there}"})
            return status == 200 and found == content
        wait_for(arrived, "the file does not come")

    def test_the_way_through_http_needs_no_token_either(self):
        self.start_both()
        self.mirror(self.paris.api.replace("http://", "tiebeam+http://") + f"/{self.project}", "--node-id", self.ids["paris"])
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")

    def test_what_cannot_be_mirrored_is_told(self):
        self.start_both()
        for arguments, text in (
            ((self.project, "--node", "rome"), "lists no node rome"),
            ((f"{self.paris.sync}/{self.project}", "--node-id", "00" * 32), "does not list the node"),
        ):
            refused = self.mirror(*arguments, check=False)
            self.assertEqual((refused.returncode, text in refused.stderr), (3, True), refused.stderr)
        for arguments in ((self.project,), (self.project, "--node", "paris", "--node-id", "00" * 32),
                          (self.project, "--node-id", self.ids["paris"])):
            self.assertEqual(self.mirror(*arguments, check=False).returncode, 2)
        self.assertIn("copies no project", self.listed())

    def test_a_newer_roster_comes_over_the_connection(self):
        self.start_both()
        self.mirror(self.project, "--node", "paris")
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.sign(2, [self.entry("paris"), self.entry("tokyo", region="Japan")])
        self.assertEqual(self.version_held("tokyo"), 1)
        self.paris.stop()
        self.paris.start()
        wait_for(lambda: self.version_held("tokyo") == 2, "the roster does not come")
        headers = {"Authorization": f"Bearer {self.there}"}
        status, _, body = tiebeam_node.request("GET", f"{self.tokyo.api}/api/roster", None, headers)
        shown = json.loads(body)
        self.assertEqual((status, shown["version"]), (200, 2))
        self.assertIn("Japan", [node["region"] for node in shown["nodes"]])
        self.assertEqual(tiebeam_node.request("GET", f"{self.tokyo.api}/api/roster")[0], 401)

    def test_the_first_roster_comes_over_the_connection(self):
        """A new region is given the key and the id of another one."""
        self.start_both(roster_of_tokyo=False)
        headers = {"Authorization": f"Bearer {self.there}"}
        self.assertEqual(tiebeam_node.request("GET", f"{self.tokyo.api}/api/roster", None, headers)[0], 404)
        self.assertIn("lists no node paris", self.mirror(self.project, "--node", "paris", check=False).stderr)
        self.mirror(f"{self.paris.sync}/{self.project}", "--node-id", self.ids["paris"])
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.assertEqual(self.version_held("tokyo"), 1)

    def test_a_node_that_is_left_out_stops_receiving(self):
        self.start_both()
        self.mirror(self.project, "--node", "paris")
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.sign(2, [self.entry("paris")])
        self.paris.stop()
        self.paris.start()
        self.publish(building(2, edited={3}))
        wait_for(lambda: "does not know yours" in self.listed(), "the node is not refused")
        self.assertEqual((self.versions(), self.version_held("tokyo")), (1, 1))

    def test_a_source_that_is_left_out_is_not_copied_from(self):
        self.start_both()
        self.mirror(self.project, "--node", "paris")
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.sign(2, [self.entry("tokyo")])
        self.tokyo.stop()
        self.tokyo.start()
        self.publish(building(2, edited={3}))
        wait_for(lambda: "does not list the node" in self.listed(), "the source is still asked")
        self.assertEqual(self.versions(), 1)

    def test_a_source_that_is_left_out_is_left_at_once(self):
        """A third node brings the roster while the copy waits for news."""
        self.start_both()
        self.mirror(self.project, "--node", "paris")
        wait_for(lambda: self.versions() == 1, "the mirror is not complete")
        self.sign(2, [self.entry("tokyo"), self.entry("oslo")])
        oslo = self.node("oslo")
        admin, own = oslo.register("cyd@example.com"), object_upload.create_project(self.tokyo, self.there)
        tiebeam_node.run("mirror", "add", own, "--node", "tokyo", "--api", oslo.api, "--token", admin)
        wait_for(lambda: "does not list the node" in self.listed(), "the source is still listened to")
        self.publish(building(2, edited={3}))
        self.assertEqual((self.versions(), self.version_held("tokyo"), self.version_held("paris")), (1, 2, 1))

    def test_rosters_that_are_wrong_are_told(self):
        refused = self.sign(1, check=False)
        self.assertEqual((refused.returncode, "has version 1 already" in refused.stderr), (3, True), refused.stderr)
        paris = self.entry("paris")
        for nodes, text in (
            ([], "1 to 256 nodes"), ([paris, paris], "have one id"),
            ([paris, self.entry("tokyo") | {"name": "paris"}], "have the name paris"),
            ([paris | {"name": "Paris"}], "cannot name a node"), ([paris | {"id": "00"}], "its id"),
            ([paris | {"role": "client"}], "its role"), ([paris | {"region": ""}], "its region"),
            ([paris | {"addresses": ["paris:3001"]}], "is no address"), ([paris | {"projects": []}], "list of projects"),
            ([paris | {"projects": ["a/b"]}], "no id of a project"),
            ([paris | {"project": ["a"]}], "There is no member project"), ([{"id": paris["id"]}], "name is missing"),
        ):
            refused = self.sign(2, nodes, check=False)
            self.assertEqual((refused.returncode, text in refused.stderr), (3, True), refused.stderr)
        self.assertEqual(tiebeam_node.run("roster", "key", self.key_file, check=False).returncode, 2)
        self.assertEqual(tiebeam_node.run("roster", "key", self.key_file, "--public").stdout.strip(), self.key)
        self.assertEqual(self.key_file.stat().st_mode & 0o777, 0o600)

    def test_a_node_trusts_one_key(self):
        other = tiebeam_node.run("roster", "key", self.folder / "other.pem").stdout.strip()
        data = self.folder / "paris" / "data"

        def serve(*options):
            return tiebeam_node.run("serve", "--data", data, "--api-port", "0", "--sync-port", "0", *options, check=False)

        for options, code, text in (
            (("--roster", self.signed), 2, "--roster-key"), (("--roster-key", "00"), 2, "64 lower-case"),
            (("--roster", self.signed, "--roster-key", other), 3, "not signed by the organisation's key"),
            (("--roster", self.key_file, "--roster-key", self.key), 3, "is no roster"),
            (("--roster", self.folder / "none", "--roster-key", self.key), 3, "There is no file"),
        ):
            refused = serve(*options)
            self.assertEqual((refused.returncode, text in refused.stderr), (code, True), refused.stderr)
            self.assertFalse((data / "roster-key").exists())
        self.node("paris").stop()
        self.assertEqual(self.version_held("paris"), 1)
        refused = serve("--roster-key", other)
        self.assertEqual((refused.returncode, "rosters of another key" in refused.stderr), (3, True), refused.stderr)
        self.assertEqual(self.version_held("paris"), 1)
        # The organisation got a new key: its first roster takes the place of all that were signed by the old one.
        self.key_file, self.key, self.signed = self.folder / "other.pem", other, self.folder / "new"
        self.sign(1, [self.entry("paris")])
        self.node("paris").stop()
        shown = tiebeam_node.run("roster", "show", "--data", data).stdout
        self.assertNotIn("tokyo", shown)
        described = json.loads(tiebeam_node.run("roster", "show", self.signed, "--json").stdout)
        self.assertEqual(described, {"version": 1, "nodes": [self.entry("paris")]})


if __name__ == "__main__":
    unittest.main()
