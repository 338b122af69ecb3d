//! Samples of every screen in every state: `template.state` and its page. Also part of the tests from outside, which show them
//! to a browser (`tests/it/screens.rs`): what is named here is public, and `super` says where the library is.

use super::library::account::Channel;
use super::library::config::settings::{CibaChannel, FirstSignIn, PersonKind};
use super::library::notify::WaysLeft;
use super::library::pages::sentences as s;
use super::library::pages::view::*;

const EMAIL: &str = "jdxxxxx@exemple.fr";
const PHONE: &str = "xxxxxx0101";
const REFERENCE: &str = "K7P2M9QX";
const PSC: &str = "Pro Santé Connect";
const HOSPITAL: &str = "Hôpital d'à côté";

fn tokens() -> Tokens {
    Tokens {
        flow: "flow".to_owned(),
        token: "token".to_owned(),
        return_to: Some("/factures?mois=11".to_owned()),
        need: None,
    }
}

pub(super) fn page() -> Page {
    Page { tokens: tokens(), psc: Some(tokens()), ..Page::default() }
}

fn told(notice: Notice) -> Page {
    Page { notice: Some(notice), ..page() }
}

/// What of the configuration a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Configured {
    /// The portal of the samples.
    Usual,
    /// Nothing is remembered on the browser, and it is a development gateway.
    Unremembering,
    /// "Se souvenir de moi" keeps the session.
    KeptSession,
    /// Passwords judged by their strength alone.
    StrengthOnly,
}

/// Every page by its name, drawn by the views that `views` makes.
pub(super) fn pages(views: &dyn Fn(Configured) -> Views) -> Vec<(String, String)> {
    let others = views;
    let views = &views(Configured::Usual);
    let mut pages = Vec::new();
    let mut add = |name: &str, page: Rendered| {
        pages.push((name.to_owned(), page.unwrap_or_else(|error| panic!("{name}: {error:?}"))));
    };
    sign_in(views, others, &mut add);
    ciba(views, &mut add);
    codes(views, &mut add);
    passwords(views, others, &mut add);
    activation(views, &mut add);
    psc(views, &mut add);
    account(views, &mut add);
    session(views, &mut add);
    refusals(views, &mut add);
    pages
}

fn sign_in(views: &Views, others: &dyn Fn(Configured) -> Views, add: &mut dyn FnMut(&str, Rendered)) {
    let brand = views.brand();
    let none = Answers::new();
    add("sign_in", views.sign_in(&page(), &none));
    let typed = Answers::new().with("identifier", "camille.durand@exemple.fr").with("remember", "oui");
    add(
        "sign_in.failure",
        views.sign_in(
            &page(),
            &typed
                .clone()
                .refused([s::sign_in::FAILURE.to_owned(), s::sign_in::failure_help(brand)])
                .link(views.forgotten_link(Some("/factures?mois=11"))),
        ),
    );
    add(
        "sign_in.empty",
        views.sign_in(
            &page(),
            &Answers::new()
                .error("identifier", s::sign_in::IDENTIFIER_EMPTY)
                .error("password", s::sign_in::PASSWORD_EMPTY),
        ),
    );
    let throttled = [s::sign_in::throttled_account(4), s::sign_in::throttled_otherwise(brand)];
    add("sign_in.throttled", views.sign_in(&page(), &typed.clone().refused(throttled)));
    add("sign_in.idle", views.sign_in(&told(Notice::neutral(s::sign_in::idle(30))), &typed));
    let kept = format!("{} {}", s::sign_in::idle(30), s::sign_in::DRAFT_KEPT);
    add("sign_in.kept", views.sign_in(&told(Notice::neutral(kept)), &typed));
    let refused = s::trouble::cookies_refused("portail.example");
    add("sign_in.cookies_refused", views.sign_in(&page(), &typed.clone().refused([refused.clone()])));
    add("reset.cookies_refused", views.reset(&page(), &Answers::new().refused([refused])));
    add("sign_in.psc_cancelled", views.sign_in(&told(Notice::neutral(s::psc::cancelled(PSC))), &typed));
    add("sign_in.psc_unavailable", views.sign_in(&page(), &typed.clone().trouble([s::psc::unavailable(PSC)])));
    add("sign_in.stale", views.sign_in(&page(), &typed.refused([s::sign_in::STALE])));
    let plain = Page { psc: None, ..page() };
    let off = others(Configured::Unremembering);
    add("sign_in.off", off.sign_in(&plain, &none));
    let kept = others(Configured::KeptSession);
    add("sign_in.session", kept.sign_in(&page(), &none));
    let factor = FactorView {
        email: Some(EMAIL.to_owned()),
        phone: Some(PHONE.to_owned()),
        email_down: false,
        sms_down: false,
        answers: Answers::new().with("channel", "email"),
    };
    add("factor", views.factor(&page(), &factor));
    let down = FactorView { sms_down: true, ..factor.clone() };
    add("factor.sms_down", views.factor(&page(), &down));
    let unchosen = FactorView { answers: Answers::new().error("channel", s::code::CHOICE_NONE), ..factor };
    add("factor.none", views.factor(&page(), &unchosen));
}

