"""Object trees as Speckle's connectors send them, and a note of all that was sent."""
import hashlib
import json
import threading

from specklepy.api import operations
from specklepy.objects import Base
from specklepy.transports.memory import MemoryTransport


def part(**fields):
    base = Base()
    for name, value in fields.items():
        base[name] = value
    return base


def building(random, seed, edits):
    """A building whose parts depend on `seed`, but for some that are edited. Sometimes one part is large."""
    changed = {random.randrange(24): random.random() for _ in range(edits)}
    root = part(name=f"building {seed}", edition=random.random())
    root["@storeys"] = [
        part(name=f"storey {storey}", beams=[], **{"@beams": [
            part(index=index, length=(seed * 37 + index) / 7, load=changed.get(index),
                 section=hashlib.sha256(f"{seed}/{index}".encode()).hexdigest() * 4)
            for index in range(storey * 8, storey * 8 + 8)]})
        for storey in range(3)]
    if random.random() < 0.05:
        # Long enough for blocks of which the rest is brought after a cut.
        root["@mesh"] = part(points=random.randbytes(random.randrange(50_000, 1_500_000)).hex())
    return root


class Sent:
    """What was sent: each object's digest, of each root all that belongs to it, and the digests of files."""

    def __init__(self):
        self.lock = threading.Lock()
        self.digests = {}
        self.closures = {}
        # Files by their ids, as SHA-256 in hexadecimal.
        self.files = {}

    def serialise(self, base, *transports):
        """The root's id and the texts by their ids; sent to `transports` as well."""
        memory = MemoryTransport()
        root = operations.send(base, [memory, *transports], use_default_cache=False)
        texts = {identity: text.encode() for identity, text in memory.objects.items()}
        with self.lock:
            for identity, text in texts.items():
                self.digests[identity] = digest(text)
            self.closures[root] = {root, *json.loads(texts[root]).get("__closure", {})}
        return root, texts

    def problem(self, root, lines):
        """What is wrong with a download of a root and all below it, as lines of id and text; `None` when nothing is."""
        found = {}
        for line in lines.splitlines():
            identity, _, text = line.partition(b"\t")
            found[identity.decode()] = digest(text)
        with self.lock:
            wanted = self.closures.get(root)
            if wanted is None:
                return "nobody sent it"
            missing, strange = wanted - found.keys(), found.keys() - wanted
            if missing or strange:
                return f"{len(missing)} objects are missing, and {len(strange)} do not belong to it"
            wrong = [identity for identity in wanted if found[identity] != self.digests[identity]]
        return f"the texts of {', '.join(sorted(wrong))} differ" if wrong else None


def digest(text):
    return hashlib.sha256(text).digest()
