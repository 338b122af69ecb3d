//! The whole site in one process: gateway, pages, stores and simulator on free ports, with a clock moved by hand.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guichet::account::Account;
use guichet::app::directory_facts::DirectoryFacts;
use guichet::app::help_desk::HelpDesk;
use guichet::app::import::Importer;
use guichet::app::{App, Doors};
use guichet::clock::{Clock, SharedClock, Timestamp};
use guichet::config;
use guichet::config::settings::{IdentityProvider, Profile, Settings, Upstream as ConfiguredUpstream};
use guichet::demo::accounts::{demo_accounts, legacy_csv};
use guichet::demo::simulator::{SimulatorConfig, SimulatorKey, simulator};
use guichet::entropy::{SharedEntropy, SystemEntropy};
use guichet::login::{Grants, Login};
use guichet::notify::Outbox;
use guichet::notify::outbox::OutboxMessage;
use guichet::observe::AuditEvent;
use guichet::pages::{Pages, Views};
use guichet::session::{Sessions, SessionsParts, Store};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::doubt::Doubt;
use super::person::{Page, Person};
use super::serve::{listener, serve};
use super::upstream::Upstream;

/// A password that no test's person made before.
pub(crate) const NEW_PASSWORD: &str = "Grenouille-Verte47";

/// What people call the second provider of [`Site::with_hospital`].
pub(crate) const HOSPITAL: &str = "Hôpital d'à côté";

/// A clock moved by hand.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(crate) fn forward(&self, duration: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += duration;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A running site.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) store: Arc<Doubt>,
    pub(crate) upstream: Upstream,
    pub(crate) port: u16,
    stop: CancellationToken,
    _state: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Somebody who walked the activation.
