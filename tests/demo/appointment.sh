# appointment.sh: the demonstration of deploy/run, sourced by it: a mid-term appointment under the Shandong opinion,
# from nomination to the reply, with two refusals on the way; then the duties it opened, and the talk's reminder in a
# mailbox. Uses of deploy/run: $jishi, $dir, $scratch, say. Each act is dated back, as if it had been done then.
# shellcheck shell=bash

ask() { "$jishi" do "$dir" "$@"; }
show() { # show WORDS WHO ARGUMENTS...: one command and what came of it
    printf '  %-44s ' "$1"
    shift
    local who=$1
    shift
    ask --key "$who" "$@" 2>&1 || true
}
ago() { date -d "$1 days ago" +%F; }

say "登记 / who and what there is"
ask --key registrar register unit --subject it=unit:prov --field class=省 >/dev/null
ask --key registrar register unit --subject it=unit:dept --field class=部门 --field unit=unit:prov --field type=委员会 >/dev/null
ask --key registrar register post --subject it=post:deputy --field unit=unit:dept --field kind=专职副书记 --field rank=内设机构正职 >/dev/null
ask --key registrar register person --subject it=person:li --text name=李某 --field unit=unit:dept --field birth=1975-03-02 --field scheme=男 --field rank=内设机构正职 >/dev/null
ask --key registrar fact work --subject person=person:li --subject unit=unit:dept --field nature=业务管理 --on 2010-01-04 >/dev/null
while read -r name unit role; do
    "$jishi" keygen "$name" "$dir/keys/$name.key" >/dev/null
    public=$(sed -n 's/^ed25519_public //p' "$dir/keys/$name.key")
    ask --key registrar register person --subject "it=person:$name" --field "unit=$unit" >/dev/null
    ask --key secadmin enrol --field "member=$name" --field "person=person:$name" --field "key={\"\$hex\":\"$public\"}" >/dev/null
    ask --key secadmin assign --field "member=$name" --field "role=$role" --field "unit=$unit" --field from=2020-01-01 --field to=null >/dev/null
    printf '  %s: %s (%s)\n' "$name" "$role" "$unit"
done <<'P'
wang unit:dept dept.pc
chen unit:dept dept.group
sun unit:prov gw.investigator
zhou unit:prov gw.investigator
wu unit:prov gw.committee
feng unit:prov gw.leader
P

say "届中调整：从提名到批复 / a mid-term appointment, from nomination to the reply"
paper=$scratch/paper.txt
echo "材料" >"$paper"
e() { printf -- '--evidence\n%s:%s:%s\n' "$1" "$1" "$paper"; }
mapfile -t p < <(e 建议人选; e 资格审查表)
show "wang 提名 li" wang act SD-MIDTERM.proposed --subject post=post:deputy --names candidate=person:li "${p[@]}" --on "$(ago 40)"
case=$("$jishi" show "$dir" cases --json 2>/dev/null | /usr/bin/python3 -c 'import json,sys
for line in sys.stdin:
    row = json.loads(line)
    if row[1] == "SD-MIDTERM": print(row[0])' | tail -n 1)
mapfile -t p < <(e 请示)
show "wang 未经党组同意就请示：拒绝" wang act SD-MIDTERM.requested --case "$case" "${p[@]}" --on "$(ago 39)"
mapfile -t q < <(e 会议纪要)
show "chen 党组同意" chen act SD-MIDTERM.consented --case "$case" --outcome agreed "${q[@]}" --on "$(ago 36)"
show "wang 请示" wang act SD-MIDTERM.requested --case "$case" "${p[@]}" --on "$(ago 33)"
standards='熟悉方针政策 热爱党务工作 掌握业务规律 工作能力 群众基础 敬业奉献创新'
sources='机关党委书记 副书记 委员 组织人事部门 综合部门 所在党支部 本人'
s=; for x in $standards; do s="$s,\"$x\":{\"finding\":{\"\$text\":\"好\",\"\$subject\":\"person:li\"}}"; done
o=; for x in $sources; do o="$o,\"$x\":{\"heard\":true}"; done
content() { printf '{"standards":{%s},"sources":{%s,"纪检监察部门":%s},"shortcomings":{"$text":"抓落实不够","$subject":"person:li"}}' "${s#,}" "${o#,}" "$1"; }
mapfile -t p < <(e 考察材料; e 走访记录; e 查档记录)
investigate() { show "$1" sun act SD-MIDTERM.investigated --case "$case" --outcome favourable "${p[@]}" --on "$(ago 25)" --command "{\"args\":$(content "$2")}"; }
investigate "sun 考察，没有听取纪检监察部门：拒绝" '{"heard":false}'
investigate "sun 考察，八个方面都听取" '{"heard":true}'
show "zhou 会签考察" zhou act SD-MIDTERM.investigated --case "$case" --on "$(ago 25)"
mapfile -t p < <(e 会议记录)
show "wu 工委委员会表决" wu act SD-MIDTERM.decided --case "$case" --field present=1 --field for=1 "${p[@]}" --on "$(ago 21)"
mapfile -t p < <(e 批复)
show "feng 批复" feng act SD-MIDTERM.replied --case "$case" "${p[@]}" --on "$(ago 20)"

say "由此产生的期限 / the duties this opened"
sleep 1
"$jishi" due "$dir" --from "$(ago 25)" | grep -E 'SD-TALK|SD-FILE|SD-TRAIN|SD-CARE-ARR' || true

say "谈话提醒经 SMTP 到达信箱 / the reminder of the talk reaches a mailbox"
for _ in $(seq 100); do
    mail=$(grep -l "X-Jishi-Key: duty/" "$scratch"/mailbox/new/* 2>/dev/null | head -n 1 || true)
    talk=$(for m in "$scratch"/mailbox/new/*; do /usr/bin/python3 - "$m" <<'P'
import email, email.policy, sys
try:
    message = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)
    if any(words in message["Subject"] for words in ("任职谈话", "appointment talk")):
        print(sys.argv[1])
except OSError:
    pass
P
    done | head -n 1)
    [ -n "$talk" ] && break
    sleep 0.2
done
[ -n "${talk:-}" ] || { echo "no mail came; see $scratch/up.log" >&2; tail -n 20 "$scratch/up.log" >&2; exit 1; }
/usr/bin/python3 - "$talk" <<'P'
import email, email.policy, sys
message = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)
print("  To:", message["To"])
print("  Subject:", message["Subject"])
print("  " + message.get_body(("plain",)).get_content().strip().replace("\n", "\n  "))
P
