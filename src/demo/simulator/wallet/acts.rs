//! What a person does on the page of a sign-in, and what it leads to.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::demo::simulator::fault::Fault;
use crate::demo::simulator::ledger::{Attempt, CardProblem, Means, Stage};
use crate::demo::simulator::logout_token::tell;
use crate::demo::simulator::page::see_other;
use crate::demo::simulator::professional::Professional;
use crate::demo::simulator::{SESSION_COOKIE, Shared, Simulator, cookie, professionals};
use crate::entropy::{Draw as _, Entropy};

use super::{back_with_code, back_with_error, two_digits, unknown_attempt};

/// What any of the forms may send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Typed {
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
pub(in super::super) async fn act(
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
            sign_in(&simulator, attempt, professional, means, &headers).await
        }
    }
}

fn choose(attempt: &mut Attempt, act: &str, typed: &Typed, simulator: &Simulator) -> Outcome {
    let Some(professional) = professionals().iter().find(|person| person.key == typed.professionnel) else {
        return Outcome::Stay;
    };
    let asked = Fault::named(&typed.panne);
    attempt.fault = if asked == Fault::None { simulator.switches().sign_in } else { asked };
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

fn answer_push(attempt: &mut Attempt, code: &str, now: Timestamp) -> Outcome {
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
    Stage::Push { professional, shown, offered, expires_at: simulator.now() + simulator.settings.lifetimes.push }
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

async fn sign_in(
    simulator: &Simulator,
    attempt: Attempt,
    professional: &'static Professional,
    means: Means,
    headers: &HeaderMap,
) -> Response {
    let now = simulator.now();
    let held = cookie(headers, SESSION_COOKIE);
    let again = held.and_then(|held| simulator.ledger().prove_again(&held, professional, means, now));
    if let Some(sid) = again {
        return back_with_code(simulator, &sid, attempt.request, attempt.fault);
    }
    let value = simulator.entropy.token::<32>();
    let sid = simulator.entropy.uuid(now).to_string();
    let ended = {
        let mut ledger = simulator.ledger();
        let former = cookie(headers, SESSION_COOKIE).and_then(|cookie| ledger.sid_of(&cookie));
        let ended = former.and_then(|former| ledger.end_session(&former));
        ledger.open_session(value.clone(), sid.clone(), professional, means, now);
        ended
    };
    if let Some(session) = ended {
        tell(simulator, &session, None).await;
    }
    let mut response = back_with_code(simulator, &sid, attempt.request, attempt.fault);
    if let Ok(cookie) = HeaderValue::from_str(&format!("{SESSION_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax")) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
