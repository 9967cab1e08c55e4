"""Every GraphQL document of the installed specklepy is valid here: against the schema that a node tells of itself.

usage: test_documents.py, by the Python of an environment with specklepy
"""
import ast
import importlib.metadata
import importlib.util
import pathlib
import sys
import unittest

import graphql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))

import tiebeam_node  # noqa: E402


def documents(package):
    """(place, text) of each `gql("…")` in the sources of a package."""
    folder = pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0])
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) != "gql":
                continue
            place = f"{path.relative_to(folder)}:{node.lineno}"
            text = node.args[0] if node.args else node.keywords[0].value
            if isinstance(text, ast.Constant):
                yield place, text.value
            elif not isinstance(text, ast.Name):
                raise AssertionError(f"{place}: a document that is put together is not understood")


class DocumentTests(unittest.TestCase):
    def test_all_documents_are_valid(self):
        with tiebeam_node.Node() as node:
            answer = node.graphql(graphql.get_introspection_query())
        schema = graphql.build_client_schema(answer["data"])
        self.assertEqual(graphql.validate_schema(schema), [])
        count, problems = 0, []
        for place, text in documents("specklepy"):
            count += 1
            problems += [f"{place}: {error.message}" for error in graphql.validate(schema, graphql.parse(text))]
        self.assertEqual(problems, [])
        self.assertGreater(count, 40)
        print(f"{count} documents of specklepy {importlib.metadata.version('specklepy')}")


if __name__ == "__main__":
    unittest.main()
