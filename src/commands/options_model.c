/* SPDX-License-Identifier: MIT */
/* The model that the options name. */

#include <stdlib.h>
#include <string.h>

#include "base/slurp.h"
#include "commands/options.h"
#include "terminal/command.h"
#include "terminal/message.h"
#include "terminal/site_file.h"
#include "terminal/threshold.h"

enum { MODEL_BYTES_MAX = 64 << 20 };

/* Whether the other options go with the model; gives it the site's profile. */
static int fits(const struct ut__options *opt, struct ut_model *model)
{
    char why[200];
    if (ut__threshold_check(model, (double)opt->threshold, "--", why, sizeof why) != 0) {
        ut__message(NULL, "%s", why);
        return UT__EXIT_USAGE;
    }
    if (!opt->site_path || ut__site_file_use(model, opt->site_path, why, sizeof why) == 0)
        return 0;
    ut__message(opt->site_path, "%s", why);
    return UT__EXIT_USAGE;
}

int ut__options_model(const struct ut__options *opt, struct ut_model **model, void **bytes,
                      struct ut_alert_config *alert)
{
    *bytes = NULL;
    if (opt->model_path) {
        char *data = NULL;
        size_t len;
        int err = ut__slurp(&data, &len, opt->model_path, MODEL_BYTES_MAX);
        if (err) {
            ut__message(opt->model_path,
                        "the model cannot be read: %s; check --model, or leave it out to use the "
                        "built-in model",
                        strerror(err));
            return UT__EXIT_USAGE;
        }
        err = ut_model_create(model, (const uint8_t *)data, len);
        if (err) {
            ut__message(opt->model_path,
                        "no usable model: %s; get the file anew, or leave --model out to use the "
                        "built-in one",
                        ut_strerror(err));
            free(data);
            return UT__EXIT_USAGE;
        }
        *bytes = data;
    } else {
        int err = ut_model_create_default(model);
        if (err) {
            ut__message(NULL, "the built-in model cannot be set up: %s", ut_strerror(err));
            return UT__EXIT_FAILED;
        }
    }
    int status = fits(opt, *model);
    if (status != 0) {
        ut_model_destroy(*model);
        *model = NULL;
        free(*bytes);
        *bytes = NULL;
        return status;
    }
    *alert = ut_alert_config_default();
    if (opt->threshold > 0)
        alert->threshold = opt->threshold;
    else if (opt->budget_per_100h > 0)
        alert->threshold = ut_model_threshold(*model, opt->budget_per_100h);
    return 0;
}
