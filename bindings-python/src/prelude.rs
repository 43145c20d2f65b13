//! What nearly every class here is made of.

pub(crate) use pyo3::prelude::*;

pub(crate) use crate::arguments::{Bytes, Given, Int, List, Now, Ours, Random, Text, TextOr, given, or_now, or_random};
pub(crate) use crate::classes::{Tuple, class, flag, methods, or_none, union};
pub(crate) use crate::error::Result;
