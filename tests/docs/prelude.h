/* What stands before the pieces of C of the guides: they are put together, in order, into one program each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kloyst/kloyst.h>

#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) != KL_OK) {                                                                                         \
            fprintf(stderr, "%s: %s: %s\n", #call, kl_status_name(kl_error_status(error)), kl_error_message(error));   \
            exit(EXIT_FAILURE);                                                                                        \
        }                                                                                                              \
    } while (0)
