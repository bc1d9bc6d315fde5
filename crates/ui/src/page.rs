//! What every page has: a title, a way around, and its own styles and scripts.

/// A place to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link called `label` to `href`.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
        }
    }
}

/// What stands above a page, whatever it is: something to know, and a form to end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// A sentence.
    pub text: String,
    /// Where its form goes.
    pub action: String,
    /// What its button says.
    pub label: String,
    /// What the form carries as `token`.
    pub token: String,
}

/// The frame of a page, given to templates that extend `base.html` as their field `page`.
#[derive(Debug, Clone)]
pub struct Page {
    /// The language it is written in, as a tag.
    pub lang: &'static str,
    /// Title in the browser, without the product's name.
    pub title: String,
    /// One sentence for search engines and previews; empty for none.
    pub description: String,
    /// Where the mark in the header leads.
    pub home: String,
    /// A word beside the name that says which part of the product this is ("Sandbox"); empty for none.
    pub area: String,
    /// Navigation in the header.
    pub nav: Vec<Link>,
    /// The `href` of the navigation entry that this page is.
    pub current: String,
    /// Pages beside this one, above what it says.
    pub beside: Vec<Link>,
    /// The `href` of the one of them that this page is.
    pub current_beside: String,
    /// What stands above all of it.
    pub banner: Option<Banner>,
    /// Addresses of further style sheets.
    pub styles: Vec<String>,
    /// Addresses of scripts, loaded as modules.
    pub scripts: Vec<String>,
    /// Whether the page is an application that fills the window, without footer and width limit.
    pub fills_window: bool,
}

impl Page {
    /// A page with a title and nothing else yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            lang: "en",
            title: title.into(),
            description: String::new(),
            home: "/".to_owned(),
            area: String::new(),
            nav: Vec::new(),
            current: String::new(),
            beside: Vec::new(),
            current_beside: String::new(),
            banner: None,
            styles: Vec::new(),
            scripts: Vec::new(),
            fills_window: false,
        }
    }

    /// Says what the page is about, in a sentence.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Names the part of the product.
    #[must_use]
    pub fn in_area(mut self, area: impl Into<String>) -> Self {
        self.area = area.into();
        self
    }

    /// Sets the navigation and which of its entries this page is.
    #[must_use]
    pub fn with_nav(
        mut self,
        nav: impl IntoIterator<Item = Link>,
        current: impl Into<String>,
    ) -> Self {
        self.nav = nav.into_iter().collect();
        self.current = current.into();
        self
    }

    /// Sets the pages beside this one, and which of them it is.
    #[must_use]
    pub fn with_beside(
        mut self,
        beside: impl IntoIterator<Item = Link>,
        current: impl Into<String>,
    ) -> Self {
        self.beside = beside.into_iter().collect();
        self.current_beside = current.into();
        self
    }

    /// Adds a style sheet by its address.
    #[must_use]
    pub fn with_style(mut self, url: impl Into<String>) -> Self {
        self.styles.push(url.into());
        self
    }

    /// Adds a script by its address; it is loaded as a module.
    #[must_use]
    pub fn with_script(mut self, url: impl Into<String>) -> Self {
        self.scripts.push(url.into());
        self
    }

    /// Makes the page fill the window, as an application does.
    #[must_use]
    pub fn filling_the_window(mut self) -> Self {
        self.fills_window = true;
        self
    }
}
