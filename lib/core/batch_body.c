/* The texts of a batch: what is posted for each of its messages. */
#include "core/batch_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "crypto/tracker.h"
#include "meta/graph_request.h"

enum { PARAMETERS_MAX = 64 };

size_t batch_text(kl_batch *batch, const char *text)
{
    size_t place = batch->text.length;
    buffer_append(&batch->text, text, strlen(text) + 1);
    return place;
}

kl_status batch_body(const kl *handle, kl_batch *batch, const batch_template *t, const kl_uuid *message_id, const char *mobile,
                     const pg_rows *rows, int row, int column, size_t *place, kl_error **error)
{
    graph_parameter parameters[PARAMETERS_MAX];
    char *copies[3 * PARAMETERS_MAX];
    size_t count = 0, copied = 0, length;
    const char *text, *name, *where;
    char tracker[TRACKER_TEXT];
    pg_array_walk values = pg_array_start(rows, row, column);
    pg_array_walk names = pg_array_start(t->names, t->names_row, t->names_column);
    pg_array_walk places = pg_array_start(t->names, t->names_row, t->places_column);
    kl_status status = tracker_make(handle->keys, &batch->key.vendor_id, message_id, tracker, error);
    while (!status && count < PARAMETERS_MAX && pg_array_next(&values, &text, &length)) {
        graph_parameter *p = &parameters[count++];
        *p = (graph_parameter){.text = copies[copied++] = strndup(text ? text : "", length)};
        bool complete = p->text != NULL;
        if (pg_array_next(&names, &name, &length) && t->named && name) {
            p->name = copies[copied++] = strndup(name, length);
            complete = complete && p->name;
        }
        if (pg_array_next(&places, &where, &length) && where) {
            p->place = copies[copied++] = strndup(where, length);
            complete = complete && p->place;
        }
        if (!complete)
            status = error_memory(error);
    }
    *place = batch->text.length;
    if (!status)
        status = graph_template_message(&batch->text, mobile, tracker, t->name, t->language, parameters, count, error);
    buffer_byte(&batch->text, '\0');
    while (copied)
        free(copies[--copied]);
    return status;
}
