/* Opening and closing a handle: where the database is found, what is refused at the door, and who may still call. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/server_directory.h"

static char *app_url(const char *conninfo)
{
    char *url = NULL;
    ck_assert_int_gt(asprintf(&url, "%s user=kloyst_app", conninfo), 0);
    return url;
}

/* Opens, which must fail, without an output. */
#define NOT_OPENED(expected, url, options)                                                                             \
    do {                                                                                                               \
        kl *none = NULL;                                                                                               \
        ck_fails(expected, kl_open(url, options, &none, &error));                                                      \
        ck_assert_ptr_null(none);                                                                                      \
        ck_assert_int_eq(kl_open(url, options, &none, NULL), expected);                                                \
    } while (0)

/* ---- where the database is ----------------------------------------------- */

START_TEST(without_a_url_the_environment_names_it)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    char *url = app_url(fixture.conninfo);
    setenv("KLOYST_URL", url, 1);
    ck_ok(kl_open(NULL, NULL, &handle, &error));
    ck_ok(kl_ping(handle, &error));
    kl_free(handle);
    setenv("KLOYST_URL", "host=127.0.0.1 port=1", 1);
    NOT_OPENED(KL_ERR_CONNECT, NULL, NULL);
    free(url);
}
END_TEST

START_TEST(wrong_addresses_are_refused_and_their_passwords_not_told)
{
    static const char *const unreachable[] = {"postgresql://u:geheim@127.0.0.1:1/x",
                                              "host=127.0.0.1 port=1 password=geheim user=u",
                                              "host=/nowhere password=geheim",
                                              "postgresql://u:geheim@127.0.0.1:notaport/x",
                                              "password=geheim nonsense",
                                              "nonsense=1 password=geheim",
                                              "postgresql://u:geheim@[::1/x",
                                              "postgresql://u:geheim%zz@127.0.0.1:1/x",
                                              "host='127.0.0.1 password=geheim",
                                              "geheim"};
    kl_error *error = NULL;
    kl *none = NULL;
    for (size_t i = 0; i < sizeof unreachable / sizeof unreachable[0]; i++) {
        kl_status status = kl_open(unreachable[i], NULL, &none, &error);
        ck_assert_msg(status == KL_ERR_CONNECT, "%s: %s", unreachable[i], kl_status_name(status));
        ck_assert_int_eq(kl_error_status(error), KL_ERR_CONNECT);
        ck_assert_msg(!strstr(kl_error_message(error), "geheim"), "%s", kl_error_message(error));
        kl_error_free(error);
        error = NULL;
        ck_assert_int_eq(kl_migrate(unreachable[i], &error), KL_ERR_CONNECT);
        ck_assert_msg(!strstr(kl_error_message(error), "geheim"), "%s", kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    ck_assert_ptr_null(none);
    NOT_OPENED(KL_ERR_ARGUMENT, "embedded:", NULL);
    NOT_OPENED(KL_ERR_SERVER, "embedded:/proc/kloyst", NULL);
    NOT_OPENED(KL_ERR_SERVER, "embedded:/dev/null", NULL);
    ck_fails(KL_ERR_ARGUMENT, kl_migrate(NULL, &error));
    ck_fails(KL_ERR_ARGUMENT, kl_migrate("embedded:", &error));
    ck_fails(KL_ERR_ARGUMENT, kl_open(NULL, NULL, NULL, &error));
}
END_TEST

#define OPTIONS(expected, ...)                                                                                         \
    do {                                                                                                               \
        kl_options o = KL_OPTIONS_INIT;                                                                                \
        __VA_ARGS__;                                                                                                   \
        NOT_OPENED(expected, url, &o);                                                                                 \
    } while (0)

START_TEST(options_out_of_range_are_refused)
{
    kl_error *error = NULL;
    char *url = app_url(fixture.conninfo);
    OPTIONS(KL_ERR_ARGUMENT, o.size = 0);
    OPTIONS(KL_ERR_ARGUMENT, o.size = 8);
    OPTIONS(KL_ERR_ARGUMENT, o.size = (size_t)-1);
    OPTIONS(KL_ERR_ARGUMENT, o.pool_size = 0);
    OPTIONS(KL_ERR_ARGUMENT, o.pool_size = -1);
    OPTIONS(KL_ERR_ARGUMENT, o.pool_size = 1001);
    OPTIONS(KL_ERR_ARGUMENT, o.connect_timeout_ms = 0);
    OPTIONS(KL_ERR_ARGUMENT, o.statement_timeout_ms = -1);
    OPTIONS(KL_ERR_ARGUMENT, o.wait_timeout_ms = 0);
    OPTIONS(KL_ERR_ARGUMENT, o.wait_timeout_ms = -5);
    free(url);
}
END_TEST

/* ---- the master key ------------------------------------------------------- */

#define HEX_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_B "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
#define BASE64_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static kl *open_with_key(const char *text)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    char *url = app_url(fixture.conninfo);
    setenv("KLOYST_MASTER_KEY", text, 1);
    ck_ok(kl_open(url, NULL, &handle, &error));
    free(url);
    return handle;
}

START_TEST(the_master_key_is_read_from_the_environment_in_either_form)
{
    static const char *const forms[] = {HEX_A, BASE64_A, HEX_A "," HEX_B, HEX_B "," BASE64_A, HEX_B "," HEX_A};
    kl_error *error = NULL;
    kl_uuid vendor = fixture_vendor("A", 0);
    kl_waba *waba = NULL;
    kl *handle = open_with_key(HEX_A);
    ck_ok(kl_waba_create(handle, &vendor, "1", "3", "token-of-A", 10, &waba, &error));
    kl_uuid id = kl_waba_id(waba);
    kl_waba_free(waba);
    kl_free(handle);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char *token = NULL;
        size_t length = 0;
        handle = open_with_key(forms[i]);
        ck_ok(kl_waba_token(handle, &vendor, &id, &token, &length, &error));
        ck_assert_str_eq(token, "token-of-A");
        kl_secret_free(token, length);
        kl_free(handle);
    }
    handle = open_with_key(HEX_B);
    char *token = NULL;
    size_t length = 0;
    ck_fails(KL_ERR_KEY, kl_waba_token(handle, &vendor, &id, &token, &length, &error));
    ck_assert_ptr_null(token);
    kl_free(handle);
    handle = open_with_key("");
    ck_fails(KL_ERR_KEY, kl_waba_token(handle, &vendor, &id, &token, &length, &error));
    kl_free(handle);
}
END_TEST

