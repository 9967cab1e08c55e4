"""How many queries the node answers in a second, and how soon at half of that: points, and pages of models."""
import json
import statistics

import tiebeam_node
from api_peers import Floor, Peer, median, port_of, post
from peers import log

CONNECTIONS = (4, 16, 64)
PROJECT = "id name description role visibility createdAt updatedAt"
VERSION = "id message referencedObject sourceApplication createdAt authorUser { id name }"
KINDS = {
    "activeUser": "{ activeUser { id name email company role } }",
    "project": "query($p: String!) { project(id: $p) { %s } }" % PROJECT,
    "model": "query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { id name displayName updatedAt "
             "versions(limit: 10) { totalCount cursor items { %s } } } } }" % VERSION,
    "version": "query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { %s } } }" % VERSION}
PAGE = ("query($p: String!) { project(id: $p) { models(limit: 50) { totalCount cursor items { id name displayName "
        "previewUrl updatedAt author { id name } versions(limit: 10) { totalCount cursor items { %s } } } } } }" % VERSION)
LATENCY_MS, RATE = 20, 5_000


def bodies(bench, kind):
    things = {"model": [{"m": one} for one in bench.models], "version": [{"v": one} for one in bench.versions]}
    query = {"query": KINDS[kind]}
    return [json.dumps(query | {"variables": variables | ({"p": bench.project} if "$p" in KINDS[kind] else {})}).encode()
            for variables in things.get(kind, [{}])]


def mixed(bench):
    """All kinds in turn, about models and versions in turn."""
    lists = [bodies(bench, kind) for kind in KINDS]
    return [of[turn % len(of)] for turn in range(max(map(len, lists))) for of in lists]


def answers(bench, asked):
    found = {}
    for body in asked:
        if body not in found:
            status, _, answer = tiebeam_node.request(
                "POST", f"{bench.node.api}/graphql", body,
                {"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"})
            if status != 200 or b'"errors"' in answer:
                raise RuntimeError(f"{status}: {answer.decode()}")
            found[body] = answer
    return [found[body] for body in asked]


def node_peer(bench, name, asked):
    requests = [post("/graphql", body, bench.token) for body in asked]
    return Peer(bench, name, bench.node.process.pid, port_of(bench.node), requests)


def floor_peer(bench, floor, asked):
    return Peer(bench, "floor", floor.pid, floor.port,
                [post(f"/{number}", body, bench.token) for number, body in enumerate(asked)])


