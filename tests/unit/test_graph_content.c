/* Promises of the contents of single messages: exactly what Meta documents, and nothing beyond its limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "harness/suite.h"
#include "meta/graph_content.h"
#include "meta/graph_request.h"

static buffer made;

static void reset(void)
{
    buffer_free(&made);
}

static void content_is(kl_status status, const char *expected)
{
    ck_assert_int_eq(status, KL_OK);
    ck_assert_str_eq(made.data, expected);
    buffer whole = BUFFER_INIT;
    buffer_format(&whole, "{%s}", made.data);
    ck_assert_int_eq(json_check(whole.data, whole.length, NULL, NULL, NULL), KL_OK);
    buffer_free(&whole);
    buffer_clear(&made);
}

static void refused(kl_status status, kl_status expected, kl_error **error)
{
    ck_assert_int_eq(status, expected);
    ck_assert_int_eq(kl_error_status(*error), expected);
    ck_assert_uint_eq(made.length, 0);
    kl_error_free(*error);
    *error = NULL;
}

/* `count` times the two-byte letter é. */
static const char *letters(size_t count)
{
    static char texts[4][10000];
    static int next;
    char *text = texts[next++ % 4];
    for (size_t i = 0; i < count; i++)
        memcpy(text + 2 * i, "é", 2);
    text[2 * count] = '\0';
    return text;
}

START_TEST(texts)
{
    kl_error *e = NULL;
    content_is(graph_text_content(&made, "Hi \"you\"\n", true, NULL),
               "\"text\":{\"preview_url\":true,\"body\":\"Hi \\\"you\\\"\\u000a\"}");
    ck_assert_int_eq(graph_text_content(&made, letters(4096), false, NULL), KL_OK);
    buffer_clear(&made);
    refused(graph_text_content(&made, letters(4097), false, &e), KL_ERR_TOO_LONG, &e);
    refused(graph_text_content(&made, "", false, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_text_content(&made, NULL, false, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_text_content(&made, "\xff", false, &e), KL_ERR_ENCODING, &e);
}
END_TEST

START_TEST(media)
{
    kl_error *e = NULL;
    content_is(graph_media_content(&made, "image", "1013859600285441", NULL, "See", NULL, NULL),
               "\"image\":{\"id\":\"1013859600285441\",\"caption\":\"See\"}");
    content_is(graph_media_content(&made, "video", NULL, "https://a.example/v.mp4", NULL, NULL, NULL),
               "\"video\":{\"link\":\"https://a.example/v.mp4\"}");
    content_is(graph_media_content(&made, "audio", "1", NULL, NULL, NULL, NULL), "\"audio\":{\"id\":\"1\"}");
    content_is(graph_media_content(&made, "sticker", "1", NULL, NULL, NULL, NULL), "\"sticker\":{\"id\":\"1\"}");
    content_is(graph_media_content(&made, "document", "1", NULL, "c", "bill.pdf", NULL),
               "\"document\":{\"id\":\"1\",\"caption\":\"c\",\"filename\":\"bill.pdf\"}");
    refused(graph_media_content(&made, "image", NULL, NULL, NULL, NULL, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_media_content(&made, "image", "1", "https://a", NULL, NULL, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_media_content(&made, "image", "x", NULL, NULL, NULL, &e), KL_ERR_FORMAT, &e);
    refused(graph_media_content(&made, "image", NULL, "http://a.example/", NULL, NULL, &e), KL_ERR_FORMAT, &e);
    refused(graph_media_content(&made, "image", NULL, "https:///", NULL, NULL, &e), KL_ERR_FORMAT, &e);
    refused(graph_media_content(&made, "image", NULL, "https://a b", NULL, NULL, &e), KL_ERR_FORMAT, &e);
    refused(graph_media_content(&made, "audio", "1", NULL, "c", NULL, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_media_content(&made, "sticker", "1", NULL, "c", NULL, &e), KL_ERR_ARGUMENT, &e);
    refused(graph_media_content(&made, "image", "1", NULL, NULL, "f", &e), KL_ERR_ARGUMENT, &e);
    refused(graph_media_content(&made, "image", "1", NULL, letters(1025), NULL, &e), KL_ERR_TOO_LONG, &e);
    refused(graph_media_content(&made, "document", "1", NULL, NULL, letters(241), &e), KL_ERR_TOO_LONG, &e);
}
END_TEST

START_TEST(reply_buttons)
{
    kl_error *e = NULL;
    graph_choice choices[4] = {{"y", "Yes", NULL, NULL}, {"n", "No", NULL, NULL}, {"m", "May be", NULL, NULL}, {"x", "X", NULL, NULL}};
    graph_interactive i = {"Head", "Come?", "Foot", NULL, choices, 3};
    content_is(graph_interactive_content(&made, &i, NULL),
               "\"interactive\":{\"type\":\"button\",\"header\":{\"type\":\"text\",\"text\":\"Head\"},"
               "\"body\":{\"text\":\"Come?\"},\"footer\":{\"text\":\"Foot\"},\"action\":{\"buttons\":["
               "{\"type\":\"reply\",\"reply\":{\"id\":\"y\",\"title\":\"Yes\"}},"
               "{\"type\":\"reply\",\"reply\":{\"id\":\"n\",\"title\":\"No\"}},"
               "{\"type\":\"reply\",\"reply\":{\"id\":\"m\",\"title\":\"May be\"}}]}}");
    i.count = 4;
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_ARGUMENT, &e);
    i.count = 0;
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_ARGUMENT, &e);
    i.count = 2;
    choices[1].id = "y";
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_FORMAT, &e);
    choices[1].id = letters(257);
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_TOO_LONG, &e);
    choices[1] = (graph_choice){"n", letters(21), NULL, NULL};
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_TOO_LONG, &e);
    choices[1] = (graph_choice){"n", "No", "why", NULL};
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_ARGUMENT, &e);
    choices[1] = (graph_choice){"n", NULL, NULL, NULL};
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_ARGUMENT, &e);
    choices[1].title = "No";
    i.body = letters(1025);
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_TOO_LONG, &e);
    i.body = letters(1024);
    i.header = letters(61);
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_TOO_LONG, &e);
    i.header = NULL;
    i.footer = letters(61);
    refused(graph_interactive_content(&made, &i, &e), KL_ERR_TOO_LONG, &e);
}
END_TEST

