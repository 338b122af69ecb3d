//! Counters for the administrator. Labels come from closed sets and from the configuration, never from a client.
//!
//! What each request counts is atomic: no lock is shared by requests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// Upper bounds of the duration buckets, in microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];
/// Status classes; the last is "the client left".
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "none"];

/// Every metric of the process.
pub struct Metrics {
    registry: Mutex<Registry>,
    routes: Arc<Mutex<BTreeMap<String, Arc<RouteMeters>>>>,
    /// Connections open on public listeners.
    pub connections: Gauge,
    /// Tunnels (WebSocket) open.
    pub tunnels: Gauge,
    /// Servers that are well, of each upstream whose servers are asked.
    pub well_servers: Family<[(&'static str, String); 1], Gauge>,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("guichet");
        let (connections, tunnels) = (Gauge::default(), Gauge::default());
        registry.register("connections", "Connections open on public listeners", connections.clone());
        registry.register("tunnels", "WebSocket tunnels open", tunnels.clone());
        let refused = Family::default();
        registry.register("connections_refused", "Connections closed before their first request", refused.clone());
        let well_servers = Family::default();
        registry.register("upstream_servers_well", "Servers of an upstream that answer well", well_servers.clone());
        let routes = Arc::new(Mutex::new(BTreeMap::new()));
        registry.register_collector(Box::new(Routes(Arc::clone(&routes))));
        Self { registry: Mutex::new(registry), routes, connections, tunnels, well_servers, refused }
    }
}

impl Metrics {
    /// The counters of a route, or of a part of the gateway (`guichet` for our own pages, `none` for no route). Names come from the configuration.
    #[must_use]
    pub fn route(&self, name: &str) -> Arc<RouteMeters> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let meters = routes.entry(name.to_owned()).or_insert_with(|| Arc::new(RouteMeters::named(name)));
        Arc::clone(meters)
    }

    /// Counts a connection closed before its first request; reasons are words of the gateway.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&[("reason", reason)]).inc();
    }

    /// Lets another room register what it counts, once, at start.
    pub fn register(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The text that `/metrics` answers.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if prometheus_client::encoding::text::encode(&mut text, &registry).is_err() {
            text.clear();
        }
        text
    }
}

/// The counters of one route.
#[derive(Debug)]
pub struct RouteMeters {
    name: String,
    classes: [AtomicU64; 6],
    buckets: [AtomicU64; 13],
    microseconds: AtomicU64,
}

impl RouteMeters {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            classes: Default::default(),
            buckets: Default::default(),
            microseconds: AtomicU64::new(0),
        }
    }

    /// The route's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts one request that ended.
    pub fn count(&self, status: Option<StatusCode>, elapsed: Duration) {
        let class = status.map_or(5, |status| usize::from(status.as_u16() / 100).saturating_sub(1).min(4));
        let elapsed = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| elapsed <= *bound).unwrap_or(BOUNDS.len());
        for counter in [self.classes.get(class), self.buckets.get(bucket)].into_iter().flatten() {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(elapsed, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Routes(Arc<Mutex<BTreeMap<String, Arc<RouteMeters>>>>);

impl Collector for Routes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let routes: Vec<Arc<RouteMeters>> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        {
            let mut requests =
                encoder.encode_descriptor("requests", "Requests answered, by class", None, MetricType::Counter)?;
            for route in &routes {
                for (class, count) in CLASSES.iter().zip(&route.classes) {
                    let labels = [("route", route.name.as_str()), ("class", class)];
                    let counter = ConstCounter::new(count.load(Ordering::Relaxed));
                    counter.encode(requests.encode_family(&labels)?)?;
                }
            }
        }
        let mut durations = encoder.encode_descriptor(
            "request_duration",
            "Time until the answer has ended",
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        for route in &routes {
            let counts: Vec<u64> = route.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
            let bounds = BOUNDS.iter().map(|bound| Duration::from_micros(*bound).as_secs_f64()).chain([f64::INFINITY]);
            let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
            let sum = Duration::from_micros(route.microseconds.load(Ordering::Relaxed)).as_secs_f64();
            let labels = [("route", route.name.as_str())];
            durations.encode_family(&labels)?.encode_histogram::<[(&str, &str); 0]>(
                sum,
                counts.iter().sum(),
                &buckets,
                None,
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_class() {
        let metrics = Metrics::default();
        let portal = metrics.route("portal");
        portal.count(Some(StatusCode::OK), Duration::from_millis(3));
        portal.count(Some(StatusCode::BAD_GATEWAY), Duration::from_millis(3));
        portal.count(None, Duration::from_secs(60));
        let text = metrics.render();
        for line in [
            "guichet_requests_total{route=\"portal\",class=\"2xx\"} 1",
            "guichet_requests_total{route=\"portal\",class=\"5xx\"} 1",
            "guichet_requests_total{route=\"portal\",class=\"none\"} 1",
            "guichet_request_duration_seconds_bucket{le=\"0.005\",route=\"portal\"} 2",
            "guichet_request_duration_seconds_bucket{le=\"+Inf\",route=\"portal\"} 3",
            "guichet_request_duration_seconds_count{route=\"portal\"} 3",
        ] {
            assert!(text.contains(line), "{line} not in\n{text}");
        }
    }
}
