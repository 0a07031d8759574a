/* The schema keeps vendors apart by itself: a lint over the catalogs, and raw SQL as the application's role. */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

/* ---- the lint ----------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    char *text = calloc(1, 65536);
    size_t length = fread(text, 1, 65535, file);
    fclose(file);
    ck_assert(length > 0 && length < 65535);
    return text;
}

static void quiet(void *unused, const char *message)
{
    (void)unused;
    (void)message;
}

static PGconn *log_in(const char *conninfo)
{
    PGconn *connection = PQconnectdb(conninfo);
    ck_assert_msg(PQstatus(connection) == CONNECTION_OK, "%s", PQerrorMessage(connection));
    PQsetNoticeProcessor(connection, quiet, NULL);
    return connection;
}

/* What the lint finds after a change that is then rolled back: "" for nothing; malloc'ed. */
static char *lint_after(PGconn *connection, const char *change, const char *lint)
{
    const char *const statements[] = {"BEGIN", change, lint, "ROLLBACK"};
    char *found = NULL;
    for (int i = 0; i < 4; i++) {
        PGresult *result = PQexec(connection, statements[i]);
        ck_assert_msg(PQresultStatus(result) != PGRES_FATAL_ERROR, "%.500s: %s", change, PQerrorMessage(connection));
        if (i == 2)
            found = strdup(PQgetvalue(result, 0, 0));
        PQclear(result);
    }
    return found;
}

START_TEST(the_migrated_schema_keeps_every_isolation_rule)
{
    char *lint = read_file("lib/sql/doctor/isolation.sql");
    PGconn *admin = log_in(fixture.admin);
    char *found = lint_after(admin, "", lint);
    ck_assert_str_eq(found, "");
    free(found);
    free(lint);
    PQfinish(admin);
}
END_TEST

/* Each line of the file: what the lint must say, a tab, and the SQL of a mistake that a later migration could make. */
START_TEST(every_planted_mistake_is_found)
{
    char *lint = read_file("lib/sql/doctor/isolation.sql"), *mutants = read_file("tests/data/isolation/mutants.tsv");
    PGconn *admin = log_in(fixture.admin);
    int count = 0;
    char *left = mutants;
    for (char *line; (line = strsep(&left, "\n"));) {
        char *change = strchr(line, '\t');
        if (*line == '#' || !change)
            continue;
        *change++ = '\0';
        char *found = lint_after(admin, change, lint);
        ck_assert_msg(strstr(found, line) != NULL, "%s\nshould give: %s\nbut gave: %.500s", change, line, found);
        free(found);
        count++;
    }
    ck_assert_int_ge(count, 76);
    free(mutants);
    free(lint);
    PQfinish(admin);
}
END_TEST

/* ---- raw SQL ------------------------------------------------------------ */

static const char *const tenant_tables[] = {"vendor",      "\"user\"", "waba_account", "contact",       "wallet",
                                            "transaction", "hold",     "hold_capture", "refund_total",  "campaign",
                                            "recipient",   "batch",    "lane",         "message_log",   "message_refund",
                                            "breaker_note", "breaker_pause", "payment_order", "template", "vendor_rate", "conversation_window",
                                            "message_request", "message_queue", "campaign_failure", "contact_merge", "consent_event", "event", "event_consumer"};
static const char *const platform_tables[] = {"login_directory", "waba_directory", "webhook_inbox",
                                              "webhook_set_aside", "webhook_route", "webhook_foreign", "webhook_change",
                                              "breaker", "hold_due", "portfolio", "portfolio_user", "sending_number", "sending_slot", "order_directory", "razorpay_inbox",
                                              "razorpay_item"};
enum {
    TENANT_TABLES = sizeof tenant_tables / sizeof tenant_tables[0],
    PLATFORM_TABLES = sizeof platform_tables / sizeof platform_tables[0]
};

#define VENDOR_A "aaaaaaaa-0000-7000-8000-000000000001"
#define VENDOR_B "bbbbbbbb-0000-7000-8000-000000000001"

