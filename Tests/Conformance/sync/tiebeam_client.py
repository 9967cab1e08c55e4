"""An independent client of Tiebeam Sync 1: standard library and zstandard, on the codec tiebeam_sync.py.

    tiebeam_client.py clone HOST PORT PROJECT TOKEN NODE_ID OUTDIR      into a new directory
    tiebeam_client.py pull  HOST PORT PROJECT TOKEN NODE_ID OUTDIR      from the position that is stored there
    tiebeam_client.py watch HOST PORT PROJECT TOKEN NODE_ID OUTDIR      until the project has more; prints its head
    tiebeam_client.py push  HOST PORT PROJECT TOKEN NODE_ID OBJECTS INTENT [KEY]
    tiebeam_client.py blob  HOST PORT PROJECT TOKEN NODE_ID DIGEST FILE    brings a file
    tiebeam_client.py put   HOST PORT PROJECT TOKEN NODE_ID FILE           gives a file; prints its digest

OUTDIR holds objects.tsv (`id TAB text` lines; a text with line breaks is written as a JSON string, which no text starts
like), operations.jsonl and position.json. Everything up to position.json's lengths is durable; what lies beyond them is
cut off when the directory is opened.

OBJECTS is a file of such lines, or of texts alone, whose ids are then those of OBJ-2. INTENT is a JSON text (Spec
10.3), or `@` and the name of a file with it; id and createdAt are added when they are not there. KEY is an idempotency
key of 32 hexadecimal digits; a push that is repeated after a cut should have the key of the first time, which is printed.

Exit status: 0 done, 1 the peer's error or a broken rule, 2 usage, 3 cut.
"""
import hashlib
import json
import os
import pathlib
import secrets
import socket
import ssl
import sys
import time

import tiebeam_sync as t

ALPN = "tiebeam/1"
STREAM_CREDIT, CONNECTION_CREDIT = 8 << 20, 16 << 20
BATCH = 1 << 20  # bytes of whole blocks that wait for durability; below half of a window (CREDIT-6)
BLOCK_TARGET = 1 << 20
HANDSHAKE_TIME, SILENCE_TIME, IDLE_TIME = 10, 45, 15


class Cut(Exception):
    """The connection ended before its streams did."""


class PeerError(Exception):
    """An ERROR frame, or a rule that the peer broke."""


# Identity (Spec 3.3) --------------------------------------------------------------------------------------------------
def der(data, at):
    """(tag, start of the value, end) of one DER element."""
    tag, count, at = data[at], data[at + 1], at + 2
    if count & 0x80:
        width = count & 0x7F
        count, at = int.from_bytes(data[at:at + width], "big"), at + width
    return tag, at, at + count


def node_id(certificate):
    """SHA-256 of the SubjectPublicKeyInfo of a DER certificate."""
    _, at, _ = der(certificate, 0)  # Certificate
    _, at, end = der(certificate, at)  # TBSCertificate
    elements = []
    while at < end:
        tag, _, after = der(certificate, at)
        if tag != 0xA0:  # version
            elements.append(certificate[at:after])
        at = after
    return hashlib.sha256(elements[5]).hexdigest()  # serial, algorithm, issuer, validity, subject, key


