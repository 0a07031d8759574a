/* The life of campaigns: scheduled, kept to hours, paused, resumed, cancelled, retried, and what each does to the money. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/campaign_life.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define h fixture.handle

enum { PRICE = 100 };

static kl_uuid vendor, waba;

static void open_vendor(void)
{
    fixture_open();
    vendor = fixture_vendor("Acme", 100000000);
    waba = fixture_waba(&vendor, "106540352242922");
}

/* A moment so many seconds after now. */
static kl_time seconds_ahead(double seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (kl_time)now.tv_sec * 1000000 + now.tv_nsec / 1000 + (kl_time)(seconds * 1e6);
}

/* The time of all that is scheduled within the hour has come. */
static void let_the_hour_pass(void)
{
#define PASSED " SET starts_at = starts_at - interval '1 hour' WHERE starts_at < now() + interval '1 hour'"
    harness_exec(fixture.admin, "UPDATE kloyst.campaign" PASSED "; UPDATE kloyst.lane" PASSED);
}

static kl_uuid enqueued(int contacts)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, contacts);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    return id;
}

static kl_campaign_status state_of(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    ck_ok(kl_campaign_get(h, &vendor, id, &campaign, &error));
    kl_campaign_status status = kl_campaign_status_of(campaign);
    kl_campaign_free(campaign);
    return status;
}

static kl_money balance(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    kl_money amount = kl_wallet_balance(wallet);
    kl_wallet_free(wallet);
    return amount;
}

static kl_money held(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    ck_ok(kl_wallet_get(h, &vendor, &wallet, &error));
    kl_money amount = kl_wallet_held(wallet);
    kl_wallet_free(wallet);
    return amount;
}

static void adds_up(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_campaign_account account;
    ck_ok(kl_campaign_reconcile(h, &vendor, id, &account, &error));
    kl_ledger_report report;
    ck_ok(kl_wallet_verify(h, &vendor, &report, &error));
}

static kl_batch *claim(const kl_uuid *id)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(h, &vendor, id, 60000, &batch, &error));
    return batch;
}

/* Answers message `index` of a batch; every wamid is another. */
static void answer(kl_batch *batch, size_t index, int error_code)
{
    static atomic_int numbers;
    char wamid[40];
    kl_error *error = NULL;
    snprintf(wamid, sizeof wamid, "wamid.LIFE.%d", atomic_fetch_add(&numbers, 1));
    kl_send_result result = {index, error_code ? KL_SEND_FAILED : KL_SEND_ACCEPTED, error_code ? NULL : wamid, error_code,
                             error_code ? "refused" : NULL, 0};
    ck_ok(kl_batch_complete(h, batch, &result, 1, &error));
}

START_TEST(a_scheduled_campaign_is_settled_at_once_and_starts_when_its_time_has_come)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    kl_campaign *campaign = NULL;
    int64_t recipients = 0, started = 0;
    fixture_contacts(&vendor, 700);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
    kl_time at = seconds_ahead(7200);
    ck_ok(kl_campaign_schedule(h, &vendor, &id, at, 0, &recipients, &error));
    ck_assert_int_eq(recipients, 700);
    ck_assert_int_eq(held(), 700 * PRICE);
    ck_ok(kl_campaign_get(h, &vendor, &id, &campaign, &error));
    ck_assert_int_eq(kl_campaign_status_of(campaign), KL_CAMPAIGN_SCHEDULED);
    ck_assert_int_eq(kl_campaign_starts_at(campaign), at);
    kl_campaign_free(campaign);
    ck_ok(campaign_start_due(h, 10, &started, &error));
    ck_assert_int_eq(started, 0);
    ck_fails(KL_ERR_STATE, kl_batch_claim(h, &vendor, &id, 60000, &batch, &error));
    ck_fails(KL_ERR_STATE, kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    ck_ok(kl_campaign_schedule(h, &vendor, &id, seconds_ahead(1800), 0, &recipients, &error));
    ck_assert_int_eq(recipients, 700);
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_schedule(h, &vendor, &id, seconds_ahead(-1), 0, NULL, &error));
    let_the_hour_pass();
    ck_ok(campaign_start_due(h, 10, &started, &error));
    ck_assert_int_eq(started, 1);
    ck_ok(campaign_start_due(h, 10, &started, &error));
    ck_assert_int_eq(started, 0);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_QUEUED);
    ck_assert_int_eq(sent_drain(&vendor, &id, 0), 2);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_COMPLETED);
    adds_up(&id);
}
END_TEST

