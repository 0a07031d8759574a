/* The groups of commands, a file each; commands.c strings them together. */
#ifndef GROUPS_H
#define GROUPS_H

#include "command.h"

/* Each ends with a command without words. */
extern const command database_commands[], doctor_commands[], vendor_commands[], user_commands[], waba_commands[],
    contact_commands[], consent_commands[], wallet_commands[], recharge_commands[], ledger_commands[], rate_commands[],
    template_commands[], campaign_commands[], send_commands[], breaker_commands[], worker_commands[], webhook_commands[],
    event_commands[], keys_commands[], help_commands[];

/* Commands that are too long for their group's file. */
kl_status ledger_verify(invocation *in);
kl_status ledger_export(invocation *in);
kl_status contact_import(invocation *in);
kl_status contact_export(invocation *in);
kl_status campaign_watch(invocation *in);
kl_status webhook_serve(invocation *in);
kl_status database_start(invocation *in);
kl_status database_stop(invocation *in);

#endif
