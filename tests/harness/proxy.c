/* A TCP proxy in front of the test server that cuts, slices and holds the wire. */
#include "harness/proxy.h"

#include <arpa/inet.h>
#include <check.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINKS_MAX = 64, TICK_MS = 20 };

typedef struct link {
    int ends[2]; /* of the client, of the server; -1: unused */
} link_t;

struct proxy {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t heard; /* the loop goes by what was asked last */
    int listener;
    int wake[2];
    bool stopping, hold, held, cut_done;
    size_t slice;
    long cut_after[2];
    const char *words; /* of the answer that is cut, NULL: none */
    long before_words_end;
    long forwarded[2];
    link_t links[LINKS_MAX];
    struct sockaddr_storage server;
    socklen_t server_length;
    char conninfo[1024];
};

static void server_address(proxy *p, const char *host, const char *port)
{
    if (*host == '/') {
        struct sockaddr_un *local = (struct sockaddr_un *)&p->server;
        local->sun_family = AF_UNIX;
        int length = snprintf(local->sun_path, sizeof local->sun_path, "%s/.s.PGSQL.%s", host, port);
        ck_assert(length < (int)sizeof local->sun_path);
        p->server_length = sizeof *local;
        return;
    }
    struct addrinfo *found = NULL, hints = {.ai_socktype = SOCK_STREAM};
    ck_assert_int_eq(getaddrinfo(host, port, &hints, &found), 0);
    memcpy(&p->server, found->ai_addr, found->ai_addrlen);
    p->server_length = found->ai_addrlen;
    freeaddrinfo(found);
}

/* Everything but host and port stays. */
static void rewrite(proxy *p, const char *conninfo, int own_port)
{
    const char *host = "localhost", *port = "5432";
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    ck_assert_ptr_nonnull(options);
    int at = snprintf(p->conninfo, sizeof p->conninfo, "host=127.0.0.1 port=%d sslmode=disable", own_port);
    for (PQconninfoOption *o = options; o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "host") == 0)
            host = o->val;
        else if (o->val && strcmp(o->keyword, "port") == 0)
            port = o->val;
        else if (o->val && (strcmp(o->keyword, "dbname") == 0 || strcmp(o->keyword, "user") == 0))
            at += snprintf(p->conninfo + at, sizeof p->conninfo - (size_t)at, " %s='%s'", o->keyword, o->val);
    }
    server_address(p, host, port);
    PQconninfoFree(options);
}

static void drop(link_t *link)
{
    for (int i = 0; i < 2; i++) {
        if (link->ends[i] >= 0)
            close(link->ends[i]);
        link->ends[i] = -1;
    }
}

static void welcome(proxy *p)
{
    int client = accept(p->listener, NULL, NULL), one = 1;
    int server = socket(p->server.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < LINKS_MAX; i++) {
        if (p->links[i].ends[0] >= 0)
            continue;
        if (connect(server, (struct sockaddr *)&p->server, p->server_length))
            break;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        p->links[i] = (link_t){{client, server}};
        return;
    }
    close(client);
    close(server);
}

