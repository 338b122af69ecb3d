//! What a person sees: axum in, pages out. It parses, asks `login`, and renders; it decides nothing about accounts.

pub mod account;
pub mod activation;
mod address;
pub mod assets;
mod back_channel;
pub mod ciba;
pub mod codes;
pub mod confirm;
pub mod contact_code;
pub mod contacts;
pub mod cookies;
pub mod details;
pub mod device;
pub mod drafts;
pub mod email;
pub mod error;
pub mod factor;
pub mod field;
pub mod files;
pub mod finish;
pub mod freeze;
pub mod guard;
pub mod hand_over;
pub mod landing;
pub mod linking;
pub mod notices;
pub mod organisation;
pub mod password;
pub mod paths;
pub mod phone;
pub mod place;
pub mod posted;
pub mod provider;
pub mod refusals;
pub mod reminder;
pub mod reply;
pub mod reset;
pub mod return_to;
pub mod sentences;
pub mod session_state;
pub mod sign_in;
pub mod sign_out;
pub mod terms;
pub mod view;
pub mod visit;
pub mod wanted;
pub mod way_back;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{get, post};
use http::StatusCode;
use http::request::Parts;

use crate::login::{Flow, Login};
use crate::observe::Fact;

pub use error::Trouble;
pub use reply::Reply;
pub use return_to::SafeReturn;
pub use view::{Answers, Notice, Page, Tokens, Views};
pub use visit::Visit;

use guard::Token;
use posted::Fields;
use view::Rendered;

/// Everything the pages need.
#[derive(Debug)]
pub struct Pages {
    /// What happens.
    pub login: Arc<Login>,
    /// How it looks.
    pub views: Views,
}

/// A reply, or why there is none.
pub type Answer = Result<Reply, Trouble>;

/// A posted form whose origin was checked.
#[derive(Debug)]
pub struct Posted {
    /// What was typed.
    pub fields: Fields,
    /// What its token says.
    pub token: Token,
}

impl Posted {
    /// What was stored when the form was drawn, if the token fits.
    #[must_use]
    pub fn seen(&self) -> Option<&str> {
        match &self.token {
            Token::Fits { seen } => Some(seen),
            Token::Stale | Token::OtherAccount => None,
        }
    }

    /// Whether the token fits.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.seen().is_some()
    }
}

macro_rules! shown {
    ($handler:path) => {
        |State(pages): State<Arc<Pages>>, request: Request| async move {
            let (parts, _) = request.into_parts();
            let visit = match pages.visit(&parts) {
                Ok(visit) => visit,
                Err(reply) => return reply,
            };
            let answer = $handler(&pages, &visit).await;
            pages.settle(&visit, answer).await
        }
    };
}

macro_rules! sent {
    ($handler:path) => {
        |State(pages): State<Arc<Pages>>, request: Request| async move {
            let (parts, body) = request.into_parts();
            let mut visit = match pages.visit(&parts) {
                Ok(visit) => visit,
                Err(reply) => return reply,
            };
            let answer = match pages.posted(&visit, &parts, body).await {
                Ok(posted) => match pages.heed(&mut visit, &posted).await {
                    Ok(()) => $handler(&pages, &visit, &posted).await,
                    Err(trouble) => Err(trouble),
                },
                Err(answer) => answer,
            };
            pages.settle(&visit, answer).await
        }
    };
}

