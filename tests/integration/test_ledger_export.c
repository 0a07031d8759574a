/* The proof goes on where it ended; what is exported is what is stored, in one order, in constant memory. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define UNGUARDED                                                                                                      \
    "SET search_path = kloyst; ALTER TABLE kloyst.transaction DISABLE TRIGGER ALL;"                                    \
    "SET session_replication_role = replica;"

static const kl_ledger_format formats[] = {KL_LEDGER_CSV, KL_LEDGER_JSON_LINES};

/* Rows of every kind and with texts of every kind. */
static kl_uuid some_rows(void)
{
    static const char *const texts[] = {"plain", "a, \"b\"", "line\nbreak", "back\\slash", "नमस्ते 🙈", "\x01\x1f"};
    kl_error *error = NULL;
    kl *h = fixture.handle;
    fixture_vendor("beside", 5000);
    kl_uuid vendor = fixture_vendor("A", 10000);
    for (int i = 0; i < 6; i++) {
        kl_transaction *taken = NULL;
        char key[40];
        snprintf(key, sizeof key, "%s#%d", texts[5 - i], i);
        ck_ok(kl_wallet_debit(h, &vendor, 10 + i, texts[i], key, &taken, &error));
        kl_uuid debit = kl_transaction_id(taken);
        kl_transaction_free(taken);
        ck_ok(kl_wallet_refund(h, &vendor, &debit, 1, texts[i], NULL, NULL, &error));
    }
    return vendor;
}

/* `count` more rows, fast. */
static void many_rows(const kl_uuid *vendor, int count)
{
    enum { SET = 5000 };
    static kl_wallet_operation operations[SET];
    static char keys[SET][40];
    kl_error *error = NULL;
    for (int done = 0; done < count; done += SET) {
        for (int i = 0; i < SET; i++) {
            snprintf(keys[i], sizeof keys[i], "message-%d", done + i);
            operations[i] = (kl_wallet_operation){i % 2 ? KL_DEBIT_MESSAGE : KL_CREDIT_RECHARGE, 10, "m", keys[i], NULL};
        }
        kl_wallet_results *results = NULL;
        ck_ok(kl_wallet_post(fixture.handle, vendor, operations, SET, &results, &error));
        kl_wallet_results_free(results);
    }
}

static char *export_path(void)
{
    static char path[100];
    snprintf(path, sizeof path, "%s/kl-statement-%ld", harness_temporary(), (long)getpid());
    unlink(path);
    return path;
}

START_TEST(what_is_exported_is_verified_without_the_database)
{
    kl_error *error = NULL;
    kl_uuid vendor = some_rows();
    const char *path = export_path();
    kl_ledger_point end, point;
    kl_ledger_report stored, read;
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, &stored, &error));
    ck_ok(kl_ledger_export_file(fixture.handle, &vendor, formats[_i], path, &end, &error));
    ck_ok(kl_ledger_verify_file(path, formats[_i], end.hash, &point, &read, &error));
    ck_assert_int_eq(read.rows, 13);
    ck_assert_mem_eq(&point, &end, sizeof end);
    ck_assert_int_eq(end.seq, 13);
    ck_assert_int_eq(read.credited, stored.credited);
    ck_assert_int_eq(read.debited, stored.debited);
    ck_assert_int_eq(read.refunded, stored.refunded);
    ck_assert_int_eq(read.balance, stored.balance);
    ck_fails(KL_ERR_EXISTS, kl_ledger_export_file(fixture.handle, &vendor, formats[_i], path, &end, &error));
    unlink(path);
    kl_uuid empty = fixture_vendor("empty", 0);
    ck_ok(kl_ledger_export_file(fixture.handle, &empty, formats[_i], path, &end, &error));
    ck_assert_int_eq(end.seq, 0);
    ck_ok(kl_ledger_verify_file(path, formats[_i], end.hash, &point, &read, &error));
    ck_assert_int_eq(read.rows, 0);
    unlink(path);
}
END_TEST

