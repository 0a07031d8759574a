/* Promises of UUIDs and of the clocks. */
#include "harness/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"

/* The wall clock of this program: what a test set, else the true one. */
static struct timespec set_clock;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock == CLOCK_REALTIME && set_clock.tv_sec) {
        *now = set_clock;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, now);
}

static uint64_t milliseconds_of(const kl_uuid *id)
{
    uint64_t value = 0;
    for (int i = 0; i < 6; i++)
        value = value << 8 | id->bytes[i];
    return value;
}

static int by_bytes(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static void all_differ(kl_uuid *ids, size_t count)
{
    qsort(ids, count, sizeof *ids, by_bytes);
    for (size_t i = 1; i < count; i++)
        if (uuid_compare(&ids[i - 1], &ids[i]) >= 0)
            ck_abort_msg("two are the same");
}

/* The 54 random bits alone: without the time, which makes the order. */
static kl_uuid random_part(const kl_uuid *id)
{
    kl_uuid part = *id;
    memset(part.bytes, 0, 9);
    part.bytes[9] &= 0x3f;
    return part;
}

START_TEST(an_id_is_of_version_7_and_of_this_millisecond)
{
    for (int i = 0; i < 10000; i++) {
        kl_uuid id, first;
        uint64_t before = (uint64_t)(clock_now() / 1000);
        ck_assert_int_eq(kl_uuid_generate(&id), KL_OK);
        uuid_series(&first);
        uint64_t after = (uint64_t)(clock_now() / 1000);
        const kl_uuid *both[] = {&id, &first};
        for (int k = 0; k < 2; k++) {
            ck_assert_int_eq(both[k]->bytes[6] >> 4, 7);
            ck_assert_int_eq(both[k]->bytes[8] >> 6, 2);
            ck_assert_uint_ge(milliseconds_of(both[k]), before);
            ck_assert_uint_le(milliseconds_of(both[k]), after + 1);
        }
    }
}
END_TEST

START_TEST(later_ids_sort_after_earlier_ones)
{
    kl_uuid last, next;
    uuid_generate(&last);
    for (int i = 0; i < 1000000; i++) {
        uuid_generate(&next);
        if (uuid_compare(&last, &next) >= 0)
            ck_abort_msg("id %d does not sort after the one before", i);
        last = next;
    }
}
END_TEST

START_TEST(a_clock_that_stands_still_or_is_set_back_does_not_disturb_the_order)
{
    kl_uuid last, next;
    uuid_generate(&last);
    clock_gettime(CLOCK_REALTIME, &set_clock);
    set_clock.tv_nsec = 999999990;
    for (int i = 0; i < 100000; i++) {
        if (i % 1000 == 999)
            set_clock.tv_sec--;
        uuid_generate(&next);
        if (uuid_compare(&last, &next) >= 0 || next.bytes[6] >> 4 != 7 || next.bytes[8] >> 6 != 2)
            ck_abort_msg("id %d does not sort after the one before, or is of another version", i);
        last = next;
    }
    set_clock.tv_sec = 0;
}
END_TEST

START_TEST(the_time_stands_in_the_id_as_rfc_9562_has_it)
{
    kl_uuid id, first;
    /* The example of its appendix A.6: 017f22e2-79b0-7... is 1645557742 s. */
    set_clock = (struct timespec){1645557742, 0};
    uuid_series(&first);
    ck_assert_mem_eq(first.bytes, "\x01\x7f\x22\xe2\x79\xb0", 6);
    /* Behind every id so far, and 999,999 ns within its millisecond: 0xf423f. */
    set_clock = (struct timespec){4000000000, 123999999};
    uuid_generate(&id);
    ck_assert_uint_eq(milliseconds_of(&id), UINT64_C(4000000000123));
    ck_assert_mem_eq(id.bytes + 6, "\x7f\x42\x8f", 3);
    ck_assert_int_eq(id.bytes[9] >> 6, 3);
    set_clock.tv_sec = 0;
}
END_TEST

enum { THREADS = 4, EACH = 50000 };

static void *generate_many(void *argument)
{
    kl_uuid *ids = argument;
    for (int i = 0; i < EACH; i++)
        uuid_generate(&ids[i]);
    return NULL;
}

START_TEST(threads_make_different_ids_each_in_order)
{
    static kl_uuid ids[THREADS * EACH];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, generate_many, ids + i * EACH), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int t = 0; t < THREADS; t++)
        for (int i = 1; i < EACH; i++)
            if (uuid_compare(&ids[t * EACH + i - 1], &ids[t * EACH + i]) >= 0)
                ck_abort_msg("id %d of a thread does not sort after the one before", i);
    for (int i = 0; i < THREADS * EACH; i++)
        ids[i] = random_part(&ids[i]);
    all_differ(ids, THREADS * EACH);
}
END_TEST

