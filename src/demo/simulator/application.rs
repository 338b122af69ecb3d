//! The application of a person: the decoupled sign-ins that wait for an answer, each with the two digits that the service shows.

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use minijinja::context;

use super::ciba::give_answer;
use super::ledger::{CibaRequest, Means};
use super::page::{Notice, see_other};
use super::people::professionals;
use super::professional::Professional;
use super::{Shared, Simulator};

/// `GET /application`: whose application is opened.
pub(super) async fn everybody(State(simulator): State<Shared>) -> Response {
    let waiting = simulator.ledger().waiting_ciba(simulator.now());
    let people: Vec<_> = professionals()
        .iter()
        .map(|person| {
            let count = waiting.iter().filter(|request| request.professional.key == person.key).count();
            context! { key => person.key, name => person.full_name(), profession => person.profession, count }
        })
        .collect();
    simulator.pages.render(StatusCode::OK, "everybody", context! { title => "Applications e-CPS simulées", people })
}

/// `GET /application/{person}`: what waits for an answer.
pub(super) async fn show(State(simulator): State<Shared>, Path(key): Path<String>) -> Response {
    let Some(person) = person_of(&key) else { return nobody(&simulator) };
    let now = simulator.now();
    let requests: Vec<_> = simulator
        .ledger()
        .waiting_ciba(now)
        .into_iter()
        .filter(|request| request.professional.key == person.key)
        .map(|request: CibaRequest| {
            context! {
                name => request.name,
                service => request.client_id,
                digits => request.binding_message,
                card => request.means == Means::Card,
                seconds => request.expires_at.duration_since(now).as_secs().max(1),
            }
        })
        .collect();
    let title = "Demandes de connexion";
    simulator.pages.render(
        StatusCode::OK,
        "application",
        context! { title, key => person.key, person => person.full_name(), requests },
    )
}

/// `POST /application/{person}/{request}/{accepter|refuser}`
pub(super) async fn answer(
    State(simulator): State<Shared>,
    Path((key, request, answer)): Path<(String, String, String)>,
) -> Response {
    let Some(person) = person_of(&key) else { return nobody(&simulator) };
    let theirs = simulator
        .ledger()
        .waiting_ciba(simulator.now())
        .iter()
        .any(|waiting| waiting.name == request && waiting.professional.key == person.key);
    let accepted = match answer.as_str() {
        "accepter" => true,
        "refuser" => false,
        _ => return nobody(&simulator),
    };
    if !theirs || give_answer(&simulator, &request, accepted).is_none() {
        let notice = Notice {
            title: "Cette demande n'est plus valable",
            paragraphs: &["Elle a expiré, ou une réponse lui a déjà été donnée."],
            buttons: &[],
        };
        return simulator.pages.notice(StatusCode::GONE, &notice);
    }
    see_other(&format!("/application/{key}"))
}

fn person_of(key: &str) -> Option<&'static Professional> {
    professionals().iter().find(|person| person.key == key)
}

fn nobody(simulator: &Simulator) -> Response {
    let paragraphs = &["Aucun professionnel du simulateur ne correspond à cette adresse."];
    simulator.pages.notice(StatusCode::NOT_FOUND, &Notice { title: "Page introuvable", paragraphs, buttons: &[] })
}
