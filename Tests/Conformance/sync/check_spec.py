"""Holds Spec/ against the independent codec, the Swift sources, the tests and the vectors. Exit 1 on any difference.

Sources are read as text, by patterns: a constant that moves or changes its form is a difference too.
"""
import json
import pathlib
import re
import sys

import make_example
import tiebeam_roster
import tiebeam_sync as t

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPEC, SWIFT = ROOT / "Spec", ROOT / "Sources" / "SyncProtocol"
CHAPTERS = {path.name: path.read_text() for path in sorted(SPEC.glob("*.md"))}
RULE = re.compile(r"^    ([A-Z]{2,}-\d+) +\S", re.M)
CITED = re.compile(r"\b([A-Z]{2,})-(\d+)\b")
FOREIGN = {"SHA", "UTF", "ALPN", "BCP", "RFC", "BASE", "UCS", "PKCS", "AES"}  # 256, 8 … are no rules
problems = []


def problem(text, *values):
    problems.append(text % values if values else text)


def compare(what, spec, other):
    """Reports each key whose value differs between two dictionaries."""
    for key in sorted(set(spec) | set(other), key=str):
        if spec.get(key) != other.get(key):
            problem("%s %s: Spec has %s, not %s", what, key, spec.get(key), other.get(key))


def source(path):
    return (SWIFT / path).read_text()


def tables(text, *heads):
    """Rows of the tables of a chapter whose first columns are `heads`, as lists of cells."""
    rows, inside = [], False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif cells[:len(heads)] == list(heads):
            inside = True
        elif inside and not set(line) <= set("|-: "):
            rows.append(cells)
    return rows


# Rules ----------------------------------------------------------------------------------------------------------------
def cited_ids():
    """(file, family, number) of everything that looks like a rule in sources, tests and vectors."""
    for folder in ("Sources", "Tests", "Spec"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".swift", ".py", ".md", ".json") and path.is_file():
                for family, number in CITED.findall(path.read_text(errors="replace")):
                    yield path.relative_to(ROOT), family, int(number)


def check_rules():
    defined = {}
    for name, text in CHAPTERS.items():
        for rule in RULE.findall(text):
            if rule in defined:
                problem("%s is defined in %s and in %s", rule, defined[rule], name)
            defined[rule] = name
    families, tested = {rule.split("-")[0] for rule in defined}, set()
    strict = ("Sources/SyncProtocol", "Sources/SyncTransport", "Sources/ObjectModel/Block", "Spec",
              "Tests/SyncProtocolTests", "Tests/Conformance/sync")
    for path, family, number in cited_ids():
        rule, place = "%s-%d" % (family, number), str(path)
        if place.startswith("Tests") or "/vectors/" in place:
            tested.add(rule)
        if rule not in defined and family not in FOREIGN and (family in families or place.startswith(strict)):
            problem("%s is cited in %s and defined nowhere", rule, path)
    untested = sorted(set(defined) - tested, key=lambda rule: (rule.split("-")[0], int(rule.split("-")[1])))
    print("%d rules; %d without a test or vector: %s" % (len(defined), len(untested), " ".join(untested)))


def check_words():
    """BCP 14 words stand in rules only; sections that are cited exist."""
    for name, text in CHAPTERS.items():
        inside = False
        for line in text.splitlines():
            inside = bool(RULE.match(line)) or (inside and (line.startswith("      ") or not line.strip()))
            if not inside and name != "README.md" and re.search(r"\b(MUST|SHOULD|MAY|REQUIRED)\b", line):
                problem("%s: a word of BCP 14 outside of a rule: %s", name, line.strip())
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            if not (SPEC / link.replace("\n", "")).exists():
                problem("%s: a link to %s, which is not there", name, link)
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?) ", "\n".join(CHAPTERS.values()), re.M))
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        for section in re.findall(r"Spec §(\d+(?:\.\d+)?)", path.read_text()):
            if section not in sections:
                problem("%s cites section %s, which is not there", path.relative_to(ROOT), section)


