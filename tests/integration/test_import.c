/* Import of contacts from CSV: what is taken, what is refused, and that nothing happens by halves. */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define MESSY "tests/data/contacts/contacts-messy.csv"
#define TRUTH "tests/data/contacts/contacts-messy.truth.tsv"

static kl_uuid vendor_id;

static void open_vendor(void)
{
    vendor_id = fixture_vendor("A", 0);
}

/* ---- readers and callbacks ---------------------------------------------- */

typedef struct text_file {
    const char *bytes;
    size_t length;
    size_t at;
    size_t step; /* bytes handed out at once; 0: as many as wanted */
} text_file;

static long read_text(void *context, char *buffer, size_t size)
{
    text_file *file = context;
    size_t part = file->length - file->at;
    if (part > size)
        part = size;
    if (file->step && part > file->step)
        part = file->step;
    memcpy(buffer, file->bytes + file->at, part);
    file->at += part;
    return (long)part;
}

static kl_status import_bytes(const char *bytes, size_t length, const kl_import_options *options,
                              kl_import_report *report, kl_error **error)
{
    text_file file = {bytes, length, 0, 0};
    return kl_contact_import(fixture.handle, &vendor_id, read_text, &file, options, report, error);
}

static kl_status import_text(const char *text, const kl_import_options *options, kl_import_report *report,
                             kl_error **error)
{
    return import_bytes(text, strlen(text), options, report, error);
}

typedef struct rejects {
    int count;
    int stop_at; /* the number of the reject that stops the import; 0: none */
    kl_import_reject last;
    char reason[200];
    char value[300];
    int64_t lines;
} rejects;

static int note_reject(void *context, const kl_import_reject *reject)
{
    rejects *seen = context;
    ck_assert_int_gt(reject->line, seen->lines);
    seen->lines = reject->line;
    seen->count++;
    seen->last = *reject;
    snprintf(seen->reason, sizeof seen->reason, "%s", reject->reason);
    snprintf(seen->value, sizeof seen->value, "%s", reject->value);
    return seen->count == seen->stop_at;
}

static kl_import_options india(void)
{
    kl_import_options options;
    kl_import_options_init(&options);
    options.country = "IN";
    return options;
}

/* ---- what the database holds -------------------------------------------- */

static void holds(const char *expected, const char *sql)
{
    char *found = harness_query_text(fixture.admin, sql);
    ck_assert_msg(found && strcmp(found, expected) == 0, "%s: %s instead of %s", sql, found ? found : "NULL", expected);
    free(found);
}

static char *all_contacts(void)
{
    return harness_query_text(fixture.admin, "SELECT coalesce(string_agg(c::text || ' ' || xmin::text || ' ' || "
                                             "ctid::text, ';' ORDER BY id), '') FROM kloyst.contact c");
}

static void holds_attributes(const char *mobile, const char *expected)
{
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    ck_ok(kl_contact_find(fixture.handle, &vendor_id, mobile, NULL, &contact, &error));
    ck_assert_str_eq(kl_contact_attributes(contact), expected);
    kl_contact_free(contact);
}

static void reports(const kl_import_report *report, int rows, int imported, int duplicate, int rejected, int created)
{
    ck_assert_int_eq(report->rows, rows);
    ck_assert_int_eq(report->imported, imported);
    ck_assert_int_eq(report->duplicate, duplicate);
    ck_assert_int_eq(report->rejected, rejected);
    ck_assert_int_eq(report->created, created);
}

/* ---- what is taken ------------------------------------------------------ */

