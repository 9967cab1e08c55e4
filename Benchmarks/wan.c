/* A long and narrow link between this network namespace and a new one, for kernels without netem. Needs root.

   usage: wan HERE THERE DELAY_MS MBIT
   It makes a TUN device in each namespace, with the addresses HERE and THERE, and carries IP packets between them. A
   packet waits for those before it at MBIT, then travels for DELAY_MS; each direction has its own queue of QUEUE_MS,
   and what does not fit is dropped, as a router would. It prints "ready", and stops when its standard input ends.
   Programs get into the new namespace with `nsenter --net=/proc/PID/ns/net`. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET = 1500, RING = 1 << 15, QUEUE_MS = 200 };

typedef struct { uint64_t due; size_t count; unsigned char bytes[PACKET]; } Packet;
typedef struct { int from, to; } Link;

static uint64_t delay;
static double bits_per_ns;

static void fail(const char *what) { perror(what); exit(1); }

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int open_device(const char *local, const char *remote) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    char command[256];
    strcpy(request.ifr_name, "tiebeam-wan");
    if (device < 0 || ioctl(device, TUNSETIFF, &request)) fail("/dev/net/tun");
    snprintf(command, sizeof command, "ip link set lo up && ip address add %s peer %s dev tiebeam-wan && "
             "ip link set tiebeam-wan mtu %d txqueuelen 10000 up", local, remote, PACKET);
    if (system(command)) exit(1);
    return device;
}

static void *carry(void *argument) {
    Link *link = argument;
    Packet *ring = malloc(RING * sizeof *ring);
    unsigned first = 0, last = 0;
    uint64_t idle_from = 0;
    for (;;) {
        uint64_t time = now();
        while (first != last && ring[first % RING].due <= time) {
            Packet *packet = &ring[first++ % RING];
            if (write(link->to, packet->bytes, packet->count) < 0) { /* a full device drops it */ }
        }
        Packet *packet = &ring[last % RING];
        ssize_t got = read(link->from, packet->bytes, sizeof packet->bytes);
        if (got > 0) {
            if (idle_from < time) idle_from = time;
            if (last - first == RING - 1 || idle_from - time > QUEUE_MS * 1000000ull) continue;
            idle_from += (uint64_t)((double)got * 8 / bits_per_ns);
            packet->count = (size_t)got;
            packet->due = idle_from + delay;
            last++;
            continue;
        }
        struct pollfd input = {link->from, POLLIN, 0};
        time = now();
        uint64_t wait = first == last ? 1000000000u : ring[first % RING].due > time ? ring[first % RING].due - time : 0;
        struct timespec limit = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
        ppoll(&input, 1, &limit, NULL);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    delay = (uint64_t)(atof(arguments[3]) * 1e6);
    bits_per_ns = atof(arguments[4]) / 1000;
    int here = open_device(arguments[1], arguments[2]);
    if (unshare(CLONE_NEWNET)) fail("unshare");
    int there = open_device(arguments[2], arguments[1]);
    Link links[2] = {{here, there}, {there, here}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, carry, &links[i])) fail("thread");
    puts("ready");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {}
    return 0;
}
