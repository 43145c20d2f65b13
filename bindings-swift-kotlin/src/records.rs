//! What an account's reads bring. It is the user's own data: keep it out of logs. Amounts are decimal texts exactly as
//! the venue wrote them, times whole numbers named `…S` (Unix seconds) or `…Us` (Unix microseconds).

pub use venuekey::{ConvertStep, MainBalance, PartialTransaction, SpotBalance, TransactionDetails};

use crate::cross::{Cross, mirror};
use crate::values::TransactionState;

mirror! {
    /// A deposit or a withdrawal.
    AccountTransaction {
        /// Unlike the hash it is globally unique.
        transaction_id: String,
        /// `deposit`, `withdrawal`, or a number of the venue's that its documentation does not have.
        method: String,
        /// The venue's code; it means what `state` says.
        status: i64,
        /// The code's meaning for this method; absent where the documentation has none.
        state: Option<TransactionState>,
        /// Unix seconds.
        created_at_s: i64,
        /// The currency's short name, such as `BTC`.
        ticker: String,
        /// The currency's long name, such as `Bitcoin`.
        currency: String,
        /// Decimal text, in `ticker`.
        amount: String,
        /// Decimal text, in `ticker`.
        fee: String,
        /// The address it came from or went to; empty where there is none.
        address: String,
        /// The address's memo or tag; empty where there is none.
        memo: String,
        /// The venue's own words, untrusted; often empty.
        description: String,
        /// On the chain; several records may share one.
        transaction_hash: String,
        /// The app's own id for a withdrawal.
        unique_id: Option<String>,
        /// The chain.
        network: Option<String>,
        /// What is done of a partial withdrawal.
        details: Option<TransactionDetails>,
        /// How far the chain has confirmed it.
        confirmations: Option<Confirmations>,
    }

    /// Blocks on top of a transaction.
    Confirmations {
        /// There are.
        actual: i64,
        /// Are needed.
        required: i64,
    }

    /// One currency exchanged for another at a quoted rate.
    Convert {
        /// The venue's id.
        id: String,
        /// Unix seconds.
        date_s: i64,
        /// Given: decimal text, in the first currency of the path.
        give: String,
        /// Received: decimal text, in its last currency.
        receive: String,
        /// Received for one given: decimal text.
        rate: String,
        /// The exchanges it was made of, in order.
        path: Vec<ConvertStep>,
    }

    /// An order that has ended.
    Order {
        /// Such as `BTC_USDT`.
        market: String,
        /// The venue's id.
        id: String,
        /// The app's own id; empty where it gave none.
        client_order_id: String,
        /// `limit`, `market`, `stock_market`, `stop_limit`, `stop_market`, or the venue's own, untrusted text.
        order_type: String,
        /// `buy`, `sell`, or the venue's own, untrusted text.
        side: String,
        /// How it ended: `filled`, `canceled`, `auto_canceled_liquidation`, `auto_canceled_reduce_only`, `canceled_stp`,
        /// or the venue's own, untrusted text.
        status: String,
        /// Unix microseconds.
        created_at_us: i64,
        /// Unix microseconds.
        finished_at_us: i64,
        /// Decimal text, in the base currency; in the quote currency where it buys at the market's price.
        amount: String,
        /// Decimal text; `0` for orders at the market's price.
        price: String,
        /// Decimal text, in `feeAsset`.
        deal_fee: String,
        /// Traded: decimal text, in the base currency.
        deal_stock: String,
        /// Traded: decimal text, in the quote currency.
        deal_money: String,
        /// Could only be a maker.
        post_only: bool,
        /// Immediate or cancel.
        ioc: bool,
        /// The venue's retail price improvement.
        rpi: bool,
        /// Could only reduce a position.
        reduce_only: bool,
        /// The fee's currency.
        fee_asset: String,
        /// The venue's own word, such as `BOTH`; absent for plain spot orders.
        position_side: Option<String>,
        /// Stop orders only: whether the trigger has fired, the venue's number.
        activated: Option<i64>,
        /// Stop orders only: decimal text.
        activation_price: Option<String>,
        /// Stop orders only: `<=` or `>=`.
        activation_condition: Option<String>,
    }

    /// A trade of one of the user's orders; spot, margin and futures.
    Deal {
        /// Such as `BTC_USDT`.
        market: String,
        /// The venue's id.
        id: String,
        /// The order it belongs to.
        order_id: String,
        /// The app's own id of that order; empty where it gave none.
        client_order_id: String,
        /// Unix microseconds.
        time_us: i64,
        /// `buy`, `sell`, or the venue's own, untrusted text.
        side: String,
        /// `maker`, `taker`, or the venue's own, untrusted text.
        role: String,
        /// Decimal text, in the base currency.
        amount: String,
        /// Decimal text, in the quote currency, for one of the base.
        price: String,
        /// Amount times price: decimal text, in the quote currency.
        deal: String,
        /// Decimal text, in `feeAsset`.
        fee: String,
        /// The fee's currency.
        fee_asset: String,
    }
}

