/* The hash chain of docs/ledger-format.md, byte by byte. */
#include <stdio.h>
#include <string.h>

#include "core/ledger.h"
#include "harness/suite.h"

static const kl_uuid vendor = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x01}};
static const kl_uuid wallet = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x02}};
static const kl_uuid debit = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x12}};
static const kl_uuid campaign = {{0x01, 0x89, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xca}};

static kl_uuid id_of(int n)
{
    kl_uuid id = vendor;
    id.bytes[15] = (uint8_t)n;
    return id;
}

static void example(ledger_row rows[4])
{
    const kl_time at = 1760000000123456;
    rows[0] = (ledger_row){vendor, wallet, 1, id_of(0x11), KL_CREDIT_RECHARGE, 5000000, 5000000, "pay_29QQoUBi66xm2f",
                           "recharge-1", NULL, NULL, -1, at};
    rows[1] = (ledger_row){vendor, wallet, 2, id_of(0x12), KL_DEBIT_MESSAGE, 4315500, 684500, "Diwali \\x41 \"50% off\"",
                           NULL, NULL, &campaign, 0, at + 1};
    rows[2] = (ledger_row){vendor, wallet, 3, id_of(0x13), KL_REFUND, 8631, 693131,
                           "\u0917\u093c\u0932\u0924 \u0928\u0902\u092c\u0930 \U0001f648", "k\\", &debit, &campaign, -1,
                           at + 2};
    rows[3] = (ledger_row){vendor, wallet, 4, id_of(0x14), KL_CREDIT_RECHARGE, 9999306868, 9999999999, "to the cap", NULL,
                           NULL, NULL, -1, at + 3};
}

START_TEST(the_chain_is_that_of_the_document)
{
    static const char *const expected[] = {"bda10682620c9b6e8bf6bcaa381b87081a12d43466e898478dc12a4290b26472",
                                           "de204062ba2f605c9b3eea2de9a8d56b15612aa6fa46e498e3fb21b8c9c80242",
                                           "288491bf10c1ba2ef317e274dd485ae5b663da6546b1b90e0f20337e15886862",
                                           "63f83df903e21e46a153e497ca7af30c49b3df92ee10ae60aed06881f7f3a0c8"};
    static const size_t lengths[] = {189, 182, 193, 171};
    ledger_row rows[4];
    example(rows);
    uint8_t head[SHA256_BYTES] = {0};
    buffer scratch = BUFFER_INIT;
    for (int i = 0; i < 4; i++) {
        ck_assert(ledger_hash(head, &rows[i], &scratch, head));
        ck_assert_uint_eq(scratch.length, lengths[i]);
        char text[2 * SHA256_BYTES + 1];
        for (int k = 0; k < SHA256_BYTES; k++)
            snprintf(text + 2 * k, 3, "%02x", head[k]);
        ck_assert_str_eq(text, expected[i]);
    }
    buffer_free(&scratch);
}
END_TEST

START_TEST(no_field_may_change_without_the_hash_changing)
{
    ledger_row rows[4];
    example(rows);
    const uint8_t before[SHA256_BYTES] = {0};
    uint8_t other_before[SHA256_BYTES] = {0};
    other_before[31] = 1;
    uint8_t original[SHA256_BYTES], changed[SHA256_BYTES];
    buffer scratch = BUFFER_INIT;
    const ledger_row *row = &rows[2];
    ledger_row variants[16];
    for (int i = 0; i < 16; i++)
        variants[i] = *row;
    variants[0].vendor_id = wallet;
    variants[1].wallet_id = vendor;
    variants[2].seq++;
    variants[3].id = vendor;
    variants[4].type = KL_DEBIT_MESSAGE;
    variants[5].amount++;
    variants[6].balance_after++;
    variants[7].reference = "";
    variants[8].idempotency_key = NULL;
    variants[9].idempotency_key = "";
    variants[10].debit_id = NULL;
    variants[11].campaign_id = NULL;
    variants[12].batch_no = 0;
    variants[13].created_at++;
    variants[14].debit_id = &campaign; /* and the two of them swapped */
    variants[14].campaign_id = &debit;
    variants[15].reference = row->idempotency_key; /* likewise */
    variants[15].idempotency_key = row->reference;
    ck_assert(ledger_hash(before, row, &scratch, original));
    for (int i = 0; i < 16; i++) {
        ck_assert(ledger_hash(before, &variants[i], &scratch, changed));
        ck_assert_msg(memcmp(original, changed, sizeof changed) != 0, "variant %d", i);
        for (int k = 0; k < i; k++) {
            uint8_t other[SHA256_BYTES];
            ck_assert(ledger_hash(before, &variants[k], &scratch, other));
            ck_assert_msg(memcmp(other, changed, sizeof changed) != 0, "variants %d and %d", i, k);
        }
    }
    ck_assert(ledger_hash(other_before, row, &scratch, changed));
    ck_assert_mem_ne(original, changed, sizeof changed);
    buffer_free(&scratch);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ledger_hash");
    TCase *test_case = tcase_create("ledger_hash");
    tcase_add_test(test_case, the_chain_is_that_of_the_document);
    tcase_add_test(test_case, no_field_may_change_without_the_hash_changing);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
