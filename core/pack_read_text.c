/* pack_read_text.c - the texts of a pack's reminders: subject and body by duty, kind and language.
 *
 *   texts:
 *     LEAVE.answered:
 *       before: {subject: …, body: {zh: …, en: …}}
 *       any: {body: …} */
#include "core/notice_text.h"
#include "core/pack_read.h"

#include <string.h>

/* A node's place moved to its n-th opening brace in the text as written, so that block, plain and
 * quoted scalars are all found exactly. Columns are characters. */
static struct yaml_node at_brace(const struct pack_reader *reader, const struct yaml_node *node,
                                 unsigned brace)
{
    struct yaml_node place = *node;
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < reader->size; i++) {
        char c = reader->text[i];
        bool inside = line > node->line || (line == node->line && column >= node->column);
        if (inside && c == '{' && brace-- == 0) {
            place.line = line;
            place.column = column;
            break;
        }
        if (c == '\n') {
            line++;
            column = 1;
        } else {
            column += ((unsigned char)c & 0xc0) != 0x80;
        }
    }
    return place;
}

static const char *read_words(struct pack_reader *reader, const struct yaml_node *node,
                              enum notice_kind kind, bool body)
{
    struct buffer word;
    unsigned brace;
    if (!node)
        return NULL;
    if (node->kind != YAML_TEXT || !node->length) {
        read_error(reader, node, "expected a text, or {zh: text, en: text}");
        return NULL;
    }
    if (!body && (node->length > NOTICE_SUBJECT_MAX || strchr(node->text, '\n')))
        read_error(reader, node, "a subject is one line of at most %d bytes", NOTICE_SUBJECT_MAX);
    if (body && node->length > NOTICE_BODY_MAX)
        read_error(reader, node, "a body has at most %d bytes", NOTICE_BODY_MAX);
    buffer_init(&word);
    enum notice_wrong wrong = notice_text_check(node->text, kind, &brace, &word);
    struct yaml_node place = wrong == NOTICE_SOUND ? *node : at_brace(reader, node, brace);
    if (wrong == NOTICE_NO_WORD)
        read_error(reader, &place,
                   "no placeholder begins here: it is written {word}, a brace of its own {{");
    if (wrong == NOTICE_UNKNOWN_WORD)
        read_error(reader, &place, "no placeholder is named {%.40s}; known: %s", buffer_text(&word),
                   notice_words_known());
    if (wrong == NOTICE_SILENT_WORD)
        read_error(reader, &place, "{%.40s} has nothing to say in a text of kind %s",
                   buffer_text(&word), notice_kind_name(kind));
    buffer_done(&word);
    return node->text;
}

static struct title read_both(struct pack_reader *reader, const struct yaml_node *node,
                              enum notice_kind kind, bool body)
{
    struct title title = {NULL, NULL};
    if (node && node->kind == YAML_MAP) {
        read_known(reader, node, "a text", "zh en");
        title.zh = read_words(reader, yaml_get(node, "zh"), kind, body);
        title.en = read_words(reader, yaml_get(node, "en"), kind, body);
    } else {
        title.zh = read_words(reader, node, kind, body);
    }
    return title;
}

static void read_text(struct pack_reader *reader, const struct yaml_node *map,
                      struct text_def *text)
{
    read_known(reader, map, "the texts of reminders",
               "before overdue superior supervisor told any");
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        enum notice_kind kind = notice_kind_of(node->key->text);
        if (kind == NOTICE_KIND_COUNT || !read_is_map(reader, node, "a text of reminders"))
            continue;
        read_known(reader, node, "a text of reminders", "subject body");
        if (!node->count)
            read_error(reader, node,
                       "a text of reminders has a subject or a body: {subject: text, body: text}");
        text->texts[kind].subject = read_both(reader, yaml_get(node, "subject"), kind, false);
        text->texts[kind].body = read_both(reader, yaml_get(node, "body"), kind, true);
    }
}

void read_texts(struct pack_reader *reader, const struct yaml_node *map)
{
    if (!map || !read_is_map(reader, map, "texts"))
        return;
    reader->pack->texts = ARENA_ARRAY(reader->arena, struct text_def, map->count);
    for (const struct yaml_node *node = map->first; node; node = node->next) {
        struct text_def *text = &reader->pack->texts[reader->pack->text_count++];
        text->name = symbol_add(reader->symbols, node->key->text);
        text->place = read_place(node->key);
        if (read_is_map(reader, node, "the texts of a duty"))
            read_text(reader, node, text);
    }
}
