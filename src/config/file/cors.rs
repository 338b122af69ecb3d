//! `[route.cors]`: which pages of other origins may ask with scripts, and who answers their preflights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::texts::DurationText;

/// Scripts of other origins.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CorsFile {
    /// Exact origins whose pages may ask; the gateway answers their preflights and replaces the upstream's `Access-Control-…`. Empty: none.
    pub(crate) origins: Vec<String>,
    /// Methods they may use.
    pub(crate) methods: Vec<String>,
    /// Request headers they may set, beyond those that every page may.
    pub(crate) headers: Vec<String>,
    /// Their requests may carry cookies.
    pub(crate) credentials: bool,
    /// How long a browser keeps the answer to a preflight.
    pub(crate) max_age: DurationText,
    /// Lets preflights through to the upstream, without a session and without an assertion: it answers them itself.
    pub(crate) pass_preflights: bool,
}

impl Default for CorsFile {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: ["GET", "HEAD", "POST"].map(str::to_owned).into(),
            headers: Vec::new(),
            credentials: false,
            max_age: "10 min".into(),
            pass_preflights: false,
        }
    }
}
