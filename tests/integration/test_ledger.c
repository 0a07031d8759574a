/* The ledger's proof: every kind of tampering is found and named, honest ledgers pass, rows cannot be changed. */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/ledger.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

/* What a thief would do first. */
#define UNGUARDED                                                                                                      \
    "SET search_path = kloyst; ALTER TABLE kloyst.transaction DISABLE TRIGGER ALL;"                                    \
    "SET session_replication_role = replica;"

/* Ten rows: a credit of 1.0000, debits of 0.0010, a refund at 6, another credit at 7; another vendor beside it. */
static kl_uuid ten_rows(void)
{
    kl_error *error = NULL;
    kl *h = fixture.handle;
    fixture_vendor("beside", 5000);
    kl_uuid vendor = fixture_vendor("A", 10000);
    kl_transaction *taken = NULL;
    for (int seq = 2; seq <= 10; seq++) {
        char key[20];
        snprintf(key, sizeof key, "key-%d", seq);
        kl_uuid debit_id = kl_transaction_id(taken);
        if (seq == 6)
            ck_ok(kl_wallet_refund(h, &vendor, &debit_id, 4, "back", NULL, NULL, &error));
        else if (seq == 7)
            ck_ok(kl_wallet_credit(h, &vendor, 500, "pay", key, NULL, &error));
        else {
            kl_transaction_free(taken);
            ck_ok(kl_wallet_debit(h, &vendor, 10, "message", key, &taken, &error));
        }
    }
    kl_transaction_free(taken);
    ck_ok(kl_hold_create(h, &vendor, 100, "campaign", NULL, 0, NULL, &error));
    return vendor;
}

static void ck_corrupt(const kl_uuid *vendor, int64_t seq, const char *words)
{
    kl_error *error = NULL;
    kl_ledger_report report = {0};
    kl_status status = kl_wallet_verify(fixture.handle, vendor, &report, &error);
    ck_assert_msg(status == KL_ERR_CORRUPT, "%s: %s", words, kl_status_name(status));
    ck_assert_msg(strstr(kl_error_message(error), words) != NULL, "%s: %s", words, kl_error_message(error));
    ck_assert_int_eq(report.bad_seq, seq);
    char number[30];
    snprintf(number, sizeof number, "row %d ", (int)seq);
    if (seq)
        ck_assert_msg(strstr(kl_error_message(error), number) != NULL, "%s", kl_error_message(error));
    kl_error_free(error);
}

START_TEST(an_honest_ledger_is_proved_and_added_up)
{
    kl_error *error = NULL;
    kl_uuid vendor = ten_rows();
    kl_ledger_report report;
    memset(&report, 0xff, sizeof report);
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, &report, &error));
    ck_assert_int_eq(report.rows, 10);
    ck_assert_int_eq(report.bad_seq, 0);
    ck_assert_int_eq(report.credited, 10500);
    ck_assert_int_eq(report.debited, 70);
    ck_assert_int_eq(report.refunded, 4);
    ck_assert_int_eq(report.balance, 10434);
    ck_assert_int_eq(report.held, 100);
    kl_uuid empty = fixture_vendor("empty", 0);
    ck_ok(kl_wallet_verify(fixture.handle, &empty, &report, &error));
    ck_assert_int_eq(report.rows, 0);
}
END_TEST

typedef struct tampering {
    const char *sql; /* %s: the vendor */
    int64_t seq;
    const char *words;
} tampering;

#define ROW "vendor_id = '%s' AND seq "

