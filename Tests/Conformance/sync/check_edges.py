"""What a region does for edges (Spec 21), against a real node: the independent client calls, gets leases, reads and pushes by
them, and is refused where it must be. Exit 1 when anything differs.

TIEBEAM_BINARY names the program. Needs zstandard.
"""
import base64
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tools"))

import check_node  # noqa: E402
import object_upload  # noqa: E402
import tiebeam_client as c  # noqa: E402
import tiebeam_lease  # noqa: E402
import tiebeam_node  # noqa: E402
import tiebeam_sync as t  # noqa: E402

TOKEN = """mutation { apiTokenCreate(token: {name: "t", scopes: ["streams:read", "streams:write"]}) }"""
REVOKE = "mutation($t: String!) { apiTokenRevoke(token: $t) }"
SUBSCRIPTIONS = "/api/edge/subscriptions"
UNAUTHENTICATED, FORBIDDEN, UNKNOWN_PROJECT = 0x0201, 0x0202, 0x0601


class Check:
    def __init__(self, node, folder):
        self.node, self.failed = node, 0
        self.address = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
        self.owner = node.register("a@example.com")
        self.token = node.graphql(TOKEN, token=self.owner)["data"]["apiTokenCreate"]
        self.stranger = node.register("b@example.com")
        self.project = object_upload.create_project(node, self.token)
        self.model = object_upload.create_model(node, self.token, self.project)
        self.edge = self.join(folder / "edge", "edge", 2)
        self.region = self.join(folder / "region", "region", 1)

    def join(self, folder, name, role):
        """Makes a node known. Returns its id and certificate."""
        identity = tiebeam_node.identity(folder)
        kind = "edges" if role == 2 else "regions"
        _, _, body = tiebeam_node.request("POST", f"{self.node.api}/api/{kind}/invitations", b"",
                                          {"Authorization": "Bearer " + self.owner})
        text = json.loads(body)["invitation"].removeprefix("tbj1.")
        secret = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))["secret"]
        other = {"id": identity[0], "name": name, "role": 3 - role, "region": "Europe"}
        self.refused(FORBIDDEN, "an invitation for another role", "JOIN", {"node": other}, token=secret)
        self.ask("JOIN", {"node": other | {"role": role}}, token=secret)
        return identity

    def expect(self, condition, what):
        if not condition:
            self.failed += 1
            print("FAILED", what[:500])

    # Asking -----------------------------------------------------------------------------------------------------------
    def connect(self, token=None, node=None):
        return c.Connection(*self.address, token, self.node.node_id,
                            certificate=None if token else (node or self.edge)[1])

    def ask(self, kind, fields, body=None, token=None, node=None, end=True, then=None):
        """All frames of the answer to one request; `then` names another message that follows it."""
        connection = self.connect(token, node)
        try:
            connection.send(kind, fields, end=end and body is None and then is None)
            if then:
                connection.send(then, {"project": self.project})
            if body is not None:
                connection.spend("DATA", body)
                connection.send("DATA", {"bytes": ""}, end=True)
            frames = [connection.receive()]
            while not frames[-1]["flags"] & 1:
                frames.append(connection.receive())
                if frames[-1]["type"] == "DATA":
                    connection.release(len(frames[-1]["raw"]) - 8)
            return frames
        finally:
            connection.close()

    def refused(self, code, what, kind, fields, **options):
        try:
            answer = self.ask(kind, fields, **options)
        except c.PeerError as error:
            answer = str(error)
        self.expect("0x%04x" % code in str(answer), "%s: %s" % (what, answer))

    def call(self, method, target, body=None, headers=(), lease=None, **options):
        """Status, headers and body of what the API says."""
        fields = {"method": method, "target": target}
        if headers:
            fields["headers"] = [{"name": name, "value": value} for name, value in headers]
        if lease:
            fields["lease"] = lease
        head, *rest = self.ask("CALL", fields, body, **options)
        self.expect(head["type"] == "ANSWER" and all(frame["type"] == "DATA" for frame in rest), "an answer: %s" % head)
        data = b"".join(bytes.fromhex(frame["fields"]["bytes"]) for frame in rest)
        return head["fields"]["status"], {h["name"]: h["value"] for h in head["fields"].get("headers", [])}, data

    def lease(self, proof, project=None):
        """The lease that a token (or an earlier lease) gets, checked by the independent implementation, and its bytes."""
        fields = {"project": project or self.project} | ({"token": proof} if len(proof) == 42 else {"lease": proof})
        frame, = self.ask("LEASE", fields)
        return tiebeam_lease.verify(frame["fields"]), frame["raw"][8:].hex()

    # Checks -----------------------------------------------------------------------------------------------------------
    def calls(self):
        """CALL-1 to CALL-4: the API answers as it does without an edge."""
        bearer = [("authorization", "Bearer " + self.token), ("content-type", "application/json")]
        query = json.dumps({"query": "query($i: String!) { project(id: $i) { name } }",
                            "variables": {"i": self.project}}).encode()
        status, headers, body = self.call("POST", "/graphql", query, bearer)
        self.expect((status, json.loads(body)) == (200, {"data": {"project": {"name": "Office"}}}), "a query: %s" % body)
        self.expect(headers["content-length"] == str(len(body)), "its length: %s" % headers)
        self.expect(self.call("GET", "/api/ping", node=self.region)[::2] == (200, b"pong"), "a call of a region")
        self.expect(self.call("POST", "/graphql", query, bearer[1:])[2] != body, "a call of nobody")
        self.expect(self.call("GET", "/api/ping", headers=[("authorization", "Bearer x")])[0] == 403, "a wrong token")
        self.expect(self.call("GET", "/nothing")[0] == 404, "a path that leads nowhere")
        self.expect(self.call("POST", "/graphql", b"x" * (9 << 20), bearer)[0] == 413, "a body that is too long")
        large = [("authorization", "Bearer " + self.token), ("content-type", object_upload.multipart([])[1])]
        self.expect(self.call("POST", "/objects/" + self.project, b"", large)[0] in (201, 400), "an empty upload")
        self.refused(FORBIDDEN, "CALL by a person", "CALL", {"method": "GET", "target": "/"}, token=self.token)
        self.refused(t.UNEXPECTED, "an OFFER within a CALL", "CALL", {
            "method": "POST", "target": "/graphql",
            "headers": [{"name": "content-type", "value": "application/json"}]}, then="OFFER")

    def subscriptions(self):
        """CALL-6, CALL-7, CALL-8, CALL-9: everything that people listen to comes by one answer."""
        name = os.urandom(16).hex()

        def place(number, stream=name):
            return [("authorization", "Bearer " + self.token), ("content-type", "application/json"),
                    ("tiebeam-subscription", "%s %x" % (stream, number))]

        def subscribe(number, query, **options):
            body = json.dumps({"query": query, "variables": {"p": self.project}}).encode()
            return self.call("POST", "/graphql", body, place(number, **options))[0]

        def lines(count):
            data = b""
            while data.count(b"\n") < count:
                frame = connection.receive()
                connection.release(len(frame["raw"]) - 8)
                data += bytes.fromhex(frame["fields"]["bytes"])
            return data.decode().splitlines()

        def told(line):
            number, _, response = line.partition(" ")
            return number, json.loads(response)["data"]["projectModelsUpdated"]["type"]

        models = "subscription($p: String!) { projectModelsUpdated(id: $p) { type } }"
        self.expect(subscribe(1, models) == 400, "a stream that nobody opened")
        connection = self.connect()
        headers = [{"name": name, "value": value} for name, value in place(0)]
        connection.send("CALL", {"method": "GET", "target": SUBSCRIPTIONS, "headers": headers}, end=True)
        head = connection.receive()
        self.expect((head["type"], head["fields"]["status"]) == ("ANSWER", 200), "a stream: %s" % head)
        self.expect(self.call("GET", SUBSCRIPTIONS, headers=place(0))[0] == 400, "a stream that is open already")
        self.expect(self.call("GET", SUBSCRIPTIONS)[0] == 404, "a stream without a name")
        self.expect([subscribe(1, models), subscribe(0x1f, models)] == [202, 202], "two subscriptions")
        self.expect(subscribe(1, models) == 400, "a number that is in use")
        self.expect(subscribe(2, "subscription { nothing }") == 400, "what is no subscription")
        object_upload.create_model(self.node, self.token, self.project, "first of a stream")
        self.expect(sorted(map(told, lines(2))) == [("1", "CREATED"), ("1f", "CREATED")], "both are told")
        self.expect(self.call("DELETE", SUBSCRIPTIONS, headers=place(1))[0] == 204, "one is ended")
        object_upload.create_model(self.node, self.token, self.project, "second of a stream")
        self.expect(list(map(told, lines(1))) == [("1f", "CREATED")], "the other one is told")
        self.expect(subscribe(3, "{ __typename }") == 202, "a query")
        self.expect(lines(2) == ['3 {"data":{"__typename":"Query"}}', "3 "], "a query has one response")
        connection.close()
        for _ in range(100):
            if subscribe(4, models) == 400:
                return
            time.sleep(0.1)
        self.expect(False, "a stream ends with its connection")

    def strangers(self):
        """LEASE-7: an edge reads and writes nothing that it has no lease for."""
        self.refused(UNKNOWN_PROJECT, "FETCH without a lease", "FETCH", {"project": self.project})
        self.refused(UNKNOWN_PROJECT, "OFFER without a lease", "OFFER", {"project": self.project}, end=False)
        self.refused(UNKNOWN_PROJECT, "FETCH of people", "FETCH", {"project": "server"})

    def leases(self):
        """LEASE-1 to LEASE-5: what somebody may do, signed."""
        lease, _ = self.lease(self.token)
        expected = {
            "region": self.node.node_id, "edge": self.edge[0], "project": self.project, "access": 2,
            "tokenDigest": hashlib.sha256(self.token.encode()).hexdigest(), "tokenID": self.token[:10], "seconds": 28800}
        self.expect(lease is not None and lease | expected == lease, "a lease of an owner: %s" % lease)
        lease, _ = self.lease(self.token, "server")
        self.expect(lease["access"] == 1 and lease["project"] == "server", "a lease of a token alone: %s" % lease)
        for what, code, fields in (
                ("a stranger", UNKNOWN_PROJECT, {"project": self.project, "token": self.stranger}),
                ("everybody", UNKNOWN_PROJECT, {"project": self.project}),
                ("everybody's server", UNKNOWN_PROJECT, {"project": "server"}),
                ("no project", UNKNOWN_PROJECT, {"project": "0123456789", "token": self.token}),
                ("no token", UNAUTHENTICATED, {"project": self.project, "token": "0" * 42})):
            self.refused(code, "a lease of %s" % what, "LEASE", fields)
        self.refused(FORBIDDEN, "a lease for a person", "LEASE", {"project": self.project}, token=self.token)
        self.refused(FORBIDDEN, "a lease for a region", "LEASE", {"project": self.project, "token": self.token},
                     node=self.region)
        self.refused(t.UNEXPECTED, "LEASE without END", "LEASE", {"project": self.project, "token": self.token}, end=False)

    def objects(self):
        """LEASE-7, FETCH-20: reading and pushing by a lease."""
        texts = [text.encode() for text in check_node.model(0, 50)]
        ids = [c.object_id(text) for text in texts]
        object_upload.upload_all(self.node, self.project, self.token, texts)
        below = {"project": self.project, "wanted": ids[-1:], "options": 9}
        empty = {"project": self.project}
        self.lease(self.token)
        found = self.ids(self.ask("FETCH", below))
        self.expect(found == set(ids), "a root with all below: %d of %d" % (len(found), len(ids)))
        found = self.ids(self.ask("FETCH", below | {"roots": ids[-1:]}))
        self.expect(not found, "what is held: %d" % len(found))
        for intents, outcome in (([], 0), ([b'{"createdAt":1,"id":"00c0ffee42","modelName":"m","rootObject":"%s"}'
                                           % ids[-1].encode()], 3)):
            connection = self.connect()
            connection.send("OFFER", empty)
            connection.receive()
            commit = {"key": "%032x" % (outcome + 1)} | ({"intents": [i.hex() for i in intents]} if intents else {})
            connection.send("COMMIT", commit, end=True)
            result = connection.receive()["fields"]
            connection.close()
            self.expect(result.get("outcome", 0) == outcome, "a push with %d intents: %s" % (len(intents), result))

    @staticmethod
    def ids(frames):
        data = b"".join(bytes.fromhex(f["fields"]["bytes"]) for f in frames if f["type"] == "DATA")
        return {o["id"] for _, block in t.decode_data(data) for o in t.decode_block(block)["contents"]}

    def leased_calls(self):
        """LEASE-8: calls and leases by a lease, as long as its token holds."""
        lease, signed = self.lease(self.token)
        body = b'{"query":"{ activeUser { email } }"}'
        headers = [("content-type", "application/json")]
        project = json.dumps({"query": "query($i: String!) { project(id: $i) { name } }",
                              "variables": {"i": self.project}}).encode()
        self.expect(b"Office" in self.call("POST", "/graphql", project, headers, signed)[2], "a call by a lease")
        self.expect(self.lease(signed)[0]["tokenDigest"] == lease["tokenDigest"], "a lease by a lease")
        others = tiebeam_lease.sign(1234, lease | {"region": hashlib.sha256(tiebeam_lease.public_key(1234)).hexdigest()})
        forged = t.encode_frame({"type": "LEASED", "stream": 1, "flags": 1, "fields": others})[8:].hex()
        for what, wrong in (("another key's", forged), ("a changed one", signed[:-2] + "00"), ("none at all", "0201")):
            self.refused(UNAUTHENTICATED, "a call by a lease, " + what, "CALL",
                         {"method": "GET", "target": "/api/ping", "lease": wrong})
            self.refused(UNAUTHENTICATED, "a lease by a lease, " + what, "LEASE", {"project": self.project, "lease": wrong})
        self.refused(UNAUTHENTICATED, "a call by another node's lease", "CALL",
                     {"method": "GET", "target": "/api/ping", "lease": signed}, node=self.region)
        self.node.graphql(REVOKE, {"t": self.token}, self.owner)
        self.expect(self.call("POST", "/graphql", body, headers, signed)[0] == 403, "a call by a lease of a revoked token")
        self.refused(UNAUTHENTICATED, "a lease by a lease of a revoked token", "LEASE",
                     {"project": self.project, "lease": signed})

    def leaving(self):
        status, _, _ = tiebeam_node.request(
            "DELETE", self.node.api + "/api/regions/edge", None, {"Authorization": "Bearer " + self.owner})
        self.expect(status == 204, "an edge is removed: %d" % status)
        self.refused(UNAUTHENTICATED, "CALL by an edge that was removed", "CALL", {"method": "GET", "target": "/api/ping"})


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tiebeam_node.run("region", "create", "paris", "--address", "tiebeam://paris.example:3001",
                         "--data", folder / "paris" / "data")
        with tiebeam_node.Node(folder / "paris") as node:
            check = Check(node, folder)
            check.calls()
            check.subscriptions()
            check.strangers()
            check.leases()
            check.objects()
            check.leased_calls()
            check.leaving()
    print("edges: %d problems" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
