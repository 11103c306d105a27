#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Help one click away, done by the daemon: the recipes of undertone-actions(7) against doubles of Asterisk,
FreeSWITCH, a PBX's SIP and a telephone, what hostile names cannot do, time limits, who may, and what the access log says."""
import base64
import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time

import pbx
from peers import Answering, need
from ports import free_port, free_ports
from sound import channels, write_wav
from supervise import Daemon, SOURCE, UNDERTONE

DATA = "help"
PAGE = open(os.path.join(SOURCE, "src/supervise/undertone-actions.7")).read()
BASIC = "Basic " + base64.b64encode(b"undertone:s3cret").decode()
HOSTILE = ["ana,qE", "a&b", "a/b", "${a}", "'a'", '"a"', "a;b", "a@evil"]


def token(name, role, *more):
    out = subprocess.run([UNDERTONE, "token", "add", name, "--role", role, *more, "--data", DATA],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    return out.stdout.strip()


def recipes(ari, ami, esl, sip, phone):
    """The manual's lines, with this machine's places in them."""
    for name, text in (("ari.header", f"Authorization: {BASIC}\n"), ("ami.login", "undertone:s3:cret\n"), ("esl.login", "ClueCon\n"), ("sip.login", "undertone:s:ip\n")):
        with open(name, "w") as f:
            f.write(text)
    lines = re.findall(r"^(?:action|phone) = .*$", PAGE, re.M)
    assert len(lines) == 11, lines
    login = "@pbx.example.com login"
    lines = [line.replace(login, f"@127.0.0.1:{phone} login").replace("@pbx.example.com?", f"@127.0.0.1:{sip}?") if "=INVITE" in line else line for line in lines]
    for old, new in (("https://pbx.example.com:8089", f"http://127.0.0.1:{ari}"), ("127.0.0.1:5038", f"127.0.0.1:{ami}"),
                     ("127.0.0.1:8021", f"127.0.0.1:{esl}"), (login, f"@127.0.0.1:{sip} login"), ("/etc/undertone/", os.getcwd() + "/"), (" = ", "=")):
        lines = [line.replace(old, new, 1) for line in lines]
    return lines


def main():
    need("baresip")
    os.makedirs(DATA, exist_ok=True)
    ari, ami, esl = pbx.ari(), pbx.ami("undertone", "s3:cret"), pbx.esl("ClueCon")
    sip, phone = pbx.Sip("undertone", "s:ip", ("d1@gw", "cu", "ag")), pbx.Phone()
    t = {"ana": token("ana", "supervisor"), "root": token("root", "admin"), "sam": token("sam", "supervisor", "--queue", "sales"),
         "vic": token("vic", "viewer")}
    with open("wrong.login", "w") as f:
        f.write("undertone:wrong\n")
    nowhere = free_port()
    lines = [line for line in recipes(ari.port, ami.port, esl.port, sip.port, phone.port) if not line.startswith("action=Open")]
    lines += [f'action=Ticket=POST http://127.0.0.1:{ari.port}/tickets {{"call":"{{call}}","agent":"{{agent}}"}}',
              f"action=Sales=POST http://127.0.0.1:{ari.port}/x queue=sales",
              f"action=Short=POST http://127.0.0.1:{ari.port}/slow timeout=1",
              f"action=Wrong=AMI 127.0.0.1:{ami.port} login-file=wrong.login Action: Ping",
              f"action=Quiet=ESL 127.0.0.1:{esl.port} timeout=1 login-file=esl.login api status",
              f"action=Long=ESL 127.0.0.1:{esl.port} timeout=20 login-file=esl.login api status",
              f"action=Away=ESL 127.0.0.1:{nowhere} login-file=esl.login api status"]
    lines = [line for line in lines if not line.startswith("action=Listen=sip:")]
    lines += [f"action=Unheard=MESSAGE sip:x@127.0.0.1:{sip.port} timeout=1 x", f"action=Nameless=MESSAGE sip:x@[::1 x"]
    lines += [f"action=Rings=INVITE sip:1001@127.0.0.1:{phone.port} timeout=1 sip:*8@127.0.0.1:{sip.port}"]
    write_wav("caller.wav", channels()[0])
    softphone = Answering("softphone", os.path.abspath("caller.wav"), free_ports(25))
    lines += [f"action=Real=INVITE sip:agent@127.0.0.1:{softphone.port} sip:*82001@127.0.0.1:{sip.port}"]
    d = Daemon("data=" + DATA, f"sip=127.0.0.1:{free_port()}", *lines)
    d.do("start c-1 billing sip:2001@pbx", "start 7f4de4bc-17d7 sales 2002", *[f"start bad-{i} billing {a}" for i, a in enumerate(HOSTILE)],
         "start dialog billing 2001 - d1@gw;to-tag=cu;from-tag=ag", "start gone billing 2001 - d1@gw;to-tag=cu;from-tag=other")
    d.wait_for("/api/v1/calls", lambda c: len(c["calls"]) == 4 + len(HOSTILE), token=t["root"])

    def press(who, name, call="c-1"):
        status, answer, _ = d.ask("POST", f"/api/v1/calls/{call}/help", {"name": name}, token=t[who])
        return status, answer.get("error", answer)

    session = d.get("/api/v1/session", token=t["ana"])[1]
    assert session["actions"] == ["Listen", "Whisper", "Listen in", "Take over", "Tell", "Take", "Take the call", "Ticket", "Sales", "Short", "Wrong", "Quiet", "Long", "Away", "Unheard", "Nameless", "Rings", "Real"], session
    assert session["action_queues"] == {"Sales": ["sales"]}, session
    assert "Barge" in d.get("/api/v1/session", token=t["root"])[1]["actions"]
    assert d.get("/api/v1/session", token=t["vic"])[1]["actions"] == []

    # Each recipe, to the letter.
    assert press("ana", "Listen") == (200, {"name": "Listen", "outcome": "done"})
    assert ari.asked == [("/ari/channels?endpoint=PJSIP%2F1001&context=undertone-listen&extension=2001&priority=1&callerId=Undertone",
                          BASIC, b"")], ari.asked
    assert press("ana", "Whisper")[0] == 200
    assert ami.asked == [["Action: Originate", "Channel: PJSIP/1001", "Application: ChanSpy", "Data: PJSIP/2001,qwES",
                          "CallerID: Undertone", "Timeout: 15000", "Async: true"]], ami.asked
    call = "7f4de4bc-17d7"
    assert press("ana", "Listen in", call)[0] == press("ana", "Take over", call)[0] == 200
    assert esl.asked == [f"bgapi originate user/1001 &eavesdrop({call})", f"api uuid_transfer {call} 1001"], esl.asked

    assert press("ana", "Tell") == (200, {"name": "Tell", "outcome": "done"})
    assert press("ana", "Take")[0] == 200
    (m, address, headers, body), (refer, called, told, none) = sip.asked
    assert (m, address, body) == ("MESSAGE", f"sip:2001@127.0.0.1:{sip.port}", "ana: stay calm, I am listening."), sip.asked
    assert headers["content-type"] == "text/plain;charset=utf-8" and headers["from"].startswith("<sip:undertone@127.0.0.1"), headers
    assert "contact" not in headers and headers["to"] == f"<{address}>", headers
    assert (refer, called, none) == ("REFER", f"sip:1001@127.0.0.1:{sip.port}", ""), sip.asked
    assert told["refer-to"] == "<sip:*82001@pbx.example.com>" and told["refer-sub"] == "false" and told["contact"], told

    take_over(press, sip, phone)
    assert press("ana", "Real") == (200, {"name": "Real", "outcome": "done"}), open("softphone/log").read()
    assert any(m == "INVITE" and address.startswith("sip:*82001@") for m, address, *_ in sip.asked), sip.asked
    softphone.end()

    # Who may, and for which calls.
    assert press("ana", "Barge")[0] == press("sam", "Listen")[0] == press("ana", "Sales")[0] == 404
    assert press("vic", "Listen")[0] == 403
    assert press("ana", "Sales", call)[0] == 200
    assert press("root", "Whisper") == (409, {"code": "conflict", "message": "No phone is known of you, which the action wants.",
                                              "remedy": "Ask an administrator for a line phone = NAME=NUMBER."})

    # What a name cannot do: nothing of it reaches the PBX.
    asked = len(ami.asked), len(esl.asked)
    for i, agent in enumerate(HOSTILE[:-1]):
        status, error = press("ana", "Whisper", f"bad-{i}")
        assert status == 409 and "letters that a command" in error["message"], (agent, error)
    assert (len(ami.asked), len(esl.asked)) == asked
    assert press("ana", "Listen", "bad-0")[0] == 200 and "&extension=ana%2CqE&" in ari.asked[-1][0]

    for i, agent in ((5, '"a"'), (7, "a@evil")):
        assert press("ana", "Ticket", f"bad-{i}")[0] == 200
        assert ari.asked[-1][0] == "/tickets" and json.loads(ari.asked[-1][2]) == {"call": f"bad-{i}", "agent": agent}, ari.asked[-1]

    # What the other side says against it, and how it is told.
    ari.refuses, ami.refuses, esl.refuses = True, "Extension does not exist.", "-ERR no such channel\n"
    assert press("ana", "Listen") == (502, {"code": "help_refused", "message": 'It was refused: HTTP 500: {"message":"Allocation failed"}',
                                            "remedy": "Nothing has happened; help the agent in another way."})
    assert press("ana", "Whisper")[1]["message"] == "It was refused: Extension does not exist."
    assert press("ana", "Take over")[1]["message"] == "It was refused: -ERR no such channel"
    assert press("ana", "Wrong")[1]["message"] == "It was refused: Authentication failed"
    sip.answers["MESSAGE"] = "480 Temporarily Unavailable"
    assert press("ana", "Tell")[1]["message"] == "It was refused: SIP 480 Temporarily Unavailable"
    assert press("ana", "Unheard")[1]["message"] == "It was refused: SIP 401 Unauthorized"
    sip.silent.set()
    assert press("ana", "Unheard")[1]["code"] == "help_late"
    assert press("ana", "Nameless")[1]["code"] == "help_away"
    assert press("ana", "Away")[1]["code"] == "help_away"

    # Silence of theirs is nobody's wait: the page and other acts go on, and what waited too long is not done.
    ari.silent.set(), esl.silent.set()
    got = []
    slow = [threading.Thread(target=lambda n=n: got.append(press("ana", n))) for n in ["Short", "Quiet"] * 6]
    for thread in slow:
        thread.start()
    for i in range(20):
        d.do(f"score c-1 {i} 0.5 calm")
        assert d.get("/api/v1/calls", token=t["ana"])[0] == 200
    for thread in slow:
        thread.join()
    codes = sorted(answer["code"] for _, answer in got)
    assert set(codes) == {"help_away", "help_late"} and 4 <= codes.count("help_late") <= 8, codes
    assert sum(path == "/slow" for path, *_ in ari.asked) <= codes.count("help_late"), ari.asked
    ami.refuses = None
    press_and_go(d, t["ana"], "Quiet")
    assert press("ana", "Whisper")[0] == 200
    log = [(e["who"], e["action"], e["what"]) for e in d.get("/api/v1/access-log?limit=500", token=t["root"])[1]["entries"]
           if e["action"].startswith("help")]
    for entry in (("ana", "help", "c-1 Whisper"), ("ana", "help_done", "c-1 Whisper: done"), ("ana", "help_failed", "c-1 Whisper: refused"),
                  ("ana", "help_done", "dialog Take the call: done"), ("ana", "help_failed", "gone Take the call: refused"),
                  ("ana", "help_failed", "c-1 Away: not reached"), ("ana", "help_failed", "c-1 Short: no answer in time")):
        assert entry in log, (entry, log)
    assert not any("bad-1" in what for _, _, what in log), log
    # A daemon that stops gives up what goes on.
    asked = esl.taken
    last = threading.Thread(target=lambda: press_and_wait(d, t["ana"], "Long"))
    last.start()
    while esl.taken == asked:
        time.sleep(0.01)
    began = time.monotonic()
    d.quit()
    assert time.monotonic() - began < 15
    last.join()
    for double in (ari, ami, esl, sip, phone):
        double.stop()


def take_over(press, sip, phone):
    """The supervisor's phone rings, is told to call with the dialog that caller and agent have, and is left alone then."""
    name, of_dialog, rang = "Take the call", "d1@gw;to-tag=cu;from-tag=ag", len(phone.asked)
    got = press("ana", name, "dialog")
    assert got == (200, {"name": name, "outcome": "done"}), (got, phone.asked)
    phone.wait_for("BYE")
    (invite, called, headers, _), (ack, *_), (refer, *_, told, _), (bye, *_) = phone.asked
    assert (invite, called, ack, refer, bye) == ("INVITE", f"sip:1001@127.0.0.1:{phone.port}", "ACK", "REFER", "BYE"), phone.asked
    assert headers["from"].startswith("<sip:undertone@127.0.0.1") and told["call-id"] == headers["call-id"], (headers, told)
    assert told["refer-to"] == f"<sip:2001@127.0.0.1:{sip.port}?Replaces=d1%40gw%3Bto-tag%3Dcu%3Bfrom-tag%3Dag>", told
    method, address, asked, _ = sip.asked[-1]
    assert (method, address, asked["replaces"]) == ("INVITE", f"sip:2001@127.0.0.1:{sip.port}", of_dialog), sip.asked[-1]

    def refused(call=None, button=name, **answers):
        phone.answers = answers
        status, error = press("ana", button, call or "dialog")
        return status, error["code"], error["message"]

    assert refused("gone") == (502, "help_refused", "It was refused: the phone's call: SIP 481 Call/Transaction Does Not Exist")
    assert refused("c-1") == (409, "conflict", "Of this call the SIP dialog is not known, which the action wants.")
    assert refused(INVITE="486 Busy Here") == (502, "help_refused", "It was refused: SIP 486 Busy Here")
    assert refused(REFER="405 Method Not Allowed") == (502, "help_refused", "It was refused: SIP 405 Method Not Allowed")
    phone.wait_for("BYE", 3)
    assert refused(button="Rings", INVITE="") == (502, "help_refused", "It was refused: nobody took the phone in time")
    phone.wait_for("CANCEL")
    assert refused(button="Rings", NOTIFY="") == (504, "help_late", "It did not answer in time: no answer in time")
    phone.wait_for("BYE", 4)
    phone.answers = {}
    assert rang == 0


def press_and_go(d, token, name):
    """A browser that is closed at once."""
    body = json.dumps({"name": name}).encode()
    s = socket.create_connection(("127.0.0.1", d.port))
    s.sendall(b"POST /api/v1/calls/c-1/help HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
              b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (d.port, token.encode(), len(body)) + body)
    s.close()


def press_and_wait(d, token, name):
    """Until it is answered, or the daemon has gone."""
    try:
        d.ask("POST", "/api/v1/calls/c-1/help", {"name": name}, token=token)
    except (OSError, http.client.HTTPException):
        pass


if __name__ == "__main__":
    main()
