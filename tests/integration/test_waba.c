/* WABA accounts: create, read, list, change, remove; a token is sealed for its row and opens nowhere else. */
#include <stdio.h>
#include <string.h>

#include "core/waba.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define TOKEN "EAAGm0PX4ZCpsBAKZCxyz-very.secret_token"

static void ck_sql(const char *sql, const char *expected)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

static kl_uuid account_of(const kl_uuid *vendor_id, const char *phone_number_id, const char *token)
{
    kl_error *error = NULL;
    kl_waba *waba = NULL;
    ck_ok(kl_waba_create(fixture.handle, vendor_id, "102290129340398", phone_number_id, token, strlen(token), &waba,
                         &error));
    kl_uuid id = kl_waba_id(waba);
    kl_waba_free(waba);
    return id;
}

static void ck_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *expected)
{
    kl_error *error = NULL;
    char *token = NULL;
    size_t length = 0;
    ck_ok(kl_waba_token(handle, vendor_id, id, &token, &length, &error));
    ck_assert_uint_eq(length, strlen(expected));
    ck_assert_str_eq(token, expected);
    kl_secret_free(token, length);
}

static kl_status token_status(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id)
{
    char *token = NULL;
    size_t length = 77;
    kl_status status = kl_waba_token(handle, vendor_id, id, &token, &length, NULL);
    if (status) {
        ck_assert_ptr_null(token);
        ck_assert_uint_eq(length, 77);
    } else {
        kl_secret_free(token, length);
    }
    return status;
}

START_TEST(an_account_is_read_back_as_created)
{
    kl_error *error = NULL;
    kl_waba *made = NULL, *read = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    ck_ok(kl_waba_create(fixture.handle, &vendor, "12345678901234567890123456789012", "0", TOKEN, strlen(TOKEN), &made,
                         &error));
    kl_uuid id = kl_waba_id(made), vendor_id;
    ck_ok(kl_waba_get(fixture.handle, &vendor, &id, &read, &error));
    vendor_id = kl_waba_vendor_id(read);
    ck_assert_mem_eq(&vendor_id, &vendor, sizeof vendor);
    ck_assert_str_eq(kl_waba_meta_id(made), "12345678901234567890123456789012");
    ck_assert_str_eq(kl_waba_meta_id(read), "12345678901234567890123456789012");
    ck_assert_str_eq(kl_waba_phone_number_id(read), "0");
    ck_assert_int_eq(kl_waba_messages_per_second(read), 80);
    ck_assert_int_gt(kl_waba_created_at(read), 1700000000000000);
    ck_assert_int_eq(kl_waba_updated_at(read), kl_waba_created_at(made));
    ck_sql("SELECT count(*) FROM kloyst.waba_directory d JOIN kloyst.waba_account a ON a.id = d.waba_account_id AND "
           "(a.vendor_id, a.phone_number_id, a.waba_id) = (d.vendor_id, d.phone_number_id, d.waba_id)",
           "1");
    ck_ok(kl_waba_create(fixture.handle, &vendor, "1", "2", "t", 1, NULL, &error));
    kl_waba_free(made);
    kl_waba_free(read);
}
END_TEST

START_TEST(the_database_holds_the_token_sealed_and_nothing_of_it_in_clear)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN);
    ck_token(fixture.handle, &vendor, &id, TOKEN);
    ck_sql("SELECT count(*) FROM kloyst.waba_account WHERE position('secret'::bytea IN system_user_token) > 0", "0");
    ck_sql("SELECT length(system_user_token) - 45 FROM kloyst.waba_account", "39");
    ck_sql("SELECT get_byte(system_user_token, 0) FROM kloyst.waba_account", "1");
}
END_TEST

