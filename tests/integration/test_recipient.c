/* Promises of the list of a campaign's recipients and of its progress. */
#include "harness/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "repo/queue.h"

enum { CONTACTS = 1100, BATCH = 500 };

static kl_uuid vendor, waba, campaign;

static void enqueue(int contacts)
{
    kl_error *error = NULL;
    vendor = fixture_vendor("vendor", 100000000);
    waba = fixture_waba(&vendor, "106540352242922");
    fixture_contacts(&vendor, contacts);
    campaign = sent_campaign(&vendor, &waba, 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendor, &campaign, 0, NULL, &error));
}

/* What becomes of message `n` of the campaign in these tests. */
static kl_recipient_state fate(size_t n)
{
    if (n >= BATCH)
        return KL_RECIPIENT_WAITING;
    if (n % 100 == 7)
        return KL_RECIPIENT_UNKNOWN;
    if (n % 100 == 8)
        return KL_RECIPIENT_DEFERRED;
    return n % 100 < 5 ? KL_RECIPIENT_FAILED : KL_RECIPIENT_SENT;
}

/* The first batch with all kinds of results. */
static void send_first_batch(void)
{
    static kl_send_result results[BATCH];
    static char wamids[BATCH][30];
    kl_error *error = NULL;
    kl_batch *batch = NULL;
    ck_ok(kl_batch_claim(fixture.handle, &vendor, &campaign, 60000, &batch, &error));
    ck_assert_uint_eq(kl_batch_count(batch), BATCH);
    ck_ok(kl_batch_start(fixture.handle, batch, BATCH, &error));
    for (size_t i = 0; i < BATCH; i++) {
        snprintf(wamids[i], sizeof wamids[i], "wamid.%zu", i);
        results[i] = (kl_send_result){.index = i, .outcome = KL_SEND_ACCEPTED, .wa_message_id = wamids[i]};
        if (fate(i) == KL_RECIPIENT_FAILED)
            results[i] = (kl_send_result){.index = i, .outcome = KL_SEND_FAILED, .error_code = 131026, .error_text = "no WhatsApp"};
        else if (fate(i) == KL_RECIPIENT_UNKNOWN)
            results[i] = (kl_send_result){.index = i, .outcome = KL_SEND_UNKNOWN};
        else if (fate(i) == KL_RECIPIENT_DEFERRED)
            results[i] = (kl_send_result){.index = i, .outcome = KL_SEND_DEFERRED, .error_code = 131049, .retry_after_ms = 86400000};
    }
    ck_ok(kl_batch_complete(fixture.handle, batch, results, BATCH, &error));
    kl_batch_free(batch);
}

/* All pages of `limit` in one list. */
static size_t list_all(kl_recipient_state state, int limit, kl_uuid *ids, kl_recipient_state *states)
{
    size_t total = 0;
    for (;;) {
        kl_error *error = NULL;
        kl_recipient_page *page = NULL;
        ck_ok(kl_recipient_list(fixture.handle, &vendor, &campaign, state, total ? &ids[total - 1] : NULL, limit, &page, &error));
        size_t count = kl_recipient_page_count(page);
        ck_assert_uint_le(count, (size_t)limit);
        for (size_t i = 0; i < count; i++) {
            const kl_recipient *recipient = kl_recipient_page_at(page, i);
            ids[total] = kl_recipient_message_id(recipient);
            ck_assert(!total || memcmp(&ids[total - 1], &ids[total], sizeof *ids) < 0);
            states[total++] = kl_recipient_state_of(recipient);
        }
        kl_recipient_page_free(page);
        if (count < (size_t)limit)
            return total;
    }
}

START_TEST(pages_of_every_size_list_every_recipient_once_with_its_state)
{
    static kl_uuid ids[CONTACTS];
    static kl_recipient_state states[CONTACTS];
    static const int limits[] = {1000, 499, 500, 501, 97};
    enqueue(CONTACTS);
    send_first_batch();
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        ck_assert_uint_eq(list_all((kl_recipient_state)0, limits[l], ids, states), CONTACTS);
        for (size_t i = 0; i < CONTACTS; i++)
            ck_assert_msg(states[i] == fate(i), "message %zu is %d", i, states[i]);
    }
}
END_TEST

START_TEST(a_state_lists_exactly_its_recipients)
{
    static kl_uuid all[CONTACTS], ids[CONTACTS];
    static kl_recipient_state states[CONTACTS];
    enqueue(CONTACTS);
    send_first_batch();
    list_all((kl_recipient_state)0, 1000, all, states);
    for (int state = KL_RECIPIENT_WAITING; state <= KL_RECIPIENT_CANCELLED; state++) {
        for (int limit = 3; limit <= 1000; limit += 331) {
            size_t expected = 0, count = list_all((kl_recipient_state)state, limit, ids, states);
            for (size_t i = 0; i < CONTACTS; i++)
                if ((int)fate(i) == state)
                    ck_assert_int_eq(memcmp(&all[i], &ids[expected++], sizeof *ids), 0);
            ck_assert_uint_eq(count, expected);
        }
    }
}
END_TEST