START_TEST(a_child_process_does_not_repeat_its_parents_bits)
{
    enum { IDS = 32 };
    kl_uuid ids[2 * IDS], warm;
    uuid_generate(&warm);
    int channel[2];
    ck_assert_int_eq(pipe(channel), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    for (int i = 0; i < IDS; i++)
        uuid_generate(&ids[i]);
    if (child == 0)
        _exit(write(channel[1], ids, sizeof ids / 2) == (ssize_t)sizeof ids / 2 ? 0 : 1);
    ck_assert_int_eq(read(channel[0], ids + IDS, sizeof ids / 2), (ssize_t)sizeof ids / 2);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 2 * IDS; i++)
        ids[i] = random_part(&ids[i]);
    all_differ(ids, 2 * IDS);
}
END_TEST

START_TEST(every_random_bit_is_used_both_ways)
{
    kl_uuid any = {{0}}, all;
    kl_uuid series_any = {{0}}, series_all;
    memset(&all, 0xff, sizeof all);
    series_all = all;
    for (int i = 0; i < 1000; i++) {
        kl_uuid id, first;
        uuid_generate(&id);
        uuid_series(&first);
        for (int k = 0; k < 16; k++) {
            any.bytes[k] |= id.bytes[k];
            all.bytes[k] &= id.bytes[k];
            series_any.bytes[k] |= first.bytes[k];
            series_all.bytes[k] &= first.bytes[k];
        }
    }
    for (int k = 10; k < 16; k++) {
        ck_assert_int_eq(any.bytes[k], 0xff);
        ck_assert_int_eq(all.bytes[k], 0);
    }
    static const uint8_t series_bits[6] = {0x0f, 0xff, 0x3f, 0xff, 0xff, 0xff};
    for (int k = 6; k < 12; k++)
        ck_assert_int_eq(series_any.bytes[k] & ~series_all.bytes[k], series_bits[k - 6]);
}
END_TEST

START_TEST(a_series_is_ordered_by_its_ordinals)
{
    kl_uuid first, id;
    uuid_series(&first);
    for (int i = 12; i < 16; i++)
        ck_assert_int_eq(first.bytes[i], 0);
    uuid_series_at(&first, 0, &id);
    ck_assert_int_eq(uuid_compare(&first, &id), 0);
    static const uint32_t ordinals[] = {1, 2, 255, 256, 65536, 999999, 0x01020304, UINT32_MAX};
    kl_uuid last = first;
    for (size_t i = 0; i < sizeof ordinals / sizeof ordinals[0]; i++) {
        uuid_series_at(&first, ordinals[i], &id);
        ck_assert_int_lt(uuid_compare(&last, &id), 0);
        ck_assert_mem_eq(id.bytes, first.bytes, 12);
        last = id;
    }
    uuid_series_at(&first, 0x01020304, &id);
    ck_assert_mem_eq(id.bytes + 12, "\1\2\3\4", 4);
    uuid_series_at(&id, 7, &id);
    ck_assert_mem_eq(id.bytes + 12, "\0\0\0\7", 4);
}
END_TEST

START_TEST(series_differ_even_within_a_millisecond)
{
    /* The time is taken out; 4,000 draws of 42 bits meet by chance once in 550,000 runs. */
    static kl_uuid firsts[4000];
    for (size_t i = 0; i < 4000; i++) {
        uuid_series(&firsts[i]);
        memset(firsts[i].bytes, 0, 6);
    }
    all_differ(firsts, 4000);
}
END_TEST

