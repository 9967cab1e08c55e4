"""Files that versions are to be made of: how they are sent, and what importers tell of them. Against a real node.

Standard library only.
"""
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_sync import wait_for  # noqa: E402
from test_uploads import LIMIT, ROLE, NodeTests, tag  # noqa: E402
from tiebeam_socket import Watcher  # noqa: E402

UPLOAD = "fragment U on FileUpload { id convertedStatus convertedMessage convertedVersionId fileName fileType fileSize modelName }"
LINK = "mutation($i: GenerateFileUploadUrlInput!) { fileUploadMutations { generateUploadUrl(input: $i) { url fileId } } }"
START = "mutation($i: StartFileImportInput!) { fileUploadMutations { startFileImport(input: $i) { ...U } } }" + UPLOAD
INGEST = """mutation($i: StartFileImportInput!) { fileUploadMutations { startFileIngestion(input: $i) { id versionId
    statusData { ... on HasModelIngestionStatus { status } } } } }"""
FINISH = "mutation($i: FinishFileImportInput!) { fileUploadMutations { finishFileImport(input: $i) } }"
UPLOADS = """query($p: String!, $m: String!) { project(id: $p) { pendingImportedModels { id } model(id: $m) {
    pendingImportedVersions { id } uploads(input: {limit: 2}) { totalCount cursor items { ...U } } } }
    stream(id: $p) { fileUploads { id } } }""" + UPLOAD


