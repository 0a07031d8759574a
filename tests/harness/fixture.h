/* A handle on a fresh, migrated database for each test, and short cuts that every integration test needs. */
#ifndef TESTS_HARNESS_FIXTURE_H
#define TESTS_HARNESS_FIXTURE_H

#include <check.h>
#include <kloyst/kloyst.h>

/* The fixed master key of tests, and the secret that signs the webhooks of Meta and of Razorpay. */
extern const uint8_t fixture_key[32];
#define FIXTURE_APP_SECRET "kloyst-test-app-secret"

/* Use as an unchecked fixture of every test case: starts the server and migrates a template database once. */
void fixture_server(void);

/* Use as a checked fixture: opens `fixture.handle` on a database of its own as role kloyst_app, and closes and drops it. */
void fixture_open(void);
void fixture_close(void);

typedef struct fixture_state {
    kl *handle;
    char *conninfo;  /* without user */
    char *admin;     /* as superuser kloyst_admin: for raw SQL with harness_exec() and harness_query_text() */
} fixture_state;
extern fixture_state fixture;

/* Another handle on the same database; the caller frees it. */
kl *fixture_handle(const kl_options *options);

/* A SHARED vendor of that name with `balance` in its wallet. */
kl_uuid fixture_vendor(const char *name, kl_money balance);
/* A WABA account of the vendor: waba_id "102290129340398", the given phone_number_id, token "test-token". */
kl_uuid fixture_waba(const kl_uuid *vendor_id, const char *phone_number_id);
/* `count` contacts 919800000000, 919800000001, … with attributes {"name":"Name N","city":"City N%7"}. */
void fixture_contacts(const kl_uuid *vendor_id, int count);

/* Fails the test with the error's message unless the call answered KL_OK. `error` must be a kl_error * variable, NULL before. */
#define ck_ok(call)                                                                                                    \
    do {                                                                                                               \
        kl_status ck_status_ = (call);                                                                                 \
        ck_assert_msg(ck_status_ == KL_OK, "%s: %s: %s", #call, kl_status_name(ck_status_), kl_error_message(error));  \
    } while (0)

/* Fails the test unless the call answered this status with a description, which is then released. */
#define ck_fails(expected, call)                                                                                       \
    do {                                                                                                               \
        kl_status ck_status_ = (call);                                                                                 \
        ck_assert_msg(ck_status_ == (expected), "%s: %s instead of %s: %s", #call, kl_status_name(ck_status_),         \
                      kl_status_name(expected), kl_error_message(error));                                              \
        ck_assert_msg(kl_error_status(error) == (expected), "%s: not described", #call);                               \
        ck_assert(kl_error_message(error)[0]);                                                                         \
        kl_error_free(error);                                                                                          \
        error = NULL;                                                                                                  \
    } while (0)

/* A test case with the fixtures and a time-out. */
TCase *fixture_case(const char *name);

#endif
