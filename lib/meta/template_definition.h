/* A template as Meta describes it in JSON, and the parameters that follow from its components. */
#ifndef KLOYST_META_TEMPLATE_DEFINITION_H
#define KLOYST_META_TEMPLATE_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/status.h>

#include "base/json_index.h"

enum { TEMPLATE_PARAMETERS_MAX = 64 };

typedef struct template_definition {
    char *name;
    char *language;
    char *meta_id;     /* NULL: not said */
    char *category;    /* MARKETING, UTILITY or AUTHENTICATION */
    char *status;
    char *quality;     /* NULL: not said */
    char *reason;      /* NULL: not said */
    bool named;
    size_t count;
    char *places[TEMPLATE_PARAMETERS_MAX]; /* as graph_parameter has them; what may be left out ends in '?' */
    char *names[TEMPLATE_PARAMETERS_MAX];  /* "": none */
    const char *unsupported; /* static; the first component that needs parameters of another kind, NULL: none */
    json_span components;    /* of the JSON that was read */
} template_definition;

/* Reads an element of "data" of GET /WABA_ID/message_templates. Members that it does not know are skipped.
 * KL_ERR_JSON: no JSON object; KL_ERR_FORMAT: a member is missing or not as documented; KL_ERR_TOO_LONG, KL_ERR_ENCODING,
 * KL_ERR_MEMORY. Release with template_definition_free, also after a failure. */
kl_status template_definition_parse(const char *json, size_t length, template_definition *out, kl_error **error);

void template_definition_free(template_definition *definition);

#endif
