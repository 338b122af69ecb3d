//! What a person changes in "Mon compte": links, a password, a number, a place; each mailed, each a fact of its own transaction.

use guichet::account::{Source, SourcedRpps};
use guichet::identity::Rpps;

use crate::support::account::{ACCOUNT, LINK, UNLINK};
use crate::support::site::{NEW_PASSWORD, Site};

const PASSWORD: &str = "/_guichet/compte/mot-de-passe";
const RPPS: &str = "/_guichet/compte/rpps";
const PLACE: &str = "/_guichet/compte/lieu";
const EMAIL: &str = "/_guichet/compte/adresse";
const STEP_UP: &str = "/_guichet/confirmer";

#[tokio::test]
async fn an_account_is_linked_from_the_page_after_a_look_at_whom_was_proven_and_everybody_is_told() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    assert!(review.says("LUCAS MOREAU-TEST, numéro RPPS 99900123458"), "{}", review.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty(), "a look changes nothing");
    site.sent().await;
    // Told before, and after.
    assert!(site.messages(&who.email).remove(0).text.contains("LUCAS MOREAU-TEST, identité confirmée"));
    assert!(site.messages("+33612345601").remove(0).text.contains("une demande de rattachement"));
    let page = who.person.submit(&review, LINK, &[]).await;
    let page = who.person.follow(page).await;
    assert!(page.says("Votre compte est rattaché à Pro Santé Connect."), "{}", page.gist());
    let account = site.account(&who.legacy_id).await;
    assert_eq!(account.rpps.unwrap().source, Source::Psc);
    assert_eq!(account.professions[0].code, "70");
    site.sent().await;
    for (to, said) in [(who.email.as_str(), "par LUCAS MOREAU-TEST"), ("+33612345601", "maintenant rattaché")] {
        assert!(site.messages(to).remove(0).text.contains(said), "{to}");
    }
    assert_eq!(site.count(&who.legacy_id, "link.created").await, 1);
    // From now on the button alone signs in.
    let mut later = site.person();
    let page = site.psc(&mut later, "kinesitherapeute").await;
    assert_eq!(page.location(), "/", "{}", page.gist());
}

#[tokio::test]
async fn going_back_from_the_look_forgets_the_proof() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    let back = who.person.clone().submit(&review, LINK, &[("action", "retour")]).await;
    assert_eq!(back.location(), ACCOUNT);
    let page = who.person.submit(&review, LINK, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte/rattachement/psc?avis=reprendre:psc");
    assert!(site.account(&who.legacy_id).await.links.is_empty());
}

#[tokio::test]
async fn leaving_pro_sante_connect_comes_back_to_the_page_that_links() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let page = who.person.open(LINK).await;
    let page = who.person.submit(&page, LINK, &[]).await;
    let authorize = url::Url::parse(page.location()).unwrap();
    let state = authorize.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let issuer = site.app.settings.identity_providers["psc"].issuer.clone();
    let answer = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("error", "access_denied"), ("state", state.as_str()), ("iss", issuer.as_str())])
        .finish();
    let left = who.person.get(&format!("/_guichet/callback/psc?{answer}")).await;
    assert_eq!(left.location(), "/_guichet/compte/rattachement/psc?avis=quitte-confirmation:psc");
    let page = who.person.follow(left).await;
    assert!(page.says("Vous avez quitté Pro Santé Connect."), "{}", page.gist());
}

