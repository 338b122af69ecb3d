//! The checked settings: what every room is given. Plain values, no serde, no doubt left.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::Secret;

/// Everything the gateway was told, checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://host[:port]` people see; `http://localhost…` only in development.
    pub public_url: PublicUrl,
    /// Development: `http` on loopback, a banner on every page.
    pub development: bool,
    /// Public listeners (cleartext for now).
    pub listen: Vec<SocketAddr>,
    /// Where `directory.db` and `state.db` live.
    pub state_dir: PathBuf,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Bounds on what a client may send, and for how long.
    pub limits: Limits,
    /// Where requests go, most specific first.
    pub routes: Vec<Route>,
    /// Assertions put on forwarded requests.
    pub assertion: AssertionSettings,
    /// Sessions and what "Se souvenir de moi" does.
    pub session: SessionSettings,
    /// Password rules and hashing.
    pub password: PasswordSettings,
    /// One-time codes.
    pub codes: CodeSettings,
    /// Guessing budgets.
    pub throttle: ThrottleSettings,
    /// The activation journeys.
    pub activation: ActivationSettings,
    /// Names, colours, telephone numbers of the portal.
    pub brand: Brand,
    /// How e-mails leave.
    pub email: EmailSettings,
    /// How SMS leave.
    pub sms: SmsSettings,
    /// Identity providers by name (`psc`).
    pub identity_providers: BTreeMap<String, IdentityProvider>,
    /// Keys that seal secrets at rest; the first seals, all open.
    pub sealing_keys: Vec<SealingKey>,
    /// Health and metrics listener.
    pub admin_listen: Option<SocketAddr>,
    /// Log lines.
    pub log: LogSettings,
}

/// The gateway's public address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    /// `https://portail.example` or with a port; no path, no trailing slash.
    pub origin: String,
    /// Host with its port when not the default one, as a browser sends it in `Host`.
    pub authority: String,
    /// Host alone.
    pub host: String,
}

impl PublicUrl {
    /// An address under the public origin; `path` starts with `/`.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// Bounds on requests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest request head (bytes).
    pub head_bytes: usize,
    /// Most header lines.
    pub headers: usize,
    /// Largest forwarded body (bytes); `None` is unlimited.
    pub body_bytes: Option<u64>,
    /// Time to receive a request head; also the idle limit of a connection.
    pub head_timeout: Duration,
    /// Time to reach an upstream.
    pub connect_timeout: Duration,
    /// Time until an upstream's response head.
    pub response_timeout: Duration,
    /// Longest silence inside a body, either way.
    pub body_idle_timeout: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Time given to requests under way when stopping.
    pub drain_timeout: Duration,
}

/// Host + path prefix → upstream, with a policy.
#[derive(Debug, Clone)]
pub struct Route {
    /// Name in logs and metrics.
    pub name: String,
    /// Exact host, lower case, without port; `None` serves every configured host.
    pub host: Option<String>,
    /// Path prefix, `/`-started; matches whole segments.
    pub path: String,
    /// `http://host:port` of the upstream.
    pub upstream: Upstream,
    /// Who may pass.
    pub policy: Policy,
    /// Audience (`aud`) of assertions for this route: a URI.
    pub audience: String,
    /// Where the assertion goes.
    pub assertion_header: AssertionHeader,
    /// Send the upstream's own host instead of the one the client named.
    pub rewrite_host: bool,
    /// Let the upstream register a service worker (decisions 22).
    pub service_worker: bool,
    /// Overrides `limits.body_bytes` for this route.
    pub body_bytes: Option<u64>,
    /// Overrides `limits.response_timeout` for this route.
    pub response_timeout: Option<Duration>,
    /// Opt-in plain headers: name → claim.
    pub plain_headers: BTreeMap<String, PlainClaim>,
}

/// An upstream address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// Who may pass a route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// The standing asked for.
    pub access: Access,
    /// Accepted identity providers; empty accepts all.
    pub identity_providers: BTreeSet<String>,
    /// Accepted profession codes; empty accepts all.
    pub professions: BTreeSet<String>,
    /// A verified e-mail is needed.
    pub verified_email: bool,
    /// A verified phone is needed.
    pub verified_phone: bool,
}

/// The standing a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Access {
    /// Anyone; a signed-in and activated person's assertion is added.
    Public,
    /// Every factor given.
    SignedIn,
    /// Signed in, and every activation step done or skipped.
    #[default]
    Activated,
}

/// The header an assertion travels in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssertionHeader {
    /// A header of its own, `X-Guichet-Assertion` by default (lower case).
    Named(String),
    /// `Authorization: Bearer …`.
    Bearer,
}

