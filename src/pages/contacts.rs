//! The two contacts of the Pro Santé Connect journey (screens.md 4.1 and 4.3).

use http::StatusCode;

use crate::account::Channel;
use crate::activation::{Journey, Step};
use crate::login::codes::Issued;
use crate::login::journey::{Saved, draft, forms};

use super::activation::{self, Walker, at_step};
use super::sentences::details as words;
use super::sign_out::{self, Then};
use super::view::{Answers, PscEmailView, PscPhoneView};
use super::{Answer, Pages, Posted, Reply, Trouble, Visit, contact_code, field, paths, wanted};

/// 4.1.
pub(super) async fn show_email(pages: &Pages, visit: &Visit) -> Answer {
    if let Some(walker) = wanted::walker(pages, visit).await? {
        return wanted::show(pages, visit, &walker, Channel::Email);
    }
    let walker = at_psc(pages, visit, Step::Terms).await?;
    let now = pages.login.now();
    let account = &walker.account;
    let known = account.contact_email.as_ref().map(|email| email.value.as_str().to_owned());
    let drafted = draft(account, forms::CONTACTS, now).and_then(|fields| fields.get("email")).cloned();
    let imported = account.imported.email.as_ref().map(|email| email.as_str().to_owned());
    let given = account.suggested_email.as_ref().map(|email| email.as_str().to_owned());
    let email = drafted.filter(|email| !email.is_empty()).or(known).or(given).or(imported).unwrap_or_default();
    let accepted = account.steps.is_closed(Step::Terms);
    let answers = Answers::new().with("email", email).with("terms", if accepted { "oui" } else { "" });
    email_drawn(pages, visit, &walker, StatusCode::OK, answers)
}

/// 4.1, sent.
pub(super) async fn send_email(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    if let Some(walker) = wanted::walker(pages, visit).await? {
        return wanted::send(pages, visit, posted, &walker, Channel::Email).await;
    }
    let walker = at_psc(pages, visit, Step::Terms).await?;
    let fields = &posted.fields;
    let typed = Answers::new().with("email", fields.get("email")).with("terms", fields.get("terms"));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return email_drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    let refuse = |answers| email_drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers);
    pages.login.keep_contact(walker.account.id, "email", fields.get("email")).await?;
    let skipping = fields.action() == "ignorer";
    if fields.action() == "retour" {
        return sign_out::end(pages, visit, Then::SignIn).await;
    }
    let mut answers = typed;
    let mut wrong = false;
    if !fields.is_ticked("terms") {
        wrong = true;
        answers = answers.error("terms", words::TERMS_EMPTY);
    }
    let email = if skipping {
        None
    } else {
        match field::email(fields.get("email"), words::CONTACT_EMAIL_EMPTY) {
            Ok(email) => Some(email),
            Err(sentence) => {
                wrong = true;
                answers = answers.error("email", sentence);
                None
            }
        }
    };
    if wrong {
        return refuse(answers);
    }
    pages.login.accept_terms(walker.signed).await?;
    match email {
        None => {
            pages.login.skip_step(walker.signed, Step::Email).await?;
            activation::onward(pages, visit).await
        }
        Some(email) => match pages.login.save_contact_email(walker.signed, &email).await? {
            Saved::Done => activation::onward(pages, visit).await,
            Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::PSC_EMAIL_CODE)),
            Saved::Code(issued) => contact_code::told(pages, visit, Channel::Email, &issued).await,
        },
    }
}

/// 4.3.
pub(super) async fn show_phone(pages: &Pages, visit: &Visit) -> Answer {
    if let Some(walker) = wanted::walker(pages, visit).await? {
        return wanted::show(pages, visit, &walker, Channel::Sms);
    }
    let walker = at_psc(pages, visit, Step::Phone).await?;
    let mut answers = activation::sms_or_skip(pages);
    let from_provider = || {
        let place = walker.account.organisation.as_ref()?;
        crate::identity::Phone::parse_mobile(place.phone.as_deref()?, "+33").ok()
    };
    if let Some((dial_code, phone)) = pages.login.typed_phone(&walker.account) {
        answers = answers.with("dial_code", dial_code).with("phone", phone);
    } else if let Some(phone) = pages.login.pending_phone(&walker.account) {
        answers = answers.with("dial_code", phone.dial_code()).with("phone", phone.national());
    } else if let Some(phone) = from_provider() {
        answers = answers
            .with("dial_code", phone.dial_code())
            .with("phone", phone.national())
            .hint("phone", words::taken_from(&provider(pages, &walker)));
    }
    phone_drawn(pages, visit, &walker, StatusCode::OK, answers)
}

/// 4.3, sent.
pub(super) async fn send_phone(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    if let Some(walker) = wanted::walker(pages, visit).await? {
        return wanted::send(pages, visit, posted, &walker, Channel::Sms).await;
    }
    let walker = at_psc(pages, visit, Step::Phone).await?;
    let fields = &posted.fields;
    let typed = Answers::new().with("dial_code", fields.get("dial_code")).with("phone", fields.get("phone"));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return phone_drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    pages.login.keep_typed_phone(walker.account.id, fields.get("dial_code"), fields.get("phone")).await?;
    match fields.action() {
        "retour" => return Ok(Reply::see_other(paths::PSC_EMAIL)),
        "ignorer" => {
            pages.login.skip_step(walker.signed, Step::Phone).await?;
            return activation::onward(pages, visit).await;
        }
        _ => {}
    }
    let refuse = |sentence: String| {
        let answers = typed.clone().error("phone", sentence);
        phone_drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, answers)
    };
    let settings = &pages.login.settings.activation;
    let phone = match field::mobile(fields.get("phone"), fields.get("dial_code"), settings) {
        Ok(Some(phone)) => phone,
        Ok(None) => return refuse(words::CONTACT_PHONE_EMPTY.to_owned()),
        Err(sentence) => return refuse(sentence),
    };
    match pages.login.save_phone(walker.signed, &phone).await? {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::PSC_PHONE_CODE)),
        Saved::Code(issued) => contact_code::told(pages, visit, Channel::Sms, &issued).await,
    }
}

/// The walker of a PSC screen.
async fn at_psc<'a>(pages: &Pages, visit: &'a Visit, step: Step) -> Result<Walker<'a>, Trouble> {
    at_step(pages, visit, Journey::Psc, step).await
}

/// What people call the provider that opened the session; of another session, one that the account is linked to.
fn provider(pages: &Pages, walker: &Walker<'_>) -> String {
    let links = &walker.account.links;
    let link = walker.account.link(&walker.signed.session.identity_provider).or(links.first());
    pages.login.label(link.map_or("", |link| &link.identity_provider)).to_owned()
}

fn email_drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let person = &walker.account.person;
    let view = PscEmailView {
        provider: provider(pages, walker),
        given_name: person.given_name.clone(),
        family_name: person.family_name.clone(),
        profession: walker.account.professions.first().map(|held| held.label.clone()),
        answers,
    };
    let page = activation::page(pages, visit, walker, paths::PSC_EMAIL, "");
    pages.html(status, pages.views.psc_email(&page, &view))
}

fn phone_drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let page = activation::page(pages, visit, walker, paths::PSC_PHONE, "");
    pages.html(status, pages.views.psc_phone(&page, &PscPhoneView { answers }))
}
