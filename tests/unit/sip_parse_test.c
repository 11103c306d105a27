/* SPDX-License-Identifier: MIT */
/* What SIP brings from outside: networks, roles, bodies, metadata. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/glob.h"
#include "ingress/sdp/role_rules.h"
#include "ingress/sip/multipart.h"
#include "ingress/sip/rs_metadata.h"
#include "net/cidr.h"

static int is_in(const char *net, const char *address)
{
    struct ut__cidr c;
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    assert_int_equal(ut__cidr_parse(&c, net), 0);
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        return ut__cidr_has(&c, (const struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
    return ut__cidr_has(&c, (const struct sockaddr *)&six);
}

static int same_peer(const char *a, const char *b)
{
    struct sockaddr_storage s[2];
    const char *text[2] = {a, b};
    memset(s, 0, sizeof s);
    for (int i = 0; i < 2; i++) {
        int family = strchr(text[i], ':') ? AF_INET6 : AF_INET;
        void *at = family == AF_INET ? (void *)&((struct sockaddr_in *)&s[i])->sin_addr
                                     : (void *)&((struct sockaddr_in6 *)&s[i])->sin6_addr;
        s[i].ss_family = (sa_family_t)family;
        assert_int_equal(inet_pton(family, text[i], at), 1);
    }
    return ut__cidr_same_peer((const struct sockaddr *)&s[0], (const struct sockaddr *)&s[1]);
}

static void test_same_peer(void **state)
{
    (void)state;
    assert_int_equal(same_peer("192.0.2.1", "192.0.2.1"), 1);
    assert_int_equal(same_peer("192.0.2.1", "192.0.2.2"), 0);
    assert_int_equal(same_peer("192.0.2.1", "::ffff:192.0.2.1"), 1);
    assert_int_equal(same_peer("::ffff:192.0.2.1", "::ffff:192.0.2.2"), 0);
    assert_int_equal(same_peer("::ffff:192.0.2.1", "192.0.2.1"), 1);
    assert_int_equal(same_peer("2001:db8::1", "2001:db8::ffff:1"), 1);
    assert_int_equal(same_peer("2001:db8::1", "2001:db8:0:1::1"), 0);
    assert_int_equal(same_peer("2001:db8::1", "192.0.2.1"), 0);
}

static void test_cidr(void **state)
{
    (void)state;
    struct ut__cidr c;
    assert_true(is_in("192.0.2.0/24", "192.0.2.255"));
    assert_false(is_in("192.0.2.0/24", "192.0.3.0"));
    assert_true(is_in("192.0.2.128/25", "192.0.2.200"));
    assert_false(is_in("192.0.2.128/25", "192.0.2.100"));
    assert_true(is_in("0.0.0.0/0", "203.0.113.9"));
    assert_true(is_in("127.0.0.1", "127.0.0.1"));
    assert_false(is_in("127.0.0.1", "127.0.0.2"));
    assert_true(is_in("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(is_in("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(is_in("192.0.2.0/24", "::ffff:192.0.2.7"));
    assert_false(is_in("192.0.2.0/24", "::1"));
    static const char *const bad[] = {"",           "/24",        "192.0.2.0/33",
                                      "192.0.2/24", "192.0.2.0/", "192.0.2.0/2x",
                                      "::/129",     "host",       "192.0.2.0/-1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__cidr_parse(&c, bad[i]), UT_EMALFORMED);
}

static void test_glob(void **state)
{
    (void)state;
    assert_true(ut__glob("sip:2???@*", "sip:2001@Example.com"));
    assert_false(ut__glob("sip:2???@*", "sip:20011@example.com"));
    assert_true(ut__glob("*a*b*", "xxaxxbxx"));
    assert_false(ut__glob("*a*b", "xxaxxbxx"));
    assert_true(ut__glob("*", ""));
    assert_false(ut__glob("?", ""));
    /* Quadratic at worst, not exponential. */
    char many[2001];
    memset(many, 'a', 2000);
    many[2000] = '\0';
    assert_false(ut__glob("*a*a*a*a*a*a*a*a*b", many));
}

