/*
 * A region that was away for too long brings back nothing that was deleted, and loses nothing of its own.
 *
 * Region B made entity E, which all have. People at A give E names, and delete E and F. B makes F, and may go silent before
 * that reaches A, or region C, which passes it on to A. A leaves names that were written over out of its log, up to what B
 * has. When B stays silent, A evicts it: B counts no longer. When B is back behind that, it takes what A kept, in one
 * transaction, beside what it has itself; F keeps its number. COMPACT-1 to COMPACT-5 and SNAP-1 to SNAP-8 of Spec/, and
 * docs/adr/0010-compaction.md.
 *
 *   assert      F comes to A once; whoever has the whole log shows nothing that is deleted, and the last name; who counts is
 *               never behind what was compacted, and nobody reads a log with a hole
 *   ltl kept    what B made comes to A, and in the end both show the same
 *
 *   bug EAGER (assert): A leaves out what B does not have, although B counts
 *   bug NO_SNAPSHOT (assert): B reads on in the log, behind what was compacted
 *   bug NO_DELETION (assert): what deleted things is left out as well
 *   bug HALF (assert): B has the snapshot's marks before it has the snapshot
 *   bug ANEW (assert): B gives F again, as a new operation
 *   bug REPLACED (ltl): the snapshot replaces what B has
 */
mtype = { rename, delete_e, delete_f }

mtype log[4]                    /* A's own operations: */
byte ended, last_name           /* how many there are, and which one is the last name, from 1 */
byte compacted                  /* names among so many of them may be left out */
bool a_e = true, a_f; byte a_name
bool made, deleted              /* F came to A, was deleted there */
byte mark = 1                   /* A's mark of B: 1 is E, 2 is F */
byte counted                    /* A's operations that B has, as A knows */
bool evicted, was_evicted       /* B does not count; did not at some time */
bool c_has                      /* C has F */
bool b_e = true, b_f; byte b_name
bool own, gone, again           /* B has made F; its operation is gone; is to be given as a new one */
byte next                       /* A's operations that B has */
bool silent, coming, half       /* A snapshot is on its way, is half taken: */
bool s_e, s_f; byte s_next, s_name, s_mark
bool crashed

#ifdef EAGER
#define HELD ended
#else
#define HELD (evicted -> ended : counted)
#endif
#define LEFT_OUT(i) (i < compacted && log[i] == rename && i + 1 != last_name)

inline check() { assert(next < ended || (a_name == b_name && (a_e || !b_e) && (!deleted || !b_f))) }
inline make() { assert(!made); made = true; a_f = true }
inline append(operation) { log[ended] = operation; ended++ }
inline hear() { evicted = false; counted = next }
inline take() {
    b_name = s_name;
#ifndef NO_DELETION
    b_e = b_e && s_e;
    if :: s_mark == 2 -> b_f = s_f :: else -> skip fi;
#endif
#ifdef ANEW
    if :: own && s_mark == 1 -> gone = true; again = true :: else -> skip fi;
#endif
#ifdef REPLACED
    if :: own && s_mark == 1 -> gone = true; b_f = false :: else -> skip fi;
#endif
}

active proctype People() { /* at A, and at B */
    do
    :: atomic { a_name < 2 -> a_name++; append(rename); last_name = ended }
    :: atomic { a_e -> a_e = false; append(delete_e) }
    :: atomic { a_f -> a_f = false; deleted = true; append(delete_f) }
    :: atomic { !own -> own = true; b_f = true }
    :: break
    od
}

active proctype A() {
    do
    :: atomic { !silent && own && !gone && mark == 1 -> mark = 2; make() }
    :: atomic { !silent && again -> again = false; make() }
    :: atomic { c_has && mark == 1 -> mark = 2; make() }
    :: atomic { compacted < HELD -> compacted = HELD }
    :: atomic { silent && !evicted -> evicted = true; was_evicted = true }
    od
}

active proctype C() {
    do
    :: atomic { !silent && own && !gone && !c_has -> c_has = true }
    od
}

active proctype B() {
    do
    :: atomic { !silent && (evicted || counted < next) -> hear() }
#ifdef NO_SNAPSHOT
    :: atomic { !silent && next < ended -> assert(!LEFT_OUT(next));
#else
    :: atomic { !silent && next < compacted && !coming && !half -> assert(was_evicted);
        hear(); coming = true; s_e = a_e; s_f = a_f; s_name = a_name; s_next = ended; s_mark = mark }
    :: atomic { !silent && next >= compacted && next < ended && !coming && !half ->
#endif
        if
        :: log[next] == rename -> b_name++
        :: log[next] == delete_e -> b_e = false
        :: log[next] == delete_f -> b_f = false
        fi;
        next++; check() }
#ifdef HALF
    :: atomic { coming -> coming = false; half = true; next = s_next }
    :: atomic { half -> half = false; take(); check() }
#else
    :: atomic { coming -> coming = false; next = s_next; take(); check() }
#endif
    od
}

active proctype Crash() {
    do
    :: atomic { !crashed -> crashed = true; coming = false;
        if :: half -> half = false; check() :: else -> skip fi }
    :: break
    od
}

active proctype Network() {
    if
    :: atomic { silent = true; coming = false }; silent = false
    :: skip
    fi
}

ltl kept { ([] (own -> <> made)) && (<> [] (a_e == b_e && a_f == b_f && a_name == b_name)) }
