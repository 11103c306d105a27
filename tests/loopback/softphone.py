# SPDX-License-Identifier: MIT
"""A headless PulseAudio with null sinks, as a softphone's sound on a machine without a card."""
import atexit
import os
import shutil
import subprocess
import tempfile
import time

from patience import PATIENCE_S

PROGRAMS = ("pulseaudio", "paplay", "pactl")


def missing():
    return [p for p in PROGRAMS if not shutil.which(p)]


class Softphone:
    def __init__(self, directory, sinks=("softphone", "headset")):
        self.home = os.path.join(directory, "home")
        # A socket's path holds 107 characters: the build folder may be deeper than that.
        self.run = tempfile.mkdtemp(prefix="ut-")
        atexit.register(shutil.rmtree, self.run, ignore_errors=True)
        os.makedirs(self.home, exist_ok=True)
        self.sinks = sinks
        with open(os.path.join(self.home, ".asoundrc"), "w") as f:
            for pcm, sink in zip(("caller", "agent"), sinks):
                f.write(f'pcm.{pcm} {{ type pulse device "{sink}.monitor" '
                        f'hint {{ show on description "{pcm}" }} }}\n')
        self.env = dict(os.environ, HOME=self.home, XDG_RUNTIME_DIR=self.run,
                        PULSE_RUNTIME_PATH=os.path.join(self.run, "pulse"))
        for name in ("PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS"):
            self.env.pop(name, None)
        self.process = None
        self.start()

    def start(self):
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                   "-L", "module-native-protocol-unix"]
        for sink in self.sinks:
            command += ["-L", f"module-null-sink sink_name={sink} rate=48000 channels=2"]
        end = time.monotonic() + PATIENCE_S
        self.process = None
        while subprocess.run(["pactl", "info"], env=self.env, capture_output=True).returncode:
            if time.monotonic() > end:
                raise AssertionError("pulseaudio does not start")
            if self.process is None or self.process.poll() is not None:
                # A client may knock just while the killed one's socket is taken over: try again.
                with open(os.path.join(self.run, "pulseaudio.log"), "ab") as log:
                    self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
            time.sleep(0.1)

    def play(self, sink, path):
        return subprocess.Popen(["paplay", f"--device={sink}", path], env=self.env)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
