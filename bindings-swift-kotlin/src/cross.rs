//! Records that differ from core's in their numbers' types and in the venue's open words, and in nothing else.

use venuekey::{
    ConvertStep, DealRole, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionDetails, TransactionMethod,
    TransactionState,
};

use crate::numbers::signed;

/// One field's way out of core.
pub(crate) trait Cross<T> {
    fn cross(self) -> T;
}

/// Declares the record and its way out of core. Core's is taken apart in full: a field that core adds, renames or
/// removes does not build here.
macro_rules! mirror {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, uniffi::Record)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::cross::Cross<$name> for venuekey::$name {
            fn cross(self) -> $name {
                let venuekey::$name { $($field),* } = self;
                $name { $($field: $crate::cross::Cross::cross($field)),* }
            }
        }
    )*};
}
pub(crate) use mirror;

macro_rules! as_it_is {
    ($($type:ty),* $(,)?) => {$(
        impl Cross<$type> for $type {
            fn cross(self) -> $type {
                self
            }
        }
    )*};
}

as_it_is!(String, bool, i64, TransactionState, TransactionDetails, ConvertStep);

impl Cross<i64> for u64 {
    fn cross(self) -> i64 {
        signed(self)
    }
}

impl Cross<i64> for u32 {
    fn cross(self) -> i64 {
        self.into()
    }
}

impl<A: Cross<B>, B> Cross<Option<B>> for Option<A> {
    fn cross(self) -> Option<B> {
        self.map(Cross::cross)
    }
}

impl<A: Cross<B>, B> Cross<Vec<B>> for Vec<A> {
    fn cross(self) -> Vec<B> {
        self.into_iter().map(Cross::cross).collect()
    }
}

macro_rules! open {
    ($($type:ty),*) => {$(
        impl Cross<String> for MaybeKnown<$type> {
            fn cross(self) -> String {
                self.as_str().to_owned()
            }
        }
    )*};
}

open!(TransactionMethod, OrderStatus, OrderType, OrderSide, DealRole);
