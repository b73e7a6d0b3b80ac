/* test_queue_model.c - what is kept of the queue over a restart, and that it is what the log says. */
#include "test.h"

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "projections/queue_model.h"

static char folder[64];
static struct arena arena;
static struct view_store *store;
static struct queue_model model;
static size_t jobs_max;
static int64_t number;
static const struct wall noon = {.day = 20000, .minute = 720, .workday = true};

static void changed(void *user, const struct job_view *job)
{
    queue_model_changed(user, job);
}

static void begin(int64_t now_ms)
{
    struct fault fault;
    assert_int_equal(view_store_open(folder, &store, &fault), STATUS_OK);
    assert_int_equal(queue_model_open(store, &model, &fault), STATUS_OK);
    struct queue_options options = {
        .changed = changed, .user = &model, .jobs_max = jobs_max, .token_base = model.life << 32};
    model.jobs_max = jobs_max;
    model.queue = queue_open(&options);
    queue_model_load(&model, now_ms);
}

/* As kill -9 ends it: what was not committed is not there. */
static void crash(void)
{
    queue_close(model.queue);
    view_store_close(store);
}

static void commit(void)
{
    struct fault fault;
    assert_int_equal(queue_model_commit(&model, &fault), STATUS_OK);
}

static int open_model(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/jishi-queue-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    arena_init(&arena, 0);
    jobs_max = 1000;
    number = 0;
    begin(0);
    return 0;
}

