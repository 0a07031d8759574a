/* The handle: opening a database by URL or directory, migrating, closing. */
#include "core/handle.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "core/wallet_combine.h"
#include "core/wallet_flight.h"
#include "core/wallet_heads.h"
#include "crypto/init.h"
#include "pg/migrate.h"

static const char embedded_prefix[] = "embedded:";
static const char embedded_database[] = "kloyst";

/* $KLOYST_URL, else a directory under the user's data home; malloc'ed. root's home is closed to the
 * unprivileged user that the server then runs as. */
static char *default_url(void)
{
    const char *url = getenv("KLOYST_URL");
    if (url && *url)
        return strdup(url);
    buffer text = BUFFER_INIT;
    const char *data_home = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (geteuid() == 0)
        buffer_text(&text, "embedded:/var/lib/kloyst");
    else if (data_home && *data_home == '/')
        buffer_format(&text, "embedded:%s/kloyst", data_home);
    else
        buffer_format(&text, "embedded:%s/.local/share/kloyst", home && *home ? home : "");
    if (text.broken) {
        buffer_free(&text);
        return NULL;
    }
    return text.data;
}

static kl_status migrate_at(const char *conninfo, const pg_settings *settings, bool embedded, kl_error **error)
{
    pg_connection *c = NULL;
    kl_status status = pg_connect(conninfo, settings, &c, error);
    if (!status)
        status = pg_migrate(c, error);
    /* In a private server nobody else can log in, so the application role may do so without a password. */
    if (!status && embedded)
        status = pg_script(c,
                           "DO $$ BEGIN IF NOT (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'kloyst_app') "
                           "THEN ALTER ROLE kloyst_app LOGIN; END IF; END $$",
                           error);
    pg_disconnect(c);
    return status;
}

/* The embedded server's database is made by whoever comes first. */
static kl_status make_database(const char *conninfo, const pg_settings *settings, kl_error **error)
{
    pg_connection *c = NULL;
    kl_error *why = NULL;
    kl_status status = pg_connect(conninfo, settings, &c, error);
    if (status)
        return status;
    status = pg_script(c, "CREATE DATABASE kloyst TEMPLATE template0 ENCODING 'UTF8'", &why);
    const char *sqlstate = kl_error_sqlstate(why);
    bool exists = strcmp(sqlstate, "42P04") == 0 || strcmp(sqlstate, "23505") == 0;
    if (status && exists)
        status = KL_OK;
    else if (status)
        status = error_set_sqlstate(error, status, sqlstate, "%s", kl_error_message(why));
    kl_error_free(why);
    pg_disconnect(c);
    return status;
}

/* Starts or joins the server in the directory and brings its database up to date. */
static kl_status open_embedded(const char *directory, const pg_settings *settings, pg_server **server, buffer *conninfo,
                               kl_error **error)
{
    if (!*directory)
        return error_set(error, KL_ERR_ARGUMENT, "embedded: needs a directory");
    kl_status status = pg_server_open(directory, NULL, server, error);
    if (status)
        return status;
    buffer admin = BUFFER_INIT;
    buffer_format(&admin, "%s user=%s dbname=postgres", pg_server_conninfo(*server), pg_server_superuser(*server));
    status = admin.broken ? error_memory(error) : make_database(admin.data, settings, error);
    buffer_clear(&admin);
    buffer_format(&admin, "%s user=%s dbname=%s", pg_server_conninfo(*server), pg_server_superuser(*server),
                  embedded_database);
    if (!status)
        status = admin.broken ? error_memory(error) : migrate_at(admin.data, settings, true, error);
    buffer_free(&admin);
    if (!status && conninfo)
        buffer_format(conninfo, "%s user=kloyst_app dbname=%s", pg_server_conninfo(*server), embedded_database);
    return status;
}

static pg_settings settings_of(const kl_options *options)
{
    return (pg_settings){
        .connect_timeout_ms = options->connect_timeout_ms,
        .statement_timeout_ms = options->statement_timeout_ms,
        .wait_timeout_ms = options->wait_timeout_ms,
        .pool_size = options->pool_size,
        .unprepared = options->unprepared != 0,
    };
}

/* Whatever is wrong with a master key is told as KL_ERR_KEY. */
static kl_status take_keys(kl *handle, const kl_options *options, kl_error **error)
{
    const char *text = getenv("KLOYST_MASTER_KEY");
    kl_error *why = NULL;
    kl_status status = KL_OK;
    if (options->master_key)
        status = keyring_new(options->master_key, options->master_key_length / KEYRING_KEY_BYTES, &handle->keys, &why);
    else if (text && *text)
        status = keyring_parse_text(text, &handle->keys, &why);
    if (status == KL_ERR_MEMORY || status == KL_ERR_INTERNAL)
        error_set(error, status, "%s", kl_error_message(why));
    else if (status)
        status = error_set(error, KL_ERR_KEY, "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

/* A secret that signs webhooks and the one before it. */
static kl_status take_pair(char *pair[2], const char *newest, const char *variable, const char *previous,
                           kl_error **error)
{
    const char *secrets[2] = {newest ? newest : getenv(variable), previous};
    for (int i = 0; i < 2; i++) {
        if (!secrets[i] || !*secrets[i])
            continue;
        pair[i] = strdup(secrets[i]);
        if (!pair[i])
            return error_memory(error);
    }
    return KL_OK;
}

static void forget_pair(char *pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i])
            explicit_bzero(pair[i], strlen(pair[i]));
        free(pair[i]);
    }
}

