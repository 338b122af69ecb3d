//! `[forward_auth]`: a listener of its own, and a secret that fits into a header and into every proxy's configuration.

use std::net::SocketAddr;

use super::Check;
use super::listeners::{overlap, public_overlap};
use super::secrets::Ways;
use crate::config::fault::KeyPath;
use crate::config::file::forward_auth::ForwardAuthFile;
use crate::config::secret::Secret;
use crate::config::settings::{ForwardAuthListen, ForwardAuthSettings, Listener};

/// Longest path of a Unix socket on Linux, its ending NUL aside (unix(7)).
const LONGEST_SOCKET: usize = 107;

impl Check<'_> {
    /// The listener of other proxies; `others` are the listeners that are taken: public ones, then health and metrics.
    pub(super) fn forward_auth(
        &mut self,
        file: &ForwardAuthFile,
        public: &[Listener],
        admin: Option<SocketAddr>,
    ) -> Option<ForwardAuthSettings> {
        let table = KeyPath::root().key("forward_auth");
        let ways =
            Ways { inline: file.secret.as_ref(), file: file.secret_file.as_ref(), env: file.secret_env.as_ref() };
        let secret = self.secret(&table, "secret", &ways, file.listen.is_some());
        let secret = secret.and_then(|secret| self.carried(&table, secret));
        let listen = self.forward_auth_listen(&table.key("listen"), file.listen.as_ref()?, public, admin);
        Some(ForwardAuthSettings { listen: listen?, secret: secret? })
    }

    fn forward_auth_listen(
        &mut self,
        path: &KeyPath,
        text: &str,
        public: &[Listener],
        admin: Option<SocketAddr>,
    ) -> Option<ForwardAuthListen> {
        if let Some(socket) = text.strip_prefix("unix:") {
            let whole = self.path(socket);
            if !socket.starts_with('/') || socket.ends_with('/') || whole.as_os_str().len() > LONGEST_SOCKET {
                self.fault(
                    path,
                    format!("{text:?} is not the path of a socket"),
                    format!("\"unix:/path\", at most {LONGEST_SOCKET} bytes long"),
                );
                return None;
            }
            return Some(ForwardAuthListen::Unix(whole));
        }
        let address = self.address_and_port(path, text)?;
        if public.iter().any(|public| public_overlap(public, &address)) {
            self.fault(
                path,
                format!("{text:?} is a public listener"),
                "a port of its own that only your proxies reach, or \"unix:/path\"",
            );
        } else if admin.is_some_and(|admin| overlap(&admin, &address)) {
            self.fault(path, format!("{text:?} is the listener of [admin]"), "a port of its own");
        }
        if self.development && !address.ip().is_loopback() {
            self.fault(path, format!("{text:?} is not loopback"), "loopback only with development = true");
        }
        Some(ForwardAuthListen::Tcp(address))
    }

    /// A quote, a blank, a `$` or a brace means something else to one of the proxies that must repeat the secret.
    fn carried(&mut self, table: &KeyPath, secret: Secret) -> Option<Secret> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if secret.expose().bytes().all(plain) {
            return Some(secret);
        }
        self.fault(
            &table.key("secret"),
            "the secret holds a character that a proxy's configuration would read otherwise",
            "letters, digits and - . _ ~ + / = (openssl rand -base64 32)",
        );
        None
    }
}
