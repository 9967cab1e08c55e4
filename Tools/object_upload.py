"""Uploads objects to a node as Speckle's SDKs do, and publishes them. Standard library only."""
import gzip
import json
import uuid

import tiebeam_node

BATCH_BYTES = 8 << 20


def multipart(parts):
    """A multipart/form-data body of (name, content type, bytes). Returns body and Content-Type."""
    boundary = uuid.uuid4().hex
    body = bytearray()
    for name, kind, content in parts:
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
                 f"Content-Type: {kind}\r\n\r\n").encode()
        body += content + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def upload(node, project, token, texts, compressed=True):
    """Sends one batch of object texts (bytes). Returns status and answer."""
    array = b"[" + b",".join(texts) + b"]"
    return upload_packed(node, project, token, gzip.compress(array, 1) if compressed else array, compressed)


def upload_packed(node, project, token, content, compressed=True):
    """Sends a JSON array of objects that was made, and compressed, before."""
    body, kind = multipart([("batch-1", "application/gzip" if compressed else "application/json", content)])
    status, _, answer = tiebeam_node.request(
        "POST", f"{node.api}/objects/{project}", body,
        {"Authorization": f"Bearer {token}", "Content-Type": kind}, timeout=600)
    return status, answer


def upload_all(node, project, token, texts):
    batch, size = [], 0

    def send():
        status, answer = upload(node, project, token, batch)
        if status != 201:
            raise RuntimeError(f"an upload gave {status}: {answer.decode()}")

    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_BYTES:
            send()
            batch, size = [], 0
    if batch:
        send()


def create_project(node, token, name="Office"):
    answer = node.graphql(
        "mutation($input: ProjectCreateInput) { projectMutations { create(input: $input) { id } } }",
        {"input": {"name": name, "visibility": "PRIVATE"}}, token)
    return answer["data"]["projectMutations"]["create"]["id"]


def create_model(node, token, project, name="building"):
    answer = node.graphql(
        "mutation($input: CreateModelInput!) { modelMutations { create(input: $input) { id } } }",
        {"input": {"projectId": project, "name": name}}, token)
    return answer["data"]["modelMutations"]["create"]["id"]


def create_version(node, token, project, model, root, message="first"):
    answer = node.graphql(
        "mutation($input: CreateVersionInput!) { versionMutations { create(input: $input) { id } } }",
        {"input": {"projectId": project, "modelId": model, "objectId": root, "message": message}}, token)
    if "errors" in answer:
        raise RuntimeError(json.dumps(answer["errors"]))
    return answer["data"]["versionMutations"]["create"]["id"]
