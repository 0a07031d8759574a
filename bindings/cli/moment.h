/* Times as people and JSON write them. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>

#include <kloyst/types.h>

/* Room for what moment_format() writes. */
enum { MOMENT_TEXT = 40 };

/* RFC 3339: "2026-11-22T18:30:00Z", with an offset or a fraction too, or "2026-11-22" in UTC. */
bool moment_parse(const char *text, kl_time *out);

/* "2026-11-22T18:30:00.123456Z". */
const char *moment_format(kl_time moment, char text[MOMENT_TEXT]);

#endif
