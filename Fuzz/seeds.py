"""Writes the inputs that fuzzing starts from, made of Spec/vectors and of the GraphQL documents: seeds.py OUT"""
import hashlib
import json
import pathlib
import re
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Conformance/sync"))

import tiebeam_sync as t  # noqa: E402

TEXTS = (
    '{"id":"%032x","a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00"],"__closure":{"%032x":1}}' % (1, 2),
    '{"id":"%032x","x":{"speckle_type":"reference","referencedId":"%032x"}}' % (3, 4),
    '{"x":[{"referencedId":"%032x","speckle_type":"reference"}],"hash":"%032x"}' % (5, 6),
    '{"\\u0069d":null,"a":{"\\u0072eferencedId":"%032x","speckle_type":"reference"}}' % 7,
)


def frame(type, fields, flags=0):
    return t.encode_frame({"type": type, "stream": 1, "flags": flags, "fields": fields})


def block(number, codec=0):
    text = '{"id":"%032x","a":%d}' % (number, number)
    return t.encode_block([{"id": "%032x" % number, "text": text}], codec)


def fetches():
    """Whole answers, as the transcript digest does not come about by chance."""
    epoch, first, second = "5eed5eed00000001", block(1), block(2)
    data = t.varint(1) + first + t.varint(2) + second
    ops = frame("OPS", {"origin": "11" * 32, "firstSequence": 1, "records": [{"timestamp": 5, "body": "7b7d"}]})
    digest = t.transcript_digest([("block", first[:56]), ("block", second[:56]), ("ops", ops[8:])]).hex()
    done = {"cursor": {"epoch": epoch, "nextOrdinal": 2}, "objects": 2, "blocks": 2, "operations": 1, "digest": digest,
            "marks": [{"origin": "11" * 32, "sequence": 1}]}
    yield b"\0" + frame("PLAN", {"epoch": epoch}) + frame("DATA", {"bytes": data.hex()}) + ops + frame("DONE", done, 1)
    rest = t.varint(1) + t.REST + first[70:] + t.varint(2) + second
    yield (b"\x20" + bytes([70]) + first[:70] + frame("PLAN", {"epoch": epoch}) + frame("DATA", {"bytes": rest.hex()}) + ops
           + frame("DONE", done, 1))
    wanted = t.varint(0) + block(0)
    digest = t.transcript_digest([("block", wanted[1:57])]).hex()
    done = {"cursor": {"epoch": epoch, "nextOrdinal": 0}, "objects": 1, "blocks": 1, "missing": 2, "digest": digest}
    yield b"\x08" + frame("PLAN", {"epoch": epoch}) + frame("DATA", {"bytes": wanted.hex()}) + frame("DONE", done, 1)
    digest = t.transcript_digest([("block", first[:56]), ("block", second[:56])]).hex()
    done = {"cursor": {"epoch": epoch, "nextOrdinal": 7}, "objects": 2, "blocks": 2, "digest": digest}
    yield b"\x10" + frame("PLAN", {"epoch": epoch}) + frame("DATA", {"bytes": data.hex()}) + frame("DONE", done, 1)
    yield b"\4" + frame("PLAN", {"epoch": "00" * 8, "flags": 1}) + frame("DATA", {"bytes": data.hex()})


def pushes():
    ids = ["%032x" % number for number in (3, 4, 6)]
    offer = frame("OFFER", {"project": "3a1f09c2d7", "objects": 3, "ids": ids})
    first, second = block(3), block(6)
    digest = t.transcript_digest([("block", first[:56]), ("block", second[:56])]).hex()
    data = frame("DATA", {"bytes": (b"\0" + first + b"\0" + second).hex()})
    for options in (b"\0", b"\1"):
        yield options + offer + data + frame("COMMIT", {"key": "ab" * 16, "intents": ["7b7d"], "digest": digest}, 1)
    unasked = frame("OFFER", {"project": "3a1f09c2d7", "objects": 3, "ids": ids, "options": 1})
    yield b"\1" + unasked + data + frame("COMMIT", {"key": "ab" * 16, "digest": digest}, 1)
    two = frame("OFFER", {"project": "3a1f09c2d7", "objects": 2, "ids": ids[:1]})
    yield b"\0" + two + frame("OFFER", {"window": 1, "ids": ids[1:2]}) + frame("COMMIT", {"key": "ab" * 16}, 1)


def files():
    data = bytes(range(90))
    parts = {"bytes": len(data), "hashes": [hashlib.sha256(data).hexdigest()]}
    whole, end = frame("DATA", {"bytes": data.hex()}, 1), frame("DATA", {"bytes": ""}, 1)
    for first in (frame("PARTS", parts), frame("PUT", {"project": "3a1f09c2d7"} | parts)):
        for rest in (whole, frame("DATA", {"bytes": data.hex()}) + end, frame("DATA", {"bytes": data[:40].hex()}) + end,
                     frame("DATA", {"bytes": (data + b"x").hex()}, 1)):
            yield b"\0" + first + rest
    yield b"\0" + frame("PUT", {"project": "3a1f09c2d7"}) + end


def seeds():
    for path in sorted((ROOT / "Spec/vectors").glob("*/*.json")):
        vector = json.loads(path.read_text())
        raw = bytes.fromhex(vector["hex"])
        if vector["id"].startswith("block-"):
            yield "blocks", raw
        elif vector["id"].startswith("document-"):
            yield "frames", frame("ROSTER", {"document": raw.hex(), "signature": "00" * 64})
        elif vector["id"].startswith("lease-document-"):
            yield "frames", frame("LEASED", {"document": raw.hex(), "signature": "00" * 64, "key": "00"})
        elif not vector["id"].startswith("data-"):
            yield "frames", raw
            for options in range(8):
                yield "connection", bytes([options]) + raw
    for answer in fetches():
        yield "fetch", answer
        yield "connection", b"\3" + answer[1:]
    for push in pushes():
        yield "push", push
        yield "connection", b"\2" + push[1:]
    for file in files():
        yield "files", file
        yield "connection", b"\2" + file[1:]
    for number in range(3):
        yield "blocks", block(number)
    for text in TEXTS:
        yield "texts", text.encode()
    yield "uploads", b"\0[" + ",".join(TEXTS).encode() + b"]"
    documents = (ROOT / "Tests/Conformance/graphql/documents.txt").read_text()
    for document in re.split(r"^### .*\n", documents, flags=re.M)[1:]:
        yield "graphql", document.encode()


def main(out):
    for number, (target, data) in enumerate(seeds()):
        folder = pathlib.Path(out) / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ("seed-%03d" % number)).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
