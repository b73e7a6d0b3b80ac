/* test_queue.c - reminders for workers: leases and their tokens, order, urgency, rates, hours,
 * digests, tries, dead letters, figures. */
#include "test.h"

#include "projections/queue.h"

static struct queue *queue;
static struct send_rule rules[3]; /* of `file`, `robot`, `mail` */
static const char *const channel_names[] = {"file", "robot", "mail"};
static const char *moved_to; /* where everybody is reached after a reload */
static struct job_view last_changed;
static const struct job *leased[LEASE_COUNT_MAX];
static struct wall wall;
static int64_t number;

/* "ann@robot" is reached by the robot; whoever has no @ gets files. All robots' addresses are one. */
static void route(void *user, const char *member, struct route *ret_route)
{
    (void)user;
    const char *at = strchr(member, '@');
    if (at)
        snprintf(ret_route->channel, sizeof ret_route->channel, "%s", at + 1);
    if (at && strcmp(at, "@robot") == 0)
        snprintf(ret_route->address, sizeof ret_route->address, "group");
    if (moved_to)
        snprintf(ret_route->channel, sizeof ret_route->channel, "%s", moved_to);
}

static void rule(void *user, const char *channel, struct send_rule *ret_rule)
{
    (void)user;
    send_rule_default("file", ret_rule);
    for (int i = 0; i < 3; i++)
        if (strcmp(channel, channel_names[i]) == 0)
            *ret_rule = rules[i];
}

static void changed(void *user, const struct job_view *job)
{
    (void)user;
    last_changed = *job;
}

static int open_queue(void **state)
{
    (void)state;
    moved_to = NULL;
    wall = (struct wall){.day = 20000, .minute = 605, .workday = true};
    for (int i = 0; i < 3; i++)
        send_rule_default("file", &rules[i]);
    struct queue_options options = {
        .route = route, .rule = rule, .changed = changed, .jobs_max = 1000000};
    queue = queue_open(&options);
    return 0;
}

static int close_queue(void **state)
{
    (void)state;
    queue_close(queue);
    return 0;
}

static void add_kind(const char *key, const char *recipient, enum job_kind kind, int64_t now_ms)
{
    struct new_job job = {.number = ++number,
                          .key = key,
                          .recipient = recipient,
                          .kind = kind,
                          .made_us = now_ms * 1000 + 1};
    assert_int_equal(queue_add(queue, &job, now_ms), QUEUE_ADDED);
}

static void add(const char *key, const char *recipient, int64_t now_ms)
{
    add_kind(key, recipient, KIND_before, now_ms);
}

static unsigned lease_many(unsigned count, int64_t lease_ms, int64_t now_ms)
{
    struct lease_request request = {.lease_ms = lease_ms, .count = count};
    return queue_lease(queue, &request, now_ms, &wall, leased);
}

static struct job_view view_at(unsigned index)
{
    struct job_view view;
    job_view(leased[index], &view);
    return view;
}

/* Leases one and returns its token; 0 if there is none. */
static int64_t lease(const char *key, int64_t lease_ms, int64_t now_ms)
{
    if (!lease_many(1, lease_ms, now_ms)) {
        assert_null(key);
        return 0;
    }
    struct job_view view = view_at(0);
    assert_non_null(key);
    assert_string_equal(view.key, key);
    return view.token;
}

static bool ack(const char *key, const char *recipient, int64_t token, int64_t now_ms)
{
    return queue_ack(queue, key, recipient, token, now_ms);
}

static bool nack(const char *key, const char *recipient, int64_t token, int64_t now_ms)
{
    struct nack no = {.detail = "no"};
    return queue_nack(queue, key, recipient, token, &no, now_ms, 0);
}

static struct channel_figures figures_of(const char *channel, int64_t now_ms)
{
    struct channel_figures found[QUEUE_CHANNELS_MAX];
    unsigned count = queue_figures(queue, now_ms, found);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(found[i].channel, channel) == 0)
            return found[i];
    fail_msg("no figures of %s", channel);
    return found[0];
}

