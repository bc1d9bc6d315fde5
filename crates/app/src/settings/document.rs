//! The documents made from the declarations: `docs/SETTINGS.md` and `settings.example.toml`. A test
//! compares them with what is checked in; `GYMTEXT_WRITE_DOCS=1` makes it write them instead.

use std::fmt::Write as _;

use super::declared::{Group, SETTINGS, Shown};

/// The settings as a page.
pub fn page() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         Made from `crates/app/src/settings/declared.rs`; a test keeps it true.\n\n\
         Defaults, then `gymtext.toml` in the working directory (or the file named by `--config`), then the\n\
         environment, which wins. The names are the same in both. A variable set to nothing counts as not set. A key in\n\
         the file that does not exist is refused. `gymtext config` prints what is in force and where it came from,\n\
         `gymtext doctor` tries it.\n",
    );
    for group in Group::ALL {
        let _ = write!(page, "\n## {}\n\n{}\n\n", group.as_str(), group.about());
        page.push_str("| name | default | meaning |\n| --- | --- | --- |\n");
        for setting in SETTINGS.iter().filter(|setting| setting.group == group) {
            let default = setting
                .default
                .map_or_else(|| "not set".into(), |default| format!("`{default}`"));
            let secret = if setting.shown == Shown::Secret {
                " Secret: never shown."
            } else {
                ""
            };
            let meaning = setting.meaning.replace('|', "\\|");
            let _ = writeln!(
                page,
                "| `{}` | {default} | {meaning}{secret} |",
                setting.name
            );
        }
    }
    page
}

/// A settings file with everything in it, each line commented out, so that it changes nothing.
pub fn example() -> String {
    let mut file = String::from(
        "# An example of gymtext.toml, made from crates/app/src/settings/declared.rs.\n\
         # Take away the `# ` before what you want to set. The environment wins over this file.\n",
    );
    for group in Group::ALL {
        let _ = write!(file, "\n[{}]\n# {}\n", group.as_str(), group.about());
        for setting in SETTINGS.iter().filter(|setting| setting.group == group) {
            file.push('\n');
            for line in wrapped(setting.meaning, 100) {
                let _ = writeln!(file, "# {line}");
            }
            if let Some(default) = setting.default {
                let _ = writeln!(file, "# Default: {default}");
            }
            let _ = writeln!(file, "# {} = {}", setting.name, setting.example);
        }
    }
    file
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut()
            && (line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width)
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        lines.push(word.to_owned());
    }
    lines
}
