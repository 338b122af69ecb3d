use std::collections::BTreeMap;

use super::*;

const CODE: &str = "048213";
const PSC: &str = "Pro Santé Connect";
/// As long as the configuration lets a label be.
const LONGEST: &str = "Groupement hospitalier du Cœur des Alpes";

fn brand() -> Brand {
    Brand {
        name: "RPLUS SANTÉ".to_owned(),
        sms_name: "RPLUS SANTE".to_owned(),
        portal: "portail".to_owned(),
        legacy: "Résoflux".to_owned(),
        tagline: String::new(),
        help_phone: "01 23 45 67 89".to_owned(),
        help_cost: "prix d'un appel local".to_owned(),
        help_hours: String::new(),
        help_email: "aide@exemple.fr".to_owned(),
        help_url: None,
        terms_url: "https://exemple.fr/conditions".parse().unwrap(),
        terms_version: "1".to_owned(),
        terms_date: "1er septembre 2026".to_owned(),
        legal_url: None,
        accessibility_url: None,
        logo: None,
        colours: BTreeMap::new(),
        templates: None,
    }
}

fn public_url() -> PublicUrl {
    PublicUrl {
        origin: "https://portail.exemple.fr".to_owned(),
        authority: "portail.exemple.fr".to_owned(),
        host: "portail.exemple.fr".to_owned(),
    }
}

fn now() -> Timestamp {
    "2026-11-23T13:05:00Z".parse().unwrap()
}

fn code(purpose: CodePurpose) -> Message {
    Message::Code { purpose, code: Secret::new(CODE.to_owned()), asking: None }
}

fn camille(provider: &str) -> ProvenBy {
    ProvenBy { provider: provider.to_owned(), identity: "CAMILLE MARTIN".to_owned() }
}

fn removed(password: bool) -> Message {
    let left = WaysLeft { password, providers: vec!["Hôpital d'à côté".to_owned(), "Annuaire".to_owned()] };
    Message::LinkRemoved { provider: PSC.to_owned(), left }
}

fn differs(change: ContactChange) -> Message {
    Message::ContactDiffers { change, freeze_token: Secret::new("a-b_c".to_owned()) }
}

fn every_message() -> Vec<Message> {
    vec![
        code(CodePurpose::SignIn),
        code(CodePurpose::Reset),
        code(CodePurpose::ActivationEmail),
        code(CodePurpose::ContactEmail),
        code(CodePurpose::Phone),
        code(CodePurpose::StepUp),
        Message::SignInsFailed,
        Message::NewDevice { device: "Firefox, Windows".to_owned() },
        Message::PasswordChanged,
        differs(ContactChange::Email),
        differs(ContactChange::Phone),
        differs(ContactChange::Both),
        Message::EmailTaken,
        Message::Activated { journey: Journey::Local },
        Message::Activated { journey: Journey::Provider { label: PSC.to_owned() } },
        Message::link_code(CODE, camille(PSC)),
        Message::link_code(CODE, camille(LONGEST)),
        Message::LinkRequested { by: camille(PSC) },
        Message::LinkRequested { by: camille(LONGEST) },
        Message::LinkMade { by: camille(PSC) },
        removed(true),
        removed(false),
        Message::AccountClosed { provider: PSC.to_owned() },
        Message::PasswordMade,
        Message::SessionsEnded,
        Message::RppsCorrected,
        Message::PlaceChosen,
        Message::RppsToCheck,
    ]
}

fn email_with(message: &Message, brand: &Brand) -> Option<(String, String, String)> {
    match message.render(Channel::Email, brand, &public_url(), now())? {
        Rendered::Email { subject, text, html } => Some((subject, text, html)),
        Rendered::Sms { .. } => panic!("an SMS came out for a mailbox"),
    }
}

#[track_caller]
fn email(message: &Message) -> (String, String, String) {
    email_with(message, &brand()).expect("this message has an e-mail")
}

fn sms_with(message: &Message, brand: &Brand, public_url: &PublicUrl) -> Option<String> {
    match message.render(Channel::Sms, brand, public_url, now())? {
        Rendered::Sms { text } => Some(text),
        Rendered::Email { .. } => panic!("an e-mail came out for a telephone"),
    }
}

#[track_caller]
fn sms(message: &Message) -> String {
    sms_with(message, &brand(), &public_url()).expect("this message has an SMS")
}

