//! Every view in every state, checked as a document.

mod gallery;
mod html;

use std::collections::{BTreeMap, BTreeSet};

use gallery::Configured;
use html::Document;

use super::*;
/// The name under which the gallery knows the library, here and in the tests from outside.
use crate as library;
use crate::config::settings::{Brand, ProfessionChoice};
use crate::pages::assets::Assets;
use crate::pages::sentences;

/// The portal of the samples.
pub(super) fn sample_brand() -> Brand {
    Brand {
        name: "RPLUS SANTÉ".to_owned(),
        sms_name: "RPLUS SANTE".to_owned(),
        portal: "portail".to_owned(),
        legacy: "Résorflux".to_owned(),
        tagline: "La plateforme pour un suivi simple, fiable et sécurisé de vos télétransmissions et services associés"
            .to_owned(),
        help_phone: "0.820.20.12.29".to_owned(),
        help_cost: "0,09 € / min + prix appel".to_owned(),
        help_hours: "Du lundi au vendredi, de 8\u{a0}h\u{a0}30 à 18\u{a0}h".to_owned(),
        help_email: "aide@portail.example".to_owned(),
        help_url: None,
        terms_url: "https://portail.example/conditions".parse().unwrap(),
        terms_version: "2026-09".to_owned(),
        terms_date: "1er septembre 2026".to_owned(),
        legal_url: Some("https://portail.example/mentions".parse().unwrap()),
        accessibility_url: Some("https://portail.example/accessibilite".parse().unwrap()),
        logo: None,
        colours: BTreeMap::new(),
        templates: None,
    }
}

const PSC: &str = "Pro Santé Connect";

pub(super) fn sample_views() -> Views {
    let brand = sample_brand();
    let profession = |code: &str, label: &str, rpps_optional| ProfessionChoice {
        code: code.to_owned(),
        label: label.to_owned(),
        rpps_optional,
        siret_optional: false,
        cpam_optional: false,
        finess_optional: rpps_optional,
    };
    Views {
        templates: Templates::load(None).unwrap(),
        assets: Assets::build(&brand, []).unwrap(),
        brand,
        activation: ActivationSettings {
            professions: vec![
                profession("60", "Infirmier", false),
                profession("70", "Masseur-kinésithérapeute", false),
                profession("82", "Ambulancier", true),
            ],
            reminder_days: 30,
            dial_codes: vec![("+32".to_owned(), "Belgique".to_owned())],
            check_rpps_key: true,
        },
        remember_me: RememberMe::Identifier,
        absolute_hours: 4,
        password_profile: PasswordProfile::Guide,
        mail_from: "ne-pas-repondre@portail.example".to_owned(),
        providers: vec![ProviderLook {
            name: "psc".to_owned(),
            label: PSC.to_owned(),
            is_psc: true,
            about: Some("https://psc.example/en-savoir-plus".to_owned()),
            terms: Some("https://psc.example/conditions".to_owned()),
        }],
        development: false,
    }
}

fn configured(how: Configured) -> Views {
    let usual = sample_views();
    match how {
        Configured::Usual => usual,
        Configured::Unremembering => Views { remember_me: RememberMe::Off, development: true, ..usual },
        Configured::KeptSession => Views { remember_me: RememberMe::Session, ..usual },
        Configured::StrengthOnly => Views { password_profile: PasswordProfile::Nist, ..usual },
    }
}

fn every_page() -> Vec<(String, String)> {
    gallery::pages(&configured)
}

#[test]
fn every_page_is_a_sound_document() {
    for (name, page) in every_page() {
        let document = Document::read(&page);
        assert!(page.starts_with("<!DOCTYPE html>"), "{name} starts with {:?}", page.get(..20));
        assert_eq!(document.count("h1"), 1, "{name}: one h1");
        for landmark in ["header", "main", "aside", "footer", "title"] {
            assert_eq!(document.count(landmark), 1, "{name}: one {landmark}");
        }
        let ids: Vec<&str> = document.values("id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: an id is used twice in {ids:?}");
        for attribute in ["aria-describedby", "aria-labelledby", "for"] {
            for target in document.values(attribute).iter().flat_map(|list| list.split_whitespace()) {
                assert!(unique.contains(target), "{name}: {attribute} names {target}, which is not there");
            }
        }
        for target in document.values("href").iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(unique.contains(target), "{name}: a link leads to #{target}, which is not there");
        }
        assert!(document.values("autofocus").len() <= 1, "{name}: one focus");
        document.assert_balanced(&name);
    }
}

