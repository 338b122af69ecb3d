//! One request from its head to its answer, in the order of design §4. The gate in front of everything.

use std::borrow::Cow;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderName, Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower::Service as _;
use tower::util::BoxCloneSyncService;

use crate::clock::SharedClock;
use crate::config::settings::{Limits, PublicUrl, Settings};
use crate::entropy::{Draw as _, SharedEntropy};
use crate::keys::KeyRing;
use crate::observe::{AccessLine, ClientAddr, Metrics, RequestId, RouteMeters};
use crate::session::{Sessions, Visit};

use super::assertion::Assertions;
use super::body::{self, Body};
use super::client_addr::client_addr;
use super::connection::Connection;
use super::forward::download::{Download, Watch};
use super::forward::{self, Passage, Upstreams};
use super::policy::{self, Permitted};
use super::refuse::{self, Cause, Denial, PageContext, Pages, Refused, Refuser};
use super::route::{Match, NoAddress, Routed, Routes, covers};
use super::sanitise::headers::Reserved;
use super::sanitise::{self, Asked};
use super::told::Told;
use super::{gate, upgrade, well_known};

/// Our own pages (`/_guichet/…`), given by `app`. Each request carries the extensions [`ClientAddr`], [`RequestId`] and [`Visit`].
pub type OwnPages = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

/// The prefix of our own pages (decision 17).
const OWN_PREFIX: &str = "/_guichet";
/// Longest time an own page may take, its body included.
const OWN_PAGE: Duration = Duration::from_secs(60);

/// What a gateway is made of.
#[derive(Debug)]
pub struct GatewayParts {
    /// Everything configured.
    pub settings: Arc<Settings>,
    /// Live sessions.
    pub sessions: Sessions,
    /// Signing keys.
    pub keys: Arc<KeyRing>,
    /// `/_guichet/…`.
    pub own_pages: OwnPages,
    /// Pages of refusals.
    pub pages: Arc<dyn Pages>,
    /// Time.
    pub clock: SharedClock,
    /// Chance.
    pub entropy: SharedEntropy,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// How often the session behind a stream or tunnel is looked at: [`STREAM_CHECK`](super::forward::download::STREAM_CHECK).
    pub stream_check: Duration,
}

/// A gateway ready to answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Arc<Settings>,
    scheme: &'static str,
    routes: Routes,
    reserved: Reserved,
    sessions: Sessions,
    keys: Arc<KeyRing>,
    metadata: Bytes,
    assertions: Assertions,
    upstreams: Upstreams,
    own_pages: OwnPages,
    refuser: Refuser,
    clock: SharedClock,
    entropy: SharedEntropy,
    metrics: Arc<Metrics>,
    stream_check: Duration,
    own_meters: Arc<RouteMeters>,
    no_meters: Arc<RouteMeters>,
}

/// What is known of a request while it is answered; its access line is written from it.
struct Story {
    request_id: RequestId,
    client: ClientAddr,
    navigation: bool,
    target: String,
    profession: Option<String>,
    line: AccessLine,
}

impl Gateway {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When an upstream is no address; the configuration's check has made sure.
    pub fn new(parts: GatewayParts) -> Result<Self, NoAddress> {
        let GatewayParts { settings, sessions, keys, own_pages, pages, clock, entropy, metrics, stream_check } = parts;
        let public_url = &settings.public_url;
        let assertions =
            Assertions::new(Arc::clone(&keys), Arc::clone(&entropy), public_url.origin.clone(), &settings.assertion);
        let inner = Inner {
            scheme: scheme(public_url),
            routes: Routes::new(&settings, &metrics)?,
            reserved: reserved(&settings),
            metadata: well_known::metadata(public_url, settings.assertion.algorithm),
            assertions,
            upstreams: Upstreams::new(&settings.limits),
            refuser: Refuser::new(pages, public_url),
            own_meters: metrics.route("guichet"),
            no_meters: metrics.route("none"),
            settings,
            sessions,
            keys,
            own_pages,
            clock,
            entropy,
            metrics,
            stream_check,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Bounds on requests, for the listener.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.settings.limits
    }

    /// Counters, for the listener.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    /// Answers one request of a connection. A panic in a handler is one 503, no more (attack D12).
    pub async fn answer(&self, connection: Arc<Connection>, request: Request<Incoming>) -> Response<Body> {
        let in_flight = connection.begin();
        let (parts, incoming) = request.into_parts();
        let mut story = self.inner.story(&connection, &parts);
        let answering = AssertUnwindSafe(self.inner.handle(&connection, parts, incoming, &mut story)).catch_unwind();
        let outcome = match answering.await {
            Ok(outcome) => outcome,
            Err(_) => {
                tracing::error!(request.id = %story.request_id, "a request made a handler panic");
                Err(Cause::Broken)
            }
        };
        let mut answer = outcome.unwrap_or_else(|cause| self.inner.refuse(cause, &mut story));
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), forward::request_id(story.request_id));
        story.line.status = Some(answer.status());
        answer.map(|body| body::boxed(Told::new(body, story.line, in_flight)))
    }
}

