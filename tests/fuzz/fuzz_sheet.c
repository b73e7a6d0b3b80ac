/* fuzz_sheet.c - files of other people's programs: CSV in any encoding, appointment forms. The first
 * byte chooses the reader. Every cell is read as whatever it could be. */
#include <stddef.h>
#include <stdint.h>

#include "cmd/import/cell.h"
#include "cmd/import/mapping.h"

static void cells_read(struct sheet *sheet)
{
    struct arena arena;
    int64_t number;
    int32_t day;
    arena_init(&arena, 0);
    for (size_t row = 0; row < sheet->count; row++)
        for (unsigned i = 0; i < sheet->rows[row].count; i++) {
            const char *narrow = cell_narrow(&arena, sheet->rows[row].cells[i]);
            cell_name(&arena, sheet->rows[row].cells[i]);
            cell_date_read(narrow, &day);
            cell_int_read(narrow, &number);
            cell_number_text(&arena, narrow);
            cell_is_scientific(narrow);
            cell_has_private_use(narrow);
            cell_mask(&arena, narrow);
            arena_reset(&arena);
        }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char map[] = "import: {kind: persons}\nregister: person\nneeds: [name]\n"
                              "columns: {id: [a, 工号], name: [b, 姓名, XingMing]}\n";
    static struct mappings mappings;
    struct sheet sheet;
    struct fault fault;
    if (mappings.count == 0) {
        mappings_init(&mappings);
        if (mapping_read(&mappings, map, sizeof map - 1, &fault) != STATUS_OK)
            __builtin_trap();
    }
    if (size == 0)
        return 0;
    enum status status = data[0] & 1 ? sheet_of_form(data + 1, size - 1, &sheet, &fault)
                                     : sheet_of_csv(data + 1, size - 1, &sheet, &fault);
    if (status != STATUS_OK)
        return 0;
    struct fitted fitted;
    mapping_fit(&mappings, NULL, &sheet, &fitted);
    cells_read(&sheet);
    sheet_done(&sheet);
    return 0;
}
