//! A configuration read again beside the one that is in force: what may change at once, and what waits for a restart. Pure.

use super::settings::{ForwardAuthSettings, Limits, LogSettings, Settings};

/// What comes of both.
#[derive(Debug)]
pub struct Merged {
    /// To be put in force.
    pub settings: Settings,
    /// Keys whose new values wait for a restart.
    pub waiting: Vec<String>,
}

/// What may change at once is taken from `read`: routes with all that is theirs, `trusted_proxies`, `tls.hsts`, the limits that are
/// looked at for each request, the secret of `[forward_auth]`, `log.access`, and the end of an identity provider.
///
/// A change of `public_url` or `development` keeps everything as it is: routes are checked, and their audiences made, with them.
#[must_use]
pub fn merged(running: &Settings, read: Settings) -> Merged {
    let mut waiting = waiting(running, &read);
    if let Some(first) = waiting.first()
        && (first == "public_url" || first == "development")
    {
        waiting.push("and every other change, as the public address decides on all".to_owned());
        return Merged { settings: running.clone(), waiting };
    }
    let settings = Settings {
        trusted_proxies: read.trusted_proxies,
        hsts: read.hsts,
        limits: limits(&running.limits, &read.limits),
        routes: read.routes,
        identity_providers: running
            .identity_providers
            .iter()
            .filter(|(name, _)| read.identity_providers.contains_key(*name))
            .map(|(name, provider)| (name.clone(), provider.clone()))
            .collect(),
        forward_auth: forward_auth(running.forward_auth.as_ref(), read.forward_auth),
        log: LogSettings { access: read.log.access, ..running.log.clone() },
        ..running.clone()
    };
    Merged { settings, waiting }
}

/// Keys that differ and may not, the public address first.
fn waiting(running: &Settings, read: &Settings) -> Vec<String> {
    let mut keys = Vec::new();
    let mut fixed = |key: &str, same: bool| keys.extend((!same).then(|| key.to_owned()));
    fixed("public_url", running.public_url == read.public_url);
    fixed("development", running.development == read.development);
    fixed("home_url", running.home_url == read.home_url);
    fixed("listen and [[listener]]", running.listeners == read.listeners);
    fixed("state_dir", running.state_dir == read.state_dir);
    fixed("sealing_keys_file", running.sealing_keys == read.sealing_keys);
    let (old, new) = (&running.limits, &read.limits);
    fixed("limits.head_bytes", old.head_bytes == new.head_bytes);
    fixed("limits.headers", old.headers == new.headers);
    fixed("limits.head_timeout", old.head_timeout == new.head_timeout);
    fixed("limits.http2_streams", old.http2_streams == new.http2_streams);
    fixed("limits.connections", old.connections == new.connections);
    fixed("limits.connections_per_address", old.connections_per_address == new.connections_per_address);
    fixed("limits.drain_timeout", old.drain_timeout == new.drain_timeout);
    fixed("[assertion]", running.assertion == read.assertion);
    fixed("[session]", running.session == read.session);
    fixed("[password]", running.password == read.password);
    fixed("[codes]", running.codes == read.codes);
    fixed("[throttle]", running.throttle == read.throttle);
    fixed("[activation]", running.activation == read.activation);
    fixed("[brand]", running.brand == read.brand);
    fixed("[email]", running.email == read.email);
    fixed("[sms]", running.sms == read.sms);
    let listen = |forward_auth: &Option<ForwardAuthSettings>| forward_auth.as_ref().map(|asked| asked.listen.clone());
    fixed("forward_auth.listen", listen(&running.forward_auth) == listen(&read.forward_auth));
    fixed("admin.listen", running.admin_listen == read.admin_listen);
    fixed("log.format", running.log.json == read.log.json);
    fixed("log.level", running.log.level == read.log.level);
    for (name, provider) in &read.identity_providers {
        let same = running.identity_providers.get(name) == Some(provider);
        fixed(&format!("[identity_provider.{name}]"), same);
    }
    keys
}

/// Bounds of one request are the new ones; those of listeners stay.
fn limits(running: &Limits, read: &Limits) -> Limits {
    Limits {
        body_bytes: read.body_bytes,
        connect_timeout: read.connect_timeout,
        response_timeout: read.response_timeout,
        body_idle_timeout: read.body_idle_timeout,
        handshake_timeout: read.handshake_timeout,
        ..running.clone()
    }
}

/// The secret may change; the listener stays what it is.
fn forward_auth(
    running: Option<&ForwardAuthSettings>,
    read: Option<ForwardAuthSettings>,
) -> Option<ForwardAuthSettings> {
    let running = running?;
    Some(read.filter(|read| read.listen == running.listen).unwrap_or_else(|| running.clone()))
}
