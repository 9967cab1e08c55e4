"""Bundles and the IFC importer of specklepy 2026: against a node, over two regions and through an edge."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

# Local accounts of whoever runs this must not get in the way.
os.environ["HOME"] = os.environ["XDG_DATA_HOME"] = os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import ifcopenshell.api.aggregate  # noqa: E402
import ifcopenshell.api.context  # noqa: E402
import ifcopenshell.api.geometry  # noqa: E402
import ifcopenshell.api.project  # noqa: E402
import ifcopenshell.api.root  # noqa: E402
import ifcopenshell.api.spatial  # noqa: E402
import ifcopenshell.api.unit  # noqa: E402
from specklepy.api import operations  # noqa: E402
from specklepy.api.client import SpeckleClient  # noqa: E402
from specklepy.api.credentials import Account  # noqa: E402
from specklepy.bundle.builder import BundleBuilder  # noqa: E402
from specklepy.bundle.download import download_bundle  # noqa: E402
from specklepy.bundle.envelope_writer import Producer  # noqa: E402
from specklepy.bundle.send import SendOptions  # noqa: E402
from specklepy.bundle.upload import ArtifactPipeline, ArtifactUploadError  # noqa: E402
from specklepy.core.api.inputs.file_import_inputs import (  # noqa: E402
    FileImportResult, FileImportSuccessInput, GenerateFileUploadUrlInput, StartFileImportInput)
from specklepy.core.api.inputs.model_ingestion_inputs import (  # noqa: E402
    ModelIngestionCreateInput, SourceDataInput)
from specklepy.core.api.inputs.model_inputs import CreateModelInput  # noqa: E402
from specklepy.core.api.inputs.project_inputs import ProjectCreateInput  # noqa: E402
from specklepy.core.api.inputs.version_inputs import DeleteVersionsInput, MoveVersionsInput  # noqa: E402
from specklepy.logging import metrics  # noqa: E402
from specklepy.logging.exceptions import SpeckleException  # noqa: E402
from specklepy.objects.geometry import Mesh  # noqa: E402
from specklepy.transports.server import ServerTransport  # noqa: E402

import tiebeam_node  # noqa: E402
import tiebeam_office  # noqa: E402
from test_regions import Regions  # noqa: E402
from test_sync import wait_for  # noqa: E402

metrics.disable()
HEIGHT = "Dimensions.Height"


def house(walls=3, height=2.5):
    """A bundle of some walls with their properties and shapes."""
    builder = BundleBuilder(Producer("tests", "1.0"), "m")
    storey = builder.get_or_add_container_path(["Ground floor"])
    for number in range(walls):
        wall = builder.get_or_add_object(f"wall-{number}")
        wall.set_properties({"Dimensions": {"Height": height}}, name=f"Wall {number}")
        wall.add_geometry(Mesh(
            vertices=[number, 0.0, 0.0, number + 1.0, 0.0, 0.0, number, height, 0.0], faces=[3, 0, 1, 2], units="m"))
        wall.collection = storey
    return builder


def ifc(path):
    """A small building as an IFC file."""
    model = ifcopenshell.api.project.create_file()
    project = ifcopenshell.api.root.create_entity(model, ifc_class="IfcProject", name="House")
    ifcopenshell.api.unit.assign_unit(model)
    body = ifcopenshell.api.context.add_context(
        model, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW",
        parent=ifcopenshell.api.context.add_context(model, context_type="Model"))
    parts = [project] + [
        ifcopenshell.api.root.create_entity(model, ifc_class=kind, name=kind[3:])
        for kind in ("IfcSite", "IfcBuilding", "IfcBuildingStorey")]
    for whole, part in zip(parts, parts[1:]):
        ifcopenshell.api.aggregate.assign_object(model, products=[part], relating_object=whole)
    for number in range(4):
        wall = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWall", name=f"Wall {number}")
        shape = ifcopenshell.api.geometry.add_wall_representation(
            model, context=body, length=5, height=3, thickness=0.2)
        ifcopenshell.api.geometry.assign_representation(model, product=wall, representation=shape)
        ifcopenshell.api.spatial.assign_container(model, products=[wall], relating_structure=parts[-1])
    model.write(str(path))


class Person:
    """Somebody at a node."""

    def __init__(self, node, token):
        self.client = SpeckleClient(node.api, use_ssl=False)
        self.client.authenticate_with_token(token)
        self.account = Account.from_token(token, node.api)
        self.node, self.token = node, token

    def place(self):
        """A new project with a model."""
        project = self.client.project.create(ProjectCreateInput(name="House", description=None, visibility=None))
        model = self.client.model.create(CreateModelInput(name="walls", description=None, project_id=project.id))
        return project.id, model.id

    def ingestion(self, project, model):
        return self.client.model_ingestion.create(ModelIngestionCreateInput(
            model_id=model, project_id=project, progress_message="Sending",
            source_data=SourceDataInput(
                source_application_slug="ifc", source_application_version="1", file_name=None, file_size_bytes=None),
            max_idle_timeout_seconds=600))

    def send(self, project, model, builder=None):
        return operations.send3(self.account, project, model, builder or house(), SendOptions(message="Sending"))

    def heights(self, project, model, version, **options):
        with operations.receive3(self.account, project, model, version, **options) as received:
            return {wall.name: wall.properties[HEIGHT] for wall in received.objects}

    def files(self, project, model, version):
        """The SHA-256 of each file of a version, by name."""
        with tempfile.TemporaryDirectory() as folder:
            paths = download_bundle(self.account, project, model, version, folder)
            return {pathlib.Path(path).name: hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() for path in paths}


HEIGHTS = {"Wall 0": 2.5, "Wall 1": 2.5, "Wall 2": 2.5}


class BundleTests:
    """What holds at a node, and at an edge as well: `self.person` is at either."""

    def test_what_is_sent_is_received(self):
        project, model = self.person.place()
        sent = self.person.send(project, model)
        version = self.person.client.version.get(sent.version_id, project)
        self.assertEqual(version.referenced_object, f"bundle.{project}.{model}.{sent.version_id}")
        self.assertEqual((version.source_application, version.message), ("tests", None))
        status = self.person.client.model_ingestion.get_ingestion(project, sent.ingestion_id).status_data
        self.assertEqual((status.status.value, status.version_id), ("success", sent.version_id))
        self.assertEqual(self.person.heights(project, model, sent.version_id), HEIGHTS)
        self.assertEqual(
            self.person.heights(project, model, sent.version_id, include_geometry=False, mark_received=False), HEIGHTS)
        files = self.person.files(project, model, sent.version_id)
        self.assertTrue(all(name.startswith(sent.version_id + ".") for name in files) and len(files) > 10, files)
        self.assertEqual(self.person.client.model.get_with_versions(model, project).versions.total_count, 1)

    def test_a_reference_is_received_as_objects(self):
        project, model = self.person.place()
        sent = self.person.send(project, model)
        transport = ServerTransport(project, account=self.person.account)
        root = operations.receive(f"bundle.{project}.{model}.{sent.version_id}", transport)
        names = [item.name for item in root.elements[0].elements]
        self.assertEqual(sorted(names), sorted(HEIGHTS))

    def test_versions_follow_each_other_move_and_go(self):
        project, model = self.person.place()
        first = self.person.send(project, model)
        second = self.person.send(project, model, house(walls=1, height=4))
        self.person.client.version.move_to_model(MoveVersionsInput(
            target_model_name="other", version_ids=[first.version_id], project_id=project))
        moved = self.person.client.version.get(first.version_id, project).referenced_object.split(".")[2]
        self.assertNotEqual(moved, model)
        for place in (model, moved):  # also for whoever knew where it was
            self.assertEqual(self.person.heights(project, place, first.version_id), HEIGHTS)
        self.assertEqual(self.person.heights(project, model, second.version_id), {"Wall 0": 4})
        self.person.client.version.delete(DeleteVersionsInput(version_ids=[second.version_id], project_id=project))
        with self.assertRaises(SpeckleException):
            self.person.heights(project, model, second.version_id)

    def test_a_refused_upload_fails_its_ingestion(self):
        project, model = self.person.place()
        ingestion = self.person.ingestion(project, model)
        version = self.person.client.model_ingestion.get_reserved_version_id(project, ingestion.id)
        self.assertRegex(version, "^[0-9a-f]{10}$")
        files = house().build().rename_to(version)
        with ArtifactPipeline(project, ingestion.id, version, self.person.account, files.directory) as pipeline:
            with self.assertRaises(ArtifactUploadError):
                pipeline.upload_files(files.by_name, "bundle.of.somebody.else", files.object_count)
            reference = f"bundle.{project}.{model}.{version}"
            self.assertEqual(pipeline.upload_files(files.by_name, reference, files.object_count), version)
            self.assertEqual(pipeline._complete(  # as after a lost answer
                {name: f'"{sha}"' for name, sha in self.person.files(project, model, version).items()}, reference, 1), version)
        builder = house()
        builder.build = lambda: 1 / 0
        with self.assertRaises(ZeroDivisionError):
            self.person.send(project, model, builder)
        self.assertEqual(self.person.client.model.get_with_versions(model, project).versions.total_count, 1)

    def run_importer(self, source, project, ingestion):
        """Runs specklepy's importer as its service does, and returns the id of the version."""
        result = source.with_suffix(".json")
        subprocess.run(
            [sys.executable, "-m", "speckleifc", source, result, project, "imported", ingestion], check=True,
            capture_output=True, timeout=300, env=os.environ | {
                "USER_TOKEN": self.person.token, "SPECKLE_SERVER_URL": self.person.node.api, "SPECKLE_TRACK": "False"})
        answer = json.loads(result.read_text())
        self.assertTrue(answer["success"], answer)
        return answer["commitId"]

    def test_the_ifc_importer_runs_unchanged(self):
        project, model = self.person.place()
        files = self.person.client.file_import
        with tempfile.TemporaryDirectory() as folder:
            source, copy = pathlib.Path(folder) / "house.ifc", pathlib.Path(folder) / "copy.ifc"
            ifc(source)
            link = files.generate_upload_url(GenerateFileUploadUrlInput(project_id=project, file_name=source.name))
            etag = files.upload_file(source, link.url).etag
            self.assertEqual(files.download_file(project, link.file_id, copy).read_bytes(), source.read_bytes())
            ingestion = files.start_file_ingestion(StartFileImportInput(
                project_id=project, model_id=model, file_id=link.file_id, etag=etag))
            self.assertEqual(ingestion.status_data.status.value, "queued")
            jobs = files.get_model_file_import_jobs(project_id=project, model_id=model)
            self.assertEqual([(job.id, job.converted_status) for job in jobs.items], [(link.file_id, 0)])
            version = self.run_importer(copy, project, ingestion.id)
        job = files.get_model_file_import_jobs(project_id=project, model_id=model).items[0]
        self.assertEqual((job.converted_status, job.converted_version_id), (2, version))
        with operations.receive3(self.person.account, project, model, version) as received:
            names = {item.name for item in received.objects}
            self.assertTrue({f"Wall {number}" for number in range(4)} <= names, names)
            self.assertGreaterEqual(len(received.geometries), 4)

    def test_older_importers_finish_their_jobs(self):
        project, model = self.person.place()
        files = self.person.client.file_import
        link = files.generate_upload_url(GenerateFileUploadUrlInput(project_id=project, file_name="a.ifc"))
        with tempfile.NamedTemporaryFile() as source:
            etag = files.upload_file(pathlib.Path(source.name), link.url).etag
        started = files.start_file_import(StartFileImportInput(
            project_id=project, model_id=model, file_id=link.file_id, etag=etag))
        self.assertEqual((started.id, started.converted_status), (link.file_id, 0))
        version = self.person.send(project, model).version_id
        self.assertTrue(files.finish_file_import_job(FileImportSuccessInput(
            project_id=project, job_id=link.file_id, warnings=[], result=FileImportResult(
                duration_seconds=1, download_duration_seconds=0, parse_duration_seconds=1, parser="tests",
                version_id=version))))
        job = files.get_model_file_import_jobs(project_id=project, model_id=model).items[0]
        self.assertEqual((job.converted_status, job.converted_version_id), (2, version))


