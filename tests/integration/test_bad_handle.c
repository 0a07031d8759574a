/* Every call refuses a handle that is NULL, closed or the parent process's. */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/fixture.h"
#include "harness/refused.h"
#include "harness/suite.h"
#include "harness/surface.h"

static kl_campaign_options campaign;
static kl_message_options message;
static const kl_wallet_operation operation = {KL_CREDIT_RECHARGE, 1, "r", NULL, NULL};

static long read_nothing(void *context, char *buffer, size_t size)
{
    (void)context;
    (void)buffer;
    (void)size;
    return 0;
}

static const char definition[] = "{\"name\":\"a\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\","
                                 "\"components\":[{\"type\":\"BODY\",\"text\":\"Hi\"}]}";

static const kl_send_result accepted = {0, KL_SEND_ACCEPTED, "wamid.X", 0, NULL, 0};

static int take_nothing(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return 0;
}

static char signed_headers[128]; /* of the body {} */
static kl_metrics metrics = KL_METRICS_INIT;

/* Every function with a handle, with arguments that it would take. */
#define HANDLE_CALLS(X)                                                                                                \
    X(kl_ping, (h, E))                                                                                                 \
    X(kl_vendor_create, (h, "A", KL_PLAN_SHARED, NULL, 0, &out.vendor, E))                                             \
    X(kl_vendor_get, (h, v, &out.vendor, E))                                                                           \
    X(kl_vendor_list, (h, NULL, 10, &out.vendors, E))                                                                  \
    X(kl_vendor_rename, (h, v, "B", E))                                                                                \
    X(kl_vendor_set_plan, (h, v, KL_PLAN_DEDICATED, E))                                                                \
    X(kl_vendor_patch_settings, (h, v, "{}", 2, E))                                                                    \
    X(kl_vendor_delete, (h, v, E))                                                                                     \
    X(kl_user_create, (h, v, "a@b.example", "password", 8, KL_ROLE_STAFF, &out.user, E))                               \
    X(kl_user_get, (h, v, &t.id[USER], &out.user, E))                                                                  \
    X(kl_user_list, (h, v, NULL, 10, &out.users, E))                                                                   \
    X(kl_user_set_role, (h, v, &t.id[USER], KL_ROLE_STAFF, E))                                                         \
    X(kl_user_set_password, (h, v, &t.id[USER], "password", 8, E))                                                     \
    X(kl_user_delete, (h, v, &t.id[USER], E))                                                                          \
    X(kl_user_authenticate, (h, t.text[EMAIL], "correct horse", 13, &out.user, E))                                     \
    X(kl_waba_create, (h, v, "1", "2", "token", 5, &out.waba, E))                                                      \
    X(kl_waba_get, (h, v, &t.id[WABA], &out.waba, E))                                                                  \
    X(kl_waba_list, (h, v, NULL, 10, &out.wabas, E))                                                                   \
    X(kl_waba_set_token, (h, v, &t.id[WABA], "token", 5, E))                                                           \
    X(kl_waba_set_rate, (h, v, &t.id[WABA], 1, E))                                                                     \
    X(kl_waba_set_portfolio, (h, v, &t.id[WABA], "1", 250, E))                                                         \
    X(kl_waba_token, (h, v, &t.id[WABA], &out.token, &out.token_length, E))                                            \
    X(kl_waba_delete, (h, v, &t.id[WABA], E))                                                                          \
    X(kl_contact_upsert, (h, v, "+4917100", NULL, NULL, 0, &out.contact, E))                                           \
    X(kl_template_upsert, (h, v, &t.id[WABA], definition, sizeof definition - 1, &out.template, E))                    \
    X(kl_template_get, (h, v, &t.id[TEMPLATE], &out.template, E))                                                      \
    X(kl_template_find, (h, v, &t.id[WABA], "a", "en", &out.template, E))                                              \
    X(kl_template_list, (h, v, NULL, 10, &out.templates, E))                                                           \
    X(kl_template_delete, (h, v, &t.id[TEMPLATE], E))                                                                  \
    X(kl_rate_set, (h, KL_CATEGORY_UTILITY, "IN", 1, 1, E))                                                            \
    X(kl_rate_set_vendor, (h, v, KL_CATEGORY_UTILITY, "IN", 1, 1, E))                                                  \
    X(kl_rate_list, (h, KL_CATEGORY_UTILITY, NULL, 10, &out.rates, E))                                                 \
    X(kl_rate_list_vendor, (h, v, KL_CATEGORY_UTILITY, NULL, 10, &out.rates, E))                                       \
    X(kl_rate_price, (h, v, KL_CATEGORY_UTILITY, "+919812345678", NULL, 0, &out.balance, E))                           \
    X(kl_message_state, (h, v, &t.id[SINGLE], &out.state, &out.opened, E))                                             \
    X(kl_message_send, (h, v, &message, &out.uuid, E))                                                                 \
    X(kl_window_get, (h, v, &t.id[WABA], "+919812345678", NULL, &out.opened, E))                                       \
    X(kl_contact_get, (h, v, &t.id[CONTACT], &out.contact, E))                                                         \
    X(kl_contact_find, (h, v, t.text[MOBILE], NULL, &out.contact, E))                                                  \
    X(kl_contact_find_user, (h, v, t.text[USER_ID], &out.contact, E))                                                  \
    X(kl_contact_block, (h, v, &t.id[CONTACT], E))                                                                     \
    X(kl_contact_unblock, (h, v, &t.id[CONTACT], E))                                                                   \
    X(kl_contact_opt_out, (h, v, &t.id[CONTACT], NULL, E))                                                             \
    X(kl_contact_opt_in, (h, v, &t.id[CONTACT], NULL, E))                                                              \
    X(kl_consent_list, (h, v, NULL, NULL, 10, &out.consents, E))                                                       \
    X(kl_event_read, (h, v, "reader", 10, 0, &out.events, E))                                                          \
    X(kl_event_ack, (h, v, feed, E))                                                                                   \
    X(kl_event_forget, (h, v, "reader", E))                                                                            \
    X(kl_event_remove_old, (h, 3600, &out.number, E))                                                                  \
    X(kl_contact_list, (h, v, NULL, 10, &out.contacts, E))                                                             \
    X(kl_contact_patch_attributes, (h, v, &t.id[CONTACT], "{}", 2, E))                                                 \
    X(kl_contact_delete, (h, v, &t.id[CONTACT], E))                                                                    \
    X(kl_contact_count, (h, v, &out.number, E))                                                                        \
    X(kl_contact_import, (h, v, read_nothing, NULL, NULL, &out.imported, E))                                           \
    X(kl_contact_import_file, (h, v, "tests/data/contacts/contacts-messy.csv", NULL, &out.imported, E))                \
    X(kl_wallet_get, (h, v, &out.wallet, E))                                                                           \
    X(kl_wallet_credit, (h, v, 1, "r", NULL, &out.transaction, E))                                                     \
    X(kl_wallet_debit, (h, v, 1, "r", NULL, &out.transaction, E))                                                      \
    X(kl_wallet_refund, (h, v, &t.id[DEBIT], 1, "r", NULL, &out.transaction, E))                                       \
    X(kl_wallet_post, (h, v, &operation, 1, &out.results, E))                                                          \
    X(kl_wallet_statement_between, (h, v, 0, 1, 0, 10, &out.transactions, E))                                          \
    X(kl_wallet_statement_of_campaign, (h, v, &t.id[CAMPAIGN], 0, 10, &out.transactions, E))                           \
    X(kl_wallet_balance_at, (h, v, 1, &out.balance, E))                                                                \
    X(kl_wallet_totals, (h, v, 0, 1, 0, &out.totals, E))                                                               \
    X(kl_message_money, (h, v, &t.id[MESSAGE], &out.transaction, &out.given_back, E))                                  \
    X(kl_campaign_reconcile, (h, v, &t.id[CAMPAIGN], &out.account, E))                                                 \
    X(kl_hold_create, (h, v, 1, "r", NULL, 0, &out.hold, E))                                                           \
    X(kl_hold_capture, (h, v, &t.id[HOLD], 1, "r", NULL, 0, &out.transaction, E))                                      \
    X(kl_hold_expire, (h, v, 10, &out.count, E))                                                                       \
    X(kl_hold_release, (h, v, &t.id[HOLD], &out.released, E))                                                          \
    X(kl_hold_get, (h, v, &t.id[HOLD], &out.hold, E))                                                                  \
    X(kl_wallet_resolve, (h, v, "key-1 credit", &out.transaction, E))                                                  \
    X(kl_wallet_statement, (h, v, 0, 10, &out.transactions, E))                                                        \
    X(kl_wallet_verify, (h, v, &out.ledger, E))                                                                        \
    X(kl_ledger_verify_from, (h, v, NULL, NULL, &out.ledger, E))                                                       \
    X(kl_ledger_export, (h, v, KL_LEDGER_CSV, take_nothing, NULL, NULL, E))                                            \
    X(kl_ledger_export_file, (h, v, KL_LEDGER_CSV, "/tmp/kl-bad-handle.csv", NULL, E))                                 \
    X(kl_contact_export, (h, v, KL_CONTACTS_CSV, take_nothing, NULL, NULL, E))                                         \
    X(kl_waba_reseal, (h, v, &out.number, E))                                                                          \
    X(kl_doctor_run, (h, &out.findings, E))                                                                            \
    X(kl_transaction_get, (h, v, &t.id[DEBIT], &out.transaction, E))                                                   \
    X(kl_campaign_create, (h, v, &campaign, &out.campaign, E))                                                         \
    X(kl_campaign_get, (h, v, &t.id[DRAFT], &out.campaign, E))                                                         \
    X(kl_campaign_list, (h, v, NULL, 10, &out.campaigns, E))                                                           \
    X(kl_campaign_rename, (h, v, &t.id[DRAFT], "B", E))                                                                \
    X(kl_campaign_delete, (h, v, &t.id[DRAFT], E))                                                                     \
    X(kl_campaign_preflight, (h, v, &t.id[DRAFT], 10, &out.preflight, E))                                              \
    X(kl_campaign_enqueue, (h, v, &t.id[DRAFT], 0, &out.number, E))                                                    \
    X(kl_campaign_schedule, (h, v, &t.id[DRAFT], 4102444800000000, 0, &out.number, E))                                 \
    X(kl_campaign_pause, (h, v, &t.id[CAMPAIGN], NULL, E))                                                             \
    X(kl_campaign_resume, (h, v, &t.id[CAMPAIGN], E))                                                                  \
    X(kl_campaign_cancel, (h, v, &t.id[CAMPAIGN], &out.number, E))                                                     \
    X(kl_campaign_retry_failed, (h, v, &t.id[SENT], NULL, 0, &out.number, E))                                          \
    X(kl_campaign_retry_class, (h, v, &t.id[SENT], KL_ERROR_RETRY, &out.number, E))                                    \
    X(kl_campaign_audience_count, (h, v, NULL, 0, &out.audience, E))                                                   \
    X(kl_campaign_stats_get, (h, v, &t.id[DRAFT], &out.stats, E))                                                      \
    X(kl_campaign_failures, (h, v, &t.id[SENT], &out.failures, E))                                                     \
    X(kl_batch_claim, (h, v, &t.id[CAMPAIGN], 60000, &out.batch, E))                                                   \
    X(kl_queue_claim, (h, v, &t.id[WABA], 10, 60000, &out.batch, E))                                                   \
    X(kl_batch_start, (h, lease, 2, E))                                                                                \
    X(kl_batch_renew, (h, lease, 60000, E))                                                                            \
    X(kl_batch_complete, (h, lease, &accepted, 1, E))                                                                  \
    X(kl_batch_release, (h, lease, E))                                                                                 \
    X(kl_breaker_list, (h, v, NULL, 10, &out.breakers, E))                                                             \
    X(kl_breaker_list_shared, (h, NULL, 10, &out.breakers, E))                                                         \
    X(kl_breaker_resume, (h, v, &t.id[BREAKER], E))                                                                    \
    X(kl_breaker_resume_shared, (h, &t.id[BREAKER], E))                                                                \
    X(kl_recipient_list, (h, v, &t.id[SENT], KL_RECIPIENT_SENT, NULL, 10, &out.recipients, E))                         \
    X(kl_campaign_progress_get, (h, v, &t.id[SENT], &out.progress, E))                                                 \
    X(kl_metrics_get, (h, &metrics, E))                                                                                \
    X(kl_metrics_prometheus, (h, &out.text, E))                                                                        \
    X(kl_message_get, (h, v, &t.id[MESSAGE], &out.message, E))                                                         \
    X(kl_message_find, (h, v, t.text[WAMID], &out.message, E))                                                         \
    X(kl_message_list, (h, v, NULL, NULL, 10, &out.messages, E))                                                       \
    X(kl_webhook_take, (h, refused_signature("{}", 2), "{}", 2, E))                                                    \
    X(kl_webhook_take_request, (h, signed_headers, strlen(signed_headers), "{}", 2, E))                                \
    X(kl_webhook_retain, (h, 30, 10, &out.number, E))                                                                  \
    X(kl_webhook_replay, (h, 0, 1, &out.number, E))                                                                    \
    X(kl_webhook_stats_get, (h, &out.inbox, E))                                                                        \
    X(kl_webhook_aside_list, (h, 0, 10, &out.asides, E))                                                               \
    X(kl_webhook_fold, (h, 10, &out.folded, E))                                                                        \
    X(kl_order_create, (h, v, "order_new", 100, "INR", &out.order, E))                                                 \
    X(kl_order_get, (h, v, t.text[ORDER], &out.order, E))                                                              \
    X(kl_razorpay_take, (h, refused_signature("{}", 2) + 7, "event", "{}", 2, E))                                      \
    X(kl_razorpay_fold, (h, 10, &out.recharged, E))                                                                    \
    X(kl_payment_kept_list, (h, 0, 10, &out.kept, E))                                                                  \
    X(kl_payment_retry, (h, "pay_1", E))                                                                               \
    X(kl_worker_new, (h, NULL, &out.worker, E))                                                                        \
    X(kl_housekeep, (h, 0, &out.number, E))

