/* The least that any server must do over HTTP: the same answers from memory, the same bytes taken in and put away, the
   same message to all who wait. A thread for each connection, no checks, no rights.

   usage: http_floor ANSWERS STORE
   ANSWERS: repeated u64 length (little-endian) and the body of one answer. It listens on a port of loopback and prints it.
   /N            answer number N
   /packed/N     answer number N, which is blocks as floor.c has them, decompressed on the way
   /sink         takes a body in
   /store        also hashes it with SHA-256, compresses it by zstd -3 in blocks of 1 MiB, appends that to STORE, syncs it
   /store-gzip   the same of a body that is gzip
   /wait         never answers; /tell sends its body to all connections that wait */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { HEAD = 1 << 16, BLOCK = 1 << 20, ANSWERS = 1 << 16, WAITING = 1 << 14 };

typedef struct { const char *bytes; size_t length; } Answer;

typedef struct {
    int socket;
    char head[HEAD + 1];
    size_t have;
} Connection;

typedef struct {
    char *block, *frame;
    size_t have;
    ZSTD_CCtx *context;
} Store;

static Answer answers[ANSWERS];
static int store_file, waiting[WAITING], waiting_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) { perror(what); exit(1); }

static int write_all(int to, const void *bytes, size_t count) {
    for (size_t at = 0; at < count;) {
        ssize_t put = send(to, (const char *)bytes + at, count - at, MSG_NOSIGNAL);
        if (put <= 0) return 0;
        at += (size_t)put;
    }
    return 1;
}

static void read_answers(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about)) fail(path);
    const char *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
    for (size_t at = 0, number = 0; at < (size_t)about.st_size; number++) {
        uint64_t length;
        memcpy(&length, bytes + at, sizeof length);
        answers[number] = (Answer){bytes + at + sizeof length, length};
        at += sizeof length + length;
    }
}

static void put_block(Store *store) {
    if (!store->have) return;
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_Digest(store->block, store->have, digest, NULL, EVP_sha256(), NULL);
    size_t length = ZSTD_compressCCtx(store->context, store->frame, ZSTD_compressBound(BLOCK), store->block,
                                      store->have, 3);
    if (write(store_file, store->frame, length) != (ssize_t)length) fail("write");
    store->have = 0;
}

static void put(Store *store, const char *bytes, size_t count) {
    while (count) {
        size_t now = count < BLOCK - store->have ? count : BLOCK - store->have;
        memcpy(store->block + store->have, bytes, now);
        store->have += now;
        bytes += now;
        count -= now;
        if (store->have == BLOCK) put_block(store);
    }
}

static void inflate_into(z_stream *stream, Store *store, const char *bytes, size_t count) {
    char output[1 << 16];
    stream->next_in = (Bytef *)bytes;
    stream->avail_in = (uInt)count;
    do {
        stream->next_out = (Bytef *)output;
        stream->avail_out = sizeof output;
        int code = inflate(stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) fail("inflate");
        put(store, output, sizeof output - stream->avail_out);
    } while (!stream->avail_out);
}

/* Takes a body in, of which some has come with the head. `into` and `stream` may be NULL. */
static int take_body(Connection *connection, size_t at, size_t length, Store *into, z_stream *stream) {
    static _Thread_local char buffer[1 << 18];
    const char *bytes = connection->head + at;
    size_t count = connection->have - at < length ? connection->have - at : length;
    for (;;) {
        if (stream) inflate_into(stream, into, bytes, count);
        else if (into) put(into, bytes, count);
        length -= count;
        if (!length) return 1;
        ssize_t got = recv(connection->socket, buffer, length < sizeof buffer ? length : sizeof buffer, 0);
        if (got <= 0) return 0;
        bytes = buffer;
        count = (size_t)got;
    }
}

static int store_body(Connection *connection, size_t at, size_t length, int compressed) {
    Store store = {malloc(BLOCK), malloc(ZSTD_compressBound(BLOCK)), 0, ZSTD_createCCtx()};
    z_stream stream = {0};
    if (compressed) inflateInit2(&stream, 31);
    int whole = take_body(connection, at, length, &store, compressed ? &stream : NULL);
    put_block(&store);
    if (fdatasync(store_file)) fail("fdatasync");
    if (compressed) inflateEnd(&stream);
    ZSTD_freeCCtx(store.context);
    free(store.block);
    free(store.frame);
    return whole;
}

