//! One row for each thing a provider may say.

use proptest::prelude::*;

use super::*;

fn tried(attempt: u8) -> Tried {
    Tried {
        kind: Kind::DailyWorkout,
        channel: Channel::Whatsapp,
        as_template: false,
        attempt,
        attempts_max: ATTEMPTS_MAX,
        jitter: 0,
    }
}

fn error(code: u32, class: ErrorClass) -> ProviderError {
    ProviderError {
        code: Some(code),
        class,
        meaning: "made up".into(),
    }
}

fn refused(code: u32, class: ErrorClass, retry_after: Option<Seconds>) -> ProviderAnswer {
    ProviderAnswer::Refused {
        error: error(code, class),
        retry_after,
    }
}

#[test]
fn every_class_of_refusal_has_its_consequence() {
    use ErrorClass as Class;
    let failed = DeliveryStatus::Failed;
    let ended = |why| Verdict::Ended {
        why,
        status: failed,
    };
    let unreachable = |why| Verdict::MarkUnreachable {
        why,
        status: failed,
    };
    for (code, class, expected) in [
        (
            20500,
            Class::Transient,
            Verdict::RetryAfter {
                after: Seconds::new(1),
                counts_attempt: true,
            },
        ),
        (
            20429,
            Class::RateLimited,
            Verdict::SlowDown {
                limit: Limit::Account,
                after: Seconds::new(1),
            },
        ),
        (21617, Class::Permanent, ended(Ended::RefusedForGood)),
        (
            21610,
            Class::OptedOut,
            Verdict::OptOut {
                purpose: Purpose::All,
                status: failed,
            },
        ),
        (
            63033,
            Class::OptedOutOfMarketing,
            Verdict::OptOut {
                purpose: Purpose::Marketing,
                status: failed,
            },
        ),
        (
            63024,
            Class::NotOnWhatsapp,
            unreachable(Ended::NotOnWhatsapp),
        ),
        (63016, Class::WindowClosed, Verdict::ReplanAsTemplate),
        (63041, Class::TemplateProblem, ended(Ended::TemplateProblem)),
        (
            20003,
            Class::SenderProblem,
            Verdict::PauseSender {
                why: "made up".into(),
            },
        ),
        (
            21211,
            Class::InvalidNumber,
            unreachable(Ended::InvalidNumber),
        ),
        (21614, Class::Landline, unreachable(Ended::Landline)),
        (63037, Class::Informational, ended(Ended::RefusedForGood)),
    ] {
        assert_eq!(
            judge(&refused(code, class, None), &tried(1)),
            expected,
            "{code}"
        );
    }
}

#[test]
fn a_closed_window_told_of_a_template_is_a_problem_of_the_template() {
    let as_template = Tried {
        as_template: true,
        ..tried(1)
    };
    let verdict = judge(
        &refused(63016, ErrorClass::WindowClosed, None),
        &as_template,
    );
    assert_eq!(
        verdict,
        Verdict::Ended {
            why: Ended::TemplateProblem,
            status: DeliveryStatus::Failed
        }
    );
}

#[test]
fn retry_after_is_honoured_and_costs_no_attempt_when_throttled() {
    let asked = Some(Seconds::new(17));
    for attempt in [1, 5, 200] {
        assert_eq!(
            judge(
                &refused(20429, ErrorClass::RateLimited, asked),
                &tried(attempt)
            ),
            Verdict::SlowDown {
                limit: Limit::Account,
                after: Seconds::new(17)
            }
        );
    }
    assert_eq!(
        judge(&refused(20503, ErrorClass::Transient, asked), &tried(1)),
        Verdict::RetryAfter {
            after: Seconds::new(17),
            counts_attempt: true
        }
    );
}

#[test]
fn transient_errors_end_with_the_last_attempt() {
    let answer = refused(20500, ErrorClass::Transient, None);
    assert!(matches!(
        judge(&answer, &tried(4)),
        Verdict::RetryAfter { .. }
    ));
    assert_eq!(
        judge(&answer, &tried(5)),
        Verdict::Ended {
            why: Ended::AttemptsUsedUp,
            status: DeliveryStatus::Failed
        }
    );
    let unknown = error(30008, ErrorClass::Transient);
    let late = |attempt| judge_receipt(&unknown, DeliveryStatus::Undelivered, &tried(attempt));
    assert_eq!(
        late(1),
        Verdict::RetryAfter {
            after: Seconds::new(60),
            counts_attempt: true
        }
    );
    assert!(matches!(
        late(2),
        Verdict::Ended {
            status: DeliveryStatus::Undelivered,
            ..
        }
    ));
}

#[test]
fn no_answer_is_unconfirmed_and_not_started_is_free_to_go_again() {
    let silent = ProviderAnswer::NoAnswer {
        why: "the connection was reset".into(),
    };
    assert_eq!(judge(&silent, &tried(1)), Verdict::Unconfirmed);
    let unsent = ProviderAnswer::NotStarted {
        why: "could not connect".into(),
    };
    assert!(matches!(
        judge(&unsent, &tried(1)),
        Verdict::RetryAfter { .. }
    ));
}

#[test]
fn what_may_have_arrived_is_repeated_for_harmless_kinds_only() {
    let timeout = error(30410, ErrorClass::Transient);
    let judged = |kind| {
        judge_receipt(
            &timeout,
            DeliveryStatus::Failed,
            &Tried { kind, ..tried(1) },
        )
    };
    assert!(matches!(
        judged(Kind::DailyWorkout),
        Verdict::RetryAfter { .. }
    ));
    assert!(matches!(judged(Kind::Broadcast), Verdict::Ended { .. }));
}

#[test]
fn an_acceptance_may_already_be_a_failure() {
    let accepted = |status, error| ProviderAnswer::Accepted {
        provider_message_id: "SM1".into(),
        status,
        error,
        segments: None,
    };
    assert_eq!(
        judge(&accepted(DeliveryStatus::Accepted, None), &tried(1)),
        Verdict::Accepted {
            status: DeliveryStatus::Accepted
        }
    );
    let opted_out = Some(error(21610, ErrorClass::OptedOut));
    assert!(matches!(
        judge(&accepted(DeliveryStatus::Failed, opted_out), &tried(1)),
        Verdict::OptOut { .. }
    ));
}

proptest! {
    #[test]
    fn delays_stay_in_their_bounds(attempt in 1_u8..=255, jitter: u64) {
        let delay = backoff(&Tried { jitter, ..tried(attempt) });
        let bound = match attempt { 1 => 5, 2 => 20, 3 => 80, 4 => 320, 5 => 1_280, _ => 3_600 };
        prop_assert!(delay >= Seconds::new(1) && delay <= Seconds::new(bound));
    }
}