START_TEST(a_malformed_master_key_is_refused_and_not_told)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const char *const malformed[] = {
        "secretsecret", HEX_A "0",       "g" HEX_A, HEX_A ",",
        "," HEX_A,      HEX_A "," HEX_A, zeros,     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        HEX_A " ",      HEX_A "\n"};
    kl_error *error = NULL;
    char *url = app_url(fixture.conninfo);
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        kl *none = NULL;
        setenv("KLOYST_MASTER_KEY", malformed[i], 1);
        kl_status status = kl_open(url, NULL, &none, &error);
        ck_assert_msg(status == KL_ERR_KEY, "%s: %s", malformed[i], kl_status_name(status));
        ck_assert_msg(kl_error_status(error) == KL_ERR_KEY, "%s: %s", malformed[i], kl_error_message(error));
        ck_assert(!strstr(kl_error_message(error), malformed[i]));
        ck_assert_ptr_null(none);
        kl_error_free(error);
        error = NULL;
    }
    unsetenv("KLOYST_MASTER_KEY");
    uint8_t keys[17 * 32];
    for (size_t i = 0; i < sizeof keys; i++)
        keys[i] = (uint8_t)(i / 32 + 1);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = 31);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = 33);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = 0);
    OPTIONS(KL_ERR_KEY, o.master_key = NULL; o.master_key_length = 32);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = sizeof keys);
    memset(keys, 0, 32);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = 32);
    memset(keys, 1, 64);
    OPTIONS(KL_ERR_KEY, o.master_key = keys; o.master_key_length = 64);
    free(url);
}
END_TEST

