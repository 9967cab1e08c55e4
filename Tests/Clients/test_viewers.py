"""What viewers load, what people show each other, and comments by their older names. Standard library only."""
import unittest

from comment_case import CommentCase, PIXEL, REPLY, UPDATE_PROJECT, publish, words
import object_upload

RESOURCES = """query($p: String!, $r: String!, $loaded: Boolean) { project(id: $p) {
    viewerResourcesExtended(resourceIdString: $r, loadedVersionsOnly: $loaded) {
        resourceIdString savedView { id } request { savedViewId } groups { identifier items { modelId versionId objectId } } } } }"""
BROADCAST = """mutation($p: String!, $r: String!, $m: ViewerUserActivityMessageInput!) {
    broadcastViewerUserActivity(projectId: $p, resourceIdString: $r, message: $m) }"""
BROADCASTED = """subscription($t: ViewerUpdateTrackingTarget!, $s: String) {
    viewerUserActivityBroadcasted(target: $t, sessionId: $s) { userName userId user { name } sessionId state status } }"""
OLD_CREATE = "mutation($i: CommentCreateInput!) { commentCreate(input: $i) }"
OLD_REPLY = "mutation($i: ReplyCreateInput!) { commentReply(input: $i) }"
OLD_EDIT = "mutation($i: CommentEditInput!) { commentEdit(input: $i) }"
OLD_ARCHIVE = "mutation($p: String!, $c: String!) { commentArchive(streamId: $p, commentId: $c) }"
OLD_VIEW = "mutation($p: String!, $c: String!) { commentView(streamId: $p, commentId: $c) }"
OLD_ONE = "query($p: String!, $c: String!) { comment(streamId: $p, id: $c) { rawText data viewedAt reactions archived } }"
OLD_LIST = """query($p: String!, $r: [ResourceIdentifierInput], $limit: Int, $cursor: String) {
    comments(streamId: $p, resources: $r, limit: $limit, cursor: $cursor) { totalCount cursor items { rawText } } }"""
OLD_TYPING = """mutation($p: String!, $c: String!, $d: JSONObject) {
    userCommentThreadActivityBroadcast(streamId: $p, commentId: $c, data: $d) }"""
OLD_VIEWING = """mutation($p: String!, $r: String!, $d: JSONObject) {
    userViewerActivityBroadcast(streamId: $p, resourceId: $r, data: $d) }"""


