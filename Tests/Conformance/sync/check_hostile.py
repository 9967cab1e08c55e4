"""Runs a hostile peer against a real node. Exit 1 when the node gives a wrong code, holds too much, hangs or stops.

TIEBEAM_BINARY names the program. Needs zstandard. Cases that wait for the node's patience run beside the others.
"""
import json
import os
import pathlib
import socket
import ssl
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
import tiebeam_sync as t  # noqa: E402
import zstandard  # noqa: E402

MIB, LARGEST = 1 << 20, t.LIMITS["block-raw-max"]
STREAMS = 16  # that a node announces
# By how many MiB a part may raise the node's memory: its windows, or blocks that are verified at a time.
HANDSHAKE, WINDOWS, BLOCKS = 32, 160, 1024
TOKEN = "mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }"
REVOKE = "mutation($t: String!) { apiTokenRevoke(token: $t) }"
VERSIONS = "query($p: String!) { project(id: $p) { models { items { versions { totalCount } } } } }"


def odd(count, first=1):
    """Numbers of streams that a dialler opens."""
    return range(first, first + 2 * count, 2)


def block(raw, frame, codec=1, count=1):
    """A block of one text whose header says what it is told to; its digest is that of nothing."""
    directory = t.varint(raw << 1 | 1) + os.urandom(16)
    header = t.struct.pack(">4sBBHIIII", b"TBB1", 1, codec, 0, count, raw, len(directory), len(frame))
    return header + bytes(32) + directory + frame


