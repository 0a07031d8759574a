/* Fuzz target: an amount that was read is written and read back as itself. */
#include "fuzz/target.h"

#include "base/money.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    kl_money amount = 42, again = 0;
    char text[KL_MONEY_TEXT];
    kl_status status = money_parse_span((const char *)data, size, &amount);
    PROMISE(status == KL_OK || status == KL_ERR_FORMAT || status == KL_ERR_LIMIT);
    if (status) {
        PROMISE(amount == 42);
        return 0;
    }
    PROMISE(amount >= -KL_MONEY_MAX && amount <= KL_MONEY_MAX);
    PROMISE(kl_money_format(amount, text, sizeof text) == KL_OK);
    PROMISE(money_parse_span(text, strlen(text), &again) == KL_OK && again == amount);
    return 0;
}
