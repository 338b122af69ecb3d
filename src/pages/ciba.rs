//! Signing in with one's national number: the form. What it answers does not tell whether anybody is asked.

pub mod waiting;

use http::StatusCode;

use crate::config::settings::CibaChannel;
use crate::identity::{NationalId, NationalIdKind};
use crate::login::Flow;
use crate::login::ciba::{AfterQuestion, Budgeted, Question};

use super::address::Address;
use super::field;
use super::sentences::{ciba as words, psc, trouble};
use super::view::{Answers, CibaView};
use super::{Answer, Page, Pages, Posted, Reply, SafeReturn, Tokens, Visit, landing, notices, paths, refusals};

/// The field, and the parameter, that names the provider.
const PROVIDER: &str = "fournisseur";

/// Providers whose form the sign-in page leads to: none in a browser that nobody has signed in with.
pub(super) fn offered(pages: &Pages, visit: &Visit) -> Vec<String> {
    let names = pages.provider_names();
    names.into_iter().filter(|name| visit.device.is_some() && pages.login.ciba(name).is_some()).collect()
}

/// The form.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let Some(name) = chosen(pages, &visit.parameter(PROVIDER).unwrap_or_default()) else {
        return refusals::not_found(pages, visit).await;
    };
    if let Some(signed) = visit.signed() {
        let return_to = visit.asked.as_ref().map(SafeReturn::as_str);
        return landing::go_on(pages, visit, signed.session.account, return_to).await;
    }
    let flow = visit.parameter("f").and_then(|id| pages.flow(visit, &id));
    let before = match &flow {
        Some(flow) => pages.login.ciba_stage(flow).await?,
        None => None,
    };
    let mut answers = match before {
        Some((read, stage)) => Answers::new().with("numero", read.sign_in.typed).with("canal", stage.channel.as_str()),
        None => {
            let first = pages.login.ciba(&name).and_then(|settings| settings.channels.first());
            Answers::new().with("canal", first.map_or("", |channel| channel.as_str()))
        }
    };
    let now = pages.login.now();
    if pages.login.providers.get(&name).is_some_and(|provider| provider.is_away(now)) {
        answers = answers.trouble([psc::unavailable(pages.login.label(&name))]);
    }
    let mut page = page(pages, visit, flow.as_ref().map(Flow::id));
    page.notice = notices::of_query(pages, visit);
    drawn(pages, &page, &name, StatusCode::OK, answers)
}

/// The form, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let fields = &posted.fields;
    let Some(name) = chosen(pages, fields.get(PROVIDER)) else { return refusals::not_found(pages, visit).await };
    let flow_id = fields.get("flow");
    let again = |status, answers| drawn(pages, &page(pages, visit, Some(flow_id)), &name, status, answers);
    let (typed, channel) = (fields.get("numero"), fields.get("canal"));
    let answers = Answers::new().with("numero", typed).with("canal", channel);
    let (true, Some(flow)) = (posted.fits(), pages.flow(visit, flow_id)) else {
        return again(StatusCode::CONFLICT, answers.refused([pages.stale_line(visit, posted, trouble::STALE)]));
    };
    let channel = channel_of(pages, &name, channel);
    let who = match (national_id(typed, pages.login.settings.activation.check_rpps_key), channel) {
        (Ok(who), Some(channel)) => (who, channel),
        (who, channel) => {
            let answers = match who {
                Ok(_) => answers,
                Err(sentence) => answers.error("numero", sentence),
            };
            let answers = if channel.is_none() { answers.error("canal", words::CHANNEL_NONE) } else { answers };
            return again(StatusCode::UNPROCESSABLE_ENTITY, answers);
        }
    };
    let (who, channel) = who;
    let question = Question { provider: &name, who: &who, typed, channel };
    let return_to = visit.asked.as_ref().map(|asked| asked.as_str().to_owned());
    match pages.login.ask_person(&flow, &question, return_to, visit.browser()).await? {
        AfterQuestion::Waiting => Ok(Reply::see_other(Address::in_tab(paths::CIBA_WAITING, &flow, visit))),
        AfterQuestion::Throttled { scope, minutes } => {
            let answers = answers.refused([throttled(scope, minutes), words::OTHERWISE.to_owned()]);
            Ok(again(StatusCode::TOO_MANY_REQUESTS, answers)?.retry_after(minutes * 60))
        }
        AfterQuestion::UnderWay => {
            let answers = answers.refused([words::UNDER_WAY]);
            Ok(again(StatusCode::TOO_MANY_REQUESTS, answers)?.retry_after(60))
        }
        AfterQuestion::Unavailable => {
            let answers = answers.trouble([psc::unavailable(pages.login.label(&name))]);
            Ok(again(StatusCode::SERVICE_UNAVAILABLE, answers)?.retry_after(60))
        }
        AfterQuestion::Unknown => refusals::not_found(pages, visit).await,
    }
}

