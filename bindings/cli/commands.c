/* All commands, and the parameters that many of them take. */
#include <stddef.h>

#include "groups.h"

static const command *const groups[] = {database_commands, doctor_commands,  vendor_commands,   user_commands,
                                        waba_commands,     contact_commands, consent_commands,  wallet_commands,
                                        recharge_commands, ledger_commands,  rate_commands,     template_commands,
                                        campaign_commands, send_commands,    breaker_commands,  worker_commands,
                                        webhook_commands,  event_commands,   keys_commands,     help_commands};

const command *command_at(int index)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (const command *c = groups[i]; c->words; c++)
            if (index-- == 0)
                return c;
    return NULL;
}

typedef struct common {
    unsigned takes;
    parameter parameter;
} common;

static const common commons[] = {
    {TAKES_VENDOR, {"vendor", "UUID", "whose; else $KLOYST_VENDOR", OPTIONAL}},
    {TAKES_PAGE, {"after", "ID", "begins behind this one", OPTIONAL}},
    {TAKES_PAGE, {"limit", "COUNT", "at most so many; else all", OPTIONAL}},
    {TAKES_KEYS, {"master-key-file", "FILE", "holds the master keys; else $KLOYST_MASTER_KEY", OPTIONAL}},
    {TAKES_APP, {"app-secret-file", "FILE", "holds Meta's app secret; else $KLOYST_APP_SECRET", OPTIONAL}},
    {TAKES_DATABASE,
     {"url", "URL", "the database, without a password, or embedded:DIR; else $KLOYST_URL, else an embedded one", OPTIONAL}},
    {0, {"json", NULL, "answers with JSON: one object, or one a line", OPTIONAL}},
    {0, {"help", NULL, "tells this", OPTIONAL}},
};

const parameter *command_parameter(const command *c, int index)
{
    for (const parameter *p = c->parameters; p && p->name; p++)
        if (index-- == 0)
            return p;
    for (size_t i = 0; i < sizeof commons / sizeof *commons; i++)
        if ((commons[i].takes & c->takes) == commons[i].takes && index-- == 0)
            return &commons[i].parameter;
    return NULL;
}
