/* Memory that runs out anywhere in a call gives a typed failure: no crash, no lie, no money lost, and the handle works on. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hmac.h"
#include "harness/fixture.h"
#include "harness/outputs.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#if defined(__SANITIZE_ADDRESS__)
#define INTERPOSED 0 /* the sanitizer has an allocator of its own */
#else
#define INTERPOSED 1
#endif

/* ---- the allocator -------------------------------------------------------- */

/* Allocations of this thread until one fails; 0 lets all succeed. */
static __thread struct {
    bool counting, sticky;
    int left; /* before the one that fails */
    int failed;
} heap;

#if INTERPOSED
/* glibc's own names, which stay when the public ones are taken. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *pointer, size_t size);
void __libc_free(void *pointer);

static bool refuse(void)
{
    if (!heap.counting || (heap.failed && !heap.sticky))
        return false;
    if (!heap.failed && --heap.left > 0)
        return false;
    heap.failed++;
    return true;
}

void *malloc(size_t size)
{
    return refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *pointer, size_t size)
{
    return refuse() ? NULL : __libc_realloc(pointer, size);
}

void free(void *pointer)
{
    __libc_free(pointer);
}
#endif

/* ---- the calls ------------------------------------------------------------- */

static kl_uuid vendor, waba, campaign, draft;
static kl_batch *batch; /* with message 0 started */
static outputs out;
static int turn;
static char text[80]; /* differs every turn */

static const char rows_50[] = "mobile,name,city\n"
#define ROW(n) "+4917" #n "0000,Name " #n ",City\n"
#define TEN(n) ROW(n##0) ROW(n##1) ROW(n##2) ROW(n##3) ROW(n##4) ROW(n##5) ROW(n##6) ROW(n##7) ROW(n##8) ROW(n##9)
    TEN(110) TEN(111) TEN(112) TEN(113) TEN(114);

static long read_text(void *context, char *buffer, size_t size)
{
    const char **left = context;
    size_t length = strlen(*left) < size ? strlen(*left) : size;
    memcpy(buffer, *left, length);
    *left += length;
    return (long)length;
}

#define h fixture.handle
#define CALL(name, arguments)                                                                                          \
    static kl_status do_##name(kl_error **error)                                                                       \
    {                                                                                                                  \
        return kl_##name arguments;                                                                                    \
    }

CALL(vendor_create, (h, text, KL_PLAN_SHARED, "{\"a\":[1,2,{\"b\":null}]}", 22, &out.vendor, error))
CALL(vendor_get, (h, &vendor, &out.vendor, error))
CALL(vendor_list, (h, NULL, 20, &out.vendors, error))
CALL(waba_create, (h, &vendor, "1", text, "token", 5, &out.waba, error))
CALL(waba_token, (h, &vendor, &waba, &out.token, &out.token_length, error))
CALL(contact_upsert, (h, &vendor, "+4917112345678", NULL, "{\"name\":\"Me\"}", 13, &out.contact, error))
CALL(contact_list, (h, &vendor, NULL, 20, &out.contacts, error))
CALL(contact_import, (h, &vendor, read_text, &(const char *){rows_50}, NULL, &out.imported, error))
CALL(wallet_credit, (h, &vendor, 100, "memory", text, &out.transaction, error))
CALL(wallet_debit, (h, &vendor, 100, "memory", text, &out.transaction, error))
CALL(wallet_statement, (h, &vendor, 0, 20, &out.transactions, error))
CALL(wallet_verify, (h, &vendor, &out.ledger, error))
CALL(campaign_preflight, (h, &vendor, &draft, 10, &out.preflight, error))
CALL(campaign_stats_get, (h, &vendor, &campaign, &out.stats, error))
CALL(batch_claim, (h, &vendor, &campaign, 60000, &out.batch, error))
CALL(message_list, (h, &vendor, NULL, NULL, 20, &out.messages, error))
CALL(webhook_fold, (h, 10, &out.folded, error))

