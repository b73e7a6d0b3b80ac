/* fuzz_scenario.c - bytes as a scenario, run with one small pack whatever pack it asks for. */
#include "core/scenario.h"
#include "tests/desk/desk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool text_of(void *user, const char *what, const char *name, const char **ret_text,
                    size_t *ret_size)
{
    (void)user;
    (void)name;
    if (strcmp(what, "pack") != 0)
        return false;
    *ret_text = desk_pack;
    *ret_size = sizeof desk_pack - 1;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario_source source = {.text = text_of, .language = "zh"};
    struct scenario_result result = {0};
    struct buffer out;
    struct fault fault;
    buffer_init(&out);
    scenario_run("fuzz", (const char *)data, size, &source, &result, &out, &fault);
    buffer_done(&out);
    return 0;
}
