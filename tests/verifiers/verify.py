"""Verifies an assertion with PyJWT, from the issuer alone: verify.py ISSUER AUDIENCE < token. Prints the claims."""

import json
import sys
import urllib.request

import jwt

issuer, audience = sys.argv[1:3]
token = sys.stdin.read().strip()
with urllib.request.urlopen(issuer + "/.well-known/openid-configuration", timeout=5) as answer:
    metadata = json.load(answer)
assert metadata["issuer"] == issuer
key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
claims = jwt.decode(
    token,
    key,
    algorithms=metadata["id_token_signing_alg_values_supported"],
    issuer=issuer,
    audience=audience,
    options={"require": ["exp", "iat", "iss", "aud", "sub"]},
)
print(json.dumps(claims))
