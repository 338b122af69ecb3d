//! `[sms]`: an HTTP call whose placeholders are known, and whose body is what it says.

use url::Url;

use super::Check;
use super::secrets::Ways;
use crate::config::fault::KeyPath;
use crate::config::file::sms::{SmsBodyFile, SmsFile, SmsTransportFile};
use crate::config::settings::{SmsBody, SmsHttpSettings, SmsSettings};

/// What a body may hold.
const IN_BODY: [&str; 4] = ["to", "text", "id", "secret"];

impl Check<'_> {
    pub(super) fn sms(&mut self, file: &SmsFile) -> Option<SmsSettings> {
        let table = KeyPath::root().key("sms");
        match (file.transport, self.development) {
            (Some(SmsTransportFile::Off), _) | (None, false) => Some(SmsSettings::Off),
            (Some(SmsTransportFile::Outbox) | None, true) => Some(SmsSettings::Outbox),
            (Some(SmsTransportFile::Outbox), false) => {
                self.fault(
                    &table.key("transport"),
                    "\"outbox\" sends nothing",
                    "\"http\" or \"off\"; \"outbox\" only with development = true",
                );
                None
            }
            (Some(SmsTransportFile::Http), _) => self.sms_call(&table, file).map(SmsSettings::Http),
        }
    }

    fn sms_call(&mut self, table: &KeyPath, file: &SmsFile) -> Option<SmsHttpSettings> {
        let url = self.required(table, "url", file.url.as_ref(), "\"https://…\"");
        let url: Option<Url> = url.and_then(|url| self.address(&table.key("url"), &url, true));
        if let Some(url) = &url {
            self.sms_url(table, url);
        }
        let headers = self.sms_headers(table, file);
        let body = file.body.clone().filter(|body| !body.trim().is_empty());
        if body.is_none() {
            self.fault(&table.key("body"), "is missing", "a text with {to} and {text}");
        }
        let in_body = body.as_deref().map(placeholders).unwrap_or_default();
        if let Some(body) = &body {
            self.sms_body(table, file.format, body, &in_body);
        }
        let ways =
            Ways { inline: file.secret.as_ref(), file: file.secret_file.as_ref(), env: file.secret_env.as_ref() };
        let in_headers = file.headers.values().any(|value| placeholders(value).iter().any(|name| name == "secret"));
        let wanted = in_headers || in_body.iter().any(|name| name == "secret");
        let secret = self.secret(table, "secret", &ways, wanted);
        if secret.is_some() && !wanted {
            self.fault(&table.key("secret"), "is not used", "{secret} in a header or in the body");
        }
        let timeout = self.duration(table, "timeout", &file.timeout, "1 s", "30 s");
        let ca_file = self.ca_file(table, file.ca_file.as_ref());
        let format = match file.format {
            SmsBodyFile::Json => SmsBody::Json,
            SmsBodyFile::Form => SmsBody::Form,
        };
        Some(SmsHttpSettings { url: url?, headers, body: body?, format, secret, timeout, ca_file })
    }

    /// An address is logged and shown: nothing secret may stand in it, and nothing is put into it.
    fn sms_url(&mut self, table: &KeyPath, url: &Url) {
        if url.query_pairs().any(|(name, _)| carries_a_secret(&name.to_ascii_lowercase())) {
            self.fault(&table.key("url"), "would hold a secret in this file", "{secret} in a header or in the body");
        }
        if ["{", "%7B", "%7b"].iter().any(|brace| url.as_str().contains(brace)) {
            self.fault(&table.key("url"), "holds a placeholder", "placeholders in headers and in the body only");
        }
    }

    fn sms_headers(&mut self, table: &KeyPath, file: &SmsFile) -> Vec<(String, String)> {
        let table = table.key("headers");
        for (name, value) in &file.headers {
            let path = table.key(name);
            let lower = name.to_ascii_lowercase();
            if http::HeaderName::from_bytes(name.as_bytes()).is_err()
                || matches!(
                    lower.as_str(),
                    "host" | "content-length" | "content-type" | "connection" | "transfer-encoding"
                )
            {
                self.fault(
                    &path,
                    "is not a header that may be set here",
                    "a header name; Content-Type comes from format",
                );
            }
            if http::HeaderValue::from_str(value).is_err() {
                self.fault(&path, "has a value that no header may have", "visible ASCII characters on one line");
            }
            if carries_a_secret(&lower) && !value.contains("{secret}") {
                self.fault(&path, "would hold a secret in this file", "{secret}, with secret_file or secret_env");
            }
            for unknown in placeholders(value).iter().filter(|name| *name != "secret") {
                self.fault(&path, format!("holds {{{unknown}}}"), "{secret}");
            }
        }
        file.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn sms_body(&mut self, table: &KeyPath, format: SmsBodyFile, body: &str, placeholders: &[String]) {
        let path = table.key("body");
        for unknown in placeholders.iter().filter(|name| !IN_BODY.contains(&name.as_str())) {
            self.fault(&path, format!("holds {{{unknown}}}"), "{to}, {text}, {id}, {secret}");
        }
        for needed in ["to", "text"] {
            if !placeholders.iter().any(|name| name == needed) {
                self.fault(&path, format!("does not hold {{{needed}}}"), "a text with {to} and {text}");
            }
        }
        let well_formed = match format {
            SmsBodyFile::Json => serde_json::from_str::<serde_json::Value>(body).is_ok(),
            SmsBodyFile::Form => {
                body.bytes().all(|byte| byte.is_ascii_graphic()) && body.split('&').all(|pair| pair.contains('='))
            }
        };
        if !well_formed {
            let allowed = match format {
                SmsBodyFile::Json => "JSON, each placeholder inside a text in quotes",
                SmsBodyFile::Form => "name=value pairs joined by &, already encoded",
            };
            self.fault(&path, "is not what format says", allowed);
        }
    }
}

/// Whether a header or a field of this name, lower case, usually carries one.
fn carries_a_secret(name: &str) -> bool {
    ["auth", "key", "token", "secret", "password", "passwd", "signature"].iter().any(|word| name.contains(word))
}

/// Names between braces; the braces of JSON hold quotes and spaces, these hold letters only.
fn placeholders(text: &str) -> Vec<String> {
    let pieces = text.split('{').skip(1);
    let names = pieces.filter_map(|piece| piece.split_once('}').map(|(name, _)| name));
    names
        .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_'))
        .map(str::to_owned)
        .collect()
}
