//! What a broadcast is to be, as its columns keep it: when it goes, and in which stages. One form for both stores.

use domain::broadcast::{Past, Stages, When};
use domain::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct WireWhen {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    past: Option<String>,
}

/// The column `schedule`.
pub fn when_json(when: &When) -> String {
    let wire = match when {
        When::Now => WireWhen {
            at: None,
            local: None,
            past: None,
        },
        When::At(at) => WireWhen {
            at: Some(at.as_micros()),
            local: None,
            past: None,
        },
        When::Local { time, past } => WireWhen {
            at: None,
            local: Some(time.to_string()),
            past: Some(past.as_str().to_owned()),
        },
    };
    // Texts and numbers only: it cannot fail.
    serde_json::to_string(&wire).unwrap_or_default()
}

/// What that column holds; `None` when it holds something else.
pub fn when_of(json: &str) -> Option<When> {
    let wire: WireWhen = serde_json::from_str(json).ok()?;
    Some(match (wire.at, wire.local) {
        (Some(at), None) => When::At(Timestamp::from_micros(at)),
        (None, Some(local)) => When::Local {
            time: local.parse().ok()?,
            past: wire.past?.parse::<Past>().ok()?,
        },
        (None, None) => When::Now,
        (Some(_), Some(_)) => return None,
    })
}

#[derive(Serialize, Deserialize)]
struct WireStages {
    percents: Vec<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    go_on_after: Option<i64>,
    bad_percent_max: u8,
}

/// The column `stages`.
pub fn stages_json(stages: &Stages) -> String {
    let wire = WireStages {
        percents: stages.percents.clone(),
        go_on_after: stages.go_on_after.map(Seconds::as_micros),
        bad_percent_max: stages.bad_percent_max,
    };
    serde_json::to_string(&wire).unwrap_or_default()
}

/// What that column holds; `None` when it holds something else.
pub fn stages_of(json: &str) -> Option<Stages> {
    let wire: WireStages = serde_json::from_str(json).ok()?;
    Some(Stages {
        percents: wire.percents,
        go_on_after: wire.go_on_after.map(Seconds::from_micros),
        bad_percent_max: wire.bad_percent_max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for when in [
            When::Now,
            When::At(Timestamp::from_seconds(1_800_000_000)),
            When::Local {
                time: "2026-12-24T09:00:00".parse().unwrap(),
                past: Past::Skip,
            },
        ] {
            assert_eq!(when_of(&when_json(&when)), Some(when));
        }
        let stages = Stages {
            percents: vec![1, 10, 100],
            go_on_after: Some(Seconds::new(3_600)),
            bad_percent_max: 2,
        };
        assert_eq!(stages_of(&stages_json(&stages)), Some(stages));
        assert_eq!(when_of(r#"{"local":"soon","past":"skip"}"#), None);
    }
}
