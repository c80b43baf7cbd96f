//! The messages that are written by the ten thousand a second: `Run` and `Finished`.

use super::put::{Encode, Put};
use crate::case::Run;
use crate::outcome::{
    CrashSite, Finished, MemoryUse, Outcome, Phases, Place, Thrown, TimeoutOrigin,
};
use crate::{ErrorPhase, Notice};

/// A frame's content: a case on its way to the worker.
pub(crate) struct RunFrame<'a>(pub(crate) &'a Run);

impl Encode for RunFrame<'_> {
    fn put<P: Put>(&self, to: &mut P) {
        to.message(3, self.0);
    }
}

impl Encode for Run {
    fn put<P: Put>(&self, to: &mut P) {
        to.uint(1, self.seq.0);
        to.bytes(2, self.path.as_bytes());
        to.uint(4, u64::from(self.preamble.0));
        to.bytes(5, &self.source);
        to.uint(6, u64::from(self.deadline_ms));
        to.bytes(9, self.variant.name().as_bytes());
        to.bytes(10, self.attributes.list().as_bytes());
    }
}

/// A frame's content: the answer to a case on its way to the parent.
pub(crate) struct FinishedFrame<'a> {
    pub(crate) nonce: u64,
    pub(crate) finished: &'a Finished,
}

impl Encode for FinishedFrame<'_> {
    fn put<P: Put>(&self, to: &mut P) {
        to.fixed64(1, self.nonce);
        to.message(5, self.finished);
    }
}

impl Encode for Finished {
    fn put<P: Put>(&self, to: &mut P) {
        to.uint(1, self.seq.0);
        to.message(2, &self.outcome);
        to.bytes(4, &self.output);
        to.uint(5, self.output_dropped);
        for marker in &self.markers {
            to.item(6, marker.as_bytes());
        }
        to.message_unless_default(7, &self.phases);
        to.message_unless_default(8, &self.memory);
        to.optional_uint(9, self.recovery.map(|span| span.0));
        if let Some(place) = &self.place {
            to.message(12, place);
        }
        for notice in &self.notices {
            to.message(13, notice);
        }
    }
}

impl Encode for Place {
    fn put<P: Put>(&self, to: &mut P) {
        to.uint(1, self.started.0);
        to.uint(2, self.waited.0);
        to.uint(3, self.prepared.0);
    }
}

impl Encode for Outcome {
    fn put<P: Put>(&self, to: &mut P) {
        match self {
            Self::Completed => to.message(1, &Empty),
            Self::Threw { phase, thrown } => to.message(2, &Threw(*phase, thrown)),
            Self::Crashed(site) => to.message(3, site),
            Self::TimedOut(origin) => to.message(4, origin),
            Self::Exited { code, worker_died } => to.message(5, &Exited(*code, *worker_died)),
            Self::OutOfMemory => to.message(6, &Empty),
            Self::Lost { reason } => to.message(7, &Lost(reason)),
            Self::HostError { kind, message } => to.message(8, &HostError(kind, message)),
        }
    }
}

/// A message without fields.
struct Empty;

impl Encode for Empty {
    fn put<P: Put>(&self, _: &mut P) {}
}

struct Threw<'a>(ErrorPhase, &'a Thrown);

impl Encode for Threw<'_> {
    fn put<P: Put>(&self, to: &mut P) {
        to.bytes(2, self.1.name.as_bytes());
        to.bytes(3, self.1.message.as_bytes());
        to.bytes(4, self.1.stack.as_bytes());
        to.bytes(5, self.0.name().as_bytes());
    }
}

impl Encode for CrashSite {
    fn put<P: Put>(&self, to: &mut P) {
        to.sint32(1, self.signal);
        to.sint32(2, self.code);
        to.fixed64(3, self.address);
        to.fixed64(4, self.pc);
        to.switch(5, self.stack_overflow);
        to.switch(6, self.worker_died);
    }
}

impl Encode for TimeoutOrigin {
    fn put<P: Put>(&self, to: &mut P) {
        to.enumeration(1, *self);
    }
}

struct Exited(i32, bool);

impl Encode for Exited {
    fn put<P: Put>(&self, to: &mut P) {
        to.sint32(1, self.0);
        to.switch(2, self.1);
    }
}

struct Lost<'a>(&'a str);

impl Encode for Lost<'_> {
    fn put<P: Put>(&self, to: &mut P) {
        to.bytes(1, self.0.as_bytes());
    }
}

struct HostError<'a>(&'a str, &'a str);

impl Encode for HostError<'_> {
    fn put<P: Put>(&self, to: &mut P) {
        to.bytes(1, self.0.as_bytes());
        to.bytes(2, self.1.as_bytes());
    }
}

impl Encode for Notice {
    fn put<P: Put>(&self, to: &mut P) {
        to.bytes(1, self.name.as_bytes());
        to.uint(2, u64::from(self.count));
        to.bytes(3, self.text.as_bytes());
    }
}

impl Encode for Phases {
    fn put<P: Put>(&self, to: &mut P) {
        to.uint(1, self.load.0);
        to.uint(2, self.compile.0);
        to.uint(3, self.execute.0);
        to.uint(4, self.jobs.0);
        to.uint(5, self.capture.0);
        to.uint(6, self.restore.0);
    }
}

