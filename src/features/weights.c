/* SPDX-License-Identifier: MIT */
/* The networks' weights, from a file to where the loops read them. */

#include "features/weights.h"

#include "base/arrays.h"

/* Where an array of the file goes; of a row in memory `stride` floats are there. */
struct slot {
    const char *name;
    size_t at; /* Offset in struct ut_analysis. */
    uint32_t rows, columns, stride;
};

#define SLOT(name, field, rows, columns, stride)                                                   \
    {                                                                                              \
        name, offsetof(struct ut_analysis, field), rows, columns, stride                           \
    }

static const struct slot slots[] = {
    SLOT("speech.hidden.w", speech.hidden, UT__ACTIVITY_INPUTS, UT__ACTIVITY_HIDDEN,
         UT__ACTIVITY_HIDDEN),
    SLOT("speech.hidden.b", speech.bias, 1, UT__ACTIVITY_HIDDEN, UT__ACTIVITY_HIDDEN),
    SLOT("speech.out.w", speech.out, 1, UT__ACTIVITY_HIDDEN, UT__ACTIVITY_HIDDEN),
    SLOT("speech.tune", speech.tune, 1, UT__ACTIVITY_TUNES, UT__ACTIVITY_TUNES),
    SLOT("syll.hidden.w", syllables.hidden, UT__SYLLABLES_INPUTS, UT__SYLLABLES_HIDDEN,
         UT__SYLLABLES_HIDDEN),
    SLOT("syll.hidden.b", syllables.bias, 1, UT__SYLLABLES_HIDDEN, UT__SYLLABLES_HIDDEN),
    SLOT("syll.out.w", syllables.out, 1, UT__SYLLABLES_HIDDEN, UT__SYLLABLES_HIDDEN),
    SLOT("syll.tune", syllables.tune, 1, UT__SYLLABLES_TUNES, UT__SYLLABLES_TUNES),
    SLOT("rate.tune", rate.tune, 1, UT__RATE_TUNES, UT__RATE_TUNES),
    SLOT("pitch.hidden", pitch.hidden, UT__PITCH_INPUTS + 1, UT__PITCH_HIDDEN, UT__PITCH_HIDDEN),
    SLOT("pitch.out", pitch.output, UT__PITCH_HIDDEN + 1, UT__PITCH_OUTPUTS,
         UT__PITCH_OUTPUTS_PADDED),
    SLOT("pitch.near", pitch.near, 1, 2 * UT__PITCH_NEAR + 1, UT__PITCH_TAPS),
};

enum { SLOTS = sizeof slots / sizeof slots[0] };

int ut__weights_read(struct ut_analysis *an, const uint8_t *bytes, size_t len_bytes)
{
    static const struct ut__arrays_kind kind = {"UTFEATS", UT__WEIGHTS_VERSION, UT__WEIGHTS_SET,
                                                SLOTS};
    struct ut__arrays file;
    int err = ut__arrays_open(&file, &kind, bytes, len_bytes);
    for (int s = 0; !err && s < SLOTS; s++)
        err = ut__arrays_copy((float *)((char *)an + slots[s].at), &file, slots[s].name,
                              slots[s].rows, slots[s].columns, slots[s].stride);
    return err;
}
