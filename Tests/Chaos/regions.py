"""Three regions, each of which reaches the others through links only."""
import json
import os
import random
import signal
import socket
import threading
import time

import tiebeam_node
from history import Down
from proxy import Links

NAMES = ("paris", "tokyo", "oslo")
# Below the ports that systems give to outgoing connections, so that a region finds its ports again.
PORTS = range(20_000, 32_000)


class Region(tiebeam_node.Node):
    """One region; it can be killed and started again on the same ports."""

    def __init__(self, name, folder, api_port, options, history):
        super().__init__(folder, [*options, "--api-port", str(api_port)])
        self.name = name
        self.api = f"http://127.0.0.1:{api_port}"
        self.history = history
        self.is_up = False
        self.kill_count = 0
        # Held while it is killed and started again.
        self.turn = threading.Lock()

    def start(self):
        super().start()
        self.is_up = True
        return self

    def crash(self, seconds, again=None):
        """Kills it at once and starts it after `seconds`; and kills it again, `again` seconds after that."""
        with self.turn:
            down = Down(self.name, time.time())
            try:
                self._kill()
                time.sleep(seconds)
                if again is not None:
                    self._start_and_kill(again)
                self.start()
                down.end = time.time()
            finally:
                self.history.add(down)

    def _kill(self):
        self.is_up = False
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        self.kill_count += 1

    def _start_and_kill(self, seconds):
        starter = threading.Thread(target=self._try_to_start)
        starter.start()
        time.sleep(seconds)
        while self.process is None or self.process.returncode is not None:
            time.sleep(0.005)
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        starter.join()
        self.log.close()
        self.kill_count += 1

    def _try_to_start(self):
        try:
            super().start()
        except RuntimeError:
            pass

    @property
    def has_died(self):
        """Whether it ended without being told."""
        return self.is_up and self.process is not None and self.process.poll() is not None


class Regions:
    """Three regions and the links between them."""

    def __init__(self, folder, history):
        ports = free_ports(2 * len(NAMES))
        self.sync_ports = dict(zip(NAMES, ports[:len(NAMES)]))
        self.links = Links(NAMES, self.sync_ports)
        key_file = folder / "organisation.pem"
        key = tiebeam_node.run("roster", "key", key_file).stdout.strip()
        ids = {name: tiebeam_node.identity(folder / name)[0] for name in NAMES}
        self.all = {}
        for name, api_port in zip(NAMES, ports[len(NAMES):]):
            roster = self._roster(folder, name, ids, key_file)
            options = ["--join-regions", "--roster", str(roster), "--roster-key", key,
                       "--sync-port", str(self.sync_ports[name])]
            self.all[name] = Region(name, folder / name, api_port, options, history)

    def _roster(self, folder, name, ids, key_file):
        """The roster as one region has it: the addresses of the others are the links that lead there from it.

        All are of one version, so that regions do not send them to each other.
        """
        ports = {name: self.sync_ports[name]}
        ports |= {other: link.port for (source, other), link in self.links.links.items() if source == name}
        description = folder / f"{name}.json"
        description.write_text(json.dumps({"version": 1, "nodes": [
            {"id": ids[other], "name": other, "role": "region", "region": other.title(),
             "addresses": [f"tiebeam://127.0.0.1:{ports[other]}"]} for other in NAMES]}))
        signed = folder / f"{name}.roster"
        tiebeam_node.run("roster", "sign", description, "--key", key_file, "--output", signed)
        return signed

    def __iter__(self):
        return iter(self.all.values())

    def __getitem__(self, name):
        return self.all[name]

    def up(self):
        return [region for region in self if region.is_up]

    def start(self):
        for region in self:
            region.start()

    def stop(self):
        """Stops what runs, and returns the exit code of each region."""
        codes = {region.name: region.stop() for region in self}
        self.links.close()
        return codes

    def abandon(self):
        """Ends all processes of the run, whatever they do."""
        for region in self:
            if region.process is not None and region.process.poll() is None:
                region.process.kill()
                region.process.wait()

    def verify(self, name):
        """What `tiebeam verify` says of a region that was stopped: its exit code and its report."""
        result = tiebeam_node.run("verify", self[name].data / "data", "--json", check=False)
        try:
            return result.returncode, json.loads(result.stdout)
        except ValueError:
            return result.returncode, {"problems": [result.stdout + result.stderr]}


def free_ports(count):
    """Ports of the loopback address that nobody uses."""
    found = []
    while len(found) < count:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
