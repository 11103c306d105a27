/* SPDX-License-Identifier: MIT */
/* Configuration files of the daemon: every error names a line, nothing leaks. */

#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ut__serve_config cfg = {0};
    char why[UT__CONFIG_WHY_MAX] = "";
    if (ut__config_parse(&cfg, ut__serve_options, (const char *)data, len, "f", why, sizeof why) &&
        strncmp(why, "f:", 2) != 0)
        abort();
    ut__serve_config_clear(&cfg);
    return 0;
}
