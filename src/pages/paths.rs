//! Where our own pages live (screens.md §1). One path per screen; nothing else is decided here.

/// What every page of ours begins with.
pub const OURS: &str = "/_guichet/";
pub const SIGN_IN: &str = "/_guichet/connexion";
pub const FACTOR: &str = "/_guichet/connexion/facteur";
pub const SIGN_IN_CODE: &str = "/_guichet/connexion/code";
/// Starts a sign-in with the provider that the pressed button names.
pub const PSC_START: &str = "/_guichet/connexion/psc";
/// Signing in without leaving the page.
pub const CIBA: &str = "/_guichet/connexion/numero-national";
pub const CIBA_WAITING: &str = "/_guichet/connexion/numero-national/attente";
/// Where a provider sends people back to; the last segment is its name.
pub const PROVIDER_CALLBACK: &str = "/_guichet/callback/{provider}";
pub const RESET: &str = "/_guichet/mot-de-passe-oublie";
pub const RESET_CODE: &str = "/_guichet/mot-de-passe-oublie/code";
pub const RESET_SMS: &str = "/_guichet/mot-de-passe-oublie/sms";
pub const RESET_NEW: &str = "/_guichet/mot-de-passe-oublie/nouveau";
pub const ACTIVATION: &str = "/_guichet/activation";
pub const INFORMATION: &str = "/_guichet/activation/information";
pub const DETAILS: &str = "/_guichet/activation/coordonnees";
/// The e-mail of the details, for who mistyped it.
pub const DETAILS_EMAIL: &str = "/_guichet/activation/coordonnees#email";
pub const EMAIL: &str = "/_guichet/activation/email";
pub const PASSWORD: &str = "/_guichet/activation/mot-de-passe";
pub const PHONE: &str = "/_guichet/activation/telephone";
pub const CHANGE_PHONE: &str = "/_guichet/activation/telephone/modifier";
pub const ORGANISATION: &str = "/_guichet/activation/structure";
pub const BILLING: &str = "/_guichet/activation/structure/facturation";
pub const FINISHED: &str = "/_guichet/activation/terminee";
pub const FREEZE: &str = "/_guichet/activation/bloquer";
pub const PSC_EMAIL: &str = "/_guichet/activation/psc/email";
pub const PSC_EMAIL_CODE: &str = "/_guichet/activation/psc/email/code";
pub const PSC_PHONE: &str = "/_guichet/activation/psc/telephone";
pub const PSC_PHONE_CODE: &str = "/_guichet/activation/psc/telephone/code";
pub const LINKING: &str = "/_guichet/rattachement";
pub const LINKING_PROOF: &str = "/_guichet/rattachement/preuve";
pub const LINKING_CODE: &str = "/_guichet/rattachement/code";
pub const PLACE: &str = "/_guichet/lieu";
pub const REMINDER: &str = "/_guichet/rappel";
pub const TERMS: &str = "/_guichet/conditions";
/// "Mon compte".
pub const ACCOUNT: &str = "/_guichet/compte";
/// The forms of its list of sessions.
pub const ACCOUNT_SESSIONS: &str = "/_guichet/compte/connexions";
pub const ACCOUNT_PASSWORD: &str = "/_guichet/compte/mot-de-passe";
pub const ACCOUNT_RPPS: &str = "/_guichet/compte/rpps";
pub const ACCOUNT_PLACE: &str = "/_guichet/compte/lieu";
/// Adds an e-mail or a phone; the person comes back to "Mon compte".
pub const ACCOUNT_EMAIL: &str = "/_guichet/compte/adresse";
pub const ACCOUNT_PHONE: &str = "/_guichet/compte/telephone";
/// The links to identity providers; the last segment is the provider's name.
pub const ACCOUNT_LINK: &str = "/_guichet/compte/rattachement/{provider}";
pub const ACCOUNT_UNLINK: &str = "/_guichet/compte/detachement/{provider}";
pub const SIGN_OUT: &str = "/_guichet/deconnexion";
pub const STEP_UP: &str = "/_guichet/confirmer";
/// Hands a session over to another host, with a code in the address it leads to.
pub const HAND_OVER: &str = "/_guichet/relais";
/// Where an identity provider tells that a session there is over.
pub const BACK_CHANNEL_LOGOUT: &str = "/_guichet/backchannel-logout/{provider}";
/// Where that code is taken, on the other host.
pub const HAND_OVER_END: &str = "/_guichet/relais/fin";
/// Keeps a session alive from the idle warning: POST with the form token, answered 204.
pub const KEEP: &str = "/_guichet/session/garder";
/// Folder of style sheets, scripts and pictures.
pub const ASSETS: &str = "/_guichet/assets/";
/// How the session stands, for scripts; the gateway does not count it as a request seen.
pub const SESSION_STATE: &str = "/_guichet/session";
/// A script says that the person is at work.
pub const KEEP_ALIVE: &str = "/_guichet/keep-alive";
/// The script that a portal's page may include.
pub const SESSION_SCRIPT: &str = "/_guichet/session.js";
/// The end of a sign-in begun in a tab of its own.
pub const RESUMED: &str = "/_guichet/session/ouverte";
/// The pages of ours that are gone back to, by GET and in this spelling: none of them changes anything or leads on by itself.
/// Those of one provider, [`ACCOUNT_LINK`] and [`ACCOUNT_UNLINK`], are too, under any name that a provider may have.
pub const GONE_BACK_TO: [&str; 7] =
    [RESUMED, ACCOUNT, ACCOUNT_PASSWORD, ACCOUNT_RPPS, ACCOUNT_PLACE, ACCOUNT_EMAIL, ACCOUNT_PHONE];

/// What stands for the provider's name in [`ACCOUNT_LINK`] and [`ACCOUNT_UNLINK`].
const PROVIDER: &str = "{provider}";

/// The page of one provider: [`ACCOUNT_LINK`] or [`ACCOUNT_UNLINK`] with its name.
#[must_use]
pub fn of_provider(page: &str, name: &str) -> String {
    page.replace(PROVIDER, name)
}

/// Whether a text is one of the pages that are gone back to, and nothing else.
#[must_use]
pub fn is_gone_back_to(text: &str) -> bool {
    let of_a_provider = |page: &str| {
        let name = page.strip_suffix(PROVIDER).and_then(|before| text.strip_prefix(before));
        name.is_some_and(|name| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=32).contains(&name.len()) && name.bytes().all(plain)
        })
    };
    GONE_BACK_TO.contains(&text) || [ACCOUNT_LINK, ACCOUNT_UNLINK].into_iter().any(of_a_provider)
}