/* One row of each tenant table for each of two vendors. All ids of a vendor are its own. */
static const char rows_of_both[] =
    "DO $$ DECLARE v uuid; BEGIN FOREACH v IN ARRAY ARRAY['" VENDOR_A "', '" VENDOR_B "']::uuid[] LOOP "
    "INSERT INTO kloyst.vendor (id, name, plan_type) VALUES (v, 'V', 'SHARED'); "
    "INSERT INTO kloyst.\"user\" (vendor_id, id, email, password_hash, role) VALUES (v, v, 'x@y', 'h', 'ADMIN'); "
    "INSERT INTO kloyst.waba_account (vendor_id, id, waba_id, phone_number_id, system_user_token) VALUES (v, v, '1', "
    "'1', 'x'); "
    "INSERT INTO kloyst.contact (vendor_id, id, mobile) VALUES (v, v, '919800000000'); "
    "INSERT INTO kloyst.wallet (vendor_id, id) VALUES (v, v); "
    "INSERT INTO kloyst.transaction (vendor_id, id, wallet_id, seq, type, amount, balance_after, reference, hash, "
    "created_at) "
    "VALUES (v, v, v, 1, 'CREDIT_RECHARGE', 1, 1, 'r', sha256('x'), now()); "
    "INSERT INTO kloyst.hold (vendor_id, id, wallet_id, amount, reference) VALUES (v, v, v, 1, 'r'); "
    "INSERT INTO kloyst.hold_capture (vendor_id, transaction_id, hold_id) VALUES (v, v, v); "
    "INSERT INTO kloyst.refund_total (vendor_id, debit_id, amount, refunded) VALUES (v, v, 1, 1); "
    "INSERT INTO kloyst.campaign (vendor_id, id, name, waba_account_id, template_name, template_language, "
    "parameter_format, "
    "parameter_names, parameter_attributes, parameter_fallbacks, price) "
    "VALUES (v, v, 'C', v, 't', 'en', 'NAMED', '{}', '{}', '{}', 1); "
    "INSERT INTO kloyst.breaker_note (vendor_id, id) VALUES (v, v); "
    "INSERT INTO kloyst.breaker_pause (vendor_id, breaker_id, campaign_id, reason) VALUES (v, v, v, 'r'); "
    "INSERT INTO kloyst.recipient (vendor_id, id, campaign_id, contact_id, batch_no, mobile, price, parameters) "
    "VALUES (v, v, v, v, 0, '919800000000', 1, '{}'); "
    "INSERT INTO kloyst.batch (vendor_id, campaign_id, no, first_message_id, last_message_id, size, amount) "
    "VALUES (v, v, 0, v, v, 1, 1); "
    "INSERT INTO kloyst.lane (vendor_id, campaign_id, waba_account_id, phone_number_id) VALUES (v, v, v, '1'); "
    "INSERT INTO kloyst.message_log (vendor_id, id, mobile, status, direction) VALUES (v, v, '919800000000', 'SENT', "
    "'OUTBOUND'); "
    "INSERT INTO kloyst.message_queue (vendor_id, id, waba_account_id, phone_number_id, mobile, body, price) VALUES (v, v, v, "
    "'1', '919800000000', '{}', 1); "
    "INSERT INTO kloyst.campaign_failure VALUES (v, v, 0, 131026, 1); "
    "INSERT INTO kloyst.message_refund (vendor_id, message_id, refund_id, debit_id, amount) VALUES (v, v, v, v, 1); "
    "INSERT INTO kloyst.contact_merge (vendor_id, contact_id, into_id) VALUES (v, v, v); "
    "INSERT INTO kloyst.consent_event (vendor_id, id, contact_id, kind, source, at, user_key) VALUES (v, v, v, 'OPT_OUT', "
    "'CALL', now(), '919800000000'); "
    "INSERT INTO kloyst.event (vendor_id, kind) VALUES (v, 'CONSENT'); "
    "INSERT INTO kloyst.event_consumer (vendor_id, name, version, seen) VALUES (v, 'c', 0, '1:1:'); "
    "INSERT INTO kloyst.payment_order (vendor_id, order_id, amount, currency) VALUES (v, 'order_1', 1, 'INR'); "
    "INSERT INTO kloyst.template (vendor_id, id, waba_id, name, language, category, status, parameter_format, places, "
    "names, components) VALUES (v, v, '1', 't', 'en', 'UTILITY', 'APPROVED', 'NAMED', '{}', '{}', '[]'); "
    "INSERT INTO kloyst.vendor_rate VALUES (v, 'UTILITY', '91', now(), 1); "
    "INSERT INTO kloyst.conversation_window VALUES (v, '1', '919800000000', now()); "
    "INSERT INTO kloyst.message_request VALUES (v, 'k', v, v, '919800000000', 'TEXT', sha256('x')); "
    "END LOOP; END $$";