static const tampering tamperings[] = {
    {"UPDATE transaction SET amount = amount + 0.0001 WHERE " ROW "= 4", 4, "hash"},
    {"UPDATE transaction SET balance_after = balance_after + 1 WHERE " ROW "= 4", 4, "hash"},
    {"UPDATE transaction SET reference = 'gift' WHERE " ROW "= 1", 1, "hash"},
    {"UPDATE transaction SET idempotency_key = 'other' WHERE " ROW "= 5", 5, "hash"},
    {"UPDATE transaction SET idempotency_key = NULL WHERE " ROW "= 10", 10, "hash"},
    {"UPDATE transaction SET type = 'REFUND' WHERE " ROW "= 7", 7, "hash"},
    {"UPDATE transaction SET debit_id = NULL WHERE " ROW "= 6", 6, "hash"},
    {"UPDATE transaction SET campaign_id = gen_random_uuid() WHERE " ROW "= 3", 3, "hash"},
    {"UPDATE transaction SET batch_no = 1 WHERE " ROW "= 3", 3, "hash"},
    {"UPDATE transaction SET created_at = created_at - interval '1 microsecond' WHERE " ROW "= 9", 9, "hash"},
    {"UPDATE transaction SET id = gen_random_uuid() WHERE " ROW "= 8", 8, "hash"},
    {"UPDATE transaction SET hash = sha256(hash) WHERE " ROW "= 8", 8, "hash"},
    {"DELETE FROM transaction WHERE " ROW "= 1", 1, "missing"},
    {"DELETE FROM transaction WHERE " ROW "= 5", 5, "missing"},
    {"DELETE FROM transaction WHERE " ROW "= 10", 10, "missing"},
    {"DELETE FROM transaction WHERE " ROW "> 0", 1, "missing"},
    /* Dropped, and the rest moved up to hide the gap. */
    {"DELETE FROM transaction WHERE " ROW "= 5; UPDATE transaction SET seq = seq + 100 WHERE seq > 5;"
     "UPDATE transaction SET seq = seq - 101 WHERE seq > 100; UPDATE wallet SET seq = 9 WHERE seq = 10",
     5, "hash"},
    {"UPDATE transaction SET seq = 100 WHERE " ROW "= 3; UPDATE transaction SET seq = 3 WHERE seq = 4;"
     "UPDATE transaction SET seq = 4 WHERE seq = 100",
     3, "hash"},
    {"INSERT INTO transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 11, type, amount, balance_after - amount,"
     "  reference, NULL, NULL, NULL, NULL, sha256(hash), now() FROM transaction WHERE " ROW "= 10",
     11, "unknown to the wallet"},
    {"INSERT INTO transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 12, type, amount, balance_after - amount,"
     "  reference, NULL, NULL, NULL, NULL, sha256(hash), now() FROM transaction WHERE " ROW "= 10",
     11, "unknown to the wallet"},
    {"INSERT INTO transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 11, type, amount, balance_after - amount,"
     "  reference, NULL, NULL, NULL, NULL, sha256(hash), now() FROM transaction WHERE " ROW "= 10;"
     "UPDATE wallet SET seq = 11 WHERE seq = 10",
     11, "hash"},
    {"ALTER DOMAIN ledger_seq DROP CONSTRAINT ledger_seq_check;"
     "INSERT INTO transaction SELECT vendor_id, gen_random_uuid(), wallet_id, -3, type, amount, balance_after - amount,"
     "  reference, NULL, NULL, NULL, NULL, sha256(hash), now() FROM transaction WHERE " ROW "= 10",
     -3, "too many"},
    /* With the right hash, but from a balance that never was. */
    {"WITH w AS (UPDATE wallet SET seq = 11, balance = 9, held = 0, head = ledger_hash(head, vendor_id, id, 11, id,"
     "  'CREDIT_RECHARGE', 1, 9, 'gift', NULL, NULL, NULL, NULL, 0) WHERE " ROW "= 10 RETURNING *)"
     "INSERT INTO transaction SELECT vendor_id, id, id, 11, 'CREDIT_RECHARGE', 1, 9, 'gift', NULL, NULL, NULL, NULL, head,"
     "  'epoch' FROM w",
     11, "balance"},
    {"UPDATE wallet SET balance = balance + 1 WHERE " ROW "= 10", 0, "balance"},
    {"UPDATE wallet SET head = sha256(head) WHERE " ROW "= 10", 0, "hash of the last row"},
    {"UPDATE wallet SET seq = 9 WHERE " ROW "= 10", 10, "unknown to the wallet"},
    {"UPDATE wallet SET seq = 11 WHERE " ROW "= 10", 11, "missing"},
    {"UPDATE wallet SET held = 0 WHERE " ROW "= 10", 0, "holds"},
    {"UPDATE hold SET released = amount WHERE vendor_id = '%s'", 0, "holds"},
};
enum { TAMPERINGS = sizeof tamperings / sizeof *tamperings };

