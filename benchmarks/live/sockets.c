// A crowd of sockets: connects them, subscribes, then counts what they are told.
//
//     sockets PORT PLAN SAMPLES
//
// PLAN holds for each socket three pieces, each after its length (32 bits, the machine's order):
// the HTTP request that opens it, the frames of `connection_init`, and the frames of `subscribe`
// with a ping behind them, whose pong says that the server has read both.
//
// Lines on standard input:  open | subscribe | join (both) | reset (counts) | count | sample | dump
// Lines on standard output: acknowledged NS | subscribed NS | events N | counted DELIVERIES NS |
//                           reset NS | dumped NS | failed WHY (and the program ends)
//
// NS is CLOCK_MONOTONIC in nanoseconds. `events` is told whenever there are so many deliveries that
// all sockets could have been told N events. An event's number is ten digits after the only `@` of
// its frame. Numbers must follow one another on each socket: one that is missing, or comes twice,
// is a failure. Between `sample` and `dump` every delivery is noted, and then written to SAMPLES.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Once all have subscribed the program looks only now and then: a client that waits on its socket
// has to be woken for each frame, which costs a server on the same machine more than the frame.
// It is seldom while deliveries are only counted, so that a socket has several frames to read.
enum { COUNTING_REST_US = 10000, SAMPLING_REST_US = 500 };

enum { AT_ONCE = 100, ADDRESSES = 100, DIGITS = 10, BATCH = 512, MOST_SAMPLES = 1 << 22 };
enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

typedef enum { NEW, GREETED, INTRODUCED, ACKNOWLEDGED, ASKED, SUBSCRIBED } State;

typedef struct {
    const unsigned char *bytes;
    uint32_t size;
} Piece;

typedef struct {
    int fd;
    State state;
    uint32_t last;  // number of the last event, 0 before the first
    Piece request, introduction, question;
    unsigned char *kept;  // the beginning of a frame whose rest hasn't come
    size_t kept_size;
} Socket;

typedef struct {
    uint32_t number, unused;
    int64_t time;
} Sample;

static Socket *sockets;
static uint32_t count, opened, acknowledged, subscribed;
static int poller, port, eager, opening;
static uint64_t delivered, told;
static Sample *samples;
static uint32_t noted;
static int sampling;

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    printf("failed ");
    vprintf(format, values);
    printf("\n");
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void tell(const char *what) {
    printf("%s %lld\n", what, (long long)now());
    fflush(stdout);
}

// What a client sends is little: it fits into the socket's buffer, or something is wrong.
static void send_all(Socket *socket, const void *bytes, size_t size) {
    if (send(socket->fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("a socket takes no %zu bytes: %s", size, strerror(errno));
}

static void send_frame(Socket *socket, int opcode, const unsigned char *payload, size_t size) {
    unsigned char frame[6 + 125] = {0x80 | opcode, 0x80 | size};  // the mask is zero
    if (size > 125) fail("a control frame of %zu bytes", size);
    memcpy(frame + 6, payload, size);
    send_all(socket, frame, 6 + size);
}

// Each socket's own source address, so that ports last for many more than 28,000.
static void open_socket(Socket *each, uint32_t index) {
    struct sockaddr_in source = {.sin_family = AF_INET}, target = {.sin_family = AF_INET};
    int on = 1;
    each->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (each->fd < 0) fail("no more sockets: %s", strerror(errno));
    setsockopt(each->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + index % ADDRESSES);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.sin_port = htons(port);
    if (bind(each->fd, (struct sockaddr *)&source, sizeof source) < 0)
        fail("no source address: %s", strerror(errno));
    if (connect(each->fd, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS)
        fail("no connection: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_ADD, each->fd, &event);
}

static void open_some(void) {
    uint32_t limit = acknowledged + AT_ONCE;
    for (; opening && opened < count && opened < limit; opened++)
        open_socket(&sockets[opened], opened);
}

static void greet(Socket *socket, uint32_t index) {
    int error;
    socklen_t size = sizeof error;
    getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) fail("no connection: %s", strerror(error));
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poller, EPOLL_CTL_MOD, socket->fd, &event);
    send_all(socket, socket->request.bytes, socket->request.size);
    socket->state = GREETED;
}

static void ask(Socket *socket) {
    send_all(socket, socket->question.bytes, socket->question.size);
    socket->state = ASKED;
}

static void acknowledge(Socket *socket) {
    socket->state = ACKNOWLEDGED;
    if (++acknowledged == count) tell("acknowledged");
    if (eager) ask(socket);
    open_some();
}

static void deliver(Socket *socket, const unsigned char *mark, int64_t time) {
    uint32_t number = 0;
    for (int digit = 1; digit <= DIGITS; digit++) number = number * 10 + (mark[digit] - '0');
    if (socket->last && number != socket->last + 1)
        fail("event %u came after event %u", number, socket->last);
    socket->last = number;
    delivered++;
    if (sampling && noted < MOST_SAMPLES) samples[noted++] = (Sample){number, 0, time};
}

static int has(const unsigned char *payload, size_t size, const char *text) {
    return memmem(payload, size, text, strlen(text)) != NULL;
}

static void hear(Socket *socket, const unsigned char *payload, size_t size, int64_t time) {
    const unsigned char *mark = memchr(payload, '@', size);
    if (mark && mark + DIGITS < payload + size)
        deliver(socket, mark, time);
    else if (socket->state == INTRODUCED && has(payload, size, "\"connection_ack\""))
        acknowledge(socket);
    else if (has(payload, size, "\"ping\""))
        send_frame(socket, TEXT, (const unsigned char *)"{\"type\":\"pong\"}", 15);
    else
        fail("a socket was told %.*s", (int)size, payload);
}

static void take(Socket *socket, int first, const unsigned char *payload, size_t size,
                 int64_t time) {
    if (first == (0x80 | TEXT)) {
        hear(socket, payload, size, time);
    } else if (first == (0x80 | PING)) {
        send_frame(socket, PONG, payload, size);
    } else if (first == (0x80 | PONG)) {
        if (socket->state != ASKED) return;
        socket->state = SUBSCRIBED;
        if (++subscribed == count) tell("subscribed");
    } else if (first == (0x80 | CLOSE) && size >= 2) {
        fail("a socket was closed: %d %.*s", payload[0] << 8 | payload[1], (int)size - 2,
             payload + 2);
    } else {
        fail("a frame begins with %d", first);
    }
}

// How many bytes the answer to the request has, 0 if it isn't whole yet.
static size_t enter(Socket *socket, const unsigned char *bytes, size_t size) {
    const unsigned char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(bytes, "HTTP/1.1 101", 12)) fail("not a socket: %.*s", (int)size, bytes);
    send_all(socket, socket->introduction.bytes, socket->introduction.size);
    socket->state = INTRODUCED;
    return end + 4 - bytes;
}

// The size of the frame that begins here with all of it, 0 if it isn't whole yet.
static size_t frame(Socket *socket, const unsigned char *bytes, size_t size, int64_t time) {
    if (size < 2) return 0;
    size_t length = bytes[1], header = length < 126 ? 2 : length == 126 ? 4 : 10;
    if (size < header) return 0;
    if (length >= 126) {
        length = 0;
        for (size_t at = 2; at < header; at++) length = length << 8 | bytes[at];
    }
    if (size - header < length) return 0;
    take(socket, bytes[0], bytes + header, length, time);
    return header + length;
}

static void receive(Socket *socket) {
    static unsigned char bytes[1 << 18];
    memcpy(bytes, socket->kept, socket->kept_size);
    ssize_t came = recv(socket->fd, bytes + socket->kept_size, sizeof bytes - socket->kept_size, 0);
    if (came < 0 && errno == EAGAIN) return;
    if (came <= 0) fail("a socket ended: %s", came ? strerror(errno) : "no reason");
    int64_t time = now();
    size_t size = socket->kept_size + came, at = 0, step;
    if (socket->state == GREETED) at = enter(socket, bytes, size);
    if (socket->state != GREETED)
        while ((step = frame(socket, bytes + at, size - at, time))) at += step;
    socket->kept_size = size - at;
    if (!socket->kept_size) return;
    socket->kept = realloc(socket->kept, socket->kept_size);
    memcpy(socket->kept, bytes + at, socket->kept_size);
}

static void dump(const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(samples, sizeof *samples, noted, file) != noted || fclose(file))
        fail("samples can't be written: %s", strerror(errno));
    sampling = noted = 0;
    tell("dumped");
}

