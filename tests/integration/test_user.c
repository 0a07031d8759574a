/* Users: create, read, list, change, remove; one address belongs to one user over all vendors. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PASSWORD "correct horse battery staple"

/* A user with the usual password. */
static kl_uuid user_of(const kl_uuid *vendor_id, const char *email, kl_user_role role)
{
    kl_error *error = NULL;
    kl_user *user = NULL;
    ck_ok(kl_user_create(fixture.handle, vendor_id, email, PASSWORD, strlen(PASSWORD), role, &user, &error));
    kl_uuid id = kl_user_id(user);
    kl_user_free(user);
    return id;
}

static void ck_sql(const char *sql, const char *expected)
{
    char *text = harness_query_text(fixture.admin, sql);
    ck_assert_msg(text && strcmp(text, expected) == 0, "%s: %s instead of %s", sql, text ? text : "NULL", expected);
    free(text);
}

static void ck_logins(const char *email, kl_status expected)
{
    kl_error *error = NULL;
    kl_user *user = NULL;
    ck_assert_int_eq(kl_user_authenticate(fixture.handle, email, PASSWORD, strlen(PASSWORD), &user, &error), expected);
    kl_user_free(user);
    kl_error_free(error);
}

START_TEST(a_user_is_read_back_as_created_with_the_address_in_lower_case)
{
    kl_error *error = NULL;
    kl_user *made = NULL, *read = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    ck_ok(kl_user_create(fixture.handle, &vendor, "Ann.O+x@Example.COM", PASSWORD, strlen(PASSWORD), KL_ROLE_STAFF,
                         &made, &error));
    kl_uuid id = kl_user_id(made), vendor_id = kl_user_vendor_id(made);
    ck_ok(kl_user_get(fixture.handle, &vendor, &id, &read, &error));
    ck_assert_mem_eq(&vendor_id, &vendor, sizeof vendor);
    vendor_id = kl_user_vendor_id(read);
    ck_assert_mem_eq(&vendor_id, &vendor, sizeof vendor);
    ck_assert_str_eq(kl_user_email(made), "ann.o+x@example.com");
    ck_assert_str_eq(kl_user_email(read), "ann.o+x@example.com");
    ck_assert_int_eq(kl_user_role_of(read), KL_ROLE_STAFF);
    ck_assert_int_gt(kl_user_created_at(read), 1700000000000000);
    ck_assert_int_eq(kl_user_created_at(read), kl_user_created_at(made));
    ck_assert_int_eq(kl_user_updated_at(read), kl_user_created_at(read));
    ck_ok(kl_user_create(fixture.handle, &vendor, "no.out@example.com", PASSWORD, 8, KL_ROLE_ADMIN, NULL, &error));
    kl_user_free(made);
    kl_user_free(read);
}
END_TEST

START_TEST(a_password_is_kept_as_an_argon2id_hash_and_nowhere_else)
{
    kl_uuid vendor = fixture_vendor("A", 0);
    user_of(&vendor, "a@example.com", KL_ROLE_ADMIN);
    user_of(&vendor, "b@example.com", KL_ROLE_ADMIN);
    ck_sql("SELECT bool_and(password_hash LIKE '$argon2id$v=19$m=65536,t=2,p=1$%') FROM kloyst.\"user\"", "t");
    ck_sql("SELECT count(DISTINCT password_hash) FROM kloyst.\"user\"", "2");
    ck_sql("SELECT count(*) FROM kloyst.\"user\" u WHERE u::text LIKE '%horse%'", "0");
}
END_TEST

START_TEST(a_taken_address_is_answered_alike_whoever_has_it)
{
    static const char *const spellings[] = {"a@example.com", "A@EXAMPLE.com"};
    kl_error *error = NULL;
    kl_uuid vendors[] = {fixture_vendor("A", 0), fixture_vendor("B", 0)};
    user_of(&vendors[0], "a@example.com", KL_ROLE_ADMIN);
    char first[200] = "";
    for (int i = 0; i < 4; i++) {
        kl_user *out = NULL;
        ck_assert_int_eq(
            kl_user_create(fixture.handle, &vendors[i / 2], spellings[i % 2], PASSWORD, 9, KL_ROLE_STAFF, &out, &error),
            KL_ERR_EXISTS);
        ck_assert_ptr_null(out);
        char text[200];
        snprintf(text, sizeof text, "%s %s", kl_error_sqlstate(error), kl_error_message(error));
        if (!i)
            memcpy(first, text, sizeof first);
        ck_assert_str_eq(text, first);
        kl_error_free(error);
        error = NULL;
    }
    ck_sql("SELECT count(*) FROM kloyst.\"user\"", "1");
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "1");
}
END_TEST

