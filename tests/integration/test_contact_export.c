/* Contacts as a file: what is written, that it comes back, and that it is of one moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buffer.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static int to_buffer(void *context, const char *bytes, size_t length)
{
    buffer_append(context, bytes, length);
    return 0;
}

/* In a buffer that the caller frees. */
static buffer exported(const kl_uuid *vendor, kl_contact_format format, int64_t expected)
{
    buffer text = BUFFER_INIT;
    kl_error *error = NULL;
    int64_t count = -1;
    ck_ok(kl_contact_export(fixture.handle, vendor, format, to_buffer, &text, &count, &error));
    ck_assert_int_eq(count, expected);
    return text;
}

static void put(const kl_uuid *vendor, const char *mobile, const char *attributes)
{
    kl_error *error = NULL;
    ck_ok(kl_contact_upsert(fixture.handle, vendor, mobile, NULL, attributes, strlen(attributes), NULL, &error));
}

typedef struct source {
    const char *data;
    size_t left;
} source;

static long from_memory(void *context, char *bytes, size_t size)
{
    source *s = context;
    size_t got = s->left < size ? s->left : size;
    memcpy(bytes, s->data, got);
    s->data += got;
    s->left -= got;
    return (long)got;
}

START_TEST(csv_has_a_column_for_every_attribute_and_quotes_what_must_be)
{
    kl_uuid vendor = fixture_vendor("A", 0), other = fixture_vendor("B", 0);
    put(&other, "+919800000009", "{\"secret\":\"of B\"}");
    buffer text = exported(&vendor, KL_CONTACTS_CSV, 0);
    ck_assert_str_eq(text.data, "mobile\r\n");
    buffer_free(&text);
    put(&vendor, "+919800000001", "{\"name\":\"A, \\\"B\\\"\",\"city\":\"two\\nlines\"}");
    put(&vendor, "+919800000002", "{\"age\":41,\"tags\":[\"x\",null],\"no\":null,\"a \\\"b\\\"\":\"\"}");
    text = exported(&vendor, KL_CONTACTS_CSV, 2);
    ck_assert_str_eq(text.data, "mobile,\"a \"\"b\"\"\",\"age\",\"city\",\"name\",\"no\",\"tags\"\r\n"
                                "+919800000001,,,\"two\nlines\",\"A, \"\"B\"\"\",,\r\n"
                                "+919800000002,\"\",\"41\",,,,\"[\"\"x\"\", null]\"\r\n");
    buffer_free(&text);
    put(&vendor, "+919800000002", "{\"mobile\":\"home\"}");
    text = exported(&vendor, KL_CONTACTS_CSV, 2);
    ck_assert_msg(strncmp(text.data, "mobile_of_contact,\"city\",\"mobile\",", 34) == 0, "%s", text.data);
    buffer_free(&text);
}
END_TEST

