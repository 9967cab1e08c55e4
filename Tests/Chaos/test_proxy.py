"""Links do to connections what they say, and a seed always draws the same schedule."""
import pathlib
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from proxy import TO_SOURCE, TO_TARGET, Fault, Links  # noqa: E402
from schedule import KINDS, Schedule  # noqa: E402

PAIR = ("a", "b")


class LinkTests(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(socket.create_server(("127.0.0.1", 0)))
        port = self.server.getsockname()[1]
        self.links = Links(PAIR, {"a": port, "b": port})
        self.addCleanup(self.links.close)
        self.link = self.links.links[PAIR]

    def dial(self):
        source = self.enterContext(socket.create_connection(("127.0.0.1", self.link.port)))
        source.settimeout(5)
        return source

    def pair(self):
        """Both ends of a connection through the link."""
        source = self.dial()
        self.server.settimeout(5)
        target = self.enterContext(self.server.accept()[0])
        target.settimeout(5)
        source.sendall(b"x")
        self.assertEqual(target.recv(1), b"x")
        target.sendall(b"y")
        self.assertEqual(source.recv(1), b"y")
        return source, target

    def assert_silent(self, end):
        end.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            end.recv(1)
        end.settimeout(5)

    def test_bytes_pass_in_both_directions(self):
        source, target = self.pair()
        threading.Thread(target=source.sendall, args=(b"z" * 1_000_000,)).start()
        received = 0
        while received < 1_000_000:
            received += len(target.recv(1 << 16))
        target.close()
        self.assertEqual(source.recv(1), b"")

    def test_a_cut_after_some_bytes(self):
        source, target = self.pair()
        self.links.each([PAIR], "cut", 3, TO_TARGET, False)
        source.sendall(b"12345")
        self.assertEqual(target.recv(10), b"123")
        self.assertEqual(target.recv(10), b"")
        self.assertEqual(self.links.total("cut_count"), 1)

    def test_a_cut_by_a_reset(self):
        source, _ = self.pair()
        self.links.each([PAIR], "cut", 0, TO_TARGET, True)
        with self.assertRaises(ConnectionResetError):
            source.recv(1)

    def test_a_stall_of_one_direction_ends(self):
        source, target = self.pair()
        self.links.add([PAIR], Fault(stalls=True, directions=(TO_TARGET,)), 0.3)
        source.sendall(b"1")
        target.sendall(b"2")
        self.assertEqual(source.recv(1), b"2")
        self.assert_silent(target)
        self.assertEqual(target.recv(1), b"1")

    def test_a_partition_swallows_and_then_goes_on(self):
        source, target = self.pair()
        self.links.add([PAIR], Fault(stalls=True, swallows_dials=True), 10)
        other = self.dial()
        source.sendall(b"1")
        other.sendall(b"3")
        self.assert_silent(target)
        self.links.heal()
        self.assertEqual(target.recv(1), b"1")
        with self.server.accept()[0] as second:
            self.assertEqual(second.recv(1), b"3")

    def test_refused_connections_end_at_once(self):
        self.links.add([PAIR], Fault(refuses_dials=True), 10)
        try:
            self.assertEqual(self.dial().recv(1), b"")
        except ConnectionResetError:
            pass

    def test_delays_and_rates(self):
        source, target = self.pair()
        self.links.add([PAIR], Fault(delay=0.2), 10)
        start = time.monotonic()
        source.sendall(b"1")
        self.assertEqual(target.recv(1), b"1")
        self.assertGreaterEqual(time.monotonic() - start, 0.2)
        self.links.heal()
        self.links.add([PAIR], Fault(rate=10_000, directions=(TO_SOURCE,)), 10)
        start = time.monotonic()
        target.sendall(b"x" * 3_000)
        received = 0
        while received < 3_000:
            received += len(source.recv(3_000))
        self.assertGreaterEqual(time.monotonic() - start, 0.25)

    def test_a_half_open_connection_is_silent_until_its_end_gives_up(self):
        source, target = self.pair()
        self.links.each([PAIR], "half_open", TO_TARGET)
        with self.assertRaises(ConnectionResetError):
            target.recv(1)
        source.sendall(b"1" * 100_000)
        self.assert_silent(source)
        source.close()
        deadline = time.monotonic() + 5
        while not self.link.half_open_seconds and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.link.half_open_seconds), 1)


class ScheduleTests(unittest.TestCase):
    NAMES = ("paris", "tokyo", "oslo")

    def test_a_seed_draws_one_schedule(self):
        drawn = [list(map(str, Schedule(seed, 600, self.NAMES).events)) for seed in ("1", "1", "2")]
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])

    def test_everything_happens(self):
        for seed in range(20):
            schedule = Schedule(seed, 600, self.NAMES)
            self.assertEqual({event.kind for event in schedule.events}, {*KINDS, "kill"})
            self.assertEqual({event.region for event in schedule.events if event.kind == "kill"}, set(self.NAMES))
            self.assertTrue(all(0 < event.at < 600 for event in schedule.events))

    def test_no_region_is_killed_while_it_is_down(self):
        for seed in range(20):
            free = dict.fromkeys(self.NAMES, 0)
            for event in Schedule(seed, 600, self.NAMES).events:
                if event.kind == "kill":
                    self.assertGreater(event.at, free[event.region])
                    free[event.region] = event.at + event.seconds


if __name__ == "__main__":
    unittest.main()
