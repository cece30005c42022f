//! The model as one transaction sees it: definitions, roles and pending conversions, cached by version.

use crate::access::{Hints, Rules};
use crate::events::Generations;
use crate::{Caller, Result};
use masthead_model::convert::{self, Conversion};
use masthead_model::{Model, Role, Type};
use masthead_store::{Connection, access, bodies::Body, meta, types};
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

/// Everything that the model's version stands for.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub model: Model,
    pub roles: Vec<Role>,
    /// Changes that older bodies must be read through, by the model version that made them.
    pub conversions: Vec<(i64, Conversion)>,
    /// What the operator was told of missing permissions.
    pub hints: Hints,
    public: OnceLock<String>,
}

impl Snapshot {
    pub(crate) fn new(model: Model, roles: Vec<Role>, conversions: Vec<(i64, Conversion)>) -> Self {
        Self { model, roles, conversions, hints: Hints::default(), public: OnceLock::new() }
    }

    pub(crate) fn load(conn: &mut Connection) -> Result<Self> {
        let mut conversions = Vec::new();
        for (version, text) in types::conversions(conn)? {
            let conversion = serde_json::from_str(&text)
                .map_err(|e| masthead_store::Error::Corrupt { what: "conversion", cause: e.to_string() })?;
            conversions.push((version, conversion));
        }
        Ok(Self::new(types::load(conn)?, access::roles(conn)?, conversions))
    }

    /// The class of nobody in particular ([`Rules::class`]), who asks most.
    pub(crate) fn public_class(&self) -> &str {
        self.public.get_or_init(|| Rules::of(&Caller::Anonymous, self).class())
    }

    /// A body's values as the current model reads them, and a note for each value that was converted or dropped.
    pub fn current(&self, ty: &Type, body: Body) -> (Map<String, Value>, Vec<convert::Note>) {
        let mut values = body.values;
        if body.model_version >= ty.storage.converted_at {
            return (values, Vec::new());
        }
        let since: Vec<Conversion> =
            self.conversions.iter().filter(|(v, _)| *v > body.model_version).map(|(_, c)| c.clone()).collect();
        let notes = convert::convert_body(&self.model, ty, &mut values, &since);
        (values, notes)
    }
}

/// The latest committed snapshot, kept between transactions.
pub(crate) struct Snapshots {
    latest: RwLock<Option<Latest>>,
    generations: Generations,
}

struct Latest {
    snapshot: Arc<Snapshot>,
    /// One more than the last generation of the model at which a reader saw it; 0 when none did.
    seen_at: AtomicU64,
}

impl Snapshots {
    pub fn new(generations: Generations) -> Self {
        Self { latest: RwLock::default(), generations }
    }

    fn cached(&self, version: i64) -> Option<Arc<Snapshot>> {
        self.latest.read().ok()?.as_ref().map(|l| &l.snapshot).filter(|s| s.model.version == version).cloned()
    }

    /// For a reader: what it sees is committed, so it may be kept for others. `generation` is the model's, noted
    /// before its transaction began.
    pub fn committed(&self, conn: &mut Connection, generation: u64) -> Result<Arc<Snapshot>> {
        let version = meta::model_version(conn)?;
        if let Ok(latest) = self.latest.read()
            && let Some(latest) = latest.as_ref().filter(|l| l.snapshot.model.version == version)
        {
            latest.seen_at.fetch_max(generation + 1, Ordering::AcqRel);
            return Ok(latest.snapshot.clone());
        }
        let snapshot = Arc::new(Snapshot::load(conn)?);
        self.keep_seen(snapshot.clone(), Some(generation));
        Ok(snapshot)
    }

    /// The latest one, if it was the committed one at this generation of the model.
    pub fn at(&self, generation: u64) -> Option<Arc<Snapshot>> {
        let latest = self.latest.read().ok()?;
        let latest = latest.as_ref().filter(|l| l.seen_at.load(Ordering::Acquire) == generation + 1);
        latest.map(|l| l.snapshot.clone())
    }

    /// For a writer: what it sees may yet be rolled back, so it is kept only after its commit.
    pub fn inside(&self, conn: &mut Connection) -> Result<Arc<Snapshot>> {
        let version = meta::model_version(conn)?;
        match self.cached(version) {
            Some(snapshot) => Ok(snapshot),
            None => Ok(Arc::new(Snapshot::load(conn)?)),
        }
    }

    /// For a writer, after its commit.
    pub fn keep(&self, snapshot: Arc<Snapshot>) {
        self.keep_seen(snapshot, None);
    }

    /// A model that this process has not heard of raises the generation: whoever was answered by the new one is not
    /// answered from memory by the old one afterwards, though its event has not come through the log yet. `generation`
    /// is the one at which a reader saw it.
    fn keep_seen(&self, snapshot: Arc<Snapshot>, generation: Option<u64>) {
        let Ok(mut latest) = self.latest.write() else { return };
        let seen = match latest.as_ref() {
            Some(known) if known.snapshot.model.version >= snapshot.model.version => return,
            Some(_) => {
                let before = self.generations.raise_model();
                // Raised by somebody else meanwhile: then there may be a newer one yet.
                generation.filter(|seen| *seen == before).map(|seen| seen + 1)
            }
            None => generation,
        };
        let seen_at = AtomicU64::new(seen.map_or(0, |seen| seen + 1));
        *latest = Some(Latest { snapshot, seen_at });
    }
}
