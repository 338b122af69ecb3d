//! What is said of a request before anything is done with it: sanitise, route, session, policy, assertion.
//!
//! One function says it for the requests we forward ourselves and for those that other proxies ask about, so that no way in has a rule of its own.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, SEC_WEBSOCKET_KEY};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Response};

use crate::clock::SharedClock;
use crate::config::settings::{AssertionHeader, Cors, PublicUrl, Settings};
use crate::entropy::SharedEntropy;
use crate::keys::KeyRing;
use crate::observe::{Elsewhere, Metrics, RouteMeters};
use crate::session::{EndCause, Forwarded, Sessions, Visit, Visitor};

use super::assertion::Assertions;
use super::body::{self, Body};
use super::connection::Connection;
use super::forward::Said;
use super::policy::{self, Circumstances, Permitted, Refusal};
use super::refuse::Cause;
use super::route::{Match, Routed, Routes, Unusable, covers};
use super::sanitise::headers::Reserved;
use super::sanitise::{self, Asked, Authority};
use super::story::Story;
use super::tls::ClientCertificate;
use super::{cors, gate, upgrade, well_known};

/// The prefix of our own pages (decision 17).
pub(super) const OWN_PREFIX: &str = "/_guichet";

/// How the session stands, for scripts.
const SESSION_STATE: &str = "/_guichet/session";
/// A script says that the person is at work.
const KEEP_ALIVE: &str = "/_guichet/keep-alive";

const SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Who sends the request on once it may pass.
#[derive(Debug, Clone, Copy)]
pub(super) enum Forwarder<'a> {
    /// This gateway; the connection on which the request came.
    Us(&'a Connection),
    /// The proxy that asks.
    AnotherProxy,
}

impl<'a> Forwarder<'a> {
    /// What the client has shown of itself; another proxy shows nothing for it.
    fn client_certificate(self) -> Option<&'a ClientCertificate> {
        match self {
            Self::Us(connection) => connection.client_certificate(),
            Self::AnotherProxy => None,
        }
    }
}

/// What a request turned out to be.
#[derive(Debug)]
pub(super) enum Verdict {
    /// A document of ours that is the same for everyone, or the way to https.
    Published(Response<Body>),
    /// A page of ours, under its normalised path.
    OwnPage(PathAndQuery, Visit),
    /// For an upstream, and allowed there.
    Passes(Box<Pass>),
}

/// A request that may pass.
#[derive(Debug)]
pub(super) struct Pass {
    /// What it asks.
    pub(super) asked: Asked,
    /// The proof.
    pub(super) permitted: Permitted,
    /// For a known visitor.
    pub(super) said: Said,
}

/// Everything that a verdict depends on.
#[derive(Debug)]
pub(super) struct Judge {
    settings: Arc<Settings>,
    scheme: &'static str,
    routes: Routes,
    reserved: Reserved,
    sessions: Sessions,
    keys: Arc<KeyRing>,
    metadata: Bytes,
    assertions: Arc<Assertions>,
    clock: SharedClock,
    own_meters: Arc<RouteMeters>,
}

impl Judge {
    /// Puts the table of routes and the rest together.
    ///
    /// # Errors
    /// When a route cannot be served; the configuration's check has made sure.
    pub(super) fn new(
        settings: &Arc<Settings>,
        sessions: &Sessions,
        keys: Arc<KeyRing>,
        clock: SharedClock,
        entropy: SharedEntropy,
        metrics: &Metrics,
    ) -> Result<Self, Unusable> {
        let public_url = &settings.public_url;
        Ok(Self {
            settings: Arc::clone(settings),
            scheme: scheme(public_url),
            routes: Routes::new(settings, metrics)?,
            reserved: reserved(settings),
            sessions: sessions.clone(),
            metadata: well_known::metadata(public_url, settings.assertion.algorithm),
            assertions: Arc::new(Assertions::new(
                Arc::clone(&keys),
                entropy,
                public_url.origin.clone(),
                &settings.assertion,
            )),
            keys,
            clock,
            own_meters: metrics.route("guichet"),
        })
    }

