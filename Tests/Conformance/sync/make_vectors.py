"""Writes Spec/vectors from the tables below and from two small sets. A vector that exists keeps its bytes: a change is
reported, not made.

usage: make_vectors.py [--force]
"""
import hashlib
import json
import pathlib
import sys

import tiebeam_lease
import tiebeam_roster
import tiebeam_sketch
import tiebeam_sync as t

ROOT = pathlib.Path(__file__).resolve().parents[3] / "Spec" / "vectors"
PROJECT, EPOCH = "3a1f09c2d7", "5eed5eed00000001"
ORIGINS = ["11" * 32, "22" * 32]
TOKEN = "a1b2c3d4e5" + "0123456789abcdef0123456789abcdef"
IDS = ["%032x" % (0x5be1 + 7 * i) for i in range(4)]
TEXTS = ['{"id":"%s","speckle_type":"Base","n":%d}' % (IDS[i], i) for i in range(2)] + ['{"speckle_type":"Base"}']
BLOCK = t.encode_block([{"id": IDS[i], "text": TEXTS[i]} for i in range(3)])
OPS = {"origin": ORIGINS[0], "firstSequence": 4, "records": [
    {"timestamp": 1764000000000, "actor": "0c5e1f2a3b", "body": "7b7d"}, {"timestamp": -1, "body": ""}]}
KEY = "000102030405060708090a0b0c0d0e0f"


def node(number, name, **fields):
    return {"id": "%02x" % number * 32, "name": name, "role": 1, "region": "Europe"} | fields


SEED = bytes(range(32))
ROSTER = {"version": 7, "issued": 1764000000000, "nodes": [
    node(0x11, "paris", addresses=["tiebeam://paris.example:3001", "tiebeam+https://[2001:db8::7]:443"]),
    node(0x22, "site-7", role=2, region="S\u00e3o Paulo", projects=[PROJECT, "b-2"])]}


SECRET = int.from_bytes(hashlib.sha256(b"a region's key").digest(), "big")
LEASE = {"region": hashlib.sha256(tiebeam_lease.public_key(SECRET)).hexdigest(), "edge": "22" * 32, "project": PROJECT,
         "person": "0c5e1f2a3b", "name": "Z\u00eb", "tokenDigest": hashlib.sha256(TOKEN.encode()).hexdigest(),
         "tokenID": TOKEN[:10], "access": 2, "issued": 1764000000000, "seconds": 28800}
CALL = {"method": "POST", "target": "/graphql?a=%20", "headers": [
    {"name": "content-type", "value": "application/json"}, {"name": "x-empty", "value": ""}]}


def object_id(number):
    return hashlib.sha256(b"object %d" % number).hexdigest()[:32]


THEIRS, OURS = [object_id(i) for i in range(40)], [object_id(i) for i in range(8, 44)]


FILE_LENGTH = 2 * t.LIMITS["blob-part"] + 5
FILE_HASHES = [hashlib.sha256(part).hexdigest() for part in t.cut(bytes(FILE_LENGTH - 5) + b"tower")]
FILE_DIGEST = t.parts_digest(FILE_LENGTH, FILE_HASHES)


def frame(type, fields, stream=0, flags=0):
    return {"type": type, "stream": stream, "flags": flags, "fields": fields}


def members(ids):
    return [tiebeam_sketch.keyed(KEY, id) for id in ids]


def digest(ids):
    count, total = tiebeam_sketch.digest(members(ids))
    return {"objects": count, "sum": "%016x" % total} if count else {"sum": "%016x" % total}


def cells(ids, start, end):
    return [{"ids": "%016x" % a, "checksums": "%08x" % b, "count": c}
            for a, b, c in tiebeam_sketch.cells(members(ids), start, end)]


def keys(ids):
    return sorted("%016x" % member for member in members(ids))


def cursor(ordinal):
    return {"epoch": EPOCH, "nextOrdinal": ordinal}


def marks(*sequences):
    return [{"origin": o, "sequence": s} for o, s in zip(ORIGINS, sequences)]