static void obey(const char *word, const char *path) {
    if (!strcmp(word, "open") || !strcmp(word, "join")) {
        opening = 1;
        eager = word[0] == 'j';
        open_some();
    } else if (!strcmp(word, "subscribe")) {
        for (uint32_t each = 0; each < count; each++) ask(&sockets[each]);
    } else if (!strcmp(word, "reset")) {
        delivered = told = 0;
        tell("reset");
    } else if (!strcmp(word, "sample")) {
        sampling = 1;
    } else if (!strcmp(word, "count")) {
        printf("counted %llu %lld\n", (unsigned long long)delivered, (long long)now());
        fflush(stdout);
    } else if (!strcmp(word, "dump")) {
        dump(path);
    }
}

// Commands come one at a time, so that a read holds whole lines.
static void read_commands(const char *path) {
    char line[256];
    ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
    if (size <= 0) exit(0);
    line[size] = 0;
    for (char *word = strtok(line, "\n"); word; word = strtok(NULL, "\n")) obey(word, path);
}

static Piece piece(FILE *file) {
    Piece read = {NULL, 0};
    if (fread(&read.size, sizeof read.size, 1, file) != 1) return read;
    unsigned char *bytes = malloc(read.size + 1);
    if (fread(bytes, 1, read.size, file) != read.size) fail("the plan ends too soon");
    read.bytes = bytes;
    return read;
}

static void read_plan(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("no plan: %s", strerror(errno));
    for (Piece request; (request = piece(file)).bytes;) {
        if (count % 1024 == 0) sockets = realloc(sockets, (count + 1024) * sizeof *sockets);
        Socket *each = &sockets[count++];
        *each = (Socket){.fd = -1, .state = NEW, .request = request};
        each->introduction = piece(file);
        each->question = piece(file);
    }
    fclose(file);
}

int main(int arguments, char **given) {
    if (arguments != 4) fail("usage: sockets PORT PLAN SAMPLES");
    port = atoi(given[1]);
    read_plan(given[2]);
    if (!count) fail("the plan is empty");
    samples = malloc(MOST_SAMPLES * sizeof *samples);
    poller = epoll_create1(0);
    struct epoll_event commands = {.events = EPOLLIN, .data.u32 = UINT32_MAX}, events[BATCH];
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &commands);
    for (;;) {
        int ready = epoll_wait(poller, events, BATCH, -1);
        for (int each = 0; each < ready; each++) {
            uint32_t index = events[each].data.u32;
            if (index == UINT32_MAX)
                read_commands(given[3]);
            else if (sockets[index].state == NEW)
                greet(&sockets[index], index);
            else
                receive(&sockets[index]);
        }
        if (subscribed == count && ready < BATCH)
            usleep(sampling ? SAMPLING_REST_US : COUNTING_REST_US);
        if (delivered / count > told) {
            told = delivered / count;
            printf("events %llu\n", (unsigned long long)told);
            fflush(stdout);
        }
    }
}
