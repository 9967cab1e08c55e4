"""Webhooks: who sets them up, what they are told, and in which region. Standard library only."""
import json
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_regions import NAMES, Regions  # noqa: E402
from test_sync import wait_for  # noqa: E402

CREATE = "mutation($w: WebhookCreateInput!) { webhookCreate(webhook: $w) }"
UPDATE = "mutation($w: WebhookUpdateInput!) { webhookUpdate(webhook: $w) }"
DELETE = "mutation($w: WebhookDeleteInput!) { webhookDelete(webhook: $w) }"
TEST = "mutation($p: ID!, $w: ID!) { webhookMutations { test(projectId: $p, webhookId: $w) { id status retryCount payload } } }"
AGAIN = "mutation($p: ID!, $e: ID!) { webhookMutations { redeliver(projectId: $p, eventId: $e) { id status } } }"
LIST = """query($p: String!, $w: String) { project(id: $p) { webhooks(id: $w) { totalCount items {
    id streamId projectId hasSecret url description triggers enabled history { totalCount items {
        id webhookId status statusInfo retryCount lastUpdate payload } } } } } }"""
URL = "https://tool.example/hook"
HUNDRED = 100


class Asking(unittest.TestCase):
    def ask(self, query, token, /, node=None, **variables):
        answer = (node or self.node).graphql(query, variables, token)
        self.assertNotIn("errors", answer, query)
        return answer["data"]

    def refused(self, code, query, token, /, **variables):
        answer = self.node.graphql(query, variables, token)
        self.assertEqual([error["extensions"]["code"] for error in answer.get("errors", [])], [code], query)
        return answer["errors"][0]["message"]

    def hook(self, project, token, /, node=None, **fields):
        fields = {"streamId": project, "url": URL, "triggers": ["stream_update"], **fields}
        return self.ask(CREATE, token, node=node, w=fields)["webhookCreate"]

    def hooks(self, project, token, /, node=None, only=None):
        return self.ask(LIST, token, node=node, p=project, w=only)["project"]["webhooks"]

    def told(self, project, token, webhook, /, node=None):
        """What the webhook is told, oldest first."""
        [found] = self.hooks(project, token, node=node, only=webhook)["items"]
        events = found["history"]["items"][::-1]
        self.assertEqual(found["history"]["totalCount"], len(events))
        return [json.loads(event["payload"])["payload"] for event in events]


