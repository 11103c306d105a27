/* SPDX-License-Identifier: MIT */
/* Options by table, the RTP listeners' text, the call table, the JSON of the stream. */
#include "unit/unit.h"

#include <stdlib.h>

#include <undertone/json.h>

#include "daemon/config.h"
#include "ingress/rtp/listener_spec.h"
#include "live/call_table.h"
#include "live/stream_json.h"

static struct ut__serve_config *cfg;
static char why[UT__CONFIG_WHY_MAX];

static int parse(const char *text)
{
    ut__serve_config_destroy(cfg);
    assert_int_equal(ut__serve_config_create(&cfg), 0);
    return ut__config_parse(cfg->sets, text, strlen(text), "x.ini", why, sizeof why);
}

/* Where an option's value lies, whoever's it is. */
static const void *value_of(const char *name)
{
    const struct ut__option_set *set = NULL;
    const struct ut__option *o = ut__option_find(cfg->sets, name, strlen(name), &set);
    assert_non_null(o);
    return (const char *)set->values + o->offset;
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(parse("# comment\r\n\n ; another\n max-calls = 50 \njson=yes\n"
                           "log-level = \"warn\"\nthreshold = 0.5\nsip = [::1]:5060\n"
                           "sip = 127.0.0.1:5060\nrole = label:1=caller\n"
                           "log-call = ab-1\nlog-call = *@pbx7"),
                     0);
    assert_int_equal(cfg->max_calls, 50);
    assert_int_equal(cfg->json, 1);
    assert_int_equal(cfg->log_level, 2);
    assert_true(cfg->threshold == 0.5);
    assert_int_equal(cfg->log_call.count, 2);
    assert_string_equal(cfg->log_call.items[1], "*@pbx7");
    const struct ut__option_list *sip = value_of("sip");
    assert_int_equal(sip->count, 2);
    assert_string_equal(sip->items[0], "[::1]:5060");
    ut__config_clear(cfg->sets);
    assert_null(sip->items);
    assert_int_equal(parse("\xef\xbb\xbfmax-calls = 5\n"), 0); /* As Windows' editors begin it. */
    assert_int_equal(cfg->max_calls, 5);
}

/* Each error says where, what, and what would do. */
static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *word;
    } cases[] = {
        {"\n\nmax-call = 3", "x.ini:3: ", "did you mean 'max-calls'"},
        {"nothing-like-it = 3", "x.ini:1: ", "--help"},
        {"listen = 3",
         "x.ini:1: ", "--help"}, /* Four letters from `site`, and no slip of a finger. */
        {"max-calls = many", "x.ini:1: ", "whole number between 1 and 100000"},
        {"max-calls = 0", "x.ini:1: ", "between"},
        {"max-calls = 1.5", "x.ini:1: ", "whole"},
        {"threshold = nan", "x.ini:1: ", "number"},
        {"workers = 1\nworkers = 2", "x.ini:2: ", "given twice"},
        {"[sip]", "x.ini:1: ", "sections are not used"},
        {"max-calls 3", "x.ini:1: ", "name = value"},
        {"sip = localhost:5060", "x.ini:1: ", "numeric address"},
        {"sip = 127.0.0.1", "x.ini:1: ", "port"},
        {"sip = 127.0.0.1:99999", "x.ini:1: ", "port"},
        {"log-level = loud", "x.ini:1: ", "one of debug info warn error"},
        {"log-call =", "x.ini:1: ", "no call's id: 1 to"},
        {"json = maybe", "x.ini:1: ", "yes or no"},
        {"\nsip-cert = /nowhere", "x.ini:2: ", "'/nowhere' cannot be read: No such file"},
        {"role = label:1=boss", "x.ini:1: ", "role rule"},
        {"sip-peer = 1.2.3.4/40", "x.ini:1: ", "network"},
        {"rtp = 127.0.0.1:4000,codec=G729,role=caller", "x.ini:1: ", "codec=G729"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse(cases[i].text) < 0);
        assert_memory_equal(why, cases[i].where, strlen(cases[i].where));
        if (!strstr(why, cases[i].word))
            fail_msg("'%s' lacks '%s'", why, cases[i].word);
    }
    /* Bounds: a value, how often a list, a file. */
    char *text = malloc(UT__CONFIG_FILE_MAX + 2);
    assert_non_null(text);
    int n = snprintf(text, 32, "role = label:");
    memset(text + n, 'x', UT__OPTION_VALUE_MAX);
    text[n + UT__OPTION_VALUE_MAX] = '\0';
    assert_true(parse(text) < 0);
    assert_non_null(strstr(why, "longer than 1023 bytes"));
    size_t len = 0;
    for (int i = 0; i <= UT__OPTION_LIST_MAX; i++)
        len += (size_t)snprintf(text + len, 12, "log-call=a\n");
    assert_true(parse(text) < 0);
    assert_non_null(strstr(why, "x.ini:4097: "));
    assert_non_null(strstr(why, "more than 4096 times"));
    ut__serve_config_destroy(cfg);
    assert_int_equal(ut__serve_config_create(&cfg), 0);
    FILE *f = fopen("serve_config_test.ini", "wb");
    assert_non_null(f);
    memset(text, '#', UT__CONFIG_FILE_MAX + 1);
    assert_int_equal(fwrite(text, 1, UT__CONFIG_FILE_MAX + 1, f), UT__CONFIG_FILE_MAX + 1);
    fclose(f);
    assert_int_equal(ut__config_load(cfg->sets, "serve_config_test.ini", why, sizeof why),
                     UT_ETOOBIG);
    remove("serve_config_test.ini");
    assert_int_equal(ut__config_load(cfg->sets, ".", why, sizeof why), UT_EINVAL);
    assert_non_null(strstr(why, "give a file that can be read"));
    free(text);
    /* A secret is not repeated. */
    assert_true(parse("sip-user = hunter2") < 0);
    assert_null(strstr(why, "hunter2"));
    ut__serve_config_destroy(cfg);
    cfg = NULL;
}

