/* kloyst keys: making master keys, and changing to a new one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "groups.h"
#include "list.h"

enum { KEY_BYTES = 32 };

static kl_status generate(invocation *in)
{
    uint8_t key[KEY_BYTES];
    if (getrandom(key, sizeof key, 0) != sizeof key)
        return command_fail(in, KL_ERR_IO, "no random bytes: %s", strerror(errno));
    if (in->json) {
        output_begin();
        output_hex("key", key, sizeof key);
        output_end();
    } else {
        for (int i = 0; i < KEY_BYTES; i++)
            printf("%02x", key[i]);
        putchar('\n');
    }
    explicit_bzero(key, sizeof key);
    return KL_OK;
}

static kl_status rotate(invocation *in)
{
    kl_status status = KL_OK;
    kl_uuid last;
    const kl_uuid *after = NULL;
    int64_t vendors = 0, tokens = 0;
    size_t count = LIST_PAGE;
    stop_catch(NULL);
    while (!status && count == LIST_PAGE && !stop_asked()) {
        kl_vendor_page *page = NULL;
        status = kl_vendor_list(in->handle, after, LIST_PAGE, &page, &in->error);
        count = status ? 0 : kl_vendor_page_count(page);
        for (size_t i = 0; !status && i < count && !stop_asked(); i++) {
            int64_t resealed = 0;
            last = kl_vendor_id(kl_vendor_page_at(page, i));
            after = &last;
            status = kl_waba_reseal(in->handle, &last, &resealed, &in->error);
            /* A vendor that was deleted meanwhile has no token. */
            if (status == KL_ERR_NOT_FOUND) {
                kl_error_free(in->error);
                in->error = NULL;
                status = KL_OK;
            }
            vendors += !status;
            tokens += status ? 0 : resealed;
            progress_show("vendors", vendors, 0);
        }
        kl_vendor_page_free(page);
    }
    progress_clear();
    if (status || stop_asked()) {
        in->end = status ? 0 : END_STOPPED;
        return status;
    }
    output_begin();
    output_number("vendors", vendors);
    output_number("resealed", tokens);
    output_end();
    return KL_OK;
}

const command keys_commands[] = {
    {"keys generate", "make a master key", "Prints 64 hex digits. Keep them: without them tokens cannot be opened.", 0, NULL,
     generate},
    {"keys rotate", "seal the tokens of all vendors with the first master key",
     "Give the new key before the old ones (NEW,OLD) to every program, then run this. The old keys stay needed for a while:\n"
     "reports on messages that were sent under them are recognised by them.",
     TAKES_DATABASE | TAKES_KEYS, NULL, rotate},
    {0}};
