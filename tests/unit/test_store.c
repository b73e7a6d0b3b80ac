/* test_store.c - who may open the log's store, what it does when its map or its readers run out,
 * and that it reads the disk where memory could lie. */
#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events/disk_check.h"
#include "events/log_store.h"
#include "events/store_guard.h"

#define SMALL_MAP ((uint64_t)1 << 20)
#define LARGE_MAP ((uint64_t)64 << 20)

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/jishi-store-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    char shell[128];
    snprintf(shell, sizeof shell, "rm -r %s", directory);
    return system(shell);
}

/* One batch of entries of a size; what they hold does not matter here. */
static enum status append(struct log_store *store, int64_t first, size_t count, size_t size)
{
    static char bytes[65536];
    struct text_view entries[64];
    uint8_t ids[64][COMMAND_ID_SIZE], frontier[1][DIGEST_SIZE] = {{0}};
    assert_true(count <= 64 && size <= sizeof bytes);
    memset(bytes, 'x', sizeof bytes);
    memset(ids, 0, sizeof ids);
    for (size_t i = 0; i < count; i++) {
        int64_t number = first + (int64_t)i;
        entries[i] = (struct text_view){bytes, (uint32_t)size};
        memcpy(ids[i], &number, sizeof number);
    }
    struct store_batch batch = {.entries = entries,
                                .command_ids = (const uint8_t(*)[COMMAND_ID_SIZE])ids,
                                .entry_count = count,
                                .frontier = (const uint8_t(*)[DIGEST_SIZE])frontier,
                                .frontier_count = 1,
                                .head = {.size = first + (int64_t)count}};
    struct fault fault;
    return store->functions->append(store, &batch, &fault);
}

static struct log_store *opened(bool read_only, uint64_t map_size)
{
    struct log_store_options options = {.read_only = read_only, .map_size = map_size};
    struct log_store *store = NULL;
    struct fault fault;
    if (log_store_lmdb_open(directory, &options, &store, &fault) != STATUS_OK)
        return NULL;
    return store;
}

static int64_t size_of(struct log_store *store)
{
    struct log_view *view = NULL;
    struct log_head head = {.size = -1};
    struct fault fault;
    if (store->functions->view_open(store, &view, &fault) != STATUS_OK)
        return -1;
    store->functions->head(view, &head, NULL, NULL, &fault);
    store->functions->view_close(view);
    return head.size;
}

static void a_process_opens_a_log_once(void **state)
{
    (void)state;
    struct log_store *store = opened(false, LARGE_MAP);
    assert_non_null(store);
    struct log_store *again = NULL;
    struct log_store_options options = {.read_only = true};
    struct fault fault;
    assert_int_equal(log_store_lmdb_open(directory, &options, &again, &fault), STATUS_CONFLICT);
    assert_non_null(strstr(fault.text, "open already"));
    store->functions->close(store);
    store = opened(true, LARGE_MAP);
    assert_non_null(store);
    store->functions->close(store);
}

