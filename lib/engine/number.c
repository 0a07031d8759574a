/* A sending number and its token bucket. */
#include "engine/number.h"

#include <stdlib.h>
#include <string.h>

enum { SLOW_MS = 10000, SLOW_AGAIN_MS = 1000, BURSTS_PER_SECOND = 10 };

static const double least_share = 1.0 / 16;

number *number_find(number **list, const char *phone_number_id, int64_t now)
{
    for (number *n = *list; n; n = n->next)
        if (strcmp(n->phone_number_id, phone_number_id) == 0)
            return n;
    number *n = calloc(1, sizeof *n);
    if (!n || !(n->phone_number_id = strdup(phone_number_id))) {
        free(n);
        return NULL;
    }
    n->rate = 1;
    n->share = 1;
    n->tokens = 1;
    n->filled_at = now;
    n->next = *list;
    *list = n;
    return n;
}

void number_free_all(number *list)
{
    while (list) {
        number *next = list->next;
        free(list->phone_number_id);
        free(list);
        list = next;
    }
}

void number_set_rate(number *n, int messages_per_second)
{
    n->rate = messages_per_second;
}

int64_t number_wait(number *n, int64_t now)
{
    if (now < n->paused_until)
        return n->paused_until - now;
    if (n->share < 1 && now >= n->share_until) {
        n->share = n->share * 2 < 1 ? n->share * 2 : 1;
        n->share_until = now + SLOW_MS;
    }
    double rate = n->rate * n->share;
    /* A small bucket: what was not sent while the program waited elsewhere must not leave in one burst. */
    double room = rate / BURSTS_PER_SECOND > 1 ? rate / BURSTS_PER_SECOND : 1;
    n->tokens += (double)(now - n->filled_at) * rate / 1000;
    if (n->tokens > room)
        n->tokens = room;
    n->filled_at = now;
    return n->tokens >= 1 ? 0 : (int64_t)((1 - n->tokens) * 1000 / rate) + 1;
}

void number_take(number *n)
{
    n->tokens -= 1;
}

void number_slow(number *n, int64_t now)
{
    /* The requests that were in flight together complain together; that is one complaint. */
    if (n->share < 1 && now < n->share_until - SLOW_MS + SLOW_AGAIN_MS)
        return;
    n->share = n->share / 2 > least_share ? n->share / 2 : least_share;
    n->share_until = now + SLOW_MS;
    n->tokens = 0;
}

void number_pause(number *n, int64_t until)
{
    if (until > n->paused_until)
        n->paused_until = until;
}