/* ---- the schema ------------------------------------------------------------ */

START_TEST(a_database_without_the_schema_is_refused_until_it_is_migrated)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    char *empty = harness_database(NULL), *admin = NULL, *url = app_url(empty);
    ck_assert_int_gt(asprintf(&admin, "%s user=kloyst_admin", empty), 0);
    kl_options migrating = KL_OPTIONS_INIT;
    migrating.migrate = 1;
    NOT_OPENED(KL_ERR_SCHEMA, url, NULL);
    NOT_OPENED(KL_ERR_SCHEMA, admin, NULL);
    NOT_OPENED(KL_ERR_PERMISSION, url, &migrating);
    ck_ok(kl_open(admin, &migrating, &handle, &error));
    ck_ok(kl_vendor_create(handle, "A", KL_PLAN_SHARED, NULL, 0, NULL, &error));
    kl_free(handle);
    ck_ok(kl_migrate(admin, &error));
    ck_ok(kl_migrate(admin, &error));
    ck_ok(kl_open(url, NULL, &handle, &error));
    kl_free(handle);
    harness_exec(admin, "UPDATE kloyst.migration SET checksum = '\\x00' WHERE number = 3");
    NOT_OPENED(KL_ERR_SCHEMA, url, NULL);
    ck_fails(KL_ERR_SCHEMA, kl_migrate(admin, &error));
    free(url);
    free(admin);
    harness_drop_database(empty);
}
END_TEST

START_TEST(a_newer_schema_and_a_role_without_membership_are_refused)
{
    kl_error *error = NULL;
    char *url = app_url(fixture.conninfo), *stranger = NULL;
    ck_assert_int_gt(asprintf(&stranger, "%s user=kloyst_stranger", fixture.conninfo), 0);
    harness_exec(fixture.admin,
                 "DO $$ BEGIN CREATE ROLE kloyst_stranger LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    NOT_OPENED(KL_ERR_PERMISSION, stranger, NULL);
    harness_exec(fixture.admin,
                 "INSERT INTO kloyst.migration (number, name, checksum) VALUES (9999, 'later', '\\x00')");
    NOT_OPENED(KL_ERR_SCHEMA, url, NULL);
    ck_fails(KL_ERR_SCHEMA, kl_migrate(fixture.admin, &error));
    free(stranger);
    free(url);
}
END_TEST

/* ---- the embedded server ---------------------------------------------------- */

static char base[96];

static void make_base(void)
{
    snprintf(base, sizeof base, "%s/kl-open-XXXXXX", harness_temporary_of_sockets());
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_int_eq(chmod(base, 0755), 0); /* root's server runs as another user, who has to pass */
}

static void remove_base(void)
{
    server_directory_delete(AT_FDCWD, base);
}

/* Whether a server's process file lies anywhere below the directory. */
static int served(void)
{
    char command[200];
    snprintf(command, sizeof command, "find %s -name postmaster.pid | grep -q .", base);
    return system(command) == 0;
}

START_TEST(an_embedded_database_lives_as_long_as_a_handle_and_its_data_longer)
{
    kl_error *error = NULL;
    kl *first = NULL, *second = NULL;
    kl_vendor *vendor = NULL;
    char url[120];
    snprintf(url, sizeof url, "embedded:%s/db", base);
    ck_ok(kl_open(url, NULL, &first, &error));
    ck_ok(kl_open(url, NULL, &second, &error));
    ck_ok(kl_vendor_create(first, "Survivor", KL_PLAN_SHARED, NULL, 0, &vendor, &error));
    kl_uuid id = kl_vendor_id(vendor);
    kl_vendor_free(vendor);
    kl_close(first);
    ck_assert(served());
    ck_ok(kl_ping(second, &error));
    /* A child's copy is not a user. */
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        kl_status status = kl_ping(second, NULL);
        kl_close(second);
        kl_free(second);
        _exit(status == KL_ERR_FORKED ? 0 : 1);
    }
    int how = -1;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    ck_ok(kl_ping(second, &error));
    kl_free(second);
    ck_assert(!served());
    ck_fails(KL_ERR_CLOSED, kl_ping(first, &error));
    kl_free(first);
    ck_ok(kl_migrate(url, &error));
    ck_assert(!served());
    ck_ok(kl_open(url, NULL, &first, &error));
    ck_ok(kl_vendor_get(first, &id, &vendor, &error));
    ck_assert_str_eq(kl_vendor_name(vendor), "Survivor");
    kl_vendor_free(vendor);
    kl_free(first);
    ck_assert(!served());
}
END_TEST

