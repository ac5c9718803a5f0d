"""SIGTERM drains: exit code 0, nothing lost, clients come back by themselves; the service manager is told."""

import json
import shutil
import subprocess
import threading

import pytest
import requests
import websocket

from harness import TIMEOUT, meta
from harness.frontend import Frontend
from harness.hub import ROOT


def test_start_and_stop_are_announced(hubs):
    hub = hubs()
    hub.start()  # waits for READY=1
    hub.process.terminate()
    hub.expect_notice("STOPPING=1")
    assert hub.process.wait(20) == 0


def test_the_address_is_the_first_line(hubs):
    hub = hubs()
    hub.start()
    hub.stop()
    assert str(hub.port) in hub.log[0]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_python_clients_come_back_by_themselves(hubs, transport):
    hub = hubs()
    hub.start()
    client = Frontend(hub.url, hub.token(), transports=[transport], reconnection=True)
    try:
        assert hub.stop() == 0
        client.wait("<disconnect>")
        hub.start()
        client.wait("<connect>", count=2)
        (message,) = hub.deliver(meta.text())
        client.wait_message(message["id"])
    finally:
        client.close()


def test_a_client_on_the_move_to_a_websocket_moves_before_it_is_closed(hubs):
    """From `3probe` on the stock client polls no more: were its websocket closed now, it would wait for its ping timeout."""
    hub = hubs()
    hub.start()
    polling = f"{hub.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(requests.get(polling, timeout=TIMEOUT).text[1:])["sid"]
    requests.post(f"{polling}&sid={sid}", f'40{{"token":"{hub.token()}"}}', timeout=TIMEOUT)
    assert requests.get(f"{polling}&sid={sid}", timeout=TIMEOUT).text.startswith("40")
    socket = websocket.create_connection(f"ws://127.0.0.1:{hub.port}/socket.io/?EIO=4&transport=websocket&sid={sid}", timeout=1)
    socket.send("2probe")
    assert socket.recv() == "3probe"
    hub.process.terminate()
    hub.expect_notice("STOPPING=1")
    with pytest.raises(websocket.WebSocketTimeoutException):
        socket.recv_frame()
    socket.settimeout(TIMEOUT)
    socket.send("5")
    frame = socket.recv_frame()
    assert (frame.opcode, frame.data[:2]) == (websocket.ABNF.OPCODE_CLOSE, (1001).to_bytes(2, "big"))
    socket.close()
    assert hub.stop() == 0


def test_what_is_acknowledged_during_the_stop_is_stored(hubs):
    hub, acknowledged = hubs(), []
    hub.start()

    def post():
        try:
            while True:
                message = meta.text()
                if hub.post(meta.envelope(meta.value(messages=[message]))).status_code == 200:
                    acknowledged.append(message["id"])
        except OSError:
            pass  # it has stopped

    poster = threading.Thread(target=post)
    poster.start()
    while len(acknowledged) < 20:
        assert poster.is_alive()
        threading.Event().wait(0.01)
    assert hub.stop() == 0
    poster.join(20)
    assert not poster.is_alive()
    assert set(acknowledged) <= set(hub.journaled())


def test_a_second_hub_in_the_same_folder_is_refused(hubs):
    hub = hubs()
    hub.start()
    second = hub.command("serve", "-c", "hub.yaml")
    assert second.returncode == 5
    assert f"process {hub.process.pid}," in second.stderr and str(hub.folder / "data") in second.stderr


@pytest.mark.parametrize("how", ["signal", "hub stop"])
def test_beginning_and_end_of_the_stop_are_in_the_log(hubs, how):
    hub = hubs()
    hub.start()
    client = Frontend(hub.url, hub.token())
    hub.deliver(meta.text())
    if how == "hub stop":
        assert hub.command("stop").returncode == 0
    assert (hub.stop() if how == "signal" else hub.process.wait(20)) == 0
    hub.reader.join(20)
    client.close()
    begun, ended = [json.loads(line) for line in hub.log if '"message":"stop' in line]
    assert (begun["message"], begun["level"], begun["reason"], begun["clients"]) == ("stopping", "notice", how, "1")
    assert (ended["message"], ended["level"], ended["sessions"]) == ("stopped", "notice", "1")
    assert int(ended["events"]) >= 1 and hub.log[-1] == [line for line in hub.log if '"stopped"' in line][0]


def test_the_journal_is_checkpointed(hubs):
    hub = hubs()
    hub.start()
    hub.deliver(meta.text())
    assert hub.stop() == 0
    wal = hub.folder / "data/hub.sqlite-wal"
    assert not wal.exists() or wal.stat().st_size == 0


def test_the_unit_file_is_clean():
    unit = ROOT / "packaging/systemd/hub.service"
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    findings = [line for line in done.stderr.splitlines() if "not executable" not in line]  # the binary isn't installed here
    assert findings == []
