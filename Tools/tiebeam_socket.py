"""A WebSocket with GraphQL on it, down to its frames (RFC 6455). Standard library only."""
import base64
import hashlib
import json
import os
import queue
import socket
import struct
import threading
import urllib.parse

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The handshake was not answered by a change of protocol."""


class Socket:
    """One connection. `protocols` are offered in their order; `self.protocol` is what the node chose."""

    def __init__(self, api, protocols=("graphql-transport-ws",), headers=()):
        host = urllib.parse.urlsplit(api)
        self.connection = socket.create_connection((host.hostname, host.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /graphql HTTP/1.1", f"Host: {host.netloc}", "Connection: Upgrade", "Upgrade: websocket",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
        if protocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.connection.recv(4096)
            if not piece:
                self.close()
                raise Refused(self.buffer.decode())
            self.buffer += piece
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status, *rest = head.decode().split("\r\n")
        if " 101 " not in status + " ":
            self.close()
            raise Refused(status)
        answer = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        digest = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        assert answer["sec-websocket-accept"] == digest
        self.protocol = answer.get("sec-websocket-protocol")

    # Frames

    def write_frame(self, opcode, payload, fin=True):
        mask = os.urandom(4)
        length = len(payload)
        head = bytes([opcode | (0x80 if fin else 0)])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if length < 1 << 16 else payload
        self.connection.sendall(head + (mask if length < 1 << 16 else bytes(4)) + masked)

    def take(self, count):
        while len(self.buffer) < count:
            piece = self.connection.recv(65536)
            if not piece:
                raise ConnectionError("the node closed the connection")
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def read_frame(self):
        first, second = self.take(2)
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack(">H", self.take(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.take(8))
        assert not second & 0x80, "a server masks nothing"
        return first & 0x0F, self.take(length)

    # Messages

    def send(self, **message):
        self.write_frame(TEXT, json.dumps(message).encode())

    def receive(self):
        """The next message; a close frame as ("close", code, reason)."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                return "close", struct.unpack(">H", payload[:2])[0], payload[2:].decode()
            if opcode == PING:
                self.write_frame(PONG, payload)

    def initialise(self, token=None, payload=None):
        self.send(type="connection_init", payload=payload or ({"Authorization": f"Bearer {token}"} if token else {}))
        return self.receive()

    def close(self):
        self.connection.close()


class Watcher:
    """Subscribes, and keeps what comes. `next()` waits for one response."""

    def __init__(self, api, token, query, variables=None):
        self.socket = Socket(api)
        answer = self.socket.initialise(token)
        assert answer["type"] == "connection_ack", answer
        self.socket.send(id="1", type="subscribe", payload={"query": query, "variables": variables or {}})
        # What follows a query on the same connection was subscribed to before.
        self.socket.send(id="2", type="subscribe", payload={"query": "{ __typename }"})
        self.messages = queue.Queue()
        while (message := self.socket.receive()) and message.get("id") != "2":
            self.messages.put(message)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while True:
                message = self.socket.receive()
                self.messages.put(message)
                if isinstance(message, tuple):
                    return
        except (OSError, ConnectionError):
            self.messages.put(None)

    def next(self, timeout=10):
        while True:
            message = self.messages.get(timeout=timeout)
            if isinstance(message, dict) and message.get("id") != "1":
                continue
            return message["payload"] if isinstance(message, dict) and message["type"] == "next" else message

    def is_silent(self, seconds=0.5):
        try:
            return self.next(timeout=seconds) is None
        except queue.Empty:
            return True

    def close(self):
        self.socket.close()
