/* Promises of metrics and the log: exact counts, text that Prometheus reads, and lines without secrets. */
#include "harness/suite.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/breaker.h"
#include "harness/fixture.h"
#include "harness/refused.h"
#include "harness/server.h"

static kl_metrics metrics_of(kl *handle)
{
    kl_error *error = NULL;
    kl_metrics m = KL_METRICS_INIT;
    ck_ok(kl_metrics_get(handle, &m, &error));
    return m;
}

/* ---- a strict reader of the text format ---------------------------------- */

typedef struct family {
    char name[100];
    char type[20];
    int samples;
    int64_t last_bucket;
    double last_bound;
    int64_t count;
} family;

static bool name_is_valid(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != ':')
            return false;
    return true;
}

/* Whether a sample belongs to the family: by its name, or a histogram's parts. */
static bool belongs(const char *name, const family *f)
{
    size_t length = strlen(f->name);
    if (strcmp(name, f->name) == 0)
        return strcmp(f->type, "histogram") != 0;
    return strcmp(f->type, "histogram") == 0 && strncmp(name, f->name, length) == 0 &&
           (!strcmp(name + length, "_bucket") || !strcmp(name + length, "_sum") || !strcmp(name + length, "_count"));
}

static void read_bucket(family *f, const char *labels, const char *value)
{
    double bound;
    ck_assert_msg(strncmp(labels, "le=\"", 4) == 0, "%s", labels);
    bound = strncmp(labels + 4, "+Inf", 4) == 0 ? 1e300 : strtod(labels + 4, NULL);
    ck_assert_msg(bound > f->last_bound, "bounds do not ascend: %s", labels);
    ck_assert_msg(atoll(value) >= f->last_bucket, "buckets are not cumulative: %s", labels);
    f->last_bound = bound;
    f->last_bucket = atoll(value);
}

/* NAME or NAME{label="value",…}, one blank, a number. */
static void read_sample(family *f, char *line)
{
    char *blank = strrchr(line, ' '), *end, labels[100] = "";
    ck_assert_msg(blank, "%s", line);
    *blank = '\0';
    strtod(blank + 1, &end);
    ck_assert_msg(end != blank + 1 && !*end, "no number: %s", blank + 1);
    char *brace = strchr(line, '{');
    if (brace) {
        size_t length = strlen(brace);
        ck_assert_msg(brace[length - 1] == '}' && length < sizeof labels, "%s", line);
        memcpy(labels, brace + 1, length - 2);
        labels[length - 2] = '\0';
        *brace = '\0';
        char *equals = strchr(labels, '=');
        ck_assert_msg(equals && equals[1] == '"' && labels[strlen(labels) - 1] == '"', "%s", labels);
        ck_assert_msg(!strchr(equals, '\\') && strchr(equals + 2, '"') == labels + strlen(labels) - 1, "%s", labels);
    }
    ck_assert_msg(name_is_valid(line), "%s", line);
    ck_assert_msg(belongs(line, f), "%s is not of the family %s", line, f->name);
    if (strstr(line, "_bucket"))
        read_bucket(f, labels, blank + 1);
    else if (strcmp(f->type, "histogram") == 0 && strstr(line, "_count"))
        f->count = atoll(blank + 1);
    else if (strcmp(f->type, "counter") == 0)
        ck_assert_msg(strlen(line) > 6 && !strcmp(line + strlen(line) - 6, "_total"), "%s does not end in _total", line);
    f->samples++;
}

