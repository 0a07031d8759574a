/* Completion queues: blocking calls made on threads of the library, their ends told through a descriptor that any event loop
 * can watch.
 *
 *     kl_completion_queue_submit -> … descriptor readable … -> kl_completion_queue_next, until KL_ERR_EMPTY
 *
 * A queue belongs to no handle: work may use any number of them. Signals are blocked in its threads.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_COMPLETION_H
#define KLOYST_COMPLETION_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_completion_queue kl_completion_queue;

/* Work for a thread of the queue: makes one blocking call or several and answers like one. `context` is what was
 * submitted with it; what the call reads and writes must live there until the completion was received. */
typedef kl_status (*kl_work_function)(void *context, kl_error **error);

/* The end of a piece of work. */
typedef struct kl_completion {
    void *context;    /* of the work */
    kl_status status; /* what it answered; KL_ERR_CANCELLED: it was cancelled and never began */
    kl_error *error;  /* the receiver's, kl_error_free(); NULL when nothing was described */
} kl_completion;

/* Makes a queue that does up to `threads` (1 … 1000) pieces of work at a time. Threads are started as they are
 * needed. *out is owned by the caller: kl_completion_queue_free().
 * KL_ERR_ARGUMENT: out is NULL, threads out of range; KL_ERR_IO: no descriptor is left; KL_ERR_MEMORY. Thread-safe. Since 0.1. */
KL_API kl_status kl_completion_queue_new(int threads, kl_completion_queue **out, kl_error **error);

/* The descriptor that is readable as long as completions wait: for poll, epoll, libuv, asyncio. It is the queue's: never
 * read, written or closed by the caller, and gone with the queue. -1 for NULL. Thread-safe. Since 0.1. */
KL_API int kl_completion_queue_descriptor(const kl_completion_queue *queue);

/* Hands work over, which gets `context`, and returns at once. Work begins in the order it was submitted in and ends in any.
 * KL_ERR_ARGUMENT: queue or work is NULL; KL_ERR_CLOSED; KL_ERR_FORKED; KL_ERR_MEMORY: no memory, or not one thread
 * could be started. Then there will be no completion. Thread-safe. Since 0.1. */
KL_API kl_status kl_completion_queue_submit(kl_completion_queue *queue, kl_work_function work, void *context,
                                            kl_error **error);

/* Takes the work submitted with `context` out if it has not begun; its completion then says KL_ERR_CANCELLED.
 * KL_ERR_ARGUMENT: queue is NULL; KL_ERR_STATE: it runs, has ended or was never submitted; KL_ERR_FORKED.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_completion_queue_cancel(kl_completion_queue *queue, void *context, kl_error **error);

/* The next completion. Never waits. Works on a closed queue too.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_EMPTY: none just now; KL_ERR_FORKED. On failure *out is unchanged. Thread-safe. Since 0.1. */
KL_API kl_status kl_completion_queue_next(kl_completion_queue *queue, kl_completion *out);

/* Pieces of work that were submitted and whose completion was not received yet; 0 for NULL. Thread-safe. Since 0.1. */
KL_API size_t kl_completion_queue_pending(const kl_completion_queue *queue);

/* Refuses new work, cancels what has not begun and waits for what has. Completions can still be received. Closing again does
 * nothing; NULL is allowed. Not from work of the queue itself. Thread-safe. Since 0.1. */
KL_API void kl_completion_queue_close(kl_completion_queue *queue);

/* Closes if needed and releases the queue with the completions that nobody received; nobody may use it any more. In a forked
 * child it only gives up the child's copy. NULL is allowed. Since 0.1. */
KL_API void kl_completion_queue_free(kl_completion_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
