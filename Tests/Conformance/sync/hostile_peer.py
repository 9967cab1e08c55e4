"""A peer that sends whatever bytes it is told to, and notes what the node answers."""
import collections
import select
import socket
import ssl
import threading
import time

import tiebeam_client as c
import tiebeam_sync as t

HELLO, AUTH, PING, CREDIT, ERROR, PONG = 0x00, 0x01, 0x02, 0x03, 0x04, 0x07
FETCH, DATA, OFFER, NEED, COMMIT, RESULT, WATCH, HEAD = 0x10, 0x15, 0x18, 0x19, 0x1A, 0x1B, 0x26, 0x27
END = 1


def frame(kind, payload=b"", stream=0, flags=0, count=None):
    """A frame as it is written; `count` announces another length than the payload's."""
    count = len(payload) if count is None else count
    return count.to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(3, "big") + payload


def message(type, fields, stream=0, flags=0):
    return t.encode_frame({"type": type, "stream": stream, "flags": flags, "fields": fields})


def ping(number):
    return frame(PING, number.to_bytes(8, "big"))


def tls_context(alpn=c.ALPN, newest=ssl.TLSVersion.TLSv1_3, certificate=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, newest
    if certificate:
        context.load_cert_chain(*certificate)
    if alpn:
        context.set_alpn_protocols([alpn])
    return context


def tls(host, port, context=None, session=None, **options):
    plain = socket.create_connection((host, int(port)), timeout=20)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return (context or tls_context(**options)).wrap_socket(plain, session=session)


class Peer:
    """One connection. It reads whenever it sends or waits, unless it is `deaf`."""

    def __init__(self, address, token=None, deaf=False, hello=None, **options):
        self.socket, self.started, self.deaf = tls(*address, **options), time.monotonic(), deaf
        self.socket.setblocking(False)
        self.incoming, self.outgoing = bytearray(), memoryview(b"")
        # Codes of ERROR, and kinds of other frames, by stream; whole frames where they are few.
        self.codes, self.kinds, self.frames = {}, collections.Counter(), collections.defaultdict(list)
        self.pongs, self.seconds = set(), None
        if token:
            self.send(message("HELLO", {"versions": [1, 1]} | (hello or {})), message("AUTH", {"token": token}))

    def send(self, *frames, seconds=20):
        """Whether all of it went out; a node that has seen enough may close at any time."""
        self.outgoing = memoryview(bytes(self.outgoing) + b"".join(frames))
        return self.wait(lambda: not self.outgoing, seconds)

    def wait(self, condition, seconds=20):
        """Sends and reads until the condition holds or the connection ends; whether it holds."""
        deadline = time.monotonic() + seconds
        while not condition() and self.seconds is None and (left := deadline - time.monotonic()) > 0:
            try:
                moved = self.write() | self.read()
            except OSError:
                self.end()
                break
            if not moved:
                select.select([] if self.deaf else [self.socket], [self.socket] if self.outgoing else [], [], left)
        return bool(condition())

    def write(self):
        try:
            count = self.socket.send(self.outgoing[:1 << 18]) if self.outgoing else 0
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        self.outgoing = self.outgoing[count:]
        return count > 0

    def read(self):
        try:
            data = b"" if self.deaf else self.socket.recv(1 << 18)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        if self.deaf:
            return False
        if not data:
            self.end()
        self.incoming += data
        at = 0
        while len(self.incoming) - at >= 8:
            end = at + 8 + int.from_bytes(self.incoming[at:at + 3], "big")
            if len(self.incoming) < end:
                break
            self.note(bytes(self.incoming[at:end]))
            at = end
        del self.incoming[:at]
        return True

    def end(self):
        self.seconds = time.monotonic() - self.started

    def note(self, raw):
        kind, stream = raw[3], int.from_bytes(raw[5:8], "big")
        self.kinds[kind] += 1
        if kind == ERROR:
            self.codes[stream] = t.decode_frame(raw)["fields"]["code"]
        elif kind == PONG:
            self.pongs.add(int.from_bytes(raw[8:], "big"))
        if stream < 64 and len(self.frames[stream]) < 64:
            self.frames[stream].append(raw)

    def code(self, stream=0, seconds=20):
        """The code of the ERROR on a stream or on the connection; None when none comes."""
        self.wait(lambda: stream in self.codes or 0 in self.codes, seconds)
        return self.codes.get(stream, self.codes.get(0))

    def answers(self, number=1, seconds=30):
        """Whether the node has worked through everything and still answers."""
        return self.send(ping(number)) and self.wait(lambda: number in self.pongs, seconds)

    def first(self, kind, stream, seconds=20):
        """The fields of the first frame of a kind on a stream; None when none comes."""
        found = lambda: [raw for raw in self.frames[stream] if raw[3] == kind]  # noqa: E731
        self.wait(lambda: found() or stream in self.codes or 0 in self.codes, seconds)
        return t.decode_frame(found()[0])["fields"] if found() else None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Recorder:
    """Stands between a client and a node and keeps what the client sent."""

    def __init__(self, address):
        self.address, self.sent = address, bytearray()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        near, _ = self.server.accept()
        far = socket.create_connection((self.address[0], int(self.address[1])))
        threading.Thread(target=self.copy, args=(far, near, None), daemon=True).start()
        self.copy(near, far, self.sent)

    @staticmethod
    def copy(source, target, record):
        try:
            while data := source.recv(1 << 16):
                if record is not None:
                    record += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
