# SPDX-License-Identifier: MIT
"""Real telephone software for the tests, from Debian's packages, on 127.0.0.1."""
import os
import re
import shutil
import socket
import subprocess
import time

from sip_client import free_port

BARESIP = """poll_method epoll
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
audio_source aufile,{wav}
audio_player aufile,{out}
audio_srate 8000-48000
audio_channels 1-2
rtp_ports {rtp}-{rtp_end}
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module aufile.so
module srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
"""


def need(*programs):
    """Ends the test as skipped when a peer is not installed: tools/test installs them."""
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: {program} is not installed; tools/test installs it")
            raise SystemExit(77)


def certificate(path):
    """A key and a certificate of its own, in one PEM file."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-keyout", path, "-out", path + ".crt"], check=True,
                   capture_output=True)
    with open(path, "a") as f, open(path + ".crt") as c:
        f.write(c.read())


class Baresip:
    """A softphone that calls `uri` and plays a file; it hangs up when the file ends."""

    def __init__(self, name, uri, wav, codec, rtp, account=""):
        os.makedirs(name, exist_ok=True)
        port = free_port()
        with open(f"{name}/config", "w") as f:
            f.write(BARESIP.format(port=port, wav=wav, out=f"{name}/out.wav", rtp=rtp,
                                   rtp_end=rtp + 20))
        with open(f"{name}/accounts", "w") as f:
            f.write(f"<sip:phone-{name}@127.0.0.1:{port}>;regint=0;audio_codecs={codec}{account}\n")
        self.log = open(f"{name}/log", "wb")
        self.process = subprocess.Popen(["baresip", "-f", name, "-t", "100", "-e", f"/dial {uri}"],
                                        stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def encode(o):
    if isinstance(o, int):
        return b"i%de" % o
    if isinstance(o, str):
        o = o.encode()
    if isinstance(o, bytes):
        return b"%d:" % len(o) + o
    if isinstance(o, list):
        return b"l" + b"".join(map(encode, o)) + b"e"
    return b"d" + b"".join(encode(k) + encode(o[k]) for k in sorted(o)) + b"e"


class Rtpengine:
    """rtpengine without kernel module, and a proxy's end of its NG protocol."""

    def __init__(self, name="rtpengine"):
        os.makedirs(name, exist_ok=True)
        self.port = free_port()
        low = 23000 + 100 * (os.getpid() % 20)
        self.log = open(f"{name}/log", "wb")
        self.process = subprocess.Popen(
            ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--table=-1",
             "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.port}", f"--port-min={low}",
             f"--port-max={low + 100}", f"--pidfile={name}/pid", "--num-threads=1"],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.cookie = 0
        for _ in range(50):
            if b"pong" in self.ask(command="ping"):
                return
            time.sleep(0.1)
        raise AssertionError("rtpengine does not start")

    def ask(self, **fields):
        self.cookie += 1
        fields = {k.replace("_", "-"): v for k, v in fields.items()}
        self.sock.settimeout(1)
        try:
            self.sock.sendto(b"t%d " % self.cookie + encode(fields), ("127.0.0.1", self.port))
            return self.sock.recv(65535)
        except OSError:
            return b""

    def call(self, call_id, caller_port, agent_port):
        """Offer and answer of a call; gives the ports (for the caller, for the agent)."""
        def sdp(port):
            return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")
        offer = self.ask(command="offer", call_id=call_id, from_tag="caller", sdp=sdp(caller_port))
        answer = self.ask(command="answer", call_id=call_id, from_tag="caller", to_tag="agent",
                          sdp=sdp(agent_port))
        return [int(re.search(rb"m=audio (\d+)", x).group(1)) for x in (answer, offer)]

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.sock.close()
        self.log.close()
