//! Reading the account, with a token or with a key: one page at a time, as values.
//!
//! An [`AccountRead`] stands for the next page. It gives the request, takes the reply, and the [`Page`] that comes of it
//! has the read after it. Nothing is fetched ahead; a read can be kept as text ([`AccountRead::cursor`]) and gone on
//! with in another process.

use core::fmt;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::{Venue, VenueEnvironment};
use crate::base::json::{self, FromJson, members};
use crate::base::time;
use crate::keys::signer::Signer;
use crate::limits::budget::RateBudget;
use crate::limits::preflight::{self, Preflight};
use crate::model::common_query::CommonQuery;
use crate::model::page_records::Records;
use crate::model::query::ReadQuery;
use crate::model::read_kind::ReadKind;
use crate::model::tokens::Tokens;
use crate::venue::common::CommonRead;
use crate::venue::reads::{AskedWith, Position, Reads, TokenEndpoint};
use crate::venue::settings::Settings;
use crate::wire::http::{HttpMethod, HttpRequest, HttpResponse, Replay};

/// The cursor version this release writes, and the newest it reads.
const CURSOR_VERSION: u32 = 1;
/// The largest cursor that is accepted, in bytes (128 KiB).
pub const MAX_CURSOR_BYTES: usize = 128 * 1024;

/// The next page of a read, made by one of [`Client`](crate::Client)'s reads. Immutable and without a secret; the same
/// page can be requested again.
#[derive(Clone)]
pub struct AccountRead {
    settings: Arc<Settings>,
    reads: &'static Reads,
    state: Arc<State>,
}

#[derive(Clone)]
struct State {
    query: ReadQuery,
    at: Position,
    nonce: Option<u64>,
    /// If the list is one of those of a common read.
    common: Option<CommonRead>,
    /// Whose history it is: a hash of the connection's id.
    connection: Option<String>,
}

members!(State { query, at, nonce: optional, common: optional, connection: optional });

/// One page of records, and the read of the next one.
#[derive(Clone)]
pub struct Page {
    /// Those that no earlier page had, in the venue's order. An empty page need not be the last one.
    pub records: Records,
    /// How many rows the list has that this page is from, if the venue says so: for transactions, that is the part
    /// being read; for converts, the window being read.
    pub total: Option<u64>,
    /// Absent after the last page.
    pub next: Option<AccountRead>,
}

impl Page {
    /// The records as one JSON array, in the same shape for every language.
    pub fn records_json(&self) -> String {
        // Plain data: writing it does not fail.
        json::written_plain(&self.records)
    }
}

impl fmt::Debug for Page {
    /// Without the records: they are the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.next.is_some() { ", more to read" } else { "" };
        write!(f, "Page({} records{more})", self.records.len())
    }
}

impl AccountRead {
    pub(crate) fn begin(settings: &Arc<Settings>, mut query: ReadQuery, now_ms: u64) -> Result<Self, VenuekeyError> {
        let reads = offered(settings)?;
        if (reads.endpoint)(&query).is_none() {
            let hint = "this venue does not offer this read; docs/account.md lists what each venue offers";
            return Err(VenuekeyError::new(ErrorCode::NotSupported).with_hint(hint).with_venue(settings.profile.venue));
        }
        query.check_span().map_err(|error| error.with_venue(settings.profile.venue))?;
        let at = (reads.begin)(&mut query, now_ms)
            .map_err(|hint| VenuekeyError::invalid_argument(hint).with_venue(settings.profile.venue))?;
        Ok(Self {
            settings: Arc::clone(settings),
            reads,
            state: Arc::new(State { query, at, nonce: None, common: None, connection: None }),
        })
    }

    pub(crate) fn begin_common(
        settings: &Arc<Settings>,
        query: CommonQuery,
        now_ms: u64,
    ) -> Result<Self, VenuekeyError> {
        let reads = offered(settings)?;
        let (common, query, at) =
            CommonRead::begin(reads, query, now_ms).map_err(|error| error.with_venue(settings.profile.venue))?;
        let state = State { query, at, nonce: None, common: Some(common), connection: None };
        Ok(Self { settings: Arc::clone(settings), reads, state: Arc::new(state) })
    }

