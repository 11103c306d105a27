/* SPDX-License-Identifier: MIT */
/* A site's profile: what is taken is within its bounds, and is written back as the same bytes. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <undertone/site.h>

#include "base/crc32.h"
#include "stress/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SUM_LINE = 18, TEXT_MAX = 2 * UT_SITE_TEXT_MAX };

static struct ut_model model; /* Of it, a profile reads the checksum and a constant alone. */

static void must_be_of_use(const struct ut_site *site, const char *text, size_t len)
{
    char again[TEXT_MAX];
    if (!(fabsf(site->shift) <= 1) || !isfinite(site->usual))
        abort();
    int n = ut_site_write(site, &model, again, sizeof again);
    if (n > 0 && (size_t)n == len && memcmp(again, text, len) != 0)
        abort();
    ut_model_set_site(&model, site);
    if (!isfinite(model.all.shift) || !isfinite(model.all.usual))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut_site site;
    model.crc = 0x5ca1ab1e;
    if (ut_site_read(&site, &model, (const char *)data, len) == 0)
        must_be_of_use(&site, (const char *)data, len);
    /* The same with a checksum that fits, which chance does not find. */
    char text[TEXT_MAX];
    if (len < SUM_LINE || len >= sizeof text)
        return 0;
    size_t n = len - SUM_LINE;
    memcpy(text, data, n);
    n += (size_t)snprintf(text + n, sizeof text - n, "checksum %08x\n",
                          (unsigned)ut__crc32(0, text, n));
    if (ut_site_read(&site, &model, text, n) == 0)
        must_be_of_use(&site, text, n);
    return 0;
}
