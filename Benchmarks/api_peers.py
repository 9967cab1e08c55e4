"""Who answers over HTTP: the node, and the floor that answers the same without knowing anything; and what loads them."""
import statistics
import struct
import subprocess

import peers


def port_of(node):
    return int(node.api.rsplit(":", 1)[1])


class Floor:
    """http_floor with answers of its own; `pid` and `port` are the process's."""

    def __init__(self, bench, answers=()):
        self.folder = bench.directory()
        path = self.folder / "answers"
        with open(path, "wb") as file:
            for body in answers:
                file.write(struct.pack("<Q", len(body)))
                file.write(body)
        self.process = subprocess.Popen([bench.options.programs / "http_floor", path, self.folder / "store"],
                                        stdout=subprocess.PIPE, text=True)
        self.pid, self.port = self.process.pid, int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        for path in self.folder.iterdir():
            path.unlink()


def post(path, body, token):
    """One request as it goes over the socket."""
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


class Peer:
    """A server that is sent the same bodies in turn, each at a path of its own perhaps."""

    def __init__(self, bench, name, pid, port, requests):
        self.name, self.pid, self.port, self.program = name, pid, port, bench.options.programs / "load"
        self.requests = bench.directory() / "requests"
        self.requests.write_bytes(b"".join(struct.pack("<I", len(one)) + one for one in requests))

    def load(self, connections, seconds, rate=0):
        before = peers.processor_seconds(self.pid)
        printed = peers.shell(self.program, self.port, connections, seconds, rate, self.requests).stdout.split()
        used = peers.processor_seconds(self.pid) - before
        done, failed, took, half, most, worst, client = map(float, printed)
        if failed:
            raise RuntimeError(f"{failed:.0f} of {done:.0f} answers of {self.name} were wrong")
        return {"rate": done / took, "p50": half, "p99": most, "max": worst, "cpu": used / done, "client": client / took,
                "server": used / took}


def median(runs, what):
    return statistics.median(run[what] for run in runs)
