/* Stands between a client and a server on this machine: counts what goes over the socket, cuts connections, or makes
   them long and narrow.

   usage: relay ADDRESS PORT TARGET_PORT [CUTS [DELAY_MS MBIT]]
   It listens on ADDRESS and PORT (0: any) and connects to TARGET_PORT on loopback. CUTS are byte counts with commas
   between them ("-" for none): the first connection ends when the client got as many as the first says, and so on;
   connections after the last are left alone. DELAY_MS holds every byte back for that long in each direction and MBIT
   is the speed of each direction, shared by all connections. A connection that is set up through it also waits one
   round trip before its first byte, as TCP would; congestion control is not imitated.
   It prints its port, "open" for each connection, and "closed UP DOWN TURNS" at its end. UP and DOWN are the bytes that
   TCP carried for the application, TLS included; TURNS is how often the client spoke after it had been answered. To
   each line of its input it says "total UP DOWN": of all connections so far. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { UP, DOWN, BUFFER = 1 << 18, WAITING = 1 << 17, PIECE = 1 << 13, QUEUE = 4096, BACKLOG_MS = 200 };

typedef struct { uint64_t due; size_t count; char bytes[PIECE]; } Piece;

typedef struct {
    int sockets[2];  /* the client's, the server's */
    uint64_t bytes[2], cut, accepted;
    atomic_int speaker, running;
    uint64_t turns;
} Connection;

typedef struct { Connection *connection; int way; } Pump;

typedef struct {
    Pump *pump;
    Piece *pieces;
    unsigned first, last;
    int ended;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} Queue;

