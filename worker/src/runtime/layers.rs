//! Preambles and the checkpoint layers that were made of them.

use rewind_checkpoint::LayerId;
use rewind_heap::State;
use rewind_protocol::{Outcome, Preamble, PreambleId};
use std::collections::HashMap;

/// What a preamble came to.
pub(crate) enum Built {
    /// A layer that cases can run on.
    Layer {
        layer: LayerId,
        /// The allocator's state at that layer.
        heap: Box<State>,
    },
    /// It threw or crashed, so every case on it gets this outcome.
    Failed(Outcome),
}

pub(crate) struct Entry {
    pub(crate) built: Built,
    /// For choosing which to drop.
    used: u64,
}

/// All preambles that the parent sent, and the layers that stand.
pub(crate) struct Layers {
    preambles: HashMap<PreambleId, Preamble>,
    built: HashMap<PreambleId, Entry>,
    limit: usize,
    clock: u64,
}

impl Layers {
    /// Keeps at most `limit` layers besides the engine's.
    pub(crate) fn new(limit: u32, engine: Built) -> Self {
        let mut built = HashMap::new();
        built.insert(
            PreambleId::ENGINE,
            Entry {
                built: engine,
                used: u64::MAX,
            },
        );
        Self {
            preambles: HashMap::new(),
            built,
            limit: usize::try_from(limit).unwrap_or(usize::MAX).max(1),
            clock: 0,
        }
    }

    pub(crate) fn declare(&mut self, preamble: Preamble) {
        self.preambles.insert(preamble.id, preamble);
    }

    /// Preambles that were declared and can stand together, those below others first.
    pub(crate) fn declared(&self) -> Vec<PreambleId> {
        let mut all: Vec<_> = self.preambles.keys().copied().collect();
        all.sort_unstable();
        all.truncate(self.limit);
        all
    }

    /// The files of a preamble and of those it is built on, for people.
    pub(crate) fn names(&self, id: PreambleId) -> String {
        let mut names = Vec::new();
        let mut next = self.preambles.get(&id);
        while let Some(preamble) = next.filter(|_| names.len() <= self.preambles.len()) {
            let files = preamble.sources.iter().map(|source| source.name.as_str());
            names.push(files.collect::<Vec<_>>().join(", "));
            next = preamble.parent.and_then(|it| self.preambles.get(&it));
        }
        names.reverse();
        names.join(", ")
    }

    /// The layer of a preamble that was built before; marks it as used.
    pub(crate) fn get(&mut self, id: PreambleId) -> Option<&Built> {
        self.clock += 1;
        let entry = self.built.get_mut(&id)?;
        if entry.used != u64::MAX {
            entry.used = self.clock;
        }
        Some(&entry.built)
    }

    /// The layer of a preamble if it stands, without marking it.
    pub(crate) fn peek(&self, id: PreambleId) -> Option<&Built> {
        self.built.get(&id).map(|entry| &entry.built)
    }

    /// Preambles that must be built for `id`, the topmost first; `None` if one was never sent.
    pub(crate) fn missing(&self, id: PreambleId) -> Option<Vec<Preamble>> {
        let mut missing = Vec::new();
        let mut at = id;
        while !self.built.contains_key(&at) {
            let preamble = self.preambles.get(&at)?;
            // A chain longer than all preambles goes in a circle.
            if missing.len() > self.preambles.len() {
                return None;
            }
            missing.push(preamble.clone());
            at = preamble.parent.unwrap_or(PreambleId::ENGINE);
        }
        missing.reverse();
        Some(missing)
    }

    pub(crate) fn insert(&mut self, id: PreambleId, built: Built) {
        self.clock += 1;
        self.built.insert(
            id,
            Entry {
                built,
                used: self.clock,
            },
        );
    }

    /// Drops the layer that was used longest ago among those `remove` agrees
    /// to, while there are more than the limit; how many were dropped.
    pub(crate) fn evict(&mut self, mut remove: impl FnMut(LayerId) -> bool) -> u64 {
        let mut dropped = 0;
        while self.built.len() > self.limit + 1 {
            let mut by_age: Vec<_> = self
                .built
                .iter()
                .map(|(id, entry)| (entry.used, *id))
                .collect();
            by_age.sort_unstable();
            let victim = by_age.into_iter().find(|(used, id)| {
                *used != u64::MAX
                    && match self.built.get(id).map(|entry| &entry.built) {
                        Some(Built::Layer { layer, .. }) => remove(*layer),
                        Some(Built::Failed(_)) => true,
                        None => false,
                    }
            });
            let Some((_, id)) = victim else { break };
            self.built.remove(&id);
            dropped += 1;
        }
        dropped
    }
}
