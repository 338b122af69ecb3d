//! A contact that a route asks for (decision 3, `verified_email` and `verified_phone`), or that the person adds in "Mon compte": the
//! contact screens of an activated person, without a stepper and not to be skipped; proven, the page asked for opens (screens.md 4.1, 4.3,
//! 6.6). A contact is a way in: a second factor, a reset. So each asks first who is there (decision 22); the activation does not.

use http::StatusCode;
use jiff::SignedDuration;

use crate::account::{Account, Channel, State};
use crate::identity::{Email, Phone};
use crate::login::codes::Issued;
use crate::login::journey::Saved;
use crate::login::returning::{Landing, landing};

use super::activation::{self, Walker};
use super::password::ROOM;
use super::sentences::details as words;
use super::view::{Answers, WantedView};
use super::{Answer, Pages, Posted, Reply, SafeReturn, Trouble, Visit, account, contact_code, field, paths, sign_out};

/// The activated person on a contact screen; `None` while the activation is walked, whose own screen it is then.
pub(super) async fn walker<'a>(pages: &Pages, visit: &'a Visit) -> Result<Option<Walker<'a>>, Trouble> {
    let walker = activation::walker(pages, visit).await?;
    if walker.account.state != State::Active {
        return Ok(None);
    }
    match landing(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(_) | Landing::Page => Ok(Some(walker)),
        // A question of the sign-in comes first; the page asked for will ask again.
        Landing::Place | Landing::Step(..) | Landing::Finish(_) | Landing::Terms => {
            Err(activation::to_next(pages, &walker, None).into())
        }
    }
}

/// The form, or the page asked for when the contact is there.
pub(super) fn show(pages: &Pages, visit: &Visit, walker: &Walker<'_>, channel: Channel) -> Answer {
    if let Some(reply) = needless(pages, visit, walker, channel) {
        return Ok(reply);
    }
    // Time must be left to fill in the form.
    if let Some(asked) = to_confirm(pages, walker, ROOM, channel) {
        return Ok(asked);
    }
    drawn(pages, visit, walker, channel, StatusCode::OK, prefilled(pages, &walker.account, channel))
}

/// The form, sent.
pub(super) async fn send(
    pages: &Pages,
    visit: &Visit,
    posted: &Posted,
    walker: &Walker<'_>,
    channel: Channel,
) -> Answer {
    if let Some(reply) = needless(pages, visit, walker, channel) {
        return Ok(reply);
    }
    let fields = &posted.fields;
    let names = ["email", "dial_code", "phone"];
    let typed = names.iter().fold(Answers::new(), |answers, name| answers.with(name, fields.get(name)));
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return drawn(pages, visit, walker, channel, StatusCode::CONFLICT, answers);
    }
    match fields.action() {
        // Not to the page asked for, which would ask again.
        "retour" => return Ok(Reply::see_other(if is_own(visit) { paths::ACCOUNT } else { "/" })),
        "quitter" => return sign_out::end(pages, visit, sign_out::Then::SignedOut).await,
        _ => {}
    }
    if let Some(asked) = to_confirm(pages, walker, SignedDuration::ZERO, channel) {
        return Ok(asked);
    }
    let saved = match read(pages, posted, channel) {
        Ok(Contact::Email(email)) => pages.login.save_contact_email(walker.signed, &email).await?,
        Ok(Contact::Phone(phone)) => pages.login.save_phone(walker.signed, &phone).await?,
        Err((name, sentence)) => {
            let answers = typed.error(name, sentence);
            return drawn(pages, visit, walker, channel, StatusCode::UNPROCESSABLE_ENTITY, answers);
        }
    };
    match saved {
        Saved::Done => activation::onward(pages, visit).await,
        Saved::Code(Issued::Sent | Issued::Wait { .. }) => Ok(Reply::see_other(contact_code::path(channel))),
        Saved::Code(issued) => contact_code::told(pages, visit, channel, &issued).await,
    }
}

/// A contact as typed, read.
enum Contact {
    Email(Email),
    Phone(Phone),
}

fn read(pages: &Pages, posted: &Posted, channel: Channel) -> Result<Contact, (&'static str, String)> {
    let fields = &posted.fields;
    match channel {
        Channel::Email => field::email(fields.get("email"), words::EMAIL_EMPTY)
            .map(Contact::Email)
            .map_err(|sentence| ("email", sentence)),
        Channel::Sms => {
            let settings = &pages.login.settings.activation;
            match field::mobile(fields.get("phone"), fields.get("dial_code"), settings) {
                Ok(Some(phone)) => Ok(Contact::Phone(phone)),
                Ok(None) => Err(("phone", words::WANTED_PHONE_EMPTY.to_owned())),
                Err(sentence) => Err(("phone", sentence)),
            }
        }
    }
}

/// On to the page asked for when there is nothing to ask, or no way to prove it: no route asks for a phone where no SMS leaves.
fn needless(pages: &Pages, visit: &Visit, walker: &Walker<'_>, channel: Channel) -> Option<Reply> {
    let needless = match channel {
        Channel::Email => walker.account.contact_email.is_some(),
        Channel::Sms => walker.account.phone.is_some() || !pages.login.notifier.has_sms(),
    };
    let onward = if is_own(visit) { own_target(visit) } else { walker.return_to.unwrap_or("/") };
    needless.then(|| Reply::see_other(onward))
}

/// To the page that asks for what the session still lacks to add a contact, `room` from now. From there back to the page of the portal that
/// wants it, which sends the person here again; else to the form in "Mon compte".
pub(super) fn to_confirm(pages: &Pages, walker: &Walker<'_>, room: SignedDuration, channel: Channel) -> Option<Reply> {
    let own = match channel {
        Channel::Email => paths::ACCOUNT_EMAIL,
        Channel::Sms => paths::ACCOUNT_PHONE,
    };
    let of_the_portal = walker.return_to.filter(|target| !target.starts_with(paths::OURS) && *target != "/");
    account::to_confirm(pages, walker, room, of_the_portal.unwrap_or(own))
}

/// Whether the person came from "Mon compte".
fn is_own(visit: &Visit) -> bool {
    visit.path.starts_with(paths::ACCOUNT)
}

/// Where a contact added there leads.
fn own_target(visit: &Visit) -> &str {
    visit.asked.as_ref().map_or(paths::ACCOUNT, SafeReturn::as_str)
}

fn prefilled(pages: &Pages, account: &Account, channel: Channel) -> Answers {
    match channel {
        Channel::Email => match pages.login.pending_email(account) {
            Some(email) => Answers::new().with("email", email.as_str()),
            None => Answers::new(),
        },
        Channel::Sms => match pages.login.pending_phone(account) {
            Some(phone) => Answers::new().with("dial_code", phone.dial_code()).with("phone", phone.national()),
            None => Answers::new(),
        },
    }
}

fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    channel: Channel,
    status: StatusCode,
    answers: Answers,
) -> Answer {
    let mut page = activation::page(pages, visit, walker, &visit.path, "");
    page.idle = None;
    if is_own(visit) {
        page.tokens.return_to = Some(own_target(visit).to_owned());
    }
    // Where the portal's first page asks, going back would only ask again.
    let back = is_own(visit) || walker.return_to.is_some_and(|target| target != "/");
    pages.html(
        status,
        pages.views.wanted(&page, &WantedView { path: &visit.path, own: is_own(visit), channel, back, answers }),
    )
}
