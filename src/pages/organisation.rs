//! The organisation and its billing address (screens.md 3.7 and 3.8).

use http::StatusCode;

use crate::account::{Account, Address, Billing, Organisation, Source, State};
use crate::activation::{Journey, Step};
use crate::config::settings::ProfessionChoice;
use crate::login::journey::finish::choice_of;
use crate::login::journey::{draft, forms};

use super::activation::{self, Walker, at_step};
use super::posted::Fields;
use super::sentences::{details, organisation as words};
use super::view::{Answers, BillingLine, OrganisationView};
use super::{Answer, Pages, Posted, Reply, Visit, drafts, field, finish, notices, paths};

/// Fields of the structure's form.
const FIELDS: [&str; 15] = [
    "name",
    "trade_name",
    "siret",
    "cpam",
    "finess",
    "address_1",
    "address_2",
    "postal_code",
    "city",
    "country",
    "email",
    "dial_code",
    "phone",
    "fax_dial_code",
    "fax",
];
/// Where the structure's form says that import knew the answer: an address is one thing, and says it once.
const TOLD_IMPORTED: [&str; 9] =
    ["name", "trade_name", "siret", "cpam", "finess", "address_1", "email", "phone", "fax"];
/// Fields of the billing form.
const BILLING_FIELDS: [&str; 8] = ["same", "name", "address_1", "address_2", "postal_code", "city", "country", "email"];

/// 3.7.
pub(super) async fn show(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Organisation).await?;
    let answers = prefilled(pages, &walker.account);
    drawn(pages, visit, &walker, StatusCode::OK, answers)
}

/// 3.7, sent.
pub(super) async fn send(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    if activation::walker(pages, visit).await?.account.state == State::Active {
        // A second press, or the other tab of a finished activation: the end page, as for the first.
        return Ok(Reply::see_other(paths::FINISHED));
    }
    let walker = at_step(pages, visit, Journey::Local, Step::Organisation).await?;
    let typed = typed(&FIELDS, &posted.fields);
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    let other_tab = drafts::other_tab(pages, &walker.account, forms::ORGANISATION, FIELDS, posted, typed.clone());
    if let Some(answers) = other_tab {
        return drawn(pages, visit, &walker, StatusCode::CONFLICT, answers);
    }
    let fields = posted.fields.only(&FIELDS);
    let id = walker.account.id;
    match posted.fields.action() {
        "retour" => {
            pages.login.save_draft(id, forms::ORGANISATION, fields).await?;
            let skipped = !walker.account.steps.is_done(Step::Phone);
            return Ok(Reply::see_other(if skipped { paths::PHONE } else { paths::DETAILS }));
        }
        "facturation" => {
            pages.login.save_draft(id, forms::ORGANISATION, fields).await?;
            return Ok(Reply::see_other(paths::BILLING));
        }
        _ => {}
    }
    match judged(pages, &walker.account, &posted.fields, typed) {
        Ok(organisation) => {
            pages.login.save_organisation(walker.signed, &organisation, fields).await?;
            let walker = activation::walker(pages, visit).await?;
            finish::finish(pages, visit, &walker).await
        }
        Err(answers) => {
            pages.login.save_draft(id, forms::ORGANISATION, fields).await?;
            let walker = at_step(pages, visit, Journey::Local, Step::Organisation).await?;
            drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, *answers)
        }
    }
}

/// 3.8.
pub(super) async fn show_billing(pages: &Pages, visit: &Visit) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Organisation).await?;
    let answers = billing_prefilled(pages, &walker.account);
    billing_drawn(pages, visit, &walker, StatusCode::OK, &answers)
}

/// 3.8, sent.
pub(super) async fn send_billing(pages: &Pages, visit: &Visit, posted: &Posted) -> Answer {
    let walker = at_step(pages, visit, Journey::Local, Step::Organisation).await?;
    let typed = typed(&BILLING_FIELDS, &posted.fields);
    if let Some(answers) = activation::stale(pages, visit, posted, typed.clone())? {
        return billing_drawn(pages, visit, &walker, StatusCode::CONFLICT, &answers);
    }
    let fields = posted.fields.only(&BILLING_FIELDS);
    if posted.fields.action() == "retour" {
        pages.login.save_draft(walker.account.id, forms::BILLING, fields).await?;
        return Ok(Reply::see_other(paths::ORGANISATION));
    }
    let billing = if posted.fields.is_ticked("same") {
        None
    } else {
        match judged_billing(&posted.fields, typed) {
            Ok(billing) => Some(billing),
            Err(answers) => {
                pages.login.save_draft(walker.account.id, forms::BILLING, fields).await?;
                return billing_drawn(pages, visit, &walker, StatusCode::UNPROCESSABLE_ENTITY, &answers);
            }
        }
    };
    pages.login.save_billing(walker.signed, billing.as_ref(), fields).await?;
    Ok(Reply::see_other(format!("{}?{}=billing-saved", paths::ORGANISATION, notices::PARAMETER)))
}