START_TEST(tokens_of_1_and_of_8192_bytes_round_trip)
{
    static char longest[8194];
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    memset(longest, '~', 8193);
    ck_fails(KL_ERR_TOO_LONG, kl_waba_create(fixture.handle, &vendor, "1", "1", longest, 8193, NULL, &error));
    longest[8192] = '\0';
    kl_uuid a = account_of(&vendor, "1", longest), b = account_of(&vendor, "2", "!");
    ck_token(fixture.handle, &vendor, &a, longest);
    ck_token(fixture.handle, &vendor, &b, "!");
}
END_TEST

START_TEST(a_vendor_has_a_phone_number_once_and_two_vendors_may_share_it)
{
    kl_error *error = NULL;
    kl_waba *out = NULL;
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    kl_uuid first = account_of(&a, "55", TOKEN);
    ck_fails(KL_ERR_EXISTS, kl_waba_create(fixture.handle, &a, "9", "55", "other", 5, &out, &error));
    ck_assert_ptr_null(out);
    ck_token(fixture.handle, &a, &first, TOKEN);
    account_of(&b, "55", TOKEN);
    ck_sql("SELECT count(*) FROM kloyst.waba_directory WHERE phone_number_id = '55'", "2");
    ck_sql("SELECT count(*) FROM kloyst.waba_account", "2");
}
END_TEST

START_TEST(an_account_without_a_vendor_is_refused_and_leaves_no_trace)
{
    kl_error *error = NULL;
    kl_uuid nobody;
    ck_assert_int_eq(kl_uuid_generate(&nobody), KL_OK);
    ck_fails(KL_ERR_NOT_FOUND, kl_waba_create(fixture.handle, &nobody, "1", "1", TOKEN, 5, NULL, &error));
    ck_sql("SELECT count(*) FROM kloyst.waba_directory", "0");
}
END_TEST

START_TEST(a_replaced_token_is_sealed_anew_even_when_it_is_the_same)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN), other = account_of(&vendor, "2", "other");
    char *before = harness_query_text(fixture.admin,
                                      "SELECT system_user_token FROM kloyst.waba_account WHERE phone_number_id = '1'");
    ck_ok(kl_waba_set_token(fixture.handle, &vendor, &id, TOKEN, strlen(TOKEN), &error));
    char *after = harness_query_text(fixture.admin,
                                     "SELECT system_user_token FROM kloyst.waba_account WHERE phone_number_id = '1'");
    /* "\x", version 2 digits, key id 8, nonce 48 */
    ck_assert_mem_eq(before, after, 12);
    ck_assert_mem_ne(before + 12, after + 12, 48);
    ck_token(fixture.handle, &vendor, &id, TOKEN);
    ck_ok(kl_waba_set_token(fixture.handle, &vendor, &id, "new", 3, &error));
    ck_token(fixture.handle, &vendor, &id, "new");
    ck_token(fixture.handle, &vendor, &other, "other");
    ck_sql("SELECT string_agg((updated_at > created_at)::text, ',' ORDER BY phone_number_id) FROM kloyst.waba_account",
           "true,false");
    free(before);
    free(after);
}
END_TEST

START_TEST(a_sealed_token_opens_in_its_own_row_only)
{
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    kl_uuid first = account_of(&a, "1", "token-of-a-1"), second = account_of(&a, "2", "token-of-a-2");
    kl_uuid foreign = account_of(&b, "1", "token-of-b-1");
    harness_exec(fixture.admin, "UPDATE kloyst.waba_account SET system_user_token = "
                                "(SELECT system_user_token FROM kloyst.waba_account w ORDER BY id LIMIT 1)");
    ck_assert_int_eq(token_status(fixture.handle, &a, &first), KL_OK);
    ck_assert_int_eq(token_status(fixture.handle, &a, &second), KL_ERR_CORRUPT);
    ck_assert_int_eq(token_status(fixture.handle, &b, &foreign), KL_ERR_CORRUPT);
    /* Not even when another vendor's row has the same id. */
    harness_exec(fixture.admin,
                 "UPDATE kloyst.waba_account SET id = (SELECT id FROM kloyst.waba_account w ORDER BY id LIMIT 1) "
                 "WHERE vendor_id = (SELECT id FROM kloyst.vendor WHERE name = 'B')");
    ck_assert_int_eq(token_status(fixture.handle, &b, &first), KL_ERR_CORRUPT);
}
END_TEST

