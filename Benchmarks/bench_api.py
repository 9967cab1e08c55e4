"""Holds the API to its targets: point queries, pages, raw objects up and down, memory, subscribers.

usage: bench_api.py --programs DIRECTORY --data DIRECTORY [--objects N] [--runs N] [--seconds N] [--subscribers N]
                    [--only PART]... [--json FILE]

DIRECTORY of programs holds load and http_floor, built from the C files beside this one; that of data keeps made-up
projects for the next time.

How it is measured. Everything asks with a token, as clients do, over loopback without TLS, on a node with one project of N
objects in 50 models of ten versions. Clients, node and floor share the machine's processors; what a client needs of them
is printed. Runs of the node and of its floor are interleaved and medians compared, since only ratios mean anything on a
shared machine. The floor (http_floor.c) answers the same requests with the same bytes from memory, puts the same bytes
away hashed and compressed, and tells the same message to as many; it checks nothing.

"Per core" is per second of processor time that the node used, all of its threads together. What counts as raw bytes is the
JSON of objects as it is uploaded, and the answer as it is decompressed. Half load is a half of the rate that was reached,
kept whatever the server does; latencies count from when a request was due (load.c).
"""
import argparse
import os
import pathlib
import resource
import sys
import tempfile
import time

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import revisions  # noqa: E402
import tiebeam_node  # noqa: E402
from api_memory import memory  # noqa: E402
from api_queries import pages, queries  # noqa: E402
from api_subscribers import subscribers  # noqa: E402
from api_transfers import download, upload  # noqa: E402
from peers import log  # noqa: E402
from report import Report  # noqa: E402

PARTS = {"queries": queries, "pages": pages, "upload": upload, "download": download, "memory": memory,
         "subscribers": subscribers}
MODELS, VERSIONS = 50, 10
# The node, its clients and the floor hold that many sockets each, and some files.
FILES = 256


class Bench:
    """What all parts share: the node with one project."""

    def __init__(self, options, folder, node):
        self.options, self.folder, self.node, self.report = options, folder, node, Report()
        self.number, self.revision = 0, None

    def directory(self):
        self.number += 1
        made = self.folder / str(self.number)
        made.mkdir()
        return made

    def prepare(self):
        self.revision = revisions.generated(self.options.data, self.options.objects)
        self.texts = [text for _, text in self.revision.objects()]
        self.size = sum(map(len, self.texts))
        log(f"loading {len(self.texts):,} objects, {self.size / 1e6:.0f} MB, {MODELS} models of {VERSIONS} versions")
        node, roots = self.node, self.revision.roots
        self.token = node.register("bench@example.com")
        self.project = object_upload.create_project(node, self.token)
        object_upload.upload_all(node, self.project, self.token, self.texts)
        self.models = [object_upload.create_model(node, self.token, self.project, f"building {number}")
                       for number in range(MODELS)]
        self.versions = [object_upload.create_version(node, self.token, self.project, model, roots[number % len(roots)])
                         for model in self.models for number in range(VERSIONS)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, help="not used: every run makes its project up")
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of each run of queries")
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    options.data.mkdir(parents=True, exist_ok=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 2 * options.subscribers + FILES), most))
    start, loads = time.monotonic(), {}
    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        bench = Bench(options, pathlib.Path(path), node)
        bench.prepare()
        for name, part in PARTS.items():
            if name in (options.only or PARTS):
                part(bench)
                loads[name] = os.getloadavg()[0]
    bench.report.show()
    print("Load of the last minute after each part:", ", ".join(f"{name} {load:.1f}" for name, load in loads.items()))
    print(f"{time.monotonic() - start:.0f} s in all.")
    if options.json:
        bench.report.write(options.json, loads=loads)


if __name__ == "__main__":
    main()
