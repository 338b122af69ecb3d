//! Screens: typed values in, whole HTML pages out, one method per screen.
//! Decides nothing about accounts, forms or statuses; handlers judge, this shows.

mod account;
mod account_changes;
mod activation;
mod answers;
mod ciba;
mod code;
mod contacts;
mod fields;
mod form;
mod frame;
mod linking;
mod message;
mod organisation;
mod place;
mod refusals;
mod reset;
mod session;
mod sign_in;
mod trouble;

#[cfg(test)]
mod tests;

pub use account::{AccountView, Known, PlaceLine, ProviderLine, RppsLine, SessionLine, WayIn};
pub use account_changes::{LinkReview, Linked, Unlinking};
pub use activation::DetailsView;
pub use answers::{Answers, Link, Tokens};
pub use ciba::{CibaOver, CibaView, CibaWaitingView};
pub use code::{CodePurpose, CodeView, Destination};
pub use contacts::{PscEmailView, PscPhoneView, ReminderView, WantedView};
pub use frame::{Idle, Notice, Stage, Tone};
pub use linking::NotAdmitted;
pub use organisation::{BillingLine, FreezeState, OrganisationView};
pub use place::{Asked, NO_PLACE, PlaceChoice, PlaceView};
pub use refusals::NoAccess;
pub use session::{HandOverFailed, Insufficient, SignedOut, StepUpReason, StepUpView, StepUpWay, StillOpen};
pub use sign_in::FactorView;
pub use trouble::Away;

use serde::Serialize;

use crate::config::Settings;
use crate::config::settings::{ActivationSettings, Brand, EmailSettings, PasswordProfile, Profile, RememberMe};
use crate::pages::assets::{AssetError, Assets};
use crate::templates::{TemplateError, Templates};

/// A page, or why it could not be made.
pub type Rendered = Result<String, TemplateError>;

/// The views could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// A template is wrong.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A picture is wrong.
    #[error(transparent)]
    Asset(#[from] AssetError),
}

/// What a request brings to any page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Hidden fields of the page's own form.
    pub tokens: Tokens,
    /// Hidden fields of the form of Pro Santé Connect and other providers; absent, no button is drawn.
    pub psc: Option<Tokens>,
    /// Providers whose buttons that form has; empty: all that are configured.
    pub providers: Vec<String>,
    /// Providers that the sign-in page offers to use without leaving it.
    pub ciba: Vec<String>,
    /// That form confirms who is signed in, and opens no other session.
    pub confirming: bool,
    /// What happened before, told once.
    pub notice: Option<Notice>,
    /// Warn before the session's idle end (activation forms, script only).
    pub idle: Option<Idle>,
    /// Version of the gateway, shown to administrators only.
    pub version: Option<String>,
}

/// Everything needed to draw every screen.
#[derive(Debug)]
pub struct Views {
    templates: Templates,
    assets: Assets,
    brand: Brand,
    activation: ActivationSettings,
    remember_me: RememberMe,
    absolute_hours: u64,
    password_profile: PasswordProfile,
    mail_from: String,
    providers: Vec<ProviderLook>,
    development: bool,
}

/// What the configuration says of a provider's button.
#[derive(Debug)]
struct ProviderLook {
    name: String,
    label: String,
    is_psc: bool,
    about: Option<String>,
    terms: Option<String>,
}

impl ProviderLook {
    /// Of every provider, Pro Santé Connect first: it is never less in sight than others (fact sheet 4.2).
    fn all(settings: &Settings) -> Vec<Self> {
        let mut looks: Vec<Self> = settings
            .identity_providers
            .values()
            .map(|provider| Self {
                name: provider.name.clone(),
                label: provider.label.clone(),
                is_psc: provider.profile == Profile::Psc,
                about: provider.about_url.as_ref().map(ToString::to_string),
                terms: provider.terms_url.as_ref().map(ToString::to_string),
            })
            .collect();
        looks.sort_by_key(|look| !look.is_psc);
        looks
    }
}

impl Views {
    /// Loads templates and pictures, and compiles every template.
    ///
    /// # Errors
    /// A template or a picture named by the configuration is missing or wrong.
    pub fn new(settings: &Settings) -> Result<Self, ViewsError> {
        let templates = Templates::load(settings.brand.templates.as_deref())?;
        templates.check()?;
        let pictures = settings.identity_providers.values();
        let pictures =
            pictures.filter_map(|provider| Some((provider.name.as_str(), provider.button_image.as_deref()?)));
        let assets = Assets::build(&settings.brand, pictures)?;
        Ok(Self {
            templates,
            assets,
            brand: settings.brand.clone(),
            activation: settings.activation.clone(),
            remember_me: settings.session.remember_me,
            absolute_hours: settings.session.absolute.as_secs() / 3600,
            password_profile: settings.password.profile,
            mail_from: match &settings.email {
                EmailSettings::Smtp(smtp) => smtp.from.clone(),
                EmailSettings::Outbox { from } => from.clone(),
            },
            providers: ProviderLook::all(settings),
            development: settings.development,
        })
    }

    /// Files to serve under `/_guichet/assets/`.
    #[must_use]
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// These providers, in the order of their buttons.
    #[must_use]
    pub fn in_order_of_buttons(&self, mut names: Vec<String>) -> Vec<String> {
        names.sort_by_key(|name| self.providers.iter().position(|look| look.name == *name));
        names
    }

    /// The portal's names and telephone numbers, for sentences.
    #[must_use]
    pub fn brand(&self) -> &Brand {
        &self.brand
    }

    fn show<S: Serialize>(&self, template: &str, frame: frame::Frame, screen: S) -> Rendered {
        self.templates.render(template, &Shown { frame, screen })
    }
}

/// What every template is given: `frame` and `screen`.
#[derive(Serialize)]
struct Shown<S> {
    frame: frame::Frame,
    screen: S,
}
