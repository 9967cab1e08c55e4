"""What one write costs on the wire once two regions follow each other, and nothing else happens.

Each write is waited for, so that none goes along with another one. The bytes of all connections between the regions are
counted, TLS included, since the region that got a write tells its own news of it back. The floor is the text of the
operation as it stands in the log.
"""
import sqlite3
import time

import object_upload
import peers
import region_pair
from region_pair import Pair, small_objects

WRITES = 40
QUIET_SECONDS = 0.3
QUIET_MINUTE_SHARE = 1 / 3


def wire(bench):
    report = bench.report
    report.begin("Bytes on the wire between two regions")
    way = bench.near()
    pair = Pair(bench.directory("bytes"), way)
    try:
        pair.start()
        few, many = (object_upload.create_project(pair.here, pair.token, name) for name in ("few", "many"))
        here = pair.at_here()
        for project, count in ((few, 1), (many, 64)):
            roots = small_objects(pair, project, count)
            model = here.make_model(project, "model")
            for root in roots:
                here.publish(project, model, root)
            settle(pair, project, "begin")
            a_write(bench, pair, project, f"new name, project of {count} {'tree' if count == 1 else 'trees'}",
                    lambda number: here.change_model(project, model, name=f"storey {number}"))
            a_write(bench, pair, project, f"version of an unchanged tree, of {count}",
                    lambda number: here.publish(project, model, roots[-1], f"state {number}"))
        idle(bench, pair)
    finally:
        pair.stop()
        way.stop()


def settle(pair, project, text):
    pair.at_here().describe(project, text)
    pair.at_there().await_description(project, text)
    time.sleep(QUIET_SECONDS)


def a_write(bench, pair, project, what, write):
    """Bytes of one write on average."""
    begin, before = marks(pair, project), pair.count()
    for number in range(WRITES):
        write(number)
        deadline = time.monotonic() + region_pair.SETTLE_SECONDS
        while marks(pair, project)[1] < begin[1] + number + 1:
            if time.monotonic() > deadline:
                raise RuntimeError("a write does not come")
            time.sleep(0.01)
        time.sleep(QUIET_SECONDS)  # until what follows from it has been said as well
    there, here = (after - earlier for after, earlier in zip(pair.count(), before))
    length = (marks(pair, project)[0] - begin[0]) / WRITES
    bench.report.keep(**{what: {"asked": there, "toldBack": here, "writes": WRITES, "operationBytes": length}})
    bench.report.inform(what, (there + here) / WRITES, "{:,.0f}",
                        f"{(there + here) / WRITES / length:.0f} times the {length:.0f} bytes of the operation; "
                        f"{here / WRITES:,.0f} of them tell the news back")


def marks(pair, project):
    """The length of all operations of a project where they are written, and how many the other region has."""
    found = []
    for node, column in ((pair.here, "sum(length(body))"), (pair.there, "count(*)")):
        path = node.data / "data" / "tiebeam.sqlite"
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        found += database.execute(
            f"SELECT {column} FROM operations WHERE scope = ?", [f"project:{project}"]).fetchone()
        database.close()
    return found


def idle(bench, pair):
    nodes = [pair.here.process.pid, pair.there.process.pid]
    before, used = sum(pair.count()), sum(map(peers.processor_seconds, nodes))
    time.sleep(QUIET_MINUTE_SHARE * 60)
    sent, used = sum(pair.count()) - before, sum(map(peers.processor_seconds, nodes)) - used
    bench.report.inform("a minute without writes", sent / QUIET_MINUTE_SHARE, "{:,.0f}",
                        f"counted for {QUIET_MINUTE_SHARE * 60:.0f} s; both regions together used "
                        f"{used / QUIET_MINUTE_SHARE / 60:.1%} of a processor")
