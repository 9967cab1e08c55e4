"""What people keep for themselves, favourites and preferences, and how they ask for access. One node, and two regions.

Standard library only.
"""
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import tiebeam_node  # noqa: E402
from test_regions import Regions  # noqa: E402
from test_sync import wait_for  # noqa: E402

CREATE_PROJECT = "mutation($i: ProjectCreateInput) { projectMutations { create(input: $i) { id } } }"
DELETE_PROJECT = "mutation($id: String!) { projectMutations { delete(id: $id) } }"
CREATE_TOKEN = "mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }"
FAVOR = "mutation($p: String!, $on: Boolean!) { streamFavorite(streamId: $p, favorited: $on) { id favoritesCount } }"
FAVORITES = """query($l: Int! = 25, $c: String) { activeUser { totalOwnedStreamsFavorites
    favoriteStreams(limit: $l, cursor: $c) { totalCount cursor items { id favoritedDate favoritesCount } } } }"""
SET_FLAG = "mutation($k: String!, $v: Boolean!) { activeUserMutations { meta { setFlag(key: $k, value: $v) } } }"
FLAG = "query($k: String!) { activeUser { meta { flag(key: $k) newWorkspaceExplainerDismissed } } }"
NOTIFY = "mutation($p: JSONObject!) { userNotificationPreferencesUpdate(preferences: $p) }"
ASK = "mutation($p: String!) { projectMutations { accessRequestMutations { create(projectId: $p) { %s } } } }"
ANSWER = """mutation($r: String!, $a: Boolean!, $role: StreamRole! = STREAM_CONTRIBUTOR) { projectMutations {
    accessRequestMutations { use(requestId: $r, accept: $a, role: $role) { id name } } } }"""
PENDING = "query($p: String!) { project(id: $p) { pendingAccessRequests { id requesterId requester { name } } } }"
OWN = "query($p: String!) { activeUser { projectAccessRequest(projectId: $p) { id projectId } } }"
ROLE = "query($p: String!) { project(id: $p) { role } }"
PREFERENCES = "{ activeUser { notificationPreferences } }"