    /// The same with other routes and what comes with them; whoever is judged already is not judged again.
    ///
    /// # Errors
    /// As [`Judge::new`].
    pub(super) fn next(&self, settings: &Arc<Settings>, metrics: &Metrics) -> Result<Self, Unusable> {
        Ok(Self {
            settings: Arc::clone(settings),
            scheme: self.scheme,
            routes: self.routes.next(settings, metrics)?,
            reserved: reserved(settings),
            sessions: self.sessions.clone(),
            metadata: self.metadata.clone(),
            assertions: Arc::clone(&self.assertions),
            keys: Arc::clone(&self.keys),
            clock: Arc::clone(&self.clock),
            own_meters: Arc::clone(&self.own_meters),
        })
    }

    /// Judges a head; reserved headers are gone from it afterwards. What is found on the way is noted in `story`.
    ///
    /// # Errors
    /// Why it may not pass.
    pub(super) async fn verdict(
        &self,
        parts: &mut Parts,
        forwarder: Forwarder<'_>,
        story: &mut Story,
    ) -> Result<Verdict, Cause> {
        let asked = sanitise::asked(parts).map_err(Cause::Malformed)?;
        if !self.routes.knows(asked.authority.host()) {
            return Err(Cause::UnknownHost);
        }
        if let Forwarder::Us(connection) = forwarder {
            if !connection.is_for(asked.authority.host()) {
                return Err(Cause::Misdirected);
            }
            if connection.redirects() {
                return Ok(Verdict::Published(self.to_https(&asked)));
            }
        }
        story.target = asked.target.as_str().to_owned();
        self.reserved.strip(&mut parts.headers);
        if let Some(answer) = self.well_known(parts, &asked)? {
            story.line.meters = Arc::clone(&self.own_meters);
            return Ok(Verdict::Published(answer));
        }
        let host = asked.authority.host();
        let elsewhere = (host != self.settings.public_url.host).then_some(host);
        let own = covers(OWN_PREFIX, asked.target.path(), str::eq_ignore_ascii_case);
        let reading = gate::Reading { elsewhere, counts: !(own && is_only_a_look(asked.target.path())) };
        let visit = gate::visit(&self.sessions, &parts.headers, reading).await;
        story.line.sid = visit.visitor().map(|visitor| visitor.session().sid.clone());
        if own {
            story.line.meters = Arc::clone(&self.own_meters);
            if let Some(host) = elsewhere {
                let origin = self.settings.public_url.origin_of(host);
                parts.extensions.insert(Elsewhere { host: host.to_owned(), origin });
            }
            return Ok(Verdict::OwnPage(asked.target, visit));
        }
        let routed = match self.routes.find(asked.authority.host(), asked.target.path(), parts.method.as_str()) {
            Match::Route(routed) if matches!(forwarder, Forwarder::Us(_)) && routed.upstream.is_none() => {
                return Err(Cause::NotFound);
            }
            Match::Route(routed) => routed,
            Match::NoRoute => return self.home(parts, &asked, forwarder).ok_or(Cause::NotFound),
            Match::OtherMethods(methods) => {
                return self.preflight_of(parts, &asked, forwarder, story).unwrap_or(Err(Cause::RouteMethod(methods)));
            }
            Match::UnknownHost => return Err(Cause::UnknownHost),
        };
        story.line.meters = Arc::clone(&routed.meters);
        if let Some(verdict) = self.preflight(parts, &asked, routed, forwarder, story) {
            return verdict;
        }
        let mut pass = self.pass(parts, asked, routed, (&visit, forwarder), story)?;
        if routed.identity.wants_provider_token()
            && let Some(visitor) = pass.permitted.visitor()
        {
            pass.said.provider_token = Box::pin(self.provider_token(visitor)).await?;
        }
        Ok(Verdict::Passes(Box::new(pass)))
    }

    /// Of a path that takes no `OPTIONS`, a preflight asks the route that takes the request it is about.
    fn preflight_of(
        &self,
        parts: &Parts,
        asked: &Asked,
        forwarder: Forwarder<'_>,
        story: &mut Story,
    ) -> Option<Result<Verdict, Cause>> {
        let method = cors::requested(parts).filter(|_| cors::is_preflight(parts))?;
        let Match::Route(routed) = self.routes.find(asked.authority.host(), asked.target.path(), method) else {
            return None;
        };
        let served = matches!(forwarder, Forwarder::AnotherProxy) || routed.upstream.is_some();
        served.then(|| self.preflight(parts, asked, routed, forwarder, story)).flatten()
    }

