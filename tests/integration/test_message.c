/* Reading the message log: by id, by wamid, in pages, of one campaign. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "sql.h"

static char vendor_text[KL_UUID_TEXT + 1];

/* The ids of the rows made here: campaign c, number n. */
static kl_uuid message_id(int campaign, unsigned n)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid id;
    snprintf(text, sizeof text, "0189aaaa-000%d-7000-8000-0000%08x", campaign, n);
    ck_assert_int_eq(kl_uuid_parse(text, &id), KL_OK);
    return id;
}

static kl_uuid campaign_id(int campaign)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid id;
    snprintf(text, sizeof text, "0189cccc-0000-7000-8000-00000000000%d", campaign);
    ck_assert_int_eq(kl_uuid_parse(text, &id), KL_OK);
    return id;
}

/* A vendor with campaigns 1 and 2 of five messages each (numbers 0-3 and the last possible one), campaign 3 that was never
 * queued, and an inbound message between. */
static kl_uuid vendor_with_messages(void)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid_format(&vendor, vendor_text);
    harness_exec(fixture.admin,
                 "INSERT INTO kloyst.waba_account (vendor_id, id, waba_id, phone_number_id, system_user_token) "
                 "  SELECT id, id, '1', '2', '' FROM kloyst.vendor;"
                 "INSERT INTO kloyst.campaign (vendor_id, id, name, waba_account_id, template_name, template_language, "
                 "  parameter_format, parameter_names, parameter_attributes, parameter_fallbacks, price, first_message_id) "
                 "  SELECT v.id, ('0189cccc-0000-7000-8000-00000000000' || c)::uuid, 'c', v.id, 't', 'en', 'POSITIONAL', '{}', "
                 "  '{}', '{}', 0, CASE WHEN c < 3 THEN ('0189aaaa-000' || c || '-7000-8000-000000000000')::uuid END "
                 "  FROM kloyst.vendor v, generate_series(1, 3) c;"
                 "INSERT INTO kloyst.message_log (vendor_id, id, campaign_id, contact_id, mobile, wa_message_id, status, "
                 "  direction, price, sent_at) SELECT v.id, ('0189aaaa-000' || c || '-7000-8000-0000' || n)::uuid, "
                 "  ('0189cccc-0000-7000-8000-00000000000' || c)::uuid, v.id, '919800000000', 'wamid.' || c || n, 'SENT', "
                 "  'OUTBOUND', 0.8631, '2026-01-02T03:04:05.000006Z' FROM kloyst.vendor v, generate_series(1, 2) c, "
                 "  unnest(ARRAY['00000000', '00000001', '00000002', '00000003', 'ffffffff']) n;"
                 "INSERT INTO kloyst.message_log (vendor_id, id, mobile, wa_message_id, status, direction, content) SELECT "
                 "  v.id, '0189aaaa-0001-7000-8001-000000000000', '919811111111', 'wamid.in', 'DELIVERED', 'INBOUND', "
                 "  '{\"text\": {\"body\": \"नमस्ते\"}}' FROM kloyst.vendor v");
    return vendor;
}

START_TEST(a_message_is_read_as_it_was_written)
{
    kl_error *error = NULL;
    kl_uuid vendor = vendor_with_messages(), id = message_id(1, 2), campaign = campaign_id(1);
    kl_message *m = NULL;
    ck_ok(kl_message_get(fixture.handle, &vendor, &id, &m, &error));
    kl_uuid read = kl_message_id(m), owner = kl_message_vendor_id(m);
    ck_assert_mem_eq(&read, &id, sizeof id);
    ck_assert_mem_eq(&owner, &vendor, sizeof vendor);
    ck_assert_mem_eq(kl_message_campaign_id(m), &campaign, sizeof campaign);
    ck_assert_mem_eq(kl_message_contact_id(m), &vendor, sizeof vendor);
    ck_assert_str_eq(kl_message_mobile(m), "919800000000");
    ck_assert_str_eq(kl_message_wa_message_id(m), "wamid.100000002");
    ck_assert_int_eq(kl_message_status_of(m), KL_MESSAGE_SENT);
    ck_assert_int_eq(kl_message_direction_of(m), KL_OUTBOUND);
    ck_assert_int_eq(kl_message_price(m), 8631);
    ck_assert_int_eq(kl_message_error_code(m), 0);
    ck_assert_ptr_null(kl_message_error_text(m));
    ck_assert_ptr_null(kl_message_content(m));
    ck_assert_int_eq(kl_message_sent_at(m), 1767323045000006);
    ck_assert_int_eq(kl_message_delivered_at(m), 0);
    ck_assert_int_eq(kl_message_read_at(m), 0);
    ck_assert_int_eq(kl_message_failed_at(m), 0);
    ck_assert_int_gt(kl_message_created_at(m), 1700000000000000);
    kl_message_free(m);
}
END_TEST

