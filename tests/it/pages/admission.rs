//! People whom Pro Santé Connect proves and the portal is not for: told why, and never given an account (screens.md 5.5).

use guichet::config::settings::PersonKind;

use crate::support::site::Site;

#[tokio::test]
async fn who_works_otherwise_than_the_portal_asks_is_told_so_linked_or_not() {
    let site = Site::with(|settings| {
        let psc = settings.identity_providers.get_mut("psc").unwrap();
        psc.people = [PersonKind::Practising].into();
    })
    .await;
    for (key, sentence, national_id) in [
        ("etudiante", "n'est pas ouvert aux professionnels en formation", "899900100043"),
        ("secretaire", "n'est pas ouvert aux cartes de personnel", "599900003700013/AGT00045"),
    ] {
        let mut person = site.person();
        let page = site.psc(&mut person, key).await;
        let page = person.follow(page).await;
        assert_eq!(page.status, 403, "{key}: {}", page.gist());
        assert!(page.says(sentence), "{key}: {}", page.gist());
        // Naming the button that is not there leads nowhere.
        let linking = "/_guichet/rattachement";
        let page = person.submit(&page, linking, &[]).await;
        assert_eq!((page.status, page.says(sentence)), (403, true), "{key}: {}", page.gist());
        let page = person.submit(&page, linking, &[("action", "ignorer")]).await;
        assert_eq!(page.location().split('?').next(), Some(linking), "{key}: {}", page.gist());
        assert_eq!(person.cookie("__Host-guichet"), None);
        assert!(site.app.login.directory.by_link("psc", national_id).await.unwrap().is_none());
    }
    let mut nurse = site.person();
    let page = site.psc(&mut nurse, "infirmiere").await;
    assert_eq!(page.location(), "/_guichet/activation/psc/email", "{}", page.gist());
}

#[tokio::test]
async fn a_link_is_not_made_for_who_would_not_be_let_in_by_it() {
    let site = Site::with(|settings| {
        settings.identity_providers.get_mut("psc").unwrap().people = [PersonKind::Student].into();
    })
    .await;
    let mut who = site.just_signed_in().await;
    let review = site.to_review(&mut who.person, "kinesitherapeute").await;
    let page = who.person.submit(&review, crate::support::account::LINK, &[]).await;
    assert_eq!(page.status, 409, "{}", page.gist());
    assert!(site.account(&who.legacy_id).await.links.is_empty());
}

#[tokio::test]
async fn a_route_may_name_a_profession_in_one_list() {
    let site = Site::with(|settings| {
        let portal = settings.routes.iter().find(|route| route.path == "/").unwrap().clone();
        for (path, profession) in [("/g15", "60^1.2.250.1.71.1.2.7"), ("/titres", "60^1.2.250.1.213.1.6.1.109")] {
            let mut route = portal.clone();
            route.name = path.trim_start_matches('/').to_owned();
            route.path = path.to_owned();
            route.policy.professions = [profession.to_owned()].into();
            settings.routes.insert(0, route);
        }
    })
    .await;
    let mut nurse = site.by_psc("infirmiere", "").await;
    assert_eq!(nurse.get("/g15").await.status, 200);
    assert_eq!(nurse.get("/titres").await.status, 403);
}
