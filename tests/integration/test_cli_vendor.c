/* The program kloyst on what a vendor has: money, contacts, users, keys, templates. Answers as JSON are strict JSON, and ways to end
 * are those of the class of error. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/program.h"
#include "harness/program_vendor.h"
#include "harness/server.h"
#include "harness/suite.h"

START_TEST(money_is_exact_and_under_one_key_moves_once)
{
    program_prepare(0);
    char debit[40];
    for (int i = 0; i < 2; i++)
        ck_run(0, "wallet", "credit", "0.0001", "--reference", "pay_2", "--key", "pay_2", "--json");
    ck_says("\"amount\":\"0.0001\",\"balance_after\":\"1000.0001\"");
    ck_run(4, "wallet", "credit", "0.0002", "--reference", "pay_2", "--key", "pay_2", "--json");
    ck_says("\"status\":\"KL_ERR_CONFLICT\"");
    ck_run(2, "wallet", "credit", "1", "--reference", "pay_3");
    ck_run(2, "wallet", "credit", "0.00001", "--reference", "pay_3", "--key", "pay_3");
    ck_run(2, "wallet", "credit", "1e3", "--reference", "pay_3", "--key", "pay_3");
    ck_run(3, "wallet", "credit", "0", "--reference", "pay_3", "--key", "pay_3");
    ck_run(4, "wallet", "debit", "1000.0002", "--reference", "x", "--key", "x", "--json");
    ck_says("\"status\":\"KL_ERR_INSUFFICIENT\"");
    ck_says("\"exit\":4");
    ck_run(4, "wallet", "resolve", "x");
    ck_run(0, "wallet", "debit", "10", "--reference", "x", "--key", "x", "--json");
    program_keep(debit, program_member("id"));
    ck_run(0, "wallet", "resolve", "x");
    ck_run(0, "wallet", "refund", "2.5", "--debit", debit, "--reference", "r", "--key", "r");
    ck_run(4, "wallet", "refund", "8", "--debit", debit, "--reference", "r", "--key", "r2");
    ck_run(0, "wallet", "balance", "--json");
    ck_says("\"balance\":\"992.5001\",\"held\":\"0.0000\",\"available\":\"992.5001\",\"seq\":4");
    ck_run(0, "wallet", "statement", "--after-seq", "1", "--limit", "2", "--json");
    ck_assert_int_eq(program_json_lines(), 2);
    ck_run(0, "wallet", "statement", "--until", "2001-01-01T00:00:00+05:30");
    ck_assert_str_eq(program_output, "");
    ck_run(2, "wallet", "statement", "--until", "2026-02-31");
}
END_TEST

START_TEST(contacts_are_found_changed_and_exported)
{
    char id[40];
    program_prepare(3);
    ck_assert_int_eq(RUN_WITH("phone,name\n+919800000001,New\nnonsense,X\n", "contact", "import", "-"), 0);
    ck_complains("line 3: column 1:");
    ck_assert_int_eq(RUN_WITH("phone,name\nnonsense,X\n", "contact", "import", "-", "--quiet"), 0);
    ck_assert_str_eq(program_errors, "");
    ck_run(6, "contact", "import", "/nonexistent");
    ck_assert_int_eq(RUN_WITH("a,b\n1,2\n", "contact", "import", "-"), 3);
    ck_run(0, "contact", "find", "919800000001", "--json");
    ck_says("\"attributes\":{\"city\": \"City 1\", \"name\": \"New\"}");
    program_keep(id, program_member("id"));
    ck_run(0, "contact", "block", "09800000001", "--country", "IN");
    ck_run(0, "contact", "opt-out", id, "--note", "said so");
    ck_run(0, "contact", "find", id);
    ck_run(0, "contact", "export", "--format", "jsonl");
    ck_assert_int_eq(program_json_lines(), 3);
    ck_run(0, "contact", "export");
    ck_says("mobile,\"city\",\"name\"\r\n+919800000000,\"City 0\",\"Name 0\"\r\n");
    ck_run(0, "contact", "delete", id);
    ck_run(4, "contact", "find", id, "--json");
    ck_says("\"status\":\"KL_ERR_NOT_FOUND\"");
    ck_run(0, "contact", "count", "--json");
    ck_says("{\"contacts\":2}");
    ck_run(0, "contact", "list", "--json");
    ck_assert_int_eq(program_json_lines(), 2);
    ck_run(0, "contact", "list", "--limit", "1");
}
END_TEST

START_TEST(an_export_never_overwrites_and_leaves_nothing_half)
{
    char path[300];
    snprintf(path, sizeof path, "%s/kl-cli-export-%ld.csv", harness_temporary(), (long)getpid());
    unlink(path);
    program_prepare(3);
    ck_run(0, "contact", "export", "--output", path, "--json");
    ck_says("{\"contacts\":3}");
    ck_run(4, "contact", "export", "--output", path);
    unlink(path);
    ck_run(4, "contact", "export", "--output", path, "--vendor", "01890000-0000-7000-8000-000000000001");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(users_log_in_with_the_password_that_was_read)
{
    program_prepare(0);
    char id[40];
    ck_assert_int_eq(RUN_WITH("correct horse\n", "user", "create", "A@b.example", "--role", "admin", "--password-file", "-", "--json"), 0);
    ck_says("\"email\":\"a@b.example\",\"role\":\"admin\"");
    program_keep(id, program_member("id"));
    ck_assert_int_eq(RUN_WITH("correct horse", "user", "login", "a@b.example", "--password-file", "-", "--json"), 0);
    ck_assert_int_eq(RUN_WITH("wrong horse", "user", "login", "a@b.example", "--password-file", "-", "--json"), 5);
    ck_says("\"status\":\"KL_ERR_CREDENTIALS\"");
    setenv("KLOYST_PASSWORD", "another horse", 1);
    ck_run(0, "user", "set-password", id);
    ck_run(0, "user", "login", "a@b.example");
    ck_run(4, "user", "create", "a@b.example");
    unsetenv("KLOYST_PASSWORD");
    ck_run(2, "user", "set-password", id);
    ck_complains("--password-file");
    ck_run(0, "user", "set-role", id, "staff");
    ck_run(0, "user", "list", "--json");
    ck_says("\"role\":\"staff\"");
    ck_run(0, "user", "delete", id);
}
END_TEST

START_TEST(keys_are_rotated_for_all_vendors)
{
    char both[200], first[80];
    program_prepare(0);
    const char *old = getenv("KLOYST_MASTER_KEY");
    ck_assert_ptr_null(old);
    ck_run(0, "keys", "generate");
    ck_assert_uint_eq(strspn(program_output, "0123456789abcdef"), 64);
    snprintf(first, sizeof first, "%.64s", program_output);
    snprintf(both, sizeof both, "%s,", first);
    for (int i = 0; i < 32; i++)
        snprintf(both + 65 + 2 * i, 3, "%02x", fixture_key[i]);
    setenv("KLOYST_MASTER_KEY", first, 1);
    ck_run(1, "doctor");
    ck_run(5, "keys", "rotate", "--json");
    ck_says("\"status\":\"KL_ERR_KEY\"");
    unsetenv("KLOYST_MASTER_KEY");
    char path[300];
    snprintf(path, sizeof path, "%s/kl-cli-key-%ld", harness_temporary(), (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%s\n", both);
    fclose(file);
    ck_run(0, "keys", "rotate", "--master-key-file", path, "--json");
    ck_says("{\"vendors\":1,\"resealed\":1}");
    ck_run(0, "keys", "rotate", "--master-key-file", path, "--json");
    ck_says("{\"vendors\":1,\"resealed\":0}");
    unlink(path);
    setenv("KLOYST_MASTER_KEY", first, 1);
    ck_run(0, "keys", "rotate", "--json");
    ck_says("\"resealed\":0");
    unsetenv("KLOYST_MASTER_KEY");
}
END_TEST

START_TEST(templates_decide_what_goes)
{
    static const char json[] = "{\"id\":\"1\",\"name\":\"offer\",\"language\":\"en\",\"category\":\"MARKETING\",\"status\":\"APPROVED\","
                               "\"parameter_format\":\"POSITIONAL\",\"components\":[{\"type\":\"BODY\",\"text\":\"Hello {{1}}\"}]}";
    char id[40];
    program_prepare(1);
    ck_assert_int_eq(RUN_WITH(json, "template", "put", program_account, "-", "--json"), 0);
    ck_assert_int_eq(program_json_lines(), 1);
    program_keep(id, program_member("id"));
    ck_run(0, "template", "list", "--json");
    ck_says("\"status\":\"APPROVED\"");
    ck_run(0, "template", "show", id);
    ck_run(4, "campaign", "create", "--name", "A", "--account", program_account, "--template", "other", "--language", "en", "--json");
    ck_says("KL_ERR_TEMPLATE");
    ck_run(0, "template", "delete", id);
    ck_run(0, "breaker", "list", "--json");
    ck_run(0, "breaker", "list-shared");
    ck_assert_str_eq(program_output, "");
}
END_TEST

START_TEST(text_from_strangers_cannot_steer_a_terminal)
{
    program_prepare(0);
    ck_run(0, "vendor", "create", "a\033[2Jb\nc\302\233d");
    ck_says("name        a?[2Jb?c?d\n");
    ck_run(0, "vendor", "list", "--json");
    ck_assert_int_eq(program_json_lines(), 2);
    ck_says("a\\u001b[2Jb\\u000ac");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cli_vendor");
    TCase *test_case = fixture_case("cli_vendor");
    tcase_add_test(test_case, money_is_exact_and_under_one_key_moves_once);
    tcase_add_test(test_case, contacts_are_found_changed_and_exported);
    tcase_add_test(test_case, an_export_never_overwrites_and_leaves_nothing_half);
    tcase_add_test(test_case, users_log_in_with_the_password_that_was_read);
    tcase_add_test(test_case, keys_are_rotated_for_all_vendors);
    tcase_add_test(test_case, templates_decide_what_goes);
    tcase_add_test(test_case, text_from_strangers_cannot_steer_a_terminal);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
