/* No call of the API tells or changes anything of another vendor, and either of the two locks holds alone. */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/fingerprint.h"
#include "harness/fixture.h"
#include "harness/outputs.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "harness/surface.h"
#include "harness/tenant_calls.h"

static tenant_names a, b;

static void populate_a(void)
{
    tenant_populate(&a, 1);
    tenant_refunded_debit = a.id[DEBIT];
}

/* ---- the table ----------------------------------------------------------- */

START_TEST(the_table_has_every_function_with_a_vendor_id_and_no_other)
{
    size_t count, with_vendor = 0;
    const surface_function *functions = surface_read(&count);
    bool named[200] = {false};
    ck_assert_int_lt(tenant_calls_count, 200);
    for (size_t i = 0; i < count; i++) {
        if (!strstr(functions[i].arguments, "const kl_uuid *vendor_id"))
            continue;
        bool found = false;
        for (int e = 0; e < tenant_calls_count; e++)
            if (strcmp(functions[i].name + strlen("kl_"), tenant_calls[e].name) == 0)
                found = named[e] = true;
        ck_assert_msg(found, "%s is missing", functions[i].name);
        with_vendor++;
    }
    for (int e = 0; e < tenant_calls_count; e++)
        ck_assert_msg(named[e], "kl_%s is in no header", tenant_calls[e].name);
    ck_assert_uint_ge(with_vendor, 49);
}
END_TEST

/* ---- the matrix ---------------------------------------------------------- */

typedef struct answer {
    kl_status status;
    char message[300];
    bool output; /* anything at all was handed out */
} answer;

static answer ask(const tenant_call *e, const kl_uuid *vendor, const kl_uuid *id, const char *text)
{
    static const outputs nothing;
    outputs out;
    kl_error *error = NULL;
    answer given = {0};
    memset(&out, 0, sizeof out);
    given.status = e->run(vendor, id, text, &out, &error);
    snprintf(given.message, sizeof given.message, "%s %s", kl_error_sqlstate(error), kl_error_message(error));
    given.output = memcmp(&out, &nothing, sizeof out) != 0;
    const char *foreign = outputs_foreign(&out, vendor);
    ck_assert_msg(!foreign, "kl_%s showed another vendor's %s", e->name, foreign);
    ck_assert_int_eq(given.status, error ? kl_error_status(error) : KL_OK);
    ck_assert_msg(!given.status || !given.output, "kl_%s failed and handed something out", e->name);
    outputs_free(&out);
    kl_error_free(error);
    return given;
}

static void ck_same(const tenant_call *e, const char *what, const answer *foreign, const answer *nobodys)
{
    ck_assert_msg(foreign->status == nobodys->status && foreign->output == nobodys->output &&
                      !strcmp(foreign->message, nobodys->message),
                  "kl_%s with another vendor's %s: %s%s, with nobody's: %s%s", e->name, what,
                  kl_status_name(foreign->status), foreign->message, kl_status_name(nobodys->status), nobodys->message);
}

static void try_entry(const tenant_call *e, const kl_uuid *vendor, bool expected)
{
    tenant_names nobody;
    tenant_invent(&nobody);
    answer random = ask(e, vendor, &nobody.id[0], nobody.text[e->text]);
    if (expected)
        ck_assert_msg(random.status == e->expected, "kl_%s with nobody's: %s%s", e->name, kl_status_name(random.status),
                      random.message);
    for (int i = 0; i < TENANT_IDS && e->own >= 0; i++) {
        answer foreign = ask(e, vendor, &b.id[i], NULL);
        ck_same(e, tenant_id_names[i], &foreign, &random);
        if (e->slow)
            break;
    }
    if (e->text) {
        /* An address and an order are unique over all vendors; they must not show whose they are. */
        if (e->text == EMAIL || strcmp(e->name, "order_create") == 0)
            random = ask(e, vendor, NULL, a.text[e->text]);
        answer foreign = ask(e, vendor, NULL, b.text[e->text]);
        ck_same(e, "text", &foreign, &random);
    }
}

