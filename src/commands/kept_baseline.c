/* SPDX-License-Identifier: MIT */
/* One caller's calm voice in a file. */

#include "commands/kept_baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/put_file.h"
#include "base/slurp.h"
#include "terminal/command.h"
#include "terminal/message.h"

/* Whether a call would take it: only the library knows. */
static int try_on(const struct ut__kept_baseline *kept, const struct ut_model *model)
{
    struct ut_call *call;
    int err = ut_call_create(&call, model, NULL);
    if (err)
        return err;
    err = ut_call_set_baseline(call, kept->blob, kept->len);
    ut_call_destroy(call);
    return err;
}

static const char *what_is_wrong(int err)
{
    switch (err) {
    case UT_EMAGIC:
        return "is no baseline; name a file that --save-baseline wrote";
    case UT_EVERSION:
        return "is the baseline of another version of this program; make it anew with "
               "--save-baseline";
    case UT_EFEATURESET:
        return "was learnt with another model; use that one with --model, or make it anew with "
               "--save-baseline";
    case UT_ENOMEM:
        return "cannot be used: out of memory";
    default:
        return "is damaged; copy it again, or make it anew with --save-baseline";
    }
}

int ut__kept_baseline_read(struct ut__kept_baseline *kept, const char *path,
                           const struct ut_model *model)
{
    char *bytes = NULL;
    int err = ut__slurp(&bytes, &kept->len, path, sizeof kept->blob);
    if (err == EFBIG || (!err && kept->len == 0)) {
        free(bytes);
        ut__message(path, "%s", what_is_wrong(UT_EMAGIC));
        return UT__EXIT_USAGE;
    }
    if (err) {
        ut__message(path, "the baseline cannot be read: %s; check --baseline", strerror(err));
        return UT__EXIT_USAGE;
    }
    memcpy(kept->blob, bytes, kept->len);
    free(bytes);
    err = try_on(kept, model);
    if (err)
        ut__message(path, "%s", what_is_wrong(err));
    return err ? UT__EXIT_USAGE : 0;
}

int ut__kept_baseline_save(const char *path, const struct ut_call *call)
{
    struct ut__kept_baseline kept;
    int n = ut_call_get_baseline(call, kept.blob, sizeof kept.blob);
    if (n <= 0) {
        ut__message(path, "not written: the caller spoke calmly for less than 2 s; take a longer "
                          "call");
        return UT__EXIT_FAILED;
    }
    int err = ut__put_file(path, kept.blob, (size_t)n);
    if (err)
        ut__message(path, "the baseline cannot be written: %s; name another file", strerror(err));
    return err ? UT__EXIT_FAILED : 0;
}
