/* The counters of batches: whatever workers, webhooks and crashes do at once, they say what the message log says. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/handle.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "repo/inbox.h"

enum { WORKERS = 4, MESSAGES = 2000, WEBHOOK_EVENTS = 200 };

static kl_uuid vendor, waba, campaign;
static const kl_money price = 8631;
static unsigned seed;

static void open_campaign(void)
{
    kl_error *error = NULL;
    fixture_open();
    vendor = fixture_vendor("Acme", 900000000);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, MESSAGES);
    campaign = sent_campaign(&vendor, &waba, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

/* One difference between what is counted and what is there, as text; NULL: none. */
static char *difference(void)
{
    return harness_query_text(fixture.admin,
        "SELECT string_agg(difference, '; ') FROM ("
        "  SELECT format('batch %s counts %s, the log %s', b.no, to_jsonb(b.*), to_jsonb(m.*)) AS difference"
        "  FROM kloyst.batch b CROSS JOIN LATERAL ("
        "    SELECT count(*) FILTER (WHERE l.status = 'UNKNOWN') AS unknown, count(*) FILTER (WHERE l.status = 'SENT') AS sent,"
        "      count(*) FILTER (WHERE l.status = 'FAILED') AS failed, count(*) FILTER (WHERE l.status = 'DELIVERED') AS delivered,"
        "      count(*) FILTER (WHERE l.status = 'READ') AS read, count(l.wa_message_id) AS accepted"
        "    FROM kloyst.message_log l WHERE l.vendor_id = b.vendor_id AND l.campaign_id = b.campaign_id AND l.batch_no = b.no) m"
        "  WHERE (b.unknown, b.sent, b.failed, b.delivered, b.read, b.accepted)"
        "    <> (m.unknown, m.sent, m.failed, m.delivered, m.read, m.accepted)"
        "  UNION ALL"
        "  SELECT format('batch %s counts %s deferred', b.no, b.deferred) FROM kloyst.batch b"
        "  WHERE b.deferred <> (SELECT count(*) FROM kloyst.message_queue q WHERE q.vendor_id = b.vendor_id"
        "    AND q.campaign_id = b.campaign_id AND q.batch_no = b.no AND q.settle_at IS NULL)"
        "  UNION ALL"
        "  SELECT format('message %s is %s and in the queue', l.id, l.status) FROM kloyst.message_log l"
        "  JOIN kloyst.message_queue q USING (vendor_id, id) WHERE l.status <> 'UNKNOWN'"
        "  UNION ALL"
        "  SELECT format('message %s is UNKNOWN and not in the queue', l.id) FROM kloyst.message_log l"
        "  WHERE l.status = 'UNKNOWN' AND NOT EXISTS (SELECT FROM kloyst.message_queue q WHERE q.vendor_id = l.vendor_id"
        "    AND q.id = l.id AND q.settle_at IS NOT NULL)"
        "  UNION ALL"
        "  SELECT format('%s failures %s of batch %s', messages, code, batch_no) FROM kloyst.campaign_failure f"
        "  WHERE messages <> (SELECT count(*) FROM kloyst.message_log l WHERE l.vendor_id = f.vendor_id"
        "    AND l.campaign_id = f.campaign_id AND l.batch_no = f.batch_no AND l.status = 'FAILED' AND l.error_code = f.code)"
        "  UNION ALL"
        "  SELECT 'failures in all' WHERE (SELECT sum(messages) FROM kloyst.campaign_failure)"
        "    IS DISTINCT FROM (SELECT sum(failed) FROM kloyst.batch)"
        "  UNION ALL"
        "  SELECT 'open batches' FROM kloyst.campaign WHERE open_batches <> (SELECT count(*) FROM kloyst.batch"
        "    WHERE status <> 'COMPLETED')"
        ") d");
}

static void counted_right(const char *when)
{
    char *found = difference();
    ck_assert_msg(!found || !*found, "%s, seed %u: %s", when, seed, found);
    free(found);
}