START_TEST(a_start_in_the_past_enqueues_nothing)
{
    kl_error *error = NULL;
    fixture_contacts(&vendor, 3);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
    ck_fails(KL_ERR_ARGUMENT, kl_campaign_schedule(h, &vendor, &id, seconds_ahead(-0.01), 0, NULL, &error));
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_DRAFT);
    ck_assert_int_eq(held(), 0);
}
END_TEST

START_TEST(many_who_start_what_is_due_start_it_once)
{
    kl_error *error = NULL;
    int64_t first = 0, second = 0;
    fixture_contacts(&vendor, 2);
    kl_time at = seconds_ahead(1800);
    for (int i = 0; i < 5; i++) {
        kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
        ck_ok(kl_campaign_schedule(h, &vendor, &id, at, 0, NULL, &error));
    }
    let_the_hour_pass();
    ck_ok(campaign_start_due(h, 3, &first, &error));
    ck_assert_int_eq(first, 3);
    ck_ok(campaign_start_due(h, 100, &second, &error));
    ck_assert_int_eq(second, 2);
}
END_TEST

START_TEST(a_campaign_that_cannot_start_keeps_no_other_from_it)
{
    kl_error *error = NULL;
    int64_t started = 0;
    fixture_contacts(&vendor, 2);
    kl_uuid first = sent_campaign(&vendor, &waba, PRICE), second = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_schedule(h, &vendor, &first, seconds_ahead(3600), 0, NULL, &error));
    ck_ok(kl_campaign_schedule(h, &vendor, &second, seconds_ahead(3600), 0, NULL, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET starts_at = now(); UPDATE kloyst.lane SET starts_at = now();"
                                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;"
                                "DO $$ BEGIN EXECUTE format('CREATE TRIGGER refuse BEFORE UPDATE ON kloyst.campaign FOR EACH ROW WHEN "
                                "(OLD.id = %L) EXECUTE FUNCTION refuse()', (SELECT min(id::text) FROM kloyst.campaign)); END $$");
    ck_fails(KL_ERR_DATABASE, campaign_start_due(h, 100, &started, &error));
    ck_assert_int_eq(started, 1);
    ck_assert_int_eq(state_of(&first), KL_CAMPAIGN_SCHEDULED);
    ck_assert_int_eq(state_of(&second), KL_CAMPAIGN_QUEUED);
}
END_TEST

START_TEST(pausing_stops_the_batch_that_a_worker_holds_and_resuming_lets_it_go_on)
{
    kl_error *error = NULL;
    kl_campaign *campaign = NULL;
    kl_batch *other = NULL;
    kl_uuid id = enqueued(1200);
    kl_batch *batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 10, &error));
    ck_ok(kl_campaign_pause(h, &vendor, &id, "the offer is wrong", &error));
    ck_fails(KL_ERR_STATE, kl_batch_start(h, batch, 11, &error));
    ck_fails(KL_ERR_STATE, kl_batch_claim(h, &vendor, &id, 60000, &other, &error));
    ck_fails(KL_ERR_STATE, kl_campaign_pause(h, &vendor, &id, NULL, &error));
    for (size_t i = 0; i < 10; i++)
        answer(batch, i, 0); /* what is under way settles */
    ck_assert_int_eq(sent_stats(&vendor, &id).sent, 10);
    ck_ok(kl_campaign_get(h, &vendor, &id, &campaign, &error));
    ck_assert_int_eq(kl_campaign_status_of(campaign), KL_CAMPAIGN_PAUSED);
    ck_assert_str_eq(kl_campaign_pause_reason(campaign), "the offer is wrong");
    kl_campaign_free(campaign);
    ck_ok(kl_campaign_resume(h, &vendor, &id, &error));
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_PROCESSING);
    ck_ok(kl_batch_start(h, batch, 11, &error));
    answer(batch, 10, 0);
    ck_ok(kl_batch_release(h, batch, &error));
    kl_batch_free(batch);
    ck_assert_int_eq(sent_drain(&vendor, &id, 0), 3);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(sent_stats(&vendor, &id).sent, 1200);
    adds_up(&id);
}
END_TEST

START_TEST(a_scheduled_campaign_that_was_paused_keeps_its_time)
{
    kl_error *error = NULL;
    int64_t started = 0;
    fixture_contacts(&vendor, 3);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE), late = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_schedule(h, &vendor, &id, seconds_ahead(7200), 0, NULL, &error));
    ck_ok(kl_campaign_pause(h, &vendor, &id, NULL, &error));
    ck_ok(kl_campaign_resume(h, &vendor, &id, &error));
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_SCHEDULED);
    ck_ok(kl_campaign_schedule(h, &vendor, &late, seconds_ahead(1800), 0, NULL, &error));
    ck_ok(kl_campaign_pause(h, &vendor, &late, NULL, &error));
    let_the_hour_pass();
    ck_ok(campaign_start_due(h, 10, &started, &error));
    ck_assert_int_eq(started, 0);
    ck_ok(kl_campaign_resume(h, &vendor, &late, &error));
    ck_assert_int_eq(state_of(&late), KL_CAMPAIGN_QUEUED);
    ck_assert_int_eq(sent_drain(&vendor, &late, 0), 1);
}
END_TEST

