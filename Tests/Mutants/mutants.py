#!/usr/bin/env python3
"""Puts one deliberate bug after the other into a copy of the sources and runs the simulation until a seed finds it.

    mutants.py [--seeds N] [--only NAME] [--write docs/verification/mutants.md]

Fails when a bug is not found, or when its text is not in the sources any more.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / ".build-mutants"
TREE = WORK / "tree"


def copy_sources() -> None:
    """Takes all that is in the working copy, so that a mutant is of what is there now."""
    shutil.rmtree(TREE, ignore_errors=True)
    for folder in ("Sources", "Tests"):
        shutil.copytree(ROOT / folder, TREE / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Package.swift", TREE / "Package.swift")


def build() -> str:
    """Builds the simulation; returns what the compiler says when it does not go."""
    command = ["swift", "build", "-c", "release", "--scratch-path", WORK / "build", "--product", "simulate"]
    result = subprocess.run(command, cwd=TREE, capture_output=True, text=True)
    return "" if result.returncode == 0 else result.stdout[-3000:] + result.stderr[-3000:]


def killing_seed(seeds: int) -> tuple[int, str] | None:
    """The first seed that fails, and why."""
    program = WORK / "build" / "release" / "simulate"
    result = subprocess.run([program, "1", str(seeds)], capture_output=True, text=True)
    if result.returncode == 0:
        return None
    found = re.search(r"^seed (\d+) fails: ([^\n]*)", result.stdout, re.MULTILINE)
    # A trap says nothing; it fails all the same.
    return (int(found[1]), re.split("[:(]", found[2])[0]) if found else (0, f"ended with {result.returncode}")


def try_mutant(mutant: dict, seeds: int) -> tuple[int, str] | None:
    path = TREE / mutant["file"]
    text = path.read_text()
    if text.count(mutant["from"]) != 1:
        sys.exit(f"{mutant['name']}: its text is {text.count(mutant['from'])} times in {mutant['file']}")
    path.write_text(text.replace(mutant["from"], mutant["to"]))
    try:
        if problem := build():
            sys.exit(f"{mutant['name']} does not compile:\n{problem}")
        return killing_seed(seeds)
    finally:
        path.write_text(text)


def table(rows: list[tuple[dict, int, str]]) -> str:
    lines = ["| Mutant | The bug | Seed | Found as |", "|---|---|---:|---|"]
    lines += [f"| `{mutant['name']}` | {mutant['why']} | {seed} | {reason} |" for mutant, seed, reason in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--only", action="append")
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    mutants = json.loads(pathlib.Path(__file__).with_name("mutants.json").read_text())
    if options.only:
        mutants = [mutant for mutant in mutants if mutant["name"] in options.only]
    copy_sources()
    if problem := build():
        sys.exit(f"the sources do not compile:\n{problem}")
    if failure := killing_seed(options.seeds):
        sys.exit(f"seed {failure[0]} fails without a mutant: {failure[1]}")
    killed: list[tuple[dict, int, str]] = []
    living: list[str] = []
    for mutant in mutants:
        found = try_mutant(mutant, options.seeds)
        print(f"{mutant['name']}: " + (f"seed {found[0]}: {found[1]}" if found else "LIVES"), flush=True)
        if found:
            killed.append((mutant, *found))
        else:
            living.append(mutant["name"])
    print(f"{len(killed)} of {len(mutants)} mutants killed")
    if options.write:
        text = options.write.read_text()
        start = text.index("| Mutant |")
        options.write.write_text(text[:start] + table(killed))
    if living:
        sys.exit(f"alive: {', '.join(living)}")


if __name__ == "__main__":
    main()
