"""Files that are sent by signed links: what becomes of them, and who may do what. Against a real node.

Standard library only.
"""
import concurrent.futures
import contextlib
import gzip
import hashlib
import http.client
import json
import pathlib
import socket
import sys
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_sync import wait_for  # noqa: E402

CREATE = """mutation($i: ModelIngestionCreateInput!) { projectMutations { modelIngestionMutations { create(input: $i) {
    id versionId } } } }"""
FAIL = """mutation($i: ModelIngestionFailedInput!) { projectMutations { modelIngestionMutations { failWithError(input: $i) {
    id } } } }"""
STATUS = """query($p: String!, $i: ID!) { project(id: $p) { ingestion(id: $i) { statusData { ... on HasModelIngestionStatus {
    status } } } } }"""
VERSIONS = "query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { versions { items { id referencedObject } } } } }"
DELETE_VERSIONS = "mutation($i: DeleteVersionsInput!) { versionMutations { delete(input: $i) } }"
ROLE = "mutation($i: ProjectUpdateRoleInput!) { projectMutations { updateRole(input: $i) { id } } }"
INVITE = """mutation($p: ID!, $i: [ProjectInviteCreateInput!]!) { projectMutations { invites { batchCreate(projectId: $p,
    input: $i) { id } } } }"""
LIMIT = 1 << 20


def tag(content):
    """The ETag of a file."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


class Bundle:
    """A version that is being made of files, by whoever has `token`."""

    def __init__(self, test, token=None, idle_seconds=600):
        self.test, self.node, self.token = test, test.node, token or test.token
        self.project, self.model = test.project, test.model
        answer = self.node.graphql(CREATE, {"i": {
            "projectId": self.project, "modelId": self.model, "progressMessage": "Sending",
            "maxIdleTimeoutSeconds": idle_seconds,
            "sourceData": {"sourceApplicationSlug": "ifc", "sourceApplicationVersion": "1"}}}, self.token)
        ingestion = answer["data"]["projectMutations"]["modelIngestionMutations"]["create"]
        self.id, self.version = ingestion["id"], ingestion["versionId"]
        self.path = f"/api/v2/projects/{self.project}/modelingestion/{self.id}/uploads"
        self.reference = f"bundle.{self.project}.{self.model}.{self.version}"

    def sign(self, *names, token=None):
        return self.test.call("POST", f"{self.path}/sign", {"files": names}, token or self.token)

    def link(self, name="a.parquet"):
        status, _, answer = self.sign(name)
        self.test.assertEqual(status, 200, answer)
        return answer["uploads"][name]["url"]

    def send(self, content, name="a.parquet", url=None):
        return tiebeam_node.request(
            "PUT", url or self.link(name), content, {"Content-Type": "application/octet-stream"})

    def complete(self, etags, token=None, reference=None):
        body = {"etags": etags, "rootId": reference or self.reference, "totalChildrenCount": 3}
        return self.test.call("POST", f"{self.path}/complete", body, token or self.token)

    def fail(self):
        self.node.graphql(FAIL, {"i": {
            "projectId": self.project, "ingestionId": self.id, "errorReason": "given up"}}, self.token)

    def status(self):
        answer = self.node.graphql(STATUS, {"p": self.project, "i": self.id}, self.token)
        return answer["data"]["project"]["ingestion"]["statusData"]["status"]


class NodeTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(
            tiebeam_node.Node(options=["--bundle-file-size-limit", "1", "--file-size-limit", "1"]))
        cls.token = cls.node.register("ann@example.com")
        cls.bob = cls.node.register("bob@example.com", name="Bob Other")

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.token)
        self.model = object_upload.create_model(self.node, self.token, self.project)
        self.before = set(self.files())

    def call(self, method, path, body=None, token=None):
        """Status, headers, and JSON if it is."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        status, headers, answer = tiebeam_node.request(
            method, self.node.api + path, None if body is None else json.dumps(body).encode(), headers)
        with contextlib.suppress(ValueError):
            answer = json.loads(answer)
        return status, headers, answer

    def versions(self):
        answer = self.node.graphql(VERSIONS, {"p": self.project, "m": self.model}, self.token)
        return {item["id"]: item["referencedObject"] for item in answer["data"]["project"]["model"]["versions"]["items"]}

    def give_role(self, token, role):
        """Gives somebody a role in the project, and returns their id."""
        user = self.node.graphql("{ activeUser { id } }", token=token)["data"]["activeUser"]["id"]
        invites = "query { activeUser { projectInvites { token projectId } } }"
        use = "mutation($i: ProjectInviteUseInput!) { projectMutations { invites { use(input: $i) } } }"
        self.node.graphql(INVITE, {"p": self.project, "i": [{"userId": user, "role": role}]}, self.token)
        for invite in self.node.graphql(invites, token=token)["data"]["activeUser"]["projectInvites"]:
            if invite["projectId"] == self.project:
                self.node.graphql(
                    use, {"i": {"accept": True, "projectId": self.project, "token": invite["token"]}}, token)
        return user

    def files(self):
        """Those that belong to no version, as folder and name."""
        blobs = self.node.data / "data" / "blobs"
        return [(folder, path.name) for folder in ("uploads", "aside") for path in (blobs / folder).iterdir()]

    def kept(self, *folders):
        """What this test left in these folders."""
        return [file for file in self.files() if file not in self.before and file[0] in folders]

    def code(self, query, variables, token=None):
        """The code of the error that an operation gives; `None` when it gives none."""
        answer = self.node.graphql(query, variables, token or self.token)
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None

    def artifacts(self, version, token=None, model=None):
        return self.call(
            "GET", f"/api/v2/projects/{self.project}/models/{model or self.model}/versions/{version}/artifacts",
            token=self.token if token is None else token)