#[test]
fn a_code_email_says_what_it_is_for_and_what_to_do_otherwise() {
    let (subject, text, html) = email(&code(CodePurpose::SignIn));
    assert_eq!(subject, "RPLUS SANTÉ : votre code de connexion");
    assert_eq!(
        text,
        "Bonjour,\n\n\
         Vous avez demandé à vous connecter. Votre code :\n\n    048 213\n\n\
         Il est valable 10 minutes et ne sert qu'une fois. Seul le dernier code reçu fonctionne.\n\n\
         Vous n'êtes pas à l'origine de cette demande ? Quelqu'un connaît peut-être votre mot de passe : changez-le \
         avec « Mot de passe oublié ? » et prévenez-nous au 01 23 45 67 89.\n\n\
         Ne communiquez jamais vos codes ni votre mot de passe : RPLUS SANTÉ ne vous les demandera jamais, ni par \
         téléphone ni par e-mail.\n\n\
         RPLUS SANTÉ – Besoin d'aide ? 01 23 45 67 89 (prix d'un appel local) – aide@exemple.fr\n"
    );
    assert!(html.contains(">048 213</p>"), "{html}");
}

#[test]
fn notices_tell_when_in_paris_time() {
    let (subject, text, _) = email(&Message::PasswordChanged);
    assert_eq!(subject, "RPLUS SANTÉ : votre mot de passe a été changé");
    assert!(text.contains(
        "Le mot de passe de votre compte a été changé le 23 novembre 2026 à 14 h 05. Si ce n'était pas vous, appelez \
         tout de suite le 01 23 45 67 89.\n"
    ));
}

#[test]
fn links_are_whole_and_under_the_public_address() {
    let (_, text, html) = email(&differs(ContactChange::Both));
    let link = "https://portail.exemple.fr/_guichet/activation/bloquer?jeton=a-b_c";
    assert!(text.contains(&format!("d'autres coordonnées que celles que nous connaissions. Si c'est vous, vous n'avez rien à faire. Sinon, bloquez cette activation : {link}\n")), "{text}");
    // minijinja writes `/` as an entity, which a reader of HTML turns back.
    assert!(html.replace("&#x2f;", "/").contains(&format!("<a href=\"{link}\"")), "{html}");
    let (_, text, _) = email(&Message::Activated { journey: Journey::Local });
    assert!(text.contains("créé : https://portail.exemple.fr. L'identifiant CPAM ne sert plus."), "{text}");
}

#[test]
fn a_code_sms_ends_with_the_line_that_browsers_read() {
    assert_eq!(
        sms(&code(CodePurpose::Phone)),
        "RPLUS SANTE : votre code est 048213, valable 10 minutes. Ne le communiquez à personne.\n\
         @portail.exemple.fr #048213"
    );
}

#[test]
fn the_line_for_browsers_goes_when_the_whole_would_take_two_sms() {
    let mut far = public_url();
    far.host = format!("{}.exemple.fr", "x".repeat(60));
    let text = sms_with(&code(CodePurpose::SignIn), &brand(), &far).unwrap();
    assert!(text.ends_with("Ne le communiquez à personne."), "{text}");
    let sentence = text.chars().count();
    // The line is "\n@host #code": at exactly 160 it stays, at 161 it goes.
    far.host = "h".repeat(160 - sentence - "\n@ #123456".len());
    assert_eq!(sms_with(&code(CodePurpose::SignIn), &brand(), &far).unwrap().chars().count(), 160);
    far.host.push('h');
    assert_eq!(sms_with(&code(CodePurpose::SignIn), &brand(), &far).unwrap().chars().count(), sentence);
}

#[test]
fn every_email_starts_with_the_brand_is_framed_and_hides_the_code_from_its_subject() {
    for message in every_message() {
        let Some((subject, text, html)) = email_with(&message, &brand()) else {
            assert_eq!(message.purpose(), "code.phone", "only the phone's code has no e-mail");
            continue;
        };
        let purpose = message.purpose();
        assert!(subject.starts_with("RPLUS SANTÉ : "), "{purpose}: {subject}");
        assert!(!subject.contains(|character: char| character.is_ascii_digit()), "{purpose}: {subject}");
        assert!(text.starts_with("Bonjour,\n\n") && text.ends_with("– aide@exemple.fr\n"), "{purpose}");
        assert!(text.contains("Ne communiquez jamais vos codes"), "{purpose}");
        assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"), "{purpose}");
        for written in [&subject, &text, &html] {
            assert!(!written.contains(['{', '}']), "{purpose}: a placeholder was left in {written}");
        }
        assert!(!html.contains("<img") && !html.contains("src=") && !html.contains("<script"), "{purpose}");
        assert_eq!(html.contains("048 213"), message.code().is_some(), "{purpose}");
        assert_eq!(text.contains("048 213"), message.code().is_some(), "{purpose}");
    }
}