impl Inner {
    fn story(&self, connection: &Connection, parts: &Parts) -> Story {
        let request_id = RequestId::new(self.entropy.bytes());
        let client = ClientAddr(client_addr(connection.peer(), &parts.headers, &self.settings.trusted_proxies));
        Story {
            request_id,
            client,
            navigation: refuse::is_navigation(&parts.method, &parts.headers),
            target: String::from("/"),
            profession: None,
            line: AccessLine {
                request_id,
                client: client.0,
                method: parts.method.clone(),
                path: parts.uri.path().to_owned(),
                status: None,
                sid: None,
                upstream_status: None,
                refusal: None,
                response_bytes: 0,
                complete: false,
                meters: Arc::clone(&self.no_meters),
                started: Instant::now(),
                written: self.settings.log.access,
            },
        }
    }

    async fn handle(
        &self,
        connection: &Arc<Connection>,
        mut parts: Parts,
        incoming: Incoming,
        story: &mut Story,
    ) -> Result<Response<Body>, Cause> {
        if connection.is_ambiguous() {
            return Err(Cause::Ambiguous);
        }
        let asked = sanitise::asked(&parts).map_err(Cause::Malformed)?;
        if !self.routes.knows(asked.authority.host()) {
            return Err(Cause::UnknownHost);
        }
        asked.target.as_str().clone_into(&mut story.target);
        self.reserved.strip(&mut parts.headers);
        if let Some(answer) = self.well_known(&parts, &asked)? {
            story.line.meters = Arc::clone(&self.own_meters);
            return Ok(answer);
        }
        let visit = gate::visit(&self.sessions, &parts.headers).await;
        story.line.sid = visit.visitor().map(|visitor| visitor.session().sid.clone());
        if covers(OWN_PREFIX, asked.target.path(), str::eq_ignore_ascii_case) {
            story.line.meters = Arc::clone(&self.own_meters);
            return self.own_page(parts, incoming, asked.target, visit, story).await;
        }
        let routed = match self.routes.find(asked.authority.host(), asked.target.path()) {
            Match::Route(routed) => routed,
            Match::NoRoute => return Err(Cause::NotFound),
            Match::UnknownHost => return Err(Cause::UnknownHost),
        };
        story.line.meters = Arc::clone(&routed.meters);
        self.proxy(connection, parts, incoming, asked, routed, &visit, story).await
    }

    fn well_known(&self, parts: &Parts, asked: &Asked) -> Result<Option<Response<Body>>, Cause> {
        match well_known::answer(asked.target.path(), &self.metadata, &self.keys) {
            Some(_) if !well_known::reads(&parts.method) => Err(Cause::Method),
            answer => Ok(answer),
        }
    }

    async fn own_page(
        &self,
        mut parts: Parts,
        incoming: Incoming,
        target: PathAndQuery,
        visit: Visit,
        story: &Story,
    ) -> Result<Response<Body>, Cause> {
        // `/_GUICHET/…` is nobody's.
        if !covers(OWN_PREFIX, target.path(), str::eq) {
            return Err(Cause::NotFound);
        }
        parts.uri = Uri::from(target);
        parts.extensions.insert(story.client);
        parts.extensions.insert(story.request_id);
        parts.extensions.insert(visit);
        let mut pages = self.own_pages.clone();
        let answered = tokio::time::timeout(OWN_PAGE, pages.call(Request::from_parts(parts, incoming))).await;
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(never)) => match never {},
            Err(_) => Err(Cause::Broken),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the steps of design §4 meet here, and each brings what it found")]
    async fn proxy(
        &self,
        connection: &Arc<Connection>,
        parts: Parts,
        incoming: Incoming,
        asked: Asked,
        routed: &Arc<Routed>,
        visit: &Visit,
        story: &mut Story,
    ) -> Result<Response<Body>, Cause> {
        let permitted = policy::decide(routed, visit).map_err(|refusal| {
            let cause = Cause::Policy(refusal);
            if let Some(visitor) = visit.visitor() {
                story.profession = visitor.facts().claims.profession_label();
                if !refuse::leads_on(cause, story.navigation) {
                    self.refuser.denied(&Denial {
                        route: &routed.route.name,
                        cause: refuse::reason(cause),
                        session: visitor.session(),
                        client: story.client.0,
                        request_id: story.request_id,
                    });
                }
            }
            cause
        })?;
        if is_service_worker(&parts) && !routed.route.service_worker {
            return Err(Cause::ServiceWorker);
        }
        let assertion = match permitted.visitor() {
            Some(visitor) => {
                let signed = self.assertions.of(visitor, &routed.route.audience, self.clock.now());
                Some(signed.map_err(|error| {
                    tracing::error!(%error, route.name = %routed.route.name, "no assertion could be made");
                    Cause::Broken
                })?)
            }
            None => None,
        };
        let passage = Passage {
            client: story.client,
            request_id: story.request_id,
            scheme: self.scheme,
            authority: &self.public_authority(asked.authority.host()),
            target: asked.target.clone(),
            assertion,
        };
        self.forward(connection, parts, incoming, permitted, passage, story).await
    }