/// Every page of ours. One path per screen.
pub fn router(pages: Arc<Pages>) -> Router {
    Router::new()
        .route(paths::SIGN_IN, get(shown!(sign_in::show)).post(sent!(sign_in::send)))
        .route(paths::FACTOR, get(shown!(factor::show_choice)).post(sent!(factor::send_choice)))
        .route(paths::SIGN_IN_CODE, get(shown!(factor::show_code)).post(sent!(factor::send_code)))
        .route(paths::PSC_START, post(sent!(provider::start)))
        .route(paths::PROVIDER_CALLBACK, get(shown!(provider::callback)))
        .route(paths::BACK_CHANNEL_LOGOUT, post(back_channel::logout))
        .route(paths::CIBA, get(shown!(ciba::show)).post(sent!(ciba::send)))
        .route(paths::CIBA_WAITING, get(shown!(ciba::waiting::show)).post(sent!(ciba::waiting::send)))
        .route(paths::RESET, get(shown!(reset::show)).post(sent!(reset::send)))
        .route(paths::RESET_CODE, get(shown!(reset::show_code)).post(sent!(reset::send_code)))
        .route(paths::RESET_SMS, get(shown!(reset::show_sms)).post(sent!(reset::send_code)))
        .route(paths::RESET_NEW, get(shown!(reset::show_new)).post(sent!(reset::send_new)))
        .route(paths::ACTIVATION, get(shown!(activation::index)))
        .route(paths::INFORMATION, get(shown!(activation::show_information)).post(sent!(activation::send_information)))
        .route(paths::DETAILS, get(shown!(details::show)).post(sent!(details::send)))
        .route(paths::EMAIL, get(shown!(email::show)).post(sent!(email::send)))
        .route(paths::PASSWORD, get(shown!(password::show)).post(sent!(password::send)))
        .route(paths::PHONE, get(shown!(phone::show)).post(sent!(phone::send)))
        .route(paths::CHANGE_PHONE, get(shown!(phone::show_change)).post(sent!(phone::send_change)))
        .route(paths::ORGANISATION, get(shown!(organisation::show)).post(sent!(organisation::send)))
        .route(paths::BILLING, get(shown!(organisation::show_billing)).post(sent!(organisation::send_billing)))
        .route(paths::FINISHED, get(shown!(finish::show)))
        .route(paths::FREEZE, get(shown!(freeze::show)).post(sent!(freeze::send)))
        .route(paths::PSC_EMAIL, get(shown!(contacts::show_email)).post(sent!(contacts::send_email)))
        .route(paths::PSC_EMAIL_CODE, get(shown!(contact_code::show_email)).post(sent!(contact_code::send_email)))
        .route(paths::PSC_PHONE, get(shown!(contacts::show_phone)).post(sent!(contacts::send_phone)))
        .route(paths::PSC_PHONE_CODE, get(shown!(contact_code::show_phone)).post(sent!(contact_code::send_phone)))
        .route(paths::LINKING, get(shown!(linking::show)).post(sent!(linking::send)))
        .route(paths::LINKING_PROOF, get(shown!(linking::show_proof)).post(sent!(linking::send_proof)))
        .route(paths::LINKING_CODE, get(shown!(linking::show_code)).post(sent!(linking::send_code)))
        .route(paths::PLACE, get(shown!(place::show)).post(sent!(place::send)))
        .route(paths::REMINDER, get(shown!(reminder::show)).post(sent!(reminder::send)))
        .route(paths::TERMS, get(shown!(terms::show)).post(sent!(terms::send)))
        .route(paths::ACCOUNT, get(shown!(account::show)))
        .route(paths::ACCOUNT_SESSIONS, get(shown!(account::sessions::show)).post(sent!(account::sessions::send)))
        .route(paths::ACCOUNT_PASSWORD, get(shown!(account::password::show)).post(sent!(account::password::send)))
        .route(paths::ACCOUNT_RPPS, get(shown!(account::rpps::show)).post(sent!(account::rpps::send)))
        .route(paths::ACCOUNT_PLACE, get(shown!(account::place::show)).post(sent!(account::place::send)))
        .route(
            paths::ACCOUNT_EMAIL,
            get(shown!(account::contacts::show_email)).post(sent!(account::contacts::send_email)),
        )
        .route(
            paths::ACCOUNT_PHONE,
            get(shown!(account::contacts::show_phone)).post(sent!(account::contacts::send_phone)),
        )
        .route(paths::ACCOUNT_LINK, get(shown!(account::linking::show)).post(sent!(account::linking::send)))
        .route(paths::ACCOUNT_UNLINK, get(shown!(account::unlinking::show)).post(sent!(account::unlinking::send)))
        .route(paths::SIGN_OUT, get(shown!(sign_out::show)).post(sent!(sign_out::send)))
        .route(paths::STEP_UP, get(shown!(confirm::show)).post(sent!(confirm::send)))
        .route(paths::HAND_OVER, get(shown!(hand_over::hand_out)))
        .route(paths::HAND_OVER_END, get(shown!(hand_over::take)))
        .route(paths::KEEP, post(sent!(activation::keep)))
        .route(paths::RESUMED, get(shown!(landing::resumed)))
        .route(paths::SESSION_STATE, get(session_state::show))
        .route(paths::KEEP_ALIVE, post(session_state::keep_alive))
        .route(paths::SESSION_SCRIPT, get(session_state::script))
        .route("/_guichet/assets/{name}", get(files::serve))
        .fallback(shown!(refusals::not_found))
        .method_not_allowed_fallback(shown!(refusals::method_not_allowed))
        .with_state(pages)
}

