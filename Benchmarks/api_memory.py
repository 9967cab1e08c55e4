"""What memory the node takes at most, for a quarter of the objects and for all, and for clients that stop reading."""
import pathlib
import socket
import time

from api_peers import port_of
from api_transfers import BATCH_BYTES, SPECKLEPY_BATCH_BYTES, SPECKLEPY_THREADS, Form, receive, request, upload_once

GROWTH, SHARE = 1.25, 4
STALLED = 8


def peak(node, action):
    """The most that the node's memory came to meanwhile."""
    pathlib.Path(f"/proc/{node.process.pid}/clear_refs").write_text("5")
    action()
    return node.memory("VmHWM")


def memory(bench):
    report, node, texts = bench.report, bench.node, bench.texts
    mib = 1 << 20
    report.begin("Memory of the node, at most")
    part = texts[:len(texts) // SHARE]
    for what, size, compressed, connections in (
            ("upload as JSON, four times as much", BATCH_BYTES, False, 1),
            ("upload as gzip, four times as much", SPECKLEPY_BATCH_BYTES, True, SPECKLEPY_THREADS)):
        few, many = (upload_once(Form("", some, size, compressed, connections)) for some in (part, texts))
        report.at_most(what, many[1] / few[1], GROWTH, "{:.2f}x",
                       f"{few[1] / mib:.0f} and {many[1] / mib:.0f} MiB, idle {many[2] / mib:.0f} MiB")
    node.stop()
    node.start()
    idle, path = node.memory(), f"/api/getobjects/{bench.project}"
    part = bench.revision.ids[:len(texts) // SHARE]
    for compressed in (False, True):
        # The first one takes what all share.
        _, few, many = (peak(node, lambda: receive(port_of(node), request(path, bench.token, compressed, ids)))
                        for ids in (part, part, bench.revision.ids))
        report.at_most(f"download as {'gzip' if compressed else 'text'}, four times as much", many / few, GROWTH, "{:.2f}x",
                       f"{few / mib:.0f} and {many / mib:.0f} MiB, idle {idle / mib:.0f} MiB")
    stalled(bench)


def stalled(bench):
    """Clients that ask for everything and do not read it."""
    node, mib = bench.node, 1 << 20
    asked = request(f"/api/getobjects/{bench.project}", bench.token, False, bench.revision.ids)
    connections = []

    def ask():
        for _ in range(STALLED):
            connections.append(socket.create_connection(("127.0.0.1", port_of(node))))
            connections[-1].sendall(asked)
        time.sleep(3)

    before = node.memory()
    most = peak(node, ask)
    for connection in connections:
        connection.close()
    bench.report.inform("growth for a client that stops reading", (most - before) / STALLED / mib, "{:.1f} MiB",
                        f"{before / mib:.0f} MiB before, {most / mib:.0f} with {STALLED}, whose lists are "
                        f"{len(asked) / mib:.1f} MiB each")
