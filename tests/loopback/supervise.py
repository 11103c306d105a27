# SPDX-License-Identifier: MIT
"""What the tests of the supervisor channel share: its daemon, a client, receivers, a schema check."""
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from patience import PATIENCE_S
from ports import free_port
from ws_client import FIRST_KEYS, signed

DAEMON = os.environ.get("SUPERVISE_DAEMON", "supervise_daemon")
SOURCE = os.environ.get("UT_SOURCE", ".")
UNDERTONE = os.environ.get("UNDERTONE", "undertone")


class Daemon:
    def __init__(self, *args, log=None, host="127.0.0.1", before=(), env=None):
        """host: where it is heard. before: words of a command that starts it, as in another namespace."""
        self.host = host
        self.process = subprocess.Popen([*before, DAEMON, *args], env=env, stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=log, bufsize=1)
        line = self.process.stdout.readline()
        assert line.startswith("port "), line
        _, port, key = line.split()
        self.port, self.key = int(port), key
        FIRST_KEYS[self.port] = None if key == "-" else key

    def do(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
            assert answer == "ok " + line, answer

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def quit(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.flush()
        status = self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()
        assert status == 0, status

    def get(self, path, **kw):
        return self.ask("GET", path, **kw)

    def ask(self, method, path, body=None, token=None, cookie=None, headers=None, raw=None, binary=False):
        """(status, parsed JSON or text, headers)"""
        c = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)
        h = dict(headers or {})
        if token:
            h["Authorization"] = "Bearer " + token
        if cookie:
            h["Cookie"] = cookie
        h = signed(self.port, h)
        data = raw
        if body is not None:
            data = json.dumps(body)
        if data is not None:
            h.setdefault("Content-Type", "application/json")
        c.request(method, path, body=data, headers=h)
        r = c.getresponse()
        text = r.read()
        got = {k.lower(): v for k, v in r.getheaders()}
        c.close()
        if got.get("content-type", "").startswith("application/json"):
            return r.status, json.loads(text), got
        return r.status, text if binary else text.decode("utf-8", "replace"), got

    def wait_for(self, path, wanted, timeout=PATIENCE_S, **kw):
        end = time.monotonic() + timeout
        while True:
            answer = self.get(path, **kw)[1]
            if wanted(answer):
                return answer
            assert time.monotonic() < end, (path, answer)
            time.sleep(0.05)


def join(member, new):
    """Has a node take the key of the others, as an administrator does it: by a secret of one that has joined."""
    def until(d, path, body):
        end = time.monotonic() + PATIENCE_S
        while True:
            status, answer, _ = d.ask("POST", path, body)
            if status == 200:
                return answer
            assert time.monotonic() < end, (status, answer)
            time.sleep(0.05)

    secret = until(member, "/api/v1/invite", {})["secret"]
    until(new, "/api/v1/join", {"secret": secret})
    new.wait_for("/api/v1/health", lambda h: not any(p["code"] == "node_not_joined" for p in h["problems"]))
    return secret


def bare(key):
    """A letter's key without the node and life of its record: c1-1@n1.0123abcd is of alert c1-1."""
    return re.sub(r"@[\w-]+(\.[0-9a-f]{8})?$", "", key or "")


class Receiver:
    """A webhook's receiver that honours the idempotency key: it keeps what it has accepted."""

    def __init__(self, port=0, host="127.0.0.1"):
        self.seen, self.order, self.repeats, self.headers = {}, [], 0, {}
        self.keys = []  # What was accepted, by whole keys.
        self.answer, self.refuses, self.tries = 200, {}, {}  # refuses: a key's status; tries: how many of it.
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                whole = self.headers["Idempotency-Key"]
                key = bare(whole)
                with outer.lock:
                    status = outer.refuses.get(key, outer.answer)
                    outer.tries[key] = outer.tries.get(key, 0) + 1
                    if status == 200:
                        outer.keys.append(whole)
                        if key in outer.seen:
                            outer.repeats += 1
                        else:
                            outer.seen[key] = body
                            outer.order.append(key)
                            outer.headers[key] = {**self.headers, ":path": self.path}
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "30")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, request, address):
                pass

        self.server = Server((host, port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, keys, timeout=PATIENCE_S):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self.lock:
                missing = [k for k in keys if k not in self.seen]
            if not missing:
                return
            time.sleep(0.05)
        raise AssertionError(f"{len(missing)} letters never came, such as {missing[:3]}")


class Nats:
    def __init__(self, folder, port=None, config=None):
        self.folder, self.port = folder, port or free_port()
        self.options = ["-c", config] if config else []
        self.process = None
        self.start()

    @staticmethod
    def program():
        return shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/sbin")

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([self.program(), "-a", "127.0.0.1", "-p", str(self.port), "-js",
                                         "-sd", self.folder, *self.options], stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("nats-server does not start")

    def stop(self):
        self.process.kill()
        self.process.wait()

    def stored(self, stream):
        """All messages of a stream as (bare Nats-Msg-Id, JSON), in their order."""
        return [(bare(key), message) for key, message in nats_messages(self.port, stream)]


class Way:
    """A way to a server, which can be cut."""

    def __init__(self, port):
        self.to, self.open, self.socks = port, True, []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            ends = [self.server.accept()[0]]
            try:
                ends.append(socket.create_connection(("127.0.0.1", self.to)))
            except OSError:
                pass
            self.socks += ends
            if not self.open or len(ends) < 2:
                self._shut()
                continue
            for pair in (ends, ends[::-1]):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            s.close()

    def _shut(self):
        for s in self.socks:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.socks = []

    def cut(self):
        self.open = False
        self._shut()

    def mend(self):
        self.open = True


class NatsLine:
    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.f = self.s.makefile("rb")
        self.f.readline()
        self.s.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB inbox 1\r\n')

    def request(self, subject, payload=b""):
        self.s.sendall(b"PUB %s inbox %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))
        while True:
            line = self.f.readline()
            if line.startswith((b"MSG", b"HMSG")):
                break
            if line.startswith(b"PING"):
                self.s.sendall(b"PONG\r\n")
        data = self.f.read(int(line.split()[-1]))
        self.f.readline()
        return data

    def listen(self, subject):
        self.s.sendall(b"SUB %s 2\r\nPING\r\n" % subject.encode())
        while not self.f.readline().startswith(b"PONG"):
            pass

    def heard(self):
        """The next message of what it listens to."""
        return json.loads(self.heard_bytes())

    def heard_bytes(self):
        while True:
            words = self.f.readline().split()
            if words[0] == b"PING":
                self.s.sendall(b"PONG\r\n")
            if words[0] in (b"MSG", b"HMSG"):
                data = self.f.read(int(words[-1]))
                self.f.readline()
                if words[2] == b"2":
                    return data

    def tell(self, subject, message):
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.s.sendall(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(data), data))

    def close(self):
        self.f.close()
        self.s.close()


def nats_messages(port, stream):
    import base64
    line = NatsLine(port)
    info = json.loads(line.request(f"$JS.API.STREAM.INFO.{stream}"))
    out = []
    if "state" in info:
        for seq in range(info["state"]["first_seq"], info["state"]["last_seq"] + 1):
            got = json.loads(line.request(f"$JS.API.STREAM.MSG.GET.{stream}",
                                          json.dumps({"seq": seq}).encode()))
            if "message" not in got:
                continue
            head = base64.b64decode(got["message"].get("hdrs", "")).decode()
            msg_id = re.search(r"Nats-Msg-Id: ?(\S+)", head)
            out.append((msg_id.group(1) if msg_id else None,
                        json.loads(base64.b64decode(got["message"]["data"]))))
    line.close()
    return out


class Schema:
    """Checks answers against the OpenAPI file; strict: no member that is not described."""

    def __init__(self, doc):
        self.doc = doc

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.doc
            for part in schema["$ref"][2:].split("/"):
                node = node[part]
            schema = node
        return schema

    def members(self, schema):
        schema = self.resolve(schema)
        props, required = dict(schema.get("properties", {})), list(schema.get("required", []))
        for part in schema.get("allOf", []):
            p, r = self.members(part)
            props.update(p)
            required += r
        return props, required

    def check(self, value, schema, at="$"):
        nullable = schema.get("nullable", False)
        schema = self.resolve(schema)
        if value is None:
            assert nullable or schema.get("nullable") or not schema.get("type"), f"{at}: null"
            return
        if "oneOf" in schema:
            name = value[schema["discriminator"]["propertyName"]]
            for one in schema["oneOf"]:
                if self.resolve(one)["properties"]["type"]["enum"] == [name]:
                    self.check(value, one, at)
                    return
            raise AssertionError(f"{at}: no schema for {name}")
        kind = schema.get("type", "object" if "allOf" in schema else None)
        ok = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
              "number": (int, float), None: object}[kind]
        assert isinstance(value, ok) and (kind in ("boolean", None) or not isinstance(value, bool)), \
            f"{at}: {value!r} is no {kind}"
        if "enum" in schema:
            assert value in schema["enum"], f"{at}: {value!r} is none of {schema['enum']}"
        if kind == "array":
            for i, item in enumerate(value):
                self.check(item, schema["items"], f"{at}[{i}]")
        if kind == "object":
            props, required = self.members(schema)
            for name in required:
                assert name in value, f"{at}: {name} is missing"
            if props:
                for name, item in value.items():
                    assert name in props, f"{at}: {name} is not described"
                    self.check(item, props[name], f"{at}.{name}")
