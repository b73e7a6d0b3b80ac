/* book.c - recipients.conf, see book.h. */
#include "cmd/book.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/data_dir.h"
#include "core/check.h"
#include "core/map.h"
#include "core/symbol.h"

struct book {
    struct buffer text; /* routes are cut out of it in place */
    struct symbol_table *members;
    struct map by_member; /* symbol -> index */
    struct book_line {
        const char *channel, *address;
        bool digest;
    } * lines;
    size_t count, capacity;
};

static char *word_end(char *text)
{
    while (*text && !isspace((unsigned char)*text))
        text++;
    return text;
}

static char *word_begin(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

bool is_channel_name(const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    return size > 0 && size <= CHANNEL_NAME_MAX && name[size] == '\0';
}

/* "channel:address [digest]"; NULL, or what is wrong with it. */
static const char *route_read(char *text, struct book_line *ret_line)
{
    char *end = word_end(text), *rest = word_begin(end);
    *end = '\0';
    char *colon = strchr(text, ':');
    if (!colon)
        return "the value is channel:address, as in smtp:wang@example.org";
    *colon = '\0';
    if (!is_channel_name(text))
        return "a channel's name has up to 31 letters a-z, digits, - and _";
    if (!colon[1] || strlen(colon + 1) > ADDRESS_MAX)
        return "an address has 1 to 399 bytes";
    end = word_end(rest);
    bool digest = end - rest == 6 && memcmp(rest, "digest", 6) == 0;
    if (*rest && (!digest || *word_begin(end)))
        return "only the word digest may follow the address";
    *ret_line = (struct book_line){text, colon + 1, digest};
    return NULL;
}

static const char *line_read(struct book *book, char *text)
{
    struct book_line line;
    text = word_begin(text);
    if (!*text || *text == '#')
        return NULL;
    char *equals = strchr(text, '=');
    if (!equals)
        return "a line is member = channel:address";
    *equals = '\0';
    char *end = word_end(text);
    if (end == text || *word_begin(end))
        return "a member is one word";
    *end = '\0';
    const char *wrong = route_read(word_begin(equals + 1), &line);
    if (wrong)
        return wrong;
    if (book->count == BOOK_LINES_MAX)
        return "a book has at most 100000 lines";
    if (book->count == book->capacity) {
        book->capacity = book->capacity ? book->capacity * 2 : 64;
        book->lines = realloc(book->lines, book->capacity * sizeof *book->lines);
        CHECK(book->lines != NULL);
    }
    book->lines[book->count] = line;
    map_put(&book->by_member, symbol_add(book->members, text), book->count++);
    return NULL;
}

enum status book_open(const char *path, struct book **ret_book, struct fault *fault)
{
    struct book *book = calloc(1, sizeof *book);
    enum status status = STATUS_OK;
    CHECK(book != NULL);
    buffer_init(&book->text);
    map_init(&book->by_member);
    book->members = symbol_table_open();
    *ret_book = book;
    if (access(path, F_OK) == 0)
        status = file_read(path, &book->text, fault);
    if (status != STATUS_OK || !book->text.size)
        return status;
    unsigned number = 0;
    for (char *line = book->text.data; line;) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        const char *wrong = line_read(book, line);
        if (wrong && status == STATUS_OK)
            status = fault_set(fault, STATUS_INVALID, "%s:%u: %s", path, number, wrong);
        line = next;
    }
    return status;
}

void book_close(struct book *book)
{
    if (!book)
        return;
    buffer_done(&book->text);
    map_done(&book->by_member);
    symbol_table_close(book->members);
    free(book->lines);
    free(book);
}

bool book_route(const struct book *book, const char *member, struct route *ret_route)
{
    uint64_t index;
    symbol name = symbol_find(book->members, member);
    if (!name || !map_get(&book->by_member, name, &index))
        return false;
    const struct book_line *line = &book->lines[index];
    snprintf(ret_route->channel, sizeof ret_route->channel, "%s", line->channel);
    snprintf(ret_route->address, sizeof ret_route->address, "%s", line->address);
    ret_route->digest = line->digest;
    return true;
}

size_t book_count(const struct book *book)
{
    return book->count;
}