def queries(bench):
    report, options, asked = bench.report, bench.options, mixed(bench)
    report.begin("Point queries: a person, a project, a model with ten versions, a version")
    replies = answers(bench, asked)
    with Floor(bench, replies) as floor:
        ours, least = node_peer(bench, "node", asked), floor_peer(bench, floor, asked)
        alive = Peer(bench, "liveness", bench.node.process.pid, port_of(bench.node),
                     [b"GET /liveness HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
        ours.load(16, 1)
        full = {(peer.name, count): [] for peer in (ours, least, alive) for count in CONNECTIONS}
        for _ in range(options.runs):
            for count in CONNECTIONS:
                for peer in (ours, least, alive):
                    full[peer.name, count].append(peer.load(count, options.seconds))
        rates = {key: median(runs, "rate") for key, runs in full.items()}
        best = max(CONNECTIONS, key=lambda count: rates["node", count])
        rate = rates["node", best]
        halves = [(ours.load(best, options.seconds, rate / 2), least.load(best, options.seconds, rate / 2))
                  for _ in range(options.runs)]
    half, least_half = zip(*halves)
    reached = full["node", best]
    size = statistics.fmean(map(len, replies))
    report.keep(full={f"{name} {count}": runs for (name, count), runs in full.items()}, half=half,
                floorHalf=least_half)
    report.at_least("answered a second", rate, RATE, "{:,.0f}",
                    ", ".join(f"{rates['node', count]:,.0f} on {count} connections" for count in CONNECTIONS))
    report.at_most("p99 at half of that", median(half, "p99"), LATENCY_MS, "{:.1f} ms",
                   f"p50 {median(half, 'p50'):.2f} ms, greatest {median(half, 'max'):.0f} ms, "
                   f"{rate / 2:,.0f} a second on {best} connections")
    report.inform("the same of the floor", median(least_half, "p99"), "{:.1f} ms",
                  f"p50 {median(least_half, 'p50'):.2f} ms, greatest {median(least_half, 'max'):.0f} ms: what the machine adds")
    report.inform("p99 at full load", median(reached, "p99"), "{:.1f} ms", f"p50 {median(reached, 'p50'):.2f} ms")
    report.inform("processor time of the node for each", median(reached, "cpu") * 1e6, "{:.0f} us",
                  f"{median(reached, 'server'):.2f} cores busy, {median(reached, 'client'):.2f} more with the client; two "
                  f"cores of its own would give {2 / median(reached, 'cpu'):,.0f} a second; {size:,.0f} bytes an answer")
    floor_cpu = max(median(full["floor", count], "cpu") for count in CONNECTIONS)
    report.inform("share of the floor's rate", rate / rates["floor", best], "{:.0%}",
                  f"floor {rates['floor', best]:,.0f} a second, {floor_cpu * 1e6:.0f} us each")
    report.inform("share of the rate of /liveness", rate / rates["liveness", best], "{:.0%}",
                  f"/liveness without a token {rates['liveness', best]:,.0f} a second, "
                  f"{median(full['liveness', best], 'cpu') * 1e6:.0f} us each")
    by_kind(bench, best)


def by_kind(bench, connections):
    """Each kind by itself."""
    all_of = [node_peer(bench, kind, bodies(bench, kind)) for kind in KINDS]
    runs = {peer.name: [] for peer in all_of}
    for _ in range(bench.options.runs):
        for peer in all_of:
            runs[peer.name].append(peer.load(connections, bench.options.seconds / 2))
    bench.report.keep(kinds=runs)
    for name, found in runs.items():
        bench.report.inform(f"{name}, alone", median(found, "rate"), "{:,.0f}/s",
                            f"{median(found, 'cpu') * 1e6:.0f} us each")


def pages(bench):
    report, options = bench.report, bench.options
    report.begin("A page of 50 models with ten versions each")
    asked = [json.dumps({"query": PAGE, "variables": {"p": bench.project}}).encode()]
    replies = answers(bench, asked)
    single = bodies(bench, "model")
    with Floor(bench, replies) as floor:
        ours, least, one = (node_peer(bench, "page", asked), floor_peer(bench, floor, asked),
                            node_peer(bench, "model", single))
        runs = {peer.name: [] for peer in (ours, least, one)}
        for _ in range(options.runs):
            for peer in (ours, least, one):
                runs[peer.name].append(peer.load(4, options.seconds))
        rate = median(runs["page"], "rate")
        half = [ours.load(4, options.seconds, rate / 2) for _ in range(options.runs)]
    log(f"   a page is {len(replies[0]):,} bytes")
    report.keep(full=runs, half=half)
    report.inform("answered a second", rate, "{:,.0f}",
                  f"{median(runs['page'], 'cpu') * 1e3:.2f} ms of processor each, {len(replies[0]):,} bytes")
    report.inform("p99 at half of that", median(half, "p99"), "{:.1f} ms", f"p50 {median(half, 'p50'):.1f} ms")
    report.inform("processor time against 50 queries for a model",
                  median(runs["page"], "cpu") / median(runs["model"], "cpu") / len(single), "{:.2f}x",
                  f"one takes {median(runs['model'], 'cpu') * 1e6:.0f} us")
    report.inform("share of the floor's rate", rate / median(runs["floor"], "rate"), "{:.1%}",
                  f"floor {median(runs['floor'], 'rate'):,.0f} a second")
