/* test_socket.c - who gets a message through to a socket of ours, and what a message may be. */
#include "test.h"

#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "cmd/limits.h"
#include "cmd/socket.h"
#include "cmd/zap.h"
#include "core/buffer.h"

#define QUIET_MS 1200 /* a handshake on loopback takes a hundredth of this */

static struct server_key server;
static struct member_key known, stranger;

static int make_keys(void **state)
{
    (void)state;
    if (sodium_init() < 0)
        return -1;
    server_key_make(&server);
    member_key_make("known", &known);
    member_key_make("stranger", &stranger);
    return 0;
}

static bool admits_known(void *user, const char *domain, const uint8_t curve[KEY_SIZE])
{
    (void)user;
    return strcmp(domain, "test") == 0 && memcmp(curve, known.curve_public, KEY_SIZE) == 0;
}

struct room {
    void *context;
    struct zap *zap;
    void *router;
    void *other; /* the client's context: another program, as it were */
    char address[64];
};

static void open_room(struct room *room, bool with_zap)
{
    struct zap_options zap = {admits_known, NULL};
    struct fault fault;
    *room = (struct room){.context = socket_context(16), .other = zmq_ctx_new()};
    if (with_zap)
        assert_int_equal(zap_start(room->context, &zap, &room->zap, &fault), STATUS_OK);
    struct serve_options options = {ZMQ_ROUTER, "test", &server, 0, "tcp://127.0.0.1:*"};
    assert_int_equal(socket_serve(room->context, &options, &room->router, &fault), STATUS_OK);
    size_t size = sizeof room->address;
    assert_int_equal(zmq_getsockopt(room->router, ZMQ_LAST_ENDPOINT, room->address, &size), 0);
}

static void close_room(struct room *room)
{
    zmq_close(room->router);
    zap_stop(room->zap);
    zmq_ctx_term(room->context);
    zmq_ctx_term(room->other);
}

static void *connect_as(const struct room *room, const struct member_key *key)
{
    void *socket = NULL;
    struct fault fault;
    assert_int_equal(socket_connect(room->other, ZMQ_DEALER, key->curve_public, key->curve_secret,
                                    server.curve_public, room->address, &socket, &fault),
                     STATUS_OK);
    return socket;
}

/* Sends as soon as the connection is there; false if it never comes. */
static bool say(void *socket, const void *bytes, size_t size, int flags)
{
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLOUT, 0};
    return zmq_poll(&item, 1, QUIET_MS) == 1 && zmq_send(socket, bytes, size, flags) >= 0;
}

/* What comes of the next message, as the loop of a process meets it: ZMQ_EVENTS is read first. 0:
 * none came. */
static int next(const struct room *room, struct envelope *envelope, struct buffer *out)
{
    zmq_pollitem_t item = {room->router, 0, ZMQ_POLLIN, 0};
    int events = 0;
    size_t size = sizeof events;
    if (zmq_poll(&item, 1, QUIET_MS) != 1)
        return 0;
    assert_int_equal(zmq_getsockopt(room->router, ZMQ_EVENTS, &events, &size), 0);
    return socket_take(room->router, envelope, out);
}

static bool gets_through(const struct room *room, const struct member_key *key)
{
    struct envelope envelope;
    struct buffer out;
    buffer_init(&out);
    void *socket = connect_as(room, key);
    bool said = say(socket, "hello", 5, 0);
    bool came = next(room, &envelope, &out) != 0;
    assert_true(said || !came);
    zmq_close(socket);
    buffer_done(&out);
    return came;
}

static void the_user_is_known_though_the_first_frame_has_lost_him(void **state)
{
    (void)state;
    struct room room;
    struct envelope envelope;
    struct buffer out;
    buffer_init(&out);
    open_room(&room, true);
    void *socket = connect_as(&room, &known);
    for (int i = 0; i < 3; i++) {
        assert_true(say(socket, "hello", 5, 0));
        assert_int_equal(next(&room, &envelope, &out), 1);
        assert_memory_equal(envelope.user, known.curve_public, KEY_SIZE);
        assert_int_equal(out.size, 5);
    }
    zmq_close(socket);
    close_room(&room);
    buffer_done(&out);
}

static void a_message_of_several_frames_is_dropped_and_the_next_one_taken(void **state)
{
    (void)state;
    struct room room;
    struct envelope envelope;
    struct buffer out;
    buffer_init(&out);
    open_room(&room, true);
    void *socket = connect_as(&room, &known);
    for (int frames = 2; frames < 40; frames++) {
        for (int i = 0; i < frames; i++)
            assert_true(say(socket, "frame", 5, i + 1 < frames ? ZMQ_SNDMORE : 0));
        assert_true(say(socket, "alone", 5, 0));
        assert_int_equal(next(&room, &envelope, &out), -1);
        assert_int_equal(next(&room, &envelope, &out), 1);
        assert_memory_equal(out.data, "alone", 5);
    }
    zmq_close(socket);
    close_room(&room);
    buffer_done(&out);
}

