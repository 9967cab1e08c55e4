"""Holds webhooks to their target: 10,000 deliveries to 50 receivers, of which 5 never answer, and a crash half-way.

usage: bench_webhooks.py --programs DIRECTORY --data DIRECTORY [--changes N] [--json FILE]

Ten projects have five webhooks each, one of every tenth leads to a receiver that takes connections and says nothing. Each receiver has
an address of its own (127.0.1.N), as receivers do elsewhere: a host has a limit of its own. N changes of each project are written as
fast as the API takes them, while nobody can be reached; the clock starts when the receivers do. The floor sends as many requests of
about the same length over as many connections, from one process that does nothing else. At last the node is killed half-way.
"""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from peers import log  # noqa: E402
from report import Report  # noqa: E402

PROJECTS, HOOKS, SILENT = 10, 5, 5
SECONDS_MAX = 60
CREATE = "mutation($w: WebhookCreateInput!) { webhookCreate(webhook: $w) }"
RENAME = "mutation($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receivers:
    """Servers in one thread. Those in `silent` read and never answer. `ids` are what came to each of the others, in order."""

    def __init__(self, ports, silent=()):
        self.ports, self.silent, self.ids, self.names = ports, set(silent), {port: [] for port in ports}, {port: [] for port in ports}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.open(), self.loop).result()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def close(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def open(self):
        for host, port in self.ports:
            await asyncio.start_server(lambda r, w, key=(host, port): self.serve(key, r, w), host, port, backlog=256)

    async def serve(self, key, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
                body = await reader.readexactly(int(headers["content-length"]))
                if key in self.silent:
                    await asyncio.sleep(3600)
                self.ids[key].append(headers["webhook-id"])
                if b'"stream":' in body:
                    self.names[key].append(json.loads(body)["payload"]["stream"]["name"])
                writer.write(ANSWER)
                await writer.drain()
        writer.close()

    def counts(self):
        return [len(set(self.ids[key])) for key in self.ports if key not in self.silent]

    def wait(self, count):
        """Seconds until each of them has `count` different ones."""
        start, self.silence = time.monotonic(), None
        while min(self.counts()) < count:
            if self.silence is None and any(self.counts()):
                self.silence = time.monotonic() - start
            if time.monotonic() - start > 5 * SECONDS_MAX:
                raise RuntimeError(f"after {5 * SECONDS_MAX} s: {self.counts()} of {count}")
            time.sleep(0.01)
        return time.monotonic() - start


def addresses():
    """One of its own for each receiver, with a port that is free there."""
    found = []
    for number in range(PROJECTS * HOOKS):
        with socket.socket() as probe:
            probe.bind((f"127.0.1.{number + 1}", 0))
            found.append(probe.getsockname())
    return found


class Run:
    """A node with webhooks to all receivers."""

    def __init__(self, changes):
        self.changes, self.ports = changes, addresses()
        self.silent = self.ports[::len(self.ports) // SILENT]
        self.node = tiebeam_node.Node(options=["--webhook-allow", "127.0.1.0/24"])

    def __enter__(self):
        self.node.start()
        self.token = self.node.register("bench@example.com")
        self.projects = [object_upload.create_project(self.node, self.token) for _ in range(PROJECTS)]
        for number, (host, port) in enumerate(self.ports):
            hook = {"streamId": self.projects[number % PROJECTS], "url": f"http://{host}:{port}/", "triggers": ["stream_update"]}
            self.ask(CREATE, w=hook)
        return self

    def __exit__(self, *_):
        self.node.stop()

    def ask(self, query, **variables):
        answer = self.node.graphql(query, variables, self.token)
        if "errors" in answer:
            raise RuntimeError(answer["errors"])

    def change(self):
        for number in range(self.changes):
            for project in self.projects:
                self.ask(RENAME, i={"id": project, "name": f"name {number}"})

    def seconds_of_processor(self):
        fields = pathlib.Path(f"/proc/{self.node.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def check(self, receivers):
        expected = [f"name {number}" for number in range(self.changes)]
        for key, names in receivers.names.items():
            once = list(dict.fromkeys(names))
            if key not in receivers.silent and once != expected:
                raise RuntimeError("deliveries came in another order")


def deliveries(report, changes):
    report.begin(f"{PROJECTS * HOOKS * changes:,} deliveries, {SILENT} of {PROJECTS * HOOKS} receivers never answer")
    with Run(changes) as run:
        idle = run.node.memory("VmRSS")
        run.change()
        used = run.seconds_of_processor()
        with Receivers(run.ports, run.silent) as receivers:
            seconds = receivers.wait(changes)
            run.check(receivers)
            count = sum(receivers.counts())
            rate = count / (seconds - receivers.silence)
            report.at_most("seconds until the others have all", seconds, SECONDS_MAX, "{:.1f}")
            report.inform("of these, until the first one came", receivers.silence, "{:.1f}", "the next attempt was due then")
            report.inform("deliveries a second from then on", rate, "{:,.0f}")
            report.inform("processor of one, ms", 1000 * (run.seconds_of_processor() - used) / count, "{:.2f}")
            repeated = sum(len(ids) for ids in receivers.ids.values()) - count
            report.at_most("came twice", repeated, 0, "{:.0f}")
            report.at_most("memory beyond an idle node, MiB", (run.node.memory("VmHWM") - idle) / 2**20, 128, "{:.0f}")
    return rate


def crash(report, changes):
    report.begin("The node is killed half-way")
    with Run(changes) as run:
        run.change()
        with Receivers(run.ports, run.silent) as receivers:
            while min(receivers.counts()) < changes // 4:
                time.sleep(0.005)
            run.node.process.kill()
            run.node.process.wait()
            run.node.log.close()
            before = sum(receivers.counts())
            run.node.start()
            seconds = receivers.wait(changes)
            run.check(receivers)
            total = (PROJECTS * HOOKS - SILENT) * changes
            repeated = sum(len(ids) for ids in receivers.ids.values()) - total
            report.inform("had come before", before, "{:,.0f}", f"of {total:,}")
            report.at_most("lost", total - sum(receivers.counts()), 0, "{:.0f}")
            report.inform("came again, under the same id", repeated, "{:,.0f}")
            report.at_most("seconds from the start until all had come", seconds, SECONDS_MAX, "{:.1f}")


def floor(report, changes, rate):
    """The same number of requests of the same length, one connection to each receiver, nothing else."""
    ports = addresses()[SILENT:]
    body = b"{" + b" " * 1000 + b"}"

    async def send(address):
        reader, writer = await asyncio.open_connection(*address)
        for number in range(changes):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nwebhook-id: %d\r\n\r\n" % (len(body), number) + body)
            await writer.drain()
            await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def all_of_them():
        await asyncio.gather(*map(send, ports))

    with Receivers(ports) as receivers:
        start = time.monotonic()
        asyncio.run(all_of_them())
        seconds = time.monotonic() - start
        if min(receivers.counts()) < changes:
            raise RuntimeError("the floor lost some")
    report.begin("The floor: a client that only sends, in one process")
    theirs = len(ports) * changes / seconds
    report.inform("requests a second", theirs, "{:,.0f}")
    report.inform("the node's share of that", rate / theirs, "{:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, help="not used")
    parser.add_argument("--data", type=pathlib.Path, help="not used")
    parser.add_argument("--models", type=pathlib.Path, help="not used")
    parser.add_argument("--changes", type=int, default=200, help="of each project")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    report = Report()
    rate = deliveries(report, options.changes)
    floor(report, options.changes, rate)
    crash(report, options.changes)
    report.show()
    log(f"load of the last minute: {os.getloadavg()[0]:.1f}")
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