static int answer(Connection *connection, size_t length, const char *status) {
    char head[256];
    int count = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: application/json; charset=utf-8\r\n"
                         "Content-Length: %zu\r\n\r\n", status, length);
    return write_all(connection->socket, head, (size_t)count);
}

static int send_answer(Connection *connection, Answer found) {
    if (found.length > HEAD) return answer(connection, found.length, "200 OK") &&
        write_all(connection->socket, found.bytes, found.length);
    char both[HEAD + 256];
    int count = snprintf(both, 256, "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                         "Content-Length: %zu\r\n\r\n", found.length);
    memcpy(both + count, found.bytes, found.length);
    return write_all(connection->socket, both, (size_t)count + found.length);
}

static int send_packed(Connection *connection, Answer found) {
    const char *end = found.bytes + found.length;
    size_t total = 0;
    uint32_t lengths[2];
    for (const char *at = found.bytes; at < end; at += sizeof lengths + lengths[0]) {
        memcpy(lengths, at, sizeof lengths);
        total += lengths[1];
    }
    int going = answer(connection, total, "200 OK");
    char *raw = malloc(BLOCK * 16);
    for (const char *at = found.bytes; going && at < end; at += sizeof lengths + lengths[0]) {
        memcpy(lengths, at, sizeof lengths);
        if (ZSTD_decompress(raw, BLOCK * 16, at + sizeof lengths, lengths[0]) != lengths[1]) fail("zstd");
        going = write_all(connection->socket, raw, lengths[1]);
    }
    free(raw);
    return going;
}

static int tell(Connection *connection, size_t at, size_t length) {
    while (connection->have < at + length) {
        ssize_t got = recv(connection->socket, connection->head + connection->have, HEAD - connection->have, 0);
        if (got <= 0) return 0;
        connection->have += (size_t)got;
    }
    pthread_mutex_lock(&lock);
    for (int i = 0; i < waiting_count; i++) write_all(waiting[i], connection->head + at, length);
    pthread_mutex_unlock(&lock);
    return answer(connection, 0, "201 Created");
}

static int serve(Connection *connection, const char *path, size_t at, size_t length) {
    if (!strncmp(path, "/store", 6))
        return store_body(connection, at, length, !strncmp(path, "/store-gzip", 11)) &&
               answer(connection, 0, "201 Created");
    if (!strncmp(path, "/tell", 5)) return tell(connection, at, length);
    if (!take_body(connection, at, length, NULL, NULL)) return 0;
    if (!strncmp(path, "/sink", 5)) return answer(connection, 0, "201 Created");
    if (!strncmp(path, "/packed/", 8)) return send_packed(connection, answers[atoi(path + 8) % ANSWERS]);
    return send_answer(connection, answers[atoi(path + 1) % ANSWERS]);
}

static void *converse(void *argument) {
    Connection *connection = argument;
    for (int going = 1; going;) {
        char *end;
        while (connection->head[connection->have] = 0, !(end = strstr(connection->head, "\r\n\r\n"))) {
            ssize_t got = connection->have < HEAD
                ? recv(connection->socket, connection->head + connection->have, HEAD - connection->have, 0) : 0;
            if (got <= 0) { going = 0; break; }
            connection->have += (size_t)got;
        }
        if (!going) break;
        char *field = strcasestr(connection->head, "\r\ncontent-length:"), *path = strchr(connection->head, ' ');
        size_t at = (size_t)(end - connection->head) + 4;
        size_t length = field && field < end ? strtoull(field + 17, NULL, 10) : 0;
        if (!strncmp(path + 1, "/wait", 5)) {
            pthread_mutex_lock(&lock);
            if (waiting_count == WAITING) exit(1);
            waiting[waiting_count++] = connection->socket;
            pthread_mutex_unlock(&lock);
            free(connection);
            return NULL;
        }
        int closing = strcasestr(connection->head, "\r\nconnection: close") != NULL;
        going = serve(connection, path + 1, at, length) && !closing;
        size_t used = at + length < connection->have ? at + length : connection->have;
        memmove(connection->head, connection->head + used, connection->have -= used);
    }
    close(connection->socket);
    free(connection);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* never outlives the benchmark */
    read_answers(arguments[1]);
    if ((store_file = open(arguments[2], O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600)) < 0) fail(arguments[2]);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1, client;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024)) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 19);
    while ((client = accept(listener, NULL, NULL)) >= 0) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        Connection *connection = calloc(1, sizeof *connection);
        connection->socket = client;
        pthread_t thread;
        if (pthread_create(&thread, &small, converse, connection)) fail("thread");
        pthread_detach(thread);
    }
    fail("accept");
}
