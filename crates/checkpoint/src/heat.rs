//! Which pages nearly every test writes.
//!
//! An armed page that is written costs a fault (about 0.5 µs) and a call to
//! arm it again; a copy of 4 KiB costs about a tenth of that. So a page that
//! is written often is left unarmed and copied every time. Whether it is still
//! written often is looked at in a sample of restores, by comparing.
//!
//! ```text
//!              written, and few are on trial
//!        ┌──────────────────────────────────────► hot, on trial
//!        │                                          │        │
//!      armed ── written in 8 restores of 64 ──►     │ a sample finds it changed
//!        ▲                                    hot ◄─┘        │
//!        └──── no sample of the last 512 restores did ◄──────┘
//! ```
//!
//! A page that was written once will likely be written again soon, and two
//! dozen copies cost as much as one fault and one arming. So it is hot at
//! once, on trial: a test that writes a thousand pages once must not make the
//! next hundreds of restores copy them, so few pages are on trial at a time.

/// Restores after which the counts of armed pages are looked at.
const WINDOW: u32 = 64;
/// An armed page written in at least this many of a window's restores becomes hot.
const HOT_AT: u8 = 8;
/// Most pages that are hot without having shown it: they cost 2 µs in each restore.
const ON_TRIAL: usize = 32;
/// Every so many restores a hot page is compared with its image.
const SAMPLE_EVERY: u32 = 32;
/// Restores after which the samples are looked at: a hot page that none of
/// them found changed is armed again.
const SAMPLES_WINDOW: u32 = 512;

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
    /// Hot pages that no sample has found changed yet.
    on_trial: Vec<u32>,
    /// Armed pages that were written since the last restore.
    written: Vec<u32>,
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
            match (*hot, *count) {
                (true, 0) => self.on_trial.retain(|it| *it != page),
                (true, _) => {}
                (false, before) => {
                    self.written.push(page);
                    self.counted.extend((before == 0).then_some(page));
                }
            }
            *count = count.saturating_add(1);
        }
    }

    /// A restore is done. Pages that became hot simply stay unarmed from their next write on.
    pub(crate) fn end_restore(&mut self, turns: &mut Turns) {
        self.restores = self.restores.wrapping_add(1);
        turns.cooled.clear();
        let mut turned = self.try_out();
        if self.restores.is_multiple_of(SAMPLES_WINDOW) {
            self.cool(turns);
            turned |= !turns.cooled.is_empty();
        }
        if self.restores.is_multiple_of(WINDOW) {
            turned |= self.heat_up();
        }
        if turned {
            self.hot_pages.sort_unstable();
            self.version = self.version.wrapping_add(1);
        }
    }

    /// Makes pages hot that were written just now, as far as more may be on
    /// trial; whether any was. Where they are too many, none is.
    fn try_out(&mut self) -> bool {
        let fits = self.on_trial.len() + self.written.len() <= ON_TRIAL;
        let turned = fits && !self.written.is_empty();
        for page in self.written.drain(..).filter(|_| fits) {
            let index = page as usize;
            if let (Some(count), Some(hot)) = (self.counts.get_mut(index), self.hot.get_mut(index))
            {
                *hot = true;
                *count = 0;
                self.hot_pages.push(page);
                self.on_trial.push(page);
            }
        }
        turned
    }

    /// Makes armed pages hot that were written often in this window; whether any was.
    fn heat_up(&mut self) -> bool {
        let before = self.hot_pages.len();
        for page in self.counted.drain(..) {
            let index = page as usize;
            if let (Some(count), Some(hot)) = (self.counts.get_mut(index), self.hot.get_mut(index))
                && !*hot
            {
                *hot = *count >= HOT_AT;
                *count = 0;
                self.hot_pages.extend(hot.then_some(page));
            }
        }
        self.hot_pages.len() > before
    }

    /// Hot pages that had changed in no sample are hot no longer.
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
            *hot = *count > 0;
            *count = 0;
            if !*hot {
                turns.cooled.push(*page);
            }
            *hot
        });
        let hot = &self.hot;
        let is_hot = |page: &u32| hot.get(*page as usize).copied().unwrap_or(false);
        self.on_trial.retain(is_hot);
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

    /// Number of pages within `start..end` that aren't hot.
    pub(crate) fn cold_between(&self, start: u32, end: u32) -> u32 {
        let hot = u32::try_from(self.within(start, end).len()).unwrap_or(u32::MAX);
        (end - start).saturating_sub(hot)
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
    fn page_written_once_is_hot_on_trial_and_cools_when_left_alone() {
        let mut heat = Heat::default();
        heat.resize(4);
        restores(&mut heat, 1, &[2]);
        assert!(heat.is_hot(2) && !heat.is_hot(1));
        assert_eq!(restores(&mut heat, SAMPLES_WINDOW, &[2]), []);
        assert_eq!(heat.on_trial, []);
        assert!(heat.is_hot(2));
        assert_eq!(restores(&mut heat, 2 * SAMPLES_WINDOW, &[]), [2]);
        assert_eq!(heat.hot_pages(), 0);
        restores(&mut heat, 1, &[3]);
        assert_eq!(heat.on_trial, [3]);
        assert_eq!(restores(&mut heat, SAMPLES_WINDOW, &[]), [3]);
        assert_eq!(heat.on_trial, []);
    }

    #[test]
    fn only_few_pages_are_on_trial() {
        let mut heat = Heat::default();
        heat.resize(100);
        let many: Vec<u32> = (0..100).collect();
        restores(&mut heat, 1, &many);
        assert_eq!(heat.hot_pages(), 0, "more than may be on trial");
        restores(&mut heat, 1, &many[..ON_TRIAL]);
        assert_eq!(heat.hot_pages(), ON_TRIAL);
        restores(&mut heat, 1, &[99]);
        assert!(!heat.is_hot(99));
        restores(&mut heat, SAMPLE_EVERY, &many[..1]);
        restores(&mut heat, 1, &[99]);
        assert!(
            heat.is_hot(99),
            "one of the others has shown that it is hot"
        );
    }

    #[test]
    fn of_many_pages_those_written_often_become_hot() {
        let mut heat = Heat::default();
        heat.resize(100);
        let many: Vec<u32> = (0..100).collect();
        for _ in 0..10 {
            restores(&mut heat, 1, &many);
            restores(&mut heat, WINDOW - 1, &[]);
        }
        assert_eq!(heat.hot_pages(), 0, "seldom written");
        restores(&mut heat, WINDOW, &many);
        assert_eq!(heat.hot_pages(), 100);
        assert_eq!(heat.on_trial, []);
        assert_eq!(
            restores(&mut heat, 2 * SAMPLES_WINDOW, &many[..1]),
            many[1..]
        );
    }
}
