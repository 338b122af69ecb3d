//! E-mails and SMS: what they say and how they leave. It never decides whether a message is due, and keeps no account.

pub mod breaker;
pub mod email;
pub mod french;
pub mod messages;
pub mod notifier;
pub mod outbox;
pub mod sender;
pub mod sms;

pub use messages::{CodePurpose, ContactChange, Journey, Message, ProvenBy, Rendered, WaysLeft};
pub use notifier::{Notifier, Parts};
pub use outbox::Outbox;
pub use sender::{Channel, Outgoing, SendError, Sender, To};
