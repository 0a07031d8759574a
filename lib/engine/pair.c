/* Pairs of a number and a recipient. */
#include "engine/pair.h"

#include <stdlib.h>

enum { LEAST_ROOM = 64 };

static const int64_t tolerance = (int64_t)(PAIR_BURST - 1) * PAIR_MS;

void pair_table_free(pair_table *t)
{
    free(t->pairs);
    *t = (pair_table){0};
}

/* The place of a recipient, or where it would come. The hash is keyed, so its bits are as good as random. */
static pair *place_of(const pair_table *t, int64_t recipient)
{
    size_t at = (size_t)recipient & (t->room - 1);
    while (t->pairs[at].busy_until && t->pairs[at].recipient != recipient)
        at = (at + 1) & (t->room - 1);
    return &t->pairs[at];
}

/* A new table with room for as many again as are still busy. */
static bool rebuild(pair_table *t, int64_t now)
{
    size_t busy = 0, room = LEAST_ROOM;
    for (size_t i = 0; i < t->room; i++)
        busy += t->pairs[i].busy_until > now;
    while (room < 4 * (busy + 1))
        room *= 2;
    pair_table fresh = {.pairs = calloc(room, sizeof(pair)), .room = room, .used = busy};
    if (!fresh.pairs)
        return false;
    for (size_t i = 0; i < t->room; i++)
        if (t->pairs[i].busy_until > now)
            *place_of(&fresh, t->pairs[i].recipient) = t->pairs[i];
    free(t->pairs);
    *t = fresh;
    return true;
}

static pair *find(pair_table *t, int64_t recipient, int64_t now)
{
    if (2 * (t->used + 1) > t->room && !rebuild(t, now))
        return NULL;
    pair *p = place_of(t, recipient);
    if (!p->busy_until) {
        p->recipient = recipient;
        p->busy_until = 1;
        t->used++;
    }
    return p;
}

int64_t pair_take(pair_table *t, int64_t recipient, int64_t at, int64_t now)
{
    pair *p = find(t, recipient, now);
    if (!p)
        return -1;
    if (p->busy_until - tolerance > at)
        return p->busy_until - tolerance - at;
    p->busy_until = (p->busy_until > at ? p->busy_until : at) + PAIR_MS;
    return 0;
}

bool pair_pause(pair_table *t, int64_t recipient, int64_t until, int64_t now)
{
    pair *p = find(t, recipient, now);
    if (p && p->busy_until < until + tolerance)
        p->busy_until = until + tolerance;
    return p;
}