START_TEST(the_messy_sample_agrees_with_its_truth)
{
    kl_error *error = NULL;
    rejects seen = {0};
    kl_import_options options = india();
    options.reject = note_reject;
    options.context = &seen;
    kl_import_report report;
    /* The truth, as a table to count in. */
    FILE *truth = fopen(TRUTH, "r");
    ck_assert_ptr_nonnull(truth);
    harness_exec(fixture.admin, "CREATE TABLE truth (no int, mobile text)");
    char line[2000], sql[200];
    int rows = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, truth));
    while (fgets(line, sizeof line, truth)) {
        char *end = strrchr(line, '\t');
        *end = '\0';
        snprintf(sql, sizeof sql, "INSERT INTO truth VALUES (%d, nullif('%s', '-'))", ++rows, strrchr(line, '\t') + 1);
        harness_exec(fixture.admin, sql);
    }
    fclose(truth);
    ck_ok(kl_contact_import_file(fixture.handle, &vendor_id, MESSY, &options, &report, &error));
    ck_assert_int_eq(report.rows, rows);
    char counts[100];
    snprintf(counts, sizeof counts, "%" PRId64 " %" PRId64 " %" PRId64, report.imported, report.duplicate, report.rejected);
    holds(counts, "SELECT format('%s %s %s', count(DISTINCT mobile), count(mobile) - count(DISTINCT mobile), "
                  "count(*) - count(mobile)) FROM truth");
    ck_assert_int_eq(report.created, report.imported);
    ck_assert_int_eq(seen.count, report.rejected);
    holds("0", "SELECT count(*) FROM (SELECT mobile FROM truth WHERE mobile IS NOT NULL) t FULL JOIN kloyst.contact c "
               "USING (mobile) WHERE t.mobile IS NULL OR c.mobile IS NULL");
}
END_TEST

START_TEST(the_last_row_of_a_number_wins)
{
    kl_error *error = NULL;
    kl_import_report report;
    kl_import_options options = india();
    ck_ok(import_text("mobile,name,city\n9876543210,First,Pune\n9876543211,Other,\n+91 98765 43210,Second,\n"
                      "098765-43210,Third,\n", &options, &report, &error));
    reports(&report, 4, 2, 2, 0, 2);
    holds_attributes("+919876543210", "{\"name\": \"Third\"}");
    holds_attributes("+919876543211", "{\"name\": \"Other\"}");
}
END_TEST

START_TEST(importing_a_file_again_writes_no_row_version)
{
    kl_error *error = NULL;
    kl_import_report first, again;
    kl_import_options options = india();
    ck_ok(kl_contact_import_file(fixture.handle, &vendor_id, MESSY, &options, &first, &error));
    char *before = all_contacts();
    ck_ok(kl_contact_import_file(fixture.handle, &vendor_id, MESSY, &options, &again, &error));
    char *after = all_contacts();
    ck_assert_str_eq(after, before);
    reports(&again, (int)first.rows, (int)first.imported, (int)first.duplicate, (int)first.rejected, 0);
    free(before);
    free(after);
}
END_TEST

START_TEST(attributes_the_file_does_not_name_stay_and_only_changed_contacts_are_written)
{
    kl_error *error = NULL;
    kl_import_report report;
    ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, "+919876543210", NULL, "{\"vip\":true,\"city\":\"Pune\"}", 26, NULL,
                            &error));
    ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, "+919876543211", NULL, "{\"city\":\"Goa\"}", 14, NULL, &error));
    harness_exec(fixture.admin, "CREATE TABLE before AS SELECT id, mobile, updated_at FROM kloyst.contact");
    ck_ok(import_text("mobile,city\n+919876543210,Delhi\n+919876543211,Goa\n+919876543212,\n", NULL, &report, &error));
    reports(&report, 3, 3, 0, 0, 1);
    holds_attributes("+919876543210", "{\"vip\": true, \"city\": \"Delhi\"}");
    holds_attributes("+919876543212", "{}");
    holds("919876543210", "SELECT string_agg(c.mobile, ',') FROM before b JOIN kloyst.contact c USING (id) "
                          "WHERE c.updated_at > b.updated_at");
    holds("2", "SELECT count(*) FROM before b JOIN kloyst.contact c USING (id, mobile)");
}
END_TEST

