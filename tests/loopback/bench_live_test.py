#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench-live on few calls: everything that is sent is heard, every call ends with its summary. What a
busy machine sends too late is lost: another try."""
import json
import os
import subprocess

from daemon import UNDERTONE
from ports import free_ports
from sound import sample_call

CALLS, TRIES = 5, 3


def measure():
    done = subprocess.run([os.path.join(os.environ["UT_BUILD"], "tools", "bench-live"), "--calls", str(CALLS),
                           "--seconds", "5", "--first-port", str(free_ports(4 * CALLS)), "--undertone",
                           UNDERTONE, sample_call()], stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    print(result, flush=True)
    assert (result["send_failed"], result["summaries"]) == (0, CALLS), result
    return result["media_missing_s"]


assert any(measure() == 0 for _ in range(TRIES)), "something was lost each time"
