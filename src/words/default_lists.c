/* SPDX-License-Identifier: MIT */
/* The lists that are built in: the bytes of models/words, taken in by the assembler. */

#include <string.h>

#include <undertone/words.h>

#define TAKE_IN(language)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            "ut__words_" language "_begin:\n"                                                      \
            ".incbin \"" UT_WORDS_FOLDER "/" language ".tsv\"\n"                                   \
            "ut__words_" language "_end:\n"                                                        \
            ".byte 0\n"                                                                            \
            ".previous\n")

TAKE_IN("en");
TAKE_IN("es");
TAKE_IN("vi");

extern const char ut__words_en_begin[], ut__words_en_end[];
extern const char ut__words_es_begin[], ut__words_es_end[];
extern const char ut__words_vi_begin[], ut__words_vi_end[];

int ut_words_create_default(struct ut_words **out, const char *language)
{
    static const struct {
        const char *language, *begin, *end;
    } lists[] = {
        {"en", ut__words_en_begin, ut__words_en_end},
        {"es", ut__words_es_begin, ut__words_es_end},
        {"vi", ut__words_vi_begin, ut__words_vi_end},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(lists[i].language, language) == 0)
            return ut_words_create(out, lists[i].begin, (size_t)(lists[i].end - lists[i].begin),
                                   NULL, NULL);
    return UT_EUNSUPPORTED;
}
