"""How long a write takes until another region shows it: on an idle link, and on one that an upload fills.

A description is set to 1, 2, 3 and so on at random moments, without waiting for it to show, and the other region is
asked all the time. So a write that waits behind others has its whole wait counted. Beside it one byte goes to and fro
over the same link: half of its time is the least that anything can take, in the same moments.
"""
import gzip
import random
import socket
import statistics
import threading
import time

import object_upload
import revisions
from peers import log
from region_pair import Pair

DELAY_MS, MBIT = 40, 50
TARGET = 2 * DELAY_MS / 2000 + 0.1
POLL_SECONDS = 0.003
QUIET_BYTES = 100_000  # in two seconds
VERSIONS = """query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { versions { totalCount } } } }"""


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Writes:
    """Numbered writes to one project, and when each of them showed."""

    def __init__(self, pair, project, spacing):
        self.pair, self.project, self.spacing = pair, project, spacing
        self.acknowledged, self.shown, self.is_over = [], [], False
        self.threads = [threading.Thread(target=work) for work in (self.write, self.watch)]

    def start(self):
        self.pair.at_here().describe(self.project, "0")
        self.pair.at_there().await_description(self.project, "0")
        for thread in self.threads:
            thread.start()
        return self

    def end(self):
        """Waits for what was written to show. Returns how long each write took."""
        self.is_over = True
        for thread in self.threads:
            thread.join()
        if len(self.shown) < len(self.acknowledged):
            raise RuntimeError("a write does not show")
        return [shown - written for written, shown in zip(self.acknowledged, self.shown)]

    def write(self):
        client = self.pair.at_here()
        while not self.is_over:
            time.sleep(random.uniform(0.5, 1.5) * self.spacing)
            client.describe(self.project, str(len(self.acknowledged) + 1))
            self.acknowledged.append(time.monotonic())

    def watch(self):
        client, deadline = self.pair.at_there(), None
        while True:
            found = client.description(self.project) or "0"
            self.shown += [time.monotonic()] * (int(found) - len(self.shown))
            if self.is_over and not self.threads[0].is_alive():
                deadline = deadline or time.monotonic() + 60
                if len(self.shown) == len(self.acknowledged) or time.monotonic() > deadline:
                    return
            time.sleep(POLL_SECONDS)


class Echo:
    """One byte to and fro on a connection of its own, ten times a second."""

    def __init__(self, way):
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.answer, daemon=True).start()
        self.socket = way.connect(*way.reach(self.server.getsockname()[1]))
        self.halves, self.is_over = [], False
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def answer(self):
        peer, _ = self.server.accept()
        while peer.recv(1):
            peer.sendall(b"b")

    def ask(self):
        while not self.is_over:
            start = time.monotonic()
            self.socket.sendall(b"a")
            self.socket.recv(1)
            self.halves.append((time.monotonic() - start) / 2)
            time.sleep(0.1)

    def take(self):
        taken, self.halves = self.halves, []
        return taken

    def stop(self):
        self.is_over = True
        self.thread.join()
        self.socket.close()
        self.server.close()


def lag(bench):
    report = bench.report
    report.begin(f"Lag of a write over {2 * DELAY_MS} ms and {MBIT} Mbit/s")
    way = bench.wide(DELAY_MS, MBIT)
    pair = Pair(bench.directory("lag"), way)
    try:
        pair.start()
        projects = [object_upload.create_project(pair.here, pair.token, name) for name in ("small", "bulk")]
        echo = Echo(way)
        try:
            idle(bench, pair, projects[0], echo)
            busy(bench, pair, projects, echo)
        finally:
            echo.stop()
    finally:
        pair.stop()
        way.stop()


def idle(bench, pair, project, echo):
    writes = Writes(pair, project, 0.3).start()
    while len(writes.shown) < bench.options.samples:
        time.sleep(0.1)
    lines(bench, "idle", writes.end(), echo.take())


def busy(bench, pair, projects, echo):
    """Uploads are packed beforehand, so that only the regions work beside the writes."""
    revision = revisions.generated(bench.options.data, bench.options.objects)
    bodies, client = packed(revision), pair.at_here()
    models = [client.make_model(projects[1], f"model {number}") for number in range(len(revision.roots))]
    log(f"   {sum(map(len, bodies)) / 1e6:.0f} MB of uploads are ready")
    both = [Writes(pair, project, 0.05).start() for project in projects]
    before, start = pair.count(), time.monotonic()
    for body in bodies:
        status, answer = object_upload.upload_packed(pair.here, projects[1], pair.token, body)
        if status != 201:
            raise RuntimeError(answer)
    uploaded = time.monotonic() - start
    for model, root in zip(models, revision.roots):
        client.publish(projects[1], model, root)
    there = pair.at_there()
    while not has_version(there.ask(VERSIONS, {"p": projects[1], "m": models[-1]})):
        time.sleep(0.05)
    seconds, sent = time.monotonic() - start, pair.count()[0] - before[0]
    samples = [writes.end() for writes in both]
    halves, back = echo.take(), at_last(lambda: pair.count()[1]) - before[1]
    lines(bench, "during a bulk upload, another project", samples[0], halves)
    lines(bench, "during a bulk upload, its own project", samples[1], halves)
    bench.report.inform("of the link that the bulk took", sent * 8 / seconds / (MBIT * 1e6), "{:.0%}",
                        f"{sent / 1e6:.0f} MB, {len(revision.ids):,} objects; uploaded in {uploaded:.0f} s, "
                        f"in the other region after {seconds:.0f} s")
    bench.report.inform("of the bulk's bytes that went back again", back / sent, "{:.0%}",
                        f"{back / 1e6:.1f} MB to the region that they came from")


def at_last(count):
    """What `count` gives once it hardly grows any more."""
    found = count()
    while True:
        time.sleep(2)
        before, found = found, count()
        if found - before < QUIET_BYTES:
            return found


def packed(revision):
    """Bodies of gzip, ready to be sent."""
    bodies, batch, size = [], [], 0
    for _, text in revision.objects():
        batch.append(text)
        size += len(text)
        if size >= object_upload.BATCH_BYTES:
            bodies.append(gzip.compress(b"[" + b",".join(batch) + b"]", 1))
            batch, size = [], 0
    return bodies + ([gzip.compress(b"[" + b",".join(batch) + b"]", 1)] if batch else [])


def has_version(answer):
    project = (answer.get("data") or {}).get("project") or {}
    return (project.get("model") or {}).get("versions", {}).get("totalCount", 0) > 0


def lines(bench, when, lags, halves):
    bench.report.keep(**{f"{when}: lag": lags, f"{when}: halfRoundTrip": halves})
    middle, last = statistics.median(lags), quantile(lags, 0.99)
    floor = statistics.median(halves)
    bench.report.inform(f"{when}: p50", middle * 1000, "{:,.0f} ms",
                        f"{middle / floor:.1f} times half a round trip, {floor * 1000:.0f} ms in the same moments")
    bench.report.at_most(f"{when}: p99", last * 1000, TARGET * 1000, "{:,.0f} ms",
                         f"of {len(lags)} writes; half a round trip p99 {quantile(halves, 0.99) * 1000:.0f} ms")
