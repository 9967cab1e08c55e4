"""Writes Spec/17-worked-example.md: whole conversations, every byte named. Everything in it is encoded by the codec.

usage: make_example.py [--check]     --check: compares instead, exit 1 on a difference
"""
import hashlib
import json
import pathlib
import sys

import tiebeam_lease
import tiebeam_roster
import tiebeam_sketch
import tiebeam_sync as t

PATH = pathlib.Path(__file__).resolve().parents[3] / "Spec" / "17-worked-example.md"
PROJECT, EPOCH, TOKEN = "3a1f09c2d7", "5eed5eed00000001", "a1b2c3d4e5" + "0123456789abcdef" * 2
NODE = hashlib.sha256(b"the node's key").hexdigest()
READER = hashlib.sha256(b"the reading node's key").hexdigest()
ROSTER = {"version": 2, "issued": 1764000000000, "nodes": sorted([
    {"id": NODE, "name": "paris", "role": 1, "region": "Europe", "addresses": ["tiebeam://paris.example:3001"]},
    {"id": READER, "name": "lyon", "role": 2, "region": "Europe", "projects": [PROJECT]}], key=lambda node: node["id"])}
EDGE = hashlib.sha256(b"an edge's key").hexdigest()
SECRET = int.from_bytes(hashlib.sha256(b"a region's key").digest(), "big")
SKETCH_KEY = "f0e0d0c0b0a090807060504030201000"
WIDTH = 16  # bytes in a line


def text_of(id, rest):
    return '{"id":"%s",%s}' % (id, rest)


LEAF, GROUP, ROOT = ("%032x" % (0x10 + i) for i in range(3))
REFERENCE = '{"referencedId":"%s","speckle_type":"reference"}'
OBJECTS = [
    {"id": LEAF, "text": text_of(LEAF, '"speckle_type":"Base","n":1')},
    {"id": ROOT, "text": '{"speckle_type":"Base","elements":[%s],"id":"%s"}' % (REFERENCE % LEAF, ROOT)},
]
MORE = [{"id": GROUP, "text": text_of(GROUP, '"speckle_type":"Base"')}]
BLOCK, PUSHED = t.encode_block(OBJECTS), t.encode_block(MORE)
VERSION = {"createdAt": 1764000000000, "id": "7d1e2f3a4b", "model": "c0ffee0001", "parents": [], "project": PROJECT,
           "rootObject": ROOT}
BODY = json.dumps({"kind": "version.created", "value": VERSION}, sort_keys=True, separators=(",", ":"))
INTENT = json.dumps({"createdAt": 1764000060000, "id": "00c0ffee42", "modelName": "main", "rootObject": GROUP},
                    sort_keys=True, separators=(",", ":"))


FILE, GIVEN = b"tower", b"bridge"


def parts(data):
    return {"bytes": len(data), "hashes": [hashlib.sha256(part).hexdigest() for part in t.cut(data)]}


def parts_digest(data):
    return t.parts_digest(len(data), parts(data)["hashes"])


def frame(type, fields, stream=0, flags=0):
    return t.encode_frame({"type": type, "stream": stream, "flags": flags, "fields": fields})


def cursor(ordinal):
    return {"epoch": EPOCH, "nextOrdinal": ordinal}


def marks(sequence):
    return [{"origin": NODE, "sequence": sequence}]


def digest(ids):
    count, total = tiebeam_sketch.digest([tiebeam_sketch.keyed(SKETCH_KEY, id) for id in ids])
    return {"objects": count, "sum": "%016x" % total}


def cells(ids, end):
    members = [tiebeam_sketch.keyed(SKETCH_KEY, id) for id in ids]
    return [{"ids": "%016x" % a, "checksums": "%08x" % b, "count": c}
            for a, b, c in tiebeam_sketch.cells(members, 0, end)]


