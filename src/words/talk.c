/* SPDX-License-Identifier: MIT */
/* How charged a conversation is: the lines before fade, each new one adds to what is left. */

#include <math.h>

#include <undertone/words.h>

static const double HALF_LIFE_S = 120;

float ut_words_talk_at(const struct ut_words_talk *talk, double t_s)
{
    double gone = t_s - talk->t_s;
    return gone > 0 ? (float)((double)talk->evidence * exp2(-gone / HALF_LIFE_S)) : talk->evidence;
}

float ut_words_talk_add(struct ut_words_talk *talk, double t_s, float score)
{
    float left = ut_words_talk_at(talk, t_s);
    if (t_s > talk->t_s)
        talk->t_s = t_s;
    talk->evidence = 1 - (1 - left) * (1 - score);
    return talk->evidence;
}
