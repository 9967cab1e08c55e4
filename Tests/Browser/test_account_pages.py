"""People sign in, open accounts, set passwords and let apps act for them, in a real browser."""
import base64
import hashlib
import json
import re
import unittest
import urllib.parse

from page_case import THEMES, PageCase, tiebeam_node

PASSWORD = "three-chairs-in-a-lake"


class AccountPages(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.node.register("ada@example.org", PASSWORD, "Ada Lovelace")

    def sign_in(self, email="ada@example.org", password=PASSWORD):
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def code_at(self, place):
        """Lets the browser go where an app waits, and returns the parameters that it brings there."""
        self.expected.append(f"asks {place}")
        self.page.wait_for_url(lambda url: url.startswith(place))
        return dict(urllib.parse.parse_qsl(urllib.parse.urlparse(self.page.url).query))

    def apps(self, place):
        """Stands in for an app that waits at `place`."""
        self.page.route(lambda url: url.startswith(place), lambda route: route.fulfill(body="welcome"))

    def redeem(self, app, code, challenge, **more):
        body = {"appId": app, "appSecret": app, "accessCode": code, "challenge": challenge, **more}
        status, _, answer = tiebeam_node.request(
            "POST", self.node.api + "/auth/token", json.dumps(body).encode(), {"Content-Type": "application/json"})
        return status, json.loads(answer)

    def test_a_wrong_password_is_told_and_the_right_one_works(self):
        self.expected.append("401")
        self.open("/authn/login")
        self.sign_in(password="wrong")
        self.page.get_by_role("alert").get_by_text("Invalid credentials.").wait_for()
        self.picture("refused")
        self.sign_in()
        self.heading("You are signed in")
        self.page.get_by_text("Ada Lovelace").wait_for()
        self.page.reload()
        self.heading("You are signed in")
        self.page.get_by_role("button", name="Sign out").click()
        self.heading("Sign in")
        self.page.reload()
        self.heading("Sign in")

    def test_a_token_for_scripts_is_made(self):
        self.open("/authn/login")
        self.sign_in()
        self.page.get_by_label("A token for scripts").fill("nightly export")
        self.page.get_by_role("button", name="Make a token").click()
        shown = self.page.locator(".notice")
        shown.wait_for()
        self.picture("token")
        answer = self.node.graphql("{ activeUser { email } streams { totalCount } }", token=shown.inner_text())
        self.assertEqual(answer["data"]["activeUser"]["email"], "ada@example.org")

    def test_whoever_signs_out_leaves_no_token_that_works(self):
        self.open("/authn/login")
        self.sign_in()
        self.heading("You are signed in")
        token = json.loads(self.page.evaluate("localStorage.getItem('tiebeam.tokens')"))["token"]
        self.assertIsNotNone(self.node.graphql("{ activeUser { id } }", token=token)["data"]["activeUser"])
        self.page.get_by_role("button", name="Sign out").click()
        self.heading("Sign in")
        status, _, _ = tiebeam_node.request(
            "POST", self.node.api + "/graphql", b'{"query": "{ activeUser { id } }"}',
            {"Content-Type": "application/json", "Authorization": "Bearer " + token})
        self.assertEqual(status, 403)

    def test_an_account_is_opened(self):
        self.open("/")
        self.page.get_by_role("link", name="Open an account").click()
        self.page.get_by_label("Name").fill("Grace Hopper")
        self.page.get_by_label("E-mail").fill("grace@example.org")
        self.page.get_by_label("Password").fill("password1")
        self.page.get_by_text("common password").wait_for()
        self.picture("weak")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_text("Hard to guess.").wait_for()
        self.page.get_by_role("button", name="Open the account").click()
        self.heading("You are signed in")

    def test_a_taken_address_is_told(self):
        self.expected.append("400")
        self.open("/authn/register")
        self.page.get_by_label("Name").fill("Somebody Else")
        self.page.get_by_label("E-mail").fill("ada@example.org")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Open the account").click()
        self.page.get_by_role("alert").get_by_text("Email taken.").wait_for()

    def test_an_invitation_is_followed(self):
        self.node.graphql(
            "mutation($i: ServerInviteCreateInput!) { serverInviteCreate(input: $i) }",
            {"i": {"email": "kay@example.org"}}, self.token)
        path = re.search(r"/authn/register\?token=\w+", self.node.mails("kay@example.org")[-1])[0]
        self.open(path)
        self.page.get_by_text("Ada Lovelace invites you.").wait_for()
        self.assertEqual(self.page.get_by_label("E-mail").input_value(), "kay@example.org")
        self.page.get_by_label("Name").fill("Kay McNulty")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Open the account").click()
        self.heading("You are signed in")

    def test_a_password_is_set_anew(self):
        self.node.register("jean@example.org", PASSWORD, "Jean Bartik")
        self.open("/authn/login")
        self.page.get_by_role("link", name="Forgot the password?").click()
        self.page.get_by_label("E-mail").fill("jean@example.org")
        self.page.get_by_role("button", name="Send the mail").click()
        self.heading("Look into your mails")
        path = re.search(r"/authn/resetpassword/finalize\?t=\w+", self.node.mails("jean@example.org")[-1])[0]
        self.open(path)
        self.page.get_by_label("New password").fill("another-chair-in-the-lake")
        self.page.get_by_role("button", name="Set it").click()
        self.heading("Your password is set")
        self.page.get_by_role("link", name="Sign in").click()
        self.sign_in("jean@example.org", "another-chair-in-the-lake")
        self.heading("You are signed in")
        # The link worked once.
        self.expected.append("400")
        self.open(path)
        self.page.get_by_label("New password").fill("a-third-chair-in-the-lake")
        self.page.get_by_role("button", name="Set it").click()
        self.page.get_by_role("alert").wait_for()

    def test_an_address_is_verified(self):
        self.node.register("fran@example.org", PASSWORD, "Fran Bilas")
        path = re.search(r"/auth/verifyemail\?t=\w+", self.node.mails("fran@example.org")[-1])[0]
        self.open(path)
        self.heading("Your address is verified.")
        self.open(path)
        self.heading("Not verified")

    def test_a_connector_gets_its_code(self):
        place = "http://localhost:29363"
        self.apps(place)
        self.open("/authn/verify/sca/what-it-made-up")
        self.page.get_by_text("To let Connectors act for you.").wait_for()
        self.sign_in()
        code = self.code_at(place)["access_code"]
        self.assertEqual(self.redeem("sca", code, "what-it-made-up!")[0], 401)
        self.open("/authn/verify/sca/what-it-made-up")
        code = self.code_at(place)["access_code"]
        status, pair = self.redeem("sca", code, "what-it-made-up")
        self.assertEqual(status, 200)
        answer = self.node.graphql("{ activeUser { email } }", token=pair["token"])
        self.assertEqual(answer["data"]["activeUser"]["email"], "ada@example.org")

    def test_a_connector_that_is_not_trusted_is_allowed_or_denied(self):
        place = "http://localhost:29355"
        self.apps(place)
        verifier = "v" * 43
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        path = f"/authn/verify/connectrV3/xyz?code_challenge={proof}&code_challenge_method=S256"
        self.open(path)
        self.sign_in()
        self.heading("Let Connectors, third generation act for you?")
        self.page.get_by_text("Read your e-mail address.").wait_for()
        self.picture("authorize")
        self.page.get_by_role("button", name="Deny").click()
        self.assertEqual(self.code_at(place), {"denied": "true"})
        self.open(path)
        self.page.get_by_role("button", name="Allow").click()
        code = self.code_at(place)["access_code"]
        self.assertEqual(self.redeem("connectrV3", code, "xyz")[0], 401)
        self.open(path)
        self.page.get_by_role("button", name="Allow").click()
        code = self.code_at(place)["access_code"]
        self.assertEqual(self.redeem("connectrV3", code, "xyz", codeVerifier=verifier)[0], 200)

    def test_an_app_of_somebody_is_never_allowed_unasked(self):
        place = "http://localhost:1/come"
        self.apps(place)
        app = {"name": "<b>Take-off</b>", "description": "Counts bricks.", "redirectUrl": place,
               "scopes": ["streams:read", "tokens:write"]}
        app_id = self.node.graphql(
            "mutation($a: AppCreateInput!) { appCreate(app: $a) }", {"a": app}, self.token)["data"]["appCreate"]
        self.open(f"/authn/verify/{app_id}/abc")
        self.sign_in()
        self.heading("Let <b>Take-off</b> act for you?")
        self.page.get_by_text("Made by Ada Lovelace.").wait_for()
        self.picture("authorize-app")
        self.page.get_by_role("button", name="Allow").click()
        self.assertEqual(list(self.code_at(place)), ["access_code"])

    def test_an_unknown_app_is_told(self):
        self.open("/authn/verify/nothing/abc")
        self.heading("Unknown app")

    def test_a_code_that_nobody_here_asked_for_signs_nobody_in(self):
        self.open("/?access_code=" + "0" * 42)
        self.heading("That did not work")
        self.assertIsNone(self.page.evaluate("localStorage.getItem('tiebeam.tokens')"))

    def test_nobody_is_sent_to_another_site(self):
        self.open("/authn/login?next=https://example.org/")
        self.sign_in()
        self.heading("You are signed in")

    def test_pages_are_shown_by_light_and_by_dark(self):
        for theme in THEMES:
            self.page = self.window(theme)
            for name, path in [("sign-in", "/authn/login"), ("register", "/authn/register"),
                               ("forgotten", "/authn/forgotten-password"), ("explorer", "/explorer")]:
                self.open(path)
                self.page.wait_for_load_state("networkidle")
                self.picture(f"{name}-{theme}")
                paper, ink = self.page.evaluate(
                    "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
                self.assertEqual(brightness(paper) > brightness(ink), theme == "light", (name, paper, ink))


def brightness(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


if __name__ == "__main__":
    unittest.main()
