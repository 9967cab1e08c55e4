"""An independent codec of Tiebeam Sync 1, written from Spec/ alone. Standard library; zstandard only to open blocks.

    decode_frame(bytes) -> {"type", "stream", "flags", "fields"}     encode_frame(that) -> bytes
    decode_roster(bytes) -> {...}    encode_roster(that) -> bytes     the document of a ROSTER
    decode_block(bytes) -> {...}      decode_data(bytes) -> [(nextOrdinal, block bytes)]
Everything that the specification forbids raises Bad(code), with the code of Spec 14.
"""
import hashlib
import re
import struct

# Limits (Spec 15) -----------------------------------------------------------------------------------------------------
LIMITS = {
    "frame-default": 256 << 10, "frame-max": 1 << 20, "hello-max": 4096, "auth-max": 8192, "bulk-frame-max": 256 << 10,
    "stream-credit-default": 1 << 20, "connection-credit-default": 16 << 20, "connection-credit-min": 1 << 20,
    "credit-max": 1 << 30, "streams-default": 16, "streams-max": 1024, "stream-number-max": 0xFFFFFF,
    "identifier-max": 64, "token-max": 2048, "text-max": 256, "marks-max": 1024, "capabilities-max": 64,
    "wanted-max": 16000, "offer-window-max": 16000, "push-objects-max": 1 << 24, "intents-max": 256,
    "missing-max": 4096, "operations-max": 4096, "operation-body-max": 255 << 10, "number-max": 10,
    "block-header": 56, "block-objects-max": 1 << 20, "block-raw-max": 128 << 20, "block-entry-max": 24,
    "roots-max": 64, "range-max": 1 << 24, "delta-objects-max": 1 << 16, "delta-entry-max": 37, "delta-prefix-max": 128 << 20,
    "held-chunk-max": 8192, "sketch-objects-max": (1 << 31) - 1, "sketch-cells-max": 1 << 22,
    "sketch-message-cells-max": 15000, "named-max": 16000, "blob-part": 4 << 20, "blob-parts-max": 8000,
    "blob-max": 8000 * (4 << 20), "roster-max": 255 << 10, "roster-nodes-max": 256, "roster-addresses-max": 8,
    "roster-projects-max": 1024, "changed-max": 1024, "call-max": 128 << 10, "method-max": 16, "target-max": 8192,
    "headers-max": 128, "header-name-max": 256, "header-value-max": 16384, "lease-max": 1024, "lease-key-max": 256,
    "signed-lease-max": 2048, "lease-seconds-max": 2592000,
    "sequence-max": 1 << 62, "copies-max": 64,
}
MAX_FRAME, BODY = LIMITS["frame-default"], LIMITS["operation-body-max"]
IDENTIFIER = re.compile(rb"[A-Za-z0-9_-]{1,%d}\Z" % LIMITS["identifier-max"])
NODE_NAME = re.compile(rb"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
ADDRESS = re.compile(rb"tiebeam(\+https?)?://([A-Za-z0-9.-]{1,253}|\[(?=[^\]]*:)[0-9A-Fa-f:.]{1,45}\]):([1-9][0-9]{0,4})\Z")
METHOD_NAME = re.compile(rb"[A-Z]{1,%d}\Z" % LIMITS["method-max"])
TARGET_TEXT = re.compile(rb"/[\x21-\x7e]{0,%d}\Z" % (LIMITS["target-max"] - 1))
HEADER_NAME = re.compile(rb"[a-z0-9!#$%%&'*+.^_`|~-]{1,%d}\Z" % LIMITS["header-name-max"])
TOKEN = re.compile(rb"[\x21-\x7e]{1,%d}\Z" % LIMITS["token-max"])


class Bad(Exception):
    def __init__(self, code):
        super().__init__("0x%04x" % code)
        self.code = code


(HEADER, TOO_LARGE, UNKNOWN_TYPE, UNKNOWN_FLAG, UNEXPECTED, STREAM_ID, VARINT, TRUNCATED, FIELD_ORDER, UNKNOWN_FIELD,
 INVALID, MISSING, DEFAULT, MAGIC, VERSION, CREDIT, BLOCK, ORDER) = range(0x0101, 0x0113)


# Numbers (Spec 5.1) ---------------------------------------------------------------------------------------------------
def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at, short=TRUNCATED):
    """(value, next position); Bad(short) when the data ends within the number."""
    value = 0
    for index in range(LIMITS["number-max"]):
        if at + index >= len(data):
            raise Bad(short)
        byte = data[at + index]
        if index == LIMITS["number-max"] - 1 and byte > 1:
            raise Bad(VARINT)
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if byte == 0 and index > 0:
                raise Bad(VARINT)
            return value, at + index + 1
    raise Bad(VARINT)


