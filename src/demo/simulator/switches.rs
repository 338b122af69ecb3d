//! What can be switched while the simulator runs: failures of each endpoint, and how it answers. One JSON value for page and API alike.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::Fault;
use super::people::professionals;
use crate::config::psc_simulator::{Level, SimulatorSettings};

/// Longest delay that may be asked, in milliseconds: longer than any client should wait.
pub(super) const LONGEST_DELAY: u64 = 120_000;

/// The state of every switch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switches {
    /// Endpoints in trouble; one that is not named is well.
    pub(super) endpoints: BTreeMap<Endpoint, Trouble>,
    /// The fault of every sign-in for which the page asked none.
    pub(super) sign_in: Fault,
    /// Whether the callback carries `iss`.
    pub(super) iss_on_callback: bool,
    /// `acr` of the e-CPS application.
    pub(super) level_ecps: Level,
    /// `acr` of a card.
    pub(super) level_card: Level,
    /// How far the clock of tokens is ahead, in seconds.
    pub(super) clock_skew_seconds: i32,
    /// Whether a refresh token serves only once.
    pub(super) refresh_rotation: bool,
    /// What becomes of `state` after a sign-out.
    pub(super) state_after_logout: ReturnedState,
    /// Whether an expired `id_token_hint` is taken.
    pub(super) expired_hint: ExpiredHint,
    /// Other values of `sub`, by the key of the person.
    pub(super) subjects: BTreeMap<String, String>,
}

/// An endpoint that can be in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Endpoint {
    Discovery,
    Jwks,
    Authorize,
    Token,
    Userinfo,
    Introspection,
    Revocation,
    EndSession,
    Ciba,
}

impl Endpoint {
    /// Every endpoint, in the order of the page.
    pub(super) const ALL: [Self; 9] = [
        Self::Discovery,
        Self::Jwks,
        Self::Authorize,
        Self::Token,
        Self::Userinfo,
        Self::Introspection,
        Self::Revocation,
        Self::EndSession,
        Self::Ciba,
    ];
}

/// How an endpoint answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Trouble {
    /// Waited before anything is done, in milliseconds.
    pub(super) delay_ms: u64,
    /// What comes instead of the answer.
    pub(super) failure: Failure,
}

/// What comes instead of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Failure {
    /// The answer.
    #[default]
    None,
    /// 401, as for a token that is no longer valid.
    #[serde(rename = "401")]
    Unauthorized,
    /// 500.
    #[serde(rename = "500")]
    InternalError,
    /// 502.
    #[serde(rename = "502")]
    BadGateway,
    /// 503.
    #[serde(rename = "503")]
    Unavailable,
    /// 504.
    #[serde(rename = "504")]
    GatewayTimeout,
    /// 200 with a page, as a maintenance proxy gives.
    Html,
    /// 302 to another host.
    Redirect,
    /// The act is done, and the connection cut in the middle of its answer.
    Cut,
    /// 400 `invalid_grant`.
    InvalidGrant,
    /// 401 `invalid_client`.
    InvalidClient,
    /// 400 `unauthorized_client`.
    UnauthorizedClient,
}

impl Failure {
    /// Every failure, in the order of the page.
    pub(super) const ALL: [Self; 12] = [
        Self::None,
        Self::Unauthorized,
        Self::InternalError,
        Self::BadGateway,
        Self::Unavailable,
        Self::GatewayTimeout,
        Self::Html,
        Self::Redirect,
        Self::Cut,
        Self::InvalidGrant,
        Self::InvalidClient,
        Self::UnauthorizedClient,
    ];
}

/// What becomes of `state` after a sign-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReturnedState {
    /// It comes back.
    Returned,
    /// It comes back empty.
    Empty,
    /// It is left out.
    Absent,
}

/// Whether an expired `id_token_hint` is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExpiredHint {
    /// As OpenID Connect advises and a Keycloak does.
    Accepted,
    /// An error page, and the session stays.
    Refused,
}

impl Switches {
    /// As the configuration has them: nothing fails.
    pub(super) fn of(settings: &SimulatorSettings) -> Self {
        Self {
            endpoints: BTreeMap::new(),
            sign_in: Fault::None,
            iss_on_callback: settings.iss_on_callback,
            level_ecps: settings.levels.ecps,
            level_card: settings.levels.card,
            clock_skew_seconds: settings.clock_skew_seconds,
            refresh_rotation: settings.refresh_rotation,
            state_after_logout: ReturnedState::Returned,
            expired_hint: ExpiredHint::Accepted,
            subjects: BTreeMap::new(),
        }
    }

