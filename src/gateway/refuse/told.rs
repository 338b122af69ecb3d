//! What is said for each cause: status, kind, reason and words; where a person can go on, or which page they see.

use http::StatusCode;

use crate::config::settings::Methods;
use crate::gateway::policy::Refusal;
use crate::session::proof::Lacking;
use crate::session::{EndCause, Need};

use super::{Cause, ForbiddenCause, PageKind, STEP_UP};

/// What is told for a cause.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    pub(super) reason: &'static str,
    pub(super) go_to: Option<&'static str>,
    pub(super) page: Option<PageKind>,
    pub(super) clear: bool,
    pub(super) retry: Option<u32>,
    pub(super) close: bool,
    pub(super) allow: Option<Methods>,
    pub(super) need: Option<Need>,
}

impl Told {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, reason: &'static str) -> Self {
        Self {
            status,
            kind,
            title,
            reason,
            go_to: None,
            page: None,
            clear: false,
            retry: None,
            close: false,
            allow: None,
            need: None,
        }
    }

    fn go_to(self, path: &'static str) -> Self {
        Self { go_to: Some(path), ..self }
    }

    fn page(self, kind: PageKind) -> Self {
        Self { page: Some(kind), ..self }
    }

    fn later(self) -> Self {
        Self { retry: Some(60), ..self }
    }

    fn closing(self) -> Self {
        Self { close: true, ..self }
    }
}

/// A short name for logs and `reason`.
#[must_use]
pub fn reason(cause: Cause) -> &'static str {
    told(cause).reason
}

/// Whether a person is sent where they can go on, so that it is no denial.
#[must_use]
pub fn leads_on(cause: Cause, navigation: bool) -> bool {
    navigation && told(cause).go_to.is_some()
}

/// Status, words and the way on, for each cause.
pub(super) fn told(cause: Cause) -> Told {
    let problem = |status, kind, title| Told::new(status, kind, title, kind);
    match cause {
        Cause::Policy(refusal) => refusal_told(refusal),
        Cause::Malformed(fault) => problem(fault.status(), "malformed", "La requête n'est pas comprise.").closing(),
        Cause::Ambiguous => problem(StatusCode::BAD_REQUEST, "malformed", "La requête n'est pas comprise.").closing(),
        Cause::NotFound => {
            problem(StatusCode::NOT_FOUND, "not-found", "Cette page n'existe pas.").page(PageKind::NotFound)
        }
        Cause::UnknownHost => {
            problem(StatusCode::MISDIRECTED_REQUEST, "unknown-host", "Cette adresse n'est pas servie ici.")
                .page(PageKind::UnknownHost)
        }
        Cause::Misdirected => {
            problem(StatusCode::MISDIRECTED_REQUEST, "misdirected", "Cette adresse demande une autre connexion.")
                .page(PageKind::UnknownHost)
        }
        Cause::TooMany => problem(StatusCode::TOO_MANY_REQUESTS, "too-many", "Trop de demandes en même temps.").later(),
        Cause::ServiceWorker => forbidden("service-worker").page(PageKind::NotAccepted),
        Cause::ForeignOrigin => forbidden("foreign-origin").page(PageKind::NotAccepted),
        Cause::Cors => forbidden("cors"),
        Cause::Method => method_told(Methods::READING),
        // A page that only takes forms is none to whoever opens it.
        Cause::RouteMethod(methods) => method_told(methods).page(PageKind::NotFound),
        Cause::Stranger => problem(
            StatusCode::UNAUTHORIZED,
            "forward-auth-secret",
            "Le secret de X-Guichet-Forward-Auth est absent ou faux.",
        ),
        Cause::Question => problem(StatusCode::BAD_REQUEST, "malformed", "La requête n'est pas comprise."),
        Cause::OwnPage => forbidden("own-page").page(PageKind::NotAccepted),
        Cause::TooLarge => {
            problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "L'envoi est trop volumineux.").closing()
        }
        Cause::ClientSilent => problem(StatusCode::REQUEST_TIMEOUT, "timeout", "L'envoi s'est interrompu.").closing(),
        Cause::UpstreamAway => {
            problem(StatusCode::BAD_GATEWAY, "upstream-away", "Le service ne répond pas.").page(PageKind::UpstreamAway)
        }
        Cause::UpstreamSilent => problem(StatusCode::GATEWAY_TIMEOUT, "upstream-silent", "Le service ne répond pas.")
            .page(PageKind::UpstreamSilent),
        Cause::Broken => problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Service momentanément indisponible.")
            .page(PageKind::Unavailable)
            .later(),
    }
}

