"""Apps, tokens and how people let the one have the other: what each may do, and what ends it.

Standard library only.
"""
import base64
import hashlib
import json
import pathlib
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_regions import Regions  # noqa: E402
from test_sync import wait_for  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402

CREATE = "mutation($app: AppCreateInput!) { appCreate(app: $app) }"
UPDATE = "mutation($app: AppUpdateInput!) { appUpdate(app: $app) }"
TOKEN = "mutation($token: ApiTokenCreateInput!) { apiTokenCreate(token: $token) }"
APP_TOKEN = "mutation($token: AppTokenCreateInput!) { appTokenCreate(token: $token) }"
WHO = "{ activeUser { id } }"
REDIRECT = "https://tool.example/back?from=node"


def app(**fields):
    return {"name": "Tool", "description": "Counts walls.", "redirectUrl": REDIRECT,
            "scopes": ["streams:read", "profile:read"], **fields}


class Flow(unittest.TestCase):
    """Steps that several tests take, on any node."""

    def ask(self, query, asker, /, node=None, **variables):
        answer = (node or self.node).graphql(query, variables, asker)
        self.assertNotIn("errors", answer, query)
        return answer["data"]

    def refused(self, query, asker, code, /, node=None, **variables):
        answer = (node or self.node).graphql(query, variables, asker)
        self.assertEqual([error["extensions"]["code"] for error in answer.get("errors", [])], [code], query)

    def exchange(self, node=None, **fields):
        """Returns status and answer of POST /auth/token."""
        status, headers, body = tiebeam_node.request(
            "POST", f"{(node or self.node).api}/auth/token", json.dumps(fields).encode(), {"Content-Type": "application/json"})
        self.assertTrue(status != 200 or headers["Cache-Control"] == "no-store")
        return status, json.loads(body)

    def code(self, app_id, token, challenge="abc", node=None, **query):
        query = urllib.parse.urlencode(
            {"appId": app_id, "challenge": challenge, "token": token, "preventRedirect": "true", **query})
        status, _, body = tiebeam_node.request("GET", f"{(node or self.node).api}/auth/accesscode?{query}")
        if status != 200:
            return status, body.decode()
        address = urllib.parse.urlparse(json.loads(body)["redirectUrl"])
        return address, urllib.parse.parse_qs(address.query)["access_code"][0]

    def register_app(self, token, **fields):
        """Returns the app's id and secret."""
        app_id = self.ask(CREATE, token, app=app(**fields))["appCreate"]
        return app_id, self.ask("query($id: String!) { app(id: $id) { secret } }", token, id=app_id)["app"]["secret"]

    def grant(self, app_id, secret, token, node=None):
        """Lets an app act for somebody; returns its tokens."""
        _, code = self.code(app_id, token, node=node)
        status, pair = self.exchange(node, appId=app_id, appSecret=secret, accessCode=code, challenge="abc")
        self.assertEqual(status, 200, pair)
        return pair

    def works(self, token, node=None):
        status, _, body = tiebeam_node.request(
            "POST", f"{(node or self.node).api}/graphql", json.dumps({"query": WHO}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        self.assertTrue(status == 200 and b"errors" not in body or status == 403, body)
        return status == 200


class AppTests(Flow):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.admin = cls.node.register("root@example.com")
        cls.ann = cls.node.register("ann@example.com")
        cls.bob = cls.node.register("bob@example.com")

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def make_token(self, token=None, scopes=("streams:read", "profile:read"), **fields):
        return self.ask(TOKEN, token or self.ann, token={"name": "t", "scopes": list(scopes), **fields})["apiTokenCreate"]

    # Apps

    def test_an_app_is_registered_found_changed_and_removed(self):
        app_id, secret = self.register_app(self.ann, public=True, logo="data:image/png;base64,AA", termsAndConditionsLink="https://t.example")
        fields = "id name description redirectUrl public trustByDefault logo termsAndConditionsLink createdAt scopes { name description } author { id name }"
        shown = self.ask("query($id: String!) { app(id: $id) { %s secret } }" % fields, None, id=app_id)["app"]
        self.assertEqual(
            (shown["name"], shown["redirectUrl"], shown["public"], shown["trustByDefault"], [s["name"] for s in shown["scopes"]],
             shown["author"]["name"], shown["secret"]),
            ("Tool", REDIRECT, True, False, ["streams:read", "profile:read"], "Ann Person", None))
        self.assertIsNone(self.ask("query($id: String!) { app(id: $id) { secret } }", self.bob, id=app_id)["app"]["secret"])
        self.assertIsNone(self.ask("query($id: String!) { app(id: $id) { secret } }", self.admin, id=app_id)["app"]["secret"])
        self.assertEqual(len(secret), 32)
        self.assertIn(app_id, [a["id"] for a in self.ask("{ apps { id author { name } } }", None)["apps"]])
        created = self.ask("{ activeUser { createdApps { id secret } } }", self.ann)["activeUser"]["createdApps"]
        self.assertIn({"id": app_id, "secret": secret}, created)
        self.refused(UPDATE, self.bob, "FORBIDDEN", app=app(id=app_id))
        self.refused("mutation { appDelete(appId: \"%s\") }" % app_id, self.bob, "FORBIDDEN")
        self.assertTrue(self.ask(UPDATE, self.ann, app=app(id=app_id, name="Better"))["appUpdate"])
        self.assertEqual(self.ask("query($id: String!) { app(id: $id) { name public secret } }", self.ann, id=app_id)["app"],
                         {"name": "Better", "public": False, "secret": secret})
        self.assertNotIn(app_id, [a["id"] for a in self.ask("{ apps { id } }", None)["apps"]])
        self.assertTrue(self.ask("mutation { appDelete(appId: \"%s\") }" % app_id, self.admin)["appDelete"])
        self.assertIsNone(self.ask("query($id: String!) { app(id: $id) { id } }", None, id=app_id)["app"])
        self.refused(UPDATE, self.ann, "APP_NOT_FOUND", app=app(id=app_id))

    def test_what_an_app_must_not_be(self):
        for bad in [{"redirectUrl": url} for url in [
                "", "tool", "/back", "javascript:alert(1)", "DATA:text/html,x", "https://", "https:///x", "http:tool.example",
                "https://a@b.example/", "https://a.example/#x", "https://a.example/\r\nSet-Cookie: x", "https://ä.example/", "x" * 3000,
                "https://a.example\\@b.example/", " https://a.example"]] + [
                {"name": ""}, {"name": "x" * 257}, {"description": "x" * 5000}, {"scopes": []}, {"scopes": ["streams:eat"]},
                {"scopes": ["streams:read"] * 2}, {"termsAndConditionsLink": "javascript:alert(1)"}, {"logo": "x" * 300_000}]:
            self.refused(CREATE, self.ann, "APP_CREATE_ERROR", app=app(**bad))
        self.refused(CREATE, None, "UNAUTHORIZED", app=app())
        self.refused(CREATE, self.make_token(), "FORBIDDEN", app=app())
        for good in ["speckle://account", "http://localhost:29363", "com.example.tool:/back"]:
            self.register_app(self.ann, redirectUrl=good)

    def test_the_apps_that_clients_expect(self):
        found = {a["id"]: a for a in self.ask("{ apps { id name redirectUrl trustByDefault author { id } } }", None)["apps"]}
        origin = self.node.api
        for app_id, address, is_trusted in [
                ("spklwebapp", origin, True), ("explorer", origin + "/explorer", True), ("sdm", "speckle://account", True),
                ("sca", "http://localhost:29363", True), ("sdas", "http://localhost:29364", True),
                ("sdui", "https://dui.speckle.systems/authn/callback", False), ("connectrV3", "http://localhost:29355", False),
                ("spklexcel", "https://speckle-excel.netlify.app", True),
                ("spklpwerbi", "https://oauth.powerbi.com/views/oauthredirect.html", True)]:
            self.assertEqual((found[app_id]["redirectUrl"], found[app_id]["trustByDefault"], found[app_id]["author"]),
                             (address, is_trusted, None))
        self.assertIsNone(self.ask("{ app(id: \"sca\") { secret } }", self.admin)["app"]["secret"])
        self.assertIsNone(self.ask("{ app(id: \"nothing\") { id } }", None)["app"])

    # The flow

    def test_a_code_is_traded_once_by_the_app_that_it_is_for(self):
        app_id, secret = self.register_app(self.ann)
        address, code = self.code(app_id, self.bob)
        self.assertEqual((address.netloc, urllib.parse.parse_qs(address.query)["from"]), ("tool.example", ["node"]))
        right = {"appId": app_id, "appSecret": secret, "accessCode": code, "challenge": "abc"}
        self.assertEqual(self.exchange(**{**right, "appSecret": "0" * 32})[0], 401)
        status, pair = self.exchange(**right)
        self.assertEqual((status, set(pair)), (200, {"token", "refreshToken"}))
        self.assertEqual(self.exchange(**right)[0], 401, "once")
        for wrong in [{"challenge": "abd"}, {"appId": "sca", "appSecret": "sca"}]:
            _, code = self.code(app_id, self.bob)
            self.assertEqual(self.exchange(**{**right, "accessCode": code, **wrong})[0], 401)
            self.assertEqual(self.exchange(**{**right, "accessCode": code})[0], 401, "used up by whoever tried")
        asked = self.ask("{ authenticatedAsApp { id } }", self.bob)["authenticatedAsApp"]
        self.assertEqual(asked["id"], "spklwebapp")
        self.refused("{ authenticatedAsApp { id } }", pair["token"], "FORBIDDEN")
        self.assertTrue(self.works(pair["token"]))
        self.refused("mutation { projectMutations { create(input: {name: \"x\"}) { id } } }", pair["token"], "FORBIDDEN")
        apps = self.ask("{ activeUser { authorizedApps { id name } } }", self.bob)["activeUser"]["authorizedApps"]
        self.assertIn({"id": app_id, "name": "Tool"}, apps)

    def test_only_a_token_that_makes_tokens_gets_codes(self):
        app_id, _ = self.register_app(self.ann)
        self.assertEqual(self.code(app_id, self.make_token())[0], 400)
        self.assertEqual(self.code(app_id, "0" * 42)[0], 400)
        self.assertEqual(self.code("nothing", self.ann)[0], 400)
        self.assertEqual(self.code(app_id, self.ann, challenge="")[0], 400)
        self.assertEqual(self.code(app_id, self.ann, challenge="x" * 513)[0], 400)
        limited = self.ask(APP_TOKEN, self.ann, token={
            "name": "t", "scopes": ["tokens:write"], "limitResources": [{"id": "0123456789", "type": "project"}]})["appTokenCreate"]
        self.assertEqual(self.code(app_id, limited)[0], 400)

    def test_a_proof_of_who_asked_for_a_code(self):
        app_id, secret = self.register_app(self.ann)
        verifier = "v" * 43
        proof = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        for shown, status in [({}, 401), ({"codeVerifier": "w" * 43}, 401), ({"codeVerifier": proof}, 401), ({"codeVerifier": verifier}, 200)]:
            _, code = self.code(app_id, self.ann, code_challenge=proof, code_challenge_method="S256")
            self.assertEqual(self.exchange(appId=app_id, appSecret=secret, accessCode=code, challenge="abc", **shown)[0], status)
        self.assertEqual(self.code(app_id, self.ann, code_challenge=proof)[0], 400)
        self.assertEqual(self.code(app_id, self.ann, code_challenge=verifier + "+", code_challenge_method="S256")[0], 400)

    def test_whoever_renews_with_an_old_token_ends_them_all(self):
        app_id, secret = self.register_app(self.ann)
        other = self.grant(app_id, secret, self.ann)
        first = self.grant(app_id, secret, self.ann)
        self.assertEqual(self.exchange(appId="sca", appSecret="sca", refreshToken=first["refreshToken"])[0], 401)
        renew = {"appId": app_id, "appSecret": secret}
        status, second = self.exchange(**renew, refreshToken=first["refreshToken"])
        self.assertEqual(status, 200)
        self.assertTrue(self.works(first["token"]) and self.works(second["token"]))
        wrong = first["refreshToken"][:10] + "0" * 32
        self.assertEqual(self.exchange(**renew, refreshToken=wrong)[0], 401)
        self.assertTrue(self.works(second["token"]), "whoever knows only the id of a token ends nothing")
        self.assertEqual(self.exchange(**renew, refreshToken=first["refreshToken"])[0], 401)
        self.assertFalse(self.works(first["token"]) or self.works(second["token"]))
        self.assertEqual(self.exchange(**renew, refreshToken=second["refreshToken"])[0], 401)
        self.assertTrue(self.works(other["token"]), "another sign-in goes on")
        for text in ["", "x", "0" * 42, first["token"]]:
            self.assertEqual(self.exchange(**renew, refreshToken=text or "z")[0], 401)
        self.assertFalse(self.works(other["refreshToken"]), "a refresh token is no token")

    def test_a_change_of_the_app_ends_what_people_allowed_it(self):
        app_id, secret = self.register_app(self.ann)
        pair, (_, code) = self.grant(app_id, secret, self.bob), self.code(app_id, self.bob)
        self.ask(UPDATE, self.ann, app=app(id=app_id, scopes=["streams:write"]))
        self.assertFalse(self.works(pair["token"]))
        self.assertEqual(self.exchange(appId=app_id, appSecret=secret, refreshToken=pair["refreshToken"])[0], 401)
        self.assertEqual(self.exchange(appId=app_id, appSecret=secret, accessCode=code, challenge="abc")[0], 401)
        again = self.grant(app_id, secret, self.bob)
        self.refused(WHO, again["token"], "FORBIDDEN")
        self.ask("mutation { appDelete(appId: \"%s\") }" % app_id, self.ann)
        self.assertFalse(self.works(again["token"]))

    def test_somebody_takes_back_what_he_allowed(self):
        app_id, secret = self.register_app(self.ann)
        pair, others = self.grant(app_id, secret, self.bob), self.grant(app_id, secret, self.ann)
        _, code = self.code(app_id, self.bob)
        self.assertTrue(self.ask("mutation { appRevokeAccess(appId: \"%s\") }" % app_id, self.bob)["appRevokeAccess"])
        self.assertFalse(self.works(pair["token"]))
        self.assertEqual(self.exchange(appId=app_id, appSecret=secret, refreshToken=pair["refreshToken"])[0], 401)
        self.assertEqual(self.exchange(appId=app_id, appSecret=secret, accessCode=code, challenge="abc")[0], 401)
        self.assertTrue(self.works(others["token"]), "other people's tokens go on")
        self.assertTrue(self.works(self.grant(app_id, secret, self.bob)["token"]), "and so does who allows it again")

    def test_signing_out(self):
        pair = self.grant("sca", "sca", self.ann)
        body = json.dumps(pair).encode()
        for status in [200, 400]:
            answer = tiebeam_node.request("POST", f"{self.node.api}/auth/logout", body, {"Content-Type": "application/json"})
            self.assertEqual(answer[0], status)
        self.assertFalse(self.works(pair["token"]))
        self.assertEqual(self.exchange(appId="sca", appSecret="sca", refreshToken=pair["refreshToken"])[0], 401)

    # Tokens

    def test_a_token_does_no_more_than_the_one_that_makes_it(self):
        maker = self.grant("spklpwerbi", "spklpwerbi", self.ann)["token"]
        narrow = self.ask(APP_TOKEN, maker, token={"name": "t", "scopes": ["streams:read", "profile:read"]})["appTokenCreate"]
        self.assertTrue(self.works(narrow))
        self.refused(APP_TOKEN, maker, "TOKEN_CREATE_ERROR", token={"name": "t", "scopes": ["server:setup"]})
        self.refused(TOKEN, maker, "TOKEN_CREATE_ERROR", token={"name": "t", "scopes": ["server:setup"]})
        self.refused(TOKEN, maker, "TOKEN_CREATE_ERROR", token={"name": "t", "scopes": ["tokens:write"]})
        self.refused(TOKEN, maker, "TOKEN_CREATE_ERROR", token={"name": "", "scopes": ["streams:read"]})
        self.refused(TOKEN, maker, "TOKEN_CREATE_ERROR", token={"name": "t", "scopes": ["streams:read"], "lifespan": 0})
        self.refused(TOKEN, maker, "WORKSPACES_MODULE_DISABLED_ERROR", token={
            "name": "t", "scopes": [], "limitResources": [{"id": "0123456789", "type": "workspace"}]})
        self.refused(APP_TOKEN, self.make_token(), "FORBIDDEN", token={"name": "t", "scopes": ["streams:read"]})
        self.ask("mutation { appRevokeAccess(appId: \"spklpwerbi\") }", self.ann)
        self.assertFalse(self.works(narrow), "it ends with the one that made it")

    def test_a_limited_token_makes_none_that_is_not(self):
        own, other = (object_upload.create_project(self.node, self.ann) for _ in range(2))
        limit = [{"id": own, "type": "project"}]
        maker = self.ask(APP_TOKEN, self.ann, token={
            "name": "t", "scopes": ["tokens:write", "streams:read", "profile:read"], "limitResources": limit})["appTokenCreate"]
        read = "query($p: String!) { project(id: $p) { id } }"
        for mutation, field in [(TOKEN, "apiTokenCreate"), (APP_TOKEN, "appTokenCreate")]:
            self.refused(mutation, maker, "TOKEN_CREATE_ERROR", token={
                "name": "t", "scopes": ["streams:read"], "limitResources": [{"id": other, "type": "project"}]})
            for wish in [{}, {"limitResources": []}, {"limitResources": limit}]:
                made = self.ask(mutation, maker, token={"name": "t", "scopes": ["streams:read"], **wish})[field]
                self.ask(read, made, p=own)
                self.refused(read, made, "FORBIDDEN", p=other)
        free = self.make_token()
        self.refused("mutation { apiTokenRevoke(token: \"%s\") }" % free, maker, "TOKEN_REVOKATION_ERROR")
        self.assertTrue(self.ask("mutation { apiTokenRevoke(token: \"%s\") }" % made, maker)["apiTokenRevoke"])

    def test_tokens_are_listed_used_and_ended(self):
        token = self.make_token(name="mine", lifespan=3_600_000)
        def listed():
            fields = "id name lastChars scopes lifespan createdAt lastUsed"
            tokens = self.ask("{ activeUser { apiTokens { %s } } }" % fields, self.ann)["activeUser"]["apiTokens"]
            return next((t for t in tokens if t["id"] == token[:10]), None)
        found = listed()
        self.assertEqual((found["name"], found["lastChars"], found["lifespan"], found["lastUsed"]),
                         ("mine", token[-6:], 3_600_000, found["createdAt"]))
        self.assertTrue(self.works(token))
        self.assertGreater(listed()["lastUsed"], found["createdAt"])
        self.refused("mutation { apiTokenRevoke(token: \"%s\") }" % token, self.bob, "TOKEN_REVOKATION_ERROR")
        self.assertTrue(self.ask("mutation { apiTokenRevoke(token: \"%s\") }" % token[:10], self.ann)["apiTokenRevoke"])
        self.assertFalse(self.works(token))
        self.assertIsNone(listed())
        self.refused("{ activeUser { apiTokens { id } } }", self.make_token(), "FORBIDDEN")

    def test_a_token_ends_with_its_life(self):
        token = self.make_token(lifespan=1)
        while self.works(token):
            pass

    def test_where_a_token_is_looked_for(self):
        project = object_upload.create_project(self.node, self.ann)
        token, read = self.make_token(scopes=["streams:read"]), f"{self.node.api}/objects/{project}/{'0' * 32}/single"
        def status(header=None, cookie=None, query=None):
            headers = {"Authorization": header} if header is not None else {}
            headers |= {"Cookie": f"authn={cookie}"} if cookie else {}
            return tiebeam_node.request("GET", read + (f"?embedToken={query}" if query else ""), None, headers)[0]
        bad = "0" * 42
        self.assertEqual([status(), status(f"Bearer {token}"), status(token), status(cookie=token), status(query=token)],
                         [401, 404, 404, 404, 404])
        self.assertEqual([status(bad, token, token), status(None, bad, token), status(token, bad, bad)], [403, 403, 404])

    # Limits of tokens

    def test_a_token_for_one_project_is_for_nothing_else(self):
        own, other, public = (object_upload.create_project(self.node, self.ann) for _ in range(3))
        self.ask("mutation($p: ID!) { projectMutations { update(update: {id: $p, visibility: PUBLIC}) { id } } }", self.ann, p=public)
        scopes = ["streams:read", "streams:write", "profile:read", "users:read", "users:invite", "apps:read", "apps:write",
                  "tokens:read", "server:setup", "server:stats"]
        limited = self.ask(TOKEN, self.admin, token={"name": "t", "scopes": scopes, "limitResources": [{"id": own, "type": "project"}]})["apiTokenCreate"]
        self.assertNotEqual(self.call("GET", "/api/v1/roster", limited)[0], 200, "not for administration")
        token = self.make_token(scopes=scopes, limitResources=[{"id": own, "type": "project"}])
        ids = [p["id"] for p in self.ask("{ activeUser { projects { totalCount items { id } } } }", token)["activeUser"]["projects"]["items"]]
        self.assertEqual(ids, [own])
        self.refused("mutation { projectMutations { create(input: {name: \"x\"}) { id } } }", token, "FORBIDDEN")
        self.refused("{ activeUser { createdApps { id } } }", token, "FORBIDDEN")
        self.refused("{ activeUser { apiTokens { id } } }", token, "FORBIDDEN")
        self.refused(CREATE, token, "FORBIDDEN", app=app())
        for project in [other, public]:
            for query in ["query($p: String!) { project(id: $p) { id } }", "query($p: String!) { stream(id: $p) { id } }"]:
                self.refused(query, token, "FORBIDDEN", p=project)
            for mutation in [
                    "mutation($p: ID!) { projectMutations { update(update: {id: $p, name: \"x\"}) { id } } }",
                    "mutation($p: ID!) { modelMutations { create(input: {projectId: $p, name: \"x\"}) { id } } }"]:
                self.refused(mutation, token, "FORBIDDEN", p=project)
            self.refused("mutation($p: String!) { projectMutations { delete(id: $p) } }", token, "FORBIDDEN", p=project)
        for method, path, body, kind in self.routes("%s"):
            statuses = [self.call(method, path.replace("%s", project), token, body, kind)[0] for project in [own, other, public]]
            self.assertNotIn(statuses[0], [401, 403], f"{method} {path}")
            self.assertLessEqual(set(statuses[1:]), {401, 403}, f"{method} {path}")

    def test_a_token_for_one_project_hears_of_nothing_else_and_copies_nothing_else(self):
        own, other = (object_upload.create_project(self.node, self.ann) for _ in range(2))
        token = self.make_token(scopes=["streams:read", "profile:read"], limitResources=[{"id": own, "type": "project"}])
        heard = "subscription($p: String!) { projectUpdated(id: $p) { project { name } } }"
        rename = "mutation($p: ID!, $n: String!) { projectMutations { update(update: {id: $p, name: $n}) { id } } }"
        watchers = [Watcher(self.node.api, token, heard, {"p": own}),
                    Watcher(self.node.api, token, "subscription { userProjectsUpdated { id type } }", {})]
        refused = Watcher(self.node.api, token, heard, {"p": other})
        for watcher in [*watchers, refused]:
            self.addCleanup(watcher.close)
        message = refused.next()
        self.assertIn("FORBIDDEN", json.dumps(message))
        self.assertEqual(self.copy(own, token).returncode, 0)
        self.assertNotEqual(self.copy(other, token).returncode, 0)
        self.ask(rename, self.ann, p=other, n="Secret")
        self.ask(rename, self.ann, p=own, n="Shown")
        self.assertEqual(watchers[0].next()["data"]["projectUpdated"]["project"]["name"], "Shown")
        for project in [other, own]:
            self.ask("mutation($p: String!) { projectMutations { delete(id: $p) } }", self.ann, p=project)
        self.assertEqual(watchers[1].next()["data"]["userProjectsUpdated"]["id"], own)

    def copy(self, project, token):
        """Clones a project over the sync port."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        return tiebeam_node.run("clone", f"{self.node.sync}/{project}", f"{folder}/copy", "--token", token,
                                "--node-id", self.node.node_id, check=False)

    @staticmethod
    def routes(project):
        """Everything of REST that is about a project, with a body that is taken."""
        ids = json.dumps({"objects": json.dumps(["0" * 32])}).encode()
        text = b'{"id": "%s", "speckle_type": "Base"}' % (b"0" * 32)
        upload, form = object_upload.multipart([("batch-1", "application/json", b"[" + text + b"]")])
        file = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--\r\n'
        return [
            ("POST", f"/objects/{project}", upload, form),
            ("GET", f"/objects/{project}/{'0' * 32}", None, None), ("GET", f"/objects/{project}/{'0' * 32}/single", None, None),
            ("POST", f"/api/getobjects/{project}", ids, "application/json"), ("POST", f"/api/diff/{project}", ids, "application/json"),
            ("POST", f"/api/v2/projects/{project}/object-stream/", json.dumps({"objectIds": ["0" * 32]}).encode(), "application/json"),
            ("POST", f"/api/stream/{project}/blob", file, "multipart/form-data; boundary=b"),
            ("POST", f"/api/stream/{project}/blob/diff", b"[]", "application/json"),
            ("GET", f"/api/stream/{project}/blobs", None, None), ("GET", f"/api/stream/{project}/blob/0123456789", None, None),
            ("DELETE", f"/api/stream/{project}/blob/0123456789", None, None),
        ]

    def call(self, method, path, token, body=None, kind=None):
        headers = {"Authorization": f"Bearer {token}"} | ({"Content-Type": kind} if kind else {})
        return tiebeam_node.request(method, self.node.api + path, body, headers)

    # Embedding

    def test_a_project_is_shown_to_whoever_has_the_token(self):
        project, other = (object_upload.create_project(self.node, self.ann) for _ in range(2))
        make = """mutation($p: String!) { projectMutations { createEmbedToken(token: {projectId: $p, resourceIdString: "abc,def", lifespan: 3600000})
            { token tokenMetadata { tokenId projectId resourceIdString lifespan createdAt lastUsed user { name } } } } }"""
        made = self.ask(make, self.ann, p=project)["projectMutations"]["createEmbedToken"]
        token, meta = made["token"], made["tokenMetadata"]
        self.assertEqual((meta["tokenId"], meta["projectId"], meta["resourceIdString"], meta["lifespan"], meta["user"]["name"]),
                         (token[:10], project, "abc,def", 3_600_000, "Ann Person"))
        read = lambda p: tiebeam_node.request("GET", f"{self.node.api}/objects/{p}/{'0' * 32}/single?embedToken={token}")[0]
        self.assertEqual((read(project), read(other)), (404, 401))
        self.ask("query($p: String!) { project(id: $p) { id name } }", token, p=project)
        self.refused("query($p: String!) { project(id: $p) { id } }", token, "FORBIDDEN", p=other)
        self.refused("query($p: String!) { project(id: $p) { embedTokens { totalCount } } }", token, "FORBIDDEN", p=project)
        self.refused(WHO, token, "FORBIDDEN")
        self.refused("mutation($p: ID!) { projectMutations { update(update: {id: $p, name: \"x\"}) { id } } }", token, "FORBIDDEN", p=project)
        listing = "query($p: String!, $c: String) { project(id: $p) { embedTokens(limit: 2, cursor: $c) { totalCount cursor items { tokenId } } } }"
        for _ in range(2):
            self.ask(make, self.ann, p=project)
        first = self.ask(listing, self.ann, p=project)["project"]["embedTokens"]
        second = self.ask(listing, self.ann, p=project, c=first["cursor"])["project"]["embedTokens"]
        self.assertEqual((first["totalCount"], len(first["items"]), len(second["items"])), (3, 2, 1))
        self.assertEqual(len({t["tokenId"] for t in first["items"] + second["items"]}), 3)
        self.assertNotIn(token[:10], [t["id"] for t in self.ask("{ activeUser { apiTokens { id } } }", self.ann)["activeUser"]["apiTokens"]])
        end = "mutation($t: String!, $p: String!) { projectMutations { revokeEmbedToken(token: $t, projectId: $p) } }"
        self.refused(end, self.bob, "FORBIDDEN", t=token, p=project)
        self.refused(end, self.ann, "TOKEN_REVOKATION_ERROR", t=token, p=other)
        self.assertTrue(self.ask(end, self.ann, t=token, p=project)["projectMutations"]["revokeEmbedToken"])
        self.assertEqual(read(project), 403)
        self.assertTrue(self.ask("mutation($p: String!) { projectMutations { revokeEmbedTokens(projectId: $p) } }", self.ann, p=project))
        self.assertEqual(self.ask(listing, self.ann, p=project)["project"]["embedTokens"]["totalCount"], 0)

    def test_only_owners_show_a_project(self):
        project = object_upload.create_project(self.node, self.ann)
        self.ask("mutation($p: ID!) { projectMutations { update(update: {id: $p, visibility: PUBLIC}) { id } } }", self.ann, p=project)
        make = "mutation($p: String!, $r: String!) { projectMutations { createEmbedToken(token: {projectId: $p, resourceIdString: $r}) { token } } }"
        self.refused(make, self.bob, "FORBIDDEN", p=project, r="abc")
        self.refused(make, None, "UNAUTHORIZED", p=project, r="abc")
        self.refused(make, self.make_token(scopes=["streams:read", "streams:write"]), "FORBIDDEN", p=project, r="abc")
        for text in ["", "x" * 5000]:
            self.refused(make, self.ann, "TOKEN_CREATE_ERROR", p=project, r=text)
        checks = "query($p: String!) { project(id: $p) { permissions { canCreateEmbedTokens { authorized } canReadEmbedTokens { authorized } canRevokeEmbedTokens { authorized } } } }"
        for token, is_allowed in [(self.ann, True), (self.bob, False), (None, False)]:
            found = self.ask(checks, token, p=project)["project"]["permissions"]
            self.assertEqual({check["authorized"] for check in found.values()}, {is_allowed})


class GrantsInRegions(Flow):
    def test_what_is_taken_back_in_one_region_ends_in_the_others(self):
        regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: regions.stop())
        regions.start("paris", "tokyo")
        self.node = paris = regions["paris"]
        tokyo = regions["tokyo"]
        ann = paris.register("ann@example.com")
        app_id, secret = self.register_app(ann)
        find = "query($id: String!) { app(id: $id) { name secret } }"
        wait_for(lambda: (tokyo.graphql(find, {"id": app_id}, ann).get("data") or {}).get("app"), "the app does not come")
        self.assertIsNone(self.ask(find, ann, node=tokyo, id=app_id)["app"]["secret"], "the secret stays where it was made")
        pair = self.grant(app_id, secret, ann, node=tokyo)
        wait_for(lambda: self.works(pair["token"]), "the token does not come")
        again = self.exchange(appId=app_id, appSecret=secret, refreshToken=pair["refreshToken"])[1]
        wait_for(lambda: self.works(again["token"], tokyo), "the renewed token does not come")
        self.assertEqual(self.exchange(tokyo, appId=app_id, appSecret=secret, refreshToken=pair["refreshToken"])[0], 401)
        wait_for(lambda: not self.works(again["token"]), "an old refresh token, shown in another region, ends nothing here")
        # One is given in Tokyo while it is taken back in Paris, and neither knows of the other.
        known = self.grant(app_id, secret, ann)
        wait_for(lambda: self.works(known["token"], tokyo), "the token does not come")
        regions.stop("tokyo")
        self.ask("mutation($id: String!) { appRevokeAccess(appId: $id) }", ann, id=app_id)
        regions.stop("paris")
        regions.start("tokyo")
        meanwhile = self.grant(app_id, secret, ann, node=tokyo)
        self.assertTrue(self.works(meanwhile["token"], tokyo) and self.works(known["token"], tokyo))
        regions.start("paris")
        wait_for(lambda: not self.works(known["token"], tokyo) and not self.works(meanwhile["token"], tokyo),
                 "what was taken back in the other region goes on")
        self.assertFalse(self.works(meanwhile["token"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
