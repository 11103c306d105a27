# SPDX-License-Identifier: MIT
"""The filter over time of src/stress/stress.c and the rule of src/alert/rule.c over many calls at once, and
the search for the filter's constants."""
import warnings

import numpy as np

BELIEF_MAX, USUAL_MEMORY, USUAL_KEPT = 12, 60, 20   # stress.c, baseline.c
LEAD, LEAD_UNTIL = 0.5, 24                          # filter.c
HOLD_OFF_S, CLEAR_UPDATES = 10, 2                   # rule.c, with 1 s of speech at two updates a second
CLEAR = 0.0                                         # log odds
WITHIN_S = 10                                       # caller speech after onset in which an alert is in time
THRESHOLDS = np.arange(-1, 8, 0.15)                 # log odds of evidence
LIMITS = (0.5, 1, 2)                                # false alerts an hour at which filters are compared
FEAR = 0.5                                          # what a share of alerted fear counts beside one of anger
SHIFTS = np.arange(-1, 1.01, 0.25)                  # filter.c
END_MIN = 0.995                                     # of evidence, so that thresholds have room
NEAR_ALLOWED = 1.0                                  # an hour: of them .3 are alerts
SITE_UPDATES = 10                                   # UT_SITE_CALL_MIN_S
ORDINARY_LIMIT = 0.35                               # and on ordinary calls
SPANS = {  # of the search: from, to, and whether by ratio
    "evidence_weight": (0.1, 1.0, True), "evidence_bias": (-0.5, 2.5, False), "evidence_cap": (0.5, 8, True),
    "rate_up": (3e-4, 0.03, True), "rate_down": (3e-3, 0.1, True), "own_share": (0, 1.2, False),
    "own_count": (1, 30, True), "stranger_bias": (-0.5, 1, False)}


class Calls:
    """Calls and what a model said of them: said[file] holds rows of time, speech, logit (updates)."""

    def __init__(self, rows, said):
        self.count = np.array([len(said[r["file"]]) for r in rows])
        table = np.full((3, len(rows), max(1, self.count.max(initial=0))), np.nan)
        for i, r in enumerate(rows):
            table[:, i, :self.count[i]] = said[r["file"]].T
        self.time, self.speech, self.logit = table
        self.onset = np.array([float(r["onset_s"] or "inf") for r in rows])
        self.control = ~np.isfinite(self.onset)
        # Escalations, first words and returns count alike, however many there are of each, and fear half.
        kind = [(r["kind"] if r["kind"] in ("first", "returning") else "", r.get("emotion", "")) for r in rows]
        due = {k: kind.count(k) for k, c in zip(kind, self.control) if not c}
        part = {k: FEAR if k[1] == "fear" else 1 for k in due}
        self.weight = np.array([0 if c else part[k] / due[k] / sum(part.values()) for k, c in zip(kind, self.control)])
        at = {r["file"]: i for i, r in enumerate(rows)}
        self.before = np.array([at[r["before"]] if r.get("before") else -1 for r in rows])
        self.begun = np.array([np.interp(o, np.r_[0, said[r["file"]][:, 0]], np.r_[0, said[r["file"]][:, 1]])
                               if n and np.isfinite(o) else 0 for r, o, n in zip(rows, self.onset, self.count)])
        self.calm_s = np.array([float(r["duration_s"]) if c else o for r, c, o in zip(rows, self.control, self.onset)])
        # Every alert is false in controls, before onsets and in calm calls; these, in which next to none is
        # ever raised, must not thin the rate.
        counted = np.array([r["kind"] not in ("calm", "again") for r in rows])
        self.hours = self.calm_s[counted].sum() / 3600


def usual_of(calls, t):
    """What is usual for those who are known from the call before: log odds, and updates that they rest on."""
    known = calls.before >= 0
    if not known.any():
        return np.zeros(len(known)), np.zeros(len(known))
    _, usual, count = follow(calls, t, np.zeros(len(known)), np.zeros(len(known)))
    return np.where(known, usual[calls.before], 0), np.where(known, np.minimum(count[calls.before], USUAL_KEPT), 0)


def believe(calls, t):
    """Log odds of evidence, [calls][updates]; -inf behind a call's end."""
    return follow(calls, t, *usual_of(calls, t))[0]


def follow(calls, t, usual, count):
    """As believe, from what is usual on; and what is usual in the end."""
    n, steps = calls.logit.shape
    b, out = np.full(n, np.log(t["rate_up"] / t["rate_down"])), np.full((n, steps), -np.inf)
    returns = count > 0
    for i in range(steps):
        ok = calls.count > i
        logit = np.where(ok, calls.logit[:, i], 0)
        p = 1 / (1 + np.exp(-b))
        p = p * (1 - t["rate_down"]) + (1 - p) * t["rate_up"]
        own = (t["own_prior"] * t["own_count"] + usual * count) / (t["own_count"] + count)
        bias = t["evidence_bias"] + t["stranger_bias"] * t["own_count"] / (t["own_count"] + count)
        lead = np.where(returns, LEAD * max(0, 1 - i / LEAD_UNTIL), 0)
        above = np.clip(logit + lead + t.get("shift", 0) - t["own_share"] * own - bias, -t["evidence_cap"], t["evidence_cap"])
        b = np.where(ok, np.clip(np.log(p / (1 - p)) + t["evidence_weight"] * above, -BELIEF_MAX, BELIEF_MAX), b)
        out[ok, i] = b[ok]
        calm = np.where(ok, (1 / (1 + np.exp(b))) ** 2, 0)
        usual = usual + calm / np.maximum(count + calm, 1e-9) * (logit - usual)
        count = np.minimum(count + calm, USUAL_MEMORY)
    return out, usual, count


