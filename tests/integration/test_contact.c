/* Contacts: one a number and vendor; read, listed, patched, removed; nobody else's. */
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

static kl_uuid vendor_id;
static kl_uuid stranger_id;

static void open_vendors(void)
{
    vendor_id = fixture_vendor("A", 0);
    stranger_id = fixture_vendor("B", 0);
}

static kl_contact *upsert(const kl_uuid *vendor, const char *mobile, const char *attributes)
{
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    ck_ok(kl_contact_upsert(fixture.handle, vendor, mobile, "IN", attributes, attributes ? strlen(attributes) : 0,
                            &contact, &error));
    return contact;
}

static int64_t count(const kl_uuid *vendor)
{
    kl_error *error = NULL;
    int64_t found = -1;
    ck_ok(kl_contact_count(fixture.handle, vendor, &found, &error));
    return found;
}

/* What no call may have changed. */
static char *everything(void)
{
    return harness_query_text(fixture.admin, "SELECT coalesce(string_agg(c::text || xmin::text, ';' ORDER BY id), '') "
                                             "FROM kloyst.contact c");
}

START_TEST(a_contact_is_read_back_as_written)
{
    kl_error *error = NULL;
    kl_contact *read = NULL;
    kl_contact *made = upsert(&vendor_id, "098765 43210", "{\"name\":\"Zoë \\\"Z\\\"\",\"big\":9007199254740993}");
    kl_uuid id = kl_contact_id(made), owner = kl_contact_vendor_id(made);
    ck_assert_mem_eq(&owner, &vendor_id, sizeof owner);
    ck_ok(kl_contact_get(fixture.handle, &vendor_id, &id, &read, &error));
    ck_assert_str_eq(kl_contact_mobile(read), "919876543210");
    ck_assert_str_eq(kl_contact_attributes(read), "{\"big\": 9007199254740993, \"name\": \"Zoë \\\"Z\\\"\"}");
    ck_assert_int_gt(kl_contact_created_at(read), 1700000000000000);
    ck_assert_int_eq(kl_contact_created_at(read), kl_contact_updated_at(read));
    kl_contact_free(made);
    kl_contact_free(read);
}
END_TEST

START_TEST(the_same_number_in_any_spelling_is_one_contact)
{
    kl_contact *first = upsert(&vendor_id, "9876543210", "{\"a\":1,\"b\":2}");
    kl_contact *second = upsert(&vendor_id, "+91 98765-43210", "{\"b\":3}");
    kl_contact *third = upsert(&vendor_id, "00919876543210", NULL);
    kl_uuid one = kl_contact_id(first), two = kl_contact_id(second), three = kl_contact_id(third);
    ck_assert_mem_eq(&one, &two, sizeof one);
    ck_assert_mem_eq(&one, &three, sizeof one);
    ck_assert_str_eq(kl_contact_attributes(second), "{\"b\": 3}");
    ck_assert_str_eq(kl_contact_attributes(third), "{}");
    ck_assert_int_eq(kl_contact_created_at(first), kl_contact_created_at(third));
    ck_assert_int_gt(kl_contact_updated_at(third), kl_contact_updated_at(first));
    ck_assert_int_eq(count(&vendor_id), 1);
    kl_contact_free(first);
    kl_contact_free(second);
    kl_contact_free(third);
}
END_TEST

START_TEST(a_contact_is_found_by_any_spelling_of_its_number)
{
    kl_error *error = NULL;
    kl_contact *found = NULL;
    kl_contact_free(upsert(&vendor_id, "+919876543210", "{}"));
    ck_ok(kl_contact_find(fixture.handle, &vendor_id, "098765 43210", "IN", &found, &error));
    ck_assert_str_eq(kl_contact_mobile(found), "919876543210");
    kl_contact_free(found);
    found = NULL;
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_find(fixture.handle, &vendor_id, "+919876543211", NULL, &found, &error));
    ck_fails(KL_ERR_FORMAT, kl_contact_find(fixture.handle, &vendor_id, "9876543210", NULL, &found, &error));
    ck_fails(KL_ERR_FORMAT, kl_contact_find(fixture.handle, &vendor_id, "no number", "IN", &found, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_find(fixture.handle, &stranger_id, "+919876543210", NULL, &found, &error));
    ck_assert_ptr_null(found);
}
END_TEST

