/* SPDX-License-Identifier: MIT */
/* Tokens, sessions and origins. A token has 256 random bits: a plain SHA-256 hides it well. */

#include "supervise/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "supervise/supervise.h"

enum { RANDOM_BYTES = 32, COOKIE_MAX = 128 };
static const char cookie_name[] = "undertone_session";

struct entry {
    char name[UT__NAME_MAX], hash[UT__HASH_MAX];
    enum ut__role role;
    int64_t expires_ms; /* 0: never. */
};

/* Whoever came by the first key: no token can have a name with a space. */
static const char first_name[] = "first administrator";

/* Somebody who came by the proxy. */
struct person {
    char name[UT__NAME_MAX];
    enum ut__role role;
    char queues[UT__SCOPE_BYTES];
};

struct ut__auth {
    int demo, secure, known; /* known: the store has given its tokens. */
    char *base_url, *header, *groups_header;
    struct ut__auth_group *groups;
    uint32_t group_count;
    struct person *people; /* UT__TOKENS_MAX of them. */
    size_t person_count;
    char (*token_queues)[UT__SCOPE_BYTES];                   /* Beside `tokens`. */
    char first_key[UT__TOKEN_MAX], first_hash[UT__HASH_MAX]; /* Empty: spent. */
    struct entry *tokens, *sessions;
    size_t token_count, session_count;
};

void ut__sha256_hex(const char *text, size_t len, char out[UT__HASH_MAX])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char md[EVP_MAX_MD_SIZE] = {0};
    unsigned n = 0;
    EVP_Digest(text, len, md, &n, EVP_sha256(), NULL);
    for (int i = 0; i < 32; i++) {
        out[2 * i] = hex[md[i] >> 4];
        out[2 * i + 1] = hex[md[i] & 15];
    }
    out[64] = '\0';
}

/* Base64 for URLs of random bytes: 43 letters. */
static int random_text(const char *prefix, char *out, size_t cap)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[RANDOM_BYTES + 1] = {0};
    size_t n = strlen(prefix);
    if (getrandom(bytes, RANDOM_BYTES, 0) != RANDOM_BYTES || cap < n + 44)
        return UT_EIO;
    memcpy(out, prefix, n);
    for (unsigned i = 0; i < 43; i++) {
        unsigned bit = i * 6, at = bit / 8;
        unsigned pair = (unsigned)bytes[at] << 8 | bytes[at + 1];
        out[n + i] = letters[pair >> (10 - bit % 8) & 63];
    }
    out[n + 43] = '\0';
    OPENSSL_cleanse(bytes, sizeof bytes);
    return 0;
}

int ut__supervise_make_token(char token[64], char hash[65])
{
    if (random_text("ut_", token, UT__TOKEN_MAX))
        return UT_EIO;
    ut__sha256_hex(token, strlen(token), hash);
    return 0;
}

int ut__supervise_is_role(const char *name)
{
    return ut__role_of(name) != UT__ROLE_NONE;
}

static int copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

int ut__auth_create(struct ut__auth **out, const struct ut__auth_config *cfg)
{
    struct ut__auth *a = calloc(1, sizeof *a);
    if (!a)
        return UT_ENOMEM;
    a->tokens = calloc(UT__TOKENS_MAX, sizeof a->tokens[0]);
    a->token_queues = calloc(UT__TOKENS_MAX, sizeof a->token_queues[0]);
    a->people = calloc(UT__TOKENS_MAX, sizeof a->people[0]);
    a->groups = calloc(cfg->group_count + 1, sizeof a->groups[0]);
    a->sessions = calloc(UT__SESSIONS_MAX, sizeof a->sessions[0]);
    a->demo = cfg->demo;
    a->secure = cfg->secure;
    int copied = copy(&a->base_url, cfg->base_url) && copy(&a->header, cfg->header) &&
                 copy(&a->groups_header, cfg->groups_header);
    for (uint32_t i = 0; a->groups && i < cfg->group_count; i++)
        a->groups[a->group_count++] = cfg->groups[i];
    if (!a->tokens || !a->token_queues || !a->people || !a->groups || !a->sessions || !copied ||
        ut__supervise_make_token(a->first_key, a->first_hash)) {
        ut__auth_destroy(a);
        return UT_ENOMEM;
    }
    *out = a;
    return 0;
}

void ut__auth_destroy(struct ut__auth *a)
{
    if (!a)
        return;
    OPENSSL_cleanse(a->first_key, sizeof a->first_key);
    free(a->base_url);
    free(a->header);
    free(a->groups_header);
    free(a->groups);
    free(a->people);
    free(a->token_queues);
    free(a->tokens);
    free(a->sessions);
    free(a);
}

