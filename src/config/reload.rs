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

/// What may change at once is taken from `read`: routes with all that is theirs, `home_url`, `trusted_proxies`, `tls.hsts`, the limits that are
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
    // Every field is named: a new one must be put on one side or the other.
    let settings = Settings {
        home_url: read.home_url,
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
        public_url: running.public_url.clone(),
        development: running.development,
        listeners: running.listeners.clone(),
        state_dir: running.state_dir.clone(),
        assertion: running.assertion.clone(),
        session: running.session.clone(),
        password: running.password.clone(),
        codes: running.codes.clone(),
        throttle: running.throttle.clone(),
        activation: running.activation.clone(),
        brand: running.brand.clone(),
        email: running.email.clone(),
        sms: running.sms.clone(),
        sealing_keys: running.sealing_keys.clone(),
        admin_listen: running.admin_listen,
    };
    Merged { settings, waiting }
}

/// Keys that differ and may not, the public address first.
fn waiting(running: &Settings, read: &Settings) -> Vec<String> {
    let mut keys = Vec::new();
    let mut fixed = |key: &str, same: bool| keys.extend((!same).then(|| key.to_owned()));
    fixed("public_url", running.public_url == read.public_url);
    fixed("development", running.development == read.development);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::demo;
    use crate::config::settings::ClientAuth;

    fn settings() -> Settings {
        demo(8080, "state".into()).unwrap().settings
    }

    #[test]
    fn what_may_change_changes_and_the_rest_is_named() {
        let running = settings();
        let mut read = settings();
        read.routes.pop();
        read.hsts = Some("max-age=1".to_owned());
        read.limits.body_bytes = None;
        read.limits.connections += 1;
        read.log.access = !running.log.access;
        read.brand.name = "Autre".to_owned();
        read.state_dir = "elsewhere".into();
        read.identity_providers.clear();
        let merged = merged(&running, read);
        assert_eq!(merged.waiting, ["state_dir", "limits.connections", "[brand]"]);
        let now = merged.settings;
        assert_eq!((now.routes.len(), now.hsts.as_deref()), (running.routes.len() - 1, Some("max-age=1")));
        assert_eq!((now.limits.body_bytes, now.limits.connections), (None, running.limits.connections));
        assert!(now.log.access != running.log.access && now.identity_providers.is_empty());
        assert_eq!((now.brand, now.state_dir), (running.brand, running.state_dir));
    }

    #[test]
    fn another_public_address_keeps_everything_and_a_new_or_changed_provider_waits() {
        let running = settings();
        let mut read = settings();
        read.public_url.host = "autre.example".to_owned();
        read.routes.clear();
        let kept = merged(&running, read);
        assert_eq!((kept.settings.routes, kept.waiting[0].as_str()), (running.routes.clone(), "public_url"));
        let mut read = settings();
        let mut psc = read.identity_providers["psc"].clone();
        psc.client_auth = ClientAuth::Basic(crate::config::Secret::new("another".to_owned()));
        read.identity_providers.insert("psc".to_owned(), psc.clone());
        read.identity_providers.insert("new".to_owned(), psc);
        let merged = merged(&running, read);
        assert_eq!(merged.waiting, ["[identity_provider.new]", "[identity_provider.psc]"]);
        assert_eq!(merged.settings.identity_providers, running.identity_providers);
        assert!(self::merged(&running, settings()).waiting.is_empty());
    }
}