/* What nobody sets has its row's fallback, and every fallback passes its row's own checks. */
static void test_fallbacks(void **state)
{
    (void)state;
    parse("");
    assert_int_equal(cfg->max_calls, 0);
    assert_int_equal(ut__config_defaults(cfg->sets, why, sizeof why), 0);
    assert_int_equal(cfg->max_calls, 1000);
    assert_int_equal(cfg->log_level, 1);
    assert_string_equal(*(char *const *)value_of("sip-realm"), "undertone");
    assert_int_equal(*(const int64_t *)value_of("rtp-idle"), 5);
    /* No two owners have the same name, and each row can be told. */
    for (const struct ut__option_set *s = cfg->sets; s->rows; s++) {
        assert_non_null(s->title);
        for (const struct ut__option *o = s->rows; o->name; o++) {
            assert_ptr_equal(ut__option_find(cfg->sets, o->name, strlen(o->name), NULL), o);
            assert_non_null(o->help);
            assert_true(o->kind == UT__OPTION_FLAG || o->value);
        }
    }
}

static void test_reload(void **state)
{
    (void)state;
    struct ut__serve_config *before = NULL;
    char names[64];
    assert_int_equal(ut__serve_config_create(&before), 0);
    before->max_calls = before->workers = 1;
    parse("max-calls = 2\nrtp-idle = 7\nsip-peer = ::1");
    ut__config_fixed_changes(before->sets, cfg->sets, names, sizeof names);
    assert_string_equal(names, "workers rtp-idle");
    ut__serve_config_destroy(before);
    ut__serve_config_destroy(cfg);
    cfg = NULL;
}

static void test_listener(void **state)
{
    (void)state;
    struct ut__rtp_listener_spec s;
    assert_int_equal(ut__rtp_listener_parse(&s,
                                            "[::1]:4000,codec=slin16,role=agent,call=d,pt=97,"
                                            "from=::1,queue=sales,agent=Anna",
                                            why, sizeof why),
                     0);
    assert_string_equal(s.address, "::1");
    assert_int_equal(s.port, 4000);
    assert_int_equal(s.format.codec, UT__RTP_L16);
    assert_int_equal(s.format.rate_hz, 16000);
    assert_int_equal(s.format.pt, 97);
    assert_int_equal(s.role, UT_ROLE_AGENT);
    assert_string_equal(s.queue, "sales");
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "127.0.0.1:0,codec=PCMU,role=caller",
                                      "127.0.0.1:1,codec=PCMU",
                                      "127.0.0.1:1,role=caller",
                                      "127.0.0.1:1,codec=PCMU,role=boss",
                                      "127.0.0.1:1,codec=PCMU,role=caller,pt=128",
                                      "127.0.0.1:1,codec=PCMU,role=caller,x=y",
                                      "127.0.0.1:1,codec=PCMU,role=caller,from=host",
                                      "[::1:1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ut__rtp_listener_parse(&s, bad[i], why, sizeof why), UT_EMALFORMED);
}

static void test_call_table(void **state)
{
    (void)state;
    static struct ut__call_table t;
    static struct ut__call_entry e[600];
    char id[UT__CALL_ID_MAX];
    for (int i = 0; i < 600; i++)
        ut__call_table_add(&t, &e[i], "a b/\xc3\xa9@host");
    assert_string_equal(e[0].id, "a-b---@host");
    assert_string_equal(e[1].id, "a-b---@host-2");
    assert_string_equal(e[599].id, "a-b---@host-600");
    assert_ptr_equal(ut__call_table_find(&t, e[77].id), &e[77]);
    ut__call_table_remove(&t, &e[77]);
    assert_null(ut__call_table_find(&t, e[77].id));
    assert_int_equal(t.count, 599);
    ut__call_table_add(&t, &e[77], "");
    assert_string_equal(e[77].id, "call");
    ut__call_id_make(id, "siprec", 1795294741123, 0xbeef);
    assert_string_equal(id, "siprec-20261121T205901-0000beef");
}

static void test_stream_json(void **state)
{
    (void)state;
    char buf[UT_JSON_MAX];
    struct ut__stream_item item = {.kind = UT__STREAM_STARTED,
                                   .info = {.id = "c1",
                                            .source = "sip",
                                            .agent = "\xff",
                                            .caller = "+34600000000",
                                            .has_agent = 1}};
    assert_true(ut__stream_to_json(buf, sizeof buf, &item) > 0);
    assert_string_equal(buf, "{\"type\":\"call\",\"v\":1,\"call\":\"c1\",\"phase\":\"started\","
                             "\"source\":\"sip\",\"channels\":2,\"queue\":\"\",\"agent\":\"?\","
                             "\"on_hold\":false}");
    item.kind = UT__STREAM_ENDED;
    memcpy(item.reason, "bye", 4);
    assert_true(ut__stream_to_json(buf, sizeof buf, &item) > 0);
    assert_string_equal(
        buf, "{\"type\":\"call\",\"v\":1,\"call\":\"c1\",\"phase\":\"ended\",\"reason\":\"bye\"}");
    assert_int_equal(ut__stream_to_json(buf, 20, &item), UT_ENOSPC);
    item.kind = (enum ut__stream_kind)9;
    assert_int_equal(ut__stream_to_json(buf, sizeof buf, &item), UT_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_errors),
        cmocka_unit_test(test_reload),      cmocka_unit_test(test_fallbacks),
        cmocka_unit_test(test_listener),    cmocka_unit_test(test_call_table),
        cmocka_unit_test(test_stream_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
