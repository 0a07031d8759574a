/* The single door to a vendor's ledger: every credit, debit and refund asked for by a caller goes through here. */
#ifndef KLOYST_CORE_WALLET_H
#define KLOYST_CORE_WALLET_H

#include "core/handle.h"
#include "repo/transaction.h"

/* Arguments are checked by the caller; statuses are those of the public calls. *out may be NULL. */
kl_status wallet_post(kl *handle, const kl_uuid *vendor_id, const transaction_request *request, kl_transaction **out,
                      kl_error **error);

kl_status wallet_resolve(kl *handle, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                         kl_error **error);

#endif
