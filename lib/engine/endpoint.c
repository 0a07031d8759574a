/* Where the Graph API is. */
#include "engine/endpoint.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "meta/graph_request.h"

static bool has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return found;
}

/* What is wrong with the address, or NULL. libcurl's own parser decides, as it will when the request is made. */
static const char *problem_of(CURLU *url, const char *text, bool *loopback)
{
    char *scheme = NULL, *host = NULL;
    const char *problem = NULL;
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        problem = "is not a URL";
    *loopback = !problem && (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0 ||
                             strcmp(host, "[::1]") == 0);
    if (!problem && (has(url, CURLUPART_USER) || has(url, CURLUPART_PASSWORD) || has(url, CURLUPART_QUERY) ||
                     has(url, CURLUPART_FRAGMENT)))
        problem = "must be a scheme, a host and a path alone";
    else if (!problem && strcmp(scheme, "https") != 0 && !(strcmp(scheme, "http") == 0 && *loopback))
        problem = "must be https, or http to 127.0.0.1, localhost or [::1]";
    curl_free(scheme);
    curl_free(host);
    return problem;
}

kl_status endpoint_check(const char *base_url, const char *api_version, endpoint *out, kl_error **error)
{
    buffer sample = BUFFER_INIT;
    kl_error *why = NULL;
    CURLU *url = curl_url();
    if (!url)
        return error_memory(error);
    const char *problem = problem_of(url, base_url, &out->loopback);
    curl_url_cleanup(url);
    if (problem)
        return error_set(error, KL_ERR_ARGUMENT, "base_url %s", problem);
    kl_status status = graph_messages_url(&sample, base_url, api_version, "1", &why);
    buffer_free(&sample);
    if (status == KL_ERR_MEMORY)
        status = error_memory(error);
    else if (status)
        status = error_set(error, KL_ERR_ARGUMENT, "base_url and api_version: %s", kl_error_message(why));
    kl_error_free(why);
    out->base_url = base_url;
    out->api_version = api_version;
    return status;
}
