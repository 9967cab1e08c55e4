"""What was written and read during a run. All times are of one clock, in seconds."""
import dataclasses
import json
import math
import threading

# An entity that was made, but whose id nobody was told.
UNKNOWN = "?"
# The scope of people and tokens; every other scope is a project's id.
SERVER = "server"


@dataclasses.dataclass
class Write:
    """One write at one region. Entities look like `model/0123456789`; the project itself is `project`."""
    region: str
    kind: str
    # `None` for a project whose id nobody was told.
    scope: str | None
    start: float
    # `None` when nobody was told of an end: the write may have happened at any time, or never.
    end: float | None
    # ok, maybe or refused
    status: str
    creates: list = dataclasses.field(default_factory=list)
    deletes: list = dataclasses.field(default_factory=list)
    # [entity, field, value]
    sets: list = dataclasses.field(default_factory=list)
    note: str = ""

    @property
    def until(self):
        return math.inf if self.end is None else self.end

    @property
    def is_ok(self):
        return self.status == "ok"


@dataclasses.dataclass
class Read:
    """What a region showed of one scope. `state` maps entities to their fields; `None` when there was no such scope."""
    region: str
    scope: str
    start: float
    end: float
    state: dict | None
    # After everything was healed, and all regions were found equal.
    final: bool = False


@dataclasses.dataclass
class Conflicts:
    """The open conflicts that a region lists of one scope in the end."""
    region: str
    scope: str
    items: list


@dataclasses.dataclass
class Down:
    """From just before a region was killed until it was ready again; `end` is `None` when it never was."""
    region: str
    start: float
    end: float | None = None


@dataclasses.dataclass
class Failure:
    """A request that came to nothing, or an internal error of a region."""
    region: str
    start: float
    end: float
    text: str
    is_internal: bool = False


KINDS = {kind.__name__: kind for kind in (Write, Read, Conflicts, Down, Failure)}


class History:
    """Records from many threads, kept in memory and in a file of JSON lines."""

    def __init__(self, path=None):
        self.records = []
        self.lock = threading.Lock()
        self.file = open(path, "w") if path else None

    def add(self, record):
        line = json.dumps({"is": type(record).__name__, **dataclasses.asdict(record)}) if self.file else ""
        with self.lock:
            self.records.append(record)
            if self.file:
                self.file.write(line + "\n")
        return record

    def of(self, kind):
        with self.lock:
            return [record for record in self.records if isinstance(record, kind)]

    def close(self):
        if self.file:
            self.file.close()

    @classmethod
    def load(cls, path):
        """A history that was kept in a file."""
        history = cls()
        with open(path) as lines:
            for line in lines:
                members = json.loads(line)
                history.records.append(KINDS[members.pop("is")](**members))
        return history
