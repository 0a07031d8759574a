/* The program kloyst, run as a process: its answers and its ways to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/server.h"
#include "harness/suite.h"

static char vendor_text[KL_UUID_TEXT + 1];
static char path[100];

/* A vendor with ten rows, and a place for a statement. */
static void start(const char *end)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 10000);
    kl_uuid_format(&vendor, vendor_text);
    for (int i = 2; i <= 10; i++)
        ck_ok(kl_wallet_debit(fixture.handle, &vendor, 7, "message", NULL, NULL, &error));
    snprintf(path, sizeof path, "%s/kl-cli-%ld%s", harness_temporary(), (long)getpid(), end);
    unlink(path);
}

/* The statement as it is now. */
static const char *whole(void)
{
    static char text[20000];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Edits the statement: one text for another of the same length, the first time it occurs. */
static void edit(const char *old, const char *new)
{
    static char text[20000];
    FILE *file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    char *place = strstr(text, old);
    ck_assert_ptr_nonnull(place);
    ck_assert_uint_eq(strlen(old), strlen(new));
    ck_assert_int_eq(fseek(file, place - text, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(new, 1, strlen(new), file), strlen(new));
    fclose(file);
}

START_TEST(a_ledger_is_exported_verified_and_its_tampering_named)
{
    const char *end = _i ? ".jsonl" : ".csv";
    start(end);
    ck_assert_int_eq(RUN("ledger", "verify", "--vendor", vendor_text), 0);
    ck_says("rows      10\n");
    ck_says("balance   0.9937\n");
    ck_assert_int_eq(RUN("ledger", "export", "--vendor", vendor_text, "--output", path), 0);
    ck_says("rows     10\n");
    char head[65];
    ck_assert_int_eq(sscanf(strstr(program_output, "head"), "head %64s", head), 1);
    ck_assert_int_eq(RUN("ledger", "verify", "--file", path, "--head", head), 0);
    ck_says("rows      10\n");
    ck_says(head);
    ck_assert_int_eq(RUN("ledger", "verify", "--file", path, "--json"), 0);
    ck_says("{\"verified\":true,\"status\":\"KL_OK\",\"rows\":10,");
    ck_says("\"credited\":\"1.0000\",\"debited\":\"0.0063\",\"refunded\":\"0.0000\",\"balance\":\"0.9937\"");
    ck_says(head);
    ck_assert_int_eq(RUN_WITH(whole(), "ledger", "verify", "--file", "-", "--format", _i ? "jsonl" : "csv"), 0);
    edit("0.9958", "0.9968"); /* the balance after the seventh row */
    ck_assert_int_eq(RUN("ledger", "verify", "--file", path), 1);
    ck_complains("kloyst: row 7 of the ledger");
    ck_assert_int_eq(RUN("ledger", "verify", "--file", path, "--json"), 1);
    ck_says("{\"verified\":false,\"status\":\"KL_ERR_CORRUPT\",\"rows\":7,\"bad_seq\":7,");
    ck_says("\"message\":\"row 7 of the ledger");
    edit("0.9968", "0.9958");
    head[0] = head[0] == '0' ? '1' : '0';
    ck_assert_int_eq(RUN("ledger", "verify", "--file", path, "--head", head), 1);
    ck_complains("expected hash");
    unlink(path);
}
END_TEST

START_TEST(a_corrupt_database_is_told_by_its_row)
{
    start("");
    harness_exec(fixture.admin, "ALTER TABLE kloyst.transaction DISABLE TRIGGER ALL;"
                                "UPDATE kloyst.transaction SET reference = 'gift' WHERE seq = 4");
    ck_assert_int_eq(RUN("ledger", "verify", "--vendor", vendor_text), 1);
    ck_complains("kloyst: row 4 of the ledger");
    ck_assert_int_eq(RUN("ledger", "verify", "--vendor", vendor_text, "--json"), 1);
    ck_says("\"bad_seq\":4");
    ck_assert_int_eq(RUN("ledger", "export", "--vendor", vendor_text, "--format", "jsonl"), 0);
    ck_says("{\"seq\":1,");
    ck_says("\"reference\":\"gift\"");
}
END_TEST

START_TEST(wrong_usage_ends_with_two)
{
    static const char *const wrong[][8] = {
        {NULL},
        {"ledger"},
        {"ledger", "burn"},
        {"ledger", "verify"},
        {"ledger", "verify", "--what"},
        {"ledger", "verify", "--file"},
        {"ledger", "verify", "--file", "a", "b"},
        {"ledger", "verify", "--file", "a", "--format", "xml"},
        {"ledger", "verify", "--file", "a", "--head", "12"},
        {"ledger", "verify", "--file", "a", "--url", "b"},
        {"ledger", "verify", "--file", "a", "--vendor", "01890000-0000-7000-8000-000000000001"},
        {"ledger", "verify", "--vendor", "somebody"},
        {"ledger", "verify", "--vendor", "01890000-0000-7000-8000-000000000001", "--format", "csv"},
        {"ledger", "export"},
        {"ledger", "export", "--vendor", "somebody"},
        {"ledger", "export", "--vendor", "01890000-0000-7000-8000-000000000001", "--format", "xml"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_msg(program_run(NULL, wrong[i]) == 2, "%zu: %s%s", i, program_output, program_errors);
        ck_complains("kloyst");
    }
}
END_TEST

START_TEST(failures_end_by_their_class)
{
    start("");
    ck_run(6, "ledger", "verify", "--file", "/nonexistent");
    ck_run(3, "ledger", "verify", "--file", "Makefile");
    ck_complains("not a statement");
    ck_run(3, "ledger", "verify", "--file", "Makefile", "--json");
    ck_says("{\"status\":\"KL_ERR_FORMAT\",\"message\":\"this is not a statement");
    ck_run(7, "ledger", "verify", "--url", "host=/nonexistent", "--vendor", vendor_text);
    ck_run(4, "ledger", "verify", "--vendor", "01890000-0000-7000-8000-000000000001");
    ck_run(6, "ledger", "export", "--vendor", vendor_text, "--output", "/nonexistent/a");
}
END_TEST

START_TEST(help_and_version_are_told)
{
    ck_assert_int_eq(RUN("--help"), 0);
    ck_says("ledger verify");
    ck_says("ledger export");
    ck_assert_int_eq(RUN("--version"), 0);
    ck_says(KL_VERSION);
    ck_assert_int_eq(RUN("ledger", "verify", "--help"), 0);
    ck_says("--head");
    ck_assert_int_eq(RUN("ledger", "export", "--help"), 0);
    ck_says("--output");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_ledger");
    TCase *test_case = fixture_case("cli_ledger");
    tcase_add_loop_test(test_case, a_ledger_is_exported_verified_and_its_tampering_named, 0, 2);
    tcase_add_test(test_case, a_corrupt_database_is_told_by_its_row);
    tcase_add_test(test_case, wrong_usage_ends_with_two);
    tcase_add_test(test_case, failures_end_by_their_class);
    tcase_add_test(test_case, help_and_version_are_told);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
