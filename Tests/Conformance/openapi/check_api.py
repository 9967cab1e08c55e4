"""Holds a node to its own OpenAPI description: schemathesis makes up requests, in and out of what it allows, and every
answer must be one that it lists.

usage: check_api.py. TIEBEAM_BINARY names the program. Exit 1 on any difference.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "Tools"), str(ROOT / "Tests" / "Clients")]

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402
from test_sync import building  # noqa: E402

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# 501 is what Speckle's server says of an operation that it does not offer.
EXPECTED = '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 501]\n'
# Requests for each operation and phase.
EXAMPLE_COUNT = 30


def content(node, token):
    """What there is to ask for, by the names of the path's parameters."""
    project = object_upload.create_project(node, token)
    objects = building(1, count=20)
    object_upload.upload_all(node, project, token, (text for _, text in objects))
    model = object_upload.create_model(node, token, project)
    version = object_upload.create_version(node, token, project, model, objects[-1][0])
    body, kind = object_upload.multipart([("plan.pdf", "application/pdf", b"a plan")])
    status, _, answer = tiebeam_node.request(
        "POST", f"{node.api}/api/stream/{project}/blob", body, {"Content-Type": kind, "Authorization": f"Bearer {token}"})
    assert status == 201, answer
    return {"project": project, "object": objects[-1][0], "model": model, "version": version,
            "blob": json.loads(answer)["uploadResults"][0]["blobId"]}


def run(node, folder, token, parameters):
    """Runs schemathesis in `folder`. Returns whether all went well."""
    (folder / "schemathesis.toml").write_text(
        "[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in parameters.items()) + EXPECTED)
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", f"{node.api}/api/openapi.json", "--checks", CHECKS,
        "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLE_COUNT), "--seed", "1",
        "--generation-deterministic", "--request-timeout", "20", "--no-color"]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    result = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        print(result.stdout)
    else:
        print(result.stdout.rstrip().rsplit("\n", 1)[-1])
    return result.returncode == 0


def main():
    with tiebeam_node.Node() as node, tempfile.TemporaryDirectory() as folder:
        token = node.register("ann@example.com")
        known = content(node, token)
        # As the administrator who may do everything, with what is there and with what is not; and as nobody.
        runs = [(token, known), (token, {}), (None, known)]
        results = [run(node, pathlib.Path(folder), *each) for each in runs]
        assert tiebeam_node.request("GET", f"{node.api}/readiness")[0] == 200, "the node must go on"
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