impl Pages {
    fn visit(&self, parts: &Parts) -> Result<Visit, Reply> {
        // Stores that are away were told of by the gateway, which asked them.
        let mut visit = Visit::read(&self.login, parts).ok_or_else(|| self.stores_away("/"))?;
        if visit.flow_cookie.is_none() {
            visit.fresh_cookie = Some(Flow::draw_cookie(&*self.login.entropy));
        }
        match hand_over::leave(self, &visit) {
            Some(reply) => Err(self.with_flow_cookie(&visit, reply)),
            None => Ok(visit),
        }
    }

    async fn posted(&self, visit: &Visit, parts: &Parts, body: axum::body::Body) -> Result<Posted, Answer> {
        if guard::is_cross_site(&parts.headers, self.origin(visit)) {
            return Err(refusals::not_accepted(self, visit));
        }
        let Ok(body) = axum::body::to_bytes(body, posted::LONGEST).await else {
            return Err(Ok(Reply::empty(StatusCode::PAYLOAD_TOO_LARGE)));
        };
        let fields = Fields::parse(&parts.headers, &body).map_err(|status| Ok(Reply::empty(status)))?;
        let cookie = visit.flow_cookie.as_deref();
        let token = guard::judge(&self.login.sealer, cookie, parts.uri.path(), visit.account(), fields.get("token"));
        let cause = match (&token, cookie) {
            (Token::Fits { .. }, _) => None,
            (Token::OtherAccount, _) => Some("other-account"),
            (Token::Stale, Some(_)) => Some("token"),
            (Token::Stale, None) => Some("no-cookie"),
        };
        if let Some(cause) = cause {
            // In the log alone: anybody can send a form that fits nothing, again and again.
            let (fact, form) = (Fact::FormStale.as_str(), parts.uri.path());
            tracing::debug!(request.id = visit.origin.request_id, form, cause, "{fact}");
        }
        Ok(Posted { fields, token })
    }

    /// The page asked for, which a form brings along, is the session's from its first form on. A GET stores nothing.
    async fn heed(&self, visit: &mut Visit, posted: &Posted) -> Result<(), Trouble> {
        visit.asked = SafeReturn::parse(posted.fields.get("return_to"));
        let (Some(asked), Some(signed)) = (&visit.asked, visit.signed()) else { return Ok(()) };
        if posted.fits() && signed.session.return_to.as_deref() != Some(asked.as_str()) {
            let target = asked.as_str().to_owned();
            self.login.sessions.update(signed.key, |session| session.return_to = Some(target.clone())).await?;
        }
        Ok(())
    }

