//! Markdown as the few blocks a programme is made of.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A block, with the line it begins at, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) line: usize,
    pub(super) what: What,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A heading and its level.
    Heading(u8, String),
    Paragraph(String),
    List(Vec<String>),
    Note(String),
    /// The address of a picture.
    Image(String),
    /// Something else Markdown has: its name.
    Other(&'static str),
}

/// The blocks of a text.
pub(super) fn of(text: &str) -> Vec<Block> {
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        reader.take(event, lines.of(range.start));
    }
    reader.blocks
}

/// Lines by offset; asked in order, or nearly.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, offset: usize) -> usize {
        if let Some(between) = self.text.get(self.at..offset) {
            self.line += between.matches('\n').count();
            self.at = offset;
        }
        self.line
    }
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    words: String,
    items: Vec<String>,
    line: usize,
    lists: usize,
    in_quote: bool,
    in_image: bool,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, line),
            Event::End(tag) => self.end(tag),
            Event::Text(_) | Event::Code(_) if self.in_image => {}
            Event::Text(text) | Event::Code(text) => self.words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => self.words.push('\n'),
            Event::Rule => self.push(line, What::Other("A rule")),
            Event::Html(_) | Event::InlineHtml(_) => self.push(line, What::Other("HTML")),
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, line: usize) {
        match tag {
            Tag::Heading { .. } | Tag::Paragraph => {
                if self.lists == 0 && !self.in_quote {
                    self.line = line;
                    self.words.clear();
                } else if !self.words.is_empty() {
                    self.words.push('\n');
                }
            }
            Tag::BlockQuote(_) => {
                self.in_quote = true;
                self.line = line;
                self.words.clear();
            }
            Tag::List(_) => {
                if self.lists == 0 {
                    self.line = line;
                    self.items.clear();
                } else {
                    self.push(line, What::Other("A list within a list"));
                    self.item();
                }
                self.lists += 1;
            }
            Tag::Item => self.words.clear(),
            Tag::Image { dest_url, .. } => {
                self.in_image = true;
                self.push(line, What::Image(dest_url.to_string()));
            }
            Tag::Emphasis | Tag::Strong => self.push(line, What::Other("Emphasis")),
            Tag::Link { .. } => self.push(line, What::Other("A link")),
            Tag::CodeBlock(_) => self.push(line, What::Other("A block of code")),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let words = self.taken();
                self.push(self.line, What::Heading(number(level), words));
            }
            TagEnd::Paragraph if self.lists == 0 && !self.in_quote => {
                let words = self.taken();
                if !words.is_empty() {
                    self.push(self.line, What::Paragraph(words));
                }
            }
            TagEnd::BlockQuote(_) => {
                self.in_quote = false;
                let words = self.taken();
                self.push(self.line, What::Note(words));
            }
            TagEnd::Item => self.item(),
            TagEnd::List(_) => {
                self.lists = self.lists.saturating_sub(1);
                if self.lists == 0 {
                    let items = std::mem::take(&mut self.items);
                    self.push(self.line, What::List(items));
                }
            }
            TagEnd::Image => self.in_image = false,
            _ => {}
        }
    }

    fn item(&mut self) {
        let words = self.taken();
        if !words.is_empty() {
            self.items.push(words);
        }
    }

    fn taken(&mut self) -> String {
        std::mem::take(&mut self.words).trim().to_owned()
    }

    fn push(&mut self, line: usize, what: What) {
        self.blocks.push(Block { line, what });
    }
}

const fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
