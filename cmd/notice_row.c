/* notice_row.c - see notice_row.h. */
#include "cmd/notice_row.h"

#include <string.h>

#include "events/codec.h"

#define COLUMN_TEXT_MAX 8192

static const char *const languages[] = {"zh", "en"};

void notice_row_write(const struct state *state, const struct notice_asked *asked,
                      struct buffer *out)
{
    struct notice_facts facts;
    struct arena arena;
    struct buffer subject, body;
    arena_init(&arena, 0);
    buffer_init(&subject);
    buffer_init(&body);
    notice_facts_of(state, asked, &arena, &facts);
    pack_array(out, 6);
    pack_int(out, facts.case_number);
    pack_text(out, facts.pack);
    pack_text(out, facts.unit);
    pack_text(out, facts.rules);
    pack_text(out, facts.subjects);
    pack_array(out, 2);
    for (unsigned i = 0; i < 2; i++) {
        buffer_clear(&subject);
        buffer_clear(&body);
        notice_render(state, &facts, languages[i], &subject, &body);
        pack_array(out, 3);
        pack_text(out, languages[i]);
        pack_text(out, buffer_text(&subject));
        pack_text(out, buffer_text(&body));
    }
    buffer_done(&subject);
    buffer_done(&body);
    arena_done(&arena);
}

static const char *text_of(struct fields_reader *fields, const char *what, struct arena *arena)
{
    struct text_view view = fields_text(fields, what, COLUMN_TEXT_MAX);
    return fields->ok ? arena_text_n(arena, view.data, view.size) : "";
}

static bool words_read(const struct datum *list, struct arena *arena, struct notice *notice)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct fields_reader fields;
        fields_open(&fields, &list->items[i]);
        const char *language = text_of(&fields, "language", arena),
                   *subject = text_of(&fields, "subject", arena),
                   *body = text_of(&fields, "body", arena);
        if (!fields.ok)
            return false;
        bool english = strcmp(notice->language, "en") == 0;
        if (strcmp(language, english ? "en" : "zh") == 0) {
            notice->subject = subject;
            notice->body = body;
        }
    }
    return true;
}

bool notice_row_read(const struct datum *column, struct arena *arena, struct notice *notice)
{
    struct fields_reader fields;
    if (column->kind == DATUM_NIL)
        return true;
    if (column->kind != DATUM_LIST)
        return false;
    fields_open(&fields, column);
    notice->case_number = fields_int(&fields, "case");
    notice->pack = text_of(&fields, "pack", arena);
    notice->unit = text_of(&fields, "unit", arena);
    notice->rules = text_of(&fields, "rules", arena);
    notice->subjects = text_of(&fields, "subjects", arena);
    const struct datum *words = fields_list(&fields, "words", 16);
    return fields.ok && words_read(words, arena, notice);
}
