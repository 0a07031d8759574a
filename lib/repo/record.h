/* What happened to outbound messages: merging events into the message log, counting them, and refunding failures, once.
 *
 * All are statements for a larger transaction: bind here, run with others in one pg_transact, sql_record_lock or
 * sql_batch_lock first. Locks are taken in the order batches or single recipients, log rows, queue, lane of the account, campaign,
 * hold, lane of the campaign, wallet. */
#ifndef KLOYST_REPO_RECORD_H
#define KLOYST_REPO_RECORD_H

#include <kloyst/message.h>

#include "pg/connection.h"

/* Bytes of an error text that are kept. */
enum { RECORD_ERROR_TEXT = 500 };

typedef struct record_event {
    kl_uuid message_id;
    const char *wa_message_id; /* NULL: not known */
    kl_message_status status;
    kl_time at;                /* 0 only with KL_MESSAGE_UNKNOWN */
    int error_code;            /* of a failure, else 0 */
    const char *error_text;    /* may be NULL */
} record_event;

/* Label of the enum kloyst.message_status; NULL for no such status. */
const char *record_status_label(kl_message_status status);

/* Parameters of sql_record_lock, the first statement of a transaction that writes of messages. Its rows: those of the ids that
 * are no message of the vendor, in order. */
void record_bind_lock(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count);

/* Parameters of sql_record_apply: events of messages of one vendor, in any order, any number per message. Ids that are
 * no message of the vendor are ignored. False when there is no memory. */
bool record_bind_apply(pg_parameters *p, const kl_uuid *vendor_id, const record_event *events, size_t count);

/* Parameters of sql_record_doubt, which follows sql_record_apply: messages with an event KL_MESSAGE_UNKNOWN. */
void record_bind_doubt(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count);

/* Parameters of sql_record_refund, which follows sql_record_apply: messages of any campaigns and single ones. Those whose failure was
 * ever reported, or that are `free` (NULL: none is), get their money back, once. Its row, if any did: messages, amount.
 * False when there is no memory. */
bool record_bind_refund(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, const bool *free, size_t count);

/* A message that was refused in passing. */
typedef struct record_deferral {
    kl_uuid message_id;
    kl_time due_at;  /* when it is to be sent again */
    int error_code;
    int attempts;    /* how often it was refused by now */
} record_deferral;

/* Messages of one batch that were accepted, as columns; a contact's id is nil when there is none. */
typedef struct record_accepted {
    const kl_uuid *message_ids;
    const char *const *wa_message_ids;
    const kl_uuid *contact_ids;
    const char *const *mobiles;
    const kl_money *prices;
    size_t count;
    kl_time at;
} record_accepted;

/* Parameters of sql_record_accept, which follows sql_batch_lock. */
void record_bind_accept(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int batch_no,
                        const record_accepted *accepted);

/* What one transaction tells of messages of one vendor. */
typedef struct record_change {
    const record_event *events; /* no two of one message */
    size_t event_count;
    const record_deferral *deferrals;
    size_t deferral_count;
    const kl_uuid *campaign_id; /* NULL, or all are of batch batch_no of this campaign */
    int batch_no;
} record_change;

/* Its statements behind the one that locks. */
enum { RECORD_STATEMENTS_MAX = 4 };
typedef struct record_statements {
    pg_statement statements[RECORD_STATEMENTS_MAX];
    pg_parameters parameters[RECORD_STATEMENTS_MAX];
    size_t count;
    pg_rows *dropped; /* ids of deferrals that are not sent again: their campaign was cancelled */
} record_statements;

/* KL_ERR_MEMORY. Freed in any case; the structure must stay where it is. */
kl_status record_statements_make(record_statements *s, const kl_uuid *vendor_id, const record_change *change,
                                 kl_error **error);
void record_statements_free(record_statements *s);

#endif
