/* Razorpay's webhook bodies, read: a pure function of bytes. */
#include "meta/razorpay.h"

#include <string.h>

#include "base/error.h"
#include "base/json_index.h"

enum { ID_MAX = RAZORPAY_TEXT - 1 };

static const char order_prefix[] = "order_";

static bool letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool razorpay_order_id_ok(const char *text)
{
    size_t prefix = sizeof order_prefix - 1, length = strnlen(text, ID_MAX + 1);
    if (length <= prefix || length > ID_MAX || strncmp(text, order_prefix, prefix) != 0)
        return false;
    for (size_t i = prefix; i < length; i++)
        if (!letter_or_digit(text[i]))
            return false;
    return true;
}

/* A string of at most ID_MAX bytes as it was written; false when it is absent, empty, longer or has an escape, which no
 * id, currency, status or event name needs. */
static bool word(const json_index *index, const json_node *object, const char *key, char *out)
{
    const json_node *node = json_index_member(index, object, key);
    *out = '\0';
    if (!json_index_is(node, JSON_STRING) || node->escaped)
        return false;
    json_span text = json_index_inside(index, node);
    if (!text.length || text.length > ID_MAX)
        return false;
    memcpy(out, text.bytes, text.length);
    out[text.length] = '\0';
    return true;
}

/* The same for ids: letters, digits and '_'. */
static bool id(const json_index *index, const json_node *object, const char *key, char *out)
{
    bool good = word(index, object, key, out);
    for (const char *c = out; good && *c; c++)
        good = letter_or_digit(*c) || *c == '_';
    return good;
}

/* null and absent are an id that is not there. */
static bool optional_id(const json_index *index, const json_node *object, const char *key, char *out)
{
    *out = '\0';
    return !json_index_member(index, object, key) || id(index, object, key, out);
}

static bool amount(const json_index *index, const json_node *object, int64_t *out)
{
    const json_node *node = json_index_member(index, object, "amount");
    return json_index_is(node, JSON_NUMBER) && json_index_integer(index, node, out) && *out >= 0 &&
           *out <= INT64_MAX / 100;
}

/* payload.NAME.entity */
static const json_node *entity(const json_index *index, const char *name)
{
    const json_node *payload = json_index_member(index, json_index_root(index), "payload");
    return json_index_member(index, json_index_member(index, payload, name), "entity");
}

static bool read_payment(const json_index *index, razorpay_event *out)
{
    const json_node *payment = entity(index, "payment");
    const json_node *order = entity(index, "order");
    char status[RAZORPAY_TEXT], other[RAZORPAY_TEXT];
    if (!id(index, payment, "id", out->payment_id) || !optional_id(index, payment, "order_id", out->order_id) ||
        !word(index, payment, "currency", out->currency) || !amount(index, payment, &out->paise) ||
        !word(index, payment, "status", status))
        return false;
    memcpy(out->subject, out->payment_id, sizeof out->subject);
    const json_node *captured = json_index_member(index, payment, "captured");
    out->captured = strcmp(status, "captured") == 0 && json_index_is(captured, JSON_TRUE);
    /* order.paid tells of the order as well. */
    return !order || (id(index, order, "id", other) && strcmp(other, out->order_id) == 0);
}

/* A refund or a dispute. */
static bool read_other(const json_index *index, const char *name, razorpay_event *out)
{
    const json_node *item = entity(index, name);
    return id(index, item, "id", out->subject) && id(index, item, "payment_id", out->payment_id) &&
           word(index, item, "currency", out->currency) && amount(index, item, &out->paise);
}

static bool starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void read_event(const json_index *index, razorpay_event *out)
{
    const json_node *root = json_index_root(index), *event = json_index_member(index, root, "event");
    char kind[RAZORPAY_TEXT];
    bool good = true;
    if (!word(index, root, "entity", kind) || strcmp(kind, "event") != 0 || !json_index_is(event, JSON_STRING))
        return;
    word(index, root, "event", out->event);
    if (strcmp(out->event, "payment.captured") == 0 || strcmp(out->event, "order.paid") == 0) {
        out->kind = RAZORPAY_PAID;
        good = read_payment(index, out);
    } else if (strcmp(out->event, "payment.failed") == 0) {
        out->kind = RAZORPAY_FAILED;
    } else if (starts(out->event, "refund.")) {
        out->kind = RAZORPAY_REFUND;
        good = read_other(index, "refund", out);
    } else if (starts(out->event, "payment.dispute.")) {
        out->kind = RAZORPAY_DISPUTE;
        good = read_other(index, "dispute", out);
    } else {
        out->kind = RAZORPAY_OTHER;
    }
    if (!good)
        out->kind = RAZORPAY_MALFORMED;
}

kl_status razorpay_read(const char *body, size_t length, razorpay_event *out, kl_error **error)
{
    json_index index;
    *out = (razorpay_event){.kind = RAZORPAY_MALFORMED};
    kl_status status = json_index_build(body, length, NULL, &index, NULL);
    if (status == KL_ERR_MEMORY)
        return error_memory(error);
    if (!status) {
        read_event(&index, out);
        json_index_free(&index);
    }
    return KL_OK;
}
