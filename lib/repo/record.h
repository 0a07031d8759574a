/* What happened to outbound messages: merging events into the message log and refunding failures, once.
 *
 * All are statements for a larger transaction: bind here, run with others in one pg_transact. Locks are taken in the
 * order log rows by id, wallet, what was given back. */
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
kl_message_status record_status_from(const char *label);

/* Parameters of sql_record_apply: events of messages of one vendor, in any order, any number per message. Ids that are
 * no recipient of the vendor are ignored. False when there is no memory. */
bool record_bind_apply(pg_parameters *p, const kl_uuid *vendor_id, const record_event *events, size_t count);

/* Parameters of sql_record_refund: messages of ONE campaign. Those whose failure was ever reported get their money back,
 * once. Its row, if any did: messages, amount. */
void record_bind_refund(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count,
                        const kl_uuid *refund_id);

/* Parameters of sql_record_unknown. Its rows: those of the ids that are no recipient of the vendor, in order. */
void record_bind_unknown(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *message_ids, size_t count);

/* Whether two messages were enqueued together and so belong to one campaign. */
bool record_same_series(const kl_uuid *a, const kl_uuid *b);

#endif