/// A claim that may be copied into a plain header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainClaim {
    /// Account id.
    Subject,
    /// Verified e-mail.
    Email,
    /// Display name.
    Name,
    /// Proven or imported RPPS.
    Rpps,
    /// Legacy identifier.
    LegacyId,
}

/// Assertions.
#[derive(Debug, Clone)]
pub struct AssertionSettings {
    /// Signing algorithm.
    pub algorithm: SigningAlgorithm,
    /// Life (60 s).
    pub lifetime: Duration,
    /// An assertion is used again for this long (30 s).
    pub reuse: Duration,
    /// Largest header value (bytes) an upstream takes; checked at load.
    pub max_bytes: usize,
}

/// Algorithms for our own signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// ECDSA on P-256, the default.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// Sessions.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// Silence after which a session ends (30 min).
    pub idle: Duration,
    /// Longest session (4 h).
    pub absolute: Duration,
    /// What the box on the sign-in page does.
    pub remember_me: RememberMe,
    /// Tell the person by e-mail of a sign-in from a browser never seen.
    pub new_device_mail: bool,
}

/// Decision 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RememberMe {
    /// Pre-fills the identifier for 90 days.
    Identifier,
    /// The session cookie survives closing the browser.
    Session,
    /// No box.
    Off,
}

/// Passwords.
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    /// Which rules.
    pub profile: PasswordProfile,
    /// Argon2id memory (KiB).
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
    /// Argon2id lanes.
    pub lanes: u32,
    /// Hashes computed at once.
    pub workers: usize,
    /// Hashes waiting before the rest is refused with 503.
    pub queue: usize,
    /// Floor of a failed answer (decision 38).
    pub failure_floor: Duration,
    /// Import accepts unsalted MD5 and SHA-1 hashes.
    pub allow_unsalted: bool,
}

/// Password rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProfile {
    /// The guide's four criteria.
    Guide,
    /// 15 characters, no composition.
    Nist,
}

/// One-time codes.
#[derive(Debug, Clone)]
pub struct CodeSettings {
    /// Life (10 min).
    pub lifetime: Duration,
    /// Tries (5).
    pub tries: u32,
    /// Wait before another may be sent (60 s).
    pub resend_wait: Duration,
    /// SMS per number and hour (3).
    pub sms_per_number_hour: u32,
    /// Codes per account and day (10).
    pub per_account_day: u32,
    /// SMS of the whole house per hour (200).
    pub sms_per_hour: u32,
    /// E-mails per address and hour (6).
    pub email_per_address_hour: u32,
}

/// Guessing budgets (decision 36).
#[derive(Debug, Clone)]
pub struct ThrottleSettings {
    /// Failures before the first wait (5).
    pub free_failures: u32,
    /// Failures per account and day (25).
    pub failures_per_day: u32,
    /// Failures per /24 or /64 and hour (100).
    pub failures_per_network_hour: u32,
    /// Failures of everyone per minute that raise an alarm (1 000).
    pub global_alarm_per_minute: u32,
}

/// Activation.
#[derive(Debug, Clone)]
pub struct ActivationSettings {
    /// Professions offered: code → label, in the order shown.
    pub professions: Vec<ProfessionChoice>,
    /// Days before a skipped step is offered again (30).
    pub reminder_days: u32,
    /// More dialling codes than the French ones: code (`+32`) → label.
    pub dial_codes: Vec<(String, String)>,
    /// Refuses RPPS whose Luhn key is wrong (relaxed for sandboxes).
    pub check_rpps_key: bool,
}

/// One profession of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfessionChoice {
    /// TRE_G15 code (`60`).
    pub code: String,
    /// Label (`Infirmier`).
    pub label: String,
    /// RPPS may be left empty.
    pub rpps_optional: bool,
    /// SIRET may be left empty.
    pub siret_optional: bool,
    /// CPAM number may be left empty.
    pub cpam_optional: bool,
    /// FINESS may be left empty.
    pub finess_optional: bool,
}