/* Some of what a worker may tell of a message; wamids are those of the message. */
static kl_send_result some_result(size_t index, const char *wamid, unsigned *state)
{
    switch (rand_r(state) % 10) {
    case 0:
        return (kl_send_result){index, KL_SEND_FAILED, NULL, 131026 + rand_r(state) % 2, "no", 0};
    case 1:
        return (kl_send_result){index, KL_SEND_UNKNOWN, NULL, 0, NULL, 0};
    case 2:
        return (kl_send_result){index, KL_SEND_DEFERRED, NULL, 130429, NULL, rand_r(state) % 20};
    default:
        return (kl_send_result){index, KL_SEND_ACCEPTED, wamid, 0, NULL, 0};
    }
}

static void wamid_of(const kl_uuid *id, char wamid[60])
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(id, text);
    snprintf(wamid, 60, "wamid.%s", text);
}

typedef struct worker {
    pthread_t thread;
    unsigned state;
    kl_status status;
} worker;

/* Sends in slices; now and then dies in the middle of one, or tells it twice. */
static kl_status send_batch(kl_batch *batch, unsigned *state)
{
    static _Thread_local char wamids[500][60];
    static _Thread_local kl_send_result results[500];
    size_t count = kl_batch_count(batch), from = 0;
    kl_status status = KL_OK;
    while (!status && from < count) {
        size_t to = from + 1 + (size_t)rand_r(state) % 200, told = 0;
        if (to > count)
            to = count;
        status = kl_batch_start(fixture.handle, batch, to, NULL);
        bool dies = rand_r(state) % 12 == 0;
        for (size_t i = from; !status && i < to; i++) {
            kl_uuid id = kl_batch_message_id(batch, i);
            wamid_of(&id, wamids[told]);
            if (!dies || rand_r(state) % 2) {
                results[told] = some_result(i, wamids[told], state);
                told++;
            }
        }
        for (int times = rand_r(state) % 5 ? 1 : 2; !status && times; times--)
            status = kl_batch_complete(fixture.handle, batch, results, told, NULL);
        if (dies)
            break;
        from = to;
    }
    return status == KL_ERR_LEASE_LOST ? KL_OK : status;
}

/* Until three times nothing was there; leases are short enough to run out under it. */
static void *run_worker(void *context)
{
    worker *w = context;
    for (int idle = 0; !w->status && idle < 3;) {
        kl_batch *batch = NULL;
        kl_status status = rand_r(&w->state) % 3 ? kl_batch_claim(fixture.handle, &vendor, &campaign, 1000, &batch, NULL)
                                                 : kl_queue_claim(fixture.handle, &vendor, &waba, 100, 1000, &batch, NULL);
        if (!status)
            status = send_batch(batch, &w->state);
        else if (status == KL_ERR_EMPTY) {
            status = KL_OK;
            idle++;
            usleep(100000);
        }
        kl_batch_free(batch);
        w->status = status;
    }
    return NULL;
}

static kl_uuid ids[MESSAGES];

