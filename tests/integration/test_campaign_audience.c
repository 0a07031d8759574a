/* Audiences: filters against a reference in C on random contacts, lists, who is left out, hostile texts, and strict errors. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle

enum { CONTACTS = 80, FILTERS = 250, ATTRIBUTES = 3 };

static kl_uuid vendor, waba;
static unsigned seed;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 10000000);
    waba = fixture_waba(&vendor, "106540352242922");
}

static int below(int n)
{
    return rand_r(&seed) % n;
}

static kl_audience_count count_of(const char *audience)
{
    kl_error *error = NULL;
    kl_audience_count count = {0};
    kl_status status = kl_campaign_audience_count(h, &vendor, audience, audience ? strlen(audience) : 0, &count, &error);
    ck_assert_msg(!status, "%s: %s", audience, kl_error_message(error));
    return count;
}

/* ---- values and their reference ----------------------------------------------- */

typedef enum value_type { NUMBER, TEXT, BOOLEAN, NOTHING, NULL_VALUE, LIST } value_type;

typedef struct scalar {
    const char *json;
    value_type type;
    double number;     /* of a NUMBER, and of a TEXT that is a plain decimal */
    bool decimal;
    bool moment;       /* a TEXT that is a date */
    long long seconds; /* of it */
} scalar;

static const scalar scalars[] = {
    {"0", NUMBER, 0, true, false, 0},
    {"-2", NUMBER, -2, true, false, 0},
    {"1.5", NUMBER, 1.5, true, false, 0},
    {"100", NUMBER, 100, true, false, 0},
    {"1e2", NUMBER, 100, true, false, 0},
    {"\"100\"", TEXT, 100, true, false, 0},
    {"\"1.50\"", TEXT, 1.5, true, false, 0},
    {"\"-2\"", TEXT, -2, true, false, 0},
    {"\"1e2\"", TEXT, 0, false, false, 0},
    {"\" 100\"", TEXT, 0, false, false, 0},
    {"\"\"", TEXT, 0, false, false, 0},
    {"\"Pune\"", TEXT, 0, false, false, 0},
    {"\"pune\"", TEXT, 0, false, false, 0},
    {"\"\\u092a\\u0941\\u0923\\u0947\"", TEXT, 0, false, false, 0},
    {"true", BOOLEAN, 0, false, false, 0},
    {"false", BOOLEAN, 0, false, false, 0},
    {"\"2026-03-01\"", TEXT, 0, false, true, 1772323200},
    {"\"2026-03-01T00:00:00Z\"", TEXT, 0, false, true, 1772323200},
    {"\"2026-03-01T05:30:00+05:30\"", TEXT, 0, false, true, 1772323200},
    {"\"2026-02-28 23:59\"", TEXT, 0, false, true, 1772323140},
    {"\"2024-02-29T12:00:00.5-0800\"", TEXT, 0, false, true, 1709236800},
    {"\"2026-02-29\"", TEXT, 0, false, false, 0},
    {"\"2026-3-1\"", TEXT, 0, false, false, 0},
};
enum { SCALARS = sizeof scalars / sizeof scalars[0] };

typedef struct attribute {
    value_type type; /* NOTHING, NULL_VALUE, LIST, or else one scalar */
    int items[3];
    int count;
} attribute;

static attribute contacts[CONTACTS][ATTRIBUTES];

static bool same(const scalar *a, const scalar *b)
{
    if (a->type != b->type)
        return false;
    return a->type == NUMBER ? a->number == b->number : strcmp(a->json, b->json) == 0;
}

static bool compare(const char *op, double order)
{
    if (strcmp(op, "lt") == 0)
        return order < 0;
    if (strcmp(op, "lte") == 0)
        return order <= 0;
    return strcmp(op, "gt") == 0 ? order > 0 : order >= 0;
}

/* ---- filters ------------------------------------------------------------------ */

typedef struct filter {
    enum { AND, OR, NOT, CONDITION } kind;
    int children, child[3];
    int attribute;
    const char *op;
    int values[3], count;
} filter;

static filter filters[200];
static int filters_made;

