/* The shortest whole way: a vendor with money, contacts from a file, and what a campaign to them would cost.
 *
 *     build/examples/quickstart [URL [contacts.csv [COUNTRY]]]
 *
 * URL is a PostgreSQL URL, or "embedded:DIR" for a private server in DIR; without one it is $KLOYST_URL, or a server of your own
 * in your data directory.
 */
#include <stdio.h>
#include <stdlib.h>

#include <kloyst/kloyst.h>

/* Every call answers a status, and describes a failure when it is given the place for it. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        kl_error *error = NULL;                                                                                        \
        kl_status status = (call);                                                                                     \
        if (status) {                                                                                                  \
            fprintf(stderr, "quickstart: %s (%s)\n", kl_error_message(error), kl_status_name(status));                 \
            exit(EXIT_FAILURE);                                                                                        \
        }                                                                                                              \
    } while (0)

static int print_reject(void *context, const kl_import_reject *reject)
{
    (void)context;
    printf("line %lld is left out: %s\n", (long long)reject->line, reject->reason);
    return 0;
}

static void import(kl *handle, const kl_uuid *vendor, const char *path, const char *country)
{
    kl_import_report report;
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    options.country = country;
    options.reject = print_reject;
    TRY(kl_contact_import_file(handle, vendor, path, &options, &report, &error));
    printf("%lld contacts, %lld of them new\n", (long long)report.imported, (long long)report.created);
}

static kl_uuid draft(kl *handle, const kl_uuid *vendor)
{
    static const char token[] = "EAAG-token-of-a-system-user";
    kl_waba *account = NULL;
    kl_campaign *campaign = NULL;
    TRY(kl_waba_create(handle, vendor, "102290129340398", "106540352242922", token, sizeof token - 1, &account, &error));
    kl_uuid account_id = kl_waba_id(account);
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Hello";
    options.waba_account_id = &account_id;
    options.template_name = "hello_world";
    options.template_language = "en_US";
    options.price = 8631; /* 0.8631 a message */
    TRY(kl_campaign_create(handle, vendor, &options, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    kl_waba_free(account);
    return id;
}

static void print_cost(kl *handle, const kl_uuid *vendor, const kl_uuid *campaign)
{
    kl_preflight *preflight = NULL;
    char cost[KL_MONEY_TEXT], available[KL_MONEY_TEXT];
    TRY(kl_campaign_preflight(handle, vendor, campaign, 10, &preflight, &error));
    kl_money_format(kl_preflight_cost(preflight), cost, sizeof cost);
    kl_money_format(kl_preflight_available(preflight), available, sizeof available);
    printf("the campaign to %lld contacts costs %s of %s\n", (long long)kl_preflight_contacts(preflight), cost, available);
    kl_preflight_free(preflight);
}

int main(int count, char **arguments)
{
    const char *url = count > 1 ? arguments[1] : NULL;
    const char *path = count > 2 ? arguments[2] : "examples/data/contacts.csv";
    const char *country = count > 3 ? arguments[3] : "IN";
    static const uint8_t key[32] = "a key of 32 bytes; keep yours!!";
    kl *handle = NULL;
    kl_vendor *vendor = NULL;
    kl_transaction *credit = NULL;

    kl_options options = KL_OPTIONS_INIT;
    options.master_key = key;
    options.master_key_length = sizeof key;
    options.migrate = 1;
    TRY(kl_open(url, &options, &handle, &error));
    TRY(kl_vendor_create(handle, "Acme", KL_PLAN_SHARED, NULL, 0, &vendor, &error));
    kl_uuid id = kl_vendor_id(vendor);

    /* 500.0000; the key makes it once, however often it is tried. */
    TRY(kl_wallet_credit(handle, &id, 5000000, "the first recharge", "recharge-1", &credit, &error));
    import(handle, &id, path, country);
    kl_uuid campaign = draft(handle, &id);
    print_cost(handle, &id, &campaign);

    kl_transaction_free(credit);
    kl_vendor_free(vendor);
    kl_close(handle);
    kl_free(handle);
    return EXIT_SUCCESS;
}
