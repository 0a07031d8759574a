/* Wallets: credit, debit, refund, hold, release; each exactly once per key, none beyond its bounds. With many callers: test_wallet_threads.c. */
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static const kl_money cap = KL_MONEY_MAX;

static void ck_query(const char *expected, const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

/* Balance, held and seq of the wallet, and a ledger that proves them. */
static void ck_wallet(const kl_uuid *vendor, kl_money balance, kl_money held, int64_t seq)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(fixture.handle, vendor, &wallet, &error));
    ck_assert_int_eq(kl_wallet_balance(wallet), balance);
    ck_assert_int_eq(kl_wallet_held(wallet), held);
    ck_assert_int_eq(kl_wallet_available(wallet), balance - held);
    ck_assert_int_eq(kl_wallet_seq(wallet), seq);
    kl_wallet_free(wallet);
    ck_ok(kl_wallet_verify(fixture.handle, vendor, NULL, &error));
}

static kl_uuid debit(const kl_uuid *vendor, kl_money amount)
{
    kl_error *error = NULL;
    kl_transaction *made = NULL;
    ck_ok(kl_wallet_debit(fixture.handle, vendor, amount, "message", NULL, &made, &error));
    kl_uuid id = kl_transaction_id(made);
    kl_transaction_free(made);
    return id;
}

static kl_uuid hold(const kl_uuid *vendor, kl_money amount, const char *key)
{
    kl_error *error = NULL;
    kl_hold *made = NULL;
    ck_ok(kl_hold_create(fixture.handle, vendor, amount, "campaign", key, 0, &made, &error));
    kl_uuid id = kl_hold_id(made);
    kl_hold_free(made);
    return id;
}

#define ck_uuid_eq(a, b) ck_assert_mem_eq((a).bytes, (b).bytes, sizeof(kl_uuid))

START_TEST(a_credit_is_one_row_read_back_as_written)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_transaction *made = NULL, *read = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, 12345, "pay_\\x41 ünï 'q'", "key-1", &made, &error));
    kl_uuid id = kl_transaction_id(made);
    ck_ok(kl_transaction_get(fixture.handle, &vendor, &id, &read, &error));
    ck_ok(kl_wallet_get(fixture.handle, &vendor, &wallet, &error));
    ck_uuid_eq(kl_transaction_id(read), id);
    ck_uuid_eq(kl_transaction_vendor_id(read), vendor);
    ck_uuid_eq(kl_transaction_wallet_id(read), kl_wallet_id(wallet));
    ck_uuid_eq(kl_wallet_vendor_id(wallet), vendor);
    ck_assert_int_eq(kl_transaction_seq(read), 1);
    ck_assert_int_eq(kl_transaction_type_of(read), KL_CREDIT_RECHARGE);
    ck_assert_int_eq(kl_transaction_amount(read), 12345);
    ck_assert_int_eq(kl_transaction_balance_after(read), 12345);
    ck_assert_str_eq(kl_transaction_reference(read), "pay_\\x41 ünï 'q'");
    ck_assert_str_eq(kl_transaction_idempotency_key(read), "key-1");
    ck_assert_ptr_null(kl_transaction_debit_id(read));
    ck_assert_ptr_null(kl_transaction_campaign_id(read));
    ck_assert_int_eq(kl_transaction_batch_no(read), -1);
    ck_assert_mem_eq(kl_transaction_hash(read), kl_transaction_hash(made), 32);
    ck_assert_int_eq(kl_transaction_created_at(read), kl_transaction_created_at(made));
    ck_assert_int_gt(kl_transaction_created_at(read), 1700000000000000);
    ck_assert_int_eq(kl_wallet_updated_at(wallet), kl_transaction_created_at(made));
    ck_wallet(&vendor, 12345, 0, 1);
    kl_transaction_free(made);
    kl_transaction_free(read);
    kl_wallet_free(wallet);
}
END_TEST