static void roles_of(const char *const *rules, size_t rule_count, const struct ut__sip_party *p,
                     size_t n, uint8_t *roles, const char **from)
{
    struct ut__sip_rule r[8];
    for (size_t i = 0; i < rule_count; i++)
        assert_int_equal(ut__sip_rule_parse(&r[i], rules[i]), 0);
    ut__sip_roles(roles, from, p, n, r, rule_count);
}

#define PARTY(a, l, n)                                                                             \
    {                                                                                              \
        .aor = (a), .name = "", .label = (l), .order = (n)                                         \
    }

static void test_roles(void **state)
{
    (void)state;
    static const char *const rules[] = {"label:1=caller", "aor:sip:2???@*=agent", "order:2=caller"};
    const struct ut__sip_party by_aor[] = {PARTY("sip:2001@x", "1", 1), PARTY("sip:+34@x", "2", 2)};
    const struct ut__sip_party by_label[] = {PARTY("", "7", 1), PARTY("", "1", 2)};
    const struct ut__sip_party unknown[] = {PARTY("", "7", 3), PARTY("", "8", 4)};
    const struct ut__sip_party two[] = {PARTY("", "1", 1), PARTY("", "1", 2), PARTY("", "", 3)};
    uint8_t roles[3];
    /* Metadata goes before labels, whatever the order of the rules. */
    roles_of(rules, 3, by_aor, 2, roles, NULL);
    assert_int_equal(roles[0], UT_ROLE_AGENT);
    assert_int_equal(roles[1], UT_ROLE_CALLER);
    /* One known of two: the other is the other. */
    const char *from[3];
    roles_of(rules, 3, by_label, 2, roles, from);
    assert_string_equal(from[0], "the other line's role");
    assert_string_equal(from[1], "a rule on labels");
    roles_of(rules, 3, by_aor, 2, roles, from);
    assert_string_equal(from[0], "a rule on addresses");
    roles_of(rules, 3, unknown, 2, roles, from);
    assert_string_equal(from[0], "no rule");
    roles_of(rules, 1, two, 3, roles, from);
    assert_string_equal(from[2], "two callers by the rules");
    roles_of(rules, 3, by_label, 2, roles, NULL);
    assert_int_equal(roles[0], UT_ROLE_AGENT);
    assert_int_equal(roles[1], UT_ROLE_CALLER);
    roles_of(rules, 3, unknown, 2, roles, NULL);
    assert_int_equal(roles[0], UT_ROLE_COUNT);
    assert_int_equal(roles[1], UT_ROLE_COUNT);
    /* Two callers: nobody is, for one of them may be an agent. */
    roles_of(rules, 1, two, 3, roles, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(roles[i], UT_ROLE_COUNT);
    /* Several people on a line: no rule makes it one's, nor is it the other of two. */
    struct ut__sip_party mixed[] = {PARTY("", "1", 1), PARTY("sip:2001@x", "2", 2),
                                    PARTY("", "", 3)};
    mixed[0].is_mixed = 1;
    for (size_t n = 1; n <= 2; n++) {
        roles_of(rules, 3, mixed, n, roles, NULL);
        assert_int_equal(roles[0], UT_ROLE_COUNT);
    }
    assert_int_equal(roles[1], UT_ROLE_AGENT);
    /* A line that is closed is nobody's, and the two that are left are a pair. */
    mixed[0] = (struct ut__sip_party)PARTY("", "1", 1);
    mixed[0].is_closed = 1;
    roles_of(rules, 3, mixed, 3, roles, NULL);
    assert_int_equal(roles[0], UT_ROLE_COUNT);
    assert_int_equal(roles[1], UT_ROLE_AGENT);
    assert_int_equal(roles[2], UT_ROLE_CALLER);
    static const char *const bad[] = {
        "",           "label:1",      "label:=caller", "order:0=caller", "order:x=caller",
        "aor:x=boss", "who:1=caller", "=caller"};
    struct ut__sip_rule r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__sip_rule_parse(&r, bad[i]), UT_EMALFORMED);
}