START_TEST(a_user_without_a_vendor_is_refused_and_leaves_the_address_free)
{
    kl_error *error = NULL;
    kl_uuid nobody, vendor = fixture_vendor("A", 0);
    ck_assert_int_eq(kl_uuid_generate(&nobody), KL_OK);
    ck_fails(KL_ERR_NOT_FOUND,
             kl_user_create(fixture.handle, &nobody, "a@example.com", PASSWORD, 9, KL_ROLE_ADMIN, NULL, &error));
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "0");
    user_of(&vendor, "a@example.com", KL_ROLE_ADMIN);
}
END_TEST

START_TEST(malformed_addresses_are_refused_and_change_nothing)
{
    static const struct {
        const char *email;
        kl_status status;
    } cases[] = {
        {"", KL_ERR_FORMAT},
        {"a", KL_ERR_FORMAT},
        {"@", KL_ERR_FORMAT},
        {"@b", KL_ERR_FORMAT},
        {"a@", KL_ERR_FORMAT},
        {"a@b@c", KL_ERR_FORMAT},
        {"a@@b", KL_ERR_FORMAT},
        {" a@b", KL_ERR_FORMAT},
        {"a@b ", KL_ERR_FORMAT},
        {"a b@c", KL_ERR_FORMAT},
        {"a@b\n", KL_ERR_FORMAT},
        {"a\t@b", KL_ERR_FORMAT},
        {"a@b\x7f", KL_ERR_FORMAT},
        {"a\x01@b", KL_ERR_FORMAT},
        {"a\xc2\x85@b", KL_ERR_FORMAT},
        {"a\xc2\xa0@b", KL_ERR_FORMAT},
        {"a\xc2\xad@b", KL_ERR_FORMAT},
        {"a\xe2\x80\x8b@b", KL_ERR_FORMAT},
        {"a\xe2\x80\xae@b", KL_ERR_FORMAT},
        {"a\xe2\x81\xa0@b", KL_ERR_FORMAT},
        {"a\xe3\x80\x80@b", KL_ERR_FORMAT},
        {"a@b\xef\xbb\xbf", KL_ERR_FORMAT},
        {"a\xf3\xa0\x80\xa0@b", KL_ERR_FORMAT},
        {"a\xff@b", KL_ERR_ENCODING},
        {"a\xc0\x80@b", KL_ERR_ENCODING},
        {"a@b\xe2\x80", KL_ERR_ENCODING},
    };
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_fails(cases[i].status,
                 kl_user_create(fixture.handle, &vendor, cases[i].email, PASSWORD, 9, KL_ROLE_ADMIN, NULL, &error));
    ck_sql("SELECT count(*) FROM kloyst.\"user\"", "0");
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "0");
}
END_TEST

START_TEST(addresses_of_254_bytes_and_of_any_script_are_kept)
{
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    char longest[256];
    memset(longest, 'x', 255);
    longest[100] = '@';
    longest[255] = '\0';
    ck_fails(KL_ERR_TOO_LONG,
             kl_user_create(fixture.handle, &vendor, longest, PASSWORD, 9, KL_ROLE_ADMIN, NULL, &error));
    longest[254] = '\0';
    user_of(&vendor, longest, KL_ROLE_ADMIN);
    kl_user *user = NULL;
    ck_ok(kl_user_create(fixture.handle, &vendor, "\xc3\x84\xe6\xbc\xa2\xf0\x9f\x98\x80@M\xc3\x9cnchen.de", PASSWORD, 9,
                         KL_ROLE_ADMIN, &user, &error));
    ck_assert_str_eq(kl_user_email(user), "\xc3\x84\xe6\xbc\xa2\xf0\x9f\x98\x80@m\xc3\x9cnchen.de");
    kl_user_free(user);
}
END_TEST

