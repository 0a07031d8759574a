/* The doctor: looks at the server, the schema and the keys. */
#include "core/doctor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "core/doctor_versions.h"
#include "core/waba.h"
#include "repo/doctor.h"
#include "repo/vendor.h"
#include "repo/waba.h"

enum { CLOCK_WARN_MS = 1000, CLOCK_FAULT_MS = 60 * 1000, PAGE = 1000, TOKENS_NAMED = 10 };
static const int64_t xid_age_warn = 1000000000; /* of 2 ^ 31 */

static void look_at_role(finding_list *found, const doctor_server *s)
{
    if (s->superuser)
        finding_add(found, KL_FINDING_WARNING, "role",
                    "%s is a superuser: every transaction gives that up, but a stolen connection has it", s->login);
    else if (s->bypasses)
        finding_add(found, KL_FINDING_WARNING, "role", "%s may bypass row-level security", s->login);
    else if (s->owns)
        finding_add(found, KL_FINDING_WARNING, "role", "%s may become kloyst_owner: migrate with another role than the programs'",
                    s->login);
    else
        finding_add(found, KL_FINDING_GOOD, "role", "%s has no more than it needs", s->login);
}

static void look_at_clock(finding_list *found, kl_time server, int64_t before_us, int64_t after_us)
{
    /* The server read its clock somewhere between. */
    int64_t off_us = server < before_us ? before_us - server : server > after_us ? server - after_us : 0;
    int64_t off_ms = off_us / 1000;
    if (off_ms >= CLOCK_WARN_MS)
        finding_add(found, off_ms >= CLOCK_FAULT_MS ? KL_FINDING_FAULT : KL_FINDING_WARNING, "clock",
                    "the clocks of this machine and the server differ by at least %" PRId64 " ms", off_ms);
    else
        finding_add(found, KL_FINDING_GOOD, "clock", "this machine and the server agree on the time");
}

static void look_at_durability(finding_list *found, const doctor_server *s)
{
    size_t before = found->count;
    if (!s->fsync)
        finding_add(found, KL_FINDING_FAULT, "durability", "fsync is off: a crash can corrupt the database");
    if (!s->full_page_writes)
        finding_add(found, KL_FINDING_FAULT, "durability", "full_page_writes is off: a crash can corrupt the database");
    if (!s->synchronous)
        finding_add(found, KL_FINDING_FAULT, "durability", "synchronous_commit is off: a crash can lose what was answered");
    if (found->count == before)
        finding_add(found, KL_FINDING_GOOD, "durability", "what was committed survives a crash");
    if (!s->checksums)
        finding_add(found, KL_FINDING_NOTE, "durability", "the server keeps no checksums of pages: a bad disk is not noticed");
}

static void look_at_upkeep(finding_list *found, const doctor_server *s)
{
    if (!s->autovacuum)
        finding_add(found, KL_FINDING_WARNING, "upkeep", "autovacuum is off");
    if (s->xid_age > xid_age_warn)
        finding_add(found, KL_FINDING_WARNING, "upkeep", "the database is %" PRId64 " transactions behind with its freezing",
                    s->xid_age);
    if (s->forgotten)
        finding_add(found, KL_FINDING_WARNING, "upkeep", "%" PRId64 " prepared transactions are older than an hour", s->forgotten);
    if (s->autovacuum && s->xid_age <= xid_age_warn && !s->forgotten)
        finding_add(found, KL_FINDING_GOOD, "upkeep", "nothing is left behind");
    if (strcmp(s->encoding, "UTF8") != 0)
        finding_add(found, KL_FINDING_FAULT, "encoding", "the database is in %s and not in UTF8", s->encoding);
    if (!s->local)
        finding_add(found, s->encrypted ? KL_FINDING_GOOD : KL_FINDING_WARNING, "connection",
                    s->encrypted ? "is encrypted" : "leaves this machine and is not encrypted");
}

static kl_status look_at_server(kl *handle, finding_list *found, kl_error **error)
{
    doctor_server server;
    pg_rows *rows = NULL;
    kl_time before = clock_now();
    kl_status status = doctor_read_server(handle->pool, &server, &rows, error);
    kl_time after = clock_now();
    if (!status) {
        doctor_server_version(found, server.version);
        doctor_client_version(found, pg_client_version());
        look_at_role(found, &server);
        look_at_clock(found, server.clock, before, after);
        look_at_durability(found, &server);
        look_at_upkeep(found, &server);
    }
    pg_rows_free(rows);
    return status;
}

