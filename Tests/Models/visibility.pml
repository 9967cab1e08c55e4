/*
 * A version is shown only with its whole closure, whatever collection, crashes and duplicates do.
 *
 * Region B shows version X, which is object 0. Region A has X and Y, and Y is objects 0 and 1. B asks A for Y and
 * names X as held, so A leaves object 0 out. Meanwhile X may be deleted at B, unused objects collected, B crash, and
 * other regions send any part of the same. FETCH-10, FETCH-12 and LOG-3 of Spec/; "a version row exists only while its
 * whole closure is present" of ARCHITECTURE.md.
 *
 * Collection is not built yet. Its design: before B asks for a version, it notes the root as pending, durably. While a
 * root is pending nothing is swept, because its closure is not known before it is there. Objects are marked first, and
 * the sweep looks again in its own transaction.
 *
 *   assert      a version that is shown has all of its objects
 *   ltl shown   Y is shown in the end
 *
 *   bug NO_GATE (assert): the operation is applied without a look at the objects
 *   bug BLIND_SWEEP (assert): the sweep goes by what was marked and does not look again
 *   bug IGNORE_PENDING (ltl): a pending root keeps nothing
 */
#define OPERATION 2 /* Smaller numbers are objects. */
#define STRAY 3     /* the operation, from another region */

bool has[2] = { true, false } /* objects that are durable at B */
bool x = true, y              /* versions that are shown at B */
bool pending, asked           /* The root of Y is noted; a FETCH is open. */
bool marked, unused[2]        /* what the collector has found */
byte crashes, strays
chan wire = [5] of { byte }   /* room for one answer and all strays */

#ifdef NO_GATE
#define COMPLETE true
#else
#define COMPLETE (has[0] && has[1])
#endif
#ifdef IGNORE_PENDING
#define USED(object) (y || (x && object == 0))
#else
#define USED(object) (y || (x && object == 0) || pending)
#endif
#ifdef BLIND_SWEEP
#define SWEPT(object) unused[object]
#else
#define SWEPT(object) (unused[object] && !USED(object))
#endif

inline check() { assert(!x || has[0]); assert(!y || (has[0] && has[1])) }

inline forget() { marked = false; unused[0] = false; unused[1] = false }

active proctype Reader() {
    byte part;
    do
    :: atomic { !y && !pending -> pending = true }
    :: atomic { pending && !asked -> asked = true;
        if :: x -> wire!1; wire!OPERATION :: else -> wire!0; wire!1; wire!OPERATION fi }
    :: atomic { wire?part ->
        if
        :: part < OPERATION -> has[part] = true
        :: part >= OPERATION && COMPLETE -> y = true; pending = false
        :: part == OPERATION && !COMPLETE -> asked = false /* 0x0501; B asks again. */
        :: part == STRAY && !COMPLETE
        fi;
        part = 0; check() }
    od
}

active proctype Collector() {
    do
    :: atomic { !marked -> marked = true; unused[0] = !USED(0); unused[1] = !USED(1) }
    :: atomic { marked ->
        if :: SWEPT(0) -> has[0] = false :: else fi;
        if :: SWEPT(1) -> has[1] = false :: else fi;
        forget(); check() }
    od
}

active proctype Crash() {
    byte part;
    do
    :: atomic { crashes < 2 -> crashes++; asked = false; forget();
        do :: wire?part :: empty(wire) -> break od;
        part = 0 }
    :: break
    od
}

active proctype User() { if :: x = false :: skip fi }

active proctype Others() {
    do
    :: atomic { strays < 2 -> strays++; if :: wire!0 :: wire!1 :: wire!STRAY fi }
    :: break
    od
}

ltl shown { <> y }
