"""Holds sync to its targets: cold clones, updates, no-ops, long links, cuts, pushes, the cost of serving.

usage: bench_sync.py --programs DIRECTORY --data DIRECTORY [--objects N] [--runs N] [--models DIRECTORY] [--large]
                     [--only PART]... [--no-tun] [--json FILE]

DIRECTORY of programs holds floor, relay and wan, built from the C files beside this one; that of data keeps made-up
projects for the next time; IFC files geelen-v*.ifc in that of models are revisions of one real model.

How it is measured. Runs of all peers are interleaved and medians compared, since only ratios mean anything on a shared
machine. Times are of whole commands, started straight at the servers; bytes are counted on the socket in runs of their
own (network.py). Ours has TLS, verifies every object and syncs it to disk; git syncs its packs but has no TLS; curl,
rsync and the floor have no TLS, and the first two do not sync. The server of git repacks afresh after each commit.

git is measured with and without bitmaps on its server, and each line takes what is better for git.

An update is one commit, or one version for each model whose root changed, published over HTTP as a connector would.
Every repeat starts from a copy of the same clone. HTTP is told the ids of exactly the new objects, which cost a real
client requests; its bytes are those of this node's answer or of one gzip -6 stream of the same lines, what Speckle's
own server sends, whichever are fewer. Turns at the socket are counted beside the round trips that the program reports.
"""
import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
import zlib

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE.parent / "Tests" / "Conformance" / "sync"), str(HERE)]

import network  # noqa: E402
import object_upload  # noqa: E402
import peers  # noqa: E402
import revisions  # noqa: E402
import tiebeam_client  # noqa: E402
import tiebeam_node  # noqa: E402
from peers import STRAIGHT, Floor, Git, Rsync, Stream, Tiebeam, log, timed  # noqa: E402
from report import Report, megabytes  # noqa: E402

DELAY_MS, MBIT = 40, 50
KILLS = 20
CONNECTIONS = 8
MIB = 1 << 20


def best_of_git(figures):
    return min(figure for name, figure in figures.items() if name.startswith("git"))


def seconds_of(medians):
    return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items())


class Project:
    """A project on a node that goes from revision to revision, one model for each root."""

    def __init__(self, node, token, revision, name="Office"):
        self.node, self.token = node, token
        self.id = object_upload.create_project(node, token, name)
        self.models = [object_upload.create_model(node, token, self.id, f"model {number}")
                       for number in range(len(revision.roots))]
        self.roots = [None] * len(self.models)
        self.publish(revision, new=False)

    def publish(self, revision, new=True):
        objects = revision.objects(new)
        object_upload.upload_all(self.node, self.id, self.token, (text for _, text in objects))
        for number, root in enumerate(revision.roots):
            if root != self.roots[number]:
                object_upload.create_version(self.node, self.token, self.id, self.models[number], root)
        self.roots = revision.roots


class Bench:
    """What all parts share: the node, the ways to it, the first revision, and git's repository of it."""

    def __init__(self, options, directory, node):
        self.options, self.directory, self.node = options, directory, node
        self.report, self.data, self.programs = Report(), options.data, options.programs
        self.counted = network.Relayed("counted", self.programs / "relay")
        self.wide = network.wide_area(self.programs, DELAY_MS, MBIT, not options.no_tun)
        self.token = node.register("bench@example.com")
        self.projects, self.git = {}, None

    def prepare(self, revision):
        self.base = revision
        self.size = sum(len(text) for _, text in revision.objects())
        log(f"loading {len(revision.ids):,} objects, {self.size / 1e6:.0f} MB, into the node and git")
        self.projects["c"] = Project(self.node, self.token, revision)
        self.git = Git(self.directory, "base").commit(revision.objects())
        self.git.serve()
        # Also what later parts start from: only updates change the projects.
        self.ours = Tiebeam(self.node, self.token, self.projects["c"].id, self.directory)
        self.ours.keep(STRAIGHT, self.counted, self.wide)

    def stop(self):
        if self.git:
            self.git.stop()
        self.counted.stop()
        self.wide.stop()


