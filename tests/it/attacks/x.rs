//! What is logged, what never is, and what every fact says.

use std::collections::BTreeSet;

use crate::support::gate::Gate;
use crate::support::log::Listening;
use crate::support::person::Person;
use crate::support::raw::ask;
use crate::support::settings::{route_for, settings};
use crate::support::site::{NEW_PASSWORD, Site};
use crate::support::upstream::Upstream;

const SESSION: &str = "__Host-guichet";

#[tokio::test]
async fn x01_whatever_a_client_sends_each_record_is_one_valid_short_line() {
    let listening = Listening::start();
    let site = Site::start().await;
    let mark = "marqueur-x01";
    let long = "x".repeat(12_000);
    for text in [
        format!("{mark}\r\n{{\"forged\":true}}"),
        format!("{mark}\u{1b}[31m\u{1b}[2J"),
        format!("{mark}\0\u{202e}\u{2028}"),
        format!("{mark}\",\"forged\":\"x"),
        format!("{mark}{long}"),
    ] {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let mut person = site.person();
        let path = if encoded.len() < 8_000 { encoded.clone() } else { text.clone() };
        // In the path, in the query, in headers, in a name.
        person.get(&format!("/{mark}{path}")).await;
        person.get(&format!("/_guichet/connexion?avis={path}")).await;
        let header: String =
            text.chars().filter(|letter| !letter.is_control() && letter.is_ascii()).take(8_000).collect();
        for name in ["X-Request-Id", "traceparent", "User-Agent", "X-Forwarded-For", "Referer", "Accept-Language"] {
            person.send("GET", &format!("/{mark}"), &[(name, &header), ("Accept", "text/html")], b"").await;
        }
        Site::type_password(&mut person, &text, &text).await;
        let page = person.get("/_guichet/callback/psc?error=x&error_description=".to_owned().as_str()).await;
        assert_eq!(page.status, 400);
    }
    // Bytes that are no text, and a megabyte of a name.
    for bytes in [
        &b"GET /marqueur-x01\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n"[..],
        b"GET /marqueur-x01\x1b[31m HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        let mut raw = crate::support::raw::Raw::connect(([127, 0, 0, 1], site.port).into()).await;
        raw.send(bytes).await;
        raw.until_closed().await;
    }
    let huge = "y".repeat(1_000_000);
    let page = Site::type_password(&mut site.person(), &huge, "x").await;
    assert_eq!(page.status, 413);
    let text = listening.text();
    let mut requests = 0;
    for line in text.lines() {
        let record: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", &line[..line.len().min(300)]));
        assert!(!line.contains('\u{1b}') && !line.contains('\0') && !line.contains('\u{202e}'), "{line}");
        assert!(record.get("forged").is_none(), "{line}");
        if record["target"] == "guichet::access" {
            requests += usize::from(line.contains(mark));
            assert!(line.len() < 8_192, "{} bytes", line.len());
            let id = record["request.id"].as_str().unwrap();
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        }
    }
    assert!(requests >= 20, "{requests} were seen");
}

/// Words that must never be heard.
#[derive(Default)]
struct Secrets(BTreeSet<String>);

impl Secrets {
    fn add(&mut self, word: impl Into<String>) {
        let word = word.into();
        assert!(word.len() >= 5, "{word} says nothing");
        self.0.insert(word);
    }

    fn cookies(&mut self, person: &Person) {
        for cookies in person.jar.values() {
            for value in cookies.values() {
                self.add(value.clone());
            }
        }
    }

    fn form(&mut self, page: &crate::support::person::Page, action: &str) {
        for (name, value) in page.form(action).into_iter().flatten() {
            if matches!(name.as_str(), "token" | "flow") && !value.is_empty() {
                self.add(value);
            }
        }
    }
}