pub(crate) struct Activated {
    pub(crate) person: Person,
    pub(crate) legacy_id: String,
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A site with other settings.
    pub(crate) async fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(Mutex::new("2026-11-23T08:00:00Z".parse().unwrap())));
        let entropy: SharedEntropy = Arc::new(SystemEntropy);
        let upstream = Upstream::start().await;
        let (gateway, gateway_address) = listener().await;
        let (psc, psc_address) = listener().await;
        let settings = settings(&state, gateway_address, psc_address, upstream.address, adjust);
        serve(psc, simulator(simulator_config(&settings, "psc", psc_address), clock.clone(), Arc::clone(&entropy)));
        let outbox = Outbox::in_memory();
        let doors = Doors { clock: clock.clone(), entropy, outbox: Some(Arc::clone(&outbox)) };
        let (app, store) = doubted(App::build(settings, doors).await.unwrap());
        import(&app).await;
        let stop = CancellationToken::new();
        tokio::spawn(Arc::clone(&app).run(vec![gateway.into()], None, None, stop.clone().cancelled_owned()));
        Self { app, outbox, clock, store, upstream, port: gateway_address.port(), stop, _state: state }
    }

    /// A site with a second provider, "hopital": a simulator of its own, of which nothing but the standard claims is believed, so that
    /// people are known there by their `sub`. Its unknown people get an account.
    pub(crate) async fn with_hospital(adjust: impl FnOnce(&mut Settings)) -> Self {
        let (hospital, address) = listener().await;
        let mut config = None;
        let site = Self::with(|settings| {
            let issuer = format!("http://localhost:{}/auth/realms/esante-wallet", address.port());
            let provider = IdentityProvider {
                name: "hopital".to_owned(),
                label: HOSPITAL.to_owned(),
                profile: Profile::Oidc { national_identifier_claim: None },
                discovery_url: format!("{issuer}/.well-known/wallet-openid-configuration").parse().unwrap(),
                issuer,
                ..settings.identity_providers["psc"].clone()
            };
            settings.identity_providers.insert("hopital".to_owned(), provider);
            config = Some(simulator_config(settings, "hopital", address));
            adjust(settings);
        })
        .await;
        serve(hospital, simulator(config.unwrap(), site.clock.clone(), Arc::new(SystemEntropy)));
        site
    }

    /// A site whose portal has these hosts too, with every route of the first.
    pub(crate) async fn with_hosts(hosts: &'static [&'static str]) -> Self {
        Self::with(|settings| {
            let mut route = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
            for host in hosts {
                route.name = (*host).to_owned();
                route.host = Some((*host).into());
                settings.routes.push(route.clone());
            }
        })
        .await
    }

    /// Another gateway of the same site, with a memory of its own: the port it listens on.
    pub(crate) async fn twin(&self) -> (Arc<App>, u16) {
        let (listener, address) = listener().await;
        let doors = self.app.doors.clone();
        let twin = App::over(Settings::clone(&self.app.settings), doors, self.app.stores.clone()).await.unwrap();
        let twin = Arc::new(twin);
        let stop = self.stop.clone().cancelled_owned();
        tokio::spawn(Arc::clone(&twin).run(vec![listener.into()], None, None, stop));
        (twin, address.port())
    }

    /// An address of another host.
    pub(crate) fn on(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Somebody whose browser was never here.
    pub(crate) fn person(&self) -> Person {
        Person::new(self.port)
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.clock.forward(SignedDuration::from_secs(seconds));
    }

    /// The former system's password of an imported account.
    pub(crate) fn legacy_password(legacy_id: &str) -> &'static str {
        demo_accounts().iter().find(|account| account.legacy_id == legacy_id).unwrap().password
    }

    /// Identifier and password, typed into the sign-in page.
    pub(crate) async fn type_password(person: &mut Person, identifier: &str, password: &str) -> Page {
        let page = person.get("/_guichet/connexion").await;
        let answers = [("identifier", identifier), ("password", password)];
        person.submit(&page, "/_guichet/connexion", &answers).await
    }

    /// An imported account signed in for the first time, on the information page.
    pub(crate) async fn imported(&self, legacy_id: &str) -> Person {
        let mut person = self.person();
        let page = Self::type_password(&mut person, legacy_id, Self::legacy_password(legacy_id)).await;
        let page = person.follow(page).await;
        assert_eq!(page.url.path(), "/_guichet/activation/information", "{}", page.gist());
        person
    }

    /// Walks from the information page to the code of the e-mail.
    pub(crate) async fn to_email(&self, person: &mut Person, answers: &[(&str, &str)]) -> Page {
        let page = person.open("/_guichet/activation/information").await;
        let page = person.submit(&page, "/_guichet/activation/information", &[]).await;
        let page = person.follow(page).await;
        let mut all = vec![("terms", "oui")];
        all.extend_from_slice(answers);
        let page = person.submit(&page, "/_guichet/activation/coordonnees", &all).await;
        person.follow(page).await
    }

    /// Walks from the information page to the password.
    pub(crate) async fn to_password(&self, person: &mut Person, email: &str) -> Page {
        let page = self.to_email(person, &[]).await;
        let code = self.code(email).await;
        let page = person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
        person.follow(page).await
    }

    /// Everything from the first sign-in to the end.
    pub(crate) async fn activated(&self) -> Activated {
        self.activated_as("751234567", "lucas.moreau@example.com", "+33612345601").await
    }

    pub(crate) async fn activated_as(&self, legacy_id: &str, email: &str, phone: &str) -> Activated {
        let mut person = self.imported(legacy_id).await;
        let page = self.to_password(&mut person, email).await;
        let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
        let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
        let page = person.follow(page).await;
        let code = self.code(phone).await;
        let page = person.submit(&page, "/_guichet/activation/telephone", &[("code", &code)]).await;
        let page = person.follow(page).await;
        let page = person.submit(&page, "/_guichet/activation/structure", &[]).await;
        let page = person.follow(page).await;
        assert_eq!(page.url.path(), "/_guichet/activation/terminee", "{}", page.gist());
        Activated {
            person,
            legacy_id: legacy_id.to_owned(),
            email: email.to_owned(),
            password: NEW_PASSWORD.to_owned(),
        }
    }

    /// An activated person's password, in this browser, up to the page that asks for the code.
    pub(crate) async fn to_code(&self, person: &mut Person, identifier: &str, password: &str) -> Page {
        self.to_code_by(person, identifier, password, "email").await
    }

    pub(crate) async fn to_code_by(
        &self,
        person: &mut Person,
        identifier: &str,
        password: &str,
        channel: &str,
    ) -> Page {
        let page = Self::type_password(person, identifier, password).await;
        let mut page = person.follow(page).await;
        if page.url.path() == "/_guichet/connexion/facteur" {
            let sent = person.submit(&page, "/_guichet/connexion/facteur", &[("channel", channel)]).await;
            page = person.follow(sent).await;
        }
        page
    }

    /// A whole local sign-in of an activated person.
    pub(crate) async fn sign_in(&self, person: &mut Person, who: &Activated) -> Page {
        let page = self.to_code(person, &who.email, &who.password).await;
        let code = self.code(&who.email).await;
        let page = person.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        page
    }

    /// From the sign-in page through the simulator's pages and back: the answer of the callback.
    pub(crate) async fn psc(&self, person: &mut Person, key: &str) -> Page {
        let (callback, _) = self.psc_callback(person, key, "").await;
        person.get(&callback).await
    }

    /// The same up to the callback's address, which is not asked for yet; and the simulator's own form answers.
    pub(crate) async fn psc_callback(&self, person: &mut Person, key: &str, fault: &str) -> (String, Page) {
        let page = person.get("/_guichet/connexion").await;
        let page = person.submit(&page, "/_guichet/connexion/psc", &[]).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        let authorize = page.location().to_owned();
        self.at_psc(person, &authorize, key, fault).await
    }

    /// The simulator's pages.
    pub(crate) async fn at_psc(&self, person: &mut Person, authorize: &str, key: &str, fault: &str) -> (String, Page) {
        let page = person.get(authorize).await;
        if page.location().contains("/_guichet/callback/") {
            return (page.location().to_owned(), page);
        }
        let page = person.follow(page).await;
        let choose = format!("{}/ecps", page.url.path());
        let page = person.submit(&page, &choose, &[("professionnel", key), ("panne", fault)]).await;
        let page = person.follow(page).await;
        let shown = page.body.split_once("<strong>").and_then(|_| {
            let (_, rest) = page.body.split_once("Code à sélectionner\"><strong>")?;
            rest.split('<').next()
        });
        let shown = shown.unwrap_or_else(|| panic!("no code shown: {}", page.gist())).to_owned();
        let phone = format!("{}/telephone", page.url.path());
        let mut page = person.submit(&page, &phone, &[("code", &shown)]).await;
        for _ in 0..4 {
            if page.location().contains("/_guichet/callback/") {
                return (page.location().to_owned(), page);
            }
            let next = page.url.join(page.location()).unwrap();
            page = person.get(next.as_str()).await;
        }
        panic!("the simulator does not come back: {}", page.gist())
    }

    /// Messages to an address or number, newest first.
    pub(crate) fn messages(&self, to: &str) -> Vec<OutboxMessage> {
        let mut messages = self.outbox.messages();
        messages.retain(|message| message.to == to);
        messages
    }

    /// The newest code sent there; a queued one is waited for.
    pub(crate) async fn code(&self, to: &str) -> String {
        let newest = || self.messages(to).into_iter().find_map(|message| message.code);
        until(|| newest().is_some()).await;
        newest().unwrap()
    }

    /// Waits until queued messages have had their turn, then counts all messages.
    pub(crate) async fn sent(&self) -> usize {
        let mut count = self.outbox.messages().len();
        let mut quiet = 0;
        while quiet < 20 {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            let now = self.outbox.messages().len();
            quiet = if now == count { quiet + 1 } else { 0 };
            count = now;
        }
        count
    }

    pub(crate) async fn account(&self, legacy_id: &str) -> Account {
        self.app.login.directory.by_legacy_id(legacy_id).await.unwrap().unwrap()
    }

    /// Changes an account as the command line does: in the directory, past this process's caches.
    pub(crate) async fn edit(&self, legacy_id: &str, act: impl FnOnce(&mut Account)) {
        let mut account = self.account(legacy_id).await;
        act(&mut account);
        self.app.login.directory.save(&account, &[]).await.unwrap();
    }

    /// What the help desk does for somebody who locked themselves out.
    pub(crate) async fn unlock(&self, legacy_id: &str) {
        let login = &self.app.login;
        let (directory, store) = (Arc::clone(&login.directory), Arc::clone(&login.store));
        let desk = HelpDesk::new(directory, store, login.sealer.clone(), self.clock.clone(), "essais");
        desk.unlock(legacy_id).await.unwrap();
    }

    /// Audit facts of an account, as names.
    pub(crate) async fn facts(&self, legacy_id: &str) -> Vec<AuditEvent> {
        let account = self.account(legacy_id).await;
        self.app.login.directory.facts(account.id, 1_000).await.unwrap()
    }

    pub(crate) async fn count(&self, legacy_id: &str, fact: &str) -> usize {
        self.facts(legacy_id).await.iter().filter(|event| event.fact.as_str() == fact).count()
    }

    /// Takes the state store's writes, or everything, away.
    pub(crate) fn refuse_writes(&self, refuse: bool) {
        self.store.no_writes.store(refuse, Ordering::SeqCst);
    }

    pub(crate) fn refuse_everything(&self, refuse: bool) {
        self.store.no_reads.store(refuse, Ordering::SeqCst);
        self.refuse_writes(refuse);
    }

    /// Whether this session cookie reaches the portal: the status of a navigation to it.
    pub(crate) async fn portal(&self, session: &str) -> u16 {
        let mut person = self.person();
        person.set_cookie("__Host-guichet", session);
        person.get("/").await.status
    }
}

