//! The protocol from outside: its bytes, its damage, its ledger.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod greetings;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod proto_file;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod strategies;
