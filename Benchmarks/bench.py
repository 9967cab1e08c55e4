"""Interleaved runs of the same job by Tiebeam and its peers; medians, ratios and the floor.

usage: bench.py --programs DIRECTORY [--objects N] [--models DIRECTORY] [--lines FILE]... [--runs N] [--json FILE]

A project of at least N objects (100,000 unless told; 0 for none) is made up. The IFC files of DIRECTORY, when there are
any, become a second project by Speckle's own importer. A FILE of `id TAB text` lines, root last, is a project too.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE)]

import network  # noqa: E402
import object_upload  # noqa: E402
import peers  # noqa: E402
import project as made_up  # noqa: E402
import revisions  # noqa: E402
import tiebeam_node  # noqa: E402
from peers import STRAIGHT, Floor, Git, Stream, Tiebeam, log, timed  # noqa: E402

def read_lines(path):
    with open(path, "rb") as file:
        return [(identity.decode(), text) for identity, text in (line.rstrip(b"\n").split(b"\t", 1) for line in file)]


def measure(name, objects, runs, programs):
    raw = sum(len(text) for _, text in objects)
    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        directory = pathlib.Path(path)
        idle = node.memory()
        token = node.register("bench@example.com")
        project = object_upload.create_project(node, token)
        log(f"{name}: loading {len(objects):,} objects, {raw / 1e6:.1f} MB")
        upload, _ = timed(lambda: object_upload.upload_all(node, project, token, (text for _, text in objects)))
        object_upload.create_version(
            node, token, project, object_upload.create_model(node, token, project), objects[-1][0])
        floor, ours = Floor(programs / "floor", objects, directory), Tiebeam(node, token, project, directory)
        stream = Stream(node, token, project, [identity for identity, _ in objects], directory)
        git, counted = Git(directory, "served").commit(objects), network.Relayed("counted", programs / "relay")
        try:
            git.serve()
            jobs, wire = [floor, ours, git, stream], {floor.name: floor.wire}
            log(f"{name}: counting bytes, then {runs} turns")
            for peer in jobs[1:]:  # this also warms the caches of all
                peer.clear()
                wire[peer.name], _ = counted.count(lambda: peer.cold(counted))
            seconds = peers.medians(peers.cold_runs(jobs, runs))
            ours.clear()
            ours.cold(STRAIGHT)
            pulls = [timed(lambda: ours.update(STRAIGHT))[0] for _ in range(runs)]
        finally:
            git.stop()
            counted.stop()
        served = node.memory("VmHWM")
        sending, receiving = (
            peers.specklepy_times(node, token, objects) if len(objects) <= 120_000 else (None, None))
        return {
            "name": name, "objects": len(objects), "rawBytes": raw, "uploadSeconds": upload, "seconds": seconds,
            "wireBytes": wire, "pullSeconds": statistics.median(pulls),
            "pullFrameBytes": ours.figures["frameBytesReceived"] + ours.figures["frameBytesSent"],
            "pullRoundTrips": ours.figures["roundTrips"], "idleBytes": idle, "servingBytes": served,
            "specklepySendSeconds": sending, "specklepyReceiveSeconds": receiving}


def show(result):
    seconds, wire = result["seconds"], result["wireBytes"]
    ours, bytes_ours = seconds["tiebeam"], wire["tiebeam"]
    print(f"\n{result['name']}: {result['objects']:,} objects, {result['rawBytes'] / 1e6:.1f} MB raw; "
          f"loaded over HTTP in {result['uploadSeconds']:.1f} s\n")
    print(f"  {'cold, verified where it can be':<32}{'seconds':>9}{'x ours':>8}{'wire MB':>10}{'x ours':>8}")
    for job, value in seconds.items():
        print(f"  {job:<32}{value:>9.3f}{value / ours:>8.2f}{wire[job] / 1e6:>10.2f}{wire[job] / bytes_ours:>8.2f}")
    print(f"\n  ours is {ours / seconds['floor']:.2f} x the floor; {seconds['git'] / ours:.1f} x as fast as git with "
          f"{bytes_ours / wire['git']:.2f} x its bytes; {seconds['HTTP'] / ours:.1f} x as fast as HTTP")
    print(f"  pull with nothing new: {result['pullFrameBytes']} bytes, {result['pullRoundTrips']} round trip, "
          f"{result['pullSeconds'] * 1000:.0f} ms for the whole command")
    if result["specklepySendSeconds"]:
        print(f"  specklepy: send {result['specklepySendSeconds']:.1f} s, "
              f"receive {result['specklepyReceiveSeconds']:.1f} s")
    print(f"  memory of the node: {result['idleBytes'] / 2**20:.0f} MiB idle, at most "
          f"{result['servingBytes'] / 2**20:.0f} MiB while loading and serving")


def projects(options):
    if options.objects:
        yield "made-up building", made_up.objects(options.objects)
    models = sorted(options.models.glob("*.ifc")) if options.models else []
    if models:
        yield f"{len(models)} real models", revisions.convert(models)
    for path in options.lines:
        yield pathlib.Path(path).name, read_lines(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, help="not used: every run makes its project up")
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--models", type=pathlib.Path)
    parser.add_argument("--lines", action="append", default=[])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    results = []
    for name, objects in projects(options):
        results.append(measure(name, objects, options.runs, options.programs))
        show(results[-1])
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
