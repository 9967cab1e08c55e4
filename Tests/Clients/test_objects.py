"""Objects and their children by GraphQL: what is told, to whom, and what is too much. Standard library only."""
import hashlib
import json
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402

CHILDREN = """query($p: String!, $o: String!, $limit: Int!, $depth: Int!, $select: [String], $cursor: String,
    $query: [JSONObject!], $orderBy: JSONObject) { project(id: $p) { object(id: $o) {
      children(limit: $limit, depth: $depth, select: $select, cursor: $cursor, query: $query, orderBy: $orderBy) {
        totalCount cursor objects { id speckleType applicationId data } } } } }"""


def identity(seed):
    return hashlib.sha256(str(seed).encode()).hexdigest()[:32]


def text(ident, **fields):
    return json.dumps({"id": ident, **fields}).encode()


class ObjectTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann = cls.node.register("ann@example.com")
        cls.bob = cls.node.register("bob@example.com")

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.ann)

    def ask(self, query, variables=None, token="", code=None):
        """The data of an answer, or nothing where an error with the code is expected."""
        answer = self.node.graphql(query, variables, self.ann if token == "" else token)
        if code:
            self.assertEqual([error["extensions"]["code"] for error in answer["errors"]], [code], answer)
            return answer["errors"][0]["message"]
        self.assertNotIn("errors", answer)
        return answer["data"]

    def send(self, texts):
        status, answer = object_upload.upload(self.node, self.project, self.ann, texts)
        self.assertEqual((status, answer), (201, b""))

    def children(self, root, limit=100, depth=50, code=None, **options):
        variables = {"p": self.project, "o": root, "limit": limit, "depth": depth, **options}
        data = self.ask(CHILDREN, variables, code=code)
        return data if code else data["project"]["object"]["children"]

    def pages(self, root, **options):
        found, cursor, counts = [], None, set()
        while True:
            page = self.children(root, cursor=cursor, **options)
            found += page["objects"]
            counts.add(page["totalCount"])
            cursor = page["cursor"]
            if cursor is None:
                self.assertEqual(len(counts), 1)
                return found, counts.pop()

    def building(self, count=230):
        """A root, and walls of some heights at depths of 1 to 11."""
        walls = {}
        for number in range(count):
            ident = identity((self.id(), number))
            walls[ident] = {"speckle_type": "Objects.Wall", "applicationId": f"app {number}", "height": number % 7,
                            "size": {"area": number / 4, "unit": "m"}, "name": f"wall {number % 3}"}
        root = identity((self.id(), "root"))
        closure = {ident: 1 + number % 11 for number, ident in enumerate(walls)}
        self.send([text(root, speckle_type="Base", __closure=closure),
                   *(text(ident, **wall) for ident, wall in walls.items())])
        return root, walls, closure

    # What is told

    def test_an_object_is_told_as_it_was_uploaded(self):
        ident = identity("exact")
        exact = '{"id":"%s","speckle_type":"Base","applicationId":"a\\u00e4","n":[1.0,1e400,12345678901234567890],' \
            '"x":{"a":1,"a":2}}' % ident
        self.send([exact.encode()])
        query = """query($p: String!, $o: String!) {
            project(id: $p) { object(id: $o) { ...F } } stream(id: $p) { object(id: $o) { ...F } } }
            fragment F on Object { id speckleType applicationId createdAt totalChildrenCount commentCount data }"""
        body = json.dumps({"query": query, "variables": {"p": self.project, "o": ident}}).encode()
        _, _, answer = tiebeam_node.request("POST", self.node.api + "/graphql", body, {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.ann}"})
        self.assertEqual(answer.decode().count(f'"data":{exact}'), 2)
        told = json.loads(answer)["data"]["project"]["object"]
        del told["data"]
        self.assertEqual(told, {"id": ident, "speckleType": "Base", "applicationId": "a\u00e4", "createdAt": None,
                                "totalChildrenCount": 0, "commentCount": 0})
        query = "query($p: String!, $o: String!) { project(id: $p) { object(id: $o) { id } } }"
        for unknown in ["", "x", identity("unknown"), ident.upper()]:
            self.assertEqual(self.ask(query, {"p": self.project, "o": unknown})["project"], {"object": None})

    def test_children_come_page_by_page(self):
        root, walls, closure = self.building()
        found, count = self.pages(root, limit=50)
        self.assertEqual([child["id"] for child in found], sorted(walls))
        self.assertEqual(count, len(walls))
        for child in found:
            self.assertEqual(child["data"], {"id": child["id"], **walls[child["id"]]})
            self.assertEqual(child["applicationId"], walls[child["id"]]["applicationId"])
        found, count = self.pages(root, depth=8)
        self.assertEqual([child["id"] for child in found], sorted(i for i, depth in closure.items() if depth < 8))
        self.assertEqual(len(self.children(root, limit=0)["objects"]), 50)
        self.assertEqual(self.children(sorted(walls)[0]), {"totalCount": 0, "cursor": None, "objects": []})

    def test_children_are_found_by_what_they_are(self):
        root, walls, _ = self.building()
        query = [{"field": "height", "operator": ">=", "value": 5},
                 {"verb": "and", "field": "name", "operator": "=", "value": "wall 1"},
                 {"verb": "or", "field": "size.area", "operator": "<", "value": 1.5}]
        expected = {ident for ident, wall in walls.items()
                    if wall["height"] >= 5 and wall["name"] == "wall 1" or wall["size"]["area"] < 1.5}
        found, count = self.pages(root, limit=7, query=query)
        self.assertEqual([child["id"] for child in found], sorted(expected))
        self.assertEqual(count, len(expected))

    def test_children_are_ordered_and_cut_to_what_is_selected(self):
        root, walls, _ = self.building()
        for direction, sign in [("asc", 1), ("desc", -1)]:
            found, count = self.pages(root, limit=13, select=["size.unit"],
                                      orderBy={"field": "height", "direction": direction})
            expected = sorted(walls, key=lambda ident: (sign * walls[ident]["height"], ident))
            self.assertEqual([child["id"] for child in found], expected)
            self.assertEqual(count, len(walls))
            for child in found:
                self.assertEqual(child["data"], {"size": {"unit": "m"}, "height": walls[child["id"]]["height"]})
        found = self.children(root, limit=1, select=["size", "size.area", "nothing", "id"])["objects"][0]
        self.assertEqual(found["data"], {"size": walls[found["id"]]["size"], "id": found["id"]})

    # What is too much, or wrong

    def test_what_means_nothing_is_refused(self):
        root, _, _ = self.building(3)
        self.children(root, cursor="x", code="INVALID_CURSOR_VALUE")
        self.children(root, cursor=root, code="INVALID_CURSOR_VALUE")
        self.children(root, limit=10_001, code="BAD_REQUEST_ERROR")
        self.children(root, query=[{"field": "a", "operator": "like", "value": 1}], code="USER_INPUT_ERROR")
        self.children(root, orderBy={"direction": "asc"}, code="USER_INPUT_ERROR")
        self.children(root, select=["a."], code="USER_INPUT_ERROR")

    def test_a_tree_of_lists_counts_as_many(self):
        nested = "id"
        for _ in range(4):
            nested = "children { objects { %s } }" % nested
        answer = self.node.graphql('{ project(id: "%s") { object(id: "a") { %s } } }' % (self.project, nested), token=self.ann)
        self.assertIn("asks for more than", answer["errors"][0]["message"])

    def test_a_large_tree_is_paged_through_and_not_searched(self):
        numbers = random.Random(7)
        names = [f"{numbers.getrandbits(128):032x}" for _ in range(900_000)]
        stored = sorted(names)[1000:1500]
        root = identity("large")
        large = b'{"id":"%s","speckle_type":"Base","__closure":{%s}}' % (
            root.encode(), b",".join(b'"%s":%d' % (name.encode(), 100 + place % 50) for place, name in enumerate(names)))
        self.send([large, *(text(name, speckle_type="Base") for name in stored)])
        query = "query($p: String!, $o: String!) { project(id: $p) { object(id: $o) { %s } } }"
        variables = {"p": self.project, "o": root}
        told = self.ask(query % "speckleType totalChildrenCount", variables)["project"]["object"]
        self.assertEqual(told, {"speckleType": "Base", "totalChildrenCount": len(names)})
        self.assertIn("/single", self.ask(query % "data", variables, code="BAD_REQUEST_ERROR"))
        before = self.node.memory()
        found, count = self.pages(root, limit=200, depth=1000)
        self.assertEqual([child["id"] for child in found], stored, "those that the closure names and the project lacks")
        self.assertEqual(count, len(names))
        self.assertEqual(self.children(root, depth=101)["totalCount"], len(names) // 50)
        self.assertIn("900000 objects", self.children(
            root, depth=1000, query=[{"field": "a", "operator": "=", "value": 1}], code="BAD_REQUEST_ERROR"))
        self.assertLess(self.node.memory() - before, 200 << 20)

    # Who may

    def test_objects_are_for_those_who_may_read_the_project(self):
        root, _, _ = self.building(2)
        query = "query($p: String!, $o: String!) { project(id: $p) { id object(id: $o) { id } } }"
        variables = {"p": self.project, "o": root}
        for token in [self.bob, None]:
            answer = self.node.graphql(query, variables, token)
            self.assertEqual((answer["data"], answer["errors"][0]["extensions"]["code"]), (None, "FORBIDDEN"))
        create = "mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }"
        profile = self.ask(create, {"t": {"name": "few", "scopes": ["profile:read", "streams:write"]}})["apiTokenCreate"]
        renamed = "mutation($p: ID!, $o: String!) { projectMutations { update(update: {id: $p, name: \"new\"}) { object(id: $o) { id } } } }"
        answer = self.node.graphql(renamed, variables, profile)
        self.assertEqual(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "who may write is not who may read")
        elsewhere = object_upload.create_project(self.node, self.bob)
        told = self.ask(query, {"p": elsewhere, "o": root}, token=self.bob)["project"]
        self.assertIsNone(told["object"], "what another project has shows nowhere")
        self.ask('mutation($p: ID!) { projectMutations { update(update: {id: $p, visibility: PUBLIC}) { id } } }', variables)
        self.assertEqual(self.ask(query, variables, token=None)["project"]["object"], {"id": root})

    # What is stored

    def create(self, objects, token="", project=None, code=None):
        mutation = "mutation($i: ObjectCreateInput!) { objectCreate(objectInput: $i) }"
        data = self.ask(mutation, {"i": {"streamId": project or self.project, "objects": objects}}, token, code)
        return data if code else data["objectCreate"]

    def single(self, ident):
        return tiebeam_node.request("GET", f"{self.node.api}/objects/{self.project}/{ident}/single", headers={
            "Authorization": f"Bearer {self.ann}"})

    def test_objects_are_stored(self):
        wall = {"speckle_type": "Base", "name": "wall", "area": 1.5}
        hashed = hashlib.md5(json.dumps(wall, separators=(",", ":")).encode()).hexdigest()
        named = identity("named")
        self.assertEqual(self.create([wall, {"a": 1, "id": named}, wall]), [hashed, named, hashed])
        self.assertEqual(json.loads(self.single(hashed)[2]), {"id": hashed, **wall})
        self.assertEqual(self.single(named)[2], b'{"id":"%s","a":1}' % named.encode())
        self.assertEqual(self.create([{"a": 2, "id": named}]), [named])
        self.assertEqual(self.single(named)[2], b'{"id":"%s","a":1}' % named.encode(), "the first content stays")
        self.assertEqual(self.create([]), [])

    def test_objects_are_stored_all_or_none_and_by_those_who_may(self):
        good = {"id": identity("good")}
        for bad in [{"id": "short"}, {"id": 7}, None, 5, []]:
            self.create([good, bad], code="OBJECT_HANDLING_ERROR")
        self.create([{"n": n} for n in range(10_001)], code="OBJECT_HANDLING_ERROR")
        self.create([good], token=self.bob, code="FORBIDDEN")
        self.create([good], token=None, code="UNAUTHORIZED")
        self.create([good], project="0000000000", code="STREAM_NOT_FOUND")
        self.assertEqual(self.single(good["id"])[0], 404)


if __name__ == "__main__":
    unittest.main()
