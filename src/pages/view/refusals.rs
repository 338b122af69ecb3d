//! Refusals that nothing on the page can change (screens.md 6.5, 7.1, 7.3).

use super::answers::Link;
use super::message::Message;
use super::sign_in::on_the_way;
use super::{Page, Rendered, Views};
use crate::pages::paths;
use crate::pages::sentences::{buttons, organisation, psc, refusals as words};

/// Why a page is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccess<'a> {
    /// Reserved to other professions; the person's own label.
    Profession(&'a str),
    /// An identity provider is asked: a link leads to the page with its button, and from there to `target`.
    Provider {
        /// The page that was refused.
        target: &'a str,
    },
    /// A client certificate is asked, of whoever comes, signed in or not.
    Certificate,
    /// Another network is asked, of whoever comes, signed in or not.
    Network,
    /// Anything else.
    Other,
}

impl Views {
    /// 6.5 (403). `home` is false when the refused page is `/` itself.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn no_access(&self, page: &Page, why: NoAccess<'_>, home: bool, reference: &str) -> Rendered {
        let (cause, way_in) = match why {
            NoAccess::Profession(label) => (words::other_profession(label), None),
            NoAccess::Provider { target } => {
                let (cause, link) = match self.providers.as_slice() {
                    [alone] => (words::needs_provider(&alone.label), psc::button(&alone.label)),
                    _ => (words::NEEDS_OTHER_WAY.to_owned(), words::OTHER_WAY.to_owned()),
                };
                (cause, Some(Link::to(on_the_way(paths::STEP_UP, Some(target)), link)))
            }
            NoAccess::Certificate => (words::NEEDS_CERTIFICATE.to_owned(), None),
            NoAccess::Network => (words::NEEDS_NETWORK.to_owned(), None),
            NoAccess::Other => (words::NO_ACCESS_OTHER.to_owned(), None),
        };
        let mut message = Message::new("lock", [cause, words::ask_access(&self.brand, reference)]);
        message = match (way_in, home) {
            (Some(way_in), true) => message.primary(way_in).link(self.home()),
            (Some(way_in), false) => message.primary(way_in),
            (None, true) => message.primary(self.home()),
            (None, false) => message,
        };
        if !matches!(why, NoAccess::Certificate | NoAccess::Network) {
            message = message.link(Link::to(paths::SIGN_OUT, buttons::SIGN_OUT));
        }
        self.message("no_access.html", page, words::NO_ACCESS_H1, message)
    }

    /// 6.5, suspended account.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn suspended(&self, page: &Page) -> Rendered {
        let message =
            Message::new("lock", [words::suspended(&self.brand)]).link(Link::to(paths::SIGN_IN, buttons::TO_SIGN_IN));
        self.message("suspended.html", page, words::SUSPENDED_H1, message)
    }

    /// 6.5, frozen activation.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn frozen(&self, page: &Page) -> Rendered {
        let message = Message::new("shield", [organisation::frozen_text(&self.brand)])
            .link(Link::to(paths::SIGN_IN, buttons::TO_SIGN_IN));
        self.message("frozen.html", page, organisation::FROZEN_H1, message)
    }

    /// 6.5, a service worker, a cross-site form and the like (403).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn not_accepted(&self, page: &Page) -> Rendered {
        let message = Message::new("shield", [words::NOT_ACCEPTED_TEXT]);
        self.message("not_accepted.html", page, words::NOT_ACCEPTED_H1, message)
    }

    /// 7.1 (404).
    ///
    /// # Errors
    /// The template is wrong.
    pub fn not_found(&self, page: &Page) -> Rendered {
        let message = Message::new("compass", [words::NOT_FOUND_TEXT]).primary(self.home()).link(self.contact());
        self.message("not_found.html", page, words::NOT_FOUND_H1, message)
    }

    /// 7.1, a host we do not serve (421): no link, since none would lead anywhere.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn not_served(&self, page: &Page) -> Rendered {
        let message = Message::new("compass", [words::NOT_SERVED]).link(self.contact());
        self.message("not_found.html", page, words::NOT_FOUND_H1, message)
    }

    /// 7.3, another account signed in meanwhile (409); `target` is that account's page.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn other_account(&self, page: &Page, target: &str) -> Rendered {
        let message = Message::new("person", [words::OTHER_ACCOUNT_TEXT])
            .primary(Link::to(target, buttons::THIS_ACCOUNT))
            .link(Link::to(paths::SIGN_OUT, buttons::SIGN_OUT));
        self.message("other_account.html", page, words::OTHER_ACCOUNT_H1, message)
    }

    pub(super) fn home(&self) -> Link {
        Link::to("/", buttons::home(&self.brand.portal))
    }
}
