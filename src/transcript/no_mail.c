/* SPDX-License-Identifier: MIT */
/* Where GMime is absent: no mail. */

#include "transcript/transcript.h"

int ut__read_mail(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    (void)bytes;
    (void)len;
    ut__reading_fault(r, "is mail, which this program was built without; build it with GMime");
    return UT_EUNSUPPORTED;
}