START_TEST(a_changed_or_cut_token_is_corrupt)
{
    static const char *const changes[] = {
        "set_byte(system_user_token, 5, get_byte(system_user_token, 5) # 1)",     /* nonce */
        "set_byte(system_user_token, 29, get_byte(system_user_token, 29) # 128)", /* text */
        "set_byte(system_user_token, length(system_user_token) - 1, get_byte(system_user_token, "
        "length(system_user_token) - 1) # 1)",
        "substr(system_user_token, 1, length(system_user_token) - 1)",
        "substr(system_user_token, 1, 45)",
        "substr(system_user_token, 1, 44)",
        "''::bytea",
        "system_user_token || '\\x00'",
        "set_byte(system_user_token, 0, 2)",
    };
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN);
    harness_exec(fixture.admin, "CREATE TABLE public.keep AS SELECT system_user_token FROM kloyst.waba_account");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char sql[300];
        snprintf(sql, sizeof sql, "UPDATE kloyst.waba_account SET system_user_token = %s", changes[i]);
        harness_exec(fixture.admin, sql);
        ck_assert_int_eq(token_status(fixture.handle, &vendor, &id), KL_ERR_CORRUPT);
        harness_exec(fixture.admin,
                     "UPDATE kloyst.waba_account SET system_user_token = (SELECT system_user_token FROM public.keep)");
    }
    ck_token(fixture.handle, &vendor, &id, TOKEN);
}
END_TEST

static kl *handle_with(const uint8_t *keys, size_t count)
{
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = keys;
    options.master_key_length = 32 * count;
    return fixture_handle(&options);
}

START_TEST(without_the_master_key_no_token_goes_in_or_out)
{
    kl_error *error = NULL;
    uint8_t keys[64] = {1};
    memcpy(keys + 32, fixture_key, 32);
    unsetenv("KLOYST_MASTER_KEY");
    kl *none = handle_with(NULL, 0), *other = handle_with(keys, 1), *rotated = handle_with(keys, 2);
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN);
    ck_fails(KL_ERR_KEY, kl_waba_create(none, &vendor, "1", "2", TOKEN, 5, NULL, &error));
    ck_fails(KL_ERR_KEY, kl_waba_set_token(none, &vendor, &id, TOKEN, 5, &error));
    ck_assert_int_eq(token_status(none, &vendor, &id), KL_ERR_KEY);
    ck_assert_int_eq(token_status(other, &vendor, &id), KL_ERR_KEY);
    ck_sql("SELECT count(*) FROM kloyst.waba_account", "1");
    /* A new first key seals; the old one still opens. */
    ck_token(rotated, &vendor, &id, TOKEN);
    ck_ok(kl_waba_set_token(rotated, &vendor, &id, "renewed", 7, &error));
    ck_token(other, &vendor, &id, "renewed");
    ck_assert_int_eq(token_status(fixture.handle, &vendor, &id), KL_ERR_KEY);
    kl_free(none);
    kl_free(other);
    kl_free(rotated);
}
END_TEST

