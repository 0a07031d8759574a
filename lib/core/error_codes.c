/* The codes of the error table that have something in common, as ranges for statements. */
#include "core/error_codes.h"

#include <stdlib.h>

bool error_codes(bool (*wanted)(const error_policy *policy, const void *context), const void *context, code_ranges *out,
                 int32_t **memory)
{
    size_t rows = error_policy_count(), count = 0;
    int32_t *first = *memory = calloc(rows + 1, 2 * sizeof *first);
    if (!first)
        return false;
    int32_t *last = first + rows + 1;
    for (size_t i = 0; i < rows; i++) {
        const error_policy *policy = error_policy_at(i);
        if (!wanted(policy, context))
            continue;
        first[count] = policy->first;
        last[count++] = policy->last;
    }
    *out = (code_ranges){first, last, count};
    return true;
}