static double delay, bits_per_ns;
static uint64_t free_at[2];
static atomic_ullong total[2];
static pthread_mutex_t lines = PTHREAD_MUTEX_INITIALIZER, links = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void sleep_until(uint64_t when) {
    struct timespec time = {(time_t)(when / 1000000000u), (long)(when % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static int write_all(int to, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t put = send(to, bytes, count, MSG_NOSIGNAL);
        if (put <= 0) return 0;
        bytes += put;
        count -= (size_t)put;
    }
    return 1;
}

/* Passes bytes on and counts them. False when this was the last that the connection should carry. */
static int deliver(Connection *connection, int way, const char *bytes, size_t count) {
    if (way == UP && atomic_exchange(&connection->speaker, UP) != UP) connection->turns++;
    if (way == DOWN) atomic_store(&connection->speaker, DOWN);
    uint64_t left = way == DOWN && connection->cut ? connection->cut - connection->bytes[DOWN] : UINT64_MAX;
    size_t passed = count < left ? count : (size_t)left;
    if (!write_all(connection->sockets[!way], bytes, passed)) return 0;
    connection->bytes[way] += passed;
    atomic_fetch_add(&total[way], passed);
    return passed < left;
}

static void finish(Pump *pump, int at_once) {
    Connection *connection = pump->connection;
    if (at_once) {
        shutdown(connection->sockets[0], SHUT_RDWR);
        shutdown(connection->sockets[1], SHUT_RDWR);
    } else {
        shutdown(connection->sockets[!pump->way], SHUT_WR);
    }
    if (atomic_fetch_sub(&connection->running, 1) == 1) {
        close(connection->sockets[0]);
        close(connection->sockets[1]);
        pthread_mutex_lock(&lines);
        printf("closed %llu %llu %llu\n", (unsigned long long)connection->bytes[UP],
               (unsigned long long)connection->bytes[DOWN], (unsigned long long)connection->turns);
        pthread_mutex_unlock(&lines);
        free(connection);
    }
    free(pump);
}

static void *pump_fast(void *argument) {
    Pump *pump = argument;
    char *buffer = malloc(BUFFER);
    int going = 1;
    ssize_t got = 0;
    while (going && (got = recv(pump->connection->sockets[pump->way], buffer, BUFFER, 0)) > 0)
        going = deliver(pump->connection, pump->way, buffer, (size_t)got);
    free(buffer);
    finish(pump, !going || got < 0);
    return NULL;
}

/* When a piece that comes in now has arrived at the other end of the link. */
static uint64_t arrival(int way, size_t count) {
    pthread_mutex_lock(&links);
    uint64_t start = now();
    if (free_at[way] < start) free_at[way] = start;
    free_at[way] += (uint64_t)((double)count * 8 / bits_per_ns);
    uint64_t sent = free_at[way];
    pthread_mutex_unlock(&links);
    if (sent > start + BACKLOG_MS * 1000000ull) sleep_until(sent - BACKLOG_MS * 1000000ull);
    return sent + (uint64_t)delay;
}

static void *write_late(void *argument) {
    Queue *queue = argument;
    int going = 1;
    for (;;) {
        pthread_mutex_lock(&queue->lock);
        while (queue->first == queue->last && !queue->ended) pthread_cond_wait(&queue->changed, &queue->lock);
        int empty = queue->first == queue->last;
        pthread_mutex_unlock(&queue->lock);
        if (empty) break;
        Piece *piece = &queue->pieces[queue->first % QUEUE];
        sleep_until(piece->due);
        going = going && deliver(queue->pump->connection, queue->pump->way, piece->bytes, piece->count);
        if (!going) shutdown(queue->pump->connection->sockets[queue->pump->way], SHUT_RD);
        pthread_mutex_lock(&queue->lock);
        queue->first++;
        pthread_cond_signal(&queue->changed);
        pthread_mutex_unlock(&queue->lock);
    }
    finish(queue->pump, !going);
    free(queue->pieces);
    free(queue);
    return NULL;
}

static void *pump_slow(void *argument) {
    Queue *queue = calloc(1, sizeof *queue);
    Pump *pump = queue->pump = argument;
    Connection *connection = pump->connection;
    queue->pieces = malloc(QUEUE * sizeof *queue->pieces);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
    uint64_t earliest = connection->accepted + (uint64_t)(3 * delay); /* set up and back, then one way */
    int from = connection->sockets[pump->way];
    pthread_t writer;
    if (pthread_create(&writer, NULL, write_late, queue)) fail("thread");
    pthread_detach(writer);
    for (;;) {
        Piece *piece = &queue->pieces[queue->last % QUEUE]; /* only this thread moves `last` */
        ssize_t got = recv(from, piece->bytes, PIECE, 0);
        if (got > 0) {
            piece->count = (size_t)got;
            piece->due = arrival(pump->way, (size_t)got);
            if (piece->due < earliest) piece->due = earliest;
        }
        pthread_mutex_lock(&queue->lock);
        if (got > 0) queue->last++;
        else queue->ended = 1;
        pthread_cond_signal(&queue->changed);
        while (got > 0 && queue->last - queue->first == QUEUE) pthread_cond_wait(&queue->changed, &queue->lock);
        pthread_mutex_unlock(&queue->lock);
        if (got <= 0) return NULL;
    }
}

static void start(int client, uint16_t target, uint64_t cut) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(target),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1, waiting = WAITING;
    /* What the server has sent waits in the server, and not here: the server decides what goes first. */
    setsockopt(server, SOL_SOCKET, SO_RCVBUF, &waiting, sizeof waiting);
    setsockopt(client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &waiting, sizeof waiting);
    if (connect(server, (struct sockaddr *)&address, sizeof address)) {
        perror("connect");
        close(server);
        close(client);
        return;
    }
    pthread_mutex_lock(&lines);
    puts("open");
    pthread_mutex_unlock(&lines);
    Connection *connection = calloc(1, sizeof *connection);
    connection->accepted = now();
    connection->cut = cut;
    connection->speaker = DOWN;
    connection->running = 2;
    connection->sockets[0] = client;
    connection->sockets[1] = server;
    for (int way = 0; way < 2; way++) {
        setsockopt(connection->sockets[way], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Pump *pump = malloc(sizeof *pump);
        *pump = (Pump){connection, way};
        pthread_t thread;
        if (pthread_create(&thread, NULL, delay > 0 ? pump_slow : pump_fast, pump)) fail("thread");
        pthread_detach(thread);
    }
}

static void *answer(void *argument) {
    for (int byte; (byte = getchar()) != EOF;) {
        if (byte != '\n') continue;
        pthread_mutex_lock(&lines);
        printf("total %llu %llu\n", atomic_load(&total[UP]), atomic_load(&total[DOWN]));
        pthread_mutex_unlock(&lines);
    }
    return argument;
}

int main(int count, char **arguments) {
    if (count < 4 || count == 6 || count > 7) return 2;
    const char *cuts = count > 4 ? arguments[4] : "-";
    if (count == 7) {
        delay = atof(arguments[5]) * 1e6;
        bits_per_ns = atof(arguments[6]) / 1000;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* never outlives the benchmark */
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[2]))};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, client;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (inet_pton(AF_INET, arguments[1], &address.sin_addr) != 1) return 2;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 128)) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%u\n", ntohs(address.sin_port));
    pthread_t asked;
    if (pthread_create(&asked, NULL, answer, NULL)) fail("thread");
    pthread_detach(asked);
    while ((client = accept(listener, NULL, NULL)) >= 0) {
        char *end;
        uint64_t cut = strtoull(cuts, &end, 10);
        cuts = *end == ',' ? end + 1 : "-";
        start(client, (uint16_t)atoi(arguments[3]), cut);
    }
    fail("accept");
}
