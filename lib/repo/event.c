/* Repository of the event feed. */
#include "repo/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

/* Vendors that are woken by name; of more than that, everybody is. */
enum { WOKEN_MAX = 50 };

struct kl_event {
    kl_event_kind kind;
    kl_time at;
    bool has_message, has_contact, has_campaign;
    kl_uuid message_id, contact_id, campaign_id;
    int state;
    char *subject;
    char *detail;
};

struct kl_event_page {
    kl_uuid vendor_id;
    char *consumer;
    char *seen, *target; /* snapshots, as the database writes them */
    int64_t version;
    bool begun;          /* the window up to target was begun by an earlier page */
    bool whole;          /* and nothing of it is left behind this one */
    bool missed;
    kl_time last_at;     /* of the last event */
    kl_uuid last_id;
    int64_t last_no;
    size_t count;
    kl_event *events;
};

/* 0 for a label that this version does not know. */
static kl_event_kind kind_from(const char *label)
{
    static const char *const labels[] = {[KL_EVENT_MESSAGE_RECEIVED] = "MESSAGE_RECEIVED",
                                         [KL_EVENT_MESSAGE_STATE] = "MESSAGE_STATE",
                                         [KL_EVENT_CAMPAIGN_STATE] = "CAMPAIGN_STATE",
                                         [KL_EVENT_CONSENT] = "CONSENT",
                                         [KL_EVENT_TEMPLATE] = "TEMPLATE",
                                         [KL_EVENT_NUMBER] = "NUMBER",
                                         [KL_EVENT_ACCOUNT] = "ACCOUNT",
                                         [KL_EVENT_CONTACT] = "CONTACT"};
    for (int kind = KL_EVENT_MESSAGE_RECEIVED; kind <= KL_EVENT_CONTACT; kind++)
        if (strcmp(labels[kind], label) == 0)
            return (kl_event_kind)kind;
    return (kl_event_kind)0;
}

/* NULL for SQL NULL; false when there is no memory. */
static bool copy_text(const pg_rows *rows, int row, int column, char **out)
{
    bool null = pg_is_null(rows, row, column);
    *out = null ? NULL : pg_text_copy(rows, row, column);
    return null || *out;
}

/* Columns 5 and on: at, id, no, kind, campaign_id, message_id, contact_id, state, subject, detail. */
static bool read_event(const pg_rows *rows, int row, kl_event *event)
{
    event->at = pg_time(rows, row, 5);
    event->kind = kind_from(pg_text(rows, row, 8));
    event->has_campaign = !pg_is_null(rows, row, 9);
    event->campaign_id = pg_uuid(rows, row, 9);
    event->has_message = !pg_is_null(rows, row, 10);
    event->message_id = pg_uuid(rows, row, 10);
    event->has_contact = !pg_is_null(rows, row, 11);
    event->contact_id = pg_uuid(rows, row, 11);
    event->state = pg_int4(rows, row, 12);
    return copy_text(rows, row, 13, &event->subject) && copy_text(rows, row, 14, &event->detail);
}

static kl_event_page *page_from(const pg_rows *rows, const kl_uuid *vendor_id, const char *consumer, int limit)
{
    int count = pg_is_null(rows, 0, 6) ? 0 : pg_rows_count(rows);
    kl_event_page *page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->vendor_id = *vendor_id;
    page->consumer = strdup(consumer);
    page->version = pg_int8(rows, 0, 0);
    page->seen = pg_text_copy(rows, 0, 1);
    page->target = pg_text_copy(rows, 0, 2);
    page->begun = pg_bool(rows, 0, 3);
    page->missed = pg_bool(rows, 0, 4);
    page->whole = count < limit;
    page->events = calloc((size_t)count + 1, sizeof *page->events);
    bool enough = page->consumer && page->seen && page->target && page->events;
    for (int i = 0; enough && i < count; i++)
        enough = read_event(rows, i, &page->events[page->count++]);
    if (!enough) {
        kl_event_page_free(page);
        return NULL;
    }
    if (count) {
        page->last_at = pg_time(rows, count - 1, 5);
        page->last_id = pg_uuid(rows, count - 1, 6);
        page->last_no = pg_int8(rows, count - 1, 7);
    }
    return page;
}

kl_status event_register(pg_connection *connection, const kl_uuid *vendor_id, const char *consumer, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, consumer);
    pg_scope scope = tenant(vendor_id);
    pg_statement statement = {sql_event_register, &p, &rows, PG_ROLE_SAME};
    kl_status status = pg_transact(connection, &scope, &statement, 1, error);
    if (!status && !pg_bool(rows, 0, 0))
        status = common_not_found("vendor", error);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}

