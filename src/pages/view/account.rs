//! "Mon compte": sections of what is known, with the way to each change of it.

use serde::Serialize;

use super::answers::{Link, Tokens};
use super::frame::Stage;
use super::{Page, Rendered, Views};
use crate::notify::WaysLeft;
use crate::pages::paths;
use crate::pages::sentences::{account as words, buttons};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Given name and family name.
    pub name: Option<String>,
    /// Labels of the professions.
    pub professions: Vec<String>,
    /// The RPPS.
    pub rpps: Option<RppsLine>,
    /// It is the person's own word, or there is none.
    pub may_correct_rpps: bool,
    /// Verified e-mail.
    pub email: Known,
    /// Verified phone; `None` where no SMS leaves and none is known.
    pub phone: Option<Known>,
    /// Identity providers: those that are configured, and those that the account is linked to.
    pub providers: Vec<ProviderLine>,
    /// What opens the account now.
    pub ways: WaysLeft,
    /// E-mail that signs in.
    pub identifier: Option<String>,
    /// Place of work.
    pub place: Option<PlaceLine>,
    /// A provider gave several.
    pub may_change_place: bool,
    /// Live sessions, in the order of the list.
    pub sessions: Vec<SessionLine>,
}

/// An RPPS and where it comes from.
#[derive(Debug, Clone)]
pub struct RppsLine {
    /// Eleven digits.
    pub number: String,
    /// A sentence.
    pub source: String,
}

/// A contact.
#[derive(Debug, Clone)]
pub enum Known {
    /// Proven by a code.
    Verified(String),
    /// None.
    Missing,
}

/// How the account stands with one identity provider.
#[derive(Debug, Clone)]
pub struct ProviderLine {
    /// Its name, in the addresses of its pages.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Linked or not.
    pub way: WayIn,
}

/// Whether an identity provider opens the account.
#[derive(Debug, Clone)]
pub enum WayIn {
    /// Linked.
    Since {
        /// The day.
        date: String,
        /// There is another way in.
        may_go: bool,
        /// The portal still has this provider.
        offered: bool,
    },
    /// Not linked, and could be.
    Missing,
}

/// A place of work.
#[derive(Debug, Clone)]
pub struct PlaceLine {
    /// Name and address.
    pub label: String,
    /// Profession and number.
    pub detail: Option<String>,
}

/// A live session.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Public id, posted as `session`.
    pub id: String,
    /// "Firefox, Windows".
    pub device: String,
    /// Since when, and by what.
    pub since: String,
    /// The one that looks at the page.
    pub current: bool,
}

#[derive(Debug, Serialize)]
struct Screen {
    sections: Vec<Section>,
    sessions: Sessions,
    links: Vec<Link>,
}

#[derive(Debug, Serialize)]
struct Section {
    id: &'static str,
    title: &'static str,
    rows: Vec<Row>,
    links: Vec<Link>,
}

/// A term, what stands for it, and a sentence about it.
#[derive(Debug, Serialize)]
struct Row {
    label: String,
    value: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Sessions {
    title: &'static str,
    text: &'static str,
    action: &'static str,
    tokens: Tokens,
    lines: Vec<Line>,
    this: &'static str,
    end: &'static str,
    everywhere: &'static str,
    everywhere_text: &'static str,
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    device: String,
    since: String,
    hidden: String,
    current: bool,
}

impl Views {
    /// The page; `back` is where the link to the portal leads. Its forms post `session` or `action` = `partout`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn account(&self, page: &Page, view: &AccountView, back: &str) -> Rendered {
        let sections = vec![identity(view), contacts(view), ways_in(view)];
        let screen = Screen {
            sections: sections.into_iter().chain(place(view)).collect(),
            sessions: Sessions {
                title: words::SESSIONS,
                text: words::SESSIONS_TEXT,
                action: paths::ACCOUNT_SESSIONS,
                tokens: page.tokens.clone(),
                lines: view.sessions.iter().map(line).collect(),
                this: words::THIS_SESSION,
                end: words::END_SESSION,
                everywhere: words::END_EVERYWHERE,
                everywhere_text: words::END_EVERYWHERE_TEXT,
            },
            links: vec![
                Link::to(back, buttons::home(&self.brand.portal)),
                Link::to(paths::SIGN_OUT, buttons::SIGN_OUT),
            ],
        };
        self.show("account.html", self.frame(page, words::H1, Stage::None, false), screen)
    }
}

