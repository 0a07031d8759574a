/* The libmicrohttpd server on the loopback address. */
#include "server.h"

#include <stdio.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "answers.h"
#include "request.h"

static struct MHD_Daemon *server;

void server_suspend(exchange *x)
{
    x->suspended = true;
    MHD_suspend_connection(x->connection);
}

void server_resume(exchange *x)
{
    MHD_resume_connection(x->connection);
}

void server_answer(exchange *x, unsigned status, const char *type, const text *body)
{
    x->answered = true;
    x->status = status;
    if (body->failed) {
        x->status = 503;
        x->answer = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    } else {
        x->answer = MHD_create_response_from_buffer(body->length, body->bytes, MHD_RESPMEM_MUST_COPY);
    }
    if (x->answer)
        MHD_add_response_header(x->answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

void server_answer_error(exchange *x, int code, int subcode, const char *details)
{
    text body = {0};
    answers_error(&body, code, subcode, details);
    server_answer(x, answers_status(code), "application/json; charset=UTF-8", &body);
    text_free(&body);
}

static void enter_send(exchange *x)
{
    int now = atomic_fetch_add(&ledger_in_flight, 1) + 1;
    int most = atomic_load(&ledger_max_in_flight);
    while (now > most && !atomic_compare_exchange_weak(&ledger_max_in_flight, &most, now))
        ;
    x->counted = true;
}

static exchange *open_exchange(struct MHD_Connection *connection, const char *method, const char *path)
{
    exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->connection = connection;
    if (strcmp(method, "POST") == 0 && strncmp(path, "/_standin/", 10) != 0)
        enter_send(x);
    return x;
}

static enum MHD_Result finish(exchange *x)
{
    if (!x->answer)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(x->connection, x->status, x->answer);
    MHD_destroy_response(x->answer);
    x->answer = NULL;
    return queued;
}

static enum MHD_Result handle(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **slot)
{
    (void) unused;
    (void) version;
    exchange *x = *slot;
    if (!x) {
        *slot = open_exchange(connection, method, path);
        return *slot ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        /* One byte more than allowed is enough to know. */
        size_t room = REQUEST_LIMIT + 1 - x->body.length;
        text_add(&x->body, upload, *upload_size < room ? *upload_size : room);
        *upload_size = 0;
        return MHD_YES;
    }
    if (x->answered)
        return finish(x);
    if (strncmp(path, "/_standin/", 10) == 0)
        control_handle(x, method, path);
    else
        send_handle(x, method, path);
    return x->suspended ? MHD_YES : finish(x);
}

static void completed(void *unused, struct MHD_Connection *connection, void **slot,
                      enum MHD_RequestTerminationCode reason)
{
    (void) unused;
    (void) connection;
    (void) reason;
    exchange *x = *slot;
    if (!x)
        return;
    if (x->counted)
        atomic_fetch_sub(&ledger_in_flight, 1);
    if (x->quits)
        kill(getpid(), SIGTERM);
    if (x->answer)
        MHD_destroy_response(x->answer);
    text_free(&x->body);
    free(x);
    *slot = NULL;
}

static unsigned raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 512;
    limit.rlim_cur = limit.rlim_max < 65536 ? limit.rlim_max : 65536;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 256 ? (unsigned) limit.rlim_cur - 128 : 128;
}

/* The whole of a small file, malloc'ed; NULL when it cannot be read. */
static char *file_text(const char *prefix, const char *suffix)
{
    char path[4096], *text = calloc(1, 65536);
    snprintf(path, sizeof path, "%s%s", prefix, suffix);
    FILE *file = text ? fopen(path, "re") : NULL;
    bool good = file && fread(text, 1, 65535, file) > 0;
    if (file)
        fclose(file);
    if (good)
        return text;
    free(text);
    return NULL;
}

bool server_start(void)
{
    /* libmicrohttpd reads them at the start. */
    char *certificate = standin_options.tls ? file_text(standin_options.tls, ".pem") : NULL;
    char *key = standin_options.tls ? file_text(standin_options.tls, ".key") : NULL;
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, certificate}, {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
                                   {MHD_OPTION_END, 0, NULL}};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t) standin_options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | (standin_options.tls ? MHD_USE_TLS : 0);
    unsigned connections = raise_file_limit();
    /* With one thread no pool is made: libmicrohttpd refuses a pool of one. */
    unsigned pool = standin_options.threads > 1 ? (unsigned) standin_options.threads : 0;
    server = MHD_start_daemon(flags, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *) &address,
                              MHD_OPTION_THREAD_POOL_SIZE, pool, MHD_OPTION_CONNECTION_LIMIT, connections,
                              MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) 16384, MHD_OPTION_NOTIFY_COMPLETED,
                              completed, NULL, MHD_OPTION_ARRAY, standin_options.tls ? tls : tls + 2, MHD_OPTION_END);
    free(certificate);
    free(key);
    return server != NULL;
}

int server_port(void)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void server_stop(void)
{
    MHD_stop_daemon(server);
}
