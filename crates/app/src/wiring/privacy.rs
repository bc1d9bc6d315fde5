//! The operator's own privacy page: a file for each language.

use std::path::Path;

use anyhow::Context as _;

/// Languages there are pages in.
const LANGUAGES: [&str; 3] = ["en", "es", "pt"];

/// The most bytes of a page.
const BYTES_MAX: usize = 64 * 1024;

/// Reads what there is in the folder; a folder without a page is a mistake.
pub(super) fn own(folder: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let mut pages = Vec::new();
    for language in LANGUAGES {
        let file = folder.join(format!("{language}.md"));
        if !file.exists() {
            continue;
        }
        let named = || format!("GYMTEXT_PRIVACY_FOLDER: {} cannot be read", file.display());
        let text = std::fs::read_to_string(&file).with_context(named)?;
        anyhow::ensure!(
            text.len() <= BYTES_MAX && text.lines().any(|line| line.starts_with("# ")),
            "GYMTEXT_PRIVACY_FOLDER: {} has no title (`# …`), or more than 64 KiB",
            file.display()
        );
        pages.push((language.to_owned(), text));
    }
    anyhow::ensure!(
        !pages.is_empty(),
        "GYMTEXT_PRIVACY_FOLDER: {} holds none of en.md, es.md, pt.md",
        folder.display()
    );
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ones_own_is_read_and_one_without_a_title_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(own(None).unwrap().is_empty());
        let refused = |folder: &Path| own(Some(folder)).unwrap_err().to_string();
        assert!(refused(folder.path()).contains("holds none of"));
        std::fs::write(folder.path().join("pt.md"), "# Privacidade\nTudo.").unwrap();
        let pages = own(Some(folder.path())).unwrap();
        assert_eq!(
            pages,
            [("pt".to_owned(), "# Privacidade\nTudo.".to_owned())]
        );
        std::fs::write(folder.path().join("en.md"), "Nothing").unwrap();
        assert!(refused(folder.path()).contains("en.md has no title"));
    }
}
