//! Signing in with one's national number (decision 42): telephones that ring for somebody else, numbers that are tried out, and pages
//! that are taken elsewhere.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use guichet::app::{App, Doors};
use guichet::config::settings::CibaChannel;
use guichet::entropy::SystemEntropy;
use guichet::identity::NationalId;
use guichet::login::ciba::{AfterQuestion, Question};
use guichet::login::local::Browser;
use guichet::login::{Device, Flow};
use guichet::notify::Outbox;
use guichet::observe::audit::Origin;

use crate::support::ciba::{FORM, NOBODY, NURSE, NURSE_ID, WAITING, digits};
use crate::support::person::{Page, Person};
use crate::support::site::Site;

const SESSION: &str = "__Host-guichet";
const UNDER_WAY: &str = "Une demande est déjà en cours pour ce numéro.";
const TOO_MANY: &str = "Trop de demandes ont été faites pour ce numéro.";

/// Facts of the nurse's account, by name.
async fn count(site: &Site, fact: &str) -> usize {
    let directory = &site.app.login.directory;
    let nurse = directory.by_link("psc", NURSE_ID).await.unwrap().unwrap();
    let facts = directory.facts(nurse.id, 1_000).await.unwrap();
    facts.iter().filter(|event| event.fact.as_str() == fact).count()
}

#[track_caller]
fn refused(page: &Page, sentence: &str) {
    assert_eq!(page.status, 429, "{}", page.gist());
    assert!(page.says(sentence) && page.header("retry-after").is_some(), "{}", page.gist());
}

#[tokio::test]
async fn o09_o10_a_telephone_rings_once_at_a_time_and_three_times_an_hour() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    // Another tab, another spelling, a browser of hers without its flow.
    let mut other = nurse.clone();
    other.drop_cookie("__Host-guichet-flow");
    refused(&site.ask(&mut nurse, NURSE_ID).await, UNDER_WAY);
    refused(&site.ask(&mut other, " 997 0099 9909").await, UNDER_WAY);
    // Cancelled here, it still stands on the telephone.
    let page = nurse.submit(&waiting, WAITING, &[("action", "retour")]).await;
    assert!(page.location().contains("avis=demande-annulee"), "{}", page.gist());
    refused(&site.ask(&mut nurse, NURSE).await, UNDER_WAY);
    assert_eq!((site.calls("ciba").await, site.requests().await.len()), (1, 1));
    for _ in 0..2 {
        site.forward(121);
        site.to_waiting(&mut nurse, NURSE).await;
    }
    site.forward(121);
    refused(&site.ask(&mut nurse, NURSE).await, TOO_MANY);
    refused(&site.ask(&mut other, NURSE).await, TOO_MANY);
    assert_eq!(site.calls("ciba").await, 3);
    site.forward(3_600);
    site.to_waiting(&mut nurse, NURSE).await;
    assert_eq!(site.calls("ciba").await, 4);
}

#[tokio::test]
async fn o09_instances_on_one_store_ring_once_and_count_together() {
    let site = Site::start().await;
    let nurse = site.recognised().await;
    let doors =
        || Doors { clock: site.clock.clone(), entropy: Arc::new(SystemEntropy), outbox: Some(Outbox::in_memory()) };
    let mut instances = Vec::new();
    for _ in 0..3 {
        instances.push(App::build((*site.app.settings).clone(), doors()).await.unwrap());
    }
    let sealed = nurse.cookie("__Host-guichet-device").unwrap();
    let who = NationalId::parse(NURSE).unwrap();
    let ask = async |app: &App| {
        let login = &app.login;
        let device = login.sealer.open("device-cookie", sealed).unwrap();
        let device = Device(String::from_utf8(device).unwrap());
        let cookie = Flow::draw_cookie(&SystemEntropy);
        let flow = Flow::new(&login.sealer, &cookie, &Flow::draw_id(&SystemEntropy)).unwrap();
        let origin = Origin::default();
        let browser = Browser { origin: &origin, device: Some(&device) };
        let question = Question { provider: "psc", who: &who, typed: NURSE, channel: CibaChannel::Card };
        login.ask_person(&flow, &question, None, browser).await.unwrap()
    };
    for _ in 0..3 {
        let [first, second, third] = &instances[..] else { panic!("three") };
        let answers = tokio::join!(ask(first), ask(second), ask(third));
        let answers = [answers.0, answers.1, answers.2];
        let waiting = answers.iter().filter(|answer| **answer == AfterQuestion::Waiting).count();
        let under_way = answers.iter().filter(|answer| **answer == AfterQuestion::UnderWay).count();
        assert_eq!((waiting, under_way), (1, 2), "{answers:?}");
        site.forward(121);
    }
    assert!(matches!(ask(&instances[0]).await, AfterQuestion::Throttled { .. }));
    assert_eq!(site.calls("ciba").await, 3);
}

