/* Reading the JSON in a message's options: the parameters of a template, the choices of buttons and lists. */
#ifndef KLOYST_CORE_SEND_JSON_H
#define KLOYST_CORE_SEND_JSON_H

#include "meta/graph_content.h"
#include "meta/graph_template.h"

/* Release each with its _free, also after a failure. The texts belong to them. */
typedef struct send_parameters {
    graph_parameter *items;
    size_t count;
} send_parameters;

typedef struct send_choices {
    graph_choice *items;
    size_t count;
} send_choices;

/* `json` NULL: none. KL_ERR_JSON: not an array; KL_ERR_FORMAT: an item with something missing or unknown in it;
 * KL_ERR_TOO_LONG; KL_ERR_ENCODING. What the values must be like is graph_template_content()'s to say. */
kl_status send_parameters_parse(const char *json, size_t length, send_parameters *out, kl_error **error);
void send_parameters_free(send_parameters *parameters);

kl_status send_choices_parse(const char *json, size_t length, send_choices *out, kl_error **error);
void send_choices_free(send_choices *choices);

#endif