static int make_filter(int depth)
{
    static const char *const ops[] = {"equals", "not_equals", "in", "contains", "exists", "lt", "lte", "gt", "gte"};
    int me = filters_made++;
    filter f = {.kind = depth == 3 ? CONDITION : (int[]){AND, OR, NOT, CONDITION, CONDITION}[below(5)]};
    if (f.kind != CONDITION) {
        f.children = f.kind == NOT ? 1 : 1 + below(3);
        for (int i = 0; i < f.children; i++)
            f.child[i] = make_filter(depth + 1);
    } else {
        f.attribute = below(ATTRIBUTES);
        f.op = ops[below(9)];
        bool range = f.op[0] == 'l' || f.op[0] == 'g';
        f.count = strcmp(f.op, "in") == 0 ? 1 + below(3) : 1;
        for (int i = 0; i < f.count; i++)
            do
                f.values[i] = below(SCALARS);
            while (range && scalars[f.values[i]].type != NUMBER && !scalars[f.values[i]].moment);
    }
    filters[me] = f;
    return me;
}

static void print_filter(int me, char *out, size_t room)
{
    const filter *f = &filters[me];
    size_t at = strlen(out);
    if (f->kind == NOT) {
        snprintf(out + at, room - at, "{\"not\":");
        print_filter(f->child[0], out, room);
    } else if (f->kind != CONDITION) {
        snprintf(out + at, room - at, "{\"%s\":[", f->kind == AND ? "and" : "or");
        for (int i = 0; i < f->children; i++) {
            at = strlen(out);
            snprintf(out + at, room - at, "%s", i ? "," : "");
            print_filter(f->child[i], out, room);
        }
        at = strlen(out);
        snprintf(out + at, room - at, "]");
    } else {
        const char *value = scalars[f->values[0]].json;
        snprintf(out + at, room - at, "{\"attribute\":\"a%d\",\"%s\":%s", f->attribute, f->op,
                 strcmp(f->op, "exists") == 0 ? (f->values[0] % 2 ? "true" : "false") : strcmp(f->op, "in") == 0 ? "[" : value);
        for (int i = 0; strcmp(f->op, "in") == 0 && i < f->count; i++) {
            at = strlen(out);
            snprintf(out + at, room - at, "%s%s%s", i ? "," : "", scalars[f->values[i]].json, i + 1 == f->count ? "]" : "");
        }
    }
    at = strlen(out);
    snprintf(out + at, room - at, "}");
}

static bool holds(const filter *f, const attribute *a)
{
    const scalar *value = &scalars[f->values[0]], *own = &scalars[a->items[0]];
    bool single = a->type != NOTHING && a->type != NULL_VALUE && a->type != LIST;
    if (strcmp(f->op, "exists") == 0)
        return (a->type != NOTHING && a->type != NULL_VALUE) == (f->values[0] % 2 == 1);
    if (strcmp(f->op, "equals") == 0)
        return single && same(own, value);
    if (strcmp(f->op, "not_equals") == 0)
        return !(single && same(own, value));
    if (strcmp(f->op, "in") == 0) {
        for (int i = 0; i < f->count; i++)
            if (single && same(own, &scalars[f->values[i]]))
                return true;
        return false;
    }
    if (strcmp(f->op, "contains") == 0) {
        for (int i = 0; a->type == LIST && i < a->count; i++)
            if (same(&scalars[a->items[i]], value))
                return true;
        return false;
    }
    if (value->type == NUMBER)
        return single && own->decimal && compare(f->op, own->number - value->number);
    double half = strstr(own->json, ".5-") ? 0.5 : 0, other = strstr(value->json, ".5-") ? 0.5 : 0;
    return single && own->moment && compare(f->op, (double)(own->seconds - value->seconds) + half - other);
}

static bool matches(int me, const attribute *contact)
{
    const filter *f = &filters[me];
    if (f->kind == CONDITION)
        return holds(f, &contact[f->attribute]);
    if (f->kind == NOT)
        return !matches(f->child[0], contact);
    for (int i = 0; i < f->children; i++)
        if (matches(f->child[i], contact) == (f->kind == OR))
            return f->kind == OR;
    return f->kind == AND;
}

