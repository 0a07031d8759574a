/* Fuzz target: trackers. What was made is opened, what was changed or made up is not. The first byte says which. */
#include "fuzz/target.h"

#include "crypto/tracker.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    static const uint8_t key[32] = {7};
    static keyring *ring;
    kl_uuid vendor = {{0}}, message = {{0}}, opened_vendor, opened_message;
    char text[TRACKER_TEXT];
    if (!ring)
        PROMISE(keyring_new(key, 1, &ring, NULL) == KL_OK);
    if (size < 1)
        return 0;
    if (data[0] == 0 && size >= 35) {
        memcpy(vendor.bytes, data + 1, 16);
        memcpy(message.bytes, data + 17, 16);
        PROMISE(tracker_make(ring, &vendor, &message, text, NULL) == KL_OK);
        PROMISE(tracker_open(ring, text, &opened_vendor, &opened_message));
        PROMISE(memcmp(&vendor, &opened_vendor, 16) == 0 && memcmp(&message, &opened_message, 16) == 0);
        char *changed = &text[data[33] % strlen(text)];
        if (data[34] && *changed != (char)data[34]) {
            *changed = (char)data[34];
            PROMISE(!tracker_open(ring, text, &opened_vendor, &opened_message));
        }
        return 0;
    }
    char *made_up = malloc(size);
    PROMISE(made_up != NULL);
    memcpy(made_up, data + 1, size - 1);
    made_up[size - 1] = '\0';
    PROMISE(!tracker_open(ring, made_up, &vendor, &message));
    free(made_up);
    return 0;
}
