"""Regions of one organisation that are all written to: between real nodes, apart and together again.

Standard library only.
"""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
import test_sync  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402
from test_sync import building, identity, wait_for  # noqa: E402

PROJECT = """query($p: String!) { project(id: $p) { name description visibility models { items {
    name updatedAt versions { items { id message referencedObject } } } } } }"""
RENAME = "mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"
MODEL = "mutation($i: UpdateModelInput!) { modelMutations { update(input: $i) { id } } }"
DELETE_MODEL = "mutation($i: DeleteModelInput!) { modelMutations { delete(input: $i) } }"
DELETE_PROJECT = "mutation($p: String!) { projectMutations { delete(id: $p) } }"
CONFLICTS = "subscription($p: String!) { projectConflictsUpdated(id: $p) { type id conflict { kind } } }"
RENAMED = "subscription($p: String!) { projectUpdated(id: $p) { project { name } } }"
NAMES = ("paris", "tokyo", "oslo")


class Regions:
    """Three nodes that share people and projects by a roster."""

    def __init__(self, folder):
        self.folder = folder
        self.key_file = folder / "organisation.pem"
        self.key = tiebeam_node.run("roster", "key", self.key_file).stdout.strip()
        self.ids = {name: tiebeam_node.identity(folder / name)[0] for name in NAMES}
        self.ports = {name: test_sync.RosterTests.free_port() for name in NAMES}
        description = folder / "description.json"
        description.write_text(json.dumps({"version": 1, "nodes": [
            {"id": self.ids[name], "name": name, "role": "region", "region": name.title(),
             "addresses": [f"tiebeam://127.0.0.1:{self.ports[name]}"]} for name in NAMES]}))
        self.signed = folder / "roster"
        tiebeam_node.run("roster", "sign", description, "--key", self.key_file, "--output", self.signed)
        self.nodes = {name: tiebeam_node.Node(folder / name, [
            "--join-regions", "--roster", str(self.signed), "--roster-key", self.key, "--sync-port", str(self.ports[name])])
            for name in NAMES}

    def __getitem__(self, name):
        return self.nodes[name]

    def start(self, *names):
        for name in names or NAMES:
            self.nodes[name].start()

    def stop(self, *names):
        for name in names or NAMES:
            self.nodes[name].stop()