static void a_message_beyond_its_bound_cuts_the_connection(void **state)
{
    (void)state;
    static uint8_t large[MESSAGE_SIZE_MAX + 1];
    struct room room;
    struct envelope envelope;
    struct buffer out;
    buffer_init(&out);
    open_room(&room, true);
    void *socket = connect_as(&room, &known);
    assert_true(say(socket, large, REQUEST_SIZE_MAX, 0));
    assert_int_equal(next(&room, &envelope, &out), 1);
    assert_int_equal(out.size, REQUEST_SIZE_MAX);
    assert_true(say(socket, large, sizeof large, 0));
    assert_int_equal(next(&room, &envelope, &out), 0);
    zmq_close(socket);
    close_room(&room);
    buffer_done(&out);
}

static void an_unknown_key_gets_nothing_through(void **state)
{
    (void)state;
    struct room room;
    open_room(&room, true);
    assert_false(gets_through(&room, &stranger));
    assert_true(gets_through(&room, &known));
    close_room(&room);
}

static void without_the_thread_that_admits_nobody_gets_through(void **state)
{
    (void)state;
    struct room room;
    open_room(&room, false);
    assert_false(gets_through(&room, &stranger));
    assert_false(gets_through(&room, &known));
    close_room(&room);
}

static void once_that_thread_has_ended_nobody_gets_through(void **state)
{
    (void)state;
    struct room room;
    open_room(&room, true);
    assert_true(gets_through(&room, &known));
    zap_stop(room.zap);
    room.zap = NULL;
    assert_false(gets_through(&room, &stranger));
    assert_false(gets_through(&room, &known));
    close_room(&room);
}

static void while_that_thread_hangs_nobody_gets_through(void **state)
{
    (void)state;
    struct room room;
    struct fault fault;
    room = (struct room){.context = socket_context(16), .other = zmq_ctx_new()};
    void *hangs = zmq_socket(room.context, ZMQ_REP); /* is asked and never answers */
    assert_int_equal(zmq_bind(hangs, "inproc://zeromq.zap.01"), 0);
    struct serve_options options = {ZMQ_ROUTER, "test", &server, 0, "tcp://127.0.0.1:*"};
    assert_int_equal(socket_serve(room.context, &options, &room.router, &fault), STATUS_OK);
    size_t size = sizeof room.address;
    zmq_getsockopt(room.router, ZMQ_LAST_ENDPOINT, room.address, &size);
    assert_false(gets_through(&room, &known));
    zmq_close(hangs);
    close_room(&room);
}

static void its_death_is_the_process_s_death(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct zap_options options = {admits_known, NULL};
        struct zap *zap = NULL;
        void *context = zmq_ctx_new();
        if (zap_start(context, &options, &zap, NULL) != STATUS_OK)
            _exit(1);
        zmq_ctx_shutdown(context); /* every call of the thread fails from here on */
        sleep(30);
        _exit(0);
    }
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 2);
}

/* NULL, PLAIN and CURVE with a wrong idea of the server's key. */
static void other_mechanisms_get_nothing_through(void **state)
{
    (void)state;
    struct room room;
    struct envelope envelope;
    struct buffer out;
    buffer_init(&out);
    open_room(&room, true);
    for (int kind = 0; kind < 3; kind++) {
        void *socket = zmq_socket(room.other, ZMQ_DEALER);
        int zero = 0;
        zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
        if (kind == 1) {
            zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "admin", 5);
            zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "admin", 5);
        } else if (kind == 2) {
            zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, stranger.curve_public, KEY_SIZE);
            zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, known.curve_public, KEY_SIZE);
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, known.curve_secret, KEY_SIZE);
        }
        assert_int_equal(zmq_connect(socket, room.address), 0);
        zmq_send(socket, "hello", 5, ZMQ_DONTWAIT);
        assert_int_equal(next(&room, &envelope, &out), 0);
        zmq_close(socket);
    }
    close_room(&room);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_death_is_the_process_s_death), /* forks: before any thread is there */
        cmocka_unit_test(the_user_is_known_though_the_first_frame_has_lost_him),
        cmocka_unit_test(a_message_of_several_frames_is_dropped_and_the_next_one_taken),
        cmocka_unit_test(a_message_beyond_its_bound_cuts_the_connection),
        cmocka_unit_test(an_unknown_key_gets_nothing_through),
        cmocka_unit_test(without_the_thread_that_admits_nobody_gets_through),
        cmocka_unit_test(once_that_thread_has_ended_nobody_gets_through),
        cmocka_unit_test(while_that_thread_hangs_nobody_gets_through),
        cmocka_unit_test(other_mechanisms_get_nothing_through),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