static kl_status do_campaign_create(kl_error **error)
{
    static const char parameters[] = "[{\"attribute\":\"name\",\"fallback\":\"friend\"},{\"mobile\":true}]";
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = text;
    options.waba_account_id = &waba;
    options.template_name = "offer";
    options.template_language = "en";
    options.parameters = parameters;
    options.parameters_length = strlen(parameters);
    options.price = 1;
    return kl_campaign_create(h, &vendor, &options, &out.campaign, error);
}

/* Of a new draft each turn, made by prepare_draft(). */
CALL(campaign_enqueue, (h, &vendor, &draft, 0, &out.number, error))
CALL(batch_start, (h, batch, 3, error))

static kl_status do_batch_complete(kl_error **error)
{
    kl_send_result results[2] = {{0, KL_SEND_ACCEPTED, text, 0, NULL, 0},
                                 {1, KL_SEND_FAILED, NULL, 131026, "not delivered", 0}};
    return kl_batch_complete(h, batch, results, 2, error);
}

static kl_status do_webhook_take(kl_error **error)
{
    static const char hex[] = "0123456789abcdef";
    char body[200], signature[72] = "sha256=";
    uint8_t mac[32];
    int length = snprintf(body, sizeof body,
                          "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"x\":\"%s\"}]}", text);
    if (!hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), body, (size_t)length, mac))
        return KL_ERR_INTERNAL;
    for (int i = 0; i < 64; i++)
        signature[7 + i] = hex[i % 2 ? mac[i / 2] & 15 : mac[i / 2] >> 4];
    return kl_webhook_take(h, signature, body, (size_t)length, error);
}

/* What each turn of a call needs that the turn before used up. */
static void prepare_draft(void)
{
    draft = sent_campaign(&vendor, &waba, 1);
}

static void prepare_claimable(void)
{
    kl_error *error = NULL;
    campaign = sent_campaign(&vendor, &waba, 1);
    ck_ok(kl_campaign_enqueue(h, &vendor, &campaign, 0, NULL, &error));
}

static void prepare_batch(void)
{
    kl_error *error = NULL;
    prepare_claimable();
    kl_batch_free(batch);
    batch = NULL;
    ck_ok(kl_batch_claim(h, &vendor, &campaign, 3600000, &batch, &error));
    ck_ok(kl_batch_start(h, batch, 2, &error));
}

static void prepare_body(void)
{
    kl_error *error = NULL;
    ck_ok(do_webhook_take(&error));
}

typedef struct call {
    const char *name;
    kl_status (*run)(kl_error **error);
    void (*prepare)(void);
    bool reads; /* it may not answer KL_ERR_UNKNOWN_OUTCOME */
} call;

static const call calls[] = {
    {"vendor_create", do_vendor_create, NULL, false},
    {"vendor_get", do_vendor_get, NULL, true},
    {"vendor_list", do_vendor_list, NULL, true},
    {"waba_create", do_waba_create, NULL, false},
    {"waba_token", do_waba_token, NULL, true},
    {"contact_upsert", do_contact_upsert, NULL, false},
    {"contact_list", do_contact_list, NULL, true},
    {"contact_import", do_contact_import, NULL, false},
    {"wallet_credit", do_wallet_credit, NULL, false},
    {"wallet_debit", do_wallet_debit, NULL, false},
    {"wallet_statement", do_wallet_statement, NULL, true},
    {"wallet_verify", do_wallet_verify, NULL, true},
    {"campaign_create", do_campaign_create, NULL, false},
    {"campaign_preflight", do_campaign_preflight, NULL, true},
    {"campaign_enqueue", do_campaign_enqueue, prepare_draft, false},
    {"campaign_stats_get", do_campaign_stats_get, NULL, true},
    {"batch_claim", do_batch_claim, prepare_claimable, false},
    {"batch_start", do_batch_start, prepare_batch, false},
    {"batch_complete", do_batch_complete, prepare_batch, false},
    {"message_list", do_message_list, NULL, true},
    {"webhook_take", do_webhook_take, NULL, false},
    {"webhook_fold", do_webhook_fold, prepare_body, false},
};
enum { CALLS = sizeof calls / sizeof calls[0], TURNS_MAX = 300 };

/* ---- the sweep -------------------------------------------------------------- */

