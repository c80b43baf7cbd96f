//! Where slices lie on a worker's track.
//!
//! A worker says of each case when it began; the parent knows when answers,
//! greetings and ends reached it, which is later. A worker may also say nothing
//! of the kind, die before it can, or lie. A track takes all that and gives
//! moments that only rise, within the life they belong to:
//!
//! ```text
//! ├ life ────────────────────────────────────────────────┤├ life …
//!  ├ start ┤├ case ┤├ wait ┤├ layers ┤├ case ──────────┤
//!                   cursor: nothing new may begin before
//! ```

use super::Moment;

/// A claimed place may lie so far ahead of its answer's arrival: both are read
/// from one clock, and only rounding parts them. In ns.
const SLACK: u64 = 1_000_000;

/// One worker's place, and the one that has it.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// Nothing new may begin before.
    cursor: u64,
    /// Who has the place.
    life: Option<Life>,
    /// It has a name in the file.
    pub(super) named: bool,
    /// Nobody knows when its workers are started: they begin with their greeting.
    pub(super) stands_in: bool,
}

/// A worker that has the place.
#[derive(Debug)]
struct Life {
    /// How many had it before.
    number: u32,
    /// Its process; 0 if it said nothing.
    pid: u32,
    /// When its greeting came.
    ready: Option<u64>,
    /// Its slice is open.
    open: bool,
    /// How it ended, and when the parent heard of that.
    ended: Option<(String, u64)>,
}

impl Life {
    fn new(number: u32) -> Self {
        Self {
            number,
            pid: 0,
            ready: None,
            open: false,
            ended: None,
        }
    }
}

/// What is claimed of a case's time, in ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    /// When it began; `None` if nobody says.
    pub(super) began: Option<u64>,
    /// All its phases.
    pub(super) spent: u64,
    /// The worker waited for it, just before.
    pub(super) waited: u64,
    /// Layers were built for it, just before.
    pub(super) prepared: u64,
    /// When its answer reached the parent.
    pub(super) arrived: u64,
}

/// A life that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) number: u32,
    pub(super) pid: u32,
    pub(super) at: Moment,
    /// From the start of the process to its greeting.
    pub(super) start: Option<(Moment, Moment)>,
}

/// A life that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) number: u32,
    pub(super) at: Moment,
    /// Empty if nobody said how.
    pub(super) how: String,
}

/// Where a case lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) waiting: Option<(Moment, Moment)>,
    pub(super) layers: Option<(Moment, Moment)>,
    pub(super) case: (Moment, Moment),
}

impl Track {
    /// Workers are started anew from `at` on: what was before is nobody's time.
    pub(super) fn skip_to(&mut self, at: u64) {
        if self.life.as_ref().is_none_or(|life| life.ended.is_some()) {
            self.cursor = self.cursor.max(at);
        }
    }

    /// The worker has greeted. What is to be closed before its first case is.
    pub(super) fn ready(&mut self, number: u32, pid: u32, at: u64) -> Option<Closing> {
        let closing = self.take_over(number, at);
        if let Some(life) = &mut self.life {
            life.pid = pid;
            life.ready = Some(at);
        }
        closing
    }

    /// Makes `number` the one that has the place, no later than `limit`.
    fn take_over(&mut self, number: u32, limit: u64) -> Option<Closing> {
        let same = |life: &Life| life.number == number && life.ended.is_none();
        if self.life.as_ref().is_some_and(same) {
            return None;
        }
        let closing = self.close(limit);
        self.life = Some(Life::new(number));
        closing
    }