    /// What is read.
    pub fn kind(&self) -> ReadKind {
        match self.state.common.as_ref().map(CommonRead::query) {
            None => self.list(),
            Some(CommonQuery::Balances) => ReadKind::CommonBalances,
            Some(CommonQuery::Transactions(_)) => ReadKind::CommonTransactions,
            Some(CommonQuery::Orders(_)) => ReadKind::CommonOrders,
            Some(CommonQuery::Trades(_)) => ReadKind::CommonTrades,
        }
    }

    /// The venue's own list that this page is from: for a common read, one of those that make it up.
    pub fn list(&self) -> ReadKind {
        self.state.query.kind()
    }

    /// Where the window that this page is from begins, in Unix milliseconds; absent if the list has no windows.
    pub fn window_from_ms(&self) -> Option<u64> {
        (self.reads.window_ms)(&self.state.at).map(|(from_ms, _)| from_ms)
    }

    /// Where that window ends, in Unix milliseconds.
    pub fn window_to_ms(&self) -> Option<u64> {
        (self.reads.window_ms)(&self.state.at).map(|(_, to_ms)| to_ms)
    }

    /// How far back the venue's records go, in Unix milliseconds, if a common read asked for an earlier beginning:
    /// nothing from before then is returned. Absent if the whole span is read.
    pub fn reaches_from_ms(&self) -> Option<u64> {
        self.state.common.as_ref().and_then(CommonRead::reaches_from_ms)
    }

    /// The same read with `request` and `nonce` in the bodies of [`AccountRead::request`]. It is undocumented whether
    /// the venue wants them with a token (facts/whitebit.md, D8), and they are left out otherwise.
    ///
    /// - `nonce_ms`: Unix milliseconds, below 2^53. Each page has the nonce of the one before, plus one.
    ///
    /// # Errors
    /// `invalid_argument` for the nonce.
    pub fn with_nonce(&self, nonce_ms: u64) -> Result<Self, VenuekeyError> {
        if nonce_ms > time::MAX_MS {
            return Err(VenuekeyError::invalid_argument("nonce_ms must be below 2^53").with_venue(self.venue()));
        }
        Ok(self.with(State { nonce: Some(nonce_ms), ..State::clone(&self.state) }))
    }

    /// The same read, bound to one connection: any other refuses it, what follows it, and its cursor. The cursor holds
    /// only a hash of the id.
    ///
    /// - `connection_id`: as of [`Connection::id`](crate::Connection::id).
    ///
    /// # Errors
    /// `snapshot_mismatch` if it is already bound to another one.
    pub fn bound_to(&self, connection_id: &str) -> Result<Self, VenuekeyError> {
        let own = hash_of_connection(connection_id);
        match &self.state.connection {
            Some(other) if *other != own => Err(VenuekeyError::new(ErrorCode::SnapshotMismatch)
                .with_hint("the read, or its cursor, belongs to another connection")
                .with_venue(self.venue())),
            _ => Ok(self.with(State { connection: Some(own), ..State::clone(&self.state) })),
        }
    }

    /// The request for this page with tokens; it may be sent again. Its reply goes to [`AccountRead::receive`].
    ///
    /// # Errors
    /// `history_too_long` if there are more rows than the venue shows, or if the list does not end: all earlier pages
    /// are valid. `not_supported` if the venue's tokens don't read this: sign it. `invalid_argument` if this client
    /// does not know the tokens' site.
    pub fn request(&self, tokens: &Tokens) -> Result<HttpRequest, VenuekeyError> {
        self.check_stop()?;
        self.settings.check_site(tokens.site())?;
        let identity = &self.settings.identity;
        let TokenEndpoint { path, rate_limit, .. } = self.token_endpoint()?;
        let mut body = (self.reads.body)(&self.state.query, &self.state.at);
        if let Some(nonce) = self.state.nonce {
            let inside = body.strip_prefix('{').unwrap_or_default();
            let comma = if inside.starts_with('}') { "" } else { "," };
            body = format!("{{\"request\":\"{path}\",\"nonce\":{nonce}{comma}{inside}");
        }
        let url = format!("{}{path}", identity.api_base(tokens.site()));
        Ok(HttpRequest::new(self.state.query.purpose(), HttpMethod::Post, url, Replay::Safe)
            .constants(identity.headers)
            .user_agent(identity.user_agent.as_deref())
            .limited_by(rate_limit)
            .bearer(tokens.access_token())
            .json(body))
    }

