"""The end of a run: waits until all regions are equal, and checks every byte that they have."""
import hashlib
import time

from api import Refused, Unreached, Unsure
from history import SERVER
from state import difference

# A region that failed often waits up to 60 s before it dials again.
CONVERGENCE_SECONDS_MAX = 90


def shown(context, region, final=False):
    """All that a region shows to the owners of projects, and to the administrator."""
    reader, people = context.reader, context.world.people
    whole = {"people": reader.people(region, [person.token for person in people], final),
             "conflicts": {SERVER: reader.conflicts(region, SERVER, people[0].token, final)}, "projects": {}}
    for person in people:
        for project in reader.projects(region, person.token):
            whole["projects"][project] = reader.project(region, project, person.token, final)
            whole["conflicts"][project] = reader.conflicts(region, project, person.token, final)
    if final:
        # What is in nobody's list must be gone everywhere.
        for project in context.world.old + context.world.live:
            if project.id not in whole["projects"]:
                reader.project(region, project.id, project.owner.token, final)
    return whole


def converge(context, tick):
    """Waits until all regions show the same. Returns how long that took, and what still differs; `None` for nothing."""
    start = time.monotonic()
    while True:
        seconds = time.monotonic() - start
        try:
            all_shown = {region.name: shown(context, region) for region in context.regions}
            found = difference_of_any(all_shown)
        except (Refused, Unreached, Unsure) as error:
            found = f"a region does not answer: {error}"
        if found is None or seconds > CONVERGENCE_SECONDS_MAX:
            return seconds, found
        tick(f"waiting for the regions to be equal, {seconds:.0f} s")
        time.sleep(0.5)


def difference_of_any(all_shown):
    """Where two regions differ first."""
    (first, reference), *others = all_shown.items()
    for other, whole in others:
        if found := difference(reference, whole):
            return f"{first} and {other} differ at {found}"
    return None


def final_reads(context):
    """Reads all regions once more for the rules. Returns what each shows."""
    return {region.name: shown(context, region, final=True) for region in context.regions}


def check_bytes(context, all_shown, tick):
    """Downloads every version and every file from each region and compares them with what was sent.

    Returns how many there were, and what is wrong.
    """
    count, problems = 0, []
    owners = {project: person.token for person in context.world.people
              for project in context.reader.projects(next(iter(context.regions)), person.token)}
    for region in context.regions:
        for project, whole in all_shown[region.name]["projects"].items():
            tick(f"comparing what {region.name} has, {count}")
            for model in whole["models"]["items"]:
                for version in model["versions"]["items"]:
                    count += 1
                    problem = version_problem(context, region, project, version["referencedObject"], owners[project])
                    if problem:
                        problems.append(f"{region.name}: version {version['id']} of {project}: {problem}")
            for file in whole["blobs"]["items"]:
                count += 1
                status, body = context.api.request(
                    region, "GET", f"/api/stream/{project}/blob/{file['id']}", owners[project])
                found = hashlib.sha256(body).hexdigest()
                if status != 200 or found != context.sent.files.get(file["id"], found):
                    problems.append(f"{region.name}: the file {file['id']} of {project} has other bytes ({status})")
    return count, problems


def version_problem(context, region, project, root, token):
    status, body = context.api.request(region, "GET", f"/objects/{project}/{root}", token, accept="text/plain")
    return context.sent.problem(root, body) if status == 200 else f"status {status}"