START_TEST(every_status_and_time_is_read)
{
    static const char *const labels[] = {"UNKNOWN", "SENT", "FAILED", "DELIVERED", "READ"};
    kl_error *error = NULL;
    kl_uuid vendor = vendor_with_messages(), id = message_id(1, 2);
    for (int i = 0; i < 5; i++) {
        char sql[300];
        kl_message *m = NULL;
        snprintf(sql, sizeof sql,
                 "UPDATE kloyst.message_log SET status = '%s', error_code = 131026, error_text = 'Undeliverable', "
                 "sent_at = NULL, delivered_at = 'epoch'::timestamptz + interval '1s', read_at = 'epoch'::timestamptz + "
                 "interval '2s', failed_at = 'epoch'::timestamptz + interval '3s'",
                 labels[i]);
        harness_exec(fixture.admin, sql);
        ck_ok(kl_message_get(fixture.handle, &vendor, &id, &m, &error));
        ck_assert_int_eq(kl_message_status_of(m), KL_MESSAGE_UNKNOWN + i);
        ck_assert_int_eq(kl_message_error_code(m), 131026);
        ck_assert_str_eq(kl_message_error_text(m), "Undeliverable");
        ck_assert_int_eq(kl_message_sent_at(m), 0);
        ck_assert_int_eq(kl_message_delivered_at(m), 1000000);
        ck_assert_int_eq(kl_message_read_at(m), 2000000);
        ck_assert_int_eq(kl_message_failed_at(m), 3000000);
        kl_message_free(m);
    }
}
END_TEST

