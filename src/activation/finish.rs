//! The last act: everything is checked again from what is stored, and no earlier step is believed.

use super::{Journey, Step, StepState, Steps};

/// What the directory holds when `finish` runs.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The journey under way.
    pub journey: Journey,
    /// What was closed.
    pub steps: &'a Steps,
    /// Version of the terms the person accepted.
    pub accepted_terms: Option<&'a str>,
    /// Version asked for today.
    pub current_terms: &'a str,
    /// Civility, names, profession and (where the profession asks it) RPPS are there.
    pub details: bool,
    /// A contact e-mail is proven.
    pub verified_email: bool,
    /// An e-mail was claimed to sign in with.
    pub sign_in_email: bool,
    /// A phone is proven.
    pub verified_phone: bool,
    /// A password was made here.
    pub password: bool,
    /// The former system's password still opens the account.
    pub legacy_password: bool,
    /// The organisation has every field its holder's profession asks.
    pub organisation: bool,
    /// The account is linked to an identity provider.
    pub linked: bool,
}

/// Says whether the account may become active, or the first step that must be walked again.
///
/// # Errors
/// The step to send the person to.
pub fn finish(evidence: &Evidence<'_>) -> Result<(), Step> {
    for step in evidence.journey.steps() {
        let closed = match evidence.steps.state(*step) {
            None => false,
            Some(StepState::Skipped(_)) => evidence.journey.may_skip(*step),
            Some(StepState::Done(_)) => proven(evidence, *step),
        };
        if !closed {
            return Err(*step);
        }
    }
    if evidence.journey == Journey::Psc && !evidence.linked {
        return Err(Step::Terms);
    }
    Ok(())
}

fn proven(evidence: &Evidence<'_>, step: Step) -> bool {
    match step {
        Step::Information => true,
        Step::Details => evidence.details && terms(evidence),
        Step::Terms => terms(evidence),
        Step::Email => evidence.verified_email && (evidence.journey == Journey::Psc || evidence.sign_in_email),
        Step::Password => evidence.password && !evidence.legacy_password,
        Step::Phone => evidence.verified_phone,
        Step::Organisation => evidence.organisation,
    }
}

fn terms(evidence: &Evidence<'_>) -> bool {
    evidence.accepted_terms == Some(evidence.current_terms)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn walked(journey: Journey) -> Steps {
        let mut steps = Steps::default();
        for step in journey.steps() {
            steps.done(journey, *step, NOW).unwrap();
        }
        steps
    }

    fn complete(journey: Journey, steps: &Steps) -> Evidence<'_> {
        Evidence {
            journey,
            steps,
            accepted_terms: Some("2"),
            current_terms: "2",
            details: true,
            verified_email: true,
            sign_in_email: true,
            verified_phone: true,
            password: true,
            legacy_password: false,
            organisation: true,
            linked: journey == Journey::Psc,
        }
    }

    #[test]
    fn a_complete_journey_finishes() {
        for journey in [Journey::Local, Journey::Psc] {
            assert_eq!(finish(&complete(journey, &walked(journey))), Ok(()));
        }
    }

    #[test]
    fn a_step_marked_done_without_its_proof_is_walked_again() {
        let steps = walked(Journey::Local);
        let good = complete(Journey::Local, &steps);
        let cases = [
            (Evidence { details: false, ..good }, Step::Details),
            (Evidence { accepted_terms: Some("1"), ..good }, Step::Details),
            (Evidence { accepted_terms: None, ..good }, Step::Details),
            (Evidence { verified_email: false, ..good }, Step::Email),
            (Evidence { sign_in_email: false, ..good }, Step::Email),
            (Evidence { password: false, ..good }, Step::Password),
            (Evidence { legacy_password: true, ..good }, Step::Password),
            (Evidence { verified_phone: false, ..good }, Step::Phone),
            (Evidence { organisation: false, ..good }, Step::Organisation),
        ];
        for (evidence, step) in cases {
            assert_eq!(finish(&evidence), Err(step));
        }
    }

    #[test]
    fn a_psc_journey_needs_its_link_but_no_password() {
        let steps = walked(Journey::Psc);
        let good = complete(Journey::Psc, &steps);
        assert_eq!(finish(&Evidence { password: false, organisation: false, ..good }), Ok(()));
        assert_eq!(finish(&Evidence { linked: false, ..good }), Err(Step::Terms));
    }

    #[test]
    fn a_required_step_that_was_skipped_in_the_store_does_not_count() {
        let mut steps = walked(Journey::Psc);
        steps.reopen(Step::Email);
        steps.skip(Journey::Psc, Step::Email, NOW).unwrap();
        // The same store read as a local journey: the skipped e-mail is not enough.
        for step in [Step::Information, Step::Details] {
            steps.done(Journey::Local, step, NOW).unwrap();
        }
        let evidence = complete(Journey::Local, &steps);
        assert_eq!(finish(&evidence), Err(Step::Email));
    }
}
