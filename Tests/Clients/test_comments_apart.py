"""Comments in several regions, and at an edge. Standard library only."""
import pathlib
import tempfile
import unittest

from comment_case import ARCHIVE, CREATE, EDIT, ONE, PIXEL, REPLY, UPDATED, VIEWED, publish, words  # noqa: I001 (finds the others)
import object_upload
from test_regions import NAMES, Regions
from test_sync import wait_for
from tiebeam_office import Office
from tiebeam_socket import Watcher


class DistributedCommentTests(unittest.TestCase):
    def write(self, node, query, **variables):
        answer = node.graphql(query, {"i": {"projectId": self.project, **variables}}, self.token)
        self.assertNotIn("errors", answer)
        return next(iter(answer["data"]["commentMutations"].values()))

    def comment(self, node, comment):
        answer = node.graphql(ONE, {"p": self.project, "c": comment}, self.token)
        project = (answer.get("data") or {}).get("project")
        return project and project["comment"]

    def open_project(self, node):
        self.project = object_upload.create_project(node, self.token)
        self.model = object_upload.create_model(node, self.token, self.project)
        publish(node, self.token, self.project, self.model, 1)

    def test_regions_keep_what_was_written_in_each(self):
        regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: regions.stop())
        paris, tokyo = (regions[name] for name in NAMES[:2])
        regions.start(*NAMES[:2])
        self.token = paris.register("ann@example.com")
        self.open_project(paris)
        image = f"data:image/png;base64,{PIXEL}"
        thread = self.write(paris, CREATE, resourceIdString=self.model, content={"doc": words("odd")}, screenshot=image)["id"]
        settled = self.write(paris, CREATE, resourceIdString=self.model, content={"doc": words("done")})["id"]
        wait_for(lambda: self.comment(tokyo, settled), "the comments do not come")
        self.assertEqual(self.comment(tokyo, thread)["screenshot"], image)
        watcher = Watcher(tokyo.api, self.token, UPDATED, {"t": {"projectId": self.project, "resourceIdString": ""}})
        self.addCleanup(watcher.close)
        self.write(paris, VIEWED, commentId=thread)
        reply = self.write(paris, REPLY, threadId=thread, content={"doc": words("told once")})["id"]
        self.assertEqual(watcher.next()["data"]["projectCommentsUpdated"]["id"], reply)
        self.assertTrue(watcher.is_silent())
        wait_for(lambda: self.comment(tokyo, thread)["viewedAt"], "the view does not follow")
        regions.stop("tokyo")
        self.write(paris, EDIT, commentId=thread, content={"doc": words("paris says")})
        self.write(paris, ARCHIVE, commentId=settled, archived=True)
        regions.stop("paris")
        regions.start("tokyo")
        self.write(tokyo, EDIT, commentId=thread, content={"doc": words("tokyo says")})
        self.write(tokyo, REPLY, threadId=settled, content={"doc": words("not yet")})
        regions.start("paris")

        def shown(node):
            return [self.comment(node, one) for one in (thread, settled)]

        wait_for(lambda: shown(paris) == shown(tokyo) and shown(paris)[1]["replies"]["totalCount"], "the regions differ")
        self.assertEqual([one["rawText"] for one in shown(paris)], ["tokyo says", "done"])
        self.assertFalse(shown(paris)[1]["archived"], "nobody has read the answer")
        conflicts = paris.graphql(
            "query($p: String!) { project(id: $p) { conflicts { kind entity field sides { value } } } }",
            {"p": self.project}, self.token)["data"]["project"]["conflicts"]
        self.assertEqual([(one["kind"], one["entity"], one["field"]) for one in conflicts],
                         [("EDITED", f"comment/{thread}", "text")])
        self.assertEqual({side["value"] for side in conflicts[0]["sides"]}, {"paris says", "tokyo says"})

    def test_comments_go_through_an_edge(self):
        office = Office()
        self.addCleanup(office.stop)
        self.token = office.token
        self.open_project(office.region)
        watcher = Watcher(office.edge.api, self.token, UPDATED, {"t": {"projectId": self.project, "resourceIdString": self.model}})
        self.addCleanup(watcher.close)
        thread = self.write(office.edge, CREATE, resourceIdString=self.model, content={"doc": words("near")})["id"]
        self.assertEqual(watcher.next()["data"]["projectCommentsUpdated"]["id"], thread)
        self.assertTrue(self.write(office.edge, VIEWED, commentId=thread))
        self.assertEqual(self.comment(office.edge, thread), self.comment(office.region, thread))
        self.assertIsNotNone(self.comment(office.edge, thread)["viewedAt"])


if __name__ == "__main__":
    unittest.main()
