/* What the library tells about its work: a callback with levels, set in kl_options.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_LOG_H
#define KLOYST_LOG_H

#include <kloyst/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_log_level {
    KL_LOG_ERROR = 1,   /* something did not happen and will not by itself */
    KL_LOG_WARNING = 2, /* something is amiss and is dealt with: a lost connection, a breaker that opened */
    KL_LOG_INFO = 3,    /* what somebody who runs the program wants to know: starts, ends, campaigns, breakers closed */
    KL_LOG_DEBUG = 4    /* single messages and statements; many lines */
} kl_log_level;

/* Called with one line of UTF-8 without a line break; `component` is a word such as "worker", "pool", "breaker",
 * "webhook". Both live until it returns. It never gets a token, key, password, connection string, message text or
 * telephone number. Called from any thread that is inside the library, several at once: it must be thread-safe, quick,
 * and must not call the library. */
typedef void (*kl_log_function)(void *context, kl_log_level level, const char *component, const char *message);

/* "ERROR", "WARNING", "INFO", "DEBUG"; "?" for anything else. Static. Thread-safe. Since 0.1. */
KL_API const char *kl_log_level_name(kl_log_level level);

#ifdef __cplusplus
}
#endif

#endif
