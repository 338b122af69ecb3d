use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::config::Secret;
use crate::identity::{Email, Phone};

use super::*;

/// What the little relay does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Accepts,
    RefusesRecipient,
    RefusesSender,
    RefusesUs,
    IsBusy,
    RefusesContent,
    RefusesAuthentication,
    DropsAtGreeting,
    DropsAfterContent,
    HangsAtRecipient,
    HangsAfterContent,
}

/// A mail relay of a few lines: it speaks just enough SMTP, and remembers commands and letters.
struct Relay {
    port: u16,
    commands: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay =
            Self { port: listener.local_addr().unwrap().port(), commands: Arc::default(), letters: Arc::default() };
        let (commands, letters) = (Arc::clone(&relay.commands), Arc::clone(&relay.letters));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, mood, Arc::clone(&commands), Arc::clone(&letters)));
            }
        });
        relay
    }

    fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

async fn converse(
    stream: TcpStream,
    mood: Mood,
    commands: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    if mood == Mood::DropsAtGreeting {
        return None;
    }
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay.example ESMTP\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        commands.lock().unwrap().push(line.trim_end().to_owned());
        let verb = line.split([' ', '\r']).next().unwrap().to_uppercase();
        let answer = match (verb.as_str(), mood) {
            ("EHLO", _) => "250-relay.example\r\n250 AUTH PLAIN",
            ("AUTH", Mood::RefusesAuthentication) => "535 5.7.8 wrong",
            ("AUTH", _) => "235 welcome",
            ("MAIL", Mood::RefusesSender) => "550 5.1.8 sender unknown",
            ("MAIL", _) => "250 go on",
            ("RCPT", Mood::RefusesRecipient) => "550 5.1.1 no such mailbox",
            ("RCPT", Mood::RefusesUs) => "554 5.7.1 relay access denied",
            ("RCPT", Mood::IsBusy) => "451 later",
            ("RCPT", Mood::HangsAtRecipient) => std::future::pending().await,
            ("RCPT", _) => "250 fine",
            ("DATA", _) => {
                stream.write_all(b"354 go\r\n").await.ok()?;
                let mut letter = String::new();
                while !letter.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut letter).await.ok()?;
                }
                letters.lock().unwrap().push(letter);
                if mood == Mood::DropsAfterContent {
                    return None;
                }
                if mood == Mood::HangsAfterContent {
                    std::future::pending::<()>().await;
                }
                if mood == Mood::RefusesContent { "554 5.6.0 no" } else { "250 queued" }
            }
            _ => "221 bye",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        security: SmtpSecurity::None,
        credentials: Some(("user".to_owned(), Secret::new("s3cr3t".to_owned()))),
        from: "ne-pas-repondre@exemple.fr".to_owned(),
        timeout: Duration::from_secs(5),
        ca_file: None,
    }
}

fn outgoing() -> Outgoing {
    Outgoing {
        id: "0190-id".to_owned(),
        to: To::Email(Email::parse("jean@exemple.fr").unwrap()),
        content: Rendered::Email {
            subject: "RPLUS SANTÉ : votre code".to_owned(),
            text: "Votre code : 048 213\n.\nfin".to_owned(),
            html: "<p>048 213</p>".to_owned(),
        },
        code: None,
        at: "2026-11-23T13:05:00Z".parse().unwrap(),
    }
}

async fn outcome(mood: Mood) -> Result<(), SendError> {
    let relay = Relay::start(mood).await;
    let mut settings = settings(relay.port);
    if matches!(mood, Mood::HangsAtRecipient | Mood::HangsAfterContent) {
        settings.timeout = Duration::from_millis(1_500);
    }
    SmtpSender::new(settings, "RPLUS SANTÉ").unwrap().send(outgoing()).await
}

#[tokio::test]
async fn a_letter_arrives_whole_with_its_headers() {
    let relay = Relay::start(Mood::Accepts).await;
    let sender = SmtpSender::new(settings(relay.port), "RPLUS SANTÉ").unwrap();
    sender.send(outgoing()).await.unwrap();
    let letter = relay.letters().remove(0);
    for expected in [
        "Message-ID: <0190-id@exemple.fr>\r\n",
        "Date: Mon, 23 Nov 2026 13:05:00 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "To: jean@exemple.fr\r\n",
        "<ne-pas-repondre@exemple.fr>\r\n",
        "multipart/alternative",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        "Votre code : 048 213",
        "<p>048 213</p>",
        "\r\n..\r\n",
    ] {
        assert!(letter.contains(expected), "{expected:?} is not in\n{letter}");
    }
    assert!(letter.is_ascii(), "a relay without 8BITMIME must understand it");
    let commands = relay.commands();
    assert!(commands.iter().any(|line| line.starts_with("AUTH PLAIN ")), "{commands:?}");
    assert!(commands.contains(&"RCPT TO:<jean@exemple.fr>".to_owned()), "{commands:?}");
}

