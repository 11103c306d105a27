# SPDX-License-Identifier: MIT
"""What a NATS server in operator mode asks for: certificates, and JWTs signed by Ed25519 keys, made by openssl."""
import base64
import json
import os
import subprocess

OPERATOR, ACCOUNT, USER, SEED = 14 << 3, 0, 20 << 3, 18 << 3


def openssl(*args, **kw):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, **kw).stdout


def certificates(folder):
    """A CA, and certificates for a server on 127.0.0.1 and for a client."""
    at = lambda name: os.path.join(folder, name)  # noqa: E731
    os.makedirs(folder, exist_ok=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test CA",
            "-keyout", at("ca.key"), "-out", at("ca.pem"))
    for name, more in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", at(f"{name}.key"),
                "-out", at(f"{name}.csr"))
        with open(at("ext"), "w") as f:
            f.write(more + "\n")
        openssl("x509", "-req", "-in", at(f"{name}.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", at("ext"), "-out", at(f"{name}.pem"))


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return crc


def b32(data):
    return base64.b32encode(data + crc16(data).to_bytes(2, "little")).decode().rstrip("=")


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Key:
    """A key of the kind that NATS calls nkey."""

    def __init__(self, folder, name, kind):
        self.file = os.path.join(folder, name + ".nk")
        openssl("genpkey", "-algorithm", "ed25519", "-out", self.file)
        seed = openssl("pkey", "-in", self.file, "-outform", "DER")[-32:]
        public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-32:]
        self.name, self.public = name, b32(bytes([kind]) + public)
        self.seed = b32(bytes([SEED | kind >> 5, (kind & 31) << 3]) + seed)

    def sign(self, subject, claims):
        """A JWT about another key, or its own."""
        body = {"jti": subject.public, "iat": 1700000000, "iss": self.public, "name": subject.name,
                "sub": subject.public, "nats": {"version": 2, **claims}}
        text = ".".join(b64(json.dumps(x).encode()) for x in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        with open(self.file + ".text", "w") as f:
            f.write(text)
        return text + "." + b64(openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.file, "-in", self.file + ".text"))


def operator(folder):
    """An operator with a system account and one for us. Gives lines of configuration and a user's credentials."""
    os.makedirs(folder, exist_ok=True)
    top, system, ours, user = (Key(folder, n, k) for n, k in (
        ("op", OPERATOR), ("sys", ACCOUNT), ("ours", ACCOUNT), ("user", USER)))
    limits = {k: -1 for k in ("subs", "data", "payload", "imports", "exports", "conn", "leaf")}
    stored = {k: -1 for k in ("mem_storage", "disk_storage", "streams", "consumer", "max_ack_pending")}
    account = lambda more: {"type": "account", "limits": {**limits, "wildcards": True, **more}}  # noqa: E731
    creds = os.path.join(folder, "user.creds")
    with open(creds, "w") as f:
        jwt = ours.sign(user, {"type": "user", "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1})
        f.write(f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
                f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n")
    config = (f"operator: {top.sign(top, {'type': 'operator', 'system_account': system.public})}\n"
              f"system_account: {system.public}\nresolver: MEMORY\nresolver_preload: {{\n"
              f"  {system.public}: {top.sign(system, account({}))}\n"
              f"  {ours.public}: {top.sign(ours, account(stored))}\n}}\n")
    return config, creds
