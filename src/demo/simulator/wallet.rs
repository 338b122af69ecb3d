//! The pages people see: choice of means, e-CPS with its two-digit code, card, and the ways back to the client.
//!
//! Each sign-in has one address, `/connexion/{attempt}`, which shows where it stands; each act is a POST below it that leads back there.

use axum::Form;
use axum::extract::{Path, Query, RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use minijinja::context;
use serde::Deserialize;

use super::fault::Fault;
use super::ledger::{Attempt, CardProblem, Means, PUSH_LIFE, Stage};
use super::page::{Notice, see_other};
use super::professional::Professional;
use super::request::{self, Authorization, Prompt, Refusal, with_parameters};
use super::{SESSION_COOKIE, Shared, Simulator, cookie, professionals};
use crate::entropy::{Draw as _, Entropy};

/// `GET /`: nobody has to be here.
pub(super) async fn home(State(simulator): State<Shared>) -> Response {
    simulator.pages.notice(
        StatusCode::OK,
        &Notice {
            title: "Simulateur de Pro Santé Connect",
            paragraphs: &["Ouvrez le portail de démonstration et choisissez « S'identifier avec Pro Santé Connect »."],
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
    let request = match request::read(query.as_deref().unwrap_or_default(), &simulator.config) {
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
        (Some(sid), _) => back_with_code(&simulator, &sid, request, Fault::None),
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
                    name => name_of(person),
                    profession => person.profession,
                    remark => person.remark,
                }).collect::<Vec<_>>(),
                faults => Fault::ALL.map(|fault| context! { name => fault.name(), label => fault.label() }),
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
                name => name_of(professional),
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
                name => name_of(professional),
                problem => problem.map(|problem| card_sentence(problem, tries_left)),
            },
        ),
    }
}

/// What any of the forms may send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    professionnel: String,
    panne: String,
    code: String,
    pin: String,
}

