/* What happened to outbound messages: merging the events of a call, and binding the statements that store them. */
#include "repo/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "sql.h"

/* After a day a single message whose answer was lost is settled, as long as Meta retries a webhook at most. */
enum { SINGLE_SETTLE_SECONDS = 86400 };

static const char *const labels[] = {NULL, "UNKNOWN", "SENT", "FAILED", "DELIVERED", "READ"};

const char *record_status_label(kl_message_status status)
{
    return (int)status >= 1 && status <= KL_MESSAGE_READ ? labels[status] : NULL;
}

/* All that the events of one call say about a message. */
typedef struct merged {
    const record_event *failure; /* the earliest; NULL: none */
    kl_message_status status;
    kl_time sent_at, delivered_at, read_at;
} merged;

static kl_time earlier(kl_time a, kl_time b)
{
    return !a || (b && b < a) ? b : a;
}

/* By time, then code, then text: as the statement compares it with what is stored. */
static bool fails_earlier(const record_event *a, const record_event *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (a->error_code != b->error_code)
        return a->error_code < b->error_code;
    return strcmp(a->error_text ? a->error_text : "", b->error_text ? b->error_text : "") < 0;
}

/* A delivery implies sending and reading implies delivery, so their times bound the earlier ones. */
static void merge(merged *m, const record_event *event)
{
    if (event->status > m->status)
        m->status = event->status;
    if (event->status == KL_MESSAGE_FAILED) {
        if (!m->failure || fails_earlier(event, m->failure))
            m->failure = event;
        return;
    }
    if (event->status >= KL_MESSAGE_SENT)
        m->sent_at = earlier(m->sent_at, event->at);
    if (event->status >= KL_MESSAGE_DELIVERED)
        m->delivered_at = earlier(m->delivered_at, event->at);
    if (event->status >= KL_MESSAGE_READ)
        m->read_at = earlier(m->read_at, event->at);
}

static int compare_events(const void *a, const void *b)
{
    const record_event *left = *(const record_event *const *)a, *right = *(const record_event *const *)b;
    return uuid_compare(&left->message_id, &right->message_id);
}

/* Room for `count` messages. */
typedef struct columns {
    const record_event **sorted;
    merged *messages;
    kl_uuid *ids;
    const char **wamids, **texts;
    kl_time *times;
    int32_t *codes;
} columns;

static bool columns_make(columns *c, size_t count)
{
    count++;
    c->sorted = malloc(count * sizeof *c->sorted);
    c->messages = calloc(count, sizeof *c->messages);
    c->ids = malloc(count * sizeof *c->ids);
    c->wamids = malloc(count * sizeof *c->wamids);
    c->texts = malloc(count * sizeof *c->texts);
    c->times = malloc(count * sizeof *c->times);
    c->codes = malloc(count * sizeof *c->codes);
    return c->sorted && c->messages && c->ids && c->wamids && c->texts && c->times && c->codes;
}

static void columns_free(columns *c)
{
    free(c->sorted);
    free(c->messages);
    free(c->ids);
    free(c->wamids);
    free(c->texts);
    free(c->times);
    free(c->codes);
}

/* One entry a message; answers how many. */
static size_t merge_events(columns *c, const record_event *events, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        c->sorted[i] = &events[i];
    if (count)
        qsort(c->sorted, count, sizeof *c->sorted, compare_events);
    for (size_t i = 0; i < count; i++) {
        const record_event *event = c->sorted[i];
        if (!n || uuid_compare(&c->ids[n - 1], &event->message_id) != 0) {
            c->ids[n] = event->message_id;
            c->wamids[n++] = NULL;
        }
        const char **wamid = &c->wamids[n - 1];
        if (event->wa_message_id && (!*wamid || strcmp(event->wa_message_id, *wamid) < 0))
            *wamid = event->wa_message_id;
        merge(&c->messages[n - 1], event);
    }
    return n;
}

static bool bind_apply(pg_parameters *p, const kl_uuid *vendor_id, const record_change *change)
{
    const record_event *events = change->events;
    size_t count = change->event_count;
    columns c = {0};
    bool enough = columns_make(&c, count);
    if (enough) {
        size_t n = merge_events(&c, events, count);
        pg_bind_uuid(p, vendor_id);
        pg_bind_uuid_array(p, c.ids, n);
        pg_bind_text_array(p, c.wamids, n);
        for (size_t i = 0; i < n; i++)
            c.texts[i] = record_status_label(c.messages[i].status);
        pg_bind_text_array(p, c.texts, n);
        for (size_t i = 0; i < n; i++)
            c.times[i] = c.messages[i].sent_at;
        pg_bind_time_array(p, c.times, n);
        for (size_t i = 0; i < n; i++)
            c.times[i] = c.messages[i].delivered_at;
        pg_bind_time_array(p, c.times, n);
        for (size_t i = 0; i < n; i++)
            c.times[i] = c.messages[i].read_at;
        pg_bind_time_array(p, c.times, n);
        for (size_t i = 0; i < n; i++) {
            const record_event *failure = c.messages[i].failure;
            c.times[i] = failure ? failure->at : 0;
            c.codes[i] = failure ? failure->error_code : 0;
            c.texts[i] = failure ? failure->error_text : NULL;
        }
        pg_bind_time_array(p, c.times, n);
        pg_bind_int4_array(p, c.codes, n);
        pg_bind_text_array(p, c.texts, n);
        pg_bind_time(p, clock_now());
        pg_bind_uuid(p, change->campaign_id);
        pg_bind_int4(p, change->batch_no);
    }
    columns_free(&c);
    return enough;
}

