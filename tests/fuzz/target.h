/* What every fuzz target has: its name, and how it says that a promise was broken.
 *
 * A target is one file with one function, FUZZ_TARGET. libFuzzer calls it as LLVMFuzzerTestOneInput (`make fuzz`); tests/unit/test_fuzz.c
 * includes the files under names of its own and replays the corpora. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_TARGET
#define FUZZ_TARGET LLVMFuzzerTestOneInput
#endif

#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

/* Like assert(), but never compiled out; sanitizers and libFuzzer report where. */
#define PROMISE(held)                                                                                                  \
    do {                                                                                                               \
        if (!(held)) {                                                                                                 \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #held);                                         \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif

int FUZZ_TARGET(const uint8_t *data, size_t size);
