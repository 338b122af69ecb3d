//! "Mon compte": what is known of an activated person, and the way to every change of it. The page itself changes nothing.

pub mod contacts;
pub mod linking;
pub mod password;
pub mod place;
pub mod rpps;
pub mod sessions;
pub mod unlinking;

use http::StatusCode;

use crate::account::{Account, Source, State};
use crate::identity::professions::{G15_OID, label_of};
use crate::login::account::rpps::may_be_corrected;
use crate::login::returning::{Landing, landing as due};
use crate::login::step_up::LOCAL;
use crate::notify::french;
use crate::session::{Need, Session};
use jiff::SignedDuration;

use super::activation::{self, Walker};
use super::address::Address;
use super::password::ROOM;
use super::sentences::account as words;
use super::view::{AccountView, Known, ProviderLine, RppsLine, SessionLine, WayIn};
use super::{Answer, Notice, Pages, Reply, SafeReturn, Trouble, Visit, landing, paths};

/// The page.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT).await?;
    drawn(pages, visit, &walker, StatusCode::OK, None).await
}

/// The page, with what stands above it.
async fn drawn(
    pages: &Pages,
    visit: &Visit,
    walker: &Walker<'_>,
    status: StatusCode,
    notice: Option<Notice>,
) -> Answer {
    let sessions = pages.login.own_sessions(walker.signed).await?;
    let mut page = activation::page(pages, visit, walker, paths::ACCOUNT_SESSIONS, "");
    page.idle = None;
    page.notice = notice.or(page.notice);
    let back = visit.asked.as_ref().map_or("/", SafeReturn::as_str);
    pages.html(status, pages.views.account(&page, &view(pages, walker, &sessions), back))
}

/// The activated person on one of these pages; who is not signed in comes back to it, and what a sign-in asks comes first.
async fn walker<'a>(pages: &Pages, visit: &'a Visit, path: &str) -> Result<Walker<'a>, Trouble> {
    let target = SafeReturn::page(path);
    if visit.signed().is_none() {
        return Err(Reply::see_other(Address::of(paths::SIGN_IN).back_to(target.as_ref())).into());
    }
    let walker = activation::walker(pages, visit).await?;
    if walker.account.state != State::Active {
        return Err(activation::to_next(pages, &walker, None).into());
    }
    match due(&walker.account, &pages.login.settings, pages.login.now()) {
        Landing::Reminder(_) | Landing::Page => Ok(walker),
        asked @ (Landing::Place | Landing::Step(..) | Landing::Finish(_) | Landing::Terms) => {
            let location = landing::location(asked, None);
            Err(Reply::see_other(Address::of(&location).back_to(target.as_ref())).into())
        }
    }
}

/// The same, for a page that changes how one gets in: who proved too little of who they are, or too long ago, is asked first (decision 22).
async fn fresh_walker<'a>(pages: &Pages, visit: &'a Visit, path: &str) -> Result<Walker<'a>, Trouble> {
    let walker = walker(pages, visit, path).await?;
    // Time must be left to fill in the form.
    match to_confirm(pages, &walker, ROOM, path) {
        None => Ok(walker),
        Some(asked) => Err(asked.into()),
    }
}

/// To the page that asks for what the session still lacks to change how one gets in, `room` from now, and from there back to `path`.
pub(super) fn to_confirm(pages: &Pages, walker: &Walker<'_>, room: SignedDuration, path: &str) -> Option<Reply> {
    let need = pages.login.lacks_for_change(walker.signed.session, &walker.account, room)?;
    Some(confirming(need, path))
}

/// The same, where the act itself found out: it goes through the page again if nothing lacks any more.
fn refused_for_now(pages: &Pages, walker: &Walker<'_>, path: &str) -> Reply {
    to_confirm(pages, walker, SignedDuration::ZERO, path).unwrap_or_else(|| Reply::see_other(path))
}

fn confirming(need: Need, path: &str) -> Reply {
    Reply::see_other(Address::of(paths::STEP_UP).asking(Some(need)).back_to(SafeReturn::page(path).as_ref()))
}

/// Back to the page, with a sentence above it.
fn done(notice: &str) -> Reply {
    Reply::see_other(Address::of(paths::ACCOUNT).notice(notice))
}

fn view(pages: &Pages, walker: &Walker<'_>, sessions: &[Session]) -> AccountView {
    let account = &walker.account;
    AccountView {
        name: name(account),
        professions: professions(account),
        rpps: account.rpps.as_ref().map(|held| RppsLine {
            number: held.value.as_str().to_owned(),
            source: match held.source {
                Source::Psc => {
                    let by: Vec<&str> = account.rpps_proven_by().map(|name| pages.login.label(name)).collect();
                    words::rpps_proven(&by)
                }
                Source::Import => words::RPPS_IMPORTED.to_owned(),
                Source::Declared => words::RPPS_DECLARED.to_owned(),
            },
        }),
        may_correct_rpps: may_be_corrected(account),
        email: known(account.contact_email.as_ref().map(|email| email.value.as_str().to_owned())),
        phone: if pages.login.notifier.has_sms() || account.phone.is_some() {
            Some(known(account.phone.as_ref().map(|phone| phone.value.national())))
        } else {
            None
        },
        providers: providers(pages, account),
        ways: pages.login.ways_in(account),
        identifier: account.sign_in_email.as_ref().map(|email| email.as_str().to_owned()),
        place: place::line(account),
        may_change_place: account.places.len() > 1,
        sessions: sessions.iter().map(|session| line(pages, walker, session)).collect(),
    }
}

fn known(value: Option<String>) -> Known {
    value.map_or(Known::Missing, Known::Verified)
}

fn name(account: &Account) -> Option<String> {
    let person = &account.person;
    let parts: Vec<&str> =
        [&person.given_name, &person.family_name].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// What a provider says, else what the person or the import said.
fn professions(account: &Account) -> Vec<String> {
    if account.professions.is_empty() {
        return account.person.profession.iter().map(|code| label_of(code, G15_OID)).collect();
    }
    account.professions.iter().map(|held| held.label.clone()).collect()
}

/// Those that are configured, in the order of their buttons; then those that the account is still linked to.
fn providers(pages: &Pages, account: &Account) -> Vec<ProviderLine> {
    let offered = pages.views.in_order_of_buttons(pages.provider_names());
    let gone = account.links.iter().map(|link| &link.identity_provider).filter(|name| !offered.contains(name));
    let names: Vec<&String> = offered.iter().chain(gone).collect();
    let line = |name: &String| ProviderLine {
        name: name.clone(),
        label: pages.login.label(name).to_owned(),
        way: match account.link(name) {
            Some(link) => WayIn::Since {
                date: french::date(link.linked_at),
                may_go: pages.login.has_other_way_in(account, name),
                offered: offered.contains(name),
            },
            None => WayIn::Missing,
        },
    };
    names.into_iter().map(line).collect()
}

fn line(pages: &Pages, walker: &Walker<'_>, session: &Session) -> SessionLine {
    let by = |means: &str| session.amr.iter().any(|one| one == means);
    let how = match session.identity_provider.as_str() {
        LOCAL if by("sms") => words::BY_PASSWORD_SMS.to_owned(),
        LOCAL if by("otp") => words::BY_PASSWORD_EMAIL.to_owned(),
        LOCAL => words::BY_PASSWORD.to_owned(),
        provider => words::by(pages.login.label(provider)),
    };
    SessionLine {
        id: session.sid.clone(),
        device: session.device.clone(),
        since: words::since(&french::date_and_hour(session.opened_at), &how),
        current: session.sid == walker.signed.session.sid,
    }
}
