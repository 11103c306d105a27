/* SPDX-License-Identifier: MIT */
#ifndef UT_COMMANDS_UTTERANCE_H
#define UT_COMMANDS_UTTERANCE_H

/* Files that hold one utterance each: a speaker's calm voice first, then what is to be scored. */

#include <undertone/score.h>

#include "commands/options.h"

struct ut__voice {
    const struct ut_model *model;
    const struct ut__options *opt;
    struct ut_scorer *scorer; /* NULL until the first file, whose rate is that of all. */
    uint32_t rate_hz;
    double media_s; /* Sound that was heard. */
};

/*
 * Both return 0, or UT_E... after a message that names the file. A speaker belongs to one thread.
 * A calm utterance with too little speech is left out, with a message.
 */
int ut__voice_enrol(struct ut__voice *speaker, const char *path) UT_MUST_CHECK;
int ut__voice_score(struct ut__voice *speaker, const char *path,
                    struct ut_utterance *out) UT_MUST_CHECK;

void ut__voice_end(struct ut__voice *speaker);

#endif
