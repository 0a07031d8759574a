/* kloyst user: who may log in for a vendor. */
#include "file.h"
#include "groups.h"
#include "list.h"

static void show(const kl_user *user)
{
    output_begin();
    output_id("id", kl_user_id(user));
    output_id("vendor_id", kl_user_vendor_id(user));
    output_text("email", kl_user_email(user));
    output_text("role", kl_user_role_of(user) == KL_ROLE_ADMIN ? "admin" : "staff");
    output_time("created_at", kl_user_created_at(user));
    output_time("updated_at", kl_user_updated_at(user));
    output_end();
}

static kl_status create(invocation *in)
{
    kl_user *user = NULL;
    char *password;
    size_t length;
    kl_status status = secret_read(in, "password", "KLOYST_PASSWORD", true, &password, &length);
    if (!status)
        status = kl_user_create(in->handle, &in->vendor, given(in, "email"), password, length,
                                (kl_user_role)given_choice(in, "role", KL_ROLE_STAFF), &user, &in->error);
    secret_free(password, length);
    SHOW(user, user, show);
    return status;
}

LIST(list, user, kl_user_id, kl_user_list(in->handle, &in->vendor, after, limit, &page, &in->error), show)

static kl_status set_role(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_user_set_role(in->handle, &in->vendor, given_uuid(in, "user", &id),
                                        (kl_user_role)given_choice(in, "role", 0), &in->error);
    if (!status)
        list_done("role set", &id);
    return status;
}

static kl_status set_password(invocation *in)
{
    kl_uuid id;
    char *password;
    size_t length;
    kl_status status = secret_read(in, "password", "KLOYST_PASSWORD", true, &password, &length);
    if (!status)
        status = kl_user_set_password(in->handle, &in->vendor, given_uuid(in, "user", &id), password, length, &in->error);
    secret_free(password, length);
    if (!status)
        list_done("password set", &id);
    return status;
}

static kl_status login(invocation *in)
{
    kl_user *user = NULL;
    char *password;
    size_t length;
    kl_status status = secret_read(in, "password", "KLOYST_PASSWORD", true, &password, &length);
    if (!status)
        status = kl_user_authenticate(in->handle, given(in, "email"), password, length, &user, &in->error);
    secret_free(password, length);
    SHOW(user, user, show);
    return status;
}

static kl_status delete(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_user_delete(in->handle, &in->vendor, given_uuid(in, "user", &id), &in->error);
    if (!status)
        list_done("deleted", &id);
    return status;
}

#define PASSWORD {"password-file", "FILE", "holds the password; else $KLOYST_PASSWORD, else asked for", OPTIONAL}
#define WHICH {"user", "UUID", "the user's id", OPERAND}
#define EMAIL {"email", NULL, "the address", OPERAND}

const command user_commands[] = {
    {"user create", "create a user of a vendor", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){EMAIL, {"role", "admin|staff", "default staff", OPTIONAL}, PASSWORD, {0}}, create},
    {"user list", "list the users of a vendor", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE, NULL, list},
    {"user set-role", "change what a user may do", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH, {"role", "admin|staff", "the new role", OPERAND}, {0}}, set_role},
    {"user set-password", "give a user another password", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){WHICH, PASSWORD, {0}}, set_password},
    {"user login", "check an address and password over all vendors", NULL, TAKES_DATABASE,
     (const parameter[]){EMAIL, PASSWORD, {0}}, login},
    {"user delete", "delete a user", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHICH, {0}}, delete},
    {0}};
