/* A sending number. */
#include "engine/number.h"

#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"
#include "engine/lane.h"

number *number_find(number **list, const char *phone_number_id)
{
    for (number *n = *list; n; n = n->next)
        if (strcmp(n->phone_number_id, phone_number_id) == 0)
            return n;
    number *n = calloc(1, sizeof *n);
    if (!n || !(n->phone_number_id = strdup(phone_number_id))) {
        free(n);
        return NULL;
    }
    n->next = *list;
    *list = n;
    return n;
}

void number_free_all(number *list)
{
    while (list) {
        number *next = list->next;
        while (list->sharers) {
            sharer *s = list->sharers;
            list->sharers = s->next;
            free(s->lanes);
            free(s);
        }
        pair_table_free(&list->pairs);
        free(list->picks);
        free(list->phone_number_id);
        free(list);
        list = next;
    }
}

static sharer *find_sharer(number *n, const kl_uuid *vendor_id)
{
    for (sharer *s = n->sharers; s; s = s->next)
        if (uuid_compare(&s->vendor_id, vendor_id) == 0)
            return s;
    sharer *s = calloc(1, sizeof *s);
    if (s) {
        s->vendor_id = *vendor_id;
        s->next = n->sharers;
        n->sharers = s;
    }
    return s;
}

bool number_add_lane(number *n, struct lane *l)
{
    sharer *s = find_sharer(n, &l->vendor_id);
    lane **longer = s ? realloc(s->lanes, (s->lane_count + 1) * sizeof *longer) : NULL;
    if (!longer)
        return false;
    s->lanes = longer;
    s->lanes[s->lane_count++] = l;
    return true;
}

void number_remove_lane(number *n, struct lane *l)
{
    for (sharer **at = &n->sharers; *at; at = &(*at)->next) {
        sharer *s = *at;
        for (size_t i = 0; i < s->lane_count; i++)
            if (s->lanes[i] == l)
                s->lanes[i] = s->lanes[--s->lane_count];
        if (s->lane_count)
            continue;
        if (n->turn == s)
            n->turn = s->next;
        *at = s->next;
        free(s->lanes);
        free(s);
        return;
    }
}

bool number_reserve_picks(number *n, size_t count)
{
    if (n->picks_left) {
        memmove(n->picks, n->picks + n->picks_left, number_picks(n) * sizeof *n->picks);
        n->pick_count -= n->picks_left;
        n->picks_left = 0;
    }
    if (n->pick_count + count <= n->pick_room)
        return true;
    pick *longer = realloc(n->picks, (n->pick_count + count) * sizeof *longer);
    if (!longer)
        return false;
    n->picks = longer;
    n->pick_room = n->pick_count + count;
    return true;
}

size_t number_picks(const number *n)
{
    return n->pick_count - n->picks_left;
}