fn judged(pages: &Pages, account: &Account, fields: &Fields, typed: Answers) -> Result<Organisation, Box<Answers>> {
    let choice = choice_of(account, &pages.login.settings.activation);
    let freed = |free: fn(&ProfessionChoice) -> bool| choice.is_some_and(free);
    let mut form = Form { answers: typed, wrong: false };
    let name = form.read("name", field::text(fields.get("name"), 200, words::NAME_EMPTY));
    let trade_name = form.read("trade_name", field::optional_text(fields.get("trade_name"), 200)).flatten();
    let siret = form.read("siret", field::siret(fields.get("siret"), freed(|choice| choice.siret_optional))).flatten();
    let cpam = form.read("cpam", field::cpam(fields.get("cpam"), freed(|choice| choice.cpam_optional))).flatten();
    let finess =
        form.read("finess", field::finess(fields.get("finess"), freed(|choice| choice.finess_optional))).flatten();
    let address = form.address(fields, words::ADDRESS_1_EMPTY);
    let email = form.read("email", field::optional_email(fields.get("email"))).flatten();
    let phone = form.read("phone", field::any_phone(fields.get("phone"), fields.get("dial_code"))).flatten();
    let fax = form.read("fax", field::any_phone(fields.get("fax"), fields.get("fax_dial_code"))).flatten();
    let doubted = draft(account, forms::ORGANISATION, pages.login.now()).and_then(|fields| fields.get("cpam"));
    if cpam.as_ref().is_some_and(|(_, unusual)| *unusual) && doubted.map(String::as_str) != Some(fields.get("cpam")) {
        // Once: the draft remembers the number that was doubted.
        form.wrong = true;
        form.answers = form.answers.warning("cpam", words::CPAM_DOUBTFUL);
    }
    match (form.wrong, name, address) {
        (false, Some(name), Some(address)) => Ok(Organisation {
            source: Source::Declared,
            name: Some(name),
            trade_name,
            siret,
            cpam: cpam.map(|(cpam, _)| cpam),
            finess,
            address,
            email: email.map(|email| email.as_str().to_owned()),
            phone: phone.map(|phone| phone.as_str().to_owned()),
            fax: fax.map(|fax| fax.as_str().to_owned()),
            profession: None,
        }),
        _ => Err(Box::new(form.answers)),
    }
}

fn judged_billing(fields: &Fields, typed: Answers) -> Result<Billing, Box<Answers>> {
    let mut form = Form { answers: typed, wrong: false };
    let name = form.read("name", field::text(fields.get("name"), 200, words::NAME_EMPTY));
    let address = form.address(fields, words::ADDRESS_1_EMPTY);
    let email = form.read("email", field::optional_email(fields.get("email"))).flatten();
    match (form.wrong, name, address) {
        (false, Some(name), Some(address)) => {
            Ok(Billing { name, address, email: email.map(|email| email.as_str().to_owned()) })
        }
        _ => Err(Box::new(form.answers)),
    }
}

/// A form being judged: sentences gather beside its fields.
struct Form {
    answers: Answers,
    wrong: bool,
}

impl Form {
    fn read<T>(&mut self, name: &str, read: field::Read<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(sentence) => {
                self.wrong = true;
                self.answers = std::mem::take(&mut self.answers).error(name, sentence);
                None
            }
        }
    }

    fn address(&mut self, fields: &Fields, empty: &str) -> Option<Address> {
        let line1 = self.read("address_1", field::text(fields.get("address_1"), 200, empty));
        let line2 = self.read("address_2", field::optional_text(fields.get("address_2"), 200)).flatten();
        let country = self.read("country", field::country(fields.get("country")));
        let postal_code =
            self.read("postal_code", field::postal_code(fields.get("postal_code"), fields.get("country")));
        let city = self.read("city", field::text(fields.get("city"), 100, words::CITY_EMPTY));
        Some(Address {
            line1: Some(line1?),
            line2,
            postal_code: Some(postal_code?),
            city: Some(city?),
            country: Some(country?),
        })
    }
}

fn typed(names: &[&str], fields: &Fields) -> Answers {
    names.iter().fold(Answers::new(), |answers, name| answers.with(name, fields.get(name)))
}

