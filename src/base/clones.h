/* SPDX-License-Identifier: MIT */
#ifndef UT_BASE_CLONES_H
#define UT_BASE_CLONES_H

/**
 * UT__CLONES before a hot function: it is compiled for plain x86-64 and for AVX2 with FMA, and the
 * loader picks one, so that one binary runs everywhere and is fast where it can be. Empty where the
 * compiler or a sanitizer does not take it: clang 14 gives the dispatcher the name NAME.ifunc, so
 * that calls from other files do not link. A cloned function must be static or have a header.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(UT_NO_CLONES) &&                     \
    (defined(__GNUC__) && !defined(__clang__))
#define UT__CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define UT__CLONES
#endif

/** For what a cloned function calls: it compiles for its target only what is inlined in it. */
#define UT__INLINE static inline __attribute__((always_inline))

#endif
