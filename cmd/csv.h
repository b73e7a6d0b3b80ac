/* csv.h - cells of a table that a spreadsheet opens, quoted by RFC 4180. */
#ifndef CMD_CSV_H
#define CMD_CSV_H

#include <stdbool.h>

/* On standard output, with the comma or the end of the line behind it. `is_text`: where it would be
 * a formula, an apostrophe in front makes it a text for the spreadsheet too. */
void csv_cell(const char *text, bool is_text, bool last);

#endif