#[tokio::test]
async fn each_phase_says_whether_the_letter_left() {
    for (mood, expected) in [
        (Mood::Accepts, Ok(())),
        (Mood::RefusesRecipient, Err(SendError::Refused)),
        (Mood::RefusesSender, Err(SendError::Down)),
        (Mood::RefusesUs, Err(SendError::Down)),
        (Mood::IsBusy, Err(SendError::Down)),
        (Mood::RefusesContent, Err(SendError::Down)),
        (Mood::RefusesAuthentication, Err(SendError::Down)),
        (Mood::DropsAtGreeting, Err(SendError::Down)),
        (Mood::DropsAfterContent, Err(SendError::Uncertain)),
        (Mood::HangsAtRecipient, Err(SendError::Down)),
        (Mood::HangsAfterContent, Err(SendError::Uncertain)),
    ] {
        assert_eq!(outcome(mood).await, expected, "{mood:?}");
    }
}

#[tokio::test]
async fn p01_a_rehearsal_meets_what_a_letter_would_and_sends_none() {
    for (mood, expected) in [
        (Mood::Accepts, Ok(())),
        (Mood::RefusesRecipient, Err(SendError::Refused)),
        (Mood::RefusesAuthentication, Err(SendError::Down)),
        (Mood::DropsAtGreeting, Err(SendError::Down)),
    ] {
        let relay = Relay::start(mood).await;
        let sender = SmtpSender::new(settings(relay.port), "RPLUS SANTÉ").unwrap();
        assert_eq!(sender.rehearse(outgoing()).await, expected, "{mood:?}");
        assert!(relay.letters().is_empty() && !relay.commands().contains(&"DATA".to_owned()), "{mood:?}");
    }
}

#[tokio::test]
async fn a_relay_without_starttls_is_not_spoken_to_in_clear() {
    let relay = Relay::start(Mood::Accepts).await;
    let settings = SmtpSettings { security: SmtpSecurity::StartTls, ..settings(relay.port) };
    let sender = SmtpSender::new(settings, "RPLUS SANTÉ").unwrap();
    assert_eq!(sender.send(outgoing()).await, Err(SendError::Down));
    assert!(relay.commands().iter().all(|line| !line.starts_with("AUTH")), "the password left in clear");
    assert!(relay.letters().is_empty());
}

#[tokio::test]
async fn o11_nothing_in_a_letter_adds_a_header_a_recipient_or_a_command() {
    let relay = Relay::start(Mood::Accepts).await;
    let sender = SmtpSender::new(settings(relay.port), "A\r\nBcc: x@evil.example").unwrap();
    let content = Rendered::Email {
        subject: "Sujet\r\nBcc: y@evil.example\r\n\r\nautre".to_owned(),
        text: "a\r\n.\r\nMAIL FROM:<z@evil.example>\r\n".to_owned(),
        html: "<p>\r\n.\r\nRSET</p>".to_owned(),
    };
    sender.send(Outgoing { content, ..outgoing() }).await.unwrap();
    let letter = relay.letters().remove(0);
    let head = letter.split("\r\n\r\n").next().unwrap();
    assert!(head.lines().all(|line| !line.to_lowercase().starts_with("bcc")), "{head}");
    let commands = relay.commands();
    assert_eq!(commands.iter().filter(|line| line.starts_with("RCPT")).count(), 1, "{commands:?}");
    assert!(commands.iter().all(|line| !line.contains("evil.example") && !line.starts_with("RSET")), "{commands:?}");
}

#[tokio::test]
async fn o11_an_address_that_could_end_a_command_is_refused_before_any_connection() {
    let relay = Relay::start(Mood::Accepts).await;
    let sender = SmtpSender::new(settings(relay.port), "RPLUS SANTÉ").unwrap();
    for hostile in [
        "a@exemple.fr>\r\nRCPT TO:<x@evil.example",
        "a@exemple.fr\nBcc: x@evil.example",
        "a@exemple.fr, x@evil.example",
        "\"a\r\n\"@exemple.fr",
        "a b@exemple.fr",
    ] {
        // The room `identity` refuses most of these; the sender does not count on it.
        let Ok(to) = Email::parse(hostile) else { continue };
        let sent = sender.send(Outgoing { to: To::Email(to), ..outgoing() }).await;
        assert_eq!(sent, Err(SendError::Refused), "{hostile:?}");
    }
    assert!(relay.commands().is_empty());
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_at_once() {
    let far = SmtpSettings { host: "smtp.exemple.fr".to_owned(), ..settings(25) };
    assert!(matches!(SmtpSender::new(far, "A"), Err(EmailSetupError::ClearText)));
    let nobody = SmtpSettings { from: "personne".to_owned(), ..settings(25) };
    assert!(matches!(SmtpSender::new(nobody, "A"), Err(EmailSetupError::From(_))));
    let sender = SmtpSender::new(settings(25), "A").unwrap();
    let to = To::Phone(Phone::parse("+33612340101").unwrap());
    assert_eq!(sender.send(Outgoing { to, ..outgoing() }).await, Err(SendError::Refused));
}