#[tokio::test]
async fn p05_who_knows_a_number_cannot_keep_its_owner_out() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let mut stranger = site.person();
    for _ in 0..3 {
        site.to_waiting(&mut stranger, NURSE).await;
        site.forward(121);
    }
    refused(&site.ask(&mut stranger, NURSE).await, TOO_MANY);
    site.to_waiting(&mut nurse, NURSE).await;
    assert_eq!(site.calls("ciba").await, 1, "hers alone");
}

/// What a stranger sees and makes us do for a number: pages without what is drawn, and acts of the store.
async fn told(site: &Site, number: &str) -> Vec<(u16, String, u64, u64)> {
    let mut seen = Vec::new();
    let mut stranger = site.person();
    let plain = |page: &Page| {
        let path = page.header("location").map(|to| to.split("f=").next().unwrap_or_default().to_owned());
        let said = page.gist();
        let shown = if page.body.contains("<strong>") { digits(page) } else { "--".to_owned() };
        let address = page.url.to_string();
        format!("{path:?} {}", said.replace(&address, "").replace(&format!("| {shown} |"), "| NN |"))
    };
    let acts = || (site.store.acts.load(Ordering::SeqCst), site.store.takes.load(Ordering::SeqCst));
    let mut waiting: Option<Page> = None;
    for step in ["ask", "follow", "early", "press", "again", "press-late", "look", "other-tab", "end"] {
        site.forward(if step == "end" { 121 } else { 4 });
        let before = acts();
        let page = match (step, &waiting) {
            ("ask", _) => site.ask(&mut stranger, number).await,
            ("follow", Some(asked)) => stranger.get(asked.location()).await,
            ("other-tab", _) => site.ask(&mut stranger, number).await,
            ("look", Some(page)) => stranger.submit(page, WAITING, &[("script", "oui")]).await,
            (_, Some(page)) => stranger.submit(page, WAITING, &[]).await,
            _ => panic!("{step}"),
        };
        let after = acts();
        seen.push((page.status, plain(&page), after.0 - before.0, after.1 - before.1));
        if matches!(step, "ask" | "follow") {
            waiting = Some(page);
        }
    }
    let ended = stranger.get(&format!("{WAITING}?f={}", waiting.unwrap().form(WAITING).unwrap()["flow"])).await;
    assert!(ended.says("La demande a expiré"), "{}", ended.gist());
    seen
}

#[tokio::test]
async fn p01_a_number_that_is_somebody_s_answers_as_one_that_is_nobody_s() {
    let site = Site::start().await;
    site.recognised().await;
    let somebody = told(&site, NURSE).await;
    let nobody = told(&site, NOBODY).await;
    assert_eq!(somebody, nobody);
    let statuses: Vec<u16> = nobody.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [303, 200, 303, 303, 303, 303, 204, 429, 303]);
    assert_eq!((site.calls("ciba").await, site.requests().await.len()), (0, 0), "nobody was asked");
}

