/* cell.c - see cell.h. */
#include "cmd/import/cell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/date.h"

/* ---- characters ---- */

/* One character of valid UTF-8; what is not valid is taken byte by byte. */
static unsigned character_at(const char *text, uint32_t *ret_code)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    uint32_t code = length == 1 ? at[0] : at[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            *ret_code = at[0];
            return 1;
        }
        code = code << 6 | (at[i] & 0x3f);
    }
    *ret_code = code;
    return length;
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || code == 0x3000 ||
           (code >= 0x2000 && code <= 0x200d) || code == 0x202f || code == 0x2060 || code == 0xfeff;
}

static bool is_han(uint32_t code)
{
    return (code >= 0x3400 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0x20000 && code <= 0x3ffff);
}

static const char *trimmed(struct arena *arena, const char *text, size_t size)
{
    const char *end = text + size, *last = text, *at = text;
    uint32_t code;
    while (at < end) {
        unsigned length = character_at(at, &code);
        if (!is_space(code))
            break;
        at += length;
    }
    const char *first = last = at;
    while (at < end) {
        at += character_at(at, &code);
        if (!is_space(code))
            last = at;
    }
    return arena_text_n(arena, first, (size_t)(last - first));
}

const char *cell_clean(struct arena *arena, const char *text)
{
    const char *plain = trimmed(arena, text, strlen(text));
    size_t size = strlen(plain);
    if (size >= 3 && plain[0] == '=' && plain[1] == '"' && plain[size - 1] == '"')
        return trimmed(arena, plain + 2, size - 3);
    if (size >= 2 && plain[0] == '\'' && isdigit((unsigned char)plain[1]))
        return trimmed(arena, plain + 1, size - 1); /* Excel's mark of a text */
    return plain;
}

const char *cell_narrow(struct arena *arena, const char *text)
{
    const char *plain = cell_clean(arena, text);
    char *out = arena_take(arena, strlen(plain) + 1), *to = out;
    uint32_t code;
    for (unsigned length; *plain; plain += length) {
        length = character_at(plain, &code);
        if (code >= 0xff01 && code <= 0xff5e) {
            *to++ = (char)(code - 0xfee0);
        } else if (code == 0x3002) { /* 。 for a point */
            *to++ = '.';
        } else {
            memcpy(to, plain, length);
            to += length;
        }
    }
    *to = '\0';
    return cell_clean(arena, out);
}

const char *cell_name(struct arena *arena, const char *text)
{
    const char *plain = cell_clean(arena, text);
    char *out = arena_take(arena, strlen(plain) + 1), *to = out;
    uint32_t code;
    bool han = true;
    for (const char *at = plain; *at;) {
        unsigned length = character_at(at, &code);
        han = han && (is_han(code) || is_space(code));
        if (!is_space(code)) {
            memcpy(to, at, length);
            to += length;
        }
        at += length;
    }
    *to = '\0';
    return han ? out : plain;
}

bool cell_has_private_use(const char *text)
{
    uint32_t code;
    while (*text) {
        text += character_at(text, &code);
        if ((code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000 || code == 0xfffd)
            return true;
    }
    return false;
}

/* ---- numbers ---- */

bool cell_is_scientific(const char *text)
{
    char *end = NULL;
    size_t digits = strspn(text, "0123456789.");
    if (digits == 0 || (text[digits] != 'E' && text[digits] != 'e'))
        return false;
    strtod(text, &end);
    return end && *end == '\0' && end > text + digits;
}

bool cell_int_read(const char *text, int64_t *ret_number)
{
    char digits[32];
    size_t count = 0;
    for (const char *at = text; *at; at++) {
        bool groups = *at == ',' && at > text && isdigit((unsigned char)at[1]);
        bool sign = *at == '-' && at == text;
        if (!groups && !sign && !isdigit((unsigned char)*at))
            return false;
        if (!groups && count < sizeof digits - 1)
            digits[count++] = *at;
    }
    digits[count] = '\0';
    if (count == 0 || count > 18 || (count == 1 && digits[0] == '-'))
        return false;
    *ret_number = strtoll(digits, NULL, 10);
    return true;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

const char *cell_number_text(struct arena *arena, const char *text)
{
    const char *point = strchr(text, '.');
    size_t whole_size = point ? (size_t)(point - text) : strlen(text);
    size_t fraction_size = point ? strlen(point + 1) : 0;
    bool percent =
        point ? text[strlen(text) - 1] == '%' : whole_size && text[whole_size - 1] == '%';
    if (percent && point)
        fraction_size--;
    else if (percent)
        whole_size--;
    if (whole_size == 0 || whole_size > 12 || fraction_size > 5 || (point && fraction_size == 0))
        return NULL;
    for (size_t i = 0; i < fraction_size; i++)
        if (!isdigit((unsigned char)point[1 + i]))
            return NULL;
    const char *digits = arena_format(arena, "%.*s%.*s", (int)whole_size, text, (int)fraction_size,
                                      point ? point + 1 : "");
    int64_t number, below = percent ? 100 : 1;
    for (size_t i = 0; i < fraction_size; i++)
        below *= 10;
    if (!cell_int_read(digits, &number))
        return NULL;
    int64_t divisor = common_divisor(number ? number : below, below);
    number /= divisor;
    below /= divisor;
    return below == 1 ? arena_format(arena, "%lld", (long long)number)
                      : arena_format(arena, "%lld/%lld", (long long)number, (long long)below);
}

int cell_bool(const char *text)
{
    static const char *const yes[] = {"是", "有", "true", "yes", "y", "√", "TRUE", "Yes", "YES"},
                             *const no[] = {"否", "无",    "false", "no", "n",
                                            "×",  "FALSE", "No",    "NO"};
    for (unsigned i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcmp(text, yes[i]) == 0)
            return 1;
    for (unsigned i = 0; i < sizeof no / sizeof *no; i++)
        if (strcmp(text, no[i]) == 0)
            return 0;
    return -1;
}

/* ---- dates ---- */

struct date_parts {
    int numbers[3];
    unsigned digits[3];
    unsigned count;
    char separator; /* - . / or y for 年月日 */
    bool good;
};

static bool skip(const char **at, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(*at, word, size) != 0)
        return false;
    *at += size;
    return true;
}

/* Behind a number: 1 another may come, 0 the end, -1 something else. */
static int separator_read(const char **at, struct date_parts *parts)
{
    static const char *const words[] = {"年", "月", "日"};
    if (**at == '\0')
        return 0;
    if (skip(at, words[parts->count - 1]) || (parts->count == 3 && skip(at, "号"))) {
        bool first = parts->count == 1;
        if (!first && parts->separator != 'y')
            return -1;
        parts->separator = 'y';
        return **at == '\0' ? 0 : 1;
    }
    char found = **at;
    if (!strchr("-./", found) || (parts->separator && parts->separator != found))
        return -1;
    parts->separator = found;
    ++*at;
    return 1;
}

static struct date_parts parts_read(const char *at)
{
    struct date_parts parts = {.good = true};
    for (int more = 1; parts.good && more == 1;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 8 || parts.count == 3) {
            parts.good = false;
            break;
        }
        parts.numbers[parts.count] = atoi(at);
        parts.digits[parts.count++] = (unsigned)digits;
        at += digits;
        while (*at == ' ')
            at++;
        more = separator_read(&at, &parts);
        while (*at == ' ')
            at++;
        parts.good = more >= 0;
    }
    return parts;
}

