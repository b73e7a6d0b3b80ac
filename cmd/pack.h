/* pack.h - what other subcommands want of `jishi pack`, and its parts. */
#ifndef CMD_PACK_H
#define CMD_PACK_H

#include <stdbool.h>

#include "core/rulebook.h"

struct packs { /* a pack being read, and those it uses, by name from the data directory */
    struct symbol_table *symbols;
    struct rulebook book;
    struct pack_findings findings;
};

struct packs *packs_open(void);
void packs_close(struct packs *packs);
/* Reads a pack beside those it uses, which are put into the book; NULL: `findings` says why. */
struct pack *packs_read(struct packs *packs, const struct buffer *text);

/* Checks a pack with those it uses and prints what was found; true if it may be put in force. */
bool pack_check_file(const char *path);

/* `jishi pack coverage`: packs and scenarios by their files or folders; the exit code. `all`: a
 * document without a pack counts as not carried. */
int pack_coverage(int count, char **paths, bool all);

/* `jishi pack diff`: prints what differs; the exit code: 0 nothing, 1 something, 2 unreadable. */
int pack_diff(const char *old_path, const char *new_path);

/* `jishi pack what-if DIR DRAFT...`: what the log's commands would come to with drafts in the place
 * of the packs of their names, from version `since` of each on; the exit code: 0 the same, 1
 * something differs, 2 unreadable. */
int pack_what_if(const char *directory, int count, char **paths, int64_t since);

/* `jishi pack doc`: the pack as a handbook, Markdown, in Chinese, added to `out`. `book`: it and the
 * packs it uses. */
void pack_doc(const struct pack *pack, const struct rulebook *book, struct buffer *out);

/* `jishi pack show --bpmn`: one procedure as BPMN 2.0 XML, added to `out`. */
enum status pack_bpmn(const struct pack *pack, const char *procedure,
                      const struct symbol_table *symbols, struct buffer *out, struct fault *fault);

#endif
