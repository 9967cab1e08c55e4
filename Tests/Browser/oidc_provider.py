"""A provider of OpenID Connect as a process of its own, at which people sign in by a click."""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Provider:
    """Use it in a `with` statement. `people` are their claims; clients have to be registered."""

    def __init__(self, people):
        self.people = people
        self.url = f"http://127.0.0.1:{free_port()}"

    def __enter__(self):
        claims = [option for person in self.people for option in ("--user-claims", json.dumps(person))]
        program = pathlib.Path(sys.executable).parent / "oidc-provider-mock"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "--port", self.url.rsplit(":", 1)[1], "--require-registration", "true", "--require-nonce", "true",
             *claims], stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/.well-known/openid-configuration", timeout=5).close()
                return self
            except urllib.error.URLError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.log.seek(0)
                    raise RuntimeError("the provider did not start:\n" + self.log.read().decode())
                time.sleep(0.1)

    def __exit__(self, *_):
        self.stop()
        self.log.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def register(self, redirect_url):
        """Returns the id and the secret of a client."""
        body = json.dumps({"redirect_uris": [redirect_url]}).encode()
        request = urllib.request.Request(
            self.url + "/oauth2/clients", data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            client = json.load(answer)
        return client["client_id"], client["client_secret"]
