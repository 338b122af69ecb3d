//! Every standing against every access.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::config::settings::{AcrMinimum, AssertionHeader, Cors, Methods, Policy, ResponseHeaders, Route, Upstream};
use crate::entropy::SystemEntropy;
use crate::gateway::forward::IdentityHeaders;
use crate::identity::{AccountId, acr};
use crate::observe::Metrics;
use crate::session::facts::ProfessionClaim;
use crate::session::{Claims, Facts, Session, SessionToken};

/// A route that lets activated people through.
pub(crate) fn route() -> Route {
    Route {
        name: "portal".to_owned(),
        host: None,
        path: "/".to_owned(),
        methods: Methods::ALL,
        upstream: Some(Upstream::at("127.0.0.1", 1)),
        policy: Policy::default(),
        maintenance: None,
        audience: "https://portal.example".to_owned(),
        assertion_header: AssertionHeader::Named("x-guichet-assertion".to_owned()),
        strip_prefix: false,
        rewrite_host: false,
        service_worker: false,
        body_bytes: None,
        response_timeout: None,
        response_headers: ResponseHeaders::default(),
        plain_headers: BTreeMap::new(),
        provider_token_header: None,
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
        granted: false,
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

/// When everybody of these tests has signed in.
fn then() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn nothing_shown() -> Circumstances<'static> {
    Circumstances { certificate: None, client: "203.0.113.9".parse().unwrap(), now: then() }
}

fn judge(policy: Policy, visit: &Visit) -> Result<bool, Refusal> {
    judge_with(policy, visit, nothing_shown())
}

fn judge_with(policy: Policy, visit: &Visit, with: Circumstances<'_>) -> Result<bool, Refusal> {
    judge_route(Route { policy, ..route() }, visit, with)
}

fn routed(route: Route) -> Arc<Routed> {
    Arc::new(Routed {
        audience: "urn:test".into(),
        identity: IdentityHeaders::of(&route).unwrap(),
        route,
        upstream: None,
        meters: Metrics::default().route("portal"),
    })
}

fn judge_route(route: Route, visit: &Visit, with: Circumstances<'_>) -> Result<bool, Refusal> {
    decide(&routed(route), visit, with).map(|permitted| permitted.visitor().is_some())
}

fn beyond(what: Lacking, provider: bool) -> Refusal {
    Refusal::Insufficient { what, provider }
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
        (Policy { identity_providers: set("psc"), ..Policy::default() }, Err(beyond(Lacking::IdentityProvider, true))),
        (Policy { professions: set("60"), ..Policy::default() }, Ok(true)),
        (Policy { professions: set("10"), ..Policy::default() }, Err(Refusal::Profession)),
        (Policy { verified_email: true, ..Policy::default() }, Ok(true)),
        (Policy { verified_phone: true, ..Policy::default() }, Err(Refusal::PhoneNeeded)),
    ] {
        assert_eq!(judge(policy.clone(), &me), expected, "{policy:?}");
    }
    let linked = live(Facts { identity_providers: vec!["psc".to_owned()], ..facts() });
    let policy = Policy { identity_providers: set("psc"), ..Policy::default() };
    let by_provider = Refusal::StepUp(Lacking::IdentityProvider, Need::PROVIDER);
    assert_eq!(judge(policy, &linked), Err(by_provider), "what the account is linked to, it can confirm with");
    let policy = Policy { identity_providers: set("autre"), ..Policy::default() };
    assert_eq!(judge(policy, &linked), Err(beyond(Lacking::IdentityProvider, true)));
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
            let shown = judge_with(
                policy(wanted),
                &visit,
                Circumstances { certificate: Some(&certificate), ..nothing_shown() },
            );
            assert_eq!(shown, judge(access(wanted), &visit), "the rest stays as it is");
        }
    }
}

/// A session of a scale, level and means, `age` seconds old, of an account linked to `links`.
fn proven(by: &str, acr: &str, amr: &[&str], age: i64, links: &[&str]) -> Visit {
    let session = Session {
        identity_provider: by.to_owned(),
        acr: acr.to_owned(),
        amr: amr.iter().map(|means| (*means).to_owned()).collect(),
        auth_time: then() - SignedDuration::from_secs(age),
        ..session(then())
    };
    let facts = Facts { identity_providers: links.iter().map(|name| (*name).to_owned()).collect(), ..facts() };
    let visitor = Arc::new(Visitor::for_tests(session, facts, then()));
    Visit::Known { token: SessionToken::draw(&SystemEntropy), lookup: Lookup::Live(visitor) }
}

