"""Models by their names, versions of projects and people, and what else lists of them show. Standard library only."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402

OBJECT = "0123456789abcdef0123456789abcdef"
ITEM = "name fullName hasChildren model { name } children { fullName model { name } children { fullName } }"


class ModelTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann, cls.bob = cls.node.register("ann@example.com"), cls.node.register("bob@example.com", name="Bob Other")
        cls.bob_id = cls.ask(cls.bob, "{ activeUser { id } }")["activeUser"]["id"]

    @classmethod
    def ask(cls, token, query, **variables):
        answer = cls.node.graphql(query, variables, token)
        assert "errors" not in answer, answer
        return answer["data"]

    def office(self, visibility="PRIVATE", models=()):
        query = "mutation($i: ProjectCreateInput) { projectMutations { create(input: $i) { id } } }"
        project = self.ask(self.ann, query, i={"name": "p", "visibility": visibility})["projectMutations"]["create"]["id"]
        made = [object_upload.create_model(self.node, self.ann, project, name) for name in models]
        object_upload.upload_all(self.node, project, self.ann, [b'{"id":"%s"}' % OBJECT.encode()])
        return project, made

    def give(self, project, role):
        """Bob comes by an invitation, and may be given another role then."""
        self.ask(self.ann, "mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites { "
                           "create(projectId: $p, input: $i) { id } } } }", p=project, i={"userId": self.bob_id, "role": role})
        invites = self.ask(self.bob, "{ activeUser { projectInvites { projectId token } } }")["activeUser"]["projectInvites"]
        token = next(invite["token"] for invite in invites if invite["projectId"] == project)
        self.ask(self.bob, "mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }",
                 i={"projectId": project, "token": token, "accept": True})

    def test_models_are_a_tree_of_the_parts_of_their_names(self):
        project, made = self.office(models=["a/b/c", "a/b", "a/x", "d", "e/f"])
        # What changed last comes first, with what it is below.
        object_upload.create_version(self.node, self.ann, project, made[0], OBJECT)
        tree = self.ask(self.ann, "query($p: String!) { project(id: $p) { modelsTree { totalCount items { %s } } } }" % ITEM,
                        p=project)["project"]["modelsTree"]
        self.assertEqual(tree["totalCount"], 3)
        self.assertEqual([item["fullName"] for item in tree["items"]], ["a", "e", "d"])
        a, e, d = tree["items"]
        self.assertEqual((a["model"], a["hasChildren"], d["model"], d["hasChildren"]), (None, True, {"name": "d"}, False))
        self.assertEqual([child["fullName"] for child in a["children"]], ["a/b", "a/x"])
        self.assertEqual(a["children"][0]["model"], {"name": "a/b"})
        self.assertEqual(a["children"][0]["children"], [{"fullName": "a/b/c"}])
        self.assertEqual(e["children"], [{"fullName": "e/f", "model": {"name": "e/f"}, "children": []}])
        query = 'query($p: String!) { project(id: $p) { modelChildrenTree(fullName: "A/b") { id name fullName } } }'
        below = self.ask(self.ann, query, p=project)["project"]["modelChildrenTree"]
        self.assertEqual(below, [{"id": f"{project}-a/b/c", "name": "c", "fullName": "a/b/c"}])
        query = 'query($p: String!) { project(id: $p) { models { items { name projectId childrenTree { fullName } } } } }'
        models = {item["name"]: item for item in self.ask(self.ann, query, p=project)["project"]["models"]["items"]}
        self.assertEqual(models["a/b"]["childrenTree"], [{"fullName": "a/b/c"}])
        self.assertEqual(models["a/b/c"]["childrenTree"], [])
        self.assertEqual({model["projectId"] for model in models.values()}, {project})

    def test_trees_are_read_page_by_page_and_filtered(self):
        project, made = self.office(models=[f"level {number}/walls" for number in range(5)])
        query = """query($p: String!, $c: String, $f: ProjectModelsTreeFilter) { project(id: $p) {
            modelsTree(limit: 2, cursor: $c, filter: $f) { totalCount cursor items { fullName hasChildren } } } }"""
        for chosen, names in [(None, [f"level {number}" for number in reversed(range(5))]),
                              ({"search": "WALLS"}, [f"level {number}/walls" for number in reversed(range(5))])]:
            cursor, found = None, []
            for _ in range(3):
                page = self.ask(self.ann, query, p=project, c=cursor, f=chosen)["project"]["modelsTree"]
                self.assertEqual(page["totalCount"], 5)
                found += page["items"]
                cursor = page["cursor"]
            self.assertEqual([item["fullName"] for item in found], names)
            self.assertEqual({item["hasChildren"] for item in found}, {chosen is None})
        object_upload.create_version(self.node, self.ann, project, made[2], OBJECT)
        page = self.ask(self.ann, query, p=project, f={"contributors": [self.bob_id]})["project"]["modelsTree"]
        self.assertEqual(page["items"], [])

    def test_versions_of_a_project_are_listed_newest_first(self):
        project, made = self.office(models=["a", "b"])
        versions = [object_upload.create_version(self.node, self.ann, project, made[number % 2], OBJECT) for number in range(4)]
        query = "query($p: String!, $c: String) { project(id: $p) { versions(limit: 3, cursor: $c) { totalCount cursor items { id } } } }"
        first = self.ask(self.ann, query, p=project)["project"]["versions"]
        rest = self.ask(self.ann, query, p=project, c=first["cursor"])["project"]["versions"]
        self.assertEqual(first["totalCount"], 4)
        self.assertEqual([item["id"] for item in first["items"] + rest["items"]], versions[::-1])

    def test_what_somebody_made_is_shown_to_those_who_may_read_it(self):
        (hidden, models), (shown, others) = self.office(models=["a"]), self.office("PUBLIC", models=["a"])
        for project in (hidden, shown):
            self.give(project, "stream:contributor")
        secret = object_upload.create_version(self.node, self.bob, hidden, models[0], OBJECT)
        open_one = object_upload.create_version(self.node, self.bob, shown, others[0], OBJECT)
        before = self.ask(self.bob, "{ activeUser { versions { totalCount } } }")["activeUser"]["versions"]["totalCount"]
        object_upload.create_version(self.node, self.ann, hidden, models[0], OBJECT)
        commits = "commits { totalCount items { id } }"
        both = {"totalCount": 2, "items": [{"id": open_one}, {"id": secret}]}
        own = self.ask(self.bob, "{ activeUser { %s all: versions { totalCount } own: versions(authoredOnly: true) { totalCount } } }"
                       % commits)["activeUser"]
        self.assertEqual(own, {"commits": both, "all": {"totalCount": before + 1}, "own": {"totalCount": 2}})
        query = "query($u: String!) { otherUser(id: $u) { %s streams { totalCount items { id } } } }" % commits
        self.assertEqual(self.ask(self.ann, query, u=self.bob_id)["otherUser"]["commits"], both)
        stranger = self.node.register("eve@example.com")
        seen = self.ask(stranger, query, u=self.bob_id)["otherUser"]
        self.assertEqual(seen["commits"], {"totalCount": 1, "items": [{"id": open_one}]})
        self.assertEqual(seen["streams"], {"totalCount": 1, "items": [{"id": shown}]})

    def test_checks_say_what_somebody_may(self):
        project, made = self.office(models=["a"])
        version = object_upload.create_version(self.node, self.ann, project, made[0], OBJECT)
        query = """query($p: String!, $v: String!) { project(id: $p) {
            permissions { canInvite { code } canLeave { code } canReadSettings { code } canReadWebhooks { code }
                canUpdateAllowPublicComments { code } canMoveToWorkspace { authorized } canRequestRender { authorized } }
            version(id: $v) { permissions { canUpdate { code } canReceive { code } } } } }"""

        def checks(token):
            found = self.ask(token, query, p=project, v=version)["project"]
            parts = found["permissions"] | found["version"]["permissions"]
            self.assertEqual([parts.pop(name)["authorized"] for name in ("canMoveToWorkspace", "canRequestRender")], [False] * 2)
            return {name: part["code"] for name, part in parts.items()}

        self.assertEqual(checks(self.ann), {
            "canInvite": "OK", "canLeave": "ProjectLastOwner", "canReadSettings": "OK", "canReadWebhooks": "OK",
            "canUpdateAllowPublicComments": "OK", "canUpdate": "OK", "canReceive": "OK"})
        self.give(project, "stream:contributor")
        no = "ProjectNotEnoughPermissions"
        self.assertEqual(checks(self.bob), {
            "canInvite": no, "canLeave": "OK", "canReadSettings": "OK", "canReadWebhooks": no,
            "canUpdateAllowPublicComments": no, "canUpdate": no, "canReceive": "OK"})
        self.ask(self.ann, "mutation($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }",
                 i={"projectId": project, "userId": self.bob_id, "role": "stream:owner"})
        self.assertEqual(checks(self.ann)["canLeave"], "OK")

    def test_the_server_says_what_it_takes(self):
        info = self.ask(None, """{ serverInfo { blobSizeLimitBytes automateUrl serverRoles { id title } configuration {
            blobSizeLimitBytes objectSizeLimitBytes objectMultipartUploadSizeLimitBytes isEmailEnabled
            emailVerificationTimeoutMinutes } } discoverableStreams { totalCount items { id } } }""")
        self.assertEqual(info["serverInfo"]["blobSizeLimitBytes"], 100 << 20)
        self.assertEqual(info["serverInfo"]["configuration"], {
            "blobSizeLimitBytes": 100 << 20, "objectSizeLimitBytes": 100 << 20, "objectMultipartUploadSizeLimitBytes": 100 << 20,
            "isEmailEnabled": False, "emailVerificationTimeoutMinutes": 60})
        self.assertEqual([role["id"] for role in info["serverInfo"]["serverRoles"]],
                         ["server:admin", "server:user", "server:archived-user"])
        self.assertEqual(info["discoverableStreams"], {"totalCount": 0, "items": []})
        regions = "{ serverInfo { multiRegion { regions { key } availableKeys } } }"
        self.assertEqual(self.ask(self.ann, regions)["serverInfo"]["multiRegion"], {"regions": [], "availableKeys": []})
        self.assertEqual(self.node.graphql(regions, token=self.bob)["errors"][0]["extensions"]["code"], "FORBIDDEN")
        create = 'mutation { serverInfoMutations { multiRegion { create(input: {key: "a", name: "b"}) { id } } } }'
        self.assertEqual(self.node.graphql(create, token=self.ann)["errors"][0]["extensions"]["code"], "BAD_REQUEST_ERROR")

    def test_people_begin(self):
        query = "{ activeUser { isOnboardingFinished permissions { canCreateWorkspace { authorized } } } }"
        self.assertEqual(self.ask(self.bob, query)["activeUser"], {
            "isOnboardingFinished": False, "permissions": {"canCreateWorkspace": {"authorized": False}}})
        self.assertTrue(self.ask(self.bob, "mutation { activeUserMutations { finishOnboarding } }"))
        self.assertTrue(self.ask(self.bob, query)["activeUser"]["isOnboardingFinished"])
        made = self.ask(self.bob, "mutation { projectMutations { createForOnboarding { name role } } }")
        self.assertEqual(made["projectMutations"]["createForOnboarding"], {"name": "My first project", "role": "stream:owner"})


if __name__ == "__main__":
    unittest.main()
