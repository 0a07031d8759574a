/* The control interface for tests: /_standin/... */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "holds.h"
#include "webhooks.h"

static const char json[] = "application/json";

static uint64_t number_argument(const exchange *x, const char *name, uint64_t otherwise)
{
    const char *value = MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
    if (!value)
        return otherwise;
    /* A plus sign arrives as a blank. */
    return strtoull(value + strspn(value, " +"), NULL, 10);
}

static void answer_text(exchange *x, unsigned status, const char *words)
{
    text body = {0};
    text_addf(&body, "%s", words);
    server_answer(x, status, json, &body);
    text_free(&body);
}

static void answer_stats(exchange *x)
{
    text body = {0};
    ledger_lock();
    ledger_stats(&body, webhooks_pending());
    ledger_unlock();
    server_answer(x, 200, json, &body);
    text_free(&body);
}

static void answer_log(exchange *x)
{
    text body = {0};
    uint64_t after = number_argument(x, "after", 0);
    uint64_t limit = number_argument(x, "limit", 10000);
    ledger_lock();
    ledger_log(&body, after, limit);
    ledger_unlock();
    server_answer(x, 200, "application/x-ndjson", &body);
    text_free(&body);
}

static void answer_fate(exchange *x)
{
    text body = {0};
    uint64_t to = number_argument(x, "to", 0);
    uint32_t attempt = (uint32_t) number_argument(x, "attempt", 1);
    fate fate = fate_of(to, attempt);
    text_addf(&body, "{\"to\":\"%" PRIu64 "\",\"attempt\":%" PRIu32 ",\"fate\":\"%s\",\"value\":%d,\"latency_ms\":%d",
              to, attempt, fate_name(fate.kind), fate.value, fate.latency_ms);
    text_addf(&body, ",\"accepted\":%s,\"failed\":%s,\"delivered\":%s,\"read\":%s,\"inbound\":%s}\n",
              fate.accepted ? "true" : "false", fate.kind == FATE_ASYNC ? "true" : "false",
              fate.delivered ? "true" : "false", fate.read ? "true" : "false", fate.inbound ? "true" : "false");
    server_answer(x, 200, json, &body);
    text_free(&body);
}

static void flush(exchange *x)
{
    answer_text(x, 200, "{\"pending\":0}\n");
    server_suspend(x);
    ledger_lock();
    bool waits = webhooks_flush(x);
    ledger_unlock();
    if (!waits)
        server_resume(x);
}

static void reset(exchange *x)
{
    ledger_lock();
    webhooks_clear();
    ledger_clear();
    ledger_unlock();
    holds_release();
    answer_text(x, 200, "{\"reset\":true}\n");
}

static void quit(exchange *x)
{
    x->quits = true;
    answer_text(x, 200, "{\"quit\":true}\n");
}

void control_handle(exchange *x, const char *method, const char *path)
{
    static const struct {
        const char *method, *path;
        void (*handle)(exchange *);
    } routes[] = {{"GET", "/_standin/stats", answer_stats}, {"GET", "/_standin/log", answer_log},
                  {"GET", "/_standin/fate", answer_fate},   {"POST", "/_standin/flush", flush},
                  {"POST", "/_standin/reset", reset},       {"POST", "/_standin/quit", quit}};
    for (size_t at = 0; at < sizeof routes / sizeof *routes; at++) {
        if (strcmp(routes[at].path, path) == 0 && strcmp(routes[at].method, method) == 0) {
            routes[at].handle(x);
            return;
        }
    }
    answer_text(x, 404, "{\"error\":\"no such control\"}\n");
}