# Cold -----------------------------------------------------------------------------------------------------------------
def cold(bench):
    report, runs = bench.report, bench.options.runs
    report.begin(f"Cold clone of {len(bench.base.ids):,} objects, {bench.size / 1e6:.0f} MB raw")
    floor = Floor(bench.programs / "floor", bench.base.objects(), bench.directory)
    stream = Stream(bench.node, bench.token, bench.projects["c"].id, bench.base.ids, bench.directory)
    rsync = Rsync(bench.base.objects(), bench.directory)
    quick = [floor, bench.ours, bench.git, stream]
    try:
        wire = {"floor": floor.wire}
        for peer in quick[1:]:  # this also warms the caches of all
            peer.clear()
            wire[peer.name] = bench.counted.count(lambda: peer.cold(bench.counted))[0]
        results, server, sent = {}, [], 0
        for _ in range(runs):
            for name, seconds in peers.cold_runs(quick, 1).items():
                results.setdefault(name, []).extend(seconds)
            server.append(bench.ours.server_seconds)
            sent = bench.ours.figures["wireBytesReceived"] + bench.ours.figures["wireBytesSent"]
        results |= peers.cold_runs([rsync], bench.options.rsync_runs)
    finally:
        rsync.stop()
    medians = peers.medians(results)
    report.keep(seconds=results, wireBytes=wire, serverSeconds=server)
    cold_lines(report, medians, wire, floor, bench)
    report.at_most("processor of the sender at 1 Gbit/s", statistics.fmean(server) / (sent * 8) * 1e9, 0.2, "{:.0%}",
                   f"of a core, TLS included; {statistics.fmean(server):.3f} s for {megabytes(sent)}")
    for peer in quick + [rsync]:
        peer.clear()


def cold_lines(report, medians, wire, floor, bench):
    ours = medians["tiebeam"]
    report.at_least("share of the floor's speed", medians["floor"] / ours, 0.6, "{:.0%}",
                    f"tiebeam {ours:.3f} s, floor {medians['floor']:.3f} s")
    for name, target, what in (("git", 4, "git"), ("rsync", 12, "rsync of files"), ("HTTP", 8, "HTTP object stream")):
        report.at_least(f"wall against {what}", medians[name] / ours, target, detail=f"{name} {medians[name]:.2f} s")
    pack = sum(path.stat().st_size for path in (bench.git.served / "objects" / "pack").glob("*.pack"))
    report.at_most("bytes against git's repacked pack", wire["tiebeam"] / pack, 0.6, "{:.2f}x",
                   f"tiebeam {megabytes(wire['tiebeam'])}, pack {megabytes(pack)}, HTTP {megabytes(wire['HTTP'])}")
    report.at_most("bytes against zstd -3 in 1 MiB blocks", wire["tiebeam"] / floor.wire, 1.1, "{:.2f}x",
                   megabytes(floor.wire))


