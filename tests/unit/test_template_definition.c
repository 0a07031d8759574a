/* Promises of reading a template from Meta's JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/suite.h"
#include "base/buffer.h"
#include "meta/template_definition.h"

#define HEAD "{\"name\":\"offer\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"MARKETING\",\"id\":\"594425479261596\","

/* "place name, place name, …" of a template with these other members. */
static char *parameters(const char *rest)
{
    static char found[2000];
    char json[4000];
    kl_error *error = NULL;
    template_definition d;
    snprintf(json, sizeof json, HEAD "%s}", rest);
    kl_status status = template_definition_parse(json, strlen(json), &d, &error);
    if (status) {
        snprintf(found, sizeof found, "%s", kl_status_name(status));
        ck_assert_int_eq(kl_error_status(error), status);
    } else {
        found[0] = '\0';
        for (size_t i = 0; i < d.count; i++)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s%s%s", i ? ", " : "", d.places[i],
                     *d.names[i] ? " " : "", d.names[i]);
        if (d.unsupported)
            snprintf(found + strlen(found), sizeof found - strlen(found), "!");
    }
    kl_error_free(error);
    template_definition_free(&d);
    return found;
}

START_TEST(what_is_said_of_it)
{
    static const char json[] =
        "{\"name\":\"seasonal_promotion\",\"parameter_format\":\"NAMED\",\"components\":[{\"type\":\"BODY\",\"text\":\"Hi\"}],"
        "\"language\":\"pt_BR\",\"status\":\"PAUSED\",\"category\":\"UTILITY\",\"sub_category\":\"CUSTOM\",\"id\":\"1\","
        "\"quality_score\":{\"score\":\"YELLOW\",\"date\":1},\"rejected_reason\":\"TAG_CONTENT_MISMATCH\"}";
    template_definition d;
    ck_assert_int_eq(template_definition_parse(json, strlen(json), &d, NULL), KL_OK);
    ck_assert_str_eq(d.name, "seasonal_promotion");
    ck_assert_str_eq(d.language, "pt_BR");
    ck_assert_str_eq(d.status, "PAUSED");
    ck_assert_str_eq(d.category, "UTILITY");
    ck_assert_str_eq(d.meta_id, "1");
    ck_assert_str_eq(d.quality, "YELLOW");
    ck_assert_str_eq(d.reason, "TAG_CONTENT_MISMATCH");
    ck_assert(d.named);
    ck_assert_uint_eq(d.count, 0);
    ck_assert_uint_eq(d.components.length, strlen("[{\"type\":\"BODY\",\"text\":\"Hi\"}]"));
    template_definition_free(&d);
}
END_TEST

