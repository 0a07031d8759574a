/* Promises of password hashes. */
#include "harness/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "crypto/password.h"

/* A sanitizer's own memory and threads do not go with limits on memory or with fork. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const char phrase[] = "correct horse battery staple";
/* Made by the reference implementation of Argon2, each of the phrase above. */
#define SALT "AAECAwQFBgcICQoLDA0ODw"
static const char as_now[] = "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A";
static const char at_the_floor[] =
    "$argon2id$v=19$m=19456,t=2,p=1$" SALT "$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU";
static const char one_pass[] = "$argon2id$v=19$m=65536,t=1,p=1$" SALT "$3bR2RLHH/O3N5L+SIKiE8DPoY1vpMpzxxO4615QeOmI";
static const char four_lanes[] = "$argon2id$v=19$m=65536,t=3,p=4$" SALT "$hTsnKkTbFCHAKWJmmlXrCZTzyrOF7RxMeSU+7hm6tJ4";
static const char cheaper[] = "$argon2id$v=19$m=8192,t=1,p=1$" SALT "$mu73UxPlhfSSwzxeEtgumtJTt914Yy1Tfomc1O3deJw";
static const char argon2i[] = "$argon2i$v=19$m=65536,t=2,p=1$" SALT "$/ZcgdP+hOgvfc1XMn03PNp6OYR3NejHqOl6WRnmcTLE";

