# SPDX-License-Identifier: MIT
"""Requests in the spirit of RFC 4475, "SIP Torture Test Messages": each names the section that it is
made after. What may come back is a set of statuses; None means that silence is fine."""

OFFER = ("v=0\r\no=u 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
         "m=audio 20000 RTP/AVP 0\r\na=sendonly\r\n")


def build(server, line, headers, body="", length=None):
    given = {h.split(":")[0].strip().lower() for h in headers}
    usual = [("via", "Via: SIP/2.0/UDP @ME@;branch=z9hG4bKtorture"), ("to", "To: <sip:u@example.com>"),
             ("from", "From: <sip:caller@example.net>;tag=323"), ("cseq", None),
             ("call-id", "Call-ID: "), ("max-forwards", "Max-Forwards: 70"),
             ("contact", "Contact: <sip:caller@@ME@>")]
    method = line.split()[0]
    build.count += 1
    out = [line.replace("$", "sip:u@" + server)]
    for name, value in usual:
        if name in given or "-" + name in given:
            continue
        if name == "cseq":
            value = f"CSeq: 1 {method}"
        elif name == "call-id":
            value = f"Call-ID: torture{build.count}"
        elif name == "via":
            value += str(build.count)
        out.append(value)
    out += [h for h in headers if not h.startswith("-")]
    if length != "":
        out.append(f"Content-Length: {len(body) if length is None else length}")
    return ("\r\n".join(out) + "\r\n\r\n" + body).encode("latin-1")


build.count = 0
SDP = "Content-Type: application/sdp"


