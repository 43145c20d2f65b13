//! Objects around core's values: declared, read, called. What core's signature says, none of them says again.

/// Declares an object around a core value, and what it knows, as `getters!` does: its description is the core's redacted
/// one, in both of the forms that languages ask for (`toString`, `description`, `debugDescription`).
macro_rules! opaque {
    ($(#[$meta:meta])* $name:ident; $($known:tt)*) => {
        $crate::object::opaque!($(#[$meta])* $name);
        $crate::object::getters!($name; $($known)*);
    };
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, uniffi::Object)]
        #[uniffi::export(Debug, Display)]
        pub struct $name(pub(crate) venuekey::$name);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self:?}")
            }
        }

        $crate::object::crosses!($name);
    };
}
pub(crate) use opaque;

/// An object's way out of core, and back in as an argument.
macro_rules! crosses {
    ($name:ident) => {
        impl $crate::cross::Cross<std::sync::Arc<$name>> for venuekey::$name {
            fn cross(self) -> std::sync::Arc<$name> {
                std::sync::Arc::new($name(self))
            }
        }

        impl<'a> $crate::cross::Enter<&'a venuekey::$name> for &'a $name {
            fn enter(self, _name: &str) -> Result<&'a venuekey::$name, $crate::error::VenuekeyError> {
                Ok(&self.0)
            }
        }

        impl $crate::cross::Enter<venuekey::$name> for &$name {
            fn enter(self, _name: &str) -> Result<venuekey::$name, $crate::error::VenuekeyError> {
                Ok(self.0.clone())
            }
        }
    };
}
pub(crate) use crosses;

/// What an object knows: core's getters of these names. In both languages they are properties, which idiom.py
/// makes of them by the last line of their comments.
macro_rules! getters {
    ($object:ident; $($(#[$meta:meta])* $name:ident: $type:ty,)*) => {
        #[uniffi::export]
        impl $object {
            $($(#[$meta])* #[doc = "[property]"] pub fn $name(&self) -> $type {
                $crate::cross::Cross::cross(self.0.$name())
            })*
        }
    };
}
pub(crate) use getters;

/// The same of a value whose fields core shows.
macro_rules! fields {
    ($object:ident; $($(#[$meta:meta])* $name:ident: $type:ty,)*) => {
        #[uniffi::export]
        impl $object {
            $($(#[$meta])* #[doc = "[property]"] pub fn $name(&self) -> $type {
                $crate::cross::Cross::cross(&self.0.$name)
            })*
        }
    };
}
pub(crate) use fields;

/// What an object does: core's methods of these names and arguments, which can fail. A text that core takes as a type of
/// its own says so by `as`. What is `optional` can be left out for the default, what is `ambient` for the operating
/// system's: 64 random bytes, and the clock.
macro_rules! calls {
    ($object:ident; $(
        $(#[$meta:meta])*
        fn $name:ident $arguments:tt $(, optional $optional:tt)? $(, ambient $ambient:tt)? -> $type:ty;
    )*) => {
        $($crate::object::calls!(@ [$object $name $type] [$(#[$meta])*] $arguments [$($optional)?] [$($ambient)?]);)*
    };
    // One argument, on its way into core.
    (= $arg:ident) => {
        $arg.enter(stringify!($arg))?
    };
    (= $arg:ident as $parsed:ident) => {
        &Enter::<venuekey::$parsed>::enter(&$arg, stringify!($arg))?
    };
    // One call, with what is ambient told apart.
    (@ $to:tt $meta:tt $arguments:tt $optional:tt []) => {
        $crate::object::calls!(@ $to $meta $arguments $optional [] []);
    };
    (@ $to:tt $meta:tt $arguments:tt $optional:tt [($time:ident)]) => {
        $crate::object::calls!(@ $to $meta $arguments $optional [] [$time]);
    };
    (@ $to:tt $meta:tt $arguments:tt $optional:tt [(entropy, $time:ident)]) => {
        $crate::object::calls!(@ $to $meta $arguments $optional [entropy] [$time]);
    };
    (@ [$object:ident $name:ident $type:ty] [$(#[$meta:meta])*]
        ($($arg:ident: $(&$by_ref:ident)? $($by_value:ident $(as $parsed:ident)?)?),*) [$(($option:ident: $options:ident))?]
        [$($entropy:ident)?] [$($time:ident)?]
    ) => {
        #[uniffi::export]
        impl $object {
            $(#[$meta])*
            #[uniffi::method(default($($option = None,)? $($entropy = None,)? $($time = None)?))]
            pub fn $name(
                &self,
                $($arg: $(&$by_ref)? $($by_value)?,)*
                $($option: Option<$options>,)?
                $($entropy: Option<Vec<u8>>,)?
                $($time: Option<i64>,)?
            ) -> Result<$type, $crate::error::VenuekeyError> {
                #[allow(unused_imports)] // Of the second, where there is no argument.
                use $crate::cross::{Cross, Enter};
                $(let $entropy = $crate::ambient::entropy($entropy)?;)?
                $(let $time = $crate::ambient::at($time, stringify!($time))?;)?
                let outcome = self.0.$name(
                    $($crate::object::calls!(= $arg $($(as $parsed)?)?),)*
                    $($option.unwrap_or_default().enter(stringify!($option))?,)?
                    $(&$entropy,)?
                    $($time,)?
                )?;
                Ok(outcome.cross())
            }
        }
    };
}
pub(crate) use calls;
