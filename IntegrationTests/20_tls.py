"""TLS at the hub itself: `hub check` opens certificate and key as the listener will, and the listener serves with them."""

import subprocess

import pytest
import requests

from harness import TIMEOUT


@pytest.fixture
def secure(hubs):
    hub = hubs()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", hub.folder / "data/secrets/tls", "-out", hub.folder / "cert.pem"],
        check=True, capture_output=True)
    (hub.folder / "data/secrets/tls").chmod(0o600)
    hub.config["server"]["tls"] = {"certificate": "cert.pem", "key": "secret://file/data/secrets/tls"}
    return hub


def test_what_check_takes_is_served(secure):
    checked = secure.command("check")
    assert checked.returncode == 0, checked.stdout
    secure.start()
    address = secure.url.replace("http:", "https:")
    sent = secure.command("simulate", "meta")
    assert sent.returncode == 1 and "does not trust its certificate" in sent.stderr and "Error" not in sent.stderr
    assert requests.get(address + "/health", verify=secure.folder / "cert.pem", timeout=TIMEOUT).status_code == 200
    secure.stop()
    assert secure.log[0] == f"hub: {address}"


@pytest.mark.parametrize("verb", ["check", "serve"])
def test_a_key_of_another_certificate_is_told_with_its_line(secure, verb):
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", secure.folder / "data/secrets/tls"],
        check=True, capture_output=True)
    done = secure.command(verb)
    assert done.returncode == 3
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if "error[bad-key]" in line]
    number = int(line.split(":")[1])
    assert '"key"' in (secure.folder / "hub.yaml").read_text().splitlines()[number - 1]
