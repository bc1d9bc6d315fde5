//! What it means that messages ended like that, and what somebody can do.

use domain::DeliveryStatus;
use policy::outbound::Reason;

use super::DeadGroup;

/// What a group means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What happened, as a sentence without its full stop.
    pub what: String,
    /// What to do about it.
    pub todo: &'static str,
    /// Whether trying again may help as things are.
    pub may_help: bool,
}

/// What a group means; `error` is what the provider's code means, where there is one.
pub fn meaning(group: &DeadGroup, error: Option<&str>) -> Meaning {
    let code = group.reason.as_deref().unwrap_or_default();
    let known = ended(code);
    let by_planner = Reason::from_code(code).map(|reason| reason.to_string());
    let what = match (error, known, by_planner) {
        (Some(error), Some(known), _) => format!("{known}: {error}"),
        (Some(error), None, _) => error.to_owned(),
        (None, Some(known), _) => known.to_owned(),
        (None, None, Some(sentence)) => sentence,
        (None, None, None) => by_status(group.status).to_owned(),
    };
    let (todo, may_help) = remedy(code, group.status);
    Meaning {
        what: capital(&what),
        todo,
        may_help,
    }
}

/// A sentence begins with a capital.
pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// What ended an attempt for good, as the engine and the stores write it down.
fn ended(code: &str) -> Option<&'static str> {
    Some(match code {
        "refused_for_good" => "the provider refused it for good",
        "attempts_used_up" => "every attempt it had failed",
        "template_problem" => "the provider refused the template",
        "not_on_whatsapp" => "the number is not on WhatsApp",
        "invalid_number" => "the number does not exist",
        "landline" => "the number takes no texts",
        "failed" | "undelivered" => "the carrier took it and could not deliver it",
        _ => return None,
    })
}

const fn by_status(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Undelivered => "the carrier took it and could not deliver it",
        DeliveryStatus::Expired => "its time was over before it could be sent",
        DeliveryStatus::Suppressed => "it was not to be sent",
        _ => "the provider could not send it",
    }
}

fn remedy(code: &str, status: DeliveryStatus) -> (&'static str, bool) {
    match code {
        "attempts_used_up" => (
            "Look whether the provider works again, then try them again.",
            true,
        ),
        "failed" | "undelivered" => (
            "Phones that were off may be on again: try again once. A number that fails each time is wrong or blocked.",
            true,
        ),
        "invalid_number" | "landline" => (
            "Ask the member for another number; as it is, trying again fails again.",
            false,
        ),
        "not_on_whatsapp" => (
            "Those who agreed to SMS get it there when it is tried again.",
            true,
        ),
        "template_problem" | "template_not_approved" | "no_template" | "template_variables" => (
            "Mend the template and have it approved, then try them again.",
            true,
        ),
        "consent_unknown" | "opted_out" | "marketing_stopped" | "no_channel" | "no_address" => (
            "Only the member can change that: they agree on the join page, or write START.",
            false,
        ),
        "not_on_allow_list" => (
            "Take the addresses onto the list of this installation, if they belong there.",
            false,
        ),
        "erased" => ("They asked to be forgotten; there is nothing to do.", false),
        "arrived_elsewhere" | "skipped_by_member" | "already_confirmed" => {
            ("Nothing is missing: leave them.", false)
        }
        "expired" => (
            "Their time is over: a workout of yesterday helps nobody. Leave them, and look what held them.",
            false,
        ),
        "unreachable" => (
            "The address fails each time. Ask the member for another one.",
            false,
        ),
        _ => match status {
            DeliveryStatus::Expired => (
                "Their time is over. Leave them, and look what held them.",
                false,
            ),
            DeliveryStatus::Suppressed => (
                "Look at one of them: why it was not sent stands on its page.",
                false,
            ),
            _ => (
                "Look at one of them: what the provider answered stands on its page.",
                true,
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(status: DeliveryStatus, reason: Option<&str>) -> DeadGroup {
        DeadGroup {
            status,
            reason: reason.map(str::to_owned),
            error_code: None,
        }
    }

    #[test]
    fn every_reason_of_the_planner_has_a_sentence_and_something_to_do() {
        for reason in Reason::ALL {
            let told = meaning(
                &group(DeliveryStatus::Suppressed, Some(reason.code())),
                None,
            );
            assert!(!told.what.is_empty() && !told.todo.is_empty());
        }
    }

    #[test]
    fn what_the_provider_said_is_told_with_what_it_means_for_us() {
        let told = meaning(
            &group(DeliveryStatus::Failed, Some("invalid_number")),
            Some("not a valid number"),
        );
        assert_eq!(told.what, "The number does not exist: not a valid number");
        assert!(!told.may_help);
        let told = meaning(&group(DeliveryStatus::Undelivered, None), None);
        assert_eq!(told.what, "The carrier took it and could not deliver it");
    }
}
