/* Values shared by all headers: UUIDs, money, time, and their text forms.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_TYPES_H
#define KLOYST_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <kloyst/export.h>
#include <kloyst/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A handle on one database: connections, keys, settings. See client.h. */
typedef struct kl kl;

/* A UUID in network byte order. Those made by the library are version 7. */
typedef struct kl_uuid {
    uint8_t bytes[16];
} kl_uuid;

/* Length of a UUID's text, without the terminating NUL. */
#define KL_UUID_TEXT 36

/* An amount of money in ten-thousandths of the currency unit: 8631 is 0.8631. */
typedef int64_t kl_money;

/* Largest amount and balance: 999999.9999, the range of numeric(10,4). */
#define KL_MONEY_MAX ((kl_money)9999999999)

/* Room for any kl_money as text, with sign and terminating NUL. */
#define KL_MONEY_TEXT 24

/* Microseconds since 1970-01-01T00:00:00Z; 0 means "not yet" in getters. */
typedef int64_t kl_time;

/* Makes a version-7 UUID from the wall clock and random bits (RFC 9562 5.7);
 * within one process later ones sort after earlier ones.
 * KL_ERR_ARGUMENT: out is NULL. Thread-safe. Since 0.1. */
KL_API kl_status kl_uuid_generate(kl_uuid *out);

/* Reads the 36-character text form, either case.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_FORMAT: anything else than a UUID.
 * On failure out is unchanged. Thread-safe. Since 0.1. */
KL_API kl_status kl_uuid_parse(const char *text, kl_uuid *out);

/* Writes the canonical lower-case text and a NUL to `text` (KL_UUID_TEXT + 1 bytes).
 * KL_ERR_ARGUMENT: a NULL. Thread-safe. Since 0.1. */
KL_API kl_status kl_uuid_format(const kl_uuid *uuid, char *text);

/* Reads `text` as a decimal amount: optional '-', 1 to 6 digits, optionally '.' and 1 to
 * 4 digits. No exponent, sign '+', blank, grouping, NaN or fifth decimal:
 * nothing is ever rounded. The range is -999999.9999 … 999999.9999.
 * KL_ERR_ARGUMENT: a NULL; KL_ERR_FORMAT: not such an amount; KL_ERR_LIMIT: out of range.
 * On failure out is unchanged. Thread-safe. Since 0.1. */
KL_API kl_status kl_money_parse(const char *text, kl_money *out);

/* Writes an amount with exactly four decimals and a NUL: "0.8631".
 * `size` is the room at `text`; KL_MONEY_TEXT is always enough.
 * KL_ERR_ARGUMENT: text is NULL; KL_ERR_TOO_LONG: no room. Thread-safe. Since 0.1. */
KL_API kl_status kl_money_format(kl_money amount, char *text, size_t size);

/* Room for E.164 digits without '+' and a terminating NUL. */
#define KL_PHONE_TEXT 16

/* Why a text is not a telephone number. */
typedef enum kl_phone_reason {
    KL_PHONE_OK = 0,
    KL_PHONE_EMPTY = 1,           /* no digit at all */
    KL_PHONE_NOT_A_NUMBER = 2,    /* letters or signs that no spelling has, or an extension */
    KL_PHONE_TOO_SHORT = 3,
    KL_PHONE_TOO_LONG = 4,
    KL_PHONE_BAD_LENGTH = 5,      /* between the possible lengths of its country */
    KL_PHONE_UNKNOWN_COUNTRY = 6  /* calling code not assigned, or no default country */
} kl_phone_reason;

/* Turns `text`, any common spelling of a telephone number, into E.164 digits without '+'.
 * `country` is the ISO 3166-1 alpha-2 code used for national spellings, or NULL when
 * only international ones are accepted. `out` has KL_PHONE_TEXT bytes.
 * `reason` may be NULL.
 * KL_ERR_ARGUMENT: text or out is NULL, or country is no known code;
 * KL_ERR_FORMAT: not a possible number, see reason. On failure out is "".
 * Lengths and prefixes: Google's libphonenumber metadata, see docs/architecture.md.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_phone_normalize(const char *text, const char *country, char *out, kl_phone_reason *reason);

/* One-line English text of a reason. Static. Thread-safe. Since 0.1. */
KL_API const char *kl_phone_reason_text(kl_phone_reason reason);

#ifdef __cplusplus
}
#endif

#endif
