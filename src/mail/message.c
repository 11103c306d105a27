/* SPDX-License-Identifier: MIT */
/* A message: RFC 5322, with MIME parts (RFC 2045 to 2047). */

#include "mail/mail.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    LINE_BYTES = 57,
    WORD_BYTES = 42 /* So that a line of base64 has 76, and a coded word 75 letters. */
};

int ut__mail_is_address(const char *text)
{
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@') || strlen(text) > UT__MAIL_ADDRESS_MAX)
        return 0;
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("<>(),;:\\\"[]", *p))
            return 0;
    return 1;
}

static void put_lines(struct ut__text *t, const char *body)
{
    size_t len = strlen(body);
    for (size_t i = 0; i < len; i += LINE_BYTES) {
        ut__text_base64(t, body + i, len - i < LINE_BYTES ? len - i : LINE_BYTES);
        ut__text_raw(t, "\r\n");
    }
}

/* Words of at most WORD_BYTES, none of which parts a character. */
static void put_subject(struct ut__text *t, const char *s)
{
    ut__text_raw(t, "Subject:");
    while (*s) {
        size_t n = strlen(s) < WORD_BYTES ? strlen(s) : WORD_BYTES;
        while (n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
        ut__text_raw(t, " =?UTF-8?B?");
        ut__text_base64(t, s, n);
        ut__text_raw(t, "?=\r\n");
        s += n;
    }
}

static void put_part(struct ut__text *t, const char *boundary, const char *type, const char *more,
                     const char *body)
{
    ut__text_printf(t, "--%s\r\nContent-Type: %s; charset=utf-8\r\n", boundary, type);
    ut__text_raw(t, more);
    ut__text_raw(t, "Content-Transfer-Encoding: base64\r\n\r\n");
    put_lines(t, body);
}

void ut__mail_write(struct ut__text *t, const struct ut__mail *mail)
{
    char date[64] = "", name[200];
    time_t s = (time_t)(mail->time_ms / 1000);
    struct tm tm;
    if (gmtime_r(&s, &tm))
        (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &tm);
    ut__text_raw(t, "From: ");
    ut__text_raw(t, mail->from);
    ut__text_raw(t, "\r\nTo: ");
    for (size_t i = 0; i < mail->to_count; i++) {
        ut__text_raw(t, i ? ",\r\n " : "");
        ut__text_raw(t, mail->to[i]);
    }
    ut__text_raw(t, "\r\n");
    put_subject(t, mail->subject);
    ut__text_printf(t, "Date: %s\r\nMessage-ID: <%.200s@undertone>\r\nMIME-Version: 1.0\r\n", date,
                    mail->id);
    if (mail->about)
        ut__text_printf(t, "In-Reply-To: <%.200s@undertone>\r\nReferences: <%.200s@undertone>\r\n",
                        mail->about, mail->about);
    ut__text_raw(t, "Auto-Submitted: auto-generated\r\n"
                    "Content-Type: multipart/mixed; boundary=\"undertone-outer\"\r\n\r\n"
                    "--undertone-outer\r\n"
                    "Content-Type: multipart/alternative; boundary=\"undertone-inner\"\r\n\r\n");
    put_part(t, "undertone-inner", "text/plain", "", mail->text);
    if (mail->html)
        put_part(t, "undertone-inner", "text/html", "", mail->html);
    ut__text_raw(t, "--undertone-inner--\r\n");
    if (mail->csv) {
        snprintf(name, sizeof name, "Content-Disposition: attachment; filename=\"%s\"\r\n",
                 mail->csv_name);
        put_part(t, "undertone-outer", "text/csv", name, mail->csv);
    }
    ut__text_raw(t, "--undertone-outer--\r\n");
}
