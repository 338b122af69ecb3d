//! The reminder of skipped contacts at a later sign-in (screens.md 6.1).

use http::StatusCode;
use jiff::SignedDuration;

use crate::account::Channel;
use crate::activation::reminder::Due;
use crate::login::codes::Issued;
use crate::login::journey::Saved;
use crate::login::returning::{Landing, landing};

use super::activation::{self, Walker, walker};
use super::sentences::details as words;
use super::view::{Answers, ReminderView};
use super::{Answer, Pages, Posted, Reply, Visit, contact_code, field, paths, wanted};

/// 6.1.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit).await?;
    let Some(due) = due_contacts(pages, &walker) else { return Ok(activation::to_next(pages, &walker, None)) };
    let mut answers = Answers::new();
    if let Some(email) = pages.login.pending_email(&walker.account) {
        answers = answers.with("email", email.as_str());
    }
    if let Some(phone) = pages.login.pending_phone(&walker.account) {
        answers = answers.with("dial_code", phone.dial_code()).with("phone", phone.national());
    }
    drawn(pages, visit, &walker, due, StatusCode::OK, answers)
}

/// 6.1, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit).await?;
    let Some(due) = due_contacts(pages, &walker) else { return Ok(activation::to_next(pages, &walker, None)) };
    let fields = &posted.fields;
    let names = ["email", "dial_code", "phone"];
    let typed = names.iter().fold(Answers::new(), |answers, name| answers.with(name, fields.get(name)));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return drawn(pages, visit, &walker, due, StatusCode::CONFLICT, answers);
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
        return drawn(pages, visit, &walker, due, StatusCode::UNPROCESSABLE_ENTITY, answers);
    }
    let channel = if email.is_some() { Channel::Email } else { Channel::Sms };
    if let Some(asked) = wanted::to_confirm(pages, &walker, SignedDuration::ZERO, channel) {
        return Ok(asked);
    }
    match pages.login.save_reminder(walker.signed, email.as_ref(), phone.as_ref()).await? {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(contact_code::path(channel))),
        Saved::Code(issued) => contact_code::told(pages, visit, channel, &issued).await,
    }
}

/// What is still missing, and may be asked for now: not of who has proven nothing but the mailbox, and may not add it.
pub(super) fn due_contacts(pages: &Pages, walker: &Walker<'_>) -> Option<Due> {
    if pages.login.mailbox_until(walker.signed.session, &walker.account).is_some() {
        return None;
    }
    match landing(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(due) => Some(due),
        Landing::Place | Landing::Step(..) | Landing::Finish(_) | Landing::Terms | Landing::Page => None,
    }
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, due: Due, status: StatusCode, answers: Answers) -> Answer {
    let mut page = activation::page(pages, visit, walker, paths::REMINDER, "");
    page.idle = None;
    let provider = pages.login.ways_in(&walker.account).providers.into_iter().next();
    pages.html(
        status,
        pages.views.reminder(&page, &ReminderView { email: due.email, phone: due.phone, provider, answers }),
    )
}
