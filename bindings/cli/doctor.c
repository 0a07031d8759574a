/* kloyst doctor: whether the installation is as it should be. */
#include "groups.h"
#include "output.h"

static kl_status doctor(invocation *in)
{
    static const char *const levels[] = {"?", "good", "note", "warning", "fault"};
    kl_finding_page *page = NULL;
    kl_finding_level worst = KL_FINDING_GOOD;
    kl_status status = kl_doctor_run(in->handle, &page, &in->error);
    output_list();
    for (size_t i = 0; i < kl_finding_page_count(page); i++) {
        const kl_finding *finding = kl_finding_page_at(page, i);
        kl_finding_level level = kl_finding_level_of(finding);
        worst = level > worst ? level : worst;
        output_begin();
        output_text("level", levels[level]);
        output_text("subject", kl_finding_subject(finding));
        output_text("text", kl_finding_text(finding));
        output_end();
    }
    kl_finding_page_free(page);
    if (!status && worst >= (flagged(in, "strict") ? KL_FINDING_WARNING : KL_FINDING_FAULT))
        in->end = END_CHECK;
    return status;
}

const command doctor_commands[] = {
    {"doctor", "look whether server, schema, roles, isolation, clock and keys are as they should be",
     "Changes nothing. Ends with 1 when there is a fault.", TAKES_DATABASE | TAKES_KEYS | TAKES_APP,
     (const parameter[]){{"strict", NULL, "ends with 1 for warnings too", OPTIONAL}, {0}}, doctor},
    {0}};
