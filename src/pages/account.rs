//! "Mon compte": what is known of an activated person, and the way to every change of it. The page itself changes nothing.

pub mod linking;
pub mod password;
pub mod place;
pub mod rpps;
pub mod sessions;
pub mod unlinking;

use http::StatusCode;

use crate::account::{Account, Source, State};
use crate::identity::professions::{G15_OID, label_of};
use crate::login::account::{has_other_way_in, rpps::may_be_corrected};
use crate::login::returning::{Landing, landing as due};
use crate::notify::french;
use crate::session::{Need, Session};

use super::activation::{self, Walker};
use super::address::Address;
use super::password::ROOM;
use super::sentences::account as words;
use super::view::{AccountView, Known, RppsLine, SessionLine, WayIn};
use super::{Answer, Notice, Pages, Reply, SafeReturn, Trouble, Visit, landing, paths, provider};

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

/// The same, for a page that changes how one gets in: who proved who they are too long ago is asked first (decision 22).
async fn fresh_walker<'a>(pages: &Pages, visit: &'a Visit, path: &str) -> Result<Walker<'a>, Trouble> {
    let walker = walker(pages, visit, path).await?;
    // Time must be left to fill in the form.
    if pages.login.is_fresh_for(walker.signed.session, ROOM) {
        Ok(walker)
    } else {
        Err(to_confirm(&walker, path).into())
    }
}

/// To the page that asks who is there, and from there back to `path`.
fn to_confirm(walker: &Walker<'_>, path: &str) -> Reply {
    let linked = walker.account.link(provider::PSC).is_some();
    let need = Need { again: true, provider: linked, ..Need::default() };
    Reply::see_other(Address::of(paths::STEP_UP).asking(Some(need)).back_to(SafeReturn::page(path).as_ref()))
}

/// Back to the page, with a sentence above it.
fn done(notice: &str) -> Reply {
    Reply::see_other(Address::of(paths::ACCOUNT).notice(notice))
}

fn view(pages: &Pages, walker: &Walker<'_>, sessions: &[Session]) -> AccountView {
    let account = &walker.account;
    let link = account.link(provider::PSC);
    let offered = pages.login.providers.get(provider::PSC).is_some();
    AccountView {
        name: name(account),
        professions: professions(account),
        rpps: account.rpps.as_ref().map(|held| RppsLine {
            number: held.value.as_str().to_owned(),
            source: match held.source {
                Source::Psc => words::RPPS_PROVEN,
                Source::Import => words::RPPS_IMPORTED,
                Source::Declared => words::RPPS_DECLARED,
            },
        }),
        may_correct_rpps: may_be_corrected(account),
        email: known(account.contact_email.as_ref().map(|email| email.value.as_str().to_owned())),
        phone: if pages.login.notifier.has_sms() || account.phone.is_some() {
            Some(known(account.phone.as_ref().map(|phone| phone.value.national())))
        } else {
            None
        },
        psc: match link {
            Some(link) => {
                WayIn::Since { date: french::date(link.linked_at), may_go: has_other_way_in(account, provider::PSC) }
            }
            None if offered => WayIn::Missing,
            None => WayIn::NotOffered,
        },
        password: account.password.is_some(),
        identifier: account.sign_in_email.as_ref().map(|email| email.as_str().to_owned()),
        place: place::line(account),
        may_change_place: account.places.len() > 1,
        sessions: sessions.iter().map(|session| line(walker, session)).collect(),
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

fn line(walker: &Walker<'_>, session: &Session) -> SessionLine {
    let by = |means: &str| session.amr.iter().any(|one| one == means);
    let how = match session.identity_provider.as_str() {
        provider::PSC => words::BY_PSC,
        _ if by("sms") => words::BY_PASSWORD_SMS,
        _ if by("otp") => words::BY_PASSWORD_EMAIL,
        _ => words::BY_PASSWORD,
    };
    SessionLine {
        id: session.sid.clone(),
        device: session.device.clone(),
        since: words::since(&french::date_and_hour(session.opened_at), how),
        current: session.sid == walker.signed.session.sid,
    }
}