START_TEST(who_was_blocked_before_the_batch_was_claimed_is_not_cancelled_as_well)
{
    kl_error *error = NULL;
    int64_t cancelled = 0;
    kl_uuid id = enqueued(6);
    kl_money before = balance();
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET blocked_at = now(), updated_at = now() WHERE mobile LIKE '%3'");
    kl_batch *batch = claim(&id);
    ck_assert_int_eq(sent_stats(&vendor, &id).failed, 1);
    ck_ok(kl_batch_start(h, batch, 2, &error));
    ck_ok(kl_campaign_cancel(h, &vendor, &id, &cancelled, &error));
    answer(batch, 0, 0);
    answer(batch, 1, 0);
    kl_batch_release(h, batch, NULL);
    kl_batch_free(batch);
    ck_ok(kl_campaign_cancel(h, &vendor, &id, &cancelled, &error));
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.sent, 2);
    ck_assert_int_eq(stats.failed, 1);
    ck_assert_int_eq(stats.cancelled, 3);
    ck_assert_int_eq(stats.waiting, 0);
    ck_assert_int_eq(balance(), before - 2 * PRICE);
    ck_assert_int_eq(held(), 0);
    adds_up(&id);
}
END_TEST

START_TEST(cancelling_a_campaign_that_nobody_has_begun_gives_everything_back)
{
    kl_error *error = NULL;
    int64_t cancelled = 0;
    kl_uuid id = enqueued(1200);
    kl_money before = balance();
    ck_ok(kl_campaign_cancel(h, &vendor, &id, &cancelled, &error));
    ck_assert_int_eq(cancelled, 1200);
    ck_assert_int_eq(held(), 0);
    ck_assert_int_eq(balance(), before);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_CANCELLED);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.cancelled, 1200);
    ck_assert_int_eq(stats.waiting, 0);
    ck_ok(kl_campaign_cancel(h, &vendor, &id, &cancelled, &error));
    ck_assert_int_eq(cancelled, 1200);
    ck_fails(KL_ERR_STATE, kl_campaign_resume(h, &vendor, &id, &error));
    ck_fails(KL_ERR_STATE, kl_campaign_retry_failed(h, &vendor, &id, NULL, 0, NULL, &error));
    char *lanes = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.lane");
    ck_assert_str_eq(lanes, "0");
    free(lanes);
    adds_up(&id);
}
END_TEST

START_TEST(cancelling_refunds_what_was_paid_and_has_not_left_and_the_rest_settles)
{
    kl_error *error = NULL;
    int64_t cancelled = 0;
    kl_uuid id = enqueued(1200);
    kl_money before = balance();
    kl_batch *batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 30, &error));
    answer(batch, 0, 0);
    answer(batch, 1, 131026); /* refunded as a failure */
    kl_send_result deferred = {2, KL_SEND_DEFERRED, NULL, 131049, NULL, 60000};
    ck_ok(kl_batch_complete(h, batch, &deferred, 1, &error));
    ck_ok(kl_campaign_cancel(h, &vendor, &id, &cancelled, &error));
    ck_assert_int_eq(cancelled, 1200 - 30 + 1);
    kl_status refused = kl_batch_start(h, batch, 31, &error);
    ck_assert(refused == KL_ERR_STATE || refused == KL_ERR_LEASE_LOST);
    kl_error_free(error);
    error = NULL;
    ck_assert_int_eq(balance(), before - 28 * PRICE); /* 30 - failed - deferred */
    ck_assert_int_eq(held(), 0);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_CANCELLED);
    for (size_t i = 3; i < 30; i++)
        answer(batch, i, i % 9 ? 0 : 131026);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.sent, 25);
    ck_assert_int_eq(stats.failed, 4);
    ck_assert_int_eq(stats.cancelled, 1171);
    ck_assert_int_eq(stats.waiting + stats.deferred + stats.unknown, 0);
    ck_assert_int_eq(balance(), before - 25 * PRICE);
    char *left = harness_query_text(fixture.admin, "SELECT (SELECT count(*) FROM kloyst.lane WHERE campaign_id <> '00000000-0000-0000-0000-000000000000') || ' ' || "
                                                   "(SELECT count(*) FROM kloyst.message_queue) || ' ' || "
                                                   "(SELECT count(*) FROM kloyst.transaction WHERE type = 'REFUND') || ' ' || "
                                                   "(SELECT open_batches FROM kloyst.campaign)");
    ck_assert_str_eq(left, "0 0 5 0"); /* refunds: the cancellation, and each of four failures by itself */
    free(left);
    kl_batch_free(batch);
    adds_up(&id);
}
END_TEST

