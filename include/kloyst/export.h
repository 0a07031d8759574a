/* Marks of declarations: KL_API stands before what libkloyst exports, KL_DEPRECATED in a line above what programs should no
 * longer use, with what to use instead. A program that defines KL_NO_DEPRECATED is not warned.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_EXPORT_H
#define KLOYST_EXPORT_H

#if defined(__GNUC__)
#define KL_API __attribute__((visibility("default")))
#else
#define KL_API
#endif

#if defined(__GNUC__) && !defined(KL_NO_DEPRECATED)
#define KL_DEPRECATED(instead) __attribute__((deprecated(instead)))
#else
#define KL_DEPRECATED(instead)
#endif

#endif