#[test]
fn every_control_has_a_label() {
    for (name, page) in every_page() {
        let document = Document::read(&page);
        let labelled: BTreeSet<&str> = document.values("for").into_iter().collect();
        for tag in document.tags.iter().filter(|tag| !tag.closing && (tag.name == "input" || tag.name == "select")) {
            if tag.get("type") == Some("hidden") {
                continue;
            }
            let id = tag.get("id").unwrap_or_else(|| panic!("{name}: a control has no id"));
            assert!(labelled.contains(id), "{name}: {id} has no label");
        }
    }
}

#[test]
fn no_page_needs_more_than_the_strict_content_policy() {
    for (name, page) in every_page() {
        let document = Document::read(&page);
        for tag in &document.tags {
            for (attribute, value) in &tag.attributes {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {attribute} on {}", tag.name);
                if matches!(attribute.as_str(), "src" | "action") {
                    assert!(value.starts_with("/_guichet/"), "{name}: {attribute} leads to {value}");
                }
                assert!(!value.starts_with("http:") && !value.starts_with("javascript:"), "{name}: {value}");
            }
        }
        assert_eq!(document.count("style"), 0, "{name}: inline style");
        assert_eq!(document.count("script"), 1, "{name}: one script, ours");
        assert_eq!(document.count("link"), 3, "{name}: icon and two style sheets");
    }
}

#[test]
fn every_form_is_a_post_with_its_token_and_its_first_button_is_the_primary_one() {
    for (name, page) in every_page() {
        let document = Document::read(&page);
        let mut first_button_expected = false;
        for tag in &document.tags {
            match tag.name.as_str() {
                _ if tag.closing => {}
                "form" => {
                    assert_eq!(tag.get("method"), Some("post"), "{name}");
                    first_button_expected = tag.get("class") == Some("form");
                }
                "button" if first_button_expected => {
                    assert_ne!(tag.get("value"), Some("facturation"), "{name}: Enter would leave the page");
                    first_button_expected = false;
                }
                _ => {}
            }
        }
        let forms = document.count("form");
        let tokens = document.tags.iter().filter(|tag| tag.get("name") == Some("token")).count();
        assert_eq!(forms, tokens, "{name}: a form has no token");
    }
}

#[test]
fn what_a_person_typed_is_text_and_never_markup() {
    let typed = "\"><script>alert(1)</script>";
    let answers = Answers::new().with("identifier", typed).error("identifier", typed);
    let page = sample_views().sign_in(&gallery::page(), &answers).unwrap();
    assert!(!page.contains("<script>alert"));
    assert_eq!(Document::read(&page).count("script"), 1);
}

#[test]
fn passwords_and_codes_never_come_back() {
    let secret = "Motdepasse-Secret-1";
    let views = sample_views();
    let answers = Answers::new()
        .with("password", secret)
        .with("new_password", secret)
        .with("confirm_password", secret)
        .with("code", secret)
        .error("password", "x");
    let code = CodeView {
        purpose: CodePurpose::SignIn,
        destination: Destination::Email("jdxxxxx@exemple.fr".to_owned()),
        answers: answers.clone(),
        seconds_left: None,
        retry: false,
        otherwise: false,
    };
    for page in [
        views.sign_in(&gallery::page(), &answers).unwrap(),
        views.password(&gallery::page(), "a@b.fr", &answers).unwrap(),
        views.code(&gallery::page(), &code).unwrap(),
    ] {
        assert!(!page.contains(secret));
    }
}

#[test]
fn titles_name_the_page_the_stage_and_the_refusal() {
    let views = sample_views();
    let page = gallery::page();
    let title = |text: &str| {
        let start = text.find("<title>").unwrap() + 7;
        text[start..text.find("</title>").unwrap()].to_owned()
    };
    assert_eq!(title(&views.sign_in(&page, &Answers::new()).unwrap()), "Connexion à votre espace – RPLUS SANTÉ");
    let refused = DetailsView { answers: Answers::new().error("email", sentences::details::EMAIL_EMPTY) };
    assert_eq!(
        title(&views.details(&page, &refused).unwrap()),
        "À corriger : Coordonnées personnelles – Étape 2 sur 4 – RPLUS SANTÉ"
    );
}

