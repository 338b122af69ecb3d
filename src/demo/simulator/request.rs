//! The authorization request, checked as the real provider does. Pure: it reads text and answers with a request or a refusal.

use std::collections::HashMap;

use url::Url;
use url::form_urlencoded;

use crate::config::psc_simulator::{Level, SimulatorClient, SimulatorLevels};

/// An authorization request that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization {
    /// Who asks.
    pub(super) client_id: String,
    /// Registered address to return to.
    pub(super) redirect_uri: String,
    /// Given back as it came.
    pub(super) state: String,
    /// Put into the ID token.
    pub(super) nonce: String,
    /// S256 challenge of the verifier.
    pub(super) code_challenge: String,
    /// Scopes asked, as asked.
    pub(super) scope: String,
    /// What the client says about asking the person.
    pub(super) prompt: Prompt,
    /// Oldest sign-in the client takes, in seconds.
    pub(super) max_age: Option<i64>,
}

/// Whether the person may, must or must not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// As needed.
    AsNeeded,
    /// Always.
    Login,
    /// Never.
    None,
}

/// Why a request does not hold, and where the answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The client or its address is unknown: an error page, never a redirect.
    Page(&'static str),
    /// The client is told.
    Redirect {
        /// Its registered address.
        redirect_uri: String,
        /// Its state, if it sent one.
        state: String,
        /// OAuth error code.
        error: &'static str,
        /// For the client's developer.
        description: &'static str,
    },
}

/// Reads the query of the authorization endpoint.
pub(super) fn read(
    query: &str,
    clients: &[SimulatorClient],
    levels: &SimulatorLevels,
) -> Result<Authorization, Refusal> {
    let parameters = Parameters::parse(query);
    let Some(client) = clients.iter().find(|client| client.id == parameters.get("client_id")) else {
        return Err(Refusal::Page("Le paramètre client_id n'est pas celui d'un service connu."));
    };
    let redirect_uri = parameters.get("redirect_uri");
    if parameters.repeated("redirect_uri") || !client.redirect_uris.iter().any(|known| known == redirect_uri) {
        return Err(Refusal::Page("L'adresse de retour (redirect_uri) n'est pas enregistrée pour ce service."));
    }
    check(&parameters, levels).map_err(|(error, description)| Refusal::Redirect {
        redirect_uri: redirect_uri.to_owned(),
        state: parameters.get("state").to_owned(),
        error,
        description,
    })
}

/// Whether all these scopes may be asked, and which of two things is wrong otherwise.
pub(super) fn check_scope(scope: &str) -> Result<(), (&'static str, &'static str)> {
    if !scope.split(' ').any(|scope| scope == "openid") {
        return Err(("invalid_scope", "the scope openid is missing"));
    }
    if !scope.split(' ').all(|scope| matches!(scope, "openid" | "scope_all" | "profile" | "identity" | "rpps")) {
        return Err(("invalid_scope", "a scope is not allowed for this client"));
    }
    Ok(())
}

/// Whether this value of `acr_values` is one that is taken.
pub(super) fn is_accepted(acr_values: &str, levels: &SimulatorLevels) -> bool {
    levels.accepted.iter().copied().map(Level::name).any(|level| level == acr_values)
}

fn check(parameters: &Parameters, levels: &SimulatorLevels) -> Result<Authorization, (&'static str, &'static str)> {
    let invalid = |description| Err(("invalid_request", description));
    if parameters.any_repeated() {
        return invalid("duplicated parameter");
    }
    if parameters.get("response_type") != "code" {
        return Err(("unsupported_response_type", "only response_type=code is allowed"));
    }
    if !matches!(parameters.get("response_mode"), "" | "query") {
        return invalid("only the query response mode is allowed");
    }
    let scope = parameters.get("scope");
    check_scope(scope)?;
    if !is_accepted(parameters.get("acr_values"), levels) {
        return invalid("acr_values is not a level that is accepted");
    }
    if parameters.get("state").is_empty() || parameters.get("nonce").is_empty() {
        return invalid("state and nonce are required");
    }
    if parameters.get("code_challenge_method") != "S256" || parameters.get("code_challenge").len() != 43 {
        return invalid("PKCE with S256 is required");
    }
    let prompt = match parameters.get("prompt") {
        "" => Prompt::AsNeeded,
        "login" => Prompt::Login,
        "none" => Prompt::None,
        _ => return invalid("prompt must be login or none"),
    };
    let max_age = match parameters.get("max_age") {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(seconds) => Some(i64::from(seconds)),
            Err(_) => return invalid("max_age must be a number of seconds"),
        },
    };
    Ok(Authorization {
        client_id: parameters.get("client_id").to_owned(),
        redirect_uri: parameters.get("redirect_uri").to_owned(),
        state: parameters.get("state").to_owned(),
        nonce: parameters.get("nonce").to_owned(),
        code_challenge: parameters.get("code_challenge").to_owned(),
        scope: scope.to_owned(),
        prompt,
        max_age,
    })
}

/// Form-encoded parameters, with a memory of which came twice.
#[derive(Debug, Default)]
pub(super) struct Parameters(HashMap<String, Vec<String>>);

impl Parameters {
    /// Reads a query or a form body.
    pub(super) fn parse(text: &str) -> Self {
        let mut all: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            all.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(all)
    }

    /// The first value of this name, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).and_then(|values| values.first()).map(String::as_str).unwrap_or_default()
    }

    /// Whether any name came twice (RFC 6749, 3.1).
    pub(super) fn any_repeated(&self) -> bool {
        self.0.values().any(|values| values.len() > 1)
    }

    fn repeated(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|values| values.len() > 1)
    }
}

/// `address` with these parameters added to its query.
pub(super) fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.query_pairs_mut().extend_pairs(parameters);
    Some(url.into())
}