class NodeBundleTests(BundleTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = tiebeam_node.Node().start()
        cls.person = Person(cls.node, cls.node.register("ann@example.com"))

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def test_a_directory_with_bundles_verifies(self):
        node = tiebeam_node.Node().start()
        self.addCleanup(node.__exit__)
        person = Person(node, node.register("ann@example.com"))
        project, model = person.place()
        version = person.send(project, model).version_id
        node.stop()
        report = json.loads(tiebeam_node.run("verify", node.data / "data", "--json").stdout)
        self.assertEqual((report["problems"], report["versions"]), ([], 1))
        self.assertGreater(report["files"], 10)
        damaged = next(path for path in (node.data / "data" / "blobs").glob("??/*") if path.suffix != ".parts")
        damaged.write_bytes(b"?" * damaged.stat().st_size)
        report = tiebeam_node.run("verify", node.data / "data", "--json", check=False)
        self.assertEqual(report.returncode, 4)
        self.assertEqual(len(json.loads(report.stdout)["problems"]), 1)


class EdgeBundleTests(BundleTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = tiebeam_office.Office()
        cls.person = Person(cls.office.edge, cls.office.token)

    @classmethod
    def tearDownClass(cls):
        cls.office.stop()

    def test_the_region_has_what_was_sent_to_the_edge(self):
        project, model = self.person.place()
        version = self.person.send(project, model).version_id
        region = Person(self.office.region, self.office.token)
        self.assertEqual(region.heights(project, model, version), HEIGHTS)
        self.assertEqual(region.files(project, model, version), self.person.files(project, model, version))


class RegionBundleTests(unittest.TestCase):
    def setUp(self):
        self.regions = Regions(pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())))
        self.addCleanup(lambda: self.regions.stop())
        self.regions.start("paris", "tokyo")
        self.paris, self.tokyo = self.regions["paris"], self.regions["tokyo"]
        self.token = self.paris.register("ann@example.com")

    def seen_at(self, node, project, version):
        """The version as a node shows it, once it does."""
        query = "query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { referencedObject } } }"

        def shown():
            answer = node.graphql(query, {"p": project, "v": version}, self.token)
            return (answer.get("data") or {}).get("project")

        wait_for(shown, f"version {version} is seen")
        return shown()["version"]["referencedObject"]

    def test_a_version_that_is_seen_is_whole(self):
        ann = Person(self.paris, self.token)
        project, model = ann.place()
        version = ann.send(project, model).version_id
        self.assertEqual(self.seen_at(self.tokyo, project, version), f"bundle.{project}.{model}.{version}")
        files = ann.files(project, model, version)
        self.regions.stop("paris")
        there = Person(self.tokyo, self.token)
        self.assertEqual(there.files(project, model, version), files)
        self.assertEqual(there.heights(project, model, version), HEIGHTS)
        # What is sent there comes back.
        second = there.send(project, model, house(walls=1)).version_id
        self.regions.start("paris")
        self.seen_at(self.paris, project, second)
        self.assertEqual(Person(self.paris, self.token).heights(project, model, second), {"Wall 0": 2.5})

    def test_clones_pushes_and_new_regions_bring_files(self):
        ann = Person(self.paris, self.token)
        project, model = ann.place()
        version = ann.send(project, model).version_id
        files = ann.files(project, model, version)
        self.regions.start("oslo")
        self.seen_at(self.regions["oslo"], project, version)
        self.assertEqual(Person(self.regions["oslo"], self.token).files(project, model, version), files)
        # A copy by hand, and what is pushed from it into another project.
        copy = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "copy"
        target, _ = ann.place()
        credentials = ["--token", self.token, "--node-id", self.paris.node_id]
        tiebeam_node.run("clone", f"{self.paris.sync}/{project}", copy, *credentials)
        report = json.loads(tiebeam_node.run("verify", copy, "--json").stdout)
        self.assertEqual((report["problems"], report["versions"], report["files"]), ([], 1, len(files)))
        for new in (1, 0):
            report = json.loads(tiebeam_node.run(
                "push", copy, f"{self.paris.sync}/{target}", *credentials, "--json").stdout)
            self.assertEqual(report["upToDate"], not new, report)
        self.assertEqual(ann.files(target, model, version), files)
        pushed = ann.client.version.get(version, target)
        self.assertRegex(pushed.referenced_object, f"^bundle.{target}.[0-9a-f]+.{version}$")


if __name__ == "__main__":
    unittest.main()
