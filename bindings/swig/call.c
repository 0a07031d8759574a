/* Calls and resources, whatever the language: their memory, their states, who may use them when. */
#include "bind.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "special.h"

struct bind_block {
    bind_block *next;
    size_t size, used;
    _Alignas(max_align_t) unsigned char bytes[];
};

/* Most calls fit into one. */
#define BLOCK_SIZE 2048

static bind_block *block_new(size_t size)
{
    bind_block *block = calloc(1, sizeof *block + size);
    if (block)
        block->size = size;
    return block;
}

kl_call *bind_call_new(void)
{
    bind_block *block = block_new(BLOCK_SIZE);
    if (!block)
        return NULL;
    kl_call *call = (kl_call *)block->bytes;
    block->used = (sizeof *call + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    call->blocks = block;
    return call;
}

void *bind_call_room(kl_call *call, size_t size)
{
    size_t aligned = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    if (aligned < size)
        return NULL;
    bind_block *block = call->blocks;
    if (block->size - block->used < aligned) {
        block = block_new(aligned > BLOCK_SIZE ? aligned : BLOCK_SIZE);
        if (!block)
            return NULL;
        block->next = call->blocks;
        call->blocks = block;
    }
    void *room = block->bytes + block->used;
    block->used += aligned;
    return room;
}

void *bind_call_prepare(kl_call *call, const bind_function *function, size_t size)
{
    call->arguments = bind_call_room(call, size ? size : 1);
    if (call->arguments)
        call->function = function;
    return call->arguments;
}

/* Before anything that it uses is gone. */
void bind_call_free(kl_call *call)
{
    if (!call)
        return;
    if (call->function)
        call->function->release(call);
    kl_error_free(call->error);
    bind_language_drop(call->progress);
    bind_language_drop(call->reject);
    bind_language_drop(call->exception);
    for (size_t i = 0; i < sizeof call->boxes / sizeof call->boxes[0]; i++)
        bind_box_drop(call->boxes[i]);
    /* The last block holds the call itself. Inputs may be passwords and tokens. */
    for (bind_block *block = call->blocks, *next; block; block = next) {
        next = block->next;
        explicit_bzero(block->bytes, block->used);
        free(block);
    }
}

bool bind_call_begin(kl_call *call)
{
    return !atomic_exchange(&call->begun, 1);
}

kl_status bind_call_run(void *context, kl_error **error)
{
    kl_call *call = context;
    return call->status = call->function->run(call, error);
}

void bind_call_cancel(kl_call *call)
{
    atomic_store(&call->cancelled, 1);
    bind_box *box = call->boxes[0];
    if (call->function->run == run_worker_run && box && !bind_box_enter(box, false)) {
        kl_worker_stop(box->object);
        bind_box_leave(box, false);
    }
}

bind_box *bind_box_new(bind_kind kind, void *object, bind_box *client)
{
    bind_box *box = calloc(1, sizeof *box);
    if (!box)
        return NULL;
    box->kind = kind;
    box->object = object;
    box->client = client ? bind_box_keep(client) : NULL;
    box->owner = getpid();
    atomic_init(&box->references, 1);
    pthread_mutex_init(&box->lock, NULL);
    pthread_cond_init(&box->free_again, NULL);
    return box;
}

bind_box *bind_box_keep(bind_box *box)
{
    atomic_fetch_add(&box->references, 1);
    return box;
}

static void free_object(bind_kind kind, void *object)
{
    if (kind == BIND_CLIENT)
        kl_free(object);
    else if (kind == BIND_WORKER)
        kl_worker_free(object);
    else if (kind == BIND_BATCH)
        kl_batch_free(object);
    else if (kind == BIND_EVENT_PAGE)
        kl_event_page_free(object);
    else
        kl_rate_page_free(object);
}

void bind_box_drop(bind_box *box)
{
    if (!box || atomic_fetch_sub(&box->references, 1) != 1)
        return;
    if (box->owner != getpid()) {
        /* A lock that a thread of the parent held is held for ever here. */
        if (box->kind == BIND_CLIENT)
            kl_free(box->object);
        return;
    }
    if (box->object) {
        /* Ending connections and a server takes a while, and what is logged on the way wants the language. */
        void *paused = bind_language_pause();
        free_object(box->kind, box->object);
        bind_language_resume(paused);
    }
    bind_language_drop(box->callback);
    bind_box_drop(box->client);
    pthread_cond_destroy(&box->free_again);
    pthread_mutex_destroy(&box->lock);
    free(box);
}

kl_status bind_box_enter(bind_box *box, bool alone)
{
    kl_status status = KL_OK;
    if (box->owner != getpid())
        return KL_ERR_FORKED;
    pthread_mutex_lock(&box->lock);
    while (alone && box->busy && !box->running && !box->closed)
        pthread_cond_wait(&box->free_again, &box->lock);
    if (box->closed)
        status = KL_ERR_CLOSED;
    else if (alone && box->busy)
        status = KL_ERR_STATE;
    if (!status) {
        box->users++;
        box->busy = box->busy || alone;
    }
    pthread_mutex_unlock(&box->lock);
    return status;
}

/* The lock is held: the object, when nobody may use it any more. */
static void *take_object(bind_box *box)
{
    void *object = box->closed && !box->users ? box->object : NULL;
    if (object)
        box->object = NULL;
    return object;
}

void bind_box_runs(bind_box *box, kl_call *call)
{
    pthread_mutex_lock(&box->lock);
    box->running = call;
    pthread_cond_broadcast(&box->free_again);
    pthread_mutex_unlock(&box->lock);
}

void bind_box_leave(bind_box *box, bool alone)
{
    pthread_mutex_lock(&box->lock);
    box->users--;
    if (alone) {
        box->busy = false;
        pthread_cond_signal(&box->free_again);
    }
    void *object = take_object(box);
    pthread_mutex_unlock(&box->lock);
    if (object)
        free_object(box->kind, object);
}

void bind_box_close(bind_box *box)
{
    if (box->kind == BIND_CLIENT) {
        kl_close(box->object);
        return;
    }
    if (box->owner != getpid())
        return;
    pthread_mutex_lock(&box->lock);
    box->closed = true;
    if (box->kind == BIND_WORKER && box->users)
        kl_worker_stop(box->object);
    pthread_cond_broadcast(&box->free_again);
    void *object = take_object(box);
    pthread_mutex_unlock(&box->lock);
    if (object)
        free_object(box->kind, object);
}

const char *bind_box_name(bind_kind kind)
{
    static const char *const names[] = {[BIND_CLIENT] = "Client", [BIND_WORKER] = "Worker", [BIND_BATCH] = "Batch",
                                        [BIND_EVENT_PAGE] = "EventPage", [BIND_RATE_PAGE] = "RatePage"};
    return names[kind];
}
