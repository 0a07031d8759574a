/* Clients of webhooks in C: making messages that are on their way, taking bodies in and folding them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <kloyst/kloyst.h>

enum { THREADS_MAX = 64, FOLD_BODIES = 1000, IDLE_MICROSECONDS = 2000 };

#define APP_SECRET "bench-app-secret"

typedef struct body {
    const char *signature, *bytes;
    size_t length;
    double seconds; /* that taking it in lasted */
} body;

static kl *handle;
static body *bodies;
static size_t body_count;
static atomic_size_t next_body;
static atomic_int takers_left;
static atomic_llong folded_updates;
static double offered; /* bodies a second; 0: as many as possible */
static double started;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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

static void open_handle(const char *url)
{
    static const uint8_t key[32] = {1};
    kl_error *error = NULL;
    kl_options options = KL_OPTIONS_INIT;
    options.master_key = key;
    options.master_key_length = sizeof key;
    options.app_secret = APP_SECRET;
    options.pool_size = THREADS_MAX;
    check(kl_open(url, &options, &handle, &error), error);
}

/* --- messages that Meta has accepted --- */

static void make_vendor(const char *phone_number_id)
{
    kl_error *error = NULL;
    kl_vendor *vendor = NULL;
    kl_waba *account = NULL;
    kl_transaction *row = NULL;
    char text[KL_UUID_TEXT + 1];
    check(kl_vendor_create(handle, "Bench", KL_PLAN_SHARED, NULL, 0, &vendor, &error), error);
    kl_uuid id = kl_vendor_id(vendor);
    check(kl_waba_create(handle, &id, "102290129340398", phone_number_id, "token", 5, &account, &error), error);
    check(kl_wallet_credit(handle, &id, 9999999999, "bench", "bench", &row, &error), error);
    kl_uuid_format(&id, text);
    printf("%s\t", text);
    id = kl_waba_id(account);
    kl_uuid_format(&id, text);
    printf("%s\n", text);
    kl_transaction_free(row);
    kl_waba_free(account);
    kl_vendor_free(vendor);
}

static kl_uuid make_campaign(const kl_uuid *vendor, const kl_uuid *account)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    options.name = "Bench";
    options.waba_account_id = account;
    options.template_name = "bench";
    options.template_language = "en_US";
    options.price = 8631;
    check(kl_campaign_create(handle, vendor, &options, &campaign, &error), error);
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    check(kl_campaign_enqueue(handle, vendor, &id, 0, NULL, &error), error);
    return id;
}

/* As long as Meta's are. */
static void make_wamid(const kl_uuid *message, char *out)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(message, text);
    int length = sprintf(out, "wamid.HBgM");
    for (const char *at = text; *at; at++)
        if (*at != '-')
            out[length++] = *at;
    strcpy(out + length, "VAgARGBI5QUFERjg0NDE=");
}

static void print_tracker(const char *message_body)
{
    static const char name[] = "\"biz_opaque_callback_data\":\"";
    const char *at = strstr(message_body, name);
    if (!at)
        fail("a message without tracker");
    at += strlen(name);
    printf("%.*s", (int)strcspn(at, "\""), at);
}

/* Every contact is sent a message; a line each: wamid, tracker, mobile. */
static void send_all(const kl_uuid *vendor, const kl_uuid *account)
{
    static kl_send_result results[500];
    static char wamids[500][96];
    kl_uuid campaign = make_campaign(vendor, account);
    for (;;) {
        kl_error *error = NULL;
        kl_batch *batch = NULL;
        kl_status status = kl_batch_claim(handle, vendor, &campaign, 600000, &batch, &error);
        if (status == KL_ERR_EMPTY) {
            kl_error_free(error);
            return;
        }
        check(status, error);
        size_t count = kl_batch_count(batch);
        check(kl_batch_start(handle, batch, count, &error), error);
        for (size_t i = 0; i < count; i++) {
            kl_uuid id = kl_batch_message_id(batch, i);
            make_wamid(&id, wamids[i]);
            results[i] = (kl_send_result){i, KL_SEND_ACCEPTED, wamids[i], 0, NULL, 0};
            printf("%s\t", wamids[i]);
            print_tracker(kl_batch_body(batch, i));
            printf("\t%s\n", kl_batch_mobile(batch, i));
        }
        check(kl_batch_complete(handle, batch, results, count, &error), error);
        kl_batch_free(batch);
    }
}

/* --- bodies --- */