START_TEST(parameters_follow_from_the_components)
{
    static const struct {
        const char *rest, *expected;
    } cases[] = {
        {"\"components\":[{\"type\":\"BODY\",\"text\":\"Hi {{1}}, {{2}} and {{1}}\"}]", "body, body"},
        {"\"parameter_format\":\"POSITIONAL\",\"components\":[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"{{1}}\"},"
         "{\"type\":\"BODY\",\"text\":\"{{1}}\"},{\"type\":\"FOOTER\",\"text\":\"{{no}}\"}]", "header:text, body"},
        {"\"parameter_format\":\"NAMED\",\"components\":[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"{{a}}\"},"
         "{\"type\":\"BODY\",\"text\":\"{{a}} {{b_2}} {{a}}\"}]", "header:text a, body a, body b_2"},
        {"\"components\":[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"x\"}]", "header:image"},
        {"\"components\":[{\"type\":\"HEADER\",\"format\":\"VIDEO\"},{\"type\":\"BODY\",\"text\":\"x\"}]", "header:video"},
        {"\"components\":[{\"type\":\"HEADER\",\"format\":\"DOCUMENT\"},{\"type\":\"BODY\",\"text\":\"x\"}]", "header:document"},
        {"\"components\":[{\"type\":\"HEADER\",\"format\":\"LOCATION\"},{\"type\":\"BODY\",\"text\":\"x\"}]", "!"},
        {"\"components\":[{\"type\":\"BODY\",\"text\":\"x\"},{\"type\":\"BUTTONS\",\"buttons\":["
         "{\"type\":\"QUICK_REPLY\",\"text\":\"Stop\"},{\"type\":\"URL\",\"text\":\"Shop\",\"url\":\"https://a.example/{{1}}\"},"
         "{\"type\":\"URL\",\"text\":\"Home\",\"url\":\"https://a.example/\"},{\"type\":\"PHONE_NUMBER\",\"text\":\"Call\"},"
         "{\"type\":\"COPY_CODE\",\"text\":\"Copy\"}]}]",
         "button:0:quick_reply?, button:1:url, button:4:copy_code"},
        {"\"components\":[{\"type\":\"BODY\",\"text\":\"*{{1}}* is your code\"},{\"type\":\"BUTTONS\",\"buttons\":["
         "{\"type\":\"OTP\",\"otp_type\":\"COPY_CODE\",\"text\":\"Copy\"}]}]", "body, button:0:url"},
        {"\"components\":[{\"type\":\"BODY\",\"text\":\"x\"},{\"type\":\"CAROUSEL\",\"cards\":[]}]", "!"},
        {"\"components\":[{\"type\":\"BODY\",\"text\":\"x\"},{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"FLOW\"}]}]", "!"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(parameters(cases[i].rest), cases[i].expected);
}
END_TEST

START_TEST(what_meta_would_not_send_is_refused)
{
    static const char *const wrong[] = {
        "\"components\":[{\"type\":\"BODY\",\"text\":\"{{2}}\"}]",
        "\"components\":[{\"type\":\"BODY\",\"text\":\"{{1}} {{3}}\"}]",
        "\"components\":[{\"type\":\"BODY\",\"text\":\"{{0}}\"}]",
        "\"components\":[{\"type\":\"BODY\",\"text\":\"{{name}}\"}]",
        "\"components\":[{\"type\":\"BODY\",\"text\":\"{{1}\"}]",
        "\"components\":[{\"type\":\"BODY\",\"text\":7}]",
        "\"parameter_format\":\"NAMED\",\"components\":[{\"type\":\"BODY\",\"text\":\"{{Name}}\"}]",
        "\"parameter_format\":\"BOTH\",\"components\":[{\"type\":\"BODY\",\"text\":\"x\"}]",
        "\"components\":[]",
        "\"components\":{}",
        "\"components\":[{\"type\":\"BUTTONS\"}]",
        "\"x\":1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(strcmp(parameters(wrong[i]), "KL_ERR_FORMAT") == 0, "%s", wrong[i]);
    ck_assert_str_eq(parameters("\"name\":\"twice\",\"components\":[]"), "KL_ERR_JSON");
}
END_TEST

static kl_status whole(const char *json)
{
    template_definition d;
    kl_status status = template_definition_parse(json, strlen(json), &d, NULL);
    template_definition_free(&d);
    return status;
}

START_TEST(every_member_that_it_needs)
{
#define REST ",\"components\":[{\"type\":\"BODY\",\"text\":\"x\"}]}"
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\"" REST), KL_OK);
    ck_assert_int_eq(whole("{\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"A\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"status\":\"APPROVED\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"EN\",\"status\":\"APPROVED\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"en\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"en\",\"status\":\"ok\",\"category\":\"UTILITY\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"en\",\"status\":\"APPROVED\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("{\"name\":\"a\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"OTP\"" REST), KL_ERR_FORMAT);
    ck_assert_int_eq(whole("[]"), KL_ERR_JSON);
    ck_assert_int_eq(whole("{"), KL_ERR_JSON);
}
END_TEST

START_TEST(more_parameters_than_there_can_be)
{
    buffer text = BUFFER_INIT;
    buffer_text(&text, "{\"name\":\"a\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\","
                       "\"parameter_format\":\"NAMED\",\"components\":[{\"type\":\"BODY\",\"text\":\"");
    for (int i = 0; i < 65; i++)
        buffer_format(&text, "{{p%d}}", i);
    buffer_text(&text, "\"}]}");
    ck_assert_int_eq(whole(text.data), KL_ERR_TOO_LONG);
    buffer_free(&text);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("template definition");
    TCase *test_case = tcase_create("template definition");
    tcase_add_test(test_case, what_is_said_of_it);
    tcase_add_test(test_case, parameters_follow_from_the_components);
    tcase_add_test(test_case, what_meta_would_not_send_is_refused);
    tcase_add_test(test_case, every_member_that_it_needs);
    tcase_add_test(test_case, more_parameters_than_there_can_be);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
