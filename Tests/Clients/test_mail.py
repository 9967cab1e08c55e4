"""Mails reach people: over SMTP, by TLS, past servers that are away, slow or unwilling, and past a crash."""
import contextlib
import json
import pathlib
import re
import signal
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from comment_case import CREATE, INVITE, REPLY, publish  # noqa: E402
from mail_server import Authority, MailServer, SilentServer, authenticator  # noqa: E402

VERIFIED = "{ activeUser { verified } }"
VERIFY = "mutation($i: VerifyUserEmailInput!) { activeUserMutations { emailMutations { verify(input: $i) } } }"
ENABLED = "{ serverInfo { configuration { isEmailEnabled } } }"
SET_VERIFIED = "mutation($i: AdminUpdateEmailVerificationInput!) { admin { updateEmailVerification(input: $i) } }"
ASK = "mutation($p: String!) { projectMutations { accessRequestMutations { create(projectId: $p) { id } } } }"
ANSWER = """mutation($r: String!, $a: Boolean!) { projectMutations { accessRequestMutations {
    use(requestId: $r, accept: $a) { id } } } }"""
PREFER = "mutation($p: JSONObject!) { userNotificationPreferencesUpdate(preferences: $p) }"
PASSWORD = "open sesame 1"


def wait_for(condition, text, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(text)
        time.sleep(0.02)


class MailCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def server(self, **options):
        server = MailServer(**options).start()
        self.addCleanup(server.stop)
        return server

    def options(self, port, *more, scheme="smtp", tls="none"):
        return ["--public-url", "https://bim.example.com", "--smtp-url", f"{scheme}://127.0.0.1:{port}", "--smtp-tls", tls,
                "--smtp-from", "Tiebeam Büro <bim@example.com>", "--smtp-retry-seconds", "1", *map(str, more)]

    def node(self, options):
        return self.enterContext(tiebeam_node.Node(self.folder / "node", options))

    def mail(self, *arguments, **options):
        return tiebeam_node.run("mail", *arguments, "--data", self.folder / "node" / "data", **options)

    def states(self, to):
        """(id, state) of all mails to somebody, the oldest first."""
        lines = [re.split("  +", line) for line in self.mail("list").stdout.splitlines()]
        return [(line[0], line[2]) for line in lines if line[3:4] == [to]]

    def state(self, to):
        return self.states(to)[-1][1]

    def shown(self, to):
        return self.mail("show", self.states(to)[-1][0]).stdout


class SendingTests(MailCase):
    def test_the_mail_that_comes_verifies_its_address(self):
        server = self.server()
        node = self.node(self.options(server.port))
        self.assertTrue(node.graphql(ENABLED)["data"]["serverInfo"]["configuration"]["isEmailEnabled"])
        ada, bob = node.register("ada@example.org"), node.register("bob@example.org")
        wait_for(lambda: len(server.taken) == 2, "the mails do not come")
        mail, = server.to("ada@example.org")
        text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        link = re.search(r"https://bim\.example\.com(/auth/verifyemail\?t=[0-9a-f]{50})", text).group(1)
        self.assertIn(f'href="https://bim.example.com{link}"', page)
        self.assertNotRegex(page, r"<(img|script|link)|url\(|@import")
        tiebeam_node.request("GET", node.api + link)
        self.assertTrue(node.graphql(VERIFIED, token=ada)["data"]["activeUser"]["verified"])
        text, page = (server.to("bob@example.org")[0].get_body((kind,)).get_content() for kind in ("plain", "html"))
        code = re.search(r"^\d{6}$", text.replace("\r", ""), re.MULTILINE).group()
        self.assertIn(f">{code}<", page)
        node.graphql(VERIFY, {"i": {"email": "bob@example.org", "code": code}}, bob)
        self.assertTrue(node.graphql(VERIFIED, token=bob)["data"]["activeUser"]["verified"])

    def test_what_a_mail_is_made_of(self):
        server = self.server()
        node = self.node(self.options(server.port, "--name", "Büro Nord"))
        node.register("ada@example.org")
        wait_for(lambda: server.taken, "the mail does not come")
        mail, (sender, recipients, is_tls, name, content) = server.taken[0], server.envelopes[0]
        self.assertEqual((sender, recipients, is_tls, name), ("bim@example.com", ["ada@example.org"], False, "example.com"))
        self.assertEqual(mail["From"], "Tiebeam Büro <bim@example.com>")
        self.assertEqual(mail["Subject"], "Büro Nord: verify your e-mail address")
        self.assertEqual((mail["Auto-Submitted"], mail["MIME-Version"]), ("auto-generated", "1.0"))
        self.assertRegex(mail["Message-ID"], r"^<\d{13}-[0-9a-f]{8}@example\.com>$")
        self.assertLess(abs(mail["Date"].datetime.timestamp() - time.time()), 60)
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        self.assertEqual(mail.defects, [])
        self.assertTrue(all(len(line) <= 78 and max(line, default=0) < 128 for line in content.split(b"\r\n")))
        self.assertNotIn(b"\n", content.replace(b"\r\n", b""))

    def test_what_was_sent_is_not_kept(self):
        server = self.server()
        node = self.node(self.options(server.port))
        node.register("ada@example.org")
        wait_for(lambda: self.state("ada@example.org") == "sent", "it is not said that the mail was sent")
        self.assertIn("Answer: 250 Taken", self.shown("ada@example.org"))
        self.assertNotIn("verifyemail", self.shown("ada@example.org"))
        file, = (self.folder / "node" / "data" / "mail").glob("*.json")
        self.assertNotIn("verifyemail", file.read_text())
        self.assertEqual(self.mail("retry", self.states("ada@example.org")[0][0], check=False).returncode, 3)

    def test_addresses_that_are_not_ascii_are_not_written_to(self):
        server = self.server()
        node = self.node(self.options(server.port))
        node.register("ädä@example.org")
        wait_for(lambda: self.state("ädä@example.org") == "failed", "the mail is not given up")
        node.register("ada@example.org")
        wait_for(lambda: server.to("ada@example.org"), "the mail does not come")
        self.assertEqual(len(server.taken), 1)


class SecurityTests(MailCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.password = self.folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.account = ["--smtp-user", "bim", "--smtp-password-file", self.password]

    def with_starttls(self, **more):
        return self.server(tls_context=self.authority.context(), authenticator=authenticator("bim", PASSWORD), auth_required=True,
                           auth_require_tls=True, **more)

    def trusting(self, port, *more, **options):
        return self.options(port, "--smtp-ca-file", self.authority.file, *more, **options)

    def test_starttls_and_a_password(self):
        server = self.with_starttls(require_starttls=True)
        node = self.node(self.trusting(server.port, *self.account, tls="required"))
        node.register("ada@example.org")
        wait_for(lambda: server.taken, "the mail does not come")
        self.assertTrue(server.envelopes[0][2])

    def test_tls_from_the_first_byte(self):
        server = self.server(ssl_context=self.authority.context(), authenticator=authenticator("bim", PASSWORD), auth_required=True,
                             auth_require_tls=False)
        node = self.node(self.trusting(server.port, *self.account, scheme="smtps"))
        node.register("ada@example.org")
        wait_for(lambda: server.taken, "the mail does not come")

    def test_tls_if_the_server_has_it(self):
        for server in (self.with_starttls(), self.server()):
            node = tiebeam_node.Node(options=self.trusting(server.port, *self.account, tls="opportunistic"))
            with node:
                node.register("ada@example.org")
                wait_for(lambda: server.taken, "the mail does not come")
            self.assertEqual(server.envelopes[0][2], "tls_context" in server.options)

    def test_nothing_goes_to_a_server_that_cannot_be_trusted(self):
        unknown, plain = self.with_starttls(), self.server()
        implicit = self.server(ssl_context=self.authority.context())
        for server, scheme, tls in ((unknown, "smtp", "required"), (unknown, "smtp", "opportunistic"), (implicit, "smtps", "none"),
                                    (plain, "smtp", "required")):
            with tiebeam_node.Node(self.folder / "node", self.options(server.port, *self.account, scheme=scheme, tls=tls)) as node:
                address = f"{scheme}.{tls}.{server.port}@example.org"
                node.register(address)
                wait_for(lambda: "Answer: " in self.shown(address), "nothing was tried")
                self.assertRegex(self.shown(address), "State: waiting")
            self.assertEqual(server.taken, [])

    def test_a_wrong_password_holds_mails_up_until_it_is_put_right(self):
        server = self.with_starttls()
        self.password.write_text("wrong horse battery")
        options = self.trusting(server.port, *self.account, tls="required")
        node = self.node(options)
        node.register("ada@example.org")
        wait_for(lambda: "535" in self.shown("ada@example.org"), "the answer is not shown")
        self.assertEqual(self.state("ada@example.org"), "waiting")
        self.password.write_text(PASSWORD)
        node.stop()
        node.start()
        wait_for(lambda: server.taken, "the mail does not come")
        log = (self.folder / "node" / "log.txt").read_text()
        self.assertIn("a mail is not sent yet", log)
        self.assertNotIn("wrong horse", log)
        self.assertNotIn(PASSWORD, log)

    def test_options_that_do_not_go_together(self):
        url, sender = ["--smtp-url", "smtp://mail.example.com"], ["--smtp-from", "bim@example.com"]
        for options, text in (
                (sender, "need --smtp-url"), (url, "--smtp-from"), ([*url, "--smtp-from", "x"], "--smtp-from"),
                (["--smtp-url", "http://mail.example.com", *sender], "--smtp-url is like"),
                (["--smtp-url", "smtp://ada:secret@mail.example.com", *sender], "--smtp-url is like"),
                ([*url, *sender, "--smtp-user", "bim"], "go together"),
                ([*url, *sender, *self.account, "--smtp-tls", "none"], "by TLS only"),
                ([*url, *sender, *self.account, "--smtp-tls", "opportunistic"], "by TLS only"),
                ([*url, *sender, "--smtp-tls", "maybe"], "required, opportunistic or none"),
                ([*url, *sender, "--smtp-ca-file", "/nowhere"], "cannot be read"),
                ([*url, *sender, "--smtp-user", "bim", "--smtp-password-file", "/nowhere"], "cannot be read")):
            done = tiebeam_node.run("serve", "--data", self.folder / "node" / "data", "--api-port", 0, "--sync-port", 0, *options,
                                    check=False, timeout=20)
            self.assertNotEqual(done.returncode, 0, options)
            self.assertIn(text, done.stderr, options)


class FaultTests(MailCase):
    def test_a_server_that_puts_off_is_asked_again(self):
        server = self.server()
        server.answers = ["451 Later", "421 Busy"]
        node = self.node(self.options(server.port))
        node.register("ada@example.org")
        wait_for(lambda: self.state("ada@example.org") == "sent", "the mail is not sent")
        self.assertIn("Attempts: 3", self.shown("ada@example.org"))
        self.assertEqual(len(server.taken), 1)

    def test_what_a_server_refuses_is_shown_and_can_be_tried_again(self):
        server = self.server()
        server.answers = ["550 Unknown here"]
        node = self.node(self.options(server.port))
        node.register("ada@example.org")
        wait_for(lambda: self.state("ada@example.org") == "failed", "the mail is not given up")
        self.assertIn("Answer: 550 Unknown here", self.shown("ada@example.org"))
        self.assertIn("verifyemail", self.shown("ada@example.org"))
        time.sleep(2.5)
        self.assertEqual(server.taken, [])
        self.mail("retry", self.states("ada@example.org")[0][0])
        wait_for(lambda: self.state("ada@example.org") == "sent", "the mail is not sent")

    def test_a_message_that_is_refused(self):
        server = self.server()
        server.on_data = lambda: "554 Spam"
        node = self.node(self.options(server.port))
        node.register("ada@example.org")
        wait_for(lambda: self.state("ada@example.org") == "failed", "the mail is not given up")
        self.assertIn("Answer: 554 Spam", self.shown("ada@example.org"))

    def test_a_server_that_is_away_and_comes_back(self):
        server = MailServer()
        self.addCleanup(server.stop)
        node = self.node(self.options(server.port))
        for number in range(8):
            node.register(f"ada{number}@example.org")
        wait_for(lambda: "Answer: " in self.shown("ada0@example.org"), "nothing was tried")
        server.start()
        wait_for(lambda: len(server.taken) == 8, "the mails do not come")
        self.assertEqual(len({mail["Message-ID"] for mail in server.taken}), 8)

    def test_a_server_that_hangs_holds_nobody_up(self):
        server = SilentServer()
        self.addCleanup(server.close)
        node = self.node(self.options(server.port))
        for number in range(8):
            node.register(f"ada{number}@example.org")
        wait_for(lambda: len(server.connections) == 4, "four connections are not open")
        node.graphql(ENABLED)
        self.assertEqual(node.stop(), 0)
        working = self.server()
        node.options = self.options(working.port)
        node.start()
        wait_for(lambda: len(working.taken) == 8, "the mails do not come")

    def test_kill_9_loses_nothing(self):
        server = SilentServer()
        self.addCleanup(server.close)
        node = self.node(self.options(server.port))
        for number in range(8):
            node.register(f"ada{number}@example.org")
        self.kill(node)
        working = self.server()
        node.options = self.options(working.port)
        node.start()
        wait_for(lambda: len(working.taken) == 8, "the mails do not come")

    def test_kill_9_before_it_is_written_down_sends_the_same_mail_again(self):
        server = self.server()
        node = self.node(self.options(server.port))

        def kill():
            server.on_data = None
            node.process.send_signal(signal.SIGKILL)
            return "250 Taken"
        server.on_data = kill
        with contextlib.suppress(OSError):  # the answer may come too late
            node.register("ada@example.org")
        wait_for(lambda: len(server.taken) == 1, "the mail does not come")
        self.kill(node)
        node.start()
        wait_for(lambda: len(server.taken) == 2, "the mail does not come again")
        first, second = server.envelopes
        self.assertEqual(first[4], second[4])

    def test_what_holds_no_more_is_not_sent_late(self):
        node = self.node(self.options(MailServer().port))
        node.register("ada@example.org")
        wait_for(lambda: "Answer: " in self.shown("ada@example.org"), "nothing was tried")
        node.stop()
        file, = (self.folder / "node" / "data" / "mail").glob("*.json")
        entry = json.loads(file.read_text())
        self.assertAlmostEqual(entry["expiresAt"] / 1000, time.time() + 3600, delta=60)
        file.write_text(json.dumps({**entry, "expiresAt": int(time.time() * 1000) - 1}))
        server = self.server()
        node.options = self.options(server.port)
        node.start()
        wait_for(lambda: self.state("ada@example.org") == "expired", "the mail still waits")
        self.assertNotIn("verifyemail", self.shown("ada@example.org"))
        self.assertEqual(server.taken, [])

    def test_what_was_kept_for_the_operator_stays_until_he_says_so(self):
        node = self.node(["--public-url", "https://bim.example.com"])
        node.register("ada@example.org")
        self.assertFalse(node.graphql(ENABLED)["data"]["serverInfo"]["configuration"]["isEmailEnabled"])
        node.stop()
        server = self.server()
        node.options = self.options(server.port)
        node.start()
        node.register("bob@example.org")
        wait_for(lambda: server.to("bob@example.org"), "the mail does not come")
        self.assertEqual((self.state("ada@example.org"), len(server.taken)), ("kept", 1))
        self.mail("retry", self.states("ada@example.org")[0][0])
        wait_for(lambda: server.to("ada@example.org"), "the mail does not come")

    def kill(self, node):
        node.process.kill()
        node.process.wait()
        node.process = None
        node.log.close()


class NoticeTests(MailCase):
    """Ada owns a project; Bob's address is verified, Eve's is not. They hear of what others do."""

    def setUp(self):
        super().setUp()
        self.post = self.server()
        self.notice_node = self.node(self.options(self.post.port))
        self.ada = self.notice_node.register("ada@example.org", name="Ada")
        self.bob, self.eve = (self.notice_node.register(f"{name.lower()}@example.org", name=name) for name in ("Bob", "Eve"))
        for name in ("ada", "bob"):
            self.do(SET_VERIFIED, self.ada, i={"email": f"{name}@example.org", "verified": True})
        self.project = object_upload.create_project(self.notice_node, self.ada, "Office")
        wait_for(lambda: len(self.post.taken) == 3, "the first mails do not come")
        self.post.taken.clear()

    def do(self, query, token, **variables):
        answer = self.notice_node.graphql(query, variables, token)
        self.assertNotIn("errors", answer)
        return answer["data"]

    def identity(self, token):
        return self.do("{ activeUser { id } }", token)["activeUser"]["id"]

    def hears(self, name, subject, text=""):
        wait_for(lambda: self.post.to(f"{name}@example.org"), f"{name} hears nothing")
        mail, = self.post.to(f"{name}@example.org")
        self.assertEqual(mail["Subject"], f"Tiebeam: {subject}")
        for kind in ("plain", "html"):
            self.assertIn(text, mail.get_body((kind,)).get_content())
        self.post.taken.clear()

    def test_who_has_an_account_hears_of_an_invitation(self):
        for person in (self.eve, self.bob):
            self.do(INVITE, self.ada, p=self.project, i={"userId": self.identity(person), "role": "stream:reviewer"})
        self.hears("bob", "Ada invites you to Office")
        self.assertEqual(len(self.states("eve@example.org")), 1)

    def test_requests_for_access(self):
        def ask(token):
            asked = self.do(ASK, token, p=self.project)
            return asked["projectMutations"]["accessRequestMutations"]["create"]["id"]
        request = ask(self.bob)
        self.hears("ada", "Bob asks for access to Office", "Bob")
        self.do(ANSWER, self.ada, r=request, a=True)
        self.hears("bob", "You have access to Office")
        self.do(PREFER, self.ada, p={"newStreamAccessRequest": {"email": False}})
        self.do(ANSWER, self.ada, r=ask(self.eve), a=False)
        self.assertEqual([len(self.states(f"{name}@example.org")) for name in ("ada", "eve")], [2, 1])

    def test_those_whom_a_comment_names(self):
        model = object_upload.create_model(self.notice_node, self.ada, self.project, "house")
        publish(self.notice_node, self.ada, self.project, model, 1)
        for name in ("bob", "eve"):
            self.do(SET_VERIFIED, self.ada, i={"email": f"{name}@example.org", "verified": True})
        invited = self.do(INVITE, self.ada, p=self.project, i={"userId": self.identity(self.bob), "role": "stream:reviewer"})
        invite = invited["projectMutations"]["invites"]["create"]["invitedTeam"][0]["inviteId"]
        self.do("mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }", self.bob,
                i={"projectId": self.project, "token": invite, "accept": True})
        self.hears("bob", "Ada invites you to Office")
        named = [{"type": "mention", "attrs": {"id": self.identity(person), "label": label}}
                 for person, label in ((self.ada, "Ada"), (self.bob, "Bob"), (self.eve, "Eve"))]
        document = {"type": "doc", "content": [{"type": "paragraph", "content": [*named, {"type": "text", "text": " look"}]}]}
        thread = self.do(CREATE, self.ada, i={"projectId": self.project, "resourceIdString": model, "content": {"doc": document}})
        # Eve may not read the project, and Ada knows what she wrote.
        self.hears("bob", "Ada mentioned you in Office", "@Ada@Bob@Eve look")
        reply = {"projectId": self.project, "threadId": thread["commentMutations"]["create"]["id"], "content": {"doc": document}}
        self.do(REPLY, self.bob, i=reply)
        self.hears("ada", "Bob mentioned you in Office")
        self.do(PREFER, self.bob, p={"mentionedInComment": {"email": False}})
        self.do(REPLY, self.ada, i=reply)
        self.assertEqual([len(self.states(f"{name}@example.org")) for name in ("ada", "bob", "eve")], [2, 3, 1])


if __name__ == "__main__":
    unittest.main()
