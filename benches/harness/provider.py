"""The least OpenID Provider that mod_auth_openidc takes: everybody is Camille, ID tokens are MACed with the client's secret."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import secrets
import threading
import time
import urllib.parse

CLIENT, SECRET = "bench", "bench-client-secret"


class Provider:
    """Serves in a thread of this process; it is asked at the sign-in only."""

    def __init__(self):
        handler = type("Handler", (_Handler,), {"nonces": {}})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()


def sign_in(port, host):
    """Signs in at the proxy on `port`, which people reach as `host`, as a browser would; returns its session's cookie."""
    proxy = http.client.HTTPConnection("127.0.0.1", port)
    started = _get(proxy, "/1k", {"Host": host})
    asked = urllib.parse.urlsplit(started.getheader("Location"))
    agreed = _get(http.client.HTTPConnection(asked.netloc), f"{asked.path}?{asked.query}", {})
    back = urllib.parse.urlsplit(agreed.getheader("Location"))
    done = _get(proxy, f"{back.path}?{back.query}", {"Host": host, "Cookie": _cookies(started)})
    return next(cookie for cookie in _cookies(done).split("; ") if cookie.startswith("mod_auth_openidc_session="))


def _get(connection, target, headers):
    connection.request("GET", target, headers={"Accept": "text/html", **headers})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise SystemExit(f"the sign-in at mod_auth_openidc: {answer.status} for {target.split('?')[0]}")
    return answer


def _cookies(answer):
    return "; ".join(line.split(";")[0] for line in answer.headers.get_all("Set-Cookie") or [])


class _Handler(http.server.BaseHTTPRequestHandler):
    nonces = {}

    def do_GET(self):
        if self.path.startswith("/.well-known/"):
            issuer = self._issuer()
            self._answer({
                "issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
                "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["HS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
            return
        if self.path == "/jwks":
            self._answer({"keys": []})
            return
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).items()}
        code = secrets.token_urlsafe(16)
        self.nonces[code] = asked["nonce"]
        back = urllib.parse.urlencode({"code": code, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        sent = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        now = int(time.time())
        claims = {
            "iss": self._issuer(),
            "aud": CLIENT,
            "sub": "751234567",
            "iat": now,
            "exp": now + 14_400,
            "nonce": self.nonces.pop(sent["code"][0]),
        }
        self._answer({"access_token": secrets.token_urlsafe(32), "token_type": "Bearer", "expires_in": 14_400, "id_token": _signed(claims)})

    def log_message(self, *_):
        """A thread of the bench has no log."""

    def _issuer(self):
        return f"http://{self.headers['Host']}"

    def _answer(self, document):
        body = json.dumps(document)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


def _signed(claims):
    parts = [_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    mac = hmac.digest(SECRET.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _text(mac)])


def _text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