ACCEPT = {  # id: (requirement, decoded, note)
    "hello-least": ("HELLO-1", frame("HELLO", {"versions": [1, 1]}), "every field at its default"),
    "hello-full": ("HELLO-2", frame("HELLO", {
        "versions": [1, 3], "role": 1, "capabilities": [1, 7, 300], "maxFrame": 1 << 20, "streamCredit": 8 << 20,
        "connectionCredit": 64 << 20, "maxStreams": 64}), "every field, a newer peer"),
    "hello-roster": ("ROSTER-3", frame("HELLO", {"versions": [1, 1], "role": 1, "capabilities": [1], "rosterVersion": 7}),
                     "takes rosters, and holds one"),
    "hello-unknown-role": ("HELLO-3", frame("HELLO", {"versions": [1, 1], "role": 99}), "unknown roles survive"),
    "auth": ("AUTH-1", frame("AUTH", {"token": TOKEN}), "a Speckle-compatible token has 42 characters"),
    "auth-node": ("AUTH-9", frame("AUTH", {"node": 1}), "for the node of the certificate"),
    "ping": ("PING-1", frame("PING", {"nonce": "0000000000000001"}), ""),
    "pong": ("PING-1", frame("PONG", {"nonce": "0000000000000001"}), ""),
    "credit-stream": ("CREDIT-2", frame("CREDIT", {"bytes": 262144}, 1), "for stream 1"),
    "credit-connection": ("CREDIT-2", frame("CREDIT", {"bytes": 1 << 30}), "for the connection, the largest grant"),
    "error-least": ("ERR-1", frame("ERROR", {"code": 0x0301}, 3), ""),
    "error-full": ("ERR-2", frame("ERROR", {
        "code": 0x7F01, "text": "no space for \u00e9", "retryAfter": 1500, "object": IDS[0]}, 3),
        "an unknown code of an unknown class survives"),
    "goaway": ("GOAWAY-1", frame("GOAWAY", {"lastStream": 7, "code": 0x0302, "alternate": "b.example:7340"}), ""),
    "fetch-cold": ("FETCH-2", frame("FETCH", {"project": PROJECT}, 1, 1), "no cursor: from the start"),
    "fetch-resume": ("FETCH-2", frame("FETCH", {
        "project": PROJECT, "cursor": cursor(130171), "marks": marks(42, 7)}, 3, 1), ""),
    "fetch-wanted": ("FETCH-5", frame("FETCH", {"project": PROJECT, "wanted": IDS, "options": 1}, 5, 1), "repair"),
    "fetch-range": ("FETCH-16", frame("FETCH", {
        "project": PROJECT, "range": {"epoch": EPOCH, "first": 65536, "end": 69632}, "options": 1}, 5, 1),
        "one part of a journal, while other nodes bring others"),
    "fetch-range-longest": ("RANGE-1", frame("FETCH", {
        "project": PROJECT, "range": {"epoch": EPOCH, "first": (1 << 64) - (1 << 24) - 1, "end": (1 << 64) - 1}}, 5, 1),
        "2^24 ordinals, at the end of all numbers"),
    "fetch-distance": ("FETCH-19", frame("FETCH", {"project": PROJECT, "cursor": cursor(5), "options": 3}, 5, 1),
                       "only asks how far it is to the end"),
    "fetch-waiting": ("FETCH-15", frame("FETCH", {
        "project": PROJECT, "cursor": cursor(5), "options": 4}, 5, 1), "answered when there is something new"),
    "fetch-below": ("FETCH-20", frame("FETCH", {
        "project": PROJECT, "wanted": IDS[:1], "options": 9, "accepted": 1, "roots": IDS[1:2]}, 5, 1),
        "a version, for a reader of the one before"),
    "fetch-hints": ("FETCH-11", frame("FETCH", {
        "project": PROJECT, "accepted": 5, "roots": IDS[:2]}, 5, 1), "an unknown form is accepted too"),
    "fetch-snapshots": ("SNAP-1", frame("FETCH", {"project": PROJECT, "marks": marks(42), "accepted": 3}, 5, 1), ""),
    "fetch-held": ("SET-1", frame("FETCH", {"project": PROJECT, "held": {"epoch": EPOCH, "chunks": [
        {"number": 0, "runs": [[0, 0], [2, 300], [65535, 65535]]}, {"number": 2, "bits": "0500000001"}]}}, 5, 1), ""),
    "fetch-unfinished": ("UNFINISHED-1", frame("FETCH", {
        "project": PROJECT, "unfinished": {"header": BLOCK[:56].hex(), "bytes": len(BLOCK) - 1}}, 5, 1),
        "all but the last byte of a block is there"),
    "fetch-identifier-longest": ("FIELD-6", frame("FETCH", {"project": "A-z_9" * 12 + "abcd"}, 1, 1), "64 bytes"),
    "plan-nothing": ("PLAN-1", frame("PLAN", {"epoch": EPOCH, "firstOrdinal": 130171}, 1), ""),
    "plan-starting-over": ("PLAN-2", frame("PLAN", {
        "epoch": "ffffffffffffffff", "objects": 101233, "rawBytes": 257000000, "storedBytes": 27600000,
        "operations": 12, "flags": 1}, 1), ""),
    "plan-snapshot": ("SNAP-1", frame("PLAN", {
        "epoch": EPOCH, "firstOrdinal": 5, "operations": 40, "flags": 2, "compacted": marks(1 << 62, 7)}, 1),
        "the largest sequence up to which anything may be left out"),
    "ops": ("OPS-1", frame("OPS", OPS, 1), "an operation of a person, and one of the server before 1970"),
    "done-nothing": ("DONE-1", frame("DONE", {"cursor": cursor(130171)}, 1, 1), "nothing was sent: no digest"),
    "done-full": ("DONE-2", frame("DONE", {
        "cursor": cursor(3), "marks": marks(5), "objects": 3, "blocks": 1, "operations": 2, "missing": 1,
        "digest": t.transcript_digest([
            ("block", BLOCK), ("ops", t.encode_frame(frame("OPS", OPS))[8:])]).hex()}, 1, 1),
        "after block-stored and ops"),
    "offer-first": ("OFFER-1", frame("OFFER", {"project": PROJECT, "objects": 4, "ids": IDS[:3]}, 1), ""),
    "offer-later": ("OFFER-2", frame("OFFER", {"window": 1, "ids": IDS[3:]}, 1), ""),
    "offer-unasked": ("OFFER-6", frame("OFFER", {"project": PROJECT, "objects": 2, "ids": IDS[:2], "options": 1}, 1),
                      "both objects come without being asked for"),
    "offer-empty": ("OFFER-1", frame("OFFER", {"project": PROJECT}, 1), "a push without objects"),
    "need-unfinished": ("UNFINISHED-1", frame("NEED", {
        "bitmap": "05", "unfinished": {"header": BLOCK[:56].hex(), "bytes": 56}}, 1), "only the header is there"),
    "need-some": ("NEED-1", frame("NEED", {"bitmap": "05"}, 1), "the first and the third object of window 0"),
    "need-none": ("NEED-1", frame("NEED", {"window": 1}, 1), ""),
    "commit": ("COMMIT-1", frame("COMMIT", {
        "key": "000102030405060708090a0b0c0d0e0f", "intents": ["7b2261223a317d", "00"],
        "digest": t.transcript_digest([("block", BLOCK)]).hex()}, 1, 1), ""),
    "commit-empty": ("COMMIT-1", frame("COMMIT", {"key": "00" * 16}, 1, 1), "no intents, no blocks"),
    "result-applied": ("RESULT-1", frame("RESULT", {"replies": ["7b7d", ""], "marks": marks(6)}, 1, 1), ""),
    "result-missing": ("RESULT-2", frame("RESULT", {"outcome": 2, "missing": IDS[:2]}, 1, 1), ""),
    "watch": ("WATCH-1", frame("WATCH", {"project": PROJECT, "cursor": cursor(3), "marks": marks(5)}, 7, 1), ""),
    "head": ("HEAD-1", frame("HEAD", {"cursor": cursor(4), "marks": marks(5, 1)}, 7, 1), ""),
    "reconcile": ("RECON-3", frame("RECONCILE", {"project": PROJECT, "key": KEY} | digest(OURS), 9), "36 objects"),
    "reconcile-nothing": ("RECON-3", frame("RECONCILE", {"project": PROJECT, "key": KEY} | digest([]), 9),
                          "a side that has no object"),
    "sketch-first": ("SKETCH-1", frame("SKETCH", digest(THEIRS) | {"cells": cells(THEIRS, 0, 4)}, 9),
                     "40 objects, 8 of which the asking side lacks"),
    "sketch-later": ("SKETCH-1", frame("SKETCH", {"first": 4, "cells": cells(THEIRS, 4, 6)}, 9), ""),
    "sketch-equal": ("SKETCH-1", frame("SKETCH", digest(OURS), 9, 1), "the sets are equal: no cells"),
    "sketch-nothing": ("SKETCH-1", frame("SKETCH", digest([]) | {"cells": cells([], 0, 2)}, 9), "an empty set"),
    "more-cells": ("MORE-1", frame("MORE", {"end": 96}, 9), ""),
    "more-keys": ("MORE-1", frame("MORE", {"keys": keys(THEIRS[:3])}, 9, 1), "the last names"),
    "more-nothing": ("MORE-1", frame("MORE", {}, 9, 1), "only ends the asking side"),
    "ids": ("IDS-1", frame("IDS", {"ids": sorted(THEIRS[:3], key=lambda id: tiebeam_sketch.keyed(KEY, id))}, 9, 1),
            "answers more-keys"),
    "ids-none": ("IDS-1", frame("IDS", {}, 9, 1), "nothing was named, or nothing is known of it"),
    "blob": ("BLOB-1", frame("BLOB", {"project": PROJECT, "digest": FILE_DIGEST}, 11, 1), "the whole file"),
    "blob-range": ("BLOB-1", frame("BLOB", {"project": PROJECT, "digest": FILE_DIGEST, "first": 1, "count": 2}, 11, 1),
                   "the second part and the third"),
    "parts": ("PARTS-1", frame("PARTS", {"bytes": FILE_LENGTH, "hashes": FILE_HASHES}, 11),
              "three parts, the last of five bytes; their digest is that of blob"),
    "parts-empty": ("PARTS-1", frame("PARTS", {}, 11, 1), "an empty file"),
    "put": ("PUT-1", frame("PUT", {"project": PROJECT, "bytes": 5, "hashes": FILE_HASHES[2:]}, 13), ""),
    "news": ("NEWS-1", frame("NEWS", {"epoch": EPOCH, "after": 42}, 7, 1), ""),
    "news-first": ("NEWS-1", frame("NEWS", {}, 7, 1), "everything is asked for"),
    "changed": ("NEWS-4", frame("CHANGED", {"epoch": EPOCH, "last": 43, "projects": [PROJECT, "server"]}, 7, 1),
                "a project, and the people"),
    "join": ("JOIN-1", frame("JOIN", {"node": node(0x33, "tokyo", region="Asia", addresses=["tiebeam://tokyo.example:3001"])},
                             1, 1), "a region that was invited"),
    "joined": ("JOIN-5", frame("JOINED", {"version": 8}, 1, 1), ""),
    "call": ("CALL-2", frame("CALL", CALL, 1), "a body follows"),
    "call-least": ("CALL-2", frame("CALL", {"method": "GET", "target": "/"}, 1, 1), ""),
    "call-lease": ("LEASE-8", frame("CALL", {"method": "GET", "target": "/", "lease": "0201"}, 1, 1), "opaque here"),
    "answer": ("CALL-2", frame("ANSWER", {"status": 201, "headers": [{"name": "etag", "value": "\"\u00e9\"\t1"}]}, 1), ""),
    "answer-least": ("CALL-2", frame("ANSWER", {"status": 204}, 1, 1), ""),
    "lease": ("LEASE-1", frame("LEASE", {"project": PROJECT, "token": TOKEN}, 1, 1), ""),
    "lease-everybody": ("LEASE-1", frame("LEASE", {"project": "server"}, 1, 1), "no token"),
    "lease-again": ("LEASE-8", frame("LEASE", {"project": PROJECT, "lease": "0201"}, 1, 1), "by an earlier one; opaque here"),
    "leased": ("LEASE-4", frame("LEASED", tiebeam_lease.sign(SECRET, LEASE), 1, 1), "signed with the key of lease.json"),
    "purge": ("PURGE-1", frame("PURGE", {"project": PROJECT, "exclusion": marks(17)}, 7, 1), "one copy is enough"),
    "purge-held": ("PURGE-4", frame("PURGE", {"project": PROJECT, "exclusion": marks(17), "copies": 2, "held": marks(16, 3)},
                                    7, 1), "the sender has all that the receiver holds"),
    "purged": ("PURGE-4", frame("PURGED", {}, 7, 1), "nothing is left"),
    "purged-holding": ("PURGE-4", frame("PURGED", {"marks": marks(16, 3)}, 7, 1), ""),
    "roster": ("ROSTER-1", frame("ROSTER", tiebeam_roster.sign(SEED, ROSTER)), "signed with the key of roster.json"),
    "varint-largest": ("INT-3", frame("PLAN", {"epoch": EPOCH, "firstOrdinal": (1 << 64) - 1}, 1), "ten bytes"),
}