static void fill(void)
{
    vendor = fixture_vendor("Memory", 100000000);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, 5);
    prepare_claimable();
    prepare_draft();
    sent_drain(&vendor, &campaign, 2);
    prepare_claimable();
}

static void ck_told_truly(const call *c, kl_status status, const kl_error *error, int n)
{
    static const kl_status honest[] = {KL_OK, KL_ERR_MEMORY, KL_ERR_CONNECT, KL_ERR_CONNECTION_LOST, KL_ERR_DATABASE};
    bool fine = status == KL_ERR_UNKNOWN_OUTCOME && !c->reads;
    for (size_t i = 0; i < sizeof honest / sizeof honest[0]; i++)
        fine |= status == honest[i];
    ck_assert_msg(fine, "kl_%s, allocation %d%s: %s: %s", c->name, n, heap.sticky ? " and all after it" : "",
                  kl_status_name(status), kl_error_message(error));
    ck_assert_int_eq(kl_error_status(error), status);
    ck_assert_msg(!status || *kl_error_message(error), "kl_%s, allocation %d: not described", c->name, n);
}

/* One call whose n-th allocation fails; true when it made fewer. */
static bool one(const call *c, int n, bool sticky)
{
    kl_error *error = NULL, *none = NULL;
    turn++;
    snprintf(text, sizeof text, "%d", turn);
    if (c->prepare)
        c->prepare();
    heap.sticky = sticky;
    heap.failed = 0;
    heap.left = n;
    heap.counting = true;
    kl_status status = c->run(&error);
    heap.counting = false;
    bool done = !heap.failed;
    ck_told_truly(c, status, error, n);
    ck_assert_msg(!done || !status, "kl_%s with memory enough: %s", c->name, kl_error_message(error));
    kl_error_free(error);
    error = NULL;
    ck_assert_msg(kl_ping(h, &none) == KL_OK, "after kl_%s, allocation %d: %s", c->name, n, kl_error_message(none));
    outputs_free(&out);
    return done;
}

START_TEST(a_call_without_memory_fails_cleanly_wherever_it_lacks)
{
    const call *c = &calls[_i];
    kl_error *error = NULL;
    if (!INTERPOSED)
        return;
    for (int sticky = 0; sticky < 2; sticky++) {
        int n = 1;
        while (n <= TURNS_MAX && !one(c, n, sticky))
            n += n < 100 ? 1 : 7;
        ck_assert_msg(n > 1, "kl_%s allocates nothing", c->name);
    }
    ck_ok(kl_wallet_verify(h, &vendor, NULL, &error));
    kl_batch_free(batch);
    batch = NULL;
}
END_TEST

/* A failure that is not KL_ERR_UNKNOWN_OUTCOME says that nothing happened. */
START_TEST(a_movement_told_as_failed_did_not_happen)
{
    kl_error *error = NULL;
    int64_t seq = 1;
    if (!INTERPOSED)
        return;
    for (int n = 1, sticky = 0; sticky < 2; n++) {
        kl_wallet *wallet = NULL;
        ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
        seq = kl_wallet_seq(wallet);
        kl_wallet_free(wallet);
        heap.sticky = sticky;
        heap.failed = 0;
        heap.left = n;
        heap.counting = true;
        kl_status status = kl_wallet_debit(h, &vendor, 1, "memory", NULL, &out.transaction, NULL);
        heap.counting = false;
        bool done = !heap.failed;
        outputs_free(&out);
        ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
        bool moved = kl_wallet_seq(wallet) != seq;
        kl_wallet_free(wallet);
        ck_assert_msg(status == KL_ERR_UNKNOWN_OUTCOME || moved == (status == KL_OK), "allocation %d: %s, but money %s",
                      n, kl_status_name(status), moved ? "moved" : "did not move");
        if (done) {
            sticky++;
            n = 0;
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *test_case = fixture_case("memory");
    tcase_add_checked_fixture(test_case, fill, NULL);
    tcase_add_loop_test(test_case, a_call_without_memory_fails_cleanly_wherever_it_lacks, 0, CALLS);
    tcase_add_test(test_case, a_movement_told_as_failed_did_not_happen);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