START_TEST(a_corrupt_ledger_is_exported_as_it_is_and_found_in_the_statement)
{
    kl_error *error = NULL;
    kl_uuid vendor = some_rows();
    kl_ledger_report report;
    const char *path = export_path();
    harness_exec(fixture.admin, UNGUARDED "UPDATE transaction SET amount = amount + 0.0001 WHERE seq = 4");
    ck_ok(kl_ledger_export_file(fixture.handle, &vendor, formats[_i], path, NULL, &error));
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_file(path, formats[_i], NULL, NULL, &report, &error));
    ck_assert_int_eq(report.bad_seq, 4);
    unlink(path);
}
END_TEST

START_TEST(a_failed_export_leaves_no_file)
{
    kl_error *error = NULL;
    kl_uuid nobody;
    const char *path = export_path();
    ck_assert_int_eq(kl_uuid_generate(&nobody), KL_OK);
    ck_fails(KL_ERR_NOT_FOUND, kl_ledger_export_file(fixture.handle, &nobody, KL_LEDGER_CSV, path, NULL, &error));
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(the_proof_goes_on_where_it_ended)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    kl_uuid vendor = some_rows();
    kl_ledger_point point = {0};
    kl_ledger_report report;
    ck_ok(kl_ledger_verify_from(h, &vendor, &point, &point, &report, &error));
    ck_assert_int_eq(report.rows, 13);
    ck_assert_int_eq(point.seq, 13);
    ck_assert_int_eq(point.balance, report.balance);
    ck_ok(kl_ledger_verify_from(h, &vendor, &point, &point, &report, &error));
    ck_assert_int_eq(report.rows, 0);
    ck_ok(kl_wallet_debit(h, &vendor, 7, "later", NULL, NULL, &error));
    ck_ok(kl_wallet_credit(h, &vendor, 9, "later", NULL, NULL, &error));
    kl_ledger_point before = point;
    ck_ok(kl_ledger_verify_from(h, &vendor, &point, &point, &report, &error));
    ck_assert_int_eq(report.rows, 2);
    ck_assert_int_eq(report.debited, 7);
    ck_assert_int_eq(report.credited, 9);
    ck_assert_int_eq(point.seq, 15);

    /* Changed behind the place, and before it with all hashes made right again. */
    harness_exec(fixture.admin, UNGUARDED "UPDATE transaction SET reference = 'gift' WHERE seq = 15");
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_from(h, &vendor, &before, &point, &report, &error));
    ck_assert_int_eq(report.bad_seq, 15);
    ck_assert_int_eq(point.seq, 15);
    kl_ledger_point wrong = before;
    wrong.hash[0] ^= 1;
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_from(h, &vendor, &wrong, NULL, &report, &error));
    ck_assert_int_eq(report.bad_seq, 14);
    wrong = before;
    wrong.balance++;
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_from(h, &vendor, &wrong, NULL, &report, &error));
    ck_assert_int_eq(report.bad_seq, 14);
    wrong = before;
    wrong.seq = 20;
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_from(h, &vendor, &wrong, NULL, &report, &error));
    ck_assert_int_eq(report.bad_seq, 16);
}
END_TEST

START_TEST(a_ledger_cut_back_behind_the_place_is_found)
{
    kl_error *error = NULL;
    kl_uuid vendor = some_rows();
    kl_ledger_point point;
    kl_ledger_report report;
    ck_ok(kl_ledger_verify_from(fixture.handle, &vendor, NULL, &point, NULL, &error));
    harness_exec(fixture.admin, UNGUARDED
                 "DELETE FROM transaction WHERE seq > 10; UPDATE wallet w SET seq = 10, head = t.hash, balance = "
                 "t.balance_after FROM transaction t WHERE t.seq = 10 AND t.wallet_id = w.id");
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
    ck_fails(KL_ERR_CORRUPT, kl_ledger_verify_from(fixture.handle, &vendor, &point, NULL, &report, &error));
    ck_assert_int_eq(report.bad_seq, 11);
}
END_TEST

typedef struct writer {
    kl_uuid vendor;
    atomic_bool stop;
    atomic_int written;
} writer;

static void *keep_writing(void *argument)
{
    writer *w = argument;
    while (!atomic_load(&w->stop))
        if (kl_wallet_debit(fixture.handle, &w->vendor, 1, "m", NULL, NULL, NULL) == KL_OK)
            atomic_fetch_add(&w->written, 1);
    return NULL;
}

