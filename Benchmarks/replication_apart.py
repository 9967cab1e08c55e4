"""Two regions that were apart, both written to: how long it takes until they show the same.

Both write as fast as one connection each lets them; the number of writes stands for a longer time apart at a lower
rate. One write in twenty is to something that the other region writes to as well. Time counts from two moments: when
the link is there again, and when the first connection is. Between these a region waits for its next attempt, at most a
minute (`Backoff` in Sources/Replicator): the longer it was alone, the longer that wait may be. Nothing shortens it, not
even that the other region has dialled.

Each region's last write shows how far the other one is, since what one region wrote arrives in order. After that all
models, names and versions of both are compared, and so are conflicts.
"""
import random
import threading
import time

import object_upload
from peers import log
from region_pair import HERE, THERE, Pair, small_objects

DELAY_MS, MBIT = 40, 50
TARGET_SECONDS = 10
PARTITION_SECONDS = 600
SHARED = 0.05
OTHER = {HERE: THERE, THERE: HERE}
MODELS = 100
STATE = """query($p: String!, $c: String) { project(id: $p) { name models(limit: 100, cursor: $c) { cursor items {
    id name description versions(limit: 100) { totalCount items { id message } } } } } }"""
CONFLICTS = "query($p: String!) { project(id: $p) { conflicts { id kind entity field } } }"


class Writer:
    """All writes of one region: two in five new names, two in five descriptions, one in five a version."""

    def __init__(self, name, client, project, own, shared, roots):
        self.name, self.client, self.project = name, client, project
        self.own, self.shared, self.roots, self.dice = own, shared, roots, random.Random(name)
        self.error = None

    def write(self, count):
        try:
            for number in range(count - 1):
                self.one(number)
            self.client.change_model(self.project, self.own[0], description=f"the last of {self.name}")
        except Exception as error:  # of a thread: told by who waits for it
            self.error = error

    def one(self, number):
        is_shared = self.dice.random() < SHARED
        model, kind = self.dice.choice(self.shared if is_shared else self.own[1:]), self.dice.randrange(5)
        text = f"{self.name} {number}"
        if kind < 2:
            self.client.change_model(self.project, model, name=text)
        elif kind < 4:
            self.client.change_model(self.project, model, description=text)
        else:
            self.client.publish(self.project, model, self.dice.choice(self.roots), text)


def convergence(bench):
    count = bench.options.writes
    bench.report.begin(f"Two regions apart, {count:,} writes in each, then together over {2 * DELAY_MS} ms")
    way = bench.wide(DELAY_MS, MBIT)
    pair = Pair(bench.directory("apart"), way)
    try:
        pair.start()
        project = object_upload.create_project(pair.here, pair.token)
        roots, clients = small_objects(pair, project, 20), {HERE: pair.at_here(), THERE: pair.at_there()}
        models = [clients[HERE].make_model(project, f"model {number}") for number in range(2 * MODELS + 5)]
        clients[HERE].describe(project, "begin")
        clients[THERE].await_description(project, "begin")
        pair.cut()
        shared = models[2 * MODELS:]
        writers = [Writer(HERE, clients[HERE], project, models[:MODELS], shared, roots),
                   Writer(THERE, clients[THERE], project, models[MODELS:2 * MODELS], shared, roots)]
        apart, written = write_apart(writers, count, bench.options.apart)
        pair.mend()
        together(bench, pair, writers, apart, written)
    finally:
        pair.stop()
        way.stop()


def write_apart(writers, count, seconds):
    """Returns how long they were apart, and how long they wrote."""
    start = time.monotonic()
    threads = [threading.Thread(target=writer.write, args=[count]) for writer in writers]
    for thread in threads:
        thread.start()
    for writer, thread in zip(writers, threads):
        thread.join()
        if writer.error:
            raise writer.error
    written = time.monotonic() - start
    log(f"   written in {written:.0f} s")
    time.sleep(max(0, seconds - written))
    return time.monotonic() - start, written


def together(bench, pair, writers, apart, written):
    back, report, project = time.monotonic(), bench.report, writers[0].project
    before = await_last(writers)
    end, dialled, sent = max(before.values()), pair.dialled(), sum(pair.count())
    states = [state(writer.client, project) for writer in writers]
    if states[0] != states[1]:
        raise RuntimeError("the regions do not show the same")
    first, count = min(dialled.values()), 2 * bench.options.writes
    waits = ", ".join(f"{OTHER[name]} dialled after {moment - back:.1f} s" for name, moment in dialled.items())
    report.keep(apart=apart, written=written, fromLink=end - back, fromConnection=end - first, bytes=sent,
                dialled={name: moment - back for name, moment in dialled.items()}, conflicts=len(states[0][1]))
    report.at_most("from the link's return until equal", end - back, TARGET_SECONDS, "{:.1f} s",
                   f"{waits}; apart for {apart:.0f} s")
    report.at_most("from the first connection until equal", end - first, TARGET_SECONDS, "{:.1f} s",
                   f"{count:,} writes stand for ten minutes of {count / PARTITION_SECONDS:g} a second")
    for name, other in OTHER.items():
        report.inform(f"from {other}'s dialling until what {name} wrote shows", before[name] - dialled[name],
                      "{:.1f} s", f"{bench.options.writes / (before[name] - dialled[name]):,.0f} operations a second")
    report.inform("bytes of a write, both ways", sent / count, "{:,.0f}",
                  f"{len(states[0][1])} conflicts, the same in both")


def await_last(writers):
    """When the other region first showed the last write of each."""
    query, found = "query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { description } } }", {}
    deadline = time.monotonic() + 600
    while len(found) < len(writers):
        for writer, other in zip(writers, reversed(writers)):
            answer = other.client.do(query, {"p": writer.project, "m": writer.own[0]})
            if answer["project"]["model"]["description"] == f"the last of {writer.name}":
                found.setdefault(writer.name, time.monotonic())
        if time.monotonic() > deadline:
            raise RuntimeError("the regions do not become equal")
        time.sleep(0.02)
    return found


def state(client, project):
    """All that a region shows of the project."""
    cursor, models = None, []
    while True:
        page = client.do(STATE, {"p": project, "c": cursor})["project"]["models"]
        models += page["items"]
        cursor = page["cursor"]
        if not page["items"] or not cursor:
            conflicts = client.do(CONFLICTS, {"p": project})["project"]["conflicts"]
            return sorted(models, key=lambda model: model["id"]), sorted(conflicts, key=lambda one: one["id"])