bool record_bind_apply(pg_parameters *p, const kl_uuid *vendor_id, const record_event *events, size_t count)
{
    return bind_apply(p, vendor_id, &(record_change){.events = events, .event_count = count});
}

void record_bind_accept(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int batch_no,
                        const record_accepted *accepted)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid(p, campaign_id);
    pg_bind_int4(p, batch_no);
    pg_bind_uuid_array(p, accepted->message_ids, accepted->count);
    pg_bind_text_array(p, accepted->wa_message_ids, accepted->count);
    pg_bind_uuid_array(p, accepted->contact_ids, accepted->count);
    pg_bind_text_array(p, accepted->mobiles, accepted->count);
    pg_bind_money_array(p, accepted->prices, accepted->count);
    pg_bind_time(p, accepted->at);
}

void record_bind_lock(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid_array(p, message_ids, count);
}

void record_bind_doubt(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid_array(p, message_ids, count);
    pg_bind_time(p, clock_now());
    pg_bind_int4(p, SINGLE_SETTLE_SECONDS);
}

bool record_bind_refund(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, const bool *free_of_charge,
                        size_t count)
{
    kl_uuid *refund_ids = malloc((count + 1) * sizeof *refund_ids);
    if (!refund_ids)
        return false;
    for (size_t i = 0; i < count; i++)
        uuid_generate(&refund_ids[i]);
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid_array(p, message_ids, count);
    if (free_of_charge)
        pg_bind_bool_array(p, free_of_charge, count);
    else
        pg_bind_null(p);
    pg_bind_uuid_array(p, refund_ids, count);
    free(refund_ids);
    return true;
}

static bool bind_defer(pg_parameters *p, const kl_uuid *vendor_id, const record_deferral *deferrals, size_t count)
{
    kl_uuid *ids = malloc((count + 1) * sizeof *ids);
    kl_time *times = malloc((count + 1) * sizeof *times);
    int32_t *numbers = malloc((count + 1) * sizeof *numbers);
    bool enough = ids && times && numbers;
    if (enough) {
        for (size_t i = 0; i < count; i++) {
            ids[i] = deferrals[i].message_id;
            times[i] = deferrals[i].due_at;
            numbers[i] = deferrals[i].error_code;
        }
        pg_bind_uuid(p, vendor_id);
        pg_bind_uuid_array(p, ids, count);
        pg_bind_time_array(p, times, count);
        pg_bind_int4_array(p, numbers, count);
        for (size_t i = 0; i < count; i++)
            numbers[i] = deferrals[i].attempts;
        pg_bind_int4_array(p, numbers, count);
    }
    free(ids);
    free(times);
    free(numbers);
    return enough;
}

static pg_parameters *add(record_statements *s, const char *sql, pg_rows **rows)
{
    pg_parameters *p = &s->parameters[s->count];
    s->statements[s->count++] = (pg_statement){sql, p, rows, PG_ROLE_SAME};
    return p;
}

static size_t ids_with(const record_change *change, kl_message_status status, kl_uuid *ids)
{
    size_t count = 0;
    for (size_t i = 0; i < change->event_count; i++)
        if (change->events[i].status == status)
            ids[count++] = change->events[i].message_id;
    return count;
}

kl_status record_statements_make(record_statements *s, const kl_uuid *vendor_id, const record_change *change,
                                 kl_error **error)
{
    *s = (record_statements){0};
    kl_uuid *ids = malloc((change->event_count + 1) * sizeof *ids);
    bool enough = ids;
    if (enough && change->deferral_count)
        enough = bind_defer(add(s, sql_record_defer, &s->dropped), vendor_id, change->deferrals, change->deferral_count);
    if (enough && change->event_count)
        enough = bind_apply(add(s, sql_record_apply, NULL), vendor_id, change);
    size_t count = enough ? ids_with(change, KL_MESSAGE_UNKNOWN, ids) : 0;
    if (count)
        record_bind_doubt(add(s, sql_record_doubt, NULL), vendor_id, ids, count);
    count = enough ? ids_with(change, KL_MESSAGE_FAILED, ids) : 0;
    if (count)
        enough = record_bind_refund(add(s, sql_record_refund, NULL), vendor_id, ids, NULL, count);
    free(ids);
    return enough ? KL_OK : error_memory(error);
}

void record_statements_free(record_statements *s)
{
    for (size_t i = 0; i < s->count; i++)
        pg_parameters_free(&s->parameters[i]);
    pg_rows_free(s->dropped);
}
