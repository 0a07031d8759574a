/* Import of contacts from CSV: nothing by halves, several at once, and files of any length. */
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/suite.h"
#include "integration/import_case.h"

/* ---- nothing by halves -------------------------------------------------- */

/* `rows` contacts from number `from` on; the caller frees it. */
static char *generated(int from, int rows, const char *city, size_t *length)
{
    size_t room = (size_t)rows * 64 + 64, at = 0;
    char *text = malloc(room);
    at += (size_t)snprintf(text, room, "mobile,name,city\n");
    for (int i = from; i < from + rows; i++)
        at += (size_t)snprintf(text + at, room - at, "+9198%08d,Name %d,%s\n", i, i, city);
    *length = at;
    return text;
}

typedef struct watch {
    int calls;
    int stop_at;
    bool kill;
    int64_t bytes;
} watch;

static int watch_progress(void *context, const kl_import_report *so_far)
{
    watch *w = context;
    ck_assert_int_ge(so_far->bytes, w->bytes);
    ck_assert_int_ge(so_far->rows, so_far->rejected);
    w->bytes = so_far->bytes;
    w->calls++;
    if (w->kill && w->calls == 3)
        harness_exec(fixture.admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                    "WHERE datname = current_database() AND usename = 'kloyst_app' AND state <> 'idle'");
    return w->calls == w->stop_at;
}

START_TEST(progress_is_told_up_to_the_last_byte)
{
    kl_error *error = NULL;
    size_t length;
    watch w = {0};
    kl_import_options options = india();
    options.progress = watch_progress;
    options.context = &w;
    char *text = generated(0, 10000, "Pune", &length);
    ck_ok(import_bytes(text, length, &options, NULL, &error));
    ck_assert_int_ge(w.calls, (int)(length / 65536));
    ck_assert_int_le(w.calls, (int)(length / 65536) + 2);
    ck_assert_int_eq(w.bytes, (int64_t)length);
    free(text);
}
END_TEST

START_TEST(progress_can_cancel_and_nothing_is_changed)
{
    kl_error *error = NULL;
    size_t length;
    kl_import_report report = {.rows = -1};
    char *text = generated(0, 10000, "Pune", &length);
    fixture_contacts(&vendor_id, 3);
    char *before = all_contacts();
    for (int stop_at = 1; stop_at <= (int)(length / 65536) + 1; stop_at += 3) {
        watch w = {.stop_at = stop_at};
        kl_import_options options = india();
        options.progress = watch_progress;
        options.context = &w;
        ck_fails(KL_ERR_CANCELLED, import_bytes(text, length, &options, &report, &error));
        ck_assert_int_eq(w.calls, stop_at);
    }
    char *after = all_contacts();
    ck_assert_str_eq(after, before);
    ck_assert_int_eq(report.rows, -1);
    ck_ok(import_bytes(text, length, NULL, &report, &error)); /* the handle goes on */
    reports(&report, 10000, 10000, 0, 0, 9997);
    free(before);
    free(after);
    free(text);
}
END_TEST

START_TEST(a_reject_can_cancel_and_nothing_is_changed)
{
    kl_error *error = NULL;
    rejects seen = {.stop_at = 5};
    kl_import_options options = india();
    options.reject = note_reject;
    options.context = &seen;
    ck_fails(KL_ERR_CANCELLED, kl_contact_import_file(fixture.handle, &vendor_id, MESSY, &options, NULL, &error));
    ck_assert_int_eq(seen.count, 5);
    holds("0", "SELECT count(*) FROM kloyst.contact");
}
END_TEST

START_TEST(a_connection_killed_in_the_middle_leaves_nothing)
{
    kl_error *error = NULL;
    size_t length;
    kl_import_report report;
    watch w = {.kill = true};
    kl_import_options options = india();
    options.progress = watch_progress;
    options.context = &w;
    char *text = generated(0, 20000, "Pune", &length);
    ck_fails(KL_ERR_CONNECTION_LOST, import_bytes(text, length, &options, NULL, &error));
    ck_assert_int_ge(w.calls, 3);
    holds("0", "SELECT count(*) FROM kloyst.contact");
    ck_ok(import_bytes(text, length, NULL, &report, &error));
    reports(&report, 20000, 20000, 0, 0, 20000);
    free(text);
}
END_TEST

static long fail_reading(void *context, char *buffer, size_t size)
{
    int *calls = context;
    (void)size;
    memcpy(buffer, "mobile\n", 7);
    return ++*calls == 1 ? 7 : -1;
}

