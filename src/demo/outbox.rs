//! The outbox page: what would have been sent, for a person (HTML) and for a program (JSON). It only reads.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use jiff::Timestamp;
use minijinja::value::Serde;
use serde::Serialize;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `email` or `sms`.
    pub channel: String,
    /// Address or number.
    pub to: String,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// Six digits, when the message brings a code.
    pub code: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}

/// Where the messages are read; `app` hands the outbox over (decisions 44).
pub trait OutboxReader: Send + Sync {
    /// What was sent, newest first.
    fn entries(&self) -> Vec<Entry>;
}

/// The page at `/`, and `GET /messages` as JSON, newest first.
pub fn outbox(reader: Arc<dyn OutboxReader>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/messages", get(messages))
        .route("/outbox.css", get(style))
        .with_state(reader)
}

/// An entry as a person reads it.
#[derive(Serialize)]
struct Shown {
    kind: &'static str,
    to: String,
    subject: Option<String>,
    text: String,
    code: Option<String>,
    at: String,
}

async fn page(State(reader): State<Arc<dyn OutboxReader>>) -> Response {
    let shown: Vec<Shown> = reader.entries().into_iter().map(shown).collect();
    let mut templates = minijinja::Environment::new();
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let html = templates
        .add_template("outbox.html", include_str!("outbox/outbox.html"))
        .and_then(|()| templates.get_template("outbox.html"))
        .and_then(|template| template.render(minijinja::context! { messages => Serde(&shown) }));
    match html {
        Ok(html) => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "no-store"),
                (CONTENT_SECURITY_POLICY, POLICY),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the outbox page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn messages(State(reader): State<Arc<dyn OutboxReader>>) -> Response {
    let headers = [(CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, Json(reader.entries())).into_response()
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("outbox/outbox.css")).into_response()
}

fn shown(entry: Entry) -> Shown {
    let kind = if entry.channel == "sms" { "SMS" } else { "E-mail" };
    let code = entry.code.map(|code| match code.split_at_checked(3) {
        Some((first, last)) => format!("{first} {last}"),
        None => code,
    });
    let at = match entry.at.in_tz("Europe/Paris") {
        Ok(at) => at.strftime("%d/%m/%Y à %H:%M:%S").to_string(),
        Err(_) => entry.at.to_string(),
    };
    Shown { kind, to: entry.to, subject: entry.subject, text: entry.text, code, at }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    struct Two;

    impl OutboxReader for Two {
        fn entries(&self) -> Vec<Entry> {
            let at = "2026-11-23T13:05:00Z".parse().unwrap();
            vec![
                Entry {
                    channel: "sms".to_owned(),
                    to: "+33612340101".to_owned(),
                    subject: None,
                    text: "votre code est 048213".to_owned(),
                    code: Some("048213".to_owned()),
                    at,
                },
                Entry {
                    channel: "email".to_owned(),
                    to: "jean@exemple.fr".to_owned(),
                    subject: Some("A & <b>B</b>".to_owned()),
                    text: "<script>alert(1)</script>".to_owned(),
                    code: None,
                    at,
                },
            ]
        }
    }

    async fn fetch(path: &str) -> (Response, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = outbox(Arc::new(Two)).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (Response::from_parts(head, Body::empty()), text)
    }

    #[tokio::test]
    async fn messages_are_json_in_the_promised_form() {
        let (response, body) = fetch("/messages").await;
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(
            body,
            r#"[{"channel":"sms","to":"+33612340101","subject":null,"text":"votre code est 048213","code":"048213","at":"2026-11-23T13:05:00Z"},"#
                .to_owned()
                + r#"{"channel":"email","to":"jean@exemple.fr","subject":"A & <b>B</b>","text":"<script>alert(1)</script>","code":null,"at":"2026-11-23T13:05:00Z"}]"#
        );
    }

    #[tokio::test]
    async fn the_page_shows_codes_large_and_runs_nothing_of_a_message() {
        let (response, body) = fetch("/").await;
        assert!(response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(body.contains("<p class=\"code\">048 213</p>"), "{body}");
        assert!(body.contains("23&#x2f;11&#x2f;2026 à 14:05:00"), "{body}");
        assert!(!body.contains("<script>") && !body.contains("<b>"), "{body}");
        let (_, style) = fetch("/outbox.css").await;
        assert!(style.contains(".code"));
    }
}