static int parse(struct ut__multipart *m, const char *type, const char *body)
{
    return ut__multipart_parse(m, type, strlen(type), body, strlen(body));
}

static void test_multipart(void **state)
{
    (void)state;
    struct ut__multipart m;
    static const char body[] = "preamble\r\n--b\r\nContent-Type: application/SDP;x=y\r\n\r\nv=0\r\n"
                               "\r\n--b\r\n\r\nplain\r\n--b--\r\nepilogue";
    static const char *const types[] = {";boundary=b", "; Boundary = \"b\"", ";x=1;boundary=b;y=2"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(parse(&m, types[i], body), 0);
        assert_int_equal(m.count, 2);
        assert_true(ut__part_is(&m.parts[0], "application/sdp"));
        assert_int_equal(m.parts[0].body_len, 5);
        assert_memory_equal(m.parts[0].body, "v=0\r\n", 5);
        assert_null(m.parts[1].type);
        assert_int_equal(m.parts[1].body_len, 5);
    }
    /* One in another. */
    struct ut__multipart in;
    assert_int_equal(parse(&m, ";boundary=b",
                           "--b\r\nContent-Type: multipart/related;boundary=\"c\"\r\n\r\n--c\r\n"
                           "Content-Type: application/sdp\r\n\r\nv=0\r\n--c--\r\n--b--\r\n"),
                     0);
    assert_true(ut__part_nests(&m.parts[0]));
    assert_int_equal(ut__multipart_parse(&in, m.parts[0].params, m.parts[0].params_len,
                                         m.parts[0].body, m.parts[0].body_len),
                     0);
    assert_int_equal(in.count, 1);
    assert_true(ut__part_is(&in.parts[0], "application/sdp") && !ut__part_nests(&in.parts[0]));
    assert_int_equal(parse(&m, ";boundary=other", body), UT_EMALFORMED);
    assert_int_equal(parse(&m, "", body), UT_EMALFORMED);
    assert_int_equal(parse(&m, ";boundary=\"b", body), UT_EMALFORMED);
    assert_int_equal(parse(&m, ";notboundary=b", body), UT_EMALFORMED);
    assert_int_equal(parse(&m, ";boundary=b", ""), UT_EMALFORMED);
    /* The last boundary is missing: the message was cut, what came serves. */
    assert_int_equal(parse(&m, ";boundary=b", "--b\n\nx"), 0);
    assert_int_equal(m.parts[0].body_len, 1);
}

#define RS "<recording xmlns='urn:ietf:params:xml:ns:recording:1'>"

static int read_xml(struct ut__rs_metadata *md, const char *xml)
{
    return ut__rs_metadata_parse(md, xml, strlen(xml));
}

static struct ut__rs_metadata md;

static const struct ut__rs_participant *sender(const char *label)
{
    return ut__rs_sender(&md, ut__rs_stream_of(&md, label, 0));
}

static int is_mixed(const char *label)
{
    return ut__rs_is_mixed(ut__rs_stream_of(&md, label, 0));
}