# Numbers --------------------------------------------------------------------------------------------------------------
def swift_constants(text, pattern):
    return {name: int(value, 0) for name, value in re.findall(pattern, text)}


def camel(name):
    head, *rest = name.split("-")
    return head + "".join("ID" if part == "id" else part.capitalize() for part in rest)


def check_kinds():
    rows = {row[1]: row for row in tables(CHAPTERS["04-frames.md"], "Kind", "Name", "Stands on")}
    spec = {name: int(row[0], 16) for name, row in rows.items()}
    compare("kind", spec, t.TYPES)
    text = source("Wire/FrameType.swift")
    swift = swift_constants(text, r"let (\w+) = Self\(rawValue: (0x[0-9A-F]{2})\)")
    names = {name: name.upper() for name in swift} | {"operations": "OPS"}
    compare("kind (Swift)", spec, {names[name]: number for name, number in swift.items()})
    registry = {row[1]: int(row[0], 16) for row in tables(CHAPTERS["registry.md"], "Kind", "Name")
                if row[1].isupper()}
    compare("kind (registry)", spec, registry)
    for what, part, wanted in (("spends credit", "spendsCredit", [n for n, r in rows.items() if r[4] == "yes"]),
                               ("of the connection", "isConnectionOnly",
                                [n for n, r in rows.items() if r[2] == "connection"])):
        body = re.search(r"var %s: Bool \{.*?case ([^:]*): true" % part, text, re.S)
        found = sorted(names[name] for name in re.findall(r"\.(\w+)", body[1]))
        if found != sorted(wanted):
            problem("kinds that are %s: Spec has %s, not %s", what, sorted(wanted), found)


def check_codes():
    rows = tables(CHAPTERS["14-errors.md"], "Code", "Name", "Scope")
    text = source("Wire/ErrorCode.swift")
    spec = {row[1]: int(row[0], 16) for row in rows}
    swift = swift_constants(text, r"let (\w+) = Self\(rawValue: (0x[0-9A-F]{4})\)")
    compare("code", {camel(name): code for name, code in spec.items()}, swift)
    listed = re.search(r"var scope: Scope \{.*?case (.*?):\s*\.connection", text, re.S)[1]
    connection = set(re.findall(r"\.(\w+)", listed))
    compare("scope of", {camel(row[1]): row[2] for row in rows},
            {name: "connection" if name in connection else "stream" for name in swift})
    python = {name: getattr(t, name) for name in (
        "HEADER TOO_LARGE UNKNOWN_TYPE UNKNOWN_FLAG UNEXPECTED STREAM_ID VARINT TRUNCATED FIELD_ORDER UNKNOWN_FIELD "
        "INVALID MISSING DEFAULT MAGIC VERSION CREDIT BLOCK ORDER").split()}
    order = [row[1] for row in rows if row[0].startswith("0x01")]
    compare("code (codec)", dict(zip(order, range(0x0101, 0x0113))), dict(zip(order, python.values())))
    classes = {int(row[0], 16): row[1] for row in tables(CHAPTERS["14-errors.md"], "Class", "Name")}
    found = re.findall(r"case `?(\w+)`? = (\d)\b", text)
    compare("class", classes, {int(number): name for name, number in found})
    for row in rows:
        if (row[3] == "yes") != (classes.get(int(row[0], 16) >> 8) == "retry"):
            problem("code %s: retry does not fit its class", row[0])


