"""Runs tiebeam_client.py against a small node in this process. Exit 1 when anything differs.

The node keeps one project in memory and holds its peers to the rules: credit, order, digests. `openssl` makes its key.
"""
import contextlib
import hashlib
import io
import json
import pathlib
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import tiebeam_client as c
import tiebeam_sync as t

PROJECT, TOKEN = "3a1f09c2d7", "a1b2c3d4e5" + "0123456789abcdef" * 2
ORIGINS = ["11" * 32, "ee" * 32]


class Gone(Exception):
    """The client went away, or the node cut it off."""


class Node:
    """What a node keeps, and how badly it behaves."""

    def __init__(self, folder):
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=test", "-days", "3", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        public = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True,
                                capture_output=True).stdout
        der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, check=True,
                             capture_output=True).stdout
        self.id = hashlib.sha256(der).hexdigest()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.set_alpn_protocols(["tiebeam/1"])
        self.context.load_cert_chain(certificate, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.epoch, self.journal, self.objects, self.keys = "5eed5eed00000001", [], {}, {}
        self.logs = {origin: [] for origin in ORIGINS}
        self.compacted, self.left_out = {}, set()  # marks, and (origin, sequence) of what is not kept
        self.hello, self.random, self.changed = {"versions": [1, 1]}, random.Random(1), threading.Condition()
        self.plans, self.tokens, self.faults, self.cut_after = [], [], {}, None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            plain, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            with self.context.wrap_socket(plain, server_side=True) as tls:
                Served(self, tls).run()
        except (Gone, OSError, ssl.SSLError):
            plain.close()

    @property
    def ordinal(self):
        return self.journal[-1][0] if self.journal else 0

    def append(self, objects, codec=1):
        with self.changed:
            self.journal.append((self.ordinal + len(objects), t.encode_block(objects, codec)))
            self.objects |= {entry["id"]: entry["text"].encode("latin-1") for entry in objects}
            self.changed.notify_all()

    def log(self, origin, body):
        with self.changed:
            self.logs[origin].append({"timestamp": len(self.logs[origin]), "body": body.encode().hex()})
            self.changed.notify_all()

    def head(self):
        marks = [{"origin": o, "sequence": len(log)} for o, log in sorted(self.logs.items()) if log]
        return {"cursor": {"epoch": self.epoch, "nextOrdinal": self.ordinal}} | ({"marks": marks} if marks else {})


class Served:
    """One connection to the node; its streams are served one after the other."""

    def __init__(self, node, tls):
        self.node, self.tls, self.buffer, self.frames = node, tls, bytearray(), 0
        self.credit, self.windows = {}, {}
        self.peer = None

    def frame(self):
        while True:
            if len(self.buffer) >= 8:
                end = 8 + int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) >= end:
                    raw = bytes(self.buffer[:end])
                    del self.buffer[:end]
                    frame = t.decode_frame(raw)
                    self.count()
                    if frame["type"] == "CREDIT":
                        self.credit[frame["stream"]] += frame["fields"]["bytes"]
                    elif frame["type"] == "PING":
                        self.send("PONG", frame["fields"], 0)
                    elif frame["type"] == "ERROR":
                        raise Gone
                    else:
                        self.spent(frame, raw)
                        return frame
            data = self.tls.recv(1 << 16)
            if not data:
                raise Gone
            self.buffer += data

    def spent(self, frame, raw):
        if frame["type"] in ("DATA", "OFFER"):
            for stream in (0, frame["stream"]):
                left = self.windows.setdefault(stream, self.window(stream)) - (len(raw) - 8)
                assert left >= 0, "the client sent more than it was granted"
                self.windows[stream] = left

    def window(self, stream):
        return self.node.hello.get("streamCredit" if stream else "connectionCredit", 1 << 20 if stream else 16 << 20)

    def count(self):
        self.frames += 1
        if self.node.cut_after is not None and self.frames > self.node.cut_after:
            self.tls.close()
            raise Gone

    def write(self, data):
        self.count()
        while data:  # any segmentation
            count = self.node.random.choice([1, 100, 1 << 20])
            self.tls.sendall(data[:count])
            data = data[count:]

    def send(self, type, fields, stream, end=False):
        self.write(t.encode_frame({"type": type, "stream": stream, "flags": end, "fields": fields}))

    def fail(self, code, stream):
        self.send("ERROR", {"code": code}, stream)
        raise Gone

    def run(self):
        hello = self.frame()
        assert hello["type"] == "HELLO"
        self.peer = hello["fields"]
        self.credit[0] = self.peer.get("connectionCredit", 16 << 20)
        self.send("HELLO", self.node.hello, 0)
        token = self.frame()["fields"]["token"]
        self.node.tokens.append(token)
        if token != TOKEN:
            self.fail(0x0201, 0)
        while True:
            frame = self.frame()
            self.credit[frame["stream"]] = self.peer.get("streamCredit", 1 << 20)
            if frame["fields"]["project"] != PROJECT:
                self.fail(0x0601, frame["stream"])
            {"FETCH": self.fetch, "WATCH": self.watch, "OFFER": self.push}[frame["type"]](frame)

    def fetch(self, frame):
        assert frame["flags"] == 1
        node, stream, request = self.node, frame["stream"], frame["fields"]
        cursor, first, over = request.get("cursor"), 0, False
        if cursor:
            over = cursor["epoch"] != node.epoch or cursor["nextOrdinal"] > node.ordinal
            first = 0 if over else cursor["nextOrdinal"]
        plan = {"epoch": node.epoch, "firstOrdinal": first, "flags": int(over)}
        held, marks, operations = {m["origin"]: m["sequence"] for m in request.get("marks", [])}, [], 0
        if any(held.get(origin, 0) < mark for origin, mark in node.compacted.items()):
            if not request.get("accepted", 0) & 2:
                self.fail(0x0603, stream)
            plan |= {"flags": plan["flags"] | 2, "compacted": [
                {"origin": origin, "sequence": mark} for origin, mark in sorted(node.compacted.items())]}
        node.plans.append(plan)
        plan = plan | node.faults.get("plan", {})
        self.send("PLAN", {name: value for name, value in plan.items() if value not in (0, [])}, stream)
        items, objects, data = [], 0, b""
        for ordinal, block in node.journal:
            if ordinal > first:
                data += t.varint(ordinal) + node.faults.get("block", block)
                items.append(("block", block))
                objects += t.block_header(block)["objects"]
                if node.random.random() < 0.5:
                    data = self.give(stream, data)
        self.give(stream, data)
        for origin, log in sorted(node.logs.items()):
            after = held.get(origin, 0)
            kept = [n for n in range(after, len(log)) if (origin, n + 1) not in node.left_out]
            while kept:
                start, count = kept[0], next(n for n in (3, 2, 1) if kept[:n] == [*range(kept[0], kept[0] + n)])
                del kept[:count]
                fields = {"origin": origin, "firstSequence": start + 1, "records": log[start:start + count]}
                fields |= node.faults.get("ops", {})
                raw = t.encode_frame({"type": "OPS", "stream": stream, "flags": 0, "fields": fields})
                self.pay(stream, len(raw) - 8)
                self.write(raw)
                items.append(("ops", raw[8:]))
                operations += len(fields["records"])
            if len(log) > after:
                marks.append({"origin": origin, "sequence": len(log)})
        digest = t.transcript_digest(items)
        done = {"cursor": {"epoch": node.epoch, "nextOrdinal": node.ordinal}, "marks": marks, "objects": objects,
                "blocks": sum(kind == "block" for kind, _ in items), "operations": operations,
                "digest": digest.hex() if digest else None} | node.faults.get("done", {})
        self.send("DONE", {name: value for name, value in done.items() if value not in (None, 0, [])}, stream, True)

    def give(self, stream, data):
        while data:
            while min(self.credit[0], self.credit[stream]) < 1:
                self.wait()
            count = min(len(data), 1 << 18, self.credit[0], self.credit[stream])
            if self.node.random.random() < 0.3:
                count = self.node.random.randint(1, count)
            self.pay(stream, count)
            self.send("DATA", {"bytes": data[:count].hex()}, stream)
            data = data[count:]
        return b""

    def pay(self, stream, count):
        while min(self.credit[0], self.credit[stream]) < count:
            self.wait()
        self.credit[0] -= count
        self.credit[stream] -= count

    def wait(self):
        """Reads until CREDIT comes; nothing else may come then."""
        self.tls.settimeout(20)
        before = dict(self.credit)
        while self.credit == before:
            if len(self.buffer) < 8:
                data = self.tls.recv(1 << 16)
                if not data:
                    raise Gone
                self.buffer += data
                continue
            end = 8 + int.from_bytes(self.buffer[:3], "big")
            while len(self.buffer) < end:
                data = self.tls.recv(1 << 16)
                if not data:
                    raise Gone
                self.buffer += data
            frame = t.decode_frame(bytes(self.buffer[:end]))
            del self.buffer[:end]
            if frame["type"] == "ERROR":
                raise Gone
            assert frame["type"] == "CREDIT", frame
            self.credit[frame["stream"]] += frame["fields"]["bytes"]

    def watch(self, frame):
        node, request = self.node, frame["fields"]
        held = {m["origin"]: m["sequence"] for m in request.get("marks", [])}
        with node.changed:
            node.changed.wait_for(lambda: request.get("cursor") != node.head()["cursor"] or any(
                m["sequence"] > held.get(m["origin"], 0) for m in node.head().get("marks", [])), 20)
        self.send("HEAD", node.head(), frame["stream"], True)

    def push(self, frame):
        node, stream, offered, needed, items, data = self.node, frame["stream"], 0, [], [], b""
        total, window = frame["fields"].get("objects", 0), 0
        while True:
            fields = frame["fields"]
            if frame["type"] == "OFFER":
                ids = fields.get("ids", [])
                assert fields.get("window", 0) == window and offered + len(ids) <= total
                wanted = [i for i, id in enumerate(ids) if id not in node.objects]
                needed += [ids[i] for i in wanted]
                bitmap = bytearray((len(ids) + 7) // 8)
                for i in wanted:
                    bitmap[i // 8] |= 1 << i % 8
                bitmap = bytes(bitmap).rstrip(b"\0")
                answer = {"window": window} if window else {}
                self.send("NEED", answer | ({"bitmap": bitmap.hex()} if bitmap else {}), stream)
                offered, window = offered + len(ids), window + 1
            elif frame["type"] == "DATA":
                data += bytes.fromhex(fields["bytes"])
                try:
                    records = t.decode_data(data)
                except t.Bad as error:
                    assert error.code == t.TRUNCATED
                    records = []
                for ordinal, block in records:
                    assert ordinal == 0
                    contents = t.decode_block(block)["contents"]
                    for entry in contents:
                        assert entry["id"] in needed, "nobody asked for it"
                    items.append(("block", block))
                    node.append(contents)
                data = b"" if records else data
            else:
                assert frame["type"] == "COMMIT" and frame["flags"] == 1 and offered == total and not data
                digest = t.transcript_digest(items)
                assert fields.get("digest") == (digest.hex() if digest else None)
                self.send("RESULT", self.apply(fields), stream, True)
                return
            for id in (0, stream):  # everything is durable at once
                used = self.window(id) - self.windows.get(id, self.window(id))
                if used >= 1 << 18:
                    self.windows[id] += used
                    self.send("CREDIT", {"bytes": used}, id)
            frame = self.frame()

    def apply(self, commit):
        key, intents = commit["key"], commit.get("intents", [])
        if key in self.node.keys:
            return {"outcome": 1, "replies": [b"exists".hex()] * len(intents)}
        self.node.keys[key] = intents
        for intent in intents:
            self.node.log(ORIGINS[0], json.dumps({"kind": "version.created",
                                                  "value": json.loads(bytes.fromhex(intent))}))
        return {"replies": [b"created".hex()] * len(intents)}


# Cases ----------------------------------------------------------------------------------------------------------------
def samples(start, count, size=60):
    out = []
    for number in range(start, start + count):
        id = hashlib.md5(b"%d" % number).hexdigest()
        rest = '"n":%d,"data":"%s"}' % (number, ("%d" % number * size)[:size])
        head = '{"id":"%s",' % id if number % 3 else '{\n\t"hash":"%s",' % id
        out.append({"id": id, "text": head + rest})
    return out


def filled(folder, blocks=8):
    node = Node(folder)
    for number in range(blocks):
        node.append(samples(number * 100, 5 + number, 4000 if number % 3 == 1 else 60), number % 2)
    for number in range(7):
        node.log(ORIGINS[0], '{"kind":"x","value":"\u00e9%d"}' % number)
    node.log(ORIGINS[1], '{"kind":"y","value":1}')
    return node


def run(node, *arguments, token=TOKEN, node_id=None):
    """(exit status, what was printed)."""
    command, *rest = arguments
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        status = c.main([command, "127.0.0.1", str(node.port), PROJECT, token, node_id or node.id, *map(str, rest)])
    return status, out.getvalue() + error.getvalue()


def same(node, folder):
    with open(folder / "objects.tsv", "rb") as lines:
        objects = dict(c.parse_line(line) for line in lines)
    assert objects == node.objects, "other objects: %d of %d" % (len(objects), len(node.objects))
    with open(folder / "operations.jsonl") as lines:
        found = [json.loads(line) for line in lines]
    for origin, log in node.logs.items():
        bodies = [bytes.fromhex(record["body"]).decode() for record in log]
        assert [line["body"] for line in found if line["origin"] == origin] == bodies
        assert [line["sequence"] for line in found if line["origin"] == origin] == list(range(1, len(log) + 1))
    position = json.loads((folder / "position.json").read_text())
    assert position["cursor"] == node.head()["cursor"]


def clone_and_pull(folder):
    node, copy = filled(folder), folder / "copy"
    assert run(node, "clone", copy)[0] == 0
    same(node, copy)
    assert run(node, "clone", copy)[0] == 2
    node.append(samples(5000, 3))
    node.log(ORIGINS[1], "{}")
    status, text = run(node, "pull", copy)
    assert status == 0 and json.loads(text)["objects"] == 3, text
    same(node, copy)
    assert json.loads(run(node, "pull", copy)[1])["blocks"] == 0
    assert node.plans[-1]["firstOrdinal"] == node.ordinal
    node.epoch = "00000000000000aa"
    assert json.loads(run(node, "pull", copy)[1])["startsOver"] is True
    same(node, copy)


def cuts(folder):
    node = filled(folder, 5)
    for number in range(4):  # above the client's batch, so that progress is stored on the way
        node.append([{"id": "%032x" % number, "text": json.dumps({"id": "%032x" % number, "data": "".join(
            node.random.choices("abcdefghijklmnop", k=1_200_000))})}], 0)
    for cut in range(1, 60):
        copy = folder / ("copy%d" % cut)
        node.cut_after = cut
        status, _ = run(node, "clone", copy)
        node.cut_after = None
        if status == 0:
            break
        assert status == 3
        path = copy / "position.json"
        held = json.loads(path.read_text())["cursor"] if path.exists() else None
        assert run(node, "pull" if path.exists() else "clone", copy)[0] == 0
        assert node.plans[-1]["firstOrdinal"] == (held or {}).get("nextOrdinal", 0)
        same(node, copy)
    assert cut > 12, cut


def large_block(folder):
    """Above the window: comes by credit in advance."""
    node = Node(folder)
    text = json.dumps({"id": "%032x" % 7, "data": "".join(node.random.choices("abcdefghijklmnop", k=11_000_000))})
    node.append([{"id": "%032x" % 7, "text": text}], 0)
    node.append(samples(1, 5))
    assert run(node, "clone", folder / "copy")[0] == 0
    same(node, folder / "copy")


def wrong_peers(folder):
    node = filled(folder)
    status, text = run(node, "clone", folder / "a", node_id="00" * 32)
    assert status == 1 and "another node" in text and not node.tokens, "the token went to another node"
    status, text = run(node, "clone", folder / "b", token="wrong")
    assert status == 1 and "0x0201" in text
    damaged = bytearray(node.journal[0][1])
    damaged[-1] ^= 1
    faults = {
        "0x0501": {"block": bytes(damaged)}, "0x0111": {"block": b"TBB2" + bytes(damaged[4:])},
        "0x0502": {"done": {"objects": 1}}, "0x0112": {"plan": {"firstOrdinal": 3}},
    }
    faults = list(faults.items()) + [("0x0502", {"done": {"digest": "00" * 32}}), ("0x0112", {"ops": {
        "firstSequence": 9}}), ("0x0112", {"done": {"cursor": {"epoch": node.epoch, "nextOrdinal": 0}}})]
    for number, (code, fault) in enumerate(faults):
        node.faults = fault
        status, text = run(node, "clone", folder / ("c%d" % number))
        assert status == 1 and code in text, (fault.keys(), text)
    node.faults = {}
    assert not (folder / "c0" / "position.json").exists()
    assert run(node, "clone", folder / "c0")[0] == 0
    same(node, folder / "c0")


def snapshots(folder):
    """SNAP-1 to SNAP-5."""
    node, (one, other) = Node(folder), ORIGINS
    node.append(samples(0, 30))
    node.log(one, "first")
    assert run(node, "clone", folder / "old")[0] == 0
    for number in range(8):
        node.log(one, json.dumps({"n": number}))
        node.log(other, json.dumps({"n": number, "seen": {one: number + 2}}))
    node.compacted, node.left_out = {one: 7, other: 4}, {(one, 2), (one, 3), (one, 6), (other, 1), (other, 3)}

    def operations(path):
        lines = (path / "operations.jsonl").read_text().splitlines()
        return {(line["origin"], line["sequence"]) for line in map(json.loads, lines)}

    kept = {(o, n + 1) for o, log in node.logs.items() for n in range(len(log))} - node.left_out
    for path, command in ((folder / "new", "clone"), (folder / "old", "pull")):
        assert run(node, command, path)[0] == 0
        assert node.plans[-1]["flags"] == 2 and operations(path) == kept
        node.log(one, "{}")
        kept.add((one, len(node.logs[one])))
        assert run(node, "pull", path)[0] == 0
        assert node.plans[-1]["flags"] == 0 and operations(path) == kept
    wrong = [({"compacted": [{"origin": one, "sequence": 5}]}, set()), ({}, {(one, 7)}), ({}, {(one, 9)}),
             ({"compacted": []}, set()), ({"flags": 0}, set())]
    for number, (fault, lost) in enumerate(wrong):
        node.faults, node.left_out = {"plan": fault}, node.left_out | lost
        path = folder / ("wrong%d" % number)
        status, text = run(node, "clone", path)
        assert status == 1 and "0x0112" in text, (fault, lost, text)
        assert not operations(path)
        node.left_out -= lost


def pushes(folder):
    node, objects = Node(folder), samples(0, 40, 300)
    node.hello |= {"role": 1}
    node.append(objects[10:15])
    path = folder / "objects.tsv"
    path.write_bytes(b"".join(c.line_of(o["id"], o["text"].encode()) for o in objects))
    intent = json.dumps({"id": "00c0ffee42", "modelName": "main", "rootObject": objects[0]["id"]})
    key = "ab" * 16
    status, text = run(node, "push", path, intent, key)
    assert status == 0 and '"sent": 35' in text, text
    assert node.objects == {o["id"]: o["text"].encode() for o in objects}
    assert len(node.logs[ORIGINS[0]]) == 1
    status, text = run(node, "push", path, intent, key)
    assert status == 0 and '"outcome": 1' in text and '"sent": 0' in text, text
    assert len(node.logs[ORIGINS[0]]) == 1
    assert run(node, "clone", folder / "copy")[0] == 0
    same(node, folder / "copy")


def large_push(folder):
    """More than the windows, in many of them."""
    node = Node(folder)
    texts = [json.dumps({"id": "%032x" % n, "data": "".join(node.random.choices("abcdefghijklmnop", k=400_000))})
             for n in range(12)]
    connection = c.Connection("127.0.0.1", node.port, TOKEN, node.id)
    pairs = [c.parse_line(text.encode()) for text in texts]
    result = c.Push(connection, PROJECT, pairs, [], "cd" * 16, window=5).run()
    connection.close()
    assert result["sent"] == 12 and len(node.objects) == 12
    path = folder / "texts"
    path.write_text("\n".join(texts[:2]) + "\n")
    for cut in (2, 4, 5):
        node.cut_after = cut
        assert run(node, "push", path, "{}")[0] == 3
    node.cut_after = None
    assert run(node, "push", path, "{}")[0] == 0


def watching(folder):
    node, copy = filled(folder), folder / "copy"
    assert run(node, "clone", copy)[0] == 0
    threading.Timer(0.2, lambda: node.append(samples(9000, 1))).start()
    status, text = run(node, "watch", copy)
    assert status == 0 and json.loads(text) == node.head()
    assert run(node, "pull", copy)[0] == 0
    same(node, copy)


def identity(folder):
    """The id that is read from a certificate is the one that openssl gives its key."""
    node = Node(folder)
    with socket.create_connection(("127.0.0.1", node.port)) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as tls:
            assert c.node_id(tls.getpeercert(binary_form=True)) == node.id


def main():
    failed = 0
    for case in (identity, clone_and_pull, cuts, large_block, wrong_peers, snapshots, pushes, large_push, watching):
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(pathlib.Path(folder))
                print("ok", case.__name__)
            except AssertionError as error:
                failed += 1
                print("FAILED %s: %s (line %d)" % (case.__name__, error, error.__traceback__.tb_next.tb_lineno))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
