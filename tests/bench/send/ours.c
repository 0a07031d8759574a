/* Sends campaigns through the public API.
 *
 *     ours migrate URL
 *     ours prepare URL NUMBERS RECIPIENTS   a vendor with a campaign of so many recipients on each of so many numbers
 *     ours send URL BASE_URL IN_FLIGHT SECONDS   sends for so long, or all; prints messages, seconds, its processor seconds, the
 *                                                peak of its memory in KiB
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <kloyst/kloyst.h>

static kl_error *error;

static void check(kl_status status, const char *what)
{
    if (!status)
        return;
    fprintf(stderr, "ours: %s: %s\n", what, kl_error_message(error));
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static kl *open_at(const char *url)
{
    static const uint8_t key[32] = {1};
    kl *handle = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = key;
    options.master_key_length = sizeof key;
    check(kl_open(url, &options, &handle, &error), "open");
    return handle;
}

typedef struct contacts {
    long count, at;
} contacts;

/* The phone book as CSV, made as it is read. */
static long read_contacts(void *context, char *to, size_t size)
{
    contacts *c = context;
    size_t length = 0;
    if (c->at < 0)
        length += (size_t)snprintf(to, size, "mobile,name\n");
    for (c->at += c->at < 0; c->at < c->count && size - length > 64; c->at++)
        length += (size_t)snprintf(to + length, size - length, "+91%010ld,Name %ld\n", 7000000000L + c->at, c->at);
    return (long)length;
}

static void prepare(kl *handle, int numbers, long recipients)
{
    kl_vendor *vendor = NULL;
    contacts book = {recipients, -1};
    kl_import_options import = KL_IMPORT_OPTIONS_INIT;
    import.country = "IN";
    check(kl_vendor_create(handle, "Benchmark", KL_PLAN_SHARED, NULL, 0, &vendor, &error), "vendor");
    kl_uuid id = kl_vendor_id(vendor);
    check(kl_wallet_credit(handle, &id, 9990000000, "benchmark", NULL, NULL, &error), "credit");
    check(kl_contact_import(handle, &id, read_contacts, &book, &import, NULL, &error), "contacts");
    for (int i = 0; i < numbers; i++) {
        char phone[24];
        kl_waba *waba = NULL;
        kl_campaign *campaign = NULL;
        snprintf(phone, sizeof phone, "1065403522429%02d", i);
        check(kl_waba_create(handle, &id, "102290129340398", phone, "token", 5, &waba, &error), "account");
        kl_uuid account = kl_waba_id(waba);
        check(kl_waba_set_rate(handle, &id, &account, 1000, &error), "rate");
        kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
        options.name = "Benchmark";
        options.waba_account_id = &account;
        options.template_name = "diwali_offer";
        options.template_language = "en_US";
        options.parameters = "[{\"attribute\":\"name\"}]";
        options.parameters_length = strlen(options.parameters);
        options.price = 1000;
        check(kl_campaign_create(handle, &id, &options, &campaign, &error), "campaign");
        kl_uuid made = kl_campaign_id(campaign);
        check(kl_campaign_enqueue(handle, &id, &made, 0, NULL, &error), "enqueue");
        kl_campaign_free(campaign);
        kl_waba_free(waba);
    }
    kl_vendor_free(vendor);
}

static double end_at;

static int enough(void *context, const kl_worker_report *so_far)
{
    (void)context, (void)so_far;
    return now() >= end_at;
}

static void send_all(kl *handle, const char *base_url, int in_flight, double limit)
{
    kl_worker *worker = NULL;
    kl_worker_report report;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    options.base_url = base_url;
    options.max_in_flight = in_flight;
    options.progress = enough;
    end_at = now() + limit;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double start = now();
    check(kl_worker_new(handle, &options, &worker, &error), "worker");
    check(kl_worker_run(worker, &report, &error), "run");
    double seconds = now() - start;
    getrusage(RUSAGE_SELF, &after);
    kl_worker_free(worker);
    double cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                 (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    printf("%lld\t%.3f\t%.3f\t%ld\n", (long long)report.accepted, seconds, cpu, after.ru_maxrss);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "migrate") == 0) {
        check(kl_migrate(arguments[2], &error), "migrate");
        return 0;
    }
    bool preparing = count == 5 && strcmp(arguments[1], "prepare") == 0;
    if (!preparing && (count != 6 || strcmp(arguments[1], "send") != 0)) {
        fprintf(stderr, "usage: ours migrate URL | prepare URL NUMBERS RECIPIENTS | send URL BASE_URL IN_FLIGHT SECONDS\n");
        return 2;
    }
    kl *handle = open_at(arguments[2]);
    if (preparing)
        prepare(handle, atoi(arguments[3]), atol(arguments[4]));
    else
        send_all(handle, arguments[3], atoi(arguments[4]), atof(arguments[5]));
    kl_free(handle);
    return 0;
}
