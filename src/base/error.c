/* SPDX-License-Identifier: MIT */
/* Texts of the error codes, and the version. */

#include <undertone/error.h>
#include <undertone/version.h>

const char *ut_strerror(int err)
{
    switch ((enum ut_error)err) {
    case UT_OK:
        return "no error";
    case UT_EINVAL:
        return "an argument is out of range";
    case UT_ENOMEM:
        return "out of memory";
    case UT_EMAGIC:
        return "not a file of this kind";
    case UT_EVERSION:
        return "a version of the format that this program does not know";
    case UT_ECHECKSUM:
        return "the checksum does not match: the file is damaged";
    case UT_ESHAPE:
        return "its shapes are not those of this program";
    case UT_EFEATURESET:
        return "made for another set of features";
    case UT_ETRUNCATED:
        return "it ends early";
    case UT_EMALFORMED:
        return "it breaks the rules of its format";
    case UT_ETOOBIG:
        return "it exceeds a limit of this program";
    case UT_ENOSPC:
        return "the buffer is too small";
    case UT_EUNSUPPORTED:
        return "known, and not supported";
    case UT_EIO:
        return "the system refused the input or output";
    }
    return "unknown error";
}

const char *ut_version(void)
{
    return UT_VERSION_TEXT;
}
