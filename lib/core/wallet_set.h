/* A set of credits, debits and refunds of one wallet, done in order in one transaction, each with its own outcome. */
#ifndef KLOYST_CORE_WALLET_SET_H
#define KLOYST_CORE_WALLET_SET_H

#include "core/handle.h"
#include "repo/transaction.h"

enum { WALLET_SET_MAX = 1000 };

/* One member of a set: the request is the caller's, the rest is filled. */
typedef struct wallet_item {
    const transaction_request *request;
    bool asynchronous;   /* its commit need not be waited for */
    kl_status status;
    kl_error *error;     /* of a status other than KL_OK */
    kl_transaction *row; /* of KL_OK: its own, or the first row of its key */
} wallet_item;

/* Fills every item's outcome. Items are judged in order, each against what those before it left; one that is refused takes nothing
 * and stops nobody. A failure of the database is every item's failure, and the answer; else the answer is KL_OK. Serialization
 * failures are retried within a bound. */
kl_status wallet_set_post(kl *handle, const kl_uuid *vendor_id, wallet_item *const *items, size_t count);

#endif
