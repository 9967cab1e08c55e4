"""What scripts of older connectors do: specklepy 2, by the names of streams, branches and commits."""
import asyncio
import os
import pathlib
import sys
import tempfile
import unittest

# Local accounts of whoever runs this must not get in the way.
os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

from specklepy.api import operations  # noqa: E402
from specklepy.api.client import SpeckleClient  # noqa: E402
from specklepy.logging import metrics  # noqa: E402
from specklepy.logging.exceptions import GraphQLException, SpeckleException  # noqa: E402
from specklepy.objects import Base  # noqa: E402
from specklepy.transports.server import ServerTransport  # noqa: E402

import tiebeam_node  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402

metrics.disable()


class LegacyTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.token = cls.node.register("ann@example.com")
        cls.other_token = cls.node.register("bob@example.com", name="Bob Other")
        cls.client, cls.other = cls.connect(cls.token), cls.connect(cls.other_token)

    @classmethod
    def connect(cls, token):
        client = SpeckleClient(cls.node.api, use_ssl=False)
        client.authenticate_with_token(token)
        return client

    def refuse(self, call, *arguments, **named):
        """specklepy 2 returns some errors, and raises others."""
        try:
            answer = call(*arguments, **named)
        except (GraphQLException, SpeckleException):
            return
        self.assertIsInstance(answer, (GraphQLException, SpeckleException))

    def send(self, stream, **fields):
        base = Base()
        for name, value in fields.items():
            base[name] = value
        return operations.send(base, [ServerTransport(stream, client=self.client)], use_default_cache=False)

    def test_streams(self):
        stream = self.client.stream.create(name="Office", description="A house", is_public=False)
        self.assertEqual(len(stream), 10)
        shown = self.client.stream.get(stream)
        self.assertEqual((shown.name, shown.description, shown.isPublic, shown.role),
                         ("Office", "A house", False, "stream:owner"))
        self.assertEqual([c.name for c in shown.collaborators], ["Ann Person"])
        self.assertTrue(self.client.stream.update(id=stream, name="Tower", is_public=True))
        self.assertEqual((self.client.stream.get(stream).name, self.client.stream.get(stream).isPublic), ("Tower", True))
        self.assertIn(stream, [s.id for s in self.client.stream.list()])
        self.assertEqual([s.id for s in self.client.stream.search("tower")], [stream])
        self.assertTrue(self.client.stream.update(id=stream, is_public=False))
        self.refuse(self.other.stream.get, stream)
        self.refuse(self.other.stream.delete, stream)
        self.assertTrue(self.client.stream.delete(stream))
        self.refuse(self.client.stream.get, stream)

    def test_invitations(self):
        stream, bob = self.client.stream.create(name="Shared", is_public=False), self.other.active_user.get()
        self.assertTrue(self.client.stream.invite(stream, user_id=bob.id, role="stream:contributor"))
        pending, = self.client.stream.get_all_pending_invites(stream)
        self.assertEqual((pending.user.id, pending.role, pending.token), (bob.id, "stream:contributor", None))
        mine = next(i for i in self.other.active_user.get_all_pending_invites() if i.streamId == stream)
        self.assertTrue(self.other.stream.invite_use(stream, mine.token))
        self.assertEqual(self.other.stream.get(stream).role, "stream:contributor")
        self.assertTrue(self.client.stream.update_permission(stream, bob.id, "stream:reviewer"))
        self.assertEqual(self.other.stream.get(stream).role, "stream:reviewer")
        self.assertTrue(self.client.stream.revoke_permission(stream, bob.id))
        self.refuse(self.other.stream.get, stream)
        self.assertTrue(self.client.stream.invite(stream, email="cleo@example.com"))
        pending, = self.client.stream.get_all_pending_invites(stream)
        self.assertTrue(self.client.stream.invite_cancel(stream, pending.inviteId))
        self.assertEqual(self.client.stream.get_all_pending_invites(stream), [])

    def test_branches_and_commits(self):
        stream = self.client.stream.create(name="Work")
        branch = self.client.branch.create(stream, "Structure/Steel", "Beams")
        shown = self.client.branch.get(stream, "structure/steel")
        self.assertEqual((shown.id, shown.name, shown.description), (branch, "structure/steel", "Beams"))
        self.assertTrue(self.client.branch.update(stream, branch, name="structure/iron"))
        root = self.send(stream, text="one", speckle_units="m")
        first = self.client.commit.create(stream, root, "structure/iron", "first", "blender")
        second = self.client.commit.create(
            stream, self.send(stream, text="two"), "structure/iron", "second", parents=[first])
        commit = self.client.commit.get(stream, second)
        self.assertEqual((commit.message, commit.branchName, commit.authorName, commit.parents),
                         ("second", "structure/iron", "Ann Person", [first]))
        self.assertEqual([c.id for c in self.client.commit.list(stream)], [second, first])
        listed, = [b for b in self.client.branch.list(stream) if b.name == "structure/iron"]
        self.assertEqual([c.id for c in listed.commits.items], [second, first])
        self.assertTrue(self.client.commit.update(stream, first, "better"))
        self.assertEqual(self.client.commit.get(stream, first).message, "better")
        self.assertTrue(self.client.commit.received(stream, second, "test"))
        received = operations.receive(
            self.client.commit.get(stream, first).referencedObject, ServerTransport(stream, client=self.client))
        self.assertEqual(received["text"], "one")
        self.assertEqual(self.client.object.get(stream, root)["text"], "one")
        large = self.send(stream, text="x" * (9 << 20))
        query = "query($s: String!, $o: String!) { stream(id: $s) { object(id: $o) { id } } }"
        answer = self.node.graphql(query, {"s": stream, "o": large}, self.token)
        self.assertEqual(answer["data"]["stream"]["object"], {"id": large})
        self.assertEqual(self.node.graphql(query, {"s": stream, "o": "0" * 32}, self.token)["data"]["stream"]["object"], None)
        self.refuse(self.client.commit.create, stream, root, "nowhere")
        self.refuse(self.client.commit.create, stream, "0" * 32, "structure/iron")
        self.refuse(self.other.commit.create, stream, root, "structure/iron")
        self.assertTrue(self.client.commit.delete(stream, second))
        self.assertTrue(self.client.branch.delete(stream, branch))
        self.assertIsNone(self.client.branch.get(stream, "structure/iron"))

    def test_people(self):
        me = self.client.user.get()
        self.assertEqual((me.name, me.email), ("Ann Person", "ann@example.com"))
        # Addresses of others are shown to administrators only.
        other = self.client.user.get(self.other.active_user.get().id)
        self.assertEqual((other.name, other.email), ("Bob Other", "bob@example.com"))
        seen = self.other.user.get(me.id)
        self.assertEqual((seen.name, seen.email), ("Ann Person", None))
        self.assertTrue(self.client.user.update(bio="builds"))
        self.assertEqual(self.client.user.get().bio, "builds")
        query = "query($id: String) { user(id: $id) { %s } }"
        for field in ("apiTokens { id }", "streams { totalCount }", "projects { totalCount }", "projectInvites { id }"):
            answer = self.node.graphql(query % field, {"id": self.other.active_user.get().id}, self.token)
            self.assertEqual(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", field)

    def test_subscriptions(self):
        stream = self.client.stream.create(name="Watched")
        heard = asyncio.run(self.hear(stream))
        self.assertEqual(heard.id, stream)
        self.assertTrue(heard.name.startswith("Renamed"))
        commits, branches = (
            Watcher(self.node.api, self.token, "subscription($s: String!) { %s(streamId: $s) }" % name, {"s": stream})
            for name in ("commitCreated", "branchDeleted"))
        self.addCleanup(commits.close), self.addCleanup(branches.close)
        branch, root = self.client.branch.create(stream, "steel"), self.send(stream, text="x")
        commit = self.client.commit.create(stream, root, "steel", "first")
        self.assertEqual(commits.next()["data"]["commitCreated"], {
            "id": commit, "streamId": stream, "branchId": branch, "branchName": "steel", "objectId": root,
            "message": "first", "sourceApplication": "python", "authorId": self.client.user.get().id})
        self.client.branch.delete(stream, branch)
        self.assertEqual(branches.next()["data"]["branchDeleted"], {"id": branch, "streamId": stream})
        self.assertTrue(commits.is_silent() and branches.is_silent())

    async def hear(self, stream):
        heard = asyncio.Queue()

        async def listen():
            # The client forgets to wait for what it calls itself.
            await (await self.client.subscribe.stream_updated(stream, heard.put_nowait))

        listener = asyncio.create_task(listen())
        # Nothing says when a subscription has begun.
        for number in range(50):
            await asyncio.to_thread(self.client.stream.update, stream, f"Renamed {number}")
            try:
                message = await asyncio.wait_for(heard.get(), 0.2)
                listener.cancel()
                return message
            except asyncio.TimeoutError:
                if listener.done():
                    listener.result()
                continue
        self.fail("nothing was told")


if __name__ == "__main__":
    unittest.main()
