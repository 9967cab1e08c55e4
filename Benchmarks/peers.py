"""Who does the same job: the floor, Tiebeam, git, the HTTP object stream and rsync.

A peer has a `name`; `clear()` removes its copy, `cold(way)` makes one over a way of network.py. Those that can bring a
copy up to date have `renew(way)`, which puts back the copy as it was before, and `update(way)`.
"""
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import time

import zstandard

import network
import object_upload
import tiebeam_node

BLOCK = 1 << 20
START = time.monotonic()
STRAIGHT = network.Straight()


def log(text):
    print(f"{time.monotonic() - START:4.0f} s  {text}", file=sys.stderr, flush=True)


def timed(action):
    start = time.monotonic()
    result = action()
    return time.monotonic() - start, result


def shell(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options)


def copy_tree(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shell("cp", "-r", source, target)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def interleave(peers, runs, prepare, action, way=STRAIGHT):
    """Seconds of every peer, `runs` times in turn. Nobody waits for what another one wrote."""
    results = {peer.name: [] for peer in peers}
    for _ in range(runs):
        for peer in peers:
            prepare(peer)
            os.sync()
            results[peer.name].append(timed(lambda: action(peer, way))[0])
    return results


def cold_runs(peers, runs, way=STRAIGHT):
    return interleave(peers, runs, lambda peer: peer.clear(), lambda peer, way: peer.cold(way), way)


def update_runs(peers, runs, way=STRAIGHT):
    return interleave(peers, runs, lambda peer: peer.renew(way), lambda peer, way: peer.update(way), way)


def medians(results):
    return {name: statistics.median(seconds) for name, seconds in results.items()}


class Floor:
    """What no implementation can do without: zstd -3 of all objects in blocks of 1 MiB, and floor.c."""

    name = "floor"

    def __init__(self, program, objects, directory):
        self.program, self.blocks, self.output = program, directory / "floor.blocks", directory / "floor.out"
        compressor = zstandard.ZstdCompressor(level=3)
        batch, size = [], 0
        with open(self.blocks, "wb") as file:
            def write():
                frame = compressor.compress(b"".join(batch))
                file.write(struct.pack("<II", len(frame), size) + frame)

            for _, text in objects:
                if batch and size + len(text) > BLOCK:
                    write()
                    batch, size = [], 0
                batch.append(text)
                size += len(text)
            write()
        self.wire = self.blocks.stat().st_size

    def clear(self):
        self.output.unlink(missing_ok=True)

    def cold(self, _):
        shell(self.program, self.blocks, self.output)


class Git:
    """The same objects as files of a repository, served by git's own daemon, without TLS.

    The server repacks after each commit, as a maintained one does: the first time with `repack -a -d -f`, then as `gc`
    does, `repack -a -d`. Bitmaps, which a bare repository has by default, make its answers faster, but a fetch larger
    by half: deltas against what the client has are then not looked for. So `without_bitmaps` makes a second peer.
    Copies are bare: objects stay packed, as they do with us. git makes its packs durable by default, too.
    """

    def __init__(self, directory, repository, name="git"):
        self.name, self.directory, self.repository = name, directory, repository
        self.served, self.copy, self.kept = directory / f"{repository}.git", directory / "git-copy", None
        self.port, self.daemon = free_port(), None

    def commit(self, objects):
        """Adds objects as files to what is there."""
        if not self.served.exists():
            shell("git", "init", "-q", "--bare", "-b", "main", self.served)
        parent = subprocess.run(["git", "-C", self.served, "rev-parse", "-q", "--verify", "refs/heads/main^0"],
                                capture_output=True, text=True).stdout.strip()
        with subprocess.Popen(["git", "-C", self.served, "fast-import", "--quiet"], stdin=subprocess.PIPE) as program:
            write = program.stdin.write
            write(b"commit refs/heads/main\ncommitter a <a@b> 1700000000 +0000\ndata 7\nobjects\n")
            if parent:
                write(b"from %s\n" % parent.encode())
            for identity, text in objects:
                write(b"M 100644 inline %s/%s\ndata %d\n" % (identity[:2].encode(), identity[2:].encode(), len(text)))
                write(text + b"\n")
        if program.returncode:
            raise RuntimeError("git fast-import failed")
        shell("git", "-C", self.served, "repack", "-a", "-d", "-q", *([] if parent else ["-f"]))
        return self

    def branch_off(self, repository):
        """A repository that starts with what this one has, at the same daemon."""
        other = Git(self.directory, repository)
        copy_tree(self.served, other.served)
        other.port = self.port
        other.keep()
        return other

    def without_bitmaps(self):
        other = Git(self.directory, f"{self.repository}-plain", "git without bitmaps")
        copy_tree(self.served, other.served)
        for bitmap in (other.served / "objects" / "pack").glob("*.bitmap"):
            bitmap.unlink()
        other.port, other.kept = self.port, self.kept
        return other

    def serve(self):
        self.daemon = subprocess.Popen(
            ["git", "daemon", "--export-all", f"--base-path={self.directory}", "--listen=127.0.0.1",
             f"--port={self.port}", "--reuseaddr"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_port(self.port)
        return self

    def url(self, way):
        host, port = way.reach(self.port)
        return f"git://{host}:{port}/{self.served.name}"

    def clear(self):
        shutil.rmtree(self.copy, ignore_errors=True)

    def cold(self, way):
        shell(*way.prefix, "git", "clone", "-q", "--bare", self.url(way), self.copy)

    def keep(self):
        """Keeps a copy of the present state: what updates start from."""
        self.kept = self.directory / f"{self.served.name}-kept"
        shutil.rmtree(self.kept, ignore_errors=True)
        shell("git", "clone", "-q", "--bare", "--no-local", self.served, self.kept)

    def renew(self, _):
        copy_tree(self.kept, self.copy)

    def update(self, way):
        shell(*way.prefix, "git", "-C", self.copy, "fetch", "-q", self.url(way), "+refs/heads/*:refs/heads/*")

    def stop(self):
        if self.daemon:
            # git's daemon is a child of the git that was started.
            subprocess.run(["pkill", "-P", str(self.daemon.pid)], check=False)
            self.daemon.terminate()
            self.daemon.wait()


class Tiebeam:
    """`tiebeam clone` and `tiebeam pull`: TLS, every object verified, everything durable at the end."""

    name = "tiebeam"

    def __init__(self, node, token, project, directory):
        self.node, self.token, self.project, self.directory = node, token, project, directory
        self.port, self.copy = int(node.sync.rsplit(":", 1)[1]), directory / "copy"
        self.figures, self.server_seconds = None, 0

    def clear(self):
        shutil.rmtree(self.copy, ignore_errors=True)

    def clone(self, way, directory, prefix):
        host, port = way.reach(self.port)
        return shell(*prefix, tiebeam_node.binary(), "clone", f"tiebeam://{host}:{port}/{self.project}", directory,
                     "--token", self.token, "--node-id", self.node.node_id, "--json")

    def cold(self, way):
        before = processor_seconds(self.node.process.pid)
        self.figures = json.loads(self.clone(way, self.copy, way.prefix).stdout)
        self.server_seconds = processor_seconds(self.node.process.pid) - before

    def kept(self, way):
        return self.directory / f"kept-{self.project}-{way.name}"

    def keep(self, *ways):
        """Keeps a clone of the present state for each way, since a copy knows the address that it came from."""
        for way in ways:
            shutil.rmtree(self.kept(way), ignore_errors=True)
            self.clone(way, self.kept(way), [])

    def renew(self, way):
        copy_tree(self.kept(way), self.copy)

    def update(self, way):
        done = shell(*way.prefix, tiebeam_node.binary(), "pull", self.copy, "--json")
        self.figures = json.loads(done.stdout)


class Stream:
    """The same node's HTTP object stream without TLS, gzip as kept by the node, written to a file and not verified.

    All ids are known beforehand, so no request is spent on finding out which objects are missing.
    """

    name = "HTTP"

    def __init__(self, node, token, project, ids, directory):
        self.port, self.project, self.count = int(node.api.rsplit(":", 1)[1]), project, len(ids)
        self.body, self.output = directory / f"ids-{project}-{len(ids)}.json", directory / "stream.out"
        self.body.write_text(json.dumps({"objectIds": ids}, separators=(",", ":")))
        self.headers = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]

    def clear(self):
        self.output.unlink(missing_ok=True)

    def cold(self, way):
        host, port = way.reach(self.port)
        shell(*way.prefix, "curl", "-sSf", "--compressed", "-o", self.output, *self.headers, "--data-binary",
              f"@{self.body}", f"http://{host}:{port}/api/v2/projects/{self.project}/object-stream/")
        with open(self.output, "rb") as file:
            if sum(1 for _ in file) != self.count:
                raise RuntimeError("the object stream is not complete")

    def renew(self, _):
        self.clear()

    def update(self, way):
        self.cold(way)


class Rsync:
    """A file for each object, from rsync's own daemon, compressed by zstd: its fastest way."""

    name = "rsync"

    def __init__(self, objects, directory):
        self.tree, self.copy, self.port = directory / "rsync-tree", directory / "rsync-copy", free_port()
        made = set()
        for identity, text in objects:
            folder = self.tree / identity[:2]
            if folder not in made:
                folder.mkdir(parents=True)
                made.add(folder)
            (folder / identity[2:]).write_bytes(text)
        settings = directory / "rsyncd.conf"
        settings.write_text(
            f"use chroot = no\nuid = {os.geteuid()}\ngid = {os.getegid()}\n[tree]\npath = {self.tree}\n")
        self.daemon = subprocess.Popen(
            ["rsync", "--daemon", "--no-detach", "--address=127.0.0.1", f"--port={self.port}", f"--config={settings}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_port(self.port)

    def clear(self):
        shutil.rmtree(self.copy, ignore_errors=True)

    def cold(self, way):
        host, port = way.reach(self.port)
        shell(*way.prefix, "rsync", "-r", "-z", "--zc=zstd", f"rsync://{host}:{port}/tree/", self.copy)

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        shutil.rmtree(self.tree, ignore_errors=True)


def processor_seconds(pid):
    """What a process has used of the processors, all of its threads included, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3)


def specklepy_transport(api, token, project):
    """specklepy's own transport, as `operations.send` and `receive` use it."""
    from specklepy.api.client import SpeckleClient
    from specklepy.logging import metrics
    from specklepy.transports.server import ServerTransport
    metrics.disable()
    client = SpeckleClient(api, use_ssl=False)
    client.authenticate_with_token(token)
    return ServerTransport(project, client=client)


def specklepy_send(transport, objects):
    transport.begin_write()
    for identity, text in objects:
        transport.save_object(identity, text.decode())
    transport.end_write()


def specklepy_times(node, token, objects):
    """Sends and receives with specklepy's own transport, once: it takes minutes where others take seconds."""
    from specklepy.transports.memory import MemoryTransport
    project = object_upload.create_project(node, token, "specklepy")
    sending, _ = timed(lambda: specklepy_send(specklepy_transport(node.api, token, project), objects))
    receiving, _ = timed(lambda: specklepy_transport(node.api, token, project).copy_object_and_children(
        objects[-1][0], MemoryTransport()))
    return sending, receiving