    /// The request for this page with a key: the same list at the venue's private API, signed. It changes nothing, but
    /// it uses up its nonce: sign a new one rather than send it again. Its reply goes to
    /// [`AccountRead::receive_signed`].
    ///
    /// - `signer`: of this client's venue and environment.
    /// - `nonce_ms`: as for [`Signer::sign`].
    ///
    /// # Errors
    /// `history_too_long` as of [`AccountRead::request`]; `invalid_argument` for a signer of another venue or
    /// environment, for the nonce, and for text in the query that the signer does not sign.
    pub fn sign(&self, signer: &Signer, nonce_ms: u64) -> Result<HttpRequest, VenuekeyError> {
        self.check_stop()?;
        if (signer.venue(), signer.environment()) != (self.venue(), self.settings.environment) {
            let hint = "the signer belongs to another venue or environment than the read's client";
            return Err(VenuekeyError::invalid_argument(hint).with_venue(self.venue()));
        }
        let Some((method, path)) = (self.reads.endpoint)(&self.state.query).and_then(|endpoint| endpoint.with_key)
        else {
            return Err(self.not_supported("this venue does not offer this read with an API key; use tokens"));
        };
        let parameters = (self.reads.body)(&self.state.query, &self.state.at);
        let request = signer.sign_for(self.state.query.purpose(), method, path, &parameters, nonce_ms)?;
        Ok(request.replayed(Replay::Safe))
    }

    /// What can be known of this page before it is requested: whether the tokens' scope grants it and they live long
    /// enough, and when the rate budget lets it go out. If this refuses it, the venue most likely would, too.
    ///
    /// # Errors
    /// `scope_missing`: the venue does not document which read needs which scope, so the names are taken at their word,
    /// here alone: [`AccountRead::request`] asks the venue. If that refuses the tokens, this names the scope.
    /// `token_expired`; `rate_limited`.
    pub fn preflight(&self, tokens: &Tokens, budget: &RateBudget, now_ms: u64) -> Result<Preflight, VenuekeyError> {
        self.check_stop()?;
        let TokenEndpoint { scopes, rate_limit, .. } = self.token_endpoint()?;
        preflight::request(self.settings.profile, (scopes, rate_limit), tokens, budget, now_ms)
    }

    /// What the venue answered to [`AccountRead::request`]: a page of new records, and the read after it.
    ///
    /// # Errors
    /// `token_rejected`: refresh once. `request_rejected` (`venue_text` names the field), `not_supported`,
    /// `history_too_long`; `rate_limited`, `venue_unavailable` (ask again), `venue_refused`; `malformed_reply` (the hint
    /// names record and field), `reply_too_large` (a smaller limit).
    pub fn receive(&self, response: &HttpResponse) -> Result<Page, VenuekeyError> {
        self.page(response, AskedWith::Tokens)
    }

    /// What the venue answered to [`AccountRead::sign`]: the same page, and the read after it.
    ///
    /// # Errors
    /// `nonce_rejected` and `clock_rejected` (sign again), `rate_limited`, `venue_unavailable` (ask again). `key_rejected`;
    /// `permission_denied`. `request_rejected` (`venue_text` names the field), `signature_rejected`, `ip_not_allowed`,
    /// `history_too_long`; `malformed_reply` (the hint names record and field), `reply_too_large` (a smaller limit). They
    /// mean what they mean for [`Signer::receive_response`].
    pub fn receive_signed(&self, response: &HttpResponse) -> Result<Page, VenuekeyError> {
        self.page(response, AskedWith::Key)
    }

    fn page(&self, response: &HttpResponse, with: AskedWith) -> Result<Page, VenuekeyError> {
        self.check_stop()?;
        let State { query, at, nonce, common, connection } = &*self.state;
        let answer = (self.reads.read)(query, at, response, with).map_err(|error| error.with_venue(self.venue()))?;
        let nonce = nonce.map(|nonce| nonce.saturating_add(1).min(time::MAX_MS));
        let (answer, query) = match common {
            Some(common) => common.answer(self.reads, query, answer),
            None => (answer, query.clone()),
        };
        let (common, connection) = (common.clone(), connection.clone());
        let next = answer.next.map(|at| self.with(State { query, at, nonce, common, connection }));
        Ok(Page { records: answer.records, total: answer.total, next })
    }