class ViewerTests(CommentCase):
    # What viewers load

    def resources(self, text, loaded=True):
        answer = self.node.graphql(RESOURCES, {"p": self.project, "r": text, "loaded": loaded}, self.ann)
        return answer["data"]["project"]["viewerResourcesExtended"]

    def item(self, version, root, model=None):
        return {"modelId": model or self.model, "versionId": version, "objectId": root}

    def test_models_versions_objects_and_folders_are_found(self):
        newer, root = publish(self.node, self.ann, self.project, self.model, 2)
        shed = object_upload.create_model(self.node, self.ann, self.project, "sitemap")
        third, third_root = publish(self.node, self.ann, self.project, shed, 3)
        old, new = self.item(self.version, self.root), self.item(newer, root)
        alone = {"modelId": None, "versionId": None, "objectId": root}
        for text, loaded, expected in (
                (self.model, True, {self.model: [new]}), (self.model, False, {self.model: [new, old]}),
                (f"{self.model}@{self.version}", True, {f"{self.model}@{self.version}": [old]}),
                (f"{shed}@{self.version}", True, {}), (root.upper(), True, {root: [alone]}), ("0" * 32, True, {}),
                ("$site", True, {"$site": [new]}), ("$SITE/House", True, {"$site/house": [new]}), ("$sit", True, {}),
                ("all", True, {"all": [self.item(third, third_root, shed), new]}), ("", True, {}),
                (f" {root} ,{root},nothing,@,$", True, {root: [alone]})):
            with self.subTest(text=text, loaded=loaded):
                found = self.resources(text, loaded)
                self.assertEqual({group["identifier"]: group["items"] for group in found["groups"]}, expected)
        self.assertEqual(self.resources(f"b, A,b,{root.upper()}")["resourceIdString"], ",".join(sorted({"a", "b", root})))
        many = self.node.graphql(RESOURCES, {"p": self.project, "r": ",".join(map(str, range(1_001)))}, self.ann)
        self.assertEqual(many["errors"][0]["extensions"]["code"], "USER_INPUT_ERROR")

    # What people show each other

    def message(self, session="s1", **fields):
        return {"userName": "Ann", "sessionId": session, "status": "VIEWING", "state": {"camera": [1, 2.5]}, **fields}

    def test_what_somebody_looks_at_is_shown_to_those_who_look_at_it_too(self):
        shed = object_upload.create_model(self.node, self.ann, self.project, "shed")
        publish(self.node, self.ann, self.project, shed, 3)
        bob = self.watch(BROADCASTED, self.bob, t=self.target(self.model), s="s2")
        all_of_it = self.watch(BROADCASTED, self.bob, t=self.target())
        own = self.watch(BROADCASTED, t=self.target(self.model), s="s1")
        elsewhere = self.watch(BROADCASTED, t=self.target(shed))
        refused = self.watch(BROADCASTED, self.eve, t=self.target()).next()
        self.assertEqual((refused["type"], refused["payload"][0]["extensions"]["code"]), ("error", "FORBIDDEN"))
        place = f"{self.model}@{self.version}"
        # Whoever says that he is somebody else shows as who he is.
        message = self.message(userName="Bob", userId=self.ids[self.bob])
        self.assertTrue(self.do(BROADCAST, p=self.project, r=place, m=message))
        expected = {"userName": "Ann Person", "userId": self.ids[self.ann], "user": {"name": "Ann Person"},
                    "sessionId": "s1", "state": {"camera": [1, 2.5]}, "status": "VIEWING"}
        for watcher in (bob, all_of_it):
            self.assertEqual(watcher.next()["data"]["viewerUserActivityBroadcasted"], expected)
        self.do(BROADCAST, self.bob, p=self.project, r=self.model, m=self.message("s2", status="DISCONNECTED", state=None))
        told = own.next()["data"]["viewerUserActivityBroadcasted"]
        self.assertEqual((told["userName"], told["status"], told["state"]), ("Bob", "DISCONNECTED", None))
        self.assertTrue(bob.is_silent() and own.is_silent() and elsewhere.is_silent())

    def test_who_may_show_something(self):
        variables = {"p": self.project, "r": self.model, "m": self.message()}
        self.fails("FORBIDDEN", BROADCAST, self.eve, **variables)
        self.fails("UNAUTHORIZED", BROADCAST, "", **variables)
        self.fails("USER_INPUT_ERROR", BROADCAST, **{**variables, "m": self.message(state={"x": "y" * 70_000})})
        self.assertTrue(self.do(BROADCAST, self.restricted(["streams:read"]), **variables))
        self.node.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "visibility": "PUBLIC"}}, self.ann)
        self.assertTrue(self.do(BROADCAST, self.eve, **variables))
        checks = "query($p: String!) { project(id: $p) { permissions { canBroadcastActivity { code } canCreateComment { code } } } }"
        for token, codes in ((self.ann, ("OK", "OK")), (self.eve, ("OK", "ProjectNotEnoughPermissions")),
                             (None, ("ServerNoSession", "ServerNoSession"))):
            found = self.node.graphql(checks, {"p": self.project}, token)["data"]["project"]["permissions"]
            self.assertEqual((found["canBroadcastActivity"]["code"], found["canCreateComment"]["code"]), codes)

    # By older names

    def old_input(self, *resources, **fields):
        return {"streamId": self.project, "text": words("old"), "blobIds": [], "data": {"camPos": [1, 2]}, "resources": [
            {"resourceId": id, "resourceType": kind} for kind, id in (("stream", self.project), *resources)], **fields}

    def test_older_clients_comment_as_newer_ones_do(self):
        image = f"data:image/png;base64,{PIXEL}"
        thread = self.do(OLD_CREATE, i=self.old_input(("commit", self.version), screenshot=image))
        about_object = self.do(OLD_CREATE, i=self.old_input(("object", self.root)))
        whole = self.do(OLD_CREATE, i=self.old_input())
        shown = self.one(thread)
        self.assertEqual((shown["screenshot"], shown["viewerState"]), (image, None))
        self.assertEqual(shown["resources"], [{"resourceId": self.version, "resourceType": "commit"}])
        self.assertEqual(self.one(about_object)["resources"], [{"resourceId": self.root, "resourceType": "object"}])
        self.assertEqual(self.one(whole)["resources"], [{"resourceId": self.project, "resourceType": "stream"}])
        reply = self.do(OLD_REPLY, self.bob, i={
            "streamId": self.project, "parentComment": thread, "text": words("answer"), "blobIds": []})
        self.assertTrue(self.do(OLD_EDIT, self.bob, i={
            "streamId": self.project, "id": reply, "text": words("answers"), "blobIds": []}))
        self.assertTrue(self.do(OLD_VIEW, p=self.project, c=thread))
        old = self.do(OLD_ONE, p=self.project, c=thread)
        self.assertIsNotNone(old.pop("viewedAt"))
        self.assertEqual(old, {"rawText": "old", "data": {"camPos": [1, 2]}, "reactions": None, "archived": False})
        for resources, expected in (
                (None, 3), ([("stream", self.project)], 3), ([("commit", self.version)], 1),
                ([("object", self.root), ("commit", self.version)], 2), ([("comment", thread)], 1), ([("commit", "none")], 0)):
            resources = resources and [{"resourceType": kind, "resourceId": id} for kind, id in resources]
            found = self.node.graphql(OLD_LIST, {"p": self.project, "r": resources}, self.ann)["data"]["comments"]
            self.assertEqual((found["totalCount"], len(found["items"])), (expected, expected), resources)
        counts = self.node.graphql("""query($p: String!, $v: String, $r: String!) { stream(id: $p) {
            commentCount commit(id: $v) { commentCount referencedObject } object(id: $r) { commentCount } } }""",
            {"p": self.project, "v": self.version, "r": self.root}, self.ann)
        self.assertEqual(counts["data"]["stream"], {"commentCount": 3, "object": {"commentCount": 1},
                                                    "commit": {"commentCount": 1, "referencedObject": self.root}})
        self.assertTrue(self.do(OLD_ARCHIVE, p=self.project, c=thread))
        self.assertTrue(self.one(thread)["archived"])

    def test_older_clients_are_refused_the_same(self):
        thread = self.thread()["id"]
        self.fails("FORBIDDEN", OLD_CREATE, self.eve, i=self.old_input(("commit", self.version)))
        self.fails("FORBIDDEN", OLD_ONE, self.eve, p=self.project, c=thread)
        self.fails("FORBIDDEN", OLD_LIST, self.eve, p=self.project)
        self.fails("FORBIDDEN", OLD_VIEW, self.eve, p=self.project, c=thread)
        self.fails("FORBIDDEN", OLD_ARCHIVE, self.bob, p=self.project, c=thread)
        self.fails("FORBIDDEN", OLD_TYPING, self.eve, p=self.project, c=thread)
        self.fails("FORBIDDEN", OLD_VIEWING, self.eve, p=self.project, r=self.version)
        for kind, id in (("commit", "0" * 10), ("object", "0" * 32), ("object", "none"), ("comment", thread)):
            self.fails("COMMENT_CREATE_ERROR", OLD_CREATE, i=self.old_input((kind, id)))

    def test_older_clients_are_told(self):
        every = self.watch("""subscription($p: String!, $r: [String]) { commentActivity(streamId: $p, resourceIds: $r) {
            type comment { id } } }""", self.bob, p=self.project, r=[self.version])
        viewing = "subscription($p: String!, $r: String!) { userViewerActivity(streamId: $p, resourceId: $r) }"
        bob, ann = (self.watch(viewing, token, p=self.project, r=self.version) for token in (self.bob, self.ann))
        thread = self.thread()["id"]
        self.assertEqual(every.next()["data"]["commentActivity"], {"type": "comment-added", "comment": {"id": thread}})
        one = self.watch("""subscription($p: String!, $c: String!) { commentThreadActivity(streamId: $p, commentId: $c) {
            type data reply { rawText } } }""", self.bob, p=self.project, c=thread)
        self.do(OLD_TYPING, p=self.project, c=thread, d={"isTyping": True})
        self.do(REPLY, i={"projectId": self.project, "threadId": thread, "content": {"doc": words("answer")}})
        self.do(OLD_ARCHIVE, p=self.project, c=thread)
        self.assertEqual([one.next()["data"]["commentThreadActivity"] for _ in range(3)], [
            {"type": "reply-typing-status", "data": {"isTyping": True}, "reply": None},
            {"type": "reply-added", "data": None, "reply": {"rawText": "answer"}},
            {"type": "comment-archived", "data": None, "reply": None}])
        self.assertEqual(every.next()["data"]["commentActivity"]["type"], "comment-archived")
        self.do(OLD_VIEWING, p=self.project, r=self.version, d={"camera": 1})
        self.do(OLD_VIEWING, p=self.project, r="another", d={"camera": 2})
        self.assertEqual(bob.next()["data"]["userViewerActivity"], {"camera": 1})
        self.assertTrue(all(watcher.is_silent() for watcher in (every, one, bob, ann)))


if __name__ == "__main__":
    unittest.main()
