/* SPDX-License-Identifier: MIT */
/* What proves who sends media: the input's lines are Signature-Input, Signature, Authorization,
 * X-Twilio-Signature and the values of headers. Nobody gets in who does not know the secret. */

#include <stdlib.h>
#include <string.h>

#include "ingress/websocket/vendor_auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LINES = 6 };

static const char *header(void *arg, const char *name)
{
    char *const *line = arg;
    return line[4 + (name[0] & 1)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct ut__auth_nonces nonces;
    static char nothing[] = "";
    char *line[LINES], *text = malloc(len + 1), *at = text;
    if (!text)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';
    for (int i = 0; i < LINES; i++) {
        line[i] = at ? at : nothing;
        at = at ? strchr(at, '\n') : NULL;
        if (at)
            *at++ = '\0';
    }
    struct ut__auth_signed req = {.target = "/media/audiohook",
                                  .authority = "a.example",
                                  .signature = line[1],
                                  .signature_input = line[0],
                                  .header = header,
                                  .arg = line,
                                  .now_s = 1641013230};
    memset(&nonces, 0, sizeof nonces);
    int plain = ut__auth_audiohook("c2VjcmV0IG9mIHRoZSBmdXp6ZXI=", &req);
    req.life_s = UT__AUTH_LIFE_MAX_S;
    req.nonces = &nonces;
    int strict = ut__auth_audiohook("c2VjcmV0IG9mIHRoZSBmdXp6ZXI=", &req);
    if (strict && (!plain || ut__auth_audiohook("c2VjcmV0IG9mIHRoZSBmdXp6ZXI=", &req)))
        abort(); /* Taken without its signature, or twice. */
    if (ut__auth_bearer("a token that is not in the seeds", line[2]) ||
        ut__auth_twilio("a token that is not in the seeds", "wss://a.example/media/twilio",
                        line[3]))
        abort();
    free(text);
    return 0;
}