    async fn forward(
        &self,
        connection: &Arc<Connection>,
        mut parts: Parts,
        incoming: Incoming,
        permitted: Permitted,
        passage: Passage<'_>,
        story: &mut Story,
    ) -> Result<Response<Body>, Cause> {
        let (route, limits) = (&permitted.routed().route, &self.settings.limits);
        let watch = permitted.visitor().map(|visitor| Watch {
            sessions: self.sessions.clone(),
            key: visitor.key(),
            every: self.stream_check,
        });
        let handshake = upgrade::is_handshake(&parts);
        if handshake && watch.is_some() && !upgrade::is_own_origin(&parts.headers, self.scheme, passage.authority) {
            return Err(Cause::ForeignOrigin);
        }
        let upload = forward::upload(incoming, &parts, limits, route)?;
        forward::prepare(&mut parts.headers, &permitted, &passage)?;
        let client_side = handshake.then(|| {
            upgrade::ask(&mut parts.headers);
            parts.extensions.remove::<hyper::upgrade::OnUpgrade>()
        });
        let request = forward::outgoing(parts, upload, &permitted, passage.target)?;
        let mut response = self.upstreams.send(request, limits, route).await?;
        story.line.upstream_status = Some(response.status());
        if let (Some(Some(client_side)), http::StatusCode::SWITCHING_PROTOCOLS) = (client_side, response.status()) {
            return upgrade::join(client_side, response, connection, watch, &self.metrics);
        }
        forward::received(&mut response)?;
        let (mut head, body) = response.into_parts();
        head.extensions = http::Extensions::new();
        Ok(Response::from_parts(head, body::boxed(Download::new(body, limits.body_idle_timeout, watch))))
    }

    /// A host as people reach it: with the public address's port, whatever port the client named.
    fn public_authority(&self, host: &str) -> Cow<'_, str> {
        let public = &self.settings.public_url;
        if host == public.host {
            return Cow::Borrowed(&public.authority);
        }
        let port = public.authority.strip_prefix(public.host.as_str()).unwrap_or_default();
        Cow::Owned(format!("{host}{port}"))
    }

    fn refuse(&self, cause: Cause, story: &mut Story) -> Response<Body> {
        story.line.refusal = Some(refuse::reason(cause));
        let context = PageContext {
            request_id: story.request_id,
            method: &story.line.method,
            target: &story.target,
            profession: story.profession.as_deref(),
        };
        self.refuser.answer(&Refused { cause, navigation: story.navigation, context })
    }
}

/// A browser that fetches a service worker says so; the header cannot be set by a page's script (decision 22).
fn is_service_worker(parts: &Parts) -> bool {
    parts.headers.contains_key("service-worker")
        || parts.headers.get("sec-fetch-dest").is_some_and(|dest| dest == "serviceworker")
}

fn scheme(public_url: &PublicUrl) -> &'static str {
    if public_url.origin.starts_with("https://") { "https" } else { "http" }
}

fn reserved(settings: &Settings) -> Reserved {
    use crate::config::settings::AssertionHeader;
    let names = settings.routes.iter().flat_map(|route| {
        let assertion = match &route.assertion_header {
            AssertionHeader::Named(name) => Some(name.as_str()),
            AssertionHeader::Bearer => Some("authorization"),
        };
        assertion.into_iter().chain(route.plain_headers.keys().map(String::as_str))
    });
    Reserved::new(names)
}
