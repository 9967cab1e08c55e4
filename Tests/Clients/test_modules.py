"""What is asked of parts of Speckle's server that this one does not have: each field has its one answer.

Standard library only.
"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from tiebeam_socket import Socket  # noqa: E402

WORKSPACES, SEATS = "WORKSPACES_MODULE_DISABLED_ERROR", "GATEKEEPER_MODULE_DISABLED_ERROR"
AUTOMATE, VIEWS, DASHBOARDS = "AUTOMATE_API_DISABLED", "NOT_IMPLEMENTED", "DASHBOARDS_MODULE_DISABLED"
ACC, GENDO = "ACC_MODULE_DISABLED", "NOT_IMPLEMENTED"


class Refused(str):
    """The code of the error that is expected."""


# By type: fields as they are asked for, and the value or the error that they have.
FIELDS = {
    "ActiveUserMutations": [('setActiveWorkspace(slug: "a") { id }', Refused(WORKSPACES))],
    "AdminQueries": [("workspaceList { totalCount }", Refused(WORKSPACES))],
    "LimitedUser": [('workspaceDomainPolicyCompliant(workspaceSlug: "a")', None), ('workspaceRole(workspaceId: "a")', None)],
    "Model": [("accSyncItem { id }", None), ("automationsStatus { id status automationRuns { id } }", None),
              ("homeView { id name }", None), ("resourceIdString", "$model")],
    "Mutation": [
        ('accSyncItemMutations { delete(input: {id: "a"}) }', Refused(ACC)),
        ('automateFunctionRunStatusReport(input: {projectId: "a", functionRunId: "b", status: SUCCEEDED})', Refused(AUTOMATE)),
        ('automateMutations { updateFunction(input: {id: "a"}) { id } }', Refused(AUTOMATE)),
        ('dashboardMutations { delete(id: "a") }', Refused(DASHBOARDS)),
        ('workspaceJoinRequestMutations { approve(input: {a: 1}) }', Refused(WORKSPACES)),
        ('workspaceMutations { create(input: {name: "a"}) { id } }', Refused(WORKSPACES)),
        ('workspaceMutations { projects { create(input: {workspaceId: "a"}) { id } } }', Refused(WORKSPACES)),
        ('workspaceMutations { invites { use(input: {token: "a"}) } }', Refused(WORKSPACES)),
        ('workspaceMutations { billing { upgradePlan(input: {a: "a"}) } }', Refused(SEATS)),
        ('workspaceMutations { updateSeatType(input: {a: "a"}) { id } }', Refused(SEATS)),
    ],
    "PendingStreamCollaborator": [("workspaceSlug", None)],
    "Project": [
        ("accSyncItems { items { id } }", Refused(ACC)), ('accSyncItem(id: "a") { id }', Refused(ACC)),
        ("automations { totalCount items { id } }", Refused(AUTOMATE)), ('automation(id: "a") { id }', Refused(AUTOMATE)),
        ("dashboards { items { id } }", Refused(DASHBOARDS)), ("dashboardTokens { totalCount }", Refused(DASHBOARDS)),
        ("hasAccessToFeature(featureName: dashboards)", False),
        ('savedViews(input: {resourceIdString: "a"}) { totalCount }', Refused(VIEWS)),
        ('savedViewGroups(input: {resourceIdString: "a"}) { items { id } }', Refused(VIEWS)),
        ('savedViewGroup(id: "a") { id }', Refused(VIEWS)), ('savedView(id: "a") { id }', Refused(VIEWS)),
        ('ungroupedViewGroup(input: {resourceIdString: "a"}) { id }', Refused(VIEWS)),
        ('savedViewIfExists(id: "a") { id }', None), ("invitableCollaborators { totalCount }", Refused(WORKSPACES)),
        ("workspace { id name slug permissions { canCreateProject { code } } }", None),
        ("limitedWorkspace { id adminTeam { user { id } } }", None),
        ("embedOptions { hideSpeckleBranding }", {"hideSpeckleBranding": False}),
        ('moveToWorkspaceDryRun(workspaceId: "a") { addedToWorkspaceTotalCount }', Refused(WORKSPACES)),
        ("workspaceId", None),
    ],
    "ProjectCollaborator": [("seatType", None, SEATS), ("workspaceRole", None, WORKSPACES)],
    "ProjectInviteMutations": [('createForWorkspace(projectId: "a", inputs: [{userId: "b"}]) { id }', Refused(WORKSPACES))],
    "ProjectMutations": [
        ('automationMutations(projectId: "a") { delete(automationId: "b") }', Refused(AUTOMATE)),
        ('savedViewMutations { deleteView(input: {id: "a"}) }', Refused(VIEWS)),
    ],
    "ProjectPermissionChecks": [
        ("canReadAccIntegrationSettings { authorized code }", {"authorized": False, "code": ACC}),
        ("canCreateAutomation { authorized code }", {"authorized": False, "code": AUTOMATE}),
        ("canCreateSavedView { authorized code }", {"authorized": False, "code": "SAVED_VIEWS_DISABLED"}),
    ],
    "Query": [
        ('automateFunction(id: "a") { id }', Refused(AUTOMATE)),
        ('automateValidateAuthCode(payload: {code: "a"})', Refused(AUTOMATE)),
        ('dashboard(id: "a") { id }', Refused(DASHBOARDS)), ('workspace(id: "a") { id }', Refused(WORKSPACES)),
        ('workspaceBySlug(slug: "a") { plan { name status } }', Refused(WORKSPACES)),
        ('workspaceSsoByEmail(email: "a@example.com") { id }', Refused(WORKSPACES)),
        ('workspaceInvite(workspaceId: "a", options: {useSlug: true}) { id }', None, WORKSPACES),
        ('validateWorkspaceSlug(slug: "a")', Refused(WORKSPACES)),
    ],
    "ServerInfo": [
        ("automate { availableFunctionTemplates { id } }", {"availableFunctionTemplates": []}),
        ("workspaces { workspacesEnabled planPrices { usd { team { monthly { amount } } } } }",
         {"workspacesEnabled": False, "planPrices": None}),
    ],
    "User": [
        ("automateInfo { hasAutomateGithubApp }", Refused(AUTOMATE)), ("automateFunctions { items { id } }", Refused(AUTOMATE)),
        ("gendoAICredits { used }", Refused(GENDO)), ("workspaceJoinRequests { totalCount }", None, WORKSPACES),
        ("discoverableWorkspaces { id }", Refused(WORKSPACES)), ("expiredSsoSessions { id }", []),
        ("workspaces { items { id } }", Refused(WORKSPACES)), ("workspaceInvites { id }", Refused(WORKSPACES)),
        ("activeWorkspace { id }", None),
    ],
    "Version": [("automationsStatus { status }", None), ("gendoAIRenders { totalCount }", Refused(GENDO)),
                ('gendoAIRender(id: "a") { id }', Refused(GENDO))],
    "VersionMutations": [('requestGendoAIRender(input: {versionId: "a"})', Refused(GENDO))],
}

SUBSCRIPTIONS = [
    'projectAccSyncItemsUpdated(id: "$project") { type }', 'projectTriggeredAutomationsStatusUpdated(projectId: "$project") { type }',
    'projectAutomationsUpdated(projectId: "$project") { type }',
    'projectVersionGendoAIRenderCreated(id: "$project", versionId: "$version") { id }',
    'projectVersionGendoAIRenderUpdated(id: "$project", versionId: "$version") { id }',
    'projectSavedViewsUpdated(projectId: "$project") { type }', 'projectSavedViewGroupsUpdated(projectId: "$project") { type }',
    'workspaceProjectsUpdated(workspaceId: "a") { type }', 'workspaceUpdated(workspaceSlug: "a") { id }',
]

# How an object of each type is reached.
WAYS = {
    "ActiveUserMutations": "mutation { activeUserMutations { %s } }",
    "LimitedUser": '{ otherUser(id: "$bob") { %s } }',
    "AdminQueries": "{ admin { %s } }",
    "Model": '{ project(id: "$project") { model(id: "$model") { %s } } }',
    "Mutation": "mutation { %s }",
    "PendingStreamCollaborator": '{ project(id: "$project") { invitedTeam { %s } } }',
    "Project": '{ project(id: "$project") { %s } }',
    "ProjectCollaborator": '{ project(id: "$project") { team { %s } } }',
    "ProjectInviteMutations": "mutation { projectMutations { invites { %s } } }",
    "ProjectMutations": "mutation { projectMutations { %s } }",
    "ProjectPermissionChecks": '{ project(id: "$project") { permissions { %s } } }',
    "Query": "{ %s }",
    "ServerInfo": "{ serverInfo { %s } }",
    "User": "{ activeUser { %s } }",
    "Version": '{ project(id: "$project") { version(id: "$version") { %s } } }',
    "VersionMutations": "mutation { versionMutations { %s } }",
}


def innermost(value):
    """What stands behind the outer objects of an answer, each of which has one field, and lists of one item."""
    while isinstance(value, list) and value:
        value = value[0]
    return value


class ModuleTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.token = cls.node.register("ann@example.com")
        bob = cls.node.register("bob@example.com", name="Bob Other")
        project = object_upload.create_project(cls.node, cls.token)
        model = object_upload.create_model(cls.node, cls.token, project)
        root = "0" * 32
        object_upload.upload(cls.node, project, cls.token, [b'{"id":"%s"}' % root.encode()])
        version = object_upload.create_version(cls.node, cls.token, project, model, root)
        invite = "mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites { create(projectId: $p, input: $i) { id } } } }"
        cls.node.graphql(invite, {"p": project, "i": {"email": "cat@example.com"}}, cls.token)
        cls.names = {"$project": project, "$model": model, "$version": version,
                     "$bob": cls.node.graphql("{ activeUser { id } }", token=bob)["data"]["activeUser"]["id"]}

    def named(self, text):
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    def test_each_field_has_its_answer(self):
        for kind, rows in FIELDS.items():
            for selection, expected, *code in rows:
                with self.subTest(f"{kind}.{selection}"):
                    answer = self.node.graphql(self.named(WAYS[kind] % selection), token=self.token)
                    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
                    if isinstance(expected, Refused):
                        self.assertEqual(codes, {str(expected)}, answer)
                        continue
                    self.assertEqual(codes, set(code), answer)
                    value = answer["data"]
                    for _ in range(WAYS[kind].count("{") - (1 if kind in ("Query", "Mutation") else 0)):
                        value = innermost(next(iter(value.values())))
                    if kind in ("Query", "Mutation"):
                        value = next(iter(value.values()))
                    self.assertEqual(value, self.named(expected) if isinstance(expected, str) else expected)

    def test_every_field_of_the_modules_is_asked_for(self):
        query = '{ __type(name: "%s") { fields(includeDeprecated: true) { name } } }'
        schema = pathlib.Path(__file__).resolve().parents[2] / "Sources/Node/GraphQL/Schema"
        defined = {}
        for name in ("workspaces", "automate", "savedViews", "dashboards", "acc", "gendo"):
            kind = None
            for line in (schema / f"{name}.graphql").read_text().splitlines():
                if line.startswith("extend type "):
                    kind = line.split()[2]
                elif line == "}":
                    kind = None
                elif kind and line.startswith("  ") and line[2].isalpha():
                    defined.setdefault(kind, set()).add(line.strip().split("(")[0].split(":")[0])
        defined.pop("ServerWorkspacesInfo")  # asked for with ServerInfo
        asked = {kind: {selection.split("(")[0].split(" ")[0] for selection, *_ in rows} for kind, rows in FIELDS.items()}
        asked["Subscription"] = {selection.split("(")[0] for selection in SUBSCRIPTIONS}
        for kind, fields in defined.items():
            self.assertLessEqual(fields, asked.get(kind, set()), kind)
        for kind, fields in asked.items():
            told = self.node.graphql(query % kind, token=self.token)["data"]["__type"]["fields"]
            self.assertLessEqual(fields, {field["name"] for field in told})

    def test_subscriptions_are_open_and_silent(self):
        socket = Socket(self.node.api)
        self.addCleanup(socket.close)
        self.assertEqual(socket.initialise(self.token)["type"], "connection_ack")
        for number, selection in enumerate(SUBSCRIPTIONS):
            query = self.named("subscription { %s }" % selection)
            socket.send(id=str(number), type="subscribe", payload={"query": query})
        # What follows a query on the same connection was subscribed to before.
        socket.send(id="last", type="subscribe", payload={"query": "{ __typename }"})
        self.assertEqual([socket.receive()["type"], socket.receive()["type"]], ["next", "complete"])


if __name__ == "__main__":
    unittest.main()