START_TEST(tokens_are_sealed_with_the_first_key_by_resealing)
{
    kl_error *error = NULL;
    uint8_t keys[64] = {2};
    int64_t resealed = -1;
    memcpy(keys + 32, fixture_key, 32);
    kl *other = handle_with(keys, 1), *both = handle_with(keys, 2);
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0), ids[101];
    for (int i = 0; i < 101; i++) {
        char number[12];
        snprintf(number, sizeof number, "%d", i + 1);
        ids[i] = account_of(&a, number, TOKEN);
    }
    kl_uuid of_b = account_of(&b, "1", TOKEN);
    ck_ok(kl_waba_set_token(both, &a, &ids[3], "renewed", 7, &error));
    ck_fails(KL_ERR_KEY, kl_waba_reseal(other, &a, &resealed, &error));
    ck_assert_int_eq(resealed, -1);
    ck_ok(kl_waba_reseal(both, &a, &resealed, &error));
    ck_assert_int_eq(resealed, 100);
    for (int i = 0; i < 101; i++)
        ck_token(other, &a, &ids[i], i == 3 ? "renewed" : TOKEN);
    ck_assert_int_eq(token_status(other, &b, &of_b), KL_ERR_KEY);
    ck_ok(kl_waba_reseal(both, &a, &resealed, &error));
    ck_assert_int_eq(resealed, 0);
    /* What was tampered with is told, and stays. */
    harness_exec(fixture.admin, "UPDATE kloyst.waba_account SET system_user_token = system_user_token || '\\x00' "
                                "WHERE phone_number_id = '1'");
    ck_fails(KL_ERR_CORRUPT, kl_waba_reseal(both, &b, &resealed, &error));
    ck_assert_int_eq(token_status(both, &b, &of_b), KL_ERR_CORRUPT);
    kl_free(other);
    kl_free(both);
}
END_TEST

START_TEST(the_sender_gets_token_number_and_rate_at_once)
{
    kl_error *error = NULL;
    char *token = NULL, *phone = NULL;
    size_t length = 0;
    int rate = 0;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "4711", TOKEN);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &id, 1000, &error));
    ck_ok(waba_open_token(fixture.handle, &vendor, &id, &token, &length, &phone, &rate, &error));
    ck_assert_str_eq(token, TOKEN);
    ck_assert_str_eq(phone, "4711");
    ck_assert_int_eq(rate, 1000);
    kl_secret_free(token, length);
    free(phone);
    harness_exec(fixture.admin, "UPDATE kloyst.waba_account SET system_user_token = 'x'");
    phone = token = NULL;
    ck_fails(KL_ERR_CORRUPT, waba_open_token(fixture.handle, &vendor, &id, &token, &length, &phone, &rate, &error));
    ck_assert_ptr_null(phone);
    ck_assert_ptr_null(token);
}
END_TEST

