//! Things that are away (screens.md 7.2) and our own failures (500). These pages need no store and no upstream.

use super::answers::Link;
use super::message::Message;
use super::{Page, Rendered, Views};
use crate::pages::sentences::{buttons, trouble as words};

/// What does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away<'a> {
    /// Planned; back at that hour ("14 h 30") or soon.
    Maintenance {
        /// The hour.
        until: Option<&'a str>,
    },
    /// Our stores.
    Stores,
    /// The portal behind us (502, 504).
    Upstream {
        /// For the help desk.
        reference: &'a str,
    },
    /// A fault of ours (500).
    Internal {
        /// For the help desk.
        reference: &'a str,
    },
}

impl Views {
    /// 7.2 and the page of a 500; `again` is the same address for a GET, `/` otherwise.
    ///
    /// # Errors
    /// The template is wrong.
    pub fn away(&self, page: &Page, what: Away<'_>, again: &str) -> Rendered {
        let (h1, message) = match what {
            Away::Maintenance { until } => {
                (words::maintenance_h1(&self.brand), Message::new("tools", [words::maintenance(until)]))
            }
            Away::Stores => (words::AWAY_H1.to_owned(), Message::new("cloud", [words::STORES_AWAY])),
            Away::Upstream { reference } => (
                words::AWAY_H1.to_owned(),
                Message::new("cloud", [words::upstream_away(&self.brand)]).reference(reference),
            ),
            Away::Internal { reference } => {
                (words::AWAY_H1.to_owned(), Message::new("cloud", [words::INTERNAL_TEXT]).reference(reference))
            }
        };
        self.message("away.html", page, h1, message.primary(Link::to(again, buttons::RETRY)))
    }
}