SWIFT_LIMITS = {
    "frame-default": "frameByteCountDefault", "frame-max": "frameByteCountMax", "hello-max": "helloByteCountMax",
    "auth-max": "authByteCountMax", "bulk-frame-max": "bulkFrameByteCountMax",
    "stream-credit-default": "streamCreditDefault", "connection-credit-default": "connectionCreditDefault",
    "connection-credit-min": "connectionCreditMin", "credit-max": "creditMax", "credit-held-max": "creditHeldMax",
    "streams-default": "streamCountDefault", "streams-max": "streamCountMax", "stream-number-max": "streamIDMax",
    "identifier-max": "identifierByteCountMax", "token-max": "tokenByteCountMax", "text-max": "textByteCountMax",
    "marks-max": "markCountMax", "capabilities-max": "capabilityCountMax", "wanted-max": "wantedCountMax",
    "roots-max": "rootCountMax", "range-max": "rangeOrdinalCountMax",
    "offer-window-max": "offerWindowCountMax", "push-objects-max": "pushObjectCountMax",
    "intents-max": "intentCountMax", "missing-max": "missingCountMax", "operations-max": "operationCountMax",
    "sequence-max": "sequenceMax",
    "operation-body-max": "operationBodyByteCountMax", "block-max": "blockByteCountMax",
    "sketch-objects-max": "sketchObjectCountMax", "sketch-cells-max": "sketchCellCountMax",
    "sketch-message-cells-max": "sketchMessageCellCountMax", "named-max": "namedCountMax",
    "changed-max": "changedProjectCountMax", "roster-max": "rosterByteCountMax", "roster-nodes-max": "rosterNodeCountMax",
    "roster-addresses-max": "rosterAddressCountMax", "roster-projects-max": "rosterProjectCountMax",
    "call-max": "callByteCountMax", "method-max": "methodByteCountMax", "target-max": "targetByteCountMax",
    "headers-max": "headerCountMax", "header-name-max": "headerNameByteCountMax",
    "header-value-max": "headerValueByteCountMax", "lease-max": "leaseByteCountMax", "lease-key-max": "leaseKeyByteCountMax",
    "signed-lease-max": "signedLeaseByteCountMax", "lease-seconds-max": "leaseSecondsMax",
}
MODEL = "../ObjectModel/"
OTHER_LIMITS = {  # limit: (file, pattern of its expression)
    "number-max": ("Wire/Varint.swift", r"byteCountMax = ([^\n]+)"),
    "block-header": (MODEL + "Block/BlockHeader.swift", r"static let byteCount = ([^\n]+)"),
    "block-objects-max": (MODEL + "Block/BlockHeader.swift", r"objectCountMax: UInt32 = ([^\n]+)"),
    "block-raw-max": (MODEL + "Block/BlockHeader.swift", r"rawByteCountMax: UInt32 = ([^\n]+)"),
    "block-entry-max": (MODEL + "Block/BlockDirectory.swift", r"entryByteCountMax: UInt32 = ([^\n]+)"),
    "delta-entry-max": (MODEL + "Block/DeltaDirectory.swift", r"entryByteCountMax: UInt32 = ([^\n]+)"),
    "delta-objects-max": (MODEL + "Block/DeltaDirectory.swift", r"entryCountMax: UInt32 = ([^\n]+)"),
    "delta-prefix-max": (MODEL + "Block/DeltaDirectory.swift", r"prefixByteCountMax = ([^\n]+)"),
    "blob-part": (MODEL + "Blobs/BlobParts.swift", r"partByteCount = ([^\n]+)"),
    "blob-parts-max": (MODEL + "Blobs/BlobParts.swift", r"partCountMax = ([^\n]+)"),
    "held-chunk-max": (MODEL + "Identity/OrdinalSet.swift", r"chunkByteCountMax = ([^\n]+)"),
    "copies-max": (MODEL + "Entities/ProjectPolicy.swift", r"copyCountMax = ([^\n]+)"),
    "text-depth-max": (MODEL + "Text/ObjectScanner.swift", r"depthMax = ([^\n]+)"),
    "idle-time": ("Session/Connection.swift", r"idleMax: Duration = \.seconds\((\d+)\)"),
    "silence-time": ("Session/Connection.swift", r"silenceMax: Duration = \.seconds\((\d+)\)"),
    "handshake-time": ("Session/Connection.swift", r"handshakeMax: Duration = \.seconds\((\d+)\)"),
}


