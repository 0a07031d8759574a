/* The version that a program is linked with. */
#include <kloyst/version.h>

#define TEXT_OF(number) #number
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

/* The headers say it twice, as numbers and as text; they must agree. */
_Static_assert(sizeof KL_VERSION == sizeof DOTTED(KL_VERSION_MAJOR, KL_VERSION_MINOR, KL_VERSION_PATCH),
               "KL_VERSION and its parts differ");

const char *kl_version(void)
{
    return DOTTED(KL_VERSION_MAJOR, KL_VERSION_MINOR, KL_VERSION_PATCH);
}
