/* A handle on a fresh, migrated database for each test. */
#include "harness/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "harness/server.h"

const uint8_t fixture_key[32] = {7, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5};

enum { PATIENCE_MS = 100000 };

fixture_state fixture;

static char *template_database; /* conninfo without user */

static char *as_admin(const char *conninfo)
{
    char *text = NULL;
    ck_assert(asprintf(&text, "%s user=kloyst_admin", conninfo) > 0);
    return text;
}

void fixture_server(void)
{
    kl_error *error = NULL;
    harness_server();
    template_database = harness_database(NULL);
    char *admin = as_admin(template_database);
    if (kl_migrate(admin, &error)) {
        fprintf(stderr, "migrate: %s\n", kl_error_message(error));
        exit(EXIT_FAILURE);
    }
    /* The tests log in as the application does. */
    harness_exec(admin, "DO $$ BEGIN IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'kloyst_app') "
                        "THEN ALTER ROLE kloyst_app LOGIN; END IF; END $$");
    free(admin);
}

static void fixture_server_end(void)
{
    harness_drop_database(template_database);
    template_database = NULL;
}

/* A test that is about a time-out says it; in all others a machine that stands still for a moment is no failure. */
static void be_patient(kl_options *options)
{
    const kl_options usual = KL_OPTIONS_INIT;
    if (options->connect_timeout_ms == usual.connect_timeout_ms)
        options->connect_timeout_ms = PATIENCE_MS;
    if (options->statement_timeout_ms == usual.statement_timeout_ms)
        options->statement_timeout_ms = PATIENCE_MS;
    if (options->wait_timeout_ms == usual.wait_timeout_ms)
        options->wait_timeout_ms = PATIENCE_MS;
}

kl *fixture_handle(const kl_options *options)
{
    kl_error *error = NULL;
    kl *handle = NULL;
    char *url = NULL;
    const char *pooler = getenv("KL_TEST_POOLER");
    kl_options own = KL_OPTIONS_INIT;
    own.master_key = fixture_key;
    own.master_key_length = sizeof fixture_key;
    own.app_secret = FIXTURE_APP_SECRET;
    own.razorpay_secret = FIXTURE_APP_SECRET;
    if (options)
        own = *options;
    be_patient(&own);
    own.unprepared |= pooler != NULL;
    /* What is said last counts. */
    ck_assert(asprintf(&url, "%s user=kloyst_app %s", fixture.conninfo, pooler ? pooler : "") > 0);
    ck_ok(kl_open(url, &own, &handle, &error));
    free(url);
    return handle;
}

void fixture_open(void)
{
    fixture.conninfo = harness_database(template_database);
    fixture.admin = as_admin(fixture.conninfo);
    fixture.handle = fixture_handle(NULL);
}

void fixture_close(void)
{
    kl_close(fixture.handle);
    kl_free(fixture.handle);
    free(fixture.admin);
    harness_drop_database(fixture.conninfo);
    memset(&fixture, 0, sizeof fixture);
}

TCase *fixture_case(const char *name)
{
    TCase *test_case = tcase_create(name);
    tcase_add_unchecked_fixture(test_case, fixture_server, fixture_server_end);
    tcase_add_checked_fixture(test_case, fixture_open, fixture_close);
    tcase_set_timeout(test_case, 60);
    return test_case;
}

kl_uuid fixture_vendor(const char *name, kl_money balance)
{
    kl_error *error = NULL;
    kl_vendor *vendor = NULL;
    ck_ok(kl_vendor_create(fixture.handle, name, KL_PLAN_SHARED, NULL, 0, &vendor, &error));
    kl_uuid id = kl_vendor_id(vendor);
    kl_vendor_free(vendor);
    if (balance)
        ck_ok(kl_wallet_credit(fixture.handle, &id, balance, "opening", NULL, NULL, &error));
    return id;
}

kl_uuid fixture_waba(const kl_uuid *vendor_id, const char *phone_number_id)
{
    kl_error *error = NULL;
    kl_waba *waba = NULL;
    ck_ok(kl_waba_create(fixture.handle, vendor_id, "102290129340398", phone_number_id, "test-token", 10, &waba, &error));
    kl_uuid id = kl_waba_id(waba);
    kl_waba_free(waba);
    return id;
}

/* What is left of the file that fixture_contacts() imports. */
static long read_rest(void *context, char *bytes, size_t size)
{
    buffer *rest = context;
    size_t part = rest->length < size ? rest->length : size;
    memcpy(bytes, rest->data, part);
    memmove(rest->data, rest->data + part, rest->length - part);
    rest->length -= part;
    return (long)part;
}

/* Imported: one by one, thousands take longer than the tests. */
void fixture_contacts(const kl_uuid *vendor_id, int count)
{
    kl_error *error = NULL;
    buffer file = BUFFER_INIT;
    buffer_text(&file, "mobile,name,city\n");
    for (int i = 0; i < count; i++)
        buffer_format(&file, "+9198%08d,Name %d,City %d\n", i, i, i % 7);
    ck_assert(!file.broken);
    ck_ok(kl_contact_import(fixture.handle, vendor_id, read_rest, &file, NULL, NULL, &error));
    buffer_free(&file);
}