/// The provider that is named, else the only one that offers it.
fn chosen(pages: &Pages, named: &str) -> Option<String> {
    let names = pages.provider_names().into_iter().filter(|name| pages.login.ciba(name).is_some());
    let names: Vec<String> = names.collect();
    match (named, names.as_slice()) {
        ("", [alone]) => Some(alone.clone()),
        (named, names) => names.iter().find(|name| *name == named).cloned(),
    }
}

/// Where the person confirms; with one way there is nothing to choose.
fn channel_of(pages: &Pages, provider: &str, typed: &str) -> Option<CibaChannel> {
    let channels = &pages.login.ciba(provider)?.channels;
    match channels.as_slice() {
        [alone] => Some(*alone),
        channels => channels.iter().copied().find(|channel| channel.as_str() == typed),
    }
}

/// An RPPS with or without its `8`, or another form that the register gives; a sentence where it is none of these.
fn national_id(typed: &str, check_key: bool) -> Result<NationalId, String> {
    let compact: String = typed.chars().filter(|sign| !sign.is_whitespace()).collect();
    if compact.is_empty() {
        return Err(words::NUMBER_EMPTY.to_owned());
    }
    let other = |id: &NationalId| !matches!(id.kind(), NationalIdKind::Rpps | NationalIdKind::Unknown);
    let shaped = compact.starts_with('0') || compact.contains(|sign: char| sign.is_ascii_alphabetic() || sign == '/');
    if shaped {
        let id = NationalId::parse(&compact).ok().filter(other);
        return id.ok_or_else(|| words::NUMBER_SHAPE.to_owned());
    }
    let rpps = field::rpps(typed, false, check_key)?;
    let id = rpps.and_then(|rpps| NationalId::parse(rpps.as_str()).ok());
    id.ok_or_else(|| words::NUMBER_SHAPE.to_owned())
}

fn throttled(scope: Budgeted, minutes: i64) -> String {
    let left = u64::try_from(minutes).unwrap_or(1);
    match scope {
        Budgeted::Person => words::throttled_person(left),
        Budgeted::Browser => words::throttled_browser(left),
        Budgeted::Network => words::throttled_network(left),
    }
}

fn drawn(pages: &Pages, page: &Page, name: &str, status: StatusCode, answers: Answers) -> Answer {
    let channels = pages.login.ciba(name).map(|settings| settings.channels.clone()).unwrap_or_default();
    let view = CibaView { provider: name.to_owned(), channels, answers };
    pages.html(status, pages.views.ciba(page, &view))
}

fn page(pages: &Pages, visit: &Visit, flow: Option<&str>) -> Page {
    let flow = flow.filter(|flow| Flow::is_shaped(flow));
    let tokens = pages.tokens(visit, paths::CIBA, flow, "");
    let return_to = visit.asked.as_ref().map(|asked| asked.as_str().to_owned());
    Page { tokens: Tokens { return_to, ..tokens }, ..Page::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_number_is_one_and_what_is_none_is_told() {
        for (typed, read) in [
            ("99700999909", "899700999909"),
            (" 997 0099 9909 ", "899700999909"),
            ("899700999909", "899700999909"),
            ("ans20231103145901", "ANS20231103145901"),
            ("0759900014", "0759900014"),
            ("599900003700013/agt00045", "599900003700013/AGT00045"),
        ] {
            assert_eq!(national_id(typed, true).unwrap().as_str(), read, "{typed}");
        }
        for typed in ["", " ", "9970099990", "997009999", "99700999908", "abc", "' OR 1=1--", "899700999909/x", "0"] {
            assert!(national_id(typed, true).is_err(), "{typed}");
        }
        assert!(national_id("99700999908", false).is_ok(), "a sandbox has numbers of its own");
    }
}
