/* Promises of the status table and of error objects. */
#include "harness/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <kloyst/status.h>

#include "base/error.h"

START_TEST(the_table_is_ordered_and_without_repetition)
{
    size_t count = kl_status_count();
    ck_assert_uint_gt(count, 1);
    for (size_t i = 0; i < count; i++) {
        const kl_status_info *row = kl_status_at(i);
        if (i)
            ck_assert_int_gt(row->status, kl_status_at(i - 1)->status);
        for (size_t other = 0; other < i; other++) {
            ck_assert_str_ne(row->name, kl_status_at(other)->name);
            ck_assert_str_ne(row->text, kl_status_at(other)->text);
        }
    }
    ck_assert_int_eq(kl_status_at(0)->status, KL_OK);
    ck_assert_ptr_null(kl_status_at(count));
    ck_assert_ptr_null(kl_status_at((size_t)-1));
}
END_TEST

START_TEST(each_text_is_one_line_of_plain_english)
{
    for (size_t i = 0; i < kl_status_count(); i++) {
        const kl_status_info *row = kl_status_at(i);
        size_t length = strlen(row->text);
        ck_assert_uint_gt(length, 3);
        ck_assert_uint_lt(length, 100);
        ck_assert_msg(row->text[length - 1] != '.', "%s ends with a full stop", row->name);
        for (const char *c = row->text; *c; c++)
            ck_assert_msg(*c >= ' ' && *c <= '~', "%s holds an odd character", row->name);
        ck_assert(row->retriable == 0 || row->retriable == 1);
    }
}
END_TEST

/* Reads "    KL_ERR_EMPTY = 30," and moves behind it. */
static bool next_enumerator(const char **at, char name[64], int *value)
{
    for (; *at; *at = strchr(*at, '\n') ? strchr(*at, '\n') + 1 : NULL) {
        if (strncmp(*at, "} kl_status;", 12) == 0)
            return false;
        if (sscanf(*at, "    KL_%58[A-Z0-9_] = %d", name + 3, value) == 2) {
            memcpy(name, "KL_", 3);
            *at = strchr(*at, '\n') ? strchr(*at, '\n') + 1 : NULL;
            return true;
        }
    }
    return false;
}

START_TEST(the_table_holds_exactly_the_enumerators_of_the_header)
{
    FILE *file = fopen("include/kloyst/status.h", "r");
    ck_assert_msg(file != NULL, "run it in the root of the repository");
    static char header[65536];
    size_t length = fread(header, 1, sizeof header - 1, file);
    fclose(file);
    header[length] = '\0';

    const char *at = strstr(header, "typedef enum kl_status {");
    ck_assert_ptr_nonnull(at);
    size_t found = 0;
    char name[64];
    int value;
    while (next_enumerator(&at, name, &value)) {
        const kl_status_info *row = kl_status_at(found++);
        ck_assert_msg(row != NULL, "%s is missing in the table", name);
        ck_assert_str_eq(row->name, name);
        ck_assert_int_eq(row->status, value);
    }
    ck_assert_uint_eq(found, kl_status_count());
}
END_TEST

START_TEST(a_status_is_looked_up_by_its_number)
{
    for (size_t i = 0; i < kl_status_count(); i++) {
        const kl_status_info *row = kl_status_at(i);
        ck_assert_ptr_eq(kl_status_name(row->status), row->name);
        ck_assert_ptr_eq(kl_status_text(row->status), row->text);
        ck_assert_int_eq(kl_status_retriable(row->status), row->retriable);
    }
    ck_assert_str_eq(kl_status_name((kl_status)12345), "KL_ERR_?");
    ck_assert_str_eq(kl_status_text((kl_status)-1), "unknown status");
    ck_assert_int_eq(kl_status_retriable((kl_status)12345), 0);
}
END_TEST

START_TEST(an_unknown_outcome_is_never_called_retriable)
{
    ck_assert_int_eq(kl_status_retriable(KL_ERR_UNKNOWN_OUTCOME), 0);
    ck_assert_int_eq(kl_status_retriable(KL_OK), 0);
    ck_assert_int_eq(kl_status_retriable(KL_ERR_SERIALIZATION), 1);
    ck_assert_int_eq(kl_status_retriable(KL_ERR_CONNECTION_LOST), 1);
}
END_TEST