static int64_t count_in(enum job_state state)
{
    struct channel_figures found[QUEUE_CHANNELS_MAX];
    unsigned count = queue_figures(queue, 0, found);
    int64_t sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += found[i].count[state];
    return sum;
}

/* ---- leases ---- */

static void a_job_is_leased_once_and_one_reminder_to_one_recipient_is_one_job(void **state)
{
    (void)state;
    struct new_job again = {.key = "a", .recipient = "ann"};
    add("a", "ann", 10);
    add("a", "bo", 10);
    assert_int_equal(queue_add(queue, &again, 30), QUEUE_KNOWN);
    assert_int_equal(lease_many(5, 1000, 40), 2);
    assert_string_equal(view_at(0).recipient, "ann");
    assert_string_equal(view_at(1).recipient, "bo");
    assert_int_equal(lease_many(5, 1000, 40), 0);
    assert_int_equal(figures_of("file", 40).count[JOB_LEASED], 2);
}

static void a_lease_that_ran_out_goes_to_another_and_the_old_token_is_refused(void **state)
{
    (void)state;
    add("a", "ann", 0);
    int64_t first = lease("a", 100, 0);
    lease(NULL, 100, 99);
    int64_t second = lease("a", 100, 100);
    assert_true(second > first);
    assert_int_equal(view_at(0).attempts, 1);
    assert_int_equal(last_changed.attempts, 1);
    assert_false(ack("a", "ann", first, 110));
    assert_false(nack("a", "ann", first, 110));
    assert_false(queue_extend(queue, "a", "ann", first, 100, 110));
    assert_true(ack("a", "ann", second, 110));
    assert_int_equal(queue_count(queue), 0);
    lease(NULL, 100, 100000);
}

static void tokens_of_an_earlier_life_are_refused(void **state)
{
    (void)state;
    struct queue_options options = {.token_base = (int64_t)2 << 32};
    add("a", "ann", 0);
    int64_t old = lease("a", 100, 0);
    queue_close(queue);
    queue = queue_open(&options);
    add("a", "ann", 0);
    int64_t fresh = lease("a", 100, 0);
    assert_true(fresh > (int64_t)2 << 32);
    assert_false(nack("a", "ann", old, 1));
    assert_true(nack("a", "ann", fresh, 1));
}

static void a_lease_is_extended_by_who_has_it(void **state)
{
    (void)state;
    add("a", "ann", 0);
    int64_t token = lease("a", 100, 0);
    assert_true(queue_extend(queue, "a", "ann", token, 500, 90));
    lease(NULL, 100, 589);
    lease("a", 100, 590);
    assert_false(queue_extend(queue, "a", "ann", token, 500, 600));
    assert_false(queue_extend(queue, "unknown", "ann", token, 500, 600));
}

static void what_is_done_may_be_acknowledged_by_anybody(void **state)
{
    (void)state;
    add("a", "ann", 0);
    int64_t token = lease("a", 100, 0);
    assert_true(queue_delivered(queue, "a", "ann", DELIVERY_SENT, 1, "", 5, 0));
    assert_true(ack("a", "ann", token, 6));
    assert_true(ack("a", "ann", token, 7));
    assert_int_equal(queue_count(queue), 0);
}

/* ---- tries ---- */

static void a_failed_try_waits_longer_each_time_and_the_eighth_is_the_last(void **state)
{
    (void)state;
    int64_t now = 0, wait = RETRY_FIRST_MS;
    add("a", "ann", 0);
    for (unsigned i = 1; i < ATTEMPTS_MAX; i++, wait *= 2) {
        assert_true(nack("a", "ann", lease("a", 100, now), now));
        lease(NULL, 100, now + wait - 1);
        now += wait;
    }
    assert_true(nack("a", "ann", lease("a", 100, now), now));
    lease(NULL, 100, now + RETRY_LAST_MS * 2);
    assert_int_equal(last_changed.state, JOB_DEAD);
    assert_string_equal(last_changed.detail, "no");
    assert_int_equal(count_in(JOB_DEAD), 1);
}

