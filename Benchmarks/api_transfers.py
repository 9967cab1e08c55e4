"""Raw objects up and down by the routes that specklepy uses, beside the least that they cost, and what memory they take."""
import concurrent.futures
import gzip
import hashlib
import http.client
import io
import json
import socket
import struct
import threading
import time

import zstandard

import object_upload
import peers
import tiebeam_node
from api_peers import Floor, median, port_of
from peers import BLOCK

UPLOAD, DOWNLOAD = 150e6, 400e6  # raw bytes a second and core
BATCH_BYTES, SPECKLEPY_BATCH_BYTES = 8 << 20, 1_000_000
SPECKLEPY_THREADS = 4


def batches(texts, size):
    """JSON arrays of objects, about `size` bytes each."""
    batch, filled = [], 0
    for text in texts:
        if batch and filled + len(text) > size:
            yield b"[" + b",".join(batch) + b"]"
            batch, filled = [], 0
        batch.append(text)
        filled += len(text)
    yield b"[" + b",".join(batch) + b"]"


def measured(pid, raw, action):
    """Seconds, and raw bytes for each second of a process's processor time and by the clock."""
    before, start = peers.processor_seconds(pid), time.monotonic()
    action()
    seconds, used = time.monotonic() - start, peers.processor_seconds(pid) - before
    return {"seconds": seconds, "cpu": raw / used, "wall": raw / seconds}


# Up -------------------------------------------------------------------------------------------------------------------
class Form:
    """How a client sends: in batches of some size, over some connections, compressed (at level 6, as most SDKs do) or not."""

    def __init__(self, name, texts, size, compressed, connections):
        self.name, self.compressed, self.connections = name, compressed, connections
        made = list(batches(texts, size))
        self.raw, self.count = sum(map(len, made)), len(made)
        self.batches = [gzip.compress(one, 6) for one in made] if compressed else made

    def multipart(self):
        kind = "application/gzip" if self.compressed else "application/json"
        return [object_upload.multipart([("batch-1", kind, one)]) for one in self.batches]


def send(port, path, bodies, connections, headers):
    """Posts bodies, each with its content type, over some connections at a time."""
    waiting, lock = iter(bodies), threading.Lock()

    def work():
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        while True:
            with lock:
                body, kind = next(waiting, (None, None))
            if body is None:
                break
            client.request("POST", path, body, headers | {"Content-Type": kind})
            answer = client.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"an upload gave {answer.status}: {text.decode()}")
        client.close()

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        for done in [pool.submit(work) for _ in range(connections)]:
            done.result()


def upload_once(form):
    """Into a node that has nothing. Returns what it took, the peak of the node's memory and what it was when idle."""
    with tiebeam_node.Node() as node:
        token = node.register("bench@example.com")
        project = object_upload.create_project(node, token)
        bodies, idle = form.multipart(), node.memory()
        took = measured(node.process.pid, form.raw, lambda: send(
            port_of(node), f"/objects/{project}", bodies, form.connections, {"Authorization": f"Bearer {token}"}))
        return took, node.memory("VmHWM"), idle


def floor_upload(bench, form, path):
    with Floor(bench) as floor:
        bodies = [(one, "application/json") for one in form.batches]
        return measured(floor.pid, form.raw, lambda: send(floor.port, path, bodies, form.connections, {}))


def upload(bench):
    report, texts = bench.report, bench.texts
    report.begin(f"Upload of {len(texts):,} objects, {bench.size / 1e6:.0f} MB raw")
    forms = [Form("as JSON, 8 MiB at a time", texts, BATCH_BYTES, False, 1),
             Form("as gzip, 8 MiB at a time", texts, BATCH_BYTES, True, 1),
             Form("as specklepy: gzip, 1 MB, four at a time", texts, SPECKLEPY_BATCH_BYTES, True, SPECKLEPY_THREADS)]
    found = {(form.name, peer): [] for form in forms for peer in ("node", "store", "sink")}
    for _ in range(bench.options.runs):
        for form in forms:
            found[form.name, "node"].append(upload_once(form)[0])
            store = "/store-gzip" if form.compressed else "/store"
            found[form.name, "store"].append(floor_upload(bench, form, store))
            found[form.name, "sink"].append(floor_upload(bench, form, "/sink"))
    report.keep(runs={f"{form}: {peer}": runs for (form, peer), runs in found.items()})
    for form in forms:
        ours, store, sink = (found[form.name, peer] for peer in ("node", "store", "sink"))
        report.at_least(f"{form.name}, per core", median(ours, "cpu") / 1e6, UPLOAD / 1e6, "{:,.0f} MB/s",
                        f"{median(ours, 'wall') / 1e6:,.0f} MB/s by the clock, {form.count} requests")
        report.inform("  share of the floor's speed per core", median(ours, "cpu") / median(store, "cpu"), "{:.0%}",
                      f"{median(store, 'cpu') / 1e6:,.0f} MB/s to hash, compress and keep the same bytes"
                      + (" inflated" if form.compressed else ""))
        report.inform("  time against plain HTTP", median(ours, "seconds") / median(sink, "seconds"), "{:.1f}x",
                      f"{median(ours, 'seconds'):.2f} s, {median(sink, 'seconds'):.2f} s to take and forget the bytes")


# Down -----------------------------------------------------------------------------------------------------------------
def request(path, token, compressed, ids=None):
    body = b"" if ids is None else json.dumps({"objects": json.dumps(ids)}).encode()
    lines = [f"{'GET' if ids is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}",
             "Accept: text/plain", "Connection: close", f"Content-Length: {len(body)}"]
    if ids is not None:
        lines.append("Content-Type: application/json")
    if compressed:
        lines.append("Accept-Encoding: gzip")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def receive(port, asked, keep=False):
    """Reads an answer to its end. Returns how many bytes it had, head and all, or the bytes."""
    buffer, count, kept = bytearray(1 << 20), 0, []
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(asked)
        while got := connection.recv_into(buffer):
            count += got
            if keep:
                kept.append(bytes(buffer[:got]))
    return b"".join(kept) if keep else count