START_TEST(a_debit_takes_at_most_what_is_available)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 10000);
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(fixture.handle, &vendor, 10001, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(fixture.handle, &vendor, cap, "m", "k", NULL, &error));
    ck_wallet(&vendor, 10000, 0, 1);
    debit(&vendor, 10000);
    ck_wallet(&vendor, 0, 0, 2);
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(fixture.handle, &vendor, 1, "m", NULL, NULL, &error));
    /* A refused debit does not use up its key. */
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, cap, "pay", NULL, NULL, &error));
    ck_ok(kl_wallet_debit(fixture.handle, &vendor, cap, "m", "k", NULL, &error));
    ck_wallet(&vendor, 0, 0, 4);
}
END_TEST

START_TEST(the_cap_is_reached_exactly_and_never_passed)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid taken = debit(&vendor, 50);
    ck_ok(kl_wallet_credit(fixture.handle, &vendor, cap - 50, "pay", NULL, NULL, &error));
    ck_wallet(&vendor, cap, 0, 3);
    ck_assert_int_eq(kl_wallet_credit(fixture.handle, &vendor, 1, "pay", "k", NULL, &error), KL_ERR_LIMIT);
    ck_assert_str_eq(kl_error_sqlstate(error), ""); /* our own rule, not an overflow in the server */
    kl_error_free(error);
    error = NULL;
    ck_fails(KL_ERR_LIMIT, kl_wallet_credit(fixture.handle, &vendor, cap, "pay", NULL, NULL, &error));
    ck_assert_int_eq(kl_wallet_refund(fixture.handle, &vendor, &taken, 50, "back", NULL, NULL, &error), KL_ERR_LIMIT);
    ck_assert_str_eq(kl_error_sqlstate(error), "");
    kl_error_free(error);
    error = NULL;
    ck_wallet(&vendor, cap, 0, 3);
    ck_query("0", "SELECT count(*) FROM kloyst.refund_total");
    debit(&vendor, 50);
    ck_ok(kl_wallet_refund(fixture.handle, &vendor, &taken, 50, "back", NULL, NULL, &error));
    ck_wallet(&vendor, cap, 0, 5);
}
END_TEST

START_TEST(the_same_key_and_content_is_the_first_row_again)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid taken = debit(&vendor, 10), rows[3];
    for (int i = 0; i < 100; i++) {
        kl_transaction *got[3] = {NULL};
        ck_ok(kl_wallet_debit(fixture.handle, &vendor, 90, "m", "debit", &got[0], &error));
        ck_ok(kl_wallet_refund(fixture.handle, &vendor, &taken, 10, "m", "refund", &got[1], &error));
        ck_ok(kl_wallet_credit(fixture.handle, &vendor, cap - 10, "m", "credit", &got[2], &error));
        for (int k = 0; k < 3; k++) {
            if (i == 0)
                rows[k] = kl_transaction_id(got[k]);
            ck_uuid_eq(kl_transaction_id(got[k]), rows[k]);
            ck_assert_int_eq(kl_transaction_seq(got[k]), 3 + k);
            kl_transaction_free(got[k]);
        }
    }
    ck_wallet(&vendor, cap, 0, 5);
}
END_TEST

START_TEST(without_a_key_every_call_counts)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    for (int i = 0; i < 3; i++)
        ck_ok(kl_wallet_credit(fixture.handle, &vendor, 5, "pay", NULL, NULL, &error));
    ck_wallet(&vendor, 15, 0, 3);
}
END_TEST