static void a_job_whose_workers_never_come_back_dies_too(void **state)
{
    (void)state;
    add("a", "ann", 0);
    for (int i = 0; i < ATTEMPTS_MAX; i++)
        lease("a", 100, i * 100);
    lease(NULL, 100, 1000);
    assert_int_equal(last_changed.state, JOB_DEAD);
    assert_string_equal(last_changed.detail, "its workers did not come back");
    assert_int_equal(figures_of("file", 1000).total[RATE_LOST], ATTEMPTS_MAX);
}

static void chance_adds_at_most_half_as_much_again(void **state)
{
    (void)state;
    struct nack no = {.detail = ""};
    add("a", "ann", 0);
    queue_nack(queue, "a", "ann", lease("a", 100, 0), &no, 0, UINT32_MAX);
    assert_in_range(last_changed.until_ms, RETRY_FIRST_MS, RETRY_FIRST_MS * 3 / 2);
}

static void a_worker_may_ask_for_a_delay_of_its_own(void **state)
{
    (void)state;
    struct nack later = {.delay_ms = 5000, .detail = "later"};
    add("a", "ann", 0);
    assert_true(queue_nack(queue, "a", "ann", lease("a", 100, 0), &later, 0, 0));
    lease(NULL, 100, 4999);
    lease("a", 100, 5000);
}

static void tries_on_record_count_once_whether_the_worker_says_so_too_or_not(void **state)
{
    (void)state;
    add("a", "ann", 0);
    int64_t token = lease("a", 100, 0);
    queue_delivered(queue, "a", "ann", DELIVERY_FAILED, 1, "451", 1, 0); /* heard while leased */
    assert_true(nack("a", "ann", token, 2));
    assert_int_equal(last_changed.attempts, 1);
    token = lease("a", 100, 2000);
    assert_true(nack("a", "ann", token, 2000));
    queue_delivered(queue, "a", "ann", DELIVERY_FAILED, 2, "451", 2001, 0); /* and after */
    lease("a", 100, 4000);
    assert_int_equal(view_at(0).attempts, 2);
}

static void what_the_log_says_was_sent_is_not_leased_again(void **state)
{
    (void)state;
    add("a", "ann", 0);
    assert_true(queue_delivered(queue, "a", "ann", DELIVERY_SENT, 1, "", 0, 0));
    assert_false(queue_delivered(queue, "a", "ann", DELIVERY_SENT, 1, "", 0, 0));
    lease(NULL, 100, 10);
    add("b", "ann", 0);
    queue_delivered(queue, "b", "ann", DELIVERY_FAILED, 1, "no", 0, 0);
    lease(NULL, 100, RETRY_FIRST_MS - 1);
    lease("b", 100, RETRY_FIRST_MS);
}

/* ---- order and urgency ---- */

static void a_recipient_gets_his_reminders_strictly_one_after_the_other(void **state)
{
    (void)state;
    add("a", "ann", 0);
    add("b", "ann", 0);
    add("c", "bo", 0);
    assert_int_equal(lease_many(10, 100, 0), 2); /* a and c: b waits for a */
    assert_string_equal(view_at(0).key, "a");
    assert_string_equal(view_at(1).key, "c");
    assert_true(nack("a", "ann", view_at(0).token, 0));
    lease(NULL, 100, 50); /* a waits for its next try, and b behind it */
    int64_t token = lease("a", 100, RETRY_FIRST_MS);
    assert_true(ack("a", "ann", token, RETRY_FIRST_MS));
    lease("b", 100, RETRY_FIRST_MS);
}