/// `local=sms psc=eidas2`.
fn minimum(text: &str) -> Policy {
    let of = |pair: &str| {
        let (scale, level) = pair.split_once('=').unwrap();
        let levels = if scale == "local" { acr::LOCAL } else { ["eidas0", "eidas1", "eidas2", "eidas3"] };
        let rank = levels.iter().position(|known| known.ends_with(level)).unwrap();
        let accepted = levels.into_iter().skip(rank).map(str::to_owned).collect();
        (scale.to_owned(), AcrMinimum { rank: rank.try_into().unwrap(), accepted })
    };
    Policy { acr_minimum: text.split(' ').map(of).collect(), ..Policy::default() }
}

fn need(text: &str) -> Need {
    Need::parse(text).unwrap()
}

#[test]
fn each_scale_has_its_minimum_and_an_unlisted_one_is_refused() {
    let step_up = |text: &str| Err(Refusal::StepUp(Lacking::Acr, need(text)));
    let local = |level, links: &[&str]| proven("local", level, &["pwd"], 0, links);
    let psc = |level: &str| proven("psc", level, &["x"], 0, &["psc"]);
    for (policy, visit, expected) in [
        ("local=email", local(acr::EMAIL, &[]), Ok(true)),
        ("local=email", local(acr::SMS, &[]), Ok(true)),
        ("local=email", local(acr::MAILBOX, &[]), step_up("sms")),
        ("local=mailbox", local(acr::MAILBOX, &[]), Ok(true)),
        ("local=mailbox", local(acr::PASSWORD, &[]), step_up("sms")),
        ("local=sms", local(acr::EMAIL, &[]), step_up("sms")),
        ("local=sms psc=eidas1", local(acr::EMAIL, &["psc"]), step_up("sms-psc-niveau1")),
        ("local=sms psc=eidas1", local(acr::EMAIL, &["autre"]), step_up("sms")),
        ("psc=eidas2", local(acr::SMS, &["psc"]), step_up("psc-niveau2")),
        ("psc=eidas2", local(acr::SMS, &[]), Err(beyond(Lacking::Acr, true))),
        ("psc=eidas2", psc("eidas3"), Ok(true)),
        ("psc=eidas2", psc("eidas1"), step_up("psc-niveau2")),
        ("psc=eidas2", psc("urn:guichet:acr:sms"), step_up("psc-niveau2")),
        ("psc=eidas2", psc("eidas9"), step_up("psc-niveau2")),
        ("local=mailbox", psc("eidas3"), Err(beyond(Lacking::Acr, false))),
        ("local=mailbox", local("eidas3", &[]), step_up("sms")),
    ] {
        assert_eq!(judge(minimum(policy), &visit), expected, "{policy} {visit:?}");
    }
}

#[test]
fn one_of_the_accepted_means_is_enough() {
    let policy =
        |means: &[&str]| Policy { amr: means.iter().map(|word| (*word).to_owned()).collect(), ..Policy::default() };
    let step_up = |text: &str| Err(Refusal::StepUp(Lacking::Amr, need(text)));
    let email = proven("local", acr::EMAIL, &["pwd", "otp"], 0, &[]);
    let sms = proven("local", acr::SMS, &["pwd", "sms"], 0, &[]);
    let linked = proven("local", acr::EMAIL, &["pwd", "otp"], 0, &["psc"]);
    for (means, visit, expected) in [
        (&["sms", "otp"][..], &email, Ok(true)),
        (&["sms"], &email, step_up("sms")),
        (&["sms"], &linked, step_up("sms-psc")),
        (&["otp"], &sms, step_up("email")),
        (&["card"], &email, Err(beyond(Lacking::Amr, false))),
        (&["card"], &linked, step_up("psc")),
        (&["SMS"], &sms, Err(beyond(Lacking::Amr, false))),
    ] {
        assert_eq!(judge(policy(means), visit), expected, "{means:?}");
    }
}

