/* keygen.c - `jishi keygen`: a member's key file; prints what `enrol` needs. */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/wire/keyfile.h"

/* What stands in file names and on command lines needs no quoting. */
static bool is_name(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x80 && !isalnum((unsigned char)text[i]) &&
            !strchr("._-", text[i]))
            return false;
    return length > 0 && length <= NAME_SIZE_MAX;
}

int cmd_keygen(int argc, char **argv)
{
    static const struct option_spec specs[] = {{0}};
    struct options options = {"keygen", "MEMBER FILE", specs};
    struct fault fault;
    struct member_key key;
    char hex[2 * KEY_SIZE + 1];
    int code = options_read(&options, &argc, &argv);
    if (code >= 0)
        return code;
    if (argc != 2)
        return options_wrong(&options, "MEMBER FILE");
    if (!is_name(argv[0]))
        return options_wrong(&options,
                             in_words("成员名只含字母、数字、. _ -，至多 128 字节",
                                      "a member's name has letters, digits, . _ - only, at "
                                      "most 128 bytes"));
    if (sodium_init() < 0)
        return 2;
    member_key_make(argv[0], &key);
    if (member_key_write(argv[1], &key, &fault) != STATUS_OK) {
        fprintf(stderr, "jishi keygen: %s\n", fault.text);
        return 2;
    }
    sodium_bin2hex(hex, sizeof hex, key.public_key, KEY_SIZE);
    if (wants_json())
        printf("{\"member\":\"%s\",\"key\":\"%s\"}\n", argv[0], hex);
    else
        printf("%s\n  jishi do DIR --key secadmin enrol --field member=%s --field "
               "'key={\"$hex\":\"%s\"}' --field person=\n",
               in_words("已生成；由安全管理员登记：",
                        "made; the security administrator enrols it with:"),
               argv[0], hex);
    member_key_forget(&key);
    return 0;
}
