/* sheet.h - a file of rows as somebody's office program wrote it: a CSV text in whatever encoding,
 * or an appointment form (.lrmx) as a table of one row.
 *
 * Bytes are hostile: sizes are bounded, the encoding is found out and said, XML loads nothing. */
#ifndef CMD_IMPORT_SHEET_H
#define CMD_IMPORT_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/command.h"
#include "core/fault.h"

#define SHEET_ROWS_MAX    200000 /* of one file: split a larger one */
#define SHEET_COLUMNS_MAX 256
#define SHEET_BYTES_MAX   ((size_t)48 << 20) /* as UTF-8 */

struct sheet_row {
    uint32_t line; /* of its first character, from 1 */
    unsigned count;
    const char **cells; /* UTF-8 */
};

struct sheet {
    const char *path, *name; /* name: the path's last part */
    const char *encoding;    /* "UTF-8", "UTF-8 BOM", "GB18030", "UTF-16LE", "UTF-16BE", "XML" */
    struct arena arena;      /* of all that is in it */
    struct sheet_row *rows;  /* rows without any text are left out */
    size_t count, capacity;
    uint8_t digest[DIGEST_SIZE]; /* SHA-256 of the file */
    bool has_photo;
    uint8_t photo[DIGEST_SIZE]; /* SHA-256 of the form's photo */
    unsigned relatives;         /* of the form, left out */
};

/* By the name's ending: .lrmx is a form, .csv .txt and others are text; what cannot be read (.lrm,
 * .xlsx) is said with what to do instead. */
enum status sheet_read(const char *path, struct sheet *ret_sheet, struct fault *fault);
void sheet_done(struct sheet *sheet);

/* Of bytes, for tests. The sheet is initialised here; on failure it is empty. */
enum status sheet_of_csv(const void *bytes, size_t size, struct sheet *ret_sheet,
                         struct fault *fault);
enum status sheet_of_form(const void *bytes, size_t size, struct sheet *ret_sheet,
                          struct fault *fault);

/* --- for those two --- */

/* Finds out the encoding and converts; names it in `ret_encoding`. */
enum status encoding_to_utf8(const void *bytes, size_t size, struct buffer *out,
                             const char **ret_encoding, struct fault *fault);
/* Adds a row (copies the cells); one that is empty is left out. */
enum status sheet_add(struct sheet *sheet, uint32_t line, const char *const *cells, unsigned count,
                      struct fault *fault);

#endif
