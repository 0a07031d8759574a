/* Reading a ledger page by page: the next one is fetched while this one is looked at. */
#include <pthread.h>
#include <signal.h>

#include "base/error.h"
#include "core/ledger.h"

enum { PAGE_ROWS = 4000 };

typedef struct page {
    kl *handle;
    const kl_uuid *vendor_id;
    const kl_uuid *wallet_id;
    int64_t after;
    int64_t last;
    pthread_t thread;
    bool fetching; /* by that thread */
    pg_rows *rows;
    kl_status status;
    kl_error *why;
} page;

static void *fetch(void *argument)
{
    page *p = argument;
    p->status = ledger_read(p->handle->pool, p->vendor_id, p->wallet_id, p->after, p->last, PAGE_ROWS, &p->rows, &p->why);
    return NULL;
}

/* Where no thread can be had, it is fetched at once. */
static void start_fetch(page *p)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's handlers do not expect this thread */
    p->fetching = pthread_create(&p->thread, NULL, fetch, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!p->fetching)
        fetch(p);
}

static void row_at(const page *p, int index, ledger_row *row, const uint8_t **hash)
{
    ledger_row_at(p->rows, index, p->vendor_id, p->wallet_id, row, hash);
}

/* The page behind a full one. */
static page following(const page *p)
{
    ledger_row row;
    const uint8_t *hash;
    row_at(p, PAGE_ROWS - 1, &row, &hash);
    return (page){
        .handle = p->handle, .vendor_id = p->vendor_id, .wallet_id = p->wallet_id, .after = row.seq, .last = p->last};
}

static kl_status show(const page *p, ledger_visit visit, void *context, kl_error **error)
{
    if (p->status)
        return error_set_sqlstate(error, p->status, kl_error_sqlstate(p->why), "%s", kl_error_message(p->why));
    kl_status status = KL_OK;
    int count = pg_rows_count(p->rows);
    for (int i = 0; !status && i < count; i++) {
        ledger_row row;
        const uint8_t *hash;
        row_at(p, i, &row, &hash);
        status = visit(context, &row, hash, error);
    }
    return status;
}

static void page_free(page *p)
{
    if (p->fetching)
        pthread_join(p->thread, NULL);
    pg_rows_free(p->rows);
    kl_error_free(p->why);
}

kl_status ledger_walk(kl *handle, const kl_uuid *vendor_id, const kl_uuid *wallet_id, int64_t after, int64_t last,
                      ledger_visit visit, void *context, kl_error **error)
{
    page pages[2] = {
        {.handle = handle, .vendor_id = vendor_id, .wallet_id = wallet_id, .after = after, .last = last}};
    fetch(&pages[0]);
    for (int now = 0;; now = !now) {
        page *p = &pages[now], *next = &pages[!now];
        bool more = pg_rows_count(p->rows) == PAGE_ROWS;
        if (more) {
            *next = following(p);
            start_fetch(next);
        }
        kl_status status = show(p, visit, context, error);
        page_free(p);
        if (more && next->fetching) {
            pthread_join(next->thread, NULL);
            next->fetching = false;
        }
        if (!status && more)
            continue;
        if (more)
            page_free(next);
        return status;
    }
}
