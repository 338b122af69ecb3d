//! Each act on real stores: its effect, its fact, its version.

use std::sync::Arc;

use jiff::Timestamp;

use super::export::Format;
use super::*;
use crate::account::{Journey, Link, Person, Source, SourcedRpps, SqliteDirectory, State, Step, Verified};
use crate::clock::Clock;
use crate::config::settings::SealingKey;
use crate::entropy::Draw as _;
use crate::identity::{Email, Phone, Rpps};
use crate::login::budget::name_of;
use crate::session::{EmbeddedStore, Rule, Session, SessionToken, Verdict};

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_900_000_000).unwrap()
    }
}

struct Place {
    desk: HelpDesk,
    directory: Arc<dyn Directory>,
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let directory: Arc<dyn Directory> =
        Arc::new(SqliteDirectory::open(&folder.path().join("directory.db")).await.unwrap());
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&folder.path().join("state.db")).await.unwrap());
    let desk = HelpDesk::new(Arc::clone(&directory), Arc::clone(&store), sealer(), Arc::new(Still), "ma\u{1b}rie");
    Place { desk, directory, store, _folder: folder }
}

fn sealer() -> Sealer {
    let key = Arc::new(secrecy::SecretBox::new(Box::new([7_u8; 32])));
    Sealer::new(vec![SealingKey { id: "k7".to_owned(), key }])
}

/// An activated person with everything, unlike any other.
fn active(number: u32) -> Account {
    let now = Still.now();
    let mut account = Account::new(AccountId::new(SystemEntropy.uuid(now)), State::Active, now);
    account.legacy_id = Some(format!("75000000{number}"));
    account.journey = Some(Journey::Local);
    for step in Journey::Local.steps() {
        account.steps.done(Journey::Local, *step, now).unwrap();
    }
    let email = Email::parse(&format!("personne{number}@exemple.fr")).unwrap();
    account.sign_in_email = Some(email.clone());
    account.contact_email = Some(Verified { value: email, verified_at: now });
    account.phone = Some(Verified { value: Phone::parse("+33612345678").unwrap(), verified_at: now });
    account.password = Some("$argon2id$secret-hash".to_owned());
    account.person = Person { family_name: Some("MARTIN".to_owned()), ..Person::default() };
    account
}

fn link(national_id: &str) -> Link {
    Link {
        identity_provider: "psc".to_owned(),
        national_id: national_id.to_owned(),
        linked_at: Timestamp::UNIX_EPOCH,
        last_sub: "f:1".to_owned(),
        rpps: None,
    }
}

impl Place {
    async fn add(&self, account: &Account) -> String {
        self.directory.create(account, &[]).await.unwrap().id.to_string()
    }

    async fn session_of(&self, account: &Account) {
        let now = Still.now();
        let session = Session {
            sid: SystemEntropy.token::<16>(),
            account: account.id,
            epoch: account.epoch,
            opened_at: now,
            expires_at: now + jiff::SignedDuration::from_hours(4),
            last_seen: now,
            auth_time: now,
            amr: vec!["pwd".to_owned()],
            acr: "urn:guichet:acr:email".to_owned(),
            identity_provider: "local".to_owned(),
            granted: false,
            opened_from: None,
            device: "Firefox, Windows".to_owned(),
            notice: None,
            return_to: None,
            lasting: false,
        };
        self.store.open(SessionToken::draw(&SystemEntropy).key(), &session).await.unwrap();
    }

    async fn read(&self, id: &str) -> Account {
        self.directory.account(id.parse().unwrap()).await.unwrap().unwrap()
    }

    /// The newest fact, which must name who acted.
    async fn fact(&self, id: &str) -> AuditEvent {
        let facts = self.directory.facts(id.parse().unwrap(), 1).await.unwrap();
        assert_eq!(facts[0].detail["by"], "help-desk");
        assert_eq!(facts[0].detail["operator"], "marie");
        facts[0].clone()
    }
}

