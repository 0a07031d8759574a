/* Ways to end: which statuses are of one class. */
#include <stddef.h>

#include "command.h"

static const command_end_row rows[] = {
    {END_OK, "done"},
    {END_CHECK, "a check failed: a ledger is corrupt, a campaign's money does not add up, doctor found something"},
    {END_USAGE, "wrong usage of the command"},
    {END_INPUT, "the input was refused: not a number, not JSON, too long, out of range"},
    {END_STATE, "the state of things does not allow it: not found, exists, in use, too little money, conflict"},
    {END_TRUST, "credentials, signature, master key, or a privilege is missing"},
    {END_MACHINE, "a file or the memory of this machine, or a defect"},
    {END_RETRY, "the database did not answer in time; nothing happened, the same command may help later"},
    {END_UNKNOWN, "the connection was lost around the commit: it may have happened"},
    {END_DATABASE, "the database refused, has no or another schema, or cannot be started"},
    {END_META, "Meta's Graph API cannot be reached, or refuses to go on"},
    {END_STOPPED, "stopped by a signal before it was done"},
};

const command_end_row *command_end_at(int index)
{
    return index >= 0 && (size_t)index < sizeof rows / sizeof *rows ? &rows[index] : NULL;
}

command_end command_end_of(kl_status status)
{
    if (status == KL_OK)
        return END_OK;
    if (status == KL_ERR_CANCELLED)
        return END_STOPPED;
    if (status == KL_ERR_UNKNOWN_OUTCOME)
        return END_UNKNOWN;
    if (status < 20)
        return END_INPUT;
    if (status < 40)
        return END_STATE;
    if (status < 60)
        return END_TRUST;
    if (status < 80)
        return END_MACHINE;
    if (status < 100)
        return kl_status_retriable(status) ? END_RETRY : END_DATABASE;
    return END_META;
}