def valid(server):
    """Section 3.1.1: strange, and right."""
    yield "3.1.1.1 a short tortuous INVITE", build(
        server, "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
        ["TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = ", "-to",
         'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8', "-from",
         "MaX-fOrWaRdS: 0068", "-max-forwards", "Subject:", "NewFangledHeader:   newfangled value",
         " continued newfangled value", "UnknownHeaderWithUnusualValue: ;;,,;;,;", SDP], OFFER), \
        (200, 400, 481)
    yield "3.1.1.2 wide range of characters", build(
        server, "!interesting-Method0123456789_*+`.%indeed'~ $ SIP/2.0", []), (501, None)
    yield "3.1.1.3 escaping in URIs", build(
        server, "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        ["To: sip:%75se%72@example.com", SDP], OFFER), (200,)
    yield "3.1.1.4 escaped nulls", build(
        server, "OPTIONS sip:null-%00-null@example.com SIP/2.0", []), (200,)
    yield "3.1.1.5 % that is no escape", build(
        server, "RE%47IST%45R $ SIP/2.0", ["To: \"%Z%45\" <sip:resource@example.com>"]), (501,)
    yield "3.1.1.6 no white space between name and <", build(
        server, "OPTIONS $ SIP/2.0", ["From: caller<sip:caller@example.com>;tag=323"]), (200,)
    yield "3.1.1.7 long values", build(
        server, "OPTIONS $ SIP/2.0", ["X-Long: " + "very" * 500, "To: <sip:" + "amanda" * 50 +
                                      "@example.com>"]), (200,)
    first = build(server, "OPTIONS $ SIP/2.0", [])
    yield "3.1.1.8 a second request in the datagram", first + build(
        server, "INVITE $ SIP/2.0", [SDP], OFFER), (200,)
    yield "3.1.1.9 semicolon in the user part", build(
        server, "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", []), (200,)
    yield "3.1.1.10 known and unknown transports", build(
        server, "OPTIONS $ SIP/2.0", [
            "Via: SIP/2.0/UDP @ME@;branch=z9hG4bKtransports", "Via: SIP/2.0/SCTP t1.example.com;branch=z9hG4bKa",
            "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKb", "Via: SIP/2.0/TLS t2.example.com"]), (200,)
    yield "3.1.1.11 multipart MIME", build(
        server, "INVITE $ SIP/2.0", ['Content-Type: multipart/mixed;boundary="7a9cbec02ceef655"'],
        "--7a9cbec02ceef655\r\nContent-Type: application/sdp\r\n\r\n" + OFFER +
        "\r\n--7a9cbec02ceef655\r\nContent-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: binary\r\n\r\n\x01\x02\x80\xff\r\n--7a9cbec02ceef655--\r\n"), (200,)
    yield "3.1.1.12 unusual reason phrase", build(
        server, "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe", ["CSeq: 35 INVITE"]), (None,)
    yield "3.1.1.13 empty reason phrase", build(
        server, "SIP/2.0 100 ", ["CSeq: 35 INVITE"]), (None,)


def malformed(server):
    """Section 3.1.2: to be refused, or not answered."""
    bad = (400, None)
    yield "3.1.2.1 extra trailing in the headers", build(
        server, "INVITE $ SIP/2.0", ["Via: SIP/2.0/UDP @ME@;;,;,,", SDP], OFFER), (400, 200, None)
    yield "3.1.2.2 Content-Length larger than the message", build(
        server, "INVITE $ SIP/2.0", [SDP], OFFER, 9999), bad
    yield "3.1.2.3 negative Content-Length", build(
        server, "INVITE $ SIP/2.0", [SDP], OFFER, -999), bad
    yield "3.1.2.4 overlarge scalars", build(
        server, "REGISTER $ SIP/2.0", ["CSeq: 36893488147419103232 REGISTER",
                                       "Max-Forwards: 300"]), bad
    yield "3.1.2.5 response with overlarge scalars", build(
        server, "SIP/2.0 503 Service Unavailable", ["CSeq: 9292394834772304023312 OPTIONS",
                                                    "Retry-After: 949302838503028349304023988"]), (None,)
    yield "3.1.2.6 unterminated quote in To", build(
        server, "INVITE $ SIP/2.0", ['To: "Mr. J. User <sip:j.user@example.com>', SDP], OFFER), \
        (400, 200, None)
    yield "3.1.2.7 <> around the Request-URI", build(
        server, "INVITE <sip:user@example.com> SIP/2.0", [SDP], OFFER), (400, 416, None)
    yield "3.1.2.8 white space in the Request-URI", build(
        server, "INVITE sip:user@example.com; lr SIP/2.0", [SDP], OFFER), (400, 200, None)
    yield "3.1.2.9 several spaces in the request line", build(
        server, "INVITE  $  SIP/2.0", [SDP], OFFER), (400, None)
    yield "3.1.2.10 spaces at the end of the request line", build(
        server, "OPTIONS $ SIP/2.0  ", []), (200, 400, 505, None)
    yield "3.1.2.11 escaped headers in the Request-URI", build(
        server, "INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", [SDP], OFFER), \
        (400, 200)
    yield "3.1.2.12 a Date of another time zone", build(
        server, "INVITE $ SIP/2.0", ["Date: Fri, 01 Jan 2010 16:00:00 EST", SDP], OFFER), (200, 400)
    yield "3.1.2.13 Contact without its <>", build(
        server, "REGISTER $ SIP/2.0", ["Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E",
                                       "-contact"]), (400, 405)
    yield "3.1.2.14 spaces in an address", build(
        server, "OPTIONS $ SIP/2.0", ['To: "Watson, Thomas" < sip:t.watson@example.org >']), (200, 400, None)
    yield "3.1.2.15 no tag in From, bad display name", build(
        server, "OPTIONS $ SIP/2.0", ["From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43"]), \
        (400, 200, None)
    yield "3.1.2.16 unknown version", build(server, "OPTIONS $ SIP/7.0", []), (505, None)
    yield "3.1.2.17 method that is not the CSeq's", build(
        server, "OPTIONS $ SIP/2.0", ["CSeq: 8 INVITE"]), bad
    yield "3.1.2.18 unknown method that is not the CSeq's", build(
        server, "NEWMETHOD $ SIP/2.0", ["CSeq: 8 INVITE"]), (400, 501, None)
    yield "3.1.2.19 overlarge response code", build(
        server, "SIP/2.0 4294967301 better not break the receiver", ["CSeq: 353494 INVITE"]), (None,)


def semantics(server):
    """Sections 3.2 and 3.3: transactions and application."""
    yield "3.2.1 branch without its magic cookie", build(
        server, "OPTIONS $ SIP/2.0", ["Via: SIP/2.0/UDP @ME@;branch=z9hG4bK"]), (200, 400, None)
    yield "3.3.1 missing required headers", build(
        server, "INVITE $ SIP/2.0", ["-call-id", "-from", "-to"]), (400, None)
    yield "3.3.2 unknown scheme", build(
        server, "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", []), (416, 400, None)
    yield "3.3.3 scheme that is not SIP's", build(
        server, "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", []), (416, 400, None)
    yield "3.3.4 unknown schemes in To and Contact", build(
        server, "REGISTER $ SIP/2.0", ["To: <isbn:2983792873>", "From: <http://www.example.com>;tag=3234233",
                                       "Contact: <name:John_Smith>", "-contact"]), (400, 405, None)
    yield "3.3.5 unknown options required", build(
        server, "OPTIONS $ SIP/2.0", ["Require: nothingSupportsThis, nothingSupportsThisEither"]), \
        (420,)
    yield "3.3.6 unknown content type", build(
        server, "INVITE $ SIP/2.0", ["Content-Type: application/unknownformat"],
        "<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n"), (415,)
    yield "3.3.7 unknown authorization scheme", build(
        server, "INVITE $ SIP/2.0", ["Authorization: NoOneKnowsThisScheme opaque-data=here", SDP], OFFER), \
        (200, 401)
    yield "3.3.8 several values of single headers", build(
        server, "INVITE $ SIP/2.0", ["CSeq: 5 INVITE", "Call-ID: a@b", "Call-ID: c@d",
                                     "From: sip:other@example.net;tag=3413415",
                                     "From: <sip:c@example.net>;tag=1", SDP], OFFER), (400, None)
    yield "3.3.9 two Content-Lengths", build(
        server, "OPTIONS $ SIP/2.0", ["Content-Length: 13"], "There's no way", 5), (400, None)
    yield "3.3.10 200 with a broadcast Via", build(
        server, "SIP/2.0 200 OK", ["Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1324923",
                                   "CSeq: 35 INVITE"]), (None,)
    yield "3.3.11 Max-Forwards of zero", build(
        server, "OPTIONS $ SIP/2.0", ["Max-Forwards: 0"]), (200, 483)
    for name, contact in (("12 Contact with a header parameter", "<sip:+19725552222@gw1.example.net;unknownparam>"),
                          ("13 Contact with a URI parameter", "<sip:+19725552222;unknownparam@gw1.example.net>"),
                          ("14 Contact with an escaped header", "<sip:user@example.com?Route=%3Csip:x%3E>")):
        yield f"3.3.{name}", build(server, "REGISTER $ SIP/2.0", [f"Contact: {contact}", "-contact"]), (405,)
    yield "3.3.15 unknown Accept: no SDP wanted", build(
        server, "INVITE $ SIP/2.0", ["Accept: text/nobodyKnowsThis", SDP], OFFER), (200, 406)
    yield "3.4.1 INVITE in the manner of RFC 2543", build(
        server, "INVITE $ SIP/2.0", ["Via: SIP/2.0/UDP @ME@", "-max-forwards", SDP,
                                     "From: <sip:caller@example.net>"], OFFER, ""), (200, 400, None)


def messages(server):
    for group in (valid, malformed, semantics):
        yield from group(server)
