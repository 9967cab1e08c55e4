"""Holds regions to their targets: lag of a write, operations a second, convergence, bytes of a write, an office with an edge.

usage: bench_replication.py --programs DIRECTORY --data DIRECTORY [--objects N] [--samples N] [--operations N]
                            [--writes N] [--apart SECONDS] [--runs N] [--only PART]... [--no-tun] [--json FILE]

DIRECTORY of programs holds relay and wan, built from the C files beside this one; that of data keeps made-up projects
for the next time.

How it is measured. Two regions run on this machine, each of which reaches the other through a relay (network.py). At
the long link, one of them is in a network namespace of its own. What a region shows is what its API says. A figure has
its floor beside it where there is one, measured in the same run: half a round trip of the same link, the same rows
inserted by SQLite alone, the length of the operation. The load of the machine is printed as well.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE)]

import network  # noqa: E402
from report import Report  # noqa: E402
from replication_apply import apply  # noqa: E402
from replication_apart import convergence  # noqa: E402
from replication_bytes import wire  # noqa: E402
from replication_edges import edges  # noqa: E402
from replication_lag import lag  # noqa: E402

PARTS = {"lag": lag, "apply": apply, "convergence": convergence, "bytes": wire, "edges": edges}


class Bench:
    """What all parts share."""

    def __init__(self, options, folder):
        self.options, self.folder, self.report = options, folder, Report()
        self.what = None

    def directory(self, name):
        made = self.folder / name
        made.mkdir()
        return made

    def wide(self, delay, mbit):
        way = network.wide_area(self.options.programs, delay, mbit, not self.options.no_tun)
        self.what = way.what
        return way

    def near(self):
        return network.Relayed("near", self.options.programs / "relay")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, help="not used: every run makes its project up")
    parser.add_argument("--objects", type=int, default=100_000, help="of the upload that fills the link")
    parser.add_argument("--samples", type=int, default=100, help="writes on the idle link")
    parser.add_argument("--operations", type=int, default=10_000, help="of each kind that a new region catches up with")
    parser.add_argument("--writes", type=int, default=3_000, help="of each region while they are apart")
    parser.add_argument("--apart", type=float, default=60, help="seconds for which they are apart at least")
    parser.add_argument("--runs", type=int, default=3, help="of a region that catches up, and of each client of an edge")
    parser.add_argument("--no-tun", action="store_true", help="make the long link by a relay even where TUN is allowed")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    options.data.mkdir(parents=True, exist_ok=True)
    start, loads = time.monotonic(), {}
    with tempfile.TemporaryDirectory() as path:
        bench = Bench(options, pathlib.Path(path))
        for name, part in PARTS.items():
            if name in (options.only or PARTS):
                part(bench)
                loads[name] = os.getloadavg()[0]
    bench.report.show()
    if bench.what:
        print(f"The long link is {bench.what} ({network.congestion_control()}).")
    print("Load of the last minute after each part:", ", ".join(f"{name} {load:.1f}" for name, load in loads.items()))
    print(f"{time.monotonic() - start:.0f} s in all.")
    if options.json:
        bench.report.write(options.json, wideArea=bench.what, loads=loads)


if __name__ == "__main__":
    main()