START_TEST(lists)
{
    kl_error *e = NULL;
    graph_choice rows[11];
    for (int i = 0; i < 11; i++) {
        static char ids[11][16];
        snprintf(ids[i], sizeof ids[i], "r%d", i);
        rows[i] = (graph_choice){ids[i], "Row", NULL, NULL};
    }
    rows[0].section = rows[1].section = "A";
    rows[1].description = "second";
    rows[2].section = "B";
    graph_interactive list = {NULL, "Pick", NULL, "Open", rows, 3};
    content_is(graph_interactive_content(&made, &list, NULL),
               "\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Pick\"},\"action\":{\"button\":\"Open\",\"sections\":["
               "{\"title\":\"A\",\"rows\":[{\"id\":\"r0\",\"title\":\"Row\"},{\"id\":\"r1\",\"title\":\"Row\",\"description\":\"second\"}]},"
               "{\"title\":\"B\",\"rows\":[{\"id\":\"r2\",\"title\":\"Row\"}]}]}}");
    rows[2].section = NULL;
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_ARGUMENT, &e);
    rows[2].section = "B";
    rows[3].section = "A";
    list.count = 4;
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_FORMAT, &e);
    for (int i = 0; i < 11; i++)
        rows[i].section = NULL;
    list.count = 11;
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_ARGUMENT, &e);
    list.count = 10;
    ck_assert_int_eq(graph_interactive_content(&made, &list, NULL), KL_OK);
    buffer_clear(&made);
    rows[9].description = letters(73);
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_TOO_LONG, &e);
    rows[9] = (graph_choice){"r9", letters(25), NULL, NULL};
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_TOO_LONG, &e);
    rows[9] = (graph_choice){letters(201), "Row", NULL, NULL};
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_TOO_LONG, &e);
    rows[9].id = "r9";
    list.label = letters(21);
    refused(graph_interactive_content(&made, &list, &e), KL_ERR_TOO_LONG, &e);
}
END_TEST

START_TEST(reactions)
{
    kl_error *e = NULL;
    content_is(graph_reaction_content(&made, "wamid.X", "👍", NULL),
               "\"reaction\":{\"message_id\":\"wamid.X\",\"emoji\":\"👍\"}");
    content_is(graph_reaction_content(&made, "wamid.X", "", NULL), "\"reaction\":{\"message_id\":\"wamid.X\",\"emoji\":\"\"}");
    refused(graph_reaction_content(&made, NULL, "x", &e), KL_ERR_ARGUMENT, &e);
    refused(graph_reaction_content(&made, "wamid.X", NULL, &e), KL_ERR_ARGUMENT, &e);
}
END_TEST