static long read_too_much(void *context, char *buffer, size_t size)
{
    (void)context;
    (void)buffer;
    return (long)size + 1;
}

START_TEST(a_reader_that_fails_stops_the_import)
{
    kl_error *error = NULL;
    int calls = 0;
    ck_fails(KL_ERR_IO, kl_contact_import(fixture.handle, &vendor_id, fail_reading, &calls, NULL, NULL, &error));
    ck_assert_int_eq(calls, 2);
    ck_fails(KL_ERR_IO, kl_contact_import(fixture.handle, &vendor_id, read_too_much, NULL, NULL, NULL, &error));
    ck_fails(KL_ERR_IO, kl_contact_import_file(fixture.handle, &vendor_id, "/nonexistent", NULL, NULL, &error));
    ck_fails(KL_ERR_IO, kl_contact_import_file(fixture.handle, &vendor_id, "/", NULL, NULL, &error));
}
END_TEST

START_TEST(an_unknown_vendor_is_told_before_anything_is_read)
{
    kl_error *error = NULL;
    kl_uuid nobody;
    text_file file = {"mobile\n", 7, 0, 0};
    kl_uuid_generate(&nobody);
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_import(fixture.handle, &nobody, read_text, &file, NULL, NULL, &error));
    ck_assert_uint_eq(file.at, 0);
}
END_TEST

START_TEST(a_missing_privilege_for_temporary_tables_is_named)
{
    kl_error *error = NULL;
    harness_exec(fixture.admin, "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', "
                                "current_database()); END $$");
    ck_assert_int_eq(import_text("mobile\n", NULL, NULL, &error), KL_ERR_PERMISSION);
    ck_assert_ptr_nonnull(strstr(kl_error_message(error), "GRANT TEMPORARY"));
    kl_error_free(error);
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    text_file file = {"mobile\n", 7, 0, 0};
    kl_import_options options = india();
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(NULL, &vendor_id, read_text, &file, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, NULL, read_text, &file, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, &vendor_id, NULL, &file, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import_file(NULL, &vendor_id, MESSY, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import_file(h, NULL, MESSY, NULL, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import_file(h, &vendor_id, NULL, NULL, NULL, &error));
    options.size = 3;
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, &vendor_id, read_text, &file, &options, NULL, &error));
    options = india();
    options.country = "India";
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, &vendor_id, read_text, &file, &options, NULL, &error));
    options = india();
    options.mobile_column = "";
    ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, &vendor_id, read_text, &file, &options, NULL, &error));
    options.mobile_column = "\xff";
    ck_fails(KL_ERR_ENCODING, kl_contact_import(h, &vendor_id, read_text, &file, &options, NULL, &error));
    const char delimiters[] = {'"', '\n', '\r', '\xc3'};
    for (size_t i = 0; i < sizeof delimiters; i++) {
        options = india();
        options.delimiter = delimiters[i];
        ck_fails(KL_ERR_ARGUMENT, kl_contact_import(h, &vendor_id, read_text, &file, &options, NULL, &error));
    }
    ck_assert_uint_eq(file.at, 0);
    kl_import_options_init(NULL);
}
END_TEST

/* ---- at once, and at length --------------------------------------------- */

typedef struct worker {
    int from, rows;
    const char *city;
    kl_import_report report;
    kl_status status;
    char message[200];
} worker;

static void *work(void *context)
{
    worker *w = context;
    kl_error *error = NULL;
    size_t length;
    char *text = generated(w->from, w->rows, w->city, &length);
    for (int i = 0; i < 3 && !w->status; i++)
        w->status = import_bytes(text, length, NULL, &w->report, &error);
    snprintf(w->message, sizeof w->message, "%s", kl_error_message(error));
    kl_error_free(error);
    free(text);
    return NULL;
}

