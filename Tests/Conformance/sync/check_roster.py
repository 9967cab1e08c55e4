"""Nodes that know each other by a roster (Spec 7.3, 7.4), against a real node: the independent client shows certificates,
and rosters are signed by the independent implementation. Exit 1 when anything differs.

TIEBEAM_BINARY names the program. Needs zstandard.
"""
import contextlib
import pathlib
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tools"))

import check_node  # noqa: E402
import hostile_peer as h  # noqa: E402
import object_upload  # noqa: E402
import tiebeam_client as c  # noqa: E402
import tiebeam_node  # noqa: E402
import tiebeam_roster as r  # noqa: E402
import tiebeam_sync as t  # noqa: E402

SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))
UNAUTHENTICATED, FORBIDDEN, INVALID_ROSTER, UNKNOWN_PROJECT = 0x0201, 0x0202, 0x0505, 0x0601


class Check:
    """A node with two projects, and the identities of nodes that do not run."""

    def __init__(self, node, folder, identities):
        self.node, self.folder, self.failed, self.version = node, folder, 0, 1
        self.identities = identities  # name: (node id, certificate)
        self.address = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
        self.token = node.register("a@example.com")
        self.project, self.other = (object_upload.create_project(node, self.token) for _ in range(2))
        self.texts = check_node.model(0, 50)
        object_upload.upload_all(node, self.project, self.token, (text.encode() for text in self.texts))

    def expect(self, condition, what):
        if not condition:
            self.failed += 1
            print("FAILED", what)

    # Rosters ----------------------------------------------------------------------------------------------------------
    def entry(self, name, **fields):
        return {"id": self.identities[name][0], "name": name, "role": 1, "region": "Europe"} | fields

    def roster(self, version, *nodes, seed=SEED):
        nodes = [{"id": self.node.node_id, "name": "self", "role": 1, "region": "Europe"}, *nodes]
        return r.sign(seed, {"version": version, "issued": 1764000000000 + version,
                             "nodes": sorted(nodes, key=lambda node: node["id"])})

    def everybody(self, version):
        """What holds most of the time: a region that reads all, and edges that read one project or none."""
        return self.roster(version, self.entry("region"), self.entry("edge", role=2, projects=[self.project]),
                           self.entry("idle", role=2))

    def next_version(self):
        self.version += 1
        return self.version

    # Peers ------------------------------------------------------------------------------------------------------------
    def connect(self, name, token=None, roster_version=None, **options):
        certificate = self.identities[name][1] if name else None
        return c.Connection(*self.address, token, self.node.node_id, certificate=certificate,
                            roster_version=roster_version, **options)

    def peer(self, name, *frames, capabilities=(), version=None, **options):
        """A peer that acts for a node, whatever it sends."""
        peer = h.Peer(self.address, **options or {"certificate": self.identities[name][1] if name else None})
        hello = {"versions": [1, 1]}
        hello |= {"capabilities": list(capabilities)} if capabilities else {}
        hello |= {"rosterVersion": version} if version else {}
        peer.send(h.message("HELLO", hello), h.message("AUTH", {"node": 1}), *frames)
        return peer

    def fetch(self, stream=1, project=None, **fields):
        return h.message("FETCH", {"project": project or self.project} | fields, stream, h.END)

    def code(self, what, code, peer, stream=0):
        found = peer.code(stream)
        self.expect(found == code, "%s: %s instead of 0x%04x" % (what, found and hex(found), code))

    def bring(self, fields, held=None):
        """Brings a roster to the node, which holds the one before or `held`, and waits until it is there."""
        with self.peer("region", capabilities=[t.ROSTERS], version=held or self.version - 1) as peer:
            peer.send(h.message("ROSTER", fields))
            self.expect(peer.answers(), "a node that takes a roster: %s" % peer.codes)
            self.expect(peer.kinds[0x30] == 0, "a roster comes back to whoever brought it")

    # Parts ------------------------------------------------------------------------------------------------------------
    def cloning(self):
        """NODE-5, NODE-6, AUTH-9: nodes clone what the roster lets them read, directly and through HTTP."""
        api = self.node.api.removeprefix("http://").rsplit(":", 1)
        for name, options, address in (("region", {}, self.address), ("edge", {}, self.address),
                                       ("region", {"through_http": True}, api)):
            folder = self.folder / ("%s %s" % (name, bool(options)))
            connection = c.Connection(*address, None, self.node.node_id, certificate=self.identities[name][1], **options)
            c.Fetch(connection, c.Replica(folder).open(), self.project).run()
            connection.close()
            sent = {c.object_id(text.encode()): text.encode() for text in self.texts}
            self.expect(check_node.Check.held(folder) == sent, "bytes of a clone by the node %s" % name)

    def strangers(self):
        """AUTH-11: no certificate, and a node that is not listed."""
        for name in (None, "stranger"):
            with self.peer(name, self.fetch()) as peer:
                self.code("AUTH of %s" % (name or "a peer without certificate"), UNAUTHENTICATED, peer)
                self.expect(h.FETCH + 1 not in peer.kinds, "an answer for a stranger")

    def rights(self):
        """NODE-6, NODE-7: what may not be read looks like what is not there, and nothing may be written."""
        ids = [check_node.id_of(-900)]
        for name, project, read, write in (
            ("region", self.project, None, FORBIDDEN), ("region", self.other, None, FORBIDDEN),
            ("region", "0000000000", UNKNOWN_PROJECT, UNKNOWN_PROJECT),
            ("edge", self.project, None, FORBIDDEN), ("edge", self.other, UNKNOWN_PROJECT, UNKNOWN_PROJECT),
            ("edge", "0000000000", UNKNOWN_PROJECT, UNKNOWN_PROJECT),
            ("idle", self.project, UNKNOWN_PROJECT, UNKNOWN_PROJECT),
        ):
            offer = h.message("OFFER", {"project": project, "objects": 1, "ids": ids}, 7)
            reconcile = h.message("RECONCILE", {"project": project, "key": "00" * 16, "sum": "00" * 8}, 5)
            watch = h.message("WATCH", {"project": project}, 3, h.END)
            with self.peer(name, self.fetch(1, project), watch, reconcile, offer) as peer:
                what = "%s in %s" % (name, project)
                self.expect(peer.code(7) == write, "OFFER by %s: %s" % (what, peer.codes))
                for stream in (1, 3, 5):
                    if read:
                        self.code("stream %d by %s" % (stream, what), read, peer, stream)
                if read is None:
                    self.expect(peer.first(0x14, 1) is not None, "a FETCH by %s: %s" % (what, peer.codes))
        with self.peer("edge", self.fetch(1, self.other), self.fetch(3, "0000000000")) as peer:
            peer.code(1), peer.code(3)
            answers = [peer.frames[stream][0][8:] for stream in (1, 3)]
            self.expect(answers[0] == answers[1], "an error tells that a project exists: %s" % answers)

    def news(self, name, **fields):
        """The answer to NEWS, or what went wrong."""
        connection = self.connect(name, None if name else self.token)
        try:
            connection.send("NEWS", fields, end=True)
            return connection.receive()["fields"]
        except c.PeerError as error:
            return str(error)
        finally:
            connection.close()

    def regions(self):
        """NEWS-2, NEWS-3, REGION-1, REGION-2: regions hear of everything, others of what they may read."""
        self.expect("0x0202" in self.news(None), "a person hears of all projects")
        heard = self.news("region")
        self.expect(heard["projects"] == sorted([self.project, self.other, "server"]), "a region hears of %s" % heard)
        self.expect(self.news("edge")["projects"] == [self.project], "an edge hears of %s" % self.news("edge"))
        folder = self.folder / "people"
        connection = self.connect("region")
        found = c.Fetch(connection, c.Replica(folder).open(), "server", options=2).run()
        connection.close()
        log = (folder / "operations.jsonl").read_text()
        self.expect(found["operations"] > 1 and "a@example.com" in log, "people: %s" % found)
        for name in ("edge", "idle"):
            with self.peer(name, self.fetch(1, "server", options=2)) as peer:
                self.code("people for the node %s" % name, UNKNOWN_PROJECT, peer, 1)
        try:
            connection = self.connect(None, self.token)
            c.Fetch(connection, c.Replica(self.folder / "nobody").open(), "server", options=2).run()
            self.expect(False, "people for a person")
        except c.PeerError as error:
            self.expect("0x0601" in str(error), "people for a person: %s" % error)
        # The next change, and what became of a project that is gone.
        results = []
        thread = threading.Thread(target=lambda: results.append(self.news("region", epoch=heard["epoch"], after=heard["last"])))
        thread.start()
        thread.join(0.5)
        self.expect(thread.is_alive(), "nothing changed, and an answer came: %s" % results)
        gone = object_upload.create_project(self.node, self.token)
        thread.join(20)
        self.expect([answer["projects"] for answer in results] == [[gone]], "the next change: %s" % results)
        deletion = "mutation($i: String!) { projectMutations { delete(id: $i) } }"
        self.node.graphql(deletion, {"i": gone}, self.token)
        with self.peer("region", self.fetch(1, gone)) as peer:
            self.expect(peer.first(0x14, 1) is not None, "the log of a project that is gone: %s" % peer.codes)
        with self.peer("edge", self.fetch(1, gone)) as peer:
            self.code("a project that is gone, for an edge", UNKNOWN_PROJECT, peer, 1)

    def order(self):
        """OPS-9: what leads to no objects does not wait for them."""
        with self.peer("region", self.fetch(1)) as peer:
            self.expect(peer.first(0x14, 1) is not None, "a FETCH: %s" % peer.codes)
            kinds = [frame[3] for frame in peer.frames[1]]
            self.expect(kinds[0] == 0x11 and kinds[1] == 0x21 and 0x15 in kinds[2:],
                        "PLAN, OPS, DATA: %s" % [hex(kind) for kind in kinds])

    def resumed(self):
        """NODE-5: a TLS session that is resumed has the certificate that it began with, and no other."""
        for name, code in (("region", None), (None, UNAUTHENTICATED), ("stranger", UNAUTHENTICATED)):
            context = h.tls_context(certificate=self.identities[name][1] if name else None)
            with self.peer(name, context=context) as first:
                first.code(seconds=2) if code else first.answers()
                session = first.socket.session
            self.expect(session is not None and session.has_ticket, "a ticket for %s" % name)
            # The certificate is not shown again; what is loaded now must not matter.
            context.load_cert_chain(*self.identities["idle" if name == "region" else "region"][1])
            with self.peer(name, self.fetch(), context=context, session=session) as peer:
                self.expect(peer.socket.session_reused, "a session that is resumed by %s" % name)
                if code:
                    self.code("AUTH in a resumed session of %s" % name, code, peer)
                else:
                    self.expect(peer.first(0x14, 1) is not None, "a FETCH in a resumed session: %s" % peer.codes)

    def chains(self):
        """TLS-4: a chain that is longer than TLS takes ends the handshake, and nothing else."""
        certificate, key = self.identities["region"][1]
        before = self.node.memory()
        for count, is_taken in ((3, True), (1_000, False)):
            chain = self.folder / "chain.pem"
            chain.write_text((certificate.read_text() + "\n") * count)
            for _ in range(1 if is_taken else 20):
                found = False
                with contextlib.suppress(OSError), h.Peer(self.address, certificate=(chain, key)) as peer:
                    peer.send(h.message("HELLO", {"versions": [1, 1]}), h.message("AUTH", {"node": 1}))
                    found = peer.answers()
                self.expect(found == is_taken, "a chain of %d certificates" % count)
        grown = (self.node.memory("VmHWM") - before) >> 20
        self.expect(grown <= 32, "long chains cost %d MiB" % grown)

    def tokens(self):
        """AUTH-10: beside a token a certificate counts for nothing, whoever's it is."""
        foreign = self.node.register("b@example.com")
        for name in ("region", "stranger", None):
            for token, project, is_read in ((self.token, self.project, True), (foreign, self.project, False)):
                connection = self.connect(name, token)
                try:
                    c.Fetch(connection, c.Replica(self.folder / ("t %s %s" % (name, is_read))).open(), project).run()
                    self.expect(is_read, "a token gained by the certificate of %s" % name)
                except c.PeerError as error:
                    self.expect(not is_read and "0x0601" in str(error), "a token beside the certificate: %s" % error)
                connection.close()
        # And nobody who shows a token is sent a roster, or may send one.
        connection = self.connect("region", self.token, roster_version=0)
        c.Fetch(connection, c.Replica(self.folder / "no roster").open(), self.project).run()
        self.expect(not connection.rosters, "a roster for a token")
        connection.close()
        with h.Peer(self.address, self.token, certificate=self.identities["region"][1],
                    hello={"capabilities": [t.ROSTERS]}) as peer:
            peer.send(h.message("ROSTER", self.everybody(99)))
            self.code("a roster from a person", t.UNEXPECTED, peer)

    def distribution(self):
        """ROSTER-3, ROSTER-4: who holds an older roster is sent the newer one, once; who holds it, or takes none, is not."""
        for held, count in ((0, 1), (self.version - 1, 1), (self.version, 0), (self.version + 5, 0), (None, 0)):
            connection = self.connect("region", roster_version=held)
            c.Fetch(connection, c.Replica(self.folder / ("held %s" % held)).open(), self.project).run()
            self.expect(len(connection.rosters) == count, "%d rosters for one who holds %s" % (len(connection.rosters), held))
            for fields in connection.rosters:
                found = r.verify(r.public_key(SEED), fields)
                self.expect(found and found["version"] == self.version, "a roster: %s" % found)
            self.expect(connection.hello.get("rosterVersion") == self.version, "HELLO: %s" % connection.hello)
            connection.close()
        with self.peer("region") as peer:
            peer.send(h.message("ROSTER", self.everybody(99)))
            self.code("a roster from one who did not announce it", t.UNEXPECTED, peer)

    def passing_on(self):
        """ROSTER-4, ROSTER-8: what one node brings comes to another one that is connected, and holds at once."""
        with self.peer("edge", capabilities=[t.ROSTERS], version=self.version) as other:
            self.expect(other.answers(), "an edge: %s" % other.codes)
            newer = self.everybody(self.next_version())
            self.bring(newer)
            fields = other.first(0x30, 0)
            self.expect(fields == newer, "a roster that another node brought: %s" % fields)
            self.bring(newer, self.version)
            self.expect(other.answers(2) and other.kinds[0x30] == 1, "the same roster again")

    def refused(self):
        """ROSTER-2, ROSTER-7, ROSTER-9: forged, changed, unreadable and doubled rosters; older ones change nothing."""
        held = self.everybody(self.next_version())
        self.bring(held)
        changed = bytearray.fromhex(held["document"])
        changed[1 + 1] += 1  # the version, under the old signature
        bare = r.sign(SEED, b"\x02\x01\x63\x04\x01\x01")  # signed, without nodes
        twice = self.roster(self.version, self.entry("region"))
        for what, fields in (
            ("a roster of another key", self.roster(90, self.entry("region"), seed=OTHER_SEED)),
            ("a changed version", held | {"document": changed.hex()}),
            ("a signature of nothing", held | {"signature": "00" * 64}),
            ("a signed document that is no roster", bare), ("two rosters of one version", twice),
        ):
            with self.peer("region", h.message("ROSTER", fields), self.fetch(), capabilities=[t.ROSTERS]) as peer:
                self.code(what, INVALID_ROSTER, peer)
        without = self.roster(self.version - 1, self.entry("idle"))
        with self.peer("region", h.message("ROSTER", without), self.fetch(), capabilities=[t.ROSTERS],
                       version=self.version) as peer:
            self.expect(peer.first(0x14, 1) is not None, "after an older roster: %s" % peer.codes)
        connection = self.connect("region", roster_version=0)
        c.Fetch(connection, c.Replica(self.folder / "still").open(), self.project).run()
        self.expect(connection.rosters == [held], "the roster that holds is another one: %s" % connection.rosters)
        connection.close()
        log = (self.node.data / "log.txt").read_text()
        self.expect("two rosters of version %d" % self.version in log, "nothing in the log of two rosters")

    def dropping(self):
        """NODE-7: a node that a newer roster leaves out is refused on the connection that it has, waiting answers too."""
        replica = c.Replica(self.folder / "position").open()
        connection = self.connect("edge")
        c.Fetch(connection, replica, self.project).run()
        connection.close()
        position = replica.request(self.project)
        waiting = h.message("FETCH", position | {"options": 4}, 1, h.END)
        watch = h.message("WATCH", position, 3, h.END)
        with self.peer("edge", waiting, watch, capabilities=[t.ROSTERS], version=self.version) as peer:
            self.expect(peer.answers(), "a node that waits: %s" % peer.codes)
            self.bring(self.roster(self.next_version(), self.entry("region"), self.entry("idle", role=2)))
            self.expect(peer.answers(2), "a dropped node is still connected")
            self.expect(peer.kinds[0x30] == 0, "a roster for a node that it does not list")
            more = check_node.model(9_000, 2)
            object_upload.upload_all(self.node, self.project, self.token, (text.encode() for text in more))
            for stream, what in ((1, "a waiting FETCH"), (3, "a WATCH")):
                self.code(what + " of a dropped node", UNAUTHENTICATED, peer, stream)
            peer.send(self.fetch(5))
            self.code("a FETCH of a dropped node", UNAUTHENTICATED, peer, 5)
            self.expect(peer.answers(3), "errors of single streams")
        with self.peer("edge") as peer:
            self.code("AUTH of a dropped node", UNAUTHENTICATED, peer)

    def restarting(self):
        """ROSTER-7, ROSTER-8: what was taken holds after a crash, without and against the flags of the first start."""
        self.node.process.kill()
        self.node.process.wait()
        for options in (self.node.options, []):
            self.node.options = options
            self.node.start()
            self.address = self.node.sync.removeprefix("tiebeam://").rsplit(":", 1)
            with self.peer("edge") as peer:
                self.code("AUTH of a dropped node after a restart", UNAUTHENTICATED, peer)
            connection = self.connect("region", roster_version=0)
            c.Fetch(connection, c.Replica(self.folder / ("again %d" % len(options))).open(), self.project).run()
            self.expect(r.verify(r.public_key(SEED), connection.rosters[0])["version"] == self.version,
                        "an older roster holds after a restart")
            connection.close()
            self.node.stop()


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        identities = {name: tiebeam_node.identity(folder / name) for name in ("region", "edge", "idle", "stranger")}
        roster = folder / "roster"
        node = tiebeam_node.Node(folder / "node", ["--roster-key", r.public_key(SEED)])
        with node:  # a key alone: the node waits for a roster, and knows nobody
            check = Check(node, folder, identities)
            with check.peer("region") as peer:
                check.code("AUTH without a roster", UNAUTHENTICATED, peer)
        roster.write_bytes(r.payload(check.everybody(1)))
        node.options += ["--roster", str(roster)]
        with node:
            check.address = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
            for part in (check.cloning, check.strangers, check.rights, check.regions, check.order, check.resumed, check.chains, check.tokens, check.distribution, check.passing_on,
                         check.refused, check.dropping, check.restarting):
                started = time.monotonic()
                part()
                print("%-14s %5.1f s" % (part.__name__, time.monotonic() - started), flush=True)
    print("%d problems" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