    /// Opens the life at hand before something in it that begins at `limit`.
    pub(super) fn open(&mut self, limit: u64) -> Option<Opening> {
        let life = self.life.as_mut().filter(|life| !life.open)?;
        life.open = true;
        let (at, to) = if self.stands_in {
            let first = life.ready.unwrap_or(limit).min(limit);
            (first.saturating_sub(1).max(self.cursor + 1), 0)
        } else {
            let ready = life.ready.unwrap_or_default();
            (self.cursor + 1, ready.min(limit.saturating_sub(1)))
        };
        let from = at + 1;
        self.cursor = at.max(to);
        Some(Opening {
            number: life.number,
            pid: life.pid,
            at: Moment(at),
            start: (to > from).then_some((Moment(from), Moment(to))),
        })
    }

    /// The worker is gone; its end is written once it is known what came after.
    pub(super) fn left(&mut self, number: u32, how: &str, at: u64) -> Option<Closing> {
        let closing = self.take_over(number, at);
        if let Some(life) = &mut self.life {
            life.ended = Some((how.to_owned(), at));
        }
        closing
    }

    /// Ends the life at hand, no later than `limit` if that can be.
    pub(super) fn close(&mut self, limit: u64) -> Option<Closing> {
        let life = self.life.take().filter(|life| life.open)?;
        let (how, heard) = life.ended.unwrap_or((String::new(), limit));
        self.cursor = heard.min(limit).max(self.cursor + 1);
        Some(Closing {
            number: life.number,
            at: Moment(self.cursor),
            how,
        })
    }

    /// The worker `number` has a case: the life before may have to be closed.
    pub(super) fn enter(&mut self, number: u32, claim: &Claim) -> Option<Closing> {
        let (begins, _) = claim.span(0);
        self.take_over(number, begins.saturating_sub(claim.lead()))
    }

    /// The life that has to be opened for a case.
    pub(super) fn open_for(&mut self, claim: &Claim) -> Option<Opening> {
        let (begins, _) = claim.span(self.cursor + 2);
        self.open(begins.saturating_sub(claim.lead()))
    }

    /// Finds room for a case behind everything that is there.
    pub(super) fn place(&mut self, claim: &Claim) -> Placed {
        let (from, to) = claim.span(self.cursor + 1);
        let layers_from = from.saturating_sub(claim.prepared).max(self.cursor + 1);
        let waiting_from = layers_from
            .saturating_sub(claim.waited)
            .max(self.cursor + 1);
        let worth = |from: u64, to: u64| (to >= from + 1_000).then_some((Moment(from), Moment(to)));
        let placed = Placed {
            waiting: worth(waiting_from, layers_from),
            layers: worth(layers_from, from),
            case: (Moment(from), Moment(to)),
        };
        self.cursor = to;
        placed
    }
}

impl Claim {
    /// What comes before the case itself.
    fn lead(&self) -> u64 {
        self.waited.saturating_add(self.prepared).saturating_add(1)
    }

