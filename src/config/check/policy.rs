//! Who may pass a route, and whether it is switched off. A condition that nobody could meet is a mistake.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use jiff::Timestamp;

use super::{Check, provider_presets as presets};
use crate::config::claim_caps;
use crate::config::fault::KeyPath;
use crate::config::file::File;
use crate::config::file::route::{AccessFile, RouteFile};
use crate::config::file::sms::SmsTransportFile;
use crate::config::settings::{Access, AcrMinimum, Maintenance, Policy};
use crate::identity::acr;

const LOCAL: &str = "local";

impl Check<'_> {
    pub(super) fn policy(&mut self, at: &KeyPath, file: &RouteFile, whole: &File) -> Policy {
        let access = match file.access {
            AccessFile::Public => Access::Public,
            AccessFile::SignedIn => Access::SignedIn,
            AccessFile::Activated => Access::Activated,
        };
        let providers = at.key("identity_provider");
        for (place, name) in file.identity_provider.iter().enumerate() {
            self.provider_named(&providers.index(place), name, whole);
        }
        self.no_repetition(&providers, file.identity_provider.iter().map(String::as_str));
        let sms_is_off = sms_is_off(whole, self.development);
        if file.verified_phone && sms_is_off {
            self.fault(
                &at.key("verified_phone"),
                "nobody can verify a phone while SMS are off",
                "false, or an sms.transport",
            );
        }
        let policy = Policy {
            access,
            identity_providers: file.identity_provider.iter().cloned().collect(),
            professions: self.profession_codes(&at.key("professions"), &file.professions),
            verified_email: file.verified_email,
            verified_phone: file.verified_phone,
            acr_minimum: self.acr_minimum(at, file, whole, sms_is_off),
            amr: self.amr(&at.key("amr"), &file.amr),
            max_age: file.max_age.as_ref().map(|text| self.duration(at, "max_age", text, "1 min", "24 h")),
            client_certificate: file.client_certificate,
            client_addresses: self.networks(&at.key("client_addresses"), &file.client_addresses),
        };
        // Certificate and address are the connection's, whoever the person is.
        let alone = Policy {
            access,
            client_certificate: policy.client_certificate,
            client_addresses: policy.client_addresses.clone(),
            ..Policy::default()
        };
        if access == Access::Public && policy != alone {
            self.fault(
                &at.key("access"),
                "\"public\" lets everyone in, and this route also has conditions on the person",
                "\"signed-in\" or \"activated\" with conditions",
            );
        }
        policy
    }

    /// `Some` while the route is switched off.
    pub(super) fn maintenance(&mut self, at: &KeyPath, file: &RouteFile) -> Option<Maintenance> {
        let key = at.key("maintenance_until");
        let until = match &file.maintenance_until {
            None => None,
            Some(text) => {
                let until = text.parse::<Timestamp>().ok();
                if until.is_none() {
                    let allowed = "an instant with its offset, such as \"2026-11-24T14:30:00+01:00\"";
                    self.fault(&key, format!("{text:?} is not an instant"), allowed);
                } else if !file.maintenance {
                    self.fault(
                        &key,
                        "says when a route is back that is not away",
                        "maintenance = true, or no such key",
                    );
                }
                until
            }
        };
        file.maintenance.then_some(Maintenance { until })
    }

    fn provider_named(&mut self, key: &KeyPath, name: &str, whole: &File) -> bool {
        let known = name == LOCAL || whole.identity_provider.contains_key(name);
        if !known {
            let names = std::iter::once(LOCAL).chain(whole.identity_provider.keys().map(String::as_str));
            let allowed = names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
            self.fault(key, format!("there is no identity provider {name:?}"), allowed);
        }
        known
    }

    fn acr_minimum(
        &mut self,
        at: &KeyPath,
        file: &RouteFile,
        whole: &File,
        sms_is_off: bool,
    ) -> BTreeMap<String, AcrMinimum> {
        let table = at.key("acr_minimum");
        let mut minima = BTreeMap::new();
        for (name, level) in &file.acr_minimum {
            let key = table.key(name);
            if !self.provider_named(&key, name, whole) {
                continue;
            }
            if !file.identity_provider.is_empty() && !file.identity_provider.contains(name) {
                self.fault(&key, "is not among identity_provider, so that nobody comes that way", "a name of both");
            }
            let ranks = match whole.identity_provider.get(name) {
                Some(provider) => presets::acr_ranks(presets::kind(name, provider), provider),
                None => acr::LOCAL.map(str::to_owned).to_vec(),
            };
            let place = ranks.iter().position(|rank| rank == level);
            let (Some(place), Some(rank)) = (place, place.and_then(|place| u8::try_from(place).ok())) else {
                let allowed = ranks.iter().map(|rank| format!("{rank:?}")).collect::<Vec<_>>().join(", ");
                self.fault(&key, format!("{level:?} is not a level of this scale"), allowed);
                continue;
            };
            if name == LOCAL && level == acr::SMS && sms_is_off {
                self.fault(&key, "nobody can receive a code while SMS are off", "a lower level, or an sms.transport");
            }
            minima.insert(name.clone(), AcrMinimum { rank, accepted: ranks.into_iter().skip(place).collect() });
        }
        for (place, name) in file.identity_provider.iter().enumerate() {
            if !file.acr_minimum.is_empty() && !file.acr_minimum.contains_key(name) {
                self.fault(
                    &at.key("identity_provider").index(place),
                    format!("{name:?} has no level in acr_minimum, so that nobody may pass that way"),
                    "a minimum for each of them",
                );
            }
        }
        minima
    }

    fn amr(&mut self, key: &KeyPath, means: &[String]) -> BTreeSet<String> {
        self.no_repetition(key, means.iter().map(String::as_str));
        for (place, word) in means.iter().enumerate() {
            if word.is_empty() || word.len() > claim_caps::AMR || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
                self.fault(
                    &key.index(place),
                    format!("{word:?} is not a means"),
                    "\"pwd\", \"otp\" (a code by e-mail), \"sms\", or a word that an identity provider says",
                );
            }
        }
        means.iter().cloned().collect()
    }

    /// Networks of clients: narrower than everybody.
    fn networks(&mut self, key: &KeyPath, texts: &[String]) -> Vec<IpNet> {
        self.no_repetition(key, texts.iter().map(String::as_str));
        let mut networks = Vec::new();
        for (place, text) in texts.iter().enumerate() {
            let key = key.index(place);
            let alone = || text.parse().ok().map(|address: std::net::IpAddr| address.into());
            match text.parse::<IpNet>().ok().or_else(alone) {
                None => self.fault(&key, format!("{text:?} is not a network"), "\"192.0.2.0/24\" or \"2001:db8::1\""),
                Some(network) if network.prefix_len() == 0 => {
                    self.fault(&key, format!("{text:?} is everybody"), "narrower networks, or none");
                }
                Some(network) if network.trunc() != network => {
                    let meant = format!("\"{}\"", network.trunc());
                    self.fault(&key, format!("{text:?} has bits beyond its prefix"), meant);
                }
                Some(network) if network.addr() != network.addr().to_canonical() => {
                    // Addresses are judged in their plain form: such a network would hold none of them.
                    self.fault(&key, format!("{text:?} is IPv4 written as IPv6"), "the IPv4 network");
                }
                Some(network) => networks.push(network),
            }
        }
        networks
    }
}

fn sms_is_off(whole: &File, development: bool) -> bool {
    match whole.sms.transport {
        Some(SmsTransportFile::Off) => true,
        None => !development,
        Some(SmsTransportFile::Http | SmsTransportFile::Outbox) => false,
    }
}
