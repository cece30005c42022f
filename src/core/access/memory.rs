//! What signing in keeps in memory, bounded.

use super::{mail::Mailer, passwords::Turns, throttle::Throttle, tokens::Holders, tokens::Used};
use std::sync::{Arc, OnceLock};

#[derive(Default)]
pub(crate) struct Memory {
    pub passwords: Turns,
    pub throttle: Throttle,
    pub used: Used,
    pub holders: Holders,
    pub mailer: OnceLock<Arc<dyn Mailer>>,
}