START_TEST(imports_of_overlapping_files_at_once_both_succeed)
{
    worker workers[] = {{.from = 0, .rows = 6000, .city = "Pune"}, {.from = 3000, .rows = 6000, .city = "Goa"},
                        {.from = 0, .rows = 9000, .city = "Delhi"}};
    enum { COUNT = sizeof workers / sizeof workers[0] };
    pthread_t threads[COUNT];
    kl_error *error = NULL;
    for (int i = 0; i < COUNT; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 300; i++) {
        char mobile[20];
        snprintf(mobile, sizeof mobile, "+9198%08d", (i * 29) % 9000);
        ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, mobile, NULL, "{\"single\":1}", 12, NULL, &error));
    }
    for (int i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_msg(workers[i].status == KL_OK, "%s", workers[i].message);
        ck_assert_int_eq(workers[i].report.imported, workers[i].rows);
    }
    holds("9000", "SELECT count(*) FROM kloyst.contact");
    holds("0", "SELECT count(*) FROM kloyst.contact WHERE (attributes->>'city') IS NULL AND NOT attributes ? 'single'");
    holds("0", "SELECT count(*) FROM kloyst.contact WHERE right(mobile, 8)::int < 3000 AND attributes->>'city' = 'Goa'");
}
END_TEST

static void *intrude(void *context)
{
    harness_exec(fixture.admin, context);
    return NULL;
}

typedef struct intruder {
    pthread_t thread;
    char sql[800];
} intruder;

/* Asks until the answer is not 0. */
static void await(const char *sql)
{
    int64_t end = clock_monotonic_ms() + 100000;
    for (bool there = false; !there; usleep(1000)) {
        char *count = harness_query_text(fixture.admin, sql);
        there = strcmp(count, "0") != 0;
        free(count);
        ck_assert_msg(there || clock_monotonic_ms() < end, "%s: 0 to the end", sql);
    }
}

/* SQL of an intruder that holds what it has changed until `n` sessions wait for a lock, and notes how many did. */
#define UNTIL_WAITING(n)                                                                                               \
    "CREATE TABLE waited (n int); DO $$ DECLARE n int; BEGIN FOR i IN 1 .. 10000 LOOP "                                \
    "PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); SELECT count(*) INTO n FROM pg_stat_activity WHERE "            \
    "wait_event_type = 'Lock' AND datname = current_database(); EXIT WHEN n = " #n "; END LOOP; "                      \
    "INSERT INTO waited VALUES (n); END $$; COMMIT"

/* Runs the intruder's SQL up to its first pg_sleep(), and the rest in the background. */
static void start_intruder(intruder *i, pthread_t *thread)
{
    ck_assert_int_eq(pthread_create(thread, NULL, intrude, i->sql), 0);
    await("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
}

/* At the end of the file: a contact that the merge cannot see yet, and will stumble upon. */
static int let_in(void *context, const kl_import_report *so_far)
{
    intruder *i = context;
    (void)so_far;
    start_intruder(i, &i->thread);
    return 0;
}

START_TEST(a_contact_added_during_the_merge_is_merged)
{
    kl_error *error = NULL;
    kl_import_report report;
    intruder i;
    char vendor[KL_UUID_TEXT + 1];
    kl_import_options options = india();
    options.progress = let_in;
    options.context = &i;
    kl_uuid_format(&vendor_id, vendor);
    snprintf(i.sql, sizeof i.sql,
             "BEGIN; INSERT INTO kloyst.contact (vendor_id, id, mobile, attributes) VALUES ('%s', "
             "gen_random_uuid(), '919876543211', '{\"vip\":1,\"name\":\"Old\"}'); " UNTIL_WAITING(1), vendor);
    ck_ok(import_text("mobile,name\n9876543210,A\n9876543211,B\n9876543212,C\n", &options, &report, &error));
    pthread_join(i.thread, NULL);
    holds("1", "SELECT n FROM waited"); /* the merge did stumble upon it */
    reports(&report, 3, 3, 0, 0, 2);
    holds_attributes("+919876543210", "{\"name\": \"A\"}");
    holds_attributes("+919876543211", "{\"vip\": 1, \"name\": \"B\"}");
    holds("3", "SELECT count(*) FROM kloyst.contact");
}
END_TEST

typedef struct importer {
    kl *handle;
    const char *text;
    kl_status status;
    char message[200];
} importer;

static void *import_once(void *context)
{
    importer *i = context;
    kl_error *error = NULL;
    text_file file = {i->text, strlen(i->text), 0, 0};
    i->status = kl_contact_import(i->handle, &vendor_id, read_text, &file, NULL, NULL, &error);
    snprintf(i->message, sizeof i->message, "%s", kl_error_message(error));
    kl_error_free(error);
    return NULL;
}

/* Merges of many rows could lock them in different orders. The first is made to stop at a contact that somebody else
 * is changing; the second, of other contacts, has to wait all the same. */
START_TEST(imports_into_one_vendor_merge_one_after_the_other)
{
    pthread_t blocker, threads[2];
    importer importers[] = {{.handle = fixture.handle, .text = "mobile,a\n+919876543210,1\n"},
                            {.handle = fixture.handle, .text = "mobile,a\n+919876543211,1\n"}};
    intruder i;
    kl_error *error = NULL;
    ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, "+919876543210", NULL, NULL, 0, NULL, &error));
    snprintf(i.sql, sizeof i.sql, "BEGIN; UPDATE kloyst.contact SET updated_at = now(); " UNTIL_WAITING(2));
    start_intruder(&i, &blocker);
    for (int n = 0; n < 2; n++) {
        ck_assert_int_eq(pthread_create(&threads[n], NULL, import_once, &importers[n]), 0);
        await("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
    }
    for (int n = 0; n < 2; n++) {
        pthread_join(threads[n], NULL);
        ck_assert_msg(importers[n].status == KL_OK, "%s", importers[n].message);
    }
    pthread_join(blocker, NULL);
    holds("2", "SELECT n FROM waited");
    holds("2", "SELECT count(*) FROM kloyst.contact WHERE attributes->>'a' = '1'");
}
END_TEST

