//! One request from its head to its answer, in the order of design §4. The gate in front of everything.

use std::convert::Infallible;
use std::mem::take;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::FutureExt as _;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::request::Parts;
use http::uri::{PathAndQuery, Uri};
use http::{HeaderName, HeaderValue, Request, Response, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tower::Service as _;
use tower::util::BoxCloneSyncService;

use crate::clock::SharedClock;
use crate::config::settings::{Limits, Settings, UpstreamProtocol};
use crate::entropy::{Draw as _, SharedEntropy};
use crate::keys::KeyRing;
use crate::observe::{Metrics, RequestId, RouteMeters};
use crate::session::{Sessions, Visit};

use super::addresses::Addresses;
use super::body::Body;
use super::client_addr::{self, client_addr};
use super::connection::{Connection, InFlight};
use super::forward::download::{Download, Watch};
use super::forward::tls::ClientTls;
use super::forward::{self, Answer, Passage};
use super::forward_auth;
use super::refuse::{self, Cause, Denial, PageContext, Pages, Refused, Refuser};
use super::route::{Unusable, covers};
use super::story::Story;
use super::told::{Source, Told};
use super::upgrade;
use super::verdict::{Forwarder, Judge, OWN_PREFIX, Pass, Verdict};
use super::workers::Workers;

/// Our own pages (`/_guichet/…`), given by `app`. Each request carries the extensions
/// [`ClientAddr`](crate::observe::ClientAddr), [`RequestId`] and [`Visit`].
pub type OwnPages = BoxCloneSyncService<Request<Incoming>, Response<Body>, Infallible>;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
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
    /// Who serves connections.
    pub workers: Arc<Workers>,
    /// Where our own pages are made, away from the connections.
    pub office: Handle,
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
    force: ArcSwap<InForce>,
    sessions: Sessions,
    own_pages: OwnPages,
    refuser: Refuser,
    entropy: SharedEntropy,
    metrics: Arc<Metrics>,
    workers: Arc<Workers>,
    office: Handle,
    stream_check: Duration,
    no_meters: Arc<RouteMeters>,
    slots: Arc<Semaphore>,
    addresses: Addresses,
}

/// What a configuration decides on, exchanged as a whole. A request keeps to the end what was there when its head had come.
#[derive(Debug)]
struct InForce {
    settings: Arc<Settings>,
    judge: Judge,
    hsts: Option<HeaderValue>,
}

impl InForce {
    fn of(settings: Arc<Settings>, judge: Judge) -> Self {
        let hsts = settings.hsts.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
        Self { settings, judge, hsts }
    }
}

impl Gateway {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When a route cannot be served; the configuration's check has made sure.
    pub fn new(parts: GatewayParts) -> Result<Self, Unusable> {
        let GatewayParts { settings, sessions, keys, own_pages, pages, clock, entropy, metrics, .. } = parts;
        let judge = Judge::new(&settings, &sessions, keys, clock, Arc::clone(&entropy), &metrics)?;
        let inner = Inner {
            refuser: Refuser::new(pages, &settings.public_url),
            no_meters: metrics.route("none"),
            slots: Arc::new(Semaphore::new(settings.limits.connections)),
            addresses: Addresses::new(settings.limits.connections_per_address),
            force: ArcSwap::from_pointee(InForce::of(settings, judge)),
            sessions,
            own_pages,
            entropy,
            metrics,
            workers: parts.workers,
            office: parts.office,
            stream_check: parts.stream_check,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Bounds on requests, for the listener.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.inner.force.load().settings.limits.clone()
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.inner.force.load().settings)
    }

    /// Puts other settings in force for every request from now on: routes, what is theirs, and what is looked at for each request.
    /// What a listener was bound with, and whatever else was made of the first settings, stays. Must be called inside a runtime.
    ///
    /// # Errors
    /// When a route cannot be served: then nothing has changed.
    pub fn reload(&self, settings: Arc<Settings>) -> Result<(), Unusable> {
        let judge = self.inner.force.load().judge.next(&settings, &self.inner.metrics)?;
        self.inner.force.store(Arc::new(InForce::of(settings, judge)));
        Ok(())
    }

    /// Connections that may still be opened, on all listeners together.
    #[must_use]
    pub fn slots(&self) -> &Arc<Semaphore> {
        &self.inner.slots
    }

