/* encoding.c - which encoding a text is in, and the same in UTF-8, by iconv.
 *
 * A byte order mark decides. Else what is valid UTF-8 is UTF-8: a GB18030 text of any length that
 * is also valid UTF-8 does not come about by chance. Else it is GB18030, which holds GBK and
 * GB2312; bytes that are none of these are refused with their place. */
#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "cmd/import/sheet.h"
#include "core/check.h"
#include "events/codec.h"

static enum status convert(const char *from, const char *bytes, size_t size, struct buffer *out,
                           struct fault *fault)
{
    char chunk[16384];
    iconv_t tool = iconv_open("UTF-8", from);
    char *in = (char *)(uintptr_t)bytes;
    size_t left = size;
    enum status status = STATUS_OK;
    if (tool == (iconv_t)-1)
        return fault_set(fault, STATUS_IO, "this system's iconv does not know %s", from);
    while (left > 0 && status == STATUS_OK) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t result = iconv(tool, &in, &left, &to, &room);
        int why = errno;
        buffer_add(out, chunk, sizeof chunk - room);
        if (out->size > SHEET_BYTES_MAX)
            status = fault_set(fault, STATUS_FULL, "larger than %zu bytes as UTF-8; split it",
                               SHEET_BYTES_MAX);
        else if (result == (size_t)-1 && why != E2BIG)
            status = fault_set(fault, STATUS_INVALID,
                               "byte %zu is neither UTF-8 nor %s; save the file as CSV UTF-8",
                               size - left + 1, from);
    }
    iconv_close(tool);
    return status;
}

static bool begins_with(const char *bytes, size_t size, const char *mark, size_t length)
{
    return size >= length && memcmp(bytes, mark, length) == 0;
}

enum status encoding_to_utf8(const void *bytes, size_t size, struct buffer *out,
                             const char **ret_encoding, struct fault *fault)
{
    const char *text = bytes;
    enum status status = STATUS_OK;
    if (begins_with(text, size, "\xef\xbb\xbf", 3)) {
        *ret_encoding = "UTF-8 BOM";
        if (!text_is_utf8(text + 3, size - 3))
            return fault_set(fault, STATUS_INVALID,
                             "says it is UTF-8 and is not; save the file as CSV UTF-8 again");
        buffer_add(out, text + 3, size - 3);
    } else if (begins_with(text, size, "\xff\xfe", 2)) {
        *ret_encoding = "UTF-16LE";
        status = convert("UTF-16LE", text + 2, size - 2, out, fault);
    } else if (begins_with(text, size, "\xfe\xff", 2)) {
        *ret_encoding = "UTF-16BE";
        status = convert("UTF-16BE", text + 2, size - 2, out, fault);
    } else if (text_is_utf8(text, size)) {
        *ret_encoding = "UTF-8";
        buffer_add(out, text, size);
    } else {
        *ret_encoding = "GB18030";
        status = convert("GB18030", text, size, out, fault);
    }
    if (status == STATUS_OK && out->size && memchr(out->data, '\0', out->size))
        return fault_set(fault, STATUS_INVALID, "is no text (it holds NUL bytes)");
    return status;
}
