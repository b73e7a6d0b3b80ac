/* notice_row.h - the words of a reminder as the last column of its job (PROTOCOL.md section 8):
 * written by the reminder process, which has the state, read by workers, which have none. */
#ifndef CMD_NOTICE_ROW_H
#define CMD_NOTICE_ROW_H

#include <stdbool.h>

#include "cmd/notify/notice.h"
#include "core/datum.h"
#include "core/notice_text.h"

/* [case, pack, unit, rules, subjects, [[language, subject, body], ...]] */
void notice_row_write(const struct state *state, const struct notice_asked *asked,
                      struct buffer *out);

/* Into the fields of a notice that its other columns do not fill; its language is there already.
 * False: it is no such column; nil is one that says nothing. */
bool notice_row_read(const struct datum *column, struct arena *arena, struct notice *notice);

#endif
