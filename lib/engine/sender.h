/* The sender: claims batches of all campaigns with work and posts them, in the calling thread. */
#ifndef KLOYST_ENGINE_SENDER_H
#define KLOYST_ENGINE_SENDER_H

#include <kloyst/sender.h>

#include "core/handle.h"

/* Options are complete and in range; statuses are those of kl_sender_run. */
kl_status sender_run(kl *handle, const kl_sender_options *options, kl_sender_report *report, kl_error **error);

#endif
