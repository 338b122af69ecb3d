//! The relying party (group C) from outside: what a browser brings to the callback, and what it may not bring to the start.

use std::sync::atomic::Ordering;

use serde_json::json;
use url::Url;

use crate::support::person::{Page, Person};
use crate::support::site::Site;

const SIGN_IN: &str = "/_guichet/connexion";
const START: &str = "/_guichet/connexion/psc";
const CALLBACK: &str = "/_guichet/callback/psc";
const SESSION: &str = "__Host-guichet";
const FLOW: &str = "__Host-guichet-flow";
const STALE: &str = "Reprenez votre connexion";

/// Somebody who left for the provider, and the address of their way back.
async fn on_the_way(site: &Site) -> (Person, Url) {
    let mut person = site.person();
    let (callback, _) = site.psc_callback(&mut person, "infirmiere", "").await;
    (person, Url::parse(&callback).unwrap())
}

fn parameter(address: &Url, name: &str) -> String {
    address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

/// A plain page with a button, and nobody signed in.
#[track_caller]
fn refused(page: &Page, what: &str) {
    assert_eq!((page.status, page.says(STALE)), (400, true), "{what}: {}", page.gist());
    assert_eq!((page.header("location"), page.cookie(SESSION)), (None, None), "{what}");
    assert!(page.form(START).is_some(), "{what}: it begins again from here");
}

#[tokio::test]
async fn c01_c05_a_callback_that_no_provider_sends_changes_nothing() {
    let site = Site::start().await;
    let (mut person, callback) = on_the_way(&site).await;
    let (state, code) = (parameter(&callback, "state"), parameter(&callback, "code"));
    let right = callback.query().unwrap().to_owned();
    let calls = site.calls("token").await;
    for query in [
        String::new(),
        "&".to_owned(),
        format!("state={state}"),
        format!("code={code}"),
        format!("state=&code={code}"),
        format!("state={state}&code="),
        format!("{right}&code=x"),
        format!("{right}&state={state}"),
        format!("{right}&iss=https://evil.test"),
        format!("{right}&error=access_denied"),
        format!("state={state}&error=a&error=b"),
        format!("{right}&id_token=a.b.c"),
        format!("{right}&access_token=x"),
        format!("state={state}&id_token=a.b.c"),
        format!("access_token=x&state={state}"),
    ] {
        refused(&person.get(&format!("{CALLBACK}?{query}")).await, &query);
    }
    // By form, or where a fragment would be read: nobody asked for such a response.
    let posted = person.post(CALLBACK, &[("state", &state), ("code", &code), ("id_token", "a.b.c")]).await;
    assert_eq!((posted.status, posted.cookie(SESSION)), (405, None), "{}", posted.gist());
    refused(&person.get(&format!("{CALLBACK}#access_token=x&id_token=a.b.c&state={state}")).await, "fragment");
    assert_eq!(site.calls("token").await, calls, "nobody was asked");
    assert_eq!(person.get(callback.as_str()).await.status, 303, "the sign-in that was under way goes on");
    person.session();
}

#[tokio::test]
async fn c02_a_state_that_is_unknown_altered_old_or_anothers_changes_nothing() {
    let site = Site::start().await;
    let (mut person, callback) = on_the_way(&site).await;
    let (mut stranger, other) = on_the_way(&site).await;
    let (state, code) = (parameter(&callback, "state"), parameter(&callback, "code"));
    let calls = site.calls("token").await;
    let bent = format!("{}{}", if state.starts_with('A') { 'B' } else { 'A' }, &state[1..]);
    for state in ["A".repeat(43), bent, parameter(&other, "state")] {
        refused(&person.get(&format!("{CALLBACK}?code={code}&state={state}")).await, &state);
    }
    // The link of an attacker who proved who they are: a browser that never left, and one that left for itself.
    refused(&site.person().get(callback.as_str()).await, "a browser that did not begin");
    refused(&stranger.get(callback.as_str()).await, "a browser that began something else");
    assert_eq!(site.calls("token").await, calls, "nobody was asked");
    for (person, address) in [(&mut person, &callback), (&mut stranger, &other)] {
        assert_eq!(person.get(address.as_str()).await.status, 303, "their own browser still finishes");
    }
    let (mut late, callback) = on_the_way(&site).await;
    site.forward(15 * 60);
    refused(&late.get(callback.as_str()).await, "fifteen minutes later");
}

#[tokio::test]
async fn c03_a_callback_that_comes_again_asks_nobody_and_opens_nothing_new() {
    let site = Site::start().await;
    let (mut person, callback) = on_the_way(&site).await;
    let before_it = person.clone();
    assert_eq!(person.get(callback.as_str()).await.status, 303);
    let (session, calls) = (person.session(), site.calls("token").await);
    for _ in 0..3 {
        let page = person.get(callback.as_str()).await;
        assert_eq!((page.status, page.cookie(SESSION)), (303, None), "{}", page.gist());
        assert!(!page.location().contains("callback"), "{}", page.gist());
    }
    assert_eq!(person.session(), session);
    refused(&before_it.clone().get(callback.as_str()).await, "back, in a browser that has lost its session");
    assert_eq!(site.calls("token").await, calls);
}

#[tokio::test]
async fn c04_an_error_of_the_provider_is_a_short_page_without_its_words() {
    let site = Site::start().await;
    let script = "%3Cscript%3Ealert(1)%3C/script%3E";
    for error in ["access_denied", "server_error", "login_required", script] {
        let (mut person, callback) = on_the_way(&site).await;
        let state = parameter(&callback, "state");
        for fit in ["", "&state=", &format!("&state={}", "A".repeat(43))] {
            let query = format!("error={error}&error_description={script}{fit}");
            let page = person.get(&format!("{CALLBACK}?{query}")).await;
            refused(&page, &query);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("&lt;script"), "{query}");
        }
        let page = person.get(&format!("{CALLBACK}?error={error}&error_description={script}&state={state}")).await;
        let page = person.follow(page).await;
        assert!(page.status < 503 && page.body.len() < 20_000, "{}", page.gist());
        assert!(!page.body.contains("<script>alert") && !page.body.contains("&lt;script"), "{error}");
        assert_eq!(person.cookie(SESSION), None);
        refused(&person.get(callback.as_str()).await, "what ended with an error does not begin again by itself");
    }
}