/// What an act leads to.
enum Outcome {
    Stay,
    SignIn(&'static Professional, Means),
    Error(&'static str, &'static str),
}

/// `POST /connexion/{attempt}/{act}`
pub(super) async fn act(
    State(simulator): State<Shared>,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Response {
    let now = simulator.now();
    let outcome = {
        let mut ledger = simulator.ledger();
        let Some(attempt) = ledger.attempt(&id) else {
            drop(ledger);
            return unknown_attempt(&simulator);
        };
        let too_late = attempt.expires_at <= now;
        match act.as_str() {
            "quitter" => Outcome::Error("access_denied", "user quit"),
            "continuer" => Outcome::Error("temporarily_unavailable", "authentication_expired"),
            _ if too_late => Outcome::Stay,
            "ecps" | "carte" => choose(attempt, &act, &typed, &simulator),
            "recommencer" => push_again(attempt, &simulator),
            "choisir" => {
                attempt.stage = Stage::Choosing;
                Outcome::Stay
            }
            "telephone" => answer_push(attempt, &typed.code, now),
            "pin" => type_pin(attempt, &typed.pin),
            _ => Outcome::Stay,
        }
    };
    match outcome {
        Outcome::Stay => see_other(&format!("/connexion/{id}")),
        Outcome::Error(error, description) => {
            let Some(attempt) = simulator.ledger().close_attempt(&id) else { return unknown_attempt(&simulator) };
            back_with_error(&simulator, &attempt.request.redirect_uri, &attempt.request.state, error, description)
        }
        Outcome::SignIn(professional, means) => {
            let Some(attempt) = simulator.ledger().close_attempt(&id) else { return unknown_attempt(&simulator) };
            sign_in(&simulator, attempt, professional, means, &headers)
        }
    }
}

fn choose(attempt: &mut Attempt, act: &str, typed: &Typed, simulator: &Simulator) -> Outcome {
    let Some(professional) = professionals().iter().find(|person| person.key == typed.professionnel) else {
        return Outcome::Stay;
    };
    attempt.fault = Fault::named(&typed.panne);
    if let Some(error) = attempt.fault.callback_error() {
        return Outcome::Error(error, "simulated");
    }
    attempt.stage = match act {
        "carte" => Stage::Card { professional, tries_left: 3, problem: None },
        _ => push(professional, simulator),
    };
    Outcome::Stay
}

fn push_again(attempt: &mut Attempt, simulator: &Simulator) -> Outcome {
    match attempt.stage {
        Stage::Push { professional, .. } | Stage::PushRefused { professional } => {
            attempt.stage = push(professional, simulator);
        }
        Stage::Choosing | Stage::Card { .. } => {}
    }
    Outcome::Stay
}

fn answer_push(attempt: &mut Attempt, code: &str, now: crate::clock::Timestamp) -> Outcome {
    match attempt.stage {
        Stage::Push { professional, shown, expires_at, .. } if now < expires_at => {
            if code == two_digits(shown) {
                return Outcome::SignIn(professional, Means::Ecps);
            }
            attempt.stage = Stage::PushRefused { professional };
            Outcome::Stay
        }
        Stage::Push { .. } | Stage::PushRefused { .. } | Stage::Choosing | Stage::Card { .. } => Outcome::Stay,
    }
}

fn type_pin(attempt: &mut Attempt, pin: &str) -> Outcome {
    match &mut attempt.stage {
        Stage::Card { professional, tries_left, problem } if *tries_left > 0 => {
            if pin.len() != 4 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
                *problem = Some(CardProblem::Malformed);
                return Outcome::Stay;
            }
            if pin != "0000" {
                return Outcome::SignIn(professional, Means::Card);
            }
            *tries_left -= 1;
            *problem = Some(CardProblem::Wrong);
            Outcome::Stay
        }
        Stage::Card { .. } | Stage::Push { .. } | Stage::PushRefused { .. } | Stage::Choosing => Outcome::Stay,
    }
}

fn push(professional: &'static Professional, simulator: &Simulator) -> Stage {
    let entropy = simulator.entropy.as_ref();
    let shown = number(entropy);
    let mut offered = [shown; 3];
    // Two others that differ from it and from each other, then the place of the right one.
    let step = 1 + number(entropy) % 33;
    for (place, slot) in (0_u8..).zip(offered.iter_mut()) {
        *slot = (shown + place * step) % 100;
    }
    offered.rotate_right(usize::from(number(entropy) % 3));
    Stage::Push { professional, shown, offered, expires_at: simulator.now() + PUSH_LIFE }
}

/// A number from 0 to 98, uniform, so that it divides into three equal parts.
fn number(entropy: &dyn Entropy) -> u8 {
    loop {
        let [drawn] = entropy.bytes::<1>();
        if drawn < 198 {
            return drawn % 99;
        }
    }
}

fn sign_in(
    simulator: &Simulator,
    attempt: Attempt,
    professional: &'static Professional,
    means: Means,
    headers: &HeaderMap,
) -> Response {
    let now = simulator.now();
    let value = simulator.entropy.token::<32>();
    let sid = simulator.entropy.uuid(now).to_string();
    {
        let mut ledger = simulator.ledger();
        if let Some(former) = cookie(headers, SESSION_COOKIE).and_then(|cookie| ledger.sid_of(&cookie)) {
            ledger.end_session(&former);
        }
        ledger.open_session(value.clone(), sid.clone(), professional, means, now);
    }
    let mut response = back_with_code(simulator, &sid, attempt.request, attempt.fault);
    if let Ok(cookie) = HeaderValue::from_str(&format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax")) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn back_with_code(simulator: &Simulator, sid: &str, request: Authorization, fault: Fault) -> Response {
    let code = format!("{}.{sid}", simulator.entropy.token::<32>());
    let state = if fault == Fault::EmptyState { String::new() } else { request.state.clone() };
    let issuer = match fault {
        Fault::WrongIssuerOnReturn => "https://autre-emetteur.example/auth/realms/esante-wallet",
        Fault::None
        | Fault::ServerError
        | Fault::TemporarilyUnavailable
        | Fault::InvalidScope
        | Fault::SlowToken
        | Fault::TokenBroken
        | Fault::UserinfoBroken
        | Fault::OtherSubject
        | Fault::WrongNonce
        | Fault::WrongIssuer
        | Fault::EmptyState => &simulator.config.issuer,
    };
    let address = with_parameters(
        &request.redirect_uri,
        &[("state", state.as_str()), ("session_state", sid), ("iss", issuer), ("code", &code)],
    );
    simulator.ledger().issue_code(code, sid.to_owned(), request, fault, simulator.now());
    see_other(&address.unwrap_or_default())
}

fn back_with_error(simulator: &Simulator, redirect_uri: &str, state: &str, error: &str, description: &str) -> Response {
    let mut parameters = vec![("error", error), ("error_description", description), ("iss", &simulator.config.issuer)];
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

fn name_of(person: &Professional) -> String {
    format!("{} {}", person.given_name, person.family_name)
}

fn two_digits(number: u8) -> String {
    format!("{number:02}")
}
