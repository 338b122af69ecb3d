//! Signing out and confirming who one is (screens.md 6.3, 6.6).

use serde::Serialize;

use super::answers::{Answers, Link};
use super::code::{CodePurpose, CodeView, Destination};
use super::fields::current_password;
use super::form::{Actions, Button, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::Task;
use super::{Page, Rendered, Views};
use crate::pages::paths;
use crate::pages::sentences::{buttons, password, refusals, session as words, trouble};

/// What signing out left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignedOut<'a> {
    /// Every session of the account was ended.
    pub everywhere: bool,
    /// The provider whose session could not be ended.
    pub still_open: Option<StillOpen<'a>>,
}

/// A provider whose session may still be open in this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillOpen<'a> {
    /// What people call it.
    pub provider: &'a str,
    /// It is Pro Santé Connect.
    pub is_psc: bool,
    /// Where a person may end it, if that is known; the address says nothing of them.
    pub address: Option<String>,
}

/// What the confirmation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepUpReason {
    /// A route's policy.
    Page,
    /// A change of credentials on our own pages.
    Credentials,
}

impl StepUpReason {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Page => words::STEP_UP_PAGE,
            Self::Credentials => words::STEP_UP_CREDENTIALS,
        }
    }
}

/// How the person confirms.
#[derive(Debug, Clone)]
pub enum StepUpWay {
    /// Field `password`; `username` is the account's identifier, for password managers.
    Password {
        /// Identifier.
        username: String,
    },
    /// A code that was sent.
    Code {
        /// Where to.
        destination: Destination,
        /// Seconds it still has.
        seconds_left: Option<u64>,
        /// The last sending failed.
        retry: bool,
    },
    /// Only Pro Santé Connect: its button comes first.
    Psc {
        /// The person can go back to the portal; otherwise only "Me déconnecter" (`quitter`) leads away.
        back: bool,
    },
}

/// 6.6. The PSC button stands below when the page has tokens for it.
#[derive(Debug, Clone)]
pub struct StepUpView {
    /// What for.
    pub reason: StepUpReason,
    /// How.
    pub way: StepUpWay,
    /// What was refused.
    pub answers: Answers,
}

/// Why a confirmation was not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insufficient<'a> {
    /// A code by SMS is asked, no number is verified.
    NeedsPhone,
    /// An identity provider is asked, the account is not linked to it.
    NeedsLink {
        /// What people call it.
        provider: &'a str,
        /// The reference to name when asking for access.
        reference: &'a str,
    },
    /// An identity provider has proven a lower level than the page asks.
    Level {
        /// What people call it.
        provider: &'a str,
        /// It is Pro Santé Connect.
        is_psc: bool,
        /// The reference to name when asking for access.
        reference: &'a str,
    },
    /// The password was reset by e-mail alone less than a day ago.
    Mailbox {
        /// Tomorrow, or today.
        tomorrow: bool,
        /// "14 h 30".
        hour: &'a str,
        /// What people call the providers that open the page at once.
        providers: &'a [String],
    },
}

/// Why a session was not handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOverFailed<'a> {
    /// The code is used, too old, or another browser's.
    Code,
    /// The browser keeps no cookie of this host.
    Cookies {
        /// The host.
        host: &'a str,
    },
}

#[derive(Debug, Serialize)]
struct StepUpFields {
    username: String,
    username_label: &'static str,
    password: Option<Field>,
}

