//! Who may pass a route. Pure: a route and a visit in, a permit or a refusal out.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::config::settings::{Access, Cors, Maintenance, Policy, Route};
use crate::session::proof::{self, Lack, Lacking};
use crate::session::{EndCause, Lookup, Need, Standing, Visit, Visitor};

use super::route::Routed;
use super::tls::ClientCertificate;

/// Proof that a request was matched to a route and allowed by its policy.
///
/// Only [`decide`] and [`preflight`] make one, and `forward` asks for one: an unchecked request cannot be sent on.
///
/// Whoever holds one may read it:
///
/// ```
/// use guichet::gateway::policy::Permitted;
///
/// fn again(permit: &Permitted) -> bool {
///     permit.visitor().is_some()
/// }
/// ```
///
/// and nobody else can put one together, even with everything it holds at hand:
///
/// ```compile_fail
/// use guichet::gateway::policy::Permitted;
///
/// fn forged(permit: &Permitted) -> Permitted {
///     Permitted { routed: permit.routed().clone(), visitor: None }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Permitted {
    routed: Arc<Routed>,
    visitor: Option<Arc<Visitor>>,
}

impl Permitted {
    /// The route it was allowed on.
    #[must_use]
    pub fn routed(&self) -> &Arc<Routed> {
        &self.routed
    }

    /// The person to tell the upstream of; `None` is an anonymous request.
    #[must_use]
    pub fn visitor(&self) -> Option<&Arc<Visitor>> {
        self.visitor.as_ref()
    }
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is signed in; why the session ended, when known.
    SignedOut(Option<EndCause>),
    /// The session cookie is doubled or not ours in shape; it is to be cleared.
    Malformed,
    /// Signed in, and activation steps are pending.
    ActivationPending,
    /// Activated, and the terms in force were not accepted.
    TermsPending,
    /// The route needs a verified e-mail.
    EmailNeeded,
    /// The route needs a verified phone.
    PhoneNeeded,
    /// What the session has proven is not enough, and the person can give what is missing.
    StepUp(Lacking, Need),
    /// It is not enough, and nothing that the person has would do.
    Insufficient {
        /// What is missing.
        what: Lacking,
        /// Whether an identity provider that the account is not linked to could bring it.
        provider: bool,
    },
    /// The route is for other professions.
    Profession,
    /// The connection has shown no client certificate.
    ClientCertificate,
    /// The client's address is in none of the route's networks.
    ClientAddress,
    /// The route is switched off.
    Maintenance {
        /// When it is expected back.
        until: Option<Timestamp>,
        /// Seconds after which it is worth trying again.
        retry: u32,
    },
    /// The account is closed.
    Suspended,
    /// The activation was frozen.
    Frozen,
    /// The stores do not answer.
    Away,
}

/// What a request brings beside its session.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What the connection has shown and its listener verified.
    pub certificate: Option<&'a ClientCertificate>,
    /// Whose request it is, as trusted proxies tell.
    pub client: IpAddr,
    /// The instant.
    pub now: Timestamp,
}

/// Judges a visit by a route's policy.
///
/// # Errors
/// Why it may not pass.
pub fn decide(routed: &Arc<Routed>, visit: &Visit, with: Circumstances<'_>) -> Result<Permitted, Refusal> {
    let policy = &routed.route.policy;
    of_the_connection(&routed.route, with)?;
    let permit = |visitor: Option<&Arc<Visitor>>| Permitted { routed: Arc::clone(routed), visitor: visitor.cloned() };
    let access = policy.access;
    let visitor = match visit {
        // Neither signed in nor anonymous: who would be let in as nobody may have been signed out (attack F01).
        Visit::Away => return Err(Refusal::Away),
        Visit::Known { lookup: Lookup::Live(visitor), .. } => visitor,
        Visit::Anonymous | Visit::Malformed | Visit::Known { lookup: Lookup::Ended(_) | Lookup::Unknown, .. } => {
            return match access {
                Access::Public => Ok(permit(None)),
                Access::SignedIn | Access::Activated => Err(match visit {
                    Visit::Malformed => Refusal::Malformed,
                    Visit::Anonymous | Visit::Away | Visit::Known { .. } => Refusal::SignedOut(visit.ended()),
                }),
            };
        }
    };
    let activated = activation(visitor);
    match access {
        Access::Public => Ok(permit(activated.is_ok().then_some(visitor))),
        Access::SignedIn => {
            if let Err(refusal @ (Refusal::Suspended | Refusal::Frozen)) = activated {
                return Err(refusal);
            }
            conditions(policy, visitor, with.now)?;
            Ok(permit(Some(visitor)))
        }
        Access::Activated => {
            activated?;
            conditions(policy, visitor, with.now)?;
            Ok(permit(Some(visitor)))
        }
    }
}

