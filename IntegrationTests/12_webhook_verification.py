"""Who may post webhooks, and how Meta verifies the address."""

import pathlib
import re
import zlib

import pytest

from harness import meta

PATH = "/webhooks/whatsapp"


def verify(hub, **parameters):
    return hub.http.get(hub.url + PATH, params={f"hub.{key}": value for key, value in parameters.items()}, timeout=20)


@pytest.mark.parametrize("challenge", ["1158201444", "0001", "99999999999999999999999", "a-b_c"])
def test_the_challenge_is_given_back_verbatim(hub, challenge):
    answer = verify(hub, mode="subscribe", verify_token=meta.VERIFY_TOKEN, challenge=challenge)
    assert (answer.status_code, answer.text) == (200, challenge)
    assert answer.headers["Content-Type"].startswith("text/plain")


def is_problem(answer, status, code):
    """A refusal in the hub's form, which names the request."""
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["requestId"]) == (status, code, answer.headers["X-Request-Id"])
    assert problem["title"]


def test_a_wrong_token_is_403(hub):
    is_problem(verify(hub, mode="subscribe", verify_token="wrong", challenge="1"), 403, "forbidden")


@pytest.mark.parametrize("parameters", [{}, {"mode": "subscribe"}, {"mode": "other", "verify_token": meta.VERIFY_TOKEN, "challenge": "1"}])
def test_an_incomplete_verification_is_400(hub, parameters):
    is_problem(verify(hub, **parameters), 400, "bad_request")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(hub, method):
    answer = hub.http.request(method, hub.url + PATH, timeout=20)
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


SIGNATURES = {
    "another secret": lambda body: meta.sign(body, "another secret"),
    "of another body": lambda body: meta.sign(body + b" "),
    "without prefix": lambda body: meta.sign(body)[7:],
    "short": lambda body: meta.sign(body)[:-1],
    "not hex": lambda body: "sha256=" + "z" * 64,
    "sha1": lambda body: "sha1=" + "0" * 40,
    "empty": lambda body: "sha256=",
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_wrong_signature_is_401_and_nothing_is_stored(hub, case):
    message = meta.text()
    body = meta.envelope(meta.value(messages=[message]))
    is_problem(hub.post(body, signature=SIGNATURES[case](body)), 401, "auth_invalid")
    assert message["id"] not in hub.journaled()


def test_no_signature_is_401(hub):
    assert hub.http.post(hub.url + PATH, data=meta.envelope(meta.value(messages=[meta.text()])), timeout=20).status_code == 401


def test_upper_case_hex_is_accepted(hub):
    body = meta.envelope(meta.value(messages=[meta.text()]))
    assert hub.post(body, signature="sha256=" + meta.sign(body)[7:].upper()).status_code == 200


def test_every_answer_has_a_request_id(hub):
    for answer in (verify(hub), hub.post(b"{}"), hub.post(b"{}", signature="no"), hub.stats(None), hub.http.get(hub.url + "/nowhere", timeout=20)):
        assert answer.headers.get("X-Request-Id"), answer.status_code


def test_stored_before_it_is_answered(hub):
    """When the answer is here the row is in the file, readable by another process."""
    for _ in range(20):
        (message,) = hub.deliver(meta.text())
        assert message["id"] in hub.journaled()


def test_case35_a_compressed_body_is_refused_however_it_is_signed(hub):
    """A megabyte that stands for a gigabyte is never inflated."""
    def peak():
        return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{hub.process.pid}/status").read_text())[1])

    gzip = zlib.compressobj(wbits=31)
    bomb = b"".join(gzip.compress(bytes(1 << 20)) for _ in range(1024)) + gzip.flush()
    assert len(bomb) < 1 << 21
    before = peak()
    answer = hub.post(bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Accept-Encoding"], answer.json()["code"]) == (415, "identity", "encoding_unsupported")
    assert peak() - before < 32 << 10
    (message,) = hub.deliver(meta.text())
    assert message["id"] in hub.journaled()


def test_a_new_secret_counts_from_the_moment_its_file_is_written(hub):
    file = hub.folder / "data/secrets/app"
    old = file.read_text()
    try:
        for number in range(5):
            secret = f"rotated-{number}-0123456789abcdef"
            file.write_text(secret)
            body = meta.envelope(meta.value(messages=[meta.text()]))
            assert hub.post(body, signature=meta.sign(body, secret)).status_code == 200, number
            assert hub.post(body, signature=meta.sign(body)).status_code == 401, "the old one"
    finally:
        file.write_text(old)
