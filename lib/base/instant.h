/* Moments as ISO 8601 writes them. */
#ifndef KLOYST_BASE_INSTANT_H
#define KLOYST_BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2026-11-22, or with T or a blank, hours and minutes, optionally seconds and up to six decimals of them, optionally Z or an
 * offset from UTC: +05:30, +0530, +05. A day begins, and a time without an offset is meant, in UTC. Microseconds
 * since 1970; false, and *out untouched, for anything else. kloyst.instant_of() in SQL reads the same. */
bool instant_parse(const char *text, size_t length, int64_t *out);

#endif