def conversation():
    """(side, frame, note) of everything that one connection carries, in an order that can happen."""
    ops = frame("OPS", {"origin": NODE, "firstSequence": 1, "records": [
        {"timestamp": 1764000000000, "actor": "0c5e1f2a3b", "body": BODY.encode().hex()}]}, 1)
    record = t.varint(2) + BLOCK
    yield "Handshake and a cold clone", None, """The dialler sends its first three frames at once (HELLO-4). The project
has two objects in one block, and one operation. The reader has nothing."""
    yield "dialler", frame("HELLO", {"versions": [1, 1], "streamCredit": 8 << 20, "connectionCredit": 64 << 20}), ""
    yield "dialler", frame("AUTH", {"token": TOKEN}), ""
    yield "dialler", frame("FETCH", {"project": PROJECT}, 1, 1), "No cursor and no marks: everything is asked for."
    yield "acceptor", frame("HELLO", {"versions": [1, 1], "role": 1}), ""
    yield "acceptor", frame("PLAN", {
        "epoch": EPOCH, "objects": 2, "rawBytes": sum(len(o["text"]) for o in OBJECTS), "storedBytes": len(record),
        "operations": 1}, 1), ""
    yield "acceptor", frame("DATA", {"bytes": record[:100].hex()}, 1), """The DATA stream is one record, cut after 100
bytes. The first text begins with its id, the second one does not, so its id stands in the directory."""
    yield "acceptor", frame("DATA", {"bytes": record[100:].hex()}, 1), ""
    yield "acceptor", ops, "One operation: the version that makes the objects visible."
    yield "acceptor", frame("DONE", {
        "cursor": cursor(2), "marks": marks(1), "objects": 2, "blocks": 1, "operations": 1,
        "digest": t.transcript_digest([("block", BLOCK), ("ops", ops[8:])]).hex()}, 1, 1), """Both sides have ended
stream 1. No CREDIT was worth a frame: what came is far from a quarter of a window."""
    yield "An update that finds nothing", None, "The reader asks again, from where it stands now."
    yield "dialler", frame("FETCH", {"project": PROJECT, "cursor": cursor(2), "marks": marks(1)}, 3, 1), ""
    yield "acceptor", frame("PLAN", {"epoch": EPOCH, "firstOrdinal": 2}, 3), ""
    yield "acceptor", frame("DONE", {"cursor": cursor(2)}, 3, 1), "Nothing was sent, so there is no digest."
    yield "A watch", None, "The answer comes when another client has pushed (below)."
    yield "dialler", frame("WATCH", {"project": PROJECT, "cursor": cursor(2), "marks": marks(1)}, 5, 1), ""
    yield "A push", None, """Two objects are offered; the node has one of them. The version's root is the other one. The
push runs on the same connection here; between two people it would be another one."""
    yield "dialler", frame("OFFER", {"project": PROJECT, "objects": 2, "ids": [LEAF, GROUP]}, 7), ""
    yield "acceptor", frame("NEED", {"bitmap": "02"}, 7), "Bit 1: the second object."
    yield "dialler", frame("DATA", {"bytes": (t.varint(0) + PUSHED).hex()}, 7), ""
    yield "dialler", frame("COMMIT", {
        "key": "000102030405060708090a0b0c0d0e0f", "intents": [INTENT.encode().hex()],
        "digest": t.transcript_digest([("block", PUSHED)]).hex()}, 7, 1), ""
    yield "acceptor", frame("RESULT", {"replies": [b"created".hex()], "marks": marks(2)}, 7, 1), ""
    yield "acceptor", frame("HEAD", {"cursor": cursor(3), "marks": marks(2)}, 5, 1), "The watch is answered."
    yield "A comparison", None, """The reader was restored from a backup: it has the first object and the pushed one,
but not the root. Cell 0 tells already which keyed id only the node has. A node should begin with more cells (RECON-15);
here two keep the page short."""
    yield "dialler", frame("RECONCILE", {"project": PROJECT, "key": SKETCH_KEY} | digest([LEAF, GROUP]), 9), ""
    yield "acceptor", frame("SKETCH", digest([LEAF, GROUP, ROOT]) | {"cells": cells([LEAF, GROUP, ROOT], 2)}, 9), ""
    yield "dialler", frame("MORE", {"keys": ["%016x" % tiebeam_sketch.keyed(SKETCH_KEY, ROOT)]}, 9, 1), """The keyed
id of the root: what is left of cell 0 without the other two."""
    yield "acceptor", frame("IDS", {"ids": [ROOT]}, 9, 1), "A FETCH with wanted would bring the object."
    yield "Two files", None, """The reader brings a file of five bytes, which an operation named, and gives the node another
one, of which the node has nothing."""
    yield "dialler", frame("BLOB", {"project": PROJECT, "digest": parts_digest(FILE)}, 11, 1), ""
    yield "acceptor", frame("PARTS", parts(FILE), 11), "One part, shorter than 4 MiB."
    yield "acceptor", frame("DATA", {"bytes": FILE.hex()}, 11, 1), ""
    yield "dialler", frame("PUT", {"project": PROJECT} | parts(GIVEN), 13), ""
    yield "acceptor", frame("NEED", {"bitmap": "01"}, 13), "Bit 0: the only part."
    yield "dialler", frame("DATA", {"bytes": GIVEN.hex()}, 13), ""
    yield "dialler", frame("DATA", {"bytes": ""}, 13, 1), "END may stand on a frame of its own."
    yield "acceptor", frame("RESULT", {}, 13, 1), "The part is durable. An intent of a push gives the project the file."
    yield "A part of the journal", None, """Another reader has two nodes bring the project (9.5). It asks this one how
much there is, and then for the first part."""
    yield "dialler", frame("FETCH", {"project": PROJECT, "options": 3}, 15, 1), "Neither operations nor objects."
    yield "acceptor", frame("PLAN", {
        "epoch": EPOCH, "objects": 3, "rawBytes": sum(len(o["text"]) for o in OBJECTS + MORE),
        "storedBytes": len(record) + 1 + len(PUSHED)}, 15), ""
    yield "acceptor", frame("DONE", {"cursor": cursor(3)}, 15, 1), "The journal's end."
    yield "dialler", frame("FETCH", {"project": PROJECT, "range": {"epoch": EPOCH, "first": 0, "end": 2}}, 17, 1), ""
    yield "acceptor", frame("PLAN", {
        "epoch": EPOCH, "objects": 2, "rawBytes": sum(len(o["text"]) for o in OBJECTS),
        "storedBytes": len(record)}, 17), ""
    yield "acceptor", frame("DATA", {"bytes": record.hex()}, 17), "The one block that begins at 0 or 1."
    yield "acceptor", frame("DONE", {
        "cursor": cursor(3), "objects": 2, "blocks": 1,
        "digest": t.transcript_digest([("block", BLOCK)]).hex()}, 17, 1), """The reader's cursor does not move. The rest
comes from the other node, and then RECONCILE tells whether anything is missing."""
    yield "Silence, an error, and the end", None, ""
    yield "dialler", frame("PING", {"nonce": "0000000000000001"}), ""
    yield "acceptor", frame("PONG", {"nonce": "0000000000000001"}), ""
    yield "dialler", frame("FETCH", {"project": "0000000000"}, 15, 1), ""
    yield "acceptor", frame("ERROR", {"code": 0x0601, "text": "There is no such project."}, 15), ""
    yield "acceptor", frame("CREDIT", {"bytes": 1 << 18}), "More may be granted at any time; here for the connection."
    yield "acceptor", frame("GOAWAY", {"lastStream": 15, "code": 0x0302}), ""
    yield "Two nodes", None, """Another connection. The dialler showed its certificate in the TLS handshake and acts for
the node of it. Both go by rosters; the dialler's is older, so the acceptor sends its own, and FETCH would follow as above."""
    yield "dialler", frame("HELLO", {"versions": [1, 1], "role": 2, "capabilities": [1], "rosterVersion": 1}), ""
    yield "dialler", frame("AUTH", {"node": 1}), ""
    yield "acceptor", frame("HELLO", {"versions": [1, 1], "role": 1, "capabilities": [1], "rosterVersion": 2}), ""
    yield "acceptor", frame("ROSTER", tiebeam_roster.sign(bytes(range(32)), ROSTER)), """Signed with the key of
`vectors/roster.json`. The document has two nodes: a region, and an edge that may read this project."""
    yield "dialler", frame("NEWS", {}, 1, 1), "Which projects are there?"
    yield "acceptor", frame("CHANGED", {"epoch": "c0ffee0000000001", "last": 3, "projects": [PROJECT]}, 1, 1), """One, that
the edge may read. The next NEWS names this epoch and 3, and is answered when something changes."""
    yield "A further region", None, """Another connection. The acceptor keeps the organisation's key and gave an invitation, whose
secret is the token."""
    yield "dialler", frame("HELLO", {"versions": [1, 1]}), ""
    yield "dialler", frame("AUTH", {"token": "0123456789abcdef" * 4}), ""
    yield "dialler", frame("JOIN", {"node": {
        "id": hashlib.sha256(b"a further node's key").hexdigest(), "name": "tokyo", "role": 1, "region": "Asia",
        "addresses": ["tiebeam://tokyo.example:3001"]}}, 1, 1), ""
    yield "acceptor", frame("HELLO", {"versions": [1, 1], "role": 1, "capabilities": [1], "rosterVersion": 2}), ""
    yield "acceptor", frame("JOINED", {"version": 3}, 1, 1), """The roster that lists the node. It connects as a node now, and
ROSTER comes as above."""
    yield "A project that must go", None, """Two regions again, after the handshake of two nodes. The acceptor may not have a project
any more that came from it once."""
    origin = hashlib.sha256(b"a region's key").hexdigest()
    exclusion, held = [{"origin": origin, "sequence": 17}], [{"origin": origin, "sequence": 16}]
    yield "dialler", frame("PURGE", {"project": PROJECT, "exclusion": exclusion}, 1, 1), ""
    yield "acceptor", frame("PURGED", {"marks": held}, 1, 1), """It writes nothing any more, and holds this much. The dialler has
all of it; else it would FETCH."""
    yield "dialler", frame("PURGE", {"project": PROJECT, "exclusion": exclusion, "held": held}, 3, 1), ""
    yield "acceptor", frame("PURGED", {}, 3, 1), "Nothing of the project is there any more."


    yield "An edge", None, """Another connection, of an edge: its certificate is the node's. A person signs in at the edge by a
token; what is not about objects goes on to the region, and a lease says what the person may do."""
    yield "dialler", frame("HELLO", {"versions": [1, 1], "role": 2}), ""
    yield "dialler", frame("AUTH", {"node": 1}), ""
    yield "dialler", frame("CALL", {"method": "POST", "target": "/graphql", "headers": [
        {"name": "authorization", "value": "Bearer " + TOKEN}, {"name": "content-type", "value": "application/json"}]}, 1), ""
    yield "dialler", frame("DATA", {"bytes": b'{"query":"{ serverInfo { version } }"}'.hex()}, 1, 1), "The request's body."
    yield "dialler", frame("LEASE", {"project": PROJECT, "token": TOKEN}, 3, 1), ""
    yield "acceptor", frame("HELLO", {"versions": [1, 1], "role": 1}), ""
    yield "acceptor", frame("ANSWER", {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}]}, 1), ""
    yield "acceptor", frame("DATA", {"bytes": b'{"data":{"serverInfo":{"version":"1"}}}'.hex()}, 1, 1), ""
    yield "acceptor", frame("LEASED", tiebeam_lease.sign(SECRET, {
        "region": hashlib.sha256(tiebeam_lease.public_key(SECRET)).hexdigest(), "edge": EDGE, "project": PROJECT,
        "person": "0c5e1f2a3b", "name": "Ada", "tokenDigest": hashlib.sha256(TOKEN.encode()).hexdigest(), "tokenID": TOKEN[:10],
        "access": 2, "issued": 1764000000000, "seconds": 28800}), 3, 1), """For eight hours the edge may give the project's objects
to whoever shows this token, and take objects for it."""


