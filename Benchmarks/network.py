"""Ways from a client to a server on this machine: straight, through a counter, or over a long and narrow link.
Two servers that talk to each other stand at the two ends of one.

Everybody's bytes are counted in the same place, the TCP socket, by relay.c, which all traffic of a counted run passes:
what the operating system was given to send, TLS included, TCP and IP headers not. Counted runs are never timed, and
timed runs are never counted, since a relay copies every byte once more. (`ss -ti` forgets a socket when it closes, and
the counters of interfaces mix all that runs at the same time.)

The long link is a pair of TUN devices, one of them in a network namespace of its own, so that setting up a connection
and TCP's congestion control cost what they cost in life. Where that is not allowed, the relay delays and limits bytes.
"""
import ctypes
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

HERE, THERE = "198.18.77.1", "198.18.77.2"  # of the range for benchmarks (RFC 2544)
LOOPBACK = "127.0.0.1"
CLONE_NEWNET = 0x4000_0000


class Relay:
    """One relay.c in front of a port. It can be away for a while, and come back on its own port."""

    def __init__(self, program, target, address=LOOPBACK, cuts=(), delay=None, mbit=None, prefix=()):
        limits = [] if delay is None else [str(delay), str(mbit)]
        self.command = lambda port: [
            *prefix, program, address, str(port), str(target), ",".join(map(str, cuts)) or "-", *limits]
        self.address, self.port = address, 0
        self.changed = threading.Condition()
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command(self.port), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.open, self.connections, self.opened, self.asked = 0, [], [], None
        threading.Thread(target=self.listen, args=[self.process.stdout], daemon=True).start()

    def listen(self, lines):
        for line in lines:
            with self.changed:
                word, *figures = line.split()
                if word == "total":
                    self.asked = tuple(map(int, figures))
                elif word == "open":
                    self.open += 1
                    self.opened.append(time.monotonic())
                else:
                    self.open -= 1
                    self.connections.append(tuple(map(int, figures)))
                self.changed.notify_all()

    def take(self):
        """The connections since the last call, as (bytes up, bytes down, turns), when all of them have ended."""
        time.sleep(0.05)  # a connection that was just accepted
        with self.changed:
            if not self.changed.wait_for(lambda: self.open == 0, timeout=30):
                raise RuntimeError("a connection through the relay does not end")
            taken, self.connections = self.connections, []
        return taken

    def total(self):
        """Bytes up and down so far, of connections that still last, too."""
        with self.changed:
            self.asked = None
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            if not self.changed.wait_for(lambda: self.asked, timeout=10):
                raise RuntimeError("the relay does not say what it counted")
            return self.asked

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Straight:
    """From here to there without anything between."""

    name, prefix = "straight", []

    def reach(self, port):
        return LOOPBACK, port

    def stop(self):
        pass


class Relayed:
    """Every port has its own relay, which stays for as long as this does."""

    prefix = []

    def __init__(self, name, program, **options):
        self.name, self.program, self.options, self.relays = name, program, options, {}

    def reach(self, port):
        if port not in self.relays:
            self.relays[port] = Relay(self.program, port, **self.options)
        return self.relays[port].address, self.relays[port].port

    def count(self, action):
        """The bytes of all connections that `action` makes, and the turns of the one that took most."""
        for relay in self.relays.values():
            relay.take()  # of those that nobody asked for
        action()
        taken = [connection for relay in self.relays.values() for connection in relay.take()]
        return sum(up + down for up, down, _ in taken), max((turns for _, _, turns in taken), default=0)

    def back(self, port):
        """A relay by which the server's end reaches a port of a client."""
        return Relay(self.program, port, **self.options)

    def connect(self, host, port, timeout=60):
        """A connection of this process, from the clients' end."""
        made = socket.create_connection((host, port), timeout)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def stop(self):
        for relay in self.relays.values():
            relay.stop()


class Wan(Relayed):
    """Clients run in a namespace at the other end of wan.c's link; relays take their connections to loopback."""

    what = "a TUN pair, so TCP's own set-up and congestion control count"

    def __init__(self, programs, delay, mbit):
        super().__init__("wan", programs / "relay", address=HERE)
        self.process = subprocess.Popen(
            [programs / "wan", HERE, THERE, str(delay), str(mbit)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("no link could be made")
        self.namespace = f"/proc/{self.process.pid}/ns/net"
        self.prefix = ["nsenter", f"--net={self.namespace}", "--"]

    def back(self, port):
        return Relay(self.program, port, address=THERE, prefix=self.prefix)

    def connect(self, host, port, timeout=60):
        """A socket stays in the namespace that it was made in, and a thread in the one that it went to."""
        made = []

        def work():
            with open(self.namespace) as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(super(Wan, self).connect(host, port, timeout))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return made[0]

    def stop(self):
        super().stop()
        self.process.stdin.close()
        self.process.wait()


class SlowRelay(Relayed):
    what = "a relay that delays, for want of TUN: TCP's congestion control does not count"

    def __init__(self, programs, delay, mbit):
        super().__init__("wan", programs / "relay", delay=delay, mbit=mbit)


def congestion_control():
    return pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()


def wide_area(programs, delay, mbit, may_tun=True):
    """A link with `delay` milliseconds one way and `mbit` each way."""
    possible = may_tun and os.geteuid() == 0 and pathlib.Path("/dev/net/tun").exists() and shutil.which("nsenter")
    return (Wan if possible else SlowRelay)(programs, delay, mbit)
