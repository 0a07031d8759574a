/* Taking a send request: authorisation, checks, fate, answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers.h"
#include "holds.h"
#include "request.h"
#include "webhooks.h"

static const char *header(const exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* /vNN.N/<digits>/messages; copies the digits. */
static bool path_parse(const char *path, char *id, size_t size, refusal *why)
{
    int end = 0;
    char major[4], minor[4], digits[24];
    if (sscanf(path, "/v%2[0-9].%1[0-9]/%20[0-9]/messages%n", major, minor, digits, &end) != 3 || end == 0 ||
        path[end] || major[0] == '0')
        return refuse(why, 2500, "Unknown path components: %.100s", path);
    snprintf(id, size, "%s", digits);
    return true;
}

static bool token_known(const char *token)
{
    const options *o = &standin_options;
    bool any = o->token_count == 0;
    for (size_t at = 0; at < o->token_count; at++)
        if (strcmp(o->tokens[at], token) == 0)
            return true;
    for (size_t at = 0; at < o->phone_count; at++) {
        if (!o->phones[at].token)
            continue;
        any = false;
        if (strcmp(o->phones[at].token, token) == 0)
            return true;
    }
    return any;
}

static bool authorise(const exchange *x, refusal *why)
{
    const char *value = header(x, "Authorization");
    if (!value || strncmp(value, "Bearer ", 7) != 0 || !value[7] || strchr(value + 7, ' ') || !token_known(value + 7))
        return refuse(why, 190, "Invalid OAuth access token");
    return true;
}

static bool find_phone(const exchange *x, const char *id, int *index, refusal *why)
{
    const char *token = header(x, "Authorization") + 7;
    ledger_lock();
    *index = ledger_phone(id);
    const char *owner = *index < 0 ? NULL : ledger_phone_at(*index)->token;
    ledger_unlock();
    if (*index < 0) {
        why->subcode = 33;
        *index = NO_PHONE;
        return refuse(why, 100, "Unsupported post request. Object with ID '%s' does not exist, cannot be loaded due to "
                                "missing permissions, or does not support this operation.", id);
    }
    if (owner && strcmp(owner, token) != 0)
        return refuse(why, 10, "This token may not send from %s", id);
    return true;
}

static bool type_check(const exchange *x, refusal *why)
{
    const char *type = header(x, "Content-Type");
    if (type && strncasecmp(type, "application/json", 16) == 0 && (!type[16] || type[16] == ';' || type[16] == ' '))
        return true;
    /* Meta reads anything else as a form, in which the first field is missing. */
    return refuse(why, 100, "The parameter messaging_product is required. (Content-Type is not application/json)");
}

static void answer_refusal(exchange *x, const send_request *request, int phone, uint32_t attempt, int code, int subcode,
                           const char *details)
{
    fate refused = {.kind = FATE_SYNC, .value = code};
    ledger_lock();
    ledger_add(request, phone, attempt, &refused, code);
    ledger_unlock();
    server_answer_error(x, code, subcode, details);
}

static void answer_of(exchange *x, const fate *fate, const message *message)
{
    text body = {0};
    switch (fate->kind) {
    case FATE_SYNC:
        server_answer_error(x, fate->value, 0, NULL);
        return;
    case FATE_HTTP:
        text_addf(&body, "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Sorry, something went wrong."
                         "</h1></body></html>\n");
        server_answer(x, (unsigned) fate->value, "text/html; charset=utf-8", &body);
        break;
    case FATE_TIMEOUT:
    case FATE_CUT:
        x->answered = true;
        break;
    default:
        answers_accepted(&body, message);
        if (fate->kind == FATE_GARBAGE && !body.failed)
            body.length /= 2;
        server_answer(x, 200, "application/json; charset=UTF-8", &body);
        break;
    }
    text_free(&body);
}

/* Writes the message down, queues its webhooks and decides the answer. Nobody may see the exchange resumed before its
 * answer is decided, and nobody may see the message without its webhooks: hence one locked stretch. */
static void settle(exchange *x, const send_request *request, int phone, uint32_t attempt, const fate *fate)
{
    bool silent = fate->kind == FATE_TIMEOUT;
    bool gated = standin_options.early_webhooks && standin_options.webhook_url && fate->accepted && !silent &&
                 fate->kind != FATE_CUT;
    bool waits = gated || silent || x->delay_ms > 0;
    if (waits)
        server_suspend(x);
    ledger_lock();
    const message *message =
        ledger_add(request, phone, attempt, fate, fate->kind == FATE_SLOW ? 0 : fate->value);
    if (!message) {
        server_answer_error(x, 131016, 0, "The stand-in is out of memory");
        silent = false;
        gated = false;
    } else {
        answer_of(x, fate, message);
        if (fate->accepted)
            gated = webhooks_add(message, fate, gated ? x : NULL);
    }
    ledger_unlock();
    if (silent)
        holds_add_silent(x);
    else if (waits && !gated)
        holds_add(x);
}

static bool checks(exchange *x, const char *method, const char *path, send_request *request, int *phone, refusal *why)
{
    char id[24];
    if (!path_parse(path, id, sizeof id, why))
        return false;
    if (strcmp(method, "POST") != 0)
        return refuse(why, 100, "Unsupported request: only POST sends messages.");
    return authorise(x, why) && find_phone(x, id, phone, why) && type_check(x, why) &&
           request_check(x->body.bytes, x->body.length, request, why);
}

void send_handle(exchange *x, const char *method, const char *path)
{
    send_request request = {0};
    refusal why = {0};
    int phone = NO_PHONE;
    if (x->body.failed || !checks(x, method, path, &request, &phone, &why)) {
        if (x->body.failed)
            refuse(&why, 131016, "The stand-in is out of memory");
        answer_refusal(x, &request, phone, 0, why.code, why.subcode, why.details);
        return;
    }
    ledger_lock();
    bool within = ledger_within_rate(phone);
    uint32_t attempt = within ? ledger_attempt(request.to) : 0;
    ledger_unlock();
    if (!within) {
        answer_refusal(x, &request, phone, 0, 130429, 2494055, "Cloud API message throughput has been reached.");
        return;
    }
    fate fate = fate_of(request.to, attempt);
    x->delay_ms = fate.latency_ms + (fate.kind == FATE_SLOW ? fate.value : 0);
    settle(x, &request, phone, attempt, &fate);
}