fn ciba(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    add("sign_in.recognised", views.sign_in(&Page { ciba: vec!["psc".to_owned()], ..page() }, &Answers::new()));
    let view = CibaView {
        provider: "psc".to_owned(),
        channels: vec![CibaChannel::Mobile, CibaChannel::Card],
        answers: Answers::new().with("canal", "mobile"),
    };
    let typed = Answers::new().with("numero", "9970099990").with("canal", "card");
    add("ciba", views.ciba(&page(), &view));
    let refused = typed.clone().error("numero", s::details::rpps_length(10)).error("canal", s::ciba::CHANNEL_NONE);
    add("ciba.refused", views.ciba(&page(), &CibaView { answers: refused, ..view.clone() }));
    let one = CibaView { channels: vec![CibaChannel::Card], answers: Answers::new(), ..view.clone() };
    add("ciba.one", views.ciba(&page(), &one));
    for (name, line) in [
        ("ciba.person", s::ciba::throttled_person(42)),
        ("ciba.browser", s::ciba::throttled_browser(1)),
        ("ciba.network", s::ciba::throttled_network(5)),
        ("ciba.under_way", s::ciba::UNDER_WAY.to_owned()),
    ] {
        let answers = typed.clone().refused([line, s::ciba::OTHERWISE.to_owned()]);
        add(name, views.ciba(&page(), &CibaView { answers, ..view.clone() }));
    }
    let away = typed.trouble([s::psc::unavailable(PSC)]);
    add("ciba.away", views.ciba(&page(), &CibaView { answers: away, ..view }));
    let waiting = CibaWaitingView {
        channel: CibaChannel::Mobile,
        digits: "58".to_owned(),
        seconds_left: 117,
        answers: Answers::new(),
    };
    add("ciba_waiting", views.ciba_waiting(&page(), &waiting));
    let card = CibaWaitingView { channel: CibaChannel::Card, digits: "07".to_owned(), ..waiting.clone() };
    add("ciba_waiting.card", views.ciba_waiting(&told(Notice::neutral(s::ciba::NOT_YET)), &card));
    let stale = Answers::new().refused([s::trouble::STALE]);
    add("ciba_waiting.stale", views.ciba_waiting(&page(), &CibaWaitingView { answers: stale, ..waiting.clone() }));
    let away = Answers::new().trouble([s::ciba::away(PSC)]);
    add("ciba_waiting.away", views.ciba_waiting(&page(), &CibaWaitingView { answers: away, ..waiting }));
    let again = "/_guichet/connexion/numero-national?fournisseur=psc&f=flow";
    add("ciba_over.denied", views.ciba_over(&page(), CibaOver::Denied, again));
    add("ciba_over.expired", views.ciba_over(&page(), CibaOver::Expired, again));
    let failed = CibaOver::Failed { provider: PSC, reference: REFERENCE };
    add("ciba_over.failed", views.ciba_over(&page(), failed, again));
}

