//! What is told about the gateway: log lines, audit facts, metrics.
//! Never a secret, a code, a typed identifier or an address in clear outside the audit log.

pub mod audit;

pub use audit::{AuditEvent, Fact};
