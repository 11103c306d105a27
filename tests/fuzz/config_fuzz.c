/* SPDX-License-Identifier: MIT */
/* Configuration files of the daemon: every error names a line, nothing leaks. */

#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__serve_config *cfg = NULL;
    char why[UT__CONFIG_WHY_MAX] = "";
    if (ut__serve_config_create(&cfg))
        abort();
    if (ut__config_parse(cfg->sets, (const char *)data, len, "f", why, sizeof why) &&
        strncmp(why, "f:", 2) != 0)
        abort();
    ut__serve_config_destroy(cfg);
    return 0;
}
