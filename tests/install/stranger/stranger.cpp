/* SPDX-License-Identifier: MIT */
/* The headers serve C++ as well. */

#include <cstdio>

#include <undertone/undertone.h>

int main()
{
    ut_call_config cfg = ut_call_config_default();
    std::printf("%s %s %u\n", ut_version(), ut_strerror(UT_OK), static_cast<unsigned>(cfg.caller_rate_hz));
    return cfg.caller_rate_hz == UT_RATE_HZ ? 0 : 1;
}
