//! Every message the gateway sends, with the sentences of the screens page. It holds no text that a person typed:
//! what goes into a message comes from the configuration, from here, or from closed sets.

use jiff::Timestamp;

use crate::config::Secret;
use crate::config::settings::{Brand, PublicUrl};

use super::sender::Channel;

mod body;
mod code;
mod gsm;
mod notice;

#[cfg(test)]
mod tests;

use body::Letter;

/// What a code is for: decides the words of its e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Second factor of a sign-in (2.5).
    SignIn,
    /// Forgotten password (2.7, 2.8).
    Reset,
    /// The e-mail that becomes the identifier (3.3).
    ActivationEmail,
    /// The contact e-mail of someone signed in through an identity provider (4.2).
    ContactEmail,
    /// A mobile number (3.5, 4.4); sent by SMS only.
    Phone,
    /// Linking an account to an identity provider (5.7).
    Link,
    /// Step-up (6.6).
    StepUp,
}

/// What was typed at the details step and differs from what the import knew (3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactChange {
    /// Another e-mail.
    Email,
    /// Another number.
    Phone,
    /// Both.
    Both,
}

/// The way an account was activated, which says how to sign in next time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Journey {
    /// E-mail and password (3.9).
    Local,
    /// An identity provider (4.4).
    Provider {
        /// What people call it.
        label: String,
    },
}

/// Somebody whom an identity provider has proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenBy {
    /// What people call the provider.
    pub provider: String,
    /// What the provider calls the person; empty where it says nothing.
    pub identity: String,
}

/// What still opens an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WaysLeft {
    /// E-mail and password.
    pub password: bool,
    /// What people call the providers that it is linked to.
    pub providers: Vec<String>,
}

/// A message. Dates and hours in its text are the `now` of its rendering.
#[derive(Debug, Clone)]
pub enum Message {
    /// A one-time code (0.14, 0.15).
    Code {
        /// What it is for.
        purpose: CodePurpose,
        /// Six digits.
        code: Secret,
        /// Who asks for the code of somebody's account (attack L04): there for [`CodePurpose::Link`], and there only.
        asking: Option<ProvenBy>,
    },
    /// The account's own budget of failures is used up (2.3). E-mail only.
    SignInsFailed,
    /// A sign-in from a browser never seen (2.5). E-mail only.
    NewDevice {
        /// "Firefox, Windows"; what is not a letter, a digit, a space, a comma or a hyphen is left out.
        device: String,
    },
    /// The password was changed (2.9).
    PasswordChanged,
    /// An activation goes on with contacts the import did not know (3.2).
    ContactDiffers {
        /// What differs.
        change: ContactChange,
        /// Token of the freeze link (3.10), base64url.
        freeze_token: Secret,
    },
    /// Someone typed an address that an account already uses (3.3). E-mail only.
    EmailTaken,
    /// The account is activated (3.9, 4.4). E-mail only.
    Activated {
        /// By which way.
        journey: Journey,
    },
    /// A linking was asked for (5.7, before).
    LinkRequested {
        /// Who asked.
        by: ProvenBy,
    },
    /// The account was linked (5.7, after).
    LinkMade {
        /// Whom it lets in.
        by: ProvenBy,
    },
    /// A link was taken away by its holder ("Mon compte").
    LinkRemoved {
        /// What people call the provider.
        provider: String,
        /// What still opens the account.
        left: WaysLeft,
    },
    /// The account that a provider made is closed: its link went to an older one of the same person ("Mon compte").
    AccountClosed {
        /// What people call the provider.
        provider: String,
    },
    /// An account without a password got its first one ("Mon compte").
    PasswordMade,
    /// Every session was ended by the person ("Mon compte").
    SessionsEnded,
    /// The person corrected the RPPS they had declared. E-mail only.
    RppsCorrected,
    /// The person chose another place of work. E-mail only.
    PlaceChosen,
    /// A declared RPPS is to be checked by its holder (5.7). E-mail only.
    RppsToCheck,
}

/// A message in words.
#[derive(Debug, Clone)]
pub enum Rendered {
    /// For a mailbox.
    Email {
        /// Never holds the code.
        subject: String,
        /// Plain text.
        text: String,
        /// The same as HTML: inline styles, nothing fetched.
        html: String,
    },
    /// For a telephone: GSM-7 characters only.
    Sms {
        /// The whole text.
        text: String,
    },
}

/// What the words are made with.
#[derive(Debug, Clone, Copy)]
struct Voice<'a> {
    brand: &'a Brand,
    public_url: &'a PublicUrl,
    now: Timestamp,
}

impl Message {
    /// Puts the message in words; `None` when this message does not exist on this channel.
    #[must_use]
    pub fn render(&self, channel: Channel, brand: &Brand, public_url: &PublicUrl, now: Timestamp) -> Option<Rendered> {
        let voice = Voice { brand, public_url, now };
        match channel {
            Channel::Email => self.letter(voice).map(|letter| letter.render(brand)),
            Channel::Sms => self.sms(voice).map(|text| Rendered::Sms { text }),
        }
    }

