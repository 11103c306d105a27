/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_ERROR_H
#define UNDERTONE_ERROR_H

/*
 * Error codes of the library.
 *
 * A function that can fail returns 0 when all is well and a negative UT_E... otherwise; one that
 * counts returns the count (>= 0) or a negative UT_E.... Result pointers stay untouched on failure.
 */

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define UT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define UT_MUST_CHECK
#endif

/** What went wrong. Values are stable: they are part of the binary interface. */
enum ut_error {
    UT_OK = 0,
    UT_EINVAL = -1,      /**< An argument is out of its range: a rate of 1 Hz, a NULL model. */
    UT_ENOMEM = -2,      /**< Memory could not be had; nothing is left half done. */
    UT_EMAGIC = -3,      /**< Not a file of this kind: its first bytes are another format's. */
    UT_EVERSION = -4,    /**< The right kind of file, of a version that this code does not know. */
    UT_ECHECKSUM = -5,   /**< The checksum does not match: the file was damaged on its way. */
    UT_ESHAPE = -6,      /**< A model's shapes are not those of the code: made for another build. */
    UT_EFEATURESET = -7, /**< A model made for another set of features. */
    UT_ETRUNCATED = -8,  /**< The data ends early; a longer buffer may be fine. */
    UT_EMALFORMED = -9,  /**< The data breaks the rules of its format. */
    UT_ETOOBIG = -10,    /**< A limit of the code is exceeded: too many channels, too deep. */
    UT_ENOSPC = -11,     /**< The caller's buffer is too small for the result. */
    UT_EUNSUPPORTED = -12, /**< Known, and not done: a codec that no library here decodes. */
    UT_EIO = -13           /**< The system refused: a port in use, a disk full, a peer gone. */
};

/**
 * One sentence of plain English for an error code.
 *
 * err: a value of enum ut_error; others give "unknown error".
 * Returns a static string, never NULL. Any thread; no allocation.
 */
const char *ut_strerror(int err);

#ifdef __cplusplus
}
#endif

#endif
