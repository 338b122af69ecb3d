//! The browser helpers, tried on a page of our own: what the journeys rely on must be true first.

use axum::Router;
use axum::extract::RawForm;
use axum::response::Html;
use axum::routing::get;

use super::browser::Page;
use super::chrome::{Options, open};
use super::serve::{listener, serve};

const FORM: &str = r#"<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Essai</title>
<meta name="viewport" content="width=device-width">
<style>button, h1 { text-transform: uppercase } .hidden { position: absolute; opacity: 0; width: 1px; height: 1px }</style></head>
<body><main><h1>Formulaire d’essai</h1>
<p id="script">sans script</p><p style="display:none">jamais vu</p>
<form method="post" action="/recu">
<p><label for="nom">Nom <span aria-hidden="true">*</span></label><input id="nom" name="nom" required></p>
<p><label for="usage">Nom d'usage</label><input id="usage" name="usage" value="à remplacer"></p>
<p><label for="secret">Mot de passe</label><input id="secret" name="secret" type="password"></p>
<p><label for="civilite">Civilité</label><select id="civilite" name="civilite"><option value="">Choisir</option><option value="MME">Madame</option><option value="M">Monsieur</option></select></p>
<p><input class="hidden" type="checkbox" id="cgu" name="cgu"><label for="cgu">J'accepte les conditions, en entier</label></p>
<fieldset><legend>Lieu</legend>
<label><input type="radio" name="lieu" value="a"> Cabinet des Tilleuls</label>
<label><input type="radio" name="lieu" value="b"> Clinique</label></fieldset>
<button name="acte" value="valider">Valider</button>
<button name="acte" value="retour" aria-label="Revenir en arrière">←</button>
<button disabled>Bloqué</button>
</form><p><a href="/suite">Page suivante</a></p></main>
<script>document.getElementById("script").textContent = "avec script";</script></body></html>"#;

const NEXT: &str = r#"<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Suite</title></head>
<body><main><h1>Suite</h1><img src="data:,"><p>Une image sans alternative.</p></main></body></html>"#;

/// What the close looks must find: a control that nobody reaches, a focus that nobody sees, a picture that the policy refuses.
const FAULTY: &str = r#"<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Fautes</title></head>
<body><main><h1>Fautes</h1><a href="/suite">Lien sain</a><div inert><button>Hors d'atteinte</button></div>
<style>.unseen { outline: none }</style><p><button class="unseen">Sans contour</button></p>
<img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="></main></body></html>"#;

async fn received(RawForm(form): RawForm) -> Html<String> {
    let form = String::from_utf8_lossy(&form).into_owned();
    Html(format!(
        "<!doctype html><html lang=fr><head><meta charset=utf-8><title>Reçu</title></head><body><main><h1>Reçu</h1><p>{form}</p></main></body></html>"
    ))
}

/// Serves the pages until the test ends; answers their origin.
async fn site() -> String {
    let router = Router::new()
        .route(
            "/",
            get(async || {
                (
                    [(
                        "content-security-policy",
                        "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
                    )],
                    Html(FORM),
                )
            }),
        )
        .route("/suite", get(async || Html(NEXT)))
        .route(
            "/fautes",
            get(async || {
                ([("content-security-policy", "default-src 'self'; style-src 'unsafe-inline'")], Html(FAULTY))
            }),
        )
        .route("/recu", get(received).post(received));
    let (listener, address) = listener().await;
    serve(listener, router);
    format!("http://{address}")
}

async fn a_person_fills_the_form(page: &Page) {
    page.fill("nom", "Martin Test").await;
    page.fill("Nom d’usage", "Leroy").await;
    page.fill("Mot de passe", "é$").await;
    page.choose("Civilité", "Madame").await;
    page.tick("J'accepte…").await;
    page.pick_radio("Clinique").await;
    assert_eq!(page.value("Nom d'usage").await, "Leroy");
    page.click("VALIDER").await;
    page.wait_for_h1("Reçu").await;
    let text = page.text().await;
    assert!(
        text.contains("nom=Martin+Test&usage=Leroy&secret=%C3%A9%24&civilite=MME&cgu=on&lieu=b&acte=valider"),
        "{text}"
    );
}

