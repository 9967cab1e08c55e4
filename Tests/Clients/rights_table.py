"""Reads docs/rights.md, and says by it who may do what. Standard library only."""
import dataclasses
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/rights.md"
SERVER_ROLES = ("archived", "guest", "user", "admin")
PROJECT_ROLES = ("reviewer", "contributor", "owner")
PUBLIC, OPEN = "public", "public with comments"
VISIBILITIES = ("private", PUBLIC, OPEN, "workspace")


def tables():
    """All tables of the page by the first word of their head, as rows without backticks."""
    found = {}
    for block in re.findall(r"(?:^\|.*\n)+", PAGE.read_text(), re.MULTILINE):
        rows = [[cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]
        found.setdefault(rows[0][0], []).extend(rows[2:])
    return found


def scopes(cell):
    """The scopes that are always needed, and those that are not needed in public projects."""
    names = [] if cell == "-" else cell.split(", ")
    return ({name for name in names if "(" not in name}, {name.strip("()") for name in names if "(" in name})


@dataclasses.dataclass(frozen=True)
class Caller:
    """Somebody with a token: of all scopes but `without`, or of `only`; limited to `this` project, or to an `other`."""

    person: object
    without: str = None
    only: frozenset = None
    limit: str = None

    @property
    def is_able(self):
        """Whether the token can do everything."""
        return self.without is None and self.only is None and self.limit is None

    def has(self, names):
        return self.without not in names and (self.only is None or set(names) <= self.only)

    def can(self, scope):
        return self.has({scope})

    def __str__(self):
        parts = [self.person.name]
        parts += [f"without {self.without}"] if self.without else []
        parts += ["with " + ", ".join(sorted(self.only)) + " only"] if self.only is not None else []
        return " ".join(parts + ([f"limited to {self.limit}"] if self.limit else []))


class ProjectAction:
    def __init__(self, row):
        self.name, names, self.role, self.server_role, self.public, self.administrators, _ = row
        self.scopes, self.unless_public = scopes(names)
        assert self.server_role in SERVER_ROLES and self.administrators in ("-", "also", "only", "where nobody owns it"), row

    is_of_project = True

    @property
    def all_scopes(self):
        return self.scopes | self.unless_public

    def allows(self, caller, visibility, is_owned=True):
        person, is_public = caller.person, visibility in (PUBLIC, OPEN)
        if person.server_role == "archived" or caller.limit == "other":
            return False
        if is_public and self.public == "everybody":
            return True
        if person.server_role is None or not caller.has(self.scopes | (set() if is_public else self.unless_public)):
            return False
        if SERVER_ROLES.index(person.server_role) < SERVER_ROLES.index(self.server_role):
            return False
        if person.server_role == "admin" and (self.administrators in ("also", "only") or not is_owned and self.administrators != "-"):
            return True
        opened = {"signed in": is_public, "signed in, where comments are open": visibility == OPEN}.get(self.public, False)
        return opened or self.is_role(person)

    def is_role(self, person):
        """`person` is the author of everything that people of their role are the authors of in these tests."""
        def at_least(role):
            return person.role in PROJECT_ROLES and PROJECT_ROLES.index(person.role) >= PROJECT_ROLES.index(role)
        return {
            "-": lambda: False, "none": lambda: True, "invited": lambda: person.name == "invited",
            "author": lambda: person.name == "reviewer",
            "author, or owner": lambda: person.name == "reviewer" or at_least("owner"),
            "author, or contributor": lambda: person.name == "reviewer" or at_least("contributor"),
            "contributor who is its author, or owner": lambda: person.name == "contributor" or at_least("owner"),
        }.get(self.role, lambda: at_least(self.role))()


class ServerAction:
    def __init__(self, row):
        self.name, names, self.server_role, limited, _ = row
        self.scopes, self.allows_limited = scopes(names)[0], limited == "yes"
        assert self.server_role in (*SERVER_ROLES, "nobody", "link", "edge") and limited in ("yes", "no"), row

    is_of_project = False

    @property
    def all_scopes(self):
        return self.scopes

    def allows(self, caller, visibility=None, is_owned=True):
        role = caller.person.server_role
        if role == "archived" or self.server_role in ("link", "edge"):
            return False
        if role is None or self.server_role == "nobody":
            return self.server_role == "nobody" and (role is None or caller.has(self.scopes))
        if caller.limit and not self.allows_limited:
            return False
        return caller.has(self.scopes) and SERVER_ROLES.index(role) >= SERVER_ROLES.index(self.server_role)


class Rights:
    def __init__(self):
        found = tables()
        self.actions = {}
        for row in found["Project action"]:
            self.add(ProjectAction(row))
        for row in found["Server action"]:
            self.add(ServerAction(row))
        self.fields = self.mapped(found["Field"])
        self.routes = self.mapped(found["Route"])
        self.commands = self.mapped(found["Command"])
        self.inner = self.mapped(found["Inner field"])

    def add(self, action):
        assert action.name not in self.actions, f"{action.name} stands in the table twice"
        self.actions[action.name] = action

    def mapped(self, rows):
        assert len({row[0] for row in rows}) == len(rows), "something stands in the table twice"
        return {name: self.actions[action] for name, action in rows}
