/* kloyst vendor: the tenants. */
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "list.h"

static void show(const kl_vendor *vendor)
{
    output_begin();
    output_id("id", kl_vendor_id(vendor));
    output_text("name", kl_vendor_name(vendor));
    output_text("plan", kl_vendor_plan_type(vendor) == KL_PLAN_SHARED ? "shared" : "dedicated");
    output_json("settings", kl_vendor_settings(vendor));
    output_time("created_at", kl_vendor_created_at(vendor));
    output_time("updated_at", kl_vendor_updated_at(vendor));
    output_end();
}

static kl_status create(invocation *in)
{
    kl_vendor *vendor = NULL;
    char *settings;
    size_t length;
    kl_status status = given_json(in, "settings", &settings, &length);
    if (!status)
        status = kl_vendor_create(in->handle, given(in, "name"), (kl_plan_type)given_choice(in, "plan", KL_PLAN_SHARED),
                                  settings, length, &vendor, &in->error);
    free(settings);
    SHOW(vendor, vendor, show);
    return status;
}

LIST(list, vendor, kl_vendor_id, kl_vendor_list(in->handle, after, limit, &page, &in->error), show)

static kl_status get(invocation *in)
{
    kl_vendor *vendor = NULL;
    kl_uuid id;
    kl_status status = kl_vendor_get(in->handle, given_uuid(in, "vendor", &id), &vendor, &in->error);
    SHOW(vendor, vendor, show);
    return status;
}

static kl_status set(invocation *in)
{
    kl_uuid id;
    char *patch;
    size_t length;
    given_uuid(in, "vendor", &id);
    kl_status status = given_json(in, "settings", &patch, &length);
    if (!status && !patch && !given(in, "name") && !given(in, "plan"))
        status = command_wrong(in, "--name, --plan or --settings is needed");
    if (!status && given(in, "name"))
        status = kl_vendor_rename(in->handle, &id, given(in, "name"), &in->error);
    if (!status && given(in, "plan"))
        status = kl_vendor_set_plan(in->handle, &id, (kl_plan_type)given_choice(in, "plan", 0), &in->error);
    if (!status && patch)
        status = kl_vendor_patch_settings(in->handle, &id, patch, length, &in->error);
    free(patch);
    return status ? status : get(in);
}

static kl_status delete(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_vendor_delete(in->handle, given_uuid(in, "vendor", &id), &in->error);
    if (!status)
        list_done("deleted", &id);
    return status;
}

#define WHICH {"vendor", "UUID", "the vendor's id", OPERAND}

const command vendor_commands[] = {
    {"vendor create", "create a vendor and its empty wallet", NULL, TAKES_DATABASE,
     (const parameter[]){{"name", NULL, "its name", OPERAND},
                         {"plan", "shared|dedicated", "shared: pays from its wallet (default); dedicated: pays Meta itself", OPTIONAL},
                         {"settings", "JSON", "an object", OPTIONAL},
                         {0}},
     create},
    {"vendor list", "list the vendors", NULL, TAKES_DATABASE | TAKES_PAGE, NULL, list},
    {"vendor show", "show a vendor", NULL, TAKES_DATABASE, (const parameter[]){WHICH, {0}}, get},
    {"vendor set", "rename a vendor, change its plan or settings", NULL, TAKES_DATABASE,
     (const parameter[]){WHICH,
                         {"name", "NAME", "its new name", OPTIONAL},
                         {"plan", "shared|dedicated", "its new plan", OPTIONAL},
                         {"settings", "JSON", "a merge patch (RFC 7396) of its settings", OPTIONAL},
                         {0}},
     set},
    {"vendor delete", "delete a vendor that has nothing left", NULL, TAKES_DATABASE, (const parameter[]){WHICH, {0}},
     delete},
    {0}};
