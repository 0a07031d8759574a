/* What the command line of graph-standin can say. */
#ifndef STANDIN_OPTIONS_H
#define STANDIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_TOKENS = 64, MAX_PHONES = 256, MAX_TEMPLATES = 64, MAX_FAILS = 32 };

typedef enum fate_kind {
    FATE_OK,
    FATE_SYNC,
    FATE_ASYNC,
    FATE_HTTP,
    FATE_TIMEOUT,
    FATE_CUT,
    FATE_GARBAGE,
    FATE_SLOW
} fate_kind;

/* One --fail: `value` is the error code, the HTTP status or the milliseconds. */
typedef struct fail_rule {
    fate_kind kind;
    int value;
    double share;
} fail_rule;

/* One --phone-number-id ID[:WABA[:TOKEN]]. */
typedef struct phone_option {
    const char *id;
    const char *waba;
    const char *token;
} phone_option;

/* One --template NAME:LANGUAGE:BODY_PARAMETERS. */
typedef struct template_option {
    const char *name;
    const char *language;
    int parameters;
} template_option;

typedef struct options {
    int64_t port, threads, posters, batch, linger_ms, webhook_delay_ms, retries, retry_ms, post_timeout_ms;
    int64_t hold_ms, mps, seed, latency_low, latency_high;
    const char *app_secret, *webhook_url, *waba_id, *category, *inbound_text, *tls;
    double read_share, skip_delivered_share, duplicate_share, inbound_share;
    bool shuffle, early_webhooks, no_sent, no_delivered, help;
    const char *tokens[MAX_TOKENS];
    size_t token_count;
    phone_option phones[MAX_PHONES];
    size_t phone_count;
    template_option templates[MAX_TEMPLATES];
    size_t template_count;
    fail_rule fails[MAX_FAILS];
    size_t fail_count;
} options;

/* Set once by main before any thread starts, only read afterwards. */
extern options standin_options;

/* Fills standin_options from the command line, whose strings it keeps and splits in place.
 * Answers false after one line on standard error. */
bool options_parse(int count, char **arguments);

/* The usage text. */
extern const char options_usage[];

#endif
