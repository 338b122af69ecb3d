//! `[session]`: how long a signed-in browser stays signed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Sessions.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SessionFile {
    /// Silence after which a session ends; at most `absolute`.
    pub(crate) idle: DurationText,
    /// Longest session, from "5 min" to "24 h".
    pub(crate) absolute: DurationText,
    /// What the box "Se souvenir de moi" does; it never skips a factor.
    pub(crate) remember_me: RememberMeFile,
    /// Tells the person by e-mail of a sign-in from a browser never seen.
    pub(crate) new_device_mail: bool,
}

impl Default for SessionFile {
    fn default() -> Self {
        Self {
            idle: "30 min".into(),
            absolute: "4 h".into(),
            remember_me: RememberMeFile::Identifier,
            new_device_mail: true,
        }
    }
}

/// What the box does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RememberMeFile {
    /// Pre-fills the identifier for 90 days.
    Identifier,
    /// The session cookie survives closing the browser.
    Session,
    /// No box.
    Off,
}
