/* idcode.c - check digits of GB 11643-1999 and GB 32100-2015. */
#include "core/idcode.h"

#include <stdbool.h>
#include <string.h>

#include "core/date.h"

static bool digit_read(char c, int *ret_digit)
{
    *ret_digit = c - '0';
    return c >= '0' && c <= '9';
}

static int number_at(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

static char citizen_check_character(const char *text)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += weights[i] * (text[i] - '0');
    return "10X98765432"[sum % 11];
}

enum idcode_finding citizen_number_check(const char *text, int32_t birth, int sex,
                                         struct citizen_number *ret_read)
{
    size_t length = strlen(text);
    struct citizen_number read = {.birth = DATE_NONE};
    *ret_read = read;
    if (length != 15 && length != 18)
        return IDCODE_LENGTH;
    for (size_t i = 0; i < length; i++) {
        int digit;
        if (!digit_read(text[i], &digit) && !(i == 17 && (text[i] == 'X' || text[i] == 'x')))
            return IDCODE_CHARACTER;
    }
    read.birth = length == 18 ? date_from_civil(number_at(text + 6, 4), number_at(text + 10, 2),
                                                number_at(text + 12, 2))
                              : date_from_civil(1900 + number_at(text + 6, 2),
                                                number_at(text + 8, 2), number_at(text + 10, 2));
    read.sex = (text[length == 18 ? 16 : 14] - '0') % 2 ? 1 : 2;
    *ret_read = read;
    if (read.birth == DATE_NONE)
        return IDCODE_DATE;
    char last = text[17 < length ? 17 : 0];
    if (length == 18 && citizen_check_character(text) != (last == 'x' ? 'X' : last))
        return IDCODE_CHECK;
    if (birth != DATE_NONE && birth != read.birth)
        return IDCODE_BIRTH_DIFFERS;
    if (sex != 0 && sex != read.sex)
        return IDCODE_SEX_DIFFERS;
    return IDCODE_OK;
}

enum idcode_finding credit_code_check(const char *text)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1, values[18];
    if (strlen(text) != 18)
        return IDCODE_LENGTH;
    for (int i = 0; i < 18; i++) {
        const char *at = strchr(alphabet, text[i]);
        if (!at)
            return IDCODE_CHARACTER;
        values[i] = (int)(at - alphabet);
    }
    for (int i = 0; i < 17; i++) {
        sum += values[i] * weight;
        weight = weight * 3 % 31;
    }
    return (31 - sum % 31) % 31 == values[17] ? IDCODE_OK : IDCODE_CHECK;
}

const char *idcode_finding_text(enum idcode_finding finding, const char *language)
{
    static const char *const texts[][2] = {
        [IDCODE_OK] = {"号码有效", "the number is valid"},
        [IDCODE_LENGTH] = {"号码长度不对", "the number has the wrong length"},
        [IDCODE_CHARACTER] = {"号码含有不允许的字符",
                              "the number holds a character that is not allowed"},
        [IDCODE_DATE] = {"号码中的出生日期不存在", "the number holds no real date of birth"},
        [IDCODE_CHECK] = {"校验码不符", "the check character does not fit"},
        [IDCODE_BIRTH_DIFFERS] =
            {"号码中的出生日期与登记的不同，以档案为准",
             "the number's date of birth differs from the registered one; the file decides"},
        [IDCODE_SEX_DIFFERS] = {"号码中的性别与登记的不同",
                                "the number's sex differs from the registered one"},
    };
    return texts[finding][strcmp(language, "en") == 0];
}
