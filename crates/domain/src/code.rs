//! What a code that somebody types proves.

use crate::channel::words;

words! {
    /// What a code is for. One for something else proves nothing here.
    CodeFor {
        /// That a phone is theirs, to join or to log in.
        Login = "login",
        /// That a phone is an operator's, to work in the console.
        Console = "console",
        /// That another phone is a member's from now on.
        Phone = "phone",
        /// That a number on WhatsApp is a member's.
        Whatsapp = "whatsapp",
        /// That an e-mail address is a member's.
        Email = "email",
        /// Nothing: it tells an address that its member has another one now.
        Farewell = "farewell",
    }
}
