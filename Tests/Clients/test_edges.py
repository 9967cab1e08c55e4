"""Edges: nodes near an office that serve a region's projects from their own disk. Between real nodes.

Standard library only.
"""
import concurrent.futures
import contextlib
import json
import pathlib
import sqlite3
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE.parent / "Chaos"), str(HERE)]

import object_upload  # noqa: E402
import proxy  # noqa: E402
import tiebeam_node  # noqa: E402
from tiebeam_office import Office  # noqa: E402
from tiebeam_socket import Socket, Watcher  # noqa: E402
from test_sync import building, noise, wait_for  # noqa: E402

VERSIONS = """query($p: String!) { project(id: $p) { name models { items { versions { items { id referencedObject message
    authorUser { name } } } } } } }"""
CREATE = """mutation($i: CreateVersionInput!) { versionMutations { create(input: $i) { id referencedObject message
    createdAt isPending authorUser { name } } } }"""
ONE = "query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { id referencedObject isPending } } }"
ME = "{ activeUser { name } }"
MODELS_UPDATED = "subscription($p: String!) { projectModelsUpdated(id: $p) { type id } }"


def texts_of(round):
    """The texts of a building by id, and its root, which is the last."""
    objects = building(round, edited={3, 7} if round > 1 else ())
    return {id: text.decode() for id, text in objects}, objects[-1][0]


