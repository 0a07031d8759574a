/* The codes of the error table that have something in common, as ranges for statements. */
#ifndef KLOYST_CORE_ERROR_CODES_H
#define KLOYST_CORE_ERROR_CODES_H

#include <stdbool.h>

#include "meta/error_policy.h"
#include "repo/code_ranges.h"

/* The codes of the rows that are wanted. Its arrays are in *memory, which the caller frees; false: no memory. */
bool error_codes(bool (*wanted)(const error_policy *policy, const void *context), const void *context, code_ranges *out,
                 int32_t **memory);

#endif