def number_of(expression):
    """The value of a Swift expression of numbers, + and <<; shifts bind first there."""
    total = 0
    for part in expression.replace("_", "").replace("(", "").replace(")", "").split("+"):
        base, _, shift = part.partition("<<")
        total += int(base.strip(), 0) << int(shift.strip() or "0", 0)
    return total


def check_limits():
    spec = {row[0]: int(row[1]) for row in tables(CHAPTERS["15-limits.md"], "Limit", "Number")}
    constants = dict(re.findall(r"static let (\w+)(?:: \w+)? = ([^\n]+)", source("Wire/Limits.swift")))
    swift = {name: number_of(constants.pop(constant)) for name, constant in SWIFT_LIMITS.items()}
    for name, (path, pattern) in OTHER_LIMITS.items():
        swift[name] = number_of(re.search(pattern, source(path))[1])
    if "byteCountMax = UInt64(partByteCount) * UInt64(partCountMax)" in source(MODEL + "Blobs/BlobParts.swift"):
        swift["blob-max"] = swift["blob-part"] * swift["blob-parts-max"]
    compare("limit (Swift)", spec, swift)
    compare("limit (codec)", {name: spec.get(name) for name in t.LIMITS}, t.LIMITS)
    for constant in constants:
        problem("Limits.%s is not in chapter 15", constant)


# Messages -------------------------------------------------------------------------------------------------------------
FILES = {"OPS": "Operations", "IDS": "IDs", "GOAWAY": "GoAway"}
SHARED = {"HEAD": "Watch", "PONG": "Ping", "CHANGED": "News", "JOINED": "Join", "ANSWER": "Call", "LEASED": "Lease",
          "PURGED": "Purge"}  # two messages in one file


def sections(text):
    """{kind: text} of chapter 8."""
    parts = re.split(r"^## 8\.\d+ ", text, flags=re.M)[1:]
    return {name: part for part in parts for name in re.findall(r"([A-Z]+) \(0x", part.splitlines()[0])}


def swift_tags(name):
    stem = SHARED.get(name) or FILES.get(name, name.capitalize())
    text = source("Wire/%sMessage.swift" % stem)
    start = text.index("struct %sMessage" % FILES.get(name, name.capitalize()))
    body = text[start:text.find("\n}\n", start)]
    return sorted(int(tag) for tag in re.findall(r"^            case (\d+):", body, re.M))


def compare_fields(name, rows, fields):
    """A table of fields against the codec's."""
    compare("%s: field" % name, {int(row[0]): row[1] for row in rows}, {tag: entry[0] for tag, entry in fields.items()})
    compare("%s: kind of field" % name, {int(row[0]): row[2] for row in rows},
            {tag: entry[1][2] for tag, entry in fields.items()})
    compare("%s: presence of field" % name,
            {int(row[0]): row[3] if row[3] in ("required", "repeated") else "" for row in rows},
            {tag: entry[2] if len(entry) > 2 else "" for tag, entry in fields.items()})


def check_roster():
    """The document of a ROSTER (7.4)."""
    chapter, text = CHAPTERS["07-authentication.md"], source("Roster/Roster+Wire.swift")
    split = text.index("extension RosterNode")
    for name, head, fields, swift in (("roster", "Field", t.ROSTER, text[:split]),
                                      ("node", "Member", t.ROSTER_NODE, text[split:])):
        rows = tables(chapter, head, "Name", "Kind", "Presence")
        compare_fields(name, rows, fields)
        if sorted(int(tag) for tag in re.findall(r"^            case (\d+):", swift, re.M)) != sorted(fields):
            problem("%s: Swift reads other fields", name)
    prefix = re.search(r'signedPrefix: \[UInt8\] = Array\("(.*?)\\0"\.utf8\)', source("Wire/RosterMessage.swift"))[1]
    if "`%s`" % prefix not in chapter or prefix.encode() + b"\0" != tiebeam_roster.PREFIX:
        problem("roster: %s is not what is signed before a document", prefix)