    fn circumstances<'a>(&self, forwarder: Forwarder<'a>, story: &Story) -> Circumstances<'a> {
        Circumstances { certificate: forwarder.client_certificate(), client: story.client.0, now: self.clock.now() }
    }

    /// The answer to a preflight on a route that has one, or its way through; `None` for whatever is judged as any request.
    fn preflight(
        &self,
        parts: &Parts,
        asked: &Asked,
        routed: &Arc<Routed>,
        forwarder: Forwarder<'_>,
        story: &mut Story,
    ) -> Option<Result<Verdict, Cause>> {
        if routed.route.cors == Cors::Off {
            return None;
        }
        let preflight = cors::is_preflight(parts);
        // Another proxy answers for the upstream: what it asks about is judged, and no more is said.
        if matches!(forwarder, Forwarder::Us(_))
            && let Some(mut script) = cors::Asked::of(routed, &parts.headers)
        {
            let granted = preflight.then(|| script.preflight(&parts.headers));
            story.cors = Some(script);
            return granted.map(|granted| granted.map(|()| no_content()).map_err(|_| Cause::Cors));
        }
        let with = || self.circumstances(forwarder, story);
        let permitted = preflight.then(|| policy::preflight(routed, with())).flatten()?;
        let pass =
            |permitted| Verdict::Passes(Box::new(Pass { asked: asked.clone(), permitted, said: Said::default() }));
        Some(permitted.map(pass).map_err(Cause::Policy))
    }

    /// The way from `/` of the public address to the portal, where no route serves it.
    fn home(&self, parts: &Parts, asked: &Asked, forwarder: Forwarder<'_>) -> Option<Verdict> {
        let home = self.settings.home_url.as_ref().filter(|_| {
            let here = asked.authority.host() == self.settings.public_url.host && asked.target.path() == "/";
            here && well_known::reads(&parts.method) && matches!(forwarder, Forwarder::Us(_))
        })?;
        let mut answer = Response::new(body::empty());
        *answer.status_mut() = http::StatusCode::SEE_OTHER;
        answer.headers_mut().insert(http::header::LOCATION, HeaderValue::from_str(home.as_str()).ok()?);
        answer.headers_mut().insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(Verdict::Published(answer))
    }

    /// The same address over https; the method and the body stay what they were.
    fn to_https(&self, asked: &Asked) -> Response<Body> {
        let location = format!("{}://{}{}", self.scheme, self.public_authority(asked.authority.host()), asked.target);
        let mut answer = Response::new(body::empty());
        *answer.status_mut() = http::StatusCode::PERMANENT_REDIRECT;
        // A host and a target that were read are always a header's value.
        let location = HeaderValue::from_str(&location);
        answer.headers_mut().extend(location.ok().map(|location| (http::header::LOCATION, location)));
        answer
    }

    fn well_known(&self, parts: &Parts, asked: &Asked) -> Result<Option<Response<Body>>, Cause> {
        match well_known::answer(asked.target.path(), &self.metadata, &self.keys) {
            Some(_) if !well_known::reads(&parts.method) => Err(Cause::Method),
            answer => Ok(answer),
        }
    }

    fn pass(
        &self,
        parts: &Parts,
        asked: Asked,
        routed: &Arc<Routed>,
        (visit, forwarder): (&Visit, Forwarder<'_>),
        story: &mut Story,
    ) -> Result<Pass, Cause> {
        let with = self.circumstances(forwarder, story);
        let permitted = policy::decide(routed, visit, with).map_err(|refusal| {
            // What is away is away for everybody: no denial.
            let denied = visit.visitor().filter(|_| !matches!(refusal, Refusal::Maintenance { .. }));
            if let Some(visitor) = denied {
                story.profession = visitor.facts().claims.profession_label();
                story.denied = Some((Arc::clone(routed), Arc::clone(visitor)));
            }
            let (host, public_url) = (asked.authority.host(), &self.settings.public_url);
            story.origin = (host != public_url.host).then(|| public_url.origin_of(host));
            Cause::Policy(refusal)
        })?;
        if is_service_worker(parts) && !routed.route.service_worker {
            return Err(Cause::ServiceWorker);
        }
        // A proxy that asks may have dropped `Upgrade` with the other headers of its hop; the key is what a page cannot write by itself.
        let opens_socket = parts.headers.contains_key(SEC_WEBSOCKET_KEY);
        let authority = self.public_authority(asked.authority.host());
        if opens_socket
            && permitted.visitor().is_some()
            && !upgrade::is_own_origin(&parts.headers, self.scheme, &authority)
        {
            return Err(Cause::ForeignOrigin);
        }
        let assertion = match permitted.visitor() {
            Some(visitor) => {
                let signed = self.assertions.of(visitor, &routed.audience, with.now);
                Some(signed.map_err(|error| {
                    tracing::error!(%error, route.name = %routed.route.name, "no assertion could be made");
                    Cause::Broken
                })?)
            }
            None => None,
        };
        Ok(Pass { asked, permitted, said: Said { assertion, provider_token: None } })
    }

    /// The token of the visitor's provider, for a route that forwards it.
    async fn provider_token(&self, visitor: &Arc<Visitor>) -> Result<Option<HeaderValue>, Cause> {
        let over = || Cause::Policy(Refusal::SignedOut(Some(EndCause::Provider)));
        match self.sessions.provider_token(visitor).await {
            Ok(Forwarded::None) => Ok(None),
            Ok(Forwarded::Token(token)) => Ok(Some(token.value)),
            Ok(Forwarded::Over) => Err(over()),
            // The upstream was promised one that is good.
            Ok(Forwarded::Away) => Err(Cause::Policy(Refusal::Away)),
            Err(error) => {
                let cause: &dyn std::error::Error = error.0.as_ref();
                tracing::error!(%error, cause, "the token of an identity provider could not be read");
                Err(Cause::Policy(Refusal::Away))
            }
        }
    }

    /// The table of routes.
    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    /// `http` or `https`, of the public address.
    pub(super) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// A host as people reach it: with the public address's port, whatever port the client named.
    pub(super) fn public_authority(&self, host: &str) -> Cow<'_, str> {
        let public = &self.settings.public_url;
        if host == public.host {
            return Cow::Borrowed(&public.authority);
        }
        let port = public.authority.strip_prefix(public.host.as_str()).unwrap_or_default();
        Cow::Owned(format!("{host}{port}"))
    }

    /// `scheme://authority` of the host that a head names, as people reach it; the public address when it names none that is served.
    pub(super) fn origin_of(&self, parts: &Parts) -> String {
        let named = parts.headers.get(HOST).and_then(|host| Authority::read(host.as_bytes()).ok());
        match named.filter(|named| self.routes.knows(named.host())) {
            Some(named) => format!("{}://{}", self.scheme, self.public_authority(named.host())),
            None => self.settings.public_url.origin.clone(),
        }
    }
}

