//! The four templates the service sends by itself, as types: a variable that is missing does not
//! compile. Their texts stand in files; a test there keeps both the same.

use std::collections::BTreeMap;

use domain::content::ContentError;
use domain::{Kind, TemplateUse, Text};

use super::kind::VariableKind;

macro_rules! templates {
    ($($(#[$doc:meta])* $name:ident for $kind:ident { $($(#[$vdoc:meta])* $variable:ident: $vkind:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name<'a> { $($(#[$vdoc])* pub $variable: &'a str),+ }

            impl $name<'_> {
                /// Its name.
                pub const NAME: &'static str = Kind::$kind.as_str();

                /// Its variables, in order.
                pub const VARIABLES: &'static [(&'static str, VariableKind)] =
                    &[$((stringify!($variable), VariableKind::$vkind)),+];

                /// Its values by the numbers of the variables.
                pub fn values(&self) -> BTreeMap<Box<str>, Text> {
                    [$(self.$variable),+]
                        .into_iter()
                        .zip(1..)
                        .map(|(value, number): (&str, usize)| (number.to_string().into(), Text::from(value)))
                        .collect()
                }

                /// Filled in. Refused are only values that no template takes.
                pub fn fill(&self) -> Result<TemplateUse, ContentError> {
                    TemplateUse::new(Self::NAME, self.values())
                }
            }
        )+

        /// Names and variables of all of them.
        pub const ALL: &[(&str, &[(&str, VariableKind)])] = &[$(($name::NAME, $name::VARIABLES)),+];
    };
}

templates! {
    /// The day's workout is ready: any answer brings it.
    DailyWorkout for DailyWorkout {
        /// The member's first name.
        name: Name,
        /// The day, as people say it.
        day: Day,
    }
    /// How is the week going?
    WeeklyCheckin for WeeklyCheckin {
        /// The member's first name.
        name: Name,
    }
    /// Welcome.
    Welcome for Welcome {
        /// The member's first name.
        name: Name,
    }
    /// The subscription is going to be renewed.
    SubscriptionReminder for SubscriptionReminder {
        /// The member's first name.
        name: Name,
        /// When.
        date: Date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_of_the_variables() {
        let filled = DailyWorkout {
            name: "Ana",
            day: "Monday",
        }
        .fill()
        .unwrap();
        assert_eq!(&*filled.name, "daily_workout");
        let values: Vec<_> = filled
            .variables
            .iter()
            .map(|(number, value)| (&**number, value.as_str()))
            .collect();
        assert_eq!(values, [("1", "Ana"), ("2", "Monday")]);
        assert!(Welcome { name: " " }.fill().is_err());
        assert_eq!(ALL.len(), 4);
    }
}
