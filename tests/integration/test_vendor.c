/* Vendors: create, read, list, change, remove; one wallet each. */
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

START_TEST(a_vendor_is_read_back_as_created)
{
    kl_error *error = NULL;
    kl_vendor *made = NULL, *read = NULL;
    const char settings[] = "{\"price\":\"0.8631\",\"big\":9007199254740993}";
    ck_ok(kl_vendor_create(fixture.handle, "Ünïcode & Söhne", KL_PLAN_DEDICATED, settings, strlen(settings), &made, &error));
    kl_uuid id = kl_vendor_id(made);
    ck_ok(kl_vendor_get(fixture.handle, &id, &read, &error));
    ck_assert_str_eq(kl_vendor_name(read), "Ünïcode & Söhne");
    ck_assert_int_eq(kl_vendor_plan_type(read), KL_PLAN_DEDICATED);
    ck_assert_ptr_nonnull(strstr(kl_vendor_settings(read), "9007199254740993"));
    ck_assert_int_gt(kl_vendor_created_at(read), 1700000000000000);
    kl_vendor_free(made);
    kl_vendor_free(read);
}
END_TEST

START_TEST(an_unknown_vendor_is_not_found_by_any_call)
{
    kl_error *error = NULL;
    kl_vendor *read = NULL;
    kl_uuid id;
    ck_assert_int_eq(kl_uuid_generate(&id), KL_OK);
    ck_fails(KL_ERR_NOT_FOUND, kl_vendor_get(fixture.handle, &id, &read, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_vendor_rename(fixture.handle, &id, "x", &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_vendor_set_plan(fixture.handle, &id, KL_PLAN_SHARED, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_vendor_patch_settings(fixture.handle, &id, "{}", 2, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_vendor_delete(fixture.handle, &id, &error));
}
END_TEST

START_TEST(changes_are_stored_and_settings_are_merge_patched)
{
    kl_error *error = NULL;
    kl_vendor *made = NULL, *read = NULL;
    ck_ok(kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, "{\"a\":{\"x\":1,\"y\":2},\"b\":3}", 25, &made, &error));
    kl_uuid id = kl_vendor_id(made);
    ck_ok(kl_vendor_rename(fixture.handle, &id, "B", &error));
    ck_ok(kl_vendor_set_plan(fixture.handle, &id, KL_PLAN_DEDICATED, &error));
    ck_ok(kl_vendor_patch_settings(fixture.handle, &id, "{\"a\":{\"x\":null,\"z\":[1]},\"b\":null,\"c\":\"n\"}", 41, &error));
    ck_ok(kl_vendor_get(fixture.handle, &id, &read, &error));
    ck_assert_str_eq(kl_vendor_name(read), "B");
    ck_assert_int_eq(kl_vendor_plan_type(read), KL_PLAN_DEDICATED);
    ck_assert_str_eq(kl_vendor_settings(read), "{\"a\": {\"y\": 2, \"z\": [1]}, \"c\": \"n\"}");
    kl_vendor_free(made);
    kl_vendor_free(read);
}
END_TEST

START_TEST(pages_walk_all_vendors_once)
{
    kl_error *error = NULL;
    for (int i = 0; i < 7; i++)
        ck_ok(kl_vendor_create(fixture.handle, "V", KL_PLAN_SHARED, NULL, 0, NULL, &error));
    kl_uuid after = {{0}};
    int seen = 0;
    for (;;) {
        kl_vendor_page *page = NULL;
        ck_ok(kl_vendor_list(fixture.handle, &after, 3, &page, &error));
        size_t count = kl_vendor_page_count(page);
        for (size_t i = 0; i < count; i++) {
            kl_uuid id = kl_vendor_id(kl_vendor_page_at(page, i));
            ck_assert_int_gt(memcmp(&id, &after, sizeof id), 0);
            after = id;
            seen++;
        }
        ck_assert_ptr_null(kl_vendor_page_at(page, count));
        kl_vendor_page_free(page);
        if (!count)
            break;
    }
    ck_assert_int_eq(seen, 7);
}
END_TEST

START_TEST(a_vendor_has_exactly_one_wallet_and_goes_with_it)
{
    kl_error *error = NULL;
    kl_vendor *made = NULL;
    ck_ok(kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, NULL, 0, &made, &error));
    kl_uuid id = kl_vendor_id(made);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.wallet");
    ck_assert_str_eq(count, "1");
    free(count);
    ck_ok(kl_vendor_delete(fixture.handle, &id, &error));
    count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.wallet");
    ck_assert_str_eq(count, "0");
    free(count);
    kl_vendor_free(made);
}
END_TEST

START_TEST(a_vendor_whose_wallet_has_a_ledger_stays)
{
    kl_error *error = NULL;
    kl_vendor *made = NULL;
    ck_ok(kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, NULL, 0, &made, &error));
    kl_uuid id = kl_vendor_id(made);
    ck_ok(kl_wallet_credit(fixture.handle, &id, 1, "recharge", NULL, NULL, &error));
    ck_fails(KL_ERR_IN_USE, kl_vendor_delete(fixture.handle, &id, &error));
    harness_exec(fixture.admin, "DO $$ BEGIN DELETE FROM kloyst.wallet; ASSERT false;"
                                   " EXCEPTION WHEN insufficient_privilege THEN NULL; END $$");
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.wallet");
    ck_assert_str_eq(count, "1");
    free(count);
    kl_vendor_free(made);
}
END_TEST

START_TEST(bad_input_is_refused_and_changes_nothing)
{
    kl_error *error = NULL;
    kl_vendor *out = NULL;
    char *long_name = malloc(900);
    memset(long_name, 'x', 899);
    long_name[899] = '\0';
    ck_fails(KL_ERR_ARGUMENT, kl_vendor_create(NULL, "A", KL_PLAN_SHARED, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_vendor_create(fixture.handle, NULL, KL_PLAN_SHARED, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_vendor_create(fixture.handle, "", KL_PLAN_SHARED, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_vendor_create(fixture.handle, "A", (kl_plan_type)9, NULL, 0, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_vendor_create(fixture.handle, long_name, KL_PLAN_SHARED, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ENCODING, kl_vendor_create(fixture.handle, "a\xff", KL_PLAN_SHARED, NULL, 0, &out, &error));
    ck_fails(KL_ERR_JSON, kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, "[1]", 3, &out, &error));
    ck_fails(KL_ERR_JSON, kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, "{\"a\":1,\"a\":2}", 13, &out, &error));
    ck_fails(KL_ERR_ENCODING, kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, "{\"a\":\"\\u0000\"}", 14, &out, &error));
    ck_fails(KL_ERR_ENCODING, kl_vendor_create(fixture.handle, "A", KL_PLAN_SHARED, "{\"a\":\"\0\"}", 9, &out, &error));
    ck_assert_ptr_null(out);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.vendor");
    ck_assert_str_eq(count, "0");
    free(count);
    free(long_name);
}
END_TEST

START_TEST(a_closed_handle_answers_closed)
{
    kl_error *error = NULL;
    kl *handle = fixture_handle(NULL);
    kl_close(handle);
    kl_close(handle);
    ck_fails(KL_ERR_CLOSED, kl_vendor_create(handle, "A", KL_PLAN_SHARED, NULL, 0, NULL, &error));
    kl_free(handle);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("vendor");
    TCase *test_case = fixture_case("vendor");
    tcase_add_test(test_case, a_vendor_is_read_back_as_created);
    tcase_add_test(test_case, an_unknown_vendor_is_not_found_by_any_call);
    tcase_add_test(test_case, changes_are_stored_and_settings_are_merge_patched);
    tcase_add_test(test_case, pages_walk_all_vendors_once);
    tcase_add_test(test_case, a_vendor_has_exactly_one_wallet_and_goes_with_it);
    tcase_add_test(test_case, a_vendor_whose_wallet_has_a_ledger_stays);
    tcase_add_test(test_case, bad_input_is_refused_and_changes_nothing);
    tcase_add_test(test_case, a_closed_handle_answers_closed);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