#[tokio::test]
async fn c07_a_code_of_one_provider_at_the_callback_of_another_asks_neither() {
    let site = Site::with(|settings| {
        let psc = settings.identity_providers["psc"].clone();
        let mut other = psc.clone();
        other.name = "autre".to_owned();
        settings.identity_providers.insert("autre".to_owned(), other);
    })
    .await;
    let mut person = site.person();
    let page = person.get(SIGN_IN).await;
    let begun = person.submit(&page, START, &[("fournisseur", "autre")]).await;
    let foreign = parameter(&Url::parse(begun.location()).unwrap(), "state");
    let begun = person.submit(&page, START, &[("fournisseur", "psc")]).await;
    let (callback, _) = site.at_psc(&mut person, begun.location(), "infirmiere", "").await;
    let own = Url::parse(&callback).unwrap();
    let (state, code) = (parameter(&own, "state"), parameter(&own, "code"));
    let calls = site.calls("token").await;
    for query in [
        format!("{CALLBACK}?code={code}&state={foreign}"),
        format!("/_guichet/callback/autre?code={code}&state={state}"),
    ] {
        refused(&person.get(&query).await, &query);
    }
    assert_eq!(site.calls("token").await, calls);
    assert_eq!(person.get(&callback).await.status, 303, "its own way back still leads in");
}