class RegionTests(unittest.TestCase):
    def setUp(self):
        self.regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: self.regions.stop())
        self.regions.start()
        self.paris, self.tokyo, self.oslo = (self.regions[name] for name in NAMES)
        self.token = self.paris.register("ann@example.com")
        self.project = object_upload.create_project(self.paris, self.token)
        self.model = object_upload.create_model(self.paris, self.token, self.project)

    def shown(self, node):
        """What a node shows of the project; `None` while it knows neither the token nor the project."""
        answer = node.graphql(PROJECT, {"p": self.project}, self.token)
        return answer["data"]["project"] if answer.get("data") else None

    def versions(self, node):
        project = self.shown(node)
        models = project["models"]["items"] if project else []
        return sorted(version["id"] for model in models for version in model["versions"]["items"])

    def newest_first(self, node):
        return next(model["versions"]["items"] for model in self.shown(node)["models"]["items"]
                    if model["versions"]["items"])

    def publish(self, node, number, **options):
        objects = building(number, count=30, **options)
        object_upload.upload_all(node, self.project, self.token, (text for _, text in objects))
        return object_upload.create_version(node, self.token, self.project, self.model, objects[-1][0])

    def settle(self, what="the regions differ"):
        """Waits until all regions show the same."""
        wait_for(lambda: (shown := [self.shown(node) for node in self.regions.nodes.values()])[0] is not None
                 and all(one == shown[0] for one in shown), what)
        return self.shown(self.paris)

    def test_everything_written_in_one_region_is_in_all(self):
        self.publish(self.paris, 1)
        self.settle()
        # The same token holds everywhere, and the same password.
        there = self.tokyo.sign_in("ann@example.com")
        self.assertEqual(self.tokyo.graphql("{ activeUser { email } }", None, there)["data"]["activeUser"]["email"],
                         "ann@example.com")
        self.publish(self.tokyo, 2, edited={3})
        wait_for(lambda: all(len(self.versions(node)) == 2 for node in self.regions.nodes.values()), "a version is missing")
        root = identity(900_002)
        for node in self.regions.nodes.values():
            status, _, body = tiebeam_node.request(
                "GET", f"{node.api}/objects/{self.project}/{root}/single", None, {"Authorization": f"Bearer {self.token}"})
            self.assertEqual(status, 200)
            self.assertEqual(body.strip(), building(2, edited={3}, count=30)[-1][1])

    def test_regions_that_were_apart_agree_again(self):
        self.publish(self.paris, 1)
        self.settle()
        self.regions.stop("tokyo", "oslo")
        self.publish(self.paris, 2, edited={1})
        self.rename(self.paris, "Harbour east")
        self.regions.stop("paris")
        self.regions.start("tokyo")
        self.publish(self.tokyo, 3, edited={2})
        self.rename(self.tokyo, "Harbour west")
        self.regions.start("paris", "oslo")
        project = self.settle()
        self.assertEqual(project["name"], "Harbour west", "the later name is shown")
        self.assertEqual(len(self.versions(self.oslo)), 3)
        kinds = {one["kind"] for one in self.conflicts(self.oslo)}
        self.assertEqual(kinds, {"DIVERGED", "EDITED"})
        picked = self.newest_first(self.oslo)[1]
        options = ("--api", self.oslo.api, "--token", self.token)
        tiebeam_node.run("conflicts", "pick", self.project, picked["id"], *options)
        wait_for(lambda: all([one["kind"] for one in self.conflicts(node)] == ["EDITED"]
                             for node in self.regions.nodes.values()), "the model stays diverged")
        self.settle()
        self.assertEqual(self.newest_first(self.tokyo)[0]["referencedObject"], picked["referencedObject"])

    def conflicts(self, node):
        answer = node.graphql("""query($p: String!) { project(id: $p) { conflicts {
            id kind entity field sides { region value user { name } } } } }""", {"p": self.project}, self.token)
        return answer["data"]["project"]["conflicts"]

    def test_conflicts_are_shown_and_closed(self):
        self.publish(self.paris, 1)
        self.settle()
        self.regions.stop("tokyo")
        self.rename(self.paris, "Harbour east")
        deletion = self.paris.graphql(
            DELETE_MODEL, {"i": {"id": self.model, "projectId": self.project}}, self.token)
        self.assertNotIn("errors", deletion)
        self.assertEqual(self.versions(self.paris), [])
        self.regions.stop("paris", "oslo")
        self.regions.start("tokyo")
        self.rename(self.tokyo, "Harbour west")
        self.publish(self.tokyo, 2, edited={4})
        self.regions.start("paris", "oslo")
        self.settle()
        self.assertEqual(len(self.versions(self.paris)), 2, "what was written to is not gone")
        found = self.conflicts(self.paris)
        self.assertEqual(found, self.conflicts(self.oslo))
        self.assertEqual(sorted((one["kind"], one["field"]) for one in found),
                         [("DELETED_IN_USE", "deleted"), ("EDITED", "name")])
        names = next(one for one in found if one["kind"] == "EDITED")
        self.assertEqual(sorted((side["region"], side["value"], side["user"]["name"]) for side in names["sides"]),
                         [("paris", "Harbour east", "Ann Person"), ("tokyo", "Harbour west", "Ann Person")])
        options = ("--api", self.oslo.api, "--token", self.token)
        listed = tiebeam_node.run("conflicts", "list", self.project, *options).stdout
        self.assertIn("Harbour east  by Ann Person, paris", listed)
        self.assertIn("it was deleted and written to; it stays", listed)
        tiebeam_node.run("conflicts", "keep", self.project, self.model, *options)
        for decision in ("accept", "reject"):
            refused = tiebeam_node.run("conflicts", decision, self.project, "0000000000", *options, check=False)
            self.assertEqual(refused.returncode, 3)
            self.assertIn("No version of this id waits for a decision.", refused.stderr)
        self.rename(self.oslo, "Harbour")
        wait_for(lambda: all(self.conflicts(node) == [] for node in self.regions.nodes.values()), "conflicts stay")
        self.assertEqual(self.settle()["name"], "Harbour")
        regions = json.loads(tiebeam_node.run("region", "list", *options, "--json").stdout)
        self.assertEqual([region["name"] for region in regions], ["paris", "tokyo"])
        self.assertTrue(all(region["lastCompleted"] for region in regions))

    def test_a_region_that_was_away_reads_the_log_of_a_deleted_project_with_files(self):
        self.settle()
        self.regions.stop("oslo")
        body, kind = object_upload.multipart([("plan.ifc", "application/octet-stream", b"a plan of the roof")])
        status, _, answer = tiebeam_node.request(
            "POST", f"{self.paris.api}/api/stream/{self.project}/blob", body,
            {"Content-Type": kind, "Authorization": f"Bearer {self.token}"})
        self.assertEqual(status, 201, answer)
        self.wait_for_log(self.tokyo)
        deleted = self.paris.graphql(DELETE_PROJECT, {"p": self.project}, self.token)
        self.assertEqual(deleted, {"data": {"projectMutations": {"delete": True}}})
        wait_for(lambda: self.shown(self.tokyo) is None, "the project is gone in tokyo")
        other = object_upload.create_project(self.paris, self.token)
        self.regions.start("oslo")
        wait_for(lambda: self.oslo.graphql("query($p: String!) { project(id: $p) { id } }", {"p": other}, self.token)
                 .get("data"), "oslo goes on")
        wait_for(lambda: self.shown(self.oslo) is None, "the project is gone in oslo")
        self.wait_for_log(self.oslo)

    def test_a_project_that_does_not_come_holds_up_no_other(self):
        self.settle()
        self.regions.stop("tokyo", "oslo")
        segments = self.paris.data / "data" / "segments"
        before = {file: file.stat().st_size for file in segments.iterdir()}
        version = self.publish(self.paris, 1)
        file = next(file for file in segments.iterdir() if file.stat().st_size > before.get(file, 0))
        place = (before.get(file, 0) + file.stat().st_size) // 2
        self.flip(file, place)
        broken, self.project = self.project, object_upload.create_project(self.paris, self.token)
        model, self.model = self.model, object_upload.create_model(self.paris, self.token, self.project)
        # None of its objects is one of the damaged ones.
        other = self.publish(self.paris, 100, edited=range(30))
        self.regions.start("tokyo")
        wait_for(lambda: self.versions(self.tokyo) == [other], "the other project is held up")
        options = ["--api", self.tokyo.api, "--token", self.token, "--json"]
        wait_for(lambda: any(f"project {broken}" in region.get("problem", "") for region in json.loads(
            tiebeam_node.run("region", "list", *options).stdout)), "nobody hears of the project that does not come")
        # Also what is written later comes, on the same connection.
        newer = self.publish(self.paris, 200, edited=range(30))
        wait_for(lambda: self.versions(self.tokyo) == sorted([other, newer]), "news of the other project are held up")
        self.project, self.model = broken, model
        self.assertEqual(self.versions(self.tokyo), [])
        self.flip(file, place)
        wait_for(lambda: self.versions(self.tokyo) == [version], "the project does not come when it is whole again")
        wait_for(lambda: not any(region.get("problem") for region in json.loads(
            tiebeam_node.run("region", "list", *options).stdout) if region["name"] == "paris"), "the problem stays")

    @staticmethod
    def flip(file, place):
        """Damages one byte; twice mends it."""
        with open(file, "r+b") as segment:
            segment.seek(place)
            byte = segment.read(1)[0]
            segment.seek(place)
            segment.write(bytes([byte ^ 0xFF]))

    def wait_for_log(self, node):
        """Until the node has as many operations of the project as paris."""
        wait_for(lambda: self.operations_of(node) == self.operations_of(self.paris), "logs differ")

    def operations_of(self, node):
        with contextlib.closing(sqlite3.connect(f"file:{node.data}/data/tiebeam.sqlite?mode=ro", uri=True)) as database:
            return database.execute(
                "SELECT count(*) FROM operations WHERE scope = ?", [f"project:{self.project}"]).fetchone()[0]

    def test_whoever_watches_hears_what_other_regions_wrote_once(self):
        self.settle()
        listening = {name: Watcher(self.regions[name].api, self.token, CONFLICTS, {"p": self.project}) for name in NAMES}
        names = {name: Watcher(self.regions[name].api, self.token, RENAMED, {"p": self.project}) for name in NAMES}
        for watcher in (*listening.values(), *names.values()):
            self.addCleanup(watcher.close)
        self.tokyo.graphql(RENAME, {"i": {"id": self.project, "name": "From Tokyo"}}, self.token)
        for watcher in names.values():
            self.assertEqual(watcher.next()["data"]["projectUpdated"]["project"], {"name": "From Tokyo"})
        # Two regions rename it without hearing of each other: all hear of the conflict, and of its end.
        self.regions.stop("oslo", "tokyo")
        for name in ("oslo", "tokyo"):
            listening.pop(name), names.pop(name)
        self.paris.graphql(RENAME, {"i": {"id": self.project, "name": "From Paris"}}, self.token)
        self.assertEqual(names["paris"].next()["data"]["projectUpdated"]["project"], {"name": "From Paris"})
        self.regions.stop("paris")
        self.regions.start("oslo")
        self.oslo.graphql(RENAME, {"i": {"id": self.project, "name": "From Oslo"}}, self.token)
        oslo = Watcher(self.oslo.api, self.token, CONFLICTS, {"p": self.project})
        self.addCleanup(oslo.close)
        self.regions.start("paris", "tokyo")
        told = oslo.next(timeout=30)["data"]["projectConflictsUpdated"]
        self.assertEqual((told["type"], told["conflict"]["kind"]), ("OPENED", "EDITED"))
        self.settle()
        self.oslo.graphql(RENAME, {"i": {"id": self.project, "name": "Settled"}}, self.token)
        closed = oslo.next()["data"]["projectConflictsUpdated"]
        self.assertEqual(closed, {"type": "CLOSED", "id": told["id"], "conflict": None})
        self.assertTrue(oslo.is_silent())

    def asked(self, node, query, variables, position=None):
        """Status, position and answer of one request that shows a position."""
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.token}
        if position:
            headers["Tiebeam-Position"] = position
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, headers, answer = tiebeam_node.request("POST", node.api + "/graphql", body, headers)
        return status, headers["Tiebeam-Position"], json.loads(answer)

    def test_whoever_wrote_reads_that_in_every_region(self):
        self.settle()
        for number in range(10):
            name = f"Harbour {number}"
            status, position, _ = self.asked(self.paris, RENAME, {"i": {"id": self.project, "name": name}})
            self.assertEqual(status, 200)
            self.assertIn(self.project + ":" + self.regions.ids["paris"], position)
            status, shown, answer = self.asked(self.tokyo, PROJECT, {"p": self.project}, position)
            self.assertEqual((status, shown), (200, position))
            self.assertEqual(answer["data"]["project"]["name"], name)
        # A region that waits before it dials again asks at once when somebody needs it.
        self.regions.stop("paris")
        wait_for(lambda: "cannot be reached" in tiebeam_node.run(
            "region", "list", "--api", self.tokyo.api, "--token", self.token).stdout, "nobody misses the region")
        self.regions.start("paris")
        _, position, _ = self.asked(self.paris, RENAME, {"i": {"id": self.project, "name": "Pier"}})
        status, _, answer = self.asked(self.tokyo, PROJECT, {"p": self.project}, position)
        self.assertEqual((status, answer["data"]["project"]["name"]), (200, "Pier"))
        # What nobody has is said to be missing; that something exists does not show.
        ahead = position.rsplit(":", 1)[0] + ":999999"
        status, _, answer = self.asked(self.tokyo, PROJECT, {"p": self.project}, ahead)
        self.assertEqual((status, answer["error"]["code"]), (503, "REGION_BEHIND"))
        absent = ahead.replace(self.project, "0000000000")
        self.assertEqual(self.asked(self.tokyo, PROJECT, {"p": self.project}, absent)[0], 200)

    def test_a_region_that_was_put_back_hears_the_others_first(self):
        self.publish(self.paris, 1)
        self.settle()
        self.regions.stop("paris")
        data, backup = self.regions.folder / "paris" / "data", self.regions.folder / "backup"
        shutil.copytree(data, backup)
        self.regions.start("paris")
        self.publish(self.paris, 2, edited={1})
        self.rename(self.paris, "Harbour east")
        self.settle()
        self.regions.stop()
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        self.paris.options.append("--restored")
        self.regions.start("paris", "oslo")
        change = {"i": {"id": self.project, "name": "Harbour west"}}
        for _ in range(2):  # a restart does not end it, and needs no flag
            refused = self.paris.graphql(RENAME, change, self.token)
            self.assertEqual(refused["errors"][0]["extensions"]["code"], "REGION_RECOVERING")
            wait_for(lambda: len(self.versions(self.paris)) == 2, "what was told to others does not come back")
            self.regions.stop("paris")
            self.paris.options = [option for option in self.paris.options if option != "--restored"]
            self.regions.start("paris")
        self.regions.start("tokyo")
        wait_for(lambda: "errors" not in self.paris.graphql(RENAME, change, self.token), "nothing may be written")
        project = self.settle()
        self.assertEqual(project["name"], "Harbour west")
        # Objects take numbers of the journal again that others have heard of.
        self.publish(self.paris, 3, edited={2, 3, 4})
        self.settle()
        self.assertEqual(len(self.versions(self.tokyo)), 3)

    def count_operations(self, node):
        """Operations of the project that a node keeps in its logs, without what is left of others."""
        file = next((self.regions.folder / node / "data").glob("*.sqlite"))
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            found = database.execute(
                "SELECT count(*) FROM operations WHERE scope = ? AND instr(CAST(body AS TEXT), '\"kind\":\"trace\"') = 0",
                [f"project:{self.project}"])
            return found.fetchone()[0]

    def restart(self, *names, options=()):
        self.regions.stop(*names)
        for name in names:
            self.regions[name].options += options
        self.regions.start(*names)

    def test_a_region_that_was_away_for_long_comes_back_with_its_work(self):
        self.publish(self.paris, 1)
        self.settle()
        # Oslo goes on alone, where nobody hears it; the others soon go on without it.
        self.regions.stop("paris", "tokyo")
        self.rename(self.oslo, "Quay")
        self.publish(self.oslo, 2, edited={1})
        self.regions.stop("oslo")
        self.restart("paris", "tokyo", options=["--keep-operations", "0", "--evict-after", "0.00003"])
        for number in range(300):
            self.rename(self.paris, f"Harbour {number}")
        options = ("--api", self.paris.api, "--token", self.token)
        wait_for(lambda: self.listed(options, "oslo  Oslo: ").count(", evicted: "), "oslo is not evicted")
        for name in ("paris", "tokyo"):
            wait_for(lambda: self.count_operations(name) < 60, f"the log of {name} is not compacted")
        self.assertNotIn("evicted", next(
            line for line in self.listed(options).splitlines() if line.startswith("tokyo")))
        self.regions.start("oslo")
        project = self.settle()
        self.assertIn(project["name"], ("Quay", "Harbour 299"))
        for node in self.regions.nodes.values():
            wait_for(lambda: len(self.versions(node)) == 2, "what oslo wrote is lost")
            self.assertEqual([one["kind"] for one in self.conflicts(node)], ["EDITED"])
        self.assertLess(self.count_operations("oslo"), 60)
        # All go on by their logs.
        self.rename(self.oslo, "Harbour of Oslo")
        self.assertEqual(self.settle()["name"], "Harbour of Oslo")
        wait_for(lambda: not any(self.conflicts(node) for node in self.regions.nodes.values()), "the conflict stays")

    def policy(self, node, *options, project=None, check=True):
        """Sets the project's policy by a command, or shows it."""
        verb = "set" if options else "show"
        return tiebeam_node.run("project", "policy", verb, project or self.project, *options, "--json",
                                "--api", node.api, "--token", self.token, check=check)

    def outstanding(self, node):
        options = ("--api", node.api, "--token", self.token, "--json")
        return [(item["region"], item["project"]) for item in json.loads(tiebeam_node.run("region", "purges", *options).stdout)]

    def objects_status(self, node, root):
        return tiebeam_node.request("GET", f"{node.api}/objects/{self.project}/{root}/single", None,
                                    {"Authorization": f"Bearer {self.token}"})[0]

    def test_a_region_that_is_excluded_hands_over_and_removes_the_project(self):
        self.publish(self.paris, 1)
        self.settle()
        shown = json.loads(self.policy(self.oslo).stdout)
        self.assertEqual(shown, {"homeEpoch": 0, "edges": True, "minCopies": 1})
        # What only Oslo has, while it cannot be reached.
        self.regions.stop("paris", "tokyo")
        late = self.publish(self.oslo, 2, edited={1})
        self.regions.stop("oslo")
        self.regions.start("paris", "tokyo")
        refused = self.policy(self.paris, "--regions", "tokyo", check=False)
        self.assertEqual(refused.returncode, 3)
        self.assertIn("is set in a region that it allows", refused.stderr)
        self.assertIn("no region bergen", self.policy(self.paris, "--regions", "paris,bergen", check=False).stderr)
        found = json.loads(self.policy(self.paris, "--regions", "paris,tokyo", "--min-copies", "2", "--edges", "no").stdout)
        self.assertEqual(found, {"regions": ["paris", "tokyo"], "homeEpoch": 0, "edges": False, "minCopies": 2})
        wait_for(lambda: json.loads(self.policy(self.tokyo).stdout) == found, "the policy does not come")
        self.regions.stop("tokyo")
        self.regions.start("oslo")
        wait_for(lambda: late in self.versions(self.paris), "what only the excluded region had is lost")
        # Who has the project is known to those who have brought something of it from there.
        wait_for(lambda: self.outstanding(self.paris) == [("oslo", self.project)], "nobody knows what oslo must remove")
        refusal = {"i": {"id": self.project, "name": "Too late"}}
        wait_for(lambda: (self.oslo.graphql(RENAME, refusal, self.token).get("errors") or [{"extensions": {"code": ""}}])[0][
            "extensions"]["code"] == "REGION_EXCLUDED", "an excluded region is written to")
        self.assertEqual(len(self.versions(self.oslo)), 2, "one copy is not enough")
        self.regions.start("tokyo")
        wait_for(lambda: self.shown(self.oslo) is None, "the excluded region keeps the project")
        wait_for(lambda: self.outstanding(self.paris) == [] == self.outstanding(self.tokyo), "nobody acknowledged")
        self.assertEqual(self.objects_status(self.oslo, identity(900_001)), 404)
        self.assertEqual(self.objects_status(self.paris, identity(900_001)), 200)
        later = self.publish(self.paris, 3, edited={2})
        wait_for(lambda: late in self.versions(self.tokyo) and later in self.versions(self.tokyo), "allowed regions differ")
        self.assertIsNone(self.shown(self.oslo))
        # And back.
        self.policy(self.tokyo, "--regions", "all", "--min-copies", "1")
        self.settle("a region that is allowed again differs")
        self.assertEqual(len(self.versions(self.oslo)), 3)
        self.rename(self.oslo, "Harbour again")
        self.assertEqual(self.settle()["name"], "Harbour again")

    def test_a_project_that_a_region_never_hears_of(self):
        self.settle()
        create = """mutation($p: ProjectPolicyInput!) { policyMutations {
            createProject(input: {name: "Secret"}, policy: $p) { id policy { regions home homeEpoch edges } } } }"""
        made = self.paris.graphql(create, {"p": {"regions": ["paris", "tokyo"], "home": "paris", "edges": False}}, self.token)
        project = made["data"]["policyMutations"]["createProject"]
        self.assertEqual(project["policy"],
                         {"regions": ["paris", "tokyo"], "home": "paris", "homeEpoch": 1, "edges": False})
        wait_for(lambda: (self.tokyo.graphql(PROJECT, {"p": project["id"]}, self.token).get("data") or {}).get("project"),
                 "an allowed region hears nothing")
        self.rename(self.paris, "Something else")
        self.settle()
        self.assertFalse((self.oslo.graphql(PROJECT, {"p": project["id"]}, self.token).get("data") or {}).get("project"))
        for path in (self.regions.folder / "oslo" / "data").rglob("*"):
            if path.is_file():
                self.assertNotIn(project["id"].encode(), path.read_bytes(), path)
        # A position that names it tells nothing either.
        position = project["id"] + ":" + self.regions.ids["paris"] + ":1"
        self.assertEqual(self.asked(self.oslo, PROJECT, {"p": self.project}, position)[0], 200)

    def test_a_home_region_is_the_only_one_that_is_written_to(self):
        self.publish(self.paris, 1)
        self.settle()
        self.policy(self.paris, "--home", "tokyo")
        wait_for(lambda: json.loads(self.policy(self.tokyo).stdout).get("home") == "tokyo", "the policy does not come")
        refused = self.paris.graphql(RENAME, {"i": {"id": self.project, "name": "Pier"}}, self.token)
        self.assertEqual(refused["errors"][0]["extensions"]["code"], "PROJECT_HOME_ELSEWHERE")
        self.assertIn("which is tokyo", refused["errors"][0]["message"])
        objects = building(2, count=3)
        with self.assertRaises(Exception) as caught:
            object_upload.upload_all(self.paris, self.project, self.token, (text for _, text in objects))
        self.assertIn("409", str(caught.exception))
        refused = self.policy(self.paris, "--edges", "no", check=False)
        self.assertIn("which is tokyo", refused.stderr)
        stranger = self.paris.register("bob@example.com")
        self.assertIn("do not have access", tiebeam_node.run(
            "project", "policy", "set", self.project, "--home", "all", "--api", self.paris.api, "--token", stranger,
            check=False).stderr)
        self.rename(self.tokyo, "Pier")
        self.assertEqual(self.settle()["name"], "Pier")
        # The home is lost; what it wrote meanwhile is set aside.
        self.regions.stop("paris", "oslo")
        late = self.publish(self.tokyo, 3, edited={1})
        self.regions.stop("tokyo")
        self.regions.start("paris", "oslo")
        self.policy(self.paris, "--home", "paris", "--take-home")
        self.rename(self.paris, "Quay")
        self.regions.start("tokyo")
        self.assertEqual(self.settle()["name"], "Quay")
        for node in self.regions.nodes.values():
            wait_for(lambda: [one["kind"] for one in self.conflicts(node)] == ["QUARANTINED"], "it is not set aside")
            self.assertNotIn(late, self.versions(node))
        sides = self.conflicts(self.oslo)[0]["sides"]
        self.assertIn("paris, epoch 2", [side["value"] for side in sides])
        tiebeam_node.run("conflicts", "accept", self.project, late, "--api", self.paris.api, "--token", self.token)
        wait_for(lambda: all(late in self.versions(node) for node in self.regions.nodes.values()), "it does not show")

    def test_a_further_region_joins_by_one_command(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        ports = {name: test_sync.RosterTests.free_port() for name in ("first", "second")}
        address = {name: f"tiebeam://127.0.0.1:{port}" for name, port in ports.items()}
        tiebeam_node.run(
            "region", "create", "first", "--address", address["first"], "--data", folder / "first" / "data")
        with tiebeam_node.Node(folder / "first", ["--sync-port", str(ports["first"])]) as first:
            token = first.register("ben@example.com")
            project = object_upload.create_project(first, token)
            options = ("--api", first.api, "--token", token)
            invitation = tiebeam_node.run("region", "invite", *options).stdout.strip()
            join = ("region", "join", invitation, "second", "--address", address["second"], "--data")
            tiebeam_node.run(*join, folder / "second" / "data")
            refused = tiebeam_node.run(*join, folder / "third", check=False)
            self.assertEqual(refused.returncode, 3)
            self.assertIn("used already", refused.stderr)
            with tiebeam_node.Node(folder / "second", ["--sync-port", str(ports["second"])]) as second:
                wait_for(lambda: (second.graphql(PROJECT, {"p": project}, token).get("data") or {}).get("project"),
                         "nothing comes")
                wait_for(lambda: self.listed(options, "second: complete"), "the new region is not complete")
                tiebeam_node.run("peer", "remove", "second", *options)
                later = object_upload.create_project(first, token)  # who waits is refused with the next change
                wait_for(lambda: "does not know yours" in self.listed(("--api", second.api, "--token", token)),
                         "a region that was removed is served")
                self.assertFalse((second.graphql(PROJECT, {"p": later}, token).get("data") or {}).get("project"))

    def listed(self, options, text=""):
        """What `region list` says, if it has `text`."""
        found = tiebeam_node.run("region", "list", *options).stdout
        return found if text in found else ""

    def rename(self, node, name):
        answer = node.graphql(RENAME, {"i": {"id": self.project, "name": name}}, self.token)
        self.assertNotIn("errors", answer)


if __name__ == "__main__":
    unittest.main()