START_TEST(lines_hold_everything_that_a_contact_has)
{
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    put(&vendor, "+919800000001", "{\"name\":\"A\"}");
    ck_ok(kl_contact_find(fixture.handle, &vendor, "+919800000001", NULL, &contact, &error));
    kl_uuid id = kl_contact_id(contact);
    kl_contact_free(contact);
    ck_ok(kl_contact_opt_out(fixture.handle, &vendor, &id, NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET opted_out_at = '2026-11-22 18:30:00.5+05:30', bsuid = 'IN.1a2b'");
    buffer text = exported(&vendor, KL_CONTACTS_JSON_LINES, 1);
    ck_assert_ptr_nonnull(strstr(text.data, "\"opted_out_at\" : \"2026-11-22T13:00:00.500000Z\""));
    ck_assert_ptr_nonnull(strstr(text.data, "\"bsuid\" : \"IN.1a2b\""));
    ck_assert_ptr_nonnull(strstr(text.data, "\"blocked_at\" : null"));
    ck_assert_ptr_nonnull(strstr(text.data, "\"attributes\" : {\"name\": \"A\"}"));
    ck_assert_ptr_eq(strchr(text.data, '\n'), text.data + text.length - 1);
    buffer_free(&text);
}
END_TEST

START_TEST(what_is_exported_can_be_imported_by_another_vendor)
{
    enum { COUNT = 1200 };
    kl_error *error = NULL;
    kl_import_report report;
    kl_uuid vendor = fixture_vendor("A", 0), other = fixture_vendor("B", 0);
    fixture_contacts(&vendor, COUNT);
    put(&vendor, "+919800000001", "{\"name\":\"\xE0\xA4\xB0, \\\"x\\\"\\r\\n;\\t\",\"sep=;\":\"=1+1\"}");
    buffer text = exported(&vendor, KL_CONTACTS_CSV, COUNT);
    ck_ok(kl_contact_import(fixture.handle, &other, from_memory, &(source){text.data, text.length}, NULL, &report, &error));
    ck_assert_int_eq(report.imported, COUNT);
    ck_assert_int_eq(report.rejected, 0);
    buffer_free(&text);
    char *differ = harness_query_text(
        fixture.admin, "SELECT count(*)::text FROM (SELECT mobile, attributes FROM kloyst.contact "
                       "GROUP BY mobile, attributes HAVING count(*) <> 2) d");
    ck_assert_str_eq(differ, "0");
    free(differ);
}
END_TEST

typedef struct meddler {
    const kl_uuid *vendor;
    int calls;
    int lines;
} meddler;

/* While the first lines are on their way, contacts go, come and change. */
static int meddle(void *context, const char *bytes, size_t length)
{
    meddler *m = context;
    if (!m->calls++)
        harness_exec(fixture.admin, "DELETE FROM kloyst.contact WHERE mobile = '919800001499';"
                                    "UPDATE kloyst.contact SET attributes = '{\"late\":\"1\"}' WHERE mobile > '919800001000';"
                                    "INSERT INTO kloyst.contact (vendor_id, id, mobile) SELECT vendor_id, "
                                    "'ffffffff-0000-7000-8000-000000000000', '4917112345678' FROM kloyst.contact LIMIT 1");
    for (size_t i = 0; i < length; i++)
        m->lines += bytes[i] == '\n';
    ck_assert_ptr_null(memmem(bytes, length, "late", 4));
    return 0;
}

START_TEST(an_export_is_of_one_moment)
{
    kl_error *error = NULL;
    int64_t count = 0;
    kl_uuid vendor = fixture_vendor("A", 0);
    fixture_contacts(&vendor, 1500);
    for (int format = KL_CONTACTS_CSV; format <= KL_CONTACTS_JSON_LINES; format++) {
        meddler m = {&vendor, format == KL_CONTACTS_CSV ? 0 : 1, 0};
        if (format == KL_CONTACTS_JSON_LINES)
            harness_exec(fixture.admin, "UPDATE kloyst.contact SET attributes = '{}'");
        ck_ok(kl_contact_export(fixture.handle, &vendor, (kl_contact_format)format, meddle, &m, &count, &error));
        ck_assert_int_eq(count, 1500);
        ck_assert_int_eq(m.lines, format == KL_CONTACTS_CSV ? 1501 : 1500);
    }
}
END_TEST

static int discard(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    *(int64_t *)context += (int64_t)length;
    return 0;
}

START_TEST(memory_is_flat_whatever_the_number)
{
    enum { COUNT = 30000 };
    kl_error *error = NULL;
    struct rusage usage;
    int64_t written = 0, count = 0;
    kl_uuid vendor = fixture_vendor("A", 0);
    fixture_contacts(&vendor, 1000);
    ck_ok(kl_contact_export(fixture.handle, &vendor, KL_CONTACTS_CSV, discard, &written, &count, &error));
    getrusage(RUSAGE_SELF, &usage);
    long before = usage.ru_maxrss;
    harness_exec(fixture.admin,
                 "INSERT INTO kloyst.contact (vendor_id, id, mobile, attributes) SELECT vendor_id, gen_random_uuid(), "
                 "(918000000000 + n)::text, jsonb_build_object('name', repeat('x', 400)) "
                 "FROM (SELECT vendor_id FROM kloyst.contact LIMIT 1) v, generate_series(1, 29000) n");
    written = 0;
    ck_ok(kl_contact_export(fixture.handle, &vendor, KL_CONTACTS_CSV, discard, &written, &count, &error));
    ck_assert_int_eq(count, COUNT);
    ck_assert_int_gt(written, 29000 * 400);
    getrusage(RUSAGE_SELF, &usage);
#ifdef __SANITIZE_ADDRESS__
    (void)before; /* the sanitizer keeps what was freed */
#else
    ck_assert_msg(usage.ru_maxrss - before < 6144, "%ld KiB more", usage.ru_maxrss - before);
#endif
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("contact_export");
    TCase *test_case = fixture_case("contact_export");
    tcase_add_test(test_case, csv_has_a_column_for_every_attribute_and_quotes_what_must_be);
    tcase_add_test(test_case, lines_hold_everything_that_a_contact_has);
    tcase_add_test(test_case, what_is_exported_can_be_imported_by_another_vendor);
    tcase_add_test(test_case, an_export_is_of_one_moment);
    tcase_add_test(test_case, memory_is_flat_whatever_the_number);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
