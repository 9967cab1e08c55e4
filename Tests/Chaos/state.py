"""What a region shows of a project or of people, in the form that rules take, and as a whole."""
import collections
import json
import threading
import time

from api import Refused
from history import SERVER, Conflicts, Read

PROJECT = """query($p: String!) { project(id: $p) {
    id name description visibility allowPublicComments createdAt updatedAt sourceApps team { role user { id } }
    models(limit: 100) { totalCount items { id name description createdAt updatedAt author { id }
        versions(limit: 200) { totalCount items {
            id message referencedObject sourceApplication totalChildrenCount parents createdAt authorUser { id } } } } }
    blobs(limit: 100) { totalCount items { id fileName fileHash fileSize createdAt userId } } } }"""
VERSION = "query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { id message model { id } } } }"
PEOPLE = """{ userSearch(query: "chaos", limit: 200, archived: true) { items {
    id name bio company avatar verified role } } }"""
SELF = """{ activeUser { id email name bio company role createdAt
    apiTokens { id name lastChars scopes createdAt lifespan } } }"""
PROJECTS = "query($c: String) { activeUser { projects(limit: 100, cursor: $c) { totalCount cursor items { id } } } }"
# Every project has this model, which is hidden while it is empty; runs do not write to it.
MAIN = "main"
# The answers of a region that has no such project, or nobody in it yet.
ABSENT = ("STREAM_NOT_FOUND", "FORBIDDEN")


class Reader:
    """Reads of regions, kept in the history."""

    def __init__(self, api, history):
        self.api = api
        self.history = history
        self.lock = threading.Lock()
        # By region and project, the versions that were there.
        self.versions = collections.defaultdict(set)

    # Projects

    def expect(self, region, project, version):
        """A version that the region acknowledged."""
        with self.lock:
            self.versions[region.name, project].add(f"version/{version}")

    def project(self, region, project, token, final=False):
        """Reads a project. Returns what the region answered; `None` when it shows no such project."""
        start = time.time()
        try:
            whole = self.api.graphql(region, PROJECT, {"p": project}, token)["project"]
        except Refused as refusal:
            if not str(refusal).startswith(ABSENT):
                raise
            self.history.add(Read(region.name, project, start, time.time(), None, final))
            return None
        state = project_state(whole)
        with self.lock:
            known = self.versions[region.name, project]
            known |= {entity for entity in state if entity.startswith("version/")}
            missed = known - state.keys()
        # Lists of several models are not of one moment: they may miss a version that moves meanwhile.
        for version in missed:
            self._look_for(region, project, token, version, state)
        with self.lock:
            known &= known - missed | state.keys()
        self.history.add(Read(region.name, project, start, time.time(), state, final))
        return whole

    def _look_for(self, region, project, token, version, state):
        try:
            found = self.api.graphql(
                region, VERSION, {"p": project, "v": version.removeprefix("version/")}, token)["project"]["version"]
        except Refused:
            return
        state[version] = {"model": found["model"]["id"], "message": found["message"]}

    def projects(self, region, token):
        """The ids of all projects of somebody."""
        found, cursor = [], None
        while True:
            page = self.api.graphql(region, PROJECTS, {"c": cursor}, token)["activeUser"]["projects"]
            found += [item["id"] for item in page["items"]]
            cursor = page["cursor"]
            if not page["items"]:
                return sorted(found)

    # People

    def people(self, region, tokens, final=False):
        """Reads all people and the tokens that `tokens` are told of."""
        start = time.time()
        people = self.api.graphql(region, PEOPLE, {}, tokens[0])["userSearch"]["items"]
        selves = [self.api.graphql(region, SELF, {}, token)["activeUser"] for token in tokens]
        state = {f"user/{user['id']}": {name: user[name] for name in ("name", "bio", "company")} for user in people}
        state |= {f"token/{token['id']}": {} for person in selves for token in person["apiTokens"]}
        self.history.add(Read(region.name, SERVER, start, time.time(), state, final))
        return {"people": sorted(people, key=lambda user: user["id"]), "selves": selves}

    # Conflicts

    def conflicts(self, region, scope, token, final=False):
        path = "/api/conflicts" if scope == SERVER else f"/api/projects/{scope}/conflicts"
        items = self.api.rest(region, "GET", path, token)
        for item in items:
            item.setdefault("field", None)
            for side in item["sides"]:
                side.setdefault("value", None)
        if final:
            self.history.add(Conflicts(region.name, scope, items))
        return items


def project_state(whole):
    """Entities and their fields."""
    complete(whole["models"])
    complete(whole["blobs"])
    state = {"project": {name: whole[name] for name in ("name", "description", "visibility", "allowPublicComments")}}
    for member in whole["team"]:
        state[f"role/{member['user']['id']}"] = {"role": member["role"]}
    for model in whole["models"]["items"]:
        if model["name"] != MAIN:
            state[f"model/{model['id']}"] = {"name": model["name"], "description": model["description"]}
        for version in complete(model["versions"]):
            state[f"version/{version['id']}"] = {"model": model["id"], "message": version["message"]}
    state |= {f"file/{file['id']}": {} for file in whole["blobs"]["items"]}
    return state


def complete(listing):
    """The items of a list that fits on one page. Count and items come from one moment."""
    if listing["totalCount"] != len(listing["items"]):
        raise RuntimeError(f"a list of {listing['totalCount']} does not fit on a page")
    return listing["items"]


def difference(left, right, path=""):
    """Where two answers differ first; `None` when they do not."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            if found := difference(left.get(key), right.get(key), f"{path}.{key}"):
                return found
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right)):
            if found := difference(one, other, f"{path}[{index}]"):
                return found
    elif left != right:
        return f"{path}: {json.dumps(left)[:300]} and {json.dumps(right)[:300]}"
    return None
