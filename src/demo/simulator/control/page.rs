//! The control page: the same switches as the API, in forms that need no script.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use minijinja::context;
use minijinja::value::Serde;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::super::fault::Fault;
use super::super::page::{Notice, see_other};
use super::super::people::professionals;
use super::super::switches::{Endpoint, Failure, LONGEST_DELAY};
use super::super::{Shared, Simulator, locked};
use crate::config::psc_simulator::Level;
use crate::entropy::Draw as _;

/// `GET /controle`
pub(in super::super) async fn show(State(simulator): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let switches = simulator.switches();
    let calls = locked(&simulator.calls).clone();
    let endpoints: Vec<_> = Endpoint::ALL
        .iter()
        .map(|endpoint| {
            let trouble = switches.trouble(*endpoint);
            let calls = calls.get(endpoint).copied().unwrap_or_default();
            context! { name => word(endpoint), delay => trouble.delay_ms, failure => word(&trouble.failure), calls }
        })
        .collect();
    let now = simulator.now();
    let sessions: Vec<_> = simulator
        .ledger()
        .live_sessions(now)
        .iter()
        .map(|session| {
            let clients: Vec<&str> = session.clients.iter().map(String::as_str).collect();
            context! {
                sid => session.sid.clone(),
                name => session.professional.full_name(),
                clients => clients.join(", "),
            }
        })
        .collect();
    let deliveries: Vec<_> = locked(&simulator.deliveries)
        .iter()
        .rev()
        .take(5)
        .map(|delivery| {
            let came = delivery.status.map(|status| status.to_string()).or_else(|| delivery.error.clone());
            context! { client => delivery.client_id.clone(), came }
        })
        .collect();
    let people: Vec<_> = professionals()
        .iter()
        .map(|person| {
            let sub = switches.subjects.get(person.key).map_or(person.sub, String::as_str);
            let changed = switches.subjects.contains_key(person.key);
            context! { key => person.key, name => person.full_name(), sub, changed }
        })
        .collect();
    simulator.pages.render(
        StatusCode::OK,
        "control",
        context! {
            title => "Pannes et réglages",
            done => query.as_deref() == Some("fait"),
            endpoints, sessions, deliveries, people,
            failures => Failure::ALL.iter().map(|failure| (word(failure), failure_label(*failure))).collect::<Vec<_>>(),
            faults => Fault::menu().collect::<Vec<_>>(),
            levels => Level::ALL.map(Level::name),
            longest_delay => LONGEST_DELAY,
            kid => simulator.keyring().active_id(),
            s => Serde(&switches),
        },
    )
}

/// `POST /controle/{act}`
pub(in super::super) async fn act(State(simulator): State<Shared>, Path(act): Path<String>, body: String) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let done = match act.as_str() {
        "reglages" => super::change(&simulator, &patch(&simulator, &form)).map(drop),
        "remise-a-zero" => {
            super::reset(&simulator);
            Ok(())
        }
        "cle" => {
            let keep_former = field("anciennes") != Some("retirer");
            super::rotate(&simulator, keep_former).map(drop).map_err(|fault| fault.to_string())
        }
        "sub" => {
            let sub = match field("sub") {
                Some("d'origine") => Value::Null,
                _ => simulator.entropy.uuid(simulator.now()).to_string().into(),
            };
            super::change(&simulator, &json!({ "subjects": { field("professionnel").unwrap_or_default(): sub } }))
                .map(drop)
        }
        "session" => {
            let ends = field("effet") != Some("prevenir");
            super::sign_out(&simulator, field("sid").unwrap_or_default(), ends).await;
            Ok(())
        }
        _ => Err("Cette action n'existe pas.".to_owned()),
    };
    match done {
        Ok(()) => see_other("/controle?fait"),
        Err(wrong) => {
            let notice = Notice { title: "Rien n'a été changé", paragraphs: &[&wrong], buttons: &[] };
            simulator.pages.notice(StatusCode::BAD_REQUEST, &notice)
        }
    }
}

/// The form as a patch: a field is named by its path (`endpoints.token.failure`) and read as what stands there now.
fn patch(simulator: &Simulator, form: &[(String, String)]) -> Value {
    let now = serde_json::to_value(simulator.switches()).unwrap_or_default();
    let mut patch = Value::Object(Map::new());
    for (path, text) in form {
        let pointer = format!("/{}", path.replace('.', "/"));
        let number = path.ends_with("delay_ms") || now.pointer(&pointer).is_some_and(Value::is_number);
        let value = match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            // What is no number stays a text, and is refused with what is allowed.
            text if number => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
            text => text.into(),
        };
        set(&mut patch, path.split('.'), value);
    }
    patch
}

/// Puts a value at the end of a path, with the objects that lead to it.
fn set<'p>(place: &mut Value, mut path: impl Iterator<Item = &'p str>, value: Value) {
    let Some(step) = path.next() else {
        *place = value;
        return;
    };
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Some(members) = place.as_object_mut() {
        set(members.entry(step.to_owned()).or_insert(Value::Null), path, value);
    }
}

/// The word that stands for it in the API.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn failure_label(failure: Failure) -> &'static str {
    match failure {
        Failure::None => "Aucune panne",
        Failure::Unauthorized => "Réponse 401",
        Failure::InternalError => "Réponse 500",
        Failure::BadGateway => "Réponse 502",
        Failure::Unavailable => "Réponse 503",
        Failure::GatewayTimeout => "Réponse 504",
        Failure::Html => "Page HTML au lieu de la réponse",
        Failure::Redirect => "Redirection vers un autre hôte",
        Failure::Cut => "Connexion coupée au milieu de la réponse",
        Failure::InvalidGrant => "Erreur « invalid_grant »",
        Failure::InvalidClient => "Erreur « invalid_client »",
        Failure::UnauthorizedClient => "Erreur « unauthorized_client »",
    }
}
