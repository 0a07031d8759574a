/* Promises of the error policy: every row, said again by its code. */
#include "harness/suite.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "meta/error_policy.h"

enum { DAY = 86400, ANY = ERROR_RETRIES_UNLIMITED };

typedef struct expectation {
    int first, last;
    error_class class;
    error_scope scope;
    int backoff_seconds, growth, retries;
} expectation;

static const expectation expected[] = {
    {0, 0, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {1, 2, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 5, 2, 5},
    {3, 3, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {4, 4, ERROR_RETRY, ERROR_SCOPE_APP, 60, 2, ANY},
    {10, 10, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {33, 33, ERROR_STOP_NUMBER, ERROR_SCOPE_NUMBER, 0, 1, ANY},
    {100, 100, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {190, 190, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {200, 299, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {368, 368, ERROR_STOP_WABA, ERROR_SCOPE_WABA, DAY, 1, ANY},
    {80007, 80007, ERROR_RETRY, ERROR_SCOPE_WABA, 60, 2, ANY},
    {130403, 130403, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0},
    {130429, 130429, ERROR_RETRY, ERROR_SCOPE_NUMBER, 1, 2, ANY},
    {130472, 130472, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0},
    {130497, 130497, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {131000, 131000, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 5, 2, 5},
    {131005, 131005, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {131008, 131009, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {131016, 131016, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 5, 2, 5},
    {131021, 131021, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {131026, 131026, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0},
    {131031, 131031, ERROR_STOP_WABA, ERROR_SCOPE_WABA, DAY, 1, ANY},
    {131037, 131037, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {131042, 131042, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {131045, 131045, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {131047, 131047, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0},
    {131048, 131048, ERROR_STOP_NUMBER, ERROR_SCOPE_NUMBER, DAY, 1, ANY},
    {131049, 131049, ERROR_RETRY_AFTER_DAY, ERROR_SCOPE_PAIR, DAY, 1, 2},
    {131050, 131050, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0},
    {131051, 131052, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {131053, 131053, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 5, 1, 1},
    {131056, 131056, ERROR_RETRY, ERROR_SCOPE_PAIR, 1, 4, ANY},
    {131057, 131057, ERROR_RETRY, ERROR_SCOPE_NUMBER, 120, 2, ANY},
    {131062, 131062, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {131063, 131063, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {131064, 131064, ERROR_STOP_WABA, ERROR_SCOPE_WABA, DAY, 1, ANY},
    {132000, 132001, ERROR_PERMANENT, ERROR_SCOPE_CAMPAIGN, 0, 1, 0},
    {132005, 132005, ERROR_PERMANENT, ERROR_SCOPE_CAMPAIGN, 0, 1, 0},
    {132007, 132007, ERROR_STOP_CAMPAIGN, ERROR_SCOPE_TEMPLATE, 0, 1, 0},
    {132012, 132012, ERROR_PERMANENT, ERROR_SCOPE_CAMPAIGN, 0, 1, 0},
    {132015, 132015, ERROR_STOP_CAMPAIGN, ERROR_SCOPE_TEMPLATE, 10800, 1, 0},
    {132016, 132016, ERROR_STOP_CAMPAIGN, ERROR_SCOPE_TEMPLATE, 0, 1, 0},
    {132018, 132018, ERROR_PERMANENT, ERROR_SCOPE_CAMPAIGN, 0, 1, 0},
    {132068, 132068, ERROR_STOP_CAMPAIGN, ERROR_SCOPE_TEMPLATE, 0, 1, 0},
    {132069, 132069, ERROR_RETRY, ERROR_SCOPE_TEMPLATE, 300, 2, ANY},
    {133000, 133000, ERROR_PERMANENT, ERROR_SCOPE_NUMBER, 0, 1, 0},
    {133004, 133004, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 5, 2, 5},
    {133005, 133005, ERROR_PERMANENT, ERROR_SCOPE_NUMBER, 0, 1, 0},
    {133006, 133006, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {133008, 133009, ERROR_PERMANENT, ERROR_SCOPE_NUMBER, 0, 1, 0},
    {133010, 133010, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, ANY},
    {133015, 133015, ERROR_RETRY, ERROR_SCOPE_NUMBER, 300, 2, 5},
    {133016, 133016, ERROR_PERMANENT, ERROR_SCOPE_NUMBER, 0, 1, 0},
    {134100, 134100, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {134101, 134101, ERROR_RETRY, ERROR_SCOPE_TEMPLATE, 600, 2, 5},
    {134102, 134102, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {135000, 135000, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {900001, 900001, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {900002, 900002, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {900003, 900003, ERROR_PERMANENT, ERROR_SCOPE_MESSAGE, 0, 1, 0},
    {2494100, 2494100, ERROR_RETRY, ERROR_SCOPE_NUMBER, 120, 2, ANY},
};

static const size_t expectations = sizeof expected / sizeof expected[0];

/* Between the codes of Meta's table, and around it. */
static const expectation by_default = {0, 0, ERROR_RETRY, ERROR_SCOPE_MESSAGE, 60, 10, 3};

static void code_is(int code, const expectation *wanted)
{
    const error_policy *found = error_policy_for(code);
    ck_assert_msg(found->class == wanted->class, "%d has class %d", code, found->class);
    ck_assert_msg(found->scope == wanted->scope, "%d has scope %d", code, found->scope);
    ck_assert_msg(found->backoff_seconds == wanted->backoff_seconds, "%d waits %d s", code, found->backoff_seconds);
    ck_assert_msg(found->growth == wanted->growth, "%d grows by %d", code, found->growth);
    ck_assert_msg(found->retries == wanted->retries, "%d is retried %d times", code, found->retries);
    ck_assert_msg(found->refund, "%d is not refunded", code);
    ck_assert_msg(found->opt_out == (code == 131050), "%d and opt-out", code);
    ck_assert_msg(found->unreachable == (code == 131026), "%d and the number", code);
    ck_assert_msg(found->bad_token == (code == 0 || code == 190), "%d and the token", code);
}

START_TEST(every_code_has_its_class_scope_and_waits)
{
    for (size_t i = 0; i < expectations; i++)
        for (int code = expected[i].first; code <= expected[i].last; code++)
            code_is(code, &expected[i]);
}
END_TEST

START_TEST(unknown_codes_are_retried_a_little_and_then_refunded)
{
    int after = INT_MIN;
    for (size_t i = 0; i < expectations; i++) {
        if (expected[i].first > after)
            code_is(expected[i].first - 1, &by_default);
        after = expected[i].last + 1;
        if (i + 1 == expectations || expected[i + 1].first > after)
            code_is(after, &by_default);
    }
    code_is(INT_MIN, &by_default);
    code_is(-1, &by_default);
    code_is(INT_MAX, &by_default);
}
END_TEST

START_TEST(rows_ascend_and_none_is_untested)
{
    int last = INT_MIN;
    for (size_t i = 0; i < error_policy_count(); i++) {
        const error_policy *row = error_policy_at(i);
        ck_assert_int_gt(row->first, last);
        ck_assert_int_ge(row->last, row->first);
        ck_assert_uint_gt(strlen(row->text), 10);
        last = row->last;
        bool tested = false;
        for (size_t j = 0; j < expectations; j++)
            tested = tested || (expected[j].first <= row->first && row->last <= expected[j].last);
        ck_assert_msg(tested, "row of %d to %d", row->first, row->last);
    }
    ck_assert_ptr_null(error_policy_at(error_policy_count()));
}
END_TEST

START_TEST(waits_and_classes_fit_together)
{
    for (size_t i = 0; i < error_policy_count(); i++) {
        const error_policy *row = error_policy_at(i);
        bool again = row->class == ERROR_RETRY || row->class == ERROR_RETRY_AFTER_DAY;
        if (again)
            ck_assert_msg(row->backoff_seconds > 0 && row->retries != 0, "%d is retried at once", row->first);
        if (row->class == ERROR_RETRY_AFTER_DAY)
            ck_assert_int_ge(row->backoff_seconds, DAY);
        if (row->class == ERROR_PERMANENT)
            ck_assert_int_eq(row->retries, 0);
        ck_assert_int_ne(row->class, ERROR_UNKNOWN_OUTCOME);
    }
}
END_TEST

START_TEST(an_unreadable_answer_is_neither_retried_nor_refunded)
{
    const error_policy *row = error_policy_unreadable();
    ck_assert_int_eq(row->class, ERROR_UNKNOWN_OUTCOME);
    ck_assert_int_eq(row->scope, ERROR_SCOPE_MESSAGE);
    ck_assert_int_eq(row->retries, 0);
    ck_assert(!row->refund);
    ck_assert(!row->opt_out && !row->unreachable && !row->bad_token);
}
END_TEST

/* Word of the data file for a row: what is done, and what together. */
static void words_of(const error_policy *row, const char **what, const char **where)
{
    static const char *const classes[] = {NULL, "retry", "retry-after-day", "permanent", "stop", "stop", "stop", "unknown"};
    static const char *const scopes[] = {NULL, "message", "pair", "number", "template", "campaign", "account", "app"};
    *what = classes[row->class];
    *where = scopes[row->scope];
}

START_TEST(every_code_that_meta_documents_is_treated_as_its_meaning_asks)
{
    char line[300];
    int rows = 0;
    FILE *file = fopen("tests/data/error-codes.tsv", "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        int first, last;
        char what[30], where[30];
        const char *found_what, *found_where;
        if (line[0] == '#')
            continue;
        ck_assert_msg(sscanf(line, "%d\t%d\t%29[^\t]\t%29[^\t]\t", &first, &last, what, where) == 4, "%s", line);
        rows++;
        for (int code = first; code <= last; code++) {
            const error_policy *row = error_policy_for(code);
            ck_assert_msg(row->first <= code && code <= row->last, "%d is not in the table", code);
            words_of(row, &found_what, &found_where);
            ck_assert_msg(!strcmp(what, found_what) && !strcmp(where, found_where), "%d: %s of %s", code, found_what,
                          found_where);
        }
    }
    fclose(file);
    ck_assert_int_gt(rows, 50);
}
END_TEST

START_TEST(programs_read_the_same_table)
{
    kl_error_policy row;
    ck_assert_uint_eq(kl_error_policy_count(), error_policy_count());
    for (size_t i = 0; i < kl_error_policy_count(); i++) {
        kl_error_policy by_code;
        ck_assert_int_eq(kl_error_policy_at(i, &row), KL_OK);
        ck_assert_int_eq(kl_error_policy_get(row.first_code, &by_code), KL_OK);
        ck_assert_int_eq(memcmp(&row, &by_code, sizeof row), 0);
        ck_assert_int_eq((int)row.error_class, (int)error_policy_at(i)->class);
        ck_assert_str_eq(row.text, error_policy_at(i)->text);
        ck_assert(*kl_error_class_name(row.error_class));
    }
    ck_assert_int_eq(kl_error_policy_unreadable(&row), KL_OK);
    ck_assert_int_eq(row.error_class, KL_ERROR_UNKNOWN_OUTCOME);
    ck_assert_int_eq(kl_error_policy_at(kl_error_policy_count(), &row), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_policy_at(0, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_policy_get(0, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_policy_unreadable(NULL), KL_ERR_ARGUMENT);
    ck_assert_str_eq(kl_error_class_name((kl_error_class)0), "");
}
END_TEST

START_TEST(no_wait_grows_past_its_most)
{
    for (size_t i = 0; i < error_policy_count(); i++) {
        const error_policy *row = error_policy_at(i);
        ck_assert_msg(row->most_seconds >= row->backoff_seconds, "%d", row->first);
        ck_assert_msg((row->most_seconds == 0) == (row->backoff_seconds == 0), "%d", row->first);
        ck_assert_msg(row->most_seconds <= DAY, "%d", row->first);
    }
}
END_TEST

START_TEST(only_what_may_be_the_senders_own_token_stops_it_alone)
{
    static const int own[] = {0, 3, 10, 33, 190, 200, 299, 131005};
    size_t found = 0;
    for (int code = 0; code < 140000; code++) {
        bool listed = code >= 200 && code <= 299;
        for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
            listed = listed || own[i] == code;
        ck_assert_msg(error_policy_for(code)->own_access == listed, "%d", code);
        found += listed;
    }
    ck_assert_uint_eq(found, 106);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("error_policy");
    TCase *tests = tcase_create("error_policy");
    tcase_add_test(tests, every_code_has_its_class_scope_and_waits);
    tcase_add_test(tests, unknown_codes_are_retried_a_little_and_then_refunded);
    tcase_add_test(tests, rows_ascend_and_none_is_untested);
    tcase_add_test(tests, waits_and_classes_fit_together);
    tcase_add_test(tests, an_unreadable_answer_is_neither_retried_nor_refunded);
    tcase_add_test(tests, every_code_that_meta_documents_is_treated_as_its_meaning_asks);
    tcase_add_test(tests, programs_read_the_same_table);
    tcase_add_test(tests, no_wait_grows_past_its_most);
    tcase_add_test(tests, only_what_may_be_the_senders_own_token_stops_it_alone);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
