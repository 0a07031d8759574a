/* The rules of holds: setting money aside, capturing it in parts, releasing it. */
#ifndef KLOYST_CORE_HOLD_H
#define KLOYST_CORE_HOLD_H

#include "core/handle.h"
#include "repo/hold.h"

/* Arguments are checked by the caller; statuses are those of the public calls. *out may be NULL. */
kl_status hold_make(kl *handle, const kl_uuid *vendor_id, const hold_request *request, kl_hold **out, kl_error **error);
kl_status hold_take(kl *handle, const kl_uuid *vendor_id, const hold_capture_request *request, kl_transaction **out,
                    kl_error **error);
kl_status hold_free_rest(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money *released,
                         kl_error **error);

/* Releases what is left of holds whose time has passed, of at most so many vendors; adds their number to *released. Any number of
 * processes may do so at once. */
kl_status hold_expire_due(kl *handle, int vendors, int64_t *released, kl_error **error);

#endif