class People(unittest.TestCase):
    """Ann, who administers the server, Bob and Eve."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann = cls.node.register("ann@example.com")
        cls.bob = cls.node.register("bob@example.com", name="Bob Other")
        cls.eve = cls.node.register("eve@example.com", name="Eve Outsider")
        cls.ann_id, cls.bob_id, cls.eve_id = (cls.id_of(token) for token in (cls.ann, cls.bob, cls.eve))

    @classmethod
    def id_of(cls, token):
        return cls.node.graphql("{ activeUser { id } }", token=token)["data"]["activeUser"]["id"]

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def do(self, query, token=None, node=None, **variables):
        answer = (node or self.node).graphql(query, variables, token or self.ann)
        self.assertNotIn("errors", answer)
        return answer["data"]

    def code(self, query, token, **variables):
        """The code by which it is refused."""
        answer = self.node.graphql(query, variables, token)
        self.assertIn("errors", answer, answer)
        return answer["errors"][0]["extensions"]["code"]

    def project(self, token=None, **fields):
        answer = self.do(CREATE_PROJECT, token, i={"name": "Office", "visibility": "PRIVATE", **fields})
        return answer["projectMutations"]["create"]["id"]

    def limited(self, *scopes, token=None):
        """A token with these scopes only."""
        return self.do(CREATE_TOKEN, token, t={"name": "limited", "scopes": list(scopes)})["apiTokenCreate"]


class PreferenceTests(People):
    def test_favourites(self):
        shared, private = self.project(visibility="PUBLIC"), self.project()
        self.assertEqual(self.do(FAVOR, p=private, on=True)["streamFavorite"], {"id": private, "favoritesCount": 1})
        for _ in range(2):  # the second time changes nothing
            self.do(FAVOR, p=shared, on=True)
        self.assertEqual(self.do(FAVOR, self.bob, p=shared, on=True)["streamFavorite"]["favoritesCount"], 2)
        mine = self.do(FAVORITES)["activeUser"]
        self.assertEqual(mine["totalOwnedStreamsFavorites"], 3)
        self.assertEqual([item["id"] for item in mine["favoriteStreams"]["items"]], [shared, private])
        self.assertTrue(all(item["favoritedDate"] for item in mine["favoriteStreams"]["items"]))
        first = self.do(FAVORITES, l=1)["activeUser"]["favoriteStreams"]
        self.assertEqual((first["totalCount"], [item["id"] for item in first["items"]]), (2, [shared]))
        second = self.do(FAVORITES, l=1, c=first["cursor"])["activeUser"]["favoriteStreams"]
        self.assertEqual([item["id"] for item in second["items"]], [private])
        # Others are told of public projects only.
        seen = self.do("query($u: String!) { otherUser(id: $u) { totalOwnedStreamsFavorites } }", self.bob, u=self.ann_id)
        self.assertEqual(seen["otherUser"]["totalOwnedStreamsFavorites"], 2)
        self.do(FAVOR, p=shared, on=False)
        self.do(DELETE_PROJECT, id=private)
        self.assertEqual(self.do(FAVORITES)["activeUser"]["favoriteStreams"]["items"], [])
        self.do(FAVOR, self.bob, p=shared, on=False)

    def test_nobody_marks_what_he_may_not_read(self):
        private = self.project()
        self.assertEqual(self.code(FAVOR, self.bob, p=private, on=True), "FORBIDDEN")
        self.assertEqual(self.code(FAVOR, None, p=self.project(visibility="PUBLIC"), on=True), "UNAUTHORIZED")
        self.assertEqual(self.code(FAVOR, self.limited("streams:read", "profile:read"), p=private, on=True), "FORBIDDEN")
        foreign = "query($u: String!) { user(id: $u) { favoriteStreams { totalCount } } }"
        self.assertEqual(self.code(foreign, self.bob, u=self.ann_id), "FORBIDDEN")

    def test_flags(self):
        self.assertFalse(self.do(FLAG, k="seen")["activeUser"]["meta"]["flag"])
        answer = self.do(SET_FLAG, k="seen", v=True)["activeUserMutations"]["meta"]["setFlag"]
        self.assertIs(answer, True)
        self.do("mutation { activeUserMutations { meta { setNewWorkspaceExplainerDismissed(value: true) } } }")
        self.assertEqual(self.do(FLAG, k="seen")["activeUser"]["meta"],
                         {"flag": True, "newWorkspaceExplainerDismissed": True})
        self.assertEqual(self.do(FLAG, self.bob, k="seen")["activeUser"]["meta"]["flag"], False)
        self.assertEqual(self.code(SET_FLAG, self.limited("profile:read"), k="seen", v=False), "FORBIDDEN")
        self.assertEqual(self.code(SET_FLAG, self.ann, k="no spaces", v=True), "USER_INPUT_ERROR")
        self.assertEqual(self.code("query($u: String!) { user(id: $u) { meta { flag(key: \"seen\") } } }", self.bob,
                                   u=self.ann_id), "FORBIDDEN")

    def test_notification_preferences(self):
        found = self.do(PREFERENCES)["activeUser"]["notificationPreferences"]
        self.assertEqual(found["activityDigest"], {"email": True})
        self.assertIs(self.do(NOTIFY, p={"activityDigest": {"email": False}})["userNotificationPreferencesUpdate"], True)
        found = self.do(PREFERENCES)["activeUser"]["notificationPreferences"]
        self.assertEqual((found["activityDigest"], found["mentionedInComment"]), ({"email": False}, {"email": True}))
        for wrong in ({"activityDigest": True}, {"activityDigest": {"email": "no"}}, {"": {"email": True}}):
            self.assertEqual(self.code(NOTIFY, self.ann, p=wrong), "USER_INPUT_ERROR")
        self.assertEqual(self.code(NOTIFY, self.limited("profile:read"), p={}), "FORBIDDEN")
        self.assertEqual(self.code("query($u: String!) { user(id: $u) { notificationPreferences } }", self.bob,
                                   u=self.ann_id), "FORBIDDEN")


class AccessRequestTests(People):
    def ask(self, project, token=None):
        answer = self.do(ASK % "id requesterId projectId", token or self.bob, p=project)
        return answer["projectMutations"]["accessRequestMutations"]["create"]

    def pending(self, project, token=None):
        return self.do(PENDING, token, p=project)["project"]["pendingAccessRequests"]

    def test_an_owner_accepts(self):
        project = self.project()
        request = self.ask(project)
        self.assertEqual((request["requesterId"], request["projectId"]), (self.bob_id, project))
        self.assertEqual(self.pending(project), [
            {"id": request["id"], "requesterId": self.bob_id, "requester": {"name": "Bob Other"}}])
        self.assertEqual(self.do(OWN, self.bob, p=project)["activeUser"]["projectAccessRequest"],
                         {"id": request["id"], "projectId": project})
        self.assertEqual(self.code(ASK % "id", self.bob, p=project), "ACCESS_REQUEST_CREATION_ERROR")
        self.do(ANSWER, r=request["id"], a=True, role="STREAM_REVIEWER")
        self.assertEqual(self.do(ROLE, self.bob, p=project)["project"]["role"], "stream:reviewer")
        self.assertEqual(self.pending(project), [])
        self.assertIsNone(self.do(OWN, self.bob, p=project)["activeUser"]["projectAccessRequest"])
        self.assertEqual(self.code(ASK % "id", self.bob, p=project), "ACCESS_REQUEST_CREATION_ERROR")
        self.assertEqual(self.code(PENDING, self.bob, p=project), "FORBIDDEN")

    def test_an_owner_declines(self):
        project = self.project()
        request = self.ask(project)
        self.do(ANSWER, r=request["id"], a=False)
        self.assertEqual(self.code(ROLE, self.bob, p=project), "FORBIDDEN")
        self.assertEqual(self.code(ANSWER, self.ann, r=request["id"], a=True), "ACCESS_REQUEST_PROCESSING_ERROR")
        self.assertEqual(self.ask(project)["projectId"], project)  # she may ask again

    def test_whoever_asks_learns_nothing(self):
        project = self.project(name="Secret")
        answer = self.node.graphql(ASK % "id project { name }", {"p": project}, self.bob)
        self.assertEqual(answer["errors"][0]["extensions"]["code"], "FORBIDDEN")
        self.assertNotIn("Secret", str(answer))
        request = self.do(OWN, self.bob, p=project)["activeUser"]["projectAccessRequest"]["id"]
        self.assertEqual(self.code(PENDING, self.bob, p=project), "FORBIDDEN")
        for token in (self.bob, self.eve):  # neither whoever asks answers, nor anybody else
            self.assertEqual(self.code(ANSWER, token, r=request, a=True), "ACCESS_REQUEST_PROCESSING_ERROR")
        self.assertIsNone(self.do(OWN, self.eve, p=project)["activeUser"]["projectAccessRequest"])
        foreign = "query($u: String!, $p: String!) { user(id: $u) { projectAccessRequest(projectId: $p) { id } } }"
        self.assertEqual(self.code(foreign, self.eve, u=self.bob_id, p=project), "FORBIDDEN")

    def test_who_may_ask(self):
        project = self.project(visibility="PUBLIC")
        self.assertEqual(self.code(ASK % "id", None, p=project), "UNAUTHORIZED")
        limited = self.limited("streams:read", "streams:write", "profile:read", token=self.bob)
        self.assertEqual(self.code(ASK % "id", limited, p=project), "FORBIDDEN")
        self.assertEqual(self.code(ASK % "id", self.ann, p=project), "ACCESS_REQUEST_CREATION_ERROR")
        self.assertEqual(self.code(ASK % "id", self.bob, p="0000000000"), "STREAM_NOT_FOUND")
        # Whoever may only read what is public may ask, and does not see who else did.
        request = self.ask(project)["id"]
        self.assertEqual(self.code(PENDING, self.eve, p=project), "FORBIDDEN")
        reading = self.limited("streams:read", "users:read", token=self.ann)
        self.assertEqual([one["id"] for one in self.pending(project, reading)], [request])

    def test_by_the_names_of_older_clients(self):
        project = self.project()
        create = "mutation($p: String!) { streamAccessRequestCreate(streamId: $p) { id streamId requester { id } } }"
        request = self.do(create, self.bob, p=project)["streamAccessRequestCreate"]
        self.assertEqual((request["streamId"], request["requester"]["id"]), (project, self.bob_id))
        own = self.do("query($p: String!) { streamAccessRequest(streamId: $p) { id } }", self.bob, p=project)
        self.assertEqual(own["streamAccessRequest"]["id"], request["id"])
        pending = self.do("query($p: String!) { stream(id: $p) { pendingAccessRequests { id stream { name } } } }", p=project)
        self.assertEqual(pending["stream"]["pendingAccessRequests"], [{"id": request["id"], "stream": {"name": "Office"}}])
        use = "mutation($r: String!) { streamAccessRequestUse(requestId: $r, accept: true) }"
        self.assertIs(self.do(use, r=request["id"])["streamAccessRequestUse"], True)
        self.assertEqual(self.do(ROLE, self.bob, p=project)["project"]["role"], "stream:contributor")


class RegionTests(unittest.TestCase):
    """Paris and Tokyo share people and projects."""

    def setUp(self):
        self.regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: self.regions.stop())
        self.regions.start("paris", "tokyo")
        self.paris, self.tokyo = self.regions["paris"], self.regions["tokyo"]
        self.ann = self.paris.register("ann@example.com")
        answer = self.paris.graphql(CREATE_PROJECT, {"i": {"name": "Office", "visibility": "PRIVATE"}}, self.ann)
        self.project = answer["data"]["projectMutations"]["create"]["id"]

    def read(self, node, query, token=None, **variables):
        return node.graphql(query, variables, token or self.ann).get("data") or {}

    def test_preferences_follow_people(self):
        self.paris.graphql(FAVOR, {"p": self.project, "on": True}, self.ann)
        self.paris.graphql(SET_FLAG, {"k": "seen", "v": True}, self.ann)

        def follows():
            user = self.read(self.tokyo, FAVORITES).get("activeUser") or {"favoriteStreams": {"items": []}}
            meta = (self.read(self.tokyo, FLAG, k="seen").get("activeUser") or {}).get("meta") or {}
            return [item["id"] for item in user["favoriteStreams"]["items"]] == [self.project] and meta.get("flag")
        wait_for(follows, "favourites and flags do not follow")
        self.tokyo.graphql(FAVOR, {"p": self.project, "on": False}, self.ann)
        wait_for(lambda: self.read(self.paris, FAVORITES)["activeUser"]["favoriteStreams"]["totalCount"] == 0,
                 "a mark that was taken away stays")

    def test_a_request_is_answered_in_another_region(self):
        bob = self.paris.register("bob@example.com")
        wait_for(lambda: self.read(self.tokyo, OWN, bob, p=self.project).get("activeUser"), "Bob is not known")
        wait_for(lambda: self.read(self.tokyo, PENDING, p=self.project).get("project"), "the project does not come")
        self.assertNotIn("errors", self.tokyo.graphql(ASK % "id", {"p": self.project}, bob))

        def pending(node):
            return (self.read(node, PENDING, p=self.project).get("project") or {}).get("pendingAccessRequests")
        wait_for(lambda: pending(self.paris), "the request does not come")
        answer = self.paris.graphql(ANSWER, {"r": pending(self.paris)[0]["id"], "a": True}, self.ann)
        self.assertNotIn("errors", answer)
        wait_for(lambda: (self.read(self.tokyo, ROLE, bob, p=self.project).get("project") or {}).get("role")
                 == "stream:contributor", "the answer does not come")
        self.assertEqual(pending(self.tokyo), [])


if __name__ == "__main__":
    unittest.main()