START_TEST(a_recipient_tells_what_became_of_it)
{
    kl_error *error = NULL;
    kl_recipient_page *page = NULL;
    enqueue(CONTACTS);
    send_first_batch();
    ck_ok(kl_recipient_list(fixture.handle, &vendor, &campaign, (kl_recipient_state)0, NULL, 1000, &page, &error));
    const kl_recipient *failed = kl_recipient_page_at(page, 0), *sent = kl_recipient_page_at(page, 5),
                       *unknown = kl_recipient_page_at(page, 7), *deferred = kl_recipient_page_at(page, 8),
                       *waiting = kl_recipient_page_at(page, BATCH);
    ck_assert_int_eq(kl_recipient_error_code(failed), 131026);
    ck_assert_str_eq(kl_recipient_error_text(failed), "no WhatsApp");
    ck_assert_int_gt(kl_recipient_failed_at(failed), 0);
    ck_assert_str_eq(kl_recipient_wa_message_id(sent), "wamid.5");
    ck_assert_int_gt(kl_recipient_sent_at(sent), 0);
    ck_assert_int_eq(kl_recipient_next_at(sent), 0);
    ck_assert_int_eq(kl_recipient_price(sent), 8631);
    ck_assert_int_eq(kl_recipient_batch_no(sent), 0);
    ck_assert_ptr_nonnull(kl_recipient_contact_id(sent));
    ck_assert_str_eq(kl_recipient_mobile(failed), "919800000000");
    ck_assert_int_gt(kl_recipient_next_at(unknown), 0); /* when it is settled */
    ck_assert_ptr_null(kl_recipient_wa_message_id(unknown));
    ck_assert_int_eq(kl_recipient_error_code(deferred), 131049);
    ck_assert_int_eq(kl_recipient_attempts(deferred), 1);
    ck_assert_int_gt(kl_recipient_next_at(deferred), kl_recipient_sent_at(sent) + INT64_C(86000000000));
    ck_assert_int_eq(kl_recipient_batch_no(waiting), 1);
    ck_assert_int_eq(kl_recipient_error_code(waiting), 0);
    ck_assert_ptr_null(kl_recipient_retry_of(waiting));
    kl_recipient_page_free(page);
}
END_TEST

/* Rows of the log that a rare state costs are those of its batches. */
START_TEST(batches_without_the_state_are_not_read)
{
    static kl_uuid ids[CONTACTS];
    static kl_recipient_state states[CONTACTS];
    enqueue(CONTACTS);
    send_first_batch();
    /* A batch that claims to have none is believed: nothing of it was looked at. */
    harness_exec(fixture.admin, "UPDATE kloyst.batch SET failed = 0 WHERE no = 0");
    ck_assert_uint_eq(list_all(KL_RECIPIENT_FAILED, 100, ids, states), 0);
}
END_TEST

START_TEST(progress_tells_what_waits_and_how_long)
{
    kl_error *error = NULL;
    kl_campaign_progress progress;
    enqueue(CONTACTS);
    ck_ok(kl_campaign_progress_get(fixture.handle, &vendor, &campaign, &progress, &error));
    ck_assert_int_eq(progress.waiting, CONTACTS);
    ck_assert_int_eq(progress.last_minute, 0);
    ck_assert_int_eq(progress.eta_seconds, -1);
    ck_assert_int_eq(progress.best_seconds, (CONTACTS + 79) / 80);
    send_first_batch();
    ck_ok(kl_campaign_progress_get(fixture.handle, &vendor, &campaign, &progress, &error));
    ck_assert_int_eq(progress.waiting, CONTACTS - BATCH);
    ck_assert_int_eq(progress.deferred, 5);
    ck_assert_int_eq(progress.last_minute, BATCH - 5);
    ck_assert_int_eq(progress.eta_seconds, (60 * (CONTACTS - BATCH) + BATCH - 6) / (BATCH - 5));
    harness_exec(fixture.admin, "UPDATE kloyst.message_log SET created_at = now() - interval '61 s'");
    ck_ok(kl_campaign_progress_get(fixture.handle, &vendor, &campaign, &progress, &error));
    ck_assert_int_eq(progress.last_minute, 0);
    sent_drain(&vendor, &campaign, 0);
    ck_ok(kl_campaign_progress_get(fixture.handle, &vendor, &campaign, &progress, &error));
    ck_assert_int_eq(progress.waiting, 0);
    ck_assert_int_eq(progress.eta_seconds, 0);
    ck_assert_int_eq(progress.best_seconds, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recipient");
    TCase *tests = fixture_case("recipients");
    tcase_add_test(tests, pages_of_every_size_list_every_recipient_once_with_its_state);
    tcase_add_test(tests, a_state_lists_exactly_its_recipients);
    tcase_add_test(tests, a_recipient_tells_what_became_of_it);
    tcase_add_test(tests, batches_without_the_state_are_not_read);
    tcase_add_test(tests, progress_tells_what_waits_and_how_long);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
