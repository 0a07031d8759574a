/* Exchanges that wait: for their latency, or for a caller that is left without an answer. */
#ifndef STANDIN_HOLDS_H
#define STANDIN_HOLDS_H

#include "server.h"

bool holds_start(void);

/* Resumes the suspended exchange after its delay_ms. */
void holds_add(exchange *x);

/* Resumes it when the caller has hung up, or after --hold-ms. */
void holds_add_silent(exchange *x);

/* Resumes the silent ones now. */
void holds_release(void);

/* Resumes all; what is added later is resumed at once. */
void holds_stop(void);

#endif