#[tokio::test]
async fn a_person_is_found_by_whatever_they_say() {
    let place = place().await;
    let mut account = active(1);
    account.rpps = Some(SourcedRpps { value: Rpps::parse("99700999909").unwrap(), source: Source::Import });
    let id = place.add(&account).await;
    for said in [id.as_str(), "750000001", " Personne1@Exemple.fr ", "997 0099 9909"] {
        assert_eq!(place.desk.one(said).await.unwrap().id.to_string(), id, "{said}");
    }
    for said in ["", "750000002", "MARTIN", "personne@exemple.fr"] {
        assert!(matches!(place.desk.one(said).await, Err(HelpDeskError::Nobody(_))), "{said}");
    }
    let other = Account { rpps: account.rpps.clone(), ..active(2) };
    place.add(&other).await;
    assert!(matches!(place.desk.one("99700999909").await, Err(HelpDeskError::Several(ids)) if ids.len() == 2));
    let listed = place.desk.list(&Filter { text: Some("martin".to_owned()), limit: 10, ..Filter::default() }).await;
    assert_eq!(listed.unwrap().len(), 2);
}

#[tokio::test]
async fn unlocking_forgets_every_failure_of_the_account_and_its_browsers() {
    let place = place().await;
    let mut account = active(1);
    account.devices.insert("browser".to_owned(), Still.now());
    let id = place.add(&account).await;
    let rule = Rule::Ladder { free: 1, per_day: 1 };
    let mut counters = vec![format!("guess:{id}"), format!("guess-device:{id}:browser")];
    for typed in ["750000001", "Personne1@EXEMPLE.fr"] {
        let name = name_of(&sealer(), typed);
        counters.extend([
            format!("guess:{name}"),
            format!("code-guess:reset:{name}"),
            format!("code-day:reset:{name}"),
        ]);
    }
    for name in ["code-guess", "code-day"] {
        counters.extend(["reset", "claim", "factor"].map(|class| format!("{name}:{class}:{id}")));
        counters.extend(["reset", "factor"].map(|class| format!("{name}:{class}:{id}:browser")));
    }
    for counter in &counters {
        place.store.take(counter, rule, Still.now()).await.unwrap();
        assert!(matches!(place.store.take(counter, rule, Still.now()).await.unwrap(), Verdict::Refused { .. }));
    }
    place.desk.unlock("750000001").await.unwrap();
    for counter in &counters {
        assert!(matches!(place.store.take(counter, rule, Still.now()).await.unwrap(), Verdict::Granted { .. }));
    }
    assert_eq!(place.fact(&id).await.fact, Fact::AccountUnlocked);
    assert_eq!(place.read(&id).await.version, 1, "the account itself is not written");
}

#[tokio::test]
async fn a_frozen_activation_goes_on_and_a_second_unfreeze_does_nothing() {
    let place = place().await;
    let id = place.add(&Account { frozen: true, state: State::Activating, ..active(1) }).await;
    assert!(place.desk.unfreeze(&id).await.unwrap().changed);
    let account = place.read(&id).await;
    assert_eq!((account.frozen, account.version), (false, 2));
    assert_eq!(place.fact(&id).await.fact, Fact::ActivationUnfrozen);
    assert!(!place.desk.unfreeze(&id).await.unwrap().changed);
    assert_eq!(place.read(&id).await.version, 2);
}

#[tokio::test]
async fn closing_ends_sessions_and_opening_puts_the_account_back_where_it_stood() {
    let place = place().await;
    for state in [State::Imported, State::Activating, State::Active] {
        let number = u32::from(state as u8);
        let account = Account { state, ..active(number) };
        let id = place.add(&account).await;
        place.session_of(&account).await;
        let done = place.desk.disable(&id).await.unwrap();
        assert_eq!((done.sessions_ended, done.account.state), (1, "disabled"));
        let closed = place.read(&id).await;
        assert_eq!((closed.state, closed.epoch, closed.version), (State::Disabled, 1, 2));
        assert_eq!(place.fact(&id).await.fact, Fact::AccountDisabled);
        assert!(place.store.sessions_of(account.id, Still.now()).await.unwrap().is_empty());
        assert!(!place.desk.disable(&id).await.unwrap().changed);
        place.desk.enable(&id).await.unwrap();
        let opened = place.read(&id).await;
        assert_eq!((opened.state, opened.closed_from, opened.version), (state, None, 3));
        assert_eq!(place.fact(&id).await.fact, Fact::AccountEnabled);
    }
}

#[tokio::test]
async fn revoking_raises_the_epoch_ends_sessions_and_is_seen_by_the_gateway() {
    let place = place().await;
    let account = active(1);
    let id = place.add(&account).await;
    place.session_of(&account).await;
    place.session_of(&account).await;
    let (_, mark) = place.directory.changes_since(0).await.unwrap();
    assert_eq!(place.desk.revoke_sessions(&id).await.unwrap().sessions_ended, 2);
    assert_eq!(place.read(&id).await.epoch, 1);
    assert_eq!(place.fact(&id).await.fact, Fact::SessionsEnded);
    let (changes, _) = place.directory.changes_since(mark).await.unwrap();
    assert_eq!(changes, [crate::account::Change::Account(account.id)]);
}

