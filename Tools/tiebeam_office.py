"""Starts a region and an edge of it for a test. Standard library only."""
import pathlib
import socket
import tempfile

import tiebeam_node


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Office:
    """`region`, which somebody with `token` administers, and `edge`. Both run."""

    def __init__(self, folder=None, link=None):
        """`link` leads to a port, and gives the port by which the edge reaches it."""
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix="tiebeam-")
        folder = pathlib.Path(folder or self.temporary.name)
        port = free_port()
        tiebeam_node.run("region", "create", "paris", "--address", f"tiebeam://127.0.0.1:{link(port) if link else port}",
                         "--data", folder / "paris" / "data")
        self.region = tiebeam_node.Node(folder / "paris", ["--sync-port", str(port)])
        self.edge = tiebeam_node.Node(folder / "lyon")
        self.region.start()
        self.token = self.region.register("ann@example.com")
        invitation = tiebeam_node.run("edge", "invite", "--api", self.region.api, "--token", self.token).stdout.strip()
        tiebeam_node.run("edge", "join", invitation, "lyon", "--data", folder / "lyon" / "data")
        self.edge.start()

    def stop(self):
        codes = [self.edge.stop(), self.region.stop()]
        if self.temporary:
            self.temporary.cleanup()
        assert codes in ([0, 0], [0, None]), codes