fn codes(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    let email = Destination::Email(EMAIL.to_owned());
    let phone = Destination::Sms(PHONE.to_owned());
    let code = |purpose, destination: &Destination| CodeView {
        purpose,
        destination: destination.clone(),
        answers: Answers::new(),
        seconds_left: Some(480),
        retry: false,
        otherwise: false,
    };
    for (name, purpose, destination) in [
        ("sign_in_code", CodePurpose::SignIn, &email),
        ("sign_in_code.sms", CodePurpose::SignIn, &phone),
        ("reset_code", CodePurpose::Reset, &email),
        ("reset_sms", CodePurpose::ResetSms, &phone),
        ("email_code", CodePurpose::ActivationEmail, &email),
        ("phone_code", CodePurpose::ActivationPhone, &phone),
        ("psc_email_code", CodePurpose::PscEmail, &email),
        ("psc_phone_code", CodePurpose::PscPhone, &phone),
        ("psc_email_code.reminder", CodePurpose::ReminderEmail, &email),
        ("psc_phone_code.reminder", CodePurpose::ReminderPhone, &phone),
        ("psc_email_code.wanted", CodePurpose::WantedEmail, &email),
        ("psc_phone_code.wanted", CodePurpose::WantedPhone, &phone),
        ("linking_code", CodePurpose::Linking, &email),
        ("step_up_code", CodePurpose::StepUp(StepUpReason::Page), &phone),
    ] {
        add(name, views.code(&page(), &code(purpose, destination)));
    }
    let base = CodeView { otherwise: true, ..code(CodePurpose::SignIn, &email) };
    let wrong = CodeView { answers: Answers::new().error("code", s::code::wrong(3)), ..base.clone() };
    add("sign_in_code.wrong", views.code(&page(), &wrong));
    add("sign_in_code.resent", views.code(&told(Notice::success(s::code::RESENT)), &base));
    let cap = CodeView { answers: Answers::new().refused([s::code::resend_cap(views.brand(), 12)]), ..base.clone() };
    add("sign_in_code.cap", views.code(&page(), &cap));
    let down = CodeView {
        answers: Answers::new().trouble([s::trouble::EMAIL_DOWN, s::trouble::OTHERWISE]),
        retry: true,
        ..base
    };
    add("sign_in_code.down", views.code(&page(), &down));
    let skipping = CodeView {
        answers: Answers::new().trouble([s::trouble::SMS_DOWN, s::trouble::MAY_SKIP]),
        retry: true,
        ..code(CodePurpose::ActivationPhone, &phone)
    };
    add("phone_code.down", views.code(&page(), &skipping));
    let unsent = |purpose, destination: &Destination| CodeView { seconds_left: None, ..code(purpose, destination) };
    let mistyped = Answers::new()
        .trouble([s::trouble::address_refused(EMAIL)])
        .link(Link::to("/_guichet/activation/coordonnees#email", s::buttons::CHANGE_EMAIL));
    let refused = CodeView { answers: mistyped, ..unsent(CodePurpose::ActivationEmail, &email) };
    add("code_unsent.refused", views.code_unsent(&page(), &refused));
    add("code_unsent", views.code_unsent(&page(), &unsent(CodePurpose::ActivationPhone, &phone)));
    add("code_unsent.email", views.code_unsent(&page(), &unsent(CodePurpose::ActivationEmail, &email)));
    add("code_unsent.psc", views.code_unsent(&page(), &unsent(CodePurpose::PscEmail, &email)));
    let confirming = unsent(CodePurpose::StepUp(StepUpReason::Credentials), &email);
    add("code_unsent.step_up", views.code_unsent(&page(), &confirming));
    let missing = unsent(CodePurpose::StepUp(StepUpReason::Page), &phone);
    add("code_unsent.step_up_page", views.code_unsent(&Page { confirming: true, ..page() }, &missing));
    let down = CodeView {
        answers: Answers::new().trouble([s::trouble::SMS_DOWN, s::trouble::OTHERWISE, s::trouble::MAY_PSC]),
        retry: true,
        otherwise: true,
        ..unsent(CodePurpose::SignIn, &phone)
    };
    add("code_unsent.down", views.code_unsent(&page(), &down));
}

