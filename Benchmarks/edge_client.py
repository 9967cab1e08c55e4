"""One client of an edge or of a region, wherever it is started: prints seconds.

usage: edge_client.py receive API TOKEN PROJECT ROOT COUNT       what a receive asks for: the root, then all that it names
       edge_client.py send API TOKEN PROJECT MODEL ROOT FILE     specklepy's upload of FILE's `id TAB text` lines, and a version
"""
import gzip
import http.client
import json
import os
import sys
import tempfile
import time

os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()

import peers  # noqa: E402

CREATE = "mutation($i: CreateVersionInput!) { versionMutations { create(input: $i) { id } } }"


def connection(api):
    host, port = api.removeprefix("http://").rsplit(":", 1)
    return http.client.HTTPConnection(host, int(port), timeout=600)


def ask(http, token, method, path, body=None):
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/plain", "Accept-Encoding": "gzip",
               "Content-Type": "application/json"}
    http.request(method, path, body, headers)
    answer = http.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {data[:500]}")
    return gzip.decompress(data) if answer.headers["Content-Encoding"] == "gzip" else data


def receive(api, token, project, root, count):
    http = connection(api)
    start = time.monotonic()
    closure = json.loads(ask(http, token, "GET", f"/objects/{project}/{root}/single"))["__closure"]
    body = json.dumps({"objects": json.dumps(list(closure))}).encode()
    found = ask(http, token, "POST", f"/api/getobjects/{project}", body).count(b"\n")
    seconds = time.monotonic() - start
    if found != len(closure) or found + 1 != int(count):
        raise RuntimeError(f"{found} of {count} objects came")
    return seconds


def send(api, token, project, model, root, file):
    with open(file, "rb") as lines:
        objects = [(line[:32].decode(), line[33:].rstrip(b"\n")) for line in lines]
    transport = peers.specklepy_transport(api, token, project)
    start = time.monotonic()
    peers.specklepy_send(transport, objects)
    answer = json.loads(ask(connection(api), token, "POST", "/graphql", json.dumps({"query": CREATE, "variables": {
        "i": {"projectId": project, "modelId": model, "objectId": root}}}).encode()))
    if answer.get("errors"):
        raise RuntimeError(json.dumps(answer["errors"]))
    seconds = time.monotonic() - start
    transport.session.close()
    return seconds


if __name__ == "__main__":
    print({"receive": receive, "send": send}[sys.argv[1]](*sys.argv[2:]))