    /// The name in audit facts and logs; a closed set.
    #[must_use]
    pub fn purpose(&self) -> &'static str {
        match self {
            Self::Code { purpose, .. } => match purpose {
                CodePurpose::SignIn => "code.sign-in",
                CodePurpose::Reset => "code.reset",
                CodePurpose::ActivationEmail => "code.activation-email",
                CodePurpose::ContactEmail => "code.contact-email",
                CodePurpose::Phone => "code.phone",
                CodePurpose::Link => "code.link",
                CodePurpose::StepUp => "code.step-up",
            },
            Self::SignInsFailed => "notice.sign-ins-failed",
            Self::NewDevice { .. } => "notice.new-device",
            Self::PasswordChanged => "notice.password-changed",
            Self::ContactDiffers { .. } => "notice.contact-differs",
            Self::EmailTaken => "notice.email-taken",
            Self::Activated { .. } => "notice.activated",
            Self::LinkRequested { .. } => "notice.link-requested",
            Self::LinkMade { .. } => "notice.link-made",
            Self::LinkRemoved { .. } => "notice.link-removed",
            Self::AccountClosed { .. } => "notice.account-closed",
            Self::PasswordMade => "notice.password-made",
            Self::SessionsEnded => "notice.sessions-ended",
            Self::RppsCorrected => "notice.rpps-corrected",
            Self::PlaceChosen => "notice.place-chosen",
            Self::RppsToCheck => "notice.rpps-to-check",
        }
    }

    /// The code inside, if it is a code.
    #[must_use]
    pub fn code(&self) -> Option<&Secret> {
        match self {
            Self::Code { code, .. } => Some(code),
            Self::SignInsFailed
            | Self::NewDevice { .. }
            | Self::PasswordChanged
            | Self::ContactDiffers { .. }
            | Self::EmailTaken
            | Self::Activated { .. }
            | Self::LinkRequested { .. }
            | Self::LinkMade { .. }
            | Self::LinkRemoved { .. }
            | Self::AccountClosed { .. }
            | Self::PasswordMade
            | Self::SessionsEnded
            | Self::RppsCorrected
            | Self::PlaceChosen
            | Self::RppsToCheck => None,
        }
    }

    /// The code of an account that somebody asks to link.
    #[must_use]
    pub fn link_code(code: &str, asking: ProvenBy) -> Self {
        Self::Code { purpose: CodePurpose::Link, code: Secret::new(code.to_owned()), asking: Some(asking) }
    }

    fn letter(&self, voice: Voice<'_>) -> Option<Letter> {
        match self {
            Self::Code { purpose, code, asking } => code::letter(*purpose, code, asking.as_ref(), voice),
            Self::SignInsFailed => Some(notice::sign_ins_failed(voice)),
            Self::NewDevice { device } => Some(notice::new_device(device, voice)),
            Self::PasswordChanged => Some(notice::password_changed(voice)),
            Self::ContactDiffers { change, freeze_token } => {
                Some(notice::contact_differs(*change, freeze_token, voice))
            }
            Self::EmailTaken => Some(notice::email_taken(voice)),
            Self::Activated { journey } => Some(notice::activated(journey, voice)),
            Self::LinkRequested { by } => Some(notice::link_requested(by, voice)),
            Self::LinkMade { by } => Some(notice::link_made(by, voice)),
            Self::LinkRemoved { provider, left } => Some(notice::link_removed(provider, left, voice)),
            Self::AccountClosed { provider } => Some(notice::account_closed(provider, voice)),
            Self::PasswordMade => Some(notice::password_made(voice)),
            Self::SessionsEnded => Some(notice::sessions_ended(voice)),
            Self::RppsCorrected => Some(notice::rpps_corrected(voice)),
            Self::PlaceChosen => Some(notice::place_chosen(voice)),
            Self::RppsToCheck => Some(notice::rpps_to_check(voice)),
        }
    }

    fn sms(&self, voice: Voice<'_>) -> Option<String> {
        let (name, phone) = (&voice.brand.sms_name, &voice.brand.help_phone);
        // What stands before and after a provider's name, where one is named.
        let (before, provider, after) = match self {
            Self::Code { code, .. } => return Some(code::sms(code, voice)),
            Self::PasswordChanged => ("le mot de passe de votre compte vient de changer.", "", ""),
            Self::ContactDiffers { .. } => {
                ("votre compte est en cours d'activation avec d'autres coordonnées.", "", "")
            }
            Self::LinkRequested { by } => {
                ("une demande de rattachement de votre compte à ", by.provider.as_str(), " est en cours.")
            }
            Self::LinkMade { by } => ("votre compte est maintenant rattaché à ", by.provider.as_str(), "."),
            Self::LinkRemoved { provider, .. } => ("votre compte n'est plus rattaché à ", provider.as_str(), "."),
            Self::AccountClosed { provider } => ("votre compte créé avec ", provider.as_str(), " vient d'être fermé."),
            Self::PasswordMade => ("un mot de passe vient d'être créé pour votre compte.", "", ""),
            Self::SessionsEnded => ("toutes les connexions à votre compte viennent d'être fermées.", "", ""),
            Self::SignInsFailed
            | Self::NewDevice { .. }
            | Self::EmailTaken
            | Self::Activated { .. }
            | Self::RppsCorrected
            | Self::PlaceChosen
            | Self::RppsToCheck => return None,
        };
        let after = format!("{after} Si ce n'est pas vous, appelez le {phone}.");
        Some(gsm::around(&format!("{name} : {before}"), provider, &after))
    }
}
