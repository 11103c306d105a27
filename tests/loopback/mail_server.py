# SPDX-License-Identifier: MIT
"""A mail server that keeps what it gets, read by Python's own parser of messages."""
import email
import email.policy
import re
import socket
import threading


class Mail:
    def __init__(self, sender, receivers, data):
        self.sender, self.receivers, self.parsed = sender, receivers, email.message_from_bytes(data, policy=email.policy.default)


class Server:
    """A mail server that keeps what it gets; it listens between `with` and its end."""

    def __init__(self, refuse=None):
        self.refuse, self.mails, self.socket = refuse, [], socket.socket()  # refuse: the answer to each receiver.
        self.socket.bind(("127.0.0.1", 0))
        self.url = "smtp://127.0.0.1:%d" % self.socket.getsockname()[1]

    def __enter__(self):
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(60)
        self.socket.close()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer, peer.makefile("rwb", buffering=0) as f:
                self.talk(f)

    def talk(self, f):
        f.write(b"220 hello\r\n")
        sender, receivers = "", []
        for line in f:
            word = line.strip().upper()
            if word.startswith(b"MAIL"):
                sender = re.search(r"<(.*)>", line.decode()).group(1)
            elif word.startswith(b"RCPT"):
                receivers.append(re.search(r"<(.*)>", line.decode()).group(1))
                if self.refuse:
                    f.write(self.refuse + b"\r\n")
                    continue
            elif word == b"DATA":
                f.write(b"354 go\r\n")
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    data += f.readline()
                self.mails.append(Mail(sender, receivers, data[:-3]))
            elif word == b"QUIT":
                f.write(b"221 bye\r\n")
                return
            f.write(b"250 fine\r\n")
