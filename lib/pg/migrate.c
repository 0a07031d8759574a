/* Schema migrations: numbered, checksummed, each in a transaction, one process at a time. */
#include "pg/migrate.h"

#include <string.h>

#include "base/error.h"
#include "sql.h"

/* The key only has to be ours within one database: the bytes of "kloyst". */
static const char lock_and_table[] =
    "SELECT pg_advisory_xact_lock(118066455278452);"
    "CREATE SCHEMA IF NOT EXISTS kloyst;"
    "CREATE TABLE IF NOT EXISTS kloyst.migration ("
    " number int PRIMARY KEY, name text NOT NULL, checksum bytea NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";

enum { MIGRATION_TIMEOUT_MS = 600000, MIGRATIONS_MAX = 200 };

static void bind_migration(pg_parameters *p, const sql_migration *m, bool with_name)
{
    pg_parameters_clear(p);
    pg_bind_int4(p, m->number);
    if (with_name)
        pg_bind_text(p, m->name);
    pg_bind_bytes(p, m->text, m->length);
}

static kl_status check_newest(int32_t newest, kl_error **error)
{
    if (newest <= (int32_t)sql_migration_count)
        return KL_OK;
    return error_set(error, KL_ERR_SCHEMA, "the database's schema (%d) is newer than this library's (%d)", (int)newest,
                     (int)sql_migration_count);
}

static kl_status edited(const sql_migration *m, kl_error **error)
{
    return error_set(error, KL_ERR_SCHEMA, "migration %04d_%s was applied in another version", m->number, m->name);
}

static kl_status verdict(const pg_rows *rows, const sql_migration *m, bool *applied, kl_error **error)
{
    *applied = pg_bool(rows, 0, 0);
    kl_status status = check_newest(pg_int4(rows, 0, 2), error);
    if (!status && *applied && !pg_bool(rows, 0, 1))
        status = edited(m, error);
    return status;
}

static kl_status apply(pg_connection *c, const sql_migration *m, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bool applied = false;
    kl_status status = pg_begin(c, &(pg_scope){.role = PG_ROLE_SESSION, .timeout_ms = MIGRATION_TIMEOUT_MS}, error);
    if (status)
        return status;
    status = pg_script(c, lock_and_table, error);
    if (!status) {
        bind_migration(&p, m, false);
        status = pg_execute(c, &(pg_statement){sql_migration_state, &p, &rows, PG_ROLE_SAME}, 1, error);
    }
    if (!status)
        status = verdict(rows, m, &applied, error);
    if (!status && !applied) {
        kl_error *why = NULL;
        status = pg_script(c, m->text, &why);
        if (status)
            status = error_set_sqlstate(error, status, kl_error_sqlstate(why),
                                        "migration %04d_%s failed: %s", m->number, m->name, kl_error_message(why));
        kl_error_free(why);
        if (!status)
            status = pg_script(c, "RESET ROLE", error);
        bind_migration(&p, m, true);
        if (!status)
            status = pg_execute(c, &(pg_statement){sql_migration_record, &p, NULL, PG_ROLE_SAME}, 1, error);
    }
    if (status)
        pg_rollback(c);
    else
        status = pg_commit(c, error);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}

kl_status pg_migrate(pg_connection *c, kl_error **error)
{
    kl_status status = KL_OK;
    for (size_t i = 0; i < sql_migration_count && !status; i++)
        status = apply(c, &sql_migrations[i], error);
    return status;
}

static void bind_all(pg_parameters *p)
{
    int32_t numbers[MIGRATIONS_MAX];
    const char *texts[MIGRATIONS_MAX];
    size_t count = sql_migration_count < MIGRATIONS_MAX ? sql_migration_count : MIGRATIONS_MAX;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = sql_migrations[i].number;
        texts[i] = sql_migrations[i].text;
    }
    pg_bind_int4_array(p, numbers, count);
    pg_bind_text_array(p, texts, count);
}

static kl_status check_verdict(const pg_rows *rows, kl_error **error)
{
    kl_status status = check_newest(pg_int4(rows, 0, 0), error);
    if (!status && !pg_is_null(rows, 0, 2))
        status = edited(&sql_migrations[pg_int4(rows, 0, 2) - 1], error);
    if (!status && pg_int4(rows, 0, 1) < (int32_t)sql_migration_count)
        status = error_set(error, KL_ERR_SCHEMA, "the database's schema is older than this library's: call kl_migrate");
    return status;
}

kl_status pg_migrate_check(pg_connection *c, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    bind_all(&p);
    kl_status status = pg_transact(c, &(pg_scope){.role = PG_ROLE_TENANT, .read_only = true},
                                   &(pg_statement){sql_migration_check, &p, &rows, PG_ROLE_SAME}, 1, &why);
    const char *sqlstate = kl_error_sqlstate(why);
    if (!status)
        status = check_verdict(rows, error);
    else if (status == KL_ERR_PERMISSION)
        error_set_sqlstate(error, status, sqlstate,
                           "the login role must be a member of kloyst_app and kloyst_platform");
    else if (status == KL_ERR_SCHEMA || strcmp(sqlstate, "22023") == 0)
        status = error_set_sqlstate(error, KL_ERR_SCHEMA, sqlstate,
                                    "the database has no kloyst schema: call kl_migrate");
    else
        error_set_sqlstate(error, status, sqlstate, "%s", kl_error_message(why));
    kl_error_free(why);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}
