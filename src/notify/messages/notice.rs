//! Notices: what a person is told of their account, so that a stranger's act does not stay unseen.

use crate::config::Secret;
use crate::notify::french;

use super::body::{Letter, paragraph, paragraph_with_link};
use super::{ContactChange, Journey, ProvenBy, Voice, WaysLeft};

/// Longest device name shown.
const DEVICE_LENGTH: usize = 60;
/// Longest name of a person shown.
const NAME_LENGTH: usize = 120;

pub(super) fn sign_ins_failed(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        "plusieurs essais de connexion ont échoué",
        format!(
            "Plusieurs essais de connexion à votre compte ont échoué le {when}. Votre compte est protégé et rien n'a \
             changé. Si c'était vous, patientez puis réessayez, ou choisissez « Mot de passe oublié ? ». Sinon, vous \
             n'avez rien à faire."
        ),
    )
}

pub(super) fn new_device(device: &str, voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    let device = named(device);
    let help_phone = &voice.brand.help_phone;
    one(
        "nouvelle connexion à votre compte",
        format!(
            "Une connexion a eu lieu le {when}, depuis un appareil que nous ne connaissions pas ({device}). Si c'était \
             vous, tout va bien. Sinon, changez votre mot de passe et appelez-nous au {help_phone}."
        ),
    )
}

pub(super) fn password_changed(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    let help_phone = &voice.brand.help_phone;
    one(
        "votre mot de passe a été changé",
        format!(
            "Le mot de passe de votre compte a été changé le {when}. Si ce n'était pas vous, appelez tout de suite le \
             {help_phone}."
        ),
    )
}

pub(super) fn contact_differs(change: ContactChange, freeze_token: &Secret, voice: Voice<'_>) -> Letter {
    let other = match change {
        ContactChange::Email => "une autre adresse e-mail que celle",
        ContactChange::Phone => "un autre numéro de téléphone que celui",
        ContactChange::Both => "d'autres coordonnées que celles",
    };
    let link = voice.public_url.at(&format!("/_guichet/activation/bloquer?jeton={}", freeze_token.expose()));
    Letter {
        subject: "votre compte est en cours d'activation".to_owned(),
        blocks: vec![paragraph_with_link(
            format!(
                "Votre compte est en cours d'activation avec {other} que nous connaissions. Si c'est vous, vous n'avez \
                 rien à faire. Sinon, bloquez cette activation : "
            ),
            link,
            "",
        )],
    }
}

pub(super) fn email_taken(_: Voice<'_>) -> Letter {
    one(
        "un compte utilise déjà cette adresse",
        "Quelqu'un, peut-être vous, a saisi cette adresse pour activer un compte. Or un compte utilise déjà cette \
         adresse. Si c'est le vôtre, connectez-vous avec elle ; « Mot de passe oublié ? » vous aidera si besoin. Pour \
         activer un second compte, il faut une autre adresse. Si ce n'est pas vous, vous n'avez rien à faire.",
    )
}

pub(super) fn activated(journey: &Journey, voice: Voice<'_>) -> Letter {
    let subject = "votre compte est activé".to_owned();
    let link = voice.public_url.origin.clone();
    let body = match journey {
        Journey::Local => paragraph_with_link(
            "Votre compte est maintenant activé. Pour vous connecter, utilisez cette adresse e-mail et le mot de passe \
             que vous avez créé : ",
            link,
            &format!(
                ". L'identifiant CPAM ne sert plus. Si ce n'était pas vous, appelez tout de suite le {}.",
                voice.brand.help_phone
            ),
        ),
        Journey::Provider { label } => paragraph_with_link(
            format!(
                "Votre compte est maintenant activé. Pour vous connecter, choisissez « S'identifier avec {label} » : "
            ),
            link,
            ".",
        ),
    };
    Letter { subject, blocks: vec![body] }
}

pub(super) fn link_requested(by: &ProvenBy, voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    let help_phone = &voice.brand.help_phone;
    let (provider, name) = (&by.provider, proven(&by.identity));
    one(
        &format!("demande de rattachement à {provider}"),
        format!(
            "Le {when}, {name}, identité confirmée par {provider}, a demandé à ouvrir votre compte avec {provider}. Si c'est \
             vous, vous n'avez rien à faire. Sinon, changez votre mot de passe et appelez-nous au {help_phone}."
        ),
    )
}

