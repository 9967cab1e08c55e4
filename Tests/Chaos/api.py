"""Requests to a region, and what it means when they fail."""
import http.client
import json
import time
import urllib.error

import tiebeam_node
from history import Failure

TIMEOUT_SECONDS = 30


class Refused(Exception):
    """The region answered that it did nothing. The text begins with a code."""


class Unsure(Exception):
    """The request may have been carried out or not."""


class Unreached(Exception):
    """The request never arrived."""


class API:
    """Requests to regions, with a record of those that failed."""

    def __init__(self, history):
        self.history = history

    def request(self, region, method, path, token, body=None, kind="application/json", accept=None):
        """Returns status and body of an answer below 500."""
        status, _, answer = self.send(region, method, path, token, body, kind, accept)
        return status, answer

    def send(self, region, method, path, token, body=None, kind="application/json", accept=None):
        """As `request`, with the headers between status and body."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = kind
        if accept:
            headers["Accept"] = accept
        start = time.time()
        try:
            status, fields, answer = tiebeam_node.request(
                method, region.api + path, body, headers, timeout=TIMEOUT_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            self.failed(region, start, error)
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise (Unreached if isinstance(reason, ConnectionRefusedError) else Unsure)(str(error)) from error
        if status >= 500:
            self.failed(region, start, f"{method} {path}: {status} {answer[:200]}", is_internal=True)
            raise Unsure(str(status))
        return status, fields, answer

    def failed(self, region, start, error, is_internal=False):
        self.history.add(Failure(region.name, start, time.time(), f"{type(error).__name__}: {error}", is_internal))

    def rest(self, region, method, path, token, body=None, **options):
        """The JSON of a successful answer; `None` when it is empty."""
        status, answer = self.request(region, method, path, token, body, **options)
        if status >= 400:
            raise Refused(f"{status} {answer[:200]}")
        return json.loads(answer) if answer else None

    def graphql(self, region, query, variables, token):
        """The data of a successful answer."""
        start = time.time()
        body = json.dumps({"query": query, "variables": variables}).encode()
        status, answer = self.request(region, "POST", "/graphql", token, body)
        try:
            answer = json.loads(answer)
        except ValueError as error:
            raise Unsure(f"{status} {answer[:200]}") from error
        if answer.get("errors"):
            self.refuse(region, start, answer["errors"], query)
        return answer["data"]

    def refuse(self, region, start, errors, query):
        """Raises what errors of GraphQL mean."""
        first = errors[0]
        code, message = first.get("extensions", {}).get("code", ""), first["message"]
        if code == "INTERNAL_SERVER_ERROR":
            self.failed(region, start, message, is_internal=True)
            raise Unsure(message)
        # Below a mutation's own field it was carried out, and showing what became of it failed.
        if query.lstrip().startswith("mutation") and len(first.get("path") or ()) > 2:
            raise Unsure(message)
        raise Refused(f"{code} {message}")
