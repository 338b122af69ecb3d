//! What is told about the gateway: log lines, audit facts, metrics.
//! Never a secret, a code, a typed identifier or an address in clear outside the audit log.

pub mod access;
mod access_writer;
pub mod audit;
pub mod log;
pub mod metrics;
pub mod request;

pub use access::AccessLine;
pub use audit::{AuditEvent, Fact};
pub use metrics::{Metrics, RouteMeters};
pub use request::{ClientAddr, Elsewhere, RequestId};
