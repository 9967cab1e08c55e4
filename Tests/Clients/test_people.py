"""What people keep for themselves, how they ask for access, and who did what. One node, and two regions.

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
ENTRIES = "{ totalCount cursor items { id actionType userId streamId resourceId resourceType time message info } }"
PAGE = "$limit: Int! = 25, $cursor: DateTime, $after: DateTime, $before: DateTime"
ARGUMENTS = "limit: $limit, cursor: $cursor, after: $after, before: $before"
ACTIVITY = "query($p: String!, $type: String, %s) { stream(id: $p) { activity(actionType: $type, %s) %s } }" % (
    PAGE, ARGUMENTS, ENTRIES)
TIMELINE = "query(%s) { activeUser { timeline(%s) %s } }" % (PAGE, ARGUMENTS, ENTRIES)
OTHERS = "query($u: String!, %s) { otherUser(id: $u) { activity(%s) %s timeline(%s) { totalCount } } }" % (
    PAGE, ARGUMENTS, ENTRIES, ARGUMENTS)
UPDATE_PROJECT = "mutation($u: ProjectUpdateInput!) { projectMutations { update(update: $u) { id } } }"
CREATE_MODEL = "mutation($i: CreateModelInput!) { modelMutations { create(input: $i) { id } } }"
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


class ActivityTests(People):
    def rename(self, project, name):
        self.do(UPDATE_PROJECT, u={"id": project, "name": name})

    def activity(self, project, token=None, **arguments):
        return self.do(ACTIVITY, token, p=project, **arguments)["stream"]["activity"]

    def test_what_was_done(self):
        project = self.project(name="House")
        model = self.do(CREATE_MODEL, i={"projectId": project, "name": "walls"})["modelMutations"]["create"]["id"]
        found = self.activity(project)
        self.assertEqual([entry["actionType"] for entry in found["items"]],
                         ["branch_create", "branch_create", "stream_permissions_add", "stream_create"])
        self.assertEqual(found["totalCount"], 4)
        newest = found["items"][0]
        self.assertEqual((newest["userId"], newest["streamId"], newest["resourceType"], newest["resourceId"]),
                         (self.ann_id, project, "branch", model))
        self.assertEqual(newest["info"], {"id": model, "name": "walls"})
        self.assertIn("walls", newest["message"])
        branch = self.do("query($p: String!) { stream(id: $p) { branch(name: \"walls\") { activity { totalCount } } } }",
                         p=project)
        self.assertEqual(branch["stream"]["branch"]["activity"]["totalCount"], 1)
        self.do(DELETE_PROJECT, id=project)
        found = self.do(TIMELINE, limit=100)["activeUser"]["timeline"]["items"]
        self.assertFalse([entry for entry in found if entry["streamId"] == project])

    def test_pages_and_filters(self):
        project = self.project()
        for number in range(7):
            self.rename(project, "name %d" % number)
        every = self.activity(project, limit=100)["items"]
        pages, cursor = [], None
        while True:  # several entries are of one moment
            page = self.activity(project, limit=2, cursor=cursor)
            self.assertEqual(page["totalCount"], len(every))
            pages += page["items"]
            if not page["items"]:
                break
            cursor = page["cursor"].replace("Z", "+00:00")  # as Python writes it
        self.assertEqual(pages, every)
        named = self.activity(project, type="stream_update")
        self.assertEqual((named["totalCount"], [entry["info"]["name"] for entry in named["items"]]),
                         (7, ["name %d" % number for number in reversed(range(7))]))
        middle = every[3]["time"]
        later, earlier = self.activity(project, after=middle)["items"], self.activity(project, before=middle)["items"]
        self.assertEqual(later, [entry for entry in every if entry["time"] > middle])
        self.assertEqual(earlier, [entry for entry in every if entry["time"] < middle])
        self.assertEqual(self.activity(project, limit=0)["items"], [])
        for wrong in ({"cursor": "soon"}, {"after": 7}, {"before": "2026-13-01T00:00:00Z"}):
            self.assertEqual(self.code(ACTIVITY, self.ann, p=project, **wrong), "USER_INPUT_ERROR")
        self.assertEqual(self.code(ACTIVITY, self.ann, p=project, limit=201), "BAD_REQUEST_ERROR")

    def test_nobody_sees_what_he_may_not_read(self):
        public, private = self.project(visibility="PUBLIC"), self.project()
        self.assertEqual(self.code(ACTIVITY, self.bob, p=private), "FORBIDDEN")
        self.assertEqual(self.code(ACTIVITY, None, p=public), "UNAUTHORIZED")
        self.assertEqual(self.code(ACTIVITY, self.limited("profile:read"), p=public), "FORBIDDEN")
        self.assertEqual(self.activity(public, self.bob)["totalCount"], 3)
        seen = self.do(OTHERS, self.bob, u=self.ann_id, limit=100)["otherUser"]
        streams = {entry["streamId"] for entry in seen["activity"]["items"]}
        self.assertIn(public, streams)
        self.assertNotIn(private, streams)
        own = self.do(OTHERS, u=self.ann_id, limit=100)["otherUser"]
        self.assertGreaterEqual(own["activity"]["totalCount"], seen["activity"]["totalCount"] + 3)
        self.assertGreaterEqual(own["timeline"]["totalCount"], seen["timeline"]["totalCount"] + 3)
        self.assertEqual(self.do(TIMELINE, self.eve)["activeUser"]["timeline"]["totalCount"], 0)
        self.assertEqual(self.code(OTHERS, self.limited("streams:read", "profile:read"), u=self.ann_id), "FORBIDDEN")
        # Whoever asks for access is nobody else's business.
        self.do(ASK % "id", self.eve, p=public)
        self.assertNotIn(self.eve_id, str(self.activity(public, self.bob)))


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

    def test_activity_is_the_same_in_both_regions(self):
        def entries(node):
            stream = self.read(node, ACTIVITY, p=self.project, limit=100).get("stream") or {}
            return (stream.get("activity") or {}).get("items")
        wait_for(lambda: entries(self.tokyo), "the project does not come")
        self.regions.stop("tokyo")
        self.paris.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "name": "ours"}}, self.ann)
        self.regions.stop("paris")
        self.regions.start("tokyo")
        self.tokyo.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "name": "theirs"}}, self.ann)
        self.regions.start("paris")

        def told(action):
            both = [entries(node) for node in (self.paris, self.tokyo)]
            return both[0] == both[1] and [entry for entry in both[0] or [] if entry["actionType"] == action]
        wait_for(lambda: told("conflict_open"), "that they disagree is not told in both")
        self.tokyo.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "name": "agreed"}}, self.ann)
        wait_for(lambda: told("conflict_close"), "that it was decided is not told in both")
        self.assertEqual(len(told("conflict_open")), 1)


if __name__ == "__main__":
    unittest.main()
