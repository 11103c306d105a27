# Prints what Praat finds in NAME.TextGrid and NAME.IntensityTier, a fact a line, for exports.py.
form Files
    sentence base
endform
grid = Read from file: base$ + ".TextGrid"
duration = Get total duration
tiers = Get number of tiers
writeInfoLine: "duration", tab$, fixed$ (duration, 3)
for tier to tiers
    name$ = Get tier name: tier
    intervals = Get number of intervals: tier
    for i to intervals
        text$ = Get label of interval: tier, i
        begin = Get start time of interval: tier, i
        finish = Get end time of interval: tier, i
        appendInfoLine: name$, tab$, fixed$ (begin, 3), tab$, fixed$ (finish, 3), tab$, text$
    endfor
endfor
stress = Read from file: base$ + ".IntensityTier"
points = Get number of points
for i to points
    t = Get time from index: i
    v = Get value at index: i
    appendInfoLine: "stress", tab$, fixed$ (t, 3), tab$, fixed$ (v, 1)
endfor