/* Rows of the platform's tables. */
static const char rows_of_platform[] =
    "INSERT INTO kloyst.order_directory VALUES ('order_1', '" VENDOR_A "'); "
    "INSERT INTO kloyst.razorpay_inbox (event_id, body) VALUES ('x', 'x'); "
    "INSERT INTO kloyst.razorpay_item (kind, subject) VALUES ('PAYMENT', 'x'); "
    "INSERT INTO kloyst.breaker (id, scope, subject, vendor_id, phone_number_id, code) VALUES ('" VENDOR_A "', 'WABA', '1', '"
    VENDOR_A "', '', 0); "
    "INSERT INTO kloyst.login_directory VALUES ('x@y', '" VENDOR_A "', '" VENDOR_A "'); "
    "INSERT INTO kloyst.waba_directory VALUES ('1', '" VENDOR_A "', '1', '" VENDOR_A "'); "
    "INSERT INTO kloyst.webhook_inbox (body) VALUES ('x'); "
    "INSERT INTO kloyst.webhook_change (subject, at, digest) VALUES (sha256('x'), now(), sha256('x')); "
    "INSERT INTO kloyst.webhook_set_aside (inbox_id, ordinal, reason, item) VALUES (1, 0, 'r', 'x'); "
    "INSERT INTO kloyst.webhook_route VALUES ('1', '" VENDOR_A "', '" VENDOR_A "', now(), now()); "
    "INSERT INTO kloyst.webhook_foreign VALUES ('1', now(), 1); "
    "INSERT INTO kloyst.hold_due VALUES ('" VENDOR_A "', now()); "
    "INSERT INTO kloyst.portfolio (id) VALUES ('1'); "
    "INSERT INTO kloyst.portfolio_user VALUES ('1', 1, now()); "
    "INSERT INTO kloyst.sending_number (phone_number_id) VALUES ('1'); "
    "INSERT INTO kloyst.sending_slot VALUES ('1', 1, '" VENDOR_A "', now(), 0, '{}')";

static PGconn *app;

static void fill_and_log_in(void)
{
    char *conninfo = NULL;
    fixture_open();
    harness_exec(fixture.admin, rows_of_both);
    harness_exec(fixture.admin, rows_of_platform);
    ck_assert_int_gt(asprintf(&conninfo, "%s user=kloyst_app", fixture.conninfo), 0);
    app = log_in(conninfo);
    free(conninfo);
}

static void log_out(void)
{
    PQfinish(app);
    fixture_close();
}

/* SQLSTATE of the last statement, or its first value, or its command tag: what came of it, as one text. */
static const char *outcome(PGconn *connection, const char *format, const char *table)
{
    static char text[200];
    char sql[2000];
    snprintf(sql, sizeof sql, format, table, table);
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        snprintf(text, sizeof text, "%s", PQresultErrorField(result, PG_DIAG_SQLSTATE));
    else if (PQntuples(result))
        snprintf(text, sizeof text, "%s", PQgetvalue(result, 0, 0));
    else
        snprintf(text, sizeof text, "%s", PQcmdStatus(result));
    PQclear(result);
    return text;
}

static void run_on(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    ck_assert_msg(PQresultStatus(result) != PGRES_FATAL_ERROR, "%s: %s", sql, PQerrorMessage(connection));
    PQclear(result);
}

static void run(const char *sql)
{
    run_on(app, sql);
}

static void ck_every_tenant_table(const char *format, const char *expected)
{
    for (int i = 0; i < TENANT_TABLES; i++) {
        const char *came = outcome(app, format, tenant_tables[i]);
        ck_assert_msg(strcmp(came, expected) == 0, "%s: %s instead of %s", tenant_tables[i], came, expected);
    }
}

#define COUNT "SELECT count(*) FROM kloyst.%s"
#define AS_A "SET kloyst.vendor_id = '" VENDOR_A "'"

