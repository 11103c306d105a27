/* SPDX-License-Identifier: MIT */
/*
 * Mail in mbox: each message is one line of its sender. GMime takes encodings, charsets and parts
 * apart; what is quoted of earlier mails, and what stands below a signature's dashes, is left out,
 * since somebody else wrote it or nobody did.
 */

#define _DEFAULT_SOURCE /* strncasecmp. */

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "transcript/article.h"
#include "transcript/transcript.h"

enum { DEPTH_MAX = 8, ID_MAX = 256, BOUNDARIES_MAX = 64 };

/* The first plain part, or else the first of HTML. */
static void find(GMimeObject *part, GMimeTextPart **plain, GMimeTextPart **html, int depth)
{
    if (GMIME_IS_MULTIPART(part) && depth < DEPTH_MAX) {
        int n = g_mime_multipart_get_count(GMIME_MULTIPART(part));
        for (int i = 0; i < n; i++)
            find(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), plain, html, depth + 1);
    } else if (GMIME_IS_TEXT_PART(part)) {
        GMimeContentType *type = g_mime_object_get_content_type(part);
        GMimeTextPart **where = g_mime_content_type_is_type(type, "text", "html") ? html : plain;
        if (!*where)
            *where = GMIME_TEXT_PART(part);
    }
}

static int ends_own_text(const char *row)
{
    size_t n = strlen(row);
    return strcmp(row, "--") == 0 || strcmp(row, "-- ") == 0 ||
           strncmp(row, "-----Original", 13) == 0 || strncmp(row, "-----Mensaje", 12) == 0 ||
           strncmp(row, "________", 8) == 0 ||
           (n > 8 && row[n - 1] == ':' &&
            (strncmp(row, "On ", 3) == 0 || strncmp(row, "El ", 3) == 0 ||
             strncmp(row, "Vào ", 5) == 0));
}

/* What the sender wrote, in place. */
static void keep_own(char *text)
{
    char *to = text, *row = text;
    while (row) {
        char *next = strchr(row, '\n');
        if (next)
            *next++ = '\0';
        size_t n = strlen(row);
        if (n && row[n - 1] == '\r')
            row[--n] = '\0';
        if (ends_own_text(row))
            break;
        if (*row != '>') {
            memmove(to, row, n);
            to += n;
            *to++ = '\n';
        }
        row = next;
    }
    *to = '\0';
}

/* The first mail of the thread: what it refers to, or itself. Static until the next call. */
static const char *thread_of(GMimeMessage *message)
{
    static _Thread_local char id[ID_MAX];
    const char *first = g_mime_object_get_header(GMIME_OBJECT(message), "References");
    const char *open = first ? strchr(first, '<') : NULL;
    const char *close = open ? strchr(open, '>') : NULL;
    const char *own = g_mime_message_get_message_id(message);
    size_t n = close ? (size_t)(close - open - 1) : own ? strlen(own) : 0;
    n = n < ID_MAX - 1 ? n : ID_MAX - 1;
    memcpy(id, close ? open + 1 : own ? own : "", n);
    id[n] = '\0';
    return id;
}

static void tell(struct ut__transcript_reading *r, GMimeMessage *message)
{
    GMimeTextPart *plain = NULL, *html = NULL;
    GMimeObject *part = g_mime_message_get_mime_part(message);
    if (part)
        find(part, &plain, &html, 0);
    char *text = plain || html ? g_mime_text_part_get_text(plain ? plain : html) : NULL;
    if (!text) {
        ut__reading_fault(r, "a message has no text; it is left out");
        return;
    }
    /* Room for the line end that the last row may be given. */
    size_t size = strlen(text) + 1;
    char *own = g_malloc(size + 1);
    memcpy(own, text, size);
    g_free(text);
    if (!plain)
        ut__strip_html(own);
    keep_own(own);
    InternetAddressList *from = g_mime_message_get_from(message);
    char *name = from ? internet_address_list_to_string(from, NULL, FALSE) : NULL;
    GDateTime *date = g_mime_message_get_date(message);
    struct ut__line line = {.t_s = date ? (double)g_date_time_to_unix(date) : -1,
                            .confidence = -1,
                            .name = name ? name : "",
                            .conversation = thread_of(message)};
    ut__reading_line(r, &line, own);
    g_free(name);
    g_free(own);
}

/*
 * GMime compares what may be a boundary with that of each part around it: a mail of parts in parts, a hundred thousand
 * deep, takes seconds. A message keeps its first ones; what names another reads as a part that holds none.
 */
static void bound_parts(char *bytes, size_t len, int is_mbox)
{
    static const char from[] = "\nFrom ", name[] = "boundary", between[] = " \t\r\n*0123456789";
    int count = 0;
    for (size_t i = 0; i + sizeof name <= len; i++) {
        if (is_mbox && memcmp(bytes + i, from, sizeof from - 1) == 0)
            count = 0;
        if (strncasecmp(bytes + i, name, sizeof name - 1) != 0)
            continue;
        size_t end = i + sizeof name - 1;
        while (end < len && bytes[end] && strchr(between, bytes[end]))
            end++;
        if (end < len && bytes[end] == '=' && ++count > BOUNDARIES_MAX)
            bytes[i] = 'x';
    }
}

int ut__read_mail(struct ut__transcript_reading *r, char *bytes, size_t len)
{
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        g_mime_init();
        g_once_init_leave(&ready, 1);
    }
    int is_mbox = len >= 5 && memcmp(bytes, "From ", 5) == 0;
    bound_parts(bytes, len, is_mbox);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_format(parser, is_mbox ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
    do {
        gint64 before = g_mime_parser_tell(parser);
        GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
        r->row++;
        if (!message) {
            ut__reading_fault(r, "this message, counted from 1, cannot be read");
            break;
        }
        tell(r, message);
        g_object_unref(message);
        if (g_mime_parser_tell(parser) <= before)
            break; /* Damaged: it does not move on. */
    } while (!g_mime_parser_eos(parser));
    g_object_unref(parser);
    g_object_unref(stream);
    return 0;
}
