/* A set of credits, debits and refunds of one wallet, done in order in one transaction, each with its own outcome. */
#include "core/wallet_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/ledger.h"
#include "core/wallet_heads.h"
#include "core/wallet_outcome.h"
#include "repo/common.h"
#include "repo/posting.h"

/* What is decided so far. */
typedef struct set {
    const kl_uuid *vendor_id;
    wallet_item *const *items;
    size_t count;
    posting_facts facts;
    posting_wallet after;
    posting_row *rows;
    size_t row_count;
    wallet_item **owners; /* of the rows */
    wallet_item **keyed;  /* a hash table by idempotency key: the first item that was posted with it */
    size_t buckets;
    buffer scratch;
    bool refused; /* one of them */
} set;

static size_t bucket_of(const set *s, const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(hash & (s->buckets - 1));
}

static wallet_item **slot_of(const set *s, const char *key)
{
    size_t bucket = bucket_of(s, key);
    while (s->keyed[bucket] && strcmp(s->keyed[bucket]->request->idempotency_key, key) != 0)
        bucket = (bucket + 1) & (s->buckets - 1);
    return &s->keyed[bucket];
}

static const kl_transaction *prior_of(const set *s, const char *key)
{
    for (size_t i = 0; i < kl_transaction_page_count(s->facts.prior); i++) {
        const kl_transaction *row = kl_transaction_page_at(s->facts.prior, i);
        if (strcmp(kl_transaction_idempotency_key(row), key) == 0)
            return row;
    }
    return NULL;
}

static posting_debit *debit_of(const set *s, const kl_uuid *id)
{
    for (size_t i = 0; i < s->facts.debit_count; i++)
        if (memcmp(&s->facts.debits[i].id, id, sizeof *id) == 0)
            return &s->facts.debits[i];
    return NULL;
}

/* Whether the rules allow it, given everything before it. */
static wallet_outcome judge(const set *s, const transaction_request *request, posting_debit **debit)
{
    kl_money amount = request->amount;
    if (request->type == KL_DEBIT_MESSAGE)
        return s->after.balance - s->after.held >= amount ? WALLET_CHANGED : WALLET_REFUSED;
    if (request->type == KL_REFUND && !(*debit = debit_of(s, request->debit_id)))
        return WALLET_NO_DEBIT;
    if (s->after.balance + amount > KL_MONEY_MAX)
        return WALLET_REFUSED;
    return *debit && (*debit)->left < amount ? WALLET_EXCEEDS : WALLET_CHANGED;
}

static kl_status append(set *s, wallet_item *item, posting_debit *debit)
{
    const transaction_request *request = item->request;
    posting_row *row = &s->rows[s->row_count];
    *row = (posting_row){.request = request, .seq = s->after.seq + 1};
    uuid_generate(&row->id);
    row->balance_after =
        request->type == KL_DEBIT_MESSAGE ? s->after.balance - request->amount : s->after.balance + request->amount;
    if (debit && debit->has_campaign)
        row->campaign_id = debit->campaign_id;
    ledger_row entry = {.vendor_id = *s->vendor_id, .wallet_id = s->after.id, .seq = row->seq, .id = row->id,
                        .type = request->type, .amount = request->amount, .balance_after = row->balance_after,
                        .reference = request->reference, .idempotency_key = request->idempotency_key,
                        .debit_id = request->debit_id, .campaign_id = debit && debit->has_campaign ? &row->campaign_id : NULL,
                        .batch_no = -1, .created_at = s->after.now};
    if (!ledger_hash(s->after.head, &entry, &s->scratch, row->hash))
        return error_memory(&item->error);
    item->row = transaction_make(&entry.vendor_id, &entry.wallet_id, row->id, row->seq, request, row->balance_after,
                                 entry.campaign_id, row->hash, entry.created_at);
    if (!item->row)
        return error_memory(&item->error);
    if (debit) {
        debit->left -= request->amount;
        debit->refunded += request->amount;
    }
    s->after.balance = row->balance_after;
    s->after.seq = row->seq;
    memcpy(s->after.head, row->hash, sizeof row->hash);
    s->owners[s->row_count++] = item;
    return KL_OK;
}

/* A key that was used before, in the ledger or in this set. */
static kl_status repeat(wallet_item *item, const kl_transaction *prior)
{
    const char *field = wallet_differing_field(item->request, prior);
    if (field)
        return wallet_conflict(field, &item->error);
    item->row = transaction_copy(prior);
    return item->row ? KL_OK : error_memory(&item->error);
}

static kl_status decide(set *s, wallet_item *item)
{
    const char *key = item->request->idempotency_key;
    wallet_item **slot = key ? slot_of(s, key) : NULL;
    const kl_transaction *prior = slot && *slot ? (*slot)->row : key ? prior_of(s, key) : NULL;
    if (prior)
        return repeat(item, prior);
    posting_debit *debit = NULL;
    wallet_outcome outcome = judge(s, item->request, &debit);
    if (outcome != WALLET_CHANGED) {
        s->refused = true;
        return wallet_refusal(item->request, outcome, &item->error);
    }
    kl_status status = append(s, item, debit);
    if (!status && slot)
        *slot = item;
    return status;
}

