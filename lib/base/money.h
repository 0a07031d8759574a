/* Reading and writing amounts of money: exact decimals, never rounded, never a float. */
#ifndef KLOYST_BASE_MONEY_H
#define KLOYST_BASE_MONEY_H

#include <stddef.h>

#include <kloyst/types.h>

/* kl_money_parse for text with a length, such as a CSV field or a column of
 * numeric(10,4). KL_ERR_FORMAT, KL_ERR_LIMIT; on failure out is unchanged. */
kl_status money_parse_span(const char *text, size_t length, kl_money *out);

#endif