class BundleTests(NodeTests):
    def test_files_become_a_version(self):
        bundle = Bundle(self)
        contents = {"a.parquet": b"first", "Haus [a29] – Süd.parquet": b"second" * 1000, "empty": b""}
        status, _, answer = bundle.sign(*contents)
        self.assertEqual((status, set(answer["uploads"])), (200, set(contents)))
        for name, content in contents.items():
            self.assertEqual(answer["uploads"][name]["additionalRequestHeaders"], {})
            status, headers, body = bundle.send(content, url=answer["uploads"][name]["url"])
            self.assertEqual((status, headers["ETag"], body), (200, tag(content), b""))
            self.assertEqual(headers["Access-Control-Expose-Headers"], "ETag")
        self.assertEqual(self.versions(), {})
        self.assertEqual(self.artifacts(bundle.version)[0], 404)
        tags = {name: tag(content) for name, content in contents.items()}
        status, _, answer = bundle.complete(tags)
        self.assertEqual((status, answer), (200, {"versionId": bundle.version}))
        self.assertEqual((self.versions(), bundle.status()), ({bundle.version: bundle.reference}, "success"))
        self.assertEqual(bundle.complete(tags)[2], answer)  # whoever lost the answer asks again
        status, _, answer = self.artifacts(bundle.version)
        self.assertEqual((status, [file["name"] for file in answer["files"]]), (200, sorted(contents)))
        for file in answer["files"]:
            status, headers, body = tiebeam_node.request("GET", file["url"])
            self.assertEqual((status, body), (200, contents[file["name"]]))
            self.assertEqual(headers["ETag"], tag(body))
        wait_for(lambda: not self.kept("uploads", "aside"), "nothing is left beside the version")

    def test_files_are_read_in_parts_and_once(self):
        bundle, content = Bundle(self), bytes(range(256)) * 64
        bundle.send(content)
        bundle.complete({"a.parquet": tag(content)})
        url = self.artifacts(bundle.version)[2]["files"][0]["url"]
        status, headers, body = tiebeam_node.request("GET", url, None, {"Range": "bytes=10-19"})
        self.assertEqual((status, body, headers["Content-Range"]), (206, content[10:20], "bytes 10-19/16384"))
        self.assertEqual(tiebeam_node.request("GET", url, None, {"If-None-Match": tag(content)})[0], 304)
        self.assertIn("immutable", headers["Cache-Control"])
        self.assertIn("private", headers["Cache-Control"])

    def test_other_etags_make_no_version(self):
        bundle = Bundle(self)
        self.assertEqual(bundle.complete({})[0], 400)
        self.assertEqual(bundle.complete({"a.parquet": tag(b"x")})[0], 400)
        bundle.send(b"x")
        for etags in ({"a.parquet": tag(b"y")}, {"a.parquet": tag(b"x").strip('"')}, {"a.parquet": ""},
                      {"a.parquet": tag(b"x"), "b.parquet": tag(b"x")}, {"b.parquet": tag(b"x")}, {}):
            status, _, answer = bundle.complete(etags)
            self.assertEqual((status, answer["error"]["code"]), (400, "USER_INPUT_ERROR"), etags)
        for body in (b"", b"[]", b'{"etags":7}', b'{"etags":{"a":7}}', b"{" * 10_000):
            status, _, _ = tiebeam_node.request(
                "POST", self.node.api + bundle.path + "/complete", body, {"Authorization": f"Bearer {self.token}"})
            self.assertEqual(status, 400, body)
        self.assertEqual(bundle.complete({"a.parquet": tag(b"x")}, reference="bundle.a.b.c")[0], 400)
        self.assertEqual(self.versions(), {})
        self.assertEqual(bundle.complete({"a.parquet": tag(b"x")})[0], 200)

    def test_a_file_that_is_sent_again_takes_the_place_of_the_first(self):
        bundle = Bundle(self)
        url = bundle.link()
        for content in (b"first", b"second"):
            self.assertEqual(bundle.send(content, url=url)[0], 200)
        self.assertEqual(len(self.kept("aside")), 2)  # a file and its parts
        self.assertEqual(bundle.complete({"a.parquet": tag(b"first")})[0], 400)
        self.assertEqual(bundle.complete({"a.parquet": tag(b"second")})[0], 200)
        # After that the link is of no use.
        status, _, answer = bundle.send(b"third", url=url)
        self.assertEqual((status, json.loads(answer)["error"]["code"]), (400, "BAD_REQUEST_ERROR"))
        read = tiebeam_node.request("GET", self.artifacts(bundle.version)[2]["files"][0]["url"])
        self.assertEqual(read[2], b"second")

    def test_altered_links_are_refused(self):
        bundle, other = Bundle(self), Bundle(self)
        url = bundle.link()
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        later = str(int(query["expires"]) + 1)
        altered = [
            url.replace("a.parquet", "b.parquet"), url.replace(bundle.id, other.id),
            url.replace("expires=" + query["expires"], "expires=" + later),
            url[:-1] + ("0" if url[-1] != "0" else "1"), url[:-2], url.split("?")[0], url.split("&")[0]]
        for forged in altered:
            status, _, answer = bundle.send(b"x", url=forged)
            self.assertEqual((status, json.loads(answer)["error"]["code"]), (403, "FORBIDDEN"), forged)
        self.assertEqual(other.complete({"a.parquet": tag(b"x")})[0], 400)
        self.assertEqual(tiebeam_node.request("GET", url)[0], 404)
        self.assertEqual(self.kept("uploads", "aside"), [])
        bundle.send(b"x", url=url)
        bundle.complete({"a.parquet": tag(b"x")})
        read = self.artifacts(bundle.version)[2]["files"][0]["url"]
        for forged in (read[:-1] + ("0" if read[-1] != "0" else "1"), read.split("?")[0],
                       read.replace(bundle.version, other.version), read.replace("a.parquet", "..%2Fa")):
            self.assertIn(tiebeam_node.request("GET", forged)[0], (400, 403), forged)

    def test_names_are_bare(self):
        bundle = Bundle(self)
        for name in ("", ".", "..", "../a", "a/b", "/etc/passwd", "a\\b", "c:a", "a\0", "a\nb", "x" * 256):
            status, _, answer = bundle.sign("fine", name)
            self.assertEqual((status, answer["error"]["code"]), (400, "USER_INPUT_ERROR"), name)
        for names in ([], [f"{number}" for number in range(257)]):
            self.assertEqual(bundle.sign(*names)[0], 400)
        signed = bundle.link("fine").split("?")[1]
        for name in ("..%2F..%2Fetc%2Fpasswd", "..", "%2e%2e", "a%5Cb", "a%00b", "%ff"):
            status, _, _ = bundle.send(b"x", url=f"{self.node.api}{bundle.path}/{name}?{signed}")
            self.assertIn(status, (400, 403, 404, 405), name)
        self.assertEqual(self.kept("uploads", "aside"), [])

    def test_too_much_is_refused(self):
        bundle = Bundle(self)
        url = bundle.link()
        self.assertEqual(bundle.send(b"x" * LIMIT, url=url)[0], 200)
        self.assertEqual(bundle.send(b"x" * (LIMIT + 1), url=url)[0], 413)
        # Without saying how much it is, and never ending.
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        self.addCleanup(connection.close)
        connection.putrequest("PUT", f"{parts.path}?{parts.query}")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        with contextlib.suppress(ConnectionError):
            for _ in range(3 * LIMIT // 65536):
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        with contextlib.suppress(ConnectionError):
            self.assertEqual(connection.getresponse().status, 413)
        wait_for(lambda: not self.kept("uploads"), "what came is forgotten")
        self.assertEqual(bundle.complete({"a.parquet": tag(b"x" * LIMIT)})[0], 200)

    def test_a_cut_upload_leaves_nothing(self):
        bundle = Bundle(self)
        url = urllib.parse.urlsplit(bundle.link())
        with socket.create_connection((url.hostname, url.port)) as connection:
            connection.sendall(
                f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: 900000\r\n\r\n".encode()
                + b"x" * 400_000)
            wait_for(lambda: self.kept("uploads"), "the upload has begun")
        wait_for(lambda: not self.kept("uploads"), "the bytes are forgotten")
        self.assertEqual(self.kept("aside"), [])
        self.assertEqual(bundle.complete({"a.parquet": tag(b"x" * 400_000)})[0], 400)

    def test_the_bytes_of_what_fails_are_given_back(self):
        failed, late = Bundle(self), Bundle(self, idle_seconds=1)
        for bundle in (failed, late):
            bundle.send(b"x" * 1000)
        failed.fail()
        wait_for(lambda: not self.kept("aside"), "the bytes are given back")
        self.assertEqual((failed.status(), late.status()), ("failed", "failed"))
        for bundle in (failed, late):
            self.assertEqual(bundle.complete({"a.parquet": tag(b"x" * 1000)})[0], 400)
            self.assertEqual(bundle.sign("a.parquet")[0], 400)
        self.assertEqual(self.versions(), {})
        blobs = self.node.data / "data" / "blobs"
        content = hashlib.sha256(b"x" * 1000).digest()
        digest = hashlib.sha256(b"tiebeam blob 1" + (1000).to_bytes(8, "big") + content).hexdigest()
        self.assertFalse((blobs / digest[:2] / digest).exists())

    def test_two_who_complete_at_once_make_one_version(self):
        for round in range(5):
            bundle = Bundle(self)
            bundle.send(b"x" * (round + 1))
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(
                    lambda _: bundle.complete({"a.parquet": tag(b"x" * (round + 1))})[::2], range(4)))
            self.assertEqual(answers, [(200, {"versionId": bundle.version})] * 4)
        self.assertEqual(len(self.versions()), 5)

    def test_only_those_who_may_write_make_bundles(self):
        bundle = Bundle(self)
        bundle.send(b"x")
        etags = {"a.parquet": tag(b"x")}

        def attempts(token):
            return [bundle.sign("a.parquet", token=token)[0], bundle.complete(etags, token=token)[0]]

        self.assertEqual(attempts(self.bob), [403, 403])
        self.assertEqual(attempts("0" * 42), [403, 403])
        status, _, _ = self.call("POST", f"{bundle.path}/sign", {"files": ["a"]})
        self.assertEqual(status, 403)
        self.give_role(self.bob, "stream:reviewer")
        self.assertEqual(attempts(self.bob), [403, 403])
        bob = self.give_role(self.bob, "stream:contributor")
        self.node.graphql(
            ROLE, {"i": {"projectId": self.project, "userId": bob, "role": "stream:contributor"}}, self.token)
        self.assertEqual(attempts(self.bob), [403, 403])  # it is still somebody else's
        own = Bundle(self, token=self.bob)
        url = own.link()
        self.assertEqual(own.send(b"x", url=url)[0], 200)
        # A link is of no use once its maker may not write any more.
        self.node.graphql(ROLE, {"i": {"projectId": self.project, "userId": bob, "role": None}}, self.token)
        self.assertEqual((own.send(b"x", url=url)[0], own.complete(etags)[0]), (403, 403))
        self.assertEqual(own.complete(etags, token=self.token)[0], 200)  # owners may

    def test_only_those_who_may_read_are_given_links(self):
        bundle = Bundle(self)
        bundle.send(b"x")
        bundle.complete({"a.parquet": tag(b"x")})
        for token in (self.bob, ""):
            self.assertEqual(self.artifacts(bundle.version, token=token)[0], 403)
        url = self.artifacts(bundle.version)[2]["files"][0]["url"]
        for path in ("0123456789", bundle.id):
            self.assertEqual(self.artifacts(path)[0], 404)
        self.assertEqual(tiebeam_node.request("GET", url)[0], 200)
        self.node.graphql(
            DELETE_VERSIONS, {"i": {"projectId": self.project, "versionIds": [bundle.version]}}, self.token)
        self.assertEqual((self.artifacts(bundle.version)[0], tiebeam_node.request("GET", url)[0]), (404, 404))

    def test_an_ordinary_version_has_no_artifacts(self):
        text = b'{"id":"' + b"a" * 32 + b'"}'
        object_upload.upload_all(self.node, self.project, self.token, [text])
        version = object_upload.create_version(self.node, self.token, self.project, self.model, "a" * 32)
        self.assertEqual(self.artifacts(version)[0], 404)

    def test_links_hold_after_a_restart(self):
        node = tiebeam_node.Node().start()
        self.addCleanup(node.__exit__)
        outer, self.node = self.node, node
        self.addCleanup(lambda: setattr(self, "node", outer))
        self.token = node.register("ann@example.com")
        self.setUp()
        bundle = Bundle(self)
        path = bundle.link("b.parquet").removeprefix(node.api)
        bundle.send(b"x")
        node.stop()
        node.start()
        self.assertEqual(bundle.send(b"y", url=node.api + path)[0], 200)
        status, _, answer = bundle.complete({"a.parquet": tag(b"x"), "b.parquet": tag(b"y")})
        self.assertEqual(status, 200, answer)


