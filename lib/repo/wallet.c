/* Repository of wallets. */
#include "repo/wallet.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

struct kl_wallet {
    kl_uuid id;
    kl_uuid vendor_id;
    kl_money balance;
    kl_money held;
    int64_t seq;
    kl_time updated_at;
};

kl_status wallet_get(pg_pool *pool, const kl_uuid *vendor_id, kl_wallet **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_wallet_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    kl_wallet *wallet = status ? NULL : malloc(sizeof *wallet);
    if (wallet)
        *wallet = (kl_wallet){.id = pg_uuid(rows, 0, 0),
                              .vendor_id = pg_uuid(rows, 0, 1),
                              .balance = pg_money(rows, 0, 2),
                              .held = pg_money(rows, 0, 3),
                              .seq = pg_int8(rows, 0, 4),
                              .updated_at = pg_time(rows, 0, 5)};
    else if (!status)
        status = error_memory(error);
    if (!status)
        *out = wallet;
    pg_rows_free(rows);
    return status;
}

kl_status wallet_read_proof(pg_pool *pool, const kl_uuid *vendor_id, wallet_proof *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_wallet_proof, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    if (!status) {
        *out = (wallet_proof){.id = pg_uuid(rows, 0, 0),
                              .balance = pg_money(rows, 0, 1),
                              .held = pg_money(rows, 0, 2),
                              .seq = pg_int8(rows, 0, 3),
                              .open_holds = pg_money(rows, 0, 5),
                              .last_seq = pg_int8(rows, 0, 6)};
        size_t length;
        const char *head = pg_bytes(rows, 0, 4, &length);
        memcpy(out->head, head, length < sizeof out->head ? length : sizeof out->head);
    }
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_wallet_id(const kl_wallet *wallet)
{
    return wallet ? wallet->id : (kl_uuid){{0}};
}

kl_uuid kl_wallet_vendor_id(const kl_wallet *wallet)
{
    return wallet ? wallet->vendor_id : (kl_uuid){{0}};
}

kl_money kl_wallet_balance(const kl_wallet *wallet)
{
    return wallet ? wallet->balance : 0;
}

kl_money kl_wallet_held(const kl_wallet *wallet)
{
    return wallet ? wallet->held : 0;
}

kl_money kl_wallet_available(const kl_wallet *wallet)
{
    return wallet ? wallet->balance - wallet->held : 0;
}

int64_t kl_wallet_seq(const kl_wallet *wallet)
{
    return wallet ? wallet->seq : 0;
}

kl_time kl_wallet_updated_at(const kl_wallet *wallet)
{
    return wallet ? wallet->updated_at : 0;
}

void kl_wallet_free(kl_wallet *wallet)
{
    free(wallet);
}
