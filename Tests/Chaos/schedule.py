"""What goes wrong when: drawn from a seed, so that a run can be repeated."""
import dataclasses
import random

from proxy import BOTH, TO_SOURCE, TO_TARGET, Fault

KINDS = ("delay", "throttle", "cut", "cut", "stall", "half-open", "refused", "partition", "partial", "one-way")
WAYS = {TO_TARGET: "towards the target", TO_SOURCE: "towards the source"}
# The longest fault; connections that are silent for 45 s are given up by themselves.
FAULT_SECONDS_MAX = 25


@dataclasses.dataclass
class Event:
    at: float
    kind: str
    text: str
    # Links that it is about, as (source, target), or the region that is killed.
    links: tuple = ()
    region: str = ""
    seconds: float = 0
    fault: Fault | None = None
    # For cuts and half-open connections.
    arguments: tuple = ()
    # A region that is killed again, so long after it was started.
    again: float | None = None

    def __str__(self):
        return f"{self.at:7.1f} s  {self.text}"


class Schedule:
    """Faults of links and deaths of regions within `seconds`, in the order of time."""

    def __init__(self, seed, seconds, names):
        self.random = random.Random(f"{seed}/schedule")
        self.seconds = seconds
        self.names = names
        self.pairs = [(a, b) for a in names for b in names if a != b]
        self.events = sorted(self._faults() + self._deaths(), key=lambda event: event.at)

    def _span(self, shortest, longest):
        longest = min(longest, FAULT_SECONDS_MAX, max(shortest, self.seconds / 5))
        return round(shortest + (longest - shortest) * self.random.random() ** 2, 1)

    def _deaths(self):
        """Kills at random moments; no region is killed while it is down."""
        mean = 5 if self.seconds <= 60 else 20
        at, events, free = 1.0, [], dict.fromkeys(self.names, 0.0)
        while True:
            at += self.random.uniform(0.3, 1.7) * mean
            if at > self.seconds - 1:
                return events
            alive = [name for name in self.names if free[name] <= at]
            if not alive:
                continue
            region = self.random.choice(alive)
            down = self._span(0.1, 12)
            again = round(self.random.uniform(0.02, 0.4), 2) if self.random.random() < 0.2 else None
            free[region] = at + down + 4
            text = f"kill -9 {region}, for {down} s" + (f", and again {again} s after its start" if again else "")
            events.append(Event(round(at, 1), "kill", text, region=region, seconds=down, again=again))

    def _faults(self):
        gaps = (0.4, 2.0) if self.seconds <= 60 else (1, 6)
        at, events, deck = 0.5, [], []
        while True:
            at += self.random.uniform(*gaps)
            if at > self.seconds - 1:
                return events
            if not deck:
                deck = self.random.sample(KINDS, len(KINDS))
            events.append(self._fault(round(at, 1), deck.pop()))

    def _fault(self, at, kind):
        if kind in ("partition", "partial", "one-way"):
            return self._partition(at, kind)
        pair = self.random.choice(self.pairs)
        direction = self.random.choice(BOTH)
        seconds = self._span(0.5, 20)
        name = "{}>{}".format(*pair)
        if kind == "delay":
            fault = Fault(delay=round(self.random.choice((0.03, 0.1, 0.4, 1.5)) * self.random.uniform(0.7, 1.3), 3))
            what = f"{name} delays by {fault.delay} s for {seconds} s"
        elif kind == "throttle":
            fault = Fault(rate=round(10 ** self.random.uniform(3.3, 5.3)), directions=(direction,))
            what = f"{name} passes {fault.rate} B/s {WAYS[direction]} for {seconds} s"
        elif kind == "stall":
            fault = Fault(stalls=True, directions=(direction,))
            what = f"{name} stalls {WAYS[direction]} for {seconds} s"
        elif kind == "refused":
            fault = Fault(refuses_dials=True)
            what = f"{name} refuses connections for {seconds} s, and is cut"
        else:
            return self._break(at, kind, pair, direction)
        arguments = (0, direction, True) if kind == "refused" else ()
        return Event(at, kind, what, (pair,), seconds=seconds, fault=fault, arguments=arguments)

    def _break(self, at, kind, pair, direction):
        """What happens to the connections that are open."""
        name = "{}>{}".format(*pair)
        if kind == "half-open":
            what = f"{name} is half open: only {pair[direction]} has it still"
            return Event(at, kind, what, (pair,), arguments=(direction,))
        byte_count = int(10 ** self.random.uniform(0, 5.7))
        resets = self.random.random() < 0.5
        what = f"{name} is cut after {byte_count} B {WAYS[direction]}" + (", by a reset" if resets else "")
        return Event(at, "cut", what, (pair,), arguments=(byte_count, direction, resets))

    def _partition(self, at, kind):
        """Connections stand still, and new ones come to nothing; afterwards both go on."""
        seconds = self._span(1, 25)
        fault = Fault(stalls=True, swallows_dials=True)
        if kind == "partition":
            alone = self.random.choice(self.names)
            pairs = tuple(pair for pair in self.pairs if alone in pair)
            what = f"{alone} is alone for {seconds} s"
        elif kind == "partial":
            a, b = self.random.choice(self.pairs)
            pairs = ((a, b), (b, a))
            what = f"{a} and {b} are apart for {seconds} s"
        else:
            a, b = self.random.choice(self.pairs)
            pairs = ((a, b),)
            what = f"{a} cannot reach {b} for {seconds} s, but is reached"
        return Event(at, kind, what, pairs, seconds=seconds, fault=fault)

    def apply(self, event, links):
        """Lets a fault of links begin."""
        if event.fault is not None:
            links.add(event.links, event.fault, event.seconds)
        if event.kind in ("cut", "refused"):
            links.each(event.links, "cut", *event.arguments)
        elif event.kind == "half-open":
            links.each(event.links, "half_open", *event.arguments)
