/* Ranges of Meta's error codes, as parameters of statements. */
#ifndef KLOYST_REPO_CODE_RANGES_H
#define KLOYST_REPO_CODE_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* From first[i] to last[i], both included. */
typedef struct code_ranges {
    const int32_t *first, *last;
    size_t count;
} code_ranges;

#endif
