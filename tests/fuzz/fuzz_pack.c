/* fuzz_pack.c - bytes as a pack: read, linked, checked and, if it may be put in force, shown. */
#include <stdlib.h>

#include "core/buffer.h"
#include "core/check.h"
#include "core/rulebook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(const struct pack *pack, struct symbol_table *symbols)
{
    struct buffer out;
    struct fault fault;
    buffer_init(&out);
    pack_show(pack, NULL, symbols, "zh", &out, &fault);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        pack_show(pack, symbol_text(symbols, pack->procedures[i].name), symbols, "en", &out,
                  &fault);
    buffer_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct symbol_table *symbols = symbol_table_open();
    struct pack_findings *findings = calloc(1, sizeof *findings);
    CHECK(findings != NULL);
    struct pack *pack = pack_read((const char *)data, size, symbols, findings);
    if (pack)
        pack_link(pack, NULL, 0, symbols, findings);
    if (pack && !findings->error_count)
        pack_check(pack, NULL, 0, symbols, findings);
    if (pack && !findings->error_count)
        show(pack, symbols);
    pack_free(pack);
    free(findings);
    symbol_table_close(symbols);
    return 0;
}
