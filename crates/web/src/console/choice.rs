//! What a form lets people choose from.

/// One of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// No condition, called so, and then what there is, as values and labels; one of them is chosen.
pub(super) fn choices(
    any: &str,
    there_are: impl IntoIterator<Item = (String, String)>,
    chosen: &str,
) -> Vec<Choice> {
    std::iter::once((String::new(), any.to_owned()))
        .chain(there_are)
        .map(|(value, label)| Choice {
            chosen: value == chosen,
            value,
            label,
        })
        .collect()
}