static void a_dead_one_steps_aside_and_comes_back_in_its_old_place(void **state)
{
    (void)state;
    add("a", "ann", 0);
    add("b", "ann", 0);
    add("c", "ann", 0);
    queue_delivered(queue, "a", "ann", DELIVERY_DEAD, 1, "no such address", 0, 0);
    assert_true(ack("b", "ann", lease("b", 100, 1), 1));
    assert_int_equal(queue_redrive(queue, "a", "ann", NULL, 2), 1);
    assert_int_equal(queue_redrive(queue, "a", "ann", NULL, 2), 0);
    assert_int_equal(last_changed.attempts, 0);
    assert_true(ack("a", "ann", lease("a", 100, 3), 3));
    lease("c", 100, 4);
}

static void overdue_goes_before_reminders_before_notices_and_draws_what_stands_before_it(
    void **state)
{
    (void)state;
    add_kind("notice", "ann", KIND_told, 0);
    add_kind("reminder", "bo", KIND_before, 0);
    add_kind("late", "cai", KIND_overdue, 0);
    add_kind("early", "dai", KIND_told, 0);
    add_kind("behind", "dai", KIND_superior, 0);
    assert_int_equal(lease_many(10, 1000, 1), 4);
    assert_string_equal(view_at(0).key, "late");
    assert_string_equal(view_at(1).key, "early"); /* a superior's notice waits behind it */
    assert_string_equal(view_at(2).key, "reminder");
    assert_string_equal(view_at(3).key, "notice");
}

/* ---- channels, rates, hours ---- */

static void a_worker_of_one_channel_gets_only_its_jobs(void **state)
{
    (void)state;
    static const char *const robots[] = {"robot", "pager"};
    struct lease_request request = {
        .lease_ms = 1000, .count = 10, .channels = robots, .channel_count = 2};
    add("a", "ann", 0);
    add("b", "bo@robot", 0);
    assert_int_equal(queue_lease(queue, &request, 1, &wall, leased), 1);
    assert_string_equal(view_at(0).key, "b");
    assert_string_equal(view_at(0).channel, "robot");
    assert_string_equal(view_at(0).address, "group");
    assert_int_equal(queue_lease(queue, &request, 1, &wall, leased), 0);
}

static void in_no_window_more_is_sent_to_an_address_than_its_rate_allows(void **state)
{
    (void)state;
    struct fault fault;
    int64_t sends[200], count = 0;
    char key[16], who[32];
    send_rule_rate(&rules[1], "5/s 20/min", &fault);
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(who, sizeof who, "m%d@robot", i);
        add(key, who, 0);
    }
    for (int64_t now = 0; now < 180000; now += 50)
        for (unsigned found = lease_many(64, 600000, now); found > 0; found--)
            sends[count++] = now;
    assert_in_range(count, 55, 60); /* three minutes: the rate is also used */
    for (int i = 0; i < count; i++) {
        assert_true(i < 5 || sends[i] - sends[i - 5] >= 1000);
        assert_true(i < 20 || sends[i] - sends[i - 20] >= 60000);
    }
}

static void addresses_do_not_wait_for_each_others_rate(void **state)
{
    (void)state;
    struct fault fault;
    send_rule_rate(&rules[2], "1/min", &fault);
    rules[2].rate_by = RATE_BY_ADDRESS;
    add("a", "ann@mail", 0);
    add("b", "bo@mail", 0);
    add("c", "ann@mail", 0);
    assert_int_equal(lease_many(10, 1000, 60000), 2);
    assert_true(ack("a", "ann@mail", view_at(0).token, 60000));
    assert_int_equal(figures_of("mail", 60000).lanes_waiting, 1);
    lease(NULL, 1000, 119999);
}

static void a_rate_of_the_channel_counts_all_its_addresses(void **state)
{
    (void)state;
    struct fault fault;
    send_rule_rate(&rules[2], "1/min", &fault);
    rules[2].rate_by = RATE_BY_CHANNEL;
    add("a", "ann@mail", 0);
    add("b", "bo@mail", 0);
    assert_int_equal(lease_many(10, 1000, 60000), 1);
    assert_int_equal(lease_many(10, 1000, 119999), 0);
}

