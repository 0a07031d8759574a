/* Making and passing on errors inside the library. */
#ifndef KLOYST_BASE_ERROR_H
#define KLOYST_BASE_ERROR_H

#include <stdarg.h>

#include <kloyst/status.h>

/* Describes a failure in *error (when error is not NULL and *error is NULL) and
 * answers `status`. The first description wins: callers on the way up may call
 * it again without losing the cause. Line breaks in the message become blanks. */
kl_status error_set(kl_error **error, kl_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failure that the server reported. */
kl_status error_set_sqlstate(kl_error **error, kl_status status, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* KL_ERR_MEMORY without allocating anything. */
kl_status error_memory(kl_error **error);

/* Moves a description to *error, or releases it when nobody wants it or there is one. `why` may be NULL. */
void error_hand_over(kl_error **error, kl_error *why);

/* Releases *error and sets it to NULL, for a caller that recovers. */
void error_clear(kl_error **error);

#endif
