//! Signing in with one's national number: the form, the page that waits, and how it ends.

use serde::Serialize;

use super::answers::{Answers, Link};
use super::form::{Actions, Button, Choice, Field, Form};
use super::frame::Stage;
use super::message::Message;
use super::sign_in::{Task, on_the_way};
use super::{Page, Rendered, Views};
use crate::config::settings::CibaChannel;
use crate::login::ciba::PACE;
use crate::pages::paths;
use crate::pages::sentences::{buttons, ciba, code, psc};

/// The form.
#[derive(Debug, Clone)]
pub struct CibaView {
    /// The provider's name in the configuration.
    pub provider: String,
    /// Where people may confirm; with one there is nothing to choose.
    pub channels: Vec<CibaChannel>,
    /// `numero` and `canal` (`mobile` or `card`).
    pub answers: Answers,
}

/// The page that waits.
#[derive(Debug, Clone)]
pub struct CibaWaitingView {
    /// Where the person confirms.
    pub channel: CibaChannel,
    /// The two digits that both sides show.
    pub digits: String,
    /// Seconds until nobody is waited for any more.
    pub seconds_left: u64,
    /// What the server says of the form.
    pub answers: Answers,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CibaOver<'a> {
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// It went wrong; the reference is for the help desk.
    Failed {
        /// What people call the provider.
        provider: &'a str,
        /// Reference.
        reference: &'a str,
    },
}

#[derive(Debug, Serialize)]
struct CibaFields {
    number: Field,
    channel: Option<Field>,
    only_here: &'static str,
}

#[derive(Debug, Serialize)]
struct Waiting {
    text: &'static str,
    digits_label: &'static str,
    digits: String,
    different: &'static str,
    state: &'static str,
    by_itself: &'static str,
    by_button: &'static str,
    ask_seconds: i64,
    validity: String,
    seconds_left: u64,
    left: &'static str,
    expires_soon: &'static str,
    nothing: &'static str,
    nothing_text: &'static str,
    form: Form,
}

impl Views {
    /// Who, and how they confirm. Fields: `numero`, `canal`; hidden: `fournisseur`.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn ciba(&self, page: &Page, view: &CibaView) -> Rendered {
        let mut number = Field::text("numero", ciba::NUMBER)
            .required()
            .attr("autocomplete", "username")
            .attr("autocapitalize", "characters")
            .attr("spellcheck", "false")
            .attr("maxlength", "80")
            .hint(ciba::NUMBER_HINT)
            .answered(&view.answers);
        let mut channel = (view.channels.len() > 1).then(|| {
            let choices = view.channels.iter().map(|channel| choice(*channel)).collect();
            Field::input("radio", "canal", ciba::CHANNEL).required().choices(choices).answered(&view.answers)
        });
        let back = Link::to(on_the_way(paths::SIGN_IN, page.tokens.return_to.as_deref()), buttons::BACK);
        let actions = Actions::primary(ciba::SEND, buttons::waiting::MOMENT).back_link(back);
        let form = Form::new(paths::CIBA, page, actions).hidden("fournisseur", view.provider.as_str());
        let form = match &mut channel {
            Some(channel) => form.settle(page, &view.answers, &mut [&mut number, channel]),
            None => form.settle(page, &view.answers, &mut [&mut number]),
        };
        let fields = CibaFields { number, channel, only_here: ciba::ONLY_HERE };
        let task = Task::new([ciba::TEXT], form, fields);
        self.task("ciba.html", page, ciba::H1, Stage::None, &view.answers, task)
    }

    /// Two digits, and a button that asks again: `valider`, `retour` cancels.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn ciba_waiting(&self, page: &Page, view: &CibaWaitingView) -> Rendered {
        let actions = Actions::primary(ciba::CONFIRMED, buttons::waiting::CHECK);
        let actions = actions.back_as(Button::new("retour", ciba::CANCEL));
        let form = Form::new(paths::CIBA_WAITING, page, actions).settle(page, &view.answers, &mut []);
        let waiting = Waiting {
            text: ciba::waiting_text(view.channel),
            digits_label: ciba::DIGITS,
            digits: view.digits.clone(),
            different: ciba::DIFFERENT,
            state: ciba::WAITING,
            by_itself: ciba::BY_ITSELF,
            by_button: ciba::BY_BUTTON,
            ask_seconds: PACE.as_secs(),
            validity: ciba::valid_for(view.seconds_left.div_ceil(60)),
            seconds_left: view.seconds_left,
            left: code::LEFT,
            expires_soon: ciba::EXPIRES_SOON,
            nothing: ciba::NOTHING,
            nothing_text: ciba::NOTHING_TEXT,
            form,
        };
        let mut frame = self.frame(page, ciba::waiting_h1(view.channel), Stage::None, view.answers.is_refused());
        if let Some(notice) = &mut frame.notice {
            notice.autofocus = !waiting.form.takes_focus(&view.answers);
        }
        self.show("ciba_waiting.html", frame, waiting)
    }

    /// It is over; `again` leads to the form of the same tab.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn ciba_over(&self, page: &Page, over: CibaOver<'_>, again: &str) -> Rendered {
        let (icon, h1, text) = match over {
            CibaOver::Denied => ("cross", ciba::DENIED_H1.to_owned(), ciba::DENIED_TEXT),
            CibaOver::Expired => ("clock", ciba::EXPIRED_H1.to_owned(), ciba::EXPIRED_TEXT),
            CibaOver::Failed { provider, .. } => ("cloud", psc::return_failed_h1(provider), ciba::FAILED_TEXT),
        };
        let sign_in = on_the_way(paths::SIGN_IN, page.tokens.return_to.as_deref());
        let message = Message::new(icon, [text])
            .primary(Link::to(again, buttons::RESTART))
            .link(Link::to(sign_in, buttons::TO_SIGN_IN));
        let message = match over {
            CibaOver::Failed { reference, .. } => message.reference(reference),
            CibaOver::Denied | CibaOver::Expired => message,
        };
        self.message("ciba_over.html", page, h1, message)
    }

    /// Links of the sign-in page to the form, for the providers that the page names.
    pub(super) fn ciba_links(&self, page: &Page) -> Vec<Link> {
        let offered = self.providers.iter().filter(|look| page.ciba.contains(&look.name));
        let target = page.tokens.return_to.as_deref();
        offered
            .map(|look| {
                let path = format!("{}?fournisseur={}", paths::CIBA, look.name);
                Link::to(on_the_way(&path, target), ciba::link(&look.label))
            })
            .collect()
    }
}

fn choice(channel: CibaChannel) -> Choice {
    let (label, detail) = match channel {
        CibaChannel::Mobile => (ciba::MOBILE, None),
        CibaChannel::Card => (ciba::CARD, Some(ciba::CARD_DETAIL.to_owned())),
    };
    let mut choice = Choice::new(channel.as_str(), label);
    choice.detail = detail;
    choice
}
