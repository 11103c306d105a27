#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Behind a real nginx and a real Caddy: by the manual's recipe every client has its own limits; without one nobody is
let in unasked."""
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import unittest

from daemon import Daemon, SOURCE, UNDERTONE
from patience import PATIENCE_S
from ports import free_port
from ws_client import Refused, WebSocket

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
CADDY = shutil.which("caddy")
HOST = "calls.example.com"
TRUST = ssl.create_default_context()
TRUST.check_hostname, TRUST.verify_mode = False, ssl.CERT_NONE


def recipe(column):
    """The manual's lines for nginx, 0, or for Caddy, 1: they stand side by side."""
    with open(f"{SOURCE}/src/supervise/SUPERVISORS.md") as f:
        lines = re.search(r"^ +# nginx +# Caddy\n((?: {4}.*\n)+)", f.read(), re.M).group(1).splitlines()
    return "\n".join((re.split(r" {6,}", line.strip()) + [""])[column] for line in lines)


def token(data, name, role):
    made = subprocess.run([UNDERTONE, "token", "add", name, "--role", role, "--data", data], capture_output=True, text=True,
                          check=True)
    return re.search(r"ut_\S+", made.stdout).group(0)


class Proxy:
    """One at a port with TLS, which a folder of its own tells all that it knows."""

    def __init__(self, name, lines):
        self.port, self.at = free_port(), os.path.abspath(name)
        os.makedirs(self.at)
        self.process = self.run(lines)
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.ask("GET", "/healthz")
                return
            except OSError:
                assert time.monotonic() < end and self.process.poll() is None
                time.sleep(0.05)

    def ask(self, method, path, body=None, source="127.0.0.1", **headers):
        c = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE_S, context=TRUST, source_address=(source, 0))
        headers = {"Host": HOST, "Origin": f"https://{HOST}", "Content-Type": "application/json",
                   **{k.replace("_", "-"): v for k, v in headers.items()}}
        c.request(method, path, json.dumps(body) if body is not None else None, headers)
        r = c.getresponse()
        answer = r.status, r.read(), {k.lower(): v for k, v in r.getheaders()}
        c.close()
        return answer

    def close(self):
        self.process.terminate()
        self.process.wait()


class NginxProxy(Proxy):
    """With one location."""

    def run(self, lines):
        at = self.at
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-keyout", f"{at}/key",
                        "-out", f"{at}/cert"], check=True, capture_output=True)
        spools = "".join(f"{of}_temp_path {at}/{of};" for of in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(f"{at}/conf", "w") as f:
            f.write(f"daemon off; master_process off; pid {at}/pid; error_log {at}/error.log; events {{}}\n"
                    f"http {{ access_log off; {spools}\nserver {{ listen 127.0.0.1:{self.port} ssl;\n"
                    f"ssl_certificate {at}/cert; ssl_certificate_key {at}/key;\n{lines}\n}} }}\n")
        return subprocess.Popen([NGINX, "-e", f"{at}/error.log", "-p", at, "-c", f"{at}/conf"])


class CaddyProxy(Proxy):
    """With one site, for which it makes a certificate itself."""

    def run(self, lines):
        with open(f"{self.at}/conf", "w") as f:
            f.write(f"{{\nadmin off\nlocal_certs\nskip_install_trust\nauto_https disable_redirects\ndefault_bind 127.0.0.1\n"
                    f"default_sni {HOST}\nhttps_port {self.port}\n}}\n{lines}\n")
        with open(f"{self.at}/error.log", "w") as log:
            return subprocess.Popen([CADDY, "run", "--adapter", "caddyfile", "--config", f"{self.at}/conf"], stdout=log, stderr=log,
                                    env={**os.environ, "HOME": self.at, "XDG_DATA_HOME": self.at, "XDG_CONFIG_HOME": self.at})


class Behind:
    """What holds behind either."""

    def start(self, lines, *options):
        name = self.id().rsplit(".", 2)[-2] + self._testMethodName
        os.makedirs(f"{name}.data", mode=0o700)
        admin = token(f"{name}.data", "root", "admin") if options else None
        daemon = Daemon("--http", "127.0.0.1:0", "--data", f"{name}.data", *options, name=name)
        self.addCleanup(daemon.close)
        port = daemon.port("http")
        proxy = self.proxy(name, lines.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
        self.addCleanup(proxy.close)
        return daemon, proxy, admin

    def test_no_word_of_it(self):
        """To a new folder, by a daemon that was told of no proxy: whoever comes by it is nobody."""
        daemon, proxy, _ = self.start(self.plain)
        for method, path, body in (("GET", "/api/v1/calls", None), ("GET", "/metrics", None), ("GET", "/events", None),
                                   ("POST", "/api/v1/tokens", {"name": "me", "role": "admin"}),
                                   ("POST", "/api/v1/erase", {"caller": "1"})):
            self.assertIn(proxy.ask(method, path, body)[0], (401, 403), path)
        self.assertEqual(daemon.end(), 0)

    def test_recipe(self):
        daemon, proxy, admin = self.start(recipe(self.column), "--trusted-proxy", "127.0.0.1", "--base-url", f"https://{HOST}")
        status, said, head = proxy.ask("POST", "/api/v1/login", {"token": admin})
        self.assertEqual(status, 200, said)
        self.assertIn("; Secure", head["set-cookie"])
        self.assertIn("max-age", head["strict-transport-security"])
        cookie = head["set-cookie"].split(";")[0]
        self.assertEqual(proxy.ask("GET", "/api/v1/calls", Cookie=cookie)[0], 200)
        self.assertEqual(proxy.ask("GET", "/api/v1/calls")[0], 401)
        live = WebSocket("127.0.0.1", proxy.port, "/ws", {"Cookie": cookie, "Origin": f"https://{HOST}"}, tls=TRUST, target_host=HOST)
        self.assertTrue(live.recv())
        live.sock.close()
        with self.assertRaises(Refused):
            WebSocket("127.0.0.1", proxy.port, "/ws", {"Cookie": cookie, "Origin": "https://evil.example"}, tls=TRUST,
                      target_host=HOST)
        # One who guesses is kept out, and nobody else; whoever he says that he is.
        for n in range(5):
            said = {"X_Forwarded_For": f"203.0.113.{n}"} if n % 2 else {}
            self.assertEqual(proxy.ask("POST", "/api/v1/login", {"token": "ut_guess"}, source="127.0.0.9", **said)[0], 401)
        self.assertEqual(proxy.ask("POST", "/api/v1/login", {"token": admin}, source="127.0.0.9")[0], 429)
        self.assertEqual(proxy.ask("POST", "/api/v1/login", {"token": admin}, source="127.0.0.8")[0], 200)
        self.assertEqual(daemon.end(), 0)


@unittest.skipUnless(NGINX, "apt-get install nginx-light")
class Nginx(Behind, unittest.TestCase):
    proxy, column, plain = NginxProxy, 0, "location / { proxy_pass http://127.0.0.1:8080; }"


@unittest.skipUnless(CADDY, "apt-get install caddy")
class Caddy(Behind, unittest.TestCase):
    proxy, column, plain = CaddyProxy, 1, HOST + " {\nreverse_proxy 127.0.0.1:8080\n}"


if __name__ == "__main__":
    if not NGINX and not CADDY:
        print("skipped: apt-get install nginx-light caddy")
        sys.exit(77)
    unittest.main(verbosity=2)
