//! Code messages (0.14, 0.15): the words around six digits.

use crate::config::Secret;

use super::body::{Block, Letter, paragraph};
use super::{CodePurpose, ProvenBy, Voice, gsm, notice};

/// The e-mail of a code; `None` for codes that only travel by SMS, and for the code of a link that nobody is named to ask for.
pub(super) fn letter(
    purpose: CodePurpose,
    code: &Secret,
    asking: Option<&ProvenBy>,
    voice: Voice<'_>,
) -> Option<Letter> {
    let words = |subject: &str, what: &str, not_you| (subject.to_owned(), what.to_owned(), not_you);
    let help_phone = &voice.brand.help_phone;
    let stolen = || {
        format!(
            "Quelqu'un connaît peut-être votre mot de passe : changez-le avec « Mot de passe oublié ? » \
             et prévenez-nous au {help_phone}."
        )
    };
    let unused = || "Ignorez ce message : sans le code, cette adresse ne sera pas utilisée.".to_owned();
    let (subject, what, not_you) = match purpose {
        CodePurpose::SignIn => words("votre code de connexion", "à vous connecter", stolen()),
        CodePurpose::Reset => words(
            "votre code pour changer de mot de passe",
            "à changer votre mot de passe",
            "Ne faites rien : votre mot de passe reste le même.".to_owned(),
        ),
        CodePurpose::ActivationEmail => {
            words("vérifiez votre adresse e-mail", "à vérifier cette adresse pour activer un compte", unused())
        }
        CodePurpose::ContactEmail => {
            words("vérifiez votre adresse e-mail", "à vérifier cette adresse pour votre compte", unused())
        }
        CodePurpose::Link => {
            let provider = &asking?.provider;
            (
                format!("votre code pour rattacher {provider}"),
                format!("à rattacher {provider} à votre compte"),
                format!("Quelqu'un connaît votre mot de passe : changez-le et appelez le {help_phone}."),
            )
        }
        CodePurpose::StepUp => words("votre code de confirmation", "à confirmer votre identité", stolen()),
        CodePurpose::Phone => return None,
    };
    let asked = asking.map(|by| {
        let name = notice::proven(&by.identity);
        paragraph(format!("Le rattachement est demandé par {name}, identité confirmée par {}.", by.provider))
    });
    let mut blocks: Vec<Block> = asked.into_iter().collect();
    blocks.extend([
        paragraph(format!("Vous avez demandé {what}. Votre code :")),
        Block::Code { digits: spaced(code.expose()) },
        paragraph("Il est valable 10 minutes et ne sert qu'une fois. Seul le dernier code reçu fonctionne."),
        paragraph(format!("Vous n'êtes pas à l'origine de cette demande ? {not_you}")),
    ]);
    Some(Letter { subject, blocks })
}

/// The SMS of a code, the same for every purpose. Its last line lets browsers fill the code in; it goes when the
/// whole would not fit in one SMS.
pub(super) fn sms(code: &Secret, voice: Voice<'_>) -> String {
    let (name, code) = (&voice.brand.sms_name, code.expose());
    let sentence =
        gsm::text(&format!("{name} : votre code est {code}, valable 10 minutes. Ne le communiquez à personne."));
    let host = &voice.public_url.host;
    let filled = format!("{sentence}\n@{host} #{code}");
    let fits = filled.chars().count() <= gsm::SINGLE && filled.chars().all(gsm::fits);
    if fits { filled } else { sentence }
}

/// `123456` as `123 456`: read aloud and typed in two breaths.
fn spaced(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((first, last)) if code.len() == 6 => format!("{first} {last}"),
        Some(_) | None => code.to_owned(),
    }
}