# Naming bytes ---------------------------------------------------------------------------------------------------------
def printable(data):
    return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data)


def short(value):
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return text if len(text) <= 40 else text[:37] + "..."


def field_parts(kind, payload):
    _, at, table = t.MESSAGES[kind]
    if kind == 0x00:
        yield payload[:4], "magic `TIEB`"
        yield payload[4:6], "versions %d to %d" % tuple(payload[4:6])
    while at < len(payload):
        start = at
        tag, at = t.read_varint(payload, at)
        count, at = t.read_varint(payload, at)
        name, value = table[tag][0], payload[at:at + count]
        head, at = payload[start:at], at + count
        if name == "document" and kind == 0x38:
            yield head, "%d: document, %d bytes" % (tag, count)
            yield from node_parts(value, t.LEASE)
            continue
        if name == "headers":
            yield head, "%d: headers, %d bytes" % (tag, count)
            yield from header_parts(value)
            continue
        if name == "document":
            yield head, "%d: document, %d bytes" % (tag, count)
            yield from document_parts(value)
            continue
        if name == "node" and kind == 0x33:
            yield head, "%d: node, %d bytes" % (tag, count)
            yield from node_parts(value)
            continue
        if name == "records":
            actor = value[8]
            yield head, "%d: records, %d bytes" % (tag, count)
            yield value[:8], "time %d" % int.from_bytes(value[:8], "big", signed=True)
            yield value[8:9 + actor], "actor `%s`" % value[9:9 + actor].decode()
            yield value[9 + actor:], "body: " + printable(value[9 + actor:])
            continue
        if name == "cells":
            yield head, "%d: cells, %d bytes" % (tag, count)
            yield from cell_parts(value)
            continue
        shown = table[tag][1][0](value)
        if name in ("intents", "replies"):
            shown = printable(value)
        yield head + value, "%d: %s %s" % (tag, name, short(shown) if name not in ("intents",) else shown)