static int close_model(void **state)
{
    (void)state;
    char command[100];
    crash();
    arena_done(&arena);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void set(struct event *event, const char *field, struct datum value)
{
    int index = event_field_index(event->type, field);
    assert_true(index >= 0);
    event->fields[index] = value;
}

static void fold(const struct event *event, int64_t now_ms)
{
    uint8_t leaf[DIGEST_SIZE] = {(uint8_t)number};
    queue_model_event(&model, number, number * 1000000, event, now_ms, 0);
    queue_model_position(&model, number++, leaf);
}

static void rung(const char *key, const char *kind, unsigned recipients)
{
    static const char *const all[] = {"ann", "bo", "cai"};
    struct event event = {.type = EVENT_rung_due};
    struct datum *to = ARENA_ARRAY(&arena, struct datum, 3);
    for (unsigned i = 0; i < recipients; i++)
        to[i] = datum_text(all[i]);
    set(&event, "duty", datum_int(7));
    set(&event, "kind", datum_text(kind));
    set(&event, "day", datum_text("2026-03-02"));
    set(&event, "late_days", datum_int(3));
    set(&event, "to", datum_list(to, recipients));
    set(&event, "key", datum_text(arena_text(&arena, key)));
    fold(&event, 0);
}

static void delivered(const char *key, const char *recipient, const char *outcome, int64_t attempt)
{
    struct event event = {.type = EVENT_delivered};
    set(&event, "key", datum_text(key));
    set(&event, "channel", datum_text("file"));
    set(&event, "recipient", datum_text(recipient));
    set(&event, "outcome", datum_text(outcome));
    set(&event, "attempt", datum_int(attempt));
    set(&event, "detail", datum_text("d"));
    fold(&event, 0);
}

static unsigned lease_all(struct job_view views[LEASE_COUNT_MAX], int64_t now_ms)
{
    const struct job *leased[LEASE_COUNT_MAX];
    struct lease_request request = {.lease_ms = 1000, .count = LEASE_COUNT_MAX};
    unsigned count = queue_lease(model.queue, &request, now_ms, &noon, leased);
    for (unsigned i = 0; i < count; i++)
        job_view(leased[i], &views[i]);
    return count;
}

static unsigned dead_count(void)
{
    const struct job *jobs[100];
    struct job_filter filter = {.state = JOB_DEAD};
    int64_t next;
    return queue_list(model.queue, &filter, 0, 100, jobs, &next);
}

static void a_reminder_is_a_job_for_each_of_its_recipients(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("a", "overdue", 3);
    assert_int_equal(lease_all(views, 0), 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_string_equal(views[i].key, "a");
        assert_int_equal(views[i].kind, KIND_overdue);
        assert_int_equal(views[i].about, 7);
        assert_int_equal(views[i].late_days, 3);
    }
    delivered("a", "ann", "sent", 1); /* one reached does not excuse the others */
    assert_int_equal(queue_count(model.queue), 2);
}

static void a_reminder_without_recipients_waits_for_nobody_and_is_on_record(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("a", "before", 0);
    assert_int_equal(lease_all(views, 0), 1);
    assert_string_equal(views[0].recipient, NOBODY);
    delivered("a", NOBODY, "dead", 1);
    assert_int_equal(dead_count(), 1);
}

static void after_a_restart_all_that_was_not_settled_is_there_in_its_old_order(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("z-first", "before", 2);
    rung("a-second", "before", 2);
    rung("gone", "before", 1);
    delivered("gone", "ann", "sent", 1);
    delivered("a-second", "bo", "failed", 3);
    commit();
    crash();
    begin(10);
    assert_int_equal(model.next, number);
    assert_int_equal(queue_count(model.queue), 4);
    assert_int_equal(lease_all(views, 10), 2);
    assert_string_equal(views[0].key, "z-first");
    assert_string_equal(views[1].key, "z-first");
    assert_true(queue_ack(model.queue, "z-first", "bo", views[1].token, 11));
    assert_int_equal(lease_all(views, 12), 1);
    assert_string_equal(views[0].key, "a-second");
    assert_int_equal(views[0].attempts, 3);
}

static void what_was_not_committed_is_folded_again_and_comes_to_the_same(void **state)
{
    (void)state;
    rung("a", "before", 1);
    commit();
    int64_t committed = number;
    rung("b", "before", 1);
    delivered("a", "ann", "failed", 1);
    crash();
    begin(0);
    assert_int_equal(model.next, committed);
    number = committed;
    rung("b", "before", 1);
    delivered("a", "ann", "failed", 1);
    commit();
    crash();
    begin(0);
    assert_int_equal(queue_count(model.queue), 2);
    struct job_view views[LEASE_COUNT_MAX];
    assert_int_equal(lease_all(views, 0), 1);
    assert_int_equal(views[0].attempts, 1);
}

static void tries_deaths_and_redriven_ones_that_only_the_queue_knows_are_kept(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("a", "before", 1);
    int64_t now = 0;
    for (int i = 0; i < ATTEMPTS_MAX; i++, now += 1000)
        lease_all(views, now);
    lease_all(views, now); /* the last lease is lost too */
    assert_int_equal(dead_count(), 1);
    commit();
    crash();
    begin(0);
    assert_int_equal(dead_count(), 1);
    assert_int_equal(queue_redrive(model.queue, NULL, NULL, NULL, 5), 1);
    commit();
    crash();
    begin(0);
    assert_int_equal(dead_count(), 0);
    assert_int_equal(lease_all(views, 10), 1);
    assert_int_equal(views[0].attempts, 0);
}

static void who_acknowledges_and_does_not_record_gets_it_again_after_a_restart(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("a", "before", 1);
    commit();
    assert_int_equal(lease_all(views, 0), 1);
    assert_true(queue_ack(model.queue, "a", "ann", views[0].token, 1));
    assert_int_equal(lease_all(views, 2), 0);
    commit();
    crash();
    begin(0);
    assert_int_equal(lease_all(views, 0), 1);
    assert_true(queue_ack(model.queue, "a", "ann", views[0].token, 1));
    delivered("a", "ann", "sent", 1);
    commit();
    crash();
    begin(0);
    assert_int_equal(queue_count(model.queue), 0);
}

static void a_dead_one_that_was_acknowledged_first_is_a_dead_letter_all_the_same(void **state)
{
    (void)state;
    struct job_view views[LEASE_COUNT_MAX];
    rung("a", "before", 1);
    assert_int_equal(lease_all(views, 0), 1);
    assert_true(queue_ack(model.queue, "a", "ann", views[0].token, 1));
    rung("b", "before", 1);
    delivered("a", "ann", "dead", 1);
    assert_int_equal(dead_count(), 1);
    assert_int_equal(queue_redrive(model.queue, "a", NULL, NULL, 2), 1);
    assert_int_equal(lease_all(views, 3), 1);
    assert_string_equal(views[0].key, "a"); /* in its old place, before b */
}

static void jobs_beyond_the_limit_wait_on_disk_and_come_in_their_order(void **state)
{
    (void)state;
    char key[16];
    struct job_view views[LEASE_COUNT_MAX];
    int expected = 0;
    crash();
    jobs_max = 10;
    begin(0);
    for (int i = 0; i < 35; i++) {
        snprintf(key, sizeof key, "k%02d", i);
        rung(key, "before", 1);
    }
    assert_int_equal(queue_count(model.queue), 10);
    assert_true(model.spilled);
    commit();
    crash();
    begin(0); /* also over a restart */
    assert_int_equal(queue_count(model.queue), 10);
    while (lease_all(views, 0) == 1) { /* all are one recipient's: one at a time, in order */
        snprintf(key, sizeof key, "k%02d", expected++);
        assert_string_equal(views[0].key, key);
        delivered(key, "ann", "sent", 1);
    }
    assert_int_equal(expected, 35);
    assert_false(model.spilled);
}

static void each_start_is_a_life_of_its_own(void **state)
{
    (void)state;
    int64_t life = model.life;
    crash();
    begin(0);
    assert_int_equal(model.life, life + 1);
}

static void what_changes_before_a_commit_takes_no_memory_for_what_it_was(void **state)
{
    (void)state;
    rung("a", "overdue", 1);
    commit();
    struct mallinfo2 before = mallinfo2();
    for (unsigned i = 0; i < 20000; i++)
        delivered("a", "ann", "failed", 1);
    struct mallinfo2 after = mallinfo2();
    assert_true(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + (1 << 19));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_model, close_model)
    const struct CMUnitTest tests[] = {
        TEST(a_reminder_is_a_job_for_each_of_its_recipients),
        TEST(a_reminder_without_recipients_waits_for_nobody_and_is_on_record),
        TEST(after_a_restart_all_that_was_not_settled_is_there_in_its_old_order),
        TEST(what_was_not_committed_is_folded_again_and_comes_to_the_same),
        TEST(tries_deaths_and_redriven_ones_that_only_the_queue_knows_are_kept),
        TEST(who_acknowledges_and_does_not_record_gets_it_again_after_a_restart),
        TEST(a_dead_one_that_was_acknowledged_first_is_a_dead_letter_all_the_same),
        TEST(jobs_beyond_the_limit_wait_on_disk_and_come_in_their_order),
        TEST(each_start_is_a_life_of_its_own),
        TEST(what_changes_before_a_commit_takes_no_memory_for_what_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
