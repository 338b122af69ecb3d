//! Adding an e-mail or a phone from "Mon compte": the contact screens, behind the question that every new way in asks (decision 22).

use crate::account::Channel;
use crate::pages::{Answer, Pages, Posted, Visit, paths, wanted};

use super::walker;

/// The e-mail's form.
pub(in crate::pages) async fn show_email(pages: &Pages, visit: &Visit) -> Answer {
    wanted::show(pages, visit, &walker(pages, visit, paths::ACCOUNT_EMAIL).await?, Channel::Email)
}

/// The e-mail's form, sent.
pub(in crate::pages) async fn send_email(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_EMAIL).await?;
    wanted::send(pages, visit, posted, &walker, Channel::Email).await
}

/// The phone's form.
pub(in crate::pages) async fn show_phone(pages: &Pages, visit: &Visit) -> Answer {
    wanted::show(pages, visit, &walker(pages, visit, paths::ACCOUNT_PHONE).await?, Channel::Sms)
}

/// The phone's form, sent.
pub(in crate::pages) async fn send_phone(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = walker(pages, visit, paths::ACCOUNT_PHONE).await?;
    wanted::send(pages, visit, posted, &walker, Channel::Sms).await
}