kl_status event_read(pg_connection *connection, const kl_uuid *vendor_id, const char *consumer, int limit,
                     kl_event_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, consumer);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    pg_statement statement = {sql_event_read, &p, &rows, PG_ROLE_SAME};
    kl_status status = pg_transact(connection, &scope, &statement, 1, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("reader", error);
    if (!status && !(*out = page_from(rows, vendor_id, consumer, limit)))
        status = error_memory(error);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}

bool event_page_ends_window(const kl_event_page *page)
{
    return page->begun && page->count == 0;
}

static void bind_ack(pg_parameters *p, const kl_event_page *page)
{
    pg_bind_uuid(p, &page->vendor_id);
    pg_bind_text(p, page->consumer);
    pg_bind_int8(p, page->version);
    pg_bind_text(p, page->seen);
    pg_bind_text(p, page->target);
    if (page->whole) {
        pg_bind_null(p);
        pg_bind_null(p);
        pg_bind_null(p);
    } else {
        pg_bind_time(p, page->last_at);
        pg_bind_uuid(p, &page->last_id);
        pg_bind_int8(p, page->last_no);
    }
}

static kl_status elsewhere(kl_error **error)
{
    return error_set(error, KL_ERR_STATE, "the reader is somewhere else by now");
}

kl_status event_pass(pg_connection *connection, const kl_event_page *page, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_ack(&p, page);
    pg_scope scope = tenant(&page->vendor_id);
    pg_statement statement = {sql_event_ack, &p, &rows, PG_ROLE_SAME};
    kl_status status = pg_transact(connection, &scope, &statement, 1, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = elsewhere(error);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}

kl_status event_ack(pg_pool *pool, const kl_uuid *vendor_id, const kl_event_page *page, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    if (uuid_compare(&page->vendor_id, vendor_id) != 0)
        return error_set(error, KL_ERR_ARGUMENT, "the page was read for another vendor");
    bind_ack(&p, page);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_event_ack, &p, &rows, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = elsewhere(error);
    pg_rows_free(rows);
    return status;
}

kl_status event_forget(pg_pool *pool, const kl_uuid *vendor_id, const char *consumer, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, consumer);
    return common_change(pool, vendor_id, sql_event_forget, &p, "reader", error);
}

kl_status event_remove_old(pg_pool *pool, const kl_uuid *vendor_id, int64_t seconds, int limit, int64_t *removed,
                           kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int8(&p, seconds);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_event_remove_old, &p, &rows, error);
    if (!status)
        *removed = pg_int8(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status event_wake(pg_pool *pool, const kl_uuid *vendor_ids, size_t count, kl_error **error)
{
    static const pg_scope scope = {.role = PG_ROLE_PLATFORM, .asynchronous_commit = true};
    pg_parameters p = PG_PARAMETERS_INIT;
    char names[WOKEN_MAX][KL_UUID_TEXT + 1];
    const char *texts[WOKEN_MAX] = {""};
    size_t named = count <= WOKEN_MAX ? count : 0;
    for (size_t i = 0; i < named; i++) {
        kl_uuid_format(&vendor_ids[i], names[i]);
        texts[i] = names[i];
    }
    pg_bind_text_array(&p, texts, named ? named : 1);
    return common_query(pool, &scope, sql_event_wake, &p, NULL, error);
}

kl_event_kind kl_event_kind_of(const kl_event *event)
{
    return event ? event->kind : (kl_event_kind)0;
}

kl_time kl_event_happened_at(const kl_event *event)
{
    return event ? event->at : 0;
}

const kl_uuid *kl_event_message_id(const kl_event *event)
{
    return event && event->has_message ? &event->message_id : NULL;
}

const kl_uuid *kl_event_contact_id(const kl_event *event)
{
    return event && event->has_contact ? &event->contact_id : NULL;
}

const kl_uuid *kl_event_campaign_id(const kl_event *event)
{
    return event && event->has_campaign ? &event->campaign_id : NULL;
}

int kl_event_state(const kl_event *event)
{
    return event ? event->state : 0;
}

const char *kl_event_subject(const kl_event *event)
{
    return event ? event->subject : NULL;
}

const char *kl_event_detail(const kl_event *event)
{
    return event ? event->detail : NULL;
}

size_t kl_event_page_count(const kl_event_page *page)
{
    return page ? page->count : 0;
}

const kl_event *kl_event_page_at(const kl_event_page *page, size_t index)
{
    return page && index < page->count ? &page->events[index] : NULL;
}

int kl_event_page_missed(const kl_event_page *page)
{
    return page ? page->missed : 0;
}

void kl_event_page_free(kl_event_page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < page->count; i++) {
        free(page->events[i].subject);
        free(page->events[i].detail);
    }
    free(page->events);
    free(page->consumer);
    free(page->seen);
    free(page->target);
    free(page);
}
