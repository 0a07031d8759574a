/* The HTTP server of webhooks: takes requests in within limits, and hands them to the library. */
#include "webhook_http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    THREADS = 6,                      /* below the connections of the handle, of which folding has one */
    BODIES_MOST = 64 * 1024 * 1024,   /* of all requests at once */
    FIRST_ROOM = 16 * 1024,
    HEADERS_MOST = 32 * 1024,
    CHALLENGE_MOST = 1024,
    POLL_MS = 20
};

/* A connection; all are in a list. */
typedef struct visitor {
    struct visitor *next, *before;
    int socket;
    int64_t since; /* when it came, or its last request was answered */
} visitor;

struct webhook_server {
    kl *handle;
    const webhook_settings *settings;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of the list */
    visitor *visitors;
    atomic_llong held; /* bytes of bodies */
    atomic_int requests;
    atomic_llong taken, refused, failed;
    atomic_llong told; /* second of the last line about trouble */
};

typedef struct request {
    char *body;
    size_t length, room;
    unsigned refusal; /* the answer, decided before the body is whole */
} request;

static int64_t now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* ---- connections -------------------------------------------------------------- */

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode code)
{
    webhook_server *s = context;
    pthread_mutex_lock(&s->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        visitor *v = info ? calloc(1, sizeof *v) : NULL;
        if (v) {
            *v = (visitor){.next = s->visitors, .socket = info->connect_fd, .since = now_seconds()};
            if (v->next)
                v->next->before = v;
            s->visitors = v;
        }
        *place = v;
    } else if (*place) {
        visitor *v = *place;
        if (v->next)
            v->next->before = v->before;
        *(v->before ? &v->before->next : &s->visitors) = v->next;
        free(v);
        *place = NULL;
    }
    pthread_mutex_unlock(&s->lock);
}

void webhook_http_look_after(webhook_server *s)
{
    int64_t oldest = now_seconds() - 2 * s->settings->timeout_seconds;
    pthread_mutex_lock(&s->lock);
    /* The server's own time-out begins again with every byte; who sends one now and then is ended here. */
    for (visitor *v = s->visitors; v; v = v->next)
        if (v->since < oldest)
            shutdown(v->socket, SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
}

/* ---- answers ------------------------------------------------------------------ */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *text)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (code == 405)
        MHD_add_response_header(response, "Allow", "GET, POST");
    if (code >= 400)
        MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
}

static unsigned code_of(kl_status status)
{
    switch (status) {
    case KL_OK:
        return 200;
    case KL_ERR_SIGNATURE:
        return 401;
    case KL_ERR_TOO_LONG:
        return 413;
    case KL_ERR_JSON:
    case KL_ERR_ENCODING:
    case KL_ERR_FORMAT:
    case KL_ERR_ARGUMENT:
        return 400;
    default:
        return kl_status_retriable(status) ? 503 : 500;
    }
}

/* A line a second at most: a stranger must not fill the log. */
static void tell_trouble(webhook_server *s, const char *path, unsigned code, const kl_error *error)
{
    long long now = now_seconds();
    if (atomic_exchange(&s->told, now) != now)
        fprintf(stderr, "kloyst: POST %s %u: %s\n", path, code, kl_error_message(error));
}

static enum MHD_Result handshake(const webhook_server *s, struct MHD_Connection *connection)
{
    const char *mode = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.mode");
    const char *token = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.verify_token");
    const char *challenge = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "hub.challenge");
    if (!s->settings->verify_token || !mode || !token || !challenge || strlen(challenge) > CHALLENGE_MOST ||
        kl_webhook_challenge(mode, token, s->settings->verify_token))
        return answer(connection, 403, "");
    return answer(connection, 200, challenge);
}

static enum MHD_Result take(webhook_server *s, struct MHD_Connection *connection, const char *path, const request *r)
{
    kl_error *error = NULL;
    kl_status status;
    const char *body = r->body ? r->body : "";
    if (s->settings->razorpay_path && strcmp(path, s->settings->razorpay_path) == 0)
        status = kl_razorpay_take(s->handle, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Razorpay-Signature"),
                                  MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "x-razorpay-event-id"), body,
                                  r->length, &error);
    else
        status = kl_webhook_take(s->handle, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Hub-Signature-256"),
                                 body, r->length, &error);
    unsigned code = code_of(status);
    if (status)
        tell_trouble(s, path, code, error);
    atomic_fetch_add(code == 200 ? &s->taken : code < 500 ? &s->refused : &s->failed, 1);
    kl_error_free(error);
    return answer(connection, code, "");
}

/* ---- requests ----------------------------------------------------------------- */

static bool ours(const webhook_server *s, const char *path)
{
    return strcmp(path, s->settings->path) == 0 ||
           (s->settings->razorpay_path && strcmp(path, s->settings->razorpay_path) == 0);
}

