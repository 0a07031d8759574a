/* Repository of single messages: what decides whether one may go, and the rows of one that goes. */
#include "repo/send.h"

#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/recipient.h"
#include "sql.h"

static const char *text_or_null(const pg_rows *rows, int column)
{
    return pg_is_null(rows, 0, column) ? NULL : pg_text(rows, 0, column);
}

static void read_facts(send_facts *f, const send_request *request)
{
    const pg_rows *rows = f->rows;
    f->account = pg_rows_count(rows) > 0;
    if (!f->account)
        return;
    f->contact = !pg_is_null(rows, 0, 1);
    f->contact_id = pg_uuid(rows, 0, 1);
    f->mobile = text_or_null(rows, 2);
    f->bsuid = text_or_null(rows, 3);
    f->blocked = pg_bool(rows, 0, 4) && f->contact;
    f->opted_out = pg_bool(rows, 0, 5) && f->contact;
    f->window_open = pg_bool(rows, 0, 6);
    f->stored = !pg_is_null(rows, 0, 7);
    f->category = f->stored ? pg_text(rows, 0, 8) : request->category;
    f->status = pg_text(rows, 0, 9);
    f->named = strcmp(pg_text(rows, 0, 10), "NAMED") == 0;
    f->places_column = 11;
    f->names_column = 12;
    f->unsupported = text_or_null(rows, 13);
    f->catalogued = pg_bool(rows, 0, 14);
    f->priced = !pg_is_null(rows, 0, 15);
    f->price = pg_money(rows, 0, 15);
    f->rests = text_or_null(rows, 16);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The recipient as it was asked for. */
static const char *asked_recipient(const send_request *request, char id[KL_UUID_TEXT + 1])
{
    if (request->recipient)
        return request->recipient;
    kl_uuid_format(request->contact_id, id);
    return id;
}

static const char *differing_field(const pg_rows *rows, const send_request *request)
{
    size_t length = 0;
    char id[KL_UUID_TEXT + 1];
    kl_uuid account = pg_uuid(rows, 0, 1);
    const char *hash = pg_bytes(rows, 0, 4, &length);
    if (uuid_compare(&account, request->waba_account_id) != 0)
        return "account";
    if (strcmp(pg_text(rows, 0, 2), asked_recipient(request, id)) != 0)
        return "recipient";
    if (strcmp(pg_text(rows, 0, 3), request->kind) != 0)
        return "kind";
    if (length != sizeof request->content_hash || memcmp(hash, request->content_hash, length) != 0)
        return "content";
    if (!same_text(text_or_null(rows, 5), request->reply_to))
        return "message to reply to";
    if (pg_is_null(rows, 0, 6) != request->by_rate_card || (!request->by_rate_card && pg_money(rows, 0, 6) != request->price))
        return "price";
    return pg_time(rows, 0, 7) != request->at ? "time" : NULL;
}

static void bind_facts(pg_parameters *p, const send_request *request)
{
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_uuid(p, request->waba_account_id);
    pg_bind_text(p, request->recipient);
    pg_bind_uuid(p, request->contact_id);
    pg_bind_text(p, request->template_name);
    pg_bind_text(p, request->template_language);
    pg_bind_text(p, request->category);
    pg_bind_bool(p, request->by_rate_card && request->template_name);
    pg_bind_time(p, request->at);
}

kl_status send_begin(pg_connection *c, const send_request *request, send_facts *facts, send_prior *prior, kl_error **error)
{
    pg_parameters known = PG_PARAMETERS_INIT, key = PG_PARAMETERS_INIT;
    pg_scope scope = tenant(request->vendor_id);
    *facts = (send_facts){0};
    *prior = (send_prior){0};
    bind_facts(&known, request);
    pg_bind_uuid(&key, request->vendor_id);
    pg_bind_text(&key, request->idempotency_key);
    pg_statement statements[] = {{sql_send_facts, &known, &facts->rows, PG_ROLE_SAME},
                                 {sql_send_request, &key, &prior->rows, PG_ROLE_SAME}};
    kl_status status = pg_begin_with(c, &scope, statements, request->idempotency_key ? 2 : 1, error);
    pg_parameters_free(&known);
    pg_parameters_free(&key);
    if (status)
        return status;
    read_facts(facts, request);
    prior->found = pg_rows_count(prior->rows) > 0;
    if (prior->found) {
        prior->message_id = pg_uuid(prior->rows, 0, 0);
        prior->differs = differing_field(prior->rows, request);
    }
    return KL_OK;
}

void send_facts_free(send_facts *facts)
{
    pg_rows_free(facts->rows);
    *facts = (send_facts){0};
}

void send_prior_free(send_prior *prior)
{
    pg_rows_free(prior->rows);
    *prior = (send_prior){0};
}

static void bind_request(pg_parameters *p, const send_request *request, const kl_uuid *message_id)
{
    char id[KL_UUID_TEXT + 1];
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_text(p, request->idempotency_key);
    pg_bind_uuid(p, message_id);
    pg_bind_uuid(p, request->waba_account_id);
    pg_bind_text(p, asked_recipient(request, id));
    pg_bind_text(p, request->kind);
    pg_bind_bytes(p, request->content_hash, sizeof request->content_hash);
    pg_bind_text(p, request->reply_to);
    if (request->by_rate_card)
        pg_bind_null(p);
    else
        pg_bind_money(p, request->price);
    pg_bind_time(p, request->at);
}

static void bind_contact(pg_parameters *p, const send_request *request)
{
    kl_uuid id;
    bool user_id = strchr(request->recipient, '.') != NULL;
    uuid_generate(&id);
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_uuid(p, &id);
    pg_bind_text(p, user_id ? NULL : request->recipient);
    pg_bind_text(p, user_id ? request->recipient : NULL);
}

static void bind_recipient(pg_parameters *p, const send_request *request, const send_message *m, const kl_uuid *debit_id)
{
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_uuid(p, &m->id);
    pg_bind_uuid(p, m->contact_id);
    pg_bind_text(p, m->recipient);
    pg_bind_money(p, m->price);
    pg_bind_uuid(p, m->price ? debit_id : NULL);
}

static void bind_queue(pg_parameters *p, const send_request *request, const send_message *m)
{
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_uuid(p, &m->id);
    pg_bind_uuid(p, request->waba_account_id);
    pg_bind_text(p, m->body);
    pg_bind_text(p, request->template_name);
    pg_bind_text(p, m->category);
    pg_bind_time(p, request->at);
    pg_bind_text(p, request->template_language);
}

static void bind_debit(pg_parameters *p, const send_request *request, const send_message *m, const kl_uuid *debit_id)
{
    pg_bind_uuid(p, request->vendor_id);
    pg_bind_uuid(p, debit_id);
    pg_bind_money(p, m->price);
    pg_bind_uuid(p, &m->id);
}

kl_status send_write(pg_connection *c, const send_request *request, const send_message *message, bool *paid,
                     kl_error **error)
{
    enum { MOST = 6 };
    pg_parameters p[MOST] = {{.count = 0}};
    pg_statement statements[MOST];
    pg_rows *debited = NULL;
    size_t count = 0;
    kl_uuid debit_id;
    uuid_generate(&debit_id);
    if (request->idempotency_key) {
        bind_request(&p[count], request, &message->id);
        statements[count] = (pg_statement){sql_send_keep_request, &p[count], NULL, PG_ROLE_SAME};
        count++;
    }
    if (!message->contact_id) {
        bind_contact(&p[count], request);
        statements[count] = (pg_statement){sql_send_contact, &p[count], NULL, PG_ROLE_SAME};
        count++;
    }
    bind_recipient(&p[count], request, message, &debit_id);
    statements[count] = (pg_statement){sql_send_recipient, &p[count], NULL, PG_ROLE_SAME};
    count++;
    bind_queue(&p[count], request, message);
    statements[count] = (pg_statement){sql_send_queue, &p[count], NULL, PG_ROLE_SAME};
    count++;
    pg_bind_uuid(&p[count], request->vendor_id);
    pg_bind_uuid(&p[count], request->waba_account_id);
    pg_bind_time(&p[count], request->at);
    statements[count] = (pg_statement){sql_queue_lane, &p[count], NULL, PG_ROLE_SAME};
    count++;
    if (message->price) {
        bind_debit(&p[count], request, message, &debit_id);
        statements[count] = (pg_statement){sql_send_debit, &p[count], &debited, PG_ROLE_SAME};
        count++;
    }
    kl_status status = pg_execute(c, statements, count, error);
    *paid = !message->price || pg_rows_count(debited) > 0;
    pg_rows_free(debited);
    while (count)
        pg_parameters_free(&p[--count]);
    return status;
}

kl_status send_state(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_recipient_state *state,
                     kl_time *next_at, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, message_id);
    kl_status status = common_query(pool, &scope, sql_send_state, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("single message", error);
    if (!status) {
        *state = recipient_state_from(pg_text(rows, 0, 0));
        if (next_at)
            *next_at = pg_time(rows, 0, 1);
    }
    pg_rows_free(rows);
    return status;
}