#[tokio::test]
async fn a_person_with_scripts_fills_a_form_and_reads_the_answer() {
    let origin = site().await;
    let page = open(Options::default().window(1000, 700)).await;
    page.goto(&origin).await;
    assert_eq!(page.h1().await, "Formulaire d'essai");
    let text = page.text().await;
    assert!(
        text.contains("avec script") && text.contains("Formulaire d’essai") && !text.contains("jamais vu"),
        "{text}"
    );
    assert_eq!(page.axe().await, "");
    a_person_fills_the_form(&page).await;

    page.back().await;
    page.click("Revenir en arrière").await;
    page.wait_for_text("acte=retour").await;
    page.goto(&format!("{origin}/suite")).await;
    assert!(page.axe().await.contains("image-alt"), "axe-core sees a picture without alternative");
}

#[tokio::test]
async fn a_person_without_scripts_does_the_same() {
    let origin = site().await;
    let page = open(Options::default().without_javascript().phone()).await;
    page.goto(&origin).await;
    assert!(page.text().await.contains("sans script"));
    assert_eq!(page.axe().await, "");
    a_person_fills_the_form(&page).await;
    page.goto(&format!("{origin}/suite")).await;
    assert!(page.axe().await.contains("image-alt"));

    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("pictures").join("suite.png");
    page.screenshot(&picture).await;
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let origin = site().await;
    for options in [Options::default(), Options::default().without_javascript()] {
        let page = open(options).await;
        page.goto(&origin).await;
        page.tab_to("Nom").await;
        page.type_text("Zoé").await;
        page.tab_to("Civilité").await;
        page.press("ArrowDown").await;
        page.tab_to("J'accepte").await;
        page.press("Space").await;
        assert!(page.is_ticked("J'accepte les conditions").await);
        page.tab_to("Valider").await;
        assert_eq!(page.focused().await, "Valider");
        page.press("Enter").await;
        page.wait_for_text("nom=Zo%C3%A9").await;
        assert!(page.text().await.contains("civilite=MME&cgu=on"));
    }
}

#[tokio::test]
async fn tabs_share_cookies_and_a_closed_browser_leaves_nothing() {
    let origin = site().await;
    let page = open(Options::default().argument("--host-resolver-rules=MAP portail.example 127.0.0.1")).await;
    page.goto(&origin.replace("127.0.0.1", "portail.example")).await;
    page.client().execute("document.cookie = 'a=b'", Vec::new()).await.unwrap();
    let first = page.open_tab(&origin.replace("127.0.0.1", "portail.example")).await;
    assert!(page.cookies().await.iter().any(|cookie| cookie.name() == "a" && cookie.value() == "b"));
    page.click("Page suivante").await;
    page.wait_for_url("http://portail.example").await;
    page.wait_for_h1("Suite").await;
    page.switch_to(first).await;
    page.reload().await;
    assert_eq!(page.h1().await, "Formulaire d'essai");

    let process = page.process().expect("chromedriver tells the browser's process");
    let alive = std::path::PathBuf::from(format!("/proc/{process}"));
    assert!(alive.exists());
    drop(page);
    assert!(!alive.exists(), "the browser outlives its page");
}

#[tokio::test]
async fn a_control_out_of_reach_an_unseen_focus_and_a_refused_picture_are_told() {
    let origin = site().await;
    let page = open(Options::default()).await;
    page.goto(&format!("{origin}/fautes")).await;
    let console = page.console().await;
    assert!(console.contains("Content Security Policy") && console.lines().count() == 1, "{console}");
    let missed = page.keyboard().await;
    assert_eq!(missed, "Tab does not reach “Hors d'atteinte”\nnothing shows the focus on “Sans contour”");
    page.goto(&format!("{origin}/suite")).await;
    assert_eq!(page.console().await, "", "what was told once is not told again");
}