/* So many a minute was answered by the robot itself: everybody behind it waits, nobody loses a try. */
static void a_rate_answer_blocks_the_address_and_is_no_try(void **state)
{
    (void)state;
    struct nack busy = {.block_ms = 600000, .detail = "130101"};
    add("a", "ann@robot", 0);
    add("b", "bo@robot", 0);
    add("c", "cai", 0);
    int64_t token = lease("a", 1000, 0);
    assert_true(queue_nack(queue, "a", "ann@robot", token, &busy, 10, 0));
    assert_int_equal(last_changed.attempts, 0);
    lease("c", 600000, 20);
    lease(NULL, 1000, 600009);
    assert_int_equal(lease_many(10, 1000, 600010), 2);
}

static void a_stopped_channel_keeps_its_jobs_until_it_is_resumed(void **state)
{
    (void)state;
    add("a", "ann@robot", 0);
    assert_true(queue_stop(queue, "robot", true));
    lease(NULL, 100, 10);
    assert_true(figures_of("robot", 10).stopped);
    assert_int_equal(figures_of("robot", 10).count[JOB_PENDING], 1);
    assert_true(queue_stop(queue, "robot", false));
    lease("a", 100, 20);
}

static void outside_the_hours_only_what_is_exempt_goes_and_the_rest_when_they_begin(void **state)
{
    (void)state;
    struct fault fault;
    send_rule_hours(&rules[1], "09:00-17:00", &fault);
    send_rule_exempt(&rules[1], "overdue", &fault);
    add("a", "ann@robot", 0);
    add_kind("late", "bo@robot", KIND_overdue, 0);
    wall.minute = 8 * 60 + 59;
    assert_int_equal(lease_many(10, 1000, 1), 1);
    assert_string_equal(view_at(0).key, "late");
    wall.minute = 9 * 60;
    lease("a", 1000, 2);
    add("b", "cai@robot", 3);
    wall.minute = 17 * 60;
    lease(NULL, 1000, 4);
    wall.day--; /* the clock is put back by a day and some: nothing remembers a moment */
    wall.minute = 12 * 60;
    lease("b", 1000, 5);
}

static void with_a_spread_each_job_waits_for_its_minute(void **state)
{
    (void)state;
    char key[16], who[32];
    int minutes[9] = {0};
    rules[1].spread = 9;
    rules[1].spread_from_minute = 8 * 60 + 50;
    wall.minute = 8 * 60 + 50;
    for (int i = 0; i < 90; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(who, sizeof who, "m%d@robot", i);
        add(key, who, 0);
    }
    for (int minute = 0; minute < 9; minute++, wall.minute++)
        for (unsigned found; (found = lease_many(64, 600000, 1)) > 0;)
            for (unsigned i = 0; i < found; i++) {
                assert_int_equal(send_rule_minute(&rules[1], view_at(i).key), minute);
                minutes[minute]++;
            }
    int sum = 0;
    for (int i = 0; i < 9; i++) {
        assert_true(minutes[i] > 0);
        sum += minutes[i];
    }
    assert_int_equal(sum, 90);
}

static void who_is_reached_differently_from_now_on_is_leased_there(void **state)
{
    (void)state;
    static const char *const mail[] = {"mail"};
    struct lease_request request = {
        .lease_ms = 1000, .count = 10, .channels = mail, .channel_count = 1};
    add("a", "ann@robot", 0);
    add("b", "ann@robot", 0);
    assert_int_equal(queue_lease(queue, &request, 1, &wall, leased), 0);
    moved_to = "mail";
    queue_reload(queue, 2);
    assert_int_equal(figures_of("robot", 2).count[JOB_PENDING], 0);
    assert_int_equal(figures_of("mail", 2).count[JOB_PENDING], 2);
    assert_int_equal(queue_lease(queue, &request, 3, &wall, leased), 1);
    assert_string_equal(view_at(0).key, "a");
}

