/* The rules of single messages: who may be written to, at what price, once. */
#ifndef KLOYST_CORE_SEND_H
#define KLOYST_CORE_SEND_H

#include <kloyst/send.h>

#include "core/handle.h"

/* Forms of the options are checked by the caller as far as they need no reading; statuses are those of kl_message_send().
 * *message_id may be NULL. */
kl_status send_take(kl *handle, const kl_uuid *vendor_id, const kl_message_options *options, kl_uuid *message_id,
                    kl_error **error);

#endif
