"""A history, arranged by what rules ask for."""
import collections
import math

from history import UNKNOWN, Conflicts, Read, Write


class Timeline:
    """The writes and reads of one scope: a project, or the people of the server."""

    def __init__(self, scope, writes, reads):
        self.scope = scope
        self.writes = [write for write in writes if write.status != "refused"]
        self.refused = [write for write in writes if write.status == "refused"]
        self.reads = sorted(reads, key=lambda read: read.start)
        self.regions = sorted({record.region for record in [*writes, *reads]})
        self.made = {entity for write in self.writes for entity in write.creates}
        self.homes = self._homes()
        self._first_deletes = self._deletes()

    def _homes(self):
        """Of each version, all models that it may have been in."""
        homes = collections.defaultdict(set)
        for write in self.writes:
            for entity, field, value in write.sets:
                if field == "model":
                    homes[entity].add(f"model/{value}")
        for read in self.reads:
            for entity, fields in (read.state or {}).items():
                if "model" in fields:
                    homes[entity].add(f"model/{fields['model']}")
        return homes

    def _deletes(self):
        """Of each entity, when its first deletion was asked for."""
        deletes = {}
        for write in self.writes:
            for entity in write.deletes:
                deletes[entity] = min(write.start, deletes.get(entity, math.inf))
        return deletes

    def may_be_gone(self, entity, before):
        """Whether something that was asked for before then explains that the entity is not there."""
        reasons = {entity, "project"}
        homes = self.homes[entity] if entity.startswith("version/") else set()
        if f"model/{UNKNOWN}" in homes:
            reasons |= {other for other in self._first_deletes if other.startswith("model/")}
        return any(self._first_deletes.get(reason, math.inf) < before for reason in reasons | homes)

    def describe(self, entity):
        return f"{entity} of {self.scope}"


def timelines(history):
    """A timeline for each scope that has an id."""
    writes, reads = collections.defaultdict(list), collections.defaultdict(list)
    for record in history.of(Write):
        if record.scope is not None:
            writes[record.scope].append(record)
    for record in history.of(Read):
        reads[record.scope].append(record)
    return [Timeline(scope, writes[scope], reads[scope]) for scope in sorted(writes.keys() | reads.keys())]


def final_conflicts(history):
    """(scope, region) and its list of conflicts in the end."""
    return {(record.scope, record.region): record.items for record in history.of(Conflicts)}
