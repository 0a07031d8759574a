/* Repository of users and of the login directory. */
#include "repo/user.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_user {
    kl_uuid id;
    kl_uuid vendor_id;
    char *email;
    kl_user_role role;
    kl_time created_at;
    kl_time updated_at;
};
PAGE_STRUCT(user);

const char *user_role_label(kl_user_role role)
{
    return role == KL_ROLE_ADMIN ? "ADMIN" : role == KL_ROLE_STAFF ? "STAFF" : NULL;
}

/* Columns: id, vendor_id, email, role, created_at, updated_at. */
static kl_user *user_from(const pg_rows *rows, int row)
{
    kl_user *user = calloc(1, sizeof *user);
    if (!user)
        return NULL;
    user->id = pg_uuid(rows, row, 0);
    user->vendor_id = pg_uuid(rows, row, 1);
    user->email = pg_text_copy(rows, row, 2);
    user->role = strcmp(pg_text(rows, row, 3), "ADMIN") == 0 ? KL_ROLE_ADMIN : KL_ROLE_STAFF;
    user->created_at = pg_time(rows, row, 4);
    user->updated_at = pg_time(rows, row, 5);
    if (user->email)
        return user;
    kl_user_free(user);
    return NULL;
}
PAGE_ACCESSORS(user)
PAGE_FROM_ROWS(user)

static pg_parameters bind_key(const kl_uuid *vendor_id, const kl_uuid *id)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return p;
}

static pg_parameters bind_login(const char *email, const kl_uuid *vendor_id, const kl_uuid *id)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, email);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return p;
}

kl_status user_insert(pg_pool *pool, const kl_uuid *vendor_id, const char *email, const char *password_hash,
                      kl_user_role role, kl_user **out, kl_error **error)
{
    kl_uuid id;
    uuid_generate(&id);
    pg_parameters login = bind_login(email, vendor_id, &id), user = bind_key(vendor_id, &id);
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    pg_bind_text(&user, email);
    pg_bind_text(&user, password_hash);
    pg_bind_text(&user, user_role_label(role));
    /* The directory first: whoever has the address, it is the same statement that finds it taken. */
    pg_statement statements[] = {{sql_login_insert, &login, NULL, PG_ROLE_PLATFORM},
                                 {sql_user_insert, &user, &rows, PG_ROLE_TENANT}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, &why);
    if (status == KL_ERR_EXISTS) {
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "the e-mail address is taken");
        kl_error_free(why);
    } else if (status) {
        status = common_insert_failure(status, why, "vendor", error);
    } else if (out && !(*out = user_from(rows, 0))) {
        status = common_untold(error);
    }
    pg_rows_free(rows);
    pg_parameters_free(&login);
    pg_parameters_free(&user);
    return status;
}

kl_status user_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user **out, kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_user_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("user", error);
    if (!status && !(*out = user_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status user_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_user_page **out,
                    kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, after);
    pg_rows *rows = NULL;
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_user_list, &p, &rows, error);
    if (!status && !(*out = user_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status user_update_role(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user_role role,
                           kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_bind_text(&p, user_role_label(role));
    return common_change(pool, vendor_id, sql_user_set_role, &p, "user", error);
}

kl_status user_update_hash(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *password_hash,
                           kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_bind_text(&p, password_hash);
    return common_change(pool, vendor_id, sql_user_set_hash, &p, "user", error);
}

kl_status user_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    /* An address never changes, so reading it before is as good as reading it inside the transaction, and
     * finds the directory's row by its key. */
    kl_user *user = NULL;
    kl_status status = user_get(pool, vendor_id, id, &user, error);
    if (status)
        return status;
    pg_parameters login = bind_login(user->email, vendor_id, id), key = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_statement statements[] = {{sql_login_delete, &login, NULL, PG_ROLE_PLATFORM},
                                 {sql_user_delete, &key, &rows, PG_ROLE_TENANT}};
    pg_scope scope = tenant(vendor_id);
    status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = common_not_found("user", error);
    pg_rows_free(rows);
    pg_parameters_free(&login);
    pg_parameters_free(&key);
    kl_user_free(user);
    return status;
}

kl_status user_find_login(pg_pool *pool, const char *email, kl_uuid *vendor_id, kl_uuid *id, bool *found,
                          kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_text(&p, email);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    kl_status status = common_query(pool, &scope, sql_login_find, &p, &rows, error);
    *found = !status && pg_rows_count(rows) == 1;
    if (*found) {
        *vendor_id = pg_uuid(rows, 0, 0);
        *id = pg_uuid(rows, 0, 1);
    }
    pg_rows_free(rows);
    return status;
}

kl_status user_get_with_hash(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user **out, char **hash,
                             kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_user_get_with_hash, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 1) {
        *out = user_from(rows, 0);
        *hash = pg_text_copy(rows, 0, 6);
        if (!*out || !*hash)
            status = error_memory(error);
    }
    pg_rows_free(rows);
    return status;
}

kl_status user_renew_hash(pg_pool *pool, const kl_user *user, const char *old, const char *renewed, kl_error **error)
{
    pg_parameters p = bind_key(&user->vendor_id, &user->id);
    pg_bind_text(&p, old);
    pg_bind_text(&p, renewed);
    pg_scope scope = tenant(&user->vendor_id);
    return common_query(pool, &scope, sql_user_renew_hash, &p, NULL, error);
}

kl_uuid kl_user_id(const kl_user *user)
{
    return user ? user->id : (kl_uuid){{0}};
}

kl_uuid kl_user_vendor_id(const kl_user *user)
{
    return user ? user->vendor_id : (kl_uuid){{0}};
}

const char *kl_user_email(const kl_user *user)
{
    return user ? user->email : "";
}

kl_user_role kl_user_role_of(const kl_user *user)
{
    return user ? user->role : (kl_user_role)0;
}

kl_time kl_user_created_at(const kl_user *user)
{
    return user ? user->created_at : 0;
}

kl_time kl_user_updated_at(const kl_user *user)
{
    return user ? user->updated_at : 0;
}

void kl_user_free(kl_user *user)
{
    if (!user)
        return;
    free(user->email);
    free(user);
}