fn passwords(views: &Views, others: &dyn Fn(Configured) -> Views, add: &mut dyn FnMut(&str, Rendered)) {
    let none = Answers::new();
    add("reset", views.reset(&page(), &none));
    add("reset.empty", views.reset(&page(), &none.clone().error("identifier", s::reset::ASK_EMPTY)));
    add("reset.throttled", views.reset(&page(), &none.clone().refused([s::reset::throttled(views.brand(), 9)])));
    add("reset.expired", views.reset(&told(Notice::neutral(s::reset::EXPIRED)), &none));
    add("reset_password", views.reset_password(&page(), "camille.durand@exemple.fr", &none));
    add("password", views.password(&page(), "camille.durand@exemple.fr", &none));
    let weak = s::password::missing(&[
        s::password::Missing::Length { needed: 12, typed: 9 },
        s::password::Missing::DigitOrSpecial,
    ]);
    let refused = Answers::new().error("new_password", weak).error("confirm_password", s::password::DIFFERENT_BOTH);
    add("password.refused", views.password(&page(), "camille.durand@exemple.fr", &refused));
    let nist = others(Configured::StrengthOnly);
    add("password.nist", nist.password(&page(), "camille.durand@exemple.fr", &none));
}

fn activation(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    let idle = Page { idle: Some(Idle { seconds: 1800, token: "token".to_owned() }), ..page() };
    let brand = views.brand();
    add("information", views.information(&idle));
    add("details", views.details(&idle, &DetailsView::default()));
    let filled = Answers::new()
        .with("civility", "MME")
        .with("family_name", "Durand")
        .with("given_name", "Camille")
        .with("profession", "60")
        .with("rpps", "10001234567")
        .with("email", "camille.durand@gmial.com")
        .with("dial_code", "+262")
        .with("phone", "06 92 12 34 56")
        .with("terms", "oui")
        .hint("family_name", s::details::from_import(brand))
        .hint("given_name", s::details::from_import(brand))
        .read_only("rpps")
        .hint("rpps", s::details::rpps_from_file(brand));
    add(
        "details.filled",
        views.details(&told(Notice::neutral(s::sign_in::RESUMED)), &DetailsView { answers: filled.clone() }),
    );
    let refused = filled
        .error("given_name", s::details::GIVEN_NAME_SHAPE)
        .warning("email", s::details::email_suggestion("camille.durand@gmail.com"))
        .error("phone", s::details::phone_dial_code("+262"))
        .error("terms", s::details::TERMS_EMPTY);
    add("details.refused", views.details(&page(), &DetailsView { answers: refused }));
    add("change_phone", views.change_phone(&page(), false, &Answers::new().with("phone", "06 12 34 01 01")));
    add("change_phone.first", views.change_phone(&page(), true, &Answers::new().error("phone", s::code::PHONE_EMPTY)));
    let organisation = OrganisationView {
        siret_optional: false,
        cpam_optional: false,
        finess_optional: true,
        billing: BillingLine::Same,
        answers: Answers::new(),
    };
    add("organisation", views.organisation(&idle, &organisation));
    let refused = OrganisationView {
        finess_optional: false,
        billing: BillingLine::Other("SELARL des Tilleuls, 4 rue de la Gare, 75015 Paris".to_owned()),
        answers: Answers::new()
            .with("name", "Cabinet des Tilleuls")
            .with("siret", "732829320")
            .with("cpam", "123456789")
            .error("siret", s::organisation::SIRET_IS_SIREN)
            .warning("cpam", s::organisation::CPAM_DOUBTFUL)
            .hint("city", s::saved_elsewhere("Lyon")),
        ..organisation
    };
    add("organisation.refused", views.organisation(&page(), &refused));
    add("billing", views.billing(&page(), &Answers::new().with("same", "oui")));
    add("billing.other", views.billing(&page(), &Answers::new().error("name", s::organisation::NAME_EMPTY)));
    add("finished", views.finished(&page(), "camille.durand@exemple.fr", "/"));
    let stale = told(Notice::warning(s::trouble::STALE));
    add("freeze.stale", views.freeze(&stale, FreezeState::Ask { token: "jeton" }));
    add("information.stale", views.information(&stale));
    add("freeze", views.freeze(&page(), FreezeState::Ask { token: "jeton" }));
    add("freeze.frozen", views.freeze(&page(), FreezeState::Frozen));
    add("freeze.kept", views.freeze(&page(), FreezeState::Kept));
    add("freeze.dead", views.freeze(&page(), FreezeState::Dead));
}