static void make_contacts(void)
{
    kl_error *error = NULL;
    for (int n = 0; n < CONTACTS; n++) {
        char json[1000] = "{", mobile[20];
        for (int i = 0; i < ATTRIBUTES; i++) {
            attribute *a = &contacts[n][i];
            int kind = below(10);
            *a = (attribute){.type = kind == 0 ? NOTHING : kind == 1 ? NULL_VALUE : kind == 2 ? LIST : TEXT};
            if (a->type == NOTHING)
                continue;
            a->count = a->type == LIST ? below(4) : 1;
            for (int k = 0; k < a->count; k++)
                a->items[k] = below(SCALARS);
            if (a->type == TEXT)
                a->type = scalars[a->items[0]].type;
            size_t at = strlen(json);
            at += (size_t)snprintf(json + at, sizeof json - at, "%s\"a%d\":%s", at > 1 ? "," : "", i,
                                   a->type == NULL_VALUE ? "null" : a->type == LIST ? "[" : scalars[a->items[0]].json);
            for (int k = 0; a->type == LIST && k < a->count; k++)
                at += (size_t)snprintf(json + at, sizeof json - at, "%s%s", k ? "," : "", scalars[a->items[k]].json);
            if (a->type == LIST)
                snprintf(json + at, sizeof json - at, "]");
        }
        strcat(json, "}");
        snprintf(mobile, sizeof mobile, "+9198%08d", n);
        ck_ok(kl_contact_upsert(h, &vendor, mobile, NULL, json, strlen(json), NULL, &error));
    }
}

START_TEST(filters_choose_exactly_the_contacts_that_a_reference_chooses)
{
    seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    make_contacts();
    int somebody = 0;
    for (int n = 0; n < FILTERS; n++) {
        char audience[20000] = "{\"filter\":";
        filters_made = 0;
        int root = make_filter(0), expected = 0;
        print_filter(root, audience, sizeof audience);
        strcat(audience, "}");
        for (int i = 0; i < CONTACTS; i++)
            expected += matches(root, contacts[i]);
        int found = (int)count_of(audience).contacts;
        ck_assert_msg(found == expected, "%s: %d instead of %d", audience, found, expected);
        somebody += expected > 0 && expected < CONTACTS;
    }
    ck_assert_int_gt(somebody, FILTERS / 4); /* most filters say something */
}
END_TEST

START_TEST(hostile_names_and_values_are_only_names_and_values)
{
    static const char *const texts[] = {"a\\\" || true || $.\\\"b", "') OR true --",  "$v0",       "\\\\",  "\\\\\\\"", "*", "$.*", "%s%n",
                                        "a.b[*]",                  "\\u0001\\n\\t", "'; DROP--", "@ == 1", "\\u00e9\\ud83d\\ude00", ".type()", "v0"};
    kl_error *error = NULL;
    char json[400], audience[600], mobile[20];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        snprintf(json, sizeof json, "{\"%s\":\"%s\"}", texts[i], texts[i]);
        snprintf(mobile, sizeof mobile, "+9198%08d", (int)i);
        ck_ok(kl_contact_upsert(h, &vendor, mobile, NULL, json, strlen(json), NULL, &error));
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        static const char *const forms[] = {"{\"filter\":{\"attribute\":\"%s\",\"equals\":\"%s\"}}", "{\"filter\":{\"attribute\":\"%s\",\"in\":[\"%s\"]}}",
                                            "{\"filter\":{\"not\":{\"attribute\":\"%s\",\"not_equals\":\"%s\"}}}"};
        for (size_t k = 0; k < sizeof forms / sizeof forms[0]; k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(audience, sizeof audience, forms[k], texts[i], texts[i]);
#pragma GCC diagnostic pop
            ck_assert_msg(count_of(audience).contacts == 1, "%s", audience);
        }
        snprintf(audience, sizeof audience, "{\"filter\":{\"attribute\":\"%s\",\"gte\":\"1970-01-01\"}}", texts[i]);
        ck_assert_int_eq(count_of(audience).contacts, 0);
    }
    ck_assert_int_eq(count_of(NULL).contacts, (int)(sizeof texts / sizeof texts[0]));
}
END_TEST