START_TEST(text_is_read_in_either_case_and_written_in_lower_case)
{
    kl_uuid id;
    char text[KL_UUID_TEXT + 1];
    ck_assert_int_eq(kl_uuid_parse("01234567-89AB-cdef-FEDC-ba9876543210", &id), KL_OK);
    ck_assert_mem_eq(id.bytes, "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16);
    ck_assert_int_eq(kl_uuid_format(&id, text), KL_OK);
    ck_assert_str_eq(text, "01234567-89ab-cdef-fedc-ba9876543210");
    for (int i = 0; i < 10000; i++) {
        kl_uuid made, read;
        uuid_generate(&made);
        kl_uuid_format(&made, text);
        ck_assert_uint_eq(strlen(text), KL_UUID_TEXT);
        ck_assert_int_eq(kl_uuid_parse(text, &read), KL_OK);
        ck_assert_int_eq(uuid_compare(&made, &read), 0);
    }
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const bad[] = {
        "", "0", "0123456789abcdeffedcba9876543210", "01234567-89ab-cdef-fedc-ba987654321",
        "01234567-89ab-cdef-fedc-ba98765432100", "{1234567-89ab-cdef-fedc-ba987654321}",
        "01234567-89ab-cdef-fedcba-9876543210", "01234567_89ab-cdef-fedc-ba9876543210",
        "g1234567-89ab-cdef-fedc-ba9876543210", "0123456 -89ab-cdef-fedc-ba9876543210",
        " 1234567-89ab-cdef-fedc-ba9876543210", "01234567-89ab-cdef-fedc-ba987654321\xff",
    };
    kl_uuid id, before;
    uuid_generate(&id);
    before = id;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(kl_uuid_parse(bad[i], &id) == KL_ERR_FORMAT, "'%s' accepted", bad[i]);
    /* On the heap, so that a look behind any early end is seen by the sanitizer. */
    for (size_t length = 0; length < KL_UUID_TEXT; length++) {
        char *cut = malloc(length + 1);
        ck_assert_ptr_nonnull(cut);
        memcpy(cut, "01234567-89ab-cdef-fedc-ba9876543210", length);
        cut[length] = '\0';
        ck_assert_int_eq(kl_uuid_parse(cut, &id), KL_ERR_FORMAT);
        free(cut);
    }
    ck_assert_int_eq(uuid_compare(&id, &before), 0);
}
END_TEST

START_TEST(a_null_is_an_argument_error)
{
    kl_uuid id = {{0}};
    char text[KL_UUID_TEXT + 1];
    ck_assert_int_eq(kl_uuid_generate(NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_parse(NULL, &id), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_parse("01234567-89ab-cdef-fedc-ba9876543210", NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_format(NULL, text), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_uuid_format(&id, NULL), KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(only_sixteen_zeros_are_nil)
{
    kl_uuid id = {{0}};
    ck_assert(uuid_is_nil(&id));
    for (int i = 0; i < 16; i++) {
        id.bytes[i] = 1;
        ck_assert(!uuid_is_nil(&id));
        id.bytes[i] = 0;
    }
}
END_TEST

START_TEST(order_is_the_order_of_unsigned_bytes)
{
    kl_uuid low = {{0x7f, 0xff}}, high = {{0x80}};
    ck_assert_int_lt(uuid_compare(&low, &high), 0);
    ck_assert_int_gt(uuid_compare(&high, &low), 0);
    ck_assert_int_eq(uuid_compare(&high, &high), 0);
}
END_TEST

START_TEST(the_clocks_tell_microseconds_and_milliseconds)
{
    struct timespec before, after; /* of the clock itself: that of time() may be a tick behind */
    clock_gettime(CLOCK_REALTIME, &before);
    kl_time wall = clock_now();
    clock_gettime(CLOCK_REALTIME, &after);
    ck_assert_int_ge(wall, before.tv_sec * INT64_C(1000000) + before.tv_nsec / 1000);
    ck_assert_int_le(wall, after.tv_sec * INT64_C(1000000) + after.tv_nsec / 1000);
    int64_t start = clock_monotonic_ms();
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct timespec pause = {0, 30000000};
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t passed = clock_monotonic_ms() - start;
    ck_assert_int_ge(passed, 29);
    ck_assert_int_ge(passed, (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 - 1);
    ck_assert_int_lt(passed, 100000);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("uuid");
    TCase *tests = tcase_create("uuid");
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, an_id_is_of_version_7_and_of_this_millisecond);
    tcase_add_test(tests, later_ids_sort_after_earlier_ones);
    tcase_add_test(tests, a_clock_that_stands_still_or_is_set_back_does_not_disturb_the_order);
    tcase_add_test(tests, the_time_stands_in_the_id_as_rfc_9562_has_it);
    tcase_add_test(tests, threads_make_different_ids_each_in_order);
    tcase_add_test(tests, a_child_process_does_not_repeat_its_parents_bits);
    tcase_add_test(tests, every_random_bit_is_used_both_ways);
    tcase_add_test(tests, a_series_is_ordered_by_its_ordinals);
    tcase_add_test(tests, series_differ_even_within_a_millisecond);
    tcase_add_test(tests, text_is_read_in_either_case_and_written_in_lower_case);
    tcase_add_test(tests, anything_else_is_refused);
    tcase_add_test(tests, a_null_is_an_argument_error);
    tcase_add_test(tests, only_sixteen_zeros_are_nil);
    tcase_add_test(tests, order_is_the_order_of_unsigned_bytes);
    tcase_add_test(tests, the_clocks_tell_microseconds_and_milliseconds);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
