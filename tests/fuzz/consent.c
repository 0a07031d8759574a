/* Fuzz target: words of consent. The first byte divides the input into a vendor's settings and a message. */
#include "fuzz/target.h"

#include "base/utf8.h"
#include "core/consent_words.h"

int FUZZ_TARGET(const uint8_t *data, size_t size)
{
    consent_words words;
    char form[CONSENT_WORD_BYTES], again[CONSENT_WORD_BYTES];
    if (size < 1)
        return 0;
    size_t settings = (size_t)data[0] < size - 1 ? data[0] : size - 1, length = size - 1 - settings;
    char *text = malloc(length + 1);
    PROMISE(text != NULL);
    memcpy(text, data + 1 + settings, length);
    text[length] = '\0';
    PROMISE(consent_words_read(&words, settings ? (const char *)data + 1 : NULL, settings));
    kl_consent_kind said = consent_words_say(&words, text);
    PROMISE(said == 0 || said == KL_OPT_OUT || said == KL_OPT_IN);
    if (consent_words_form(text, strlen(text), form)) {
        PROMISE(utf8_valid(form, strlen(form)));
        PROMISE(consent_words_form(form, strlen(form), again) && strcmp(form, again) == 0);
        PROMISE(consent_words_say(&words, form) == said);
    } else {
        PROMISE(said == 0);
    }
    consent_words_free(&words);
    free(text);
    return 0;
}
