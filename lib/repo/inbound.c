/* Repository of messages from users: statements for the transaction that applies a webhook to one vendor. */
#include "repo/inbound.h"

#include <stdlib.h>

#include "base/uuid.h"
#include "repo/consent.h"
#include "repo/message.h"
#include "repo/window.h"

/* Room for one column of each type. */
typedef struct columns {
    kl_uuid *ids;
    const char **texts;
    kl_time *times;
    int32_t *codes;
} columns;

static bool columns_make(columns *c, size_t count)
{
    c->ids = malloc((count + 1) * sizeof *c->ids);
    c->texts = malloc((count + 1) * sizeof *c->texts);
    c->times = malloc((count + 1) * sizeof *c->times);
    c->codes = malloc((count + 1) * sizeof *c->codes);
    return c->ids && c->texts && c->times && c->codes;
}

static void columns_free(columns *c)
{
    free(c->ids);
    free(c->texts);
    free(c->times);
    free(c->codes);
}

/* Binds one text of every message. */
#define BIND_TEXTS(value)                                                                                              \
    do {                                                                                                               \
        for (size_t i = 0; i < count; i++)                                                                             \
            c.texts[i] = (value);                                                                                      \
        pg_bind_text_array(p, c.texts, count);                                                                         \
    } while (0)

static void bind_store(pg_parameters *p, const inbound_message *m, size_t count, columns c)
{
    for (size_t i = 0; i < count; i++) {
        c.ids[i] = m[i].id;
        c.times[i] = m[i].at;
        c.codes[i] = m[i].error_code;
    }
    pg_bind_uuid_array(p, c.ids, count);
    for (size_t i = 0; i < count; i++)
        uuid_generate(&c.ids[i]);
    pg_bind_uuid_array(p, c.ids, count);
    BIND_TEXTS(m[i].number);
    BIND_TEXTS(m[i].user_id);
    BIND_TEXTS(m[i].wamid);
    BIND_TEXTS(m[i].content);
    pg_bind_time_array(p, c.times, count);
    BIND_TEXTS(message_kind_label(m[i].kind));
    BIND_TEXTS(m[i].text);
    BIND_TEXTS(m[i].payload);
    BIND_TEXTS(m[i].context_wamid);
    BIND_TEXTS(m[i].phone_number_id);
    BIND_TEXTS(m[i].new_number);
    BIND_TEXTS(m[i].new_user_id);
    BIND_TEXTS(m[i].old_user_id);
    pg_bind_int4_array(p, c.codes, count);
}

bool inbound_bind_store(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count)
{
    columns c = {0};
    bool enough = columns_make(&c, count);
    if (enough) {
        pg_bind_uuid(p, vendor_id);
        bind_store(p, messages, count, c);
    }
    columns_free(&c);
    return enough;
}

/* What Meta tells about a user is no message of the user's. */
static bool opens_window(const inbound_message *message)
{
    return message->kind != KL_KIND_SYSTEM;
}

int inbound_bind_windows(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count)
{
    window_opening *openings = malloc((2 * count + 1) * sizeof *openings);
    size_t n = 0;
    for (size_t i = 0; openings && i < count; i++) {
        const inbound_message *m = &messages[i];
        if (!opens_window(m))
            continue;
        if (m->number)
            openings[n++] = (window_opening){m->phone_number_id, m->number, m->at};
        if (m->user_id)
            openings[n++] = (window_opening){m->phone_number_id, m->user_id, m->at};
    }
    bool enough = openings && window_bind_open(p, vendor_id, openings, n);
    free(openings);
    return enough ? (int)n : -1;
}

int inbound_bind_consent(pg_parameters *p, const kl_uuid *vendor_id, const inbound_message *messages, size_t count)
{
    columns c = {0};
    int saying = -1;
    if (columns_make(&c, count)) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++) {
            if (!messages[i].says)
                continue;
            c.ids[n] = messages[i].id;
            c.texts[n++] = consent_kind_label(messages[i].says);
        }
        pg_bind_uuid(p, vendor_id);
        pg_bind_uuid_array(p, c.ids, n);
        pg_bind_text_array(p, c.texts, n);
        n = 0;
        for (size_t i = 0; i < count; i++)
            if (messages[i].says)
                c.texts[n++] = consent_source_label(messages[i].source);
        pg_bind_text_array(p, c.texts, n);
        saying = (int)n;
    }
    columns_free(&c);
    return saying;
}