/// More about a transaction.
#[uniffi::remote(Record)]
pub struct TransactionDetails {
    /// What is done of a partial withdrawal.
    pub partial: Option<PartialTransaction>,
}

/// How much of a withdrawal is done, in its `ticker`.
#[uniffi::remote(Record)]
pub struct PartialTransaction {
    /// Asked for: decimal text.
    pub request_amount: String,
    /// Done: decimal text.
    pub processed_amount: String,
    /// Fee of what is done: decimal text.
    pub processed_fee: String,
    /// The venue's own text, untrusted; may be empty.
    pub normalize_transaction: String,
}

/// One exchange on a convert's path.
#[uniffi::remote(Record)]
pub struct ConvertStep {
    /// Currency given.
    pub from: String,
    /// Currency received.
    pub to: String,
    /// Received for one given: decimal text.
    pub rate: String,
}

/// What a currency's main account holds.
#[uniffi::remote(Record)]
pub struct MainBalance {
    /// Such as `BTC`.
    pub ticker: String,
    /// Decimal text, in `ticker`; zero for currencies the user has never had.
    pub main_balance: String,
}

/// What a currency's spot (trade) account holds.
#[uniffi::remote(Record)]
pub struct SpotBalance {
    /// Such as `BTC`.
    pub ticker: String,
    /// Free to trade: decimal text.
    pub available: String,
    /// Held by open orders: decimal text.
    pub freeze: String,
}

/// The records of one page, in the order of their read.
#[derive(uniffi::Enum)]
pub enum Records {
    /// Of `Client.readTransactions`.
    Transactions {
        /// Deposits and withdrawals.
        transactions: Vec<AccountTransaction>,
    },
    /// Of `Client.readConverts`.
    Converts {
        /// Exchanges at a quoted rate.
        converts: Vec<Convert>,
    },
    /// Of `Client.readOrders`.
    Orders {
        /// Orders that have ended.
        orders: Vec<Order>,
    },
    /// Of `Client.readDeals`.
    Deals {
        /// Trades.
        deals: Vec<Deal>,
    },
    /// Of `Client.readMainBalances`.
    MainBalances {
        /// The main account.
        main_balances: Vec<MainBalance>,
    },
    /// Of `Client.readSpotBalances`.
    SpotBalances {
        /// The spot (trade) account.
        spot_balances: Vec<SpotBalance>,
    },
}

impl From<venuekey::Records> for Records {
    fn from(records: venuekey::Records) -> Self {
        use venuekey::Records as Core;
        match records {
            Core::Transactions(records) => Self::Transactions { transactions: records.cross() },
            Core::Converts(records) => Self::Converts { converts: records.cross() },
            Core::Orders(records) => Self::Orders { orders: records.cross() },
            Core::Deals(records) => Self::Deals { deals: records.cross() },
            Core::MainBalances(main_balances) => Self::MainBalances { main_balances },
            Core::SpotBalances(spot_balances) => Self::SpotBalances { spot_balances },
        }
    }
}
