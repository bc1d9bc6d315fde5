//! Rate cards as a file: those that are shipped, or the operator's own.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use policy::pricing::RateCards;

use crate::failure::bad_input;

/// The largest file: Meta's card is some 20 kB for each date.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The rate cards in force; a file that cannot be used is refused with what is wrong and where.
pub(crate) fn in_force(file: Option<&Path>) -> anyhow::Result<Arc<RateCards>> {
    let Some(file) = file else {
        return Ok(RateCards::shipped());
    };
    let refused = |why: String| bad_input(format!("GYMTEXT_RATES: {}: {why}", file.display()));
    let size = fs::metadata(file)
        .map_err(|error| refused(error.to_string()))?
        .len();
    if size > FILE_BYTES_MAX {
        return Err(refused(format!(
            "the file is larger than {FILE_BYTES_MAX} bytes"
        )));
    }
    let text = fs::read_to_string(file).map_err(|error| refused(error.to_string()))?;
    let cards = RateCards::parse(&text).map_err(|error| refused(error.to_string()))?;
    Ok(Arc::new(cards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rates.csv");
        fs::write(
            &file,
            "# mine\nrate,sms,US,segment,cheap,USD,2026-01-01,me\n",
        )
        .unwrap();
        let said = in_force(Some(&file)).unwrap_err().to_string();
        assert!(said.starts_with("GYMTEXT_RATES: "), "{said}");
        assert!(
            said.contains("line 2 of the rate cards: an amount is digits"),
            "{said}"
        );
        let said = in_force(Some(&folder.path().join("none.csv"))).unwrap_err();
        assert!(said.to_string().contains("none.csv"), "{said}");
        assert!(!in_force(None).unwrap().lines().is_empty());
    }
}
