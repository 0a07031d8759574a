/* Every call refuses bad input with its documented status, a description of one line, no output and no change. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/fixture.h"
#include "harness/refused.h"
#include "harness/suite.h"

#define h fixture.handle
#define ARGUMENT KL_ERR_ARGUMENT

static const char not_utf8[] = "a\xff";

/* A vendor that does not exist, and an id of nothing. */
static const kl_uuid nobody = {{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}};

START_TEST(vendors)
{
    REFUSED(ARGUMENT, kl_vendor_create(h, NULL, KL_PLAN_SHARED, NULL, 0, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_create(h, "", KL_PLAN_SHARED, NULL, 0, &out.vendor, E));
    REFUSED(KL_ERR_TOO_LONG, kl_vendor_create(h, refused_letters(201), KL_PLAN_SHARED, NULL, 0, &out.vendor, E));
    REFUSED(KL_ERR_TOO_LONG, kl_vendor_create(h, refused_letters(1000000), KL_PLAN_SHARED, NULL, 0, &out.vendor, E));
    REFUSED(KL_ERR_ENCODING, kl_vendor_create(h, not_utf8, KL_PLAN_SHARED, NULL, 0, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_create(h, "A", (kl_plan_type)0, NULL, 0, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_create(h, "A", (kl_plan_type)3, NULL, 0, &out.vendor, E));
    REFUSED(KL_ERR_JSON, kl_vendor_create(h, "A", KL_PLAN_SHARED, "", 0, &out.vendor, E));
    REFUSED(KL_ERR_JSON, kl_vendor_create(h, "A", KL_PLAN_SHARED, "null", 4, &out.vendor, E));
    REFUSED(KL_ERR_JSON, kl_vendor_create(h, "A", KL_PLAN_SHARED, "{}{}", 4, &out.vendor, E));
    REFUSED(KL_ERR_ENCODING, kl_vendor_create(h, "A", KL_PLAN_SHARED, "{\"a\":\"\xff\"}", 9, &out.vendor, E));
    REFUSED(KL_ERR_TOO_LONG, kl_vendor_create(h, "A", KL_PLAN_SHARED, refused_letters(65537), 65537, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_get(h, NULL, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_get(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_vendor_get(h, &nobody, &out.vendor, E));
    REFUSED(ARGUMENT, kl_vendor_list(h, NULL, 0, &out.vendors, E));
    REFUSED(ARGUMENT, kl_vendor_list(h, NULL, 1001, &out.vendors, E));
    REFUSED(ARGUMENT, kl_vendor_list(h, NULL, INT_MIN, &out.vendors, E));
    REFUSED(ARGUMENT, kl_vendor_list(h, NULL, 1, NULL, E));
    REFUSED(ARGUMENT, kl_vendor_rename(h, NULL, "A", E));
    REFUSED(ARGUMENT, kl_vendor_rename(h, v, NULL, E));
    REFUSED(ARGUMENT, kl_vendor_rename(h, v, "", E));
    REFUSED(KL_ERR_TOO_LONG, kl_vendor_rename(h, v, refused_letters(201), E));
    REFUSED(KL_ERR_ENCODING, kl_vendor_rename(h, v, not_utf8, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_vendor_rename(h, &nobody, "A", E));
    REFUSED(ARGUMENT, kl_vendor_set_plan(h, NULL, KL_PLAN_SHARED, E));
    REFUSED(ARGUMENT, kl_vendor_set_plan(h, v, (kl_plan_type)-1, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_vendor_set_plan(h, &nobody, KL_PLAN_SHARED, E));
    REFUSED(ARGUMENT, kl_vendor_patch_settings(h, NULL, "{}", 2, E));
    REFUSED(ARGUMENT, kl_vendor_patch_settings(h, v, NULL, 0, E));
    REFUSED(KL_ERR_JSON, kl_vendor_patch_settings(h, v, "[]", 2, E));
    REFUSED(KL_ERR_ENCODING, kl_vendor_patch_settings(h, v, "{\"\0\":1}", 7, E));
    REFUSED(KL_ERR_TOO_LONG, kl_vendor_patch_settings(h, v, refused_letters(65537), 65537, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_vendor_patch_settings(h, &nobody, "{}", 2, E));
    REFUSED(ARGUMENT, kl_vendor_delete(h, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_vendor_delete(h, &nobody, E));
    REFUSED(KL_ERR_IN_USE, kl_vendor_delete(h, v, E));
}
END_TEST

START_TEST(users)
{
    char address[300];
    snprintf(address, sizeof address, "%s@example.com", refused_letters(243));
    REFUSED(ARGUMENT, kl_user_create(h, NULL, "a@b", "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(ARGUMENT, kl_user_create(h, v, NULL, "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(ARGUMENT, kl_user_create(h, v, "a@b", NULL, 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(ARGUMENT, kl_user_create(h, v, "a@b", "password", 8, (kl_user_role)0, &out.user, E));
    REFUSED(ARGUMENT, kl_user_create(h, v, "a@b", "password", 8, (kl_user_role)3, &out.user, E));
    REFUSED(KL_ERR_FORMAT, kl_user_create(h, v, "", "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_FORMAT, kl_user_create(h, v, "a@b@c", "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_TOO_LONG, kl_user_create(h, v, address, "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_ENCODING, kl_user_create(h, v, "a\xff@b", "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_FORMAT, kl_user_create(h, v, "a@b", "password", 7, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_FORMAT, kl_user_create(h, v, "a@b", "", 0, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_TOO_LONG, kl_user_create(h, v, "a@b", refused_letters(1025), 1025, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_user_create(h, &nobody, "a@b", "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(KL_ERR_EXISTS, kl_user_create(h, v, t.text[EMAIL], "password", 8, KL_ROLE_ADMIN, &out.user, E));
    REFUSED(ARGUMENT, kl_user_get(h, NULL, &t.id[USER], &out.user, E));
    REFUSED(ARGUMENT, kl_user_get(h, v, NULL, &out.user, E));
    REFUSED(ARGUMENT, kl_user_get(h, v, &t.id[USER], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_user_get(h, v, &nobody, &out.user, E));
    REFUSED(ARGUMENT, kl_user_list(h, NULL, NULL, 10, &out.users, E));
    REFUSED(ARGUMENT, kl_user_list(h, v, NULL, 0, &out.users, E));
    REFUSED(ARGUMENT, kl_user_list(h, v, NULL, 1001, &out.users, E));
    REFUSED(ARGUMENT, kl_user_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_user_set_role(h, NULL, &t.id[USER], KL_ROLE_ADMIN, E));
    REFUSED(ARGUMENT, kl_user_set_role(h, v, NULL, KL_ROLE_ADMIN, E));
    REFUSED(ARGUMENT, kl_user_set_role(h, v, &t.id[USER], (kl_user_role)7, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_user_set_role(h, v, &nobody, KL_ROLE_ADMIN, E));
    REFUSED(ARGUMENT, kl_user_set_password(h, NULL, &t.id[USER], "password", 8, E));
    REFUSED(ARGUMENT, kl_user_set_password(h, v, NULL, "password", 8, E));
    REFUSED(ARGUMENT, kl_user_set_password(h, v, &t.id[USER], NULL, 8, E));
    REFUSED(KL_ERR_FORMAT, kl_user_set_password(h, v, &t.id[USER], "password", 7, E));
    REFUSED(KL_ERR_TOO_LONG, kl_user_set_password(h, v, &t.id[USER], refused_letters(1025), 1025, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_user_set_password(h, v, &nobody, "password", 8, E));
    REFUSED(ARGUMENT, kl_user_delete(h, NULL, &t.id[USER], E));
    REFUSED(ARGUMENT, kl_user_delete(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_user_delete(h, v, &nobody, E));
    REFUSED(ARGUMENT, kl_user_authenticate(h, NULL, "password", 8, &out.user, E));
    REFUSED(ARGUMENT, kl_user_authenticate(h, "a@b", NULL, 8, &out.user, E));
    REFUSED(ARGUMENT, kl_user_authenticate(h, "a@b", "password", 8, NULL, E));
    REFUSED(KL_ERR_CREDENTIALS, kl_user_authenticate(h, "a\xff@b", "password", 8, &out.user, E));
    REFUSED(KL_ERR_CREDENTIALS, kl_user_authenticate(h, t.text[EMAIL], "correct horse!", 14, &out.user, E));
    REFUSED(KL_ERR_CREDENTIALS, kl_user_authenticate(h, t.text[EMAIL], "correct horse\0", 14, &out.user, E));
    REFUSED(KL_ERR_CREDENTIALS, kl_user_authenticate(h, t.text[EMAIL], refused_letters(2000), 2000, &out.user, E));
    REFUSED(KL_ERR_CREDENTIALS, kl_user_authenticate(h, refused_letters(5000), "password", 8, &out.user, E));
}
END_TEST

START_TEST(waba_accounts)
{
    const kl_uuid *id = &t.id[WABA];
    REFUSED(ARGUMENT, kl_waba_create(h, NULL, "1", "2", "token", 5, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_create(h, v, NULL, "2", "token", 5, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_create(h, v, "1", NULL, "token", 5, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_create(h, v, "1", "2", NULL, 5, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "", "2", "token", 5, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "1", "2 ", "token", 5, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "1", "\xd9\xa3", "token", 5, &out.waba, E));
    REFUSED(KL_ERR_TOO_LONG, kl_waba_create(h, v, "123456789012345678901234567890123", "2", "token", 5, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_create(h, v, "1", "2", "", 0, &out.waba, E));
    REFUSED(KL_ERR_TOO_LONG, kl_waba_create(h, v, "1", "2", refused_letters(8193), 8193, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "1", "2", "to\0ken", 6, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "1", "2", "to\r\nken", 7, &out.waba, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_create(h, v, "1", "2", not_utf8, 2, &out.waba, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_create(h, &nobody, "1", "2", "token", 5, &out.waba, E));
    REFUSED(KL_ERR_EXISTS, kl_waba_create(h, v, "1", t.text[NUMBER], "token", 5, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_get(h, NULL, id, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_get(h, v, NULL, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_get(h, v, id, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_get(h, v, &nobody, &out.waba, E));
    REFUSED(ARGUMENT, kl_waba_list(h, NULL, NULL, 10, &out.wabas, E));
    REFUSED(ARGUMENT, kl_waba_list(h, v, NULL, 1001, &out.wabas, E));
    REFUSED(ARGUMENT, kl_waba_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_waba_set_token(h, NULL, id, "token", 5, E));
    REFUSED(ARGUMENT, kl_waba_set_token(h, v, NULL, "token", 5, E));
    REFUSED(ARGUMENT, kl_waba_set_token(h, v, id, NULL, 5, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_set_token(h, v, id, "a b", 3, E));
    REFUSED(KL_ERR_TOO_LONG, kl_waba_set_token(h, v, id, refused_letters(8193), 8193, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_set_token(h, v, &nobody, "token", 5, E));
    REFUSED(ARGUMENT, kl_waba_set_rate(h, NULL, id, 80, E));
    REFUSED(ARGUMENT, kl_waba_set_rate(h, v, NULL, 80, E));
    REFUSED(ARGUMENT, kl_waba_set_rate(h, v, id, 0, E));
    REFUSED(ARGUMENT, kl_waba_set_rate(h, v, id, 1001, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_set_rate(h, v, &nobody, 80, E));
    REFUSED(ARGUMENT, kl_waba_set_portfolio(h, NULL, id, "1", 250, E));
    REFUSED(ARGUMENT, kl_waba_set_portfolio(h, v, NULL, "1", 250, E));
    REFUSED(ARGUMENT, kl_waba_set_portfolio(h, v, id, NULL, 250, E));
    REFUSED(KL_ERR_FORMAT, kl_waba_set_portfolio(h, v, id, "1a", 250, E));
    REFUSED(KL_ERR_TOO_LONG, kl_waba_set_portfolio(h, v, id, "111111111111111111111111111111111", 250, E));
    REFUSED(ARGUMENT, kl_waba_set_portfolio(h, v, id, "1", -1, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_set_portfolio(h, v, &nobody, "1", 250, E));
    REFUSED(ARGUMENT, kl_waba_token(h, NULL, id, &out.token, &out.token_length, E));
    REFUSED(ARGUMENT, kl_waba_token(h, v, NULL, &out.token, &out.token_length, E));
    REFUSED(ARGUMENT, kl_waba_token(h, v, id, NULL, &out.token_length, E));
    REFUSED(ARGUMENT, kl_waba_token(h, v, id, &out.token, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_token(h, v, &nobody, &out.token, &out.token_length, E));
    REFUSED(ARGUMENT, kl_waba_delete(h, NULL, id, E));
    REFUSED(ARGUMENT, kl_waba_delete(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_delete(h, v, &nobody, E));
    REFUSED(KL_ERR_IN_USE, kl_waba_delete(h, v, id, E));
}
END_TEST

START_TEST(contacts)
{
    const kl_uuid *id = &t.id[CONTACT];
    REFUSED(ARGUMENT, kl_contact_upsert(h, NULL, "+4917100", NULL, NULL, 0, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_upsert(h, v, NULL, NULL, NULL, 0, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_upsert(h, v, "+4917100", "XX", NULL, 0, &out.contact, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_upsert(h, v, "", NULL, NULL, 0, &out.contact, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_upsert(h, v, "017112345678", NULL, NULL, 0, &out.contact, E));
    REFUSED(KL_ERR_TOO_LONG, kl_contact_upsert(h, v, refused_letters(201), NULL, NULL, 0, &out.contact, E));
    REFUSED(KL_ERR_ENCODING, kl_contact_upsert(h, v, not_utf8, NULL, NULL, 0, &out.contact, E));
    REFUSED(KL_ERR_JSON, kl_contact_upsert(h, v, "+4917112345678", NULL, "[]", 2, &out.contact, E));
    REFUSED(KL_ERR_ENCODING,
            kl_contact_upsert(h, v, "+4917112345678", NULL, "{\"a\":\"\\u0000\"}", 14, &out.contact, E));
    REFUSED(KL_ERR_TOO_LONG,
            kl_contact_upsert(h, v, "+4917112345678", NULL, refused_letters(65537), 65537, &out.contact, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_upsert(h, &nobody, "+4917112345678", NULL, NULL, 0, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_get(h, NULL, id, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_get(h, v, NULL, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_get(h, v, id, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_get(h, v, &nobody, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find(h, NULL, "+4917112345678", NULL, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find(h, v, NULL, NULL, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find(h, v, "+4917112345678", "", &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find(h, v, "+4917112345678", NULL, NULL, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_find(h, v, "call me", NULL, &out.contact, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_find(h, v, "+4917112345678", NULL, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_list(h, NULL, NULL, 10, &out.contacts, E));
    REFUSED(ARGUMENT, kl_contact_list(h, v, NULL, -1, &out.contacts, E));
    REFUSED(ARGUMENT, kl_contact_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_contact_patch_attributes(h, NULL, id, "{}", 2, E));
    REFUSED(ARGUMENT, kl_contact_patch_attributes(h, v, NULL, "{}", 2, E));
    REFUSED(ARGUMENT, kl_contact_patch_attributes(h, v, id, NULL, 2, E));
    REFUSED(KL_ERR_JSON, kl_contact_patch_attributes(h, v, id, "1", 1, E));
    REFUSED(KL_ERR_TOO_LONG, kl_contact_patch_attributes(h, v, id, refused_letters(65537), 65537, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_patch_attributes(h, v, &nobody, "{}", 2, E));
    REFUSED(ARGUMENT, kl_contact_delete(h, NULL, id, E));
    REFUSED(ARGUMENT, kl_contact_delete(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_delete(h, v, &nobody, E));
    REFUSED(ARGUMENT, kl_contact_count(h, NULL, &out.number, E));
    REFUSED(ARGUMENT, kl_contact_count(h, v, NULL, E));
}
END_TEST

START_TEST(consent)
{
    const kl_uuid *id = &t.id[CONTACT];
    REFUSED(ARGUMENT, kl_contact_find_user(h, NULL, "DE.user1", &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find_user(h, v, NULL, &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_find_user(h, v, "DE.user1", NULL, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_find_user(h, v, "", &out.contact, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_find_user(h, v, "4917112345678", &out.contact, E));
    REFUSED(KL_ERR_FORMAT, kl_contact_find_user(h, v, "de.user1", &out.contact, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_find_user(h, v, "DE.nobody", &out.contact, E));
    REFUSED(ARGUMENT, kl_contact_block(h, NULL, id, E));
    REFUSED(ARGUMENT, kl_contact_block(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_block(h, v, &nobody, E));
    REFUSED(ARGUMENT, kl_contact_unblock(h, NULL, id, E));
    REFUSED(ARGUMENT, kl_contact_unblock(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_unblock(h, v, &nobody, E));
    REFUSED(ARGUMENT, kl_contact_opt_out(h, NULL, id, NULL, E));
    REFUSED(ARGUMENT, kl_contact_opt_out(h, v, NULL, NULL, E));
    REFUSED(KL_ERR_TOO_LONG, kl_contact_opt_out(h, v, id, refused_letters(501), E));
    REFUSED(KL_ERR_ENCODING, kl_contact_opt_out(h, v, id, not_utf8, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_opt_out(h, v, &nobody, NULL, E));
    REFUSED(ARGUMENT, kl_contact_opt_in(h, NULL, id, NULL, E));
    REFUSED(ARGUMENT, kl_contact_opt_in(h, v, NULL, NULL, E));
    REFUSED(KL_ERR_TOO_LONG, kl_contact_opt_in(h, v, id, refused_letters(501), E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_opt_in(h, v, &nobody, NULL, E));
    REFUSED(ARGUMENT, kl_consent_list(h, NULL, id, NULL, 10, &out.consents, E));
    REFUSED(ARGUMENT, kl_consent_list(h, v, id, NULL, 0, &out.consents, E));
    REFUSED(ARGUMENT, kl_consent_list(h, v, id, NULL, 1001, &out.consents, E));
    REFUSED(ARGUMENT, kl_consent_list(h, v, id, NULL, 10, NULL, E));
}
END_TEST

START_TEST(events)
{
    kl_error *error = NULL;
    kl_event_page *other_page = NULL;
    kl_uuid other = fixture_vendor("Other", 0);
    ck_ok(kl_event_read(h, &other, "reader", 10, 0, &other_page, &error));
    REFUSED(ARGUMENT, kl_event_read(h, NULL, "reader", 10, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, NULL, 10, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "", 10, 0, &out.events, E));
    REFUSED(KL_ERR_TOO_LONG, kl_event_read(h, v, refused_letters(101), 10, 0, &out.events, E));
    REFUSED(KL_ERR_ENCODING, kl_event_read(h, v, not_utf8, 10, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "reader", 0, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "reader", 10001, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "reader", 10, -1, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "reader", 10, 60001, &out.events, E));
    REFUSED(ARGUMENT, kl_event_read(h, v, "reader", 10, 0, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_event_read(h, &nobody, "reader", 10, 0, &out.events, E));
    REFUSED(ARGUMENT, kl_event_ack(h, NULL, feed, E));
    REFUSED(ARGUMENT, kl_event_ack(h, v, NULL, E));
    REFUSED(ARGUMENT, kl_event_ack(h, v, other_page, E));
    REFUSED(ARGUMENT, kl_event_forget(h, NULL, "reader", E));
    REFUSED(ARGUMENT, kl_event_forget(h, v, NULL, E));
    REFUSED(KL_ERR_TOO_LONG, kl_event_forget(h, v, refused_letters(101), E));
    REFUSED(KL_ERR_NOT_FOUND, kl_event_forget(h, v, "nobody", E));
    REFUSED(ARGUMENT, kl_event_remove_old(h, 59, &out.number, E));
    REFUSED(ARGUMENT, kl_event_remove_old(h, -1, &out.number, E));
    REFUSED(ARGUMENT, kl_event_remove_old(h, INT64_MAX, &out.number, E));
    kl_event_page_free(other_page);
    ck_ok(kl_vendor_delete(h, &other, &error));
}
END_TEST

static long reads_nothing(void *context, char *buffer, size_t size)
{
    (void)buffer;
    return *(const long *)context > (long)size ? (long)size + 1 : *(const long *)context;
}

static kl_status import_with(const kl_import_options *changed, kl_error **error)
{
    return refused_import(h, "mobile\n+4917112345678\n", changed, error);
}

static int stops(void *context, const kl_import_report *so_far)
{
    (void)context;
    (void)so_far;
    return 1;
}

static int stops_at_reject(void *context, const kl_import_reject *reject)
{
    (void)context;
    (void)reject;
    return 1;
}

START_TEST(imports)
{
    long failing = -1, too_much = LONG_MAX;
    kl_import_options options = KL_IMPORT_OPTIONS_INIT;
    REFUSED(ARGUMENT, kl_contact_import(h, NULL, reads_nothing, &failing, NULL, &out.imported, E));
    REFUSED(ARGUMENT, kl_contact_import(h, v, NULL, NULL, NULL, &out.imported, E));
    REFUSED(KL_ERR_IO, kl_contact_import(h, v, reads_nothing, &failing, NULL, &out.imported, E));
    REFUSED(KL_ERR_IO, kl_contact_import(h, v, reads_nothing, &too_much, NULL, &out.imported, E));
    options.size = sizeof options - 1;
    REFUSED(ARGUMENT, import_with(&options, E));
    options.size = SIZE_MAX;
    REFUSED(ARGUMENT, import_with(&options, E));
    options = (kl_import_options)KL_IMPORT_OPTIONS_INIT;
    options.country = "Germany";
    REFUSED(ARGUMENT, import_with(&options, E));
    options = (kl_import_options)KL_IMPORT_OPTIONS_INIT;
    options.mobile_column = "";
    REFUSED(ARGUMENT, import_with(&options, E));
    options.mobile_column = not_utf8;
    REFUSED(KL_ERR_ENCODING, import_with(&options, E));
    options.mobile_column = refused_letters(1001);
    REFUSED(KL_ERR_TOO_LONG, import_with(&options, E));
    options.mobile_column = "landline";
    REFUSED(KL_ERR_FORMAT, import_with(&options, E));
    options = (kl_import_options)KL_IMPORT_OPTIONS_INIT;
    for (const char *c = "\"\r\n\xe9"; *c; c++) {
        options.delimiter = *c;
        REFUSED(ARGUMENT, import_with(&options, E));
    }
    /* Text of which nothing was counted yet; a report says what was read before a failure. */
    REFUSED(KL_ERR_FORMAT, refused_import(h, "", NULL, E));
    REFUSED(KL_ERR_FORMAT, refused_import(h, "\n\n", &(kl_import_options)KL_IMPORT_OPTIONS_INIT, E));
    kl_import_report report;
    const char *text = "name,city\na,b\n";
    kl_error *error = NULL;
    ck_fails(KL_ERR_FORMAT, refused_import(h, text, NULL, &error));
    text = "mobile,a\xff\n+4917112345678,b\n";
    ck_fails(KL_ERR_ENCODING, refused_import(h, text, NULL, &error));
    options.delimiter = 0;
    options.progress = stops;
    ck_fails(KL_ERR_CANCELLED, import_with(&options, &error));
    options.progress = NULL;
    options.reject = stops_at_reject;
    ck_fails(KL_ERR_CANCELLED, refused_import(h, "mobile\nnone\n", &options, &error));
    ck_fails(KL_ERR_NOT_FOUND,
             kl_contact_import_file(h, &nobody, "tests/data/contacts/contacts-messy.csv", NULL, &report, &error));
    REFUSED(ARGUMENT, kl_contact_import_file(h, NULL, "x", NULL, &out.imported, E));
    REFUSED(ARGUMENT, kl_contact_import_file(h, v, NULL, NULL, &out.imported, E));
    REFUSED(KL_ERR_IO, kl_contact_import_file(h, v, "", NULL, &out.imported, E));
    REFUSED(KL_ERR_IO, kl_contact_import_file(h, v, "tests/data/no-such-file", NULL, &out.imported, E));
    REFUSED(KL_ERR_IO, kl_contact_import_file(h, v, "tests/data", NULL, &out.imported, E));
}
END_TEST

START_TEST(movements_of_money)
{
    static const kl_money amounts[] = {0, -1, KL_MONEY_MAX + 1, INT64_MIN, INT64_MAX};
    kl_transaction **row = &out.transaction;
    const kl_uuid *debit = &t.id[DEBIT], *hold = &t.id[HOLD];
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        REFUSED(ARGUMENT, kl_wallet_credit(h, v, amounts[i], "r", NULL, row, E));
        REFUSED(ARGUMENT, kl_wallet_debit(h, v, amounts[i], "r", NULL, row, E));
        REFUSED(ARGUMENT, kl_wallet_refund(h, v, debit, amounts[i], "r", NULL, row, E));
        REFUSED(ARGUMENT, kl_hold_create(h, v, amounts[i], "r", NULL, 0, &out.hold, E));
        REFUSED(ARGUMENT, kl_hold_capture(h, v, hold, amounts[i], "r", NULL, 0, row, E));
    }
    const struct {
        const char *reference, *key;
        kl_status status;
    } texts[] = {{NULL, NULL, ARGUMENT},
                 {"", NULL, ARGUMENT},
                 {refused_letters(256), NULL, KL_ERR_TOO_LONG},
                 {not_utf8, NULL, KL_ERR_ENCODING},
                 {"r", "", ARGUMENT},
                 {"r", refused_letters(256), KL_ERR_TOO_LONG},
                 {"r", not_utf8, KL_ERR_ENCODING}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        REFUSED(texts[i].status, kl_wallet_credit(h, v, 1, texts[i].reference, texts[i].key, row, E));
        REFUSED(texts[i].status, kl_wallet_debit(h, v, 1, texts[i].reference, texts[i].key, row, E));
        REFUSED(texts[i].status, kl_wallet_refund(h, v, debit, 1, texts[i].reference, texts[i].key, row, E));
        REFUSED(texts[i].status, kl_hold_create(h, v, 1, texts[i].reference, texts[i].key, 0, &out.hold, E));
        REFUSED(texts[i].status, kl_hold_capture(h, v, hold, 1, texts[i].reference, texts[i].key, 0, row, E));
    }
    REFUSED(ARGUMENT, kl_wallet_credit(h, NULL, 1, "r", NULL, row, E));
    REFUSED(ARGUMENT, kl_wallet_debit(h, NULL, 1, "r", NULL, row, E));
    REFUSED(ARGUMENT, kl_wallet_refund(h, NULL, debit, 1, "r", NULL, row, E));
    REFUSED(ARGUMENT, kl_wallet_refund(h, v, NULL, 1, "r", NULL, row, E));
    REFUSED(ARGUMENT, kl_hold_create(h, NULL, 1, "r", NULL, 0, &out.hold, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_credit(h, &nobody, 1, "r", NULL, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_debit(h, &nobody, 1, "r", "k", row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_refund(h, v, &nobody, 1, "r", NULL, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_refund(h, &nobody, debit, 1, "r", NULL, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_refund(h, v, &t.id[CREDIT], 1, "r", NULL, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_hold_create(h, &nobody, 1, "r", NULL, 0, &out.hold, E));
    REFUSED(KL_ERR_LIMIT, kl_wallet_credit(h, v, KL_MONEY_MAX, "r", NULL, row, E));
    REFUSED(KL_ERR_INSUFFICIENT, kl_wallet_debit(h, v, KL_MONEY_MAX, "r", NULL, row, E));
    REFUSED(KL_ERR_INSUFFICIENT, kl_hold_create(h, v, KL_MONEY_MAX, "r", NULL, 0, &out.hold, E));
    REFUSED(KL_ERR_EXCEEDS, kl_wallet_refund(h, v, debit, 401, "r", NULL, row, E));
    REFUSED(KL_ERR_CONFLICT, kl_wallet_credit(h, v, 1, "r", "key-1 debit", row, E));
    REFUSED(KL_ERR_CONFLICT, kl_hold_create(h, v, 1, "other", "key-1 hold", 0, &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_create(h, v, 1, "r", NULL, -1, &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_create(h, v, 1, "r", NULL, 1, &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_create(h, v, 1, "r", NULL, INT64_MAX, &out.hold, E));
    REFUSED(KL_ERR_CONFLICT, kl_hold_create(h, v, 1000, "vendor 1", "key-1 hold", 4000000000000000, &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_capture(h, NULL, hold, 1, "r", NULL, 0, row, E));
    REFUSED(ARGUMENT, kl_hold_capture(h, v, NULL, 1, "r", NULL, 0, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_hold_capture(h, v, &nobody, 1, "r", NULL, 0, row, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_hold_capture(h, &nobody, hold, 1, "r", NULL, 0, row, E));
    REFUSED(KL_ERR_EXCEEDS, kl_hold_capture(h, v, hold, 1001, "r", NULL, 0, row, E));
    REFUSED(KL_ERR_CONFLICT, kl_hold_capture(h, v, hold, 1, "r", "key-1 debit", 0, row, E));
    REFUSED(ARGUMENT, kl_hold_expire(h, NULL, 1, &out.count, E));
    REFUSED(ARGUMENT, kl_hold_expire(h, v, 0, &out.count, E));
    REFUSED(ARGUMENT, kl_hold_expire(h, v, 1001, &out.count, E));
    REFUSED(ARGUMENT, kl_hold_release(h, NULL, hold, &out.released, E));
    REFUSED(ARGUMENT, kl_hold_release(h, v, NULL, &out.released, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_hold_release(h, v, &nobody, &out.released, E));
}
END_TEST

START_TEST(statements)
{
    const kl_time day = INT64_C(86400000000), late = INT64_C(253402300800000000);
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, NULL, 0, day, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, -1, day, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, 0, late, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, INT64_MIN, INT64_MAX, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, day, day - 1, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, 0, day, -1, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, 0, day, 0, 0, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, 0, day, 0, 1001, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_between(h, v, 0, day, 0, 10, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_statement_between(h, &nobody, 0, day, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_of_campaign(h, NULL, &t.id[CAMPAIGN], 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_of_campaign(h, v, NULL, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_of_campaign(h, v, &t.id[CAMPAIGN], -1, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_of_campaign(h, v, &t.id[CAMPAIGN], 0, 1001, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement_of_campaign(h, v, &t.id[CAMPAIGN], 0, 10, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_statement_of_campaign(h, v, &nobody, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_balance_at(h, NULL, 0, &out.balance, E));
    REFUSED(ARGUMENT, kl_wallet_balance_at(h, v, -1, &out.balance, E));
    REFUSED(ARGUMENT, kl_wallet_balance_at(h, v, late, &out.balance, E));
    REFUSED(ARGUMENT, kl_wallet_balance_at(h, v, 0, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_balance_at(h, &nobody, 0, &out.balance, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, NULL, 0, day, 0, &out.totals, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, v, day, 0, 0, &out.totals, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, v, 0, 366 * day + 1, 0, &out.totals, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, v, 0, day, 1440, &out.totals, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, v, 0, day, -1440, &out.totals, E));
    REFUSED(ARGUMENT, kl_wallet_totals(h, v, 0, day, 0, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_totals(h, &nobody, 0, day, 0, &out.totals, E));
    REFUSED(ARGUMENT, kl_message_money(h, NULL, &t.id[MESSAGE], &out.transaction, &out.given_back, E));
    REFUSED(ARGUMENT, kl_message_money(h, v, NULL, &out.transaction, &out.given_back, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_money(h, v, &nobody, &out.transaction, &out.given_back, E));
    REFUSED(ARGUMENT, kl_campaign_reconcile(h, NULL, &t.id[CAMPAIGN], &out.account, E));
    REFUSED(ARGUMENT, kl_campaign_reconcile(h, v, NULL, &out.account, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_reconcile(h, v, &nobody, &out.account, E));
}
END_TEST

/* An operation that differs from a good one, behind a good one. */
#define OPERATION(expected, ...)                                                                                       \
    do {                                                                                                               \
        kl_wallet_operation o[2] = {{KL_CREDIT_RECHARGE, 1, "r", NULL, NULL},                                          \
                                    {KL_CREDIT_RECHARGE, 1, "r", NULL, NULL}};                                         \
        __VA_ARGS__;                                                                                                   \
        REFUSED(expected, kl_wallet_post(h, v, o, 2, &out.results, E));                                                \
    } while (0)

START_TEST(posted_operations)
{
    REFUSED(ARGUMENT, kl_wallet_resolve(h, NULL, "k", &out.transaction, E));
    REFUSED(ARGUMENT, kl_wallet_resolve(h, v, NULL, &out.transaction, E));
    REFUSED(ARGUMENT, kl_wallet_resolve(h, v, "", &out.transaction, E));
    REFUSED(KL_ERR_TOO_LONG, kl_wallet_resolve(h, v, refused_letters(256), &out.transaction, E));
    REFUSED(KL_ERR_ENCODING, kl_wallet_resolve(h, v, not_utf8, &out.transaction, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_resolve(h, v, "never used", &out.transaction, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_resolve(h, &nobody, "key-1 credit", &out.transaction, E));
    const kl_wallet_operation good = {KL_CREDIT_RECHARGE, 1, "r", NULL, NULL};
    REFUSED(ARGUMENT, kl_wallet_post(h, NULL, &good, 1, &out.results, E));
    REFUSED(ARGUMENT, kl_wallet_post(h, v, NULL, 1, &out.results, E));
    REFUSED(ARGUMENT, kl_wallet_post(h, v, &good, 0, &out.results, E));
    REFUSED(ARGUMENT, kl_wallet_post(h, v, &good, 10001, &out.results, E));
    REFUSED(ARGUMENT, kl_wallet_post(h, v, &good, SIZE_MAX, &out.results, E));
    REFUSED(ARGUMENT, kl_wallet_post(h, v, &good, 1, NULL, E));
    OPERATION(ARGUMENT, o[1].type = (kl_transaction_type)0);
    OPERATION(ARGUMENT, o[1].type = (kl_transaction_type)4);
    OPERATION(ARGUMENT, o[1].amount = 0);
    OPERATION(ARGUMENT, o[1].amount = KL_MONEY_MAX + 1);
    OPERATION(ARGUMENT, o[1].reference = NULL);
    OPERATION(ARGUMENT, o[1].reference = "");
    OPERATION(KL_ERR_TOO_LONG, o[1].reference = refused_letters(256));
    OPERATION(KL_ERR_ENCODING, o[1].reference = not_utf8);
    OPERATION(ARGUMENT, o[1].idempotency_key = "");
    OPERATION(KL_ERR_TOO_LONG, o[1].idempotency_key = refused_letters(256));
    OPERATION(ARGUMENT, o[1].type = KL_REFUND);
    OPERATION(ARGUMENT, o[1].debit_id = &nobody);
}
END_TEST

static int take_nothing(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return 0;
}

static int stop_at_once(void *context, const char *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return 1;
}

static long cannot_read(void *context, char *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
    return -1;
}

START_TEST(proofs)
{
    const kl_ledger_format csv = KL_LEDGER_CSV;
    kl_ledger_point *const none = NULL, end = {.seq = -1}, rich = {.seq = 1, .balance = KL_MONEY_MAX + 1};
    REFUSED(ARGUMENT, kl_ledger_verify_from(h, NULL, NULL, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_ledger_verify_from(h, v, &end, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_ledger_verify_from(h, v, &rich, none, &out.ledger, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_ledger_verify_from(h, &nobody, NULL, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_contact_export(h, NULL, KL_CONTACTS_CSV, take_nothing, NULL, &out.number, E));
    REFUSED(ARGUMENT, kl_contact_export(h, v, (kl_contact_format)0, take_nothing, NULL, &out.number, E));
    REFUSED(ARGUMENT, kl_contact_export(h, v, (kl_contact_format)3, take_nothing, NULL, &out.number, E));
    REFUSED(ARGUMENT, kl_contact_export(h, v, KL_CONTACTS_CSV, NULL, NULL, &out.number, E));
    REFUSED(KL_ERR_CANCELLED, kl_contact_export(h, v, KL_CONTACTS_CSV, stop_at_once, NULL, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_contact_export(h, &nobody, KL_CONTACTS_CSV, take_nothing, NULL, &out.number, E));
    REFUSED(ARGUMENT, kl_waba_reseal(h, NULL, &out.number, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_waba_reseal(h, &nobody, &out.number, E));
    REFUSED(ARGUMENT, kl_doctor_run(h, NULL, E));
    REFUSED(ARGUMENT, kl_ledger_export(h, NULL, csv, take_nothing, NULL, none, E));
    REFUSED(ARGUMENT, kl_ledger_export(h, v, (kl_ledger_format)0, take_nothing, NULL, none, E));
    REFUSED(ARGUMENT, kl_ledger_export(h, v, (kl_ledger_format)3, take_nothing, NULL, none, E));
    REFUSED(ARGUMENT, kl_ledger_export(h, v, csv, NULL, NULL, none, E));
    REFUSED(KL_ERR_CANCELLED, kl_ledger_export(h, v, csv, stop_at_once, NULL, none, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_ledger_export(h, &nobody, csv, take_nothing, NULL, none, E));
    REFUSED(ARGUMENT, kl_ledger_export_file(h, NULL, csv, "/nonexistent/a", none, E));
    REFUSED(ARGUMENT, kl_ledger_export_file(h, v, (kl_ledger_format)3, "/nonexistent/a", none, E));
    REFUSED(ARGUMENT, kl_ledger_export_file(h, v, csv, NULL, none, E));
    REFUSED(KL_ERR_IO, kl_ledger_export_file(h, v, csv, "/nonexistent/a", none, E));
    REFUSED(KL_ERR_EXISTS, kl_ledger_export_file(h, v, csv, "/dev/null", none, E));
    REFUSED(ARGUMENT, kl_ledger_verify_stream(NULL, NULL, csv, NULL, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_ledger_verify_stream(cannot_read, NULL, (kl_ledger_format)0, NULL, none, &out.ledger, E));
    REFUSED(KL_ERR_IO, kl_ledger_verify_stream(cannot_read, NULL, csv, NULL, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_ledger_verify_file(NULL, csv, NULL, none, &out.ledger, E));
    REFUSED(ARGUMENT, kl_ledger_verify_file("/dev/null", (kl_ledger_format)3, NULL, none, &out.ledger, E));
    REFUSED(KL_ERR_FORMAT, kl_ledger_verify_file("/dev/null", csv, NULL, none, &out.ledger, E));
    REFUSED(KL_ERR_IO, kl_ledger_verify_file("/nonexistent/a", csv, NULL, none, &out.ledger, E));
    REFUSED(KL_ERR_IO, kl_ledger_verify_file("/", csv, NULL, none, &out.ledger, E));
}
END_TEST

START_TEST(wallets_read)
{
    REFUSED(ARGUMENT, kl_wallet_get(h, NULL, &out.wallet, E));
    REFUSED(ARGUMENT, kl_wallet_get(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_get(h, &nobody, &out.wallet, E));
    REFUSED(ARGUMENT, kl_hold_get(h, NULL, &t.id[HOLD], &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_get(h, v, NULL, &out.hold, E));
    REFUSED(ARGUMENT, kl_hold_get(h, v, &t.id[HOLD], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_hold_get(h, v, &nobody, &out.hold, E));
    REFUSED(ARGUMENT, kl_wallet_statement(h, NULL, 0, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement(h, v, -1, 10, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement(h, v, 0, 0, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement(h, v, 0, 1001, &out.transactions, E));
    REFUSED(ARGUMENT, kl_wallet_statement(h, v, 0, 10, NULL, E));
    REFUSED(ARGUMENT, kl_wallet_verify(h, NULL, &out.ledger, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_wallet_verify(h, &nobody, &out.ledger, E));
    REFUSED(ARGUMENT, kl_transaction_get(h, NULL, &t.id[DEBIT], &out.transaction, E));
    REFUSED(ARGUMENT, kl_transaction_get(h, v, NULL, &out.transaction, E));
    REFUSED(ARGUMENT, kl_transaction_get(h, v, &t.id[DEBIT], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_transaction_get(h, v, &nobody, &out.transaction, E));
    REFUSED(ARGUMENT, kl_message_get(h, NULL, &t.id[MESSAGE], &out.message, E));
    REFUSED(ARGUMENT, kl_message_get(h, v, NULL, &out.message, E));
    REFUSED(ARGUMENT, kl_message_get(h, v, &t.id[MESSAGE], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_get(h, v, &nobody, &out.message, E));
    REFUSED(ARGUMENT, kl_message_find(h, NULL, "wamid.X", &out.message, E));
    REFUSED(ARGUMENT, kl_message_find(h, v, NULL, &out.message, E));
    REFUSED(ARGUMENT, kl_message_find(h, v, "", &out.message, E));
    REFUSED(ARGUMENT, kl_message_find(h, v, "wamid.X", NULL, E));
    REFUSED(KL_ERR_TOO_LONG, kl_message_find(h, v, refused_letters(1025), &out.message, E));
    REFUSED(KL_ERR_ENCODING, kl_message_find(h, v, not_utf8, &out.message, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_find(h, v, "wamid.X", &out.message, E));
    REFUSED(ARGUMENT, kl_message_list(h, NULL, NULL, NULL, 10, &out.messages, E));
    REFUSED(ARGUMENT, kl_message_list(h, v, NULL, NULL, 0, &out.messages, E));
    REFUSED(ARGUMENT, kl_message_list(h, v, NULL, NULL, 10, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_message_list(h, v, &nobody, NULL, 10, &out.messages, E));
}
END_TEST

START_TEST(recipients)
{
    REFUSED(ARGUMENT, kl_recipient_list(h, NULL, &t.id[SENT], KL_RECIPIENT_SENT, NULL, 10, &out.recipients, E));
    REFUSED(ARGUMENT, kl_recipient_list(h, v, NULL, KL_RECIPIENT_SENT, NULL, 10, &out.recipients, E));
    REFUSED(ARGUMENT, kl_recipient_list(h, v, &t.id[SENT], (kl_recipient_state)9, NULL, 10, &out.recipients, E));
    REFUSED(ARGUMENT, kl_recipient_list(h, v, &t.id[SENT], (kl_recipient_state)-1, NULL, 10, &out.recipients, E));
    REFUSED(ARGUMENT, kl_recipient_list(h, v, &t.id[SENT], KL_RECIPIENT_SENT, NULL, 0, &out.recipients, E));
    REFUSED(ARGUMENT, kl_recipient_list(h, v, &t.id[SENT], KL_RECIPIENT_SENT, NULL, 10, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_recipient_list(h, v, &nobody, KL_RECIPIENT_SENT, NULL, 10, &out.recipients, E));
    REFUSED(ARGUMENT, kl_campaign_progress_get(h, NULL, &t.id[SENT], &out.progress, E));
    REFUSED(ARGUMENT, kl_campaign_progress_get(h, v, NULL, &out.progress, E));
    REFUSED(ARGUMENT, kl_campaign_progress_get(h, v, &t.id[SENT], NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_campaign_progress_get(h, v, &nobody, &out.progress, E));
}
END_TEST

START_TEST(metrics)
{
    kl_metrics numbers = KL_METRICS_INIT;
    REFUSED(ARGUMENT, kl_metrics_get(h, NULL, E));
    numbers.size = 0;
    REFUSED(ARGUMENT, kl_metrics_get(h, &numbers, E));
    numbers.size = sizeof numbers - 1;
    REFUSED(ARGUMENT, kl_metrics_get(h, &numbers, E));
    numbers.size = 100000;
    REFUSED(ARGUMENT, kl_metrics_get(h, &numbers, E));
    REFUSED(ARGUMENT, kl_metrics_prometheus(h, NULL, E));
}
END_TEST

START_TEST(breakers)
{
    REFUSED(ARGUMENT, kl_breaker_list(h, NULL, NULL, 10, &out.breakers, E));
    REFUSED(ARGUMENT, kl_breaker_list(h, v, NULL, 0, &out.breakers, E));
    REFUSED(ARGUMENT, kl_breaker_list(h, v, NULL, 1001, &out.breakers, E));
    REFUSED(ARGUMENT, kl_breaker_list(h, v, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_breaker_list_shared(h, NULL, 0, &out.breakers, E));
    REFUSED(ARGUMENT, kl_breaker_list_shared(h, NULL, 10, NULL, E));
    REFUSED(ARGUMENT, kl_breaker_resume(h, NULL, &t.id[BREAKER], E));
    REFUSED(ARGUMENT, kl_breaker_resume(h, v, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_breaker_resume(h, v, &nobody, E));
    REFUSED(ARGUMENT, kl_breaker_resume_shared(h, NULL, E));
    REFUSED(KL_ERR_NOT_FOUND, kl_breaker_resume_shared(h, &t.id[BREAKER], E));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("bad input");
    TCase *test_case = refused_case("bad input");
    tcase_add_test(test_case, vendors);
    tcase_add_test(test_case, users);
    tcase_add_test(test_case, waba_accounts);
    tcase_add_test(test_case, metrics);
    tcase_add_test(test_case, recipients);
    tcase_add_test(test_case, breakers);
    tcase_add_test(test_case, contacts);
    tcase_add_test(test_case, consent);
    tcase_add_test(test_case, events);
    tcase_add_test(test_case, imports);
    tcase_add_test(test_case, movements_of_money);
    tcase_add_test(test_case, posted_operations);
    tcase_add_test(test_case, statements);
    tcase_add_test(test_case, proofs);
    tcase_add_test(test_case, wallets_read);
    suite_add_tcase(suite, test_case);
    return suite;
}

int main(void)
{
    return suite_run(make_suite());
}
