/* Sends HTTP requests over connections that stay open, and tells how fast they are answered.

   usage: load PORT CONNECTIONS SECONDS RATE REQUESTS
   REQUESTS: repeated u32 length (little-endian) and one whole request; they are sent in turn. RATE is how many a second,
   0 for as many as are answered. At a rate each request has its time, whether those before it are answered or not, and
   latency counts from that time: a server that stalls is not asked less while it does. (Debian has no wrk2; wrk keeps no
   rate, and hey counts from when it gets to send.)
   Every answer must be 200 with a Content-Length and without "errors". Prints answers, failures, seconds, the latency
   that 50 % and 99 % stay within, the greatest one, all in milliseconds, and its own processor seconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct { uint32_t length; const char *bytes; } Request;

typedef struct Connection {
    int socket;
    char *answer;
    size_t room, have, wanted; /* `wanted` is known once the head is there */
    double since;
    struct Connection *next_free;
} Connection;

static Request *requests;
static size_t request_count, sent, answered, failed, latency_room;
static double *latencies;
static Connection *free_ones;

static void fail(const char *what) { perror(what); exit(1); }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void read_requests(const char *path) {
    FILE *file = fopen(path, "rb");
    uint32_t length;
    if (!file) fail(path);
    while (fread(&length, sizeof length, 1, file) == 1) {
        char *bytes = malloc(length);
        if (fread(bytes, 1, length, file) != length) fail(path);
        requests = realloc(requests, (request_count + 1) * sizeof *requests);
        requests[request_count++] = (Request){length, bytes};
    }
    fclose(file);
    if (!request_count) exit(2);
}

static void ask(Connection *connection, double since) {
    Request request = requests[sent++ % request_count];
    connection->since = since;
    connection->have = connection->wanted = 0;
    for (size_t at = 0; at < request.length;) {
        ssize_t put = send(connection->socket, request.bytes + at, request.length - at, MSG_NOSIGNAL);
        if (put <= 0) fail("send");
        at += (size_t)put;
    }
}

/* Takes what has come. True when the answer is complete. */
static int take(Connection *connection) {
    if (connection->room - connection->have < 1 << 16)
        connection->answer = realloc(connection->answer, connection->room += 1 << 18);
    ssize_t got = recv(connection->socket, connection->answer + connection->have,
                       connection->room - connection->have - 1, MSG_DONTWAIT);
    if (got <= 0) fail("recv");
    connection->have += (size_t)got;
    connection->answer[connection->have] = 0;
    if (!connection->wanted) {
        char *end = memmem(connection->answer, connection->have, "\r\n\r\n", 4);
        if (!end) return 0;
        char *length = strcasestr(connection->answer, "\r\ncontent-length:");
        if (!length || length > end) { fputs("an answer has no length\n", stderr); exit(1); }
        connection->wanted = (size_t)(end - connection->answer) + 4 + strtoull(length + 17, NULL, 10);
    }
    return connection->have >= connection->wanted;
}

static void finish(Connection *connection, double time) {
    if (answered == latency_room) latencies = realloc(latencies, (latency_room += 1 << 20) * sizeof *latencies);
    latencies[answered++] = time - connection->since;
    if (memcmp(connection->answer, "HTTP/1.1 200", 12) || memmem(connection->answer, connection->have, "\"errors\"", 8))
        failed++;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void open_connections(int events, int count, const char *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0, one = 1; i < count; i++) {
        Connection *connection = calloc(1, sizeof *connection);
        connection->socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) fail("connect");
        setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(events, EPOLL_CTL_ADD, connection->socket, &event);
        connection->next_free = free_ones;
        free_ones = connection;
    }
}

static void run(int events, double start, double end, double rate) {
    struct epoll_event ready[256];
    for (size_t waiting = 0;;) {
        double time = now(), due = 0;
        while (free_ones && time < end && (due = rate > 0 ? start + (double)sent / rate : time) <= time) {
            Connection *connection = free_ones;
            free_ones = connection->next_free;
            ask(connection, due);
            waiting++;
        }
        if (time >= end && !waiting) return;
        double pause = time >= end || !free_ones || rate <= 0 ? 1 : due - time;
        struct timespec timeout = {(time_t)pause, (long)((pause - (double)(time_t)pause) * 1e9)};
        int count = epoll_pwait2(events, ready, 256, &timeout, NULL);
        for (int i = 0; i < count; i++) {
            Connection *connection = ready[i].data.ptr;
            if (!take(connection)) continue;
            finish(connection, now());
            connection->next_free = free_ones;
            free_ones = connection;
            waiting--;
        }
    }
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    read_requests(arguments[5]);
    int events = epoll_create1(0);
    open_connections(events, atoi(arguments[2]), arguments[1]);
    double start = now();
    run(events, start, start + atof(arguments[3]), atof(arguments[4]));
    double seconds = now() - start;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    qsort(latencies, answered, sizeof *latencies, compare);
    printf("%zu %zu %.6f %.4f %.4f %.4f %.6f\n", answered, failed, seconds, latencies[answered / 2] * 1e3,
           latencies[answered * 99 / 100] * 1e3, latencies[answered - 1] * 1e3,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    return 0;
}