def document_parts(data):
    """The fields of a roster, and those of its nodes."""
    at = 0
    while at < len(data):
        start = at
        tag, at = t.read_varint(data, at)
        count, at = t.read_varint(data, at)
        name, value, head = t.ROSTER[tag][0], data[at:at + count], data[start:at]
        at += count
        if name != "nodes":
            yield head + value, "%d: %s %s" % (tag, name, short(t.ROSTER[tag][1][0](value)))
            continue
        yield head, "%d: node, %d bytes" % (tag, count)
        yield from node_parts(value)


def header_parts(data):
    at = 0
    while at < len(data):
        start = at
        for _ in ("name", "value"):
            count, at = t.read_varint(data, at)
            at += count
        name, value = (part.decode() for part in t.parts(data[start:at], 2))
        yield data[start:at], short("%s: %s" % (name, value))


def node_parts(data, table=t.ROSTER_NODE):
    at = 0
    while at < len(data):
        start = at
        tag, at = t.read_varint(data, at)
        count, at = t.read_varint(data, at)
        shown = table[tag][1][0](data[at:at + count])
        at += count
        yield data[start:at], "%d: %s %s" % (tag, table[tag][0], short(shown))


def cell_parts(value):
    at = 0
    for index, cell in enumerate(t.decode_cells(value)):
        data = t.encode_cells([cell])
        yield data, "cell %d: %s, %s, %d" % (index, cell["ids"], cell["checksums"], cell["count"])
        at += len(data)
    assert at == len(value)


