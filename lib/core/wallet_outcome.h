/* What became of a posting, as a status with its description. */
#ifndef KLOYST_CORE_WALLET_OUTCOME_H
#define KLOYST_CORE_WALLET_OUTCOME_H

#include "repo/transaction.h"

/* Two transactions with one key at the same time: the unique index refuses the second, which asks again and then finds
 * the first, for that one has committed. Refused twice it was not the key but a row where the next one belongs. */
bool wallet_ask_again(kl_status status, const char *idempotency_key, int attempt);

/* Moves the description of a failed statement to *error. */
kl_status wallet_failure(kl_status status, kl_error *why, kl_error **error);

/* The field in which a request differs from the row that its key has; NULL: none. */
const char *wallet_differing_field(const transaction_request *request, const kl_transaction *prior);

/* KL_ERR_CONFLICT naming the field. */
kl_status wallet_conflict(const char *field, kl_error **error);

/* The status and text of a refusal. */
kl_status wallet_refusal(const transaction_request *request, wallet_outcome outcome, kl_error **error);

#endif
