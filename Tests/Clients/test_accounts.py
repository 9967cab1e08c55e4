"""Accounts and their administration: what administrators, users, guests and outsiders may do, on one node and across regions.

Standard library only.
"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_regions import Regions  # noqa: E402
from test_sync import building, wait_for  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402

ROLE = "mutation($i: UserRoleInput!) { userRoleChange(userRoleInput: $i) }"
SETTINGS = "mutation($i: ServerInfoUpdateInput!) { serverInfoUpdate(info: $i) }"
INFO = "{ serverInfo { name company description adminContact termsOfService inviteOnly guestModeEnabled } }"
DELETE_SELF = "mutation($e: String!) { userDelete(userConfirmation: {email: $e}) }"
DELETE_OTHER = "mutation($e: String!) { adminDeleteUser(userConfirmation: {email: $e}) }"
MAKE_TOKEN = "mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }"
PEOPLE = """query($q: String, $r: ServerRole, $c: String, $l: Int! = 25) { admin { userList(query: $q, role: $r, cursor: $c,
    limit: $l) { totalCount cursor items { id name email role verified company } } } }"""
PROJECTS = """query($q: String, $o: String, $v: String) { admin { projectList(query: $q, orderBy: $o, visibility: $v) {
    totalCount cursor items { id name visibility team { user { name } } } } } }"""
CREATE_PROJECT = "mutation($i: ProjectCreateInput) { projectMutations { create(input: $i) { id } } }"
SET_ROLE = "mutation($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }"
INVITE = """mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites {
    create(projectId: $p, input: $i) { invitedTeam { inviteId } } } } }"""
ACCEPT = "mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }"
PROJECT_UPDATED = "subscription($id: String!) { projectUpdated(id: $id) { type } }"
RENAME = "mutation($u: ProjectUpdateInput!) { projectMutations { update(update: $u) { id } } }"
EMAILS = "{ activeUser { verified hasPendingVerification emails { id email verified primary userId } } }"
VERIFY = "mutation($i: VerifyUserEmailInput!) { activeUserMutations { emailMutations { verify(input: $i) } } }"
EMAIL = "mutation($i: %sUserEmailInput!) { activeUserMutations { emailMutations { %s(input: $i) { email emails { id email verified primary } } } } }"
ADD_EMAIL, DELETE_EMAIL = EMAIL % ("Create", "create"), EMAIL % ("Delete", "delete")
SET_PRIMARY = EMAIL % ("SetPrimary", "setPrimary")
REQUEST = "mutation($i: EmailVerificationRequestInput!) { activeUserMutations { emailMutations { requestNewEmailVerification(input: $i) } } }"
SET_VERIFIED = "mutation($i: AdminUpdateEmailVerificationInput!) { admin { updateEmailVerification(input: $i) } }"
INVITE_TO_SERVER = "mutation($i: ServerInviteCreateInput!) { serverInviteCreate(input: $i) }"
INVITES = "query($q: String) { admin { inviteList(query: $q) { totalCount cursor items { id email invitedBy { name } } } } }"
BY_TOKEN = "query($t: String) { serverInviteByToken(token: $t) { id email invitedBy { name } } }"
MY_INVITES = "{ activeUser { projectInvites { inviteId token } } }"
STRENGTH = "query($p: String!) { userPwdStrength(pwd: $p) { score feedback { warning suggestions } } }"


class AccountCase(unittest.TestCase):
    """Calls that are answered, and calls that are refused."""

    def answered(self, node, query, token, **variables):
        answer = node.graphql(query, variables, token)
        self.assertNotIn("errors", answer, query)
        return answer["data"]

    def refused(self, node, query, token, code, **variables):
        answer = node.graphql(query, variables, token)
        self.assertIn("errors", answer, query)
        self.assertEqual(answer["errors"][0]["extensions"]["code"], code, answer)
        return answer["errors"][0]["message"]

    def invalid(self, node, token):
        """The token is refused wherever it is shown."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for method, path, body in (("POST", "/graphql", b'{"query":"{activeUser{id}}"}'), ("GET", "/readiness", None)):
            status, _, answer = tiebeam_node.request(method, node.api + path, body, headers)
            self.assertEqual((status, json.loads(answer)), (403, {"error": "Your token is not valid."}))

    def hears_nothing(self, listener):
        """What ends a subscription is not data."""
        heard = listener.next()
        self.assertNotIn("data", heard if isinstance(heard, dict) else ())

    def identity(self, node, token):
        return self.answered(node, "{ activeUser { id } }", token)["activeUser"]["id"]

    def narrow(self, node, token, *scopes):
        """A token of the same person with these scopes only."""
        return self.answered(node, MAKE_TOKEN, token, t={"name": "narrow", "scopes": list(scopes)})["apiTokenCreate"]

    def admit(self, node, owner, project, person, role):
        """Somebody accepts an invitation to a project."""
        invited = {"userId": self.identity(node, person), "role": role}
        team = self.answered(node, INVITE, owner, p=project, i=invited)["projectMutations"]["invites"]["create"]
        answer = {"projectId": project, "token": team["invitedTeam"][0]["inviteId"], "accept": True}
        self.answered(node, ACCEPT, person, i=answer)

    def post(self, node, path, **body):
        """Status and text of a REST call."""
        status, _, answer = tiebeam_node.request(
            "POST", node.api + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return status, answer.decode()

    def create_project(self, node, token, name="Office"):
        return self.answered(node, CREATE_PROJECT, token, i={"name": name})["projectMutations"]["create"]["id"]


class AdministrationTests(AccountCase):
    """On one node, anew for each test: the first person is its administrator."""

    def setUp(self):
        self.node = self.enterContext(tiebeam_node.Node())
        self.admin = self.node.register("admin@example.com", name="Ada Admin")
        self.user = self.node.register("user@example.com", name="Uli User")
        self.user_id = self.identity(self.node, self.user)

    def change_role(self, user, role):
        return self.answered(self.node, ROLE, self.admin, i={"id": user, "role": role})

    def test_settings_are_answered_as_they_were_set(self):
        info = self.answered(self.node, INFO, None)["serverInfo"]
        self.assertEqual((info["name"], info["inviteOnly"], info["guestModeEnabled"]), ("Tiebeam", False, False))
        wanted = {"name": "Harbour", "company": "ACME", "description": "Quays", "adminContact": "ada@example.com",
                  "termsOfService": "Be kind.", "inviteOnly": True, "guestModeEnabled": True}
        self.assertTrue(self.answered(self.node, SETTINGS, self.admin, i=wanted)["serverInfoUpdate"])
        self.assertEqual(self.answered(self.node, INFO, None)["serverInfo"], wanted)
        self.answered(self.node, SETTINGS, self.admin, i={"name": "Harbour", "company": "", "inviteOnly": False})
        info = self.answered(self.node, INFO, None)["serverInfo"]
        self.assertEqual(info, {**wanted, "company": "", "inviteOnly": False})
        self.refused(self.node, SETTINGS, self.admin, "USER_INPUT_ERROR", i={"name": ""})
        self.refused(self.node, SETTINGS, self.admin, "USER_INPUT_ERROR", i={"name": "x", "termsOfService": "x" * 20_000})

    def test_administration_is_for_administrators_with_the_scopes(self):
        calls = {
            PEOPLE: {}, PROJECTS: {}, "{ admin { serverStatistics { totalUserCount } } }": {},
            "{ adminUsers { totalCount } }": {}, "{ adminStreams { totalCount } }": {},
            "{ serverStats { totalUserCount } }": {}, SETTINGS: {"i": {"name": "x"}},
            ROLE: {"i": {"id": self.user_id, "role": "server:admin"}}, DELETE_OTHER: {"e": "user@example.com"},
            "mutation { streamsDelete(ids: [\"%s\"]) }" % self.create_project(self.node, self.admin): {},
        }
        weak = self.narrow(self.node, self.admin, "streams:read", "profile:read")
        for query, variables in calls.items():
            nobody = "FORBIDDEN" if "streamsDelete" in query else "UNAUTHORIZED"
            self.refused(self.node, query, None, nobody, **variables)
            self.refused(self.node, query, self.user, "FORBIDDEN", **variables)
            self.refused(self.node, query, weak, "FORBIDDEN", **variables)
        listing = self.narrow(self.node, self.admin, "server:stats")
        self.answered(self.node, PROJECTS, listing)
        self.refused(self.node, PEOPLE, listing, "FORBIDDEN")
        # A role that was taken holds no more, whatever the token may do.
        self.change_role(self.user_id, "server:admin")
        self.answered(self.node, PEOPLE, self.user)
        self.change_role(self.user_id, "server:user")
        self.refused(self.node, PEOPLE, self.user, "FORBIDDEN")
        for method, path in (("GET", "/api/conflicts"), ("GET", "/api/regions")):
            for token, status in ((None, 401), (self.user, 403)):
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                self.assertEqual(tiebeam_node.request(method, self.node.api + path, None, headers)[0], status, path)

    def test_people_are_listed(self):
        for number in range(3):
            self.node.register(f"more{number}@example.com", name=f"More {number}")
        found = self.answered(self.node, PEOPLE, self.admin)["admin"]["userList"]
        self.assertEqual([item["email"] for item in found["items"]], [
            "more2@example.com", "more1@example.com", "more0@example.com", "user@example.com", "admin@example.com"])
        self.assertIsNone(found["cursor"])
        first = self.answered(self.node, PEOPLE, self.admin, q="MORE", l=2)["admin"]["userList"]
        rest = self.answered(self.node, PEOPLE, self.admin, q="MORE", l=2, c=first["cursor"])["admin"]["userList"]
        self.assertEqual([item["name"] for item in first["items"] + rest["items"]], ["More 2", "More 1", "More 0"])
        self.assertEqual((first["totalCount"], rest["cursor"]), (3, None))
        admins = self.answered(self.node, PEOPLE, self.admin, r="SERVER_ADMIN")["admin"]["userList"]["items"]
        self.assertEqual([item["role"] for item in admins], ["server:admin"])
        self.refused(self.node, PEOPLE, self.admin, "USER_INPUT_ERROR", c="!")
        self.refused(self.node, PEOPLE, self.admin, "BAD_REQUEST_ERROR", l=10_000)
        old = self.answered(self.node, "{ adminUsers(limit: 2, offset: 1) { totalCount items { id registeredUser { email } } } }",
                            self.admin)["adminUsers"]
        self.assertEqual([item["registeredUser"]["email"] for item in old["items"]], ["more1@example.com", "more0@example.com"])
        self.assertEqual(old["totalCount"], 5)

    def test_projects_are_listed_but_not_opened(self):
        project = self.create_project(self.node, self.user, "Secret")
        self.create_project(self.node, self.admin, "Alone")
        found = self.answered(self.node, PROJECTS, self.admin, o="name,desc")["admin"]["projectList"]
        self.assertEqual([item["name"] for item in found["items"]], ["Secret", "Alone"])
        self.assertEqual(found["items"][0]["team"], [{"user": {"name": "Uli User"}}])
        self.assertEqual(self.answered(self.node, PROJECTS, self.admin, q="sec", v="private")["admin"]["projectList"]["totalCount"], 1)
        self.assertEqual(self.answered(self.node, PROJECTS, self.admin, v="public")["admin"]["projectList"]["totalCount"], 0)
        self.refused(self.node, PROJECTS, self.admin, "BAD_REQUEST_ERROR", o="size,desc")
        for content in ("models { totalCount }", "modelByName(name: \"main\") { id }", "blobs { totalCount }", "conflicts { id }"):
            self.refused(self.node, "{ admin { projectList(query: \"Secret\") { items { %s } } } }" % content, self.admin,
                         "FORBIDDEN")
        for content in ("branches { totalCount }", "branch { id }", "commits { totalCount }", "commit { id }"):
            self.refused(self.node, "{ adminStreams(query: \"Secret\") { items { %s } } }" % content, self.admin, "FORBIDDEN")
        streams = self.answered(self.node, "{ adminStreams(limit: 1, orderBy: \"name,asc\") { totalCount items { name } } }", self.admin)
        self.assertEqual(streams["adminStreams"], {"totalCount": 2, "items": [{"name": "Alone"}]})
        self.refused(self.node, "query($p: String!) { project(id: $p) { name } }", self.admin, "FORBIDDEN", p=project)

    def test_statistics(self):
        project = self.create_project(self.node, self.user)
        model = object_upload.create_model(self.node, self.user, project)
        objects = building(1, count=30)
        object_upload.upload_all(self.node, project, self.user, (text for _, text in objects))
        object_upload.create_version(self.node, self.user, project, model, objects[-1][0])
        numbers = self.answered(self.node, "{ admin { serverStatistics { totalProjectCount totalUserCount } } }", self.admin)
        self.assertEqual(numbers["admin"]["serverStatistics"], {"totalProjectCount": 1, "totalUserCount": 2})
        stats = self.answered(self.node, """{ serverStats { totalStreamCount totalCommitCount totalObjectCount totalUserCount
            streamHistory commitHistory userHistory } }""", self.admin)["serverStats"]
        self.assertEqual([stats[f"total{name}Count"] for name in ("Stream", "Commit", "Object", "User")], [1, 1, len(objects), 2])
        self.assertEqual(sum(month["count"] for month in stats["userHistory"]), 2)
        self.assertRegex(stats["commitHistory"][0]["created_month"], r"^\d{4}-\d{2}-01T00:00:00.000Z$")

    def test_the_last_administrator_stays_one(self):
        admin_id = self.identity(self.node, self.admin)
        self.refused(self.node, ROLE, self.admin, "USER_INPUT_ERROR", i={"id": admin_id, "role": "server:user"})
        self.refused(self.node, DELETE_SELF, self.admin, "USER_INPUT_ERROR", e="admin@example.com")
        self.refused(self.node, DELETE_OTHER, self.admin, "USER_INPUT_ERROR", e="admin@example.com")
        self.refused(self.node, ROLE, self.admin, "USER_INPUT_ERROR", i={"id": self.user_id, "role": "server:king"})
        self.refused(self.node, ROLE, self.admin, "USER_NOT_FOUND", i={"id": "0000000000", "role": "server:user"})
        self.change_role(self.user_id, "server:admin")
        self.change_role(admin_id, "server:user")
        self.answered(self.node, PEOPLE, self.user)

    def test_guests_own_nothing(self):
        self.refused(self.node, ROLE, self.admin, "USER_INPUT_ERROR", i={"id": self.user_id, "role": "server:guest"})
        project = self.create_project(self.node, self.user)
        self.answered(self.node, SETTINGS, self.admin, i={"name": "x", "guestModeEnabled": True})
        self.change_role(self.user_id, "server:guest")
        self.refused(self.node, CREATE_PROJECT, self.user, "FORBIDDEN", i={"name": "Own"})
        self.refused(self.node, "mutation($s: StreamCreateInput!) { streamCreate(stream: $s) }", self.user, "FORBIDDEN", s={"name": "x"})
        self.refused(self.node, MAKE_TOKEN, self.user, "FORBIDDEN", t={"name": "x", "scopes": ["streams:read"]})
        # What he owned before he may work on, and an administrator can give it to somebody.
        self.refused(self.node, RENAME, self.user, "FORBIDDEN", u={"id": project, "name": "Mine"})
        object_upload.create_model(self.node, self.user, project)
        self.answered(self.node, SET_ROLE, self.admin, i={
            "projectId": project, "userId": self.identity(self.node, self.admin), "role": "stream:owner"})
        self.answered(self.node, RENAME, self.admin, u={"id": project, "name": "Taken over"})
        self.refused(self.node, SET_ROLE, self.admin, "STREAM_ACCESS_UPDATE_ERROR", i={
            "projectId": project, "userId": self.user_id, "role": "stream:owner"})
        other = self.create_project(self.node, self.admin)
        self.refused(self.node, INVITE, self.admin, "INVITE_CREATE_ERROR", p=other, i={
            "userId": self.user_id, "role": "stream:owner"})
        self.admit(self.node, self.admin, other, self.user, "stream:contributor")
        self.assertEqual(self.answered(self.node, "{ activeUser { permissions { canCreatePersonalProject { authorized } } } }",
                                       self.user)["activeUser"]["permissions"]["canCreatePersonalProject"], {"authorized": False})

    def test_who_is_archived_is_out_at_once(self):
        project = self.create_project(self.node, self.admin)
        self.admit(self.node, self.admin, project, self.user, "stream:reviewer")
        listener = Watcher(self.node.api, self.user, PROJECT_UPDATED, {"id": project})
        self.addCleanup(listener.close)
        code = tiebeam_node.request("GET", f"{self.node.api}/auth/accesscode?appId=sca&challenge=c&preventRedirect=true&token={self.user}")
        access = json.loads(code[2])["redirectUrl"].split("access_code=")[1]
        self.change_role(self.user_id, "server:archived-user")
        self.invalid(self.node, self.user)
        with self.assertRaisesRegex(RuntimeError, "login gave 401"):
            self.node.sign_in("user@example.com")
        status, _, _ = tiebeam_node.request("POST", f"{self.node.api}/auth/token", json.dumps(
            {"appId": "sca", "appSecret": "sca", "accessCode": access, "challenge": "c"}).encode(), {"Content-Type": "application/json"})
        self.assertEqual(status, 401)
        self.answered(self.node, RENAME, self.admin, u={"id": project, "name": "Unheard"})
        self.hears_nothing(listener)
        self.change_role(self.user_id, "server:user")
        self.answered(self.node, "{ activeUser { id } }", self.user)
        self.node.sign_in("user@example.com")

    def test_an_account_is_closed_by_its_person(self):
        own = self.create_project(self.node, self.user, "Own")
        shared = self.create_project(self.node, self.admin, "Shared")
        self.admit(self.node, self.admin, shared, self.user, "stream:owner")
        model = object_upload.create_model(self.node, self.user, shared)
        objects = building(1, count=30)
        object_upload.upload_all(self.node, shared, self.user, (text for _, text in objects))
        object_upload.create_version(self.node, self.user, shared, model, objects[-1][0])
        weak = self.narrow(self.node, self.user, "profile:read", "profile:write")
        self.refused(self.node, DELETE_SELF, None, "UNAUTHORIZED", e="user@example.com")
        self.refused(self.node, DELETE_SELF, weak, "FORBIDDEN", e="user@example.com")
        self.refused(self.node, DELETE_SELF, self.user, "USER_INPUT_ERROR", e="admin@example.com")
        self.assertTrue(self.answered(self.node, DELETE_SELF, self.user, e="User@Example.com")["userDelete"])
        self.invalid(self.node, self.user)
        self.invalid(self.node, weak)
        left = self.answered(self.node, PROJECTS, self.admin)["admin"]["projectList"]["items"]
        self.assertEqual([item["id"] for item in left], [shared])
        self.refused(self.node, "query($p: String!) { project(id: $p) { name } }", self.admin, "STREAM_NOT_FOUND", p=own)
        version = self.answered(self.node, """query($p: String!) { project(id: $p) { team { role } models { items { author { id }
            versions { items { authorUser { id } } } } } } }""", self.admin, p=shared)["project"]
        self.assertEqual(version, {"team": [{"role": "stream:owner"}], "models": {"items": [
            {"author": None, "versions": {"items": [{"authorUser": None}]}}]}})
        with self.assertRaisesRegex(RuntimeError, "login gave 401"):
            self.node.sign_in("user@example.com")
        self.node.register("user@example.com")

    def test_an_account_is_closed_by_an_administrator(self):
        self.create_project(self.node, self.user)
        self.refused(self.node, DELETE_OTHER, self.admin, "USER_NOT_FOUND", e="nobody@example.com")
        self.assertTrue(self.answered(self.node, DELETE_OTHER, self.admin, e="user@example.com")["adminDeleteUser"])
        self.invalid(self.node, self.user)
        self.assertEqual(self.answered(self.node, PROJECTS, self.admin)["admin"]["projectList"]["totalCount"], 0)

    def test_administrators_delete_projects(self):
        one, other = self.create_project(self.node, self.user), self.create_project(self.node, self.user)
        batch = "mutation($ids: [String!]!) { projectMutations { batchDelete(ids: $ids) } }"
        self.refused(self.node, batch, self.user, "FORBIDDEN", ids=[one])
        self.refused(self.node, batch, self.admin, "STREAM_NOT_FOUND", ids=[one, "0000000000"])
        self.refused(self.node, batch, self.admin, "BAD_REQUEST_ERROR", ids=["x"] * 201)
        self.answered(self.node, batch, self.admin, ids=[one])
        self.answered(self.node, "mutation($ids: [String!]) { streamsDelete(ids: $ids) }", self.admin, ids=[other])
        self.assertEqual(self.answered(self.node, PROJECTS, self.admin)["admin"]["projectList"]["totalCount"], 0)

    def test_the_operator_appoints_only_where_nobody_administers(self):
        self.node.stop()
        self.node.options = ["--administrator", "user@example.com"]
        self.node.start()
        self.refused(self.node, PEOPLE, self.user, "FORBIDDEN")


class MailTests(AccountCase):
    """What people show, and get back, by mails."""

    def setUp(self):
        self.node = self.enterContext(tiebeam_node.Node(options=["--public-url", "https://bim.example.com"]))
        self.admin = self.node.register("admin@example.com")
        self.user = self.node.register("user@example.com")
        self.user_id = self.identity(self.node, self.user)

    def open_link(self, mail):
        token = re.search(r"https://bim.example.com/auth/verifyemail\?t=([0-9a-f]{50})", mail).group(1)
        status, headers, _ = tiebeam_node.request("GET", f"{self.node.api}/auth/verifyemail?t={token}")
        self.assertEqual(status, 302)
        return headers["Location"]

    def verified(self):
        return self.answered(self.node, "{ activeUser { verified } }", self.user)["activeUser"]["verified"]

    def test_an_address_is_verified_by_the_link(self):
        mail, = self.node.mails("user@example.com")
        self.assertEqual(self.answered(self.node, EMAILS, self.user)["activeUser"], {
            "verified": False, "hasPendingVerification": True, "emails": [
                {"id": self.user_id, "email": "user@example.com", "verified": False, "primary": True, "userId": self.user_id}]})
        self.assertIn("emailverifiederror=", self.open_link(mail.replace("t=", "t=00000000000000000000000000000000000000000000000000")))
        self.assertFalse(self.verified())
        self.assertTrue(self.open_link(mail).endswith("/?emailverifiedstatus=true"))
        self.assertTrue(self.verified())
        self.assertIn("emailverifiederror=", self.open_link(mail))
        self.assertFalse(self.answered(self.node, EMAILS, self.user)["activeUser"]["hasPendingVerification"])

    def test_an_address_is_verified_by_the_code(self):
        mail, = self.node.mails("user@example.com")
        code = re.search(r"^\d{6}$", mail, re.MULTILINE).group()
        wrong = "000000" if code != "000000" else "111111"
        self.refused(self.node, VERIFY, None, "UNAUTHORIZED", i={"email": "user@example.com", "code": code})
        self.refused(self.node, VERIFY, self.admin, "USER_INPUT_ERROR", i={"email": "user@example.com", "code": code})
        self.refused(self.node, VERIFY, self.user, "USER_INPUT_ERROR", i={"email": "user@example.com", "code": wrong})
        self.answered(self.node, VERIFY, self.user, i={"email": "User@example.com", "code": code})
        self.assertTrue(self.verified())

    def change_emails(self, query, name, token, **value):
        """The primary address, and all by address."""
        answer = self.answered(self.node, query, token, i=value)["activeUserMutations"]["emailMutations"][name]
        return answer["email"], {email["email"]: email for email in answer["emails"]}

    def test_somebody_has_several_addresses(self):
        primary, emails = self.change_emails(ADD_EMAIL, "create", self.user, email="Uli@Firm.example")
        self.assertEqual(primary, "user@example.com")
        added = emails["uli@firm.example"]
        self.assertEqual((added["verified"], added["primary"]), (False, False))
        self.refused(self.node, ADD_EMAIL, self.user, "USER_EMAIL_ALREADY_EXISTS_ERROR", i={"email": "uli@firm.example"})
        self.refused(self.node, ADD_EMAIL, self.admin, "USER_EMAIL_ALREADY_EXISTS_ERROR", i={"email": "user@example.com"})
        self.refused(self.node, SET_PRIMARY, self.user, "USER_EMAIL_PRIMARY_UNVERIFIED_ERROR", i={"id": added["id"]})
        with self.assertRaises(RuntimeError):
            self.node.sign_in("uli@firm.example")
        code = re.search(r"^\d{6}$", self.node.mails("uli@firm.example")[-1], re.MULTILINE).group()
        self.refused(self.node, VERIFY, self.user, "USER_INPUT_ERROR", i={"email": "user@example.com", "code": code})
        self.answered(self.node, VERIFY, self.user, i={"email": "uli@firm.example", "code": code})
        self.assertEqual(self.identity(self.node, self.node.sign_in("uli@firm.example")), self.user_id)
        with self.assertRaises(RuntimeError):
            self.node.register("uli@firm.example")
        primary, emails = self.change_emails(SET_PRIMARY, "setPrimary", self.user, id=added["id"])
        self.assertEqual((primary, emails["uli@firm.example"]["primary"]), ("uli@firm.example", True))
        self.assertTrue(self.verified())
        self.refused(self.node, DELETE_EMAIL, self.user, "USER_EMAIL_DELETE_ERROR", i={"id": added["id"]})
        _, emails = self.change_emails(DELETE_EMAIL, "delete", self.user, id=self.user_id)
        self.assertEqual(list(emails), ["uli@firm.example"])
        self.assertNotEqual(self.identity(self.node, self.node.register("user@example.com")), self.user_id)

    def test_an_invitation_to_another_address_is_theirs_once_it_is_verified(self):
        project = self.create_project(self.node, self.admin)
        self.answered(self.node, INVITE, self.admin, p=project, i={"email": "uli@firm.example", "role": "stream:reviewer"})
        self.change_emails(ADD_EMAIL, "create", self.user, email="uli@firm.example")
        self.assertEqual(self.answered(self.node, MY_INVITES, self.user)["activeUser"]["projectInvites"], [])
        code = re.search(r"^\d{6}$", self.node.mails("uli@firm.example")[-1], re.MULTILINE).group()
        self.answered(self.node, VERIFY, self.user, i={"email": "uli@firm.example", "code": code})
        invite, = self.answered(self.node, MY_INVITES, self.user)["activeUser"]["projectInvites"]
        self.assertEqual(invite["token"], invite["inviteId"])
        self.answered(self.node, ACCEPT, self.user, i={"projectId": project, "token": invite["token"], "accept": True})
        self.assertIn("data", self.node.graphql("query($p: String!) { project(id: $p) { role } }", {"p": project}, self.user))

    def test_few_codes_may_be_tried(self):
        mail, = self.node.mails("user@example.com")
        code = re.search(r"^\d{6}$", mail, re.MULTILINE).group()
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            self.refused(self.node, VERIFY, self.user, "USER_INPUT_ERROR", i={"email": "user@example.com", "code": wrong})
        self.refused(self.node, VERIFY, self.user, "USER_INPUT_ERROR", i={"email": "user@example.com", "code": code})
        self.assertFalse(self.verified())

    def test_mails_are_asked_for(self):
        self.refused(self.node, "mutation { requestVerification }", None, "UNAUTHORIZED")
        self.refused(self.node, REQUEST, self.narrow(self.node, self.user, "profile:write"), "FORBIDDEN", i={"id": self.user_id})
        self.refused(self.node, REQUEST, self.user, "USER_INPUT_ERROR", i={"id": self.identity(self.node, self.admin)})
        # One a minute, however often it is asked for; strangers are told nothing.
        self.answered(self.node, "mutation { requestVerification }", self.user)
        self.answered(self.node, REQUEST, self.user, i={"id": self.user_id})
        by_address = "mutation($e: String!) { requestVerificationByEmail(email: $e) }"
        known = self.answered(self.node, by_address, None, e="user@example.com")
        self.assertEqual(self.answered(self.node, by_address, None, e="nobody@example.com"), known)
        self.assertEqual(len(self.node.mails("user@example.com")), 1)
        self.assertEqual(self.node.mails("nobody@example.com"), [])

    def test_administrators_say_whose_an_address_is(self):
        change = {"email": "user@example.com", "verified": True}
        self.refused(self.node, SET_VERIFIED, None, "UNAUTHORIZED", i=change)
        self.refused(self.node, SET_VERIFIED, self.user, "FORBIDDEN", i=change)
        self.refused(self.node, SET_VERIFIED, self.admin, "USER_NOT_FOUND", i={"email": "nobody@example.com"})
        self.answered(self.node, SET_VERIFIED, self.admin, i=change)
        self.assertTrue(self.verified())
        self.answered(self.node, SET_VERIFIED, self.admin, i={**change, "verified": False})
        self.assertFalse(self.verified())

    def test_addresses_are_for_their_person(self):
        query = "query($i: String!) { user(id: $i) { email %s } }"
        self.assertEqual(self.answered(self.node, query % "", self.user, i=self.identity(self.node, self.admin)), {"user": {"email": None}})
        self.assertEqual(self.answered(self.node, query % "", self.admin, i=self.user_id), {"user": {"email": "user@example.com"}})
        self.refused(self.node, query % "emails { email }", self.user, "FORBIDDEN", i=self.identity(self.node, self.admin))

    def test_a_password_is_set_anew(self):
        def reset(token, password="another one"):
            return self.post(self.node, "/auth/pwdreset/finalize", tokenId=token, password=password)
        other = self.node.sign_in("user@example.com")
        narrow = self.narrow(self.node, self.user, "profile:read")
        known = self.post(self.node, "/auth/pwdreset/request", email="user@example.com")
        self.assertEqual(known, (200, "Password reset email sent."))
        self.assertEqual(self.post(self.node, "/auth/pwdreset/request", email="nobody@example.com"), known)
        self.assertEqual(self.post(self.node, "/auth/pwdreset/request", email="user@example.com"), known)
        self.assertEqual(self.post(self.node, "/auth/pwdreset/request")[0], 400)
        mail = self.node.mails("user@example.com")[1:]
        self.assertEqual(len(mail), 1)
        token = re.search(r"https://bim.example.com/authn/resetpassword/finalize\?t=([0-9a-f]{50})", mail[0]).group(1)
        self.assertEqual(self.node.mails("nobody@example.com"), [])
        for wrong in (("0" * 50,), (token, "short"), ("",), (token, "x" * 1025)):
            self.assertEqual(reset(*wrong)[0], 400, wrong)
        self.node.sign_in("user@example.com")
        # What resets a password verifies nothing.
        self.assertIn("error", tiebeam_node.request("GET", f"{self.node.api}/auth/verifyemail?t={token}")[1]["Location"])
        self.assertEqual(reset(token)[0], 200)
        self.assertEqual(reset(token, "and again")[0], 400)
        for old in (self.user, other, narrow):
            self.invalid(self.node, old)
        with self.assertRaisesRegex(RuntimeError, "login gave 401"):
            self.node.sign_in("user@example.com")
        self.user = self.node.sign_in("user@example.com", "another one")
        self.assertTrue(self.verified())
        self.answered(self.node, "{ activeUser { id } }", self.admin)

    def test_links_do_not_follow_the_host_that_a_request_names(self):
        self.node.stop()
        self.node.options = []
        self.node.start()
        headers = {"Content-Type": "application/json", "Host": "evil.example.com"}
        tiebeam_node.request("POST", f"{self.node.api}/auth/pwdreset/request", b'{"email":"user@example.com"}', headers)
        self.assertNotIn("evil", self.node.mails("user@example.com")[-1])

    def test_mails_are_the_operators_to_read(self):
        folder = self.node.data / "data" / "mail"
        self.assertEqual(folder.stat().st_mode & 0o077, 0)
        self.assertEqual(tiebeam_node.run("mail", "show", "00000000", "--data", self.node.data / "data", check=False).returncode, 3)
        self.assertEqual(tiebeam_node.run("mail", "list", "--data", self.node.data / "nowhere", check=False).returncode, 3)

    def test_passwords_are_weighed(self):
        weak = self.answered(self.node, STRENGTH, None, p="password1")["userPwdStrength"]
        self.assertLessEqual(weak["score"], 1)
        self.assertTrue(weak["feedback"]["warning"] and weak["feedback"]["suggestions"])
        self.assertEqual(self.answered(self.node, STRENGTH, None, p="f7#kQz!p0vLx")["userPwdStrength"],
                         {"score": 4, "feedback": {"warning": None, "suggestions": []}})
        self.assertIn(self.answered(self.node, STRENGTH, None, p="aZ3$" * 200_000)["userPwdStrength"]["score"], range(5))


class InvitationTests(AccountCase):
    """Who comes onto the server, and into a project, by which mail."""

    def setUp(self):
        self.node = self.enterContext(tiebeam_node.Node(options=["--public-url", "https://bim.example.com"]))
        self.admin = self.node.register("admin@example.com", name="Ada Admin")
        self.user = self.node.register("user@example.com", name="Uli User")

    def token(self, to):
        return re.search(r"https://bim.example.com/authn/register\?token=([0-9a-f]{50})", self.node.mails(to)[-1]).group(1)

    def turned_away(self, email, invite=None):
        with self.assertRaisesRegex(RuntimeError, "register gave 400"):
            self.node.register(email, invite=invite)

    def test_only_the_invited_come_onto_an_invite_only_server(self):
        self.answered(self.node, SETTINGS, self.admin, i={"name": "Harbour", "inviteOnly": True})
        self.turned_away("cleo@example.com")
        self.refused(self.node, INVITE_TO_SERVER, None, "UNAUTHORIZED", i={"email": "cleo@example.com"})
        self.refused(self.node, INVITE_TO_SERVER, self.narrow(self.node, self.user, "users:read"), "FORBIDDEN", i={"email": "c@d.e"})
        self.answered(self.node, INVITE_TO_SERVER, self.user, i={"email": "Cleo@example.com", "message": "Come!"})
        self.assertIn("Come!", self.node.mails("cleo@example.com")[0])
        token = self.token("cleo@example.com")
        found = self.answered(self.node, BY_TOKEN, None, t=token)["serverInviteByToken"]
        self.assertEqual((found["email"], found["invitedBy"]["name"]), ("cleo@example.com", "Uli User"))
        self.assertIsNone(self.answered(self.node, BY_TOKEN, None, t=found["id"])["serverInviteByToken"])
        for wrong in ("0" * 50, found["id"]):
            self.turned_away("cleo@example.com", wrong)
        self.turned_away("mallory@example.com", token)
        cleo = self.node.register("cleo@example.com", invite=token)
        me = self.answered(self.node, "{ activeUser { verified role } }", cleo)["activeUser"]
        self.assertEqual(me, {"verified": True, "role": "server:user"})
        self.assertIsNone(self.answered(self.node, BY_TOKEN, None, t=token)["serverInviteByToken"])
        self.turned_away("cleo2@example.com", token)

    def test_what_somebody_becomes_is_not_more_than_the_inviter(self):
        self.refused(self.node, INVITE_TO_SERVER, self.user, "FORBIDDEN", i={"email": "c@example.com", "serverRole": "server:admin"})
        self.refused(self.node, INVITE_TO_SERVER, self.admin, "INVITE_CREATE_ERROR", i={"email": "c@example.com", "serverRole": "server:guest"})
        self.refused(self.node, INVITE_TO_SERVER, self.admin, "INVITE_CREATE_ERROR", i={"email": "c@example.com", "serverRole": "king"})
        self.refused(self.node, INVITE_TO_SERVER, self.admin, "INVITE_CREATE_ERROR", i={"email": "user@example.com"})
        self.answered(self.node, SETTINGS, self.admin, i={"name": "x", "guestModeEnabled": True})
        for email, role in (("boss@example.com", "server:admin"), ("guest@example.com", "server:guest")):
            self.answered(self.node, INVITE_TO_SERVER, self.admin, i={"email": email, "serverRole": role})
            person = self.node.register(email, invite=self.token(email))
            self.assertEqual(self.answered(self.node, "{ activeUser { role } }", person)["activeUser"]["role"], role)
        self.refused(self.node, INVITE_TO_SERVER, person, "FORBIDDEN", i={"email": "c@example.com"})

    def test_administrators_see_take_back_and_repeat_invitations(self):
        batch = "mutation($i: [ServerInviteCreateInput!]!) { serverInviteBatchCreate(input: $i) }"
        self.refused(self.node, batch, self.user, "INVITE_CREATE_ERROR", i=[{"email": "c@example.com"}, {"email": "nobody"}])
        self.refused(self.node, batch, self.user, "BAD_REQUEST_ERROR", i=[{"email": "c@example.com"}] * 201)
        self.answered(self.node, batch, self.user, i=[{"email": "c@example.com"}, {"email": "d@example.com"}])
        found = self.answered(self.node, INVITES, self.admin)["admin"]["inviteList"]
        self.assertEqual((found["totalCount"], sorted(item["email"] for item in found["items"])), (2, ["c@example.com", "d@example.com"]))
        self.assertEqual(self.answered(self.node, "{ admin { serverStatistics { totalPendingInvites } } }", self.admin)["admin"],
                         {"serverStatistics": {"totalPendingInvites": 2}})
        one, = self.answered(self.node, INVITES, self.admin, q="C@")["admin"]["inviteList"]["items"]
        resend = "mutation($i: String!) { inviteResend(inviteId: $i) }"
        cancel = "mutation($i: String!) { inviteDelete(inviteId: $i) }"
        self.refused(self.node, INVITES, self.user, "FORBIDDEN")
        for mutation in (resend, cancel):
            self.refused(self.node, mutation, self.user, "FORBIDDEN", i=one["id"])
            self.refused(self.node, mutation, self.admin, "INVITE_NOT_FOUND", i="0000000000")
        first = self.token("c@example.com")
        self.answered(self.node, resend, self.admin, i=one["id"])
        self.turned_away("c@example.com", first)
        second = self.token("c@example.com")
        self.answered(self.node, cancel, self.admin, i=one["id"])
        self.turned_away("c@example.com", second)
        # Invitations of whoever leaves end.
        self.answered(self.node, DELETE_SELF, self.user, e="user@example.com")
        self.assertEqual(self.answered(self.node, INVITES, self.admin)["admin"]["inviteList"]["totalCount"], 0)

    def test_an_address_alone_opens_no_project(self):
        project = self.create_project(self.node, self.user)
        self.answered(self.node, INVITE, self.user, p=project, i={"email": "cleo@example.com"})
        # Mallory says that the address is his.
        mallory = self.node.register("cleo@example.com")
        self.assertEqual(self.answered(self.node, MY_INVITES, mallory)["activeUser"]["projectInvites"], [])
        team = self.answered(self.node, "query($p: String!) { project(id: $p) { invitedTeam { inviteId } } }", self.user, p=project)
        accept = {"projectId": project, "token": team["project"]["invitedTeam"][0]["inviteId"], "accept": True}
        self.refused(self.node, ACCEPT, mallory, "INVITE_NOT_FOUND", i=accept)
        self.answered(self.node, SET_VERIFIED, self.admin, i={"email": "cleo@example.com"})
        self.assertEqual(len(self.answered(self.node, MY_INVITES, mallory)["activeUser"]["projectInvites"]), 1)

    def test_the_mail_opens_the_project(self):
        project = self.create_project(self.node, self.user)
        self.answered(self.node, SETTINGS, self.admin, i={"name": "x", "inviteOnly": True})
        self.answered(self.node, INVITE, self.user, p=project, i={"email": "cleo@example.com", "role": "stream:reviewer"})
        token = self.token("cleo@example.com")
        look = "query($p: String!, $t: String) { projectInvite(projectId: $p, token: $t) { projectName role } }"
        self.assertEqual(self.answered(self.node, look, None, p=project, t=token)["projectInvite"]["role"], "stream:reviewer")
        self.assertIsNone(self.answered(self.node, look, None, p=project, t="0" * 50)["projectInvite"])
        self.assertEqual(self.answered(self.node, BY_TOKEN, None, t=token)["serverInviteByToken"]["email"], "cleo@example.com")
        cleo = self.node.register("cleo@example.com", invite=token)
        self.answered(self.node, ACCEPT, cleo, i={"projectId": project, "token": token, "accept": True})
        self.assertEqual(self.answered(self.node, "query($p: String!) { project(id: $p) { role } }", cleo, p=project)["project"]["role"],
                         "stream:reviewer")
        self.refused(self.node, ACCEPT, cleo, "INVITE_NOT_FOUND", i={"projectId": project, "token": token, "accept": True})


class RegionalAdministrationTests(AccountCase):
    """Two regions that share people."""

    def setUp(self):
        self.regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: self.regions.stop())
        self.regions.start("paris", "tokyo")
        self.paris, self.tokyo = self.regions["paris"], self.regions["tokyo"]
        self.admin = self.paris.register("admin@example.com")
        self.user = self.paris.register("user@example.com")
        self.user_id = self.identity(self.paris, self.user)
        wait_for(lambda: self.tokyo.graphql("{ activeUser { id } }", {}, self.user).get("data"), "the person is not there")

    def holds(self, node, token):
        return "data" in node.graphql("{ activeUser { id } }", {}, token)

    def test_settings_and_roles_hold_in_both(self):
        self.answered(self.paris, SETTINGS, self.admin, i={"name": "Harbour", "guestModeEnabled": True})
        wait_for(lambda: self.answered(self.tokyo, INFO, None)["serverInfo"]["name"] == "Harbour", "the name is not there")
        self.answered(self.tokyo, ROLE, self.admin, i={"id": self.user_id, "role": "server:guest"})
        wait_for(lambda: "errors" in self.paris.graphql(CREATE_PROJECT, {"i": {"name": "x"}}, self.user), "he is no guest")
        self.answered(self.paris, ROLE, self.admin, i={"id": self.user_id, "role": "server:archived-user"})
        wait_for(lambda: not self.holds(self.tokyo, self.user), "he is not out")
        self.invalid(self.tokyo, self.user)

    def test_a_password_that_is_set_in_one_region_ends_what_is_signed_in_in_the_other(self):
        there = self.tokyo.sign_in("user@example.com")
        self.assertEqual(self.post(self.paris, "/auth/pwdreset/request", email="user@example.com")[0], 200)
        token = re.search(r"finalize\?t=([0-9a-f]{50})", self.paris.mails("user@example.com")[-1]).group(1)
        wait_for(lambda: self.holds(self.paris, there), "the token is not there")
        self.assertEqual(self.post(self.paris, "/auth/pwdreset/finalize", tokenId=token, password="another one")[0], 200)
        wait_for(lambda: not self.holds(self.tokyo, there), "the token holds still")
        self.answered(self.tokyo, "{ activeUser { verified } }", self.tokyo.sign_in("user@example.com", "another one"))

    def test_an_invitation_of_one_region_opens_an_account_in_the_other(self):
        self.answered(self.paris, SETTINGS, self.admin, i={"name": "x", "inviteOnly": True})
        self.answered(self.paris, INVITE_TO_SERVER, self.user, i={"email": "cleo@example.com"})
        token = re.search(r"register\?token=([0-9a-f]{50})", self.paris.mails("cleo@example.com")[0]).group(1)
        wait_for(lambda: self.answered(self.tokyo, BY_TOKEN, None, t=token)["serverInviteByToken"], "the invitation is not there")
        with self.assertRaisesRegex(RuntimeError, "register gave 400"):
            self.tokyo.register("mallory@example.com")
        cleo = self.tokyo.register("cleo@example.com", invite=token)
        wait_for(lambda: self.holds(self.paris, cleo), "the person is not there")
        self.assertIsNone(self.answered(self.paris, BY_TOKEN, None, t=token)["serverInviteByToken"])

    def test_who_is_archived_in_one_region_hears_no_more_in_the_other(self):
        project = self.create_project(self.tokyo, self.user)
        listener = Watcher(self.tokyo.api, self.user, PROJECT_UPDATED, {"id": project})
        self.addCleanup(listener.close)
        self.answered(self.paris, ROLE, self.admin, i={"id": self.user_id, "role": "server:archived-user"})
        wait_for(lambda: not self.holds(self.tokyo, self.user), "he is not out")
        give = {"projectId": project, "userId": self.identity(self.paris, self.admin), "role": "stream:owner"}
        self.answered(self.tokyo, SET_ROLE, self.admin, i=give)
        self.answered(self.tokyo, RENAME, self.admin, u={"id": project, "name": "Unheard"})
        self.hears_nothing(listener)

    def test_an_account_that_is_closed_while_its_person_writes_elsewhere(self):
        old = self.create_project(self.paris, self.user, "Old")
        wait_for(lambda: self.tokyo.graphql("query($p: String!) { project(id: $p) { id } }", {"p": old}, self.user).get("data"),
                 "the project is not there")
        self.regions.stop("tokyo")
        self.answered(self.paris, DELETE_OTHER, self.admin, e="user@example.com")
        self.regions.stop("paris")
        self.regions.start("tokyo")
        late = self.create_project(self.tokyo, self.user, "Late")
        self.regions.start("paris")

        def names(node):
            answer = node.graphql(PROJECTS, {}, self.admin)
            return [item["name"] for item in answer["data"]["admin"]["projectList"]["items"]] if answer.get("data") else None
        for node in (self.paris, self.tokyo):
            wait_for(lambda: names(node) == ["Late"], "the regions differ")
            wait_for(lambda: not self.holds(node, self.user), "he is not gone")
        give = {"projectId": late, "userId": self.identity(self.paris, self.admin), "role": "stream:owner"}
        self.answered(self.paris, SET_ROLE, self.admin, i=give)
        self.answered(self.paris, RENAME, self.admin, u={"id": late, "name": "Taken over"})
        wait_for(lambda: names(self.tokyo) == ["Taken over"], "the name is not there")


if __name__ == "__main__":
    unittest.main()
