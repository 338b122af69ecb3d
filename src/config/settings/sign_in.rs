//! How people sign in and stay so: sessions, passwords, codes, and how often one may guess.

use std::time::Duration;

/// Sessions.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSettings {
    /// Silence after which a session ends (30 min).
    pub idle: Duration,
    /// Longest session (4 h).
    pub absolute: Duration,
    /// What the box on the sign-in page does.
    pub remember_me: RememberMe,
    /// Tell the person by e-mail of a sign-in from a browser never seen.
    pub new_device_mail: bool,
}

/// Decision 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RememberMe {
    /// Pre-fills the identifier for 90 days.
    Identifier,
    /// The session cookie survives closing the browser.
    Session,
    /// No box.
    Off,
}

/// Passwords.
#[derive(Debug, Clone, PartialEq)]
pub struct PasswordSettings {
    /// Which rules.
    pub profile: PasswordProfile,
    /// Argon2id memory (KiB).
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
    /// Argon2id lanes.
    pub lanes: u32,
    /// Hashes computed at once.
    pub workers: usize,
    /// Hashes waiting before the rest is refused with 503.
    pub queue: usize,
    /// Floor of a failed answer (decision 38).
    pub failure_floor: Duration,
    /// Import accepts unsalted MD5 and SHA-1 hashes.
    pub allow_unsalted: bool,
}

/// Password rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProfile {
    /// The guide's four criteria.
    Guide,
    /// 15 characters, no composition.
    Nist,
}

/// One-time codes.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeSettings {
    /// Life (10 min).
    pub lifetime: Duration,
    /// Tries (5).
    pub tries: u32,
    /// Wait before another may be sent (60 s).
    pub resend_wait: Duration,
    /// SMS per number and hour (3).
    pub sms_per_number_hour: u32,
    /// Codes per account and day (10).
    pub per_account_day: u32,
    /// SMS of the whole house per hour (200).
    pub sms_per_hour: u32,
    /// E-mails per address and hour (6).
    pub email_per_address_hour: u32,
}

/// Guessing budgets (decision 36).
#[derive(Debug, Clone, PartialEq)]
pub struct ThrottleSettings {
    /// Failures before the first wait (5).
    pub free_failures: u32,
    /// Failures per account and day (25).
    pub failures_per_day: u32,
    /// Failures per /24 or /64 and hour (100).
    pub failures_per_network_hour: u32,
    /// Codes sent per /24 or /64, class of purposes and hour (200).
    pub sends_per_network_hour: u32,
    /// Tries of everyone per minute, right or wrong, that raise an alarm (1 000).
    pub global_alarm_per_minute: u32,
}
