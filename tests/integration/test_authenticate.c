/* Logging in: nothing about it tells whether an address is known, and outdated hashes are renewed. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/handle.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "repo/user.h"

#define PASSWORD "correct horse battery staple"
/* Of the password above, made by the reference implementation of Argon2. */
#define OUTDATED "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU"

static kl_uuid vendor_id, user_id;

static void make_user(void)
{
    kl_error *error = NULL;
    kl_user *user = NULL;
    vendor_id = fixture_vendor("A", 0);
    ck_ok(kl_user_create(fixture.handle, &vendor_id, "ann@example.com", PASSWORD, strlen(PASSWORD), KL_ROLE_STAFF,
                         &user, &error));
    user_id = kl_user_id(user);
    kl_user_free(user);
}

static void store_hash(const char *hash)
{
    char sql[300];
    snprintf(sql, sizeof sql, "UPDATE kloyst.\"user\" SET password_hash = '%s'", hash);
    harness_exec(fixture.admin, sql);
}

static char *stored_hash(void)
{
    return harness_query_text(fixture.admin, "SELECT password_hash FROM kloyst.\"user\"");
}

static kl_status log_in(const char *email, const char *password)
{
    kl_user *user = NULL;
    kl_status status = kl_user_authenticate(fixture.handle, email, password, strlen(password), &user, NULL);
    ck_assert_int_eq(status == KL_OK, user != NULL);
    kl_user_free(user);
    return status;
}

START_TEST(the_right_password_answers_the_user_however_the_address_is_spelt)
{
    static const char *const spellings[] = {"ann@example.com", "Ann@Example.COM", "ANN@EXAMPLE.COM"};
    make_user();
    for (int i = 0; i < 3; i++) {
        kl_error *error = NULL;
        kl_user *user = NULL;
        ck_ok(kl_user_authenticate(fixture.handle, spellings[i], PASSWORD, strlen(PASSWORD), &user, &error));
        kl_uuid id = kl_user_id(user), vendor = kl_user_vendor_id(user);
        ck_assert_mem_eq(&id, &user_id, sizeof id);
        ck_assert_mem_eq(&vendor, &vendor_id, sizeof vendor);
        ck_assert_int_eq(kl_user_role_of(user), KL_ROLE_STAFF);
        ck_assert_str_eq(kl_user_email(user), "ann@example.com");
        kl_user_free(user);
    }
}
END_TEST

START_TEST(every_refused_login_has_the_same_status_and_message)
{
    static char big[2000];
    memset(big, 'x', sizeof big - 1);
    const struct {
        const char *email, *password;
        size_t length;
    } cases[] = {
        {"ann@example.com", "wrong horse battery staple", 26},
        {"ann@example.com", PASSWORD, 27},
        {"bob@example.com", PASSWORD, 28},
        {"ann", PASSWORD, 28},
        {"", PASSWORD, 28},
        {"ann@example.com ", PASSWORD, 28},
        {"ann\xff@example.com", PASSWORD, 28},
        {big, PASSWORD, 28},
        {"ann@example.com", "", 0},
        {"ann@example.com", big, sizeof big - 1},
        {"bob@example.com", big, sizeof big - 1},
        {"ann@example.com", "impossible", 0},
        {"' OR 1=1 --@x", PASSWORD, 28},
    };
    make_user();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kl_error *error = NULL;
        kl_user *user = NULL;
        ck_assert_int_eq(
            kl_user_authenticate(fixture.handle, cases[i].email, cases[i].password, cases[i].length, &user, &error),
            KL_ERR_CREDENTIALS);
        ck_assert_ptr_null(user);
        ck_assert_str_eq(kl_error_message(error), "unknown user or wrong password");
        ck_assert_str_eq(kl_error_sqlstate(error), "");
        kl_error_free(error);
    }
}
END_TEST

START_TEST(a_password_of_impossible_length_is_not_tried_in_its_substitutes_stead)
{
    static char big[2000];
    kl_error *error = NULL;
    kl_user *user = NULL;
    make_user();
    ck_ok(kl_user_set_password(fixture.handle, &vendor_id, &user_id, "impossible", 10, &error));
    ck_fails(KL_ERR_CREDENTIALS, kl_user_authenticate(fixture.handle, "ann@example.com", "", 0, &user, &error));
    ck_fails(KL_ERR_CREDENTIALS, kl_user_authenticate(fixture.handle, "ann@example.com", big, 1999, &user, &error));
    ck_assert_int_eq(log_in("ann@example.com", "impossible"), KL_OK);
}
END_TEST

START_TEST(a_directory_row_without_its_user_is_an_unknown_address)
{
    make_user();
    harness_exec(fixture.admin, "DELETE FROM kloyst.\"user\"");
    ck_assert_int_eq(log_in("ann@example.com", PASSWORD), KL_ERR_CREDENTIALS);
}
END_TEST

