//! Levels of local sign-ins (decision 29), and their order.

/// How every level of ours begins; no identity provider is believed to have said one.
pub const OURS: &str = "urn:guichet:";
/// An identity provider that says no level, and of which none is asked.
pub const PROVIDER: &str = "urn:guichet:acr:provider";
/// A password alone, before any contact is proven.
pub const PASSWORD: &str = "urn:guichet:acr:password";
/// The mailbox alone opened the way in, less than a day ago.
pub const MAILBOX: &str = "urn:guichet:acr:mailbox";
/// Password and e-mail code.
pub const EMAIL: &str = "urn:guichet:acr:email";
/// Password and SMS code.
pub const SMS: &str = "urn:guichet:acr:sms";

/// From lowest to highest. Levels of an identity provider are a scale of their own, never compared with these.
pub const LOCAL: [&str; 4] = [PASSWORD, MAILBOX, EMAIL, SMS];