fn psc(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    let person = PscEmailView {
        provider: PSC.to_owned(),
        given_name: Some("Camille".to_owned()),
        family_name: Some("Durand".to_owned()),
        profession: Some("Infirmier".to_owned()),
        answers: Answers::new(),
    };
    add("psc_email", views.psc_email(&page(), &person));
    let refused =
        Answers::new().error("email", s::details::CONTACT_EMAIL_EMPTY).error("terms", s::details::TERMS_EMPTY);
    add("psc_email.refused", views.psc_email(&page(), &PscEmailView { answers: refused, ..person }));
    let from_psc = Answers::new().with("phone", "06 12 34 01 01").hint("phone", s::details::taken_from(PSC));
    add("psc_phone", views.psc_phone(&page(), &PscPhoneView { answers: from_psc }));
    let wanted = |channel, back, answers| WantedView {
        path: "/_guichet/activation/psc/telephone",
        own: false,
        channel,
        back,
        answers,
    };
    add("psc_phone.wanted", views.wanted(&page(), &wanted(Channel::Sms, true, Answers::new())));
    let added =
        WantedView { path: "/_guichet/compte/telephone", own: true, ..wanted(Channel::Sms, true, Answers::new()) };
    add("psc_phone.added", views.wanted(&page(), &added));
    let empty = Answers::new().error("email", s::details::EMAIL_EMPTY);
    add("psc_phone.wanted_email", views.wanted(&page(), &wanted(Channel::Email, false, empty)));
    add("resumed", views.resumed(&page()));
    let again = "/_guichet/connexion?retour=/factures";
    add("hand_over_failed", views.hand_over_failed(&page(), HandOverFailed::Code, again));
    let cookies = HandOverFailed::Cookies { host: "dossier.exemple.fr" };
    add("hand_over_failed.cookies", views.hand_over_failed(&page(), cookies, again));
    add("psc_return_stale", views.psc_return_stale(&page(), PSC));
    add("psc_return_failed", views.psc_return_failed(&page(), PSC, REFERENCE));
    add("not_admitted", views.not_admitted(&page(), PSC, NotAdmitted::Unknown));
    add("not_admitted.profession", views.not_admitted(&page(), PSC, NotAdmitted::Profession("Ostéopathe")));
    for (name, kind) in [
        ("not_admitted.student", PersonKind::Student),
        ("not_admitted.without_activity", PersonKind::WithoutActivity),
        ("not_admitted.structure", PersonKind::StructureStaff),
    ] {
        add(name, views.not_admitted(&page(), PSC, NotAdmitted::Kind(kind)));
    }
    let stale = told(Notice::warning(s::trouble::STALE));
    add("linking_offer.stale", views.linking_offer(&stale, PSC));
    add("linking_offer", views.linking_offer(&page(), PSC));
    add("linking_proof", views.linking_proof(&page(), PSC, &Answers::new()));
    let failure = Answers::new().with("identifier", "750001").refused([s::sign_in::FAILURE]);
    add("linking_proof.failure", views.linking_proof(&page(), PSC, &failure));
    add("linking_conflict", views.linking_conflict(&page(), PSC, FirstSignIn::Create, REFERENCE));
    add("linking_conflict.known", views.linking_conflict(&page(), PSC, FirstSignIn::KnownOnly, REFERENCE));
    let place = |number: usize, city: &str| PlaceChoice {
        value: format!("lieu-{number}"),
        label: format!("Cabinet des Tilleuls – {number} rue de la Gare, 7501{} {city}", number % 10),
        detail: Some("Infirmier, SIRET 732 829 320 00074".to_owned()),
        city: Some(city.to_owned()),
    };
    let few = PlaceView {
        places: vec![place(1, "Paris"), place(2, "Paris")],
        asked: Asked::AtSignIn,
        answers: Answers::new().with("place", "lieu-2"),
    };
    add("place", views.place(&told(Notice::neutral(s::psc::PLACE_CHANGED)), &few));
    let many = PlaceView {
        places: (1..=9).map(|number| place(number, if number % 2 == 0 { "Lyon" } else { "Paris" })).collect(),
        asked: Asked::AtSignIn,
        answers: Answers::new().error("place", s::psc::PLACE_EMPTY),
    };
    add("place.many", views.place(&page(), &many));
    let asked = Asked::InAccount { provider: PSC.to_owned() };
    let other = PlaceView { places: vec![place(1, "Paris"), place(2, "Lyon")], asked, ..few };
    add("place.account", views.place(&page(), &other));
}

