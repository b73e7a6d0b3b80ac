"""What an operator relies on: `up` restarts what dies, a full disk stops intake and not reading, an installed copy works."""
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import ENVIRONMENT, PROGRAM, run, wait
from test_reminders import free_port


def started(trace):
    """Last pid of each process that `up` speaks of."""
    pids = {}
    for line in trace.read_text().splitlines():
        if " up started " in line:
            fields = dict(field.split("=", 1) for field in line.split()[3:])
            pids[fields["process"]] = int(fields["pid"])
    return pids


def test_up_runs_all_processes_restarts_what_dies_and_stops_in_order(deployment):
    trace = deployment.directory / "up.trace"
    deployment.start("up")
    wait(lambda: set(started(trace)) == {"serve", "projector", "reminder", "notifier"})
    wait(lambda: run("health", deployment.directory, "--timeout", "500", check=False).returncode == 0)
    first = started(trace)
    for name, pid in first.items():
        os.kill(pid, signal.SIGKILL)
    wait(lambda: all(started(trace)[name] != pid for name, pid in first.items()))
    wait(lambda: run("health", deployment.directory, "--timeout", "500", check=False).returncode == 0)
    run("do", deployment.directory, "register", "unit", "--subject", "it=unit:after")
    wait(lambda: "unit:after" in run("show", deployment.directory, "unit:after", "--json", check=False).stdout)
    again = started(trace)
    assert deployment.end("up") == 0
    for pid in again.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    run("audit", "verify", deployment.directory)


def test_every_process_says_which_names_of_its_configuration_are_no_settings(deployment):
    conf, trace = deployment.directory / "jishi.conf", deployment.directory / "up.trace"
    lines = [*conf.read_text().splitlines(), f"port_web = {free_port()}", "remind_hours = 09:00", "colour = blue"]
    conf.write_text("\n".join(lines) + "\n")
    deployment.start("up")
    names = ("up", "serve", "projector", "reminder", "notifier", "web")
    wait(lambda: all(f" {name} setting_unknown " in trace.read_text() for name in names) and " notifier ready " in trace.read_text())
    for name in names:
        for said in (f'place=jishi.conf:{len(lines) - 1} name="remind_hours" nearest="remind_hour"', f'place=jishi.conf:{len(lines)} name="colour"'):
            assert sum(line.endswith(f" {name} setting_unknown {said}") for line in trace.read_text().splitlines()) == 1, name
    wait(lambda: run("health", deployment.directory, "--timeout", "500", check=False).returncode == 0)
    wait(lambda: " reminder ready " in trace.read_text())
    conf.write_text(conf.read_text().replace("colour", "color"))
    wait(lambda: 'reminder setting_unknown place=jishi.conf:%d name="color"' % len(lines) in trace.read_text())
    assert deployment.end("up") == 0


def test_no_process_starts_with_a_line_that_is_no_setting_and_each_names_it(deployment):
    conf = deployment.directory / "jishi.conf"
    conf.write_text(conf.read_text() + "smtp_tls required\n")
    number = len(conf.read_text().splitlines())
    for name in ("up", "serve", "projector", "reminder", "notifier", "web"):
        ended = run(name, deployment.directory, check=False)
        assert ended.returncode == 2 and f" {name} cannot_start " in ended.stderr and f"jishi.conf:{number}: " in ended.stderr, name


def test_a_full_disk_stops_intake_and_not_reading_until_there_is_room_again(deployment, tmp_path):
    deployment.start()
    deployment.client("registrar").must("register", "unit", subjects=[("it", "unit:a")])
    deployment.end("serve")
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", small], check=True)
    try:
        shutil.copytree(deployment.directory, small / "d")
        deployment.directory = small / "d"
        for client in deployment.clients:
            client.close()
        deployment.start()
        registrar = deployment.client("registrar")
        assert wait(lambda: registrar.health()["intake"] == "full")
        command = registrar.command("register", "unit", subjects=[("it", "unit:b")])
        answer = registrar.do_once(command)
        assert answer[0] == "busy" and answer[1] >= 1000
        assert deployment.client("auditor").range(0)[4] > 20
        subprocess.run(["mount", "-o", "remount,size=3g", small], check=True)
        wait(lambda: registrar.health()["intake"] == "open", 10)
        assert registrar.do_once(command)[0] == "accepted"
        assert deployment.end("serve") == 0
    finally:
        deployment.close_processes()
        subprocess.run(["umount", small], check=True)


EXAMPLE = r"""
#include <jishi_client.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    char error[JISHI_ERROR_SIZE] = "";
    struct jishi_client *client = jishi_connect(argv[1], argv[2], "en", error);
    struct jishi_answer answer;
    if (argc != 3 || !client)
        return fprintf(stderr, "%s\n", error), 2;
    struct jishi_command *command =
        jishi_command(client, "{\"verb\":\"register\",\"what\":\"unit\",\"subjects\":{\"it\":\"unit:c\"}}", error);
    jishi_do(client, command, 5000, &answer);
    printf("%d %lld\n", (int)answer.status, (long long)answer.number);
    int code = answer.status == JISHI_ACCEPTED ? 0 : 1;
    jishi_answer_done(&answer);
    jishi_command_free(command);
    jishi_close(client);
    return code;
}
"""


def test_an_installed_copy_makes_a_deployment_and_its_client_library_compiles_an_example(served, tmp_path):
    prefix = tmp_path / "usr"
    build = os.path.dirname(PROGRAM)
    subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True, capture_output=True)
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "JISHI_DATA_DIR"}
    made = subprocess.run([prefix / "bin" / "jishi", "init", "own", "--port", "1"], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    pages = {path.relative_to(prefix / "share" / "man") for path in prefix.rglob("*.1")}
    for command in run("--commands").stdout.split():
        for folder in ("man1", "zh_CN/man1"):
            assert Path(folder) / f"jishi-{command}.1" in pages
    page = (prefix / "share" / "man" / "man1" / "jishi-do.1").read_text()
    assert page.startswith(".TH JISHI") and all(f"\\-\\-{name}" in page for name in ("subject", "evidence", "behalf", "lang"))
    library = next(prefix.rglob("jishi-client.pc")).parent
    (tmp_path / "example.c").write_text(EXAMPLE)
    environment["PKG_CONFIG_PATH"] = str(library)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "jishi-client"], env=environment, capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-Wall", "-Werror", "-o", tmp_path / "example", tmp_path / "example.c", *flags], check=True)
    keys = served.directory / "keys"
    environment["LD_LIBRARY_PATH"] = str(library.parent)
    done = subprocess.run([tmp_path / "example", keys / "server.pub", keys / "registrar.key"], env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and int(done.stdout.split()[1]) > 20, done.stdout + done.stderr