/* With row-level security in the first round, by the statements' own conditions alone in the second. */
START_TEST(another_vendors_id_is_answered_like_one_that_does_not_exist)
{
    kl_uuid unknown;
    populate_a();
    tenant_populate(&b, 2);
    if (_i)
        harness_exec(fixture.admin,
                     "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') "
                     "AND relnamespace = 'kloyst'::regnamespace LOOP "
                     "EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t); END LOOP; END $$");
    char *before = fingerprint(fixture.admin, &b.id[VENDOR]);
    for (int e = 0; e < tenant_calls_count; e++) {
        try_entry(&tenant_calls[e], &a.id[VENDOR], true);
        fingerprint_unchanged(before, fixture.admin, &b.id[VENDOR], tenant_calls[e].name);
    }
    /* Nor does a vendor that does not exist see or change anything. */
    ck_assert_int_eq(kl_uuid_generate(&unknown), KL_OK);
    for (int e = 0; e < tenant_calls_count; e++)
        try_entry(&tenant_calls[e], &unknown, false);
    fingerprint_unchanged(before, fixture.admin, &b.id[VENDOR], "a vendor that does not exist");
    /* The ids are good ones: their owner is answered otherwise. */
    for (int e = 0; e < tenant_calls_count; e++) {
        answer own = ask(&tenant_calls[e], &b.id[VENDOR], tenant_calls[e].own < 0 ? NULL : &b.id[tenant_calls[e].own],
                         b.text[tenant_calls[e].text]);
        ck_assert_msg(own.status != KL_ERR_NOT_FOUND, "kl_%s: its owner does not find it: %s", tenant_calls[e].name,
                      own.message);
    }
    free(before);
}
END_TEST

START_TEST(a_worker_of_one_vendor_leaves_the_campaigns_of_others_alone)
{
    kl_error *error = NULL;
    kl_worker_report report;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    populate_a();
    tenant_populate(&b, 2);
    char *before = fingerprint(fixture.admin, &b.id[VENDOR]);
    options.base_url = "http://127.0.0.1:9";
    options.vendor_id = &a.id[VENDOR];
    options.max_attempts = 1;
    sent_by_worker(fixture.handle, &options, &report, &error); /* nobody listens there */
    kl_error_free(error);
    ck_assert_int_eq(report.batches, 2); /* of its campaign, and the single message */
    fingerprint_unchanged(before, fixture.admin, &b.id[VENDOR], "kl_worker_run");
    free(before);
}
END_TEST

/* ---- row-level security alone -------------------------------------------- */

/* Every table that the application may use, in the roles it uses. */
static const char *const tenant_tables[] = {
    "vendor",   "\"user\"",  "waba_account", "contact", "wallet",      "transaction",    "hold",         "refund_total",
    "campaign", "recipient", "batch",        "lane",    "message_log", "message_refund", "payment_order", "breaker_note",
    "template", "vendor_rate", "conversation_window", "message_request", "message_queue", "campaign_failure"};

static int affected(PGconn *app, const char *sql)
{
    PGresult *result = PQexec(app, sql);
    int rows = -1;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        rows = atoi(PQgetvalue(result, 0, 0));
    else if (PQresultStatus(result) == PGRES_COMMAND_OK)
        rows = atoi(PQcmdTuples(result));
    PQclear(result);
    return rows;
}

START_TEST(without_any_condition_statements_reach_no_row_of_another_vendor)
{
    char id[KL_UUID_TEXT + 1], sql[300], *conninfo = NULL;
    populate_a();
    tenant_populate(&b, 2);
    kl_uuid_format(&a.id[VENDOR], id);
    char *before = fingerprint(fixture.admin, &b.id[VENDOR]);
    ck_assert_int_gt(asprintf(&conninfo, "%s user=kloyst_app", fixture.conninfo), 0);
    PGconn *app = PQconnectdb(conninfo);
    ck_assert_int_eq(PQstatus(app), CONNECTION_OK);
    snprintf(sql, sizeof sql, "SELECT set_config('kloyst.vendor_id', '%s', false)", id);
    affected(app, sql);
    for (size_t i = 0; i < sizeof tenant_tables / sizeof tenant_tables[0]; i++) {
        const char *table = tenant_tables[i], *key = i ? "vendor_id" : "id";
        snprintf(sql, sizeof sql, "SELECT count(*) FROM kloyst.%s", table);
        ck_assert_msg(affected(app, sql) > 0, "%s shows its own vendor nothing", table);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM kloyst.%s WHERE %s <> '%s'", table, key, id);
        ck_assert_msg(affected(app, sql) == 0, "%s shows rows of another vendor", table);
        snprintf(sql, sizeof sql, "UPDATE kloyst.%s SET %s = %s", table, key, key);
        affected(app, sql);
        snprintf(sql, sizeof sql, "DELETE FROM kloyst.%s", table);
        affected(app, sql);
        fingerprint_unchanged(before, fixture.admin, &b.id[VENDOR], table);
    }
    PQfinish(app);
    free(conninfo);
    free(before);
}
END_TEST

