//! Which pages nearly every test writes.
//!
//! An armed page that is written costs a fault (about 0.5 µs) and a call to
//! arm it again; a copy of 4 KiB costs about a tenth of that. So a page that
//! is written often is left unarmed and copied every time. Whether it is still
//! written often is looked at in a sample of restores, by comparing.

/// Restores after which the counts of armed pages are looked at.
const WINDOW: u32 = 64;
/// An armed page written in at least this many of a window's restores becomes hot.
const HOT_AT: u8 = 8;
/// Every so many restores a hot page is compared with its image.
const SAMPLE_EVERY: u32 = 32;
/// Restores after which the samples are looked at.
const SAMPLES_WINDOW: u32 = 1024;
/// A hot page changed in fewer of a window's samples is armed again.
const COLD_BELOW: u8 = 3;

/// Heat of every page, by page number.
#[derive(Debug, Default)]
pub(crate) struct Heat {
    /// Restores in which an armed page was found written, or samples in which a hot one had changed.
    counts: Vec<u8>,
    hot: Vec<bool>,
    /// Armed pages whose count isn't zero: a window looks at no others.
    counted: Vec<u32>,
    /// The hot pages, ascending.
    hot_pages: Vec<u32>,
    restores: u32,
    /// Counts the changes of `hot`.
    version: u32,
}

/// What a page's turn from hot to cold or back asks for.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Pages that are no longer hot and must be armed.
    pub(crate) cooled: Vec<u32>,
}

impl Heat {
    /// There are `pages` pages from now on.
    pub(crate) fn resize(&mut self, pages: usize) {
        if pages > self.hot.len() {
            self.counts.resize(pages, 0);
            self.hot.resize(pages, false);
        }
    }

    pub(crate) fn is_hot(&self, page: u32) -> bool {
        self.hot.get(page as usize).copied().unwrap_or(false)
    }

    /// This restore compares hot pages with their image.
    pub(crate) const fn samples(&self) -> bool {
        self.restores % SAMPLE_EVERY == SAMPLE_EVERY - 1
    }

    /// An armed page was written, or a sampled hot page had changed.
    pub(crate) fn count(&mut self, page: u32) {
        let index = page as usize;
        if let (Some(count), Some(hot)) = (self.counts.get_mut(index), self.hot.get(index)) {
            if *count == 0 && !hot {
                self.counted.push(page);
            }
            *count = count.saturating_add(1);
        }
    }

    /// A restore is done. Pages that became hot simply stay unarmed from their next write on.
    pub(crate) fn end_restore(&mut self, turns: &mut Turns) {
        self.restores = self.restores.wrapping_add(1);
        turns.cooled.clear();
        if !self.restores.is_multiple_of(WINDOW) {
            return;
        }
        if self.restores.is_multiple_of(SAMPLES_WINDOW) {
            self.cool(turns);
        }
        let before = self.hot_pages.len();
        for page in self.counted.drain(..) {
            let index = page as usize;
            if let (Some(count), Some(hot)) = (self.counts.get_mut(index), self.hot.get_mut(index))
            {
                *hot = *count >= HOT_AT;
                *count = 0;
                self.hot_pages.extend(hot.then_some(page));
            }
        }
        if self.hot_pages.len() > before || !turns.cooled.is_empty() {
            self.hot_pages.sort_unstable();
            self.version = self.version.wrapping_add(1);
        }
    }

    /// Hot pages that had changed in too few samples are hot no longer.
    fn cool(&mut self, turns: &mut Turns) {
        let Self {
            counts,
            hot,
            hot_pages,
            ..
        } = self;
        hot_pages.retain(|page| {
            let index = *page as usize;
            let (Some(count), Some(hot)) = (counts.get_mut(index), hot.get_mut(index)) else {
                return false;
            };
            *hot = *count >= COLD_BELOW;
            *count = 0;
            if !*hot {
                turns.cooled.push(*page);
            }
            *hot
        });
    }

    /// Changes whenever a page becomes hot or cold.
    pub(crate) const fn version(&self) -> u32 {
        self.version
    }

    /// The hot pages within `start..end`, ascending.
    pub(crate) fn within(&self, start: u32, end: u32) -> &[u32] {
        let at = |bound: u32| self.hot_pages.partition_point(|page| *page < bound);
        self.hot_pages.get(at(start)..at(end)).unwrap_or_default()
    }

    /// Number of hot pages.
    pub(crate) const fn hot_pages(&self) -> usize {
        self.hot_pages.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restores(heat: &mut Heat, count: u32, written: &[u32]) -> Vec<u32> {
        let mut turns = Turns::default();
        let mut cooled = Vec::new();
        for _ in 0..count {
            for page in written {
                if !heat.is_hot(*page) || heat.samples() {
                    heat.count(*page);
                }
            }
            heat.end_restore(&mut turns);
            cooled.append(&mut turns.cooled);
        }
        cooled
    }

    #[test]
    fn page_written_often_becomes_hot_and_cools_when_left_alone() {
        let mut heat = Heat::default();
        heat.resize(4);
        restores(&mut heat, WINDOW, &[2]);
        assert!(heat.is_hot(2) && !heat.is_hot(1));
        assert_eq!(restores(&mut heat, SAMPLES_WINDOW, &[2]), []);
        assert!(heat.is_hot(2));
        assert_eq!(restores(&mut heat, 2 * SAMPLES_WINDOW, &[]), [2]);
        assert_eq!(heat.hot_pages(), 0);
    }

    #[test]
    fn page_written_seldom_stays_armed() {
        let mut heat = Heat::default();
        heat.resize(4);
        for _ in 0..10 {
            restores(&mut heat, 1, &[3]);
            restores(&mut heat, WINDOW - 1, &[]);
        }
        assert!(!heat.is_hot(3));
    }
}
