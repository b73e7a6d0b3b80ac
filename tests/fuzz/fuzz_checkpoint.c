/* fuzz_checkpoint.c - bytes as a signed checkpoint. */
#include "events/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[KEY_SIZE] = {1};
    struct checkpoint checkpoint;
    struct fault fault;
    checkpoint_read((const char *)data, size, key, &checkpoint, &fault);
    return 0;
}
