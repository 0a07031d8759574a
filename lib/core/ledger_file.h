/* Verifying an exported statement without a database. */
#ifndef KLOYST_CORE_LEDGER_FILE_H
#define KLOYST_CORE_LEDGER_FILE_H

#include <kloyst/ledger.h>

/* Statuses are those of kl_ledger_verify_stream(); `report` is filled for KL_OK and KL_ERR_CORRUPT, `reached` (may be
 * NULL) for KL_OK. `head` may be NULL. */
kl_status ledger_verify_stream(kl_read_function read, void *context, kl_ledger_format format, const uint8_t *head,
                               kl_ledger_point *reached, kl_ledger_report *report, kl_error **error);

#endif
