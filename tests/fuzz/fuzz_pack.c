/* fuzz_pack.c - bytes as a pack: read, linked, checked and, if it may be put in force, shown. */
#include <stdlib.h>

#include "core/buffer.h"
#include "core/check.h"
#include "core/pack_show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the pack: it is shown from a book that has it. */
static void show(struct pack *pack, struct symbol_table *symbols)
{
    struct rulebook book;
    struct buffer out;
    struct fault fault;
    buffer_init(&out);
    rulebook_init(&book, symbols);
    rulebook_add(&book, pack);
    pack_show(&book, pack, NULL, "zh", &out, &fault);
    for (unsigned i = 0; i < pack->procedure_count; i++)
        pack_show(&book, pack, symbol_text(symbols, pack->procedures[i].name), "en", &out, &fault);
    buffer_done(&out);
    rulebook_done(&book);
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
    else
        pack_free(pack);
    free(findings);
    symbol_table_close(symbols);
    return 0;
}