pub(super) fn link_made(by: &ProvenBy, voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    let (provider, name) = (&by.provider, proven(&by.identity));
    one(
        &format!("votre compte est rattaché à {provider}"),
        format!("Depuis le {when}, votre compte peut être ouvert avec {provider} par {name}. {}", not_you(voice)),
    )
}

pub(super) fn link_removed(provider: &str, left: &WaysLeft, voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    let left = if left.password {
        "votre adresse e-mail et votre mot de passe".to_owned()
    } else {
        left.providers.join(" ou ")
    };
    one(
        &format!("votre compte n'est plus rattaché à {provider}"),
        format!(
            "Depuis le {when}, votre compte ne s'ouvre plus avec {provider}. Pour vous connecter, utilisez {left}. {}",
            not_you(voice)
        ),
    )
}

pub(super) fn account_closed(provider: &str, voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        &format!("votre compte créé avec {provider} est fermé"),
        format!(
            "Depuis le {when}, {provider} ouvre un autre de vos comptes, plus ancien. Celui qui avait été créé à votre \
             première connexion avec {provider} est fermé. {}",
            not_you(voice)
        ),
    )
}

pub(super) fn password_made(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        "un mot de passe a été créé pour votre compte",
        format!(
            "Un mot de passe a été créé pour votre compte le {when}. Vous pouvez maintenant vous connecter aussi avec \
             votre adresse e-mail et ce mot de passe. {}",
            not_you(voice)
        ),
    )
}

pub(super) fn sessions_ended(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        "vos connexions ont été fermées",
        format!(
            "Toutes les connexions à votre compte ont été fermées le {when}, sur tous vos appareils. Rien d'autre n'a \
             changé. {}",
            not_you(voice)
        ),
    )
}

pub(super) fn rpps_corrected(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        "votre numéro RPPS a été modifié",
        format!("Le numéro RPPS déclaré dans votre compte a été modifié le {when}. {}", not_you(voice)),
    )
}

pub(super) fn place_chosen(voice: Voice<'_>) -> Letter {
    let when = french::date_and_hour(voice.now);
    one(
        "votre lieu d'exercice a été modifié",
        format!("Le lieu d'exercice de votre compte a été modifié le {when}. {}", not_you(voice)),
    )
}

pub(super) fn rpps_to_check(voice: Voice<'_>) -> Letter {
    let help_phone = &voice.brand.help_phone;
    one(
        "vérifiez votre numéro RPPS",
        format!(
            "Le numéro RPPS de votre compte demande une vérification. À votre prochaine connexion, vérifiez-le sur \
             votre carte CPS et corrigez-le dans « Mon compte », ou appelez le {help_phone}. Votre accès ne change pas."
        ),
    )
}

fn not_you(voice: Voice<'_>) -> String {
    format!("Si ce n'était pas vous, appelez tout de suite le {}.", voice.brand.help_phone)
}

fn one(subject: &str, words: impl Into<String>) -> Letter {
    Letter { subject: subject.to_owned(), blocks: vec![paragraph(words)] }
}

/// A name that an identity provider gave, fit for a letter: letters, spaces, hyphens and apostrophes.
pub(super) fn proven(name: &str) -> String {
    let allowed = |character: &char| character.is_alphabetic() || matches!(character, ' ' | '-' | '\'' | '’');
    let kept: String = name.chars().filter(allowed).take(NAME_LENGTH).collect();
    match kept.trim() {
        "" => "une personne dont le nom n'est pas connu".to_owned(),
        kept => kept.to_owned(),
    }
}

/// A device name fit for a letter: whoever made it up, it can hold no address, no markup and no long text.
fn named(device: &str) -> String {
    let allowed = |character: &char| character.is_alphanumeric() || matches!(character, ' ' | ',' | '-');
    let kept: String = device.chars().filter(allowed).take(DEVICE_LENGTH).collect();
    match kept.trim() {
        "" => "appareil inconnu".to_owned(),
        kept => kept.to_owned(),
    }
}
