//! Who may pass a route. Pure: a route and a visit in, a permit or a refusal out.

use std::sync::Arc;

use crate::config::settings::{Access, Cors};
use crate::session::{EndCause, Lookup, Standing, Visit, Visitor};

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
    /// The route is for people signed in with an identity provider that the account is not linked to.
    IdentityProvider,
    /// The route is for people signed in with an identity provider that the account is linked to: confirming with it is enough.
    StepUp,
    /// The route is for people who did not come through an identity provider.
    LocalOnly,
    /// The route is for other professions.
    Profession,
    /// The connection has shown no client certificate.
    ClientCertificate,
    /// The account is closed.
    Suspended,
    /// The activation was frozen.
    Frozen,
    /// The stores do not answer.
    Away,
}

/// Judges a visit by a route's policy; `certificate` is what the connection has shown and its listener verified.
///
/// # Errors
/// Why it may not pass.
pub fn decide(
    routed: &Arc<Routed>,
    visit: &Visit,
    certificate: Option<&ClientCertificate>,
) -> Result<Permitted, Refusal> {
    // First: no sign-in would give the connection a certificate.
    if routed.route.policy.client_certificate && certificate.is_none() {
        return Err(Refusal::ClientCertificate);
    }
    let permit = |visitor: Option<&Arc<Visitor>>| Permitted { routed: Arc::clone(routed), visitor: visitor.cloned() };
    let access = routed.route.policy.access;
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
            conditions(routed, visitor)?;
            Ok(permit(Some(visitor)))
        }
        Access::Activated => {
            activated?;
            conditions(routed, visitor)?;
            Ok(permit(Some(visitor)))
        }
    }
}

/// A preflight on a route that lets them pass: nobody's request, whoever is signed in. `None` on any other route.
///
/// # Errors
/// When the connection has not shown the certificate that the route asks for.
pub fn preflight(routed: &Arc<Routed>, certificate: Option<&ClientCertificate>) -> Option<Result<Permitted, Refusal>> {
    if routed.route.cors != Cors::Pass {
        return None;
    }
    if routed.route.policy.client_certificate && certificate.is_none() {
        return Some(Err(Refusal::ClientCertificate));
    }
    Some(Ok(Permitted { routed: Arc::clone(routed), visitor: None }))
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

fn conditions(routed: &Routed, visitor: &Visitor) -> Result<(), Refusal> {
    let (policy, facts) = (&routed.route.policy, visitor.facts());
    if !policy.identity_providers.is_empty()
        && !policy.identity_providers.contains(&visitor.session().identity_provider)
    {
        let accepted = &policy.identity_providers;
        return Err(if facts.identity_providers.iter().any(|linked| accepted.contains(linked)) {
            Refusal::StepUp
        } else if accepted.iter().all(|name| name == "local") {
            Refusal::LocalOnly
        } else {
            Refusal::IdentityProvider
        });
    }
    if !policy.professions.is_empty() && !facts.professions.iter().any(|code| policy.professions.contains(code)) {
        return Err(Refusal::Profession);
    }
    if policy.verified_email && !facts.email_verified {
        return Err(Refusal::EmailNeeded);
    }
    if policy.verified_phone && !facts.phone_verified {
        return Err(Refusal::PhoneNeeded);
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