START_TEST(bad_arguments_are_refused_and_change_nothing)
{
    kl_error *error = NULL;
    kl_user *out = NULL;
    kl_user_page *page = NULL;
    kl *h = fixture.handle;
    static char big[1025];
    memset(big, 'p', sizeof big);
    kl_uuid v = fixture_vendor("A", 0);
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(NULL, &v, "a@b", PASSWORD, 9, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(h, NULL, "a@b", PASSWORD, 9, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(h, &v, NULL, PASSWORD, 9, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(h, &v, "a@b", NULL, 9, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(h, &v, "a@b", PASSWORD, 9, (kl_user_role)0, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_create(h, &v, "a@b", PASSWORD, 9, (kl_user_role)3, &out, &error));
    ck_fails(KL_ERR_FORMAT, kl_user_create(h, &v, "a@b", PASSWORD, 0, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_FORMAT, kl_user_create(h, &v, "a@b", PASSWORD, 7, KL_ROLE_ADMIN, &out, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_user_create(h, &v, "a@b", big, 1025, KL_ROLE_ADMIN, &out, &error));
    ck_assert_ptr_null(out);
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "0");
    kl_uuid u = user_of(&v, "a@b", KL_ROLE_ADMIN);
    ck_fails(KL_ERR_ARGUMENT, kl_user_get(h, NULL, &u, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_get(h, &v, NULL, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_get(h, &v, &u, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_list(h, NULL, NULL, 1, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_list(h, &v, NULL, 0, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_list(h, &v, NULL, 1001, &page, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_list(h, &v, NULL, 1, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_set_role(h, &v, &u, (kl_user_role)3, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_set_role(h, &v, NULL, KL_ROLE_STAFF, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_set_password(h, &v, &u, NULL, 9, &error));
    ck_fails(KL_ERR_FORMAT, kl_user_set_password(h, &v, &u, "1234567", 7, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_user_set_password(h, &v, &u, big, 1025, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_delete(h, &v, NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_authenticate(NULL, "a@b", PASSWORD, 9, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_authenticate(h, NULL, PASSWORD, 9, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_authenticate(h, "a@b", NULL, 9, &out, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_user_authenticate(h, "a@b", PASSWORD, 9, NULL, &error));
    ck_assert_ptr_null(out);
    ck_logins("a@b", KL_OK);
}
END_TEST

/* Run as it is, and with the table's row security off: either wall must hold alone. */
START_TEST(another_vendors_user_is_answered_like_one_that_does_not_exist)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    if (_i)
        harness_exec(fixture.admin, "ALTER TABLE kloyst.\"user\" DISABLE ROW LEVEL SECURITY");
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0), users[2];
    users[0] = user_of(&b, "b@example.com", KL_ROLE_STAFF);
    ck_assert_int_eq(kl_uuid_generate(&users[1]), KL_OK);
    char before[2][200];
    char *row = harness_query_text(fixture.admin, "SELECT u::text FROM kloyst.\"user\" u");
    for (int i = 0; i < 2; i++) {
        kl_user *out = NULL;
        kl_status status[] = {
            kl_user_get(h, &a, &users[i], &out, &error),
            kl_user_set_role(h, &a, &users[i], KL_ROLE_ADMIN, &error),
            kl_user_set_password(h, &a, &users[i], "another password", 16, &error),
            kl_user_delete(h, &a, &users[i], &error),
        };
        for (int k = 0; k < 4; k++)
            ck_assert_int_eq(status[k], KL_ERR_NOT_FOUND);
        ck_assert_ptr_null(out);
        snprintf(before[i], sizeof before[i], "%s %s", kl_error_sqlstate(error), kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    ck_assert_str_eq(before[0], before[1]);
    ck_sql("SELECT u::text FROM kloyst.\"user\" u", row);
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "1");
    free(row);
}
END_TEST

START_TEST(pages_walk_the_vendors_own_users_once)
{
    kl_error *error = NULL;
    if (_i)
        harness_exec(fixture.admin, "ALTER TABLE kloyst.\"user\" DISABLE ROW LEVEL SECURITY");
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0), after = {{0}};
    for (int i = 0; i < 5; i++) {
        char email[32];
        snprintf(email, sizeof email, "u%d@example.com", i);
        user_of(i % 2 ? &b : &a, email, KL_ROLE_STAFF);
    }
    int seen = 0;
    for (size_t count = 1; count;) {
        kl_user_page *page = NULL;
        ck_ok(kl_user_list(fixture.handle, &a, seen ? &after : NULL, 2, &page, &error));
        count = kl_user_page_count(page);
        for (size_t i = 0; i < count; i++) {
            kl_uuid id = kl_user_id(kl_user_page_at(page, i)), vendor = kl_user_vendor_id(kl_user_page_at(page, i));
            ck_assert_int_gt(memcmp(&id, &after, sizeof id), 0);
            ck_assert_mem_eq(&vendor, &a, sizeof a);
            after = id;
            seen++;
        }
        ck_assert_ptr_null(kl_user_page_at(page, count));
        kl_user_page_free(page);
    }
    ck_assert_int_eq(seen, 3);
}
END_TEST

START_TEST(role_and_password_are_changed)
{
    kl_error *error = NULL;
    kl_user *user = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_uuid id = user_of(&vendor, "a@example.com", KL_ROLE_STAFF);
    ck_ok(kl_user_set_role(fixture.handle, &vendor, &id, KL_ROLE_ADMIN, &error));
    ck_ok(kl_user_get(fixture.handle, &vendor, &id, &user, &error));
    ck_assert_int_eq(kl_user_role_of(user), KL_ROLE_ADMIN);
    ck_assert_int_gt(kl_user_updated_at(user), kl_user_created_at(user));
    kl_user_free(user);
    ck_ok(kl_user_set_password(fixture.handle, &vendor, &id, "eight\0by", 8, &error));
    ck_logins("a@example.com", KL_ERR_CREDENTIALS);
    ck_fails(KL_ERR_CREDENTIALS, kl_user_authenticate(fixture.handle, "a@example.com", "eight\0bz", 8, &user, &error));
    ck_ok(kl_user_authenticate(fixture.handle, "a@example.com", "eight\0by", 8, &user, &error));
    kl_user_free(user);
}
END_TEST

START_TEST(a_deleted_user_cannot_log_in_and_frees_the_address)
{
    kl_error *error = NULL;
    kl_uuid a = fixture_vendor("A", 0), b = fixture_vendor("B", 0);
    kl_uuid id = user_of(&a, "a@example.com", KL_ROLE_ADMIN);
    ck_fails(KL_ERR_IN_USE, kl_vendor_delete(fixture.handle, &a, &error));
    ck_ok(kl_user_delete(fixture.handle, &a, &id, &error));
    ck_sql("SELECT count(*) FROM kloyst.login_directory", "0");
    ck_logins("a@example.com", KL_ERR_CREDENTIALS);
    ck_fails(KL_ERR_NOT_FOUND, kl_user_delete(fixture.handle, &a, &id, &error));
    user_of(&b, "a@example.com", KL_ROLE_ADMIN);
    ck_logins("a@example.com", KL_OK);
    ck_ok(kl_vendor_delete(fixture.handle, &a, &error));
}
END_TEST

static void *create_contended(void *vendor)
{
    return (void *)(intptr_t)kl_user_create(fixture.handle, vendor, "one@example.com", PASSWORD, 9, KL_ROLE_STAFF, NULL,
                                            NULL);
}

START_TEST(of_callers_who_want_one_address_at_once_one_gets_it)
{
    enum { CALLERS = 8 };
    pthread_t threads[CALLERS];
    kl_uuid vendors[] = {fixture_vendor("A", 0), fixture_vendor("B", 0)};
    int made = 0;
    for (int i = 0; i < CALLERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, create_contended, &vendors[i % 2]), 0);
    for (int i = 0; i < CALLERS; i++) {
        void *status;
        pthread_join(threads[i], &status);
        made += (intptr_t)status == KL_OK;
        ck_assert((intptr_t)status == KL_OK || (intptr_t)status == KL_ERR_EXISTS);
    }
    ck_assert_int_eq(made, 1);
    ck_sql("SELECT count(*) FROM kloyst.\"user\" JOIN kloyst.login_directory USING (email, vendor_id)", "1");
    ck_logins("one@example.com", KL_ERR_CREDENTIALS);
}
END_TEST

START_TEST(getters_and_frees_accept_null)
{
    kl_user_free(NULL);
    kl_user_page_free(NULL);
    ck_assert_str_eq(kl_user_email(NULL), "");
    ck_assert_int_eq(kl_user_role_of(NULL), 0);
    ck_assert_int_eq(kl_user_created_at(NULL) + kl_user_updated_at(NULL), 0);
    ck_assert_uint_eq(kl_user_page_count(NULL), 0);
    ck_assert_ptr_null(kl_user_page_at(NULL, 0));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("user");
    TCase *test_case = fixture_case("user");
    tcase_add_test(test_case, a_user_is_read_back_as_created_with_the_address_in_lower_case);
    tcase_add_test(test_case, a_password_is_kept_as_an_argon2id_hash_and_nowhere_else);
    tcase_add_test(test_case, a_taken_address_is_answered_alike_whoever_has_it);
    tcase_add_test(test_case, a_user_without_a_vendor_is_refused_and_leaves_the_address_free);
    tcase_add_test(test_case, malformed_addresses_are_refused_and_change_nothing);
    tcase_add_test(test_case, addresses_of_254_bytes_and_of_any_script_are_kept);
    tcase_add_test(test_case, bad_arguments_are_refused_and_change_nothing);
    tcase_add_loop_test(test_case, another_vendors_user_is_answered_like_one_that_does_not_exist, 0, 2);
    tcase_add_loop_test(test_case, pages_walk_the_vendors_own_users_once, 0, 2);
    tcase_add_test(test_case, role_and_password_are_changed);
    tcase_add_test(test_case, a_deleted_user_cannot_log_in_and_frees_the_address);
    tcase_add_test(test_case, of_callers_who_want_one_address_at_once_one_gets_it);
    tcase_add_test(test_case, getters_and_frees_accept_null);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