/* ---- digests ---- */

static void a_digest_gathers_and_leases_all_of_a_recipient_as_one_message(void **state)
{
    (void)state;
    struct fault fault;
    rules[1].digest = true;
    rules[1].digest_wait_ms = 1000;
    send_rule_rate(&rules[1], "1/min", &fault);
    add("x", "cai@robot", 0); /* the robot is known; what it was sent before is not */
    assert_true(ack("x", "cai@robot", lease("x", 5000, 60000), 60000));
    add("a", "ann@robot", 200000);
    add("b", "ann@robot", 200500);
    add("c", "bo@robot", 200500);
    lease(NULL, 1000, 200999);
    assert_int_equal(lease_many(1, 5000, 201000), 2); /* one message, two reminders */
    assert_string_equal(view_at(0).key, "a");
    assert_string_equal(view_at(1).key, "b");
    assert_true(view_at(0).group != 0);
    assert_int_equal(view_at(0).group, view_at(1).group);
    assert_int_equal(lease_many(10, 5000, 202000), 0); /* it was one of the rate */
    assert_true(ack("a", "ann@robot", view_at(0).token, 202000));
    assert_true(nack("b", "ann@robot", view_at(1).token, 202000)); /* each has an end of its own */
    assert_int_equal(last_changed.attempts, 1);
    assert_int_equal(lease_many(10, 5000, 261000), 1);
    assert_string_equal(view_at(0).key, "b");
    assert_true(ack("b", "ann@robot", view_at(0).token, 261000));
    assert_int_equal(lease_many(10, 5000, 321000), 1);
    assert_string_equal(view_at(0).key, "c");
}

static void a_digest_has_at_most_as_many_as_a_lease(void **state)
{
    (void)state;
    char key[16];
    rules[1].digest = true;
    for (int i = 0; i < LEASE_COUNT_MAX + 6; i++) {
        snprintf(key, sizeof key, "k%d", i);
        add(key, "ann@robot", 0);
    }
    assert_int_equal(lease_many(10, 5000, 60000), LEASE_COUNT_MAX);
    for (unsigned i = 0; i < LEASE_COUNT_MAX; i++)
        assert_true(ack(view_at(i).key, "ann@robot", view_at(i).token, 60001));
    assert_int_equal(lease_many(10, 5000, 60002), 6);
}

/* ---- operators ---- */

static void dead_ones_are_redriven_by_channel_and_listed_page_by_page(void **state)
{
    (void)state;
    char key[16], who[32];
    const struct job *page[4];
    struct job_filter filter = {.channel = "robot", .state = JOB_DEAD};
    int64_t next = 0;
    unsigned seen = 0;
    for (int i = 0; i < 10; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(who, sizeof who, i % 2 ? "m%d@robot" : "m%d", i);
        add(key, who, 0);
        queue_delivered(queue, key, who, DELIVERY_DEAD, 1, "gone", 0, 0);
    }
    do {
        unsigned found = queue_list(queue, &filter, next, 2, page, &next);
        for (unsigned i = 0; i < found; i++) {
            struct job_view view;
            job_view(page[i], &view);
            assert_string_equal(view.detail, "gone");
            assert_string_equal(view.channel, "robot");
        }
        seen += found;
    } while (next);
    assert_int_equal(seen, 5);
    filter = (struct job_filter){.recipient = "m4", .state = -1};
    assert_int_equal(queue_list(queue, &filter, 0, 4, page, &next), 1);
    assert_int_equal(queue_redrive(queue, NULL, NULL, "robot", 5), 5);
    assert_int_equal(count_in(JOB_DEAD), 5);
    assert_int_equal(queue_redrive(queue, NULL, NULL, NULL, 5), 5);
    assert_int_equal(lease_many(64, 100, 6), 10);
}

