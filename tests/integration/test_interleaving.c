/* Two transactions on one wallet, step by step in every order: what comes out is what one after the other would give.
 * */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"
#include "pg/connection.h"
#include "sql.h"

typedef enum kind { CREDIT, DEBIT, REFUND, HOLD, CAPTURE, RELEASE, EXPIRE } kind;

/* One statement; amounts in ten-thousandths. */
typedef struct operation {
    kind kind;
    kl_money amount;
    const char *key;
} operation;

/* The wallet that each schedule starts with: a debit of 40, a hold of 30, an expired hold of 20, and 30 that is free.
 * */
enum { DEBITED = 40, HELD = 30, EXPIRED = 20, FREE = 30 };

typedef struct model {
    kl_money balance, held, debit_left, hold_left, expired_left;
    bool key_used;
} model;

enum { PATIENCE_MS = 100000 };

/* The numbers that the statements answer. */
enum { CHANGED = 1, PRIOR = 2, REFUSED = 3, EXCEEDS = 5 };

static int apply(const operation *o, model *m)
{
    if (o->key && m->key_used)
        return PRIOR;
    switch (o->kind) {
    case CREDIT:
        if (m->balance + o->amount > KL_MONEY_MAX)
            return REFUSED;
        m->balance += o->amount;
        break;
    case DEBIT:
        if (m->balance - m->held < o->amount)
            return REFUSED;
        m->balance -= o->amount;
        break;
    case REFUND:
        if (m->balance + o->amount > KL_MONEY_MAX)
            return REFUSED;
        if (m->debit_left < o->amount)
            return EXCEEDS;
        m->debit_left -= o->amount;
        m->balance += o->amount;
        break;
    case HOLD:
        if (m->balance - m->held < o->amount)
            return REFUSED;
        m->held += o->amount;
        break;
    case CAPTURE:
        if (m->hold_left < o->amount)
            return EXCEEDS;
        m->hold_left -= o->amount;
        m->held -= o->amount;
        m->balance -= o->amount;
        break;
    case RELEASE: {
        int freed = (int)m->hold_left;
        m->held -= freed;
        m->hold_left = 0;
        return freed;
    }
    case EXPIRE: {
        bool any = m->expired_left > 0;
        m->held -= m->expired_left;
        m->expired_left = 0;
        return any;
    }
    }
    m->key_used |= o->key != NULL;
    return CHANGED;
}

/* ---- the server's side --------------------------------------------------- */

static struct {
    kl_uuid vendor, debit, hold, expired;
    pg_connection *c[2];
    int pid[2];    /* of their sessions */
    PGconn *admin; /* asks what the two do */
} w;

/* First column of the first row, in a buffer of the next call; "" for none. */
static const char *look(const char *sql)
{
    static char text[60];
    PGresult *result = PQexec(w.admin, sql);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK, "%s: %s", sql,
                  PQerrorMessage(w.admin));
    snprintf(text, sizeof text, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return text;
}

static kl_uuid make_hold(kl_money amount)
{
    kl_error *error = NULL;
    kl_hold *made = NULL;
    ck_ok(kl_hold_create(fixture.handle, &w.vendor, amount, "h", NULL, 0, &made, &error));
    kl_uuid id = kl_hold_id(made);
    kl_hold_free(made);
    return id;
}

static model set_up(kl_money extra)
{
    kl_error *error = NULL;
    kl_transaction *made = NULL;
    char sql[200], text[KL_UUID_TEXT + 1];
    w.vendor = fixture_vendor("A", DEBITED + HELD + EXPIRED + FREE);
    ck_ok(kl_wallet_debit(fixture.handle, &w.vendor, DEBITED, "d", NULL, &made, &error));
    w.debit = kl_transaction_id(made);
    kl_transaction_free(made);
    w.hold = make_hold(HELD);
    w.expired = make_hold(EXPIRED);
    if (extra)
        ck_ok(kl_wallet_credit(fixture.handle, &w.vendor, extra, "c", NULL, NULL, &error));
    kl_uuid_format(&w.expired, text);
    snprintf(sql, sizeof sql, "UPDATE kloyst.hold SET expires_at = now() - interval '1 second' WHERE id = '%s'", text);
    look(sql);
    return (model){HELD + EXPIRED + FREE + extra, HELD + EXPIRED, DEBITED, HELD, EXPIRED, false};
}

