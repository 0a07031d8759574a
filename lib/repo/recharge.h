/* Repository of expected payments, of Razorpay's events and of what became of the payments they tell of. */
#ifndef KLOYST_REPO_RECHARGE_H
#define KLOYST_REPO_RECHARGE_H

#include <kloyst/recharge.h>

#include "pg/pool.h"

/* KL_ERR_EXISTS: the order id is in the directory, whoever has it. *out may not be NULL. */
kl_status recharge_insert_order(pg_pool *pool, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                                const char *currency, kl_order **out, kl_error **error);
kl_status recharge_get_order(pg_pool *pool, const kl_uuid *vendor_id, const char *order_id, kl_order **out,
                             kl_error **error);

/* Stores an event unless its id is there. */
kl_status recharge_insert_event(pg_pool *pool, const char *event_id, const char *body, size_t length,
                                kl_error **error);

typedef struct recharge_event {
    int64_t id;
    const char *event_id; /* texts live as long as the events */
    const char *body;
    size_t length;
} recharge_event;

typedef struct recharge_events {
    size_t count;
    recharge_event *items;
    pg_rows *rows;
} recharge_events;

/* Leases up to `limit` of the oldest waiting events. */
kl_status recharge_lease(pg_pool *pool, int limit, int seconds, recharge_events *out, kl_error **error);
void recharge_events_free(recharge_events *events);

/* Gives leased events back at once. */
kl_status recharge_release(pg_pool *pool, const int64_t *ids, size_t count, kl_error **error);

/* The event with this inbox id is done with. */
kl_status recharge_finish(pg_pool *pool, int64_t inbox_id, kl_error **error);

/* A payment as the events told of it. */
typedef struct recharge_payment {
    const char *payment_id; /* texts live as long as `rows` */
    const char *order_id;   /* NULL: none */
    int64_t paise;
    const char *currency;
    bool captured;
    bool credited;
    bool owned;             /* vendor_id is known */
    kl_uuid vendor_id;      /* of the order */
    pg_rows *rows;
} recharge_payment;

/* Makes the row of a payment or finds it. *found is false when the row has another order, amount or currency. */
kl_status recharge_claim(pg_pool *pool, const char *payment_id, const char *order_id, int64_t paise,
                         const char *currency, bool captured, const char *event, recharge_payment *out, bool *found,
                         kl_error **error);
/* KL_ERR_NOT_FOUND. */
kl_status recharge_find(pg_pool *pool, const char *payment_id, recharge_payment *out, kl_error **error);
void recharge_payment_free(recharge_payment *payment);

/* Each writes down what became of a payment and, unless inbox_id is 0, that the event is done with, in one
 * transaction. *changed is false when the payment had been credited before. */
kl_status recharge_credited(pg_pool *pool, const recharge_payment *payment, int64_t inbox_id, bool *changed,
                            kl_error **error);
kl_status recharge_keep_payment(pg_pool *pool, const recharge_payment *payment, kl_kept_reason reason,
                                int64_t inbox_id, bool *changed, kl_error **error);

/* Something that is no payment. Texts may be NULL but for the subject. */
typedef struct recharge_item {
    kl_kept_reason reason;
    const char *subject;
    const char *payment_id;
    const char *currency;
    const char *event;
    int64_t paise;
} recharge_item;

/* Keeps it, and the event is done with. */
kl_status recharge_keep(pg_pool *pool, const recharge_item *item, int64_t inbox_id, kl_error **error);

kl_status recharge_list_kept(pg_pool *pool, int64_t after, int limit, kl_payment_kept_page **out, kl_error **error);

#endif
