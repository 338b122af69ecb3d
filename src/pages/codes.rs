//! What every code screen shares: reading the field, and sentences for what became of a code or of its sending.

use http::StatusCode;
use jiff::Timestamp;

use crate::account::Channel;
use crate::identity::code_digits;
use crate::login::Flow;
use crate::login::codes::{Checked, Issued, Pending};

use super::address::Address;
use super::sentences::{buttons, code as words, sign_in, trouble};
use super::view::{Answers, CodeView, Destination, Link};
use super::{Answer, Page, Pages, Reply, Visit, factor, paths};

/// What a sending led to, for the page that asked.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Status of the page.
    pub(super) status: StatusCode,
    /// Its box.
    pub(super) answers: Answers,
    /// The button says "Réessayer l'envoi".
    pub(super) retry: bool,
    /// Seconds before it is worth trying again.
    pub(super) retry_after: Option<i64>,
}

/// What more can be said where a sender is down.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ways {
    /// Another channel can be chosen.
    pub(super) otherwise: bool,
    /// The step can be skipped.
    pub(super) skip: bool,
    /// Where the address or number can be changed, if it was typed in this step.
    pub(super) change: Option<&'static str>,
    /// The account can be opened with Pro Santé Connect.
    pub(super) provider: bool,
}

/// Six digits, or the sentence beside the field.
pub(super) fn read(typed: &str) -> Result<String, &'static str> {
    use crate::identity::CodeFault;
    code_digits(typed).map_err(|fault| match fault {
        CodeFault::Empty => words::EMPTY,
        CodeFault::Shape => words::SHAPE,
    })
}

/// The answer to a code that was not right.
pub(super) fn refused(pages: &Pages, checked: Checked) -> (StatusCode, Answers) {
    let sentence = match checked {
        Checked::Wrong { left } => words::wrong(left),
        Checked::Exhausted => words::EXHAUSTED.to_owned(),
        Checked::Throttled { until } => {
            let sentence = sign_in::throttled_account(minutes(pages.login.now(), until));
            return (StatusCode::TOO_MANY_REQUESTS, Answers::new().refused([sentence]));
        }
        Checked::Expired | Checked::Right | Checked::Again => words::EXPIRED.to_owned(),
    };
    (StatusCode::UNPROCESSABLE_ENTITY, Answers::new().error("code", sentence))
}

/// What to say of a sending; `None` when it left.
pub(super) fn told(pages: &Pages, issued: &Issued, channel: Channel, masked: &str, ways: Ways) -> Option<Told> {
    let told = |status, lines: Vec<String>, retry, retry_after| {
        Some(Told { status, answers: Answers::new().trouble(lines), retry, retry_after })
    };
    match issued {
        Issued::Sent => None,
        Issued::Wait { seconds } => {
            let left = u64::try_from(*seconds).unwrap_or(1);
            told(StatusCode::TOO_MANY_REQUESTS, vec![words::resend_wait(left)], false, Some(*seconds))
        }
        Issued::Capped { until, number } => {
            let left = minutes(pages.login.now(), *until);
            let line = if *number && ways.skip { words::sms_cap(left) } else { words::resend_cap(pages.brand(), left) };
            told(StatusCode::TOO_MANY_REQUESTS, vec![line], false, i64::try_from(left * 60).ok())
        }
        Issued::Down => {
            let mut lines = vec![
                match channel {
                    Channel::Email => trouble::EMAIL_DOWN,
                    Channel::Sms => trouble::SMS_DOWN,
                }
                .to_owned(),
            ];
            if ways.otherwise {
                lines.push(trouble::OTHERWISE.to_owned());
            }
            if ways.skip {
                lines.push(trouble::MAY_SKIP.to_owned());
            }
            if ways.provider {
                lines.push(trouble::MAY_PSC.to_owned());
            }
            told(StatusCode::SERVICE_UNAVAILABLE, lines, true, Some(120))
        }
        Issued::Undeliverable => {
            if let Some(path) = ways.change {
                let (line, label) = match channel {
                    Channel::Email => (trouble::address_refused(masked), buttons::CHANGE_EMAIL),
                    Channel::Sms => (trouble::number_refused(masked), buttons::CHANGE_PHONE),
                };
                let answers = Answers::new().trouble([line]).link(Link::to(path, label));
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Some(Told { status, answers, retry: false, retry_after: None });
            }
            let line = match channel {
                Channel::Email => trouble::EMAIL_DOWN,
                Channel::Sms => trouble::SMS_DOWN,
            };
            told(StatusCode::SERVICE_UNAVAILABLE, vec![line.to_owned()], true, Some(120))
        }
    }
}

impl Told {
    /// The page that asked, with what it says; programs learn as well when it is worth trying again.
    pub(super) async fn page<F>(self, draw: impl FnOnce(StatusCode, Answers, bool) -> F) -> Answer
    where
        F: Future<Output = Answer>,
    {
        let reply = draw(self.status, self.answers, self.retry).await?;
        Ok(match self.retry_after {
            Some(seconds) => reply.retry_after(seconds),
            None => reply,
        })
    }
}

/// The answer to a POST that sends a code: to the code's page when it left, else the page that asked.
pub(super) async fn answered<F>(
    told: Option<Told>,
    code_page: &str,
    draw: impl FnOnce(StatusCode, Answers, bool) -> F,
) -> Answer
where
    F: Future<Output = Answer>,
{
    match told {
        None => Ok(Reply::see_other(code_page)),
        Some(told) => told.page(draw).await,
    }
}

/// A code screen. While no code waits the page does not say that one was sent, unless one was just judged.
pub(super) fn drawn(
    pages: &Pages,
    page: &Page,
    status: StatusCode,
    view: &CodeView,
    pending: Option<&Pending>,
) -> Answer {
    let unsent = pending.is_none() && !view.answers.has_error("code");
    let drawn = if unsent { pages.views.code_unsent(page, view) } else { pages.views.code(page, view) };
    pages.html(status, drawn)
}

/// The mask and channel of a page.
pub(super) fn destination(channel: Channel, masked: String) -> Destination {
    match channel {
        Channel::Email => Destination::Email(masked),
        Channel::Sms => Destination::Sms(masked),
    }
}

/// Seconds a code still has.
pub(super) fn seconds_left(pages: &Pages, pending: Option<&Pending>) -> Option<u64> {
    let pending = pending?;
    u64::try_from(pending.expires_at.as_second() - pages.login.now().as_second()).ok()
}

/// From the password to the code: the code page when one left, or the same page with what went wrong.
pub(super) async fn after_sign_in_send(pages: &Pages, visit: &Visit, flow: &Flow, issued: &Issued) -> Answer {
    match issued {
        Issued::Sent | Issued::Wait { .. } => Ok(Reply::see_other(Address::in_tab(paths::SIGN_IN_CODE, flow, visit))),
        Issued::Capped { .. } | Issued::Down | Issued::Undeliverable => {
            factor::code_page(pages, visit, flow, Some(issued)).await
        }
    }
}

/// Minutes until then, rounded up.
pub(super) fn minutes(now: Timestamp, until: Timestamp) -> u64 {
    u64::try_from((until.as_second() - now.as_second()).max(1)).unwrap_or(1).div_ceil(60)
}