/// Waits until something is so; ten seconds at most.
pub(crate) async fn until(so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("what was waited for did not happen");
}

fn settings(
    state: &tempfile::TempDir,
    gateway: SocketAddr,
    psc: SocketAddr,
    upstream: SocketAddr,
    adjust: impl FnOnce(&mut Settings),
) -> Settings {
    // Only the gateway's port of the four is the demonstration's; the others are put in by hand.
    let mut settings = config::demo(gateway.port(), state.path().join("state")).unwrap().settings;
    config::ensure_sealing_keys(&mut settings, &SystemEntropy).unwrap();
    for route in &mut settings.routes {
        route.upstream = Some(ConfiguredUpstream::at("127.0.0.1", upstream.port()));
    }
    for provider in settings.identity_providers.values_mut() {
        provider.issuer = format!("http://localhost:{}/auth/realms/esante-wallet", psc.port());
        let discovery = format!("{}/.well-known/wallet-openid-configuration", provider.issuer);
        provider.discovery_url = discovery.parse().unwrap();
    }
    settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    settings.password.memory_kib = 8;
    settings.password.passes = 1;
    settings.password.lanes = 1;
    settings.password.queue = 200;
    settings.password.failure_floor = Duration::ZERO;
    adjust(&mut settings);
    settings
}