    /// How this endpoint answers.
    pub(super) fn trouble(&self, endpoint: Endpoint) -> Trouble {
        self.endpoints.get(&endpoint).copied().unwrap_or_default()
    }

    /// The switches after a JSON merge patch (RFC 7396); all of it or nothing.
    ///
    /// # Errors
    /// What is wrong with the patch, and what is allowed.
    pub(super) fn patched(&self, patch: &Value) -> Result<Self, String> {
        if !patch.is_object() {
            return Err("the body must be a JSON object".to_owned());
        }
        let mut whole = serde_json::to_value(self).map_err(|error| error.to_string())?;
        merge(&mut whole, patch);
        let switches: Self = serde_path_to_error::deserialize(whole).map_err(|error| error.to_string())?;
        switches.judged()
    }

    fn judged(mut self) -> Result<Self, String> {
        self.endpoints.retain(|_, trouble| *trouble != Trouble::default());
        if self.endpoints.values().any(|trouble| trouble.delay_ms > LONGEST_DELAY) {
            return Err(format!("endpoints: delay_ms is out of bounds, allowed: 0 to {LONGEST_DELAY}"));
        }
        if !(-3600..=3600).contains(&self.clock_skew_seconds) {
            return Err("clock_skew_seconds is out of bounds, allowed: -3600 to 3600".to_owned());
        }
        for (key, sub) in &self.subjects {
            if professionals().iter().all(|person| person.key != key) {
                let known: Vec<&str> = professionals().iter().map(|person| person.key).collect();
                return Err(format!("subjects: {key:?} is nobody, allowed: {}", known.join(", ")));
            }
            if sub.is_empty() || sub.len() > 255 || !sub.is_ascii() {
                return Err(format!("subjects.{key}: allowed: 1 to 255 ASCII characters"));
            }
        }
        Ok(self)
    }
}

fn merge(whole: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *whole = patch.clone();
        return;
    };
    if !whole.is_object() {
        *whole = Value::Object(serde_json::Map::new());
    }
    let Some(members) = whole.as_object_mut() else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn switches() -> Switches {
        Switches::of(&SimulatorSettings::with_clients(String::new(), String::new(), Vec::new()))
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_mends_an_endpoint() {
        let broken = switches().patched(&json!({ "endpoints": { "token": { "failure": "cut" } } })).unwrap();
        assert_eq!(broken.trouble(Endpoint::Token), Trouble { delay_ms: 0, failure: Failure::Cut });
        let slow = broken.patched(&json!({ "endpoints": { "token": { "delay_ms": 50 } } })).unwrap();
        assert_eq!(slow.trouble(Endpoint::Token), Trouble { delay_ms: 50, failure: Failure::Cut });
        assert_eq!(slow.patched(&json!({ "endpoints": { "token": null } })).unwrap(), switches());
    }

    #[test]
    fn a_patch_that_cannot_be_read_says_what_is_allowed() {
        for (patch, expected) in [
            (json!([]), "must be a JSON object"),
            (json!({ "iss": false }), "unknown field `iss`, expected one of `endpoints`"),
            (json!({ "endpoints": { "tokens": {} } }), "unknown variant `tokens`, expected one of `discovery`"),
            (json!({ "endpoints": { "token": { "failure": "404" } } }), "expected one of `none`, `401`"),
            (json!({ "endpoints": { "token": { "delay_ms": 120_001 } } }), "allowed: 0 to 120000"),
            (json!({ "sign_in": "panne" }), "expected one of aucune, access_denied"),
            (json!({ "clock_skew_seconds": 3_601 }), "allowed: -3600 to 3600"),
            (json!({ "subjects": { "personne": "x" } }), "\"personne\" is nobody, allowed: infirmiere"),
            (json!({ "subjects": { "infirmiere": "" } }), "1 to 255 ASCII characters"),
            (json!({ "level_card": "eidas4" }), "level_card: unknown variant `eidas4`"),
            (json!({ "refresh_rotation": null }), "missing field `refresh_rotation`"),
        ] {
            let told = switches().patched(&patch).unwrap_err();
            assert!(told.contains(expected), "{patch}: {told}");
        }
    }
}
