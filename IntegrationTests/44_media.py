"""Media through the hub: uploads that are sent, links in events that show what a channel knows how to get."""

import base64
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from harness import TIMEOUT, meta
from harness.frontend import Frontend
from harness.hub import free_port
from harness.outbound import Asker, Server
from harness.raw import Connection
from harness.syncs import Syncs

SENDER = "another-api-key-0123456789abcdef01"


@pytest.fixture(scope="module")
def server():
    with Server() as made:
        yield made


def configure(hub):
    hub.config["media"] = {"max_size": "3MiB", "cache": "8MiB"}
    hub.config["auth"]["api_keys"]["sender"] = {"key": "secret://file/data/secrets/sender", "tenant": "acme", "roles": ["send"]}
    (hub.folder / "data/secrets/sender").write_text(SENDER)
    (hub.folder / "data/secrets/sender").chmod(0o600)
    hub.asker = Asker(hub)


def upload(hub, content, key=SENDER, **headers):
    headers = {"Content-Type": "image/png", **({"X-API-Key": key} if key else {}), **headers}
    return requests.post(f"{hub.url}/api/v1/media", data=content, headers=headers, timeout=TIMEOUT)


def test_an_upload_is_kept_and_sent_as_it_is_and_in_base64(hub, server):
    content = os.urandom(1_000_003)
    answer = upload(hub, content)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["size"] == len(content) and made["sha256"] == hashlib.sha256(content).hexdigest() and made["mimeType"] == "image/png"
    assert made["id"].startswith("med_") and made["expiresAt"].endswith("Z")
    assert [oct(path.stat().st_mode)[-3:] for path in (hub.folder / "data/media/uploads").iterdir()] == ["600", "600"]
    server.files["/put"] = b"thanks"
    assert hub.asker.ask(f"PUT {server.url}/put upload:{made['id']}") == "200 thanks"
    assert server.seen[-1][3] == content and server.seen[-1][2]["content-length"] == str(len(content))
    assert hub.asker.ask(f"PUT {server.url}/put base64:{made['id']}") == "200 thanks"
    assert len(server.seen[-1][3]) == (len(content) + 2) // 3 * 4
    assert hub.asker.ask(f"PUT {server.url}/put upload:med_00000000000000000000000000") == "failed 2 0 an upload is not there"


def test_who_may_not_send_uploads_nothing(hub):
    assert upload(hub, b"x", key=None).status_code == 401
    assert upload(hub, b"x" * 100_000, key="wrong-key-0123456789abcdef0123456").status_code == 401
    assert upload(hub, b"x", key=hub.api_key).status_code == 403
    assert upload(hub, b"x" * (3 * 1024 * 1024 + 1)).status_code == 413
    assert upload(hub, b"").status_code == 400
    for form in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert upload(hub, b"x", **{"Content-Type": form}).status_code == 400
    assert requests.get(f"{hub.url}/api/v1/media", timeout=TIMEOUT).status_code == 405
    assert not [path for path in (hub.folder / "data/media/uploads").iterdir() if path.name.endswith(".part")]


def test_slow_uploads_leave_webhooks_and_other_tenants_their_places(hub):
    head = f"POST /api/v1/media HTTP/1.1\r\nHost: a\r\nX-API-Key: {SENDER}\r\nContent-Type: image/png\r\nContent-Length: 10\r\n"
    slow = [Connection(hub).send(head + "Connection: close\r\nExpect: 100-continue\r\n\r\n") for _ in range(32)]
    for connection in slow:  # told to go on: it has begun
        assert connection.socket.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.send("half")
    refused = upload(hub, b"one more")
    assert refused.status_code == 503 and refused.json()["code"] == "overloaded" and int(refused.headers["Retry-After"]) == 5
    assert hub.metric("hub_drops_total", stage="upload", reason="too_many") == 1
    for _ in range(100):
        hub.deliver(meta.text())
    assert upload(hub, b"another tenant's", key=None, Authorization=f"Bearer {hub.token(tenant='globex')}").status_code == 201
    assert b"HTTP/1.1 201 " in slow[0].send("-whole").read_to_end()
    assert upload(hub, b"one more").status_code == 201
    for connection in slow:
        connection.close()