#[tokio::test]
async fn a_removed_phone_receives_nothing_and_is_asked_again() {
    let place = place().await;
    let account = active(1);
    let id = place.add(&account).await;
    place.session_of(&account).await;
    assert_eq!(place.desk.remove_phone(&id).await.unwrap().sessions_ended, 1);
    let after = place.read(&id).await;
    assert_eq!((after.phone, after.state, after.epoch, after.version), (None, State::Active, 1, 2));
    assert_eq!(after.steps.skipped().map(|(step, _)| step).collect::<Vec<_>>(), [Step::Phone]);
    assert_eq!(place.fact(&id).await.fact, Fact::PhoneRemoved);
    assert!(!place.desk.remove_phone(&id).await.unwrap().changed);
}

#[tokio::test]
async fn a_step_is_walked_again_and_its_proof_is_forgotten() {
    let place = place().await;
    let id = place.add(&active(1)).await;
    assert!(matches!(place.desk.reset_step(&id, Step::Terms).await, Err(HelpDeskError::Refused(Refused::NoSuchStep))));
    let done = place.desk.reset_step(&id, Step::Email).await.unwrap();
    assert_eq!((done.account.state, done.account.next_step), ("activating", Some("details")));
    assert!(!done.remarks.is_empty());
    let after = place.read(&id).await;
    assert_eq!((after.sign_in_email, after.contact_email, after.epoch, after.version), (None, None, 1, 2));
    assert!(after.password.is_some(), "the person signs in with it to walk the step");
    let fact = place.fact(&id).await;
    assert_eq!((fact.fact, fact.detail["step"].as_str()), (Fact::StepReset, "email"));
    assert!(!place.desk.reset_step(&id, Step::Email).await.unwrap().changed);
}

#[tokio::test]
async fn a_step_is_not_reset_where_the_person_could_not_come_back() {
    let place = place().await;
    let id = place.add(&Account { legacy_id: None, ..active(1) }).await;
    let refused = place.desk.reset_step(&id, Step::Phone).await;
    assert!(matches!(refused, Err(HelpDeskError::Refused(Refused::NoWayBack))));
    assert_eq!(place.read(&id).await.version, 1);
}

#[tokio::test]
async fn an_unlinked_account_no_longer_says_what_the_provider_proved() {
    let place = place().await;
    let mut account = active(1);
    account.links.push(link("899700999909"));
    account.rpps = Some(SourcedRpps { value: Rpps::parse("99700999909").unwrap(), source: Source::Psc });
    let id = place.add(&account).await;
    place.session_of(&account).await;
    let done = place.desk.unlink(&id, "psc").await.unwrap();
    assert_eq!((done.sessions_ended, done.remarks.len()), (1, 1));
    let after = place.read(&id).await;
    assert!(after.links.is_empty());
    assert_eq!((after.rpps.unwrap().source, after.epoch, after.version), (Source::Declared, 1, 2));
    assert_eq!(place.fact(&id).await.fact, Fact::LinkRemoved);
    assert!(matches!(place.desk.unlink(&id, "psc").await, Err(HelpDeskError::Refused(Refused::NotLinked))));
}

