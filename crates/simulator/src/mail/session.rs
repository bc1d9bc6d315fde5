//! What is said on one connection (RFC 5321): the part of SMTP that clients need, without a socket.

use super::Fault;

/// Largest letter, announced by `SIZE`.
pub(super) const LETTER_BYTES_MAX: usize = 1024 * 1024;
/// Most people of one letter (RFC 5321, 4.5.3.1.8 asks for 100 at least).
const PEOPLE_MAX: usize = 100;
/// Longest address (RFC 5321, 4.5.3.1.3).
const ADDRESS_BYTES_MAX: usize = 254;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// A line, and the next command.
    Line(u16, &'static str),
    /// What the server can do.
    Greeting,
    /// This address is not taken.
    Refused(u16, &'static str, String),
    /// The letter may come.
    GoOn,
    /// The last word.
    Goodbye,
}

/// Whom the next letter is from and for.
#[derive(Debug, Default)]
pub(super) struct Session {
    greeted: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl Session {
    /// Answers a line without its line break.
    pub(super) fn hears(&mut self, line: &str) -> Said {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.greeted = true;
                self.forget();
                Said::Greeting
            }
            "HELO" => {
                self.greeted = true;
                self.forget();
                Said::Line(250, "sandbox.localhost")
            }
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" if self.from.is_none() => Said::Line(503, "5.5.1 MAIL comes first"),
            "DATA" if self.to.is_empty() => Said::Line(554, "5.5.1 nobody to take it"),
            "DATA" => Said::GoOn,
            "RSET" => {
                self.forget();
                Said::Line(250, "2.0.0 forgotten")
            }
            "NOOP" => Said::Line(250, "2.0.0 here"),
            "VRFY" => Said::Line(252, "2.1.5 send it, and see"),
            // A browser was made to talk to us: its page is not to write letters.
            "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "QUIT" => Said::Goodbye,
            "AUTH" | "STARTTLS" => Said::Line(502, "5.5.1 not needed on this machine"),
            _ => Said::Line(500, "5.5.2 not a command of this server"),
        }
    }

    fn mail(&mut self, rest: &str) -> Said {
        if !self.greeted {
            return Said::Line(503, "5.5.1 EHLO comes first");
        }
        if self.from.is_some() {
            return Said::Line(503, "5.5.1 there is a letter already");
        }
        let Some((address, parameters)) = path_of(rest, "FROM:") else {
            return Said::Line(501, "5.5.4 MAIL FROM:<address>");
        };
        let size = parameters.split(' ').find_map(|one| {
            let (name, value) = one.split_once('=')?;
            (name.eq_ignore_ascii_case("SIZE"))
                .then(|| value.parse::<usize>().ok())
                .flatten()
        });
        if size.is_some_and(|size| size > LETTER_BYTES_MAX) {
            return Said::Line(552, "5.3.4 a letter has 1 MiB at most");
        }
        self.from = Some(address.to_owned());
        Said::Line(250, "2.1.0 noted")
    }

    fn rcpt(&mut self, rest: &str) -> Said {
        if self.from.is_none() {
            return Said::Line(503, "5.5.1 MAIL comes first");
        }
        let Some((address, _)) = path_of(rest, "TO:").filter(|(to, _)| is_address(to)) else {
            return Said::Line(501, "5.1.3 RCPT TO:<address>");
        };
        if self.to.len() >= PEOPLE_MAX {
            return Said::Line(452, "4.5.3 too many people");
        }
        let no = |code, words| Said::Refused(code, words, address.to_owned());
        match Fault::of(address) {
            Some(Fault::Nobody) => no(550, "5.1.1 no such mailbox"),
            Some(Fault::Later) => no(451, "4.7.1 come back later"),
            Some(Fault::Full) => no(452, "4.2.2 the mailbox is full"),
            Some(Fault::Silent) | None => {
                self.to.push(address.to_owned());
                Said::Line(250, "2.1.5 known here")
            }
        }
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Whom the letter that has come is from and for; the next one begins anew.
    pub(super) fn ends(&mut self) -> (String, Vec<String>) {
        (
            self.from.take().unwrap_or_default(),
            std::mem::take(&mut self.to),
        )
    }
}

/// Whether the connection breaks once this letter was taken.
pub(super) fn falls_silent(to: &[String]) -> bool {
    to.iter().any(|to| Fault::of(to) == Some(Fault::Silent))
}

/// `FROM:<a@b> SIZE=12` → (`a@b`, `SIZE=12`).
fn path_of<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let (word, rest) = text.split_at_checked(name.len())?;
    let rest = word.eq_ignore_ascii_case(name).then(|| rest.trim_start())?;
    let (address, parameters) = rest.strip_prefix('<')?.split_once('>')?;
    (address.len() <= ADDRESS_BYTES_MAX).then(|| (address, parameters.trim()))
}

fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !name.is_empty() && !domain.is_empty() && !text.contains(|c: char| c.is_control() || c == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(said: &Said) -> u16 {
        match said {
            Said::Line(code, _) | Said::Refused(code, _, _) => *code,
            Said::Greeting => 250,
            Said::GoOn => 354,
            Said::Goodbye => 221,
        }
    }

    #[test]
    fn a_conversation_has_its_order() {
        let mut session = Session::default();
        for (line, answer) in [
            ("MAIL FROM:<coach@gym.example>", 503),
            ("EHLO client", 250),
            ("DATA", 503),
            ("RCPT TO:<ana@home.example>", 503),
            ("MAIL FROM:<coach@gym.example> SIZE=2000000", 552),
            ("mail from:<coach@gym.example> BODY=8BITMIME SIZE=300", 250),
            ("MAIL FROM:<coach@gym.example>", 503),
            ("DATA", 554),
            ("RCPT TO:ana@home.example", 501),
            ("RCPT TO:<ana>", 501),
            ("RCPT TO:<nobody@home.example>", 550),
            ("RCPT TO:<ana+later@home.example>", 451),
            ("RCPT TO:<full@home.example>", 452),
            ("RCPT TO:<ana@home.example>", 250),
            ("DATA", 354),
            ("NOOP", 250),
            ("VRFY ana", 252),
            ("STARTTLS", 502),
            ("What?", 500),
            ("POST / HTTP/1.1", 221),
            ("QUIT", 221),
        ] {
            assert_eq!(code(&session.hears(line)), answer, "{line}");
        }
        let (from, to) = session.ends();
        assert_eq!(from, "coach@gym.example");
        assert_eq!(to, ["ana@home.example"]);
        assert_eq!(code(&session.hears("DATA")), 503);
    }

    #[test]
    fn a_letter_has_so_many_people_and_no_more() {
        let mut session = Session::default();
        session.hears("HELO client");
        session.hears("MAIL FROM:<>");
        for number in 0..PEOPLE_MAX {
            assert_eq!(
                code(&session.hears(&format!("RCPT TO:<p{number}@home.example>"))),
                250
            );
        }
        assert_eq!(code(&session.hears("RCPT TO:<one@home.example>")), 452);
        session.hears("RSET");
        assert_eq!(session.ends().1.len(), 0);
    }
}