#[tokio::test]
async fn p01_a_browser_of_one_person_learns_nothing_of_another() {
    let site = Site::start().await;
    // A physician whose account is linked, and whose browser is another.
    site.by_psc("medecin", "").await;
    let mut nurse = site.recognised().await;
    for number in ["99900100019", NOBODY] {
        let waiting = site.to_waiting(&mut nurse, number).await;
        site.forward(4);
        assert!(!site.look(&mut nurse, &waiting).await);
    }
    // The directory of Pro Santé Connect forgot her: as if she were nobody.
    let mut account = site.app.login.directory.by_link("psc", NURSE_ID).await.unwrap().unwrap();
    account.links[0].national_id = format!("8{NOBODY}");
    site.app.login.directory.save(&account, &[]).await.unwrap();
    let other = &mut nurse.clone();
    other.drop_cookie("__Host-guichet-flow");
    site.forward(121);
    let waiting = site.to_waiting(other, NOBODY).await;
    assert_eq!(site.calls("ciba").await, 1, "this one was asked for");
    site.forward(4);
    assert!(!site.look(other, &waiting).await);
    site.forward(121);
    assert!(site.look(other, &waiting).await);
    let page = other.submit(&waiting, WAITING, &[]).await;
    let page = other.follow(page).await;
    assert!(page.says("La demande a expiré"), "{}", page.gist());
}

#[tokio::test]
async fn c02_a_page_that_waits_is_worth_nothing_in_another_browser() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.answer(&waiting, "accept").await;
    site.forward(2);
    let mut stranger = site.person();
    stranger.get("/_guichet/connexion").await;
    for mut thief in [stranger.clone(), site.person()] {
        let page = thief.get(waiting.url.as_str()).await;
        assert!(page.location().contains("avis=delai"), "{}", page.gist());
        for answers in [&[][..], &[("script", "oui")], &[("action", "retour")]] {
            let page = thief.submit(&waiting, WAITING, answers).await;
            assert!(page.status == 303 && page.location().contains("avis=delai"), "{}", page.gist());
            assert_eq!(thief.cookie(SESSION), None);
        }
    }
    // A form of his own, with her tab's name: his browser has no such tab.
    let own = site.to_waiting(&mut stranger, NOBODY).await;
    let tab = waiting.form(WAITING).unwrap()["flow"].clone();
    let page = stranger.submit(&own, WAITING, &[("flow", &tab)]).await;
    assert!(page.location().contains("avis=delai"), "{}", page.gist());
    assert_eq!(site.calls("token").await, 1, "her first sign-in's");
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    assert_eq!(page.location(), "/", "{}", page.gist());
    assert_eq!(site.portal(&nurse.session()).await, 200);
}

#[tokio::test]
async fn c03_an_answer_is_used_once_however_often_the_button_is_pressed() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let opened = count(&site, "session.opened").await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.answer(&waiting, "accept").await;
    site.forward(2);
    let (mut left, mut right) = (nurse.clone(), nurse.clone());
    let pages = tokio::join!(left.submit(&waiting, WAITING, &[]), right.submit(&waiting, WAITING, &[]));
    assert_eq!((pages.0.status, pages.1.status), (303, 303));
    // Whoever was second presses again: the same session goes on under another token.
    for person in [&mut left, &mut right] {
        if person.cookie(SESSION).is_none() {
            person.submit(&waiting, WAITING, &[]).await;
        }
        assert!(person.cookie(SESSION).is_some());
    }
    assert_eq!(count(&site, "session.opened").await, opened + 1);
    assert_eq!(count(&site, "ciba.accepted").await, 1);
    let alive = [site.portal(&left.session()).await, site.portal(&right.session()).await];
    assert!(alive.contains(&200), "{alive:?}");
    assert_eq!(site.calls("token").await, 2, "one for the browser's sign-in, one for this");
    site.forward(11);
    let mut later = nurse.clone();
    let page = later.submit(&waiting, WAITING, &[]).await;
    assert!(page.location().contains("avis=delai") && later.cookie(SESSION).is_none(), "{}", page.gist());
}