def block_parts(block):
    header = t.block_header(block)
    end = 56 + header["directoryBytes"]
    yield block[:4], "magic `TBB1`"
    yield block[4:8], "version 1, codec stored, reserved"
    yield block[8:24], "objects %d, raw %d, directory %d, frame %d" % (
        header["objects"], header["rawBytes"], header["directoryBytes"], header["frameBytes"])
    yield block[24:56], "content digest"
    at = 56
    for count, explicit in t.directory_entries(header, block[56:end]):
        start = at
        _, at = t.read_varint(block, at)
        at += 16 if explicit else 0
        yield block[start:at], "text of %d bytes%s" % (count, ", id %s" % explicit if explicit else ", id in the text")
    start = end
    for count, _ in t.directory_entries(header, block[56:end]):
        yield block[start:start + count], "text: " + printable(block[start:start + count])
        start += count


def record_parts(record):
    ordinal, at = t.read_varint(record, 0)
    yield record[:at], "next-ordinal %d" % ordinal
    yield from block_parts(record[at:])


def cut(parts, start, end):
    """The parts between two positions of their bytes; what is cut off elsewhere is said."""
    at = 0
    for data, name in parts:
        low, high = max(start, at), min(end, at + len(data))
        if low < high:
            yield data[low - at:high - at], name if low == at else "(goes on)"
        at += len(data)