/* One of the record's; what a foreign hand wrote into it opens nothing. Returns 1 where it is good. */
static size_t take(struct entry *e, const char *name, const char *role, const char *hash)
{
    *e = (struct entry){.role = ut__role_of(role)};
    snprintf(e->hash, sizeof e->hash, "%s", hash);
    snprintf(e->name, sizeof e->name, "%s", name);
    return e->role && strlen(hash) == UT__HASH_MAX - 1;
}

void ut__auth_set_tokens(struct ut__auth *a, const struct ut__answer *answer)
{
    a->token_count = 0;
    a->known = answer->status == UT__LEDGER_OK;
    for (uint32_t i = 0; i < answer->count && a->token_count < UT__TOKENS_MAX; i++) {
        const struct ut__token *t = &answer->tokens[i];
        struct entry *e = &a->tokens[a->token_count];
        memcpy(a->token_queues[a->token_count], t->queues, UT__SCOPE_BYTES);
        a->token_count += take(e, t->name, t->role, t->hash);
        e->expires_ms = t->expires_ms;
    }
}

void ut__auth_set_sessions(struct ut__auth *a, const struct ut__answer *answer)
{
    if (answer->status != UT__LEDGER_OK)
        return;
    a->session_count = 0;
    for (uint32_t i = 0; i < answer->count && a->session_count < UT__SESSIONS_MAX; i++) {
        const struct ut__session *t = &answer->sessions[i];
        struct entry *e = &a->sessions[a->session_count];
        a->session_count += take(e, t->name, t->role, t->hash);
        e->expires_ms = t->expires_ms;
    }
}

int ut__auth_known(const struct ut__auth *a)
{
    return a->known;
}

int ut__auth_open(const struct ut__auth *a)
{
    return a->demo && a->known && a->token_count == 0;
}

static int is_good(const struct entry *e, int64_t now_ms)
{
    return !e->expires_ms || e->expires_ms > now_ms;
}

/* While there is no administrator, the first key makes one. */
static int lacks_admin(const struct ut__auth *a)
{
    int64_t now_ms = ut__clock_wall_us() / 1000;
    for (size_t i = 0; i < a->token_count; i++)
        if (a->tokens[i].role == UT__ROLE_ADMIN && is_good(&a->tokens[i], now_ms))
            return 0;
    for (uint32_t i = 0; i < a->group_count; i++)
        if (a->groups[i].role == UT__ROLE_ADMIN)
            return 0;
    return a->known && !a->demo;
}

int ut__auth_good_name(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-";
    size_t n = name ? strspn(name, letters) : 0;
    return n > 0 && n < UT__NAME_MAX && !name[n];
}

void ut__auth_set_people(struct ut__auth *a, const struct ut__answer *answer)
{
    a->person_count = 0;
    for (uint32_t i = 0; i < answer->count && answer->status == UT__LEDGER_OK; i++) {
        const struct ut__person *p = &answer->people[i];
        struct ut__who who = {.role = ut__role_of(p->role)};
        memcpy(who.name, p->name, sizeof who.name);
        memcpy(who.queues, p->queues, sizeof who.queues);
        if (who.role)
            (void)ut__auth_met(a, &who);
    }
}

static struct person *find_person(const struct ut__auth *a, const char *name)
{
    for (size_t i = 0; i < a->person_count; i++)
        if (strcmp(a->people[i].name, name) == 0)
            return &a->people[i];
    return NULL;
}

int ut__auth_met(struct ut__auth *a, const struct ut__who *who)
{
    struct person *p = find_person(a, who->name);
    if (p && p->role == who->role && strcmp(p->queues, who->queues) == 0)
        return 0;
    if (!p && a->person_count == UT__TOKENS_MAX)
        return 0;
    p = p ? p : &a->people[a->person_count++];
    memcpy(p->name, who->name, sizeof p->name);
    memcpy(p->queues, who->queues, sizeof p->queues);
    p->role = who->role;
    return 1;
}

const char *ut__auth_first_key(const struct ut__auth *a)
{
    return lacks_admin(a) && a->first_key[0] ? a->first_key : NULL;
}

static int is_first_hash(const struct ut__auth *a, const char *hash)
{
    return a->first_hash[0] && lacks_admin(a) &&
           CRYPTO_memcmp(a->first_hash, hash, UT__HASH_MAX - 1) == 0;
}

static const struct entry *find(const struct entry *list, size_t n, const char *hash)
{
    const struct entry *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (CRYPTO_memcmp(list[i].hash, hash, UT__HASH_MAX - 1) == 0)
            found = &list[i];
    return found;
}