impl Encode for MemoryUse {
    fn put<P: Put>(&self, to: &mut P) {
        to.uint(1, self.heap_peak);
        to.uint(2, u64::from(self.dirty_pages));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{PreambleId, Seq};
    use crate::outcome::Nanos;
    use crate::wire;
    use crate::{Attributes, Variant};
    use bytes::Bytes;
    use proptest::prelude::*;
    use prost::Message;

    fn written(message: &impl Encode) -> Vec<u8> {
        let mut out = Vec::new();
        message.put(&mut out);
        assert_eq!(
            message.length(),
            out.len(),
            "it is measured as it is written"
        );
        out
    }

    /// Any 64 numbers, many of them 0 and many -1, to fill a message from.
    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        let number = prop_oneof![
            Just(0),
            Just(u64::MAX),
            (any::<u64>(), 0..64).prop_map(|(n, s)| n >> s)
        ];
        proptest::collection::vec(number, 64)
    }

    /// Hands out the numbers one by one.
    struct Source(std::vec::IntoIter<u64>);

    impl Source {
        fn below(&mut self, limit: u64) -> usize {
            usize::try_from(self.long() % limit).unwrap()
        }

        fn long(&mut self) -> u64 {
            self.0.next().unwrap_or_default()
        }

        fn short(&mut self) -> u32 {
            u32::try_from(self.long() >> 32).unwrap() | u32::from(self.flag())
        }

        fn signed(&mut self) -> i32 {
            self.short().cast_signed()
        }

        fn flag(&mut self) -> bool {
            self.long() & 1 == 1
        }

        fn text(&mut self) -> String {
            "ä".repeat(self.below(300))
        }

        fn nanos(&mut self) -> Nanos {
            Nanos(self.long())
        }

        fn run(&mut self) -> Run {
            let variants = [&"plain", &"strict"].map(Variant::named);
            let attributes = ["", "one", "one,two"].map(|list| Attributes::parse(list).unwrap());
            Run {
                seq: Seq(self.long()),
                path: self.text(),
                variant: variants[self.below(2)],
                preamble: PreambleId(self.short()),
                source: Bytes::from(self.text()),
                deadline_ms: self.short(),
                attributes: attributes[self.below(3)],
            }
        }

        fn outcome(&mut self) -> Outcome {
            let phases = ["preamble", "parse", "linking", "runtime"].map(ErrorPhase::named);
            let origins = [TimeoutOrigin::Deadline, TimeoutOrigin::Watchdog];
            match self.long() % 7 {
                0 => Outcome::Completed,
                1 => Outcome::Threw {
                    phase: phases[self.below(4)],
                    thrown: Thrown {
                        name: self.text(),
                        message: self.text(),
                        stack: self.text(),
                    },
                },
                2 => Outcome::Crashed(CrashSite {
                    signal: self.signed(),
                    code: self.signed(),
                    address: self.long(),
                    pc: self.long(),
                    stack_overflow: self.flag(),
                    worker_died: self.flag(),
                }),
                3 => Outcome::TimedOut(origins[self.below(2)]),
                4 => Outcome::Exited {
                    code: self.signed(),
                    worker_died: self.flag(),
                },
                5 => Outcome::OutOfMemory,
                6 => Outcome::HostError {
                    kind: self.text(),
                    message: self.text(),
                },
                _ => Outcome::Lost {
                    reason: self.text(),
                },
            }
        }

        fn finished(&mut self) -> Finished {
            Finished {
                seq: Seq(self.long()),
                outcome: self.outcome(),
                notices: (0..self.long() % 3)
                    .map(|index| Notice {
                        name: format!("told-{index}"),
                        count: self.short().max(1),
                        text: self.text(),
                    })
                    .collect(),
                output: Bytes::from(self.text()),
                output_dropped: self.long(),
                markers: (0..self.long() % 4).map(|_| self.text()).collect(),
                phases: Phases {
                    load: self.nanos(),
                    compile: self.nanos(),
                    execute: self.nanos(),
                    jobs: self.nanos(),
                    capture: self.nanos(),
                    restore: self.nanos(),
                },
                memory: MemoryUse {
                    heap_peak: self.long(),
                    dirty_pages: self.short(),
                },
                recovery: self.flag().then(|| self.nanos()),
                place: self.flag().then(|| Place {
                    started: self.nanos(),
                    waited: self.nanos(),
                    prepared: self.nanos(),
                }),
            }
        }
    }

    proptest! {
        #[test]
        fn run_is_written_as_prost_writes_it(numbers in numbers()) {
            let run = Source(numbers.into_iter()).run();
            let bytes = written(&RunFrame(&run));
            let by_prost = wire::ToWorker::decode(bytes.as_slice()).unwrap().encode_to_vec();
            prop_assert_eq!(bytes, by_prost);
        }

        #[test]
        fn finished_is_written_as_prost_writes_it(nonce in numbers(), numbers in numbers()) {
            let finished = Source(numbers.into_iter()).finished();
            let bytes = written(&FinishedFrame { nonce: nonce[0], finished: &finished });
            let by_prost = wire::ToParent::decode(bytes.as_slice()).unwrap().encode_to_vec();
            prop_assert_eq!(bytes, by_prost);
        }
    }
}
