"""guichet as a production runs it: https public address behind a trusted proxy, limits and time-outs at their defaults, metrics, access log in a file."""

import base64
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from .programs import PROXY_CPU, Program, free_port

HOST = "portail.exemple"


class World:
    """A folder with sealing keys, certificates, and a state with one activated account and its sessions, from which gateways are started."""

    def __init__(self, folder, program, bench, upstream, sessions):
        self.folder, self.program, self.upstream = Path(folder), program, upstream
        self._secret("sealing-keys", base64.b64encode(os.urandom(32)).decode())
        self.forward_auth_secret = secrets.token_hex(24)
        self._secret("forward-auth", self.forward_auth_secret)
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        self.key.chmod(0o600)
        role = {"GUICHET_BENCH_ROLE": "world", "GUICHET_BENCH_STATE": str(self.folder / "state"), "GUICHET_BENCH_SESSIONS": str(sessions)}
        filled = subprocess.run([bench, "--bench"], env={**os.environ, **role}, check=True, capture_output=True, text=True)
        self.cookies = [f"__Host-guichet={token}" for token in filled.stdout.split()]

    def gateway(self, name, cpu=PROXY_CPU, before=()):
        """Starts a gateway on a copy of the state. `before`: words in front of the command, of a profiler."""
        return Gateway(self, name, cpu, before)

    def _secret(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text + "\n")


class Gateway(Program):
    """A running guichet."""

    def __init__(self, world, name, cpu, before):
        folder = world.folder / name
        shutil.copytree(world.folder / "state", folder)
        self.port, self.tls_port, self.forward_auth_port, self.admin_port = (free_port() for _ in range(4))
        config = folder / "guichet.toml"
        config.write_text(self._config(world, folder))
        self._started = ([*before, world.program, "serve", "--config", config], cpu, folder / "access.log")
        super().__init__(*self._started)

    def restart(self):
        """Ends it and starts it again on the same state."""
        self.end()
        super().__init__(*self._started)

    def _config(self, world, state):
        return f"""public_url = "https://{HOST}"
state_dir = "{state}"
trusted_proxies = ["127.0.0.1"]
sealing_keys_file = "{world.folder / "sealing-keys"}"

[[listener]]
address = "127.0.0.1:{self.port}"

[[listener]]
address = "127.0.0.1:{self.tls_port}"
certificates = [{{ certificate_file = "{world.certificate}", key_file = "{world.key}" }}]

[brand]
name = "Banc d'essai"
legacy = "l'ancien portail"
help_phone = "0 800 000 000"
help_email = "aide@exemple.fr"
terms_url = "https://exemple.fr/conditions"
terms_version = "1"
terms_date = "1er janvier 2026"

[email]
transport = "smtp"
from = "banc@exemple.fr"
[email.smtp]
host = "smtp.exemple.fr"

# A run outlasts the default silence of a session; none of its checks is cheaper for it.
[session]
idle = "4 h"

# Idle connections are counted by the ten thousand.
[limits]
connections = 20000
head_timeout = "2 min"

[admin]
listen = "127.0.0.1:{self.admin_port}"

[forward_auth]
listen = "127.0.0.1:{self.forward_auth_port}"
secret_file = "{world.folder / "forward-auth"}"

[[route]]
name = "public"
path = "/public"
upstream = "http://{world.upstream}"
access = "public"

[[route]]
name = "portail"
path = "/"
upstream = "http://{world.upstream}"
access = "activated"
"""
