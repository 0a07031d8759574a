/* Razorpay's webhook bodies, read: a pure function of bytes. */
#ifndef KLOYST_META_RAZORPAY_H
#define KLOYST_META_RAZORPAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/status.h>

typedef enum razorpay_kind {
    RAZORPAY_PAID,      /* payment.captured, order.paid */
    RAZORPAY_FAILED,    /* payment.failed */
    RAZORPAY_REFUND,    /* refund.created, refund.processed, … */
    RAZORPAY_DISPUTE,   /* payment.dispute.created, … */
    RAZORPAY_OTHER,     /* any other event */
    RAZORPAY_MALFORMED  /* no event, or one of the first three kinds without what it must have */
} razorpay_kind;

enum { RAZORPAY_TEXT = 65 };

/* Texts are "" when absent. */
typedef struct razorpay_event {
    razorpay_kind kind;
    char event[RAZORPAY_TEXT];    /* "payment.captured"; "" when it is longer than any documented one */
    char subject[RAZORPAY_TEXT];  /* id of the payment, refund or dispute */
    char payment_id[RAZORPAY_TEXT];
    char order_id[RAZORPAY_TEXT];
    char currency[RAZORPAY_TEXT];
    int64_t paise;                /* 0 … INT64_MAX / 100 */
    bool captured;                /* status "captured" and captured true */
} razorpay_event;

/* Reads a body; what it does not understand is RAZORPAY_MALFORMED, with `event` where that much was readable.
 * KL_ERR_MEMORY is its only failure. */
kl_status razorpay_read(const char *body, size_t length, razorpay_event *out, kl_error **error);

/* "order_" and 1 … 58 ASCII letters and digits. */
bool razorpay_order_id_ok(const char *text);

#endif
