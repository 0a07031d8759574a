/* Reading the command line of graph-standin. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

options standin_options;

const char options_usage[] =
    "usage: graph-standin [option]...\n"
    "A stand-in for Meta's Graph API on 127.0.0.1. Prints `listening 127.0.0.1:PORT`, then stays quiet.\n"
    "  --port N                   0 = any free port (default)\n"
    "  --threads N                HTTP server threads (2)\n"
    "  --token T                  accepted bearer token, repeatable; none = any that is not empty\n"
    "  --phone-number-id ID[:WABA[:TOKEN]]  repeatable; none = any digits; TOKEN alone may use this number\n"
    "  --waba-id ID               entry[].id of webhooks (102290129340398)\n"
    "  --template NAME:LANG:N     known template with N body parameters, repeatable; none = any\n"
    "  --mps N                    messages a second and number before 130429; 0 = no limit (default)\n"
    "  --seed N                   the seed of every choice (1)\n"
    "  --latency-ms N[-M]         answer after so long\n"
"  --tls FILE              https with the certificate FILE.pem and the key FILE.key\n"
        "  --fail SPEC                repeatable, shares add up to at most 1:\n"
    "         sync:CODE:SHARE     refused at once          async:CODE:SHARE  accepted, sent, then failed\n"
    "         http:STATUS:SHARE   refused with HTML        slow:MS:SHARE     accepted, answered after MS more\n"
    "         timeout:SHARE       accepted, never answered cut:SHARE         accepted, connection closed\n"
    "         garbage:SHARE       accepted, answered 200 with half an answer\n"
    "  --hold-ms N                close the connection of a `timeout` after so long (60000)\n"
    "  --webhook-url URL          where webhooks go; none = none are made\n"
    "  --app-secret S             signs webhooks; or $GRAPH_STANDIN_APP_SECRET\n"
    "  --batch N                  most updates in one post, 1..1000 (200)\n"
    "  --linger-ms N              wait so long for a batch to fill (20)\n"
    "  --webhook-delay-ms N       statuses are posted no earlier than so long after acceptance (0)\n"
    "  --posters N                parallel posts, 1..64 (2)\n"
    "  --post-timeout-ms N        (10000)\n"
    "  --retries N                posts tried again this often after the first (12)\n"
    "  --retry-ms N               first back-off; doubles up to 5 s; the first retry comes at once (100)\n"
    "  --shuffle                  updates leave in random order\n"
    "  --duplicate-share S        share of updates that are posted twice\n"
    "  --early-webhooks           a message's first status is posted before its send is answered\n"
    "  --read-share S             share of delivered messages that are also read\n"
    "  --skip-delivered-share S   share of messages for which only `read` comes\n"
    "  --no-sent-webhook          no `sent`\n"
    "  --no-delivered-webhook     no `delivered` and no `read`\n"
    "  --category C               pricing category of templates (marketing)\n"
    "  --inbound-share S          share of recipients that reply to their first message\n"
    "  --inbound-text T           what they say (Thanks)\n";

typedef enum value_kind { VALUE_INTEGER, VALUE_SHARE, VALUE_TEXT, VALUE_FLAG, VALUE_OTHER } value_kind;

typedef struct option_row {
    const char *name;
    value_kind kind;
    void *target;
    int64_t low, high;
    bool (*take)(char *value);
} option_row;

static bool take_integer(const char *value, int64_t low, int64_t high, int64_t *out)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < low || number > high)
        return false;
    *out = number;
    return true;
}

static bool take_share(const char *value, double *out)
{
    char *end;
    double number = strtod(value, &end);
    if (end == value || *end || !(number >= 0.0 && number <= 1.0))
        return false;
    *out = number;
    return true;
}

/* Cuts `value` at its colons; answers how many parts there were. */
static size_t split(char *value, char **parts, size_t most)
{
    size_t count = 0;
    while (value && count < most) {
        parts[count++] = value;
        char *colon = count < most ? strchr(value, ':') : NULL;
        if (colon)
            *colon++ = '\0';
        value = colon;
    }
    return count;
}

static bool take_token(char *value)
{
    if (standin_options.token_count == MAX_TOKENS || !*value)
        return false;
    standin_options.tokens[standin_options.token_count++] = value;
    return true;
}

