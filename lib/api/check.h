/* Checks of arguments that the API functions share. Each answers KL_OK or describes what is wrong. */
#ifndef KLOYST_API_CHECK_H
#define KLOYST_API_CHECK_H

#include "core/handle.h"

enum { CHECK_JSON_BYTES = 64 * 1024 };

/* A pointer that must not be NULL. */
kl_status check_pointer(const void *pointer, const char *what, kl_error **error);

/* UTF-8 text of 1 … `characters` characters. */
kl_status check_text(const char *text, size_t characters, const char *what, kl_error **error);

/* The same, but NULL is allowed. */
kl_status check_optional_text(const char *text, size_t characters, const char *what, kl_error **error);

/* A strict JSON object of at most CHECK_JSON_BYTES; NULL is allowed when `optional`. */
kl_status check_object(const char *json, size_t length, bool optional, const char *what, kl_error **error);

/* 1 … 1000. */
kl_status check_limit(int limit, kl_error **error);

/* 0.0001 … 999999.9999. */
kl_status check_amount(kl_money amount, kl_error **error);

/* A moment between 1970 and the end of the year 9999. */
kl_status check_time(kl_time time, const char *what, kl_error **error);

/* Meta's numeric ids: 1 … 32 digits. */
kl_status check_digits(const char *text, const char *what, kl_error **error);

/* Runs checks one after the other until one fails. */
#define CHECK(call)                                                                                                    \
    do {                                                                                                               \
        kl_status check_status_ = (call);                                                                              \
        if (check_status_)                                                                                             \
            return check_status_;                                                                                      \
    } while (0)

#endif