# Kinds of values (Spec 5.3): each is (decode, encode, name) -----------------------------------------------------------
def whole_number(data, least=None, most=(1 << 64) - 1, default=0):
    value, end = read_varint(data, 0, INVALID)
    if end != len(data) or value > most:
        raise Bad(INVALID)
    if value == default:
        raise Bad(DEFAULT)
    if least is not None and value < least:
        raise Bad(INVALID)
    return value


def number(least=None, most=(1 << 64) - 1, default=0):
    return (lambda data: whole_number(data, least, most, default)), varint, "number"


def not_empty(data):
    if not data:
        raise Bad(DEFAULT)
    return data


def require(condition, code=INVALID):
    if not condition:
        raise Bad(code)


def pattern(expression, name, empty_is_default=False):
    def decode(data):
        if empty_is_default:
            not_empty(data)
        require(expression.match(data))
        return data.decode()
    return decode, str.encode, name


def decode_text(data):
    require(len(not_empty(data)) <= LIMITS["text-max"])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad(INVALID)


def exactly(count):
    def decode(data):
        require(len(data) == count)
        return data.hex()
    return decode, bytes.fromhex, "bytes(%d)" % count


def octets(most, may_be_empty=False):
    def decode(data):
        require(len(data if may_be_empty else not_empty(data)) <= most)
        return data.hex()
    return decode, bytes.fromhex, "bytes(%d–%d)" % (not may_be_empty, most)