#[tokio::test]
async fn unlinking_ends_the_other_sessions_and_what_only_the_link_vouched_for() {
    let site = Site::start().await;
    let mut who = site.linked().await;
    let mut other = site.person();
    site.psc(&mut other, "kinesitherapeute").await;
    let form = who.person.open(UNLINK).await;
    let page = who.person.submit(&form, UNLINK, &[]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=detache:psc", "{}", page.gist());
    let page = who.person.follow(page).await;
    assert!(page.says("n'est plus rattaché") && page.says("Repris de votre dossier."), "{}", page.gist());
    assert_eq!(other.get("/").await.status, 303);
    let account = site.account(&who.legacy_id).await;
    assert!(account.links.is_empty() && account.professions.is_empty() && account.places.is_empty());
    assert_eq!(account.rpps.unwrap().source, Source::Import, "what import knew stands again");
    site.sent().await;
    assert!(site.messages(&who.email).remove(0).text.contains("ne s'ouvre plus avec Pro Santé Connect"));
    assert_eq!(site.count(&who.legacy_id, "link.removed").await, 1);
    // Who comes with that identity meets the offer again.
    let mut later = site.person();
    let page = site.psc(&mut later, "kinesitherapeute").await;
    assert!(page.location().starts_with("/_guichet/rattachement"), "{}", page.gist());
}

#[tokio::test]
async fn a_session_of_pro_sante_connect_ends_with_the_link_that_opened_it() {
    let site = Site::start().await;
    let who = site.linked().await;
    let mut person = site.person();
    site.psc(&mut person, "kinesitherapeute").await;
    let page = person.open(UNLINK).await;
    assert!(page.says("celle-ci comprise"), "{}", page.gist());
    let copied = person.session();
    let page = person.submit(&page, UNLINK, &[]).await;
    assert!(page.location().contains("id_token_hint="), "{}", page.gist());
    assert_eq!((person.cookie("__Host-guichet"), site.portal(&copied).await), (None, 303));
    assert!(site.account(&who.legacy_id).await.links.is_empty());
}

#[tokio::test]
async fn an_account_of_pro_sante_connect_gets_a_password_and_its_verified_address_becomes_the_identifier() {
    let site = Site::start().await;
    let mut nurse = site.by_psc("infirmiere", "camille@exemple.fr").await;
    site.forward(5 * 60);
    // Too long ago: Pro Santé Connect is asked first, and the form comes after.
    let page = nurse.open(PASSWORD).await;
    assert_eq!(page.url.path(), STEP_UP, "{}", page.gist());
    assert!(page.says("changer vos moyens de connexion"), "{}", page.gist());
    let page = site.confirm_psc(&mut nurse, &page, "infirmiere").await;
    assert_eq!(page.location(), PASSWORD, "{}", page.gist());
    let page = nurse.follow(page).await;
    let former = nurse.session();
    let weak = nurse.submit(&page, PASSWORD, &[("new_password", "court"), ("confirm_password", "court")]).await;
    assert_eq!(weak.status, 422, "{}", weak.gist());
    let twice = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let made = nurse.submit(&page, PASSWORD, &twice).await;
    assert_eq!(made.location(), "/_guichet/compte?avis=mot-de-passe-cree", "{}", made.gist());
    assert_ne!(nurse.session(), former, "a new token with the new credential");
    site.sent().await;
    assert!(site.messages("camille@exemple.fr").remove(0).text.contains("Un mot de passe a été créé"));
    // Once is enough: the form from before makes no other.
    let again = [("new_password", "Une-Autre-Idee-47"), ("confirm_password", "Une-Autre-Idee-47")];
    assert_eq!(nurse.submit(&page, PASSWORD, &again).await.location(), ACCOUNT);
    let mut desk = site.person();
    let page = site.to_code(&mut desk, "camille@exemple.fr", NEW_PASSWORD).await;
    assert_eq!(page.url.path(), "/_guichet/connexion/code", "{}", page.gist());
}

#[tokio::test]
async fn l08_a_verified_address_is_asked_before_the_password_and_both_of_who_is_there_now() {
    let site = Site::start().await;
    let mut nurse = site.by_psc("infirmiere", "").await;
    // Somebody else sits down at the desk.
    site.forward(5 * 60);
    let page = nurse.open(PASSWORD).await;
    assert_eq!(page.url.path(), STEP_UP, "{}", page.gist());
    let page = site.confirm_psc(&mut nurse, &page, "infirmiere").await;
    assert_eq!(page.location(), PASSWORD, "{}", page.gist());
    let page = nurse.follow(page).await;
    assert_eq!(page.url.path(), EMAIL, "{}", page.gist());
    let page = nurse.submit(&page, EMAIL, &[("email", "camille@exemple.fr")]).await;
    let page = nurse.follow(page).await;
    let code = site.code("camille@exemple.fr").await;
    let page = nurse.submit(&page, "/_guichet/activation/psc/email/code", &[("code", &code)]).await;
    assert_eq!(page.location(), PASSWORD, "{}", page.gist());
    // A code to an address just typed makes no session younger.
    site.forward(5 * 60);
    let page = nurse.follow(page).await;
    assert_eq!(page.url.path(), STEP_UP, "{}", page.gist());
}

#[tokio::test]
async fn an_address_that_another_account_signs_in_with_makes_no_second_identifier() {
    let site = Site::start().await;
    let who = site.activated().await;
    site.forward(61);
    let mut nurse = site.by_psc("infirmiere", &who.email).await;
    let page = nurse.open(PASSWORD).await;
    let twice = [("new_password", "Une-Autre-Idee-47"), ("confirm_password", "Une-Autre-Idee-47")];
    let page = nurse.submit(&page, PASSWORD, &twice).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert!(page.says("déjà l'identifiant d'un autre compte"), "{}", page.gist());
}

#[tokio::test]
async fn a_declared_number_is_corrected_and_never_wins_over_a_proven_one() {
    let site = Site::start().await;
    let mut who = site.just_signed_in().await;
    let declared = |number: &str| Some(SourcedRpps { value: Rpps::parse(number).unwrap(), source: Source::Declared });
    site.edit(&who.legacy_id, |account| account.rpps = declared("99900100019")).await;
    // The midwife's, which she has proven: accepted, and worth what a declaration is worth.
    site.by_psc("sagefemme", "").await;
    let page = who.person.open(RPPS).await;
    assert_eq!(page.form(RPPS).unwrap()["rpps"], "99900100019");
    let wrong = who.person.submit(&page, RPPS, &[("rpps", "99900100018")]).await;
    assert_eq!((wrong.status, wrong.says("Ce numéro RPPS ne semble pas exact.")), (422, true), "{}", wrong.gist());
    let page = who.person.submit(&page, RPPS, &[("rpps", "99900100050")]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=rpps-corrige", "{}", page.gist());
    let page = who.person.follow(page).await;
    assert!(page.says("99900100050") && page.says("Déclaré par vous, non vérifié."), "{}", page.gist());
    assert_eq!(site.account(&who.legacy_id).await.rpps, declared("99900100050"));
    site.sent().await;
    assert!(site.messages(&who.email).remove(0).text.contains("Le numéro RPPS déclaré dans votre compte"));
    assert_eq!(site.count(&who.legacy_id, "rpps.corrected").await, 1);
    // Proven from here on: its form is gone, and one left open changes nothing.
    let form = who.person.open(RPPS).await;
    site.edit(&who.legacy_id, |account| account.rpps = None).await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    who.person.submit(&review, LINK, &[]).await;
    assert_eq!(who.person.submit(&form, RPPS, &[("rpps", "99900100019")]).await.location(), ACCOUNT);
    assert_eq!(who.person.get(RPPS).await.location(), ACCOUNT);
    let held = site.account(&who.legacy_id).await.rpps.unwrap();
    assert_eq!((held.value.as_str(), held.source), ("99900123458", Source::Psc));
}

#[tokio::test]
async fn another_place_of_work_is_chosen_kept_at_the_next_sign_in_and_mailed() {
    let site = Site::start().await;
    let mut doctor = site.by_psc("medecin", "armand@exemple.fr").await;
    let page = doctor.open(PLACE).await;
    let places: Vec<String> = page
        .body
        .split("name=\"place\" type=\"radio\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(places.len(), 3, "{}", page.gist());
    let kept = page.form(PLACE).unwrap()["place"].clone();
    let other = places.iter().find(|place| **place != kept && *place != "aucun").unwrap().clone();
    let gone = doctor.submit(&page, PLACE, &[("place", "0011223344556677")]).await;
    assert_eq!((gone.status, gone.says("Ce lieu n'est plus proposé.")), (422, true), "{}", gone.gist());
    let page = doctor.submit(&page, PLACE, &[("place", &other)]).await;
    assert_eq!(page.location(), "/_guichet/compte?avis=lieu-choisi", "{}", page.gist());
    site.sent().await;
    assert!(site.messages("armand@exemple.fr").remove(0).text.contains("Le lieu d'exercice de votre compte"));
    let mut later = site.person();
    let page = site.psc(&mut later, "medecin").await;
    assert_eq!(page.location(), "/", "not asked again: {}", page.gist());
    let account = site.app.login.directory.by_link("psc", "899900100019").await.unwrap().unwrap();
    assert_eq!(account.place, Some(other));
}

#[tokio::test]
async fn what_the_register_said_before_a_sign_in_is_kept_in_the_audit_log() {
    let site = Site::start().await;
    site.by_psc("infirmiere", "").await;
    let directory = &site.app.login.directory;
    let mut account = directory.by_link("psc", "899700999909").await.unwrap().unwrap();
    let changes = async |id| {
        let facts = directory.facts(id, 100).await.unwrap();
        facts.into_iter().filter(|event| event.fact.as_str() == "psc.data.changed").collect::<Vec<_>>()
    };
    // The same again changes nothing and says nothing.
    let mut person = site.person();
    site.psc(&mut person, "infirmiere").await;
    assert!(changes(account.id).await.is_empty());
    account = directory.account(account.id).await.unwrap().unwrap();
    account.professions[0].code = "69".to_owned();
    account.person.family_name = Some("DURAND".to_owned());
    directory.save(&account, &[]).await.unwrap();
    let mut person = site.person();
    site.psc(&mut person, "infirmiere").await;
    let told = changes(account.id).await;
    assert_eq!(told.len(), 1);
    let detail = &told[0].detail;
    assert_eq!(detail["changed"], "family_name professions");
    assert_eq!((detail["former.family_name"].as_str(), &detail["former.professions"][..2]), ("DURAND", "69"));
    let now = directory.account(account.id).await.unwrap().unwrap();
    assert_eq!((now.person.family_name.as_deref(), now.professions[0].code.as_str()), (Some("MARTIN-TEST"), "60"));
}
