//! Objects around core's values, and what they know. What core's signature says is not said again.

/// An object, by the value that it is around.
pub(crate) trait Object {
    type Core;

    fn core(&self) -> &Self::Core;
}

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

/// An object's way out of core, and what it is there.
macro_rules! crosses {
    ($name:ident) => {
        impl $crate::cross::Cross<std::sync::Arc<$name>> for venuekey::$name {
            fn cross(self) -> std::sync::Arc<$name> {
                std::sync::Arc::new($name(self))
            }
        }

        impl $crate::object::Object for $name {
            type Core = venuekey::$name;

            fn core(&self) -> &venuekey::$name {
                &self.0
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