/// A preflight on a route that lets them pass: nobody's request, whoever is signed in. `None` on any other route.
///
/// # Errors
/// What the route asks of the connection, whoever the person is.
pub fn preflight(routed: &Arc<Routed>, with: Circumstances<'_>) -> Option<Result<Permitted, Refusal>> {
    if routed.route.cors != Cors::Pass {
        return None;
    }
    let passes = of_the_connection(&routed.route, with);
    Some(passes.map(|()| Permitted { routed: Arc::clone(routed), visitor: None }))
}

/// What comes first: no sign-in would switch the route on, or give the connection an address or a certificate.
fn of_the_connection(Route { policy, maintenance, .. }: &Route, with: Circumstances<'_>) -> Result<(), Refusal> {
    if let Some(maintenance) = maintenance {
        return Err(away_until(*maintenance, with.now));
    }
    if !policy.client_addresses.is_empty()
        && !policy.client_addresses.iter().any(|network| network.contains(&with.client))
    {
        return Err(Refusal::ClientAddress);
    }
    if policy.client_certificate && with.certificate.is_none() {
        return Err(Refusal::ClientCertificate);
    }
    Ok(())
}

fn activation(visitor: &Visitor) -> Result<(), Refusal> {
    match visitor.facts().standing {
        Standing::Activating => Err(Refusal::ActivationPending),
        Standing::Disabled => Err(Refusal::Suspended),
        Standing::Frozen => Err(Refusal::Frozen),
        Standing::Active if !visitor.facts().terms_current => Err(Refusal::TermsPending),
        Standing::Active => Ok(()),
    }
}

/// What no act of the person changes comes before what they can do about it: nobody confirms who they are to be refused after.
fn conditions(policy: &Policy, visitor: &Visitor, now: Timestamp) -> Result<(), Refusal> {
    let facts = visitor.facts();
    if !policy.professions.is_empty() && !facts.professions.iter().any(|code| policy.professions.contains(code)) {
        return Err(Refusal::Profession);
    }
    let lack = proof::lack(policy, visitor.session(), facts, now);
    if let Some(Lack { what, cure: None }) = lack {
        return Err(Refusal::Insufficient { what, provider: proof::names_a_provider(policy) });
    }
    if policy.verified_email && !facts.email_verified {
        return Err(Refusal::EmailNeeded);
    }
    if policy.verified_phone && !facts.phone_verified {
        return Err(Refusal::PhoneNeeded);
    }
    match lack {
        Some(Lack { what, cure: Some(need) }) => Err(Refusal::StepUp(what, need)),
        Some(Lack { cure: None, .. }) | None => Ok(()),
    }
}

/// Seconds after which a route that is switched off is tried again, where nobody said when it is back.
const AWAY: u32 = 300;

fn away_until(Maintenance { until }: Maintenance, now: Timestamp) -> Refusal {
    let until = until.filter(|until| *until > now);
    let left = until.map(|until| until.duration_since(now).max(SignedDuration::from_secs(1)).as_secs());
    Refusal::Maintenance { until, retry: left.map_or(AWAY, |left| u32::try_from(left).unwrap_or(u32::MAX)) }
}

#[cfg(test)]
pub(super) mod tests;
