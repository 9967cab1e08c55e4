"""What an office gains by an edge: a receive and an upload through it, beside the same at the region, near it and over the long
link. Clients are processes of their own, at the end of the link where they belong.

A receive asks for a version's root and then for all that it names, as clients do. An upload is specklepy's own of the objects
that are new, and the version that shows them.
"""
import os
import pathlib
import subprocess
import sys

import object_upload
import peers
import revisions
import tiebeam_node
from peers import log
from replication_lag import DELAY_MS, MBIT

HERE = pathlib.Path(__file__).resolve().parent
ROUND_TRIP = 2 * DELAY_MS / 1000
OBJECTS = 25_000  # one model
EDIT = "0.01"


class Office:
    """A region at the server's end of a way, and an edge at the clients'."""

    def __init__(self, folder, way):
        self.folder, self.way, port = folder, way, peers.free_port()
        address, reached = way.reach(port)
        tiebeam_node.run("region", "create", "region", "--address", f"tiebeam://{address}:{reached}",
                         "--data", folder / "region" / "data")
        self.region = tiebeam_node.Node(folder / "region", ["--sync-port", str(port)]).start()
        self.token = self.region.register("bench@example.com")
        self.number, self.sync = 0, way.relays[port]
        api = way.reach(int(self.region.api.rsplit(":", 1)[1]))
        self.far = f"http://{api[0]}:{api[1]}"

    def edge(self, *options):
        """A new edge, which has nothing."""
        self.number += 1
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token).stdout.strip()
        folder = self.folder / f"edge{self.number}"
        subprocess.run([*self.way.prefix, tiebeam_node.binary(), "edge", "join", invitation, folder.name,
                        "--data", folder / "data"], check=True, stdout=subprocess.DEVNULL)
        return tiebeam_node.Node(folder, options, self.way.prefix).start()

    def client(self, *arguments, near=False):
        """Seconds that a client takes; near is at the region's end."""
        prefix = [] if near else self.way.prefix
        done = subprocess.run([*prefix, sys.executable, "-W", "ignore", HERE / "edge_client.py", *map(str, arguments)],
                              stdout=subprocess.PIPE, text=True, check=True,
                              env=os.environ | {"PYTHONPATH": str(HERE.parent / "Tools")})
        return float(done.stdout.splitlines()[-1])

    def stop(self):
        self.region.stop()


def edges(bench):
    bench.report.begin(f"An office at {2 * DELAY_MS} ms and {MBIT} Mbit/s, with an edge")
    way = bench.wide(DELAY_MS, MBIT)
    try:
        office = Office(bench.directory("edges"), way)
        try:
            base = revisions.generated(bench.options.data, OBJECTS)
            project = object_upload.create_project(office.region, office.token)
            model = object_upload.create_model(office.region, office.token, project)
            object_upload.upload_all(office.region, project, office.token, [text for _, text in base.objects()])
            object_upload.create_version(office.region, office.token, project, model, base.roots[0])
            reading(bench, office, project, base)
            writing(bench, office, project, model, base)
        finally:
            office.stop()
    finally:
        way.stop()


def reading(bench, office, project, base):
    wanted = (office.token, project, base.roots[0], len(base.ids))
    seconds = {"direct": [], "cold": [], "hit": [], "near": []}
    for _ in range(bench.options.runs):
        edge = office.edge()
        try:
            seconds["direct"].append(office.client("receive", office.far, *wanted))
            seconds["cold"].append(office.client("receive", edge.api, *wanted))
            seconds["hit"].append(office.client("receive", edge.api, *wanted))
            seconds["near"].append(office.client("receive", office.region.api, *wanted, near=True))
        finally:
            edge.stop()
        log(f"   {seconds}")
    middle = peers.medians(seconds)
    bench.report.keep(receive=seconds)
    bench.report.inform("first receive through an edge, against direct", middle["cold"] / middle["direct"], "{:.2f}x",
                        f"{middle['cold']:.2f} s and {middle['direct']:.2f} s, {len(base.ids):,} objects")
    bench.report.at_most("next receive, against one near the region", middle["hit"] / middle["near"], 1.3, "{:.2f}x",
                         f"{middle['hit']:.3f} s and {middle['near']:.3f} s")


def writing(bench, office, project, model, base):
    revision = revisions.generated(bench.options.data, OBJECTS, "--version", "1", "--edit", EDIT, base=base)
    file = office.folder / "new.ndjson"
    lines = [b"%s\t%s\n" % (identity.encode(), text) for identity, text in revision.objects(new=True)]
    file.write_bytes(b"".join(lines))
    seconds = {"direct": [], "through": [], "queued": [], "near": []}
    ways = {"direct": (office.far, False), "near": (office.region.api, True)}
    for _ in range(bench.options.runs):
        for name in seconds:
            # Each into a project that has the base and nothing of the change.
            target = object_upload.create_project(office.region, office.token, name)
            into = object_upload.create_model(office.region, office.token, target)
            object_upload.upload_all(office.region, target, office.token, [text for _, text in base.objects()])
            object_upload.create_version(office.region, office.token, target, into, base.roots[0])
            edge = None
            if name in ways:
                api, near = ways[name]
            else:
                edge = office.edge("--writes", "queue" if name == "queued" else "through")
                api, near = edge.api, False
                office.client("receive", api, office.token, target, base.roots[0], len(base.ids))
            try:
                before = sum(office.sync.total())
                seconds[name].append(
                    office.client("send", api, office.token, target, into, revision.roots[0], file, near=near))
                if name == "through":
                    sent = sum(office.sync.total()) - before
            finally:
                if edge:
                    edge.stop()
        log(f"   {seconds}")
    middle = peers.medians(seconds)
    size = sum(map(len, lines))
    bench.report.keep(send=seconds)
    what = f"{len(lines)} objects, {size / 1e6:.2f} MB of text"
    bench.report.inform("specklepy's upload to the region, far", middle["direct"], "{:.2f} s", what)
    bench.report.inform("the same near it", middle["near"], "{:.2f} s", "")
    bench.report.at_most("through the edge, queued, against near", middle["queued"] / middle["near"], 1.3, "{:.2f}x",
                         f"{middle['queued']:.2f} s")
    transfer = sent * 8 / (MBIT * 1e6)
    bench.report.at_most("through the edge, beyond near and its bytes",
                         (middle["through"] - middle["near"] - transfer) / ROUND_TRIP, 3, "{:.1f} RT",
                         f"{middle['through']:.2f} s; {sent / 1e6:.2f} MB take {transfer:.2f} s")