static const char *bind(const operation *o, pg_parameters *p, int *column)
{
    kl_uuid id;
    uuid_generate(&id);
    pg_bind_uuid(p, &w.vendor);
    *column = 15;
    switch (o->kind) {
    case CREDIT:
    case DEBIT:
        pg_bind_uuid(p, &id);
        pg_bind_text(p, o->kind == CREDIT ? "CREDIT_RECHARGE" : "DEBIT_MESSAGE");
        pg_bind_money(p, o->amount);
        pg_bind_text(p, "r");
        pg_bind_text(p, o->key);
        pg_bind_money(p, o->kind == CREDIT ? o->amount : -o->amount);
        return sql_transaction_post;
    case REFUND:
        pg_bind_uuid(p, &id);
        pg_bind_money(p, o->amount);
        pg_bind_text(p, "r");
        pg_bind_text(p, o->key);
        pg_bind_uuid(p, &w.debit);
        return sql_transaction_refund;
    case HOLD:
        *column = 8;
        pg_bind_uuid(p, &id);
        pg_bind_money(p, o->amount);
        pg_bind_text(p, "r");
        pg_bind_text(p, o->key);
        pg_bind_null(p);
        return sql_hold_insert;
    case CAPTURE:
        pg_bind_uuid(p, &w.hold);
        pg_bind_uuid(p, &id);
        pg_bind_money(p, o->amount);
        pg_bind_text(p, "r");
        pg_bind_text(p, o->key);
        return sql_hold_capture;
    case RELEASE:
        *column = 0;
        pg_bind_uuid(p, &w.hold);
        return sql_hold_release;
    default:
        *column = 0;
        pg_bind_int4(p, 10);
        return sql_hold_expire;
    }
}

/* One of the two sessions: begin and do it, in a thread of its own because it may have to wait for the other. */
typedef struct session {
    pthread_t thread;
    pg_connection *c;
    const operation *operation;
    int outcome;
    bool failed; /* the transaction can only be rolled back */
    atomic_bool done;
} session;

static void *act(void *context)
{
    session *s = context;
    const pg_scope scope = {.role = PG_ROLE_TENANT, .vendor_id = &w.vendor};
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    int column;
    const char *sql = bind(s->operation, &p, &column);
    kl_status status = pg_begin(s->c, &scope, NULL);
    if (!status)
        status = pg_execute(s->c, &(pg_statement){sql, &p, &rows, PG_ROLE_SAME}, 1, NULL);
    s->failed = status != KL_OK;
    if (status == KL_ERR_EXISTS && s->operation->key) /* the other had the key: asking again finds its row */
        s->outcome = PRIOR;
    else if (status)
        s->outcome = -(int)status;
    else if (s->operation->kind == RELEASE)
        s->outcome = (int)pg_money(rows, 0, 0);
    else if (s->operation->kind == EXPIRE)
        s->outcome = (int)pg_int8(rows, 0, 0);
    else
        s->outcome = pg_int4(rows, 0, column);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    s->done = true;
    return NULL;
}

/* False when it waits for the other session, which has a transaction open. */
static bool start(session *s, int which, const operation *o)
{
    char sql[100];
    *s = (session){.c = w.c[which], .operation = o};
    snprintf(sql, sizeof sql, "SELECT %d = ANY (pg_blocking_pids(%d))", w.pid[!which], w.pid[which]);
    ck_assert_int_eq(pthread_create(&s->thread, NULL, act, s), 0);
    for (int64_t end = clock_monotonic_ms() + PATIENCE_MS; !s->done; usleep(500)) {
        if (strcmp(look(sql), "t") == 0)
            return false;
        ck_assert_msg(clock_monotonic_ms() < end, "neither done nor waiting for the other");
    }
    return true;
}

