/* log_scan.h - the entries of a view in order, each with its leaf hash. */
#ifndef EVENTS_LOG_SCAN_H
#define EVENTS_LOG_SCAN_H

#include "events/log_store.h"

/* Calls `each` for entries from `from` on, until it returns false or `count` were shown. `bytes`
 * lie in the view. */
enum status log_scan(const struct log_store *store, struct log_view *view, int64_t from,
                     int64_t count,
                     bool (*each)(void *user, int64_t number, struct text_view bytes,
                                  const uint8_t leaf[DIGEST_SIZE]),
                     void *user, struct fault *fault);

#endif