class ObjectPackTests(NodeTests):
    """What SDKs of early 2026 send: all objects as one file."""

    OBJECTS = [("b" * 32, {"name": "leaf"}),
               ("a" * 32, {"leaf": {"referencedId": "b" * 32, "speckle_type": "reference"}, "__closure": {"b" * 32: 1}})]

    def pack(self, objects=OBJECTS):
        lines = [f"{id}\tBase\t{json.dumps(fields | {'id': id})}\n" for id, fields in objects]
        return gzip.compress("".join(lines).encode())

    def begin(self):
        bundle = Bundle(self)
        path = bundle.path.replace("/v2/", "/v1/")
        status, _, answer = self.call("POST", f"{path}/sign", token=self.token)
        self.assertEqual((status, answer["additionalRequestHeaders"]), (200, {}))
        self.assertTrue(answer["key"])
        return bundle, path, answer["url"]

    def process(self, path, content, token=None):
        return self.call("POST", f"{path}/process", {"etag": tag(content)}, token or self.token)

    def test_objects_become_a_version(self):
        bundle, path, url = self.begin()
        content = self.pack()
        status, headers, _ = bundle.send(content, url=url)
        self.assertEqual((status, headers["ETag"]), (200, tag(content)))
        status, _, answer = self.process(path, content)
        self.assertEqual((status, answer), (200, {"versionId": bundle.version}))
        self.assertEqual((self.versions(), bundle.status()), ({bundle.version: "a" * 32}, "success"))
        for id, _ in self.OBJECTS:
            status, _, text = self.call("GET", f"/objects/{self.project}/{id}/single", token=self.token)
            self.assertEqual((status, text["id"]), (200, id))
        self.assertEqual(self.artifacts(bundle.version)[0], 404)
        wait_for(lambda: not self.kept("uploads", "aside"), "nothing is left beside the objects")

    def test_what_is_no_list_of_objects_makes_no_version(self):
        bundle, path, url = self.begin()
        self.assertEqual(self.process(path, b"")[0], 400)
        whole = self.pack()
        for content in (b"", b"no gzip", gzip.compress(b""), gzip.compress(b"no tabs\n"), gzip.compress(b"a\tb\t{\n"),
                        gzip.compress(b"a\tb\t[1]\n"), whole[:-9], self.pack(self.OBJECTS[1:])):
            self.assertEqual(bundle.send(content, url=url)[0], 200)
            self.assertEqual(self.process(path, b"other")[0], 400)
            status, _, answer = self.process(path, content)
            self.assertEqual(status, 400, content)
            self.assertIn(answer["error"]["code"], ("USER_INPUT_ERROR", "COMMIT_CREATE_ERROR"))
        self.assertEqual(self.versions(), {})
        bundle.send(whole, url=url)
        self.assertEqual(self.process(path, whole, token=self.bob)[0], 403)
        self.assertEqual(self.process(path, whole)[0], 200)


if __name__ == "__main__":
    unittest.main()
