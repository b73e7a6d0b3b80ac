/* test_view_store.c - what was not committed whole is not committed in pieces either. */
#include "test.h"

#include <unistd.h>

#include "projections/view_store.h"

#define NO_TABLE 900

static char folder[64];
static struct fault fault;
static struct view_store *store;
static unsigned table;

static void open_store(void)
{
    assert_int_equal(view_store_open(folder, &store, &fault), STATUS_OK);
    assert_int_equal(view_table_open(store, "things", &table, &fault), STATUS_OK);
}

static void put(unsigned into, int64_t number)
{
    struct view_key key = view_key();
    key_number(&key, number);
    view_put(store, into, &key, "x", 1, NULL);
}

static bool is_there(int64_t number)
{
    struct view_key key = view_key();
    struct text_view value;
    key_number(&key, number);
    return view_get(store, table, &key, &value);
}

static void after_a_commit_that_failed_nothing_is_committed_until_the_store_is_opened_again(
    void **state)
{
    (void)state;
    open_store();
    put(table, 1);
    assert_int_equal(view_commit(store, &fault), STATUS_OK);
    put(table, 2);
    put(NO_TABLE, 3);
    assert_int_not_equal(view_commit(store, &fault), STATUS_OK);
    put(table, 4); /* whoever made it takes 2 for kept */
    assert_int_not_equal(view_commit(store, &fault), STATUS_OK);
    view_store_close(store);
    open_store();
    assert_true(is_there(1));
    assert_false(is_there(2));
    assert_false(is_there(4));
    put(table, 5);
    assert_int_equal(view_commit(store, &fault), STATUS_OK);
    assert_true(is_there(5));
    view_store_close(store);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/jishi-views-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            after_a_commit_that_failed_nothing_is_committed_until_the_store_is_opened_again),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
