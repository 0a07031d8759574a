/* The two clocks: the wall clock for what is stored, the monotonic one for time-outs. */
#ifndef KLOYST_BASE_CLOCK_H
#define KLOYST_BASE_CLOCK_H

#include <kloyst/types.h>

/* Microseconds since 1970-01-01T00:00:00Z by the wall clock. */
kl_time clock_now(void);

/* Milliseconds that only ever grow, from an unspecified start. */
int64_t clock_monotonic_ms(void);

/* The same in microseconds. */
int64_t clock_monotonic_us(void);

#endif