static void finish(session *s, bool commit)
{
    pthread_join(s->thread, NULL);
    if (commit && !s->failed)
        ck_assert_int_eq(pg_commit(s->c, NULL), KL_OK);
    else
        pg_rollback(s->c);
}

static model read_back(void)
{
    kl_error *error = NULL;
    kl_wallet *wallet = NULL;
    kl_hold *held = NULL, *expired = NULL;
    ck_ok(kl_wallet_get(fixture.handle, &w.vendor, &wallet, &error));
    ck_ok(kl_hold_get(fixture.handle, &w.vendor, &w.hold, &held, &error));
    ck_ok(kl_hold_get(fixture.handle, &w.vendor, &w.expired, &expired, &error));
    char sql[200], text[KL_UUID_TEXT + 1];
    kl_uuid_format(&w.debit, text);
    snprintf(sql, sizeof sql, "SELECT (refunded * 10000)::int FROM kloyst.refund_total WHERE debit_id = '%s'", text);
    model m = {kl_wallet_balance(wallet), kl_wallet_held(wallet), DEBITED - strtol(look(sql), NULL, 10),
               kl_hold_left(held), kl_hold_left(expired), false};
    kl_wallet_free(wallet);
    kl_hold_free(held);
    kl_hold_free(expired);
    ck_ok(kl_wallet_verify(fixture.handle, &w.vendor, NULL, &error));
    return m;
}

static bool key_is_used(void)
{
    char sql[300], vendor[KL_UUID_TEXT + 1];
    kl_uuid_format(&w.vendor, vendor);
    snprintf(sql, sizeof sql,
             "SELECT vendor_id FROM kloyst.transaction WHERE vendor_id = '%s' AND idempotency_key = 'k' UNION "
             "SELECT vendor_id FROM kloyst.hold WHERE vendor_id = '%s' AND idempotency_key = 'k'",
             vendor, vendor);
    return *look(sql);
}

/* ---- schedules ------------------------------------------------------------ */

typedef struct pair {
    const char *name;
    operation first, second;
    kl_money extra; /* on top of the balance */
} pair;

#define TO_CAP (KL_MONEY_MAX - HELD - EXPIRED - FREE)

