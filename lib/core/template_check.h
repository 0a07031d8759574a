/* Whether a template that is stored may be used, and with these parameters. */
#ifndef KLOYST_CORE_TEMPLATE_CHECK_H
#define KLOYST_CORE_TEMPLATE_CHECK_H

#include <stdbool.h>

#include <kloyst/status.h>

#include "pg/rows.h"

/* A stored template, as read by some statement; its parameters are columns of the first row. */
typedef struct template_shape {
    const char *status;
    const char *unsupported; /* NULL: none */
    bool named;
    const pg_rows *rows;
    int places_column; /* those that end in '?' need not be given */
    int names_column;
} template_shape;

/* One parameter that somebody wants to give. */
typedef struct template_given {
    const char *place; /* NULL: body */
    const char *name;  /* NULL: none */
} template_given;

/* KL_ERR_TEMPLATE: its status is not APPROVED, it has components that nobody can fill in, or its parameters are others. */
kl_status template_check(const template_shape *shape, const template_given *given, size_t count, kl_error **error);

/* KL_ERR_TEMPLATE: a breaker of the template is open; `why` is what it says, "": nothing. */
kl_status template_resting(const char *why, kl_error **error);

#endif