def raw(kind, payload, stream=0, flags=0):
    """A frame from its parts, as hexadecimal digits."""
    data = bytes.fromhex(payload)
    return (len(data).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(3, "big") + data).hex()


def edit(data, at, value):
    return (data[:at] + bytes.fromhex(value) + data[at + len(value) // 2:]).hex()


HELLO, NAME = "544945420101", "020a" + PROJECT.encode().hex()
WITH_KEY, SUM, CELL = NAME + "0410" + KEY, "00" * 8, "00" * 12 + "01"
# Accepted, but encoded anew without what the receiver does not know: id: (requirement, hex, decoded, note).
LOSSY = {
    "hello-unknown-odd-field": ("FIELD-3", raw(0, HELLO + "0d02beef"), ACCEPT["hello-least"][1], "tag 13 is ignored"),
    "fetch-unknown-odd-fields": ("FIELD-3", raw(0x10, "0100" + NAME + "7f0101", 1, 1), ACCEPT["fetch-cold"][1], ""),
    "frame-ignorable-type": ("FRAME-6", raw(0xC0, "00ff", 9, 0x0E), {"type": "ignored", "stream": 9, "flags": 14},
                             "types from 0x80 on, whatever their flags"),
    "frame-ignorable-flag": ("FRAME-5", raw(0x10, NAME, 1, 0x41), frame("FETCH", {"project": PROJECT}, 1, 0x41),
                             "the high nibble may be ignored"),
}
REJECT = {  # id: (requirement, hex, code, note)
    "frame-too-large": ("FRAME-4", "040001150000000100", 0x0102, "one byte above the default limit"),
    "frame-unknown-flag": ("FRAME-5", raw(0x10, NAME, 1, 0x02), 0x0104, ""),
    "frame-unknown-type": ("FRAME-7", raw(0x7F, "", 1), 0x0103, "below 0x80 a type must be known"),
    "varint-not-minimal": ("INT-2", raw(0x03, "8000"), 0x0107, "0 in two bytes"),
    "varint-not-minimal-tag": ("INT-2", raw(0x10, "82000a" + PROJECT.encode().hex(), 1, 1), 0x0107, ""),
    "varint-too-large": ("INT-3", raw(0x03, "ffffffffffffffffff02"), 0x0107, "65 bits"),
    "varint-too-long": ("INT-3", raw(0x03, "ffffffffffffffffffff01"), 0x0107, "eleven bytes"),
    "field-truncated": ("FIELD-1", raw(0x10, "020b" + PROJECT.encode().hex(), 1, 1), 0x0108, ""),
    "field-truncated-tag": ("FIELD-1", raw(0x10, NAME + "84", 1, 1), 0x0108, "ends within a tag"),
    "field-huge-length": ("FIELD-1", raw(0x10, "02ffffffffffffffffff01", 1, 1), 0x0108, "2^64 - 1 bytes"),
    "field-order": ("FIELD-2", raw(0x11, "0401050208" + EPOCH, 1), 0x0109, ""),
    "field-repeated": ("FIELD-2", raw(0x10, NAME + NAME, 1, 1), 0x0109, ""),
    "field-order-first": ("FIELD-8", raw(0x11, "0407" + "01" * 7 + "0208" + EPOCH, 1), 0x010B,
                          "two violations: the number that is cut wrong comes before the order"),
    "field-unknown-even": ("FIELD-3", raw(0x10, NAME + "2000", 1, 1), 0x010A, "tag 32"),
    "field-trailing": ("FIELD-4", raw(0x11, "0208" + EPOCH + "04020500", 1), 0x010B, "a number does not fill its field"),
    "field-default": ("FIELD-5", raw(0x11, "0208" + EPOCH + "040100", 1), 0x010D, ""),
    "field-empty-list": ("FIELD-5", raw(0x10, NAME + "0800", 1, 1), 0x010D, ""),
    "identifier-empty": ("FIELD-6", raw(0x10, "0200", 1, 1), 0x010B, ""),
    "identifier-slash": ("FIELD-6", raw(0x10, "0203612f62", 1, 1), 0x010B, ""),
    "identifier-too-long": ("FIELD-6", raw(0x10, "0241" + "61" * 65, 1, 1), 0x010B, ""),
    "hello-magic": ("HELLO-1", raw(0, "544945430101"), 0x010E, ""),
    "hello-short": ("HELLO-1", raw(0, "5449454201"), 0x0108, ""),
    "hello-version-zero": ("VER-1", raw(0, "544945420001"), 0x010F, ""),
    "hello-version-range": ("VER-1", raw(0, "544945420201"), 0x010F, "the oldest is newer than the newest"),
    "hello-frame-below": ("HELLO-2", raw(0, HELLO + "0403ffff0f"), 0x010B, "262,143"),
    "hello-frame-default": ("FIELD-5", raw(0, HELLO + "0403808010"), 0x010D, ""),
    "hello-stream-credit-above": ("HELLO-2", raw(0, HELLO + "06058180808004"), 0x010B, "2^30 + 1"),
    "hello-connection-credit-below": ("HELLO-2", raw(0, HELLO + "0803ffff3f"), 0x010B, "2^20 - 1"),
    "hello-streams-zero": ("HELLO-2", raw(0, HELLO + "0a0100"), 0x010B, ""),
    "hello-capability-order": ("CAP-1", raw(0, HELLO + "03020701"), 0x0112, ""),
    "auth-missing": ("AUTH-1", raw(1, ""), 0x010C, ""),
    "auth-empty": ("FIELD-5", raw(1, "0200"), 0x010D, ""),
    "auth-space": ("AUTH-2", raw(1, "0203612062"), 0x010B, ""),
    "auth-both": ("AUTH-9", raw(1, "020161" + "040101"), 0x010B, "a token, and for the node"),
    "auth-node-default": ("FIELD-5", raw(1, "040100"), 0x010D, ""),
    "auth-node-above": ("FIELD-4", raw(1, "040102"), 0x010B, ""),
    "hello-roster-default": ("FIELD-5", raw(0, HELLO + "050100"), 0x010D, "no roster is no field"),
    "ping-short": ("PING-1", raw(2, "00000000000001"), 0x010B, ""),
    "credit-zero": ("CREDIT-2", raw(3, "00", 1), 0x010B, ""),
    "credit-above": ("CREDIT-2", raw(3, "8180808004", 1), 0x010B, "2^30 + 1"),
    "error-code-above": ("FIELD-4", raw(4, "0203808004", 1), 0x010B, "2^16"),
    "error-no-code": ("ERR-1", raw(4, "030161", 1), 0x010C, ""),
    "error-utf8": ("ERR-3", raw(4, "0202810603" + "02c328", 1), 0x010B, "not UTF-8"),
    "goaway-no-code": ("GOAWAY-1", raw(5, "020107"), 0x010C, ""),
    "fetch-no-project": ("FETCH-2", raw(0x10, "0409" + EPOCH + "00", 1, 1), 0x010C, ""),
    "fetch-cursor-short": ("CUR-1", raw(0x10, NAME + "0408" + EPOCH, 1, 1), 0x010B, "no ordinal"),
    "fetch-marks-order": ("MARK-1", raw(0x10, NAME + "0642" + ORIGINS[1] + "01" + ORIGINS[0] + "01", 1, 1), 0x0112, ""),
    "fetch-marks-zero": ("MARK-1", raw(0x10, NAME + "0621" + ORIGINS[0] + "00", 1, 1), 0x010B, "sequences start at 1"),
    "fetch-marks-short": ("MARK-1", raw(0x10, NAME + "0620" + ORIGINS[0], 1, 1), 0x010B, ""),
    "fetch-wanted-short": ("FETCH-5", raw(0x10, NAME + "080f" + "00" * 15, 1, 1), 0x010B, ""),
    "fetch-held-empty": ("SET-1", raw(0x10, NAME + "0f08" + EPOCH, 1, 1), 0x010B, "no chunk"),
    "fetch-held-no-run": ("SET-1", raw(0x10, NAME + "0f0a" + EPOCH + "0000", 1, 1), 0x010B, "a chunk without runs"),
    "fetch-held-number": ("SET-3", raw(0x10, NAME + "0f0c" + EPOCH + "0002" + "8000", 1, 1), 0x0107, "0 in two bytes"),
    "fetch-held-run-above": ("SET-2", raw(0x10, NAME + "0f0e" + EPOCH + "0002" + "ffff03" + "01", 1, 1), 0x010B,
                           "a run that ends at 65536"),
    "fetch-held-zero": ("SET-2", raw(0x10, NAME + "0f0c" + EPOCH + "0005" + "0100", 1, 1), 0x010B, "ends with a byte of 0"),
    "fetch-held-cut": ("SET-3", raw(0x10, NAME + "0f0b" + EPOCH + "0005" + "01", 1, 1), 0x010B, "one byte of two"),
    "fetch-unfinished-short": ("UNFINISHED-1", raw(0x10, NAME + "1138" + BLOCK[:56].hex(), 1, 1), 0x010B, "no number"),
    "fetch-unfinished-header": ("UNFINISHED-1", raw(0x10, NAME + "1139" + edit(BLOCK[:56], 0, "55") + "38", 1, 1), 0x010B,
                                "not the header of a block"),
    "fetch-unfinished-below": ("UNFINISHED-1", raw(0x10, NAME + "1139" + BLOCK[:56].hex() + "37", 1, 1), 0x010B,
                               "less than the header"),
    "fetch-unfinished-whole": ("UNFINISHED-1", raw(0x10, NAME + "11%02x" % (56 + len(t.varint(len(BLOCK)))) + BLOCK[:56].hex()
                                                   + t.varint(len(BLOCK)).hex(), 1, 1), 0x010B, "all of the block"),
    "fetch-unfinished-trailing": ("UNFINISHED-1", raw(0x10, NAME + "113a" + BLOCK[:56].hex() + "3800", 1, 1), 0x010B, ""),
    "fetch-unfinished-number": ("UNFINISHED-1", raw(0x10, NAME + "113a" + BLOCK[:56].hex() + "b800", 1, 1), 0x0107,
                                "56 in two bytes"),
    "need-unfinished-short": ("UNFINISHED-1", raw(0x19, "0538" + BLOCK[:56].hex(), 1), 0x010B, "no number"),
    "fetch-range-short": ("RANGE-1", raw(0x10, NAME + "0c08" + EPOCH, 1, 1), 0x010B, "no ordinals"),
    "fetch-range-no-end": ("RANGE-1", raw(0x10, NAME + "0c09" + EPOCH + "05", 1, 1), 0x010B, ""),
    "fetch-range-empty": ("RANGE-1", raw(0x10, NAME + "0c0a" + EPOCH + "0505", 1, 1), 0x010B, "from 5 to before 5"),
    "fetch-range-above": ("RANGE-1", raw(0x10, NAME + "0c0d" + EPOCH + "0081808008", 1, 1), 0x010B, "2^24 + 1 ordinals"),
    "fetch-range-trailing": ("RANGE-1", raw(0x10, NAME + "0c0b" + EPOCH + "050600", 1, 1), 0x010B, ""),
    "fetch-range-number": ("RANGE-1", raw(0x10, NAME + "0c0b" + EPOCH + "058600", 1, 1), 0x0107, "6 in two bytes"),
    "fetch-range-wanted": ("FETCH-16", raw(0x10, NAME + "0810" + IDS[0] + "0c0a" + EPOCH + "0506", 1, 1), 0x010B,
                           "both ids and a range"),
    "fetch-option": ("FETCH-4", raw(0x10, NAME + "0a0108", 1, 1), 0x010B, ""),
    "plan-no-epoch": ("PLAN-1", raw(0x11, "040105", 1), 0x010C, ""),
    "plan-flag": ("PLAN-2", raw(0x11, "0208" + EPOCH + "0e0104", 1), 0x010B, ""),
    "plan-compacted-above": ("PLAN-2", raw(
        0x11, "0208" + EPOCH + "0e01021029" + ORIGINS[0] + "818080808080808040", 1), 0x010B, "2^62 + 1"),
    "ops-no-record": ("OPS-1", raw(0x21, "0220" + ORIGINS[0] + "040101", 1), 0x010C, ""),
    "ops-no-sequence": ("FIELD-7", raw(0x21, "0220" + ORIGINS[0] + "0609" + "00" * 9, 1), 0x010C, ""),
    "ops-sequence-zero": ("FIELD-5", raw(0x21, "0220" + ORIGINS[0] + "0401000609" + "00" * 9, 1), 0x010D, ""),
    "ops-actor-invalid": ("OPS-1", raw(
        0x21, "0220" + ORIGINS[0] + "040101060a" + "00" * 8 + "012f", 1), 0x010B, "a slash"),
    "ops-record-short": ("OPS-1", raw(0x21, "0220" + ORIGINS[0] + "0401010608" + "00" * 8, 1), 0x010B, ""),
    "ops-actor-cut": ("OPS-1", raw(0x21, "0220" + ORIGINS[0] + "0401010609" + "00" * 8 + "01", 1), 0x010B, ""),
    "ops-sequence-overflow": ("OPS-1", raw(
        0x21, "0220" + ORIGINS[0] + "040affffffffffffffffff01" + ("0609" + "00" * 9) * 2, 1), 0x010B, ""),
    "done-no-cursor": ("DONE-1", raw(0x14, "", 1, 1), 0x010C, ""),
    "done-digest-short": ("DONE-2", raw(0x14, "0209" + EPOCH + "000e1f" + "00" * 31, 1, 1), 0x010B, ""),
    "offer-no-project": ("OFFER-1", raw(0x18, "0601010810" + IDS[0], 1), 0x010C, ""),
    "offer-more-than-announced": ("OFFER-1", raw(0x18, NAME + "0810" + IDS[0], 1), 0x010B, ""),
    "offer-later-with-project": ("OFFER-2", raw(0x18, NAME + "0401010810" + IDS[0], 1), 0x010B, ""),
    "offer-later-empty": ("OFFER-2", raw(0x18, "040101", 1), 0x010C, ""),
    "offer-later-with-objects": ("OFFER-2", raw(0x18, "0401010601010810" + IDS[0], 1), 0x010B, ""),
    "offer-option": ("OFFER-6", raw(0x18, NAME + "0601010810" + IDS[0] + "0a0102", 1), 0x010B, ""),
    "offer-later-option": ("OFFER-2", raw(0x18, "0401010810" + IDS[0] + "0a0101", 1), 0x010B, ""),
    "offer-count-above": ("OFFER-1", raw(0x18, NAME + "0604818080080810" + IDS[0], 1), 0x010B, "2^24 + 1"),
    "need-trailing-zero": ("NEED-1", raw(0x19, "04020100", 1), 0x010B, ""),
    "commit-key-short": ("COMMIT-1", raw(0x1A, "020f" + "00" * 15, 1, 1), 0x010B, ""),
    "commit-intent-empty": ("COMMIT-1", raw(0x1A, "0210" + "00" * 16 + "0400", 1, 1), 0x010D, ""),
    "result-outcome": ("RESULT-1", raw(0x1B, "020104", 1, 1), 0x010B, ""),
    "result-missing-empty": ("RESULT-2", raw(0x1B, "020102", 1, 1), 0x010B, "none is named"),
    "result-missing-unasked": ("RESULT-2", raw(0x1B, "0610" + IDS[0], 1, 1), 0x010B, ""),
    "watch-no-project": ("WATCH-1", raw(0x26, "", 1, 1), 0x010C, ""),
    "head-no-cursor": ("HEAD-1", raw(0x27, "", 1, 1), 0x010C, ""),
    "reconcile-no-project": ("FIELD-7", raw(0x28, "0410" + KEY + "0808" + SUM, 9), 0x010C, ""),
    "reconcile-no-key": ("FIELD-7", raw(0x28, NAME + "0808" + SUM, 9), 0x010C, ""),
    "reconcile-no-sum": ("RECON-3", raw(0x28, WITH_KEY + "060124", 9), 0x010C, ""),
    "reconcile-key-short": ("RECON-2", raw(0x28, NAME + "040f" + "00" * 15 + "0808" + SUM, 9), 0x010B, ""),
    "reconcile-objects-above": ("RECON-3", raw(0x28, WITH_KEY + "06058080808008" + "0808" + SUM, 9), 0x010B, "2^31"),
    "sketch-no-sum": ("SKETCH-1", raw(0x29, "020124080d" + CELL, 9), 0x010C, ""),
    "sketch-sum-short": ("FIELD-4", raw(0x29, "0407" + "00" * 7, 9, 1), 0x010B, ""),
    "sketch-later-sum": ("SKETCH-1", raw(0x29, "0408" + SUM + "060104080d" + CELL, 9), 0x010B, ""),
    "sketch-later-objects": ("SKETCH-1", raw(0x29, "020101060104080d" + CELL, 9), 0x010B, ""),
    "sketch-later-empty": ("SKETCH-1", raw(0x29, "060104", 9), 0x010C, ""),
    "sketch-beyond": ("SKETCH-1", raw(0x29, "060480808002080d" + CELL, 9), 0x010B, "cell 2^22"),
    "sketch-first-above": ("SKETCH-1", raw(0x29, "060481808002080d" + CELL, 9), 0x010B, "2^22 + 1"),
    "sketch-cell-short": ("SKETCH-2", raw(0x29, "0408" + SUM + "080c" + "00" * 12, 9), 0x010B, "no count"),
    "sketch-cell-cut": ("SKETCH-2", raw(0x29, "0408" + SUM + "080e" + "00" * 12 + "8080", 9), 0x010B, ""),
    "sketch-cell-number": ("SKETCH-2", raw(0x29, "0408" + SUM + "080e" + "00" * 12 + "8000", 9), 0x0107, ""),
    "sketch-count-above": ("SKETCH-2", raw(0x29, "0408" + SUM + "0811" + "00" * 12 + "8080808008", 9), 0x010B, "2^31"),
    "sketch-no-cells": ("FIELD-5", raw(0x29, "0408" + SUM + "0800", 9), 0x010D, ""),
    "more-both": ("MORE-1", raw(0x2A, "0201600408" + "01" * 8, 9), 0x010B, ""),
    "more-end-above": ("MORE-1", raw(0x2A, "020481808002", 9), 0x010B, "2^22 + 1"),
    "more-keys-short": ("MORE-2", raw(0x2A, "0407" + "01" * 7, 9), 0x010B, ""),
    "more-keys-order": ("MORE-2", raw(0x2A, "0410" + "02" * 8 + "01" * 8, 9), 0x0112, ""),
    "more-keys-twice": ("MORE-2", raw(0x2A, "0410" + "02" * 16, 9), 0x0112, ""),
    "more-no-keys": ("FIELD-5", raw(0x2A, "0400", 9), 0x010D, ""),
    "ids-short": ("IDS-1", raw(0x2B, "020f" + "00" * 15, 9), 0x010B, ""),
    "blob-no-digest": ("BLOB-1", raw(0x2C, NAME, 11, 1), 0x010C, ""),
    "blob-digest-short": ("FIELD-4", raw(0x2C, NAME + "041f" + "00" * 31, 11, 1), 0x010B, ""),
    "blob-first-above": ("FIELD-4", raw(0x2C, NAME + "0420" + "00" * 32 + "0602c13e", 11, 1), 0x010B, "8,001"),
    "parts-count": ("PARTS-1", raw(0x2D, "020101" + "0440" + "00" * 64, 11), 0x010B, "one byte in two parts"),
    "parts-none": ("PARTS-1", raw(0x2D, "020101", 11), 0x010B, "one byte in no part"),
    "parts-short": ("PARTS-1", raw(0x2D, "020101" + "041f" + "00" * 31, 11), 0x010B, ""),
    "parts-above": ("PARTS-1", raw(0x2D, "0205" + t.varint(t.LIMITS["blob-max"] + 1).hex(), 11), 0x010B, "one byte too long"),
    "put-no-project": ("PUT-1", raw(0x2E, "040101" + "0620" + "00" * 32, 13), 0x010C, ""),
    "put-count": ("PARTS-1", raw(0x2E, NAME + "040101", 13), 0x010B, "one byte in no part"),
    "news-no-epoch": ("NEWS-1", raw(0x31, "04012a", 7, 1), 0x010B, "a number of no numbering"),
    "news-epoch-short": ("FIELD-4", raw(0x31, "0207" + "00" * 7, 7, 1), 0x010B, ""),
    "changed-no-epoch": ("FIELD-7", raw(0x32, "04012a", 7, 1), 0x010C, ""),
    "changed-projects-order": ("FIELD-4", raw(0x32, "0208" + EPOCH + "0604" + "0162" + "0161", 7, 1), 0x0112, "b before a"),
    "join-no-node": ("FIELD-7", raw(0x33, "", 1, 1), 0x010C, ""),
    "join-projects": ("JOIN-1", t.encode_frame(frame("JOIN", {"node": node(0x33, "tokyo", projects=["b-2"])}, 1, 1)).hex(), 0x010B,
                      "what it may read is not for it to say"),
    "join-name": ("FIELD-4", raw(0x33, "0206" + "0404" + b"Oslo".hex(), 1, 1), 0x010B, "an upper-case letter"),
    "purge-no-exclusion": ("PURGE-1", raw(0x39, NAME, 7, 1), 0x010C, ""),
    "purge-copies-none": ("PURGE-1", raw(0x39, NAME + "0421" + "11" * 32 + "11" + "060100", 7, 1), 0x010B, "no copy"),
    "purge-copies-above": ("PURGE-1", raw(0x39, NAME + "0421" + "11" * 32 + "11" + "060141", 7, 1), 0x010B, "65"),
    "joined-no-version": ("FIELD-7", raw(0x34, "", 1, 1), 0x010C, ""),
    "fetch-below-nothing": ("FETCH-20", raw(0x10, "0201" + b"a".hex() + "0a0108", 1, 1), 0x010B, "below what?"),
    "call-method-lower": ("FIELD-4", raw(0x35, "0203" + b"get".hex() + "0401" + b"/".hex(), 1, 1), 0x010B, ""),
    "call-method-empty": ("FIELD-4", raw(0x35, "0200" + "0401" + b"/".hex(), 1, 1), 0x010B, ""),
    "call-target-relative": ("FIELD-4", raw(0x35, "0203" + b"GET".hex() + "0401" + b"a".hex(), 1, 1), 0x010B, ""),
    "call-target-space": ("FIELD-4", raw(0x35, "0203" + b"GET".hex() + "0402" + b"/ ".hex(), 1, 1), 0x010B, ""),
    "call-no-target": ("FIELD-7", raw(0x35, "0203" + b"GET".hex(), 1, 1), 0x010C, ""),
    "call-header-upper": ("HEADER-1", raw(0x35, "0203" + b"GET".hex() + "0401" + b"/".hex() + "0604" + "0141" + "0162", 1, 1), 0x010B, ""),
    "call-header-alone": ("HEADER-1", raw(0x35, "0203" + b"GET".hex() + "0401" + b"/".hex() + "0602" + "0161", 1, 1), 0x010B,
                          "a name without a value"),
    "call-header-line": ("HEADER-1", raw(0x35, "0203" + b"GET".hex() + "0401" + b"/".hex() + "0604" + "0161" + "010a", 1, 1), 0x010B,
                         "a line feed"),
    "call-headers-empty": ("FIELD-5", raw(0x35, "0203" + b"GET".hex() + "0401" + b"/".hex() + "0600", 1, 1), 0x010D, ""),
    "call-lease-empty": ("FIELD-5", raw(0x35, "0203" + b"GET".hex() + "0401" + b"/".hex() + "0800", 1, 1), 0x010D, ""),
    "answer-status-low": ("FIELD-4", raw(0x36, "0202" + t.varint(199).hex(), 1, 1), 0x010B, ""),
    "answer-status-high": ("FIELD-4", raw(0x36, "0202" + t.varint(600).hex(), 1, 1), 0x010B, ""),
    "answer-no-status": ("FIELD-7", raw(0x36, "", 1, 1), 0x010C, ""),
    "lease-no-project": ("FIELD-7", raw(0x37, "0401" + b"a".hex(), 1, 1), 0x010C, ""),
    "lease-twice": ("LEASE-1", raw(0x37, "0201" + b"a".hex() + "0401" + b"b".hex() + "060100", 1, 1), 0x010B, "a token and a lease"),
    "lease-token-space": ("AUTH-2", raw(0x37, "0201" + b"a".hex() + "0401" + b" ".hex(), 1, 1), 0x010B, ""),
    "leased-no-key": ("FIELD-7", raw(0x38, "020100" + "0440" + "00" * 64, 1, 1), 0x010C, ""),
    "leased-signature-short": ("FIELD-4", raw(0x38, "020100" + "043f" + "00" * 63 + "060100", 1, 1), 0x010B, ""),
    "roster-no-document": ("FIELD-7", raw(0x30, "0440" + "00" * 64), 0x010C, ""),
    "roster-no-signature": ("FIELD-7", raw(0x30, "020100"), 0x010C, ""),
    "roster-document-empty": ("FIELD-5", raw(0x30, "0200" + "0440" + "00" * 64), 0x010D, ""),
    "roster-signature-short": ("FIELD-4", raw(0x30, "020100" + "043f" + "00" * 63), 0x010B, ""),
    "roster-unknown-even": ("FIELD-3", raw(0x30, "020100" + "0440" + "00" * 64 + "0600"), 0x010A, ""),
    "block-magic": ("BLOCK-1", edit(BLOCK, 3, "32"), 0x0111, ""),
    "block-version": ("BLOCK-2", edit(BLOCK, 4, "02"), 0x0111, ""),
    "block-codec": ("BLOCK-3", edit(BLOCK, 5, "03"), 0x0111, ""),
    "block-delta": ("BLOCK-3", edit(BLOCK, 5, "02"), 0x0111, "a delta block where none may come"),
    "block-reserved": ("BLOCK-4", edit(BLOCK, 7, "01"), 0x0111, ""),
    "block-no-objects": ("BLOCK-5", edit(BLOCK, 8, "00000000"), 0x0111, ""),
    "block-objects-above": ("BLOCK-5", edit(BLOCK, 8, "00100001"), 0x0111, "2^20 + 1"),
    "block-raw-above": ("BLOCK-5", edit(BLOCK, 12, "08000001"), 0x0111, "128 MiB + 1"),
    "block-directory-above": ("BLOCK-5", edit(BLOCK, 16, "00000049"), 0x0111, "more than 24 bytes an object"),
    "block-frame-above": ("BLOCK-5", edit(BLOCK, 20, "7fffffff"), 0x0111, ""),
    "block-sum": ("BLOCK-6", edit(BLOCK, 56, "9c"), 0x0111, "the lengths do not add up"),
    "block-varint": ("BLOCK-7", edit(BLOCK, 56, "808000"), 0x0111, ""),
    "block-no-id": ("BLOCK-8", edit(BLOCK, 56 + 21, "22"), 0x0111, "the first text does not begin with its id"),
    "block-digest": ("BLOCK-11", edit(BLOCK, 24, "00"), 0x0501, ""),
    "data-truncated": ("DATA-1", "03" + BLOCK[:-1].hex(), 0x0108, "the stream ends within a block"),
    "data-delta-unasked": ("DELTA-1", "03" + edit(BLOCK, 5, "02"), 0x0111, "refused by its header"),
    "data-rest-unasked": ("RESUME-7", "03" + "54425231" + BLOCK.hex(), 0x0111, "no block was named"),
    "data-varint": ("INT-2", "8000" + BLOCK.hex(), 0x0107, ""),
}


BASES = {IDS[0]: '{"id":"%s","speckle_type":"Base","n":0,"parts":[{"referencedId":"%s","speckle_type":"reference"}]}'
         % (IDS[0], IDS[1]), IDS[1]: '{"id":"%s","speckle_type":"Base","note":"as it was"}' % IDS[1]}
NEW_IDS = ["%032x" % (0xde17a + i) for i in range(3)]
SUCCESSORS = [
    {"id": NEW_IDS[1], "text": BASES[IDS[1]].replace(IDS[1], NEW_IDS[1]).replace("was", "is"), "base": IDS[1]},
    {"id": NEW_IDS[0], "text": BASES[IDS[0]].replace(IDS[0], NEW_IDS[0]).replace(IDS[1], NEW_IDS[1]), "base": IDS[0]},
    {"id": NEW_IDS[2], "text": '{"id":"%s"}' % NEW_IDS[2]}]


def delta_vectors():
    """A delta block is read with the texts of its bases."""
    path = ROOT / "accept" / "delta-two.json"
    block = (bytes.fromhex(json.loads(path.read_text())["hex"]) if path.exists()
             else t.encode_delta(SUCCESSORS, {}, lambda id: BASES[id].encode()))
    yield "accept", "delta-two", {
        "requirement": "DELTA-4", "hex": block.hex(), "bases": BASES,
        "decoded": t.decode_delta(block, {}, lambda id: BASES[id].encode()),
        "note": "a part and what refers to it, each with its predecessor, and an object without one"}
    for name, requirement, data, code, note in (
            ("delta-digest", "DELTA-5", edit(block, 24, "00"), 0x0501, ""),
            ("delta-sum", "DELTA-2", edit(block, 56, "03"), 0x0111, "the lengths do not add up"),
            ("delta-directory-cut", "DELTA-2", edit(block, 19, "01"), 0x0111, "the directory ends within an id")):
        yield "reject", name, {"requirement": requirement, "hex": data, "bases": BASES, "error": "0x%04x" % code,
                               "note": note}


def document(nodes, version="020107", issued="0406" + t.varint(1764000000000).hex()):
    """A document of nodes that are given as bytes."""
    return version + issued + "".join("06" + t.varint(len(data)).hex() + data.hex() for data in nodes)


def fields(*values):
    """A node's fields from their tags and values."""
    return b"".join(t.varint(tag) + t.varint(len(value)) + value for tag, value in values)


ONE = ((2, bytes([0x11] * 32)), (4, b"paris"), (6, b"\1"), (8, b"Europe"))


def changed(tag, value):
    """The node of ONE with another value under a tag, or with none."""
    rest = [(at, old) for at, old in ONE if at != tag]
    return fields(*sorted(rest + ([] if value is None else [(tag, value)])))


DOCUMENTS = {  # id: (requirement, document, code, note)
    "version-zero": ("FIELD-5", document([fields(*ONE)], version="020100"), 0x010D, ""),
    "no-version": ("FIELD-7", document([fields(*ONE)], version=""), 0x010C, ""),
    "no-issued": ("FIELD-7", document([fields(*ONE)], issued=""), 0x010C, ""),
    "issued-above": ("FIELD-4", document([fields(*ONE)], issued="040a80808080808080808001"), 0x010B, "2^63"),
    "no-node": ("ROSTER-5", document([]), 0x010C, ""),
    "node-order": ("ROSTER-5", document([changed(2, bytes([0x22] * 32)), changed(4, b"x")]), 0x0112, ""),
    "node-twice": ("ROSTER-5", document([fields(*ONE), changed(4, b"other")]), 0x0112, "one id, two names"),
    "name-twice": ("ROSTER-6", document([fields(*ONE), changed(2, bytes([0x22] * 32))]), 0x010B, ""),
    "nodes-above": ("ROSTER-5", document([fields(
        (2, n.to_bytes(32, "big")), (4, b"n%d" % n), (6, b"\1"), (8, b"E")) for n in range(257)]), 0x010B, "257"),
    "id-short": ("FIELD-4", document([changed(2, bytes(31))]), 0x010B, ""),
    "name-empty": ("ROSTER-6", document([changed(4, b"")]), 0x010B, ""),
    "name-upper": ("ROSTER-6", document([changed(4, b"Paris")]), 0x010B, ""),
    "name-hyphen": ("ROSTER-6", document([changed(4, b"paris-")]), 0x010B, ""),
    "name-long": ("ROSTER-6", document([changed(4, b"a" * 64)]), 0x010B, ""),
    "name-missing": ("FIELD-7", document([changed(4, None)]), 0x010C, ""),
    "role-client": ("FIELD-5", document([changed(6, b"\0")]), 0x010D, "a client is no node"),
    "region-missing": ("FIELD-7", document([changed(8, None)]), 0x010C, ""),
    "region-utf8": ("FIELD-4", document([changed(8, b"\xc3\x28")]), 0x010B, ""),
    "address-project": ("ROSTER-6", document([changed(10, t.join(["tiebeam://a:1/p"]))]), 0x010B, ""),
    "address-port": ("ROSTER-6", document([changed(10, t.join(["tiebeam://a:65536"]))]), 0x010B, ""),
    "address-twice": ("ROSTER-6", document([changed(10, t.join(["tiebeam://a:1"] * 2))]), 0x010B, ""),
    "addresses-above": ("ROSTER-6", document([changed(10, t.join(
        "tiebeam://a:%d" % (n + 1) for n in range(9)))]), 0x010B, "nine"),
    "addresses-cut": ("ROSTER-6", document([changed(10, t.join(["tiebeam://a:1"])[:-1])]), 0x010B, ""),
    "addresses-empty": ("FIELD-5", document([changed(10, b"")]), 0x010D, ""),
    "project-order": ("ROSTER-6", document([changed(12, t.join(["b", "a"]))]), 0x0112, ""),
    "project-twice": ("ROSTER-6", document([changed(12, t.join(["a", "a"]))]), 0x0112, ""),
    "project-slash": ("FIELD-6", document([changed(12, t.join(["a/b"]))]), 0x010B, ""),
    "projects-empty": ("FIELD-5", document([changed(12, b"")]), 0x010D, "no list is the role's say"),
    "projects-number": ("INT-2", document([changed(12, b"\x81\0a")]), 0x0107, ""),
    "node-truncated": ("FIELD-1", document([fields(*ONE)[:-1]]), 0x0108, "cut within a field"),
    "node-field-order": ("FIELD-2", document([fields(*ONE[::-1])]), 0x0109, ""),
    "node-unknown-even": ("FIELD-3", document([changed(14, b"\1")]), 0x010A, "tag 14"),
}


def roster_vectors():
    for name, value, note in (("least", {"version": 1, "issued": 1, "nodes": [node(0x11, "a")]}, ""),
                              ("full", ROSTER, "a region, and an edge that may read two projects"),
                              ("role", {"version": 1, "issued": 1, "nodes": [node(0x11, "a", role=99)]},
                               "unknown roles survive")):
        yield "accept", "document-" + name, {"requirement": "ROSTER-5", "hex": t.encode_roster(value).hex(),
                                             "decoded": value, "note": note}
    odd = document([fields(*ONE, (15, b"x"))]) + "0d0101"
    yield "accept", "document-unknown-odd", {
        "requirement": "FIELD-3", "hex": odd, "decoded": t.decode_roster(bytes.fromhex(document([fields(*ONE)]))),
        "reencodes": False, "note": "tags 13 and, in the node, 15 are ignored; the signature covers them"}
    for name, (requirement, digits, code, note) in DOCUMENTS.items():
        yield "reject", "document-" + name, {"requirement": requirement, "hex": digits, "error": "0x%04x" % code,
                                             "note": note}


def roster_vector():
    """Spec/vectors/roster.json: a key, and what it signs."""
    signed = tiebeam_roster.sign(SEED, ROSTER)
    return {"seed": SEED.hex(), "key": tiebeam_roster.public_key(SEED),
            "prefix": tiebeam_roster.PREFIX.hex()} | signed | {
        "note": "Ed25519 over prefix and document; the seed is the private key of RFC 8032"}


LEASE_DOCUMENTS = {  # id: (requirement, fields, code, note)
    "holder": ("LEASE-3", {name: value for name, value in LEASE.items() if name != "tokenID"}, 0x010B, "a person, and no token"),
    "access-missing": ("FIELD-7", {name: value for name, value in LEASE.items() if name != "access"}, 0x010C, ""),
    "access-above": ("FIELD-4", LEASE | {"access": 3}, 0x010B, ""),
    "seconds-above": ("FIELD-4", LEASE | {"seconds": 2592001}, 0x010B, "more than 30 days"),
}


def lease_vectors():
    for name, value, note in (("full", LEASE, ""), ("everybody", {
            name: value for name, value in LEASE.items() if name not in ("person", "name", "tokenDigest", "tokenID")}, "")):
        yield "accept", "lease-document-" + name, {"requirement": "LEASE-3", "hex": t.encode_lease(value).hex(), "decoded": value,
                                                   "note": note}
    for name, (requirement, value, code, note) in LEASE_DOCUMENTS.items():
        yield "reject", "lease-document-" + name, {"requirement": requirement, "hex": t.encode_lease(value).hex(),
                                                   "error": "0x%04x" % code, "note": note}


def lease_vector():
    """Spec/vectors/lease.json: a key, and what it signs."""
    return {"secret": "%064x" % SECRET, "prefix": t.LEASE_PREFIX.hex()} | tiebeam_lease.sign(SECRET, LEASE) | {
        "note": "ECDSA on P-256 over prefix and document; the nonce is that of RFC 6979"}


def block_vectors():
    stored = t.decode_block(BLOCK)
    yield "accept", "block-stored", {"requirement": "BLOCK-9", "hex": BLOCK.hex(), "decoded": stored,
                                     "note": "two ids in their texts, one in the directory"}
    stream = t.varint(2) + BLOCK + t.varint(300) + BLOCK
    yield "accept", "data-two-blocks", {
        "requirement": "DATA-2", "hex": stream.hex(), "note": "a whole DATA stream",
        "decoded": {"records": [{"nextOrdinal": 2, "block": BLOCK.hex()}, {"nextOrdinal": 300, "block": BLOCK.hex()}]}}
    path = ROOT / "accept" / "block-zstd.json"
    if path.exists():
        yield "accept", "block-zstd", json.loads(path.read_text())
    else:
        block = t.encode_block([{"id": IDS[i], "text": TEXTS[i]} for i in range(3)], 1)
        yield "accept", "block-zstd", {"requirement": "BLOCK-10", "hex": block.hex(), "decoded": t.decode_block(block),
                                       "note": "the same objects compressed"}


def sketch_side(ids):
    return {"ids": ids, "keyed": ["%016x" % member for member in members(ids)], "digest": digest(ids),
            "cells": t.encode_cells(cells(ids, 0, 40)).hex()}


def many_cells(count, end):
    """A sum over the cells of many members: it differs when one of them falls into another cell."""
    row = tiebeam_sketch.cells(members("%032x" % number for number in range(count)), 0, end)
    total = sum((index + 1) * (cell[0] + cell[2]) for index, cell in enumerate(row)) & tiebeam_sketch.MASK
    return {"objects": count, "cells": end, "sum": "%016x" % total}


def sketch_vector():
    """Spec/vectors/sketch.json: keyed ids, places and cells, and the difference that they give."""
    theirs, ours = members(THEIRS), members(OURS)
    only_theirs, only_ours = tiebeam_sketch.difference(
        tiebeam_sketch.cells(theirs, 0, 40), tiebeam_sketch.cells(ours, 0, 40))
    return {
        "key": KEY, "message": "".join("%02x" % i for i in range(16)),
        "hash": "%016x" % tiebeam_sketch.siphash(bytes.fromhex(KEY), bytes(range(16))),
        "theirs": sketch_side(THEIRS), "ours": sketch_side(OURS),
        "checksums": ["%08x" % tiebeam_sketch.checksum(member) for member in theirs[:4]],
        "places": [list(tiebeam_sketch.places(member, t.LIMITS["sketch-cells-max"])) for member in theirs[:4]],
        "onlyTheirs": ["%016x" % member for member in only_theirs],
        "onlyOurs": ["%016x" % member for member in only_ours], "many": many_cells(5000, 65536),
        "note": "the first 40 cells of two sets, as SKETCH carries them; places of the first four of theirs"}


def vectors():
    for name, (requirement, decoded, note) in ACCEPT.items():
        yield "accept", name, {"requirement": requirement, "hex": t.encode_frame(decoded).hex(), "decoded": decoded,
                               "note": note}
    for name, (requirement, digits, decoded, note) in LOSSY.items():
        yield "accept", name, {"requirement": requirement, "hex": digits, "decoded": decoded, "reencodes": False,
                               "note": note}
    yield from block_vectors()
    yield from delta_vectors()
    yield from roster_vectors()
    yield from lease_vectors()
    for name, (requirement, digits, code, note) in REJECT.items():
        yield "reject", name, {"requirement": requirement, "hex": digits, "error": "0x%04x" % code, "note": note}


def main():
    changed = 0
    for folder, name, vector in [*vectors(), (".", "sketch", sketch_vector()), (".", "roster", roster_vector()),
                                 (".", "lease", lease_vector())]:
        path = ROOT / folder / (name + ".json")
        text = json.dumps({"id": name} | vector, indent=2) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_text() != text and "--force" not in sys.argv:
            print("differs:", path.name)
            changed += 1
        else:
            path.write_text(text)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
