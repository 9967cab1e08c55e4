"""Three regions behind bad links, killed at random and written to all the time: nothing may be lost, all must agree.

usage: chaos.py [SECONDS [SEED]]
"""
import concurrent.futures
import pathlib
import random
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import checker  # noqa: E402
import mix  # noqa: E402
import report  # noqa: E402
import settle  # noqa: E402
import tiebeam_node  # noqa: E402
from api import API  # noqa: E402
from history import History  # noqa: E402
from people import MoreActions  # noqa: E402
from regions import NAMES, Regions  # noqa: E402
from schedule import Schedule  # noqa: E402
from state import Reader  # noqa: E402
from trees import Sent  # noqa: E402
from world import World  # noqa: E402
from writer import Context  # noqa: E402

WRITERS = 4
# How long a region is written to without a pause before it is killed.
RUSH_SECONDS = 0.4
# How long a region may keep a connection whose other end is gone: 45 s of silence, and the time to notice.
HALF_OPEN_SECONDS_MAX = 75


class Run:
    def __init__(self, seconds, seed):
        self.seconds, self.seed = seconds, seed
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tiebeam-chaos-"))
        self.schedule = Schedule(seed, seconds, NAMES)
        self.history = History(self.folder / "history.jsonl")
        self.regions = Regions(self.folder, self.history)
        api = API(self.history)
        self.context = Context(
            seed, self.history, self.regions, api, Reader(api, self.history), World(), Sent())
        self.problems = []
        self.figures = {}

    def go(self):
        """Runs it all. What is wrong afterwards is in `problems`."""
        self.regions.start()
        self.open_accounts()
        threads = mix.start(self.context, WRITERS, pause=0.15 if self.seconds <= 60 else 0.4)
        try:
            self.follow_schedule()
        finally:
            self.context.stop.set()
            for thread in threads:
                thread.join()
        self.problems += self.context.errors + self.deaths()
        if not self.problems:
            self.settle()
        self.figures["seconds"] = time.monotonic() - report.START

    def open_accounts(self):
        """Three people, known in all regions, of whom the first is the administrator."""
        setup = MoreActions(self.context, "setup")
        first = self.regions[NAMES[0]]
        self.context.world.people = [
            setup.register(first, f"{name}@example.com", f"Chaos {name}") for name in ("ann", "bob", "cid")]
        deadline = time.monotonic() + 30
        tokens = [person.token for person in self.context.world.people]
        for region in self.regions:
            while not all(self.is_known(region, token) for token in tokens):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{region.name} does not know the people after 30 s")
                time.sleep(0.1)

    def is_known(self, region, token):
        status, body = self.context.api.request(
            region, "POST", "/graphql", token, b'{"query": "{ activeUser { id } }"}')
        return status == 200 and b'"id"' in body

    def follow_schedule(self):
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(len(NAMES)) as pool:
            crashes = []
            for event in self.schedule.events:
                if event.kind == "kill":
                    self.wait_until(start + event.at - RUSH_SECONDS)
                    self.context.doomed = self.regions[event.region]
                self.wait_until(start + event.at)
                if self.context.errors or self.deaths():
                    break
                if event.kind == "kill":
                    crashes.append(pool.submit(self.regions[event.region].crash, event.seconds, event.again))
                    self.context.doomed = None
                else:
                    self.schedule.apply(event, self.regions.links)
            else:
                self.wait_until(start + self.seconds)
        for crash in crashes:
            crash.result()
        self.context.stop.set()
        self.regions.links.heal()

    def wait_until(self, moment):
        while (rest := moment - time.monotonic()) > 0:
            report.progress(self)
            time.sleep(min(rest, 1))

    def deaths(self):
        return [f"{region.name} ended by itself" for region in self.regions if region.has_died]

    def settle(self):
        seconds, difference = settle.converge(self.context, report.tick)
        self.figures["convergence"] = seconds
        if difference:
            self.problems.append(f"the regions are not equal after {seconds:.0f} s: {difference}")
            return
        all_shown = settle.final_reads(self.context)
        self.figures["conflicts"] = report.conflicts(all_shown)
        count, problems = settle.check_bytes(self.context, all_shown, report.tick)
        self.figures["compared"] = count
        links = self.regions.links.links.values()
        self.problems += problems + self.deaths() + [
            f"a connection of {link} whose other end was gone was kept for {kept:.0f} s"
            for link in links for kept in link.half_open_seconds if kept > HALF_OPEN_SECONDS_MAX]
        self.stop()
        self.problems += checker.problems(self.history)

    def stop(self):
        for name, code in self.regions.stop().items():
            if code != 0:
                self.problems.append(f"{name} ended with code {code}")
            code, found = self.regions.verify(name)
            if code != 0 or found["problems"]:
                self.problems.append(f"verify of {name} ended with code {code}: {found['problems'][:5]}")

    def close(self):
        self.regions.abandon()
        self.history.close()
        if not self.problems:
            shutil.rmtree(self.folder)


def main(seconds=600, seed=None):
    tiebeam_node.binary()
    seconds = float(seconds)
    seed = seed or str(random.SystemRandom().randrange(10**9))
    run = Run(seconds, seed)
    print(f"Chaos for {seconds:g} s with the seed {seed}. What goes wrong when:")
    for event in run.schedule.events:
        print(event)
    sys.stdout.flush()
    try:
        run.go()
    except BaseException as error:
        run.problems.append(f"{type(error).__name__}: {error}")
        raise
    finally:
        run.close()
    report.result(run)
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
