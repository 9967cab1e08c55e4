"""What writers do with projects, models and versions."""
import gzip

import object_upload
from specklepy.core.api.inputs.model_inputs import CreateModelInput, UpdateModelInput
from specklepy.core.api.inputs.project_inputs import ProjectUpdateInput
from specklepy.core.api.inputs.version_inputs import CreateVersionInput, UpdateVersionInput
from specklepy.transports.server import ServerTransport

from api import Refused, Unreached, Unsure
from history import UNKNOWN
from trees import building
from world import Project
from writer import Writer

OWNER = "stream:owner"
# Names that several regions may give at once.
SHARED_NAMES = ("facade", "structure", "site", "services")


class Actions(Writer):
    """One method for each thing. Each takes a region, and returns what was acknowledged, or `None`."""

    # Projects

    def open_project(self, region, person):
        fields = {"name": self.text("Chaos"), "description": self.text("about"), "visibility": "PRIVATE"}
        role = f"role/{person.id}"
        sets = [["project", field, value] for field, value in fields.items()]
        sets += [["project", "allowPublicComments", False], [role, "role", OWNER]]
        query = "($i: ProjectCreateInput) { projectMutations { create(input: $i) { id } } }"
        project = self.attempt(
            region, "project.create", None, lambda: self.mutate(region, person.token, query, i=fields)["id"],
            lambda project: {"scope": project, "creates": ["project", role], "sets": sets})
        if project is None:
            return None
        opened = Project(project, person)
        self.world.open(opened)
        return opened

    def change_project(self, region, project, field=None):
        field = field or self.random.choice(("name", "name", "description", "visibility", "allowPublicComments"))
        value = {"visibility": self.random.choice(("PRIVATE", "PUBLIC")),
                 "allowPublicComments": self.random.random() < 0.5}.get(field, self.text("Chaos"))

        def do():
            if field in ("name", "description") and self.random.random() < 0.5:
                client = self.client(region, project.owner)
                with self.meaning(region):
                    return client.project.update(ProjectUpdateInput(id=project.id, **{field: value})).id
            query = "($i: ProjectUpdateInput!) { projectMutations { update(update: $i) { id } } }"
            return self.mutate(region, project.owner.token, query, i={"id": project.id, field: value})
        return self.attempt(region, f"project.{field}", project.id, do,
                            lambda _: {"sets": [["project", field, value]]})

    def delete_project(self, region, project):
        query = "($p: String!) { projectMutations { delete(id: $p) } }"
        self.world.close(project)
        return self.attempt(region, "project.delete", project.id,
                            lambda: self.mutate(region, project.owner.token, query, p=project.id),
                            lambda _: {"deletes": ["project"]})

    def set_role(self, region, project):
        """The owner stays the owner: a last one cannot give it up, and nobody else can be invited."""
        owner = project.owner
        role = self.random.choice((OWNER, OWNER, "stream:contributor", None))
        query = "($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }"
        fields = {"projectId": project.id, "userId": owner.id, "role": role}
        return self.attempt(region, "role.set" if role == OWNER else "role.lost", project.id,
                            lambda: self.mutate(region, owner.token, query, i=fields),
                            lambda _: {"sets": [[f"role/{owner.id}", "role", role]]})

    # Models

    def make_model(self, region, project, name=None):
        shares = self.random.random() < 0.25
        name = name or (self.random.choice(SHARED_NAMES) if shares else self.text("model"))
        description = self.text("about")

        def do():
            if self.random.random() < 0.5:
                client = self.client(region, project.owner)
                with self.meaning(region):
                    return client.model.create(
                        CreateModelInput(name=name, description=description, project_id=project.id)).id
            query = "($i: CreateModelInput!) { modelMutations { create(input: $i) { id } } }"
            fields = {"projectId": project.id, "name": name, "description": description}
            return self.mutate(region, project.owner.token, query, i=fields)["id"]

        def effect(model):
            entity = f"model/{model or UNKNOWN}"
            return {"creates": [entity], "sets": [[entity, "name", name], [entity, "description", description]]}
        model = self.attempt(region, "model.create", project.id, do, effect)
        if model:
            project.models[model] = name
        return model

    def change_model(self, region, project, model, field=None, value=None):
        field = field or self.random.choice(("name", "name", "description"))
        if value is None:
            shares = field == "name" and self.random.random() < 0.2
            value = self.random.choice(SHARED_NAMES) if shares else self.text("model")

        def do():
            if self.random.random() < 0.5:
                client = self.client(region, project.owner)
                with self.meaning(region):
                    return client.model.update(UpdateModelInput(id=model, project_id=project.id, **{field: value})).id
            query = "($i: UpdateModelInput!) { modelMutations { update(input: $i) { id } } }"
            fields = {"projectId": project.id, "id": model, field: value}
            return self.mutate(region, project.owner.token, query, i=fields)
        done = self.attempt(region, f"model.{field}", project.id, do,
                            lambda _: {"sets": [[f"model/{model}", field, value]]})
        if done and field == "name":
            project.models[model] = value
        return done

    def delete_model(self, region, project, model):
        query = "($i: DeleteModelInput!) { modelMutations { delete(input: $i) } }"
        done = self.attempt(region, "model.delete", project.id, lambda: self.mutate(
            region, project.owner.token, query, i={"projectId": project.id, "id": model}),
            lambda _: {"deletes": [f"model/{model}"]})
        if done:
            project.models.pop(model, None)
            project.deleted_models.append(model)
        return done

    def keep_model(self, region, project, model):
        def do():
            path = f"/api/projects/{project.id}/models/{model}/keep"
            return self.api.rest(region, "POST", path, project.owner.token) or True
        return self.attempt(region, "model.keep", project.id, do, lambda _: {}, note=f"model/{model}")

    # Versions

    def upload(self, region, project, base):
        """Brings all objects of a tree to a region, half of the time as connectors do. Returns the root's id."""
        try:
            if self.random.random() < 0.5:
                transport = ServerTransport(project.id, client=self.client(region, project.owner))
                with self.meaning(region):
                    return self.sent.serialise(base, transport)[0]
            root, texts = self.sent.serialise(base)
            content = gzip.compress(b"[" + b",".join(texts.values()) + b"]", 1)
            body, kind = object_upload.multipart([("batch-1", "application/gzip", content)])
            status, _ = self.api.request(
                region, "POST", f"/objects/{project.id}", project.owner.token, body, kind)
            return root if status == 201 else None
        except (Refused, Unsure, Unreached):
            return None

    def publish(self, region, project, model):
        base = building(self.random, int(model[:4], 16), self.random.randrange(1, 5))
        root = self.upload(region, project, base)
        if root is None:
            return None
        message = self.text("version")

        def do():
            if self.random.random() < 0.5:
                client = self.client(region, project.owner)
                with self.meaning(region):
                    return client.version.create(CreateVersionInput(
                        object_id=root, model_id=model, project_id=project.id, message=message)).id
            query = "($i: CreateVersionInput!) { versionMutations { create(input: $i) { id } } }"
            fields = {"projectId": project.id, "modelId": model, "objectId": root, "message": message}
            return self.mutate(region, project.owner.token, query, i=fields)["id"]

        def effect(version):
            entity = f"version/{version or UNKNOWN}"
            return {"creates": [entity], "sets": [[entity, "model", model], [entity, "message", message]]}
        version = self.attempt(region, "version.create", project.id, do, effect)
        if version:
            project.versions[version] = model
            self.context.reader.expect(region, project.id, version)
        return version

    def change_version(self, region, project, version):
        message = self.text("message")

        def do():
            if self.random.random() < 0.5:
                client = self.client(region, project.owner)
                with self.meaning(region):
                    return client.version.update(UpdateVersionInput(
                        version_id=version, project_id=project.id, message=message)).id
            query = "($i: UpdateVersionInput!) { versionMutations { update(input: $i) { id } } }"
            fields = {"projectId": project.id, "versionId": version, "message": message}
            return self.mutate(region, project.owner.token, query, i=fields)
        return self.attempt(region, "version.message", project.id, do,
                            lambda _: {"sets": [[f"version/{version}", "message", message]]})

    def move_version(self, region, project, version):
        """To a model of a name that is no other model's, or to a new one."""
        own = [name for name in list(project.models.values()) if name not in SHARED_NAMES]
        is_new = not own or self.random.random() < 0.3
        name = self.text("archive") if is_new else self.random.choice(own)
        query = "($i: MoveVersionsInput!) { versionMutations { moveToModel(input: $i) { id } } }"
        fields = {"projectId": project.id, "versionIds": [version], "targetModelName": name}

        def effect(model):
            sets, creates = [[f"version/{version}", "model", model or UNKNOWN]], []
            if model not in project.models:
                entity = f"model/{model or UNKNOWN}"
                creates, sets = [entity], [*sets, [entity, "name", name], [entity, "description", None]]
            return {"creates": creates, "sets": sets}
        model = self.attempt(
            region, "version.move", project.id,
            lambda: self.mutate(region, project.owner.token, query, i=fields)["id"], effect)
        if model:
            project.models.setdefault(model, name)
            project.versions[version] = model
        return model

    def delete_version(self, region, project, version):
        query = "($i: DeleteVersionsInput!) { versionMutations { delete(input: $i) } }"
        fields = {"projectId": project.id, "versionIds": [version]}
        done = self.attempt(region, "version.delete", project.id,
                            lambda: self.mutate(region, project.owner.token, query, i=fields),
                            lambda _: {"deletes": [f"version/{version}"]})
        if done:
            project.versions.pop(version, None)
        return done

    def receive_version(self, region, project, version):
        query = "($i: MarkReceivedVersionInput!) { versionMutations { markReceived(input: $i) } }"
        fields = {"projectId": project.id, "versionId": version, "sourceApplication": "chaos"}
        return self.attempt(region, "version.received", project.id,
                            lambda: self.mutate(region, project.owner.token, query, i=fields), lambda _: {})
