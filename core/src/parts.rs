//! What a connection is made of: flows, tokens, keys, reads and limits, for hosts that keep them apart. The root's
//! names are here too.

// The root's.
pub use crate::base::entropy::Entropy;
pub use crate::base::error::{ErrorCode, VenuekeyError};
pub use crate::base::ids::{Venue, VenueEnvironment};
#[cfg(feature = "seal")]
pub use crate::base::seal::SealingKeys;
pub use crate::base::secret::Secret;
pub use crate::client::Client;
pub use crate::client::options::BeginOptions;
#[cfg(feature = "connections")]
pub use crate::connection::Connection;
#[cfg(feature = "connections")]
pub use crate::connection::access::Access;
#[cfg(feature = "connections")]
pub use crate::connection::create::ConnectOptions;
#[cfg(feature = "connections")]
pub use crate::connection::data::Intent;
#[cfg(feature = "connections")]
pub use crate::connection::driver::ConnectionDriver;
#[cfg(feature = "connections")]
pub use crate::connection::row::{ConnectionRow, StoredConnection};
#[cfg(feature = "connections")]
pub use crate::connection::status::ConnectionStatus;
pub use crate::drive::Action;
pub use crate::model::operation::Goal;
pub use crate::venue::settings::{ClientConfig, Credentials};
pub use crate::wire::http::{Delivery, HttpRequest, HttpResponse};

// The others.
#[cfg(feature = "read")]
pub use crate::account_read::{AccountRead, MAX_CURSOR_BYTES, Page};
pub use crate::base::error::ErrorKind;
pub use crate::client::Started;
#[cfg(feature = "connections")]
pub use crate::connection::create::ImportedKey;
#[cfg(feature = "connections")]
pub use crate::connection::data::KeepAlive;
#[cfg(feature = "connections")]
pub use crate::connection::event::{ConnectionEvent, EventKind, TrailEntry};
#[cfg(feature = "connections")]
pub use crate::connection::pace::Pace;
#[cfg(feature = "connections")]
pub use crate::connection::seen::KeyPermission;
#[cfg(feature = "connections")]
pub use crate::connection::shown::{AttemptStatus, ConnectAttempt, KeySummary};
#[cfg(feature = "connections")]
pub use crate::connection::status::Choices;
pub use crate::drive::flow::FlowDriver;
#[cfg(feature = "tokens")]
pub use crate::drive::tokens::TokenDriver;
pub use crate::flow::Flow;
pub use crate::flow::step::Step;
#[cfg(feature = "sign")]
pub use crate::keys::nonces::Nonces;
#[cfg(feature = "sign")]
pub use crate::keys::public_key_probe::{PublicKeyAnswer, PublicKeyProbe};
#[cfg(feature = "sign")]
pub use crate::keys::signer::{ClockOffset, Signer, SignerConfig};
#[cfg(feature = "sign")]
pub use crate::keys::watch::{CheckReason, KeyCheck, KeyVerdict, KeyWatch};
pub use crate::limits::budget::{RateBudget, Reservation};
pub use crate::limits::preflight::Preflight;
pub use crate::model::api_key::{
    ApiKey, CREATE_SUBACCOUNT, ExternalId, KeyDecision, KeyStatus, PermissionGroup, PermissionUrl, Subaccount,
};
#[cfg(feature = "read")]
pub use crate::model::common_query::{CommonHistoryQuery, CommonTransactionsQuery};
#[cfg(feature = "read")]
pub use crate::model::common_records::{CommonBalance, CommonOrder, CommonTrade, CommonTransaction, Fee, VenueRecord};
pub use crate::model::hand_off::HandOff;
#[cfg(feature = "read")]
pub use crate::model::history_query::{AssetsQuery, LogQuery, TradingQuery, WalletQuery};
#[cfg(feature = "read")]
pub use crate::model::history_records::{Execution, FeeAmount, LogEntry, PastOrder};
#[cfg(feature = "sign")]
pub use crate::model::key_proof::{BatchItem, GrantedPermission, KeyProof, SignedReply};
pub use crate::model::key_request::KeyRequest;
pub use crate::model::operation::{FlowOperation, ResponseType};
pub use crate::model::outcome::Outcome;
#[cfg(feature = "read")]
pub use crate::model::page_records::Records;
pub use crate::model::policy::{LostSecretPolicy, NonAscii, Recovery, WaitReason};
#[cfg(feature = "read")]
pub use crate::model::query::{BalancesQuery, ConvertsQuery, DealsQuery, OrderFilter, OrdersQuery, TransactionsQuery};
#[cfg(feature = "read")]
pub use crate::model::read_kind::ReadKind;
#[cfg(feature = "read")]
pub use crate::model::record_enums::{
    BalanceAccount, DealRole, MarketCategory, MaybeKnown, OrderSide, OrderStatus, OrderType, TransactionKind,
    TransactionMethod, TransactionState,
};
#[cfg(feature = "read")]
pub use crate::model::records::{
    AccountTransaction, Confirmations, Convert, ConvertStep, Deal, MainBalance, Order, PartialTransaction, SpotBalance,
    TransactionDetails,
};
pub use crate::model::snapshot::{MAX_SNAPSHOT_BYTES, SNAPSHOT_VERSION, Snapshot};
pub use crate::model::status::{FlowStatus, Waiting};
pub use crate::model::tokens::{MAX_TOKEN_BYTES, Tokens};
#[cfg(feature = "read")]
pub use crate::model::wallet_records::{CoinBalance, Deposit, InternalTransfer, UnifiedWallet, Withdrawal};
#[cfg(feature = "tokens")]
pub use crate::tokens::{SharedTokens, TokenPlan};
pub use crate::wire::http::{Header, HttpMethod, MAX_BODY_BYTES, Replay};
pub use crate::wire::pkce::code_challenge_s256;
pub use crate::wire::rate_limit::RateLimit;