static void fail_all(set *s, kl_status status, const kl_error *why)
{
    for (size_t i = 0; i < s->count; i++) {
        wallet_item *item = s->items[i];
        kl_transaction_free(item->row);
        item->row = NULL;
        error_clear(&item->error);
        item->status = status;
        error_set_sqlstate(&item->error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    }
}

static bool make_room(set *s)
{
    s->buckets = 4;
    while (s->buckets < 2 * s->count)
        s->buckets *= 2;
    s->rows = calloc(s->count, sizeof *s->rows);
    s->owners = calloc(s->count, sizeof *s->owners);
    s->keyed = calloc(s->buckets, sizeof *s->keyed);
    return s->rows && s->owners && s->keyed;
}

static void set_free(set *s)
{
    free(s->rows);
    free(s->owners);
    free(s->keyed);
    buffer_free(&s->scratch);
    posting_facts_free(&s->facts);
}

/* The keys and debits that the facts are needed of. */
static kl_status begin(set *s, pg_connection *c, const pg_scope *scope, kl_error **error)
{
    const char **keys = malloc((s->count + 1) * sizeof *keys);
    kl_uuid *debits = malloc((s->count + 1) * sizeof *debits);
    size_t key_count = 0, debit_count = 0;
    for (size_t i = 0; keys && debits && i < s->count; i++) {
        const transaction_request *request = s->items[i]->request;
        if (request->idempotency_key)
            keys[key_count++] = request->idempotency_key;
        if (request->debit_id)
            debits[debit_count++] = *request->debit_id;
    }
    kl_status status = keys && debits ? posting_begin(c, scope, keys, key_count, debits, debit_count, &s->facts, error)
                                      : error_memory(error);
    free(keys);
    free(debits);
    return status;
}

static void decide_all(set *s)
{
    s->after = s->facts.wallet;
    for (size_t i = 0; i < s->count; i++)
        s->items[i]->status = s->after.found ? decide(s, s->items[i])
                                            : wallet_refusal(s->items[i]->request, WALLET_MISSING, &s->items[i]->error);
}

static void remember(kl *handle, const set *s, kl_time now)
{
    wallet_head head = {.wallet_id = s->after.id, .balance = s->after.balance, .held = s->after.held,
                        .seq = s->after.seq, .now = now};
    memcpy(head.head, s->after.head, sizeof head.head);
    if (s->after.found)
        wallet_heads_put(handle->heads, s->vendor_id, &head);
}

static void forget_outcomes(wallet_item *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        kl_transaction_free(items[i]->row);
        items[i]->row = NULL;
        error_clear(&items[i]->error);
        items[i]->status = KL_OK;
    }
}

/* Whether everything about the set can be decided from what was last seen of the wallet. */
static bool foresee(set *s, const wallet_head *seen)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i]->request->type == KL_REFUND)
            return false;
    s->facts.wallet = (posting_wallet){.found = true, .id = seen->wallet_id, .balance = seen->balance,
                                       .held = seen->held, .seq = seen->seq, .now = seen->now};
    memcpy(s->facts.wallet.head, seen->head, sizeof seen->head);
    decide_all(s);
    /* What is refused may have a key that was used before, which only a look can tell. */
    for (size_t i = 0; i < s->count; i++)
        s->refused |= s->items[i]->status == KL_ERR_MEMORY;
    if (s->refused)
        forget_outcomes(s->items, s->count);
    return !s->refused;
}

/* All in one round trip when the wallet is as it was last seen and no key was used before. *done is false when the
 * set has to be posted the other way; then nothing was done. */
static kl_status post_foreseen(kl *handle, const pg_scope *scope, wallet_item *const *items, size_t count, bool *done)
{
    set s = {.vendor_id = scope->vendor_id, .items = items, .count = count};
    wallet_head seen;
    kl_time now;
    kl_error *why = NULL;
    kl_status status = KL_OK;
    if (!wallet_heads_find(handle->heads, s.vendor_id, &seen) || seen.held == WALLET_HELD_UNKNOWN || !make_room(&s) ||
        !foresee(&s, &seen))
        goto done;
    status = posting_append(handle->pool, scope, s.rows, s.row_count, &s.facts.wallet, &s.after, done, &now, &why);
    if (*done) {
        remember(handle, &s, now);
        wallet_heads_held(handle->heads, s.vendor_id);
        goto done;
    }
    wallet_heads_missed(handle->heads, s.vendor_id);
    if (status == KL_ERR_EXISTS)
        status = KL_OK;
    if (status)
        fail_all(&s, status, why);
    else
        forget_outcomes(items, count);
done:
    kl_error_free(why);
    set_free(&s);
    return status;
}

/* In two round trips: the facts, then the rows. */
static kl_status post_with_facts(kl *handle, set *s, pg_connection *c, const pg_scope *scope, kl_error **error)
{
    if (!make_room(s))
        return error_memory(error);
    kl_status status = begin(s, c, scope, error);
    if (status)
        return status;
    decide_all(s);
    status = posting_commit(c, s->vendor_id, s->rows, s->row_count, &s->facts, &s->after, error);
    if (!status)
        remember(handle, s, s->after.now);
    return status;
}

kl_status wallet_set_post(kl *handle, const kl_uuid *vendor_id, wallet_item *const *items, size_t count)
{
    pg_scope scope = tenant(vendor_id);
    scope.asynchronous_commit = true;
    for (size_t i = 0; i < count; i++)
        scope.asynchronous_commit &= items[i]->asynchronous;
    bool done = false;
    kl_status foreseen = post_foreseen(handle, &scope, items, count, &done);
    if (foreseen || done)
        return foreseen;
    for (int retries = 0;; retries++) {
        set s = {.vendor_id = vendor_id, .items = items, .count = count};
        pg_connection *c = NULL;
        kl_error *why = NULL;
        kl_status status = pg_pool_take(handle->pool, &c, &why);
        if (!status)
            status = post_with_facts(handle, &s, c, &scope, &why);
        pg_pool_give(handle->pool, c);
        bool again = pg_pool_retry(status, retries);
        if (status && !again)
            fail_all(&s, status, why);
        else if (status)
            forget_outcomes(items, count);
        set_free(&s);
        kl_error_free(why);
        if (!again)
            return status;
    }
}
