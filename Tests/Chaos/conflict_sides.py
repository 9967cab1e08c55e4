"""Which writes the sides of conflicts stand for, and what their regions knew when they made them."""
from history import UNKNOWN

# Times of operations are in whole milliseconds.
CLOCK_SECONDS = 0.005


def matches(write, conflict, value):
    """Whether `write` may be the one that a conflict shows as `value`."""
    entity, field = conflict["entity"], conflict["field"]
    if is_version(value):
        return any(name in (version(value), f"version/{UNKNOWN}") and which == "model"
                   and f"model/{model}" in (entity, f"model/{UNKNOWN}") for name, which, model in write.sets)
    if field == "deleted":
        return entity in write.deletes if value == "deleted" else write.kind == "model.keep" and write.note == entity
    if conflict["kind"] == "sameName":
        # Its sides are of several models, or people.
        wanted = "email" if entity.startswith("user/") else "name"
        return any(which == wanted and said == value for _, which, said in write.sets)
    if field == "model":
        value = value and value.removeprefix("model ")
    unknown = f"{entity.partition('/')[0]}/{UNKNOWN}"
    return any(name in (entity, unknown) and which == field and (as_shown(said) == value or said == UNKNOWN)
               for name, which, said in write.sets)


def is_version(value):
    return value is not None and value.startswith("version ")


def version(value):
    return "version/" + value.removeprefix("version ")


def as_shown(value):
    """A value as conflicts have it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.lower() if value in ("PRIVATE", "PUBLIC") else value


def must_not_know(conflict, side, other):
    """Whether one side must have been written without knowledge of the other."""
    if conflict["kind"] == "deletedInUse":
        # What was written after a deletion that did not count may well know of it, and of other versions.
        return side["value"] == "deleted" and is_version(other["value"])
    return conflict["kind"] != "sameName"


def knew(timeline, conflict, write, other_side, other):
    """Whether the region of `write` is known to have had the other side's value before `write` began."""
    if other.is_ok and other.region == write.region and other.end < write.start:
        return True
    return any(read.region == write.region and read.end < write.start
               and shows(timeline, read, conflict, other_side["value"]) for read in timeline.reads)


def shows(timeline, read, conflict, value):
    """Whether the one write that a value can come from was there."""
    state = read.state or {}
    if conflict["kind"] == "diverged":
        return version(value) in state
    wanted = [conflict["entity"], conflict["field"], value]
    if conflict["kind"] == "deletedInUse":
        # What a deletion must have seen is that the version stands in the model, not just the version.
        wanted = [version(value), "model", conflict["entity"].removeprefix("model/")]
    elif conflict["kind"] != "edited" or value is None:
        return False
    entity, field, shown = wanted
    return sum(wanted in write.sets for write in timeline.writes) == 1 and state.get(entity, {}).get(field) == shown
