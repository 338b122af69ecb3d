//! Settings of a small gateway on `portail.test`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use guichet::config::settings::{
    Access, ActivationSettings, AssertionHeader, AssertionSettings, Brand, CodeSettings, Cors, EmailSettings, Limits,
    Listener, LogSettings, Methods, PasswordProfile, PasswordSettings, Policy, PublicUrl, RememberMe, ResponseHeaders,
    Route, SessionSettings, Settings, SigningAlgorithm, SmsSettings, ThrottleSettings, Upstream,
};

/// A route of any host for activated people.
pub(crate) fn route(name: &str, path: &str, upstream: SocketAddr) -> Route {
    Route {
        name: name.to_owned(),
        host: None,
        path: path.to_owned(),
        methods: Methods::ALL,
        upstream: Some(Upstream::at(upstream.ip().to_string(), upstream.port())),
        policy: Policy::default(),
        maintenance: None,
        audience: "https://portail.test".to_owned(),
        assertion_header: AssertionHeader::Named("x-guichet-assertion".to_owned()),
        strip_prefix: false,
        rewrite_host: false,
        service_worker: false,
        body_bytes: None,
        response_timeout: None,
        response_headers: ResponseHeaders::default(),
        plain_headers: BTreeMap::new(),
        provider_token_header: None,
        cors: Cors::Off,
    }
}

/// The same for another access.
pub(crate) fn route_for(name: &str, path: &str, upstream: SocketAddr, access: Access) -> Route {
    let route = route(name, path, upstream);
    Route { policy: Policy { access, identity_providers: BTreeSet::new(), ..route.policy }, ..route }
}

/// A listener in the clear on a free port of loopback.
pub(crate) fn clear() -> Listener {
    Listener::plain(SocketAddr::from(([127, 0, 0, 1], 0)))
}

pub(crate) fn settings(routes: Vec<Route>) -> Settings {
    let text = String::new;
    Settings {
        public_url: PublicUrl {
            origin: "https://portail.test".to_owned(),
            authority: "portail.test".to_owned(),
            host: "portail.test".to_owned(),
        },
        home_url: None,
        development: false,
        listeners: Vec::new(),
        hsts: Some("max-age=63072000".to_owned()),
        state_dir: "state".into(),
        trusted_proxies: Vec::new(),
        limits: Limits {
            head_bytes: 16_384,
            headers: 100,
            body_bytes: Some(1_000),
            head_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            response_timeout: Duration::from_secs(5),
            body_idle_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(5),
            connections: 100,
            connections_per_address: 100,
            http2_streams: 100,
            drain_timeout: Duration::from_millis(200),
        },
        routes,
        assertion: AssertionSettings {
            algorithm: SigningAlgorithm::Es256,
            lifetime: Duration::from_secs(60),
            reuse: Duration::from_secs(30),
            max_bytes: 8_192,
        },
        session: SessionSettings {
            idle: Duration::from_secs(1_800),
            absolute: Duration::from_secs(14_400),
            remember_me: RememberMe::Off,
            new_device_mail: false,
        },
        password: PasswordSettings {
            profile: PasswordProfile::Guide,
            memory_kib: 8,
            passes: 1,
            lanes: 1,
            workers: 1,
            queue: 1,
            failure_floor: Duration::ZERO,
            allow_unsalted: false,
        },
        codes: CodeSettings {
            lifetime: Duration::from_secs(600),
            tries: 5,
            resend_wait: Duration::from_secs(60),
            sms_per_number_hour: 3,
            per_account_day: 10,
            sms_per_hour: 200,
            email_per_address_hour: 6,
        },
        throttle: ThrottleSettings {
            free_failures: 5,
            failures_per_day: 25,
            failures_per_network_hour: 100,
            sends_per_network_hour: 200,
            global_alarm_per_minute: 1_000,
        },
        activation: ActivationSettings {
            professions: Vec::new(),
            reminder_days: 30,
            dial_codes: Vec::new(),
            check_rpps_key: true,
        },
        brand: Brand {
            name: text(),
            sms_name: text(),
            portal: text(),
            legacy: text(),
            tagline: text(),
            help_phone: text(),
            help_cost: text(),
            help_hours: text(),
            help_email: text(),
            help_url: None,
            terms_url: "https://portail.test/cgu".parse().unwrap(),
            terms_version: "1".to_owned(),
            terms_date: text(),
            legal_url: None,
            accessibility_url: None,
            logo: None,
            colours: BTreeMap::new(),
            templates: None,
        },
        email: EmailSettings::Outbox { from: text() },
        sms: SmsSettings::Off,
        identity_providers: BTreeMap::new(),
        sealing_keys: Vec::new(),
        forward_auth: None,
        admin_listen: None,
        log: LogSettings { json: true, level: "off".to_owned(), access: true },
    }
}
