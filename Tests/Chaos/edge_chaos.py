"""A region and an edge of it with a bad link between, both killed at random, while people publish through the edge: what was
acknowledged is in the region once, whole, in the end; what was refused is not; reads give the right bytes or say why not.

usage: edge_chaos.py [SECONDS [SEED]]
"""
import collections
import json
import pathlib
import random
import shutil
import socket
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from proxy import Links  # noqa: E402
from schedule import Schedule  # noqa: E402

NAMES = ("region", "edge")
WRITERS = 3
SETTLE_SECONDS_MAX = 90
CREATE = "mutation($i: CreateVersionInput!) { versionMutations { create(input: $i) { id } } }"
VERSIONS = """query($p: String!, $m: String!, $c: String) { project(id: $p) { model(id: $m) { versions(limit: 100, cursor: $c) {
    cursor items { id message referencedObject } } } } }"""
DONE, REFUSED, MAYBE = "acknowledged", "refused", "without an answer"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Version:
    """One attempt to publish: what was uploaded, and what became of it."""

    def __init__(self, message, rng):
        parts = [("%032x" % rng.getrandbits(128), rng.getrandbits(4_000)) for _ in range(rng.randint(1, 8))]
        self.message, self.root = message, "%032x" % rng.getrandbits(128)
        self.texts = {own: json.dumps({"id": own, "speckle_type": "Part", "n": "%x" % n}) for own, n in parts}
        self.texts[self.root] = json.dumps({
            "id": self.root, "speckle_type": "Base", "__closure": {own: 1 for own, _ in parts},
            "parts": [{"referencedId": own, "speckle_type": "reference"} for own, _ in parts]})
        self.id = self.outcome = None


