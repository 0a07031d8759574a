/* The version of libkloyst, at compile time and at run time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_VERSION_H
#define KLOYST_VERSION_H

#include <kloyst/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The headers' version. The build, the shared library's file name and
 * kloyst.pc read it from here. */
#define KL_VERSION_MAJOR 0
#define KL_VERSION_MINOR 1
#define KL_VERSION_PATCH 0
#define KL_VERSION "0.1.0"

/* The linked library's version as text, "0.1.0"; compare it with KL_VERSION to
 * see whether headers and library belong together. Static text, never NULL.
 * Thread-safe. Since 0.1. */
KL_API const char *kl_version(void);

#ifdef __cplusplus
}
#endif

#endif
