"""Who may do what: everything that docs/rights.md lists, by everybody, on a real node.

For each field, route and sync command it is tried who is refused and who is not, in projects of each visibility, and by tokens
that lack a scope or are limited to projects. Standard library only.
"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import tiebeam_node  # noqa: E402
from rights_cases import (  # noqa: E402
    CONTENTS, FIELDS, INNER, LISTED, ROUTES, call, path as path_of)
from rights_table import OPEN, VISIBILITIES, Caller, Rights  # noqa: E402
from rights_world import FRESH, OTHER_PROJECT, ROOT, World, fill  # noqa: E402
from tiebeam_socket import Socket  # noqa: E402

REFUSALS = {"FORBIDDEN", "UNAUTHORIZED", "UNAUTHENTICATED", "STREAM_NOT_FOUND"}


def innermost(value):
    """What stands in objects of one field each, and lists of one item."""
    while isinstance(value, (dict, list)) and len(value) == 1:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return value


class Trial:
    """One call by somebody, and what it should come to."""

    def __init__(self, name, case, caller, visibility, is_allowed):
        self.name, self.case, self.caller, self.visibility, self.is_allowed = name, case, caller, visibility, is_allowed

    def __str__(self):
        return f"{self.name} by {self.caller} ({self.visibility}): should be {'allowed' if self.is_allowed else 'refused'}"

    def text(self, names):
        return fill(call(self.name, self.case), names)

    def problem(self, answer):
        """What is wrong with an answer of GraphQL, or None."""
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        value = innermost(answer.get("data"))
        is_hidden = self.case.is_hidden and not codes and value in (None, [])
        if self.is_allowed:
            is_right = "status" not in answer and codes <= set(self.case.tolerates) and not is_hidden
        else:
            is_right = answer.get("status") in (401, 403) or bool(codes & (REFUSALS | set(self.case.refusals)))
            is_right |= "data" in answer and (is_hidden or self.case.tells_null and not codes and value is None)
        return None if is_right else f"{self}: {json.dumps(answer)[:300]}"

    def problem_of_status(self, status, body):
        if self.case.shows:
            is_right = self.is_allowed == (self.case.shows in body)
        elif self.case.told:
            is_right = self.is_allowed == (self.case.told in body) and status >= 400
        elif self.is_allowed:
            is_right = status < 400 or status in self.case.tolerates
        else:
            is_right = status in (401, 403, *self.case.refusals)
        return None if is_right else f"{self}: {status} {body[:200]!r}"


class RightsTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rights = Rights()
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.world = World(cls.node)

    @classmethod
    def tearDownClass(cls):
        cls.world.connection.close()
        assert cls.node.stop() == 0

    def finish(self, what, trials, problems):
        problems = [problem for problem in problems if problem]
        allowed = sum(trial.is_allowed for trial in trials)
        names = {trial.name for trial in trials}
        print(f"{what}: {len(names)}, called {len(trials)} times, {allowed} of which are allowed", file=sys.stderr)
        self.assertEqual(problems, [], f"\n{len(problems)} problems\n" + "\n".join(problems))

    # Who calls

    def people(self):
        return [Caller(person) for person in self.world.people.values()]

    def tokens(self, action, visibility, outer):
        """Tokens that can do less, of those who may do that by one that can do everything: of those with the most and the least
        role in the project, and of the administrator."""
        if visibility == "workspace":
            return
        able = [caller for caller in self.people() if action.allows(caller, visibility)]
        users = [caller for caller in able if caller.person.server_role == "user"]  # guests make no tokens
        admins = [caller for caller in able if caller.person.server_role == "admin"]
        for caller in dict.fromkeys(users[:1] + users[-1:] + admins):
            yield Caller(caller.person, only=frozenset(action.all_scopes | outer))
            yield from (Caller(caller.person, without=scope) for scope in sorted(action.all_scopes - outer))
            yield from (Caller(caller.person, limit=limit) for limit in ("this", "other"))

    def trials(self, cases, actions):
        for name, case in cases.items():
            action = actions[name]
            for visibility in VISIBILITIES if action.is_of_project else VISIBILITIES[:1]:
                for caller in [*self.people(), *self.tokens(action, visibility, case.outer)]:
                    yield Trial(name, case, caller, visibility, action.allows(caller, visibility))

    # What comes of it

    def names(self, trial, more=()):
        """What the names in a call stand for, and the caller's token."""
        names = self.world.offices[trial.visibility] | dict(more)
        token = self.world.token_of(trial.caller, names["project"])
        person = trial.caller.person
        own = {"callerId": person.id, "callerEmail": person.email, "new": f"n{self.world.number()}", "token": token or ""}
        return names | own, token

    def run_together(self, trials):
        """Calls by the same token go together."""
        groups, problems = {}, []
        for trial in trials:
            names, token = self.names(trial)
            groups.setdefault(token, []).append((trial, trial.text(names)))
        for token, some in groups.items():
            answers = self.world.run(token, [text for _, text in some])
            problems += [trial.problem(answer) for (trial, _), answer in zip(some, answers)]
        return problems

    def with_something_of_their_own(self, trials):
        """Each trial with what is made anew for it."""
        groups = {}
        for trial in trials:
            groups.setdefault((trial.case.fresh, trial.visibility), []).append(trial)
        for (fresh, visibility), some in groups.items():
            made = FRESH[fresh](self.world, self.world.offices[visibility], len(some)) if fresh else [{}] * len(some)
            yield from zip(some, made)

    def run_apart(self, trials):
        problems = []
        for trial, more in self.with_something_of_their_own(trials):
            names, token = self.names(trial, more)
            problems.append(trial.problem(self.world.run(token, [trial.text(names)])[0]))
        return problems

    def run_request(self, trial, more=()):
        names, token = self.names(trial, more)
        method, request = trial.name.split(" ")[0], trial.case
        body = request.body if isinstance(request.body, bytes) or request.body is None else json.dumps(request.body).encode()
        body = body if body is None else fill(body.decode(), names).encode()
        shown = None if "$token" in (request.path or "") else token
        status, answer, _ = self.world.request(
            method, fill(path_of(trial.name, request), names), body, shown, request.kind, request.headers)
        return trial.problem_of_status(status, answer)

    # What there is

    def schema(self):
        """All fields of the roots, and those that stand in a group of fields, as dotted paths."""
        kind = "kind name " + "ofType { kind name " * 4 + "}" * 4
        query = "{ __schema { types { name fields(includeDeprecated: true) { name type { %s } } } } }" % kind
        found = self.world.ask(None, query)["__schema"]["types"]
        fields = {found["name"]: found["fields"] or [] for found in found}

        def walk(type_name, path):
            for field in fields[type_name]:
                kind = field["type"]
                while kind["ofType"]:
                    kind = kind["ofType"]
                inner = f"{path}.{field['name']}"
                if kind["name"].endswith(("Mutations", "Queries")):
                    yield from walk(kind["name"], inner)
                else:
                    yield inner
        return {path for root in ("Query", "Mutation", "Subscription") for path in walk(root, root)}

    def test_every_field_says_what_it_needs(self):
        self.assertEqual(set(self.rights.fields), self.schema())
        self.assertEqual(set(FIELDS), self.schema())
        self.assertEqual(set(self.rights.inner), set(INNER))

    def test_every_route_says_what_it_needs(self):
        paths = json.loads(self.world.request("GET", "/api/openapi.json")[1])["paths"]
        routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
        self.assertEqual(set(self.rights.routes), routes)
        self.assertEqual(set(ROUTES), routes)

    def test_every_action_is_needed_somewhere(self):
        rights = self.rights
        needed = [action for part in (rights.fields, rights.inner, rights.routes, rights.commands) for action in part.values()]
        self.assertEqual(set(rights.actions), {action.name for action in needed})

    # GraphQL

    def test_parts_that_are_not_here_are_so_for_everybody(self):
        """Whoever asks: an error that says so, or null, and nothing of the project."""
        for name in [name for name in FIELDS if self.rights.fields[name].name == "disabled"]:
            for caller in self.people():
                if caller.person.server_role == "archived":
                    continue
                trial = Trial(name, FIELDS[name], caller, "private", True)
                names, token = self.names(trial)
                [answer] = self.world.run(token, [trial.text(names)])
                codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
                self.assertTrue(codes, trial)
                self.assertFalse(codes & {"GRAPHQL_VALIDATION_FAILED", "INTERNAL_SERVER_ERROR", "GRAPHQL_PARSE_FAILED"}, answer)
                self.assertIsNone(innermost(answer["data"]), trial)

    def test_fields(self):
        cases = {name: case for name, case in FIELDS.items()
                 if self.rights.fields[name].name != "disabled" and not name.startswith("Subscription.")}
        trials = [*self.trials(cases, self.rights.fields), *self.trials(INNER, self.rights.inner)]
        before = self.world.snapshot()
        problems = self.run_together(trial for trial in trials if not trial.is_allowed)
        problems += self.run_together(trial for trial in trials if trial.is_allowed and not trial.name.startswith("Mutation"))
        if self.world.snapshot() != before:
            problems.append("something changed by calls that were refused")
        problems += self.run_apart(trial for trial in trials if trial.is_allowed and trial.name.startswith("Mutation"))
        self.finish("Fields", trials, problems)

    def test_subscriptions(self):
        cases = {name: case for name, case in FIELDS.items() if name.startswith("Subscription.")}
        trials, groups, problems = list(self.trials(cases, self.rights.fields)), {}, []
        for trial in trials:
            names, token = self.names(trial)
            groups.setdefault(token, []).append((trial, trial.text(names)))
        for token, some in groups.items():
            for start in range(0, len(some), 150):
                problems += self.subscribe(token, some[start:start + 150])
        self.finish("Subscriptions", trials, problems)

    def subscribe(self, token, some):
        """Opens subscriptions on one connection; whoever is refused is told so at once."""
        socket = Socket(self.node.api)
        try:
            if isinstance(socket.initialise(token), tuple):  # closed: the token does not hold
                return [trial.problem({"status": 403}) for trial, _ in some]
            for number, (_, text) in enumerate(some):
                socket.send(id=str(number), type="subscribe", payload={"query": text})
            # What follows a query on the same connection was subscribed to before.
            socket.send(id="last", type="subscribe", payload={"query": "{ __typename }"})
            answers = [{}] * len(some)
            while (message := socket.receive()) and (isinstance(message, tuple) or message["id"] != "last"):
                if isinstance(message, tuple):
                    return [f"the connection was closed: {message}"]
                if message["type"] != "complete":
                    answers[int(message["id"])] = (
                        {"errors": message["payload"]} if message["type"] == "error" else message["payload"])
            return [trial.problem(answer) for (trial, _), answer in zip(some, answers)]
        finally:
            socket.close()

    # REST

    def test_routes(self):
        trials = list(self.trials(ROUTES, self.rights.routes))
        before = self.world.snapshot()
        problems = [self.run_request(trial) for trial in trials if not trial.is_allowed]
        if self.world.snapshot() != before:
            problems.append("something changed by calls that were refused")
        allowed = self.with_something_of_their_own(trial for trial in trials if trial.is_allowed)
        problems += [self.run_request(trial, more) for trial, more in allowed]
        self.finish("Routes", trials, problems)

    # Sync

    def sync(self, folder, trial):
        """Runs a command as somebody; None when it is as it should be."""
        names, token = self.names(trial)
        address = f"{self.node.sync}/{names['project']}"
        source = ["--node-id", self.node.node_id, "--token", token]
        arguments = {
            "clone": lambda: ["clone", address, folder / f"n{self.world.number()}", *source],
            "pull": lambda: ["pull", folder / trial.visibility, "--token", token],
            "push": lambda: ["push", folder / trial.visibility, address, *source],
        }[trial.name]()
        done = tiebeam_node.run(*arguments, check=False)
        message = done.stderr.strip()
        if trial.is_allowed:
            return None if done.returncode == 0 else f"{trial}: {message}"
        is_known = self.rights.actions["read"].allows(trial.caller, trial.visibility)
        expected = ["You may not write to this project." if is_known else "There is no such project."]
        if trial.caller.person.server_role == "archived":
            expected = ["The token is not valid here.", "the connection was cut."]  # at once, with the answer or before it
        is_right = done.returncode == 1 and message in [f"tiebeam: {one}" for one in expected]
        return None if is_right else f"{trial}: {done.returncode} {message}"

    def test_sync(self):
        class Command:
            outer = frozenset()
        # Each takes a process: tokens that can do less are tried as the owner's.
        trials = [trial for trial in self.trials(dict.fromkeys(self.rights.commands, Command), self.rights.commands)
                  if trial.caller.person.name == "owner" or trial.caller.is_able and trial.caller.person.token]
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for visibility, office in self.world.offices.items():
                tiebeam_node.run("clone", f"{self.node.sync}/{office['project']}", folder / visibility, "--node-id", self.node.node_id,
                                 "--token", self.world.owner.token)
            unknown = tiebeam_node.run("clone", f"{self.node.sync}/{OTHER_PROJECT}", folder / "unknown", "--node-id", self.node.node_id,
                                       "--token", self.world.owner.token, check=False)
            self.assertEqual(unknown.stderr.strip(), "tiebeam: There is no such project.")
            problems = [self.sync(folder, trial) for trial in trials]
        self.finish("Sync commands", trials, problems)


