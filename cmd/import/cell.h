/* cell.h - what stands in a cell, as people and Excel write it: texts with full-width characters,
 * dates of seven forms, numbers that Excel has spoilt. */
#ifndef CMD_IMPORT_CELL_H
#define CMD_IMPORT_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/arena.h"

/* Without ="…", spaces at both ends (full-width, no-break and zero-width ones too). Copied. */
const char *cell_clean(struct arena *arena, const char *text);
/* Also with full-width digits, letters and signs made narrow: for numbers, codes, dates, headings.
 */
const char *cell_narrow(struct arena *arena, const char *text);
/* A person's name: spaces between Chinese characters ("张　三") are layout. */
const char *cell_name(struct arena *arena, const char *text);

/* 1.10105E+17: the digits are gone. */
bool cell_is_scientific(const char *narrow);
/* Characters of a private use area, left over from a conversion. */
bool cell_has_private_use(const char *text);

enum cell_date {
    CELL_DATE_NONE,       /* no date at all */
    CELL_DATE_DAY,        /* a day */
    CELL_DATE_MONTH,      /* a month; its first day is given, and that it is not known is said */
    CELL_DATE_OPEN,       /* 至今: until now */
    CELL_DATE_YEAR,       /* only a year: refused */
    CELL_DATE_AMBIGUOUS,  /* 2026.1: January, or October without its zero */
    CELL_DATE_SERIAL,     /* 45688: Excel's number of a day */
    CELL_DATE_IMPOSSIBLE, /* 2026-02-30 */
};

/* 2026-01-31 20260131 2026.01.31 2026/1/31 2026年1月31日, and of months 2026-01 202601 2026.01
 * 2026/1 2026年1月; a time 00:00 behind a day is passed over. */
enum cell_date cell_date_read(const char *narrow, int32_t *ret_day);

bool cell_int_read(const char *narrow, int64_t *ret_number); /* 1,200 too */
/* 12.5 as "25/2", 12 as "12"; NULL. */
const char *cell_number_text(struct arena *arena, const char *narrow);
/* 是 否 有 无 true false yes no √ ×; 1, 0, or -1 for none of them. */
int cell_bool(const char *narrow);

/* For reports: the middle of a long number is hidden. */
const char *cell_mask(struct arena *arena, const char *text);

#endif