static void figures_tell_depth_age_and_what_was_done_in_the_last_minute(void **state)
{
    (void)state;
    add("a", "ann", 1000);
    add("b", "bo", 2000);
    int64_t token = lease("a", 60000, 3000);
    struct channel_figures figures = figures_of("file", 3000);
    assert_int_equal(figures.count[JOB_PENDING], 1);
    assert_int_equal(figures.oldest_us[JOB_PENDING], 2000001);
    assert_int_equal(figures.oldest_us[JOB_LEASED], 1000001);
    assert_int_equal(figures.oldest_us[JOB_DEAD], 0);
    assert_true(ack("a", "ann", token, 4000));
    figures = figures_of("file", 62999);
    assert_int_equal(figures.minute[RATE_LEASED], 1);
    assert_int_equal(figures.minute[RATE_ACKED], 1);
    figures = figures_of("file", 63000);
    assert_int_equal(figures.minute[RATE_LEASED], 0);
    assert_int_equal(figures.minute[RATE_ACKED], 1);
    assert_int_equal(figures.total[RATE_LEASED], 1);
}

static void a_full_queue_says_so(void **state)
{
    (void)state;
    struct queue_options options = {.jobs_max = 2};
    struct new_job third = {.key = "c", .recipient = "cai"};
    queue_close(queue);
    queue = queue_open(&options);
    add("a", "ann", 0);
    add("b", "bo", 0);
    assert_int_equal(queue_add(queue, &third, 0), QUEUE_FULL);
    assert_true(ack("a", "ann", lease("a", 100, 1), 1));
    assert_int_equal(queue_add(queue, &third, 0), QUEUE_ADDED);
}

/* ---- promises, whatever happens ---- */

enum { RANDOM_JOBS = 60, RANDOM_PEOPLE = 7 };

struct course {
    unsigned seed;
    int64_t now, held[RANDOM_JOBS];
    bool gone[RANDOM_JOBS];
};

static void names_of(int which, char key[16], char who[32])
{
    snprintf(key, 16, "k%d", which);
    snprintf(who, 32, which % RANDOM_PEOPLE % 2 ? "m%d@robot" : "m%d", which % RANDOM_PEOPLE);
}

static unsigned chance_of(struct course *course)
{
    course->seed = course->seed * 1103515245 + 12345;
    return course->seed / 65536;
}

static void course_lease(struct course *course)
{
    unsigned found = lease_many(1 + chance_of(course) % 8, 200, course->now);
    for (unsigned i = 0; i < found; i++) {
        struct job_view view = view_at(i);
        int which = atoi(view.key + 1);
        assert_false(course->gone[which]);
        course->held[which] = view.token;
        for (unsigned other = 0; other < i; other++) /* one of a recipient at a time */
            assert_string_not_equal(view.recipient, view_at(other).recipient);
    }
}

static void course_step(struct course *course)
{
    char key[16], who[32];
    unsigned chance = chance_of(course);
    int which = (int)(chance_of(course) % RANDOM_JOBS);
    names_of(which, key, who);
    course->now += chance % 40;
    if (chance % 5 == 0) {
        course_lease(course);
    } else if (chance % 5 == 1) {
        struct nack no = {.block_ms = chance % 7 == 0 ? 300 : 0, .detail = "no"};
        queue_nack(queue, key, who, course->held[which], &no, course->now, chance);
    } else if (chance % 5 == 2 && chance % 3 == 0) {
        size_t before = queue_count(queue);
        ack(key, who, course->held[which], course->now);
        course->gone[which] |= queue_count(queue) < before; /* of a dead one it has no effect */
        course->held[which] = 0;
    } else if (chance % 5 == 3) {
        queue_redrive(queue, key, who, NULL, course->now);
    } else if (chance % 97 == 0) {
        queue_reload(queue, course->now);
    }
}

