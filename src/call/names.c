/* SPDX-License-Identifier: MIT */
/* Names of the event enums, as they stand in JSON. */

#include <undertone/event.h>

const char *ut_state_name(enum ut_state state)
{
    switch (state) {
    case UT_STATE_ABSTAIN:
        return "abstain";
    case UT_STATE_CALM:
        return "calm";
    case UT_STATE_ELEVATED:
        return "elevated";
    case UT_STATE_ALERT:
        return "alert";
    }
    return "unknown";
}

const char *ut_why_name(enum ut_why why)
{
    switch (why) {
    case UT_WHY_NONE:
        return "none";
    case UT_WHY_ROLE:
        return "role";
    case UT_WHY_SPEECH:
        return "speech";
    case UT_WHY_GAP:
        return "gap";
    case UT_WHY_MUSIC:
        return "music";
    case UT_WHY_CLIPPING:
        return "clipping";
    case UT_WHY_NOISE:
        return "noise";
    case UT_WHY_RATE:
        return "rate";
    case UT_WHY_COUNT:
        break;
    }
    return "unknown";
}

const char *ut_talk_name(enum ut_talk talk)
{
    switch (talk) {
    case UT_TALK_NONE:
        return "none";
    case UT_TALK_CALLER:
        return "caller";
    case UT_TALK_AGENT:
        return "agent";
    case UT_TALK_BOTH:
        return "both";
    }
    return "unknown";
}

const char *ut_reason_name(enum ut_reason_kind kind)
{
    switch (kind) {
    case UT_REASON_F0:
        return "f0";
    case UT_REASON_EFFORT:
        return "effort";
    case UT_REASON_RATE:
        return "rate";
    case UT_REASON_HARSHNESS:
        return "harshness";
    case UT_REASON_VARIATION:
        return "variation";
    case UT_REASON_COUNT:
        break;
    }
    return "unknown";
}

const char *ut_note_name(enum ut_note_kind kind)
{
    switch (kind) {
    case UT_NOTE_ECHO:
        return "echo";
    case UT_NOTE_MIXTURE:
        return "mixture";
    }
    return "unknown";
}

const char *ut_reason_unit(enum ut_reason_kind kind)
{
    switch (kind) {
    case UT_REASON_F0:
    case UT_REASON_VARIATION:
        return "semitones";
    case UT_REASON_EFFORT:
    case UT_REASON_HARSHNESS:
        return "dB";
    case UT_REASON_RATE:
        return "syll/s";
    case UT_REASON_COUNT:
        break;
    }
    return "unknown";
}
