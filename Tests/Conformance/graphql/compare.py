"""Compares the GraphQL engine with graphql-core: syntax, every rule of validation, introspection and execution.

usage: compare.py HARNESS. Exit 1 on any difference.
"""
import asyncio
import json
import pathlib
import subprocess
import sys

import graphql

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA_TEXT = (HERE / "schema.graphql").read_text()
# Sections of the corpus must not silently get lost.
DOCUMENT_COUNT_MIN = 140


class Harness:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask({"schema": SCHEMA_TEXT})

    def ask(self, job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the harness ended at {json.dumps(job)[:300]}")
        return json.loads(line)


# The library, with the same content as in Tests/GraphQLHarness/Library.swift.

PEOPLE = {
    "1": dict(id="1", name="Ada", age=36, friends=["2", "3"], best="2", books=[0, 1]),
    "2": dict(id="2", name="Bob", age=None, friends=["1"], best=None, books=[]),
    "3": dict(id="3", name="Cléo", age=7, friends=[], best="3", books=[2]),
}
BOOKS = [
    dict(name="Notes", author="1", genre="TEXTBOOK"),
    dict(name="Verses", author="1", genre="POETRY"),
    dict(name="Untold", author="3", genre=None),
]
CAR = dict(model="T", wheels=4)


def printed(arguments):
    return json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def named(source, _, upper):
    return source["name"].upper() if upper else source["name"]


def broken(*_):
    raise graphql.GraphQLError("It is broken.")


async def moved(source, info, after):
    for person in [PEOPLE["1"], None, PEOPLE["2"], PEOPLE["3"]][after:]:
        yield person


def unheard(*_):
    raise graphql.GraphQLError("Nobody may listen.")


def counted(info):
    info.context["count"] += 1
    return info.context["count"]


RESOLVERS = {
    "Person": {
        "name": named, "height": lambda s, i, unit: 5.5 if unit == "FOOT" else 1.75,
        "friends": lambda s, i, **_: [PEOPLE[p] for p in s["friends"]],
        "best": lambda s, i: PEOPLE.get(s["best"]), "books": lambda s, i: [BOOKS[b] for b in s["books"]],
        "broken": broken, "brokenStrict": broken, "old": lambda s, i: None,
    },
    "Book": {
        "name": named, "author": lambda s, i: PEOPLE[s["author"]], "pages": lambda s, i: [1, 2, 3],
        "matrix": lambda s, i: [[1, 2], [], [3]],
    },
    "Car": {"owner": lambda s, i: PEOPLE["1"]},
    "Query": {
        "person": lambda s, i, id: PEOPLE.get(id), "people": lambda s, i, **_: list(PEOPLE.values()),
        "things": lambda s, i: [PEOPLE["1"], BOOKS[0], CAR], "named": lambda s, i: [PEOPLE["1"], BOOKS[0]],
        "aged": lambda s, i: PEOPLE["3"], "strict": lambda s, i: PEOPLE["1"],
        "book": lambda s, i, **a: dict(name=printed(a), author="1", genre=None),
        "echo": lambda s, i, **a: printed(a), "needs": lambda s, i, **a: printed(a),
        "optional": lambda s, i, **a: printed(a),
    },
    "Mutation": {"add": lambda s, i, **_: BOOKS[0], "count": lambda s, i: counted(i)},
}


def kind(value, *_):
    return "Person" if "friends" in value else "Book" if "author" in value else "Car"


def build():
    schema = graphql.build_schema(SCHEMA_TEXT)
    for type_name, fields in RESOLVERS.items():
        for field_name, resolver in fields.items():
            schema.type_map[type_name].fields[field_name].resolve = resolver
    fields = schema.type_map["Subscription"].fields
    for field_name, subscriber in {"moved": moved, "added": unheard}.items():
        fields[field_name].subscribe, fields[field_name].resolve = subscriber, lambda value, *_, **__: value
    for type_name in ["Named", "Aged", "Thing"]:
        schema.type_map[type_name].resolve_type = kind
    return schema


# Comparing

def plain(errors):
    """Messages and places, in an order that does not depend on which rule ran first."""
    return sorted(
        (error["message"], sorted((l["line"], l["column"]) for l in error.get("locations") or [])) for error in errors)


def reference_check(schema, document):
    try:
        parsed = graphql.parse(document)
    except graphql.GraphQLError as error:
        return [error.formatted]
    return [error.formatted for error in graphql.validate(schema, parsed, max_errors=100)]


def documents():
    sections = (HERE / "documents.txt").read_text().split("### ")[1:]
    # graphql-core counts a line break at the very end in its own way.
    return [section.rstrip("\n").split("\n", 1) if "\n" in section.rstrip("\n") else (section.rstrip("\n"), "")
            for section in sections]


def compare_documents(harness, schema):
    corpus = documents()
    if len(corpus) < DOCUMENT_COUNT_MIN:
        raise SystemExit(f"only {len(corpus)} documents are left")
    for name, document in corpus:
        ours, theirs = plain(harness.ask({"check": document})), plain(reference_check(schema, document))
        yield f"document {name!r}", ours, theirs


def compare_operations(harness, schema):
    for job in json.loads((HERE / "operations.json").read_text()):
        document, variables, name = job["document"], job.get("variables"), job.get("operation")
        ours = harness.ask({"execute": document, "variables": variables, "operation": name})
        theirs = graphql.execute_sync(
            schema, graphql.parse(document), variable_values=variables, operation_name=name,
            context_value={"count": 0}).formatted
        yield f"operation {document!r} {variables}", comparable(ours), comparable(theirs)


def compare_subscriptions(harness, schema):
    for job in json.loads((HERE / "subscriptions.json").read_text()):
        document, variables = job["document"], job.get("variables")
        ours = harness.ask({"subscribe": document, "variables": variables})
        theirs = asyncio.run(responses(schema, document, variables))
        yield f"subscription {document!r} {variables}", list(map(comparable, ours)), list(map(comparable, theirs))


async def responses(schema, document, variables):
    found = graphql.subscribe(
        schema, graphql.parse(document), variable_values=variables, context_value={"count": 0})
    if asyncio.iscoroutine(found):
        found = await found
    if isinstance(found, graphql.ExecutionResult):
        return [found.formatted]
    return [response.formatted async for response in found]


def comparable(answer):
    errors = sorted(
        (e["message"], e.get("path") or [], sorted((l["line"], l["column"]) for l in e.get("locations") or []))
        for e in answer.get("errors") or [])
    # JSON has one kind of numbers; our order of keys must be theirs.
    return json.dumps({"errors": errors, "data": answer.get("data")}, default=list)


def compare_introspection(harness, schema):
    query = graphql.get_introspection_query(specified_by_url=True, directive_is_repeatable=True,
                                            schema_description=True, input_value_deprecation=True)
    ours = harness.ask({"execute": query})["data"]["__schema"]
    theirs = graphql.graphql_sync(schema, query).data["__schema"]
    for part in ["queryType", "mutationType", "subscriptionType", "description"]:
        yield part, ours[part], theirs[part]
    for part in ["types", "directives"]:
        mine, other = ({item["name"]: item for item in answer[part]} for answer in (ours, theirs))
        yield f"names of {part}", sorted(mine), sorted(other)
        for name, item in mine.items():
            built_in = name.startswith("__") or name in (
                "Int", "Float", "String", "Boolean", "ID", "skip", "include", "deprecated", "specifiedBy", "oneOf")
            yield f"introspection of {name}", normal(item, built_in), normal(other.get(name), built_in)


def normal(item, built_in):
    """The order of members says nothing; the words of built-in descriptions are each implementation's own."""
    if isinstance(item, list):
        return sorted((normal(part, built_in) for part in item), key=lambda part: json.dumps(part, sort_keys=True))
    if isinstance(item, dict):
        skipped = ("description",) if built_in else ()
        fields = {key: normal(value, built_in) for key, value in item.items() if key not in skipped}
        if item.get("name") == "__Type" and fields.get("fields"):
            fields["fields"] = [f for f in fields["fields"] if f["name"] != "isOneOf"]
        return fields
    return item


def main():
    harness, schema = Harness(sys.argv[1]), build()
    checked = differences = 0
    for comparison in (compare_documents, compare_operations, compare_subscriptions, compare_introspection):
        for what, ours, theirs in comparison(harness, schema):
            checked += 1
            if ours != theirs:
                differences += 1
                print(f"{what}\n  ours   {ours}\n  theirs {theirs}")
    print(f"GraphQL: {checked} comparisons with graphql-core {graphql.__version__}, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
