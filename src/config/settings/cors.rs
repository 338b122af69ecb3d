//! Scripts of other origins on a route.

use std::collections::BTreeSet;
use std::time::Duration;

/// What is done for scripts of other origins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cors {
    /// Nothing: a preflight is judged as any request, and the upstream's answers stay as they are.
    #[default]
    Off,
    /// Preflights go to the upstream as nobody's.
    Pass,
    /// The gateway answers preflights, and says on every answer who may read it.
    Answer(CorsAnswer),
}

/// Whose scripts may ask, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsAnswer {
    /// Exact origins, as browsers write them.
    pub origins: BTreeSet<String>,
    /// Methods.
    pub methods: BTreeSet<String>,
    /// Request headers, lower case.
    pub headers: BTreeSet<String>,
    /// Whether requests may carry cookies.
    pub credentials: bool,
    /// How long a browser keeps the answer.
    pub max_age: Duration,
}
