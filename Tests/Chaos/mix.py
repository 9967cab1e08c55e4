"""Which things writers do how often, and the threads that write and read."""
import random
import threading
import traceback

from actions import SHARED_NAMES
from api import Refused, Unreached, Unsure
from people import ALL_TOKENS_MAX, ALL_USERS_MAX, MoreActions

LIVE_PROJECTS = 4
WEIGHTS = {
    "publish": 30, "change_version": 10, "change_project": 10, "change_model": 12, "make_model": 6, "duel": 10,
    "delete_version": 3, "move_version": 4, "receive_version": 2, "delete_model": 1.5, "keep_model": 1, "set_role": 2,
    "open_project": 1, "delete_project": 0.4, "upload_file": 3, "delete_file": 0.7, "register": 0.8, "change_person": 2,
    "make_token": 1, "revoke_token": 0.6,
}
DUELS = ("project", "project", "model", "name", "publish", "publish", "delete", "e-mail")


class Mix(MoreActions):
    """One thing after another, drawn by weight."""

    def run(self, pause):
        while not self.context.stop.is_set():
            try:
                self.step()
            except (Refused, Unreached, Unsure):
                pass
            except Exception:
                self.context.errors.append(traceback.format_exc())
                return
            if self.context.doomed is None:
                self.context.stop.wait(self.random.expovariate(1 / pause))

    def step(self):
        region = self.region()
        if region is None:
            return
        if len(self.world.live) < LIVE_PROJECTS:
            self.open_project(region, self.random.choice(self.world.people))
            return
        name = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if name in ("open_project", "register", "change_person", "make_token", "revoke_token"):
            return self.about_people(name, region)
        project = self.world.pick(self.random)
        if project is not None:
            self.about_project(name, region, project)

    def about_people(self, name, region):
        person = self.random.choice(self.world.people)
        if name == "open_project":
            if len(self.world.live) < 2 * LIVE_PROJECTS:
                self.open_project(region, person)
        elif name == "register":
            if self.world.count("users") <= ALL_USERS_MAX:
                self.register(region)
        elif name == "make_token":
            if self.world.count("tokens") <= ALL_TOKENS_MAX:
                self.make_token(region, person)
        elif name == "revoke_token":
            if self.world.tokens:
                self.revoke_token(region, *self.random.choice(self.world.tokens))
        else:
            self.change_person(region, person)

    def about_project(self, name, region, project):
        pick = lambda members: self.world.pick_of(members, self.random)  # noqa: E731
        model, version = pick(project.models), pick(project.versions)
        if name == "duel":
            return self.duel(project, model)
        if name == "delete_project":
            return self.delete_project(region, self.random.choice(self.world.old)) if self.world.old else None
        if name in ("change_project", "set_role", "upload_file"):
            done = getattr(self, name)(region, project)
        elif name == "delete_file":
            file = pick(project.files)
            done = file and self.delete_file(region, project, file)
        elif name == "keep_model":
            deleted = pick(project.deleted_models)
            done = deleted and self.keep_model(region, project, deleted)
        elif model is None or name == "make_model":
            done = self.make_model(region, project)
        elif version is None or name == "publish":
            done = self.publish(region, project, model)
        elif name in ("change_model", "delete_model"):
            done = getattr(self, name)(region, project, model)
        else:
            done = getattr(self, name)(region, project, version)
        if done:
            self.read_back(region, project)

    def duel(self, project, model):
        """The same thing in two regions, one right after the other, so that neither knows of the other."""
        up = self.context.regions.up()
        if len(up) < 2 or model is None:
            return
        pair = self.random.sample(up, 2)
        kind = self.random.choice(DUELS)
        if kind == "e-mail" and self.world.count("users") > ALL_USERS_MAX:
            return
        field = self.random.choice(("name", "description"))
        name = self.random.choice(SHARED_NAMES)
        email = self.text("chaos").replace(" ", "-") + "@example.com"
        first, second = {
            "project": (lambda region: self.change_project(region, project),) * 2,
            "model": (lambda region: self.change_model(region, project, model, field),) * 2,
            "name": (lambda region: self.make_model(region, project, name),) * 2,
            "publish": (lambda region: self.publish(region, project, model),) * 2,
            "delete": (lambda region: self.publish(region, project, model),
                       lambda region: self.delete_model(region, project, model)),
            "e-mail": (lambda region: self.register(region, email),) * 2,
        }[kind]
        first(pair[0])
        second(pair[1])
        for region in pair:
            self.read_back(region, project)


def sample(context, region, pause):
    """Reads one region over and over, projects and sometimes people."""
    chance = random.Random(f"{context.seed}/reader/{region.name}")
    while not context.stop.wait(chance.expovariate(1 / pause)):
        if not region.is_up:
            continue
        try:
            if chance.random() < 0.08:
                context.reader.people(region, [person.token for person in context.world.people])
            elif project := context.world.pick_to_read(chance):
                context.reader.project(region, project.id, project.owner.token)
        except (Refused, Unreached, Unsure):
            pass
        except Exception:
            context.errors.append(traceback.format_exc())
            return


def start(context, writer_count, pause):
    """Starts all threads; they end when the context's `stop` is set."""
    threads = [threading.Thread(target=Mix(context, number).run, args=(pause,)) for number in range(writer_count)]
    threads += [threading.Thread(target=sample, args=(context, region, 0.4)) for region in context.regions]
    for thread in threads:
        thread.start()
    return threads
