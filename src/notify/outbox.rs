//! The outbox: keeps what would have been sent, for the demo and for tests. It sends nothing anywhere, and it holds
//! codes in clear, so that it must never stand behind a real portal.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::messages::Rendered;
use super::sender::{Channel, Outgoing, SendError, Sender};

/// Messages kept; older ones are forgotten.
const KEPT: usize = 500;

/// One message, as `GET /messages` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxMessage {
    /// `email` or `sms`.
    pub channel: String,
    /// Address or number.
    pub to: String,
    /// Of an e-mail; null for an SMS.
    pub subject: Option<String>,
    /// Plain text.
    pub text: String,
    /// Six digits; null for a notice.
    pub code: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}

/// What would have been sent, in memory and, for the demo, in a file that survives a restart.
#[derive(Debug, Default)]
pub struct Outbox {
    kept: Mutex<Kept>,
    email_down: AtomicBool,
    sms_down: AtomicBool,
    email_refused: AtomicBool,
    sms_refused: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    messages: VecDeque<OutboxMessage>,
    file: Option<File>,
}

/// One channel of an outbox.
#[derive(Debug)]
struct OutboxSender {
    outbox: Arc<Outbox>,
    channel: Channel,
}

impl Outbox {
    /// An outbox that forgets everything when dropped.
    #[must_use]
    pub fn in_memory() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// An outbox kept in a file of JSON lines, readable by its owner only; lines that cannot be read are dropped.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn in_file(path: &Path) -> io::Result<Arc<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let read = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        let mut messages: VecDeque<OutboxMessage> = read.collect();
        messages.drain(..messages.len().saturating_sub(KEPT));
        // Written anew, so that the file holds what is kept and no broken line of a sudden end.
        let mut file = owner_only(path)?;
        for message in &messages {
            append(&mut file, message)?;
        }
        let kept = Mutex::new(Kept { messages, file: Some(file) });
        Ok(Arc::new(Self { kept, ..Self::default() }))
    }

    /// The sender of one channel.
    #[must_use]
    pub fn sender(self: &Arc<Self>, channel: Channel) -> Arc<dyn Sender> {
        Arc::new(OutboxSender { outbox: Arc::clone(self), channel })
    }

    /// What was sent, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<OutboxMessage> {
        self.lock().messages.iter().rev().cloned().collect()
    }

    /// Makes a channel fail (or work again), so that a test can see what people are told.
    pub fn set_down(&self, channel: Channel, down: bool) {
        self.switch(channel).store(down, Ordering::SeqCst);
    }

    /// Makes a channel refuse every recipient for good (or take them again), as for an address that does not exist.
    pub fn set_refusing(&self, channel: Channel, refusing: bool) {
        self.refusing(channel).store(refusing, Ordering::SeqCst);
    }

    fn refusing(&self, channel: Channel) -> &AtomicBool {
        match channel {
            Channel::Email => &self.email_refused,
            Channel::Sms => &self.sms_refused,
        }
    }

    fn is_down(&self, channel: Channel) -> bool {
        self.switch(channel).load(Ordering::SeqCst)
    }

    fn switch(&self, channel: Channel) -> &AtomicBool {
        match channel {
            Channel::Email => &self.email_down,
            Channel::Sms => &self.sms_down,
        }
    }

    fn keep(&self, message: OutboxMessage) -> io::Result<()> {
        let mut kept = self.lock();
        if let Some(file) = &mut kept.file {
            append(file, &message)?;
        }
        if kept.messages.len() >= KEPT {
            kept.messages.pop_front();
        }
        kept.messages.push_back(message);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Sender for OutboxSender {
    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        if outgoing.to.channel() != self.channel {
            return Err(SendError::Refused);
        }
        if self.outbox.refusing(self.channel).load(Ordering::SeqCst) {
            return Err(SendError::Refused);
        }
        if self.outbox.is_down(self.channel) {
            return Err(SendError::Down);
        }
        let (subject, text) = match outgoing.content {
            Rendered::Email { subject, text, html: _ } => (Some(subject), text),
            Rendered::Sms { text } => (None, text),
        };
        let message = OutboxMessage {
            channel: self.channel.as_str().to_owned(),
            to: outgoing.to.as_str().to_owned(),
            subject,
            text,
            code: outgoing.code.map(|code| code.expose().to_owned()),
            at: outgoing.at,
        };
        self.outbox.keep(message).map_err(|error| {
            tracing::error!(%error, "the outbox file cannot be written");
            SendError::Down
        })
    }

    fn known_down(&self) -> bool {
        self.outbox.is_down(self.channel)
    }
}

