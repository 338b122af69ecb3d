//! The code of a contact: on the Pro Santé Connect journey, from the reminder, or for a route that asks for it (screens.md 4.2 and 4.4).

use http::StatusCode;
use jiff::SignedDuration;

use crate::account::{Channel, State};
use crate::activation::{Journey, Step};
use crate::login::codes::{Issued, Pending, Purpose};
use crate::login::journey::{AfterStepCode, Saved, journey_of};

use super::activation::{self, Walker, walker};
use super::codes::{self, Ways};
use super::view::{Answers, CodePurpose, CodeView};
use super::{Answer, Pages, Posted, Reply, Trouble, Visit, landing, notices, paths, reminder, wanted};

/// 4.2.
pub(super) async fn show_email(pages: &Pages, visit: &Visit) -> Answer {
    show(pages, visit, Channel::Email).await
}

/// 4.2, sent.
pub(super) async fn send_email(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    send(pages, visit, posted, Channel::Email).await
}

/// 4.4.
pub(super) async fn show_phone(pages: &Pages, visit: &Visit) -> Answer {
    show(pages, visit, Channel::Sms).await
}

/// 4.4, sent.
pub(super) async fn send_phone(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    send(pages, visit, posted, Channel::Sms).await
}

/// The code page with what became of a sending, or the way there.
pub(super) async fn told(pages: &Pages, visit: &Visit, channel: Channel, issued: &Issued) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    let masked = masked(pages, &walker, channel).unwrap_or_default();
    // What a route asks for cannot be skipped.
    let skip = is_reminding(pages, &walker) || walker.account.state != State::Active;
    let ways = Ways { otherwise: false, skip, change: Some(form_path(pages, &walker, channel)), provider: false };
    let told = codes::told(pages, issued, channel, &masked, ways);
    let draw = |status, answers, retry| drawn(pages, visit, &walker, channel, status, answers, retry);
    codes::answered(told, path(channel), draw).await
}

/// Where the code of a contact is typed.
pub(super) fn path(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => paths::PSC_EMAIL_CODE,
        Channel::Sms => paths::PSC_PHONE_CODE,
    }
}

async fn show(pages: &Pages, visit: &Visit, channel: Channel) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    if walker.account.steps.is_done(step_of(channel)) {
        return Ok(activation::to_next(pages, &walker, None));
    }
    drawn(pages, visit, &walker, channel, StatusCode::OK, Answers::new(), false).await
}

async fn send(pages: &Pages, visit: &Visit, posted: &Posted, channel: Channel) -> Answer {
    let walker = at_code(pages, visit, channel).await?;
    if let Some(answers) = activation::stale(pages, visit, posted, Answers::new())? {
        return drawn(pages, visit, &walker, channel, StatusCode::CONFLICT, answers, false).await;
    }
    let reminding = is_reminding(pages, &walker);
    match posted.fields.action() {
        "retour" => return Ok(Reply::see_other(form_path(pages, &walker, channel))),
        // What a route asks for cannot be skipped.
        "ignorer" if reminding || walker.account.state != State::Active => {
            if reminding {
                pages.login.skip_reminder(walker.signed).await?;
                return activation::onward(pages, visit).await;
            }
            pages.login.skip_step(walker.signed, step_of(channel)).await?;
            return after_contact(pages, visit, channel, false).await;
        }
        "renvoyer" => {
            if let Some(asked) = asked_first(pages, &walker, channel) {
                return Ok(asked);
            }
            let issued = match channel {
                Channel::Email => pages.login.resend_email_code(walker.signed).await?,
                Channel::Sms => pages.login.resend_phone_code(walker.signed).await?,
            };
            return match issued {
                Some(Issued::Sent) => Ok(Reply::see_other(format!("{}?{}=renvoye", path(channel), notices::PARAMETER))),
                Some(issued) => told(pages, visit, channel, &issued).await,
                None => Ok(Reply::see_other(form_path(pages, &walker, channel))),
            };
        }
        _ => {}
    }
    if let Some(asked) = asked_first(pages, &walker, channel) {
        return Ok(asked);
    }
    if walker.account.steps.is_done(step_of(channel)) {
        return Ok(activation::to_next(pages, &walker, Some("terminee")));
    }
    let code = match codes::read(posted.fields.get("code")) {
        Ok(code) => code,
        Err(sentence) => {
            let answers = Answers::new().error("code", sentence);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return drawn(pages, visit, &walker, channel, status, answers, false).await;
        }
    };
    let after = match channel {
        Channel::Email => pages.login.email_code(walker.signed, &code).await?,
        Channel::Sms => pages.login.phone_code(walker.signed, &code).await?,
    };
    match after {
        AfterStepCode::Proven { renewed } => {
            let reply = after_contact(pages, visit, channel, reminding).await?;
            Ok(landing::with_token(pages, visit, reply, renewed.as_ref()))
        }
        AfterStepCode::Refused(checked) => {
            let (status, answers) = codes::refused(pages, checked);
            drawn(pages, visit, &walker, channel, status, answers, false).await
        }
    }
}