/* Between two exports the writer gets on. */
static void await_rows(writer *w)
{
    int before = atomic_load(&w->written);
    for (int i = 0; i < 100000 && atomic_load(&w->written) == before; i++)
        usleep(1000);
    ck_assert_int_gt(atomic_load(&w->written), before);
}

START_TEST(an_export_is_one_moment_while_writers_go_on)
{
    kl_error *error = NULL;
    writer w = {.vendor = fixture_vendor("A", 1000000)};
    pthread_t thread;
    many_rows(&w.vendor, 10000);
    ck_assert_int_eq(pthread_create(&thread, NULL, keep_writing, &w), 0);
    int64_t last = 0;
    for (int i = 0; i < 4; i++) {
        const char *path = export_path();
        kl_ledger_point end;
        kl_ledger_report report;
        await_rows(&w);
        ck_ok(kl_ledger_export_file(fixture.handle, &w.vendor, formats[i % 2], path, &end, &error));
        ck_ok(kl_ledger_verify_file(path, formats[i % 2], end.hash, NULL, &report, &error));
        ck_assert_int_gt(end.seq, last);
        last = end.seq;
        unlink(path);
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    ck_assert_int_gt(last, 10001);
}
END_TEST

/* A process that is stopped on the way has written a part. */
static int write_fd(void *context, const char *bytes, size_t length)
{
    for (ssize_t part; length; bytes += part, length -= (size_t)part) {
        part = write(*(int *)context, bytes, length);
        if (part < 0)
            return 1;
    }
    return 0;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* The statement goes through a pipe, so that neither side ever has all of it. */
typedef struct reader {
    int from;
    kl_status status;
    kl_ledger_report report;
} reader;

static long read_fd(void *context, char *buffer, size_t size)
{
    return (long)read(*(int *)context, buffer, size);
}

static void *verify_pipe(void *argument)
{
    reader *r = argument;
    r->status = kl_ledger_verify_stream(read_fd, &r->from, KL_LEDGER_CSV, NULL, NULL, &r->report, NULL);
    return NULL;
}

START_TEST(memory_is_flat_whatever_the_length)
{
    enum { ROWS = 80000 };
    kl_error *error = NULL;
    kl_ledger_report report;
    kl_uuid small = fixture_vendor("small", 1000000), large = fixture_vendor("large", 1000000);
    many_rows(&small, 10000);
    many_rows(&large, ROWS);
    long before = 0;
    for (int round = 0; round < 2; round++) {
        const kl_uuid *vendor = round ? &large : &small;
        int ends[2];
        reader r = {.status = KL_ERR_INTERNAL};
        pthread_t thread;
        ck_assert_int_eq(pipe(ends), 0);
        r.from = ends[0];
        ck_assert_int_eq(pthread_create(&thread, NULL, verify_pipe, &r), 0);
        ck_ok(kl_ledger_export(fixture.handle, vendor, KL_LEDGER_CSV, write_fd, &ends[1], NULL, &error));
        close(ends[1]);
        pthread_join(thread, NULL);
        close(ends[0]);
        ck_assert_int_eq(r.status, KL_OK);
        ck_ok(kl_wallet_verify(fixture.handle, vendor, &report, &error));
        ck_assert_int_eq(report.rows, r.report.rows);
        if (!round)
            before = peak_kib();
    }
    ck_assert_int_eq(report.rows, ROWS + 1);
#ifdef __SANITIZE_ADDRESS__
    (void)before; /* the sanitizer keeps what was freed */
#else
    /* 70,000 rows more, of some 350 bytes each, took no memory of their own. */
    ck_assert_msg(peak_kib() - before < 4096, "%ld KiB more", peak_kib() - before);
#endif
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ledger_export");
    TCase *test_case = fixture_case("ledger_export");
    tcase_add_loop_test(test_case, what_is_exported_is_verified_without_the_database, 0, 2);
    tcase_add_loop_test(test_case, a_corrupt_ledger_is_exported_as_it_is_and_found_in_the_statement, 0, 2);
    tcase_add_test(test_case, a_failed_export_leaves_no_file);
    tcase_add_test(test_case, the_proof_goes_on_where_it_ended);
    tcase_add_test(test_case, a_ledger_cut_back_behind_the_place_is_found);
    tcase_add_test(test_case, an_export_is_one_moment_while_writers_go_on);
    tcase_add_test(test_case, memory_is_flat_whatever_the_length);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
