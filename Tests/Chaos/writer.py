"""A thread that writes to whichever region is up, and notes each write in the history."""
import contextlib
import logging
import os
import random
import tempfile
import threading
import time

# Local accounts of whoever runs this must not get in the way.
HOME = tempfile.TemporaryDirectory(prefix="chaos-home-")
os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = HOME.name

import requests  # noqa: E402
from specklepy.api.client import SpeckleClient  # noqa: E402
from specklepy.logging import metrics  # noqa: E402
from specklepy.logging.exceptions import GraphQLException  # noqa: E402

from api import Refused, Unreached, Unsure  # noqa: E402
from history import Write  # noqa: E402

metrics.disable()
# Uploads that fail when a region is killed are noted elsewhere.
logging.getLogger("specklepy").setLevel(logging.CRITICAL)
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

# How often a region is read at once after it acknowledged a write.
READ_BACK_SHARE = 0.3


class Context:
    """What all writers and readers of a run share."""

    def __init__(self, seed, history, regions, api, reader, world, sent):
        self.seed = seed
        self.history = history
        self.regions = regions
        self.api = api
        self.reader = reader
        self.world = world
        self.sent = sent
        self.stop = threading.Event()
        # A region that will be killed in a moment: it is written to without a pause.
        self.doomed = None
        # Errors of the test itself.
        self.errors = []


class Writer:
    """How one thread writes."""

    def __init__(self, context, number):
        self.context = context
        self.api, self.world, self.sent = context.api, context.world, context.sent
        self.random = random.Random(f"{context.seed}/writer/{number}")
        self.number = number
        self.count = 0
        self.clients = {}

    def text(self, what):
        """A value that nobody else writes."""
        self.count += 1
        return f"{what} {self.number}-{self.count}"

    def region(self):
        """A region that is up; `None` when none is."""
        doomed = self.context.doomed
        if doomed is not None and doomed.is_up and self.random.random() < 0.8:
            return doomed
        up = self.context.regions.up()
        return self.random.choice(up) if up else None

    def attempt(self, region, kind, scope, do, effect, note=""):
        """Writes by `do` and notes what came of it. Returns the result; `None` unless it was acknowledged.

        `effect` says what the write does, given its result, or `None` for one that is not known.
        """
        start = time.time()
        result, end, status = None, None, "maybe"
        try:
            result = do()
            end, status = time.time(), "ok"
        except Unreached:
            return None
        except Refused:
            end, status = time.time(), "refused"
        except Unsure:
            pass
        members = {"scope": scope, **effect(result)}
        self.context.history.add(Write(region.name, kind, start=start, end=end, status=status, note=note, **members))
        return result

    def mutate(self, region, token, query, **variables):
        """The answer of the one field below the one field of a mutation."""
        data = self.api.graphql(region, "mutation" + query, variables, token)
        return next(iter(next(iter(data.values())).values()))

    def read_back(self, region, project):
        if self.random.random() < READ_BACK_SHARE:
            with contextlib.suppress(Refused, Unreached, Unsure):
                self.context.reader.project(region, project.id, project.owner.token)

    # specklepy

    def client(self, region, person):
        key = region.name, person.id
        if key not in self.clients:
            with self.meaning(region, Unreached):
                client = SpeckleClient(region.api, use_ssl=False)
                client.authenticate_with_token(person.token)
            # A write that is sent twice cannot be told from two writes.
            client.httpclient.transport.retries = 0
            self.clients[key] = client
        return self.clients[key]

    @contextlib.contextmanager
    def meaning(self, region, failure=Unsure):
        """Gives what specklepy raises its meaning."""
        start = time.time()
        try:
            yield
        except GraphQLException as error:
            if not error.errors:
                raise failure(str(error)) from error
            self.api.refuse(region, start, error.errors, "mutation")
        except requests.HTTPError as error:
            if error.response is None or error.response.status_code >= 500:
                self.api.failed(region, start, error, is_internal=True)
                raise failure(str(error)) from error
            raise Refused(str(error.response.status_code)) from error
        except Exception as error:
            self.api.failed(region, start, getattr(error, "message", None) or repr(error))
            raise failure(str(error)) from error
