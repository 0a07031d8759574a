/* Folding under a storm: updates of two vendors on one number, shuffled, repeated, cut and merged into bodies of any size, taken
 * and folded by four processes of which some are killed. What is stored in the end is what a model says that was told.
 *
 * KLOYST_STORM_UPDATES (default 20000) and KLOYST_STORM_SEED in the environment. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/uuid.h"
#include "core/fold.h"
#include "crypto/hmac.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"
#include "harness/suite.h"

#define PHONE "106540352242922"
enum { VENDORS = 2, PER_MESSAGE = 5, PROCESSES = 4, KILLS = 3, LARGEST_BODY = 400, FOLD_BODIES = 20 };
static const kl_money price = 10;

/* --- the model: what was told of a message, and what follows --- */

typedef struct message {
    kl_uuid id;
    int vendor;
    bool accepted; /* the send's result was stored */
    bool told, free;
    kl_message_status status;
    int64_t sent, delivered, read, failed; /* seconds after start; 0: not told */
    int code;
    char wamid[40];
} message;

typedef struct update {
    size_t message;
    char status; /* s, d, r, p (played), f */
    int64_t at;
    int code;
    bool free, tracked;
} update;

static kl_uuid vendors[VENDORS], campaigns[VENDORS];
static message *messages;
static update *updates;
static size_t message_count, update_count;
static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() >> 11) % limit;
}

static void earliest(int64_t *time, int64_t told)
{
    if (!*time || told < *time)
        *time = told;
}

static void tell(message *m, const update *u)
{
    static const kl_message_status states[] = {KL_MESSAGE_SENT, KL_MESSAGE_DELIVERED, KL_MESSAGE_READ, KL_MESSAGE_READ,
                                               KL_MESSAGE_FAILED};
    kl_message_status status = states[strchr("sdrpf", u->status) - "sdrpf"];
    m->free |= u->free;
    if (status > m->status)
        m->status = status;
    if (status == KL_MESSAGE_FAILED) {
        if (!m->failed || u->at < m->failed || (u->at == m->failed && u->code < m->code)) {
            m->failed = u->at;
            m->code = u->code;
        }
        return;
    }
    earliest(&m->sent, u->at);
    if (status >= KL_MESSAGE_DELIVERED)
        earliest(&m->delivered, u->at);
    if (status >= KL_MESSAGE_READ)
        earliest(&m->read, u->at);
}

/* --- messages --- */

/* Started, and half of them with Meta's answer. */
static void send_campaign(int v, const kl_uuid *account, size_t first, size_t count)
{
    kl_error *error = NULL;
    size_t at = first;
    fixture_contacts(&vendors[v], (int)count);
    campaigns[v] = sent_campaign(&vendors[v], account, price);
    ck_ok(kl_campaign_enqueue(fixture.handle, &vendors[v], &campaigns[v], 0, NULL, &error));
    while (at < first + count) {
        static kl_send_result results[500];
        kl_batch *batch = NULL;
        size_t known = 0;
        ck_ok(kl_batch_claim(fixture.handle, &vendors[v], &campaigns[v], 600000, &batch, &error));
        ck_ok(kl_batch_start(fixture.handle, batch, kl_batch_count(batch), &error));
        for (size_t i = 0; i < kl_batch_count(batch); i++, at++) {
            message *m = &messages[at];
            *m = (message){.id = kl_batch_message_id(batch, i), .vendor = v, .accepted = below(2)};
            snprintf(m->wamid, sizeof m->wamid, "wamid.%d.%zu", v, at);
            m->status = m->accepted ? KL_MESSAGE_SENT : 0;
            if (m->accepted)
                results[known++] = (kl_send_result){.index = i, .outcome = KL_SEND_ACCEPTED, .wa_message_id = m->wamid};
        }
        ck_ok(kl_batch_complete(fixture.handle, batch, results, known, &error));
        kl_batch_free(batch);
    }
}

static void invent_updates(size_t count)
{
    while (update_count < count) {
        size_t at = below(message_count);
        message *m = &messages[at];
        int number = 1 + (int)below(PER_MESSAGE);
        for (int i = 0; i < number && update_count < count; i++) {
            update u = {.message = at, .status = "sssdddrpf"[below(9)], .at = 1 + (int64_t)below(50), .free = !below(25)};
            u.code = u.status == 'f' ? 131026 + (int)below(3) : 0;
            /* Who has no wamid stored is found by the tracker of one of the updates, the others wait for it. */
            u.tracked = (!m->accepted && !m->told) || below(4);
            m->told = true;
            tell(m, &u);
            for (size_t copies = 1 + !below(5); copies && update_count < count; copies--)
                updates[update_count++] = u;
        }
    }
    for (size_t i = update_count; i > 1; i--) {
        size_t other = below(i);
        update swapped = updates[i - 1];
        updates[i - 1] = updates[other];
        updates[other] = swapped;
    }
}

