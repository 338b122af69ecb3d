//! Forgotten passwords: what ends one that is under way.

use guichet::account::State;
use guichet::clock::Clock as _;
use guichet::session::Store as _;
use sha2::Digest as _;

use super::p_reset::{CODE, EXPIRED, NEW, OTHER_PASSWORD, asked_code};
use crate::support::person::{Page, Person};
use crate::support::site::Site;

/// An imported account with a mailbox and no verified phone.
const ELODIE: (&str, &str) = ("752345678", "elodie.fontaine@example.com");

/// A site where many resets may be asked for, and one that waits for its code.
async fn waiting() -> (Site, Person, Page, String) {
    let site = Site::with(|settings| settings.codes.email_per_address_hour = 100).await;
    let mut person = site.person();
    let (page, code) = asked_code(&site, &mut person, ELODIE.0, ELODIE.1).await;
    (site, person, page, code)
}

/// The code does not lead to a new password any more, and nothing changed.
async fn dead(site: &Site, mut person: Person, page: &Page, code: &str) {
    let before = site.account(ELODIE.0).await;
    let answer = person.submit(page, CODE, &[("code", code)]).await;
    let next = answer.header("location").unwrap_or_default().to_owned();
    assert!(!next.starts_with(NEW), "{next}");
    let flow = page.form(CODE).unwrap()["flow"].clone();
    let direct = person.get(&format!("{NEW}?f={flow}")).await;
    assert!(!direct.location().starts_with(NEW));
    let after = site.account(ELODIE.0).await;
    assert_eq!((after.password, after.epoch), (before.password, before.epoch));
    assert_eq!(person.cookie("__Host-guichet"), None);
}

#[tokio::test]
async fn p17_a_reset_that_nothing_disturbs_works() {
    let (site, mut person, page, code) = waiting().await;
    site.forward(9 * 60 + 59);
    let page = person.submit(&page, CODE, &[("code", &code)]).await;
    assert!(page.location().starts_with(NEW));
    let page = person.follow(page).await;
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(person.submit(&page, NEW, &answers).await.status, 303);
    assert!(site.account(ELODIE.0).await.password.is_some());
}

#[tokio::test]
async fn p17_a_reset_dies_with_time() {
    let (site, person, page, code) = waiting().await;
    let mut proven = person.clone();
    site.forward(10 * 60);
    dead(&site, person, &page, &code).await;
    site.forward(61);
    let (page, code) = asked_code(&site, &mut proven, ELODIE.0, ELODIE.1).await;
    let page = proven.submit(&page, CODE, &[("code", &code)]).await;
    let page = proven.follow(page).await;
    site.forward(15 * 60);
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(proven.submit(&page, NEW, &answers).await.location(), EXPIRED);
    assert!(site.account(ELODIE.0).await.password.is_none());
}

#[tokio::test]
async fn p17_a_reset_dies_with_a_newer_one_a_login_and_a_change_of_credentials() {
    let (site, person, page, code) = waiting().await;
    site.forward(61);
    let mut second = site.person();
    let (page_of_second, code_of_second) = asked_code(&site, &mut second, ELODIE.0, ELODIE.1).await;
    dead(&site, person, &page, &code).await;
    let signed = Site::type_password(&mut site.person(), ELODIE.0, Site::legacy_password(ELODIE.0)).await;
    assert_eq!(signed.status, 303);
    dead(&site, second, &page_of_second, &code_of_second).await;
    site.forward(61);
    let mut third = site.person();
    let (page, code) = asked_code(&site, &mut third, ELODIE.0, ELODIE.1).await;
    site.edit(ELODIE.0, |account| account.epoch += 1).await;
    dead(&site, third, &page, &code).await;
}

#[tokio::test]
async fn p17_a_reset_dies_with_a_change_of_address() {
    let (site, mut person, page, code) = waiting().await;
    // Signed in first: a login would end the reset by itself.
    let mut walker = site.imported(ELODIE.0).await;
    dead(&site, person.clone(), &page, &code).await;
    site.forward(61);
    let (page, code) = asked_code(&site, &mut person, ELODIE.0, ELODIE.1).await;
    let mut proven = person.clone();
    let new = "elodie.nouvelle@example.com";
    let code_page = site.to_email(&mut walker, &[("email", new), ("phone", "")]).await;
    let proof = site.code(new).await;
    let answer = walker.submit(&code_page, "/_guichet/activation/email", &[("code", &proof)]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
    dead(&site, person, &page, &code).await;
    // Neither may one go on whose code was right before.
    site.forward(61);
    let (page, code) = asked_code(&site, &mut proven, ELODIE.0, new).await;
    let page = proven.submit(&page, CODE, &[("code", &code)]).await;
    let page = proven.follow(page).await;
    assert_eq!(page.url.path(), NEW);
    let other = "elodie.autre@example.com";
    let code_page = site.to_email(&mut walker, &[("email", other), ("phone", "")]).await;
    let proof = site.code(other).await;
    let answer = walker.submit(&code_page, "/_guichet/activation/email", &[("code", &proof)]).await;
    assert_eq!(answer.status, 303, "{}", answer.gist());
    let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
    assert_eq!(proven.submit(&page, NEW, &answers).await.location(), EXPIRED);
    assert!(site.account(ELODIE.0).await.password.is_none());
}

#[tokio::test]
async fn p17_a_closed_account_is_told_after_every_factor_and_gets_no_password() {
    for state in [State::Disabled, State::Imported] {
        let (site, mut person, page, code) = waiting().await;
        site.edit(ELODIE.0, |account| {
            account.frozen = state == State::Imported;
            account.state = state;
        })
        .await;
        let page = person.submit(&page, CODE, &[("code", &code)]).await;
        let page = person.follow(page).await;
        let answers = [("new_password", OTHER_PASSWORD), ("confirm_password", OTHER_PASSWORD)];
        assert_eq!(person.submit(&page, NEW, &answers).await.status, 403);
        assert!(site.account(ELODIE.0).await.password.is_none());
        assert_eq!(person.cookie("__Host-guichet"), None);
    }
}

#[tokio::test]
async fn p17_nothing_stored_holds_a_code() {
    let (site, person, page, code) = waiting().await;
    let folder = &site.app.settings.state_dir;
    let flow = page.form(CODE).unwrap()["flow"].clone();
    for name in ["state.db", "state.db-wal", "directory.db", "directory.db-wal"] {
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&format!("\"{code}\"")) && !text.contains(&format!(":{code}")), "{name}");
    }
    let key = format!("code:reset:{}", {
        let flow =
            guichet::login::Flow::new(&site.app.login.sealer, person.cookie("__Host-guichet-flow").unwrap(), &flow);
        flow.unwrap().binding()
    });
    let stored = site.store.record(&key, site.clock.now()).await.unwrap().unwrap();
    let text = String::from_utf8(stored.value).unwrap();
    assert!(text.contains("digest") && !text.contains(&code), "{text}");
    // Not a plain digest either: a million of them are made in a second.
    let digest: String = sha2::Sha256::digest(code.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!text.contains(&digest));
}