# Updates --------------------------------------------------------------------------------------------------------------
def gzip_bytes(objects, ids):
    """One gzip -6 stream of the object stream's lines, and the request that names the ids."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, 31)
    size = sum(len(compressor.compress(b"%s\t%s\n" % (identity.encode(), text))) for identity, text in objects)
    return size + len(compressor.flush()) + len(json.dumps({"objectIds": ids}, separators=(",", ":")))


def count_http(bench, stream, revision):
    stream.clear()
    counted, _ = bench.counted.count(lambda: stream.cold(bench.counted))
    return min(counted, gzip_bytes(revision.objects(new=True), revision.new))


def edited(bench, kind, *options):
    """Publishes the next revision everywhere. Returns it and the peers that can fetch it: ours, git twice, HTTP."""
    revision = revisions.generated(bench.data, bench.options.objects, "--version", "1", "--edit", "0.01", *options,
                                   base=bench.base)
    if kind not in bench.projects:
        bench.projects[kind] = Project(bench.node, bench.token, bench.base)
    project = bench.projects[kind]
    ours = Tiebeam(bench.node, bench.token, project.id, bench.directory)
    if not ours.kept(bench.wide).exists():
        ours.keep(STRAIGHT, bench.counted, bench.wide)
    git = bench.git.branch_off(f"update-{kind}").commit(revision.objects(new=True))
    project.publish(revision)
    stream = Stream(bench.node, bench.token, project.id, revision.new, bench.directory)
    return revision, [ours, git, git.without_bitmaps(), stream]


def count_updates(bench, everybody):
    wire = {}
    for peer in everybody:
        peer.renew(bench.counted)
        wire[peer.name], _ = bench.counted.count(lambda: peer.update(bench.counted))
        if isinstance(peer, Tiebeam):
            tiebeam_node.run("verify", peer.copy)
    return wire


def update(bench, kind, name, options, git_target, http_target):
    report, runs = bench.report, bench.options.runs
    report.begin(f"Update, 1 % of the objects changed, {name}")
    revision, everybody = edited(bench, kind, *options)
    ours, git, _, stream = everybody
    wire = count_updates(bench, everybody[:3]) | {"HTTP": count_http(bench, stream, revision)}
    figures = ours.figures
    if figures["objects"] != len(revision.new):
        raise RuntimeError(f"the pull brought {figures['objects']} objects, not {len(revision.new)}")
    near = peers.update_runs(everybody, runs)
    far = peers.update_runs(everybody, bench.options.wide_runs, bench.wide)
    report.keep(wireBytes=wire, seconds=near, farSeconds=far, figures=figures, newObjects=len(revision.new))
    report.times_fewer("bytes against git fetch", best_of_git(wire), wire["tiebeam"], git_target,
                       f"tiebeam {megabytes(wire['tiebeam'])}, git {megabytes(wire['git'])}, "
                       f"without bitmaps {megabytes(wire['git without bitmaps'])}")
    report.times_fewer("bytes against gzip HTTP", wire["HTTP"], wire["tiebeam"], http_target,
                       f"HTTP {megabytes(wire['HTTP'])}; {len(revision.new):,} new objects")
    near, far = peers.medians(near), peers.medians(far)
    report.at_least("wall against git fetch", best_of_git(near) / near["tiebeam"], 6, detail=seconds_of(near))
    link = f"{2 * DELAY_MS} ms, {MBIT} Mbit/s: wall against"
    report.at_least(f"{link} git", best_of_git(far) / far["tiebeam"], 5, detail=seconds_of(far))
    report.at_least(f"{link} HTTP", far["HTTP"] / far["tiebeam"], 5)
    return ours, git


def nothing_new(bench, ours, git):
    """A pull of what is already there."""
    bench.report.begin("Nothing new")
    wire, turns, seconds = {}, {}, {}
    for peer in (ours, git):
        for way in (bench.counted, STRAIGHT):
            peer.renew(way)
            peer.update(way)
            if way is bench.counted:
                wire[peer.name], turns[peer.name] = way.count(lambda: peer.update(way))
        runs = [timed(lambda: peer.update(STRAIGHT))[0] for _ in range(bench.options.runs)]
        seconds[peer.name] = statistics.median(runs)
    bench.report.keep(wireBytes=wire, turns=turns, seconds=seconds, figures=ours.figures)
    figures = ours.figures
    frames = figures["frameBytesReceived"] + figures["frameBytesSent"]
    bench.report.at_most("bytes of frames", frames, 200,
                         detail=f"{wire['tiebeam']:,} on the socket with TLS's set-up, git {wire['git']:,}")
    bench.report.at_most("round trips", figures["roundTrips"], 1,
                         detail=f"{turns['tiebeam']} turns at the socket with TLS's and the goodbye; "
                                f"{seconds_of(seconds)}")


def updates(bench):
    ours, git = update(bench, "c", "in one model", ("--touch", "1"), 20, 12)
    nothing_new(bench, ours, git)
    update(bench, "s", "scattered over all", (), 15, 12)


# Real models ----------------------------------------------------------------------------------------------------------
def real(bench):
    models = sorted(bench.options.models.glob("geelen-v*.ifc")) if bench.options.models else []
    bench.report.begin("Next revision of a real model")
    if len(models) < 2:
        bench.report.skip("bytes against gzip HTTP", "<= 1/20", "no geelen-v*.ifc in --models")
        return
    before = revisions.imported(bench.data, models[0])
    project = Project(bench.node, bench.token, before, "Real")
    ours = Tiebeam(bench.node, bench.token, project.id, bench.directory)
    ours.keep(bench.counted)
    ours.renew(bench.counted)
    for model in models[1:]:
        revision = revisions.imported(bench.data, model, base=before)
        project.publish(revision)
        http = count_http(bench, Stream(bench.node, bench.token, project.id, revision.new, bench.directory), revision)
        wire, _ = bench.counted.count(lambda: ours.update(bench.counted))
        tiebeam_node.run("verify", ours.copy)
        frames = ours.figures["frameBytesReceived"] + ours.figures["frameBytesSent"]
        bench.report.keep(**{model.stem: {"wireBytes": wire, "frameBytes": frames, "httpBytes": http}})
        bench.report.times_fewer(
            f"{model.stem}: bytes against gzip HTTP", http, wire, 20,
            f"tiebeam {megabytes(wire)}, {megabytes(wire - frames)} of it TLS; HTTP {megabytes(http)}; "
            f"{len(revision.new):,} of {len(revision.ids):,} objects are new")
        before = revision


# What is missing ------------------------------------------------------------------------------------------------------
def edge(bench):
    """An edge that holds a random 30 %: what it takes to say so, against naming the ids of the other 70 %.

    The program has no edge cache yet, so the independent client asks; the node leaves out what is held."""
    bench.report.begin("Knowing what is missing")
    host, port = STRAIGHT.reach(bench.ours.port)
    connection = tiebeam_client.Connection(host, port, bench.token, bench.node.node_id)
    with tempfile.TemporaryDirectory() as folder:
        bench.ours.clear()
        bench.ours.clone(STRAIGHT, bench.ours.copy, [])
        cursor = cursor_of(bench.ours.copy)
        held = random_ordinals(cursor["nextOrdinal"], 0.3)
        fetch = tiebeam_client.Fetch(
            connection, tiebeam_client.Replica(folder).open(), bench.ours.project, accepted=0,
            held={"epoch": cursor["epoch"], "chunks": held["chunks"]})
        request = len(connection.encode("FETCH", fetch.request, 1, 1))
        received = fetch.run()["objects"]
    connection.close()
    lacking = cursor["nextOrdinal"] - held["count"]
    if received != lacking:
        raise RuntimeError(f"{received} objects came, {lacking} were missing")
    ids = len(json.dumps({"objectIds": (bench.base.ids * 2)[:lacking]}, separators=(",", ":")))
    bench.report.times_fewer("request of an edge that holds 30 %", ids, request, 100,
                             f"{request:,} bytes, ids {ids:,}, {lacking:,} objects come")


def cursor_of(copy):
    with contextlib.closing(sqlite3.connect(copy / "tiebeam.sqlite")) as database:
        epoch, ordinal = database.execute("SELECT epoch, next_ordinal FROM mirrors").fetchone()
    return {"epoch": (epoch % (1 << 64)).to_bytes(8, "big").hex(), "nextOrdinal": ordinal}


def random_ordinals(count, share):
    """Chunks of bits (Spec 5.6) of a random share of the ordinals below `count`."""
    dice, chunks, total = random.Random(1), [], 0
    for number in range(0, (count + 65_535) // 65_536):
        ordinals = [n for n in range(min(65_536, count - 65_536 * number)) if dice.random() < share]
        bits = bytearray(ordinals[-1] // 8 + 1)
        for n in ordinals:
            bits[n // 8] |= 1 << n % 8
        chunks.append({"number": number, "bits": bits.hex()})
        total += len(ordinals)
    return {"chunks": chunks, "count": total}


def scrub(bench):
    """`tiebeam compare` of a million small objects, of which the copy lacks a thousand."""
    def texts(first, count):
        return (b'{"id":"%032x","speckle_type":"Base"}' % (0x9E3779B97F4A7C15 * n % (1 << 128))
                for n in range(first, first + count))

    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        token = node.register("bench@example.com")
        project = object_upload.create_project(node, token)
        log("loading a million small objects")
        object_upload.upload_all(node, project, token, texts(1, 1_000_000))
        copy = pathlib.Path(path) / "copy"
        tiebeam_node.run("clone", f"{node.sync}/{project}", copy, "--token", token, "--node-id", node.node_id)
        object_upload.upload_all(node, project, token, texts(2_000_000, 1_000))
        before, ours = peers.processor_seconds(node.process.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = tiebeam_node.run("compare", copy, "--json", check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        asking = after.ru_utime + after.ru_stime - ours.ru_utime - ours.ru_stime
        answering = peers.processor_seconds(node.process.pid) - before
    figures = json.loads(done.stdout)
    if figures["missing"] != 1_000:
        raise RuntimeError(f"1,000 objects are missing, {figures['missing']} were found")
    total = figures["frameBytesReceived"] + figures["frameBytesSent"]
    # The names and ids of what differs come after: 8 and 16 bytes each.
    what = "scrub of 1M ids, 1,000 of them different"
    bench.report.at_most(f"{what}: bytes", total - 24 * 1_000, 30_000)
    bench.report.inform("with the ids of what differs", total, "{:,.0f}", "bytes of frames")
    bench.report.at_most(f"{what}: processor", max(asking, answering), 0.5, "{:.2f} s")


def missing(bench):
    edge(bench)
    scrub(bench)


# Cuts -----------------------------------------------------------------------------------------------------------------
def resume(bench):
    """A cold clone whose connection is cut at random places, then taken up again until it is complete."""
    bench.report.begin(f"A cold clone, cut {KILLS} times")
    ours, way = bench.ours, bench.counted
    ours.clear()
    whole, _ = way.count(lambda: ours.cold(way))
    dice = random.Random(1)
    cuts = [dice.randrange(1, 2 * whole // (KILLS + 1)) for _ in range(KILLS)]
    relay = network.Relay(bench.programs / "relay", ours.port, cuts=cuts)
    ours.clear()
    command = ["clone", f"tiebeam://{relay.address}:{relay.port}/{ours.project}", ours.copy, "--token", ours.token,
               "--node-id", ours.node.node_id]
    commands = 0
    try:
        while tiebeam_node.run(*command, check=False).returncode != 0:
            command, commands = ["pull", ours.copy], commands + 1
            if commands > 2 * KILLS:
                raise RuntimeError("the clone does not come to an end")
        taken = relay.take()
    finally:
        relay.stop()
    tiebeam_node.run("verify", ours.copy)
    kills = len(taken) - 1
    again = (sum(up + down for up, down, _ in taken) - whole) / max(kills, 1)
    bench.report.inform("bytes sent again for each cut", again, "{:,.0f}",
                        f"{kills} cuts in {megabytes(whole)}, {commands + 1} commands, set-up included; verified after")
    ours.clear()


# Push -----------------------------------------------------------------------------------------------------------------
def push(bench):
    """The whole project into an empty node, by `tiebeam push` and by specklepy, each time into a new one."""
    bench.report.begin(f"Push of {len(bench.base.ids):,} new objects")
    objects = list(bench.base.objects())

    def ours(node, token, project, way):
        host, port = way.reach(int(node.sync.rsplit(":", 1)[1]))
        peers.shell(tiebeam_node.binary(), "push", bench.ours.kept(STRAIGHT), f"tiebeam://{host}:{port}/{project}",
                    "--token", token, "--node-id", node.node_id, "--json")

    def specklepy(node, token, project, way):
        host, port = way.reach(int(node.api.rsplit(":", 1)[1]))
        transport = peers.specklepy_transport(f"http://{host}:{port}", token, project)
        try:
            peers.specklepy_send(transport, objects)
        finally:
            transport.session.close()

    seconds, wire = {"tiebeam": [], "specklepy": []}, {}
    for turn in range(bench.options.push_runs + 1):
        for name, action in (("tiebeam", ours), ("specklepy", specklepy)):
            with tiebeam_node.Node() as node:
                token = node.register("bench@example.com")
                project = object_upload.create_project(node, token)
                os.sync()
                if turn == 0:
                    way = network.Relayed("push", bench.programs / "relay")
                    try:
                        wire[name], _ = way.count(lambda: action(node, token, project, way))
                    finally:
                        way.stop()
                else:
                    seconds[name].append(timed(lambda: action(node, token, project, STRAIGHT))[0])
    medians = peers.medians(seconds)
    bench.report.keep(seconds=seconds, wireBytes=wire)
    bench.report.at_least("wall against specklepy's upload", medians["specklepy"] / medians["tiebeam"], 6,
                          detail=seconds_of(medians))
    bench.report.at_most("bytes against specklepy's upload", wire["tiebeam"] / wire["specklepy"], 1, "{:.2f}x",
                         f"tiebeam {megabytes(wire['tiebeam'])}, specklepy {megabytes(wire['specklepy'])}")


# Memory ---------------------------------------------------------------------------------------------------------------
def settled(node):
    """The most memory that the node had, once it asks for no more."""
    most, since = node.memory("VmHWM"), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.1)
        if node.memory("VmHWM") > most:
            most, since = node.memory("VmHWM"), time.monotonic()
    return most


def memory(bench):
    """Connections that say nothing, and readers that ask for a clone and never read it, on a node just started."""
    window = tiebeam_client.STREAM_CREDIT
    bench.report.begin(f"Memory of the node, {CONNECTIONS} connections of a kind")
    node = bench.node
    node.stop()
    node.start()
    host, port = node.sync.removeprefix("tiebeam://").rsplit(":", 1)
    open_connections = []

    def connect(count, asks):
        for _ in range(count):
            connection = tiebeam_client.Connection(host, port, bench.token, node.node_id)
            if asks:
                connection.send("FETCH", {"project": bench.projects["c"].id}, end=True)
            else:
                connection.write(b"")
            open_connections.append(connection)
        return settled(node)

    try:
        connect(1, False)
        connect(1, True)
        # From here on: the first ones paid for what all share.
        pathlib.Path(f"/proc/{node.process.pid}/clear_refs").write_text("5")
        steps = [settled(node), connect(CONNECTIONS, False), connect(CONNECTIONS, True)]
    finally:
        for connection in open_connections:
            connection.close()
    idle, slow = ((after - before) / CONNECTIONS / MIB for before, after in zip(steps, steps[1:]))
    limit = window / MIB + 4
    bench.report.at_most("growth for an idle one", idle, limit, "{:.2f} MiB",
                         f"{steps[0] / MIB:.0f} MiB with one of each, {steps[-1] / MIB:.0f} MiB at last")
    bench.report.at_most("growth for one that stops reading", slow, limit, "{:.2f} MiB",
                         f"a window of {window // MIB} MiB and 4 MiB")


# Large ----------------------------------------------------------------------------------------------------------------
def large(bench):
    """One update of a project of a million objects, scattered over all models, on a node of its own."""
    count = bench.options.large_objects
    bench.report.begin(f"Update of 0.1 % of {count:,} objects")
    base = revisions.generated(bench.data, count)
    revision = revisions.generated(bench.data, count, "--version", "1", "--edit", "0.001", base=base)
    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        directory, token = pathlib.Path(path), node.register("bench@example.com")
        log(f"loading {len(base.ids):,} objects")
        project = Project(node, token, base)
        ours = Tiebeam(node, token, project.id, directory)
        ours.keep(STRAIGHT, bench.counted)
        git = Git(directory, "large").commit(base.objects())
        try:
            git.keep()
            git.commit(revision.objects(new=True)).serve()
            project.publish(revision)
            everybody = [ours, git, git.without_bitmaps()]
            wire = count_updates(bench, everybody)
            seconds = peers.update_runs(everybody, min(3, bench.options.runs))
        finally:
            git.stop()
    medians = peers.medians(seconds)
    bench.report.keep(wireBytes=wire, seconds=seconds, newObjects=len(revision.new))
    bench.report.times_fewer("bytes against git fetch", best_of_git(wire), wire["tiebeam"], 40,
                             f"tiebeam {megabytes(wire['tiebeam'])}, git {megabytes(wire['git'])}, without bitmaps "
                             f"{megabytes(wire['git without bitmaps'])}; {len(revision.new):,} new objects")
    bench.report.times_fewer("wall against git fetch", best_of_git(medians), medians["tiebeam"], 20,
                             seconds_of(medians))


# `resume` and `push` take the project as it was before updates or after; `memory` starts the node anew, so it is last.
PARTS = {"cold": cold, "update": updates, "real": real, "missing": missing, "resume": resume, "push": push,
         "memory": memory, "large": large}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rsync-runs", type=int, default=1, help="rsync takes many times longer than all others")
    parser.add_argument("--wide-runs", type=int, default=3)
    parser.add_argument("--push-runs", type=int, default=2)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--large-objects", type=int, default=1_000_000)
    parser.add_argument("--no-tun", action="store_true", help="make the long link by a relay even where TUN is allowed")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    parts = options.only or [part for part in PARTS if part != "large" or options.large]
    options.data.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as path, tiebeam_node.Node() as node:
        bench = Bench(options, pathlib.Path(path), node)
        try:
            if parts != ["large"]:
                bench.prepare(revisions.generated(options.data, options.objects))
            for part in PARTS:
                if part in parts:
                    PARTS[part](bench)
        finally:
            bench.stop()
    bench.report.show()
    print(f"The long link is {bench.wide.what} ({network.congestion_control()}).")
    print(f"{time.monotonic() - start:.0f} s in all.")
    if options.json:
        bench.report.write(options.json, wideArea=bench.wide.what)


if __name__ == "__main__":
    main()
