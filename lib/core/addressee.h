/* Whom a message goes to, in the one form that the database has: E.164 digits or a business-scoped user id. */
#ifndef KLOYST_CORE_ADDRESSEE_H
#define KLOYST_CORE_ADDRESSEE_H

#include <kloyst/types.h>

/* Room for the longest with its NUL: two letters, ".ENT", a dot and 128 characters. */
enum { ADDRESSEE_TEXT = 136 };

/* Reads a number in any common spelling, plain E.164 digits, or a user id. `country` as in kl_phone_normalize().
 * KL_ERR_ARGUMENT: no such country; KL_ERR_FORMAT: neither. On failure `out` is "". */
kl_status addressee_parse(const char *to, const char *country, char out[ADDRESSEE_TEXT], kl_error **error);

#endif