    /// Connections of each client address.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.inner.addresses
    }

    /// Whether a peer is a trusted proxy.
    #[must_use]
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.inner.force.load().settings.trusted_proxies.iter().any(|network| network.contains(&peer))
    }

    /// TLS of the upstreams that routes have now: whose files are watched.
    #[must_use]
    pub fn upstream_tls(&self) -> Vec<Arc<ClientTls>> {
        self.inner.force.load().judge.routes().upstreams().tls().cloned().collect()
    }

    /// An id drawn for the first request of a connection, for the listener.
    #[must_use]
    pub fn drawn_id(&self) -> RequestId {
        RequestId::new(self.inner.entropy.bytes())
    }

    /// Who serves connections, for the listener.
    #[must_use]
    pub fn workers(&self) -> &Workers {
        &self.inner.workers
    }

    /// Counters, for the listener.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    /// Answers one request of a connection. A panic in a handler is one 503, no more (attack D12).
    pub async fn answer(&self, connection: Arc<Connection>, request: Request<Incoming>) -> Response<Body> {
        let mut in_flight = connection.begin(request.version());
        let force = self.inner.force.load();
        let (mut parts, incoming) = request.into_parts();
        let client = client_addr(connection.peer(), &parts.headers, &force.settings.trusted_proxies);
        let mut story = self.inner.story(&force, &connection, client, &parts);
        let request_id = story.request_id;
        // In a box of its own: inside the connection's task it would be copied, and kept between requests.
        let handled = Box::pin(self.inner.handle(&force, &connection, &mut parts, incoming, &mut story));
        let outcome = guarded(request_id, handled).await;
        let mut answer = outcome.unwrap_or_else(|cause| self.inner.refuse(cause, &mut story).map(Source::Own));
        if let Some(script) = &story.cors {
            script.say(answer.headers_mut());
        }
        if let Some(hsts) = force.hsts_of(&connection) {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
        in_flight.hold(story.place.take());
        if answer.status() == http::StatusCode::SWITCHING_PROTOCOLS {
            in_flight.tunnel();
        }
        ended(answer, story, in_flight)
    }

    /// Answers another proxy's question about a request; for the listener of [`forward_auth`] only. Bodies are not read.
    pub async fn answer_question(&self, connection: Arc<Connection>, request: Request<Incoming>) -> Response<Body> {
        let in_flight = connection.begin(request.version());
        let (mut parts, _) = request.into_parts();
        let (inner, force) = (&*self.inner, self.inner.force.load());
        // Where no dialect is spoken, the plainest one refuses.
        let dialect = forward_auth::Dialect::of(parts.uri.path()).unwrap_or(forward_auth::Dialect::Forwarded);
        let read = match &force.settings.forward_auth {
            Some(forward_auth) if !connection.is_ambiguous() => forward_auth::read(&mut parts, &forward_auth.secret),
            Some(_) => Err(Cause::Ambiguous),
            None => Err(Cause::Stranger),
        };
        let client = match read {
            Ok(_) => client_addr::told_by(connection.peer(), &parts.headers, &force.settings.trusted_proxies),
            Err(_) => connection.peer(),
        };
        let mut story = inner.story(&force, &connection, client, &parts);
        let judged = match read {
            Ok(dialect) => {
                let request_id = story.request_id;
                guarded(request_id, Box::pin(forward_auth::judged(dialect, &force.judge, &mut parts, &mut story))).await
            }
            Err(cause) => Err(cause),
        };
        let answer = judged.unwrap_or_else(|cause| {
            let refusal = inner.refuse(cause, &mut story);
            forward_auth::refusal(dialect, refusal, &force.judge.origin_of(&parts))
        });
        ended(answer.map(Source::Own), story, in_flight)
    }
}

/// A panic in what answers a request is a 503 and a line of the log.
async fn guarded<T>(request_id: RequestId, answering: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request.id = %request_id, "a request made a handler panic");
        Err(Cause::Broken)
    })
}

/// The answer as it leaves: with its reference, and its access line to be written when its body has ended.
fn ended(mut answer: Response<Source>, mut story: Story, mut in_flight: InFlight) -> Response<Body> {
    in_flight.answered();
    answer.headers_mut().insert(X_REQUEST_ID, story.reference);
    story.line.status = Some(answer.status());
    answer.map(|source| Told::new(source, story.line, in_flight).boxed_unsync())
}

impl InForce {
    /// What an answer tells of https: in the clear only where a proxy in front has taken TLS off (RFC 6797 §7.2).
    fn hsts_of(&self, connection: &Connection) -> Option<&HeaderValue> {
        let https = connection.is_tls() || (self.judge.scheme() == "https" && !connection.redirects());
        self.hsts.as_ref().filter(|_| https)
    }
}

impl Inner {
    fn story(&self, force: &InForce, connection: &Connection, client: IpAddr, parts: &Parts) -> Story {
        Story::new(connection.next_request(), client, parts, Arc::clone(&self.no_meters), force.settings.log.access)
    }