START_TEST(what_makes_no_sense_is_refused_with_its_place)
{
    static const struct {
        const char *json;
        kl_status status;
        const char *place;
    } wrong[] = {
        {"[]", KL_ERR_FORMAT, "audience"},
        {"{}", KL_ERR_FORMAT, "audience"},
        {"{\"filter\":{},\"contacts\":[]}", KL_ERR_FORMAT, "audience"},
        {"{\"contacts\":1}", KL_ERR_FORMAT, "audience.contacts"},
        {"{\"contacts\":[\"x\"]}", KL_ERR_FORMAT, "audience.contacts[0]"},
        {"{\"filter\":[]}", KL_ERR_FORMAT, "audience.filter"},
        {"{\"filter\":{\"undeliverable\":1}}", KL_ERR_FORMAT, "audience.filter.undeliverable"},
        {"{\"filter\":{\"undeliverable\":true,\"and\":[]}}", KL_ERR_FORMAT, "audience.filter"},
        {"{\"filter\":{\"and\":[]}}", KL_ERR_FORMAT, "audience.filter.and"},
        {"{\"filter\":{\"and\":[{\"attribute\":\"a\",\"equals\":1},{\"or\":[{\"attribute\":\"a\"}]}]}}", KL_ERR_FORMAT, "audience.filter.and[1].or[0]"},
        {"{\"filter\":{\"not\":{\"attribute\":\"a\",\"is\":1}}}", KL_ERR_FORMAT, "audience.filter.not"},
        {"{\"filter\":{\"attribute\":\"\",\"equals\":1}}", KL_ERR_FORMAT, "audience.filter.attribute"},
        {"{\"filter\":{\"attribute\":1,\"equals\":1}}", KL_ERR_FORMAT, "audience.filter.attribute"},
        {"{\"filter\":{\"attribute\":\"a\",\"equals\":null}}", KL_ERR_FORMAT, "audience.filter.equals"},
        {"{\"filter\":{\"attribute\":\"a\",\"equals\":[1]}}", KL_ERR_FORMAT, "audience.filter.equals"},
        {"{\"filter\":{\"attribute\":\"a\",\"in\":[]}}", KL_ERR_FORMAT, "audience.filter.in"},
        {"{\"filter\":{\"attribute\":\"a\",\"in\":[1,{}]}}", KL_ERR_FORMAT, "audience.filter.in[1]"},
        {"{\"filter\":{\"attribute\":\"a\",\"exists\":1}}", KL_ERR_FORMAT, "audience.filter.exists"},
        {"{\"filter\":{\"attribute\":\"a\",\"lt\":true}}", KL_ERR_FORMAT, "audience.filter.lt"},
        {"{\"filter\":{\"attribute\":\"a\",\"gte\":\"tomorrow\"}}", KL_ERR_FORMAT, "audience.filter.gte"},
        {"{\"filter\":{\"attribute\":\"a\",\"gte\":\"2026-02-29\"}}", KL_ERR_FORMAT, "audience.filter.gte"},
        {"{\"filter\":{\"and\":[{\"attribute\":\"a\",\"equals\":1}],\"or\":[]}}", KL_ERR_FORMAT, "audience.filter"},
        {"{\"filter\":{\"attribute\":\"a\",\"equals\":\"\\u0000\"}}", KL_ERR_ENCODING, ""},
        {"{\"filter\":{\"attribute\":\"a\",\"attribute\":\"b\"}}", KL_ERR_JSON, ""},
        {"{\"filter\":", KL_ERR_JSON, ""},
    };
    kl_error *error = NULL;
    kl_audience_count count;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        kl_status status = kl_campaign_audience_count(h, &vendor, wrong[i].json, strlen(wrong[i].json), &count, &error);
        ck_assert_msg(status == wrong[i].status, "%s: %s %s", wrong[i].json, kl_status_name(status), kl_error_message(error));
        ck_assert_msg(strncmp(kl_error_message(error), wrong[i].place, strlen(wrong[i].place)) == 0, "%s: %s", wrong[i].json, kl_error_message(error));
        kl_error_free(error);
        error = NULL;
    }
    char deep[1000] = "{\"filter\":", many[20000] = "{\"filter\":{\"or\":[";
    for (int i = 0; i < 17; i++)
        strcat(deep, "{\"not\":");
    strcat(deep, "{\"attribute\":\"a\",\"equals\":1}");
    for (int i = 0; i < 18; i++)
        strcat(deep, "}");
    for (int i = 0; i < 257; i++)
        strcat(many, i ? ",{\"attribute\":\"a\",\"equals\":1}" : "{\"attribute\":\"a\",\"equals\":1}");
    strcat(many, "]}}");
    ck_fails(KL_ERR_TOO_LONG, kl_campaign_audience_count(h, &vendor, deep, strlen(deep), &count, &error));
    ck_fails(KL_ERR_TOO_LONG, kl_campaign_audience_count(h, &vendor, many, strlen(many), &count, &error));
}
END_TEST