START_TEST(a_message_is_found_by_its_wamid)
{
    kl_error *error = NULL;
    kl_uuid vendor = vendor_with_messages(), other = fixture_vendor("B", 0);
    kl_message *m = NULL;
    ck_ok(kl_message_find(fixture.handle, &vendor, "wamid.in", &m, &error));
    ck_assert_int_eq(kl_message_direction_of(m), KL_INBOUND);
    ck_assert_int_eq(kl_message_status_of(m), KL_MESSAGE_DELIVERED);
    ck_assert_ptr_null(kl_message_campaign_id(m));
    ck_assert_ptr_null(kl_message_contact_id(m));
    ck_assert_int_eq(kl_message_price(m), 0);
    ck_assert_str_eq(kl_message_content(m), "{\"text\": {\"body\": \"नमस्ते\"}}");
    kl_message_free(m);
    m = NULL;
    ck_fails(KL_ERR_NOT_FOUND, kl_message_find(fixture.handle, &vendor, "wamid.IN", &m, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_message_find(fixture.handle, &other, "wamid.in", &m, &error));
    ck_assert_ptr_null(m);
    /* A message whose wamid is not known is not found by anything, but has NULL for it. */
    kl_uuid id = message_id(1, 0);
    harness_exec(fixture.admin, "UPDATE kloyst.message_log SET wa_message_id = NULL");
    ck_ok(kl_message_get(fixture.handle, &vendor, &id, &m, &error));
    ck_assert_ptr_null(kl_message_wa_message_id(m));
    kl_message_free(m);
}
END_TEST

START_TEST(of_messages_with_one_wamid_the_first_is_found)
{
    kl_error *error = NULL;
    kl_uuid vendor = vendor_with_messages(), first = message_id(1, 2);
    kl_message *m = NULL;
    harness_exec(fixture.admin, "UPDATE kloyst.message_log SET wa_message_id = 'wamid.SAME' WHERE id >= '0189aaaa-0001-7000-8000-000000000002'");
    ck_ok(kl_message_find(fixture.handle, &vendor, "wamid.SAME", &m, &error));
    kl_uuid found = kl_message_id(m);
    ck_assert_mem_eq(&found, &first, sizeof found);
    kl_message_free(m);
}
END_TEST

START_TEST(a_wamid_is_not_looked_for_in_all_rows_of_a_vendor_whom_statistics_do_not_know)
{
    kl_error *error = NULL;
    const char *insert = "INSERT INTO kloyst.message_log (vendor_id, id, mobile, wa_message_id, status, direction) "
                         "SELECT '%s', gen_random_uuid(), '919800000000', 'wamid.%s.' || n, 'SENT', 'OUTBOUND' FROM generate_series(1, 20000) n";
    char text[KL_UUID_TEXT + 1], sql[512];
    kl_uuid known = fixture_vendor("A", 0), vendor = fixture_vendor("B", 0);
    harness_exec(fixture.admin, "ALTER TABLE kloyst.message_log SET (autovacuum_enabled = false)");
    kl_uuid_format(&known, text);
    snprintf(sql, sizeof sql, insert, text, "A");
    harness_exec(fixture.admin, sql);
    harness_exec(fixture.admin, "ANALYZE kloyst.message_log");
    kl_uuid_format(&vendor, text);
    snprintf(sql, sizeof sql, insert, text, "B");
    harness_exec(fixture.admin, sql);
    kl *handle = fixture_handle(NULL);
    kl_message *m = NULL;
    ck_ok(kl_message_find(handle, &vendor, "wamid.B.777", &m, &error));
    kl_message_free(m);
    kl_free(handle); /* with the connection its statistics are written */
    char *read = NULL;
    for (int i = 0; i < 1200 && (!read || *read == '0'); i++) {
        free(read);
        nanosleep(&(struct timespec){0, 50000000}, NULL);
        read = harness_query_text(fixture.admin, "SELECT sum(idx_scan) FILTER (WHERE indexrelname = 'message_log_wamid') || ' ' "
                                                 "|| (sum(idx_tup_read) > 100) FROM pg_stat_user_indexes WHERE relname = 'message_log'");
    }
    ck_assert_str_eq(read, "1 false");
    free(read);
}
END_TEST

/* How many messages the pages of `limit` hold, each after the one before it. */
static int walk(const kl_uuid *vendor, const kl_uuid *campaign, int limit)
{
    kl_error *error = NULL;
    kl_uuid after;
    const kl_uuid *from = NULL;
    for (int seen = 0;;) {
        kl_message_page *page = NULL;
        ck_ok(kl_message_list(fixture.handle, vendor, campaign, from, limit, &page, &error));
        size_t count = kl_message_page_count(page);
        ck_assert_uint_le(count, (size_t)limit);
        for (size_t i = 0; i < count; i++, seen++) {
            const kl_message *m = kl_message_page_at(page, i);
            kl_uuid id = kl_message_id(m);
            if (from)
                ck_assert_int_lt(memcmp(from, &id, sizeof id), 0);
            if (campaign)
                ck_assert_mem_eq(kl_message_campaign_id(m), campaign, sizeof *campaign);
            after = id;
            from = &after;
        }
        ck_assert_ptr_null(kl_message_page_at(page, count));
        kl_message_page_free(page);
        if (!count)
            return seen;
    }
}

START_TEST(pages_walk_all_messages_once_in_order_of_id)
{
    kl_uuid vendor = vendor_with_messages(), other = fixture_vendor("B", 0);
    ck_assert_int_eq(walk(&vendor, NULL, 4), 11);
    ck_assert_int_eq(walk(&vendor, NULL, 1), 11);
    ck_assert_int_eq(walk(&vendor, NULL, 1000), 11);
    ck_assert_int_eq(walk(&other, NULL, 4), 0);
}
END_TEST

START_TEST(the_messages_of_one_campaign_are_all_of_its_and_no_others)
{
    kl_uuid vendor = vendor_with_messages();
    for (int c = 1; c <= 3; c++) {
        kl_uuid campaign = campaign_id(c);
        ck_assert_int_eq(walk(&vendor, &campaign, 2), c == 3 ? 0 : 5);
        ck_assert_int_eq(walk(&vendor, &campaign, 1000), c == 3 ? 0 : 5);
    }
}
END_TEST

START_TEST(the_messages_of_one_campaign_are_read_by_a_range_of_the_primary_key)
{
    vendor_with_messages();
    /* Ten thousand messages of others must not be walked. */
    harness_exec(fixture.admin,
                 "INSERT INTO kloyst.message_log (vendor_id, id, mobile, status, direction) SELECT v.id, "
                 "('0189bbbb-0000-7000-8000-0000' || lpad(to_hex(n), 8, '0'))::uuid, '1', 'SENT', 'INBOUND' "
                 "FROM kloyst.vendor v, generate_series(1, 10000) n; ANALYZE kloyst.message_log");
    char prepare[4000];
    snprintf(prepare, sizeof prepare,
             "CREATE FUNCTION public.plan() RETURNS text LANGUAGE plpgsql AS $do$ DECLARE line text; plan text := ''; BEGIN "
             "SET LOCAL ROLE kloyst_app; SET LOCAL kloyst.vendor_id = '%s'; SET LOCAL plan_cache_mode = force_generic_plan; "
             "PREPARE list AS %s; FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF) EXECUTE list(''%s'', "
             "''0189cccc-0000-7000-8000-000000000001'', NULL, 1000)' LOOP plan := plan || line || E'\\n'; END LOOP; "
             "RETURN plan; END $do$",
             vendor_text, sql_message_list_of_campaign, vendor_text);
    harness_exec(fixture.admin, prepare);
    char *plan = harness_query_text(fixture.admin, "SELECT public.plan()");
    ck_assert_msg(strstr(plan, "message_log_pkey") && !strstr(plan, "Sort"), "%s", plan);
    ck_assert_msg(!strstr(plan, "Removed by Filter: 1"), "%s", plan);
    free(plan);
}
END_TEST

START_TEST(what_another_vendor_has_is_like_nothing)
{
    kl_error *error = NULL;
    kl_uuid vendor = vendor_with_messages(), other = fixture_vendor("B", 0), unknown;
    kl_uuid_generate(&unknown);
    kl_uuid id = message_id(1, 0), campaign = campaign_id(1);
    const kl_uuid *strangers[] = {&other, &unknown};
    for (int i = 0; i < 2; i++) {
        kl_message *m = NULL;
        kl_message_page *page = NULL;
        ck_fails(KL_ERR_NOT_FOUND, kl_message_get(fixture.handle, strangers[i], &id, &m, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_message_get(fixture.handle, &vendor, &unknown, &m, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_message_list(fixture.handle, strangers[i], &campaign, NULL, 10, &page, &error));
        ck_fails(KL_ERR_NOT_FOUND, kl_message_list(fixture.handle, &vendor, &unknown, NULL, 10, &page, &error));
        ck_assert_ptr_null(m);
        ck_assert_ptr_null(page);
    }
}
END_TEST

START_TEST(bad_input_is_refused)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 0), id = vendor;
    kl_message *m = NULL;
    kl_message_page *page = NULL;
    char long_id[1026];
    memset(long_id, 'w', sizeof long_id - 1);
    long_id[1025] = '\0';
    ck_fails(KL_ERR_ARGUMENT, kl_message_get(NULL, &vendor, &id, &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_get(h, NULL, &id, &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_get(h, &vendor, NULL, &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_get(h, &vendor, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_find(NULL, &vendor, "w", &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_find(h, NULL, "w", &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_find(h, &vendor, NULL, &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_find(h, &vendor, "", &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_find(h, &vendor, "w", NULL, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_message_find(h, &vendor, long_id, &m, &error));
    ck_fails(KL_ERR_ENCODING, kl_message_find(h, &vendor, "\xc3", &m, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_list(NULL, &vendor, NULL, NULL, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_list(h, NULL, NULL, NULL, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_list(h, &vendor, NULL, NULL, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_list(h, &vendor, NULL, NULL, 1001, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_message_list(h, &vendor, NULL, NULL, 1, NULL, &error));
    kl *closed = fixture_handle(NULL);
    kl_close(closed);
    ck_fails(KL_ERR_CLOSED, kl_message_get(closed, &vendor, &id, &m, &error));
    ck_fails(KL_ERR_CLOSED, kl_message_find(closed, &vendor, "w", &m, &error));
    ck_fails(KL_ERR_CLOSED, kl_message_list(closed, &vendor, NULL, NULL, 1, &page, &error));
    kl_free(closed);
    kl_message_free(NULL);
    kl_message_page_free(NULL);
    ck_assert_uint_eq(kl_message_page_count(NULL), 0);
    ck_assert_str_eq(kl_message_mobile(NULL), "");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("message");
    TCase *test_case = fixture_case("message");
    tcase_add_test(test_case, a_message_is_read_as_it_was_written);
    tcase_add_test(test_case, every_status_and_time_is_read);
    tcase_add_test(test_case, a_message_is_found_by_its_wamid);
    tcase_add_test(test_case, of_messages_with_one_wamid_the_first_is_found);
    tcase_add_test(test_case, a_wamid_is_not_looked_for_in_all_rows_of_a_vendor_whom_statistics_do_not_know);
    tcase_add_test(test_case, pages_walk_all_messages_once_in_order_of_id);
    tcase_add_test(test_case, the_messages_of_one_campaign_are_all_of_its_and_no_others);
    tcase_add_test(test_case, the_messages_of_one_campaign_are_read_by_a_range_of_the_primary_key);
    tcase_add_test(test_case, what_another_vendor_has_is_like_nothing);
    tcase_add_test(test_case, bad_input_is_refused);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
