//! Sections made of numbers and durations: limits, assertion, session, password, codes, throttle, log.

use super::Check;
use crate::config::fault::KeyPath;
use crate::config::file::assertion::{AlgorithmFile, AssertionFile};
use crate::config::file::codes::CodesFile;
use crate::config::file::limits::LimitsFile;
use crate::config::file::operation::{LogFile, LogFormatFile};
use crate::config::file::password::{PasswordFile, ProfileFile};
use crate::config::file::session::{RememberMeFile, SessionFile};
use crate::config::file::throttle::ThrottleFile;
use crate::config::settings::{
    AssertionSettings, CodeSettings, Limits, LogSettings, PasswordProfile, PasswordSettings, RememberMe,
    SessionSettings, SigningAlgorithm, ThrottleSettings,
};

impl Check<'_> {
    pub(super) fn limits(&mut self, file: &LimitsFile) -> Limits {
        let table = KeyPath::root().key("limits");
        Limits {
            head_bytes: self.bounded(&table, "head_bytes", file.head_bytes, 8_192, 262_144),
            headers: self.bounded(&table, "headers", file.headers, 20, 1_000),
            body_bytes: bytes_or_unlimited(file.body_bytes),
            head_timeout: self.duration(&table, "head_timeout", &file.head_timeout, "1 s", "5 min"),
            connect_timeout: self.duration(&table, "connect_timeout", &file.connect_timeout, "100 ms", "60 s"),
            response_timeout: self.duration(&table, "response_timeout", &file.response_timeout, "1 s", "1 h"),
            body_idle_timeout: self.duration(&table, "body_idle_timeout", &file.body_idle_timeout, "1 s", "1 h"),
            handshake_timeout: self.duration(&table, "handshake_timeout", &file.handshake_timeout, "1 s", "10 s"),
            connections: self.bounded(&table, "connections", file.connections, 10, 1_000_000),
            connections_per_address: self.bounded(
                &table,
                "connections_per_address",
                file.connections_per_address,
                1,
                1_000_000,
            ),
            http2_streams: self.bounded(&table, "http2_streams", file.http2_streams, 1, 1_000),
            drain_timeout: self.duration(&table, "drain_timeout", &file.drain_timeout, "100 ms", "10 min"),
        }
    }

    pub(super) fn assertion(&mut self, file: &AssertionFile) -> AssertionSettings {
        let table = KeyPath::root().key("assertion");
        let lifetime = self.duration(&table, "lifetime", &file.lifetime, "10 s", "5 min");
        let reuse = self.duration(&table, "reuse", &file.reuse, "0 s", "150 s");
        if reuse.saturating_mul(2) > lifetime {
            self.fault(
                &table.key("reuse"),
                format!("{:?} is more than half of lifetime", file.reuse.0),
                "at most half of assertion.lifetime",
            );
        }
        AssertionSettings {
            algorithm: match file.algorithm {
                AlgorithmFile::Es256 => SigningAlgorithm::Es256,
                AlgorithmFile::EdDsa => SigningAlgorithm::EdDsa,
            },
            lifetime,
            reuse,
            max_bytes: self.bounded(&table, "max_bytes", file.max_bytes, 1_024, 65_536),
        }
    }

    pub(super) fn session(&mut self, file: &SessionFile) -> SessionSettings {
        let table = KeyPath::root().key("session");
        let idle = self.duration(&table, "idle", &file.idle, "1 min", "24 h");
        let absolute = self.duration(&table, "absolute", &file.absolute, "5 min", "24 h");
        if idle > absolute {
            self.fault(
                &table.key("idle"),
                format!("{:?} is longer than session.absolute", file.idle.0),
                format!("at most {:?}", file.absolute.0),
            );
        }
        SessionSettings {
            idle,
            absolute,
            remember_me: match file.remember_me {
                RememberMeFile::Identifier => RememberMe::Identifier,
                RememberMeFile::Session => RememberMe::Session,
                RememberMeFile::Off => RememberMe::Off,
            },
            new_device_mail: file.new_device_mail,
        }
    }

    pub(super) fn password(&mut self, file: &PasswordFile) -> PasswordSettings {
        let table = KeyPath::root().key("password");
        // OWASP's smallest argon2id; development may go below to start on a small machine.
        let (memory, passes) = if self.development { (64, 1) } else { (19_456, 2) };
        PasswordSettings {
            profile: match file.profile {
                ProfileFile::Guide => PasswordProfile::Guide,
                ProfileFile::Nist => PasswordProfile::Nist,
            },
            memory_kib: self.bounded(&table, "memory_kib", file.memory_kib, memory, 1_048_576),
            passes: self.bounded(&table, "passes", file.passes, passes, 16),
            lanes: self.bounded(&table, "lanes", file.lanes, 1, 8),
            workers: self.bounded(&table, "workers", file.workers, 1, 256),
            queue: self.bounded(&table, "queue", file.queue, 1, 10_000),
            failure_floor: self.duration(&table, "failure_floor", &file.failure_floor, "0 ms", "5 s"),
            allow_unsalted: file.allow_unsalted,
        }
    }

    pub(super) fn codes(&mut self, file: &CodesFile) -> CodeSettings {
        let table = KeyPath::root().key("codes");
        CodeSettings {
            lifetime: self.duration(&table, "lifetime", &file.lifetime, "1 min", "15 min"),
            tries: self.bounded(&table, "tries", file.tries, 1, 10),
            resend_wait: self.duration(&table, "resend_wait", &file.resend_wait, "10 s", "10 min"),
            sms_per_number_hour: self.bounded(&table, "sms_per_number_hour", file.sms_per_number_hour, 1, 20),
            per_account_day: self.bounded(&table, "per_account_day", file.per_account_day, 1, 100),
            sms_per_hour: self.bounded(&table, "sms_per_hour", file.sms_per_hour, 1, 100_000),
            email_per_address_hour: self.bounded(&table, "email_per_address_hour", file.email_per_address_hour, 1, 60),
        }
    }

    pub(super) fn throttle(&mut self, file: &ThrottleFile) -> ThrottleSettings {
        let table = KeyPath::root().key("throttle");
        ThrottleSettings {
            free_failures: self.bounded(&table, "free_failures", file.free_failures, 1, 10),
            // RIE, EXI 25: 25 tries in 24 hours at most.
            failures_per_day: self.bounded(&table, "failures_per_day", file.failures_per_day, 5, 25),
            failures_per_network_hour: self.bounded(
                &table,
                "failures_per_network_hour",
                file.failures_per_network_hour,
                10,
                100_000,
            ),
            sends_per_network_hour: self.bounded(
                &table,
                "sends_per_network_hour",
                file.sends_per_network_hour,
                10,
                100_000,
            ),
            global_alarm_per_minute: self.bounded(
                &table,
                "global_alarm_per_minute",
                file.global_alarm_per_minute,
                10,
                1_000_000,
            ),
        }
    }

    pub(super) fn log(&mut self, file: &LogFile) -> LogSettings {
        let path = KeyPath::root().key("log").key("level");
        if tracing_subscriber::EnvFilter::try_new(&file.level).is_err() || file.level.trim().is_empty() {
            self.fault(
                &path,
                format!("{:?} is not a filter", file.level),
                "\"info\", \"warn\", \"info,guichet=debug\"",
            );
        } else if !self.development && file.level.to_ascii_lowercase().contains("trace") {
            // What libraries trace includes headers and bodies.
            self.fault(
                &path,
                format!("{:?} would log what people send", file.level),
                "\"debug\" at most outside development",
            );
        }
        LogSettings {
            json: match file.format {
                LogFormatFile::Json => true,
                LogFormatFile::Text => false,
            },
            level: file.level.clone(),
            access: file.access,
        }
    }
}

/// 0 in the file is "no limit".
pub(super) fn bytes_or_unlimited(bytes: u64) -> Option<u64> {
    (bytes > 0).then_some(bytes)
}
