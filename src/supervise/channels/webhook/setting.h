/* SPDX-License-Identifier: MIT */
#ifndef UT_SUPERVISE_CHANNELS_WEBHOOK_SETTING_H
#define UT_SUPERVISE_CHANNELS_WEBHOOK_SETTING_H

#include "supervise/supervise.h"

/* A webhook's setting, read. Texts are owned; ut__serve_webhook_clear releases them. */
struct ut__serve_webhook {
    char *url, *secret, *ca_file, *own;
    enum ut__webhook_template template;
    uint32_t actions;
};

/**
 * Reads "URL[,template=json|slack|teams|text|FILE][,on=raised+cleared][,secret-file=F][,ca=F]".
 * The secret comes from a file, so that it is on no command line; its last line end is cut off.
 * why: a sentence with the remedy on failure. Returns 0, UT_EINVAL or UT_ENOMEM. Reads files.
 */
int ut__serve_webhook_read(struct ut__serve_webhook *out, const char *text, char *why,
                           size_t why_cap) UT_MUST_CHECK;
void ut__serve_webhook_clear(struct ut__serve_webhook *w);

/** Reads it for --check-config, and checks address and template. Returns 0 or an error. */
int ut__serve_check_webhook(const char *text, char *why, size_t why_cap);

#endif
