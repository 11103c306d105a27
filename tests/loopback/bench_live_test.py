#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench-live on few calls: everything that is sent is heard, every call ends with its summary. What a
busy machine sends too late is lost: another try. Nothing is left behind, also when it is ended early. Without
--undertone it measures the program of its own build."""
import glob
import json
import os
import signal
import subprocess
import tempfile
import time

from daemon import UNDERTONE
from ports import free_ports
from sound import sample_call

CALLS, TRIES = 5, 3
BENCH = os.path.join(os.environ["UT_BUILD"], "tools", "bench-live")


def start(seconds, tmp, *more):
    return subprocess.Popen([BENCH, "--calls", str(CALLS), "--seconds", str(seconds),
                             "--first-port", str(free_ports(4 * CALLS)), *more, sample_call()],
                            stdout=subprocess.PIPE, env=dict(os.environ, TMPDIR=tmp, PATH="/usr/bin:/bin"))


def measure(tmp):
    bench = start(5, tmp, "--undertone", UNDERTONE)
    out = bench.communicate()[0]
    assert bench.returncode == 0, bench.returncode
    assert os.listdir(tmp) == []
    result = json.loads(out)
    print(result, flush=True)
    assert (result["send_failed"], result["summaries"]) == (0, CALLS), result
    on_time = result["latency_on_time_ms"]["events"]
    assert on_time <= result["events_timed"] and (on_time or result["generator_late_max_ms"] > 20), result
    return result["media_missing_s"]


def end_early(tmp):
    bench = start(60, tmp)
    while not glob.glob(tmp + "/*/undertone.db"):
        assert bench.poll() is None, "bench-live ended by itself"
        time.sleep(0.1)
    bench.send_signal(signal.SIGTERM)
    bench.communicate()
    assert bench.returncode == 128 + signal.SIGTERM, bench.returncode
    assert os.listdir(tmp) == []


def refused(tmp):
    for args, status, said in ((["--bogus", "1"], 2, "usage:"), (["--apart", "--together", "x.wav"], 2, "usage:"),
                               (["no/such.wav"], 1, "no/such.wav: No such file"),
                               (["--undertone", "no/such", sample_call()], 1, "name it with --undertone")):
        r = subprocess.run([BENCH, *args], capture_output=True, text=True, env=dict(os.environ, TMPDIR=tmp))
        assert r.returncode == status and said in r.stderr, (args, r)
    assert os.listdir(tmp) == []


with tempfile.TemporaryDirectory() as tmp:
    refused(tmp)
    assert any(measure(tmp) == 0 for _ in range(TRIES)), "something was lost each time"
    end_early(tmp)
