"""People, projects and tokens on one node, for tests of who may do what. Standard library only."""
import dataclasses
import http.client
import itertools
import json
import pathlib
import re
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from rights_table import OPEN, PUBLIC, VISIBILITIES  # noqa: E402

LIST_COUNT_MAX = 50
ROOT = "0123456789abcdef0123456789abcdef"
WORDS = '{type: "doc", content: [{type: "paragraph", content: [{type: "text", text: "odd"}]}]}'
OTHER_PROJECT = "ffffffffff"


@dataclasses.dataclass(eq=False)
class Person:
    name: str
    server_role: str  # None for nobody
    role: str = None  # in the projects, but in those that are somebody else's
    token: str = None
    id: str = ""

    @property
    def email(self):
        return f"{self.name}@example.com"


PEOPLE = [
    Person("admin", "admin"), Person("owner", "user", "owner"), Person("contributor", "user", "contributor"),
    Person("colleague", "user", "contributor"), Person("reviewer", "user", "reviewer"), Person("invited", "user"),
    Person("stranger", "user"), Person("guest", "guest"), Person("helper", "guest", "contributor"),
    Person("archived", "archived", "contributor"), Person("nobody", None),
]
# They answer invitations in new projects, too; others have their roles where all of this starts.
TEAM = ("contributor", "colleague", "reviewer", "helper")


