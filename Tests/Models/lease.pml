/*
 * After a right is revoked, an edge serves nothing beyond its lease, and nothing once it has heard of it.
 *
 * A region gives an edge capabilities; each is a lease of two ticks. It revokes the right, grants it again and revokes
 * it once more, under rising numbers. A capability has the number under which it was signed. The edge counts its lease
 * by its own clock, from when it asked, so neither a wrong clock nor a slow network makes it longer. Capabilities and
 * notices of changes travel beside each other. The edge may be offline and may crash, and time passes at any speed.
 * AUTH-8 and NODE-7 of Spec/ are the rules without leases, LEASE-5 to LEASE-7 those with them. Nodes have no notices: they
 * ask again within a minute.
 *
 *   assert      at each read the capability was signed less than a lease ago, the edge never heard of a newer change,
 *               and the right stands, or was revoked less than a lease ago
 *   ltl ends    when the right stays revoked, reads end
 *
 *   bug IGNORE_EXPIRY (assert): an edge that is offline goes on after the lease
 *   bug FROM_ARRIVAL (assert): a lease is counted from when the capability came
 *   bug STALE (assert): a capability is taken that is older than a change that was heard
 *   bug VOLATILE (assert): a crash brings back the capability that a notice ended
 */
#define LEASE 2

bool online = true
byte number, since          /* of changes; the right is revoked when it is odd. Ticks since the last one. */
bool asking                 /* A request is on its way; ticks since it was sent: */
byte asked
bool coming                 /* A capability is on its way: its number, ticks since it was asked for and was signed. */
byte coming_number, coming_asked, coming_signed
bool held, ended            /* A capability is held, durably; ended is in memory and for VOLATILE only. */
byte held_number, held_asked, held_signed
bool noticed                /* A notice is on its way. */
byte notice, heard          /* heard: the newest change that the edge knows, durably */
byte times, crashes

#ifdef IGNORE_EXPIRY
#define FRESH (held_asked < LEASE || !online)
#else
#define FRESH (held_asked < LEASE)
#endif
#ifdef STALE
#define NEW true
#else
#define NEW (coming_number >= heard)
#endif
#define REVOKED (number % 2 == 1)
#define READABLE (held && !ended && FRESH)

inline older(what, ticks) { if :: what && ticks <= LEASE -> ticks++ :: else fi }
inline drop() { held = false; held_number = 0; held_asked = 0; held_signed = 0 }
inline arrived() { coming = false; coming_number = 0; coming_asked = 0; coming_signed = 0 }
inline cut() { asking = false; asked = 0; noticed = false; notice = 0; arrived() }

active proctype Clock() {
    do
    :: d_step { older(true, since); older(asking, asked); older(coming, coming_asked); older(coming, coming_signed);
        older(held, held_asked); older(held, held_signed) }
    od
}

active proctype Region() {
    do
    :: atomic { asking -> if :: REVOKED :: else -> coming = true; coming_number = number; coming_asked = asked fi;
        asking = false; asked = 0 }
    :: atomic { online && !noticed && heard < number -> noticed = true; notice = number }
    od
}

active proctype Edge() {
    do
    :: atomic { online && !asking && !coming -> asking = true }
    :: atomic { coming ->
        if
        :: NEW -> held = true; ended = false; held_number = coming_number; held_signed = coming_signed;
#ifdef FROM_ARRIVAL
            held_asked = 0
#else
            held_asked = coming_asked
#endif
        :: else
        fi;
        arrived() }
    :: atomic { noticed -> heard = notice; noticed = false; notice = 0;
#ifdef VOLATILE
        ended = true
#else
        if :: held_number < heard -> drop() :: else fi
#endif
        }
    :: atomic { READABLE -> /* a read */
        assert(held_signed < LEASE); assert(held_number >= heard); assert(!REVOKED || since < LEASE) }
    :: atomic { held && held_asked >= LEASE -> drop() }
    od
}

active proctype Owner() { do :: atomic { number < 3 -> number++; since = 0 } :: break od }

active proctype Faults() {
    do
    :: atomic { crashes < 1 -> crashes++; ended = false; cut() }
    :: atomic { online && times < 2 -> times++; online = false; cut() }
    :: online = true
    :: break
    od
}

ltl ends { <> [] (!REVOKED || !READABLE) }
