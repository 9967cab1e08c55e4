"""Rules about answers: a region that runs answers, and never by an internal error."""
import math

from history import Down, Failure, Write


def check(history):
    downs = history.of(Down)
    for failure in history.of(Failure):
        if failure.is_internal:
            yield f"{failure.region} answered by an internal error: {failure.text}"
        elif not any(down.region == failure.region and down.start <= failure.end
                     and failure.start <= (math.inf if down.end is None else down.end) for down in downs):
            yield f"{failure.region} did not answer at {failure.start:.3f} although it ran: {failure.text}"
    for write in history.of(Write):
        if write.is_ok and write.kind == "role.lost":
            yield f"{write.region} let the last owner of {write.scope} give up the role"
