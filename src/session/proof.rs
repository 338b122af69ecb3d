//! Whether what a session has proven is enough for a route (its provider, its level, its means, its age), and what the person can
//! give once more where it is not. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::Policy;

use super::{Facts, Need, Session};

/// How sessions that no identity provider has proven are named.
const LOCAL: &str = "local";

/// The first condition that a session does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// It came another way than the route accepts.
    IdentityProvider,
    /// Its level is below the minimum, or on a scale that the route does not list.
    Acr,
    /// None of its means is accepted.
    Amr,
    /// The person proved who they are too long ago.
    MaxAge,
}

/// What is missing, and what would bring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// The first of it.
    pub what: Lacking,
    /// What the person can give; `None` when nothing they have does it.
    pub cure: Option<Need>,
}

/// What a session lacks for a route; `None` when it is enough.
#[must_use]
pub fn lack(policy: &Policy, session: &Session, facts: &Facts, now: Timestamp) -> Option<Lack> {
    let what = lacking(policy, session, now)?;
    Some(Lack { what, cure: cure(policy, session, facts, now) })
}

/// Whether who signs in with an identity provider could meet a route's conditions at all, as far as it names one.
#[must_use]
pub fn names_a_provider(policy: &Policy) -> bool {
    let named = policy.identity_providers.iter().chain(policy.acr_minimum.keys());
    named.into_iter().any(|name| name != LOCAL && admits(policy, name))
}

fn lacking(policy: &Policy, session: &Session, now: Timestamp) -> Option<Lacking> {
    if !policy.identity_providers.is_empty() && !policy.identity_providers.contains(&session.identity_provider) {
        return Some(Lacking::IdentityProvider);
    }
    if !policy.acr_minimum.is_empty() && !is_high_enough(policy, &session.identity_provider, &session.acr) {
        return Some(Lacking::Acr);
    }
    if !policy.amr.is_empty() && !session.amr.iter().any(|means| policy.amr.contains(means)) {
        return Some(Lacking::Amr);
    }
    is_old(policy, session, now).then_some(Lacking::MaxAge)
}

fn cure(policy: &Policy, session: &Session, facts: &Facts, now: Timestamp) -> Option<Need> {
    let local = (session.identity_provider == LOCAL && admits(policy, LOCAL)).then(|| local(policy, session, now));
    let provider = facts.identity_providers.iter().find(|name| admits(policy, name));
    let need = Need {
        provider: provider.is_some(),
        level: provider.and_then(|name| policy.acr_minimum.get(name)).map(|minimum| minimum.rank),
        ..local.flatten().unwrap_or_default()
    };
    (need != Need::default()).then_some(need)
}

/// What a local session can be raised by; `None` when nothing of it brings what is missing.
fn local(policy: &Policy, session: &Session, now: Timestamp) -> Option<Need> {
    let low = !policy.acr_minimum.is_empty() && !is_high_enough(policy, LOCAL, &session.acr);
    let other_means = !policy.amr.is_empty() && !session.amr.iter().any(|means| policy.amr.contains(means));
    let by = |means: &str| other_means && policy.amr.contains(means);
    let sms = low || by("sms");
    let email = !sms && by("otp");
    (!other_means || by("sms") || email).then_some(Need {
        again: is_old(policy, session, now),
        sms,
        email,
        ..Need::default()
    })
}

/// Whether a route may be met by who signs in that way at all.
fn admits(policy: &Policy, name: &str) -> bool {
    (policy.identity_providers.is_empty() || policy.identity_providers.contains(name))
        && (policy.acr_minimum.is_empty() || policy.acr_minimum.contains_key(name))
}

fn is_high_enough(policy: &Policy, scale: &str, acr: &str) -> bool {
    policy.acr_minimum.get(scale).is_some_and(|minimum| minimum.accepted.iter().any(|level| level == acr))
}

fn is_old(policy: &Policy, session: &Session, now: Timestamp) -> bool {
    let Some(max_age) = policy.max_age else { return false };
    now.duration_since(session.auth_time) >= SignedDuration::try_from(max_age).unwrap_or(SignedDuration::MAX)
}
