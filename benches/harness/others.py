"""nginx and Apache as this comparison sets them up: one worker, kept-alive connections on both sides, bodies streamed, nothing logged unless said."""

import os

from . import guichet, provider
from .programs import PROXY_CPU, Program, free_port

# What every request to the upstream bears.
_COMMON = """proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
        proxy_set_header X-Forwarded-Host $host;"""

# Bodies are passed on as they come, as guichet does: nginx's default would write large ones to a file first.
_NGINX = """
worker_processes 1;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_rlimit_nofile 65536;
{user}
events {{ worker_connections 30000; }}
http {{
    access_log {access_log};
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 120s;
    client_max_body_size 16m;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    upstream portal {{ server {upstream}; keepalive 128; keepalive_requests 1000000000; }}
    upstream asked {{ server {asked}; keepalive 128; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        listen 127.0.0.1:{tls_port} ssl http2 backlog=4096;
        proxy_http_version 1.1;
        {headers}
        proxy_request_buffering off;
        proxy_max_temp_file_size 0;
        location / {{
            {request}
            proxy_pass http://portal;
        }}
        {locations}
    }}
}}
"""

_APACHE = """
ServerRoot {folder}
ServerName {host}
PidFile {folder}/pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
{user}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule auth_openidc_module /usr/lib/apache2/modules/mod_auth_openidc.so
StartServers 1
ServerLimit 4
ThreadsPerChild 64
MaxRequestWorkers 256
MaxSpareThreads 256
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 120
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCIDTokenSignedResponseAlg HS256
OIDCClientID {client}
OIDCClientSecret {secret}
OIDCRedirectURI http://{host}/callback
OIDCCryptoPassphrase bench-passphrase
OIDCSessionInactivityTimeout 14400
<Location />
    AuthType openid-connect
    Require valid-user
    ProxyPass http://{upstream}/ keepalive=On
</Location>
"""


class Nginx(Program):
    """nginx in front of the upstream. `asks` is the authoriser behind `auth_request`, as `Asked`."""

    def __init__(self, world, name, asks=None, log=False):
        folder = world.folder / name
        folder.mkdir()
        self.port, self.tls_port = free_port(), free_port()
        config = folder / "nginx.conf"
        config.write_text(_NGINX.format(
            folder=folder, user="user root;" if os.getuid() == 0 else "", access_log=folder / "access.log" if log else "off",
            headers=_COMMON, certificate=world.certificate, key=world.key, upstream=world.upstream, port=self.port, tls_port=self.tls_port,
            asked=asks.address if asks else world.upstream, request=asks.request if asks else "", locations=asks.location if asks else "",
        ))  # fmt: skip
        super().__init__(["nginx", "-c", config], PROXY_CPU, folder / "output.log")


class Asked:
    """Whom `auth_request` asks, and how: `headers` of the answer go to the upstream in the place of the client's."""

    def __init__(self, address, path, headers, told=""):
        self.address, self.request = address, "auth_request /_asked;"
        for header in headers:
            name = header.lower().replace("-", "_")
            self.request += f" auth_request_set $told_{name} $upstream_http_{name}; proxy_set_header {header} $told_{name};"
        # A location that sets headers of its own inherits none.
        self.request += f" {_COMMON}"
        self.location = f"""location = /_asked {{
            internal;
            proxy_pass http://asked{path};
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Connection "";
            {told}
        }}"""


def asked_guichet(world, gateway):
    """guichet's forward-auth listener."""
    told = f"""proxy_set_header X-Guichet-Forward-Auth "{world.forward_auth_secret}";
            proxy_set_header X-Original-Method $request_method;
            proxy_set_header X-Original-Host $host;
            proxy_set_header X-Original-URI $request_uri;
            proxy_set_header X-Forwarded-For $remote_addr;"""
    return Asked(f"127.0.0.1:{gateway.forward_auth_port}", "/nginx", ["X-Guichet-Assertion", "Cookie"], told)


class Apache(Program):
    """Apache with mod_auth_openidc, sessions in shared memory (its default), signed in at the bench's own provider."""

    def __init__(self, world, name):
        folder = world.folder / name
        folder.mkdir()
        self.port = free_port()
        config = folder / "apache.conf"
        config.write_text(_APACHE.format(
            folder=folder, host=guichet.HOST, port=self.port, upstream=world.upstream, issuer=provider.Provider().issuer,
            client=provider.CLIENT, secret=provider.SECRET, user="User www-data\nGroup www-data" if os.getuid() == 0 else "",
        ))  # fmt: skip
        super().__init__(["apache2", "-f", config, "-DFOREGROUND"], PROXY_CPU, folder / "output.log")