static kl_uuid create(const char *audience)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "C";
    options.waba_account_id = &waba;
    options.template_name = "offer_1";
    options.template_language = "en";
    options.price = 100;
    options.audience = audience;
    options.audience_length = audience ? strlen(audience) : 0;
    ck_ok(kl_campaign_create(h, &vendor, &options, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    return id;
}

START_TEST(a_list_sends_to_those_listed_once_each_and_to_nobody_elses)
{
    kl_error *error = NULL;
    int64_t recipients = 0;
    kl_uuid other = fixture_vendor("Other", 0);
    fixture_contacts(&vendor, 5);
    fixture_contacts(&other, 1);
    /* Two of its own, one of them twice, and the other vendor's. */
    char *audience = harness_query_text(fixture.admin,
                                        "SELECT json_build_object('contacts', json_agg(c.id)) FROM kloyst.contact c "
                                        "JOIN kloyst.vendor v ON v.id = c.vendor_id, generate_series(1, 2) AS n "
                                        "WHERE (v.name = 'Acme' AND (c.mobile = '919800000003' OR (c.mobile = '919800000001' AND n = 1))) "
                                        "OR v.name = 'Other'");
    ck_assert_int_eq(count_of(audience).contacts, 2);
    kl_uuid id = create(audience);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 2);
    char *mobiles = harness_query_text(fixture.admin, "SELECT string_agg(mobile, ' ' ORDER BY mobile) FROM kloyst.recipient");
    ck_assert_str_eq(mobiles, "919800000001 919800000003");
    free(mobiles);
    free(audience);
    kl_uuid nobody = create("{\"contacts\":[]}");
    ck_fails(KL_ERR_EMPTY, kl_campaign_enqueue(h, &vendor, &nobody, 0, &recipients, &error));
}
END_TEST

START_TEST(who_wants_nothing_or_no_marketing_is_left_out_and_counted)
{
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    int64_t recipients = 0;
    fixture_contacts(&vendor, 10);
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET blocked_at = now(), opted_out_at = now() WHERE mobile = '919800000001';"
                                "UPDATE kloyst.contact SET blocked_at = now() WHERE mobile = '919800000002';"
                                "UPDATE kloyst.contact SET opted_out_at = now() WHERE mobile IN ('919800000003', '919800000004', '919800000005');"
                                "UPDATE kloyst.contact SET mobile = NULL, bsuid = 'IN.1a2b' WHERE mobile = '919800000006'");
    kl_uuid id = create(NULL);
    ck_ok(kl_campaign_preflight(h, &vendor, &id, 10, &preflight, &error));
    ck_assert_int_eq(kl_preflight_contacts(preflight), 10);
    ck_assert_int_eq(kl_preflight_blocked(preflight), 2);
    ck_assert_int_eq(kl_preflight_opted_out(preflight), 3);
    ck_assert_int_eq(kl_preflight_invalid(preflight), 0);
    ck_assert_int_eq(kl_preflight_cost(preflight), 500);
    kl_preflight_free(preflight);
    kl_audience_count count = count_of("{\"filter\":{\"attribute\":\"name\",\"exists\":true}}");
    ck_assert_int_eq(count.contacts, 10);
    ck_assert_int_eq(count.blocked, 2);
    ck_assert_int_eq(count.opted_out, 3);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 5);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.blocked, 2);
    ck_assert_int_eq(stats.opted_out, 3);
    ck_assert_int_eq(stats.left_out, 0);
    char *by_user_id = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.recipient WHERE mobile = 'IN.1a2b'");
    ck_assert_str_eq(by_user_id, "1");
    free(by_user_id);
    kl_uuid utility = create(NULL);
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET category = 'UTILITY' WHERE status = 'DRAFT'");
    ck_ok(kl_campaign_enqueue(h, &vendor, &utility, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 8);
}
END_TEST

