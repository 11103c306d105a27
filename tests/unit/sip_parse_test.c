/* SPDX-License-Identifier: MIT */
/* What SIP brings from outside: networks, roles, bodies, metadata. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "ingress/sdp/roles.h"
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
    assert_true(ut__sip_glob("sip:2???@*", "sip:2001@Example.com"));
    assert_false(ut__sip_glob("sip:2???@*", "sip:20011@example.com"));
    assert_true(ut__sip_glob("*a*b*", "xxaxxbxx"));
    assert_false(ut__sip_glob("*a*b", "xxaxxbxx"));
    assert_true(ut__sip_glob("*", ""));
    assert_false(ut__sip_glob("?", ""));
    /* Quadratic at worst, not exponential. */
    char many[2001];
    memset(many, 'a', 2000);
    many[2000] = '\0';
    assert_false(ut__sip_glob("*a*a*a*a*a*a*a*a*b", many));
}

static void roles_of(const char *const *rules, size_t rule_count, const struct ut__sip_party *p,
                     size_t n, uint8_t *roles)
{
    struct ut__sip_rule r[8];
    for (size_t i = 0; i < rule_count; i++)
        assert_int_equal(ut__sip_rule_parse(&r[i], rules[i]), 0);
    ut__sip_roles(roles, p, n, r, rule_count);
}

static void test_roles(void **state)
{
    (void)state;
    static const char *const rules[] = {"label:1=caller", "aor:sip:2???@*=agent", "order:2=caller"};
    const struct ut__sip_party by_aor[] = {{"sip:2001@x", "", "1", 1}, {"sip:+34@x", "", "2", 2}};
    const struct ut__sip_party by_label[] = {{"", "", "7", 1}, {"", "", "1", 2}};
    const struct ut__sip_party unknown[] = {{"", "", "7", 3}, {"", "", "8", 4}};
    const struct ut__sip_party two[] = {{"", "", "1", 1}, {"", "", "1", 2}, {"", "", "", 3}};
    uint8_t roles[3];
    /* Metadata goes before labels, whatever the order of the rules. */
    roles_of(rules, 3, by_aor, 2, roles);
    assert_int_equal(roles[0], UT_ROLE_AGENT);
    assert_int_equal(roles[1], UT_ROLE_CALLER);
    /* One known of two: the other is the other. */
    roles_of(rules, 3, by_label, 2, roles);
    assert_int_equal(roles[0], UT_ROLE_AGENT);
    assert_int_equal(roles[1], UT_ROLE_CALLER);
    roles_of(rules, 3, unknown, 2, roles);
    assert_int_equal(roles[0], UT_ROLE_COUNT);
    assert_int_equal(roles[1], UT_ROLE_COUNT);
    /* Two callers: nobody is, for one of them may be an agent. */
    roles_of(rules, 1, two, 3, roles);
    for (int i = 0; i < 3; i++)
        assert_int_equal(roles[i], UT_ROLE_COUNT);
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

static void test_metadata(void **state)
{
    (void)state;
    static struct ut__rs_metadata md;
    assert_int_equal(
        read_xml(&md, RS "<datamode>complete</datamode><participant participant_id='p'><nameID "
                         "aor='sip:a@b'><name xml:lang='it'> Ann &amp; Bo </name></nameID>"
                         "</participant><stream stream_id='s'><label> 96 </label></stream>"
                         "<participantstreamassoc participant_id='p'><send>s</send>"
                         "<recv>t</recv></participantstreamassoc></recording>"),
        0);
    const struct ut__rs_participant *who = ut__rs_sender(&md, "96");
    assert_non_null(who);
    assert_string_equal(who->aor, "sip:a@b");
    assert_string_equal(who->name, "Ann & Bo");
    assert_null(ut__rs_sender(&md, "97"));
    assert_null(ut__rs_sender(&md, ""));
    /* A partial document adds a stream; what was known stays. */
    assert_int_equal(read_xml(&md, RS
                              "<datamode>partial</datamode><stream stream_id='u'><label>97</label>"
                              "</stream><participantstreamassoc participant_id='p'><send>u</send>"
                              "</participantstreamassoc></recording>"),
                     0);
    assert_non_null(ut__rs_sender(&md, "96"));
    assert_non_null(ut__rs_sender(&md, "97"));
    /* What a call keeps in between gives the same again, in the memory that two streams need. */
    struct ut__rs_kept *kept = ut__rs_metadata_keep(&md);
    assert_non_null(kept);
    memset(&md, 0xff, sizeof md);
    ut__rs_metadata_recall(&md, NULL);
    assert_null(ut__rs_sender(&md, "96"));
    ut__rs_metadata_recall(&md, kept);
    free(kept);
    assert_int_equal(md.participant_count, 1);
    assert_int_equal(md.stream_count, 2);
    assert_string_equal(ut__rs_sender(&md, "97")->aor, "sip:a@b");
    /* What is refused changes nothing. */
    assert_int_equal(read_xml(&md, "<!DOCTYPE r [<!ENTITY x 'y'>]><recording>&x;</recording>"),
                     UT_EUNSUPPORTED);
    assert_int_equal(read_xml(&md, "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"),
                     UT_ETOOBIG);
    assert_int_equal(read_xml(&md, RS "<stream>"), UT_EMALFORMED);
    assert_int_equal(read_xml(&md, ""), UT_EMALFORMED);
    assert_non_null(ut__rs_sender(&md, "97"));
    /* A complete document begins anew. */
    assert_int_equal(read_xml(&md, RS "<datamode>complete</datamode></recording>"), 0);
    assert_null(ut__rs_sender(&md, "96"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cidr),     cmocka_unit_test(test_glob),
        cmocka_unit_test(test_roles),    cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_metadata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