static const pair pairs[] = {
    {"two debits that do not both fit", {DEBIT, 20, NULL}, {DEBIT, 15, NULL}, 0},
    {"two debits that fit", {DEBIT, 10, NULL}, {DEBIT, 20, NULL}, 0},
    {"two debits that fit exactly and not", {DEBIT, 30, NULL}, {DEBIT, 1, NULL}, 0},
    {"one debit twice", {DEBIT, 20, "k"}, {DEBIT, 20, "k"}, 0},
    {"a debit that needs the refund", {DEBIT, 50, NULL}, {REFUND, 20, NULL}, 0},
    {"a debit and a refund", {DEBIT, 30, NULL}, {REFUND, 40, NULL}, 0},
    {"two refunds above the debit", {REFUND, 30, NULL}, {REFUND, 20, NULL}, 0},
    {"two refunds within the debit", {REFUND, 30, NULL}, {REFUND, 10, NULL}, 0},
    {"one refund twice", {REFUND, 30, "k"}, {REFUND, 30, "k"}, 0},
    {"two captures above the hold", {CAPTURE, 20, NULL}, {CAPTURE, 15, NULL}, 0},
    {"two captures within the hold", {CAPTURE, 20, NULL}, {CAPTURE, 10, NULL}, 0},
    {"one capture twice", {CAPTURE, 30, "k"}, {CAPTURE, 30, "k"}, 0},
    {"a capture and a release", {CAPTURE, 20, NULL}, {RELEASE, 0, NULL}, 0},
    {"a capture of all and a release", {CAPTURE, 30, NULL}, {RELEASE, 0, NULL}, 0},
    {"two releases", {RELEASE, 0, NULL}, {RELEASE, 0, NULL}, 0},
    {"a debit that needs the release", {RELEASE, 0, NULL}, {DEBIT, 50, NULL}, 0},
    {"a capture and a debit", {CAPTURE, 20, NULL}, {DEBIT, 30, NULL}, 0},
    {"a capture and a refund", {CAPTURE, 20, NULL}, {REFUND, 40, NULL}, 0},
    {"a hold and a debit that do not both fit", {HOLD, 20, NULL}, {DEBIT, 20, NULL}, 0},
    {"two holds that do not both fit", {HOLD, 20, NULL}, {HOLD, 20, NULL}, 0},
    {"one hold twice", {HOLD, 30, "k"}, {HOLD, 30, "k"}, 0},
    {"a debit that needs the expiry", {EXPIRE, 0, NULL}, {DEBIT, 50, NULL}, 0},
    {"an expiry and a capture", {EXPIRE, 0, NULL}, {CAPTURE, 30, NULL}, 0},
    {"an expiry and a release", {EXPIRE, 0, NULL}, {RELEASE, 0, NULL}, 0},
    {"two expiries", {EXPIRE, 0, NULL}, {EXPIRE, 0, NULL}, 0},
    {"two credits to the cap and beyond", {CREDIT, 100, NULL}, {CREDIT, 1, NULL}, TO_CAP - 100},
    {"two credits within the cap", {CREDIT, 60, NULL}, {CREDIT, 40, NULL}, TO_CAP - 100},
    {"one credit twice at the cap", {CREDIT, 100, "k"}, {CREDIT, 100, "k"}, TO_CAP - 100},
    {"a credit that needs the debit", {CREDIT, 20, NULL}, {DEBIT, 20, NULL}, TO_CAP},
    {"a credit and a refund at the cap", {CREDIT, 40, NULL}, {REFUND, 40, NULL}, TO_CAP - 40},
    {"a credit that needs the capture", {CREDIT, 20, NULL}, {CAPTURE, 20, NULL}, TO_CAP},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

/* Whether the outcomes and the end are those of the two one after the other, in this order. */
static bool serial(model m, const operation *const o[2], const int outcomes[2], const bool commits[2], int first,
                   const model *end)
{
    for (int i = 0; i < 2; i++) {
        int which = i ? !first : first;
        model after = m;
        if (apply(o[which], &after) != outcomes[which])
            return false;
        if (commits[which])
            m = after;
    }
    return m.balance == end->balance && m.held == end->held && m.debit_left == end->debit_left &&
           m.hold_left == end->hold_left && m.expired_left == end->expired_left;
}

/* Bits of a schedule: who goes first, whether the second starts before the first ends, whether each commits, and which ends
 * first. */
enum { SWAPPED = 1, OVERLAP = 2, COMMIT_FIRST = 4, COMMIT_SECOND = 8, SECOND_ENDS_FIRST = 16, SCHEDULES = 32 };

/* Whether the second did not have to wait for the first. */
static bool run_schedule(const pair *p, int schedule)
{
    bool swapped = schedule & SWAPPED, overlap = schedule & OVERLAP, second_ends_first = schedule & SECOND_ENDS_FIRST;
    const bool commits[2] = {schedule & COMMIT_FIRST, schedule & COMMIT_SECOND};
    const operation *const o[2] = {swapped ? &p->second : &p->first, swapped ? &p->first : &p->second};
    model before = set_up(p->extra);
    session s[2];
    ck_assert(start(&s[0], 0, o[0]));
    if (!overlap)
        finish(&s[0], commits[0]);
    bool at_once = start(&s[1], 1, o[1]);
    ck_assert_msg(at_once || (overlap && !second_ends_first), "%s, schedule %d: has to wait", p->name, schedule);
    if (second_ends_first)
        finish(&s[1], commits[1]);
    if (overlap)
        finish(&s[0], commits[0]);
    if (!second_ends_first)
        finish(&s[1], commits[1]);
    /* A refusal may be the doing of the same key in the other; the library then looks for the key. */
    if (o[1]->key && (s[1].outcome == REFUSED || s[1].outcome == EXCEEDS) && key_is_used())
        s[1].outcome = PRIOR;
    const int outcomes[2] = {s[0].outcome, s[1].outcome};
    model end = read_back();
    /* Two that skip what the other has locked need not see each other. */
    bool skipped = o[0]->kind == EXPIRE && o[1]->kind == EXPIRE && overlap && outcomes[1] == 0;
    bool fits = serial(before, o, outcomes, commits, 0, &end) || (overlap && serial(before, o, outcomes, commits, 1, &end));
    if (!fits && skipped)
        fits = outcomes[0] == 1 && end.expired_left == (commits[0] ? 0 : EXPIRED);
    ck_assert_msg(fits, "%s, schedule %d: outcomes %d and %d; balance %lld held %lld", p->name, schedule, outcomes[0],
                  outcomes[1], (long long)end.balance, (long long)end.held);
    return at_once;
}

/* One database for all pairs: each schedule has a vendor of its own. */
static void make_database(void)
{
    fixture_server();
    fixture_open();
    kl_free(fixture.handle);
}

static int pid_of(pg_connection *c)
{
    kl_error *error = NULL;
    pg_rows *rows = NULL;
    const pg_scope session = {.role = PG_ROLE_SESSION};
    ck_ok(pg_transact(c, &session, &(pg_statement){"SELECT pg_backend_pid()", NULL, &rows, PG_ROLE_SAME}, 1, &error));
    int pid = pg_int4(rows, 0, 0);
    pg_rows_free(rows);
    return pid;
}

static void open_connections(void)
{
    static const pg_settings settings = {PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, 1, false, NULL, NULL};
    kl_error *error = NULL;
    char *conninfo = NULL;
    fixture.handle = fixture_handle(NULL);
    w.admin = PQconnectdb(fixture.admin);
    ck_assert_msg(PQstatus(w.admin) == CONNECTION_OK, "%s", PQerrorMessage(w.admin));
    ck_assert_int_gt(asprintf(&conninfo, "%s user=kloyst_app", fixture.conninfo), 0);
    for (int i = 0; i < 2; i++) {
        ck_ok(pg_connect(conninfo, &settings, &w.c[i], &error));
        w.pid[i] = pid_of(w.c[i]);
    }
    free(conninfo);
}

static void close_connections(void)
{
    pg_disconnect(w.c[0]);
    pg_disconnect(w.c[1]);
    PQfinish(w.admin);
    kl_free(fixture.handle);
}

/* What differs: who goes first unless both do the same, and who ends first only where both are there and neither waits. */
START_TEST(every_order_of_two_operations_is_one_after_the_other)
{
    const pair *p = &pairs[_i];
    bool same = p->first.kind == p->second.kind && p->first.amount == p->second.amount;
    bool at_once[SECOND_ENDS_FIRST] = {false};
    for (int schedule = 0; schedule < SCHEDULES; schedule++) {
        bool second_ends_first = schedule & SECOND_ENDS_FIRST;
        int order = schedule & ~SECOND_ENDS_FIRST;
        if ((same && (schedule & SWAPPED)) || (second_ends_first && !((schedule & OVERLAP) && at_once[order])))
            continue;
        at_once[order] = run_schedule(p, schedule);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("interleaving");
    TCase *test_case = tcase_create("pairs");
    tcase_add_unchecked_fixture(test_case, make_database, NULL);
    tcase_add_checked_fixture(test_case, open_connections, close_connections);
    tcase_set_timeout(test_case, 120);
    tcase_add_loop_test(test_case, every_order_of_two_operations_is_one_after_the_other, 0, PAIRS);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
