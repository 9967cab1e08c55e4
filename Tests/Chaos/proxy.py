"""Links between regions that delay, throttle, cut, stall and swallow what passes. Each has a port of its own.

A link leads from one region to another: the first dials, the second accepts. Faults of a link add up while they last.
"""
import asyncio
import dataclasses
import socket
import struct
import threading
import time

CHUNK_BYTES = 16 << 10
QUEUE_CHUNKS = 16
# How much time a throttled link lets pass between two writes, in seconds.
MOMENT = 0.1
TO_TARGET, TO_SOURCE = 0, 1
BOTH = (TO_TARGET, TO_SOURCE)


@dataclasses.dataclass(eq=False)
class Fault:
    """What is wrong with a link for a while. `directions` limits delays, rates and stalls."""
    delay: float = 0
    rate: float = float("inf")
    stalls: bool = False
    swallows_dials: bool = False
    refuses_dials: bool = False
    directions: tuple = BOTH


class Link:
    """One listening port; whatever dials it is led to the target's port."""

    def __init__(self, source, target, target_port):
        self.source, self.target, self.target_port = source, target, target_port
        self.server = self.port = None
        self.faults = []
        self.connections = set()
        self.changed = asyncio.Event()
        self.byte_count = self.connection_count = self.cut_count = 0
        # How long peers kept connections whose other end was gone, in seconds.
        self.half_open_seconds = []

    def __str__(self):
        return f"{self.source}>{self.target}"

    async def listen(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=64)
        self.port = self.server.sockets[0].getsockname()[1]

    # Faults

    def add(self, fault):
        self.faults.append(fault)
        self._change()

    def remove(self, fault):
        self.faults = [other for other in self.faults if other is not fault]
        self._change()

    def heal(self):
        """Ends all faults, and the connections that are broken for good."""
        self.faults = []
        for connection in list(self.connections):
            if connection.half_open_since is not None:
                connection.close(resets=True)
        self._change()

    def cut(self, after_bytes, direction, resets):
        """Cuts each connection once so many more bytes have passed."""
        for connection in list(self.connections):
            connection.cut_after(after_bytes, direction, resets)

    def half_open(self, kept):
        """One end of each connection is gone, and the other end is not told."""
        for connection in list(self.connections):
            connection.forget(kept)

    def _change(self):
        self.changed.set()
        self.changed = asyncio.Event()

    def stalls(self, direction):
        return any(fault.stalls and direction in fault.directions for fault in self.faults)

    def delay(self, direction):
        return max((fault.delay for fault in self.faults if direction in fault.directions), default=0)

    def rate(self, direction):
        return min((fault.rate for fault in self.faults if direction in fault.directions), default=float("inf"))

    async def wait_while(self, condition):
        while condition():
            changed = self.changed
            await changed.wait()

    # Connections

    async def _accept(self, reader, writer):
        if any(fault.refuses_dials for fault in self.faults):
            return writer.transport.abort()
        self.connection_count += 1
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)