START_TEST(enqueueing_takes_the_audience_that_the_preflight_counted)
{
    kl_error *error = NULL;
    kl_preflight *preflight = NULL;
    int64_t recipients = 0;
    fixture_contacts(&vendor, 700);
    kl_uuid id = create("{\"filter\":{\"or\":[{\"attribute\":\"city\",\"in\":[\"City 1\",\"City 2\"]},{\"attribute\":\"name\",\"equals\":\"Name 0\"}]}}");
    ck_ok(kl_campaign_preflight(h, &vendor, &id, 0, &preflight, &error));
    ck_assert_int_eq(kl_preflight_contacts(preflight), 201);
    kl_preflight_free(preflight);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 201);
    ck_assert_int_eq(sent_drain(&vendor, &id, 0), 1);
    ck_assert_int_eq(sent_stats(&vendor, &id).sent, 201);
}
END_TEST

START_TEST(moments_are_read_alike_here_and_on_the_server)
{
    static const char *const alphabet = "0123456789012345--::TTZ+-. ";
    seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    char sql[30000] = "SELECT string_agg(coalesce(kloyst.instant_of(t)::text, '-'), ' ' ORDER BY n) FROM unnest(ARRAY[";
    char expected[20000] = "";
    int sound = 0;
    for (int n = 0; n < 300; n++) {
        char text[40];
        int64_t value;
        snprintf(text, sizeof text, "%04d-%02d-%02d%s%02d:%02d:%02d.%03d%s", below(10000), below(14), below(33), below(2) ? "T" : " ", below(25), below(61),
                 below(61), below(1000), (const char *const[]){"", "Z", "+05:30", "-0800", "+14", "+16"}[below(6)]);
        int cut = (int[]){10, 16, 19, 39}[below(4)];
        text[cut] = '\0';
        if (below(3) == 0)
            text[below((int)strlen(text))] = alphabet[below((int)strlen(alphabet))];
        bool is = instant_parse(text, strlen(text), &value);
        sound += is;
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), is ? "%s%lld" : "%s-", n ? " " : "", (long long)(is ? value : 0));
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), "%s'%s'", n ? "," : "", text);
    }
    strcat(sql, "]) WITH ORDINALITY AS x (t, n)");
    char *found = harness_query_text(fixture.admin, sql);
    ck_assert_str_eq(found, expected);
    ck_assert_int_gt(sound, 50);
    free(found);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("campaign audience");
    TCase *test_case = tcase_create("campaign audience");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, filters_choose_exactly_the_contacts_that_a_reference_chooses);
    tcase_add_test(test_case, hostile_names_and_values_are_only_names_and_values);
    tcase_add_test(test_case, what_makes_no_sense_is_refused_with_its_place);
    tcase_add_test(test_case, a_list_sends_to_those_listed_once_each_and_to_nobody_elses);
    tcase_add_test(test_case, who_wants_nothing_or_no_marketing_is_left_out_and_counted);
    tcase_add_test(test_case, enqueueing_takes_the_audience_that_the_preflight_counted);
    tcase_add_test(test_case, moments_are_read_alike_here_and_on_the_server);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
