/* SPDX-License-Identifier: MIT */
#ifndef UNDERTONE_MODEL_H
#define UNDERTONE_MODEL_H

/*
 * A trained model: read-only, loaded once, shared by all calls of all threads; it outlives every
 * call that was created from it.
 */

#include <stddef.h>
#include <stdint.h>

#include <undertone/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ut_model;

/**
 * Opens a model that lies in memory, such as a mapped file.
 *
 * out: receives the model; untouched on failure.
 * bytes: [len_bytes], borrowed for the call: the weights are copied; any alignment; hostile input
 * is fine. Returns 0; UT_EINVAL for NULL; UT_EMAGIC, UT_EVERSION, UT_ECHECKSUM, UT_EFEATURESET,
 * UT_ESHAPE, UT_ETRUNCATED or UT_EMALFORMED for a file that cannot be used, each before anything of
 * it is used; UT_ENOMEM. Allocates. Plans FFTs with FFTW, whose planner is not thread-safe: call it
 * from one thread at a time, and not while another thread plans FFTs.
 */
int ut_model_create(struct ut_model **out, const uint8_t *bytes, size_t len_bytes) UT_MUST_CHECK;

/** As ut_model_create, for the model that is built into the library. */
int ut_model_create_default(struct ut_model **out) UT_MUST_CHECK;

/** Releases a model; NULL is fine. No call may use it any more. Same threads as ut_model_create. */
void ut_model_destroy(struct ut_model *model);

/** A short name and version of the model, such as "undertone-2026.11 a1b2c3d4". Owned by the model.
 */
const char *ut_model_name(const struct ut_model *model);

/**
 * The alert threshold for a budget of false alerts.
 *
 * false_alerts_per_100h: allowed false alerts in a hundred hours of calls, > 0.
 * Returns the threshold on the alert rule's evidence, interpolated in the table that was fitted
 * when the model was made, clamped to its ends, and never above ut_model_evidence_max(). Any
 * thread; no allocation.
 */
float ut_model_threshold(const struct ut_model *model, float false_alerts_per_100h);

/**
 * Where the alert rule's evidence ends, 0..1: a caller who sounds as stressed as can be, for ever,
 * comes as near to it as one likes and never above. An alert threshold above it would never alert:
 * ut_call_create refuses it.
 *
 * Each half second of speech the belief p that the caller is stressed first leaks,
 * q = p (1 - down) + (1 - p) up, and then its odds grow by k = exp(weight cap) at most. The end is
 * where both cancel out, p / (1 - p) = k q / (1 - q), or where the filter stops in any case, at log
 * odds of 12. weight, cap, up and down are the model's. Any thread; no allocation.
 */
float ut_model_evidence_max(const struct ut_model *model);

#ifdef __cplusplus
}
#endif

#endif
