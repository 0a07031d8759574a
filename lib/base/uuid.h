/* Version-7 UUIDs: single ones, and series of message ids made from one draw. */
#ifndef KLOYST_BASE_UUID_H
#define KLOYST_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include <kloyst/types.h>

/* kl_uuid_generate for callers who know where they write. */
void uuid_generate(kl_uuid *out);

bool uuid_is_nil(const kl_uuid *uuid);

/* Byte order, which is PostgreSQL's order of uuid: < 0, 0, > 0. */
int uuid_compare(const kl_uuid *a, const kl_uuid *b);

/* The first id of a series: a version-7 UUID of this millisecond with 42 random bits
 * and the low 32 bits zero, the room for the ordinals. Thread-safe. */
void uuid_series(kl_uuid *first);

/* The id of number `ordinal` in the series; ids sort by their ordinal. */
void uuid_series_at(const kl_uuid *first, uint32_t ordinal, kl_uuid *out);

/* The id that is `count` numbers behind `id` in its series. */
void uuid_series_after(const kl_uuid *id, uint32_t count, kl_uuid *out);

#endif
