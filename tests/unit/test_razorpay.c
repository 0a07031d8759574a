/* Razorpay's webhook bodies: what is read from the samples and from bodies that are cut, changed or of other kinds. */
#include <stdio.h>
#include <string.h>

#include "crypto/hmac.h"
#include "crypto/init.h"
#include "harness/suite.h"
#include "meta/razorpay.h"

static razorpay_event read_text(const char *text)
{
    razorpay_event event;
    ck_assert_int_eq(razorpay_read(text, strlen(text), &event, NULL), KL_OK);
    return event;
}

static size_t load(const char *name, char *body, size_t size)
{
    char path[200];
    snprintf(path, sizeof path, "tests/data/webhooks/%s", name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    size_t length = fread(body, 1, size, file);
    fclose(file);
    return length;
}

START_TEST(the_samples_are_read)
{
    char body[4096];
    razorpay_event event;
    size_t length = load("30_razorpay_payment_captured_card.json", body, sizeof body);
    ck_assert_int_eq(razorpay_read(body, length, &event, NULL), KL_OK);
    ck_assert_int_eq(event.kind, RAZORPAY_PAID);
    ck_assert_str_eq(event.event, "payment.captured");
    ck_assert_str_eq(event.payment_id, "pay_DESp9bgForNoUd");
    ck_assert_str_eq(event.subject, "pay_DESp9bgForNoUd");
    ck_assert_str_eq(event.order_id, "order_DESoU0U4ikYA19");
    ck_assert_str_eq(event.currency, "INR");
    ck_assert_int_eq(event.paise, 100);
    ck_assert(event.captured);
    length = load("32_razorpay_payment_failed.json", body, sizeof body);
    ck_assert_int_eq(razorpay_read(body, length, &event, NULL), KL_OK);
    ck_assert_int_eq(event.kind, RAZORPAY_FAILED);
    ck_assert(!event.captured);
}
END_TEST

START_TEST(the_samples_are_signed_by_their_bare_hex_digits)
{
    char body[4096];
    const char *secret = "kloyst-test-app-secret", *secrets[] = {"newer", secret};
    const char *hex = "47e4fba845cf52448597f5ea7d88941f7cf7fa510b63abb69ff334221d49cb98";
    char prefixed[80], cut[80];
    size_t length = load("30_razorpay_payment_captured_card.json", body, sizeof body);
    ck_assert_int_eq(crypto_init(NULL), KL_OK);
    ck_assert_int_eq(signature_check_hex(hex, secrets, 2, body, length, NULL), KL_OK);
    ck_assert_int_eq(signature_check_hex(hex, secrets, 1, body, length, NULL), KL_ERR_SIGNATURE);
    ck_assert_int_eq(signature_check_hex(hex, secrets, 0, body, length, NULL), KL_ERR_SIGNATURE);
    ck_assert_int_eq(signature_check_hex(hex, secrets, 2, body, length - 1, NULL), KL_ERR_SIGNATURE);
    ck_assert_int_eq(signature_check_hex(NULL, secrets, 2, body, length, NULL), KL_ERR_SIGNATURE);
    snprintf(prefixed, sizeof prefixed, "sha256=%s", hex);
    ck_assert_int_eq(signature_check_hex(prefixed, secrets, 2, body, length, NULL), KL_ERR_SIGNATURE);
    for (size_t i = 0; i < strlen(hex); i++) {
        strcpy(cut, hex);
        cut[i] = cut[i] == '0' ? '1' : '0';
        ck_assert_int_eq(signature_check_hex(cut, secrets, 2, body, length, NULL), KL_ERR_SIGNATURE);
        cut[i] = '\0';
        ck_assert_int_eq(signature_check_hex(cut, secrets, 2, body, length, NULL), KL_ERR_SIGNATURE);
    }
    for (size_t i = 0; i < length; i++) {
        body[i] ^= 1;
        ck_assert_int_eq(signature_check_hex(hex, secrets, 2, body, length, NULL), KL_ERR_SIGNATURE);
        body[i] ^= 1;
    }
}
END_TEST

/* An event with a payment of these members, and what stands behind it in the payload. */
static razorpay_event payment(const char *event, const char *members, const char *behind)
{
    char text[2000];
    snprintf(text, sizeof text,
             "{\"entity\":\"event\",\"event\":\"%s\",\"payload\":{\"payment\":{\"entity\":{%s}}%s}}", event, members,
             behind);
    return read_text(text);
}

#define GOOD "\"id\":\"pay_1\",\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true"

START_TEST(a_payment_without_what_it_must_have_is_malformed)
{
    static const char *const bad[] = {
        "",
        "\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":1,\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"\",\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay 1\",\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_\\u0031\",\"amount\":100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":\"100\",\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":100.0,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":1e2,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":-100,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":92233720368547759,\"currency\":\"INR\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":100,\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":100,\"currency\":\"IN\\u0052\",\"status\":\"captured\",\"captured\":true",
        "\"id\":\"pay_1\",\"amount\":100,\"currency\":\"INR\",\"captured\":true",
        "\"order_id\":7," GOOD,
        GOOD ",\"order_id\":\"\"",
    };
    ck_assert_int_eq(payment("payment.captured", GOOD, "").kind, RAZORPAY_PAID);
    ck_assert_int_eq(payment("payment.captured", GOOD ",\"order_id\":null", "").kind, RAZORPAY_PAID);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(payment("payment.captured", bad[i], "").kind == RAZORPAY_MALFORMED, "%s", bad[i]);
        ck_assert_msg(payment("order.paid", bad[i], "").kind == RAZORPAY_MALFORMED, "%s", bad[i]);
    }
    ck_assert_int_eq(payment("payment.captured", GOOD, "").paise, 100);
}
END_TEST