START_TEST(another_vendors_contacts_are_not_touched)
{
    kl_error *error = NULL;
    kl_import_options options = india();
    kl_uuid other = fixture_vendor("B", 0);
    ck_ok(kl_contact_upsert(fixture.handle, &other, "+919876543210", NULL, "{\"a\":1}", 7, NULL, &error));
    char *before = all_contacts();
    ck_ok(import_text("mobile,a\n9876543210,2\n", &options, NULL, &error));
    ck_ok(kl_contact_import_file(fixture.handle, &vendor_id, MESSY, &options, NULL, &error));
    char text[KL_UUID_TEXT + 1], sql[200];
    kl_uuid_format(&vendor_id, text);
    snprintf(sql, sizeof sql, "DELETE FROM kloyst.contact WHERE vendor_id = '%s'", text);
    harness_exec(fixture.admin, sql);
    char *after = all_contacts();
    ck_assert_str_eq(after, before);
    free(before);
    free(after);
}
END_TEST

START_TEST(ids_are_version_7_and_ascend_from_import_to_import)
{
    kl_error *error = NULL;
    ck_ok(import_text("phone\n+919876543219\n+14155550100\n+919876543210\n", NULL, NULL, &error));
    ck_ok(import_text("phone\n+919876543211\n+919876543219\n", NULL, NULL, &error));
    holds("4 4", "SELECT format('%s %s', count(*) FILTER (WHERE id::text ~ '^.{14}7.{4}[89ab]'), count(DISTINCT id)) "
                 "FROM kloyst.contact");
    holds("t", "SELECT (SELECT max(id::text) FROM kloyst.contact WHERE mobile <> '919876543211') < "
               "(SELECT id::text FROM kloyst.contact WHERE mobile = '919876543211')");
}
END_TEST

START_TEST(single_bytes_are_read_like_the_whole_file)
{
    kl_error *error = NULL;
    kl_import_report whole, bytes;
    kl_import_options options = india();
    kl_uuid other = fixture_vendor("B", 0);
    static char content[200000];
    FILE *file = fopen(MESSY, "rb");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(content, 1, sizeof content, file);
    fclose(file);
    text_file one = {content, length, 0, 1};
    ck_ok(import_bytes(content, length, &options, &whole, &error));
    ck_ok(kl_contact_import(fixture.handle, &other, read_text, &one, &options, &bytes, &error));
    ck_assert_mem_eq(&whole, &bytes, sizeof whole);
    holds("0", "SELECT count(*) FROM kloyst.contact a LEFT JOIN kloyst.contact b ON a.mobile = b.mobile AND "
               "a.attributes = b.attributes AND a.vendor_id <> b.vendor_id WHERE b.id IS NULL");
}
END_TEST

/* ---- the header --------------------------------------------------------- */

static const char *const headers[] = {
    "name,Mobile Number,x", "name,Phone No.,x", "name,WHATSAPP,x", "name,msisdn,x", "name,Contact No,x",
    "name,tel,x", "name,Cell,x", "name, number ,x", "name,\"Phone-Number\",x",
};

START_TEST(the_column_with_the_number_is_found_by_its_name)
{
    kl_error *error = NULL;
    kl_import_report report;
    char text[200];
    snprintf(text, sizeof text, "%s\nAna,+919876543210,1\n", headers[_i]);
    ck_ok(import_text(text, NULL, &report, &error));
    reports(&report, 1, 1, 0, 0, 1);
    holds_attributes("+919876543210", "{\"x\": \"1\", \"name\": \"Ana\"}");
}
END_TEST

START_TEST(a_mobile_number_is_preferred_to_a_landline)
{
    kl_error *error = NULL;
    ck_ok(import_text("Phone,Mobile No.\n02212345678,+919876543210\n", NULL, NULL, &error));
    holds_attributes("+919876543210", "{\"Phone\": \"02212345678\"}");
}
END_TEST

