/* Calls that must be refused. */
#include "harness/refused.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto/hmac.h"
#include "harness/fingerprint.h"
#include "harness/fixture.h"

tenant_names t;
outputs out;
kl_batch *lease;
kl_event_page *feed;
static char *before;

const kl_uuid *const v = &t.id[VENDOR];
const char *refused_letters(size_t length)
{
    static char *texts[4];
    static int next;
    char *text = texts[next % 4] = realloc(texts[next % 4], length + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', length);
    text[length] = '\0';
    next++;
    return text;
}

/* Outputs are untouched or NULL, reports untouched or empty. */
static void ck_no_output(const char *call)
{
    uint32_t words[sizeof out / sizeof(uint32_t)], untouched;
    memcpy(words, &out, sizeof words);
    memset(&untouched, REFUSED_UNTOUCHED, sizeof untouched);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        ck_assert_msg(words[i] == untouched || words[i] == 0, "%s handed something out", call);
}

void refused_check(const char *call, kl_status expected, kl_status status, const kl_error *error, bool described)
{
    ck_assert_msg(status == expected, "%s: %s instead of %s: %s", call, kl_status_name(status),
                  kl_status_name(expected), kl_error_message(error));
    if (described) {
        const char *message = kl_error_message(error);
        ck_assert_msg(kl_error_status(error) == expected, "%s: described as %s", call,
                      kl_status_name(kl_error_status(error)));
        ck_assert_msg(*message, "%s: an empty message", call);
        for (const char *c = message; *c; c++)
            ck_assert_msg((unsigned char)*c >= 0x20 && *c != 0x7F, "%s: a control character in: %s", call, message);
    }
    ck_no_output(call);
}

static void fill(void)
{
    kl_error *error = NULL;
    tenant_populate(&t, 1);
    ck_ok(kl_batch_claim(fixture.handle, v, &t.id[CAMPAIGN], 3600000, &lease, &error));
    ck_ok(kl_batch_start(fixture.handle, lease, 1, &error));
    ck_ok(kl_event_read(fixture.handle, v, "reader", 10, 0, &feed, &error));
    before = fingerprint(fixture.admin, NULL);
}

static void ck_unchanged(void)
{
    fingerprint_unchanged(before, fixture.admin, NULL, "a refused call");
    free(before);
    kl_batch_free(lease);
    kl_event_page_free(feed);
}

kl_campaign_options refused_campaign_options(void)
{
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Diwali";
    options.waba_account_id = &t.id[WABA];
    options.template_name = "offer";
    options.template_language = "en";
    return options;
}

kl_message_options refused_message_options(void)
{
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    options.waba_account_id = &t.id[WABA];
    options.to = t.text[MOBILE];
    options.text = "Hello";
    options.idempotency_key = "refused";
    return options;
}

kl_status refused_campaign(kl *h, const kl_campaign_options *options, kl_error **error)
{
    return kl_campaign_create(h, v, options, &out.campaign, error);
}

static long read_text(void *context, char *buffer, size_t size)
{
    const char **left = context;
    size_t length = strlen(*left) < size ? strlen(*left) : size;
    memcpy(buffer, *left, length);
    *left += length;
    return (long)length;
}

kl_status refused_import(kl *h, const char *text, const kl_import_options *options, kl_error **error)
{
    return kl_contact_import(h, v, read_text, &text, options, &out.imported, error);
}

const char *refused_signature(const char *body, size_t length)
{
    static char text[80];
    uint8_t mac[32];
    ck_assert(hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), body, length, mac));
    memcpy(text, "sha256=", 8);
    for (int i = 0; i < 32; i++)
        snprintf(text + 7 + 2 * i, 3, "%02x", mac[i]);
    return text;
}

TCase *refused_case(const char *name)
{
    TCase *test_case = fixture_case(name);
    tcase_add_checked_fixture(test_case, fill, ck_unchanged);
    return test_case;
}
