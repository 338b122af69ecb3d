//! Settings told in lines for `guichet check`: what is open to whom, and no secret.

use super::assertion_budget;
use super::certificates::CertificateFiles;
use super::duration::text;
use super::settings::{
    Access, AssertionHeader, ClientCertificates, EmailSettings, FirstSignIn, ListenAddress, Listener, Methods, Policy,
    Route, RouteHost, Settings, SmsSettings, Speaks,
};

impl Settings {
    /// One sentence per line: address, routes in matching order, providers, senders, limits.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let mut lines = vec![self.public_url.origin.clone()];
        lines.extend(self.home_url.as_ref().map(|home| format!("its / leads to {home}")));
        lines.extend(self.listeners.iter().map(|listener| format!("listens on {}", listener_line(listener))));
        if self.development {
            lines.push("DEVELOPMENT: loopback only, weaker checks, a banner on every page".to_owned());
        }
        lines.push("routes, in matching order; anything else is refused:".to_owned());
        lines.extend(self.routes.iter().map(|route| format!("  {}", self.route_line(route))));
        for provider in self.identity_providers.values() {
            let first = match provider.first_sign_in {
                FirstSignIn::Create => "an unknown person gets an account",
                FirstSignIn::KnownOnly => "linked accounts only",
            };
            let ciba = if provider.ciba.is_some() { ", without leaving the page too (CIBA)" } else { "" };
            let level =
                provider.acr_minimum.as_ref().map_or("any level".to_owned(), |level| format!("level {level} or above"));
            lines.push(format!(
                "identity provider {}: {}, client {} by {}, {level}, {first}{ciba}",
                provider.name, provider.issuer, provider.client_id, provider.client_auth
            ));
        }
        lines.push(match &self.email {
            EmailSettings::Smtp(smtp) => {
                format!("e-mail: {}:{} ({:?}), from {}", smtp.host, smtp.port, smtp.security, smtp.from)
            }
            EmailSettings::Outbox { from } => format!("e-mail: kept in the outbox, from {from}"),
        });
        lines.push(match &self.sms {
            // Only the origin: a query may hold a key.
            SmsSettings::Http(call) => format!("SMS: {}", call.url.origin().ascii_serialization()),
            SmsSettings::Outbox => "SMS: kept in the outbox".to_owned(),
            SmsSettings::Off => "SMS: off, phone steps are not offered".to_owned(),
        });
        lines.push(format!("sessions: {} idle, {} at most", text(self.session.idle), text(self.session.absolute)));
        lines.push(format!(
            "assertions: {}, up to {} of {} bytes",
            text(self.assertion.lifetime),
            assertion_budget(self),
            self.assertion.max_bytes
        ));
        let body = self.limits.body_bytes.map_or("unlimited".to_owned(), |bytes| format!("{bytes} bytes"));
        lines.push(format!(
            "limits: head {} bytes, body {body}, {} connections",
            self.limits.head_bytes, self.limits.connections
        ));
        let keys = self.sealing_keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(", ");
        lines.push(format!("sealing keys: {}", if keys.is_empty() { "made at the first start" } else { &keys }));
        lines.push(self.forward_auth.as_ref().map_or("forward-auth: off".to_owned(), |forward_auth| {
            format!("forward-auth: asked on {}, with a secret", forward_auth.listen)
        }));
        lines.push(
            self.admin_listen
                .map_or("health and metrics: off".to_owned(), |admin| format!("health and metrics: {admin}")),
        );
        lines
    }

    fn route_line(&self, route: &Route) -> String {
        let host = route.host.as_ref().map_or("*".to_owned(), ToString::to_string);
        let methods = if route.methods == Methods::ALL { String::new() } else { format!(" for {}", route.methods) };
        let header = match &route.assertion_header {
            AssertionHeader::Named(name) => name,
            AssertionHeader::Bearer => "authorization: bearer",
        };
        let upstream =
            route.upstream.as_ref().map_or_else(|| "another proxy (forward-auth only)".to_owned(), ToString::to_string);
        let inside = self.wider(route).map(|wider| format!(", inside {} ({})", wider.name, policy(&wider.policy)));
        let off = if route.strip_prefix { " without that path" } else { "" };
        let maintenance = if route.maintenance.is_some() { "MAINTENANCE, " } else { "" };
        let worker = if route.service_worker { ", service worker allowed" } else { "" };
        format!(
            "{}: {host}{}{methods} -> {upstream}{off}, {maintenance}{}, audience {} in {header}{worker}{}",
            route.name,
            route.path,
            policy(&route.policy),
            route.audience,
            inside.unwrap_or_default()
        )
    }

    /// The nearest route that would have taken this one's requests and judges them otherwise (attack K05).
    fn wider(&self, route: &Route) -> Option<&Route> {
        let later = self.routes.iter().skip_while(|other| other.name != route.name).skip(1);
        later.into_iter().find(|other| {
            let host = match (&other.host, &route.host) {
                (None, _) => true,
                (Some(other), Some(RouteHost::Exact(host))) => other.covers(host) && *host != self.public_url.host,
                (other, host) => other == host,
            };
            let path =
                other.path == "/" || other.path == route.path || route.path.starts_with(&format!("{}/", other.path));
            host && path && other.methods.shared(route.methods).is_some() && other.policy != route.policy
        })
    }
}

