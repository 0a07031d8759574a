/* Exporting the ledger of a vendor as a statement. */
#include "core/ledger_export.h"

#include <string.h>

#include "base/error.h"
#include "core/ledger_text.h"
#include "repo/wallet.h"

enum { BLOCK_BYTES = 64 * 1024 };

typedef struct export {
    kl_ledger_format format;
    ledger_sink sink;
    void *context;
    kl_ledger_point end;
    buffer block;
} export;

static kl_status flush(export *e, kl_error **error)
{
    if (e->block.broken)
        return error_memory(error);
    kl_status status = e->block.length ? e->sink(e->context, e->block.data, e->block.length, error) : KL_OK;
    buffer_clear(&e->block);
    return status;
}

static kl_status write_row(void *context, const ledger_row *row, const uint8_t *hash, kl_error **error)
{
    export *e = context;
    ledger_text_write(&e->block, e->format, row, hash);
    e->end.seq = row->seq;
    e->end.balance = row->balance_after;
    memcpy(e->end.hash, hash, sizeof e->end.hash);
    return e->block.length < BLOCK_BYTES ? KL_OK : flush(e, error);
}

kl_status ledger_export(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, ledger_sink sink, void *context,
                        kl_ledger_point *end, kl_error **error)
{
    export e = {.format = format, .sink = sink, .context = context};
    wallet_proof wallet;
    kl_status status = wallet_read_proof(handle->pool, vendor_id, &wallet, error);
    if (!status) {
        /* Rows up to here are never changed: whatever is written meanwhile, this is one moment. */
        ledger_text_header(&e.block, format);
        status = ledger_walk(handle, vendor_id, &wallet.id, INT64_MIN, wallet.seq, write_row, &e, error);
    }
    if (!status)
        status = flush(&e, error);
    if (!status && end)
        *end = e.end;
    buffer_free(&e.block);
    return status;
}
