/* The body of a webhook. */
#ifndef STANDIN_PAYLOAD_H
#define STANDIN_PAYLOAD_H

#include "ledger.h"
#include "server.h"

typedef enum update_kind { UPDATE_SENT, UPDATE_DELIVERED, UPDATE_READ, UPDATE_FAILED, UPDATE_INBOUND } update_kind;

/* One thing that Meta has to tell. */
typedef struct update {
    const message *message;
    exchange *gate; /* the send that is answered only after this was posted; NULL = none */
    int64_t due_us;
    update_kind kind;
    bool duplicate; /* told before */
    bool priced;    /* carries `pricing` */
} update;

enum { PAYLOAD_UPDATES = 1000 };

/* Writes up to PAYLOAD_UPDATES of them as Meta does: one entry a number, statuses and messages in their own change.
 * The ledger's lock is held. */
void payload_write(text *out, const update *updates, size_t count);

/* An upper bound for the bytes one takes. */
size_t payload_bound(const update *update);

#endif
