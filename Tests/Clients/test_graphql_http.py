"""GraphQL over HTTP: GET and POST, lists of requests, forms and statuses of answers, and who may make a browser ask.

Standard library only. Everything is asked of a region and through an edge of it.
"""
import http.client
import json
import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from tiebeam_office import Office  # noqa: E402

NAME = "{ serverInfo { name } }"
JSON = "application/json; charset=utf-8"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["errors"][0]["extensions"]["code"]


class GraphQLOverHTTPTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = Office()
        cls.addClassCleanup(cls.office.stop)
        cls.region, cls.token = cls.office.region, cls.office.token
        cls.project = object_upload.create_project(cls.region, cls.token)

    def ask(self, method="POST", body=None, query=None, headers=None, token=True, path="/graphql"):
        """Headers are exactly those that are given: no library adds some."""
        address = urllib.parse.urlparse(self.api)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self.addCleanup(connection.close)
        if query is not None:
            path += "?" + urllib.parse.urlencode(query)
        connection.putrequest(method, path)
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        if token:
            connection.putheader("Authorization", "Bearer " + self.token)
        for name, value in ({"Content-Type": "application/json"} if headers is None else headers).items():
            connection.putheader(name, value)
        connection.endheaders(content)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    @property
    def api(self):
        return self.region.api

    def rename(self, name):
        return {"query": "mutation($u: ProjectUpdateInput!) { projectMutations { update(update: $u) { name } } }",
                "variables": {"u": {"id": self.project, "name": name}}}

    def name(self):
        return self.region.graphql('{ project(id: "%s") { name } }' % self.project, token=self.token)["data"]["project"]["name"]

    def test_statuses_of_post(self):
        for body, status, code in [
            ({"query": NAME}, 200, None), ({"query": '{ project(id: "0000000000") { id } }'}, 200, "STREAM_NOT_FOUND"),
            ({"query": "{"}, 400, "GRAPHQL_PARSE_FAILED"), ({"query": "{ nothing }"}, 400, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "query($i: String!) { project(id: $i) { id } }"}, 400, "BAD_USER_INPUT"),
            ({"query": "query A { serverInfo { name } } query B { serverInfo { name } }"}, 400, None),
            (b"{", 400, "BAD_REQUEST"), (b"5", 400, "BAD_REQUEST"), ({}, 400, "BAD_REQUEST"), (b"", 400, "BAD_REQUEST"),
        ]:
            answer = self.ask(body=body)
            self.assertEqual(answer.status, status, body)
            self.assertEqual(answer.headers["Content-Type"], JSON)
            if code:
                self.assertEqual(answer.code, code, body)

    def test_queries_come_by_get(self):
        answer = self.ask("GET", query={"query": NAME})
        self.assertEqual((answer.status, answer.json), (200, {"data": {"serverInfo": {"name": "Tiebeam"}}}))
        both = 'query A($i: String!) { project(id: $i) { id } } query B { serverInfo { name } }'
        answer = self.ask("GET", query={"query": both, "operationName": "A", "variables": json.dumps({"i": self.project}),
                                        "extensions": "{}"})
        self.assertEqual(answer.json, {"data": {"project": {"id": self.project}}})
        for query in [{}, {"query": ""}, {"query": "{"}, {"query": NAME, "variables": "{"}, {"query": NAME, "variables": "[]"}]:
            self.assertEqual(self.ask("GET", query=query).status, 400, query)

    def test_nothing_is_written_by_get(self):
        before = self.name()
        asked = self.rename("by get")
        for operation in [None, "M"]:
            query = asked["query"] if operation is None else "query Q { serverInfo { name } } " + asked["query"].replace(
                "mutation(", "mutation M(")
            parameters = {"query": query, "variables": json.dumps(asked["variables"])}
            answer = self.ask("GET", query=parameters | ({"operationName": operation} if operation else {}))
            self.assertEqual((answer.status, answer.headers["Allow"]), (405, "POST"))
        subscription = "subscription { userProjectsUpdated { id } }"
        self.assertEqual(self.ask("GET", query={"query": subscription}).status, 405)
        self.assertEqual(self.name(), before)

    def test_lists_are_answered_in_their_order(self):
        read = {"query": 'query($p: String!) { project(id: $p) { name } }', "variables": {"p": self.project}}
        bad = {"query": "{ nothing }"}
        answer = self.ask(body=[self.rename("first"), read, bad, self.rename("second"), read])
        self.assertEqual(answer.status, 200)
        told = answer.json
        self.assertEqual([item["data"]["project"]["name"] for item in (told[1], told[4])], ["first", "second"])
        self.assertNotIn("data", told[2])
        self.assertEqual(self.ask(body=[read]).json, [{"data": {"project": {"name": "second"}}}])
        for body in [[], [read] * 51, [read, 5], [[read]]]:
            answer = self.ask(body=body)
            self.assertEqual((answer.status, answer.code), (400, "BAD_REQUEST"))
        self.assertEqual(len(self.ask(body=[read] * 50).json), 50)

    def test_other_sites_cannot_make_a_browser_ask(self):
        before = self.name()
        asked = json.dumps(self.rename("from elsewhere")).encode()
        for kind in [None, "text/plain", "text/plain;charset=UTF-8", "TEXT/PLAIN", "application/x-www-form-urlencoded",
                     "multipart/form-data; boundary=x", ""]:
            headers = {} if kind is None else {"Content-Type": kind}
            answer = self.ask(body=asked, headers=headers)
            self.assertEqual((answer.status, answer.code), (400, "BAD_REQUEST"), kind)
            self.assertEqual(self.ask("GET", query={"query": NAME}, headers=headers).status, 400)
        self.assertEqual(self.name(), before)
        for marker in ["apollo-require-preflight", "x-apollo-operation-name"]:
            self.assertEqual(self.ask("GET", query={"query": NAME}, headers={marker: "yes"}).status, 200)
            self.assertEqual(self.ask("GET", query={"query": NAME}, headers={marker: ""}).status, 400)
        self.assertEqual(self.ask(body={"query": NAME}, headers={"Content-Type": "application/json;charset=utf-8"}).status, 200)

    def test_the_newer_form_of_answers(self):
        newer = "application/graphql-response+json"
        for accept, form in [(newer, newer), (newer + ";q=0.9, */*;q=0.1", newer), (newer + ", application/json", "application/json"),
                             ("*/*", "application/json"), ("text/html", "application/json")]:
            answer = self.ask(body={"query": NAME}, headers={"Content-Type": "application/json", "Accept": accept})
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, form + "; charset=utf-8"))

    def test_the_schema_is_told(self):
        answer = self.ask(body={"query": "{ __schema { queryType { name } types { name } } }"}, token=False)
        self.assertEqual(answer.json["data"]["__schema"]["queryType"], {"name": "Query"})

    def test_browsers_are_sent_to_the_explorer(self):
        page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        answer = self.ask("GET", headers={"Accept": page}, token=False)
        self.assertEqual((answer.status, answer.headers["Location"]), (302, "/explorer"))
        answer = self.ask("GET", query={"query": "{ a }"}, headers={"Accept": page}, token=False)
        self.assertEqual(answer.headers["Location"], "/explorer?query=%7B+a+%7D")
        answer = self.ask("GET", path="/explorer", headers={}, token=False)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        policy = answer.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertNotIn("unsafe", policy)
        html = answer.body.decode()
        for forbidden in ["http:", "https:", "style=", "<style", "onclick", "javascript:"]:
            self.assertNotIn(forbidden, html)
        parts = [part.split('"')[0] for part in html.split('="/pages/')[1:]] + ["docs.js", "editor.js", "schema.js"]
        self.assertEqual(len(parts), 6)
        for part in parts:
            answer = self.ask("GET", path="/pages/" + part, headers={}, token=False)
            kind = "text/css" if part.endswith("css") else "text/javascript"
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, kind + "; charset=utf-8"))
            self.assertNotIn("://", answer.body.decode())
        self.assertEqual(self.ask(body={"query": NAME}).headers["Content-Security-Policy"], "frame-ancestors 'none'")


class ListCountTests(unittest.TestCase):
    def test_each_request_of_a_list_counts(self):
        with tiebeam_node.Node(options=["--rate-limits"]) as node:
            body = json.dumps([{"query": NAME}] * 50).encode()
            for _ in range(100):
                status, headers, answer = tiebeam_node.request(
                    "POST", node.api + "/graphql", body, {"Content-Type": "application/json"})
                if status != 200:
                    break
            self.assertEqual((status, json.loads(answer)["errors"][0]["extensions"]["code"]), (429, "RATE_LIMIT_ERROR"))
            self.assertIn("Retry-After", headers)


class ThroughAnEdgeTests(GraphQLOverHTTPTests):
    @property
    def api(self):
        return self.office.edge.api


if __name__ == "__main__":
    unittest.main()
