"""Checks every file of Spec/vectors with the independent codec. Exit 1 on any difference."""
import json
import pathlib
import sys

import make_vectors
import tiebeam_roster
import tiebeam_sync as t

ROOT = pathlib.Path(__file__).resolve().parents[3] / "Spec" / "vectors"


def decode(vector):
    data = bytes.fromhex(vector["hex"])
    if vector["id"].startswith("block-"):
        return t.decode_block(data), None
    if vector["id"].startswith("delta-"):
        return t.decode_delta(data, {}, lambda id: vector["bases"][id].encode()), None
    if vector["id"].startswith("data-"):
        records = t.decode_data(data)
        again = b"".join(t.varint(ordinal) + block for ordinal, block in records)
        return {"records": [{"nextOrdinal": o, "block": b.hex()} for o, b in records]}, again
    if vector["id"].startswith("document-"):
        decoded = t.decode_roster(data)
        return decoded, t.encode_roster(decoded)
    if vector["id"].startswith("lease-document-"):
        decoded = t.decode_lease(data)
        return decoded, t.encode_lease(decoded)
    decoded = t.decode_frame(data)
    return decoded, t.encode_frame(decoded) if decoded["type"] != "ignored" else None


def problem(vector):
    try:
        decoded, again = decode(vector)
    except t.Bad as error:
        return None if vector.get("error") == "0x%04x" % error.code else "gives 0x%04x" % error.code
    if "error" in vector:
        return "was accepted"
    if decoded != vector["decoded"]:
        return "decodes to %s" % json.dumps(decoded)
    if again is not None and vector.get("reencodes", True) and again.hex() != vector["hex"]:
        return "encodes to %s" % again.hex()
    return None


def check_transcripts():
    """Each frame that was recorded decodes and encodes to the same bytes. Returns the number of problems."""
    bad = lines = 0
    for path in sorted(ROOT.parent.glob("transcripts/*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            raw, lines = bytes.fromhex(line[2:]), lines + 1
            if t.encode_frame(t.decode_frame(raw)) != raw:
                print("%s:%d: another frame comes out" % (path.name, number))
                bad += 1
    print("%d recorded frames, %d problems" % (lines, bad))
    return bad if lines else 1


def main():
    files, bad = sorted(ROOT.glob("*/*.json")), 0
    for path in files:
        vector = json.loads(path.read_text())
        found = problem(vector) or (None if vector["id"] == path.stem else "has another id")
        if found:
            print("%s/%s: %s" % (path.parent.name, path.stem, found))
            bad += 1
    if json.loads((ROOT / "sketch.json").read_text()) != {"id": "sketch"} | make_vectors.sketch_vector():
        print("sketch: the codec finds other keyed ids, places, cells or differences")
        bad += 1
    signed = json.loads((ROOT / "roster.json").read_text())
    if signed != {"id": "roster"} | make_vectors.roster_vector() or not tiebeam_roster.verify(signed["key"], signed):
        print("roster: the codec finds another key or signature")
        bad += 1
    print("%d vectors, %d problems" % (len(files), bad))
    return 1 if check_transcripts() or bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