START_TEST(an_outdated_hash_is_renewed_once_by_the_right_password_only)
{
    make_user();
    store_hash(OUTDATED);
    ck_assert_int_eq(log_in("ann@example.com", "wrong password"), KL_ERR_CREDENTIALS);
    char *hash = stored_hash();
    ck_assert_str_eq(hash, OUTDATED);
    free(hash);
    ck_assert_int_eq(log_in("ann@example.com", PASSWORD), KL_OK);
    hash = stored_hash();
    ck_assert_int_eq(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    ck_assert_int_eq(log_in("ann@example.com", PASSWORD), KL_OK);
    char *again = stored_hash();
    ck_assert_str_eq(again, hash);
    free(again);
    free(hash);
}
END_TEST

START_TEST(renewing_never_undoes_a_password_set_meanwhile)
{
    kl_error *error = NULL;
    kl_user *user = NULL;
    make_user();
    store_hash(OUTDATED);
    ck_ok(kl_user_get(fixture.handle, &vendor_id, &user_id, &user, &error));
    /* Between the verification and the renewal of a login somebody changes the password. */
    ck_ok(kl_user_set_password(fixture.handle, &vendor_id, &user_id, "the new password", 16, &error));
    ck_ok(user_renew_hash(fixture.handle->pool, user, OUTDATED, "the hash of the old password", &error));
    ck_assert_int_eq(log_in("ann@example.com", "the new password"), KL_OK);
    ck_assert_int_eq(log_in("ann@example.com", PASSWORD), KL_ERR_CREDENTIALS);
    kl_user_free(user);
}
END_TEST

START_TEST(a_hostile_stored_hash_is_refused_within_a_second)
{
    static const char *const hashes[] = {
        "",
        "x",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2id$v=19$m=65536,t=2,p=1$",
        "$argon2id$v=19$m=4194304,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=9999,p=1$AAECAwQFBgcICQoLDA0ODw$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
    };
    make_user();
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        struct timespec before, after;
        store_hash(hashes[i]);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
        ck_assert_int_eq(log_in("ann@example.com", PASSWORD), KL_ERR_CREDENTIALS);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
        ck_assert_int_lt(after.tv_sec - before.tv_sec, 2);
    }
}
END_TEST

/* Transactions that the server counted for some logins by a handle of its own. */
static long transactions_of(const char *email, const char *password)
{
    enum { LOGINS = 2 };
    /* A session reports its counts when it ends, which is after its client has gone, or when it has long been idle: all have to
     * end before the counting begins, and again before it is read. */
#define ONLY_MINE                                                                                                      \
    "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> " \
    "pg_backend_pid() AND backend_type = 'client backend'; WHILE EXISTS (SELECT FROM pg_stat_activity WHERE datname = "   \
    "current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend') LOOP PERFORM pg_sleep(0.01); "   \
    "PERFORM pg_stat_clear_snapshot(); END LOOP; END $$;"
    kl_error *error = NULL;
    kl_user *user = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.pool_size = 1;
    harness_exec(fixture.admin, ONLY_MINE "SELECT pg_stat_reset()");
    kl *handle = fixture_handle(&options);
    for (int i = 0; i < LOGINS; i++) {
        kl_user_authenticate(handle, email, password, strlen(password), &user, &error);
        kl_user_free(user);
        kl_error_free(error);
        user = NULL;
        error = NULL;
    }
    kl_free(handle);
    char *text = harness_query_text(fixture.admin, ONLY_MINE "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
    long count = strtol(text, NULL, 10);
    free(text);
    ck_assert_int_ge(count, 2 * LOGINS);
    return count;
}

START_TEST(known_unknown_and_malformed_addresses_cost_the_same_round_trips)
{
    make_user();
    bool same = false;
    for (int attempt = 0; attempt < 4 && !same; attempt++) { /* a stray autovacuum counts too */
        long known = transactions_of("ann@example.com", "wrong password");
        same = transactions_of("bob@example.com", "wrong password") == known &&
               transactions_of("not an address", "wrong password") == known &&
               transactions_of("ann@example.com", "short") == known;
    }
    ck_assert(same);
}
END_TEST

static int compare_times(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* Of the processor, which a busy machine does not prolong; what the database does for them is compared above. */
static double seconds_of_login(const char *email, const char *password)
{
    struct timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    ck_assert_int_eq(log_in(email, password), KL_ERR_CREDENTIALS);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

START_TEST(known_unknown_and_malformed_addresses_take_the_same_time)
{
    enum { MOST = 40, LEAST = 5, KINDS = 4 };
    static const char *const emails[KINDS] = {"ann@example.com", "bob@example.com", "no address", "ann@example.com"};
    static const char *const passwords[KINDS] = {"wrong password", "wrong password", "wrong password", "short"};
    double times[KINDS][MOST], worst = 1;
    make_user();
    log_in("ann@example.com", PASSWORD);
    /* Interleaved, so that a busy machine slows all kinds; medians, of more logins when they are apart. */
    for (int runs = 1; runs <= MOST; runs++) {
        for (int kind = 0; kind < KINDS; kind++)
            times[kind][runs - 1] = seconds_of_login(emails[kind], passwords[kind]);
        if (runs < LEAST || runs % 2 == 0)
            continue;
        worst = 0;
        for (int kind = 0; kind < KINDS; kind++) {
            qsort(times[kind], (size_t)runs, sizeof(double), compare_times);
            double apart = times[kind][runs / 2] / times[0][runs / 2] - 1;
            if (apart < 0)
                apart = -apart;
            worst = apart > worst ? apart : worst;
        }
        if (worst <= 0.15)
            return;
    }
    ck_abort_msg("medians are %.0f %% apart", worst * 100);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("authenticate");
    TCase *test_case = fixture_case("authenticate");
    tcase_add_test(test_case, the_right_password_answers_the_user_however_the_address_is_spelt);
    tcase_add_test(test_case, every_refused_login_has_the_same_status_and_message);
    tcase_add_test(test_case, a_password_of_impossible_length_is_not_tried_in_its_substitutes_stead);
    tcase_add_test(test_case, a_directory_row_without_its_user_is_an_unknown_address);
    tcase_add_test(test_case, an_outdated_hash_is_renewed_once_by_the_right_password_only);
    tcase_add_test(test_case, renewing_never_undoes_a_password_set_meanwhile);
    tcase_add_test(test_case, a_hostile_stored_hash_is_refused_within_a_second);
    tcase_add_test(test_case, known_unknown_and_malformed_addresses_cost_the_same_round_trips);
    tcase_add_test(test_case, known_unknown_and_malformed_addresses_take_the_same_time);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
