//! Arms a point at which the process dies, for tests of crashes: `GYMTEXT_ABORT_AT=<point>:<count>`.
//! It is no setting: no file may hold it, and a service that is armed says so.

use domain::failpoint::{Point, arm};

use crate::failure::bad_input;

/// The variable.
pub(crate) const VARIABLE: &str = "GYMTEXT_ABORT_AT";

/// Arms what the environment asks for, if it does.
pub(crate) fn arm_from_environment() -> anyhow::Result<()> {
    let Some(text) = std::env::var_os(VARIABLE).filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let (point, count) = text.to_str().and_then(read).ok_or_else(|| {
        bad_input(format!(
            "{VARIABLE} is written <point>:<count>, such as begun:3"
        ))
    })?;
    tracing::warn!(
        point = point.as_str(),
        count,
        "this process will die on purpose: {VARIABLE} is for tests"
    );
    arm(point, count);
    Ok(())
}

fn read(text: &str) -> Option<(Point, u32)> {
    let (point, count) = text.split_once(':')?;
    Some((
        point.parse().ok()?,
        count.parse().ok().filter(|count| *count > 0)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_and_a_count_are_read() {
        assert_eq!(read("begun:3"), Some((Point::Begun, 3)));
        for text in ["begun", "begun:0", "begun:x", "nowhere:1", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
