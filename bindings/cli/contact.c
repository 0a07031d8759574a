/* kloyst contact: a vendor's phone book. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "list.h"

static void show(const kl_contact *contact)
{
    output_begin();
    output_id("id", kl_contact_id(contact));
    output_text("mobile", kl_contact_mobile(contact));
    output_text("bsuid", kl_contact_bsuid(contact));
    output_json("attributes", kl_contact_attributes(contact));
    output_time("opted_out_at", kl_contact_opted_out_at(contact));
    output_time("blocked_at", kl_contact_blocked_at(contact));
    output_time("created_at", kl_contact_created_at(contact));
    output_time("updated_at", kl_contact_updated_at(contact));
    output_end();
}

LIST(list, contact, kl_contact_id, kl_contact_list(in->handle, &in->vendor, after, limit, &page, &in->error), show)

/* By id, number or Meta's user id, which holds a dot. */
static kl_status look_up(invocation *in, kl_contact **out)
{
    kl_uuid id;
    const char *who = given(in, "contact");
    if (!kl_uuid_parse(who, &id))
        return kl_contact_get(in->handle, &in->vendor, &id, out, &in->error);
    if (strlen(who) > 3 && who[2] == '.' && (who[0] | 32) >= 'a' && (who[0] | 32) <= 'z')
        return kl_contact_find_user(in->handle, &in->vendor, who, out, &in->error);
    /* As lists show it. */
    char international[40];
    if (!given(in, "country") && strlen(who) < 20 && strspn(who, "0123456789") == strlen(who)) {
        snprintf(international, sizeof international, "+%s", who);
        who = international;
    }
    return kl_contact_find(in->handle, &in->vendor, who, given(in, "country"), out, &in->error);
}

static kl_status find(invocation *in)
{
    kl_contact *contact = NULL;
    kl_status status = look_up(in, &contact);
    SHOW(contact, contact, show);
    return status;
}

static kl_status set(invocation *in)
{
    kl_contact *contact = NULL;
    char *attributes;
    size_t length;
    kl_status status = given_json(in, "attributes", &attributes, &length);
    if (!status)
        status = kl_contact_upsert(in->handle, &in->vendor, given(in, "mobile"), given(in, "country"), attributes, length,
                                   &contact, &in->error);
    free(attributes);
    SHOW(contact, contact, show);
    return status;
}

static kl_status count(invocation *in)
{
    int64_t number;
    kl_status status = kl_contact_count(in->handle, &in->vendor, &number, &in->error);
    if (!status) {
        output_begin();
        output_number("contacts", number);
        output_end();
    }
    return status;
}

/* The last word of the command says what is done. */
static kl_status change(invocation *in)
{
    kl_contact *contact = NULL;
    const char *what = strchr(in->command->words, ' ') + 1;
    kl_status status = look_up(in, &contact);
    kl_uuid id = kl_contact_id(contact);
    kl_contact_free(contact);
    if (status)
        return status;
    if (strcmp(what, "block") == 0)
        status = kl_contact_block(in->handle, &in->vendor, &id, &in->error);
    else if (strcmp(what, "unblock") == 0)
        status = kl_contact_unblock(in->handle, &in->vendor, &id, &in->error);
    else if (strcmp(what, "opt-out") == 0)
        status = kl_contact_opt_out(in->handle, &in->vendor, &id, given(in, "note"), &in->error);
    else if (strcmp(what, "opt-in") == 0)
        status = kl_contact_opt_in(in->handle, &in->vendor, &id, given(in, "note"), &in->error);
    else
        status = kl_contact_delete(in->handle, &in->vendor, &id, &in->error);
    if (!status)
        list_done(what, &id);
    return status;
}

#define COUNTRY {"country", "CODE", "of numbers in national spelling, such as IN", OPTIONAL}
#define WHO {"contact", NULL, "its id, its number, or Meta's user id", OPERAND}
#define NOTE {"note", "TEXT", "kept with the evidence", OPTIONAL}
#define CHANGE(word, summary, ...)                                                                                     \
    {"contact " word, summary, NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHO, COUNTRY, __VA_ARGS__}, change}

const command contact_commands[] = {
    {"contact import", "import contacts from CSV",
     "Rows that cannot be taken are told on standard error, with their line, and left out. Importing a file twice\n"
     "is the same as once. Stopped or failed, nothing is changed.",
     TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"file", "FILE", "the CSV file; - is standard input", OPERAND},
                         COUNTRY,
                         {"column", "NAME", "the header of the column with the number; else it is found", OPTIONAL},
                         {"delimiter", "CHARACTER", "else found from the header line", OPTIONAL},
                         {"quiet", NULL, "does not tell the rows that are left out", OPTIONAL},
                         {0}},
     contact_import},
    {"contact export", "export the contacts as CSV or JSON lines",
     "The CSV has a column for each attribute, and is taken by 'contact import'; in it, values that are no texts\n"
     "stand as JSON. All is of one moment.",
     TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"format", "csv|jsonl", "else by the end of the file's name, .jsonl or not", OPTIONAL},
                         {"output", "FILE", "a new file; else standard output", OPTIONAL},
                         {0}},
     contact_export},
    {"contact find", "find a contact", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){WHO, COUNTRY, {0}}, find},
    {"contact list", "list the contacts", NULL, TAKES_DATABASE | TAKES_VENDOR | TAKES_PAGE, NULL, list},
    {"contact count", "count the contacts", NULL, TAKES_DATABASE | TAKES_VENDOR, NULL, count},
    {"contact set", "create a contact, or replace its attributes", NULL, TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){{"mobile", NULL, "its number", OPERAND}, COUNTRY, {"attributes", "JSON", "an object", OPTIONAL}, {0}},
     set},
    CHANGE("block", "send nothing at all to a contact", {0}),
    CHANGE("unblock", "end a block", {0}),
    CHANGE("opt-out", "send no marketing to a contact", NOTE, {0}),
    CHANGE("opt-in", "allow marketing to a contact again", NOTE, {0}),
    CHANGE("delete", "remove a contact", {0}),
    {0}};
