//! How well a template's language fits a member's.

/// The better, the smaller; `None` when it does not fit at all. In order: the member's own language
/// and country, their language, their language as another country has it, then the same for the
/// default.
pub(super) fn fit(language: &str, locale: &str, default: &str) -> Option<u8> {
    one(language, locale).or_else(|| one(language, default).map(|fit| fit + 3))
}

fn one(language: &str, wanted: &str) -> Option<u8> {
    if same(language, wanted) {
        Some(0)
    } else if same(language, base(wanted)) {
        Some(1)
    } else if same(base(language), base(wanted)) {
        Some(2)
    } else {
        None
    }
}

/// `pt` of `pt-BR` and of `pt_BR`.
pub(super) fn base(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}

/// Equal but for case and the kind of dash.
fn same(a: &str, b: &str) -> bool {
    let plain = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    a.bytes().map(plain).eq(b.bytes().map(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_language_goes_before_the_default() {
        assert_eq!(fit("pt_BR", "pt-br", "en"), Some(0));
        assert_eq!(fit("pt", "pt-BR", "en"), Some(1));
        assert_eq!(fit("es_MX", "es", "en"), Some(2));
        assert_eq!(fit("en", "es", "en"), Some(3));
        assert_eq!(fit("en_US", "es", "en"), Some(5));
        assert_eq!(fit("fr", "es", "en"), None);
    }
}