class Received:
    """Lets http.client read what has come."""

    def __init__(self, data):
        self.data = data

    def makefile(self, *_):
        return io.BytesIO(self.data)


def body_of(data):
    answer = http.client.HTTPResponse(Received(data))
    answer.begin()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {body[:500]}")
    return body, answer.headers["Content-Encoding"] == "gzip"


class Download:
    """One answer that is asked for: all of a model by its root, or objects by their ids. `cold` ones find nothing that was
    compressed before; `is_held` ones have a target."""

    def __init__(self, bench, name, path, compressed, ids=None, cold=False, is_held=True):
        self.name, self.compressed, self.cold, self.is_held = name, compressed, cold, is_held
        self.asked = request(path, bench.token, compressed, ids)
        self.bench, self.found = bench, {"node": [], "plain": [], "packed": []}

    def check(self, expected):
        """Looks at every byte once. Keeps what the floor needs."""
        data = receive(port_of(self.bench.node), self.asked, keep=True)
        self.wire = len(data)
        self.body, is_gzip = body_of(data)
        lines = gzip.decompress(self.body) if is_gzip else self.body
        if is_gzip != self.compressed:
            raise RuntimeError("the node chose another form")
        self.raw = len(lines)
        found = {bytes(line[:32]): hashlib.sha256(line[33:]).digest() for line in lines.splitlines()}
        if found != expected:
            raise RuntimeError(f"{self.name}: {len(found)} objects came, or others than the {len(expected)} that were sent")
        self.lines = lines

    def run(self):
        if self.cold:
            for path in (self.bench.node.data / "data" / "cache" / "gzip").iterdir():
                path.unlink()

        def get():
            received = receive(port_of(self.bench.node), self.asked)
            # The head has a date, and chunks may be cut elsewhere.
            if abs(received - self.wire) > self.wire / 100:
                raise RuntimeError(f"{received} bytes came in place of {self.wire}")
        self.found["node"].append(measured(self.bench.node.process.pid, self.raw, get))

    def run_floor(self, floor, number):
        """Answer `number` is the same bytes, the one after it the objects in compressed blocks."""
        for name, path in (("plain", f"/{number}"), ("packed", f"/packed/{number + 1}")):
            asked = request(path, "", False)
            self.found[name].append(measured(floor.pid, self.raw, lambda: receive(floor.port, asked)))


def packed(lines):
    """Blocks as floor.c has them."""
    compressor = zstandard.ZstdCompressor(level=3)
    blocks = []
    for at in range(0, len(lines), BLOCK):
        raw = lines[at:at + BLOCK]
        frame = compressor.compress(raw)
        blocks.append(struct.pack("<II", len(frame), len(raw)) + frame)
    return b"".join(blocks)


def download(bench):
    report = bench.report
    everything, root = bench.revision.ids, bench.revision.roots[0]
    digests = {one.encode(): hashlib.sha256(text).digest() for one, text in zip(everything, bench.texts)}
    below = json.loads(bench.texts[everything.index(root)])["__closure"]
    model = {one.encode(): digests[one.encode()] for one in (root, *below)}
    report.begin(f"Download of one model of {len(model):,} objects, and of {len(digests):,} objects by their ids")
    tree, listed = f"/objects/{bench.project}/{root}", f"/api/getobjects/{bench.project}"
    jobs = [(Download(bench, "a model by its root, as text", tree, False), model),
            (Download(bench, "objects by their ids, as text", listed, False, everything), digests),
            (Download(bench, "objects by their ids, as gzip", listed, True, everything), digests),
            (Download(bench, "the same, asked for the first time", listed, True, everything, True, False), digests),
            (Download(bench, "every second object, as gzip", listed, True, everything[::2], False, False),
             {one.encode(): digests[one.encode()] for one in everything[::2]})]
    for job, expected in jobs:
        job.check(expected)
    answers = [part for job, _ in jobs for part in (job.body, packed(job.lines))]
    with Floor(bench, answers) as floor:
        del answers
        for job, _ in jobs:
            job.body = job.lines = None
        for _ in range(bench.options.runs):
            for number, (job, _) in enumerate(jobs):
                job.run()
                job.run_floor(floor, 2 * number)
    report.keep(runs={job.name: job.found for job, _ in jobs})
    for job, _ in jobs:
        show(report, job)


def show(report, job):
    ours, plain, packed_one = (job.found[name] for name in ("node", "plain", "packed"))
    detail = (f"{median(ours, 'wall') / 1e6:,.0f} MB/s by the clock, {job.raw / 1e6:.0f} MB, "
              f"{job.wire / 1e6:.0f} on the socket")
    if not job.is_held:
        report.inform(f"{job.name}, per core", median(ours, "cpu") / 1e6, "{:,.0f} MB/s", detail)
        return
    report.at_least(f"{job.name}, per core", median(ours, "cpu") / 1e6, DOWNLOAD / 1e6, "{:,.0f} MB/s", detail)
    if not job.compressed:
        report.inform("  share of the floor's speed per core", median(ours, "cpu") / median(packed_one, "cpu"), "{:.0%}",
                      f"{median(packed_one, 'cpu') / 1e6:,.0f} MB/s to decompress and send the same")
    report.inform("  time against a static file", median(ours, "seconds") / median(plain, "seconds"), "{:.1f}x",
                  f"{median(ours, 'seconds'):.2f} s, {median(plain, 'seconds'):.2f} s for the same bytes from memory")