/* --- bodies --- */

static buffer *bodies;
static size_t body_count;
static int foreign, bad;

static void put_update(buffer *items, const update *u)
{
    const message *m = &messages[u->message];
    static const char *const names[] = {"sent", "delivered", "read", "played", "failed"};
    buffer_format(items,
                  "%s{\"id\":\"%s\",\"status\":\"%s\",\"timestamp\":\"%" PRId64 "\",\"recipient_id\":\"919800%06zu\"",
                  items->length ? "," : "", m->wamid, names[strchr("sdrpf", u->status) - "sdrpf"], start + u->at,
                  u->message);
    if (u->tracked)
        buffer_format(items, ",\"biz_opaque_callback_data\":\"%s\"", tracker_of(&vendors[m->vendor], &m->id));
    if (u->status == 'f')
        buffer_format(items, ",\"errors\":[{\"code\":%d,\"title\":\"No\"}]", u->code);
    if (u->free)
        buffer_text(items, ",\"pricing\":{\"billable\":false,\"pricing_model\":\"PMP\",\"type\":\"free_customer_service\","
                           "\"category\":\"utility\"}");
    buffer_text(items, "}");
}

static void put_change(buffer *body, const buffer *items)
{
    buffer_format(body, "{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"" PHONE "\"},\"statuses\":[%s]}}",
                  items->data ? items->data : "");
}

/* One body of some updates, in any number of entries and changes. */
static size_t make_body(buffer *body, size_t from)
{
    size_t wanted = 1 + below(below(4) ? 30 : LARGEST_BODY), end = from + wanted < update_count ? from + wanted : update_count;
    buffer items = BUFFER_INIT;
    buffer_text(body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[");
    for (size_t i = from; i < end; i++) {
        put_update(&items, &updates[i]);
        if (!below(200)) {
            put_status(&items, "wamid.of.another.system", &(event){'d', 1, 0, NULL}, NULL);
            foreign++;
        }
        if (!below(200)) {
            buffer_text(&items, ",{\"id\":\"wamid.x\",\"status\":17,\"timestamp\":\"1\"}");
            bad++;
        }
        if (i + 1 < end && !below(40)) {
            put_change(body, &items);
            buffer_clear(&items);
            buffer_text(body, below(2) ? "," : "]},{\"id\":\"2\",\"changes\":[");
        }
    }
    put_change(body, &items);
    buffer_text(body, "]}]}");
    buffer_free(&items);
    return end;
}

static void make_bodies(void)
{
    bodies = calloc(update_count + 1, sizeof *bodies);
    ck_assert_ptr_nonnull(bodies);
    for (size_t at = 0; at < update_count; body_count++) {
        at = make_body(&bodies[body_count], at);
        ck_assert(!bodies[body_count].broken);
    }
}

/* --- processes --- */

static uint8_t *answered; /* shared: which bodies were answered with 200 */

static void sign(const buffer *body, char *header)
{
    uint8_t mac[32];
    if (!hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), body->data, body->length, mac))
        _exit(3);
    strcpy(header, "sha256=");
    for (int i = 0; i < 32; i++)
        sprintf(header + 7 + 2 * i, "%02x", mac[i]);
}

static void must(kl_status status, const kl_error *error)
{
    if (status) {
        fprintf(stderr, "a process of the storm: %s\n", kl_error_message(error));
        _exit(2);
    }
}

/* Takes its share of the bodies in and folds in between, then until nothing waits. */
static void work(int number)
{
    kl_error *error = NULL;
    kl *handle = fixture_handle(NULL);
    kl_fold_report report;
    char header[80];
    for (size_t i = (size_t)number; i < body_count; i += PROCESSES) {
        if (answered[i])
            continue;
        sign(&bodies[i], header);
        must(kl_webhook_take(handle, header, bodies[i].data, bodies[i].length, &error), error);
        answered[i] = 1;
        if (i / PROCESSES % 8 == 0)
            must(kl_webhook_fold(handle, FOLD_BODIES, NULL, &error), error);
    }
    do
        must(kl_webhook_fold(handle, FOLD_BODIES, &report, &error), error);
    while (report.bodies);
    kl_close(handle);
    kl_free(handle);
    _exit(0);
}

static pid_t begin(int number)
{
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child)
        work(number);
    return child;
}