static bool send_all(int to, const char *bytes, size_t length, size_t slice)
{
    for (size_t done = 0; done < length;) {
        size_t piece = slice && slice < length - done ? slice : length - done;
        ssize_t sent = send(to, bytes + done, piece, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        done += (size_t)sent;
    }
    return true;
}

/* Moves what can be read from one end to the other. */
static void forward(proxy *p, link_t *link, int side)
{
    char bytes[65536];
    ssize_t got = recv(link->ends[side], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) {
        drop(link);
        return;
    }
    pthread_mutex_lock(&p->lock);
    long left = p->cut_after[side] < 0 ? got : p->cut_after[side] - p->forwarded[side];
    const char *found = side == PROXY_ANSWER && p->words ? memmem(bytes, (size_t)got, p->words, strlen(p->words)) : NULL;
    if (found) {
        long end = found - bytes + (long)strlen(p->words);
        left = end > p->before_words_end ? end - p->before_words_end : 0;
        p->words = NULL;
    }
    bool cut = left < got;
    size_t length = (size_t)(cut ? left : got);
    p->forwarded[side] += (long)length;
    size_t slice = p->slice;
    pthread_mutex_unlock(&p->lock);
    bool whole = send_all(link->ends[1 - side], bytes, length, slice);
    if (cut) {
        pthread_mutex_lock(&p->lock);
        p->cut_done = true;
        pthread_mutex_unlock(&p->lock);
    }
    if (cut || !whole)
        drop(link);
}

static void *serve(void *argument)
{
    proxy *p = argument;
    for (;;) {
        struct pollfd polls[2 + 2 * LINKS_MAX];
        pthread_mutex_lock(&p->lock);
        bool hold = p->hold, stopping = p->stopping;
        p->held = hold;
        pthread_cond_broadcast(&p->heard);
        pthread_mutex_unlock(&p->lock);
        if (stopping)
            return NULL;
        polls[0] = (struct pollfd){.fd = p->wake[0], .events = POLLIN};
        polls[1] = (struct pollfd){.fd = p->listener, .events = POLLIN};
        for (int i = 0; i < 2 * LINKS_MAX; i++)
            polls[2 + i] = (struct pollfd){.fd = hold ? -1 : p->links[i / 2].ends[i % 2], .events = POLLIN};
        poll(polls, 2 + 2 * LINKS_MAX, TICK_MS);
        char woken[16];
        if (polls[0].revents && read(p->wake[0], woken, sizeof woken) < 0)
            return NULL;
        if (polls[1].revents)
            welcome(p);
        for (int i = 0; i < 2 * LINKS_MAX; i++)
            if (polls[2 + i].revents && p->links[i / 2].ends[i % 2] == polls[2 + i].fd)
                forward(p, &p->links[i / 2], i % 2);
    }
}

proxy *proxy_start(const char *conninfo)
{
    proxy *p = calloc(1, sizeof *p);
    ck_assert_ptr_nonnull(p);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->heard, NULL);
    p->cut_after[0] = p->cut_after[1] = -1;
    for (int i = 0; i < LINKS_MAX; i++)
        p->links[i] = (link_t){{-1, -1}};
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(p->listener, (struct sockaddr *)&own, sizeof own), 0);
    ck_assert_int_eq(listen(p->listener, LINKS_MAX), 0);
    ck_assert_int_eq(getsockname(p->listener, (struct sockaddr *)&own, &length), 0);
    ck_assert_int_eq(pipe(p->wake), 0);
    rewrite(p, conninfo, ntohs(own.sin_port));
    ck_assert_int_eq(pthread_create(&p->thread, NULL, serve, p), 0);
    return p;
}

const char *proxy_conninfo(const proxy *p)
{
    return p->conninfo;
}

void proxy_cut(proxy *p, proxy_side side, long bytes)
{
    pthread_mutex_lock(&p->lock);
    p->cut_after[0] = p->cut_after[1] = -1;
    p->forwarded[0] = p->forwarded[1] = 0;
    p->cut_after[side] = bytes;
    p->words = NULL;
    p->cut_done = false;
    pthread_mutex_unlock(&p->lock);
}

void proxy_cut_at(proxy *p, const char *words, long bytes)
{
    proxy_cut(p, PROXY_ANSWER, -1);
    pthread_mutex_lock(&p->lock);
    p->words = words;
    p->before_words_end = bytes;
    pthread_mutex_unlock(&p->lock);
}

bool proxy_was_cut(proxy *p)
{
    pthread_mutex_lock(&p->lock);
    bool cut = p->cut_done;
    pthread_mutex_unlock(&p->lock);
    return cut;
}

long proxy_forwarded(proxy *p, proxy_side side)
{
    pthread_mutex_lock(&p->lock);
    long bytes = p->forwarded[side];
    pthread_mutex_unlock(&p->lock);
    return bytes;
}

void proxy_slice(proxy *p, size_t bytes)
{
    pthread_mutex_lock(&p->lock);
    p->slice = bytes;
    pthread_mutex_unlock(&p->lock);
}

void proxy_hold(proxy *p, bool hold)
{
    pthread_mutex_lock(&p->lock);
    p->hold = hold;
    ck_assert_int_eq(write(p->wake[1], "", 1), 1);
    /* The loop may be inside poll() with the old set. */
    while (p->held != hold)
        pthread_cond_wait(&p->heard, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void proxy_stop(proxy *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_mutex_unlock(&p->lock);
    ck_assert_int_eq(write(p->wake[1], "", 1), 1);
    pthread_join(p->thread, NULL);
    for (int i = 0; i < LINKS_MAX; i++)
        drop(&p->links[i]);
    close(p->listener);
    close(p->wake[0]);
    close(p->wake[1]);
    pthread_cond_destroy(&p->heard);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
