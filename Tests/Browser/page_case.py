"""A node and a browser for tests of its pages. What the browser complains of, or asks of others, fails a test."""
import pathlib
import shutil
import sys
import unittest

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))
import tiebeam_node

BROWSER = shutil.which("chromium")
THEMES = ["light", "dark"]


class PageCase(unittest.TestCase):
    """`self.page` is an empty window of a person who never was here. Pictures of pages go to `.build-pages`."""

    options = ()
    pictures = pathlib.Path(__file__).resolve().parents[2] / ".build-pages"

    @classmethod
    def setUpClass(cls):
        if not BROWSER:
            raise RuntimeError("Debian's chromium must be installed: make browser does it")
        cls.node = cls.enterClassContext(tiebeam_node.Node(options=cls.options))
        playwright = cls.enterClassContext(sync_playwright())
        cls.browser = playwright.chromium.launch(executable_path=BROWSER)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.complaints, self.expected = [], []
        self.page = self.window()

    def tearDown(self):
        left = [text for text in self.complaints if not any(part in text for part in self.expected)]
        self.assertEqual(left, [])

    def window(self, theme="light"):
        context = self.browser.new_context(color_scheme=theme, viewport={"width": 900, "height": 760})
        self.addCleanup(context.close)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda message: self.complain(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complain(str(error)))
        page.on("request", lambda request: self.notice(request.url))
        return page

    def complain(self, text):
        self.complaints.append(text)

    def notice(self, url):
        if not url.startswith((self.node.api, "data:", "blob:")):
            self.complain(f"asks {url}")

    def open(self, path):
        self.page.goto(self.node.api + path)

    def heading(self, text):
        """Waits for the view of that title."""
        self.page.get_by_role("heading", name=text, exact=True).wait_for()

    def picture(self, name):
        self.pictures.mkdir(exist_ok=True)
        self.page.screenshot(path=self.pictures / f"{name}.png")