static void whatever_happens_a_job_has_one_holder_and_none_is_lost(void **state)
{
    (void)state;
    struct course course = {.seed = 20261124};
    struct fault fault;
    char key[16], who[32];
    print_message("seed %u\n", course.seed);
    send_rule_rate(&rules[1], "3/s", &fault);
    for (int i = 0; i < RANDOM_JOBS; i++) {
        names_of(i, key, who);
        add(key, who, 0);
    }
    for (int step = 0; step < 30000; step++) {
        course_step(&course);
        assert_int_equal(count_in(JOB_PENDING) + count_in(JOB_LEASED) + count_in(JOB_DEAD),
                         (int64_t)queue_count(queue));
    }
    int gone = 0;
    for (int i = 0; i < RANDOM_JOBS; i++)
        gone += course.gone[i];
    assert_true(gone > 0);
    assert_int_equal(queue_count(queue), RANDOM_JOBS - gone);
}

static void leasing_among_many_costs_little(void **state)
{
    (void)state;
    enum { JOBS = 100000, PEOPLE = 1000 };
    char key[16], who[16];
    int64_t last[PEOPLE];
    int taken = 0;
    for (int i = 0; i < PEOPLE; i++)
        last[i] = -1;
    for (int i = 0; i < JOBS; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(who, sizeof who, "m%d", i % PEOPLE);
        add(key, who, i);
    }
    for (unsigned found; (found = lease_many(64, 600000, JOBS)) > 0;)
        for (unsigned i = 0; i < found; i++, taken++) {
            struct job_view view = view_at(i);
            int which = atoi(view.key + 1);
            assert_true(last[which % PEOPLE] < which);
            last[which % PEOPLE] = which;
            assert_true(ack(view.key, view.recipient, view.token, JOBS));
        }
    assert_int_equal(taken, JOBS);
    assert_int_equal(queue_count(queue), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_queue, close_queue)
    const struct CMUnitTest tests[] = {
        TEST(a_job_is_leased_once_and_one_reminder_to_one_recipient_is_one_job),
        TEST(a_lease_that_ran_out_goes_to_another_and_the_old_token_is_refused),
        TEST(tokens_of_an_earlier_life_are_refused),
        TEST(a_lease_is_extended_by_who_has_it),
        TEST(what_is_done_may_be_acknowledged_by_anybody),
        TEST(a_failed_try_waits_longer_each_time_and_the_eighth_is_the_last),
        TEST(a_job_whose_workers_never_come_back_dies_too),
        TEST(chance_adds_at_most_half_as_much_again),
        TEST(a_worker_may_ask_for_a_delay_of_its_own),
        TEST(tries_on_record_count_once_whether_the_worker_says_so_too_or_not),
        TEST(what_the_log_says_was_sent_is_not_leased_again),
        TEST(a_recipient_gets_his_reminders_strictly_one_after_the_other),
        TEST(a_dead_one_steps_aside_and_comes_back_in_its_old_place),
        TEST(overdue_goes_before_reminders_before_notices_and_draws_what_stands_before_it),
        TEST(a_worker_of_one_channel_gets_only_its_jobs),
        TEST(in_no_window_more_is_sent_to_an_address_than_its_rate_allows),
        TEST(addresses_do_not_wait_for_each_others_rate),
        TEST(a_rate_of_the_channel_counts_all_its_addresses),
        TEST(a_rate_answer_blocks_the_address_and_is_no_try),
        TEST(a_stopped_channel_keeps_its_jobs_until_it_is_resumed),
        TEST(outside_the_hours_only_what_is_exempt_goes_and_the_rest_when_they_begin),
        TEST(with_a_spread_each_job_waits_for_its_minute),
        TEST(who_is_reached_differently_from_now_on_is_leased_there),
        TEST(a_digest_gathers_and_leases_all_of_a_recipient_as_one_message),
        TEST(a_digest_has_at_most_as_many_as_a_lease),
        TEST(dead_ones_are_redriven_by_channel_and_listed_page_by_page),
        TEST(figures_tell_depth_age_and_what_was_done_in_the_last_minute),
        TEST(a_full_queue_says_so),
        TEST(whatever_happens_a_job_has_one_holder_and_none_is_lost),
        TEST(leasing_among_many_costs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
