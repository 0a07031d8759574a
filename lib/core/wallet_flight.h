/* Lone credits and debits of several wallets, of whatever vendors, share a transaction and so the flush of its
 * commit. */
#ifndef KLOYST_CORE_WALLET_FLIGHT_H
#define KLOYST_CORE_WALLET_FLIGHT_H

#include "pg/pool.h"
#include "repo/attempt.h"

typedef struct wallet_flights wallet_flights;

/* `most` flights are under way at once. NULL: no memory. */
wallet_flights *wallet_flights_new(int most);
void wallet_flights_free(wallet_flights *flights); /* nobody is inside any more */

/* As attempt_all() of this one attempt. A caller who finds few flights that have just begun goes at once; those who
 * come while it is busier go together with the next. No two callers may bring the same vendor at the same time. Each
 * statement runs under its own vendor, so a flight shows nobody another's rows; when it fails, each member is tried
 * alone and has its own failure, except that KL_ERR_UNKNOWN_OUTCOME is everybody's. */
kl_status wallet_flight_post(wallet_flights *flights, pg_pool *pool, attempt *attempt, kl_error **error);

#endif