fn simulator_config(settings: &Settings, name: &str, address: SocketAddr) -> SimulatorConfig {
    let provider = &settings.identity_providers[name];
    SimulatorConfig {
        wallet_origin: format!("http://127.0.0.1:{}", address.port()),
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: provider.client_secret().expect("the demonstration has one").clone(),
        redirect_uris: vec![settings.public_url.at(&format!("/_guichet/callback/{name}"))],
        post_logout_redirect_uris: vec![settings.public_url.at("/_guichet/deconnexion")],
        backchannel_logout_uri: settings.public_url.at(&format!("/_guichet/backchannel-logout/{name}")).parse().ok(),
        key: SimulatorKey::generate().unwrap(),
    }
}

/// The same application over a store that can be made to refuse.
fn doubted(app: App) -> (Arc<App>, Arc<Doubt>) {
    let App { settings, login, pages, keys, stores, outgoing, doors } = app;
    drop(pages);
    let login = Arc::try_unwrap(login).expect("nothing runs yet");
    let store = Arc::new(Doubt::of(Arc::clone(&stores.state)));
    let shared: Arc<dyn Store> = store.clone();
    let facts = DirectoryFacts::new(Arc::clone(&login.directory), Arc::clone(&settings));
    let clock: SharedClock = doors.clock.clone();
    let grants = Grants::new(
        Arc::clone(&shared),
        Arc::clone(&login.providers),
        login.sealer.clone(),
        doors.clock.clone(),
        doors.entropy.clone(),
    );
    let grants = Arc::new(grants);
    let sessions = Sessions::new(SessionsParts {
        keeper: Some(grants.clone()),
        store: Arc::clone(&shared),
        facts: Arc::new(facts),
        clock,
        entropy: doors.entropy.clone(),
        settings: settings.session.clone(),
    });
    let login = Arc::new(Login { store: shared, sessions, grants, ..login });
    let views = Views::new(&settings).unwrap();
    let pages = Arc::new(Pages { login: Arc::clone(&login), views });
    (Arc::new(App { settings, login, pages, keys, stores, outgoing, doors }), store)
}

async fn import(app: &App) {
    let importer = Importer {
        directory: &*app.login.directory,
        hasher: &app.login.hasher,
        clock: &app.doors.clock,
        entropy: &app.doors.entropy,
        allow_unsalted: false,
        failure_floor: None,
    };
    importer.run(legacy_csv().as_bytes(), |note| panic!("{note:?}"), |_| {}).await.unwrap();
}