START_TEST(what_a_worker_gives_back_or_dies_with_after_a_cancellation_is_settled)
{
    kl_error *error = NULL;
    kl_batch *none = NULL;
    kl_uuid id = enqueued(1000);
    kl_money before = balance();
    kl_batch *given = claim(&id), *dead = claim(&id);
    ck_ok(kl_batch_start(h, given, 40, &error));
    ck_ok(kl_batch_start(h, dead, 5, &error));
    answer(given, 0, 0);
    ck_ok(kl_campaign_cancel(h, &vendor, &id, NULL, &error));
    ck_assert_int_eq(balance(), before - 45 * PRICE);
    /* 1 … 39 of the first never left. The second's worker is gone: its five may have arrived. */
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET started = 1, status = 'QUEUED', lease_token = NULL, leased_until = NULL WHERE no = 0");
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE no = 1");
    ck_fails(KL_ERR_STATE, kl_batch_claim(h, &vendor, &id, 60000, &none, &error));
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.sent, 1);
    ck_assert_int_eq(stats.unknown, 5);
    ck_assert_int_eq(stats.cancelled, 994);
    ck_assert_int_eq(balance(), before - 6 * PRICE);
    kl_batch_free(given);
    kl_batch_free(dead);
    adds_up(&id);
}
END_TEST

/* One pass of housekeeping, answers how many things it did. */
static int64_t kept_house(void)
{
    kl_error *error = NULL;
    int64_t done = 0;
    ck_ok(kl_housekeep(h, 0, &done, &error));
    return done;
}

START_TEST(what_a_dead_worker_had_started_settles_while_its_campaign_is_paused)
{
    kl_error *error = NULL;
    kl_uuid id = enqueued(1200);
    kl_money before = balance();
    kl_batch *dead = claim(&id), *alive = claim(&id);
    ck_ok(kl_batch_start(h, dead, 5, &error));
    answer(dead, 0, 0);
    ck_ok(kl_batch_start(h, alive, 3, &error));
    ck_ok(kl_campaign_pause(h, &vendor, &id, NULL, &error));
    ck_assert_int_eq(kept_house(), 0);
    ck_assert_int_eq(sent_stats(&vendor, &id).unknown, 0);
    /* The first worker's lease runs out; the second one's does not. */
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET leased_until = now() - interval '1 second' WHERE no = 0;"
                                "UPDATE kloyst.lane SET recover_at = now()");
    ck_assert_int_eq(kept_house(), 1);
    ck_assert_int_eq(kept_house(), 0);
    ck_assert_int_eq(sent_stats(&vendor, &id).unknown, 4);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_PAUSED);
    char *next = harness_query_text(fixture.admin, "SELECT recover_at BETWEEN now() AND now() + interval '61 seconds' FROM kloyst.lane "
                                                   "WHERE recover_at IS NOT NULL");
    ck_assert_str_eq(next, "t");
    free(next);
    /* Their time comes while it is paused still: they fail, and are given back. */
    harness_exec(fixture.admin, "UPDATE kloyst.message_queue SET settle_at = now() WHERE settle_at IS NOT NULL;"
                                "UPDATE kloyst.lane SET settle_at = now() WHERE settle_at IS NOT NULL");
    ck_assert_int_eq(kept_house(), 4);
    ck_assert_int_eq(sent_stats(&vendor, &id).failed, 4);
    ck_assert_int_eq(balance(), before - 996 * PRICE);
    adds_up(&id);
    ck_ok(kl_campaign_resume(h, &vendor, &id, &error));
    for (size_t i = 0; i < 3; i++)
        answer(alive, i, 0);
    ck_ok(kl_batch_release(h, alive, &error));
    kl_batch_free(alive);
    kl_batch_free(dead);
    sent_drain(&vendor, &id, 0);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.sent, 1196);
    ck_assert_int_eq(stats.failed, 4);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_COMPLETED);
    adds_up(&id);
}
END_TEST

