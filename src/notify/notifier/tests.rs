use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;

use crate::config::Secret;
use crate::entropy::SystemEntropy;
use crate::identity::{Email, Phone};
use crate::notify::messages::CodePurpose;

use super::*;

/// A sender that answers what it was told, in order, then accepts; it remembers what it was given.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<(), SendError>>>,
    given: Mutex<Vec<Outgoing>>,
    hangs: bool,
    takes: Duration,
}

impl Scripted {
    fn new(answers: &[Result<(), SendError>]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().copied().collect()), ..Self::default() })
    }

    fn ids(&self) -> Vec<String> {
        self.given.lock().unwrap().iter().map(|outgoing| outgoing.id.clone()).collect()
    }
}

#[async_trait]
impl Sender for Scripted {
    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        self.given.lock().unwrap().push(outgoing);
        if self.hangs {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(self.takes).await;
        self.answers.lock().unwrap().pop_front().unwrap_or(Ok(()))
    }
}

struct Bench {
    notifier: Notifier,
    failures: Arc<Mutex<Vec<Failure>>>,
}

/// No wait between tries, and no rest.
const HASTE: Pace = Pace { deadline: DEADLINE, rest: Duration::ZERO, back_off: [Duration::ZERO; 5] };
const PLENTY: Duration = Duration::from_secs(60);

fn bench(email: Arc<dyn Sender>) -> Bench {
    bench_with(email, HASTE, Duration::from_secs(600))
}

fn bench_with(email: Arc<dyn Sender>, pace: Pace, code_lifetime: Duration) -> Bench {
    let failures = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&failures);
    let parts = Parts {
        email,
        sms: None,
        brand: Arc::new(brand()),
        public_url: PublicUrl {
            origin: "http://localhost:8080".to_owned(),
            authority: "localhost:8080".to_owned(),
            host: "localhost".to_owned(),
        },
        code_lifetime,
        entropy: Arc::new(SystemEntropy),
        on_failure: Some(Arc::new(move |failure| told.lock().unwrap().push(failure))),
    };
    Bench { notifier: Notifier::with_pace(parts, pace), failures }
}

fn brand() -> Brand {
    Brand {
        name: "RPLUS SANTÉ".to_owned(),
        sms_name: "RPLUS SANTE".to_owned(),
        portal: "portail".to_owned(),
        legacy: "Résoflux".to_owned(),
        tagline: String::new(),
        help_phone: "01 23 45 67 89".to_owned(),
        help_cost: String::new(),
        help_hours: String::new(),
        help_email: "aide@exemple.fr".to_owned(),
        help_url: None,
        terms_url: "https://exemple.fr/conditions".parse().unwrap(),
        terms_version: "1".to_owned(),
        terms_date: String::new(),
        legal_url: None,
        accessibility_url: None,
        logo: None,
        colours: BTreeMap::new(),
        templates: None,
    }
}

fn mailbox() -> To {
    To::Email(Email::parse("jean@exemple.fr").unwrap())
}

fn now() -> Timestamp {
    "2026-11-23T13:05:00Z".parse().unwrap()
}

fn reset_code() -> Message {
    Message::Code { purpose: CodePurpose::Reset, code: Secret::new("048213".to_owned()), asking: None }
}

#[tokio::test]
async fn a_delivery_tells_how_it_went_and_failures_are_told_to_the_observer() {
    let sender = Scripted::new(&[Ok(()), Err(SendError::Refused)]);
    let bench = bench(sender.clone());
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Ok(()));
    assert!(bench.failures.lock().unwrap().is_empty());
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Err(SendError::Refused));
    let told = bench.failures.lock().unwrap().clone();
    assert_eq!(
        told,
        [Failure { channel: Channel::Email, purpose: "code.reset", error: SendError::Refused, queued: false }]
    );
    let given = sender.given.lock().unwrap().remove(0);
    assert_eq!(given.code.unwrap().expose(), "048213");
    assert_eq!(given.at, now());
}

#[tokio::test]
async fn a_sender_that_hangs_is_left_at_the_deadline() {
    assert_eq!(PACE.deadline, Duration::from_secs(5), "decisions 39");
    let pace = Pace { deadline: Duration::from_millis(20), ..HASTE };
    let hanging = Arc::new(Scripted { hangs: true, ..Scripted::default() });
    let bench = bench_with(hanging, pace, Duration::from_secs(600));
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Err(SendError::Uncertain));
}

#[tokio::test]
async fn after_three_failures_nobody_waits_for_the_sender() {
    let sender = Scripted::new(&[Err(SendError::Down), Err(SendError::Uncertain), Err(SendError::Down)]);
    let pace = Pace { rest: PLENTY, ..HASTE };
    let bench = bench_with(sender.clone(), pace, Duration::from_secs(600));
    for _ in 0..3 {
        assert!(!bench.notifier.email_down());
        assert!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await.is_err());
    }
    assert!(bench.notifier.email_down());
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Err(SendError::Down));
    assert_eq!(sender.ids().len(), 3, "the sender was not asked again");
}