#[test]
fn the_focus_goes_to_one_place_the_box_the_notice_or_the_only_field() {
    let views = sample_views();
    let focused = |text: &str| {
        let document = Document::read(text);
        let tag = document.tags.iter().find(|tag| tag.get("autofocus").is_some());
        tag.map(|tag| tag.get("id").or(tag.get("role")).unwrap_or_default().to_owned())
    };
    let noticed = Page { notice: Some(Notice::neutral("Déjà vu.")), ..gallery::page() };
    let nothing = Answers::new();
    let refused = Answers::new().error("identifier", "x").error("password", "y");
    assert_eq!(focused(&views.sign_in(&gallery::page(), &nothing).unwrap()), None);
    assert_eq!(focused(&views.sign_in(&noticed, &nothing).unwrap()).as_deref(), Some("status"));
    assert_eq!(focused(&views.sign_in(&noticed, &refused).unwrap()).as_deref(), Some("bilan"));
    assert_eq!(focused(&views.reset(&gallery::page(), &nothing).unwrap()).as_deref(), Some("identifier"));
    let alone = Answers::new().error("identifier", "x");
    assert_eq!(focused(&views.reset(&noticed, &alone).unwrap()).as_deref(), Some("identifier"));
}

#[test]
fn a_country_or_dial_code_that_is_known_is_shown_and_never_another() {
    let views = sample_views();
    let shown = |country: &str, dial_code: &str| {
        let answers = Answers::new().with("country", country).with("dial_code", dial_code);
        let view = OrganisationView {
            siret_optional: false,
            cpam_optional: false,
            finess_optional: false,
            billing: BillingLine::Same,
            answers,
        };
        let page = views.organisation(&gallery::page(), &view).unwrap();
        let chosen = page.lines().filter(|line| line.contains(" selected>")).map(|line| line.trim().to_owned());
        (page.clone(), chosen.collect::<Vec<_>>())
    };
    for (code, name) in crate::identity::countries::COUNTRIES {
        let (_, chosen) = shown(code, "+33");
        let expected = format!("<option value=\"{code}\" selected>{name}</option>");
        assert!(chosen.iter().any(|line| line.replace("&#x27;", "'") == expected), "{code}: {chosen:?}");
    }
    let (page, chosen) = shown("ATLANTIDE", "+999");
    assert!(chosen.iter().any(|line| line.contains("+999")), "{chosen:?}");
    assert!(page.contains("<option value=\"\">Choisissez</option>"), "{chosen:?}");
    assert!(!chosen.iter().any(|line| line.contains("\"FR\"")), "{chosen:?}");
}

#[test]
fn a_template_of_the_administrator_replaces_ours_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("not_found.html"),
        "{% extends \"message.html\" %}{% block task %}<p>Notre page à nous</p>{% endblock %}",
    )
    .unwrap();
    let views = Views { templates: Templates::load(Some(folder.path())).unwrap(), ..sample_views() };
    assert!(views.not_found(&gallery::page()).unwrap().contains("Notre page à nous"));
    assert!(views.not_accepted(&gallery::page()).unwrap().contains("Revenez à la page précédente"));
}

#[test]
fn a_broken_template_of_the_administrator_is_told_at_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("not_found.html"), "{% block %}").unwrap();
    assert!(Templates::load(Some(folder.path())).unwrap().check().is_err());
}

#[test]
fn every_shipped_screen_is_in_the_gallery() {
    let shared = ["controls.html", "icons.html", "layout.html", "task.html", "message.html", "code.html"];
    let shown: BTreeSet<String> = every_page().into_iter().map(|(name, _)| name).collect();
    for template in Templates::names().iter().filter(|name| !shared.contains(&name.as_str())) {
        let stem = template.trim_end_matches(".html");
        assert!(shown.iter().any(|name| name.split('.').next() == Some(stem)), "{stem} is not shown");
    }
}
