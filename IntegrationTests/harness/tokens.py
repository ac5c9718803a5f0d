"""Tokens made by hand, so that a wrong one can be made too."""

import base64
import hashlib
import hmac
import json
import time

SECRET = "integration-jwt-secret-0123456789abcdef-0123456789"


def _part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(tenant="acme", user="u1", ttl=3600, secret=SECRET, algorithm="HS256", **claims):
    payload = {"tenantId": tenant, "userId": user, "iat": int(time.time()), "exp": int(time.time()) + ttl, **claims}
    payload = {k: v for k, v in payload.items() if v is not None}
    head = _part(json.dumps({"alg": algorithm, "typ": "JWT"}).encode()) + "." + _part(json.dumps(payload).encode())
    signature = b"" if algorithm == "none" else hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest()
    return f"{head}.{_part(signature)}"