START_TEST(these_tests_know_every_table_and_have_rows_of_two_vendors_in_each)
{
    char *count =
        harness_query_text(fixture.admin, "SELECT count(*) FROM pg_class WHERE relnamespace = 'kloyst'::regnamespace "
                                          "AND relkind IN ('r', 'p') AND relname NOT IN ('migration', 'rate')");
    ck_assert_int_eq(atoi(count), TENANT_TABLES + PLATFORM_TABLES);
    free(count);
    for (int i = 0; i < TENANT_TABLES; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, COUNT, tenant_tables[i]);
        count = harness_query_text(fixture.admin, sql);
        ck_assert_msg(strcmp(count, "2") == 0, "%s", tenant_tables[i]);
        free(count);
    }
}
END_TEST

START_TEST(without_a_tenant_no_table_shows_a_row)
{
    ck_every_tenant_table(COUNT, "0");
    run("SET kloyst.vendor_id = ''");
    ck_every_tenant_table(COUNT, "0");
    run("RESET kloyst.vendor_id");
    ck_every_tenant_table(COUNT, "0");
    run("BEGIN; SET LOCAL kloyst.vendor_id = '" VENDOR_A "'; COMMIT");
    ck_every_tenant_table(COUNT, "0");
    run("BEGIN; SET LOCAL kloyst.vendor_id = '" VENDOR_A "'; ROLLBACK");
    ck_every_tenant_table(COUNT, "0");
    run("BEGIN; SET LOCAL kloyst.vendor_id = '" VENDOR_A "'");
    ck_assert_str_eq(outcome(app, "SELECT 1 / 0", ""), "22012");
    run("ROLLBACK");
    ck_every_tenant_table(COUNT, "0");
    run(AS_A);
    run("DISCARD ALL");
    ck_every_tenant_table(COUNT, "0");
    run("SET kloyst.vendor_id = 'cccccccc-0000-7000-8000-000000000001'");
    ck_every_tenant_table(COUNT, "0");
    run("SET kloyst.vendor_id = 'everybody'");
    ck_every_tenant_table(COUNT, "22P02");
}
END_TEST

START_TEST(a_tenant_sees_its_own_row_of_every_table_and_no_other)
{
    run(AS_A);
    ck_every_tenant_table(COUNT, "1");
    ck_every_tenant_table("SELECT position('" VENDOR_B "' IN t::text) FROM kloyst.%s t", "0");
    ck_every_tenant_table("SELECT count(*) FROM kloyst.%s t WHERE t::text LIKE '%%" VENDOR_B "%%'", "0");
    run("SET row_security = off");
    ck_every_tenant_table(COUNT, "42501");
}
END_TEST

START_TEST(a_plan_made_for_one_tenant_shows_another_only_its_own)
{
    run(AS_A "; PREPARE p AS SELECT id FROM kloyst.contact");
    for (int i = 0; i < 7; i++)
        ck_assert_str_eq(outcome(app, "EXECUTE p", ""), VENDOR_A);
    run("SET kloyst.vendor_id = '" VENDOR_B "'");
    ck_assert_str_eq(outcome(app, "EXECUTE p", ""), VENDOR_B);
    run("RESET kloyst.vendor_id");
    ck_assert_str_eq(outcome(app, "EXECUTE p", ""), "SELECT 0");
}
END_TEST

START_TEST(a_row_of_another_vendor_cannot_be_inserted)
{
    for (int conflict = 0; conflict < 2; conflict++) {
        for (int i = 0; i < TENANT_TABLES; i++) {
            char sql[8000];
            snprintf(sql, sizeof sql,
                     "SELECT quote_literal(t::text) FROM kloyst.%s t WHERE t::text LIKE '%%" VENDOR_B "%%'",
                     tenant_tables[i]);
            char *row = harness_query_text(fixture.admin, sql);
            snprintf(sql, sizeof sql,
                     "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 0 "
                     "AND attgenerated = '' AND attrelid = 'kloyst.%s'::regclass",
                     tenant_tables[i]);
            char *columns = harness_query_text(fixture.admin, sql);
            snprintf(sql, sizeof sql, AS_A "; INSERT INTO kloyst.%s (%s) SELECT %s FROM (SELECT (%s::kloyst.%s).*) r%s",
                     tenant_tables[i], columns, columns, row, tenant_tables[i], conflict ? " ON CONFLICT DO NOTHING" : "");
            free(columns);
            PGresult *result = PQexec(app, sql);
            ck_assert_msg(PQresultStatus(result) == PGRES_FATAL_ERROR, "%s", sql);
            ck_assert_msg(strstr(PQresultErrorMessage(result), "row-level security"), "%s",
                          PQresultErrorMessage(result));
            PQclear(result);
            free(row);
        }
    }
}
END_TEST