class RuleTests(unittest.TestCase):
    """What the tables of the page cannot say."""

    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.world = World(cls.node)

    @classmethod
    def tearDownClass(cls):
        cls.world.connection.close()
        assert cls.node.stop() == 0

    def ask(self, name, query, **names):
        return self.world.ask(self.world.people[name], fill(query, names))

    def codes(self, token, query, **names):
        [answer] = self.world.run(token, [fill(query, names)])
        return [error["extensions"]["code"] for error in answer.get("errors", [])]

    def test_visibilities(self):
        make = "mutation { projectMutations { create(input: {name: \"p\", visibility: $kind}) { id visibility } } }"
        for given, kept, is_open in (("UNLISTED", "PUBLIC", True), ("PUBLIC", "PUBLIC", True), ("PRIVATE", "PRIVATE", False),
                                     ("WORKSPACE", "WORKSPACE", False)):
            made = self.ask("owner", make, kind=given)["projectMutations"]["create"]
            self.assertEqual(made["visibility"], kept)
            self.assertEqual(self.codes(None, CALL_PROJECT, project=made["id"]), [] if is_open else ["FORBIDDEN"])

    def test_limited_tokens_list_their_own_projects_only(self):
        office = self.world.offices["private"]
        self.ask("stranger", 'mutation { streamFavorite(streamId: "$project", favorited: true) { id } }', **self.world.offices["public"])
        self.ask("owner", 'mutation { streamFavorite(streamId: "$project", favorited: true) { id } }', **self.world.offices["public"])
        for name, own in (("owner", {office["project"]}), ("invited", set())):
            token = self.world.token_of(Caller(self.world.people[name], limit="this"), office["project"])
            [answer] = self.world.run(token, ["""{ streams { items { id } } streamInvites { streamId } activeUser {
                projects { items { id } } streams { items { id } } favoriteStreams { items { id } } projectInvites { projectId }
                timeline(limit: 100) { items { streamId } } activity(limit: 100) { items { streamId } } } }"""])
            self.assertNotIn("errors", answer)
            shown = {value for value in leaves(answer) if value}
            self.assertLessEqual(shown, {office["project"]})
            self.assertLessEqual(own, shown)

    def test_administrators_do_not_look_into_projects_by_their_lists(self):
        query = '{ __type(name: "%s") { fields(includeDeprecated: true) { name } } }'
        lists = {"Project": "{ admin { projectList(limit: 100) { items { id %s } } } }",
                 "Stream": "{ adminStreams(limit: 100) { items { id %s } } }"}
        office = self.world.offices["private"] | {"started": self.world.offices["private"]["file"]}
        for kind, text in lists.items():
            contents = {re.match(r"\w+", selection)[0]: selection for selection in CONTENTS[kind]}
            fields = {field["name"] for field in self.world.ask(None, query % kind)["__type"]["fields"]}
            self.assertEqual(fields, LISTED[kind] | set(contents), "say whether administrators see it")
            seen = {name for name, selection in contents.items()
                    if "FORBIDDEN" not in self.codes(self.world.admin.token, text % selection, **office)}
            self.assertEqual(seen, set())

    def test_whoever_may_not_comment_any_more_changes_nothing_of_theirs(self):
        project = self.world.projects(1, OPEN)[0]
        stranger = self.world.people["stranger"].token
        office = {"project": project}
        office |= {"root": ROOT} | FRESH["model"](self.world, office, 1)[0]
        self.world.upload_root(project)
        FRESH["version"](self.world, office, 1)
        create = call("Mutation.commentMutations.create", FIELDS["Mutation.commentMutations.create"])
        comment = self.ask("stranger", create, **office)["commentMutations"]["create"]["id"]
        change = [call(name, FIELDS[name]) for name in (
            "Mutation.commentMutations.edit", "Mutation.commentEdit", "Mutation.commentMutations.archive", "Mutation.commentArchive")]
        for text in change:
            self.assertEqual(self.codes(stranger, text, comment=comment, **office), [])
        self.ask("owner", 'mutation { projectMutations { update(update: {id: "$project", allowPublicComments: false}) { id } } }', **office)
        for text in change:
            self.assertEqual(self.codes(stranger, text, comment=comment, **office), ["FORBIDDEN"])

    def test_links_to_send_files_end_with_the_right_to(self):
        office = self.world.offices["public"] | {"project": self.world.projects(1)[0]}
        query = call("Mutation.fileUploadMutations.generateUploadUrl", FIELDS["Mutation.fileUploadMutations.generateUploadUrl"])
        query = query.replace("{ fileId }", "{ url }")

        def link():
            url = self.ask("contributor", query, **office)["fileUploadMutations"]["generateUploadUrl"]["url"]
            return url[url.index("/api/"):]
        first, second = link(), link()
        kind = "application/octet-stream"
        self.assertEqual(self.world.request("PUT", first, b"a", None, kind)[0], 200)
        self.assertEqual(self.world.request("PUT", second.replace("/files/", "/files/0"), b"a", None, kind)[0], 403)
        self.ask("owner", 'mutation { projectMutations { updateRole(input: {projectId: "$project", userId: "$contributorId", role: null}) { id } } }',
                 **office)
        self.assertEqual(self.world.request("PUT", second, b"a", None, kind)[0], 403)

    def test_what_is_not_there_is_told_by_the_code_only(self):
        """As by Speckle's server: whoever knows an id hears whether there is such a project, and nothing else of it."""
        query, stranger = CALL_PROJECT, self.world.people["stranger"].token
        self.assertEqual(self.codes(stranger, query, project="0" * 10), ["STREAM_NOT_FOUND"])
        self.assertEqual(self.codes(stranger, query, project=self.world.offices["private"]["project"]), ["FORBIDDEN"])


CALL_PROJECT = '{ project(id: "$project") { id } }'


def leaves(value):
    """All that stands in an answer."""
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


if __name__ == "__main__":
    unittest.main()
