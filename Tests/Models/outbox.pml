/*
 * What an edge accepted while it may be cut off is applied exactly once at its region.
 *
 * A client gives two intents to an edge, the second one after the first was accepted. The edge writes each to its
 * outbox, synchronises that, and then says that it is queued. It sends the oldest entry to the region, with the key
 * that was chosen with the intent, and removes it when RESULT comes. The region applies an intent and remembers its
 * key in one transaction. Both may crash between any two steps, the connection may be cut, frames may come twice, and
 * the region may be too busy (an error of class 0x03). COMMIT-4, PUSH-7, RESUME-3 and RESUME-4 of Spec/. The
 * key is the id of the version that the edge draws.
 *
 *   assert          an intent is applied once, in its turn, and only an applied one leaves the outbox
 *   ltl delivered   in the end both intents are accepted and applied, and the outbox is empty
 *
 *   bug NO_KEY (assert): the region does not look at the key
 *   bug KEY_APART (assert): the key is remembered in a transaction of its own
 *   bug ANY_ANSWER (assert): an error removes the entry as well
 *   bug EARLY_ACCEPT (ltl): the client hears that an intent is queued before the outbox is synchronised
 */
mtype = { none, written, kept, removed, gone } /* written and removed are not synchronised. */

mtype entry[2] = none             /* of the outbox */
bool accepted[2]                  /* as the client knows */
bool waiting                      /* for the answer to what the edge has sent */
bool applied[2], key[2]           /* at the region */
byte at = 2                       /* the intent that the region has to answer; 2 for none */
byte crashes, cuts, twice, busy
chan up = [2] of { byte }
chan down = [2] of { byte, byte } /* the intent, and 1 for RESULT or 0 for an error */
hidden byte i, result

#ifdef NO_KEY
#define KNOWN(i) false
#else
#define KNOWN(i) key[i]
#endif
#ifdef ANY_ANSWER
#define REMOVES true
#else
#define REMOVES (result == 1)
#endif
#define OLDEST(i) (entry[i] == kept && (i == 0 || entry[0] == removed || entry[0] == gone))

inline cut() { waiting = false; at = 2; do :: up?i :: down?i, result :: empty(up) && empty(down) -> break od }

inline queue(i) {
    if
    :: atomic { !accepted[i] && (i == 0 || accepted[0]) && (entry[i] == none || entry[i] == gone) ->
        entry[i] = written }
    :: atomic { entry[i] == written -> entry[i] = kept }
    :: atomic { !accepted[i] && (entry[i] == kept || entry[i] == removed) -> accepted[i] = true }
#ifdef EARLY_ACCEPT
    :: atomic { !accepted[i] && entry[i] == written -> accepted[i] = true }
#endif
    :: atomic { !waiting && OLDEST(i) && nfull(up) -> waiting = true; up!i }
    :: atomic { entry[i] == removed && accepted[i] -> entry[i] = gone }
    fi
}

inline recover(i) { /* What was not synchronised is there or not. */
    if
    :: entry[i] == written -> entry[i] = none
    :: entry[i] == removed -> entry[i] = gone
    :: entry[i] == written || entry[i] == removed -> entry[i] = kept
    :: else
    fi
}

active proctype Edge() {
    do
    :: queue(0)
    :: queue(1)
    :: atomic { down?i, result -> waiting = false;
        if :: entry[i] == kept && REMOVES -> assert(applied[i]); entry[i] = removed :: else fi }
    od
}

active proctype Region() {
    do
    :: atomic { at == 2 && nempty(up) -> up?at;
        if
        :: KNOWN(at)
        :: else -> assert(!applied[at] && (at == 0 || applied[0])); applied[at] = true;
#ifndef KEY_APART
            key[at] = true
#endif
        fi }
#ifdef KEY_APART
    :: atomic { at < 2 && !key[at] -> key[at] = true }
#endif
    :: atomic { at < 2 && nfull(down) -> down!at, 1; at = 2 }
    :: atomic { at == 2 && nempty(up) && nfull(down) && busy < 1 -> busy++; up?i; down!i, 0 }
    od
}

active proctype Faults() {
    do
    :: atomic { crashes < 2 -> crashes++; recover(0); recover(1); cut() }
    :: atomic { cuts < 2 -> cuts++; cut() } /* or the region crashed */
    :: atomic { twice < 2 && nempty(up) && nfull(up) -> twice++; up?<i>; up!i }
    :: atomic { twice < 2 && nempty(down) && nfull(down) -> twice++; down?<i, result>; down!i, result }
    :: break
    od
}

ltl delivered { <> [] (accepted[0] && accepted[1] && applied[0] && applied[1] && entry[0] == gone && entry[1] == gone) }
