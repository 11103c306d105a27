/* SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdlib.h>

#include "ingress/websocket/vendor_auth.h"

/* The example of Genesys' "AudioHook session walkthrough". */
#define KEY    "SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh"
#define SECRET "TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU="
#define INPUT                                                                                      \
    "sig1=(\"@request-target\" \"@authority\" \"audiohook-organization-id\" "                      \
    "\"audiohook-session-id\" \"audiohook-correlation-id\" \"x-api-key\");keyid=\"" KEY            \
    "\";nonce=\"VGhpc0lzQVVuaXF1ZU5vbmNl\";alg=\"hmac-sha256\";created=1641013200;"                \
    "expires=3282026430"
#define SIGNATURE "sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:"

static const char *header(void *arg, const char *name)
{
    if (arg && strcmp(name, arg) == 0)
        return "changed";
    if (strcmp(name, "audiohook-organization-id") == 0)
        return "d7934305-0972-4844-938e-9060eef73d05";
    if (strcmp(name, "audiohook-session-id") == 0)
        return "30b0e395-84d3-4570-ac13-9a62d8f514c0";
    if (strcmp(name, "audiohook-correlation-id") == 0)
        return "e160e428-53e2-487c-977d-96989bf5c99d";
    return strcmp(name, "x-api-key") == 0 ? KEY : NULL;
}

static struct ut__auth_signed example(void)
{
    return (struct ut__auth_signed){.target = "/api/v1/voicebiometrics/ws",
                                    .authority = "audiohook.example.com",
                                    .signature = SIGNATURE,
                                    .signature_input = INPUT,
                                    .header = header,
                                    .now_s = 1641013230};
}

static void the_example_of_the_documentation(void **state)
{
    (void)state;
    struct ut__auth_signed req = example();
    assert_true(ut__auth_audiohook(SECRET, &req));
    assert_false(ut__auth_audiohook("AAAA", &req));
    assert_false(ut__auth_audiohook("", &req));
    assert_false(ut__auth_audiohook("not base64!!", &req));
}

static void any_change_is_seen(void **state)
{
    (void)state;
    static const char *const names[] = {"audiohook-organization-id", "audiohook-session-id",
                                        "audiohook-correlation-id", "x-api-key"};
    struct ut__auth_signed req;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        req = example();
        req.arg = (void *)(uintptr_t)names[i];
        assert_false(ut__auth_audiohook(SECRET, &req));
    }
    req = example();
    req.target = "/media/audiohook";
    assert_false(ut__auth_audiohook(SECRET, &req));
    req = example();
    req.authority = "evil.example.com";
    assert_false(ut__auth_audiohook(SECRET, &req));
    req = example();
    req.now_s = 1641013200 - 301; /* From the future. */
    assert_false(ut__auth_audiohook(SECRET, &req));
    req.now_s = 3282026431;
    assert_false(ut__auth_audiohook(SECRET, &req));
}

/* One that was overheard: it opens once, for minutes, whatever it says of itself. */
static void a_signature_serves_once(void **state)
{
    (void)state;
    struct ut__auth_nonces *nonces = calloc(1, sizeof *nonces);
    assert_non_null(nonces);
    struct ut__auth_signed req = example();
    req.nonces = nonces;
    assert_true(ut__auth_audiohook(SECRET, &req));
    assert_false(ut__auth_audiohook(SECRET, &req));
    req.signature = "sig1=:AAAA:"; /* A wrong one notes nothing. */
    assert_false(ut__auth_audiohook(SECRET, &req));
    assert_int_equal(nonces->next, 1);
    req = example();
    req.life_s = UT__AUTH_LIFE_MAX_S; /* The example is valid for fifty years. */
    assert_false(ut__auth_audiohook(SECRET, &req));
    free(nonces);
}

static void malformed_signatures_are_refused(void **state)
{
    (void)state;
    static const char *const inputs[] = {"",
                                         "sig1",
                                         "sig1=",
                                         "sig1=(",
                                         "sig1=()",
                                         "sig1=(\"@request-target\"",
                                         "sig1=(\"@method\")",
                                         "sig1=(\"\")",
                                         "sig1=(\"@request-target\" \"x-absent\")",
                                         "sig1=(\"@request-target\");created=1641013200"};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct ut__auth_signed req = example();
        req.signature_input = inputs[i];
        assert_false(ut__auth_audiohook(SECRET, &req));
    }
    static const char *const signatures[] = {
        "", "sig1", "sig1=:", "sig2=:AAAA:", "sig1=:AAAA", "sig1=::"};
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++) {
        struct ut__auth_signed req = example();
        req.signature = signatures[i];
        assert_false(ut__auth_audiohook(SECRET, &req));
    }
    struct ut__auth_signed req = example();
    req.signature = NULL;
    assert_false(ut__auth_audiohook(SECRET, &req));
    req = example();
    req.signature_input = NULL;
    assert_false(ut__auth_audiohook(SECRET, &req));
}

/* The signature by: openssl dgst -sha1 -hmac 12345 -binary | base64 */
static void twilio(void **state)
{
    (void)state;
    static const char url[] = "wss://example.com/media/twilio";
    assert_true(ut__auth_twilio("12345", url, "M4VdJ5pt+9kWsgwKulVbueuvHak="));
    assert_false(ut__auth_twilio("12346", url, "M4VdJ5pt+9kWsgwKulVbueuvHak="));
    assert_false(
        ut__auth_twilio("12345", "wss://example.com/media/twili", "M4VdJ5pt+9kWsgwKulVbueuvHak="));
    assert_false(ut__auth_twilio("12345", url, ""));
    assert_false(ut__auth_twilio("12345", url, NULL));
}

static void bearer(void **state)
{
    (void)state;
    assert_true(ut__auth_bearer("s3cret", "Bearer s3cret"));
    assert_true(ut__auth_bearer("s3cret", "Basic YW55OnMzY3JldA==")); /* any:s3cret */
    static const char *const wrong[] = {
        "",       "s3cret",  "Bearer ",    "Bearer s3cre",  "bearer",
        "Basic ", "Basic A", "Basic AAAA", "Bearer s3cret2"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(ut__auth_bearer("s3cret", wrong[i]));
    assert_false(ut__auth_bearer("s3cret", NULL));
    assert_false(ut__auth_same(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_of_the_documentation),
                                       cmocka_unit_test(any_change_is_seen),
                                       cmocka_unit_test(a_signature_serves_once),
                                       cmocka_unit_test(malformed_signatures_are_refused),
                                       cmocka_unit_test(twilio),
                                       cmocka_unit_test(bearer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