static int fill(struct ut__who *who, const struct entry *e, const char *queues, int session)
{
    *who = (struct ut__who){.role = e->role, .session = session, .expires_ms = e->expires_ms};
    memcpy(who->queues, queues, UT__SCOPE_BYTES);
    memcpy(who->name, e->name, sizeof who->name);
    memcpy(who->hash, e->hash, sizeof who->hash);
    return 1;
}

void ut__auth_each(const struct ut__auth *a, int64_t now_ms,
                   void (*fn)(void *arg, const struct ut__who *who), void *arg)
{
    struct ut__who who;
    for (size_t i = 0; i < a->token_count; i++)
        if (is_good(&a->tokens[i], now_ms) && fill(&who, &a->tokens[i], a->token_queues[i], 0))
            fn(arg, &who);
    for (size_t i = 0; i < a->person_count; i++) {
        size_t k = 0;
        while (k < a->token_count && strcmp(a->tokens[k].name, a->people[i].name) != 0)
            k++;
        if (k == a->token_count && ut__auth_person(a, a->people[i].name, now_ms, &who))
            fn(arg, &who);
    }
}

int ut__auth_person(const struct ut__auth *a, const char *name, int64_t now_ms, struct ut__who *who)
{
    for (size_t i = 0; i < a->token_count; i++)
        if (strcmp(a->tokens[i].name, name) == 0 && is_good(&a->tokens[i], now_ms))
            return fill(who, &a->tokens[i], a->token_queues[i], 0);
    const struct person *p = find_person(a, name);
    if (!p)
        return 0;
    *who = (struct ut__who){.role = p->role};
    memcpy(who->name, p->name, sizeof who->name);
    memcpy(who->queues, p->queues, sizeof who->queues);
    return 1;
}

static const char all_queues[UT__SCOPE_BYTES] = "";

int ut__auth_token(struct ut__auth *a, const char *token, int64_t now_ms, struct ut__who *who)
{
    char hash[UT__HASH_MAX];
    ut__sha256_hex(token, strlen(token), hash);
    const struct entry *e = find(a->tokens, a->token_count, hash);
    if (!e && is_first_hash(a, hash)) {
        *who = (struct ut__who){.role = UT__ROLE_ADMIN};
        memcpy(who->name, first_name, sizeof first_name);
        memcpy(who->hash, hash, sizeof who->hash);
        return 1;
    }
    return e && is_good(e, now_ms) ? fill(who, e, a->token_queues[e - a->tokens], 0) : 0;
}

/* The value of our cookie among others. Returns its length or 0. */
static size_t read_cookie(const char *header, char *out, size_t cap)
{
    size_t n = sizeof cookie_name - 1;
    for (const char *p = header; p && *p;) {
        p += strspn(p, " ;,");
        size_t len = strcspn(p, ";,");
        if (len > n + 1 && strncmp(p, cookie_name, n) == 0 && p[n] == '=' && len - n - 1 < cap) {
            memcpy(out, p + n + 1, len - n - 1);
            out[len - n - 1] = '\0';
            return len - n - 1;
        }
        p += len;
    }
    return 0;
}

static int session_of(struct ut__auth *a, const char *hash, int64_t now_ms, struct ut__who *who)
{
    const struct entry *e = find(a->sessions, a->session_count, hash);
    if (!e || e->expires_ms <= now_ms)
        return 0;
    if (strcmp(e->name, first_name) == 0)
        return lacks_admin(a) ? fill(who, e, all_queues, 1) : 0;
    /* A withdrawn token takes its sessions with it, and a new role or new queues hold at once. */
    for (size_t i = 0; i < a->token_count; i++)
        if (strcmp(a->tokens[i].name, e->name) == 0 && a->tokens[i].role == e->role &&
            is_good(&a->tokens[i], now_ms))
            return fill(who, e, a->token_queues[i], 1);
    return 0;
}

/* Whom a trusted proxy names. From anybody else the header is a forgery, and told as one. */
static int by_proxy(const struct ut__auth *a, const struct ut__http_exchange *x, const char *name,
                    int64_t now_ms, struct ut__who *who)
{
    const char *groups = a->groups_header ? ut__http_header(x, a->groups_header) : NULL;
    if (!ut__http_request(x)->proxied)
        who->refused = UT__REFUSED_FORGED;
    else if (!ut__auth_good_name(name))
        who->refused = UT__REFUSED_NAME;
    else if (!ut__auth_by_groups(a->groups, a->group_count, groups ? groups : "", who))
        who->refused = UT__REFUSED_GROUP;
    if (who->refused)
        return 0;
    snprintf(who->name, sizeof who->name, "%s", name);
    who->proxy = 1;
    who->expires_ms = now_ms + UT__PROXY_HOUR_MS;
    return 1;
}

