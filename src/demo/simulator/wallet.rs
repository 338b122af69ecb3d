//! The pages people see: choice of means, e-CPS with its two-digit code, card, and the ways back to the client.
//!
//! Each sign-in has one address, `/connexion/{attempt}`, which shows where it stands; each act is a POST below it that leads back there.

mod acts;

use axum::extract::{Path, Query, RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use minijinja::context;
use serde::Deserialize;

use super::fault::Fault;
use super::ledger::{CardProblem, Stage};
use super::page::{Notice, see_other};
use super::request::{self, Authorization, Prompt, Refusal, with_parameters};
use super::{SESSION_COOKIE, Shared, Simulator, cookie, professionals};
use crate::entropy::Draw as _;

pub(super) use acts::act;

/// `GET /`: nobody has to be here.
pub(super) async fn home(State(simulator): State<Shared>) -> Response {
    simulator.pages.notice(
        StatusCode::OK,
        &Notice {
            title: "Simulateur de Pro Santé Connect",
            paragraphs: &[
                "Ouvrez votre portail et choisissez « S'identifier avec Pro Santé Connect ».",
                "Les demandes envoyées sans navigateur (CIBA) attendent sous /application ; les pannes s'allument sous /controle.",
            ],
            buttons: &[],
        },
    )
}

/// `GET /auth`: the authorization endpoint.
pub(super) async fn authorize(
    State(simulator): State<Shared>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let request = match request::read(
        query.as_deref().unwrap_or_default(),
        &simulator.settings.clients,
        &simulator.settings.levels,
    ) {
        Ok(request) => request,
        Err(Refusal::Page(reason)) => {
            let notice = Notice { title: "Nous sommes désolés…", paragraphs: &[reason], buttons: &[] };
            return simulator.pages.notice(StatusCode::BAD_REQUEST, &notice);
        }
        Err(Refusal::Redirect { redirect_uri, state, error, description }) => {
            return back_with_error(&simulator, &redirect_uri, &state, error, description);
        }
    };
    let now = simulator.now();
    let session =
        cookie(&headers, SESSION_COOKIE).and_then(|cookie| simulator.ledger().session_for(&cookie, &request, now));
    match (session, request.prompt) {
        (Some(sid), _) => {
            let fault = simulator.switches().sign_in;
            match fault.callback_error() {
                Some(error) => back_with_error(&simulator, &request.redirect_uri, &request.state, error, "simulated"),
                None => back_with_code(&simulator, &sid, request, fault),
            }
        }
        (None, Prompt::None) => {
            back_with_error(&simulator, &request.redirect_uri, &request.state, "login_required", "no session")
        }
        (None, Prompt::AsNeeded | Prompt::Login) => {
            let attempt = simulator.entropy.token::<16>();
            let address = format!("/connexion/{attempt}");
            simulator.ledger().open_attempt(attempt, request, now);
            see_other(&address)
        }
    }
}

/// Which tab is open.
#[derive(Debug, Deserialize)]
pub(super) struct Tab {
    moyen: Option<String>,
}

/// `GET /connexion/{attempt}`: where this sign-in stands.
pub(super) async fn show(State(simulator): State<Shared>, Path(id): Path<String>, Query(tab): Query<Tab>) -> Response {
    let Some(attempt) = simulator.ledger().attempt(&id).cloned() else { return unknown_attempt(&simulator) };
    let now = simulator.now();
    let pages = &simulator.pages;
    if attempt.expires_at <= now {
        return expired(&simulator, &id, &["Cette page est restée ouverte trop longtemps."]);
    }
    match attempt.stage {
        Stage::Choosing => pages.render(
            StatusCode::OK,
            "choice",
            context! {
                title => "Connectez-vous",
                id,
                card => tab.moyen.as_deref() == Some("carte"),
                people => professionals().iter().map(|person| context! {
                    key => person.key,
                    name => person.full_name(),
                    profession => person.profession,
                    remark => person.remark,
                }).collect::<Vec<_>>(),
                faults => Fault::menu().map(|(name, label)| context! { name, label }).collect::<Vec<_>>(),
                control => simulator.settings.control,
            },
        ),
        Stage::Push { expires_at, .. } if expires_at <= now => {
            expired(&simulator, &id, &["Vous n'avez pas validé la demande sur votre téléphone dans le temps prévu."])
        }
        Stage::Push { professional, shown, offered, expires_at } => pages.render(
            StatusCode::OK,
            "push",
            context! {
                title => "Authentification",
                id,
                name => professional.full_name(),
                shown => two_digits(shown),
                offered => offered.map(two_digits),
                seconds => expires_at.duration_since(now).as_secs().max(1),
            },
        ),
        Stage::PushRefused { .. } => pages.notice(
            StatusCode::OK,
            &Notice {
                title: "Échec de l'authentification",
                paragraphs: &[
                    "Le code choisi sur le téléphone n'est pas celui affiché à l'écran.",
                    "Vous pouvez recommencer avec un nouveau code, ou quitter l'authentification.",
                ],
                buttons: &[
                    (format!("/connexion/{id}/recommencer"), "Recommencer"),
                    (format!("/connexion/{id}/quitter"), "Quitter l'authentification"),
                ],
            },
        ),
        Stage::Card { tries_left: 0, .. } => pages.notice(
            StatusCode::OK,
            &Notice {
                title: "Carte bloquée",
                paragraphs: &["Le code porteur a été refusé trois fois. Une vraie carte serait maintenant bloquée."],
                buttons: &[
                    (format!("/connexion/{id}/choisir"), "Choisir un autre moyen"),
                    (format!("/connexion/{id}/quitter"), "Quitter l'authentification"),
                ],
            },
        ),
        Stage::Card { professional, tries_left, problem } => pages.render(
            StatusCode::OK,
            "card",
            context! {
                title => "Insérez votre carte",
                id,
                name => professional.full_name(),
                problem => problem.map(|problem| card_sentence(problem, tries_left)),
            },
        ),
    }
}

fn back_with_code(simulator: &Simulator, sid: &str, request: Authorization, fault: Fault) -> Response {
    let code = format!("{}.{sid}", simulator.entropy.token::<32>());
    let state = if fault == Fault::EmptyState { String::new() } else { request.state.clone() };
    let issuer = match fault == Fault::WrongIssuerOnReturn {
        true => "https://autre-emetteur.example/auth/realms/esante-wallet",
        false => &simulator.settings.issuer,
    };
    let mut parameters = vec![("state", state.as_str()), ("session_state", sid), ("code", &code)];
    if simulator.switches().iss_on_callback || fault == Fault::WrongIssuerOnReturn {
        parameters.push(("iss", issuer));
    }
    let address = with_parameters(&request.redirect_uri, &parameters);
    simulator.ledger().issue_code(code, sid.to_owned(), request, fault, simulator.now());
    see_other(&address.unwrap_or_default())
}

fn back_with_error(simulator: &Simulator, redirect_uri: &str, state: &str, error: &str, description: &str) -> Response {
    let mut parameters = vec![("error", error), ("error_description", description)];
    if simulator.switches().iss_on_callback {
        parameters.push(("iss", &simulator.settings.issuer));
    }
    if !state.is_empty() {
        parameters.push(("state", state));
    }
    see_other(&with_parameters(redirect_uri, &parameters).unwrap_or_default())
}

fn unknown_attempt(simulator: &Simulator) -> Response {
    simulator.pages.notice(
        StatusCode::NOT_FOUND,
        &Notice {
            title: "Cette page n'est plus valable",
            paragraphs: &["Cette authentification est terminée. Retournez au portail pour recommencer."],
            buttons: &[],
        },
    )
}

fn expired(simulator: &Simulator, id: &str, paragraphs: &[&str]) -> Response {
    simulator.pages.notice(
        StatusCode::OK,
        &Notice {
            title: "Votre demande d'authentification a expiré",
            paragraphs,
            buttons: &[(format!("/connexion/{id}/continuer"), "Retourner au service")],
        },
    )
}

fn card_sentence(problem: CardProblem, tries_left: u8) -> String {
    match problem {
        CardProblem::Malformed => "Le code porteur compte quatre chiffres.".to_owned(),
        CardProblem::Wrong if tries_left == 1 => "Code porteur incorrect. Il vous reste un seul essai.".to_owned(),
        CardProblem::Wrong => format!("Code porteur incorrect. Il vous reste {tries_left} essais."),
    }
}

fn two_digits(number: u8) -> String {
    format!("{number:02}")
}
