//! The pages as the gateway calls them: a service for `/_guichet/…`, and the pages of its refusals.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::IntoResponse as _;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use moka::sync::Cache;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use crate::gateway::{Body, Denial, ForbiddenCause, OwnPages, PageContext, PageKind, Pages as RefusalPages, body};
use crate::notify::french::hour;
use crate::observe::audit::Origin;
use crate::observe::{ClientAddr, Fact, RequestId};
use crate::pages::view::{Away, NoAccess, Page};
use crate::pages::visit::Arrival;
use crate::pages::{Pages, Reply, router};

/// Our pages as the gateway's service.
#[must_use]
pub fn service(pages: Arc<Pages>) -> OwnPages {
    let router = router(pages);
    BoxCloneSyncService::new(tower::service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let (mut parts, incoming) = request.into_parts();
            let arrival = Arrival {
                client: parts.extensions.get::<ClientAddr>().map(|client| client.0),
                request_id: parts.extensions.get::<RequestId>().map(RequestId::to_string).unwrap_or_default(),
            };
            parts.extensions.insert(arrival);
            let request = Request::from_parts(parts, axum::body::Body::new(incoming));
            let response = router.oneshot(request).await;
            Ok::<_, Infallible>(response.unwrap_or_else(|never| match never {}).map(body::boxed))
        }
    }))
}

/// Pages of the gateway's own refusals; they need no store and no upstream.
#[derive(Debug)]
pub struct GatePages {
    pages: Arc<Pages>,
    told: Cache<(String, String, i64), ()>,
}

/// Denials remembered as told; beyond, the oldest minute's are forgotten, and one may be told twice.
const TOLD: u64 = 20_000;

impl GatePages {
    /// The pages of `pages`, and denials kept in its directory.
    #[must_use]
    pub fn new(pages: Arc<Pages>) -> Self {
        Self { pages, told: Cache::new(TOLD) }
    }
}

impl RefusalPages for GatePages {
    fn page(&self, kind: PageKind, context: &PageContext<'_>) -> Response<Body> {
        let views = &self.pages.views;
        let page = Page::default();
        let reference: String = context.request_id.to_string().chars().take(8).collect();
        let again = if *context.method == Method::GET { context.target } else { "/" };
        let home = context.target != "/";
        let (status, drawn) = match kind {
            PageKind::NotFound => (StatusCode::NOT_FOUND, views.not_found(&page)),
            PageKind::UnknownHost => (StatusCode::MISDIRECTED_REQUEST, views.not_served(&page)),
            PageKind::Forbidden(cause) => {
                let why = match cause {
                    ForbiddenCause::Profession => context.profession.map_or(NoAccess::Other, NoAccess::Profession),
                    ForbiddenCause::IdentityProvider => NoAccess::Provider { target: context.target },
                    ForbiddenCause::ClientCertificate => NoAccess::Certificate,
                    ForbiddenCause::ClientAddress => NoAccess::Network,
                    ForbiddenCause::Other => NoAccess::Other,
                };
                (StatusCode::FORBIDDEN, views.no_access(&page, why, home, &reference))
            }
            PageKind::Suspended => (StatusCode::FORBIDDEN, views.suspended(&page)),
            PageKind::Frozen => (StatusCode::FORBIDDEN, views.frozen(&page)),
            PageKind::NotAccepted => (StatusCode::FORBIDDEN, views.not_accepted(&page)),
            PageKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, views.away(&page, Away::Stores, again)),
            PageKind::Maintenance { until } => {
                let until = until.map(hour);
                let what = Away::Maintenance { until: until.as_deref() };
                (StatusCode::SERVICE_UNAVAILABLE, views.away(&page, what, again))
            }
            PageKind::UpstreamAway => {
                (StatusCode::BAD_GATEWAY, views.away(&page, Away::Upstream { reference: &reference }, again))
            }
            PageKind::UpstreamSilent => {
                (StatusCode::GATEWAY_TIMEOUT, views.away(&page, Away::Upstream { reference: &reference }, again))
            }
        };
        let reply = match drawn {
            Ok(html) => Reply::page(status, html),
            Err(error) => error.into(),
        };
        reply.into_response().map(body::boxed)
    }

    /// One line a session, route and minute: whoever asks again and again fills no disk.
    fn denied(&self, denial: &Denial<'_>) {
        let login = Arc::clone(&self.pages.login);
        let now = login.now();
        let key = (denial.session.sid.clone(), denial.route.to_owned(), now.as_second() / 60);
        if !self.told.entry(key).or_insert(()).is_fresh() {
            return;
        }
        let origin = Origin {
            client: Some(denial.client),
            device: Some(denial.session.device.clone()),
            sid: Some(denial.session.sid.clone()),
            request_id: Some(denial.request_id.to_string()),
        };
        let event = origin.event(now, Fact::AccessRefused, Some(denial.session.account));
        let event = event.with("route", denial.route).with("cause", denial.cause);
        // The answer waits for no disk.
        tokio::spawn(async move {
            if let Err(error) = login.directory.record(&[event]).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a denial could not be kept in the audit log");
            }
        });
    }
}