#[tokio::test]
async fn x02_no_secret_and_no_personal_data_is_heard_at_any_level() {
    let listening = Listening::start();
    let site = Site::start().await;
    let mut secrets = Secrets::default();
    // A whole activation, with each wrong turn.
    let (id, mail, phone) = ("691234567", "paul.mercier@example.com", "+33612345603");
    for word in [
        mail,
        phone,
        "0612345603",
        "99900100076",
        "MERCIER",
        NEW_PASSWORD,
        "Mauvais-Secret-x02",
        Site::legacy_password(id),
    ] {
        secrets.add(word);
    }
    let mut person = site.person();
    Site::type_password(&mut person, id, "Mauvais-Secret-x02").await;
    let page = Site::type_password(&mut person, id, Site::legacy_password(id)).await;
    secrets.cookies(&person);
    person.follow(page).await;
    let page = site.to_email(&mut person, &[("email", "autre.x02@example.com"), ("phone", "")]).await;
    secrets.form(&page, "/_guichet/activation/email");
    secrets.add("autre.x02@example.com");
    site.sent().await;
    let freeze = site.messages(mail).remove(0).text;
    let (_, freeze) = freeze.split_once("bloquer?jeton=").unwrap();
    let freeze: String = freeze.chars().take_while(|letter| !letter.is_whitespace()).collect();
    site.person().get(&format!("/_guichet/activation/bloquer?jeton={freeze}")).await;
    secrets.add(freeze);
    site.forward(61);
    let details = person.get("/_guichet/activation/coordonnees").await;
    secrets.form(&details, "/_guichet/activation/coordonnees");
    let answers = [("email", mail), ("phone", "0612345603"), ("terms", "oui")];
    let page = person.submit(&details, "/_guichet/activation/coordonnees", &answers).await;
    let page = person.follow(page).await;
    let code = site.code(mail).await;
    let page = person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
    secrets.cookies(&person);
    let page = person.follow(page).await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("code", &site.code(phone).await)]).await;
    let page = person.follow(page).await;
    person.submit(&page, "/_guichet/activation/structure", &[]).await;
    secrets.cookies(&person);
    assert_eq!(person.get("/dossier?secret=x02-dans-la-requete").await.status, 200);
    secrets.add("x02-dans-la-requete");
    // Credentials where they do not belong.
    site.person().get(&format!("/_guichet/connexion?identifier={mail}&password={NEW_PASSWORD}")).await;
    site.person().send("GET", "/api", &[("Authorization", "Bearer x02-porteur")], b"").await;
    secrets.add("x02-porteur");
    // A reset, and a sign-in by Pro Santé Connect with everything it carries.
    site.forward(61);
    let mut resetting = site.person();
    let page = resetting.get("/_guichet/mot-de-passe-oublie").await;
    let before = site.messages(mail).len();
    let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", mail)]).await;
    crate::support::site::until(|| site.messages(mail).len() > before).await;
    let page = resetting.follow(page).await;
    let code = site.code(mail).await;
    let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie/code", &[("code", &code)]).await;
    let page = resetting.follow(page).await;
    let code = site.code(phone).await;
    let page = resetting.submit(&page, "/_guichet/mot-de-passe-oublie/sms", &[("code", &code)]).await;
    let page = resetting.follow(page).await;
    let answers = [("new_password", "Secret-Nouveau-x02"), ("confirm_password", "Secret-Nouveau-x02")];
    assert_eq!(resetting.submit(&page, "/_guichet/mot-de-passe-oublie/nouveau", &answers).await.status, 303);
    secrets.add("Secret-Nouveau-x02");
    secrets.cookies(&resetting);
    let mut nurse = site.person();
    let (callback, _) = site.psc_callback(&mut nurse, "medecin", "").await;
    let page = nurse.get(&callback).await;
    assert_eq!(page.status, 303);
    for (key, value) in url::Url::parse(&callback).unwrap().query_pairs() {
        if matches!(&*key, "state" | "code" | "session_state") {
            secrets.add(value.into_owned());
        }
    }
    secrets.cookies(&nurse);
    let token = guichet::session::SessionToken::parse(&nurse.session()).unwrap();
    let guichet::session::Lookup::Live(visitor) = site.app.login.sessions.visitor(&token).await.unwrap() else {
        panic!("no session");
    };
    let key = format!("grant:{}", visitor.session().sid);
    let held = site.app.login.store.record(&key, site.app.login.now()).await.unwrap().unwrap();
    let held: serde_json::Value = serde_json::from_slice(&held.value).unwrap();
    let sealed = held["grant"].as_str().unwrap();
    secrets.add(sealed.to_owned());
    let grant = site.app.login.sealer.open(guichet::login::provider::GRANT, sealed).unwrap();
    let grant: serde_json::Value = serde_json::from_slice(&grant).unwrap();
    for token in ["id_token", "access_token", "refresh_token"] {
        secrets.add(grant[token].as_str().unwrap().to_owned());
    }
    secrets.add("899900100019");
    secrets.add(site.app.settings.identity_providers["psc"].client_secret().unwrap().expose().to_owned());
    let page = nurse.get("/_guichet/deconnexion").await;
    nurse.submit(&page, "/_guichet/deconnexion", &[]).await;
    for fault in ["jeton_500", "nonce", "userinfo_sub", "emetteur"] {
        let mut unlucky = site.person();
        let (callback, _) = site.psc_callback(&mut unlucky, "infirmiere", fault).await;
        let page = unlucky.get(&callback).await;
        assert!(page.status >= 400, "{fault}");
    }
    // A store that fails while secrets are at hand.
    let mut late = site.person();
    let page = late.get("/_guichet/connexion").await;
    site.refuse_everything(true);
    late.submit(&page, "/_guichet/connexion", &[("identifier", mail), ("password", "Secret-Nouveau-x02")]).await;
    site.refuse_everything(false);
    let text = listening.text();
    assert!(text.lines().count() > 100);
    for word in &secrets.0 {
        if let Some(line) = text.lines().find(|line| line.contains(word.as_str())) {
            panic!("{word} is heard in {line}");
        }
    }
    // Codes are too short to be looked for alone: no record has a field of that name or shape.
    for line in text.lines().filter(|line| line.contains("guichet")) {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        for (key, value) in record.as_object().unwrap() {
            let six =
                value.as_str().is_some_and(|text| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
            assert!(!six && key != "code" && key != "password", "{line}");
        }
    }
}

