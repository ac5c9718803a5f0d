"""The verbs that ask a running hub reach the hub of their own configuration, whichever else listens on the machine."""

import fcntl
import json
import os
import shutil
import stat
import threading

import pytest

from harness import TIMEOUT
from harness.frontend import Frontend


@pytest.fixture
def ours(hubs):
    return hubs().start()


def test_another_hub_on_the_same_admin_port_is_left_alone(hubs, ours):
    stranger = hubs()
    stranger.config["admin"]["listen"] = f"127.0.0.1:{ours.admin_port}"
    for verb in ("status", "stop"):
        done = stranger.command(verb)
        assert done.returncode == 1, done.stdout
        assert str(stranger.folder / "data") in done.stderr and str(ours.folder / "data") in done.stderr
        assert "hub-1" in done.stderr  # the other's node
    assert ours.process.poll() is None and ours.command("status").returncode == 0


def test_a_folder_without_a_hub_says_so(hubs):
    idle = hubs()
    done = idle.command("stop")
    assert done.returncode == 1 and f"no hub is running with the data folder {idle.folder / 'data'}" in done.stderr
    shutil.rmtree(idle.folder / "data")
    assert "no hub ever ran" in idle.command("status").stderr


def test_what_a_killed_hub_left_does_not_count(ours):
    ours.kill()
    done = ours.command("status")
    assert done.returncode == 1 and "no hub is running" in done.stderr
    ours.start()
    assert ours.command("status").stdout.startswith("ready")


def test_status_tells_how_each_adapter_says_it_is(ours):
    told = json.loads(ours.command("status", "--json").stdout)
    assert {adapter["state"]: adapter["health"] for adapter in told["adapters"]} == {"running": "ok"}
    assert ours.command("status").stdout.count("\n  running ") == len(told["adapters"]), "what is good needs no word"


def test_stop_ends_the_hub_and_takes_its_socket_away(ours):
    path = ours.folder / "data/admin.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done = ours.command("stop")
    assert (done.returncode, done.stdout) == (0, "stopped\n")
    assert not path.exists()
    assert ours.process.wait(TIMEOUT) == 0


def test_stop_returns_when_the_hub_has_ended(ours):
    clients = [Frontend(ours.url, ours.token()) for _ in range(3)]
    assert ours.command("stop").returncode == 0
    # The hub holds it as long as it lives.
    with (ours.folder / "data/hub.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for client in clients:
        client.close()


def test_stop_leaves_the_lock_to_the_next_hub(ours):
    taken = threading.Event()

    def take():
        fcntl.flock(lock, fcntl.LOCK_EX)
        taken.set()

    with (ours.folder / "data/hub.lock").open() as lock:
        # As a supervisor's next hub: it has the lock as soon as this one ends, and keeps it.
        threading.Thread(target=take, daemon=True).start()
        done = ours.command("stop")
        assert (done.returncode, done.stdout) == (0, "stopped\n")
        assert ours.process.wait(TIMEOUT) == 0 and taken.wait(TIMEOUT)


def test_stop_need_not_wait(ours):
    done = ours.command("stop", "--no-wait")
    assert (done.returncode, done.stdout) == (0, "stopping\n")
    assert ours.process.wait(TIMEOUT) == 0


def test_without_a_token_the_port_answers_questions_only(ours):
    assert ours.http.get(f"{ours.admin}/admin/v1/status", timeout=TIMEOUT).json()["data"] == str(ours.folder / "data")
    refused = ours.http.post(f"{ours.admin}/admin/v1/stop", timeout=TIMEOUT)
    assert refused.status_code == 403 and refused.json()["code"] == "forbidden"
    assert ours.process.poll() is None


@pytest.mark.parametrize("admin", [{"listen": "unix:FOLDER/a.sock"}, {"listen": "0.0.0.0:0", "token": "secret://file/data/secrets/key"}])
def test_whatever_the_admin_listener_is(hubs, admin):
    hub = hubs()
    hub.config["admin"] = {**admin, "listen": admin["listen"].replace("FOLDER", str(hub.folder))}
    hub.start()
    assert hub.command("status", "--json").returncode == 0
    assert hub.command("stop").returncode == 0 and hub.process.wait(TIMEOUT) == 0


def test_an_error_elsewhere_in_the_file_is_no_obstacle(ours):
    ours.config["limts"] = {}
    ours.config["channels"]["meta-main"]["plugin"] = "nowhere"
    status = ours.command("status")
    assert status.returncode == 0 and "has an error" in status.stderr, status.stderr
    made = ours.command("token", "make", "--tenant", "acme", "--user", "u")
    assert made.returncode == 0 and made.stdout.count(".") == 2
    ours.config["data"] = ["x"]
    assert ours.command("stop").returncode == 3
    ours.config["data"] = "./data"
    assert ours.command("stop").returncode == 0 and ours.process.wait(TIMEOUT) == 0


def test_a_data_folder_where_others_may_write_is_refused(hubs):
    hub = hubs()
    (hub.folder / "data").chmod(0o777)
    done = hub.command("serve")
    assert done.returncode == 1 and f"run: chmod go-w '{hub.folder / 'data'}'" in done.stderr, done.stderr


def test_the_same_admin_socket_twice_is_a_hub_that_runs_already(hubs):
    first, second = hubs(), hubs()
    for hub in (first, second):
        hub.config["admin"] = {"listen": f"unix:{first.folder}/a.sock"}
    first.start()
    done = second.command("serve")
    assert done.returncode == 5 and "another hub answers on" in done.stderr, done.stderr
    assert first.command("stop").returncode == 0 and first.process.wait(TIMEOUT) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")
def test_another_user_is_told_whose_folder_it_is(ours):
    ours.folder.chmod(0o755)
    (ours.folder / "data").chmod(0o700)
    done = ours.command("stop", user="nobody", extra_groups=[])
    assert done.returncode in (1, 3), done.stderr
    assert ours.process.poll() is None