fn method_told(methods: Methods) -> Told {
    let told = Told::new(StatusCode::METHOD_NOT_ALLOWED, "method", "Cette méthode n'est pas permise ici.", "method");
    Told { allow: Some(methods), ..told }
}

fn refusal_told(refusal: Refusal) -> Told {
    let signed_out = |kind, reason| {
        Told::new(StatusCode::UNAUTHORIZED, kind, "Connectez-vous pour continuer.", reason).go_to("/_guichet/connexion")
    };
    let pending = |reason, path| {
        Told::new(StatusCode::FORBIDDEN, "activation-required", "L'activation du compte n'est pas terminée.", reason)
            .go_to(path)
    };
    match refusal {
        Refusal::SignedOut(None) => signed_out("signed-out", "signed-out"),
        Refusal::SignedOut(Some(cause)) => match cause {
            EndCause::Idle => signed_out("session-expired", "idle"),
            EndCause::Absolute => signed_out("session-expired", "absolute"),
            EndCause::SignedOut => signed_out("signed-out", "signed-out"),
            EndCause::Revoked => signed_out("revoked", "revoked"),
            EndCause::Provider => signed_out("session-expired", "provider"),
            EndCause::Renewed => signed_out("session-expired", "renewed"),
        },
        Refusal::Malformed => Told { clear: true, ..signed_out("signed-out", "malformed-cookie") },
        Refusal::ActivationPending => pending("activation", "/_guichet/activation"),
        Refusal::TermsPending => pending("terms", "/_guichet/conditions"),
        Refusal::EmailNeeded => pending("verified-email", "/_guichet/activation/psc/email"),
        Refusal::PhoneNeeded => pending("verified-phone", "/_guichet/activation/psc/telephone"),
        Refusal::StepUp(what, need) => {
            let title = "Cette page demande de confirmer votre identité.";
            let told = Told::new(StatusCode::FORBIDDEN, "step-up-required", title, lacking(what));
            // A confirmation by the provider alone needs no word more, where the person did not come by it.
            let plain = what == Lacking::IdentityProvider && need == Need::PROVIDER;
            Told { need: (!plain).then_some(need), ..told.go_to(STEP_UP) }
        }
        Refusal::Insufficient { what, provider } => {
            let cause = if provider { ForbiddenCause::IdentityProvider } else { ForbiddenCause::Other };
            forbidden(lacking(what)).page(PageKind::Forbidden(cause))
        }
        Refusal::Profession => forbidden("profession").page(PageKind::Forbidden(ForbiddenCause::Profession)),
        Refusal::ClientCertificate => {
            forbidden("client-certificate").page(PageKind::Forbidden(ForbiddenCause::ClientCertificate))
        }
        Refusal::ClientAddress => forbidden("client-address").page(PageKind::Forbidden(ForbiddenCause::ClientAddress)),
        Refusal::Maintenance { until, retry } => {
            let title = "Service en maintenance.";
            let told = Told::new(StatusCode::SERVICE_UNAVAILABLE, "maintenance", title, "maintenance");
            Told { retry: Some(retry), ..told.page(PageKind::Maintenance { until }) }
        }
        Refusal::Suspended => forbidden("suspended").page(PageKind::Suspended),
        Refusal::Frozen => forbidden("frozen").page(PageKind::Frozen),
        Refusal::Away => Told::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Service momentanément indisponible.",
            "stores-away",
        )
        .page(PageKind::Unavailable)
        .later(),
    }
}

fn lacking(what: Lacking) -> &'static str {
    match what {
        Lacking::IdentityProvider => "identity-provider",
        Lacking::Acr => "acr",
        Lacking::Amr => "amr",
        Lacking::MaxAge => "max-age",
    }
}

fn forbidden(reason: &'static str) -> Told {
    Told::new(StatusCode::FORBIDDEN, "forbidden", "Accès refusé.", reason)
}
