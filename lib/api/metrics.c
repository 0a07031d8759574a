/* The public calls on metrics. */
#include "core/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "api/check.h"
#include "base/error.h"

void kl_metrics_init(kl_metrics *metrics)
{
    if (metrics)
        *metrics = (kl_metrics)KL_METRICS_INIT;
}

kl_status kl_metrics_get(kl *handle, kl_metrics *out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(out, "out", error));
    if (out->size < sizeof *out || out->size > 65536)
        return error_set(error, KL_ERR_ARGUMENT, "the metrics' size is wrong: start from KL_METRICS_INIT");
    kl_metrics all;
    size_t size = out->size;
    CHECK(metrics_get(handle, &all, error));
    memcpy(out, &all, sizeof all);
    out->size = size;
    return KL_OK;
}

kl_status kl_metrics_prometheus(kl *handle, char **text, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(text, "text", error));
    return metrics_prometheus(handle, text, error);
}

void kl_metrics_text_free(char *text)
{
    free(text);
}
