//! How much longer than needed a run takes because some cases are long, worked
//! out without waiting: the queue deals to slots whose clocks are numbers.
//!
//! The model of a slot is an executor's: it asks for more when what it holds is
//! not thought to last, what was sent to its worker can't be had back, and one
//! that has nothing is given half of what the richest has not sent.

use super::tests::{filled, plan};
use super::*;
use rewind_plan::Plan;

/// As the executor's: what lasts longer is not low, in µs.
const LOW_US: u64 = 100_000;
/// Time's worth of cases that are sent ahead, in µs.
const AHEAD_US: u64 = 20_000;

/// splitmix64 (Steele, Lea, Flood 2014), as a fraction of 1.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
}

/// Exponentially distributed, in µs, at least 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive, and far below 2^32"
)]
fn exponential(state: &mut u64, mean: f64) -> u32 {
    (-mean * (1.0 - random(state) * 0.999_999).ln()).max(1.0) as u32
}

/// Times as test262's plain scripts have them: of 36,921, 492 take 50 ms or
/// more and make up 39 of 57 s; the longest is what all must wait for if it
/// starts late. Slowest first, as planned.
fn times() -> Vec<u32> {
    let mut state = 262;
    let mut all: Vec<u32> = (0..36_429)
        .map(|_| exponential(&mut state, 494.0))
        .collect();
    all.extend((0..491).map(|_| 50_000 + exponential(&mut state, 29_000.0)));
    all.push(1_200_000);
    all.sort_unstable_by(|a, b| b.cmp(a));
    all
}

#[derive(Default)]
struct Model {
    clock: u64,
    held: VecDeque<Ticket>,
    done: bool,
}

struct Run<'a> {
    queue: Queue<'a>,
    plan: &'a Plan,
    slots: Vec<Model>,
}

impl Run<'_> {
    fn weight(&self, ticket: Ticket) -> u64 {
        u64::from(self.plan.case(ticket.case).unwrap().weight_us)
    }

    /// Tickets of a slot that can be had back: all but two, and what else is sent ahead.
    fn kept_back(&self, slot: &Model) -> usize {
        let mut sent = 0;
        let mut time = 0;
        for &ticket in &slot.held {
            if sent >= 2 && time > AHEAD_US {
                break;
            }
            time += self.weight(ticket);
            sent += 1;
        }
        slot.held.len() - sent
    }

    /// The slot whose clock is lowest runs a case, if it can get one.
    fn step(&mut self, times: &[u32]) -> bool {
        let served = self.slots.len();
        let slots = self.slots.iter().enumerate().filter(|(_, slot)| !slot.done);
        let Some((index, _)) = slots.min_by_key(|(_, slot)| slot.clock) else {
            return false;
        };
        let holds: u64 = self.slots[index]
            .held
            .iter()
            .map(|&ticket| self.weight(ticket))
            .sum();
        if holds <= LOW_US {
            let piece = self.queue.deal(served, None);
            self.slots[index].held.extend(piece);
        }
        if self.slots[index].held.is_empty() {
            self.share(index);
        }
        match self.slots[index].held.pop_front() {
            Some(ticket) => {
                self.slots[index].clock += u64::from(times[ticket.case.0 as usize]);
            }
            None => self.slots[index].done = true,
        }
        true
    }

    fn share(&mut self, poor: usize) {
        let rich = (0..self.slots.len()).max_by_key(|&index| self.slots[index].held.len());
        let Some(rich) = rich else { return };
        let back = self.kept_back(&self.slots[rich]).div_ceil(2);
        let kept = self.slots[rich].held.len() - back;
        let given = self.slots[rich].held.split_off(kept);
        self.slots[poor].held = given;
    }
}

/// Wall-clock time over what no order could beat.
#[expect(clippy::cast_precision_loss, reason = "µs of a minute")]
fn excess(slots: usize, planned: &[u32], times: &[u32]) -> f64 {
    let plan = plan(planned);
    let mut run = Run {
        queue: filled(&plan),
        plan: &plan,
        slots: (0..slots).map(|_| Model::default()).collect(),
    };
    while run.step(times) {}
    let wall = run.slots.iter().map(|slot| slot.clock).max().unwrap();
    let ran: u64 = run.slots.iter().map(|slot| slot.clock).sum();
    let sum: u64 = times.iter().copied().map(u64::from).sum();
    assert_eq!(ran, sum, "each case ran once");
    let longest = u64::from(*times.iter().max().unwrap());
    wall as f64 / longest.max(sum / slots as u64) as f64
}

#[test]
fn wall_is_within_five_percent_of_the_bound_for_recorded_times() {
    let times = times();
    for slots in [2, 8, 64] {
        let excess = excess(slots, &times, &times);
        assert!(excess < 1.05, "{slots} slots: {excess}");
    }
}

#[test]
fn wall_is_within_five_percent_when_times_are_a_third_off() {
    let planned = times();
    let mut state = 7;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and far below 2^32"
    )]
    let off = |&us: &u32| ((f64::from(us) * (0.67 + 0.66 * random(&mut state))) as u32).max(1);
    let times: Vec<u32> = planned.iter().map(off).collect();
    for slots in [2, 32] {
        let excess = excess(slots, &planned, &times);
        assert!(excess < 1.05, "{slots} slots: {excess}");
    }
}

#[test]
fn wall_is_far_from_the_bound_if_the_longest_comes_last() {
    let mut times = times();
    times.reverse();
    let excess = excess(32, &times, &times);
    assert!(excess > 1.3, "{excess}");
}
