//! How a value comes out of core, by its type alone; and the records and unions that differ from core's in the types of
//! what they hold, and in nothing else.

use venuekey::{
    BatchItem, CheckReason, ConvertStep, DealRole, ExternalId, FlowOperation, GrantedPermission, HttpMethod,
    KeyDecision, MaybeKnown, OrderSide, OrderStatus, OrderType, ReadKind, Recovery, Replay, Subaccount,
    TransactionDetails, TransactionMethod, TransactionState, WaitReason,
};

use crate::values::{Venue, VenueEnvironment};

/// One value's way out of core.
pub(crate) trait Cross<T> {
    fn cross(self) -> T;
}

/// Declares records, or a union, and their way out of core. Core's is taken apart in full: a field or a case that core
/// adds, renames or removes does not build here.
macro_rules! mirror {
    ($(#[$meta:meta])* enum $name:ident $(, then $finish:path)? {
        $($(#[$case_meta:meta])* $case:ident $({ $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })?,)*
    }) => {
        $(#[$meta])*
        #[derive(uniffi::Enum)]
        pub enum $name {
            $($(#[$case_meta])* $case $({ $($(#[$field_meta])* $field: $type,)* })?,)*
        }

        impl $crate::cross::Cross<$name> for venuekey::$name {
            #[allow(unused_parens)] // Where nothing comes after it.
            fn cross(self) -> $name {
                $($finish)?(match self {
                    $(Self::$case $({ $($field),* })? => {
                        $name::$case $({ $($field: $crate::cross::Cross::cross($field)),* })?
                    })*
                })
            }
        }
    };
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(uniffi::Record)]
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

as_it_is!(
    String,
    bool,
    u8,
    i64,
    BatchItem,
    CheckReason,
    ConvertStep,
    FlowOperation,
    GrantedPermission,
    HttpMethod,
    KeyDecision,
    ReadKind,
    Recovery,
    Replay,
    Subaccount,
    TransactionDetails,
    TransactionState,
    WaitReason,
);

macro_rules! into {
    ($($from:ty => $to:ty),* $(,)?) => {$(
        impl Cross<$to> for $from {
            fn cross(self) -> $to {
                self.into()
            }
        }
    )*};
}

into!(
    u16 => i32, u32 => i64, &str => String, venuekey::Venue => Venue,
    venuekey::VenueEnvironment => VenueEnvironment,
);

/// No time or count that core makes comes near the limit.
impl Cross<i64> for u64 {
    fn cross(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl Cross<String> for ExternalId {
    fn cross(self) -> String {
        self.as_str().to_owned()
    }
}

/// What core lends is copied.
impl<A: Clone + Cross<B>, B> Cross<B> for &A {
    fn cross(self) -> B {
        self.clone().cross()
    }
}

impl<'a, A, B> Cross<Vec<B>> for &'a [A]
where
    &'a A: Cross<B>,
{
    fn cross(self) -> Vec<B> {
        self.iter().map(Cross::cross).collect()
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