#define ck_conflict(field, call)                                                                                       \
    do {                                                                                                               \
        kl_status ck_status_ = (call);                                                                                 \
        ck_assert_msg(ck_status_ == KL_ERR_CONFLICT, "%s: %s", #call, kl_status_name(ck_status_));                     \
        ck_assert_msg(strstr(kl_error_message(error), field) != NULL, "%s: %s", #call, kl_error_message(error));       \
        kl_error_free(error);                                                                                          \
        error = NULL;                                                                                                  \
    } while (0)

START_TEST(a_key_with_other_content_is_a_conflict_that_names_the_field)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid first = debit(&vendor, 10), second = debit(&vendor, 10);
    ck_ok(kl_wallet_debit(h, &vendor, 7, "m", "d", NULL, &error));
    ck_ok(kl_wallet_refund(h, &vendor, &first, 5, "m", "r", NULL, &error));
    ck_ok(kl_hold_create(h, &vendor, 5, "m", "h", 0, NULL, &error));
    ck_conflict("amount", kl_wallet_debit(h, &vendor, 8, "m", "d", NULL, &error));
    ck_conflict("reference", kl_wallet_debit(h, &vendor, 7, "M", "d", NULL, &error));
    ck_conflict("type", kl_wallet_credit(h, &vendor, 7, "m", "d", NULL, &error));
    ck_conflict("type", kl_wallet_debit(h, &vendor, 5, "m", "r", NULL, &error));
    ck_conflict("type", kl_wallet_refund(h, &vendor, &first, 7, "m", "d", NULL, &error));
    ck_conflict("debit", kl_wallet_refund(h, &vendor, &second, 5, "m", "r", NULL, &error));
    ck_conflict("amount", kl_hold_create(h, &vendor, 6, "m", "h", 0, NULL, &error));
    ck_conflict("reference", kl_hold_create(h, &vendor, 5, "n", "h", 0, NULL, &error));
    /* Also where the wallet would not cover it. */
    ck_conflict("amount", kl_wallet_debit(h, &vendor, cap, "m", "d", NULL, &error));
    ck_wallet(&vendor, 78, 5, 5);
}
END_TEST

START_TEST(keys_of_one_vendor_say_nothing_to_another)
{
    kl_error *error = NULL;
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    ck_ok(kl_wallet_credit(fixture.handle, &a, 1, "x", "key", NULL, &error));
    ck_ok(kl_wallet_credit(fixture.handle, &b, 2, "y", "key", NULL, &error));
    ck_wallet(&a, 1, 0, 1);
    ck_wallet(&b, 2, 0, 1);
}
END_TEST

START_TEST(a_refund_gives_back_part_by_part_and_never_more_than_its_debit)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid taken = debit(&vendor, 30);
    kl_transaction *back = NULL;
    ck_fails(KL_ERR_EXCEEDS, kl_wallet_refund(h, &vendor, &taken, 31, "m", NULL, NULL, &error));
    ck_query("0", "SELECT count(*) FROM kloyst.refund_total");
    ck_ok(kl_wallet_refund(h, &vendor, &taken, 20, "m", "k", &back, &error));
    ck_assert_int_eq(kl_transaction_type_of(back), KL_REFUND);
    ck_assert_mem_eq(kl_transaction_debit_id(back), &taken, sizeof taken);
    kl_uuid refund_id = kl_transaction_id(back);
    ck_fails(KL_ERR_EXCEEDS, kl_wallet_refund(h, &vendor, &taken, 11, "m", "k2", NULL, &error));
    ck_ok(kl_wallet_refund(h, &vendor, &taken, 10, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_EXCEEDS, kl_wallet_refund(h, &vendor, &taken, 1, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_refund(h, &vendor, &refund_id, 1, "m", NULL, NULL, &error));
    ck_wallet(&vendor, 100, 0, 4);
    kl_transaction_free(back);
}
END_TEST

START_TEST(a_refund_of_a_capture_keeps_its_campaign)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid taken = debit(&vendor, 30);
    kl_transaction *back = NULL;
    harness_exec(fixture.admin, "SET session_replication_role = replica;"
                                "ALTER TABLE kloyst.transaction DISABLE TRIGGER append_only_rows;"
                                "UPDATE kloyst.transaction SET campaign_id = gen_random_uuid(), batch_no = 0 WHERE seq = 2");
    ck_ok(kl_wallet_refund(fixture.handle, &vendor, &taken, 30, "m", NULL, &back, &error));
    ck_assert_ptr_nonnull(kl_transaction_campaign_id(back));
    ck_assert_int_eq(kl_transaction_batch_no(back), -1);
    ck_query("1", "SELECT count(DISTINCT campaign_id) FROM kloyst.transaction WHERE seq IN (2, 3)");
    kl_transaction_free(back);
}
END_TEST

START_TEST(a_hold_counts_against_debits_and_holds_until_released)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid id = hold(&vendor, 60, NULL);
    kl_hold *read = NULL;
    ck_wallet(&vendor, 100, 60, 1);
    ck_fails(KL_ERR_INSUFFICIENT, kl_wallet_debit(h, &vendor, 41, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_hold_create(h, &vendor, 41, "m", NULL, 0, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_hold_create(h, &vendor, 41, "m", "k", 0, NULL, &error));
    debit(&vendor, 40);
    ck_ok(kl_hold_get(h, &vendor, &id, &read, &error));
    ck_assert_int_eq(kl_hold_amount(read), 60);
    ck_assert_int_eq(kl_hold_captured(read), 0);
    ck_assert_int_eq(kl_hold_released(read), 0);
    ck_assert_int_eq(kl_hold_left(read), 60);
    ck_assert_str_eq(kl_hold_reference(read), "campaign");
    ck_assert_ptr_null(kl_hold_campaign_id(read));
    ck_assert_int_gt(kl_hold_created_at(read), 1700000000000000);
    kl_hold_free(read);
    /* A part was captured meanwhile. */
    harness_exec(fixture.admin, "UPDATE kloyst.hold SET captured = 0.0020;"
                                "UPDATE kloyst.wallet SET held = held - 0.0020");
    kl_money freed = -1;
    ck_ok(kl_hold_release(h, &vendor, &id, &freed, &error));
    ck_assert_int_eq(freed, 40);
    ck_ok(kl_hold_release(h, &vendor, &id, &freed, &error));
    ck_assert_int_eq(freed, 0);
    ck_ok(kl_hold_get(h, &vendor, &id, &read, &error));
    ck_assert_int_eq(kl_hold_captured(read), 20);
    ck_assert_int_eq(kl_hold_released(read), 40);
    ck_assert_int_eq(kl_hold_left(read), 0);
    kl_hold_free(read);
    ck_wallet(&vendor, 60, 0, 2);
    debit(&vendor, 60);
}
END_TEST

START_TEST(a_hold_with_a_key_is_made_once)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid first = hold(&vendor, 100, "k"), again = hold(&vendor, 100, "k");
    ck_uuid_eq(first, again);
    ck_ok(kl_hold_release(fixture.handle, &vendor, &first, NULL, &error));
    again = hold(&vendor, 100, "k");
    ck_uuid_eq(first, again);
    ck_wallet(&vendor, 100, 0, 1);
}
END_TEST

START_TEST(the_hold_of_a_campaign_is_released_when_the_campaign_is_finished)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 100);
    kl_uuid id = hold(&vendor, 100, NULL);
    harness_exec(fixture.admin,
                 "WITH w AS (INSERT INTO kloyst.waba_account (vendor_id, id, waba_id, phone_number_id, system_user_token) "
                 "  SELECT id, gen_random_uuid(), '1', '2', '' FROM kloyst.vendor RETURNING vendor_id, id),"
                 "c AS (INSERT INTO kloyst.campaign (vendor_id, id, name, status, waba_account_id, template_name, "
                 "  template_language, parameter_format, parameter_names, parameter_attributes, parameter_fallbacks, price) "
                 "  SELECT vendor_id, gen_random_uuid(), 'c', 'QUEUED', id, 't', 'en', 'POSITIONAL', '{}', '{}', '{}', 0 "
                 "  FROM w RETURNING id)"
                 "UPDATE kloyst.hold SET campaign_id = (SELECT id FROM c)");
    const char *open[] = {"DRAFT", "QUEUED", "PROCESSING"};
    for (int i = 0; i < 3; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "UPDATE kloyst.campaign SET status = '%s'", open[i]);
        harness_exec(fixture.admin, sql);
        ck_fails(KL_ERR_STATE, kl_hold_release(fixture.handle, &vendor, &id, NULL, &error));
    }
    ck_wallet(&vendor, 100, 100, 1);
    kl_hold *read = NULL;
    ck_ok(kl_hold_get(fixture.handle, &vendor, &id, &read, &error));
    ck_assert_ptr_nonnull(kl_hold_campaign_id(read));
    kl_hold_free(read);
    kl_money freed = 0;
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET status = 'FAILED'");
    ck_ok(kl_hold_release(fixture.handle, &vendor, &id, &freed, &error));
    ck_assert_int_eq(freed, 100);
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET status = 'COMPLETED'");
    ck_ok(kl_hold_release(fixture.handle, &vendor, &id, &freed, &error));
    ck_assert_int_eq(freed, 0);
}
END_TEST

