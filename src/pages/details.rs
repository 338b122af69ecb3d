//! Personal details (screens.md 3.2).

use http::StatusCode;

use crate::account::{Account, Source};
use crate::activation::{Journey, Step};
use crate::login::journey::details::Details;
use crate::login::journey::{Saved, draft, forms};

use super::activation::{self, Walker, at_step};
use super::posted::Fields;
use super::sentences::details as words;
use super::view::{Answers, DetailsView};
use super::{Answer, Pages, Posted, Reply, Visit, drafts, email, field, paths};

/// Fields of the form, as kept in the draft.
const FIELDS: [&str; 9] =
    ["civility", "family_name", "given_name", "profession", "rpps", "email", "dial_code", "phone", "terms"];

/// 3.2.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Details).await?;
    let answers = prefilled(pages, &walker.account);
    drawn(pages, visit, &walker, StatusCode::OK, answers)
}

/// 3.2, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Details).await?;
    let typed = typed(pages, &walker.account, &posted.fields);
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    let names = FIELDS.into_iter().filter(|name| *name != "terms");
    let other_tab = drafts::other_tab(pages, &walker.account, forms::DETAILS, names, posted, typed.clone());
    if let Some(answers) = other_tab {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    let fields = posted.fields.only(&FIELDS);
    if posted.fields.action() == "retour" {
        pages.login.save_draft(walker.account.id, forms::DETAILS, fields).await?;
        return Ok(Reply::see_other(paths::INFORMATION));
    }
    let details = match judged(pages, &walker.account, &posted.fields, typed) {
        Ok(details) => details,
        Err(answers) => {
            pages.login.save_draft(walker.account.id, forms::DETAILS, fields).await?;
            let walker = at_step(pages, visit, Journey::Local, Step::Details).await?;
            return drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, *answers);
        }
    };
    match pages.login.save_details(walker.signed, &details, fields).await? {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(issued) => {
            let masked = details.email.masked();
            email::after_send(pages, visit, &issued, &masked).await
        }
    }
}

/// Every field right, or the form with a sentence beside each that is not.
fn judged(pages: &Pages, account: &Account, fields: &Fields, typed: Answers) -> Result<Details, Box<Answers>> {
    let settings = &pages.login.settings.activation;
    let mut answers = typed;
    let mut wrong = false;
    macro_rules! read {
        ($name:literal, $read:expr) => {
            match $read {
                Ok(value) => Some(value),
                Err(sentence) => {
                    wrong = true;
                    answers = answers.error($name, sentence);
                    None
                }
            }
        };
    }
    let civility = read!(
        "civility",
        match fields.get("civility") {
            civility @ ("M" | "MME") => Ok(civility.to_owned()),
            _ => Err(words::CIVILITY_EMPTY.to_owned()),
        }
    );
    let family_name = read!(
        "family_name",
        field::name(fields.get("family_name"), words::FAMILY_NAME_EMPTY, words::FAMILY_NAME_SHAPE)
    );
    let given_name =
        read!("given_name", field::name(fields.get("given_name"), words::GIVEN_NAME_EMPTY, words::GIVEN_NAME_SHAPE));
    let choice = settings.professions.iter().find(|choice| choice.code == fields.get("profession"));
    let profession = read!("profession", choice.map(|choice| choice.code.clone()).ok_or(words::PROFESSION_EMPTY));
    let rpps = if is_given(account) {
        None
    } else {
        let optional = choice.is_some_and(|choice| choice.rpps_optional);
        read!("rpps", field::rpps(fields.get("rpps"), optional, settings.check_rpps_key)).flatten()
    };
    let email = read!("email", field::email(fields.get("email"), words::EMAIL_EMPTY));
    let phone = read!("phone", field::mobile(fields.get("phone"), fields.get("dial_code"), settings)).flatten();
    if !fields.is_ticked("terms") {
        wrong = true;
        answers = answers.error("terms", words::TERMS_EMPTY);
    }
    if let Some(suggestion) = email.as_ref().and_then(crate::identity::Email::suggestion)
        && warned_about(account) != email.as_ref().map(crate::identity::Email::as_str)
    {
        // Once: the draft remembers the address that was doubted.
        wrong = true;
        answers = answers.warning("email", words::email_suggestion(&suggestion));
    }
    match (wrong, civility, family_name, given_name, profession, email) {
        (false, Some(civility), Some(family_name), Some(given_name), Some(profession), Some(email)) => {
            Ok(Details { civility, family_name, given_name, profession, rpps, email, phone })
        }
        _ => Err(Box::new(answers)),
    }
}

