"""What specklepy does against a node, as its users do it. Runs with every version that run.sh installs.

usage: test_specklepy.py [--edge]     --edge: against an edge of a region
"""
import asyncio
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

# Local accounts of whoever runs this must not get in the way.
os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

from specklepy.api import operations  # noqa: E402
from specklepy.api.client import SpeckleClient  # noqa: E402
from specklepy.core.api.enums import ProjectModelIngestionUpdatedMessageType, ProjectVisibility  # noqa: E402
from specklepy.core.api.inputs.model_ingestion_inputs import (  # noqa: E402
    ModelIngestionCancelledInput, ModelIngestionCreateInput, ModelIngestionFailedInput, ModelIngestionReference,
    ModelIngestionRequestCancellationInput, ModelIngestionRequeueInput, ModelIngestionStartProcessingInput,
    ModelIngestionSuccessInput, ModelIngestionUpdateInput, ProjectModelIngestionSubscriptionInput, SourceDataInput)
from specklepy.core.api.inputs.model_inputs import CreateModelInput, DeleteModelInput, UpdateModelInput  # noqa: E402
from specklepy.core.api.inputs.project_inputs import (  # noqa: E402
    ProjectCreateInput, ProjectInviteCreateInput, ProjectInviteUseInput, ProjectModelsFilter, ProjectUpdateInput,
    ProjectUpdateRoleInput)
from specklepy.core.api.inputs.user_inputs import UserProjectsFilter, UserUpdateInput  # noqa: E402
from specklepy.core.api.inputs.version_inputs import (  # noqa: E402
    CreateVersionInput, DeleteVersionsInput, MarkReceivedVersionInput, MoveVersionsInput, UpdateVersionInput)
from specklepy.logging import metrics  # noqa: E402
from specklepy.logging.exceptions import GraphQLException, SpeckleException  # noqa: E402
from specklepy.objects import Base  # noqa: E402
from specklepy.transports.memory import MemoryTransport  # noqa: E402
from specklepy.transports.server import ServerTransport  # noqa: E402

import tiebeam_node  # noqa: E402
import tiebeam_office  # noqa: E402

IS_EDGE = "--edge" in sys.argv
metrics.disable()


def thing(**fields):
    base = Base()
    for name, value in fields.items():
        base[name] = value
    return base


class ClientTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = tiebeam_office.Office() if IS_EDGE else None
        cls.node = cls.office.edge if IS_EDGE else tiebeam_node.Node().start()
        cls.token = cls.office.token if IS_EDGE else cls.node.register("ann@example.com")
        cls.other_token = cls.node.register("bob@example.com", name="Bob Other")
        cls.client = cls.connect(cls.token)
        cls.other = cls.connect(cls.other_token)

    @classmethod
    def tearDownClass(cls):
        if cls.office:
            cls.office.stop()
        else:
            assert cls.node.stop() == 0

    @classmethod
    def connect(cls, token):
        client = SpeckleClient(cls.node.api, use_ssl=False)
        client.authenticate_with_token(token)
        return client

    def project(self, **fields):
        fields = {"name": "Office", "description": "A house", "visibility": ProjectVisibility.PRIVATE, **fields}
        return self.client.project.create(ProjectCreateInput(**fields))

    def model(self, project, name="structure/steel"):
        return self.client.model.create(CreateModelInput(name=name, description=None, project_id=project.id))

    def version(self, project, model, base=None):
        transport = ServerTransport(project.id, client=self.client)
        root = operations.send(base or thing(name="root"), [transport], use_default_cache=False)
        return self.client.version.create(
            CreateVersionInput(object_id=root, model_id=model.id, project_id=project.id, message="first"))

    def test_server(self):
        info = self.client.server.get()
        self.assertEqual(info.name, "Tiebeam")
        self.assertIn("streams:read", str(info.scopes))
        self.assertGreaterEqual(self.client.server.version()[:3], (2, 6, 4))
        self.assertTrue(any(app["id"] == "connectrV3" for app in self.client.server.apps()))
        token = self.client.server.create_token("ci", ["streams:read", "profile:read"], 3_600_000)
        self.assertEqual(len(token), 42)
        self.assertEqual(self.connect(token).project.get(self.project().id).name, "Office")
        self.assertTrue(self.client.server.revoke_token(token))
        with self.assertRaises(Exception):
            self.connect(token).project.get(self.project().id)

    def test_people(self):
        me = self.client.active_user.get()
        self.assertEqual((me.name, me.email, me.role), ("Ann Person", "ann@example.com", "server:admin"))
        changed = self.client.active_user.update(UserUpdateInput(bio="builds"))
        self.assertEqual((changed.bio, changed.name), ("builds", "Ann Person"))
        self.assertEqual(self.client.other_user.get(self.other.active_user.get().id).name, "Bob Other")
        self.assertIsNone(self.client.other_user.get("0000000000"))
        found = self.client.other_user.user_search("bob@example.com", emailOnly=True)
        self.assertEqual([user.name for user in found.items], ["Bob Other"])
        self.assertTrue(self.client.active_user.can_create_personal_projects().authorized)

    def test_projects(self):
        project = self.project()
        again = self.client.project.get(project.id)
        self.assertEqual(again.created_at, project.created_at)
        self.assertEqual((again.role, again.visibility), ("stream:owner", ProjectVisibility.PRIVATE))
        changed = self.client.project.update(ProjectUpdateInput(id=project.id, name="Tower", visibility="PUBLIC"))
        self.assertEqual((changed.name, changed.description), ("Tower", "A house"))
        listed = self.client.active_user.get_projects(filter=UserProjectsFilter(search="tower"))
        self.assertEqual([(p.id) for p in listed.items], [project.id])
        self.assertEqual(listed.total_count, 1)
        team = self.client.project.get_with_team(project.id)
        self.assertEqual([(m.role, m.user.name) for m in team.team], [("stream:owner", "Ann Person")])
        self.assertTrue(self.client.project.get_permissions(project.id).can_create_model.authorized)
        self.assertFalse(self.other.project.get_permissions(project.id).can_create_model.authorized)
        self.assertTrue(self.client.project.delete(project.id))
        with self.assertRaises(GraphQLException):
            self.client.project.get(project.id)

    def invite(self, project, role="stream:contributor", **target):
        return self.client.project_invite.create(project.id, ProjectInviteCreateInput(
            **{"email": None, "userId": None, "role": role, "server_role": None} | target))

    def test_invitations(self):
        project, bob = self.project(name="Invitations"), self.other.active_user.get()
        invited = self.invite(project, userId=bob.id)
        pending, = invited.invited_team
        self.assertEqual((pending.user.id, pending.title, pending.role, pending.token),
                         (bob.id, "Bob Other", "stream:contributor", None))
        # By e-mail as well: it takes the place of the first.
        pending, = self.invite(project, "stream:reviewer", email="Bob@Example.com").invited_team
        self.assertEqual((pending.user.id, pending.role, pending.invited_by.name), (bob.id, "stream:reviewer", "Ann Person"))
        with self.assertRaises(GraphQLException):
            self.other.project.get(project.id)
        mine = next(i for i in self.other.active_user.get_project_invites() if i.project_name == "Invitations")
        self.assertEqual((mine.invite_id, mine.project_name), (pending.invite_id, "Invitations"))
        self.assertIsNone(self.other.project_invite.get(project.id, "nonsense"))
        self.assertEqual(self.other.project_invite.get(project.id, mine.token).invite_id, mine.invite_id)
        self.assertIsNone(self.client.project_invite.get(project.id, mine.token))
        with self.assertRaises(GraphQLException):
            self.client.project_invite.use(ProjectInviteUseInput(accept=True, project_id=project.id, token=mine.token))
        self.assertTrue(self.other.project_invite.use(
            ProjectInviteUseInput(accept=True, project_id=project.id, token=mine.token)))
        self.assertEqual(self.other.project.get(project.id).role, "stream:reviewer")
        team = self.client.project.get_with_team(project.id)
        self.assertEqual({m.user.name: m.role for m in team.team},
                         {"Ann Person": "stream:owner", "Bob Other": "stream:reviewer"})
        self.assertEqual((team.invited_team, self.other.project.get_with_team(project.id).invited_team), ([], []))
        with self.assertRaises(GraphQLException):
            self.invite(project, userId=bob.id)
        with self.assertRaises(GraphQLException):
            self.other.project.update(ProjectUpdateInput(id=project.id, name="Mine"))
        removed = self.client.project.update_role(
            ProjectUpdateRoleInput(user_id=bob.id, project_id=project.id, role=None))
        self.assertEqual([m.user.name for m in removed.team], ["Ann Person"])
        with self.assertRaises(GraphQLException):
            self.other.project.get(project.id)
        self.assertEqual(len(self.invite(project, userId=bob.id).invited_team), 1)
        invite_id = self.other.project_invite.get(project.id, None).invite_id
        self.assertEqual(self.client.project_invite.cancel(project.id, invite_id).invited_team, [])
        self.assertIsNone(self.other.project_invite.get(project.id, None))
        with self.assertRaises(GraphQLException):
            self.client.project_invite.cancel(project.id, invite_id)

    def test_whoever_has_no_account_yet_is_invited_by_email(self):
        project = self.project()
        pending, = self.invite(project, email="Cleo@example.com").invited_team
        self.assertEqual((pending.title, pending.user), ("cleo@example.com", None))
        region = self.office.region if IS_EDGE else self.node
        secret = re.search(r"token=([0-9a-f]{50})", region.mails("cleo@example.com")[0]).group(1)
        cleo = self.connect(self.node.register("cleo@example.com", name="Cleo New", invite=secret))
        mine, = cleo.active_user.get_project_invites()
        self.assertTrue(cleo.project_invite.use(
            ProjectInviteUseInput(accept=False, project_id=project.id, token=mine.token)))
        self.assertEqual((cleo.active_user.get_project_invites(), self.client.project.get_with_team(project.id).invited_team),
                         ([], []))
        with self.assertRaises(GraphQLException):
            cleo.project_invite.use(ProjectInviteUseInput(accept=True, project_id=project.id, token=mine.token))
        for wrong in ({"email": "nobody"}, {"userId": "0000000000"}, {}, {"email": "d@example.com", "role": "stream:king"}):
            with self.assertRaises(GraphQLException):
                self.invite(project, **wrong)

    def test_private_projects_are_private(self):
        project = self.project()
        with self.assertRaises(GraphQLException):
            self.other.project.get(project.id)
        transport = ServerTransport(project.id, client=self.other)
        with self.assertRaises(Exception):
            operations.send(thing(name="intruder"), [transport], use_default_cache=False)
        with self.assertRaises(GraphQLException):
            self.other.project.update(ProjectUpdateInput(id=project.id, name="Mine"))
        with self.assertRaises(GraphQLException):
            self.client.project.update_role(
                ProjectUpdateRoleInput(user_id="0000000000", project_id=project.id, role="stream:owner"))

    def test_models(self):
        project = self.project()
        model = self.model(project, "Structure/Steel")
        self.assertEqual((model.name, model.display_name, model.description), ("structure/steel", "steel", None))
        with self.assertRaises(GraphQLException):
            self.model(project, "structure/steel")
        changed = self.client.model.update(
            UpdateModelInput(id=model.id, name="steel", description="beams", project_id=project.id))
        self.assertEqual((changed.name, changed.description), ("steel", "beams"))
        listed = self.client.model.get_models(project.id, models_filter=ProjectModelsFilter(search="stee"))
        self.assertEqual([m.id for m in listed.items], [model.id])
        whole = self.client.project.get_with_models(project.id)
        self.assertEqual([m.id for m in whole.models.items], [model.id])
        self.client.model.delete(DeleteModelInput(id=model.id, project_id=project.id))
        with self.assertRaises(GraphQLException):
            self.client.model.get(model.id, project.id)
        with self.assertRaises(GraphQLException):
            self.client.model.delete(DeleteModelInput(id=model.id, project_id=project.id))

    def test_versions(self):
        project = self.project()
        model = self.model(project)
        first = self.version(project, model)
        second = self.version(project, model, thing(name="second"))
        self.assertEqual(self.client.version.get(first.id, project.id).message, "first")
        self.assertTrue(first.preview_url)
        listed = self.client.version.get_versions(model.id, project.id, limit=1)
        self.assertEqual(([v.id for v in listed.items], listed.total_count), ([second.id], 2))
        rest = self.client.version.get_versions(model.id, project.id, limit=5, cursor=listed.cursor)
        self.assertEqual([v.id for v in rest.items], [first.id])
        changed = self.client.version.update(
            UpdateVersionInput(version_id=first.id, project_id=project.id, message="better"))
        self.assertEqual(changed.message, "better")
        moved = self.client.version.move_to_model(
            MoveVersionsInput(target_model_name="archive", version_ids=[first.id], project_id=project.id))
        self.assertEqual(self.client.model.get_with_versions(moved, project.id).versions.items[0].id, first.id)
        self.assertTrue(self.client.version.received(
            MarkReceivedVersionInput(version_id=second.id, project_id=project.id, source_application="test")))
        self.client.version.delete(DeleteVersionsInput(version_ids=[second.id], project_id=project.id))
        with self.assertRaises(GraphQLException):
            self.client.version.get(second.id, project.id)

    def test_a_version_needs_all_of_its_objects(self):
        project = self.project()
        model = self.model(project)
        with self.assertRaises(GraphQLException) as caught:
            self.client.version.create(
                CreateVersionInput(object_id="0" * 32, model_id=model.id, project_id=project.id))
        self.assertIn("COMMIT_CREATE_ERROR", str(caught.exception))

    def test_objects_come_back_as_they_were_sent(self):
        project = self.project()
        base = thing(text="Grüße, 建物, \U0001f3d7\u2028\u0085", number=1e-5, whole=1.0, big=2**40, 
                     large="x" * 2_000_000)
        base["@children"] = [thing(index=i, name=f"Träger {i}", list=[i, i / 3, None, True]) for i in range(5_000)]
        base["@nested"] = Base()
        base["@nested"]["@deeper"] = thing(leaf=True)
        memory = MemoryTransport()
        local = operations.send(base, [memory], use_default_cache=False)
        transport = ServerTransport(project.id, client=self.client)
        sent = operations.send(base, [transport], use_default_cache=False)
        self.assertEqual(sent, local)
        received_into = MemoryTransport()
        received = operations.receive(sent, ServerTransport(project.id, client=self.client), received_into)
        self.assertEqual(received["text"], base["text"])
        self.assertEqual(len(received["@children"]), 5_000)
        self.assertEqual(memory.objects.keys(), received_into.objects.keys())
        for key, text in memory.objects.items():
            self.assertEqual(text, received_into.objects[key])
        self.assertEqual(operations.serialize(received), operations.serialize(base))

    def test_wrong_tokens(self):
        with self.assertRaises((SpeckleException, GraphQLException)):
            client = SpeckleClient(self.node.api, use_ssl=False)
            client.authenticate_with_token("0" * 42)
            client.project.get("0000000000")

    SOURCE = SourceDataInput(
        source_application_slug="blender", source_application_version="4.2", file_name=None, file_size_bytes=2**40)

    def ingestion(self, project, model, **fields):
        return self.client.model_ingestion.create(ModelIngestionCreateInput(
            model_id=model.id, project_id=project.id, progress_message="Starting", source_data=self.SOURCE,
            **{"max_idle_timeout_seconds": None} | fields))

    def test_ingestions(self):
        project, api = self.project(), self.client.model_ingestion
        model = self.model(project)
        made = self.ingestion(project, model)
        where = {"ingestion_id": made.id, "project_id": project.id}
        me = self.client.active_user.get().id
        self.assertEqual((made.model_id, made.project_id, made.user_id, made.cancellation_requested),
                         (model.id, project.id, me, False))
        self.assertEqual((made.status_data.status.value, made.status_data.progress_message), ("processing", "Starting"))
        for progress in (None, 0.1, 1, 0.2):
            told = api.update_progress(ModelIngestionUpdateInput(**where, progress=progress, progress_message="Going on"))
            self.assertEqual((told.status_data.status.value, told.status_data.progress_message),
                             ("processing", "Going on"))
        queued = api.requeue(ModelIngestionRequeueInput(**where, progress_message="Later"))
        self.assertEqual(queued.status_data.status.value, "queued")
        started = api.start_processing(ModelIngestionStartProcessingInput(
            **where, progress_message="Again", source_data=self.SOURCE))
        self.assertEqual(started.status_data.status.value, "processing")
        asked = api.request_cancellation(ModelIngestionRequestCancellationInput(**where, cancellation_message="Stop"))
        self.assertEqual((asked.cancellation_requested, asked.status_data.status.value), (True, "processing"))
        # Nobody else may.
        with self.assertRaises(GraphQLException):
            self.other.model_ingestion.requeue(ModelIngestionRequeueInput(**where, progress_message="Mine"))
        transport = ServerTransport(project.id, client=self.client)
        root = operations.send(thing(name="ingested"), [transport], use_default_cache=False)
        if hasattr(api, "get_reserved_version_id"):
            reserved = api.get_reserved_version_id(project.id, made.id)
        version = api.complete(ModelIngestionSuccessInput(**where, root_object_id=root, version_message="Done"))
        shown = self.client.version.get(version, project.id)
        self.assertEqual((shown.referenced_object, shown.message, shown.source_application), (root, "Done", "blender"))
        if hasattr(api, "get_reserved_version_id"):
            self.assertEqual(version, reserved)
        again = api.get_ingestion(project.id, made.id)
        self.assertEqual((again.status_data.status.value, again.status_data.version_id), ("success", version))
        with self.assertRaises(GraphQLException):
            api.fail_with_error(ModelIngestionFailedInput(**where, error_reason="late", error_stacktrace=None))
        failed, cancelled = self.ingestion(project, model), self.ingestion(project, model)
        failed = api.fail_with_error(ModelIngestionFailedInput(
            ingestion_id=failed.id, project_id=project.id, error_reason="No memory", error_stacktrace="at 1"))
        self.assertEqual((failed.status_data.status.value, failed.status_data.progress_message), ("failed", None))
        cancelled = api.fail_with_cancel(ModelIngestionCancelledInput(
            ingestion_id=cancelled.id, project_id=project.id, cancellation_message="Enough"))
        self.assertEqual(cancelled.status_data.status.value, "cancelled")
        with self.assertRaises(GraphQLException):
            api.get_ingestion(project.id, "0000000000")
        self.assertTrue(self.client.model.can_create_model_ingestion(project.id, model.id).authorized)

    def test_ingestions_are_given_up_when_nothing_is_heard_of_them(self):
        project = self.project()
        made = self.ingestion(project, self.model(project), max_idle_timeout_seconds=1)
        for _ in range(100):
            status = self.client.model_ingestion.get_ingestion(project.id, made.id).status_data.status.value
            if status == "failed":
                return
            self.assertEqual(status, "processing")
            time.sleep(0.1)
        self.fail("it goes on for ever")

    def test_whoever_watches_hears_that_an_ingestion_should_stop(self):
        project, api = self.project(), self.client.model_ingestion
        made = self.ingestion(project, self.model(project))
        where, heard = {"ingestion_id": made.id, "project_id": project.id}, {"all": [], "stop": []}

        async def watch():
            listeners = [asyncio.create_task(self.connect(self.token).subscription.project_model_ingestion_updated(
                heard[name].append, ProjectModelIngestionSubscriptionInput(
                    project_id=project.id, message_type=kind,
                    ingestion_reference=ModelIngestionReference(ingestion_id=made.id, model_id=None))))
                for name, kind in (("all", None),
                                   ("stop", ProjectModelIngestionUpdatedMessageType.CANCELLATION_REQUESTED))]

            def change(_):
                api.update_progress(ModelIngestionUpdateInput(**where, progress=None, progress_message="Going on"))
                api.request_cancellation(ModelIngestionRequestCancellationInput(**where, cancellation_message="Stop"))

            await self.until(lambda: heard["all"] and heard["stop"], change)
            await asyncio.sleep(0.5)
            for messages in heard.values():
                messages.clear()
            await asyncio.to_thread(change, 0)
            await asyncio.sleep(0.75)
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)

        asyncio.run(watch())
        self.assertEqual([m.type.value for m in heard["all"]], ["updated", "cancellationRequested"])
        self.assertEqual([(m.type.value, m.model_ingestion.id) for m in heard["stop"]],
                         [("cancellationRequested", made.id)])

    def test_subscriptions_tell_of_each_change_once(self):
        project = self.project()
        model = self.model(project)
        heard = asyncio.run(self.hear(project, model))
        self.assertEqual([(m.type.value, m.id, m.project and m.project.name) for m in heard["project"]],
                         [("UPDATED", project.id, "Renamed")])
        self.assertEqual([m.type.value for m in heard["models"]], ["CREATED", "UPDATED"])
        self.assertEqual(heard["models"][1].model.name, "structure/glass")
        self.assertEqual([(m.type.value, m.model_id, m.version.message) for m in heard["versions"]],
                         [("CREATED", model.id, "first")])
        self.assertEqual([m.type.value for m in heard["user"]], ["ADDED"])

    async def hear(self, project, model):
        """What four subscriptions tell while things change. Each has its own client, as each blocks its connection."""
        heard = {}

        def listen(name, method, **arguments):
            messages = heard[name] = []
            return asyncio.create_task(getattr(self.connect(self.token).subscription, method)(
                messages.append, **arguments))

        listeners = [listen("project", "project_updated", id=project.id),
                     listen("models", "project_models_updated", id=project.id),
                     listen("versions", "project_versions_updated", id=project.id),
                     listen("user", "user_projects_updated")]
        # Nothing says when a subscription has begun: a change of something else shows it.
        await self.until(lambda: heard["models"], lambda n: self.model(project, f"probe {n}"))
        await self.until(lambda: heard["project"], lambda n: self.client.project.update(
            ProjectUpdateInput(id=project.id, name=f"Probe {n}")))
        await self.until(lambda: heard["versions"], lambda n: self.version(project, model, thing(probe=n)))
        await self.until(lambda: heard["user"], lambda n: self.project())
        await asyncio.sleep(1)
        for messages in heard.values():
            messages.clear()

        def change():
            self.client.project.update(ProjectUpdateInput(id=project.id, name="Renamed"))
            wood = self.model(project, "structure/wood")
            self.client.model.update(UpdateModelInput(
                id=wood.id, name="structure/glass", description=None, project_id=project.id))
            self.version(project, model)
            self.project()

        await asyncio.to_thread(change)
        await asyncio.sleep(0.75)
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        return heard

    async def until(self, condition, attempt):
        for number in range(50):
            if condition():
                return
            await asyncio.to_thread(attempt, number)
            await asyncio.sleep(0.2)
        self.fail("nothing was told")

    def test_workspaces_are_off(self):
        self.assertFalse(self.client.server.get().workspaces.workspaces_enabled)
        self.assertIsNone(self.client.active_user.get_active_workspace())
        with self.assertRaises(GraphQLException) as caught:
            self.client.workspace.get("0000000000")
        self.assertIn("WORKSPACES_MODULE_DISABLED_ERROR", json.dumps(str(caught.exception)))


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--edge"])
