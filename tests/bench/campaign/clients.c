/* A campaign through the library, without HTTP. Prints messages, seconds, its own processor seconds.
 *
 *     clients migrate URL
 *     clients make URL                             a vendor with money and an account: prints their ids
 *     clients enqueue URL VENDOR ACCOUNT           a campaign to all contacts; prints its id, too
 *     clients drain URL VENDOR CAMPAIGN THREADS    claims, pays and completes all of it
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <kloyst/kloyst.h>

enum { BATCH = 500, THREADS_MAX = 64, LEASE_MS = 60000 };

static const char *url;
static kl_uuid vendor, subject;
static kl *handle;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *why)
{
    fprintf(stderr, "clients: %s\n", why);
    exit(1);
}

static void check(kl_status status, kl_error *error)
{
    if (status)
        fail(error ? kl_error_message(error) : kl_status_text(status));
}

static void open_handle(int threads)
{
    static const uint8_t key[32] = {7};
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = key;
    options.master_key_length = sizeof key;
    options.pool_size = threads;
    options.statement_timeout_ms = 0;
    check(kl_open(url, &options, &handle, &error), error);
}

static void print_id(kl_uuid id)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(&id, text);
    puts(text);
}

static void make(void)
{
    kl_error *error = NULL;
    kl_vendor *owner = NULL;
    kl_waba *account = NULL;
    check(kl_vendor_create(handle, "Benchmark", KL_PLAN_SHARED, NULL, 0, &owner, &error), error);
    kl_uuid id = kl_vendor_id(owner);
    check(kl_wallet_credit(handle, &id, 9999999999, "recharge", NULL, NULL, &error), error);
    check(kl_waba_create(handle, &id, "102290129340398", "106540352242922", "token", 5, &account, &error), error);
    print_id(id);
    print_id(kl_waba_id(account));
}

static void enqueue(void)
{
    static const char parameters[] = "[{\"attribute\":\"name\",\"fallback\":\"friend\"}]";
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    int64_t recipients = 0;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Benchmark";
    options.waba_account_id = &subject;
    options.template_name = "diwali_offer";
    options.template_language = "en_US";
    options.parameters = parameters;
    options.parameters_length = strlen(parameters);
    options.price = 1;
    check(kl_campaign_create(handle, &vendor, &options, &campaign, &error), error);
    kl_uuid id = kl_campaign_id(campaign);
    double began = now();
    check(kl_campaign_enqueue(handle, &vendor, &id, 0, &recipients, &error), error);
    printf("%lld\t%.4f\t%.4f\t", (long long)recipients, now() - began, processor());
    print_id(id);
}

/* Answers as Meta gives them: wamids of the length of real ones, no two alike. */
static void complete(kl_batch *batch)
{
    static _Thread_local char wamids[BATCH][64];
    static _Thread_local kl_send_result results[BATCH];
    static _Thread_local unsigned long long state = 0;
    kl_error *error = NULL;
    size_t count = kl_batch_count(batch);
    if (!state) {
        kl_uuid seed;
        check(kl_uuid_generate(&seed), NULL);
        memcpy(&state, seed.bytes + 8, sizeof state);
    }
    for (size_t i = 0; i < count; i++) {
        unsigned long long parts[2];
        for (int p = 0; p < 2; p++) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            parts[p] = state ^ state >> 31;
        }
        snprintf(wamids[i], sizeof wamids[i], "wamid.HBgMOTE5%016llx%016llxFQIAERgS", parts[0], parts[1]);
        results[i] = (kl_send_result){i, KL_SEND_ACCEPTED, wamids[i], 0, NULL, 0};
    }
    check(kl_batch_complete(handle, batch, results, count, &error), error);
}

static void *drain_thread(void *done)
{
    for (;;) {
        kl_error *error = NULL;
        kl_batch *batch = NULL;
        kl_status status = kl_batch_claim(handle, &vendor, &subject, LEASE_MS, &batch, &error);
        if (status == KL_ERR_EMPTY) {
            kl_error_free(error);
            return NULL;
        }
        check(status, error);
        check(kl_batch_start(handle, batch, kl_batch_count(batch), &error), error);
        complete(batch);
        *(long *)done += (long)kl_batch_count(batch);
        kl_batch_free(batch);
    }
}

static void drain(int threads)
{
    pthread_t thread[THREADS_MAX];
    long done[THREADS_MAX] = {0}, messages = 0;
    double began = now();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, drain_thread, &done[i]))
            fail("no thread");
    for (int i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        messages += done[i];
    }
    printf("%ld\t%.4f\t%.4f\n", messages, now() - began, processor());
}

int main(int count, char **arguments)
{
    kl_error *error = NULL;
    const char *what = count > 2 ? arguments[1] : "";
    if (count > 2)
        url = arguments[2];
    if (strcmp(what, "migrate") == 0) {
        check(kl_migrate(url, &error), error);
        return 0;
    }
    if (strcmp(what, "make") == 0) {
        open_handle(1);
        make();
    } else if (count > 4 && !kl_uuid_parse(arguments[3], &vendor) && !kl_uuid_parse(arguments[4], &subject)) {
        int threads = count > 5 ? atoi(arguments[5]) : 1;
        if (threads < 1 || threads > THREADS_MAX)
            fail("1 to 64 threads");
        open_handle(threads);
        if (strcmp(what, "enqueue") == 0)
            enqueue();
        else
            drain(threads);
    } else {
        fail("see the head of clients.c");
    }
    kl_free(handle);
    return 0;
}