static bool take_phone(char *value)
{
    char *parts[3] = {0};
    if (standin_options.phone_count == MAX_PHONES)
        return false;
    split(value, parts, 3);
    size_t length = strlen(parts[0]);
    if (length < 5 || length > 20 || strspn(parts[0], "0123456789") != length)
        return false;
    if (parts[1] && strlen(parts[1]) > 30)
        return false;
    standin_options.phones[standin_options.phone_count++] =
        (phone_option){.id = parts[0], .waba = parts[1] && *parts[1] ? parts[1] : NULL, .token = parts[2]};
    return true;
}

static bool take_template(char *value)
{
    char *parts[3] = {0};
    int64_t parameters;
    if (standin_options.template_count == MAX_TEMPLATES || split(value, parts, 3) != 3 ||
        !take_integer(parts[2], 0, 100, &parameters))
        return false;
    standin_options.templates[standin_options.template_count++] =
        (template_option){.name = parts[0], .language = parts[1], .parameters = (int) parameters};
    return true;
}

static bool take_latency(char *value)
{
    char *dash = strchr(value, '-');
    if (dash)
        *dash++ = '\0';
    if (!take_integer(value, 0, 600000, &standin_options.latency_low))
        return false;
    standin_options.latency_high = standin_options.latency_low;
    return !dash || take_integer(dash, standin_options.latency_low, 600000, &standin_options.latency_high);
}

static bool take_fail(char *value)
{
    static const struct {
        const char *name;
        fate_kind kind;
        int64_t low, high;
    } kinds[] = {{"sync", FATE_SYNC, 0, 9999999}, {"async", FATE_ASYNC, 0, 9999999}, {"http", FATE_HTTP, 300, 599},
                 {"slow", FATE_SLOW, 0, 600000},  {"timeout", FATE_TIMEOUT, 0, 0},   {"cut", FATE_CUT, 0, 0},
                 {"garbage", FATE_GARBAGE, 0, 0}};
    char *parts[3] = {0};
    size_t count = split(value, parts, 3);
    if (standin_options.fail_count == MAX_FAILS || count < 2)
        return false;
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        if (strcmp(parts[0], kinds[at].name) != 0)
            continue;
        bool valued = kinds[at].high != 0;
        int64_t number = 0;
        fail_rule rule = {.kind = kinds[at].kind};
        if (count != (valued ? 3u : 2u) ||
            (valued && !take_integer(parts[1], kinds[at].low, kinds[at].high, &number)) ||
            !take_share(parts[count - 1], &rule.share))
            return false;
        rule.value = (int) number;
        standin_options.fails[standin_options.fail_count++] = rule;
        return true;
    }
    return false;
}

static bool take(const option_row *row, char *value)
{
    switch (row->kind) {
    case VALUE_INTEGER:
        return take_integer(value, row->low, row->high, row->target);
    case VALUE_SHARE:
        return take_share(value, row->target);
    case VALUE_TEXT:
        *(const char **) row->target = value;
        return true;
    case VALUE_OTHER:
        return row->take(value);
    case VALUE_FLAG:
        break;
    }
    *(bool *) row->target = true;
    return true;
}

static bool parse_all(const option_row *rows, size_t row_count, int count, char **arguments)
{
    for (int at = 1; at < count; at++) {
        const option_row *row = NULL;
        for (size_t index = 0; index < row_count && !row; index++)
            if (strcmp(rows[index].name, arguments[at]) == 0)
                row = &rows[index];
        if (!row) {
            fprintf(stderr, "graph-standin: unknown option %s (see --help)\n", arguments[at]);
            return false;
        }
        bool wants_value = row->kind != VALUE_FLAG;
        if (wants_value && at + 1 == count) {
            fprintf(stderr, "graph-standin: %s needs a value\n", row->name);
            return false;
        }
        if (!take(row, wants_value ? arguments[++at] : NULL)) {
            fprintf(stderr, "graph-standin: %s: bad value (see --help)\n", row->name);
            return false;
        }
    }
    return true;
}

