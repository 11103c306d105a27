# SPDX-License-Identifier: MIT
"""Real telephone software for the tests, from Debian's packages, on 127.0.0.1."""
import atexit
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from ports import free_port, free_ports

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


def may_sniff():
    """Whether a test may listen at the wire here."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
        return True
    except OSError:
        return False


def certificate(path):
    """A key and a certificate of its own, in one PEM file."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-keyout", path, "-out", path + ".crt"], check=True,
                   capture_output=True)
    with open(path, "a") as f, open(path + ".crt") as c:
        f.write(c.read())


def end(process):
    """Ends a peer by SIGTERM, or by SIGKILL if it does not listen."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Answering:
    """A softphone that takes every call, and is "sip:agent@127.0.0.1:PORT"; it plays `wav`. RTP takes the ports after its own."""

    def __init__(self, name, wav, port):
        self.folder, self.port = name, port
        os.makedirs(name, exist_ok=True)
        with open(f"{name}/config", "w") as f:
            f.write(BARESIP.format(port=port, wav=wav, out=f"{name}/out.wav", rtp=port + 2, rtp_end=port + 24))
        with open(f"{name}/accounts", "w") as f:
            f.write(f"<sip:agent@127.0.0.1:{port};transport=udp>;regint=0;audio_codecs=PCMU/8000/1;answermode=auto\n")
        with open(f"{name}/log", "wb") as log:
            self.process = subprocess.Popen(["baresip", "-f", name, "-t", "300"], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT)
        atexit.register(self.end)

    def end(self):
        end(self.process)


class Baresip:
    """A softphone that calls `uri` and plays a file; it hangs up when the file ends."""

    TRIES = 4
    PATIENCE_S = 60  # A call that is not answered is given up by SIP's own timers after 32 s.
    FAILED = ("ua_connect failed", "init failed", "session closed")

    def __init__(self, name, uri, wav, codec, account=""):
        self.name, self.uri, self.wav = name, uri, wav
        self.codec, self.account = codec, account
        self.tries, self.process, self.log = 0, None, None
        self._dial()
        atexit.register(self.end)

    def _dial(self):
        self.tries += 1
        self.folder = tempfile.mkdtemp(prefix=self.name + "-", dir=".")
        port, rtp = free_ports(2), free_ports(24)  # It takes the next port for TLS.
        with open(f"{self.folder}/config", "w") as f:
            f.write(BARESIP.format(port=port, wav=self.wav, out=f"{self.folder}/out.wav", rtp=rtp,
                                   rtp_end=rtp + 23))
        with open(f"{self.folder}/accounts", "w") as f:
            f.write(f"<sip:phone-{self.name}@127.0.0.1:{port}>;regint=0;audio_codecs={self.codec}"
                    f"{self.account}\n")
        self.log = open(f"{self.folder}/log", "wb")
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "baresip", "-f", self.folder, "-t", "300", "-e", f"/dial {self.uri}"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def logged(self):
        with open(f"{self.folder}/log", errors="replace") as f:
            return f.read()

    def told(self):
        """The end of what it said, for who has to find out why a test failed."""
        return f"{self.folder}, try {self.tries}, exit status {self.process.poll()}:\n" + self.logged()[-1500:]

    def wait_established(self):
        """Returns once its call stands. One that ends, fails or waits in vain is started anew."""
        while not self._is_established():
            print("a phone did not get through:", self.told(), flush=True)
            self.end()
            assert self.tries < self.TRIES, f"no call in {self.TRIES} tries; the last was {self.told()}"
            self._dial()

    def _is_established(self):
        end_s = time.monotonic() + self.PATIENCE_S
        while time.monotonic() < end_s:
            ended, text = self.process.poll() is not None, self.logged()
            if "Call established" in text:
                return True
            if ended or any(words in text for words in self.FAILED):
                return False
            time.sleep(0.02)
        return False

    def end(self):
        end(self.process)
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
        self.port, low = free_port(), free_ports(100)
        self.log = open(f"{name}/log", "wb")
        self.process = subprocess.Popen(
            ["rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--table=-1",
             "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.port}", f"--port-min={low}",
             f"--port-max={low + 99}", f"--pidfile={name}/pid", "--num-threads=1"],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(1)
        self.cookie, self.log_path, self.one = 0, f"{name}/log", threading.Lock()
        atexit.register(self.end)
        assert b"pong" in self.ask(command="ping")

    def ask(self, **fields):
        """One answer to one question: it knows a question again by its cookie. From any thread."""
        with self.one:
            self.cookie += 1
            return self._answer(b"t%d " % self.cookie, fields)

    def _answer(self, cookie, fields):
        question = cookie + encode({k.replace("_", "-"): v for k, v in fields.items()})
        for _ in range(60):
            assert self.process.poll() is None, "rtpengine ended: " + self.logged()
            try:
                self.sock.sendto(question, ("127.0.0.1", self.port))
                while True:
                    answer = self.sock.recv(65535)
                    if answer.startswith(cookie):
                        return answer
            except OSError:
                continue
        raise AssertionError("rtpengine does not answer: " + self.logged())

    def logged(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()[-1500:]

    def call(self, call_id, caller_port, agent_port):
        """Offer and answer of a call; gives the ports (for the caller, for the agent)."""
        def sdp(port):
            return ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")
        offer = self.ask(command="offer", call_id=call_id, from_tag="caller", sdp=sdp(caller_port))
        answer = self.ask(command="answer", call_id=call_id, from_tag="caller", to_tag="agent",
                          sdp=sdp(agent_port))
        ports = [re.search(rb"m=audio (\d+)", x) for x in (answer, offer)]
        assert all(ports), f"rtpengine gave no port: {offer!r} {answer!r}"
        return [int(p.group(1)) for p in ports]

    def end(self):
        end(self.process)
        self.sock.close()
        self.log.close()