#define DEFINE(name, arguments)                                                                                        \
    static kl_status on_##name(kl *h, kl_error **E)                                                                    \
    {                                                                                                                  \
        return name arguments;                                                                                         \
    }
HANDLE_CALLS(DEFINE)

#define ROW(name, arguments) {#name, on_##name},
static const struct handle_call {
    const char *name;
    kl_status (*run)(kl *h, kl_error **E);
} handle_calls[] = {HANDLE_CALLS(ROW)};
enum { HANDLE_CALLS_COUNT = sizeof handle_calls / sizeof handle_calls[0] };

START_TEST(the_table_has_every_function_with_a_handle)
{
    size_t count;
    const surface_function *functions = surface_read(&count);
    for (size_t i = 0; i < count; i++) {
        bool needed = strncmp(functions[i].arguments, "kl *handle,", 11) == 0, found = false;
        for (int c = 0; c < HANDLE_CALLS_COUNT; c++)
            found |= strcmp(functions[i].name, handle_calls[c].name) == 0;
        ck_assert_msg(needed == found, "%s", functions[i].name);
    }
}
END_TEST

static void ck_every_call(kl *handle, kl_status expected)
{
    campaign = refused_campaign_options();
    message = refused_message_options();
    snprintf(signed_headers, sizeof signed_headers, "X-Hub-Signature-256: %s\r\n", refused_signature("{}", 2));
    for (int c = 0; c < HANDLE_CALLS_COUNT; c++) {
        for (int described = 1; described >= 0; described--) {
            kl_error *error = NULL;
            memset(&out, REFUSED_UNTOUCHED, sizeof out);
            kl_status status = handle_calls[c].run(handle, described ? &error : NULL);
            refused_check(handle_calls[c].name, expected, status, error, described);
            kl_error_free(error);
        }
    }
}

