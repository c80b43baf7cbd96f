//! The part of a greeting that is the same in every major version.
//!
//! What follows it may have become anything, even something that doesn't
//! decode; a side that can't read the greeting of a stranger must still be
//! able to say which version the stranger speaks.

use super::read_worker::version_of;
use super::to_worker::Version as WireVersion;
use crate::handshake::Version;
use crate::message::{Hello, HelloReply, ToParent, ToWorker};
use bytes::Bytes;
use prost::Message;

#[derive(Clone, PartialEq, prost::Message)]
struct Greeting {
    #[prost(fixed32, tag = "1")]
    magic: u32,
    #[prost(message, optional, tag = "2")]
    version: Option<WireVersion>,
    #[prost(fixed64, tag = "3")]
    nonce: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Greetings {
    #[prost(message, optional, tag = "1")]
    hello: Option<Greeting>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Replies {
    #[prost(message, optional, tag = "2")]
    hello_reply: Option<Greeting>,
}

/// The greeting of a parent of another major version, if that is what a
/// message is which doesn't decode.
pub(crate) fn hello_of_stranger(message: Bytes) -> Option<ToWorker> {
    let hello = Greetings::decode(message).ok()?.hello?;
    let version = other_major(&hello)?;
    Some(ToWorker::Hello(Hello::of_stranger(version, hello.nonce)))
}

/// The same for the greeting of a worker.
pub(crate) fn reply_of_stranger(message: Bytes) -> Option<ToParent> {
    let reply = Replies::decode(message).ok()?.hello_reply?;
    let version = other_major(&reply)?;
    Some(ToParent::HelloReply(HelloReply::of_stranger(
        version,
        reply.nonce,
    )))
}

/// The version of a sound greeting, if its major is another than ours.
fn other_major(greeting: &Greeting) -> Option<Version> {
    let version = version_of(greeting.magic, greeting.version, "Hello").ok()?;
    (version.major != Version::CURRENT.major).then_some(version)
}