START_TEST(a_statement_is_paged_by_seq)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 10), other = fixture_vendor("B", 10);
    for (int i = 0; i < 6; i++)
        debit(&vendor, 1);
    int64_t after = 0;
    for (int pages = 0; pages < 4; pages++) {
        kl_transaction_page *page = NULL;
        ck_ok(kl_wallet_statement(fixture.handle, &vendor, after, 3, &page, &error));
        ck_assert_uint_eq(kl_transaction_page_count(page), pages < 2 ? 3 : pages == 2 ? 1 : 0);
        for (size_t i = 0; i < kl_transaction_page_count(page); i++)
            ck_assert_int_eq(kl_transaction_seq(kl_transaction_page_at(page, i)), ++after);
        ck_assert_ptr_null(kl_transaction_page_at(page, 3));
        kl_transaction_page_free(page);
    }
    ck_wallet(&other, 10, 0, 1);
}
END_TEST

/* Every call with the ids of vendor `owner` on behalf of `vendor`. */
static void ck_unknown(const kl_uuid *vendor, const kl_uuid *taken, const kl_uuid *held)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_transaction *transaction = NULL;
    kl_hold *found = NULL;
    ck_fails(KL_ERR_NOT_FOUND, kl_transaction_get(h, vendor, taken, &transaction, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_refund(h, vendor, taken, 1, "m", NULL, &transaction, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_refund(h, vendor, taken, 1, "m", "k", &transaction, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_hold_get(h, vendor, held, &found, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_hold_release(h, vendor, held, NULL, &error));
    ck_assert_ptr_null(transaction);
    ck_assert_ptr_null(found);
}

START_TEST(ids_of_another_vendor_are_like_unknown_ones)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid owner = fixture_vendor("A", 100), other = fixture_vendor("B", 100), unknown;
    kl_uuid taken = debit(&owner, 10), held = hold(&owner, 10, NULL);
    kl_uuid_generate(&unknown);
    ck_unknown(&other, &taken, &held);
    ck_unknown(&other, &unknown, &unknown);
    ck_unknown(&unknown, &taken, &held);
    kl_wallet *wallet = NULL;
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_get(h, &unknown, &wallet, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_credit(h, &unknown, 1, "m", "k", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_debit(h, &unknown, 1, "m", "k", NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_hold_create(h, &unknown, 1, "m", "k", 0, NULL, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_wallet_verify(h, &unknown, NULL, &error));
    ck_wallet(&owner, 90, 10, 2);
    ck_wallet(&other, 100, 0, 1);
}
END_TEST

typedef kl_status (*movement)(kl *, const kl_uuid *, kl_money, const char *, const char *, kl_error **);
static kl_status try_credit(kl *h, const kl_uuid *v, kl_money amount, const char *reference, const char *key, kl_error **error)
{
    return kl_wallet_credit(h, v, amount, reference, key, NULL, error);
}
static kl_status try_debit(kl *h, const kl_uuid *v, kl_money amount, const char *reference, const char *key, kl_error **error)
{
    return kl_wallet_debit(h, v, amount, reference, key, NULL, error);
}
static kl_status try_hold(kl *h, const kl_uuid *v, kl_money amount, const char *reference, const char *key, kl_error **error)
{
    return kl_hold_create(h, v, amount, reference, key, 0, NULL, error);
}
static kl_uuid refundable;
static kl_status try_refund(kl *h, const kl_uuid *v, kl_money amount, const char *reference, const char *key, kl_error **error)
{
    return kl_wallet_refund(h, v, &refundable, amount, reference, key, NULL, error);
}
static const movement movements[] = {try_credit, try_debit, try_hold, try_refund};

START_TEST(bad_input_is_refused_and_changes_nothing)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 1000);
    refundable = debit(&vendor, 100);
    movement call = movements[_i];
    char longest[2 * 255 + 1], too_long[2 * 256 + 1];
    for (int i = 0; i < 256; i++)
        memcpy(too_long + 2 * i, "é", 2);
    too_long[512] = '\0';
    memcpy(longest, too_long, 510);
    longest[510] = '\0';
    ck_fails(KL_ERR_ARGUMENT, call(NULL, &vendor, 1, "m", NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, call(h, NULL, 1, "m", NULL, &error));
    const kl_money amounts[] = {0, -1, INT64_MIN, INT64_MAX, cap + 1};
    for (int i = 0; i < 5; i++)
        ck_fails(KL_ERR_ARGUMENT, call(h, &vendor, amounts[i], "m", NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, call(h, &vendor, 1, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, call(h, &vendor, 1, "", NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, call(h, &vendor, 1, "m", "", &error));
    ck_fails(KL_ERR_TOO_LONG, call(h, &vendor, 1, too_long, NULL, &error));
    ck_fails(KL_ERR_TOO_LONG, call(h, &vendor, 1, "m", too_long, &error));
    ck_fails(KL_ERR_ENCODING, call(h, &vendor, 1, "\xff", NULL, &error));
    ck_fails(KL_ERR_ENCODING, call(h, &vendor, 1, "m", "\xed\xa0\x80", &error));
    ck_wallet(&vendor, 900, 0, 2);
    ck_ok(call(h, &vendor, 1, longest, longest, &error));
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
    kl *closed = fixture_handle(NULL);
    kl_close(closed);
    ck_fails(KL_ERR_CLOSED, call(closed, &vendor, 1, "m", NULL, &error));
    kl_free(closed);
}
END_TEST

START_TEST(bad_input_of_the_reading_calls_is_refused)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = fixture_vendor("A", 1000), id = debit(&vendor, 1);
    kl_wallet *wallet = NULL;
    kl_transaction *transaction = NULL;
    kl_transaction_page *page = NULL;
    kl_hold *found = NULL;
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_get(NULL, &vendor, &wallet, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_get(h, NULL, &wallet, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_get(h, &vendor, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_refund(h, &vendor, NULL, 1, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_release(NULL, &vendor, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_release(h, NULL, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_release(h, &vendor, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_get(NULL, &vendor, &id, &found, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_get(h, NULL, &id, &found, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_get(h, &vendor, NULL, &found, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_hold_get(h, &vendor, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(NULL, &vendor, 0, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(h, NULL, 0, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(h, &vendor, -1, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(h, &vendor, 0, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(h, &vendor, 0, 1001, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_statement(h, &vendor, 0, 1, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_transaction_get(NULL, &vendor, &id, &transaction, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_transaction_get(h, NULL, &id, &transaction, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_transaction_get(h, &vendor, NULL, &transaction, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_transaction_get(h, &vendor, &id, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_verify(NULL, &vendor, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_wallet_verify(h, NULL, NULL, &error));
    kl_wallet_free(NULL);
    kl_transaction_free(NULL);
    kl_transaction_page_free(NULL);
    kl_hold_free(NULL);
    ck_assert_int_eq(kl_transaction_batch_no(NULL), -1);
    ck_assert_str_eq(kl_hold_reference(NULL), "");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("wallet");
    TCase *test_case = fixture_case("wallet");
    tcase_add_test(test_case, a_credit_is_one_row_read_back_as_written);
    tcase_add_test(test_case, a_debit_takes_at_most_what_is_available);
    tcase_add_test(test_case, the_cap_is_reached_exactly_and_never_passed);
    tcase_add_test(test_case, the_same_key_and_content_is_the_first_row_again);
    tcase_add_test(test_case, without_a_key_every_call_counts);
    tcase_add_test(test_case, a_key_with_other_content_is_a_conflict_that_names_the_field);
    tcase_add_test(test_case, keys_of_one_vendor_say_nothing_to_another);
    tcase_add_test(test_case, a_refund_gives_back_part_by_part_and_never_more_than_its_debit);
    tcase_add_test(test_case, a_refund_of_a_capture_keeps_its_campaign);
    tcase_add_test(test_case, a_hold_counts_against_debits_and_holds_until_released);
    tcase_add_test(test_case, a_hold_with_a_key_is_made_once);
    tcase_add_test(test_case, the_hold_of_a_campaign_is_released_when_the_campaign_is_finished);
    tcase_add_test(test_case, a_statement_is_paged_by_seq);
    tcase_add_test(test_case, ids_of_another_vendor_are_like_unknown_ones);
    tcase_add_loop_test(test_case, bad_input_is_refused_and_changes_nothing, 0, 4);
    tcase_add_test(test_case, bad_input_of_the_reading_calls_is_refused);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