/// 204; what scripts may do is said on it as on every answer of the route.
fn no_content() -> Verdict {
    let mut answer = Response::new(body::empty());
    *answer.status_mut() = http::StatusCode::NO_CONTENT;
    Verdict::Published(answer)
}

/// The endpoints of a page's script ask how the session stands, or count by themselves once they know who asks.
fn is_only_a_look(path: &str) -> bool {
    path == SESSION_STATE || path == KEEP_ALIVE
}

/// A browser that fetches a service worker says so; the header cannot be set by a page's script (decision 22).
fn is_service_worker(parts: &Parts) -> bool {
    parts.headers.contains_key(SERVICE_WORKER)
        || parts.headers.get(SEC_FETCH_DEST).is_some_and(|dest| dest == "serviceworker")
}

fn scheme(public_url: &PublicUrl) -> &'static str {
    if public_url.origin.starts_with("https://") { "https" } else { "http" }
}

fn reserved(settings: &Settings) -> Reserved {
    let names = settings.routes.iter().flat_map(|route| {
        let assertion = match &route.assertion_header {
            AssertionHeader::Named(name) => Some(name.as_str()),
            AssertionHeader::Bearer => Some("authorization"),
        };
        assertion
            .into_iter()
            .chain(route.plain_headers.keys().map(String::as_str))
            .chain(route.provider_token_header.as_deref())
    });
    Reserved::new(names)
}