fn account(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    let session = |number: u32, device: &str, how, current| SessionLine {
        id: format!("session-{number}"),
        device: device.to_owned(),
        since: s::account::since(&format!("23 novembre 2026 à 8 h {number:02}"), how),
        current,
    };
    let way = |name: &str, label: &str, way| ProviderLine { name: name.to_owned(), label: label.to_owned(), way };
    let since = |may_go, offered| WayIn::Since { date: "1er octobre 2026".to_owned(), may_go, offered };
    let by_psc = s::account::by(PSC);
    let local = AccountView {
        name: Some("Camille Durand".to_owned()),
        professions: vec!["Infirmier".to_owned()],
        rpps: Some(RppsLine { number: "10001234567".to_owned(), source: s::account::RPPS_DECLARED.to_owned() }),
        may_correct_rpps: true,
        email: Known::Verified("camille.durand-et-associes@exemple-de-domaine.fr".to_owned()),
        phone: Some(Known::Missing),
        providers: vec![way("psc", PSC, WayIn::Missing)],
        ways: WaysLeft { password: true, providers: Vec::new() },
        identifier: Some("camille.durand-et-associes@exemple-de-domaine.fr".to_owned()),
        place: Some(PlaceLine {
            label: "Cabinet des Tilleuls – 12 rue de la Gare, 75015 Paris".to_owned(),
            detail: None,
        }),
        may_change_place: false,
        sessions: vec![session(5, "Firefox, Windows", s::account::BY_PASSWORD_EMAIL, true)],
    };
    add("account", views.account(&page(), &local, "/"));
    let linked = AccountView {
        professions: vec!["Infirmier".to_owned(), "Sage-Femme".to_owned()],
        rpps: Some(RppsLine { number: "10001234567".to_owned(), source: s::account::rpps_proven(&[PSC]) }),
        may_correct_rpps: false,
        phone: Some(Known::Verified("06 12 34 01 01".to_owned())),
        providers: vec![way("psc", PSC, since(true, true))],
        place: Some(PlaceLine {
            label: "Cabinet des Tilleuls – 12 rue de la Gare, 75015 Paris".to_owned(),
            detail: Some("Infirmier, SIRET 73282932000074".to_owned()),
        }),
        may_change_place: true,
        sessions: vec![
            session(5, "Firefox, Windows", &by_psc, true),
            session(7, "Safari, iPhone", s::account::BY_PASSWORD_SMS, false),
            session(9, "", s::account::BY_PASSWORD, false),
        ],
        ..local.clone()
    };
    add("account.linked", views.account(&told(Notice::success(s::psc::linked(PSC))), &linked, "/"));
    let several = AccountView {
        providers: vec![
            way("psc", PSC, since(true, true)),
            way("hopital", HOSPITAL, WayIn::Missing),
            way("annuaire", "annuaire", since(true, false)),
        ],
        ways: WaysLeft { password: false, providers: vec![PSC.to_owned()] },
        identifier: None,
        rpps: Some(RppsLine { number: "10001234567".to_owned(), source: s::account::rpps_proven(&[PSC, HOSPITAL]) }),
        sessions: vec![session(5, "Firefox, Windows", &s::account::by(HOSPITAL), true)],
        ..linked.clone()
    };
    let away = told(Notice::success(s::account::unlinked(HOSPITAL)));
    add("account.several", views.account(&away, &several, "/"));
    let psc_only = AccountView {
        name: None,
        professions: Vec::new(),
        rpps: None,
        may_correct_rpps: true,
        email: Known::Missing,
        phone: None,
        providers: vec![way("psc", PSC, since(false, true))],
        ways: WaysLeft { password: false, providers: vec![PSC.to_owned()] },
        identifier: None,
        place: None,
        ..linked
    };
    add("account.psc_only", views.account(&told(Notice::warning(s::trouble::STALE)), &psc_only, "/"));
    let none = Answers::new();
    let email = "camille.durand@exemple.fr";
    let linked_to = [PSC.to_owned()];
    let to = Linked { name: "psc", label: PSC };
    let hospital = Linked { name: "hopital", label: HOSPITAL };
    add("account_password", views.account_password(&page(), email, &linked_to, &none));
    let taken = none.clone().refused([s::account::email_taken(views.brand())]);
    add("account_password.taken", views.account_password(&page(), email, &linked_to, &taken));
    add("account_rpps", views.account_rpps(&page(), false, &linked_to, &none.clone().with("rpps", "10001234567")));
    let wrong = none.clone().with("rpps", "10001234568").error("rpps", s::details::RPPS_KEY);
    add("account_rpps.wrong", views.account_rpps(&page(), false, &linked_to, &wrong));
    add("account_rpps.freed", views.account_rpps(&page(), true, &[], &none));
    add("account_link", views.account_link(&page(), to, None));
    let away = told(Notice::warning(s::psc::unavailable_step_up(PSC)));
    add("account_link.away", views.account_link(&away, to, None));
    let review = LinkReview { name: "CAMILLE DURAND".to_owned(), rpps: Some("10001234567".to_owned()), moves: false };
    add("account_link.review", views.account_link(&page(), to, Some(&review)));
    let moving = LinkReview { moves: true, ..review };
    add("account_link.moves", views.account_link(&page(), to, Some(&moving)));
    add("account_conflict", views.account_conflict(&page(), PSC, REFERENCE));
    let password = WaysLeft { password: true, providers: vec![HOSPITAL.to_owned()] };
    let other = WaysLeft { password: false, providers: vec![PSC.to_owned()] };
    let ask = |left, signs_out| Unlinking::Ask { left, email, signs_out };
    add("account_unlink", views.account_unlink(&page(), to, ask(&password, false)));
    add("account_unlink.signs_out", views.account_unlink(&page(), to, ask(&password, true)));
    add("account_unlink.other", views.account_unlink(&page(), hospital, ask(&other, true)));
    add("account_unlink.last", views.account_unlink(&page(), to, Unlinking::LastWayIn));
    let step_up = StepUpView {
        reason: StepUpReason::Credentials,
        way: StepUpWay::Password { username: email.to_owned() },
        answers: none,
    };
    add("step_up.credentials", views.step_up(&page(), &step_up));
}