/* Every family once, HELP then TYPE then its samples; answers how many families. */
static size_t read_exposition(const char *text)
{
    static family families[100];
    size_t count = 0;
    char *copy = strdup(text), *rest = copy, *line;
    ck_assert_msg(*text && text[strlen(text) - 1] == '\n', "the last line does not end");
    while ((line = strsep(&rest, "\n")) && rest) {
        char name[100], type[20];
        ck_assert_msg(*line, "an empty line");
        if (strncmp(line, "# HELP ", 7) == 0) {
            ck_assert_int_eq(sscanf(line + 7, "%99s", name), 1);
            for (size_t i = 0; i < count; i++)
                ck_assert_msg(strcmp(families[i].name, name) != 0, "%s comes twice", name);
            if (count)
                ck_assert_msg(families[count - 1].samples > 0, "%s has no sample", families[count - 1].name);
            families[count] = (family){.last_bound = -1};
            strcpy(families[count++].name, name);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            ck_assert_int_eq(sscanf(line + 7, "%99s %19s", name, type), 2);
            ck_assert(count && !strcmp(families[count - 1].name, name) && !families[count - 1].samples);
            ck_assert_msg(!strcmp(type, "counter") || !strcmp(type, "gauge") || !strcmp(type, "histogram"), "%s", type);
            strcpy(families[count - 1].type, type);
        } else {
            ck_assert_msg(count && *families[count - 1].type, "a sample without a type: %s", line);
            read_sample(&families[count - 1], line);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!strcmp(families[i].type, "histogram"))
            ck_assert_msg(families[i].last_bound > 1e299 && families[i].last_bucket == families[i].count, "+Inf is not the count");
    free(copy);
    return count;
}

START_TEST(the_text_is_what_prometheus_reads)
{
    kl_error *error = NULL;
    char *text = NULL;
    int64_t times[] = {0, 5000, 5001, 999999, 31000000, INT64_C(3600000000)};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        metrics_request_time(&fixture.handle->metrics, times[i]);
    metrics_refusal(&fixture.handle->metrics, KL_ERROR_STOP_WABA);
    ck_ok(kl_metrics_prometheus(fixture.handle, &text, &error));
    ck_assert_uint_gt(read_exposition(text), 25);
    ck_assert(strstr(text, "\nkloyst_request_seconds_bucket{le=\"0.005\"} 2\n"));
    ck_assert(strstr(text, "\nkloyst_request_seconds_bucket{le=\"0.010\"} 3\n"));
    ck_assert(strstr(text, "\nkloyst_request_seconds_bucket{le=\"30.000\"} 4\n"));
    ck_assert(strstr(text, "\nkloyst_request_seconds_bucket{le=\"+Inf\"} 6\n"));
    ck_assert(strstr(text, "\nkloyst_request_seconds_sum 3632.010000\n"));
    ck_assert(strstr(text, "\nkloyst_refusals_total{class=\"stop_waba\"} 1\n"));
    kl_metrics_text_free(text);
}
END_TEST

/* ---- counts ------------------------------------------------------------------ */

enum { THREADS = 4, ADDITIONS = 20000 };

static void *add(void *context)
{
    for (int i = 0; i < ADDITIONS; i++) {
        metrics_add(context, METRIC_messages_accepted, 1);
        metrics_add(context, METRIC_requests_in_flight, i % 2 ? -1 : 1);
        metrics_request_time(context, 1000);
    }
    return NULL;
}

START_TEST(counts_of_many_threads_are_exact)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add, &fixture.handle->metrics), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    kl_metrics m = metrics_of(fixture.handle);
    ck_assert_int_eq(m.messages_accepted, THREADS * ADDITIONS);
    ck_assert_int_eq(m.requests_in_flight, 0);
    ck_assert_int_eq(m.request_times[0], THREADS * ADDITIONS);
    ck_assert_int_eq(m.request_time_us, INT64_C(1000) * THREADS * ADDITIONS);
}
END_TEST

START_TEST(connections_and_transactions_are_counted)
{
    kl_error *error = NULL;
    kl_metrics before = metrics_of(fixture.handle);
    for (int i = 0; i < 5; i++)
        ck_ok(kl_ping(fixture.handle, &error));
    kl_metrics after = metrics_of(fixture.handle);
    ck_assert_int_eq(after.transactions - before.transactions, 6); /* and what the metrics asked */
    ck_assert_int_eq(after.connections_in_use, 0);
    ck_assert_int_eq(after.connections, 1);
    ck_assert_int_eq(after.connections_made, 1);
    harness_exec(fixture.admin, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'kloyst_app' "
                                "AND datname = current_database()");
    ck_ok(kl_ping(fixture.handle, &error));
    after = metrics_of(fixture.handle);
    ck_assert_int_eq(after.connections_lost, 1);
    ck_assert_int_eq(after.connections_made, 2);
    ck_assert_int_eq(after.connections, 1);
}
END_TEST

START_TEST(what_waits_in_the_database_is_told)
{
    harness_exec(fixture.admin, "INSERT INTO kloyst.webhook_inbox (body, received_at) VALUES ('{}', now() - interval '10 s'), "
                                "('{}', now()); INSERT INTO kloyst.webhook_inbox (body, folded_at) VALUES ('{}', now())");
    breaker_cause cause = {.scope = KL_BREAKER_WABA, .waba_id = "1"};
    kl_error *error = NULL;
    ck_ok(breaker_trip(fixture.handle, &cause, &error));
    kl_metrics m = metrics_of(fixture.handle);
    ck_assert_int_eq(m.webhooks_waiting, 2);
    ck_assert_int_ge(m.webhooks_waiting_us, 10000000);
    ck_assert_int_lt(m.webhooks_waiting_us, 60000000);
    ck_assert_int_eq(m.lanes, 0);
    ck_assert_int_eq(m.breakers_open, 1);
    ck_assert_int_eq(m.breakers_opened, 1);
}
END_TEST

