/* Mutated webhooks: accepted only when they are signed as they are, never a crash, always folded to the end, in bounded memory.
 *
 * KLOYST_MUTANTS (default 2500) and KLOYST_MUTANTS_SEED in the environment. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buffer.h"
#include "crypto/hmac.h"
#include "harness/deliver.h"
#include "harness/fixture.h"
#include "harness/server.h"
#include "harness/suite.h"

#ifdef __SANITIZE_ADDRESS__
enum { RESIDENT_KILOBYTES = 1024 * 1024 }; /* what was freed is held back by the sanitizer */
#else
enum { RESIDENT_KILOBYTES = 200 * 1024 };
#endif
enum { SAMPLES_MAX = 64, FOLD_EVERY = 250 };

static buffer samples[SAMPLES_MAX];
static size_t sample_count;
static uint64_t seed;

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() >> 11) % limit;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void read_sample(const char *name)
{
    char path[400], block[4096];
    size_t length;
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while ((length = fread(block, 1, sizeof block, file)) > 0)
        buffer_append(&samples[sample_count], block, length);
    fclose(file);
    sample_count++;
}

/* The samples, and one body about messages that exist. */
static void read_samples(void)
{
    DIR *directory = opendir("tests/data/webhooks");
    struct dirent *entry;
    ck_assert_ptr_nonnull(directory);
    while ((entry = readdir(directory)) && sample_count < SAMPLES_MAX) {
        const char *end = strrchr(entry->d_name, '.');
        if (end && strcmp(end, ".json") == 0)
            read_sample(entry->d_name);
    }
    closedir(directory);
    ck_assert_uint_ge(sample_count, 18);
}