def change_protocol(plain, host, port):
    """Asks the API for the protocol (Spec 3.5)."""
    plain.sendall(("GET /sync HTTP/1.1\r\nHost: %s:%s\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
                   % (host, port, ALPN)).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = plain.recv(1)  # what follows the head belongs to TLS
        if not byte or len(head) > 16_384:
            raise PeerError("the API does not answer")
        head += byte
    if not head.startswith(b"HTTP/1.1 101 "):
        raise PeerError("the API does not change the protocol: %s" % head.split(b"\r\n")[0].decode())


# Connection (Spec 3, 4, 6, 7) -----------------------------------------------------------------------------------------
class Connection:
    """One connection with one request on it: stream 1."""

    STREAM = 1

    def __init__(self, host, port, token, node, stream_credit=STREAM_CREDIT, connection_credit=CONNECTION_CREDIT,
                 through_http=False, certificate=None, roster_version=None):
        """A certificate (its file, and that of its key) is shown to the node. Without a token it is what AUTH means
        (AUTH-9). With a version of a roster, rosters are taken (ROSTER-3)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols([ALPN])
        context.check_hostname = False  # NODE-3: the key says who it is
        context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(*certificate)
        plain = socket.create_connection((host, int(port)), timeout=HANDSHAKE_TIME)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if through_http:
            change_protocol(plain, host, port)
        self.socket = context.wrap_socket(plain)
        found = node_id(self.socket.getpeercert(binary_form=True))
        if found != node:  # NODE-2: before any frame
            self.socket.close()
            raise PeerError("another node answers: %s" % found)
        self.buffer, self.nonce, self.heard = bytearray(), 0, time.monotonic()
        self.hello, self.max_frame = None, t.LIMITS["frame-default"]
        self.send_credit = {0: t.LIMITS["connection-credit-min"], self.STREAM: t.LIMITS["stream-credit-default"]}
        self.windows = {0: Window(connection_credit), self.STREAM: Window(stream_credit)}
        hello = {"versions": [1, 1], "streamCredit": stream_credit, "connectionCredit": connection_credit}
        self.takes_rosters, self.rosters = roster_version is not None, []
        if self.takes_rosters:
            hello |= {"capabilities": [t.ROSTERS], "rosterVersion": roster_version or None}
        defaults = {"streamCredit": t.LIMITS["stream-credit-default"],
                    "connectionCredit": t.LIMITS["connection-credit-default"]}
        fields = {name: value for name, value in hello.items() if value is not None and defaults.get(name) != value}
        auth = {"token": token} if token else {"node": 1}
        # Held back until the first request goes with them (HELLO-4).
        self.opening = self.encode("HELLO", fields) + self.encode("AUTH", auth)

    def encode(self, type, fields, stream=0, flags=0):
        return t.encode_frame({"type": type, "stream": stream, "flags": flags, "fields": fields})

    def send(self, type, fields, stream=STREAM, end=False):
        self.write(self.encode(type, fields, stream, 1 if end else 0))

    def write(self, data):
        try:
            self.socket.sendall(self.opening + data)
        except (OSError, ssl.SSLError) as error:
            raise Cut(str(error))
        self.opening = b""

    def spend(self, type, payload):
        """Sends bytes that cost credit: DATA in pieces, anything else as one frame."""
        while payload:
            count = min(len(payload), self.max_frame) if type == "DATA" else len(payload)
            least = 1 if type == "DATA" else count
            while min(self.send_credit.values()) < least:
                self.handle(self.next_frame())
            count = min(count, *self.send_credit.values())
            kind = t.TYPES[type]
            self.write(count.to_bytes(3, "big") + bytes([kind, 0]) + self.STREAM.to_bytes(3, "big") + payload[:count])
            for window in self.send_credit:
                self.send_credit[window] -= count
            payload = payload[count:]

    # Frames come in here. What belongs to the stream waits in `inbox`, bytes of the next part of a file in `left`.
    inbox, left = None, b""

    def receive(self):
        """The next frame of the stream."""
        while not self.inbox:
            self.handle(self.next_frame())
        return self.inbox.pop(0)

    def next_frame(self):
        while True:
            if len(self.buffer) >= 8:
                count = int.from_bytes(self.buffer[:3], "big")
                if count > t.LIMITS["frame-default"]:
                    raise self.broken(t.TOO_LARGE, 0)
                if len(self.buffer) >= 8 + count:
                    raw = bytes(self.buffer[:8 + count])
                    del self.buffer[:8 + count]
                    return raw
            self.buffer += self.read()

    def read(self):
        self.socket.settimeout(IDLE_TIME if self.hello else HANDSHAKE_TIME)
        while True:
            try:
                data = self.socket.recv(1 << 18)
            except TimeoutError:
                if not self.hello or time.monotonic() - self.heard >= SILENCE_TIME:
                    raise Cut("the node fell silent")
                self.nonce += 1
                self.send("PING", {"nonce": "%016x" % self.nonce}, 0)
                continue
            except (OSError, ssl.SSLError) as error:
                raise Cut(str(error))
            if not data:
                raise Cut("the connection was cut")
            self.heard = time.monotonic()
            return data

    def handle(self, raw):
        stream = int.from_bytes(raw[5:8], "big")
        try:
            frame = t.decode_frame(raw)
        except t.Bad as error:
            raise self.broken(error.code, stream if raw[3] not in (0x03, 0x04) else 0)
        type, fields = frame["type"], frame["fields"] if frame["type"] != "ignored" else {}
        frame["raw"] = raw
        if not self.hello and type not in ("HELLO", "ERROR"):
            raise self.broken(t.UNEXPECTED, 0)
        if type == "HELLO":
            self.greet(fields)
        elif type == "ERROR":
            text = fields.get("text") or "no text"
            raise PeerError("error 0x%04x on stream %d: %s" % (fields["code"], stream, text))
        elif type == "PING":
            self.send("PONG", {"nonce": fields["nonce"]}, 0)
        elif type == "CREDIT":
            if stream in self.send_credit:
                self.send_credit[stream] += fields["bytes"]
        elif type == "ROSTER":
            if not self.takes_rosters or t.ROSTERS not in self.hello.get("capabilities", []):
                raise self.broken(t.UNEXPECTED, 0)
            self.rosters.append(fields)
        elif type == "GOAWAY":
            if fields.get("lastStream", 0) < self.STREAM:
                raise PeerError("the node goes away: 0x%04x" % fields["code"])
        elif type not in ("PONG", "ignored"):
            self.deliver(frame, raw)

    def greet(self, fields):
        if self.hello:
            raise self.broken(t.UNEXPECTED, 0)
        if fields["versions"][0] > 1:
            raise self.broken(t.VERSION, 0)
        self.hello = fields
        self.max_frame = min(fields.get("maxFrame", t.LIMITS["frame-default"]), 1 << 18)
        self.send_credit[0] += fields.get("connectionCredit", t.LIMITS["connection-credit-default"]) - (1 << 20)
        self.send_credit[self.STREAM] += fields.get("streamCredit", 1 << 20) - (1 << 20)

    def deliver(self, frame, raw):
        if frame["stream"] != self.STREAM:
            raise self.broken(t.STREAM_ID, 0)
        if frame["type"] in ("DATA", "OPS"):
            for window in self.windows.values():
                if not window.receive(len(raw) - 8):
                    raise self.broken(t.CREDIT, 0)
        self.inbox = (self.inbox or []) + [frame]

    def began(self, count):
        for stream, window in self.windows.items():
            self.grant(stream, window.expect(count))

    def release(self, count):
        for stream, window in self.windows.items():
            self.grant(stream, window.release(count))

    def grant(self, stream, count):
        if count:
            self.send("CREDIT", {"bytes": count}, stream)

    def broken(self, code, stream):
        """Tells the peer that it broke a rule; returns the error to raise."""
        try:
            self.send("ERROR", {"code": code}, stream)
        except Cut:
            pass
        return PeerError("the node broke a rule: 0x%04x" % code)

    def close(self):
        self.socket.close()


class Window:
    """What the peer may still send (CREDIT-3, CREDIT-5)."""

    def __init__(self, size):
        self.size = self.available = size
        self.unreturned = self.debt = 0

    def receive(self, count):
        self.available -= count
        return self.available >= 0

    def expect(self, count):
        # One stream, so only one block is unfinished at a time.
        if count <= self.size // 4:
            return 0
        self.debt += count
        self.available += count
        return count

    def release(self, count):
        paid = min(count, self.debt)
        self.debt -= paid
        self.unreturned += count - paid
        if self.unreturned < self.size // 4:
            return 0
        count, self.unreturned = self.unreturned, 0
        self.available += count
        return count


# The copy on disk (Spec 13) -------------------------------------------------------------------------------------------
def line_of(id, text):
    if b"\n" in text or b"\r" in text:
        text = json.dumps(text.decode()).encode()
    return id.encode() + b"\t" + text + b"\n"


def parse_line(line):
    """(id, text) of one line of objects; an id of None is that of OBJ-2."""
    line = line.rstrip(b"\r\n")
    head, tab, rest = line.partition(b"\t")
    if not tab or len(head) != 32 or line.startswith(b"{"):
        return object_id(line), line
    return head.decode(), json.loads(rest).encode() if rest.startswith(b'"') else rest


def object_id(text):
    """The id that a text gives itself (OBJ-2)."""
    members = json.loads(text)
    for name in ("hash", "id"):
        if members.get(name):
            return members[name]
    return hashlib.md5(text).hexdigest()


class Replica:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.path = self.directory / "position.json"
        self.position = {"cursor": None, "marks": {}, "objectsBytes": 0, "operationsBytes": 0}
        self.known = {}  # where each object's line starts; None for those that came since

    @property
    def exists(self):
        return self.path.exists()

    def open(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        if self.exists:
            self.position = json.loads(self.path.read_text())
        self.files = {}
        for name in ("objects", "operations"):
            path = self.directory / {"objects": "objects.tsv", "operations": "operations.jsonl"}[name]
            path.touch()
            os.truncate(path, self.position[name + "Bytes"])
            self.files[name] = open(path, "ab")
        with open(self.directory / "objects.tsv", "rb") as lines:
            start = 0
            for line in lines:
                self.known[line[:32].decode()] = start
                start += len(line)
        return self

    def text(self, id):
        """The text of an object that was durable when the directory was opened, or None."""
        if self.known.get(id) is None:
            return None
        with open(self.directory / "objects.tsv", "rb") as lines:
            lines.seek(self.known[id])
            return parse_line(lines.readline())[1]

    def put(self, id, text):
        """The first text under an id stays (OBJ-4)."""
        if id not in self.known:
            self.known[id] = None
            self.files["objects"].write(line_of(id, text))

    def apply(self, origin, sequence, record):
        body = bytes.fromhex(record["body"])
        line = {"origin": origin, "sequence": sequence, "timestamp": record["timestamp"], "actor": record.get("actor")}
        try:
            line["body"] = body.decode()
        except UnicodeDecodeError:
            line["bodyHex"] = body.hex()
        self.files["operations"].write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self.position["marks"][origin] = sequence

    def commit(self, cursor=None):
        """Makes everything durable, and then the position with it."""
        self.position["cursor"] = cursor or self.position["cursor"]
        for name, file in self.files.items():
            file.flush()
            os.fsync(file.fileno())
            self.position[name + "Bytes"] = file.tell()
        scratch = self.path.with_suffix(".new")
        with open(scratch, "w") as out:
            json.dump(self.position, out, indent=2)
            out.flush()
            os.fsync(out.fileno())
        os.replace(scratch, self.path)

    def request(self, project):
        fields = {"project": project}
        if self.position["cursor"]:
            fields["cursor"] = self.position["cursor"]
        if self.position["marks"]:
            fields["marks"] = [{"origin": o, "sequence": s} for o, s in sorted(self.position["marks"].items())]
        return fields


# Fetch (Spec 9.1) -----------------------------------------------------------------------------------------------------
class Fetch:
    def __init__(self, connection, replica, project, beginning=b"", **hints):
        """With the beginning of a block its rest is asked for (RESUME-6)."""
        self.connection, self.replica, self.beginning = connection, replica, beginning
        if beginning:
            hints["unfinished"] = {"header": beginning[:56].hex(), "bytes": len(beginning)}
        fields = replica.request(project) | {"accepted": 3} | hints
        self.range = hints.get("range")
        if self.range:  # FETCH-16
            fields = {"project": project} | hints
        self.request = {name: value for name, value in fields.items() if value}
        self.successors = {}
        self.held = dict(replica.position["marks"])
        self.compacted, self.aside, self.saw = {}, None, {}
        self.data, self.began, self.items, self.uncommitted = bytearray(), False, [], 0
        self.counts, self.marks, self.cursor = dict.fromkeys(("objects", "blocks", "operations", "continued"), 0), {}, None

    def run(self):
        self.connection.send("FETCH", self.request, end=True)
        first = self.next("PLAN", "DONE")
        if first["type"] == "DONE":
            return self.unchanged(first)
        self.check_plan(first["fields"])
        while True:
            frame = self.next("DATA", "OPS", "DONE")
            if frame["type"] == "DATA":
                self.take_data(bytes.fromhex(frame["fields"]["bytes"]))
            elif frame["type"] == "OPS":
                self.take_operations(frame)
            else:
                return self.finish(frame)

    def unchanged(self, frame):
        """FETCH-14: nothing is new."""
        cursor = self.request.get("cursor")
        self.require(frame["flags"] & 1 and cursor and frame["fields"] == {"cursor": cursor}, t.UNEXPECTED)
        return self.counts

    def next(self, *types):
        frame = self.connection.receive()
        if frame["type"] not in types or (frame["flags"] & 1 and frame["type"] != "DONE"):  # FETCH-7, FETCH-8
            raise self.connection.broken(t.UNEXPECTED, 1)
        return frame

    def require(self, condition, code):
        if not condition:
            raise self.connection.broken(code, 1)

    def check_plan(self, plan):
        self.plan = plan
        cursor, first = self.request.get("cursor"), plan.get("firstOrdinal", 0)
        if plan.get("flags", 0) & 1:
            self.require(cursor and first == 0, t.ORDER)
        elif cursor:
            self.require(plan["epoch"] == cursor["epoch"] and first == cursor["nextOrdinal"], t.ORDER)
        else:
            self.require(first == 0, t.ORDER)
        is_snapshot = bool(plan.get("flags", 0) & 2)
        self.compacted = {mark["origin"]: mark["sequence"] for mark in plan.get("compacted", [])}
        self.require(is_snapshot == bool(self.compacted), t.ORDER)  # SNAP-2
        accepts = self.request.get("accepted", 0) & 2 and not self.range and not self.request.get("options", 0) & 1
        self.require(accepts or not is_snapshot, t.ORDER)
        self.aside = [] if is_snapshot else None
        self.is_rebuilt = bool(self.range) and plan["epoch"] != self.range["epoch"]
        self.epoch, self.ordinal, self.starts_over = plan["epoch"], first, bool(plan.get("flags", 0) & 1)

    def take_data(self, data):
        self.require(not self.is_rebuilt, t.UNEXPECTED)  # FETCH-17
        self.data += data
        while self.data:
            try:
                ordinal, start = t.read_varint(self.data, 0)
                held = b""
                if self.data[start:start + 4] == t.REST:
                    self.require(self.beginning, t.BLOCK)  # RESUME-7
                    held, start = self.beginning, start + 4
                head = (held + self.data[start:start + 56])[:56]
                if len(head) < 56:
                    return
                end = start + t.block_length(t.block_header(head)) - len(held)
                if not self.began:
                    self.began = True
                    self.connection.began(end)
                if len(self.data) < end:
                    return
                block, self.began = held + bytes(self.data[start:end]), False
                self.beginning = b"" if held else self.beginning
                self.counts["continued"] += bool(held)
                del self.data[:end]
                self.take_block(ordinal, block, end)
            except t.Bad as error:
                if error.code == t.TRUNCATED:
                    return
                raise self.connection.broken(error.code, 1)

    def take_block(self, ordinal, block, count):
        if self.range:  # FETCH-18
            first = ordinal - t.block_header(block[:56])["objects"]
            self.require(self.range["first"] <= first < self.range["end"], t.ORDER)
            self.require(not self.counts["blocks"] or first == self.ordinal, t.ORDER)
        self.require(ordinal >= self.ordinal, t.ORDER)  # DATA-3
        if block[5] == 2 and self.request.get("accepted", 0) & 1:
            decoded = t.decode_delta(block, self.successors, self.replica.text)
            self.counts["deltas"] = self.counts.get("deltas", 0) + 1
        else:
            decoded = t.decode_block(block)
        for entry in decoded["contents"]:
            self.replica.put(entry["id"], entry["text"].encode("latin-1"))
        self.ordinal = ordinal
        self.counts["objects"] += decoded["objects"]
        self.counts["blocks"] += 1
        self.items.append(("block", block[:56]))
        if not self.range:
            self.cursor = {"epoch": self.epoch, "nextOrdinal": ordinal}
        self.uncommitted += count
        if self.uncommitted >= BATCH:
            self.commit()

    def commit(self, cursor=None):
        self.replica.commit(cursor or self.cursor)
        self.connection.release(self.uncommitted)
        self.uncommitted = 0

    def take_operations(self, frame):
        fields = frame["fields"]
        self.require(not self.data, t.TRUNCATED)  # DATA-6
        origin, sequence = fields["origin"], fields["firstSequence"]
        next = self.held.get(origin, 0) + 1
        self.require(sequence == next or next < sequence <= self.compacted.get(origin, 0), t.ORDER)  # OPS-2, SNAP-3
        self.require(origin in self.marks or len(self.marks) < t.LIMITS["marks-max"], t.ORDER)  # OPS-3
        for record in fields["records"]:
            if self.aside is None:
                for other, last in self.seen(record).items():  # OPS-6
                    self.require(self.held.get(other, 0) >= last, t.ORDER)
                self.replica.apply(origin, sequence, record)
            else:  # SNAP-5, SNAP-7
                self.require(self.saw.get(origin, 0) < sequence, t.ORDER)
                for other, last in self.seen(record).items():
                    self.saw[other] = max(last, self.saw.get(other, 0))
                self.aside.append((origin, sequence, record))
            self.held[origin] = self.marks[origin] = sequence
            sequence += 1
        self.counts["operations"] += len(fields["records"])
        self.items.append(("ops", frame["raw"][8:]))
        self.uncommitted += len(frame["raw"]) - 8
        self.commit()

    @staticmethod
    def seen(record):
        """What the node had seen when it made the operation (Spec 9.4)."""
        try:
            return json.loads(bytes.fromhex(record["body"])).get("seen", {})
        except (ValueError, AttributeError):
            return {}

    def finish(self, frame):
        done = frame["fields"]
        self.require(not self.data, t.TRUNCATED)  # DONE-4
        digest = t.transcript_digest(self.items)
        marks = [{"origin": o, "sequence": s} for o, s in sorted(self.marks.items())]
        same = done.get("digest") == (digest.hex() if digest else None) and done.get("marks", []) == marks
        same = same and all(done.get(name, 0) == self.counts[name] for name in ("objects", "blocks", "operations"))
        self.require(same, 0x0502)  # DONE-2
        cursor = done["cursor"]
        self.require(cursor["epoch"] == self.epoch and cursor["nextOrdinal"] >= self.ordinal, t.ORDER)  # DONE-3
        if self.range and self.counts["blocks"]:  # FETCH-18
            self.require(self.ordinal >= min(self.range["end"], cursor["nextOrdinal"]), t.ORDER)
        for needed in (self.compacted, self.saw):  # SNAP-4
            self.require(all(self.held.get(origin, 0) >= last for origin, last in needed.items()), t.ORDER)
        self.require(frame["flags"] & 1, t.UNEXPECTED)
        for operation in self.aside or []:  # SNAP-5
            self.replica.apply(*operation)
        moves = not self.range and not self.request.get("options", 0) & 2  # DONE-5
        self.commit(cursor if moves else None)
        return dict(self.counts, startsOver=self.starts_over, cursor=cursor, rebuilt=self.is_rebuilt,
                    plan=self.plan, snapshot=self.aside is not None)


# Push (Spec 10.1) -----------------------------------------------------------------------------------------------------
class Push:
    OPEN_WINDOWS = 2

    def __init__(self, connection, project, objects, intents, key, window=t.LIMITS["offer-window-max"], unasked=False):
        self.connection, self.project, self.objects = connection, project, objects
        self.intents, self.key = intents, key
        self.windows = [objects[i:i + window] for i in range(0, len(objects), window)] or [[]]
        self.items, self.sent, self.unasked, self.unfinished, self.skipped = [], 0, unasked, None, 0

    def run(self):
        if self.unasked:  # OFFER-6
            for number, window in enumerate(self.windows):
                self.offer(number)
                self.give_blocks(window)
            return self.commit()
        offered = answered = 0
        while answered < len(self.windows):
            while offered < len(self.windows) and offered - answered < self.OPEN_WINDOWS:
                self.offer(offered)
                offered += 1
            frame = self.next("NEED", False)
            self.give(answered, frame["fields"])
            answered += 1
        return self.commit()

    def commit(self):
        digest = t.transcript_digest(self.items)
        fields = {"key": self.key, "intents": [intent.hex() for intent in self.intents]}
        self.connection.send("COMMIT", fields | ({"digest": digest.hex()} if digest else {}), end=True)
        return dict(self.next("RESULT", True)["fields"], sent=self.sent, offered=len(self.objects))

    def next(self, type, ends):
        frame = self.connection.receive()
        if frame["type"] != type or bool(frame["flags"] & 1) != ends:  # PUSH-2, PUSH-3
            raise self.connection.broken(t.UNEXPECTED, 1)
        return frame

    def offer(self, number):
        fields = {"ids": [id for id, _ in self.windows[number]]}
        if number == 0:
            fields |= {"project": self.project, "objects": len(self.objects), "options": int(self.unasked)}
        else:
            fields["window"] = number
        fields = {name: value for name, value in fields.items() if value not in (0, [])}
        self.connection.spend("OFFER", self.connection.encode("OFFER", fields)[8:])

    def give(self, number, need):
        window, bitmap = self.windows[number], bytes.fromhex(need.get("bitmap", ""))
        wanted = [i for i in range(8 * len(bitmap)) if bitmap[i // 8] >> i % 8 & 1]
        if need.get("window", 0) != number or (wanted and wanted[-1] >= len(window)):  # NEED-2
            raise self.connection.broken(t.ORDER, 1)
        self.unfinished = need.get("unfinished") if number == 0 else self.unfinished
        self.give_blocks([window[index] for index in wanted])

    def give_blocks(self, objects):
        block, count = [], 0
        for id, text in objects:
            block.append({"id": id, "text": text.decode("latin-1")})
            count += len(text)
            if count >= BLOCK_TARGET:
                self.give_block(block)
                block, count = [], 0
        if block:
            self.give_block(block)

    def give_block(self, objects):
        block = t.encode_block(objects, 1)
        record = block
        if self.unfinished and self.unfinished["header"] == block[:56].hex():  # RESUME-6
            self.skipped, self.unfinished = self.unfinished["bytes"], None
            record = t.REST + block[self.skipped:]
        self.connection.spend("DATA", t.varint(0) + record)
        self.items.append(("block", block[:56]))
        self.sent += len(objects)


# Files (Spec 19) ------------------------------------------------------------------------------------------------------
def next_frame(connection, type, ends):
    frame = connection.receive()
    if frame["type"] != type or bool(frame["flags"] & 1) != ends:
        raise connection.broken(t.UNEXPECTED, 1)
    return frame["fields"]


def blob(host, port, project, token, node, digest, file, first=0, count=0):
    """Brings parts of a file into `file`; (parts of the whole, numbers of those that came)."""
    connection = Connection(host, port, token, node)
    try:
        fields = {"project": project, "digest": digest, "first": first, "count": count}
        connection.send("BLOB", {name: value for name, value in fields.items() if value}, end=True)
        frame = connection.receive()
        if frame["type"] != "PARTS":
            raise connection.broken(t.UNEXPECTED, 1)
        length, hashes = frame["fields"].get("bytes", 0), frame["fields"].get("hashes", [])
        if t.parts_digest(length, hashes) != digest:  # PART-4
            raise connection.broken(0x0501, 1)
        wanted = list(range(first, first + count if count else len(hashes)))
        if bool(frame["flags"] & 1) != (not wanted):  # PARTS-2
            raise connection.broken(t.TRUNCATED if wanted else t.UNEXPECTED, 1)
        receive_parts(connection, length, hashes, wanted, file)
        return len(hashes), wanted
    finally:
        connection.close()


def receive_parts(connection, length, hashes, wanted, file):
    for index, number in enumerate(wanted):
        start = number * t.LIMITS["blob-part"]
        left, part, ended = min(t.LIMITS["blob-part"], length - start), bytearray(), False
        connection.began(left)
        while len(part) < left or index == len(wanted) - 1 and not ended:
            frame = connection.receive()
            if frame["type"] != "DATA":  # PART-3
                raise connection.broken(t.UNEXPECTED, 1)
            part += connection.left + bytes.fromhex(frame["fields"]["bytes"])
            connection.left, ended = b"", bool(frame["flags"] & 1)
            if ended and len(part) < left:
                raise connection.broken(t.TRUNCATED, 1)
        connection.left, part = bytes(part[left:]), bytes(part[:left])
        if hashlib.sha256(part).hexdigest() != hashes[number]:  # PART-4
            raise connection.broken(0x0501, 1)
        file.seek(start)
        file.write(part)
        connection.release(left)
    if connection.left:  # PART-3
        raise connection.broken(t.ORDER, 1)


def put(host, port, project, token, node, data):
    """Gives a project the bytes of a file; (digest, numbers of the parts that were sent)."""
    parts = t.cut(data)
    hashes = [hashlib.sha256(part).hexdigest() for part in parts]
    connection = Connection(host, port, token, node)
    try:
        connection.send("PUT", {"project": project} | ({"bytes": len(data), "hashes": hashes} if data else {}))
        need = next_frame(connection, "NEED", False)
        bitmap = bytes.fromhex(need.get("bitmap", ""))
        needed = [i for i in range(8 * len(bitmap)) if bitmap[i // 8] >> i % 8 & 1]
        if need.get("window", 0) or (needed and needed[-1] >= len(parts)):  # PUT-2
            raise connection.broken(t.ORDER, 1)
        for number in needed:
            connection.spend("DATA", parts[number])
        connection.send("DATA", {"bytes": ""}, end=True)
        if next_frame(connection, "RESULT", True):
            raise connection.broken(t.INVALID, 1)  # PART-7
        return t.parts_digest(len(data), hashes), needed
    finally:
        connection.close()


# Commands -------------------------------------------------------------------------------------------------------------
def fetch(host, port, project, token, node, directory, is_new):
    replica = Replica(directory)
    if replica.exists == is_new:
        print("%s holds %s copy" % (directory, "a" if is_new else "no"), file=sys.stderr)
        return 2
    connection = Connection(host, port, token, node)
    try:
        print(json.dumps(Fetch(connection, replica.open(), project).run()))
    finally:
        connection.close()
    return 0


def watch(host, port, project, token, node, directory):
    connection = Connection(host, port, token, node)
    try:
        connection.send("WATCH", Replica(directory).open().request(project), end=True)
        frame = connection.receive()
        if frame["type"] != "HEAD" or not frame["flags"] & 1:  # WATCH-1
            raise connection.broken(t.UNEXPECTED, 1)
        print(json.dumps(frame["fields"]))
    finally:
        connection.close()
    return 0


def push(host, port, project, token, node, objects, intent, key=None):
    text = pathlib.Path(intent[1:]).read_text() if intent.startswith("@") else intent
    intent = json.loads(text)
    published = intent.get("blob", intent)
    published.setdefault("id", secrets.token_hex(5))
    published.setdefault("createdAt", int(time.time() * 1000))
    body = json.dumps(intent, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = key or secrets.token_hex(16)
    print("key %s, publishes %s" % (key, published["id"]), file=sys.stderr)
    with open(objects, "rb") as lines:
        pairs = [parse_line(line) for line in lines if line.strip()]
    connection = Connection(host, port, token, node)
    try:
        result = Push(connection, project, pairs, [body], key).run()
    finally:
        connection.close()
    print(json.dumps(result))
    return 0 if result.get("outcome", 0) in (0, 1) else 1


def blob_command(host, port, project, token, node, digest, path):
    mode = "r+b" if pathlib.Path(path).exists() else "w+b"
    with open(path, mode) as file:
        print(json.dumps({"parts": blob(host, port, project, token, node, digest, file)[0]}))
    return 0


def put_command(host, port, project, token, node, path):
    digest, sent = put(host, port, project, token, node, pathlib.Path(path).read_bytes())
    print(json.dumps({"digest": digest, "sent": len(sent)}))
    return 0


def main(arguments):
    commands = {"clone": (6, lambda *a: fetch(*a, True)), "pull": (6, lambda *a: fetch(*a, False)), "watch": (6, watch),
                "push": (7, push), "blob": (7, blob_command), "put": (6, put_command)}
    count, command = commands.get(arguments[0] if arguments else "", (None, None))
    if command is None or len(arguments) - 1 not in (count, count + (arguments[0] == "push")):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return command(*arguments[1:])
    except PeerError as error:
        print(error, file=sys.stderr)
        return 1
    except (Cut, OSError) as error:
        print("cut: %s" % error, file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
