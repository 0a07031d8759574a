/* Flat combining: concurrent callers on one wallet become one transaction; a lone caller takes the short way. */
#ifndef KLOYST_CORE_WALLET_COMBINE_H
#define KLOYST_CORE_WALLET_COMBINE_H

#include "core/wallet_set.h"

typedef struct wallet_combiner wallet_combiner;

wallet_combiner *wallet_combiner_new(void); /* NULL: no memory */
void wallet_combiner_free(wallet_combiner *combiner); /* nobody is inside any more */

/* How a leader posts what it drained; `count` is 1 … WALLET_SET_MAX. */
typedef void (*wallet_combine_function)(kl *handle, const kl_uuid *vendor_id, wallet_item *const *items, size_t count);

/* Posts one item and answers when its outcome is filled. The first caller on a wallet leads: it posts what waits, its own
 * item first, and hands the lead to one of those who came meanwhile. Callers are served in order of arrival. */
void wallet_combine(wallet_combiner *combiner, kl *handle, const kl_uuid *vendor_id, wallet_item *item,
                    wallet_combine_function post);

#endif
