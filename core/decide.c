/* decide.c - the door of the core: whose key, which verb, and the checks that all commands share.
 */
#include <stdio.h>

#include "core/check.h"
#include "core/decide.h"

static void (*const deciders[VERB_COUNT])(struct deciding *d) = {
    [VERB_ACT] = decide_act,
    [VERB_WAIVE] = decide_waive,
    [VERB_WITHDRAW] = decide_withdraw,
    [VERB_CORRECT] = decide_correct,
    [VERB_FACT] = decide_fact,
    [VERB_REGISTER] = decide_register,
    [VERB_CHANGE] = decide_change,
    [VERB_ENROL] = decide_enrol,
    [VERB_REVOKE] = decide_revoke,
    [VERB_ASSIGN] = decide_assign,
    [VERB_RELIEVE] = decide_relieve,
    [VERB_DELEGATE] = decide_delegate,
    [VERB_EXEMPT] = decide_exempt,
    [VERB_SUSPEND] = decide_suspend,
    [VERB_RESUME] = decide_resume,
    [VERB_BLOB] = decide_blob,
    [VERB_ACTIVATE] = decide_activate,
    [VERB_TICK] = decide_tick,
    [VERB_DELIVER] = decide_deliver,
    [VERB_MIGRATE] = decide_migrate,
    [VERB_ACKNOWLEDGE] = decide_acknowledge,
};

/* The signer's member; for the very first entry nobody is a member yet and the key enrols itself.
 */
static bool find_signer(struct deciding *d, const struct signer *signer)
{
    uint64_t key;
    if (bytes_map_get(&d->state->key_by_bytes, signer->key, &key) &&
        !d->state->keys.items[key].revoked) {
        d->member = d->state->keys.items[key].member;
        return true;
    }
    const struct datum *own = arg(d, "key");
    if (d->state->members.count == 1 && d->command->verb == VERB_ENROL &&
        own->kind == DATUM_BYTES && own->count == KEY_SIZE &&
        memcmp(own->bytes, signer->key, KEY_SIZE) == 0)
        return true;
    return refuse(d, REFUSAL_unknown_key, "key", "", "%s",
                  refusal_text(REFUSAL_unknown_key, d->language));
}

static bool lists_fit(struct deciding *d)
{
    const struct datum *lists[] = {&d->command->subjects, &d->command->args, &d->command->evidence};
    for (unsigned i = 0; i < 3; i++)
        if (lists[i]->kind != DATUM_LIST || lists[i]->count > COMMAND_LIST_MAX)
            return refuse(d, REFUSAL_limit, "list", "",
                          is_zh(d) ? "一个清单最多 %d 项" : "a list has at most %d elements",
                          COMMAND_LIST_MAX);
    return true;
}

static bool envelope_fits(struct deciding *d)
{
    const struct command *command = d->command;
    if (command->origin.size != strlen(d->state->origin) ||
        memcmp(command->origin.data, d->state->origin, command->origin.size) != 0)
        return refuse(d, REFUSAL_unknown_origin, "origin", "",
                      is_zh(d) ? "本日志是 %s" : "this log is %s", d->state->origin);
    if (command->verb >= VERB_COUNT)
        return refuse(d, REFUSAL_unknown_what, "verb", "", "unknown verb");
    if (command->not_after_us && d->now->recorded_at_us > command->not_after_us)
        return refuse(d, REFUSAL_late, "not_after", "", "%s",
                      refusal_text(REFUSAL_late, d->language));
    if (command->occurred_on == DATE_NONE || command->occurred_on > d->today) {
        char today[DATE_TEXT_SIZE];
        /* A clock that runs ahead asks again: nothing is kept of it. */
        enum refusal_code code = command->verb == VERB_TICK ? REFUSAL_not_due : REFUSAL_future;
        return refuse(d, code, "occurred_on", "", is_zh(d) ? "今天是 %s" : "today is %s",
                      date_text(d->today, today));
    }
    return lists_fit(d);
}

void decide(struct state *state, const struct command *command, const struct signer *signer,
            const struct moment *now, const struct decide_options *options, struct arena *arena,
            struct decision *ret_decision)
{
    struct deciding d = {.state = state,
                         .command = command,
                         .now = now,
                         .today = moment_day(now->recorded_at_us),
                         .language = options->language,
                         .arena = arena,
                         .decision = ret_decision};
    *ret_decision = (struct decision){0};
    CHECK(now->number == state->next_entry && now->recorded_at_us >= state->recorded_at_us);
    if (envelope_fits(&d) && find_signer(&d, signer)) {
        int32_t before = state->today;
        state->today = d.today; /* what is written is recorded today */
        deciders[command->verb](&d);
        if (ret_decision->refusal == REFUSAL_none)
            consequences_draw(&d);
        else
            state->today = before;
    }
    if (ret_decision->refusal != REFUSAL_none && !refusal_is_kept(ret_decision->refusal))
        return; /* answered and forgotten: no entry */
    state->recorded_at_us = now->recorded_at_us;
    state->today = d.today;
    state->next_entry++;
    if (ret_decision->case_number)
        ret_decision->case_version = state->cases.items[ret_decision->case_number].version;
}
