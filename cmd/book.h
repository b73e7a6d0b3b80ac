/* book.h - DIR/recipients.conf: who is reached how.
 *
 *     # member = channel:address [digest]
 *     wang = smtp:wang@example.org
 *     li   = feishu:https://robot.example/hook/1 digest
 *
 * Who is not in it gets a file. `digest`: his reminders of the day come as one message. A line that
 * cannot be read is passed over, and the fault names the first such line. */
#ifndef CMD_BOOK_H
#define CMD_BOOK_H

#include "core/fault.h"
#include "projections/queue.h"

#define BOOK_LINES_MAX 100000

struct book;

/* There is always a book; a file that is not there is an empty one. STATUS_INVALID: it has lines that
 * cannot be read; another one: it cannot be read at all, and the book is empty. */
enum status book_open(const char *path, struct book **ret_book, struct fault *fault);
void book_close(struct book *book);
/* False: not in it; ret_route is then left as it is. */
bool book_route(const struct book *book, const char *member, struct route *ret_route);
size_t book_count(const struct book *book);
/* Up to CHANNEL_NAME_MAX of a-z, digits, - and _. */
bool is_channel_name(const char *name);

#endif
