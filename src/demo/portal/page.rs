//! The sample portal's pages: what they say of the person and of themselves. No HTTP, no verification.

use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;

/// A page of the portal.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    /// Which part of the template is shown.
    kind: &'static str,
    title: String,
    /// What was asked, for a record.
    query: Option<String>,
}

/// Who looks at it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Person {
    signed_in: bool,
    name: Option<String>,
    /// Label and value, in the order shown; what the assertion does not say is not shown.
    facts: Vec<(&'static str, String)>,
    /// Why nobody is recognised.
    reason: Option<String>,
}

impl Page {
    fn new(kind: &'static str, title: impl Into<String>) -> Self {
        Self { kind, title: title.into(), query: None }
    }

    pub(super) fn home() -> Self {
        Self::new("home", "Accueil")
    }

    pub(super) fn record(number: &str, query: Option<&str>) -> Self {
        Self { query: query.map(str::to_owned), ..Self::new("record", format!("Dossier {number}")) }
    }

    pub(super) fn public() -> Self {
        Self::new("public", "Page publique")
    }

    pub(super) fn legal() -> Self {
        Self::new("legal", "Texte d'exemple")
    }

    pub(super) fn pending() -> Self {
        Self::new("pending", "Votre compte est en cours d'activation")
    }

    pub(super) fn spa() -> Self {
        Self::new("spa", "Page avec un script")
    }

    pub(super) fn unknown() -> Self {
        Self::new("unknown", "Page inconnue du portail d'exemple")
    }

    pub(super) fn render(&self, person: &Person) -> Result<String, minijinja::Error> {
        let mut templates = minijinja::Environment::new();
        templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        templates.add_template("portal.html", include_str!("portal.html"))?;
        templates
            .get_template("portal.html")?
            .render(minijinja::context! { page => Serde(self), person => Serde(person) })
    }
}

impl Person {
    /// What a verified assertion says.
    pub(super) fn known(claims: &Value) -> Self {
        let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let professions = claims.get("professions").and_then(Value::as_array).map(|professions| {
            let label = |profession: &Value| {
                let named = profession.get("label").or_else(|| profession.get("code"));
                named.and_then(Value::as_str).map(str::to_owned)
            };
            professions.iter().filter_map(label).collect::<Vec<_>>().join(", ")
        });
        let facts = [
            ("Profession", professions.filter(|labels| !labels.is_empty())),
            ("RPPS", text("/rpps")),
            ("Identifiant CPAM", text("/legacy_id")),
            ("Organisation", text("/organisation/name")),
            ("Fournisseur d'identité", text("/identity_provider")),
            ("Niveau (acr)", text("/acr")),
            ("E-mail", text("/email")),
            ("Téléphone", text("/phone_number")),
            ("Compte", text("/sub")),
        ];
        let facts = facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect();
        let given = || Some(format!("{} {}", text("/given_name")?, text("/family_name")?));
        Self { signed_in: true, name: text("/name").or_else(given), facts, reason: None }
    }

    /// Nobody, and why.
    pub(super) fn unknown(reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::default() }
    }
}