/* One of the four is killed and begun anew, KILLS times; what it took in without an answer comes a second time. */
static void storm(void)
{
    pid_t children[PROCESSES];
    int killed = 0, left = PROCESSES;
    for (int i = 0; i < PROCESSES; i++)
        children[i] = begin(i);
    while (left) {
        if (killed < KILLS) {
            usleep(20000 + (useconds_t)below(100000));
            int victim = (int)below(PROCESSES);
            if (children[victim] && kill(children[victim], SIGKILL) == 0)
                killed++;
        }
        for (int i = 0; i < PROCESSES; i++) {
            int how;
            if (!children[i] || waitpid(children[i], &how, killed < KILLS ? WNOHANG : 0) != children[i])
                continue;
            if (WIFSIGNALED(how)) {
                ck_assert_int_eq(WTERMSIG(how), SIGKILL);
                children[i] = begin(i);
                continue;
            }
            ck_assert_msg(WIFEXITED(how) && WEXITSTATUS(how) == 0, "a process ended with %x", (unsigned)how);
            children[i] = 0;
            left--;
        }
    }
    printf("killed %d times\n", killed);
}

/* The server may yet be at what a killed process asked for, which would store and lease behind our back. */
static void until_only_this_process_is_served(const char *others)
{
    char *count = NULL;
    for (int i = 0; i < 6000 && (!count || *count != '0'); i++) {
        if (count)
            usleep(10000);
        free(count);
        count = harness_query_text(fixture.admin, others);
    }
    ck_assert_str_eq(count, "0");
    free(count);
}

/* What a killed process held comes free after a minute, which is not waited for; what waits for its message is tried. */
static kl_fold_report settle(void)
{
    kl_error *error = NULL;
    kl_fold_report sum = {0}, report;
    harness_exec(fixture.admin, "UPDATE kloyst.webhook_inbox SET leased_until = NULL WHERE folded_at IS NULL");
    fold_all();
    do {
        report = (kl_fold_report){0};
        harness_exec(fixture.admin, "UPDATE kloyst.webhook_set_aside SET next_at = now() WHERE next_at IS NOT NULL");
        ck_ok(fold_rematch(fixture.handle, 100000, &report, &error));
        sum.matched += report.matched;
    } while (report.matched);
    return sum;
}

/* --- what is stored --- */

static int compare_messages(const void *a, const void *b)
{
    return uuid_compare(&((const message *)a)->id, &((const message *)b)->id);
}

static void expect_message(buffer *out, const message *m)
{
    static const char *const states[] = {"", "UNKNOWN", "SENT", "FAILED", "DELIVERED", "READ"};
    char id[KL_UUID_TEXT + 1];
    if (!m->status)
        return;
    kl_uuid_format(&m->id, id);
    /* Of an accepted message nobody here knows when: the clock of the send, later than all that is told. */
    buffer_format(out, "%s %s %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d %s\n", id,
                  m->accepted || m->told ? m->wamid : "-", states[m->status], m->sent, m->delivered, m->read, m->failed,
                  m->code, m->failed || m->free ? "0.0010" : "-");
}

static char *stored_messages(void)
{
    char sql[1500];
    snprintf(sql, sizeof sql,
             "SELECT string_agg(line, '' ORDER BY id) FROM (SELECT m.id, concat_ws(' ', m.id, coalesce(wa_message_id, '-'), status, "
             "CASE WHEN sent_at < to_timestamp(%" PRId64 ") THEN extract(epoch FROM sent_at)::int8 - %" PRId64 " ELSE 0 END, "
             "coalesce(extract(epoch FROM delivered_at)::int8 - %" PRId64 ", 0), "
             "coalesce(extract(epoch FROM read_at)::int8 - %" PRId64 ", 0), "
             "coalesce(extract(epoch FROM failed_at)::int8 - %" PRId64 ", 0), coalesce(error_code, 0), "
             "coalesce(f.amount::text, '-')) || E'\\n' AS line FROM kloyst.message_log m "
             "LEFT JOIN kloyst.message_refund f ON f.vendor_id = m.vendor_id AND f.message_id = m.id "
             "WHERE direction = 'OUTBOUND') x",
             start + 1000, start, start, start, start);
    return harness_query_text(fixture.admin, sql);
}

static void stored_as_told(void)
{
    buffer expected = BUFFER_INIT;
    qsort(messages, message_count, sizeof *messages, compare_messages);
    for (size_t i = 0; i < message_count; i++)
        expect_message(&expected, &messages[i]);
    char *stored = stored_messages();
    if (strcmp(stored, expected.data) != 0) {
        size_t at = 0;
        while (stored[at] == expected.data[at])
            at++;
        while (at && stored[at - 1] != '\n')
            at--;
        ck_abort_msg("stored %.*s\nmodel  %.*s", (int)strcspn(stored + at, "\n"), stored + at,
                     (int)strcspn(expected.data + at, "\n"), expected.data + at);
    }
    free(stored);
    buffer_free(&expected);
}

