/* What to do about each error code of the Graph API, as data.
 *
 * The codes and their meaning are Meta's; class, scope and waits are this library's reading of them. Meta charges for
 * delivered messages only, so whatever surely failed is refunded. Waits follow Meta where it names one: 4^n seconds
 * for a pair, a day for a user's cap, minutes for maintenance. */
#include "meta/error_policy.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, FOR_EVER = ERROR_RETRIES_UNLIMITED };

/* Short rows for the frequent shapes, so that the table can be read as one. */
#define FAILED(first, last, scope, text) \
    {first, last, ERROR_PERMANENT, ERROR_SCOPE_##scope, 0, 1, 0, 0, true, false, false, false, false, text}
#define BACKED_OFF(code, scope, wait, growth, most, retries, text) \
    {code, code, ERROR_RETRY, ERROR_SCOPE_##scope, wait, growth, most, retries, true, false, false, false, false, text}
#define STOPPED(first, last, what, wait, text) \
    {first, last, ERROR_STOP_##what, ERROR_SCOPE_##what, wait, 1, wait, FOR_EVER, true, false, false, false, false,    \
     text}
/* The same where the sender's own permissions may be the cause. */
#define DENIED(first, last, what, text) \
    {first, last, ERROR_STOP_##what, ERROR_SCOPE_##what, 0, 1, 0, FOR_EVER, true, false, false, false, true, text}
#define TEMPLATE_STOPPED(code, wait, text) \
    {code, code, ERROR_STOP_CAMPAIGN, ERROR_SCOPE_TEMPLATE, wait, 1, wait, 0, true, false, false, false, false, text}
#define TOKEN(code, text) \
    {code, code, ERROR_STOP_WABA, ERROR_SCOPE_WABA, 0, 1, 0, FOR_EVER, true, false, false, true, true, text}

static const error_policy table[] = {
    TOKEN(0, "the access token could not be authenticated"),
    BACKED_OFF(1, MESSAGE, 5, 2, 5 * MINUTE, 5, "Meta had an unknown failure"),
    BACKED_OFF(2, MESSAGE, 5, 2, 5 * MINUTE, 5, "Meta's service was temporarily down"),
    DENIED(3, 3, WABA, "the app lacks a capability or permission"),
    BACKED_OFF(4, APP, MINUTE, 2, HOUR, FOR_EVER, "the app reached its call limit"),
    DENIED(10, 10, WABA, "the permission was not granted or was removed"),
    DENIED(33, 33, NUMBER, "the sending number was deleted"),
    FAILED(100, 100, MESSAGE, "a parameter is unknown or misspelled"),
    TOKEN(190, "the access token has expired"),
    DENIED(200, 299, WABA, "the permission was not granted or was removed"),
    STOPPED(368, 368, WABA, DAY, "the account is blocked for a policy violation"),
    BACKED_OFF(80007, WABA, MINUTE, 2, HOUR, FOR_EVER, "the WhatsApp Business account reached its rate limit"),
    FAILED(130403, 130403, PAIR, "the business has blocked this user"),
    BACKED_OFF(130429, NUMBER, 1, 2, MINUTE, FOR_EVER, "the number's throughput was exceeded"),
    FAILED(130472, 130472, PAIR, "the user is in an experiment that gets no marketing messages"),
    FAILED(130497, 130497, MESSAGE, "the account may not write to users in this country"),
    BACKED_OFF(131000, MESSAGE, 5, 2, 5 * MINUTE, 5, "Meta had an unknown failure"),
    DENIED(131005, 131005, WABA, "the permission was not granted or was removed"),
    FAILED(131008, 131008, MESSAGE, "a required parameter is missing"),
    FAILED(131009, 131009, MESSAGE, "a parameter has an invalid value"),
    BACKED_OFF(131016, MESSAGE, 5, 2, 5 * MINUTE, 5, "Meta's service was temporarily unavailable"),
    FAILED(131021, 131021, MESSAGE, "the sender and the recipient are the same number"),
    {131026, 131026, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0, 0, true, false, true, false, false,
     "undeliverable: no WhatsApp, an old client, or terms not accepted"},
    STOPPED(131031, 131031, WABA, DAY, "the account is locked"),
    STOPPED(131037, 131037, WABA, 0, "the number's display name is not approved"),
    STOPPED(131042, 131042, WABA, 0, "Meta could not charge the account's payment method"),
    STOPPED(131045, 131045, WABA, 0, "the number's registration is not valid"),
    FAILED(131047, 131047, PAIR, "more than 24 hours since the user's last message: only a template may be sent"),
    STOPPED(131048, 131048, NUMBER, DAY, "the number is restricted because too many messages were reported as spam"),
    {131049, 131049, ERROR_RETRY_AFTER_DAY, ERROR_SCOPE_PAIR, DAY, 1, DAY, 2, true, false, false, false, false,
     "the user has had enough marketing messages for now"},
    {131050, 131050, ERROR_PERMANENT, ERROR_SCOPE_PAIR, 0, 1, 0, 0, true, true, false, false, false,
     "the user has stopped marketing messages of this business"},
    FAILED(131051, 131051, MESSAGE, "the message type is not supported"),
    FAILED(131052, 131052, MESSAGE, "the media that the user sent could not be downloaded"),
    BACKED_OFF(131053, MESSAGE, 5, 1, 5, 1, "the media could not be fetched or uploaded"),
    BACKED_OFF(131056, PAIR, 1, 4, HOUR, FOR_EVER, "too many messages from this number to this user"),
    BACKED_OFF(131057, NUMBER, 2 * MINUTE, 2, HOUR, FOR_EVER, "the account is in maintenance"),
    FAILED(131062, 131062, MESSAGE, "this message needs a phone number, not a business-scoped user id"),
    STOPPED(131063, 131063, WABA, 0, "marketing messages are disabled for the account"),
    STOPPED(131064, 131064, WABA, DAY, "the account is limited because of misclassified templates"),
    FAILED(132000, 132001, CAMPAIGN, "the template is missing in this language or takes another number of parameters"),
    FAILED(132005, 132005, CAMPAIGN, "the template's text with its parameters is too long"),
    TEMPLATE_STOPPED(132007, 0, "the template violates a policy"),
    FAILED(132012, 132012, CAMPAIGN, "a parameter has another format than the template's"),
    TEMPLATE_STOPPED(132015, 3 * HOUR, "the template is paused for its quality, or pacing dropped the message"),
    TEMPLATE_STOPPED(132016, 0, "the template is disabled for its quality"),
    FAILED(132018, 132018, CAMPAIGN, "the template's parameters are not valid"),
    TEMPLATE_STOPPED(132068, 0, "the template's flow is blocked"),
    BACKED_OFF(132069, TEMPLATE, 5 * MINUTE, 2, HOUR, FOR_EVER, "the template's flow is throttled"),
    FAILED(133000, 133000, NUMBER, "an earlier deregistration of the number has not finished"),
    BACKED_OFF(133004, MESSAGE, 5, 2, 5 * MINUTE, 5, "Meta's service was temporarily unavailable"),
    FAILED(133005, 133005, NUMBER, "the number's PIN was wrong"),
    STOPPED(133006, 133006, WABA, 0, "the number must be verified again"),
    FAILED(133008, 133009, NUMBER, "the number's PIN was tried too often or too fast"),
    STOPPED(133010, 133010, WABA, 0, "the number is not registered"),
    BACKED_OFF(133015, NUMBER, 5 * MINUTE, 2, HOUR, 5, "the number was deregistered too recently"),
    FAILED(133016, 133016, NUMBER, "the number was registered too often"),
    FAILED(134100, 134100, MESSAGE, "the Marketing Messages API takes marketing templates only"),
    BACKED_OFF(134101, TEMPLATE, 10 * MINUTE, 2, HOUR, 5, "the template is still being synchronised"),
    FAILED(134102, 134102, MESSAGE, "the template cannot be used with the Marketing Messages API"),
    FAILED(135000, 135000, MESSAGE, "the request was not accepted, or portfolio pacing dropped the message"),
    FAILED(KL_ERROR_CODE_NO_ANSWER, KL_ERROR_CODE_NO_ANSWER, MESSAGE, "no answer came in time: given back"),
    FAILED(KL_ERROR_CODE_OPTED_OUT, KL_ERROR_CODE_OPTED_OUT, MESSAGE, "the user stopped marketing messages before it was sent"),
    FAILED(KL_ERROR_CODE_BLOCKED, KL_ERROR_CODE_BLOCKED, MESSAGE, "the contact was blocked before it was sent"),
    BACKED_OFF(2494100, NUMBER, 2 * MINUTE, 2, HOUR, FOR_EVER, "the number's throughput is being raised"),
};

static const size_t rows = sizeof table / sizeof table[0];

static const error_policy not_in_table =
    BACKED_OFF(0, MESSAGE, MINUTE, 10, 2 * HOUR, 3, "an error code that is not known yet");

static const error_policy unreadable = {
    0, 0, ERROR_UNKNOWN_OUTCOME, ERROR_SCOPE_MESSAGE, 0, 1, 0, 0, false, false, false, false, false,
    "no readable answer: it is not known whether the message was taken"};

const error_policy *error_policy_for(int code)
{
    size_t low = 0, high = rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code < table[middle].first)
            high = middle;
        else if (code > table[middle].last)
            low = middle + 1;
        else
            return &table[middle];
    }
    return &not_in_table;
}

const error_policy *error_policy_unreadable(void)
{
    return &unreadable;
}

size_t error_policy_count(void)
{
    return rows;
}

const error_policy *error_policy_at(size_t index)
{
    return index < rows ? &table[index] : NULL;
}
