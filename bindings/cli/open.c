/* The handle of a command. */
#include "open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

enum { CONNECTIONS_FEW = 2, CONNECTIONS_MANY = 8 };

/* Arguments are seen by every user of the machine. */
static bool holds_password(const char *url)
{
    const char *authority = strstr(url, "://");
    if (strstr(url, "password=") || strstr(url, "password ="))
        return true;
    if (!authority)
        return false;
    size_t length = strcspn(authority + 3, "/?#");
    const char *at = memchr(authority + 3, '@', length), *colon = memchr(authority + 3, ':', length);
    return at && colon && colon < at;
}

kl_status open_url(invocation *in, const char **url)
{
    *url = given(in, "url");
    if (*url && holds_password(*url))
        return command_wrong(in, "a password does not belong into an argument: use $KLOYST_URL, $PGPASSWORD or ~/.pgpass");
    if (!*url)
        *url = getenv("KLOYST_URL");
    return KL_OK;
}

kl_status open_vendor(invocation *in)
{
    const char *text = given(in, "vendor");
    if (!text)
        text = getenv("KLOYST_VENDOR");
    if (!text)
        return command_wrong(in, "--vendor UUID is needed, or $KLOYST_VENDOR");
    return kl_uuid_parse(text, &in->vendor) ? command_wrong(in, "the vendor must be a UUID") : KL_OK;
}

static void on_log(void *context, kl_log_level level, const char *component, const char *message)
{
    (void)context;
    fprintf(stderr, "%s %s: %s\n", kl_log_level_name(level), component, message);
}

kl_status open_handle(invocation *in)
{
    kl_options options = KL_OPTIONS_INIT;
    const char *url;
    char *keys = NULL, *secret = NULL;
    size_t keys_length = 0, secret_length = 0;
    kl_status status = open_url(in, &url);
    if (!status && in->command->takes & TAKES_KEYS && given(in, "master-key-file")) {
        /* The library reads keys as text from there alone. Started servers must not inherit them. */
        status = secret_read(in, "master-key", "KLOYST_MASTER_KEY", false, &keys, &keys_length);
        if (!status && !keys_length)
            status = command_fail(in, KL_ERR_KEY, "%s holds no master key", given(in, "master-key-file"));
        if (!status)
            setenv("KLOYST_MASTER_KEY", keys, 1);
    }
    if (!status && in->command->takes & TAKES_APP)
        status = secret_read(in, "app-secret", "KLOYST_APP_SECRET", false, &secret, &secret_length);
    options.pool_size = in->command->takes & TAKES_MANY ? CONNECTIONS_MANY : CONNECTIONS_FEW;
    options.app_secret = secret;
    options.app_secret_previous = getenv("KLOYST_APP_SECRET_PREVIOUS");
    options.log = in->command->takes & TAKES_MANY ? on_log : NULL;
    if (!status)
        status = kl_open(url, &options, &in->handle, &in->error);
    if (keys)
        unsetenv("KLOYST_MASTER_KEY");
    secret_free(keys, keys_length);
    secret_free(secret, secret_length);
    return status;
}
