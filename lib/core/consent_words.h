/* Which messages of users speak of consent: the words, the built-in ones and a vendor's own. */
#ifndef KLOYST_CORE_CONSENT_WORDS_H
#define KLOYST_CORE_CONSENT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <kloyst/consent.h>

/* A vendor's choice; see consent.h. */
typedef struct consent_words {
    char *texts;        /* of its own: each with a NUL, in the form of consent_words_say() */
    size_t stop_count, start_count;
    bool own_stop, own_start; /* instead of the built-in ones */
    char *languages;    /* of the built-in ones: "en hi "; NULL: all */
} consent_words;

/* Reads the member "consent" of a vendor's settings, NULL for none. What is not of the documented form is passed over, as
 * settings are also changed by hand: a vendor never loses the built-in words by it. False when there is no memory. */
bool consent_words_read(consent_words *words, const char *settings, size_t length);
void consent_words_free(consent_words *words);

/* What a text says when it consists of one of the words; 0 when it does not. `text` may be NULL. */
kl_consent_kind consent_words_say(const consent_words *words, const char *text);

/* Longest form of a text that can be a word, with its NUL. */
enum { CONSENT_WORD_BYTES = 256 };

/* The form in which texts are compared: small letters, one blank between words, nothing around them. False when it is empty or
 * too long to be a word. Letters are made small in the Latin, Greek and Cyrillic alphabets; others have no capitals in use. */
bool consent_words_form(const char *text, size_t length, char out[CONSENT_WORD_BYTES]);

#endif