START_TEST(failed_messages_are_sent_again_once_each_and_only_those_that_may_be)
{
    kl_error *error = NULL;
    int64_t messages = 0;
    static const int codes[] = {131026};
    fixture_contacts(&vendor, 20);
    kl_uuid id = sent_campaign(&vendor, &waba, PRICE);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    kl_money before = balance();
    kl_batch *batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 20, &error));
    for (size_t i = 0; i < 20; i++)
        answer(batch, i, i < 4 ? 130472 : i < 8 ? 131026 : i < 10 ? 131000 : 0);
    kl_batch_free(batch);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(balance(), before - 10 * PRICE);
    /* One of those with 131026 is blocked meanwhile, one wants no marketing. */
    harness_exec(fixture.admin, "UPDATE kloyst.contact SET blocked_at = now() WHERE id = (SELECT contact_id FROM kloyst.message_log "
                                "WHERE error_code = 131026 ORDER BY id LIMIT 1);"
                                "UPDATE kloyst.contact SET opted_out_at = now() WHERE id = (SELECT contact_id FROM kloyst.message_log "
                                "WHERE error_code = 131026 ORDER BY id OFFSET 1 LIMIT 1)");
    ck_ok(kl_campaign_retry_failed(h, &vendor, &id, codes, 1, &messages, &error));
    ck_assert_int_eq(messages, 2);
    ck_fails(KL_ERR_EMPTY, kl_campaign_retry_failed(h, &vendor, &id, codes, 1, &messages, &error));
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_QUEUED);
    ck_assert_int_eq(held(), 2 * PRICE);
    adds_up(&id);
    batch = claim(&id);
    ck_assert_uint_eq(kl_batch_count(batch), 2);
    ck_ok(kl_batch_start(h, batch, 2, &error));
    answer(batch, 0, 0);
    answer(batch, 1, 131026); /* fails again: another failure */
    kl_batch_free(batch);
    kl_campaign_stats stats = sent_stats(&vendor, &id);
    ck_assert_int_eq(stats.recipients, 22);
    ck_assert_int_eq(stats.retried, 2);
    ck_assert_int_eq(stats.sent, 11);
    ck_assert_int_eq(stats.failed, 11);
    ck_assert_int_eq(state_of(&id), KL_CAMPAIGN_COMPLETED);
    ck_assert_int_eq(balance(), before - 11 * PRICE);
    ck_assert_int_eq(held(), 0);
    ck_ok(kl_campaign_retry_failed(h, &vendor, &id, codes, 1, &messages, &error));
    ck_assert_int_eq(messages, 1);
    adds_up(&id);
}
END_TEST

START_TEST(without_codes_only_failures_whose_cause_passes_are_tried_again)
{
    kl_error *error = NULL;
    int64_t messages = 0;
    fixture_contacts(&vendor, 6);
    kl_uuid id = sent_campaign(&vendor, &waba, 0);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    kl_batch *batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 6, &error));
    static const int codes[] = {131049, 131026, 130429, 131050, 0, 999999}; /* later, never, later, never, sent, not in the table */
    for (size_t i = 0; i < 6; i++)
        answer(batch, i, codes[i]);
    kl_batch_free(batch);
    ck_ok(kl_campaign_retry_failed(h, &vendor, &id, NULL, 0, &messages, &error));
    ck_assert_int_eq(messages, 3);
    char *retried = harness_query_text(fixture.admin, "SELECT string_agg(m.error_code::text, ' ' ORDER BY m.error_code) FROM kloyst.recipient r "
                                                      "JOIN kloyst.message_log m ON m.id = r.retry_of");
    ck_assert_str_eq(retried, "130429 131049 999999");
    free(retried);
    adds_up(&id);
}
END_TEST

START_TEST(failures_of_one_class_are_tried_again)
{
    kl_error *error = NULL;
    int64_t messages = 0;
    fixture_contacts(&vendor, 8);
    kl_uuid id = sent_campaign(&vendor, &waba, 0);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    kl_batch *batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 8, &error));
    static const int codes[] = {131049, 131026, 130429, 131050, 0, 999999, 131048, 205}; /* 131050 is an opt-out */
    for (size_t i = 0; i < 8; i++)
        answer(batch, i, codes[i]);
    kl_batch_free(batch);
    static const struct {
        kl_error_class class;
        const char *codes; /* all that were tried again so far */
    } steps[] = {
        {KL_ERROR_RETRY, "130429 999999"},
        {KL_ERROR_PERMANENT, "130429 131026 999999"},
        {KL_ERROR_RETRY_AFTER_DAY, "130429 131026 131049 999999"},
        {KL_ERROR_STOP_WABA, "205 130429 131026 131049 999999"},
        {KL_ERROR_STOP_NUMBER, "205 130429 131026 131048 131049 999999"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        ck_ok(kl_campaign_retry_class(h, &vendor, &id, steps[i].class, &messages, &error));
        char *retried = harness_query_text(fixture.admin, "SELECT string_agg(m.error_code::text, ' ' ORDER BY m.error_code) "
                                                          "FROM kloyst.recipient r JOIN kloyst.message_log m ON m.id = r.retry_of");
        ck_assert_str_eq(retried, steps[i].codes);
        free(retried);
        ck_fails(KL_ERR_EMPTY, kl_campaign_retry_class(h, &vendor, &id, steps[i].class, &messages, &error));
    }
    ck_fails(KL_ERR_EMPTY, kl_campaign_retry_class(h, &vendor, &id, KL_ERROR_UNKNOWN_OUTCOME, &messages, &error));
    adds_up(&id);
}
END_TEST

