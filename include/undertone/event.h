/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_EVENT_H
#define UNDERTONE_EVENT_H

/*
 * What a call tells its owner: plain values, no pointers, safe to copy and to hand to another
 * thread. Times are seconds of media time: samples since the call began, whatever the wall clock
 * did.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    UT_REASONS_MAX = 5, /**< An alert names at most this many reasons, strongest first. */
    UT_EPISODES_MAX =
        16, /**< A summary lists at most this many episodes; later ones are counted. */
    UT_ALERT_TEXT_MAX = 320, /**< Bytes of an alert's sentence, the closing NUL included, */
    UT_NOTE_TEXT_MAX = 120,  /**< and of a note's. */
    UT_RULE_NAME_MAX = 48,   /**< Of the name of an operator's rule, with NUL. */
    UT_FACTS_MAX = 5,        /**< An alert of a rule names at most so many facts. */
    UT_PHRASES_MAX = 5,      /**< An alert names at most so many phrases of the caller, */
    UT_PHRASE_MAX = 64       /**< of so many bytes each, the closing NUL included. */
};

enum ut_event_type {
    UT_EVENT_SCORE = 1, /**< Once a second of media time. */
    UT_EVENT_ALERT,     /**< The alert was raised or cleared. */
    UT_EVENT_NOTE,      /**< What makes the call less than it could be: each kind once. */
    UT_EVENT_TURNS,     /**< Turn-taking of the whole call, once, before the summary. */
    UT_EVENT_SUMMARY    /**< The last event of a call. */
};

/** How the caller sounds now. */
enum ut_state {
    UT_STATE_ABSTAIN, /**< No score can be given; `why` says why. */
    UT_STATE_CALM,
    UT_STATE_ELEVATED, /**< Above the caller's usual, not enough for an alert. */
    UT_STATE_ALERT     /**< An alert stands. */
};

/** Why there is no score. One reason is told, the first of those that apply in this order. */
enum ut_why {
    UT_WHY_NONE = 0,
    UT_WHY_ROLE,     /**< Nobody said which channel the caller is on. */
    UT_WHY_SPEECH,   /**< Too little caller speech so far, or too long ago. */
    UT_WHY_GAP,      /**< Too many samples were lost on the way. */
    UT_WHY_MUSIC,    /**< Music or a steady tone, such as on hold. */
    UT_WHY_CLIPPING, /**< The recording is overdriven. */
    UT_WHY_NOISE,    /**< The noise is too near to the voice. */
    UT_WHY_RATE,     /**< The samples come at another rate than was said; told before all others. */
    UT_WHY_COUNT
};

/** Who speaks. */
enum ut_talk { UT_TALK_NONE, UT_TALK_CALLER, UT_TALK_AGENT, UT_TALK_BOTH };

/** What can raise a score, in words that a person knows. */
enum ut_reason_kind {
    UT_REASON_F0,        /**< Pitch, semitones above the caller's own. */
    UT_REASON_EFFORT,    /**< Vocal effort, dB of spectral balance above the caller's own. */
    UT_REASON_RATE,      /**< Speaking rate, syllables a second above the caller's own. */
    UT_REASON_HARSHNESS, /**< Rough or pressed voice: dB of harmonicity below the caller's own. */
    UT_REASON_VARIATION, /**< Livelier melody and loudness: semitones of F0 spread above the own. */
    UT_REASON_COUNT
};

/** The caller's score at one moment. */
struct ut_score {
    double t_s;    /**< End of the second that the score is about. */
    float stress;  /**< 0..1, calibrated: the share of such moments that listeners call stressed. */
    float arousal; /**< 0 sleepy .. 1 agitated. */
    float valence; /**< -1 displeased .. 1 pleased. The voice tells little of it. */
    float confidence; /**< 0..1, falls with little speech, noise and loss. */
    float level_dbfs; /**< Mean level of the caller's channel in the second, -120..0. */
    float speech_s;   /**< Seconds of caller speech so far. */
    enum ut_state state;
    enum ut_why why;   /**< UT_WHY_NONE unless state is UT_STATE_ABSTAIN. */
    enum ut_talk talk; /**< Who spoke during most of the second. */
    uint8_t has_delta; /**< 1: delta holds; 0 while abstaining or before a baseline is learnt. */
    float delta[UT_REASON_COUNT]; /**< By enum ut_reason_kind, in its unit, against the caller's own
                                     baseline; signed, smoothed as the reasons of an alert are. */
    float evidence; /**< 0..1: the highest that the alert rule saw in the second; 0: it saw none. */
    /* Of what the caller said; a call by itself knows no words. */
    uint8_t has_words; /**< 1: some line of the caller was judged, and words holds. */
    float words;       /**< 0..1: the evidence of charged phrases now. */
};

struct ut_reason {
    enum ut_reason_kind kind;
    float delta; /**< In the unit of the kind, against the caller's own baseline; signed. */
    float share; /**< 0..1 of what raised the score; the shares of an alert sum to 1. */
};

/** A charged phrase that speaks for an alert. */
struct ut_phrase {
    char text[UT_PHRASE_MAX]; /**< As it was said, masked and cut; NUL-terminated UTF-8. */
    uint8_t kind;             /**< enum ut_words_kind of undertone/words.h. */
    float share;              /**< 0..1; with the shares of the reasons they sum to 1. */
};