def payload_parts(kind, payload, records):
    if payload in (FILE, GIVEN):
        yield payload, "part 0: `%s`" % payload.decode()
    elif kind == 0x15 and payload.startswith(b"{"):
        yield payload, "body: " + printable(payload)
    elif kind == 0x15:
        whole, start = next((w, w.index(payload)) for w in records if payload in w)
        yield from cut(record_parts(whole), start, start + len(payload))
    elif kind in (0x02, 0x07):
        yield payload, "nonce"
    elif kind == 0x03:
        yield payload, "%d bytes" % t.read_varint(payload, 0)[0]
    else:
        yield from field_parts(kind, payload)


def lines(data, records):
    count, kind, flags, stream = int.from_bytes(data[:3], "big"), data[3], data[4], int.from_bytes(data[5:8], "big")
    name = next(n for n, k in t.TYPES.items() if k == kind)
    parts = [(data[:8], "%s, %d bytes, stream %d%s" % (name, count, stream, ", END" if flags & 1 else ""))]
    parts += payload_parts(kind, data[8:], records)
    assert b"".join(part for part, _ in parts) == data
    for part, note in parts:
        for at in range(0, len(part), WIDTH):
            chunk = part[at:at + WIDTH]
            if len(note) > 60 and ": " in note:  # a long text is shown beside its bytes
                head, rest = note.split(": ", 1)
                shown = (head + ": " if at == 0 else " " * len(head + ": ")) + rest[at:at + WIDTH]
            else:
                shown = note if at == 0 else ""
            yield ("    %-48s %s" % (chunk.hex(" "), shown)).rstrip()


def document():
    out = ["# 17 Worked example", "", "One connection, from HELLO to GOAWAY, and the start of another, with every byte inside of TLS.",
           "`make_example.py` writes this chapter with the independent codec; `check_spec.py` reads it back.", "",
           "The project is `%s`, and this is the id of its node:" % PROJECT, "", "    " + NODE, "",
           "Left the bytes, right what they are; `4: name value` is a field with its tag.", ""]
    records, section, number = [t.varint(2) + BLOCK, t.varint(0) + PUSHED], 0, 0
    for side, data, note in conversation():
        note = " ".join(note.split())
        if data is None:
            section += 1
            out += ["## 17.%d %s" % (section, side), ""] + ([wrap(note), ""] if note else [])
            continue
        number += 1
        name = next(n for n, k in t.TYPES.items() if k == data[3])
        out += ["**%d. %s → %s: %s**" % (number, side, "acceptor" if side == "dialler" else "dialler", name), ""]
        out += ([wrap(note), ""] if note else []) + list(lines(data, records)) + [""]
    return "\n".join(out).rstrip() + "\n"


def wrap(text):
    out, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 118:
            out.append(line)
            line = word
        else:
            line = (line + " " + word).strip()
    return "\n".join(out + [line])


def main():
    text = document()
    if "--check" in sys.argv:
        same = PATH.exists() and PATH.read_text() == text
        print("%s: %s" % (PATH.name, "as the codec writes it" if same else "differs from what the codec writes"))
        return 0 if same else 1
    PATH.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