/* ---- closing ---------------------------------------------------------------- */

enum { CALLERS = 6 };

typedef struct caller {
    pthread_t thread;
    kl *handle;
    atomic_int done;
    kl_status last;
} caller;

static void *call_until_closed(void *argument)
{
    caller *c = argument;
    while (!(c->last = kl_vendor_create(c->handle, "A", KL_PLAN_SHARED, NULL, 0, NULL, NULL)))
        atomic_fetch_add(&c->done, 1);
    return NULL;
}

/* One connection for six callers: some are inside, some wait for it. */
START_TEST(closing_waits_for_calls_inside_and_refuses_those_that_wait)
{
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 1 + _i * 3;
    kl *handle = fixture_handle(&options);
    caller callers[CALLERS];
    int done = 0;
    memset(callers, 0, sizeof callers);
    for (int i = 0; i < CALLERS; i++) {
        callers[i].handle = handle;
        ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, call_until_closed, &callers[i]), 0);
    }
    for (int i = 0; i < 6000 && done < CALLERS; i++) {
        usleep(10000);
        done = 0;
        for (int c = 0; c < CALLERS; c++)
            done += atomic_load(&callers[c].done);
    }
    ck_assert_int_ge(done, CALLERS);
    done = 0;
    kl_close(handle);
    char *count = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.vendor");
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert_int_eq(callers[i].last, KL_ERR_CLOSED);
        done += callers[i].done;
    }
    /* Whatever was answered had happened when the handle was closed, and nothing came after. */
    ck_assert_int_eq(atoi(count), done);
    free(count);
    kl_close(handle);
    kl_free(handle);
}
END_TEST

START_TEST(closing_nothing_and_closing_twice_do_nothing)
{
    kl_error *error = NULL;
    kl *handle = fixture_handle(NULL);
    kl_close(NULL);
    kl_free(NULL);
    ck_ok(kl_ping(handle, &error));
    kl_close(handle);
    kl_close(handle);
    ck_fails(KL_ERR_CLOSED, kl_ping(handle, &error));
    kl_free(handle);
    kl_free(fixture_handle(NULL));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("open");
    TCase *test_case = fixture_case("open"), *embedded = tcase_create("embedded");
    tcase_add_test(test_case, without_a_url_the_environment_names_it);
    tcase_add_test(test_case, wrong_addresses_are_refused_and_their_passwords_not_told);
    tcase_add_test(test_case, options_out_of_range_are_refused);
    tcase_add_test(test_case, the_master_key_is_read_from_the_environment_in_either_form);
    tcase_add_test(test_case, a_malformed_master_key_is_refused_and_not_told);
    tcase_add_test(test_case, a_database_without_the_schema_is_refused_until_it_is_migrated);
    tcase_add_test(test_case, a_newer_schema_and_a_role_without_membership_are_refused);
    tcase_add_loop_test(test_case, closing_waits_for_calls_inside_and_refuses_those_that_wait, 0, 2);
    tcase_add_test(test_case, closing_nothing_and_closing_twice_do_nothing);
    tcase_add_checked_fixture(embedded, make_base, remove_base);
    tcase_set_timeout(embedded, 120);
    tcase_add_test(embedded, an_embedded_database_lives_as_long_as_a_handle_and_its_data_longer);
    suite_add_tcase(suite, test_case);
    suite_add_tcase(suite, embedded);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
