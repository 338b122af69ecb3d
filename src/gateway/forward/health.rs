//! Asking the servers of an upstream how they are. One task for each upstream that wants it, which ends with the upstream.

use futures_util::future::join_all;
use http::header::{CONNECTION, HOST, USER_AGENT};
use http::{HeaderValue, Request, StatusCode, Uri};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use std::sync::Arc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::settings::{HealthCheck, UpstreamProtocol};

use super::server::Server;
use super::upstreams::milliseconds_since;
use super::{Failure, Upload, connector};

const AGENT: HeaderValue = HeaderValue::from_static("guichet-health-check");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// How many servers are well, by upstream.
pub type WellServers = Family<[(&'static str, String); 1], Gauge>;

/// Who is asked, and how.
#[derive(Debug)]
pub(super) struct Asked {
    /// The upstream, in logs and metrics.
    pub(super) upstream: String,
    pub(super) servers: Vec<Arc<Server>>,
    pub(super) protocol: UpstreamProtocol,
    pub(super) check: HealthCheck,
    /// The beginning of the upstream's clock.
    pub(super) began: Instant,
    pub(super) well: WellServers,
}

impl Asked {
    /// Asks until the guard is dropped. Must be called inside a runtime.
    pub(super) fn start(self) -> DropGuard {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move {
            let label = [("upstream", self.upstream.clone())];
            tokio::select! {
                () = self.ask_on() => {}
                () = stopped.cancelled() => {}
            }
            self.well.remove(&label);
        });
        stop.drop_guard()
    }

    async fn ask_on(&self) {
        let mut ticks = interval(self.check.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut all = vec![Health::default(); self.servers.len()];
        loop {
            ticks.tick().await;
            let answers = join_all(self.servers.iter().map(|server| self.ask(server))).await;
            for ((health, server), answer) in all.iter_mut().zip(&self.servers).zip(answers) {
                let (upstream, name) = (&self.upstream, server.authority());
                match health.after(answer.is_ok(), &self.check) {
                    Some(true) => {
                        server.standing.well(milliseconds_since(self.began));
                        tracing::info!(upstream, server = %name, "a server of an upstream is well again");
                    }
                    Some(false) => {
                        server.standing.sick();
                        let cause = answer.err().unwrap_or_default();
                        tracing::warn!(upstream, server = %name, cause, "a server of an upstream is not well and is left out");
                    }
                    None => {}
                }
            }
            let well = all.iter().filter(|health| !health.sick).count();
            let gauge = self.well.get_or_create(&[("upstream", self.upstream.clone())]);
            gauge.set(i64::try_from(well).unwrap_or(i64::MAX));
        }
    }

    /// One question, on a connection of its own; else what is wrong.
    async fn ask(&self, server: &Server) -> Result<(), String> {
        let answered = timeout(self.check.timeout, self.exchange(server)).await;
        match answered {
            Ok(Ok(status)) if status.is_success() || status.is_redirection() => Ok(()),
            Ok(Ok(status)) => Err(format!("it answers {status}")),
            Ok(Err(failure)) => Err(failure.cause().to_string()),
            Err(_) => Err("it does not answer in time".to_owned()),
        }
    }

    async fn exchange(&self, server: &Server) -> Result<StatusCode, Failure> {
        let mut request = Request::new(Upload::new(None, None));
        request.headers_mut().insert(USER_AGENT, AGENT);
        match self.protocol {
            UpstreamProtocol::Http1 => {
                *request.uri_mut() = Uri::from(self.check.path.clone());
                // An authority is always the value of a header.
                let host = HeaderValue::from_str(server.authority().as_str()).ok();
                request.headers_mut().extend(host.map(|host| (HOST, host)));
                request.headers_mut().insert(CONNECTION, CLOSE);
                let mut opened = connector::open(server.reach()).await?;
                let answered = opened.sender.send_request(request);
                opened.driver.until(answered).await.map(|answer| answer.status()).map_err(Failure::Http)
            }
            UpstreamProtocol::Http2 => {
                let scheme = if server.reach().tls.is_some() { "https" } else { "http" };
                let uri = Uri::builder().scheme(scheme).authority(server.authority().clone());
                // Made of parts that were read before.
                *request.uri_mut() = uri.path_and_query(self.check.path.clone()).build().unwrap_or_default();
                let mut sender = connector::open_shared(server.reach()).await?;
                sender.send_request(request).await.map(|answer| answer.status()).map_err(Failure::Http)
            }
        }
    }
}

/// What the answers of one server have told so far. Pure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Health {
    sick: bool,
    /// Answers in a row that speak against what is thought of it.
    against: u32,
}

impl Health {
    /// One more answer; says when it changes from well to not well (`false`) or back (`true`).
    fn after(&mut self, good: bool, check: &HealthCheck) -> Option<bool> {
        if good != self.sick {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let enough = if self.sick { check.successes } else { check.failures };
        if self.against < enough {
            return None;
        }
        *self = Self { sick: !self.sick, against: 0 };
        Some(!self.sick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_server_leaves_after_bad_answers_in_a_row_and_is_back_after_good_ones() {
        let path = http::uri::PathAndQuery::from_static("/");
        let (interval, timeout) = (Duration::from_secs(1), Duration::from_secs(1));
        let check = HealthCheck { path, interval, timeout, failures: 3, successes: 2 };
        let mut health = Health::default();
        let mut told = String::new();
        for answer in "bbgbbbbbgbgggbbgbbb".chars() {
            told.push(match health.after(answer == 'g', &check) {
                Some(true) => '+',
                Some(false) => '-',
                None => '.',
            });
        }
        assert_eq!(told, ".....-.....+......-");
    }
}
