/* test_whole_file.c - what is on the disk once a file is said to be written. The program's own
 * fsync and rename stand before those of the C library: they note what is asked of the disk and fail
 * when they are told to. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/calendar_tokens.h"
#include "cmd/stopped.h"
#include "cmd/wire/keyfile.h"
#include "core/buffer.h"
#include "events/whole_file.h"

static char folder[64];
static struct fault fault;
static struct buffer asked; /* "sync NAME", "rename NAME", a line each */
static int fails_at, fails_with;

int fsync(int file);
int rename(const char *from, const char *to);

static const char *name_in(const char *path)
{
    size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 ? path + size : path;
}

static bool fails_now(void)
{
    errno = fails_with;
    return fails_at > 0 && --fails_at == 0;
}

int fsync(int file)
{
    char link[64], path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, path, sizeof path - 1) > 0)
        buffer_addf(&asked, "sync %s\n", name_in(path));
    return fails_now() ? -1 : (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to)
{
    buffer_addf(&asked, "rename %s\n", name_in(to));
    return fails_now() ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

static int make_folder(void **state)
{
    (void)state;
    char run[100];
    fails_at = 0;
    fails_with = EIO;
    buffer_init(&asked);
    snprintf(folder, sizeof folder, "/tmp/jishi-whole-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(run, sizeof run, "%s/run", folder);
    return mkdir(run, 0700);
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    buffer_done(&asked);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static enum status put(const char *name, bool is_new, const char *text)
{
    struct whole_file file = {.path = path_of(name), .mode = 0600, .is_new = is_new};
    buffer_clear(&asked);
    return whole_file_write(&file, text, strlen(text), &fault);
}

static void assert_holds(const char *name, const char *text)
{
    char found[100] = "";
    FILE *file = fopen(path_of(name), "r");
    assert_non_null(file);
    size_t size = fread(found, 1, sizeof found - 1, file);
    fclose(file);
    assert_int_equal(size, strlen(text));
    assert_string_equal(found, text);
}

static void a_file_is_on_the_disk_before_its_name_is_and_the_name_before_it_is_said(void **state)
{
    (void)state;
    assert_int_equal(put("a", false, "one"), STATUS_OK);
    assert_string_equal(buffer_text(&asked), "sync /a.part\nrename /a\nsync \n");
    assert_int_equal(put("a", false, ""), STATUS_OK);
    assert_holds("a", "");
    assert_int_equal(put("new", true, "one"), STATUS_OK);
    assert_string_equal(buffer_text(&asked), "sync /new\nsync \n");
    assert_holds("new", "one");
    assert_int_equal(put("new", true, "two"), STATUS_IO);
    assert_holds("new", "one");
}

static void a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(void **state)
{
    (void)state;
    for (int at = 1; at <= 3; at++) {
        assert_int_equal(put("a", false, "old"), STATUS_OK);
        fails_at = at;
        assert_int_equal(put("a", false, "new"), STATUS_IO);
        assert_non_null(strstr(fault.text, "/a: "));
        assert_holds("a", at < 3 ? "old" : "new"); /* its name may or may not be on the disk */
        assert_int_equal(access(path_of("a.part"), F_OK), -1);
    }
    fails_at = 1;
    assert_int_equal(put("new", true, "half"), STATUS_IO);
    assert_int_equal(access(path_of("new"), F_OK), -1);
    assert_int_equal(put("none/a", false, "one"), STATUS_IO);
}

static void a_file_system_that_syncs_no_folder_is_no_failure(void **state)
{
    (void)state;
    fails_at = 3;
    fails_with = EINVAL;
    assert_int_equal(put("a", false, "one"), STATUS_OK);
    assert_int_equal(fails_at, 0);
}

/* Everything that has to be there after a power cut. */
static void tokens_stops_and_keys_bring_their_names_to_the_disk(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_LENGTH + 1];
    struct calendar_token token = {.english = true};
    struct stopped stopped;
    struct member_key key;
    assert_int_equal(calendar_token_change(folder, "wang", &token, text, &fault), STATUS_OK);
    buffer_clear(&asked);
    assert_int_equal(calendar_token_change(folder, "wang", NULL, text, &fault), STATUS_OK);
    assert_string_equal(buffer_text(&asked),
                        "sync /calendar.tokens.part\nrename /calendar.tokens\nsync \n");
    assert_int_equal(stopped_open(folder, &stopped, &fault), STATUS_OK);
    buffer_clear(&asked);
    assert_int_equal(stopped_set(&stopped, "smtp", "li", true, 0, &fault), STATUS_OK);
    assert_string_equal(buffer_text(&asked),
                        "sync /run/stopped.part\nrename /run/stopped\nsync /run\n");
    member_key_make("li", &key);
    buffer_clear(&asked);
    assert_int_equal(member_key_write(path_of("li.key"), &key, &fault), STATUS_OK);
    assert_string_equal(buffer_text(&asked), "sync /li.key\nsync \n");
}

static void a_revocation_that_is_not_on_the_disk_is_not_said_to_be_done(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_LENGTH + 1];
    struct calendar_token token = {.english = true};
    assert_int_equal(calendar_token_change(folder, "wang", &token, text, &fault), STATUS_OK);
    fails_at = 3; /* the folder */
    assert_int_equal(calendar_token_change(folder, "wang", NULL, text, &fault), STATUS_IO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_on_the_disk_before_its_name_is_and_the_name_before_it_is_said),
        TEST(a_write_that_fails_leaves_the_old_file_and_nothing_beside_it),
        TEST(a_file_system_that_syncs_no_folder_is_no_failure),
        TEST(tokens_stops_and_keys_bring_their_names_to_the_disk),
        TEST(a_revocation_that_is_not_on_the_disk_is_not_said_to_be_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
