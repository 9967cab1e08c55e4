"""What webhooks' receivers get: real requests to real servers, in order, signed, repeated where they must be.

Standard library only."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import pathlib
import sqlite3
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_regions import NAMES, Regions  # noqa: E402
from test_sync import building, wait_for  # noqa: E402
from test_webhooks import AGAIN, TEST, UPDATE, Asking  # noqa: E402

RENAME = "mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"
REMOVE = "mutation($id: String!) { projectMutations { delete(id: $id) } }"
INVITE = """mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites {
    create(projectId: $p, input: $i) { id } } } }"""
PENDING, SENDING, DELIVERED, FAILED = range(4)
Delivery = collections.namedtuple("Delivery", "path headers body")


class Receiver:
    """A server that keeps what it is sent. `answer` says what becomes of a request: a status, with headers perhaps."""

    def __init__(self, answer=lambda delivery: 200):
        receiver, self.deliveries, self.added = self, [], threading.Condition()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                delivery = Delivery(self.path, self.headers, body)
                with receiver.added:
                    receiver.deliveries.append(delivery)
                    receiver.added.notify_all()
                status, headers = answer(delivery), {}
                if isinstance(status, tuple):
                    status, headers = status
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    pass  # whoever sends was killed, or waited long enough

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count, seconds=30):
        """The first deliveries, as many as `count`."""
        with self.added:
            if not self.added.wait_for(lambda: len(self.deliveries) >= count, seconds):
                raise AssertionError(f"{len(self.deliveries)} of {count} deliveries came")
            return self.deliveries[:count]


def payload(delivery):
    return json.loads(delivery.body)["payload"]


def name(delivery):
    return payload(delivery)["event"]["event_name"]


def speckle(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard(secret, delivery):
    signed = b".".join([delivery.headers["webhook-id"].encode(), delivery.headers["webhook-timestamp"].encode(), delivery.body])
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class DeliveryTests(Asking):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node(options=["--webhook-allow", "127.0.0.1"]))
        cls.token = cls.node.register("ann@example.com")

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.token)

    def receive(self, **options):
        return self.enterContext(Receiver(**options))

    def rename(self, text, project=None):
        self.ask(RENAME, self.token, i={"id": project or self.project, "name": text})

    def events(self, webhook, project=None):
        """Oldest first."""
        [found] = self.hooks(project or self.project, self.token, only=webhook)["items"]
        return found["history"]["items"][::-1]

    def wait_for_status(self, webhook, *statuses):
        wait_for(lambda: [event["status"] for event in self.events(webhook)] == list(statuses),
                 f"{[(event['status'], event['statusInfo']) for event in self.events(webhook)]}")
        return self.events(webhook)

    def test_a_version_is_told(self):
        receiver = self.receive()
        webhook = self.hook(self.project, self.token, url=receiver.url + "/hook?a=b", secret="hush", triggers=["commit_create"])
        model = object_upload.create_model(self.node, self.token, self.project)
        objects = building(1, count=3)
        object_upload.upload_all(self.node, self.project, self.token, (text for _, text in objects))
        version = object_upload.create_version(self.node, self.token, self.project, model, objects[-1][0])
        [delivery] = receiver.wait(1)
        self.assertEqual(delivery.path, "/hook?a=b")
        told = payload(delivery)
        self.assertEqual((told["event"]["event_name"], told["event"]["data"]["id"]), ("commit_create", version))
        self.assertEqual((told["streamId"], told["webhook"]["id"]), (self.project, webhook))
        self.assertEqual(delivery.headers["Content-Type"], "application/json")
        self.assertTrue(delivery.headers["User-Agent"].startswith("Tiebeam/"))
        self.assertEqual(delivery.headers["X-WEBHOOK-SIGNATURE"], speckle("hush", delivery.body))
        self.assertEqual(delivery.headers["webhook-signature"], standard("hush", delivery))
        self.assertLess(abs(time.time() - int(delivery.headers["webhook-timestamp"])), 60)
        [event] = self.wait_for_status(webhook, DELIVERED)
        self.assertEqual((event["id"], event["retryCount"], event["statusInfo"]), (delivery.headers["webhook-id"], 0, "Delivered"))
        self.assertEqual(event["payload"].encode(), delivery.body)

    def test_without_a_secret_the_key_is_empty(self):
        receiver = self.receive()
        self.hook(self.project, self.token, url=receiver.url)
        self.rename("new")
        [delivery] = receiver.wait(1)
        self.assertEqual(delivery.headers["X-WEBHOOK-SIGNATURE"], speckle("", delivery.body))
        self.assertNotIn("webhook-signature", delivery.headers)

    def test_a_former_secret_signs_too(self):
        receiver = self.receive()
        webhook = self.hook(self.project, self.token, url=receiver.url, secret="old")
        self.ask(UPDATE, self.token, w={"streamId": self.project, "id": webhook, "secret": "new"})
        self.rename("new")
        [delivery] = receiver.wait(1)
        self.assertEqual(delivery.headers["X-WEBHOOK-SIGNATURE"], speckle("new", delivery.body))
        self.assertEqual(delivery.headers["webhook-signature"].split(), [standard("new", delivery), standard("old", delivery)])

    def test_changes_come_in_their_order_and_each_once(self):
        receiver = self.receive()
        self.hook(self.project, self.token, url=receiver.url)
        names = [f"name {number}" for number in range(60)]
        for text in names:
            self.rename(text)
        came = receiver.wait(len(names))
        self.assertEqual([payload(delivery)["stream"]["name"] for delivery in came], names)
        time.sleep(0.5)
        self.assertEqual(len(receiver.deliveries), len(names))

    def test_who_is_slow_delays_nobody_else(self):
        release = threading.Event()
        self.addCleanup(release.set)
        slow, quick = self.receive(answer=lambda delivery: release.wait(30) and 200 or 200), self.receive()
        for _ in range(3):
            self.hook(self.project, self.token, url=slow.url)
        self.hook(self.project, self.token, url=quick.url)
        for number in range(5):
            self.rename(f"name {number}")
        quick.wait(5)
        self.assertEqual(len(slow.wait(3)), 3)

    def test_who_is_in_trouble_is_asked_again_and_the_rest_waits(self):
        seen = collections.Counter()

        def answer(delivery):
            seen[delivery.headers["webhook-id"]] += 1
            return 503 if sum(seen.values()) == 1 else 200

        receiver = self.receive(answer=answer)
        webhook = self.hook(self.project, self.token, url=receiver.url)
        self.rename("first")
        receiver.wait(1)
        self.rename("second")
        waiting, behind = self.wait_for_status(webhook, PENDING, PENDING)
        self.assertEqual((waiting["statusInfo"], behind["statusInfo"]), ("The receiver answered with status 503", ""))
        first, again, second = receiver.wait(3)
        self.assertEqual(first.headers["webhook-id"], again.headers["webhook-id"])
        self.assertEqual([payload(delivery)["stream"]["name"] for delivery in (again, second)], ["first", "second"])
        self.assertEqual([event["retryCount"] for event in self.wait_for_status(webhook, DELIVERED, DELIVERED)], [1, 0])

    def test_what_is_refused_holds_nothing_up(self):
        receiver = self.receive(answer=lambda delivery: 422 if payload(delivery)["stream"]["name"] == "bad" else 204)
        webhook = self.hook(self.project, self.token, url=receiver.url)
        self.rename("bad")
        self.rename("good")
        bad, _ = self.wait_for_status(webhook, PENDING, DELIVERED)
        self.assertEqual(bad["statusInfo"], "The receiver answered with status 422")

    def test_webhooks_lead_to_no_address_that_is_not_allowed(self):
        receiver = self.receive()
        port = receiver.server.server_port
        closed = self.enterContext(tiebeam_node.Node())
        token = closed.register("ann@example.com")
        project = object_upload.create_project(closed, token)
        urls = [receiver.url, f"http://localhost:{port}", f"http://2130706433:{port}", f"http://0x7f.1:{port}", f"http://[::1]:{port}",
                f"http://[::ffff:127.0.0.1]:{port}", "http://169.254.169.254/latest/meta-data"]
        hooks = [self.hook(project, token, node=closed, url=url) for url in urls]
        self.ask(RENAME, token, node=closed, i={"id": project, "name": "new"})
        for url, webhook in zip(urls, hooks):
            def events(webhook=webhook):
                [found] = self.hooks(project, token, node=closed, only=webhook)["items"]
                return [(event["status"], event["statusInfo"]) for event in found["history"]["items"]]
            wait_for(lambda: events()[0][1], f"{url} is not tried")
            self.assertEqual(events(), [(PENDING, "The receiver's address is not allowed here")], url)
        self.assertEqual(receiver.deliveries, [])

    def test_redirects_are_followed_to_allowed_addresses_only(self):
        receiver = self.receive()
        moved = self.receive(answer=lambda delivery: (307, {"Location": receiver.url + "/moved"}))
        inside = self.receive(answer=lambda delivery: (308, {"Location": f"http://127.0.0.2:{receiver.server.server_port}/"}))
        other = self.receive(answer=lambda delivery: (302, {"Location": receiver.url}))
        hooks = [self.hook(self.project, self.token, url=one.url, secret="hush") for one in (moved, inside, other)]
        self.rename("new")
        self.wait_for_status(hooks[0], DELIVERED)
        for webhook, text in ((hooks[1], "The receiver's address is not allowed here"),
                              (hooks[2], "The receiver redirects in a way that deliveries do not follow")):
            wait_for(lambda: self.events(webhook)[0]["statusInfo"] == text, self.events(webhook))
        [delivery] = receiver.deliveries
        self.assertEqual(delivery.path, "/moved")
        self.assertEqual([header for header in delivery.headers if "signature" in header.lower()], [], "somebody else's address")

    def test_a_test_and_a_repetition_come(self):
        receiver = self.receive()
        webhook = self.hook(self.project, self.token, url=receiver.url, triggers=["commit_create"])
        event = self.ask(TEST, self.token, p=self.project, w=webhook)["webhookMutations"]["test"]
        self.assertEqual(name(receiver.wait(1)[0]), "webhook_test")
        self.wait_for_status(webhook, DELIVERED)
        self.ask(AGAIN, self.token, p=self.project, e=event["id"])
        first, again = receiver.wait(2)
        self.assertEqual((first.headers["webhook-id"], again.headers["webhook-id"]), (event["id"],) * 2)

    def test_the_end_of_a_project_is_told(self):
        receiver = self.receive()
        self.hook(self.project, self.token, url=receiver.url, triggers=["stream_delete", "stream_update"])
        self.rename("last name")
        self.ask(REMOVE, self.token, id=self.project)
        came = receiver.wait(2)
        self.assertEqual([name(delivery) for delivery in came], ["stream_update", "stream_delete"])
        self.assertEqual(payload(came[1])["stream"]["name"], "last name")

    def test_a_webhook_that_is_gone_is_told_nothing(self):
        receiver = self.receive(answer=lambda delivery: 503)
        webhook = self.hook(self.project, self.token, url=receiver.url)
        self.rename("first")
        receiver.wait(1)
        self.ask("mutation($w: WebhookDeleteInput!) { webhookDelete(webhook: $w) }", self.token,
                 w={"streamId": self.project, "id": webhook})
        time.sleep(6.5)
        self.assertEqual(len(receiver.deliveries), 1)

    def test_copies_have_neither_addresses_nor_secrets(self):
        self.ask(RENAME, self.token, i={"id": self.project, "visibility": "PUBLIC"})
        webhook = self.hook(self.project, self.token, url="https://tool.example/hidden-address", secret="hidden-secret")
        self.ask(UPDATE, self.token, w={"streamId": self.project, "id": webhook, "url": "https://tool.example/hidden-later"})
        self.ask(INVITE, self.token, p=self.project, i={"email": "hidden-guest@example.com", "role": "stream:reviewer"})
        self.rename("behind that")
        copy = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "copy"
        other = self.node.register(f"reader-{self.project}@example.com")
        tiebeam_node.run("clone", f"{self.node.sync}/{self.project}", copy, "--token", other, "--node-id", self.node.node_id)
        [database] = copy.rglob("tiebeam.sqlite")
        with sqlite3.connect(database) as rows:
            names = [row[0] for row in rows.execute("SELECT name FROM projects")]
        rows.close()
        self.assertEqual(names, ["behind that"])
        for file in copy.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"hidden-", file.read_bytes(), file)


class CrashTests(Asking):
    def test_a_killed_node_loses_nothing_and_repeats_under_the_same_ids(self):
        receiver = self.enterContext(Receiver(answer=lambda delivery: time.sleep(0.01) or 200))
        self.node = self.enterContext(tiebeam_node.Node(options=["--webhook-allow", "127.0.0.1"]))
        token = self.node.register("ann@example.com")
        project = object_upload.create_project(self.node, token)
        webhook = self.hook(project, token, url=receiver.url)
        count = 120
        for number in range(count):
            self.ask(RENAME, token, i={"id": project, "name": f"name {number}"})
            if number == count // 2:
                receiver.wait(10)
        self.node.process.kill()
        self.node.process.wait()
        self.node.log.close()
        self.node.start()

        def names():
            with receiver.added:
                return {payload(delivery)["stream"]["name"]: delivery.headers["webhook-id"] for delivery in receiver.deliveries}

        wait_for(lambda: len(names()) == count, "deliveries are lost")
        ids = collections.defaultdict(set)
        for delivery in receiver.deliveries:
            ids[payload(delivery)["stream"]["name"]].add(delivery.headers["webhook-id"])
        self.assertEqual({len(found) for found in ids.values()}, {1})
        self.assertEqual(len({next(iter(found)) for found in ids.values()}), count)
        [found] = self.hooks(project, token, only=webhook)["items"]
        self.assertEqual(found["history"]["totalCount"], count)


class RegionDeliveryTests(Asking):
    def test_the_region_that_accepted_a_change_tells_it_and_no_other(self):
        receiver = self.enterContext(Receiver())
        regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: regions.stop())
        for region in NAMES[:2]:
            regions[region].options += ["--webhook-allow", "127.0.0.1"]
        regions.start(*NAMES[:2])
        paris, tokyo = (regions[region] for region in NAMES[:2])
        self.node, token = paris, paris.register("ann@example.com")
        project = object_upload.create_project(paris, token)
        self.hook(project, token, url=receiver.url, secret="hush")

        def shown(node):
            answer = node.graphql("query($p: String!) { project(id: $p) { name webhooks { totalCount } } }", {"p": project}, token)
            return (answer.get("data") or {}).get("project")

        wait_for(lambda: shown(tokyo) == shown(paris), "the webhook does not come")
        for number, node in enumerate((tokyo, paris, tokyo)):
            self.ask(RENAME, token, node=node, i={"id": project, "name": f"name {number}"})
            wait_for(lambda: shown(tokyo) == shown(paris), "the name does not come")
        came = receiver.wait(3)
        self.assertEqual([payload(delivery)["stream"]["name"] for delivery in came], ["name 0", "name 1", "name 2"])
        self.assertEqual({delivery.headers["X-WEBHOOK-SIGNATURE"] == speckle("hush", delivery.body) for delivery in came}, {True})
        time.sleep(1)
        self.assertEqual(len(receiver.deliveries), 3)
        # What tokyo accepted it may not have told, for all that paris knows.
        regions.stop("tokyo")
        result = tiebeam_node.run("region", "take-over", "tokyo", "--api", paris.api, "--token", token)
        self.assertEqual(result.stdout, "2 events of tokyo are on their way.\n")
        again = receiver.wait(5)[3:]
        self.assertEqual([delivery.headers["webhook-id"] for delivery in again],
                         [delivery.headers["webhook-id"] for delivery in (came[0], came[2])])
        for region, code in (("paris", 3), ("nowhere", 3), ("tokyo", 0)):
            result = tiebeam_node.run("region", "take-over", region, "--api", paris.api, "--token", token, check=False)
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "0 events of tokyo are on their way.\n")


if __name__ == "__main__":
    unittest.main()
