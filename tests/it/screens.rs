//! Every screen in every state, as the gallery of the pages draws it, shown to a browser: what axe-core says, three widths, the
//! keyboard, the console; pictures are left in `target/screenshots/gallery`.

use std::collections::BTreeMap;
use std::path::Path;

use axum::Router;
use axum::extract::Path as Segment;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use guichet as library;
use guichet::config::settings::{PasswordProfile, RememberMe};
use guichet::pages::{Reply, Views, paths};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use crate::support::browser::Page;
use crate::support::chrome::{Options, open};
use crate::support::serve::{listener, serve};

#[path = "../../src/pages/view/tests/gallery.rs"]
mod gallery;

use gallery::Configured;

/// The portal of the demonstration, otherwise configured.
fn views(how: Configured) -> Views {
    let mut settings = guichet::config::demo(8080, "state".into()).expect("the demonstration's configuration").settings;
    settings.development = how == Configured::Unremembering;
    match how {
        Configured::Usual => settings.session.remember_me = RememberMe::Identifier,
        Configured::Unremembering => settings.session.remember_me = RememberMe::Off,
        Configured::KeptSession => settings.session.remember_me = RememberMe::Session,
        Configured::StrengthOnly => settings.password.profile = PasswordProfile::Nist,
    }
    Views::new(&settings).expect("the templates are sound")
}

/// Serves every page with the headers of our answers, and what the pages refer to; answers the origin.
async fn site(pages: Vec<(String, String)>) -> String {
    let pages: BTreeMap<String, String> = pages.into_iter().collect();
    let shown = async move |Segment(name): Segment<String>| match pages.get(&name) {
        Some(html) => Reply::page(StatusCode::OK, html.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    let assets = views(Configured::Usual).assets().clone();
    let asset = async move |Segment(name): Segment<String>| -> Response {
        let Some(asset) = assets.find(&name) else { return StatusCode::NOT_FOUND.into_response() };
        ([(CONTENT_TYPE, HeaderValue::from_static(asset.content_type))], asset.bytes.clone()).into_response()
    };
    let router = Router::new().route("/{name}", get(shown)).route(&format!("{}{{name}}", paths::ASSETS), get(asset));
    let (listener, address) = listener().await;
    serve(listener, router);
    format!("http://{address}")
}

/// What is wrong with the page shown.
async fn faults(page: &Page, name: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots/gallery");
    let mut faults = vec![page.console().await, page.axe().await];
    for (width, picture) in [(1280, Some("")), (390, Some("-phone")), (320, None)] {
        let picture = picture.map(|suffix| folder.join(format!("{name}{suffix}.png")));
        let too_wide = page.picture(width, picture.as_deref()).await;
        if too_wide != 0 {
            faults.push(format!("{too_wide} pixels wider than {width}"));
        }
    }
    faults.push(page.keyboard().await);
    faults.retain(|fault| !fault.is_empty());
    faults.into_iter().map(|fault| format!("{name}: {fault}")).collect()
}

/// Shows every page of one half, so that two browsers share the work.
async fn look_at_every_page(half: usize) {
    let pages = gallery::pages(&views);
    let names: Vec<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    let origin = site(pages).await;
    let page = open(Options::default()).await;
    let mut found = Vec::new();
    for name in names.iter().skip(half).step_by(2) {
        page.goto(&format!("{origin}/{name}")).await;
        assert_ne!(page.h1().await, "", "{name} has a heading");
        found.extend(faults(&page, name).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn every_screen_is_sound_in_a_browser_first_half() {
    look_at_every_page(0).await;
}

#[tokio::test]
async fn every_screen_is_sound_in_a_browser_second_half() {
    look_at_every_page(1).await;
}