class Hostile:
    def __init__(self, node, folder):
        self.node, self.folder, self.failed = node, folder, 0
        self.address = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
        self.person, self.stranger = node.register("a@example.com"), node.register("b@example.com")
        self.token = self.issue()
        self.project, self.other, self.empty, self.foreign = (
            object_upload.create_project(node, token) for token in [self.person] * 3 + [self.stranger])
        self.position = self.position_of(self.empty)
        self.name = b"\x02" + t.varint(len(self.project)) + self.project.encode()

    def issue(self, **options):
        scopes = ["streams:read", "streams:write"]
        token = {"scopes": scopes, "name": "sync"} | options
        return self.node.graphql(TOKEN, {"t": token}, self.person)["data"]["apiTokenCreate"]

    def expect(self, condition, what):
        if not condition:
            self.failed += 1
            print("FAILED", what)

    def code(self, what, code, peer, stream=0):
        found = peer.code(stream)
        self.expect(found == code, "%s: %s instead of 0x%04x" % (what, found and hex(found), code))

    def peer(self, *frames, token=None, **options):
        peer = h.Peer(self.address, token or self.token, **options)
        peer.send(*frames)
        return peer

    def fetch(self, stream, project=None, **fields):
        return h.message("FETCH", {"project": project or self.project} | fields, stream, h.END)

    def watch(self, stream, project=None):
        """Waits for ever, as nothing happens in its project."""
        return h.message("WATCH", self.position if project is None else {"project": project}, stream, h.END)

    def position_of(self, project):
        """A WATCH's fields for all that the project has by now."""
        replica = c.Replica(self.folder / project).open()
        connection = c.Connection(*self.address, self.token, self.node.node_id)
        c.Fetch(connection, replica, project).run()
        connection.close()
        return replica.request(project)

    def offer(self, stream, ids, project=None):
        objects = {"objects": len(ids), "ids": ids} if ids else {}
        return h.message("OFFER", {"project": project or self.project} | objects, stream)

    @staticmethod
    def commit(stream, blocks=(), intents=()):
        digest = t.transcript_digest([("block", block[:56]) for block in blocks])
        fields = {"key": os.urandom(16).hex(), "intents": [intent.encode().hex() for intent in intents]}
        return h.message("COMMIT", fields | ({"digest": digest.hex()} if digest else {}), stream, h.END)

    # What costs memory ------------------------------------------------------------------------------------------------
    def bombs(self):
        """DATA-7, BLOCK-10: frames that grow beyond what they announce, and the largest in the smallest frames."""
        zeros = zstandard.ZstdCompressor(level=1).compress(bytes(LARGEST))
        unsized = zstandard.ZstdCompressor(level=1, write_content_size=False).compress(bytes(LARGEST))
        ids = [os.urandom(16).hex() for _ in range(3)]
        for what, frame in (("a frame", zeros), ("a frame without its size", unsized)):
            with self.peer(self.offer(1, ids)) as peer:
                peer.first(h.NEED, 1)
                bomb = block(len(frame), frame)
                peer.send(h.frame(h.DATA, b"\0" + bomb, 1), self.commit(1, [bomb]))
                self.code(what + " that grows beyond raw-length", t.BLOCK, peer, 1)
                self.expect(peer.answers(), "a node after a bomb")
        # The largest blocks in the smallest frames, three on each stream. None of them is what its digest says.
        bomb = block(LARGEST, zeros)
        with self.peer(*(self.offer(stream, ids) for stream in odd(STREAMS))) as peer:
            self.expect(peer.wait(lambda: peer.kinds[h.NEED] == STREAMS), "NEEDs")
            for stream in odd(STREAMS):
                peer.send(*[h.frame(h.DATA, b"\0" + bomb, stream)] * 3, self.commit(stream, [bomb] * 3))
            for stream in odd(STREAMS):
                self.code("a bomb on stream %d" % stream, 0x0501, peer, stream)
            self.expect(peer.answers(), "a node after 48 bombs")

    def announcements(self):
        """CREDIT-5: headers of the largest blocks, and nothing after them."""
        head = b"\0" + block(LARGEST, bytes(LARGEST))[:56]
        peers = []
        for _ in range(4):
            peer = self.peer(*(self.offer(stream, [os.urandom(16).hex()]) for stream in odd(STREAMS)))
            self.expect(peer.wait(lambda: peer.kinds[h.NEED] == STREAMS), "NEEDs")
            peer.send(*(h.frame(h.DATA, head, stream) for stream in odd(STREAMS)))
            self.expect(peer.wait(lambda: peer.kinds[h.CREDIT] >= 2 * STREAMS), "credit for announced blocks")
            peers.append(peer)
        for peer in peers:
            self.expect(peer.answers(), "a node that waits for blocks")
            peer.close()

    # Credit -----------------------------------------------------------------------------------------------------------
    def credit(self):
        """CREDIT-4: grants that are none, or too much."""
        for what, code, frames in (
            ("a grant of nothing", t.INVALID, [h.frame(h.CREDIT, t.varint(0))]),
            ("a grant above 2^30", t.INVALID, [h.frame(h.CREDIT, t.varint((1 << 30) + 1))]),
            ("more than 2^40 on the connection", t.CREDIT, [h.frame(h.CREDIT, t.varint(1 << 30))] * 1025),
            ("more than 2^40 on a stream", t.CREDIT,
             [self.watch(1)] + [h.frame(h.CREDIT, t.varint(1 << 30), 1)] * 1025),
            ("credit for a stream that nobody opened", t.STREAM_ID, [h.frame(h.CREDIT, t.varint(1), 9)]),
        ):
            with self.peer(*frames) as peer:
                self.code(what, code, peer)

    def overdraft(self):
        """CREDIT-3: sends on although nothing is left, on a stream and on the connection."""
        count, ids = 1040, b"\x08" + t.varint(16 * 16000) + os.urandom(16 * 16000)
        total = t.varint(16000 * count)
        with self.peer() as peer:
            for number in range(count):
                window = t.varint(number)
                head = b"\x04" + t.varint(len(window)) + window if number else \
                    self.name + b"\x06" + t.varint(len(total)) + total
                if not peer.send(h.frame(h.OFFER, head + ids, 1)):
                    break
            self.code("more than a stream's credit", t.CREDIT, peer)
        # Whole blocks of 11 MiB that wait for more to be stored with.
        data = b"\0" + block(11 * MIB, bytes(11 * MIB), codec=0)
        with self.peer(*(self.offer(stream, [os.urandom(16).hex()]) for stream in odd(8))) as peer:
            self.expect(peer.wait(lambda: peer.kinds[h.NEED] == 8), "NEEDs")
            for stream in odd(8):
                # A block that begins while others come in is granted beyond the window.
                peer.wait(lambda: False, 0.1)
                peer.send(*(h.frame(h.DATA, data[at:at + (1 << 18)], stream) for at in range(0, len(data), 1 << 18)))
            self.code("more than the connection's credit", t.CREDIT, peer)

    # Floods -----------------------------------------------------------------------------------------------------------
    def streams(self):
        """STREAM-6: more streams than are allowed."""
        with self.peer(*map(self.watch, odd(STREAMS))) as peer:
            above = odd(5000, 2 * STREAMS + 1)
            peer.send(*map(self.fetch, above))
            self.expect(peer.wait(lambda: len(peer.codes) >= 5000), "5000 streams too many: %d" % len(peer.codes))
            self.expect({peer.codes.get(stream) for stream in above} == {0x0303}, "codes of streams too many")
            self.expect(peer.answers(), "a node after streams too many")

    def cancelled(self):
        """STREAM-8: streams that are opened and given up at once, 100,000 of them."""
        for what, opening in (("fetches", self.fetch), ("watches", self.watch)):
            with self.peer() as peer:
                for first in range(1, 100_000, 10_000):
                    pairs = ((opening(stream), h.message("ERROR", {"code": 0x0305}, stream))
                             for stream in odd(5000, first))
                    peer.send(*(part for pair in pairs for part in pair))
                self.expect(peer.answers(), "a node after %s that were given up" % what)

    def watches(self):
        """WATCH-4: watches that nothing answers."""
        peers = [self.peer(*map(self.watch, odd(STREAMS))) for _ in range(40)]
        for peer in peers:
            self.expect(peer.answers(), "a node with watches left open")
        for peer in peers:
            peer.close()

    def free_frames(self):
        """STREAM-5, FRAME-6: frames that cost no credit."""
        number, cancel = t.varint(1), h.message("ERROR", {"code": 0x0305}, 1)
        for what, frames in (
            ("CREDIT", [h.frame(h.CREDIT, number)] * 100_000),
            ("CREDIT for a closed stream", [h.frame(h.CREDIT, number, 1)] * 100_000),
            ("ERROR on a closed stream", [cancel] * 100_000),
            ("NEED on a closed stream", [h.frame(h.NEED, bytes(2000), 1)] * 20_000),
            ("unknown kinds", [h.frame(0x80 + index % 128, bytes(200_000), 7, 0xFF) for index in range(300)]),
            ("PONG", [h.frame(h.PONG, bytes(8))] * 100_000),
        ):
            with self.peer(self.watch(1), cancel) as peer:
                peer.send(*frames)
                self.expect(peer.answers() and set(peer.codes) <= {1}, "%s: %s" % (what, peer.codes))
        with self.peer(self.offer(1, [os.urandom(16).hex()])) as peer:
            peer.send(*[h.frame(h.COMMIT, b"\x04" + t.varint(250_000) + bytes(250_000), 1)] * 400)
            self.expect(peer.code(1) in (t.UNEXPECTED, t.MISSING, 0x0403), "COMMITs without end: %s" % peer.codes)

    def deaf(self):
        """PING-1: asks and never reads the answers: the node must stop reading."""
        with self.peer(deaf=True) as peer:
            pings = b"".join(map(h.ping, range(65_536)))
            self.expect(not peer.send(pings * 64, seconds=4), "PINGs whose answers nobody reads are all read")

    # Silence ----------------------------------------------------------------------------------------------------------
    def start_silences(self):
        """TIME-2: peers that take their time over the handshake."""
        hello, auth = h.message("HELLO", {"versions": [1, 1]}), h.message("AUTH", {"token": self.token})
        cases = (
            ("a socket without TLS", self.plain_silence, b""),
            ("a drop of TLS a second", self.plain_silence, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(9)),
            ("TLS without HELLO", self.silence, []), ("half a HELLO", self.silence, [hello[:9]]),
            ("HELLO without AUTH", self.silence, [hello]), ("half an AUTH", self.silence, [hello, auth[:20]]),
            ("a byte of HELLO a second", self.silence, list(hello)))
        self.silences = [threading.Thread(target=case, args=(what, data)) for what, case, data in cases]
        for thread in self.silences:
            thread.start()

    def plain_silence(self, what, drops):
        with socket.create_connection(self.address, timeout=1) as plain:
            started, at = time.monotonic(), 0
            while (waited := time.monotonic() - started) < 20:
                try:
                    plain.send(drops[at:at + 1])
                    at += 1
                    if not plain.recv(4096):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            self.expect(8 < waited < 15, "%s: %.1f seconds" % (what, waited))

    def silence(self, what, parts):
        with self.peer_without_token() as peer:
            for part in parts:
                peer.send(bytes([part]) if isinstance(part, int) else part)
                peer.wait(lambda: False, 1 if isinstance(part, int) else 0)
            self.code(what, 0x0304, peer)
            peer.wait(lambda: peer.seconds)
            self.expect(peer.seconds and 8 < peer.seconds < 15, "%s: %s seconds" % (what, peer.seconds))

    def peer_without_token(self, **options):
        return h.Peer(self.address, **options)

    def end_silences(self):
        for thread in self.silences:
            thread.join()

    def log(self):
        """AUTH-7: what the node wrote down."""
        log = (self.node.data / "log.txt").read_text()
        self.expect("a sync connection ended" in log, "the log is empty")
        for token in (self.token, self.person, "x" * 42):
            self.expect(token not in log and token[10:] not in log, "a token is in the log")

    # Handshakes -------------------------------------------------------------------------------------------------------
    def downgrades(self):
        """TLS-1, TLS-2, VER-1, HELLO-1: other protocols and versions than ours."""
        try:
            h.tls(*self.address, newest=ssl.TLSVersion.TLSv1_2)
            self.expect(False, "TLS 1.2 is spoken")
        except ssl.SSLError:
            pass
        for alpn in (None, "h2"):
            with self.peer_without_token(alpn=alpn) as peer:
                self.expect(peer.socket.selected_alpn_protocol() is None, "ALPN %s is selected" % alpn)
                peer.send(b"GET / HTTP/1.1\r\nHost: node\r\n\r\n")
                self.code("HTTP with ALPN %s" % alpn, t.TOO_LARGE, peer)
        for what, code, payload in (
            ("version 0", t.VERSION, b"TIEB\0\0"), ("versions 0 to 1", t.VERSION, b"TIEB\0\1"),
            ("versions 2 to 3", t.VERSION, b"TIEB\2\3"), ("versions 2 to 1", t.VERSION, b"TIEB\2\1"),
            ("another magic", t.MAGIC, b"TIEA\1\1"), ("a short HELLO", t.TRUNCATED, b"TIEB"),
        ):
            with self.peer_without_token() as peer:
                peer.send(h.frame(h.HELLO, payload))
                self.code(what, code, peer)

    def replay(self):
        """COMMIT-4: the same COMMIT again, and the bytes of a whole connection again."""
        texts, key = check_node.model(500_000, 50), "ef" * 16
        pairs = [(c.object_id(text.encode()), text.encode()) for text in texts]
        version = {"id": "00feedf00d", "modelName": "main", "rootObject": pairs[-1][0], "createdAt": 1}
        recorder = h.Recorder(self.address)
        outcomes = []
        for address in (("127.0.0.1", recorder.port), self.address, self.address):
            connection = c.Connection(*address, self.token, self.node.node_id)
            intents = [json.dumps(version).encode()] * (1 if address is not self.address else 2)
            outcomes.append(c.Push(connection, self.project, pairs, intents, key).run().get("outcome", 0))
            connection.close()
        self.expect(outcomes == [0, 1, 1], "outcomes of one COMMIT: %s" % outcomes)
        with socket.create_connection(self.address, timeout=3) as plain:
            answer = b""
            try:
                plain.sendall(recorder.sent)
                while more := plain.recv(1 << 16):
                    answer += more
            except OSError:
                pass
        # A hello, an encrypted handshake and an alert: nothing beyond them.
        self.expect(len(answer) < 4096, "%d bytes answer a connection that is sent again" % len(answer))
        self.expect(self.versions() == 1, "%d versions after a replay" % self.versions())

    def versions(self):
        answer = self.node.graphql(VERSIONS, {"p": self.project}, self.person)
        return sum(model["versions"]["totalCount"] for model in answer["data"]["project"]["models"]["items"])

    # Rights -----------------------------------------------------------------------------------------------------------
    def tokens(self):
        """AUTH-4, AUTH-8: tokens that are revoked or run out, on connections that are open and on new ones."""
        token, short = self.issue(), self.issue(lifespan="1500")
        intent = {"id": "00badbad00", "modelName": "main", "rootObject": "0" * 32, "createdAt": 1}
        watch = h.message("WATCH", self.position_of(self.other), 1, h.END)
        with self.peer(watch, self.offer(3, []), token=token) as peer, self.peer(watch, token=short) as late:
            self.expect(peer.first(h.NEED, 3) is not None and late.answers(), "tokens that are good")
            answer = self.node.graphql(REVOKE, {"t": token}, self.person)
            self.expect(answer["data"]["apiTokenRevoke"], "revoking: %s" % answer)
            peer.send(self.commit(3, [], [json.dumps(intent)]), self.fetch(5), self.watch(7), self.offer(9, []))
            for stream in (5, 7, 9):
                self.code("a stream %d after the token" % stream, 0x0201, peer, stream)
            result = peer.first(h.RESULT, 3) or {}
            self.expect(result.get("outcome") == 3, "a COMMIT after the token: %s %s" % (result, peer.codes))
            late.wait(lambda: False, 1.6)
            late.send(self.fetch(3))
            self.code("a stream after the token's time", 0x0201, late, 3)
            object_upload.upload(self.node, self.other, self.person, [b'{"id":"%032d"}' % 7])
            for what, watcher in (("token", peer), ("token's time", late)):
                self.code("a watch after the " + what, 0x0201, watcher, 1)
                self.expect(not watcher.kinds[h.HEAD], "a HEAD after the " + what)
        for what, ended in (("revoked", token), ("expired", short), ("wrong", "x" * 42), ("long", "x" * 2048)):
            with self.peer(token=ended) as peer:
                self.code("a token that is " + what, 0x0201, peer)

    def oracle(self):
        """AUTH-6, NEED-3: a project that is not there and one that may not be seen answer alike, byte for byte."""
        secret = check_node.model(900_000, 3)
        object_upload.upload(self.node, self.foreign, self.stranger, [text.encode() for text in secret])
        ids = [c.object_id(text.encode()) for text in secret]
        answers = []
        for project in (self.foreign, "0123456789", "x"):
            with self.peer(self.fetch(1, project), self.watch(3, project), self.offer(5, ids, project),
                           self.fetch(7, project, wanted=ids)) as peer:
                self.expect(peer.wait(lambda: len(peer.codes) == 4), "answers about %s: %s" % (project, peer.codes))
                answers.append([peer.frames[stream] for stream in (1, 3, 5, 7)])
        self.expect(answers[0] == answers[1] == answers[2], "answers tell of a project: %s" % answers)
        with self.peer(self.offer(1, ids), self.fetch(3, wanted=ids)) as peer:
            self.expect((peer.first(h.NEED, 1) or {}).get("bitmap") == "0f", "NEED tells of other projects")
            done = peer.first(0x14, 3) or {}
            self.expect(done.get("missing") == 4 and "objects" not in done, "DONE tells of others: %s" % done)

    # Sizes ------------------------------------------------------------------------------------------------------------
    def sizes(self):
        """FRAME-4, AUTH-3, FIELD-1: lengths that are too long, or beyond what is there."""
        ids, most = os.urandom(16 * 16001), 256 * 1024
        listed = b"\x08" + t.varint(len(ids)) + ids
        for what, code, stream, frames in (
            ("a frame of 17 MB", t.TOO_LARGE, 0, [h.frame(h.FETCH, bytes(16_777_215), 1, h.END)]),
            ("a list of 17 MB", t.TOO_LARGE, 0, [h.frame(h.OFFER, self.name + ids * 65, 1)]),
            ("a frame above the limit", t.TOO_LARGE, 0, [h.frame(0x90, b"", 1, count=most + 1)]),
            ("16,001 wanted ids", t.INVALID, 1, [h.frame(h.FETCH, self.name + listed, 1, h.END)]),
            ("16,001 offered ids", t.INVALID, 1,
             [h.frame(h.OFFER, self.name + b"\x06\x02" + t.varint(16001) + listed, 1)]),
            ("a length of 2^32", t.TRUNCATED, 1, [h.frame(h.FETCH, b"\x02\x80\x80\x80\x80\x10ab", 1, h.END)]),
            ("a length of 2^64 - 1", t.TRUNCATED, 1, [h.frame(h.FETCH, b"\x02" + b"\xff" * 9 + b"\x01ab", 1, h.END)]),
        ):
            with self.peer(*frames) as peer:
                self.code(what, code, peer, stream)
        for what, frames in (
            ("a HELLO above its limit", [h.frame(h.HELLO, b"TIEB\1\1", count=4097)]),
            ("an AUTH above its limit", [h.message("HELLO", {"versions": [1, 1]}), h.frame(h.AUTH, count=8193)]),
        ):
            with self.peer_without_token() as peer:
                peer.send(*frames)
                self.code(what, t.TOO_LARGE, peer)

    # The others -------------------------------------------------------------------------------------------------------
    def behaves(self, what):
        """Serves a client that keeps to the rules."""
        try:
            connection = c.Connection(*self.address, self.token, self.node.node_id)
            c.Fetch(connection, c.Replica(self.folder / ("copy-" + what)).open(), self.project).run()
            connection.close()
        except (c.Cut, c.PeerError, OSError) as error:
            self.expect(False, "a client after %s: %s" % (what, error))

    def run(self, part, limit):
        # The peak starts anew, so that each part has its own.
        pathlib.Path("/proc/%d/clear_refs" % self.node.process.pid).write_text("5")
        before, started = self.node.memory("VmRSS"), time.monotonic()
        part()
        grown, name = (self.node.memory("VmHWM") - before) // MIB, part.__name__
        self.expect(grown <= limit, "%s: %d MiB instead of %d" % (name, grown, limit))
        self.behaves(name)
        print("%-14s %5.1f s %5d MiB" % (name, time.monotonic() - started, grown), flush=True)


def main(names):
    with tempfile.TemporaryDirectory() as folder, tiebeam_node.Node(options=["--verbose"]) as node:
        check = Hostile(node, pathlib.Path(folder))
        check.start_silences()
        for part, limit in (
            (check.downgrades, HANDSHAKE), (check.sizes, HANDSHAKE), (check.replay, HANDSHAKE),
            (check.tokens, HANDSHAKE), (check.oracle, HANDSHAKE), (check.credit, HANDSHAKE),
            (check.overdraft, WINDOWS), (check.streams, HANDSHAKE), (check.cancelled, WINDOWS),
            (check.watches, WINDOWS), (check.free_frames, WINDOWS), (check.deaf, WINDOWS),
            (check.announcements, WINDOWS), (check.bombs, BLOCKS), (check.end_silences, HANDSHAKE),
            (check.log, HANDSHAKE),
        ):
            if not names or part.__name__ in names:
                check.run(part, limit)
    print("%d problems" % check.failed)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
