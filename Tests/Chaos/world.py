"""What writers believe to exist. Regions may know less, or more."""
import collections
import dataclasses
import threading

# Writes after which a project is left in peace, so that lists fit on a page.
WRITES_PER_PROJECT = 120


@dataclasses.dataclass
class Person:
    name: str
    id: str
    token: str


@dataclasses.dataclass
class Project:
    id: str
    owner: Person
    models: dict = dataclasses.field(default_factory=dict)
    versions: dict = dataclasses.field(default_factory=dict)
    files: list = dataclasses.field(default_factory=list)
    deleted_models: list = dataclasses.field(default_factory=list)
    write_count: int = 0


class World:
    def __init__(self):
        self.lock = threading.Lock()
        self.people = []
        self.live = []
        # Projects that nobody writes to any more, deleted ones among them.
        self.old = []
        self.tokens = []
        self.counts = collections.Counter()

    def count(self, what):
        """How many of a thing were asked for, this one among them."""
        with self.lock:
            self.counts[what] += 1
            return self.counts[what]

    def open(self, project):
        with self.lock:
            self.live.append(project)

    def pick(self, random):
        """A project to write to; the newest ones are picked more often."""
        with self.lock:
            if not self.live:
                return None
            project = self.live[-1 - int(random.random() ** 2 * len(self.live))]
            project.write_count += 1
            if project.write_count >= WRITES_PER_PROJECT:
                self.live.remove(project)
                self.old.append(project)
            return project

    def pick_of(self, members, random):
        """One of a project's models, versions or files; `None` when there is none."""
        with self.lock:
            names = list(members)
        return names[-1 - int(random.random() ** 2 * len(names))] if names else None

    def pick_to_read(self, random):
        """Any project; those that are written to are picked more often."""
        with self.lock:
            group = self.live if self.live and (not self.old or random.random() < 0.85) else self.old
            return random.choice(group) if group else None

    def close(self, project):
        with self.lock:
            if project in self.live:
                self.live.remove(project)
                self.old.append(project)