#define WITH(status, captured) "\"id\":\"pay_1\",\"amount\":1,\"currency\":\"INR\",\"status\":\"" status "\"" captured

START_TEST(captured_needs_the_status_and_the_flag)
{
    ck_assert(payment("payment.captured", WITH("captured", ",\"captured\":true"), "").captured);
    ck_assert(!payment("payment.captured", WITH("captured", ""), "").captured);
    ck_assert(!payment("payment.captured", WITH("captured", ",\"captured\":false"), "").captured);
    ck_assert(!payment("payment.captured", WITH("captured", ",\"captured\":\"true\""), "").captured);
    ck_assert(!payment("payment.captured", WITH("authorized", ",\"captured\":true"), "").captured);
}
END_TEST

START_TEST(the_order_of_order_paid_must_be_the_payments)
{
    const char *order = ",\"order\":{\"entity\":{\"id\":\"order_1\",\"status\":\"paid\"}}";
    ck_assert_int_eq(payment("order.paid", GOOD ",\"order_id\":\"order_1\"", order).kind, RAZORPAY_PAID);
    ck_assert_int_eq(payment("order.paid", GOOD ",\"order_id\":\"order_2\"", order).kind, RAZORPAY_MALFORMED);
    ck_assert_int_eq(payment("order.paid", GOOD, order).kind, RAZORPAY_MALFORMED);
}
END_TEST

START_TEST(other_events_are_told_apart)
{
    razorpay_event refund = read_text(
        "{\"entity\":\"event\",\"event\":\"refund.processed\",\"payload\":{\"refund\":{\"entity\":{\"id\":\"rfnd_1\","
        "\"payment_id\":\"pay_1\",\"amount\":50,\"currency\":\"INR\"}}}}");
    ck_assert_int_eq(refund.kind, RAZORPAY_REFUND);
    ck_assert_str_eq(refund.subject, "rfnd_1");
    ck_assert_str_eq(refund.payment_id, "pay_1");
    ck_assert_int_eq(refund.paise, 50);
    ck_assert_int_eq(read_text("{\"entity\":\"event\",\"event\":\"refund.created\"}").kind, RAZORPAY_MALFORMED);
    razorpay_event dispute = read_text(
        "{\"entity\":\"event\",\"event\":\"payment.dispute.lost\",\"payload\":{\"dispute\":{\"entity\":{"
        "\"id\":\"disp_1\",\"payment_id\":\"pay_1\",\"amount\":1,\"currency\":\"INR\"}}}}");
    ck_assert_int_eq(dispute.kind, RAZORPAY_DISPUTE);
    ck_assert_int_eq(read_text("{\"entity\":\"event\",\"event\":\"payment.authorized\"}").kind, RAZORPAY_OTHER);
    ck_assert_int_eq(read_text("{\"entity\":\"event\",\"event\":\"payment.captured.x\"}").kind, RAZORPAY_OTHER);
    ck_assert_int_eq(read_text("{\"entity\":\"event\",\"event\":\"\"}").kind, RAZORPAY_OTHER);
    ck_assert_int_eq(read_text("{\"event\":\"payment.captured\"}").kind, RAZORPAY_MALFORMED);
    ck_assert_int_eq(read_text("{\"entity\":\"event\"}").kind, RAZORPAY_MALFORMED);
    ck_assert_int_eq(read_text("[]").kind, RAZORPAY_MALFORMED);
    ck_assert_int_eq(read_text("").kind, RAZORPAY_MALFORMED);
}
END_TEST

START_TEST(a_body_that_is_cut_or_changed_anywhere_is_read_without_harm)
{
    char body[4096];
    size_t length = load("30_razorpay_payment_captured_card.json", body, sizeof body);
    razorpay_event event;
    for (size_t i = 0; i < length; i++) {
        ck_assert_int_eq(razorpay_read(body, i, &event, NULL), KL_OK);
        ck_assert_int_eq(event.kind, RAZORPAY_MALFORMED);
        for (int bit = 0; bit < 8; bit++) {
            body[i] ^= (char)(1 << bit);
            ck_assert_int_eq(razorpay_read(body, length, &event, NULL), KL_OK);
            body[i] ^= (char)(1 << bit);
        }
    }
}
END_TEST

START_TEST(order_ids_are_letters_and_digits_behind_their_prefix)
{
    char longest[80] = "order_";
    memset(longest + 6, 'a', 58);
    ck_assert(razorpay_order_id_ok("order_DESoU0U4ikYA19"));
    ck_assert(razorpay_order_id_ok(longest));
    longest[64] = 'a';
    ck_assert(!razorpay_order_id_ok(longest));
    ck_assert(!razorpay_order_id_ok(""));
    ck_assert(!razorpay_order_id_ok("order_"));
    ck_assert(!razorpay_order_id_ok("Order_1"));
    ck_assert(!razorpay_order_id_ok("order_1 "));
    ck_assert(!razorpay_order_id_ok("order_1_2"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("razorpay");
    TCase *test_case = tcase_create("razorpay");
    tcase_add_test(test_case, the_samples_are_read);
    tcase_add_test(test_case, the_samples_are_signed_by_their_bare_hex_digits);
    tcase_add_test(test_case, a_payment_without_what_it_must_have_is_malformed);
    tcase_add_test(test_case, captured_needs_the_status_and_the_flag);
    tcase_add_test(test_case, the_order_of_order_paid_must_be_the_payments);
    tcase_add_test(test_case, other_events_are_told_apart);
    tcase_add_test(test_case, a_body_that_is_cut_or_changed_anywhere_is_read_without_harm);
    tcase_add_test(test_case, order_ids_are_letters_and_digits_behind_their_prefix);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