/// The address of the draft before this POST: the same one typed again passes.
fn warned_about(account: &Account) -> Option<&str> {
    account.drafts.get(forms::DETAILS)?.fields.get("email").map(String::as_str).map(str::trim)
}

/// The RPPS comes from import or a provider: it is shown, not asked.
fn is_given(account: &Account) -> bool {
    account.rpps.as_ref().is_some_and(|held| held.source != Source::Declared)
}

/// Draft, else what is stored, else what import knew.
fn prefilled(pages: &Pages, account: &Account) -> Answers {
    let now = pages.login.now();
    let imported = &account.imported.person;
    let mut answers = Answers::new();
    let drafted = draft(account, forms::DETAILS, now);
    let person = &account.person;
    let known_email = account.imported.email.as_ref().map(|email| email.as_str().to_owned());
    let known_phone = account.imported.phone.as_ref();
    let values: [(&str, Option<&String>, Option<String>); 7] = [
        ("civility", person.civility.as_ref(), imported.civility.clone()),
        ("family_name", person.family_name.as_ref(), imported.family_name.clone()),
        ("given_name", person.given_name.as_ref(), imported.given_name.clone()),
        ("profession", person.profession.as_ref(), imported.profession.clone()),
        ("email", None, known_email),
        ("dial_code", None, known_phone.map(|phone| phone.dial_code().to_owned())),
        ("phone", None, known_phone.map(crate::identity::Phone::national)),
    ];
    for (name, stored, known) in values {
        if let Some(value) = drafted.and_then(|fields| fields.get(name)) {
            answers = answers.with(name, value.clone());
        } else if let Some(value) = stored {
            answers = answers.with(name, value.clone());
        } else if let Some(value) = known {
            answers = answers.with(name, value);
            if name != "dial_code" {
                answers = answers.hint(name, words::from_import(pages.brand()));
            }
        }
    }
    let version = &pages.login.settings.brand.terms_version;
    let accepted = account.terms.as_ref().is_some_and(|terms| terms.version == *version);
    if accepted || drafted.is_some_and(|fields| fields.get("terms").is_some_and(|ticked| !ticked.is_empty())) {
        answers = answers.with("terms", "oui");
    }
    with_rpps(pages, account, answers, drafted.and_then(|fields| fields.get("rpps")).map(String::as_str))
}

fn typed(pages: &Pages, account: &Account, fields: &Fields) -> Answers {
    let mut answers = Answers::new();
    for name in FIELDS.iter().filter(|name| **name != "rpps") {
        answers = answers.with(name, fields.get(name));
    }
    with_rpps(pages, account, answers, Some(fields.get("rpps")))
}

fn with_rpps(pages: &Pages, account: &Account, answers: Answers, typed: Option<&str>) -> Answers {
    match &account.rpps {
        Some(held) if held.source != Source::Declared => answers
            .with("rpps", held.value.as_str())
            .read_only("rpps")
            .hint("rpps", words::rpps_from_file(pages.brand())),
        held => {
            let declared = held.as_ref().map(|held| held.value.as_str());
            answers.with("rpps", typed.or(declared).unwrap_or_default())
        }
    }
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let seen = drafts::seen(pages, &walker.account, forms::DETAILS);
    let page = activation::page(pages, visit, walker, paths::DETAILS, &seen);
    pages.html(status, pages.views.details(&page, &DetailsView { answers }))
}
