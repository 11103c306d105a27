/* SPDX-License-Identifier: MIT */
/* Which channel is whose. The law asks for care: an agent is never scored, a mixture neither. */

#define _POSIX_C_SOURCE 200809L /* stat. */

#include "commands/role_option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { COMPARE_S = 60 };
#define AUDIBLE 1e-3f /* -60 dBFS: below, channels may well be the same by being empty. */

static int by_options(struct ut__roles *roles, const struct ut__options *opt,
                      const struct ut__source_info *info, struct ut__source_message *msg)
{
    uint32_t n = info->channels;
    if (opt->caller_channel > n || opt->agent_channel > n)
        return ut__source_say(msg, UT_EINVAL,
                              "has %u channel%s, and --%s-channel %u asks for another", (unsigned)n,
                              n == 1 ? "" : "s", opt->caller_channel > n ? "caller" : "agent",
                              opt->caller_channel > n ? opt->caller_channel : opt->agent_channel);
    roles->caller = opt->caller_channel ? opt->caller_channel : info->caller ? info->caller : 1;
    roles->agent = opt->agent_channel ? opt->agent_channel : info->agent;
    if (!opt->agent_channel && (roles->agent == 0 || roles->agent == roles->caller))
        roles->agent = n == 2 ? 3 - roles->caller : 0;
    if (opt->no_agent)
        roles->agent = 0;
    if (roles->agent == roles->caller)
        return ut__source_say(
            msg, UT_EINVAL,
            "says itself that channel %u is the caller's, and --agent-channel asks for "
            "it; say --caller-channel as well",
            (unsigned)roles->caller);
    return 0;
}

int ut__roles_decide(struct ut__roles *roles, const struct ut__options *opt,
                     const struct ut__source_info *info, struct ut__source_message *msg)
{
    const struct ut__roles nobody = {.agent = opt->agent_channel};
    *roles = nobody;
    msg->text[0] = '\0';
    int err = by_options(roles, opt, info, msg);
    if (err)
        return err;
    if (info->channels == 1 && !opt->mono_is_caller && info->caller != 1) {
        *roles = nobody;
        ut__source_say(msg, 0,
                       "has one channel and nobody said whose: not scored; if it holds the caller "
                       "alone, say --mono-is caller");
    }
    if (info->is_mixed) {
        *roles = nobody;
        ut__source_say(msg, 0,
                       "has both people on its one line, says its recording metadata: not scored; "
                       "have the recorder send a line for each");
    }
    if (info->channels == 2 && info->roles_unknown && !opt->caller_channel) {
        *roles = nobody;
        ut__source_say(msg, 0,
                       "has two voices and nothing in it says whose: not scored; say which is the "
                       "caller's with --caller-channel 1 or 2");
    }
    return 0;
}

/* A block of one channel, kept until the other one's comes. */
struct comparison {
    float kept[UT_SOURCE_BLOCK_MS * UT_RATE_MAX_HZ / 1000];
    size_t n;
    float peak;
};

static int differ(struct comparison *c, const struct ut__source_block *block)
{
    if (block->n != c->n || !block->pcm)
        return 1;
    for (size_t i = 0; i < c->n; i++) {
        if (fabsf(block->pcm[i] - c->kept[i]) > 0)
            return 1;
        c->peak = fmaxf(c->peak, fabsf(c->kept[i]));
    }
    return 0;
}

int ut__roles_same_sound(const char *path, const struct ut__source_config *cfg,
                         const struct ut__roles *roles)
{
    struct ut__source src;
    struct ut__source_message msg;
    struct ut__source_block block;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return 0; /* What comes through a pipe comes once. */
    struct comparison *c = calloc(1, sizeof *c);
    if (!c || ut__source_open(&src, path, cfg, &msg) != 0) {
        free(c);
        return 0;
    }
    uint32_t first = roles->caller < roles->agent ? roles->caller : roles->agent;
    uint32_t second = roles->caller < roles->agent ? roles->agent : roles->caller;
    uint64_t left = (uint64_t)COMPARE_S * src.info.rate_hz[0];
    int same = 1;
    while (same && left > 0 && src.read(src.state, &block, &msg) == 1) {
        if (block.channel + 1 == first && block.pcm &&
            block.n <= sizeof c->kept / sizeof c->kept[0]) {
            memcpy(c->kept, block.pcm, block.n * sizeof c->kept[0]);
            c->n = block.n;
            left -= block.n < left ? block.n : left;
        } else if (block.channel + 1 == second) {
            same = !differ(c, &block);
        }
    }
    ut__source_close(&src);
    same = same && c->peak > AUDIBLE;
    free(c);
    return same;
}
