//! One of WhiteBIT's hosts: what it keeps, and its keys.

use super::history::History;
use super::key::{Key, KeyStatus, Owner};
use super::knobs::{CallbackApiKey, Context, ExistingKey, PublicKey, WhiteBitKnobs, person};
use super::nonces::Nonces;
use crate::parts::consent::Desk;
use crate::parts::grants::{Codes, Pairs};
use crate::parts::histories::Histories;
use crate::parts::limits::Limits;

/// The global host, and the EU one, which has no key endpoints (1).
pub const ENVIRONMENTS: [&str; 2] = ["global", EU];
pub const EU: &str = "eu";

/// One WhiteBIT host.
#[derive(Clone, Debug)]
pub struct Host {
    pub environment: &'static str,
    pub desk: Desk,
    pub codes: Codes,
    pub pairs: Pairs,
    pub keys: Vec<Key>,
    pub histories: Histories<History>,
    pub limits: Limits,
    /// The switches that it has followed last.
    followed: Option<WhiteBitKnobs>,
}

impl Host {
    pub fn new(environment: &'static str) -> Host {
        Host {
            environment,
            desk: Desk::default(),
            codes: Codes::default(),
            pairs: Pairs::default(),
            keys: Vec::new(),
            histories: Histories::default(),
            limits: Limits::default(),
            followed: None,
        }
    }

    /// Lets unused keys end, and follows the switches.
    pub fn settle(&mut self, context: &mut Context<'_>) {
        let knobs = context.knobs;
        for key in &mut self.keys {
            key.idle_from_ms.get_or_insert(context.now_ms);
            key.status = key.status_at(context.now_ms, knobs.inactivity);
        }
        if self.followed.as_ref() == Some(knobs) {
            return;
        }
        let before = self.followed.replace(knobs.clone());
        if before.as_ref().is_none_or(|before| before.user_existing_key != knobs.user_existing_key) {
            self.stage_existing_key(before.is_none(), context);
        }
        let past = |knobs: &WhiteBitKnobs| (knobs.history_rows, knobs.history_days, knobs.odd_enums);
        if before.is_none_or(|before| past(&before) != past(knobs)) {
            self.histories.forget();
        }
    }

    /// The one key that this user has for this client, made already or about to be.
    pub(super) fn partner_key(&self, uid: u64, client_id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.is_of(uid, client_id) && !key.is_deleted())
    }

    pub(super) fn place_key(
        &mut self,
        client_id: &str,
        permissions: Vec<String>,
        delay_ms: u64,
        context: &mut Context<'_>,
    ) -> &mut Key {
        let owner = Owner::Partner(client_id.to_owned());
        self.add_key(owner, permissions, delay_ms, context)
    }

    pub(super) fn add_key(
        &mut self,
        owner: Owner,
        permissions: Vec<String>,
        delay_ms: u64,
        context: &mut Context<'_>,
    ) -> &mut Key {
        let external_id = context.mint.uuid("whitebit key");
        // `externalId` is the public key, except where the knobs stage the older text (8, D2).
        let knobs = context.knobs;
        let announces = knobs.callback_api_key == CallbackApiKey::Separate;
        let separate = (announces || knobs.public_key == PublicKey::Separate)
            .then(|| context.mint.hex("whitebit public key")[..32].to_owned());
        let public_key = match (knobs.public_key, &separate) {
            (PublicKey::AsAnnounced | PublicKey::Separate, Some(separate)) => separate.clone(),
            _ => external_id.clone(),
        };
        let announced = match knobs.callback_api_key {
            CallbackApiKey::None => None,
            CallbackApiKey::ExternalId => Some(external_id.clone()),
            CallbackApiKey::Separate => separate,
        };
        let exists_from_ms = context.now_ms.saturating_add(delay_ms);
        self.keys.push(Key {
            external_id,
            public_key,
            announced,
            secret: context.mint.hex("whitebit secret"),
            secret_taken: false,
            owner,
            uid: person(context).uid,
            permissions,
            exists_from_ms,
            idle_from_ms: Some(exists_from_ms),
            status: KeyStatus::Active,
            nonces: Nonces::default(),
        });
        let last = self.keys.len() - 1;
        &mut self.keys[last]
    }

    /// Puts the demo user's key for every client into the state that the knob names.
    fn stage_existing_key(&mut self, at_start: bool, context: &mut Context<'_>) {
        let uid = context.knobs.user_uid;
        let status = match context.knobs.user_existing_key {
            ExistingKey::None => KeyStatus::Deleted,
            ExistingKey::Active => KeyStatus::Active,
            ExistingKey::Disabled => KeyStatus::Disabled,
        };
        let clients: Vec<String> = context.clients.iter().map(|c| c.client_id.clone()).collect();
        for client_id in clients {
            let held = self.keys.iter_mut().find(|key| key.is_of(uid, &client_id) && !key.is_deleted());
            let key = match held {
                Some(key) => key,
                None if status == KeyStatus::Deleted => continue,
                None => {
                    let granted = vec!["info".to_owned(), "trading".to_owned()];
                    let key = self.place_key(&client_id, granted, 0, context);
                    key.secret_taken = true;
                    key
                }
            };
            key.status = status;
            key.idle_from_ms = (!at_start).then_some(context.now_ms);
        }
    }
}
