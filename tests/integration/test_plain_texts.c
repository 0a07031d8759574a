/* contact.plain: whoever writes attributes, what is known of their texts is true, and enqueueing that relies on it leaves out
 * exactly whom Meta would refuse. */
#include <string.h>
#include <time.h>

#include "harness/suite.h"
#include "integration/import_case.h"

enum { NUMBERS = 60, STEPS = 240, VALUE_BYTES = 4200 };

static kl_uuid account;
static unsigned state;

static void open_account(void)
{
    fixture_open();
    vendor_id = fixture_vendor("A", 10000000);
    account = fixture_waba(&vendor_id, "106540352242922");
}

static unsigned seed_of_run(void)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    fflush(stdout);
    return seed;
}

static unsigned below(unsigned limit)
{
    state = state * 1103515245u + 12345u;
    return (state >> 16) % limit;
}

/* A text on both sides of what Meta takes. No quote and no backslash: it stands in CSV and JSON alike. */
static void make_text(char *out)
{
    static const char *const parts[] = {"Asha", " ", "    ", "\u0928", "\xc2\x85", "\x7f", "\t", "\n", "\r", "\x01", "\x1f", "x", "1"};
    size_t length = below(4) == 0 ? 1016 + below(12) : below(6);
    *out = '\0';
    for (size_t i = 0; i < length; i++)
        strcat(out, length > 1000 ? (below(4) ? "x" : parts[3]) : parts[below(3) ? 0 : below(sizeof parts / sizeof parts[0])]);
}

/* What JSON can hold beside texts. */
static const char *other_value(void)
{
    static const char *const values[] = {"7",     "null",           "true", "{\"a\":\"b\\nc\"}", "[\"     \"]", "\"\\u0009\"",
                                         "\"\\\\n\"", "{\"a\":{\"b\":\"c\"}}", "\"\"",  "1e300"};
    return values[below(sizeof values / sizeof values[0])];
}

static size_t make_json(char *out)
{
    char text[VALUE_BYTES];
    size_t length = (size_t)sprintf(out, "{\"%s\":", below(3) ? "a" : "b");
    if (below(3) == 0) {
        length += (size_t)sprintf(out + length, "%s", other_value());
    } else {
        make_text(text);
        out[length++] = '"';
        for (const char *byte = text; *byte; byte++)
            length += (size_t)sprintf(out + length, (unsigned char)*byte < ' ' ? "\\u%04x" : "%c", (unsigned char)*byte);
        out[length++] = '"';
    }
    out[length++] = '}';
    return length;
}

static void import_some(void)
{
    static char file[10 * (2 * VALUE_BYTES + 64)];
    char text[2][VALUE_BYTES];
    kl_error *error = NULL;
    kl_import_options options = india();
    size_t length = (size_t)sprintf(file, "mobile,a,b\n");
    for (int i = 0; i < 10; i++) {
        make_text(text[0]);
        make_text(text[1]);
        length += (size_t)sprintf(file + length, "+9198000000%02u,\"%s\",\"%s\"\n", below(NUMBERS), text[0], below(2) ? text[1] : "");
    }
    ck_ok(import_bytes(file, length, &options, NULL, &error));
}

static void patch_one(const char *mobile)
{
    char json[2 * VALUE_BYTES];
    kl_error *error = NULL;
    kl_contact *contact = NULL;
    if (kl_contact_find(fixture.handle, &vendor_id, mobile, NULL, &contact, &error) == KL_OK) {
        kl_uuid id = kl_contact_id(contact);
        size_t length = make_json(json);
        ck_ok(kl_contact_patch_attributes(fixture.handle, &vendor_id, &id, json, length, &error));
    }
    kl_contact_free(contact);
    kl_error_free(error);
}

static void write_contacts(void)
{
    char mobile[16], json[2 * VALUE_BYTES];
    kl_error *error = NULL;
    for (int step = 0; step < STEPS; step++) {
        snprintf(mobile, sizeof mobile, "+9198000000%02u", below(NUMBERS));
        switch (below(8)) {
        case 0:
            import_some();
            break;
        case 1:
            harness_exec(fixture.admin, "SELECT kloyst.contact_become(gone.vendor_id, gone.id, kept.id) FROM "
                                        "(SELECT vendor_id, id FROM kloyst.contact WHERE NOT plain ORDER BY updated_at LIMIT 1) gone, "
                                        "(SELECT id FROM kloyst.contact WHERE plain ORDER BY updated_at LIMIT 1) kept");
            break;
        case 2:
        case 3:
            patch_one(mobile);
            break;
        default: {
            size_t length = make_json(json);
            ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, mobile, NULL, json, length, NULL, &error));
        }
        }
    }
}

