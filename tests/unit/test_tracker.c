/* Promises of the id that travels with a message. */
#include "harness/suite.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/uuid.h"
#include "crypto/tracker.h"

static const char old_key[] = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
static const char new_key[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221101";
static const char both_keys[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221101,"
                                "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";

static const kl_uuid vendor = {
    {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf}};
static const kl_uuid message = {
    {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf}};
/* Worked out with another implementation of BLAKE2b; statuses of sent messages come back with it. */
static const char golden[] = "k1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtB";

static keyring *ring_of(const char *text)
{
    keyring *ring = NULL;
    ck_assert_int_eq(keyring_parse_text(text, &ring, NULL), KL_OK);
    return ring;
}

static void opens(const keyring *ring, const char *text)
{
    kl_uuid v = {{0}}, m = {{0}};
    ck_assert(tracker_open(ring, text, &v, &m));
    ck_assert_mem_eq(&v, &vendor, sizeof v);
    ck_assert_mem_eq(&m, &message, sizeof m);
}

static void refuses(const keyring *ring, const char *text)
{
    kl_uuid v = message, m = vendor;
    ck_assert_msg(!tracker_open(ring, text, &v, &m), "'%s' accepted", text);
    ck_assert_mem_eq(&v, &message, sizeof v);
    ck_assert_mem_eq(&m, &vendor, sizeof m);
}

START_TEST(version_1_is_frozen)
{
    keyring *ring = ring_of(old_key);
    char text[TRACKER_TEXT];
    ck_assert_int_eq(tracker_make(ring, &vendor, &message, text, NULL), KL_OK);
    ck_assert_str_eq(text, golden);
    opens(ring, golden);
    keyring_free(ring);
}
END_TEST

START_TEST(any_ids_travel_and_come_back)
{
    keyring *ring = ring_of(new_key);
    for (int i = 0; i < 10000; i++) {
        kl_uuid v, m, got_v, got_m;
        char text[TRACKER_TEXT];
        randombytes_buf(&v, sizeof v);
        uuid_generate(&m);
        ck_assert_int_eq(tracker_make(ring, &v, &m, text, NULL), KL_OK);
        ck_assert_uint_eq(strlen(text), TRACKER_TEXT - 1);
        ck_assert_uint_eq(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
                          TRACKER_TEXT - 1);
        ck_assert(tracker_open(ring, text, &got_v, &got_m));
        ck_assert_int_eq(uuid_compare(&v, &got_v), 0);
        ck_assert_int_eq(uuid_compare(&m, &got_m), 0);
    }
    keyring_free(ring);
}
END_TEST

START_TEST(every_changed_character_is_noticed)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n\xff";
    keyring *ring = ring_of(old_key);
    char text[TRACKER_TEXT];
    for (size_t i = 0; i < TRACKER_TEXT - 1; i++)
        for (const char *other = alphabet; *other; other++) {
            memcpy(text, golden, sizeof text);
            text[i] = *other;
            if (*other != golden[i])
                refuses(ring, text);
        }
    keyring_free(ring);
}
END_TEST

START_TEST(foreign_text_is_refused)
{
    keyring *ring = ring_of(old_key);
    static const char *const bad[] = {
        "", "k", "k1", "k1.", "k2.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtB",
        "K1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtB",
        "k1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtBA",
        "k1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtB=",
        "k1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKtB ",
        " k1.oKGio6SlpqeoqaqrrK2ur8DBwsPExcbHyMnKy8zNzs-QSzsQrmuRsV4iet60lKt",
        "k1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "an order number of another application", "{\"json\":true}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuses(ring, bad[i]);
    refuses(ring, NULL);
    refuses(NULL, golden);
    /* On the heap, so that a look behind any early end is seen by the sanitizer. */
    for (size_t length = 0; length < TRACKER_TEXT - 1; length++) {
        char *cut = malloc(length + 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, golden, length);
        cut[length] = '\0';
        refuses(ring, cut);
        free(cut);
    }
    keyring_free(ring);
}
END_TEST

START_TEST(vendor_and_message_of_two_trackers_cannot_be_combined)
{
    keyring *ring = ring_of(old_key);
    kl_uuid other = vendor;
    other.bytes[0] ^= 1;
    char one[TRACKER_TEXT], two[TRACKER_TEXT], mixed[TRACKER_TEXT];
    ck_assert_int_eq(tracker_make(ring, &vendor, &message, one, NULL), KL_OK);
    ck_assert_int_eq(tracker_make(ring, &other, &message, two, NULL), KL_OK);
    for (size_t cut = 4; cut < TRACKER_TEXT - 1; cut++) {
        memcpy(mixed, one, sizeof mixed);
        memcpy(mixed + cut, two + cut, sizeof mixed - cut);
        if (strcmp(mixed, one) != 0 && strcmp(mixed, two) != 0)
            refuses(ring, mixed);
    }
    keyring_free(ring);
}
END_TEST

START_TEST(all_keys_of_a_ring_open_and_no_other)
{
    keyring *old = ring_of(old_key), *rotating = ring_of(both_keys), *new = ring_of(new_key);
    char text[TRACKER_TEXT];
    opens(rotating, golden);
    refuses(new, golden);
    ck_assert_int_eq(tracker_make(rotating, &vendor, &message, text, NULL), KL_OK);
    opens(rotating, text);
    opens(new, text);
    refuses(old, text);
    keyring_free(old);
    keyring_free(rotating);
    keyring_free(new);
}
END_TEST

START_TEST(without_a_key_no_tracker_is_made)
{
    char text[TRACKER_TEXT] = "before";
    kl_error *error = NULL;
    ck_assert_int_eq(tracker_make(NULL, &vendor, &message, text, &error), KL_ERR_KEY);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_KEY);
    ck_assert_str_eq(text, "");
    kl_error_free(error);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("tracker");
    TCase *tests = tcase_create("tracker");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, version_1_is_frozen);
    tcase_add_test(tests, any_ids_travel_and_come_back);
    tcase_add_test(tests, every_changed_character_is_noticed);
    tcase_add_test(tests, foreign_text_is_refused);
    tcase_add_test(tests, vendor_and_message_of_two_trackers_cannot_be_combined);
    tcase_add_test(tests, all_keys_of_a_ring_open_and_no_other);
    tcase_add_test(tests, without_a_key_no_tracker_is_made);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
