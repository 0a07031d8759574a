/* SHA-256 and its HMAC by the processor's own instructions where it has them. */
#include "crypto/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <string.h>

#include <sodium.h>

enum { BLOCK = 64, LENGTH_AT = BLOCK - 8 };

/* FIPS 180-4, 4.2.2 and 5.3.3. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Asked once: 1 no, 2 yes. */
static bool has_instructions(void)
{
    static atomic_int known;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (!answer) {
        unsigned a, b, c, d, leaf1_c = 0, leaf7_b = 0;
        if (__get_cpuid(1, &a, &b, &c, &d))
            leaf1_c = c;
        if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
            leaf7_b = b;
        answer = (leaf1_c & bit_SSE4_1) && (leaf7_b & bit_SHA) ? 2 : 1;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

/* The instructions keep the eight words of the state as A B E F and C D G H, four rounds a step. */
__attribute__((target("sha,sse4.1"))) static void add_blocks(uint32_t state[8], const uint8_t *at, size_t count)
{
    const __m128i big_endian = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
    __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
    for (; count; count--, at += BLOCK) {
        __m128i before_abef = abef, before_cdgh = cdgh, w[4];
        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(at + 16 * i)), big_endian);
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i *now = &w[i & 3], *last = &w[(i + 3) & 3];
            __m128i sum = _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)(constants + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
            if (i < 12) {
                __m128i part = _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) & 3]),
                                             _mm_alignr_epi8(*last, w[(i + 2) & 3], 4));
                *now = _mm_sha256msg2_epu32(part, *last);
            }
        }
        abef = _mm_add_epi32(abef, before_abef);
        cdgh = _mm_add_epi32(cdgh, before_cdgh);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static void put_word(uint8_t *at, uint32_t word)
{
    word = __builtin_bswap32(word);
    memcpy(at, &word, sizeof word);
}

/* `first` is a block in front of the message, or NULL. */
static void digest(const uint8_t *first, const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    uint32_t state[8];
    uint8_t end[2 * BLOCK] = {0};
    size_t whole = length / BLOCK, rest = length % BLOCK, last = rest < LENGTH_AT ? 1 : 2;
    uint64_t all = length + (first ? BLOCK : 0);
    memcpy(state, initial, sizeof state);
    if (first)
        add_blocks(state, first, 1);
    if (rest)
        memcpy(end, (const uint8_t *)message + whole * BLOCK, rest);
    end[rest] = 0x80;
    put_word(end + last * BLOCK - 8, (uint32_t)(all >> 29));
    put_word(end + last * BLOCK - 4, (uint32_t)all << 3);
    add_blocks(state, message, whole);
    add_blocks(state, end, last);
    for (int i = 0; i < 8; i++)
        put_word(out + 4 * i, state[i]);
    sodium_memzero(state, sizeof state);
}

bool sha256_fast(const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    if (!has_instructions())
        return sha256(message, length, out);
    digest(NULL, message, length, out);
    return true;
}

bool hmac_sha256_fast(const void *key, size_t key_length, const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    uint8_t inner[BLOCK] = {0}, outer[BLOCK], middle[SHA256_BYTES];
    if (!has_instructions())
        return false;
    if (key_length > BLOCK)
        digest(NULL, key, key_length, inner);
    else if (key_length)
        memcpy(inner, key, key_length);
    for (int i = 0; i < BLOCK; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    digest(inner, message, length, middle);
    digest(outer, middle, sizeof middle, out);
    sodium_memzero(inner, sizeof inner);
    sodium_memzero(outer, sizeof outer);
    sodium_memzero(middle, sizeof middle);
    return true;
}

#else

bool sha256_fast(const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    return sha256(message, length, out);
}

bool hmac_sha256_fast(const void *key, size_t key_length, const void *message, size_t length, uint8_t out[SHA256_BYTES])
{
    (void)key, (void)key_length, (void)message, (void)length, (void)out;
    return false;
}

#endif