START_TEST(pages_walk_all_contacts_of_the_vendor_once_and_no_others)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor_id, 25);
    fixture_contacts(&stranger_id, 5);
    kl_uuid after = {{0}};
    int seen = 0;
    for (const kl_uuid *from = NULL;; from = &after) {
        kl_contact_page *page = NULL;
        ck_ok(kl_contact_list(fixture.handle, &vendor_id, from, 7, &page, &error));
        size_t size = kl_contact_page_count(page);
        for (size_t i = 0; i < size; i++) {
            const kl_contact *contact = kl_contact_page_at(page, i);
            kl_uuid id = kl_contact_id(contact), owner = kl_contact_vendor_id(contact);
            ck_assert_int_gt(memcmp(&id, &after, sizeof id), 0);
            ck_assert_mem_eq(&owner, &vendor_id, sizeof owner);
            after = id;
            seen++;
        }
        ck_assert_ptr_null(kl_contact_page_at(page, size));
        kl_contact_page_free(page);
        if (!size)
            break;
    }
    ck_assert_int_eq(seen, 25);
    ck_assert_int_eq(count(&vendor_id), 25);
    ck_assert_int_eq(count(&stranger_id), 5);
}
END_TEST

START_TEST(attributes_are_merge_patched)
{
    kl_error *error = NULL;
    kl_contact *read = NULL;
    kl_contact *made = upsert(&vendor_id, "9876543210", "{\"a\":{\"x\":1,\"y\":2},\"b\":3}");
    kl_uuid id = kl_contact_id(made);
    const char patch[] = "{\"a\":{\"x\":null,\"z\":[1]},\"b\":null,\"c\":\"n\"}";
    ck_ok(kl_contact_patch_attributes(fixture.handle, &vendor_id, &id, patch, strlen(patch), &error));
    ck_ok(kl_contact_get(fixture.handle, &vendor_id, &id, &read, &error));
    ck_assert_str_eq(kl_contact_attributes(read), "{\"a\": {\"y\": 2, \"z\": [1]}, \"c\": \"n\"}");
    ck_assert_int_gt(kl_contact_updated_at(read), kl_contact_updated_at(made));
    kl_contact_free(made);
    kl_contact_free(read);
}
END_TEST

START_TEST(patches_cannot_grow_attributes_beyond_their_size)
{
    kl_error *error = NULL;
    kl_contact *made = upsert(&vendor_id, "9876543210", NULL), *read = NULL;
    kl_uuid id = kl_contact_id(made);
    kl_contact_free(made);
    char *patch = malloc(50000);
    for (char key = 'a'; key <= 'b'; key++) {
        memset(patch, 'x', 40000);
        memcpy(patch, "{\"a\":\"", 6);
        patch[2] = key;
        memcpy(patch + 40000, "\"}", 2);
        if (key == 'a')
            ck_ok(kl_contact_patch_attributes(fixture.handle, &vendor_id, &id, patch, 40002, &error));
        else
            ck_fails(KL_ERR_TOO_LONG,
                     kl_contact_patch_attributes(fixture.handle, &vendor_id, &id, patch, 40002, &error));
    }
    ck_ok(kl_contact_get(fixture.handle, &vendor_id, &id, &read, &error));
    ck_assert_uint_eq(strlen(kl_contact_attributes(read)), 40003);
    ck_ok(kl_contact_patch_attributes(fixture.handle, &vendor_id, &id, "{\"a\":null}", 10, &error));
    kl_contact_free(read);
    free(patch);
}
END_TEST

