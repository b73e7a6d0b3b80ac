/* data_dir.h - where packs and calendars lie: $JISHI_DATA_DIR, else beside the program, installed or
 * in the source tree, from whatever folder it is called. */
#ifndef CMD_DATA_DIR_H
#define CMD_DATA_DIR_H

#include "core/buffer.h"
#include "core/fault.h"

#define FILE_SIZE_MAX ((size_t)16 << 20)

enum status file_read(const char *path, struct buffer *out, struct fault *fault);
/* A file of the data directory: "packs/SD.yaml", "calendars/2026.yaml". */
enum status data_read(const char *path, struct buffer *out, struct fault *fault);
/* Calls `each` with the name, without .yaml, of every file in a folder of the data directory, in
 * the order of names. */
void data_names(const char *folder, void (*each)(void *user, const char *name), void *user);

#endif