    async fn settle(&self, visit: &Visit, answer: Answer) -> Reply {
        let mut reply = answer.unwrap_or_else(|trouble| error::reply(self, visit, trouble));
        reply = reply.form_action(hand_over::origins(self, visit));
        if visit.method == http::Method::GET {
            reply = reply.carrying(visit.asked.as_ref());
        }
        let told = visit.method == http::Method::GET && reply.status() == StatusCode::OK;
        if let Some(signed) = visit.signed().filter(|signed| told && signed.session.notice.is_some())
            && let Err(error) = self.login.sessions.set_notice(signed.key, None).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "a sentence that was shown may be shown again");
        }
        self.with_flow_cookie(visit, reply)
    }

    fn with_flow_cookie(&self, visit: &Visit, reply: Reply) -> Reply {
        match &visit.fresh_cookie {
            Some(cookie) => reply.cookie(cookies::set(cookies::FLOW, cookie, None)),
            None => reply,
        }
    }

    /// The host on which a request was made.
    fn host<'a>(&'a self, visit: &'a Visit) -> &'a str {
        match &visit.elsewhere {
            Some(elsewhere) => &elsewhere.host,
            None => &self.login.settings.public_url.host,
        }
    }

    /// The origin on which a request was made.
    fn origin<'a>(&'a self, visit: &'a Visit) -> &'a str {
        match &visit.elsewhere {
            Some(elsewhere) => &elsewhere.origin,
            None => &self.login.settings.public_url.origin,
        }
    }

    /// The hidden fields and notices of a page whose form posts to `path`.
    fn page(&self, visit: &Visit, path: &str) -> Page {
        Page { tokens: self.tokens(visit, path, None, ""), ..Page::default() }
    }

    /// Tokens of a form: this browser's cookie, this tab's flow, this path, this person.
    fn tokens(&self, visit: &Visit, path: &str, flow: Option<&str>, seen: &str) -> Tokens {
        let cookie = visit.cookie();
        // Drawn for a form that came without our cookie: the next one without it tells that the browser keeps none (7.3).
        let cookieless = visit.method == http::Method::POST && visit.flow_cookie.is_none();
        let seen = if cookieless && seen.is_empty() { guard::COOKIELESS } else { seen };
        Tokens {
            flow: flow.map_or_else(|| Flow::draw_id(&*self.login.entropy), str::to_owned),
            token: guard::token(&self.login.sealer, cookie, path, visit.account(), seen),
            return_to: None,
            need: None,
        }
    }

    /// Tokens of a screen of one tab's sign-in, on the way to the page asked for.
    fn tokens_of_tab(&self, visit: &Visit, path: &str, flow: &Flow) -> Tokens {
        let return_to = visit.asked.as_ref().map(|asked| asked.as_str().to_owned());
        Tokens { return_to, ..self.tokens(visit, path, Some(flow.id()), "") }
    }

    /// Tokens of the providers' buttons, where any is configured.
    fn psc_tokens(&self, visit: &Visit, return_to: Option<&str>) -> Option<Tokens> {
        let configured = !self.login.providers.all().is_empty();
        let tokens = self.tokens(visit, paths::PSC_START, None, "");
        configured.then(|| Tokens { return_to: return_to.map(str::to_owned), ..tokens })
    }

    /// Providers that people may sign in with now.
    fn provider_names(&self) -> Vec<String> {
        self.login.providers.all().iter().map(|provider| provider.name().to_owned()).collect()
    }

    /// What to say of a form whose token does not fit: without our cookie the first time it may be gone, the second time it is refused.
    fn stale_line(&self, visit: &Visit, posted: &Posted, first: &str) -> String {
        if visit.flow_cookie.is_none() && posted.fields.get("token").ends_with(guard::COOKIELESS) {
            return sentences::trouble::cookies_refused(self.host(visit));
        }
        first.to_owned()
    }

    /// The tab a form or query names, in this browser.
    fn flow(&self, visit: &Visit, id: &str) -> Option<Flow> {
        Flow::new(&self.login.sealer, visit.flow_cookie.as_deref()?, id)
    }

    /// A drawn page; its forms may lead to the identity providers, for their button and for sign-out (decision 21).
    fn html(&self, status: StatusCode, drawn: Rendered) -> Answer {
        let providers = self.login.providers.all();
        let origins = providers.iter().flat_map(|provider| provider.form_action_origins());
        Ok(Reply::page(status, drawn?).form_action(origins))
    }

    /// The brand's names, for sentences.
    fn brand(&self) -> &crate::config::settings::Brand {
        &self.login.settings.brand
    }

    /// A page for the request's own reference.
    fn stores_away(&self, again: &str) -> Reply {
        let page = Page::default();
        match self.views.away(&page, view::Away::Stores, again) {
            Ok(html) => Reply::page(StatusCode::SERVICE_UNAVAILABLE, html).retry_after(60),
            Err(error) => error.into(),
        }
    }
}
