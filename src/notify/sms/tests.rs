use std::time::Duration;

use crate::config::Secret;
use crate::identity::{Email, Phone};
use crate::outbound::testing::{Answer, Server};

use super::*;

const JSON: &str = r#"{"key":"{secret}","to":"{to}","text":"{text}","ref":"{id}","other":"{env.HOME}"}"#;

fn settings(url: &str, format: SmsBody, body: &str) -> SmsHttpSettings {
    SmsHttpSettings {
        url: url.parse().unwrap(),
        headers: vec![("Authorization".to_owned(), "Bearer {secret}".to_owned())],
        body: body.to_owned(),
        format,
        secret: Some(Secret::new("s3cr3t".to_owned())),
        timeout: Duration::from_secs(5),
        ca_file: None,
    }
}

fn outgoing(text: &str) -> Outgoing {
    Outgoing {
        id: "id-1".to_owned(),
        to: To::Phone(Phone::parse("+33612340101").unwrap()),
        content: Rendered::Sms { text: text.to_owned() },
        code: None,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

async fn outcome(answer: Answer) -> Result<(), SendError> {
    let silent = matches!(answer, Answer::Silence);
    let server = Server::always(answer).await;
    let mut settings = settings(&server.url("/sms"), SmsBody::Json, JSON);
    if silent {
        settings.timeout = Duration::from_millis(300);
    }
    HttpSmsSender::new(settings).unwrap().send(outgoing("Bonjour")).await
}

#[tokio::test]
async fn k09_what_a_message_holds_is_escaped_and_never_expanded_again() {
    let server = Server::always(Answer::status("200 OK", "", "")).await;
    let sender = HttpSmsSender::new(settings(&server.url("/sms"), SmsBody::Json, JSON)).unwrap();
    let hostile = "a\"b\\c\n{secret} {to} {env.HOME}\",\"to\":\"x";
    sender.send(outgoing(hostile)).await.unwrap();
    let seen = server.requests().remove(0);
    let (head, body) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("authorization: Bearer s3cr3t\r\n") && head.contains("content-type: application/json"));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "key": "s3cr3t", "to": "+33612340101", "text": hostile, "ref": "id-1", "other": "{env.HOME}",
        })
    );
}

#[tokio::test]
async fn a_form_body_is_escaped_as_a_form() {
    let server = Server::always(Answer::status("202 Accepted", "", "")).await;
    let body = "to={to}&text={text}&key={secret}";
    let sender = HttpSmsSender::new(settings(&server.url("/sms"), SmsBody::Form, body)).unwrap();
    sender.send(outgoing("a&to=x é {secret}")).await.unwrap();
    let seen = server.requests().remove(0);
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\nto=%2B33612340101&text=a%26to%3Dx+%C3%A9+%7Bsecret%7D&key=s3cr3t"), "{seen}");
}

#[test]
fn braces_of_a_template_that_are_no_placeholder_stay() {
    let filled = fill("{{to}} {nothing} {to{to}} {", |_| "{text}".to_owned());
    assert_eq!(filled, "{{text}} {nothing} {to{text}} {");
}

#[tokio::test]
async fn each_status_says_whether_the_message_left() {
    for (status, expected) in [
        ("200 OK", Ok(())),
        ("202 Accepted", Ok(())),
        ("400 Bad Request", Err(SendError::Refused)),
        ("422 Unprocessable Content", Err(SendError::Refused)),
        ("401 Unauthorized", Err(SendError::Down)),
        ("402 Payment Required", Err(SendError::Down)),
        ("404 Not Found", Err(SendError::Down)),
        ("408 Request Timeout", Err(SendError::Down)),
        ("425 Too Early", Err(SendError::Down)),
        ("429 Too Many Requests", Err(SendError::Down)),
        ("302 Found", Err(SendError::Down)),
        ("500 Internal Server Error", Err(SendError::Down)),
        ("503 Service Unavailable", Err(SendError::Down)),
    ] {
        assert_eq!(outcome(Answer::status(status, "", "")).await, expected, "{status}");
    }
}

#[tokio::test]
async fn silence_after_the_request_is_uncertain_and_a_closed_port_is_not() {
    assert_eq!(outcome(Answer::Silence).await, Err(SendError::Uncertain));
    assert_eq!(outcome(Answer::HangUp).await, Err(SendError::Uncertain));
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sender = HttpSmsSender::new(settings(&format!("http://{address}/"), SmsBody::Json, JSON)).unwrap();
    assert_eq!(sender.send(outgoing("Bonjour")).await, Err(SendError::Down));
}

#[tokio::test]
async fn what_is_not_an_sms_is_refused_and_the_secret_never_prints() {
    let sender = HttpSmsSender::new(settings("http://127.0.0.1:1/", SmsBody::Json, JSON)).unwrap();
    let to = To::Email(Email::parse("jean@exemple.fr").unwrap());
    assert_eq!(sender.send(Outgoing { to, ..outgoing("Bonjour") }).await, Err(SendError::Refused));
    assert!(!format!("{sender:?} {:?}", sender.headers).contains("s3cr3t"));
}

#[test]
fn a_header_that_cannot_be_one_is_refused_at_once() {
    let mut settings = settings("http://127.0.0.1:1/", SmsBody::Json, JSON);
    settings.headers.push(("X-Key".to_owned(), "a\r\nb: c".to_owned()));
    assert!(matches!(HttpSmsSender::new(settings), Err(SmsSetupError::Header { .. })));
}