class WebhookTests(Asking):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann, cls.bob = cls.node.register("ann@example.com"), cls.node.register("bob@example.com", name="Bob")

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.ann)

    def test_a_webhook_is_set_up_changed_and_deleted(self):
        created = self.hook(self.project, self.ann, description="tool", secret="hush", triggers=["stream_update", "branch_create"])
        expected = {
            "id": created, "streamId": self.project, "projectId": self.project, "hasSecret": True, "url": URL,
            "description": "tool", "triggers": ["branch_create", "stream_update"], "enabled": True,
            "history": {"totalCount": 0, "items": []}}
        self.assertEqual(self.hooks(self.project, self.ann), {"totalCount": 1, "items": [expected]})
        own = {"streamId": self.project, "id": created}
        self.assertEqual(self.ask(UPDATE, self.ann, w={**own, "enabled": False})["webhookUpdate"], created)
        # What is not given stays, also whether it is on.
        self.ask(UPDATE, self.ann, w={**own, "url": "http://other.example", "secret": "", "description": ""})
        [found] = self.hooks(self.project, self.ann)["items"]
        self.assertEqual(found, {**expected, "enabled": False, "url": "http://other.example", "hasSecret": False, "description": None})
        other = self.hook(self.project, self.ann, enabled=False)
        self.assertEqual([hook["id"] for hook in self.hooks(self.project, self.ann)["items"]], [created, other])
        self.assertEqual([hook["id"] for hook in self.hooks(self.project, self.ann, only=other)["items"]], [other])
        self.assertEqual(self.hooks(self.project, self.ann, only="none")["totalCount"], 0)
        stream = self.ask("query($p: String!) { stream(id: $p) { webhooks { items { id } } } }", self.ann, p=self.project)
        self.assertEqual([hook["id"] for hook in stream["stream"]["webhooks"]["items"]], [created, other])
        self.assertEqual(self.ask(DELETE, self.ann, w=own)["webhookDelete"], created)
        self.assertEqual([hook["id"] for hook in self.hooks(self.project, self.ann)["items"]], [other])
        self.refused("NOT_FOUND_ERROR", DELETE, self.ann, w=own)
        self.refused("NOT_FOUND_ERROR", UPDATE, self.ann, w={**own, "enabled": True})

    def test_what_cannot_be_is_refused(self):
        def create(**fields):
            return self.refused("WEBHOOK_CREATION_ERROR", CREATE, self.ann,
                                w={"streamId": self.project, "url": URL, "triggers": ["commit_create"], **fields})

        for url in ("tool.example", "ftp://tool.example", "https://", "https://ann@tool.example", f"{URL}/{'a' * 2048}"):
            create(url=url)
        self.assertIn("commit_creat.", create(triggers=["commit_creat"]))
        create(triggers=[])
        create(secret="a" * 2049)
        create(description="a" * 2049)
        # Speckle's names of what cannot happen here are taken.
        self.hook(self.project, self.ann, triggers=["stream_create", "stream_clone"])
        for _ in range(HUNDRED - 1):
            self.hook(self.project, self.ann)
        self.assertIn("100", create())

    def test_only_owners_see_and_change_webhooks(self):
        webhook = self.hook(self.project, self.ann)
        self.ask("mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }", self.ann,
                 i={"id": self.project, "visibility": "PUBLIC"})
        own = {"streamId": self.project, "id": webhook}
        for token in (self.bob, None):
            self.refused("FORBIDDEN", LIST, token, p=self.project)
            self.refused("FORBIDDEN", CREATE, token, w={"streamId": self.project, "url": URL, "triggers": ["commit_create"]})
            self.refused("FORBIDDEN", UPDATE, token, w={**own, "enabled": False})
            self.refused("FORBIDDEN", DELETE, token, w=own)
            self.refused("FORBIDDEN", TEST, token, p=self.project, w=webhook)
        self.assertEqual(self.hooks(self.project, self.ann)["totalCount"], 1)

    def test_the_history_shows_what_is_told(self):
        webhook = self.hook(self.project, self.ann, secret="hush", triggers=["branch_create", "stream_update"])
        quiet = self.hook(self.project, self.ann, triggers=["commit_create"])
        off = self.hook(self.project, self.ann, enabled=False)
        model = object_upload.create_model(self.node, self.ann, self.project)
        self.ask("mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }", self.ann,
                 i={"id": self.project, "name": "Brücke"})
        self.assertEqual(self.told(self.project, self.ann, quiet), [])
        self.assertEqual(self.told(self.project, self.ann, off), [])
        made, changed = self.told(self.project, self.ann, webhook)
        self.assertEqual(made["event"]["event_name"], "branch_create")
        self.assertEqual(made["event"]["data"]["id"], model)
        self.assertEqual((made["streamId"], made["stream"]["id"]), (self.project, self.project))
        self.assertEqual((changed["event"]["event_name"], changed["stream"]["name"]), ("stream_update", "Brücke"))
        self.assertEqual(changed["activityMessage"], "Project “Brücke” changed")
        self.assertEqual((changed["user"]["name"], changed["userId"]), ("Ann Person", changed["user"]["id"]))
        self.assertNotIn("email", changed["user"])
        self.assertEqual(changed["webhook"]["triggers"], ["branch_create", "stream_update"])
        self.assertTrue(changed["webhook"]["hasSecret"])
        self.assertNotIn("hush", json.dumps(changed))
        server = self.ask("{ serverInfo { name version } }", None)["serverInfo"]
        self.assertEqual({name: changed["server"][name] for name in server}, server)
        [shown] = self.hooks(self.project, self.ann, only=webhook)["items"]
        for event in shown["history"]["items"]:
            self.assertEqual((event["webhookId"], event["retryCount"], len(event["id"])), (webhook, 0, 20))
            self.assertIn(event["status"], (0, 1))

    def test_a_webhook_can_be_tried(self):
        webhook = self.hook(self.project, self.ann, triggers=["commit_create"])
        event = self.ask(TEST, self.ann, p=self.project, w=webhook)["webhookMutations"]["test"]
        self.assertEqual((event["status"], event["retryCount"]), (0, 0))
        self.assertEqual(json.loads(event["payload"])["payload"]["event"]["event_name"], "webhook_test")
        self.assertEqual([one["event"]["event_name"] for one in self.told(self.project, self.ann, webhook)], ["webhook_test"])
        self.refused("USER_INPUT_ERROR", AGAIN, self.ann, p=self.project, e=event["id"])  # it waits as it is
        self.refused("NOT_FOUND_ERROR", AGAIN, self.ann, p=self.project, e="0" * 20)
        self.ask(UPDATE, self.ann, w={"streamId": self.project, "id": webhook, "enabled": False})
        self.refused("USER_INPUT_ERROR", TEST, self.ann, p=self.project, w=webhook)


