//! Every standing against every access.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::config::settings::{AssertionHeader, Cors, Policy, ResponseHeaders, Route, Upstream};
use crate::entropy::SystemEntropy;
use crate::gateway::forward::IdentityHeaders;
use crate::identity::AccountId;
use crate::observe::Metrics;
use crate::session::visitor::ProfessionClaim;
use crate::session::{Claims, Facts, Session, SessionToken};

/// A route that lets activated people through.
pub(crate) fn route() -> Route {
    Route {
        name: "portal".to_owned(),
        host: None,
        path: "/".to_owned(),
        upstream: Some(Upstream::at("127.0.0.1", 1)),
        policy: Policy::default(),
        audience: "https://portal.example".to_owned(),
        assertion_header: AssertionHeader::Named("x-guichet-assertion".to_owned()),
        strip_prefix: false,
        rewrite_host: false,
        service_worker: false,
        body_bytes: None,
        response_timeout: None,
        response_headers: ResponseHeaders::default(),
        plain_headers: BTreeMap::new(),
        cors: Cors::Off,
    }
}

pub(crate) fn facts() -> Facts {
    Facts {
        account_version: 3,
        epoch: 0,
        spared: None,
        standing: Standing::Active,
        terms_current: true,
        email_verified: true,
        phone_verified: false,
        professions: vec!["60".to_owned()],
        identity_providers: Vec::new(),
        claims: Claims {
            name: Some("Zoë Martin".to_owned()),
            email: Some("zoe@exemple.fr".to_owned()),
            professions: vec![ProfessionClaim {
                code: "60".to_owned(),
                system: "1.2.250.1.71.1.2.7".to_owned(),
                label: "Infirmier".to_owned(),
            }],
            ..Claims::default()
        },
    }
}

pub(crate) fn session(now: Timestamp) -> Session {
    Session {
        sid: "sid-1".to_owned(),
        account: AccountId::new(uuid::Uuid::nil()),
        epoch: 0,
        opened_at: now,
        expires_at: now + SignedDuration::from_hours(4),
        last_seen: now,
        auth_time: now,
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: "urn:guichet:acr:email".to_owned(),
        identity_provider: "local".to_owned(),
        provider_tokens: None,
        opened_from: None,
        device: String::new(),
        notice: None,
        return_to: None,
        lasting: false,
    }
}

pub(crate) fn visitor(facts: Facts) -> Arc<Visitor> {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    Arc::new(Visitor::for_tests(session(now), facts, now))
}

fn live(facts: Facts) -> Visit {
    Visit::Known { token: SessionToken::draw(&SystemEntropy), lookup: Lookup::Live(visitor(facts)) }
}

fn judge(policy: Policy, visit: &Visit) -> Result<bool, Refusal> {
    judge_with(policy, visit, None)
}

fn judge_with(policy: Policy, visit: &Visit, certificate: Option<&ClientCertificate>) -> Result<bool, Refusal> {
    let route = Route { policy, ..route() };
    let routed = Arc::new(Routed {
        identity: IdentityHeaders::of(&route).unwrap(),
        route,
        upstream: None,
        meters: Metrics::default().route("portal"),
    });
    decide(&routed, visit, certificate).map(|permitted| permitted.visitor().is_some())
}

fn access(access: Access) -> Policy {
    Policy { access, ..Policy::default() }
}

#[test]
fn every_visit_against_every_access() {
    let ended = |cause| Visit::Known { token: SessionToken::draw(&SystemEntropy), lookup: Lookup::Ended(cause) };
    let standing = |standing| live(Facts { standing, ..facts() });
    let out = Refusal::SignedOut(None);
    let idle = Refusal::SignedOut(Some(EndCause::Idle));
    let table: [(Visit, [Result<bool, Refusal>; 3]); 9] = [
        (Visit::Anonymous, [Ok(false), Err(out), Err(out)]),
        (Visit::Malformed, [Ok(false), Err(Refusal::Malformed), Err(Refusal::Malformed)]),
        (Visit::Away, [Err(Refusal::Away); 3]),
        (ended(EndCause::Idle), [Ok(false), Err(idle), Err(idle)]),
        (standing(Standing::Active), [Ok(true), Ok(true), Ok(true)]),
        (standing(Standing::Activating), [Ok(false), Ok(true), Err(Refusal::ActivationPending)]),
        (standing(Standing::Disabled), [Ok(false), Err(Refusal::Suspended), Err(Refusal::Suspended)]),
        (standing(Standing::Frozen), [Ok(false), Err(Refusal::Frozen), Err(Refusal::Frozen)]),
        (live(Facts { terms_current: false, ..facts() }), [Ok(false), Ok(true), Err(Refusal::TermsPending)]),
    ];
    for (visit, expected) in table {
        for (wanted, expected) in [Access::Public, Access::SignedIn, Access::Activated].into_iter().zip(expected) {
            assert_eq!(judge(access(wanted), &visit), expected, "{visit:?} {wanted:?}");
        }
    }
}

#[test]
fn each_condition_is_asked_by_itself() {
    let set = |text: &str| BTreeSet::from([text.to_owned()]);
    let me = live(facts());
    for (policy, expected) in [
        (Policy { identity_providers: set("local"), ..Policy::default() }, Ok(true)),
        (Policy { identity_providers: set("psc"), ..Policy::default() }, Err(Refusal::IdentityProvider)),
        (Policy { professions: set("60"), ..Policy::default() }, Ok(true)),
        (Policy { professions: set("10"), ..Policy::default() }, Err(Refusal::Profession)),
        (Policy { verified_email: true, ..Policy::default() }, Ok(true)),
        (Policy { verified_phone: true, ..Policy::default() }, Err(Refusal::PhoneNeeded)),
    ] {
        assert_eq!(judge(policy.clone(), &me), expected, "{policy:?}");
    }
    let linked = live(Facts { identity_providers: vec!["psc".to_owned()], ..facts() });
    let policy = Policy { identity_providers: set("psc"), ..Policy::default() };
    assert_eq!(judge(policy, &linked), Err(Refusal::StepUp), "what the account is linked to, it can confirm with");
    let policy = Policy { identity_providers: set("autre"), ..Policy::default() };
    assert_eq!(judge(policy, &linked), Err(Refusal::IdentityProvider));
    let unproven = live(Facts { email_verified: false, professions: Vec::new(), ..facts() });
    let policy = Policy { verified_email: true, ..Policy::default() };
    assert_eq!(judge(policy, &unproven), Err(Refusal::EmailNeeded));
    assert_eq!(judge(Policy { professions: set("60"), ..Policy::default() }, &unproven), Err(Refusal::Profession));
}

#[test]
fn a_client_certificate_is_asked_of_the_connection_before_anything_of_the_person() {
    let certificate =
        ClientCertificate { subject: "CN=zoe".to_owned(), names: Vec::new(), fingerprint: "00".to_owned() };
    let policy = |access| Policy { access, client_certificate: true, ..Policy::default() };
    for wanted in [Access::Public, Access::SignedIn, Access::Activated] {
        for visit in [Visit::Anonymous, Visit::Malformed, Visit::Away, live(facts())] {
            assert_eq!(judge(policy(wanted), &visit), Err(Refusal::ClientCertificate), "{wanted:?} {visit:?}");
            let shown = judge_with(policy(wanted), &visit, Some(&certificate));
            assert_eq!(shown, judge(access(wanted), &visit), "the rest stays as it is");
        }
    }
}
