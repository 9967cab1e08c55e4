"""Rules about what is there: nothing that a region acknowledged or showed is gone without a reason."""
import collections

from history import SERVER, UNKNOWN, Write
from timeline import timelines


def check(history):
    ghosts = [write for write in history.of(Write) if write.scope is None and write.status == "maybe"]
    unknown_projects = []
    for timeline in timelines(history):
        if timeline.scope != SERVER and "project" not in timeline.made:
            unknown_projects.append(timeline.scope)
            continue
        yield from what_was_there_stays(timeline)
        yield from what_was_deleted_is_gone(timeline)
        yield from all_regions_have_all(timeline)
        yield from nothing_comes_from_nowhere(timeline)
    if len(unknown_projects) > len(ghosts):
        yield f"nobody made all of the projects {', '.join(unknown_projects)}"


def what_was_there_stays(timeline):
    """What a region acknowledged it shows at once, and what it showed once it goes on to show."""
    for region in timeline.regions:
        known = [(write.end, entity, f"{write.kind} was acknowledged")
                 for write in timeline.writes if write.is_ok and write.region == region for entity in write.creates]
        reads = [read for read in timeline.reads if read.region == region]
        seen = set()
        for read in reads:
            for entity in (read.state or {}).keys() - seen:
                seen.add(entity)
                known.append((read.end, entity, "it was shown"))
        known.sort(key=lambda item: item[0])
        present, position = {}, 0
        for read in reads:
            while position < len(known) and known[position][0] < read.start:
                present.setdefault(known[position][1], known[position][2])
                position += 1
            for entity in present.keys() - (read.state or {}).keys():
                if not timeline.may_be_gone(entity, read.end):
                    yield (f"{region} does not show {timeline.describe(entity)} at {read.start:.3f}, "
                           f"although {present[entity]} there before")


def what_was_deleted_is_gone(timeline):
    """All but models, which stay when somebody wrote to them at the same time."""
    deletes = collections.defaultdict(list)
    for write in timeline.writes:
        if write.is_ok:
            for entity in write.deletes:
                if not entity.startswith("model/"):
                    deletes[entity].append(write)
    for read in timeline.reads:
        for entity in deletes.keys() & (read.state or {}).keys():
            if any(read.final or (write.region == read.region and write.end < read.start) for write in deletes[entity]):
                yield f"{read.region} shows {timeline.describe(entity)} at {read.start:.3f} after it was deleted"


def all_regions_have_all(timeline):
    """In the end each region has what any region acknowledged or showed."""
    known = {entity for write in timeline.writes if write.is_ok for entity in write.creates}
    for read in timeline.reads:
        known |= (read.state or {}).keys()
    for read in timeline.reads:
        if read.final:
            for entity in sorted(known - (read.state or {}).keys()):
                if not timeline.may_be_gone(entity, read.end):
                    yield f"{read.region} lacks {timeline.describe(entity)} in the end"


def nothing_comes_from_nowhere(timeline):
    """What nobody was told of is accounted for by writes whose answer was lost."""
    seen = {entity for read in timeline.reads for entity in read.state or {}}
    strangers = collections.Counter(entity.partition("/")[0] for entity in seen - timeline.made)
    lost = collections.Counter(
        entity.partition("/")[0] for write in timeline.writes for entity in write.creates if entity.endswith(UNKNOWN))
    for kind, count in sorted(strangers.items()):
        if count > lost[kind]:
            yield f"{timeline.scope} has {count} of {kind} that nobody was told of, but only {lost[kind]} may be so"