static void test_metadata(void **state)
{
    (void)state;
    assert_int_equal(
        read_xml(&md, RS "<datamode>complete</datamode><participant participant_id='p'><nameID "
                         "aor='sip:a@b'><name xml:lang='it'> Ann &amp; Bo </name></nameID>"
                         "</participant><stream stream_id='s'><label> 96 </label></stream>"
                         "<participantstreamassoc participant_id='p'><send>s</send>"
                         "<recv>t</recv></participantstreamassoc></recording>"),
        0);
    const struct ut__rs_participant *who = sender("96");
    assert_non_null(who);
    assert_string_equal(who->aor, "sip:a@b");
    assert_string_equal(who->name, "Ann & Bo");
    assert_null(sender("97"));
    assert_null(sender(""));
    /* A partial document adds a stream; what was known stays. */
    assert_int_equal(read_xml(&md, RS
                              "<datamode>partial</datamode><stream stream_id='u'><label>97</label>"
                              "</stream><participantstreamassoc participant_id='p'><send>u</send>"
                              "</participantstreamassoc></recording>"),
                     0);
    assert_non_null(sender("96"));
    assert_non_null(sender("97"));
    /* What a call keeps in between gives the same again, in the memory that two streams need. */
    struct ut__rs_kept *kept = ut__rs_metadata_keep(&md);
    assert_non_null(kept);
    memset(&md, 0xff, sizeof md);
    ut__rs_metadata_recall(&md, NULL);
    assert_null(sender("96"));
    ut__rs_metadata_recall(&md, kept);
    free(kept);
    assert_int_equal(md.participant_count, 1);
    assert_int_equal(md.stream_count, 2);
    assert_string_equal(sender("97")->aor, "sip:a@b");
    /* What is refused changes nothing. */
    assert_int_equal(read_xml(&md, "<!DOCTYPE r [<!ENTITY x 'y'>]><recording>&x;</recording>"),
                     UT_EUNSUPPORTED);
    assert_int_equal(read_xml(&md, "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"),
                     UT_ETOOBIG);
    assert_int_equal(read_xml(&md, RS "<stream>"), UT_EMALFORMED);
    assert_int_equal(read_xml(&md, ""), UT_EMALFORMED);
    assert_non_null(sender("97"));
    /* A complete document begins anew. */
    assert_int_equal(read_xml(&md, RS "<datamode>complete</datamode></recording>"), 0);
    assert_null(sender("96"));
}

#define PEOPLE(a, b)                                                                               \
    "<participant participant_id='p'><nameID aor='" a "'/></participant>"                          \
    "<participant participant_id='q'><nameID aor='" b "'/></participant>"
#define STREAM(id, label) "<stream stream_id='" id "'><label>" label "</label></stream>"
#define SENDS(who, what)                                                                           \
    "<participantstreamassoc participant_id='" who "'>" what "</participantstreamassoc>"
#define SEND(id) "<send>" id "</send>"

/* One line with two people on it, as Metaswitch, Avaya and BroadWorks in mono tell of it. */
static void test_mixed(void **state)
{
    (void)state;
    assert_int_equal(read_xml(&md, RS PEOPLE("sip:a@x", "sip:b@x") STREAM("s", "1")
                                       SENDS("p", SEND("s")) SENDS("q", SEND("s")) "</recording>"),
                     0);
    assert_true(is_mixed("1"));
    assert_null(sender("1"));
    /* The same person twice is one. */
    assert_int_equal(read_xml(&md, RS PEOPLE("sip:a@x", "sip:b@x") STREAM("s", "1")
                                       SENDS("p", SEND("s")) SENDS("p", SEND("s")) "</recording>"),
                     0);
    assert_false(is_mixed("1"));
    assert_string_equal(sender("1")->aor, "sip:a@x");
    /* By its mode, whoever sends it. */
    assert_int_equal(
        read_xml(&md, RS PEOPLE("sip:a@x", "sip:b@x") "<stream stream_id='s'><label>1</label>"
                                                      "<mode> Mixed </mode></stream>" SENDS(
                                                          "p", SEND("s")) "</recording>"),
        0);
    assert_true(is_mixed("1"));
    /* A second one comes by a partial document, its mode last and spelled as Avaya does. */
    assert_int_equal(read_xml(&md, RS PEOPLE("sip:a@x", "sip:b@x") STREAM("s", "1")
                                       SENDS("p", SEND("s")) "</recording>"),
                     0);
    assert_int_equal(
        read_xml(&md, RS SENDS("q", SEND("s")) "<dataMode> Partial</dataMode></recording>"), 0);
    assert_true(is_mixed("1"));
    assert_false(ut__rs_is_mixed(NULL));
}