/// The portal's name, colours and help line.
#[derive(Debug, Clone)]
pub struct Brand {
    /// "RPLUS SANTÉ".
    pub name: String,
    /// ≤ 20 GSM-7 characters.
    pub sms_name: String,
    /// "portail".
    pub portal: String,
    /// Name of the former system ("Résoflux").
    pub legacy: String,
    /// Line under the help heading.
    pub tagline: String,
    /// Help line.
    pub help_phone: String,
    /// What a call costs.
    pub help_cost: String,
    /// Opening hours.
    pub help_hours: String,
    /// Help e-mail.
    pub help_email: String,
    /// Contact page; absent: `mailto:`.
    pub help_url: Option<Url>,
    /// Terms of use.
    pub terms_url: Url,
    /// Version accepted today; a change asks everyone again.
    pub terms_version: String,
    /// Date of that version, as shown ("1er septembre 2026").
    pub terms_date: String,
    /// Legal notice.
    pub legal_url: Option<Url>,
    /// Accessibility statement.
    pub accessibility_url: Option<Url>,
    /// Logo file (SVG or PNG), served by us.
    pub logo: Option<PathBuf>,
    /// Colours: token name (`brand`, `ink`…) → `#rrggbb`.
    pub colours: BTreeMap<String, String>,
    /// Folder whose templates replace ours.
    pub templates: Option<PathBuf>,
}

/// How e-mails leave.
#[derive(Debug, Clone)]
pub enum EmailSettings {
    /// Through a mail relay.
    Smtp(SmtpSettings),
    /// Kept for the demo's outbox page.
    Outbox {
        /// Sender shown.
        from: String,
    },
}

/// A mail relay.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// TLS from the first byte, or STARTTLS required, or none (loopback only).
    pub security: SmtpSecurity,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
    /// Sender address.
    pub from: String,
    /// Deadline of a send (5 s).
    pub timeout: Duration,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// TLS of a mail relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// `smtps`.
    Tls,
    /// STARTTLS, required.
    StartTls,
    /// Cleartext, loopback only.
    None,
}

/// How SMS leave.
#[derive(Debug, Clone)]
pub enum SmsSettings {
    /// By a configured HTTP call.
    Http(SmsHttpSettings),
    /// Kept for the demo's outbox page.
    Outbox,
    /// No SMS: phone steps are not offered.
    Off,
}

/// An HTTP call that sends an SMS.
#[derive(Debug, Clone)]
pub struct SmsHttpSettings {
    /// Address (https, or http on loopback).
    pub url: Url,
    /// Headers; values may hold `{secret}`.
    pub headers: Vec<(String, String)>,
    /// Body with `{to}`, `{text}`, `{id}`, `{secret}`.
    pub body: String,
    /// What the body is, which decides how placeholders are escaped.
    pub format: SmsBody,
    /// The secret.
    pub secret: Option<Secret>,
    /// Deadline (5 s).
    pub timeout: Duration,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// Form of an SMS call's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsBody {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// An identity provider we rely on.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its name in the file (`psc`), also in `identity_provider` claims and the callback path.
    pub name: String,
    /// Issuer, compared byte for byte.
    pub issuer: String,
    /// Discovery document.
    pub discovery_url: Url,
    /// Our client id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Secret,
    /// How the secret travels.
    pub client_auth: ClientAuth,
    /// Scopes asked.
    pub scopes: Vec<String>,
    /// `acr_values` asked.
    pub acr_values: Vec<String>,
    /// Lowest accepted `acr`, by rank of `acr_ranks`.
    pub acr_minimum: String,
    /// Levels from lowest to highest.
    pub acr_ranks: Vec<String>,
    /// What an unknown person's first sign-in does.
    pub first_sign_in: FirstSignIn,
    /// Professions admitted (codes); empty admits all.
    pub professions: BTreeSet<String>,
    /// Official picture of the button.
    pub button_image: Option<PathBuf>,
    /// "En savoir plus".
    pub about_url: Option<Url>,
    /// The provider's own terms.
    pub terms_url: Option<Url>,
    /// Time to connect (3 s).
    pub connect_timeout: Duration,
    /// Time of a whole call (5 s).
    pub timeout: Duration,
    /// Accepted ID-token algorithms (`RS256`); HS* is never accepted.
    pub algorithms: Vec<String>,
    /// A root certificate of one's own (PEM file).
    pub ca_file: Option<PathBuf>,
}

/// How our secret travels to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// Decision 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstSignIn {
    /// An account is made.
    Create,
    /// Only linked accounts, or those that link now.
    KnownOnly,
}

/// A sealing key: 32 bytes and the id written beside what it sealed.
#[derive(Clone)]
pub struct SealingKey {
    /// First eight hexadecimal digits of the key's SHA-256.
    pub id: String,
    /// The key.
    pub key: std::sync::Arc<secrecy::SecretBox<[u8; 32]>>,
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Log lines.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// JSON lines, or text for a person.
    pub json: bool,
    /// Filter (`info`, `guichet=debug`).
    pub level: String,
    /// One line per forwarded request.
    pub access: bool,
}
