//! Activation steps: what others did meanwhile.

use guichet::account::State;

use crate::support::person::Person;
use crate::support::site::{NEW_PASSWORD, Site};

const SESSION: &str = "__Host-guichet";
const PASSWORD: &str = "/_guichet/activation/mot-de-passe";
const LINKING: &str = "/_guichet/rattachement";

async fn alive(person: &Person) -> bool {
    person.clone().get("/compte-en-cours").await.status == 200
}

/// From Pro Santé Connect to the proof of the account to link.
async fn link(site: &Site, person: &mut Person, identifier: &str, password: &str) -> crate::support::person::Page {
    let page = site.psc(person, "kinesitherapeute").await;
    let page = person.follow(page).await;
    assert_eq!(page.url.path(), LINKING, "{}", page.gist());
    let page = person.submit(&page, LINKING, &[]).await;
    let page = person.follow(page).await;
    let proof = "/_guichet/rattachement/preuve";
    person.submit(&page, proof, &[("identifier", identifier), ("password", password)]).await
}

#[tokio::test]
async fn a07_a_closed_or_frozen_account_works_through_no_door() {
    for frozen in [false, true] {
        let site = Site::start().await;
        let id = "751234567";
        let legacy = Site::legacy_password(id);
        let mut open = site.imported(id).await;
        let form = site.to_password(&mut open, "lucas.moreau@example.com").await;
        // Half a linking and half a reset, begun before.
        let mut linking = site.person();
        let page = site.psc(&mut linking, "kinesitherapeute").await;
        let offer = linking.follow(page).await;
        site.forward(61);
        let mut resetting = site.person();
        let page = resetting.get("/_guichet/mot-de-passe-oublie").await;
        let before = site.messages("lucas.moreau@example.com").len();
        let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", id)]).await;
        crate::support::site::until(|| site.messages("lucas.moreau@example.com").len() > before).await;
        let reset = resetting.follow(page).await;
        let code = site.code("lucas.moreau@example.com").await;
        site.edit(id, |account| {
            account.frozen = frozen;
            if !frozen {
                account.state = State::Disabled;
            }
            account.epoch += 1;
        })
        .await;
        let (closed, sent) = (site.account(id).await, site.sent().await);
        // Open wizard.
        crate::support::site::until(|| true).await;
        let started = tokio::time::Instant::now();
        while alive(&open).await {
            assert!(started.elapsed() < std::time::Duration::from_secs(5));
        }
        let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
        let page = open.submit(&form, PASSWORD, &answers).await;
        assert!(matches!(page.status, 303 | 403 | 409), "{}", page.gist());
        // Code of a reset begun before, and a new reset.
        let page = resetting.submit(&reset, "/_guichet/mot-de-passe-oublie/code", &[("code", &code)]).await;
        assert!(!page.header("location").unwrap_or_default().contains("nouveau"), "{}", page.gist());
        let mut again = site.person();
        let page = again.get("/_guichet/mot-de-passe-oublie").await;
        again.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", id)]).await;
        // The linking begun before.
        let page = linking.submit(&offer, LINKING, &[]).await;
        let page = linking.follow(page).await;
        let answers = [("identifier", id), ("password", legacy)];
        let page = linking.submit(&page, "/_guichet/rattachement/preuve", &answers).await;
        assert_ne!(page.status, 500, "{}", page.gist());
        if page.status == 303 {
            let page = linking.follow(page).await;
            let code = site.code("lucas.moreau@example.com").await;
            let page = linking.submit(&page, "/_guichet/rattachement/code", &[("code", &code)]).await;
            assert_eq!(page.status, 409, "{}", page.gist());
        }
        // The password.
        let mut stranger = site.person();
        let page = Site::type_password(&mut stranger, id, legacy).await;
        if page.status == 303 {
            let page = stranger.follow(page).await;
            let code = site.code("lucas.moreau@example.com").await;
            let page = stranger.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
            assert_eq!(page.status, 403, "told after every factor: {}", page.gist());
        }
        for person in [&open, &linking, &resetting, &again, &stranger] {
            assert!(person.cookie(SESSION).is_none() || !alive(person).await);
        }
        let after = site.account(id).await;
        assert_eq!((after.password, after.links, after.state), (closed.password, closed.links, closed.state));
        let _ = sent;
    }
}

