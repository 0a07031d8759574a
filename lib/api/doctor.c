/* The public call that looks whether all is well. */
#include "core/doctor.h"

#include "api/check.h"

kl_status kl_doctor_run(kl *handle, kl_finding_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(out, "out", error));
    return doctor_run(handle, out, error);
}
