/* The main() of every test program written with check. */
#ifndef TESTS_HARNESS_SUITE_H
#define TESTS_HARNESS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs one suite; check's own summary line "NN%: Checks: N, Failures: N, Errors: N"
 * is what the runner adds up. CK_FORK=no in the environment turns forking off. */
static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