def journal(folder):
    """How many objects a node has of each project."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/data/tiebeam.sqlite?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT project, next_ordinal FROM journals"))


def kept(edge, table):
    """How many rows an edge keeps."""
    with contextlib.closing(sqlite3.connect(f"file:{edge.data}/data/edge.sqlite?mode=ro", uri=True)) as database:
        return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


CACHE_BYTES = 16_000_000


def segments_bytes(folder):
    """What the objects of an edge take on its disk."""
    sizes = 0
    for file in (folder / "data" / "segments").glob("*.segment"):
        with contextlib.suppress(FileNotFoundError):
            sizes += file.stat().st_size
    return sizes


class EdgeTests(unittest.TestCase):
    def setUp(self):
        self.office = Office(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(self.office.stop)
        self.region, self.edge, self.token = self.office.region, self.office.edge, self.office.token

    def get(self, node, path, token=None, headers=None):
        token = self.token if token is None else token
        return tiebeam_node.request(
            "GET", node.api + path, None, ({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {}))

    def objects(self, node, project, ids, token=None):
        """The texts of a list of objects, by id."""
        status, _, body = tiebeam_node.request(
            "POST", f"{node.api}/api/getobjects/{project}", json.dumps({"objects": json.dumps(ids)}).encode(),
            {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json", "Accept": "text/plain"})
        self.assertEqual(status, 200, body)
        return dict(line.split("\t", 1) for line in body.decode().splitlines())

    def wait_for_region(self, name):
        """Until the edge says that this region is connected, or `unreachable`."""
        wait_for(lambda: json.loads(self.get(self.edge, "/readiness")[2])["region"] == name, f"the edge sees {name}")

    def upload(self, node, project, texts):
        object_upload.upload_all(node, project, self.token, [text.encode() for text in texts.values()])

    def publish(self, node, round=1, project=None, model=None):
        """A building on `node`: (project, model, version, texts, root)."""
        project = project or object_upload.create_project(node, self.token)
        model = model or object_upload.create_model(node, self.token, project)
        texts, root = texts_of(round)
        self.upload(node, project, texts)
        return project, model, object_upload.create_version(node, self.token, project, model, root), texts, root

    def test_an_edge_looks_like_its_region(self):
        self.assertEqual(self.edge.graphql(ME, token=self.token), {"data": {"activeUser": {"name": "Ann Person"}}})
        project, _, version, texts, root = self.publish(self.edge)
        for node in (self.region, self.edge):
            shown = node.graphql(VERSIONS, {"p": project}, self.token)["data"]["project"]["models"]["items"][0]
            self.assertEqual(shown["versions"]["items"], [
                {"id": version, "referencedObject": root, "message": "first", "authorUser": {"name": "Ann Person"}}])
            self.assertEqual(self.objects(node, project, list(texts)), texts)
        bob = self.edge.register("bob@example.com", name="Bob Other")
        self.assertEqual(self.region.graphql(ME, token=bob), {"data": {"activeUser": {"name": "Bob Other"}}})

    def test_refusals_are_the_regions(self):
        project, _, _, texts, root = self.publish(self.region)
        bob = self.region.register("bob@example.com", name="Bob Other")
        paths = [f"/objects/{project}/{root}/single", f"/objects/{project}/{root}", "/objects/0123456789/" + root,
                 f"/objects/{project}/{'0' * 32}/single", "/objects/a%20b/c", "/nothing", "/api/stream/x/blobs/limits"]
        self.assertEqual(self.get(self.edge, paths[0])[0], 200)
        for token in (self.token, bob, "", "0" * 42, "nonsense"):
            for path in paths:
                expected, actual = self.get(self.region, path, token), self.get(self.edge, path, token)
                self.assertEqual((actual[0], actual[2]), (expected[0], expected[2]), (path, token))
                for name in ("Content-Type", "ETag", "Cache-Control", "Access-Control-Allow-Origin"):
                    self.assertEqual(actual[1][name], expected[1][name], (path, token, name))
            expected = object_upload.upload(self.region, project, token or "none", [b'{"id":"' + b"1" * 32 + b'"}'])
            actual = object_upload.upload(self.edge, project, token or "none", [b'{"id":"' + b"1" * 32 + b'"}'])
            self.assertEqual(actual, expected, token)

    def test_what_was_read_once_is_read_without_the_region(self):
        project, model, version, texts, root = self.publish(self.region)
        self.assertEqual(self.get(self.edge, f"/objects/{project}/{root}/single")[2], texts[root].encode())
        status, _, tree = self.get(self.edge, f"/objects/{project}/{root}")
        self.assertEqual((status, sorted(o["id"] for o in json.loads(tree))), (200, sorted(texts)))
        listed = self.edge.graphql(VERSIONS, {"p": project}, self.token)
        # An answer is kept after it was given.
        wait_for(lambda: kept(self.edge, "answers") == 1 and kept(self.edge, "leases WHERE project = 'server'") == 1, "it is kept")
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
        self.assertEqual(self.edge.graphql(VERSIONS, {"p": project}, self.token), listed)
        # After a start as well: leases and answers are kept.
        self.assertEqual(self.edge.stop(), 0)
        self.edge.start()
        self.assertEqual(self.get(self.edge, f"/objects/{project}/{root}/single")[2], texts[root].encode())
        self.assertEqual(self.edge.graphql(VERSIONS, {"p": project}, self.token), listed)
        # What nobody asked for before, or asks for without a lease, is not there, and that is said.
        for path, token in ((f"/objects/{project}/{'0' * 32}/single", None), (f"/objects/{project}/{root}/single", "0" * 42),
                            ("/api/stream/x/blobs", None)):
            status, headers, body = self.get(self.edge, path, token)
            self.assertEqual((status, json.loads(body)["error"]["code"]), (503, "REGION_UNREACHABLE"), path)
            self.assertEqual(headers["Retry-After"], "5")
        self.region.start()
        self.wait_for_region("paris")
        self.assertEqual(self.get(self.edge, f"/objects/{project}/{'0' * 32}/single")[0], 404)

    def test_uploads_come_to_the_region_also_after_a_kill(self):
        project = object_upload.create_project(self.edge, self.token)
        model = object_upload.create_model(self.edge, self.token, project)
        texts, root = texts_of(1)
        self.assertEqual(self.get(self.edge, f"/objects/{project}/{root}/single")[0], 404)
        self.upload(self.edge, project, {})
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        self.upload(self.edge, project, texts)
        self.edge.process.kill()
        self.edge.stop()
        self.edge.start()
        self.region.start()
        self.wait_for_region("paris")
        version = object_upload.create_version(self.edge, self.token, project, model, root)
        self.assertTrue(version)
        self.assertEqual(self.objects(self.region, project, list(texts)), texts)

    def test_the_next_version_brings_only_what_is_new(self):
        project, model, _, _, root = self.publish(self.region)
        self.get(self.edge, f"/objects/{project}/{root}")
        _, _, _, texts, second = self.publish(self.region, 2, project, model)
        self.get(self.edge, f"/objects/{project}/{second}/single")
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)

    def outbox(self, token=None):
        return json.loads(self.get(self.edge, "/api/edge/outbox", token)[2])

    def test_a_version_is_accepted_while_the_region_is_away(self):
        project, model, first, texts, _ = self.publish(self.region)
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
        stranger = self.region.register("bob@example.com", name="Bob Other")
        self.assertEqual(object_upload.upload(self.edge, project, self.token, [b'{"id":"' + b"1" * 32 + b'"}'])[0], 201)
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        more, root = texts_of(2)
        self.upload(self.edge, project, more)
        answer = self.edge.graphql(CREATE, {"i": {
            "projectId": project, "modelId": model, "objectId": root, "message": "from the site"}}, self.token)
        version = answer["data"]["versionMutations"]["create"]
        self.assertEqual({**version, "id": None, "createdAt": None}, {
            "id": None, "createdAt": None, "referencedObject": root, "message": "from the site", "isPending": True,
            "authorUser": {"name": "Ann Person"}})
        shown = self.edge.graphql(ONE, {"p": project, "v": version["id"]}, self.token)["data"]["project"]["version"]
        self.assertEqual(shown, {"id": version["id"], "referencedObject": root, "isPending": True})
        waiting = [(item["version"], item["message"], item.get("problem")) for item in self.outbox()]
        self.assertEqual(waiting, [(version["id"], "from the site", None)])
        # Who may not write, and what was not uploaded, is refused at once.
        for token, object in ((stranger, root), (self.token, "2" * 32), (None, root)):
            answer = self.edge.graphql(CREATE, {"i": {"projectId": project, "modelId": model, "objectId": object}}, token)
            self.assertTrue(answer["errors"], answer)
        # Two, so that the order shows; and a kill between.
        second = self.edge.graphql(CREATE, {"i": {"projectId": project, "modelId": model, "objectId": root}}, self.token)
        second = second["data"]["versionMutations"]["create"]["id"]
        self.edge.process.kill()
        self.edge.stop()
        self.edge.start()
        self.assertEqual([item["version"] for item in self.outbox()], [version["id"], second])
        self.region.start()
        wait_for(lambda: not self.outbox(), "the outbox is empty")
        models = self.region.graphql(VERSIONS, {"p": project}, self.token)["data"]["project"]["models"]["items"]
        versions = models[0]["versions"]["items"]
        self.assertEqual({v["id"] for v in versions}, {first, version["id"], second})
        self.assertIn({"id": version["id"], "referencedObject": root, "message": "from the site",
                       "authorUser": {"name": "Ann Person"}}, versions)
        self.assertEqual(self.objects(self.region, project, list(more)), more)
        shown = self.edge.graphql(ONE, {"p": project, "v": version["id"]}, self.token)["data"]["project"]["version"]
        self.assertFalse(shown["isPending"])

    def test_a_version_that_had_not_seen_another_stands_beside_it(self):
        link = []

        def lead(port):
            link.append(proxy.Links(("edge", "region"), {"edge": 0, "region": port}))
            self.addCleanup(link[0].close)
            return link[0].links["edge", "region"].port

        office = Office(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())), lead)
        self.addCleanup(office.stop)
        self.region, self.edge, self.token = office.region, office.edge, office.token
        project, model, *_ = self.publish(self.edge)
        shown = self.edge.graphql(VERSIONS, {"p": project}, self.token)
        self.assertTrue(shown["data"])
        pair, away = [("edge", "region")], proxy.Fault(refuses_dials=True)
        link[0].links["edge", "region"].add(away)
        link[0].each(pair, "cut", 0, 0, True)
        self.wait_for_region("unreachable")
        texts, root = texts_of(2)
        self.upload(self.edge, project, texts)
        queued = [self.edge.graphql(CREATE, {"i": {
            "projectId": project, "modelId": model, "objectId": root, "message": str(n)}}, self.token) for n in range(2)]
        queued = [answer["data"]["versionMutations"]["create"]["id"] for answer in queued]
        # Nobody else has written: what was queued follows what was there.
        link[0].do(link[0].links["edge", "region"].remove, away)
        wait_for(lambda: not self.outbox(), "the outbox is empty")
        self.assertEqual(self.conflicts(project), [])
        # Now somebody has.
        link[0].links["edge", "region"].add(away)
        link[0].each(pair, "cut", 0, 0, True)
        self.wait_for_region("unreachable")
        self.upload(self.region, project, texts)
        other = object_upload.create_version(self.region, self.token, project, model, root, "from the office")
        self.edge.graphql(CREATE, {"i": {
            "projectId": project, "modelId": model, "objectId": root, "message": "from the site"}}, self.token)
        link[0].do(link[0].links["edge", "region"].remove, away)
        wait_for(lambda: not self.outbox(), "the outbox is empty again")
        conflict, = self.conflicts(project)
        self.assertEqual((conflict["kind"], conflict["entity"]), ("diverged", f"model/{model}"))
        self.assertIn(other, json.dumps(conflict))
        self.assertTrue(queued)

    def conflicts(self, project):
        return json.loads(self.get(self.region, f"/api/projects/{project}/conflicts")[2])

    def test_what_the_region_does_not_take_is_kept_and_said(self):
        project, model, _, texts, root = self.publish(self.region)
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
        self.assertEqual(object_upload.upload(self.edge, project, self.token, [b'{"id":"' + b"1" * 32 + b'"}'])[0], 201)
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        answer = self.edge.graphql(CREATE, {"i": {"projectId": project, "modelId": "0123456789", "objectId": root}}, self.token)
        version = answer["data"]["versionMutations"]["create"]["id"]
        self.region.start()
        wait_for(lambda: self.outbox()[0].get("problem"), "a problem")
        self.assertIn("odel", self.outbox()[0]["problem"])
        bob = self.region.register("bob@example.com", name="Bob Other")
        self.assertEqual(self.outbox(bob), [])
        headers = {"Authorization": f"Bearer {bob}"}
        path = f"{self.edge.api}/api/edge/outbox/{version}"
        self.assertEqual(tiebeam_node.request("DELETE", path, None, headers)[0], 404)
        headers = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(tiebeam_node.request("POST", path + "/retry", b"", headers)[0], 204)
        wait_for(lambda: self.outbox()[0].get("problem"), "a problem again")
        self.assertEqual(tiebeam_node.request("DELETE", path, None, headers)[0], 204)
        self.assertEqual(self.outbox(), [])

    def test_writes_can_always_be_queued(self):
        project, model, _, texts, root = self.publish(self.region)
        self.edge.stop()
        self.edge.options += ["--writes", "queue"]
        self.edge.start()
        self.wait_for_region("paris")
        more, second = texts_of(2)
        self.upload(self.edge, project, more)
        answer = self.edge.graphql(CREATE, {"i": {"projectId": project, "modelId": model, "objectId": second}}, self.token)
        version = answer["data"]["versionMutations"]["create"]
        self.assertTrue(version["isPending"])
        wait_for(lambda: self.region.graphql(ONE, {"p": project, "v": version["id"]}, self.token).get("data"), "it comes")
        self.assertEqual(self.objects(self.region, project, list(more)), more)
        # What cannot be an id is refused, and the edge goes on.
        for no_id in ("a b", "é", "", "a" * 65):
            answer = self.edge.graphql(CREATE, {"i": {"projectId": no_id, "modelId": model, "objectId": second}}, self.token)
            self.assertEqual(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", no_id)
        self.assertIsNone(self.edge.process.poll())
        refused = tiebeam_node.run("serve", "--pin", "a b", "--data", self.edge.data / "data", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("a b is no id of a project.", refused.stderr)

    def test_a_pinned_project_comes_unasked(self):
        project, model, _, texts, _ = self.publish(self.region)
        other = object_upload.create_project(self.region, self.token)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token,
                                      "--project", project).stdout.strip()
        tiebeam_node.run("edge", "join", invitation, "nice", "--data", folder / "data")
        with tiebeam_node.Node(folder, ["--pin", project, "--pin", other]):
            wait_for(lambda: journal(folder).get(project) == len(texts), "it comes")
            more, _ = texts_of(2)
            self.publish(self.region, 2, project, model)
            wait_for(lambda: journal(folder).get(project) == len({**texts, **more}), "what is new comes")
            self.assertNotIn(other, journal(folder))

    def test_subscriptions_go_through_an_edge(self):
        project = object_upload.create_project(self.region, self.token)
        watcher = Watcher(self.edge.api, self.token, MODELS_UPDATED, {"p": project})
        self.addCleanup(watcher.close)
        model = object_upload.create_model(self.region, self.token, project)
        self.assertEqual(watcher.next()["data"]["projectModelsUpdated"], {"type": "CREATED", "id": model})
        self.assertTrue(watcher.is_silent())
        bob = self.region.register("bob@example.com", name="Bob Other")
        for node in (self.region, self.edge):
            refused = Watcher(node.api, bob, MODELS_UPDATED, {"p": project})
            self.addCleanup(refused.close)
            error = refused.next()["payload"][0]
            self.assertEqual(error["extensions"], {"code": "FORBIDDEN"})
        nonsense = Watcher(self.edge.api, "0" * 42, MODELS_UPDATED, {"p": project})
        self.addCleanup(nonsense.close)
        self.assertEqual(nonsense.next()["type"], "error")
        # What nobody listens to any more costs the region nothing: more come than can be at a time.
        for _ in range(12):
            crowd = Socket(self.edge.api)
            crowd.initialise(self.token)
            for number in range(60):
                crowd.send(id=str(number), type="subscribe",
                           payload={"query": MODELS_UPDATED, "variables": {"p": project}})
            crowd.send(id="last", type="subscribe", payload={"query": "{ __typename }"})
            self.assertEqual((crowd.receive()["id"], crowd.receive()["type"]), ("last", "complete"))
            crowd.close()
        model = object_upload.create_model(self.region, self.token, project, "another")
        self.assertEqual(watcher.next()["data"]["projectModelsUpdated"]["id"], model)
        # What is between an edge and its region is not for clients.
        for node in (self.region, self.edge):
            self.assertEqual(self.get(node, "/api/edge/subscriptions", headers={
                "Tiebeam-Subscription": "0" * 32 + " 1"})[0], 404)
        # What happens while the region is away nobody tells: the connection ends, so that clients look again.
        self.assertEqual(self.region.stop(), 0)
        self.assertEqual(watcher.next()[:2], ("close", 1012))
        self.wait_for_region("unreachable")
        alone = Watcher(self.edge.api, self.token, MODELS_UPDATED, {"p": project})
        self.addCleanup(alone.close)
        self.assertEqual(alone.next()["payload"][0]["extensions"]["code"], "REGION_UNREACHABLE")

    def restart_bounded(self):
        self.edge.stop()
        self.edge.options += ["--cache-size", "16MB"]
        self.edge.start()
        self.wait_for_region("paris")

    def large_projects(self, count):
        """Projects of 4 MB at the region that have nothing in common: their texts by id."""
        projects = {}
        for _ in range(count):
            texts = {id: text.decode() for id, text in noise(60)}
            project = object_upload.create_project(self.region, self.token)
            self.upload(self.region, project, texts)
            projects[project] = texts
        return projects

    def cache(self, node=None):
        return json.loads(self.get(node or self.edge, "/readiness")[2])["cache"]

    def wait_for_bound(self, folder):
        wait_for(lambda: segments_bytes(folder) <= CACHE_BYTES, "the edge keeps no more than it may")

    def test_an_edge_keeps_no_more_than_it_may_and_everything_is_read(self):
        self.assertEqual(set(self.cache()), {"bytes", "overBound"})
        self.restart_bounded()
        projects = self.large_projects(7)
        for project, texts in projects.items():
            root = list(texts)[-1]
            self.assertEqual(self.get(self.edge, f"/objects/{project}/{root}/single")[2], texts[root].encode())
            self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
            self.wait_for_bound(self.edge.data)
        kept = set(journal(self.edge.data)) & set(projects)
        # Those that were read last stay.
        self.assertEqual(kept, set(list(projects)[-len(kept):]))
        self.assertIn(len(kept), (2, 3, 4))
        self.assertEqual(self.cache(), {
            "bytes": segments_bytes(self.edge.data), "boundBytes": CACHE_BYTES, "overBound": False})
        self.assertIn("a project is given up", (self.edge.data / "log.txt").read_text())
        # Everybody reads everything at the same time, more than fits.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            orders = [list(projects), list(projects)[::-1], list(projects)[3:], list(projects)[:4]]
            readers = [pool.submit(lambda order: [
                self.assertEqual(self.objects(self.edge, p, list(projects[p])), projects[p]) for p in order], order)
                for order in orders]
            for reader in readers:
                reader.result()
        self.wait_for_bound(self.edge.data)
        # After a start as well; and what stayed is read without the region.
        self.edge.stop()
        self.edge.start()
        self.wait_for_region("paris")
        for project, texts in projects.items():
            self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
        self.wait_for_bound(self.edge.data)
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)

    def test_uploads_that_the_region_lacks_are_not_given_up(self):
        self.restart_bounded()
        project = object_upload.create_project(self.edge, self.token)
        model = object_upload.create_model(self.edge, self.token, project)
        self.assertEqual(object_upload.upload(self.edge, project, self.token, [b'{"id":"' + b"1" * 32 + b'"}'])[0], 201)
        self.assertEqual(self.region.stop(), 0)
        self.wait_for_region("unreachable")
        texts = {id: text.decode() for id, text in noise(300)}
        self.upload(self.edge, project, texts)
        wait_for(lambda: self.cache()["overBound"], "the edge says that it keeps more than it may")
        self.assertIn("nothing can be given up now", (self.edge.data / "log.txt").read_text())
        self.edge.process.kill()
        self.edge.stop()
        self.edge.start()
        self.assertGreater(segments_bytes(self.edge.data), CACHE_BYTES)
        self.region.start()
        self.wait_for_region("paris")
        object_upload.create_version(self.edge, self.token, project, model, list(texts)[-1])
        self.assertEqual(self.objects(self.region, project, list(texts)), texts)
        # Now it may go, and is read all the same.
        self.wait_for_bound(self.edge.data)
        self.assertFalse(self.cache()["overBound"])
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)

    def test_what_was_uploaded_is_on_the_disk_once(self):
        texts = {id: text.decode() for id, text in noise(60)}
        project = object_upload.create_project(self.edge, self.token)
        model = object_upload.create_model(self.edge, self.token, project)
        self.upload(self.edge, project, texts)
        before = segments_bytes(self.edge.data)
        for message in ("first", "second"):
            object_upload.create_version(self.edge, self.token, project, model, list(texts)[-1], message)
        self.assertEqual(self.objects(self.edge, project, list(texts)), texts)
        wait_for(lambda: journal(self.edge.data).get(project) == len(texts), "it is the project's")
        self.assertEqual(segments_bytes(self.edge.data), before)
        # A further upload, after the first was moved.
        more = {id: text.decode() for id, text in building(1)}
        self.upload(self.edge, project, more)
        object_upload.create_version(self.edge, self.token, project, model, list(more)[-1], "third")
        self.assertEqual(self.objects(self.region, project, list(more)), more)
        self.assertEqual(journal(self.edge.data)[project], len(texts) + len(more))

    def test_a_pinned_project_is_not_given_up(self):
        projects = self.large_projects(7)
        pinned, *others = projects
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token,
                                      "--project", pinned).stdout.strip()
        tiebeam_node.run("edge", "join", invitation, "nice", "--data", folder / "data")
        with tiebeam_node.Node(folder, ["--pin", pinned, "--cache-size", "16MB"]) as edge:
            wait_for(lambda: journal(folder).get(pinned) == len(projects[pinned]), "it comes")
            for project in others:
                self.assertEqual(self.objects(edge, project, list(projects[project])), projects[project])
                self.wait_for_bound(folder)
            self.assertEqual(journal(folder).get(pinned), len(projects[pinned]))
            self.assertLess(len(set(journal(folder)) & set(projects)), 6)
            self.assertEqual(self.objects(edge, pinned, list(projects[pinned])), projects[pinned])

    def test_a_bound_is_for_edges_and_has_a_unit(self):
        for size in ("50", "GB", "-1GB", "1MB", "99999999999999TB"):
            refused = tiebeam_node.run("serve", "--cache-size", size, "--data", self.edge.data / "data", check=False)
            self.assertEqual(refused.returncode, 2, size)
        with tempfile.TemporaryDirectory() as folder:
            refused = tiebeam_node.run("serve", "--cache-size", "50GB", "--data", folder, check=False)
        self.assertEqual(refused.returncode, 3)
        self.assertIn("--cache-size is for edges", refused.stderr)

    def test_an_invitation_is_for_what_it_says(self):
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token).stdout.strip()
        with tempfile.TemporaryDirectory() as folder:
            refused = tiebeam_node.run("region", "join", invitation, "oslo", "--address", "tiebeam://oslo.example:3001",
                                       "--data", folder, check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("The invitation is for an edge.", refused.stderr)

    def test_only_administrators_hear_which_projects_can_be_invited_to(self):
        project = object_upload.create_project(self.region, self.token)
        bob = self.region.register("bob@example.com", name="Bob Other")

        def invite(token, *projects):
            return tiebeam_node.request("POST", self.region.api + "/api/edges/invitations",
                                        json.dumps({"projects": projects}).encode(),
                                        {"Authorization": f"Bearer {token}"} if token else {})[::2]

        for token in ("", bob):
            self.assertEqual(invite(token, "0123456789"), invite(token, project))
            self.assertIn(invite(token, project)[0], (401, 403))
        self.assertEqual(invite(self.token, project, "0123456789")[0], 404)
        self.assertEqual(invite(self.token, project)[0], 201)


if __name__ == "__main__":
    unittest.main()