static kl_uuid make_campaign(const char *parameters)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "C";
    options.waba_account_id = &account;
    options.template_name = "offer_1";
    options.template_language = "en";
    options.parameters = parameters;
    options.parameters_length = strlen(parameters);
    options.price = 1;
    ck_ok(kl_campaign_create(fixture.handle, &vendor_id, &options, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    return id;
}

static int64_t number(const char *sql)
{
    char *text = harness_query_text(fixture.admin, sql);
    int64_t value = strtoll(text, NULL, 10);
    free(text);
    return value;
}

/* Character by character, with none of the schema's functions. */
#define TAKEN(text)                                                                                                               \
    "(coalesce(" text ", '') <> '' AND length(" text ") <= 1024 AND position('     ' IN " text ") = 0 AND NOT EXISTS "           \
    "(SELECT FROM regexp_split_to_table(" text ", '') AS one WHERE ascii(one) < 32 OR ascii(one) = 127))"

/* Preflight and enqueueing leave out those for whom `wanted`, a condition on contact c, is false. */
static void leaves_out(const char *parameters, const char *wanted)
{
    char sql[2000], id_text[KL_UUID_TEXT + 1];
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    int64_t recipients = 0;
    kl_uuid id = make_campaign(parameters);
    kl_uuid_format(&id, id_text);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM kloyst.contact c WHERE %s", wanted);
    int64_t expected = number(sql), all = number("SELECT count(*) FROM kloyst.contact");
    ck_ok(kl_campaign_preflight(fixture.handle, &vendor_id, &id, 0, &preflight, &error));
    ck_assert_int_eq(kl_preflight_contacts(preflight), all);
    ck_assert_int_eq(kl_preflight_invalid(preflight), all - expected);
    ck_assert_int_eq(kl_preflight_cost(preflight), expected);
    kl_preflight_free(preflight);
    if (!expected) {
        ck_fails(KL_ERR_EMPTY, kl_campaign_enqueue(fixture.handle, &vendor_id, &id, 1, &recipients, &error));
        return;
    }
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor_id, &id, 1, &recipients, &error));
    ck_assert_int_eq(recipients, expected);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM kloyst.contact c WHERE (%s) <> EXISTS (SELECT FROM kloyst.recipient r "
             "WHERE r.campaign_id = '%s' AND r.contact_id = c.id)", wanted, id_text);
    ck_assert_int_eq(number(sql), 0);
}

START_TEST(what_is_known_of_texts_is_true_whoever_wrote_them)
{
    state = seed_of_run();
    write_contacts();
    holds("0", "SELECT count(*) FROM kloyst.contact c, jsonb_each_text(attributes) t WHERE plain AND value <> '' AND NOT " TAKEN("value"));
    holds("t", "SELECT count(*) FILTER (WHERE plain AND attributes <> '{}') > 5 AND count(*) FILTER (WHERE NOT plain) > 5 FROM kloyst.contact");
    leaves_out("[{\"attribute\":\"a\"}]", TAKEN("attributes ->> 'a'"));
    leaves_out("[{\"attribute\":\"b\"},{\"attribute\":\"a\",\"fallback\":\"friend\"}]",
               TAKEN("attributes ->> 'b'") " AND (coalesce(attributes ->> 'a', '') = '' OR " TAKEN("attributes ->> 'a'") ")");
}
END_TEST

START_TEST(usual_contacts_are_known_to_be_plain)
{
    kl_error *error = NULL;
    kl_import_options options = india();
    ck_ok(import_text("mobile,name\n9800000000,Asha\n9800000001,\"two\nlines\"\n9800000002,\n", &options, NULL, &error));
    holds("919800000000 919800000002", "SELECT string_agg(mobile, ' ' ORDER BY mobile) FROM kloyst.contact WHERE plain");
    ck_ok(import_text("mobile,city\n9800000000,Pune\n9800000002,\"a\tb\"\n", &options, NULL, &error));
    holds("919800000000", "SELECT string_agg(mobile, ' ' ORDER BY mobile) FROM kloyst.contact WHERE plain");
    ck_ok(kl_contact_upsert(fixture.handle, &vendor_id, "+919800000001", NULL, "{\"name\":\"one\"}", 14, NULL, &error));
    holds("2", "SELECT count(*) FROM kloyst.contact WHERE plain");
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("plain texts");
    TCase *test_case = tcase_create("plain texts");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_account, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, what_is_known_of_texts_is_true_whoever_wrote_them);
    tcase_add_test(test_case, usual_contacts_are_known_to_be_plain);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