class Run:
    def __init__(self, seconds, seed):
        self.seconds, self.seed = seconds, seed
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tiebeam-edge-chaos-"))
        self.schedule = Schedule(seed, seconds, NAMES)
        ports = {name: free_port() for name in NAMES}
        self.links = Links(NAMES, ports)
        link = self.links.links["edge", "region"]
        tiebeam_node.run("region", "create", "region", "--address", f"tiebeam://127.0.0.1:{link.port}",
                         "--data", self.folder / "region" / "data")
        self.nodes = {
            "region": tiebeam_node.Node(
                self.folder / "region", ["--sync-port", str(ports["region"]), "--api-port", str(free_port())]),
            "edge": tiebeam_node.Node(self.folder / "edge", ["--api-port", str(free_port())])}
        self.region, self.edge = (self.nodes[name] for name in NAMES)
        self.versions, self.problems, self.kills, self.reads = [], [], collections.Counter(), collections.Counter()
        self.stop = threading.Event()

    def go(self):
        self.region.start()
        self.token = self.region.register("ann@example.com")
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token).stdout.strip()
        tiebeam_node.run("edge", "join", invitation, "edge", "--data", self.folder / "edge" / "data")
        self.edge.start()
        self.project = object_upload.create_project(self.edge, self.token)
        self.model = object_upload.create_model(self.edge, self.token, self.project)
        object_upload.upload(self.edge, self.project, self.token, [b'{"id":"' + b"1" * 32 + b'"}'])
        threads = [threading.Thread(target=self.write, args=[number]) for number in range(WRITERS)]
        threads.append(threading.Thread(target=self.read))
        for thread in threads:
            thread.start()
        try:
            self.follow_schedule()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        self.links.heal()
        if not self.problems:
            self.check()

    # Faults -----------------------------------------------------------------------------------------------------------
    def follow_schedule(self):
        start, crashes = time.monotonic(), []
        for event in self.schedule.events:
            time.sleep(max(0, start + event.at - time.monotonic()))
            if event.kind == "kill":
                crashes.append(threading.Thread(target=self.crash, args=[event.region, event.seconds]))
                crashes[-1].start()
            else:
                self.schedule.apply(event, self.links)
        time.sleep(max(0, start + self.seconds - time.monotonic()))
        for crash in crashes:
            crash.join()

    def crash(self, name, seconds):
        node = self.nodes[name]
        node.process.kill()
        node.stop()
        self.kills[name] += 1
        time.sleep(seconds)
        node.start()

    # Work -------------------------------------------------------------------------------------------------------------
    def request(self, method, path, body=None, kind="application/json"):
        """Status and body; `None` as status when no answer came."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "text/plain"}
        try:
            status, _, answer = tiebeam_node.request(method, self.edge.api + path, body, headers, timeout=30)
            return status, answer
        except OSError:
            return None, b""

    def write(self, number):
        rng = random.Random(f"{self.seed} {number}")
        count = 0
        while not self.stop.is_set():
            count += 1
            version = Version(f"{number}.{count}", rng)
            array = b"[" + b",".join(text.encode() for text in version.texts.values()) + b"]"
            body, kind = object_upload.multipart([("batch-1", "application/json", array)])
            status, answer = self.request("POST", f"/objects/{self.project}", body, kind)
            if status == 201:
                self.versions.append(version)
                self.publish(version)
            elif status not in (None, 502, 503):
                self.problems.append(f"an upload gave {status}: {answer[:300]}")
            time.sleep(rng.uniform(0, 0.2))

    def publish(self, version):
        body = json.dumps({"query": CREATE, "variables": {"i": {
            "projectId": self.project, "modelId": self.model, "objectId": version.root, "message": version.message}}})
        status, answer = self.request("POST", "/graphql", body.encode())
        created = json.loads(answer) if status == 200 else {}
        if created.get("data"):
            version.id, version.outcome = created["data"]["versionMutations"]["create"]["id"], DONE
        elif status in (None, 502):
            version.outcome = MAYBE
        elif status == 503:
            version.outcome = REFUSED
        else:
            version.outcome = REFUSED
            self.problems.append(f"a version gave {status}: {answer[:300]}")

    def read(self):
        rng = random.Random(f"{self.seed} reader")
        while not self.stop.is_set():
            done = [version for version in self.versions if version.outcome == DONE]
            if done:
                version = rng.choice(done)
                own = rng.choice(list(version.texts))
                status, answer = self.request("GET", f"/objects/{self.project}/{own}/single")
                self.reads[status] += 1
                if status == 200 and answer.decode() != version.texts[own] or status not in (200, None, 502, 503):
                    self.problems.append(f"reading {own} of {version.message} gave {status}: {answer[:300]}")
            time.sleep(rng.uniform(0, 0.1))

    # Afterwards -------------------------------------------------------------------------------------------------------
    def check(self):
        start = time.monotonic()
        while self.outbox():
            if time.monotonic() - start > SETTLE_SECONDS_MAX:
                self.problems.append(f"the outbox still has {len(self.outbox())} entries: {self.outbox()[:2]}")
                return
            time.sleep(0.2)
        self.settled = time.monotonic() - start
        found = collections.defaultdict(list)
        for item in self.published():
            found[item["message"]].append(item)
        for version in self.versions:
            items = found.pop(version.message, [])
            if version.outcome == DONE and [item["id"] for item in items] != [version.id]:
                self.problems.append(f"{version.message} was acknowledged as {version.id}; there is {items}")
            if version.outcome == REFUSED and items or len(items) > 1:
                self.problems.append(f"{version.message} was {version.outcome}; there is {items}")
            for item in items:
                self.compare(version, item)
        if found:
            self.problems.append(f"nobody made {list(found)}")

    def outbox(self):
        status, body = self.request("GET", "/api/edge/outbox")
        items = json.loads(body) if status == 200 else [None]
        refused = [item for item in items if item and item.get("problem")]
        if refused:
            self.problems.append(f"the region did not take {refused}")
        return [] if refused else items

    def published(self):
        items, cursor = [], None
        while True:
            page = self.region.graphql(VERSIONS, {"p": self.project, "m": self.model, "c": cursor}, self.token)
            page = page["data"]["project"]["model"]["versions"]
            items += page["items"]
            if not page["items"] or not page["cursor"]:
                return items
            cursor = page["cursor"]

    def compare(self, version, item):
        ids = json.dumps({"objects": json.dumps(list(version.texts))}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Accept": "text/plain"}
        _, _, body = tiebeam_node.request("POST", f"{self.region.api}/api/getobjects/{self.project}", ids, headers)
        there = dict(line.split("\t", 1) for line in body.decode().splitlines())
        if item["referencedObject"] != version.root or there != version.texts:
            self.problems.append(f"{version.message} is not what was uploaded")

    def close(self):
        codes = [node.stop() for node in self.nodes.values()]
        self.links.close()
        if codes != [0, 0]:
            self.problems.append(f"the nodes ended with {codes}")
        if not self.problems:
            shutil.rmtree(self.folder)


def main(seconds=60, seed=None):
    seed = seed or str(random.SystemRandom().randrange(10**9))
    run = Run(float(seconds), seed)
    print(f"Chaos of an edge for {run.seconds:g} s with the seed {seed}.")
    sys.stdout.flush()
    try:
        run.go()
    finally:
        run.close()
    outcomes = collections.Counter(version.outcome for version in run.versions)
    print("versions: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))
    print("reads by status: " + ", ".join(f"{status} {count}" for status, count in sorted(run.reads.items(), key=str)))
    print(f"kills: {dict(run.kills)}; the outbox was empty {getattr(run, 'settled', float('nan')):.1f} s after healing")
    for problem in run.problems[:20]:
        print("  " + problem)
    print("All is well." if not run.problems else f"{len(run.problems)} problems. Logs and data are in {run.folder}.")
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
