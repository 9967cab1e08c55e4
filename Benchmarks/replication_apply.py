"""How many operations a second a new region takes, beside SQLite alone with the same rows.

The floor inserts all rows of the new region's database, as they stand at the end, into an empty one of the same schema:
through Python's sqlite3, as durable, in as many transactions as the region needed at least. It neither parses nor
merges, and writes each row once, where a region replaces the rows of what changes several times.
"""
import sqlite3
import statistics
import time

import object_upload
import peers
from peers import log
from region_pair import HERE, Pair, small_objects

# Operations of one read of a log: no transaction holds more.
BATCH = 512
MODELS, ROOTS = 100, 100
MIB = 1 << 20


def renames(client, project, models, roots, count):
    for number in range(count):
        client.change_model(project, models[number % len(models)], name=f"storey {number}")


def versions(client, project, models, roots, count):
    for number in range(count):
        client.publish(project, models[number % len(models)], roots[number % len(roots)], f"state {number}")


def apply(bench):
    for kind, write in (("renames of models", renames), ("versions", versions)):
        catch_up(bench, kind, write)


def catch_up(bench, kind, write):
    report, count = bench.report, bench.options.operations
    report.begin(f"A new region catches up with {count:,} {kind}")
    way = bench.near()
    pair = Pair(bench.directory(f"apply-{kind.split()[0]}"), way)
    try:
        pair.here.start()
        pair.token = pair.here.register("bench@example.com")
        project = object_upload.create_project(pair.here, pair.token)
        client, roots = pair.at_here(), small_objects(pair, project, ROOTS)
        models = [client.make_model(project, f"model {number}") for number in range(MODELS)]
        written, _ = peers.timed(lambda: write(client, project, models, roots, count))
        client.describe(project, "the last one")
        log(f"   written in {written:.0f} s")
        runs = [once(pair, project) for _ in range(bench.options.runs)]
    finally:
        pair.stop()
        way.stop()
    seconds, floors, processor, memory, operations = zip(*runs)
    report.keep(seconds=seconds, floorSeconds=floors, processorSeconds=processor, memoryBytes=memory,
                operations=operations, writeSeconds=written)
    rate, floor = operations[0] / statistics.median(seconds), operations[0] / statistics.median(floors)
    report.inform("operations a second", rate, "{:,.0f}",
                  f"{operations[0]:,} in {statistics.median(seconds):.2f} s, from the first connection until all show")
    report.inform("share of SQLite's speed with the same rows", rate / floor, "{:.1%}",
                  f"{floor:,.0f} operations a second")
    report.inform("processor time of an operation", statistics.median(processor) / operations[0] * 1e6, "{:,.0f} us",
                  "of the new region, its start included")
    report.inform("peak memory of the new region", max(memory) / MIB, "{:,.0f} MiB")
    report.inform("as fast as they were written over the API", written / statistics.median(seconds), "{:.1f}x",
                  f"{count / written:,.0f} a second on one connection")


def once(pair, project):
    """One new region, then the floor of its rows: seconds of both, processor seconds, bytes, operations."""
    pair.forget_there()
    already = len(pair.relays[HERE].opened)
    pair.there.start()
    client = pair.at_there()
    end = client.await_description(project, "the last one", 600, 0.02)
    start = pair.relays[HERE].opened[already]
    processor, memory = peers.processor_seconds(pair.there.process.pid), pair.there.memory("VmHWM")
    pair.there.stop()
    floor, operations = insert_again(pair.there.data / "data" / "tiebeam.sqlite", pair.directory / "floor.sqlite")
    return end - start, floor, processor, memory, operations


def insert_again(source, target):
    """Seconds of the inserts, and how many operations are among the rows."""
    for path in target.parent.glob(f"{target.name}*"):
        path.unlink()
    with sqlite3.connect(source) as database:
        schema = [sql for sql, in database.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'")]
        names = [name for name, in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
        tables = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    operations = len(tables["operations"])
    turns = -(-operations // BATCH)
    database = sqlite3.connect(target, isolation_level=None)
    for statement in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = OFF", *schema]:
        database.execute(statement)
    start = time.monotonic()
    for turn in range(turns):
        database.execute("BEGIN IMMEDIATE")
        for name, rows in tables.items():
            part = rows[len(rows) * turn // turns:len(rows) * (turn + 1) // turns]
            if part:
                database.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(part[0]))})', part)
        database.execute("COMMIT")
    seconds = time.monotonic() - start
    database.close()
    return seconds, operations
