/* Fuzz target: the JSON that chooses a campaign's contacts. */
#include "fuzz/target.h"

#include "core/audience.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    campaign_choice choice = {0};
    kl_error *error = NULL;
    kl_status status = audience_parse((const char *)data, size, &choice, &error);
    PROMISE(status == KL_OK || status == KL_ERR_JSON || status == KL_ERR_ENCODING || status == KL_ERR_TOO_LONG ||
            status == KL_ERR_FORMAT);
    PROMISE((status == KL_OK) == (error == NULL));
    PROMISE(!error || *kl_error_message(error));
    kl_error_free(error);
    audience_free(&choice);
    return 0;
}