def check_lease():
    """The document of a LEASED (21.2)."""
    chapter, text = CHAPTERS["21-edges.md"], source("Leases/Lease+Wire.swift")
    compare_fields("lease", tables(chapter, "Field", "Name", "Kind", "Presence"), t.LEASE)
    if sorted(int(tag) for tag in re.findall(r"^            case (\d+):", text, re.M)) != sorted(t.LEASE):
        problem("lease: Swift reads other fields")
    prefix = re.search(r'signedPrefix: \[UInt8\] = Array\("(.*?)\\0"\.utf8\)', source("Wire/LeaseMessage.swift"))[1]
    if "`%s`" % prefix not in chapter or prefix.encode() + b"\0" != t.LEASE_PREFIX:
        problem("lease: %s is not what is signed before a document", prefix)


def check_messages():
    chapter = sections(CHAPTERS["08-messages.md"])
    for kind, (name, _, fields) in t.MESSAGES.items():
        part = chapter.get(name, "")
        if "(0x%02X)" % kind not in part.splitlines()[0]:
            problem("%s: another number in its heading", name)
        rows = tables(part, "Tag", "Name", "Kind", "Presence")
        compare_fields(name, rows, fields)
        if swift_tags(name) != sorted(int(row[0]) for row in rows):
            problem("%s: Swift reads the tags %s", name, swift_tags(name))
        for row in rows:
            default = re.match(r"default (\d+)", row[3])
            if default:
                check_default(name, int(row[0]), fields[int(row[0])][1], int(default[1]))


def check_default(name, tag, kind, default):
    try:
        kind[0](t.varint(default))
    except t.Bad as error:
        if error.code == t.DEFAULT:
            return
    problem("%s: %d is not the codec's default of field %d", name, default, tag)


def check_examples():
    """Examples of chapter 8 are those of the vectors; vectors that rules name are there and say the same."""
    vectors = {path.stem: json.loads(path.read_text()) for path in SPEC.glob("vectors/*/*.json")}
    for name, text in CHAPTERS.items():
        for block in re.findall(r"Vectors: ([a-z0-9, \n-]+)", text):
            for vector in re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", block):
                if vector not in vectors:
                    problem("%s: no vector %s", name, vector)
    found = re.findall(r"^Example \((.*?)\):\n\n((?:    [0-9a-f ]+\n)+)", CHAPTERS["08-messages.md"], re.M)
    for names, digits in found:
        ids = re.findall(r"accept/([a-z-]+)", names)
        expected = "".join(vectors[id]["hex"] for id in ids)
        if "".join(digits.split()) != expected:
            problem("the example %s differs from its vector", names)
    if len(found) < 19:
        problem("chapter 8 has %d examples only", len(found))


# Worked example -------------------------------------------------------------------------------------------------------
def check_worked_example():
    text = CHAPTERS["17-worked-example.md"]
    if text != make_example.document():
        problem("chapter 17 differs from what make_example.py writes")
    frames, data, sent = [], {}, {}
    for block in re.findall(r"^\*\*\d+\. .*?(?=^\*\*\d+\.|^## |\Z)", text, re.M | re.S):
        raw = b"".join(bytes.fromhex(line[4:52]) for line in block.splitlines() if line.startswith("    "))
        frame = t.decode_frame(raw)
        if t.encode_frame(frame) != raw:
            problem("a frame of chapter 17 encodes to other bytes")
        frames.append(frame["type"])
        follow(frame, raw, data, sent)
    missing = set(t.TYPES) - set(frames)
    if missing:
        problem("chapter 17 has no %s", ", ".join(sorted(missing)))


