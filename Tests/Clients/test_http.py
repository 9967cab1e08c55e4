"""What a node answers to raw requests: forms of objects, headers, rules, and whatever is malformed or too much.

Standard library only. After each bad request the node must go on and hold nothing of it.
"""
import ctypes
import ctypes.util
import gzip
import hashlib
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys
import unittest
import urllib.parse
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402


def made(name, children=(), **fields):
    """An object's id and text, closure included."""
    body = {"speckle_type": "Base", "name": name, **fields}
    if children:
        body["@children"] = [{"referencedId": child, "speckle_type": "reference"} for child in children]
        body["__closure"] = {child: 1 for child in children}
    identity = hashlib.sha256(json.dumps(body).encode()).hexdigest()[:32]
    return identity, json.dumps({"id": identity, **body}).encode()


def from_zstd(answer):
    """By the system's library, which takes one frame and nothing behind it."""
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    room = ctypes.create_string_buffer(16 << 20)
    count = zstd.ZSTD_decompress(room, ctypes.c_size_t(len(room)), answer, ctypes.c_size_t(len(answer)))
    if zstd.ZSTD_isError(ctypes.c_size_t(count)):
        raise ValueError("that is no zstd")
    return room.raw[:count]


DECODERS = {None: bytes, "gzip": gzip.decompress, "zstd": from_zstd}


class HTTPTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.token = cls.node.register("ann@example.com")
        cls.other = cls.node.register("bob@example.com")

    @classmethod
    def tearDownClass(cls):
        assert cls.node.stop() == 0

    def setUp(self):
        self.project = object_upload.create_project(self.node, self.token)

    def tearDown(self):
        status, _, _ = tiebeam_node.request("GET", f"{self.node.api}/readiness")
        self.assertEqual(status, 200, "the node must go on")

    def call(self, method, path, body=None, kind="application/json", token=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            headers["Content-Type"] = kind
        token = self.token if token is None else token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return tiebeam_node.request(method, self.node.api + path, body, headers)

    def send(self, *texts, **options):
        return object_upload.upload(self.node, self.project, self.token, texts, **options)

    def send_part(self, content, kind="application/gzip"):
        body, form = object_upload.multipart([("batch-1", kind, content)])
        return self.call("POST", f"/objects/{self.project}", body, form)

    def diff(self, ids):
        body = json.dumps({"objects": json.dumps(ids)}).encode()
        return json.loads(self.call("POST", f"/api/diff/{self.project}", body)[2])

    def send_files(self, *files, token=None, project=None):
        """Each file is (form key, name, bytes). Returns status and results."""
        boundary = "files"
        body = b"".join(
            (f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"; filename="{name}"\r\n\r\n').encode()
            + content + b"\r\n" for key, name, content in files) + f"--{boundary}--\r\n".encode()
        status, _, answer = self.call(
            "POST", f"/api/stream/{project or self.project}/blob", body, f"multipart/form-data; boundary={boundary}",
            token)
        return status, json.loads(answer)["uploadResults"] if status == 201 else answer

    # What clients rely on

    def test_files_come_back(self):
        plan, photo = b"plan " * 2_000_000, bytes(range(256)) * 9
        status, results = self.send_files(("a", "pl\u00e4n \u201c1\u201d.IFC", plan), ("b", "photo.jpg", photo), ("c", "nothing", b""))
        self.assertEqual((status, [r["uploadStatus"] for r in results]), (201, [1, 1, 1]))
        self.assertEqual([(r["formKey"], r["fileSize"]) for r in results], [
            ("a", len(plan)), ("b", len(photo)), ("c", 0)])
        path = f"/api/stream/{self.project}/blob/"
        for result, content in zip(results, [plan, photo, b""]):
            self.assertEqual(len(result["blobId"]), 10)
            status, headers, body = self.call("GET", path + result["blobId"])
            self.assertEqual((status, body, headers["Content-Length"]), (200, content, str(len(content))))
            self.assertEqual(headers["ETag"], f'"{hashlib.sha256(content).hexdigest()}"')
            self.assertEqual(headers["Cross-Origin-Resource-Policy"], "cross-origin")
            self.assertEqual(self.call("GET", path + result["blobId"], If_None_Match=headers["ETag"])[0], 304)
        plan_path = path + results[0]["blobId"]
        _, headers, _ = self.call("GET", plan_path)
        self.assertIn("filename*=UTF-8''pl%C3%A4n%20%E2%80%9C1%E2%80%9D.IFC", headers["Content-Disposition"])
        for asked, expected in [("bytes=5-9", plan[5:10]), ("bytes=-7", plan[-7:]), ("bytes=9999990-", plan[9_999_990:]),
                                ("bytes=4194300-4194310", plan[4_194_300:4_194_311])]:
            status, headers, body = self.call("GET", plan_path, Range=asked)
            self.assertEqual((status, body), (206, expected))
            self.assertTrue(headers["Content-Range"].endswith(f"/{len(plan)}"))
        status, headers, _ = self.call("GET", plan_path, Range="bytes=10000000-")
        self.assertEqual((status, headers["Content-Range"]), (416, f"bytes */{len(plan)}"))
        for odd in ["bytes=9-5", "bytes=a-b", "items=1-2", "bytes=1-2,4-5"]:
            self.assertEqual(self.call("GET", plan_path, Range=odd)[0], 200)
        self.assertEqual(self.call("GET", plan_path, Range="bytes=0-1", If_Range='"other"')[0], 200)

    def test_files_are_listed_found_and_deleted(self):
        _, results = self.send_files(*((f"k{n}", f"file {n}.txt", b"%d" % n) for n in range(30)))
        path = f"/api/stream/{self.project}/blobs"
        first = json.loads(self.call("GET", path)[2])
        second = json.loads(self.call("GET", f"{path}?cursor={urllib.parse.quote(first['cursor'])}")[2])
        self.assertEqual((len(first["blobs"]), len(second["blobs"])), (25, 5))
        self.assertEqual({b["id"] for b in first["blobs"] + second["blobs"]}, {r["blobId"] for r in results})
        self.assertEqual(len(json.loads(self.call("GET", f"{path}?fileName=FILE%207")[2])["blobs"]), 1)
        query = "query($p: String!, $b: String!) { project(id: $p) { blob(id: $b) { fileName fileType fileSize uploadStatus } \
            blobs(query: \"file 2\", limit: 3) { totalCount totalSize items { id } } } }"
        found = self.node.graphql(query, {"p": self.project, "b": results[7]["blobId"]}, self.token)["data"]["project"]
        self.assertEqual(found["blob"], {"fileName": "file 7.txt", "fileType": "txt", "fileSize": 1, "uploadStatus": 1})
        self.assertEqual((found["blobs"]["totalCount"], found["blobs"]["totalSize"], len(found["blobs"]["items"])), (11, 21, 3))
        blob = f"/api/stream/{self.project}/blob/{results[0]['blobId']}"
        self.assertEqual(self.call("DELETE", blob)[0], 204)
        self.assertEqual((self.call("GET", blob)[0], self.call("DELETE", blob)[0]), (404, 404))
        self.assertEqual(self.call("DELETE", path)[0], 501)

    def test_a_file_that_is_named_by_its_hash_is_found_by_it(self):
        content = b"the same again"
        own = hashlib.sha256(content).hexdigest()
        diff = f"/api/stream/{self.project}/blob/diff"
        self.assertEqual(json.loads(self.call("POST", diff, json.dumps([own, "x"]).encode())[2]), [own, "x"])
        _, results = self.send_files((f"hash:{own}", "a.txt", content), (f"hash:{own[::-1]}", "b.txt", content))
        self.assertEqual(results[0]["blobId"], own)
        self.assertEqual(len(results[1]["blobId"]), 10, "a hash that is another one names nothing")
        self.assertEqual(json.loads(self.call("POST", diff, json.dumps([own, "x"]).encode())[2]), ["x"])
        self.assertEqual(self.send_files((f"hash:{own}", "a.txt", content))[1][0]["blobId"], own)
        self.assertEqual(self.call("POST", diff, b'{"a": 1}')[0], 400)

    def test_files_of_others_are_out_of_reach(self):
        _, results = self.send_files(("a", "a.txt", b"secret"))
        blob = f"/api/stream/{self.project}/blob/{results[0]['blobId']}"
        self.assertEqual(self.call("GET", blob, token=self.other)[0], 403)
        self.assertEqual(self.call("GET", blob, token="")[0], 403)
        self.assertEqual(self.call("DELETE", blob, token=self.other)[0], 403)
        self.assertEqual(self.send_files(("a", "a", b"x"), token=self.other)[0], 403)
        self.assertEqual(self.call("GET", f"/api/stream/0000000000/blob/{results[0]['blobId']}")[0], 404)
        mine = object_upload.create_project(self.node, self.other)
        self.assertEqual(self.call("GET", f"/api/stream/{mine}/blob/{results[0]['blobId']}", token=self.other)[0], 404)

    def test_files_that_are_too_long_are_refused_alone(self):
        status, results = self.send_files(("a", "a", b"x"), ("b", "b", bytes((100 << 20) + 1)), ("c", "c", b"y"))
        self.assertEqual((status, [r["uploadStatus"] for r in results]), (201, [1, 2, 1]))
        self.assertEqual(results[1]["uploadError"], "File size limit reached")
        self.assertEqual(self.send_files()[0], 201)
        self.assertEqual(self.call("POST", f"/api/stream/{self.project}/blob", b"x", "text/plain")[0], 400)

    def test_every_form_gives_the_same_bytes(self):
        leaf_id, leaf = made("leaf", odd=[1.0, 1e-05, "\u00fc", "/"])
        root_id, root = made("root", [leaf_id])
        spaced = root.replace(b'"name"', b'\n\t"name" ')
        self.assertEqual(self.send(spaced, leaf)[0], 201)
        one_line = spaced.replace(b"\n\t", b"  ")
        status, headers, body = self.call("GET", f"/objects/{self.project}/{root_id}/single")
        self.assertEqual((status, body), (200, one_line))
        lines = b"%s\t%s\n" % (root_id.encode(), one_line), b"%s\t%s\n" % (leaf_id.encode(), leaf)
        asked = json.dumps([root_id, leaf_id])
        for path, body, kind in [
            (f"/api/getobjects/{self.project}", json.dumps({"objects": asked}), "application/json"),
            (f"/api/getobjects/{self.project}", urllib.parse.urlencode({"objects": asked}),
             "application/x-www-form-urlencoded"),
            (f"/api/v2/projects/{self.project}/object-stream/", json.dumps({"objectIds": [root_id, leaf_id]}),
             "application/json"),
        ]:
            for accepted, coding in [
                ("identity", None), ("gzip", "gzip"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"),
                ("gzip;q=0.9, zstd;q=0.5", "gzip"), ("gzip;q=0, zstd; q=0.0", None), ("zstd;q=x, gzip", "gzip"),
            ]:
                status, headers, answer = self.call(
                    "POST", path, body.encode(), kind, Accept="text/plain", Accept_Encoding=accepted)
                self.assertEqual((status, headers.get("Content-Encoding")), (200, coding), accepted)
                self.assertEqual(headers["Vary"], "Accept-Encoding")
                self.assertEqual(sorted(DECODERS[coding](answer).splitlines(True)), sorted(lines))
        status, _, tree = self.call("GET", f"/objects/{self.project}/{root_id}", Accept="text/plain")
        self.assertEqual(tree, lines[0] + lines[1])
        status, _, tree = self.call("GET", f"/objects/{self.project}/{root_id}")
        self.assertEqual([item["id"] for item in json.loads(tree)], [root_id, leaf_id])

    def test_gzip_of_a_whole_block_is_kept_and_right(self):
        objects = [made(f"beam {index}", payload="x" * 500) for index in range(3_000)]
        self.assertEqual(self.send(*(text for _, text in objects))[0], 201)
        body = json.dumps({"objects": json.dumps([identity for identity, _ in objects])}).encode()
        expected = sorted(b"%s\t%s\n" % (identity.encode(), text) for identity, text in objects)
        for coding in ["gzip", "gzip", "zstd"]:
            _, _, answer = self.call(
                "POST", f"/api/getobjects/{self.project}", body, Accept="text/plain", Accept_Encoding=coding)
            self.assertEqual(sorted(DECODERS[coding](answer).splitlines(True)), expected)
        self.assertTrue(list((self.node.data / "data" / "cache" / "gzip").iterdir()))

    def test_masks_choose_properties(self):
        identity, text = made("masked", keep=1.50, drop={"deep": [1, {"a": "}"}]})
        self.send(text.replace(b"1.5", b"1.50"))
        path = f"/api/v2/projects/{self.project}/object-stream"
        body = json.dumps({"objectIds": [identity], "attributeMask": {"exclude": ["drop", "name", "speckle_type"]}})
        _, _, answer = self.call("POST", path, body.encode())
        self.assertEqual(answer, b'%s\t{"id": "%s","keep": 1.50}\n' % (identity.encode(), identity.encode()))
        for bad in [{}, {"objectIds": []}, {"objectIds": ["x"], "more": 1},
                    {"objectIds": ["x"], "attributeMask": {"include": ["a"], "exclude": ["b"]}}]:
            self.assertEqual(self.call("POST", path, json.dumps(bad).encode())[0], 400)

    def test_objects_may_be_cached_for_ever(self):
        identity, text = made("cached")
        self.send(text)
        path = f"/objects/{self.project}/{identity}/single"
        _, headers, _ = self.call("GET", path)
        self.assertIn("immutable", headers["Cache-Control"])
        status, _, body = self.call("GET", path, If_None_Match=headers["ETag"])
        self.assertEqual((status, body), (304, b""))

    def test_diff_tells_of_every_id(self):
        identity, text = made("known")
        self.send(text)
        self.assertEqual(
            self.diff([identity, "0" * 32, "no id"]), {identity: True, "0" * 32: False, "no id": False})

    def test_the_first_content_under_an_id_stays(self):
        identity, text = made("first")
        self.send(text)
        self.assertEqual(self.send(text.replace(b"first", b"other"))[0], 201)
        self.assertEqual(self.call("GET", f"/objects/{self.project}/{identity}/single")[2], text)

    def test_uncompressed_batches_and_preflights(self):
        identity, text = made("plain")
        self.assertEqual(self.send(text, compressed=False)[0], 201)
        self.assertTrue(self.diff([identity])[identity])
        status, headers, _ = self.call("OPTIONS", f"/objects/{self.project}")
        self.assertEqual((status, headers["Access-Control-Allow-Origin"]), (204, "*"))

    # Who may do what

    def test_others_get_nothing(self):
        identity, text = made("secret")
        self.send(text)
        body = json.dumps({"objects": json.dumps([identity])}).encode()
        for token in [self.other, ""]:
            self.assertEqual(self.call("GET", f"/objects/{self.project}/{identity}/single", token=token)[0], 401)
            self.assertEqual(self.call("POST", f"/api/getobjects/{self.project}", body, token=token)[0], 401)
            self.assertEqual(self.call("POST", f"/api/diff/{self.project}", body, token=token)[0], 401)
        self.assertEqual(self.call("GET", f"/objects/0000000000/{identity}/single")[0], 404)
        status, _, answer = self.call("GET", f"/objects/{self.project}/{identity}/single", token="f" * 42)
        self.assertEqual((status, json.loads(answer)), (403, {"error": "Your token is not valid."}))
        self.assertEqual(self.call("GET", "/api/mirrors", token=self.other)[0], 403)

    def test_content_is_shared_without_telling(self):
        identity, text = made("shared")
        self.send(text)
        theirs = object_upload.create_project(self.node, self.other, "Theirs")
        body = json.dumps({"objects": json.dumps([identity])}).encode()
        answer = self.call("POST", f"/api/diff/{theirs}", body, token=self.other)[2]
        self.assertEqual(json.loads(answer), {identity: False})

    def test_signing_in(self):
        def sign_in(password):
            body = json.dumps({"email": "Ann@Example.com", "password": password}).encode()
            return self.call("POST", "/auth/local/login?challenge=c", body, token="")
        self.assertEqual(sign_in("wrong password")[0], 401)
        status, headers, _ = sign_in("correct horse")
        self.assertEqual(status, 302)
        code = urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)["access_code"][0]
        exchange = {"appId": "spklwebapp", "appSecret": "spklwebapp", "challenge": "other", "accessCode": code}
        self.assertEqual(self.call("POST", "/auth/token", json.dumps(exchange).encode(), token="")[0], 401)
        exchange["challenge"] = "c"
        self.assertEqual(
            self.call("POST", "/auth/token", json.dumps(exchange).encode(), token="")[0], 401, "codes work once")
        for bad in [b"", b"{", b"[]", b'{"email": 1}']:
            self.assertIn(self.call("POST", "/auth/local/register?challenge=c", bad, token="")[0], [400])

    # What is malformed, or too much

    def refused(self, answer, status, words):
        self.assertEqual(answer[0], status, answer)
        self.assertIn(words, answer[-1].decode())

    def test_people_are_found(self):
        users = "query($i: UsersRetrievalInput!) { users(input: $i) { items { name } } }"
        by_email = "query($i: BulkUsersRetrievalInput!) { usersByEmail(input: $i) { name } }"

        def found(token=None, **given):
            answer = self.node.graphql(users, {"i": given}, token or self.token)
            return answer["data"] and [user["name"] for user in answer["data"]["users"]["items"]]

        self.node.register("zoe@example.com", name="Zoë Finder")
        self.assertEqual(found(query="finder"), ["Zoë Finder"])
        self.assertEqual(found(query="Zoe@example.com"), ["Zoë Finder"])
        # By a part of the name only: nobody can look through addresses.
        self.assertEqual((found(query="zoe@"), found(query="finder", emailOnly=True)), ([], []))
        self.assertEqual((found(query="Person", projectId=self.project), found(query="Finder", projectId=self.project)),
                         (["Ann Person"], []))
        for wrong in ({"query": ""}, {"query": "a", "limit": 0}, {"query": "a", "limit": 101},
                      {"query": "a", "projectId": "0" * 10}):
            self.assertIsNone(found(**wrong), wrong)
        self.assertIsNone(found(self.other, query="Person", projectId=self.project))
        answer = self.node.graphql(
            by_email, {"i": {"emails": ["ZOE@example.com", "nobody@example.com", "ann@example.com"]}}, self.token)
        self.assertEqual(answer["data"]["usersByEmail"], [{"name": "Zoë Finder"}, None, {"name": "Ann Person"}])
        for token, emails in ((self.token, ["a@example.com"] * 21), (None, ["ann@example.com"])):
            self.assertIn("errors", self.node.graphql(by_email, {"i": {"emails": emails}}, token))

    def test_malformed_uploads(self):
        good = gzip.compress(b"[" + made("x")[1] + b"]")
        self.refused(self.send_part(b"no gzip"), 400, "gzip")
        self.refused(self.send_part(good[:-9]), 400, "gzip")
        self.refused(self.send_part(gzip.compress(b"no json")), 400, "JSON array")
        self.refused(self.send_part(gzip.compress(b'{"id":"x"}')), 400, "JSON array")
        self.refused(self.send_part(gzip.compress(b'[{"a":1},')), 400, "JSON")
        self.refused(self.send_part(gzip.compress(b'[{"a":NaN}]')), 400, "JSON")
        self.refused(self.send_part(gzip.compress(b'[{"a":"\xff"}]')), 400, "UTF-8")
        self.refused(self.send_part(gzip.compress(b"[1]")), 400, "JSON")
        self.refused(self.send_part(gzip.compress(b'[{"id":"short"}]')), 400, "32")
        self.refused(self.send_part(gzip.compress(b'[{"a":' + b"[" * 1000 + b"]" * 1000 + b"}]")), 400, "deeper")
        self.refused(self.send_part(good, "image/png"), 400, "ContentType")
        self.refused(self.call("POST", f"/objects/{self.project}", b"x", "text/plain"), 400, "multipart")
        self.refused(
            self.call("POST", f"/objects/{self.project}", b"x", "multipart/form-data; boundary=b"), 400, "multipart")

    def test_a_bad_part_spoils_the_whole_upload(self):
        identity, text = made("half")
        body, form = object_upload.multipart([
            ("batch-1", "application/json", b"[" + text + b"]"), ("batch-2", "application/json", b"[{]")])
        self.assertEqual(self.call("POST", f"/objects/{self.project}", body, form)[0], 400)
        self.assertFalse(self.diff([identity])[identity])

    def test_malformed_lists(self):
        for path in [f"/api/getobjects/{self.project}", f"/api/diff/{self.project}"]:
            for bad in [b"", b"{", b"[]", b'{"objects": []}', b'{"objects": "x"}', b'{"objects": "[1]"}']:
                self.assertEqual(self.call("POST", path, bad)[0], 400, bad)
        for bad in ["0" * 31, "0" * 33, "G" * 32, "%00"]:
            self.assertEqual(self.call("GET", f"/objects/{self.project}/{bad}/single")[0], 404)

    def test_malformed_queries(self):
        for bad in [b"", b"{", b"[]", b"[" * 100_000, b'{"query": 1}', b'{"query": "{"}', b'{"query": "{ nothing }"}',
                    b'{"query": "{ serverInfo { name } }", "variables": []}']:
            status, _, answer = self.call("POST", "/graphql", bad)
            self.assertEqual(status, 400, bad)
            self.assertIn("code", json.loads(answer)["errors"][0]["extensions"])
        deep = "{ a" * 5_000 + "}" * 5_000
        self.assertEqual(self.call("POST", "/graphql", json.dumps({"query": deep}).encode())[0], 400)

    def stream(self, project, pieces):
        """Sends a body piece by piece and stops as soon as the node answers. Returns status, text and bytes sent."""
        address = urllib.parse.urlparse(self.node.api)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=120)
        connection.putrequest("POST", f"/objects/{project}")
        connection.putheader("Authorization", f"Bearer {self.token}")
        connection.putheader("Content-Type", "multipart/form-data; boundary=b")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        sent = 0
        try:
            for piece in pieces:
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
                connection.sock.setblocking(False)
                try:
                    if connection.sock.recv(1, socket.MSG_PEEK):
                        break
                except BlockingIOError:
                    pass
                finally:
                    connection.sock.settimeout(120)
            else:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, sent

    def test_a_gzip_bomb_is_refused_while_it_is_read(self):
        def bomb():
            yield (b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n'
                   b"Content-Type: application/gzip\r\n\r\n")
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            yield packer.compress(b"[")
            text = made("bomb", payload="0" * (1 << 20))[1] + b","
            for _ in range(10_000):
                yield packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
        before = self.node.memory("VmHWM")
        status, text, sent = self.stream(self.project, bomb())
        self.assertEqual(status, 413, text)
        self.assertLess(sent, 100 << 20)
        self.assertLess(self.node.memory("VmHWM") - before, 128 << 20)

    def test_an_endless_object_is_refused(self):
        def endless():
            yield (b'--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n'
                   b'Content-Type: application/json\r\n\r\n[{"a":"')
            for _ in range(200):
                yield b"x" * (1 << 20)
        status, text, sent = self.stream(self.project, endless())
        self.assertEqual(status, 413, text)
        self.assertLess(sent, 130 << 20)

    def test_a_cut_upload_leaves_nothing(self):
        identity, text = made("cut")
        address = urllib.parse.urlparse(self.node.api)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(
                f"POST /objects/{self.project} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
                '--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n'
                "Content-Type: application/json\r\n\r\n[".encode() + text)
        self.assertFalse(self.diff([identity])[identity])


class RateLimitTests(unittest.TestCase):
    """Limits hold where others than this machine can ask, and where they are asked for."""

    def sign_in(self, node, **headers):
        return tiebeam_node.request(
            "POST", f"{node.api}/auth/local/login?challenge=c", json.dumps({"email": "a@example.com", "password": "x"}).encode(),
            {"Content-Type": "application/json", **headers})

    def test_who_asks_too_often_is_told_when_to_come_again(self):
        with tiebeam_node.Node(options=["--rate-limits", "--behind-proxy"]) as node:
            office, other = ({"X-Forwarded-For": f"10.0.0.1, 198.51.100.{number}"} for number in (1, 2))
            answers = [self.sign_in(node, **office) for _ in range(15)]
            self.assertEqual([status for status, _, _ in answers], [401] * 14 + [429])
            _, headers, body = answers[-1]
            self.assertEqual(json.loads(body)["error"]["code"], "RATE_LIMIT_ERROR")
            self.assertTrue(0 < int(headers["Retry-After"]) <= 600, headers)
            self.assertRegex(headers["X-RateLimit-Reset"], r"^\d{4}-\d\d-\d\dT.*Z$")
            self.assertEqual(self.sign_in(node, **other)[0], 401)
            _, headers, _ = tiebeam_node.request("GET", f"{node.api}/readiness", None, office)
            self.assertGreater(int(headers["X-RateLimit-Remaining"]), 0)

    def test_nobody_is_counted_on_the_own_machine(self):
        with tiebeam_node.Node() as node:
            self.assertEqual({self.sign_in(node)[0] for _ in range(20)}, {401})


class ProgramTests(unittest.TestCase):
    """How the program starts and ends."""

    def test_a_second_node_on_the_same_directory(self):
        with tiebeam_node.Node() as node:
            result = tiebeam_node.run(
                "serve", "--data", node.data / "data", "--api-port", 0, "--sync-port", 0, check=False)
            self.assertEqual(result.returncode, 4)
            self.assertIn("Another process", result.stderr)

    def test_a_port_in_use(self):
        with tiebeam_node.Node() as node, tiebeam_node.Node() as other:
            for option, address in [("--api-port", node.api), ("--sync-port", node.sync)]:
                port = address.rsplit(":", 1)[1]
                options = {"--api-port": "0", "--sync-port": "0", option: port}
                result = tiebeam_node.run(
                    "serve", "--data", other.data / "more", "--host", "127.0.0.1",
                    *[text for pair in options.items() for text in pair], check=False)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("in use", result.stderr)

    def test_a_database_of_a_newer_release(self):
        import sqlite3
        with tiebeam_node.Node() as node:
            node.stop()
            database = sqlite3.connect(node.data / "data" / "tiebeam.sqlite")
            database.execute("PRAGMA user_version = 999")
            database.close()
            result = tiebeam_node.run("serve", "--data", node.data / "data", check=False)
            self.assertEqual(result.returncode, 4)
            self.assertIn("newer release", result.stderr)

    def test_wrong_usage(self):
        for arguments in [["clone"], ["clone", "http://x/y", "d", "--node-id", "0" * 64], ["pull", "/nowhere"]]:
            self.assertIn(tiebeam_node.run(*arguments, check=False).returncode, [2], arguments)

    def test_another_node_is_not_trusted(self):
        with tiebeam_node.Node() as node:
            token = node.register("ann@example.com")
            project = object_upload.create_project(node, token)
            target = node.data / "copy"
            result = tiebeam_node.run(
                "clone", f"{node.sync}/{project}", target, "--token", token, "--node-id", "0" * 64, check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("not the expected one", result.stderr)
            result = tiebeam_node.run(
                "clone", f"{node.sync}/{project}", node.data / "copy2", "--token", "f" * 42, "--node-id", node.node_id,
                check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("token", result.stderr)
            stranger = node.register("bob@example.com")
            result = tiebeam_node.run(
                "clone", f"{node.sync}/{project}", node.data / "copy3", "--token", stranger, "--node-id", node.node_id,
                check=False)
            self.assertEqual(result.returncode, 1)
            self.assertIn("no such project", result.stderr)

    def test_damage_is_found(self):
        with tiebeam_node.Node() as node:
            token = node.register("ann@example.com")
            project = object_upload.create_project(node, token)
            identity, text = made("precious", payload="x" * 5_000)
            self.assertEqual(object_upload.upload(node, project, token, [text])[0], 201)
            node.stop()
            self.assertEqual(tiebeam_node.run("verify", node.data / "data").returncode, 0)
            segment = next((node.data / "data" / "segments").iterdir())
            content = bytearray(segment.read_bytes())
            content[100] ^= 1
            segment.write_bytes(content)
            result = tiebeam_node.run("verify", node.data / "data", check=False)
            self.assertEqual(result.returncode, 4)
            self.assertIn("block 1 in segment 1", result.stdout)

    def test_termination_is_quick_with_open_connections(self):
        with tiebeam_node.Node() as node:
            address = urllib.parse.urlparse(node.api)
            with socket.create_connection((address.hostname, address.port)) as connection:
                connection.sendall(b"GET /liveness HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(1000)
                node.process.send_signal(signal.SIGTERM)
                self.assertEqual(node.process.wait(timeout=5), 0)


if __name__ == "__main__":
    subprocess.run([tiebeam_node.binary(), "--version"], check=True, capture_output=True)
    unittest.main()