#[tokio::test]
async fn p01_a_rehearsal_waits_and_fails_like_a_delivery_and_nothing_leaves() {
    let sender = Arc::new(Scripted { takes: Duration::from_millis(80), ..Scripted::default() });
    let bench = bench_with(sender.clone(), Pace { rest: PLENTY, ..HASTE }, Duration::from_secs(600));
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Ok(()));
    let started = Instant::now();
    assert_eq!(bench.notifier.rehearse(mailbox(), &reset_code(), now()).await, Ok(()));
    assert!(started.elapsed() >= sender.takes, "{:?}", started.elapsed());
    assert_eq!(sender.ids().len(), 1);
    sender.answers.lock().unwrap().extend([Err(SendError::Down); 3]);
    for _ in 0..3 {
        assert!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await.is_err());
    }
    assert_eq!(bench.notifier.rehearse(mailbox(), &reset_code(), now()).await, Err(SendError::Down));
}

#[tokio::test]
async fn after_its_rest_a_sender_is_found_again_without_help() {
    let bench = bench(Scripted::new(&[Err(SendError::Down); 3]));
    for _ in 0..3 {
        assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Err(SendError::Down));
    }
    assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Ok(()));
    assert!(!bench.notifier.email_down());
}

#[tokio::test]
async fn refusals_do_not_make_a_sender_look_down() {
    let bench = bench(Scripted::new(&[Err(SendError::Refused); 5]));
    for _ in 0..5 {
        assert_eq!(bench.notifier.deliver(mailbox(), &reset_code(), now()).await, Err(SendError::Refused));
    }
    assert!(!bench.notifier.email_down());
}

#[tokio::test]
async fn a_queued_message_is_tried_again_under_the_same_id_until_it_leaves() {
    let sender = Scripted::new(&[Err(SendError::Down), Err(SendError::Down)]);
    let bench = bench(sender.clone());
    bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()).unwrap();
    assert!(bench.notifier.drain(PLENTY).await);
    let ids = sender.ids();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(bench.failures.lock().unwrap().is_empty());
    assert_eq!(bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()), Err(QueueError::Stopping));
}

#[tokio::test]
async fn o15_what_may_have_left_is_not_sent_twice() {
    let sender = Scripted::new(&[Err(SendError::Uncertain)]);
    let bench = bench(sender.clone());
    bench.notifier.queue(mailbox(), &reset_code(), now()).unwrap();
    assert!(bench.notifier.drain(PLENTY).await);
    assert_eq!(sender.ids().len(), 1);
    assert_eq!(bench.failures.lock().unwrap()[0].error, SendError::Uncertain);
}

#[tokio::test]
async fn o15_an_expired_code_is_not_sent_late_but_a_notice_is() {
    let sender = Scripted::new(&[]);
    let bench = bench_with(sender.clone(), HASTE, Duration::ZERO);
    bench.notifier.queue(mailbox(), &reset_code(), now()).unwrap();
    bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()).unwrap();
    assert!(bench.notifier.drain(PLENTY).await);
    assert_eq!(sender.ids().len(), 1);
    let told: Vec<_> = bench.failures.lock().unwrap().iter().map(|failure| failure.purpose).collect();
    assert_eq!(told, ["code.reset"]);
}

#[tokio::test]
async fn a_message_that_never_leaves_is_given_up_and_told() {
    let sender = Scripted::new(&[Err(SendError::Down); 9]);
    let bench = bench(sender.clone());
    bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()).unwrap();
    assert!(bench.notifier.drain(PLENTY).await);
    assert_eq!(sender.ids().len(), 1 + HASTE.back_off.len());
    assert!(bench.failures.lock().unwrap()[0].queued);
}

#[tokio::test]
async fn a_full_queue_refuses_and_says_so() {
    let bench = bench(Arc::new(Scripted { hangs: true, ..Scripted::default() }));
    for _ in 0..QUEUE {
        bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()).unwrap();
    }
    assert_eq!(bench.notifier.queue(mailbox(), &Message::PasswordChanged, now()), Err(QueueError::Full));
    assert_eq!(bench.failures.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_sms_every_sms_is_down_and_a_message_without_that_form_is_refused() {
    let bench = bench(Scripted::new(&[]));
    assert!(!bench.notifier.has_sms() && bench.notifier.sms_down() && !bench.notifier.email_down());
    let number = To::Phone(Phone::parse("+33612340101").unwrap());
    assert_eq!(bench.notifier.deliver(number.clone(), &reset_code(), now()).await, Err(SendError::Down));
    assert_eq!(bench.notifier.deliver(number, &Message::EmailTaken, now()).await, Err(SendError::Refused));
}