START_TEST(a_retry_that_cannot_be_paid_changes_nothing)
{
    kl_error *error = NULL;
    kl_uuid poor = fixture_vendor("Poor", 3 * PRICE), own = fixture_waba(&poor, "55");
    fixture_contacts(&poor, 3);
    kl_uuid id = sent_campaign(&poor, &own, PRICE);
    ck_ok(kl_campaign_enqueue(h, &poor, &id, 0, NULL, &error));
    sent_drain(&poor, &id, 1);
    ck_ok(kl_wallet_debit(h, &poor, 2 * PRICE, "spent", NULL, NULL, &error));
    ck_fails(KL_ERR_INSUFFICIENT, kl_campaign_retry_failed(h, &poor, &id, (int[]){131026}, 1, NULL, &error));
    char *rows = harness_query_text(fixture.admin, "SELECT count(*) || ' ' || (SELECT count(*) FROM kloyst.batch) FROM kloyst.recipient");
    ck_assert_str_eq(rows, "3 1");
    free(rows);
}
END_TEST

/* ---- hours ------------------------------------------------------------------ */

START_TEST(outside_its_hours_nothing_is_claimed_or_started_and_the_lane_rests)
{
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    kl_campaign *campaign = NULL;
    options.name = "By day";
    options.waba_account_id = &waba;
    options.template_name = "offer";
    options.template_language = "en";
    options.price = PRICE;
    options.send_from = 540;
    options.send_until = 1260;
    ck_ok(kl_vendor_patch_settings(h, &vendor, "{\"time_zone\":\"Asia/Kolkata\"}", 28, &error));
    fixture_contacts(&vendor, 10);
    ck_ok(kl_campaign_create(h, &vendor, &options, &campaign, &error));
    kl_uuid id = kl_campaign_id(campaign);
    kl_campaign_free(campaign);
    ck_ok(kl_campaign_enqueue(h, &vendor, &id, 0, NULL, &error));
    char *zone = harness_query_text(fixture.admin, "SELECT time_zone FROM kloyst.campaign");
    ck_assert_str_eq(zone, "Asia/Kolkata");
    free(zone);
    /* Open for the next hour; then open from in an hour on. */
#define MINUTE(shift) "(extract(epoch FROM now() AT TIME ZONE 'Asia/Kolkata' + interval '" shift "')::bigint / 60 % 1440)::int"
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET send_from = " MINUTE("-1 minute") ", send_until = " MINUTE("1 hour") " + 1");
    harness_exec(fixture.admin, "UPDATE kloyst.lane SET next_at = now()"); /* what it rested for at enqueue */
    batch = claim(&id);
    ck_ok(kl_batch_start(h, batch, 2, &error));
    harness_exec(fixture.admin, "UPDATE kloyst.campaign SET send_from = " MINUTE("1 hour") ", send_until = " MINUTE("2 hours") " + 1");
    ck_fails(KL_ERR_STATE, kl_batch_start(h, batch, 3, &error));
    answer(batch, 0, 0);
    answer(batch, 1, 0);
    ck_ok(kl_batch_release(h, batch, &error));
    kl_batch_free(batch);
    batch = NULL;
    ck_fails(KL_ERR_STATE, kl_batch_claim(h, &vendor, &id, 60000, &batch, &error));
    char *rests = harness_query_text(fixture.admin, "SELECT next_at > now() + interval '58 minutes' AND next_at < now() + interval '61 minutes' FROM kloyst.lane");
    ck_assert_str_eq(rests, "t");
    free(rests);
}
END_TEST

/* The next opening by the C library's own reading of the zone tables, minute by minute. */
static time_t expected_opening(time_t at, int from, int until)
{
    for (;; at++) {
        struct tm local;
        localtime_r(&at, &local);
        int minute = local.tm_hour * 60 + local.tm_min;
        if (from < until ? minute >= from && minute < until : minute >= from || minute < until)
            return at;
        at += 59 - local.tm_sec; /* to the end of the minute */
    }
}

