/* Which releases of PostgreSQL the doctor warns of. */
#include <check.h>
#include <string.h>

#include "core/doctor_versions.h"
#include "harness/suite.h"

/* What is said about a version, as a page to be freed. */
static kl_finding_page *said(void (*look)(finding_list *, int), int version)
{
    finding_list found = {0};
    kl_finding_page *page = NULL;
    look(&found, version);
    ck_assert_int_eq(finding_page(&found, &page, NULL), KL_OK);
    ck_assert_uint_eq(kl_finding_page_count(page), 1);
    return page;
}

static void ck_level(void (*look)(finding_list *, int), int version, kl_finding_level level, const char *words)
{
    kl_finding_page *page = said(look, version);
    const kl_finding *finding = kl_finding_page_at(page, 0);
    ck_assert_msg(kl_finding_level_of(finding) == level, "%d: %s", version, kl_finding_text(finding));
    ck_assert_msg(strstr(kl_finding_text(finding), words) != NULL, "%d: %s", version, kl_finding_text(finding));
    kl_finding_page_free(page);
}

START_TEST(a_minor_release_with_a_hole_is_warned_of_and_the_one_that_closed_it_is_not)
{
    ck_level(doctor_server_version, 150020, KL_FINDING_GOOD, "15.20");
    ck_level(doctor_server_version, 150019, KL_FINDING_WARNING, "CVE-2026-120154");
    ck_level(doctor_server_version, 150013, KL_FINDING_WARNING, "CVE-2025-8713");
    ck_level(doctor_client_version, 150018, KL_FINDING_GOOD, "15.18");
    ck_level(doctor_client_version, 150017, KL_FINDING_WARNING, "CVE-2026-6477");
    kl_finding_page *page = said(doctor_server_version, 150014);
    ck_assert_ptr_null(strstr(kl_finding_text(kl_finding_page_at(page, 0)), "CVE-2025-8713"));
    kl_finding_page_free(page);
}
END_TEST

START_TEST(later_majors_are_judged_by_the_release_of_the_same_day)
{
    /* 15.14, 16.10 and 17.6 came on one day, as did 15.15, 16.11, 17.7 and 18.1. */
    static const int closed[] = {150014, 160010, 170006, 180001};
    static const int open[] = {150013, 160009, 170005};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        kl_finding_page *page = said(doctor_server_version, closed[i]);
        ck_assert_ptr_null(strstr(kl_finding_text(kl_finding_page_at(page, 0)), "CVE-2025-8713"));
        kl_finding_page_free(page);
    }
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        ck_level(doctor_server_version, open[i], KL_FINDING_WARNING, "CVE-2025-8713");
    ck_level(doctor_server_version, 160016, KL_FINDING_GOOD, "16.16");
    ck_level(doctor_server_version, 160015, KL_FINDING_WARNING, "16.15");
    ck_level(doctor_server_version, 180006, KL_FINDING_GOOD, "18.6");
    ck_level(doctor_server_version, 180005, KL_FINDING_WARNING, "18.5");
}
END_TEST

START_TEST(majors_that_are_not_known_are_not_judged)
{
    ck_level(doctor_server_version, 140020, KL_FINDING_FAULT, "older than 15");
    ck_level(doctor_client_version, 140020, KL_FINDING_WARNING, "older than 15");
    ck_level(doctor_server_version, 250000, KL_FINDING_NOTE, "newer");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("doctor_versions");
    TCase *test_case = tcase_create("doctor_versions");
    tcase_add_test(test_case, a_minor_release_with_a_hole_is_warned_of_and_the_one_that_closed_it_is_not);
    tcase_add_test(test_case, later_majors_are_judged_by_the_release_of_the_same_day);
    tcase_add_test(test_case, majors_that_are_not_known_are_not_judged);
    suite_add_tcase(suite, test_case);
    return suite_run(suite);
}
