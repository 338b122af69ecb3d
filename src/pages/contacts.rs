//! Contacts of the Pro Santé Connect journey, and the reminder of skipped ones (screens.md 4.1–4.4, 6.1).

use http::StatusCode;

use crate::account::{Channel, State};
use crate::activation::reminder::Due;
use crate::activation::{Journey, Step};
use crate::login::codes::{Issued, Pending, Purpose};
use crate::login::journey::{AfterStepCode, Saved, draft, forms, journey_of};
use crate::login::returning::{Landing, landing as due_now};

use super::activation::{self, Walker, at_step, walker};
use super::codes::{self, Ways};
use super::sentences::details as words;
use super::sign_out::{self, Then};
use super::view::{Answers, CodePurpose, CodeView, PscEmailView, PscPhoneView, ReminderView};
use super::{Answer, Pages, Posted, Reply, Trouble, Visit, field, landing, notices, paths};

/// What can be done where nothing leaves.
const WAYS: Ways = Ways { otherwise: false, skip: true, typed_here: true };

/// 4.1.
pub(super) async fn show_email(pages: &Pages, visit: &Visit) -> Answer {
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
            Saved::Code(issued) => code_told(pages, visit, Channel::Email, &issued).await,
        },
    }
}

/// 4.2.
pub(super) async fn show_email_code(pages: &Pages, visit: &Visit) -> Answer {
    show_code(pages, visit, Channel::Email).await
}

/// 4.2, sent.
pub(super) async fn send_email_code(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    send_code(pages, visit, posted, Channel::Email).await
}

/// 4.3.
pub(super) async fn show_phone(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_psc(pages, visit, Step::Phone).await?;
    if !pages.login.notifier.has_sms() {
        pages.login.skip_step(walker.signed, Step::Phone).await?;
        return activation::onward(pages, visit).await;
    }
    let mut answers = Answers::new();
    let from_provider = || {
        let place = walker.account.organisation.as_ref()?;
        crate::identity::Phone::parse_mobile(place.phone.as_deref()?, "+33").ok()
    };
    if let Some((dial_code, phone)) = pages.login.typed_phone(&walker.account) {
        answers = answers.with("dial_code", dial_code).with("phone", phone);
    } else if let Some(phone) = pages.login.pending_phone(&walker.account) {
        answers = answers.with("dial_code", phone.dial_code()).with("phone", phone.national());
    } else if let Some(phone) = from_provider() {
        answers =
            answers.with("dial_code", phone.dial_code()).with("phone", phone.national()).hint("phone", words::FROM_PSC);
    }
    phone_drawn(pages, visit, &walker, StatusCode::OK, answers)
}

/// 4.3, sent.
pub(super) async fn send_phone(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
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
        Saved::Code(issued) => code_told(pages, visit, Channel::Sms, &issued).await,
    }
}

/// 4.4.
pub(super) async fn show_phone_code(pages: &Pages, visit: &Visit) -> Answer {
    show_code(pages, visit, Channel::Sms).await
}

/// 4.4, sent.
pub(super) async fn send_phone_code(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    send_code(pages, visit, posted, Channel::Sms).await
}

/// 6.1.
pub(super) async fn show_reminder(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    let Some(due) = reminder_due(pages, &walker) else { return Ok(activation::to_next(pages, &walker, None)) };
    let mut answers = Answers::new();
    if let Some(email) = pages.login.pending_email(&walker.account) {
        answers = answers.with("email", email.as_str());
    }
    if let Some(phone) = pages.login.pending_phone(&walker.account) {
        answers = answers.with("dial_code", phone.dial_code()).with("phone", phone.national());
    }
    reminder_drawn(pages, visit, &walker, due, StatusCode::OK, answers)
}