impl Views {
    /// 6.3 by GET: asks first. `valider` signs out; "Rester connecté" is a link to `stay`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn sign_out(&self, page: &Page, stay: &str) -> Rendered {
        let actions =
            Actions::primary(buttons::SIGN_OUT, buttons::waiting::MOMENT).back_link(Link::to(stay, buttons::STAY));
        let message = Message::new("door", Vec::<String>::new()).form(paths::SIGN_OUT, page, actions);
        self.message("sign_out.html", page, words::SIGN_OUT_H1, message)
    }

    /// 6.3, done.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn signed_out(&self, page: &Page, left: SignedOut<'_>) -> Rendered {
        let everywhere = left.everywhere.then(|| words::SIGNED_OUT_EVERYWHERE.to_owned());
        let last = match &left.still_open {
            Some(open) => words::still_open(open.provider, open.is_psc),
            None => words::SIGNED_OUT_SHARED.to_owned(),
        };
        let message = Message::new("check", everywhere.into_iter().chain([last]));
        let message = message.primary(Link::to(paths::SIGN_IN, buttons::SIGN_IN_AGAIN));
        let again = left.still_open.and_then(|open| Some((open.address?, words::close_provider(open.provider))));
        let message = match again {
            Some((address, words)) => message.link(Link::to(address, words)),
            None => message,
        };
        self.message("signed_out.html", page, words::SIGNED_OUT_H1, message)
    }

    /// Signed in again, in a tab of its own.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn resumed(&self, page: &Page) -> Rendered {
        self.message("resumed.html", page, words::RESUMED_H1, Message::new("check", [words::RESUMED_TEXT]))
    }

    /// The way back from the sign-in to another host opened nothing (400); `again` begins it anew.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn hand_over_failed(&self, page: &Page, why: HandOverFailed<'_>, again: &str) -> Rendered {
        let line = match why {
            HandOverFailed::Code => words::HAND_OVER_TEXT.to_owned(),
            HandOverFailed::Cookies { host } => trouble::cookies_refused(host),
        };
        let message = Message::new("clock", [line]).primary(Link::to(again, buttons::RESTART));
        self.message("hand_over_failed.html", page, words::HAND_OVER_H1, message)
    }

    /// 6.6, the person confirms who they are.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn step_up(&self, page: &Page, view: &StepUpView) -> Rendered {
        let answers = &view.answers;
        let (username, mut password) = match &view.way {
            StepUpWay::Code { destination, seconds_left, retry } => {
                let code = CodeView {
                    purpose: CodePurpose::StepUp(view.reason),
                    destination: destination.clone(),
                    answers: answers.clone(),
                    seconds_left: *seconds_left,
                    retry: *retry,
                    otherwise: false,
                };
                return self.code(page, &code);
            }
            StepUpWay::Password { username } => (username.clone(), Some(current_password(answers))),
            StepUpWay::Psc { .. } => (String::new(), None),
        };
        let actions = match &view.way {
            StepUpWay::Psc { back: true } => Actions::none().back(),
            StepUpWay::Psc { back: false } => Actions::none().back_as(Button::new("quitter", buttons::SIGN_OUT)),
            StepUpWay::Password { .. } | StepUpWay::Code { .. } => {
                Actions::primary(buttons::CONFIRM, buttons::waiting::CHECK).back()
            }
        };
        let mut fields: Vec<&mut Field> = password.as_mut().into_iter().collect();
        let form = Form::new(paths::STEP_UP, page, actions).settle(page, answers, &mut fields);
        let fields = StepUpFields { username, username_label: password::USERNAME_LABEL, password };
        let task = Task::new([view.reason.text()], form, fields);
        let button = self.psc_button(page);
        let task = if matches!(view.way, StepUpWay::Psc { .. }) { task.psc_alone(button) } else { task.psc(button) };
        self.task("step_up.html", page, words::STEP_UP_H1, Stage::None, answers, task)
    }

    /// 6.6, a provider returned someone else (403); `back` is where "Retour" leads.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn other_person(&self, page: &Page, provider: &str, back: &str) -> Rendered {
        let button = self.psc_button(page).map(|button| button.saying(buttons::RESTART));
        let message = Message::new("person", [words::other_person(provider)]).psc(button).link(way_out(back));
        self.message("other_person.html", page, words::OTHER_PERSON_H1, message)
    }

    /// 6.6, still not enough; `back` is where "Retour" leads.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn insufficient(&self, page: &Page, why: Insufficient<'_>, back: &str) -> Rendered {
        let message = match why {
            Insufficient::NeedsPhone => {
                Message::new("lock", [words::INSUFFICIENT_SMS]).primary(Link::to(paths::PSC_PHONE, buttons::ADD_PHONE))
            }
            Insufficient::NeedsLink { provider, reference } => {
                let contact = refusals::ask_access(&self.brand, reference);
                Message::new("lock", [words::insufficient_link(provider), contact])
            }
            Insufficient::Level { provider, is_psc, reference } => {
                let contact = refusals::ask_access(&self.brand, reference);
                let button = self.psc_button(page).map(|button| button.saying(buttons::RESTART));
                Message::new("lock", [words::insufficient_level(provider, is_psc), contact]).psc(button)
            }
            Insufficient::Mailbox { tomorrow, hour, providers } => {
                let text = words::insufficient_mailbox(tomorrow, hour, providers);
                Message::new("clock", [text]).psc(self.psc_button(page))
            }
        };
        let message = message.link(way_out(back));
        self.message("insufficient.html", page, words::INSUFFICIENT_H1, message)
    }
}

/// The link away from a page that says no: back, or out.
fn way_out(back: &str) -> Link {
    let words = if back == paths::SIGN_OUT { buttons::SIGN_OUT } else { buttons::BACK };
    Link::to(back, words)
}