def ids(most):
    def decode(data):
        require(len(not_empty(data)) % 16 == 0 and len(data) // 16 <= most)
        return [data[i:i + 16].hex() for i in range(0, len(data), 16)]
    return decode, lambda value: b"".join(map(bytes.fromhex, value)), "ids(%d)" % most


def hashes(most):
    def decode(data):
        require(len(not_empty(data)) % 32 == 0 and len(data) // 32 <= most)
        return [data[i:i + 32].hex() for i in range(0, len(data), 32)]
    return decode, lambda value: b"".join(map(bytes.fromhex, value)), "hashes(%d)" % most


def decode_cursor(data):
    require(len(data) > 8)
    return {"epoch": data[:8].hex(), "nextOrdinal": whole_number(data[8:], default=None)}


def encode_cursor(value):
    return bytes.fromhex(value["epoch"]) + varint(value["nextOrdinal"])


def decode_marks(data):
    marks, at = [], 0
    not_empty(data)
    while at < len(data):
        require(len(marks) < LIMITS["marks-max"] and len(data) - at > 32)
        origin = data[at:at + 32].hex()
        sequence, at = read_varint(data, at + 32, INVALID)
        require(sequence > 0)
        require(not marks or marks[-1]["origin"] < origin, ORDER)
        marks.append({"origin": origin, "sequence": sequence})
    return marks


def encode_marks(marks):
    return b"".join(bytes.fromhex(m["origin"]) + varint(m["sequence"]) for m in marks)


def decode_range(data):
    """A part of a journal (Spec 5.7)."""
    require(len(data) > 8)
    first, at = read_varint(data, 8, INVALID)
    end, at = read_varint(data, at, INVALID)
    require(at == len(data) and first < end and end - first <= LIMITS["range-max"])
    return {"epoch": data[:8].hex(), "first": first, "end": end}


def encode_range(value):
    return bytes.fromhex(value["epoch"]) + varint(value["first"]) + varint(value["end"])


def decode_unfinished(data):
    """The beginning of a block (Spec 5.8)."""
    require(len(data) > 56)
    count, at = read_varint(data, 56, INVALID)
    require(at == len(data))
    try:
        require(56 <= count < block_length(block_header(data[:56])))
    except Bad:
        raise Bad(INVALID)
    return {"header": data[:56].hex(), "bytes": count}


def decode_held(data):
    require(len(data) > 8)
    chunks, at, number = [], 8, 0
    while at < len(data):
        gap, at = read_varint(data, at, INVALID)
        number += gap
        require(number < 1 << 48)
        head, at = read_varint(data, at, INVALID)
        count = head >> 1
        require(count >= 1)
        if head & 1:
            require(count <= L["held-chunk-max"] and at + count <= len(data) and data[at + count - 1])
            chunks.append({"number": number, "bits": data[at:at + count].hex()})
            at += count
        else:
            require(count <= (len(data) - at) // 2)
            runs, first = [], 0
            for _ in range(count):
                gap, at = read_varint(data, at, INVALID)
                length, at = read_varint(data, at, INVALID)
                require(first + gap + length <= 0xFFFF)
                runs.append([first + gap, first + gap + length])
                first += gap + length + 2
            chunks.append({"number": number, "runs": runs})
        number += 1
    return {"epoch": data[:8].hex(), "chunks": chunks}


def encode_held(value):
    data, number = bytes.fromhex(value["epoch"]), 0
    for chunk in value["chunks"]:
        data += varint(chunk["number"] - number)
        number = chunk["number"] + 1
        if "bits" in chunk:
            bits = bytes.fromhex(chunk["bits"])
            data += varint(len(bits) << 1 | 1) + bits
        else:
            data, first = data + varint(len(chunk["runs"]) << 1), 0
            for low, high in chunk["runs"]:
                data += varint(low - first) + varint(high - low)
                first = high + 2
    return data


def decode_numbers(data):
    out, at = [], 0
    not_empty(data)
    while at < len(data):
        require(len(out) < LIMITS["capabilities-max"])
        value, at = read_varint(data, at, INVALID)
        require(not out or out[-1] < value, ORDER)
        out.append(value)
    return out


def decode_bitmap(data):
    require(len(not_empty(data)) <= LIMITS["offer-window-max"] // 8 and data[-1] != 0)
    return data.hex()


def decode_record(data):
    require(len(data) >= 9 and 9 + data[8] <= len(data) and len(data) - 9 - data[8] <= BODY)
    actor = data[9:9 + data[8]]
    require(not actor or IDENTIFIER.match(actor))
    out = {"timestamp": struct.unpack(">q", data[:8])[0], "body": data[9 + data[8]:].hex()}
    return out | {"actor": actor.decode()} if actor else out


def encode_record(value):
    actor = value.get("actor", "").encode()
    return struct.pack(">q", value["timestamp"]) + bytes([len(actor)]) + actor + bytes.fromhex(value["body"])


def decode_cells(data):
    """Cells (Spec 8.19): 8 bytes of ids, 4 of checksums, and a number."""
    cells, at = [], 0
    not_empty(data)
    while at < len(data):
        require(len(cells) < LIMITS["sketch-message-cells-max"] and len(data) - at > 12)
        cell = {"ids": data[at:at + 8].hex(), "checksums": data[at + 8:at + 12].hex()}
        cell["count"], at = read_varint(data, at + 12, INVALID)
        require(cell["count"] <= LIMITS["sketch-objects-max"])
        cells.append(cell)
    return cells


def encode_cells(cells):
    return b"".join(bytes.fromhex(c["ids"] + c["checksums"]) + varint(c["count"]) for c in cells)


def decode_keys(data):
    require(len(not_empty(data)) % 8 == 0 and len(data) // 8 <= LIMITS["named-max"])
    keys = [data[at:at + 8].hex() for at in range(0, len(data), 8)]
    require(all(one < other for one, other in zip(keys, keys[1:])), ORDER)
    return keys


RANGE = (decode_range, encode_range, "range")
UNFINISHED = (decode_unfinished, lambda value: bytes.fromhex(value["header"]) + varint(value["bytes"]), "unfinished")


def parts(data, most):
    """A list: each part is its length, as a number, and that many bytes."""
    out, at = [], 0
    not_empty(data)
    while at < len(data):
        require(len(out) < most)
        count, at = read_varint(data, at, INVALID)
        require(count <= len(data) - at)
        out.append(data[at:at + count])
        at += count
    return out


def join(texts):
    return b"".join(varint(len(text.encode())) + text.encode() for text in texts)


def decode_names(data):
    out = []
    for part in parts(data, LIMITS["roster-projects-max"]):
        require(IDENTIFIER.match(part))
        require(not out or out[-1] < part, ORDER)
        out.append(part)
    return [part.decode() for part in out]


def decode_addresses(data):
    out = []
    for part in parts(data, LIMITS["roster-addresses-max"]):
        found = ADDRESS.match(part)
        require(found and int(found[3]) <= 0xFFFF and part not in out)
        out.append(part)
    return [part.decode() for part in out]


def decode_headers(data):
    found = parts(data, 2 * LIMITS["headers-max"])
    require(len(found) % 2 == 0)
    out = []
    for name, value in zip(found[::2], found[1::2]):
        require(HEADER_NAME.match(name) and len(value) <= LIMITS["header-value-max"])
        require(all(byte >= 0x20 and byte != 0x7F or byte == 0x09 for byte in value))
        try:
            out.append({"name": name.decode(), "value": value.decode("utf-8")})
        except UnicodeDecodeError:
            raise Bad(INVALID)
    return out


def encode_headers(headers):
    return join([text for header in headers for text in (header["name"], header["value"])])


HELD = (decode_held, encode_held, "held")
CURSOR, MARKS = (decode_cursor, encode_cursor, "cursor"), (decode_marks, encode_marks, "marks")
TEXT, RECORD = (decode_text, str.encode, "text"), (decode_record, encode_record, "record")
NAME, TOKENS = pattern(IDENTIFIER, "identifier"), pattern(TOKEN, "token", True)
EPOCH, DIGEST, NUMBER = exactly(8), exactly(32), number()
NUMBERS_LIST = (decode_numbers, lambda value: b"".join(map(varint, value)), "numbers(%d)" % LIMITS["capabilities-max"])
BITMAP = (decode_bitmap, bytes.fromhex, "bitmap(%d)" % (LIMITS["offer-window-max"] // 8))
CELLS = (decode_cells, encode_cells, "cells(%d)" % LIMITS["sketch-message-cells-max"])
KEYS = (decode_keys, lambda keys: bytes.fromhex("".join(keys)), "keys(%d)" % LIMITS["named-max"])
METHOD, TARGET = pattern(METHOD_NAME, "method"), pattern(TARGET_TEXT, "target")
HEADERS = (decode_headers, encode_headers, "headers(%d)" % LIMITS["headers-max"])
NODE_LABEL = pattern(NODE_NAME, "label")
NAMES = (decode_names, join, "names(%d)" % LIMITS["roster-projects-max"])
ADDRESSES = (decode_addresses, join, "addresses(%d)" % LIMITS["roster-addresses-max"])
NODE = (lambda data: fields_of(ROSTER_NODE, data), lambda value: fields_in(ROSTER_NODE, value), "node")
L = LIMITS

# Messages (Spec 8): type -> name, bytes before the fields, tag -> (name, kind, "required" or "repeated") --------------
MESSAGES = {
    0x00: ("HELLO", 6, {
        2: ("role", NUMBER), 3: ("capabilities", NUMBERS_LIST),
        4: ("maxFrame", number(L["frame-default"], L["frame-max"], L["frame-default"])), 5: ("rosterVersion", NUMBER),
        6: ("streamCredit", number(L["stream-credit-default"], L["credit-max"], L["stream-credit-default"])),
        8: ("connectionCredit", number(
            L["connection-credit-min"], L["credit-max"], L["connection-credit-default"])),
        10: ("maxStreams", number(1, L["streams-max"], L["streams-default"]))}),
    0x01: ("AUTH", 0, {2: ("token", TOKENS), 4: ("node", number(most=1))}),
    0x04: ("ERROR", 0, {2: ("code", number(most=0xFFFF), "required"), 3: ("text", TEXT), 5: ("retryAfter", NUMBER),
                        7: ("object", exactly(16))}),
    0x05: ("GOAWAY", 0, {2: ("lastStream", number(most=L["stream-number-max"])),
                         4: ("code", number(most=0xFFFF), "required"), 5: ("alternate", TEXT)}),
    0x10: ("FETCH", 0, {2: ("project", NAME, "required"), 4: ("cursor", CURSOR), 6: ("marks", MARKS),
                        8: ("wanted", ids(L["wanted-max"])), 10: ("options", number(most=15)), 11: ("accepted", NUMBER),
                        12: ("range", RANGE), 13: ("roots", ids(L["roots-max"])), 15: ("held", HELD),
                        17: ("unfinished", UNFINISHED)}),
    0x11: ("PLAN", 0, {2: ("epoch", EPOCH, "required"), 4: ("firstOrdinal", NUMBER), 6: ("objects", NUMBER),
                       8: ("rawBytes", NUMBER), 10: ("storedBytes", NUMBER), 12: ("operations", NUMBER),
                       14: ("flags", number(most=3)), 16: ("compacted", MARKS)}),
    0x14: ("DONE", 0, {2: ("cursor", CURSOR, "required"), 4: ("marks", MARKS), 6: ("objects", NUMBER),
                       8: ("blocks", NUMBER), 10: ("operations", NUMBER), 12: ("missing", NUMBER),
                       14: ("digest", DIGEST)}),
    0x18: ("OFFER", 0, {2: ("project", NAME), 4: ("window", NUMBER), 6: ("objects", number(most=L["push-objects-max"])),
                        8: ("ids", ids(L["offer-window-max"])), 10: ("options", number(most=1))}),
    0x19: ("NEED", 0, {2: ("window", NUMBER), 4: ("bitmap", BITMAP), 5: ("unfinished", UNFINISHED)}),
    0x1A: ("COMMIT", 0, {2: ("key", exactly(16), "required"), 4: ("intents", octets(BODY), "repeated"),
                         6: ("digest", DIGEST)}),
    0x1B: ("RESULT", 0, {2: ("outcome", number(most=3)), 4: ("replies", octets(BODY, True), "repeated"),
                         6: ("missing", ids(L["missing-max"])), 8: ("marks", MARKS)}),
    0x21: ("OPS", 0, {2: ("origin", DIGEST, "required"), 4: ("firstSequence", NUMBER, "required"),
                      6: ("records", RECORD, "repeated")}),
    0x26: ("WATCH", 0, {2: ("project", NAME, "required"), 4: ("cursor", CURSOR), 6: ("marks", MARKS)}),
    0x27: ("HEAD", 0, {2: ("cursor", CURSOR, "required"), 4: ("marks", MARKS)}),
    0x28: ("RECONCILE", 0, {2: ("project", NAME, "required"), 4: ("key", exactly(16), "required"),
                            6: ("objects", number(most=L["sketch-objects-max"])), 8: ("sum", EPOCH, "required")}),
    0x29: ("SKETCH", 0, {2: ("objects", number(most=L["sketch-objects-max"])), 4: ("sum", EPOCH),
                         6: ("first", number(most=L["sketch-cells-max"])), 8: ("cells", CELLS)}),
    0x2A: ("MORE", 0, {2: ("end", number(most=L["sketch-cells-max"])), 4: ("keys", KEYS)}),
    0x2B: ("IDS", 0, {2: ("ids", ids(L["named-max"]))}),
    0x2C: ("BLOB", 0, {2: ("project", NAME, "required"), 4: ("digest", DIGEST, "required"),
                       6: ("first", number(most=L["blob-parts-max"])), 8: ("count", number(most=L["blob-parts-max"]))}),
    0x2D: ("PARTS", 0, {2: ("bytes", number(most=L["blob-max"])), 4: ("hashes", hashes(L["blob-parts-max"]))}),
    0x2E: ("PUT", 0, {2: ("project", NAME, "required"), 4: ("bytes", number(most=L["blob-max"])),
                        6: ("hashes", hashes(L["blob-parts-max"]))}),
    0x31: ("NEWS", 0, {2: ("epoch", EPOCH), 4: ("after", NUMBER)}),
    0x32: ("CHANGED", 0, {2: ("epoch", EPOCH, "required"), 4: ("last", NUMBER), 6: ("projects", NAMES)}),
    0x33: ("JOIN", 0, {2: ("node", NODE, "required")}),
    0x34: ("JOINED", 0, {2: ("version", NUMBER, "required")}),
    0x35: ("CALL", 0, {2: ("method", METHOD, "required"), 4: ("target", TARGET, "required"), 6: ("headers", HEADERS),
                       8: ("lease", octets(L["signed-lease-max"]))}),
    0x36: ("ANSWER", 0, {2: ("status", number(200, 599), "required"), 4: ("headers", HEADERS)}),
    0x37: ("LEASE", 0, {2: ("project", NAME, "required"), 4: ("token", TOKENS), 6: ("lease", octets(L["signed-lease-max"]))}),
    0x38: ("LEASED", 0, {2: ("document", octets(L["lease-max"]), "required"), 4: ("signature", exactly(64), "required"),
                         6: ("key", octets(L["lease-key-max"]), "required")}),
    0x39: ("PURGE", 0, {2: ("project", NAME, "required"), 4: ("exclusion", MARKS, "required"),
                        6: ("copies", number(1, L["copies-max"], 1)), 8: ("held", MARKS)}),
    0x3A: ("PURGED", 0, {2: ("marks", MARKS)}),
    0x30: ("ROSTER", 0, {2: ("document", octets(L["roster-max"]), "required"), 4: ("signature", exactly(64), "required")}),
}
# The document of a ROSTER, and each of its nodes (Spec 7.4).
ROSTER = {2: ("version", NUMBER, "required"), 4: ("issued", number(most=(1 << 63) - 1), "required"),
          6: ("nodes", NODE, "repeated")}
ROSTER_NODE = {2: ("id", DIGEST, "required"), 4: ("name", NODE_LABEL, "required"), 6: ("role", NUMBER, "required"),
               8: ("region", TEXT, "required"), 10: ("addresses", ADDRESSES), 12: ("projects", NAMES)}
# The document of a LEASED (Spec 21.2).
LEASE = {2: ("region", DIGEST, "required"), 4: ("edge", DIGEST, "required"), 6: ("project", NAME, "required"),
         8: ("person", NAME), 9: ("name", TEXT), 10: ("tokenDigest", DIGEST), 12: ("tokenID", NAME),
         14: ("access", number(1, 2, None), "required"), 16: ("issued", number(most=(1 << 63) - 1), "required"),
         18: ("seconds", number(most=L["lease-seconds-max"]), "required")}
LEASE_PREFIX = b"tiebeam/1 lease\0"
ROSTERS = 1  # the capability (Spec 6.3)
FIXED = {0x02: "PING", 0x07: "PONG", 0x03: "CREDIT", 0x15: "DATA"}
TYPES = {entry[0]: kind for kind, entry in MESSAGES.items()} | {name: kind for kind, name in FIXED.items()}


def decode_fields(kind, data):
    name, at, table = MESSAGES[kind]
    out = {}
    if kind == 0x00:
        require(len(data) <= L["hello-max"], TOO_LARGE)
        require(len(data) >= 6, TRUNCATED)
        require(data[:4] == b"TIEB", MAGIC)
        require(1 <= data[4] <= data[5], VERSION)
        out["versions"] = [data[4], data[5]]
    require(len(data) <= L["auth-max"] or kind != 0x01, TOO_LARGE)
    require(len(data) <= L["bulk-frame-max"] or kind not in (0x18, 0x21), TOO_LARGE)
    require(len(data) <= L["call-max"] or kind not in (0x35, 0x36), TOO_LARGE)
    out |= fields_of(table, data, at, L["operations-max"] if kind == 0x21 else L["intents-max"])
    check(kind, out)
    return out


def fields_of(table, data, at=0, repeated_most=None):
    """The fields of a payload, or of a value that is made of fields."""
    out, last = {}, None
    while at < len(data):
        tag, at = read_varint(data, at)
        entry = table.get(tag)
        repeated = entry is not None and "repeated" in entry
        require(last is None or tag > last or tag == last and repeated, FIELD_ORDER)
        last = tag
        count, at = read_varint(data, at)
        require(count <= len(data) - at, TRUNCATED)
        value, at = data[at:at + count], at + count
        if entry is None:
            require(tag % 2 == 1, UNKNOWN_FIELD)
        elif repeated:
            values = out.setdefault(entry[0], [])
            require(len(values) < repeated_most)
            values.append(entry[1][0](value))
        else:
            out[entry[0]] = entry[1][0](value)
    for entry in table.values():
        require("required" not in entry or entry[0] in out, MISSING)
    return out


def fields_in(table, fields):
    payload = b""
    for tag, entry in table.items():
        values = fields.get(entry[0])
        for value in ([] if values is None else values if "repeated" in entry else [values]):
            encoded = entry[1][1](value)
            payload += varint(tag) + varint(len(encoded)) + encoded
    return payload


def decode_roster(data):
    out = fields_of(ROSTER, data, 0, L["roster-nodes-max"])
    require("nodes" in out, MISSING)
    ids, names = [node["id"] for node in out["nodes"]], [node["name"] for node in out["nodes"]]
    require(all(one < other for one, other in zip(ids, ids[1:])), ORDER)
    require(len(set(names)) == len(names))
    return out


def decode_lease(data):
    out = fields_of(LEASE, data)
    require(len({name in out for name in ("person", "tokenDigest", "tokenID")}) == 1)
    return out


def encode_lease(value):
    return fields_in(LEASE, value)


def encode_roster(value):
    return fields_in(ROSTER, value)


def check(kind, out):
    """What binds several fields of one message."""
    if kind == 0x01:
        require("token" in out or "node" in out, MISSING)
        require("token" not in out or "node" not in out)
    elif kind == 0x21:
        require("records" in out, MISSING)
        require(out["firstSequence"] + len(out["records"]) - 1 < 1 << 64)
    elif kind == 0x31:
        require("epoch" in out or "after" not in out)
    elif kind == 0x37:
        require("token" not in out or "lease" not in out)
    elif kind == 0x33:
        require("projects" not in out["node"])
    elif kind == 0x10:
        require("wanted" not in out or "range" not in out)
        require("wanted" in out or not out.get("options", 0) & 8)
    elif kind == 0x11:
        require(all(mark["sequence"] <= L["sequence-max"] for mark in out.get("compacted", [])))
    elif kind == 0x1B:
        require(("missing" in out) == (out.get("outcome", 0) == 2))
    elif kind == 0x18 and out.get("window", 0) == 0:
        require("project" in out, MISSING)
        require(len(out.get("ids", [])) <= out.get("objects", 0))
        require("ids" in out or "objects" not in out, MISSING)
    elif kind == 0x18:
        require("project" not in out and "objects" not in out)
        require("ids" in out, MISSING)
        require("options" not in out)
    elif kind == 0x29 and out.get("first", 0) == 0:
        require("sum" in out, MISSING)
    elif kind == 0x29:
        require("objects" not in out and "sum" not in out)
        require("cells" in out, MISSING)
        require(out["first"] + len(out["cells"]) <= L["sketch-cells-max"])
    elif kind == 0x2A:
        require("end" not in out or "keys" not in out)
    elif kind in (0x2D, 0x2E):
        require(len(out.get("hashes", [])) == -(-out.get("bytes", 0) // L["blob-part"]))


# Files (Spec 19.1) ----------------------------------------------------------------------------------------------------
def cut(data):
    """The parts of a file."""
    return [data[at:at + L["blob-part"]] for at in range(0, len(data), L["blob-part"])]


def parts_digest(length, part_hashes):
    """The digest of a file with these parts, each hash in hexadecimal."""
    return hashlib.sha256(b"tiebeam blob 1" + length.to_bytes(8, "big") + bytes.fromhex("".join(part_hashes))).hexdigest()


# Frames (Spec 4.1) ----------------------------------------------------------------------------------------------------
def decode_frame(data, most=MAX_FRAME):
    require(len(data) >= 8, TRUNCATED)
    count, kind, flags, stream = int.from_bytes(data[:3], "big"), data[3], data[4], int.from_bytes(data[5:8], "big")
    require(count <= most, TOO_LARGE)
    require(not flags & 0x0E or kind >= 0x80, UNKNOWN_FLAG)
    payload, out = data[8:8 + count], {"stream": stream, "flags": flags}
    require(len(payload) == count, TRUNCATED)
    if kind in MESSAGES:
        return out | {"type": MESSAGES[kind][0], "fields": decode_fields(kind, payload)}
    if kind in (0x02, 0x07):
        require(count == 8)
        return out | {"type": FIXED[kind], "fields": {"nonce": payload.hex()}}
    if kind == 0x03:
        return out | {"type": "CREDIT", "fields": {"bytes": whole_number(payload, 1, L["credit-max"], None)}}
    if kind == 0x15:
        return out | {"type": "DATA", "fields": {"bytes": payload.hex()}}
    require(kind >= 0x80, UNKNOWN_TYPE)
    return out | {"type": "ignored"}


def encode_frame(frame):
    kind, fields = TYPES[frame["type"]], frame["fields"]
    if kind in (0x02, 0x07):
        payload = bytes.fromhex(fields["nonce"])
    elif kind == 0x03:
        payload = varint(fields["bytes"])
    elif kind == 0x15:
        payload = bytes.fromhex(fields["bytes"])
    else:
        payload = b"TIEB" + bytes(fields["versions"]) if kind == 0x00 else b""
        payload += fields_in(MESSAGES[kind][2], fields)
    return len(payload).to_bytes(3, "big") + bytes([kind, frame["flags"]]) + frame["stream"].to_bytes(3, "big") + payload


# Blocks (Spec 12) and the DATA stream (Spec 8.9) ----------------------------------------------------------------------
def block_header(data):
    magic, version, codec, reserved, objects, raw, directory, frame = struct.unpack(">4sBBHIIII", data[:24])
    require(magic == b"TBB1" and version == 1 and codec <= 2 and reserved == 0, BLOCK)
    most, entry = ("delta-objects-max", "delta-entry-max") if codec == 2 else ("block-objects-max", "block-entry-max")
    require(1 <= objects <= L[most] and raw <= L["block-raw-max"], BLOCK)
    require(objects <= directory <= L[entry] * objects, BLOCK)
    require(frame <= raw + raw // 128 + 512, BLOCK)
    return {"codec": codec, "objects": objects, "rawBytes": raw, "directoryBytes": directory, "frameBytes": frame,
            "digest": data[24:56].hex()}


def block_digest(texts):
    return hashlib.sha256(b"".join(hashlib.sha256(text).digest() for text in texts)).digest()


def directory_entries(header, directory):
    """(text length, explicit id or None) of each object (Spec 12.3)."""
    entries, at = [], 0
    for _ in range(header["objects"]):
        try:
            value, at = read_varint(directory, at)
        except Bad:
            raise Bad(BLOCK)
        explicit = directory[at:at + 16].hex() if value & 1 else None
        at += 16 if value & 1 else 0
        entries.append((value >> 1, explicit))
    require(at == len(directory) and sum(count for count, _ in entries) == header["rawBytes"], BLOCK)
    return entries


def decode_block(data):
    require(len(data) >= 56, TRUNCATED)
    header = block_header(data)
    require(header["codec"] < 2, BLOCK)
    end = 56 + header["directoryBytes"]
    require(len(data) == end + header["frameBytes"], BLOCK)
    texts, entries, objects, start = data[end:], directory_entries(header, data[56:end]), [], 0
    if header["codec"] == 1:
        import zstandard
        try:
            texts = zstandard.ZstdDecompressor().decompress(texts, max_output_size=header["rawBytes"])
        except zstandard.ZstdError:
            raise Bad(BLOCK)
    require(len(texts) == header["rawBytes"], BLOCK)
    for count, explicit in entries:
        text, start = texts[start:start + count], start + count
        lead = re.match(rb'\{"id":"([0-9a-f]{32})"', text)
        require(explicit or lead, BLOCK)
        objects.append({"id": explicit or lead[1].decode(), "text": text.decode("latin-1")})
    digest = block_digest([entry["text"].encode("latin-1") for entry in objects])
    require(digest.hex() == header["digest"], 0x0501)
    return header | {"contents": objects}


def encode_block(objects, codec=0):
    texts, directory = [entry["text"].encode("latin-1") for entry in objects], b""
    for text, entry in zip(texts, objects):
        leads = text.startswith(b'{"id":"' + entry["id"].encode() + b'"')
        directory += varint(len(text) << 1 | (not leads)) + (b"" if leads else bytes.fromhex(entry["id"]))
    raw = frame = b"".join(texts)
    if codec == 1:
        import zstandard
        frame = zstandard.ZstdCompressor(level=3).compress(raw)
    counts = len(texts), len(raw), len(directory), len(frame)
    return struct.pack(">4sBBHIIII", b"TBB1", 1, codec, 0, *counts) + block_digest(texts) + directory + frame


# Delta blocks (Spec 12.8) ---------------------------------------------------------------------------------------------
def delta_entries(block):
    """(text length, id, id of the base or None) of each object."""
    header = block_header(block)
    directory, entries, at = block[56:56 + header["directoryBytes"]], [], 0
    for _ in range(header["objects"]):
        try:
            value, at = read_varint(directory, at)
        except Bad:
            raise Bad(BLOCK)
        width = 32 if value & 1 else 16
        require(at + width <= len(directory) and value >> 1 <= L["block-raw-max"], BLOCK)
        base = directory[at + 16:at + 32].hex() if value & 1 else None
        entries.append((value >> 1, directory[at:at + 16].hex(), base))
        at += width
    require(at == len(directory) and sum(entry[0] for entry in entries) == header["rawBytes"], BLOCK)
    return entries


def delta_prefix(entries, successors, text_of):
    """Updates `successors` by the entries; then the texts of the bases with their ids replaced."""
    successors.update((base, id) for _, id, base in entries if base)

    def replace(match):
        return b'"' + successors.get(match[1].decode(), match[1].decode()).encode()

    texts = [text_of(base) for _, _, base in entries if base]
    require(all(text is not None for text in texts), 0x0501)
    prefix = b"".join(re.sub(rb'"([0-9a-f]{32})(?=")', replace, text) for text in texts)
    require(len(prefix) <= L["delta-prefix-max"], 0x0501)
    return prefix


def decode_delta(data, successors, text_of):
    import zstandard
    require(len(data) >= 56, TRUNCATED)
    header = block_header(data)
    require(header["codec"] == 2, BLOCK)
    end = 56 + header["directoryBytes"]
    require(len(data) == end + header["frameBytes"], BLOCK)
    entries = delta_entries(data)
    prefix = delta_prefix(entries, successors, text_of)
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    try:
        texts = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(
            data[end:], max_output_size=header["rawBytes"])
    except zstandard.ZstdError:
        raise Bad(0x0501)
    require(len(texts) == header["rawBytes"], 0x0501)
    objects, start = [], 0
    for count, id, _ in entries:
        objects.append({"id": id, "text": texts[start:start + count].decode("latin-1")})
        start += count
    digest = block_digest([entry["text"].encode("latin-1") for entry in objects])
    require(digest.hex() == header["digest"], 0x0501)
    return header | {"contents": objects}


def encode_delta(objects, successors, text_of):
    """A delta block of objects with `id`, `text` and perhaps `base`."""
    import zstandard
    texts, directory, entries = [entry["text"].encode("latin-1") for entry in objects], b"", []
    for text, entry in zip(texts, objects):
        base = entry.get("base")
        directory += varint(len(text) << 1 | bool(base)) + bytes.fromhex(entry["id"] + (base or ""))
        entries.append((len(text), entry["id"], base))
    prefix, raw = delta_prefix(entries, successors, text_of), b"".join(texts)
    dictionary = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
    frame = zstandard.ZstdCompressor(level=3, dict_data=dictionary, write_checksum=True).compress(raw)
    counts = len(texts), len(raw), len(directory), len(frame)
    return struct.pack(">4sBBHIIII", b"TBB1", 1, 2, 0, *counts) + block_digest(texts) + directory + frame


REST = b"TBR1"


def block_length(header):
    return 56 + header["directoryBytes"] + header["frameBytes"]


def decode_data(data):
    """Records of a whole DATA stream, of which nothing was there before: (nextOrdinal, block)."""
    records, at = [], 0
    while at < len(data):
        ordinal, at = read_varint(data, at)
        require(data[at:at + 4] != REST, BLOCK)  # RESUME-7
        require(len(data) - at >= 56, TRUNCATED)
        header = block_header(data[at:])
        require(header["codec"] < 2, BLOCK)
        count = block_length(header)
        require(len(data) - at >= count, TRUNCATED)
        records.append((ordinal, data[at:at + count]))
        at += count
    return records


def transcript_digest(items):
    """Digest over ("block", encoded block) and ("ops", OPS payload), in order; None for nothing (Spec 12.6)."""
    digest = None
    for kind, data in items:
        tail = b"\0" + data[24:56] if kind == "block" else b"\1" + data
        digest = hashlib.sha256((digest or bytes(32)) + tail).digest()
    return digest