/** What an operator's rule can look at. All of it is about the call, none about the agent. */
enum ut_fact_kind {
    UT_FACT_STRESS,  /**< The caller's stress now, 0..1. */
    UT_FACT_RISE,    /**< Mean stress of the last 10 s above that of 10 s a minute before, -1..1. */
    UT_FACT_SILENCE, /**< Seconds that nobody has spoken. */
    UT_FACT_OVERTALK,   /**< Share of the last minute in which both spoke, 0..1. */
    UT_FACT_HOLD,       /**< Seconds on hold. */
    UT_FACT_LENGTH,     /**< Seconds since the call began. */
    UT_FACT_UNANSWERED, /**< Seconds since the agent's side was heard last, hold apart. */
    UT_FACT_RETURNING,  /**< Earlier calls of this caller in which there was an alert. */
    UT_FACT_WORDS,      /**< 1: an alert of charged words stands. */
    UT_FACT_SAID,       /**< 1: a charged phrase was said in the last minute; phrases has it. */
    UT_FACT_COUNT
};

struct ut_fact {
    enum ut_fact_kind kind;
    float value;
};

/** What a rule says of its alerts. */
enum ut_rule_severity {
    UT_RULE_NONE, /**< The voice or words raised it. */
    UT_RULE_LOW,
    UT_RULE_MEDIUM,
    UT_RULE_HIGH
};

enum ut_alert_action { UT_ALERT_RAISED, UT_ALERT_CLEARED };

struct ut_alert_event {
    double t_s;
    uint32_t n; /**< 1, 2, ... within the call; raise and clear of one episode share it. */
    enum ut_alert_action action;
    float stress;
    float for_s; /**< Seconds since the episode's onset. */
    uint32_t reason_count;
    struct ut_reason reasons[UT_REASONS_MAX];
    char text[UT_ALERT_TEXT_MAX]; /**< The reasons as an English sentence, NUL-terminated UTF-8. */
    /* Of an alert that an operator's rule raised; a call by itself raises none. */
    char rule[UT_RULE_NAME_MAX]; /**< The rule's name; "": the voice or words raised it. */
    enum ut_rule_severity severity;
    /* What was said: of an alert of words, or beside the voice's reasons. */
    uint8_t of_words; /**< 1: words raised it, and stress is their evidence. */
    uint32_t phrase_count;
    struct ut_phrase phrases[UT_PHRASES_MAX]; /**< Strongest first. */
    int unscored; /**< 1: the caller had no score then; stress is 0 and means nothing. */
    uint32_t fact_count;
    struct ut_fact facts[UT_FACTS_MAX]; /**< What made the rule true. */
};

/** What an operator can mend. */
enum ut_note_kind {
    UT_NOTE_ECHO,   /**< The agent is heard in the caller's channel: kept out of the score. */
    UT_NOTE_MIXTURE /**< Both channels carry the same sound: not scored while they do. */
};

struct ut_note {
    double t_s;
    enum ut_note_kind kind;
    float level_db; /**< UT_NOTE_ECHO: level of the echo over the agent's, below 0; else 0. */
    char text[UT_NOTE_TEXT_MAX]; /**< In English, NUL-terminated UTF-8. */
};

/**
 * Turn-taking, in seconds and counts; src/call/TURNS.md has the rules. Without an agent channel nothing is known of turns: the
 * caller's speech is one, silence is the caller's, and the agent's values and listening_ratio are
 * 0.
 */
struct ut_turns {
    double t_s;
    float caller_talk_s, agent_talk_s;
    float talk_over_s; /**< Both spoke. */
    float silence_s;   /**< Nobody spoke. */
    float longest_silence_s;
    float listening_ratio; /**< Share of all speech that was the caller's, 0..1. */
    uint32_t caller_turns, agent_turns;
    uint32_t
        caller_interruptions; /**< The caller began while the agent spoke, and took the turn. */
    uint32_t agent_interruptions;
    uint32_t long_silences; /**< Silences of 3 s or more. */
};

struct ut_episode {
    float onset_s, peak_s, end_s, peak;
};

struct ut_summary {
    double duration_s;
    float caller_speech_s;
    float peak, peak_t_s;
    float end;      /**< Mean stress of the caller's last 5 s of scored speech. */
    float peak_end; /**< (peak + end) / 2: the peak-end rule of Kahneman and others (1993). */
    float recovery; /**< (peak - end) / peak, 0..1; 0 when there was no peak. */
    float abstain_s;
    int scored;      /**< 0: nothing could be scored; peak, end, ... are 0 and mean nothing. */
    enum ut_why why; /**< Why nothing could be scored. */
    uint32_t alerts;
    uint32_t episode_count; /**< May exceed UT_EPISODES_MAX; then the first ones are listed. */
    struct ut_episode episodes[UT_EPISODES_MAX];
};

/** One event. `type` says which member of the union holds it. */
struct ut_event {
    enum ut_event_type type;
    union {
        struct ut_score score;
        struct ut_alert_event alert;
        struct ut_note note;
        struct ut_turns turns;
        struct ut_summary summary;
    } u;
};

/** sizeof(struct ut_event) of the library that is linked: for bindings, and for a program that was
 * built with another one. Any thread. */
size_t ut_event_size(void);

/** The lower-case name used in JSON: "calm", "music", "f0", ...; "unknown" for any other value.
 * Static, never NULL; any thread. */
const char *ut_state_name(enum ut_state state);
const char *ut_why_name(enum ut_why why);
const char *ut_talk_name(enum ut_talk talk);
const char *ut_reason_name(enum ut_reason_kind kind);
const char *ut_note_name(enum ut_note_kind kind);
const char *ut_fact_name(enum ut_fact_kind kind);
/** The unit of a reason's delta: "semitones", "dB", "syll/s". Static; any thread. */
const char *ut_reason_unit(enum ut_reason_kind kind);

#ifdef __cplusplus
}
#endif

#endif
