/* Calls made by hand: opening with a log, importing from and exporting to memory, workers with their progress. */
#include "special.h"

#include <stdlib.h>
#include <string.h>

#include "calls_arguments.h"

bind_box *bind_call_box(kl_call *call, bind_kind kind, void *object)
{
    if (kind == BIND_CLIENT || kind == BIND_WORKER) {
        /* Made before the call, as its log or progress needs it; it becomes the program's now. */
        bind_box *box = call->boxes[1];
        call->boxes[1] = NULL;
        return box;
    }
    return bind_box_new(kind, object, call->boxes[0]);
}

static void tell_log(void *context, kl_log_level level, const char *component, const char *message)
{
    bind_box *box = context;
    bind_told told = {.kind = BIND_LOG, .level = level, .component = component, .message = message};
    bind_language_tell(box->callback, NULL, &told);
}

kl_status run_open(kl_call *call, kl_error **error)
{
    struct open *a = call->arguments;
    kl_options options = KL_OPTIONS_INIT;
    bind_box *box = call->boxes[1] = bind_box_new(BIND_CLIENT, NULL, NULL);
    if (!box)
        return KL_ERR_MEMORY;
    if (a->options)
        options = *a->options;
    if (call->progress) {
        box->callback = call->progress;
        call->progress = NULL;
        options.log = tell_log;
        options.log_context = box;
    }
    kl_status status = kl_open(a->url, &options, &a->out_out, error);
    if (!status)
        box->object = a->out_out;
    return status;
}

kl_status run_close(kl_call *call, kl_error **error)
{
    (void)error;
    struct close *a = call->arguments;
    kl_close(a->client->object);
    return KL_OK;
}

/* --- import and export ----------------------------------------------------------------- */

static int tell_import(void *context, const kl_import_report *so_far)
{
    kl_call *call = context;
    if (atomic_load(&call->cancelled))
        return 1;
    bind_told told = {.kind = BIND_PROGRESS, .import_report = *so_far};
    return bind_language_tell(call->progress, call, &told);
}

static int tell_reject(void *context, const kl_import_reject *reject)
{
    kl_call *call = context;
    bind_told told = {.kind = BIND_REJECT, .reject = *reject};
    return bind_language_tell(call->reject, call, &told);
}

/* Progress is asked for without a function too: it is where a call can be cancelled. */
static kl_import_options import_options(kl_call *call, const kl_import_options *given)
{
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    if (given)
        options = *given;
    options.progress = tell_import;
    options.reject = call->reject ? tell_reject : NULL;
    options.context = call;
    return options;
}

static long read_data(void *context, char *buffer, size_t size)
{
    bind_data *rest = context;
    size_t length = rest->length < size ? rest->length : size;
    memcpy(buffer, rest->start, length);
    rest->start += length;
    rest->length -= length;
    return (long)length;
}

kl_status run_contact_import(kl_call *call, kl_error **error)
{
    struct contact_import *a = call->arguments;
    kl_import_options options = import_options(call, a->options);
    bind_data rest = *a->data;
    return kl_contact_import(a->client->object, a->vendor_id, read_data, &rest, &options, &a->out_report, error);
}

kl_status run_contact_import_file(kl_call *call, kl_error **error)
{
    struct contact_import_file *a = call->arguments;
    kl_import_options options = import_options(call, a->options);
    return kl_contact_import_file(a->handle->object, a->vendor_id, a->path, &options, &a->out_report, error);
}

/* The statement, and the call that may be cancelled meanwhile. */
struct export {
    bind_buffer *buffer;
    kl_call *call;
    bool full;
};

static int write_data(void *context, const char *bytes, size_t length)
{
    struct export *e = context;
    bind_buffer *buffer = e->buffer;
    if (atomic_load(&e->call->cancelled))
        return 1;
    if (buffer->size - buffer->length < length) {
        size_t size = (buffer->size + length) * 2;
        char *start = size > buffer->size ? realloc(buffer->start, size) : NULL;
        if (!start) {
            e->full = true;
            return 1;
        }
        buffer->start = start;
        buffer->size = size;
    }
    memcpy(buffer->start + buffer->length, bytes, length);
    buffer->length += length;
    return 0;
}

void bind_buffer_free(bind_buffer *buffer)
{
    free(buffer->start);
    *buffer = (bind_buffer){0};
}

