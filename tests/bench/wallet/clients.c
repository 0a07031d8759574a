/* Clients of wallets in C: through the library, and through libpq with statements of their own. Prints what was done and in how
 * many seconds. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <kloyst/kloyst.h>

enum { THREADS_MAX = 255, BATCH = 1000, KEY_SIZE = 64 };

/* The strongest simple peer: one statement, one round trip, no transaction block. */
static const char one_debit[] = "WITH w AS (UPDATE peer.wallet SET balance = balance - $3::numeric, seq = seq + 1"
                                " WHERE id = $1::uuid AND balance >= $3::numeric RETURNING id, seq, balance)"
                                " INSERT INTO peer.entry (id, wallet_id, seq, amount, balance_after, reference, key)"
                                " SELECT $2::uuid, id, seq, -$3::numeric, balance, $4::text, $5::text FROM w"
                                " RETURNING id, seq, balance_after";
/* The same of a batch: all or nothing. */
static const char many_debits[] =
    "WITH w AS (UPDATE peer.wallet SET balance = balance - 1000 * 0.0001, seq = seq + 1000"
    " WHERE id = $1::uuid AND balance >= 1000 * 0.0001 RETURNING id, seq, balance)"
    " INSERT INTO peer.entry (id, wallet_id, seq, amount, balance_after, reference, key)"
    " SELECT x.id, w.id, w.seq - 1000 + x.n, -0.0001, w.balance + (1000 - x.n) * 0.0001, 'message', x.key"
    " FROM w, unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS x (id, key, n) RETURNING id, seq, balance_after";

typedef struct worker worker;
typedef void (*work_function)(worker *);

struct worker {
    pthread_t thread;
    int number;
    unsigned seed;
    long done;
    long keys; /* made */
    work_function work;
    kl *handle;
    PGconn *connection;
};

static const char *url;
static kl_uuid *wallets;
static int wallet_count;
static pthread_barrier_t start;
static atomic_bool stop;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *why)
{
    fprintf(stderr, "clients: %s\n", why);
    exit(1);
}

static void check(kl_status status, kl_error *error)
{
    if (status)
        fail(error ? kl_error_message(error) : kl_status_text(status));
}

/* Both sides use keys of one shape, new in every process. */
static void make_key(worker *w, char *key)
{
    snprintf(key, KEY_SIZE, "bench-%d-%lx-%d-%ld", (int)getpid(), (long)time(NULL), w->number, w->keys++);
}

/* In order of time, as ids of version 7 are: an index likes that best. */
static void make_id(const worker *w, char *id)
{
    snprintf(id, KL_UUID_TEXT + 1, "%08lx-%04lx-7000-8000-%04x%08lx", (long)time(NULL), w->keys >> 24 & 0xffff,
             (unsigned)getpid() & 0xffff, (long)w->number << 24 | (w->keys & 0xffffff));
}

static const kl_uuid *choose(worker *w)
{
    return &wallets[wallet_count > 1 ? rand_r(&w->seed) % wallet_count : 0];
}

static void ours_one(worker *w)
{
    char key[KEY_SIZE];
    kl_transaction *row = NULL;
    kl_error *error = NULL;
    make_key(w, key);
    check(kl_wallet_debit(w->handle, choose(w), 1, "message", key, &row, &error), error);
    kl_transaction_free(row);
    w->done++;
}

static void ours_batch(worker *w)
{
    static char keys[BATCH][KEY_SIZE];
    static kl_wallet_operation operations[BATCH];
    kl_wallet_results *results = NULL;
    kl_error *error = NULL;
    for (int i = 0; i < BATCH; i++) {
        make_key(w, keys[i]);
        operations[i] = (kl_wallet_operation){
            .type = KL_DEBIT_MESSAGE, .amount = 1, .reference = "message", .idempotency_key = keys[i]};
    }
    check(kl_wallet_post(w->handle, choose(w), operations, BATCH, &results, &error), error);
    for (size_t i = 0; i < BATCH; i++)
        check(kl_wallet_results_status(results, i), NULL);
    kl_wallet_results_free(results);
    w->done += BATCH;
}

static void execute(worker *w, int count, const char *const *values, int rows)
{
    PGresult *result = PQexecPrepared(w->connection, "debit", count, values, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != rows)
        fail(PQresultErrorMessage(result));
    PQclear(result);
    w->done += rows;
}

static void cte_one(worker *w)
{
    char key[KEY_SIZE], wallet[KL_UUID_TEXT + 1], id[KL_UUID_TEXT + 1];
    kl_uuid_format(choose(w), wallet);
    make_id(w, id);
    make_key(w, key);
    execute(w, 5, (const char *[]){wallet, id, "0.0001", "message", key}, 1);
}

