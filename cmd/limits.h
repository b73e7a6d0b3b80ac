/* limits.h - every limit of the programs: its name, its figure, and what happens when it is
 * reached. */
#ifndef CMD_LIMITS_H
#define CMD_LIMITS_H

#define MESSAGE_SIZE_MAX                                                                           \
    65536 /* ZMQ_MAXMSGSIZE of intake, CURVE's bytes included: the connection is cut */
#define REQUEST_SIZE_MAX      65000     /* bytes of a request: what is left of it */
#define ANSWER_SIZE_MAX       (2 << 20) /* ZMQ_MAXMSGSIZE of a client */
#define REQUEST_DEPTH_MAX     8         /* nested arrays of a message: invalid */
#define REQUEST_NODES_MAX     8192      /* parts of a message: invalid */
#define IN_FLIGHT_PER_KEY_MAX 4096      /* commands of one key not yet answered: busy */
#define STAGED_MAX            65536     /* decided, not yet on disk: busy */
#define BATCH_HERE_MAX        16 /* entries committed on the spot when nothing else is on its way */
#define HAND_OVER_ENTRIES     128 /* staged ones that an idle disk gets before the turn ends */
#define TURN_REQUESTS_MAX     512 /* requests of one turn: the rest waits for the next */
#define TURN_RANGES_MAX       8   /* ranges answered in one turn: likewise */
#define ANSWERS_REMEMBERED                                                                         \
    4096                      /* answers whose sentences are remembered: the oldest is forgotten */
#define BUSY_RETRY_MS   50    /* hint while entries wait for the disk */
#define FULL_RETRY_MS   5000  /* hint while the disk is full */
#define RANGE_COUNT_MAX 65536 /* entries of one range */
#define RANGE_BYTES_MAX (1 << 20) /* bytes of one range */
/* Unread answers of a peer: more are dropped, it asks again. One more than RANGES_AHEAD, for a peer
 * tells of every second one that it was read. */
#define RANGE_OUTSTANDING    4
#define FEED_BATCH_BYTES_MAX (256 << 10) /* bytes of one message of the feed */
#define FEED_HWM                                                                                   \
    64 /* messages a slow subscriber may be behind: more are dropped, it asks for ranges */
#define FEED_HEARTBEAT_MS      1000
#define TOPIC_SIZE_MAX         64
#define IN_PLACE_ENTRIES_MAX   1000  /* entries read in one view of the log: readers are short */
#define MAINTAIN_MS            10000 /* stale readers of the store are cleared */
#define READER_BEHIND_MAX      1000 /* commits a reader may stay behind for two such rounds: ended */
#define SCRUB_EVERY_S          86400 /* the whole chain is read again (jishi.conf: scrub_every_s) */
#define RECEIVE_HWM            256   /* complete messages a peer may have waiting */
#define SEND_HWM               1000
#define HANDSHAKE_MS           2000 /* for the CURVE handshake: the connection is cut */
#define HEARTBEAT_MS           5000
#define HEARTBEAT_TIMEOUT_MS   15000
#define HEARTBEAT_TTL_MS       30000
#define BACKLOG                128
#define LINGER_MS              1000
#define PEERS_MAX              2000 /* open files are sized for so many */
#define TRACE_CONTEXT_SIZE_MAX 128
#define CONF_LINES_MAX         1024
#define RESTART_FIRST_MS                                                                           \
    250                       /* `up` waits so long before it starts again what died, doubling ... \
                               */
#define RESTART_LAST_MS 10000 /* ... to this */
#define STOP_MS         10000 /* `up` waits so long for its children */

#endif
