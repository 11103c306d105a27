/* SPDX-License-Identifier: MIT */
/* The alert rule. */

#include <undertone/alert.h>

struct ut_alert_config ut_alert_config_default(void)
{
    return (struct ut_alert_config){.threshold = 0};
}