    /// Where the case lies that can't begin before `earliest`. Of one that no
    /// worker told the time of, nobody knows more than that it was over when
    /// the parent heard of it.
    fn span(&self, earliest: u64) -> (u64, u64) {
        let told = self.began.and_then(|began| {
            let to = began.checked_add(self.spent)?;
            (to <= self.arrived.saturating_add(SLACK)).then_some((began, to))
        });
        let (from, to) = match told {
            Some(span) => span,
            None if self.spent == 0 => (earliest, self.arrived),
            None => (self.arrived.saturating_sub(self.spent), self.arrived),
        };
        let from = from.max(earliest);
        // What was claimed of its length holds, if it isn't longer than the run.
        let length = if told.is_some() || self.spent > 0 {
            self.spent.min(self.arrived)
        } else {
            to.saturating_sub(from)
        };
        (from, from.saturating_add(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(began: u64, spent: u64, arrived: u64) -> Claim {
        Claim {
            began: Some(began),
            spent,
            arrived,
            ..Claim::default()
        }
    }

    fn moments((from, to): (Moment, Moment)) -> (u64, u64) {
        (from.0, to.0)
    }

    #[test]
    fn case_lies_where_its_worker_says_with_what_led_to_it_before() {
        let mut track = Track::default();
        assert_eq!(track.ready(0, 77, 2_000), None);
        let told = Claim {
            waited: 1_500,
            prepared: 3_000,
            ..claim(10_000, 5_000, 40_000)
        };
        assert_eq!(track.enter(0, &told), None);
        let opening = track.open_for(&told).expect("opened for its first case");
        assert_eq!((opening.pid, opening.at), (77, Moment(1)));
        assert_eq!(opening.start.map(moments), Some((2, 2_000)));
        let placed = track.place(&told);
        assert_eq!(moments(placed.case), (10_000, 15_000));
        assert_eq!(placed.layers.map(moments), Some((7_000, 10_000)));
        assert_eq!(placed.waiting.map(moments), Some((5_500, 7_000)));
    }

    #[test]
    fn greeting_that_was_heard_of_late_does_not_cover_the_first_case() {
        let mut track = Track::default();
        track.ready(0, 1, 900_000);
        let told = claim(10_000, 5_000, 950_000);
        let opening = track.open_for(&told).expect("opened");
        assert_eq!(opening.start.map(moments), Some((2, 9_998)));
        assert_eq!(moments(track.place(&told).case), (10_000, 15_000));
    }

    #[test]
    fn stand_in_begins_with_its_greeting_or_its_first_case() {
        let told = claim(10_000, 5_000, 20_000);
        for (ready, begins) in [(Some(8_000), 7_999), (Some(11_000), 9_998), (None, 9_998)] {
            let mut track = Track {
                stands_in: true,
                ..Track::default()
            };
            if let Some(ready) = ready {
                track.ready(0, 1, ready);
            } else {
                track.enter(0, &told);
            }
            let opening = track.open_for(&told).expect("opened");
            assert_eq!((opening.at, opening.start), (Moment(begins), None));
            assert_eq!(moments(track.place(&told).case), (10_000, 15_000));
        }
    }

    #[test]
    fn end_that_was_heard_of_late_does_not_cover_the_next_life() {
        let mut track = Track::default();
        let first = claim(10_000, 5_000, 16_000);
        track.enter(0, &first);
        track.open_for(&first);
        track.place(&first);
        assert_eq!(track.left(0, "died", 80_000), None);
        let next = claim(60_000, 5_000, 90_000);
        let closing = track.enter(1, &next).expect("the first is closed");
        assert_eq!((closing.at, closing.how.as_str()), (Moment(59_999), "died"));
        assert_eq!(track.open_for(&next).map(|it| it.at), Some(Moment(60_000)));
        assert_eq!(moments(track.place(&next).case), (60_001, 65_001));
    }

    #[test]
    fn case_that_its_worker_died_of_lasts_until_the_parent_heard_of_it() {
        let mut track = Track::default();
        let first = claim(10_000, 5_000, 16_000);
        track.enter(0, &first);
        track.open_for(&first);
        track.place(&first);
        let silent = Claim {
            arrived: 40_000,
            ..Claim::default()
        };
        assert_eq!(moments(track.place(&silent).case), (15_001, 40_000));
    }

    #[test]
    fn worker_that_lies_about_time_crosses_nothing() {
        let mut track = Track::default();
        let (mut before, arrived) = (0, 50_000);
        for (began, spent) in [(0, 0), (u64::MAX, 5), (7, u64::MAX), (3, 4), (49_000, 900)] {
            let lie = Claim {
                waited: u64::MAX,
                prepared: u64::MAX,
                ..claim(began, spent, arrived)
            };
            track.enter(0, &lie);
            track.open_for(&lie);
            let placed = track.place(&lie);
            let (from, to) = moments(placed.case);
            assert!(before < from && from <= to, "{placed:?}");
            for (from, to) in [placed.waiting, placed.layers].into_iter().flatten() {
                assert!(
                    before < from.0 && to.0 <= moments(placed.case).0,
                    "{placed:?}"
                );
            }
            before = to;
        }
    }
}
