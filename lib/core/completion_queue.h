/* Completion queues; the functions are the public ones of kloyst/completion.h after their arguments were checked. */
#ifndef KLOYST_CORE_COMPLETION_QUEUE_H
#define KLOYST_CORE_COMPLETION_QUEUE_H

#include <kloyst/completion.h>

kl_status completion_queue_new(int threads, kl_completion_queue **out, kl_error **error);
int completion_queue_descriptor(const kl_completion_queue *queue);
kl_status completion_queue_submit(kl_completion_queue *queue, kl_work_function work, void *context, kl_error **error);
kl_status completion_queue_cancel(kl_completion_queue *queue, void *context, kl_error **error);
kl_status completion_queue_next(kl_completion_queue *queue, kl_completion *out);
size_t completion_queue_pending(const kl_completion_queue *queue);
void completion_queue_close(kl_completion_queue *queue);
void completion_queue_free(kl_completion_queue *queue);

#endif
