"""The table that benchmarks print: what was measured, its target, and whether it is met."""
import dataclasses
import json

from peers import log


@dataclasses.dataclass
class Line:
    part: str
    what: str
    measured: str
    target: str
    passed: bool | None
    value: float | None
    detail: str


class Report:
    """Lines of the table. A line without a target only informs. `raw` holds what they were made from."""

    def __init__(self):
        self.lines, self.part, self.raw = [], "", {}

    def keep(self, **figures):
        self.raw.setdefault(self.part, {}).update(figures)

    def begin(self, part):
        self.part = part
        log(f"-- {part}")

    def at_least(self, what, value, target, show="{:.1f}x", detail=""):
        self.add(what, show.format(value), ">= " + show.format(target), value >= target, value, detail)

    def times_fewer(self, what, theirs, ours, target, detail=""):
        """For what a peer needs `target` times of; shown as our share."""
        value = theirs / ours
        self.add(what, f"1/{value:.1f}", f"<= 1/{target}", value >= target, value, detail)

    def at_most(self, what, value, target, show="{:,.0f}", detail=""):
        self.add(what, show.format(value), "<= " + show.format(target), value <= target, value, detail)

    def inform(self, what, value, show, detail=""):
        self.add(what, show.format(value), "", None, value, detail)

    def skip(self, what, target, why):
        self.add(what, "-", target, None, None, why)

    def add(self, what, measured, target, passed, value, detail):
        self.lines.append(Line(self.part, what, measured, target, passed, value, detail))
        log(f"   {what}: {measured} ({target}) {detail}")

    def show(self):
        part = None
        print(f"\n{'':<54}{'measured':>10}   target")
        for line in self.lines:
            if line.part != part:
                part = line.part
                print(f"\n{part}")
            verdict = {True: "pass", False: "FAIL", None: "" if line.measured != "-" else "skip"}[line.passed]
            print(f"  {line.what:<52}{line.measured:>10}   {line.target:<13}{verdict:<6}{line.detail}".rstrip())
        held = [line.passed for line in self.lines if line.passed is not None]
        print(f"\n{sum(held)} of {len(held)} targets are met")

    def write(self, path, **about):
        """All of it as JSON, with what else is to be known of the run."""
        lines = [dataclasses.asdict(line) for line in self.lines]
        path.write_text(json.dumps(about | {"lines": lines, "raw": self.raw}, indent=2))


def megabytes(count):
    return f"{count / 1e6:.3f} MB" if count < 1e6 else f"{count / 1e6:.1f} MB"