class FileTests(NodeTests):
    def link(self, name="House.IFC", token=None):
        answer = self.node.graphql(LINK, {"i": {"projectId": self.project, "fileName": name}}, token or self.token)
        link = answer["data"]["fileUploadMutations"]["generateUploadUrl"]
        return link["url"], link["fileId"]

    def send(self, content, url):
        return tiebeam_node.request("PUT", url, content, {"Content-Type": "application/octet-stream"})

    def given(self, file, content, **changes):
        return {"i": {"projectId": self.project, "modelId": self.model, "fileId": file, "etag": tag(content)} | changes}

    def upload(self, content=b"ISO-10303-21;"):
        """The id of a file that was sent."""
        url, file = self.link()
        self.assertEqual(self.send(content, url)[0], 200)
        return file

    def result(self, file, status="success", version=None, **more):
        return {"i": {"projectId": self.project, "jobId": file, "status": status, "warnings": ["none"], "result": {
            "durationSeconds": 1.5, "downloadDurationSeconds": 0, "parseDurationSeconds": 1, "parser": "tests",
            "versionId": version}} | more}

    def version(self):
        text = b'{"id":"' + b"a" * 32 + b'"}'
        object_upload.upload_all(self.node, self.project, self.token, [text])
        return object_upload.create_version(self.node, self.token, self.project, self.model, "a" * 32)

    def uploads(self):
        return self.node.graphql(UPLOADS, {"p": self.project, "m": self.model}, self.token)["data"]

    def test_a_file_is_imported(self):
        url, file = self.link()
        content = b"ISO-10303-21;" * 100
        blob = f"{self.node.api}/api/stream/{self.project}/blob/{file}"
        authorization = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(tiebeam_node.request("GET", blob, None, authorization)[0], 404)
        status, headers, _ = self.send(content, url)
        self.assertEqual((status, headers["ETag"]), (200, tag(content)))
        self.assertEqual(tiebeam_node.request("GET", blob, None, authorization)[2], content)
        started = self.node.graphql(START, self.given(file, content), self.token)["data"]["fileUploadMutations"]
        name = self.node.graphql(
            "query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { name } } }",
            {"p": self.project, "m": self.model}, self.token)["data"]["project"]["model"]["name"]
        shown = {"id": file, "convertedStatus": 0, "convertedMessage": None, "convertedVersionId": None,
                 "fileName": "House.IFC", "fileType": "ifc", "fileSize": len(content), "modelName": name}
        self.assertEqual(started["startFileImport"], shown)
        listed = self.uploads()
        self.assertEqual(listed["project"]["model"]["pendingImportedVersions"], [{"id": file}])
        self.assertEqual(listed["project"]["model"]["uploads"]["items"], [shown])
        self.assertEqual(listed["project"]["pendingImportedModels"], [])
        self.assertEqual(listed["stream"]["fileUploads"], [{"id": file}])
        self.assertEqual(self.code(FINISH, self.result(file)), "FILE_IMPORT_INVALID_JOB_RESULT_PAYLOAD")
        self.assertEqual(
            self.code(FINISH, self.result(file, version="0123456789")), "FILE_IMPORT_INVALID_JOB_RESULT_PAYLOAD")
        version = self.version()
        for _ in range(2):
            self.assertIsNone(self.code(FINISH, self.result(file, version=version)))
        listed = self.uploads()["project"]["model"]
        self.assertEqual(listed["pendingImportedVersions"], [])
        self.assertEqual(listed["uploads"]["items"], [shown | {"convertedStatus": 2, "convertedVersionId": version}])
        wait_for(lambda: not self.kept("uploads", "aside"), "nothing is left beside the file")

    def test_an_import_that_fails_says_why(self):
        file = self.upload()
        self.assertEqual(self.code(FINISH, self.result(file, "error")), "FILE_IMPORT_JOB_NOT_FOUND")
        self.assertIsNone(self.code(START, self.given(file, b"ISO-10303-21;")))
        self.assertIsNone(self.code(FINISH, self.result(file, "error", reason="no walls")))
        item = self.uploads()["project"]["model"]["uploads"]["items"][0]
        self.assertEqual((item["convertedStatus"], item["convertedMessage"]), (3, "no walls"))
        self.assertEqual(self.code(FINISH, self.result(file, "error", reason="again")), "BAD_REQUEST_ERROR")

    def test_a_file_becomes_a_bundle(self):
        file = self.upload()
        answer = self.node.graphql(INGEST, self.given(file, b"ISO-10303-21;"), self.token)
        ingestion = answer["data"]["fileUploadMutations"]["startFileIngestion"]
        self.assertEqual(ingestion["statusData"]["status"], "queued")
        path = f"/api/v2/projects/{self.project}/modelingestion/{ingestion['id']}/uploads"
        url = self.call("POST", f"{path}/sign", {"files": ["a"]}, self.token)[2]["uploads"]["a"]["url"]
        self.send(b"x", url)
        status, _, answer = self.call(
            "POST", f"{path}/complete", {"etags": {"a": tag(b"x")}, "totalChildrenCount": 1}, self.token)
        self.assertEqual((status, answer), (200, {"versionId": ingestion["versionId"]}))
        item = self.uploads()["project"]["model"]["uploads"]["items"][0]
        self.assertEqual((item["convertedStatus"], item["convertedVersionId"]), (2, ingestion["versionId"]))
        self.assertIsNone(self.code(FINISH, self.result(file, version=ingestion["versionId"])))

    def test_other_files_are_refused(self):
        file = self.upload()
        content = b"ISO-10303-21;"
        for etag in (tag(b"other"), tag(content).strip('"'), ""):
            self.assertEqual(self.code(START, self.given(file, content, etag=etag)), "FILE_UPLOAD_ERROR")
        self.assertEqual(self.code(START, self.given("0123456789", content)), "NOT_FOUND_ERROR")
        self.assertEqual(self.code(START, self.given(self.link()[1], content)), "NOT_FOUND_ERROR")  # never sent
        self.assertEqual(self.code(START, self.given(file, content, modelId="0123456789")), "BRANCH_NOT_FOUND")
        self.assertIsNone(self.code(START, self.given(file, content)))
        for query in (START, INGEST):
            self.assertEqual(self.code(query, self.given(file, content)), "ALREADY_REGISTERED_BLOB_ERROR")
        for name in ("", "../a", "a/b", "a\0b", "x" * 256):
            self.assertEqual(self.code(LINK, {"i": {"projectId": self.project, "fileName": name}}), "USER_INPUT_ERROR")

    def test_a_link_brings_one_file(self):
        url, file = self.link("Süd [1].ifc")
        self.assertEqual(self.send(b"x" * (LIMIT + 1), url)[0], 413)
        forged = [url.replace(file, "0123456789"), url.replace("S%C3%BCd", "Nord"), url[:-1] + "z", url.split("?")[0],
                  url.replace("user=", "user=0"), url.replace("expires=", "expires=9")]
        for other in forged:
            self.assertEqual(self.send(b"x", other)[0], 403, other)
        for _ in range(2):
            self.assertEqual(self.send(b"x", url)[0], 200)
        status, _, answer = self.send(b"y", url)
        self.assertEqual((status, json.loads(answer)["error"]["code"]), (400, "ALREADY_REGISTERED_BLOB_ERROR"))
        status, headers, body = tiebeam_node.request(
            "GET", f"{self.node.api}/api/stream/{self.project}/blob/{file}", None,
            {"Authorization": f"Bearer {self.token}"})
        self.assertEqual((status, body), (200, b"x"))
        self.assertIn("S%C3%BCd%20%5B1%5D.ifc", headers["Content-Disposition"])
        self.assertEqual(self.kept("uploads", "aside"), [])

    def test_only_those_who_may_write_import(self):
        file = self.upload()
        content = b"ISO-10303-21;"
        attempts = ((LINK, {"i": {"projectId": self.project, "fileName": "a.ifc"}}),
                    (START, self.given(file, content)), (FINISH, self.result(file, "error")))
        for query, variables in attempts:
            self.assertEqual(self.code(query, variables, token=self.bob), "FORBIDDEN")
        bob = self.give_role(self.bob, "stream:reviewer")
        for query, variables in attempts:
            self.assertEqual(self.code(query, variables, token=self.bob), "FORBIDDEN")
        self.node.graphql(
            ROLE, {"i": {"projectId": self.project, "userId": bob, "role": "stream:contributor"}}, self.token)
        url, _ = self.link(token=self.bob)
        self.assertIsNone(self.code(START, self.given(file, content)))
        self.assertEqual(self.code(FINISH, self.result(file, "error"), token=self.bob), "FORBIDDEN")
        self.node.graphql(ROLE, {"i": {"projectId": self.project, "userId": bob, "role": None}}, self.token)
        self.assertEqual(self.send(b"x", url)[0], 403)
        self.assertEqual(self.kept("uploads", "aside"), [])

    def test_forms_of_older_clients(self):
        body, kind = object_upload.multipart([("plan.ifc", "application/octet-stream", b"a"),
                                              ("roof.ifc", "application/octet-stream", b"b")])
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self.token}"}
        path = f"{self.node.api}/api/file/autodetect/{self.project}"
        status, answered, answer = tiebeam_node.request("POST", f"{path}/new%2Fmodel", body, headers)
        results = json.loads(answer)["uploadResults"]
        self.assertEqual((status, [result["uploadStatus"] for result in results]), (201, [1, 1]))
        self.assertIn("Warning", answered)
        query = """query($p: String!) { stream(id: $p) { fileUploads { id branchName fileName convertedStatus }
            fileUpload(id: "%s") { fileName } } }""" % results[0]["blobId"]
        stream = self.node.graphql(query, {"p": self.project}, self.token)["data"]["stream"]
        self.assertEqual(
            sorted((item["fileName"], item["branchName"], item["convertedStatus"]) for item in stream["fileUploads"]),
            [("plan.ifc", "new/model", 0), ("roof.ifc", "new/model", 0)])
        self.assertEqual(stream["fileUpload"], {"fileName": "plan.ifc"})
        self.assertEqual(tiebeam_node.request("POST", path, body, headers)[0], 201)  # main
        self.assertEqual(tiebeam_node.request("POST", path, b"x", headers)[0], 400)
        headers["Authorization"] = f"Bearer {self.bob}"
        self.assertEqual(tiebeam_node.request("POST", path, body, headers)[0], 403)

    def test_pages_of_uploads(self):
        files = []
        for number in range(5):
            content = b"%d" % number
            files.insert(0, self.upload(content))
            self.node.graphql(START, self.given(files[0], content), self.token)
        query = """query($p: String!, $m: String!, $c: String) { project(id: $p) { model(id: $m) {
            uploads(input: {limit: 2, cursor: $c}) { totalCount cursor items { id } } } } }"""
        cursor, listed = None, []
        while True:
            page = self.node.graphql(query, {"p": self.project, "m": self.model, "c": cursor}, self.token)
            page = page["data"]["project"]["model"]["uploads"]
            self.assertEqual(page["totalCount"], 5)
            listed += [item["id"] for item in page["items"]]
            cursor = page["cursor"]
            if not page["items"]:
                break
        self.assertEqual(listed, files)

    def test_whoever_watches_hears_of_imports(self):
        query = """subscription($p: String!) { projectPendingVersionsUpdated(id: $p) { type id version {
            convertedStatus } } }"""
        imports = "subscription($p: String!) { projectFileImportUpdated(id: $p) { type id upload { convertedStatus } } }"
        silent = "subscription($p: String!) { projectPendingModelsUpdated(id: $p) { type } }"
        versions, uploads, models = (
            Watcher(self.node.api, self.token, text, {"p": self.project}) for text in (query, imports, silent))
        for watcher in (versions, uploads, models):
            self.addCleanup(watcher.close)
        file = self.upload()
        for kind, status, step, variables in (
                ("CREATED", 0, START, self.given(file, b"ISO-10303-21;")),
                ("UPDATED", 3, FINISH, self.result(file, "error", reason="x"))):
            self.node.graphql(step, variables, self.token)
            self.assertEqual(versions.next()["data"]["projectPendingVersionsUpdated"], {
                "type": kind, "id": file, "version": {"convertedStatus": status}})
            self.assertEqual(uploads.next()["data"]["projectFileImportUpdated"], {
                "type": kind, "id": file, "upload": {"convertedStatus": status}})
        self.assertTrue(models.is_silent())


if __name__ == "__main__":
    unittest.main()