/// Draft, else what is stored, else what import knew.
fn prefilled(pages: &Pages, account: &Account) -> Answers {
    if let Some(fields) = draft(account, forms::ORGANISATION, pages.login.now()) {
        return fields.iter().fold(Answers::new(), |answers, (name, value)| answers.with(name, value.clone()));
    }
    let (held, imported) = match (&account.organisation, &account.imported.organisation) {
        (Some(held), _) => (held, held.source == Source::Import),
        (None, Some(known)) => (known, true),
        (None, None) => {
            return Answers::new().with("country", "FR").with("dial_code", "+33").with("fax_dial_code", "+33");
        }
    };
    let mut answers = Answers::new();
    for (name, value) in values(held) {
        if let Some(value) = value {
            answers = answers.with(name, value);
            if imported && TOLD_IMPORTED.contains(&name) {
                answers = answers.hint(name, details::from_import(pages.brand()));
            }
        }
    }
    if held.address.country.is_none() { answers.with("country", "FR") } else { answers }
}

fn values(held: &Organisation) -> Vec<(&'static str, Option<String>)> {
    let phone =
        |number: &Option<String>| number.as_deref().and_then(|number| crate::identity::Phone::parse(number).ok());
    let (phone, fax) = (phone(&held.phone), phone(&held.fax));
    vec![
        ("name", held.name.clone()),
        ("trade_name", held.trade_name.clone()),
        ("siret", held.siret.clone()),
        ("cpam", held.cpam.clone()),
        ("finess", held.finess.clone()),
        ("address_1", held.address.line1.clone()),
        ("address_2", held.address.line2.clone()),
        ("postal_code", held.address.postal_code.clone()),
        ("city", held.address.city.clone()),
        ("country", held.address.country.clone()),
        ("email", held.email.clone()),
        ("dial_code", phone.as_ref().map(|phone| phone.dial_code().to_owned())),
        ("phone", phone.as_ref().map(crate::identity::Phone::national)),
        ("fax_dial_code", fax.as_ref().map(|fax| fax.dial_code().to_owned())),
        ("fax", fax.as_ref().map(crate::identity::Phone::national)),
    ]
}

/// Billing draft, else what is stored, else the structure with the box ticked.
fn billing_prefilled(pages: &Pages, account: &Account) -> Answers {
    if let Some(fields) = draft(account, forms::BILLING, pages.login.now()) {
        return fields.iter().fold(Answers::new(), |answers, (name, value)| answers.with(name, value.clone()));
    }
    let stored = draft(account, forms::ORGANISATION, pages.login.now());
    let names = ["name", "address_1", "address_2", "postal_code", "city", "country", "email"];
    let from_structure = |name: &str| stored.and_then(|fields| fields.get(name)).cloned();
    let mut answers = Answers::new();
    match &account.billing {
        Some(billing) => {
            let address = &billing.address;
            let values = [
                Some(billing.name.clone()),
                address.line1.clone(),
                address.line2.clone(),
                address.postal_code.clone(),
                address.city.clone(),
                address.country.clone(),
                billing.email.clone(),
            ];
            for (name, value) in names.iter().zip(values) {
                answers = answers.with(name, value.unwrap_or_default());
            }
            answers
        }
        None => {
            for name in names {
                answers = answers.with(name, from_structure(name).unwrap_or_default());
            }
            answers.with("same", "oui")
        }
    }
}

fn billing_line(account: &Account) -> BillingLine {
    match &account.billing {
        None => BillingLine::Same,
        Some(billing) => {
            let address = &billing.address;
            let parts =
                [Some(billing.name.clone()), address.line1.clone(), address.postal_code.clone(), address.city.clone()];
            BillingLine::Other(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
    }
}

fn drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: Answers) -> Answer {
    let choice = choice_of(&walker.account, &pages.login.settings.activation);
    let view = OrganisationView {
        siret_optional: choice.is_some_and(|choice| choice.siret_optional),
        cpam_optional: choice.is_some_and(|choice| choice.cpam_optional),
        finess_optional: choice.is_some_and(|choice| choice.finess_optional),
        billing: billing_line(&walker.account),
        answers,
    };
    let seen = drafts::seen(pages, &walker.account, forms::ORGANISATION);
    let page = activation::page(pages, visit, walker, paths::ORGANISATION, &seen);
    pages.html(status, pages.views.organisation(&page, &view))
}

fn billing_drawn(pages: &Pages, visit: &Visit, walker: &Walker<'_>, status: StatusCode, answers: &Answers) -> Answer {
    let page = activation::page(pages, visit, walker, paths::BILLING, "");
    pages.html(status, pages.views.billing(&page, answers))
}
