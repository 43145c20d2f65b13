//! Names: of exchanges, and of their separate worlds.

use crate::base::string_enum::string_enum;

/// An exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Venue {
    /// WhiteBIT (`global`, `eu`).
    Whitebit,
    /// Bybit (`mainnet`, `testnet`).
    Bybit,
}

string_enum!(Venue {
    Whitebit = "whitebit",
    Bybit = "bybit",
});

/// One of a venue's separate worlds: accounts, tokens and keys of one mean nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// WhiteBIT, `whitebit.com`.
    Global,
    /// WhiteBIT, `whitebit.eu`: no API-key endpoints.
    Eu,
    /// Bybit, `www.bybit.com` and `api2.bybit.com`.
    Mainnet,
    /// Bybit, `testnet.bybit.com` and `api2-testnet.bybit.com`.
    Testnet,
}

string_enum!(Environment {
    Global = "global",
    Eu = "eu",
    Mainnet = "mainnet",
    Testnet = "testnet",
});
