/* Fuzz target: Razorpay's events. What is to be credited says what and how much. */
#include "fuzz/target.h"

#include "meta/razorpay.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    razorpay_event event;
    kl_status status = razorpay_read((const char *)data, size, &event, NULL);
    if (status)
        return 0;
    PROMISE(event.kind >= RAZORPAY_PAID && event.kind <= RAZORPAY_MALFORMED);
    PROMISE(memchr(event.event, '\0', RAZORPAY_TEXT) && memchr(event.subject, '\0', RAZORPAY_TEXT));
    PROMISE(memchr(event.payment_id, '\0', RAZORPAY_TEXT) && memchr(event.order_id, '\0', RAZORPAY_TEXT));
    PROMISE(event.paise >= 0 && event.paise <= INT64_MAX / 100);
    if (event.kind == RAZORPAY_PAID)
        PROMISE(*event.subject && *event.payment_id && *event.currency);
    return 0;
}