/* Runs `act` in a process of its own; its exit code. */
static int in_child(int (*act)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(act());
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static int take_as_writer(void)
{
    struct store_guard *guard = NULL;
    struct fault fault;
    if (store_guard_take(directory, true, &guard, &fault) == STATUS_OK)
        return 0;
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld ", (long)getppid());
    return fault.status == STATUS_CONFLICT && strstr(fault.text, pid) ? 1 : 2;
}

static int die_as_writer(void)
{
    struct store_guard *guard = NULL;
    if (store_guard_take(directory, true, &guard, NULL) == STATUS_OK)
        raise(SIGKILL);
    return 1;
}

static void one_process_writes_a_log_and_the_other_is_told_which(void **state)
{
    (void)state;
    assert_int_equal(in_child(die_as_writer), -1); /* its lock goes with it */
    int ready[2], end[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    pid_t other = fork();
    if (other == 0) {
        /* The guard is taken where no other directory is listed: in a process of its own. */
        struct store_guard *guard = NULL;
        bool good = store_guard_take(directory, true, &guard, NULL) == STATUS_OK;
        if (write(ready[1], good ? "y" : "n", 1) != 1 || read(end[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    struct store_guard *guard = NULL;
    struct fault fault;
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld ", (long)other);
    assert_int_equal(store_guard_take(directory, true, &guard, &fault), STATUS_CONFLICT);
    assert_non_null(strstr(fault.text, pid));
    assert_int_equal(store_guard_take(directory, false, &guard, &fault), STATUS_OK); /* reading */
    store_guard_release(guard);
    assert_int_equal(write(end[1], "e", 1), 1);
    int how = 0;
    assert_int_equal(waitpid(other, &how, 0), other);
    assert_int_equal(store_guard_take(directory, true, &guard, &fault), STATUS_OK);
    assert_int_equal(in_child(take_as_writer), 2); /* the child inherits the list: open already */
    store_guard_release(guard);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(end[i]);
    }
}

static int write_much(void)
{
    struct log_store *store = opened(false, LARGE_MAP);
    if (!store)
        return 2;
    int64_t next = size_of(store);
    for (int i = 0; i < 8; i++, next += 64)
        if (append(store, next, 64, 16000) != STATUS_OK)
            return 3;
    store->functions->close(store);
    return 0;
}

static int write_a_little(void)
{
    struct log_store *store = opened(false, SMALL_MAP);
    bool good = store && append(store, 0, 4, 100) == STATUS_OK;
    if (store)
        store->functions->close(store);
    return good ? 0 : 1;
}

static void a_reader_follows_a_writer_that_outgrows_its_map(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_a_little), 0);
    int start[2];
    char byte = 0;
    assert_int_equal(pipe(start), 0);
    pid_t writer =
        fork(); /* before the reader opens: an environment does not live through a fork */
    if (writer == 0)
        _exit(read(start[0], &byte, 1) == 1 ? write_much() : 4);
    struct log_store *reader = opened(true, SMALL_MAP);
    assert_non_null(reader);
    assert_int_equal(size_of(reader), 4);
    assert_int_equal(write(start[1], "s", 1), 1);
    int how = 0;
    assert_int_equal(waitpid(writer, &how, 0), writer);
    assert_int_equal(WEXITSTATUS(how), 0);
    assert_int_equal(size_of(reader), 4 + 8 * 64);
    reader->functions->close(reader);
    close(start[0]);
    close(start[1]);
}

static int crowd_of_readers(void)
{
    struct log_store *store = opened(true, LARGE_MAP);
    struct log_view *view = NULL;
    int opened_views = 0;
    while (opened_views < 2000 &&
           store->functions->view_open(store, &view, NULL) == STATUS_OK) /* never closed */
        opened_views++;
    if (opened_views >= 1000)
        raise(SIGKILL);
    return 1;
}

static void slots_of_readers_that_died_are_taken_again(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_a_little), 0);
    assert_int_equal(in_child(crowd_of_readers), -1);
    struct log_store *store = opened(false, LARGE_MAP);
    assert_non_null(store);
    assert_int_equal(size_of(store), 4); /* every slot is taken, by the dead */
    store->functions->close(store);
}

static void a_reader_that_stays_behind_is_named(void **state)
{
    (void)state;
    struct log_store *store = opened(false, LARGE_MAP);
    struct log_view *view = NULL;
    struct store_readers slowest;
    assert_int_equal(append(store, 0, 1, 10), STATUS_OK);
    store->functions->maintain(store, &slowest);
    assert_int_equal(slowest.behind, 0);
    assert_int_equal(store->functions->view_open(store, &view, NULL), STATUS_OK);
    for (int64_t i = 1; i <= 5; i++)
        assert_int_equal(append(store, i, 1, 10), STATUS_OK);
    store->functions->maintain(store, &slowest);
    assert_int_equal(slowest.behind, 5);
    assert_int_equal(slowest.pid, getpid());
    store->functions->view_close(view);
    store->functions->maintain(store, &slowest);
    assert_int_equal(slowest.behind, 0);
    store->functions->close(store);
}

static void a_map_that_is_nearly_full_is_no_room(void **state)
{
    (void)state;
    struct log_store *store = opened(false, SMALL_MAP);
    uint64_t free_bytes = 0;
    if (!store->functions->has_room(store, &free_bytes))
        fail_msg("the disk of /tmp is under the watermark itself: nothing is shown here");
    int64_t next = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && store->functions->has_room(store, &free_bytes))
        status = append(store, next++, 1, 16000);
    assert_int_equal(status, STATUS_OK); /* the watermark comes before a commit fails */
    assert_true(next > 10);
    store->functions->close(store);
}

static void memory_that_differs_from_the_disk_is_found(void **state)
{
    (void)state;
    char path[128];
    static char page[4096];
    struct disk_check check;
    struct fault fault;
    snprintf(path, sizeof path, "%s/file", directory);
    assert_int_equal(disk_sync(path, &fault), STATUS_OK); /* not there: nothing to bring */
    int file = open(path, O_RDWR | O_CREAT, 0600);
    for (int i = 0; i < 8; i++) {
        memset(page, 'a' + i, sizeof page);
        assert_int_equal(write(file, page, sizeof page), sizeof page);
    }
    assert_int_equal(disk_sync(path, &fault), STATUS_OK);
    /* A private map changes in memory only, as pages do that a failed write left behind. */
    char *map = mmap(NULL, 8 * sizeof page, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(disk_check_open(path, map + 5000, &check, &fault), STATUS_OK);
    if (check.file < 0)
        fail_msg("the file system of /tmp has no O_DIRECT: nothing is shown here");
    assert_int_equal(disk_check_bytes(&check, map, 8 * sizeof page, &fault), STATUS_OK);
    disk_check_close(&check);
    map[5 * sizeof page + 77] ^= 1;
    assert_int_equal(disk_check_open(path, map, &check, &fault), STATUS_OK);
    assert_int_equal(disk_check_bytes(&check, map, sizeof page, &fault), STATUS_OK);
    assert_int_equal(disk_check_bytes(&check, map + 4 * sizeof page + 4000, 200, &fault),
                     STATUS_CORRUPT);
    assert_non_null(strstr(fault.text, "page 5"));
    disk_check_close(&check);
    munmap(map, 8 * sizeof page);
    close(file);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        CASE(a_process_opens_a_log_once),
        CASE(one_process_writes_a_log_and_the_other_is_told_which),
        CASE(a_reader_follows_a_writer_that_outgrows_its_map),
        CASE(slots_of_readers_that_died_are_taken_again),
        CASE(a_reader_that_stays_behind_is_named),
        CASE(a_map_that_is_nearly_full_is_no_room),
        CASE(memory_that_differs_from_the_disk_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