#[tokio::test]
async fn x03_every_fact_says_who_when_where_how_and_which_request() {
    let listening = Listening::start();
    let site = Site::start().await;
    let agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
    let mut person = site.person().from("203.0.113.9");
    person.lines.push(("User-Agent".to_owned(), agent.to_owned()));
    Site::type_password(&mut person, "751234567", "Mauvais-Mot-de-passe1").await;
    let page = Site::type_password(&mut person, "751234567", Site::legacy_password("751234567")).await;
    person.follow(page).await;
    let page = site.to_email(&mut person, &[]).await;
    person.submit(&page, "/_guichet/activation/email", &[("code", "abc")]).await;
    let code = site.code("lucas.moreau@example.com").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    person.submit(&page, "/_guichet/activation/email", &[("code", wrong)]).await;
    let page = person.submit(&page, "/_guichet/activation/email", &[("code", &code)]).await;
    let page = person.follow(page).await;
    let answers = [("new_password", NEW_PASSWORD), ("confirm_password", NEW_PASSWORD)];
    let page = person.submit(&page, "/_guichet/activation/mot-de-passe", &answers).await;
    let page = person.follow(page).await;
    let page = person.submit(&page, "/_guichet/activation/telephone", &[("action", "ignorer")]).await;
    let page = person.follow(page).await;
    person.submit(&page, "/_guichet/activation/structure", &[]).await;
    let page = person.get("/_guichet/deconnexion").await;
    person.submit(&page, "/_guichet/deconnexion", &[]).await;
    site.forward(61);
    let mut again = person.clone();
    let page = site.to_code(&mut again, "lucas.moreau@example.com", NEW_PASSWORD).await;
    again.submit(&page, "/_guichet/connexion/code", &[("code", "000000")]).await;
    let code = site.code("lucas.moreau@example.com").await;
    again.submit(&page, "/_guichet/connexion/code", &[("code", &code)]).await;
    let mut resetting = person.clone();
    let page = resetting.get("/_guichet/mot-de-passe-oublie").await;
    site.forward(61);
    resetting.submit(&page, "/_guichet/mot-de-passe-oublie", &[("identifier", "lucas.moreau@example.com")]).await;
    let mut stranger = site.person().from("203.0.113.10");
    stranger.lines.push(("User-Agent".to_owned(), agent.to_owned()));
    for _ in 0..6 {
        Site::type_password(&mut stranger, "lucas.moreau@example.com", "Mauvais-Mot-de-passe1").await;
    }
    let facts = site.facts("751234567").await;
    let names: BTreeSet<&str> = facts.iter().map(|event| event.fact.as_str()).collect();
    for name in [
        "signin.password.accepted",
        "signin.password.refused",
        "signin.throttled",
        "signin.factor.sent",
        "signin.factor.accepted",
        "signin.factor.refused",
        "session.opened",
        "session.ended",
        "reset.asked",
        "password.set",
        "activation.begun",
        "activation.email.sent",
        "activation.email.verified",
        "activation.email.refused",
        "activation.finished",
        "terms.accepted",
    ] {
        assert!(names.contains(name), "{name} is missing of {names:?}");
    }
    let account = site.account("751234567").await.id;
    for event in facts.iter().filter(|event| event.fact.as_str() != "account.imported") {
        let name = event.fact.as_str();
        assert_eq!(event.account, Some(account), "{name}");
        assert!(event.client.is_some_and(|client| client.to_string().starts_with("203.0.113.")), "{name}");
        assert_eq!(event.device.as_deref(), Some("Firefox, Windows"), "{name}");
        let id = event.request_id.as_deref().unwrap_or_default();
        assert_eq!(id.len(), 32, "{name}");
        assert!(event.at.to_string().ends_with('Z'), "{name}");
    }
    // How, and with which outcome, from closed sets.
    let opened = facts.iter().find(|event| event.fact.as_str() == "session.opened").unwrap();
    assert!(opened.detail.contains_key("acr") && opened.detail.contains_key("amr"));
    let refused = facts.iter().find(|event| event.fact.as_str() == "signin.password.refused").unwrap();
    assert_eq!(refused.detail["reason"], "wrong");
    // The same id in the access log; denials are there.
    let heard = listening.text();
    assert!(heard.contains(opened.request_id.as_deref().unwrap()));
    site.person().send("GET", "/api/x03", &[], b"").await;
    let heard = listening.text();
    let denial = heard.lines().find(|line| line.contains("/api/x03")).unwrap();
    let denial: serde_json::Value = serde_json::from_str(denial).unwrap();
    assert_eq!((denial["http.status"].as_u64(), denial["client.address"].as_str()), (Some(401), Some("127.0.0.1")));
    assert!(denial["refusal"].is_string() && denial["request.id"].is_string(), "{denial}");
    assert!(person.cookie(SESSION).is_none());
}

#[tokio::test]
async fn x03_metric_labels_come_from_a_bounded_set() {
    let upstream = Upstream::start().await;
    let access = guichet::config::settings::Access::Public;
    let gate = Gate::with(settings(vec![route_for("portal", "/", upstream.address, access)])).await;
    let mut lengths = BTreeSet::new();
    for round in 0..3 {
        for number in 0..40 {
            let request = format!(
                "GET /label-{round}-{number} HTTP/1.1\r\nHost: portail.test\r\nUser-Agent: label-{number}\r\nX-Request-Id: label-{number}\r\n\r\n"
            );
            ask(gate.address, request).await;
        }
        let text = gate.metrics.render();
        assert!(!text.contains("label-"), "{text}");
        lengths.insert(text.lines().count());
    }
    assert_eq!(lengths.len(), 1, "the series grow with what clients send");
}
