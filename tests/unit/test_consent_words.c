/* Words of consent: which messages stop marketing, which resume it, and which merely contain such a word. */
#include <stdio.h>
#include <string.h>

#include "core/consent_words.h"
#include "core/consent_vocabulary.inc"
#include "harness/suite.h"

static consent_words words;

static void read_settings(const char *settings)
{
    consent_words_free(&words);
    ck_assert(consent_words_read(&words, settings, settings ? strlen(settings) : 0));
}

static void says(int kind, const char *text)
{
    int said = consent_words_say(&words, text);
    ck_assert_msg(said == kind, "'%s' says %d instead of %d", text ? text : "(none)", said, kind);
}

START_TEST(stop_and_start_are_understood_in_any_case_and_dress)
{
    read_settings(NULL);
    says(KL_OPT_OUT, "STOP");
    says(KL_OPT_OUT, "stop");
    says(KL_OPT_OUT, "  Stop. ");
    says(KL_OPT_OUT, "\"STOP!!!\"");
    says(KL_OPT_OUT, "Stop 🙏🏽");
    says(KL_OPT_OUT, "Please,\n  stop");
    says(KL_OPT_OUT, "\xe2\x80\x8eSTOP\xe2\x80\x8f");
    says(KL_OPT_OUT, "Opt-Out");
    says(KL_OPT_IN, "START");
    says(KL_OPT_IN, "Unstop");
}
END_TEST

START_TEST(a_message_that_merely_contains_a_word_says_nothing)
{
    read_settings(NULL);
    says(0, NULL);
    says(0, "");
    says(0, " !? ");
    says(0, "Does the bus stop here?");
    says(0, "Please don't stop");
    says(0, "nonstop");
    says(0, "sto p");
    says(0, "s");
    says(0, "stop|start");
    says(0, "|stop|unsubscribe|");
    says(0, "When do you start?");
}
END_TEST

START_TEST(other_languages_and_alphabets_are_understood)
{
    read_settings(NULL);
    says(KL_OPT_OUT, "ARRÊT");
    says(KL_OPT_OUT, "Désabonner");
    says(KL_OPT_OUT, "СТОП");
    says(KL_OPT_OUT, "Отписаться");
    says(KL_OPT_OUT, "ΣΤΟΠ");
    says(KL_OPT_OUT, "रोकें।");
    says(KL_OPT_OUT, "إيقاف");
    says(KL_OPT_OUT, "退订。");
    says(KL_OPT_OUT, "İPTAL");
    says(KL_OPT_OUT, "Dừng lại");
    says(KL_OPT_OUT, "DỪNG");
    says(KL_OPT_IN, "शुरू करें");
    says(KL_OPT_IN, "Подписаться");
}
END_TEST

START_TEST(every_built_in_word_is_in_the_form_in_which_it_is_compared)
{
    int found = 0;
    read_settings(NULL);
    for (size_t i = 0; i < sizeof stop_words / sizeof stop_words[0] + sizeof start_words / sizeof start_words[0]; i++) {
        bool stop = i < sizeof stop_words / sizeof stop_words[0];
        const char *list = stop ? stop_words[i].words : start_words[i - sizeof stop_words / sizeof stop_words[0]].words;
        char copy[2000];
        snprintf(copy, sizeof copy, "%s", list);
        for (char *word = strtok(copy, "|"); word; word = strtok(NULL, "|")) {
            char form[CONSENT_WORD_BYTES];
            ck_assert(consent_words_form(word, strlen(word), form));
            ck_assert_str_eq(form, word);
            says(stop ? KL_OPT_OUT : KL_OPT_IN, word);
            found++;
        }
    }
    ck_assert_int_ge(found, 150);
}
END_TEST

START_TEST(a_vendors_words_replace_the_built_in_ones_of_their_direction)
{
    read_settings("{\"stop\":[\"Leave me\",\" ADIÓS! \",7,null,\"\"],\"other\":1}");
    says(KL_OPT_OUT, "leave ME");
    says(KL_OPT_OUT, "Adi\xc3\xb3s");
    says(0, "stop");
    says(KL_OPT_IN, "start");
    read_settings("{\"stop\":[],\"start\":[\"yes\"]}");
    says(0, "stop");
    says(0, "start");
    says(KL_OPT_IN, "Yes!");
    read_settings("{\"stop\":[\"x\"],\"start\":[\"x\"]}");
    says(KL_OPT_OUT, "X");
    read_settings("{\"stop\":[\"\\u0053TOP\\u00c9\"]}");
    says(KL_OPT_OUT, "stopé");
}
END_TEST

START_TEST(languages_limit_the_built_in_words)
{
    read_settings("{\"languages\":[\"hi\",\"en\",\"english\",3]}");
    says(KL_OPT_OUT, "STOP");
    says(KL_OPT_OUT, "बंद करें");
    says(0, "СТОП");
    says(0, "baja");
    read_settings("{\"languages\":[]}");
    says(0, "STOP");
}
END_TEST

START_TEST(settings_of_another_shape_leave_the_built_in_words)
{
    static const char *const odd[] = {"7",  "[]", "\"stop\"", "null", "{\"stop\":\"x\",\"start\":{},\"languages\":\"en\"}",
                                      "{", ""};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        read_settings(odd[i]);
        says(KL_OPT_OUT, "stop");
        says(KL_OPT_IN, "start");
    }
}
END_TEST

START_TEST(texts_of_any_length_and_bytes_are_safe)
{
    char text[5000], form[CONSENT_WORD_BYTES];
    read_settings(NULL);
    for (size_t length = 0; length < sizeof text - 1; length += 61) {
        memset(text, 'a', length);
        text[length] = '\0';
        says(0, text);
        ck_assert(consent_words_form(text, length, form) == (length > 0 && length < CONSENT_WORD_BYTES));
    }
    says(0, "\xff");
    says(0, "stop\xc3");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words of consent");
    TCase *tests = tcase_create("words");
    tcase_add_test(tests, stop_and_start_are_understood_in_any_case_and_dress);
    tcase_add_test(tests, a_message_that_merely_contains_a_word_says_nothing);
    tcase_add_test(tests, other_languages_and_alphabets_are_understood);
    tcase_add_test(tests, every_built_in_word_is_in_the_form_in_which_it_is_compared);
    tcase_add_test(tests, a_vendors_words_replace_the_built_in_ones_of_their_direction);
    tcase_add_test(tests, languages_limit_the_built_in_words);
    tcase_add_test(tests, settings_of_another_shape_leave_the_built_in_words);
    tcase_add_test(tests, texts_of_any_length_and_bytes_are_safe);
    suite_add_tcase(suite, tests);
    int status = suite_run(suite);
    consent_words_free(&words);
    return status;
}
