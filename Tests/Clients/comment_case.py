"""What tests of comments have in common: a node with a project, people in it, and the operations. Standard library only."""
import base64
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_sync import building  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402

COMMENT = """id authorId author { name } archived rawText createdAt updatedAt viewedAt hasParent parent { id } viewerState
    screenshot resources { resourceId resourceType } viewerResources { modelId versionId objectId }
    text { version type doc attachments { id fileName } }
    replies { totalCount items { id rawText } } replyAuthors { totalCount items { name } }
    permissions { canArchive { authorized code } }"""
CREATE = f"mutation($i: CreateCommentInput!) {{ commentMutations {{ create(input: $i) {{ {COMMENT} }} }} }}"
REPLY = f"mutation($i: CreateCommentReplyInput!) {{ commentMutations {{ reply(input: $i) {{ {COMMENT} }} }} }}"
EDIT = f"mutation($i: EditCommentInput!) {{ commentMutations {{ edit(input: $i) {{ {COMMENT} }} }} }}"
ARCHIVE = "mutation($i: ArchiveCommentInput!) { commentMutations { archive(input: $i) } }"
VIEWED = "mutation($i: MarkCommentViewedInput!) { commentMutations { markViewed(input: $i) } }"
ONE = f"query($p: String!, $c: String!) {{ project(id: $p) {{ comment(id: $c) {{ {COMMENT} }} }} }}"
THREADS = """query($p: String!, $limit: Int, $cursor: String, $f: ProjectCommentsFilter) { project(id: $p) {
    commentThreads(limit: $limit, cursor: $cursor, filter: $f) {
        totalCount totalArchivedCount cursor items { id rawText } } } }"""
UPDATED = """subscription($t: ViewerUpdateTrackingTarget!) { projectCommentsUpdated(target: $t) {
    type id comment { rawText parent { id } } } }"""
SET_ROLE = "mutation($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }"
UPDATE_PROJECT = "mutation($u: ProjectUpdateInput!) { projectMutations { update(update: $u) { id } } }"
INVITE = """mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites {
    create(projectId: $p, input: $i) { invitedTeam { inviteId } } } } }"""
ACCEPT = "mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).decode()


def words(*lines):
    return {"type": "doc", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": line, "marks": [{"type": "bold"}]}]} for line in lines]}


def publish(node, token, project, model, number):
    objects = building(number, count=5)
    object_upload.upload_all(node, project, token, (text for _, text in objects))
    return object_upload.create_version(node, token, project, model, objects[-1][0]), objects[-1][0]


class CommentCase(unittest.TestCase):
    """Ann owns a project with one version, Bob is a reviewer of it, and Eve has nothing to do with it."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann = cls.node.register("ann@example.com")
        cls.bob, cls.eve = (cls.node.register(f"{name.lower()}@example.com", name=name) for name in ("Bob", "Eve"))
        cls.ids = {token: cls.node.graphql("{ activeUser { id } }", token=token)["data"]["activeUser"]["id"]
                   for token in (cls.ann, cls.bob, cls.eve)}

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.ann)
        self.model = object_upload.create_model(self.node, self.ann, self.project, "site/house")
        self.version, self.root = publish(self.node, self.ann, self.project, self.model, 1)
        self.admit(self.bob, "stream:reviewer")

    def admit(self, token, role):
        answer = self.node.graphql(INVITE, {"p": self.project, "i": {"userId": self.ids[token], "role": role}}, self.ann)
        invite = answer["data"]["projectMutations"]["invites"]["create"]["invitedTeam"][0]["inviteId"]
        self.node.graphql(ACCEPT, {"i": {"projectId": self.project, "token": invite, "accept": True}}, token)

    def do(self, query, token=None, **variables):
        """The innermost single value of the answer."""
        answer = self.node.graphql(query, variables, token or self.ann)
        self.assertNotIn("errors", answer)
        value = next(iter(answer["data"].values()))
        return next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value

    def fails(self, code, query, token=None, **variables):
        answer = self.node.graphql(query, variables, self.ann if token is None else token)
        self.assertEqual([error["extensions"]["code"] for error in answer.get("errors", [])], [code], answer)

    def input(self, text="odd", **fields):
        return {"projectId": self.project, "resourceIdString": self.model, "content": {"doc": words(text)}, **fields}

    def thread(self, text="odd", token=None, **fields):
        return self.do(CREATE, token, i=self.input(text, **fields))

    def reply(self, thread, text, token=None):
        return self.do(REPLY, token, i={"projectId": self.project, "threadId": thread, "content": {"doc": words(text)}})

    def edit(self, comment, content):
        return {"i": {"projectId": self.project, "commentId": comment, "content": content}}

    def archive(self, comment, archived=True):
        return {"i": {"projectId": self.project, "commentId": comment, "archived": archived}}

    def one(self, comment, token=None):
        return self.do(ONE, token, p=self.project, c=comment)

    def threads(self, **variables):
        return self.do(THREADS, p=self.project, **variables)

    def texts(self, **variables):
        return [item["rawText"] for item in self.threads(**variables)["items"]]

    def upload(self, name, project=None, token=None):
        body, kind = object_upload.multipart([(name, "image/png", name.encode())])
        status, _, answer = tiebeam_node.request(
            "POST", f"{self.node.api}/api/stream/{project or self.project}/blob", body,
            {"Authorization": f"Bearer {token or self.ann}", "Content-Type": kind})
        self.assertEqual(status, 201)
        return json.loads(answer)["uploadResults"][0]["blobId"]

    def restricted(self, scopes):
        return self.do("mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }", t={"name": "few", "scopes": scopes})

    def watch(self, query, token=None, **variables):
        watcher = Watcher(self.node.api, token or self.ann, query, variables)
        self.addCleanup(watcher.close)
        return watcher

    def target(self, resources="", **fields):
        return {"projectId": self.project, "resourceIdString": resources, **fields}
