/* Exporting the ledger of a vendor as a statement. */
#ifndef KLOYST_CORE_LEDGER_EXPORT_H
#define KLOYST_CORE_LEDGER_EXPORT_H

#include <kloyst/ledger.h>

#include "core/handle.h"

/* Takes the next bytes; its failure is that of the export. */
typedef kl_status (*ledger_sink)(void *context, const char *bytes, size_t length, kl_error **error);

/* Statuses are those of kl_ledger_export(); `end` may be NULL. */
kl_status ledger_export(kl *handle, const kl_uuid *vendor_id, kl_ledger_format format, ledger_sink sink, void *context,
                        kl_ledger_point *end, kl_error **error);

#endif
