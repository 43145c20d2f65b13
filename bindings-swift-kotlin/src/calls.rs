//! What objects do: calls of core's, and how an argument goes into them, by its type alone.

use venuekey::{ExternalId, FlowOperation, Goal, LostSecretPolicy};

use crate::ambient::{small, whole};
use crate::error::VenuekeyError;
use crate::object::Object;

/// One argument's way into core, as the type that core's signature asks for. A refusal names the argument.
pub(crate) trait Enter<T> {
    fn enter(self, name: &str) -> Result<T, VenuekeyError>;
}

impl<'a, O: Object> Enter<&'a O::Core> for &'a O {
    fn enter(self, _name: &str) -> Result<&'a O::Core, VenuekeyError> {
        Ok(self.core())
    }
}

impl<'a> Enter<&'a str> for &'a String {
    fn enter(self, _name: &str) -> Result<&'a str, VenuekeyError> {
        Ok(self)
    }
}

impl Enter<ExternalId> for &String {
    fn enter(self, _name: &str) -> Result<ExternalId, VenuekeyError> {
        Ok(ExternalId::try_from(self.clone())?)
    }
}

impl Enter<u64> for i64 {
    fn enter(self, name: &str) -> Result<u64, VenuekeyError> {
        whole(self, name)
    }
}

impl Enter<u32> for i64 {
    fn enter(self, name: &str) -> Result<u32, VenuekeyError> {
        small(self, name)
    }
}

impl<A: Enter<B>, B> Enter<Option<B>> for Option<A> {
    fn enter(self, name: &str) -> Result<Option<B>, VenuekeyError> {
        self.map(|value| value.enter(name)).transpose()
    }
}

macro_rules! as_it_is {
    ($($type:ty),*) => {
        $(impl Enter<$type> for $type {
            fn enter(self, _name: &str) -> Result<Self, VenuekeyError> {
                Ok(self)
            }
        })*
    };
}

as_it_is!(FlowOperation, Goal, LostSecretPolicy);

/// What an object does: core's methods of these names and arguments, which can fail. A text that core takes as a type of
/// its own says so by `as`. What is `optional` can be left out for the default, what is `ambient` for the operating
/// system's: 64 random bytes, and the clock.
macro_rules! calls {
    ($object:ident; $(
        $(#[$meta:meta])*
        fn $name:ident $arguments:tt $(, optional $optional:tt)? $(, ambient $ambient:tt)? -> $type:ty;
    )*) => {
        $($crate::calls::calls!(@ [$object $name $type] [$(#[$meta])*] $arguments [$($optional)?] [$($ambient)?]);)*
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
        $crate::calls::calls!(@ $to $meta $arguments $optional [] []);
    };
    (@ $to:tt $meta:tt $arguments:tt $optional:tt [($time:ident)]) => {
        $crate::calls::calls!(@ $to $meta $arguments $optional [] [$time]);
    };
    (@ $to:tt $meta:tt $arguments:tt $optional:tt [(entropy, $time:ident)]) => {
        $crate::calls::calls!(@ $to $meta $arguments $optional [entropy] [$time]);
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
                #[allow(unused_imports)] // Of the first, where there is no argument.
                use $crate::{calls::Enter, cross::Cross};
                $(let $entropy = $crate::ambient::entropy($entropy)?;)?
                $(let $time = $crate::ambient::at($time, stringify!($time))?;)?
                let outcome = self.0.$name(
                    $($crate::calls::calls!(= $arg $($(as $parsed)?)?),)*
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
