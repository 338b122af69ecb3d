//! A gateway started in process on a port of the system's choice.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guichet::clock::{Clock as _, SystemClock};
use guichet::config::settings::{Access, Route, Settings, SigningAlgorithm};
use guichet::entropy::SystemEntropy;
use guichet::gateway::listen::socket::Inherited;
use guichet::gateway::tls::Tls;
use guichet::gateway::workers::Workers;
use guichet::gateway::{Body, Denial, Gateway, GatewayParts, Listener, PageContext, PageKind, Pages, body, serve};
use guichet::identity::AccountId;
use guichet::keys::{HeldKey, KeyRecord, KeyRing, Purpose, SigningKey};
use guichet::observe::{ClientAddr, Metrics, RequestId};
use guichet::session::facts::ProfessionClaim;
use guichet::session::{
    Claims, EmbeddedStore, EndCause, Facts, NewSession, SessionToken, Sessions, SessionsParts, Standing, Visit,
};
use http::{Request, Response};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;

use super::doubt::Doubt;
use super::facts::MemoryFacts;
use super::settings::{clear, route_for, settings};
use super::upstream::Upstream;

/// A running gateway.
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    /// The addresses of all TCP listeners, in the order of the settings.
    pub(crate) addresses: Vec<SocketAddr>,
    /// TLS of the listeners that speak it.
    pub(crate) tls: Vec<Arc<Tls>>,
    pub(crate) sessions: Sessions,
    pub(crate) store: Arc<Doubt>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) gateway: Gateway,
    pub(crate) key: serde_json::Value,
    facts: Arc<MemoryFacts>,
    people: AtomicU64,
    stop: CancellationToken,
    served: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
    _state: tempfile::TempDir,
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Someone with a session.
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) token: SessionToken,
}

impl Person {
    /// The header line of their session cookie.
    pub(crate) fn cookie(&self) -> String {
        format!("Cookie: __Host-guichet={}\r\n", self.token.expose())
    }
}

#[derive(Debug)]
struct PlainPages;

impl Pages for PlainPages {
    fn page(&self, kind: PageKind, context: &PageContext<'_>) -> Response<Body> {
        Response::new(body::full(format!("<h1>{kind:?}</h1> {}", context.request_id)))
    }

    fn denied(&self, _: &Denial<'_>) {}
}

/// Our own pages: they tell what they were given.
async fn own_page(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let extensions = request.extensions();
    let visit = match extensions.get::<Visit>().unwrap() {
        Visit::Anonymous => "anonymous",
        Visit::Malformed => "malformed",
        Visit::Known { .. } => "known",
        Visit::Away => "away",
    };
    let client = extensions.get::<ClientAddr>().unwrap().0;
    let id = extensions.get::<RequestId>().unwrap();
    let names: Vec<&str> = request.headers().keys().map(|name| name.as_str()).collect();
    let text = format!("own {} {} {client} {visit} {id} {}", request.method(), request.uri(), names.join(","));
    Ok(Response::new(body::full(text)))
}

impl Gate {
    /// One upstream: `/` for activated people, `/signed` for signed-in ones, `/public` for anyone.
    pub(crate) async fn before(upstream: &Upstream) -> Self {
        Self::with(settings(Self::routes(upstream))).await
    }

    pub(crate) fn routes(upstream: &Upstream) -> Vec<Route> {
        vec![
            route_for("portal", "/", upstream.address, Access::Activated),
            route_for("signed", "/signed", upstream.address, Access::SignedIn),
            route_for("public", "/public", upstream.address, Access::Public),
        ]
    }

