/* A backend in C: Meta's webhook, the recharge of wallets, and the thread that applies what came.
 *
 *     VERIFY_TOKEN=… KLOYST_APP_SECRET=… KLOYST_RAZORPAY_SECRET=… KLOYST_MASTER_KEY=… build/examples/http_server [URL [PORT]]
 *
 *     GET  /webhooks/whatsapp      Meta's handshake            POST /webhooks/whatsapp   its events
 *     POST /webhooks/razorpay      Razorpay's events           GET  /vendors/ID/wallet   {"available":"…"}
 *     POST /vendors/ID/orders/ORDER_ID   an expected payment, its amount as the body, made before the checkout is opened
 *
 * A program for the public puts its own authentication before /vendors. It ends on SIGTERM or SIGINT, when all requests are answered.
 */
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kloyst/kloyst.h>

typedef struct server {
    kl *handle;
    const char *verify_token;
    atomic_int stopping;
} server;

/* A request while its body comes in. */
typedef struct request {
    char *body;
    size_t length;
    int too_long;
} request;

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

/* What a failure is in HTTP; Meta and Razorpay post again after a 5xx. */
static unsigned code_of(kl_status status)
{
    switch (status) {
    case KL_OK:
        return MHD_HTTP_OK;
    case KL_ERR_SIGNATURE:
        return MHD_HTTP_UNAUTHORIZED;
    case KL_ERR_NOT_FOUND:
        return MHD_HTTP_NOT_FOUND;
    case KL_ERR_CONFLICT:
        return MHD_HTTP_CONFLICT;
    case KL_ERR_TOO_LONG:
        return 413;
    case KL_ERR_ARGUMENT:
    case KL_ERR_FORMAT:
    case KL_ERR_JSON:
    case KL_ERR_LIMIT:
    case KL_ERR_ENCODING:
        return MHD_HTTP_BAD_REQUEST;
    default:
        return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

static enum MHD_Result finish(struct MHD_Connection *connection, kl_status status, kl_error *error)
{
    if (status)
        fprintf(stderr, "http_server: %s\n", error ? kl_error_message(error) : kl_status_text(status));
    kl_error_free(error);
    return answer(connection, code_of(status), status ? kl_status_text(status) : "");
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *query(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
    return value ? value : "";
}

static enum MHD_Result handshake(server *s, struct MHD_Connection *connection)
{
    if (kl_webhook_challenge(query(connection, "hub.mode"), query(connection, "hub.verify_token"), s->verify_token))
        return answer(connection, MHD_HTTP_FORBIDDEN, "");
    return answer(connection, MHD_HTTP_OK, query(connection, "hub.challenge"));
}

static enum MHD_Result wallet(server *s, struct MHD_Connection *connection, const kl_uuid *vendor)
{
    kl_error *error = NULL;
    kl_wallet *w = NULL;
    char amount[KL_MONEY_TEXT], text[100];
    kl_status status = kl_wallet_get(s->handle, vendor, &w, &error);
    if (status)
        return finish(connection, status, error);
    kl_money_format(kl_wallet_available(w), amount, sizeof amount);
    snprintf(text, sizeof text, "{\"available\":\"%s\"}", amount);
    kl_wallet_free(w);
    return answer(connection, MHD_HTTP_OK, text);
}

static enum MHD_Result order(server *s, struct MHD_Connection *connection, const kl_uuid *vendor, const char *order_id, const char *body)
{
    kl_error *error = NULL;
    kl_money amount;
    kl_status status = kl_money_parse(body ? body : "", &amount);
    if (!status)
        status = kl_order_create(s->handle, vendor, order_id, amount, "INR", NULL, &error);
    return finish(connection, status, error);
}

/* /vendors/ID/wallet and /vendors/ID/orders/ORDER_ID */
static enum MHD_Result of_vendor(server *s, struct MHD_Connection *connection, const char *rest, const char *method, const request *r)
{
    char id[KL_UUID_TEXT + 1] = "";
    kl_uuid vendor;
    if (strlen(rest) > KL_UUID_TEXT && rest[KL_UUID_TEXT] == '/')
        memcpy(id, rest, KL_UUID_TEXT);
    if (kl_uuid_parse(id, &vendor))
        return answer(connection, MHD_HTTP_NOT_FOUND, "");
    rest += KL_UUID_TEXT;
    if (!strcmp(rest, "/wallet") && !strcmp(method, "GET"))
        return wallet(s, connection, &vendor);
    if (!strncmp(rest, "/orders/", 8) && !strcmp(method, "POST"))
        return order(s, connection, &vendor, rest + 8, r->body);
    return answer(connection, MHD_HTTP_NOT_FOUND, "");
}

static enum MHD_Result route(server *s, struct MHD_Connection *connection, const char *path, const char *method, const request *r)
{
    kl_error *error = NULL;
    int posted = !strcmp(method, "POST");
    const char *body = r->body ? r->body : "";
    if (r->too_long)
        return answer(connection, 413, "");
    if (!strcmp(path, "/webhooks/whatsapp") && !posted)
        return handshake(s, connection);
    if (!strcmp(path, "/webhooks/whatsapp"))
        return finish(connection, kl_webhook_take(s->handle, header(connection, "X-Hub-Signature-256"), body, r->length, &error), error);
    if (!strcmp(path, "/webhooks/razorpay") && posted) {
        kl_status status = kl_razorpay_take(s->handle, header(connection, "X-Razorpay-Signature"), header(connection, "x-razorpay-event-id"), body,
                                            r->length, &error);
        return finish(connection, status, error);
    }
    if (!strncmp(path, "/vendors/", 9))
        return of_vendor(s, connection, path + 9, method, r);
    return answer(connection, MHD_HTTP_NOT_FOUND, "");
}

/* Called once with the headers, then for each piece of the body, then at its end. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
                              const char *data, size_t *length, void **state)
{
    (void)version;
    request *r = *state;
    if (!r) {
        *state = calloc(1, sizeof *r);
        return *state ? MHD_YES : MHD_NO;
    }
    if (*length) {
        r->too_long |= r->length + *length > KL_WEBHOOK_BODY_MAX;
        char *body = r->too_long ? NULL : realloc(r->body, r->length + *length + 1);
        if (body) {
            memcpy(body + r->length, data, *length);
            r->body = body;
            r->length += *length;
            r->body[r->length] = '\0';
        } else if (!r->too_long) {
            return MHD_NO;
        }
        *length = 0;
        return MHD_YES;
    }
    return route(context, connection, path, method, r);
}

static void request_ends(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode how)
{
    (void)context;
    (void)connection;
    (void)how;
    request *r = *state;
    if (r)
        free(r->body);
    free(r);
    *state = NULL;
}

/* Applies what was stored: the requests are answered before, whatever it takes. */
static void *fold(void *context)
{
    server *s = context;
    while (!atomic_load(&s->stopping)) {
        kl_fold_report webhooks = {0};
        kl_recharge_report payments = {0};
        kl_error *error = NULL;
        if (kl_webhook_fold(s->handle, 1000, &webhooks, &error) || kl_razorpay_fold(s->handle, 1000, &payments, &error))
            fprintf(stderr, "http_server: %s\n", kl_error_message(error));
        kl_error_free(error);
        if (!webhooks.bodies && !payments.events)
            nanosleep(&(struct timespec){0, 100000000}, NULL);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    server s = {.verify_token = getenv("VERIFY_TOKEN")};
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    sigset_t ends;
    int signal_number;
    pthread_t folder;
    options.migrate = 1;
    if (!s.verify_token || kl_open(count > 1 ? arguments[1] : NULL, &options, &s.handle, &error)) {
        fprintf(stderr, "http_server: %s\n", error ? kl_error_message(error) : "$VERIFY_TOKEN is not set");
        return EXIT_FAILURE;
    }
    /* Before any thread is there: only the wait below gets them. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    unsigned short port = count > 2 ? (unsigned short)strtoul(arguments[2], NULL, 10) : 8080;
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, port, NULL, NULL, handle, &s,
                                                 MHD_OPTION_NOTIFY_COMPLETED, request_ends, NULL, MHD_OPTION_END);
    if (!daemon || pthread_create(&folder, NULL, fold, &s)) {
        fprintf(stderr, "http_server: the port is taken, or there is no thread\n");
        return EXIT_FAILURE;
    }
    printf("listening on port %u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    sigwait(&ends, &signal_number);
    MHD_stop_daemon(daemon);
    atomic_store(&s.stopping, 1);
    pthread_join(folder, NULL);
    kl_close(s.handle);
    kl_free(s.handle);
    return EXIT_SUCCESS;
}
