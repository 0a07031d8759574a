/* The queue of what Meta has to tell, and the threads that post it. */
#ifndef STANDIN_WEBHOOKS_H
#define STANDIN_WEBHOOKS_H

#include "payload.h"

bool webhooks_start(void);

/* Ends the posters; what is still queued is lost and its gates open. */
void webhooks_stop(void);

/* The rest with the ledger's lock held. */

/* Queues the statuses of an accepted message, and its reply. True = `gate`, if any, opens after the first post. */
bool webhooks_add(const message *message, const fate *fate, exchange *gate);

uint64_t webhooks_pending(void);

/* Resumes the suspended exchange when nothing is pending; false = nothing is pending now. */
bool webhooks_flush(exchange *x);

void webhooks_clear(void);

#endif
