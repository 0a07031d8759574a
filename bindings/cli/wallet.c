/* kloyst wallet: a vendor's money. */
#include "groups.h"
#include "list.h"

static const char *type_name(kl_transaction_type type)
{
    return type == KL_CREDIT_RECHARGE ? "credit" : type == KL_DEBIT_MESSAGE ? "debit" : "refund";
}

static void show(const kl_transaction *row)
{
    output_begin();
    output_number("seq", kl_transaction_seq(row));
    output_id("id", kl_transaction_id(row));
    output_text("type", type_name(kl_transaction_type_of(row)));
    output_money("amount", kl_transaction_amount(row));
    output_money("balance_after", kl_transaction_balance_after(row));
    output_text("reference", kl_transaction_reference(row));
    output_text("key", kl_transaction_idempotency_key(row));
    output_uuid("campaign_id", kl_transaction_campaign_id(row));
    output_time("created_at", kl_transaction_created_at(row));
    output_end();
}

static kl_status balance(invocation *in)
{
    kl_wallet *wallet = NULL;
    kl_status status = kl_wallet_get(in->handle, &in->vendor, &wallet, &in->error);
    if (!status) {
        output_begin();
        output_money("balance", kl_wallet_balance(wallet));
        output_money("held", kl_wallet_held(wallet));
        output_money("available", kl_wallet_available(wallet));
        output_number("seq", kl_wallet_seq(wallet));
        output_time("updated_at", kl_wallet_updated_at(wallet));
        output_end();
    }
    kl_wallet_free(wallet);
    return status;
}

static kl_status credit(invocation *in)
{
    kl_transaction *row = NULL;
    kl_status status = kl_wallet_credit(in->handle, &in->vendor, given_money(in, "amount", 0), given(in, "reference"),
                                        given(in, "key"), &row, &in->error);
    SHOW(transaction, row, show);
    return status;
}

static kl_status debit(invocation *in)
{
    kl_transaction *row = NULL;
    kl_status status = kl_wallet_debit(in->handle, &in->vendor, given_money(in, "amount", 0), given(in, "reference"),
                                       given(in, "key"), &row, &in->error);
    SHOW(transaction, row, show);
    return status;
}

static kl_status refund(invocation *in)
{
    kl_transaction *row = NULL;
    kl_uuid of;
    kl_status status = kl_wallet_refund(in->handle, &in->vendor, given_uuid(in, "debit", &of), given_money(in, "amount", 0),
                                        given(in, "reference"), given(in, "key"), &row, &in->error);
    SHOW(transaction, row, show);
    return status;
}

static kl_status resolve(invocation *in)
{
    kl_transaction *row = NULL;
    kl_status status = kl_wallet_resolve(in->handle, &in->vendor, given(in, "key"), &row, &in->error);
    SHOW(transaction, row, show);
    return status;
}

static kl_status page_of(invocation *in, int64_t after, int limit, kl_transaction_page **page)
{
    static const kl_time last_moment = 253402300799000000; /* the end of 9999 */
    kl_uuid campaign;
    if (given(in, "campaign"))
        return kl_wallet_statement_of_campaign(in->handle, &in->vendor, given_uuid(in, "campaign", &campaign), after, limit,
                                               page, &in->error);
    if (given(in, "from") || given(in, "until"))
        return kl_wallet_statement_between(in->handle, &in->vendor, given_time(in, "from", 0),
                                           given_time(in, "until", last_moment), after, limit, page, &in->error);
    return kl_wallet_statement(in->handle, &in->vendor, after, limit, page, &in->error);
}

static kl_status statement(invocation *in)
{
    kl_status status = KL_OK;
    int64_t after = given_count(in, "after-seq", 0), left = given_count(in, "limit", INT64_MAX);
    if (given(in, "campaign") && (given(in, "from") || given(in, "until")))
        return command_wrong(in, "--campaign does not go with --from and --until");
    output_list();
    for (bool more = left > 0; !status && more;) {
        kl_transaction_page *page = NULL;
        int limit = left < LIST_PAGE ? (int)left : LIST_PAGE;
        status = page_of(in, after, limit, &page);
        size_t count = status ? 0 : kl_transaction_page_count(page);
        for (size_t i = 0; i < count; i++)
            show(kl_transaction_page_at(page, i));
        if (count)
            after = kl_transaction_seq(kl_transaction_page_at(page, count - 1));
        left -= (int64_t)count;
        more = left > 0 && count == (size_t)limit;
        kl_transaction_page_free(page);
    }
    return status;
}

#define AMOUNT {"amount", "AMOUNT", "above 0, with up to four decimals", OPERAND}
#define REFERENCE {"reference", "TEXT", "what it is for, such as the payment's id", NEEDED}
#define KEY {"key", "TEXT", "idempotency key: under one key it happens once, however often it is asked for", NEEDED}

const command wallet_commands[] = {
    {"wallet balance", "show what a vendor has, and what of it is held", NULL, TAKES_DATABASE | TAKES_VENDOR, NULL, balance},
    {"wallet credit", "add money", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){AMOUNT, REFERENCE, KEY, {0}},
     credit},
    {"wallet debit", "take money from what is available", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){AMOUNT, REFERENCE, KEY, {0}}, debit},
    {"wallet refund", "give back part of a debit, or all of it", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){AMOUNT, {"debit", "UUID", "the ledger row that took it", NEEDED}, REFERENCE, KEY, {0}}, refund},
    {"wallet resolve", "tell whether an operation happened, after a lost connection",
     "Not found means that it did not happen: the same command with the same key may be given again.",
     TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){{"key", NULL, "its idempotency key", OPERAND}, {0}}, resolve},
    {"wallet statement", "list the rows of a vendor's ledger", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"from", "TIME", "rows from then on", OPTIONAL},
                         {"until", "TIME", "rows before then", OPTIONAL},
                         {"campaign", "UUID", "rows of one campaign", OPTIONAL},
                         {"after-seq", "COUNT", "begins behind this row", OPTIONAL},
                         {"limit", "COUNT", "at most so many; else all", OPTIONAL},
                         {0}},
     statement},
    {0}};
