/* Proof of a ledger, in the database and in a statement that left it.
 *
 * Rows are chained by SHA-256; docs/ledger-format.md describes the bytes and the two forms of a statement. What is
 * verified must be right in itself from its first row: seq without gap, running balance, hash of every row. Somebody
 * who may rewrite everything can make a chain that is right in itself; against that compare with a hash that was kept
 * elsewhere.
 *
 * All calls are thread-safe. Those with a handle: the statuses listed at the top of vendor.h; they work in constant
 * memory and writers need not stop.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_LEDGER_H
#define KLOYST_LEDGER_H

#include <kloyst/contact.h>
#include <kloyst/wallet.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a proof ended: the last row that held. All zero is the place before the first row. */
typedef struct kl_ledger_point {
    int64_t seq;
    uint8_t hash[32];
    kl_money balance;
} kl_ledger_point;

/* The form of an exported statement. */
typedef enum kl_ledger_format {
    KL_LEDGER_CSV = 1,       /* RFC 4180 with a header line */
    KL_LEDGER_JSON_LINES = 2 /* one JSON object a line */
} kl_ledger_format;

/* Outcome of a proof of the ledger. */
typedef struct kl_ledger_report {
    int64_t rows;      /* rows read */
    int64_t bad_seq;   /* seq of the first row that fails; 0 when all hold */
    kl_money credited; /* sums by type */
    kl_money debited;
    kl_money refunded;
    kl_money balance;  /* of the wallet */
    kl_money held;     /* of the wallet */
} kl_ledger_report;

/* Recomputes the ledger of a vendor from its first row: seq without gap, running balance, hash chain, and their
 * agreement with the wallet and its holds. Does not block writers. KL_ERR_CORRUPT: report->bad_seq and the message
 * name the row, or say that the wallet disagrees. *report may be NULL. Since 0.1. */
KL_API kl_status kl_wallet_verify(kl *handle, const kl_uuid *vendor_id, kl_ledger_report *report, kl_error **error);

/* kl_wallet_verify() of the rows behind `from`, where an earlier verification ended (NULL: from the first). Rows up
 * to there are trusted to be as they were: changing one of them shows only when their last hash changed too.
 * *reached (may be NULL, may be `from`) is where to go on another time; it is written for KL_OK only. The report
 * (may be NULL) counts the rows read this time. KL_ERR_CORRUPT: report->bad_seq and the message name the row, or say
 * that the wallet disagrees; KL_ERR_ARGUMENT: `from` is no such place; KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_ledger_verify_from(kl *handle, const kl_uuid *vendor_id, const kl_ledger_point *from,
                                       kl_ledger_point *reached, kl_ledger_report *report, kl_error **error);

/* Writes the whole ledger of a vendor, by calls of `write` with `context`, as of the moment of the call, in order of seq, as it is stored: it is not
 * verified. *end (may be NULL) is the last row written, all zero for an empty ledger; its hash pins the statement's
 * end. KL_ERR_CANCELLED; KL_ERR_ARGUMENT: no such format; KL_ERR_NOT_FOUND. After a failure part of it is written.
 * Since 0.1. */
KL_API kl_status kl_ledger_export(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, kl_write_function write,
                                  void *context, kl_ledger_point *end, kl_error **error);

/* kl_ledger_export() to the new file `path`. KL_ERR_EXISTS: there is one; KL_ERR_IO: it cannot be written. After a failure
 * there is none. Since 0.1. */
KL_API kl_status kl_ledger_export_file(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, const char *path,
                                       kl_ledger_point *end, kl_error **error);

/* Verifies a statement that `read` hands out, called with `context`, with neither a handle nor a database. Every row must be there, from the first, in order and
 * of one wallet. `head`: the 32 bytes of the hash that the last row must have, known from elsewhere; NULL: wherever
 * it ends. Without it a statement that was cut off at its end, or rewritten with all hashes from some row on, is
 * right in itself. *reached and *report may be NULL; report->balance is that of the last row, report->held is 0. An
 * empty statement has no row and holds. KL_ERR_CORRUPT: report->bad_seq and the message name the first bad row (with
 * `head`: or say that the end is another; bad_seq is then the seq that follows it, when the statement goes on behind
 * it, else 0); KL_ERR_FORMAT: not a statement of this format at all; KL_ERR_ARGUMENT: read is NULL or no such
 * format; KL_ERR_IO; KL_ERR_MEMORY. Since 0.1. */
KL_API kl_status kl_ledger_verify_stream(kl_read_function read, void *context, kl_ledger_format format,
                                         const uint8_t *head, kl_ledger_point *reached, kl_ledger_report *report,
                                         kl_error **error);

/* kl_ledger_verify_stream() of the file `path`. KL_ERR_IO: it cannot be read. Since 0.1. */
KL_API kl_status kl_ledger_verify_file(const char *path, kl_ledger_format format, const uint8_t *head,
                                       kl_ledger_point *reached, kl_ledger_report *report, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif
