//! Icons and the mark, as elements that can stand in a page: no requests, coloured by the text around them.
//!
//! The icons are lucide's (ISC), see `vendor.toml`. They are decoration: what they stand beside says it in words.

use std::fmt;

macro_rules! icons {
    ($($name:ident = $file:literal),+ $(,)?) => {
        /// An icon, 24 units wide and as tall as the text by the class `icon`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon {
            $(#[doc = concat!("`", $file, ".svg`")] $name,)+
        }

        impl Icon {
            /// All of them, for the gallery and for pages whose scripts need some.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name it has at lucide.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $file,)+ }
            }

            fn source(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../icons/", $file, ".svg")),)+ }
            }
        }
    };
}

icons! {
    ArrowLeft = "arrow-left",
    ArrowRight = "arrow-right",
    Ban = "ban",
    BatteryFull = "battery-full",
    BookOpen = "book-open",
    Check = "check",
    CheckCheck = "check-check",
    ChevronDown = "chevron-down",
    CircleAlert = "circle-alert",
    CircleCheck = "circle-check",
    CircleHelp = "circle-help",
    Clock = "clock",
    Copy = "copy",
    EllipsisVertical = "ellipsis-vertical",
    ExternalLink = "external-link",
    Eye = "eye",
    FastForward = "fast-forward",
    File = "file",
    Image = "image",
    Inbox = "inbox",
    Info = "info",
    MapPin = "map-pin",
    MessageCircle = "message-circle",
    Moon = "moon",
    Plus = "plus",
    Power = "power",
    Reply = "reply",
    RotateCcw = "rotate-ccw",
    Send = "send",
    Signal = "signal",
    Smartphone = "smartphone",
    Sun = "sun",
    TriangleAlert = "triangle-alert",
    WifiOff = "wifi-off",
    Close = "x",
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source();
        let inner = source
            .split_once("<svg")
            .and_then(|(_, rest)| rest.split_once('>'))
            .map_or("", |(_, shapes)| {
                shapes.trim_end().trim_end_matches("</svg>").trim()
            });
        write!(
            f,
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\" focusable=\"false\">{inner}</svg>"
        )
    }
}

impl askama::filters::HtmlSafe for Icon {}

/// The mark of GymText: a speech bubble that lifts.
#[derive(Debug, Clone, Copy)]
pub struct Mark;

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(include_str!("../assets/mark.svg").trim())
    }
}

impl askama::filters::HtmlSafe for Mark {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_has_shapes_and_no_comment() {
        for icon in Icon::ALL {
            let html = icon.to_string();
            assert!(
                html.starts_with("<svg class=\"icon\"") && html.ends_with("</svg>"),
                "{html}"
            );
            assert!(
                html.matches("<svg").count() == 1 && !html.contains("<!--"),
                "{html}"
            );
            assert!(
                html.contains("<path") || html.contains("<circle") || html.contains("<rect"),
                "{html}"
            );
        }
    }
}