/* What can be refused before the body has come. */
static unsigned judge(const webhook_server *s, struct MHD_Connection *connection, const char *path)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    if (!ours(s, path))
        return 404;
    return length && strtoull(length, NULL, 10) > KL_WEBHOOK_BODY_MAX ? 413 : 0;
}

static void append(webhook_server *s, request *r, const char *bytes, size_t length)
{
    if (r->refusal)
        return;
    if (length > KL_WEBHOOK_BODY_MAX - r->length) {
        r->refusal = 413;
        return;
    }
    if (r->length + length > r->room) {
        size_t room = r->room ? r->room : FIRST_ROOM;
        while (room < r->length + length)
            room *= 2;
        if (atomic_fetch_add(&s->held, (long long)(room - r->room)) + (long long)(room - r->room) > BODIES_MOST) {
            atomic_fetch_sub(&s->held, (long long)(room - r->room));
            r->refusal = 503;
            return;
        }
        char *larger = realloc(r->body, room);
        if (!larger) {
            atomic_fetch_sub(&s->held, (long long)(room - r->room));
            r->refusal = 503;
            return;
        }
        r->body = larger;
        r->room = room;
    }
    memcpy(r->body + r->length, bytes, length);
    r->length += length;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *bytes, size_t *length, void **state)
{
    webhook_server *s = context;
    request *r = *state;
    bool post = strcmp(method, "POST") == 0, get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    (void)version;
    if (!r) {
        r = *state = calloc(1, sizeof *r);
        if (!r)
            return MHD_NO;
        atomic_fetch_add(&s->requests, 1);
        if (post)
            r->refusal = judge(s, connection, path);
        /* Before "100 Continue": the body is not even asked for. */
        if (r->refusal) {
            atomic_fetch_add(&s->refused, 1);
            return answer(connection, r->refusal, "");
        }
        return MHD_YES;
    }
    if (*length) {
        if (post)
            append(s, r, bytes, *length);
        *length = 0;
        return MHD_YES;
    }
    if (post && r->refusal) {
        atomic_fetch_add(r->refusal < 500 ? &s->refused : &s->failed, 1);
        return answer(connection, r->refusal, "");
    }
    if (post)
        return take(s, connection, path, r);
    if (get && strcmp(path, s->settings->path) == 0)
        return handshake(s, connection);
    if (get && strcmp(path, "/healthz") == 0)
        return answer(connection, kl_ping(s->handle, NULL) ? 503 : 200, "");
    return answer(connection, ours(s, path) ? 405 : 404, "");
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
    webhook_server *s = context;
    request *r = *state;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    visitor *v = info ? info->socket_context : NULL;
    (void)code;
    if (r) {
        atomic_fetch_sub(&s->held, (long long)r->room);
        free(r->body);
        free(r);
        *state = NULL;
        atomic_fetch_sub(&s->requests, 1);
    }
    pthread_mutex_lock(&s->lock);
    if (v)
        v->since = now_seconds();
    pthread_mutex_unlock(&s->lock);
}

/* ---- life --------------------------------------------------------------------- */

/* What the HTTP library says about itself is nobody's business. */
static void no_log(void *context, const char *format, va_list values)
{
    (void)context;
    (void)format;
    (void)values;
}

webhook_server *webhook_http_start(kl *handle, const webhook_settings *settings, int socket)
{
    webhook_server *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->handle = handle;
    s->settings = settings;
    pthread_mutex_init(&s->lock, NULL);
    /* The daemon closes the socket it is given when it stops. */
    int own = dup(socket);
    s->daemon = own < 0 ? NULL
                        : MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
                                           NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
                                           MHD_OPTION_LISTEN_SOCKET, own, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                                           MHD_OPTION_CONNECTION_LIMIT, (unsigned)settings->connections,
                                           MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)settings->timeout_seconds,
                                           MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MOST,
                                           MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED,
                                           on_completed, s, MHD_OPTION_END);
    if (s->daemon)
        return s;
    if (own >= 0)
        close(own);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return NULL;
}

void webhook_http_stop(webhook_server *s, int seconds, webhook_counts *counts)
{
    int64_t deadline = now_seconds() + seconds;
    MHD_socket own = MHD_quiesce_daemon(s->daemon);
    while (atomic_load(&s->requests) && now_seconds() < deadline) {
        struct timespec nap = {0, POLL_MS * 1000000L};
        nanosleep(&nap, NULL);
    }
    MHD_stop_daemon(s->daemon);
    if (own != MHD_INVALID_SOCKET)
        close(own);
    *counts = (webhook_counts){atomic_load(&s->taken), atomic_load(&s->refused), atomic_load(&s->failed)};
    pthread_mutex_destroy(&s->lock);
    free(s);
}