START_TEST(a_row_of_another_vendor_cannot_be_changed_or_removed)
{
    run(AS_A);
    for (int i = 0; i < TENANT_TABLES; i++) {
        const char *column = i ? "vendor_id" : "id";
        char sql[300];
        snprintf(sql, sizeof sql, "DELETE FROM kloyst.%%s WHERE %s = '" VENDOR_B "'", column);
        const char *came = outcome(app, sql, tenant_tables[i]);
        ck_assert_msg(!strcmp(came, "DELETE 0") || !strcmp(came, "42501"), "%s: %s", tenant_tables[i], came);
        snprintf(sql, sizeof sql, "UPDATE kloyst.%%s SET %s = %s WHERE %s = '" VENDOR_B "'", column, column, column);
        came = outcome(app, sql, tenant_tables[i]);
        ck_assert_msg(!strcmp(came, "UPDATE 0") || !strcmp(came, "42501"), "%s: %s", tenant_tables[i], came);
        /* Nor can one's own be given away. */
        snprintf(sql, sizeof sql, "UPDATE kloyst.%%s SET %s = '" VENDOR_B "'", column);
        ck_assert_str_eq(outcome(app, sql, tenant_tables[i]), "42501");
    }
}
END_TEST

START_TEST(the_application_may_not_empty_or_alter_a_table_or_leave_its_role)
{
    run(AS_A);
    ck_every_tenant_table("TRUNCATE kloyst.%s", "42501");
    ck_every_tenant_table("ALTER TABLE kloyst.%s NO FORCE ROW LEVEL SECURITY", "42501");
    ck_every_tenant_table("DROP TABLE kloyst.%s CASCADE", "42501");
    ck_every_tenant_table("CREATE POLICY mine ON kloyst.%s USING (true)", "42501");
    ck_every_tenant_table("COPY kloyst.%s FROM STDIN", "0A000");
    ck_assert_str_eq(outcome(app, "CREATE TABLE kloyst.mine (id int)", ""), "42501");
    ck_assert_str_eq(outcome(app, "SET ROLE kloyst_owner", ""), "42501");
    ck_assert_str_eq(outcome(app, "SET session_replication_role = replica", ""), "42501");
}
END_TEST

START_TEST(directories_and_inbox_are_closed_to_tenant_code_and_tenant_tables_to_the_platform)
{
    run(AS_A);
    for (int i = 0; i < PLATFORM_TABLES; i++) {
        ck_assert_str_eq(outcome(app, COUNT, platform_tables[i]), "42501");
        ck_assert_str_eq(outcome(app, "DELETE FROM kloyst.%s", platform_tables[i]), "42501");
        ck_assert_str_eq(outcome(app, "INSERT INTO kloyst.%s DEFAULT VALUES", platform_tables[i]), "42501");
    }
    run("SET ROLE kloyst_platform");
    for (int i = 0; i < PLATFORM_TABLES; i++)
        ck_assert_msg(strcmp(outcome(app, COUNT, platform_tables[i]), "1") == 0, "%s", platform_tables[i]);
    for (int i = 0; i < TENANT_TABLES; i++) {
        bool open = !strcmp(tenant_tables[i], "vendor") || !strcmp(tenant_tables[i], "lane");
        ck_assert_str_eq(outcome(app, COUNT, tenant_tables[i]), open ? "2" : "42501");
        ck_assert_str_eq(outcome(app, "DELETE FROM kloyst.%s", tenant_tables[i]), "42501");
        ck_assert_str_eq(outcome(app, "TRUNCATE kloyst.%s", tenant_tables[i]), "42501");
    }
}
END_TEST