/* Hands out `rows` contacts without ever holding them. */
typedef struct endless {
    int at, rows;
    char line[100];
    size_t length, used;
} endless;

static long read_endless(void *context, char *buffer, size_t size)
{
    endless *e = context;
    size_t filled = 0;
    while (filled < size) {
        if (e->used == e->length) {
            if (e->at > e->rows)
                break;
            e->length = e->at ? (size_t)snprintf(e->line, sizeof e->line, "+9198%08d,Name %d,City\n", e->at, e->at)
                              : (size_t)snprintf(e->line, sizeof e->line, "mobile,name,city\n");
            e->at++;
            e->used = 0;
        }
        size_t part = e->length - e->used < size - filled ? e->length - e->used : size - filled;
        memcpy(buffer + filled, e->line + e->used, part);
        e->used += part;
        filled += part;
    }
    return (long)filled;
}

/* Peak of this process's memory in KiB, counted from now on. */
static long peak_memory(bool restart)
{
    if (restart) {
        FILE *clear = fopen("/proc/self/clear_refs", "w");
        if (clear) {
            fputs("5", clear);
            fclose(clear);
        }
    }
    long peak = 0;
    char line[200];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    if (status)
        fclose(status);
    return peak;
}

START_TEST(memory_does_not_grow_with_the_file)
{
    kl_error *error = NULL;
    kl_import_report report;
    endless small = {.rows = 20000}, large = {.rows = 300000};
    ck_ok(kl_contact_import(fixture.handle, &vendor_id, read_endless, &small, NULL, &report, &error));
    long before = peak_memory(true);
    ck_ok(kl_contact_import(fixture.handle, &vendor_id, read_endless, &large, NULL, &report, &error));
    reports(&report, 300000, 300000, 0, 0, 280000);
    long grown = peak_memory(false) - before;
    ck_assert_msg(grown < 4096, "%ld KiB more for 280,000 rows more", grown);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("import whole");
    TCase *test_case = fixture_case("import whole");
    tcase_add_checked_fixture(test_case, open_vendor, NULL);
    tcase_set_timeout(test_case, 300);
    tcase_add_test(test_case, progress_is_told_up_to_the_last_byte);
    tcase_add_test(test_case, progress_can_cancel_and_nothing_is_changed);
    tcase_add_test(test_case, a_reject_can_cancel_and_nothing_is_changed);
    tcase_add_test(test_case, a_connection_killed_in_the_middle_leaves_nothing);
    tcase_add_test(test_case, a_reader_that_fails_stops_the_import);
    tcase_add_test(test_case, an_unknown_vendor_is_told_before_anything_is_read);
    tcase_add_test(test_case, a_missing_privilege_for_temporary_tables_is_named);
    tcase_add_test(test_case, bad_arguments_are_refused);
    tcase_add_test(test_case, imports_of_overlapping_files_at_once_both_succeed);
    tcase_add_test(test_case, imports_into_one_vendor_merge_one_after_the_other);
    tcase_add_test(test_case, a_contact_added_during_the_merge_is_merged);
    /* The address sanitizer keeps freed memory for a while, which would be measured. */
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(test_case, memory_does_not_grow_with_the_file);
#else
    (void)memory_does_not_grow_with_the_file;
#endif
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