#[test]
fn every_sms_keeps_to_the_alphabet_and_to_one_message() {
    let mut longest = brand();
    longest.sms_name = "UN NOM DE VINGT CAR.".to_owned();
    longest.help_phone = "01\u{a0}23\u{a0}45\u{a0}67\u{a0}89".to_owned();
    let mut seen = 0;
    for message in every_message() {
        let Some(text) = sms_with(&message, &longest, &public_url()) else { continue };
        seen += 1;
        assert!(text.chars().all(gsm::fits), "{text}");
        assert!(!text.contains(['ê', 'ç', 'ô', 'û', 'œ', '’', '\u{a0}', '{', '}', '?']), "{text}");
        assert!(text.starts_with("UN NOM DE VINGT CAR. : "), "{text}");
        assert!(text.chars().count() <= gsm::SINGLE, "{} characters: {text}", text.chars().count());
    }
    assert_eq!(
        seen,
        8 + 2 + 3 + 6 + 1,
        "eight codes, two of the password, three contact changes, six of linking, one of sessions"
    );
}

#[test]
fn purposes_are_distinct_but_for_variants_of_one_message() {
    let purposes: std::collections::BTreeSet<_> = every_message().iter().map(Message::purpose).collect();
    assert_eq!(purposes.len(), 22);
}

#[test]
fn o11_a_device_name_brings_no_link_no_markup_and_no_length() {
    for hostile in [
        "Firefox <a href=https://evil.example/>cliquez</a>",
        "{{7*7}} {% raw %} %n",
        "Chrome\r\nBcc: victim@example.com",
        &"x".repeat(10_000),
    ] {
        let (_, text, html) = email(&Message::NewDevice { device: hostile.to_owned() });
        for written in [&text, &html] {
            assert!(written.len() < 4_000, "it was not cut");
            for forbidden in ["evil.example", "href=https", "{{", "49", "\r", "victim@"] {
                assert!(!written.contains(forbidden), "{forbidden} in {written}");
            }
        }
    }
    let (_, text, _) = email(&Message::NewDevice { device: "://".to_owned() });
    assert!(text.contains("(appareil inconnu)"));
}

#[test]
fn o11_a_brand_with_markup_and_line_breaks_stays_text() {
    let mut odd = brand();
    odd.name = "A<b>&\r\nBcc: x".to_owned();
    let (subject, _, html) = email_with(&Message::EmailTaken, &odd).unwrap();
    assert!(!subject.contains(['\r', '\n']), "{subject:?}");
    assert!(!html.contains("<b>") && html.contains("&lt;b&gt;&amp;"), "{html}");
}

#[test]
fn nothing_secret_prints() {
    let debugged = format!("{:?} {:?}", code(CodePurpose::SignIn), differs(ContactChange::Email));
    assert!(!debugged.contains(CODE) && !debugged.contains("a-b_c"), "{debugged}");
}

#[test]
fn l04_what_is_told_of_a_linking_names_who_asks_for_it_and_nothing_that_could_pass_for_more() {
    let name = "ANNE-MARIE D'ÉTÉ<b>https://evil.example/?code=1";
    let named = |message: Message| email(&message).1;
    let by = || ProvenBy { provider: "Hôpital d'à côté".to_owned(), identity: name.to_owned() };
    for text in [
        named(Message::link_code(CODE, by())),
        named(Message::LinkRequested { by: by() }),
        named(Message::LinkMade { by: by() }),
    ] {
        assert!(text.contains("ANNE-MARIE D'ÉTÉ") && text.contains("Hôpital d'à côté"), "{text}");
        assert!(!text.contains(PSC), "{text}");
        assert!(!text.contains("https://") && !text.contains('<'), "{text}");
    }
    let nobody = ProvenBy { identity: String::new(), ..by() };
    assert!(named(Message::LinkMade { by: nobody }).contains("dont le nom n'est pas connu"));
}

#[test]
fn what_is_told_of_pro_sante_connect_keeps_its_words() {
    let (subject, text, _) = email(&Message::link_code(CODE, camille(PSC)));
    assert_eq!(subject, "RPLUS SANTÉ : votre code pour rattacher Pro Santé Connect");
    assert!(text.contains("Vous avez demandé à rattacher Pro Santé Connect à votre compte."), "{text}");
    let (subject, text, _) = email(&Message::LinkRequested { by: camille(PSC) });
    assert_eq!(subject, "RPLUS SANTÉ : demande de rattachement à Pro Santé Connect");
    assert!(text.contains("a demandé à ouvrir votre compte avec Pro Santé Connect."), "{text}");
    assert_eq!(
        sms(&Message::LinkMade { by: camille(PSC) }),
        "RPLUS SANTE : votre compte est maintenant rattaché à Pro Santé Connect. Si ce n'est pas vous, appelez le 01 23 45 67 89."
    );
    for (message, ways) in [
        (removed(true), "utilisez votre adresse e-mail et votre mot de passe."),
        (removed(false), "utilisez Hôpital d'à côté ou Annuaire."),
    ] {
        let (_, text, _) = email(&message);
        assert!(text.contains("ne s'ouvre plus avec Pro Santé Connect.") && text.contains(ways), "{text}");
    }
}
