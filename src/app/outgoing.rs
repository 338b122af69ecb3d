//! Everything the gateway itself calls: mail relay, SMS service, identity providers.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;

use crate::account::Directory;
use crate::config::Settings;
use crate::config::settings::{EmailSettings, SmsSettings};
use crate::notify::email::SmtpSender;
use crate::notify::notifier::FailureObserver;
use crate::notify::sms::HttpSmsSender;
use crate::notify::{Channel, Notifier, Parts, Sender};
use crate::observe::Fact;
use crate::observe::audit::Origin;
use crate::outbound::{Options, OutboundClient, OutboundError};
use crate::rp::{CallError, HttpCall, RelyingParty};

use super::Doors;

/// The senders the configuration names.
///
/// # Errors
/// When a relay's settings cannot be used, or the outbox is asked for where none was given.
pub fn notifier(settings: &Settings, doors: &Doors, directory: &Arc<dyn Directory>) -> anyhow::Result<Notifier> {
    let outbox = |channel| {
        let outbox =
            doors.outbox.as_ref().context("the configuration asks for the outbox, which only `guichet demo` has")?;
        Ok::<_, anyhow::Error>(outbox.sender(channel))
    };
    let email: Arc<dyn Sender> = match &settings.email {
        EmailSettings::Smtp(smtp) => {
            Arc::new(SmtpSender::new(smtp.clone(), &settings.brand.name).context("email.smtp cannot be used")?)
        }
        EmailSettings::Outbox { .. } => outbox(Channel::Email)?,
    };
    let sms: Option<Arc<dyn Sender>> = match &settings.sms {
        SmsSettings::Http(http) => Some(Arc::new(HttpSmsSender::new(http.clone()).context("sms.http cannot be used")?)),
        SmsSettings::Outbox => Some(outbox(Channel::Sms)?),
        SmsSettings::Off => None,
    };
    Ok(Notifier::new(Parts {
        email,
        sms,
        brand: Arc::new(settings.brand.clone()),
        public_url: settings.public_url.clone(),
        code_lifetime: settings.codes.lifetime,
        entropy: doors.entropy.clone(),
        on_failure: Some(observer(doors, directory)),
    }))
}

/// A message given up is a log line and an audit fact; nobody waits for either.
fn observer(doors: &Doors, directory: &Arc<dyn Directory>) -> FailureObserver {
    let (clock, directory) = (doors.clock.clone(), Arc::clone(directory));
    Arc::new(move |failure| {
        let (channel, class) = (failure.channel.as_str(), failure.error.as_str());
        tracing::error!(
            channel,
            purpose = failure.purpose,
            class,
            queued = failure.queued,
            "a message could not be sent"
        );
        let event = Origin::default().event(clock.now(), Fact::NotifyFailed, None);
        let event = event.with("channel", channel).with("purpose", failure.purpose).with("class", class);
        let directory = Arc::clone(&directory);
        tokio::spawn(async move {
            if let Err(error) = directory.record(&[event]).await {
                tracing::error!(error = &error as &dyn std::error::Error, "an audit fact could not be stored");
            }
        });
    })
}

/// Identity providers by name, and the clients that call them.
pub type Called = (BTreeMap<String, Arc<RelyingParty>>, Vec<OutboundClient>);

/// The identity providers the configuration names; none is asked anything yet.
///
/// # Errors
/// When a certificate cannot be read.
pub fn providers(settings: &Settings) -> anyhow::Result<Called> {
    let (mut providers, mut clients) = (BTreeMap::new(), Vec::new());
    for (name, provider) in &settings.identity_providers {
        let client = OutboundClient::new(Options {
            connect_timeout: provider.connect_timeout,
            total_timeout: provider.timeout,
            ca_file: provider.ca_file.clone(),
            certificate: provider.client_certificate.clone(),
            allow_http_loopback: settings.development,
        })
        .with_context(|| format!("identity_provider.{name} cannot be called"))?;
        clients.push(client.clone());
        let party = RelyingParty::new(provider, &settings.public_url, Arc::new(Outbound(client)));
        providers.insert(name.clone(), Arc::new(party));
    }
    Ok((providers, clients))
}

/// Our client in the form the relying party asks for.
#[derive(Debug)]
struct Outbound(OutboundClient);

#[async_trait]
impl HttpCall for Outbound {
    async fn call(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, CallError> {
        self.0.send(request).await.map_err(|error| match error {
            OutboundError::Timeout => CallError::TimedOut,
            OutboundError::TooLarge => CallError::TooLarge,
            other @ (OutboundError::Address
            | OutboundError::Connect(_)
            | OutboundError::Tls(_)
            | OutboundError::Protocol(_)) => CallError::Failed(Box::new(other)),
        })
    }
}
