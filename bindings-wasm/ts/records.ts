// What an account's reads bring: amounts are decimal strings exactly as the venue wrote them, times whole numbers named
// `…S` (Unix seconds) or `…Us` (Unix microseconds). A word is one of those listed, or the venue's own, untrusted text.

/** A word of the venue's: a documented one, or what it sent instead. */
export type Open<T extends string> = T | (string & {});

/** A deposit or a withdrawal. */
export interface AccountTransaction {
  /** Unlike the hash it is globally unique. */
  readonly transactionId: string;
  readonly method: Open<"deposit" | "withdrawal">;
  /** The venue's code; it means what `state` says. */
  readonly status: number;
  /** The code's meaning for this method; absent where the documentation has none. */
  readonly state?: TransactionState;
  readonly createdAtS: number;
  /** The currency's short name, such as `BTC`. */
  readonly ticker: string;
  /** The currency's long name, such as `Bitcoin`. */
  readonly currency: string;
  /** In `ticker`. */
  readonly amount: string;
  /** In `ticker`. */
  readonly fee: string;
  /** The address it came from or went to; empty where there is none. */
  readonly address: string;
  /** The address's memo or tag; empty where there is none. */
  readonly memo: string;
  /** The venue's own words, untrusted; often empty. */
  readonly description: string;
  /** On the chain; several records may share one. */
  readonly transactionHash: string;
  /** The app's own id for a withdrawal. */
  readonly uniqueId?: string;
  /** The chain. */
  readonly network?: string;
  readonly details?: TransactionDetails;
  /** How far the chain has confirmed it. */
  readonly confirmations?: { readonly actual: number; readonly required: number };
}

/** What a transaction's status code means for its method. */
export type TransactionState =
  | "successful"
  /** A withdrawal of which a part has been done; see `details`. */
  | "partially_successful"
  | "canceled"
  | "pending"
  /** Waits for the user's confirmation. */
  | "unconfirmed"
  /** Held by the anti-money-laundering check. */
  | "frozen"
  /** A deposit that has arrived and is not credited. */
  | "uncredited"
  | "travel_rule_awaited"
  | "travel_rule_checked";

/** More about a transaction. */
export interface TransactionDetails {
  /** What is done of a partial withdrawal, in its `ticker`. */
  readonly partial?: {
    readonly requestAmount: string;
    readonly processedAmount: string;
    readonly processedFee: string;
    /** The venue's own text, untrusted; may be empty. */
    readonly normalizeTransaction: string;
  };
}

/** One currency exchanged for another at a quoted rate. */
export interface Convert {
  readonly id: string;
  readonly dateS: number;
  /** Given, in the first currency of the path. */
  readonly give: string;
  /** Received, in its last currency. */
  readonly receive: string;
  /** Received for one given. */
  readonly rate: string;
  /** The exchanges it was made of, in order. */
  readonly path: readonly { readonly from: string; readonly to: string; readonly rate: string }[];
}

/** An order that has ended. */
export interface Order {
  /** Such as `BTC_USDT`. */
  readonly market: string;
  readonly id: string;
  /** The app's own id; empty where it gave none. */
  readonly clientOrderId: string;
  readonly orderType: Open<"limit" | "market" | "stock_market" | "stop_limit" | "stop_market">;
  readonly side: Open<"buy" | "sell">;
  /** How it ended. */
  readonly status: Open<
    "filled" | "canceled" | "auto_canceled_liquidation" | "auto_canceled_reduce_only" | "canceled_stp"
  >;
  readonly createdAtUs: number;
  readonly finishedAtUs: number;
  /** In the base currency; in the quote currency where it buys at the market's price. */
  readonly amount: string;
  /** `0` for orders at the market's price. */
  readonly price: string;
  /** In `feeAsset`. */
  readonly dealFee: string;
  /** Traded, in the base currency. */
  readonly dealStock: string;
  /** Traded, in the quote currency. */
  readonly dealMoney: string;
  /** Could only be a maker. */
  readonly postOnly: boolean;
  /** Immediate or cancel. */
  readonly ioc: boolean;
  /** The venue's retail price improvement. */
  readonly rpi: boolean;
  /** Could only reduce a position. */
  readonly reduceOnly: boolean;
  /** The fee's currency. */
  readonly feeAsset: string;
  /** The venue's own word, such as `BOTH`; absent for plain spot orders. */
  readonly positionSide?: string;
  /** Stop orders only: whether the trigger has fired, the venue's number. */
  readonly activated?: number;
  /** Stop orders only. */
  readonly activationPrice?: string;
  /** Stop orders only: `<=` or `>=`. */
  readonly activationCondition?: string;
}

/** A trade of one of the user's orders; spot, margin and futures. */
export interface Deal {
  /** Such as `BTC_USDT`. */
  readonly market: string;
  readonly id: string;
  /** The order it belongs to. */
  readonly orderId: string;
  /** The app's own id of that order; empty where it gave none. */
  readonly clientOrderId: string;
  readonly timeUs: number;
  readonly side: Open<"buy" | "sell">;
  readonly role: Open<"maker" | "taker">;
  /** In the base currency. */
  readonly amount: string;
  /** In the quote currency, for one of the base. */
  readonly price: string;
  /** Amount times price, in the quote currency. */
  readonly deal: string;
  /** In `feeAsset`. */
  readonly fee: string;
  /** The fee's currency. */
  readonly feeAsset: string;
}

/** What a currency's main account holds. */
export interface MainBalance {
  /** Such as `BTC`. */
  readonly ticker: string;
  /** In `ticker`; zero for currencies the user has never had. */
  readonly mainBalance: string;
}

/** What a currency's spot (trade) account holds. */
export interface SpotBalance {
  /** Such as `BTC`. */
  readonly ticker: string;
  /** Free to trade. */
  readonly available: string;
  /** Held by open orders. */
  readonly freeze: string;
}

/** A record of any read. */
export type AccountRecord = AccountTransaction | Convert | Order | Deal | MainBalance | SpotBalance;