/// 6.1, sent.
pub(super) async fn send_reminder(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    let Some(due) = reminder_due(pages, &walker) else { return Ok(activation::to_next(pages, &walker, None)) };
    let fields = &posted.fields;
    let names = ["email", "dial_code", "phone"];
    let typed = names.iter().fold(Answers::new(), |answers, name| answers.with(name, fields.get(name)));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return reminder_drawn(pages, visit, &walker, due, StatusCode::CONFLICT, answers);
    }
    if fields.action() == "ignorer" {
        pages.login.skip_reminder(walker.signed).await?;
        return activation::onward(pages, visit).await;
    }
    let mut wrong: Vec<(&str, String)> = Vec::new();
    let email = match field::optional_email(if due.email { fields.get("email") } else { "" }) {
        Ok(email) => email,
        Err(sentence) => {
            wrong.push(("email", sentence));
            None
        }
    };
    let settings = &pages.login.settings.activation;
    let typed_phone = if due.phone { fields.get("phone") } else { "" };
    let phone = match field::mobile(typed_phone, fields.get("dial_code"), settings) {
        Ok(phone) => phone,
        Err(sentence) => {
            wrong.push(("phone", sentence));
            None
        }
    };
    if wrong.is_empty() && email.is_none() && phone.is_none() {
        wrong.push((if due.email { "email" } else { "phone" }, words::REMINDER_EMPTY.to_owned()));
    }
    if !wrong.is_empty() {
        let answers = wrong.into_iter().fold(typed, |answers, (name, sentence)| answers.error(name, sentence));
        return reminder_drawn(pages, visit, &walker, due, StatusCode::UNPROCESSABLE_ENTITY, answers);
    }
    let channel = if email.is_some() { Channel::Email } else { Channel::Sms };
    match pages.login.save_reminder(walker.signed, email.as_ref(), phone.as_ref()).await? {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(code_path(channel))),
        Saved::Code(issued) => code_told(pages, visit, channel, &issued).await,
    }
}

/// The walker of a PSC screen; an activated person on a contact screen comes from the reminder.
async fn at_psc<'a>(pages: &Pages, visit: &'a Visit, step: Step) -> Result<Walker<'a>, Trouble> {
    at_step(pages, visit, Journey::Psc, step).await
}

/// The walker of a contact's code: on the PSC journey, or back from the reminder.
async fn at_code<'a>(pages: &Pages, visit: &'a Visit, channel: Channel) -> Result<Walker<'a>, Trouble> {
    let found = walker(pages, visit).await?;
    if found.account.state == State::Active {
        return Ok(found);
    }
    let step = step_of(channel);
    if journey_of(&found.account) == Journey::Psc && found.account.steps.is_reached(Journey::Psc, step) {
        Ok(found)
    } else {
        Err(activation::to_next(pages, &found, None).into())
    }
}

async fn show_code(pages: &Pages, visit: &Visit, channel: Channel) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    if walker.account.steps.is_done(step_of(channel)) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    code_drawn(pages, visit, &walker, channel, StatusCode::OK, Answers::new(), false).await
}

async fn send_code(pages: &Pages, visit: &Visit, posted: &Posted, channel: Channel) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return code_drawn(pages, visit, &walker, channel, StatusCode::CONFLICT, answers, false).await;
    }
    let active = walker.account.state == State::Active;
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(form_path(&walker, channel))),
        "ignorer" => {
            if active {
                pages.login.skip_reminder(walker.signed).await?;
                return activation::onward(pages, visit).await;
            }
            pages.login.skip_step(walker.signed, step_of(channel)).await?;
            return after_contact(pages, visit, channel).await;
        }
        "renvoyer" => {
            let issued = match channel {
                Channel::Email => pages.login.resend_email_code(walker.signed, false).await?,
                Channel::Sms => pages.login.resend_phone_code(walker.signed, false).await?,
            };
            return match issued {
                Some(Issued::Sent) => {
                    Ok(Reply::see_other(format!("{}?{}=renvoye", code_path(channel), notices::PARAMETER)))
                }
                Some(issued) => code_told(pages, visit, channel, &issued).await,
                None => Ok(Reply::see_other(form_path(&walker, channel))),
            };
        }
        _ => {}
    }
    if walker.account.steps.is_done(step_of(channel)) {
        return Ok(activation::to_next(pages, &walker, Some("terminee")));
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return code_drawn(pages, visit, &walker, channel, status, answers, false).await;
        }
    };
    let after = match channel {
        Channel::Email => pages.login.email_code(walker.signed, &code).await?,
        Channel::Sms => pages.login.phone_code(walker.signed, &code).await?,
    };
    match after {
        AfterStepCode::Proven { renewed } => {
            let reply = after_contact(pages, visit, channel).await?;
            Ok(landing::with_token(reply, renewed.as_ref()))
        }
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            code_drawn(pages, visit, &walker, channel, status, answers, false).await
        }
    }
}

