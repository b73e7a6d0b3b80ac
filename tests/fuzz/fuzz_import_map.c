/* fuzz_import_map.c - a map of headings, as a user writes it. */
#include <stddef.h>
#include <stdint.h>

#include "cmd/import/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mappings mappings;
    struct fault fault;
    mappings_init(&mappings);
    mapping_read(&mappings, (const char *)data, size, &fault);
    mappings_done(&mappings);
    return 0;
}