START_TEST(the_next_opening_is_right_through_changes_of_the_clock)
{
    static const struct {
        const char *zone;
        time_t around;
    } changes[] = {
        {"America/New_York", 1772953200}, /* 2026-03-08 07:00 UTC: 2:00 becomes 3:00 */
        {"America/New_York", 1793512800}, /* 2026-11-01 06:00 UTC: 2:00 becomes 1:00 */
        {"Europe/London", 1774746000},    {"Europe/London", 1792890000},
        {"Australia/Lord_Howe", 1775314800}, /* half an hour */
        {"Asia/Kolkata", 1775314800},     {"Pacific/Apia", 1325239200}, /* a day that never was */
        {"UTC", 1775314800},
    };
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        setenv("TZ", changes[i].zone, 1);
        tzset();
        /* All of a zone are asked for at once. */
        enum { CASES = 25 };
        char sql[8000], *to = sql + sprintf(sql, "SELECT string_agg(extract(epoch FROM kloyst.sending_opens_at(from_, until_, '%s', "
                                                 "to_timestamp(at)))::bigint || ' ', '' ORDER BY n) FROM (VALUES ", changes[i].zone);
        long long expected[CASES];
        for (int n = 0; n < CASES; n++) {
            int from = n % 2 ? 60 + rand_r(&seed) % 120 /* near the change */ : rand_r(&seed) % 1440;
            int until = rand_r(&seed) % 1440 + 1;
            time_t at = changes[i].around + rand_r(&seed) % 172800 - 86400;
            until = until == from ? until + 1 : until;
            expected[n] = (long long)expected_opening(at, from, until);
            to += sprintf(to, "%s(%d, %d, %d, %lld)", n ? ", " : "", n, from, until, (long long)at);
        }
        strcpy(to, ") v (n, from_, until_, at)");
        char *found = harness_query_text(fixture.admin, sql), *rest = found;
        for (int n = 0; n < CASES; n++)
            ck_assert_msg(strtoll(rest, &rest, 10) == expected[n], "%s: case %d is %lld in %s", sql, n, expected[n], found);
        free(found);
    }
    unsetenv("TZ");
    tzset();
}
END_TEST

/* ---- races ------------------------------------------------------------------ */

typedef struct race {
    kl_uuid id;
    unsigned seed;
    atomic_int over;
    atomic_llong started_late; /* messages started after the call that stops had returned */
    atomic_int tried;          /* how often that was tried while it was stopped */
    atomic_int stopped;        /* a number for each time it is stopped, 0: it is not */
} race;

/* Claims, starts in slices and answers until told to stop. */
static void *work(void *argument)
{
    race *r = argument;
    unsigned seed = r->seed ^ (unsigned)(uintptr_t)pthread_self();
    while (!atomic_load(&r->over)) {
        kl_batch *batch = NULL;
        kl_status status = kl_batch_claim(h, &vendor, &r->id, 60000, &batch, NULL);
        if (status) {
            nanosleep(&(struct timespec){0, 500000}, NULL);
            continue;
        }
        size_t at = 0, count = kl_batch_count(batch);
        while (at < count) {
            size_t to = at + 1 + (size_t)rand_r(&seed) % 100;
            to = to < count ? to : count;
            int stopped = atomic_load(&r->stopped);
            kl_status refused = kl_batch_start(h, batch, to, NULL);
            /* Nobody has asked to resume while the call ran. */
            if (stopped && stopped == atomic_load(&r->stopped)) {
                atomic_fetch_add(&r->tried, 1);
                atomic_fetch_add(&r->started_late, !refused);
            }
            if (refused)
                break;
            for (; at < to; at++)
                if (at % 5 == 0 || at + 1 == to)
                    answer(batch, at, rand_r(&seed) % 10 ? 0 : 131026);
                else
                    answer(batch, at, 0);
        }
        kl_batch_release(h, batch, NULL);
        kl_batch_free(batch);
    }
    return NULL;
}

