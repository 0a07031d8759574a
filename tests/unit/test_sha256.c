/* SHA-256 by the processor's instructions answers what libsodium does. */
#include <string.h>

#include <sodium.h>

#include "crypto/sha256.h"
#include "harness/suite.h"

START_TEST(every_length_and_alignment_has_the_hash_that_libsodium_computes)
{
    static uint8_t message[1100];
    uint8_t expected[SHA256_BYTES], computed[SHA256_BYTES];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 167 + i / 256);
    for (size_t length = 0; length < 1000; length++) {
        const uint8_t *at = message + length % 17;
        ck_assert(sha256(at, length, expected));
        ck_assert(sha256_fast(at, length, computed));
        ck_assert_msg(memcmp(expected, computed, sizeof computed) == 0, "length %zu", length);
    }
}
END_TEST

START_TEST(the_hash_of_abc_is_that_of_the_standard)
{
    static const uint8_t expected[SHA256_BYTES] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                                   0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                                   0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t computed[SHA256_BYTES];
    ck_assert(sha256_fast("abc", 3, computed));
    ck_assert_mem_eq(computed, expected, sizeof computed);
}
END_TEST

START_TEST(every_length_of_key_and_message_has_the_code_that_libsodium_computes)
{
    static uint8_t bytes[1100];
    uint8_t expected[SHA256_BYTES], computed[SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 59 + i / 256);
    for (size_t length = 0; length < 700; length++) {
        size_t key_length = length * 7 % 150;
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, bytes + 3, key_length);
        crypto_auth_hmacsha256_update(&state, bytes + length % 19, length);
        crypto_auth_hmacsha256_final(&state, expected);
        ck_assert(hmac_sha256(bytes + 3, key_length, bytes + length % 19, length, computed));
        ck_assert_msg(memcmp(expected, computed, sizeof computed) == 0, "key %zu, message %zu", key_length, length);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("sha256");
    TCase *test_case = tcase_create("sha256");
    tcase_add_test(test_case, every_length_and_alignment_has_the_hash_that_libsodium_computes);
    tcase_add_test(test_case, the_hash_of_abc_is_that_of_the_standard);
    tcase_add_test(test_case, every_length_of_key_and_message_has_the_code_that_libsodium_computes);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
