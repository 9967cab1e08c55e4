/* The least that any implementation of a cold clone must do on this machine: read the compressed blocks, send them over
   loopback TCP, receive them, decompress them, hash all content with SHA-256, append the compressed bytes, fsync.

   usage: floor BLOCKS OUTPUT
   BLOCKS: repeated u32 compressed length, u32 raw length (little-endian), zstd frame. Prints seconds and raw bytes.
   Reading, sending and receiving run beside two workers that decompress and hash, since a clone may do that too. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

enum { WORKERS = 2, QUEUE = 8 };

typedef struct { uint32_t length, raw; char *bytes; } Block;

static Block queue[QUEUE];
static int head, tail, done;
static uint64_t raw_total;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void fail(const char *what) { perror(what); exit(1); }

static void read_all(int from, void *buffer, size_t count) {
    for (size_t at = 0; at < count;) {
        ssize_t got = read(from, (char *)buffer + at, count - at);
        if (got <= 0) fail("read");
        at += (size_t)got;
    }
}

static void write_all(int to, const void *buffer, size_t count) {
    for (size_t at = 0; at < count;) {
        ssize_t put = write(to, (const char *)buffer + at, count - at);
        if (put <= 0) fail("write");
        at += (size_t)put;
    }
}

struct sending { const char *path; uint16_t port; };

static void *send_file(void *argument) {
    struct sending *sending = argument;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = sending->port,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int file = open(sending->path, O_RDONLY), to = socket(AF_INET, SOCK_STREAM, 0);
    static char buffer[1 << 18];
    ssize_t got;
    if (file < 0 || connect(to, (struct sockaddr *)&address, sizeof address)) fail("connect");
    while ((got = read(file, buffer, sizeof buffer)) > 0) write_all(to, buffer, (size_t)got);
    close(to);
    return NULL;
}

static void *check(void *unused) {
    (void)unused;
    size_t room = 0;
    char *raw = NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    for (;;) {
        pthread_mutex_lock(&lock);
        while (head == tail && !done) pthread_cond_wait(&changed, &lock);
        if (head == tail) break;
        Block block = queue[head++ % QUEUE];
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        if (block.raw > room) raw = realloc(raw, room = block.raw);
        if (ZSTD_decompress(raw, block.raw, block.bytes, block.length) != block.raw) fail("zstd");
        EVP_Digest(raw, block.raw, digest, NULL, EVP_sha256(), NULL);
        free(block.bytes);
        pthread_mutex_lock(&lock);
        raw_total += block.raw;
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), output = open(arguments[2], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1)) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    struct sending sending = {arguments[1], address.sin_port};
    pthread_t sender, workers[WORKERS];
    pthread_create(&sender, NULL, send_file, &sending);
    for (int i = 0; i < WORKERS; i++) pthread_create(&workers[i], NULL, check, NULL);
    int from = accept(listener, NULL, NULL);
    uint32_t lengths[2];
    while (read(from, lengths, 1) == 1) {
        read_all(from, (char *)lengths + 1, sizeof lengths - 1);
        Block block = {lengths[0], lengths[1], malloc(lengths[0])};
        read_all(from, block.bytes, block.length);
        write_all(output, lengths, sizeof lengths);
        write_all(output, block.bytes, block.length);
        pthread_mutex_lock(&lock);
        while (tail - head == QUEUE) pthread_cond_wait(&changed, &lock);
        queue[tail++ % QUEUE] = block;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_lock(&lock);
    done = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < WORKERS; i++) pthread_join(workers[i], NULL);
    if (fsync(output)) fail("fsync");
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f %llu\n", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
           (unsigned long long)raw_total);
    return 0;
}
