/* Lists, read page by page. */
#include "list.h"

kl_status list_after(invocation *in, kl_uuid *place, const kl_uuid **after)
{
    const char *text = given(in, "after");
    *after = NULL;
    if (!text)
        return KL_OK;
    if (kl_uuid_parse(text, place))
        return command_wrong(in, "--after needs a UUID");
    *after = place;
    return KL_OK;
}

void list_done(const char *what, const kl_uuid *id)
{
    output_begin();
    output_uuid("id", id);
    output_text("done", what);
    output_end();
}
