"""What a run says: progress on a terminal, and in the end a table, or what is wrong."""
import collections
import sys
import time

from history import Down, Read, Write

START = time.monotonic()
PROBLEMS_SHOWN_MAX = 20


def tick(text):
    """One line that the next one replaces; on terminals only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{time.monotonic() - START:6.0f} s  {text}")
        sys.stderr.flush()


def progress(run):
    writes = sum(write.is_ok for write in run.history.of(Write))
    up = ", ".join(region.name for region in run.regions.up())
    tick(f"{writes} writes, {len(run.history.of(Down))} kills; up: {up}")


def conflicts(all_shown):
    """How many conflicts of each kind there are in the end."""
    whole = next(iter(all_shown.values()))
    return collections.Counter(item["kind"] for items in whole["conflicts"].values() for item in items)


def listed(counts):
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def result(run):
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    writes = run.history.of(Write)
    statuses = collections.Counter(write.status for write in writes)
    kinds = collections.Counter(write.kind for write in writes if write.is_ok)
    links = run.regions.links
    half_open = sorted(kept for link in links.links.values() for kept in link.half_open_seconds)
    rows = [
        ("writes acknowledged", f"{statuses['ok']} (and {statuses['refused']} refused, "
                                f"{statuses['maybe']} without an answer)"),
        ("by kind", listed(kinds)),
        ("reads", len(run.history.of(Read))),
        ("kills", listed({region.name: region.kill_count for region in run.regions})),
        ("faults of links", listed(collections.Counter(
            event.kind for event in run.schedule.events if event.kind != "kill"))),
        ("connections", f"{links.total('connection_count')}, of which {links.total('cut_count')} were cut, "
                        f"{len(half_open)} half open for at most {max(half_open, default=0):.0f} s"),
        ("bytes between regions", f"{links.total('byte_count'):,}"),
        ("open conflicts", listed(run.figures.get("conflicts", {}))),
        ("equal after", f"{run.figures.get('convergence', float('nan')):.1f} s"),
        ("compared byte by byte", f"{run.figures.get('compared', 0)} versions and files"),
        ("seconds in all", f"{run.figures.get('seconds', 0):.0f}"),
    ]
    print()
    for name, value in rows:
        print(f"{name:22} {value}")
    if not run.problems:
        print("All is well.")
        return
    print(f"\nThe run with the seed {run.seed} found {len(run.problems)} problems:")
    for problem in run.problems[:PROBLEMS_SHOWN_MAX]:
        print(f"  {problem}")
    print(f"Logs, data and history are in {run.folder}.")
    print(f"Again: CHAOS_SECONDS={run.seconds:g} CHAOS_SEED={run.seed} make chaos")