/// After one contact: the next step, or from the reminder the other contact typed there, then the page asked for.
async fn after_contact(pages: &Pages, visit: &Visit, channel: Channel) -> Answer {
    let walker = walker(pages, visit).await?;
    let account = &walker.account;
    let waits = account.state == State::Active && channel == Channel::Email && account.phone.is_none();
    if let Some(phone) = pages.login.pending_phone(account).filter(|_| waits) {
        return match pages.login.save_phone(walker.signed, &phone).await? {
            Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::PSC_PHONE_CODE)),
            Saved::Code(issued) => code_told(pages, visit, Channel::Sms, &issued).await,
            Saved::Done => activation::onward(pages, visit).await,
        };
    }
    if account.state == State::Active {
        pages.login.reminder_done(walker.signed).await?;
    }
    activation::onward(pages, visit).await
}

async fn code_told(pages: &Pages, visit: &Visit, channel: Channel, issued: &Issued) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    let masked = masked(pages, &walker, channel).unwrap_or_default();
    let told = codes::told(pages, issued, channel, &masked, WAYS);
    let draw = |status, answers, retry| code_drawn(pages, visit, &walker, channel, status, answers, retry);
    codes::answered(told, code_path(channel), draw).await
}

async fn code_drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    channel: Channel,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(masked) = masked(pages, walker, channel) else {
        return Ok(Reply::see_other(form_path(walker, channel)));
    };
    let active = walker.account.state == State::Active;
    let purpose = match (channel, active) {
        (Channel::Email, false) => CodePurpose::PscEmail,
        (Channel::Sms, false) => CodePurpose::PscPhone,
        (Channel::Email, true) => CodePurpose::ReminderEmail,
        (Channel::Sms, true) => CodePurpose::ReminderPhone,
    };
    let kind = match channel {
        Channel::Email => Purpose::ActivationEmail,
        Channel::Sms => Purpose::ActivationPhone,
    };
    let pending: Option<Pending> = pages.login.pending_code(kind, &walker.signed.session.sid).await?;
    let view = CodeView {
        purpose,
        destination: codes::destination(channel, masked),
        answers,
        seconds_left: codes::seconds_left(pages, pending.as_ref()),
        retry,
        otherwise: false,
    };
    let page = activation::page(pages, visit, walker, code_path(channel), "");
    pages.html(status, pages.views.code(&page, &view))
}

fn masked(pages: &Pages, walker: &Walker<'_>, channel: Channel) -> Option<String> {
    match channel {
        Channel::Email => pages.login.pending_email(&walker.account).map(|email| email.masked()),
        Channel::Sms => pages.login.pending_phone(&walker.account).map(|phone| phone.masked()),
    }
}

fn reminder_due(pages: &Pages, walker: &Walker<'_>) -> Option<Due> {
    match due_now(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(due) => Some(due),
        Landing::Place | Landing::Step(..) | Landing::Finish | Landing::Terms | Landing::Page => None,
    }
}

fn step_of(channel: Channel) -> Step {
    match channel {
        Channel::Email => Step::Email,
        Channel::Sms => Step::Phone,
    }
}

fn code_path(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => paths::PSC_EMAIL_CODE,
        Channel::Sms => paths::PSC_PHONE_CODE,
    }
}

fn form_path(walker: &Walker<'_>, channel: Channel) -> &'static str {
    match (walker.account.state == State::Active, channel) {
        (true, _) => paths::REMINDER,
        (false, Channel::Email) => paths::PSC_EMAIL,
        (false, Channel::Sms) => paths::PSC_PHONE,
    }
}

fn email_drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let person = &walker.account.person;
    let view = PscEmailView {
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
    pages.html(status, pages.views.psc_phone(&page, &PscPhoneView { required: false, answers }))
}

fn reminder_drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    due: Due,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::REMINDER, "");
    page.idle = None;
    pages.html(status, pages.views.reminder(&page, &ReminderView { email: due.email, phone: due.phone, answers }))
}