START_TEST(rates_from_1_to_1000_are_kept)
{
    kl_error *error = NULL;
    kl_waba *waba = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN);
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &id, 1000, &error));
    ck_ok(kl_waba_set_rate(fixture.handle, &vendor, &id, 1, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_set_rate(fixture.handle, &vendor, &id, 0, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_set_rate(fixture.handle, &vendor, &id, 1001, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_set_rate(fixture.handle, &vendor, &id, -1, &error));
    ck_ok(kl_waba_get(fixture.handle, &vendor, &id, &waba, &error));
    ck_assert_int_eq(kl_waba_messages_per_second(waba), 1);
    kl_waba_free(waba);
}
END_TEST

START_TEST(pages_walk_the_vendors_own_accounts_once)
{
    kl_error *error = NULL;
    if (_i)
        harness_exec(fixture.admin, "ALTER TABLE kloyst.waba_account DISABLE ROW LEVEL SECURITY");
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0), after = {{0}};
    for (int i = 0; i < 7; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        account_of(i % 3 ? &a : &b, number, TOKEN);
    }
    int seen = 0;
    for (size_t count = 1; count;) {
        kl_waba_page *page = NULL;
        ck_ok(kl_waba_list(fixture.handle, &a, seen ? &after : NULL, 3, &page, &error));
        count = kl_waba_page_count(page);
        for (size_t i = 0; i < count; i++) {
            kl_uuid id = kl_waba_id(kl_waba_page_at(page, i)), vendor = kl_waba_vendor_id(kl_waba_page_at(page, i));
            ck_assert_int_gt(memcmp(&id, &after, sizeof id), 0);
            ck_assert_mem_eq(&vendor, &a, sizeof a);
            after = id;
            seen++;
        }
        ck_assert_ptr_null(kl_waba_page_at(page, count));
        kl_waba_page_free(page);
    }
    ck_assert_int_eq(seen, 4);
}
END_TEST

/* Run as it is, and with the table's row security off: either wall must hold alone. */
START_TEST(another_vendors_account_is_answered_like_one_that_does_not_exist)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    if (_i)
        harness_exec(fixture.admin, "ALTER TABLE kloyst.waba_account DISABLE ROW LEVEL SECURITY");
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0), ids[2];
    ids[0] = account_of(&b, "1", TOKEN);
    ck_assert_int_eq(kl_uuid_generate(&ids[1]), KL_OK);
    char *row = harness_query_text(fixture.admin, "SELECT a::text FROM kloyst.waba_account a");
    char answers[2][200];
    for (int i = 0; i < 2; i++) {
        kl_waba *out = NULL;
        kl_status status[] = {
            kl_waba_get(h, &a, &ids[i], &out, &error),   kl_waba_set_token(h, &a, &ids[i], "mine", 4, &error),
            kl_waba_set_rate(h, &a, &ids[i], 5, &error), token_status(h, &a, &ids[i]),
            kl_waba_delete(h, &a, &ids[i], &error),
        };
        for (size_t k = 0; k < sizeof status / sizeof status[0]; k++)
            ck_assert_int_eq(status[k], KL_ERR_NOT_FOUND);
        ck_assert_ptr_null(out);
        snprintf(answers[i], sizeof answers[i], "%s %s", kl_error_sqlstate(error), kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    ck_assert_str_eq(answers[0], answers[1]);
    ck_sql("SELECT a::text FROM kloyst.waba_account a", row);
    ck_sql("SELECT count(*) FROM kloyst.waba_directory", "1");
    free(row);
}
END_TEST

START_TEST(a_deleted_account_leaves_the_directory_and_frees_its_number)
{
    kl_error *error = NULL;
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    kl_uuid id = account_of(&a, "1", TOKEN);
    account_of(&b, "1", TOKEN);
    ck_fails(KL_ERR_IN_USE, kl_vendor_delete(fixture.handle, &a, &error));
    ck_ok(kl_waba_delete(fixture.handle, &a, &id, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_waba_delete(fixture.handle, &a, &id, &error));
    ck_sql("SELECT count(*) FROM kloyst.waba_directory", "1");
    ck_sql("SELECT count(*) FROM kloyst.waba_directory d JOIN kloyst.vendor v ON v.id = d.vendor_id AND v.name = 'B'",
           "1");
    account_of(&a, "1", TOKEN);
}
END_TEST

START_TEST(an_account_that_a_campaign_uses_stays_whole)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = account_of(&vendor, "1", TOKEN);
    harness_exec(fixture.admin,
                 "INSERT INTO kloyst.campaign (vendor_id, id, name, waba_account_id, template_name, template_language, "
                 "parameter_format, parameter_names, parameter_attributes, parameter_fallbacks, price) "
                 "SELECT vendor_id, gen_random_uuid(), 'C', id, 't', 'en', 'NAMED', '{}', '{}', '{}', 1 FROM "
                 "kloyst.waba_account");
    ck_fails(KL_ERR_IN_USE, kl_waba_delete(fixture.handle, &vendor, &id, &error));
    ck_sql("SELECT count(*) FROM kloyst.waba_directory", "1");
    ck_token(fixture.handle, &vendor, &id, TOKEN);
}
END_TEST

START_TEST(bad_arguments_are_refused_and_change_nothing)
{
    kl_error *error = NULL;
    kl_waba *out = NULL;
    kl_waba_page *page = NULL;
    kl *h = fixture.handle;
    char *token = NULL;
    size_t length;
    static const char *const tokens[] = {"a b", "a\n", "a\r\nX-Evil: 1", "\x7f", "a\x80", " ", "a\tb"};
    static const char *const numbers[] = {"", "12a", " 1", "-1", "1.0", "\xd9\xa1"};
    kl_uuid v = fixture_vendor("A", 0), id = v;
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(NULL, &v, "1", "1", "t", 1, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(h, NULL, "1", "1", "t", 1, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(h, &v, NULL, "1", "t", 1, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(h, &v, "1", NULL, "t", 1, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(h, &v, "1", "1", NULL, 1, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_create(h, &v, "1", "1", "t", 0, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_waba_create(h, &v, "123456789012345678901234567890123", "1", "t", 1, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_waba_create(h, &v, "1", "123456789012345678901234567890123", "t", 1, &out, &error));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ck_fails(KL_ERR_FORMAT, kl_waba_create(h, &v, numbers[i], "1", "t", 1, &out, &error));
        ck_fails(KL_ERR_FORMAT, kl_waba_create(h, &v, "1", numbers[i], "t", 1, &out, &error));
    }
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        ck_fails(KL_ERR_FORMAT, kl_waba_create(h, &v, "1", "1", tokens[i], strlen(tokens[i]), &out, &error));
        ck_fails(KL_ERR_FORMAT, kl_waba_set_token(h, &v, &id, tokens[i], strlen(tokens[i]), &error));
    }
    ck_fails(KL_ERR_FORMAT, kl_waba_create(h, &v, "1", "1", "a\0b", 3, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_get(h, &v, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_get(h, NULL, &id, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_get(h, &v, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_list(h, NULL, NULL, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_list(h, &v, NULL, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_list(h, &v, NULL, 1001, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_list(h, &v, NULL, 1, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_set_token(h, &v, &id, NULL, 1, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_token(h, &v, &id, NULL, &length, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_token(h, &v, &id, &token, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_waba_delete(h, &v, NULL, &error));
    ck_assert_ptr_null(out);
    ck_sql("SELECT count(*) FROM kloyst.waba_account", "0");
}
END_TEST

START_TEST(getters_and_frees_accept_null)
{
    kl_waba_free(NULL);
    kl_waba_page_free(NULL);
    ck_assert_str_eq(kl_waba_meta_id(NULL), "");
    ck_assert_str_eq(kl_waba_phone_number_id(NULL), "");
    ck_assert_int_eq(kl_waba_messages_per_second(NULL), 0);
    ck_assert_uint_eq(kl_waba_page_count(NULL), 0);
    ck_assert_ptr_null(kl_waba_page_at(NULL, 0));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("waba");
    TCase *test_case = fixture_case("waba");
    tcase_add_test(test_case, an_account_is_read_back_as_created);
    tcase_add_test(test_case, the_database_holds_the_token_sealed_and_nothing_of_it_in_clear);
    tcase_add_test(test_case, tokens_of_1_and_of_8192_bytes_round_trip);
    tcase_add_test(test_case, a_vendor_has_a_phone_number_once_and_two_vendors_may_share_it);
    tcase_add_test(test_case, an_account_without_a_vendor_is_refused_and_leaves_no_trace);
    tcase_add_test(test_case, a_replaced_token_is_sealed_anew_even_when_it_is_the_same);
    tcase_add_test(test_case, a_sealed_token_opens_in_its_own_row_only);
    tcase_add_test(test_case, a_changed_or_cut_token_is_corrupt);
    tcase_add_test(test_case, without_the_master_key_no_token_goes_in_or_out);
    tcase_add_test(test_case, tokens_are_sealed_with_the_first_key_by_resealing);
    tcase_add_test(test_case, the_sender_gets_token_number_and_rate_at_once);
    tcase_add_test(test_case, rates_from_1_to_1000_are_kept);
    tcase_add_loop_test(test_case, pages_walk_the_vendors_own_accounts_once, 0, 2);
    tcase_add_loop_test(test_case, another_vendors_account_is_answered_like_one_that_does_not_exist, 0, 2);
    tcase_add_test(test_case, a_deleted_account_leaves_the_directory_and_frees_its_number);
    tcase_add_test(test_case, an_account_that_a_campaign_uses_stays_whole);
    tcase_add_test(test_case, bad_arguments_are_refused_and_change_nothing);
    tcase_add_test(test_case, getters_and_frees_accept_null);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
