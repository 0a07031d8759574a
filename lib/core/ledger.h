/* The proof of a ledger: its hash chain recomputed in C. docs/ledger-format.md describes the bytes. */
#ifndef KLOYST_CORE_LEDGER_H
#define KLOYST_CORE_LEDGER_H

#include <stdbool.h>

#include <kloyst/ledger.h>

#include "base/buffer.h"
#include "core/handle.h"
#include "crypto/hmac.h"
#include "repo/ledger.h"

/* One step of the chain, from the hash of the row before (zeros before the first). `scratch` is memory to work in, kept
 * between steps. False when there is no memory. */
bool ledger_hash(const uint8_t previous[SHA256_BYTES], const ledger_row *row, buffer *scratch,
                 uint8_t out[SHA256_BYTES]) __attribute__((warn_unused_result));

/* How far a proof has come. Start with the point it starts from and an empty report. */
typedef struct ledger_proof {
    kl_ledger_point at; /* the last row that held */
    kl_ledger_report *report;
    buffer scratch; /* to be freed */
} ledger_proof;

/* Takes the next row. KL_ERR_CORRUPT: it does not continue the chain. */
kl_status ledger_proof_row(ledger_proof *proof, const ledger_row *row, const uint8_t *hash, kl_error **error);

/* KL_ERR_CORRUPT "row SEQ of the ledger WHAT", also in the report. */
kl_status ledger_proof_bad(ledger_proof *proof, int64_t seq, const char *what, kl_error **error);

typedef kl_status (*ledger_visit)(void *context, const ledger_row *row, const uint8_t *hash, kl_error **error);

/* Shows each row of a wallet with after < seq <= last, in order, in constant memory. */
kl_status ledger_walk(kl *handle, const kl_uuid *vendor_id, const kl_uuid *wallet_id, int64_t after, int64_t last,
                      ledger_visit visit, void *context, kl_error **error);

/* Statuses are those of kl_ledger_verify_from(); `report` is filled for KL_OK and KL_ERR_CORRUPT, `reached` (may be
 * NULL) for KL_OK. */
kl_status ledger_verify(kl *handle, const kl_uuid *vendor_id, const kl_ledger_point *from, kl_ledger_point *reached,
                        kl_ledger_report *report, kl_error **error);

#endif
