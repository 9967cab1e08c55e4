"""Nodes join by invitation (Spec 20.4), against a real node that keeps the organisation's key: the independent client asks,
and is given the roster. Exit 1 when anything differs.

TIEBEAM_BINARY names the program. Needs zstandard.
"""
import base64
import json
import pathlib
import sys
import tempfile
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tools"))

import tiebeam_client as c  # noqa: E402
import tiebeam_node  # noqa: E402
import tiebeam_roster as r  # noqa: E402


class Check:
    def __init__(self, node, token, name, identity):
        self.node, self.token, self.failed = node, token, 0
        self.name, (self.id, self.certificate) = name, identity
        self.address = node.sync.removeprefix("tiebeam://").rsplit(":", 1)

    def expect(self, condition, what):
        if not condition:
            self.failed += 1
            print("FAILED", what)

    def invite(self):
        """What an invitation says."""
        status, _, body = tiebeam_node.request(
            "POST", self.node.api + "/api/regions/invitations", b"", {"Authorization": "Bearer " + self.token})
        self.expect(status == 201, "an invitation: %d %s" % (status, body))
        text = json.loads(body)["invitation"].removeprefix("tbj1.")
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    def entry(self, **fields):
        return {"id": self.id, "name": self.name, "role": 1, "region": "Asia",
                "addresses": ["tiebeam://tokyo.example:3001"]} | fields

    def ask(self, token, kind="JOIN", end=True, **fields):
        """The answer to one request, or what went wrong."""
        connection = c.Connection(*self.address, token, self.node.node_id)
        try:
            connection.send(kind, fields, end=end)
            return connection.receive()["fields"]
        except c.PeerError as error:
            return str(error)
        finally:
            connection.close()

    def refused(self, code, what, token, kind="JOIN", **fields):
        answer = self.ask(token, kind, **fields)
        self.expect("0x%04x" % code in str(answer).lower(), "%s: %s" % (what, answer))

    def refusals(self, project):
        """JOIN-1 to JOIN-3: who may not, and what an invitation is good for."""
        secret = self.invite()["secret"]
        self.refused(0x0202, "JOIN by a person", self.token, node=self.entry())
        self.refused(0x0202, "FETCH by an invitation", secret, "FETCH", project=project)
        self.refused(0x0202, "NEWS by an invitation", secret, "NEWS")
        self.refused(0x0202, "WATCH by an invitation", secret, "WATCH", project=project)
        self.refused(0x010B, "a node that says what it may read", secret, node=self.entry(projects=[project]))
        self.refused(0x0105, "JOIN without END", secret, end=False, node=self.entry())
        self.refused(0x0202, "a name that is another's", secret, node=self.entry(name="paris"))
        self.refused(0x0202, "a node that is neither region nor edge", secret, node=self.entry(role=9))
        self.refused(0x0201, "a secret that nobody gave", "0" * 64, node=self.entry())
        status, _, _ = tiebeam_node.request("POST", self.node.api + "/api/regions/invitations", b"")
        self.expect(status in (401, 403), "an invitation for nobody: %d" % status)

    def joining(self):
        """JOIN-4, JOIN-5: listed once, and given the roster as a node."""
        invitation = self.invite()
        answer = self.ask(invitation["secret"], node=self.entry())
        self.expect(answer == {"version": 2}, "JOINED: %s" % answer)
        self.refused(0x0201, "an invitation that was used", invitation["secret"], node=self.entry())
        connection = c.Connection(
            *self.address, None, self.node.node_id, certificate=self.certificate, roster_version=0)
        connection.send("NEWS", {}, end=True)
        heard = connection.receive()["fields"]["projects"]
        self.expect("server" in heard, "a region that joined hears of %s" % heard)
        roster = r.verify(invitation["key"], connection.rosters[0])
        connection.close()
        self.expect(roster["version"] == 2 and self.entry() in roster["nodes"], "the roster: %s" % roster)
        answer = self.ask(self.invite()["secret"], node=self.entry())
        self.expect(answer == {"version": 2}, "a node that is listed so already: %s" % answer)
        answer = self.ask(self.invite()["secret"], node=self.entry(region="Far East"))
        self.expect(answer == {"version": 3}, "a node that is elsewhere now: %s" % answer)

    def leaving(self):
        status, _, _ = tiebeam_node.request(
            "DELETE", self.node.api + "/api/regions/" + urllib.parse.quote(self.name), None,
            {"Authorization": "Bearer " + self.token})
        self.expect(status == 204, "a region is removed: %d" % status)
        connection = c.Connection(*self.address, None, self.node.node_id, certificate=self.certificate)
        try:
            connection.send("NEWS", {}, end=True)
            self.expect(False, "a node that was removed hears of %s" % connection.receive())
        except c.PeerError as error:
            self.expect("0x0201" in str(error), "a node that was removed: %s" % error)
        finally:
            connection.close()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        identity = tiebeam_node.identity(folder / "tokyo")
        paris = folder / "paris"
        tiebeam_node.run("region", "create", "paris", "--address", "tiebeam://paris.example:3001", "--data", paris / "data")
        with tiebeam_node.Node(paris) as node:
            token = node.register("a@example.com")
            answer = node.graphql(
                "mutation { projectMutations { create(input: {name: \"P\"}) { id } } }", token=token)
            check = Check(node, token, "tokyo", identity)
            check.refusals(answer["data"]["projectMutations"]["create"]["id"])
            check.joining()
            check.leaving()
    print("joining: %d problems" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
