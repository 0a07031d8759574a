/* The public batch call: many operations of one vendor in one transaction, each with its own outcome. */
#ifndef KLOYST_CORE_WALLET_RESULTS_H
#define KLOYST_CORE_WALLET_RESULTS_H

#include "core/wallet_set.h"

/* Arguments are checked by the caller. */
kl_status wallet_post_all(kl *handle, const kl_uuid *vendor_id, const kl_wallet_operation *operations, size_t count,
                          kl_wallet_results **out, kl_error **error);

#endif
