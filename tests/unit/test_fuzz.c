/* The corpora of the fuzz targets, replayed and mutated. `make fuzz` searches for new inputs with libFuzzer. */
#include <dirent.h>
#include <time.h>

#include "harness/suite.h"

#define FUZZ_TARGET fuzz_json
#include "fuzz/json.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_csv
#include "fuzz/csv.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_phone
#include "fuzz/phone.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_money
#include "fuzz/money.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_webhook
#include "fuzz/webhook.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_graph
#include "fuzz/graph.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_razorpay
#include "fuzz/razorpay.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_tracker
#include "fuzz/tracker.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_audience
#include "fuzz/audience.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_template
#include "fuzz/template.c"
#undef FUZZ_TARGET
#define FUZZ_TARGET fuzz_consent
#include "fuzz/consent.c"
#undef FUZZ_TARGET

typedef struct fuzz_entry {
    const char *name; /* of its corpus, a folder of tests/fuzz/corpus */
    const char *more; /* another folder of inputs; NULL: none */
    int (*run)(const uint8_t *data, size_t size);
} fuzz_entry;

static const fuzz_entry targets[] = {
    {"json", "tests/data/webhooks", fuzz_json},
    {"csv", "tests/data/contacts", fuzz_csv},
    {"phone", NULL, fuzz_phone},
    {"money", NULL, fuzz_money},
    {"webhook", "tests/data/webhooks", fuzz_webhook},
    {"graph", "tests/data/webhooks", fuzz_graph},
    {"razorpay", "tests/data/webhooks", fuzz_razorpay},
    {"tracker", NULL, fuzz_tracker},
    {"audience", NULL, fuzz_audience},
    {"template", NULL, fuzz_template},
    {"consent", NULL, fuzz_consent},
};
enum { TARGETS = sizeof targets / sizeof targets[0], INPUT_MAX = 1 << 20, MUTATIONS = 12 };

/* Inputs lie in memory of exactly their size, so that a sanitizer sees every read behind the end. */
static void run_copy(const fuzz_entry *target, const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, size);
    ck_assert_int_eq(target->run(copy, size), 0);
    free(copy);
}

static unsigned seed;

static size_t random_below(size_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return limit ? (seed >> 8) % limit : 0;
}

/* A few bytes changed, removed, repeated or cut off. */
static size_t mutate(uint8_t *bytes, size_t size)
{
    static const char likely[] = "\"\\{}[],:0-9.eE+\n\r\t \0u\xc3\xff";
    for (size_t left = random_below(4) + 1; left && size; left--) {
        size_t at = random_below(size), run = random_below(size - at) % 64 + 1;
        run = run > size - at ? size - at : run;
        switch (random_below(5)) {
        case 0:
            bytes[at] = (uint8_t)random_below(256);
            break;
        case 1:
            bytes[at] = (uint8_t)likely[random_below(sizeof likely - 1)];
            break;
        case 2:
            memmove(bytes + at, bytes + at + run, size - at - run);
            size -= run;
            break;
        case 3:
            if (size + run > INPUT_MAX)
                break;
            memmove(bytes + at + run, bytes + at, size - at);
            size += run;
            break;
        default:
            size = at;
        }
    }
    return size;
}

/* Answers how many files there were. */
static int replay(const fuzz_entry *target, const char *folder)
{
    static uint8_t bytes[INPUT_MAX], mutated[INPUT_MAX];
    int files = 0;
    DIR *directory = opendir(folder);
    ck_assert_msg(directory != NULL, "%s", folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char path[600];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        ck_assert_msg(file != NULL, "%s", path);
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        run_copy(target, bytes, size);
        for (int i = 0; i < MUTATIONS; i++) {
            memcpy(mutated, bytes, size);
            run_copy(target, mutated, mutate(mutated, size));
        }
        files++;
    }
    closedir(directory);
    return files;
}

START_TEST(every_input_of_the_corpus_and_its_mutations_keep_the_promises)
{
    const fuzz_entry *target = &targets[_i];
    char folder[200];
    const char *given = getenv("KL_TEST_SEED");
    seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    printf("%s: KL_TEST_SEED=%u\n", target->name, seed);
    fflush(stdout);
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", target->name);
    ck_assert_int_ge(replay(target, folder), 5);
    if (target->more)
        ck_assert_int_ge(replay(target, target->more), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *tests = tcase_create("corpora");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, every_input_of_the_corpus_and_its_mutations_keep_the_promises, 0, TARGETS);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
