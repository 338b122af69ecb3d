//! The certificates of listeners, those for upstreams and those for identity providers, while the gateway runs: taken again when their files change or at SIGHUP, and
//! their ends told in time.

mod credentials;

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{SharedClock, Timestamp};
use crate::gateway::tls::certificates::{Ending, ending};
use crate::gateway::{Gateway, Listener};
use crate::observe::Metrics;
use crate::outbound::OutboundClient;

pub use credentials::Credentials;

/// How often files are looked at; new ones are shown within this time.
const LOOK: Duration = Duration::from_secs(5);

/// When each certificate ends, by file.
type Ends = Family<[(&'static str, String); 1], Gauge>;

/// What is read for as long as the process lives: certificates of listeners, and what identity providers are believed and shown.
#[must_use]
pub fn shown(listeners: &[Listener], outgoing: &[OutboundClient]) -> Vec<Credentials> {
    let listeners = listeners.iter().filter_map(Listener::tls).map(|tls| Credentials::Shown(Arc::clone(tls)));
    let outgoing = outgoing.iter().filter(|client| client.files().next().is_some());
    listeners.chain(outgoing.map(|client| Credentials::ForProvider(client.clone()))).collect()
}

/// Starts the task; it ends with `stop`. SIGHUP is taken even when no listener speaks TLS: unheard, it would end the process.
///
/// # Errors
/// When the system gives no signal.
pub fn watch(
    shown: Vec<Credentials>,
    gateway: &Gateway,
    clock: SharedClock,
    metrics: &Metrics,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> std::io::Result<()> {
    let ends = Ends::default();
    metrics.register(|registry| {
        let help = "When a certificate ends, in seconds since 1970";
        registry.register("certificate_expiry_timestamp_seconds", help, ends.clone());
    });
    let mut all: Vec<Watched> = shown.into_iter().map(|credentials| Watched::new(credentials, ends.clone())).collect();
    let mut hangup = signal(SignalKind::hangup())?;
    let (gateway, stop) = (gateway.clone(), stop.clone());
    tasks.spawn(async move {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let when = tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => When::Changed,
                _ = hangup.recv() => {
                    tracing::info!("SIGHUP: certificates are read again");
                    When::Always
                }
            };
            let now = clock.now();
            follow(&mut all, &gateway, &ends);
            // Files may stand on a disk that is slow, or gone.
            let looked = tokio::task::spawn_blocking(move || {
                for watched in &mut all {
                    watched.look(when, now);
                }
                all
            });
            match looked.await {
                Ok(same) => all = same,
                Err(_) => break,
            }
        }
    });
    Ok(())
}

/// When files are read again.
#[derive(Debug, Clone, Copy)]
enum When {
    /// When they look different.
    Changed,
    /// Now.
    Always,
}

/// Watches what the routes of now need, and nothing of routes that are gone.
fn follow(all: &mut Vec<Watched>, gateway: &Gateway, ends: &Ends) {
    let needed = gateway.upstream_tls();
    all.retain(|watched| match &watched.credentials {
        Credentials::Shown(_) | Credentials::ForProvider(_) => true,
        Credentials::ForUpstream(tls) => needed.iter().any(|needed| Arc::ptr_eq(needed, tls)),
    });
    for tls in needed {
        let is_watched = |watched: &Watched| matches!(&watched.credentials, Credentials::ForUpstream(known) if Arc::ptr_eq(known, &tls));
        if !all.iter().any(is_watched) {
            all.push(Watched::new(Credentials::ForUpstream(tls), ends.clone()));
        }
    }
}

/// Certificates that are read together, and what was said of each.
#[derive(Debug)]
struct Watched {
    credentials: Credentials,
    told: Vec<Option<Ending>>,
    ends: Ends,
}

impl Watched {
    fn new(credentials: Credentials, ends: Ends) -> Self {
        Self { credentials, told: Vec::new(), ends }
    }

    fn look(&mut self, when: When, now: Timestamp) {
        let wanted = match when {
            When::Changed => self.credentials.has_changed(),
            When::Always => true,
        };
        if wanted {
            let files = self.credentials.files();
            match self.credentials.reload() {
                Ok(()) => tracing::info!(?files, "certificates were read again; new connections are shown them"),
                Err(error) => {
                    let error: &dyn std::error::Error = &*error;
                    tracing::error!(error, ?files, "new certificates cannot be used; those shown before stay");
                }
            }
        }
        self.tell_ends(now);
    }

    /// Once at each step on the way to the end, and again after a restart.
    fn tell_ends(&mut self, now: Timestamp) {
        let all = self.credentials.ends();
        self.told.resize(all.len(), None);
        for ((file, not_after), told) in all.into_iter().zip(&mut self.told) {
            self.ends.get_or_create(&[("certificate", file.clone())]).set(not_after.as_second());
            let near = ending(not_after, now);
            if near > *told {
                let not_after = not_after.to_string();
                match near {
                    Some(Ending::Ended) => tracing::error!(file, not_after, "a certificate has ended"),
                    _ => tracing::warn!(file, not_after, "a certificate ends soon"),
                }
            }
            *told = near;
        }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::config::certificates::CertificateFiles;
    use crate::config::settings::{ClientCertificates, TlsSettings};
    use crate::gateway::tls::Tls;

    fn write(files: &CertificateFiles, year: i32) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["portail.test".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 6, 30);
        std::fs::write(&files.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
    }

    #[test]
    fn a_certificate_near_its_end_is_told_once_at_each_step_and_a_new_one_ends_that() {
        let folder = tempfile::tempdir().unwrap();
        let files = CertificateFiles {
            certificate: folder.path().join("portail.pem"),
            key: folder.path().join("portail.key"),
            development: true,
        };
        write(&files, 2026);
        let settings = TlsSettings { certificates: vec![files.clone()], clients: ClientCertificates::Off };
        let ends = Ends::default();
        let mut watched = Watched::new(Credentials::Shown(Arc::new(Tls::load(settings).unwrap())), ends.clone());
        let label = [("certificate", files.certificate.display().to_string())];
        for (now, expected) in [
            ("2026-01-01T00:00:00Z", None),
            ("2026-06-10T00:00:00Z", Some(Ending::Month)),
            ("2026-06-25T00:00:00Z", Some(Ending::Week)),
            ("2026-06-29T12:00:00Z", Some(Ending::Day)),
            ("2026-07-01T00:00:00Z", Some(Ending::Ended)),
        ] {
            watched.look(When::Changed, now.parse().unwrap());
            assert_eq!(watched.told, [expected], "{now}");
            assert_eq!(ends.get_or_create(&label).get(), 1_782_777_600);
        }
        write(&files, 2027);
        watched.look(When::Changed, "2026-07-01T00:00:05Z".parse().unwrap());
        assert_eq!(watched.told, [None]);
        assert_eq!(ends.get_or_create(&label).get(), 1_814_313_600);
        std::fs::write(&files.key, "not a key").unwrap();
        watched.look(When::Always, "2026-07-01T00:00:10Z".parse().unwrap());
        assert_eq!(ends.get_or_create(&label).get(), 1_814_313_600, "what was shown stays");
    }
}