static bool options_agree(void)
{
    const options *o = &standin_options;
    double shares = 0;
    for (size_t at = 0; at < o->fail_count; at++)
        shares += o->fails[at].share;
    if (shares > 1.0 + 1e-9) {
        fputs("graph-standin: the shares of --fail add up to more than 1\n", stderr);
        return false;
    }
    if (o->webhook_url && (!o->app_secret || !*o->app_secret)) {
        fputs("graph-standin: --webhook-url needs --app-secret, as Meta signs every webhook\n", stderr);
        return false;
    }
    return true;
}

bool options_parse(int count, char **arguments)
{
    options *o = &standin_options;
    *o = (options){.threads = 2, .posters = 2, .batch = 200, .linger_ms = 20, .retries = 12, .retry_ms = 100,
                   .post_timeout_ms = 10000, .hold_ms = 60000, .seed = 1, .waba_id = "102290129340398",
                   .category = "marketing", .inbound_text = "Thanks", .app_secret = getenv("GRAPH_STANDIN_APP_SECRET")};
    const option_row rows[] = {
        {"--port", VALUE_INTEGER, &o->port, 0, 65535, NULL},
        {"--threads", VALUE_INTEGER, &o->threads, 1, 64, NULL},
        {"--posters", VALUE_INTEGER, &o->posters, 1, 64, NULL},
        {"--batch", VALUE_INTEGER, &o->batch, 1, 1000, NULL},
        {"--linger-ms", VALUE_INTEGER, &o->linger_ms, 0, 60000, NULL},
        {"--webhook-delay-ms", VALUE_INTEGER, &o->webhook_delay_ms, 0, 86400000, NULL},
        {"--retries", VALUE_INTEGER, &o->retries, 0, 1000, NULL},
        {"--retry-ms", VALUE_INTEGER, &o->retry_ms, 1, 60000, NULL},
        {"--post-timeout-ms", VALUE_INTEGER, &o->post_timeout_ms, 1, 600000, NULL},
        {"--hold-ms", VALUE_INTEGER, &o->hold_ms, 1, 3600000, NULL},
        {"--mps", VALUE_INTEGER, &o->mps, 0, 1000000, NULL},
        {"--seed", VALUE_INTEGER, &o->seed, 0, INT64_MAX, NULL},
        {"--latency-ms", VALUE_OTHER, NULL, 0, 0, take_latency},
        {"--app-secret", VALUE_TEXT, &o->app_secret, 0, 0, NULL},
        {"--webhook-url", VALUE_TEXT, &o->webhook_url, 0, 0, NULL},
        {"--waba-id", VALUE_TEXT, &o->waba_id, 0, 0, NULL},
        {"--category", VALUE_TEXT, &o->category, 0, 0, NULL},
        {"--inbound-text", VALUE_TEXT, &o->inbound_text, 0, 0, NULL},
        {"--tls", VALUE_TEXT, &o->tls, 0, 0, NULL},
        {"--read-share", VALUE_SHARE, &o->read_share, 0, 0, NULL},
        {"--skip-delivered-share", VALUE_SHARE, &o->skip_delivered_share, 0, 0, NULL},
        {"--duplicate-share", VALUE_SHARE, &o->duplicate_share, 0, 0, NULL},
        {"--inbound-share", VALUE_SHARE, &o->inbound_share, 0, 0, NULL},
        {"--shuffle", VALUE_FLAG, &o->shuffle, 0, 0, NULL},
        {"--early-webhooks", VALUE_FLAG, &o->early_webhooks, 0, 0, NULL},
        {"--no-sent-webhook", VALUE_FLAG, &o->no_sent, 0, 0, NULL},
        {"--no-delivered-webhook", VALUE_FLAG, &o->no_delivered, 0, 0, NULL},
        {"--help", VALUE_FLAG, &o->help, 0, 0, NULL},
        {"--token", VALUE_OTHER, NULL, 0, 0, take_token},
        {"--phone-number-id", VALUE_OTHER, NULL, 0, 0, take_phone},
        {"--template", VALUE_OTHER, NULL, 0, 0, take_template},
        {"--fail", VALUE_OTHER, NULL, 0, 0, take_fail},
    };
    return parse_all(rows, sizeof rows / sizeof *rows, count, arguments) && (o->help || options_agree());
}