#[tokio::test]
async fn d09_ten_reloads_and_ten_presses_are_one_question_to_the_provider() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let before = site.calls("token").await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    site.forward(1);
    for _ in 0..10 {
        assert_eq!(nurse.get(waiting.url.as_str()).await.status, 200);
    }
    assert_eq!(site.calls("token").await, before, "a GET asks nobody");
    for _ in 0..5 {
        assert!(!site.look(&mut nurse, &waiting).await);
        let page = nurse.submit(&waiting, WAITING, &[]).await;
        assert!(page.location().contains("avis=pas-encore"), "{}", page.gist());
    }
    let mut tabs: Vec<Person> = (0..5).map(|_| nurse.clone()).collect();
    site.forward(1);
    futures_util::future::join_all(tabs.iter_mut().map(|tab| site.look(tab, &waiting))).await;
    assert_eq!(site.calls("token").await, before + 2, "one a second, the provider's interval");
}

#[tokio::test]
async fn d09_slow_down_is_honoured() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    let kept = serde_json::to_value(site.kept(&nurse, &waiting).await.unwrap()).unwrap();
    let request = kept["request"]["auth_req_id"].as_str().unwrap();
    let token = format!("{}/protocol/openid-connect/token", site.app.settings.identity_providers["psc"].issuer);
    let body = format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id={request}");
    let secret = "cG9ydGFpbC1kZW1vOmRlbW9uc3RyYXRpb24tc2V1bGVtZW50";
    let basic = format!("Basic {secret}");
    let lines = [("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", basic.as_str())];
    site.forward(1);
    // Somebody else of this client asks a moment before us: ours is the one that comes too soon.
    let page = site.person().send("POST", &token, &lines, body.as_bytes()).await;
    assert!(page.body.contains("authorization_pending"), "{}", page.body);
    let before = site.calls("token").await;
    assert!(!site.look(&mut nurse, &waiting).await);
    for _ in 0..5 {
        site.forward(1);
        assert!(!site.look(&mut nurse, &waiting).await);
    }
    assert_eq!(site.calls("token").await, before + 1, "five seconds more are left to it");
    site.answer(&waiting, "accept").await;
    site.forward(1);
    assert!(site.look(&mut nurse, &waiting).await);
    assert_eq!(site.calls("token").await, before + 2);
    assert_eq!(nurse.submit(&waiting, WAITING, &[]).await.location(), "/");
}

#[tokio::test]
async fn a_cancelled_request_is_never_asked_about_again() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    let before = site.calls("token").await;
    let page = nurse.submit(&waiting, WAITING, &[("action", "retour")]).await;
    let page = nurse.follow(page).await;
    assert!(page.says("Vous avez annulé la demande."), "{}", page.gist());
    site.answer(&waiting, "accept").await;
    site.forward(5);
    assert!(site.look(&mut nurse, &waiting).await);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    let page = nurse.follow(page).await;
    assert!(page.says("Vous avez annulé la demande.") && nurse.cookie(SESSION).is_none(), "{}", page.gist());
    assert_eq!((site.calls("token").await, count(&site, "ciba.ended").await), (before, 1));
}

#[tokio::test]
async fn l03_a_link_that_goes_while_the_person_is_asked_opens_and_makes_nothing() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let waiting = site.to_waiting(&mut nurse, NURSE).await;
    let directory = &site.app.login.directory;
    let mut account = directory.by_link("psc", NURSE_ID).await.unwrap().unwrap();
    account.links.clear();
    directory.save(&account, &[]).await.unwrap();
    site.answer(&waiting, "accept").await;
    site.forward(2);
    let page = nurse.submit(&waiting, WAITING, &[]).await;
    assert!(page.location().contains("avis=delai"), "{}", page.gist());
    assert_eq!(nurse.cookie(SESSION), None);
    assert!(directory.by_link("psc", NURSE_ID).await.unwrap().is_none(), "no account was made of it");
}

#[tokio::test]
async fn f03_where_nothing_can_be_written_no_telephone_rings() {
    let site = Site::start().await;
    let mut nurse = site.recognised().await;
    let page = nurse.get(FORM).await;
    site.refuse_writes(true);
    let answers = [("numero", NURSE), ("canal", "mobile")];
    assert_eq!(nurse.submit(&page, FORM, &answers).await.status, 503);
    assert_eq!(site.calls("ciba").await, 0);
    site.refuse_writes(false);
    let page = nurse.submit(&page, FORM, &answers).await;
    assert_eq!(page.status, 303, "{}", page.gist());
}