START_TEST(the_first_description_wins)
{
    kl_error *error = NULL;
    ck_assert_int_eq(error_set(&error, KL_ERR_LIMIT, "balance %d", 7), KL_ERR_LIMIT);
    ck_assert_int_eq(error_set(&error, KL_ERR_INTERNAL, "later"), KL_ERR_INTERNAL);
    ck_assert_int_eq(error_set_sqlstate(&error, KL_ERR_DATABASE, "40001", "later"), KL_ERR_DATABASE);
    ck_assert_int_eq(error_memory(&error), KL_ERR_MEMORY);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_LIMIT);
    ck_assert_str_eq(kl_error_message(error), "balance 7");
    ck_assert_str_eq(kl_error_sqlstate(error), "");
    kl_error_free(error);
}
END_TEST

START_TEST(a_failure_of_the_server_keeps_its_sqlstate)
{
    kl_error *error = NULL;
    error_set_sqlstate(&error, KL_ERR_SERIALIZATION, "40P01", "deadlock");
    ck_assert_str_eq(kl_error_sqlstate(error), "40P01");
    ck_assert_int_eq(kl_error_retriable(error), 1);
    error_clear(&error);
    ck_assert_ptr_null(error);
    error_set_sqlstate(&error, KL_ERR_DATABASE, NULL, "no state");
    ck_assert_str_eq(kl_error_sqlstate(error), "");
    error_clear(&error);
    error_set_sqlstate(&error, KL_ERR_DATABASE, "123456789", "too long");
    ck_assert_str_eq(kl_error_sqlstate(error), "12345");
    error_clear(&error);
}
END_TEST

START_TEST(null_is_accepted_everywhere)
{
    ck_assert_int_eq(kl_error_status(NULL), KL_OK);
    ck_assert_str_eq(kl_error_message(NULL), "");
    ck_assert_str_eq(kl_error_sqlstate(NULL), "");
    ck_assert_int_eq(kl_error_retriable(NULL), 0);
    kl_error_free(NULL);
    error_clear(NULL);
    ck_assert_int_eq(error_set(NULL, KL_ERR_STATE, "nobody listens"), KL_ERR_STATE);
    ck_assert_int_eq(error_set_sqlstate(NULL, KL_ERR_DATABASE, "42501", "nobody"), KL_ERR_DATABASE);
    ck_assert_int_eq(error_memory(NULL), KL_ERR_MEMORY);
}
END_TEST

START_TEST(line_breaks_become_blanks)
{
    kl_error *error = NULL;
    error_set(&error, KL_ERR_DATABASE, "ERROR: a\r\nHINT: b\n");
    ck_assert_str_eq(kl_error_message(error), "ERROR: a  HINT: b ");
    kl_error_free(error);
}
END_TEST

START_TEST(out_of_memory_is_described_without_memory)
{
    kl_error *error = NULL, *again = NULL;
    error_memory(&error);
    error_memory(&again);
    ck_assert_ptr_eq(error, again);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_MEMORY);
    ck_assert_str_eq(kl_error_message(error), "out of memory");
    ck_assert_str_eq(kl_error_sqlstate(error), "");
    ck_assert_int_eq(kl_error_retriable(error), 1);
    kl_error_free(error);
    kl_error_free(again);
}
END_TEST

START_TEST(a_long_message_is_kept_whole)
{
    static char text[100001];
    memset(text, 'x', sizeof text - 1);
    kl_error *error = NULL;
    error_set(&error, KL_ERR_FORMAT, "%s", text);
    ck_assert_str_eq(kl_error_message(error), text);
    kl_error_free(error);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");
    tcase_add_test(tests, the_table_is_ordered_and_without_repetition);
    tcase_add_test(tests, each_text_is_one_line_of_plain_english);
    tcase_add_test(tests, the_table_holds_exactly_the_enumerators_of_the_header);
    tcase_add_test(tests, a_status_is_looked_up_by_its_number);
    tcase_add_test(tests, an_unknown_outcome_is_never_called_retriable);
    tcase_add_test(tests, the_first_description_wins);
    tcase_add_test(tests, a_failure_of_the_server_keeps_its_sqlstate);
    tcase_add_test(tests, null_is_accepted_everywhere);
    tcase_add_test(tests, line_breaks_become_blanks);
    tcase_add_test(tests, out_of_memory_is_described_without_memory);
    tcase_add_test(tests, a_long_message_is_kept_whole);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