START_TEST(the_column_with_the_number_can_be_named)
{
    kl_error *error = NULL;
    kl_import_options options = india();
    options.mobile_column = "owner's line";
    ck_ok(import_text("mobile, Owner's Line \n9000000001,9876543210\n", &options, NULL, &error));
    holds_attributes("+919876543210", "{\"mobile\": \"9000000001\"}");
    options.mobile_column = "fax";
    ck_fails(KL_ERR_FORMAT, import_text("mobile\n9000000001\n", &options, NULL, &error));
}
END_TEST

START_TEST(headers_are_trimmed_and_columns_without_one_left_out)
{
    kl_error *error = NULL;
    kl_import_report report;
    ck_ok(import_text("\xef\xbb\xbf" "mobile,  Full \"Name\" ,,\t,Stadt\n+919876543210,A,B,C,Köln\n", NULL, &report, &error));
    holds_attributes("+919876543210", "{\"Stadt\": \"Köln\", \"Full \\\"Name\\\"\": \"A\"}");
}
END_TEST

START_TEST(semicolons_tabs_and_bars_separate_too)
{
    kl_error *error = NULL;
    kl_import_options options = india();
    ck_ok(import_text("mobile;name\n9876543210;A,B\n", &options, NULL, &error));
    holds_attributes("+919876543210", "{\"name\": \"A,B\"}");
    ck_ok(import_text("mobile\tname\r\n9876543211\tA;B\r\n", &options, NULL, &error));
    holds_attributes("+919876543211", "{\"name\": \"A;B\"}");
    ck_ok(import_text("sep=|\nmobile|name\n9876543212|A\n", &options, NULL, &error));
    holds_attributes("+919876543212", "{\"name\": \"A\"}");
    options.delimiter = ':';
    ck_ok(import_text("mobile:a,b\n9876543213:A\n", &options, NULL, &error));
    holds_attributes("+919876543213", "{\"a,b\": \"A\"}");
}
END_TEST

START_TEST(a_file_without_a_usable_header_is_refused)
{
    kl_error *error = NULL;
    kl_import_report report = {.rows = -1};
    ck_fails(KL_ERR_FORMAT, import_text("", NULL, &report, &error));
    ck_fails(KL_ERR_FORMAT, import_text("\xef\xbb\xbf\r\n\r\n", NULL, &report, &error));
    ck_fails(KL_ERR_FORMAT, import_text("name,city\nA,B\n", NULL, &report, &error));
    ck_fails(KL_ERR_FORMAT, import_text("mobile,name,city,name\n+919876543210,A,B,C\n", NULL, &report, &error));
    ck_fails(KL_ERR_FORMAT, import_text("mobile,name\n+919876543210,\"A\n", NULL, &report, &error));
    ck_fails(KL_ERR_ENCODING, import_text("mobile,n\xff\n+919876543210,A\n", NULL, &report, &error));
    ck_fails(KL_ERR_ENCODING, import_bytes("mobile,n\0m\n+919876543210,A\n", 27, NULL, &report, &error));
    ck_fails(KL_ERR_ENCODING, import_bytes("\xff\xfem\0o\0", 6, NULL, &report, &error));
    ck_assert_int_eq(report.rows, -1);
    holds("0", "SELECT count(*) FROM kloyst.contact");
}
END_TEST

START_TEST(a_file_with_nothing_but_a_header_imports_nothing)
{
    kl_error *error = NULL;
    kl_import_report report;
    ck_ok(import_text("mobile,name", NULL, &report, &error));
    reports(&report, 0, 0, 0, 0, 0);
    ck_assert_int_eq(report.bytes, 11);
}
END_TEST

/* ---- rows that cannot be taken ------------------------------------------ */

