/* Repository of the webhook inbox, and what folding it asks for and writes, one transaction a vendor. */
#ifndef KLOYST_REPO_INBOX_H
#define KLOYST_REPO_INBOX_H

#include "pg/pool.h"
#include "repo/inbound.h"
#include "repo/record.h"

/* Stores a body. */
kl_status inbox_insert(pg_pool *pool, const char *body, size_t length, kl_error **error);

typedef struct inbox_body {
    int64_t id;
    const char *bytes; /* lives as long as the bodies */
    size_t length;
    bool replayed;     /* was folded before */
} inbox_body;

typedef struct inbox_bodies {
    size_t count;
    inbox_body *items;
    pg_rows *rows;
} inbox_bodies;

/* Leases up to `limit` of the oldest waiting bodies, of at most `bytes` together unless the first alone is longer. */
kl_status inbox_lease(pg_pool *pool, int limit, int64_t bytes, int seconds, inbox_bodies *out, kl_error **error);
void inbox_bodies_free(inbox_bodies *bodies);

/* Gives leased bodies back at once. */
kl_status inbox_release(pg_pool *pool, const int64_t *ids, size_t count, kl_error **error);

typedef struct inbox_owner {
    const char *phone_number_id; /* lives as long as the owners */
    kl_uuid vendor_id;
} inbox_owner;

typedef struct inbox_owners {
    size_t count;
    inbox_owner *items; /* in byte order of phone number id, then of vendor */
    pg_rows *rows;
} inbox_owners;

/* The vendors that have these phone numbers. */
kl_status inbox_find_owners(pg_pool *pool, const char *const *phone_number_ids, size_t count, inbox_owners *out,
                            kl_error **error);
void inbox_owners_free(inbox_owners *owners);

/* Which of one vendor's outbound messages have these wamids: ids[] is the answer, nil for none. */
kl_status inbox_find_messages(pg_pool *pool, const kl_uuid *vendor_id, const char *const *wamids, size_t count,
                              kl_uuid *ids, kl_error **error);

typedef struct inbox_change {
    const record_event *events;
    const bool *free; /* of each event: Meta takes no money for its message; NULL: of none */
    size_t event_count;
    const inbound_message *messages;
    size_t message_count;
    bool without_refund;
} inbox_change;

typedef struct inbox_outcome {
    int64_t inbound;  /* messages that were new */
    int64_t refunded; /* messages whose money was given back */
    size_t unknown_count;
    kl_uuid *unknown; /* ids of events that are no message of the vendor, in order; malloc'ed */
} inbox_outcome;

/* Applies a change to one vendor in one transaction. On failure *out is untouched. */
kl_status inbox_apply(pg_pool *pool, const kl_uuid *vendor_id, const inbox_change *change, inbox_outcome *out,
                      kl_error **error);

#endif