START_TEST(a_removed_contact_is_gone)
{
    kl_error *error = NULL;
    kl_contact *made = upsert(&vendor_id, "9876543210", NULL), *read = NULL;
    kl_uuid id = kl_contact_id(made);
    ck_ok(kl_contact_delete(fixture.handle, &vendor_id, &id, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_get(fixture.handle, &vendor_id, &id, &read, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_delete(fixture.handle, &vendor_id, &id, &error));
    ck_assert_int_eq(count(&vendor_id), 0);
    kl_contact_free(made);
}
END_TEST

START_TEST(another_vendors_contact_is_like_none)
{
    kl_error *error = NULL;
    kl_contact *made = upsert(&vendor_id, "9876543210", "{\"a\":1}"), *read = NULL;
    kl_uuid id = kl_contact_id(made);
    char *before = everything();
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_get(fixture.handle, &stranger_id, &id, &read, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_patch_attributes(fixture.handle, &stranger_id, &id, "{}", 2, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_delete(fixture.handle, &stranger_id, &id, &error));
    ck_assert_ptr_null(read);
    char *after = everything();
    ck_assert_str_eq(after, before);
    free(before);
    free(after);
    kl_contact *own = upsert(&stranger_id, "9876543210", "{\"b\":2}");
    ck_ok(kl_contact_get(fixture.handle, &vendor_id, &id, &read, &error));
    ck_assert_str_eq(kl_contact_attributes(read), "{\"a\": 1}");
    kl_contact_free(own);
    kl_contact_free(made);
    kl_contact_free(read);
}
END_TEST

START_TEST(an_unknown_vendor_has_no_contacts_and_gets_none)
{
    kl_error *error = NULL;
    kl_uuid nobody, id;
    kl_contact *contact = NULL;
    kl_contact_page *page = NULL;
    kl_uuid_generate(&nobody);
    kl_uuid_generate(&id);
    ck_fails(KL_ERR_NOT_FOUND,
             kl_contact_upsert(fixture.handle, &nobody, "+919876543210", NULL, NULL, 0, &contact, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_get(fixture.handle, &nobody, &id, &contact, &error));
    ck_fails(KL_ERR_NOT_FOUND, kl_contact_find(fixture.handle, &nobody, "+919876543210", NULL, &contact, &error));
    ck_ok(kl_contact_list(fixture.handle, &nobody, NULL, 10, &page, &error));
    ck_assert_uint_eq(kl_contact_page_count(page), 0);
    kl_contact_page_free(page);
    ck_assert_int_eq(count(&nobody), 0);
    ck_assert_ptr_null(contact);
}
END_TEST

START_TEST(bad_input_is_refused_and_changes_nothing)
{
    kl_error *error = NULL;
    kl_contact *out = NULL, *made = upsert(&vendor_id, "9876543210", "{\"a\":1}");
    kl_contact_page *page = NULL;
    kl_uuid id = kl_contact_id(made);
    kl *h = fixture.handle;
    int64_t number = -7;
    char *large = malloc(70000), digits[400];
    memset(large, 'x', 70000);
    memcpy(large, "{\"a\":\"", 6);
    memcpy(large + 69998, "\"}", 2);
    memset(digits, '9', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    char *before = everything();
    const char *ok = "+919876543210";

    ck_fails(KL_ERR_ARGUMENT, kl_contact_upsert(NULL, &vendor_id, ok, NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_upsert(h, NULL, ok, NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_upsert(h, &vendor_id, NULL, NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_upsert(h, &vendor_id, ok, "XX", NULL, 0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_upsert(h, &vendor_id, ok, "", NULL, 0, &out, &error));
    ck_fails(KL_ERR_FORMAT, kl_contact_upsert(h, &vendor_id, "", NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_FORMAT, kl_contact_upsert(h, &vendor_id, "12345", "IN", NULL, 0, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_contact_upsert(h, &vendor_id, large, NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_contact_upsert(h, &vendor_id, digits, NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_ENCODING, kl_contact_upsert(h, &vendor_id, "+91987654321\xff", NULL, NULL, 0, &out, &error));
    ck_fails(KL_ERR_JSON, kl_contact_upsert(h, &vendor_id, ok, NULL, "[1]", 3, &out, &error));
    ck_fails(KL_ERR_JSON, kl_contact_upsert(h, &vendor_id, ok, NULL, "{\"a\":1,}", 8, &out, &error));
    ck_fails(KL_ERR_JSON, kl_contact_upsert(h, &vendor_id, ok, NULL, "", 0, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_contact_upsert(h, &vendor_id, ok, NULL, large, 70000, &out, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_get(NULL, &vendor_id, &id, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_get(h, NULL, &id, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_get(h, &vendor_id, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_get(h, &vendor_id, &id, NULL, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_find(NULL, &vendor_id, ok, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_find(h, NULL, ok, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_find(h, &vendor_id, NULL, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_find(h, &vendor_id, ok, "in", &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_find(h, &vendor_id, ok, NULL, NULL, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_list(NULL, &vendor_id, NULL, 10, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_list(h, NULL, NULL, 10, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_list(h, &vendor_id, NULL, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_list(h, &vendor_id, NULL, 1001, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_list(h, &vendor_id, NULL, 10, NULL, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_patch_attributes(NULL, &vendor_id, &id, "{}", 2, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_patch_attributes(h, NULL, &id, "{}", 2, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_patch_attributes(h, &vendor_id, NULL, "{}", 2, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_patch_attributes(h, &vendor_id, &id, NULL, 0, &error));
    ck_fails(KL_ERR_JSON, kl_contact_patch_attributes(h, &vendor_id, &id, "null", 4, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_contact_patch_attributes(h, &vendor_id, &id, large, 70000, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_delete(NULL, &vendor_id, &id, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_delete(h, NULL, &id, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_delete(h, &vendor_id, NULL, &error));

    ck_fails(KL_ERR_ARGUMENT, kl_contact_count(NULL, &vendor_id, &number, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_count(h, NULL, &number, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_contact_count(h, &vendor_id, NULL, &error));

    ck_assert_ptr_null(out);
    ck_assert_ptr_null(page);
    ck_assert_int_eq(number, -7);
    char *after = everything();
    ck_assert_str_eq(after, before);
    free(before);
    free(after);
    free(large);
    kl_contact_free(made);
}
END_TEST

START_TEST(getters_and_free_accept_NULL)
{
    const kl_uuid nil = {{0}};
    kl_uuid id = kl_contact_id(NULL), owner = kl_contact_vendor_id(NULL);
    ck_assert_mem_eq(&id, &nil, sizeof nil);
    ck_assert_mem_eq(&owner, &nil, sizeof nil);
    ck_assert_str_eq(kl_contact_mobile(NULL), "");
    ck_assert_str_eq(kl_contact_attributes(NULL), "");
    ck_assert_int_eq(kl_contact_created_at(NULL), 0);
    ck_assert_int_eq(kl_contact_updated_at(NULL), 0);
    ck_assert_uint_eq(kl_contact_page_count(NULL), 0);
    ck_assert_ptr_null(kl_contact_page_at(NULL, 0));
    kl_contact_free(NULL);
    kl_contact_page_free(NULL);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("contact");
    TCase *test_case = fixture_case("contact");
    tcase_add_checked_fixture(test_case, open_vendors, NULL);
    tcase_add_test(test_case, a_contact_is_read_back_as_written);
    tcase_add_test(test_case, the_same_number_in_any_spelling_is_one_contact);
    tcase_add_test(test_case, a_contact_is_found_by_any_spelling_of_its_number);
    tcase_add_test(test_case, pages_walk_all_contacts_of_the_vendor_once_and_no_others);
    tcase_add_test(test_case, attributes_are_merge_patched);
    tcase_add_test(test_case, patches_cannot_grow_attributes_beyond_their_size);
    tcase_add_test(test_case, a_removed_contact_is_gone);
    tcase_add_test(test_case, another_vendors_contact_is_like_none);
    tcase_add_test(test_case, an_unknown_vendor_has_no_contacts_and_gets_none);
    tcase_add_test(test_case, bad_input_is_refused_and_changes_nothing);
    tcase_add_test(test_case, getters_and_free_accept_NULL);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
