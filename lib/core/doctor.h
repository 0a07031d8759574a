/* The doctor: looks at the server, the schema and the keys. */
#ifndef KLOYST_CORE_DOCTOR_H
#define KLOYST_CORE_DOCTOR_H

#include <kloyst/doctor.h>

#include "core/handle.h"

kl_status doctor_run(kl *handle, kl_finding_page **out, kl_error **error);

#endif