#[tokio::test]
async fn c08_nothing_of_a_sign_in_that_another_site_begins_is_copied() {
    let site = Site::start().await;
    let hostile = [
        ("iss", "https://evil.test"),
        ("target_link_uri", "https://evil.test/apres"),
        ("login_hint", "\"><script>alert(1)</script>"),
        ("scope", "openid offline_access"),
        ("prompt", "none"),
        ("redirect_uri", "https://evil.test/retour"),
        ("client_id", "evil"),
        ("acr_values", "eidas0"),
        ("response_mode", "fragment"),
        ("response_type", "token"),
        ("request_uri", "https://evil.test/request"),
        ("claims", "{}"),
        ("ui_locales", "evil"),
        ("kc_idp_hint", "evil"),
        ("max_age", "0"),
        ("nonce", "evil"),
        ("code_challenge", "evil"),
    ];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(hostile).finish();
    let mut person = site.person();
    for address in [START, CALLBACK, "/_guichet/connexion/initier", "/_guichet/initiate-login", "/_guichet/login"] {
        let page = person.get(&format!("{address}?{query}")).await;
        assert!(matches!(page.status, 400 | 404 | 405), "{address}: {}", page.gist());
        assert_eq!(page.header("location"), None, "{address}");
        assert!(!page.body.contains("evil") && !page.body.contains("<script>alert"), "{address}");
    }
    let page = person.get(&format!("{SIGN_IN}?{query}")).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("evil") && !page.body.contains("alert(1)"), "{}", page.gist());
    // The same beside the fields of the button: what leaves is the same as without it.
    let plain = parameters(&person.submit(&page, START, &[]).await);
    let loaded = parameters(&person.submit(&page, START, &hostile).await);
    assert_eq!(loaded, plain);
    let foreign = person.clone().submit(&page, START, &[("return_to", "https://evil.test/apres")]).await;
    assert_eq!(parameters(&foreign), plain);
    let (callback, _) = site.at_psc(&mut person, foreign.location(), "infirmiere", "").await;
    let landed = person.get(&callback).await;
    assert!(landed.location().starts_with('/') && !landed.location().contains("evil"), "{}", landed.gist());
}

/// What leaves for the provider, without what is drawn for each sign-in.
#[track_caller]
fn parameters(page: &Page) -> Vec<(String, String)> {
    let address = Url::parse(page.location()).unwrap();
    assert_eq!(address.path(), "/auth");
    let drawn = ["state", "nonce", "code_challenge"];
    let pairs = address.query_pairs().into_owned();
    pairs.filter(|(name, _)| !drawn.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn c21_a_page_that_asks_without_end_fills_neither_the_cookies_nor_the_store() {
    let site = Site::start().await;
    let mut person = site.person();
    let acts = site.store.acts.load(Ordering::SeqCst);
    for number in 0..300 {
        let lines =
            [("Accept", "application/json"), ("Sec-Fetch-Mode", "cors"), ("X-Requested-With", "XMLHttpRequest")];
        let page = person.send("GET", &format!("/api/{number}"), &lines, b"").await;
        assert_eq!((page.status, page.header("set-cookie")), (401, None), "{}", page.gist());
    }
    assert_eq!(site.store.acts.load(Ordering::SeqCst), acts, "nothing is stored for them");

    // Navigations give one flow cookie, and every press of the button is kept under it: the eight youngest.
    let mut states = Vec::new();
    for _ in 0..300 {
        let page = person.get(SIGN_IN).await;
        let page = person.submit(&page, START, &[]).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        states.push(page.location().to_owned());
        let cookies = person.jar.values().next().unwrap();
        assert_eq!(cookies.keys().filter(|name| name.starts_with(FLOW)).count(), 1);
        assert!(cookies.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() < 1_024);
    }
    for (place, kept) in [(0, false), (150, false), (291, false), (292, true), (299, true)] {
        let mut person = person.clone();
        let (callback, _) = site.at_psc(&mut person, &states[place], "infirmiere", "").await;
        let page = person.get(&callback).await;
        assert_eq!(page.status == 303, kept, "{place}: {}", page.gist());
    }
}

#[tokio::test]
async fn c16_c17_an_answer_that_is_no_token_is_told_as_an_outage_and_nothing_is_followed() {
    let site = Site::start().await;
    for failure in ["html", "redirect", "cut", "503"] {
        site.switch(json!({ "endpoints": { "token": { "failure": failure } } })).await;
        let (mut person, callback) = on_the_way(&site).await;
        let page = person.get(callback.as_str()).await;
        assert_eq!((page.status, page.header("retry-after")), (502, Some("60")), "{failure}: {}", page.gist());
        assert_eq!((person.cookie(SESSION), site.calls("userinfo").await), (None, 0), "{failure}");
        // The code was spent: coming back again asks nobody.
        refused(&person.get(callback.as_str()).await, failure);
        site.mend().await;
        let (mut person, callback) = on_the_way(&site).await;
        assert_eq!(person.get(callback.as_str()).await.status, 303, "after {failure}");
        site.mend().await;
    }
}
