/* collation.h - texts in the order in which people look them up: Chinese by pinyin. */
#ifndef PROJECTIONS_COLLATION_H
#define PROJECTIONS_COLLATION_H

#include <stddef.h>
#include <stdint.h>

#define COLLATION_KEY_MAX  96  /* bytes of a sort key that count: some twenty characters */
#define COLLATION_TEXT_MAX 128 /* bytes of a text that are looked at */

/* Bytes that compare as the texts do, without a zero among them; returns how many. What is longer
 * than COLLATION_KEY_MAX is cut: such texts are equal. */
size_t collation_key(const char *text, size_t size, uint8_t ret_key[COLLATION_KEY_MAX]);

/* Of the rules: keys made under another one do not compare with these. */
const char *collation_version(void);

#endif
