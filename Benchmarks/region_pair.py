"""Two regions of one organisation, each of which reaches the other through a relay, and clients of their APIs."""
import http.client
import json
import shutil
import time

import object_upload
import peers
import tiebeam_node

HERE, THERE = "here", "there"
SETTLE_SECONDS = 120


class Pair:
    """`here` stands at the server's end of a way of network.py, `there` at the clients'. Neither runs at first."""

    def __init__(self, directory, way):
        self.directory, self.way = directory, way
        ports = {name: peers.free_port() for name in (HERE, THERE)}
        way.reach(ports[HERE])
        self.relays = {HERE: way.relays[ports[HERE]], THERE: way.back(ports[THERE])}
        ids = {name: tiebeam_node.identity(directory / name)[0] for name in ports}
        shutil.copytree(directory / THERE, directory / "new")
        options = ["--join-regions", *self.roster(ids)]
        self.here, self.there = (
            tiebeam_node.Node(directory / name, [*options, "--sync-port", str(ports[name])], prefix)
            for name, prefix in ((HERE, []), (THERE, way.prefix)))

    def roster(self, ids):
        key_file, description, signed = (self.directory / name for name in ("key.pem", "nodes.json", "roster"))
        key = tiebeam_node.run("roster", "key", key_file).stdout.strip()
        description.write_text(json.dumps({"version": 1, "nodes": [
            {"id": ids[name], "name": name, "role": "region", "region": name.title(),
             "addresses": [f"tiebeam://{relay.address}:{relay.port}"]} for name, relay in self.relays.items()]}))
        tiebeam_node.run("roster", "sign", description, "--key", key_file, "--output", signed)
        return ["--roster", str(signed), "--roster-key", key]

    def start(self):
        """Both, and somebody who has an account in both."""
        self.here.start()
        self.token = self.here.register("bench@example.com")
        self.there.start()
        return self

    def forget_there(self):
        """`there` knows nothing any more."""
        shutil.rmtree(self.there.data)
        shutil.copytree(self.directory / "new", self.there.data)

    def at_here(self):
        return Client(self.here, self.token)

    def at_there(self):
        return Client(self.there, self.token, self.way.connect)

    def cut(self):
        """Who dials is refused, and connections end."""
        for relay in self.relays.values():
            relay.stop()

    def mend(self):
        for relay in self.relays.values():
            relay.start()

    def dialled(self):
        """When each region was first reached since the link is there."""
        return {name: relay.opened[0] for name, relay in self.relays.items() if relay.opened}

    def count(self):
        """Bytes on both connections so far: of what `there` asked and got, of what `here` asked and got."""
        return sum(self.relays[HERE].total()), sum(self.relays[THERE].total())

    def stop(self):
        """The way stays."""
        self.here.stop()
        self.there.stop()
        self.relays[THERE].stop()


class Client:
    """GraphQL on one connection that is kept."""

    def __init__(self, node, token, connect=None):
        host, port = node.api.removeprefix("http://").rsplit(":", 1)
        self.http = http.client.HTTPConnection(host, int(port), timeout=60)
        if connect:
            self.http.sock = connect(host, int(port))
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, query, variables):
        """The whole answer."""
        self.http.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), self.headers)
        return json.loads(self.http.getresponse().read())

    def do(self, query, variables):
        """The data, without which there is no going on."""
        answer = self.ask(query, variables)
        if answer.get("errors"):
            raise RuntimeError(json.dumps(answer["errors"]))
        return answer["data"]

    def describe(self, project, text):
        self.do("mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }",
                {"i": {"id": project, "description": text}})

    def description(self, project):
        """`None` while the region does not know the project, or the person."""
        answer = self.ask("query($p: String!) { project(id: $p) { description } }", {"p": project})
        return ((answer.get("data") or {}).get("project") or {}).get("description")

    def await_description(self, project, text, seconds=SETTLE_SECONDS, pause=0.01):
        """Returns when it was shown."""
        deadline = time.monotonic() + seconds
        while self.description(project) != text:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{text!r} does not show within {seconds} s")
            time.sleep(pause)
        return time.monotonic()

    def make_model(self, project, name):
        return self.do("mutation($i: CreateModelInput!) { modelMutations { create(input: $i) { id } } }",
                       {"i": {"projectId": project, "name": name}})["modelMutations"]["create"]["id"]

    def change_model(self, project, model, **fields):
        self.do("mutation($i: UpdateModelInput!) { modelMutations { update(input: $i) { id } } }",
                {"i": {"projectId": project, "id": model, **fields}})

    def publish(self, project, model, root, message="next"):
        self.do("mutation($i: CreateVersionInput!) { versionMutations { create(input: $i) { id } } }",
                {"i": {"projectId": project, "modelId": model, "objectId": root, "message": message}})


def small_objects(pair, project, count):
    """Uploads so many objects without children, and returns their ids."""
    texts = [json.dumps({"speckle_type": "Base", "name": f"root {number}", "id": f"{number:032x}"}).encode()
             for number in range(1, count + 1)]
    object_upload.upload_all(pair.here, project, pair.token, texts)
    return [f"{number:032x}" for number in range(1, count + 1)]
