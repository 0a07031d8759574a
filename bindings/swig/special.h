/* Calls that are made by hand, because a function of the language is called back, a resource is made or memory is the caller's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BIND_SPECIAL_H
#define KLOYST_BIND_SPECIAL_H

#include "bind.h"

/* A statement that was exported to memory. */
typedef struct bind_buffer {
    char *start;
    size_t length, size;
} bind_buffer;

void bind_buffer_free(bind_buffer *buffer);

/* Messages that a worker handed out, copied: an answer may release them. */
typedef struct bind_outgoing {
    kl_outgoing *messages;
    size_t count;
} bind_outgoing;

/* The last rate of a page, to go on behind it. After KL_OK bind_box_leave() is owed. */
kl_status bind_last_rate(bind_box *page, const kl_rate **last);

/* The box of a resource that a call handed out; keeps the client. NULL: no memory. */
bind_box *bind_call_box(kl_call *call, bind_kind kind, void *object);

kl_status run_open(kl_call *call, kl_error **error);
kl_status run_close(kl_call *call, kl_error **error);
kl_status run_contact_import(kl_call *call, kl_error **error);
kl_status run_contact_import_file(kl_call *call, kl_error **error);
kl_status run_contact_export(kl_call *call, kl_error **error);
kl_status run_ledger_export(kl_call *call, kl_error **error);
kl_status run_ledger_verify_stream(kl_call *call, kl_error **error);
kl_status run_worker_new(kl_call *call, kl_error **error);
kl_status run_worker_run(kl_call *call, kl_error **error);
kl_status run_worker_stop(kl_call *call, kl_error **error);
kl_status run_worker_pull(kl_call *call, kl_error **error);

static inline const char *bind_start_of(const bind_data *data)
{
    return data ? data->start : NULL;
}

static inline size_t bind_length_of(const bind_data *data)
{
    return data ? data->length : 0;
}

static inline const void *bind_items_of(const bind_array *array)
{
    return array ? array->items : NULL;
}

static inline size_t bind_count_of(const bind_array *array)
{
    return array ? array->count : 0;
}

static inline kl *bind_handle_of(const bind_box *box)
{
    return box->object;
}

static inline void *bind_object_of(const bind_box *box)
{
    return box->object;
}

#endif
