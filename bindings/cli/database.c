/* kloyst migrate, ping and db: the schema, and the private server of an embedded database. */
#include "groups.h"
#include "open.h"
#include "output.h"

static kl_status migrate(invocation *in)
{
    const char *url;
    kl_status status = open_url(in, &url);
    if (!status && !url)
        status = command_wrong(in, "--url is needed, or $KLOYST_URL");
    if (!status)
        status = kl_migrate(url, &in->error);
    if (!status) {
        output_begin();
        output_text("schema", "up to date");
        output_text("version", kl_version());
        output_end();
    }
    return status;
}

#define DIRECTORY {"directory", "DIR", "where the database is, or is to be made", OPERAND}

const command database_commands[] = {
    {"migrate", "bring the schema of a database up to date",
     "As a role that may create schemas and roles. Safe from several processes at once.", 0,
     (const parameter[]){{"url", "URL", "the database, or embedded:DIR; else $KLOYST_URL", OPTIONAL}, {0}}, migrate},
    {"db start", "start the private server of an embedded database, and keep it running",
     "Commands with --url embedded:DIR start and stop it by themselves; kept running, they need not wait for that.", 0,
     (const parameter[]){DIRECTORY, {"foreground", NULL, "stays, until it is stopped by a signal", OPTIONAL}, {0}},
     database_start},
    {"db stop", "end what 'db start' keeps running", "The server stops when nobody else uses it.", 0,
     (const parameter[]){DIRECTORY, {0}}, database_stop},
    {0}};