static const struct {
    const char *row;
    size_t length;
    int column;
    const char *reason;
    const char *value;
} bad_rows[] = {
#define ROW(text) text, sizeof text - 1
    {ROW("no number,A,B"), 1, "letters", "no number"},
    {ROW(",A,B"), 1, "no digits", ""},
    {ROW("12345,A,B"), 1, "too few", "12345"},
    {ROW("9876543210,A\xff,B"), 2, "UTF-8", "A\xff"},
    {ROW("9876543210\xff,A,B"), 1, "UTF-8", "9876543210\xff"},
    {ROW("9876543210,A,B\0C"), 3, "NUL", "B"},
    {ROW("9876543210,A,B,C"), 4, "more fields", "C"},
};

START_TEST(a_bad_row_is_rejected_with_its_place_and_the_others_are_taken)
{
    kl_error *error = NULL;
    rejects seen = {0};
    kl_import_report report;
    kl_import_options options = india();
    options.reject = note_reject;
    options.context = &seen;
    char text[200] = "mobile,name,city\n\n9000000001,\"two\nlines\",\n";
    size_t length = strlen(text);
    memcpy(text + length, bad_rows[_i].row, bad_rows[_i].length);
    length += bad_rows[_i].length;
    memcpy(text + length, "\n9000000002,C,\n", 15);
    ck_ok(import_bytes(text, length + 15, &options, &report, &error));
    reports(&report, 3, 2, 0, 1, 2);
    ck_assert_int_eq(seen.count, 1);
    ck_assert_int_eq(seen.last.line, 5);
    ck_assert_int_eq(seen.last.column, bad_rows[_i].column);
    ck_assert_msg(strstr(seen.reason, bad_rows[_i].reason), "%s", seen.reason);
    ck_assert_str_eq(seen.value, bad_rows[_i].value);
    holds("2", "SELECT count(*) FROM kloyst.contact");
}
END_TEST

START_TEST(a_short_row_lacks_its_last_cells_and_a_blank_one_is_none)
{
    kl_error *error = NULL;
    kl_import_report report;
    ck_ok(import_text("name,mobile,city\nA,+919876543210\n,,\n\nB\n", NULL, &report, &error));
    reports(&report, 2, 1, 0, 1, 1);
    holds_attributes("+919876543210", "{\"name\": \"A\"}");
}
END_TEST

START_TEST(a_long_field_is_shown_by_its_first_200_bytes_at_most)
{
    kl_error *error = NULL;
    rejects seen = {0};
    kl_import_options options = india();
    options.reject = note_reject;
    options.context = &seen;
    char text[1000] = "mobile\n";
    for (int i = 0; i < 100; i++)
        strncat(text, "स", sizeof text - strlen(text) - 1);
    ck_ok(import_text(text, &options, NULL, &error));
    ck_assert_int_eq(seen.count, 1);
    ck_assert_uint_eq(strlen(seen.value), 198);
}
END_TEST

START_TEST(attributes_above_64_KiB_are_rejected)
{
    kl_error *error = NULL;
    rejects seen = {0};
    kl_import_report report;
    kl_import_options options = india();
    options.reject = note_reject;
    options.context = &seen;
    static char text[140000];
    for (size_t size = 65525; size <= 65526; size++) { /* and the 11 bytes of {"note":""} */
        size_t head = (size_t)snprintf(text, sizeof text, "mobile,note\n98765%05d,", (int)(size - 65500));
        memset(text + head, 'x', size);
        ck_ok(import_bytes(text, head + size, &options, &report, &error));
        ck_assert_int_eq(report.rejected, size == 65526);
    }
    ck_assert_int_eq(seen.last.column, 0);
    ck_assert_ptr_nonnull(strstr(seen.reason, "64 KiB"));
    holds("1", "SELECT count(*) FROM kloyst.contact");
}
END_TEST

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
                                    "WHERE usename = 'kloyst_app' AND state <> 'idle'");
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

static void *insert_slowly(void *context)
{
    harness_exec(fixture.admin, context);
    return NULL;
}

typedef struct intruder {
    pthread_t thread;
    char sql[500];
} intruder;

