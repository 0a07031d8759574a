/* Folding, first step: the items of the leased bodies, with copies of their texts. */
#include "core/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "crypto/tracker.h"

/* Texts of one fold, freed together. */
typedef struct fold_chunk {
    struct fold_chunk *next;
    size_t used, capacity;
    char bytes[];
} fold_chunk;

enum { CHUNK_BYTES = 64 * 1024, WAMID_BYTES = 1024 };

/* The last second of the year 9999. */
#define TIMESTAMP_MAX INT64_C(253402300799)

char *fold_text(fold *f, const char *bytes, size_t length)
{
    fold_chunk *chunk = f->texts;
    if (!chunk || chunk->capacity - chunk->used <= length) {
        size_t capacity = length < CHUNK_BYTES ? CHUNK_BYTES : length + 1;
        chunk = malloc(sizeof *chunk + capacity);
        if (!chunk)
            return NULL;
        *chunk = (fold_chunk){.next = f->texts, .capacity = capacity};
        f->texts = chunk;
    }
    char *text = chunk->bytes + chunk->used;
    memcpy(text, bytes, length);
    text[length] = '\0';
    chunk->used += length + 1;
    return text;
}

void fold_free_texts(fold *f)
{
    while (f->texts) {
        fold_chunk *next = f->texts->next;
        free(f->texts);
        f->texts = next;
    }
}

bool fold_keep(fold *f, const char *text, const char **out)
{
    *out = text ? fold_text(f, text, strlen(text)) : NULL;
    return !text || *out;
}

fold_item *fold_add(fold *f, json_span raw)
{
    if (f->count == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 256;
        fold_item *grown = realloc(f->items, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        f->items = grown;
        f->capacity = capacity;
    }
    fold_item *item = &f->items[f->count++];
    *item = (fold_item){.body = f->body, .ordinal = f->ordinal++, .raw = raw};
    return item;
}

/* The number is the same for all items of a change, mostly of a body. */
static bool keep_phone(fold *f, fold_item *item, const char *phone_number_id)
{
    const char *last = item > f->items ? item[-1].phone_number_id : NULL;
    if (last && phone_number_id && strcmp(last, phone_number_id) == 0) {
        item->phone_number_id = last;
        return true;
    }
    return fold_keep(f, phone_number_id, &item->phone_number_id);
}

/* One line of at most RECORD_ERROR_TEXT bytes, not cut within a character. */
static bool keep_error_text(fold *f, const char *text, const char **out)
{
    *out = NULL;
    if (!text)
        return true;
    size_t length = strnlen(text, RECORD_ERROR_TEXT + 1);
    if (length > RECORD_ERROR_TEXT)
        for (length = RECORD_ERROR_TEXT; ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    char *copy = fold_text(f, text, length);
    for (char *at = copy; at && *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    *out = copy;
    return copy != NULL;
}

bool fold_timestamp_ok(int64_t seconds)
{
    return seconds >= 1 && seconds <= TIMESTAMP_MAX;
}

static const char *fault(const fold_item *item, int64_t timestamp)
{
    if (!fold_timestamp_ok(timestamp))
        return "the timestamp is out of range";
    if (strlen(item->wamid) > WAMID_BYTES)
        return "the message id is too long";
    return item->phone_number_id ? NULL : "no phone number id";
}

/* `type` decides where it is there: Meta is about to give up `billable`. */
static bool is_free(const webhook_pricing *pricing)
{
    if (!pricing->present)
        return false;
    return pricing->type ? strncmp(pricing->type, "free_", 5) == 0 : pricing->billable == 0;
}

static kl_status on_status(void *context, const webhook_status *status)
{
    static const kl_message_status statuses[] = {
        [WEBHOOK_SENT] = KL_MESSAGE_SENT,
        [WEBHOOK_DELIVERED] = KL_MESSAGE_DELIVERED,
        [WEBHOOK_READ] = KL_MESSAGE_READ,
        [WEBHOOK_FAILED] = KL_MESSAGE_FAILED,
    };
    fold *f = context;
    if (status->kind == WEBHOOK_OTHER) {
        f->ordinal++;
        f->report.other++;
        return KL_OK;
    }
    fold_item *item = fold_add(f, status->raw);
    if (!item || !keep_phone(f, item, status->phone_number_id) || !fold_keep(f, status->wamid, &item->wamid) ||
        !fold_keep(f, status->recipient_id, &item->mobile) || !fold_keep(f, status->recipient_user_id, &item->user_id))
        return KL_ERR_MEMORY;
    item->free = is_free(&status->pricing);
    item->status = statuses[status->kind];
    item->at = fold_timestamp_ok(status->timestamp) ? status->timestamp * 1000000 : 0;
    if (item->status == KL_MESSAGE_FAILED) {
        item->error_code = status->error_code == WEBHOOK_NO_ERROR ? 0 : status->error_code;
        if (!keep_error_text(f, status->error_details ? status->error_details : status->error_title, &item->error_text))
            return KL_ERR_MEMORY;
    }
    item->aside = fault(item, status->timestamp);
    item->tracked = tracker_open(f->handle->keys, status->tracker, &item->vendor_id, &item->message_id);
    return KL_OK;
}

static kl_status on_message(void *context, const webhook_message *message)
{
    fold *f = context;
    fold_item *item = fold_add(f, message->raw);
    if (!item || !keep_phone(f, item, message->phone_number_id) || !fold_keep(f, message->wamid, &item->wamid) ||
        !fold_keep(f, message->context_wamid, &item->context_wamid))
        return KL_ERR_MEMORY;
    item->is_message = true;
    item->at = fold_timestamp_ok(message->timestamp) ? message->timestamp * 1000000 : 0;
    item->aside = fault(item, message->timestamp);
    return fold_note_message(f, item, message);
}

static kl_status on_bad(void *context, const char *waba_id, const char *reason, json_span raw)
{
    fold_item *item = fold_add(context, raw);
    (void)waba_id;
    if (!item)
        return KL_ERR_MEMORY;
    item->aside = reason;
    return KL_OK;
}

kl_status fold_collect(fold *f, kl_error **error)
{
    static const webhook_handler handler = {
        .on_status = on_status,
                                            .on_message = on_message,
                                            .on_preference = fold_on_preference,
                                            .on_other = fold_on_other,
                                            .on_number = fold_on_number,
                                            .on_bad = on_bad};
    for (size_t i = 0; i < f->bodies.count; i++) {
        const inbox_body *body = &f->bodies.items[i];
        kl_error *why = NULL;
        f->body = i;
        f->ordinal = 0;
        kl_status status = webhook_parse(body->bytes, body->length, &handler, f, &why);
        if (status == KL_ERR_JSON || status == KL_ERR_TOO_LONG || status == KL_ERR_ENCODING)
            status = on_bad(f, NULL, kl_status_text(status), (json_span){body->bytes, body->length});
        kl_error_free(why);
        if (status)
            return error_set(error, status, "a webhook could not be read");
    }
    return KL_OK;
}
