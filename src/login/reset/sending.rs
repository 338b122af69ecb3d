//! The codes of a reset: where they go, and what the page says of an address that may not exist.

use crate::account::{Account, State};
use crate::identity::Email;
use crate::keys::Sealer;
use crate::notify::CodePurpose;

use super::super::codes::{Issued, Purpose, Request, Sending, To, code_message};
use super::super::local::Browser;
use super::super::{Flow, Login, LoginError};
use super::Reset;

impl Login {
    /// The code by e-mail; where nobody is, the same budgets are taken and nothing leaves.
    pub(super) async fn send_reset_code(
        &self,
        flow: &Flow,
        reset: &Reset,
        to: Option<To>,
        browser: Browser<'_>,
    ) -> Result<Issued, LoginError> {
        let sending = if to.is_some() { Sending::Queued } else { Sending::Nothing };
        // Counters of an address nobody has are those of what was typed: the caps behave alike.
        let to = match to {
            Some(to) => to,
            None => {
                let nobody = format!("{}@nobody.invalid", self.stand_in(&reset.typed));
                match Email::parse(&reset.typed).or_else(|_| Email::parse(&nobody)) {
                    Ok(email) => To::Email(email),
                    Err(_) => return Ok(Issued::Sent),
                }
            }
        };
        let binding = flow.binding();
        let request = Request {
            purpose: Purpose::Reset,
            binding: &binding,
            budget: &reset.budget,
            client: browser.origin.client,
            to,
            sending,
        };
        self.issue(request, |code| code_message(CodePurpose::Reset, code)).await
    }

    /// The code by SMS, once the mailbox is proven.
    pub(super) async fn send_reset_sms(
        &self,
        flow: &Flow,
        reset: &Reset,
        account: &Account,
        browser: Browser<'_>,
    ) -> Result<Issued, LoginError> {
        let Some(phone) = &account.phone else { return Ok(Issued::Down) };
        let binding = flow.binding();
        let request = Request {
            purpose: Purpose::ResetSms,
            binding: &binding,
            budget: &reset.budget,
            client: browser.origin.client,
            to: To::Phone(phone.value.clone()),
            sending: Sending::Code,
        };
        self.issue(request, |code| code_message(CodePurpose::Reset, code)).await
    }

    /// What the second screen shows: a typed e-mail's own mask, or two characters of an address that may not exist (decision 11).
    pub(super) fn reset_mask(&self, typed: &str, account: Option<&Account>) -> String {
        if let Ok(email) = Email::parse(typed) {
            return email.masked();
        }
        if let Some(To::Email(email)) = account.and_then(mailbox) {
            let start: String = email.as_str().chars().take_while(|letter| *letter != '@').take(2).collect();
            let start = if start.chars().count() < 2 { format!("{start}x") } else { start };
            return format!("{start}xxxxx@xxxxx");
        }
        made_up_mask(&self.sealer, typed)
    }
}

/// The mask of an address that nobody has: the same at each try, also after a rotation of the keys, as somebody's is.
fn made_up_mask(sealer: &Sealer, typed: &str) -> String {
    let mac = sealer.lasting_mac("reset-mask", &[typed.as_bytes()]);
    let letters: String = mac.bytes().take(2).map(|byte| char::from(b'a' + byte % 26)).collect();
    format!("{letters}xxxxx@xxxxx")
}

/// Where a reset code may go: a verified e-mail, or before activation the one that import knew (decision 54).
pub(super) fn mailbox(account: &Account) -> Option<To> {
    if let Some(email) = &account.contact_email {
        return Some(To::Email(email.value.clone()));
    }
    let imported = matches!(account.state, State::Imported | State::Activating);
    account.imported.email.clone().filter(|_| imported).map(To::Email)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::settings::SealingKey;

    fn sealer(bytes: &[u8]) -> Sealer {
        let key = |byte: &u8| SealingKey {
            id: format!("k{byte}"),
            key: Arc::new(secrecy::SecretBox::new(Box::new([*byte; 32]))),
        };
        Sealer::new(bytes.iter().map(key).collect())
    }

    #[test]
    fn p14_a_rotation_of_the_keys_changes_no_mask() {
        for typed in ["999999999", "abc", "Élodie"] {
            assert_eq!(made_up_mask(&sealer(&[1]), typed), made_up_mask(&sealer(&[2, 1]), typed));
        }
    }
}
