/* collation.c - ICU's collation for Chinese. Its only home. */
#include "projections/collation.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

#include "core/check.h"

#define COLLATION_LOCALE "zh@collation=pinyin"

static UCollator *collator; /* opened once, before main; then only read */
static char version[U_MAX_VERSION_STRING_LENGTH + 32];

__attribute__((constructor)) static void collator_open(void)
{
    UErrorCode code = U_ZERO_ERROR;
    UVersionInfo rules;
    char text[U_MAX_VERSION_STRING_LENGTH];
    collator = ucol_open(COLLATION_LOCALE, &code);
    CHECK(U_SUCCESS(code)); /* its data is linked with it */
    ucol_getVersion(collator, rules);
    u_versionToString(rules, text);
    snprintf(version, sizeof version, "%s %s", COLLATION_LOCALE, text);
}

size_t collation_key(const char *text, size_t size, uint8_t ret_key[COLLATION_KEY_MAX])
{
    UChar units[COLLATION_TEXT_MAX]; /* a unit takes a byte or more */
    uint8_t whole[COLLATION_TEXT_MAX * 8];
    UErrorCode code = U_ZERO_ERROR;
    int32_t count = 0;
    size = size < COLLATION_TEXT_MAX ? size : COLLATION_TEXT_MAX;
    u_strFromUTF8WithSub(units, COLLATION_TEXT_MAX, &count, text, (int32_t)size, 0xfffd, NULL,
                         &code);
    int32_t needed = ucol_getSortKey(collator, units, count, whole, (int32_t)sizeof whole);
    size_t length = needed < 1                      ? 0
                    : (size_t)needed > sizeof whole ? sizeof whole
                                                    : (size_t)needed - 1; /* its last is a zero */
    length = length < COLLATION_KEY_MAX ? length : COLLATION_KEY_MAX;
    memcpy(ret_key, whole, length);
    return length;
}

const char *collation_version(void)
{
    return version;
}