/* Whoever has left sends no more, wherever the document says so. */
static void test_transfer(void **state)
{
    (void)state;
    static const char left[] = "<disassociate-time>2026-01-01T00:00:10Z</disassociate-time>";
    char xml[2048];
    for (int i = 0; i < 2; i++) {
        snprintf(xml, sizeof xml,
                 RS "%s" STREAM("s", "1")
                     SENDS("q", SEND("s")) "<participantstreamassoc participant_id='p'>%s" SEND(
                         "s") "%s</participantstreamassoc></recording>",
                 PEOPLE("sip:a@x", "sip:b@x"), i ? left : "", i ? "" : left);
        assert_int_equal(read_xml(&md, xml), 0);
        assert_false(is_mixed("1"));
        assert_string_equal(sender("1")->aor, "sip:b@x");
    }
    snprintf(xml, sizeof xml,
             RS "<datamode>partial</datamode><participantsessionassoc participant_id='q' "
                "session_id='x'>%s</participantsessionassoc></recording>",
             left);
    assert_int_equal(read_xml(&md, xml), 0);
    assert_null(sender("1"));
}

/* The drafts before RFC 7865: BroadWorks and Webex Calling; Oracle and ACME. */
static void test_drafts(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "<recording_metadata xmlns='urn:ietf:params:xml:ns:siprec'><dataMode>complete</dataMode>"
        "<session id='u'/><participant id='a' session='u'><aor>sip:a@x</aor><send><id>t</id>"
        "</send></participant><participant id='b' session='u'><aor>sip:b@x</aor>"
        "<send> <id> v </id> </send></participant>"
        "<stream id='t' session='u'><label>1</label><mode>separate</mode></stream>"
        "<stream id='v' session='u'><label>2</label></stream></recording_metadata>",
        "<recording xmlns='urn:ietf:params:xml:ns:recording'><group id='g'/><session id='u'/>"
        "<participant id='a' session='u'><nameID aor='sip:a@x'><name>A</name></nameID>"
        "<send>t</send><recv>v</recv></participant><participant id='b' session='u'>"
        "<nameID aor='sip:b@x'/><send>v</send><recv>t</recv></participant>"
        "<stream id='t' session='u'><label>1</label></stream>"
        "<stream id='v' session='u'><label>2</label></stream></recording>"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(read_xml(&md, documents[i]), 0);
        assert_string_equal(sender("1")->aor, "sip:a@x");
        assert_string_equal(sender("2")->aor, "sip:b@x");
        assert_false(is_mixed("1") || is_mixed("2"));
    }
}

/* Where a side gives no label, the only stream is meant, and no other is guessed. */
static void test_labels(void **state)
{
    (void)state;
    assert_int_equal(read_xml(&md, RS PEOPLE("sip:a@x", "sip:b@x") STREAM("s", "1")
                                       SENDS("p", SEND("s")) "</recording>"),
                     0);
    assert_non_null(ut__rs_stream_of(&md, "", 1));
    assert_null(ut__rs_stream_of(&md, "", 0));
    assert_null(ut__rs_stream_of(&md, "2", 1));
    ut__rs_metadata_add(&md, "2", "sip:c@x");
    assert_string_equal(sender("2")->aor, "sip:c@x");
    assert_null(ut__rs_stream_of(&md, "", 1));
    ut__rs_metadata_add(&md, "2", "sip:c@x");
    assert_false(is_mixed("2"));
    ut__rs_metadata_add(&md, "2", "sip:d@x");
    assert_true(is_mixed("2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cidr),      cmocka_unit_test(test_same_peer),
        cmocka_unit_test(test_glob),      cmocka_unit_test(test_roles),
        cmocka_unit_test(test_multipart), cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_mixed),     cmocka_unit_test(test_transfer),
        cmocka_unit_test(test_drafts),    cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
