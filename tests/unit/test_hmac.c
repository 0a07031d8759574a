/* Promises of digests and of webhook signatures. */
#include "harness/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "crypto/hmac.h"

static void code_is(const void *key, size_t key_length, const void *message, size_t length, const char *expected)
{
    uint8_t mac[SHA256_BYTES];
    ck_assert(hmac_sha256(key, key_length, message, length, mac));
    char text[2 * SHA256_BYTES + 1];
    sodium_bin2hex(text, sizeof text, mac, sizeof mac);
    ck_assert_str_eq(text, expected);
    ck_assert(hmac_hex_matches(expected, strlen(expected), mac));
}

START_TEST(codes_are_those_of_rfc_4231_for_keys_of_any_length)
{
    uint8_t bytes[131];
    memset(bytes, 0x0b, 20);
    code_is(bytes, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    code_is("Jefe", 4, "what do ya want for nothing?", 28,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(bytes, 0xaa, sizeof bytes);
    code_is(bytes, sizeof bytes, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    code_is("", 0, "", 0, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    code_is("TEST_APP_SECRET", 15, "test", 4, "0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221");
}
END_TEST

START_TEST(digests_are_those_of_sha_256)
{
    static const char *const cases[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    for (int i = 0; i < 2; i++) {
        uint8_t digest[SHA256_BYTES];
        char text[2 * SHA256_BYTES + 1];
        ck_assert(sha256(cases[i][0], strlen(cases[i][0]), digest));
        sodium_bin2hex(text, sizeof text, digest, sizeof digest);
        ck_assert_str_eq(text, cases[i][1]);
    }
}
END_TEST

START_TEST(only_64_hex_digits_of_either_case_match)
{
    static const char hex[] = "0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221";
    uint8_t mac[SHA256_BYTES];
    char text[80];
    ck_assert(hmac_sha256("TEST_APP_SECRET", 15, "test", 4, mac));
    ck_assert(hmac_hex_matches(hex, 64, mac));
    ck_assert(hmac_hex_matches("0C61947B610D4F45E65F3D680E26027121EC2413E77598BCB6CFC6E0D9888221", 64, mac));
    ck_assert(hmac_hex_matches("0C61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221", 64, mac));
    ck_assert(!hmac_hex_matches(NULL, 64, mac));
    for (size_t length = 0; length < 64; length++)
        ck_assert(!hmac_hex_matches(hex, length, mac));
    snprintf(text, sizeof text, "%s0", hex);
    ck_assert(!hmac_hex_matches(text, 65, mac));
    snprintf(text, sizeof text, "%s00", hex);
    ck_assert(!hmac_hex_matches(text, 66, mac));
    for (size_t i = 0; i < 64; i++)
        for (const char *wrong = "0123456789abcdefg -:\n/@`GZz\x7f\xb1"; *wrong; wrong++) {
            memcpy(text, hex, 64);
            text[i] = *wrong;
            ck_assert_msg(hmac_hex_matches(text, 64, mac) == (*wrong == hex[i]), "digit %zu as '%c'", i, *wrong);
        }
    memcpy(text, hex, 64);
    text[0] = '\0';
    ck_assert(!hmac_hex_matches(text, 64, mac));
    /* Digits that are missing are not zeros. */
    memset(mac, 0, sizeof mac);
    memset(text, '0', 64);
    for (size_t length = 0; length < 64; length++)
        ck_assert(!hmac_hex_matches(text, length, mac));
    ck_assert(hmac_hex_matches(text, 64, mac));
    text[0] = '\0';
    ck_assert(!hmac_hex_matches(text, 64, mac));
}
END_TEST

static kl_status check(const char *header, const char *const *secrets, size_t count, const char *body)
{
    kl_error *error = NULL;
    kl_status status = signature_check(header, secrets, count, body, strlen(body), &error);
    ck_assert_int_eq(kl_error_status(error), status);
    for (size_t i = 0; i < count && secrets; i++)
        if (secrets[i] && strlen(secrets[i]) > 3)
            ck_assert_ptr_null(strstr(kl_error_message(error), secrets[i]));
    kl_error_free(error);
    return status;
}

static const char *const app_secret[] = {"TEST_APP_SECRET"};
#define CODE "0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221"

START_TEST(a_right_signature_is_accepted)
{
    ck_assert_int_eq(check("sha256=" CODE, app_secret, 1, "test"), KL_OK);
    ck_assert_int_eq(check("sha256=0C61947B610D4F45E65F3D680E26027121EC2413E77598BCB6CFC6E0D9888221", app_secret, 1,
                           "test"),
                     KL_OK);
}
END_TEST

START_TEST(anything_but_a_right_signature_is_refused)
{
    static const char *const bad[] = {
        NULL, "", "s", "sha256", "sha256=", CODE, "SHA256=" CODE, "Sha256=" CODE, "sha1=" CODE, " sha256=" CODE,
        "sha256= " CODE, "sha256=" CODE " ", "sha256=" CODE "\n", "sha256=" CODE "0", "sha256=" CODE CODE,
        "sha256=" CODE ",sha256=" CODE, "sha256:" CODE, "sha256==" CODE,
        "sha256=0x61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221",
        "sha256=0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d988822",
        "sha256=1c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888221",
        "sha256=0c61947b610d4f45e65f3d680e26027121ec2413e77598bcb6cfc6e0d9888220",
        "sha256=0000000000000000000000000000000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(check(bad[i], app_secret, 1, "test") == KL_ERR_SIGNATURE, "'%s'", bad[i] ? bad[i] : "NULL");
    ck_assert_int_eq(check("sha256=" CODE, app_secret, 1, "tesT"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(check("sha256=" CODE, app_secret, 1, ""), KL_ERR_SIGNATURE);
    static const char *const other[] = {"test_app_secret"};
    ck_assert_int_eq(check("sha256=" CODE, other, 1, "test"), KL_ERR_SIGNATURE);
}
END_TEST

START_TEST(any_secret_of_a_rotation_is_accepted_wherever_it_stands)
{
    static const char *const secrets[] = {"first", "TEST_APP_SECRET", "third", "TEST_APP_SECRET", "last"};
    for (size_t from = 0; from < 5; from++)
        for (size_t count = 0; from + count <= 5; count++) {
            bool holds = false;
            for (size_t i = from; i < from + count; i++)
                holds |= strcmp(secrets[i], "TEST_APP_SECRET") == 0;
            ck_assert_int_eq(check("sha256=" CODE, secrets + from, count, "test"), holds ? KL_OK : KL_ERR_SIGNATURE);
        }
}
END_TEST

START_TEST(without_a_secret_everything_is_refused)
{
    /* The code of "test" by an empty key, which anybody can make. */
    uint8_t mac[SHA256_BYTES];
    char header[7 + 2 * SHA256_BYTES + 1] = "sha256=";
    ck_assert(hmac_sha256("", 0, "test", 4, mac));
    sodium_bin2hex(header + 7, sizeof header - 7, mac, sizeof mac);
    static const char *const empty[] = {"TEST_APP_SECRET", ""};
    static const char *const null[] = {NULL, "TEST_APP_SECRET"};
    ck_assert_int_eq(check(header, NULL, 0, "test"), KL_ERR_SIGNATURE);
    ck_assert_int_eq(check(header, empty, 2, "test"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(check("sha256=" CODE, empty, 2, "test"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(check("sha256=" CODE, null, 2, "test"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(check("sha256=" CODE, NULL, 1, "test"), KL_ERR_ARGUMENT);
    ck_assert_int_eq(signature_check("sha256=" CODE, app_secret, 1, NULL, 4, NULL), KL_ERR_ARGUMENT);
}
END_TEST

static size_t read_body(const char *name, char *into, size_t room)
{
    char path[256];
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is missing", path);
    size_t length = fread(into, 1, room, file);
    fclose(file);
    return length;
}

START_TEST(the_signatures_of_the_sample_webhooks_are_right)
{
    static const char *const secrets[] = {"rotated-out", "kloyst-test-app-secret"};
    static char body[1 << 16];
    FILE *list = fopen("tests/data/webhooks/SIGNATURES.tsv", "r");
    ck_assert_msg(list != NULL, "run it in the root of the repository");
    char line[512], name[256], code[65], header[80];
    size_t size;
    int checked = 0;
    while (fgets(line, sizeof line, list)) {
        if (line[0] == '#')
            continue;
        ck_assert_int_eq(sscanf(line, "%255[^\t]\t%zu\t%64s", name, &size, code), 3);
        ck_assert_uint_eq(read_body(name, body, sizeof body), size);
        snprintf(header, sizeof header, "sha256=%s", code);
        ck_assert_msg(signature_check(header, secrets, 2, body, size, NULL) == KL_OK, "%s", name);
        ck_assert_int_eq(signature_check(header, secrets, 1, body, size, NULL), KL_ERR_SIGNATURE);
        ck_assert_int_eq(signature_check(header, secrets, 2, body, size - 1, NULL), KL_ERR_SIGNATURE);
        checked++;
    }
    fclose(list);
    ck_assert_int_ge(checked, 10);
}
END_TEST

START_TEST(a_changed_body_is_refused_whatever_changed)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned long long seed = given ? strtoull(given, NULL, 0) : 20260102;
    printf("a_changed_body_is_refused_whatever_changed: KL_TEST_SEED=%llu\n", seed);
    uint64_t state = seed;
    char body[601];
    ck_assert_uint_eq(read_body("01_status_sent_marketing_pmp.json", body, sizeof body), sizeof body);
    static const char *const secrets[] = {"kloyst-test-app-secret"};
    static const char header[] = "sha256=df9db061111f25d086563a82b27e1ff1394c65459d5a09f6980c1187e29d201c";
    for (int i = 0; i < 20000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t at = (size_t)(state >> 33) % sizeof body;
        char flip = (char)(1 << (state >> 20) % 8);
        body[at] ^= flip;
        ck_assert_int_eq(signature_check(header, secrets, 1, body, sizeof body, NULL), KL_ERR_SIGNATURE);
        body[at] ^= flip;
    }
    ck_assert_int_eq(signature_check(header, secrets, 1, body, sizeof body, NULL), KL_OK);
}
END_TEST

static double seconds_of_check(const char *header, const char *const *secrets, const char *body, size_t length)
{
    struct timespec start, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    ck_assert_int_eq(signature_check(header, secrets, 8, body, length, NULL), KL_OK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

START_TEST(all_secrets_are_computed_also_when_the_first_one_matches)
{
    static char body[1 << 20];
    static const char *const first[] = {"right", "b", "c", "d", "e", "f", "g", "h"};
    static const char *const last[] = {"a", "b", "c", "d", "e", "f", "g", "right"};
    uint8_t mac[SHA256_BYTES];
    char header[7 + 2 * SHA256_BYTES + 1] = "sha256=";
    ck_assert(hmac_sha256("right", 5, body, sizeof body, mac));
    sodium_bin2hex(header + 7, sizeof header - 7, mac, sizeof mac);
    /* Stopping at the first would be eight times as fast. */
    double early = 1e9, late = 1e9;
    for (int i = 0; i < 3; i++) {
        double one = seconds_of_check(header, first, body, sizeof body);
        double other = seconds_of_check(header, last, body, sizeof body);
        early = one < early ? one : early;
        late = other < late ? other : late;
    }
    ck_assert_msg(early > late / 3, "%.4f s and %.4f s", early, late);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("hmac");
    TCase *tests = tcase_create("hmac");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, codes_are_those_of_rfc_4231_for_keys_of_any_length);
    tcase_add_test(tests, digests_are_those_of_sha_256);
    tcase_add_test(tests, only_64_hex_digits_of_either_case_match);
    tcase_add_test(tests, a_right_signature_is_accepted);
    tcase_add_test(tests, anything_but_a_right_signature_is_refused);
    tcase_add_test(tests, any_secret_of_a_rotation_is_accepted_wherever_it_stands);
    tcase_add_test(tests, without_a_secret_everything_is_refused);
    tcase_add_test(tests, the_signatures_of_the_sample_webhooks_are_right);
    tcase_add_test(tests, a_changed_body_is_refused_whatever_changed);
    tcase_add_test(tests, all_secrets_are_computed_also_when_the_first_one_matches);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