START_TEST(statistics_of_the_tables_show_a_tenant_nothing)
{
    harness_exec(fixture.admin, "ANALYZE");
    run(AS_A);
    ck_assert_str_eq(
        outcome(app, "SELECT count(*) FROM pg_stats WHERE schemaname = 'kloyst' AND tablename NOT IN ('migration')",
                ""),
        "0");
}
END_TEST

START_TEST(nobody_changes_the_ledger)
{
    static const struct {
        const char *who, *first;
        bool application;
    } callers[] = {
        {"application", AS_A, true},
        {"platform", "SET ROLE kloyst_platform", true},
        {"owner", "SET ROLE kloyst_owner; ALTER TABLE kloyst.transaction NO FORCE ROW LEVEL SECURITY", false},
        {"owner without row security",
         "SET ROLE kloyst_owner; ALTER TABLE kloyst.transaction DISABLE ROW LEVEL SECURITY", false},
        {"superuser", "SELECT", false},
        {"superuser as a replica", "SET session_replication_role = replica", false},
    };
    static const char *const changes[] = {
        "UPDATE kloyst.transaction SET amount = 2",
        "UPDATE kloyst.transaction SET reference = reference",
        "DELETE FROM kloyst.transaction",
        "TRUNCATE kloyst.transaction CASCADE",
        "TRUNCATE kloyst.wallet CASCADE",
        "INSERT INTO kloyst.transaction SELECT * FROM kloyst.transaction ON CONFLICT (vendor_id, id) DO UPDATE SET "
        "amount = 2",
        "MERGE INTO kloyst.transaction t USING (VALUES (1)) x ON true WHEN MATCHED THEN DELETE",
    };
    char *before =
        harness_query_text(fixture.admin, "SELECT string_agg(t::text, ';' ORDER BY t) FROM kloyst.transaction t");
    for (size_t i = 0; i < sizeof callers / sizeof callers[0]; i++) {
        PGconn *admin = log_in(fixture.admin);
        PGconn *connection = callers[i].application ? app : admin;
        for (size_t k = 0; k < sizeof changes / sizeof changes[0]; k++) {
            run_on(connection, "BEGIN");
            run_on(connection, callers[i].first);
            const char *came = outcome(connection, changes[k], "");
            ck_assert_msg(strcmp(came, "42501") == 0, "%s: %s: %s", callers[i].who, changes[k], came);
            run_on(connection, "ROLLBACK");
        }
        PQfinish(admin);
    }
    char *after =
        harness_query_text(fixture.admin, "SELECT string_agg(t::text, ';' ORDER BY t) FROM kloyst.transaction t");
    ck_assert_str_eq(after, before);
    free(before);
    free(after);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("isolation_schema");
    TCase *lint = fixture_case("lint");
    tcase_add_test(lint, the_migrated_schema_keeps_every_isolation_rule);
    tcase_add_test(lint, every_planted_mistake_is_found);
    suite_add_tcase(suite, lint);
    TCase *raw = tcase_create("raw SQL");
    tcase_add_unchecked_fixture(raw, fixture_server, NULL);
    tcase_add_checked_fixture(raw, fill_and_log_in, log_out);
    tcase_set_timeout(raw, 60);
    tcase_add_test(raw, these_tests_know_every_table_and_have_rows_of_two_vendors_in_each);
    tcase_add_test(raw, without_a_tenant_no_table_shows_a_row);
    tcase_add_test(raw, a_tenant_sees_its_own_row_of_every_table_and_no_other);
    tcase_add_test(raw, a_plan_made_for_one_tenant_shows_another_only_its_own);
    tcase_add_test(raw, a_row_of_another_vendor_cannot_be_inserted);
    tcase_add_test(raw, a_row_of_another_vendor_cannot_be_changed_or_removed);
    tcase_add_test(raw, the_application_may_not_empty_or_alter_a_table_or_leave_its_role);
    tcase_add_test(raw, directories_and_inbox_are_closed_to_tenant_code_and_tenant_tables_to_the_platform);
    tcase_add_test(raw, statistics_of_the_tables_show_a_tenant_nothing);
    tcase_add_test(raw, nobody_changes_the_ledger);
    suite_add_tcase(suite, raw);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
