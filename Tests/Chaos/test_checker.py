"""The checker finds what it must: histories that break one rule each, and some that break none."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import checker  # noqa: E402
from history import Conflicts, Down, Failure, History, Read, Write  # noqa: E402

P = "0123456789"
REGIONS = ("paris", "tokyo", "oslo")


def at(seconds):
    return f"1970-01-01T00:00:{seconds:06.3f}Z"


class CheckerTests(unittest.TestCase):
    def setUp(self):
        self.history = History()
        self.write("paris", "project.create", 1, creates=["project"], sets=[["project", "name", "Office"]])

    def write(self, region, kind, start, end=0, status="ok", scope=P, **options):
        end = None if status == "maybe" else end or start + 0.1
        return self.history.add(Write(region, kind, scope, start, end, status, **options))

    def model(self, region, start, model="model/a", name="steel", **options):
        return self.write(region, "model.create", start, creates=[model], sets=[[model, "name", name]], **options)

    def version(self, region, start, version="version/v", model="a", message="first", **options):
        return self.write(region, "version.create", start, creates=[version],
                          sets=[[version, "model", model], [version, "message", message]], **options)

    def rename(self, region, start, name, **options):
        return self.write(region, "project.name", start, sets=[["project", "name", name]], **options)

    def read(self, region, start, final=False, name="Office", **entities):
        state = {"project": {"name": name}}
        for key, fields in entities.items():
            state[key.replace("_", "/")] = fields
        self.history.add(Read(region, P, start, start + 0.05, state, final))

    def absent(self, region, start, final=False):
        self.history.add(Read(region, P, start, start + 0.05, None, final))

    def conflict(self, kind, entity, field, *sides, identity="c", regions=REGIONS):
        item = {"id": identity, "kind": kind, "entity": entity, "field": field, "openedAt": at(1), "sides": [
            {"region": region, "user": "u", "userName": "Ann", "at": at(seconds), "value": value}
            for region, seconds, value in sides]}
        for region in regions:
            self.history.add(Conflicts(region, P, [item]))

    def found(self, *texts):
        problems = checker.problems(self.history)
        self.assertEqual(len(problems), len(texts), problems)
        for text in texts:
            self.assertTrue(any(text in problem for problem in problems), f"{text!r} is not in {problems}")

    # What is there

    def test_a_quiet_history_is_well(self):
        self.model("paris", 2)
        self.version("tokyo", 3)
        for region in REGIONS:
            self.read(region, 9, final=True, model_a={"name": "steel"}, version_v={"model": "a", "message": "first"})
        self.found()

    def test_an_acknowledged_write_must_show_at_once(self):
        self.model("paris", 2)
        self.read("tokyo", 3)
        self.found()
        self.read("paris", 3)
        self.found("although model.create was acknowledged")

    def test_what_was_shown_must_stay(self):
        self.model("paris", 2)
        self.read("tokyo", 3, model_a={"name": "steel"})
        self.read("tokyo", 4)
        self.found("although it was shown")

    def test_a_project_must_stay(self):
        self.absent("paris", 2)
        self.found("paris does not show project")

    def test_deletions_explain(self):
        self.model("paris", 2)
        self.version("paris", 3)
        self.write("tokyo", "model.delete", 4, status="maybe", deletes=["model/a"])
        self.read("paris", 5)
        self.write("tokyo", "project.delete", 6, deletes=["project"])
        self.absent("paris", 7)
        self.found()

    def test_a_refused_deletion_explains_nothing(self):
        self.model("paris", 2)
        self.write("paris", "model.delete", 3, status="refused", deletes=["model/a"])
        self.read("paris", 4)
        self.found("although model.create was acknowledged")

    def test_a_deletion_that_came_later_explains_nothing(self):
        self.model("paris", 2)
        self.read("paris", 3)
        self.write("paris", "model.delete", 4, deletes=["model/a"])
        self.found("although model.create was acknowledged")

    def test_a_version_goes_with_any_model_that_it_was_in(self):
        self.model("paris", 2)
        self.version("paris", 3)
        self.write("paris", "version.move", 4, creates=["model/b"],
                   sets=[["version/v", "model", "b"], ["model/b", "name", "b"]])
        self.write("paris", "model.delete", 5, deletes=["model/b"])
        self.read("paris", 6, model_a={"name": "steel"})
        self.found()

    def test_what_was_deleted_must_be_gone(self):
        self.model("paris", 2)
        self.version("paris", 3)
        self.write("paris", "version.delete", 4, deletes=["version/v"])
        self.read("paris", 5, model_a={"name": "steel"}, version_v={"model": "a", "message": "first"})
        self.found("after it was deleted")

    def test_in_the_end_all_regions_have_all(self):
        self.model("paris", 2)
        self.read("paris", 9, final=True, model_a={"name": "steel"})
        self.read("tokyo", 9, final=True)
        self.found("tokyo lacks model/a")

    def test_writes_whose_answer_was_lost_explain_strangers(self):
        self.write("paris", "model.create", 2, status="maybe", creates=["model/?"], sets=[["model/?", "name", "x"]])
        self.read("paris", 3, model_x={"name": "x"})
        self.found()
        self.read("paris", 4, model_x={"name": "x"}, model_y={"name": "x"})
        self.found("2 of model that nobody was told of")

    def test_a_project_of_nobody(self):
        self.history.add(Read("paris", "unknown", 2, 3, {"project": {"name": "?"}}))
        self.found("nobody made all of the projects unknown")
        self.write("paris", "project.create", 1, status="maybe", scope=None, creates=["project"])
        self.found()

    # Values

    def test_a_value_that_nobody_wrote(self):
        self.read("paris", 3, name="Elsewhere")
        self.found("'Elsewhere' as name of project")

    def test_a_value_from_the_future(self):
        self.read("paris", 3, name="Tower")
        self.rename("paris", 4, "Tower")
        self.found("'Tower' as name of project")

    def test_an_acknowledged_value_must_show_at_once(self):
        self.rename("paris", 2, "Tower")
        self.read("paris", 3, name="Office")
        self.found("although it had 'Tower'")

    def test_a_value_must_not_come_back_elsewhere(self):
        self.rename("paris", 2, "Tower")
        self.read("tokyo", 3, name="Tower")
        self.read("tokyo", 4, name="Office")
        self.found("although it had 'Tower'")

    def test_a_value_that_did_not_know_of_the_other_may_win(self):
        self.rename("tokyo", 2, "Tower")
        self.rename("paris", 2.01, "Harbour")
        self.read("tokyo", 3, name="Tower")
        self.read("tokyo", 4, name="Harbour")
        self.found()

    def test_the_last_write_must_not_be_lost(self):
        self.rename("tokyo", 2, "Tower")
        self.rename("paris", 3, "Harbour")
        self.read("oslo", 9, final=True, name="Tower")
        self.found("the later write of 'Harbour' is lost")

    def test_numbers_behind_names_are_no_values(self):
        self.model("paris", 2)
        self.model("tokyo", 2.01, "model/b")
        for region in REGIONS:
            self.read(region, 9, final=True, model_a={"name": "steel"}, model_b={"name": "steel (2)"})
        self.found()

    # Conflicts

    def test_a_conflict_of_two_regions_is_well(self):
        self.rename("paris", 2, "Tower")
        self.rename("tokyo", 2.5, "Harbour", status="maybe")
        self.conflict("edited", "project", "name", ("paris", 2.05, "Tower"), ("tokyo", 7, "Harbour"))
        self.found()

    def test_conflicts_must_be_the_same_everywhere(self):
        self.rename("paris", 2, "Tower")
        self.rename("tokyo", 2, "Harbour")
        sides = ("paris", 2.05, "Tower"), ("tokyo", 2.05, "Harbour")
        self.conflict("edited", "project", "name", *sides, regions=REGIONS[:2])
        self.conflict("edited", "project", "name", *reversed(sides), regions=REGIONS[2:])
        self.found("differs between oslo and paris", "differs between oslo and tokyo")
        self.history.add(Conflicts("paris", P, []))
        self.found("oslo lists the conflict c", "differs between oslo and tokyo")

    def test_a_side_that_nobody_wrote(self):
        self.rename("paris", 2, "Tower")
        self.rename("tokyo", 4, "Harbour")
        self.conflict("edited", "project", "name", ("paris", 2.05, "Tower"), ("tokyo", 2.05, "Harbour"))
        self.found("a side that nobody wrote: 'Harbour' in tokyo")

    def test_a_conflict_within_one_region(self):
        self.rename("paris", 2, "Tower")
        self.rename("paris", 3, "Harbour")
        self.conflict("edited", "project", "name", ("paris", 2.05, "Tower"), ("paris", 3.05, "Harbour"))
        self.found("two sides of one region", "knew of 'Tower'")

    def test_a_conflict_of_writes_that_knew_of_each_other(self):
        self.rename("paris", 2, "Tower")
        self.read("tokyo", 3, name="Tower")
        self.rename("tokyo", 4, "Harbour")
        self.conflict("edited", "project", "name", ("paris", 2.05, "Tower"), ("tokyo", 4.05, "Harbour"))
        self.found("tokyo knew of 'Tower'")

    def test_versions_that_knew_of_each_other_do_not_diverge(self):
        self.model("paris", 2)
        self.version("paris", 2.9, message="first")
        self.version("tokyo", 3, "version/w", message="second")
        self.conflict("diverged", "model/a", "head", ("paris", 2.95, "version v"), ("tokyo", 3.05, "version w"))
        self.found()
        self.read("tokyo", 2.92, model_a={"name": "steel"}, version_v={"model": "a", "message": "first"})
        self.found("tokyo knew of 'version v'")

    def test_a_model_that_was_deleted_stays_with_a_conflict_only(self):
        self.model("paris", 2)
        self.write("paris", "model.delete", 3, deletes=["model/a"])
        self.version("tokyo", 3)
        for region in REGIONS:
            self.read(region, 9, final=True, model_a={"name": "steel"}, version_v={"model": "a", "message": "first"})
            self.history.add(Conflicts(region, P, []))
        self.found("stays without a conflict")
        self.conflict("deletedInUse", "model/a", "deleted", ("paris", 3.05, "deleted"), ("tokyo", 3.05, "version v"))
        self.found()

    def test_a_deletion_that_knew_of_the_version_counts(self):
        self.model("paris", 2)
        self.version("tokyo", 3)
        self.write("paris", "model.delete", 4, deletes=["model/a"])
        self.conflict("deletedInUse", "model/a", "deleted", ("paris", 4.05, "deleted"), ("tokyo", 3.05, "version v"))
        self.found()
        self.read("paris", 3.5, model_a={"name": "steel"}, version_v={"model": "a", "message": "first"})
        self.found("paris knew of 'version v'")

    def test_a_deletion_that_did_not_know_of_the_move_does_not_count(self):
        self.model("paris", 2)
        self.model("paris", 2.2, "model/b", "concrete")
        self.version("paris", 2.4, model="b")
        self.read("paris", 3, model_a={"name": "steel"}, model_b={"name": "concrete"},
                  version_v={"model": "b", "message": "first"})
        self.write("tokyo", "version.move", 3.5, sets=[["version/v", "model", "a"]])
        self.write("paris", "model.delete", 4, deletes=["model/a"])
        self.conflict("deletedInUse", "model/a", "deleted", ("paris", 4.05, "deleted"), ("tokyo", 3.55, "version v"))
        self.found()

    # Answers

    def test_only_regions_that_are_down_may_be_silent(self):
        self.history.add(Down("paris", 2, 4))
        self.history.add(Failure("paris", 1.5, 2.1, "reset"))
        self.found()
        self.history.add(Failure("paris", 5, 5.1, "reset"))
        self.history.add(Failure("tokyo", 3, 3.1, "500", is_internal=True))
        self.found("paris did not answer at 5", "tokyo answered by an internal error")

    def test_the_last_owner_stays(self):
        self.write("paris", "role.lost", 2)
        self.found("let the last owner")

    def test_a_history_is_kept_in_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "history"
            kept = History(path)
            for record in self.history.records:
                kept.add(record)
            kept.close()
            self.assertEqual(History.load(path).records, self.history.records)


if __name__ == "__main__":
    unittest.main()
