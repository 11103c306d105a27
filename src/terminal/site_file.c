/* SPDX-License-Identifier: MIT */
/* A site's profile from its file. */

#include "terminal/site_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slurp.h"

static const char *what_is_wrong(int err)
{
    switch (err) {
    case UT_EMAGIC:
        return "is no site's profile; name a file that undertone adapt wrote";
    case UT_EVERSION:
        return "is the profile of another version of this program; make it anew with undertone "
               "adapt";
    case UT_EFEATURESET:
        return "was learnt with another model; use that one with --model, or make it anew with "
               "undertone adapt";
    case UT_ETRUNCATED:
        return "is cut short; copy it again, or make it anew with undertone adapt";
    case UT_ECHECKSUM:
        return "does not match its checksum: it was changed or damaged; copy it again, or make it "
               "anew with undertone adapt";
    case UT_EINVAL:
        return "rests on too few calls; make it anew with undertone adapt, which tells how many it "
               "needs";
    default:
        return "holds a line that no profile has; make it anew with undertone adapt";
    }
}

int ut__site_file_use(struct ut_model *model, const char *path, char *why, size_t cap)
{
    char *text = NULL;
    size_t len;
    struct ut_site site, again;
    int err = ut__slurp(&text, &len, path, UT_SITE_TEXT_MAX);
    if (err && err != EFBIG) {
        snprintf(why, cap, "the site's profile cannot be read: %s; check --site, or leave it out",
                 strerror(err));
        return UT_EIO;
    }
    err = err ? UT_EMAGIC : ut_site_read(&site, model, text, len);
    free(text);
    if (!err) /* A store writes what is not enough yet, too. */
        err = ut_site_settle(&again, &site.memory, model);
    if (err)
        snprintf(why, cap, "%s", what_is_wrong(err));
    else
        ut_model_set_site(model, &site);
    return err;
}
