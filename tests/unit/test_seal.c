/* Promises of the key ring and of sealed secrets. */
#include "harness/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "crypto/keyring.h"
#include "crypto/seal.h"

static const char hex_key[] = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
static const char base64_key[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
static const char other_key[] = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221101";

static const kl_uuid vendor = {
    {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf}};
static const kl_uuid row = {
    {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf}};
static const seal_binding place = {&vendor, "waba", "access_token", &row};

static keyring *ring_of(const char *text)
{
    keyring *ring = NULL;
    kl_error *error = NULL;
    ck_assert_msg(keyring_parse_text(text, &ring, &error) == KL_OK, "%s", kl_error_message(error));
    ck_assert_ptr_null(error);
    ck_assert_ptr_nonnull(ring);
    return ring;
}

static void text_refused(const char *text, kl_status expected)
{
    keyring *ring = NULL;
    kl_error *error = NULL;
    ck_assert_int_eq(keyring_parse_text(text, &ring, &error), expected);
    ck_assert_int_eq(kl_error_status(error), expected);
    ck_assert_ptr_null(ring);
    if (text && strlen(text) >= 8)
        for (const char *at = text; strlen(at) >= 8; at++) {
            char piece[9] = {0};
            memcpy(piece, at, 8);
            ck_assert_msg(!strstr(kl_error_message(error), piece), "the message tells the key");
        }
    kl_error_free(error);
}

static buffer sealed_with(const keyring *ring, const char *plain)
{
    buffer out = BUFFER_INIT;
    kl_error *error = NULL;
    ck_assert_int_eq(seal(ring, &place, plain, strlen(plain), &out, &error), KL_OK);
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(out.length, strlen(plain) + SEAL_OVERHEAD);
    return out;
}

static void opens(const keyring *ring, const buffer *sealed, const char *expected)
{
    char *plain = NULL;
    size_t length = 0;
    kl_error *error = NULL;
    ck_assert_int_eq(unseal(ring, &place, sealed->data, sealed->length, &plain, &length, &error), KL_OK);
    ck_assert_ptr_null(error);
    ck_assert_str_eq(plain, expected);
    ck_assert_uint_eq(length, strlen(expected));
    secret_free(plain, length);
}

static kl_status refuses(const keyring *ring, const seal_binding *where, const void *sealed, size_t length)
{
    char *const untouched = (char *)(uintptr_t)1;
    char *plain = untouched;
    size_t plain_length = 77;
    kl_error *error = NULL;
    kl_status status = unseal(ring, where, sealed, length, &plain, &plain_length, &error);
    ck_assert_int_ne(status, KL_OK);
    ck_assert_int_eq(kl_error_status(error), status);
    ck_assert_ptr_eq(plain, untouched);
    ck_assert_uint_eq(plain_length, 77);
    kl_error_free(error);
    return status;
}

START_TEST(keys_are_read_as_hex_and_as_base64)
{
    keyring *hex = ring_of(hex_key), *base64 = ring_of(base64_key);
    ck_assert_uint_eq(keyring_count(hex), 1);
    for (int purpose = 0; purpose < KEYRING_PURPOSES; purpose++)
        ck_assert_mem_eq(keyring_subkey(hex, 0, purpose), keyring_subkey(base64, 0, purpose), KEYRING_SUBKEY_BYTES);
    char both[sizeof other_key + sizeof base64_key];
    snprintf(both, sizeof both, "%s,%s", other_key, base64_key);
    keyring *two = ring_of(both);
    size_t index = 9;
    ck_assert_uint_eq(keyring_count(two), 2);
    ck_assert(keyring_find(two, keyring_id(hex, 0), &index));
    ck_assert_uint_eq(index, 1);
    ck_assert(!keyring_find(hex, keyring_id(two, 0), &index));
    keyring_free(hex);
    keyring_free(base64);
    keyring_free(two);
    keyring_free(NULL);
}
END_TEST

/* Worked out with another implementation of BLAKE2b: a change here makes stored secrets unreadable. */
START_TEST(ids_and_subkeys_are_frozen)
{
    keyring *ring = ring_of(hex_key);
    uint8_t expected[KEYRING_SUBKEY_BYTES];
    ck_assert_mem_eq(keyring_id(ring, 0), "\xa4\x4c\xee\x1f", KEYRING_ID_BYTES);
    sodium_hex2bin(expected, sizeof expected, "c7e233ae25dc91c5d81df299616dfccf89995dafe1134a41421a212f48186a49", 64,
                   NULL, NULL, NULL);
    ck_assert_mem_eq(keyring_subkey(ring, 0, KEYRING_SEAL), expected, sizeof expected);
    sodium_hex2bin(expected, sizeof expected, "86b2f46ea849bcdbdf2608495e8313d0577181b4f9d5dbc527bb65820966e6ef", 64,
                   NULL, NULL, NULL);
    ck_assert_mem_eq(keyring_subkey(ring, 0, KEYRING_TRACKER), expected, sizeof expected);
    keyring_free(ring);
}
END_TEST

START_TEST(misspelt_keys_are_refused_without_being_told)
{
    char text[2 * sizeof hex_key + 2];
    text_refused(NULL, KL_ERR_KEY);
    text_refused("", KL_ERR_KEY);
    text_refused(",", KL_ERR_FORMAT);
    text_refused("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2", KL_ERR_FORMAT);
    text_refused("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f200", KL_ERR_FORMAT);
    text_refused("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2g", KL_ERR_FORMAT);
    text_refused(" 102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20", KL_ERR_FORMAT);
    text_refused("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA", KL_ERR_FORMAT);
    text_refused("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh", KL_ERR_FORMAT);
    text_refused("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB=", KL_ERR_FORMAT);
    text_refused("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH-A=", KL_ERR_FORMAT);
    text_refused("a passphrase is not a key", KL_ERR_FORMAT);
    snprintf(text, sizeof text, "%s,", hex_key);
    text_refused(text, KL_ERR_FORMAT);
    snprintf(text, sizeof text, ",%s", hex_key);
    text_refused(text, KL_ERR_FORMAT);
    snprintf(text, sizeof text, "%s, %s", hex_key, other_key);
    text_refused(text, KL_ERR_FORMAT);
    snprintf(text, sizeof text, "%s,%s", hex_key, base64_key);
    text_refused(text, KL_ERR_ARGUMENT);
    text_refused("0000000000000000000000000000000000000000000000000000000000000000", KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_ring_holds_one_to_sixteen_keys)
{
    uint8_t keys[(KEYRING_KEYS_MAX + 1) * KEYRING_KEY_BYTES] = {0};
    for (int i = 0; i <= KEYRING_KEYS_MAX; i++)
        keys[i * KEYRING_KEY_BYTES] = (uint8_t)(i + 1);
    keyring *ring = NULL;
    ck_assert_int_eq(keyring_new(keys, 0, &ring, NULL), KL_ERR_KEY);
    ck_assert_int_eq(keyring_new(NULL, 1, &ring, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(keyring_new(keys, 1, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(keyring_new(keys, KEYRING_KEYS_MAX + 1, &ring, NULL), KL_ERR_ARGUMENT);
    ck_assert_ptr_null(ring);
    ck_assert_int_eq(keyring_new(keys, KEYRING_KEYS_MAX, &ring, NULL), KL_OK);
    ck_assert_uint_eq(keyring_count(ring), KEYRING_KEYS_MAX);
    keyring_free(ring);

    char text[(KEYRING_KEYS_MAX + 1) * 65 + 1];
    for (int i = 0; i <= KEYRING_KEYS_MAX; i++)
        snprintf(text + i * 65, 66, "%064d,", i + 1);
    text[(KEYRING_KEYS_MAX + 1) * 65 - 1] = '\0';
    ring = NULL;
    ck_assert_int_eq(keyring_parse_text(text, &ring, NULL), KL_ERR_ARGUMENT);
    ck_assert_ptr_null(ring);
    text[KEYRING_KEYS_MAX * 65 - 1] = '\0';
    ring = ring_of(text);
    ck_assert_uint_eq(keyring_count(ring), KEYRING_KEYS_MAX);
    keyring_free(ring);
}
END_TEST

START_TEST(a_sealed_secret_opens_to_itself)
{
    keyring *ring = ring_of(hex_key);
    buffer out = sealed_with(ring, "EAAG-made-up-token");
    ck_assert_int_eq(out.data[0], 1);
    ck_assert_mem_eq(out.data + 1, keyring_id(ring, 0), KEYRING_ID_BYTES);
    opens(ring, &out, "EAAG-made-up-token");
    buffer_free(&out);
    out = sealed_with(ring, "");
    opens(ring, &out, "");
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

/* Made with another implementation of XChaCha20-Poly1305 and BLAKE2b. */
START_TEST(what_version_1_sealed_is_readable_for_ever)
{
    static const char hex[] =
        "01a44cee1f404142434445464748494a4b4c4d4e4f50515253545556572521237378fd1cf837cefc21129bfca3bdd77bb2dc55431543"
        "c3fa3da4b9ee424e8aab3e7c007619f917c9af3ea1f03449edd56a3c57cc13df9ebed3d510d5c8e684ea240de857256b7713a64a3a9f"
        "7649fe6b892ad18ba6a51a2caa90";
    uint8_t bytes[sizeof hex / 2];
    buffer sealed = {(char *)bytes, 0, 0, false};
    ck_assert_int_eq(sodium_hex2bin(bytes, sizeof bytes, hex, sizeof hex - 1, NULL, &sealed.length, NULL), 0);
    keyring *ring = ring_of(hex_key);
    opens(ring, &sealed, "EAAG-made-up-token-of-a-business-account-which-is-longer-than-one-block-of-64");
    keyring_free(ring);
}
END_TEST

START_TEST(a_sealed_secret_opens_in_its_own_place_only)
{
    keyring *ring = ring_of(hex_key);
    buffer out = sealed_with(ring, "token");
    kl_uuid other_vendor = vendor, other_row = row;
    other_vendor.bytes[15] ^= 1;
    other_row.bytes[0] ^= 0x80;
    const seal_binding places[] = {
        {&other_vendor, "waba", "access_token", &row},
        {&vendor, "wabb", "access_token", &row},
        {&vendor, "waba", "app_secret", &row},
        {&vendor, "waba", "access_token", &other_row},
        {&row, "waba", "access_token", &vendor},
        {&vendor, "access_token", "waba", &row},
        {&vendor, "wabaa", "ccess_token", &row},
        {&vendor, "wab", "aaccess_token", &row},
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        ck_assert_int_eq(refuses(ring, &places[i], out.data, out.length), KL_ERR_CORRUPT);
    opens(ring, &out, "token");
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

START_TEST(every_flipped_bit_is_noticed)
{
    keyring *ring = ring_of(hex_key);
    buffer out = sealed_with(ring, "token");
    for (size_t bit = 0; bit < out.length * 8; bit++) {
        out.data[bit / 8] ^= (char)(1 << bit % 8);
        kl_status expected = bit / 8 >= 1 && bit / 8 < 5 ? KL_ERR_KEY : KL_ERR_CORRUPT;
        ck_assert_int_eq(refuses(ring, &place, out.data, out.length), expected);
        out.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    opens(ring, &out, "token");
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

START_TEST(every_cut_and_every_addition_is_noticed)
{
    keyring *ring = ring_of(hex_key);
    buffer out = sealed_with(ring, "token");
    size_t whole = out.length;
    for (size_t length = 0; length < whole; length++) {
        /* On the heap and of this size, so that a look behind the end is seen by the sanitizer. */
        char *cut = malloc(length ? length : 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, out.data, length);
        ck_assert_int_eq(refuses(ring, &place, cut, length), KL_ERR_CORRUPT);
        free(cut);
    }
    buffer_byte(&out, 'x');
    ck_assert_int_eq(refuses(ring, &place, out.data, out.length), KL_ERR_CORRUPT);
    ck_assert_int_eq(refuses(ring, &place, NULL, 0), KL_ERR_CORRUPT);
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

START_TEST(each_sealing_takes_a_new_nonce)
{
    enum { TIMES = 1000, NONCE_AT = 5, NONCE = 24 };
    static char nonces[TIMES][NONCE];
    keyring *ring = ring_of(hex_key);
    for (int i = 0; i < TIMES; i++) {
        buffer out = sealed_with(ring, "same");
        memcpy(nonces[i], out.data + NONCE_AT, NONCE);
        for (int k = 0; k < i; k++)
            ck_assert_mem_ne(nonces[i], nonces[k], NONCE);
        buffer_free(&out);
    }
    keyring_free(ring);
}
END_TEST

START_TEST(keys_rotate_without_losing_a_secret)
{
    char both[2 * sizeof hex_key];
    snprintf(both, sizeof both, "%s,%s", other_key, hex_key);
    keyring *old = ring_of(hex_key), *rotating = ring_of(both), *new = ring_of(other_key);
    buffer before = sealed_with(old, "token"), after = sealed_with(rotating, "token");
    opens(rotating, &before, "token");
    opens(rotating, &after, "token");
    opens(new, &after, "token");
    ck_assert_int_eq(refuses(new, &place, before.data, before.length), KL_ERR_KEY);
    ck_assert_int_eq(refuses(old, &place, after.data, after.length), KL_ERR_KEY);
    /* A key id written over does not make another key open it. */
    memcpy(before.data + 1, keyring_id(new, 0), KEYRING_ID_BYTES);
    ck_assert_int_eq(refuses(new, &place, before.data, before.length), KL_ERR_CORRUPT);
    ck_assert_int_eq(refuses(rotating, &place, before.data, before.length), KL_ERR_CORRUPT);
    buffer_free(&before);
    buffer_free(&after);
    keyring_free(old);
    keyring_free(rotating);
    keyring_free(new);
}
END_TEST

START_TEST(without_a_key_nothing_is_sealed_or_opened)
{
    buffer out = BUFFER_INIT;
    kl_error *error = NULL;
    ck_assert_int_eq(seal(NULL, &place, "x", 1, &out, &error), KL_ERR_KEY);
    ck_assert_uint_eq(out.length, 0);
    kl_error_free(error);
    char nothing[SEAL_OVERHEAD] = {1};
    ck_assert_int_eq(refuses(NULL, &place, nothing, sizeof nothing), KL_ERR_KEY);
}
END_TEST

START_TEST(a_secret_has_at_most_64_kibibytes)
{
    keyring *ring = ring_of(hex_key);
    char *large = malloc(SEAL_PLAIN_MAX + SEAL_OVERHEAD + 1);
    ck_assert_ptr_nonnull(large);
    memset(large, 'x', SEAL_PLAIN_MAX + SEAL_OVERHEAD + 1);
    buffer out = BUFFER_INIT;
    ck_assert_int_eq(seal(ring, &place, large, SEAL_PLAIN_MAX + 1, &out, NULL), KL_ERR_TOO_LONG);
    ck_assert_uint_eq(out.length, 0);
    ck_assert_int_eq(seal(ring, &place, large, SEAL_PLAIN_MAX, &out, NULL), KL_OK);
    char *plain = NULL;
    size_t length = 0;
    ck_assert_int_eq(unseal(ring, &place, out.data, out.length, &plain, &length, NULL), KL_OK);
    ck_assert_uint_eq(length, SEAL_PLAIN_MAX);
    ck_assert_mem_eq(plain, large, SEAL_PLAIN_MAX);
    secret_free(plain, length);
    /* Refused for its size: the rest of these bytes would give another status. */
    memcpy(large, out.data, 1);
    ck_assert_int_eq(refuses(ring, &place, large, SEAL_PLAIN_MAX + SEAL_OVERHEAD + 1), KL_ERR_CORRUPT);
    ck_assert_int_eq(refuses(ring, &place, large, SEAL_PLAIN_MAX + SEAL_OVERHEAD), KL_ERR_KEY);
    buffer_free(&out);
    free(large);
    keyring_free(ring);
}
END_TEST

START_TEST(an_incomplete_place_is_refused)
{
    char name[SEAL_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[SEAL_NAME_MAX + 1] = '\0';
    const seal_binding places[] = {
        {NULL, "t", "c", &row}, {&vendor, NULL, "c", &row}, {&vendor, "t", NULL, &row}, {&vendor, "t", "c", NULL},
        {&vendor, "", "c", &row}, {&vendor, "t", "", &row}, {&vendor, name, "c", &row}, {&vendor, "t", name, &row},
    };
    keyring *ring = ring_of(hex_key);
    buffer good = sealed_with(ring, "token"), out = BUFFER_INIT;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        ck_assert_int_eq(seal(ring, &places[i], "x", 1, &out, NULL), KL_ERR_ARGUMENT);
        ck_assert_int_eq(refuses(ring, &places[i], good.data, good.length), KL_ERR_ARGUMENT);
    }
    ck_assert_int_eq(seal(ring, NULL, "x", 1, &out, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(seal(ring, &place, NULL, 1, &out, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(seal(ring, &place, "x", 1, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_uint_eq(out.length, 0);
    name[SEAL_NAME_MAX] = '\0';
    const seal_binding longest = {&vendor, name, name, &row};
    ck_assert_int_eq(seal(ring, &longest, "x", 1, &out, NULL), KL_OK);
    buffer_free(&good);
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

START_TEST(sealing_appends_and_a_failure_leaves_what_was_there)
{
    keyring *ring = ring_of(hex_key);
    buffer out = BUFFER_INIT;
    buffer_text(&out, "before");
    ck_assert_int_eq(seal(ring, &place, "token", 5, &out, NULL), KL_OK);
    ck_assert_uint_eq(out.length, 6 + 5 + SEAL_OVERHEAD);
    ck_assert_mem_eq(out.data, "before", 6);
    buffer sealed = {out.data + 6, out.length - 6, 0, false};
    opens(ring, &sealed, "token");
    out.broken = true;
    kl_error *error = NULL;
    ck_assert_int_eq(seal(ring, &place, "token", 5, &out, &error), KL_ERR_MEMORY);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_MEMORY);
    ck_assert_uint_eq(out.length, 6 + 5 + SEAL_OVERHEAD);
    buffer_free(&out);
    keyring_free(ring);
}
END_TEST

START_TEST(freeing_no_secret_is_allowed)
{
    secret_free(NULL, 0);
    secret_free(NULL, 10);
}
END_TEST

static int count_in(const uint8_t *bytes, size_t size, const uint8_t *inverted, size_t length)
{
    int found = 0;
    for (size_t i = 0; i + length <= size; i++) {
        size_t same = 0;
        while (same < length && (bytes[i + same] ^ inverted[same]) == 0xff)
            same++;
        found += same == length;
    }
    return found;
}

/* Looks for bytes, given inverted lest they be found here, in all memory of the process that is not a file's. */
static int found_in_memory(const uint8_t *inverted, size_t length)
{
    static uint8_t window[1 << 16];
    const unsigned long window_at = (unsigned long)(uintptr_t)window, window_end = window_at + sizeof window;
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
    ck_assert(maps && memory >= 0);
    char line[512], mode[8];
    unsigned long at, end, inode;
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s %*x %*s %lu", &at, &end, mode, &inode) != 4 || mode[0] != 'r' ||
            (mode[1] != 'w' && inode != 0) || end - at > (64ul << 20))
            continue;
        while (at < end) {
            if (at >= window_at && at < window_end) {
                at = window_end;
                continue;
            }
            unsigned long stop = at < window_at && end > window_at ? window_at : end;
            size_t wanted = stop - at < sizeof window ? stop - at : sizeof window;
            ssize_t got = pread(memory, window, wanted, (off_t)at);
            if (got > 0)
                found += count_in(window, (size_t)got, inverted, length);
            /* Windows overlap by one byte less than the length: each place is seen once. */
            at += at + wanted == stop ? wanted : wanted - (length - 1);
        }
        memset(window, 0, sizeof window);
    }
    fclose(maps);
    close(memory);
    return found;
}

enum { PIECE = 16 };

/* What the work on secrets is given, and the stack on which it is done: nothing else
 * ever runs there, so whatever is left behind stays. */
static struct {
    char key_text[2 * KEYRING_KEY_BYTES + 1];
    uint8_t secret[PIECE];
    keyring *ring;
    buffer sealed;
    char *plain;
    size_t length;
    kl_status status;
} work;
static _Alignas(4096) char work_stack[1 << 20];

static void *parse_key(void *unused)
{
    work.status = keyring_parse_text(work.key_text, &work.ring, NULL);
    return unused;
}

static void *seal_secret(void *unused)
{
    work.status = seal(work.ring, &place, work.secret, PIECE, &work.sealed, NULL);
    return unused;
}

static void *unseal_secret(void *unused)
{
    work.status = unseal(work.ring, &place, work.sealed.data, work.sealed.length, &work.plain, &work.length, NULL);
    return unused;
}

static void on_the_work_stack(void *(*step)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;
    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstack(&attributes, work_stack, sizeof work_stack), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, step, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    ck_assert_int_eq(work.status, KL_OK);
}

START_TEST(after_the_last_free_no_key_and_no_secret_is_left_in_memory)
{
    uint8_t master[KEYRING_KEY_BYTES], inverted_master[PIECE], inverted_subkey[PIECE], inverted_secret[PIECE];
    ck_assert_int_ge(sodium_init(), 0);
    randombytes_buf(master, sizeof master);
    sodium_bin2hex(work.key_text, sizeof work.key_text, master, sizeof master);
    randombytes_buf(inverted_secret, sizeof inverted_secret);
    for (int i = 0; i < PIECE; i++) {
        inverted_master[i] = (uint8_t)~master[i];
        work.secret[i] = (uint8_t)~inverted_secret[i];
    }

    on_the_work_stack(parse_key);
    ck_assert_int_eq(found_in_memory(inverted_master, PIECE), 1);
    sodium_memzero(master, sizeof master);
    ck_assert_int_eq(found_in_memory(inverted_master, PIECE), 0);
    for (int i = 0; i < PIECE; i++)
        inverted_subkey[i] = (uint8_t)~keyring_subkey(work.ring, 0, KEYRING_SEAL)[i];
    ck_assert_int_eq(found_in_memory(inverted_subkey, PIECE), 1);

    on_the_work_stack(seal_secret);
    ck_assert_int_eq(found_in_memory(inverted_secret, PIECE), 1);
    sodium_memzero(work.secret, sizeof work.secret);
    ck_assert_int_eq(found_in_memory(inverted_secret, PIECE), 0);

    on_the_work_stack(unseal_secret);
    ck_assert_int_eq(found_in_memory(inverted_secret, PIECE), 1);
    secret_free(work.plain, work.length);
    ck_assert_int_eq(found_in_memory(inverted_secret, PIECE), 0);
    keyring_free(work.ring);
    ck_assert_int_eq(found_in_memory(inverted_subkey, PIECE), 0);
    ck_assert_int_eq(found_in_memory(inverted_master, PIECE), 0);
    buffer_free(&work.sealed);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("seal");
    TCase *tests = tcase_create("seal");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, keys_are_read_as_hex_and_as_base64);
    tcase_add_test(tests, ids_and_subkeys_are_frozen);
    tcase_add_test(tests, misspelt_keys_are_refused_without_being_told);
    tcase_add_test(tests, a_ring_holds_one_to_sixteen_keys);
    tcase_add_test(tests, a_sealed_secret_opens_to_itself);
    tcase_add_test(tests, what_version_1_sealed_is_readable_for_ever);
    tcase_add_test(tests, a_sealed_secret_opens_in_its_own_place_only);
    tcase_add_test(tests, every_flipped_bit_is_noticed);
    tcase_add_test(tests, every_cut_and_every_addition_is_noticed);
    tcase_add_test(tests, each_sealing_takes_a_new_nonce);
    tcase_add_test(tests, keys_rotate_without_losing_a_secret);
    tcase_add_test(tests, without_a_key_nothing_is_sealed_or_opened);
    tcase_add_test(tests, a_secret_has_at_most_64_kibibytes);
    tcase_add_test(tests, an_incomplete_place_is_refused);
    tcase_add_test(tests, sealing_appends_and_a_failure_leaves_what_was_there);
    tcase_add_test(tests, freeing_no_secret_is_allowed);
    tcase_add_test(tests, after_the_last_free_no_key_and_no_secret_is_left_in_memory);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
