"""GraphQL over WebSockets, frame by frame: both protocols, who hears of what, and clients that do not keep to the rules."""
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import tiebeam_node  # noqa: E402
from tiebeam_socket import CLOSE, PING, PONG, TEXT, Refused, Socket, Watcher  # noqa: E402

CREATE_PROJECT = "mutation($i: ProjectCreateInput) { projectMutations { create(input: $i) { id } } }"
UPDATE_PROJECT = "mutation($u: ProjectUpdateInput!) { projectMutations { update(update: $u) { id } } }"
DELETE_PROJECT = "mutation($id: String!) { projectMutations { delete(id: $id) } }"
SET_ROLE = "mutation($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }"
INVITE = """mutation($p: ID!, $i: ProjectInviteCreateInput!) { projectMutations { invites {
    create(projectId: $p, input: $i) { invitedTeam { inviteId } } } } }"""
ACCEPT = "mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }"
CREATE_MODEL = "mutation($i: CreateModelInput!) { modelMutations { create(input: $i) { id } } }"
UPDATE_MODEL = "mutation($i: UpdateModelInput!) { modelMutations { update(input: $i) { id } } }"
DELETE_MODEL = "mutation($i: DeleteModelInput!) { modelMutations { delete(input: $i) } }"
PROJECT_UPDATED = "subscription($id: String!) { projectUpdated(id: $id) { type id project { id name } } }"
MODELS_UPDATED = """subscription($id: String!, $models: [String!]) {
    projectModelsUpdated(id: $id, modelIds: $models) { type id model { name } } }"""
USER_PROJECTS = "subscription { userProjectsUpdated { type id project { name role } } }"


class SubscriptionTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.ann = cls.node.register("ann@example.com")
        cls.bob = cls.node.register("bob@example.com", name="Bob Other")
        cls.bob_id = cls.node.graphql("{ activeUser { id } }", token=cls.bob)["data"]["activeUser"]["id"]

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def do(self, query, token=None, **variables):
        answer = self.node.graphql(query, variables, token or self.ann)
        self.assertNotIn("errors", answer)
        return next(iter(next(iter(answer["data"].values())).values()))

    def project(self, **fields):
        return self.do(CREATE_PROJECT, i={"name": "Office", "visibility": "PRIVATE", **fields})["id"]

    def admit_bob(self, project):
        """Bob is a reviewer of it from now on."""
        answer = self.node.graphql(INVITE, {"p": project, "i": {"userId": self.bob_id, "role": "stream:reviewer"}}, self.ann)
        token = answer["data"]["projectMutations"]["invites"]["create"]["invitedTeam"][0]["inviteId"]
        answer = self.node.graphql(ACCEPT, {"i": {"projectId": project, "token": token, "accept": True}}, self.bob)
        self.assertEqual(answer, {"data": {"projectMutations": {"invites": {"use": True}}}})

    def watch(self, query, token="ann", **variables):
        watcher = Watcher(self.node.api, self.ann if token == "ann" else token, query, variables)
        self.addCleanup(watcher.close)
        return watcher

    def socket(self, *arguments, **options):
        opened = Socket(self.node.api, *arguments, **options)
        self.addCleanup(opened.close)
        return opened

    # What is told

    def test_each_change_of_a_project_is_told_once(self):
        project = self.project()
        watcher = self.watch(PROJECT_UPDATED, id=project)
        self.do(UPDATE_PROJECT, u={"id": project, "name": "House"})
        self.assertEqual(watcher.next()["data"]["projectUpdated"],
                         {"type": "UPDATED", "id": project, "project": {"id": project, "name": "House"}})
        self.do(CREATE_MODEL, i={"projectId": project, "name": "not a change of the project"})
        self.do(DELETE_PROJECT, id=project)
        self.assertEqual(watcher.next()["data"]["projectUpdated"], {"type": "DELETED", "id": project, "project": None})
        self.assertTrue(watcher.is_silent())

    def test_a_ping_is_answered_once(self):
        watcher = self.watch("subscription { ping }", token=None)
        self.assertEqual(watcher.next(), {"data": {"ping": "pong"}})

    def test_models_are_told_one_by_one_or_all(self):
        project = self.project()
        every = self.watch(MODELS_UPDATED, id=project)
        first = self.do(CREATE_MODEL, i={"projectId": project, "name": "steel"})["id"]
        second = self.do(CREATE_MODEL, i={"projectId": project, "name": "glass"})["id"]
        one = self.watch(MODELS_UPDATED, id=project, models=[second])
        self.do(UPDATE_MODEL, i={"projectId": project, "id": first, "name": "iron"})
        self.do(DELETE_MODEL, i={"projectId": project, "id": second})
        told = [every.next()["data"]["projectModelsUpdated"] for _ in range(4)]
        self.assertEqual([(t["type"], t["id"]) for t in told],
                         [("CREATED", first), ("CREATED", second), ("UPDATED", first), ("DELETED", second)])
        self.assertEqual((told[2]["model"], told[3]["model"]), ({"name": "iron"}, None))
        self.assertEqual(one.next()["data"]["projectModelsUpdated"], {"type": "DELETED", "id": second, "model": None})
        self.assertTrue(every.is_silent() and one.is_silent())

    def test_people_hear_of_their_own_roles(self):
        bob, ann = self.watch(USER_PROJECTS, self.bob), self.watch(USER_PROJECTS)
        project = self.project(name="Shared")
        self.assertEqual(ann.next()["data"]["userProjectsUpdated"]["type"], "ADDED")
        self.admit_bob(project)
        self.assertEqual(bob.next()["data"]["userProjectsUpdated"],
                         {"type": "ADDED", "id": project, "project": {"name": "Shared", "role": "stream:reviewer"}})
        self.do(SET_ROLE, i={"projectId": project, "userId": self.bob_id, "role": None})
        self.assertEqual(bob.next()["data"]["userProjectsUpdated"],
                         {"type": "REMOVED", "id": project, "project": None})
        self.assertTrue(ann.is_silent() and bob.is_silent())

    # Who hears it

    def test_who_may_not_read_hears_nothing(self):
        project = self.project()
        for query in (PROJECT_UPDATED, MODELS_UPDATED):
            message = self.watch(query, self.bob, id=project).next()
            self.assertEqual((message["type"], message["payload"][0]["extensions"]["code"]), ("error", "FORBIDDEN"))
        missing = self.watch(PROJECT_UPDATED, id="0" * 10).next()
        self.assertEqual(missing["payload"][0]["extensions"]["code"], "STREAM_NOT_FOUND")

    def test_whose_role_is_taken_hears_no_more(self):
        project = self.project()
        self.admit_bob(project)
        bob = self.watch(PROJECT_UPDATED, self.bob, id=project)
        self.do(UPDATE_PROJECT, u={"id": project, "name": "Known"})
        self.assertEqual(bob.next()["data"]["projectUpdated"]["project"]["name"], "Known")
        self.do(SET_ROLE, i={"projectId": project, "userId": self.bob_id, "role": None})
        self.do(UPDATE_PROJECT, u={"id": project, "name": "Secret"})
        self.do(DELETE_PROJECT, id=project)
        self.assertTrue(bob.is_silent())

    def test_everybody_hears_of_public_projects(self):
        project = self.project(visibility="PUBLIC")
        nobody = self.watch(PROJECT_UPDATED, None, id=project)
        self.do(UPDATE_PROJECT, u={"id": project, "name": "Open house"})
        self.assertEqual(nobody.next()["data"]["projectUpdated"]["project"]["name"], "Open house")
        self.do(UPDATE_PROJECT, u={"id": project, "visibility": "PRIVATE"})
        self.assertTrue(nobody.is_silent())
        self.assertEqual(self.watch(USER_PROJECTS, None).next()["type"], "error")

    def test_a_token_that_does_not_hold_is_refused(self):
        for payload in ({"Authorization": "Bearer " + "0" * 42}, {"headers": {"authorization": "0" * 42}}):
            socket = self.socket()
            self.assertEqual(socket.initialise(payload=payload), ("close", 4403, "Forbidden"))
            legacy = self.socket(["graphql-ws"])
            self.assertEqual(legacy.initialise(payload=payload)["type"], "connection_error")
            self.assertEqual(legacy.receive()[:2], ("close", 4403))

    # The two protocols

    def test_the_first_known_protocol_is_chosen(self):
        self.assertEqual(self.socket(["graphql-ws", "graphql-transport-ws"]).protocol, "graphql-ws")
        self.assertEqual(self.socket(["soap", "graphql-transport-ws"]).protocol, "graphql-transport-ws")
        self.assertIsNone(self.socket([]).protocol)
        with self.assertRaises(Refused):
            self.socket(["soap"])

    def test_the_legacy_protocol(self):
        project = self.project()
        for protocols in (["graphql-ws"], []):
            socket = self.socket(protocols)
            self.assertEqual(socket.initialise(self.ann)["type"], "connection_ack")
            self.assertEqual(socket.receive(), {"type": "ka"})
            socket.send(id="a", type="start", payload={"query": PROJECT_UPDATED, "variables": {"id": project}})
            socket.send(id="b", type="start", payload={"query": "{ serverInfo { name } }"})
            self.assertEqual([socket.receive()["type"], socket.receive()], ["data", {"type": "complete", "id": "b"}])
            self.do(UPDATE_PROJECT, u={"id": project, "name": f"House {protocols}"})
            message = socket.receive()
            self.assertEqual((message["type"], message["id"]), ("data", "a"))
            self.assertEqual(message["payload"]["data"]["projectUpdated"]["type"], "UPDATED")
            socket.send(id="a", type="stop")
            self.assertEqual(socket.receive(), {"type": "complete", "id": "a"})
            socket.send(id="c", type="start", payload={"query": "{ nothing }"})
            message = socket.receive()
            self.assertEqual((message["type"], message["id"]), ("error", "c"))
            self.assertIn("Cannot query field 'nothing'", message["payload"]["message"])
            socket.send(type="connection_terminate")
            self.assertEqual(socket.receive()[:2], ("close", 1000))

    def test_the_current_protocol(self):
        project = self.project()
        socket = self.socket()
        self.assertEqual(socket.initialise(self.ann), {"type": "connection_ack"})
        socket.send(type="ping")
        self.assertEqual(socket.receive(), {"type": "pong"})
        socket.send(id="a", type="subscribe", payload={"query": "{ nothing }"})
        message = socket.receive()
        self.assertEqual((message["type"], message["payload"][0]["extensions"]["code"]),
                         ("error", "GRAPHQL_VALIDATION_FAILED"))
        socket.send(id="a", type="subscribe", payload={"query": "{ serverInfo { name } }"})
        self.assertEqual([socket.receive()["type"], socket.receive()["type"]], ["next", "complete"])
        socket.send(id="a", type="subscribe", payload={"query": PROJECT_UPDATED, "variables": {"id": project}})
        socket.send(id="a", type="complete")
        socket.send(id="b", type="subscribe", payload={"query": UPDATE_PROJECT, "variables": {
            "u": {"id": project, "name": "By socket"}}})
        self.assertEqual([(m["type"], m["id"]) for m in (socket.receive(), socket.receive())],
                         [("next", "b"), ("complete", "b")])
        socket.send(id="c", type="subscribe", payload={"query": PROJECT_UPDATED, "variables": {"id": project}})
        socket.send(id="c", type="subscribe", payload={"query": PROJECT_UPDATED, "variables": {"id": project}})
        self.assertEqual(socket.receive()[:2], ("close", 4409))

    # Clients that do not keep to the rules

    def test_whoever_says_nothing_of_himself_may_do_nothing(self):
        socket = self.socket()
        socket.send(id="a", type="subscribe", payload={"query": "{ serverInfo { name } }"})
        self.assertEqual(socket.receive(), ("close", 4401, "Unauthorized"))
        socket = self.socket()
        socket.initialise(self.ann)
        self.assertEqual(socket.initialise(self.ann)[:2], ("close", 4429))

    def test_what_is_no_message_ends_the_connection(self):
        for text in (b"", b"{", b"[]", b'{"type": 1}', b'{"type": "subscribe", "id": ""}', b'{"type": "steal"}',
                     b'{"type":"subscribe","id":"' + b"a" * 300 + b'"}', b"[" * 100_000, b"\xff\xfe"):
            socket = self.socket()
            socket.initialise(self.ann)
            socket.write_frame(TEXT, text)
            code, reason = socket.receive()[1:]
            self.assertEqual(code, 4400)
            self.assertLess(len(reason.encode()), 124)
        socket = self.socket()
        socket.initialise(self.ann)
        for payload in (None, {}, {"query": 1}, {"query": "{ a", "variables": []}):
            socket.send(id="a", type="subscribe", payload=payload)
            self.assertEqual(socket.receive()["type"], "error")

    def test_a_long_message_costs_no_memory(self):
        socket = self.socket()
        socket.initialise(self.ann)
        self.assertTrue(self.is_ended(socket, [b" " * (2 << 20)]))
        pieces = self.socket()
        pieces.initialise(self.ann)
        self.assertTrue(self.is_ended(pieces, [b" " * 60_000] * 32))

    def is_ended(self, socket, pieces):
        try:
            for number, piece in enumerate(pieces):
                socket.write_frame(0 if number else TEXT, piece, fin=False)
            return socket.receive()[0] == "close"
        except OSError:
            return True

    def test_operations_of_one_connection_are_bounded(self):
        project = self.project()
        socket = self.socket()
        socket.initialise(self.ann)
        for number in range(201):
            socket.send(id=str(number), type="subscribe",
                        payload={"query": PROJECT_UPDATED, "variables": {"id": project}})
        self.assertEqual(socket.receive()[:2], ("close", 4429))

    def test_frames_of_control(self):
        socket = self.socket()
        socket.initialise(self.ann)
        socket.write_frame(PING, b"here?")
        self.assertEqual(socket.read_frame(), (PONG, b"here?"))
        text = b'{"type":"ping"}'
        socket.write_frame(TEXT, text[:4], fin=False)
        socket.write_frame(0, text[4:])
        self.assertEqual(socket.receive(), {"type": "pong"})
        socket.write_frame(CLOSE, b"\x03\xe8")
        self.assertEqual(socket.receive()[:2], ("close", 1000))

    def test_many_listeners_all_hear_each_event(self):
        project = self.project()
        watchers = [self.watch(PROJECT_UPDATED, id=project) for _ in range(50)]
        names = [f"House {number}" for number in range(20)]
        writers = [threading.Thread(target=self.do, args=(UPDATE_PROJECT,), kwargs={"u": {"id": project, "name": name}})
                   for name in names]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        for watcher in watchers:
            self.assertEqual([watcher.next()["data"]["projectUpdated"]["type"] for _ in names], ["UPDATED"] * len(names))
        self.assertTrue(all(watcher.is_silent(0.05) for watcher in watchers))


if __name__ == "__main__":
    unittest.main()
