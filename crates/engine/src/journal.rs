//! Decisions as they are kept: compact JSON of stable codes. Sentences are added when somebody
//! reads them (`explain`), so that rewording one needs no migration.

use std::fmt::Write as _;

use policy::outbound::{Decision, Finding, Form, Judgement};

/// The decision as JSON. Codes, words and numbers only: nothing in it needs escaping.
pub(crate) fn write(judgement: &Judgement) -> String {
    let mut out = String::with_capacity(200);
    match &judgement.decision {
        Decision::Send(plan) => {
            let form = plan.form.word();
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                r#"{{"decision":"send","channel":"{}","form":"{form}""#,
                plan.channel
            );
            if let Form::Template {
                provider_template_id,
                name,
                language,
                edition,
                ..
            } = &plan.form
            {
                // All of them are made of letters, digits, `_` and `-`.
                let _ = write!(
                    out,
                    r#","template":{{"name":"{name}","language":"{language}","version":"{edition}","id":"{provider_template_id}"}}"#
                );
            }
            if let Some(segments) = &plan.segments {
                let _ = write!(out, r#","segments":{}"#, segments.count);
            }
        }
        Decision::Hold { until, why, knock } => {
            let _ = write!(
                out,
                r#"{{"decision":"hold","reason":"{}","until":"{until}","knock":{}"#,
                why.code(),
                knock.is_some()
            );
        }
        Decision::Suppress { why, status } => {
            let _ = write!(
                out,
                r#"{{"decision":"suppress","reason":"{}","status":"{status}""#,
                why.code()
            );
        }
    }
    out.push_str(r#","considered":["#);
    for (index, considered) in judgement.considered.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let (verdict, reason) = match considered.finding {
            Finding::Chosen => ("chosen", None),
            Finding::Later(reason) => ("later", Some(reason)),
            Finding::Passed(reason) => ("passed", Some(reason)),
        };
        let _ = write!(
            out,
            r#"{{"channel":"{}","because":"{}","verdict":"{verdict}""#,
            considered.channel,
            considered.because.code()
        );
        if let Some(rollout) = considered.rollout {
            let _ = write!(out, r#","rollout":"{}""#, rollout.code());
        }
        if let Some(reason) = reason {
            let _ = write!(out, r#","reason":"{}""#, reason.code());
        }
        if let Some(price) = considered.price {
            let _ = write!(out, r#","price":"{price}""#);
        }
        out.push('}');
    }
    out.push_str("]}");
    out
}