    /// On the listeners of the settings; without any, on one in the clear.
    pub(crate) async fn with(mut settings: Settings) -> Self {
        if settings.listeners.is_empty() {
            settings.listeners = vec![clear()];
        }
        let mut listeners = Vec::new();
        for listener in &settings.listeners {
            listeners.extend(Listener::bind(listener, &mut Inherited::none()).await.unwrap());
        }
        let asked = settings.forward_auth.as_ref().map(|asked| asked.listen.clone());
        let state = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&state.path().join("state.db")).await.unwrap();
        let (store, facts) = (Arc::new(Doubt::of(Arc::new(store))), Arc::new(MemoryFacts::default()));
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let sessions = Sessions::new(SessionsParts {
            keeper: None,
            store: store.clone(),
            facts: facts.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings: settings.session.clone(),
        });
        let now = clock.now();
        let (key, _) = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let public = key.public().clone();
        let record = KeyRecord {
            id: public.kid.clone(),
            purpose: Purpose::Assertion,
            algorithm: SigningAlgorithm::Es256,
            created_at: now,
            signs_from: now,
            retired_at: None,
        };
        let held = HeldKey { record, public: public.clone(), key: Some(Arc::new(key)) };
        let keys = Arc::new(KeyRing::new(vec![held], jiff::SignedDuration::from_mins(1), now));
        let metrics = Arc::new(Metrics::default());
        let gateway = Gateway::new(GatewayParts {
            settings: Arc::new(settings),
            sessions: sessions.clone(),
            keys,
            own_pages: BoxCloneSyncService::new(tower::service_fn(own_page)),
            pages: Arc::new(PlainPages),
            clock,
            entropy,
            metrics: metrics.clone(),
            workers: Arc::new(Workers::start().unwrap()),
            office: tokio::runtime::Handle::current(),
            stream_check: std::time::Duration::from_millis(50),
        })
        .unwrap();
        let addresses: Vec<SocketAddr> = listeners.iter().filter_map(Listener::local_addr).collect();
        let address = addresses.first().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let tls = listeners.iter().filter_map(|listener| listener.tls().cloned()).collect();
        let stop = CancellationToken::new();
        if let Some(asked) = asked {
            let asked = Listener::of_questions(&asked).await.unwrap();
            tokio::spawn(serve(asked, gateway.clone(), stop.clone().cancelled_owned()));
        }
        let all: Vec<_> = listeners
            .into_iter()
            .map(|listener| serve(listener, gateway.clone(), stop.clone().cancelled_owned()))
            .collect();
        let served = tokio::spawn(async move {
            futures_util::future::join_all(all).await;
        });
        let served = tokio::sync::Mutex::new(Some(served));
        let key = serde_json::to_value(public).unwrap();
        let people = AtomicU64::new(1);
        Self {
            address,
            addresses,
            tls,
            sessions,
            store,
            metrics,
            gateway,
            key,
            facts,
            people,
            stop,
            served,
            _state: state,
        }
    }

    pub(crate) async fn activated(&self) -> Person {
        self.person(|_| ()).await
    }

    pub(crate) async fn activating(&self) -> Person {
        self.person(|facts| facts.standing = Standing::Activating).await
    }

    /// Someone new, whose facts differ by `change`.
    pub(crate) async fn person(&self, change: impl FnOnce(&mut Facts)) -> Person {
        let number = self.people.fetch_add(1, Ordering::SeqCst);
        let account: AccountId = format!("00000000-0000-7000-8000-{number:012}").parse().unwrap();
        let mut facts = Facts {
            account_version: 1,
            epoch: 0,
            spared: None,
            standing: Standing::Active,
            terms_current: true,
            email_verified: true,
            phone_verified: false,
            professions: vec!["60".to_owned()],
            identity_providers: Vec::new(),
            claims: Claims {
                name: Some("Zoë Martin".to_owned()),
                email: Some("zoe@exemple.fr".to_owned()),
                legacy_id: Some("750000001".to_owned()),
                professions: vec![ProfessionClaim {
                    code: "60".to_owned(),
                    system: "1.2.250.1.71.1.2.7".to_owned(),
                    label: "Infirmier".to_owned(),
                }],
                ..Claims::default()
            },
        };
        change(&mut facts);
        self.facts.0.lock().unwrap().insert(account, facts);
        let new = NewSession {
            account,
            epoch: 0,
            auth_time: SystemClock.now(),
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            acr: "urn:guichet:acr:email".to_owned(),
            identity_provider: "local".to_owned(),
            granted: false,
            ends_by: None,
            opened_from: None,
            device: String::new(),
            notice: None,
            return_to: None,
            lasting: false,
        };
        let (token, _) = self.sessions.open(new).await.unwrap();
        Person { account, token }
    }

    /// The directory changes what it knows of someone, and says so.
    pub(crate) fn learns(&self, person: &Person, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts.0.lock().unwrap();
        let known = facts.get_mut(&person.account).unwrap();
        known.account_version += 1;
        change(known);
        drop(facts);
        self.sessions.forget_account(person.account);
    }

    /// Asks the listener to stop.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until it has.
    pub(crate) async fn stopped(&self) {
        let served = self.served.lock().await.take().unwrap();
        tokio::time::timeout(std::time::Duration::from_secs(10), served).await.unwrap().unwrap();
    }

    pub(crate) async fn end(&self, person: &Person) {
        self.sessions.end(person.token.key(), EndCause::Revoked).await.unwrap();
    }

    /// Verifies an assertion with the published key and nothing else.
    pub(crate) fn verify(&self, token: &str) -> BTreeMap<String, serde_json::Value> {
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(self.key.clone()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        validation.set_audience(&["https://portail.test"]);
        validation.set_issuer(&["https://portail.test"]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
        jsonwebtoken::decode(token, &key, &validation).unwrap().claims
    }
}