def link(hub, id):
    """The URL that the event of a message carries."""
    event = next(event for event in hub.sync()[0] if (event.get("message") or {}).get("providerMessageId") == id)
    return event["message"]["media"]["url"]


def test_a_link_shows_what_the_channel_gets_and_the_provider_is_asked_once(hub, server):
    content = os.urandom(700_001)
    server.files["/photo"] = content
    hub.asker.emit("m1", {"id": "1", "url": f"{server.url}/photo", "mimeType": "image/jpeg", "fileName": "praia.jpg"})
    url = link(hub, "m1")
    assert url.startswith("/api/v1/media/msg_") and server.url not in url
    before = len(server.seen)
    answer = requests.get(hub.url + url, timeout=TIMEOUT)
    assert answer.status_code == 200 and answer.content == content
    assert answer.headers["Content-Type"] == "image/jpeg" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''praia.jpg" and answer.headers["Accept-Ranges"] == "bytes"
    assert "sandbox" in answer.headers["Content-Security-Policy"] and "private" in answer.headers["Cache-Control"]
    part = requests.get(hub.url + url, headers={"Range": "bytes=100-299"}, timeout=TIMEOUT)
    assert part.status_code == 206 and part.content == content[100:300] and part.headers["Content-Range"] == f"bytes 100-299/{len(content)}"
    assert requests.get(hub.url + url, headers={"Range": "bytes=-5"}, timeout=TIMEOUT).content == content[-5:]
    behind = requests.get(hub.url + url, headers={"Range": f"bytes={len(content)}-"}, timeout=TIMEOUT)
    assert (behind.status_code, behind.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
    assert behind.headers["Content-Type"] == "application/problem+json" and behind.json()["code"] == "range_not_satisfiable"
    assert behind.json()["requestId"] == behind.headers["X-Request-Id"]
    head = requests.head(hub.url + url, timeout=TIMEOUT)
    assert head.status_code == 200 and head.headers["Content-Length"] == str(len(content)) and not head.content
    assert requests.get(hub.url + url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=TIMEOUT).status_code == 304
    assert len(server.seen) == before + 1
    assert server.seen[-1][2]["authorization"] == "Bearer the-key"
    assert hub.metric("hub_media_requests_total", outcome="shown") >= 4


def test_a_link_that_was_changed_or_belongs_to_another_message_is_refused(hub, server):
    server.files["/a"] = b"a"
    hub.asker.emit("m2", {"id": "2", "url": f"{server.url}/a", "mimeType": "image/png"})
    hub.asker.emit("m3", {"id": "3", "url": f"{server.url}/a", "mimeType": "image/png"})
    one, two = link(hub, "m2"), link(hub, "m3")
    (path, signature), (other, _) = one.split("?sig="), two.split("?sig=")
    for url in (path, f"{path}?sig=", f"{path}?sig={signature[:-2]}", f"{other}?sig={signature}", f"{path}?sig=1.zzzzzz.{signature.split('.')[2]}"):
        assert requests.get(hub.url + url, timeout=TIMEOUT).status_code == 403, url
    assert requests.get(hub.url + one, timeout=TIMEOUT).content == b"a"
    assert requests.get(f"{hub.url}/api/v1/media/msg_1/more?sig={signature}", timeout=TIMEOUT).status_code == 404


def test_what_a_browser_could_run_is_a_download(hub):
    hub.asker.emit("m4", {"id": "bytes", "mimeType": "text/html", "fileName": "x.html"})
    answer = requests.get(hub.url + link(hub, "m4"), timeout=TIMEOUT)
    assert answer.status_code == 200 and answer.text == "<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream" and answer.headers["Content-Disposition"].startswith("attachment")


def test_a_medium_that_cannot_be_had_says_so(hub, server):
    hub.asker.emit("m5", {"id": "gone", "url": f"{server.url}/a", "mimeType": "image/png"})
    assert requests.get(hub.url + link(hub, "m5"), timeout=TIMEOUT).status_code == 404
    hub.asker.emit("m6", {"id": "6", "url": f"{server.url}/hang-up", "mimeType": "image/png"})
    answer = requests.get(hub.url + link(hub, "m6"), timeout=TIMEOUT)
    assert answer.status_code == 502 and answer.json()["code"] == "media_unavailable" and answer.headers["Retry-After"]
    server.files["/large"] = b"x" * (3 * 1024 * 1024 + 1)
    hub.asker.emit("m7", {"id": "7", "url": f"{server.url}/large", "mimeType": "video/mp4"})
    assert requests.get(hub.url + link(hub, "m7"), timeout=TIMEOUT).status_code == 404
    assert not [path for path in (hub.folder / "data/media/cache").iterdir() if path.name.endswith(".part")]


def test_case43_a_strangers_medium_does_not_lead_home(hub, server):
    before = len(server.seen)
    hub.asker.emit("m8", {"id": "8", "url": f"{server.url}/a", "mimeType": "image/png", "fileName": "foreign"})
    assert requests.get(hub.url + link(hub, "m8"), timeout=TIMEOUT).status_code == 502
    assert len(server.seen) == before


def test_the_browser_is_told_the_link_and_not_the_providers(hub, server):
    hub.asker.emit("m9", {"id": "9", "url": f"{server.url}/secret-of-the-provider", "mimeType": "image/png"})
    events = hub.sync()[0]
    assert "secret-of-the-provider" not in str([event for event in events if event["kind"] != "message.created"])
    assert link(hub, "m9").startswith("/api/v1/media/")


def test_media_and_uploads_are_there_after_a_restart(hubs, server):
    hub = hubs()
    configure(hub)
    hub.start()
    server.files["/kept"] = b"kept"
    hub.asker.emit("r1", {"id": "1", "url": f"{server.url}/kept", "mimeType": "image/png"})
    url, made = link(hub, "r1"), upload(hub, b"later").json()
    assert requests.get(hub.url + url, timeout=TIMEOUT).content == b"kept"
    before = len(server.seen)
    assert hub.stop() == 0
    hub.start()
    assert requests.get(hub.url + url, timeout=TIMEOUT).content == b"kept"
    assert len(server.seen) == before
    server.files["/put"] = b"thanks"
    assert hub.asker.ask(f"PUT {server.url}/put upload:{made['id']}") == "200 thanks"
    assert server.seen[-1][3] == b"later"
    assert hub.stop() == 0


def test_an_upload_is_on_disk_with_its_names_before_it_is_answered(hubs):
    hub = hubs()
    configure(hub)
    syncs = Syncs(hub, "data/media/uploads")
    hub.start(syncs.under)
    syncs.take()
    answer = upload(hub, b"kept")
    assert answer.status_code == 201
    id = answer.json()["id"]
    assert syncs.take() == [f"sync /{id}.part", f"name /{id}", f"sync /{id}.json.part", f"name /{id}.json", "sync "]
    syncs.fail()
    refused = upload(hub, b"lost with the next power cut")
    assert refused.status_code == 503 and refused.json()["code"] == "overloaded"
    assert syncs.take()[-1] == "sync "
    assert {path.name for path in (hub.folder / "data/media/uploads").iterdir()} == {id, f"{id}.json"}
    assert hub.metric("hub_drops_total", stage="upload", reason="storage") == 1
    assert hub.stop() == 0


def test_a_hub_without_a_secret_of_tokens_has_one_for_links(hubs, server):
    hub = hubs()
    configure(hub)
    del hub.config["auth"]["jwt"]
    hub.config["auth"]["api_keys"]["sender"]["roles"].append("read")
    hub.start()
    secret = hub.folder / "data/secrets/media-links"
    assert oct(secret.stat().st_mode)[-3:] == "600" and len(secret.read_text().strip()) == 64
    server.files["/shown"] = b"shown"
    hub.asker.emit("k1", {"id": "1", "url": f"{server.url}/shown", "mimeType": "image/png"})
    events, _ = hub.sync_as(SENDER)
    url = next(event for event in events if event["kind"] == "message.created")["message"]["media"]["url"]
    assert requests.get(hub.url + url, timeout=TIMEOUT).content == b"shown"
    assert hub.stop() == 0
    hub.start()
    assert requests.get(hub.url + url, timeout=TIMEOUT).content == b"shown", "it is kept"
    assert hub.stop() == 0


# Meta, who says what its files are


class Pictures:
    """A hub and a Graph API whose customers send pictures."""

    def __init__(self, hub, fakes):
        self.hub, port = hub, free_port()
        secrets = hub.folder / "data/secrets"
        (secrets / "graph").write_text("EAAG-anything")
        (secrets / "graph").chmod(0o600)
        settings = {"access_token": "secret://file/data/secrets/graph", "graph_url": f"http://127.0.0.1:{port}/v23.0"}
        hub.config["channels"]["meta-main"]["config"] |= settings
        hub.start()
        self.fake = fakes(
            "graph", "--webhook", f"{hub.url}/webhooks/whatsapp", "--app-secret-file", secrets / "app", "--verify-token-file", secrets / "verify",
            "--phone-number-id", meta.ACME, "--manual-clock", listen=f"127.0.0.1:{port}")

    def send(self, content):
        """The hub's link to a picture that came."""
        with Frontend(self.hub.url, self.hub.token()) as client:
            id = self.fake.write(type="image", base64=base64.b64encode(content).decode())
            client.wait_message(id)
        return self.hub.url + link(self.hub, id)


@pytest.fixture
def pictures(hubs, fakes):
    return Pictures(hubs(), fakes)


@pytest.mark.parametrize("body", ["altered", "shorter"])
def test_a_file_that_is_not_the_one_the_provider_told_of_is_not_shown(pictures, body):
    content = os.urandom(100_001)
    url = pictures.send(content)
    pictures.fake.fault(path="/_cdn/", body=body)
    answer = requests.get(url, timeout=TIMEOUT)
    assert answer.status_code == 502 and answer.json()["code"] == "media_unavailable" and "SHA-256" in answer.json()["detail"]
    assert pictures.hub.metric("hub_media_requests_total", outcome="altered") == 1
    assert not list((pictures.hub.folder / "data/media/cache").iterdir())
    assert requests.get(url, timeout=TIMEOUT).content == content


def test_an_address_that_died_before_it_was_fetched_is_asked_for_again(pictures):
    """It lives for five minutes; they pass while its answer is on the way."""
    content = os.urandom(1000)
    url = pictures.send(content)
    pictures.fake.fault(method="GET", path="/v23.0/", processed=True, delay="5s")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(requests.get, url, timeout=TIMEOUT)
        deadline = time.monotonic() + TIMEOUT
        while not any("meets a fault" in line for line in pictures.fake.log):
            assert time.monotonic() < deadline, pictures.fake.log[-5:]
            time.sleep(0.02)  # the log says nothing by itself
        pictures.fake.advance("5m")
        assert (answer.result().status_code, answer.result().content) == (200, content)


@pytest.mark.parametrize("status, shown", [(401, 502), (403, 502), (404, 404), (410, 404)])
def test_an_address_that_is_refused_is_asked_for_once_more_and_not_for_ever(pictures, status, shown):
    url = pictures.send(b"a picture")
    pictures.fake.fault(path="/_cdn/", status=status, count=3)
    assert requests.get(url, timeout=TIMEOUT).status_code == shown
    assert pictures.fake.ask("GET", "faults") == {"waiting": 1}
    assert requests.get(url, timeout=TIMEOUT).content == b"a picture"
    pictures.fake.fault(path="/_cdn/", status=500)
    other = pictures.send(b"another picture")
    assert requests.get(other, timeout=TIMEOUT).status_code == 502, "not asked again"
