/* test.h - what every unit test includes: cmocka in its required order, and reading a source file.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The whole text of a file of the source tree; ends the program where it is missing. */
static inline char *test_file(const char *path, size_t *ret_size)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "%s/%s", SOURCE_DIR, path);
    FILE *file = fopen(whole, "rb");
    if (!file) {
        fprintf(stderr, "cannot open %s\n", whole);
        abort();
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (fread(text, 1, (size_t)size, file) != (size_t)size)
        abort();
    text[size] = '\0';
    fclose(file);
    if (ret_size)
        *ret_size = (size_t)size;
    return text;
}

#endif
