/* Fuzz target: Meta's descriptions of templates. */
#include "fuzz/target.h"

#include <stdbool.h>

#include "meta/template_definition.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    template_definition t;
    bool read = !template_definition_parse((const char *)data, size, &t, NULL);
    PROMISE(!read || (*t.name && *t.language && *t.category && *t.status && t.count <= TEMPLATE_PARAMETERS_MAX));
    for (size_t i = 0; read && i < t.count; i++)
        PROMISE(*t.places[i] && t.names[i]);
    template_definition_free(&t);
    return 0;
}
