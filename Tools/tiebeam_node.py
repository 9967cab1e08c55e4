"""Starts a node for a test or a demo, and signs people in on it. Standard library only."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request


def binary():
    path = os.environ.get("TIEBEAM_BINARY")
    if not path:
        raise SystemExit("TIEBEAM_BINARY must name the tiebeam program")
    return path


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


def request(method, url, body=None, headers=None, timeout=60):
    """One request. Returns status, headers and body; an error status is no exception."""
    message = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with OPENER.open(message, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Node:
    """A node on loopback ports of its own choice. Use it in a `with` statement. `prefix` starts the command."""

    def __init__(self, data=None, options=(), prefix=()):
        self.temporary = tempfile.TemporaryDirectory(prefix="tiebeam-") if data is None else None
        self.data = pathlib.Path(data or self.temporary.name)
        self.options, self.prefix = list(options), list(prefix)
        self.process = None

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        ready = self.data / "ready.json"
        ready.unlink(missing_ok=True)
        self.log = open(self.data / "log.txt", "ab")
        self.process = subprocess.Popen(
            [*self.prefix, binary(), "serve", "--data", str(self.data / "data"), "--host", "127.0.0.1", "--api-port", "0",
             "--sync-port", "0", "--ready-file", str(ready), *self.options],
            stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the node did not start:\n" + (self.data / "log.txt").read_text())
            time.sleep(0.02)
        addresses = json.loads(ready.read_text())
        self.api = addresses["api"].replace("localhost", "127.0.0.1")
        self.sync = addresses.get("sync", "").replace("localhost", "127.0.0.1")  # edges have none
        self.node_id = addresses["nodeID"]
        return self

    def stop(self):
        """Stops the node and returns its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process = None
        self.log.close()
        return code

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        if self.temporary:
            self.temporary.cleanup()

    def memory(self, field="VmRSS"):
        """A line of the process's status, in bytes: VmRSS now, VmHWM at most."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(field)

    def register(self, email, password="correct horse", name="Ann Person", invite=None):
        """Opens an account, perhaps by an invitation's token, and returns a token with all scopes."""
        return self.token_by("register", invite, email=email, password=password, name=name, company="ACME")

    def sign_in(self, email, password="correct horse"):
        """Returns a token with all scopes of somebody who has an account."""
        return self.token_by("login", email=email, password=password)

    def token_by(self, way, invite=None, **form):
        query = "challenge=test" + (f"&token={invite}" if invite else "")
        status, headers, body = request(
            "POST", f"{self.api}/auth/local/{way}?{query}", urllib.parse.urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 302:
            raise RuntimeError(f"{way} gave {status}: {body.decode()}")
        query = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)
        exchange = {"appId": "spklwebapp", "appSecret": "spklwebapp", "challenge": "test",
                    "accessCode": query["access_code"][0]}
        status, _, body = request(
            "POST", f"{self.api}/auth/token", json.dumps(exchange).encode(), {"Content-Type": "application/json"})
        if status != 200:
            raise RuntimeError(f"the code gave {status}: {body.decode()}")
        return json.loads(body)["token"]

    def mails(self, to):
        """The texts of all mails that the node wrote to somebody, the oldest first."""
        lines = run("mail", "list", "--data", self.data / "data").stdout.splitlines()
        ids = [line.split()[0] for line in lines if f"  {to}  " in line]
        return [run("mail", "show", one, "--data", self.data / "data").stdout for one in ids]

    def graphql(self, query, variables=None, token=None):
        """Runs one operation and returns the whole answer."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        return json.loads(request("POST", f"{self.api}/graphql", body, headers)[2])


def identity(folder):
    """(node id, (certificate, key)) of a node that has been started once in `folder`, and is not running."""
    with Node(folder) as node:
        return node.node_id, (folder / "data" / "node-certificate.pem", folder / "data" / "node-key.pem")


def run(*arguments, check=True, **options):
    """Runs the program and returns what it did."""
    return subprocess.run([binary(), *map(str, arguments)], check=check, capture_output=True, text=True, **options)
