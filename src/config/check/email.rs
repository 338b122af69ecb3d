//! `[email]`: a relay that is asked for encryption, or the outbox in development.

use super::Check;
use super::secrets::Ways;
use super::values::is_loopback_name;
use crate::config::fault::KeyPath;
use crate::config::file::email::{EmailFile, EmailTransportFile, SmtpFile, SmtpSecurityFile};
use crate::config::settings::{EmailSettings, SmtpSecurity, SmtpSettings};

impl Check<'_> {
    pub(super) fn email(&mut self, file: &EmailFile) -> Option<EmailSettings> {
        let table = KeyPath::root().key("email");
        let from = self.required(&table, "from", file.from.as_ref(), "the sender's address");
        let from = from.and_then(|text| self.email_address(&table.key("from"), &text));
        match (file.transport, self.development) {
            (Some(EmailTransportFile::Smtp), _) => {
                let smtp = self.smtp(&table.key("smtp"), &file.smtp, from);
                smtp.map(EmailSettings::Smtp)
            }
            (Some(EmailTransportFile::Outbox) | None, true) => Some(EmailSettings::Outbox { from: from? }),
            (Some(EmailTransportFile::Outbox), false) => {
                self.fault(
                    &table.key("transport"),
                    "\"outbox\" sends nothing",
                    "\"smtp\"; \"outbox\" only with development = true",
                );
                None
            }
            (None, false) => {
                self.fault(&table.key("transport"), "is missing: codes leave by e-mail", "\"smtp\", with [email.smtp]");
                None
            }
        }
    }

    fn smtp(&mut self, table: &KeyPath, file: &SmtpFile, from: Option<String>) -> Option<SmtpSettings> {
        let host = self.required(table, "host", file.host.as_ref(), "the relay's name");
        if let Some(host) = &host
            && (host.contains(['/', ' ', '@']) || (host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_err()))
        {
            self.fault(
                &table.key("host"),
                format!("{host:?} is not a host name"),
                "a name alone; the port has its own key",
            );
        }
        let (security, port) = match file.security {
            SmtpSecurityFile::Tls => (SmtpSecurity::Tls, 465),
            SmtpSecurityFile::StartTls => (SmtpSecurity::StartTls, 587),
            SmtpSecurityFile::None => (SmtpSecurity::None, 25),
        };
        if security == SmtpSecurity::None && !host.as_deref().is_some_and(is_loopback_name) {
            self.fault(
                &table.key("security"),
                "\"none\" would send codes in the clear",
                "\"tls\" or \"starttls\"; \"none\" only towards loopback",
            );
        }
        if file.port == Some(0) {
            self.fault(&table.key("port"), "0 is not a port", "1 to 65535");
        }
        let ways =
            Ways { inline: file.password.as_ref(), file: file.password_file.as_ref(), env: file.password_env.as_ref() };
        let password = self.secret(table, "password", &ways, file.user.is_some());
        let credentials = match (&file.user, password) {
            (Some(user), Some(password)) => self.line(table, "user", user).map(|user| (user, password)),
            (None, Some(_)) => {
                self.fault(&table.key("user"), "is missing, and there is a password", "the user name of that password");
                None
            }
            (Some(_) | None, None) => None,
        };
        let timeout = self.duration(table, "timeout", &file.timeout, "1 s", "30 s");
        let ca_file = self.ca_file(table, file.ca_file.as_ref());
        Some(SmtpSettings {
            host: host?,
            port: file.port.unwrap_or(port),
            security,
            credentials,
            from: from?,
            timeout,
            ca_file,
        })
    }
}