class World:
    """One node with PEOPLE on it, and one project of each visibility."""

    def __init__(self, node):
        self.node, address = node, urllib.parse.urlsplit(node.api)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self.call_count, self.numbers, self.tokens = 0, itertools.count(), {}
        self.people = {person.name: dataclasses.replace(person) for person in PEOPLE}
        for person in self.people.values():
            if person.server_role is not None:
                person.token = node.register(person.email, name=person.name.title())
                person.id = self.ask(person, "{ activeUser { id } }")["activeUser"]["id"]
        self.scopes = [scope["name"] for scope in self.ask(None, "{ serverInfo { scopes { name } } }")["serverInfo"]["scopes"]]
        self.admin, self.owner = self.people["admin"], self.people["owner"]
        self.ask(self.admin, 'mutation { serverInfoUpdate(info: {name: "Tiebeam", guestModeEnabled: true}) }')
        for name in ("guest", "helper"):
            self.change_role(name, "server:guest")
        self.offices = {visibility: self.office(visibility) for visibility in VISIBILITIES}
        self.change_role("archived", "server:archived-user")

    def change_role(self, name, role):
        self.ask(self.admin, 'mutation { userRoleChange(userRoleInput: {id: "%s", role: "%s"}) }' % (self.people[name].id, role))

    # Calls

    def request(self, method, path, body=None, token=None, kind="application/json", headers=()):
        """Status and body, over a connection that is kept."""
        self.call_count += 1
        headers = {"Content-Type": kind, **dict(headers)} if body is not None else dict(headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        for attempt in range(2):
            try:
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return answer.status, answer.read(), answer.headers
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                self.connection.close()  # the node closes connections whose bodies it does not read
                if attempt:
                    raise
        return None

    def run(self, token, queries):
        """The answers to some queries; `{"status": …}` for each when the node answers none."""
        answers = []
        for start in range(0, len(queries), LIST_COUNT_MAX):
            some = queries[start:start + LIST_COUNT_MAX]
            body = json.dumps([{"query": query} for query in some]).encode()
            status, answer, _ = self.request("POST", "/graphql", body, token)
            answers += json.loads(answer) if status == 200 else [{"status": status, "body": answer.decode()}] * len(some)
        return answers

    def ask_all(self, person, queries):
        """The data of some queries that all must be answered."""
        answers = self.run(person.token if person else None, queries)
        for query, answer in zip(queries, answers):
            assert "data" in answer and "errors" not in answer, (person, query, answer)
        return [answer["data"] for answer in answers]

    def ask(self, person, query):
        return self.ask_all(person, [query])[0]

    # Tokens

    def token_of(self, caller, project):
        """A token as `caller` has it, for calls that are about `project`."""
        person = caller.person
        if person.token is None or caller.is_able:
            return person.token
        chosen = [scope for scope in self.scopes if scope != caller.without and (caller.only is None or scope in caller.only)]
        limit = {"this": project, "other": OTHER_PROJECT, None: None}[caller.limit]
        key = (person.name, tuple(chosen), limit)
        if key not in self.tokens:
            limits = '[{id: "%s", type: project}]' % limit if limit else "[]"
            self.tokens[key] = self.ask(person, 'mutation { appTokenCreate(token: {name: "t", scopes: %s, limitResources: %s}) }' % (
                json.dumps(chosen), limits))["appTokenCreate"]
        return self.tokens[key]

    # Projects and what is in them

    def number(self):
        return next(self.numbers)

    def projects(self, count, visibility="private", team=TEAM):
        """New projects of the owner, with people in them."""
        given = {"private": "PRIVATE", "workspace": "WORKSPACE"}.get(visibility, "PUBLIC")
        made = self.ask_all(self.owner, [
            'mutation { projectMutations { create(input: {name: "p", visibility: %s}) { id } } }' % given] * count)
        ids = [data["projectMutations"]["create"]["id"] for data in made]
        if visibility == OPEN:
            self.ask_all(self.owner, ['mutation { projectMutations { update(update: {id: "%s", allowPublicComments: true}) { id } } }'
                                      % id for id in ids])
        if not team:
            return ids
        inputs = ", ".join('{userId: "%s", role: "stream:%s"}' % (self.people[name].id, self.people[name].role) for name in team)
        invited = self.ask_all(self.owner, [
            'mutation { projectMutations { invites { batchCreate(projectId: "%s", input: [%s]) { invitedTeam { inviteId user { id } } } } } }'
            % (id, inputs) for id in ids])
        for name in team:
            person = self.people[name]
            self.ask_all(person, [
                'mutation { projectMutations { invites { use(input: {projectId: "%s", token: "%s", accept: true}) } } }'
                % (id, invite["inviteId"])
                for id, data in zip(ids, invited)
                for invite in data["projectMutations"]["invites"]["batchCreate"]["invitedTeam"] if invite["user"]["id"] == person.id])
        return ids

    def office(self, visibility):
        """A project with something of everything in it, as names that cases use."""
        names = {"project": self.projects(1, visibility, (*TEAM, "archived"))[0], "root": ROOT, "visibility": visibility}
        names |= {f"{name}Id": person.id for name, person in self.people.items()}
        self.upload_root(names["project"])
        for kind in ("model", "version", "comment", "ingestion", "invite", "embed", "started", "blob", "webhook", "event"):
            names |= FRESH[kind](self, names, 1)[0]
        names["invitation"] = self.invite(names["project"], "invited")
        [asked] = self.ask_all(self.people["stranger"], [ASK % names["project"]])
        names["request"] = asked["projectMutations"]["accessRequestMutations"]["create"]["id"]
        return names

    def upload_root(self, project):
        status, answer = object_upload.upload(self.node, project, self.owner.token, [b'{"id":"%s"}' % ROOT.encode()])
        assert status == 201, (status, answer)

    def invite(self, project, name):
        """The token by which somebody answers."""
        team = self.ask(self.owner, """mutation { projectMutations { invites { create(projectId: "%s", input: {userId: "%s"}) {
            invitedTeam { inviteId user { id } } } } } }""" % (project, self.people[name].id))
        return next(invite["inviteId"] for invite in team["projectMutations"]["invites"]["create"]["invitedTeam"]
                    if (invite["user"] or {}).get("id") == self.people[name].id)

    def files(self, names, count):
        """Files that the reviewer sent."""
        parts = [(f"{self.number()}.png", "image/png", b"%d" % self.number()) for _ in range(count)]
        body, kind = object_upload.multipart(parts)
        status, answer, _ = self.request("POST", f"/api/stream/{names['project']}/blob", body, self.people["reviewer"].token, kind)
        assert status == 201, (status, answer)
        return [{"blob": result["blobId"]} for result in json.loads(answer)["uploadResults"]]

    def imports(self, names, count):
        """Files that contributors sent by a link, to make versions of."""
        links = self.ask_all(self.people["contributor"], [
            'mutation { fileUploadMutations { generateUploadUrl(input: {projectId: "%s", fileName: "a.ifc"}) { url fileId } } }'
            % names["project"]] * count)
        made = []
        for data in links:
            link = data["fileUploadMutations"]["generateUploadUrl"]
            path = urllib.parse.urlsplit(link["url"])._replace(scheme="", netloc="").geturl()
            status, answer, headers = self.request("PUT", path, b"ISO", None, "application/octet-stream")
            assert status == 200, (status, answer)
            made.append({"file": link["fileId"], "etag": headers["ETag"].replace('"', '\\"'), "link": path})
        return made

    def started_imports(self, names, count):
        """Those whose import has begun."""
        made = self.imports(names, count)
        self.ask_all(self.people["contributor"], [
            'mutation { fileUploadMutations { startFileImport(input: {projectId: "%s", modelId: "%s", fileId: "%s", etag: "%s"}) { id } } }'
            % (names["project"], names["model"], file["file"], file["etag"]) for file in made])
        return made

    def snapshot(self):
        """What is on the server now, to see that nothing changed."""
        return self.ask_all(self.owner, [fill(SNAPSHOT, office) for office in self.offices.values()]) \
            + self.ask_all(self.admin, [SERVER_SNAPSHOT]) \
            + self.ask_all(self.owner, [ACCOUNT_SNAPSHOT])


ASK = 'mutation { projectMutations { accessRequestMutations { create(projectId: "%s") { id } } } }'
SNAPSHOT = """{ project(id: "$project") { name description visibility allowPublicComments team { id role } invitedTeam { inviteId role }
    models(limit: 100) { totalCount items { id name description updatedAt versions(limit: 100) { items { id message } } } }
    commentThreads(limit: 100, filter: {includeArchived: true}) { totalCount totalArchivedCount items { id rawText archived updatedAt
        replies { totalCount } } }
    blobs { totalCount } webhooks { items { id url description enabled history { totalCount } } } embedTokens { totalCount } pendingAccessRequests { id } policy { regions home edges minCopies } } }"""
SERVER_SNAPSHOT = """{ admin { userList(limit: 100) { items { id name role verified } } inviteList { totalCount }
    projectList { totalCount } } serverInfo { name company } }"""
ACCOUNT_SNAPSHOT = "{ activeUser { name bio company apiTokens { id } createdApps { id } meta { flag(key: \"seen\") } } }"


def fill(text, names):
    """Names with a dollar sign stand for what there is."""
    return re.sub(r"\$(\w+)", lambda match: names[match[1]], text)


def made_by(name, query, *way):
    """Makes things in the office's project, each by one query; `way` leads to their id."""
    def make(world, names, count):
        some = [fill(query, names | {"new": f"n{world.number()}"}) for _ in range(count)]
        found = []
        for data in world.ask_all(world.people[name], some):
            for step in way[1:]:
                data = data[step]
            found.append({way[0]: data})
        return found
    return make


def fresh_projects(team=TEAM, **parts):
    """New projects with the same visibility as the office."""
    def make(world, names, count):
        projects = world.projects(count, names["visibility"], team)
        made = [{"project": project} for project in projects]
        for own in made:
            for key, part in parts.items():
                own[key] = part(world, own["project"])
        return made
    return make


def asked_for(world, project):
    asked = world.ask(world.people["stranger"], ASK % project)
    return asked["projectMutations"]["accessRequestMutations"]["create"]["id"]


FRESH = {
    "model": made_by("contributor", 'mutation { modelMutations { create(input: {projectId: "$project", name: "$new"}) { id } } }',
                     "model", "modelMutations", "create", "id"),
    "version": made_by(
        "contributor", """mutation { versionMutations { create(input: {projectId: "$project", modelId: "$model", objectId: "$root"}) {
            id } } }""", "version", "versionMutations", "create", "id"),
    "comment": made_by(
        "reviewer", """mutation { commentMutations { create(input: {projectId: "$project", resourceIdString: "$model",
            content: {doc: %s}}) { id } } }""" % WORDS, "comment", "commentMutations", "create", "id"),
    "ingestion": made_by(
        "contributor", """mutation { projectMutations { modelIngestionMutations { create(input: {projectId: "$project",
            modelId: "$model", progressMessage: "a", sourceData: {sourceApplicationSlug: "a", sourceApplicationVersion: "1"}}) { id } } } }""",
        "ingestion", "projectMutations", "modelIngestionMutations", "create", "id"),
    "embed": made_by(
        "owner", 'mutation { projectMutations { createEmbedToken(token: {projectId: "$project", resourceIdString: "$model"}) { token } } }',
        "embed", "projectMutations", "createEmbedToken", "token"),
    "webhook": made_by(
        "owner", """mutation { webhookCreate(webhook: {streamId: "$project", url: "https://tool.example/$new",
            triggers: ["commit_create"]}) }""", "webhook", "webhookCreate"),
    "event": made_by(
        "owner", 'mutation { webhookMutations { test(projectId: "$project", webhookId: "$webhook") { id } } }', "event",
        "webhookMutations", "test", "id"),
    "file": World.imports,
    "started": World.started_imports,
    "blob": World.files,
    "project": fresh_projects(),
    "invitation": fresh_projects((), invitation=lambda world, project: world.invite(project, "invited")),
    "asked": fresh_projects((), request=asked_for),
    "unasked": fresh_projects(("contributor", "reviewer", "helper")),
}


def invites(world, names, count):
    """Invitations of people who have no account."""
    emails = [f"n{world.number()}@example.org" for _ in range(count)]
    world.ask_all(world.owner, [
        'mutation { projectMutations { invites { create(projectId: "%s", input: {email: "%s"}) { id } } } }'
        % (names["project"], email) for email in emails])
    team = world.ask(world.owner, '{ project(id: "%s") { invitedTeam { title inviteId } } }' % names["project"])["project"]["invitedTeam"]
    found = {invite["title"]: invite["inviteId"] for invite in team}
    return [{"invite": found[email]} for email in emails]


FRESH["invite"] = invites