/* What parsers stumble over. */
static const struct {
    const char *bytes;
    size_t length;
} tokens[] = {
#define TOKEN(text) {text, sizeof text - 1}
    TOKEN("\\u0000"),      TOKEN("\\ud800"),     TOKEN("\\udc00\\ud800"), TOKEN("\xc0\xaf"),  TOKEN("\xed\xa0\x80"), TOKEN("\xff"),
    TOKEN("\0"),           TOKEN("9007199254740993"), TOKEN("-0"),        TOKEN("1e400"),     TOKEN("01"),          TOKEN("1."),
    TOKEN("99999999999999999999"), TOKEN("\"id\":"), TOKEN("\"status\":\"sent\","), TOKEN("\"entry\":[],"), TOKEN("null"),
    TOKEN("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), TOKEN("{\"a\":{\"a\":{\"a\":"), TOKEN("]"), TOKEN("}"), TOKEN(","), TOKEN("\""),
    TOKEN("\\"), TOKEN("true"), TOKEN("\xef\xbb\xbf"), TOKEN("\"timestamp\":\"-1\","), TOKEN("\"phone_number_id\":null,"),
    TOKEN("\"errors\":[{\"code\":-5}],"), TOKEN("\"pricing\":{\"billable\":7},"), TOKEN("\"statuses\":[{}],"),
};

static void mutate(const buffer *from, buffer *to)
{
    buffer_clear(to);
    size_t at = below(from->length + 1), cut = at + below(from->length - at + 1 < 40 ? from->length - at + 1 : 40);
    buffer_append(to, from->data, at);
    switch (below(6)) {
    case 0: /* a token inserted */
    case 1: { /* or in the place of something */
        size_t t = below(sizeof tokens / sizeof tokens[0]), rest = below(2) ? at : cut;
        buffer_append(to, tokens[t].bytes, tokens[t].length);
        buffer_append(to, from->data + rest, from->length - rest);
        break;
    }
    case 2: /* something removed */
        buffer_append(to, from->data + cut, from->length - cut);
        break;
    case 3: /* something twice */
        buffer_append(to, from->data + at, cut - at);
        buffer_append(to, from->data + at, from->length - at);
        break;
    case 4: /* the end of another body */
        from = &samples[below(sample_count)];
        at = below(from->length);
        buffer_append(to, from->data + at, from->length - at);
        break;
    default: /* a byte changed */
        if (at < from->length) {
            buffer_byte(to, (char)(from->data[at] ^ (1 << below(8))));
            buffer_append(to, from->data + at + 1, from->length - at - 1);
        }
    }
}

static const char *sign(const buffer *body)
{
    static char header[80];
    uint8_t mac[SHA256_BYTES];
    ck_assert(hmac_sha256(FIXTURE_APP_SECRET, strlen(FIXTURE_APP_SECRET), body->data ? body->data : "", body->length, mac));
    strcpy(header, "sha256=");
    for (int i = 0; i < SHA256_BYTES; i++)
        sprintf(header + 7 + 2 * i, "%02x", mac[i]);
    return header;
}

static kl_status take(const char *signature, const buffer *body)
{
    kl_error *error = NULL;
    kl_status status = kl_webhook_take(fixture.handle, signature, body->data ? body->data : "", body->length, &error);
    kl_error_free(error);
    return status;
}

static long resident(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

START_TEST(mutants_are_taken_only_when_signed_and_folded_to_the_end)
{
    kl_uuid vendor = fixture_vendor("Acme", 20000000), account = fixture_waba(&vendor, "106540352242922"), campaign;
    kl_batch *batch = deliver_started(&vendor, &account, 50, 8631, &campaign);
    seed = from_environment("KLOYST_MUTANTS_SEED", (uint64_t)time(NULL) * 2654435761u + 1);
    size_t count = from_environment("KLOYST_MUTANTS", 2500), taken = 0, folded = 0;
    printf("KLOYST_MUTANTS_SEED=%" PRIu64 " KLOYST_MUTANTS=%zu\n", seed, count);
    read_samples();
    for (int i = 0; i < 10; i++) {
        kl_uuid id = kl_batch_message_id(batch, (size_t)i);
        buffer *body = &samples[sample_count++];
        buffer_text(body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
                          "\"value\":{\"metadata\":{\"phone_number_id\":\"106540352242922\"},\"statuses\":[");
        buffer items = BUFFER_INIT;
        for (int s = 0; s < 4; s++)
            put_status(&items, "wamid.known", &(event){"sdrf"[s], s, 131026, NULL}, tracker_of(&vendor, &id));
        buffer_append(body, items.data, items.length);
        buffer_text(body, "]}}]}]}");
        buffer_free(&items);
    }
    buffer mutant = BUFFER_INIT, again = BUFFER_INIT;
    for (size_t i = 0; i < count; i++) {
        const buffer *sample = &samples[below(sample_count)];
        mutate(sample, &mutant);
        for (size_t more = below(3); more; more--) {
            mutate(&mutant, &again);
            buffer swapped = mutant;
            mutant = again;
            again = swapped;
        }
        bool same = mutant.length == sample->length && memcmp(mutant.data ? mutant.data : "", sample->data, sample->length) == 0;
        if (!same)
            ck_assert_int_eq(take(sign(sample), &mutant), KL_ERR_SIGNATURE);
        kl_status status = take(sign(&mutant), &mutant);
        ck_assert_msg(status == KL_OK || status == KL_ERR_JSON || status == KL_ERR_ENCODING || status == KL_ERR_TOO_LONG, "%s",
                      kl_status_name(status));
        taken += status == KL_OK;
        if (i % FOLD_EVERY == FOLD_EVERY - 1 || i + 1 == count)
            folded += (size_t)fold_all().bodies;
    }
    printf("%zu of %zu are JSON still\n", taken, count);
    ck_assert_uint_gt(taken, count / 20);
    ck_assert_uint_eq(folded, taken);
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    ask("SELECT count(*) FROM kloyst.message_log WHERE direction = 'OUTBOUND' AND campaign_id IS NULL", "0");
    buffer_free(&mutant);
    buffer_free(&again);
    for (size_t i = 0; i < sample_count; i++)
        buffer_free(&samples[i]);
    sample_count = 0;
    kl_batch_free(batch);
}
END_TEST

/* Everything a hostile sender who knows the secret could do with three mebibytes. */
START_TEST(the_largest_bodies_cost_bounded_memory)
{
    static const char *const units[] = {"1,", "[],", "{},", "\"\",", "{\"id\":\"\"},", "[[[[[[[[]]]]]]]],", "\"\\u00e9\",",
                                        "\"0123456789abc\",", "{\"id\":\"0123456789abcdefghij0123456789\"},"};
    long before = 0;
    int taken = 0;
    buffer body = BUFFER_INIT;
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        buffer_clear(&body);
        buffer_text(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
                           "\"value\":{\"metadata\":{\"phone_number_id\":\"1\"},\"statuses\":[");
        while (body.length < KL_WEBHOOK_BODY_MAX - 100)
            buffer_text(&body, units[u]);
        body.length--;
        buffer_text(&body, "]}}]}]}");
        if (!before)
            before = resident();
        kl_status status = take(sign(&body), &body);
        ck_assert_msg(status == KL_OK || status == KL_ERR_JSON || status == KL_ERR_TOO_LONG, "%s", kl_status_name(status));
        taken += status == KL_OK;
        fold_all();
    }
    ck_assert_int_ge(taken, 2);
    printf("%ld kB more at the most\n", resident() - before);
    ck_assert_int_lt(resident() - before, RESIDENT_KILOBYTES);
    ask("SELECT count(*) FROM kloyst.webhook_inbox WHERE folded_at IS NULL", "0");
    buffer_free(&body);
}
END_TEST

static void open_mutants(void)
{
    fixture_open();
    deliver_open();
}

static void close_mutants(void)
{
    deliver_close();
    fixture_close();
}

static Suite *make_suite(void)
{
    Suite *suite = suite_create("webhook_mutants");
    TCase *test_case = tcase_create("webhook_mutants");
    tcase_set_timeout(test_case, 200);
    tcase_add_unchecked_fixture(test_case, fixture_server, NULL);
    tcase_add_checked_fixture(test_case, open_mutants, close_mutants);
    tcase_add_test(test_case, mutants_are_taken_only_when_signed_and_folded_to_the_end);
    tcase_add_test(test_case, the_largest_bodies_cost_bounded_memory);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