static void run_race(race *r, bool pauses)
{
    kl_error *error = NULL;
    pthread_t workers[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&workers[i], NULL, work, r);
    for (int i = 0; pauses && i < 8; i++) {
        nanosleep(&(struct timespec){0, (rand_r(&r->seed) % 40) * 1000000}, NULL);
        kl_status status = kl_campaign_pause(h, &vendor, &r->id, NULL, &error);
        ck_assert_msg(!status || status == KL_ERR_STATE, "%s", kl_error_message(error));
        kl_error_free(error);
        error = NULL;
        atomic_store(&r->stopped, status ? 0 : i + 1);
        int tried = atomic_load(&r->tried);
        for (int waited = 0; !status && waited < 100 && atomic_load(&r->tried) == tried; waited++)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        atomic_store(&r->stopped, 0);
        if (!status) {
            /* What was under way may have been its last. */
            status = kl_campaign_resume(h, &vendor, &r->id, &error);
            ck_assert_msg(!status || (status == KL_ERR_STATE && state_of(&r->id) == KL_CAMPAIGN_COMPLETED), "%s", kl_error_message(error));
            kl_error_free(error);
            error = NULL;
        }
    }
    nanosleep(&(struct timespec){0, (rand_r(&r->seed) % 60) * 1000000}, NULL);
    kl_status status = kl_campaign_cancel(h, &vendor, &r->id, NULL, &error);
    ck_assert_msg(!status || status == KL_ERR_STATE, "%s", kl_error_message(error));
    kl_error_free(error);
    atomic_store(&r->stopped, status ? 0 : 100);
    nanosleep(&(struct timespec){0, 100000000}, NULL);
    atomic_store(&r->over, 1);
    for (int i = 0; i < 2; i++)
        pthread_join(workers[i], NULL);
}

START_TEST(two_workers_against_pause_resume_and_cancel_lose_nothing_and_start_nothing_late)
{
    unsigned seed = getenv("SEED") ? (unsigned)strtoul(getenv("SEED"), NULL, 10) : (unsigned)time(NULL);
    printf("seed %u\n", seed);
    fixture_contacts(&vendor, 2500);
    for (int round = 0; round < 4; round++) {
        kl_error *error = NULL;
        race r = {.seed = seed + (unsigned)round};
        kl_money before = balance();
        r.id = sent_campaign(&vendor, &waba, PRICE);
        ck_ok(kl_campaign_enqueue(h, &vendor, &r.id, 0, NULL, &error));
        run_race(&r, round % 2 == 0);
        ck_assert_int_eq(atomic_load(&r.started_late), 0);
        kl_campaign_stats s = sent_stats(&vendor, &r.id);
        ck_assert_int_eq(s.sent + s.failed + s.cancelled, 2500);
        ck_assert_int_eq(s.waiting + s.deferred + s.unknown, 0);
        ck_assert_int_eq(before - balance(), s.sent * PRICE);
        ck_assert_int_eq(held(), 0);
        kl_campaign_status status = state_of(&r.id);
        ck_assert(status == KL_CAMPAIGN_CANCELLED || (status == KL_CAMPAIGN_COMPLETED && !s.cancelled));
        adds_up(&r.id);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("campaign life");
    TCase *test_case = tcase_create("campaign life");
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_vendor, fixture_close);
    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, a_scheduled_campaign_is_settled_at_once_and_starts_when_its_time_has_come);
    tcase_add_test(test_case, a_start_in_the_past_enqueues_nothing);
    tcase_add_test(test_case, many_who_start_what_is_due_start_it_once);
    tcase_add_test(test_case, a_campaign_that_cannot_start_keeps_no_other_from_it);
    tcase_add_test(test_case, pausing_stops_the_batch_that_a_worker_holds_and_resuming_lets_it_go_on);
    tcase_add_test(test_case, a_scheduled_campaign_that_was_paused_keeps_its_time);
    tcase_add_test(test_case, cancelling_a_campaign_that_nobody_has_begun_gives_everything_back);
    tcase_add_test(test_case, who_was_blocked_before_the_batch_was_claimed_is_not_cancelled_as_well);
    tcase_add_test(test_case, cancelling_refunds_what_was_paid_and_has_not_left_and_the_rest_settles);
    tcase_add_test(test_case, what_a_worker_gives_back_or_dies_with_after_a_cancellation_is_settled);
    tcase_add_test(test_case, what_a_dead_worker_had_started_settles_while_its_campaign_is_paused);
    tcase_add_test(test_case, failed_messages_are_sent_again_once_each_and_only_those_that_may_be);
    tcase_add_test(test_case, without_codes_only_failures_whose_cause_passes_are_tried_again);
    tcase_add_test(test_case, failures_of_one_class_are_tried_again);
    tcase_add_test(test_case, a_retry_that_cannot_be_paid_changes_nothing);
    tcase_add_test(test_case, outside_its_hours_nothing_is_claimed_or_started_and_the_lane_rests);
    tcase_add_test(test_case, the_next_opening_is_right_through_changes_of_the_clock);
    tcase_add_test(test_case, two_workers_against_pause_resume_and_cancel_lose_nothing_and_start_nothing_late);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