static kl_status look_at_isolation(kl *handle, finding_list *found, kl_error **error)
{
    pg_rows *rows = NULL;
    const char *line;
    kl_status status = doctor_read_isolation(handle->pool, &line, &rows, error);
    if (!status && !line)
        finding_add(found, KL_FINDING_GOOD, "isolation", "row-level security, policies, keys and privileges keep vendors apart");
    while (!status && line && *line) {
        int length = (int)strcspn(line, "\n");
        finding_add(found, KL_FINDING_FAULT, "isolation", "%.*s", length, line);
        line += length + (line[length] == '\n');
    }
    pg_rows_free(rows);
    return status;
}

static kl_status look_at_partitions(kl *handle, finding_list *found, kl_error **error)
{
    pg_rows *rows = NULL;
    kl_status status = doctor_read_partitions(handle->pool, &rows, error);
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        int64_t partitions;
        const char *table = doctor_partitioned(rows, i, &partitions);
        finding_add(found, partitions ? KL_FINDING_GOOD : KL_FINDING_FAULT, "partitions", "%s has %" PRId64, table, partitions);
    }
    if (!status && !pg_rows_count(rows))
        finding_add(found, KL_FINDING_GOOD, "partitions", "no table is partitioned, so none can lack one");
    pg_rows_free(rows);
    return status;
}

typedef struct tokens {
    int64_t good;
    int64_t outdated; /* of them: another key than the first sealed them */
    int64_t bad;
} tokens;

static kl_status look_at_tokens_of(kl *handle, const kl_uuid *vendor_id, tokens *seen, finding_list *found, kl_error **error)
{
    kl_uuid last = {{0}};
    kl_status status = KL_OK;
    for (size_t count = PAGE; !status && count == PAGE;) {
        kl_waba_page *page = NULL;
        status = waba_list(handle->pool, vendor_id, &last, PAGE, &page, error);
        count = kl_waba_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            bool first_key = false;
            char text[KL_UUID_TEXT + 1];
            kl_error *why = NULL;
            last = kl_waba_id(kl_waba_page_at(page, i));
            status = waba_try_token(handle, vendor_id, &last, &first_key, &why);
            seen->good += status == KL_OK;
            seen->outdated += status == KL_OK && !first_key;
            if (status == KL_ERR_KEY || status == KL_ERR_CORRUPT) {
                kl_uuid_format(&last, text);
                if (seen->bad++ < TOKENS_NAMED)
                    finding_add(found, KL_FINDING_FAULT, "keys", "account %s: %s", text, kl_error_message(why));
                status = KL_OK;
            } else if (status == KL_ERR_NOT_FOUND) {
                status = KL_OK; /* deleted since the page was read */
            } else if (status) {
                error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
            }
            kl_error_free(why);
        }
        kl_waba_page_free(page);
    }
    return status;
}

static kl_status look_at_tokens(kl *handle, finding_list *found, kl_error **error)
{
    tokens seen = {0};
    kl_uuid last = {{0}};
    kl_status status = KL_OK;
    for (size_t count = PAGE; !status && count == PAGE;) {
        kl_vendor_page *page = NULL;
        status = vendor_list(handle->pool, &last, PAGE, &page, error);
        count = kl_vendor_page_count(page);
        for (size_t i = 0; !status && i < count; i++) {
            last = kl_vendor_id(kl_vendor_page_at(page, i));
            status = look_at_tokens_of(handle, &last, &seen, found, error);
        }
        kl_vendor_page_free(page);
    }
    if (status)
        return status;
    if (seen.bad > TOKENS_NAMED)
        finding_add(found, KL_FINDING_FAULT, "keys", "%" PRId64 " tokens in all cannot be opened", seen.bad);
    if (!seen.bad)
        finding_add(found, KL_FINDING_GOOD, "keys", "the tokens of %" PRId64 " accounts can be opened", seen.good);
    if (seen.outdated)
        finding_add(found, KL_FINDING_NOTE, "keys", "%" PRId64 " tokens are sealed with another key than the first: rotate",
                    seen.outdated);
    return KL_OK;
}

static kl_status look_at_keys(kl *handle, finding_list *found, kl_error **error)
{
    finding_add(found, handle->app_secrets[0] ? KL_FINDING_GOOD : KL_FINDING_NOTE, "keys",
                handle->app_secrets[0] ? "an app secret is there" : "no app secret: this handle cannot take webhooks in");
    if (handle->keys)
        return look_at_tokens(handle, found, error);
    finding_add(found, KL_FINDING_WARNING, "keys", "no master key: this handle cannot send, nor fold webhooks");
    return KL_OK;
}

kl_status doctor_run(kl *handle, kl_finding_page **out, kl_error **error)
{
    finding_list found = {0};
    kl_status status = look_at_server(handle, &found, error);
    if (!status)
        status = look_at_isolation(handle, &found, error);
    if (!status)
        status = look_at_partitions(handle, &found, error);
    if (!status)
        status = look_at_keys(handle, &found, error);
    if (status)
        finding_list_free(&found);
    else
        status = finding_page(&found, out, error);
    return status;
}