static bool verifies(const char *stored, const char *password, bool *rehash)
{
    bool matches = true;
    kl_error *error = NULL;
    *rehash = true;
    ck_assert_int_eq(password_verify(stored, password, strlen(password), &matches, rehash, &error), KL_OK);
    ck_assert_ptr_null(error);
    return matches;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(a_password_matches_its_own_hash_only)
{
    char stored[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];
    bool rehash;
    ck_assert_int_eq(password_hash(phrase, strlen(phrase), stored, NULL), KL_OK);
    ck_assert_int_eq(strncmp(stored, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    ck_assert(verifies(stored, phrase, &rehash));
    ck_assert(!rehash);
    ck_assert(!verifies(stored, "Correct horse battery staple", &rehash));
    ck_assert(!rehash);
    ck_assert(!verifies(stored, "correct horse battery staple ", &rehash));
    ck_assert_int_eq(password_hash(phrase, strlen(phrase), again, NULL), KL_OK);
    ck_assert_str_ne(stored, again);
}
END_TEST

START_TEST(hashes_of_other_implementations_and_parameters_match_and_ask_for_a_new_one)
{
    bool rehash;
    ck_assert(verifies(as_now, phrase, &rehash));
    ck_assert(!rehash);
    ck_assert(verifies(at_the_floor, phrase, &rehash));
    ck_assert(rehash);
    ck_assert(verifies(one_pass, phrase, &rehash));
    ck_assert(rehash);
    ck_assert(verifies(cheaper, phrase, &rehash));
    ck_assert(rehash);
    ck_assert(!verifies(cheaper, "wrong", &rehash));
    ck_assert(!rehash);
}
END_TEST

START_TEST(a_password_is_bytes_including_nul)
{
    char stored[PASSWORD_HASH_SIZE];
    bool matches, rehash;
    ck_assert_int_eq(password_hash("a\0b", 3, stored, NULL), KL_OK);
    ck_assert_int_eq(password_verify(stored, "a\0b", 3, &matches, &rehash, NULL), KL_OK);
    ck_assert(matches);
    ck_assert_int_eq(password_verify(stored, "a\0c", 3, &matches, &rehash, NULL), KL_OK);
    ck_assert(!matches);
    ck_assert_int_eq(password_verify(stored, "a", 1, &matches, &rehash, NULL), KL_OK);
    ck_assert(!matches);
}
END_TEST

START_TEST(a_hostile_stored_hash_matches_nothing_and_costs_nothing)
{
    static const char *const hostile[] = {
        "", "$", "$argon2id", "$argon2id$", "$argon2id$v=19$", "password", "correct horse battery staple",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2id$v=19$m=4194304,t=1,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=4294967295,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=4295032832,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=18446744073709617152,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=262145,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=4294967295,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=4,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=7,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=10$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=16777215$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=065536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=-65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=0,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$t=2,m=65536,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=16$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=1",
        "$argon2id$v=19$m=65536,t=2,p=1$",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT,
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1",
        "$argon2id$v=19$m=65536,t=2,p=1$AAECAwQFBgcICQoLDA0O$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "AA$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7B",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A=",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A\n",
        "$argon2id$v=19$m=65536,t=2,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
        argon2i, four_lanes,
    };
    bool rehash;
    double before = cpu_seconds();
    ck_assert(verifies(as_now, phrase, &rehash));
    double start = cpu_seconds();
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        ck_assert_msg(!verifies(hostile[i], phrase, &rehash), "'%s' matches", hostile[i]);
        ck_assert(!rehash);
    }
    double all = cpu_seconds() - start;
    ck_assert_msg(all < (start - before) / 2, "one of ours took %.4f s, all of these %.4f s", start - before, all);
}
END_TEST

/* It has six times as much to fill. */
START_TEST(the_dearest_accepted_hash_costs_a_few_of_our_own)
{
    bool rehash;
    double before = cpu_seconds();
    for (int i = 0; i < 3; i++)
        ck_assert(verifies(as_now, phrase, &rehash));
    double start = cpu_seconds(), own = (start - before) / 3;
    ck_assert(!verifies("$argon2id$v=19$m=262144,t=3,p=1$" SALT "$wFzkxN1+DkXuYBHMWdBoreR98bAfwM+c1GeL32ilt7A", phrase,
                        &rehash));
    double dearest = cpu_seconds() - start;
    ck_assert_msg(dearest < 20 * own, "one of ours took %.3f s, this %.3f s", own, dearest);
}
END_TEST

START_TEST(passwords_have_1_to_1024_bytes)
{
    char large[PASSWORD_MAX + 1], stored[PASSWORD_HASH_SIZE];
    memset(large, 'x', sizeof large);
    bool matches = true, rehash = true;
    kl_error *error = NULL;
    ck_assert_int_eq(password_hash("", 0, stored, &error), KL_ERR_ARGUMENT);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_ARGUMENT);
    kl_error_free(error);
    ck_assert_int_eq(password_hash(NULL, 4, stored, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_hash("a", 1, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_hash(large, sizeof large, stored, NULL), KL_ERR_TOO_LONG);
    ck_assert_str_eq(stored, "");
    ck_assert_int_eq(password_verify(as_now, large, sizeof large, &matches, &rehash, NULL), KL_ERR_TOO_LONG);
    ck_assert(!matches);
    ck_assert(!rehash);
    ck_assert_int_eq(password_verify(as_now, "", 0, &matches, &rehash, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_verify(NULL, "a", 1, &matches, &rehash, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_verify(as_now, "a", 1, NULL, &rehash, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_verify(as_now, "a", 1, &matches, NULL, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_hash(large, PASSWORD_MAX, stored, NULL), KL_OK);
    ck_assert_int_eq(password_verify(stored, large, PASSWORD_MAX, &matches, &rehash, NULL), KL_OK);
    ck_assert(matches);
    large[PASSWORD_MAX - 1] = 'y';
    ck_assert_int_eq(password_verify(stored, large, PASSWORD_MAX, &matches, &rehash, NULL), KL_OK);
    ck_assert(!matches);
}
END_TEST

START_TEST(an_unknown_user_costs_and_answers_what_a_wrong_password_does)
{
    char large[PASSWORD_MAX + 1];
    memset(large, 'x', sizeof large);
    bool rehash;
    ck_assert_int_eq(password_verify_dummy("", 0, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_verify_dummy(NULL, 1, NULL), KL_ERR_ARGUMENT);
    ck_assert_int_eq(password_verify_dummy(large, sizeof large, NULL), KL_ERR_TOO_LONG);
    double wrong = 1e9, unknown = 1e9;
    for (int i = 0; i < 4; i++) {
        double start = cpu_seconds();
        ck_assert(!verifies(as_now, "wrong", &rehash));
        double middle = cpu_seconds();
        ck_assert_int_eq(password_verify_dummy("wrong", 5, NULL), KL_OK);
        double end = cpu_seconds();
        wrong = middle - start < wrong ? middle - start : wrong;
        unknown = end - middle < unknown ? end - middle : unknown;
    }
    ck_assert_msg(unknown > wrong * 0.4 && wrong > unknown * 0.4, "wrong %.4f s, unknown %.4f s", wrong, unknown);
}
END_TEST

static void *verify_once(void *argument)
{
    bool matches, rehash;
    kl_status *status = argument;
    *status = password_verify(as_now, phrase, strlen(phrase), &matches, &rehash, NULL);
    if (*status == KL_OK && !matches)
        *status = KL_ERR_CREDENTIALS;
    return NULL;
}

START_TEST(at_most_two_computations_run_at_once)
{
    enum { LOGINS = 8 };
    pthread_t threads[LOGINS];
    kl_status status[LOGINS];
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < LOGINS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_once, &status[i]), 0);
    for (int i = 0; i < LOGINS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(status[i], KL_OK);
    }
    /* Each fills 64 MiB: the peak of memory tells how many there were. */
    getrusage(RUSAGE_SELF, &after);
    long grown = (after.ru_maxrss - before.ru_maxrss) / 1024;
    ck_assert_msg(grown < 64 * PASSWORD_CONCURRENCY + 40, "%ld MiB more", grown);
}
END_TEST

static atomic_bool stop;

static void *verify_until_stopped(void *argument)
{
    kl_status status;
    while (!atomic_load(&stop))
        verify_once(&status);
    return argument;
}

START_TEST(a_child_process_is_not_held_up_by_its_parents_computations)
{
    if (SANITIZED)
        return;
    pthread_t threads[PASSWORD_CONCURRENCY + 1];
    for (int i = 0; i <= PASSWORD_CONCURRENCY; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, verify_until_stopped, NULL), 0);
    struct timespec pause = {0, 50000000};
    for (int round = 0; round < 3; round++) {
        nanosleep(&pause, NULL);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0) {
            alarm(100);
            kl_status status[3] = {KL_ERR_INTERNAL, KL_ERR_INTERNAL, KL_ERR_INTERNAL};
            for (int i = 0; i < 3; i++)
                verify_once(&status[i]);
            _exit(status[0] == KL_OK && status[1] == KL_OK && status[2] == KL_OK ? 0 : 1);
        }
        int ended;
        ck_assert_int_eq(waitpid(child, &ended, 0), child);
        ck_assert_msg(ended == 0, "the child ended with %d", ended);
    }
    atomic_store(&stop, true);
    for (int i = 0; i <= PASSWORD_CONCURRENCY; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

START_TEST(a_lack_of_memory_is_not_called_a_wrong_password)
{
    if (SANITIZED)
        return;
    char stored[PASSWORD_HASH_SIZE] = "before";
    bool matches = true, rehash = true;
    kl_error *error = NULL;
    ck_assert_int_ge(sodium_init(), 0);
    struct rlimit limit = {48ul << 20, 48ul << 20};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    kl_status verified = password_verify(as_now, phrase, strlen(phrase), &matches, &rehash, &error);
    kl_status hashed = password_hash(phrase, strlen(phrase), stored, NULL);
    kl_status dummy = password_verify_dummy(phrase, strlen(phrase), NULL);
    ck_assert_int_eq(verified, KL_ERR_MEMORY);
    ck_assert_int_eq(kl_error_status(error), KL_ERR_MEMORY);
    ck_assert(!matches);
    ck_assert(!rehash);
    ck_assert_int_eq(hashed, KL_ERR_MEMORY);
    ck_assert_str_eq(stored, "");
    ck_assert_int_eq(dummy, KL_ERR_MEMORY);
    kl_error_free(error);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("password");
    TCase *tests = tcase_create("password");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_password_matches_its_own_hash_only);
    tcase_add_test(tests, hashes_of_other_implementations_and_parameters_match_and_ask_for_a_new_one);
    tcase_add_test(tests, a_password_is_bytes_including_nul);
    tcase_add_test(tests, a_hostile_stored_hash_matches_nothing_and_costs_nothing);
    tcase_add_test(tests, the_dearest_accepted_hash_costs_a_few_of_our_own);
    tcase_add_test(tests, passwords_have_1_to_1024_bytes);
    tcase_add_test(tests, an_unknown_user_costs_and_answers_what_a_wrong_password_does);
    tcase_add_test(tests, at_most_two_computations_run_at_once);
    tcase_add_test(tests, a_child_process_is_not_held_up_by_its_parents_computations);
    tcase_add_test(tests, a_lack_of_memory_is_not_called_a_wrong_password);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
