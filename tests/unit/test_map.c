/* test_map.c - the core's containers: maps against a plain model, symbols, arenas, buffers. */
#include "test.h"

#include <time.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "core/map.h"
#include "core/symbol.h"

#define KEYS 512

static void a_map_agrees_with_a_plain_table_under_random_use(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    bool there[KEYS] = {false};
    uint64_t values[KEYS] = {0};
    struct map map;
    print_message("seed %u\n", seed);
    srand(seed);
    map_init(&map);
    for (int turn = 0; turn < 20000; turn++) {
        uint64_t key = (uint64_t)rand() % KEYS, value;
        if (rand() % 3) {
            there[key] = true;
            values[key] = (uint64_t)turn;
            map_put(&map, key * 7919, values[key]);
        } else {
            assert_int_equal(map_remove(&map, key * 7919), there[key]);
            there[key] = false;
        }
        key = (uint64_t)rand() % KEYS;
        assert_int_equal(map_get(&map, key * 7919, &value), there[key]);
        if (there[key])
            assert_int_equal(value, values[key]);
    }
    map_done(&map);
}

static void a_bytes_map_keeps_what_is_not_removed(void **state)
{
    (void)state;
    struct bytes_map map;
    uint8_t key[16] = {0};
    uint64_t value;
    bytes_map_init(&map, sizeof key);
    for (uint64_t i = 0; i < 1000; i++) {
        memcpy(key + 4, &i, 8);
        bytes_map_put(&map, key, i);
    }
    for (uint64_t i = 0; i < 1000; i += 3) {
        memcpy(key + 4, &i, 8);
        assert_true(bytes_map_remove(&map, key));
        assert_false(bytes_map_remove(&map, key));
    }
    for (uint64_t i = 0; i < 1000; i++) {
        memcpy(key + 4, &i, 8);
        assert_int_equal(bytes_map_get(&map, key, &value), i % 3 != 0);
        if (i % 3)
            assert_int_equal(value, i);
    }
    bytes_map_done(&map);
}

static void equal_texts_are_one_symbol(void **state)
{
    (void)state;
    struct symbol_table *table = symbol_table_open();
    char text[20];
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "name %d", i);
        symbol_add(table, text);
    }
    assert_int_equal(symbol_count(table), 3000);
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "name %d", i);
        assert_string_equal(symbol_text(table, symbol_find(table, text)), text);
    }
    assert_int_equal(symbol_find(table, "another"), SYMBOL_NONE);
    assert_int_equal(symbol_add(table, ""), SYMBOL_NONE);
    symbol_table_close(table);
}

static void an_arena_hands_out_zeroed_memory_again_after_reset(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    char *first = arena_take(&arena, 100);
    memset(first, 7, 100);
    char *big = arena_take(&arena, 100000);
    assert_int_equal(big[99999], 0);
    arena_reset(&arena);
    char *again = arena_take(&arena, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(again[i], 0);
    assert_string_equal(arena_format(&arena, "%d-%s", 5, "x"), "5-x");
    arena_done(&arena);
}

static void what_is_taken_behind_a_mark_is_taken_back_alone(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 0);
    struct arena_mark empty = arena_mark(&arena);
    char *kept = arena_text(&arena, "kept");
    size_t used = arena.used;
    struct arena_mark mark = arena_mark(&arena);
    for (int round = 0; round < 3; round++) { /* a little; more than a block; more than any block */
        for (size_t taken = 0; taken < 100000; taken += 1000)
            memset(arena_take(&arena, 1000), 7, 1000);
        memset(arena_take(&arena, 100000), 7, 100000);
        arena_release(&arena, &mark);
        assert_string_equal(kept, "kept");
        assert_int_equal(arena.used, used);
        char *again = arena_take(&arena, 2000);
        for (int i = 0; i < 2000; i++)
            assert_int_equal(again[i], 0);
        arena_release(&arena, &mark);
    }
    arena_release(&arena, &empty);
    assert_int_equal(arena.used, 0);
    char *first = arena_take(&arena, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(first[i], 0);
    arena_done(&arena);
}

static void a_buffer_is_always_terminated(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer);
    assert_string_equal(buffer_text(&buffer), "");
    for (int i = 0; i < 1000; i++)
        buffer_addf(&buffer, "%03d", i);
    assert_int_equal(buffer.size, 3000);
    assert_int_equal(strlen(buffer_text(&buffer)), 3000);
    buffer_clear(&buffer);
    assert_string_equal(buffer_text(&buffer), "");
    buffer_done(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_agrees_with_a_plain_table_under_random_use),
        cmocka_unit_test(a_bytes_map_keeps_what_is_not_removed),
        cmocka_unit_test(equal_texts_are_one_symbol),
        cmocka_unit_test(an_arena_hands_out_zeroed_memory_again_after_reset),
        cmocka_unit_test(what_is_taken_behind_a_mark_is_taken_back_alone),
        cmocka_unit_test(a_buffer_is_always_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