kl_status run_contact_export(kl_call *call, kl_error **error)
{
    struct contact_export *a = call->arguments;
    struct export e = {&a->out_data, call, false};
    kl_status status = kl_contact_export(a->client->object, a->vendor_id, a->format, write_data, &e, &a->out_count, error);
    if (!e.full)
        return status;
    kl_error_free(*error);
    *error = NULL;
    return KL_ERR_MEMORY;
}

kl_status run_ledger_export(kl_call *call, kl_error **error)
{
    struct ledger_export *a = call->arguments;
    struct export e = {&a->out_data, call, false};
    kl_status status = kl_ledger_export(a->client->object, a->vendor_id, a->format, write_data, &e, &a->out_end, error);
    if (!e.full)
        return status;
    kl_error_free(*error);
    *error = NULL;
    return KL_ERR_MEMORY;
}

kl_status run_ledger_verify_stream(kl_call *call, kl_error **error)
{
    struct ledger_verify_stream *a = call->arguments;
    bind_data rest = *a->data;
    return kl_ledger_verify_stream(read_data, &rest, a->format, a->head, &a->out_reached, &a->out_report, error);
}

kl_status bind_last_rate(bind_box *page, const kl_rate **last)
{
    kl_status status = bind_box_enter(page, false);
    if (status)
        return status;
    size_t count = kl_rate_page_count(page->object);
    if (count) {
        *last = kl_rate_page_at(page->object, count - 1);
        return KL_OK;
    }
    /* NULL would start from the first again. */
    bind_box_leave(page, false);
    return KL_ERR_ARGUMENT;
}

/* --- workers ----------------------------------------------------------------------------- */

static int tell_worker(void *context, const kl_worker_report *so_far)
{
    bind_box *box = context;
    if (box->running && atomic_load(&box->running->cancelled))
        return 1;
    bind_told told = {.kind = BIND_PROGRESS, .worker = true, .worker_report = *so_far};
    return bind_language_tell(box->callback, box->running, &told);
}

kl_status run_worker_new(kl_call *call, kl_error **error)
{
    struct worker_new *a = call->arguments;
    kl_worker_options options = KL_WORKER_OPTIONS_INIT;
    bind_box *box = call->boxes[1] = bind_box_new(BIND_WORKER, NULL, a->handle);
    if (!box)
        return KL_ERR_MEMORY;
    if (a->options)
        options = *a->options;
    box->callback = call->progress;
    call->progress = NULL;
    options.progress = tell_worker;
    options.context = box;
    kl_status status = kl_worker_new(a->handle->object, &options, &a->out_out, error);
    if (!status)
        box->object = a->out_out;
    return status;
}

kl_status run_worker_run(kl_call *call, kl_error **error)
{
    struct worker_run *a = call->arguments;
    kl_status status = bind_box_enter(a->worker, true);
    if (status)
        return status;
    bind_box_runs(a->worker, call);
    status = kl_worker_run(a->worker->object, &a->out_report, error);
    bind_box_runs(a->worker, NULL);
    bind_box_leave(a->worker, true);
    return status;
}

/* Also while another call runs the worker: that is what it is for. */
kl_status run_worker_stop(kl_call *call, kl_error **error)
{
    (void)error;
    struct worker_stop *a = call->arguments;
    kl_status status = bind_box_enter(a->worker, false);
    if (status)
        return status;
    kl_worker_stop(a->worker->object);
    bind_box_leave(a->worker, false);
    return KL_OK;
}

static const char *copy_text(kl_call *call, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = bind_call_room(call, size);
    return copy ? memcpy(copy, text, size) : NULL;
}

kl_status run_worker_pull(kl_call *call, kl_error **error)
{
    struct worker_pull *a = call->arguments;
    if (a->most < 1 || a->most > 1000)
        return KL_ERR_ARGUMENT;
    kl_outgoing *messages = bind_call_room(call, a->most * sizeof *messages);
    if (!messages)
        return KL_ERR_MEMORY;
    kl_status status = bind_box_enter(a->worker, true);
    if (status)
        return status;
    size_t count = 0;
    status = kl_worker_pull(a->worker->object, messages, a->most, &count, &a->out_wait_ms, error);
    for (size_t i = 0; !status && i < count; i++) {
        kl_outgoing *m = &messages[i];
        m->url = copy_text(call, m->url);
        m->authorization = copy_text(call, m->authorization);
        m->body = copy_text(call, m->body);
        if (!m->url || !m->authorization || !m->body)
            status = KL_ERR_MEMORY;
    }
    bind_box_leave(a->worker, true);
    a->out_messages = (bind_outgoing){messages, count};
    return status;
}