START_TEST(tampering_is_found_and_named)
{
    const tampering *t = &tamperings[_i];
    kl_uuid vendor = ten_rows();
    char id[KL_UUID_TEXT + 1], sql[4000] = UNGUARDED;
    kl_uuid_format(&vendor, id);
    const char *place = strstr(t->sql, "%s");
    size_t length = strlen(sql);
    snprintf(sql + length, sizeof sql - length, "%.*s%s%s", (int)(place - t->sql), t->sql, id, place + 2);
    harness_exec(fixture.admin, sql);
    ck_corrupt(&vendor, t->seq, t->words);
    kl_error *error = NULL;
    ck_fails(KL_ERR_CORRUPT, kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}
END_TEST

START_TEST(a_forged_row_in_the_way_is_corrupt_not_a_conflict)
{
    kl_error *error = NULL;
    kl_uuid vendor = ten_rows();
    harness_exec(fixture.admin, UNGUARDED
                 "INSERT INTO transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 11, type, amount, balance_after, "
                 "reference, NULL, NULL, NULL, NULL, hash, now() FROM transaction WHERE seq = 10");
    ck_fails(KL_ERR_CORRUPT, kl_wallet_debit(fixture.handle, &vendor, 1, "m", NULL, NULL, &error));
    ck_fails(KL_ERR_CORRUPT, kl_wallet_debit(fixture.handle, &vendor, 1, "m", "key", NULL, &error));
}
END_TEST

/* `sql` must fail with `condition`, whoever runs it. */
static void ck_refused(const char *condition, const char *setting, const char *sql)
{
    char text[1000];
    snprintf(text, sizeof text,
             "%s; DO $$ BEGIN %s; RAISE 'went through'; EXCEPTION WHEN %s THEN NULL; END $$", setting, sql, condition);
    harness_exec(fixture.admin, text);
}

START_TEST(rows_cannot_be_changed_by_application_owner_or_replica_mode)
{
    kl_uuid vendor = ten_rows();
    char id[KL_UUID_TEXT + 1], as_app[200];
    kl_uuid_format(&vendor, id);
    snprintf(as_app, sizeof as_app, "SET ROLE kloyst_app; SET kloyst.vendor_id = '%s'", id);
    const char *settings[] = {as_app,
                              "ALTER TABLE kloyst.transaction NO FORCE ROW LEVEL SECURITY; SET ROLE kloyst_owner",
                              "SET session_replication_role = replica", "SET session_replication_role = origin"};
    for (int i = 0; i < 4; i++) {
        ck_refused("insufficient_privilege", settings[i], "UPDATE kloyst.transaction SET amount = 1");
        ck_refused("insufficient_privilege", settings[i], "DELETE FROM kloyst.transaction");
        ck_refused("insufficient_privilege", settings[i], "TRUNCATE kloyst.transaction CASCADE");
    }
    ck_refused("insufficient_privilege", as_app, "TRUNCATE kloyst.wallet CASCADE");
    ck_refused("insufficient_privilege", as_app, "DELETE FROM kloyst.hold");
    ck_refused("insufficient_privilege", as_app, "DELETE FROM kloyst.refund_total");
    kl_error *error = NULL;
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}
END_TEST

START_TEST(the_database_refuses_impossible_money)
{
    ten_rows();
    const char *changes[] = {"UPDATE kloyst.wallet SET balance = 'NaN'",
                             "UPDATE kloyst.wallet SET held = 'NaN', balance = 'NaN'",
                             "UPDATE kloyst.wallet SET balance = -0.0001",
                             "UPDATE kloyst.wallet SET held = -0.0001",
                             "UPDATE kloyst.wallet SET held = balance + 0.0001",
                             "UPDATE kloyst.hold SET amount = 'NaN'",
                             "UPDATE kloyst.hold SET released = 'NaN'",
                             "UPDATE kloyst.hold SET released = amount, captured = 0.0001",
                             "UPDATE kloyst.refund_total SET refunded = 'NaN'",
                             "UPDATE kloyst.refund_total SET refunded = amount + 0.0001",
                             "INSERT INTO kloyst.transaction SELECT vendor_id, gen_random_uuid(), wallet_id, 99, type, 'NaN', 1, "
                             "reference, NULL, NULL, NULL, NULL, hash, now() FROM kloyst.transaction LIMIT 1"};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        ck_refused("check_violation", "SET session_replication_role = replica", changes[i]);
    ck_refused("numeric_value_out_of_range", "SET search_path = kloyst", "UPDATE kloyst.wallet SET balance = 'Infinity'");
    ck_refused("numeric_value_out_of_range", "SET search_path = kloyst", "UPDATE kloyst.wallet SET balance = 1000000");
}
END_TEST

/* Texts that an encoding could stumble over. */
static const char *const pieces[] = {"\\", "\\\\", "'", "\"", "\\x", "\\x41", "\\134", "\\000", "a", " ",
                                     "é", "ग़", "🙈", "\x01", "\n", "\x7f", "%s", "$1"};
enum { PIECES = sizeof pieces / sizeof *pieces };

static unsigned seed_of_test(void)
{
    const char *given = getenv("KL_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("KL_TEST_SEED=%u\n", seed);
    return seed;
}

static const char *random_text(unsigned *seed, char *out)
{
    size_t length = 0;
    for (int n = 1 + rand_r(seed) % 60; n > 0; n--)
        length += (size_t)snprintf(out + length, 8, "%s", pieces[rand_r(seed) % PIECES]);
    return out;
}

static int64_t random_number(unsigned *seed, int64_t below)
{
    return (int64_t)(((uint64_t)rand_r(seed) << 31 | (uint64_t)rand_r(seed)) % (uint64_t)below);
}

static char *number_text(char *out, const char *format, int64_t value)
{
    snprintf(out, 30, format, (long long)value);
    return out;
}

START_TEST(c_and_the_server_agree_on_random_rows)
{
    static const char *const types[] = {"", "CREDIT_RECHARGE", "DEBIT_MESSAGE", "REFUND"};
    unsigned seed = seed_of_test();
    uint8_t head[SHA256_BYTES] = {0};
    buffer scratch = BUFFER_INIT;
    PGconn *server = PQconnectdb(fixture.admin);
    for (int i = 0; i < 300; i++) {
        char reference[400], key[400], ids[5][KL_UUID_TEXT + 1], numbers[5][30], before[2 * SHA256_BYTES + 3] = "\\x";
        kl_uuid uuids[5];
        for (int k = 0; k < 5; k++) {
            for (int b = 0; b < 16; b++)
                uuids[k].bytes[b] = (uint8_t)rand_r(&seed);
            kl_uuid_format(&uuids[k], ids[k]);
        }
        ledger_row row = {uuids[0], uuids[1], random_number(&seed, INT64_MAX), uuids[2],
                          (kl_transaction_type)(1 + rand_r(&seed) % 3), 1 + random_number(&seed, KL_MONEY_MAX),
                          random_number(&seed, KL_MONEY_MAX + 1), random_text(&seed, reference),
                          rand_r(&seed) % 3 ? random_text(&seed, key) : NULL, rand_r(&seed) % 2 ? &uuids[3] : NULL,
                          rand_r(&seed) % 2 ? &uuids[4] : NULL, rand_r(&seed) % 2 ? rand_r(&seed) : -1,
                          random_number(&seed, INT64_C(4102444800000000))};
        for (int b = 0; b < SHA256_BYTES; b++)
            snprintf(before + 2 + 2 * b, 3, "%02x", head[b]);
        char amount[KL_MONEY_TEXT], after[KL_MONEY_TEXT];
        kl_money_format(row.amount, amount, sizeof amount);
        kl_money_format(row.balance_after, after, sizeof after);
        const char *values[] = {before, ids[0], ids[1], number_text(numbers[0], "%lld", row.seq), ids[2], types[row.type],
                                amount, after, row.reference, row.idempotency_key, row.debit_id ? ids[3] : NULL,
                                row.campaign_id ? ids[4] : NULL,
                                row.batch_no < 0 ? NULL : number_text(numbers[1], "%lld", row.batch_no),
                                number_text(numbers[2], "%lld", row.created_at)};
        PGresult *answer = PQexecParams(server,
                                        "SELECT encode(kloyst.ledger_hash($1, $2, $3, $4, $5, $6, $7::numeric(10,4), "
                                        "$8::numeric(10,4), $9, $10, $11, $12, $13, $14), 'hex')",
                                        14, NULL, values, NULL, NULL, 0);
        ck_assert_msg(PQresultStatus(answer) == PGRES_TUPLES_OK, "%s", PQerrorMessage(server));
        ck_assert(ledger_hash(head, &row, &scratch, head));
        char mine[2 * SHA256_BYTES + 1];
        for (int b = 0; b < SHA256_BYTES; b++)
            snprintf(mine + 2 * b, 3, "%02x", head[b]);
        ck_assert_msg(strcmp(mine, PQgetvalue(answer, 0, 0)) == 0, "row %d: %s", i, row.reference);
        PQclear(answer);
    }
    PQfinish(server);
    buffer_free(&scratch);
}
END_TEST

START_TEST(texts_of_every_kind_pass_the_proof_end_to_end)
{
    kl_error *error = NULL;
    unsigned seed = seed_of_test();
    kl_uuid vendor = fixture_vendor("A", 0);
    for (int i = 0; i < 100; i++) {
        char reference[400], key[400];
        random_text(&seed, reference);
        random_text(&seed, key);
        snprintf(key + strlen(key), 20, "#%d", i);
        ck_ok(kl_wallet_credit(fixture.handle, &vendor, 1 + i, reference, key, NULL, &error));
    }
    ck_ok(kl_wallet_verify(fixture.handle, &vendor, NULL, &error));
}
END_TEST

typedef struct writer {
    kl_uuid vendor;
    atomic_bool stop;
    atomic_int written;
} writer;

static void *keep_writing(void *argument)
{
    writer *w = argument;
    while (!atomic_load(&w->stop)) {
        kl_hold *held = NULL;
        kl_wallet_debit(fixture.handle, &w->vendor, 1, "m", NULL, NULL, NULL);
        if (kl_hold_create(fixture.handle, &w->vendor, 5, "h", NULL, 0, &held, NULL) == KL_OK) {
            kl_uuid id = kl_hold_id(held);
            kl_hold_release(fixture.handle, &w->vendor, &id, NULL, NULL);
        }
        kl_hold_free(held);
        atomic_fetch_add(&w->written, 1);
    }
    return NULL;
}

START_TEST(the_proof_holds_while_writers_go_on)
{
    kl_error *error = NULL;
    writer w = {.vendor = fixture_vendor("A", 100000)};
    /* More rows than one page of the proof. */
    harness_exec(fixture.admin,
                 "DO $$ DECLARE w kloyst.wallet; n uuid; BEGIN SELECT * INTO w FROM kloyst.wallet; "
                 "FOR i IN 1 .. 2100 LOOP n := gen_random_uuid(); w.seq := w.seq + 1; w.balance := w.balance - 0.0001; "
                 "w.head := kloyst.ledger_hash(w.head, w.vendor_id, w.id, w.seq, n, 'DEBIT_MESSAGE', 0.0001, w.balance, 'bulk', "
                 "NULL, NULL, NULL, NULL, (extract(epoch FROM now()) * 1000000)::bigint); "
                 "INSERT INTO kloyst.transaction VALUES (w.vendor_id, n, w.id, w.seq, 'DEBIT_MESSAGE', 0.0001, w.balance, 'bulk', "
                 "NULL, NULL, NULL, NULL, w.head, now()); END LOOP; "
                 "UPDATE kloyst.wallet SET seq = w.seq, head = w.head, balance = w.balance; END $$");
    pthread_t threads[2];
    for (int t = 0; t < 2; t++)
        ck_assert_int_eq(pthread_create(&threads[t], NULL, keep_writing, &w), 0);
    kl_status status = KL_OK;
    int64_t last = 0;
    for (int i = 0; !status && (i < 20 || last <= 2101 || atomic_load(&w.written) <= 10); i++) {
        kl_ledger_report report;
        status = kl_wallet_verify(fixture.handle, &w.vendor, &report, &error);
        ck_assert_int_ge(report.rows, last);
        last = report.rows;
    }
    atomic_store(&w.stop, true);
    for (int t = 0; t < 2; t++)
        pthread_join(threads[t], NULL);
    ck_assert_msg(status == KL_OK, "%s", kl_error_message(error));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ledger");
    TCase *test_case = fixture_case("ledger");
    tcase_add_test(test_case, an_honest_ledger_is_proved_and_added_up);
    tcase_add_loop_test(test_case, tampering_is_found_and_named, 0, TAMPERINGS);
    tcase_add_test(test_case, a_forged_row_in_the_way_is_corrupt_not_a_conflict);
    tcase_add_test(test_case, rows_cannot_be_changed_by_application_owner_or_replica_mode);
    tcase_add_test(test_case, the_database_refuses_impossible_money);
    tcase_add_test(test_case, c_and_the_server_agree_on_random_rows);
    tcase_add_test(test_case, texts_of_every_kind_pass_the_proof_end_to_end);
    tcase_add_test(test_case, the_proof_holds_while_writers_go_on);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
