"""Rules about values: a region never shows what nobody wrote, nor again what was written over with knowledge of it."""
import collections
import math
import re

from history import SERVER, UNKNOWN
from timeline import timelines

# Of these the most restrictive value holds, not the last.
RESTRICTED = {"visibility", "allowPublicComments", "role"}
# Times of operations are in whole milliseconds.
CLOCK_SECONDS = 0.005


class Field:
    """All that is known of one field: who wrote which value, and where it was shown."""

    def __init__(self, entity, name):
        self.entity, self.name = entity, name
        self.writes = collections.defaultdict(list)
        # (start, end, region, value, is final)
        self.shown = []

    def written(self, value):
        """The value by its writer's name: behind a model's name may be a number that tells it from others."""
        if value not in self.writes and self.name == "name" and isinstance(value, str):
            plain = re.sub(r" \(\d+\)$", "", value)
            if plain in self.writes:
                return plain
        return value

    def only_write(self, value):
        """The one write of a value; `None` when several wrote it."""
        writes = self.writes.get(value, ())
        return writes[0] if len(writes) == 1 else None

    def first_sights(self):
        """Of each (region, value), from when on the region is known to have had it."""
        sights = collections.defaultdict(lambda: math.inf)
        for value, writes in self.writes.items():
            for write in writes:
                if write.is_ok:
                    sights[write.region, value] = min(sights[write.region, value], write.end)
        for _, end, region, value, _ in self.shown:
            sights[region, value] = min(sights[region, value], end)
        return sights


def fields(timeline):
    found = {}
    for write in timeline.writes:
        for entity, name, value in write.sets:
            if not entity.endswith(UNKNOWN) and value != UNKNOWN:
                found.setdefault((entity, name), Field(entity, name)).writes[value].append(write)
    for read in timeline.reads:
        for entity, members in (read.state or {}).items():
            for name, value in members.items():
                field = found.get((entity, name))
                if field is not None:
                    field.shown.append((read.start, read.end, read.region, field.written(value), read.final))
    return found.values()


def check(history):
    for timeline in timelines(history):
        if timeline.scope != SERVER and "project" not in timeline.made:
            continue
        for field in fields(timeline):
            yield from every_value_was_written(timeline, field)
            yield from nothing_comes_back(timeline, field)
            if field.name not in RESTRICTED:
                yield from the_last_write_is_shown(timeline, field)


def every_value_was_written(timeline, field):
    is_complete = any(field.entity in write.creates for writes in field.writes.values() for write in writes)
    may_be_anything = field.name == "model" and f"model/{UNKNOWN}" in timeline.homes[field.entity]
    if not is_complete or may_be_anything:
        return
    for start, end, region, value, _ in field.shown:
        if not any(write.start <= end for write in field.writes.get(value, ())):
            yield f"{region} shows {value!r} as {field.name} of {timeline.describe(field.entity)}, which nobody wrote"


def nothing_comes_back(timeline, field):
    """A value that a writer's region had is over wherever that write arrived."""
    sights = field.first_sights()
    for new, writes in field.writes.items():
        write = field.only_write(new)
        if write is None:
            continue
        over = {old for old in field.writes
                if old != new and field.only_write(old) and sights[write.region, old] < write.start}
        if not over:
            continue
        for start, _, region, value, _ in field.shown:
            if value in over and sights[region, new] < start:
                yield (f"{region} shows {value!r} as {field.name} of {timeline.describe(field.entity)} at {start:.3f}, "
                       f"although it had {new!r}, which was written over it")


def the_last_write_is_shown(timeline, field):
    """Clocks of regions on one machine are one clock, so what was over before another write began is not the latest."""
    acknowledged = [(write.start, value) for value, writes in field.writes.items() for write in writes if write.is_ok]
    for _, _, region, value, is_final in field.shown:
        writes = field.writes.get(value, ())
        if not is_final or not writes:
            continue
        end = max(write.until for write in writes) + CLOCK_SECONDS
        later = [other for start, other in acknowledged if start > end and other != value]
        if later:
            yield (f"{region} shows {value!r} as {field.name} of {timeline.describe(field.entity)} in the end; "
                   f"the later write of {later[-1]!r} is lost")