/// The walker of a contact's code: on the PSC journey, or activated.
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

/// An activated person adds a way in: who is there is asked first. The activation does not ask.
fn asked_first(pages: &Pages, walker: &Walker<'_>, channel: Channel) -> Option<Reply> {
    let active = walker.account.state == State::Active;
    active.then(|| wanted::to_confirm(pages, walker, SignedDuration::ZERO, channel)).flatten()
}

/// After one contact: the next step, or from the reminder the other contact typed there, then the page asked for.
async fn after_contact(pages: &Pages, visit: &Visit, channel: Channel, reminding: bool) -> Answer {
    let walker = walker(pages, visit).await?;
    let account = &walker.account;
    let waits = reminding && channel == Channel::Email && account.phone.is_none();
    if let Some(phone) = pages.login.pending_phone(account).filter(|_| waits) {
        return match pages.login.save_phone(walker.signed, &phone).await? {
            Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(paths::PSC_PHONE_CODE)),
            Saved::Code(issued) => told(pages, visit, Channel::Sms, &issued).await,
            Saved::Done => activation::onward(pages, visit).await,
        };
    }
    if reminding {
        pages.login.reminder_done(walker.signed).await?;
    }
    activation::onward(pages, visit).await
}

async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    channel: Channel,
    status: StatusCode,
    answers: Answers,
    retry: bool,
) -> Answer {
    let Some(masked) = masked(pages, walker, channel) else {
        return Ok(Reply::see_other(form_path(pages, walker, channel)));
    };
    let purpose = match (channel, walker.account.state == State::Active, is_reminding(pages, walker)) {
        (Channel::Email, false, _) => CodePurpose::PscEmail,
        (Channel::Sms, false, _) => CodePurpose::PscPhone,
        (Channel::Email, true, true) => CodePurpose::ReminderEmail,
        (Channel::Sms, true, true) => CodePurpose::ReminderPhone,
        (Channel::Email, true, false) => CodePurpose::WantedEmail,
        (Channel::Sms, true, false) => CodePurpose::WantedPhone,
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
    let page = activation::page(pages, visit, walker, path(channel), "");
    codes::drawn(pages, &page, status, &view, pending.as_ref())
}

fn masked(pages: &Pages, walker: &Walker<'_>, channel: Channel) -> Option<String> {
    match channel {
        Channel::Email => pages.login.pending_email(&walker.account).map(|email| email.masked()),
        Channel::Sms => pages.login.pending_phone(&walker.account).map(|phone| phone.masked()),
    }
}

fn step_of(channel: Channel) -> Step {
    match channel {
        Channel::Email => Step::Email,
        Channel::Sms => Step::Phone,
    }
}

/// Whether an activated person comes from the reminder; otherwise a route asked for the contact.
fn is_reminding(pages: &Pages, walker: &Walker<'_>) -> bool {
    reminder::due_contacts(pages, walker).is_some()
}

fn form_path(pages: &Pages, walker: &Walker<'_>, channel: Channel) -> &'static str {
    let active = walker.account.state == State::Active;
    let in_account = active && walker.return_to.is_some_and(|target| target.starts_with(paths::ACCOUNT));
    match (is_reminding(pages, walker), channel) {
        (true, _) => paths::REMINDER,
        (false, Channel::Email) if in_account => paths::ACCOUNT_EMAIL,
        (false, Channel::Sms) if in_account => paths::ACCOUNT_PHONE,
        (false, Channel::Email) => paths::PSC_EMAIL,
        (false, Channel::Sms) => paths::PSC_PHONE,
    }
}