#[tokio::test]
async fn a_link_moves_to_another_account_or_not_at_all() {
    let place = place().await;
    let mut from = active(1);
    from.links.push(link("899700999909"));
    from.rpps = Some(SourcedRpps { value: Rpps::parse("99700999909").unwrap(), source: Source::Psc });
    let to = Account { state: State::Imported, journey: None, ..active(2) };
    let (from_id, to_id) = (place.add(&from).await, place.add(&to).await);
    for account in [&from, &to] {
        place.session_of(account).await;
    }

    let closed = place.add(&Account { state: State::Disabled, ..active(3) }).await;
    assert!(matches!(
        place.desk.move_link(&from_id, &closed, "psc").await,
        Err(HelpDeskError::Refused(Refused::Disabled))
    ));
    let other = SourcedRpps { value: Rpps::parse("99900123458").unwrap(), source: Source::Import };
    let other = place.add(&Account { rpps: Some(other), ..active(4) }).await;
    assert!(matches!(
        place.desk.move_link(&from_id, &other, "psc").await,
        Err(HelpDeskError::Refused(Refused::OtherRpps))
    ));
    assert!(matches!(
        place.desk.move_link(&from_id, "750000001", "psc").await,
        Err(HelpDeskError::Refused(Refused::SameAccount))
    ));
    assert_eq!(place.read(&from_id).await.version, 1, "nothing was written");

    let done = place.desk.move_link(&from_id, &to_id, "psc").await.unwrap();
    assert_eq!((done.account.id.as_str(), done.sessions_ended), (to_id.as_str(), 2));
    let (loser, winner) = (place.read(&from_id).await, place.read(&to_id).await);
    assert!(loser.links.is_empty() && winner.link("psc").is_some());
    assert_eq!((loser.epoch, winner.epoch, winner.state), (1, 1, State::Activating));
    assert_eq!(winner.rpps.unwrap().source, Source::Psc);
    assert_eq!(place.fact(&from_id).await.detail["link"], "lost");
    assert_eq!(place.fact(&to_id).await.detail["link"], "gained");
    let found = place.directory.by_link("psc", "899700999909").await.unwrap().unwrap();
    assert_eq!(found.id.to_string(), to_id);
}

#[tokio::test]
async fn an_act_and_the_gateway_at_once_both_happen() {
    let place = place().await;
    let id = place.add(&active(1)).await;
    let mut acts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (desk, id) = (place.desk.clone(), id.clone());
        acts.spawn(async move { desk.revoke_sessions(&id).await.map(|done| done.changed) });
    }
    while let Some(done) = acts.join_next().await {
        assert!(done.unwrap().unwrap());
    }
    let account = place.read(&id).await;
    assert_eq!((account.epoch, account.version), (4, 5));
}

#[tokio::test]
async fn what_is_shown_tells_where_the_person_is_stuck_and_no_hash() {
    let place = place().await;
    let mut account = active(1);
    account.state = State::Activating;
    account.steps.reopen(Step::Organisation);
    account.links.push(link("899700999909"));
    let id = place.add(&account).await;
    place.session_of(&account).await;
    place.desk.unlock(&id).await.unwrap();
    let shown = place.desk.show(&id, 5).await.unwrap();
    assert_eq!((shown.brief.next_step, shown.journey), (Some("organisation"), Some("local")));
    assert_eq!(shown.steps.last().unwrap().state, "pending");
    assert_eq!((shown.sessions.len(), shown.facts.len()), (1, 1));
    assert_eq!(shown.links[0].national_id, "xxxxxxx9909");
    let told = serde_json::to_string(&shown).unwrap();
    for secret in ["argon2", "personne1@", "612345678", "99700999909"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[tokio::test]
async fn x07_an_export_runs_nothing_in_a_spreadsheet_and_holds_no_hash() {
    let place = place().await;
    let mut account = active(1);
    account.person.family_name = Some("=HYPERLINK(\"http://x\",\"y\")".to_owned());
    let id = place.add(&account).await;
    let mut csv = Vec::new();
    assert_eq!(place.desk.export(Format::Csv, &mut csv).await.unwrap(), 1);
    let mut rows = csv::Reader::from_reader(csv.as_slice());
    let columns = rows.headers().unwrap().clone();
    let row = rows.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[columns.iter().position(|column| column == name).unwrap()];
    assert_eq!(cell("id"), id);
    assert_eq!(cell("family_name"), "'=HYPERLINK(\"http://x\",\"y\")");
    assert_eq!(cell("phone"), "'+33612345678");
    let mut json = Vec::new();
    place.desk.export(Format::JsonLines, &mut json).await.unwrap();
    let row: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(row["phone"], "+33612345678", "a program reads texts as they are");
    for export in [csv, json] {
        assert!(!String::from_utf8(export).unwrap().contains("argon2"));
    }
}

#[tokio::test]
async fn the_numbers_say_at_which_step_people_stop() {
    let place = place().await;
    place.add(&active(1)).await;
    let mut stopped = Account { state: State::Activating, ..active(2) };
    stopped.steps.reopen(Step::Organisation);
    place.add(&stopped).await;
    place.add(&Account { state: State::Imported, ..active(3) }).await;
    let stats = place.desk.stats().await.unwrap();
    assert_eq!((stats.census.imported, stats.census.activating, stats.census.active), (1, 1, 1));
    let organisation = stats.steps.iter().find(|step| step.step == "organisation").unwrap();
    assert_eq!((organisation.waiting, organisation.done), (1, 1));
}
