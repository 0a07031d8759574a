/* A receiver of the stand-in's webhooks: checks each signature and keeps every update. One a process. */
#ifndef STANDIN_WEBHOOK_RECEIVER_H
#define STANDIN_WEBHOOK_RECEIVER_H

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <check.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "kloyst-test-app-secret"

enum { MOST_UPDATES = 20000 };

typedef struct seen_update {
    char id[80], status[16], recipient[24], tracker[64];
    int code;
    bool priced;
} seen_update;

static struct {
    pthread_mutex_t lock;
    struct MHD_Daemon *server;
    int port;
    seen_update updates[MOST_UPDATES];
    size_t count, posts, bad_signatures, refuse_posts, largest;
    char url[64];
    char last_refused[65536];
    bool retry_differs;
} receiver = {.lock = PTHREAD_MUTEX_INITIALIZER};

typedef struct incoming {
    char *bytes;
    size_t length;
} incoming;

static bool signature_good(const char *header, const incoming *body)
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[32];
    char hex[65];
    crypto_auth_hmacsha256_init(&state, (const unsigned char *) SECRET, strlen(SECRET));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *) body->bytes, body->length);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    return header && strncmp(header, "sha256=", 7) == 0 && strcmp(header + 7, hex) == 0;
}

static const char *string_at(const cJSON *object, const char *name)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(field) ? field->valuestring : "";
}

static void keep_item(const cJSON *item, const char *status)
{
    seen_update *out = &receiver.updates[receiver.count++];
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(item, "errors");
    snprintf(out->id, sizeof out->id, "%s", string_at(item, "id"));
    snprintf(out->status, sizeof out->status, "%s", status);
    snprintf(out->recipient, sizeof out->recipient, "%s", string_at(item, *status == 'i' ? "from" : "recipient_id"));
    snprintf(out->tracker, sizeof out->tracker, "%s", string_at(item, "biz_opaque_callback_data"));
    out->code = errors ? cJSON_GetObjectItem(cJSON_GetArrayItem(errors, 0), "code")->valueint : 0;
    out->priced = cJSON_GetObjectItemCaseSensitive(item, "pricing") != NULL;
    ck_assert(strspn(string_at(item, "timestamp"), "0123456789") >= 10);
}

static void keep_updates(const char *body)
{
    const cJSON *entry, *change, *item;
    size_t before = receiver.count;
    cJSON *root = cJSON_Parse(body);
    ck_assert_str_eq(string_at(root, "object"), "whatsapp_business_account");
    cJSON_ArrayForEach(entry, cJSON_GetObjectItem(root, "entry")) {
        cJSON_ArrayForEach(change, cJSON_GetObjectItem(entry, "changes")) {
            const cJSON *value = cJSON_GetObjectItem(change, "value");
            ck_assert_str_eq(string_at(change, "field"), "messages");
            cJSON_ArrayForEach(item, cJSON_GetObjectItem(value, "statuses"))
                keep_item(item, string_at(item, "status"));
            cJSON_ArrayForEach(item, cJSON_GetObjectItem(value, "messages"))
                keep_item(item, "inbound");
        }
    }
    if (receiver.count - before > receiver.largest)
        receiver.largest = receiver.count - before;
    cJSON_Delete(root);
}

static unsigned take_post(struct MHD_Connection *connection, const incoming *body)
{
    unsigned status = 200;
    const char *signature = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Hub-Signature-256");
    pthread_mutex_lock(&receiver.lock);
    receiver.posts++;
    if (!signature_good(signature, body))
        receiver.bad_signatures++;
    if (receiver.refuse_posts > 0) {
        status = 500;
        receiver.refuse_posts--;
        if (receiver.last_refused[0] && strcmp(receiver.last_refused, body->bytes) != 0)
            receiver.retry_differs = true;
        snprintf(receiver.last_refused, sizeof receiver.last_refused, "%s", body->bytes);
    } else {
        keep_updates(body->bytes);
    }
    pthread_mutex_unlock(&receiver.lock);
    return status;
}

static enum MHD_Result receive(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
                               const char *version, const char *upload, size_t *upload_size, void **slot)
{
    (void) unused, (void) path, (void) method, (void) version;
    incoming *body = *slot;
    if (!body) {
        *slot = calloc(1, sizeof *body);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        body->bytes = realloc(body->bytes, body->length + *upload_size + 1);
        memcpy(body->bytes + body->length, upload, *upload_size);
        body->length += *upload_size;
        body->bytes[body->length] = '\0';
        *upload_size = 0;
        return MHD_YES;
    }
    unsigned status = take_post(connection, body);
    free(body->bytes);
    free(body);
    *slot = NULL;
    struct MHD_Response *answer = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_queue_response(connection, status, answer);
    MHD_destroy_response(answer);
    return queued;
}

static void receiver_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    receiver.server = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, receive, NULL,
                                       MHD_OPTION_SOCK_ADDR, (struct sockaddr *) &address, MHD_OPTION_END);
    ck_assert_ptr_nonnull(receiver.server);
    receiver.port = MHD_get_daemon_info(receiver.server, MHD_DAEMON_INFO_BIND_PORT)->port;
    snprintf(receiver.url, sizeof receiver.url, "http://127.0.0.1:%d/webhook", receiver.port);
}

static size_t seen_count(const char *status, const char *id)
{
    size_t found = 0;
    pthread_mutex_lock(&receiver.lock);
    for (size_t at = 0; at < receiver.count; at++)
        found += (!status || strcmp(receiver.updates[at].status, status) == 0) &&
                 (!id || strcmp(receiver.updates[at].id, id) == 0);
    pthread_mutex_unlock(&receiver.lock);
    return found;
}

static const seen_update *seen(const char *status, size_t index)
{
    for (size_t at = 0; at < receiver.count; at++)
        if (strcmp(receiver.updates[at].status, status) == 0 && index-- == 0)
            return &receiver.updates[at];
    return NULL;
}

#endif