/* The ledger holds exactly the refunds, its chain is whole, and the batches' counters are what a count says. */
static void money_as_told(void)
{
    for (int v = 0; v < VENDORS; v++) {
        kl_error *error = NULL;
        kl_ledger_report report;
        kl_money refunds = 0;
        char sql[300], id[KL_UUID_TEXT + 1], expected[40];
        for (size_t i = 0; i < message_count; i++)
            if (messages[i].vendor == v && (messages[i].failed || messages[i].free))
                refunds += price;
        kl_uuid_format(&vendors[v], id);
        snprintf(sql, sizeof sql, "SELECT sum(amount)::numeric(10,4) FROM kloyst.transaction WHERE vendor_id = '%s' AND type = 'REFUND'", id);
        snprintf(expected, sizeof expected, "%" PRId64 ".%04" PRId64, refunds / 10000, refunds % 10000);
        ask(sql, expected);
        ck_ok(kl_wallet_verify(fixture.handle, &vendors[v], &report, &error));
    }
    ask("SELECT count(*) FROM kloyst.batch b LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'SENT') AS sent, "
        "count(*) FILTER (WHERE status = 'FAILED') AS failed, count(*) FILTER (WHERE status = 'DELIVERED') AS delivered, "
        "count(*) FILTER (WHERE status = 'READ') AS read FROM kloyst.message_log m WHERE m.vendor_id = b.vendor_id "
        "AND m.campaign_id = b.campaign_id AND m.batch_no = b.no) c ON true "
        "WHERE (b.sent, b.failed, b.delivered, b.read) IS DISTINCT FROM (c.sent, c.failed, c.delivered, c.read)",
        "0");
}

static size_t from_environment(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(a_storm_leaves_what_was_told_and_each_refund_once)
{
    seed = from_environment("KLOYST_STORM_SEED", (uint64_t)time(NULL) * 2654435761u);
    size_t count = from_environment("KLOYST_STORM_UPDATES", 20000);
    printf("KLOYST_STORM_SEED=%" PRIu64 " KLOYST_STORM_UPDATES=%zu\n", seed, count);
    size_t each = count / 8 + 10;
    message_count = VENDORS * each;
    messages = calloc(message_count, sizeof *messages);
    updates = calloc(count, sizeof *updates);
    ck_assert(messages && updates);
    for (int v = 0; v < VENDORS; v++) {
        vendors[v] = fixture_vendor(v ? "Other" : "Acme", 100000000);
        kl_uuid account = fixture_waba(&vendors[v], PHONE);
        send_campaign(v, &account, (size_t)v * each, each);
    }
    invent_updates(count);
    make_bodies();
    answered = mmap(NULL, body_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(answered != MAP_FAILED);
    char others[200];
    char *before = harness_query_text(fixture.admin, "SELECT clock_timestamp()");
    snprintf(others, sizeof others,
             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'kloyst_app' AND backend_start > '%s'",
             before);
    free(before);
    storm();
    until_only_this_process_is_served(others);
    kl_fold_report report = settle();
    printf("%zu bodies, %" PRId64 " of the updates waited for their message to the end\n", body_count, report.matched);
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    char *waiting = harness_query_text(fixture.admin, "SELECT count(*) FROM kloyst.webhook_set_aside WHERE next_at IS NOT NULL");
    ck_assert_int_ge(atoi(waiting), foreign); /* more: of bodies that came twice */
    free(waiting);
    ask("SELECT count(*) FROM kloyst.webhook_set_aside WHERE next_at IS NOT NULL AND item NOT LIKE '%another.system%'", "0");
    ask("SELECT count(*) FROM kloyst.webhook_set_aside WHERE next_at IS NULL AND item NOT LIKE '%:17,%'", "0");
    stored_as_told();
    money_as_told();
    /* And all of it once more. */
    kl_error *error = NULL;
    before = stored_messages();
    ck_ok(kl_webhook_replay(fixture.handle, 0, 0, NULL, &error));
    ck_assert_int_eq(fold_all().refunded, 0);
    char *after = stored_messages();
    ck_assert_str_eq(before, after);
    money_as_told();
    free(before);
    free(after);
    munmap(answered, body_count);
    for (size_t i = 0; i < body_count; i++)
        buffer_free(&bodies[i]);
    free(bodies);
    free(messages);
    free(updates);
}
END_TEST

static void open_storm(void)
{
    fixture_open();
    deliver_open();
}

static void close_storm(void)
{
    deliver_close();
    fixture_close();
}

static Suite *make_suite(void)
{
    Suite *suite = suite_create("fold_storm");
    TCase *test_case = tcase_create("fold_storm");
    tcase_set_timeout(test_case, getenv("KLOYST_STORM_UPDATES") ? 3600 : 200);
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_storm, close_storm);
    tcase_add_test(test_case, a_storm_leaves_what_was_told_and_each_refund_once);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
