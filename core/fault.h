/* fault.h - what comes from outside and goes wrong: disk, network, bytes, text.
 *
 * A function that can fail so returns `enum status` and fills a `struct fault`, its last parameter,
 * with one short English sentence that names the place and, where there is one, the remedy.
 * Results go to `ret_x` and are written on success only. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,   /* the input breaks a format or a bound */
    STATUS_NOT_FOUND, /* what was asked for is not there */
    STATUS_CONFLICT,  /* it is there, but another one than was said */
    STATUS_FULL,      /* a named limit is reached */
    STATUS_BUSY,      /* not now; ask again */
    STATUS_IO,        /* disk or network; what was written is unknown */
    STATUS_CORRUPT,   /* stored bytes do not prove themselves */
    STATUS_DENIED,    /* key, signature or permission */
};

#define FAULT_TEXT_MAX 512

struct fault {
    enum status status;
    char text[FAULT_TEXT_MAX];
};

/* Fills `fault` (may be NULL) and returns `status`, so that `return fault_set(...)` reads well. */
enum status fault_set(struct fault *fault, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "where: " in front of the text. */
enum status fault_add(struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const char *status_name(enum status status);

#endif
