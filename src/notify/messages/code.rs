//! Code messages (0.14, 0.15): the words around six digits.

use crate::config::Secret;

use super::body::{Block, Letter, paragraph};
use super::{CodePurpose, Voice, gsm, notice};

/// The e-mail of a code; `None` for codes that only travel by SMS. `asking` is whom an identity provider has proven.
pub(super) fn letter(purpose: CodePurpose, code: &Secret, asking: Option<&str>, voice: Voice<'_>) -> Option<Letter> {
    let help_phone = &voice.brand.help_phone;
    let stolen = || {
        format!(
            "Quelqu'un connaît peut-être votre mot de passe : changez-le avec « Mot de passe oublié ? » \
             et prévenez-nous au {help_phone}."
        )
    };
    let unused = || "Ignorez ce message : sans le code, cette adresse ne sera pas utilisée.".to_owned();
    let (subject, what, not_you) = match purpose {
        CodePurpose::SignIn => ("votre code de connexion", "à vous connecter", stolen()),
        CodePurpose::Reset => (
            "votre code pour changer de mot de passe",
            "à changer votre mot de passe",
            "Ne faites rien : votre mot de passe reste le même.".to_owned(),
        ),
        CodePurpose::ActivationEmail => {
            ("vérifiez votre adresse e-mail", "à vérifier cette adresse pour activer un compte", unused())
        }
        CodePurpose::ContactEmail => {
            ("vérifiez votre adresse e-mail", "à vérifier cette adresse pour votre compte", unused())
        }
        CodePurpose::Link => (
            "votre code pour rattacher Pro Santé Connect",
            "à rattacher Pro Santé Connect à votre compte",
            format!("Quelqu'un connaît votre mot de passe : changez-le et appelez le {help_phone}."),
        ),
        CodePurpose::StepUp => ("votre code de confirmation", "à confirmer votre identité", stolen()),
        CodePurpose::Phone => return None,
    };
    let asked = asking.map(|name| {
        let name = notice::proven(name);
        paragraph(format!("Le rattachement est demandé par {name}, identité confirmée par Pro Santé Connect."))
    });
    let mut blocks: Vec<Block> = asked.into_iter().collect();
    blocks.extend([
        paragraph(format!("Vous avez demandé {what}. Votre code :")),
        Block::Code { digits: spaced(code.expose()) },
        paragraph("Il est valable 10 minutes et ne sert qu'une fois. Seul le dernier code reçu fonctionne."),
        paragraph(format!("Vous n'êtes pas à l'origine de cette demande ? {not_you}")),
    ]);
    Some(Letter { subject: subject.to_owned(), blocks })
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