fn row(label: impl Into<String>, value: Option<String>, note: Option<&str>) -> Row {
    Row {
        label: label.into(),
        value: value.unwrap_or_else(|| words::MISSING.to_owned()),
        note: note.map(str::to_owned),
    }
}

fn identity(view: &AccountView) -> Section {
    let professions = (!view.professions.is_empty()).then(|| view.professions.join(", "));
    let label = if view.professions.len() > 1 { words::PROFESSIONS } else { words::PROFESSION };
    let (number, source) = view.rpps.as_ref().map(|held| (held.number.clone(), held.source.as_str())).unzip();
    let correct = if view.rpps.is_some() { words::CORRECT_RPPS } else { words::ADD_RPPS };
    Section {
        id: "identite",
        title: words::IDENTITY,
        rows: vec![
            row(words::NAME, view.name.clone(), None),
            row(label, professions, None),
            row(words::RPPS, number, source),
        ],
        links: view.may_correct_rpps.then(|| Link::to(paths::ACCOUNT_RPPS, correct)).into_iter().collect(),
    }
}

fn contacts(view: &AccountView) -> Section {
    let mut rows = Vec::new();
    let mut links = Vec::new();
    let contacts = [
        (Some(&view.email), words::EMAIL, words::VERIFIED_EMAIL, paths::ACCOUNT_EMAIL, words::ADD_EMAIL),
        (view.phone.as_ref(), words::PHONE, words::VERIFIED, paths::ACCOUNT_PHONE, buttons::ADD_PHONE),
    ];
    for (known, label, verified, path, add) in contacts {
        match known {
            Some(Known::Verified(value)) => rows.push(row(label, Some(value.clone()), Some(verified))),
            Some(Known::Missing) => {
                rows.push(row(label, None, None));
                links.push(Link::to(path, add));
            }
            None => {}
        }
    }
    Section { id: "coordonnees", title: words::CONTACTS, rows, links }
}

fn ways_in(view: &AccountView) -> Section {
    let mut rows = Vec::new();
    let mut links = Vec::new();
    for ProviderLine { name, label, way } in &view.providers {
        match way {
            WayIn::Since { date, may_go, offered } => {
                let note = match (offered, may_go) {
                    (false, _) => Some(words::NOT_OFFERED),
                    (true, false) => Some(words::LAST_WAY_IN),
                    (true, true) => None,
                };
                rows.push(row(label, Some(words::linked_since(date)), note));
                let unlink = || Link::to(paths::of_provider(paths::ACCOUNT_UNLINK, name), words::unlink(label));
                links.extend(may_go.then(unlink));
            }
            WayIn::Missing => {
                rows.push(row(label, Some(words::NOT_LINKED.to_owned()), None));
                links.push(Link::to(paths::of_provider(paths::ACCOUNT_LINK, name), words::link(label)));
            }
        }
    }
    if view.ways.password {
        let identifier = view.identifier.as_deref().map(words::identifier);
        rows.push(row(words::PASSWORD, Some(words::PASSWORD_SET.to_owned()), identifier.as_deref()));
    } else {
        rows.push(row(words::PASSWORD, Some(words::no_password(&view.ways.providers)), None));
        links.push(Link::to(paths::ACCOUNT_PASSWORD, words::MAKE_PASSWORD));
    }
    Section { id: "moyens", title: words::WAYS_IN, rows, links }
}

fn place(view: &AccountView) -> Option<Section> {
    let change = view.may_change_place.then(|| Link::to(paths::ACCOUNT_PLACE, words::CHANGE_PLACE));
    let place = view.place.as_ref()?;
    Some(Section {
        id: "lieu",
        title: words::PLACE,
        rows: vec![row(crate::pages::sentences::psc::PLACE_LEGEND, Some(place.label.clone()), place.detail.as_deref())],
        links: change.into_iter().collect(),
    })
}

fn line(session: &SessionLine) -> Line {
    let device = if session.device.is_empty() { words::UNKNOWN_DEVICE.to_owned() } else { session.device.clone() };
    Line {
        id: session.id.clone(),
        hidden: words::end_hidden(&device, &session.since),
        since: session.since.clone(),
        current: session.current,
        device,
    }
}
