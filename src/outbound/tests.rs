use std::time::Duration;

use super::testing::{Answer, Server};
use super::*;

fn client() -> OutboundClient {
    client_with(Duration::from_secs(5))
}

fn client_with(total_timeout: Duration) -> OutboundClient {
    OutboundClient::new(Options {
        connect_timeout: Duration::from_secs(5),
        total_timeout,
        ca_file: None,
        certificate: None,
        allow_http_loopback: true,
    })
    .unwrap()
}

fn get(url: &str) -> Request<Vec<u8>> {
    Request::get(url).body(Vec::new()).unwrap()
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let server = Server::always(Answer::status("201 Created", "x-kind: test\r\n", "bonjour")).await;
    let request = Request::post(server.url("/a?b=c")).header("x-key", "1").body(b"corps".to_vec()).unwrap();
    let answer = client().send(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (201, b"bonjour".as_slice()));
    assert_eq!(answer.headers()["x-kind"], "test");
    let seen = server.requests().remove(0);
    assert!(seen.starts_with("POST /a?b=c HTTP/1.1\r\n") && seen.ends_with("\r\n\r\ncorps"), "{seen}");
}

#[tokio::test]
async fn a_redirect_is_given_back_and_not_followed() {
    let other = Server::always(Answer::status("200 OK", "", "secret")).await;
    let location = format!("location: {}\r\n", other.url("/"));
    let server = Server::always(Answer::status("302 Found", &location, "")).await;
    assert_eq!(client().send(get(&server.url("/"))).await.unwrap().status(), 302);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn an_answer_over_the_cap_is_refused() {
    let server = Server::always(Answer::status("200 OK", "", &"x".repeat(BODY_CAP + 1))).await;
    assert!(matches!(client().send(get(&server.url("/"))).await, Err(OutboundError::TooLarge)));
    let fits = Server::always(Answer::status("200 OK", "", &"x".repeat(BODY_CAP))).await;
    assert_eq!(client().send(get(&fits.url("/"))).await.unwrap().body().len(), BODY_CAP);
}

#[tokio::test]
async fn clear_text_is_refused_off_loopback_and_so_are_addresses_with_credentials() {
    for url in [
        "http://192.0.2.1/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "https://user@example.com/",
        "ftp://localhost/",
        "/relative",
    ] {
        assert!(matches!(client().send(get(url)).await, Err(OutboundError::Address)), "{url}");
    }
    let strict = OutboundClient::new(Options {
        connect_timeout: Duration::from_secs(1),
        total_timeout: Duration::from_secs(1),
        ca_file: None,
        certificate: None,
        allow_http_loopback: false,
    });
    // A machine without any root certificate cannot make the strict client at all.
    if let Ok(strict) = strict {
        assert!(matches!(strict.send(get("http://127.0.0.1:1/")).await, Err(OutboundError::Address)));
    }
}

#[tokio::test]
async fn each_way_of_failing_has_its_name() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let refused = client().send(get(&format!("http://{closed}/"))).await;
    assert!(matches!(refused, Err(OutboundError::Connect(_))), "{refused:?}");

    // Speaks before it is spoken to: the shared test server would wait for the end of a request.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let not_tls = client().send(get(&format!("https://{address}/"))).await;
    assert!(matches!(not_tls, Err(OutboundError::Tls(_))), "{not_tls:?}");

    let mute = Server::always(Answer::Silence).await;
    let late = client_with(Duration::from_millis(200)).send(get(&mute.url("/"))).await;
    assert!(matches!(late, Err(OutboundError::Timeout)), "{late:?}");

    let rude = Server::always(Answer::HangUp).await;
    let broken = client().send(get(&rude.url("/"))).await;
    assert!(matches!(broken, Err(OutboundError::Protocol(_))), "{broken:?}");

    let nonsense = Server::always(Answer::Bytes(b"220 mail.example ESMTP\r\n".to_vec())).await;
    assert!(matches!(client().send(get(&nonsense.url("/"))).await, Err(OutboundError::Protocol(_))));
}

#[test]
fn a_certificate_file_that_is_none_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let with = || {
        OutboundClient::new(Options {
            connect_timeout: Duration::from_secs(1),
            total_timeout: Duration::from_secs(1),
            ca_file: Some(path.clone()),
            certificate: None,
            allow_http_loopback: true,
        })
    };
    assert!(matches!(with(), Err(OutboundSetupError::CaFile(_))), "missing");
    std::fs::write(&path, "nothing here").unwrap();
    assert!(matches!(with(), Err(OutboundSetupError::CaFile(_))), "empty");
}
