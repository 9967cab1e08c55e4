"""Rules about conflicts: the same in all regions, each of writes that were made and did not know of each other."""
import collections
import datetime

import conflict_sides
from conflict_sides import CLOCK_SECONDS
from history import SERVER
from timeline import final_conflicts, timelines

# Two writes of one region know of each other, so these need as many regions as sides.
OF_REGIONS = {"edited", "restricted", "diverged"}


def check(history):
    conflicts = final_conflicts(history)
    known = {timeline.scope: timeline for timeline in timelines(history)}
    for scope in sorted({scope for scope, _ in conflicts}):
        lists = {region: items for (of, region), items in conflicts.items() if of == scope}
        yield from they_are_the_same(scope, lists)
        timeline = known.get(scope)
        if timeline is None or (scope != SERVER and "project" not in timeline.made):
            continue
        items = next(iter(lists.values()))
        for conflict in items:
            yield from it_is_between_regions(timeline, conflict)
            yield from it_stands_for_writes(timeline, conflict)
        yield from models_that_stay_say_why(timeline, items)


def they_are_the_same(scope, lists):
    by_id = {region: {item["id"]: item for item in items} for region, items in lists.items()}
    first, *others = sorted(by_id)
    for other in others:
        for identity in sorted(by_id[first].keys() ^ by_id[other].keys()):
            has, lacks = (first, other) if identity in by_id[first] else (other, first)
            yield f"{has} lists the conflict {identity} of {scope}, {lacks} does not"
        for identity in sorted(by_id[first].keys() & by_id[other].keys()):
            if by_id[first][identity] != by_id[other][identity]:
                yield f"the conflict {identity} of {scope} differs between {first} and {other}"


def title(timeline, conflict):
    return f"the conflict {conflict['id']} ({conflict['kind']}) of {timeline.describe(conflict['entity'])}"


def it_is_between_regions(timeline, conflict):
    kind, sides = conflict["kind"], conflict["sides"]
    regions, values = {side["region"] for side in sides}, {side["value"] for side in sides}
    if len(sides) < 2:
        yield f"{title(timeline, conflict)} has {len(sides)} sides"
    elif kind in OF_REGIONS and len(regions) < len(sides):
        yield f"{title(timeline, conflict)} has two sides of one region"
    elif kind in ("edited", "restricted") and len(values) < 2:
        yield f"{title(timeline, conflict)} has one value only"
    elif kind == "deletedInUse" and "deleted" not in values:
        yield f"{title(timeline, conflict)} has no deletion"
    elif kind == "sameName" and len(regions) < 2 and not any(
            entity.startswith("model/") for write in timeline.writes for entity in write.deletes):
        # A model that comes back, since its deletion did not count, may meet another one of its own region.
        yield f"{title(timeline, conflict)} is within one region"


def it_stands_for_writes(timeline, conflict):
    found = [(side, writes_of(timeline, conflict, side)) for side in conflict["sides"]]
    for side, writes in found:
        if not writes:
            yield (f"{title(timeline, conflict)} has a side that nobody wrote: "
                   f"{side['value']!r} in {side['region']} at {side['at']}")
    for side, writes in found:
        for other, others in found:
            if side is other or len(writes) != 1 or len(others) != 1:
                continue
            if conflict_sides.must_not_know(conflict, side, other) and conflict_sides.knew(
                    timeline, conflict, writes[0], other, others[0]):
                yield (f"{title(timeline, conflict)}: {side['region']} knew of {other['value']!r} when it wrote "
                       f"{side['value']!r}")


def writes_of(timeline, conflict, side):
    """The writes that a side may stand for."""
    at = datetime.datetime.fromisoformat(side["at"].replace("Z", "+00:00")).timestamp()
    return [write for write in timeline.writes
            if write.region == side["region"] and write.start - CLOCK_SECONDS <= at <= write.until + CLOCK_SECONDS
            and conflict_sides.matches(write, conflict, side["value"])]


def models_that_stay_say_why(timeline, conflicts):
    """A model that is there although its deletion was acknowledged is in a conflict, or somebody decided to keep it."""
    told = {conflict["entity"] for conflict in conflicts if conflict["kind"] == "deletedInUse"}
    kept = {write.note for write in timeline.writes if write.kind == "model.keep"}
    present = collections.ChainMap(*(read.state or {} for read in timeline.reads if read.final))
    for write in timeline.writes:
        for entity in write.deletes if write.is_ok else ():
            if entity.startswith("model/") and entity in present and entity not in told | kept:
                yield f"{timeline.describe(entity)} was deleted in {write.region}, and stays without a conflict"