START_TEST(wallets_and_webhooks_are_counted)
{
    kl_error *error = NULL;
    kl_fold_report report;
    kl_wallet_results *results = NULL;
    kl *handle = fixture_handle(NULL);
    kl_uuid vendor = fixture_vendor("vendor", 1000000);
    const kl_wallet_operation two[] = {{KL_DEBIT_MESSAGE, 1, "a", NULL, NULL}, {KL_DEBIT_MESSAGE, 1, "b", NULL, NULL}};
    ck_ok(kl_wallet_debit(handle, &vendor, 100, "r", NULL, NULL, &error));
    ck_ok(kl_wallet_post(handle, &vendor, two, 2, &results, &error));
    kl_wallet_results_free(results);
    ck_fails(KL_ERR_SIGNATURE, kl_webhook_take(handle, "sha256=00", "{}", 2, &error));
    ck_ok(kl_webhook_take(handle, refused_signature("{}", 2), "{}", 2, &error));
    ck_ok(kl_webhook_fold(handle, 10, &report, &error));
    kl_metrics m = metrics_of(handle);
    ck_assert_int_eq(m.wallet_operations, 3);
    ck_assert_int_eq(m.webhooks_taken, 1);
    ck_assert_int_eq(m.webhook_bytes, 2);
    ck_assert_int_eq(m.webhooks_refused, 1);
    ck_assert_int_eq(m.webhooks_folded, report.bodies);
    ck_assert_int_eq(m.webhooks_set_aside, report.set_aside);
    kl_free(handle);
}
END_TEST

/* ---- the log ------------------------------------------------------------------- */

typedef struct lines {
    char text[4096];
    int count;
    kl_log_level most;
} lines;

static void keep_line(void *context, kl_log_level level, const char *component, const char *message)
{
    lines *kept = context;
    ck_assert(!strpbrk(message, "\r\n"));
    kept->count++;
    kept->most = level > kept->most ? level : kept->most;
    size_t length = strlen(kept->text);
    snprintf(kept->text + length, sizeof kept->text - length, "%s %s: %s\n", kl_log_level_name(level), component, message);
}

START_TEST(the_program_hears_of_breakers_and_lost_connections_and_no_secret)
{
    kl_error *error = NULL;
    lines kept = {.count = 0};
    kl_options options = KL_OPTIONS_INIT;
    options.log = keep_line;
    options.log_context = &kept;
    options.app_secret = "a secret of the app";
    kl *handle = fixture_handle(&options);
    breaker_cause cause = {.scope = KL_BREAKER_WABA, .waba_id = "1", .code = 131031};
    ck_ok(breaker_trip(handle, &cause, &error));
    harness_exec(fixture.admin, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = 'kloyst_app' "
                                "AND datname = current_database()");
    ck_ok(kl_ping(handle, &error));
    ck_assert_msg(strstr(kept.text, "WARNING breaker: WABA rests: the account is locked (code 131031)\n"), "%s", kept.text);
    ck_assert_msg(strstr(kept.text, "WARNING pool: 1 database connection was lost\n"), "%s", kept.text);
    ck_assert_int_le(kept.most, KL_LOG_INFO);
    ck_assert(!strstr(kept.text, "secret") && !strstr(kept.text, "host="));
    kl_free(handle);
}
END_TEST

START_TEST(only_the_wanted_levels_are_told)
{
    lines kept = {.count = 0};
    logger log = {keep_line, &kept, KL_LOG_WARNING};
    log_line(&log, KL_LOG_ERROR, "a", "error");
    log_line(&log, KL_LOG_WARNING, "a", "warning");
    log_line(&log, KL_LOG_INFO, "a", "info");
    log_line(&log, KL_LOG_DEBUG, "a", "debug");
    log_line(NULL, KL_LOG_ERROR, "a", "nobody");
    log_line(&(logger){NULL, NULL, KL_LOG_DEBUG}, KL_LOG_ERROR, "a", "nobody");
    ck_assert_str_eq(kept.text, "ERROR a: error\nWARNING a: warning\n");
    ck_assert(log_wants(&log, KL_LOG_WARNING) && !log_wants(&log, KL_LOG_INFO));
}
END_TEST

START_TEST(a_line_is_one_line_of_whole_characters)
{
    char long_text[2000];
    lines kept = {.count = 0};
    logger log = {keep_line, &kept, KL_LOG_DEBUG};
    log_line(&log, KL_LOG_INFO, "a", "one\ntwo\rthree\t");
    ck_assert_str_eq(kept.text, "INFO a: one two three \n");
    for (int lead = 0; lead < 3; lead++) {
        memset(long_text, 'x', (size_t)lead);
        for (int i = lead; i + 3 < (int)sizeof long_text; i += 3)
            memcpy(long_text + i, "\xE2\x82\xAC", 4);
        kept = (lines){.count = 0};
        log_line(&log, KL_LOG_INFO, "a", "%s", long_text);
        size_t length = strlen(kept.text) - strlen("INFO a: \n");
        ck_assert_uint_gt(length, 990);
        ck_assert_uint_le(length, 1000);
        ck_assert_uint_eq((length - (size_t)lead) % 3, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = fixture_case("metrics");
    tcase_add_test(tests, the_text_is_what_prometheus_reads);
    tcase_add_test(tests, counts_of_many_threads_are_exact);
    tcase_add_test(tests, connections_and_transactions_are_counted);
    tcase_add_test(tests, what_waits_in_the_database_is_told);
    tcase_add_test(tests, wallets_and_webhooks_are_counted);
    tcase_add_test(tests, the_program_hears_of_breakers_and_lost_connections_and_no_secret);
    tcase_add_test(tests, only_the_wanted_levels_are_told);
    tcase_add_test(tests, a_line_is_one_line_of_whole_characters);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