int ut__auth_who(struct ut__auth *a, const struct ut__http_exchange *x, int64_t now_ms,
                 struct ut__who *who)
{
    static const char ours[] = "Bearer ut_";
    const char *header = ut__http_header(x, "Authorization");
    const char *person = a->header ? ut__http_header(x, a->header) : NULL;
    char cookie[COOKIE_MAX], hash[UT__HASH_MAX];
    *who = (struct ut__who){0};
    /* A proxy may send an Authorization of its own on: the person counts then. */
    if (person && *person && (!header || strncasecmp(header, ours, sizeof ours - 1) != 0))
        return by_proxy(a, x, person, now_ms, who);
    if (header)
        return strncasecmp(header, "Bearer ", 7) == 0 && ut__auth_token(a, header + 7, now_ms, who);
    if (ut__auth_open(a)) {
        *who = (struct ut__who){.name = "demo", .role = UT__ROLE_SUPERVISOR};
        return 1;
    }
    size_t n = read_cookie(ut__http_header(x, "Cookie"), cookie, sizeof cookie);
    if (n == 0)
        return 0;
    ut__sha256_hex(cookie, n, hash);
    return session_of(a, hash, now_ms, who);
}

int ut__auth_still(struct ut__auth *a, const struct ut__who *who, int64_t now_ms)
{
    struct ut__who now;
    if (who->proxy)
        return who->expires_ms > now_ms;
    if (!who->hash[0])
        return ut__auth_open(a);
    if (who->session)
        return session_of(a, who->hash, now_ms, &now) && strcmp(now.queues, who->queues) == 0;
    const struct entry *e = find(a->tokens, a->token_count, who->hash);
    return e ? e->role == who->role && is_good(e, now_ms) &&
                   strcmp(a->token_queues[e - a->tokens], who->queues) == 0
             : is_first_hash(a, who->hash);
}

/*
 * Room for a session of this name. Where there is none left, or one name has more than its part, the
 * session of it, or of all, that ends first makes room.
 */
static struct entry *session_slot(struct ut__auth *a, const char *name)
{
    struct entry *first = NULL, *own = NULL;
    size_t owns = 0;
    for (size_t i = 0; i < a->session_count; i++) {
        struct entry *e = &a->sessions[i];
        if (!first || e->expires_ms < first->expires_ms)
            first = e;
        if (strcmp(e->name, name) != 0)
            continue;
        owns++;
        if (!own || e->expires_ms < own->expires_ms)
            own = e;
    }
    if (owns >= UT__SESSIONS_OF_ONE)
        return own;
    return a->session_count < UT__SESSIONS_MAX ? &a->sessions[a->session_count++] : first;
}

int ut__auth_begin(struct ut__auth *a, struct ut__who *who, int64_t expires_ms, char *cookie,
                   size_t cap)
{
    char value[UT__TOKEN_MAX];
    if (random_text("", value, sizeof value))
        return UT_EIO;
    if (is_first_hash(a, who->hash)) {
        OPENSSL_cleanse(a->first_key, sizeof a->first_key);
        a->first_hash[0] = '\0';
    }
    struct entry *e = session_slot(a, who->name);
    ut__sha256_hex(value, strlen(value), e->hash);
    memcpy(e->name, who->name, sizeof e->name);
    e->role = who->role;
    e->expires_ms = expires_ms;
    char queues[UT__SCOPE_BYTES];
    memcpy(queues, who->queues, sizeof queues);
    fill(who, e, queues, 1);
    snprintf(cookie, cap, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", cookie_name, value,
             a->secure ? "; Secure" : "");
    OPENSSL_cleanse(value, sizeof value);
    return 0;
}

void ut__auth_end(struct ut__auth *a, const struct ut__who *who, char *cookie, size_t cap)
{
    for (size_t i = 0; i < a->session_count; i++)
        if (strcmp(a->sessions[i].hash, who->hash) == 0) {
            a->sessions[i] = a->sessions[--a->session_count];
            break;
        }
    snprintf(cookie, cap, "%s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0%s", cookie_name,
             a->secure ? "; Secure" : "");
}

int ut__auth_same_origin(const struct ut__auth *a, const struct ut__http_exchange *x)
{
    const char *host = ut__http_header(x, "Host"), *origin = ut__http_header(x, "Origin");
    if (ut__auth_open(a) && (!host || !ut__http_is_loopback(host)))
        return 0;
    if (!origin)
        return 1;
    const char *name = strstr(origin, "://");
    if (host && name && strcasecmp(name + 3, host) == 0)
        return 1;
    size_t n = strlen(origin);
    return a->base_url && strncasecmp(a->base_url, origin, n) == 0 &&
           (a->base_url[n] == '\0' || a->base_url[n] == '/');
}
