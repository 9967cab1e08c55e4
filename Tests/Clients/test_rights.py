"""Who may do what: everything that docs/rights.md lists, by everybody, on a real node.

For each field and route it is tried who is refused and who is not, in projects of each visibility, and by tokens that lack a
scope or are limited to other projects. Standard library only.
"""
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "Tools"), str(HERE)]

import tiebeam_node  # noqa: E402
from rights_cases import DEVIATIONS, FIELDS, call  # noqa: E402
from rights_table import VISIBILITIES, Caller, Rights  # noqa: E402
from rights_world import FRESH, World  # noqa: E402

REFUSALS = {"FORBIDDEN", "UNAUTHORIZED", "UNAUTHENTICATED", "STREAM_NOT_FOUND"}


class Trial:
    """One call by somebody, and what it should come to."""

    def __init__(self, path, case, caller, visibility, is_allowed):
        self.path, self.case, self.caller, self.visibility, self.is_allowed = path, case, caller, visibility, is_allowed

    def __str__(self):
        return f"{self.path} by {self.caller} ({self.visibility}): {'allowed' if self.is_allowed else 'refused'}"

    def text(self, names, number):
        text = call(self.path, self.case).replace("$new", f"n{number}")
        own = {"callerId": self.caller.person.id, "callerEmail": self.caller.person.email}
        for key, value in sorted((names | own).items(), key=lambda item: -len(item[0])):
            text = text.replace(f"${key}", value)
        assert "$" not in text, text
        return text

    def problem(self, answer):
        """What is wrong with an answer, or None."""
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        value = answer.get("data")
        while isinstance(value, dict) and len(value) == 1:
            value = next(iter(value.values()))
        if self.is_allowed:
            is_right = "status" not in answer and codes <= set(self.case.tolerates) and not (self.case.is_hidden and value is None)
        else:
            is_right = answer.get("status") in (401, 403) or bool(codes & (REFUSALS | set(self.case.refusals)))
            is_right |= self.case.is_hidden and not codes and "data" in answer and value is None
        return None if is_right else f"{self}: {json.dumps(answer)[:300]}"


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

    # Who calls

    def people(self):
        return [Caller(person) for person in self.world.people.values()]

    def tokens(self, action, visibility):
        """Tokens that can do less, of those who may do that by one that can do everything."""
        for caller in self.people():
            if caller.person.server_role not in ("user", "admin") or not action.allows(caller, visibility):
                continue  # guests make no tokens
            yield Caller(caller.person, only=frozenset(action.all_scopes))
            yield from (Caller(caller.person, without=scope) for scope in sorted(action.all_scopes))
            yield from (Caller(caller.person, limit=limit) for limit in ("this", "other"))

    def trial(self, path, caller, visibility):
        """What deviates from the table is expected to, so that whoever mends it is told to say so."""
        action = self.rights.fields[path]
        deviates = any({path, action.name} & set(one.names) and one.is_met(caller, visibility) for one in DEVIATIONS)
        return Trial(path, FIELDS[path], caller, visibility, action.allows(caller, visibility) != deviates)

    def trials(self, paths):
        for path in paths:
            action = self.rights.fields[path]
            visibilities = VISIBILITIES if action.is_of_project else VISIBILITIES[:1]
            for visibility in visibilities:
                for caller in [*self.people(), *self.tokens(action, visibility)]:
                    yield self.trial(path, caller, visibility)

    # What comes of it

    def run_together(self, trials):
        """Calls by the same token go together."""
        groups, problems = {}, []
        for trial in trials:
            token = self.world.token_of(trial.caller, self.world.offices[trial.visibility]["project"])
            groups.setdefault(token, []).append(trial)
        for token, some in groups.items():
            queries = [trial.text(self.world.offices[trial.visibility], self.world.number()) for trial in some]
            problems += [trial.problem(answer) for trial, answer in zip(some, self.world.run(token, queries))]
        return [problem for problem in problems if problem]

    def run_apart(self, trials):
        """Calls that change something, each with something of its own to change."""
        groups, problems = {}, []
        for trial in trials:
            groups.setdefault((trial.case.fresh, trial.visibility), []).append(trial)
        for (fresh, visibility), some in groups.items():
            office = self.world.offices[visibility]
            own = FRESH[fresh](self.world, office, len(some)) if fresh else [{}] * len(some)
            for trial, more in zip(some, own):
                names = office | more
                token = self.world.token_of(trial.caller, names["project"])
                problems.append(trial.problem(self.world.run(token, [trial.text(names, self.world.number())])[0]))
        return [problem for problem in problems if problem]

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
        self.assertEqual(set(FIELDS), {path for path in self.schema() if not path.startswith("Subscription.")})

    def test_every_action_is_needed_somewhere(self):
        needed = [*self.rights.fields.values(), *self.rights.routes.values(), *self.rights.commands.values()]
        self.assertEqual(set(self.rights.actions), {action.name for action in needed})

    # Tests of fields

    def test_parts_that_are_not_here_are_so_for_everybody(self):
        """Whoever asks: an error that says so, or null, and nothing of the project."""
        for path in [path for path in FIELDS if self.rights.fields[path].name == "disabled"]:
            for caller in self.people():
                if caller.person.server_role == "archived":
                    continue
                trial = Trial(path, FIELDS[path], caller, "private", True)
                [answer] = self.world.run(caller.person.token, [trial.text(self.world.offices["private"], 0)])
                codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
                value = answer["data"]
                while isinstance(value, dict):
                    [value] = value.values()
                self.assertIsNone(value, trial)
                self.assertFalse(codes & {"GRAPHQL_VALIDATION_FAILED", "INTERNAL_SERVER_ERROR", "GRAPHQL_PARSE_FAILED"}, answer)
                self.assertTrue(codes or "workspaceInvite" in path, answer)

    def test_fields(self):
        enabled = [path for path in FIELDS if self.rights.fields[path].name != "disabled"]
        trials = list(self.trials(enabled))
        before = self.world.snapshot()
        problems = self.run_together(trial for trial in trials if not trial.is_allowed)
        queries = [trial for trial in trials if trial.is_allowed and trial.path.startswith("Query.")]
        problems += self.run_together(queries)
        if self.world.snapshot() != before:
            problems.append("something changed by calls that were refused")
        problems += self.run_apart(trial for trial in trials if trial.is_allowed and trial.path.startswith("Mutation."))
        print(f"{len(enabled)} fields, {len(trials)} calls, {self.world.call_count} requests", file=sys.stderr)
        self.assertEqual(problems, [], "\n" + "\n".join(problems))


if __name__ == "__main__":
    unittest.main()