START_TEST(every_place_of_a_template)
{
    graph_parameter p[] = {{.text = "7", .place = "button:1:copy_code"}, {.text = "Asha"}, {.text = "12", .place = "body"},
                           {.text = "9", .place = "header:image"}, {.text = "x/1", .place = "button:0:url"},
                           {.text = "stop", .place = "button:2:quick_reply"}};
    content_is(graph_template_content(&made, "offer", "en", p, 6, NULL),
               "\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"en\"},\"components\":["
               "{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{\"id\":\"9\"}}]},"
               "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Asha\"},{\"type\":\"text\",\"text\":\"12\"}]},"
               "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"0\",\"parameters\":[{\"type\":\"text\",\"text\":\"x/1\"}]},"
               "{\"type\":\"button\",\"sub_type\":\"copy_code\",\"index\":\"1\",\"parameters\":"
               "[{\"type\":\"coupon_code\",\"coupon_code\":\"7\"}]},"
               "{\"type\":\"button\",\"sub_type\":\"quick_reply\",\"index\":\"2\",\"parameters\":"
               "[{\"type\":\"payload\",\"payload\":\"stop\"}]}]}");
    graph_parameter named[] = {{"who", "Asha", "header:text"}, {"what", "1", NULL}};
    content_is(graph_template_content(&made, "offer", "en", named, 2, NULL),
               "\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"en\"},\"components\":["
               "{\"type\":\"header\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"who\",\"text\":\"Asha\"}]},"
               "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"what\",\"text\":\"1\"}]}]}");
    graph_parameter link[] = {{.text = "https://a.example/b.pdf", .place = "header:document"}};
    content_is(graph_template_content(&made, "offer", "en", link, 1, NULL),
               "\"template\":{\"name\":\"offer\",\"language\":{\"code\":\"en\"},\"components\":[{\"type\":\"header\","
               "\"parameters\":[{\"type\":\"document\",\"document\":{\"link\":\"https://a.example/b.pdf\"}}]}]}");
}
END_TEST

START_TEST(places_that_no_template_has)
{
    static const char *const wrong[] = {"", "head", "header", "header:", "header:sound", "button", "button:x:url", "button:0:",
                                        "button:10:url", "button:0:flow", "Body"};
    kl_error *e = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        graph_parameter p = {.text = "1", .place = wrong[i]};
        refused(graph_template_content(&made, "offer", "en", &p, 1, &e), KL_ERR_ARGUMENT, &e);
    }
    graph_parameter text = {.text = "words", .place = "header:video"}, name = {"n", "1", "header:video"};
    refused(graph_template_content(&made, "offer", "en", &text, 1, &e), KL_ERR_FORMAT, &e);
    refused(graph_template_content(&made, "offer", "en", &name, 1, &e), KL_ERR_ARGUMENT, &e);
}
END_TEST

START_TEST(the_envelope)
{
    kl_error *e = NULL;
    static const char content[] = "\"text\":{\"body\":\"Hi\"}";
    graph_envelope number = {"919812345678", "k1.t", "wamid.A"}, user = {"IN.1aB2", NULL, NULL};
    ck_assert_int_eq(graph_message(&made, &number, "text", content, strlen(content), NULL), KL_OK);
    ck_assert_str_eq(made.data,
                     "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"+919812345678\","
                     "\"context\":{\"message_id\":\"wamid.A\"},\"type\":\"text\",\"biz_opaque_callback_data\":\"k1.t\","
                     "\"text\":{\"body\":\"Hi\"}}");
    buffer_clear(&made);
    ck_assert_int_eq(graph_message(&made, &user, "text", content, strlen(content), NULL), KL_OK);
    ck_assert_str_eq(made.data, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\","
                                "\"recipient\":\"IN.1aB2\",\"type\":\"text\",\"text\":{\"body\":\"Hi\"}}");
    buffer_clear(&made);
    static const char *const wrong[] = {"IN.", "in.a", "IND.a", "IN.a.b", "IN.ENT.", "IN.ENT", "IN.a b", "+49", "012345"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        graph_envelope bad = {wrong[i], NULL, NULL};
        if (strcmp(wrong[i], "IN.ENT") == 0)
            continue; /* ENT may be an id like any other */
        refused(graph_message(&made, &bad, "text", content, strlen(content), &e), KL_ERR_FORMAT, &e);
    }
    ck_assert(graph_is_user_id("US.ENT.9z") && graph_is_user_id("IN.ENT"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("graph content");
    TCase *test_case = tcase_create("graph content");
    tcase_add_checked_fixture(test_case, reset, reset);
    tcase_add_test(test_case, texts);
    tcase_add_test(test_case, media);
    tcase_add_test(test_case, reply_buttons);
    tcase_add_test(test_case, lists);
    tcase_add_test(test_case, reactions);
    tcase_add_test(test_case, every_place_of_a_template);
    tcase_add_test(test_case, places_that_no_template_has);
    tcase_add_test(test_case, the_envelope);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