static kl_status take_secrets(kl *handle, const kl_options *options, kl_error **error)
{
    kl_status status = take_keys(handle, options, error);
    if (status)
        return status;
    status = take_pair(handle->app_secrets, options->app_secret, "KLOYST_APP_SECRET", options->app_secret_previous,
                       error);
    return status ? status
                  : take_pair(handle->razorpay_secrets, options->razorpay_secret, "KLOYST_RAZORPAY_SECRET",
                              options->razorpay_secret_previous, error);
}

kl_status handle_open(const char *url, const kl_options *options, kl **out, kl_error **error)
{
    kl_status status = crypto_init(error);
    char *address = url ? strdup(url) : default_url();
    kl *handle = calloc(1, sizeof *handle);
    buffer conninfo = BUFFER_INIT;
    pg_settings settings = settings_of(options);
    if (handle) {
        handle->log = (logger){options->log, options->log_context, options->log_level};
        settings.log = &handle->log;
        settings.metrics = &handle->metrics;
    }
    if (!status && (!address || !handle || !(handle->combiner = wallet_combiner_new()) ||
                    !(handle->heads = wallet_heads_new()) || !(handle->flights = wallet_flights_new(options->pool_size))))
        status = error_memory(error);
    if (!status)
        status = take_secrets(handle, options, error);
    if (!status && strncmp(address, embedded_prefix, sizeof embedded_prefix - 1) == 0) {
        status = open_embedded(address + sizeof embedded_prefix - 1, &settings, &handle->server, &conninfo, error);
    } else if (!status) {
        buffer_text(&conninfo, address);
        if (options->migrate)
            status = migrate_at(address, &settings, false, error);
    }
    if (!status && conninfo.broken)
        status = error_memory(error);
    if (!status)
        status = pg_pool_open(conninfo.data, &settings, &handle->pool, error);
    if (!status) {
        pg_connection *c = NULL;
        status = pg_pool_take(handle->pool, &c, error);
        if (!status)
            status = pg_migrate_check(c, error);
        pg_pool_give(handle->pool, c);
    }
    buffer_free(&conninfo);
    free(address);
    if (status) {
        handle_free(handle);
        return status;
    }
    *out = handle;
    return KL_OK;
}

kl_status handle_migrate(const char *url, kl_error **error)
{
    kl_options defaults = KL_OPTIONS_INIT;
    pg_settings settings = settings_of(&defaults);
    if (strncmp(url, embedded_prefix, sizeof embedded_prefix - 1) != 0)
        return migrate_at(url, &settings, false, error);
    pg_server *server = NULL;
    kl_status status = open_embedded(url + sizeof embedded_prefix - 1, &settings, &server, NULL, error);
    kl_status closed = pg_server_close(server, status ? NULL : error);
    return status ? status : closed;
}

void handle_close(kl *handle)
{
    if (!handle || atomic_exchange(&handle->closed, 1))
        return;
    if (handle->pool)
        pg_pool_close(handle->pool);
    pg_server_close(handle->server, NULL);
    handle->server = NULL;
}

void handle_free(kl *handle)
{
    if (!handle)
        return;
    handle_close(handle);
    pg_pool_free(handle->pool);
    wallet_combiner_free(handle->combiner);
    wallet_heads_free(handle->heads);
    wallet_flights_free(handle->flights);
    keyring_free(handle->keys);
    forget_pair(handle->app_secrets);
    forget_pair(handle->razorpay_secrets);
    free(handle);
}

kl_status handle_check(const kl *handle, kl_error **error)
{
    if (!handle)
        return error_set(error, KL_ERR_ARGUMENT, "the handle is NULL");
    if (atomic_load(&handle->closed))
        return error_set(error, KL_ERR_CLOSED, "the handle is closed");
    return KL_OK;
}

kl_status handle_need_keys(const kl *handle, kl_error **error)
{
    return handle->keys ? KL_OK : error_set(error, KL_ERR_KEY, "the handle was opened without a master key");
}

bool handle_trouble_of_all(kl_status status)
{
    return status == KL_ERR_CONNECT || status == KL_ERR_CONNECTION_LOST || status == KL_ERR_UNKNOWN_OUTCOME ||
           status == KL_ERR_CLOSED || status == KL_ERR_FORKED || status == KL_ERR_MEMORY;
}