fn session(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    add(
        "reminder",
        views.reminder(
            &page(),
            &ReminderView { email: true, phone: true, provider: Some(PSC.to_owned()), answers: Answers::new() },
        ),
    );
    let alone = ReminderView {
        email: true,
        phone: false,
        provider: Some(PSC.to_owned()),
        answers: Answers::new().error("email", s::details::EMAIL_SHAPE),
    };
    add("reminder.email", views.reminder(&page(), &alone));
    add(
        "reminder.empty",
        views.reminder(
            &page(),
            &ReminderView {
                email: true,
                phone: true,
                provider: Some(PSC.to_owned()),
                answers: Answers::new().refused([s::details::REMINDER_EMPTY]),
            },
        ),
    );
    add("new_terms", views.new_terms(&page(), &Answers::new()));
    add("new_terms.refused", views.new_terms(&page(), &Answers::new().error("terms", s::details::TERMS_EMPTY)));
    let stale = told(Notice::warning(s::trouble::STALE));
    add("sign_out.stale", views.sign_out(&stale, "/"));
    add("sign_out", views.sign_out(&page(), "/"));
    add("signed_out", views.signed_out(&page(), SignedOut::default()));
    let open = |provider, is_psc, address: Option<&str>| {
        Some(StillOpen { provider, is_psc, address: address.map(str::to_owned) })
    };
    let address = Some("https://auth.exemple.fr/logout?client_id=portail");
    let left = SignedOut { everywhere: true, still_open: open(PSC, true, address) };
    add("signed_out.psc", views.signed_out(&page(), left));
    let left = SignedOut { everywhere: false, still_open: open("Centre hospitalier", false, None) };
    add("signed_out.other", views.signed_out(&page(), left));
    let step_up = |way, answers| StepUpView { reason: StepUpReason::Page, way, answers };
    let password = StepUpWay::Password { username: "camille.durand@exemple.fr".to_owned() };
    add("step_up", views.step_up(&page(), &step_up(password.clone(), Answers::new())));
    let wrong = Answers::new().error("password", s::session::STEP_UP_WRONG);
    let plain = Page { psc: None, ..page() };
    add("step_up.wrong", views.step_up(&plain, &step_up(password, wrong)));
    let confirming = Page { confirming: true, ..page() };
    let psc = |back| StepUpWay::Psc { back };
    add("step_up.psc", views.step_up(&confirming, &step_up(psc(true), Answers::new())));
    let away = Answers::new().trouble([s::psc::unavailable_step_up(PSC)]);
    add("step_up.psc_away", views.step_up(&confirming, &step_up(psc(false), away)));
    let left = Page { notice: Some(Notice::neutral(s::psc::cancelled_step_up(PSC))), ..confirming.clone() };
    add("step_up.psc_left", views.step_up(&left, &step_up(psc(true), Answers::new())));
    let code =
        StepUpWay::Code { destination: Destination::Email(EMAIL.to_owned()), seconds_left: Some(600), retry: false };
    add("step_up_code.email", views.step_up(&plain, &step_up(code, Answers::new())));
    add("other_person", views.other_person(&confirming, PSC, "/"));
    add("insufficient", views.insufficient(&page(), Insufficient::NeedsPhone, "/"));
    add(
        "insufficient.psc",
        views.insufficient(&page(), Insufficient::NeedsLink { provider: PSC, reference: REFERENCE }, "/"),
    );
    let level = Insufficient::Level { provider: PSC, is_psc: true, reference: REFERENCE };
    add("insufficient.level", views.insufficient(&confirming, level, "/"));
    let linked = [PSC.to_owned()];
    let mailbox = Insufficient::Mailbox { tomorrow: true, hour: "14 h 30", providers: &linked };
    add("insufficient.mailbox", views.insufficient(&page(), mailbox, "/"));
    let mailbox = Insufficient::Mailbox { tomorrow: false, hour: "14 h 30", providers: &[] };
    add("insufficient.mailbox_alone", views.insufficient(&plain, mailbox, "/"));
}

