/*
 * Credit bounds what a receiver holds, and nothing waits for ever.
 *
 * One side gives two streams on one connection. The other takes blocks, and gives credit back when they are durable. A
 * frame is one unit, and windows are two. Stream 0 has one block of three units, larger than any window; stream 1 has
 * three blocks of one. The disk may stop for ever, the receiver may give up a stream, and the connection may be cut
 * once. CREDIT-1 to CREDIT-7, STREAM-5 and STREAM-8 of Spec/. The block of stream 0 is more than a quarter of a window,
 * so it is granted in advance (CREDIT-5). It pays for that itself when it is durable, and others only after its stream
 * was given up: else they use up the connection's grant, and the rest of the block never comes.
 *
 *   assert      neither credit nor what is held and not durable is ever more than what was announced and granted in
 *               advance
 *   ltl moves   everything becomes durable unless the disk stops; a control frame arrives even then
 *
 *   bug EARLY_CREDIT (assert): credit comes back when bytes come, not when they are durable
 *   bug OLD_CREDIT (assert): what became durable before a cut is given back after it
 *   bug NO_ADVANCE (ltl): a block that is larger than a window gets no grant when it begins
 *   bug SHARED_DEBT (ltl): bytes of any stream pay for what the connection's window was granted in advance
 *   bug KEEP_CREDIT (ltl): the connection's window does not get back what came on a stream that is given up
 *   bug ONE_QUEUE (ltl): a control frame waits until all DATA is sent
 */
#define WINDOW 2
#define TOTAL 3   /* units of each stream */
#define LINE 2    /* Windows 0 and 1 are the streams', 2 is the connection's. */
#define CONTROL 2 /* On the wire, 0 and 1 are DATA of the streams. */
#define NONE 3

byte credit[3] = WINDOW           /* at the giving side */
byte debt[3], owed[3]             /* granted in advance and not paid; done with and not given back */
byte sent[2], came[2], durable[2]
byte dropped = NONE, heard = NONE /* the stream that is given up; as the giving side knows */
byte control                      /* 1: to be sent, 2: on its way */
bool stopped                      /* the disk */
chan wire = [2] of { byte }
chan back = [1] of { byte, byte, byte } /* stream, credit of it, credit of the connection */
hidden byte i, n, m

#define HELD (came[0] - durable[0] + came[1] - durable[1])
#define DONE(s) (durable[s] == TOTAL || dropped == s)
#ifdef ONE_QUEUE
#define FIRST(kind) (kind != CONTROL || (sent[0] == TOTAL && sent[1] == TOTAL))
#else
#define FIRST(kind) (kind == CONTROL || control != 1)
#endif
#ifdef EARLY_CREDIT
#define CAME(s) owed[s]++
#define STORED(s, units)
#else
#define CAME(s)
#define STORED(s, units) owed[s] = owed[s] + units
#endif
#ifdef SHARED_DEBT
#define PAYS(w) true
#else
#define PAYS(w) (w == 0 || dropped == 0)
#endif

inline send(s) {
    atomic { nfull(wire) && FIRST(s) && sent[s] < TOTAL && heard != s && credit[s] > 0 && credit[LINE] > 0 ->
        sent[s]++; credit[s]--; credit[LINE]--; wire!s }
}
inline pay(w, rest) { /* Of what is owed, the debt of a window is paid first. */
    rest = (owed[i] > debt[w] -> owed[i] - debt[w] : 0); debt[w] = debt[w] + rest - owed[i]
}
inline give(w) {
    atomic { owed[w] > 0 && nfull(back) -> i = w; n = 0;
        if :: i != LINE -> pay(w, n) :: else fi;
        if :: PAYS(w) -> pay(LINE, m) :: else -> m = owed[w] fi;
        owed[w] = 0; back!w, n, m }
}
inline drop(s) {
    atomic { dropped = s;
#ifndef KEEP_CREDIT
        owed[LINE] = owed[s] + came[s] - durable[s];
#endif
        owed[s] = 0; came[s] = durable[s] };
    heard = s
}

active proctype Giver() {
    do
    :: send(0)
    :: send(1)
    :: atomic { nfull(wire) && FIRST(CONTROL) && control == 1 -> control = 2; wire!CONTROL }
    :: atomic { back?i, n, m -> credit[LINE] = credit[LINE] + m; assert(credit[LINE] <= WINDOW + debt[LINE]);
        if :: i != LINE -> credit[i] = credit[i] + n; assert(credit[i] <= WINDOW + debt[i]) :: else fi }
    od
}

active proctype Taker() {
    do
    :: atomic { nfull(back) && nempty(wire) -> wire?i; /* It reads while its own frames leave. */
        if
        :: i == CONTROL -> control = 0
        :: i == dropped -> owed[LINE]++
        :: else ->
#ifndef NO_ADVANCE
            if :: i == 0 && came[0] == 0 -> debt[0] = TOTAL; debt[LINE] = TOTAL; back!0, TOTAL, TOTAL :: else fi;
#endif
            CAME(i); came[i]++; assert(HELD <= WINDOW + debt[LINE])
        fi }
    :: give(0)
    :: give(1)
    :: give(LINE)
    od
}

active proctype Disk() {
    do
    :: atomic { !stopped && came[0] - durable[0] == TOTAL -> durable[0] = TOTAL; STORED(0, TOTAL) }
    :: atomic { !stopped && came[1] > durable[1] -> durable[1]++; STORED(1, 1) }
    od
}

active proctype Stop() { if :: stopped = true :: skip fi }

active proctype Drop() { if :: drop(0) :: drop(1) :: skip fi }

active proctype Cut() { /* What is not durable comes again. */
    if
    :: atomic {
        for (i : 0 .. LINE) { credit[i] = WINDOW; debt[i] = 0 }
#ifndef OLD_CREDIT
        owed[0] = 0; owed[1] = 0; owed[LINE] = 0;
#endif
        for (i : 0 .. 1) { sent[i] = durable[i]; came[i] = durable[i] }
        heard = dropped; control = 0;
        do :: wire?i :: back?i, n, m :: empty(wire) && empty(back) -> break od }
    :: skip
    fi
}

active proctype Operator() { if :: control = 1 :: skip fi }

ltl moves { ([] (control > 0 -> <> (control == 0))) && (<> (stopped || (DONE(0) && DONE(1)))) }
