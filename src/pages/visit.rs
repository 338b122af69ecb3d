//! What a request brings to our pages: cookies, session, address, browser. Judges nothing.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Method};

use crate::identity::AccountId;
use crate::login::journey::Signed;
use crate::login::local::Browser;
use crate::login::{Device, Flow, Login};
use crate::observe::Elsewhere;
use crate::observe::audit::Origin;
use crate::session::{EndCause, Lookup, Need, SessionKey, Visit as SessionVisit, Visitor};

use super::address::{NEED, RETURN};
use super::device::device;
use super::{SafeReturn, cookies};

/// What the gateway says of a request, in its extensions.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Client address.
    pub client: Option<IpAddr>,
    /// Request id.
    pub request_id: String,
}

/// A request to one of our pages.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Facts of the audit log.
    pub origin: Origin,
    /// The recognised browser.
    pub device: Option<Device>,
    /// The flow cookie, if its shape is ours.
    pub flow_cookie: Option<String>,
    /// A flow cookie to be set, where none came.
    pub fresh_cookie: Option<String>,
    /// The identifier to pre-fill.
    pub remembered: Option<String>,
    /// The session.
    pub session: Signedness,
    /// The session cookie is doubled, or not ours in shape.
    pub planted: bool,
    /// The host and its origin, where it is not the one on which people sign in.
    pub elsewhere: Option<Elsewhere>,
    /// The path asked.
    pub path: String,
    /// The query string.
    pub query: String,
    /// The page asked for, which the address or the posted form names.
    pub asked: Option<SafeReturn>,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
}

/// Whether somebody is signed in here.
#[derive(Debug, Clone)]
pub enum Signedness {
    /// A live session.
    In {
        /// Its key.
        key: SessionKey,
        /// It and whose it is.
        visitor: Arc<Visitor>,
    },
    /// The cookie's session is over, and why if it is known.
    Over(Option<EndCause>),
    /// No cookie.
    Out,
}

impl Visit {
    /// Reads a request and what the gateway found of its session. `None` when the session could not be looked up: nobody is let in, nobody is sent to sign in again.
    #[must_use]
    pub fn read(login: &Login, parts: &Parts) -> Option<Self> {
        let arrival = parts.extensions.get::<Arrival>().cloned().unwrap_or_default();
        let headers = &parts.headers;
        let agent = headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let session = signedness(parts)?;
        let sid = match &session {
            Signedness::In { visitor, .. } => Some(visitor.session().sid.clone()),
            Signedness::Over(_) | Signedness::Out => None,
        };
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Some(Self {
            origin: Origin {
                client: arrival.client,
                device: Some(device(agent)),
                sid,
                request_id: Some(arrival.request_id),
            },
            device: open(login, headers, cookies::DEVICE, DEVICE_PURPOSE).map(Device),
            flow_cookie: cookies::read(headers, cookies::FLOW).filter(|value| Flow::is_shaped(value)),
            fresh_cookie: None,
            remembered: open(login, headers, cookies::IDENTIFIER, IDENTIFIER_PURPOSE),
            session,
            planted: matches!(parts.extensions.get(), Some(SessionVisit::Malformed)),
            asked: parameter(&query, RETURN).and_then(|target| SafeReturn::parse(&target)),
            elsewhere: parts.extensions.get::<Elsewhere>().cloned(),
            path: parts.uri.path().to_owned(),
            query,
            method: parts.method.clone(),
            headers: headers.clone(),
        })
    }

    /// The flow cookie this browser has, or is about to have.
    #[must_use]
    pub fn cookie(&self) -> &str {
        self.flow_cookie.as_deref().or(self.fresh_cookie.as_deref()).unwrap_or_default()
    }

    /// The browser, for `login`.
    #[must_use]
    pub fn browser(&self) -> Browser<'_> {
        Browser { origin: &self.origin, device: self.device.as_ref() }
    }

    /// The signed-in person, for `login`.
    #[must_use]
    pub fn signed(&self) -> Option<Signed<'_>> {
        match &self.session {
            Signedness::In { key, visitor } => {
                Some(Signed { key: *key, session: visitor.session(), browser: self.browser() })
            }
            Signedness::Over(_) | Signedness::Out => None,
        }
    }

    /// Whose session it is.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.signed().map(|signed| signed.session.account)
    }

    /// A parameter of the query string; `None` when it is absent or doubled.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name)
    }

    /// What the address says that a page asks for once more; nothing of it is believed (see [`Need`]).
    #[must_use]
    pub fn need(&self) -> Option<Need> {
        self.parameter(NEED).as_deref().and_then(Need::parse)
    }

    /// Where the person was going: what this request names, else what the session remembers.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        let session = match &self.session {
            Signedness::In { visitor, .. } => visitor.session().return_to.as_deref(),
            Signedness::Over(_) | Signedness::Out => None,
        };
        self.asked.as_ref().map(SafeReturn::as_str).or(session)
    }

    /// The request id shown to people: its first eight characters.
    #[must_use]
    pub fn reference(&self) -> String {
        self.origin.request_id.as_deref().unwrap_or_default().chars().take(8).collect()
    }
}

/// What the device cookie is sealed for.
pub const DEVICE_PURPOSE: &str = "device-cookie";
/// What the identifier cookie is sealed for.
pub const IDENTIFIER_PURPOSE: &str = "identifier-cookie";

fn parameter(query: &str, name: &str) -> Option<String> {
    let mut found = None;
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if key == name && found.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    found
}

/// `None` when the stores did not answer. Without the gateway's word nobody is signed in.
fn signedness(parts: &Parts) -> Option<Signedness> {
    Some(match parts.extensions.get::<SessionVisit>() {
        Some(SessionVisit::Away) => return None,
        Some(SessionVisit::Known { lookup: Lookup::Live(visitor), .. }) => {
            Signedness::In { key: visitor.key(), visitor: Arc::clone(visitor) }
        }
        Some(SessionVisit::Known { lookup: Lookup::Ended(cause), .. }) => Signedness::Over(Some(*cause)),
        Some(SessionVisit::Known { lookup: Lookup::Unknown, .. } | SessionVisit::Malformed) => Signedness::Over(None),
        Some(SessionVisit::Anonymous) | None => Signedness::Out,
    })
}

fn open(login: &Login, headers: &HeaderMap, name: &str, purpose: &str) -> Option<String> {
    let sealed = cookies::read(headers, name)?;
    let plain = login.sealer.open(purpose, &sealed).ok()?;
    String::from_utf8(plain).ok()
}
