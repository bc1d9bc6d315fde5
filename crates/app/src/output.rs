//! What commands print: to standard output without panicking when it is closed, coloured only on a
//! terminal, as tables where there are rows.

use std::io::{self, IsTerminal as _, Write};

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use serde::Serialize;

/// Standard output, buffered. Call [`Out::flush`] before the end: an error there is an error.
#[derive(Debug)]
pub struct Out {
    to: io::BufWriter<io::StdoutLock<'static>>,
    terminal: bool,
    colours: bool,
}

impl Out {
    /// Locks standard output.
    pub fn new() -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let colours = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            to: io::BufWriter::new(stdout.lock()),
            terminal,
            colours,
        }
    }

    /// Whether a person is looking.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// One line.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.to.write_all(text.as_ref().as_bytes())?;
        self.to.write_all(b"\n")
    }

    /// One JSON value on one line.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }

    /// JSON for people and programs alike: indented on a terminal, one line elsewhere.
    pub fn json_pretty(&mut self, value: &impl Serialize) -> io::Result<()> {
        if !self.terminal {
            return self.json(value);
        }
        serde_json::to_writer_pretty(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }

    /// A table with a heading.
    pub fn table(
        &mut self,
        heading: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(
            TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')),
        );
        table.set_content_arrangement(ContentArrangement::Disabled);
        if let Some((_, width)) = console::Term::stdout()
            .size_checked()
            .filter(|_| self.terminal)
        {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        table.set_header(heading);
        table.add_rows(rows);
        self.line(table.to_string())
    }

    /// Hands over what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// A text in a colour, where colours are shown.
    pub fn coloured(&self, colour: Colour, text: &str) -> String {
        if self.colours {
            format!("\x1b[{}m{text}\x1b[0m", colour.code())
        } else {
            text.to_owned()
        }
    }
}

impl Default for Out {
    fn default() -> Self {
        Self::new()
    }
}

/// The few colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Good.
    Green,
    /// Odd.
    Yellow,
    /// Bad.
    Red,
    /// Of little interest.
    Dim,
    /// A heading.
    Bold,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Red => "31",
            Self::Dim => "2",
            Self::Bold => "1",
        }
    }
}

/// A complaint on standard error.
pub(crate) fn complain(text: &str) {
    note(&format!("gymtext: {text}"));
}

/// A line on standard error; nobody there to read it is no error.
pub(crate) fn note(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = writeln!(stderr, "{text}");
}
