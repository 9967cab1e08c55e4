/*
 * A region that was away for too long brings back nothing that was deleted, and loses nothing of its own.
 *
 * Region B made entity E, which all have. Then it makes F, and may go silent before that reaches region A, or region
 * C, which passes it on to A. People at A delete E and F. A compacts its log up to what B has. When B stays silent, A
 * evicts it: B counts no longer, and what B was is over. When B is back it takes a snapshot of A in place of its own
 * state, and in the same transaction puts those of its operations into an outbox that are behind the snapshot's mark
 * of B; A takes them as intents. LOG-1, LOG-2 and MERGE-1 of Spec/, and docs/adr/0007-merging.md. Compaction is not
 * built yet; this is its design. An eviction counts only when the others take nothing from B any more and have passed
 * on what they had of it.
 *
 *   assert      F is made once, and not after it was deleted; whoever has the whole log shows nothing that is deleted;
 *               the log is never compacted beyond a region that counts
 *   ltl kept    what B made comes to A, and in the end both show the same
 *
 *   bug ZOMBIE (assert): B gives again what nobody acknowledged, instead of what the snapshot lacks
 *   bug NO_SNAPSHOT (assert): B goes on behind what was compacted, with its own state
 *   bug ALONE (assert): A evicts B without a word from C
 *   bug VOLATILE (ltl): B has its own operations in memory when its state is replaced
 */
mtype = { delete_e, delete_f, make_f }

mtype log[3]                    /* A's own operations: ended is how many, compacted how many of them are gone */
byte ended, compacted
bool a_e = true, a_f            /* what A shows */
bool made, deleted, key         /* F was made at A, was deleted there; an intent was taken under its key */
byte mark = 1                   /* A's mark of B: 1 is E, 2 is F */
byte counted                    /* A's operations that B has, as A knows */
bool evicted, over              /* B does not count; what B was is over */
bool c_has, c_refuses           /* C has F; C takes nothing from B any more */
bool b_e = true, b_f            /* what B shows */
bool own, acknowledged          /* B has made F; it knows that A has it */
byte next                       /* A's operations that B has */
bool anew, outbox               /* B has taken a snapshot; F is to be given again */
bool silent, coming             /* A snapshot is on its way: */
bool s_e, s_f; byte s_next, s_mark
byte crashes, losses

#ifdef ZOMBIE
#define LACKS_F (own && !acknowledged)
#else
#define LACKS_F (own && s_mark == 1)
#endif
#ifdef ALONE
#define AGREED true
#else
#define AGREED (c_refuses && (!c_has || mark == 2))
#endif

inline check() { assert(next < ended || ((a_e || !b_e) && (!deleted || !b_f))) }
inline make() { assert(!made && !deleted); made = true; a_f = true }
inline append(operation) { log[ended] = operation; ended++ }

active proctype People() { /* at A, and at B before it is evicted */
    do
    :: atomic { a_e -> a_e = false; append(delete_e) }
    :: atomic { a_f -> a_f = false; deleted = true; append(delete_f) }
    :: atomic { !own && !anew -> own = true; b_f = true }
    :: break
    od
}

active proctype A() {
    do
    :: atomic { !silent && !over && own && mark == 1 -> mark = 2; make(); if :: acknowledged = true :: skip fi }
    :: atomic { c_has && mark == 1 -> mark = 2; make() }
    :: atomic { compacted < (evicted -> ended : counted) -> compacted = (evicted -> ended : counted) }
    :: atomic { silent && !over && AGREED -> evicted = true; over = true }
    :: atomic { !silent && over && !anew && !coming -> /* From here on B counts again. */
        evicted = false; counted = ended; coming = true; s_e = a_e; s_f = a_f; s_next = ended; s_mark = mark }
    :: atomic { !silent && outbox ->
        if :: key :: else -> key = true; make(); append(make_f) fi;
        if :: outbox = false :: losses < 1 -> losses++ fi } /* RESULT comes, or not. */
    od
}

active proctype C() {
    do
    :: atomic { !silent && !c_refuses && !anew && own && !c_has -> c_has = true }
    :: atomic { silent && !c_refuses -> c_refuses = true }
    od
}

active proctype B() {
    do
    :: atomic { !silent && (anew || !over) && next < ended -> assert(next >= compacted);
        if
        :: log[next] == delete_e -> b_e = false
        :: log[next] == delete_f -> b_f = false
        :: log[next] == make_f -> b_f = true
        fi;
        next++; counted = next; check() }
    :: atomic { coming -> coming = false; anew = true; next = s_next; outbox = LACKS_F;
#ifndef NO_SNAPSHOT
        b_e = s_e; b_f = s_f;
#endif
        check() }
    od
}

active proctype Crash() {
    do
    :: atomic { crashes < 2 -> crashes++; coming = false;
#ifdef VOLATILE
        outbox = false
#endif
        }
    :: break
    od
}

active proctype Network() {
    byte times;
    do
    :: times < 2 -> atomic { times++; silent = true; coming = false }; silent = false
    :: break
    od
}

ltl kept { ([] (own -> <> made)) && (<> [] (a_e == b_e && a_f == b_f)) }