    /// This read as JSON text for [`Client::resume_read`](crate::Client::resume_read), in another process or language.
    /// It holds no token, but the query (addresses, ids); at most 128 KiB.
    pub fn cursor(&self) -> String {
        json::written_plain(&Written {
            venuekey_read: CURSOR_VERSION,
            venue: self.venue(),
            environment: self.settings.environment,
            read: Arc::clone(&self.state),
        })
    }

    pub(crate) fn resume(settings: &Arc<Settings>, cursor: &str) -> Result<Self, VenuekeyError> {
        let reads = offered(settings)?;
        let refuse = |code, hint: &str| VenuekeyError::new(code).with_hint(hint).with_venue(settings.profile.venue);
        let damaged = || refuse(ErrorCode::SnapshotInvalid, "this is not a read's cursor, or it was edited");
        if cursor.len() > MAX_CURSOR_BYTES {
            return Err(refuse(ErrorCode::SnapshotInvalid, "it is larger than 128 KiB"));
        }
        let (version, json) = json::versioned(cursor, "venuekey_read").ok_or_else(damaged)?;
        if version != CURSOR_VERSION {
            let hint = format!("it has version {version}; this release reads {CURSOR_VERSION}");
            return Err(refuse(ErrorCode::SnapshotVersion, &hint));
        }
        let written = Written::from_json(json).ok_or_else(damaged)?;
        if (written.venue, written.environment) != (settings.profile.venue, settings.environment) {
            return Err(refuse(ErrorCode::SnapshotMismatch, "it belongs to another venue or environment"));
        }
        let State { query, at, nonce, common, connection } = Arc::unwrap_or_clone(written.read);
        let is_hash = |text: &String| text.len() == HASH_CHARACTERS && text.bytes().all(|b| b.is_ascii_graphic());
        let is_sound = common.as_ref().is_none_or(|common| common.is_sound(reads, &query))
            && connection.as_ref().is_none_or(is_hash);
        if !is_sound || nonce.is_some_and(|nonce| nonce > time::MAX_MS) {
            return Err(damaged());
        }
        let at = (reads.restore)(&query, &at).ok_or_else(damaged)?;
        let state = State { query, at, nonce, common, connection };
        Ok(Self { settings: Arc::clone(settings), reads, state: Arc::new(state) })
    }

    fn with(&self, state: State) -> Self {
        Self { settings: Arc::clone(&self.settings), reads: self.reads, state: Arc::new(state) }
    }

    fn venue(&self) -> Venue {
        self.settings.profile.venue
    }

    fn token_endpoint(&self) -> Result<TokenEndpoint, VenuekeyError> {
        let endpoint = (self.reads.endpoint)(&self.state.query).and_then(|endpoint| endpoint.with_tokens);
        endpoint.ok_or_else(|| self.not_supported("this venue does not offer this read with tokens; use an API key"))
    }

    fn not_supported(&self, hint: &str) -> VenuekeyError {
        VenuekeyError::new(ErrorCode::NotSupported).with_hint(hint).with_venue(self.venue())
    }

    fn check_stop(&self) -> Result<(), VenuekeyError> {
        let error = |hint| VenuekeyError::new(ErrorCode::HistoryTooLong).with_hint(hint).with_venue(self.venue());
        (self.reads.stop)(&self.state.at).map_or(Ok(()), |hint| Err(error(hint)))
    }
}

impl fmt::Debug for AccountRead {
    /// Without the query: addresses and memos are the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountRead({:?} {})", self.settings, self.kind().as_str())
    }
}

/// Of the id and not of the venue's account, which is guessed more easily.
fn hash_of_connection(id: &str) -> String {
    let hash = Sha256::new_with_prefix("venuekey connection of a read").chain_update([0]).chain_update(id).finalize();
    URL_SAFE_NO_PAD.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16]))
}

/// 16 bytes in base64.
const HASH_CHARACTERS: usize = 22;

fn offered(settings: &Settings) -> Result<&'static Reads, VenuekeyError> {
    settings.profile.venue.reads().ok_or_else(|| {
        let hint = "this venue's tokens cannot read the account; use an API key";
        VenuekeyError::new(ErrorCode::NotSupported).with_hint(hint).with_venue(settings.profile.venue)
    })
}

/// The header says what the read belongs to, and must match the client that goes on with it.
struct Written {
    venuekey_read: u32,
    venue: Venue,
    environment: VenueEnvironment,
    read: Arc<State>,
}

members!(Written { venuekey_read, venue, environment, read });