START_TEST(a_null_handle_is_refused_by_every_call)
{
    ck_every_call(NULL, KL_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_closed_handle_is_refused_by_every_call)
{
    kl *closed = fixture_handle(NULL);
    kl_close(closed);
    ck_every_call(closed, KL_ERR_CLOSED);
    kl_free(closed);
}
END_TEST

START_TEST(a_forked_child_is_refused_by_every_call_and_its_parent_goes_on)
{
    kl_error *error = NULL;
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        ck_every_call(fixture.handle, KL_ERR_FORKED);
        kl_close(fixture.handle);
        kl_free(fixture.handle);
        _exit(0);
    }
    int how = -1;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "the child ended with %x", (unsigned)how);
    for (int i = 0; i < 20; i++)
        ck_ok(kl_ping(fixture.handle, &error));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("bad handle");
    TCase *headers = tcase_create("headers"), *test_case = refused_case("handle");
    tcase_add_test(headers, the_table_has_every_function_with_a_handle);
    tcase_add_test(test_case, a_null_handle_is_refused_by_every_call);
    tcase_add_test(test_case, a_closed_handle_is_refused_by_every_call);
    tcase_add_test(test_case, a_forked_child_is_refused_by_every_call_and_its_parent_goes_on);
    suite_add_tcase(suite, headers);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
