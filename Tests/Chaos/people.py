"""What writers do with people, tokens and files."""
import hashlib
import json
import urllib.parse

from api import Refused, Unreached, Unsure
from history import SERVER, UNKNOWN
from world import Person
from actions import Actions

ALL_USERS_MAX, ALL_TOKENS_MAX = 80, 60
PROFILE = "($u: UserUpdateInput!) { activeUserMutations { update(user: $u) { id } } }"


class MoreActions(Actions):
    """One method for each thing, as in `Actions`."""

    # People

    def register(self, region, email=None, name=None):
        """Opens an account, and returns its person."""
        name = name or self.text("Chaos")
        email = email or self.text("chaos").replace(" ", "-") + "@example.com"

        def do():
            form = urllib.parse.urlencode(
                {"email": email, "password": "correct horse", "name": name, "company": "ACME"}).encode()
            code = self._code(region, form)
            try:
                return self._person(region, code, name)
            except (Refused, Unreached) as error:
                raise Unsure(str(error)) from error

        def effect(person):
            entity = f"user/{person.id if person else UNKNOWN}"
            return {"creates": [entity], "sets": [
                [entity, "name", name], [entity, "company", "ACME"], [entity, "bio", None], [entity, "email", email]]}
        return self.attempt(region, "user.register", SERVER, do, effect)

    def _code(self, region, form):
        status, headers, _ = self.api.send(region, "POST", "/auth/local/register?challenge=test", None, form,
                                           kind="application/x-www-form-urlencoded")
        if status != 302:
            raise Refused(str(status))
        return urllib.parse.parse_qs(urllib.parse.urlparse(headers["Location"]).query)["access_code"][0]

    def _person(self, region, code, name):
        exchange = {"appId": "spklwebapp", "appSecret": "spklwebapp", "challenge": "test", "accessCode": code}
        token = self.api.rest(region, "POST", "/auth/token", None, json.dumps(exchange).encode())["token"]
        return Person(name, self.api.graphql(region, "{ activeUser { id } }", {}, token)["activeUser"]["id"], token)

    def change_person(self, region, person):
        field = self.random.choice(("name", "bio"))
        value = self.text("Chaos")
        return self.attempt(region, f"user.{field}", SERVER,
                            lambda: self.mutate(region, person.token, PROFILE, u={field: value}),
                            lambda _: {"sets": [[f"user/{person.id}", field, value]]})

    # Tokens

    def make_token(self, region, person):
        fields = {"name": self.text("chaos"), "scopes": ["streams:read"], "lifespan": 3_600_000}

        def do():
            query = "mutation($t: ApiTokenCreateInput!) { apiTokenCreate(token: $t) }"
            return self.api.graphql(region, query, {"t": fields}, person.token)["apiTokenCreate"]
        token = self.attempt(region, "token.create", SERVER, do,
                             lambda token: {"creates": [f"token/{token[:10] if token else UNKNOWN}"]})
        if token:
            self.world.tokens.append((person, token[:10]))
        return token

    def revoke_token(self, region, person, token):
        def do():
            query = "mutation($t: String!) { apiTokenRevoke(token: $t) }"
            return self.api.graphql(region, query, {"t": token}, person.token)["apiTokenRevoke"]
        return self.attempt(region, "token.revoke", SERVER, do, lambda _: {"deletes": [f"token/{token}"]})

    # Files

    def upload_file(self, region, project):
        content = self.random.randbytes(int(10 ** self.random.uniform(1, 5.5)))
        boundary = hashlib.sha256(content).hexdigest()
        name = self.text("file").replace(" ", "-") + ".bin"
        body = (f'--{boundary}\r\nContent-Disposition: form-data; name="a"; filename="{name}"\r\n\r\n').encode()
        body += content + f"\r\n--{boundary}--\r\n".encode()

        def do():
            answer = self.api.rest(region, "POST", f"/api/stream/{project.id}/blob", project.owner.token, body,
                                   kind=f"multipart/form-data; boundary={boundary}")
            return answer["uploadResults"][0]["blobId"]
        file = self.attempt(region, "file.upload", project.id, do,
                            lambda file: {"creates": [f"file/{file or UNKNOWN}"]})
        if file:
            project.files.append(file)
            self.sent.files[file] = boundary
        return file

    def delete_file(self, region, project, file):
        path = f"/api/stream/{project.id}/blob/{file}"
        return self.attempt(region, "file.delete", project.id,
                            lambda: self.api.rest(region, "DELETE", path, project.owner.token) or True,
                            lambda _: {"deletes": [f"file/{file}"]})