#[test]
fn an_authentication_is_young_for_a_while_and_old_from_its_last_second_on() {
    let policy = Policy { max_age: Some(Duration::from_secs(60)), ..Policy::default() };
    let step_up = |text: &str| Err(Refusal::StepUp(Lacking::MaxAge, need(text)));
    for (age, links, expected) in [
        (-30, &[][..], Ok(true)),
        (0, &[], Ok(true)),
        (59, &[], Ok(true)),
        (60, &[], step_up("passe")),
        (90, &["psc"], step_up("passe-psc")),
    ] {
        assert_eq!(judge(policy.clone(), &proven("local", acr::EMAIL, &["pwd"], age, links)), expected, "{age}");
    }
    let of_psc = proven("psc", "eidas1", &[], 60, &["psc"]);
    assert_eq!(judge(policy.clone(), &of_psc), step_up("psc"));
    let both = Policy { max_age: policy.max_age, ..minimum("local=sms psc=eidas2") };
    let old = proven("local", acr::EMAIL, &["pwd"], 90, &["psc"]);
    let all = Err(Refusal::StepUp(Lacking::Acr, need("passe-sms-psc-niveau2")));
    assert_eq!(judge(both, &old), all);
}

#[test]
fn nobody_confirms_who_they_are_to_be_refused_after() {
    let old = proven("local", acr::EMAIL, &["pwd"], 90, &[]);
    let policy = Policy { max_age: Some(Duration::from_secs(60)), ..Policy::default() };
    let doctors = Policy { professions: BTreeSet::from(["10".to_owned()]), ..policy.clone() };
    assert_eq!(judge(doctors, &old), Err(Refusal::Profession));
    assert_eq!(judge(Policy { verified_phone: true, ..policy }, &old), Err(Refusal::PhoneNeeded));
}

#[test]
fn i12_a_client_is_let_in_by_its_network_before_anything_of_the_person() {
    let networks = ["192.0.2.0/24", "2001:db8::/32"].map(|text| text.parse().unwrap());
    let policy = |access| Policy { access, client_addresses: networks.to_vec(), ..Policy::default() };
    let from = |client: &str| Circumstances { client: client.parse().unwrap(), ..nothing_shown() };
    for wanted in [Access::Public, Access::SignedIn, Access::Activated] {
        for visit in [Visit::Anonymous, Visit::Malformed, Visit::Away, live(facts())] {
            for client in ["203.0.113.9", "2001:db9::1", "192.0.3.1", "::1"] {
                let judged = judge_with(policy(wanted), &visit, from(client));
                assert_eq!(judged, Err(Refusal::ClientAddress), "{wanted:?} {visit:?} {client}");
            }
            for client in ["192.0.2.1", "192.0.2.255", "2001:db8::1"] {
                let judged = judge_with(policy(wanted), &visit, from(client));
                assert_eq!(judged, judge(access(wanted), &visit), "the rest stays as it is");
            }
        }
    }
}

#[test]
fn a_route_that_is_switched_off_lets_nobody_in_and_says_when_to_try_again() {
    let off = |until: Option<i64>| Route {
        policy: access(Access::Public),
        maintenance: Some(Maintenance { until: until.map(|seconds| then() + SignedDuration::from_secs(seconds)) }),
        ..route()
    };
    for visit in [Visit::Anonymous, Visit::Away, live(facts())] {
        for (until, told, retry) in [(None, None, 300), (Some(90), Some(90), 90), (Some(0), None, 300)] {
            let judged = judge_route(off(until), &visit, nothing_shown());
            let until = told.map(|seconds| then() + SignedDuration::from_secs(seconds));
            assert_eq!(judged, Err(Refusal::Maintenance { until, retry }));
        }
    }
}

#[test]
fn i05_a_preflight_is_let_through_as_nobody_and_only_where_the_connection_may_come() {
    let near = Policy { client_addresses: vec!["192.0.2.0/24".parse().unwrap()], ..Policy::default() };
    let shown = Policy { client_certificate: true, ..Policy::default() };
    let off = Some(Maintenance { until: None });
    let away = Refusal::Maintenance { until: None, retry: AWAY };
    for (policy, maintenance, expected) in [
        (Policy::default(), None, Ok(false)),
        (near, None, Err(Refusal::ClientAddress)),
        (shown, None, Err(Refusal::ClientCertificate)),
        (Policy::default(), off, Err(away)),
    ] {
        let passing = routed(Route { policy, maintenance, cors: Cors::Pass, ..route() });
        let judged = preflight(&passing, nothing_shown()).unwrap();
        assert_eq!(judged.map(|permitted| permitted.visitor().is_some()), expected, "{:?}", passing.route.policy);
    }
    assert!(preflight(&routed(route()), nothing_shown()).is_none());
}
