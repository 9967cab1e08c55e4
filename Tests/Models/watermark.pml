/*
 * A cursor never says more than is held, and in the end everything is held.
 *
 * A reader copies the journal of a source, which grows to three blocks. What came is written to a segment, the segment
 * is synchronised, and one transaction lists the blocks and moves the cursor. The reader may crash at each step, the
 * connection may be cut, and the source may be restored from an older backup: its journal is shorter then, gets other
 * blocks under the same ordinals, and has a new epoch. JOURNAL-1, JOURNAL-2, FETCH-9, PLAN-2 and RESUME-1 of Spec/;
 * "segments are synchronised before the manifest's transaction" of ARCHITECTURE.md.
 *
 *   assert      of a journal with the cursor's epoch, every block before the cursor is held, whatever crashes
 *   ltl whole   in the end the reader holds the source's whole journal
 *
 *   bug CURSOR_FIRST (assert): the cursor moves when a block came, in a transaction of its own
 *   bug NO_SYNC (assert): the transaction does not wait until the segment is synchronised
 *   bug KEEP_EPOCH (assert): a source that was restored keeps its epoch
 *   bug EPOCH_APART (assert): the epoch is stored when an answer begins, and only the ordinal moves with the blocks
 */
#define ORDINALS 3
#define BLOCKS 6 /* ORDINALS of each epoch */

mtype = { absent, cached, synced, listed, held } /* listed: in the manifest, but not synchronised */

byte journal[ORDINALS], ordinals, blocks /* the source's; blocks were ever made */
byte epoch = 1
mtype block[BLOCKS] = absent             /* at the reader */
byte cursor_epoch, cursor                /* durable */
byte came_epoch, came                    /* the cursor after what came last; 0 when nothing is to be synchronised */
byte next_epoch, next                    /* the cursor after what is synchronised; 0 when nothing is to be listed */
bool open                                /* a FETCH; it has sent everything before this ordinal: */
byte sent
byte cuts, crashes
chan wire = [2] of { byte, byte, byte }  /* block, epoch, ordinal after it */
hidden byte i, j, k, proven

#define HELD(ordinal) (block[journal[ordinal]] == held || block[journal[ordinal]] == listed)

inline check() {
    proven = 0; do :: proven < ordinals && HELD(proven) -> proven++ :: else -> break od;
    assert(cursor_epoch != epoch || cursor <= proven)
}

inline turn(from, to) { for (i : 0 .. BLOCKS - 1) { if :: block[i] == from -> block[i] = to :: else fi } }

inline cut() { open = false; sent = 0; do :: wire?i, j, k :: empty(wire) -> break od }

active proctype Source() {
    do
    :: atomic { ordinals < ORDINALS -> journal[ordinals] = blocks; blocks++; ordinals++; check() }
    :: atomic { open && sent < ordinals && nfull(wire) -> wire!journal[sent], epoch, sent + 1; sent++ }
    od
}

active proctype Reader() {
    do
    :: atomic { !open -> open = true;
        if
        :: cursor_epoch == epoch && cursor <= ordinals -> sent = cursor
        :: else -> cursor_epoch = epoch; cursor = 0 /* starting over */
        fi }
    :: atomic { wire?i, came_epoch, came ->
        if :: block[i] == absent -> block[i] = cached :: else fi;
#ifdef CURSOR_FIRST
        cursor_epoch = came_epoch; cursor = came;
#endif
        check() }
    :: atomic { came > 0 -> turn(cached, synced); turn(listed, held);
        next_epoch = came_epoch; next = came; came_epoch = 0; came = 0 }
    :: atomic { next > 0 -> turn(synced, held);
#ifndef EPOCH_APART
        cursor_epoch = next_epoch;
#endif
        cursor = next; next_epoch = 0; next = 0; check() }
#ifdef NO_SYNC
    :: atomic { came > 0 -> turn(cached, listed); cursor_epoch = came_epoch; cursor = came; check() }
#endif
    od
}

active proctype Faults() {
    do
    :: atomic { blocks > 0 && ordinals == blocks -> /* the source is restored, once */
        ordinals--; journal[ordinals] = 0;
        do :: ordinals > 0 -> ordinals--; journal[ordinals] = 0 :: break od;
#ifndef KEEP_EPOCH
        epoch++;
#endif
        cut() }
    :: atomic { crashes < 2 -> crashes++; turn(cached, absent); turn(synced, absent); turn(listed, absent);
        came_epoch = 0; came = 0; next_epoch = 0; next = 0; cut(); check() }
    :: atomic { open && cuts < 2 -> cuts++; cut() }
    :: break
    od
}

ltl whole { <> [] (ordinals == ORDINALS && HELD(0) && HELD(1) && HELD(2)) }