fn owner_only(path: &Path) -> io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn append(file: &mut File, message: &OutboxMessage) -> io::Result<()> {
    let mut line = serde_json::to_string(message)?;
    line.push('\n');
    file.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::config::Secret;
    use crate::identity::{Email, Phone};
    use crate::notify::sender::To;

    use super::*;

    fn sms(id: usize) -> Outgoing {
        Outgoing {
            id: id.to_string(),
            to: To::Phone(Phone::parse("+33612340101").unwrap()),
            content: Rendered::Sms { text: format!("message {id}") },
            code: Some(Secret::new("012345".to_owned())),
            at: "2026-11-23T13:05:00Z".parse().unwrap(),
        }
    }

    fn email() -> Outgoing {
        let content = Rendered::Email { subject: "Sujet".to_owned(), text: "Texte".to_owned(), html: String::new() };
        let to = To::Email(Email::parse("jean@exemple.fr").unwrap());
        Outgoing { to, content, code: None, ..sms(0) }
    }

    #[tokio::test]
    async fn messages_come_back_newest_first_in_the_promised_form() {
        let outbox = Outbox::in_memory();
        outbox.sender(Channel::Sms).send(sms(1)).await.unwrap();
        outbox.sender(Channel::Email).send(email()).await.unwrap();
        assert_eq!(
            serde_json::to_value(outbox.messages()).unwrap(),
            serde_json::json!([
                {"channel": "email", "to": "jean@exemple.fr", "subject": "Sujet", "text": "Texte", "code": null,
                 "at": "2026-11-23T13:05:00Z"},
                {"channel": "sms", "to": "+33612340101", "subject": null, "text": "message 1", "code": "012345",
                 "at": "2026-11-23T13:05:00Z"},
            ])
        );
    }

    #[tokio::test]
    async fn only_the_last_ones_are_kept() {
        let outbox = Outbox::in_memory();
        let sender = outbox.sender(Channel::Sms);
        for id in 0..KEPT + 20 {
            sender.send(sms(id)).await.unwrap();
        }
        let messages = outbox.messages();
        assert_eq!(messages.len(), KEPT);
        assert_eq!(messages[0].text, format!("message {}", KEPT + 19));
    }

    #[tokio::test]
    async fn a_channel_can_be_switched_off_and_on() {
        let outbox = Outbox::in_memory();
        let (mail, text) = (outbox.sender(Channel::Email), outbox.sender(Channel::Sms));
        outbox.set_down(Channel::Sms, true);
        assert!(text.known_down() && !mail.known_down());
        assert_eq!(text.send(sms(1)).await, Err(SendError::Down));
        assert_eq!(mail.send(email()).await, Ok(()));
        outbox.set_down(Channel::Sms, false);
        assert_eq!(text.send(sms(1)).await, Ok(()));
        assert_eq!(text.send(email()).await, Err(SendError::Refused));
    }

    #[tokio::test]
    async fn the_file_survives_a_restart_and_a_broken_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.jsonl");
        let outbox = Outbox::in_file(&path).unwrap();
        outbox.sender(Channel::Sms).send(sms(1)).await.unwrap();
        drop(outbox);
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"channel\":\"sm").unwrap();
        let outbox = Outbox::in_file(&path).unwrap();
        outbox.sender(Channel::Sms).send(sms(2)).await.unwrap();
        let texts = |outbox: &Outbox| outbox.messages().into_iter().map(|message| message.text).collect::<Vec<_>>();
        assert_eq!(texts(&outbox), ["message 2", "message 1"]);
        assert_eq!(texts(&Outbox::in_file(&path).unwrap()), ["message 2", "message 1"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
