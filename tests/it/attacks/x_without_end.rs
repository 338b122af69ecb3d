//! What anybody can cause without end leaves a bounded trace.

use crate::support::site::Site;

#[tokio::test]
async fn x03_refusals_of_one_name_are_recorded_once_and_counted() {
    let site = Site::start().await;
    for _ in 0..5 {
        assert_eq!(Site::type_password(&mut site.person(), "752345678", "Mauvais-Mot-de-passe1").await.status, 422);
    }
    for _ in 0..12 {
        assert_eq!(Site::type_password(&mut site.person(), "752345678", "Mauvais-Mot-de-passe1").await.status, 429);
    }
    let facts = site.facts("752345678").await;
    let throttled: Vec<_> = facts.iter().filter(|event| event.fact.as_str() == "signin.throttled").collect();
    let mut times: Vec<_> = throttled.iter().map(|event| event.detail.get("times").map(String::as_str)).collect();
    times.sort_unstable();
    assert_eq!(times, [None, Some("10")]);
}

#[tokio::test]
async fn c02_a_browser_keeps_eight_attempts_and_the_newest_still_serve() {
    let site = Site::start().await;
    let mut person = site.person();
    let (first, _) = site.psc_callback(&mut person, "infirmiere", "").await;
    let page = person.get("/_guichet/connexion").await;
    for _ in 0..7 {
        assert_eq!(person.submit(&page, "/_guichet/connexion/psc", &[]).await.status, 303);
    }
    let (newest, _) = site.psc_callback(&mut person, "infirmiere", "").await;
    person.get(&first).await;
    assert_eq!(person.cookie("__Host-guichet"), None, "the ninth from the end is forgotten");
    person.get(&newest).await;
    assert!(person.cookie("__Host-guichet").is_some());
}