/* At the end of the file: a contact that the merge cannot see yet, and will stumble upon. */
static int let_in(void *context, const kl_import_report *so_far)
{
    intruder *i = context;
    (void)so_far;
    ck_assert_int_eq(pthread_create(&i->thread, NULL, insert_slowly, i->sql), 0);
    for (int tries = 0; tries < 1000; tries++) {
        char *waiting = harness_query_text(fixture.admin, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
        bool there = strcmp(waiting, "1") == 0;
        free(waiting);
        if (there)
            return 0;
    }
    return 1;
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
             "gen_random_uuid(), '919876543211', '{\"vip\":1,\"name\":\"Old\"}'); SELECT pg_sleep(1); COMMIT", vendor);
    ck_ok(import_text("mobile,name\n9876543210,A\n9876543211,B\n9876543212,C\n", &options, &report, &error));
    pthread_join(i.thread, NULL);
    reports(&report, 3, 3, 0, 0, 2);
    holds_attributes("+919876543210", "{\"name\": \"A\"}");
    holds_attributes("+919876543211", "{\"vip\": 1, \"name\": \"B\"}");
    holds("3", "SELECT count(*) FROM kloyst.contact");
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
    Suite *suite = suite_create("import");
    TCase *test_case = fixture_case("import");
    tcase_add_checked_fixture(test_case, open_vendor, NULL);
    tcase_set_timeout(test_case, 300);
    tcase_add_test(test_case, the_messy_sample_agrees_with_its_truth);
    tcase_add_test(test_case, the_last_row_of_a_number_wins);
    tcase_add_test(test_case, importing_a_file_again_writes_no_row_version);
    tcase_add_test(test_case, attributes_the_file_does_not_name_stay_and_only_changed_contacts_are_written);
    tcase_add_test(test_case, another_vendors_contacts_are_not_touched);
    tcase_add_test(test_case, ids_are_version_7_and_ascend_from_import_to_import);
    tcase_add_test(test_case, single_bytes_are_read_like_the_whole_file);
    tcase_add_loop_test(test_case, the_column_with_the_number_is_found_by_its_name, 0, sizeof headers / sizeof headers[0]);
    tcase_add_test(test_case, a_mobile_number_is_preferred_to_a_landline);
    tcase_add_test(test_case, the_column_with_the_number_can_be_named);
    tcase_add_test(test_case, headers_are_trimmed_and_columns_without_one_left_out);
    tcase_add_test(test_case, semicolons_tabs_and_bars_separate_too);
    tcase_add_test(test_case, a_file_without_a_usable_header_is_refused);
    tcase_add_test(test_case, a_file_with_nothing_but_a_header_imports_nothing);
    tcase_add_loop_test(test_case, a_bad_row_is_rejected_with_its_place_and_the_others_are_taken, 0,
                        sizeof bad_rows / sizeof bad_rows[0]);
    tcase_add_test(test_case, a_short_row_lacks_its_last_cells_and_a_blank_one_is_none);
    tcase_add_test(test_case, a_long_field_is_shown_by_its_first_200_bytes_at_most);
    tcase_add_test(test_case, attributes_above_64_KiB_are_rejected);
    tcase_add_test(test_case, progress_is_told_up_to_the_last_byte);
    tcase_add_test(test_case, progress_can_cancel_and_nothing_is_changed);
    tcase_add_test(test_case, a_reject_can_cancel_and_nothing_is_changed);
    tcase_add_test(test_case, a_connection_killed_in_the_middle_leaves_nothing);
    tcase_add_test(test_case, a_reader_that_fails_stops_the_import);
    tcase_add_test(test_case, an_unknown_vendor_is_told_before_anything_is_read);
    tcase_add_test(test_case, a_missing_privilege_for_temporary_tables_is_named);
    tcase_add_test(test_case, bad_arguments_are_refused);
    tcase_add_test(test_case, imports_of_overlapping_files_at_once_both_succeed);
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
