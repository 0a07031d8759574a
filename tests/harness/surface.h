/* The public API as the headers declare it, for tests that must not miss a function. */
#ifndef TESTS_HARNESS_SURFACE_H
#define TESTS_HARNESS_SURFACE_H

#include <stddef.h>

/* A function marked KL_API in include/kloyst. */
typedef struct surface_function {
    char name[64];
    char arguments[600]; /* what stands between the parentheses, blanks squeezed */
} surface_function;

/* Reads the headers below the working directory; `count` functions in the order of files and lines. The list is static. A
 * failure ends the program with a message. */
const surface_function *surface_read(size_t *count);

#endif
