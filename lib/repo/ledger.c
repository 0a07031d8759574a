/* Repository of ledger rows by the thousand: for their proof and their export. */
#include "repo/ledger.h"

#include "repo/common.h"
#include "sql.h"

kl_status ledger_read(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *wallet_id, int64_t after, int64_t last,
                      int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, wallet_id);
    pg_bind_int8(&p, after);
    pg_bind_int8(&p, last);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_ledger_page, &p, rows, error);
}

/* The labels of the enum differ in their first letter. */
static kl_transaction_type type_at(const pg_rows *rows, int index)
{
    switch (pg_text(rows, index, 2)[0]) {
    case 'C':
        return KL_CREDIT_RECHARGE;
    case 'D':
        return KL_DEBIT_MESSAGE;
    default:
        return KL_REFUND;
    }
}

/* Without a copy: there are a million of them. */
static const kl_uuid *uuid_in(const pg_rows *rows, int index, int column)
{
    size_t length;
    const char *bytes = pg_bytes(rows, index, column, &length);
    return length == sizeof(kl_uuid) ? (const kl_uuid *)bytes : NULL;
}

void ledger_row_at(const pg_rows *rows, int index, const kl_uuid *vendor_id, const kl_uuid *wallet_id, ledger_row *row,
                   const uint8_t **hash)
{
    static const uint8_t none[32];
    size_t length;
    *row = (ledger_row){.vendor_id = *vendor_id,
                        .wallet_id = *wallet_id,
                        .seq = pg_int8(rows, index, 0),
                        .id = pg_uuid(rows, index, 1),
                        .type = type_at(rows, index),
                        .amount = pg_money(rows, index, 3),
                        .balance_after = pg_money(rows, index, 4),
                        .reference = pg_text(rows, index, 5),
                        .idempotency_key = pg_is_null(rows, index, 6) ? NULL : pg_text(rows, index, 6),
                        .debit_id = uuid_in(rows, index, 7),
                        .campaign_id = uuid_in(rows, index, 8),
                        .batch_no = pg_is_null(rows, index, 9) ? -1 : pg_int4(rows, index, 9),
                        .created_at = pg_time(rows, index, 11)};
    const char *bytes = pg_bytes(rows, index, 10, &length);
    *hash = length == sizeof none ? (const uint8_t *)bytes : none;
}
