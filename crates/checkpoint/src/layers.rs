//! The tree of layers: which image each page has in each of them.

use crate::store::{PageStore, Slot};

/// Names a layer; never given out twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub(crate) u32);

#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) parent: Option<LayerId>,
    children: u32,
    /// Slot of every page in this layer, by page number. Its length is the
    /// layer's extent: data regions first, then the heap's pages.
    pub(crate) table: Vec<Slot>,
    /// Pages whose slot differs from the parent's, ascending; their slots belong to this layer.
    pub(crate) delta: Vec<u32>,
    /// Contents of the byte ranges that are no whole pages, one after the other.
    pub(crate) bytes: Vec<u8>,
    depth: u32,
}

/// All layers. Dropped ones leave a hole.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    slots: Vec<Option<Layer>>,
}

impl Layers {
    pub(crate) fn get(&self, id: LayerId) -> Option<&Layer> {
        self.slots.get(id.0 as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: LayerId) -> Option<&mut Layer> {
        self.slots.get_mut(id.0 as usize)?.as_mut()
    }

    /// Adds a layer below `parent`.
    pub(crate) fn insert(
        &mut self,
        parent: Option<LayerId>,
        table: Vec<Slot>,
        delta: Vec<u32>,
        bytes: Vec<u8>,
    ) -> LayerId {
        let depth = match parent.and_then(|parent| self.get_mut(parent)) {
            Some(above) => {
                above.children += 1;
                above.depth + 1
            }
            None => 0,
        };
        let id = LayerId(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.slots.push(Some(Layer {
            parent,
            children: 0,
            table,
            delta,
            bytes,
            depth,
        }));
        id
    }

    /// Drops a layer that has no children and gives its pages back; `false` where it has some.
    pub(crate) fn remove(&mut self, id: LayerId, store: &mut PageStore) -> bool {
        if self.get(id).is_none_or(|layer| layer.children > 0) {
            return false;
        }
        let Some(layer) = self.slots.get_mut(id.0 as usize).and_then(Option::take) else {
            return false;
        };
        for page in layer.delta {
            if let Some(slot) = layer.table.get(page as usize) {
                store.release(*slot);
            }
        }
        if let Some(above) = layer.parent.and_then(|parent| self.get_mut(parent)) {
            above.children -= 1;
        }
        true
    }

    /// Calls `visit` with the delta of every layer on the way from `from` to
    /// `to`, the one they have in common left out.
    pub(crate) fn path(&self, from: LayerId, to: LayerId, mut visit: impl FnMut(&[u32])) {
        let (mut left, mut right) = (from, to);
        while left != right {
            let (Some(a), Some(b)) = (self.get(left), self.get(right)) else {
                return;
            };
            // Climb on the deeper side; at equal depth on both in turn.
            let climb_left = a.depth >= b.depth;
            let (layer, side) = if climb_left {
                (a, &mut left)
            } else {
                (b, &mut right)
            };
            visit(&layer.delta);
            let Some(parent) = layer.parent else { return };
            *side = parent;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.iter().flatten().count()
    }
}
