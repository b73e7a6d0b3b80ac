/* peer_sqlite.c - the scan of a million events by SQLite, in process: table log(number, event).
 *
 * -d DIR holds the database; -n EVENTS are loaded first where it is missing. The reader checks that
 * the numbers are dense and touches every byte range, cache warm. */
#include "load.h"

#include <sqlite3.h>

static void execute(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        load_fail(sql, why);
}

static void load(sqlite3 *db, long events)
{
    sqlite3_stmt *insert;
    char event[EVENT_SIZE];
    uint64_t seed = 42;
    execute(db, "CREATE TABLE log(number INTEGER PRIMARY KEY, event BLOB NOT NULL)");
    sqlite3_prepare_v2(db, "INSERT INTO log VALUES(?, ?)", -1, &insert, NULL);
    execute(db, "BEGIN");
    for (long i = 0; i < events; i++) {
        for (size_t k = 0; k < sizeof event; k += 8) {
            uint64_t word = load_random(&seed);
            memcpy(event + k, &word, 8);
        }
        sqlite3_bind_int64(insert, 1, i);
        sqlite3_bind_blob(insert, 2, event, sizeof event, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE)
            load_fail("insert", sqlite3_errmsg(db));
        sqlite3_reset(insert);
    }
    execute(db, "COMMIT");
    sqlite3_finalize(insert);
}

static long scan(sqlite3 *db)
{
    sqlite3_stmt *select;
    long count = 0;
    volatile unsigned sum = 0;
    sqlite3_prepare_v2(db, "SELECT number, event FROM log ORDER BY number", -1, &select, NULL);
    while (sqlite3_step(select) == SQLITE_ROW) {
        const unsigned char *bytes = sqlite3_column_blob(select, 1);
        if (sqlite3_column_int64(select, 0) != count++ ||
            sqlite3_column_bytes(select, 1) != EVENT_SIZE)
            load_fail("order", "numbers are not dense");
        sum += bytes[0];
    }
    sqlite3_finalize(select);
    return count;
}

int main(int argc, char **argv)
{
    struct load_options options = load_options_read(argc, argv);
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *exists;
    snprintf(path, sizeof path, "%s/peer.sqlite", options.path);
    if (sqlite3_open(path, &db) != SQLITE_OK)
        load_fail(path, sqlite3_errmsg(db));
    execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=2147483648");
    sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_master WHERE name='log'", -1, &exists, NULL);
    int loaded = sqlite3_step(exists) == SQLITE_ROW;
    sqlite3_finalize(exists);
    if (!loaded)
        load(db, options.events);
    scan(db); /* warm */
    uint64_t start = load_now_ns();
    long count = scan(db);
    load_report("sqlite", "scan", 1, 1, (uint64_t)count, (double)(load_now_ns() - start) / 1e9,
                NULL);
    sqlite3_close(db);
    return 0;
}
