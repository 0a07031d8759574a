/* Telephone numbers: from any common spelling to E.164 digits. */
#ifndef KLOYST_BASE_PHONE_H
#define KLOYST_BASE_PHONE_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/types.h>

/* Reads `length` bytes of UTF-8 as one telephone number and writes its E.164 digits without '+' and a NUL
 * to `out`; on failure out is "". `country` is the upper-case ISO 3166-1 alpha-2 code for national spellings;
 * with NULL only a number that starts with '+' is accepted.
 *
 * The verdict is that of libphonenumber's "is possible" (prefixes and lengths of the country; not whether the
 * number was ever given out). Beyond it: digits of every script, invisible direction marks, quotes, '=' and "tel:"
 * around the number, and the ".0" that spreadsheets append are understood; more than 15 digits are refused, as
 * are extensions and any letter. Thread-safe, allocates nothing. */
kl_phone_reason phone_normalize(const char *text, size_t length, const char *country, char out[KL_PHONE_TEXT]);

/* Whether `country` is an upper-case alpha-2 code with a numbering plan; false for NULL. */
bool phone_country_known(const char *country);

/* The calling code of an upper-case alpha-2 code, "91" for "IN"; NULL when it has no numbering plan. Static. */
const char *phone_calling_code(const char *country);

#endif
