/* SPDX-License-Identifier: MIT */
#ifndef UT_INGRESS_RAW_H
#define UT_INGRESS_RAW_H

#include "ingress/source.h"

/* The encoding of a name such as "ulaw" or "s16le"; UT__RAW_NONE for others. */
enum ut__raw_encoding ut__raw_encoding_named(const char *name);

/* The names, separated by '|', for messages. Static. */
const char *ut__raw_encoding_names(void);

/* libsndfile's format for headerless sound of this encoding; 0 for UT__RAW_NONE. */
int ut__raw_format(enum ut__raw_encoding encoding);

/*
 * Fills in what the ending of a file name tells of headerless sound: .ulaw .ul .mulaw .pcmu,
 * .alaw .al .pcma, .gsm, .vox, and Asterisk's .sln .sln12 .sln16 ... Values that are set stay.
 * Returns 1 when the ending is one of these or .raw or .pcm.
 */
int ut__raw_from_name(struct ut__source_config *cfg, const char *path);

#endif
