"""The pictures at the addresses of previews. Standard library only."""
import pathlib
import sys
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tools"))

import object_upload  # noqa: E402
import tiebeam_node  # noqa: E402

IMAGES = HERE.parents[1] / "Sources/Node/Previews/Images"
PICTURES = {(IMAGES / f"{name}.png").read_bytes(): name for name in ("no_preview", "preview_401", "preview_404", "preview_error")}
OBJECT = "0123456789abcdef0123456789abcdef"


class PreviewTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = cls.enterClassContext(tiebeam_node.Node())
        cls.token = cls.node.register("ann@example.com")
        cls.other = cls.node.register("bob@example.com")
        cls.project = object_upload.create_project(cls.node, cls.token)
        cls.model = object_upload.create_model(cls.node, cls.token, cls.project, "level 1/walls")
        object_upload.upload_all(cls.node, cls.project, cls.token, [b'{"id":"%s"}' % OBJECT.encode()])
        cls.version = object_upload.create_version(cls.node, cls.token, cls.project, cls.model, OBJECT)

    def picture(self, path, token=None):
        """The picture's name, and why."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, headers, body = tiebeam_node.request("GET", self.node.api + path, headers=headers)
        self.assertEqual((status, headers["Content-Type"]), (200, "image/png"))
        # A picture that is made later is not hidden by one that says that there is none.
        self.assertEqual(headers["Cache-Control"], "no-cache, no-store")
        self.assertEqual(headers.get("X-Preview-Error"), "true" if "X-Preview-Error-Code" in headers else None)
        return PICTURES[body], headers.get("X-Preview-Error-Code")

    def test_what_has_no_picture_shows_that(self):
        query = 'query($p: String!, $v: String!) { project(id: $p) { version(id: $v) { previewUrl } } }'
        answer = self.node.graphql(query, {"p": self.project, "v": self.version}, self.token)
        url = urllib.parse.urlparse(answer["data"]["project"]["version"]["previewUrl"])
        self.assertEqual(self.picture(url.path, self.token), ("no_preview", None))
        base, name = f"/preview/{self.project}", urllib.parse.quote("Level 1/walls", safe="")
        for path in ["", "/0", "/all", f"/branches/{name}", f"/branches/{name}/all", f"/commits/{self.version}/0",
                     f"/objects/{OBJECT}", f"/objects/{OBJECT}/all", "/branches/main", "/branches/none", "/commits/none"]:
            self.assertEqual(self.picture(base + path, self.token), ("no_preview", None), path)

    def test_angles_that_there_are_not_are_told(self):
        base = f"/preview/{self.project}"
        for path in ["/15", f"/commits/{self.version}/1", f"/objects/{OBJECT}/front"]:
            self.assertEqual(self.picture(base + path, self.token), ("preview_error", "ANGLE_NOT_FOUND"), path)

    def test_what_is_not_there_is_told(self):
        self.assertEqual(self.picture("/preview/0123456789", self.token), ("preview_404", None))
        for name in ["f" * 32, "no-id"]:
            self.assertEqual(
                self.picture(f"/preview/{self.project}/objects/{name}", self.token), ("preview_404", "OBJECT_NOT_FOUND"))

    def test_who_may_not_see_a_project_is_shown_that(self):
        for token in [None, self.other]:
            for path in ["", "/commits/" + self.version, "/branches/main/0", "/7"]:
                self.assertEqual(self.picture(f"/preview/{self.project}{path}", token), ("preview_401", None))
            for name in [OBJECT, "f" * 32]:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                status, _, body = tiebeam_node.request(
                    "GET", f"{self.node.api}/preview/{self.project}/objects/{name}", headers=headers)
                self.assertEqual((status, body), (403, b""))


if __name__ == "__main__":
    unittest.main()