    async fn handle(
        &self,
        force: &InForce,
        connection: &Arc<Connection>,
        parts: &mut Parts,
        incoming: Incoming,
        story: &mut Story,
    ) -> Result<Response<Source>, Cause> {
        if connection.is_ambiguous() {
            return Err(Cause::Ambiguous);
        }
        if connection.carries_others() {
            story.place = Some(self.addresses.take(story.client.0).ok_or(Cause::TooMany)?);
        }
        match force.judge.verdict(parts, Forwarder::Us(connection), story).await? {
            Verdict::Published(answer) => Ok(answer.map(Source::Own)),
            Verdict::OwnPage(target, visit) => {
                let page = Box::pin(self.own_page(parts, incoming, target, visit, story));
                page.await.map(|answer| answer.map(Source::Own))
            }
            Verdict::Passes(pass) => self.proxy(force, connection, parts, incoming, *pass, story).await,
        }
    }

    async fn own_page(
        &self,
        parts: &mut Parts,
        incoming: Incoming,
        target: PathAndQuery,
        visit: Visit,
        story: &Story,
    ) -> Result<Response<Body>, Cause> {
        // `/_GUICHET/…` is nobody's.
        if !covers(OWN_PREFIX, target.path(), str::eq) {
            return Err(Cause::NotFound);
        }
        let mut request = forward::taken(parts, incoming);
        *request.uri_mut() = Uri::from(target);
        *request.extensions_mut() = take(&mut parts.extensions);
        request.extensions_mut().insert(story.client);
        request.extensions_mut().insert(story.request_id);
        request.extensions_mut().insert(visit);
        let mut pages = self.own_pages.clone();
        // A client that leaves takes its page with it, as if it were made here.
        let made = AbortOnDropHandle::new(self.office.spawn(async move { pages.call(request).await }));
        match tokio::time::timeout(OWN_PAGE, made).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(never))) => match never {},
            // Caught, and told of, with every other panic.
            Ok(Err(broken)) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
            Ok(Err(_)) | Err(_) => Err(Cause::Broken),
        }
    }

    async fn proxy(
        &self,
        force: &InForce,
        connection: &Arc<Connection>,
        parts: &mut Parts,
        incoming: Incoming,
        pass: Pass,
        story: &mut Story,
    ) -> Result<Response<Source>, Cause> {
        let Pass { asked, permitted, said } = pass;
        let passage = Passage {
            client: story.client,
            reference: &story.reference,
            scheme: force.judge.scheme(),
            authority: &force.judge.public_authority(asked.authority.host()),
            target: forward::target(asked.target, &permitted.routed().route)?,
            said,
        };
        let (route, limits) = (&permitted.routed().route, &force.settings.limits);
        // A route without one was not found.
        let upstream = permitted.routed().upstream.as_ref().ok_or(Cause::NotFound)?;
        let watch = permitted.visitor().map(|visitor| Watch {
            sessions: self.sessions.clone(),
            key: visitor.key(),
            every: self.stream_check,
        });
        // Beyond HTTP/2 nobody switches protocols.
        let handshake = upgrade::is_handshake(parts) && upstream.protocol() == UpstreamProtocol::Http1;
        // To a client of HTTP/1.1 trailers are a matter of the hop, and are dropped.
        let trailers = parts.version == Version::HTTP_2 && forward::takes_trailers(&parts.headers);
        let upload = forward::upload(incoming, parts, limits, route)?;
        forward::prepare(&mut parts.headers, &permitted, upstream, &passage)?;
        let client_side = handshake.then(|| {
            upgrade::ask(&mut parts.headers);
            parts.extensions.remove::<hyper::upgrade::OnUpgrade>()
        });
        let request = forward::outgoing(parts, upload, passage.target, upstream)?;
        let answer = upstream.send(request, limits, route).await?;
        let status = answer.response.status();
        story.line.upstream_status = Some(status);
        if let (Some(Some(client_side)), http::StatusCode::SWITCHING_PROTOCOLS) = (client_side, status) {
            let joined = upgrade::join(client_side, answer, connection, watch, &self.metrics);
            return joined.map(|answer| answer.map(Source::Own));
        }
        let Answer { mut response, back } = answer;
        forward::received(&mut response)?;
        forward::change(response.headers_mut(), &route.response_headers);
        let (mut head, body) = response.into_parts();
        head.extensions = http::Extensions::new();
        let body = Download::new(body, back, limits.body_idle_timeout, watch, trailers);
        Ok(Response::from_parts(head, Source::Passed(body)))
    }

    fn refuse(&self, cause: Cause, story: &mut Story) -> Response<Body> {
        story.line.refusal = Some(refuse::reason(cause));
        if let Some((routed, visitor)) = story.denied.take()
            && !refuse::leads_on(cause, story.navigation)
        {
            self.refuser.denied(&Denial {
                route: &routed.route.name,
                cause: refuse::reason(cause),
                session: visitor.session(),
                client: story.client.0,
                request_id: story.request_id,
            });
        }
        let context = PageContext {
            request_id: story.request_id,
            method: &story.line.method,
            target: if story.target.is_empty() { "/" } else { &story.target },
            profession: story.profession.as_deref(),
        };
        self.refuser.answer(&Refused { cause, navigation: story.navigation, origin: story.origin.as_deref(), context })
    }
}