static void cte_batch(worker *w)
{
    static char ids[BATCH * (KL_UUID_TEXT + 1) + 2], keys[BATCH * KEY_SIZE + 2];
    char wallet[KL_UUID_TEXT + 1], *id = ids, *key = keys;
    kl_uuid_format(choose(w), wallet);
    for (int i = 0; i < BATCH; i++) {
        *id++ = *key++ = i ? ',' : '{';
        make_id(w, id);
        make_key(w, key);
        id += strlen(id);
        key += strlen(key);
    }
    strcpy(id, "}");
    strcpy(key, "}");
    execute(w, 3, (const char *[]){wallet, ids, keys}, BATCH);
}

static void *run_worker(void *argument)
{
    worker *w = argument;
    if (!w->handle) {
        w->connection = PQconnectdb(url);
        PQclear(PQprepare(w->connection, "debit", w->work == cte_one ? one_debit : many_debits, 0, NULL));
        if (PQstatus(w->connection) != CONNECTION_OK)
            fail(PQerrorMessage(w->connection));
    }
    pthread_barrier_wait(&start);
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        w->work(w);
    PQfinish(w->connection);
    return NULL;
}

static kl *open_handle(int threads)
{
    kl_options options = KL_OPTIONS_INIT;
    kl *handle = NULL;
    kl_error *error = NULL;
    options.pool_size = threads;
    check(kl_open(url, &options, &handle, &error), error);
    return handle;
}

static void run_workers(work_function work, int threads, double seconds)
{
    static worker workers[THREADS_MAX];
    kl *handle = work == ours_one || work == ours_batch ? open_handle(threads) : NULL;
    pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) {
        workers[i] = (worker){.number = i, .seed = (unsigned)i + 1, .work = work, .handle = handle};
        if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
            fail("no thread");
    }
    pthread_barrier_wait(&start);
    double began = now();
    usleep((useconds_t)(seconds * 1e6));
    atomic_store(&stop, true);
    long done = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
    }
    printf("%ld\t%.4f\n", done, now() - began);
    kl_free(handle);
}

/* Makes wallets with money in them and prints the ids of their vendors. */
static void make_wallets(int count)
{
    kl *handle = open_handle(1);
    kl_error *error = NULL;
    for (int i = 0; i < count; i++) {
        kl_vendor *vendor = NULL;
        char text[KL_UUID_TEXT + 1];
        check(kl_vendor_create(handle, "Benchmark", KL_PLAN_SHARED, NULL, 0, &vendor, &error), error);
        kl_uuid id = kl_vendor_id(vendor);
        check(kl_wallet_credit(handle, &id, 9000000000, "recharge", NULL, NULL, &error), error);
        kl_uuid_format(&id, text);
        puts(text);
        kl_vendor_free(vendor);
    }
    kl_free(handle);
}

/* Proves the first wallet's ledger; with a file's name exports it there and proves that. */
static void verify(const char *path)
{
    kl *handle = open_handle(1);
    kl_ledger_report report;
    kl_error *error = NULL;
    if (path)
        check(kl_ledger_export_file(handle, &wallets[0], KL_LEDGER_CSV, path, NULL, &error), error);
    double began = now();
    if (path)
        check(kl_ledger_verify_file(path, KL_LEDGER_CSV, NULL, NULL, &report, &error), error);
    else
        check(kl_wallet_verify(handle, &wallets[0], &report, &error), error);
    double seconds = now() - began;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%lld\t%.4f\t%ld\n", (long long)report.rows, seconds, usage.ru_maxrss);
    kl_free(handle);
}

static void read_wallets(const char *name)
{
    char line[64];
    FILE *file = fopen(name, "r");
    if (!file)
        fail("no file of wallets");
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        wallets = realloc(wallets, sizeof *wallets * (size_t)(wallet_count + 1));
        if (!wallets || kl_uuid_parse(line, &wallets[wallet_count++]))
            fail("bad file of wallets");
    }
    fclose(file);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        work_function work;
    } works[] = {{"ours", ours_one}, {"cte", cte_one}, {"ours-batch", ours_batch}, {"cte-batch", cte_batch}};
    kl_error *error = NULL;
    if (count < 3) {
        fprintf(stderr, "usage: clients migrate URL | wallets URL COUNT | verify URL WALLETS [FILE] |\n"
                        "       ours|cte|ours-batch|cte-batch URL WALLETS THREADS SECONDS\n");
        return 2;
    }
    url = arguments[2];
    if (strcmp(arguments[1], "migrate") == 0)
        check(kl_migrate(url, &error), error);
    if (strcmp(arguments[1], "wallets") == 0 && count == 4)
        make_wallets(atoi(arguments[3]));
    if (strcmp(arguments[1], "verify") == 0 && count >= 4) {
        read_wallets(arguments[3]);
        verify(count > 4 ? arguments[4] : NULL);
    }
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        if (strcmp(arguments[1], works[i].name) == 0 && count == 6) {
            read_wallets(arguments[3]);
            run_workers(works[i].work, atoi(arguments[4]), atof(arguments[5]));
        }
    }
    return 0;
}
