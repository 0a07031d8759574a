/* Completion queues of the API. */
#include "api/check.h"
#include "base/error.h"
#include "core/completion_queue.h"

kl_status kl_completion_queue_new(int threads, kl_completion_queue **out, kl_error **error)
{
    CHECK(check_pointer(out, "out", error));
    *out = NULL;
    if (threads < 1 || threads > 1000)
        return error_set(error, KL_ERR_ARGUMENT, "threads must be between 1 and 1000");
    return completion_queue_new(threads, out, error);
}

int kl_completion_queue_descriptor(const kl_completion_queue *queue)
{
    return queue ? completion_queue_descriptor(queue) : -1;
}

kl_status kl_completion_queue_submit(kl_completion_queue *queue, kl_work_function work, void *context, kl_error **error)
{
    CHECK(check_pointer(queue, "queue", error));
    if (!work)
        return error_set(error, KL_ERR_ARGUMENT, "work is NULL");
    return completion_queue_submit(queue, work, context, error);
}

kl_status kl_completion_queue_cancel(kl_completion_queue *queue, void *context, kl_error **error)
{
    CHECK(check_pointer(queue, "queue", error));
    return completion_queue_cancel(queue, context, error);
}

kl_status kl_completion_queue_next(kl_completion_queue *queue, kl_completion *out)
{
    return queue && out ? completion_queue_next(queue, out) : KL_ERR_ARGUMENT;
}

size_t kl_completion_queue_pending(const kl_completion_queue *queue)
{
    return queue ? completion_queue_pending(queue) : 0;
}

void kl_completion_queue_close(kl_completion_queue *queue)
{
    if (queue)
        completion_queue_close(queue);
}

void kl_completion_queue_free(kl_completion_queue *queue)
{
    if (queue)
        completion_queue_free(queue);
}
