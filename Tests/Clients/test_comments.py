"""Comments and threads at one node: what is written, who may write it, and who hears of it. Standard library only."""
import unittest

from comment_case import (ARCHIVE, CREATE, EDIT, ONE, PIXEL, REPLY, UPDATED, UPDATE_PROJECT, VIEWED, CommentCase, publish,
                          words)
import object_upload
from tiebeam_socket import Socket


class CommentTests(CommentCase):
    # What is written

    def test_a_thread_says_what_was_written(self):
        state = {"ui": {"camera": {"position": [1, 2.5, -3]}}, "ö": None}
        blob = self.upload("plan.png")
        image = f"data:image/png;base64,{PIXEL}"
        made = self.thread(viewerState=state, screenshot=image,
                           content={"doc": words("first", "second"), "blobIds": [blob, blob]})
        self.assertEqual((made["authorId"], made["author"]), (self.ids[self.ann], {"name": "Ann Person"}))
        self.assertEqual(made["text"], {"version": "1.0.0", "type": "stream_comment", "doc": words("first", "second"),
                                        "attachments": [{"id": blob, "fileName": "plan.png"}]})
        self.assertEqual((made["rawText"], made["viewerState"], made["screenshot"]), ("first\nsecond", state, image))
        self.assertEqual(made["resources"], [{"resourceId": self.version, "resourceType": "commit"}])
        self.assertEqual(made["viewerResources"],
                         [{"modelId": self.model, "versionId": self.version, "objectId": self.root}])
        self.assertEqual((made["archived"], made["hasParent"], made["parent"], made["viewedAt"]), (False, False, None, None))
        self.assertEqual(made["permissions"]["canArchive"], {"authorized": True, "code": "OK"})
        self.assertEqual(self.one(made["id"]), made)
        self.assertIsNone(self.one("0" * 10))

    def test_replies_are_edited_and_archived(self):
        thread = self.thread()["id"]
        first = self.reply(thread, "why?", self.bob)
        self.assertEqual((first["hasParent"], first["parent"]), (True, {"id": thread}))
        second = self.reply(thread, "because")
        shown = self.one(thread)
        self.assertEqual(shown["replies"], {"totalCount": 2, "items": [
            {"id": second["id"], "rawText": "because"}, {"id": first["id"], "rawText": "why?"}]})
        self.assertEqual(shown["replyAuthors"]["totalCount"], 2)
        self.assertEqual(shown["updatedAt"], second["createdAt"])
        edited = self.do(EDIT, self.bob, **self.edit(first["id"], {"doc": words("how?")}))
        self.assertEqual(edited["rawText"], "how?")
        self.assertTrue(self.do(ARCHIVE, self.bob, **self.archive(first["id"])))
        shown = self.one(thread)
        self.assertEqual([reply["rawText"] for reply in shown["replies"]["items"]], ["because"])
        self.assertEqual(shown["replyAuthors"], {"totalCount": 1, "items": [{"name": "Ann Person"}]})
        self.assertTrue(self.one(first["id"])["archived"])

    def test_threads_are_listed_page_by_page_and_by_what_they_are_about(self):
        other, root = publish(self.node, self.ann, self.project, self.model, 2)
        for text, resources in (("old", f"{self.model}@{self.version}"), ("new", self.model), ("root", root.upper())):
            self.thread(text, resourceIdString=resources)
        self.assertEqual(self.texts(), ["root", "new", "old"])
        page = self.threads(limit=2)
        self.assertEqual(([item["rawText"] for item in page["items"]], page["totalCount"]), (["root", "new"], 3))
        self.assertEqual(self.texts(limit=2, cursor=page["cursor"]), ["old"])
        self.assertEqual(self.threads(limit=0)["totalCount"], 3)
        for resources, loaded, expected in (
                (self.model, False, ["new", "old"]), (self.model, True, ["new"]), ("$site", True, ["new"]),
                (f"{self.model}@{self.version}", True, ["old"]), (f"{self.model}@{self.version}", False, ["new", "old"]),
                (f"{root},{self.model}", True, ["root", "new"]), ("all", False, ["new", "old"]), ("", True, ["root", "new", "old"]),
                ("0" * 32, True, []), ("nothing", True, [])):
            with self.subTest(resources=resources, loaded=loaded):
                self.assertEqual(self.texts(f={"resourceIdString": resources, "loadedVersionsOnly": loaded}), expected)
        settled = self.threads()["items"][2]["id"]
        self.do(ARCHIVE, **self.archive(settled))
        page = self.threads()
        self.assertEqual((page["totalCount"], page["totalArchivedCount"]), (2, 1))
        self.assertEqual(self.texts(f={"includeArchived": True}), ["root", "new", "old"])
        below = self.node.graphql("""query($p: String!, $m: String!, $v: String!) { project(id: $p) {
            model(id: $m) { commentThreads { totalCount items { rawText } } }
            version(id: $v) { commentThreads(limit: 1) { totalCount items { rawText } } } } }""",
            {"p": self.project, "m": self.model, "v": other}, self.ann)["data"]["project"]
        found = {"totalCount": 1, "items": [{"rawText": "new"}]}
        self.assertEqual(below, {"model": {"commentThreads": found}, "version": {"commentThreads": found}})

    def test_views_are_everybodys_own(self):
        thread = self.thread()["id"]
        look = {"i": {"projectId": self.project, "commentId": thread}}
        self.assertTrue(self.do(VIEWED, self.bob, **look))
        seen = self.one(thread, self.bob)["viewedAt"]
        self.assertIsNotNone(seen)
        self.assertIsNone(self.one(thread)["viewedAt"])
        self.reply(thread, "news")
        self.do(VIEWED, self.bob, **look)
        self.assertGreater(self.one(thread, self.bob)["viewedAt"], seen)

    # What is refused

    def test_what_is_no_comment_is_refused(self):
        foreign = self.upload("theirs.png", object_upload.create_project(self.node, self.ann, "Other"))
        deep = words("x")
        for _ in range(70):
            deep = {"type": "doc", "content": [deep]}
        for code, fields in (
                ("USER_INPUT_ERROR", {"content": {}}), ("USER_INPUT_ERROR", {"content": {"doc": {"type": "paragraph"}}}),
                ("USER_INPUT_ERROR", {"content": {"doc": {"type": "doc", "content": ["text"]}}}),
                ("USER_INPUT_ERROR", {"content": {"doc": {"type": "doc", "content": [{"text": "untyped"}]}}}),
                ("USER_INPUT_ERROR", {"content": {"doc": words("x" * 70_000)}}),
                ("INVALID_ATTACHMENTS", {"content": {"blobIds": [foreign]}}),
                ("INVALID_ATTACHMENTS", {"content": {"doc": words("x"), "blobIds": ["0" * 10]}}),
                ("INVALID_ATTACHMENTS", {"content": {"blobIds": [f"{number:010}" for number in range(101)]}}),
                ("COMMENT_CREATE_ERROR", {"resourceIdString": "0123456789"}), ("COMMENT_CREATE_ERROR", {"resourceIdString": ""}),
                ("USER_INPUT_ERROR", {"screenshot": "https://example.org/a.png"}),
                ("USER_INPUT_ERROR", {"screenshot": "data:image/svg+xml;base64,PHN2Zy8+"}),
                ("USER_INPUT_ERROR", {"screenshot": "data:image/png;base64,?"}),
                ("USER_INPUT_ERROR", {"viewerState": {"objects": ["0" * 32] * 9000}})):
            with self.subTest(code=code, fields=str(fields)[:80]):
                self.fails(code, CREATE, i=self.input(**fields))
        self.assertIn("errors", self.node.graphql(CREATE, {"i": self.input(content={"doc": deep})}, self.ann))
        self.assertEqual(self.threads()["totalCount"], 0)
        reply = self.reply(self.thread()["id"], "x")["id"]
        again = {"projectId": self.project, "threadId": reply, "content": {"doc": words("x")}}
        self.fails("COMMENT_CREATE_ERROR", REPLY, i=again)
        self.fails("COMMENT_NOT_FOUND", REPLY, i={**again, "threadId": "0" * 10})
        self.fails("COMMENT_NOT_FOUND", EDIT, **self.edit("0" * 10, {"doc": words("x")}))
        self.fails("COMMENT_NOT_FOUND", VIEWED, i={"projectId": self.project, "commentId": "0" * 10})

    def test_who_may_do_what(self):
        thread = self.thread()["id"]
        reply = self.reply(thread, "mine", self.bob)["id"]
        edit, archive = self.edit(thread, {"doc": words("his")}), self.archive(thread)
        look = {"i": {"projectId": self.project, "commentId": thread}}
        answer = {"i": {"projectId": self.project, "threadId": thread, "content": {"doc": words("x")}}}
        # A reviewer changes his own comments only; an owner archives those of others, and does not speak for them.
        self.fails("FORBIDDEN", EDIT, self.bob, **edit)
        self.fails("FORBIDDEN", ARCHIVE, self.bob, **archive)
        self.fails("FORBIDDEN", EDIT, **self.edit(reply, {"doc": words("hers")}))
        self.assertEqual(self.one(thread, self.bob)["permissions"]["canArchive"],
                         {"authorized": False, "code": "ProjectNotEnoughPermissions"})
        self.assertTrue(self.do(ARCHIVE, **self.archive(reply)))
        # Others see nothing of a private project.
        for token in (self.eve, ""):
            for query, variables in ((CREATE, {"i": self.input()}), (REPLY, answer), (EDIT, edit), (ARCHIVE, archive),
                                     (EDIT, self.edit("0" * 10, {"doc": words("x")})), (ONE, {"p": self.project, "c": thread})):
                self.fails("FORBIDDEN", query, token, **variables)
        self.fails("FORBIDDEN", VIEWED, self.eve, **look)
        # Of a public one everybody reads, and comments where it lets them.
        self.node.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "visibility": "PUBLIC"}}, self.ann)
        self.assertEqual(self.one(thread, self.eve)["rawText"], "odd")
        self.fails("FORBIDDEN", REPLY, self.eve, **answer)
        self.assertTrue(self.do(VIEWED, self.eve, **look))
        self.fails("UNAUTHORIZED", VIEWED, "", **look)
        self.node.graphql(UPDATE_PROJECT, {"u": {"id": self.project, "allowPublicComments": True}}, self.ann)
        self.assertEqual(self.do(REPLY, self.eve, **answer)["author"], {"name": "Eve"})
        self.fails("FORBIDDEN", EDIT, self.eve, **edit)
        self.fails("FORBIDDEN", REPLY, "", **answer)
        # A token does what it says, and no more.
        reads = self.restricted(["streams:read"])
        self.assertEqual(self.one(thread, reads)["rawText"], "odd")
        for query, variables in ((REPLY, answer), (EDIT, edit), (ARCHIVE, archive)):
            self.fails("FORBIDDEN", query, reads, **variables)

    # Who hears of it

    def test_comments_are_told_once_to_those_who_look_at_the_same(self):
        other, _ = publish(self.node, self.ann, self.project, self.model, 2)
        every = self.watch(UPDATED, self.bob, t=self.target())
        model = self.watch(UPDATED, t=self.target(self.model))
        old = self.watch(UPDATED, t=self.target(f"{self.model}@{self.version}", loadedVersionsOnly=True))
        private = self.watch(UPDATED, self.eve, t=self.target()).next()
        self.assertEqual((private["type"], private["payload"][0]["extensions"]["code"]), ("error", "FORBIDDEN"))
        thread = self.thread("new")["id"]
        reply = self.reply(thread, "reply")["id"]
        self.do(EDIT, **self.edit(reply, {"doc": words("better")}))
        self.do(VIEWED, i={"projectId": self.project, "commentId": thread})
        self.do(ARCHIVE, **self.archive(thread))
        expected = [("CREATED", thread, "new"), ("CREATED", reply, None), ("UPDATED", reply, "better"), ("ARCHIVED", thread, "new")]
        for watcher in (every, model):
            told = [watcher.next()["data"]["projectCommentsUpdated"] for _ in expected]
            self.assertEqual([(one["type"], one["id"]) for one in told], [one[:2] for one in expected])
            self.assertEqual((told[0]["comment"]["rawText"], told[2]["comment"]["parent"]), ("new", {"id": thread}))
            self.assertTrue(watcher.is_silent())
        self.thread("old", resourceIdString=f"{self.model}@{self.version}")
        self.assertEqual(old.next()["data"]["projectCommentsUpdated"]["comment"]["rawText"], "old")
        self.assertTrue(old.is_silent())

    def test_comments_are_told_in_the_legacy_protocol(self):
        socket = Socket(self.node.api, ["graphql-ws"])
        self.addCleanup(socket.close)
        socket.initialise(self.ann)
        self.assertEqual(socket.receive(), {"type": "ka"})
        socket.send(id="a", type="start", payload={"query": UPDATED, "variables": {"t": self.target()}})
        socket.send(id="b", type="start", payload={"query": "{ serverInfo { name } }"})
        self.assertEqual([socket.receive()["type"] for _ in range(2)], ["data", "complete"])
        thread = self.thread()["id"]
        message = socket.receive()
        self.assertEqual((message["type"], message["id"]), ("data", "a"))
        self.assertEqual(message["payload"]["data"]["projectCommentsUpdated"]["id"], thread)


if __name__ == "__main__":
    unittest.main()
