"""People sign in with an account at a provider of OpenID Connect, in a real browser."""
import base64
import pathlib
import re
import tempfile
import unittest
import urllib.parse

from oidc_provider import Provider, free_port
from page_case import PageCase, tiebeam_node

PEOPLE = [
    {"sub": "ada", "email": "ada@example.org", "email_verified": True, "name": "Ada Lovelace"},
    {"sub": "grace", "email": "Grace@example.org", "email_verified": True, "name": "Grace Hopper"},
    {"sub": "kay", "email": "kay@example.org", "name": "Kay McNulty"},
    {"sub": "jean", "email": "jean@example.org", "email_verified": False, "name": "Jean Bartik"},
    {"sub": "betty", "name": "Betty Holberton"},
    {"sub": "fran", "email": "fran@example.org", "email_verified": True, "name": "Fran Bilas"},
]


class SignInElsewhere(PageCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(Provider(PEOPLE))
        port = free_port()
        client, secret = cls.provider.register(f"http://127.0.0.1:{port}/auth/oidc/callback")
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (folder / "secret").write_text(secret + "\n")
        cls.options = [
            "--api-port", str(port), "--public-url", f"http://127.0.0.1:{port}", "--oidc-issuer", cls.provider.url,
            "--oidc-client-id", client, "--oidc-client-secret-file", str(folder / "secret"), "--oidc-name", "ACME accounts"]
        super().setUpClass()
        cls.admin = cls.node.register("admin@example.org")

    def setUp(self):
        super().setUp()
        # The provider's pages take their look from a third place.
        self.expected += [f"asks {self.provider.url}", "asks https://cdn."]
        self.page.route("https://cdn.*/**", lambda route: route.fulfill(content_type="text/css", body=""))

    def go(self, person, button="Sign in with ACME accounts"):
        self.page.get_by_role("link", name=button).click()
        # The provider remembers whom it showed before.
        self.page.get_by_role("button", name=person, exact=True).first.click()

    def people(self):
        query = "{ admin { userList { items { email name verified } } } }"
        items = self.node.graphql(query, token=self.admin)["data"]["admin"]["userList"]["items"]
        return {item["email"]: item for item in items}

    def test_an_account_is_opened_and_found_again(self):
        self.open("/")
        self.picture("sign-in-elsewhere")
        self.go("ada")
        self.heading("You are signed in")
        self.page.get_by_text("Ada Lovelace").wait_for()
        self.assertEqual(self.page.url, self.node.api + "/")
        self.page.get_by_role("button", name="Sign out").click()
        self.go("ada")
        self.heading("You are signed in")
        self.assertEqual(self.people()["ada@example.org"]["verified"], True)

    def test_a_connector_gets_its_code_by_an_account_elsewhere(self):
        place = "http://localhost:29363"
        self.page.route(lambda url: url.startswith(place), lambda route: route.fulfill(body="welcome"))
        self.expected.append(f"asks {place}")
        self.open("/authn/verify/sca/xyz")
        self.go("kay")
        self.page.wait_for_url(lambda url: url.startswith(place + "/?access_code="))

    def test_an_account_with_a_password_is_the_same_once_its_address_is_verified(self):
        self.node.register("grace@example.org", name="Grace Before")
        self.open("/authn/login")
        self.go("grace")
        self.heading("That did not work")
        self.page.get_by_text("which is not verified yet").wait_for()
        path = re.search(r"/auth/verifyemail\?t=\w+", self.node.mails("grace@example.org")[-1])[0]
        self.open(path)
        self.open("/authn/login")
        self.go("grace")
        self.heading("You are signed in")
        self.page.get_by_text("Grace Before").wait_for()

    def test_an_address_that_the_provider_doubts_counts_for_nothing(self):
        self.open("/authn/login")
        self.go("jean")
        self.page.get_by_text("ACME accounts has not verified your address.").wait_for()
        self.open("/authn/login")
        self.go("betty")
        self.page.get_by_text("ACME accounts did not say who you are.").wait_for()
        self.assertNotIn("jean@example.org", self.people())

    def test_whoever_denies_is_not_signed_in(self):
        self.open("/authn/login")
        self.page.get_by_role("link", name="Sign in with ACME accounts").click()
        self.page.get_by_role("button", name="Deny").click()
        self.heading("That did not work")
        self.page.get_by_role("link", name="Sign in").click()
        self.heading("Sign in")
        # As other providers say so: with what they were asked by.
        _, headers, _ = tiebeam_node.request("GET", self.node.api + "/auth/oidc?challenge=x")
        state = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)["state"][0]
        _, headers, _ = tiebeam_node.request(
            "GET", f"{self.node.api}/auth/oidc/callback?state={state}&error=access_denied",
            headers={"Cookie": headers["Set-Cookie"].split(";")[0]})
        self.assertIn("did%20not%20say%20who%20you%20are", headers["Location"])
        self.assertIn("Max-Age=0", headers["Set-Cookie"])

    def test_a_server_for_the_invited_takes_only_them(self):
        def invite_only(is_only):
            self.node.graphql(
                "mutation($i: ServerInfoUpdateInput!) { serverInfoUpdate(info: $i) }",
                {"i": {"name": "Tiebeam", "inviteOnly": is_only}}, self.admin)

        invite_only(True)
        self.addCleanup(invite_only, False)
        self.open("/authn/login")
        self.go("fran")
        self.page.get_by_text("invite only").wait_for()
        self.node.graphql(
            "mutation($i: ServerInviteCreateInput!) { serverInviteCreate(input: $i) }",
            {"i": {"email": "fran@example.org"}}, self.admin)
        self.open(re.search(r"/authn/register\?token=\w+", self.node.mails("fran@example.org")[-1])[0])
        self.go("fran", "Go on with ACME accounts")
        self.heading("You are signed in")

    def test_a_browser_that_was_not_sent_is_not_let_in(self):
        """Somebody sends a link with a code of his own: whoever opens it would work in his account."""
        links = []
        self.page.on("request", lambda request: links.append(request.url) if "/callback?" in request.url else None)
        self.open("/authn/login")
        self.go("ada")
        self.heading("You are signed in")
        other = self.window()
        other.goto(links[0])
        other.get_by_text("It took too long, or began in another window.").wait_for()
        for path in [links[0].removeprefix(self.node.api), "/auth/oidc/callback"]:
            self.assertEqual(self.sent_to(path), "/error")

    def test_what_a_browser_takes_along_tells_nobody_anything(self):
        status, headers, _ = tiebeam_node.request("GET", self.node.api + "/auth/oidc?challenge=x")
        self.assertEqual((status, headers["Cache-Control"]), (302, "no-store"))
        query = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)
        self.assertEqual(query["code_challenge_method"], ["S256"])
        cookie, *attributes = headers["Set-Cookie"].split("; ")
        self.assertEqual(sorted(attributes), ["HttpOnly", "Max-Age=600", "Path=/auth/oidc", "SameSite=Lax"])
        name, value = cookie.split("=", 1)
        sealed = base64.urlsafe_b64decode(value + "==")
        self.assertNotIn(query["state"][0].encode(), sealed)
        # Another one's cookie, and one that somebody changed, are as good as none.
        state = query["state"][0]
        for told in [cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), f"{name}=", f"{name}=x", "other=1"]:
            self.assertEqual(self.sent_to(f"/auth/oidc/callback?state={state}&code=1", told), "/error")

    def sent_to(self, path, cookie=""):
        status, headers, _ = tiebeam_node.request("GET", self.node.api + path, headers={"Cookie": cookie})
        self.assertEqual(status, 302)
        return headers["Location"].removeprefix(self.node.api).split("?")[0]


class WithoutProvider(unittest.TestCase):
    def test_there_is_no_such_way(self):
        with tiebeam_node.Node() as node:
            answer = node.graphql("{ serverInfo { authStrategies { id name url } } }")
            self.assertEqual(answer["data"]["serverInfo"]["authStrategies"],
                             [{"id": "local", "name": "Local", "url": "/auth/local"}])
            for path in ["/auth/oidc?challenge=x", "/auth/oidc/callback?state=x&code=y"]:
                self.assertEqual(tiebeam_node.request("GET", node.api + path)[0], 404)

    def test_a_provider_that_is_away_is_told(self):
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write("secret")
            secret.flush()
            options = ["--oidc-issuer", f"http://127.0.0.1:{free_port()}", "--oidc-client-id", "id",
                       "--oidc-client-secret-file", secret.name]
            with tiebeam_node.Node(options=options) as node:
                status, headers, _ = tiebeam_node.request("GET", node.api + "/auth/oidc?challenge=x")
                self.assertEqual((status, "cannot%20be%20reached" in headers["Location"]), (302, True))


if __name__ == "__main__":
    unittest.main()