fn refusals(views: &Views, add: &mut dyn FnMut(&str, Rendered)) {
    add("no_access", views.no_access(&page(), NoAccess::Profession("Infirmier"), true, REFERENCE));
    add("no_access.provider", views.no_access(&page(), NoAccess::Provider { target: "/labo" }, true, REFERENCE));
    add("no_access.certificate", views.no_access(&page(), NoAccess::Certificate, true, REFERENCE));
    add("no_access.network", views.no_access(&page(), NoAccess::Network, true, REFERENCE));
    add("no_access.home", views.no_access(&page(), NoAccess::Other, false, REFERENCE));
    add("suspended", views.suspended(&page()));
    add("frozen", views.frozen(&page()));
    add("not_accepted", views.not_accepted(&Page::default()));
    add("not_found", views.not_found(&Page::default()));
    add("not_found.host", views.not_served(&Page::default()));
    add("other_account", views.other_account(&page(), "/"));
    add("away.maintenance", views.away(&Page::default(), Away::Maintenance { until: Some("14 h 30") }, "/"));
    add("away.stores", views.away(&Page::default(), Away::Stores, "/factures"));
    add("away.upstream", views.away(&Page::default(), Away::Upstream { reference: REFERENCE }, "/"));
    add("away.internal", views.away(&Page::default(), Away::Internal { reference: REFERENCE }, "/"));
}
