//! From the file's types to [`Settings`]: every rule that one value, or two together, must obey.
//!
//! A check never stops at the first fault: it notes it and goes on with a stand-in that is never served.

mod activation;
mod brand;
mod ciba;
mod client_auth;
mod colours;
mod cors;
mod email;
mod files;
mod forward_auth;
mod header_names;
mod identity_provider;
mod listeners;
mod matching;
mod policy;
mod provider_presets;
#[cfg(feature = "demo")]
mod psc_simulator;
mod public_url;
mod response_headers;
mod routes;
mod secrets;
mod sections;
mod sms;
mod strip_prefix;
mod tls;
mod upstream;
mod values;

pub(super) use files::too_open;
#[cfg(feature = "demo")]
pub(super) use psc_simulator::check_simulator;

use std::path::Path;

use super::document::Document;
use super::env::Env;
use super::fault::{Fault, KeyPath};
use super::file::File;
use super::settings::Settings;
use super::{assertion_budget, sealing};

/// What every check needs, and the faults found so far.
struct Check<'a> {
    document: &'a Document<'a>,
    env: &'a dyn Env,
    base_dir: &'a Path,
    development: bool,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// Notes that the value at `path` is wrong.
    fn fault(&mut self, path: &KeyPath, wrong: impl Into<String>, allowed: impl Into<String>) {
        self.faults.push(self.document.fault(path, wrong, allowed));
    }
}

/// Judges the whole file.
pub(super) fn check(
    file: &File,
    document: &Document<'_>,
    env: &dyn Env,
    base_dir: &Path,
) -> Result<Settings, Vec<Fault>> {
    let mut check = Check { document, env, base_dir, development: file.development, faults: Vec::new() };
    let settings = settings(file, &mut check);
    match settings {
        Some(settings) if check.faults.is_empty() => {
            check.the_whole(&settings);
            if check.faults.is_empty() { Ok(settings) } else { Err(check.faults) }
        }
        Some(_) => Err(check.faults),
        None => {
            if check.faults.is_empty() {
                // A section without a value must have said why; a silent one may not pass.
                check.fault(&KeyPath::root(), "cannot be used", "");
            }
            Err(check.faults)
        }
    }
}

/// Every section is checked before any of them is missed.
fn settings(file: &File, check: &mut Check<'_>) -> Option<Settings> {
    let root = KeyPath::root();
    let public_url = check.public_url(file.public_url.as_ref());
    let listeners = check.listeners(file, public_url.as_ref());
    let hsts = check.hsts(&file.tls);
    check.certificates_are_asked(&file.route, &listeners);
    let admin_listen = check.admin(&file.admin, &listeners);
    let forward_auth = check.forward_auth(&file.forward_auth, &listeners, admin_listen);
    let trusted_proxies = check.trusted_proxies(&file.trusted_proxies);
    let state_dir = check.path(&file.state_dir);
    if file.state_dir.is_empty() {
        check.fault(&root.key("state_dir"), "is empty", "a folder");
    }
    let sealing_keys = check.sealing_keys(file.sealing_keys_file.as_ref(), &state_dir);
    let limits = check.limits(&file.limits);
    let assertion = check.assertion(&file.assertion);
    let session = check.session(&file.session);
    let password = check.password(&file.password);
    let codes = check.codes(&file.codes);
    let throttle = check.throttle(&file.throttle);
    let activation = check.activation(&file.activation);
    let email = check.email(&file.email);
    let sms = check.sms(&file.sms);
    let identity_providers = check.identity_providers(&file.identity_provider, session.idle);
    let routes = check.routes(file, public_url.as_ref());
    let home_url = check.home_url(file.home_url.as_ref(), public_url.as_ref(), &routes);
    let portal = home_url.as_ref().map(|home| home.origin().ascii_serialization());
    let portal = portal.or_else(|| public_url.as_ref().map(|public_url| public_url.origin.clone()));
    let brand = check.brand(&file.brand, portal.as_deref());
    let log = check.log(&file.log);
    Some(Settings {
        public_url: public_url?,
        home_url,
        development: file.development,
        listeners,
        hsts,
        state_dir,
        trusted_proxies,
        limits,
        routes,
        assertion,
        session,
        password,
        codes,
        throttle,
        activation,
        brand: brand?,
        email: email?,
        sms: sms?,
        identity_providers,
        sealing_keys,
        forward_auth,
        admin_listen,
        log,
    })
}

impl Check<'_> {
    /// Rules that need settings which are otherwise right.
    fn the_whole(&mut self, settings: &Settings) {
        let needed = assertion_budget(settings);
        let fits = settings.assertion.max_bytes;
        if needed > fits {
            self.fault(
                &KeyPath::root().key("assertion").key("max_bytes"),
                format!("the largest possible assertion takes {needed} bytes and only {fits} are allowed"),
                format!("at least {needed}, if every upstream takes such a header"),
            );
        }
        for provider in settings.identity_providers.values() {
            if settings.routes.iter().any(|route| route.audience == provider.client_id) {
                let path = KeyPath::root().key("identity_provider").key(&provider.name).key("client_id");
                self.fault(&path, "is also the audience of a route", "an audience of the route's own");
            }
        }
    }

    fn sealing_keys(&mut self, file: Option<&String>, state_dir: &Path) -> Vec<super::settings::SealingKey> {
        let path = KeyPath::root().key("sealing_keys_file");
        let read = match file {
            Some(file) => sealing::read(&self.path(file), self.development),
            None if self.development => {
                let made = state_dir.join(sealing::DEVELOPMENT_FILE);
                // Not made yet: whoever serves makes it (`ensure_sealing_keys`).
                if !made.exists() {
                    return Vec::new();
                }
                sealing::read(&made, true)
            }
            None => {
                self.fault(
                    &path,
                    "is missing",
                    "a file with one key of 32 bytes per line (openssl rand -base64 32), mode 0600",
                );
                return Vec::new();
            }
        };
        read.unwrap_or_else(|fault| {
            self.fault(
                &path,
                fault.to_string(),
                "one key of 32 random bytes per line, base64 or hexadecimal (openssl rand -base64 32), mode 0600",
            );
            Vec::new()
        })
    }
}
