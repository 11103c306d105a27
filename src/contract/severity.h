/* SPDX-License-Identifier: MIT */
#ifndef UT_CONTRACT_SEVERITY_H
#define UT_CONTRACT_SEVERITY_H

#include <string.h>

/*
 * How urgent an alert is: one word that the page, the channels and the rules share. It can rise during an
 * alert's life, when nobody answers, and never falls.
 */

enum ut__severity {
    UT__SEVERITY_LOW,    /* A rule said that it can wait. */
    UT__SEVERITY_MEDIUM, /* A stressed voice. */
    UT__SEVERITY_HIGH, /* A very stressed voice, or nobody has answered in time, or a rule said so. */
    UT__SEVERITIES
};

/* Stress is calibrated: of such moments listeners call this share stressed. An alert is raised by
 * evidence that adds up, at a stress of .6 to .9 as a rule. */
#define UT__SEVERITY_HIGH_STRESS 0.85

/** "low", "medium", "high". Static. */
static inline const char *ut__severity_name(enum ut__severity severity)
{
    static const char *const names[UT__SEVERITIES] = {"low", "medium", "high"};
    return names[(unsigned)severity < UT__SEVERITIES ? severity : UT__SEVERITY_MEDIUM];
}

/** UT__SEVERITIES for a word that is none; NULL is none. */
static inline enum ut__severity ut__severity_named(const char *name)
{
    unsigned i = 0;
    while (i < UT__SEVERITIES &&
           (!name || strcmp(name, ut__severity_name((enum ut__severity)i)) != 0))
        i++;
    return (enum ut__severity)i;
}

/**
 * An alert's severity. said: what the rule said that raised it; UT__SEVERITIES: the voice raised it.
 * stress: at the raise. escalated: nobody answered in time.
 */
static inline enum ut__severity ut__severity_of(enum ut__severity said, double stress,
                                                int escalated)
{
    if (escalated)
        return UT__SEVERITY_HIGH;
    if (said < UT__SEVERITIES)
        return said;
    return stress >= UT__SEVERITY_HIGH_STRESS ? UT__SEVERITY_HIGH : UT__SEVERITY_MEDIUM;
}

#endif
