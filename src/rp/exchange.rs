//! The two calls behind a callback: a code for tokens, an access token for userinfo.

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{CoreErrorResponseType, CoreRevocableToken, CoreTokenType};
use openidconnect::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ExtraTokenFields, OAuth2TokenResponse as _, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    RevocationErrorResponseType, StandardErrorResponse, StandardTokenIntrospectionResponse, StandardTokenResponse,
    TokenUrl,
};
use serde::{Deserialize, Serialize};

use crate::config::settings::ClientAuth;
use crate::entropy::Entropy;
use crate::keys::client_assertion;

use super::RelyingParty;
use super::callback::{CallbackError, Fault};
use super::grant::Grant;
use super::http::{Caller, Outage};
use super::id_token::{self, Refusal};
use super::json::{self, Object};
use super::metadata::Metadata;

/// What a token answer holds beyond OAuth. The ID token as text: it is bounded and opened by `id_token`, not by the library's own types.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct TokenExtras {
    pub(super) id_token: Option<String>,
    /// Keycloak's own: seconds, nought where the token does not expire.
    refresh_expires_in: Option<serde_json::Value>,
}

impl TokenExtras {
    /// Life of the refresh token, where it has an end that the provider says.
    pub(super) fn refresh_life(&self) -> Option<SignedDuration> {
        let seconds = self.refresh_expires_in.as_ref()?.as_i64().filter(|seconds| *seconds > 0)?;
        Some(SignedDuration::from_secs(seconds))
    }
}

impl ExtraTokenFields for TokenExtras {}

impl std::fmt::Debug for TokenExtras {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenExtras(…)")
    }
}

pub(super) type Answer = StandardTokenResponse<TokenExtras, CoreTokenType>;
type ErrorAnswer = StandardErrorResponse<CoreErrorResponseType>;
/// Why the token endpoint gave no tokens.
pub(super) type Failure = RequestTokenError<Outage, ErrorAnswer>;

/// The library's client: authorization and token endpoints set, nothing else.
pub(super) type Client = oauth2::Client<
    ErrorAnswer,
    Answer,
    StandardTokenIntrospectionResponse<openidconnect::EmptyExtraTokenFields, CoreTokenType>,
    CoreRevocableToken,
    StandardErrorResponse<RevocationErrorResponseType>,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The client for these endpoints. Cheap: made for each use, so that renewed metadata counts at once.
pub(super) fn client(party: &RelyingParty, metadata: &Metadata, redirect_uri: &str) -> Result<Client, Outage> {
    let redirect_uri =
        RedirectUrl::new(redirect_uri.to_owned()).map_err(|_| Outage::Nonsense("a callback address that is none"))?;
    let client = oauth2::Client::new(ClientId::new(party.client_id.clone()));
    let (client, secret) = match &party.client_auth {
        ClientAuth::Basic(secret) => (client.set_auth_type(AuthType::BasicAuth), Some(secret)),
        ClientAuth::Post(secret) => (client.set_auth_type(AuthType::RequestBody), Some(secret)),
        // Our client id stands in the body; the proof beside it, or in the connection.
        ClientAuth::PrivateKeyJwt(_) | ClientAuth::Tls => (client.set_auth_type(AuthType::RequestBody), None),
    };
    let client = match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => client,
    };
    Ok(client
        .set_auth_uri(AuthUrl::from_url(metadata.authorization.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token.clone()))
        .set_redirect_uri(redirect_uri))
}

/// Trades a code for tokens, once: a code that was sent and not answered may have been used up.
pub(super) async fn redeem(
    party: &RelyingParty,
    client: &Client,
    code: String,
    pkce_verifier: String,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Grant, CallbackError> {
    let mut request =
        client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier));
    for (name, value) in proof(party, entropy, now)? {
        request = request.add_extra_param(name, value);
    }
    let answer = request.request_async(&party.caller.once(now)).await.map_err(refused)?;
    is_bearer(&answer)?;
    Ok(Grant::of(&answer, None, now)?)
}

/// What a request to the token endpoint says beside the library's own, to prove who we are.
pub(super) fn proof(
    party: &RelyingParty,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Vec<(&'static str, String)>, Outage> {
    let ClientAuth::PrivateKeyJwt(key) = &party.client_auth else { return Ok(Vec::new()) };
    let assertion = client_assertion(key, &party.client_id, &party.issuer, entropy, now).map_err(Outage::Unsigned)?;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
    Ok(vec![("client_assertion_type", kind), ("client_assertion", assertion)])
}

/// Only whoever holds such a token may use it; another kind is not one we can use.
pub(super) fn is_bearer(answer: &Answer) -> Result<(), Outage> {
    if *answer.token_type() == CoreTokenType::Bearer {
        Ok(())
    } else {
        Err(Outage::Nonsense("a token that is not a bearer token"))
    }
}

/// What the provider knows of the person an access token stands for; `sub` must be the ID token's (OpenID Connect Core 5.3.2).
/// Nothing where a provider has no such endpoint and none is needed.
pub(super) async fn userinfo(
    metadata: &Metadata,
    caller: &Caller,
    access_token: &AccessToken,
    subject: &str,
    now: Timestamp,
) -> Result<Object, CallbackError> {
    let Some(endpoint) = &metadata.userinfo else { return Ok(Object::new()) };
    let body = match caller.get_json(endpoint.as_str(), Some(access_token.secret()), now).await {
        Ok(body) => body,
        // The access token lives two minutes: begin again.
        Err(Outage::Status(401) | Outage::NotJson(401)) => return Err(CallbackError::Restart),
        Err(outage) => return Err(outage.into()),
    };
    let claims = json::object(&body).map_err(|_| Outage::Nonsense("a userinfo answer that is no object"))?;
    match id_token::subject(&claims) {
        Some(named) if named == subject => Ok(claims),
        Some(_) | None => Err(Refusal::UserinfoSubject.into()),
    }
}

/// The library's error carries bodies and free texts: only what is known by name goes on.
pub(super) fn refused(error: Failure) -> CallbackError {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidGrant => CallbackError::Restart,
            CoreErrorResponseType::InvalidClient => CallbackError::Misconfigured(Fault::InvalidClient),
            CoreErrorResponseType::UnauthorizedClient => CallbackError::Misconfigured(Fault::UnauthorizedClient),
            CoreErrorResponseType::InvalidScope => CallbackError::Misconfigured(Fault::InvalidScope),
            CoreErrorResponseType::InvalidRequest => CallbackError::Misconfigured(Fault::InvalidRequest),
            CoreErrorResponseType::UnsupportedGrantType => CallbackError::Misconfigured(Fault::UnsupportedResponseType),
            CoreErrorResponseType::Extension(_) => Outage::Reported.into(),
        },
        RequestTokenError::Request(Outage::NotJson(401 | 403)) => CallbackError::Misconfigured(Fault::InvalidClient),
        RequestTokenError::Request(outage) => outage.into(),
        RequestTokenError::Parse(..) => Outage::Nonsense("a token answer that lacks what it must have").into(),
        RequestTokenError::Other(_) => Outage::Nonsense("an empty token answer").into(),
    }
}
