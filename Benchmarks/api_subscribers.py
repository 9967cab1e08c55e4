"""How long it takes until everybody who watches a project knows of a new version. A half speaks each of the protocols."""
import json
import select
import socket
import threading
import time

import object_upload
import peers
import tiebeam_socket
from api_peers import Floor, median
from peers import log

SECONDS = 1
LATE = 1  # for this long after the last one, nothing more may come
QUERY = ("subscription($p: String!) { projectVersionsUpdated(id: $p) { id modelId type "
         "version { id message referencedObject authorUser { id name } } } }")
PROTOCOLS = {"graphql-transport-ws": ("subscribe", "next"), "graphql-ws": ("start", "data")}


def subscribe(bench, protocol):
    """A socket that is known to listen."""
    start, kind = PROTOCOLS[protocol]
    opened = tiebeam_socket.Socket(bench.node.api, (protocol,))
    opened.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if opened.initialise(bench.token)["type"] != "connection_ack":
        raise RuntimeError("the node refused a subscriber")
    opened.send(id="1", type=start, payload={"query": QUERY, "variables": {"p": bench.project}})
    # What follows on the same connection is answered after the subscription has begun.
    opened.send(id="2", type=start, payload={"query": "{ __typename }"})
    while (message := opened.receive()).get("id") != "2" or message["type"] != "complete":
        pass
    opened.kind = kind
    return opened


class Audience:
    """Sockets that each get one event, and when. What keeps a connection alive is none."""

    MARKS = [b'"type":"%s"' % kind.encode() for _, kind in PROTOCOLS.values()]

    def __init__(self, sockets):
        self.sockets = {one.fileno(): one for one in sockets}
        self.poll = select.epoll()
        for number, one in self.sockets.items():
            one.setblocking(False)
            self.poll.register(number, select.EPOLLIN)

    def hear(self, action):
        """Seconds from the beginning of `action` until each has heard an event, and all that they heard."""
        heard, when, results = {}, {}, []
        start = time.monotonic()
        thread = threading.Thread(target=lambda: results.append(action()))
        thread.start()
        end = start + 30
        while (now := time.monotonic()) < end:
            for number, _ in self.poll.poll(min(end - now, 0.1)):
                heard[number] = heard.get(number, b"") + self.sockets[number].recv(65536)
                if number not in when and any(mark in heard[number] for mark in self.MARKS):
                    when[number] = time.monotonic() - start
            if len(when) == len(self.sockets) and end > start + 29:
                end = time.monotonic() + LATE
        thread.join()
        return sorted(when.values()), heard, results[0]

    def close(self):
        for one in self.sockets.values():
            one.close()


def frames(data):
    """The messages of a server's frames."""
    found = []
    while data:
        length, at = data[1] & 0x7F, 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length, at = int.from_bytes(data[2:2 + width], "big"), 2 + width
        if data[0] & 0x0F == tiebeam_socket.TEXT:
            found.append(json.loads(data[at:at + length]))
        data = data[at + length:]
    return found


def check(heard, listeners, version):
    """Each must have been told of this version once, and of nothing else."""
    for listener in listeners:
        told = [message for message in frames(heard[listener.connection.fileno()]) if message["type"] not in ("ka", "ping")]
        if [message["type"] for message in told] != [listener.kind]:
            raise RuntimeError(f"a subscriber heard {told}")
        event = told[0]["payload"]["data"]["projectVersionsUpdated"]
        if event["id"] != version or event["type"] != "CREATED":
            raise RuntimeError(f"a subscriber heard of {event}")


def waiting(floor):
    opened = socket.create_connection(("127.0.0.1", floor.port))
    opened.sendall(b"GET /wait HTTP/1.1\r\n\r\n")
    return opened


def tell(floor, message):
    with socket.create_connection(("127.0.0.1", floor.port)) as opened:
        opened.sendall(b"POST /tell HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(message) + message)
        opened.recv(4096)


def subscribers(bench):
    report, node, count = bench.report, bench.node, bench.options.subscribers
    report.begin(f"{count:,} subscribers to one project, a half by each protocol")
    node.stop()
    node.start()
    subscribe(bench, "graphql-ws").close()
    before = node.memory()
    seconds, listeners = peers.timed(
        lambda: [subscribe(bench, list(PROTOCOLS)[number % len(PROTOCOLS)]) for number in range(count)])
    memory = node.memory() - before
    log(f"   {count} subscribed in {seconds:.1f} s")
    with Floor(bench) as floor:
        theirs = Audience([waiting(floor) for _ in range(count)])
        ours = Audience([listener.connection for listener in listeners])
        try:
            runs = [run(bench, ours, listeners, theirs, floor, number) for number in range(bench.options.runs)]
        finally:
            ours.close()
            theirs.close()
    alone = alone_runs(bench)
    report.keep(runs=runs, alone=alone, subscribeSeconds=seconds)
    report.at_most("until the last one has the event", median(runs, "last"), SECONDS, "{:.3f} s",
                   f"longest {max(one['last'] for one in runs):.3f} s; the first one after {median(runs, 'first'):.3f} s, "
                   f"the answer after {median(runs, 'answer'):.3f} s; each heard it once")
    report.inform("processor time of the node for each", median(runs, "cpu") / count * 1e6, "{:.0f} us", "")
    report.inform("against the same for one subscriber", median(runs, "last") / median(alone, "last"), "{:.0f}x",
                  f"{median(alone, 'last') * 1e3:.1f} ms")
    report.inform("against the floor", median(runs, "last") / median(runs, "floor"), "{:.0f}x",
                  f"{median(runs, 'floor') * 1e3:.1f} ms to write the same bytes to as many sockets")
    report.inform("memory of a subscriber", memory / count / 1024, "{:.0f} KiB",
                  f"{seconds / count * 1e3:.1f} ms to connect and subscribe, one after the other")


def run(bench, ours, listeners, theirs=None, floor=None, number=0):
    pid, answered = bench.node.process.pid, []

    def publish():
        made = object_upload.create_version(bench.node, bench.token, bench.project, bench.models[0],
                                            bench.revision.roots[0], f"event {number}")
        answered.append(time.monotonic())
        return made

    cpu, start = peers.processor_seconds(pid), time.monotonic()
    when, heard, version = ours.hear(publish)
    cpu = peers.processor_seconds(pid) - cpu
    check(heard, listeners, version)
    found = {"first": when[0], "last": when[-1], "answer": answered[0] - start, "cpu": cpu}
    if floor:
        message = min(heard.values(), key=len)  # without what keeps a connection alive
        found["floor"] = theirs.hear(lambda: tell(floor, message))[0][-1]
    return found


def alone_runs(bench):
    listeners = [subscribe(bench, "graphql-transport-ws")]
    audience = Audience([listeners[0].connection])
    try:
        return [run(bench, audience, listeners) for _ in range(bench.options.runs)]
    finally:
        audience.close()
