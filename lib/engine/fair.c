/* Who is served next by a number. */
#include "engine/fair.h"

/* What a campaign of weight 1 moves on by; weights go to 100. */
enum { STRIDE = 1 << 20 };

/* Single messages have the whole of their vendor's turn as long as there are any. */
static lane *first_single(const sharer *s, int64_t now)
{
    for (size_t i = 0; i < s->lane_count; i++)
        if (s->lanes[i]->single && lane_ready(s->lanes[i], now))
            return s->lanes[i];
    return NULL;
}

/* Stride scheduling: the campaign that got least for its weight. One that had nothing to send for a while does not make
 * up for it. */
static lane *next_campaign(sharer *s, int64_t now)
{
    lane *best = NULL;
    for (size_t i = 0; i < s->lane_count; i++) {
        lane *l = s->lanes[i];
        if (l->single || !lane_ready(l, now))
            continue;
        if (l->pass < s->pass)
            l->pass = s->pass;
        if (!best || l->pass < best->pass)
            best = l;
    }
    if (best) {
        s->pass = best->pass;
        best->pass += STRIDE / (uint64_t)best->weight;
    }
    return best;
}

lane *fair_next(number *n, int64_t now)
{
    sharer *first = n->turn ? n->turn : n->sharers;
    if (!first)
        return NULL;
    sharer *s = first;
    do {
        lane *l = first_single(s, now);
        if (!l)
            l = next_campaign(s, now);
        s = s->next ? s->next : n->sharers;
        if (l) {
            n->turn = s;
            return l;
        }
    } while (s != first);
    return NULL;
}