class Connection:
    """One connection through a link: two pumps with a queue each, so that a delay does not cost throughput."""

    def __init__(self, link, reader, writer):
        self.link = link
        self.readers = {TO_TARGET: reader}
        self.writers = {TO_SOURCE: writer}
        self.budgets = {TO_TARGET: None, TO_SOURCE: None}
        self.resets = False
        self.half_open_since = None
        self.kept = None
        self.ended = asyncio.Event()

    async def run(self):
        try:
            swallows = lambda: any(fault.swallows_dials for fault in self.link.faults)  # noqa: E731
            await self.link.wait_while(swallows)
            if self.ended.is_set():
                return
            self.readers[TO_SOURCE], self.writers[TO_TARGET] = await asyncio.open_connection(
                "127.0.0.1", self.link.target_port)
            pumps = [asyncio.create_task(pump) for direction in BOTH for pump in self._pumps(direction)]
            ending = asyncio.create_task(self.ended.wait())
            await asyncio.wait([*pumps, ending], return_when=asyncio.FIRST_COMPLETED)
            for task in [*pumps, ending]:
                task.cancel()
            await asyncio.gather(*pumps, ending, return_exceptions=True)
        except OSError:
            pass
        finally:
            if self.half_open_since is not None:
                self.link.half_open_seconds.append(time.monotonic() - self.half_open_since)
            self.close(self.resets)

    def _pumps(self, direction):
        queue = asyncio.Queue(QUEUE_CHUNKS)
        return self._read(direction, queue), self._write(direction, queue)

    async def _read(self, direction, queue):
        while True:
            try:
                data = await self.readers[direction].read(CHUNK_BYTES)
            except OSError:
                data = b""
            if self.half_open_since is not None:
                # The side that is gone neither speaks nor ends; the kept one speaks to nobody until it gives up.
                if direction != self.kept:
                    await asyncio.Event().wait()
                if not data:
                    return
                continue
            await queue.put((time.monotonic() + self.link.delay(direction), data))
            if not data:
                await asyncio.Event().wait()

    async def _write(self, direction, queue):
        """Ends when the connection does: its reader waits for ever after the end."""
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - time.monotonic()))
            if self.half_open_since is not None:
                continue
            budget = self.budgets[direction]
            if budget is not None:
                data, self.budgets[direction] = data[:budget], budget - len(data)
            ends = not data
            while data and self.half_open_since is None:
                data = await self._pass(data, direction)
            if budget is not None and self.budgets[direction] <= 0:
                self.link.cut_count += 1
                return
            if ends:
                return

    async def _pass(self, data, direction):
        """Passes as much as a moment allows, and returns the rest."""
        rate = self.link.rate(direction)
        count = min(len(data), max(256, rate * MOMENT)) if rate < float("inf") else len(data)
        piece, rest = data[:int(count)], data[int(count):]
        await asyncio.sleep(len(piece) / rate)
        await self.link.wait_while(lambda: self.link.stalls(direction))
        try:
            self.writers[direction].write(piece)
            await self.writers[direction].drain()
        except OSError:
            if self.half_open_since is None:
                self.ended.set()
            return b""
        self.link.byte_count += len(piece)
        return rest

    def cut_after(self, byte_count, direction, resets):
        """At once when that is none."""
        self.budgets[direction] = byte_count
        self.resets = resets
        if byte_count == 0:
            self.link.cut_count += 1
            self.ended.set()

    def forget(self, kept):
        """Closes one end for good. The other one is kept as if nothing had happened: `kept` is the way it speaks."""
        if self.half_open_since is not None or len(self.writers) < 2:
            return
        self.half_open_since, self.kept = time.monotonic(), kept
        _abort(self.writers[kept], resets=True)

    def close(self, resets):
        for writer in self.writers.values():
            _abort(writer, resets)
        self.ended.set()


def _abort(writer, resets):
    if resets:
        raw = writer.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Links:
    """All links of a run, on a thread of their own."""

    def __init__(self, names, ports):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.links = self.do(self._open, names, ports)

    async def _open(self, names, ports):
        links = {(a, b): Link(a, b, ports[b]) for a in names for b in names if a != b}
        for link in links.values():
            await link.listen()
        return links

    def do(self, action, *arguments):
        """Runs `action` on the thread of the links, and returns its result."""
        async def run():
            result = action(*arguments)
            return await result if asyncio.iscoroutine(result) else result
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(timeout=30)

    def add(self, pairs, fault, seconds):
        """A fault of some links, for a while."""
        def add():
            for pair in pairs:
                self.links[pair].add(fault)
                self.loop.call_later(seconds, self.links[pair].remove, fault)
        self.do(add)

    def each(self, pairs, action, *arguments):
        def act():
            for pair in pairs:
                getattr(self.links[pair], action)(*arguments)
        self.do(act)

    def heal(self):
        self.each(self.links, "heal")

    def total(self, counter):
        return sum(getattr(link, counter) for link in self.links.values())

    def close(self):
        self.do(self._close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(timeout=5)
        self.loop.close()

    async def _close(self):
        for link in self.links.values():
            link.server.close()
            for connection in list(link.connections):
                connection.close(resets=False)
            link.heal()
        while any(link.connections for link in self.links.values()):
            await asyncio.sleep(0.01)