def follow(frame, raw, data, sent):
    """Puts the frames of each stream together, and compares digests, counts and texts."""
    stream = frame["stream"]
    if frame["type"] == "DATA":
        data[stream] = data.get(stream, b"") + bytes.fromhex(frame["fields"]["bytes"])
        try:
            records = t.decode_data(data[stream])
        except t.Bad:
            return  # a record goes on in the next frame
        for _, block in records:
            t.decode_block(block)
            sent.setdefault(stream, []).append(("block", block))
        data[stream] = b""
    elif frame["type"] == "OPS":
        sent.setdefault(stream, []).append(("ops", raw[8:]))
    elif frame["type"] in ("DONE", "COMMIT"):
        digest = t.transcript_digest(sent.get(stream, []))
        if frame["fields"].get("digest") != (digest.hex() if digest else None):
            problem("chapter 17: the digest of stream %d is another one", stream)
        if data.get(stream):
            problem("chapter 17: stream %d ends within a record", stream)


# Grammar --------------------------------------------------------------------------------------------------------------
def pattern_of(rules, text):
    """A regular expression for the right side of an ABNF rule, as far as these chapters need it."""
    tokens = re.findall(r'%s"[^"]*"|"[^"]*"|%x[0-9A-F]+(?:-[0-9A-F]+)?|\d*\*\d*|[a-zA-Z][\w-]*|[()/]', text)
    out, repeat, outer = "", "", []
    for token in tokens:
        if re.fullmatch(r"\d*\*\d*", token):
            low, high = token.split("*")
            repeat = "{%s,%s}" % (low or "0", high)
        elif token == "(":
            out += "(?:"
            outer.append(repeat)
            repeat = ""
        elif token == ")":
            out += ")" + outer.pop()
        elif token == "/":
            out += "|"
        else:
            out += "(?:%s)%s" % (element(rules, token), repeat)
            repeat = ""
    return out


def element(rules, token):
    if token.startswith(('"', "%s")):
        return re.escape(token[token.index('"') + 1:-1])
    if token.startswith("%x"):
        low, _, high = token[2:].partition("-")
        return "[\\x%s-\\x%s]" % (low, high or low)
    core = {"ALPHA": "[A-Za-z]", "DIGIT": "[0-9]"}
    if token in core:
        return core[token]
    if token not in rules:
        problem("the grammar has no rule %s", token)
        return ""
    return pattern_of(rules, rules[token])


def check_grammar():
    rules = {}
    for text in CHAPTERS.values():
        for block in re.findall(r"```abnf\n(.*?)```", text, re.S):
            rules |= dict(re.findall(r"^(\w+) += +(.+)$", block, re.M))
    address = re.compile(pattern_of(rules, rules["address"]))
    swift = (ROOT / "Tests/SyncProtocolTests/CodecTests.swift").read_text()
    start, middle = swift.index('"ADDR-1'), swift.index('"ADDR-2')
    good, bad = re.findall(r'"(tiebeam[+a-z]*://[^"]+)"', swift[start:middle]), re.findall(r'"([^"]*)"', swift[middle:])[1:]
    beyond = {"tiebeam://a:65536/p", "tiebeam://[1.2.3.4]:5/p"}  # what ADDR-1 adds to the grammar
    for text in good:
        if not address.fullmatch(text):
            problem("the grammar does not know %s", text)
    for text in bad:
        if "\\" not in text and text not in beyond and address.fullmatch(text):
            problem("the grammar knows %s", text)
    if len(good) < 4 or len(bad) < 20:
        problem("too few addresses to hold the grammar against")
    for text in ("a" * 64, "A-z_9", "a" * 65, "", "a.b"):
        if bool(re.fullmatch(pattern_of(rules, rules["identifier"]), text)) != bool(t.IDENTIFIER.match(text.encode())):
            problem("identifier %s: grammar and codec differ", text)


def main():
    for check in (check_rules, check_words, check_kinds, check_codes, check_limits, check_messages, check_roster,
                  check_lease, check_examples, check_worked_example, check_grammar):
        check()
    for text in problems:
        print(text)
    print("%d problems" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
