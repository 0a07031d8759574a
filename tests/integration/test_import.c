/* Import of contacts from CSV: what is taken, what is refused. */
#include <inttypes.h>

#include "base/buffer.h"
#include "harness/suite.h"
#include "integration/import_case.h"

#define TRUTH "tests/data/contacts/contacts-messy.truth.tsv"

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
    char line[2000];
    int rows = 0;
    buffer sql = BUFFER_INIT;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, truth));
    while (fgets(line, sizeof line, truth)) {
        char *end = strrchr(line, '\t');
        *end = '\0';
        rows++;
        buffer_format(&sql, "%s (%d, nullif('%s', '-'))", rows == 1 ? "INSERT INTO truth VALUES" : ",", rows, strrchr(line, '\t') + 1);
    }
    fclose(truth);
    ck_assert(!sql.broken);
    harness_exec(fixture.admin, sql.data);
    buffer_free(&sql);
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
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