def measure(calls, beliefs, thresholds=THRESHOLDS):
    """Per threshold: share alerted in time, false alerts, median delay in seconds of speech."""
    n, k = len(calls.count), len(thresholds)
    standing, calm, cleared = np.zeros((n, k), bool), np.zeros((n, k), int), np.full((n, k), -np.inf)
    false, delay = np.zeros((n, k), int), np.full((n, k), np.nan)
    for i in range(beliefs.shape[1]):
        ok = (calls.count > i)[:, None]
        x, t = beliefs[:, i][:, None], np.where(ok, calls.time[:, i][:, None], 0)
        raised = ok & ~standing & (x >= thresholds) & (t - cleared >= HOLD_OFF_S)
        early = t < calls.onset[:, None]
        since = calls.speech[:, i][:, None] - calls.begun[:, None]
        false += raised & early
        delay = np.where(raised & ~early & np.isnan(delay) & (since <= WITHIN_S), since, delay)
        calm = np.where(ok & standing, np.where(x >= CLEAR, 0, calm + 1), 0)
        done = standing & (calm >= CLEAR_UPDATES)
        cleared = np.where(done, t, cleared)
        standing = (standing | raised) & ~done
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # No alert at all: no delay.
        median = np.nanmedian(delay[~calls.control], 0) if (~calls.control).any() else np.full(k, np.nan)
        share = calls.weight @ ~np.isnan(delay)
    return share, false.sum(0), median


def best_at(share, rate, limit):
    return max([s for s, r in zip(share, rate) if r <= limit], default=0)


def evidence_end(t):
    """Where evidence ends, as ut_model_evidence_max says."""
    k, r = np.exp(t["evidence_weight"] * t["evidence_cap"]), 1 - t["rate_up"] - t["rate_down"]
    a, b, c = (k - 1) * r, 1 + (k - 1) * t["rate_up"] - k * r, -k * t["rate_up"]
    return (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)


def value(groups, ordinary, hours, tune):
    """What search raises: shares alerted, by corpus and at one threshold for all; and that threshold's curve."""
    each = [measure(g, believe(g, tune)) for g in groups]
    rates = [false / g.hours for (_, false, _), g in zip(each, groups)]
    apart = np.mean([best_at(e[0], r, limit) for e, r in zip(each, rates) for limit in LIMITS])
    share, rate = np.mean([e[0] for e in each], 0), np.mean(rates, 0)
    if ordinary is not None:
        rate = np.where(measure(ordinary, believe(ordinary, tune))[1] / hours > ORDINARY_LIMIT, np.inf, rate)
    return apart + np.mean([best_at(share, rate, limit) for limit in LIMITS]), share, rate


def search(groups, ordinary, hours, tune, trials=400, seed=1):
    """Random search from tune on: anywhere or near the best, many constants at first, then few."""
    rng = np.random.default_rng(seed)
    best, found = value(groups, ordinary, hours, tune)[0], dict(tune)
    for trial in range(trials):
        t = dict(found)
        for key, (low, high, ratio) in SPANS.items():
            if rng.random() < (0.7 if trial < trials // 4 else 0.3):
                low, high, at = (np.log(low), np.log(high), np.log(t[key])) if ratio else (low, high, t[key])
                near = np.clip(rng.normal(at, 0.1 * (high - low)), low, high)
                x = rng.uniform(low, high) if rng.random() < 0.3 else near
                t[key] = float(np.exp(x) if ratio else x)
        if evidence_end(t) < END_MIN:
            continue
        v = value(groups, ordinary, hours, t)[0]
        if v > best:
            best, found = v, t
            print(f"filter {trial} {v:.3f}", {k: round(t[k], 4) for k in SPANS}, flush=True)
    return found


def threshold_of(groups, ordinary, hours, tune, limit):
    """The lowest threshold, as a probability, with at most limit false alerts an hour on the mean of the groups."""
    _, _, rate = value(groups, ordinary, hours, tune)
    at = [x for x, r in zip(THRESHOLDS, rate) if r <= limit]
    return float(1 / (1 + np.exp(-(at[0] if at else THRESHOLDS[-1]))))


def near_alerts(calls, tune):
    """For each shift of SHIFTS, how near calls may come to alerts, an hour: what site.c holds a site's calls against.
    At none it is NEAR_ALLOWED; with the shift it rises as on these calls."""
    alert, told = tune["threshold"] / (1 - tune["threshold"]), calls.count >= SITE_UPDATES
    begin = tune["rate_up"] / tune["rate_down"]
    odds = [np.exp(believe(calls, {**tune, "shift": x})[told].max(1)) for x in SHIFTS]
    near = [np.clip((o - begin) / (alert - begin), 0, 1).sum() for o in odds]
    near = np.maximum.accumulate(np.maximum(near, 1e-6))
    return NEAR_ALLOWED * near / near[len(near) // 2]
