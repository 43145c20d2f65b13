//! Objects around core's values.

/// What every object has: its way out of core, and core's redacted description, in both of the forms that languages ask for
/// (`toString`, `description`, `debugDescription`).
macro_rules! opaque {
    ($name:ident) => {
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

        impl $crate::cross::Cross<std::sync::Arc<$name>> for venuekey::parts::$name {
            fn cross(self) -> std::sync::Arc<$name> {
                std::sync::Arc::new($name(self))
            }
        }
    };
}
pub(crate) use opaque;