/* A line each: the signature's header, a blank, the bytes. */
static void read_bodies(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0, room = 0;
    ssize_t length;
    if (!file)
        fail("no bodies");
    while ((length = getline(&line, &capacity, file)) > 1) {
        if (body_count == room) {
            room = room ? room * 2 : 1024;
            bodies = realloc(bodies, room * sizeof *bodies);
        }
        char *copy = strdup(line), *blank = copy ? strchr(copy, ' ') : NULL;
        if (!bodies || !blank)
            fail("no memory, or no body");
        *blank = '\0';
        bodies[body_count++] = (body){copy, blank + 1, (size_t)(copy + length - 1 - (blank + 1)), 0};
    }
    free(line);
    fclose(file);
}

static void sleep_until(double moment)
{
    double left = moment - now();
    if (left > 0)
        usleep((useconds_t)(left * 1e6));
}

static void *take(void *unused)
{
    kl_error *error = NULL;
    for (size_t i; (i = atomic_fetch_add(&next_body, 1)) < body_count;) {
        body *b = &bodies[i];
        if (offered > 0)
            sleep_until(started + (double)i / offered);
        /* From when it was due: a late start is part of what Meta waits. */
        double from = offered > 0 ? started + (double)i / offered : now();
        check(kl_webhook_take(handle, b->signature, b->bytes, b->length, &error), error);
        b->seconds = now() - from;
    }
    atomic_fetch_sub(&takers_left, 1);
    return unused;
}

static void *fold(void *unused)
{
    for (;;) {
        kl_error *error = NULL;
        kl_fold_report report;
        bool last = atomic_load(&takers_left) == 0;
        check(kl_webhook_fold(handle, FOLD_BODIES, &report, &error), error);
        if (report.set_aside)
            fail("an update was set aside");
        atomic_fetch_add(&folded_updates, report.statuses);
        if (!report.bodies && last)
            return unused;
        if (!report.bodies)
            usleep(IDLE_MICROSECONDS);
    }
}

static int compare_seconds(const void *a, const void *b)
{
    double left = ((const body *)a)->seconds, right = ((const body *)b)->seconds;
    return (left > right) - (left < right);
}

/* Prints updates, seconds of all, seconds of taking, and p50 and p99 of taking one body, in milliseconds. */
static void run(int takers, int folders)
{
    pthread_t threads[THREADS_MAX];
    atomic_store(&takers_left, takers);
    started = now();
    for (int i = 0; i < takers + folders; i++)
        if (pthread_create(&threads[i], NULL, i < takers ? take : fold, NULL) != 0)
            fail("no thread");
    for (int i = 0; i < takers; i++)
        pthread_join(threads[i], NULL);
    double taken = now() - started;
    for (int i = takers; i < takers + folders; i++)
        pthread_join(threads[i], NULL);
    double all = now() - started;
    qsort(bodies, body_count, sizeof *bodies, compare_seconds);
    printf("%lld\t%.6f\t%.6f\t%.3f\t%.3f\n", (long long)atomic_load(&folded_updates), all, taken,
           bodies[body_count / 2].seconds * 1e3, bodies[body_count - 1 - body_count / 100].seconds * 1e3);
}

int main(int count, char **arguments)
{
    kl_error *error = NULL;
    if (count < 3) {
        fprintf(stderr, "usage: clients migrate URL | vendor URL PHONE | send URL VENDOR ACCOUNT |\n"
                        "       run URL BODIES TAKERS FOLDERS [BODIES A SECOND]\n");
        return 2;
    }
    if (strcmp(arguments[1], "migrate") == 0) {
        check(kl_migrate(arguments[2], &error), error);
        return 0;
    }
    open_handle(arguments[2]);
    if (strcmp(arguments[1], "vendor") == 0 && count == 4)
        make_vendor(arguments[3]);
    if (strcmp(arguments[1], "send") == 0 && count == 5) {
        kl_uuid vendor, account;
        check(kl_uuid_parse(arguments[3], &vendor), NULL);
        check(kl_uuid_parse(arguments[4], &account), NULL);
        send_all(&vendor, &account);
    }
    if (strcmp(arguments[1], "run") == 0 && count >= 6) {
        read_bodies(arguments[3]);
        offered = count > 6 ? atof(arguments[6]) : 0;
        run(atoi(arguments[4]), atoi(arguments[5]));
    }
    kl_close(handle);
    kl_free(handle);
    return 0;
}
