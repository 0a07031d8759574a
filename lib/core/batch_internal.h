/* What the files of batches share: a lease on messages, of a campaign or of the queue. */
#ifndef KLOYST_CORE_BATCH_INTERNAL_H
#define KLOYST_CORE_BATCH_INTERNAL_H

#include "base/buffer.h"
#include "core/batch.h"
#include "repo/batch.h"
#include "repo/queue.h"

/* Places in the batch's text; at 0 there is an empty one. */
typedef struct batch_message {
    kl_uuid id;
    kl_uuid campaign_id; /* nil: a single message */
    kl_uuid contact_id;  /* of a campaign's batch; nil: none */
    size_t mobile;
    size_t body;
    size_t template_name;
    size_t template_language;
    size_t category;
    kl_money price;      /* of a campaign's batch */
    int attempts;
    int ordinal;         /* of a campaign's batch: place in the whole of it */
} batch_message;

struct kl_batch {
    batch_key key;            /* of the queue: nil as campaign, -1 as no */
    kl_uuid waba_account_id;
    size_t phone_number_id;   /* place in text */
    kl_uuid first_message_id; /* of a campaign's batch, also of a resumed one */
    int resumed_at;           /* messages that an earlier worker had started */
    int size;                 /* of the whole batch of a campaign */
    size_t count;
    size_t started;           /* of count */
    batch_message *messages;
    buffer text;
};

static inline bool batch_of_queue(const kl_batch *batch)
{
    return batch->key.no < 0;
}

/* NULL: no memory. */
kl_batch *batch_new(const kl_uuid *vendor_id);

/* Appends a text and its NUL and answers its place. Whether there was memory stands in batch->text. */
size_t batch_text(kl_batch *batch, const char *text);

/* The template of a message. `names` and places stand in row 0 or the message's own. */
typedef struct batch_template {
    const char *name;
    const char *language;
    bool named;
    const pg_rows *names;
    int names_row;
    int names_column;
    int places_column; /* NULL there, or an element: in the body */
} batch_template;

/* Appends the JSON body of one message with the parameters of that row; *place is where it stands. */
kl_status batch_body(const kl *handle, kl_batch *batch, const batch_template *t, const kl_uuid *message_id, const char *mobile,
                     const pg_rows *rows, int row, int column, size_t *place, kl_error **error);

/* Why a message is not sent any more, for those who read its error: KL_ERROR_CODE_BLOCKED and so on. */
const char *batch_refusal_text(int code);

/* Stores a change in the way of the batch. */
kl_status batch_record(kl *handle, const kl_batch *batch, const record_change *change, kl_error **error);

#endif
