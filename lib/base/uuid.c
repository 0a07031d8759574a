/* Version-7 UUIDs. */
#include "base/uuid.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define NANOSECONDS_PER_MILLISECOND 1000000u

/* Random bits are drawn in blocks, one system call for many ids. Each thread has its own
 * block, so that no lock can be left held in a child process. */
static _Thread_local struct {
    pid_t owner;
    size_t left;
    uint64_t values[64];
} pool;

/* getpid(), which is a system call and would cost more than all the rest, remembered in a page
 * that the kernel hands to a child filled with zeros. Where there is no such page, the call. */
static pid_t own_process(void)
{
    static _Atomic(_Atomic pid_t *) page;
    _Atomic pid_t *remembered = atomic_load_explicit(&page, memory_order_acquire);
    if (!remembered) {
        void *made = mmap(NULL, sizeof *remembered, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (made == MAP_FAILED)
            return getpid();
        if (madvise(made, sizeof *remembered, MADV_WIPEONFORK) != 0 ||
            !atomic_compare_exchange_strong(&page, &remembered, (_Atomic pid_t *)made)) {
            munmap(made, sizeof *remembered);
            return getpid();
        }
        remembered = made;
    }
    pid_t self = atomic_load_explicit(remembered, memory_order_relaxed);
    if (self == 0) {
        self = getpid();
        atomic_store_explicit(remembered, self, memory_order_relaxed);
    }
    return self;
}

static uint64_t random_bits(void)
{
    static atomic_bool ready;
    /* A child has its parent's block and must not use the same bits. Should it have a dead
     * ancestor's number, then its timestamps are later than those the ancestor used. */
    pid_t self = own_process();
    if (pool.left == 0 || pool.owner != self) {
        if (!atomic_load_explicit(&ready, memory_order_acquire) && sodium_init() >= 0)
            atomic_store_explicit(&ready, true, memory_order_release);
        randombytes_buf(pool.values, sizeof pool.values);
        pool.left = sizeof pool.values / sizeof pool.values[0];
        pool.owner = self;
    }
    return pool.values[--pool.left];
}

static uint64_t wall_nanoseconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A nanosecond that no other id of this process has. When the clock stands still or is set
 * back, the last one is counted on; at more than one id a nanosecond it would run ahead. */
static uint64_t next_tick(void)
{
    static _Atomic uint64_t last;
    uint64_t now = wall_nanoseconds();
    uint64_t seen = atomic_load_explicit(&last, memory_order_relaxed);
    uint64_t tick;
    do {
        tick = now > seen ? now : seen + 1;
    } while (!atomic_compare_exchange_weak_explicit(&last, &seen, tick, memory_order_relaxed, memory_order_relaxed));
    return tick;
}

static void big_endian(uint64_t value, uint8_t *out)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        out[i] = (uint8_t)value;
}

/* RFC 9562 5.7: 48 bits of milliseconds, version, rand_a (12 bits), variant, rand_b (62 bits). */
static void assemble(uint64_t milliseconds, uint64_t rand_a, uint64_t rand_b, kl_uuid *out)
{
    big_endian(milliseconds << 16 | 0x7000u | (rand_a & 0x0fffu), out->bytes);
    big_endian(UINT64_C(1) << 63 | (rand_b & (UINT64_MAX >> 2)), out->bytes + 8);
}

void uuid_generate(kl_uuid *out)
{
    uint64_t tick = next_tick();
    /* The place within the millisecond, below 2^20, takes rand_a and the head of rand_b:
     * it makes the order, and 54 random bits remain. */
    uint64_t within = tick % NANOSECONDS_PER_MILLISECOND;
    assemble(tick / NANOSECONDS_PER_MILLISECOND, within >> 8, (within & 0xff) << 54 | random_bits() >> 10, out);
}

void uuid_series(kl_uuid *first)
{
    uint64_t bits = random_bits();
    assemble(wall_nanoseconds() / NANOSECONDS_PER_MILLISECOND, bits >> 52, (bits & 0x3fffffffu) << 32, first);
}

void uuid_series_at(const kl_uuid *first, uint32_t ordinal, kl_uuid *out)
{
    memmove(out->bytes, first->bytes, 12);
    for (int i = 15; i >= 12; i--, ordinal >>= 8)
        out->bytes[i] = (uint8_t)ordinal;
}

void uuid_series_after(const kl_uuid *id, uint32_t count, kl_uuid *out)
{
    uint32_t ordinal = (uint32_t)id->bytes[12] << 24 | (uint32_t)id->bytes[13] << 16 | (uint32_t)id->bytes[14] << 8 | id->bytes[15];
    uuid_series_at(id, ordinal + count, out);
}

bool uuid_is_nil(const kl_uuid *uuid)
{
    static const kl_uuid nil;
    return memcmp(uuid, &nil, sizeof nil) == 0;
}

int uuid_compare(const kl_uuid *a, const kl_uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

kl_status kl_uuid_generate(kl_uuid *out)
{
    if (!out)
        return KL_ERR_ARGUMENT;
    uuid_generate(out);
    return KL_OK;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

kl_status kl_uuid_parse(const char *text, kl_uuid *out)
{
    if (!text || !out)
        return KL_ERR_ARGUMENT;
    kl_uuid read;
    for (size_t i = 0; i < sizeof read.bytes; i++) {
        if (dash_before(i) && *text++ != '-')
            return KL_ERR_FORMAT;
        /* The second digit is looked at only behind a first one: text may end anywhere. */
        int high = hex_value(text[0]);
        int low = high < 0 ? -1 : hex_value(text[1]);
        if (low < 0)
            return KL_ERR_FORMAT;
        read.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return KL_ERR_FORMAT;
    *out = read;
    return KL_OK;
}

kl_status kl_uuid_format(const kl_uuid *uuid, char *text)
{
    static const char hex[] = "0123456789abcdef";
    if (!uuid || !text)
        return KL_ERR_ARGUMENT;
    for (size_t i = 0; i < sizeof uuid->bytes; i++) {
        if (dash_before(i))
            *text++ = '-';
        *text++ = hex[uuid->bytes[i] >> 4];
        *text++ = hex[uuid->bytes[i] & 15];
    }
    *text = '\0';
    return KL_OK;
}