class RegionTests(Asking):
    def test_each_region_tells_what_it_accepted_and_a_conflict_is_told_once(self):
        regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: regions.stop())
        paris, tokyo = (regions[name] for name in NAMES[:2])
        regions.start(*NAMES[:2])
        self.node, token = paris, paris.register("ann@example.com")
        project = object_upload.create_project(paris, token)
        webhook = self.hook(project, token, triggers=["stream_update", "conflict_open", "conflict_close"])
        name = "mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"

        def shown(node):
            answer = node.graphql("query($p: String!) { project(id: $p) { name webhooks { items { id url } } } }", {"p": project}, token)
            return (answer.get("data") or {}).get("project")

        def names(node):
            return [told["event"]["event_name"] for told in self.told(project, token, webhook, node=node)]

        wait_for(lambda: shown(tokyo) == shown(paris), "the webhook does not come")
        self.ask(name, token, node=tokyo, i={"id": project, "name": "together"})
        wait_for(lambda: shown(tokyo) == shown(paris), "the name does not come")
        self.assertEqual((names(paris), names(tokyo)), ([], ["stream_update"]))
        regions.stop("tokyo")
        self.ask(name, token, node=paris, i={"id": project, "name": "paris"})
        self.ask(UPDATE, token, node=paris, w={"streamId": project, "id": webhook, "url": "https://paris.example"})
        regions.stop("paris")
        regions.start("tokyo")
        self.ask(name, token, node=tokyo, i={"id": project, "name": "tokyo"})
        self.ask(UPDATE, token, node=tokyo, w={"streamId": project, "id": webhook, "url": "https://tokyo.example"})
        regions.start("paris")
        wait_for(lambda: shown(paris) == shown(tokyo), "the regions differ")
        self.assertEqual(shown(paris), {"name": "tokyo", "webhooks": {"items": [{"id": webhook, "url": "https://tokyo.example"}]}})
        # Those of name and of address: tokyo wrote last.
        wait_for(lambda: len(names(tokyo)) == 4, "the conflicts are not told")
        self.assertEqual(names(tokyo), ["stream_update", "stream_update", "conflict_open", "conflict_open"])
        self.assertEqual(names(paris), ["stream_update"])
        conflicts = "query($p: String!) { project(id: $p) { conflicts { entity field sides { value } } } }"
        found = {one["field"]: one for one in self.ask(conflicts, token, p=project)["project"]["conflicts"]}
        self.assertEqual(found["url"]["entity"], f"webhook/{webhook}")
        self.assertEqual({side["value"] for side in found["url"]["sides"]}, {"https://paris.example", "https://tokyo.example"})
        # Addresses are for owners only.
        self.ask("mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }", token,
                 i={"id": project, "visibility": "PUBLIC"})
        others = self.ask(conflicts, None, p=project)["project"]["conflicts"]
        self.assertEqual([one["field"] for one in others], ["name"])
        self.ask(name, token, node=paris, i={"id": project, "name": "both"})
        self.assertEqual(names(paris)[-1], "conflict_close")


if __name__ == "__main__":
    unittest.main()