static void read_ids(void)
{
    char *text = harness_query_text(fixture.admin, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM kloyst.recipient");
    char *rest = text, *word;
    for (int i = 0; i < MESSAGES; i++) {
        word = strtok_r(rest, " ", &rest);
        ck_assert_int_eq(kl_uuid_parse(word, &ids[i]), KL_OK);
    }
    free(text);
}

static kl_status tell(const record_event *events, size_t count)
{
    inbox_change change = {.events = events, .event_count = count};
    inbox_outcome outcome = {0};
    kl_status status = inbox_apply(fixture.handle->pool, &vendor, &change, &outcome, NULL);
    free(outcome.unknown);
    return status;
}

static int compare_events(const void *a, const void *b)
{
    return memcmp(&((const record_event *)a)->message_id, &((const record_event *)b)->message_id, sizeof(kl_uuid));
}

/* Webhooks about any messages that are paid for, sent or not, in sets across batches. */
static void *run_webhooks(void *context)
{
    worker *w = context;
    static _Thread_local char wamids[WEBHOOK_EVENTS][60];
    for (int round = 0; !w->status && round < 40; round++) {
        record_event events[WEBHOOK_EVENTS];
        /* Batches are claimed, and so paid for, in their order. */
        int paid = (int)(sent_stats(&vendor, &campaign).debited / price);
        size_t count = paid ? 1 + (size_t)rand_r(&w->state) % WEBHOOK_EVENTS : 0;
        for (size_t i = 0; i < count; i++) {
            events[i] = (record_event){.message_id = ids[rand_r(&w->state) % paid],
                                       .status = KL_MESSAGE_SENT + rand_r(&w->state) % 4,
                                       .at = 1700000000000000 + rand_r(&w->state) % 1000};
            if (events[i].status == KL_MESSAGE_FAILED)
                events[i].error_code = 131000 + rand_r(&w->state) % 3;
            wamid_of(&events[i].message_id, wamids[i]);
            events[i].wa_message_id = wamids[i];
        }
        qsort(events, count, sizeof *events, compare_events);
        for (size_t i = 0; i < count; i++) {
            wamid_of(&events[i].message_id, wamids[i]);
            events[i].wa_message_id = wamids[i];
        }
        w->status = count ? tell(events, count) : KL_OK;
        usleep(20000);
    }
    return NULL;
}

static bool completed(void)
{
    kl_error *error = NULL;
    kl_campaign *read = NULL;
    ck_ok(kl_campaign_get(fixture.handle, &vendor, &campaign, &read, &error));
    bool done = kl_campaign_status_of(read) == KL_CAMPAIGN_COMPLETED;
    kl_campaign_free(read);
    return done;
}

static void run_all(void)
{
    worker workers[WORKERS], hooks = {.state = seed + 99};
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (worker){.state = seed + (unsigned)i};
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]), 0);
    }
    ck_assert_int_eq(pthread_create(&hooks.thread, NULL, run_webhooks, &hooks), 0);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_msg(!workers[i].status, "worker: %s, seed %u", kl_status_name(workers[i].status), seed);
    }
    pthread_join(hooks.thread, NULL);
    ck_assert_msg(!hooks.status, "webhooks: %s, seed %u", kl_status_name(hooks.status), seed);
}

START_TEST(counters_say_what_the_log_says_whatever_happens_at_once)
{
    kl_error *error = NULL;
    const char *given = getenv("KL_TEST_SEED");
    seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("seed of the counters: %u (KL_TEST_SEED)\n", seed);
    fflush(stdout);
    read_ids();
    run_all();
    counted_right("after the workers");
    /* Leases of those who died run out, and others take their batches. */
    for (int round = 0; round < 100 && sent_stats(&vendor, &campaign).waiting + sent_stats(&vendor, &campaign).deferred; round++) {
        harness_exec(fixture.admin, "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE status = 'LEASED';"
                                    "UPDATE kloyst.message_queue SET leased_until = now() WHERE leased_until IS NOT NULL");
        worker last = {.state = seed + 1000 + (unsigned)round};
        run_worker(&last);
        ck_assert_int_eq(last.status, KL_OK);
        counted_right("after a round");
    }
    kl_campaign_stats stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.waiting + stats.deferred, 0);
    ck_assert_int_eq(stats.unknown + stats.sent + stats.delivered + stats.read + stats.failed, MESSAGES);
    /* Webhooks settle what is unknown; with the last one the campaign is done. */
    unsigned seed_of_sets = seed;
    for (int i = 0; i < MESSAGES;) {
        record_event sent[40];
        size_t count = 0;
        for (size_t wanted = 1 + (size_t)rand_r(&seed_of_sets) % 40; count < wanted && i < MESSAGES; i++)
            sent[count++] = (record_event){ids[i], NULL, KL_MESSAGE_SENT, 1700000000000000, 0, NULL};
        ck_assert_int_eq(completed(), sent_stats(&vendor, &campaign).unknown == 0);
        ck_assert_int_eq(tell(sent, count), KL_OK);
    }
    ck_assert(completed());
    counted_right("at the end");
    stats = sent_stats(&vendor, &campaign);
    ck_assert_int_eq(stats.unknown, 0);
    ck_assert_int_eq(stats.held, 0);
    ck_assert_int_eq(stats.debited, MESSAGES * price);
    char *refunds = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.message_log WHERE failed_at IS NOT NULL");
    ck_assert_int_eq(stats.refunded, strtoll(refunds, NULL, 10) * price);
    free(refunds);
    ck_assert_str_eq(refunds = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.message_queue"), "0");
    free(refunds);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("counters");
    TCase *test_case = tcase_create("counters");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_campaign, fixture_close);
    tcase_set_timeout(test_case, 200);
    tcase_add_test(test_case, counters_say_what_the_log_says_whatever_happens_at_once);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
