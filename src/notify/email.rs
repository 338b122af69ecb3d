//! E-mails over SMTP: one connection a message, each phase judged apart so that "refused", "away" and "perhaps sent"
//! are told apart. It never talks in clear off loopback and never falls back from TLS.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::{Address, Message};

use crate::config::settings::{SmtpSecurity, SmtpSettings};

use super::messages::Rendered;
use super::sender::{Outgoing, SendError, Sender, To};

/// Time given to the farewell, after the message was accepted and nobody waits any more.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why an SMTP sender could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EmailSetupError {
    /// `from` is not an address.
    #[error("the sender address cannot be used")]
    From(#[source] lettre::address::AddressError),
    /// `ca_file` cannot be read.
    #[error("the certificate file {path} cannot be read")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The TLS library refuses the host's name or the system's certificates.
    #[error("TLS towards the mail relay cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// Cleartext was asked for, off loopback.
    #[error("mail in clear text is allowed towards loopback only")]
    ClearText,
}

/// Sends through a mail relay.
pub struct SmtpSender {
    settings: SmtpSettings,
    from: Mailbox,
    tls: Option<TlsParameters>,
}

impl std::fmt::Debug for SmtpSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmtpSender").field("host", &self.settings.host).finish_non_exhaustive()
    }
}

/// Says that no person wrote this, so that no absence message answers it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl SmtpSender {
    /// Reads certificates and addresses; nothing is sent yet. `brand_name` is shown as the sender when `from` is a
    /// bare address.
    ///
    /// # Errors
    /// When the settings cannot work, whatever the relay says.
    pub fn new(settings: SmtpSettings, brand_name: &str) -> Result<Self, EmailSetupError> {
        let mut from: Mailbox = settings.from.parse().map_err(EmailSetupError::From)?;
        if from.name.is_none() {
            from.name = Some(brand_name.replace(char::is_control, " "));
        }
        let tls = match settings.security {
            SmtpSecurity::Tls | SmtpSecurity::StartTls => Some(tls_parameters(&settings)?),
            SmtpSecurity::None if is_loopback(&settings.host) => None,
            SmtpSecurity::None => return Err(EmailSetupError::ClearText),
        };
        Ok(Self { settings, from, tls })
    }

    /// The whole letter, and its envelope.
    fn letter(&self, outgoing: &Outgoing) -> Option<(Envelope, Vec<u8>)> {
        let (To::Email(to), Rendered::Email { subject, text, html }) = (&outgoing.to, &outgoing.content) else {
            return None;
        };
        let to: Address = to.as_str().parse().ok()?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject.replace(char::is_control, " "))
            .date(SystemTime::from(outgoing.at))
            .message_id(Some(format!("<{}@{}>", outgoing.id, self.from.email.domain())))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text.clone(), html.clone()))
            .ok()?;
        Some((message.envelope().clone(), message.formatted()))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let (server, name) = ((self.settings.host.as_str(), self.settings.port), ClientId::default());
        let limit = Some(self.settings.timeout);
        let mut connection = match (self.settings.security, &self.tls) {
            (SmtpSecurity::Tls, Some(tls)) => {
                AsyncSmtpConnection::connect_tokio1(server, limit, &name, Some(tls.clone()), None).await?
            }
            (SmtpSecurity::StartTls, Some(tls)) => {
                let mut connection = AsyncSmtpConnection::connect_tokio1(server, limit, &name, None, None).await?;
                connection.starttls(tls.clone(), &name).await?;
                connection
            }
            (SmtpSecurity::Tls | SmtpSecurity::StartTls | SmtpSecurity::None, _) => {
                AsyncSmtpConnection::connect_tokio1(server, limit, &name, None, None).await?
            }
        };
        if let Some((user, password)) = &self.settings.credentials {
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    /// Greeting, sender and recipient: up to the point where the relay waits for the words.
    async fn introduce(&self, outgoing: &Outgoing, envelope: &Envelope) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await.map_err(|error| away("connecting", &error))?;
        let mut parameters = Vec::new();
        if !outgoing.to.as_str().is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(SendError::Refused);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let sender = Mail::new(envelope.from().cloned(), parameters);
        connection.command(sender).await.map_err(|error| away("MAIL", &error))?;
        for recipient in envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), Vec::new());
            connection.command(recipient).await.map_err(|error| refused_or(SendError::Down, "RCPT", &error))?;
        }
        Ok(connection)
    }

    /// One message from greeting to acceptance. `handed_over` turns true just before the words are sent.
    async fn hand_over(&self, outgoing: &Outgoing, handed_over: &AtomicBool) -> Result<(), SendError> {
        let (envelope, letter) = self.letter(outgoing).ok_or(SendError::Refused)?;
        let mut connection = self.introduce(outgoing, &envelope).await?;
        connection.command(Data).await.map_err(|error| away("DATA", &error))?;
        handed_over.store(true, Ordering::SeqCst);
        let accepted = connection.message(&letter).await;
        accepted.map_err(|error| refused_or(SendError::Uncertain, "the message", &error))?;
        // The relay has it: nobody waits for the farewell.
        part(connection);
        Ok(())
    }

    /// The same without the words.
    async fn try_out(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let (envelope, _) = self.letter(outgoing).ok_or(SendError::Refused)?;
        part(self.introduce(outgoing, &envelope).await?);
        Ok(())
    }
}

fn part(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move { tokio::time::timeout(FAREWELL, connection.quit()).await.is_ok() });
}

#[async_trait]
impl Sender for SmtpSender {
    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let handed_over = AtomicBool::new(false);
        let attempt = self.hand_over(&outgoing, &handed_over);
        match tokio::time::timeout(self.settings.timeout, attempt).await {
            Ok(outcome) => outcome,
            Err(_) if handed_over.load(Ordering::SeqCst) => Err(SendError::Uncertain),
            Err(_) => Err(SendError::Down),
        }
    }

    async fn rehearse(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let attempt = self.try_out(&outgoing);
        tokio::time::timeout(self.settings.timeout, attempt).await.unwrap_or(Err(SendError::Down))
    }
}

fn tls_parameters(settings: &SmtpSettings) -> Result<TlsParameters, EmailSetupError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let unreadable = |source| EmailSetupError::CaFile { path: path.clone(), source };
        let pem = std::fs::read(path).map_err(|error| unreadable(error.into()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unreadable(error.into()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(EmailSetupError::Tls)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A failure that says nothing of the recipient.
fn away(phase: &'static str, error: &lettre::transport::smtp::Error) -> SendError {
    tell(phase, error);
    SendError::Down
}

/// A failure at a phase where the relay judges the recipient; `otherwise` when it gave no answer at all.
fn refused_or(otherwise: SendError, phase: &'static str, error: &lettre::transport::smtp::Error) -> SendError {
    tell(phase, error);
    match error.status().map(u16::from) {
        // Mailbox or domain unknown, malformed, moved or full. Other permanent answers (530, 554…) are about us.
        Some(501 | 550..=553 | 556) => SendError::Refused,
        Some(_) => SendError::Down,
        None => otherwise,
    }
}

/// The relay's words may repeat the address: only the code is kept.
fn tell(phase: &'static str, error: &lettre::transport::smtp::Error) {
    let (code, timeout, tls) = (error.status().map(u16::from), error.is_timeout(), error.is_tls());
    tracing::warn!(phase, code, timeout, tls, "the mail relay did not take a message");
}

#[cfg(test)]
mod tests;
