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
/**
 * UT__WIDE before what is written once more for AVX-512, in vectors of sixteen; its name ends in
 * _wide, and who calls it asks ut__has_wide() first. Elsewhere it is compiled too, and never called:
 * where sixteen floats are no register the sums would lie in memory.
 */
#define UT__WIDE __attribute__((target("arch=x86-64-v4,prefer-vector-width=512")))
static inline int ut__has_wide(void)
{
    return __builtin_cpu_supports("x86-64-v4");
}
#else
#define UT__CLONES
#define UT__WIDE
static inline int ut__has_wide(void)
{
    return 0;
}
#endif

/**
 * UT__UNSET before a large local array that is written before it is read, in a folder whose locals
 * the compiler clears for safety (flags.cmake): to clear kilobytes for each packet costs more than
 * what is done with them.
 */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define UT__UNSET __attribute__((uninitialized))
#endif
#endif
#ifndef UT__UNSET
#define UT__UNSET
#endif

/** For what a cloned function calls: it compiles for its target only what is inlined in it. */
#define UT__INLINE static inline __attribute__((always_inline))

#endif
