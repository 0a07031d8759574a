/* The worker: claims batches of all lanes with work and posts them, in the calling thread. */
#ifndef KLOYST_ENGINE_WORKER_H
#define KLOYST_ENGINE_WORKER_H

#include <kloyst/worker.h>

#include "core/handle.h"

/* The public calls of kloyst/worker.h after their arguments were checked; options are complete and in range. */
kl_status worker_new(kl *handle, const kl_worker_options *options, kl_worker **out, kl_error **error);
kl_status worker_run(kl_worker *worker, kl_worker_report *report, kl_error **error);
void worker_stop(kl_worker *worker);
kl_status worker_pull(kl_worker *worker, kl_outgoing *messages, size_t most, size_t *count, int *wait_ms,
                      kl_error **error);
kl_status worker_answer(kl_worker *worker, uint64_t ticket, kl_request_end end, long http_status, const char *body,
                        size_t length, kl_error **error);
kl_status worker_finish_pulling(kl_worker *worker, kl_worker_report *report, kl_error **error);
void worker_free(kl_worker *worker);

#endif