#[tokio::test]
async fn a07_a_closed_account_is_closed_through_pro_sante_connect_too() {
    let site = Site::start().await;
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    nurse.follow(page).await;
    assert!(alive(&nurse).await);
    let accounts = site.app.login.directory.list(Some(State::Activating), None, None, 10).await.unwrap();
    let mut account = accounts.into_iter().next().unwrap();
    account.state = State::Disabled;
    account.epoch += 1;
    site.app.login.directory.save(&account, &[]).await.unwrap();
    let started = tokio::time::Instant::now();
    while alive(&nurse).await {
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
    let mut again = nurse.clone();
    again.drop_cookie(SESSION);
    let page = site.psc(&mut again, "infirmiere").await;
    assert_eq!((page.status, again.cookie(SESSION)), (403, None), "{}", page.gist());
}

#[tokio::test]
async fn a08_an_address_somebody_typed_first_is_its_holders() {
    let site = Site::start().await;
    let victim = "paul.mercier@example.com";
    let mut attacker = site.imported("752345678").await;
    let page = site.to_email(&mut attacker, &[("email", victim), ("phone", "")]).await;
    assert!(site.account("752345678").await.sign_in_email.is_none());
    // The victim activates with it.
    let mut owner = site.imported("691234567").await;
    let form = site.to_password(&mut owner, victim).await;
    assert_eq!(form.url.path(), PASSWORD, "{}", form.gist());
    assert_eq!(site.account("691234567").await.sign_in_email.unwrap().as_str(), victim);
    // The attacker's claim is dead: even with the code that was sent for it.
    let code = site.messages(victim).into_iter().filter_map(|message| message.code).nth(1).unwrap();
    let page = attacker.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
    assert_eq!(page.status, 422, "{}", page.gist());
    let account = site.account("752345678").await;
    assert!(account.sign_in_email.is_none() && account.contact_email.is_none());
    // Asking again sends no code, and tells the attacker nothing else than before.
    site.forward(61);
    let form = attacker.get("/_guichet/activation/email").await;
    let page = attacker.submit(&form, "/_guichet/activation/email", &[("action", "renvoyer")]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    site.sent().await;
    assert!(site.messages(victim)[0].code.is_none(), "no code, but a word to its holder");
}

#[tokio::test]
async fn a08_who_knew_the_former_password_first_is_out_once_its_holder_activates() {
    let site = Site::start().await;
    let id = "751234567";
    let attacker = site.imported(id).await;
    let mut half = site.person();
    half.get("/_guichet/connexion").await;
    let mut owner = site.imported(id).await;
    let form = site.to_password(&mut owner, "lucas.moreau@example.com").await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    owner.submit(&form, PASSWORD, &answers).await;
    assert!(!alive(&attacker).await && alive(&owner).await);
    let page = Site::type_password(&mut half, id, Site::legacy_password(id)).await;
    assert_eq!(page.status, 422, "the former password is dead");
    assert_eq!(site.account(id).await.devices.len(), 1);
}

#[tokio::test]
async fn a08_who_knew_the_former_password_first_is_out_once_its_holder_links() {
    let site = Site::start().await;
    let id = "751234567";
    let mut attacker = site.imported(id).await;
    // A change that waits: a telephone of the attacker's.
    let page = attacker.open("/_guichet/activation/information").await;
    attacker.submit(&page, "/_guichet/activation/information", &[]).await;
    let page = attacker.get("/_guichet/activation/coordonnees").await;
    let answers = [("terms", "oui"), ("phone", "0612349999"), ("email", "voleur@example.com")];
    attacker.submit(&page, "/_guichet/activation/coordonnees", &answers).await;
    let mut owner = site.person();
    let page = link(&site, &mut owner, id, Site::legacy_password(id)).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert!(alive(&owner).await);
    assert!(!alive(&attacker).await, "the attacker's session lives on in a linked account");
    let page = owner.follow(page).await;
    let shown = owner.submit(&page, "/_guichet/activation/psc/email", &[("action", "ignorer"), ("terms", "oui")]).await;
    let shown = owner.follow(shown).await;
    for page in [&page, &shown] {
        assert!(!page.body.contains("voleur") && !page.says("12 34 99 99"), "{}", page.gist());
    }
    // From the linking on the former password opens nothing: it could finish the journey in its owner's place.
    let refused = Site::type_password(&mut site.person(), id, Site::legacy_password(id)).await;
    assert_eq!(refused.status, 422, "{}", refused.gist());
    let page = owner.submit(&shown, "/_guichet/activation/psc/telephone", &[("action", "ignorer")]).await;
    assert_eq!(page.status, 303, "{}", page.gist());
    assert_eq!(site.account(id).await.state, State::Active);
    assert_eq!(owner.get("/").await.status, 200);
    assert_eq!(Site::type_password(&mut site.person(), id, Site::legacy_password(id)).await.status, 422);
}

#[tokio::test]
async fn a09_every_dead_freeze_link_and_every_first_sign_in_refused_look_the_same() {
    let site = Site::start().await;
    let mut person = site.imported("751234567").await;
    site.to_email(&mut person, &[("email", "autre@example.com"), ("phone", "")]).await;
    site.sent().await;
    let text = site.messages("lucas.moreau@example.com").remove(0).text;
    let (_, token) = text.split_once("bloquer?jeton=").unwrap();
    let token: String = token.chars().take_while(|letter| !letter.is_whitespace()).collect();
    let address = |token: &str| format!("/_guichet/activation/bloquer?jeton={token}");
    let control = site.person().get(&address("nothing")).await;
    let mut shapes = vec![
        site.person().get("/_guichet/activation/bloquer").await.shape(&[]),
        site.person().get(&address(&token[1..])).await.shape(&[]),
        site.person().get(&address("a&jeton=b")).await.shape(&[]),
    ];
    site.edit("751234567", |account| account.state = State::Active).await;
    shapes.push(site.person().get(&address(&token)).await.shape(&[]));
    site.edit("751234567", |account| {
        account.state = State::Activating;
        account.frozen = true;
    })
    .await;
    shapes.push(site.person().get(&address(&token)).await.shape(&[]));
    site.edit("751234567", |account| account.frozen = false).await;
    assert_ne!(site.person().get(&address(&token)).await.shape(&[]), control.shape(&[]), "it lived");
    site.forward(8 * 86_400);
    shapes.push(site.person().get(&address(&token)).await.shape(&[]));
    for shape in shapes {
        assert_eq!(shape, control.shape(&[]));
    }
}

#[tokio::test]
async fn a10_an_activation_left_anywhere_goes_on_at_the_last_step_and_is_never_half_usable() {
    let site = Site::start().await;
    let id = "751234567";
    let mail = "lucas.moreau@example.com";
    let mut person = site.imported(id).await;
    site.to_email(&mut person, &[]).await;
    // Nothing proven: the next sign-in stands at the e-mail's code, by password alone.
    let mut second = site.person();
    let page = Site::type_password(&mut second, id, Site::legacy_password(id)).await;
    let page = second.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/activation/email", "{}", page.gist());
    assert_eq!(second.get("/").await.location(), "/_guichet/activation", "never a usable half");
    site.forward(61);
    let sent = second.submit(&page, "/_guichet/activation/email", &[("action", "renvoyer")]).await;
    assert_eq!(sent.status, 303, "{}", sent.gist());
    let code = site.code(mail).await;
    second.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
    // Proven: a code first, then the password.
    site.forward(61);
    let mut third = site.person();
    let asked = site.to_code(&mut third, id, Site::legacy_password(id)).await;
    assert_eq!(asked.url.path(), "/_guichet/connexion/code", "{}", asked.gist());
    assert_eq!(third.cookie(SESSION), None);
    let code = site.code(mail).await;
    let page = third.submit(&asked, "/_guichet/connexion/code", &[("code", &code)]).await;
    let page = third.follow(page).await;
    assert_eq!(page.url.path(), PASSWORD);
    assert_eq!(third.get("/").await.location(), "/_guichet/activation");
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    third.submit(&page, PASSWORD, &answers).await;
    // The legacy password is dead, the new one goes on with the legacy identifier.
    site.forward(61);
    let mut fourth = site.person();
    assert_eq!(Site::type_password(&mut fourth, id, Site::legacy_password(id)).await.status, 422);
    let asked = site.to_code(&mut fourth, id, NEW_PASSWORD).await;
    let code = site.code(mail).await;
    let page = fourth.submit(&asked, "/_guichet/connexion/code", &[("code", &code)]).await;
    let page = fourth.follow(page).await;
    assert_eq!(page.url.path(), "/_guichet/activation/telephone", "{}", page.gist());
    assert_eq!(fourth.get("/").await.location(), "/_guichet/activation");
}

#[tokio::test]
async fn a05_a_request_beside_the_new_password_does_not_end_the_persons_own_session() {
    const STEP: &str = "/_guichet/activation/mot-de-passe";
    let site = Site::start().await;
    let mut person = site.imported("752345678").await;
    let page = site.to_password(&mut person, "elodie.fontaine@example.com").await;
    let mut beside = person.clone();
    let held = site.store.renewing.lock().await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let fields = person.filled(&page, STEP, &answers);
    let setting = tokio::spawn(async move {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = person.post(STEP, &fields).await;
        (person, answer)
    });
    while site.account("752345678").await.password.is_none() {
        tokio::task::yield_now().await;
    }
    // Its other tab, after the account was written and before the session has its new token.
    let other = beside.get("/_guichet/activation").await;
    assert!(!other.location().starts_with("/_guichet/connexion"), "{}", other.gist());
    drop(held);
    let (mut person, answer) = setting.await.unwrap();
    assert_eq!(answer.status, 303, "{}", answer.gist());
    let next = person.follow(answer).await;
    assert_eq!(next.url.path(), "/_guichet/activation/telephone", "{}", next.gist());
}