static enum cell_date day_or_month(int year, int month, int day, bool has_day, int32_t *ret_day)
{
    int32_t found = date_from_civil(year, month, has_day ? day : 1);
    if (found == DATE_NONE)
        return CELL_DATE_IMPOSSIBLE;
    *ret_day = found;
    return has_day ? CELL_DATE_DAY : CELL_DATE_MONTH;
}

static enum cell_date digits_read(const struct date_parts *parts, int32_t *ret_day)
{
    int number = parts->numbers[0];
    if (parts->digits[0] == 8)
        return day_or_month(number / 10000, number / 100 % 100, number % 100, true, ret_day);
    if (parts->digits[0] == 6 && number / 100 >= 1900 && number / 100 < 2100)
        return day_or_month(number / 100, number % 100, 0, false, ret_day);
    if (parts->digits[0] == 4 && number >= 1900 && number < 2100)
        return CELL_DATE_YEAR;
    return parts->digits[0] == 5 ? CELL_DATE_SERIAL : CELL_DATE_NONE;
}

/* "2026-01-31 00:00:00", as databases write days. */
static void time_cut(char *text)
{
    char *blank = strpbrk(text, " T");
    if (blank && isdigit((unsigned char)blank[1]) && strchr(blank, ':') &&
        strspn(blank + 1, "0:.") == strlen(blank + 1))
        *blank = '\0';
}

enum cell_date cell_date_read(const char *narrow, int32_t *ret_day)
{
    static const char *const open_words[] = {"至今", "现在", "今", "在任", "-", "—", "——"};
    char text[64];
    for (unsigned i = 0; i < sizeof open_words / sizeof *open_words; i++)
        if (strcmp(narrow, open_words[i]) == 0)
            return CELL_DATE_OPEN;
    if (strlen(narrow) >= sizeof text)
        return CELL_DATE_NONE;
    snprintf(text, sizeof text, "%s", narrow);
    time_cut(text);
    struct date_parts parts = parts_read(text);
    if (!parts.good)
        return CELL_DATE_NONE;
    if (parts.count == 1 && !parts.separator)
        return digits_read(&parts, ret_day);
    if (parts.digits[0] != 4)
        return CELL_DATE_NONE;
    if (parts.count == 1)
        return CELL_DATE_YEAR;
    if (parts.digits[1] > 2 || (parts.count == 3 && parts.digits[2] > 2))
        return CELL_DATE_NONE;
    if (parts.count == 2 && parts.separator == '.' && parts.digits[1] == 1 && parts.numbers[1] == 1)
        return CELL_DATE_AMBIGUOUS;
    return day_or_month(parts.numbers[0], parts.numbers[1], parts.numbers[2], parts.count == 3,
                        ret_day);
}

/* ---- reports ---- */

const char *cell_mask(struct arena *arena, const char *text)
{
    char *out = arena_text(arena, text);
    size_t size = strlen(out);
    for (size_t at = 0; at < size;) {
        size_t digits = strspn(out + at, "0123456789");
        size_t length = digits + (digits && (out[at + digits] == 'X' || out[at + digits] == 'x'));
        if (length >= 11) { /* a telephone or citizen number */
            size_t head = length >= 15 ? 6 : 3;
            memset(out + at + head, '*', length - head - (length >= 15 ? 2 : 4));
        }
        at += length ? length : 1;
    }
    return out;
}
