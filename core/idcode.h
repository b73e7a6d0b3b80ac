/* idcode.h - check digits of the two numbers everybody types: citizen number (GB 11643-1999) and
 * unified social credit code (GB 32100-2015). Findings are warnings, never refusals: real files
 * hold codes that fail, and the file's date of birth may differ from the number's. */
#ifndef CORE_IDCODE_H
#define CORE_IDCODE_H

#include <stdint.h>

enum idcode_finding {
    IDCODE_OK,
    IDCODE_LENGTH,        /* neither 15 nor 18 characters */
    IDCODE_CHARACTER,     /* a character that the standard does not use */
    IDCODE_DATE,          /* no such date of birth */
    IDCODE_CHECK,         /* the check character does not fit */
    IDCODE_BIRTH_DIFFERS, /* the registered birth date is another one */
    IDCODE_SEX_DIFFERS,
};

struct citizen_number {
    int32_t birth; /* DATE_NONE if not readable */
    int sex;       /* GB/T 2261.1: 1 male, 2 female, 0 not readable */
};

/* `sex` 0 and `birth` DATE_NONE: do not compare. Accepts a lower-case x and 15-digit numbers. */
enum idcode_finding citizen_number_check(const char *text, int32_t birth, int sex,
                                         struct citizen_number *ret_read);
enum idcode_finding credit_code_check(const char *text);
const char *idcode_finding_text(enum idcode_finding finding, const char *language); /* for people */

#endif
