//! How a value comes out of core, by its type alone.

use venuekey::parts::ExternalId;

/// One value's way out of core.
pub(crate) trait Cross<T> {
    fn cross(self) -> T;
}

macro_rules! as_it_is {
    ($($type:ty),*) => {$(
        impl $crate::cross::Cross<$type> for $type {
            fn cross(self) -> $type {
                self
            }
        }
    )*};
}
pub(crate) use as_it_is;

as_it_is!(String, bool, u8, i64);

impl Cross<i32> for u16 {
    fn cross(self) -> i32 {
        self.into()
    }
}

impl Cross<i64> for u32 {
    fn cross(self) -> i64 {
        self.into()
    }
}

impl Cross<String> for &str {
    fn cross(self) -> String {
        self.to_owned()
    }
}

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

impl Cross<String> for venuekey::parts::ErrorCode {
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

/// A word of the venue's: a documented one, or what it sent instead.
macro_rules! open {
    ($($type:ty),*) => {$(
        impl $crate::cross::Cross<String> for venuekey::parts::MaybeKnown<$type> {
            fn cross(self) -> String {
                self.as_str().to_owned()
            }
        }
    )*};
}
pub(crate) use open;
