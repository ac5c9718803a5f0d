"""Nobody gets in without a valid token, and is told which way it is wrong."""

import pytest

from harness import tokens
from harness.frontend import Frontend, Refused

BROWSER = True

CASES = {
    "missing": None,
    "not a token": "abc",
    "another secret": tokens.jwt(secret="x" * 40),
    "algorithm none": tokens.jwt(algorithm="none"),
    "without exp": tokens.jwt(exp=None),
    "of nobody": tokens.jwt(tenant=None, user=None),
    "expired": tokens.jwt(ttl=-60),
    "not yet valid": tokens.jwt(nbf=4102444800),
}
CODES = {"missing": "missing", "expired": "expired"}


def code(data):
    return data["data"]["code"]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("namespace", ["/", "/whatsapp"])
def test_python_client_is_refused(hub, case, namespace):
    with pytest.raises(Refused) as refused:
        Frontend(hub.url, CASES[case], namespaces=[namespace])
    assert CODES.get(case, "invalid") in code(refused.value.data), refused.value.data


def test_the_three_reasons_differ(hub):
    codes = set()
    for case in ("missing", "another secret", "expired"):
        with pytest.raises(Refused) as refused:
            Frontend(hub.url, CASES[case])
        codes.add(code(refused.value.data))
    assert len(codes) == 3


def test_30_seconds_of_clock_skew_are_forgiven(hub, connect):
    assert connect(token=tokens.jwt(ttl=-15)).client.connected


def test_browser_sees_message_and_code(hub, browser):
    refused = browser.connect("a", hub.url, "/", {"forceNew": True, "auth": {"token": CASES["expired"]}})["refused"]
    assert "expired" in code(refused)
    assert refused["message"]


def test_a_refused_client_counts_nowhere(hub):
    with pytest.raises(Refused):
        Frontend(hub.url, None)
    assert hub.stats(hub.token()).json()["totalConnections"] == 0


def test_made_token_is_accepted(hub, connect):
    made = hub.command("token", "make", "--tenant", "acme", "--user", "made")
    assert made.returncode == 0, made.stderr
    assert connect(token=made.stdout.strip()).client.connected
