/* Symbol visibility: KL_API marks what libkloyst exports.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_EXPORT_H
#define KLOYST_EXPORT_H

#if defined(__GNUC__)
#define KL_API __attribute__((visibility("default")))
#define KL_MUST_USE __attribute__((warn_unused_result))
#else
#define KL_API
#define KL_MUST_USE
#endif

#endif
