/* Who is served next by a number: vendors in turn, of each its single messages first, then its campaigns by weight. */
#ifndef KLOYST_ENGINE_FAIR_H
#define KLOYST_ENGINE_FAIR_H

#include "engine/lane.h"

/* A lane that has a message to send now, in its turn; NULL: none has. Its turn is used up. */
lane *fair_next(number *n, int64_t now);

#endif
