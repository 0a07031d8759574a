/* Repository of the webhook inbox: marking bodies as folded, and the items that were set aside. */
#ifndef KLOYST_REPO_INBOX_ASIDE_H
#define KLOYST_REPO_INBOX_ASIDE_H

#include "pg/pool.h"

/* An item that could not be applied. */
typedef struct inbox_aside {
    int64_t inbox_id;
    int32_t ordinal; /* of the item in its body */
    const char *reason;
    const char *item;
    size_t length;
    bool waits;                  /* to be tried again; the next two are then known */
    const char *phone_number_id; /* else may be NULL */
    bool is_message;
} inbox_aside;

/* Keeps the items that were set aside and marks the bodies as folded, in one transaction. Those that wait do so for
 * `wait_seconds`. `again`: some of the bodies were folded before, and what was set aside then and is not now goes. */
kl_status inbox_finish(pg_pool *pool, const int64_t *ids, size_t count, const inbox_aside *asides, size_t aside_count,
                       int wait_seconds, bool again, kl_error **error);

typedef struct inbox_due_item {
    int64_t id;
    const char *phone_number_id; /* this and the bytes live as long as the due */
    const char *bytes;
    size_t length;
    bool is_message;
} inbox_due_item;

typedef struct inbox_due {
    size_t count;
    inbox_due_item *items;
    pg_rows *rows;
} inbox_due;

/* Leases up to `limit` items whose time to be tried has come, until their next time. */
kl_status inbox_lease_due(pg_pool *pool, int limit, inbox_due *out, kl_error **error);
void inbox_due_free(inbox_due *due);

/* In one transaction: matched items go, wrong ones are kept for a person with their reasons, and of those that still wait
 * the expired ones are removed and counted. */
kl_status inbox_settle_due(pg_pool *pool, const int64_t *matched, size_t matched_count, const int64_t *wrong,
                           const char *const *reasons, size_t wrong_count, const int64_t *waiting, size_t waiting_count,
                           int64_t *expired, kl_error **error);

#endif