/* ---- the walk ------------------------------------------------------------ */

enum { STEPS = 800, CHECK_EVERY = 100 };

static unsigned long long walk_state;

static unsigned draw(unsigned below)
{
    walk_state = walk_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(walk_state >> 33) % below;
}

/* Takes a step of the walk as `who`; whether `other` exists must make no difference to the answer. */
static kl_status step(tenant_names *who, const tenant_names *other)
{
    outputs out;
    kl_error *error = NULL;
    tenant_names nobody;
    const tenant_call *e = &tenant_calls[draw((unsigned)tenant_calls_count)];
    unsigned whose = draw(4);
    bool right_kind = draw(4) != 0, slowly = draw(20) == 0;
    int kind = right_kind && e->own >= 0 ? e->own : (int)draw(TENANT_IDS);
    tenant_invent(&nobody);
    const tenant_names *source = whose < 2 ? who : whose == 2 ? other : &nobody;
    /* Addresses and orders are unique over vendors: another vendor's is the one that does make a difference. */
    bool unique = e->text == EMAIL || strcmp(e->name, "order_create") == 0;
    const char *text = unique ? nobody.text[e->text] : source->text[e->text];
    if (e->slow && !slowly)
        return KL_OK;
    memset(&out, 0, sizeof out);
    kl_status status = e->run(&who->id[VENDOR], &source->id[kind], text, &out, &error);
    const char *foreign = outputs_foreign(&out, &who->id[VENDOR]);
    ck_assert_msg(!foreign, "kl_%s showed another vendor's %s", e->name, foreign);
    ck_assert_msg(status != KL_ERR_INTERNAL && status != KL_ERR_DATABASE && status != KL_ERR_CORRUPT, "kl_%s: %s: %s",
                  e->name, kl_status_name(status), kl_error_message(error));
    tenant_note(who, &out);
    outputs_free(&out);
    kl_error_free(error);
    return status;
}

static void walk(unsigned long long seed, bool alone, kl_status *statuses)
{
    tenant_names nobody, *other = alone ? &nobody : &b;
    populate_a();
    if (alone)
        tenant_invent(other);
    else
        tenant_populate(&b, 2);
    char *before = alone ? NULL : fingerprint(fixture.admin, &b.id[VENDOR]);
    walk_state = seed;
    for (int i = 0; i < STEPS; i++) {
        statuses[i] = step(&a, other);
        if (before && i % CHECK_EVERY == CHECK_EVERY - 1)
            fingerprint_unchanged(before, fixture.admin, &b.id[VENDOR], "the walk");
    }
    free(before);
}

START_TEST(a_walk_of_one_vendor_neither_changes_nor_notices_another)
{
    static kl_status with[STEPS], without[STEPS];
    kl_error *error = NULL;
    const char *given = getenv("KL_TEST_SEED");
    unsigned long long seed = given ? strtoull(given, NULL, 10) : (unsigned long long)time(NULL);
    printf("seed %llu\n", seed);
    fflush(stdout);
    walk(seed, false, with);
    ck_ok(kl_wallet_verify(fixture.handle, &a.id[VENDOR], NULL, &error));
    fixture_close();
    fixture_open();
    walk(seed, true, without);
    int succeeded = 0;
    for (int i = 0; i < STEPS; i++) {
        ck_assert_msg(with[i] == without[i], "seed %llu, step %d: %s beside another vendor, %s alone", seed, i,
                      kl_status_name(with[i]), kl_status_name(without[i]));
        succeeded += with[i] == KL_OK;
    }
    ck_assert_int_gt(succeeded, STEPS / 5);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("isolation");
    TCase *headers = tcase_create("headers"), *matrix = fixture_case("matrix"), *test_case = fixture_case("isolation");
    tcase_add_test(headers, the_table_has_every_function_with_a_vendor_id_and_no_other);
    tcase_add_loop_test(matrix, another_vendors_id_is_answered_like_one_that_does_not_exist, 0, 2);
    tcase_add_test(test_case, a_worker_of_one_vendor_leaves_the_campaigns_of_others_alone);
    tcase_add_test(test_case, without_any_condition_statements_reach_no_row_of_another_vendor);
    tcase_add_test(test_case, a_walk_of_one_vendor_neither_changes_nor_notices_another);
    suite_add_tcase(suite, headers);
    suite_add_tcase(suite, matrix);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