fn listener_line(listener: &Listener) -> String {
    let mut words = vec![listener.address.to_string()];
    if let ListenAddress::Unix { mode, .. } = listener.address {
        words.push(format!("mode {mode:04o}"));
    }
    match &listener.speaks {
        Speaks::Http => words.push("HTTP in the clear".to_owned()),
        Speaks::RedirectToHttps => words.push("redirects to https".to_owned()),
        Speaks::Https(tls) => {
            words.push("TLS".to_owned());
            words.extend(tls.certificates.iter().map(certificate_words));
            words.extend(match &tls.clients {
                ClientCertificates::Off => None,
                ClientCertificates::Request(_) => Some("client certificates asked".to_owned()),
                ClientCertificates::Require(_) => Some("client certificates required".to_owned()),
            });
        }
    }
    if listener.proxy_protocol {
        words.push("PROXY protocol".to_owned());
    }
    words.join(", ")
}

/// Read again: settings keep the paths only, and the summary is told right after they were checked.
fn certificate_words(files: &CertificateFiles) -> String {
    let Ok(read) = files.read() else { return format!("certificate {}", files.certificate.display()) };
    let names = read.says.names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    format!("certificate of {} until {}", if names.is_empty() { "no host" } else { &names }, read.says.not_after)
}

fn policy(policy: &Policy) -> String {
    let access = match policy.access {
        Access::Public => "public",
        Access::SignedIn => "signed in",
        Access::Activated => "activated",
    };
    let mut words = vec![access.to_owned()];
    let list = |values: &std::collections::BTreeSet<String>| values.iter().cloned().collect::<Vec<_>>().join("|");
    if !policy.identity_providers.is_empty() {
        words.push(format!("by {}", list(&policy.identity_providers)));
    }
    if !policy.professions.is_empty() {
        words.push(format!("professions {}", list(&policy.professions)));
    }
    if policy.verified_email {
        words.push("verified e-mail".to_owned());
    }
    if policy.verified_phone {
        words.push("verified phone".to_owned());
    }
    if !policy.acr_minimum.is_empty() {
        let minima = policy.acr_minimum.iter();
        let minima = minima
            .map(|(scale, minimum)| format!("{scale}={}", minimum.accepted.first().map_or("nothing", String::as_str)));
        words.push(format!("acr {}", minima.collect::<Vec<_>>().join("|")));
    }
    if !policy.amr.is_empty() {
        words.push(format!("amr {}", list(&policy.amr)));
    }
    words.extend(policy.max_age.map(|age| format!("at most {} old", text(age))));
    if !policy.client_addresses.is_empty() {
        let networks: Vec<String> = policy.client_addresses.iter().map(ToString::to_string).collect();
        words.push(format!("from {}", networks.join("|")));
    }
    if policy.client_certificate {
        words.push("client certificate".to_owned());
    }
    words.join(" + ")
}
