/* Releases of PostgreSQL with known holes. */
#ifndef KLOYST_CORE_DOCTOR_VERSIONS_H
#define KLOYST_CORE_DOCTOR_VERSIONS_H

#include "core/finding.h"

/* Versions as PostgreSQL counts them: 150020 is 15.20. */
void doctor_server_version(finding_list *found, int version);
void doctor_client_version(finding_list *found, int version);

#endif
