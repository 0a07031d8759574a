/* The doctor finds what is wrong, and nothing where all is well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

/* The worst level of what is said about a subject with these words in it; 0: nothing of the kind. */
static kl_finding_level level_of(kl *handle, const char *subject, const char *words)
{
    kl_error *error = NULL;
    kl_finding_page *page = NULL;
    kl_finding_level worst = 0;
    ck_ok(kl_doctor_run(handle, &page, &error));
    for (size_t i = 0; i < kl_finding_page_count(page); i++) {
        const kl_finding *f = kl_finding_page_at(page, i);
        if (strcmp(kl_finding_subject(f), subject) == 0 && strstr(kl_finding_text(f), words) &&
            kl_finding_level_of(f) > worst)
            worst = kl_finding_level_of(f);
    }
    kl_finding_page_free(page);
    return worst;
}

static void ck_no_fault(kl *handle)
{
    kl_error *error = NULL;
    kl_finding_page *page = NULL;
    ck_ok(kl_doctor_run(handle, &page, &error));
    ck_assert_uint_gt(kl_finding_page_count(page), 8);
    ck_assert_ptr_null(kl_finding_page_at(page, kl_finding_page_count(page)));
    for (size_t i = 0; i < kl_finding_page_count(page); i++) {
        const kl_finding *f = kl_finding_page_at(page, i);
        /* The tests' server need not survive a crash. */
        ck_assert_msg(kl_finding_level_of(f) < KL_FINDING_FAULT || strcmp(kl_finding_subject(f), "durability") == 0, "%s: %s",
                      kl_finding_subject(f), kl_finding_text(f));
    }
    kl_finding_page_free(page);
}

START_TEST(a_fresh_database_has_no_fault)
{
    ck_no_fault(fixture.handle);
    ck_assert_int_eq(level_of(fixture.handle, "isolation", ""), KL_FINDING_GOOD);
    ck_assert_int_eq(level_of(fixture.handle, "clock", ""), KL_FINDING_GOOD);
    ck_assert_int_eq(level_of(fixture.handle, "partitions", ""), KL_FINDING_GOOD);
    ck_assert_int_eq(level_of(fixture.handle, "role", "kloyst_app"), KL_FINDING_GOOD);
}
END_TEST

START_TEST(what_breaks_isolation_is_a_fault)
{
    harness_exec(fixture.admin, "ALTER TABLE kloyst.contact NO FORCE ROW LEVEL SECURITY");
    ck_assert_int_eq(level_of(fixture.handle, "isolation", "contact"), KL_FINDING_FAULT);
    ck_assert_int_eq(level_of(fixture.handle, "isolation", "keep vendors apart"), 0);
}
END_TEST

START_TEST(a_superuser_and_the_owner_are_warned_of)
{
    kl *handle = NULL;
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = fixture_key;
    options.master_key_length = 32;
    ck_ok(kl_open(fixture.admin, &options, &handle, &error));
    ck_assert_int_eq(level_of(handle, "role", "superuser"), KL_FINDING_WARNING);
    ck_assert_int_eq(level_of(handle, "isolation", ""), KL_FINDING_GOOD);
    kl_free(handle);
}
END_TEST

START_TEST(tokens_that_cannot_be_opened_are_named)
{
    char text[KL_UUID_TEXT + 1];
    uint8_t keys[64] = {7};
    kl_options options = KL_OPTIONS_INIT;
    kl_uuid vendor = fixture_vendor("A", 0), account = fixture_waba(&vendor, "1"), other = fixture_waba(&vendor, "2");
    kl_uuid_format(&account, text);
    ck_assert_int_eq(level_of(fixture.handle, "keys", "2 accounts"), KL_FINDING_GOOD);
    memcpy(keys + 32, fixture_key, 32);
    options.master_key = keys;
    options.master_key_length = 64;
    kl *rotating = fixture_handle(&options);
    ck_assert_int_eq(level_of(rotating, "keys", "2 accounts"), KL_FINDING_GOOD);
    ck_assert_int_eq(level_of(rotating, "keys", "rotate"), KL_FINDING_NOTE);
    options.master_key_length = 32;
    kl *wrong = fixture_handle(&options);
    ck_assert_int_eq(level_of(wrong, "keys", text), KL_FINDING_FAULT);
    harness_exec(fixture.admin, "UPDATE kloyst.waba_account SET system_user_token = system_user_token || '\\x00' "
                                "WHERE phone_number_id = '2'");
    kl_uuid_format(&other, text);
    ck_assert_int_eq(level_of(fixture.handle, "keys", text), KL_FINDING_FAULT);
    unsetenv("KLOYST_MASTER_KEY");
    unsetenv("KLOYST_APP_SECRET");
    kl *none = NULL;
    kl_error *error = NULL;
    char login[600];
    snprintf(login, sizeof login, "%s user=kloyst_app", fixture.conninfo);
    ck_ok(kl_open(login, NULL, &none, &error));
    ck_assert_int_eq(level_of(none, "keys", "no master key"), KL_FINDING_WARNING);
    ck_assert_int_eq(level_of(none, "keys", "no app secret"), KL_FINDING_NOTE);
    kl_free(none);
    kl_free(wrong);
    kl_free(rotating);
}
END_TEST

START_TEST(a_partitioned_table_without_partition_is_a_fault)
{
    harness_exec(fixture.admin, "CREATE TABLE kloyst.later (vendor_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day)");
    ck_assert_int_eq(level_of(fixture.handle, "partitions", "later"), KL_FINDING_FAULT);
    harness_exec(fixture.admin, "CREATE TABLE kloyst.later_2026 PARTITION OF kloyst.later FOR VALUES FROM ('2026-01-01') TO "
                                "('2027-01-01')");
    ck_assert_int_eq(level_of(fixture.handle, "partitions", "later"), KL_FINDING_GOOD);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("doctor");
    TCase *test_case = fixture_case("doctor");
    tcase_add_test(test_case, a_fresh_database_has_no_fault);
    tcase_add_test(test_case, what_breaks_isolation_is_a_fault);
    tcase_add_test(test_case, a_superuser_and_the_owner_are_warned_of);
    tcase_add_test(test_case, tokens_that_cannot_be_opened_are_named);
    tcase_add_test(test_case, a_partitioned_table_without_partition_is_a_fault);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
