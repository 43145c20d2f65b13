//! One of Bybit's environments: what it keeps.

use super::history::History;
use super::key::Key;
use super::knobs::{BybitKnobs, Context};
use super::sub_account::SubAccount;
use crate::parts::consent::Desk;
use crate::parts::grants::{Codes, Pairs};
use crate::parts::histories::Histories;
use crate::parts::limits::Limits;
use std::collections::BTreeMap;

pub const ENVIRONMENTS: [&str; 2] = ["mainnet", TESTNET];
const TESTNET: &str = "testnet";

/// The headless flow's last page (2, 3.3).
pub const CODE_PAGE: &str = "/oauth/callback";
/// The same with the slash that may be inserted before the question mark (3.1).
pub const CODE_PAGE_WITH_SLASH: &str = "/oauth/callback/";
/// The only scope a broker has without a special agreement (2).
pub const BROKER_SCOPE: &str = "openapi";

/// One Bybit environment. The authorize page and the OAuth API share a base here.
#[derive(Clone, Debug)]
pub struct Host {
    pub environment: &'static str,
    pub desk: Desk,
    pub codes: Codes,
    pub pairs: Pairs,
    pub keys: Vec<Key>,
    /// By user; an entry means that the user has been given those to begin with.
    pub sub_accounts: BTreeMap<u64, Vec<SubAccount>>,
    sub_accounts_made: u64,
    pub limits: Limits,
    pub histories: Histories<History>,
    pub banned_until_ms: u64,
    /// The switches that it has followed last.
    followed: Option<BybitKnobs>,
}

impl Host {
    pub fn new(environment: &'static str) -> Host {
        Host {
            environment,
            desk: Desk::default(),
            codes: Codes::default(),
            pairs: Pairs::default(),
            keys: Vec::new(),
            sub_accounts: BTreeMap::new(),
            sub_accounts_made: 0,
            limits: Limits::default(),
            histories: Histories::default(),
            banned_until_ms: 0,
            followed: None,
        }
    }

    /// The host of the authorize page.
    pub fn authorize_host(&self) -> &'static str {
        match self.environment {
            TESTNET => "testnet.bybit.com",
            _ => "www.bybit.com",
        }
    }

    /// Dates keys that were there before anyone told the time, and follows the switches.
    pub fn settle(&mut self, context: &mut Context<'_>) {
        for key in &mut self.keys {
            key.created_ms.get_or_insert(context.now_ms);
        }
        for account in self.sub_accounts.values_mut().flatten() {
            account.created_ms.get_or_insert(context.now_ms);
        }
        if self.followed.as_ref() != Some(context.knobs) {
            let before = self.followed.replace(context.knobs.clone());
            let rows = |knobs: &BybitKnobs| (knobs.history_rows, knobs.history_days);
            if before.as_ref().is_some_and(|before| rows(before) != rows(context.knobs)) {
                self.histories.forget();
            }
            self.stage_sub_accounts(before.as_ref(), context);
        }
    }

    /// Gives the user the accounts to begin with: a new user, or any after the knob was changed.
    fn stage_sub_accounts(&mut self, before: Option<&BybitKnobs>, context: &mut Context<'_>) {
        let knobs = context.knobs;
        let (uid, count) = (knobs.user_uid, knobs.user_sub_accounts);
        let unchanged = before.is_some_and(|before| before.user_sub_accounts == count);
        let kept = unchanged && self.sub_accounts.contains_key(&uid);
        if !kept {
            self.sub_accounts.insert(uid, Vec::new());
            for _ in 0..count {
                self.add_account(uid, context);
            }
        }
    }

    pub fn add_account(&mut self, uid: u64, context: &mut Context<'_>) -> u64 {
        let base = if self.environment == TESTNET { 300_000 } else { 200_000 };
        self.sub_accounts_made += 1;
        let id = base + self.sub_accounts_made;
        let accounts = self.sub_accounts.entry(uid).or_default();
        accounts.push(SubAccount {
            id,
            nickname: format!("bot-{}", accounts.len() + 1),
            api_key: context.mint.alphanumeric("bybit sub-account key", 18),
            api_secret: context.mint.alphanumeric("bybit sub-account secret", 36),
            created_ms: None,
        });
        id
    }
}
